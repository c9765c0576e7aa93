"""Tsallis-INF by bins of the context: the interval of one observed number is cut into equal bins, each with a bandit.

The contextual baseline of Khodak, Chow, Balcan and Talwalkar, "Learning to relax: setting solver parameters across a
sequence of linear system instances", ICLR 2024, arXiv:2310.02246, with 5 bins (6 for the heat equation); see
`tsallis_inf`.

Accepts observations that are vectors and environments that tell only the own reward.

    regretlab watch regretlab/SorContextual-v0 --learner tsallis_inf_cb
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import uniform
from ..learner import Accepts
from .bandit import loss
from .contexts import ENTRY, know_context, lacks_entry
from .mixing import pick
from .tsallis_inf import FORM, probabilities, scaled_rate

ACCEPTS = Accepts(observation="vector", feedback="bandit")
KNOBS = {"bins": Knob(5, "bins of the context", low=1, high=10_000), "entry": ENTRY, **FORM}


class Params(NamedTuple):
    """The knobs, and what is known of the rewards and of the context's interval."""

    bins: int
    entry: int
    by_mean: bool
    literal: bool
    low: float = 0.0
    width: float = 1.0
    left: float = 0.0
    span: float = 1.0


class State(NamedTuple):
    """First axis: row. ``policy`` (rows, actions) is that of the last round, found in ``bin`` (rows,) with ``mass``;
    ``total`` (rows, bins, actions) are the estimated losses, ``lost`` and ``rounds`` (rows, bins) what was met in each
    bin.
    """

    key: np.ndarray
    actions: np.ndarray
    policy: np.ndarray
    bin: np.ndarray
    mass: np.ndarray
    total: np.ndarray
    lost: np.ndarray
    rounds: np.ndarray


unsuited, prepare = lacks_entry, know_context


def params(bins: int, entry: int, scale: str, newton: str) -> Params:
    """Build the parameters."""
    return Params(bins, entry, scale == "mean", newton == "literal")


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners."""
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        policy=np.zeros((rows, actions)),
        bin=np.zeros(rows, np.int64),
        mass=np.ones(rows),
        total=np.zeros((rows, lp.bins, actions)),
        lost=np.zeros((rows, lp.bins)),
        rounds=np.zeros((rows, lp.bins), np.int64),
    )


@kernel
def act(lp, ls, row, observation):
    """Draw an action from the policy of the context's bin."""
    place = int((observation[lp.entry] - lp.left) / lp.span * lp.bins)
    k = min(max(place, 0), lp.bins - 1)
    ls.bin[row] = k
    eta = scaled_rate(2.0 / math.sqrt(ls.rounds[row, k] + 1), lp.by_mean, ls.lost[row, k], ls.rounds[row, k])
    ls.mass[row] = probabilities(ls.policy[row], ls.total[row], k, ls.actions[row], eta, lp.literal)
    return pick(ls.policy[row], ls.actions[row], uniform(ls.key, row))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add the estimated loss of the action in its bin."""
    k = ls.bin[row]
    lost = loss(lp, reward)
    ls.rounds[row, k] += 1
    ls.lost[row, k] += lost
    ls.total[row, k, action] += lost / (ls.policy[row, action] * ls.mass[row])
