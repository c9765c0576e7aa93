"""The correlated equilibrium of maximum entropy: the one that assumes least about how play is correlated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .correlated import deviation_gain, deviation_matrix, minimum
from .linear import TooLargeError
from .normal_form import check_payoffs, joint_payoffs

MOST_ENTRIES, MOST_NEWTON_STEPS = 2_000_000, 100
FIRST_BARRIER, LAST_BARRIER = 1.0, 1e-11  # of all costly deviations together: the entropy that may be missing, in nats


@dataclass(frozen=True, eq=False)
class MaximumEntropy:
    """A correlated equilibrium of maximum entropy.

    Attributes
    ----------
    joint : (A_1, ..., A_n), the distribution of recommended actions.
    payoffs : (n,), what every player gets.
    entropy : of ``joint``, in nats.
    bound : what the entropy of no equilibrium passes, by weak duality from the multipliers.
    residual : the largest gain of one player from deviating, `deviation_gain`.
    """

    joint: np.ndarray
    payoffs: np.ndarray
    entropy: float
    bound: float
    residual: float


def maximum_entropy_correlated_equilibrium(payoffs: np.ndarray, *, coarse: bool = False) -> MaximumEntropy:
    """Find the unique (coarse) correlated equilibrium of maximum entropy.

    The joint is an exponential family in the gains from deviating (Ortiz, Schapire and Kakade, AISTATS 2007), whose
    multipliers minimise a smooth convex function. It has a minimum only on the cells that some equilibrium plays (in
    the prisoner's dilemma a single one), so one linear program first finds these cells, and the deviations that no
    equilibrium makes costly; then Newton's method runs with a logarithmic barrier, whose iterates are equilibria.

    Parameters
    ----------
    payoffs : (n, A_1, ..., A_n).
    coarse : take the coarse correlated equilibria, which are more.

    Raises
    ------
    ValueError
        for malformed payoffs; `TooLargeError` when cells times deviations are more than 2,000,000.
    ArithmeticError
        when HiGHS gives up, or Newton's method does not settle.
    """
    from scipy.special import entr

    payoffs = check_payoffs(payoffs)
    sizes = payoffs.shape[1:]
    cells, deviations = payoffs[0].size, sum(sizes) if coarse else sum(size * (size - 1) for size in sizes)
    if cells * deviations > MOST_ENTRIES:
        raise TooLargeError(
            f"payoffs of the shape {payoffs.shape} make {cells:,} cells times {deviations:,} deviations, "
            f"and at most {MOST_ENTRIES:,} are solved"
        )
    gains = deviation_matrix(payoffs, coarse)
    played, costly = _relative_interior(gains)
    family = gains[:, played].toarray()
    # Deviations that never cost anything are equalities; a basis of them makes the minimum unique.
    _, scales, basis = np.linalg.svd(family[~costly], full_matrices=False)
    free = basis[scales > 1e-9 * scales.max(initial=0.0)]
    joint = np.zeros(cells)
    joint[played], bound = _least_biased(free, family[costly])
    joint = joint.reshape(sizes)
    entropy = float(entr(joint).sum())
    return MaximumEntropy(joint, joint_payoffs(payoffs, joint), entropy, bound, deviation_gain(payoffs, joint, coarse))


def _relative_interior(gains: sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Return the cells that some equilibrium plays, and the deviations that are costly in some equilibrium.

    Multiples and sums of equilibria satisfy the same constraints, so that one vector has all the entries (and losses
    from deviating) that are positive anywhere, at least 1 each; counting them up to 1 is a linear program.
    """
    deviations, cells = gains.shape
    ones = sparse.eye_array(cells), sparse.eye_array(deviations)
    table = sparse.block_array([[-ones[0], ones[0], None], [gains, None, ones[1]]], format="csc")
    cost = -np.r_[np.zeros(cells), np.ones(cells + deviations)]
    found = minimum(cost, table, [(0, None)] * cells + [(0, 1)] * (cells + deviations))
    counted = found.x[cells:] > 0.5
    return counted[:cells], counted[cells:]


def _least_biased(free: np.ndarray, costly: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the distribution of maximum entropy with ``free @ x == 0``, ``costly @ x <= 0``, and a bound on it.

    It minimises log sum exp(-multipliers @ table), the multipliers of ``costly`` positive.
    """
    table = np.vstack([free, costly])
    signed = np.arange(len(table)) >= len(free)
    barrier = FIRST_BARRIER / max(1, len(costly))
    multipliers = barrier * signed
    while True:
        multipliers, x, bound = _centred(table, signed, multipliers, barrier)
        if barrier * len(costly) <= LAST_BARRIER:
            return x, bound
        barrier *= 0.1


def _centred(table: np.ndarray, signed: np.ndarray, multipliers: np.ndarray, barrier: float):
    """Minimise log sum exp(-multipliers @ table) - barrier * sum log(signed multipliers) by damped Newton steps."""

    def evaluate(multipliers):
        logits = -multipliers @ table
        top = logits.max(initial=-np.inf)
        weights = np.exp(logits - top)
        bound = top + np.log(weights.sum())
        return bound - barrier * np.log(multipliers[signed]).sum(), weights / weights.sum(), float(bound)

    value, x, bound = evaluate(multipliers)
    last = np.inf
    for _ in range(MOST_NEWTON_STEPS):
        mean = table @ x
        # Signed multipliers are measured in units of themselves, else the barrier spoils the system's condition.
        unit = np.where(signed, multipliers, 1.0)
        slope = -unit * mean - barrier * signed
        centred = unit[:, None] * (table - mean[:, None])
        step = np.linalg.solve((centred * x) @ centred.T + np.diag(barrier * signed), -slope)
        decrease = -slope @ step
        length = min(1.0, 0.99 / max(0.99, -step[signed].min(initial=0.0)))
        new = evaluate(multipliers + length * unit * step)
        near = decrease <= 0.05 * barrier  # full steps converge quadratically, further than the value can tell
        if near and decrease >= 0.25 * last:  # but no further than rounding allows
            return multipliers, x, bound
        while not near and new[0] > value - 1e-4 * length * decrease:
            length *= 0.5
            new = evaluate(multipliers + length * unit * step)
        multipliers = multipliers + length * unit * step
        value, x, bound = new
        last = decrease
    raise ArithmeticError(f"Newton's method did not settle in {MOST_NEWTON_STEPS} steps at the barrier {barrier}")
