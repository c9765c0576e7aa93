"""ChebCB: predict the cost of every action by a Chebyshev series in one observed number, and explore by the gaps.

Khodak, Chow, Balcan and Talwalkar, "Learning to relax: setting solver parameters across a sequence of linear system
instances", ICLR 2024, arXiv:2310.02246, section 4; the exploration is the inverse gap weighting of SquareCB (Foster and
Rakhlin, ICML 2020). With m polynomials T_0 .. T_{m-1} of the context z, stretched to [-1, 1], K the largest and D the
largest less the least loss so far, N = 2 + 4 (D / K) (1 + ln m):

* the coefficients of an action are the least squares fit of its losses divided by K N, of the least norm; one that
leaves
  the box of 1 / N for T_0 and 2 D / (K N j) for T_j is found anew within it;
* an action that is predicted to cost g more than the best has the probability 1 / (A + eta g) among A actions, the
best one
  the rest; eta = 2 t sqrt(A t / (R + 2 alpha^2 t)) in round t, R being the sum of the squared errors of the
  predictions so far and alpha = (pi + 2 / pi ln(2 m + 1)) D / (2 K N (m + 1)) the error of the series.

Losses are what a reward is below the best possible one. In the published code the errors of the last fit within the
box are subtracted from R, most often 0; here they are not.

Accepts observations that are vectors and environments that tell only the own reward.

    regretlab watch regretlab/SorContextual-v0 --learner cheb_cb
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import uniform
from ..learner import Accepts
from .bandit import loss
from .contexts import ENTRY, know_context, lacks_entry
from .mixing import pick

ACCEPTS = Accepts(observation="vector", feedback="bandit")
KNOBS = {"polynomials": Knob(6, "number m of Chebyshev polynomials", low=1, high=20), "entry": ENTRY}
TURNS, SWEEPS = 30, 500  # most of Jacobi's rotations and of the descent within the box
RANK, CLOSE = 1e-13, 1e-12  # relative sizes of what counts as zero


class Params(NamedTuple):
    """The knobs, and what is known of the rewards and of the context's interval."""

    polynomials: int
    entry: int
    low: float = 0.0
    width: float = 1.0
    left: float = 0.0
    span: float = 1.0


class State(NamedTuple):
    """First axis: row; m polynomials.

    ``features`` (rows, m) of the present context; of each action (rows, actions, ...) the normal equations ``gram`` and
    ``moment`` of its losses, the ``fit`` in units of the losses and the coefficients ``theta``. ``predicted`` is what
    the last action was predicted to cost; sums over the rounds of ``predictions`` squared, of their products with the
    losses and of the losses squared; ``largest`` and ``least`` loss, and ``eta``. ``square`` and ``axes`` are working
    memory.
    """

    key: np.ndarray
    actions: np.ndarray
    policy: np.ndarray
    features: np.ndarray
    gram: np.ndarray
    moment: np.ndarray
    fit: np.ndarray
    theta: np.ndarray
    predicted: np.ndarray
    predictions: np.ndarray
    products: np.ndarray
    losses: np.ndarray
    largest: np.ndarray
    least: np.ndarray
    eta: np.ndarray
    rounds: np.ndarray
    square: np.ndarray
    axes: np.ndarray


params, unsuited, prepare = Params, lacks_entry, know_context


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners."""
    m = lp.polynomials
    sums = (np.zeros(rows) for _ in range(5))
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        policy=np.zeros((rows, actions)),
        features=np.zeros((rows, m)),
        gram=np.zeros((rows, actions, m, m)),
        moment=np.zeros((rows, actions, m)),
        fit=np.zeros((rows, actions, m)),
        theta=np.zeros((rows, actions, m)),
        predicted=next(sums),
        predictions=next(sums),
        products=next(sums),
        losses=next(sums),
        largest=next(sums),
        least=np.full(rows, np.inf),
        eta=np.zeros(rows),
        rounds=np.zeros(rows, np.int64),
        square=np.zeros((rows, m, m)),
        axes=np.zeros((rows, m, m)),
    )


@kernel
def act(lp, ls, row, observation):
    """Predict the cost of every action, and draw one by the gaps to the best."""
    m, count = lp.polynomials, ls.actions[row]
    z = min(max(2.0 * (observation[lp.entry] - lp.left) / lp.span - 1.0, -1.0), 1.0)
    for j in range(m):
        if j < 2:
            ls.features[row, j] = 1.0 if j == 0 else z
        else:
            ls.features[row, j] = 2.0 * z * ls.features[row, j - 1] - ls.features[row, j - 2]
    best = 0
    for a in range(count):
        cost = 0.0
        for j in range(m):
            cost += ls.theta[row, a, j] * ls.features[row, j]
        ls.policy[row, a] = cost
        if cost < ls.policy[row, best]:
            best = a
    lowest = ls.policy[row, best]
    rest = 1.0
    for a in range(count):
        cost = ls.policy[row, a]
        if a != best:
            ls.policy[row, a] = 1.0 / (count + ls.eta[row] * (cost - lowest))
            rest -= ls.policy[row, a]
    ls.policy[row, best] = rest
    return pick(ls.policy[row], count, uniform(ls.key, row))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Fit the action's losses anew, and find the next eta."""
    m, count = lp.polynomials, ls.actions[row]
    lost = loss(lp, reward)
    predicted = 0.0
    for j in range(m):
        predicted += ls.theta[row, action, j] * ls.features[row, j]
        ls.moment[row, action, j] += lost * ls.features[row, j]
        for k in range(m):
            ls.gram[row, action, j, k] += ls.features[row, j] * ls.features[row, k]
    ls.predicted[row] = predicted
    ls.predictions[row] += predicted * predicted
    ls.products[row] += predicted * lost
    ls.losses[row] += lost * lost
    ls.rounds[row] += 1
    changed = lost > ls.largest[row] or lost < ls.least[row]
    ls.largest[row] = max(ls.largest[row], lost)
    ls.least[row] = min(ls.least[row], lost)
    if ls.largest[row] == 0.0:
        return  # nothing has cost anything yet
    spread = (ls.largest[row] - ls.least[row]) / ls.largest[row]
    norm = 2.0 + 4.0 * spread * (1.0 + math.log(m))
    unit = ls.largest[row] * norm
    least_squares(ls.fit[row, action], ls.gram[row, action], ls.moment[row, action], ls.square[row], ls.axes[row], m)
    for a in range(count):
        if changed or a == action:
            within_box(
                ls.theta[row, a],
                ls.fit[row, a],
                ls.gram[row, a],
                ls.moment[row, a],
                unit,
                1.0 / norm,
                2.0 * spread / norm,
                m,
            )
    t = ls.rounds[row]
    errors = ls.predictions[row] - 2.0 * ls.products[row] / unit + ls.losses[row] / (unit * unit)
    alpha = (math.pi + 2.0 / math.pi * math.log(2.0 * m + 1.0)) * spread / (2.0 * norm * (m + 1.0))
    doubt = max(errors, 0.0) + 2.0 * alpha * alpha * t
    ls.eta[row] = 2.0 * t * math.sqrt(count * t / doubt) if doubt > 0.0 else 0.0


