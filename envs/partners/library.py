"""Scripted partners: games with the automata that play their second seat, read from ``assets/partners``.

A file holds a game of two players (axis k + 1 of ``payoffs`` being player k's action) and the partners that play
player 1. A random first move is a first state that draws its action, so that a partner's state is always a function of
what was played: the optimum against it is one that a player who sees the game can reach.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import numpy as np

from ...assets import partners as folder
from ..core.automaton import Automaton
from ..core.hints import did_you_mean

PARTNER = 1  # the seat that the partners play


@dataclass(frozen=True, eq=False)
class PartneredGame:
    """A game with its scripted partners.

    Parameters
    ----------
    name, title : the id under which `load` finds it, and what people call it.
    payoffs : float64 (2, A_0, A_1); axis k + 1 is player k's action, player 1 being the partner.
    action_names : for each player, the name of each action.
    citation : where payoffs and partners come from.
    partners : the automata that play player 1, by name.
    summaries : a line on each partner, by name.
    """

    name: str
    title: str
    payoffs: np.ndarray
    action_names: tuple[tuple[str, ...], ...]
    citation: str
    partners: Mapping[str, Automaton]
    summaries: Mapping[str, str]

    def partner(self, name: str) -> Automaton:
        """Return the partner called ``name``; ValueError with the nearest name where there is none."""
        if not isinstance(name, str) or name not in self.partners:
            raise ValueError(_unknown("partner", name, f"a partner in {self.name!r}", self.partners))
        return self.partners[name]


def names() -> tuple[str, ...]:
    """Return the names of the games that have partners, sorted."""
    return tuple(sorted(_files()))


@cache
def load(name: str) -> PartneredGame:
    """Return the game called ``name`` with its partners; ValueError with the nearest name where there is none."""
    if name not in _files():
        raise ValueError(_unknown("game", name, "a game with partners", names()))
    data = json.loads(_files()[name].read_text(encoding="utf-8"))
    payoffs = np.array(data["payoffs"], np.float64)
    payoffs.setflags(write=False)
    partners = {each["name"]: _automaton(each) for each in data["partners"]}
    for partner in partners.values():
        partner.check_seat(PARTNER, payoffs.shape[1:])
    return PartneredGame(
        name=data["name"],
        title=data["title"],
        payoffs=payoffs,
        action_names=tuple(map(tuple, data["action_names"])),
        citation=data["citation"],
        partners=partners,
        summaries={each["name"]: each["summary"] for each in data["partners"]},
    )


def _automaton(data: Mapping[str, Any]) -> Automaton:
    policy = [[float(Fraction(probability)) for probability in row] for row in data["policy"]]
    return Automaton(data["name"], np.array(data["start"]), np.array(policy), np.array(data["next"]))


def _unknown(knob: str, name: Any, what: str, known: Iterable[str]) -> str:
    return f"{knob}={name!r} is not {what}{did_you_mean(str(name), known)} It has: {', '.join(known)}"


@lru_cache(maxsize=1)
def _files() -> dict[str, Any]:
    entries = resources.files(folder).iterdir()
    return {entry.name.removesuffix(".json"): entry for entry in entries if entry.name.endswith(".json")}
