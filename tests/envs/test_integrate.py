"""Runs of `integrate` against orbits that are known, and what it refuses."""

import math

import numpy as np
import pytest
from numba import config

from regretlab.envs.bodies.integrate import integrate, rule_names, scheme_names
from regretlab.envs.bodies.leapfrog_batch import BLOCK, leapfrog
from regretlab.envs.bodies.orbits import orbit, orbit_names, pythagorean_states

PERIODIC = [name for name in orbit_names() if name not in ("pythagorean", "lagrange", "euler", "kepler")]


def run(system, until, **options):
    return integrate(system.masses, system.positions, system.velocities, until, **options)


def distance_from_start(system, periods, **options):
    """Return the largest error of positions and velocities after so many periods."""
    found = run(system, periods * system.period, **options)
    assert found.reason == "finished"
    return max(
        np.abs(found.positions[-1] - system.positions).max(), np.abs(found.velocities[-1] - system.velocities).max()
    )


# IAS15 ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["prs", "global"])
def test_ias15_closes_the_figure_eight(rule):
    """Another implementation of the same formulas is off by 2e-15 after one period and by 3e-12 after 100.

    Without its guard the rule "prs" does not get past a sixth of a period.
    """
    eight = orbit("figure-eight")
    assert distance_from_start(eight, 1, rule=rule) < 1e-13
    assert distance_from_start(eight, 100, rule=rule) < 1e-10


@pytest.mark.parametrize("name", PERIODIC)
def test_ias15_closes_every_stored_orbit(name):
    """Suvakov and Dmitrasinovic 2013; Broucke 1975. Rounding is amplified at most some 50 times in a period."""
    assert distance_from_start(orbit(name), 1) < 1e-10


@pytest.mark.parametrize("rule", ["prs", "global"])
def test_ias15_on_the_pythagorean_problem(rule):
    """Szebehely and Peters 1967, against states computed with 48 digits; ``assets/reference/pythagorean.json``."""
    times, bounds = (10.0, 15.0, 20.0, 30.0), (1e-10, 1e-10, 1e-8, 1e-8)
    known = pythagorean_states()
    found = run(orbit("pythagorean"), 30.0, rule=rule, times=times)
    for row, (time, bound) in enumerate(zip(times, bounds, strict=True)):
        assert np.abs(found.positions[row] - known[time][0]).max() < bound
    assert found.energy_error().max() < 1e-9
    assert np.abs(found.angular_momenta).max() < 1e-10


def outcome(positions, velocities):
    """Return semi-major axis and eccentricity of the masses 4 and 5, and the speed at infinity of the third."""
    apart, speed = positions[2] - positions[1], velocities[2] - velocities[1]
    momentum = apart[0] * speed[1] - apart[1] * speed[0]
    axis = 1.0 / (2.0 / np.linalg.norm(apart) - speed @ speed / 9.0)
    eccentricity = math.sqrt(1.0 - momentum**2 / (9.0 * axis))
    away, outward = (values[0] - (4.0 * values[1] + 5.0 * values[2]) / 9.0 for values in (positions, velocities))
    assert away @ outward > 0.0
    return axis, eccentricity, math.sqrt(outward @ outward - 2.0 * 12.0 / np.linalg.norm(away))


def test_outcome_of_the_pythagorean_problem():
    """The body of mass 3 escapes and the others stay a binary, with the elements of the run in 48 digits.

    No double-precision code has the places at t = 70 better than to some 1e-3: errors grow tenfold in 6.5 of time.
    """
    known = outcome(*pythagorean_states()[70.0])
    found = run(orbit("pythagorean"), 70.0)
    assert outcome(found.positions[-1], found.velocities[-1]) == pytest.approx(known, rel=1e-3)
    assert found.energy_error() < 1e-9
    # as many steps as two other implementations take: 5,378 and 5,380
    assert found.steps == pytest.approx(5380, abs=10)


