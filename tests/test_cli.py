"""The command line: what it prints, its exit codes, and one line for every mistake."""

import json
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from regretlab.cli import app
from regretlab.evaluation import store
from regretlab.evaluation.terminal import parse_knobs
from regretlab.evaluation.warmup import items

SUITE = """
name = "tiny"
title = "A [tiny] suite"
seeds = 2

[[task]]
name = "maze"
environment = "regretlab/TMazePassive-v0"
knobs = { length = 3 }
protocol = "online"
steps = 300
checkpoints = 5
learner = [{ id = "uniform" }, { id = "optimal" }]

[[task]]
name = "pennies"
environment = "regretlab/MatrixGame-v0"
knobs = { game = "matching-pennies" }
protocol = "self-play"
steps = 200
checkpoints = 4
learner = [{ id = "uniform" }, { id = "hedge" }]
"""

AGENT = """
class Up:
    def __init__(self, observation_space, action_space, seed):
        self.seed = seed

    def act(self, obs):
        return 0

    def update(self, obs, action, reward, next_obs, terminated, truncated):
        {body}

class Silent:
    pass
"""


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def mistake(*arguments):
    """The one line that a mistake of the user gives, and nothing else."""
    result = call(*arguments)
    assert result.exit_code == 2, result.output
    (line,) = [line for line in result.output.splitlines() if line]
    return line


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    path = tmp_path_factory.mktemp("suite") / "tiny.toml"
    path.write_text(SUITE)
    return path


@pytest.fixture(scope="module")
def results(suite, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    assert call("run", suite, "--out", folder, "--jobs", 1).exit_code == 0
    return folder


def test_help_is_quick_to_import_and_names_every_command():
    code = "import sys, regretlab.cli; print([m for m in ('numba', 'matplotlib', 'pydantic') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
    output = call("--help").output
    commands = ("list", "info", "run", "leaderboard", "compare", "verify", "bench", "warmup", "watch", "play", "games")
    assert all(f" {command} " in output for command in commands)


@pytest.mark.parametrize(
    "command", ["list", "info", "run", "leaderboard", "compare", "verify", "bench", "warmup", "watch", "play", "games"]
)
def test_every_help_ends_with_an_example(command):
    result = call(command, "--help")
    assert result.exit_code == 0
    assert f"regretlab {command}" in result.output.split("--help")[-1]


def test_list_as_table_and_as_json():
    data = json.loads(call("list", "--json").output)
    ids = [entry["id"] for entry in data["environments"]]
    assert "regretlab/TMazePassive-v0" in ids
    suites = {suite["id"]: suite["title"] for suite in data["suites"]}
    assert suites["quick"] == "Quick tour: every family against its certified optimum"
    assert "stag-hunt" in data["games"] and "public-goods" in data["game_families"]
    table = call("list").output
    assert all(id in table for id in ids)
    assert all(entry["id"] in table for entry in data["learners"])
    assert all(name in table for name in (*data["games"], *data["game_families"]))
    assert max(map(len, table.splitlines())) <= 80
    of_family = json.loads(call("list", "--family", "mdps", "--json").output)
    assert list(of_family) == ["environments"] and {entry["family"] for entry in of_family["environments"]} == {"mdps"}
    assert "stag-hunt" not in call("list", "--family", "mdps").output


def test_list_refuses_an_unknown_family():
    assert "family='mdp' is not allowed: family must be one of memory, games" in mistake("list", "--family", "mdp")


def test_info_of_an_environment():
    data = json.loads(call("info", "TMazePassive-v0", "--json", "--knob", "length=3").output)
    # Before the end: 3 columns times 2 cues; after it 2 arms for each cue.
    assert data["states"] == 10
    assert data["certificate"]["optimal"] == {
        "value": 1.0,
        "kind": "closed-form",
        "how": "+1 at the arm of the cue",
        "low": None,
        "high": None,
    }
    assert data["knobs"]["length"]["value"] == 3 and data["knobs"]["length"]["default"] == 10
    assert data["certificate"]["facts"]["k_star"] == 3
    text = call("info", "TMazePassive-v0", "--knob", "length=3").output
    for expected in ("an integer from 2 to 1e+09", "+1 at the arm of the cue", "10 states", "o-+", "arXiv:2512.19154"):
        assert expected in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("IteratedGame-v0", "NashConv of uniform play"),
        ("HermiteEta-v0", "vector of shape (13,), float64"),
        ("RiverSwim-v0", "reward per step"),
        ("q_learning", "probability of a uniformly random action"),
        ("stag-hunt", "stag  4, 4  0, 2"),
        ("chicken", "welfare, correlated equilibria  7.2 to 10.5"),
        ("jordan-pennies", "heads, tails, heads  -1, -1, -1"),
        ("von-stengel-6x6", "...  and 63 more"),
        ("blotto-5-3", "441 joint actions"),
        ("2x2-3142-3412", "Prisoner's dilemma"),
    ],
)
def test_info_of_other_things(id, expected):
    result = call("info", id)
    assert result.exit_code == 0 and expected in " ".join(result.output.split("\n"))
    assert json.loads(call("info", id, "--json").output)["id"].endswith(id)