@kernel
def least_squares(fit, gram, moment, square, axes, m):
    """Write the solution of the least norm of the normal equations into ``fit``, by Jacobi's rotations."""
    diagonalise(square, axes, gram, m)
    largest = 0.0
    for j in range(m):
        largest = max(largest, square[j, j])
        fit[j] = 0.0
    for k in range(m):
        if square[k, k] > RANK * largest:
            share = 0.0
            for j in range(m):
                share += axes[j, k] * moment[j]
            share /= square[k, k]
            for j in range(m):
                fit[j] += share * axes[j, k]


@kernel
def diagonalise(square, axes, matrix, m):
    """Write the eigenvalues of the symmetric ``matrix`` onto the diagonal of ``square``, its eigenvectors into the
    columns of ``axes`` (Golub and Van Loan, "Matrix computations", section 8.5: cyclic Jacobi).
    """
    size = 0.0
    for j in range(m):
        for k in range(m):
            square[j, k] = matrix[j, k]
            axes[j, k] = 1.0 if j == k else 0.0
            size += matrix[j, k] * matrix[j, k]
    for _ in range(TURNS):
        off = 0.0
        for j in range(m):
            for k in range(j):
                off += square[j, k] * square[j, k]
        if off <= 1e-32 * size:
            break
        for j in range(m - 1):
            for k in range(j + 1, m):
                if square[j, k] != 0.0:
                    rotate(square, axes, j, k, m)


@kernel
def rotate(square, axes, j, k, m):
    """Turn the axes ``j`` and ``k`` so that the entry between them becomes 0."""
    slope = (square[k, k] - square[j, j]) / (2.0 * square[j, k])
    tangent = 1.0 / (abs(slope) + math.sqrt(1.0 + slope * slope))
    if slope < 0.0:
        tangent = -tangent
    cosine = 1.0 / math.sqrt(1.0 + tangent * tangent)
    sine = tangent * cosine
    for i in range(m):
        one, other = square[i, j], square[i, k]
        square[i, j] = cosine * one - sine * other
        square[i, k] = sine * one + cosine * other
    for i in range(m):
        one, other = square[j, i], square[k, i]
        square[j, i] = cosine * one - sine * other
        square[k, i] = sine * one + cosine * other
    for i in range(m):
        one, other = axes[i, j], axes[i, k]
        axes[i, j] = cosine * one - sine * other
        axes[i, k] = sine * one + cosine * other


@kernel
def within_box(theta, fit, gram, moment, unit, first, others, m):
    """Write ``fit / unit`` into ``theta``, or where it leaves the box the least squares fit within it.

    The box is ``first`` for the constant and ``others / j`` for T_j; the fit is found by descending along one
    coefficient after the other, which converges to the least value as the problem is convex and its bounds are
    separate.
    """
    inside = True
    for j in range(m):
        bound = first if j == 0 else others / j
        theta[j] = fit[j] / unit
        if abs(theta[j]) > bound:
            inside = False
            theta[j] = bound if theta[j] > 0.0 else -bound
    if inside:
        return
    for _ in range(SWEEPS):
        moved = 0.0
        for j in range(m):
            if gram[j, j] > 0.0:
                slope = moment[j] / unit
                for k in range(m):
                    slope -= gram[j, k] * theta[k]
                bound = first if j == 0 else others / j
                best = min(max(theta[j] + slope / gram[j, j], -bound), bound)
                moved = max(moved, abs(best - theta[j]))
                theta[j] = best
        if moved <= CLOSE * first:
            break
