"""Every scheme against its order of accuracy, unrolled against general code, and the properties that it is chosen for.

Steps run as plain Python, which agrees with the compiled ones to the last bit and needs no compiling.
"""

import math

import numpy as np
import pytest

from regretlab.envs.bodies import planar, spatial, step_rules
from regretlab.envs.bodies.orbits import orbit, orbit_names
from regretlab.envs.bodies.schemes import BLANES_6, SCHEMES, YOSHIDA_4, YOSHIDA_6
from regretlab.envs.core.fusing import plain

MASSES = (3.0, 4.0, 5.0)
X = (1.0, 3.0, -2.0, -1.0, 1.0, -1.0)
V = (0.3, -0.2, 0.1, 0.4, -0.5, 0.05)


def walk(name, m, x, v, h, steps, softening=0.0):
    """Return positions, velocities, elapsed time and evaluations after so many steps in a plane."""
    step, begin = plain(SCHEMES[name].step), plain(SCHEMES[name].begin)
    memory, evaluations = begin(m, x, v, planar.BLANK, softening, planar.SCRATCH)
    time = 0.0
    for _ in range(steps):
        x, v, memory, elapsed, cost = step(m, x, v, memory, h, softening, planar.SCRATCH)
        time, evaluations = time + elapsed, evaluations + cost
    return x, v, time, evaluations


def flat(values):
    return tuple(np.ravel(values).tolist())


def error_after_a_period(name, steps):
    eight = orbit("figure-eight")
    x, v = flat(eight.positions), flat(eight.velocities)
    x_end, v_end, _, _ = walk(name, flat(eight.masses), x, v, eight.period / steps, steps)
    return np.abs(np.subtract(x_end + v_end, x + v)).max()


# Largest error of the state after one period of the figure-eight. Computed independently of this package, with the
# formulas of the cited papers, for so many steps; the order is that of the last two where rounding is far away.
ANCHORS = {
    "kdk": ({500: 5.042e-4, 1000: 1.262e-4, 2000: 3.157e-5}, 2.0),
    "dkd": ({500: 9.424e-4, 1000: 2.358e-4, 2000: 5.896e-5}, 2.0),
    "yoshida4": ({500: 5.716e-7, 1000: 3.580e-8, 2000: 2.239e-9}, 4.0),
    "yoshida6": ({250: 2.611e-9, 500: 4.110e-11}, 6.0),
    "blanes6": ({125: 1.829e-8, 250: 2.889e-10, 500: 4.525e-12}, 6.0),
    "hermite": ({500: 1.208e-6, 1000: 6.443e-8, 2000: 3.680e-9}, 4.1),
    "hermite2": ({500: 1.117e-7, 1000: 6.980e-9, 2000: 4.363e-10}, 4.0),
    "hermite3": ({500: 1.117e-7, 1000: 6.980e-9, 2000: 4.363e-10}, 4.0),
    "rk4": ({500: 1.780e-7, 1000: 9.515e-9, 2000: 5.443e-10}, 4.1),
    "rkf4": ({500: 3.957e-8, 1000: 1.843e-9}, 4.4),
    "rkf45": ({500: 1.138e-8, 1000: 3.595e-10}, 5.0),
}


@pytest.mark.parametrize("name", ANCHORS)
def test_errors_and_order_on_the_figure_eight(name):
    expected, order = ANCHORS[name]
    errors = [error_after_a_period(name, steps) for steps in expected]
    assert errors == pytest.approx(list(expected.values()), rel=0.01)
    assert math.log2(errors[-2] / errors[-1]) == pytest.approx(order, abs=0.1)


def test_all_schemes_but_the_transformed_have_an_anchor():
    assert set(SCHEMES) - set(ANCHORS) == {"logh"}


@pytest.mark.parametrize("name", SCHEMES)
def test_the_cost_of_a_step_is_the_number_of_evaluations(name, monkeypatch):
    """Count the calls of the two functions that evaluate all forces."""
    calls = []

    def counting(function):
        def counted(*arguments):
            calls.append(function)
            return plain(function)(*arguments)

        return counted

    step = plain(SCHEMES[name].step)
    counted = {each: counting(getattr(planar, each)) for each in ("attract", "attract_and_jerk")}
    step = _with_globals(step, counted)
    memory, first = plain(SCHEMES[name].begin)(MASSES, X, V, planar.BLANK, 0.0, planar.SCRATCH)
    *_, evaluations = step(MASSES, X, V, memory, 0.01, 0.0, planar.SCRATCH)
    assert len(calls) == evaluations == SCHEMES[name].evaluations
    assert first == (SCHEMES[name].keeps in ("accelerations", "jerks"))


