"""Hedge (multiplicative weights): probabilities proportional to exp(eta times the cumulative payoff).

Freund and Schapire, "A decision-theoretic generalization of on-line learning", JCSS 55, 1997. Payoffs count in units
of the environment's reward range, in [0, 1]. The knob ``rate`` says how eta is chosen in round t, with K actions; the
bounds hold for the expected external regret against any opponent:

- ``fixed``: the knob ``eta``. At most ln K / eta + eta T / 8 after T rounds; eta = sqrt(8 ln K / T) makes this
  sqrt(T ln K / 2) (Cesa-Bianchi and Lugosi, "Prediction, Learning, and Games", 2006, theorem 2.2).
- ``anytime``: sqrt(8 ln K / t). At most 2 sqrt(T ln K / 2) + sqrt(ln K / 8) for every T (the same, theorem 2.3).
- ``self-confident``: AdaHedge (de Rooij, van Erven, Gruenwald and Koolen, "Follow the leader if you can, hedge if you
  must", JMLR 15, 2014), ln K over Delta, the sum of the mixability gaps so far: what a round would have paid at this
  rate's soft maximum of the totals less what it paid in expectation. The regret is at most 2 Delta, and Delta^2 at
  most V ln K + (2/3 ln K + 1) Delta, V being the sum of the variances of the payoff under the policies, at most T / 4;
  so it is at most sqrt(T ln K) + 4/3 ln K + 2, and far less where one action is clearly better.

Accepts environments that tell what each action would have paid; it ignores observations.

    regretlab watch regretlab/MatrixGame-v0 --learner hedge
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from . import logits
from .mixing import (
    ETA,
    allocate_totals,
    drawn_from,
    in_unit_range,
    know_range,
    leaders,
    mean_payoff,
    softmax,
    with_fields,
)

FIXED, ANYTIME, SELF_CONFIDENT = range(3)
RATES = ("fixed", "anytime", "self-confident")
ACCEPTS = Accepts(observation="none", feedback="full")
KNOBS = {"eta": ETA, "rate": Knob("fixed", "how the learning rate is chosen; only 'fixed' uses eta", choices=RATES)}


class Params(NamedTuple):
    """The learning rate, the number of its rule in `RATES`, and the least reward and the width of its range."""

    eta: float
    rate: int
    low: float = 0.0
    width: float = 1.0


# ``gap`` (rows,) is the sum of the mixability gaps.
State = with_fields(__name__, "gap")

prepare = know_range


def params(eta: float, rate: str) -> Params:
    """Build the parameters."""
    return Params(eta, RATES.index(rate))


def allocate(lp: Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners that have seen nothing."""
    return State(*allocate_totals(lp, observations, actions, rows), gap=np.zeros(rows))


def regret_bound(lp: Params, actions: int, rounds: np.ndarray) -> np.ndarray:
    """Return what the expected external regret is at most after each number of ``rounds``, in reward ranges."""
    entropy = math.log(actions)
    if lp.rate == FIXED:
        return entropy / lp.eta + lp.eta * rounds / 8
    if lp.rate == ANYTIME:
        return 2 * np.sqrt(rounds * entropy / 2) + math.sqrt(entropy / 8)
    return np.sqrt(rounds * entropy) + 4 / 3 * entropy + 2


def start_from(lp: Params, ls: Any, policies: np.ndarray) -> None:
    """Begin at the mixed actions ``policies`` (rows, actions), all of them positive.

    Raises ValueError where one is not, or the rate is not fixed.
    """
    if lp.rate != FIXED:
        raise ValueError(f"hedge begins at a given mixed action with rate='fixed' only, not {RATES[lp.rate]!r}")
    logits.start_from(lp, ls, policies)


@kernel
def strategy(lp, ls, row):
    """Write the softmax of the scaled totals; an infinite rate leaves the leaders."""
    if lp.rate == FIXED:
        softmax(ls, row, ls.total, lp.eta)
    elif lp.rate == ANYTIME:
        softmax(ls, row, ls.total, math.sqrt(8.0 * math.log(ls.actions[row]) / (ls.rounds[row] + 1)))
    elif ls.gap[row] > 0.0:
        softmax(ls, row, ls.total, math.log(ls.actions[row]) / ls.gap[row])
    else:
        leaders(ls, row, ls.total)


act = drawn_from(strategy)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add what every action would have paid."""
    ls.rounds[row] += 1
    before = soft_maximum(ls, row) if lp.rate == SELF_CONFIDENT else 0.0
    for a in range(ls.actions[row]):
        ls.total[row, a] += in_unit_range(lp, payoffs[a])
    if lp.rate == SELF_CONFIDENT:
        ls.gap[row] += max(0.0, soft_maximum(ls, row) - before - mean_payoff(lp, ls, row, payoffs))


@kernel
def soft_maximum(ls, row):
    """Return ln(mean of exp(eta total)) / eta for eta = ln K / gap, the maximum where the gap is 0."""
    count = ls.actions[row]
    best = ls.total[row, 0]
    for a in range(1, count):
        best = max(best, ls.total[row, a])
    if count == 1 or ls.gap[row] == 0.0:
        return best
    eta = math.log(count) / ls.gap[row]
    mass = 0.0
    for a in range(count):
        mass += math.exp(eta * (ls.total[row, a] - best))
    return best + math.log(mass / count) / eta
