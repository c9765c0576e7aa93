"""Named normal-form games, found by name: the files of ``assets/games``, the 2x2 games, and the families.

A file holds one game with its known equilibria (`game_data` says in what form); a family builds a game from knobs
(`families`); ``2x2-...`` is a strict ordinal 2x2 game by its payoffs (`taxonomy`).
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from ...assets import games as folder
from ..core.hints import did_you_mean
from .game import NormalFormGame, new_game
from .game_data import KEYS, parse


def names() -> tuple[str, ...]:
    """Return the names of all games of the library, sorted."""
    return tuple(sorted(_files()))


def family_names() -> tuple[str, ...]:
    """Return the names of all families of games, sorted: what `load` builds from parameters."""
    from .families import FAMILIES

    return tuple(sorted(FAMILIES))


def load(name: str, **parameters: Any) -> NormalFormGame:
    """Return a game by its name.

    Parameters
    ----------
    name : a game of the library (``"stag-hunt"``), a strict ordinal 2x2 game (``"2x2-3142-3412"``, see
        `taxonomy`), or a family (``"public-goods"``).
    parameters : the knobs of a family, ``load("public-goods", players=5)``; the others have none.

    Raises
    ------
    TypeError
        when ``name`` is no string, or a parameter is unknown.
    ValueError
        when there is no such game (the message has the nearest name), a parameter has a value that is not allowed, or
        the game's file is malformed.
    """
    if not isinstance(name, str):
        raise TypeError(f"game={name!r} is not allowed: game must be the name of a game, one of {', '.join(names())}")
    if name in _files() or name.startswith("2x2-"):
        if parameters:
            raise TypeError(f"the game {name!r} has no knobs, such as {', '.join(parameters)}; only families have")
        if name in _files():
            return _read(name)
        from .taxonomy import ordinal_game

        return ordinal_game(name)
    if name not in family_names():
        hint = did_you_mean(name.lower(), (*names(), *family_names()))
        raise ValueError(
            f"game={name!r} is not in the library{hint} It has: {', '.join(names())}; "
            f"and the families {', '.join(family_names())}"
        )
    from .families import build

    return build(name, **parameters)


def identify(payoffs: np.ndarray) -> NormalFormGame:
    """Return the library's game with exactly this tensor, or else one without a name, whose actions are numbered."""
    return _identified(payoffs.shape, np.ascontiguousarray(payoffs, np.float64).tobytes())


@lru_cache(maxsize=16)
def _identified(shape: tuple[int, ...], data: bytes) -> NormalFormGame:
    payoffs = np.frombuffer(data).reshape(shape)
    for name in names():
        if np.array_equal(load(name).payoffs, payoffs):
            return load(name)
    return new_game(payoffs)


@lru_cache(maxsize=256)
def _read(name: str) -> NormalFormGame:
    file = _files()[name]
    data = json.loads(file.read_text(encoding="utf-8"))
    missing = [key for key in KEYS if key not in data]
    if missing or data["name"] != name:
        raise ValueError(f"the file {file.name} must hold a game of that name with all keys; it lacks {missing}")
    return parse(data)


@lru_cache(maxsize=1)
def _files() -> dict[str, Any]:
    entries = resources.files(folder).iterdir()
    return {entry.name.removesuffix(".json"): entry for entry in entries if entry.name.endswith(".json")}
