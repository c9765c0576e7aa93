"""How far an integration is from where it should be, for as long as that can be said of a chaotic system."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...envs.bodies.integrate import Trajectory, integrate

LOOSE, TIGHT = 1e-9, 1e-11  # epsilon of the two runs of IAS15
APART = 1e-6


def position_errors(run: Trajectory, reference: Trajectory) -> np.ndarray:
    """Return the largest distance of a body from its place in ``reference``, float64 (times,).

    Raises ValueError unless both have the same bodies at the same times.
    """
    return np.linalg.norm(_differences(run, reference), axis=2).max(axis=1)


def phase_errors(run: Trajectory, reference: Trajectory) -> np.ndarray:
    """Return by how much time ``run`` is ahead of ``reference``, float64 (times,), negative where it lags.

    The shift s that makes ``reference``, moved on along its velocities v for a time s, the nearest to ``run``: the sum
    of (x - x_reference) v over that of v^2, over all bodies. It is the phase error to first order; what is left of the
    position error is across the orbit.

    Raises ValueError as `position_errors`, and where all bodies of ``reference`` are at rest.
    """
    apart = _differences(run, reference)
    speeds = (reference.velocities**2).sum(axis=(1, 2))
    if np.any(speeds == 0.0):
        at = reference.times[np.flatnonzero(speeds == 0.0)[0]]
        raise ValueError(f"all bodies are at rest at time {at:g}, where there is no phase")
    return (apart * reference.velocities).sum(axis=(1, 2)) / speeds


def predictability_horizon(masses: Any, positions: Any, velocities: Any, until: float, samples: int = 200) -> float:
    """Return the time up to which a trajectory can be told from its initial state in double precision.

    Two runs of IAS15, with epsilon 1e-9 and 1e-11, are compared at ``samples`` equally spaced times; the horizon is the
    last before a body is in two places more than 1e-6 apart, or ``until``.

    Raises
    ------
    ValueError
        as `integrate`, for fewer than one sample, and where a run does not finish, as in a collision.
    """
    if samples < 1:
        raise ValueError(f"samples={samples!r} is not allowed: samples must be an integer of at least 1")
    times = np.linspace(0.0, until, samples + 1)
    loose, tight = (
        integrate(masses, positions, velocities, until, scheme="ias15", size=size, times=times.tolist())
        for size in (LOOSE, TIGHT)
    )
    for run in (loose, tight):
        if run.reason != "finished":
            raise ValueError(f"the bodies cannot be followed up to until={until:g}: {run.reason} at {run.times[-1]:g}")
    beyond = np.flatnonzero(position_errors(loose, tight) > APART)
    return float(times[beyond[0] - 1] if len(beyond) else until)


def _differences(run: Trajectory, reference: Trajectory) -> np.ndarray:
    """Return the differences of positions, (times, bodies, dimensions)."""
    if run.positions.shape != reference.positions.shape or not np.allclose(run.times, reference.times, rtol=1e-12):
        raise ValueError(
            f"run and reference must have the same bodies at the same times, not {run.positions.shape} up to "
            f"{run.times[-1]:g} and {reference.positions.shape} up to {reference.times[-1]:g}"
        )
    return run.positions - reference.positions
