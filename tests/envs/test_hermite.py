"""The integrator against orbits that are known exactly or to 15 digits, and against plain formulas in NumPy."""

import math

import numpy as np
import pytest

from regretlab.envs.bodies.hermite import advance, coordinates, pec_step
from regretlab.envs.bodies.picture import TRAIL_POINTS, retrace
from regretlab.envs.bodies.planar import energy, gravity

EQUAL = (1.0, 1.0, 1.0)
UNEQUAL = (3.0, 4.0, 5.0)
X = (1.0, 3.0, -2.0, -1.0, 1.0, -1.0)  # the Pythagorean problem, with velocities
V = (0.3, -0.2, 0.1, 0.4, -0.5, 0.05)

# The figure-eight of Moore (1993), Chenciner and Montgomery (2000): r1 = (-1, 0), r2 = (1, 0), r3 = 0, v1 = v2 = P,
# v3 = -2 P; digits refined by Newton's method with 32-digit arithmetic.
P = (0.347116888118926938, 0.532724945388030229)
PERIOD = 6.325913982926211678
EIGHT_X = (-1.0, 0.0, 1.0, 0.0, 0.0, 0.0)
EIGHT_V = (*P, *P, -2.0 * P[0], -2.0 * P[1])
EIGHT_ENERGY = -1.28714199563185770


def accelerations(m, x):
    """Newton's law, one pair at a time."""
    r = np.reshape(x, (3, 2))
    a = np.zeros((3, 2))
    for i in range(3):
        for j in range(3):
            if i != j:
                a[i] += m[j] * (r[j] - r[i]) / np.linalg.norm(r[j] - r[i]) ** 3
    return a.ravel()


def test_accelerations_are_newtons():
    a, _, _ = gravity(UNEQUAL, X, V, 0.0)
    np.testing.assert_allclose(a, accelerations(UNEQUAL, X), rtol=1e-14)


def test_jerks_are_the_derivative_of_the_accelerations():
    _, j, _ = gravity(UNEQUAL, X, V, 0.0)
    h = 1e-5
    x, v = np.array(X), np.array(V)
    difference = (accelerations(UNEQUAL, x + h * v) - accelerations(UNEQUAL, x - h * v)) / (2 * h)
    np.testing.assert_allclose(j, difference, atol=1e-9)


def test_the_rate_is_that_of_the_fastest_pair():
    rates = []
    x, v = np.reshape(X, (3, 2)), np.reshape(V, (3, 2))
    for i, j in ((0, 1), (0, 2), (1, 2)):
        r, u = np.linalg.norm(x[i] - x[j]), np.linalg.norm(v[i] - v[j])
        rates.append(1.0 / min(r / u, math.sqrt(r**3 / (UNEQUAL[i] + UNEQUAL[j]))))
    assert gravity(UNEQUAL, X, V, 0.0)[2] == pytest.approx(max(rates) ** 2, rel=1e-14)
    fast = tuple(1e3 * each for each in V)  # now r / u decides
    assert gravity(UNEQUAL, X, fast, 0.0)[2] > 1e3 * max(rates) ** 2


def test_energies_of_the_pythagorean_problem_and_the_figure_eight():
    # Szebehely and Peters (1967): at rest, E = -12.81666...
    assert energy(UNEQUAL, X, (0.0,) * 6, 0.0) == pytest.approx(-12.8 - 1.0 / 60.0, rel=1e-14)
    assert energy(EQUAL, EIGHT_X, EIGHT_V, 0.0) == pytest.approx(EIGHT_ENERGY, rel=1e-14)


def error_after_one_period(steps):
    x, v = EIGHT_X, EIGHT_V
    a, j, _ = gravity(EQUAL, x, v, 0.0)
    for _ in range(steps):
        x, v, a, j, _ = pec_step(EQUAL, x, v, a, j, PERIOD / steps, 0.0)
    return np.abs(np.subtract(x + v, EIGHT_X + EIGHT_V)).max()


def test_fourth_order_on_the_figure_eight():
    # Half the step leaves 1/16 of the error, and slightly less while the next order (1/32) still counts.
    errors = [error_after_one_period(steps) for steps in (500, 1000, 2000)]
    assert errors[2] < 1e-8
    assert 32 > errors[0] / errors[1] > errors[1] / errors[2] > 16


