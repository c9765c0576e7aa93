"""Discounted and finite-horizon optima of one-player models, by dynamic programming on sparse data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from .linear import TooLargeError, solve
from .model_data import Solution, backup, chain_of, check_actions, one_player, rounding, rounding_unit, scale

if TYPE_CHECKING:
    from ..envs.core.model import Model

MOST_SWEEPS, MOST_POLICIES, TIE = 1_000_000, 10_000, 1e-12
NEAR = 1_000  # sweeps before policy iteration, which finishes from anywhere


def discounted(model: Model, discount: float | None = None) -> Solution:
    """Solve for the largest discounted return over an infinite horizon (``model.horizon`` is ignored).

    Value iteration comes near, policy iteration with sparse LU finishes; where the factors would be too large, value
    iteration goes on alone. The bracket follows from the residual of Bellman's equation (Puterman, Markov Decision
    Processes, 1994, theorem 6.3.1).

    Parameters
    ----------
    model : a model of one player.
    discount : factor in [0, 1); default that of the model's criterion.

    Raises
    ------
    ValueError
        for several players, a malformed model, or a discount outside [0, 1).
    """
    transitions, rewards = one_player(model, "discounted")
    discount = model.criterion.discount if discount is None else float(discount)
    if not 0 <= discount < 1:
        raise ValueError(f"discount must be at least 0 and below 1, not {discount}; see total_return for 1")
    values, policy = _value_iteration(transitions, rewards, discount, 1e-9, sweeps=NEAR)
    how = "policy iteration with sparse LU"
    try:
        values, policy = _policy_iteration(transitions, rewards, discount, policy)
    except TooLargeError:
        values, policy = _value_iteration(transitions, rewards, discount, 1e-11, values)
        how = "value iteration"
    residual = backup(transitions, rewards, values, discount).max(axis=1) - values
    slack = rounding(transitions, rewards, values)
    worst, best = min(0.0, float(residual.min())), max(0.0, float(residual.max()))
    value = float(model.initial @ values)
    return Solution(
        value=value,
        low=value + (worst - slack) / (1 - discount),
        high=value + (best + slack) / (1 - discount),
        policy=policy,
        values=values,
        how=f"{how}, discount {discount:g}",
    )


def finite_horizon(model: Model, horizon: int | None = None) -> Solution:
    """Solve for the largest return of ``horizon`` steps by backward induction.

    Rewards are discounted if the model's criterion says so. The policy is integer (horizon, S): it may depend on the
    clock, which the model's states do not hold. So the value is the optimum for agents that see state and clock, and no
    agent that sees less exceeds it. ``values`` are those of step 0.

    Parameters
    ----------
    model : a model of one player.
    horizon : number of steps, at least 1; default ``model.horizon``.

    Raises
    ------
    ValueError
        for several players, a malformed model, or without a horizon.
    """
    transitions, rewards = one_player(model, "finite_horizon")
    horizon = model.horizon if horizon is None else horizon
    if horizon is None or horizon < 1:
        raise ValueError(f"horizon must be at least 1, not {horizon}")
    discount = _discount(model)
    policy = np.empty((horizon, len(rewards)), np.int64)
    values, error = np.zeros(len(rewards)), 0.0
    unit, size = rounding_unit(transitions), scale(rewards)
    for step in reversed(range(horizon)):
        error = discount * error + unit * (size + scale(values))
        now = backup(transitions, rewards, values, discount)
        policy[step] = now.argmax(axis=1)
        values = now.max(axis=1)
    return _exact(model, values, policy, error, f"backward induction over {horizon} steps")


def evaluate_plan(model: Model, policy: np.ndarray) -> Solution:
    """Evaluate a policy that depends on the clock, discounted as the model's criterion says.

    Parameters
    ----------
    model : a model of one player.
    policy : integer (horizon, S), the action of every state at every step.

    Raises
    ------
    ValueError
        for several players, a malformed model, or a policy of another shape or with actions that do not exist.
    """
    transitions, rewards = one_player(model, "evaluate_plan")
    policy = np.asarray(policy)
    if policy.ndim != 2 or policy.shape[1] != len(rewards) or not np.issubdtype(policy.dtype, np.integer):
        raise ValueError(f"policy must be integer (horizon, {len(rewards)}), not {policy.dtype} {policy.shape}")
    check_actions(policy, rewards.shape[1])
    discount = _discount(model)
    values, error = np.zeros(len(rewards)), 0.0
    for actions in policy[::-1]:
        chain, reward = chain_of(transitions, rewards, actions)
        error = discount * error + rounding(chain, reward, values)
        values = reward + discount * (chain @ values)
    return _exact(model, values, policy, error, f"backward evaluation over {len(policy)} steps")


def _exact(model: Model, values: np.ndarray, policy: np.ndarray, error: float, how: str) -> Solution:
    value = float(model.initial @ values)
    error += rounding(model.transitions, values)
    return Solution(value, value - error, value + error, policy, values, how)


def _discount(model: Model) -> float:
    return model.criterion.discount if model.criterion.kind == "discounted" else 1.0


def _value_iteration(
    transitions,
    rewards: np.ndarray,
    discount: float,
    tolerance: float,
    values: np.ndarray | None = None,
    sweeps: int = MOST_SWEEPS,
):
    """Iterate from ``values`` until they are known up to a relative error; return them and a greedy policy.

    What is still to come lies between the least and the largest change of a sweep times discount / (1 - discount)
    (MacQueen 1966), which soon come together where the model mixes; their middle is added at the end.
    """
    values = np.zeros(len(rewards)) if values is None else values
    for _ in range(sweeps):
        best = backup(transitions, rewards, values, discount).max(axis=1)
        change, values = best - values, best
        least, most = float(change.min()), float(change.max())
        if discount * (most - least) <= tolerance * (1 - discount) * max(1.0, scale(values)):
            break
    goes_on = np.diff(transitions.indptr)[:: rewards.shape[1]] > 0
    values = values + goes_on * (0.5 * discount / (1 - discount) * (least + most))
    return values, backup(transitions, rewards, values, discount).argmax(axis=1)


def _policy_iteration(transitions, rewards: np.ndarray, discount: float, policy: np.ndarray):
    """Improve a policy until no action is better by more than rounding; return its values and the policy."""
    states = np.arange(len(rewards))
    identity = sparse.identity(len(rewards), format="csr")
    for _ in range(MOST_POLICIES):
        chain, reward = chain_of(transitions, rewards, policy)
        values = solve(identity - discount * chain, reward)
        now = backup(transitions, rewards, values, discount)
        better = now.max(axis=1) > now[states, policy] + TIE * max(1.0, scale(rewards, values))
        if not better.any():
            return values, policy
        policy = np.where(better, now.argmax(axis=1), policy)
    raise ArithmeticError(f"policy iteration did not settle within {MOST_POLICIES} policies")
