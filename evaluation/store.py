"""The results folder: one JSON file a run, written atomically, validated on reading, queried with SQL.

The files are strict JSON, without NaN or infinity. A number that does not exist is left out (a metric) or None; a
score, a curve or a metric that is not finite is refused when the record is made, by name: a learner that diverged is a
crashed run. Only a certificate's facts may be infinite (a diameter, say); they are stored as the strings "inf", "-inf".
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import math
import os
import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ..envs.core.certificate import Certificate

SCHEMA_VERSION = 1


class ResultsError(ValueError):
    """Something about a results folder that its user can put right."""


class Problem(NamedTuple):
    """A file of a results folder that is no result, and why."""

    path: Path
    reason: str


class Answer(NamedTuple):
    """The columns and rows that a query gave, and the files that it could not see."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    problems: list[Problem]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _to_json_types(cls, data: Any) -> Any:
        return plain(data)


class Learner(_Part):
    """Who learned: ``name`` as tables show it (one set of parameters each, in a suite), ``id`` of the shipped learner
    or ``path/to/file.py:Class``, and all of its parameters.
    """

    name: str = Field(min_length=1)
    id: str
    params: dict[str, Any] = {}

    @field_validator("params")
    @classmethod
    def _finite(cls, value: dict[str, Any]) -> dict[str, Any]:
        return _check_finite(value, "params")


class Protocol(_Part):
    """How learner and environment met: the protocol's name, a budget in ``unit`` (steps, episodes, rounds), and at most
    how many points its curve has.
    """

    name: str
    budget: int = Field(ge=1)
    unit: str = "steps"
    checkpoints: int = Field(default=50, ge=1)


class Job(_Part):
    """What identifies a run, and names its file."""

    suite: str
    task: str = Field(min_length=1)
    family: str
    environment: str
    knobs: dict[str, Any]
    learner: Learner
    seed: int = Field(ge=0, lt=2**63)
    protocol: Protocol

    @field_validator("knobs")
    @classmethod
    def _finite(cls, value: dict[str, Any]) -> dict[str, Any]:
        return _check_finite(value, "knobs")


class Curve(_Part):
    """How a run went: ``values[j]`` of ``measure`` in ``unit`` after ``steps[j]`` (in the protocol's unit).

    A regret or a gap is best at 0, a value at the certified optimum.
    """

    measure: Literal["cumulative regret", "regret", "value", "gap"]
    unit: str
    steps: list[int] = Field(min_length=1)
    values: list[float]

    @model_validator(mode="after")
    def _aligned(self) -> Curve:
        if len(self.steps) != len(self.values):
            raise ValueError(f"steps has {len(self.steps)} entries and values {len(self.values)}; they must be as many")
        if any(later <= earlier for earlier, later in zip(self.steps, self.steps[1:], strict=False)):
            raise ValueError("steps must increase")
        return self


class Part(_Part):
    """What a run achieved in one of the parts that it is the mean of, such as against one partner of several.

    ``optimum`` and ``random`` are what the best and uniformly random play are worth there, in the unit of ``achieved``;
    ``values`` belong to the steps of the run's curve.
    """

    achieved: float
    optimum: float
    random: float
    metrics: dict[str, float] = {}
    values: list[float] = []


class Record(Job):
    """One run.

    ``achieved`` is the run's value under the certificate's criterion, in the certificate's unit (for a game in
    self-play: its gap); every score and regret in tables comes from it and the certificate. ``metrics`` holds further
    numbers of the protocol by name, and ``parts`` what was achieved in each part of a run that has parts. A crashed run
    has its traceback, and what was known when it crashed.
    """

    schema_version: Literal[1] = 1
    status: Literal["finished", "crashed"]
    source_hash: str = ""
    certificate: Certificate | None = None
    achieved: float | None = None
    curve: Curve | None = None
    metrics: dict[str, float] = {}
    parts: dict[str, Part] = {}
    traceback: str | None = None
    versions: dict[str, str]
    wall_time_seconds: float = Field(ge=0)

    @model_validator(mode="after")
    def _complete(self) -> Record:
        if self.status == "crashed" and not self.traceback:
            raise ValueError("a crashed run needs its traceback")
        missing = [name for name in ("certificate", "achieved", "curve") if getattr(self, name) is None]
        if self.status == "finished" and missing:
            raise ValueError(f"a finished run needs {', '.join(missing)}")
        if self.status == "finished" and self.traceback:
            raise ValueError("a finished run has no traceback")
        return self


_PLAIN = {float, int, str, bool, type(None)}


def plain(value: Any) -> Any:
    """Return ``value`` in JSON's types: arrays and tuples as lists, numpy numbers as numbers, keys as strings.

    Facts of a certificate that are not finite become strings. Raises ValueError for what JSON cannot hold.
    """
    if isinstance(value, Certificate):
        fields = dataclasses.asdict(value)
        return plain({**fields, "facts": _spell_infinities(plain(fields["facts"]))})
    if isinstance(value, BaseModel):
        return plain(value.model_dump())
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list) and _PLAIN.issuperset(map(type, value)):  # at once, as curves are long
        return value.copy()
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(entry) for entry in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueError(f"{value!r} cannot be stored: a result holds numbers, strings, lists and dictionaries")


