"""A game as plain data, the content of a JSON file: read strictly, so that nothing wrong is ever listed as known.

The keys are ``payoffs``, which must be there, and the other fields of `NormalFormGame`; ``players`` may repeat how many
there are. A Nash equilibrium is ``{"profile": [[...], ...], "payoffs": [...]}``, one distribution and one payoff a
player. Numbers are JSON numbers or strings with an exact fraction, ``"2/3"``; a probability that is irrational is
written with at least 15 digits. Each profile must be an equilibrium, and pay what is said, up to rounding (1e-12).

``known`` may hold

* ``value``: what player 0 gets in every equilibrium of a two-player zero-sum game;
* ``ce_welfare`` and ``cce_welfare``: [least, greatest] welfare of a correlated (coarse correlated) equilibrium;
* ``uniform_nash_conv``: the sum over players of what each could gain by deviating when all play uniformly;
* ``ce_dimension`` and ``ce_vertices``: of the polytope of correlated equilibria.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ..core.distributions import check_distributions
from ..core.hints import did_you_mean
from .game import NormalFormGame, Profile, check_payoffs, new_game

KEYS = (
    "name",
    "title",
    "players",
    "action_names",
    "payoffs",
    "citation",
    "tags",
    "equilibria",
    "completeness",
    "known",
    "max_welfare",
)
COMPLETENESS = ("all", "extreme", "some", "none")
RANGES = ("ce_welfare", "cce_welfare")
NUMBERS = ("value", "uniform_nash_conv")
COUNTS = ("ce_dimension", "ce_vertices")
ROUNDING = 1e-12  # times 1 + the largest payoff


def parse(data: Any) -> NormalFormGame:
    """Build a game from plain data, checking that every part fits the payoffs.

    Raises
    ------
    ValueError
        for a key that is missing or unknown, names that do not fit the tensor, a profile that is no distribution or no
        equilibrium, or payoffs and welfare other than the tensor's.
    TypeError
        for payoffs that are no numbers, and for text that is none.
    """
    if not isinstance(data, Mapping):
        raise ValueError(f"a game must be an object with the key 'payoffs', not {type(data).__name__}")
    where = f"game {data['name']!r}" if data.get("name") else "game"
    for key in data:
        if key not in KEYS:
            raise ValueError(f"{where} has the unknown key {key!r}{did_you_mean(key, KEYS)} It may have {_list(KEYS)}")
    if "payoffs" not in data:
        raise ValueError(f"{where} has no key 'payoffs'")
    payoffs = check_payoffs(data["payoffs"])
    if data.get("players", len(payoffs)) != len(payoffs):
        raise ValueError(f"{where}: players is {data['players']}, but the payoffs are those of {len(payoffs)}")
    game = new_game(
        payoffs,
        action_names=data.get("action_names"),
        tags=_texts(data.get("tags", ()), where),
        **{key: _text(data.get(key, ""), key, where) for key in ("name", "title", "citation")},
    )
    if abs(_number(data.get("max_welfare", game.max_welfare), "max_welfare", where) - game.max_welfare) > _slack(
        payoffs
    ):
        raise ValueError(f"{where}: max_welfare is {data['max_welfare']}, the payoffs' is {game.max_welfare}")
    listed = [_equilibrium(payoffs, entry, where) for entry in data.get("equilibria", ())]
    completeness = data.get("completeness", "some" if listed else "none")
    if completeness not in COMPLETENESS or (completeness == "none") != (not listed):
        raise ValueError(
            f"{where}: completeness={completeness!r} with {len(listed)} equilibria is not allowed: completeness must "
            f"be one of {_list(COMPLETENESS)}, the last exactly if no equilibrium is listed"
        )
    return dataclasses.replace(
        game,
        equilibria=tuple(profile for profile, _ in listed),
        equilibrium_payoffs=tuple(paid for _, paid in listed),
        completeness=completeness,
        known=_known(data.get("known", {}), where),
    )


def to_data(game: NormalFormGame) -> dict[str, Any]:
    """Return the plain data from which `parse` builds an equal game."""
    pairs = zip(game.equilibria, game.equilibrium_payoffs, strict=True)
    data = {key: getattr(game, key) for key in KEYS}
    return {
        **data,
        "payoffs": game.payoffs.tolist(),
        "equilibria": [{"profile": profile, "payoffs": paid} for profile, paid in pairs],
        "known": dict(game.known),
    }


def _equilibrium(payoffs: np.ndarray, entry: Any, where: str) -> tuple[Profile, tuple[float, ...]]:
    if not isinstance(entry, Mapping) or set(entry) != {"profile", "payoffs"}:
        raise ValueError(f"{where}: the equilibrium {entry!r} must have the keys 'profile' and 'payoffs'")
    profile = tuple(tuple(_number(p, "profile", where) for p in own) for own in entry["profile"])
    if tuple(map(len, profile)) != payoffs.shape[1:]:
        raise ValueError(f"{where}: the profile {entry['profile']} must hold {payoffs.shape[1:]} probabilities")
    for player, own in enumerate(profile):
        check_distributions(own, f"{where}: profile[{player}]")
    paid = tuple(_number(value, "payoffs", where) for value in entry["payoffs"])
    if len(paid) != len(payoffs):
        raise ValueError(f"{where}: the payoffs {entry['payoffs']} must be those of {len(payoffs)} players")
    for player, (own, value) in enumerate(zip(profile, paid, strict=True)):
        replies = _reply_payoffs(payoffs, profile, player)
        if abs(replies @ own - value) > _slack(payoffs):
            raise ValueError(f"{where}: the profile {entry['profile']} does not pay player {player} {value}")
        if replies.max() - replies @ own > _slack(payoffs):
            raise ValueError(
                f"{where}: the profile {entry['profile']} is no equilibrium: player {player} gains "
                f"{replies.max() - replies @ own:.3g} with action {replies.argmax()}"
            )
    return profile, paid


def _reply_payoffs(payoffs: np.ndarray, profile: Profile, player: int) -> np.ndarray:
    """Return what each action pays ``player`` against the others' part of the profile."""
    values = np.moveaxis(payoffs[player], player, 0)
    for other in reversed(range(len(profile))):
        if other != player:
            values = values @ np.asarray(profile[other])
    return values


