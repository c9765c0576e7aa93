"""Systems of bodies whose motion is known, by name.

Periodic orbits of three equal masses are stored with 19 digits or more (``assets/reference/periodic_orbits.json``).
They are published orbits, refined by Newton's method with 32-digit arithmetic until they closed to 1e-18. Others are
made from formulas: Lagrange's equilateral triangle and Euler's line, which turn rigidly, Kepler's ellipse, and the
Pythagorean problem, which has no period; states of the latter are in ``assets/reference/pythagorean.json``. G = 1.

Sources: figure-eight, Moore, PRL 70, 1993, Chenciner and Montgomery, Ann. Math. 152, 2000; butterflies, moth,
yin-yang, goggles, Suvakov and Dmitrasinovic, PRL 110, 2013; Broucke's, Broucke, Celest. Mech. 12, 1975; Pythagorean,
Szebehely and Peters, AJ 72, 1967.
"""

from __future__ import annotations

import json
import math
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np

from ...assets import reference as folder
from ..core.hints import did_you_mean


class Orbit(NamedTuple):
    """Where bodies start: ``masses`` (bodies,), ``positions`` and ``velocities`` (bodies, 2).

    ``period``: after which they are back, math.inf where they never are. ``energy``: the total.
    """

    masses: np.ndarray
    positions: np.ndarray
    velocities: np.ndarray
    period: float
    energy: float


def orbit_names() -> tuple[str, ...]:
    """Return the names that `orbit` knows."""
    return (*_stored(), "pythagorean", "lagrange", "euler", "kepler")


def orbit(name: str, eccentricity: float | None = None) -> Orbit:
    """Return the system of that name.

    Parameters
    ----------
    name : one of `orbit_names`.
    eccentricity : of ``kepler`` only, where it is needed: from 0, below 1. Two bodies of masses 0.75 and 0.25 then
        start at their least distance on ellipses with a semi-major axis of 1 about each other.

    Raises
    ------
    ValueError
        for an unknown name, with the nearest known one; an eccentricity out of range, missing or out of place.
    """
    if name not in orbit_names():
        raise ValueError(
            f"unknown orbit {name!r}{did_you_mean(name, orbit_names())} Known: {', '.join(orbit_names())}."
        )
    if name != "kepler" and eccentricity is not None:
        raise ValueError(f"eccentricity={eccentricity!r}: only the orbit 'kepler' takes one, and {name!r} is another")
    if name == "kepler":
        if eccentricity is None or not 0.0 <= eccentricity < 1.0:
            raise ValueError(f"eccentricity={eccentricity!r}: 'kepler' needs one from 0, below 1")
        return _kepler(float(eccentricity))
    return {"pythagorean": _pythagorean, "lagrange": _lagrange, "euler": _euler}.get(name, lambda: _stored()[name])()


def pythagorean_states() -> dict[float, tuple[np.ndarray, np.ndarray]]:
    """Return positions and velocities (3, 2) of the Pythagorean problem by time, up to 70.

    They are exact to the last digit of float64 (``python benchmarks/reference_pythagorean.py`` computes them).
    """
    states = json.loads((resources.files(folder) / "pythagorean.json").read_text(encoding="utf-8"))["states"]
    return {
        float(time): (np.array(state["x"], float).reshape(3, 2), np.array(state["v"], float).reshape(3, 2))
        for time, state in states.items()
    }


@cache
def _stored() -> dict[str, Orbit]:
    data = json.loads((resources.files(folder) / "periodic_orbits.json").read_text(encoding="utf-8"))
    found = {}
    for name, row in data["orbits"].items():
        values = {key: np.array(row[key], float) for key in ("positions", "velocities")}
        found[name] = _frozen(np.ones(3), **values, period=float(row["period"]), energy=float(row["energy"]))
    return found


def _pythagorean() -> Orbit:
    """Return masses 3, 4 and 5 at rest in the corners of the triangle with sides 3, 4 and 5, each opposite its side."""
    places = [[1.0, 3.0], [-2.0, -1.0], [1.0, -1.0]]
    return _frozen([3.0, 4.0, 5.0], places, np.zeros((3, 2)), math.inf, -12.0 / 5.0 - 15.0 / 4.0 - 20.0 / 3.0)


def _lagrange() -> Orbit:
    """Return unit masses on an equilateral triangle with sides of 1, which turns with the angular velocity sqrt(3)."""
    angles = math.pi / 2.0 + 2.0 * math.pi / 3.0 * np.arange(3)
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1) / math.sqrt(3.0)
    speed = math.sqrt(3.0) * np.stack([-places[:, 1], places[:, 0]], axis=1)
    return _frozen(np.ones(3), places, speed, 2.0 * math.pi / math.sqrt(3.0), -1.5)


def _euler() -> Orbit:
    """Return unit masses at -1, 0 and 1 on a line, which turns with the angular velocity sqrt(5) / 2."""
    speed = math.sqrt(1.25)
    velocities = [[0.0, -speed], [0.0, 0.0], [0.0, speed]]
    places = [[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0]]
    return _frozen(np.ones(3), places, velocities, 2.0 * math.pi / speed, -1.25)


def _kepler(eccentricity: float) -> Orbit:
    heavy, light = 0.75, 0.25
    nearest = 1.0 - eccentricity
    fastest = math.sqrt((1.0 + eccentricity) / (1.0 - eccentricity))
    places = [[-light * nearest, 0.0], [heavy * nearest, 0.0]]
    speeds = [[0.0, -light * fastest], [0.0, heavy * fastest]]
    return _frozen([heavy, light], places, speeds, 2.0 * math.pi, -0.5 * heavy * light)


def _frozen(masses: object, positions: object, velocities: object, period: float, energy: float) -> Orbit:
    arrays = [np.array(values, float) for values in (masses, positions, velocities)]
    for values in arrays:
        values.setflags(write=False)
    return Orbit(arrays[0], arrays[1], arrays[2], period, energy)
