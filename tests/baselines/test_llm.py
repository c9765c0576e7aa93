"""Language models as agents: the words, the parser, and the client against a real server on the loopback."""

import json
import threading
import time

import numpy as np
import pytest
from llm_server import honest, ruling, serving

from regretlab.baselines.agent import HaltError
from regretlab.baselines.llm import prompts
from regretlab.baselines.llm.agent import agent_class, unsuited
from regretlab.baselines.llm.client import Client, Settings
from regretlab.baselines.llm.parser import parse
from regretlab.baselines.llm.view import view
from regretlab.baselines.lockstep import Lockstep
from regretlab.envs.core.registry import build
from regretlab.envs.partners import library

pytest.importorskip("httpx")

IPD = library.load("ipd")
KEY = "sk-secret-5f0c"
PAUSE = "regretlab.baselines.llm.client.FIRST_PAUSE"


def settings(server, tmp_path, **more):
    given = {"url": server.url, "model": "rules", "cache": str(tmp_path / "cache"), "retries": 2, "timeout": 5.0}
    return Settings(**{**given, **more})


def play(server, tmp_path, partner="always-rock", rounds=12, lanes=3, game="rps", **more):
    environment = build("PartnerGame-v0", game=game, partner=partner, rounds=rounds)
    agent = agent_class(environment, settings(server, tmp_path, **more))
    run = Lockstep(environment, agent, lanes=lanes, record=True)
    run.advance(rounds)
    return run


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("J", 0),
        (" F.", 1),
        ("Option J", 0),
        ("option F, because it pays", 1),
        ("I choose Option J.", 0),
        ("Let me see.\nANSWER: F", 1),
        ("ANSWER: J\nno, wait\n**Answer: Option F**", 1),
        ("I could take (J), but I take [F]", 1),
        ("F\nbecause the other player repeats itself", 1),
        ("", None),
        ("I would rather not say.", None),
        ("Option J or Option F", None),
        ("ANSWER: J or F", None),
        ("ANSWER: neither", None),
        ("j", None),
        ("Just Fine", None),
        ("X", None),
        ("J and F", None),
        ("x" * 1_000_000 + " ANSWER: J", None),  # no line of its own
        ("x" * 1_000_000 + "\nANSWER: J", 0),
    ],
)
def test_an_answer_is_one_option_or_none(text, found):
    assert parse(text, ("J", "F")) == found


def test_the_view_tells_every_cell_and_every_round():
    told = view(IPD.payoffs, 100, 3)
    cooperate, defect = told.own
    assert (
        f"If you choose Option {cooperate} and the other player chooses Option {defect}, then you win 0 points and "
        in (told.rules)
    )
    assert told.rules.count("If you choose") == 4 and "100 rounds" in told.rules
    assert told.history([(0, 0), (1, 0)]).splitlines()[1] == (
        f"In round 2, you chose Option {defect} and the other player chose Option {cooperate}. "
        "Thus you won 10 points and the other player won 0 points."
    )


def test_letters_and_order_are_balanced_over_seeds():
    """Of 400 seeds an action comes first with probability 1/2: within 4 standard deviations of 10."""
    views = [view(IPD.payoffs, 10, seed) for seed in range(400)]
    assert abs(sum(each.order[0] for each in views) - 200) <= 40
    assert len({each.own for each in views}) > 150
    assert all(len(set(each.own)) == 2 for each in views)


def test_an_honest_model_plays_its_rule(tmp_path):
    """It expects the last action again and answers that: from the second round it always wins against a constant."""
    with serving() as server:
        run = play(server, tmp_path)
    assert np.all(run.record.rewards[1:] == 1)
    assert np.all(run.record.predictions[1:] == run.record.following[1:])
    for report in run.reports:
        assert report["invalid_rate"] == 0 and report["calls"] == 24 and report["completion_tokens"] == 24


