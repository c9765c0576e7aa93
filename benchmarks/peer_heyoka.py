"""heyoka: its adaptive Taylor integrator."""

from __future__ import annotations

from functools import cache
from typing import Any

import heyoka
from peer import seconds, serve


def taylor(bodies: Any, until: float) -> dict[str, Any]:
    """Time the flight to ``until`` with its default tolerance, that of float64; its compilation is not counted."""
    names, integrator = _compiled(tuple(bodies["masses"]))
    state = dict.fromkeys(names, 0.0)
    for i, ((x, y), (vx, vy)) in enumerate(zip(bodies["positions"], bodies["velocities"], strict=True)):
        state |= {f"x_{i}": x, f"y_{i}": y, f"vx_{i}": vx, f"vy_{i}": vy}
    integrator.time = 0.0
    integrator.state[:] = list(state.values())
    took, (_, _, _, steps, *_) = seconds(lambda: integrator.propagate_until(until))
    after = dict(zip(names, integrator.state, strict=True))
    positions = [[after[f"x_{i}"], after[f"y_{i}"]] for i in range(len(bodies["masses"]))]
    return {"seconds": took, "positions": positions, "steps": steps}


@cache
def _compiled(masses: tuple[float, ...]) -> tuple[list[str], Any]:
    """Return the names of the numbers of the state, in their order, and the integrator."""
    system = heyoka.model.nbody(len(masses), masses=list(masses))
    return [str(variable) for variable, _ in system], heyoka.taylor_adaptive(system, [1.0] * len(system))


if __name__ == "__main__":
    serve({"taylor": taylor})
