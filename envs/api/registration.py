"""Filling the registries of Gymnasium and PettingZoo from a row, with string entry points: nothing is imported yet."""

from __future__ import annotations

import gymnasium
import pettingzoo

from ..core.registry import Row

_API = "regretlab.envs.api"


def publish(row: Row) -> None:
    """Register ``row`` with Gymnasium (one player) or both registries of PettingZoo (several), replacing its id."""
    own = {"environment": row.id}
    if row.players == "one":
        gymnasium.registry.pop(row.id, None)
        gymnasium.register(
            row.id,
            entry_point=f"{_API}.single:entry_point",
            vector_entry_point=f"{_API}.vector:entry_point",
            kwargs=own,
        )
    elif hasattr(pettingzoo, "register"):  # PettingZoo has registries since 1.27
        for kind, known in (("parallel", pettingzoo.parallel_registry), ("aec", pettingzoo.aec_registry)):
            known.pop(row.id, None)
            pettingzoo.register(kind, row.id, f"{_API}.parallel:{kind}_entry_point", kwargs=own)
