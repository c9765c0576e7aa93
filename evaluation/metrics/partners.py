"""Theory of mind in games with a partner: predicting it (literal), and playing well against it (functional).

Source: Riemer et al., Can Large Language Models Adapt to Other Agents In-Context?, arXiv 2412.19726, definitions 2.1
and 2.2. ``payoffs`` is the own payoff matrix (own actions, partner's actions) throughout.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def literal_error(predicted: ArrayLike | None, actual: ArrayLike) -> int:
    """Return Delta_Literal, the number of rounds in which the partner's action was not predicted.

    ``predicted`` and ``actual`` are integers (rounds,); a single -1 in ``predicted`` (no prediction in that round)
    counts as wrong. Raises ValueError where there are no predictions at all.
    """
    return int(np.count_nonzero(np.not_equal(*_rounds(predicted, actual))))


def tom_percent(predicted: ArrayLike | None, actual: ArrayLike) -> float:
    """Return ToM%, the percentage of rounds in which the partner's action was predicted; see `literal_error`."""
    return 100 * (1 - literal_error(predicted, actual) / len(np.asarray(actual)))


def functional_regret(optimum: ArrayLike, rewards: ArrayLike) -> float:
    """Return Delta_Functional per step, the mean of ``optimum - rewards``.

    ``optimum`` is the reward a step of the best response to this partner's policy, one number or one a round: for
    tit-for-tat that of the best cycle, not of the myopic reply. Realised rewards (rounds,) may exceed it.
    """
    rewards, optimum = np.asarray(rewards, np.float64), np.asarray(optimum, np.float64)
    if rewards.ndim != 1 or len(rewards) == 0 or not np.all(np.isfinite(rewards)):
        raise ValueError(f"rewards must be a flat sequence of finite numbers, at least one, not {rewards!r}")
    if optimum.shape not in ((), rewards.shape) or not np.all(np.isfinite(optimum)):
        raise ValueError(f"optimum must be one finite number or {len(rewards)}, not {optimum!r}")
    return float(np.mean(optimum - rewards))


def delta_tom_regret(payoffs: ArrayLike, predicted: ArrayLike | None, actual: ArrayLike, optimum: ArrayLike) -> float:
    """Return Delta_ToM: the functional regret per step had the agent always answered its own prediction rationally.

    The answer is the myopic best response to the predicted action (of several, the lowest). Far below the functional
    regret, it says that the agent fails to act on what it knows. Raises ValueError where a round has no prediction.
    """
    table, answers, _, played = _answers(payoffs, predicted, actual)
    return functional_regret(optimum, table[answers, played])


def delta_tom_value_error(payoffs: ArrayLike, predicted: ArrayLike | None, actual: ArrayLike) -> float:
    """Return the mean error of the reward that the agent expects of its own best response.

    That is |r(BR(predicted), predicted) - r(BR(predicted), actual)|. Unlike `delta_tom_regret` it tells predictions
    apart where one action is dominant, as in the prisoner's dilemma.
    """
    table, answers, expected, played = _answers(payoffs, predicted, actual)
    return float(np.mean(np.abs(table[answers, expected] - table[answers, played])))


def _rounds(predicted: ArrayLike | None, actual: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    if predicted is None:
        raise ValueError("there are no predictions; literal theory of mind is undefined for an agent that makes none")
    expected, played = np.asarray(predicted), np.asarray(actual)
    if expected.ndim != 1 or expected.shape != played.shape or len(played) == 0:
        raise ValueError(f"predicted and actual must be as many rounds, not {expected.shape} and {played.shape}")
    if not (np.issubdtype(expected.dtype, np.integer) and np.issubdtype(played.dtype, np.integer)):
        raise ValueError(f"predicted and actual must be integers, not {expected.dtype} and {played.dtype}")
    if np.all(expected < 0):
        raise ValueError("predicted holds no prediction (all -1); literal theory of mind is undefined")
    return expected, played


def _answers(
    payoffs: ArrayLike, predicted: ArrayLike | None, actual: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the payoff matrix, the best response to each prediction, the predictions and the actions, all checked."""
    table = np.asarray(payoffs, np.float64)
    expected, played = _rounds(predicted, actual)
    if table.ndim != 2 or not np.all(np.isfinite(table)):
        raise ValueError(f"payoffs must be a finite matrix (own actions, partner's actions), not {payoffs!r}")
    for name, actions in (("predicted", expected), ("actual", played)):
        if np.any(actions < 0) or np.any(actions >= table.shape[1]):
            raise ValueError(f"{name} must hold actions from 0 to {table.shape[1] - 1} in every round")
    return table, table.argmax(axis=0)[expected], expected, played
