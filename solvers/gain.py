"""The average reward of continuing models: relative value iteration, Howard's policy iteration, and both together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from .components import closed_classes, end_components, reach, route
from .linear import TooLargeError, solve
from .model_data import Solution, backup, chain_of, one_player, rounding, scale, under

if TYPE_CHECKING:
    from ..envs.core.model import Model

MOST_SWEEPS, MOST_POLICIES, TIE = 1_000_000, 10_000, 1e-12


@dataclass(frozen=True)
class Gain:
    """The optimal gain (reward per step) of a weakly communicating model.

    ``gain`` lies in the bracket ``low`` .. ``high``; ``policy`` is integer (S,); ``bias`` float (S,) solves Bellman's
    equation up to a constant (its least entry is 0) and ``span`` is its largest entry; ``how`` names the method.
    Where several optimal policies visit different states for ever, the bias is one of several.
    """

    gain: float
    low: float
    high: float
    policy: np.ndarray
    bias: np.ndarray
    span: float
    how: str

    @property
    def value(self) -> float:
        """The gain, under the name that a `Solution` gives it."""
        return self.gain


def optimal_gain(model: Model) -> Gain:
    """Solve for the largest average reward by two methods, which must agree.

    Relative value iteration gives a bracket that holds whatever the state of its convergence; Howard's policy iteration
    gives gain and bias to machine precision, with a bracket of its own. Its gain must lie in the first bracket, and the
    narrower of the two ends is returned. Where Howard's linear systems are too large, the bracket of value iteration
    stands alone, and ``how`` says so.

    Raises
    ------
    ValueError
        for several players, a malformed or terminating model, or one that is not weakly communicating.
    ArithmeticError
        when the methods disagree or do not settle.
    """
    try:
        exact = howard(model)
    except TooLargeError:
        bracket = relative_value_iteration(model)
        if bracket.high - bracket.low > 1e-6 * max(1.0, scale(model.rewards)):
            raise ArithmeticError(f"the gain is only known to lie between {bracket.low} and {bracket.high}") from None
        return bracket
    sweeps = int(np.clip(1e8 / max(1, model.transitions.nnz), 200, 20_000))
    bracket = relative_value_iteration(model, sweeps=sweeps)
    low, high = max(bracket.low, exact.low), min(bracket.high, exact.high)
    if not (low <= high and bracket.low <= exact.gain <= bracket.high):
        raise ArithmeticError(
            f"policy iteration found the gain {exact.gain}, outside the bracket {bracket.low} to {bracket.high} of value iteration"
        )
    return replace(exact, low=low, high=high, how=f"{exact.how}; {bracket.how} agrees")


def relative_value_iteration(model: Model, tolerance: float = 1e-10, sweeps: int = MOST_SWEEPS) -> Gain:
    """Bracket the optimal gain by value iteration on an aperiodic copy of the model.

    Every action stays put with probability 1/2, which halves the gain and lets periodic models converge. The bracket is
    the range of the last sweep's change, and holds for any number of sweeps (Puterman 1994, 8.5.4 and theorem 8.5.5);
    ``gain`` is its middle, ``policy`` greedy, ``bias`` an approximation.

    Parameters
    ----------
    model : a model of one player.
    tolerance : the sweeps stop when the bracket is narrower than this many times the largest reward (at least 1).
    sweeps : the most sweeps.

    Raises
    ------
    ValueError
        as for `optimal_gain`.
    """
    transitions, rewards, _ = _weakly_communicating(model, "relative_value_iteration")
    width = tolerance * max(1.0, scale(rewards))
    bias = np.zeros(len(rewards))
    for sweep in range(1, sweeps + 1):
        now = backup(transitions, rewards, bias)
        change = now.max(axis=1) - bias
        if change.max() - change.min() <= width or sweep == sweeps:
            break
        bias += 0.5 * change
        bias -= bias[0]
    return _bracketed(transitions, rewards, bias, now.argmax(axis=1), f"relative value iteration, {sweep} sweeps")


def howard(model: Model) -> Gain:
    """Solve for the optimal gain and bias by policy iteration with sparse LU.

    A policy with several closed classes is sent to the best of them before it is evaluated, so that one system gives gain
    and bias (Haviv and Puterman, J. Applied Probability 28, 1991); an action is kept unless another is better by more than 1e-12
    of the numbers compared. The bracket is the range of the residual of Bellman's equation.

    Raises
    ------
    ValueError
        as for `optimal_gain`; `TooLargeError` when a linear system is too large to factorise.
    ArithmeticError
        when it does not settle.
    """
    transitions, rewards, members = _weakly_communicating(model, "howard")
    return policy_iteration(transitions, rewards, members)


def policy_iteration(transitions, rewards: np.ndarray, members: np.ndarray) -> Gain:
    """Run Howard's method on raw data: transitions (S * A, S), rewards (S, A), -inf where an action is not allowed,
    and the states ``members`` (bool) that a policy can visit for ever."""
    states, actions = rewards.shape
    allowed = np.isfinite(rewards)
    best = int(np.argmax(np.where(members[:, None], rewards, -np.inf)))
    target = np.arange(states) == best // actions
    policy, _ = route(transitions, allowed, target)  # one closed class, around the largest reward
    policy[target] = best % actions
    for count in range(1, MOST_POLICIES + 1):
        chain, reward = chain_of(transitions, rewards, policy)
        labels = closed_classes(chain)
        if labels.max() > 0:
            gains = [class_gain(chain, reward, labels == label).gain for label in range(labels.max() + 1)]
            target = labels == int(np.argmax(gains))
            policy = np.where(target, policy, route(transitions, allowed, target)[0])
            chain, reward = chain_of(transitions, rewards, policy)
        bias = _relative_values(chain, reward, int(np.flatnonzero(closed_classes(chain) == 0)[0]))
        now = backup(transitions, rewards, bias)
        better = now.max(axis=1) > now[np.arange(states), policy] + TIE * max(1.0, scale(rewards, bias))
        if not better.any():
            return _bracketed(transitions, rewards, bias, policy, f"Howard's policy iteration, {count} policies")
        policy = np.where(better, now.argmax(axis=1), policy)
    raise ArithmeticError(f"policy iteration did not settle within {MOST_POLICIES} policies")


def policy_gain(model: Model, policy: np.ndarray) -> Solution:
    """Evaluate the average reward of a stationary policy from the initial distribution.

    Every closed class of the policy's chain has its own gain; a transient state has their average, weighted with the
    probabilities to end in each. Periodic chains and several classes are no exception.

    Parameters
    ----------
    model : a model of one player.
    policy : integer (S,) or float (S, A), see `under`.

    Raises
    ------
    ValueError
        for several players, a malformed or terminating model or policy; `TooLargeError` when a linear system is too large.
    """
    played = under(model, policy)
    chain, rewards = one_player(played, "policy_gain")
    _refuse_terminal(played, "policy_gain")
    reward = rewards[:, 0]
    labels = closed_classes(chain)
    classes = [class_gain(chain, reward, labels == label) for label in range(labels.max() + 1)]
    gains, low, high = (
        np.array([getattr(found, field) for found in classes] + [np.nan]) for field in ("gain", "low", "high")
    )
    values = gains[labels]
    visited = np.unique(labels[reach(chain, np.flatnonzero(model.initial))])
    visited = visited[visited >= 0]
    transient = labels < 0
    if len(visited) == 1:
        # Transient states may end elsewhere only if the start cannot reach them.
        error = max(gains[visited[0]] - low[visited[0]], high[visited[0]] - gains[visited[0]])
    else:
        error = float(np.max(high[:-1] - low[:-1]))
    if transient.any() and len(classes) == 1:
        values[transient] = gains[0]
    elif transient.any():
        values, more = _absorbed(chain, values, transient)
        error += more
    value = float(gains[visited[0]] if len(visited) == 1 else model.initial @ values)
    how = f"linear equations of {len(classes)} closed class{'es' if len(classes) > 1 else ''}"
    return Solution(value, value - error, value + error, np.asarray(policy), values, how)
