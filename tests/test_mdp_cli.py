"""`regretlab mdp`: what it prints, and how it tells a mistake."""

import json

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
