"""Regret in sweeps against three comparators, by hand and on systems that are solved again; its commands and figure."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from regretlab.baselines.learner import load
from regretlab.cli.app import app
from regretlab.envs.linear import sor_bandit
from regretlab.evaluation import linear_figures, linear_runs
from regretlab.evaluation.metrics import solvers

TABLE = np.array([[10, 4, 7], [2, 6, 7], [9, 5, 7]])  # sums 21, 15, 21: action 1 is the best fixed one
PLAYED = np.array([10, 2, 7])
SMALL = {"grid": 3, "actions": 4, "tolerance": 1e-3, "law": "low"}


def test_regrets_by_hand():
    np.testing.assert_array_equal(solvers.regret_to_best_fixed(PLAYED, TABLE), [6, 2, 4])
    np.testing.assert_array_equal(solvers.regret_to_instances(PLAYED, TABLE), [6, 6, 8])
    np.testing.assert_array_equal(solvers.regret_to_formula(PLAYED, [5, 5, 5]), [5, 2, 4])
    assert solvers.ratio_to_instances(PLAYED, TABLE) == pytest.approx(19 / 11)
    assert solvers.regret_to_best_fixed([4, 2, 5], TABLE)[-1] == -4, "a choice by system beats every fixed one"


@pytest.mark.parametrize(
    ("played", "table", "message"),
    [
        ([1.0], TABLE, r"must have the shapes \(systems,\) and \(systems, actions\)"),
        (PLAYED, PLAYED, "must have the shapes"),
        ([1.0, np.nan, 2.0], TABLE, "played must hold finite numbers"),
        ([], np.zeros((0, 2)), "played must hold finite numbers"),
        ([-1, 2, 3], TABLE, "no negative counts"),
    ],
)
def test_counts_that_make_no_sense_are_refused(played, table, message):
    with pytest.raises(ValueError, match=message):
        solvers.regret_to_best_fixed(played, table)


def test_a_ratio_to_nothing_is_refused():
    with pytest.raises(ValueError, match="there is no ratio"):
        solvers.ratio_to_instances([1, 2], np.zeros((2, 3)))


@pytest.fixture(scope="module")
def found():
    learners = {"fixed": load("fixed", action=2), "greedy": load("decaying_greedy"), "theory": load("omega_star")}
    return linear_runs.tune(learners, 60, 2, **SMALL)


def test_learners_meet_the_systems_of_the_comparators(found):
    for spent, replay in zip(found.spent["fixed"], found.replays, strict=True):
        np.testing.assert_array_equal(spent, replay.sweeps[:, 2])
    p = linear_runs.build("SorContextual-v0", **SMALL).params
    again = sor_bandit.replay(p, 20_001, 60)
    np.testing.assert_array_equal(again.sweeps, found.replays[1].sweeps)
    for name in found.spent:
        curves = found.curves(name)
        instance = curves["best action of each system"]
        assert instance.shape == (2, 60) and np.all(np.diff(instance) >= 0)
        assert np.all(instance[:, -1] >= curves["best fixed omega in hindsight"][:, -1])
    rows = {row["learner"]: row for row in found.scores()}
    assert rows["theory"]["sweeps"] < rows["greedy"]["sweeps"] and rows["greedy"]["ratio"] > 1.0
    mean = found.comparators()["best action of each system"]
    assert rows["fixed"]["ratio"] == pytest.approx(
        np.mean([each.sweeps[:, 2].sum() / each.sweeps.min(axis=1).sum() for each in found.replays])
    )
    assert rows["fixed"]["regret"]["best action of each system"] == pytest.approx(60 * (rows["fixed"]["sweeps"] - mean))


def test_the_figure_has_a_line_a_learner_and_a_comparator(found):
    first, second, third = linear_figures.regret_figure(found, "Sweeps").axes
    assert len(first.lines) == 3 + 3 and len(second.lines) == len(third.lines) == 3 + 1
    single = linear_runs.Tuning({"fixed": found.spent["fixed"][:1]}, found.replays[:1])
    assert len(linear_figures.regret_figure(single, "Sweeps").axes[0].collections) == 0


def test_commands(tmp_path):
    options = ["--learner", "fixed:action=16", "--learner", "cheb_cb", "--law", "low", "--steps", "30", "--seeds", "1"]
    printed = CliRunner().invoke(app, ["solvers", "score", *options, "--json"])
    assert printed.exit_code == 0, printed.output
    data = json.loads(printed.output)
    assert [row["learner"] for row in data["learners"]] == ["fixed, action 16", "cheb cb"]
    table = CliRunner().invoke(app, ["solvers", "score", *options])
    assert table.exit_code == 0 and "cheb cb" in table.output and "best action of each system" in table.output
    out = tmp_path / "regret.svg"
    drawn = CliRunner().invoke(app, ["solvers", "draw", "regret", *options, "--out", str(out)])
    assert drawn.exit_code == 0 and "<svg" in out.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score", "--law", "middle"], "law='middle' is not allowed"),
        (["score", "--learner", "cheb"], "there is no learner 'cheb'"),
        (["draw", "regret", "--learner", "chebyshev"], "chebyshev chooses omega for every half-sweep"),
    ],
)
def test_mistakes_are_one_line(arguments, message, tmp_path):
    out = ["--out", str(tmp_path / "a.svg")] if arguments[0] == "draw" else []
    result = CliRunner().invoke(app, ["solvers", *arguments, "--steps", "3", *out])
    assert result.exit_code == 2
    assert message in result.output and len(result.output.strip().splitlines()) == 1
