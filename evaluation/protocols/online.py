"""One player learns while it plays, and every step counts: regret is what learning cost."""

from __future__ import annotations

from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from ...baselines.fused import Fused
from ...baselines.learner import Learner
from ...baselines.lockstep import Lockstep
from ...envs.core.environment import Environment
from . import Meeting, Outcome


class Training(NamedTuple):
    """What a player did while it learned, in ``play``. Arrays are (checkpoints, seeds).

    ``amount`` was collected in ``counted`` steps (criterion gain) or finished episodes, block by block; ``regret`` is
    cumulative, after ``steps`` (checkpoints,).
    """

    play: Lockstep
    amount: np.ndarray
    counted: np.ndarray
    regret: np.ndarray
    steps: list[int]
    unit: str

    def curve(self, lane: int) -> dict[str, Any]:
        """Return the curve of cumulative regret of a lane, as in an `Outcome`."""
        values = self.regret[:, lane].tolist()
        return {"measure": "cumulative regret", "unit": self.unit, "steps": self.steps, "values": values}


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
    training = learn(meeting)
    amount, count = training.amount, training.counted
    last = max(1, len(amount) // 10)
    return [
        Outcome(
            achieved=float(amount[:, lane].sum() / count[:, lane].sum()),
            curve=training.curve(lane),
            metrics={
                "cumulative_regret": float(training.regret[-1, lane]),
                **_final(amount[-last:, lane], count[-last:, lane]),
                **({} if continuing(meeting.environment) else {"episodes": float(count[:, lane].sum())}),
            },
        )
        for lane in range(meeting.seeds)
    ]


def learn(meeting: Meeting) -> Training:
    """Let the player of ``meeting`` learn for its steps; ValueError when no episode of some seed ends within them."""
    environment = meeting.environment
    play, lengths = match(meeting), meeting.blocks
    amounts, counts = [], []
    for length in lengths:
        totals = play.advance(length)
        amounts.append(totals.rewards[:, 0] if continuing(environment) else totals.returns[:, 0])
        counts.append(np.full(meeting.seeds, length) if continuing(environment) else totals.episodes)
    amount, count = np.array(amounts), np.array(counts)
    if np.any(count.sum(axis=0) == 0):
        raise ValueError(f"no episode of {environment.id} ended within {meeting.steps} steps; give the task more steps")
    regret = np.cumsum(meeting.certificate.optimal.value * count - amount, axis=0)
    unit = "reward" if continuing(environment) else "return"
    return Training(play, amount, count, regret, list(accumulate(lengths)), unit)


def continuing(environment: Environment) -> bool:
    """Return whether rewards of steps are compared (criterion gain), not returns of episodes."""
    return environment.spec.criterion.kind == "gain"


def match(meeting: Meeting) -> Lockstep:
    """Return the faster runner: one fused loop for a learner, lockstep for outside agents."""
    runner = Fused if isinstance(meeting.player, Learner) else Lockstep
    return runner(meeting.environment, meeting.player, seed=meeting.seed, lanes=meeting.seeds)


def _final(amount: np.ndarray, count: np.ndarray) -> dict[str, float]:
    return {"final": float(amount.sum() / count.sum())} if count.sum() else {}
