"""The rows of the memory tasks."""

from __future__ import annotations

from ..core.knobs import Knob
from ..core.registry import Row

ROWS = (
    # Mazes.
    Row(
        id="regretlab/TMazePassive-v0",
        module="regretlab.envs.memory.tmaze_passive",
        family="memory",
        summary="Remember the colour seen at the start until the junction at the far end.",
        knobs={
            "length": Knob(10, "column of the junction: how many observations to keep the cue", low=2, high=10**9),
            "random_length": Knob(False, "draw the junction's column uniformly from 2 to length"),
            "continual": Knob(False, "teleport to the start with a new cue instead of ending"),
        },
        tags=("memory", "exact", "integer"),
        citation="Nangue Tasse et al. 2025, arXiv:2512.19154",
    ),
    # Chains of cues.
    # Cards and symbols.
    # Continuous states, and the cube.
)
