"""What bandit learners share: the estimate of a payoff from the one that was received.

An action is drawn with probability p, and only its payoff is seen. Divided by p where the action was drawn, and 0
elsewhere, it has the right mean and a variance that grows like 1 / p. *Implicit exploration* (Neu 2015) divides by
p + gamma instead, which is biased towards 0 and bounded; *capped* (CIX; Morrill et al. 2022, arXiv 2206.02036) by no
more than 1, so that gamma = 1 leaves the payoff as it is.
"""

from __future__ import annotations

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from .mixing import in_unit_range

BASELINE = Knob(1.0, "what a payoff in [0, 1] is compared with; 1 makes it minus a loss", low=0.0, high=1.0)


@kernel
def estimate(payoff, probability, gamma, capped):
    """Return the estimate for the action that was drawn, with ``probability``; that of every other action is 0."""
    weight = probability + gamma
    return payoff / (min(1.0, weight) if capped else weight)


@kernel
def loss(lp, reward):
    """Return how much less than the most ``reward`` is, in units of the environment's reward range, in [0, 1]."""
    return 1.0 - in_unit_range(lp, reward)


#: Of learners whose exploration has to know how large losses are.
SEEN = Knob(
    "range", "what losses are measured in: the range of rewards, or the largest so far", choices=("range", "seen")
)


@kernel
def in_largest(value, largest):
    """Return ``value`` in units of the ``largest`` loss so far (as it is before there was any)."""
    return value / largest if largest > 0.0 else value
