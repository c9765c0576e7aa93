"""What `regretlab partners list` says of the partners of a game: plain data and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..envs.partners import learning, pools
from ..envs.partners.partner_game import find_game
from ..solvers.best_response import best_response_to
from ..solvers.cross_play import diversity
from .simulated_response import simulated_best_response

if TYPE_CHECKING:
    from rich.console import RenderableType


def partners(game: str, rounds: int) -> dict[str, Any]:
    """Return the pools of a game as plain data: hash, diversity, and each partner with its best response.

    ``best`` is the value a round; where the partner learns and it was simulated, its interval is ``low`` to ``high``,
    and the pool has no diversity.

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
    found[pools.LEARNERS] = _learners(known.payoffs, rounds)
    return {"game": known.name, "title": known.title, "rounds": rounds, "pools": found}


def _learners(payoffs: np.ndarray, rounds: int) -> dict[str, Any]:
    pool, members = pools.load(pools.LEARNERS), []
    for entry, learner in zip(pool.entries, learning.pool().values(), strict=True):
        best = simulated_best_response(payoffs, learner, rounds, learning.SEEDS).value
        assert best.low is not None and best.high is not None  # it is simulated
        about = {name: entry[name] for name in ("name", "summary", "source")}
        members.append(about | {"best": best.value / rounds, "low": best.low / rounds, "high": best.high / rounds})
    return {"summary": pool.summary, "sha256": pool.sha256, "partners": members}


def tables(data: Mapping[str, Any]) -> list[RenderableType]:
    """Return a table for each pool."""
    from rich.table import Table

    found: list[RenderableType] = []
    for name, pool in data["pools"].items():
        table = Table(box=None, pad_edge=False, title_justify="left", caption_justify="left")
        table.title = f"{data['title']}: pool {name}"
        learns = "diversity" not in pool
        more = "best responses simulated, with a 99 % interval" if learns else f"diversity {pool['diversity']:.3f}"
        table.caption = f"content hash {pool['sha256'][:16]}, {more}"
        table.add_column("partner", no_wrap=True)
        table.add_column("what it does")
        if not learns:
            table.add_column("states", justify="right")
        table.add_column("best response", justify="right", no_wrap=True)
        for each in pool["partners"]:
            best = f"{each['best']:.4g}"
            if learns:
                table.add_row(each["name"], each["summary"], f"{best} ({each['low']:.4g} to {each['high']:.4g})")
            else:
                table.add_row(each["name"], each["summary"], str(each["states"]), best)
        found.append(table)
    return found
