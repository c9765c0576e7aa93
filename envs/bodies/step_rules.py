"""Rules that choose the next step of an integration.

======== ======================================================= =======================================
rule     the step                                                 its one number
======== ======================================================= =======================================
constant h                                                        h
pairs    eta * tau                                                eta
average  (eta * tau before + eta * tau after the step) / 2        eta
aarseth  min sqrt(eta * (|a||s| + |j|^2) / (|j||c| + |s|^2))      eta
prs      eta * min sqrt(2 |a|^2 / (|j|^2 + |a||s|))               eta
pi       h * 0.9 * error^(-0.7/5) * previous error^(0.4/5)        tolerance, by which errors are divided
======== ======================================================= =======================================

``tau`` is the least time scale of a pair, see `planar.gravity`. ``a``, ``j``, ``s`` and ``c`` are the acceleration,
jerk, snap and crackle of a body at the end of a step, and the minimum is that over the bodies. Of Aarseth's criterion
two conventions are in use, of which this has eta under the root (typically 0.01 to 0.02). ``average`` is an implicit
equation, solved by three steps from the same place, the last of which counts: it makes the steps of a reversible scheme
reversible but for the error of the iteration. ``pi`` rejects a step whose error is more than 1 and does not enlarge the
next one after it. Steps of ``aarseth`` and ``prs`` at most double.

The criterion of Pham, Rein and Spiegel goes to zero where the acceleration of a body does, as at every sixth of a
period of the figure-eight, and then no step is ever long enough to pass. So bodies whose acceleration is less than a
thousandth of the largest have no say.

Sources: Aarseth, "Gravitational N-Body Simulations", 2003; Pham, Rein and Spiegel, Open J. Astrophysics 7, 2024; Hut,
Makino and McMillan, ApJ 443, 1995; Gustafsson, ACM TOMS 17, 1991.
"""

from __future__ import annotations

import math

from ..core import kernel

CONSTANT, PAIRS, AVERAGE, AARSETH, PRS, PI = range(6)
RULES = {"constant": CONSTANT, "pairs": PAIRS, "average": AVERAGE, "aarseth": AARSETH, "prs": PRS, "pi": PI}
#: Least share of the largest acceleration that gives a body a say in ``prs``, squared.
GUARD = 1e-6
GROWTH = 2.0


@kernel
def derivatives(a, j, a_new, j_new, h):
    """Return snap and crackle of one coordinate at the end of a step ``h`` by Hermite's interpolation."""
    crackle = (12.0 * (a - a_new) + 6.0 * h * (j + j_new)) / (h * h * h)
    return (-6.0 * (a - a_new) - h * (4.0 * j + 2.0 * j_new)) / (h * h) + h * crackle, crackle


@kernel
def aarseth_scale(a, j, s, c):
    """Return the squared time scale of Aarseth's criterion from the squares of the derivatives of one body."""
    below = math.sqrt(j * c) + s
    return (math.sqrt(a * s) + j) / below if below > 0.0 else math.inf


@kernel
def prs_scale(a, j, s, most):
    """Return the squared time scale of Pham, Rein and Spiegel from squares; ``most`` is that of all accelerations."""
    below = j + math.sqrt(a * s)
    return 2.0 * a / below if below > 0.0 and a > GUARD * most else math.inf


@kernel
def body_scale(rule, a, j, s, c, most):
    """Return the squared time scale of one body by ``rule``."""
    if rule == AARSETH:
        return aarseth_scale(a, j, s, c)
    return prs_scale(a, j, s, most)


@kernel
def controlled(error, previous, after_rejection):
    """Return the factor of a PI controller after an accepted step with ``error`` up to 1."""
    error = max(error, 1e-10)
    factor = 0.9 * math.pow(error, -0.7 / 5.0) * math.pow(max(previous, 1e-10), 0.4 / 5.0)
    return min(max(factor, 0.2), 1.0 if after_rejection else 10.0)


@kernel
def reduced(error):
    """Return the factor after a rejected step; ``error`` may be NaN."""
    factor = 0.9 * math.pow(error, -0.2) if error > 1.0 else 0.2
    return max(factor, 0.2)
