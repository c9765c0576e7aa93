"""Sampling of an outcome from a written distribution."""

from __future__ import annotations

from .kernel import kernel


@kernel
def categorical(prob, count, u):
    """Return the outcome that the uniform number ``u`` in [0, 1) picks.

    ``prob`` (float64) holds the distribution in its first ``count`` entries. An outcome of probability
    zero is never returned: when rounding leaves ``u`` beyond the sum, the last possible outcome is.
    """
    total = 0.0
    last = 0
    for k in range(count):
        if prob[k] > 0.0:
            total += prob[k]
            last = k
            if u < total:
                return k
    return last
