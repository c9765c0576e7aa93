import json
import math
import os

import numpy as np
import pytest

from regretlab.evaluation import store
from regretlab.evaluation.store import Curve, Job, Problem, ResultsError


def test_a_record_survives_the_file_exactly(tmp_path, make_record):
    record = make_record(achieved=0.1 + 0.2, metrics={"swap_regret": 1 / 3})
    path = store.write(tmp_path, record)
    assert store.read(path) == record
    assert store.load(tmp_path) == ([record], [])
    assert [entry.name for entry in tmp_path.iterdir()] == [store.file_name(record)]


def test_numpy_values_and_tuples_are_stored_as_json_types(tmp_path, make_record):
    knobs = {"payoffs": np.eye(2), "shape": (np.int64(2), 3), "name": np.str_("x"), "none": None}
    record = make_record(knobs=knobs, seed=np.int64(3), achieved=np.float64(0.25))
    assert record.knobs == {"payoffs": [[1.0, 0.0], [0.0, 1.0]], "shape": [2, 3], "name": "x", "none": None}
    assert store.read(store.write(tmp_path, record)) == record


def test_the_file_name_depends_on_the_job_alone_and_is_safe(make_record):
    record = make_record(learner="../agent.py:My Agent", seed=7)
    name = store.file_name(record)
    assert name.startswith("riverswim--_agent_py_My_Agent--seed0007--") and name.endswith(".json")
    assert store.file_name(make_record(learner="../agent.py:My Agent", seed=7, achieved=0.0)) == name
    assert store.file_name(Job(**{field: getattr(record, field) for field in Job.model_fields})) == name
    others = [{"knobs": {"n": 7}}, {"seed": 8}, {"suite": "full"}, {"protocol": {"name": "online", "budget": 200}}]
    assert len({store.file_name(make_record(**{"seed": 7, **other})) for other in [{}, *others]}) == 5


def test_writing_again_replaces_and_a_failed_write_leaves_nothing(tmp_path, make_record, monkeypatch):
    store.write(tmp_path, make_record(achieved=0.1))
    store.write(tmp_path, make_record(achieved=0.2))
    assert [record.achieved for record in store.load(tmp_path)[0]] == [0.2]

    def full_disk(descriptor):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        store.write(tmp_path, make_record(achieved=0.3))
    assert [record.achieved for record in store.load(tmp_path)[0]] == [0.2]
    assert len(list(tmp_path.iterdir())) == 1


def test_files_that_are_no_results_are_reported(tmp_path, make_record):
    path = store.write(tmp_path, make_record())
    good = path.read_text()
    data = json.loads(good)
    bad = {
        "binary": (b"\xff\xfe\x00", "not complete JSON"),
        "extra": (json.dumps({**data, "colour": 1}), "colour"),
        "foreign": ('{"name": "package"}', "no schema_version"),
        "list": ("[1, 2]", "no schema_version"),
        "nan": (good.replace('"achieved": 0.2286', '"achieved": NaN'), "NaN is not JSON"),
        "newer": (json.dumps({**data, "schema_version": 2}), "schema version 2"),
        "partial": (json.dumps({**data, "achieved": None}), "needs achieved"),
        "truncated": (good[: len(good) // 2], "not complete JSON"),
    }
    for name, (content, _) in bad.items():
        (tmp_path / f"{name}.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "notes.txt").write_text("not a result")
    records, problems = store.load(tmp_path)
    assert len(records) == 1
    assert [problem.path.stem for problem in problems] == sorted(bad)
    for problem in problems:
        assert isinstance(problem, Problem) and bad[problem.path.stem][1] in problem.reason


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ResultsError, match=r"no results folder .*nowhere"):
        store.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"achieved": math.nan, "curve": [0.0] * 4}, "achieved"),
        ({"curve": [0.0, 1.0, math.inf, 2.0]}, "values.2"),
        ({"metrics": {"swap_regret": math.inf}}, "metrics.swap_regret"),
        ({"knobs": {"payoffs": [[math.nan]]}}, r"knobs\['payoffs'\]\[0\]\[0\] must be finite"),
        ({"knobs": {"policy": print}}, "cannot be stored"),
        ({"status": "crashed", "traceback": None}, "needs its traceback"),
        ({"curve": [0.0, 1.0]}, "steps has 4 entries and values 2"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_a_result_cannot_hold_is_refused_by_name(make_record, fields, message):
    with pytest.raises(ValueError, match=message):
        make_record(**fields)


def test_steps_of_a_curve_increase():
    with pytest.raises(ValueError, match="steps must increase"):
        Curve(measure="value", unit="return", steps=[1, 1], values=[0.0, 0.0])


def test_an_infinite_fact_is_spelled_out(tmp_path, make_record):
    from dataclasses import replace

    certificate = make_record().certificate
    record = make_record(certificate=replace(certificate, facts={"diameter": math.inf, "policy": np.array([1, 0])}))
    assert record.certificate.facts == {"diameter": "inf", "policy": [1, 0]}
    path = store.write(tmp_path, record)
    assert store.read(path) == record
    with pytest.raises(ValueError, match=r"certificate\.optimal\.value"):
        make_record(certificate=replace(certificate, optimal=replace(certificate.optimal, value=math.inf)))


def test_a_crashed_run_needs_only_its_job_and_traceback(tmp_path, make_record):
    record = make_record(status="crashed")
    assert store.read(store.write(tmp_path, record)) == record
    assert record.achieved is None and record.certificate is None


def test_queries_see_every_valid_file_and_report_the_others(tmp_path, make_record):
    folder = tmp_path / "it's [1]*"
    for seed, achieved in enumerate([0.1, 0.2, 0.4]):
        store.write(folder, make_record(seed=seed, achieved=achieved, metrics={"steps_per_second": 10.0 * seed}))
    store.write(folder, make_record(seed=3, status="crashed"))
    (folder / "broken.json").write_text('{"schema_version": 1')
    answer = store.query(
        folder,
        "SELECT learner.name AS who, protocol.budget, avg(certificate.optimal.value - achieved) AS regret, "
        "sum(metrics['steps_per_second']), any_value(knobs->>'n'), max(curve.values[-1]), count(*) "
        "FROM runs WHERE status = 'finished' GROUP BY ALL",
    )
    assert answer.columns[:3] == ("who", "budget", "regret")
    (row,) = answer.rows
    assert row[:2] == ("q_learning", 100) and row[3:5] == (30.0, "6") and row[6] == 3
    assert row[2] == pytest.approx(0.4286 - 0.7 / 3, abs=1e-12)
    assert row[5] == pytest.approx(100 * (0.4286 - 0.1))
    assert [problem.path.name for problem in answer.problems] == ["broken.json"]
    assert set(store.query(folder, "SELECT * FROM runs").columns) == set(store.Record.model_fields)


def test_a_query_that_fails_says_why(tmp_path):
    with pytest.raises(ValueError, match=r"cannot be answered.*achievd"):
        store.query(tmp_path, "SELECT achievd FROM runs")
    assert store.query(tmp_path, "SELECT count(*) FROM runs").rows == [(0,)]


def test_versions_name_what_a_result_depends_on():
    assert set(store.versions()) == {"python", "numpy", "numba", "regretlab"}
    assert store.versions()["numpy"] == np.__version__