def _with_globals(function, replacements):
    """Return a plain function that calls others instead, in the functions it calls too."""
    copy = type(function)(function.__code__, dict(function.__globals__), function.__name__)
    for name in function.__code__.co_names:
        value = copy.__globals__.get(name)
        if name in replacements:
            copy.__globals__[name] = replacements[name]
        elif isinstance(value, type(function)) and value.__module__.endswith("schemes"):
            copy.__globals__[name] = _with_globals(value, replacements)
    return copy


def test_weights_of_compositions():
    """They sum to 1, are mirrored, and the sums of their cubes (order 4) and fifth powers (order 6) vanish.

    Conditions for order: Yoshida 1990. The digits of the sixth-order ones end at 1e-14.
    """
    p = 2.0 ** (1.0 / 3.0)
    assert YOSHIDA_4[:2] == pytest.approx((1.0 / (2.0 - p), -p / (2.0 - p)), rel=1e-15)
    for weights, powers in ((YOSHIDA_4, (3,)), (YOSHIDA_6, (3, 5)), (BLANES_6, (3, 5))):
        assert weights == weights[::-1]
        assert sum(weights) == pytest.approx(1.0, abs=1e-14)
        for power in powers:
            assert sum(weight**power for weight in weights) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("name", SCHEMES)
def test_unrolled_is_general(name):
    """The same step on arrays, for three bodies in a plane that is tilted; and, for its own sake, with softening."""
    turn = np.array([[1.0, 0.0, 0.0], [0.0, 0.6, 0.8], [0.0, -0.8, 0.6]])

    def tilted(values):
        return (np.c_[np.reshape(values, (3, 2)), np.zeros(3)] @ turn).ravel()

    step, begin = (plain(spatial.bind(kernel)) for kernel in (SCHEMES[name].step, SCHEMES[name].begin))
    m, x, v = np.array(MASSES), tilted(X), tilted(V)
    memory, scratch = spatial.blank(3)
    memory, evaluations = begin(m, x, v, memory, 0.1, scratch)
    for _ in range(5):
        x, v, memory, _, cost = step(m, x, v, memory, 0.02, 0.1, scratch)
        evaluations += cost
    x_plane, v_plane, _, evaluations_in_plane = walk(name, MASSES, X, V, 0.02, 5, 0.1)
    np.testing.assert_allclose(x, tilted(x_plane), atol=1e-14)
    np.testing.assert_allclose(v, tilted(v_plane), atol=1e-13)
    assert evaluations == evaluations_in_plane


def test_general_forces_energies_and_time_scales_are_those_in_a_plane():
    m, wide = np.array(MASSES), lambda values: np.c_[np.reshape(values, (3, 2)), np.zeros(3)].ravel()
    a, j, rate = planar.gravity(MASSES, X, V, 0.2)
    out, out_jerk = spatial.attract_and_jerk(np.zeros(9), np.zeros(9), m, wide(X), wide(V), 0.2)
    np.testing.assert_allclose(out, wide(a), atol=1e-15)
    np.testing.assert_allclose(out_jerk, wide(j), atol=1e-15)
    np.testing.assert_allclose(spatial.attract(np.zeros(9), m, wide(X), 0.2), wide(a), atol=1e-15)
    np.testing.assert_allclose(planar.attract(None, MASSES, X, 0.2), a, atol=1e-15)
    assert spatial.pair_rate(m, wide(X), wide(V), 0.2) == pytest.approx(rate, rel=1e-14)
    assert spatial.kinetic_energy(m, wide(V)) == pytest.approx(planar.kinetic_energy(MASSES, V), rel=1e-14)
    binding = planar.binding_energy(MASSES, X, 0.2)
    assert spatial.binding_energy(m, wide(X), 0.2) == pytest.approx(binding, rel=1e-14)
    assert planar.energy(MASSES, X, V, 0.2) == pytest.approx(planar.kinetic_energy(MASSES, V) - binding, rel=1e-13)


