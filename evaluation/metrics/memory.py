"""Scores of memory: what remembering was worth, and where the rest of the return was lost.

Training regret is `regretlab.evaluation.metrics.regret.cumulative_regret`, over the returns of episodes or, in a
continuing task, over the rewards of steps; the normalised score is `normalised_score` beside it. What stood in an
agent's memory is measured in `retention` and, for agents without a stack, in `probe`; what a memory costs in `cost`.

Source of the decomposition and of memory regret: Nangue Tasse, Riemer, Rosman and Klinger, "Beyond sliding windows:
learning to manage memory in non-Markovian environments", arXiv:2512.19154, 2025.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ...envs.core.certificate import Certificate, Value
from .regret import finite

HORIZONS = (1, 2, 4, 8)  # times the length trained on
SUCCESSFUL = 0.9  # rate of success that counts as having generalised
BSUITE_ACCURACY = 0.625
ROUNDING = 1e-9  # differences that do not count


class RegretParts(NamedTuple):
    """Where the regret J* - J(pi, mu) of environment policy pi with memory policy mu comes from; the parts add up.

    ``capacity`` is J* - J*_k, lost by the best policies of that memory already; ``policy`` is J*_k - J(pi, oracle),
    lost by pi although an oracle manages the memory; ``management`` is J(pi, oracle) - J(pi, mu), lost because mu does.
    """

    capacity: float
    policy: float
    management: float

    @property
    def total(self) -> float:
        """The regret, the sum of the parts."""
        return self.capacity + self.policy + self.management


def memory_advantage(certificate: Certificate, achieved: ArrayLike) -> np.ndarray:
    """Return (J - J_ML) / (J* - J_ML), entry by entry: 0 is the best policy without memory, 1 the optimum.

    At most 0: no use was made of memory. It is not clipped. Where the memoryless value is only a bound (of kind
    ``bound``), J_ML is that bound: below the true value it overstates the advantage of a score below the optimum, above
    it understates it.

    Parameters
    ----------
    certificate : of the task, with a memoryless value.
    achieved : any shape; each entry counts what the certificate's unit counts.

    Raises
    ------
    ValueError
        where the memoryless value is not certified or as good as the optimum, or for values that are not finite.
    """
    values = finite(achieved, "achieved")
    if certificate.memoryless is None:
        raise ValueError("the certificate has no memoryless value; there is no memory advantage")
    if not rewards_memory(certificate):
        raise ValueError("the optimum needs no memory here (the memoryless value is as good); there is no advantage")
    least = certificate.memoryless.value
    return (values - least) / (certificate.optimal.value - least)


def rewards_memory(certificate: Certificate) -> bool:
    """Return whether the memoryless value is certified and below the optimum: whether there is a `memory_advantage`."""
    if certificate.memoryless is None:
        return False
    best = certificate.optimal.value
    return best - certificate.memoryless.value > ROUNDING * max(1.0, abs(best))


def success_rate(returns: ArrayLike, at_least: float) -> float:
    """Return the share of episodes that succeeded, those whose return is ``at_least`` that number.

    ``returns`` are those of the evaluation's episodes, of any shape. Raises ValueError where there are none, or for
    numbers that are not finite.
    """
    return float(np.mean(finite(returns, "returns") >= finite(at_least, "at_least")))


def capacity_regret(certificate: Certificate, capacities: Mapping[int, Value]) -> dict[int, Value]:
    """Return J* - J*_k for every size k of a memory: what no policy with so small a memory can avoid.

    Parameters
    ----------
    certificate : of the task.
    capacities : J*_k by k, the value of the best policy with that memory (`regretlab.solvers.capacity`).

    Returns
    -------
    Values of the same kinds by k. A capacity that was searched in vain for better policies is a lower bound, so its
    regret is an upper bound; ``low`` and ``high`` change places.
    """
    best = certificate.optimal.value
    return {
        size: Value(
            best - found.value,
            found.kind,
            found.how,
            low=None if found.high is None else best - found.high,
            high=None if found.low is None else best - found.low,
        )
        for size, found in capacities.items()
    }


def decompose(optimal: float, capacity: float, with_oracle: float, achieved: float) -> RegretParts:
    """Split the regret of an agent that acts and manages its memory itself.

    J* - J(pi, mu) = [J* - J*_k] + [J*_k - J(pi, mu_oracle)] + [J(pi, mu_oracle) - J(pi, mu)]

    Parameters
    ----------
    optimal : J*, of the certificate.
    capacity : J*_k, of the best policy with the agent's kind and size of memory.
    with_oracle : J(pi, mu_oracle), achieved when the agent's environment actions are played and its memory actions
        replaced by the oracle's (`regretlab.envs.core.stacks.managed`).
    achieved : J(pi, mu), achieved by the agent itself.

    Raises ValueError for numbers that are not finite.
    """
    best, attainable, managed, own = finite([optimal, capacity, with_oracle, achieved], "the four values").tolist()
    return RegretParts(best - attainable, attainable - managed, managed - own)


def smallest_sufficient(scores: Mapping[int, float], slack: float = 0.0) -> int | None:
    """Return k_min, the least size of memory whose normalised score is at least 1 - ``slack``; None where none is.

    ``scores`` are normalised scores by size; what rounding explains does not count. Raises ValueError where there are
    none, or for scores that are not finite.
    """
    finite(list(scores.values()), "scores")
    return min((size for size, score in scores.items() if score >= 1.0 - slack - ROUNDING), default=None)


def memory_efficiency(kappa: int, smallest: int | None) -> float:
    """Return kappa / k_min: 1 where the agent gets by with the fewest observations that can do.

    ``kappa`` is the certificate's fact, ``smallest`` comes from `smallest_sufficient`. Raises ValueError where no size
    was sufficient.
    """
    if smallest is None:
        raise ValueError("smallest=None is not allowed: no size of memory was sufficient, so there is no efficiency")
    return kappa / smallest


def horizon_generalisation(length: int, success: Mapping[int, float]) -> int | None:
    """Return the greatest of the lengths L, 2 L, 4 L and 8 L on which an agent trained on L still succeeds.

    Parameters
    ----------
    length : L, what the agent was trained on.
    success : rate of success by length; lengths that are not asked for are left aside.

    Returns
    -------
    The greatest length with a rate of at least 0.9, or None where even L has less.

    Raises
    ------
    ValueError
        where one of the four lengths is missing, or its rate is not finite.
    """
    lengths = [length * times for times in HORIZONS]
    missing = [each for each in lengths if each not in success]
    if missing:
        raise ValueError(f"success must hold a rate for the lengths {lengths}; it lacks {missing}")
    rates = finite([success[each] for each in lengths], "success")
    return max((each for each, rate in zip(lengths, rates, strict=True) if rate >= SUCCESSFUL), default=None)


def bsuite_score(accuracies: ArrayLike) -> float:
    """Return the score of bsuite's memory tasks: the share of settings that were answered rightly in over 62.5 %.

    ``accuracies`` holds one number a setting (a length or a number of bits), the share of right answers over all its
    episodes. bsuite counts a regret of 2 a mistake and passes a setting below 3/4 of the regret of guessing, which is
    the same. Source: Osband et al., "Behaviour suite for reinforcement learning", ICLR 2020.

    Raises ValueError for anything else than a flat sequence of shares.
    """
    shares = finite(accuracies, "accuracies")
    if shares.ndim != 1 or np.any(shares < 0) or np.any(shares > 1):
        raise ValueError(f"accuracies must be a flat sequence of shares from 0 to 1, not {accuracies!r}")
    return float(np.mean(shares > BSUITE_ACCURACY))


def popgym_mmer(returns: ArrayLike) -> float:
    """Return POPGym's MMER, the mean over trials of the maximum over training of the mean episodic return.

    ``returns`` (trials, evaluations) are mean returns of episodes, in the order of training. Source: Morad et al.,
    "POPGym: benchmarking partially observable reinforcement learning", ICLR 2023.

    Raises ValueError for another shape or numbers that are not finite.
    """
    means = finite(returns, "returns")
    if means.ndim != 2:
        raise ValueError(f"returns must have the shape (trials, evaluations), not {means.shape}")
    return float(means.max(axis=1).mean())
