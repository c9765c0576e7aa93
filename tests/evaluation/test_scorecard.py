"""The scorecard against runs whose numbers are known, its page, and the commands that make it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from llm_server import serving
from typer.testing import CliRunner

from regretlab.cli.app import app
from regretlab.envs.partners import pools
from regretlab.evaluation import scorecard_page, store
from regretlab.evaluation.runs import MODEL, execute, groups, pending
from regretlab.evaluation.scorecard import quoted, scorecard, tables
from regretlab.evaluation.store import ResultsError
from regretlab.evaluation.suites import load
from regretlab.evaluation.verify import verify

SUITE = """
name = "small"
title = "Small"
seeds = {seeds}

[[task]]
name = "{task}"
environment = "regretlab/PartnerGame-v0"
knobs = {{ game = "{game}", partner = {partner}, rounds = 30 }}
protocol = "partner"
steps = 30
learner = [{{ id = "uniform" }}, {{ id = "rmax" }}, {{ id = "optimal" }}]
"""


def made(folder, game="ipd", partner='["always-cooperate", "tit-for-tat", "always-defect"]', seeds=3, task="dilemma"):
    folder.mkdir(exist_ok=True)
    suite = folder / "suite.toml"
    suite.write_text(SUITE.format(game=game, partner=partner, seeds=seeds, task=task))
    planned = groups(load(str(suite)))
    for group in planned:
        list(execute([group], folder / "results", 1))
    return folder / "results"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return made(tmp_path_factory.mktemp("scorecard"))


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_a_run_has_a_part_for_each_partner(folder):
    records, _ = store.load(folder)
    for record in records:
        assert list(record.parts) == ["always-cooperate", "tit-for-tat", "always-defect"]
        for name in ("functional_regret", "late_regret"):
            assert record.metrics[name] == pytest.approx(np.mean([p.metrics[name] for p in record.parts.values()]))
        assert record.achieved == pytest.approx(np.mean([part.achieved for part in record.parts.values()]))
        optima = [part.optimum for part in record.parts.values()]
        assert optima == pytest.approx([300, 29 * 8 + 10, 150])  # defect, cooperate and defect last, defect
        # uniform play: (8 + 10) / 2; against its own last action, first C: 9 and then 23 / 4; (0 + 5) / 2
        assert [part.random for part in record.parts.values()] == pytest.approx([270, 9 + 29 * 5.75, 75])


def test_the_numbers_of_the_card(folder):
    card = scorecard(store.load(folder)[0])
    agents = {name: each["pools"]["other"] for name, each in card["agents"].items()}
    assert agents["optimal"]["normalised_regret"]["value"] == pytest.approx(0)
    assert agents["optimal"]["best_response_proximity"]["value"] == pytest.approx(1)
    assert agents["optimal"]["adaptation_time"] == 0 and "adaptation_time" not in agents["uniform"]
    assert agents["optimal"]["adapted"] == 1 and "tom_percent" not in agents["optimal"]
    assert agents["rmax"]["partners"] == 3 and agents["rmax"]["runs"] == 3
    assert 0 < agents["rmax"]["normalised_regret"]["value"] < 1 and agents["rmax"]["tom_percent"]["value"] > 60
    low, value, high = (agents["uniform"]["normalised_regret"][key] for key in ("low", "value", "high"))
    assert low <= value <= high and abs(value - 1) < 0.5
    assert card["agents"]["rmax"]["gap"] is None and card["pools"] == {}
    curve = card["agents"]["uniform"]["partners"]["dilemma"]["always-defect"]
    assert curve["steps"][-1] == 30 and curve["regret"][-1] == pytest.approx(30 * curve["functional_regret"])
    json.dumps(card, allow_nan=False)
    assert len(tables(card)) == 1


def test_pools_are_kept_apart_and_their_gap_is_told(tmp_path):
    made(tmp_path, game="rps", partner='"train"', seeds=1, task="rps-train")
    folder = made(tmp_path, game="rps", partner='"held-out"', seeds=1, task="rps-held-out")
    card = scorecard(store.load(folder)[0])
    rmax = card["agents"]["rmax"]
    assert list(rmax["pools"]) == ["train", "held-out"] and set(card["pools"]) == {"train", "held-out"}
    values = [rmax["pools"][pool]["normalised_regret"]["value"] for pool in ("train", "held-out")]
    assert rmax["gap"] == {"value": pytest.approx(values[1] - values[0]), "low": None, "high": None}
    assert list(card["tasks"]) == ["rps-train", "rps-held-out"]  # in the order of the pools, not of the files
    assert rmax["pools"]["train"]["normalised_regret"]["low"] is None  # a single seed has no interval
    assert "uniform" in rmax["partners"]["rps-train"]
    assert "normalised_regret" not in rmax["partners"]["rps-train"]["uniform"]  # nothing is at stake against it


def test_the_page(folder, tmp_path):
    records, problems = store.load(folder)
    page = scorecard_page.write_page(records, tmp_path / "card.html", problems)
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg") == 3 and "<script" not in text
    for expected in ("always-cooperate", "Not in the figure, as they predict nothing: optimal, uniform", "4.789"):
        assert expected in text, expected
    assert scorecard_page.write_page(records, tmp_path / "again.html", problems).read_bytes() == page.read_bytes()


def test_the_page_says_that_best_responses_to_learners_are_simulated(folder, tmp_path):
    records, _ = store.load(folder)
    text = scorecard_page.write_page(records, tmp_path / "card.html").read_text(encoding="utf-8")
    assert "Pools: diamond other." in text and "found by simulation" not in text
    learning = [
        each.model_copy(
            update={
                "knobs": {**each.knobs, "partner": "learners"},
                "certificate": replace(each.certificate, optimal=replace(each.certificate.optimal, kind="reference")),
            }
        )
        for each in records
    ]
    text = scorecard_page.write_page(learning, tmp_path / "card.html").read_text(encoding="utf-8")
    assert "Pools: triangle learners." in text and "found by simulation" in text
    assert pools.load("learners").sha256[:16] in text


def test_a_name_is_escaped_on_the_page(folder, tmp_path):
    records, _ = store.load(folder)
    hostile = [
        each.model_copy(update={"learner": each.learner.model_copy(update={"name": "<b>x</b>"})})
        for each in records
        if each.learner.id == "rmax"
    ]
    text = scorecard_page.write_page(hostile, tmp_path / "card.html").read_text(encoding="utf-8")
    assert "<b>x</b>" not in text and "&lt;b&gt;x&lt;/b&gt;" in text


def test_what_is_quoted_says_so():
    assert "not measured here" in quoted()["note"]
    rows = {(row["model"], row["game"], row["partner"], row["prompt"]): row for row in quoted()["rows"]}
    falcon = rows["Falcon-40B", "rps", "single action", "lm"]  # arXiv:2412.19726, table 1
    assert (falcon["functional"], falcon["tom_percent"]) == (0.973, 96.2)


def test_the_command(folder, tmp_path):
    result = run("partners", "scorecard", folder, "--html", tmp_path / "card.html")
    assert result.exit_code == 0 and "rmax" in result.output and (tmp_path / "card.html").is_file()
    data = json.loads(run("partners", "scorecard", folder, "--html", tmp_path / "card.html", "--json").stdout)
    assert set(data["agents"]) == {"uniform", "rmax", "optimal"}
    result = run("partners", "scorecard", tmp_path / "nothing")
    assert result.exit_code == 2 and "there is no results folder" in result.output


def test_results_without_partners_have_no_card(tmp_path, make_record):
    store.write(tmp_path, make_record())
    with pytest.raises(ResultsError, match="no finished run of the protocol partner"):
        scorecard(store.load(tmp_path)[0])


def test_partners_are_listed():
    data = json.loads(run("partners", "list", "ipd", "--rounds", "20", "--json").stdout)
    train = {each["name"]: each for each in data["pools"]["train"]["partners"]}
    assert train["tit-for-tat"]["best"] == pytest.approx((19 * 8 + 10) / 20)
    assert 0 < data["pools"]["train"]["diversity"] < 1
    assert "tit-for-tat" in run("partners", "list", "ipd", "--rounds", "5").output
    assert "best" not in data["pools"]["learners"]["partners"][0]
    assert "partners of their own: battle, ipd, rps" in run("partners", "list", "ipdd").output


def test_best_responses_to_learners_are_listed_if_they_are_asked_for():
    data = json.loads(run("partners", "list", "ipd", "--rounds", "20", "--simulate", "--json").stdout)
    for each in data["pools"]["learners"]["partners"]:
        assert 5 <= each["low"] <= each["best"] <= each["high"] <= 10  # to defect earns at least 5 a round
    output = run("partners", "list", "ipd", "--rounds", "20", "--simulate").output
    assert "best responses simulated, with a 99 % interval" in output and " to " in output


def test_a_language_model_is_run_beside_the_suite_and_goes_on_where_it_stopped(tmp_path):
    pytest.importorskip("httpx")
    folder = made(tmp_path, seeds=1)
    with serving() as server:
        common = ("run", tmp_path / "suite.toml", "--out", folder, "--llm", server.url, "--model", "rules", "--jobs", 1)
        result = run(*common, "--dry-run")
        assert "180 calls" in result.output and server.texts == []  # 3 partners, 30 rounds, two questions
        result = run(*common, "--max-calls", 50, "--concurrency", 1)
        assert result.exit_code == 1 and "the 50 calls that max-calls allows are used up" in result.output
        assert "the same command goes on" in result.output
        result = run(*common)
        assert result.exit_code == 0 and len(server.texts) == len(set(server.texts)) <= 180
        asked = len(server.texts)
        assert run(*common).exit_code == 0 and len(server.texts) == asked
        result = run(*common[:6])
        assert result.exit_code == 2 and "--model is missing" in result.output
    records, _ = store.load(folder)
    (model,) = [each for each in records if each.learner.id == MODEL]
    assert model.learner.name == "rules, qa" and model.metrics["invalid_rate"] == 0
    assert server.url not in store.read(folder / store.file_name(model)).model_dump_json()
    (verdict,) = verify([model])
    assert (verdict.verdict, "a language model" in verdict.reason) == ("cannot run", True)
    assert "rules, qa" in (folder / "scorecard.html").read_text()


def test_a_suite_that_cannot_be_told_in_words_is_refused(tmp_path):
    pytest.importorskip("httpx")
    result = run("run", "quick", "--out", tmp_path, "--llm", "http://127.0.0.1:1/v1", "--model", "rules")
    assert result.exit_code == 2 and "a language model" in result.output


def test_what_is_finished_is_not_run_again(folder):
    suite = load(str(folder.parent / "suite.toml"))
    assert pending(groups(suite), folder) == ([], 9)
