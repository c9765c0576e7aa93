"""Where the bodies of `step_size` start, where they should arrive, and how long they fly.

Starts are rows of a table, each drawn with a seed of its own. The three sets of seeds have none in common: ``test`` is
0, 1, 2 ..., the published evaluation of HermiteEta, ``train`` begins at 10,000 and ``validation`` at 20,000.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from . import hermite_eta
from .orbits import orbit as known
from .orbits import orbit_names, pythagorean_states

FIRST_SEEDS = {"train": 10_000, "validation": 20_000, "test": 0}
MOST_STARTS = 10_000
#: Orbits that close; they begin at one place, so that there is nothing to draw.
PERIODIC = tuple(name for name in orbit_names() if name not in ("pythagorean", "kepler"))
TEN_YEARS = 100.0 * hermite_eta.DECISION
#: Where a body without mass stands that takes the third place in a system of two.
FAR = 1000.0


class System(NamedTuple):
    """Masses (3,), the tables of starts and of ``goals``, the places where the bodies should be after ``duration``.

    ``positions``, ``velocities`` and ``goals`` are float64 (starts, 6) in the order x1, y1, x2, y2, x3, y3. ``goals``
    is None where nobody knows.
    """

    masses: np.ndarray
    positions: np.ndarray
    velocities: np.ndarray
    goals: np.ndarray | None
    duration: float


def three_stars(seeds: str, starts: int, years: float) -> System:
    """Return the chaotic stars of HermiteEta."""
    rows = [hermite_eta.initial_condition(seed) for seed in _seeds(seeds, starts)]
    return System(np.array(hermite_eta.MASSES), *_tables(rows), None, years * TEN_YEARS / 10.0)


def kepler(seeds: str, starts: int, eccentricity: float, periods: int) -> System:
    """Return two bodies on ellipses with a semi-major axis of 1 about each other, at a phase drawn uniformly."""
    phases = [2.0 * math.pi * np.random.RandomState(seed).random_sample() for seed in _seeds(seeds, starts)]
    rows = [kepler_state(eccentricity, phase) for phase in phases]
    positions, velocities = _tables(rows)
    return System(np.array([0.75, 0.25, 0.0]), positions, velocities, positions, 2.0 * math.pi * periods)


def kepler_state(eccentricity: float, phase: float) -> tuple[np.ndarray, np.ndarray]:
    """Return positions and velocities (6,) at the mean anomaly ``phase``, for a total mass and a semi-major axis of 1.

    Solves Kepler's equation ``E - e sin(E) = phase`` by bisection, then Newton's method.
    """
    phase = math.remainder(phase, 2.0 * math.pi)
    low, high = -math.pi, math.pi
    for _ in range(20):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if middle - eccentricity * math.sin(middle) > phase else (middle, high)
    anomaly = 0.5 * (low + high)
    for _ in range(4):
        excess = anomaly - eccentricity * math.sin(anomaly) - phase
        anomaly -= excess / (1.0 - eccentricity * math.cos(anomaly))
    width, distance = math.sqrt(1.0 - eccentricity * eccentricity), 1.0 - eccentricity * math.cos(anomaly)
    between = np.array([math.cos(anomaly) - eccentricity, width * math.sin(anomaly)])
    speed = np.array([-math.sin(anomaly), width * math.cos(anomaly)]) / distance
    return np.r_[-0.25 * between, 0.75 * between, FAR, 0.0], np.r_[-0.25 * speed, 0.75 * speed, 0.0, 0.0]


def pythagorean(until: int) -> System:
    """Return the Pythagorean problem with its state of the stored reference at time ``until``."""
    start, goal = known("pythagorean"), pythagorean_states()[float(until)][0]
    return System(start.masses, *_tables([(start.positions, start.velocities)]), goal.reshape(1, 6), float(until))


def periodic(orbit: str, periods: int) -> System:
    """Return the periodic orbit of that name, which is back where it started after every period."""
    start = known(orbit)
    positions, velocities = _tables([(start.positions, start.velocities)])
    return System(start.masses, positions, velocities, positions, periods * start.period)


def free_fall(seeds: str, starts: int, until: float) -> System:
    """Return unit masses at rest: two at (-0.5, 0) and (0.5, 0), the third drawn from Agekyan and Anosova's region.

    The region holds every shape of a triangle once: x from 0 to 0.5, y from 0, and ``(x + 0.5)^2 + y^2`` up to 1.
    """
    rows = []
    for seed in _seeds(seeds, starts):
        draws = np.random.RandomState(seed)
        x, y = 1.0, 1.0
        while (x + 0.5) * (x + 0.5) + y * y > 1.0:
            x, y = (0.5, 1.0) * draws.random_sample(2)
        places = np.array([[-0.5, 0.0], [0.5, 0.0], [x, y]])
        rows.append((places - places.mean(axis=0), np.zeros(6)))
    return System(np.ones(3), *_tables(rows), None, until)


def _seeds(seeds: str, starts: int) -> range:
    return range(FIRST_SEEDS[seeds], FIRST_SEEDS[seeds] + starts)


def _tables(rows: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    positions, velocities = (np.array([np.ravel(row[k]) for row in rows], float) for k in range(2))
    return positions, velocities
