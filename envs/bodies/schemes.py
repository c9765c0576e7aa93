"""Schemes that advance bodies under gravity by one step; each is a kernel and its cost in evaluations of the forces.

A step is ::

    x, v, memory, elapsed, evaluations = step(m, x, v, memory, h, softening, scratch)

with masses ``m``, positions ``x``, velocities ``v``, the step ``h``, the softening length, the time that passed and the
evaluations of all forces that it took. ``memory = (a, j, extra)`` is what a scheme hands from one step to the next:
accelerations and jerks at ``(x, v)``, where the scheme keeps them, and one number. It is made by ::

    memory, evaluations = begin(m, x, v, memory, softening, scratch)

and has to be made again whenever positions or velocities were changed by anything but the scheme's own step. For three
bodies in a plane all of these are tuples: ``x``, ``v``, ``a`` and ``j`` of six numbers, as in `planar`; ``memory``
before ``begin`` is `planar.BLANK`, and ``scratch`` always `planar.SCRATCH`. So an environment can keep a lane's
memory in arrays (lanes, 6), (lanes, 6) and (lanes,), and bind ``step`` and ``begin`` when its loop is fused:
``kernels(p)`` returns ``{"step": SCHEMES[name].step, ...}``. A step never rejects itself: whoever chose ``h`` may
compare and return to the tuples of before. `spatial.bind` makes the same step for any number of bodies on arrays.

``extra`` is: for the embedded pairs, after a step, the estimated error of that step, the root mean square over places
and velocities y of ``e / (1 + abs(y))``, where e is the difference of the two formulas (divide it by the tolerance, and
accept up to 1); for the logarithmic leapfrog minus the energy, from ``begin`` on. It is 0 for the others.

All schemes advance by ``elapsed = h`` but ``logh``, whose ``h`` is a step of the transformed time s with ds = U dt,
where U is the binding energy: its physical time is an outcome.

Sources: compositions, Yoshida, "Construction of higher order symplectic integrators", Phys. Lett. A 150, 1990, and
Blanes and Casas, "A Concise Introduction to Geometric Numerical Integration", 2016; Hermite, see `hermite_formulas`;
Runge-Kutta, Fehlberg, NASA TR R-315, 1969; logarithmic leapfrog, Mikkola and Tanikawa, MNRAS 310, 1999, and Preto and
Tremaine, AJ 118, 1999.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ..core import kernel
from .planar import (
    attract,
    attract_and_jerk,
    binding_energy,
    blend,
    correct_all,
    keep,
    kinetic_energy,
    mean_square,
    predict_all,
    scale,
    shift,
)

# What a scheme keeps --------------------------------------------------------------------------------------------------


@kernel
def begin_with_nothing(m, x, v, memory, softening, scratch):
    """Keep nothing."""
    return memory, 0


@kernel
def begin_with_accelerations(m, x, v, memory, softening, scratch):
    """Keep the accelerations."""
    a, j, extra = memory
    return (attract(a, m, x, softening), j, extra), 1


@kernel
def begin_with_jerks(m, x, v, memory, softening, scratch):
    """Keep accelerations and jerks."""
    a, j, extra = memory
    a, j = attract_and_jerk(a, j, m, x, v, softening)
    return (a, j, extra), 1


@kernel
def begin_with_energy(m, x, v, memory, softening, scratch):
    """Keep minus the energy."""
    a, j, _ = memory
    return (a, j, binding_energy(m, x, softening) - kinetic_energy(m, v)), 0


# Leapfrogs and their compositions -------------------------------------------------------------------------------------


@kernel
def kick_drift_kick(m, x, v, memory, h, softening, scratch):
    """Leapfrog: half a kick, a drift, half a kick; the last accelerations serve the next step."""
    a, j, extra = memory
    v = shift(v, v, 0.5 * h, a)
    x = shift(x, x, h, v)
    a = attract(a, m, x, softening)
    v = shift(v, v, 0.5 * h, a)
    return x, v, (a, j, extra), h, 1


@kernel
def compose(weights, m, x, v, h, softening, scratch):
    """Chain leapfrogs (half a drift, a kick, half a drift) of steps ``weights * h``; drifts that meet become one."""
    pending = 0.0
    for weight in weights:
        x = shift(x, x, h * (pending + 0.5 * weight), v)
        v = shift(v, v, h * weight, attract(scratch[0], m, x, softening))
        pending = 0.5 * weight
    return shift(x, x, h * pending, v), v


LEAPFROG = (1.0,)
# 1 / (2 - p) and -p / (2 - p) with p = 2**(1/3) (Yoshida 1990, eq. 2.11)
YOSHIDA_4 = (1.3512071919596578, -1.7024143839193153, 1.3512071919596578)
# solution A of order 6 (Yoshida 1990, table 1); all weights sum to 1
YOSHIDA_6 = (
    0.784513610477560,
    0.235573213359357,
    -1.17767998417887,
    1.315186320683906,
    -1.17767998417887,
    0.235573213359357,
    0.784513610477560,
)
BLANES_6 = (
    0.1867,
    0.5554970237124784,
    0.1294669489134754,
    -0.843265623387734,
    0.9432033015235604,
    -0.843265623387734,
    0.1294669489134754,
    0.5554970237124784,
    0.1867,
)


@kernel
def drift_kick_drift(m, x, v, memory, h, softening, scratch):
    """Leapfrog: half a drift, a kick, half a drift."""
    x, v = compose(LEAPFROG, m, x, v, h, softening, scratch)
    return x, v, memory, h, 1


@kernel
def yoshida4(m, x, v, memory, h, softening, scratch):
    """Yoshida's composition of order 4."""
    x, v = compose(YOSHIDA_4, m, x, v, h, softening, scratch)
    return x, v, memory, h, 3


