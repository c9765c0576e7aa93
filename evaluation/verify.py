"""Running recorded runs again: equal to the last digit, different, or made by another version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from ..envs.core.certificate import Certificate
from . import store
from .runs import MODEL, group_of, play


class Verdict(NamedTuple):
    """What running a record again showed.

    ``difference`` is the largest absolute difference between numbers of the two runs (None where they cannot be
    compared); ``reason`` says what differs, or which version made the record.
    """

    record: store.Record
    verdict: Literal["equal", "different", "other version", "cannot run"]
    difference: float | None
    reason: str


def sample(records: Sequence[store.Record], count: int | None, seed: int = 0) -> list[store.Record]:
    """Return ``count`` of the finished records drawn without repetition (None: all), in their order."""
    finished = [record for record in records if record.status == "finished"]
    if count is None or count >= len(finished):
        return finished
    chosen = np.random.default_rng(seed).choice(len(finished), count, replace=False)
    return [finished[place] for place in sorted(chosen)]


def verify(records: Sequence[store.Record], agent: str | None = None) -> Iterator[Verdict]:
    """Run each record again by itself and yield what became of it.

    A record of another version of Python, numpy, numba, regretlab or of the environment's source is not run again: it
    may differ without being wrong. A result is data: no code that it names is imported or executed. Only shipped
    learners are run again, and an outside agent of the class that the caller names.

    Parameters
    ----------
    records : finished runs.
    agent : ``path/to/file.py:Class``, what is executed for records of an outside agent whose class has that name.
    """
    for record in records:
        yield _verify(record, agent)


def _verify(record: store.Record, agent: str | None) -> Verdict:
    from ..baselines.learner import names
    from ..envs.core.fusing import source_hash
    from ..envs.core.registry import build
    from . import protocols

    outside = record.learner.id not in names()
    if outside and not (agent and ":" in agent and _class_name(agent) == _class_name(record.learner.id)):
        return Verdict(record, "cannot run", None, _refusal(record.learner.id))
    try:
        environment = build(record.environment, **record.knobs)
        changed = [
            f"{name} {then}, now {store.versions().get(name)}"
            for name, then in record.versions.items()
            if store.versions().get(name) != then
        ]
        if source_hash(environment.kernels) != record.source_hash:
            changed.append("another source of the environment")
        again = group_of(record, agent if outside else None)
        if again.learner.params != record.learner.params:
            changed.append("another source of the agent" if outside else "other parameters of the learner")
        if changed:
            return Verdict(record, "other version", None, "; ".join(changed))
        certificate = protocols.certify(record.protocol.name, environment)
        (outcome,) = play(again, certificate)
    except Exception as error:
        return Verdict(record, "cannot run", None, f"{type(error).__name__}: {error}")
    found = {"achieved": outcome.achieved, "curve": outcome.curve, "metrics": outcome.metrics, "parts": outcome.parts}
    found["optimum"] = certificate.optimal.value
    stored = {
        "achieved": record.achieved,
        "curve": None if record.curve is None else record.curve.model_dump(),
        "metrics": record.metrics,
        "parts": {name: part.model_dump() for name, part in record.parts.items()},
        "optimum": record.certificate.optimal.value if isinstance(record.certificate, Certificate) else None,
    }
    found, stored = store.plain(found), store.plain(stored)
    wrong = [name for name in stored if stored[name] != found[name]]
    if not wrong:
        return Verdict(record, "equal", 0.0, "every number is equal to the last digit")
    pairs = zip(
        _numbers({name: stored[name] for name in wrong}), _numbers({name: found[name] for name in wrong}), strict=False
    )
    return Verdict(
        record, "different", max((abs(a - b) for a, b in pairs), default=None), "differs in " + ", ".join(wrong)
    )


def _class_name(id: str) -> str | None:
    """Return the class in ``path/to/file.py:Class``, None for the id of a learner that is no outside agent."""
    _, colon, name = id.rpartition(":")
    return name if colon else None


def _refusal(id: str) -> str:
    if id == MODEL:
        return "a language model: its server is asked by regretlab run alone"
    if _class_name(id) is None:
        return f"{id!r} does not come with RegretLab, and no module is imported because a result names it"
    return "an outside agent: name it with --agent path/to/file.py:" + str(_class_name(id))


def _numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [number for key in sorted(value) for number in _numbers(value[key])]
    if isinstance(value, list):
        return [number for entry in value for number in _numbers(entry)]
    return [float(value)] if isinstance(value, int | float) else []
