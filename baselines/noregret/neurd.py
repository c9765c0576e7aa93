"""Neural replicator dynamics, all actions, with thresholding: the logits follow the advantages.

Hennes and others, "Neural replicator dynamics: multiagent learning via modifying policy gradient algorithms", AAMAS
2020 (arXiv 1906.00190). The logit of action a grows by eta (u(a) - v), where v is the mean of the payoffs u under the
policy; payoffs count in units of the environment's reward range. The knob ``beta`` keeps the logits near their mean
over the player's own actions: one that lies beta or more above it does not grow, one that lies beta or more below it
does not fall. With beta = 0 there is no threshold; one state and all actions then make it `hedge`, whose bound holds.

Accepts environments that tell what each action would have paid; it ignores observations.

    regretlab watch regretlab/MatrixGame-v0 --learner neurd
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from . import hedge
from .logits import act, allocate, prepare, start_from, strategy  # noqa: F401 (part of a learner)
from .mixing import ETA, in_unit_range, mean_payoff

ACCEPTS = Accepts(observation="none", feedback="full")
KNOBS = {"eta": ETA, "beta": Knob(2.0, "farthest that a logit goes from the mean logit; 0 sets no limit", low=0.0)}


class Params(NamedTuple):
    """The learning rate and the threshold, and the least reward and the width of its range."""

    eta: float
    beta: float
    low: float = 0.0
    width: float = 1.0


params = Params


def regret_bound(lp: Params, actions: int, rounds: np.ndarray) -> np.ndarray | None:
    """Return the bound of `hedge` at a fixed rate, or None with a threshold."""
    return None if lp.beta > 0.0 else hedge.regret_bound(hedge.Params(lp.eta, hedge.FIXED), actions, rounds)


@kernel
def mean_total(ls, row):
    """Return the mean of the totals over the row's own actions."""
    count = ls.actions[row]
    centre = 0.0
    for a in range(count):
        centre += ls.total[row, a] / count
    return centre


@kernel
def may_move(lp, deviation, advantage):
    """Return whether a logit whose total lies ``deviation`` above the mean may follow ``advantage``."""
    logit = lp.eta * deviation
    within = logit < lp.beta if advantage > 0.0 else logit > -lp.beta
    return within or lp.beta == 0.0


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Follow the advantages as far as the threshold allows (the totals are the logits over eta)."""
    ls.rounds[row] += 1
    mean = mean_payoff(lp, ls, row, payoffs)
    centre = mean_total(ls, row)
    for a in range(ls.actions[row]):
        advantage = in_unit_range(lp, payoffs[a]) - mean
        if may_move(lp, ls.total[row, a] - centre, advantage):
            ls.total[row, a] += advantage
