"""The commands ``regretlab memory``: what they print, the figures they write, and one line for every mistake."""

import json

import pytest
from typer.testing import CliRunner

from regretlab.cli import app
from regretlab.evaluation import store

SHORT = ["--train", 300, "--seeds", 2, "--knob", "length=4"]


def call(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


def mistake(*arguments):
    """The one line that a mistake of the user gives, and nothing else."""
    result = call("memory", *arguments)
    assert result.exit_code == 2, result.output
    (line,) = [line for line in result.output.splitlines() if line]
    return line


def test_certify_prints_a_page():
    result = call("memory", "certify", "TMazePassive-v0", "--knob", "length=3")
    assert result.exit_code == 0, result.output
    words = " ".join(result.output.split())
    assert words.startswith("regretlab/TMazePassive-v0 certificate, in return per episode optimal 1 [1, 1] solved")
    assert "needs memory yes; enough: a window of 3 observations (k_star) or 2 chosen ones (kappa)" in words
    assert "window 1: 0, 2: 0, 3: 1" in words and "stack 1: 0, 2: 1" in words
    assert max(map(len, result.output.splitlines())) <= 80


def test_certify_as_json_agrees_with_the_formula():
    """The search finds k_star = length and kappa = 2, as the environment's certificate says."""
    known = json.loads(call("info", "TMazeActivePaper-v0", "--knob", "length=3", "--json").output)
    found = json.loads(call("memory", "certify", "TMazeActivePaper-v0", "--knob", "length=3", "--json").output)
    assert found["id"] == "regretlab/TMazeActivePaper-v0" and found["knobs"]["length"] == 3
    for fact in ("k_star", "kappa"):
        assert found["certificate"]["facts"][fact] == known["certificate"]["facts"][fact]
    assert found["needs_memory"] is known["needs_memory"] is True
    # A window that is too short holds one colour and lets the time run out on the other: half.
    assert found["certificate"]["facts"]["window"] == pytest.approx({"1": 0.0, "2": 0.5, "3": 1.0}, abs=1e-9)


def test_certify_says_at_least_where_no_size_up_to_the_most_is_enough():
    output = call("memory", "certify", "TMazePassive-v0", "--knob", "length=4", "--most", 2).output
    assert "k_star_at_least" in output and "needs memory  yes; enough: 2 chosen ones (kappa)" in output


def test_info_tells_how_much_memory_is_needed():
    output = " ".join(call("info", "TMazePassive-v0", "--knob", "length=20").output.split())
    assert "needs memory yes; enough: a window of 20 observations (k_star) or 2 chosen ones (kappa)" in output
    output = " ".join(call("info", "RiverSwim-v0").output.split())
    assert "needs memory no" in output


@pytest.mark.parametrize(
    "arguments",
    [
        ["draw", "retention", "TMazePassive-v0", "--memory", "frame-stack 2", "--learner", "q_learning", *SHORT],
        ["draw", "regret", "TMazePassive-v0", "--points", 2, *SHORT],
        ["draw", "capacity", "TMazePassive-v0", "--most", 2, "--learner", "q_lambda:gamma=0.9", *SHORT],
        ["draw", "capacity", "TMazePassive-v0", "--most", 2, "--knob", "length=3"],
    ],
    ids=lambda arguments: " ".join(map(str, arguments[:5])),
)
def test_figures_are_written(arguments, tmp_path):
    path = tmp_path / "figure.svg"
    result = call("memory", *arguments, "--out", path)
    assert result.exit_code == 0, result.output
    assert result.output.split() == ["wrote", str(path)]
    assert path.read_text().startswith("<?xml")


SUITE = """
name = "tiny"
title = "A ladder of two"
seeds = 2
{tasks}
"""
TASK = """
[[task]]
name = "passive-{length}"
environment = "TMazePassive-v0"
knobs = {{ length = {length} }}
protocol = "train-test"
steps = 2000
learner = [{{ id = "q_learning", memory = "adaptive-stack 2" }}, {{ id = "q_learning", memory = "frame-stack 2" }}]
"""


def test_a_ladder_is_drawn_from_the_results_of_a_suite(tmp_path):
    suite, results, path = tmp_path / "tiny.toml", tmp_path / "results", tmp_path / "ladder.svg"
    suite.write_text(SUITE.format(tasks="".join(TASK.format(length=length) for length in (2, 3))))
    assert call("run", suite, "--out", results, "--jobs", 1).exit_code == 0
    records, _ = store.load(results)
    assert len(records) == 8 and all("success_rate" in record.metrics for record in records)
    result = call("memory", "draw", "ladder", results, "--out", path)
    assert result.exit_code == 0, result.output
    assert result.output.split() == ["wrote", str(path)]
    assert "no finished run has the knob 'width'" in mistake("draw", "ladder", results, "--knob", "width")


def test_help_shows_examples():
    for arguments in (["certify"], ["draw", "ladder"], ["draw", "retention"], ["draw", "regret"], ["draw", "capacity"]):
        output = call("memory", *arguments, "--help").output
        assert f"regretlab memory {' '.join(arguments)}" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["certify", "TMazePasive-v0"], "TMazePassive-v0"),
        (["certify", "TMazePassive-v0", "--knob", "length=1"], "length=1"),
        (["certify", "TMazePassive-v0", "--knob", "length=1000000"], "more than"),
        (["certify", "HermiteEta-v0"], "no exact model"),
        (["certify", "IteratedGame-v0"], "IteratedGame-v0 has 2 players: memory is measured in tasks of one player"),
        (["draw", "retention", "TMazePassive-v0", "--memory", "frame-stack 0", *SHORT], "k=0 is not allowed"),
        (["draw", "retention", "TMazePassive-v0", "--memory", "elephant", *SHORT], "memory='elephant' is not allowed"),
        (["draw", "retention", "RiverSwim-v0"], "memory can be recorded"),
        (["draw", "regret", "TMazePassive-v0", "--learner", "q_lamda"], "did you mean 'q_lambda'"),
        (["draw", "capacity", "HermiteEta-v0"], "HermiteEta-v0"),
        (["draw", "capacity", "TMazePassive-v0", "--out", "figure.doc"], "a figure's name ends with"),
        (["draw", "ladder", "nowhere"], "there is no results folder 'nowhere'"),
    ],
)
def test_mistakes_are_one_line(arguments, message):
    assert message in mistake(*arguments)
