"""One player learns while it plays, and every step counts: regret is what learning cost."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np

from ...baselines.fused import Fused
from ...baselines.learner import Learner
from ...baselines.lockstep import Lockstep
from ...envs.core.certificate import Certificate
from ...envs.core.environment import Environment
from . import Outcome, blocks


def run(
    environment: Environment,
    certificate: Certificate,
    player: Any,
    seed: int,
    seeds: int,
    steps: int,
    checkpoints: int,
) -> list[Outcome]:
    """Play ``steps`` steps with each of the seeds ``seed`` .. ``seed + seeds - 1``.

    What is achieved is the mean reward of a step (criterion gain) or the mean return of the finished episodes. The
    curve is the cumulative regret against the certificate, in rewards or in returns. Metrics: ``cumulative_regret`` at
    the end, ``final`` (what was achieved in the last tenth of the checkpoints), and ``episodes``.

    Raises ValueError when no episode ends within ``steps``.
    """
    play = match(environment, player, seed=seed, lanes=seeds)
    continuing = environment.spec.criterion.kind == "gain"
    amounts, counts = [], []  # what was collected, and in how many steps or episodes, by block and lane
    lengths = blocks(steps, checkpoints)
    for length in lengths:
        totals = play.advance(length)
        amounts.append(totals.rewards[:, 0] if continuing else totals.returns[:, 0])
        counts.append(np.full(seeds, length) if continuing else totals.episodes)
    amount, count = np.array(amounts), np.array(counts)
    if np.any(count.sum(axis=0) == 0):
        raise ValueError(f"no episode of {environment.id} ended within {steps} steps; give the task more steps")
    regret = np.cumsum(certificate.optimal.value * count - amount, axis=0)
    last = max(1, len(lengths) // 10)
    return [
        Outcome(
            achieved=float(amount[:, lane].sum() / count[:, lane].sum()),
            curve={
                "measure": "cumulative regret",
                "unit": "reward" if continuing else "return",
                "steps": list(accumulate(lengths)),
                "values": regret[:, lane].tolist(),
            },
            metrics={
                "cumulative_regret": float(regret[-1, lane]),
                **_final(amount[-last:, lane], count[-last:, lane]),
                **({} if continuing else {"episodes": float(count[:, lane].sum())}),
            },
        )
        for lane in range(seeds)
    ]


def match(environment: Environment, player: Any, *, seed: int, lanes: int) -> Lockstep:
    """Return the faster runner for ``player``: one fused loop, or lockstep for outside agents."""
    if isinstance(player, Learner):
        return Fused(environment, player, seed=seed, lanes=lanes)
    return Lockstep(environment, player, seed=seed, lanes=lanes)


def _final(amount: np.ndarray, count: np.ndarray) -> dict[str, float]:
    return {"final": float(amount.sum() / count.sum())} if count.sum() else {}