@pytest.mark.parametrize(("periods", "bound"), [(1, 1e-12), (3, 1e-8)])
def test_lagranges_triangle_turns_rigidly(periods, bound):
    """Gascheau 1843, Routh 1875: for equal masses unstable, errors grow exp(2 pi / sqrt(2)) = 85 times a period."""
    assert distance_from_start(orbit("lagrange"), periods) < bound


def test_eulers_line_turns_rigidly():
    """Errors that break the symmetry would grow 4.3e4 times a period; the arithmetic is symmetric and makes none."""
    assert distance_from_start(orbit("euler"), 3) < 1e-12


# Other schemes and rules ----------------------------------------------------------------------------------------------


def elements(found, row):
    """Return semi-major axis, eccentricity and angular momentum of two bodies of total mass 1."""
    apart, speed = (np.diff(values[row], axis=0)[0] for values in (found.positions, found.velocities))
    r, momentum = np.linalg.norm(apart), apart[0] * speed[1] - apart[1] * speed[0]
    towards = np.array([speed[1] * momentum, -speed[0] * momentum]) - apart / r  # Laplace, Runge and Lenz
    return 1.0 / (2.0 / r - speed @ speed), np.linalg.norm(towards), momentum


def test_the_logarithmic_leapfrog_keeps_the_ellipse():
    """Mikkola and Tanikawa 1999; Preto and Tremaine 1999: exact but for the time, whatever the step, here 128 a period.

    Looked at a quarter, half and three quarters of a period after the pericentre, where 2/r and v^2 do not cancel.
    """
    kepler = orbit("kepler", eccentricity=0.99)
    binding = 0.75 * 0.25
    times = kepler.period * np.array([0.25, 0.5, 0.75, 1.25, 1.5, 1.75])
    found = run(kepler, times[-1], scheme="logh", size=2.0 * math.pi * binding / 128, times=times)
    assert found.reason == "finished"
    assert found.steps < 300
    expected = (1.0, 0.99, math.sqrt(1.0 - 0.99**2))
    for row in range(len(times)):
        assert elements(found, row) == pytest.approx(expected, rel=1e-13)
    # half a period after the pericentre, at the apocentre 1.99 away, but for the error of the time, of second order
    assert np.linalg.norm(np.diff(found.positions[1], axis=0)) == pytest.approx(1.99, rel=1e-3)


def test_constant_steps_are_counted_and_run_back():
    eight = orbit("figure-eight")
    there = run(eight, 5.0, scheme="kdk", rule="constant", size=0.01)
    assert (there.steps, there.rejected, there.evaluations) == (500, 0, 501)
    back = integrate(
        eight.masses, there.positions[-1], -there.velocities[-1], 5.0, scheme="kdk", rule="constant", size=0.01
    )
    assert np.abs(back.positions[-1] - eight.positions).max() < 1e-11


def test_averaged_steps_do_not_drift():
    """Hut, Makino and McMillan 1995: steps that are the same both ways leave no drift in a periodic motion.

    The drift is that of the largest energy of a period, from the first period to the 50th and the 200th.
    """
    kepler = orbit("kepler", eccentricity=0.5)
    masses = [*kepler.masses, 1e-12]  # a third body without weight, for the code for three in a plane
    x, v = np.vstack([kepler.positions, [50.0, 0.0]]), np.vstack([kepler.velocities, [0.0, 0.1]])
    phases, drifts = np.arange(1, 41) / 40, {}
    for rule, cost in (("pairs", 1.0), ("average", 3.0)):
        for periods in (50, 200):
            times = np.concatenate([phases, periods - 1 + phases]) * kepler.period
            found = integrate(masses, x, v, times[-1], scheme="kdk", rule=rule, size=0.05, times=times)
            drifts[rule, periods] = abs(found.energies[40:].max() - found.energies[:40].max())
            assert found.evaluations / found.steps == pytest.approx(cost, rel=0.02)
    assert drifts["pairs", 200] == pytest.approx(4 * drifts["pairs", 50], rel=0.1)
    assert drifts["average", 200] < drifts["pairs", 200] / 100


