"""Know the partners there may be, infer which one this is, and plan against it.

A Bayesian agent of types (Albrecht, Crandall and Ramamoorthy, "Belief and truth in hypothesised behaviours", Artificial
Intelligence 235, 2016): the types are the automata of a pool, equally likely before the first round, and their
posterior follows from the partner's actions. Each type's best response over the rest of the episode is known from
backward induction. With ``choice="mean"`` the action is the best in the posterior mean of these values (QMDP of
Littman, Cassandra and Kaelbling, ICML 1995: it takes for granted that it will know the type one round later, so it
never plays in order to find out); with ``choice="sample"`` the best against one type, drawn from the posterior in every
round (Thompson sampling). A type deviates with probability ``mistrust``, so that none is ever ruled out. Against a
partner that is none of the types it plays as if it were the one that would most likely have done the same.

Accepts repeated games against a partner, with a horizon, whose last action is observed. It predicts: the next
observation if the partner takes its likeliest action; the distribution itself is the field ``forecast``.

    regretlab watch regretlab/PartnerGame-v0 --knob partner=grim --learner type_posterior
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

ACCEPTS = Accepts(players="one", criteria=("return",))
KNOBS = {
    "pool": Knob("train", "the partners it knows", choices=("train", "held-out")),
    "choice": Knob("mean", "best in the mean of the posterior, or against a sample of it", choices=("mean", "sample")),
    "mistrust": Knob(0.01, "probability with which it expects a type to act uniformly", low=1e-9, high=0.5),
}


class Params(NamedTuple):
    """The knobs, the rules of the game, and the types.

    ``first`` (types,) is the state that each begins in; ``policy`` (states, partner's actions) and ``next`` (states,
    own actions, partner's actions) are those of `Automaton` for all types together; ``values`` (rounds, states, own
    actions) what an action earns until the end, if the best response follows.
    """

    pool: str
    sample: bool
    mistrust: float
    rules: Rules
    first: np.ndarray
    policy: np.ndarray
    next: np.ndarray
    values: np.ndarray


class State(NamedTuple):
    """First axis: row. ``weights`` (rows, types) is the posterior, ``states`` (rows, types) where each type would be;
    ``forecast`` (rows, partner's actions) and ``worth`` (rows, own actions) are those of the present round, the
    ``clock`` (rows,), and ``chosen`` (rows,) the action taken.
    """

    key: np.ndarray
    actions: np.ndarray
    clock: np.ndarray
    weights: np.ndarray
    states: np.ndarray
    forecast: np.ndarray
    worth: np.ndarray
    chosen: np.ndarray


def params(pool: str, choice: str, mistrust: float) -> Params:
    """Build the parameters; the types come with the environment."""
    none = np.zeros((1, 1, 1))
    nobody = np.zeros(1, np.int64)
    return Params(pool, choice == "sample", mistrust, forecasting.UNKNOWN, nobody, none[0], none.astype(np.int64), none)


def unsuited(lp: Params, environment: Environment, players: Sequence[int]) -> str | None:
    """Say so where there is no partner, its last action is not observed, or the game goes on for ever."""
    if environment.spec.horizon is None:
        return f"type_posterior plans to the end of an episode, and {environment.id} has none"
    return forecasting.unsuited("type_posterior", environment)


def prepare(lp: Params, environment: Environment) -> Params:
    """Make the types for the game, and plan against each."""
    from ...envs.partners.partner_game import find_game, find_partners
    from ...envs.partners.several import bases, union

    knobs, rules = environment.knobs, forecasting.rules(environment)
    game = find_game(knobs.get("game", ""), knobs.get("parameters"), knobs.get("payoffs"))
    machines = find_partners(game, lp.pool)
    together = union(machines)
    first = bases(machines) + np.array([each.start.argmax() for each in machines])
    rounds = environment.spec.horizon
    assert rounds is not None  # else unsuited
    values = np.zeros((rounds, *together.next.shape[:2]))
    future = np.zeros(together.states)
    rewards = together.policy @ rules.payoffs.T
    for left in reversed(range(rounds)):
        values[left] = rewards + np.einsum("sb,sab->sa", together.policy, future[together.next])
        future = values[left].max(axis=1)
    return lp._replace(rules=rules, first=first, policy=together.policy, next=together.next, values=values)


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` agents, to whom every type is equally likely."""
    types, others = len(lp.first), lp.policy.shape[1]
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        clock=np.zeros(rows, np.int64),
        weights=np.full((rows, types), 1 / types),
        states=np.tile(lp.first, (rows, 1)),
        forecast=np.full((rows, others), 1 / others),
        worth=np.zeros((rows, actions)),
        chosen=np.zeros(rows, np.int64),
    )


@kernel
def act(lp, ls, row, observation):
    """Forecast the partner's action, and take the action that is worth most."""
    types, others, count = lp.first.shape[0], lp.policy.shape[1], ls.actions[row]
    drawn = _draw(lp, ls, row) if lp.sample else 0
    now = min(ls.clock[row], lp.values.shape[0] - 1)
    for b in range(others):
        ls.forecast[row, b] = lp.mistrust / others
    for a in range(count):
        ls.worth[row, a] = lp.values[now, ls.states[row, drawn], a] if lp.sample else 0.0
    for k in range(types):
        state, weight = ls.states[row, k], ls.weights[row, k]
        for b in range(others):
            ls.forecast[row, b] += (1.0 - lp.mistrust) * weight * lp.policy[state, b]
        if not lp.sample:
            for a in range(count):
                ls.worth[row, a] += weight * lp.values[now, state, a]
    ls.chosen[row] = greedy_of(ls.worth[row], count, uniform(ls.key, row))
    return ls.chosen[row]


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Weigh the types by what the partner did, and move each on; after the end of an episode begin anew."""
    if terminated or truncated:
        interrupt(lp, ls, row)
        return
    types, others = lp.first.shape[0], lp.policy.shape[1]
    played = partner_action(lp.rules, next_observation)
    total = 0.0
    for k in range(types):
        state = ls.states[row, k]
        ls.weights[row, k] *= lp.mistrust / others + (1.0 - lp.mistrust) * lp.policy[state, played]
        total += ls.weights[row, k]
        ls.states[row, k] = lp.next[state, action, played]
    for k in range(types):
        ls.weights[row, k] /= total
    ls.clock[row] += 1


@kernel
def interrupt(lp, ls, row):
    """Forget the partner of the episode."""
    types = lp.first.shape[0]
    for k in range(types):
        ls.weights[row, k] = 1.0 / types
        ls.states[row, k] = lp.first[k]
    ls.clock[row] = 0


@kernel
def predict(lp, ls, row, observation):
    """Expect the partner's likeliest action, after the action that was chosen."""
    return expected(lp.rules, observation, ls.chosen[row], ls.forecast[row])


@kernel
def _draw(lp, ls, row):
    """Return a type drawn from the posterior."""
    u = uniform(ls.key, row)
    types = lp.first.shape[0]
    for k in range(types - 1):
        u -= ls.weights[row, k]
        if u < 0.0:
            return k
    return types - 1
