import io
import json
from dataclasses import replace

import pytest
from rich.console import Console
from scipy.stats import trim_mean

from regretlab.evaluation import leaderboard
from regretlab.evaluation.store import Problem, ResultsError


def seeds(make_record, task, learner, values, **fields):
    return [make_record(task, learner, seed, achieved=value, **fields) for seed, value in enumerate(values)]


def table_of(rows, scope, group):
    return [row for row in rows if (row.scope, row.group) == (scope, group)]


def test_scores_are_interquartile_means_between_random_and_optimum(make_record):
    # riverswim: random 0.0286, optimal 0.4286, so that achieved = 0.0286 + 0.4 * score; tmaze: -0.5 + 1.5 * score
    river, maze = [0.1, 0.2, 0.3, 0.4, 0.9], [0.5, 0.6, 0.7, 0.8, -1.0]
    records = seeds(make_record, "riverswim", "sarsa", [0.0286 + 0.4 * score for score in river])
    records += seeds(make_record, "tmaze", "sarsa", [-0.5 + 1.5 * score for score in maze])
    rows = leaderboard.rows(records)
    (overall,) = table_of(rows, "overall", "all tasks")
    assert overall.score == pytest.approx(trim_mean(river + maze, 0.25), abs=1e-12)
    assert overall.low < overall.score < overall.high
    assert (overall.tasks, overall.of_tasks, overall.runs, overall.rank) == (2, 2, 10, 1)
    (task,) = table_of(rows, "task", "riverswim")
    assert task.score == pytest.approx(0.3, abs=1e-12)
    assert task.regret == pytest.approx(0.4 * 0.7, abs=1e-12) and task.unit == "reward per step"
    (family,) = table_of(rows, "family", "mdps")
    assert family.score == task.score and family.regret is None


def test_sorting_and_ties_by_what_is_displayed(make_record):
    values = {"a": 0.305, "b": 0.30501, "c": 0.4, "d": 0.2}
    records = [r for name, value in values.items() for r in seeds(make_record, "riverswim", name, [value] * 3)]
    rows = table_of(leaderboard.rows(records), "task", "riverswim")
    assert [(row.rank, row.learner) for row in rows] == [(1, "c"), (2, "a"), (2, "b"), (4, "d")]


def test_a_task_that_was_not_played_counts_as_random_play(make_record):
    records = seeds(make_record, "riverswim", "everywhere", [0.1, 0.1])
    records += seeds(make_record, "tmaze", "everywhere", [0.1, 0.1])
    records += seeds(make_record, "riverswim", "specialist", [0.4286, 0.4286])  # a score of 1 there, 0 on the other
    rows = table_of(leaderboard.rows(records), "overall", "all tasks")
    found = [(row.rank, row.learner, row.tasks, row.of_tasks, row.runs) for row in rows]
    assert found == [(1, "specialist", 1, 2, 2), (2, "everywhere", 2, 2, 4)]
    assert rows[0].score == pytest.approx(trim_mean([1, 1, 0, 0], 0.25), abs=1e-12)
    assert [row.learner for row in table_of(leaderboard.rows(records), "task", "riverswim")] == [
        "specialist",
        "everywhere",
    ]


def test_self_play_publishes_its_gap_apart(make_record):
    # Shapley's game: the largest NashConv of a pure profile is 2 in the fixture, and the smallest gap is best
    records = seeds(make_record, "shapley", "hedge", [0.5, 0.5]) + seeds(make_record, "shapley", "fixed", [2.0, 2.0])
    records += seeds(make_record, "riverswim", "hedge", [0.2, 0.2])
    rows = leaderboard.rows(records)
    gaps = table_of(rows, "family", "games")
    assert [(row.rank, row.learner, row.score, row.measure) for row in gaps] == [
        (1, "hedge", 0.25, "gap"),
        (2, "fixed", 1.0, "gap"),
    ]
    assert [row.regret for row in table_of(rows, "task", "shapley")] == [0.5, 2.0]
    (overall,) = table_of(rows, "overall", "all tasks")
    assert overall.learner == "hedge" and overall.of_tasks == 1
    assert any("shapley: no part of the overall ranking" in note for note in leaderboard.notes(records))


def test_a_task_without_normalised_score_is_compared_by_regret(make_record):
    certificate = make_record().certificate
    pointless = replace(certificate, random=replace(certificate.random, value=certificate.optimal.value))
    records = seeds(make_record, "riverswim", "a", [0.4286, 0.4286], certificate=pointless)
    records += seeds(make_record, "riverswim", "b", [0.1286, 0.1286], certificate=pointless)
    rows = leaderboard.rows(records)
    assert {row.scope for row in rows} == {"task"}
    assert [(row.rank, row.learner, row.measure) for row in rows] == [(1, "a", "regret"), (2, "b", "regret")]
    assert rows[1].score == rows[1].regret == pytest.approx(0.3)
    without_fact = replace(make_record("shapley").certificate, facts={})
    assert leaderboard.measure(without_fact) == "regret"