def test_the_embedded_pair_rejects_and_keeps_to_its_tolerance():
    found = {size: run(orbit("pythagorean"), 3.0, scheme="rkf45", size=size) for size in (1e-6, 1e-9)}
    assert found[1e-6].rejected > 0
    assert found[1e-9].evaluations == 6 * (found[1e-9].steps + found[1e-9].rejected)
    known = run(orbit("pythagorean"), 3.0).positions[-1]
    errors = [np.abs(found[size].positions[-1] - known).max() for size in (1e-6, 1e-9)]
    assert errors[1] < 1e-6
    assert errors[0] > 30 * errors[1]


def test_steps_by_the_derivatives_follow_close_encounters():
    """Hermite on the Pythagorean problem up to t = 10, with encounters down to 0.01: a constant step needs far more."""
    known = pythagorean_states()[10.0][0]
    for rule, size in (("aarseth", 1e-4), ("prs", 0.01), ("pairs", 0.003)):
        found = run(orbit("pythagorean"), 10.0, scheme="hermite", rule=rule, size=size)
        assert found.energy_error() < 1e-7
        assert np.abs(found.positions[-1] - known).max() < 1e-4
        constant = run(orbit("pythagorean"), 10.0, scheme="hermite", rule="constant", size=10.0 / found.steps)
        assert constant.energy_error() > 1e3 * found.energy_error()


def test_states_at_asked_times_do_not_change_the_guess_of_the_step():
    """A step that is cut leaves the guess alone, so that many times cost about a step each and not more."""
    eight = orbit("figure-eight")
    plain = run(eight, eight.period)
    often = run(eight, eight.period, times=np.linspace(0.0, eight.period, 41))
    assert often.times[0] == 0.0 and (often.positions[0] == eight.positions).all()
    assert often.steps <= plain.steps + 41 + 20
    assert np.abs(often.positions[-1] - plain.positions[-1]).max() < 1e-12


def test_bodies_in_space_move_as_in_the_plane():
    """Three in a tilted plane go through the code for any number, those with z = 0 through the unrolled one."""
    turn = np.array([[1.0, 0.0, 0.0], [0.0, 0.6, 0.8], [0.0, -0.8, 0.6]])
    eight = orbit("figure-eight")
    x, v = (np.c_[values, np.zeros(3)] for values in (eight.positions, eight.velocities))
    flat = integrate(eight.masses, x, v, 3.0)
    tilted = integrate(eight.masses, x @ turn, v @ turn, 3.0)
    np.testing.assert_allclose(tilted.positions[-1], flat.positions[-1] @ turn, atol=1e-13)
    np.testing.assert_allclose(tilted.angular_momenta[-1], flat.angular_momenta[-1] @ turn, atol=1e-14)
    assert (flat.positions[-1] == run(eight, 3.0).positions[-1] @ np.eye(2, 3)).all()


def test_five_bodies_in_space():
    """A regular pentagon of equal masses turns rigidly, like Lagrange's triangle: w^2 = sum_k 1 / (4 sin(pi k / 5))."""
    angles = 2.0 * np.pi * np.arange(5) / 5.0
    x = np.stack([np.cos(angles), np.sin(angles), np.zeros(5)], axis=1)
    w = math.sqrt(sum(0.25 / math.sin(math.pi * k / 5) for k in range(1, 5)))
    v = w * np.stack([-np.sin(angles), np.cos(angles), np.zeros(5)], axis=1)
    found = integrate(np.ones(5), x, v, 2.0 * math.pi / w)
    assert np.abs(found.positions[-1] - x).max() < 1e-10