def test_info_of_a_family_builds_its_game():
    data = json.loads(call("info", "public-goods", "--json", "--knob", "players=3").output)
    assert (data["kind"], data["id"], data["players"]) == ("game", "public-goods", 3)
    assert data["knobs"]["players"]["value"] == 3 and np.shape(data["payoffs"]) == (3, 2, 2, 2)
    text = call("info", "public-goods", "--knob", "players=3").output
    assert "number of players" in text and "payoffs of the players by joint action" in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["TMazePasive-v0"], "unknown environment 'TMazePasive-v0'; did you mean 'regretlab/TMazePassive-v0'?"),
        (["TMazePassive-v0", "--knob", "lenght=3"], "no knob 'lenght'; did you mean 'length'?"),
        (["TMazePassive-v0", "--knob", "length=1"], "length=1 is not allowed: length must be an integer from 2"),
        (["TMazePassive-v0", "--knob", "length"], "--knob 'length' is not allowed: it must have the form name=value"),
        (["TMazePassive-v0", "--knob", "length=long"], "length='long' is not allowed"),
        (["MatrixGame-v0", "--knob", "payoffs=[[1,2],[3,4]]"], "payoffs of shape (2, 2) is not allowed"),
        (["q_learning", "--knob", "epsilon=2"], "epsilon=2 is not allowed"),
        (["stag-hunt", "--knob", "x=1"], "the game 'stag-hunt' has no knobs"),
        (["public-goods", "--knob", "playrs=3"], "no knob 'playrs'; did you mean 'players'?"),
        (["2x2-11"], "the id of a strict ordinal 2x2 game is 2x2-abcd-efgh"),
    ],
)
def test_info_refuses(arguments, message):
    assert message in mistake("info", *arguments)


def test_knobs_are_read_as_json_or_python_or_text():
    given = ["a=1", "b=0.5", "c=true", "d=False", "e=None", "f=tit-for-tat", "g=[[[1, 2]]]", "h=x=y"]
    assert parse_knobs(given) == {
        "a": 1,
        "b": 0.5,
        "c": True,
        "d": False,
        "e": None,
        "f": "tit-for-tat",
        "g": [[[1, 2]]],
        "h": "x=y",
    }


def test_run_shows_what_it_does_and_goes_on_where_it_was(suite, tmp_path):
    first = call("run", suite, "--out", tmp_path, "--jobs", 1, "--seeds", 1)
    assert first.exit_code == 0
    assert "A [tiny] suite" in first.output
    assert "4 runs, 0 of them finished already" in first.output
    assert "4/4 pennies" in first.output and "score 1.000" in first.output
    assert (tmp_path / "leaderboard.html").is_file()
    assert max(map(len, first.output.split("\nby task:")[0].splitlines())) <= 80
    second = call("run", suite, "--out", tmp_path, "--jobs", 1)
    assert "8 runs, 4 of them finished already" in second.output
    assert len(list(tmp_path.glob("*.json"))) == 8
    third = call("run", suite, "--out", tmp_path, "--jobs", 1)
    assert third.exit_code == 0 and "8 runs, 8 of them finished already" in third.output


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("length = 3", "length = 4", "task 'maze' has runs that cannot be compared, with different knobs"),
        ("steps = 200", "steps = 100", "task 'pennies' has runs that cannot be compared, with different protocol"),
        ('id = "optimal"', 'id = "fixed", name = "optimal"', "task 'maze' has two runs of 'optimal' with seed 0"),
    ],
)
def test_a_folder_of_another_experiment_is_refused_before_anything_runs(results, tmp_path, old, new, message):
    path, before = tmp_path / "other.toml", sorted(results.iterdir())
    path.write_text(SUITE.replace(old, new))
    line = mistake("run", path, "--out", results)
    assert message in line and "choose another folder" in line
    assert sorted(results.iterdir()) == before


