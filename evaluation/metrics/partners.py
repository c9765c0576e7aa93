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
    payoffs, predicted, actual = _answerable(payoffs, predicted, actual)
    answers = payoffs.argmax(axis=0)[predicted]
    return functional_regret(optimum, payoffs[answers, actual])


def delta_tom_value_error(payoffs: ArrayLike, predicted: ArrayLike | None, actual: ArrayLike) -> float:
    """Return the mean error of the reward that the agent expects of its own best response.

    That is |r(BR(predicted), predicted) - r(BR(predicted), actual)|. Unlike `delta_tom_regret` it tells predictions
    apart where one action is dominant, as in the prisoner's dilemma.
    """
    payoffs, predicted, actual = _answerable(payoffs, predicted, actual)
    answers = payoffs.argmax(axis=0)[predicted]
    return float(np.mean(np.abs(payoffs[answers, predicted] - payoffs[answers, actual])))


def _rounds(predicted: ArrayLike | None, actual: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    if predicted is None:
        raise ValueError("there are no predictions; literal theory of mind is undefined for an agent that makes none")
    predicted, actual = np.asarray(predicted), np.asarray(actual)
    if predicted.ndim != 1 or predicted.shape != actual.shape or len(actual) == 0:
        raise ValueError(f"predicted and actual must be as many rounds, not {predicted.shape} and {actual.shape}")
    if not (np.issubdtype(predicted.dtype, np.integer) and np.issubdtype(actual.dtype, np.integer)):
        raise ValueError(f"predicted and actual must be integers, not {predicted.dtype} and {actual.dtype}")
    if np.all(predicted < 0):
        raise ValueError("predicted holds no prediction (all -1); literal theory of mind is undefined")
    return predicted, actual


def _answerable(payoffs: ArrayLike, predicted: ArrayLike | None, actual: ArrayLike):
    payoffs = np.asarray(payoffs, np.float64)
    predicted, actual = _rounds(predicted, actual)
    if payoffs.ndim != 2 or not np.all(np.isfinite(payoffs)):
        raise ValueError(f"payoffs must be a finite matrix (own actions, partner's actions), not {payoffs!r}")
    for name, actions in (("predicted", predicted), ("actual", actual)):
        if np.any(actions < 0) or np.any(actions >= payoffs.shape[1]):
            raise ValueError(f"{name} must hold actions from 0 to {payoffs.shape[1] - 1} in every round")
    return payoffs, predicted, actual
