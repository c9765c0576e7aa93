"""PSRL: draw a model from the posterior, play its best policy for an episode, and draw again.

Osband, Russo and Van Roy, "(More) efficient reinforcement learning via posterior sampling", NeurIPS 2013; with episodes
that double, as the average reward has no others (Ouyang, Gagrani, Nayyar and Jain, NeurIPS 2017). Transitions have
Dirichlet posteriors, whose prior weight ``prior`` is spread evenly over the states; mean rewards, scaled to [0, 1],
have Beta posteriors from Beta(1, 1), a reward between 0 and 1 counting as that share of a success.

Accepts integer observations (which it takes for states), one player and the criterion gain.

    regretlab watch regretlab/RiverSwim-v0 --learner psrl --train 100000
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...envs.core.environment import Environment
from ...envs.core.fusing import specialise
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import normal, uniform
from . import episodes
from .empirical_model import SUCCESSORS
from .episodes import ACCEPTS, MOST_NUMBERS, MOST_SWEEPS, act, prepare  # noqa: F401 (part of a learner)

KNOBS = {
    "prior": Knob(1.0, "weight of the Dirichlet prior, over all states together", low=1e-6, high=1e6),
    "successors": SUCCESSORS,
}


class Params(NamedTuple):
    """The knobs, and ``low`` and ``high``, the range of the rewards."""

    prior: float
    successors: int
    low: float = 0.0
    high: float = 1.0


class State(NamedTuple):
    """The fields of `episodes.State`, and the drawn model: ``drawn`` (rows, S, A, S) and ``paid`` (rows, S, A)."""

    key: np.ndarray
    actions: np.ndarray
    counts: Any
    begun: np.ndarray
    policy: np.ndarray
    values: np.ndarray
    following: np.ndarray
    work: np.ndarray
    steps: np.ndarray
    episodes: np.ndarray
    seen: np.ndarray
    drawn: np.ndarray
    paid: np.ndarray


def params(**knobs: Any) -> Params:
    """Build the parameters from checked knobs."""
    return Params(**knobs)


def unsuited(lp: Params, environment: Environment, players: Any) -> str | None:
    """Say so where a drawn model would be too large."""
    states = environment.spec.observation.sizes[0]
    if states * states * environment.spec.actions[0] <= MOST_NUMBERS:
        return None
    return f"psrl draws whole models; {environment.id} has {states:,} observations, for which there is no room"


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners."""
    shared = episodes.allocate(lp, observations, actions, rows)
    return State(
        *shared,
        drawn=np.zeros((rows, observations, actions, observations)),
        paid=np.zeros((rows, observations, actions)),
    )


@kernel
def gamma(key, row, shape):
    """Draw from the Gamma law of this shape and scale 1 (Marsaglia and Tsang, ACM TOMS 26, 2000)."""
    boost = 1.0
    if shape < 1.0:
        boost = math.pow(1.0 - uniform(key, row), 1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal(key, row)
        v = 1.0 + c * x
        if v > 0.0:
            v = v * v * v
            if math.log(1.0 - uniform(key, row)) < 0.5 * x * x + d - d * v + d * math.log(v):
                return boost * d * v


@kernel
def draw_model(lp, ls, row):
    """Draw transitions and mean rewards of every state and action from the posterior."""
    states = ls.policy.shape[1]
    share = lp.prior / states
    counts = ls.counts
    for s in range(states):
        for a in range(ls.actions[row]):
            total = 0.0
            for x in range(states):
                ls.drawn[row, s, a, x] = share
            for k in range(counts.known[row, s, a]):
                ls.drawn[row, s, a, counts.successor[row, s, a, k]] += counts.followed[row, s, a, k]
            for x in range(states):
                mass = gamma(ls.key, row, ls.drawn[row, s, a, x])
                ls.drawn[row, s, a, x] = mass
                total += mass
            for x in range(states):
                ls.drawn[row, s, a, x] = ls.drawn[row, s, a, x] / total if total > 0.0 else 1.0 / states
            earned = counts.rewards[row, s, a]
            won = gamma(ls.key, row, 1.0 + earned)
            lost = gamma(ls.key, row, 1.0 + counts.tries[row, s, a] - earned)
            ls.paid[row, s, a] = won / (won + lost)


@kernel
def plan(lp, ls, row):
    """Draw a model and plan in it by relative value iteration, to a span of 1 / sqrt(steps)."""
    draw_model(lp, ls, row)
    states = ls.policy.shape[1]
    enough = 1.0 / math.sqrt(ls.steps[row])
    for _ in range(MOST_SWEEPS):
        least, most = math.inf, -math.inf
        for s in range(states):
            best = -math.inf
            for a in range(ls.actions[row]):
                value = ls.paid[row, s, a]
                for x in range(states):
                    value += ls.drawn[row, s, a, x] * ls.values[row, x]
                if value > best:
                    best = value
                    ls.policy[row, s] = a
            ls.following[row, s] = best
            change = best - ls.values[row, s]
            least, most = min(least, change), max(most, change)
        base = 0.5 * (ls.values[row, 0] + ls.following[row, 0])
        for s in range(states):
            ls.values[row, s] = 0.5 * (ls.values[row, s] + ls.following[row, s]) - base
        if most - least < enough:
            return


update = specialise(episodes.update, {"plan": plan})
