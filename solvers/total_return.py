"""The undiscounted optimum of episodic models without a time limit (stochastic shortest paths)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from .components import end_components, route
from .gain import Gain, policy_iteration
from .linear import TooLargeError, solve
from .model_data import Solution, backup, one_player, rounding, scale

if TYPE_CHECKING:
    from ..envs.core.model import Model

MOST_POLICIES, TIE = 10_000, 1e-12
PRECISION = 1e-11  # of sweeps, relative to the values


class NeverEndsError(ValueError):
    """From some state no run ends, and running on costs without limit."""


def total_return(model: Model) -> Solution:
    """Solve for the largest expected sum of rewards until a terminal state (``model.horizon`` is ignored).

    Running for ever is allowed where it costs without limit (no optimal policy does so) or pays exactly nothing (it is
    then worth 0). It is refused where it pays on average, since the optimum is infinite, and where rewards of both
    signs cancel, since the sum has no limit. Policy iteration starts from a policy that ends; the bracket follows from
    solving again with every reward larger or smaller by more than rounding can explain, which makes Bellman's
    inequalities strict. Source: Bertsekas and Tsitsiklis, Mathematics of Operations Research 16, 1991, with end
    components for the exceptions. Where the factors of its linear systems would be too large, but every action ends the
    run with some probability, value iteration goes on alone (Puterman, Markov Decision Processes, 1994, theorem 6.3.1,
    with the largest probability of going on in place of the discount).

    Raises
    ------
    ValueError
        for several players, a malformed model, a return that diverges; `NeverEndsError` when from some state no run
        ends; `TooLargeError` when a linear system is too large to factorise.
    ArithmeticError
        when policy iteration does not settle or the bracket cannot be certified.
    """
    transitions, rewards = one_player(model, "total_return")
    everywhere = np.ones(rewards.shape, bool)
    labels, internal = end_components(transitions, everywhere)
    for label in np.unique(labels[(internal & (rewards > 0)).any(axis=1)]):
        found = component_gain(transitions, rewards, internal, labels == label)
        if found.high >= 0:
            state = int(np.flatnonzero(labels == label)[0])
            reason = f"gains {found.gain:g} a step" if found.low > 0 else "never loses on average"
            raise ValueError(
                f"total_return diverges: a policy that runs for ever around state {state} {reason}; "
                "give the model a horizon or a discount"
            )
    labels, free = end_components(transitions, rewards == 0)
    stop = np.where(labels >= 0, 0.0, -np.inf)
    try:
        values, policy, low, high = stopping(transitions, rewards, stop, free, labels)
    except TooLargeError:
        return _sweeps(model, transitions, rewards)
    policy = np.where(policy == rewards.shape[1], free.argmax(axis=1), policy)
    value = float(model.initial @ values)
    return Solution(
        value,
        float(model.initial @ low),
        float(model.initial @ high),
        policy,
        values,
        "policy iteration with sparse LU",
    )


def _sweeps(model: Model, transitions, rewards: np.ndarray) -> Solution:
    """Do value iteration; TooLargeError where an action may be taken for ever, so that sweeps need not come near."""
    going = float((transitions @ ~model.terminal).max())
    if not going < 1:
        raise TooLargeError(
            f"a system of {model.size} states is too large to factorise, and some actions never end a run"
        )
    values, residual = np.zeros(len(rewards)), np.inf
    while residual > PRECISION * (1 - going) * max(1.0, scale(rewards, values)):
        now = backup(transitions, rewards, values)
        residual, values = float(np.abs(now.max(axis=1) - values).max()), now.max(axis=1)
    slack = (residual + 2 * rounding(transitions, rewards, values)) / (1 - going)
    value = float(model.initial @ values)
    return Solution(value, value - slack, value + slack, now.argmax(axis=1), values, "value iteration")


def component_gain(transitions, rewards: np.ndarray, internal: np.ndarray, states: np.ndarray) -> Gain:
    """Return the optimal gain of one end component: its ``states`` (bool) and all ``internal`` pairs (bool (S, A))."""
    pairs = np.repeat(states, rewards.shape[1])
    inside = np.where(internal, rewards, -np.inf)[states]
    return policy_iteration(transitions[pairs][:, states], inside, np.ones(len(inside), bool))


def stopping(transitions, rewards: np.ndarray, stop: np.ndarray, free: np.ndarray, labels: np.ndarray):
    """Solve for the largest sum of rewards when a run may also be stopped.

    Parameters
    ----------
    transitions, rewards : (S * A, S) and (S, A).
    stop : float (S,), what stopping pays; -inf where it is impossible.
    free : bool (S, A), pairs that pay 0 and stay in their component, all states of which can be stopped at equal pay.
    labels : integer (S,), the component of every state, or -1.

    Running for ever with other than free pairs must cost without limit.

    Returns
    -------
    values, policy, low, high : float (S,); integer (S,), where A means to stop; and a bracket (S,) of the values.
    """
    states, actions = rewards.shape
    ended = np.diff(transitions.indptr).reshape(rewards.shape).max(axis=1) == 0
    can_stop = np.isfinite(stop)
    policy, reached = route(transitions, np.ones(rewards.shape, bool), ended | can_stop)
    if not reached.all():
        trapped = np.flatnonzero(~reached)
        raise NeverEndsError(
            f"from {len(trapped)} of {states} states, such as state {trapped[0]}, no run ends; "
            "give the model a horizon or a discount"
        )
    policy[can_stop] = actions
    values, policy = _improve(transitions, rewards, stop, policy)
    counted = ~free & ~ended[:, None]
    doubt = 4 * rounding(transitions, rewards, values)
    for _ in range(8):
        upper, _ = _improve(transitions, rewards + doubt * counted, stop, policy)
        upper = np.maximum(upper, stop)
        top = np.full(labels.max() + 2, -np.inf)
        np.maximum.at(top, labels, upper)
        upper = np.where(labels >= 0, top[labels], upper)
        lower = _values(transitions, rewards - doubt * ~ended[:, None], stop, policy)
        slack = rounding(transitions, rewards, upper) + rounding(transitions, rewards, lower)
        above = backup(transitions, rewards, upper) - upper[:, None]
        below = _with_stop(transitions, rewards, stop, lower)[np.arange(states), policy] - lower
        going = ~ended & (policy < actions)
        if np.all(above[counted] <= -slack) and np.all(below[going] >= slack):
            return values, policy, lower - slack, upper + slack
        doubt *= 10
    raise ArithmeticError(
        f"the optimum cannot be told from rounding errors; rewards within {doubt:g} of each other decide it"
    )


def _improve(transitions, rewards: np.ndarray, stop: np.ndarray, policy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Improve a policy that ends until no action is better; ties keep the old action, so that it goes on to end."""
    for _ in range(MOST_POLICIES):
        values = _values(transitions, rewards, stop, policy)
        now = _with_stop(transitions, rewards, stop, values)
        better = now.max(axis=1) > now[np.arange(len(now)), policy] + TIE * max(1.0, scale(rewards, values))
        if not better.any():
            return values, policy
        policy = np.where(better, now.argmax(axis=1), policy)
    raise ArithmeticError(f"policy iteration did not settle within {MOST_POLICIES} policies")


def _with_stop(transitions, rewards: np.ndarray, stop: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.column_stack([backup(transitions, rewards, values), stop])


def _values(transitions, rewards: np.ndarray, stop: np.ndarray, policy: np.ndarray) -> np.ndarray:
    states, actions = rewards.shape
    goes = policy < actions
    rows = np.arange(states) * actions + np.where(goes, policy, 0)
    chain = sparse.diags(goes.astype(float)) @ transitions[rows]
    return solve(sparse.identity(states) - chain, np.where(goes, rewards.ravel()[rows], stop))