@kernel
def yoshida6(m, x, v, memory, h, softening, scratch):
    """Yoshida's composition of order 6, solution A."""
    x, v = compose(YOSHIDA_6, m, x, v, h, softening, scratch)
    return x, v, memory, h, 7


@kernel
def blanes6(m, x, v, memory, h, softening, scratch):
    """The composition of order 6 in nine stages of Blanes and Casas."""
    x, v = compose(BLANES_6, m, x, v, h, softening, scratch)
    return x, v, memory, h, 9


# Hermite --------------------------------------------------------------------------------------------------------------


@kernel
def correct_repeatedly(times, m, x, v, memory, h, softening, scratch):
    """Predict, then evaluate and correct so many ``times``; the evaluation before the last correction is kept."""
    a, j, extra = memory
    x_new, v_new = predict_all(scratch[0], scratch[1], x, v, a, j, h)
    a_new, j_new = attract_and_jerk(scratch[2], scratch[3], m, x_new, v_new, softening)
    x_new, v_new = correct_all(scratch[0], scratch[1], x, v, a, j, a_new, j_new, h)
    for _ in range(times - 1):
        a_new, j_new = attract_and_jerk(scratch[2], scratch[3], m, x_new, v_new, softening)
        x_new, v_new = correct_all(scratch[0], scratch[1], x, v, a, j, a_new, j_new, h)
    memory = keep(a, a_new), keep(j, j_new), extra
    return keep(x, x_new), keep(v, v_new), memory, h, times


@kernel
def hermite(m, x, v, memory, h, softening, scratch):
    """Hermite of order 4 as PEC: predict, evaluate, correct."""
    return correct_repeatedly(1, m, x, v, memory, h, softening, scratch)


@kernel
def hermite2(m, x, v, memory, h, softening, scratch):
    """Hermite of order 4 as P(EC)^2."""
    return correct_repeatedly(2, m, x, v, memory, h, softening, scratch)


@kernel
def hermite3(m, x, v, memory, h, softening, scratch):
    """Hermite of order 4 as P(EC)^3."""
    return correct_repeatedly(3, m, x, v, memory, h, softening, scratch)


# Runge-Kutta ----------------------------------------------------------------------------------------------------------


