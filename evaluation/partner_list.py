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


def partners(game: str, rounds: int, simulate: bool = False) -> dict[str, Any]:
    """Return the pools of a game as plain data: hash, diversity, and each partner with its best response.

    ``best`` is the value a round. Partners that learn have one only if it is to be found by simulation, which may take
    a minute; its interval is ``low`` to ``high``, and their pool has no diversity.

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
    found[pools.LEARNERS] = _learners(known.payoffs, rounds if simulate else None)
    return {"game": known.name, "title": known.title, "rounds": rounds, "pools": found}


def _learners(payoffs: np.ndarray, rounds: int | None) -> dict[str, Any]:
    """Return the pool of learners, with best responses over so many ``rounds``, or None."""
    pool, members = pools.load(pools.LEARNERS), []
    for entry, learner in zip(pool.entries, learning.pool().values(), strict=True):
        each = {name: entry[name] for name in ("name", "summary", "source")}
        if rounds is not None:
            best = simulated_best_response(payoffs, learner, rounds, learning.SEEDS).value
            assert best.low is not None and best.high is not None  # it is simulated
            each |= {"best": best.value / rounds, "low": best.low / rounds, "high": best.high / rounds}
        members.append(each)
    return {"summary": pool.summary, "sha256": pool.sha256, "partners": members}


def tables(data: Mapping[str, Any]) -> list[RenderableType]:
    """Return a table for each pool."""
    from rich.table import Table

    found: list[RenderableType] = []
    for name, pool in data["pools"].items():
        table = Table(box=None, pad_edge=False, title_justify="left", caption_justify="left")
        table.title = f"{data['title']}: pool {name}"
        exact, known = "diversity" in pool, "best" in pool["partners"][0]
        if exact:
            more = f"diversity {pool['diversity']:.3f}"
        else:
            more = "best responses simulated, with a 99 % interval" if known else "best responses: --simulate"
        table.caption = f"content hash {pool['sha256'][:16]}, {more}"
        table.add_column("partner", no_wrap=True)
        table.add_column("what it does")
        if exact:
            table.add_column("states", justify="right")
        if known:
            table.add_column("best response", justify="right", no_wrap=True)
        for each in pool["partners"]:
            states = [str(each["states"])] if exact else []
            table.add_row(each["name"], each["summary"], *states, *([_best(each)] if known else []))
        found.append(table)
    return found


def _best(partner: Mapping[str, Any]) -> str:
    """Return the value of the best response in words, with its interval where it was simulated."""
    if "low" not in partner:
        return f"{partner['best']:.4g}"
    return f"{partner['best']:.4g} ({partner['low']:.4g} to {partner['high']:.4g})"
