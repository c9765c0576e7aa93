"""One player learns while it plays, and every step counts: regret is what learning cost."""

from __future__ import annotations

from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from ...baselines.fused import Fused
from ...baselines.learner import Learner
from ...baselines.lockstep import Lockstep
from ...envs.core.certificate import Certificate
from ...envs.core.environment import Environment
from ...envs.core.model import enumerate_model
from ...envs.core.visits import count_visits
from ...solvers import MultichainError, optimal_gain
from ..metrics.average_reward import (
    advantage_gaps,
    coverage,
    growth_exponent,
    normalised_regret,
    pseudo_regret,
    steps_until_near_optimal,
)
from . import Meeting, Outcome

MOST_STATES, MOST_VISITS = 2_000, 1_000_000  # of which visits are counted


class Training(NamedTuple):
    """What a player did while it learned, in ``play``. Arrays are (checkpoints, seeds).

    ``amount`` was collected in ``counted`` steps (criterion gain) or finished episodes, block by block; ``regret`` is
    cumulative, after ``steps`` (checkpoints,). ``visits`` (seeds, observations, actions) of a continuing task that is
    small enough, else None.
    """

    play: Lockstep
    amount: np.ndarray
    counted: np.ndarray
    regret: np.ndarray
    steps: list[int]
    unit: str
    visits: np.ndarray | None = None

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
    the end, ``final`` (what was achieved in the last tenth of the checkpoints), ``episodes``; of continuing tasks,
    where they are defined, those of `regretlab.evaluation.metrics.average_reward`.

    Raises ValueError when no episode ends within the steps.
    """
    training = learn(meeting)
    amount, count = training.amount, training.counted
    last = max(1, len(amount) // 10)
    gaps = _gaps(meeting.environment) if training.visits is not None else None
    return [
        Outcome(
            achieved=float(amount[:, lane].sum() / count[:, lane].sum()),
            curve=training.curve(lane),
            metrics={
                "cumulative_regret": float(training.regret[-1, lane]),
                **_final(amount[-last:, lane], count[-last:, lane]),
                **(
                    _of_gain(meeting.certificate, training, gaps, lane)
                    if continuing(meeting.environment)
                    else {"episodes": float(count[:, lane].sum())}
                ),
            },
        )
        for lane in range(meeting.seeds)
    ]


def learn(meeting: Meeting) -> Training:
    """Let the player of ``meeting`` learn for its steps; ValueError when no episode of some seed ends within them."""
    environment = meeting.environment
    counted = _visits_are_counted(environment, meeting.seeds)
    play = match(meeting._replace(environment=count_visits(environment)) if counted else meeting)
    lengths = meeting.blocks
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
    visits = play.batch.state.visits if counted else None
    return Training(play, amount, count, regret, list(accumulate(lengths)), unit, visits)


def continuing(environment: Environment) -> bool:
    """Return whether rewards of steps are compared (criterion gain), not returns of episodes."""
    return environment.spec.criterion.kind == "gain"


def match(meeting: Meeting) -> Lockstep:
    """Return the faster runner: one fused loop for a learner, lockstep for outside agents."""
    runner = Fused if isinstance(meeting.player, Learner) else Lockstep
    return runner(meeting.environment, meeting.player, seed=meeting.seed, lanes=meeting.seeds)


def _visits_are_counted(environment: Environment, seeds: int) -> bool:
    """Return whether the observations are the states of a continuing task, and few enough to count visits to them."""
    spec = environment.spec
    if not continuing(environment) or spec.hidden or spec.observation.kind != "integer" or not environment.has_model:
        return False
    observations = spec.observation.sizes[0]
    return observations <= MOST_STATES and observations * spec.actions[0] * seeds <= MOST_VISITS


def _gaps(environment: Environment) -> np.ndarray | None:
    """Return what each action loses in each observation (observations, actions), None where observations are not the
    states, or where the optimal gain depends on where a run ends.
    """
    model = enumerate_model(environment)
    shown, spec = model.observations[:, 0], environment.spec
    if len(np.unique(shown)) < model.size:
        return None
    try:
        optimum = optimal_gain(model)
    except MultichainError:
        return None
    gaps = np.zeros((spec.observation.sizes[0], spec.actions[0]))
    gaps[shown] = advantage_gaps(model.transitions, model.rewards[:, :, 0], optimum.gain, optimum.bias)
    return gaps


def _of_gain(certificate: Certificate, training: Training, gaps: np.ndarray | None, lane: int) -> dict[str, float]:
    """Return the metrics of a continuing task that are defined for what ``lane`` did."""
    optimal, random = certificate.optimal.value, certificate.random.value
    regret, amount = training.regret[:, lane], training.amount[:, lane]
    found = {"growth_exponent": growth_exponent(training.steps, regret)}
    if optimal != random:
        found["normalised_regret"] = float(normalised_regret(regret[-1], training.steps[-1], optimal, random))
    if optimal > 0:
        found["steps_until_near_optimal"] = steps_until_near_optimal(training.steps, amount, optimal)
    if training.visits is not None:
        found["coverage"] = float(coverage(training.visits[lane]))
        if gaps is not None:
            found["pseudo_regret"] = float(pseudo_regret(training.visits[lane], gaps))
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _final(amount: np.ndarray, count: np.ndarray) -> dict[str, float]:
    return {"final": float(amount.sum() / count.sum())} if count.sum() else {}
