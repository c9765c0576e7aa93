"""Named normal-form games: payoff tensors with their known equilibria, read from ``assets/games``.

One convention holds everywhere: a game of n players is one tensor of shape (n, A_0, ..., A_{n-1}), and axis k + 1, the
k-th axis of every player's own tensor, is the action of player k. ``payoffs[i, a_0, ..., a_{n-1}]`` is what player i
gets when player k plays a_k. (Some libraries put the own action first for every player instead.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from ...assets import games as folder
from ..core.hints import did_you_mean

Profile = tuple[tuple[float, ...], ...]
SHAPE = "a tensor of shape (players, actions of player 0, actions of player 1, ...) of finite numbers"
KEYS = ("name", "title", "players", "action_names", "payoffs", "citation", "tags", "equilibria", "max_welfare")


@dataclass(frozen=True, eq=False)
class NormalFormGame:
    """A finite game in normal form.

    Parameters
    ----------
    name, title : the id under which `load` finds it (empty for a tensor without a name), and what people call it.
    payoffs : float64 (n, A_0, ..., A_{n-1}), read-only; axis k + 1 is player k's action.
    action_names : for each player, the name of each action.
    citation : where the payoffs come from.
    tags : properties such as ``zero-sum``, ``symmetric``, ``coordination``.
    equilibria : the known Nash equilibria; a profile holds one probability vector a player.
    equilibrium_payoffs : what each player gets in each of them.
    max_welfare : the largest sum of the players' payoffs over all joint actions.
    """

    name: str
    title: str
    payoffs: np.ndarray
    action_names: tuple[tuple[str, ...], ...]
    citation: str
    tags: tuple[str, ...]
    equilibria: tuple[Profile, ...]
    equilibrium_payoffs: tuple[tuple[float, ...], ...]
    max_welfare: float

    @property
    def players(self) -> int:
        """The number of players."""
        return self.payoffs.shape[0]

    @property
    def actions(self) -> tuple[int, ...]:
        """The number of actions of each player."""
        return self.payoffs.shape[1:]


def names() -> tuple[str, ...]:
    """Return the names of all games of the library, sorted."""
    return tuple(sorted(_files()))


def load(name: str) -> NormalFormGame:
    """Return the game called ``name``, such as ``"stag-hunt"``.

    Raises
    ------
    TypeError
        when ``name`` is no string.
    ValueError
        when there is no such game (the message has the nearest name), or its file is malformed.
    """
    if not isinstance(name, str):
        raise TypeError(f"game={name!r} is not allowed: game must be the name of a game, one of {', '.join(names())}")
    if name not in _files():
        hint = did_you_mean(name.lower(), names())
        raise ValueError(f"game={name!r} is not in the library{hint} It has: {', '.join(names())}")
    return _read(name)


def parse(data: Mapping[str, Any]) -> NormalFormGame:
    """Build a game from the content of its JSON file, checking that every part fits the payoffs.

    Probabilities and payoffs of equilibria are numbers or exact fractions written as strings (``"2/3"``).

    Raises
    ------
    ValueError
        for a key that is missing or unknown, names that do not fit the tensor, a profile that is no distribution, or
        payoffs and welfare other than the tensor's.
    TypeError
        for payoffs that are no numbers.
    """
    where = f"game {data.get('name', '?')!r}"
    if sorted(data) != sorted(KEYS):
        raise ValueError(f"{where} has the keys {', '.join(sorted(data))}; it must have {', '.join(sorted(KEYS))}")
    payoffs = check_payoffs(data["payoffs"])
    players, actions = payoffs.shape[0], payoffs.shape[1:]
    if data["players"] != players:
        raise ValueError(f"{where}: players is {data['players']}, but the payoffs are those of {players}")
    action_names = tuple(tuple(map(str, own)) for own in data["action_names"])
    if tuple(map(len, action_names)) != actions or any(len(set(own)) != len(own) for own in action_names):
        raise ValueError(f"{where}: action_names must hold {actions} different names, not {action_names}")
    equilibria, values = [], []
    for entry in data["equilibria"]:
        exact = [[Fraction(p) for p in own] for own in entry["profile"]]
        if tuple(map(len, exact)) != actions or any(sum(own) != 1 or min(own) < 0 for own in exact):
            raise ValueError(f"{where}: the profile {entry['profile']} is no distribution over {actions} actions")
        profile = tuple(tuple(map(float, own)) for own in exact)
        value = tuple(float(Fraction(v)) for v in entry["payoffs"])
        if not np.allclose(expected_payoffs(payoffs, profile), value, rtol=0, atol=1e-12 * (1 + np.abs(payoffs).max())):
            raise ValueError(f"{where}: the profile {entry['profile']} does not pay {entry['payoffs']}")
        equilibria.append(profile)
        values.append(value)
    if data["max_welfare"] != payoffs.sum(axis=0).max():
        raise ValueError(f"{where}: max_welfare is {data['max_welfare']}, the payoffs' is {payoffs.sum(axis=0).max()}")
    return NormalFormGame(
        name=data["name"],
        title=data["title"],
        payoffs=payoffs,
        action_names=action_names,
        citation=data["citation"],
        tags=tuple(data["tags"]),
        equilibria=tuple(equilibria),
        equilibrium_payoffs=tuple(values),
        max_welfare=float(data["max_welfare"]),
    )


def identify(payoffs: np.ndarray) -> NormalFormGame:
    """Return the library's game with exactly this tensor, or else one without a name, whose actions are numbered."""
    return _identified(payoffs.shape, np.ascontiguousarray(payoffs, np.float64).tobytes())