def test_softened_force_is_the_gradient_of_the_softened_energy():
    a = planar.attract(None, MASSES, X, 0.7)
    for k in range(6):
        up, down = list(X), list(X)
        up[k], down[k] = X[k] + 1e-5, X[k] - 1e-5
        slope = (planar.binding_energy(MASSES, up, 0.7) - planar.binding_energy(MASSES, down, 0.7)) / 2e-5
        assert MASSES[k // 2] * a[k] == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize("name", ["kdk", "dkd", "yoshida4", "yoshida6", "blanes6"])
def test_symmetric_schemes_run_back_to_the_start(name):
    """With a constant step, and velocities turned around, they come back but for rounding."""
    eight = orbit("figure-eight")
    x, v = flat(eight.positions), flat(eight.velocities)
    x_end, v_end, _, _ = walk(name, (1.0, 1.0, 1.0), x, v, 0.01, 500)
    assert np.abs(np.subtract(x_end, x)).max() > 0.1
    x_back, v_back, _, _ = walk(name, (1.0, 1.0, 1.0), x_end, flat(-np.array(v_end)), 0.01, 500)
    assert np.abs(np.subtract(x_back, x)).max() < 1e-11
    assert np.abs(np.add(v_back, v)).max() < 1e-11


def test_runge_kutta_does_not_run_back():
    eight = orbit("figure-eight")
    x, v = flat(eight.positions), flat(eight.velocities)
    x_end, v_end, _, _ = walk("rk4", (1.0, 1.0, 1.0), x, v, 0.01, 500)
    x_back, _, _, _ = walk("rk4", (1.0, 1.0, 1.0), x_end, flat(-np.array(v_end)), 0.01, 500)
    assert np.abs(np.subtract(x_back, x)).max() > 1e-9


def test_the_error_of_an_embedded_pair_is_the_difference_of_its_formulas():
    memory = {}
    states = {}
    for name in ("rkf4", "rkf45"):
        x, v, memory[name], _, _ = plain(SCHEMES[name].step)(MASSES, X, V, planar.BLANK, 0.05, 0.0, planar.SCRATCH)
        states[name] = np.array(x + v)
    scaled = (states["rkf45"] - states["rkf4"]) / (1.0 + np.abs(states["rkf45"]))
    assert memory["rkf45"][2] == pytest.approx(math.sqrt((scaled**2).mean()), rel=1e-6)


def test_criteria_on_a_circular_orbit():
    """On a circle of radius r at the angular velocity w the nth derivative is ``r w^n``, so both time scales are 1 / w.

    a = r w^2, j = r w^3, s = r w^4, c = r w^5: Aarseth's ratio and Pham, Rein and Spiegel's are both ``w^-2``.
    """
    r2, w2 = 4.0, 9.0
    a, j, s, c = (r2 * w2**n for n in (2, 3, 4, 5))
    assert step_rules.aarseth_scale(a, j, s, c) == pytest.approx(1.0 / w2, rel=1e-15)
    assert step_rules.prs_scale(a, j, s, a) == pytest.approx(1.0 / w2, rel=1e-15)
    assert step_rules.prs_scale(a, j, s, a * 2e6) == math.inf  # less than a thousandth of the largest


def test_derivatives_of_a_step_are_exact_for_cubic_accelerations():
    """Hermite's interpolation: a(t) = 2 - 3 t + 5 t^2 + 7 t^3 has at t = h the snap 10 + 42 h and the crackle 42."""
    h = 0.3
    ends = [(2 - 3 * t + 5 * t**2 + 7 * t**3, -3 + 10 * t + 21 * t**2) for t in (0.0, h)]
    snap, crackle = step_rules.derivatives(*ends[0], *ends[1], h)
    assert snap == pytest.approx(10 + 42 * h, rel=1e-12)
    assert crackle == pytest.approx(42.0, rel=1e-12)


def test_the_controller_shrinks_and_grows_within_its_bounds():
    """Gustafsson 1991 with the exponents 0.7/5 and 0.4/5: at errors of 1 only the safety factor is left."""
    assert step_rules.controlled(1.0, 1.0, False) == pytest.approx(0.9)
    assert step_rules.controlled(1e-5, 1e-5, False) == pytest.approx(0.9 * 10.0**0.3)
    assert step_rules.controlled(0.0, 1.0, False) == 10.0
    assert step_rules.controlled(1e-5, 1e-5, True) == 1.0
    assert step_rules.reduced(32.0) == pytest.approx(0.45)
    assert step_rules.reduced(math.inf) == step_rules.reduced(math.nan) == 0.2


def test_stored_orbits_have_the_published_energies_and_stand_still_at_their_centre():
    for name in orbit_names():
        found = orbit(name, eccentricity=0.5 if name == "kepler" else None)
        i, k = np.triu_indices(len(found.masses), 1)
        distances = np.linalg.norm(found.positions[i] - found.positions[k], axis=1)
        kinetic = 0.5 * (found.masses * (found.velocities**2).sum(axis=1)).sum()
        energy = kinetic - (found.masses[i] * found.masses[k] / distances).sum()
        assert energy == pytest.approx(found.energy, rel=1e-13)
        np.testing.assert_allclose(found.masses @ found.positions, 0.0, atol=1e-14)
        np.testing.assert_allclose(found.masses @ found.velocities, 0.0, atol=1e-14)


def test_orbits_refuse_what_they_do_not_know():
    with pytest.raises(ValueError, match="unknown orbit 'figure-ate'; did you mean 'figure-eight'"):
        orbit("figure-ate")
    with pytest.raises(ValueError, match=r"eccentricity=None: 'kepler' needs one from 0, below 1"):
        orbit("kepler")
    with pytest.raises(ValueError, match=r"eccentricity=1.0"):
        orbit("kepler", eccentricity=1.0)
    with pytest.raises(ValueError, match="only the orbit 'kepler' takes one"):
        orbit("euler", eccentricity=0.1)
