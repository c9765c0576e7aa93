"""What the README promises beyond its Python blocks (see test_docs): the agent of its last example, its commands."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import regretlab
from fences import ROOT, blocks, files
from regretlab.evaluation import runs, suites

README = ROOT / "README.md"
AGENT = "examples/my_agent.py"


def test_the_agent_is_shown_as_it_is():
    assert files(README)[AGENT] == f"# {AGENT}\n" + (ROOT / AGENT).read_text(encoding="utf-8")


def test_the_two_commands_are_there():
    """The file .ci/run runs the second, in a fresh environment, and a smoke run of the first."""
    shown = "".join(block.text for block in blocks(README) if block.language == "console")
    assert "$ python -m pip install . && regretlab run quick\n" in shown
    assert '$ python -m pip install ".[test]" && python -m pytest -n auto\n' in shown


@pytest.mark.parametrize("task", suites.load("quick").task, ids=lambda task: task.name)
def test_the_agent_plays_every_task_of_the_quick_suite(task):
    """With a small part of the budget; where that is enough to learn something, the agent has learned something."""
    short = task.model_copy(update={"steps": min(task.steps, 200 if task.name == "three-body" else 2_000)})
    group = runs.Group("quick", short, suites.Entry(id="agent"), (0,), f"{ROOT / AGENT}:MyAgent")
    certificate = regretlab.certificate(task.environment, **task.knobs)
    (outcome,) = runs.play(group, certificate)
    if task.name == "rock-paper-scissors-partner":
        assert certificate.normalised(outcome.achieved) > 0.3


@pytest.mark.parametrize("arguments", [["list"], ["info", "RiverSwim-v0"], ["--help"]], ids=lambda each: each[0])
def test_the_commands_that_look_something_up(arguments):
    command = [sys.executable, "-W", "error", "-c", "from regretlab.cli import main; main()", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {"list": "TMazePassive-v0", "info": "0.42862", "--help": "leaderboard"}[arguments[0]] in done.stdout


def test_info_as_json_has_the_certificate():
    command = [sys.executable, "-c", "from regretlab.cli import main; main()", "info", "RiverSwim-v0", "--json"]
    data = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert data["certificate"]["optimal"]["value"] == pytest.approx(3601.5 / 8402.5)
