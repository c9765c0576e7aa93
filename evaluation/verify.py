"""Running recorded runs again: equal to the last digit, different, or made by another version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from ..envs.core.certificate import Certificate
from . import store
from .runs import group_of, play


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


def verify(records: Sequence[store.Record]) -> Iterator[Verdict]:
    """Run each record again by itself and yield what became of it.

    A record of another version of Python, numpy, numba, regretlab or of the environment's source is not run again: it
    may differ without being wrong. Neither is that of an outside agent, whose code the caller has to name:
    it is run only if its file is where it was.
    """
    for record in records:
        yield _verify(record)


def _verify(record: store.Record) -> Verdict:
    from ..envs.core.fusing import source_hash
    from ..envs.core.registry import build
    from ..solvers.certify import certify_environment

    try:
        environment = build(record.environment, **record.knobs)
        changed = [
            f"{name} {then}, now {store.versions().get(name)}"
            for name, then in record.versions.items()
            if store.versions().get(name) != then
        ]
        if source_hash(environment.kernels) != record.source_hash:
            changed.append("another source of the environment")
        if changed:
            return Verdict(record, "other version", None, "; ".join(changed))
        certificate = certify_environment(environment)
        (outcome,) = play(group_of(record), certificate)
    except Exception as error:
        return Verdict(record, "cannot run", None, f"{type(error).__name__}: {error}")
    again = {"achieved": outcome.achieved, "curve": outcome.curve, "metrics": outcome.metrics}
    again["optimum"] = certificate.optimal.value
    stored = {
        "achieved": record.achieved,
        "curve": None if record.curve is None else record.curve.model_dump(),
        "metrics": record.metrics,
        "optimum": record.certificate.optimal.value if isinstance(record.certificate, Certificate) else None,
    }
    again, stored = store.plain(again), store.plain(stored)
    wrong = [name for name in stored if stored[name] != again[name]]
    if not wrong:
        return Verdict(record, "equal", 0.0, "every number is equal to the last digit")
    pairs = zip(
        _numbers({name: stored[name] for name in wrong}), _numbers({name: again[name] for name in wrong}), strict=False
    )
    return Verdict(
        record, "different", max((abs(a - b) for a, b in pairs), default=None), "differs in " + ", ".join(wrong)
    )


def _numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [number for key in sorted(value) for number in _numbers(value[key])]
    if isinstance(value, list):
        return [number for entry in value for number in _numbers(entry)]
    return [float(value)] if isinstance(value, int | float) else []