def test_a_batch_of_leapfrogs_is_the_leapfrog():
    eight, rng = orbit("figure-eight"), np.random.default_rng(1)
    systems = BLOCK + 3
    x = eight.positions.reshape(6, 1) + 0.01 * rng.standard_normal((6, systems))
    v = np.repeat(eight.velocities.reshape(6, 1), systems, axis=1)
    starts = x.copy(), v.copy()
    leapfrog(eight.masses, x, v, 0.01, 100)
    for i in (0, BLOCK - 1, BLOCK, systems - 1):
        places, speeds = (values[:, i].reshape(3, 2) for values in starts)
        single = integrate(eight.masses, places, speeds, 1.0, scheme="kdk", rule="constant", size=0.01)
        np.testing.assert_allclose(x[:, i], single.positions[-1].ravel(), atol=1e-13)
        np.testing.assert_allclose(v[:, i], single.velocities[-1].ravel(), atol=1e-13)
    with pytest.raises(ValueError, match="velocities: contiguous float64"):
        leapfrog(eight.masses, x, v[:, ::2], 0.01, 1)
    with pytest.raises(ValueError, match="h=0"):
        leapfrog(eight.masses, x, v, 0, 1)
    with pytest.raises(ValueError, match="masses="):
        leapfrog((1.0, -1.0, 1.0), x, v, 0.01, 1)


# Ends and bad input ---------------------------------------------------------------------------------------------------

HEAD_ON = ([1.0, 1.0, 1.0], [[-1.0, 0.0], [1.0, 0.0], [0.0, 5.0]], np.zeros((3, 2)))


@pytest.mark.parametrize(
    "options", [{}, {"rule": "global"}, {"scheme": "kdk"}, {"scheme": "hermite"}, {"scheme": "rkf45"}], ids=str
)
def test_a_collision_ends_a_run_with_its_reason(options):
    """Two unit masses 2 apart at rest meet after pi / sqrt(2) = 2.22, if alone; the third one is felt little."""
    found = integrate(*HEAD_ON, 10.0, times=[1.0, 5.0, 10.0], **options)
    assert found.reason == "collision"
    assert len(found.times) == 2
    assert found.times[0] == 1.0
    assert found.times[1] == pytest.approx(math.pi / math.sqrt(2.0), rel=0.02)
    assert np.isfinite(found.positions).all() and np.isfinite(found.velocities).all()
    assert np.isfinite(found.energies).all()


@pytest.mark.parametrize("scheme", ["ias15", "kdk", "hermite"])
def test_two_bodies_that_fall_straight_into_each_other_collide(scheme):
    """They meet after pi / sqrt(2), when nothing is left of the system's size."""
    found = integrate([1.0, 1.0], [[-1.0, 0.0], [1.0, 0.0]], np.zeros((2, 2)), 10.0, scheme=scheme)
    assert found.reason == "collision"
    assert found.times[-1] == pytest.approx(math.pi / math.sqrt(2.0), rel=1e-4)


def test_a_softened_encounter_is_no_collision():
    found = integrate(*HEAD_ON, 10.0, softening=0.1)
    assert found.reason == "finished"
    assert found.energy_error() < 1e-10


def test_too_many_steps_end_a_run_with_its_reason():
    found = run(orbit("figure-eight"), 6.0, most_steps=10)
    assert (found.reason, found.steps + found.rejected) == ("step limit", 10)
    assert 0.0 < found.times[-1] < 6.0


def test_constant_steps_are_the_same_where_every_state_is_asked_for():
    """Steps of 2^-7 are exact. Nobody looks on within a run to its end, and after each step where all are asked for."""
    step, count = 2.0**-7, 200
    options = {"scheme": "kdk", "rule": "constant", "size": step}
    whole = run(orbit("figure-eight"), count * step, **options)
    each = run(orbit("figure-eight"), count * step, times=step * np.arange(1, count + 1), **options)
    assert (whole.steps, whole.evaluations) == (each.steps, each.evaluations) == (count, count + 1)
    assert (whole.positions[-1] == each.positions[-1]).all()
    assert (whole.velocities[-1] == each.velocities[-1]).all()


