"""Predict the partner by what it did before in the same situation, and play the best response to that prediction.

The situation is the observation, which holds the last joint actions. In each the partner's actions are counted, and
its next one is forecast by the posterior mean under a symmetric Dirichlet prior, (alpha + n_a) / (K alpha + N): the
Bayes predictor of the random agents of Rabinowitz et al., "Machine theory of mind", ICML 2018, arXiv:1802.07740,
section 3.1. The action is the best response of the single round to the forecast, ties at random; it does not plan, so
against a partner that answers (tit-for-tat in a dilemma) it predicts well and plays badly.

Accepts repeated games against a partner whose last action is observed. It predicts: the next observation if the
partner takes its likeliest action, of equally likely ones the first; the distribution itself is the field ``forecast``.

    regretlab watch regretlab/PartnerGame-v0 --knob game=rps --learner frequency_predictor
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...envs.core.environment import Environment
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import uniform
from .. import forecasting
from ..choose import greedy_of
from ..forecasting import Rules, expected, partner_action
from ..learner import Accepts
from ..table import Table, claim, find, new_table

ACCEPTS = Accepts(players="one")
KNOBS = {
    "alpha": Knob(1.0, "weight of the prior on each of the partner's actions", low=1e-6, high=1e6),
    "capacity": Knob(1_024, "most observations that are stored", low=1),
}


class Params(NamedTuple):
    """The knobs, and the rules of the game."""

    alpha: float
    capacity: int
    rules: Rules = forecasting.UNKNOWN


class State(NamedTuple):
    """First axis: row. ``counts`` (rows, slots, partner's actions); ``forecast`` (rows, partner's actions) is that of
    the present round, ``values`` (rows, actions) what the actions are then worth, and ``chosen`` (rows,) the one taken.
    """

    key: np.ndarray
    actions: np.ndarray
    table: Table
    counts: np.ndarray
    forecast: np.ndarray
    values: np.ndarray
    chosen: np.ndarray


def params(alpha: float, capacity: int) -> Params:
    """Build the parameters; the rules come with the environment."""
    return Params(alpha, capacity)


def unsuited(lp: Params, environment: Environment, players: Sequence[int]) -> str | None:
    """Say so where there is no partner, or where its last action is not observed."""
    return forecasting.unsuited("frequency_predictor", environment)


def prepare(lp: Params, environment: Environment) -> Params:
    """Learn the rules."""
    return lp._replace(rules=forecasting.rules(environment))


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` predictors."""
    table, slots = new_table(observations, lp.capacity, rows)
    others = lp.rules.payoffs.shape[1]
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        table=table,
        counts=np.zeros((rows, slots, others), np.int64),
        forecast=np.full((rows, others), 1 / others),
        values=np.zeros((rows, actions)),
        chosen=np.zeros(rows, np.int64),
    )


@kernel
def act(lp, ls, row, observation):
    """Take the best response to the forecast."""
    others = lp.rules.payoffs.shape[1]
    slot = find(ls.table, row, observation)
    total = others * lp.alpha
    for b in range(others):
        ls.forecast[row, b] = lp.alpha
        if slot >= 0:
            ls.forecast[row, b] += ls.counts[row, slot, b]
            total += ls.counts[row, slot, b]
    for a in range(ls.actions[row]):
        ls.values[row, a] = 0.0
    for b in range(others):
        ls.forecast[row, b] /= total
        for a in range(ls.actions[row]):
            ls.values[row, a] += ls.forecast[row, b] * lp.rules.payoffs[a, b]
    ls.chosen[row] = greedy_of(ls.values[row], ls.actions[row], uniform(ls.key, row))
    return ls.chosen[row]


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Count what the partner did."""
    slot = claim(ls.table, row, observation)
    if slot >= 0:
        ls.counts[row, slot, partner_action(lp.rules, next_observation)] += 1


@kernel
def predict(lp, ls, row, observation):
    """Expect the partner's likeliest action, after the action that was chosen."""
    return expected(lp.rules, observation, ls.chosen[row], ls.forecast[row])
