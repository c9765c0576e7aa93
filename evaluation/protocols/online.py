"""One player learns while it plays, and every step counts: regret is what learning cost."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from ...baselines.fused import Fused
from ...baselines.learner import Learner
from ...baselines.lockstep import Lockstep
from ...envs.core.environment import Environment
from . import Meeting, Outcome


def unsuited(environment: Environment) -> str | None:
    """Say so where several players play."""
    if environment.spec.players == 1:
        return None
    return f"the protocol online is for one player; {environment.id} has {environment.spec.players} (see self-play)"


def run(meeting: Meeting) -> list[Outcome]:
    """Play the steps of ``meeting`` with each of its seeds.

    What is achieved is the mean reward of a step (criterion gain) or the mean return of the finished episodes. The
    curve is the cumulative regret against the certificate, in rewards or in returns. Metrics: ``cumulative_regret`` at
    the end, ``final`` (what was achieved in the last tenth of the checkpoints), and ``episodes``.

    Raises ValueError when no episode ends within the steps.
    """
    environment, certificate, seeds = meeting.environment, meeting.certificate, meeting.seeds
    play = match(meeting)
    continuing = environment.spec.criterion.kind == "gain"
    amounts, counts = [], []  # what was collected, and in how many steps or episodes, by block and lane
    lengths = meeting.blocks
    for length in lengths:
        totals = play.advance(length)
        amounts.append(totals.rewards[:, 0] if continuing else totals.returns[:, 0])
        counts.append(np.full(seeds, length) if continuing else totals.episodes)
    amount, count = np.array(amounts), np.array(counts)
    if np.any(count.sum(axis=0) == 0):
        raise ValueError(f"no episode of {environment.id} ended within {meeting.steps} steps; give the task more steps")
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


def match(meeting: Meeting) -> Lockstep:
    """Return the faster runner: one fused loop for a learner, lockstep for outside agents."""
    runner = Fused if isinstance(meeting.player, Learner) else Lockstep
    return runner(meeting.environment, meeting.player, seed=meeting.seed, lanes=meeting.seeds)


def _final(amount: np.ndarray, count: np.ndarray) -> dict[str, float]:
    return {"final": float(amount.sum() / count.sum())} if count.sum() else {}