def test_an_interrupt_leaves_a_folder_that_goes_on(suite, tmp_path, monkeypatch):
    from regretlab.evaluation import runs

    def interrupted(groups, folder, jobs):
        yield runs.run_group(groups[0], runs._certificate(*runs._measured(groups[0].task)), str(folder))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(runs, "execute", interrupted)
        result = call("run", suite, "--out", tmp_path)
    assert result.exit_code == 130
    assert "has 2 of 8 runs; the same command goes on" in " ".join(result.output.split())
    assert "8 runs, 2 of them finished already" in call("run", suite, "--out", tmp_path, "--jobs", 1).output


def test_an_agent_of_ones_own(suite, tmp_path):
    path = tmp_path / "agent.py"
    path.write_text(AGENT.format(body="pass"))
    result = call("run", suite, "--out", tmp_path / "out", "--seeds", 1, "--agent", f"{path}:Up")
    assert result.exit_code == 0 and "Up" in result.output
    result = call("verify", tmp_path / "out", "--sample", 0)
    assert result.exit_code == 1 and "4 equal" in result.output and "2 cannot run" in result.output
    assert "an outside agent: name it with --agent path/to/file.py:Up" in " ".join(result.output.split())
    result = call("verify", tmp_path / "out", "--sample", 0, "--agent", f"{path}:Up")
    assert result.exit_code == 0 and "6 equal" in result.output
    assert "there is no file" in mistake("verify", tmp_path / "out", "--agent", f"{tmp_path}/none.py:Up")


def test_a_crash_is_told_and_the_exit_code_is_1(suite, tmp_path):
    path = tmp_path / "agent.py"
    path.write_text(AGENT.format(body="raise RuntimeError('a mistake of mine')"))
    result = call("run", suite, "--out", tmp_path / "out", "--seeds", 1, "--jobs", 1, "--agent", f"{path}:Up")
    assert result.exit_code == 1
    assert "crashed: maze, Up, seed 0: RuntimeError: a mistake of mine" in result.output
    assert "6/6 pennies" in result.output


@pytest.mark.parametrize(
    ("source", "name", "message"),
    [
        (AGENT, "Down", "has no class Down; it has: Up, Silent"),
        (AGENT, "Silent", "Silent is no agent: it lacks act and update"),
        ("import a_module_that_is_not_there", "Up", "a_module_that_is_not_there"),
        ("def x(:", "Up", "SyntaxError"),
    ],
)
def test_run_refuses_what_is_no_agent(suite, tmp_path, source, name, message):
    path = tmp_path / "agent.py"
    path.write_text(source.replace("{body}", "pass"))
    line = mistake("run", suite, "--out", tmp_path / "out", "--agent", f"{path}:{name}")
    assert message in line and not (tmp_path / "out").exists()


