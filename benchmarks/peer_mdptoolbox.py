"""pymdptoolbox: the gain by relative value iteration."""

from __future__ import annotations

from typing import Any

import mdptoolbox.mdp
import numpy as np
from peer import seconds, serve


def gain(transitions: Any, rewards: Any) -> dict[str, float]:
    """Time relative value iteration of ``transitions`` (A, S, S) and ``rewards`` (S, A)."""
    solver = mdptoolbox.mdp.RelativeValueIteration(np.array(transitions), np.array(rewards), epsilon=1e-8)
    took, _ = seconds(solver.run)
    return {"seconds": took, "gain": float(solver.average_reward)}


if __name__ == "__main__":
    serve({"gain": gain})