@kernel
def rk4(m, x, v, memory, h, softening, scratch):
    """The classical Runge-Kutta method. The derivative of positions is the velocity of the stage."""
    a1 = attract(scratch[0], m, x, softening)
    v2 = shift(scratch[1], v, 0.5 * h, a1)
    place = shift(scratch[2], x, 0.5 * h, v)
    a2 = attract(scratch[3], m, place, softening)
    v3 = shift(scratch[4], v, 0.5 * h, a2)
    place = shift(scratch[2], x, 0.5 * h, v2)
    a3 = attract(scratch[5], m, place, softening)
    v4 = shift(scratch[6], v, h, a3)
    place = shift(scratch[2], x, h, v3)
    a4 = attract(scratch[7], m, place, softening)
    sixth, third = h / 6.0, h / 3.0
    x = shift(x, shift(x, shift(x, shift(x, x, sixth, v), third, v2), third, v3), sixth, v4)
    v = shift(v, shift(v, shift(v, shift(v, v, sixth, a1), third, a2), third, a3), sixth, a4)
    return x, v, memory, h, 4


@kernel
def fehlberg(fifth, m, x, v, memory, h, softening, scratch):
    """Fehlberg's pair of orders 4 and 5; the formula of order 5 is carried on if ``fifth``, else that of order 4.

    ``memory`` takes the estimate of the error. Velocities of the stages are v2 to v6; that of the first is ``v``.
    """
    place = scratch[0]
    a1 = attract(scratch[1], m, x, softening)
    v2 = shift(scratch[2], v, h * 0.25, a1)
    a2 = attract(scratch[3], m, shift(place, x, h * 0.25, v), softening)
    v3 = shift(scratch[4], shift(scratch[4], v, h * 3.0 / 32.0, a1), h * 9.0 / 32.0, a2)
    moved = shift(place, shift(place, x, h * 3.0 / 32.0, v), h * 9.0 / 32.0, v2)
    a3 = attract(scratch[5], m, moved, softening)
    w1, w2, w3 = 1932.0 / 2197.0, -7200.0 / 2197.0, 7296.0 / 2197.0
    v4 = blend(scratch[6], v, h, w1, a1, w2, a2, w3, a3, 0.0, a3, 0.0, a3)
    moved = blend(place, x, h, w1, v, w2, v2, w3, v3, 0.0, v3, 0.0, v3)
    a4 = attract(scratch[7], m, moved, softening)
    w1, w2, w3, w4 = 439.0 / 216.0, -8.0, 3680.0 / 513.0, -845.0 / 4104.0
    v5 = blend(scratch[8], v, h, w1, a1, w2, a2, w3, a3, w4, a4, 0.0, a4)
    moved = blend(place, x, h, w1, v, w2, v2, w3, v3, w4, v4, 0.0, v4)
    a5 = attract(scratch[9], m, moved, softening)
    w1, w2, w3, w4, w5 = -8.0 / 27.0, 2.0, -3544.0 / 2565.0, 1859.0 / 4104.0, -11.0 / 40.0
    v6 = blend(scratch[10], v, h, w1, a1, w2, a2, w3, a3, w4, a4, w5, a5)
    moved = blend(place, x, h, w1, v, w2, v2, w3, v3, w4, v4, w5, v5)
    a6 = attract(scratch[11], m, moved, softening)

    # the difference of the formulas, then the one that is carried on
    d1, d3, d4 = 16.0 / 135.0 - 25.0 / 216.0, 6656.0 / 12825.0 - 1408.0 / 2565.0, 28561.0 / 56430.0 - 2197.0 / 4104.0
    d5, d6 = -9.0 / 50.0 + 1.0 / 5.0, 2.0 / 55.0
    e_x = blend(scratch[12], scale(scratch[12], h * d1, v), h, d3, v3, d4, v4, d5, v5, d6, v6, 0.0, v6)
    e_v = blend(scratch[13], scale(scratch[13], h * d1, a1), h, d3, a3, d4, a4, d5, a5, d6, a6, 0.0, a6)
    if fifth:
        w1, w3, w4, w5, w6 = 16.0 / 135.0, 6656.0 / 12825.0, 28561.0 / 56430.0, -9.0 / 50.0, 2.0 / 55.0
    else:
        w1, w3, w4, w5, w6 = 25.0 / 216.0, 1408.0 / 2565.0, 2197.0 / 4104.0, -1.0 / 5.0, 0.0
    x = blend(x, x, h, w1, v, w3, v3, w4, v4, w5, v5, w6, v6)
    v = blend(v, v, h, w1, a1, w3, a3, w4, a4, w5, a5, w6, a6)
    error = math.sqrt(0.5 * (mean_square(e_x, x) + mean_square(e_v, v)))
    return x, v, (memory[0], memory[1], error), h, 6


