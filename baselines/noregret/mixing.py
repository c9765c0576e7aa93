"""What learners of mixed actions share: the policy that an action is drawn from, softmax, and payoffs in [0, 1].

Such a learner's state has a field ``policy`` (rows, actions), and its module defines a kernel ``strategy(lp, ls, row)``
that writes the mixed action of ``row`` there. Drawing from it is the same for all of them (`drawn_from`), and
`regretlab.baselines.mixed_play` lets such learners exchange the mixed actions themselves, without any draw.
"""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any, NamedTuple

import numpy as np

from ...envs.core.environment import Environment
from ...envs.core.fusing import specialise
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import uniform

UNDERFLOW = -746.0  # below it exp is 0.0, which the library takes ten times as long to find out
ETA = Knob(0.1, "learning rate, for payoffs in [0, 1]", low=1e-9)


class Totals(NamedTuple):
    """The state of a learner that keeps one number an action. First axis: row.

    ``total`` (rows, actions) are cumulative payoffs, regrets or logits; ``policy`` (rows, actions) is the mixed action
    of the last round; ``rounds`` counts the updates.
    """

    key: np.ndarray
    actions: np.ndarray
    policy: np.ndarray
    total: np.ndarray
    rounds: np.ndarray


def with_fields(module: str, *fields: str) -> Any:
    """Return the type ``State`` of the learner in ``module``: the fields of `Totals`, and ``fields``."""
    return namedtuple("State", (*Totals._fields, *fields), module=module)


def allocate_totals(lp: Any, observations: int, actions: int, rows: int) -> Totals:
    """Allocate ``rows`` learners that have seen nothing."""
    return Totals(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        policy=np.zeros((rows, actions)),
        total=np.zeros((rows, actions)),
        rounds=np.zeros(rows, np.int64),
    )


def know_range(lp: Any, environment: Environment) -> Any:
    """Return ``lp`` with ``low`` and ``width``, the least reward and the width of the range of rewards."""
    low, high = environment.spec.reward_range
    return lp._replace(low=float(low), width=float(high - low) or 1.0)


def drawn_from(strategy: Any) -> Any:
    """Return the kernel ``act`` that draws an action from the policy that the kernel ``strategy`` writes."""
    return specialise(draw, {"strategy": strategy})


@kernel
def strategy(lp, ls, row):
    """Write the mixed action of ``row`` into ``ls.policy`` (what `drawn_from` puts in the place of this name)."""


@kernel
def draw(lp, ls, row, observation):
    """Draw an action from the policy."""
    strategy(lp, ls, row)
    return pick(ls.policy[row], ls.actions[row], uniform(ls.key, row))


@kernel
def pick(policy, count, u):
    """Return the action of ``policy[:count]`` that ``u`` in [0, 1) picks, never one of probability 0."""
    chosen = 0
    below = 0.0
    for a in range(count):
        weight = policy[a]
        if weight > 0.0 and below <= u:
            chosen = a
        below += weight
    return chosen


@kernel
def softmax(ls, row, values, scale):
    """Write the policy proportional to exp(``scale`` times ``values[row]``)."""
    softmax_into(ls.policy[row], values[row], ls.actions[row], scale)


@kernel
def softmax_into(out, values, count, scale):
    """Write the distribution proportional to exp(``scale`` times ``values[:count]``) into ``out``."""
    best = values[0]
    for a in range(1, count):
        best = max(best, values[a])
    mass = 0.0
    for a in range(count):
        exponent = scale * (values[a] - best)
        weight = math.exp(exponent) if exponent > UNDERFLOW else 0.0
        out[a] = weight
        mass += weight
    for a in range(count):
        out[a] /= mass


@kernel
def leaders(ls, row, values):
    """Write the policy that plays the largest of ``values[row]``, each of them equally often."""
    count = ls.actions[row]
    best = values[row, 0]
    for a in range(1, count):
        best = max(best, values[row, a])
    ties = 0
    for a in range(count):
        ties += values[row, a] == best
    for a in range(count):
        ls.policy[row, a] = 1.0 / ties if values[row, a] == best else 0.0


@kernel
def in_unit_range(lp, payoff):
    """Return ``payoff`` in units of the environment's reward range, in [0, 1]."""
    return (payoff - lp.low) / lp.width


@kernel
def mean_payoff(lp, ls, row, payoffs):
    """Return what the mixed action of the last round expects of ``payoffs``, in units of the reward range."""
    mean = 0.0
    for a in range(ls.actions[row]):
        mean += ls.policy[row, a] * in_unit_range(lp, payoffs[a])
    return mean
