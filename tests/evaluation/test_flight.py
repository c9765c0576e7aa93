"""The protocol flight: what is achieved is what the certificate's comparators are means of."""

import numpy as np
import pytest
from typer.testing import CliRunner

from regretlab.baselines.learner import load
from regretlab.cli.app import app
from regretlab.envs.core.registry import build
from regretlab.evaluation import body_figures, protocols, store
from regretlab.evaluation.protocols import Meeting, flight

#: Five starts of the test set, on an ellipse that is easy to follow; small enough to be measured within seconds.
TASK = build("StepSizeKepler-v0", seeds="test", starts=5, periods=1, eccentricity=0.5)
KNOWN = TASK.certify()


def fly(learner, steps=2_000, seeds=1, environment=TASK, certificate=KNOWN):
    return flight.run(Meeting(environment, certificate, learner, 0, seeds, steps, 10))


def test_fixed_actions_and_rules_achieve_what_the_certificate_says():
    """Two unrelated loops: that of the certificate, and the batch with a learner that reads observations."""
    facts = KNOWN.facts
    for action in (12, 15):
        (outcome,) = fly(load("fixed", action=action))
        assert outcome.achieved == pytest.approx(facts["fixed_returns"][action], rel=1e-8)
        assert outcome.metrics["mean_cost"] == pytest.approx(facts["fixed_evaluations"][action], rel=1e-8)
        assert outcome.metrics["regret_to_best_fixed"] == pytest.approx(
            facts["best_fixed_return"] - facts["fixed_returns"][action], abs=1e-8
        )
    (outcome,) = fly(load("eta_tau", eta=0.02))
    k = facts["etas"].index(0.02)
    assert outcome.achieved == pytest.approx(facts["rule_returns"][k], rel=1e-8)
    assert outcome.metrics["median_digits"] == pytest.approx(np.log10(facts["rule_median_energy_errors"][k]), abs=1e-6)
    assert outcome.metrics["survival"] == 1.0


def test_who_does_not_arrive_has_lost_everything():
    short = build("StepSizeKepler-v0", seeds="test", starts=2, periods=1, eccentricity=0.5, decisions=10)
    (outcome,) = fly(load("fixed", action=0), steps=100, environment=short, certificate=short.certify())
    assert outcome.metrics["survival"] == 0.0 and outcome.metrics["median_digits"] == 0.0


def test_a_seed_gives_the_same_alone_or_among_others():
    together = fly(load("binned_q", epsilon=0.3), seeds=2)
    (alone,) = flight.run(Meeting(TASK, KNOWN, load("binned_q", epsilon=0.3), 1, 1, 2_000, 10))
    assert together[1].achieved == alone.achieved and together[1].metrics == alone.metrics
    assert together[0].achieved != alone.achieved


class Long:
    """An agent that always takes the longest step but two."""

    def __init__(self, observation_space, action_space, seed):
        pass

    def act(self, observation):
        return 17

    def update(self, *told):
        pass


def test_outside_agents_fly():
    (outside,), (inside,) = fly(Long, steps=300), fly(load("fixed", action=17), steps=300)
    assert outside.achieved == inside.achieved


def test_what_is_no_flight_is_refused():
    reason = protocols.unsuited("flight", build("RiverSwim-v0"))
    assert "control of an integration" in reason
    assert protocols.unsuited("flight", build("HermiteEta-v0")) is None


def test_figures_refuse_what_they_cannot_draw():
    with pytest.raises(store.ResultsError, match="no finished flight of the task 'x'; there are: none"):
        body_figures.work_figure([], "x", {})
    with pytest.raises(ValueError, match=r"start=5 is not allowed: .* has the starts 0 to 4"):
        body_figures.flight_figure(TASK, {}, 5)
    with pytest.raises(ValueError, match="a flight is drawn of StepSize-v0"):
        body_figures.flight_figure(build("HermiteEta-v0"), {}, 0)


def test_a_flight_is_drawn_to_its_end():
    shown = body_figures._fly(TASK, load("fixed", action=15), 2)
    assert shown[0, body_figures.DONE] == 0.0 and shown[-1, body_figures.DONE] == 1.0
    assert np.all(np.diff(shown[:, body_figures.DONE]) > 0)


SUITE = """
name = "small"
title = "Small"
seeds = 1

[[task]]
name = "kepler"
environment = "regretlab/StepSizeKepler-v0"
knobs = { seeds = "test", starts = 3, periods = 1, eccentricity = 0.5 }
protocol = "flight"
steps = 2_000
learner = [
  { id = "eta_tau", params = { eta = 0.02 } },
  { id = "eta_tau", params = { eta = 0.1 } },
  { id = "fixed", params = { action = 19 } },
]
"""


def test_the_figures_of_a_run_have_a_point_a_learner_and_the_front(tmp_path):
    """Two rules are the Pareto front; the longest step costs least and does not arrive, so that it is no part of it."""
    suite, results = tmp_path / "suite.toml", tmp_path / "results"
    suite.write_text(SUITE)

    def call(*arguments):
        return CliRunner().invoke(app, [str(each) for each in arguments])

    ran = call("run", suite, "--out", results, "--jobs", 1)
    assert ran.exit_code == 0, ran.output
    records = store.load(results)[0]
    known = records[0].certificate.facts
    figure = body_figures.work_figure(records, "kepler", {"somebody": (10.0, 1e-3, 1e-2)})
    lines = {line.get_label(): np.array(line.get_data()) for line in figure.axes[0].get_lines()}
    assert "somebody (quoted)" in lines
    for eta in (0.02, 0.1):
        k = list(known["etas"]).index(eta)
        wanted = known["rule_evaluations"][k], known["rule_median_energy_errors"][k]
        np.testing.assert_allclose(lines[f"eta tau, eta {eta}"][:, 0], wanted, rtol=1e-6)
    front = lines["Pareto front"].T
    lost = lines["fixed, action 19"]
    assert lost[1, 0] >= 1.0 and lost[0, 0] < front[:, 0].min() and front[:, 1].max() < 1.0
    assert all(
        np.isclose(front, lines[f"eta tau, eta {eta}"][:, 0], rtol=1e-9).all(axis=1).any() for eta in (0.02, 0.1)
    )
    assert call("bodies", "draw", "work", results, "--task", "kepler", "--out", tmp_path / "work.svg").exit_code == 0
    flight_of = ("bodies", "draw", "flight", "StepSizeKepler-v0", "--knob", "periods=1", "--knob", "starts=3")
    assert call(*flight_of, "--out", tmp_path / "flight.svg").exit_code == 0
    assert (tmp_path / "work.svg").stat().st_size > 1_000 and (tmp_path / "flight.svg").stat().st_size > 1_000
    for arguments, words in (
        (("bodies", "draw", "work", results, "--task", "keppler"), "there are: kepler"),
        ((*flight_of, "--start", 3, "--out", tmp_path / "x.svg"), "start=3 is not allowed"),
    ):
        wrong = call(*arguments)
        assert wrong.exit_code == 2 and words in wrong.output and "Traceback" not in wrong.output
