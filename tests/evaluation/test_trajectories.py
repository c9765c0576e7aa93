"""Position and phase errors on a circle, and how long chaos lets one follow three bodies."""

import dataclasses

import numpy as np
import pytest

from regretlab.envs.bodies.integrate import integrate
from regretlab.envs.bodies.orbits import orbit
from regretlab.evaluation.metrics.trajectories import phase_errors, position_errors, predictability_horizon

#: Two bodies of mass 1/2 in a distance of 1: they turn about their centre with the angular velocity 1.
CIRCLE = ([0.5, 0.5], [[0.5, 0.0], [-0.5, 0.0]], [[0.0, 0.5], [0.0, -0.5]])
TIMES = [0.5, 1.0, 2.0, 6.0]


def circle(times, delay=0.0, radius=0.5):
    """A trajectory on the circle in closed form, ``delay`` ahead of its time."""
    run = integrate(*CIRCLE, until=times[-1], times=times)
    angle = np.array(times) + delay
    place = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    speed = radius * np.stack([-np.sin(angle), np.cos(angle)], axis=1)
    both = (np.stack([each, -each], axis=1) for each in (place, speed))
    return dataclasses.replace(run, **dict(zip(("positions", "velocities"), both, strict=True)))


def test_a_delay_on_a_circle():
    """The chord of an angle d at radius 1/2 is sin(d / 2), and its part along the tangent sin(d) / 2, that is d / 2."""
    ahead, right = circle(TIMES, 0.01), circle(TIMES)
    np.testing.assert_allclose(position_errors(ahead, right), np.sin(0.005), rtol=1e-9)
    np.testing.assert_allclose(phase_errors(ahead, right), np.sin(0.01), rtol=1e-9)
    np.testing.assert_allclose(phase_errors(circle(TIMES, -0.01), right), -np.sin(0.01), rtol=1e-9)


def test_a_wider_circle_has_no_phase_error():
    np.testing.assert_allclose(phase_errors(circle(TIMES, radius=0.6), circle(TIMES)), 0.0, atol=1e-15)
    np.testing.assert_allclose(position_errors(circle(TIMES, radius=0.6), circle(TIMES)), 0.1, rtol=1e-12)


def test_a_leapfrog_lags_on_a_circle_by_the_square_of_its_step():
    """The order alone: a step half as long has a quarter of the phase error."""
    right = circle(TIMES)
    errors = [
        phase_errors(integrate(*CIRCLE, 6.0, scheme="kdk", rule="constant", size=h, times=TIMES), right)[-1]
        for h in (0.02, 0.01)
    ]
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.02)


def test_the_horizon_of_what_is_regular_and_of_what_is_chaotic():
    """The figure-eight is stable and followed to the end. The Pythagorean problem is chaotic: double precision reaches
    the states that are stored with 20 digits to 1e-8 up to t = 30, and the binary is left at t = 60.
    """
    eight = orbit("figure-eight")
    assert predictability_horizon(eight.masses, eight.positions, eight.velocities, 3 * eight.period) == 3 * eight.period
    burrau = orbit("pythagorean")
    assert 30.0 < predictability_horizon(burrau.masses, burrau.positions, burrau.velocities, 70.0) < 70.0


def test_what_cannot_be_compared_is_refused():
    right = circle(TIMES)
    with pytest.raises(ValueError, match="must have the same bodies at the same times"):
        position_errors(circle(TIMES[:2]), right)
    rest = dataclasses.replace(right, velocities=np.zeros_like(right.velocities))
    with pytest.raises(ValueError, match=r"at rest at time 0\.5"):
        phase_errors(right, rest)
    with pytest.raises(ValueError, match="samples=0 is not allowed"):
        predictability_horizon(*CIRCLE, 1.0, samples=0)
    with pytest.raises(
        ValueError, match=r"cannot be followed up to until=10: \w+ at 2\.22"
    ):  # they meet at pi / sqrt 2
        predictability_horizon([1, 1], [[-1, 0], [1, 0]], [[0, 0], [0, 0]], 10.0)
