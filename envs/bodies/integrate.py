"""Integrate bodies of your own with any scheme and rule.

from regretlab.envs.bodies.integrate import integrate
from regretlab.envs.bodies.orbits import orbit

eight = orbit("figure-eight")
run = integrate(eight.masses, eight.positions, eight.velocities, until=10 * eight.period)
print(run.reason, run.positions[-1], run.energy_error())
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.fusing import fuse
from ..core.hints import did_you_mean
from . import ias15, planar, spatial
from .march import FINISHED, LIMIT, NOT_FINITE, STALLED, march, march_transformed
from .schemes import SCHEMES
from .step_rules import RULES

_EMBEDDED = ("rkf4", "rkf45")
#: The number of a rule where none is given; a constant step has to be given.
_SIZES = {"pairs": 0.01, "average": 0.01, "aarseth": 0.01, "prs": 0.01, "pi": 1e-9}
_IAS15_EPSILON = 1e-9
#: Bodies that are nearer to each other than this share of the system as it began, or of their coordinates, when a run
#: stops by itself, have collided.
_CONTACT = 1e-6


def scheme_names() -> tuple[str, ...]:
    """Return the names of the schemes that `integrate` knows."""
    return (*SCHEMES, "ias15")


def rule_names(scheme: str) -> tuple[str, ...]:
    """Return the rules that choose the steps of ``scheme``, the one first that it has where none is asked for."""
    if scheme == "ias15":
        return "prs", "global"
    if scheme == "logh":
        return ("constant",)
    if SCHEMES[scheme].keeps == "jerks":
        return ("aarseth", "prs", "pairs", "average", "constant")
    return ("pi", "pairs", "average", "constant") if scheme in _EMBEDDED else ("pairs", "average", "constant")


@dataclass(frozen=True)
class Trajectory:
    """A run of `integrate`.

    Attributes
    ----------
    scheme, rule, size : how it was integrated.
    reason : "finished"; "collision" of two bodies; "stalled", the steps became too small to move the clock; "step
        limit"; "not finite", a coordinate went beyond the range of numbers.
    times : float64 (k,), of the states. Those that were asked for, as far as they were reached; unless the run finished
        the last is the time at which it ended.
    positions, velocities : float64 (k, bodies, dimensions); always finite.
    energies, angular_momenta : (k,) and, about the origin, (k,) in a plane, else (k, 3).
    energy_scales : (k,), kinetic energy plus the absolute value of the potential energy.
    initial_energy, initial_angular_momentum, initial_energy_scale : those at time 0.
    steps, rejected, evaluations : accepted steps, rejected steps, evaluations of all forces by both.
    """

    scheme: str
    rule: str
    size: float
    reason: str
    times: np.ndarray
    positions: np.ndarray
    velocities: np.ndarray
    energies: np.ndarray
    angular_momenta: np.ndarray
    energy_scales: np.ndarray
    initial_energy: float
    initial_angular_momentum: Any
    initial_energy_scale: float
    steps: int
    rejected: int
    evaluations: int

    def energy_error(self, norm: str = "relative") -> np.ndarray:
        """Return the energy errors at `times`, (k,): absolute differences to the initial energy E, divided.

        Parameters
        ----------
        norm : "relative" divides by ``abs(E)``; "scaled" by the largest kinetic plus absolute potential energy of
            the run, which is never zero.

        Raises
        ------
        ValueError
            for another norm; for "relative" where E is zero (to rounding), so that nothing is relative to it.
        """
        differences = np.abs(self.energies - self.initial_energy)
        largest = max(self.initial_energy_scale, *self.energy_scales)
        if norm == "scaled":
            return differences / largest
        if norm != "relative":
            raise ValueError(f"norm={norm!r}: 'relative' and 'scaled' are known")
        if abs(self.initial_energy) <= 1e-14 * self.initial_energy_scale:
            raise ValueError("the initial energy is zero, so a relative error is undefined; use energy_error('scaled')")
        return differences / abs(self.initial_energy)


def integrate(
    masses: Any,
    positions: Any,
    velocities: Any,
    until: float,
    *,
    scheme: str = "ias15",
    rule: str | None = None,
    size: float | None = None,
    times: Sequence[float] | None = None,
    softening: float = 0.0,
    most_steps: int = 100_000_000,
) -> Trajectory:
    """Integrate bodies under their gravity (G = 1) from time 0.

    Three bodies in a plane are integrated by unrolled code, which is faster, others by code for any number in space.

    Parameters
    ----------
    masses : (bodies,), positive; at least two.
    positions, velocities : (bodies, 2) or (bodies, 3).
    until : the time to integrate to.
    scheme : one of `scheme_names`.
    rule : one of `rule_names` of the scheme, which `step_rules` and, for IAS15, `ias15` describe.
    size : the number of the rule: the step of "constant" (of the transformed time for "logh", see `schemes`), eta of
        "pairs", "average", "aarseth" and "prs", the tolerance of "pi", epsilon of IAS15. Defaults: 0.01, 1e-9 for "pi"
        and IAS15, a hundredth of the shortest time scale for "logh"; "constant" has none.
    times : when to note the state, increasing, from 0 to ``until``; only at ``until`` where none are given. A step that
        would pass one is cut to end there, which in a chaotic system changes what comes after.
    softening : length e, by which distances r become sqrt(r^2 + e^2).
    most_steps : after so many steps, accepted and rejected, the run stops.

    Returns
    -------
    the `Trajectory`. A collision ends it, with its reason.

    Raises
    ------
    ValueError
        for bad input: shapes, masses that are not positive, values that are not finite, bodies in one place,
        a step that is not positive or beyond the end, an unknown scheme or rule.
    """
    m, x, v = _checked_bodies(masses, positions, velocities)
    if scheme not in scheme_names():
        known = scheme_names()
        raise ValueError(f"unknown scheme {scheme!r}{did_you_mean(scheme, known)} Known: {', '.join(known)}.")
    rules = rule_names(scheme)
    if rule is None:
        rule = rules[0]
    if rule not in rules:
        raise ValueError(
            f"rule {rule!r} of the scheme {scheme!r}{did_you_mean(rule, rules)} It has {', '.join(rules)}."
        )
    until, softening = _checked("until", until), _checked("softening", softening)
    if until == 0.0:
        raise ValueError("until=0.0: the time to integrate to has to be positive")
    if not most_steps >= 1:
        raise ValueError(f"most_steps={most_steps!r}: at least one step is needed")
    asked = np.array([until] if times is None else times, float)
    if asked.ndim != 1 or not len(asked) or not (np.isfinite(asked).all() and (np.diff(asked) > 0.0).all()):
        raise ValueError(f"times={times!r}: a list of increasing numbers is needed")
    if asked[0] < 0.0 or asked[-1] > until:
        raise ValueError(f"times from {asked[0]:g} to {asked[-1]:g} are not all within 0 and until={until:g}")
    if asked[-1] < until:
        asked = np.append(asked, until)

    dimensions = x.shape[1]
    in_plane = len(m) == 3 and (dimensions == 2 or not (x[:, 2:].any() or v[:, 2:].any()))
    size = _checked_size(scheme, rule, size, until, m, x, v, softening)
    width = 2 if in_plane else 3
    flat_x, flat_v = (_columns(values, width).reshape(-1) for values in (x, v))
    counts = np.zeros(4, np.int64)
    out_x, out_v = (np.zeros((len(asked), len(flat_x))) for _ in range(2))
    bodies, limits = (m, flat_x, flat_v), (size, softening, int(most_steps))
    code, reached = _run(scheme, rule, in_plane, bodies, asked, limits, (out_x, out_v, counts))

    rows = int(counts[3])
    if code != FINISHED:
        asked[rows] = reached
        rows += 1
    places, speeds = (_columns(values[:rows].reshape(rows, len(m), width), dimensions) for values in (out_x, out_v))
    kinetic, binding = _energies(m, places, speeds, softening)
    first_kinetic, first_binding = (float(values[0]) for values in _energies(m, x[None], v[None], softening))
    return Trajectory(
        scheme=scheme,
        rule=rule,
        size=size,
        reason=_reason(code, x, places[-1]),
        times=asked[:rows],
        positions=places,
        velocities=speeds,
        energies=kinetic - binding,
        angular_momenta=_angular_momenta(m, places, speeds),
        energy_scales=kinetic + binding,
        initial_energy=first_kinetic - first_binding,
        initial_angular_momentum=_angular_momenta(m, x[None], v[None])[0],
        initial_energy_scale=first_kinetic + first_binding,
        steps=int(counts[0]),
        rejected=int(counts[1]),
        evaluations=int(counts[2]),
    )


def _run(
    scheme: str, rule: str, in_plane: bool, bodies: tuple, times: np.ndarray, limits: tuple, out: tuple
) -> tuple[int, float]:
    """Fuse the loop of the scheme and run it; return the reason for its end and the time reached."""
    m, x, v = bodies
    slug = f"integrate_{scheme}_{'plane' if in_plane else 'space'}"
    if scheme == "ias15":
        loop = fuse(ias15.run, ias15.IN_PLANE if in_plane else {}, slug)
        work, kept = ias15.allocate(len(x)), (np.zeros(len(x)), np.zeros(len(x)))
        return loop(m, x, v, work, kept, times, rule == "global", *limits, *out)
    step, begin = SCHEMES[scheme].step, SCHEMES[scheme].begin
    if in_plane:
        bindings = {"step": step, "begin": begin}
        memory: Any = planar.BLANK
        scratch: Any = planar.SCRATCH
        kept_state: Any = (planar.ZERO,) * 4
    else:
        bindings = {**spatial.FUNCTIONS, "step": spatial.bind(step), "begin": spatial.bind(begin)}
        memory, scratch = spatial.blank(len(m))
        kept_state = tuple(np.zeros(len(x)) for _ in range(4))
    if scheme == "logh":
        return fuse(march_transformed, bindings, slug)(m, x, v, memory, scratch, kept_state, times, *limits, *out)
    return fuse(march, bindings, slug)(m, x, v, memory, scratch, kept_state, times, RULES[rule], *limits, *out)


# Checks ---------------------------------------------------------------------------------------------------------------


def _checked_bodies(masses: Any, positions: Any, velocities: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    m, x, v = (np.array(values, float) for values in (masses, positions, velocities))
    if m.ndim != 1 or len(m) < 2:
        raise ValueError(f"masses has the shape {m.shape}; that of at least two bodies, (bodies,), is needed")
    for name, values in (("positions", x), ("velocities", v)):
        if values.shape not in ((len(m), 2), (len(m), 3)):
            raise ValueError(f"{name} has the shape {values.shape}; ({len(m)}, 2) or ({len(m)}, 3) is needed")
    if x.shape != v.shape:
        raise ValueError(f"positions {x.shape} and velocities {v.shape} differ in shape")
    for name, values in (("masses", m), ("positions", x), ("velocities", v)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} holds {values[~np.isfinite(values)][0]}; every value has to be finite")
    if not (m > 0.0).all():
        raise ValueError(
            f"masses holds {m[m <= 0.0][0]:g}, of body {int(np.argmin(m > 0.0))}; masses have to be positive"
        )
    i, k = np.triu_indices(len(m), 1)
    together = ~(x[i] != x[k]).any(axis=1)
    if together.any():
        first = int(together.argmax())
        raise ValueError(f"bodies {i[first]} and {k[first]} are in one place, {x[i[first]].tolist()}")
    return m, x, v


def _checked(name: str, value: float) -> float:
    if not (math.isfinite(value) and value >= 0.0):
        raise ValueError(f"{name}={value!r}: a finite number from 0 is needed")
    return float(value)


def _checked_size(scheme, rule, size, until, m, x, v, softening) -> float:
    """Return the number of the rule, or its default."""
    if size is None and scheme == "logh":
        binding = float(_energies(m, x[None], v[None], softening)[1][0])
        flat_x, flat_v = (_columns(values, 3).reshape(-1) for values in (x, v))
        return 0.01 * binding / math.sqrt(spatial.pair_rate(m, flat_x, flat_v, softening))
    if size is None and rule == "constant":
        raise ValueError("the rule 'constant' needs size, the step")
    if size is None:
        return _IAS15_EPSILON if scheme == "ias15" else _SIZES[rule]
    if not (math.isfinite(size) and size > 0.0):
        raise ValueError(f"size={size!r}: the number of the rule {rule!r} has to be finite and positive")
    if rule == "constant" and scheme != "logh" and size > until:
        raise ValueError(f"size={size:g}: the step is longer than the time to integrate, until={until:g}")
    return float(size)


# Numbers of the result ------------------------------------------------------------------------------------------------


def _reason(code: int, first: np.ndarray, last: np.ndarray) -> str:
    """Name the end of a run from positions ``first`` to ``last`` (bodies, dimensions)."""
    if code in (NOT_FINITE, STALLED):
        i, k = np.triu_indices(len(last), 1)
        nearest = np.linalg.norm(last[i] - last[k], axis=1).min()
        spread = np.linalg.norm(first - first.mean(axis=0), axis=1).max()
        if nearest <= _CONTACT * max(spread, np.abs(last).max()):
            return "collision"
    return {FINISHED: "finished", NOT_FINITE: "not finite", STALLED: "stalled", LIMIT: "step limit"}[code]


def _energies(m: np.ndarray, x: np.ndarray, v: np.ndarray, softening: float) -> tuple[np.ndarray, np.ndarray]:
    """Return kinetic energy and minus the potential energy, both (k,), of states (k, bodies, dimensions)."""
    i, k = np.triu_indices(len(m), 1)
    distances = np.sqrt(((x[:, i] - x[:, k]) ** 2).sum(axis=-1) + softening**2)
    return 0.5 * (m * (v**2).sum(axis=-1)).sum(axis=-1), (m[i] * m[k] / distances).sum(axis=-1)


def _angular_momenta(m: np.ndarray, x: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the angular momenta about the origin, (k,) in a plane and (k, 3) in space."""
    about = m[:, None] * np.cross(_columns(x, 3), _columns(v, 3))
    total = about.sum(axis=1)
    return total[:, 2] if x.shape[-1] == 2 else total


def _columns(values: np.ndarray, count: int) -> np.ndarray:
    """Return ``values`` (..., dimensions) with ``count`` dimensions, zeros added or left out."""
    wide = np.zeros((*values.shape[:-1], count))
    shared = min(count, values.shape[-1])
    wide[..., :shared] = values[..., :shared]
    return wide
