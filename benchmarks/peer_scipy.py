"""SciPy: bodies under gravity with `solve_ivp`."""

from __future__ import annotations

from typing import Any

import numpy as np
from peer import seconds, serve
from scipy.integrate import solve_ivp


def dop853(bodies: Any, until: float, tolerance: float) -> dict[str, Any]:
    """Time DOP853 to the time ``until``, with both tolerances the same and the forces written with arrays."""
    masses = np.array(bodies["masses"])
    start = np.array([bodies["positions"], bodies["velocities"]])
    weights = masses[:, None] * (1.0 - np.eye(len(masses)))  # a body does not attract itself

    def derivatives(_: float, state: np.ndarray) -> np.ndarray:
        x, v = state.reshape(start.shape)
        between = x[:, None] - x
        squares = (between * between).sum(axis=2) + np.eye(len(masses))
        pulls = (weights / (squares * np.sqrt(squares)))[:, :, None] * between
        return np.concatenate([v, pulls.sum(axis=0)]).ravel()

    def fly() -> Any:
        return solve_ivp(derivatives, (0.0, until), start.ravel(), "DOP853", rtol=tolerance, atol=tolerance)

    took, found = seconds(fly)
    return {"seconds": took, "positions": found.y[:, -1].reshape(start.shape)[0].tolist(), "steps": len(found.t) - 1}


if __name__ == "__main__":
    serve({"dop853": dop853})