def test_the_choice_is_asked_without_the_prediction_and_the_other_way_round(tmp_path):
    with serving() as server:
        play(server, tmp_path, lanes=1, rounds=3, concurrency=1)
        plain = list(server.texts)
        play(server, tmp_path, lanes=1, rounds=3, concurrency=1, prompt="social_qa")
        social = server.texts[len(plain) :]
    assert [" do you choose in round" in text for text in plain] == [True, False] * 3
    assert not any("expect" in text for text in plain)
    assert plain[2].rsplit("\n\n", 1)[0] == plain[3].rsplit("\n\n", 1)[0]  # the same history
    assert all("You expect the other player to choose Option" in text for text in social if "do you choose" in text)


def test_invalid_answers_are_asked_back_once_counted_and_played_at_random(tmp_path):
    with serving("invalid") as server:
        run = play(server, tmp_path, rounds=40, lanes=5)
    assert all(report["invalid_rate"] == 1 and report["calls"] == 160 for report in run.reports)
    assert np.all(run.record.predictions == -1)
    counts = np.bincount(run.record.actions.ravel(), minlength=3)  # 200 draws of 1/3: within 4 deviations of 6.7
    assert np.all(np.abs(counts - 200 / 3) < 4 * 6.7)
    with serving("second-time") as server:
        run = play(server, tmp_path / "other")
    assert all(report["repaired_rate"] == 1 and report["invalid_rate"] == 0 for report in run.reports)


@pytest.mark.parametrize("name", prompts.names())
def test_every_family_plays(tmp_path, name):
    with serving() as server:
        run = play(server, tmp_path, lanes=2, rounds=12, prompt=name)
        assert all("{" not in text for text in server.texts)
    assert len(run.record.rewards) == 12
    steps = {"plans_insights": 12, "reflexion": 1, "s2a": 12}.get(name, 0)
    questions = 2 * 12 + steps
    for report in run.reports:
        extra = round((report["invalid_rate"] + report["repaired_rate"]) * 24)
        assert report["calls"] == questions + extra


@pytest.mark.parametrize("partner", ["uniform", "tit-for-tat", "mostly-paper"])
def test_the_oracle_is_told_the_truth(tmp_path, partner):
    with serving() as server:
        run = play(server, tmp_path, partner=partner, lanes=1, rounds=30, prompt="oracle", concurrency=1)
        told = [
            text.split(", the other player chooses Option ")[-1][0] for text in server.texts if "do you choose" in text
        ]
    letters = {}
    happened = [(o - 1) % 3 for o in run.record.following[:, 0, 0].tolist()]
    for letter, action in zip(told, happened, strict=True):
        assert letters.setdefault(letter, action) == action
    assert len(letters) == len(set(happened))


def test_peeking_changes_nothing(tmp_path):
    """The partner draws the same actions whether an agent peeks or not."""
    with serving() as server:
        runs = [play(server, tmp_path, partner="uniform", lanes=2, prompt=name) for name in ("oracle", "qa")]
    drawn = [(run.record.following - 1) % 3 for run in runs]
    np.testing.assert_array_equal(*drawn)


def test_answers_are_not_asked_for_twice(tmp_path):
    with serving() as server:
        first = play(server, tmp_path)
        asked = len(server.texts)
        second = play(server, tmp_path)
        assert len(server.texts) == asked
    np.testing.assert_array_equal(first.record.actions, second.record.actions)
    assert first.reports == second.reports


def test_a_stopped_run_repeats_nothing(tmp_path):
    with serving() as server:
        with pytest.raises(HaltError, match="the 20 calls that max-calls allows are used up"):
            play(server, tmp_path, lanes=1, concurrency=1, max_calls=20)
        assert len(server.texts) == 20
        play(server, tmp_path, lanes=1, concurrency=1)
        assert len(server.texts) == 24  # 12 rounds, two questions each


def test_a_corrupt_answer_in_the_cache_is_asked_for_again(tmp_path):
    with serving() as server:
        play(server, tmp_path, lanes=1, rounds=2)
        for path in (tmp_path / "cache").rglob("*.json"):
            path.write_text('{"reply": ')
        play(server, tmp_path, lanes=1, rounds=2)
        assert len(server.texts) == 8