@lru_cache(maxsize=16)
def _identified(shape: tuple[int, ...], data: bytes) -> NormalFormGame:
    payoffs = np.frombuffer(data).reshape(shape)
    for name in names():
        if np.array_equal(load(name).payoffs, payoffs):
            return load(name)
    return NormalFormGame(
        name="",
        title="A game of " + " x ".join(map(str, payoffs.shape[1:])) + " actions",
        payoffs=payoffs,
        action_names=tuple(tuple(map(str, range(count))) for count in payoffs.shape[1:]),
        citation="",
        tags=(),
        equilibria=(),
        equilibrium_payoffs=(),
        max_welfare=float(payoffs.sum(axis=0).max()),
    )


LARGEST = 1e150  # so that no sum or product of payoffs overflows


def check_payoffs(payoffs: Any) -> np.ndarray:
    """Return ``payoffs`` as a read-only float64 tensor (n, A_0, ..., A_{n-1}).

    Raises
    ------
    TypeError
        when it holds anything but real numbers.
    ValueError
        when its shape is that of no game, or an entry is not finite; the message names the shape or the entry.
    """
    try:
        tensor = np.asarray(payoffs)
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"payoffs={_short(payoffs)} is not allowed: payoffs must be {SHAPE}") from error
    if tensor.dtype.kind not in "iuf":
        raise TypeError(f"payoffs={_short(payoffs)} is not allowed: payoffs must be {SHAPE}")
    if tensor.ndim < 2 or tensor.shape[0] != tensor.ndim - 1 or min(tensor.shape) < 1:
        raise ValueError(
            f"payoffs of shape {tensor.shape} is not allowed: payoffs must be {SHAPE}, "
            "so that one of n players has n + 1 axes, the first of length n"
        )
    if not np.all(np.isfinite(tensor)):
        entry = tuple(int(k) for k in np.argwhere(~np.isfinite(tensor))[0])
        raise ValueError(f"payoffs{list(entry)}={tensor[entry]} is not allowed: payoffs must be {SHAPE}")
    if np.abs(tensor).max() > LARGEST:
        raise ValueError(f"payoffs={_short(payoffs)} is not allowed: no payoff may be larger than {LARGEST:g} in size")
    tensor = tensor.astype(np.float64, order="C")
    tensor.setflags(write=False)
    return tensor


def expected_payoffs(payoffs: np.ndarray, profile: Profile) -> np.ndarray:
    """Return what each player gets (n,) when all draw their actions independently from ``profile``."""
    value = payoffs
    for own in reversed(profile):
        value = value @ np.asarray(own)
    return value


@lru_cache(maxsize=256)
def _read(name: str) -> NormalFormGame:
    file = _files()[name]
    game = parse(json.loads(file.read_text(encoding="utf-8")))
    if game.name != name:
        raise ValueError(f"the file {file.name} holds a game named {game.name!r}")
    return game


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


@lru_cache(maxsize=1)
def _files() -> dict[str, Any]:
    entries = resources.files(folder).iterdir()
    return {entry.name.removesuffix(".json"): entry for entry in entries if entry.name.endswith(".json")}
