"""Games with their partners: payoffs from ``assets/partners`` or from anywhere, partners from the pools.

A random first move is a first state that draws its action, so that a partner's state is always a function of what was
played: the optimum against it is one that a player who sees the game can reach.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache, cached_property, lru_cache
from importlib import resources
from typing import Any

import numpy as np

from ...assets import partners as folder
from ..core.automaton import Automaton
from ..core.hints import did_you_mean
from . import pools
from .pools import Partner
from .rules import PARTNER, Stage, numbers


class PartneredGame:
    """A game of two players, and those who play player 1 in it.

    Parameters
    ----------
    name, title : the id under which `load` finds it (or that of the library's game), and what people call it.
    payoffs : float64 (2, A_0, A_1); axis k + 1 is player k's action, player 1 being the partner.
    action_names : for each player, the name of each action.
    citation : where the payoffs come from.
    first : float64 (A_1,), what a partner plays that has nothing to go by; None: every action with equal probability.
    """

    def __init__(
        self,
        name: str,
        title: str,
        payoffs: np.ndarray,
        action_names: Sequence[Sequence[str]],
        citation: str = "",
        first: np.ndarray | None = None,
    ) -> None:
        self.name, self.title, self.citation = name, title, citation
        self.payoffs = np.array(payoffs, np.float64)
        self.payoffs.setflags(write=False)
        self.action_names = tuple(map(tuple, action_names))
        self.first = np.full(self.payoffs.shape[2], 1 / self.payoffs.shape[2]) if first is None else first

    def pool(self, name: str) -> tuple[Partner, ...]:
        """Return the partners of the pool of automata called ``name``, all different: none behaves like one before it,
        and those of ``held-out`` like none of ``train``.

        Raises ValueError for a pool of learners, and as `regretlab.envs.partners.pools.load`.
        """
        pools.load(name)
        if name == pools.LEARNERS:
            raise ValueError(f"pool={name!r} is not allowed: its partners learn, and are no automata")
        return self._pools[name]

    def partner(self, name: str) -> Automaton:
        """Return the partner called ``name``; ValueError with the nearest name where there is none."""
        if not isinstance(name, str) or name not in self.partners:
            learners = [each["name"] for each in pools.load(pools.LEARNERS).entries]
            raise ValueError(_unknown("partner", name, f"a partner in {self.name!r}", [*self.partners, *learners]))
        return self.partners[name].automaton

    @cached_property
    def partners(self) -> dict[str, Partner]:
        """All partners of all pools by name, also those that behave like another one."""
        return {each.name: each for every in self._all.values() for each in every}

    @cached_property
    def _all(self) -> dict[str, list[Partner]]:
        stage = Stage(self.payoffs, self.first)
        names = self.action_names[PARTNER]
        return {each: pools.partners(pools.load(each), self.name, stage, names) for each in pools.names()}

    @cached_property
    def _pools(self) -> dict[str, tuple[Partner, ...]]:
        found: dict[str, tuple[Partner, ...]] = {}
        for each in pools.names():  # train first
            found[each] = tuple(pools.apart(self._all[each], [one for every in found.values() for one in every]))
        return found


def names() -> tuple[str, ...]:
    """Return the names of the games of Riemer et al., sorted."""
    return tuple(sorted(_files()))


@cache
def load(name: str) -> PartneredGame:
    """Return the game called ``name``; ValueError with the nearest name where there is none."""
    if name not in _files():
        raise ValueError(_unknown("game", name, "a game with partners", names()))
    data = json.loads(_files()[name].read_text(encoding="utf-8"))
    return PartneredGame(**{**data, "payoffs": np.array(data["payoffs"]), "first": numbers(data["first"])})


def _unknown(knob: str, name: Any, what: str, known: Iterable[str]) -> str:
    return f"{knob}={name!r} is not {what}{did_you_mean(str(name), known)} It has: {', '.join(known)}"


@lru_cache(maxsize=1)
def _files() -> dict[str, Any]:
    entries = resources.files(folder).iterdir()
    return {entry.name.removesuffix(".json"): entry for entry in entries if entry.name.endswith(".json")}
