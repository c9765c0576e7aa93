"""Print the speeds of integrators of bodies, and of the tasks made of them, beside those of other packages.

    python benchmarks/peers.py rebound heyoka scipy # once: a virtual environment for each peer
    python benchmarks/bodies.py                     # everything, about two minutes
    python benchmarks/bodies.py --only leapfrog     # one part: leapfrog, ias15, tasks or agreement
    python benchmarks/bodies.py --json

A ratio is that of the medians of several rounds of one run, in which RegretLab and the peers take turns on the same
core. `README.md` beside this file says what each part measures.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from statistics import median
from typing import Any

import numpy as np
from figures import Figure, main, ratio, turns, versions
from peers import Peer

from regretlab.envs.bodies import hermite_eta, leapfrog_batch
from regretlab.envs.bodies.integrate import integrate
from regretlab.envs.bodies.orbits import Orbit, orbit
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.registry import build
from regretlab.evaluation import bench

#: Seconds that a job of REBOUND may take: on symmetric orbits its default rule can choose steps that never arrive.
PATIENCE = 60.0
STEP, STEPS = 0.001, 1_000_000
SYSTEMS, STEPS_OF_EACH = 4_096, 1_000
LANES, CALLS, LOOPED = 4_096, 100, 50_000
STARTS, DECISIONS = 100, 300
TOLERANCE = 1e-13  # DOP853's relative one cannot be much less


def leapfrog() -> Iterator[Figure]:
    """The leapfrog with a constant step on the figure-eight, against REBOUND's on one system."""
    eight = orbit("figure-eight")
    masses = tuple(eight.masses)
    places, speeds = (np.repeat(each.reshape(6, 1), SYSTEMS, axis=1) for each in (eight.positions, eight.velocities))
    with Peer("rebound", PATIENCE) as rebound:
        one, many, theirs = turns(
            lambda: _fly(eight, STEP * STEPS, "kdk", "constant", STEP)["seconds"] / STEPS,
            lambda: bench.time_calls(lambda: leapfrog_batch.leapfrog(masses, places, speeds, STEP, STEPS_OF_EACH), 1),
            lambda: rebound.ask("leapfrog", bodies=_plain(eight), h=STEP, steps=STEPS)["seconds"] / STEPS,
        )
    yield ratio("integrate, scheme kdk, one system", 4.0, [one, theirs], "a step", rebound)
    many = [each / (SYSTEMS * STEPS_OF_EACH) for each in many]
    yield ratio(f"leapfrog_batch, {SYSTEMS:,} systems", 6.0, [many, theirs], "a step", rebound)


def ias15() -> Iterator[Figure]:
    """IAS15 on the Pythagorean problem to t = 70, against REBOUND's; the notes have heyoka and SciPy, too."""
    start, until = orbit("pythagorean"), 70.0
    asked = {"bodies": _plain(start), "until": until}
    with Peer("rebound", PATIENCE) as rebound, Peer("heyoka") as heyoka, Peer("scipy") as scipy:
        ours, ours_global, theirs, theirs_global, series, runge_kutta = turns(
            lambda: _fly(start, until, "ias15", "prs"),
            lambda: _fly(start, until, "ias15", "global"),
            lambda: rebound.ask("ias15", mode="PRS23", **asked),
            lambda: rebound.ask("ias15", mode="GLOBAL", **asked),
            lambda: heyoka.ask("taylor", **asked),
            lambda: scipy.ask("dop853", tolerance=TOLERANCE, **asked),
            rounds=5,
        )
    for mode, (us, them) in {"PRS23": (ours, theirs), "GLOBAL": (ours_global, theirs_global)}.items():
        seconds = [[each["seconds"] for each in flights] for flights in (us, them)]
        figure = ratio(f"steps chosen as by REBOUND's {mode}", 1.0, seconds, "a flight", rebound)
        note = f"ours {_told(us)}; theirs {_told(them)} ({versions(rebound)})"
        if mode == "PRS23":
            note += f"; Taylor series {_told(series)} ({versions(heyoka)})"
            note += f"; DOP853 {_told(runge_kutta)} ({versions(scipy)})"
        yield figure._replace(note=note)


