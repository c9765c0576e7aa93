"""The figures of memory: labelled axes, the numbers that they are drawn from, and the runs behind them."""

import numpy as np
import pytest

from regretlab.baselines.learner import load
from regretlab.envs.core import Certificate, Value
from regretlab.envs.core.registry import build
from regretlab.evaluation import figures, memory_figures, memory_runs
from regretlab.evaluation.metrics.retention import Retention
from regretlab.evaluation.store import ResultsError

CERTIFICATE = Certificate(
    "return per episode", Value(1.0, "closed-form", "follow the cue"), Value(0.0, "closed-form", "half of the arms")
)


def line(axes, label):
    """The points of the line that the legend calls ``label``."""
    (found,) = [each for each in axes.lines if each.get_label() == label]
    return found.get_xydata()


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.fixture
def ladder_records(make_record):
    """Two learners at two lengths with two seeds: success is 1 at length 4, and at 8 for one of them."""
    return [
        make_record("tmaze", learner, seed, 1.0, knobs={"length": length}, metrics={"success_rate": rate})
        for learner, length, rate in (("long", 4, 1.0), ("long", 8, 1.0), ("short", 8, 0.5), ("short", 4, 1.0))
        for seed in (0, 1)
    ]


def test_a_ladder_of_stored_results(ladder_records, make_record):
    others = [make_record(), make_record("tmaze", status="crashed", seed=9)]
    data = memory_figures.ladders([*ladder_records, *others])
    assert data == {
        "TMazePassive-v0": {"long": {4: [1.0, 1.0], 8: [1.0, 1.0]}, "short": {8: [0.5, 0.5], 4: [1.0, 1.0]}}
    }
    figure = memory_figures.ladder_figure(data)
    (axes,) = figure.axes
    assert axes.get_xscale() == "log" and axes.get_xlabel() == "length" and axes.get_ylabel().startswith("success rate")
    drawn = line(axes, "short")  # a little beside the lengths
    assert drawn[:, 0] == pytest.approx([4, 8], rel=0.02) and drawn[:, 1].tolist() == [1.0, 0.5]
    assert legend(figure) == ["long", "short"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["4", "8"]


def test_a_ladder_has_a_panel_for_each_task(ladder_records):
    other = [
        each.model_copy(update={"environment": "regretlab/TMazeActive-v0", "knobs": {**each.knobs, "slack": 3}})
        for each in ladder_records
    ]
    third = [each.model_copy(update={"environment": "regretlab/TMazeBakker-v0"}) for each in ladder_records]
    figure = memory_figures.ladder_figure(memory_figures.ladders([*ladder_records, *other, *third]))
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[:3] == ["TMazePassive-v0", "TMazeActive-v0, slack 3", "TMazeBakker-v0"]
    assert not figure.axes[3].axison
    assert legend(figure) == ["long", "short"]


def test_a_ladder_of_chosen_learners(ladder_records):
    names = sorted({record.learner.name for record in ladder_records})
    [task] = memory_figures.ladders(ladder_records, names=names[:1]).values()
    assert list(task) == names[:1]
    with pytest.raises(ResultsError, match="no learner of these runs is called 'nobody'"):
        memory_figures.ladders(ladder_records, names=["nobody"])


def test_a_learner_of_few_lengths_is_left_out(ladder_records):
    [task] = memory_figures.ladders(ladder_records).values()
    name, rates = next(iter(task.items()))
    more = [
        record.model_copy(update={"knobs": {**record.knobs, "length": 1_000 + k}})
        for k in range(len(rates) + 1)
        for record in ladder_records
        if record.learner.name != name
    ]
    [task] = memory_figures.ladders([*ladder_records, *more]).values()
    assert name not in task and task


def test_results_without_a_ladder_are_refused(make_record):
    with pytest.raises(ResultsError, match="no finished run has the knob 'length' and the metric 'success_rate'"):
        memory_figures.ladders([make_record(), make_record("tmaze")])


def test_the_retention_figure_tells_the_half_life():
    ages = np.arange(1, 5)
    window, kept = (Retention(ages, shares, np.ones(4, int)) for shares in (np.array([1.0, 1, 0, 0]), np.ones(4)))
    figure = memory_figures.retention_figure({"window of 3": window, "oracle": kept}, "cue")
    (axes,) = figure.axes
    assert legend(figure) == ["window of 3; half-life: 3 steps", "oracle; half-life: none in 4 steps"]
    assert line(axes, "window of 3; half-life: 3 steps")[:, 1].tolist() == [1.0, 1.0, 0.0, 0.0]
    assert axes.get_xlabel() == "steps since it was last seen"


def test_the_capacity_figure_shows_what_is_possible_and_what_was_learned():
    window = {1: Value(0.0, "solved", "search"), 2: Value(0.5, "bound", "search"), 3: Value(1.0, "solved", "search")}
    exact = {"frame stack": window}
    figure = memory_figures.capacity_figure(CERTIFICATE, exact, {"learner": {2: [0.2, 0.4], 1: [0.0, 0.0]}}, "maze")
    (axes,) = figure.axes
    (stairs,) = [patch for patch in axes.patches if patch.get_label() == "frame stack"]
    assert stairs.get_data().values.tolist() == [0.0, 0.5, 1.0]
    assert stairs.get_data().edges.tolist() == [0.5, 1.5, 2.5, 3.5]
    assert line(axes, "learner") == pytest.approx(np.array([[1.0, 0.0], [2.0, 0.3]]))
    assert line(axes, "frame stack: a lower bound").tolist() == [[2.0, 0.5]]
    assert set(line(axes, "optimum")[:, 1]) == {1.0}
    assert axes.get_ylabel() == "value (return per episode)"


def test_the_memory_regret_figure_draws_means_over_seeds():
    curves = {"stack": (np.array([10, 20]), np.array([[1.0, 0.5], [0.5, 0.0]]))}
    figure = memory_figures.memory_regret_figure(curves, "maze")
    (axes,) = figure.axes
    assert line(axes, "stack").tolist() == [[10.0, 0.75], [20.0, 0.25]]
    assert len(axes.collections) == 1 and legend(figure) == ["stack"]


def test_the_same_figure_is_written_twice_to_the_byte(tmp_path):
    curves = {"stack": (np.array([10, 20]), np.array([[1.0, 0.5], [0.5, 0.0]]))}
    for name in ("a.svg", "b.svg"):
        figures.save(memory_figures.memory_regret_figure(curves, "maze"), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


# The runs behind them. A window forgets the cue of a passage of 6 after k - 1 steps, whatever is learned.


def test_the_retention_of_a_window_that_a_learner_has():
    curve = memory_runs.learned_retention(build("TMazePassive-v0", length=6), "frame-stack 4", load("sarsa"), 100, 3)
    assert curve.ages.tolist() == [1, 2, 3, 4, 5]
    assert curve.kept.tolist() == [1.0, 1.0, 1.0, 0.0, 0.0]


def test_the_memory_regret_of_a_window_does_not_change_in_training():
    """Of the 5 eligible steps of a passage of 6 (the entries 1 .. 5), a window of 4 lacks the cue after 2 of them."""
    maze = build("TMazePassive-v0", length=6)
    steps, values = memory_runs.memory_regret_of_training(maze, "frame-stack 4", load("q_learning"), 100, 3, 2)
    assert steps.tolist() == [33, 66, 100]
    # The 500 steps that are watched are 83 passages and 2 steps of another, both of which keep the cue.
    assert values == pytest.approx(np.full((2, 3), 83 * 2 / (83 * 5 + 2)))


def test_watching_does_not_disturb_the_training():
    """The last point of a training that was watched on the way is that of one watched once."""
    maze, learner = build("TMazePassive-v0", length=5), load("q_lambda")
    runs = [memory_runs.memory_regret_of_training(maze, "adaptive-stack 2", learner, 2_000, n, 3)[1] for n in (1, 5)]
    assert np.array_equal(runs[0][:, -1], runs[1][:, -1])


def test_what_is_learned_with_each_memory():
    """An adaptive stack of 2 is enough for the optimum; without the cue a policy is right in half of 100 episodes."""
    maze = build("TMazePassive-v0", length=6)
    values = memory_runs.learned_values(maze, load("q_lambda", gamma=0.9), 2, 40_000, 3)
    assert values["adaptive stack"][2] == [1.0] * 3
    # 4 standard deviations of the mean of 100 returns of +-1
    assert all(abs(value) < 0.4 for value in [*values["frame stack"][2], *values["adaptive stack"][1]])


def test_capacities_of_the_passive_t_maze():
    """Frame stacks shorter than the maze earn 0, as a policy without memory; an adaptive stack of 2 is enough."""
    found = memory_runs.capacities(build("TMazePassive-v0", length=3), 3)
    assert {kind: [values[k].value for k in (1, 2, 3)] for kind, values in found.items()} == {
        "frame stack": pytest.approx([0.0, 0.0, 1.0]),
        "adaptive stack": pytest.approx([0.0, 1.0, 1.0]),
    }
    assert all(value.kind == "solved" for values in found.values() for value in values.values())
