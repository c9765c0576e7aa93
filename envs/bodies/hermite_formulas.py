"""The two formulas of the fourth-order Hermite integrator, for one coordinate.

Sources: Makino and Aarseth, "On a Hermite integrator with Ahmad-Cohen scheme for gravitational many-body problems",
PASJ 44, 1992; Hut, Makino and McMillan, "Building a better leapfrog", ApJ 443, 1995 (the form of the corrector).
"""

from __future__ import annotations

from ..core import kernel


@kernel
def predict(x, v, a, j, h):
    """Return one coordinate and its velocity after time ``h`` by the Taylor series up to the jerk ``j``."""
    half = 0.5 * h
    third = h * (1.0 / 3.0)
    return x + h * (v + half * (a + third * j)), v + h * (a + half * j)


@kernel
def correct(x, v, a, j, a_new, j_new, h):
    """Return one coordinate and its velocity after time ``h`` by the Hermite formula through both ends."""
    half = 0.5 * h
    twelfth = h * h * (1.0 / 12.0)
    v_new = v + half * (a + a_new) + twelfth * (j - j_new)
    return x + half * (v + v_new) + twelfth * (a - a_new), v_new
