"""The commands ``regretlab games``: what they print, the files they write, and one line for every mistake."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from regretlab.cli import app
from regretlab.envs import games

SHORT = ["--rounds", 20, "--seeds", 2]
LEARNERS = ["--learner", "hedge", "--learner", "hedge:rate=anytime,eta=0.2"]


def call(*arguments):
    return CliRunner().invoke(app, ["games", *map(str, arguments)])


def mistake(*arguments):
    """The one line that a mistake of the user gives, and nothing else."""
    result = call(*arguments)
    assert result.exit_code == 2, result.output
    (line,) = [line for line in result.output.splitlines() if line]
    return line


def test_solve_prints_a_page():
    result = call("solve", "chicken")
    assert result.exit_code == 0
    assert result.output.startswith("Chicken\n") and "Nash equilibria: all 3" in result.output
    assert max(map(len, result.output.splitlines())) <= 80


def test_solve_as_json():
    data = json.loads(call("solve", "stag-hunt", "--json").output)
    assert data["name"] == "stag-hunt" and len(data["nash"]["equilibria"]) == 3


def test_solve_a_family_with_a_knob():
    """Public goods: whatever the others give, each keeps everything, as long as factor < players."""
    data = json.loads(call("solve", "public-goods", "--knob", "players=4", "--json").output)
    assert np.shape(data["payoffs"])[0] == 4
    (equilibrium,) = data["nash"]["equilibria"]
    assert all(own[0] == 1.0 for own in equilibrium["profile"])


@pytest.mark.parametrize("suffix", [".nfg", ".json"])
def test_solve_a_file(tmp_path, suffix):
    path = tmp_path / f"game{suffix}"
    games.write(games.load("matching-pennies"), path)
    data = json.loads(call("solve", path, "--json").output)
    (equilibrium,) = data["nash"]["equilibria"]
    assert np.array(equilibrium["profile"]) == pytest.approx(np.full((2, 2), 0.5))


def test_solve_a_2x2_game_by_its_ranks():
    assert call("solve", "2x2-3142-3412").output.startswith("Prisoner's dilemma\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["draw", "responses", "chicken"],
        ["draw", "orbit", "rock-paper-scissors", "--duration", 1, "--starts", 1],
        ["draw", "regret", "chicken", *LEARNERS, *SHORT],
        ["draw", "regret", "public-goods", "--knob", "players=3", "--learner", "exp3", *SHORT],
        ["draw", "gap", "chicken", "--learner", "hedge", "--rounds", 20],
        ["draw", "map", "--learner", "fictitious_play", *SHORT],
        ["gallery", "last-iterate"],
    ],
    ids=lambda arguments: " ".join(map(str, arguments[:2])),
)
def test_figures_are_written(arguments, tmp_path):
    path = tmp_path / "figure.svg"
    result = call(*arguments, "--out", path)
    assert result.exit_code == 0, result.output
    assert result.output.split() == ["wrote", str(path)]
    assert path.read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["solve", "chickn"], "did you mean 'chicken'"),
        (["solve", "nowhere.nfg"], "nowhere.nfg"),
        (["solve", "chicken", "--knob", "players=3"], "has no knobs"),
        (["solve", "public-goods", "--knob", "player=3"], "did you mean 'players'"),
        (["solve", "public-goods", "--knob", "players=0"], "players=0"),
        (["draw", "responses", "shapley"], "2x2 actions"),
        (["draw", "responses", "chicken", "--out", "figure.gif"], ".svg, .pdf, .png"),
        (["draw", "orbit", "chicken"], "3 actions of player 0"),
        (["draw", "orbit", "rock-paper-scissors", "--dynamic", "replicater"], "replicater"),
        (["draw", "regret", "chicken", "--learner", "hegde"], "did you mean 'hedge'"),
        (["draw", "regret", "chicken", "--learner", "hedge:eat=1"], "no knob 'eat'"),
        (["draw", "regret", "chicken", *["--learner", "hedge"] * 11, *SHORT], "at most 10 learners"),
        (["draw", "gap", "chicken", "--learner", "exp3"], "exchanges no mixed actions"),
        (["draw", "map", "--learner", "strategy", *SHORT], "strategy"),
        (["gallery", "two-gap"], "did you mean 'two-gaps'"),
    ],
    ids=lambda value: " ".join(map(str, value[-2:])) if isinstance(value, list) else "",
)
def test_mistakes_are_told_in_one_line(arguments, message):
    line = mistake(*arguments)
    assert line.startswith("error: ") and message in line


def test_the_game_of_a_file_has_no_knobs(tmp_path):
    path = tmp_path / "game.nfg"
    games.write(games.load("chicken"), path)
    assert "the game of a file has no knobs" in mistake("solve", path, "--knob", "players=3")


def test_a_malformed_file_gives_line_and_column(tmp_path):
    path = tmp_path / "game.nfg"
    path.write_text('NFG 1 R "bad" { "a" "b" } { 2 2 }\n1 2 x')
    assert "line 2" in mistake("solve", path)


def test_at_least_one_learner_is_needed():
    result = call("draw", "regret", "chicken")
    assert result.exit_code == 2 and "--learner" in result.output


@pytest.mark.parametrize("command", [["solve"], ["gallery"], ["draw"], *(["draw", each] for each in ("orbit", "map"))])
def test_every_help_ends_with_an_example(command):
    result = call(*command, "--help")
    assert result.exit_code == 0
    assert f"regretlab games {' '.join(command)}" in result.output.split("--help")[-1]
