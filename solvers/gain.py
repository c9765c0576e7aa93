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
TOLERANCE = 1e-10  # of the bracket of value iteration, in units of the largest reward (at least 1)


class MultichainError(ValueError):
    """The model is not weakly communicating: its optimal gain may depend on where a run ends."""


@dataclass(frozen=True)
class Gain:
    """The optimal gain (reward per step) of a weakly communicating model.

    ``gain`` lies in the bracket ``low`` .. ``high``; ``policy`` is integer (S,); ``bias`` float (S,) solves Bellman's
    equation up to a constant (its least entry is 0) and ``span`` is its largest entry; ``how`` names the method. Where
    several optimal policies visit different states for ever, the bias is one of several. Without ``solved`` value
    iteration stood alone: the bracket holds, but policy and bias only come near those of the optimum.
    """

    gain: float
    low: float
    high: float
    policy: np.ndarray
    bias: np.ndarray
    span: float
    how: str
    solved: bool = True

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
        for several players, a malformed or terminating model; `MultichainError` for one that is not weakly
        communicating.
    ArithmeticError
        when the methods disagree or do not settle.
    """
    transitions, rewards, members = _weakly_communicating(model, "optimal_gain")
    try:
        exact = policy_iteration(transitions, rewards, members)
    except TooLargeError:
        bracket = _value_iteration(transitions, rewards, TOLERANCE, MOST_SWEEPS)
        if bracket.high - bracket.low > 1e-6 * max(1.0, scale(model.rewards)):
            raise ArithmeticError(f"the gain is only known to lie between {bracket.low} and {bracket.high}") from None
        return bracket
    sweeps = int(np.clip(1e8 / max(1, model.transitions.nnz), 200, 20_000))
    bracket = _value_iteration(transitions, rewards, TOLERANCE, sweeps)
    low, high = max(bracket.low, exact.low), min(bracket.high, exact.high)
    if not (low <= high and bracket.low <= exact.gain <= bracket.high):
        raise ArithmeticError(
            f"policy iteration found the gain {exact.gain} ({exact.low} to {exact.high}), "
            f"value iteration the bracket {bracket.low} to {bracket.high}"
        )
    return replace(exact, low=low, high=high, how=f"{exact.how}; {bracket.how} agrees")


def relative_value_iteration(model: Model, tolerance: float = TOLERANCE, sweeps: int = MOST_SWEEPS) -> Gain:
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
    return _value_iteration(transitions, rewards, tolerance, sweeps)


def howard(model: Model) -> Gain:
    """Solve for the optimal gain and bias by policy iteration with sparse LU.

    A policy with several closed classes is sent to the best of them before it is evaluated, so that one system gives
    gain and bias (Haviv and Puterman, J. Applied Probability 28, 1991); an action is kept unless another is better by
    more than 1e-12 of the numbers compared. The bracket is the range of the residual of Bellman's equation.

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
    """Run Howard's method on raw data.

    Parameters
    ----------
    transitions : (S * A, S).
    rewards : (S, A), -inf where an action is not allowed.
    members : bool (S,), the one end component.
    """
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
        bias = relative_values(chain, reward, int(np.flatnonzero(closed_classes(chain) == 0)[0]))
        now = backup(transitions, rewards, bias)
        better = now.max(axis=1) > now[np.arange(states), policy] + TIE * max(1.0, scale(rewards, bias))
        if not better.any():
            return _bracketed(transitions, rewards, bias, policy, f"Howard's policy iteration, {count} policies")
        policy = np.where(better, now.argmax(axis=1), policy)
    raise ArithmeticError(f"policy iteration did not settle within {MOST_POLICIES} policies")


def policy_gain(model: Model, policy: np.ndarray) -> Solution:
    """Evaluate the average reward of a stationary policy from the initial distribution.

    Every closed class of the policy's chain has its own gain; a transient state has their average, weighted with the
    probabilities to end in each. Periodic chains and several classes are no exception. ``values`` holds the gain of
    every state, NaN where the policy cannot come.

    Parameters
    ----------
    model : a model of one player.
    policy : integer (S,) or float (S, A), see `under`.

    Raises
    ------
    ValueError
        for several players, a malformed or terminating model or policy; `TooLargeError` when a linear system is too
        large to factorise.
    ArithmeticError
        when closed classes are too nearly separate to be told apart in floating point.
    """
    played = under(model, policy)
    refuse_terminal(played, "policy_gain")
    chain, rewards = one_player(played, "policy_gain")
    start = np.flatnonzero(model.initial)
    seen = reach(chain, start)
    seen[start] = True
    chain, reward = chain[seen][:, seen], rewards[seen, 0]
    labels = closed_classes(chain)
    classes = [class_gain(chain, reward, labels == label) for label in range(labels.max() + 1)]
    error = max(max(found.high - found.gain, found.gain - found.low) for found in classes)
    gains = np.array([found.gain for found in classes])[labels]
    if len(classes) == 1:
        value = classes[0].gain
    else:
        gains, more = _absorbed(chain, gains, labels < 0)
        error += more
        value = float(model.initial[seen] @ gains)
    if not np.isfinite(value):
        raise ArithmeticError("the policy's closed classes are too nearly separate to be told apart")
    values = np.full(model.size, np.nan)
    values[seen] = gains
    how = f"linear equations of {len(classes)} closed class{'es' if len(classes) > 1 else ''}"
    return Solution(value, value - error, value + error, np.asarray(policy), values, how)