@pytest.mark.skipif(config.DISABLE_JIT, reason="plain Python raises where compiled code divides by zero")
def test_constant_steps_end_before_the_one_that_has_no_value():
    """Two bodies whose gravity is not felt meet at the origin, exactly, in step 133, where forces have no value."""
    step = 2.0**-7
    positions, velocities = [[-133 * step, 0.0], [133 * step, 0.0], [5.0, 0.0]], [[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]]
    found = integrate([1e-300] * 3, positions, velocities, 4.0, scheme="kdk", rule="constant", size=step)
    assert (found.reason, found.steps, found.evaluations) == ("not finite", 132, 134)
    assert found.times[-1] == 132 * step
    assert found.positions[-1].tolist() == [[-step, 0.0], [step, 0.0], [5.0, 0.0]]
    found = integrate([1e-300] * 3, positions, velocities, 1.0, scheme="kdk", rule="constant", size=step, most_steps=70)
    assert (found.reason, found.steps, found.times[-1]) == ("step limit", 70, 70 * step)


def test_zero_energy_has_no_relative_error():
    """Two unit masses 2 apart have U = 1/2, and with speeds of sqrt(1/2) each also T = 1/2."""
    speed = math.sqrt(0.5)
    found = integrate([1.0, 1.0], [[-1.0, 0.0], [1.0, 0.0]], [[0.0, speed], [0.0, -speed]], 0.5)
    assert found.energy_error("scaled") < 1e-14
    with pytest.raises(ValueError, match=r"initial energy is zero.*energy_error\('scaled'\)"):
        found.energy_error()
    with pytest.raises(ValueError, match="norm='best'"):
        found.energy_error("best")


EIGHT = orbit("figure-eight")
NAN = np.where(EIGHT.positions == 1.0, math.nan, EIGHT.positions)
SAME = EIGHT.positions * [[1.0], [-1.0], [1.0]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"masses": [1.0, 0.0, 1.0]}, "masses holds 0, of body 1; masses have to be positive"),
        ({"masses": [1.0, 1.0, -2.0]}, "masses holds -2, of body 2"),
        ({"masses": [1.0]}, "at least two bodies"),
        ({"positions": SAME}, "bodies 0 and 1 are in one place"),
        ({"positions": NAN}, "positions holds nan"),
        ({"velocities": EIGHT.velocities * math.inf}, "velocities holds -?inf"),
        ({"velocities": np.zeros((3, 3))}, "differ in shape"),
        ({"positions": np.zeros((2, 2))}, r"positions has the shape \(2, 2\)"),
        ({"until": 0.0}, "until=0.0"),
        ({"until": math.nan}, "until=nan"),
        ({"scheme": "yoshida5"}, "unknown scheme 'yoshida5'; did you mean 'yoshida"),
        ({"scheme": "kdk", "rule": "pi"}, "rule 'pi' of the scheme 'kdk'.*It has pairs, average, constant"),
        ({"scheme": "kdk", "rule": "constant"}, "the rule 'constant' needs size"),
        ({"scheme": "kdk", "rule": "constant", "size": 0.0}, "size=0.0"),
        ({"scheme": "kdk", "rule": "constant", "size": 9.0}, "size=9: the step is longer than"),
        ({"size": -1.0}, "size=-1.0"),
        ({"times": [2.0, 1.0]}, "a list of increasing numbers"),
        ({"times": [1.0, 7.0]}, "not all within 0 and until=6"),
        ({"softening": -0.1}, "softening=-0.1"),
        ({"most_steps": 0}, "most_steps=0"),
    ],
    ids=str,
)
def test_bad_input_is_refused(changes, message):
    arguments = {"masses": EIGHT.masses, "positions": EIGHT.positions, "velocities": EIGHT.velocities, "until": 6.0}
    with pytest.raises(ValueError, match=message):
        integrate(**{**arguments, **changes})


def test_every_scheme_has_rules():
    assert all(rule_names(scheme) for scheme in scheme_names())
