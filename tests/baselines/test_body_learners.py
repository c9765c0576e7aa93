"""Learners of vectors that choose time steps: the rule eta * tau, and Q-learning over bins."""

import numpy as np
import pytest

from regretlab.baselines.fused import Fused
from regretlab.baselines.learner import accepts, load
from regretlab.baselines.lockstep import Lockstep
from regretlab.baselines.tabular import binned_q
from regretlab.envs.bodies.step_size import advised
from regretlab.envs.core.registry import build

FLIGHT = build("StepSizeKepler-v0", starts=3, periods=1, action="factor")


def test_eta_tau_takes_what_the_certificate_takes():
    run = Lockstep(FLIGHT, load("eta_tau", eta=0.03), seed=4, record=True)
    for _ in range(60):
        wanted = advised(FLIGHT.params, run.batch.state, 0, 0.03)
        run.advance(1)
        assert run.record.actions[-1, 0, 0] == wanted
    assert len(np.unique(run.record.actions)) > 2


def test_eta_tau_earns_what_the_certificate_says():
    known = FLIGHT.certify()
    k = known.facts["etas"].index(0.01)
    single = build("StepSizeKepler-v0", starts=1, periods=1, action="factor")
    returns = single.certify().facts["rule_returns"][k]
    run = Fused(single, load("eta_tau", eta=0.01), seed=1)
    while True:
        totals = run.advance(1)
        if totals.episodes[0]:
            break
    assert totals.returns[0, 0] == pytest.approx(returns, rel=1e-9)


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"entries": "0,x"}, "entries='0,x' is not allowed"),
        ({"entries": "0,-1"}, "entries='0,-1' is not allowed"),
    ],
)
def test_entries_that_are_no_numbers_are_refused(knobs, words):
    with pytest.raises(ValueError, match=words):
        load("binned_q", **knobs)


def test_what_does_not_fit_is_refused():
    assert "has the entries 0 to 9" in accepts(load("binned_q", entries="0,10"), FLIGHT)
    assert "more than 1,000,000 joint cells" in accepts(load("binned_q", cells="joint"), FLIGHT)
    assert "StepSize-v0" in accepts(load("eta_tau"), build("SorContextual-v0"))


@pytest.mark.parametrize(("cells", "share"), [("joint", 1), ("sum", 2)])
def test_binned_q_moves_by_hand(cells, share):
    """Entries 0 and 9 of the observation lie within -20 and 20, and within 0 and 1: four bins of 10 and of 0.25."""
    learner = load("binned_q", entries="0,9", bins=4, cells=cells, alpha=0.5, gamma=0.9, epsilon=0.0).prepared(FLIGHT)
    state = learner.rows(FLIGHT, [0], np.array([1], np.uint64))
    here, there = np.zeros(10), np.zeros(10)
    here[[0, 9]], there[[0, 9]] = (-20.0, 1.0), (5.0, 0.3)  # bins 0 and 3 (the upper bound), and 2 and 1
    update, lp = learner.kernels["update"], learner.params
    update(lp, state, 0, there, 2, 8.0, here, True, False, None)
    cell = {"joint": 2 * 4 + 1, "sum": [2, 4 + 1]}[cells]
    np.testing.assert_allclose(state.weights[0, cell, 2], 0.5 * 8.0 / share)
    update(lp, state, 0, here, 1, -1.0, there, False, False, None)  # the best that follows is 4
    cell = {"joint": 0 * 4 + 3, "sum": [0, 4 + 3]}[cells]
    np.testing.assert_allclose(state.weights[0, cell, 1], 0.5 * (-1.0 + 0.9 * 4.0) / share)
    update(lp, state, 0, here, 1, 1.3, there, False, False, None)  # 1.3 + 3.6 - 1.3 = 3.6
    np.testing.assert_allclose(state.weights[0, cell, 1].sum(), 1.3 + 0.5 * (1.3 + 3.6 - 1.3))
    assert np.count_nonzero(state.weights) == 2 * share
    act = learner.kernels["act"]
    assert act(lp, state, 0, there) == 2 and act(lp, state, 0, here) == 1


def test_binned_q_learns_which_step_pays():
    """It comes closer to the best fixed step than uniform play does by half of the way."""
    environment = build("StepSizeKepler-v0", starts=1, periods=1, eccentricity=0.0)
    known = environment.certify()
    run = Fused(environment, load("binned_q", entries="9", bins=1, decay_steps=3_000, epsilon=0.5, initial=0.0), seed=2)
    run.advance(10_000)
    totals = run.advance(5_000)
    achieved = totals.returns[0, 0] / totals.episodes[0]
    assert achieved > 0.5 * (known.facts["best_fixed_return"] + known.random.value)


def test_params_hold_what_knobs_say():
    assert binned_q.params(
        "0, 5",
        "joint",
        "terminal",
        alpha=0.1,
        gamma=0.9,
        epsilon=0.1,
        final_epsilon=0.0,
        decay_steps=0,
        initial=0.0,
        bins=3,
    ).entries.tolist() == [0, 5]