def _known(data: Any, where: str) -> dict[str, Any]:
    if not isinstance(data, Mapping) or not set(data) <= {*RANGES, *NUMBERS, *COUNTS}:
        raise ValueError(f"{where}: known={data!r} may have only {_list((*RANGES, *NUMBERS, *COUNTS))}")
    known: dict[str, Any] = {}
    for key, value in data.items():
        if key in RANGES:
            known[key] = [_number(end, key, where) for end in value]
            if len(known[key]) != 2 or known[key][0] > known[key][1]:
                raise ValueError(f"{where}: {key}={value!r} must be the least and the greatest welfare")
        elif key in NUMBERS:
            known[key] = _number(value, key, where)
        elif isinstance(value, int) and value >= 0:
            known[key] = value
        else:
            raise ValueError(f"{where}: {key}={value!r} must be a count")
    return known


def _number(value: Any, key: str, where: str) -> float:
    """Return a JSON number, or the fraction that a string holds."""
    try:
        number = float(Fraction(value)) if isinstance(value, str) and "/" in value else float(value)
    except (TypeError, ValueError, ArithmeticError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        raise ValueError(f"{where}: {value!r} in {key} must be a finite number or a fraction such as '2/3'")
    return number


def _text(value: Any, key: str, where: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{where}: {key}={value!r} must be text")
    return value


def _texts(values: Any, where: str) -> list[str]:
    if not isinstance(values, list | tuple):
        raise TypeError(f"{where}: tags={values!r} must be a list of texts")
    return [_text(value, "tags", where) for value in values]


def _slack(payoffs: np.ndarray) -> float:
    return ROUNDING * (1.0 + float(np.abs(payoffs).max()))


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names)