def test_a_regret_of_rounding_alone_is_none(make_record):
    # 1 - 0.9999999999999996 = 4.4e-16 of values of the size 1; what is stored stays as it is
    records = [make_record("tmaze", "a", 0, achieved=1 + 4.441e-16), make_record("tmaze", "b", 0, achieved=1 - 1e-6)]
    (row, other) = table_of(leaderboard.rows(records), "task", "tmaze")
    assert row.regret == 0.0 and leaderboard.display(row.regret, "regret") == "0"
    assert other.regret == pytest.approx(1e-6) and records[0].achieved == 1 + 4.441e-16
    (row,) = table_of(leaderboard.rows([make_record("shapley", "hedge", achieved=2.2e-16)]), "task", "shapley")
    assert row.regret == 0.0


def test_crashed_runs_are_counted_and_do_not_score(make_record):
    records = seeds(make_record, "riverswim", "a", [0.2286, 0.2286])
    records += [make_record("riverswim", "a", 2, status="crashed"), make_record("riverswim", "b", 0, status="crashed")]
    rows = table_of(leaderboard.rows(records), "task", "riverswim")
    assert [(row.rank, row.learner, row.runs, row.crashed) for row in rows] == [(1, "a", 2, 1), (None, "b", 0, 1)]
    assert rows[0].score == pytest.approx(0.5) and rows[1].score is None
    with pytest.raises(ValueError, match="has no score"):
        leaderboard.score(records[-1])
    lost = leaderboard.rows(records[2:])
    assert [row.score for row in lost] == [None, None]
    assert "riverswim: all 2 runs crashed" in leaderboard.notes(records[2:])


def test_a_single_seed_has_no_interval(make_record):
    rows = leaderboard.rows([make_record(achieved=0.2286)])
    assert all((row.low, row.high) == (None, None) and row.score == pytest.approx(0.5) for row in rows)
    assert leaderboard.interval(rows[0]) == "-"
    assert any("a single seed" in note for note in leaderboard.notes([make_record()]))


def test_no_results_is_an_error_that_helps():
    with pytest.raises(ResultsError, match="no results here"):
        leaderboard.rows([])


def test_runs_that_cannot_be_compared_are_named(make_record):
    first = make_record()
    certificate = first.certificate
    other = replace(certificate, optimal=replace(certificate.optimal, value=0.5))
    for fields, message in (
        ({"protocol": {"name": "online", "budget": 200}}, "different protocol"),
        ({"knobs": {"n": 7}}, "different knobs"),
        ({"certificate": other}, "different certificate"),
    ):
        with pytest.raises(ResultsError, match=f"task 'riverswim' .*{message}.*seed0000.*seed0001"):
            leaderboard.tasks([first, make_record(seed=1, **fields)])
    with pytest.raises(ResultsError, match="two runs of 'q_learning' with seed 0"):
        leaderboard.tasks([first, make_record(suite="full")])
    almost = replace(certificate, optimal=replace(certificate.optimal, value=0.4286 + 1e-12))
    assert len(leaderboard.tasks([first, make_record(seed=1, certificate=almost)])) == 1


def test_notes_tell_versions_apart(make_record):
    records = [make_record(), make_record(seed=1, source_hash="def", versions={"python": "3.13.0", "numpy": "2.0.0"})]
    notes = leaderboard.notes(records)
    assert "riverswim: runs of several versions of the environment's source are compared" in notes
    assert "runs were made with several versions of python: 3.12.1, 3.13.0" in notes
    assert not any("numpy" in note for note in notes)
    assert leaderboard.notes([make_record(), make_record(seed=1)]) == []


def test_tables_fit_eighty_columns_and_show_every_character(make_record):
    long, markup = "Z" * 70, "[bold]agent[/]"
    records = [*seeds(make_record, "riverswim", long, [0.2, 0.3]), make_record("riverswim", long, 9, status="crashed")]
    records += seeds(make_record, "shapley", markup, [0.5, 0.25])
    records += seeds(make_record, "tmaze", markup, [-900.0, 0.9])
    console = Console(width=80, record=True, file=io.StringIO())
    for table in leaderboard.tables(leaderboard.rows(records)):
        console.print(table)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert text.count("Z") == 3 * len(long) and text.count(markup) == 5
    for expected in ("regret in reward per step", "regret in NashConv", "crashed", "1/2", "not played counts as 0"):
        assert expected in text


def test_json_holds_rows_tasks_and_what_is_missing(make_record, tmp_path):
    records = [*seeds(make_record, "riverswim", "a", [0.1, 0.2]), make_record("tmaze", "a", 0, status="crashed")]
    data = json.loads(leaderboard.to_json(records, [Problem(tmp_path / "half.json", "not complete JSON")]))
    assert [task["name"] for task in data["tasks"]] == ["riverswim", "tmaze"]
    assert data["tasks"][0]["certificate"]["optimal"]["value"] == 0.4286
    assert data["skipped"] == [{"file": "half.json", "reason": "not complete JSON"}]
    assert data["crashed"][0]["task"] == "tmaze" and data["notes"] == ["tmaze: all 1 runs crashed"]
    assert data["rows"][0]["learner"] == "a" and data["rows"][0]["runs"] == 2


def test_numbers_as_displayed():
    assert leaderboard.display(-0.0001) == "0.000"
    assert leaderboard.display(-0.5) == "-0.500"
    assert leaderboard.display(1234.56, "regret") == "1235"
    assert leaderboard.display(None) == "-"
