"""The scorecard of theory of mind: how well agents predict their partners, and how well they act on it.

It is made from a results folder alone, of the runs of the protocol ``partner``. Every number is a mean over partners or
an interquartile mean over partners and seeds; the pools are never mixed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..assets import reference
from ..envs.partners import pools
from .metrics.partners import best_response_proximity, worst_decile
from .metrics.statistics import interquartile_mean, stratified_difference, stratified_interval
from .store import Part, Record, ResultsError

if TYPE_CHECKING:
    from rich.console import RenderableType

PROTOCOL, OTHER = "partner", "other"
#: What is reported for every agent, with its meaning; those of prediction only where an agent predicts.
MEANINGS = {
    "normalised_regret": "regret to the best response, in units of what that earns above uniform play",
    "functional_regret": "regret to the best response, payoff a round",
    "late_regret": "the same in the last 25 rounds",
    "adapted": "share of partners whose regret falls to a tenth of uniform play's",
    "adaptation_time": "the median round (from 0) from which on it has, if more than half of the games have one",
    "tom_percent": "rounds in which the partner's action was predicted, in per cent",
    "brier_score": "squared distance of its forecasts from what happened, 0 to 2",
    "log_loss": "-ln of the probability it gave to what happened",
    "delta_tom_regret": "regret a round of always answering its own predictions",
    "delta_tom_value_error": "error of the payoff that it expects of its own answer",
    "coupling_gap": "functional regret less that of answering its own predictions",
    "best_response_proximity": "BR-Prox: share of the best response's return, at most 1 (where that is positive)",
    "worst_decile": "normalised regret against the tenth of the partners where it is largest",
    "invalid_rate": "answers that were no action, in spite of one question back",
}
USAGE = ("calls", "prompt_tokens", "completion_tokens", "latency_seconds")
MEANS = (
    "functional_regret",
    "late_regret",
    "brier_score",
    "log_loss",
    "delta_tom_regret",
    "delta_tom_value_error",
    "coupling_gap",
    "invalid_rate",
)


def scorecard(records: Sequence[Record]) -> dict[str, Any]:
    """Return the scorecard of all finished runs of the protocol ``partner`` as plain data.

    ``agents[name]["pools"][pool]`` holds the numbers of `MEANINGS` (of which some do not exist for some agents) with
    the number of ``partners`` and ``runs``; ``normalised_regret``, ``tom_percent`` and ``best_response_proximity`` are
    interquartile means over partners and seeds, with a 95 % interval ``low`` to ``high`` that resamples seeds within
    each pair of game and partner (None for a single seed). ``usage``, of agents that report any, is what all runs took:
    calls, tokens and seconds, which are no part of any score. ``gap`` is the normalised regret on the pool ``held-out``
    less that on ``train``, with such an interval (None without both pools), and ``partners[task][name]`` what was
    achieved against one partner.

    Raises ResultsError where there is no such run.
    """
    runs = [each for each in records if each.protocol.name == PROTOCOL and each.status == "finished" and each.parts]
    if not runs:
        raise ResultsError("no finished run of the protocol partner is here; try: regretlab run partners")
    agents = {}
    for name in dict.fromkeys(each.learner.name for each in runs):
        own = [each for each in runs if each.learner.name == name]
        found = {pool: _pool([each for each in own if pool_of(each) == pool]) for pool in _pools(own)}
        agents[name] = {
            "learner": own[0].learner.model_dump(),
            "pools": found,
            "gap": _gap([[each for each in own if pool_of(each) == pool] for pool in ("held-out", "train")]),
            "usage": _usage(own),
            "partners": {task: _by_partner([each for each in own if each.task == task]) for task in _tasks(own)},
        }
    return {
        "meanings": MEANINGS,
        "pools": {name: pools.load(name).sha256 for name in _pools(runs) if name != OTHER},
        "tasks": {
            each.task: {"game": each.knobs.get("game"), "pool": pool_of(each)} for each in sorted(runs, key=_place)
        },
        "rounds": sorted({each.protocol.budget for each in runs}),
        "agents": agents,
    }


def pool_of(record: Record) -> str:
    """Return the name of the pool that a run was played against, ``other`` for partners of another choice."""
    partner = record.knobs.get("partner")
    return partner if isinstance(partner, str) and partner in pools.all_names() else OTHER


@cache
def quoted() -> dict[str, Any]:
    """Return the published figures of Riemer et al.: ``source``, ``note`` and ``rows``. Nothing of it was measured."""
    return json.loads((resources.files(reference) / "riemer_2024.json").read_text(encoding="utf-8"))


def tables(card: Mapping[str, Any]) -> list[RenderableType]:
    """Return a table for each pool, best agent first."""
    from rich.table import Table

    found: list[RenderableType] = []
    for pool in dict.fromkeys(pool for agent in card["agents"].values() for pool in agent["pools"]):
        rows = {name: each["pools"][pool] for name, each in card["agents"].items() if pool in each["pools"]}
        table = Table(title=f"partners: {pool}", box=None, pad_edge=False, title_justify="left", caption_justify="left")
        for column in ("agent", "regret", "95 % interval", "predicted", "gap", "adapted", "worst"):
            table.add_column(column, justify="left" if column == "agent" else "right", no_wrap=column != "agent")
        table.caption = f"{max(each['partners'] for each in rows.values())} partners; gap: of coupling"
        for name, each in sorted(rows.items(), key=lambda row: row[1]["normalised_regret"]["value"]):
            regret, said, gap = each["normalised_regret"], each.get("tom_percent"), each.get("coupling_gap")
            table.add_row(
                name,
                shown(regret["value"], 3),
                interval(regret, 3),
                "-" if said is None else f"{said['value']:.1f} %",
                "-" if gap is None else f"{gap:+.3f}",
                f"{each['adapted']:.0%}",
                shown(each["worst_decile"], 3),
            )
        found.append(table)
    return found


def interval(estimate: Mapping[str, Any], digits: int) -> str:
    """Return the interval of an estimate in words."""
    if estimate["low"] is None:
        return "one seed"
    return f"{shown(estimate['low'], digits)} to {shown(estimate['high'], digits)}"


def shown(value: float, digits: int) -> str:
    """Return ``value`` with so many decimals, and nothing as a negative zero."""
    return f"{value:z.{digits}f}"


def _pools(runs: Sequence[Record]) -> list[str]:
    present = {pool_of(each) for each in runs}
    return [pool for pool in (*pools.all_names(), OTHER) if pool in present]


def _place(record: Record) -> tuple[Any, ...]:
    """Tasks stand by game, the pools of a game in their order."""
    return str(record.knobs.get("game")), [*pools.all_names(), OTHER].index(pool_of(record)), record.task


def _tasks(runs: Sequence[Record]) -> list[str]:
    return list(dict.fromkeys(each.task for each in runs))


def _pool(runs: Sequence[Record]) -> dict[str, Any]:
    """Return the numbers of one agent on one pool."""
    against = _against(runs)
    staked = [parts for parts in against.values() if "normalised_regret" in parts[0].metrics]
    if not staked:
        raise ResultsError("nothing is at stake against any of the partners: uniform play is a best response")
    found: dict[str, Any] = {"partners": len(against), "runs": len(runs)}
    found["normalised_regret"] = _estimate(_values(staked, "normalised_regret"))
    if all("tom_percent" in part.metrics for parts in against.values() for part in parts):
        found["tom_percent"] = _estimate(_values(list(against.values()), "tom_percent"))
    for name in MEANS:
        means = [[part.metrics[name] for part in parts if name in part.metrics] for parts in against.values()]
        if all(len(values) == len(parts) for values, parts in zip(means, against.values(), strict=True)):
            found[name] = float(np.mean([np.mean(values) for values in means]))
    times = [part.metrics.get("adaptation_time", np.inf) for parts in staked for part in parts]
    found["adapted"] = float(np.mean(np.isfinite(times)))
    median = float(
        np.sort(times)[len(times) // 2]
    )  # of an even number the later, which is in doubt where it is infinite
    if np.isfinite(median):
        found["adaptation_time"] = median
    positive = [parts for parts in against.values() if parts[0].optimum > 0]
    if positive:
        shares = [
            best_response_proximity([part.achieved for part in parts], [part.optimum for part in parts])
            for parts in positive
        ]
        found["best_response_proximity"] = _estimate(shares)
    by_partner = [np.mean([part.metrics["normalised_regret"] for part in parts]) for parts in staked]
    found["worst_decile"] = -worst_decile([-each for each in by_partner])
    return found


def _against(runs: Sequence[Record]) -> dict[tuple[str, str], list[Part]]:
    """Return the parts of ``runs``, one a seed, by task and partner."""
    found: dict[tuple[str, str], list[Part]] = {}
    for each in runs:
        for name, part in each.parts.items():
            found.setdefault((each.task, name), []).append(part)
    return found


def _values(strata: Sequence[Sequence[Part]], name: str) -> list[list[float]]:
    return [[part.metrics[name] for part in parts] for parts in strata]


def _estimate(strata: Sequence[ArrayLike]) -> dict[str, float | None]:
    """Return the interquartile mean of all values, with its interval where every stratum has two seeds."""
    values = [np.asarray(each, np.float64) for each in strata]
    if min(map(len, values)) < 2:
        return {"value": float(interquartile_mean(np.concatenate(values))), "low": None, "high": None}
    return dict(stratified_interval(values)._asdict())


def _gap(pair: Sequence[Sequence[Record]]) -> dict[str, float | None] | None:
    """Return the normalised regret of the runs of the first pool less that of the second, None where one is empty."""
    strata = [
        _values(
            [parts for parts in _against(runs).values() if "normalised_regret" in parts[0].metrics], "normalised_regret"
        )
        for runs in pair
    ]
    if not all(strata):
        return None
    if min(len(each) for pool in strata for each in pool) < 2:
        first, second = (float(interquartile_mean(np.concatenate(pool))) for pool in strata)
        return {"value": first - second, "low": None, "high": None}
    return dict(stratified_difference(strata[0], strata[1])._asdict())


def _usage(runs: Sequence[Record]) -> dict[str, float]:
    """Return the sums over all partners and runs of what an agent reports to have taken, nothing where it does not."""
    parts = [part.metrics for run in runs for part in run.parts.values()]
    reported = all(name in part for part in parts for name in USAGE)
    return {name: sum(part[name] for part in parts) for name in USAGE} if reported else {}


def _by_partner(runs: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """Return the means over seeds against each partner of a task, with the curve of its regret."""
    found = {}
    for name in runs[0].parts:
        parts = [each.parts[name] for each in runs]
        shared = [key for key in parts[0].metrics if all(key in part.metrics for part in parts)]
        curve = runs[0].curve
        found[name] = {
            **{key: float(np.mean([part.metrics[key] for part in parts])) for key in shared},
            "achieved": float(np.mean([part.achieved for part in parts])),
            "optimum": parts[0].optimum,
            "random": parts[0].random,
            "steps": [] if curve is None else list(curve.steps),
            "regret": np.mean([part.values for part in parts], axis=0).tolist(),
        }
    return found
