"""Experiments with continuing tasks and their figures, on tasks small enough to know the answers."""

import numpy as np
import pytest
from typer.testing import CliRunner

from regretlab.baselines.fused import Fused
from regretlab.baselines.learner import load
from regretlab.cli.app import app
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.evaluation import mdp_figures, mdp_runs
from regretlab.evaluation.metrics import continual
from regretlab.evaluation.store import ResultsError

# Two tasks of the same shape: the right answers of one are the wrong ones of the other.
ROWS = np.full((2, 2, 2), 0.5)
FIRST = build("TabularMDP-v0", transitions=ROWS, rewards=[[1.0, 0.0], [0.0, 1.0]])
SECOND = build("TabularMDP-v0", transitions=ROWS, rewards=[[0.0, 1.0], [1.0, 0.0]])


def test_a_size_holds_what_the_solvers_say_and_what_learners_lost():
    found = mdp_runs.measure(
        build("TaskRing-v0"), 4, {"optimal": load("optimal"), "uniform": load("uniform")}, 1_000, 3
    )
    assert (found.states, found.gain, found.mixing_time.value) == (4, 1.0, 102)
    assert found.diameter.value == pytest.approx(300)
    assert found.regrets["optimal"] == pytest.approx(np.zeros(3), abs=1e-9)
    # 1,000 coins: the mean is 500, and six standard deviations are 95.
    assert np.abs(found.regrets["uniform"] - 500).max() < 95


def test_a_greedy_policy_is_read_off_without_disturbing_the_learner():
    play = Fused(FIRST, load("differential_q"))
    play.advance(2_000)
    before = play.states[0].key.copy()
    policy = mdp_runs.greedy_policy(load("differential_q"), play.states[0], 0, FIRST, enumerate_model(FIRST))
    model = enumerate_model(FIRST)
    assert policy[np.argsort(model.observations[:, 0])].tolist() == [0, 1]
    assert np.array_equal(before, play.states[0].key)


def test_opposite_tasks_are_forgotten_and_equal_ones_are_not():
    learner = load("differential_q")
    opposite = mdp_runs.learn_in_sequence([FIRST, SECOND], learner, 5_000, seeds=2)
    # Exactly: 1 on the task just learned and -1 on its opposite, for random play is in the middle.
    assert opposite.performance == pytest.approx(np.array([[[1, -1], [-1, 1]]] * 2), abs=1e-12)
    assert continual.forgetting(opposite.performance[0]) == pytest.approx(1.0)
    same = mdp_runs.learn_in_sequence([FIRST, FIRST], learner, 5_000, seeds=2)
    assert continual.backward_transfer(same.performance[0]) == pytest.approx(0.0, abs=1e-12)
    assert np.all((same.areas >= 0) & (same.areas <= 1)) and same.areas[:, 1] == pytest.approx(np.ones(2))
    with pytest.raises(ValueError, match="share their numbers"):
        mdp_runs.learn_in_sequence([FIRST, build("TaskRing-v0")], learner, 10, seeds=1)


def test_values_and_visits_are_those_of_the_states():
    found = mdp_runs.values_and_visits(build("RiverSwim-v0"), load("optimal"), 20_000)
    order = np.argsort(found.places[:, 2])
    assert np.all(np.diff(found.values[order]) > 0)  # the bias rises to the right
    assert found.optimal_visits.sum() == pytest.approx(1.0) and found.learner_visits.sum() == pytest.approx(1.0)
    # The optimal policy mixes in 13 steps: 20,000 hold hundreds of independent ones.
    assert found.learner_visits == pytest.approx(found.optimal_visits, abs=0.05)


@pytest.mark.parametrize("id", ["Garnet-v0", "TMazePassive-v0"])
def test_tasks_without_a_map_are_refused(id):
    with pytest.raises(ValueError, match="on a map"):
        mdp_runs.values_and_visits(build(id), load("uniform"), 10)


def test_figures_are_drawn_and_mistakes_told(make_record, tmp_path):
    runs = [make_record("riverswim", "q_learning", seed) for seed in range(3)]
    chosen = mdp_figures.runs_of(runs, "riverswim")
    figure = mdp_figures.growth_figure(chosen, "riverswim")
    (axes,) = figure.axes
    assert axes.get_xscale() == axes.get_yscale() == "log"
    with pytest.raises(ResultsError, match="no finished run is of task 'lake'; there are: riverswim"):
        mdp_figures.runs_of(runs, "lake")
    with pytest.raises(ResultsError, match="no learner of these runs is called 'sarsa'"):
        mdp_figures.runs_of(runs, "riverswim", ["sarsa"])
    with pytest.raises(ResultsError, match="no finished runs"):
        mdp_figures.growth_figure({}, "riverswim")
    with pytest.raises(ValueError, match="17 rooms"):
        mdp_figures.map_figure(np.array([[16, 0, 0]]), {"values": np.zeros(1)}, "rooms")


def test_regret_below_zero_breaks_its_line_and_lines_under_others_are_wider(make_record):
    """The dashed lines have the slopes they name: linear falls to a hundredth in two decades, the square root to a
    tenth.
    """
    runs = {
        "lucky": [make_record(learner="lucky", curve=[1.0, -2.0, 3.0, 4.0])],
        "other": [make_record(learner="other", curve=[1.0, 2.0, 3.0, 4.0])],
    }
    (axes,) = mdp_figures.growth_figure(runs, "riverswim").axes
    lucky, other, linear, root = axes.lines
    assert np.isnan(lucky.get_ydata()).tolist() == [False, True, False, False]
    assert lucky.get_linewidth() > other.get_linewidth()
    assert [line.get_ydata()[0] / line.get_ydata()[1] for line in (linear, root)] == pytest.approx([0.01, 0.1])


@pytest.mark.parametrize(
    "arguments",
    [
        ["scaling", "--family", "task-ring", "--scale", "2", "--scale", "4", "--steps", "200", "--seeds", "2"],
        ["map", "RiverSwim-v0", "--learner", "psrl", "--steps", "500"],
    ],
)
def test_commands_draw(arguments, tmp_path):
    out = tmp_path / "figure.svg"
    result = CliRunner().invoke(app, ["mdp", "draw", *arguments, "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "<svg" in out.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scaling", "--family", "roooms"], "did you mean 'rooms'"),
        (["scaling", "--learner", "psrll"], "did you mean 'psrl'"),
        (["map", "Garnet-v0"], "on a map"),
        (["growth", "nowhere", "--task", "river"], "nowhere"),
    ],
)
def test_mistakes_on_the_command_line_are_one_line(arguments, message, tmp_path):
    result = CliRunner().invoke(app, ["mdp", "draw", *arguments, "--out", str(tmp_path / "figure.svg")])
    assert result.exit_code == 2
    assert message in result.output and len(result.output.strip().splitlines()) == 1
