"""Experiments with continuing tasks: regret against size, the policies that learners hold, and sequences of tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..baselines.fused import Fused
from ..baselines.learner import Learner
from ..envs.core.environment import Environment
from ..envs.core.model import Model, enumerate_model
from ..envs.core.visits import count_visits
from ..solvers import (
    Quantity,
    certify,
    chain_under,
    diameter,
    mixing_time,
    optimal_gain,
    policy_gain,
    stationary_law,
)

BLOCKS = 10  # of a task in a sequence, whose mean performances are its area


class Size(NamedTuple):
    """One size of a family: its number of ``states``, certified ``gain``, ``diameter``, the ``mixing_time`` of the
    optimal policy, and by learner the cumulative regrets, a number a seed.
    """

    scale: int
    states: int
    gain: float
    diameter: Quantity
    mixing_time: Quantity
    regrets: dict[str, np.ndarray]


def measure(
    environment: Environment, scale: int, learners: Mapping[str, Learner], steps: int, seeds: int, seed: int = 0
) -> Size:
    """Solve ``environment`` and let each learner play it for ``steps`` steps with each of ``seeds`` seeds.

    Raises ValueError for an environment without an exact model, whose gain is undefined, or that a learner cannot play.
    """
    model = enumerate_model(environment)
    optimum = optimal_gain(model)
    chain, _ = chain_under(model, optimum.policy)
    regrets = {}
    for name, learner in learners.items():
        play = Fused(environment, learner, lanes=seeds, seed=seed)
        regrets[name] = steps * optimum.gain - play.advance(steps).rewards[:, 0]
    return Size(scale, model.size, optimum.gain, diameter(model), mixing_time(chain), regrets)


def greedy_policy(learner: Learner, state: Any, row: int, environment: Environment, model: Model) -> np.ndarray:
    """Return what ``learner`` would do without exploration in every state of ``model``, integer (S,).

    ``state`` is that of the learner during play (see `Fused.states`), which this leaves as it is; ties are drawn.
    """
    still = learner.greedy().prepared(environment)
    held = state.key.copy()
    with np.errstate(over="ignore"):  # the streams wrap around, of which plain Python would warn
        actions = [still.kernels["act"](still.params, state, row, int(shown)) for shown in model.observations[:, 0]]
    state.key[:] = held
    return np.array(actions, np.int64)


class Maps(NamedTuple):
    """Numbers of the states of a task, (S,) each, and their ``places`` (S, 3); shares of time sum to 1."""

    places: np.ndarray
    values: np.ndarray
    optimal_visits: np.ndarray
    learner_visits: np.ndarray

    def panels(self, learner: str) -> dict[str, np.ndarray]:
        """Return the numbers by the title of their map."""
        return {
            "optimal relative value": self.values,
            "time of an optimal policy": self.optimal_visits,
            f"time of {learner}": self.learner_visits,
        }


def values_and_visits(environment: Environment, learner: Learner, steps: int, seed: int = 0) -> Maps:
    """Return the optimal bias, and the shares of time that an optimal policy and ``learner`` spend in each state.

    Raises ValueError for an environment without places on a map, or whose observations are not its states.
    """
    if environment.places is None:
        raise ValueError(f"{environment.id} does not say where its states are on a map")
    model = enumerate_model(environment)
    shown = model.observations[:, 0]
    if len(np.unique(shown)) < model.size:
        raise ValueError(f"{environment.id} has states that look the same: visits to them are not told apart")
    optimum = optimal_gain(model)
    law = stationary_law(chain_under(model, optimum.policy)[0]).law
    play = Fused(count_visits(environment), learner, seed=seed)
    play.advance(steps)
    visits = play.batch.state.visits[0].sum(axis=1)[shown]
    return Maps(environment.places(model.states), optimum.bias, law, visits / steps)


class TaskSequence(NamedTuple):
    """What a learner made of a sequence of tasks, by seed.

    ``performance`` (seeds, tasks, tasks): entry i, j is the exact gain of the greedy policy on task j after task i, on
    the scale from 0 (uniform play) to 1 (optimal). ``areas`` (seeds, tasks) are the mean performances while each task
    was learned, cut to [0, 1]; ``references`` those of the same learner that begins with it.
    """

    performance: np.ndarray
    areas: np.ndarray
    references: np.ndarray


def learn_in_sequence(
    environments: Sequence[Environment], learner: Learner, steps: int, seeds: int, seed: int = 0
) -> TaskSequence:
    """Let ``learner`` learn one task after the other for ``steps`` steps each, and look back on all tasks after each.

    Parameters
    ----------
    environments : tasks with the same observations and actions, each with an exact model.
    learner : what plays with its exploration, and is judged without.
    steps, seeds, seed : steps of each task; the seeds are ``seed`` .. ``seed + seeds - 1``.

    Raises
    ------
    ValueError
        for tasks whose observations or actions differ, or on which random and optimal play earn the same.
    """
    specs = [each.spec for each in environments]
    if len({(spec.observation.sizes, spec.actions) for spec in specs}) != 1:
        raise ValueError("environments must share their numbers of observations and of actions to be learned in turn")
    models = [enumerate_model(each) for each in environments]
    certificates = [certify(model) for model in models]
    tasks = len(environments)

    def judged(play: Fused, lane: int, task: int) -> float:
        policy = greedy_policy(learner, play.states[0], lane, environments[task], models[task])
        return certificates[task].normalised(policy_gain(models[task], policy).value)

    def learn(task: int, states: Sequence[Any] | None) -> tuple[Fused, np.ndarray]:
        play = Fused(environments[task], learner, lanes=seeds, seed=seed, states=states)
        areas = np.zeros(seeds)
        for block in np.diff(np.linspace(0, steps, BLOCKS + 1).astype(int)):
            play.advance(int(block))
            areas += [min(max(judged(play, lane, task), 0.0), 1.0) for lane in range(seeds)]
        return play, areas / BLOCKS

    performance = np.zeros((seeds, tasks, tasks))
    areas, references = np.zeros((seeds, tasks)), np.zeros((seeds, tasks))
    states = None
    for task in range(tasks):
        play, areas[:, task] = learn(task, states)
        states = play.states
        performance[:, task] = [[judged(play, lane, other) for other in range(tasks)] for lane in range(seeds)]
        references[:, task] = learn(task, None)[1]
    return TaskSequence(performance, areas, references)
