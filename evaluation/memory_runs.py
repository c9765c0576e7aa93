"""The runs behind the figures of memory: learners with a memory learn a task and are then watched."""

from __future__ import annotations

import copy
from itertools import accumulate, pairwise

import numpy as np

from ..baselines.fused import Fused
from ..baselines.learner import Learner
from ..baselines.lockstep import Lockstep
from ..envs.core.certificate import Value
from ..envs.core.environment import Environment
from ..envs.core.remember import remember
from ..solvers.capacity import capacity
from ..solvers.certify import certify_environment
from . import protocols
from .metrics.retention import Retention, memory_regret, retention
from .protocols.train_test import APART
from .traces import Trace, record

WATCHED = 500  # steps of each seed that are recorded at a time
SIZED = {"frame stack": "frame-stack", "adaptive stack": "adaptive-stack"}


def capacities(environment: Environment, most: int) -> dict[str, dict[int, Value]]:
    """Return the value of the best policy with a frame stack and with an adaptive stack of 1 .. ``most`` observations.

    Raises what `regretlab.solvers.capacity` raises.
    """
    return {
        name: {k: capacity(environment, f"{memory} {k}") for k in range(1, most + 1)} for name, memory in SIZED.items()
    }


def learned_values(
    environment: Environment, learner: Learner, most: int, steps: int, seeds: int
) -> dict[str, dict[int, list[float]]]:
    """Return what ``learner`` achieves in the protocol train-test with the memories of `capacities`, a number a seed.

    Raises what the protocol raises.
    """
    known = certify_environment(environment)

    def achieved(memory: str) -> list[float]:
        meeting = protocols.Meeting(remember(environment, memory), known, learner, 0, seeds, steps, 1)
        return [outcome.achieved for outcome in protocols.run("train-test", meeting)]

    return {name: {k: achieved(f"{memory} {k}") for k in range(1, most + 1)} for name, memory in SIZED.items()}


def learned_retention(environment: Environment, memory: str, learner: Learner, steps: int, seeds: int) -> Retention:
    """Return the retention curve of what ``learner`` has learned in ``steps`` steps, over all seeds together.

    Raises ValueError for an environment that does not tell what is needed, or a learner that cannot play it.
    """
    training = Fused(remember(environment, memory), learner, lanes=seeds)
    training.advance(steps)
    return retention(*_watch(training, learner))


def memory_regret_of_training(
    environment: Environment, memory: str, learner: Learner, steps: int, points: int, seeds: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the memory regret per eligible step over training, as steps (points,) and values (seeds, points).

    After each of the blocks of training what has been learned by then is watched, without exploring. Raises what
    `learned_retention` does, and ValueError where a seed meets no eligible step.
    """
    edges = [steps * k // points for k in range(points + 1)]
    lengths = [high - low for low, high in pairwise(edges)]
    training = Fused(remember(environment, memory), learner, lanes=seeds)
    values = np.zeros((seeds, points))
    for point, length in enumerate(lengths):
        training.advance(length)
        trace = _watch(training, learner)
        for seed in range(seeds):
            own = slice(seed, seed + 1)
            values[seed, point] = memory_regret(*(part[:, own] for part in trace)).per_eligible_step
    return np.array(list(accumulate(lengths))), values


def _watch(training: Lockstep, learner: Learner) -> Trace:
    """Return a trace of play with what has been learned so far, without learning or exploring."""
    play = Lockstep(
        training.environment,
        learner.greedy(),
        lanes=training.batch.lanes,
        seed=APART,
        states=copy.deepcopy(training.states),
        learning=False,
    )
    return record(play.batch, lambda: play.advance(1), WATCHED)