def test_sampling_asks_anew_for_every_question(tmp_path):
    with serving() as server:
        play(server, tmp_path, lanes=2, rounds=2, temperature=0.7)
        seeds = [body["seed"] for body in server.bodies]
    assert len(set(seeds)) == len(seeds) == 8 and server.bodies[0]["temperature"] == 0.7


def test_failures_that_pass_are_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr(PAUSE, 0.0)
    with serving("twice-500") as server:
        run = play(server, tmp_path, lanes=1, rounds=1, concurrency=1)
        assert len(server.texts) == 4
    assert run.reports[0]["calls"] == 2


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("500", r"does not answer after 3 tries: status 500"),
        ("malformed", "not the answer of an OpenAI-compatible server"),
        ("schema", r"not the answer of an OpenAI-compatible server: .*answer"),
        ("slow", r"does not answer after 3 tries: ReadTimeout"),
        ("drip", r"does not answer after 3 tries: ReadTimeout: the answer came too slowly"),
        ("nested", "not the answer of an OpenAI-compatible server"),
        ("garbled", r"does not answer after 3 tries: DecodingError"),
        ("401", r"refuses the call with status 401"),
    ],
)
def test_failures_that_stay_halt_the_run(tmp_path, monkeypatch, behaviour, words):
    monkeypatch.setenv("SOME_KEY", KEY)
    with serving(behaviour) as server:
        client = Client(
            settings(server, tmp_path, timeout=0.15 if behaviour in ("slow", "drip") else 5.0, api_key_env="SOME_KEY")
        )
        monkeypatch.setattr(PAUSE, 0.0)
        with pytest.raises(HaltError, match=words) as raised:
            client.ask("chat", "J or F?", 4, 0)
    assert KEY not in str(raised.value)
    assert not list((tmp_path / "cache").rglob("*"))


def test_a_server_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(PAUSE, 0.0)
    with serving() as server:
        gone = settings(server, tmp_path)
    with pytest.raises(HaltError, match="does not answer after 3 tries: ConnectError"):
        Client(gone).ask("chat", "J or F?", 4, 0)


def test_an_answer_of_a_megabyte_is_no_answer(tmp_path):
    with serving("huge") as server:
        run = play(server, tmp_path, lanes=1, rounds=1)
    assert run.reports[0]["invalid_rate"] == 1