def test_a_step_is_that_of_makino_and_aarseth():
    # Makino and Aarseth 1992: predict by Taylor's series, evaluate there, correct by Hermite's interpolation.
    h, x, v = 1e-2, np.array(X), np.array(V)
    a, j, _ = map(np.array, gravity(UNEQUAL, X, V, 0.0))
    predicted = x + v * h + a * h**2 / 2 + j * h**3 / 6, v + a * h + j * h**2 / 2
    a_next, j_next, _ = map(np.array, gravity(UNEQUAL, *map(tuple, predicted), 0.0))
    v_next = v + (a + a_next) * h / 2 + (j - j_next) * h**2 / 12
    x_next = x + (v + v_next) * h / 2 + (a - a_next) * h**2 / 12
    step = pec_step(UNEQUAL, X, V, tuple(a), tuple(j), h, 0.0)
    for found, expected in zip(step, (x_next, v_next, a_next, j_next), strict=False):
        np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_equilateral_triangle_turns_rigidly():
    # Lagrange: unit masses on an equilateral triangle of side 1 turn with omega^2 = 3, and E = -3/2.
    corners = np.array([[math.cos(angle), math.sin(angle)] for angle in np.pi / 2 + 2 * np.pi / 3 * np.arange(3)])
    x = corners / math.sqrt(3.0)
    v = math.sqrt(3.0) * np.stack([-x[:, 1], x[:, 0]], axis=1)
    start, speed = tuple(x.ravel().tolist()), tuple(v.ravel().tolist())
    assert energy(EQUAL, start, speed, 0.0) == pytest.approx(-1.5, rel=1e-14)
    errors = []
    for mu in (0.02, 0.01):
        end, _, steps, time = advance(EQUAL, start, speed, mu, 2 * math.pi / math.sqrt(3.0), 10**6, 0.0)
        errors.append(np.abs(np.subtract(end, start)).max())
        # tau is constant, the smaller of r / u = 1 / sqrt(3) and sqrt(1 / 2)
        assert steps == math.ceil(2 * math.pi / mu)
        assert time == 2 * math.pi / math.sqrt(3.0)
    assert errors[1] < 1e-6
    assert 12 < errors[0] / errors[1] < 20


def test_momentum_and_angular_momentum_are_conserved():
    x, v, _, _ = advance(UNEQUAL, X, V, 0.003, 1.0, 10**6, 0.0)

    def momenta(x, v):
        r, u, m = np.reshape(x, (3, 2)), np.reshape(v, (3, 2)), np.array(UNEQUAL)
        return *(m @ u), m @ (r[:, 0] * u[:, 1] - r[:, 1] * u[:, 0])

    np.testing.assert_allclose(momenta(x, v)[:2], momenta(X, V)[:2], atol=1e-12)
    assert momenta(x, v)[2] == pytest.approx(momenta(X, V)[2], abs=1e-8)
    assert energy(UNEQUAL, x, v, 0.0) == pytest.approx(energy(UNEQUAL, X, V, 0.0), rel=1e-8)


def test_cost_is_inverse_to_mu_and_may_be_capped():
    _, _, coarse, _ = advance(EQUAL, EIGHT_X, EIGHT_V, 0.01, PERIOD, 10**6, 0.0)
    _, _, fine, _ = advance(EQUAL, EIGHT_X, EIGHT_V, 0.001, PERIOD, 10**6, 0.0)
    assert fine / coarse == pytest.approx(10.0, rel=0.01)
    x, _, steps, time = advance(EQUAL, EIGHT_X, EIGHT_V, 0.001, PERIOD, 7, 0.0)
    assert steps == 7
    assert 0.0 < time < 0.01
    assert np.abs(np.subtract(x, EIGHT_X)).max() < 0.01


def test_a_path_traced_back_ends_where_it_began():
    half = 0.5 * PERIOD
    x, v, _, _ = advance(EQUAL, EIGHT_X, EIGHT_V, 0.003, half, 10**6, 0.0)
    trail = np.zeros((TRAIL_POINTS, 6))
    retrace(EQUAL, x, tuple(-each for each in v), half, 0.0, trail)
    np.testing.assert_allclose(trail[0], x)
    np.testing.assert_allclose(trail[-1], EIGHT_X, atol=1e-4)


def test_coordinates_are_one_row():
    table = np.arange(12.0).reshape(2, 6)
    assert coordinates(table, 1) == (6.0, 7.0, 8.0, 9.0, 10.0, 11.0)
