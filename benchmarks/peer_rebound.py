"""REBOUND: its leapfrog and IAS15, alone and in a loop of Python, as a program would drive an environment with it."""

from __future__ import annotations

from typing import Any

import rebound
from peer import seconds, serve


def leapfrog(bodies: Any, h: float, steps: int) -> dict[str, Any]:
    """Time ``steps`` steps of its leapfrog in one call."""
    simulation = _simulation(bodies, "leapfrog")
    simulation.dt = h
    took, _ = seconds(lambda: simulation.steps(steps))
    return {"seconds": took, "positions": _positions(simulation)}


def ias15(bodies: Any, mode: str, until: float) -> dict[str, Any]:
    """Time its IAS15 to the time ``until``, with steps chosen by ``mode``."""
    simulation = _simulation(bodies, "ias15")
    simulation.integrator.adaptive_mode = mode
    took, _ = seconds(lambda: simulation.integrate(until))
    return {"seconds": took, "positions": _positions(simulation), "steps": simulation.steps_done}


def loop(bodies: Any, h: float, steps: int) -> dict[str, float]:
    """Time single steps of its leapfrog called from Python, without and with reading the bodies and the energy."""
    simulation = _simulation(bodies, "leapfrog")
    simulation.dt = h

    def bare() -> None:
        for _ in range(steps):
            simulation.steps(1)

    def reading() -> None:
        for _ in range(steps):
            simulation.dt = h
            simulation.steps(1)
            simulation.energy()
            for each in simulation.particles:
                each.x, each.y, each.vx, each.vy  # noqa: B018

    return {"seconds": seconds(bare)[0], "reading": seconds(reading)[0]}


def _simulation(bodies: Any, integrator: str) -> rebound.Simulation:
    simulation = rebound.Simulation()
    simulation.integrator = integrator
    for m, (x, y), (vx, vy) in zip(bodies["masses"], bodies["positions"], bodies["velocities"], strict=True):
        simulation.add(m=m, x=x, y=y, vx=vx, vy=vy)
    return simulation


def _positions(simulation: rebound.Simulation) -> list[list[float]]:
    return [[each.x, each.y] for each in simulation.particles]


if __name__ == "__main__":
    serve({"leapfrog": leapfrog, "ias15": ias15, "loop": loop})