def tasks() -> Iterator[Figure]:
    """Tasks in batches: StepSize against a loop of Python over single steps of REBOUND; HermiteEta."""
    stars = build("StepSize-v0")
    batch = Batch(stars, LANES, autoreset="same_step")
    batch.reset(seed=0)
    drawn = cycle(bench.draw(batch.spec.actions, LANES))
    places, speeds = (each[0].reshape(3, 2) for each in (stars.params.positions, stars.params.velocities))
    bodies = _plain(Orbit(stars.params.masses, places, speeds, math.inf, math.nan))
    with Peer("rebound", PATIENCE) as rebound:
        ours, loop = turns(
            lambda: bench.time_calls(lambda: batch.step(next(drawn)), CALLS) / LANES,
            lambda: rebound.ask("loop", bodies=bodies, h=STEP, steps=LOOPED),
        )
    bare, reading = ([each[name] / LOOPED for each in loop] for name in ("seconds", "reading"))
    speed = 1e-6 / median(ours)
    yield Figure(f"StepSize-v0, {LANES:,} lanes, random actions", "at least", 5.0, speed, "M decisions/s")
    figure = ratio("the same against REBOUND's sim.steps(1)", 10.0, [ours, bare], "a decision", rebound)
    yield figure._replace(note=f"{figure.note}; with its bodies and energy read {median(reading) * 1e6:.3g} us")

    batch = Batch(build("HermiteEta-v0", decisions=DECISIONS), STARTS)
    action = np.full(STARTS, hermite_eta.MUS.index(0.01))

    def play() -> None:
        batch.reset(seed=0, outcome=np.arange(STARTS))
        for _ in range(DECISIONS):
            batch.step(action)

    (took,) = turns(lambda: bench.time_calls(play, 1))
    name = f"HermiteEta-v0, {STARTS} starts, {DECISIONS} decisions of mu = 0.01"
    yield Figure(name, "at most", 1.0, median(took), "s")


def agreement() -> Iterator[Figure]:
    """Largest distance of a body from where another program puts it after one period of the figure-eight."""
    eight = orbit("figure-eight")
    asked = {"bodies": _plain(eight), "until": eight.period}
    ours = _fly(eight, eight.period, "ias15", "global")
    with Peer("rebound", PATIENCE) as rebound, Peer("heyoka") as heyoka, Peer("scipy") as scipy:
        others = {
            "IAS15, REBOUND's": (rebound, rebound.ask("ias15", mode="GLOBAL", **asked)),
            "IAS15, heyoka's Taylor series": (heyoka, heyoka.ask("taylor", **asked)),
            "IAS15, SciPy's DOP853": (scipy, scipy.ask("dop853", tolerance=TOLERANCE, **asked)),
        }
        h = eight.period / 1_000
        theirs = rebound.ask("leapfrog", bodies=asked["bodies"], h=h, steps=1_000)
    for name, (peer, answer) in others.items():
        yield Figure(name, "at most", 1e-10, _apart(ours, answer), "apart", versions(peer))
    drifting = _fly(eight, eight.period, "dkd", "constant", h)
    name = "leapfrog, scheme dkd, 1,000 steps, REBOUND's"
    yield Figure(name, "at most", 1e-10, _apart(drifting, theirs), "apart", versions(rebound))


PARTS: dict[str, Callable[[], Iterator[Figure]]] = {part.__name__: part for part in (leapfrog, ias15, tasks, agreement)}


def _fly(start: Orbit, until: float, scheme: str, rule: str, size: float | None = None) -> dict[str, Any]:
    """Time `integrate` and return what a peer returns: seconds, positions and steps."""
    began = time.perf_counter()
    found = integrate(start.masses, start.positions, start.velocities, until, scheme=scheme, rule=rule, size=size)
    took = time.perf_counter() - began
    return {"seconds": took, "positions": found.positions[-1].tolist(), "steps": found.steps}


def _plain(start: Orbit) -> dict[str, Any]:
    """Return bodies as a peer is told them."""
    return {name: getattr(start, name).tolist() for name in ("masses", "positions", "velocities")}


def _told(flights: list[dict[str, Any]]) -> str:
    """Return the median time and the steps of flights in words."""
    return f"{1e3 * median(each['seconds'] for each in flights):.3g} ms, {flights[0]['steps']:,} steps"


def _apart(ours: dict[str, Any], theirs: dict[str, Any]) -> float:
    """Return the largest distance between the places of a body."""
    return float(np.linalg.norm(np.array(ours["positions"]) - theirs["positions"], axis=1).max())


if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core for us and for the peers, which take turns
    main(__doc__, PARTS)