def class_gain(chain: sparse.csr_matrix, reward: np.ndarray, states: np.ndarray) -> Gain:
    """Return gain and bias of one closed class ``states`` (bool) of a chain (S, S) with rewards (S,)."""
    chain, reward = chain[states][:, states], reward[states]
    try:
        bias = relative_values(chain, reward, 0)
    except TooLargeError:
        return _value_iteration(chain, reward[:, None], TOLERANCE, MOST_SWEEPS)
    return _bracketed(chain, reward[:, None], bias, np.zeros(len(reward), np.int64), "linear equations")


def refuse_terminal(model: Model, solver: str) -> None:
    """Raise a ValueError when a model ends, for then an average over infinite time means nothing."""
    if model.terminal.any():
        raise ValueError(
            f"{solver} takes a continuing model, and {int(model.terminal.sum())} of {model.size} states are terminal"
        )


def _weakly_communicating(model: Model, solver: str):
    """Return transitions, rewards and the recurrent states of a model whose optimal gain is the same everywhere."""
    refuse_terminal(model, solver)
    transitions, rewards = one_player(model, solver)
    labels, _ = end_components(transitions, np.ones(rewards.shape, bool))
    if labels.max() > 0:
        examples = [int(np.flatnonzero(labels == label)[0]) for label in (0, 1)]
        raise MultichainError(
            f"{solver} takes a weakly communicating model, and this one has {labels.max() + 1} separate sets of states "
            f"in which a run can stay for ever (one holds state {examples[0]}, another state {examples[1]}); "
            "see multichain_gain"
        )
    return transitions, rewards, labels == 0


def _value_iteration(transitions, rewards: np.ndarray, tolerance: float, sweeps: int) -> Gain:
    width = tolerance * max(1.0, scale(rewards))
    bias = np.zeros(len(rewards))
    for sweep in range(1, sweeps + 1):
        now = backup(transitions, rewards, bias)
        change = now.max(axis=1) - bias
        if change.max() - change.min() <= width or sweep == sweeps:
            break
        bias += 0.5 * change
        bias -= bias[0]
    how = f"relative value iteration, {sweep} sweeps"
    return replace(_bracketed(transitions, rewards, bias, now.argmax(axis=1), how), solved=False)


def relative_values(chain: sparse.csr_matrix, reward: np.ndarray, reference: int) -> np.ndarray:
    """Return the bias of a chain with one closed class, 0 at a ``reference`` state of that class.

    The unknown gain takes the place of the reference's bias, so the matrix is I - chain with that column full of ones.
    """
    states = len(reward)
    kept = np.ones(states)
    kept[reference] = 0.0
    column = sparse.csc_matrix((np.ones(states), (np.arange(states), np.full(states, reference))), shape=chain.shape)
    bias = solve((sparse.identity(states) - chain) @ sparse.diags(kept) + column, reward)
    bias[reference] = 0.0
    return bias


def _bracketed(transitions, rewards: np.ndarray, bias: np.ndarray, policy: np.ndarray, how: str) -> Gain:
    """Bracket the optimal gain by the residual of Bellman's equation at ``bias``, which may be any function."""
    bias = bias - bias.min()
    change = backup(transitions, rewards, bias).max(axis=1) - bias
    slack = rounding(transitions, rewards, bias)
    gain = float(change.max() + change.min()) / 2
    low, high = float(change.min()) - slack, float(change.max()) + slack
    return Gain(gain, low, high, policy, bias, float(bias.max()), how)


def _absorbed(chain: sparse.csr_matrix, gains: np.ndarray, transient: np.ndarray) -> tuple[np.ndarray, float]:
    """Fill in the gains of transient states from those of the classes where they end; return also an error bound."""
    gains = np.where(transient, 0.0, gains)
    if not transient.any():
        return gains, 0.0
    rows = chain[transient]
    system = sparse.identity(int(transient.sum())) - rows[:, transient]
    ends = rows @ gains
    gains[transient] = solve(system, ends)
    residual = np.abs(ends - system @ gains[transient]).max() + rounding(chain, gains)
    longest = solve(system, np.ones(system.shape[0])).max()  # expected steps until a class is entered
    return gains, float(residual * longest)