def test_the_key_is_sent_and_never_written(tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_KEY", KEY)
    with serving() as server:
        play(server, tmp_path, lanes=1, rounds=2, api_key_env="SOME_KEY")
        assert server.seen["authorization"] == f"Bearer {KEY}"
    assert all(KEY not in path.read_text() for path in tmp_path.rglob("*") if path.is_file())


def test_a_missing_key_is_told_by_the_name_of_its_variable(tmp_path):
    with pytest.raises(ValueError, match="api_key_env='NO_SUCH_KEY': there is no environment variable"):
        Client(Settings("http://localhost:1", "rules", str(tmp_path), api_key_env="NO_SUCH_KEY"))
    for url in ("localhost", "http://", "http://localhost:eighty/v1"):
        with pytest.raises(ValueError, match=f"url='{url}' is not allowed"):
            Client(Settings(url, "rules", str(tmp_path)))


def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_KEY", f"{KEY}\n")
    with pytest.raises(ValueError, match="api_key_env='SOME_KEY': its value holds blanks") as raised:
        Client(Settings("http://localhost:1", "rules", str(tmp_path), api_key_env="SOME_KEY"))
    assert KEY not in str(raised.value)


def test_half_a_surrogate_pair_is_an_answer_like_any_other(tmp_path):
    """JSON may hold one, UTF-8 may not, and the question back quotes the answer."""
    with serving("surrogate") as server:
        run = play(server, tmp_path, lanes=1, rounds=1)
        assert "Your answer was: ? or so" in server.texts[-1]
    assert run.reports[0]["invalid_rate"] == 1 and run.reports[0]["prompt_tokens"] == 0  # usage was null


def test_a_stopped_client_asks_nothing_more_and_keeps_what_arrives(tmp_path):
    """Of three calls under way one fails: the other two arrive and are kept, and nothing else is asked."""
    with serving() as server:
        under_way = threading.Barrier(3)

        def rule(text):
            if under_way.wait(30) == 0:
                return 401
            time.sleep(0.3)
            return honest(text)

        with ruling(server, rule), pytest.raises(HaltError, match="status 401"):
            play(server, tmp_path, lanes=3, rounds=12, concurrency=3)
        assert len(server.texts) == 3
        first = play(server, tmp_path, lanes=3, rounds=12, concurrency=3)  # as fast as ever, and nothing twice
        assert len(server.texts) == 1 + 72
    assert [report["calls"] for report in first.reports] == [24] * 3


def test_what_a_model_writes_for_itself_is_cut(tmp_path):
    with (
        serving() as server,
        ruling(server, lambda text: "x" * 100_000 if "Write your notes" in text else honest(text)),
    ):
        play(server, tmp_path, lanes=1, rounds=3, prompt="plans_insights")
        assert 10_000 < max(map(len, server.texts)) < 12_000


def test_calls_of_several_lanes_wait_together(tmp_path):
    with serving() as server:
        barrier = threading.Barrier(3, timeout=20)
        with ruling(server, lambda text: (barrier.wait(), honest(text))[1]):
            play(server, tmp_path, lanes=3, rounds=2, concurrency=3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"act": "{rulse}"}, r"unknown field \{rulse\}; there are: rules, setting"),
        ({"predict": "{answer}"}, r"unknown field \{answer\}"),
        ({"endpoint": "responses"}, "endpoint='responses' must be one of chat, completions"),
        ({"colour": "red"}, r"unknown keys \['colour'\]"),
        ({"before": [{"field": "x"}]}, "a call before the choice has"),
        ({"before": ["x"]}, "a call before the choice has"),
        ({"act": "{rules!r}"}, r"unknown field \{rules!r\}"),
        ({"act": "{rules:{round}}"}, r"unknown field \{rules:\{round\}\}"),
        ({"act": "{rules"}, "prompt 'qa': act is no template: "),
        ({"act": 3}, "act=3 is not allowed: it must be a str"),
        ({"max_tokens": 0}, "max_tokens=0 is not allowed: it must be an integer of at least 1"),
        ({"social": 1}, "social=1 is not allowed: it must be a bool"),
    ],
)
def test_a_broken_template_is_refused(change, words):
    data = json.loads(prompts._files()["qa"].read_text(encoding="utf-8"))
    with pytest.raises(ValueError, match=words):
        prompts.parse({**data, **change})


def test_a_family_of_ones_own_is_a_file(tmp_path):
    data = json.loads(prompts._files()["qa"].read_text(encoding="utf-8"))
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({**data, "name": "mine", "act": f"Play to win.\n{data['act']}"}))
    with serving() as server:
        play(server, tmp_path, lanes=1, rounds=1, prompt=str(path))
        assert server.texts[0].startswith("Play to win.\nYou play a game")
    for content, words in (
        ("{", "mine.json'"),
        ("[]", "an object with the keys"),
        ('{"name": "x"}', "prompt 'x' lacks"),
    ):
        path.write_text(content)
        with pytest.raises(ValueError, match=words):
            prompts.load(str(path))
    with pytest.raises(ValueError, match="there is no such file"):
        prompts.load(str(tmp_path / "none.json"))


def test_games_that_cannot_be_told_are_refused(tmp_path):
    assert "needs a repeated game of two players" in unsuited(build("PartnerGame-v0", memory=0))
    with pytest.raises(ValueError, match="a language model"):
        agent_class(build("RiverSwim-v0"), Settings("http://localhost:1", "rules", str(tmp_path)))
    with pytest.raises(ValueError, match=r"prompt='qaa' is not a family of prompts; did you mean 'qa'"):
        prompts.load("qaa")
