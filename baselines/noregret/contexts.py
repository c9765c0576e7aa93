"""What contextual bandits share: the context is one entry of the observation, with its bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...envs.core.environment import Environment
from ...envs.core.knobs import Knob
from .mixing import know_range

ENTRY = Knob(0, "which entry of the observation is the context", low=0)


def lacks_entry(lp: Any, environment: Environment, players: Sequence[int]) -> str | None:
    """Say so where the observation has no entry of the number ``lp.entry``."""
    fewest = min(environment.spec.observation.sizes[player] for player in players)
    if lp.entry < fewest:
        return None
    return f"entry={lp.entry} is not allowed: an observation of {environment.id} has the entries 0 to {fewest - 1}"


def know_context(lp: Any, environment: Environment) -> Any:
    """Return ``lp`` with the range of rewards, and with ``left`` and ``span``, the interval of the context."""
    seen = environment.spec.observation
    left, right = seen.low[lp.entry], seen.high[lp.entry]
    return know_range(lp, environment)._replace(left=left, span=(right - left) or 1.0)