@kernel
def rkf45(m, x, v, memory, h, softening, scratch):
    """Fehlberg's pair, the formula of order 5 carried on."""
    return fehlberg(True, m, x, v, memory, h, softening, scratch)


@kernel
def rkf4(m, x, v, memory, h, softening, scratch):
    """Fehlberg's pair, the formula of order 4 carried on."""
    return fehlberg(False, m, x, v, memory, h, softening, scratch)


# The logarithmic leapfrog ---------------------------------------------------------------------------------------------


@kernel
def logarithmic_leapfrog(m, x, v, memory, h, softening, scratch):
    """Leapfrog of the logarithmic Hamiltonian; ``h`` is a step of the transformed time.

    Drifts take ``dt = h / 2 / (T + B)``, with the kinetic energy T and ``B`` minus the total energy; the kick takes
    ``dt = h / U``. A Kepler orbit is followed exactly but for the time on it.
    """
    opposite_energy = memory[2]
    first = 0.5 * h / (kinetic_energy(m, v) + opposite_energy)
    x = shift(x, x, first, v)
    v = shift(v, v, h / binding_energy(m, x, softening), attract(scratch[0], m, x, softening))
    second = 0.5 * h / (kinetic_energy(m, v) + opposite_energy)
    x = shift(x, x, second, v)
    return x, v, memory, first + second, 1


class Scheme(NamedTuple):
    """A scheme and its cost.

    ``order`` of accuracy for a constant step; ``evaluations`` of all forces a step takes (`begin` takes one more where
    something is kept); ``step`` and ``begin``: the kernels that the module describes; ``keeps`` "nothing",
    "accelerations", "jerks" (and accelerations) or "energy" in its memory.
    """

    title: str
    order: int
    evaluations: int
    step: Any
    begin: Any
    keeps: str
    source: str


_BEGINS = {
    "nothing": begin_with_nothing,
    "accelerations": begin_with_accelerations,
    "jerks": begin_with_jerks,
    "energy": begin_with_energy,
}


def _scheme(title: str, order: int, evaluations: int, step: Any, keeps: str, source: str) -> Scheme:
    return Scheme(title, order, evaluations, step, _BEGINS[keeps], keeps, source)


_YOSHIDA, _HERMITE = "Yoshida 1990", "Makino and Aarseth 1992; Hut, Makino and McMillan 1995"

SCHEMES = {
    "kdk": _scheme("leapfrog, kick-drift-kick", 2, 1, kick_drift_kick, "accelerations", "Verlet 1967"),
    "dkd": _scheme("leapfrog, drift-kick-drift", 2, 1, drift_kick_drift, "nothing", "Verlet 1967"),
    "yoshida4": _scheme("Yoshida's composition of order 4", 4, 3, yoshida4, "nothing", _YOSHIDA),
    "yoshida6": _scheme("Yoshida's composition of order 6", 6, 7, yoshida6, "nothing", _YOSHIDA),
    "blanes6": _scheme("Blanes and Casas' composition of order 6", 6, 9, blanes6, "nothing", "Blanes and Casas 2016"),
    "hermite": _scheme("Hermite, PEC", 4, 1, hermite, "jerks", _HERMITE),
    "hermite2": _scheme("Hermite, P(EC)^2", 4, 2, hermite2, "jerks", _HERMITE),
    "hermite3": _scheme("Hermite, P(EC)^3", 4, 3, hermite3, "jerks", _HERMITE),
    "rk4": _scheme("classical Runge-Kutta", 4, 4, rk4, "nothing", "Kutta 1901"),
    "rkf4": _scheme("Fehlberg's pair, order 4 carried on", 4, 6, rkf4, "nothing", "Fehlberg 1969"),
    "rkf45": _scheme("Fehlberg's pair, order 5 carried on", 5, 6, rkf45, "nothing", "Fehlberg 1969"),
    "logh": _scheme("logarithmic leapfrog", 2, 1, logarithmic_leapfrog, "energy", "Mikkola and Tanikawa 1999"),
}
