"""Runs of a language model that are stopped from outside, in processes of their own, and started again."""

import json
import signal
import subprocess
import sys
import time

import pytest
from llm_server import honest, ruling, serving
from typer.testing import CliRunner

from regretlab.cli.app import app
from regretlab.evaluation import store

pytest.importorskip("httpx")

SUITE = """
name = "small"
title = "Small"
seeds = 1

[[task]]
name = "dilemma"
environment = "regretlab/PartnerGame-v0"
knobs = { game = "ipd", partner = ["always-cooperate", "tit-for-tat", "always-defect"], rounds = 30 }
protocol = "partner"
steps = 30
learner = [{ id = "uniform" }]
"""
CALLS, AT_ONCE = 180, 3  # 3 partners, 30 rounds, two questions


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """The path of the suite, whose kernels are compiled."""
    path = tmp_path_factory.mktemp("suite") / "suite.toml"
    path.write_text(SUITE)
    assert CliRunner().invoke(app, ["run", str(path), "--out", str(path.parent / "out"), "--jobs", "1"]).exit_code == 0
    return path


@pytest.fixture
def interruptible():
    """Ctrl-C reaches what the test starts, which a shell's background job would otherwise ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def command(suite, folder, server, *more):
    fixed = ("--out", folder, "--model", "rules", "--jobs", 1, "--concurrency", AT_ONCE)
    return [str(each) for each in ("run", suite, "--llm", server.url, *fixed, *more)]


def kept(folder):
    """The questions whose answers are in the cache."""
    files = (folder / "llm-cache").rglob("*.json")
    return [json.loads(path.read_text())["request"]["messages"][0]["content"] for path in files]


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_stopped_half_way_repeats_no_call_that_was_answered(tmp_path, suite, ending):
    with serving() as server:
        with ruling(server, lambda text: (time.sleep(0.05), honest(text))[1]):
            running = subprocess.Popen(
                [sys.executable, "-m", "regretlab.cli", *command(suite, tmp_path, server)],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            until = time.monotonic() + 120
            while len(server.texts) < CALLS // 2:
                assert running.poll() is None and time.monotonic() < until, running.communicate()[0]
                time.sleep(0.01)
            running.send_signal(ending)
            output, _ = running.communicate(timeout=60)
        asked, answered = list(server.texts), kept(tmp_path)
        assert CALLS // 2 <= len(asked) < CALLS - AT_ONCE and store.load(tmp_path)[0][1:] == []
        if ending == signal.SIGINT:  # what was under way is awaited and kept
            assert running.returncode == 130 and "the same command goes on" in output
            assert "Traceback" not in output and sorted(answered) == sorted(asked)
        else:  # what was under way at that moment is lost
            assert len(asked) - AT_ONCE <= len(answered) <= len(asked)
        result = CliRunner().invoke(app, command(suite, tmp_path, server))
        assert result.exit_code == 0, result.output
        again = server.texts[len(asked) :]
        assert not set(again) & set(answered) and len(again) + len(answered) == CALLS
    assert all(record.status == "finished" for record in store.load(tmp_path)[0])


def test_a_server_that_goes_away_ends_the_run_in_two_lines_and_the_same_command_goes_on(tmp_path, suite, monkeypatch):
    monkeypatch.setattr("regretlab.baselines.llm.client.FIRST_PAUSE", 0.0)
    with serving() as server:
        with ruling(server, lambda text: honest(text) if len(server.texts) <= 50 else 503):
            result = CliRunner().invoke(app, command(suite, tmp_path, server, "--retries", 2))
        assert result.exit_code == 1 and f"{server.url} does not answer after 3 tries: status 503" in result.output
        assert "the same command goes on" in result.output and "Traceback" not in result.output
        answered = kept(tmp_path)
        assert len(answered) == 50
        before = len(server.texts)
        assert CliRunner().invoke(app, command(suite, tmp_path, server)).exit_code == 0
        assert not set(server.texts[before:]) & set(answered) and len(server.texts) - before == CALLS - 50


def test_mistakes_are_told_in_one_line_before_anything_is_asked(tmp_path, suite, monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    template = tmp_path / "mine.json"
    template.write_text('{"name": "mine"}')
    with serving() as server:
        for more, words in (
            (("--api-key-env", "NO_SUCH_KEY"), "api_key_env='NO_SUCH_KEY': there is no environment variable"),
            (("--prompt", "qaa"), "prompt='qaa' is not a family of prompts; did you mean 'qa'"),
            (("--prompt", template), "prompt 'mine' lacks"),
            (("--llm", "localhost:8000"), "url='localhost:8000' is not allowed"),
        ):
            result = CliRunner().invoke(app, command(suite, tmp_path, server, *more))
            assert result.exit_code == 2 and words in result.output, result.output
            assert len(result.output.strip().splitlines()) == 1
        assert server.texts == []
