"""`regretlab mdp`: what it prints, and how it tells a mistake."""

import json
import math

import pytest
from typer.testing import CliRunner

from regretlab.cli.app import app


def run(*arguments):
    return CliRunner().invoke(app, ["mdp", *arguments])


def test_the_report_of_river_swim():
    result = run("report", "RiverSwim-v0")
    assert result.exit_code == 0
    for expected in ("6 states, 2 actions", "0.4286224338", "14.72233", "mixing time"):
        assert expected in result.output


def test_json_is_one_document_even_with_a_figure(tmp_path):
    result = run("report", "RiverSwim-v0", "--json", "--figure", str(tmp_path / "myopia.svg"))
    data = json.loads(result.output)
    assert data["quantities"]["mixing_time"] == {
        "value": 13,
        "kind": "exact",
        "how": "bisection over powers of the matrix",
    }
    assert "<svg" in (tmp_path / "myopia.svg").read_text()


def test_an_infinite_mixing_time_is_infinite_in_json_too(tmp_path):
    result = run("report", "Cycle-v0", "--json", "--figure", str(tmp_path / "myopia.png"))
    found = json.loads(result.output)["quantities"]["mixing_time"]
    assert (float(found["value"]), found["kind"]) == (math.inf, "exact") and "period 6" in found["how"]
    assert (tmp_path / "myopia.png").stat().st_size > 0
    lines = [line for line in run("report", "Cycle-v0").output.splitlines() if line.startswith("mixing time, total")]
    assert len(lines) == 1 and "infinite" in lines[0]


def test_a_figure_that_cannot_be_written_is_refused_before_anything_is_solved(monkeypatch):
    monkeypatch.setattr("regretlab.evaluation.mdp_report.report", None)
    assert "nowhere" in run("report", "RiverSwim-v0", "--figure", "nowhere/card.svg").output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "RiverSwimm-v0"], "did you mean"),
        (["report", "RiverSwim-v0", "--knob", "states=1"], "states=1 is not allowed"),
        (["report", "TMazePassive-v0"], "terminal"),
        (["report", "MatrixGame-v0"], "player"),
        (["report", "RiverSwim-v0", "--figure", "card.gif"], "card.gif"),
    ],
)
def test_a_mistake_is_told_in_one_line(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output and len(result.output.strip().splitlines()) == 1
