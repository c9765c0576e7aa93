"""Theory of mind in games with a partner: predicting it (literal), and playing well against it (functional).

Source: Riemer et al., Can Large Language Models Adapt to Other Agents In-Context?, arXiv 2412.19726, definitions 2.1
and 2.2. ``payoffs`` is the own payoff matrix (own actions, partner's actions) throughout.
"""

from __future__ import annotations

from typing import NamedTuple

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


def brier_score(forecasts: ArrayLike, actual: ArrayLike) -> float:
    """Return the mean squared distance of the forecasts from what the partner did, from 0 to 2.

    ``forecasts`` is float (rounds, partner's actions), a distribution a round; ``actual`` integer (rounds,). Source:
    Brier, Monthly Weather Review 78 (1950) 1-3. Raises ValueError for rows that are no distributions.
    """
    table, played = _forecasts(forecasts, actual)
    return float(((table - np.eye(table.shape[1])[played]) ** 2).sum(axis=1).mean())


def log_loss(forecasts: ArrayLike, actual: ArrayLike) -> float:
    """Return the mean of -ln of the probability that was given to what the partner did, in nats.

    It is infinite where that probability was 0. Arguments and errors as `brier_score`.
    """
    table, played = _forecasts(forecasts, actual)
    with np.errstate(divide="ignore"):
        return float(-np.log(table[np.arange(len(played)), played]).mean())


def normalised_functional_regret(regret: float, optimum: float, random: float) -> float:
    """Return the functional regret in units of what the best response earns a step above uniform play.

    0 is the best response, 1 is uniform play. Raises ValueError where both earn the same, so that nothing is at stake.
    """
    if not optimum > random:
        raise ValueError(
            f"the best response earns {optimum} and uniform play {random}: there is nothing to normalise by"
        )
    return regret / (optimum - random)


def coupling_gap(functional: float, delta_tom: float) -> float:
    """Return by how much the functional regret exceeds that of acting on the own predictions (`delta_tom_regret`).

    Above 0 the agent fails to act on what it predicts; below, it acts better than myopic answers to its predictions.
    """
    return functional - delta_tom


def adaptation_time(optimum: ArrayLike, rewards: ArrayLike, random: float, window: int = 10) -> int | None:
    """Return the first round from which on the mean regret of ``window`` rounds is at most a tenth of that of uniform
    play, or None where there is none.

    Parameters
    ----------
    optimum, rewards : as for `functional_regret`.
    random : what uniform play earns a round.
    window : rounds, at most as many as there are.

    Raises
    ------
    ValueError
        as `functional_regret`, where the window does not fit, or where the optimum is no more than ``random``.
    """
    functional_regret(optimum, rewards)  # checks both
    earned = np.asarray(rewards, np.float64)
    best = np.broadcast_to(np.asarray(optimum, np.float64), earned.shape)
    if not 1 <= window <= len(earned):
        raise ValueError(f"window must be from 1 to the {len(earned)} rounds, not {window}")
    stake = float(best.mean()) - random
    if not stake > 0:
        raise ValueError(f"the optimum {best.mean()} must be above the {random} of uniform play")
    means = np.convolve(best - earned, np.full(window, 1 / window), mode="valid")
    adapted = np.flatnonzero(means <= 0.1 * stake + 1e-12)
    return int(adapted[0]) if len(adapted) else None


def late_regret(optimum: ArrayLike, rewards: ArrayLike, rounds: int = 25) -> float:
    """Return the functional regret per step of the last ``rounds``; ValueError where there are fewer."""
    functional_regret(optimum, rewards)
    earned = np.asarray(rewards, np.float64)
    if not 1 <= rounds <= len(earned):
        raise ValueError(f"rounds must be from 1 to {len(earned)}, not {rounds}")
    return functional_regret(np.broadcast_to(np.asarray(optimum, np.float64), earned.shape)[-rounds:], earned[-rounds:])


def best_response_proximity(achieved: ArrayLike, optimum: ArrayLike) -> np.ndarray:
    """Return BR-Prox, the share of the best response's return that was achieved, at most 1; 1 where that is 0 or less.

    Both are arrays of one shape, an entry a partner. Source: Wang et al., ZSC-Eval, NeurIPS 2024, arXiv:2310.05208.
    Where returns may be negative, as in zero-sum games, the regret says more.
    """
    earned, best = np.asarray(achieved, np.float64), np.asarray(optimum, np.float64)
    if earned.shape != best.shape or not np.all(np.isfinite(earned)) or not np.all(np.isfinite(best)):
        raise ValueError(
            f"achieved and optimum must be finite arrays of one shape, not {earned.shape} and {best.shape}"
        )
    positive = best > 0
    return np.where(positive, np.minimum(1.0, earned / np.where(positive, best, 1.0)), 1.0)


def worst_decile(values: ArrayLike) -> float:
    """Return the mean of the least tenth of ``values`` (a score a partner, more being better), at least one of them."""
    ordered = np.sort(np.asarray(values, np.float64).ravel())
    if len(ordered) == 0 or not np.all(np.isfinite(ordered)):
        raise ValueError("values must hold finite numbers, at least one")
    return float(ordered[: -(-len(ordered) // 10)].mean())


class PopulationScores(NamedTuple):
    """What each member of a population scores in it, float64 (members,); ``aggregate`` is the first less the second."""

    population_return: np.ndarray
    exploitability: np.ndarray
    aggregate: np.ndarray


def population_scores(payoffs: ArrayLike) -> PopulationScores:
    """Return how well each member of a population does on average, and how badly against its worst opponent.

    ``payoffs`` is float (members, members): what the row's member earns against the column's, itself included, in a
    match. The population return is the mean of a row, the exploitability within the population the largest loss in it.
    Source: Lanctot et al., Population-based Evaluation in Repeated Rock-Paper-Scissors, TMLR 2023, arXiv:2303.03196.
    Raises ValueError for a table that is not square, finite and of at least one member.
    """
    table = np.asarray(payoffs, np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not table.size or not np.all(np.isfinite(table)):
        raise ValueError(f"payoffs must be a finite square table of a population, not one of shape {table.shape}")
    returns, losses = table.mean(axis=1), 0.0 - table.min(axis=1)  # no negative zero
    return PopulationScores(returns, losses, returns - losses)


def _forecasts(forecasts: ArrayLike, actual: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    table, played = np.asarray(forecasts, np.float64), np.asarray(actual)
    if table.ndim != 2 or len(table) == 0 or played.shape != (len(table),):
        raise ValueError(
            f"forecasts must be (rounds, actions), a row for each of {played.shape} rounds, not {table.shape}"
        )
    if not (np.all(table >= 0) and np.all(np.abs(table.sum(axis=1) - 1) <= 1e-6)):
        raise ValueError("forecasts must hold a distribution in every round")
    if not np.issubdtype(played.dtype, np.integer) or played.min() < 0 or played.max() >= table.shape[1]:
        raise ValueError(f"actual must hold actions from 0 to {table.shape[1] - 1}")
    return table, played


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
