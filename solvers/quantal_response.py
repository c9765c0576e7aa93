"""The logit quantal response equilibria that lead from uniform play to a Nash equilibrium."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .linear import TooLargeError
from .normal_form import action_values, check_payoffs, deviation_gains, uniform_profile

MOST_ACTIONS, MOST_CELLS, MOST_POINTS = 200, 1_000_000, 20_000
TOLERANCE = 1e-13  # of a probability, and of a logit relative to the precision times the range of payoffs
MOST_BEND = 0.02  # how far a point may lie from the tangent at the last, relative to its own size


@dataclass(frozen=True, eq=False)
class QuantalResponsePath:
    """A path of logit quantal response equilibria, from precision 0 on.

    Attributes
    ----------
    precision : (K,), the lambda of every point, in inverse units of payoff. It may fall for a while: the path can turn.
    profiles : one array (K, A_i) a player.
    residuals : (K,), the largest difference between a probability and the logit choice that answers the others.
    nash_residual : the largest gain of one player from deviating at the last point, at most log(A_i) / lambda.
    """

    precision: np.ndarray
    profiles: tuple[np.ndarray, ...]
    residuals: np.ndarray
    nash_residual: float


def quantal_response_path(payoffs: np.ndarray, precision: float) -> QuantalResponsePath:
    """Trace the logit equilibria x_i(a) ~ exp(lambda u_i(a, x)) from lambda = 0 to ``precision``.

    Source: McKelvey and Palfrey, Games and Economic Behavior 10, 1995. The path is followed by tangent predictors and
    Newton correctors in log-probabilities and lambda along its arc (Turocy, GEB 51, 2005), so that it may turn back.
    It is the principal branch, which selects one Nash equilibrium as lambda grows in almost every game; where a
    symmetric game's path forks, it keeps the symmetry.

    Parameters
    ----------
    payoffs : (n, A_1, ..., A_n).
    precision : the last lambda, where the path first gets there; positive.

    Raises
    ------
    ValueError
        for malformed payoffs, a precision that is not positive and finite; `TooLargeError` for more than 200 actions of
        all players together or 1,000,000 cells.
    ArithmeticError
        when the path is lost, or takes more than 20,000 points.
    """
    payoffs = check_payoffs(payoffs)
    sizes = payoffs.shape[1:]
    if not (np.isfinite(precision) and precision > 0):
        raise ValueError(f"precision must be positive and finite, not {precision}")
    if sum(sizes) > MOST_ACTIONS or payoffs[0].size > MOST_CELLS:
        raise TooLargeError(
            f"payoffs of the shape {payoffs.shape} have {sum(sizes)} actions and {payoffs[0].size:,} cells; "
            f"at most {MOST_ACTIONS} actions and {MOST_CELLS:,} cells are traced"
        )
    scale = float(np.ptp(payoffs.reshape(len(payoffs), -1), axis=1).max()) or 1.0
    scaled = (payoffs - payoffs.min(axis=tuple(range(1, payoffs.ndim)), keepdims=True)) / scale
    # Points are log-probabilities and, last, lambda times the scale, which is a number without units.
    point = np.append(np.concatenate([np.log(x) for x in uniform_profile(payoffs)]), 0.0)
    points, step, ahead = [point], 0.1, np.eye(len(point))[-1]
    goal = precision * scale
    while points[-1][-1] < goal:
        if len(points) == MOST_POINTS or step < 1e-10:
            raise ArithmeticError(
                f"the path was lost at the precision {points[-1][-1] / scale} after {len(points)} points"
            )
        tangent = _tangent(scaled, points[-1], ahead)
        guess = points[-1] + step * tangent
        plane = tangent
        if guess[-1] >= goal:  # the last point lies at the precision itself
            guess = points[-1] + (goal - points[-1][-1]) / tangent[-1] * tangent
            plane = np.eye(len(point))[-1]
        found = _corrected(scaled, guess, plane)
        bend = np.abs(found - guess).max() / max(1.0, np.abs(guess).max()) if found is not None else np.inf
        if found is None or bend > MOST_BEND:
            step *= 0.5
            continue
        ahead = tangent
        points.append(found)
        step *= 1.5 if bend < MOST_BEND / 4 else 1.0
    table = np.array(points)
    ends = np.cumsum(sizes)
    profiles = []
    for low, high in zip(ends - sizes, ends, strict=True):
        x = np.exp(table[:, low:high])
        profiles.append(x / x.sum(axis=1, keepdims=True))
    precisions = table[:, -1] / scale
    precisions[-1] = precision
    residuals = [_residual(payoffs, rows, own) for *rows, own in zip(*profiles, precisions, strict=True)]
    last = deviation_gains(payoffs, [x[-1] for x in profiles])
    return QuantalResponsePath(precisions, tuple(profiles), np.array(residuals), float(last.max()))


def logit_choice(values: np.ndarray, precision: float) -> np.ndarray:
    """Return the probabilities (..., A) ~ exp(precision * values) of the actions along the last axis."""
    logits = precision * (values - values.max(axis=-1, keepdims=True))
    weights = np.exp(logits)
    return weights / weights.sum(axis=-1, keepdims=True)


def _residual(payoffs: np.ndarray, profile: Sequence[np.ndarray], precision: float) -> float:
    values = action_values(payoffs, profile)
    return float(max(np.abs(x - logit_choice(own, precision)).max() for x, own in zip(profile, values, strict=True)))


def _equations(payoffs: np.ndarray, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the equations (m,) that vanish on the path and their derivatives (m, m + 1) at a point.

    Of every player's A_i equations the first says that its probabilities sum to 1, the others that each log-probability
    exceeds the first action's by lambda times the difference of their payoffs.
    """
    sizes = payoffs.shape[1:]
    ends = np.cumsum(sizes)
    places = [slice(high - size, high) for size, high in zip(sizes, ends, strict=True)]
    logs, precision = point[:-1], point[-1]
    x = [np.exp(logs[place]) for place in places]
    value, slope = np.zeros(len(logs)), np.zeros((len(logs), len(point)))
    for player, place in enumerate(places):
        first, rest = place.start, slice(place.start + 1, place.stop)
        value[first] = x[player].sum() - 1.0
        slope[first, place] = x[player]
        slope[rest, rest] = np.eye(sizes[player] - 1)
        slope[rest, first] = -1.0
        values = None
        for other in range(len(sizes)):
            if other == player:
                continue
            pair = _pair_values(payoffs[player], x, player, other)  # (A_player, A_other)
            values = pair @ x[other]
            slope[rest, places[other]] = -precision * (pair[1:] - pair[0]) * x[other]
        if values is None:  # a game of one player
            values = payoffs[player]
        value[rest] = logs[rest] - logs[first] - precision * (values[1:] - values[0])
        slope[rest, -1] = values[0] - values[1:]
    return value, slope


def _pair_values(own: np.ndarray, x: list[np.ndarray], player: int, other: int) -> np.ndarray:
    """Return the player's expected payoffs (A_player, A_other) when the rest play ``x``."""
    for axis in reversed(range(own.ndim)):
        if axis not in (player, other):
            own = np.tensordot(own, x[axis], axes=(axis, 0))
    return own if player < other else own.T


def _tangent(payoffs: np.ndarray, point: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """Return the unit tangent of the path, the one that looks ``ahead``."""
    _, slope = _equations(payoffs, point)
    tangent = np.linalg.svd(slope)[2][-1]
    return tangent if tangent @ ahead >= 0 else -tangent


def _corrected(payoffs: np.ndarray, guess: np.ndarray, plane: np.ndarray) -> np.ndarray | None:
    """Return the point of the path in the plane through ``guess``, by Newton's method, or None when it leads astray."""
    point = guess
    for _ in range(6):
        value, slope = _equations(payoffs, point)
        if np.abs(value).max() <= TOLERANCE * max(1.0, abs(point[-1])):
            return point
        try:
            point = point - np.linalg.solve(np.vstack([slope, plane]), np.append(value, plane @ (point - guess)))
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(point).all() or point[:-1].max() > 1.0:
            return None
    return None