def test_run_refuses_a_bad_suite(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(SUITE.replace("seeds = 2", "sedes = 2"))
    assert "sedes: Extra inputs are not permitted" in mistake("run", path)
    assert "did you mean 'quick'?" in mistake("run", "quik")
    for agent in ("agent.py:", "agent.py", "q_learning"):
        assert "form path/to/file.py:ClassName" in mistake("run", "quick", "--agent", agent)
    result = call("run", "quick", "--seeds", "0")
    assert result.exit_code == 2 and "--seeds" in result.output


def test_leaderboard(results, tmp_path):
    page = tmp_path / "page.html"
    result = call("leaderboard", results, "--html", page)
    assert result.exit_code == 0 and "task: maze" in result.output and page.is_file()
    rows = json.loads(call("leaderboard", results, "--json").output)["rows"]
    (best,) = [row for row in rows if (row["scope"], row["group"], row["rank"]) == ("task", "maze", 1)]
    assert (best["learner"], best["score"]) == ("optimal", 1.0)


def test_folders_without_results(tmp_path, make_folder):
    assert "there is no results folder" in mistake("leaderboard", tmp_path / "none")
    assert "there are no results here" in mistake("leaderboard", tmp_path)
    for command in (["leaderboard"], ["verify"], ["compare", "--learners", "a", "b"]):
        result = call(command[0], make_folder("another"), *command[1:])
        assert result.exit_code == 2
        assert "schema version 99, and this version of RegretLab reads 1" in result.output
        assert "error: there are no results here" in result.output


@pytest.fixture
def make_folder(results, tmp_path):
    def make(name):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        path = next(results.glob("*.json"))
        (folder / path.name).write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 99'))
        return folder

    return make


def test_compare(results, tmp_path):
    figure, csv, raw = tmp_path / "a.png", tmp_path / "a.csv", tmp_path / "raw.csv"
    result = call(
        *("compare", results, "--learners", "optimal", "uniform"), "--out", figure, "--csv", csv, "--raw", raw
    )
    assert result.exit_code == 0
    assert "left out: pennies: no finished run of optimal" in result.output
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert csv.read_text().splitlines()[1].startswith("maze,return per episode,optimal,uniform,")
    assert len(raw.read_text().splitlines()) == 1 + 2 * 2
    svg = tmp_path / "a.svg"
    result = call("compare", results, "--learners", "hedge", "uniform", "--json", "--out", svg)
    data = json.loads(result.stdout.split("wrote")[0])
    assert [each["task"] for each in data["differences"]] == ["pennies"] and svg.is_file()


def test_compare_refuses(results, tmp_path):
    common = ("compare", results, "--learners")
    assert "there is no learner 'optimum' here; did you mean 'optimal'?" in mistake(*common, "optimum", "uniform")
    assert "there is no task 'mase' here" in mistake(*common, "optimal", "uniform", "--task", "mase")
    assert "ends with one of .svg, .pdf, .png" in mistake(
        *common, "optimal", "uniform", "--out", tmp_path / "figure.jpg"
    )
    assert "there is no task that all of optimal, hedge finished" in mistake(*common, "optimal", "hedge")
    result = call(*common, "optimal")
    assert result.exit_code == 2 and "requires 2 arguments" in result.output


def test_compare_takes_more_than_two(results, tmp_path):
    figure = tmp_path / "a.svg"
    line = mistake("compare", results, "--learners", "optimal", "uniform", "nobody", "--out", figure)
    assert "there is no learner 'nobody'" in line


def test_verify(results, tmp_path):
    result = call("verify", results, "--sample", 2)
    assert result.exit_code == 0 and "2 equal" in result.output
    record = store.load(results)[0][0]
    store.write(tmp_path, record.model_copy(update={"achieved": record.achieved - 0.5}))
    result = call("verify", tmp_path, "--sample", 0)
    assert result.exit_code == 1
    assert (
        f"different by at most 0.5: {record.task}, {record.learner.name}, seed 0: differs in achieved" in result.output
    )
    old = record.model_copy(update={"versions": {**record.versions, "numba": "0.1"}})
    store.write(tmp_path, old)
    result = call("verify", tmp_path)
    assert result.exit_code == 0 and "numba 0.1, now" in result.output and "1 other version" in result.output


def test_warmup():
    result = call("warmup", "MatrixGame-v0")
    assert result.exit_code == 0 and result.output.startswith("regretlab/MatrixGame-v0")
    assert "did you mean" in mistake("warmup", "MatrixGam-v0")
    names = [item.name for item in items()]
    assert "regretlab/RiverSwim-v0" in names and "river-swim, RMax" in names
    next(item for item in items() if item.name == "river-swim, RMax").run()
