"""Learners that tune SOR, beside the comparators that solve the same systems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..baselines.learner import Learner, accepts
from ..baselines.lockstep import Lockstep
from ..envs.core.registry import build
from ..envs.linear.sor_bandit import Replay, replay
from ..envs.linear.systems import SEEDS
from .metrics import solvers

BLIND, SEEING = "regretlab/SorBandit-v0", "regretlab/SorContextual-v0"


class Tuning(NamedTuple):
    """What learners spent, int64 (seeds, systems) by title, and the ``replays`` of the same systems, one a seed."""

    spent: dict[str, np.ndarray]
    replays: list[Replay]

    @property
    def steps(self) -> int:
        """How many systems were solved with each seed."""
        return len(self.replays[0].shifts)

    def curves(self, name: str) -> dict[str, np.ndarray]:
        """Return the cumulative regrets of the learner ``name``, float64 (seeds, systems), by comparator."""
        pairs = list(zip(self.spent[name], self.replays, strict=True))
        return {
            "best fixed omega in hindsight": np.array(
                [solvers.regret_to_best_fixed(spent, each.sweeps) for spent, each in pairs]
            ),
            "formula omega*(c)": np.array([solvers.regret_to_formula(spent, each.formula) for spent, each in pairs]),
            "best action of each system": np.array(
                [solvers.regret_to_instances(spent, each.sweeps) for spent, each in pairs]
            ),
        }

    def comparators(self) -> dict[str, float]:
        """Return the mean sweeps of a system for each comparator."""
        return {
            "best fixed omega in hindsight": float(np.mean([each.sweeps.mean(axis=0).min() for each in self.replays])),
            "formula omega*(c)": float(np.mean([each.formula.mean() for each in self.replays])),
            "best action of each system": float(np.mean([each.sweeps.min(axis=1).mean() for each in self.replays])),
        }

    def scores(self) -> list[dict[str, Any]]:
        """Return a row a learner: mean sweeps of a system, mean final regrets, ratio to the best actions."""
        rows = []
        for name, spent in self.spent.items():
            ratios = [
                solvers.ratio_to_instances(mine, each.sweeps) for mine, each in zip(spent, self.replays, strict=True)
            ]
            regrets = {comparator: float(curve[:, -1].mean()) for comparator, curve in self.curves(name).items()}
            row = {"learner": name, "sweeps": float(spent.mean()), "regret": regrets}
            rows.append({**row, "ratio": float(np.mean(ratios))})
        return rows


def tune(learners: Mapping[str, Learner], steps: int, seeds: int, seed: int = SEEDS["test"][0], **knobs: Any) -> Tuning:
    """Let each learner tune SOR on ``steps`` systems with the seeds ``seed`` .. ``seed + seeds - 1``, and solve them
    again.

    A learner that needs to see the shift plays `SorContextual-v0`, any other `SorBandit-v0`: the same systems.
    ``knobs`` are theirs.

    Raises
    ------
    ValueError
        for a learner that can play neither, and for knobs that are not allowed.
    """
    blind, seeing = build(BLIND, **knobs), build(SEEING, **knobs)
    spent = {}
    for name, learner in learners.items():
        environment = seeing if learner.accepts.observation == "vector" else blind
        reason = accepts(learner, environment)
        if reason is not None:
            raise ValueError(reason)
        run = Lockstep(environment, learner, lanes=seeds, seed=seed, record=True)
        run.advance(steps)
        spent[name] = np.rint(1.0 - 100.0 * run.record.rewards[:, :, 0].T).astype(np.int64)
    return Tuning(spent, [replay(blind.params, seed + lane, steps) for lane in range(seeds)])