def versions() -> dict[str, str]:
    """Return the versions that a result depends on: Python, numpy, numba and regretlab."""
    packages = {name: importlib.metadata.version(name) for name in ("numpy", "numba", "regretlab")}
    return {"python": platform.python_version(), **packages}


def file_name(job: Job) -> str:
    """Return the name of the file of a run, from what identifies it (a `Record` is a `Job` too).

    Task, learner and seed are readable; a hash of all fields of `Job` tells apart what they leave open.
    """
    identity = {name: getattr(job, name) for name in Job.model_fields}
    text = json.dumps({"schema_version": SCHEMA_VERSION, **plain(identity)}, sort_keys=True)
    words = (re.sub(r"[^A-Za-z0-9_-]+", "_", word)[:60] for word in (job.task, job.learner.name))
    return "--".join((*words, f"seed{job.seed:04d}", hashlib.sha256(text.encode()).hexdigest()[:10])) + ".json"


def write(folder: Path | str, record: Record) -> Path:
    """Write ``record`` into ``folder`` (made if need be) and return the path.

    The file appears complete or not at all, and replaces an earlier one of the same run.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(record)
    scratch = folder / f".{path.stem}.{os.getpid()}.tmp"
    lines = (f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in record.model_dump().items())
    try:
        with scratch.open("w", encoding="utf-8", newline="\n") as file:
            file.write("{\n" + ",\n".join(lines) + "\n}\n")
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    return path


def read(path: Path | str) -> Record:
    """Return the run in the file ``path``.

    Raises ResultsError where the file is truncated, is no RegretLab result or has another schema version.
    """
    path = Path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except (OSError, ValueError, RecursionError) as error:
        raise ResultsError(f"not complete JSON: {error}") from None
    if not isinstance(data, dict) or "schema_version" not in data:
        raise ResultsError("not a RegretLab result: it has no schema_version")
    if data["schema_version"] != SCHEMA_VERSION:
        found = data["schema_version"]
        raise ResultsError(f"schema version {found!r}, and this version of RegretLab reads {SCHEMA_VERSION}")
    try:
        return Record.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "record"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ResultsError(f"not a valid result: {place}: {first['msg']}{more}") from None


def load(folder: Path | str) -> tuple[list[Record], list[Problem]]:
    """Return the runs in the ``*.json`` files of ``folder``, in the order of their names, and the files that are none.

    Raises ResultsError where there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ResultsError(f"there is no results folder {str(folder)!r}")
    records, problems = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            records.append(read(path))
        except ResultsError as error:
            problems.append(Problem(path, str(error)))
    return records, problems


def query(folder: Path | str, sql: str) -> Answer:
    """Answer ``sql`` (DuckDB) over the view ``runs``, one row a valid file of ``folder``.

    Its columns are the fields of `Record`; nested ones are structs (``learner.name``, ``protocol.budget``,
    ``certificate.optimal.value``, ``curve.values``), ``metrics`` is a map (``metrics['swap_regret']``), and knobs,
    parameters, facts and parts are JSON (``knobs->>'length'``). Raises ValueError with DuckDB's message for a
    bad query.
    """
    import duckdb

    records, problems = load(folder)
    texts = [json.dumps(record.model_dump(), allow_nan=False) for record in records]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE files AS SELECT unnest(?::VARCHAR[]) AS content", [texts])
        fields = f"from_json(content, '{json.dumps(_COLUMNS)}')"
        connection.execute(f"CREATE VIEW runs AS SELECT run.* FROM (SELECT {fields} AS run FROM files)")
        try:
            answer = connection.execute(sql)
            columns = tuple(column[0] for column in answer.description or ())
            return Answer(columns, answer.fetchall(), problems)
        except duckdb.Error as error:
            raise ValueError(f"the query cannot be answered: {error}") from None


_VALUE = {"value": "DOUBLE", "kind": "VARCHAR", "how": "VARCHAR", "low": "DOUBLE", "high": "DOUBLE"}
_COLUMNS = {
    **dict.fromkeys(("suite", "task", "family", "environment"), "VARCHAR"),
    "knobs": "JSON",
    "learner": {"name": "VARCHAR", "id": "VARCHAR", "params": "JSON"},
    "seed": "BIGINT",
    "protocol": {"name": "VARCHAR", "budget": "BIGINT", "unit": "VARCHAR", "checkpoints": "BIGINT"},
    "schema_version": "INTEGER",
    "status": "VARCHAR",
    "source_hash": "VARCHAR",
    "certificate": {
        "unit": "VARCHAR",
        **dict.fromkeys(("optimal", "random", "memoryless"), _VALUE),
        "facts": "JSON",
        "measure": "VARCHAR",
    },
    "achieved": "DOUBLE",
    "curve": {"measure": "VARCHAR", "unit": "VARCHAR", "steps": ["BIGINT"], "values": ["DOUBLE"]},
    "metrics": "MAP(VARCHAR, DOUBLE)",
    "parts": "JSON",
    "traceback": "VARCHAR",
    "versions": "MAP(VARCHAR, VARCHAR)",
    "wall_time_seconds": "DOUBLE",
}


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _check_finite(value: Any, name: str) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} must be finite, not {value}")
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        _check_finite(entry, f"{name}[{key!r}]")
    return value


def _spell_infinities(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _spell_infinities(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_spell_infinities(entry) for entry in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
