"""What `regretlab partners list` says of the partners of a game: plain data and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..envs.partners import pools
from ..envs.partners.partner_game import find_game
from ..solvers.best_response import best_response_to
from ..solvers.cross_play import diversity

if TYPE_CHECKING:
    from rich.console import RenderableType


def partners(game: str, rounds: int) -> dict[str, Any]:
    """Return the pools of a game as plain data: hash, diversity, and each partner with its best response.

    Raises ValueError for a game that does not exist or is not of two players.
    """
    known = find_game(game)
    found: dict[str, Any] = {}
    for name in pools.names():
        pool = pools.load(name)
        members = known.pool(name)
        machines = [each.automaton for each in members]
        found[name] = {
            "summary": pool.summary,
            "sha256": pool.sha256,
            "diversity": diversity(known.payoffs, machines, rounds),
            "partners": [
                {
                    "name": each.name,
                    "summary": each.summary,
                    "source": each.source,
                    "states": each.automaton.states,
                    "best": best_response_to(known.payoffs, each.automaton, horizon=rounds).value / rounds,
                }
                for each in members
            ],
        }
    return {"game": known.name, "title": known.title, "rounds": rounds, "pools": found}


def tables(data: Mapping[str, Any]) -> list[RenderableType]:
    """Return a table for each pool."""
    from rich.table import Table

    found: list[RenderableType] = []
    for name, pool in data["pools"].items():
        table = Table(box=None, pad_edge=False, title_justify="left", caption_justify="left")
        table.title = f"{data['title']}: pool {name}"
        table.caption = f"content hash {pool['sha256'][:16]}, diversity {pool['diversity']:.3f}"
        table.add_column("partner", no_wrap=True)
        table.add_column("what it does")
        table.add_column("states", justify="right")
        table.add_column("best response", justify="right")
        for each in pool["partners"]:
            table.add_row(each["name"], each["summary"], str(each["states"]), f"{each['best']:.4g}")
        found.append(table)
    return found
