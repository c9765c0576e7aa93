"""All families of games: parametric ones, and random ones that are drawn from a seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ..core.hints import did_you_mean
from ..core.knobs import check_knobs
from . import generators, generators_gamut, parametric_contests, parametric_crowds, parametric_markets
from .family import Family
from .game import NormalFormGame

_MODULES = (parametric_crowds, parametric_markets, parametric_contests, generators, generators_gamut)

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {family.name: family for module in _MODULES for family in module.FAMILIES}
)

# every class of GAMUT and the family, or the game of the library, that stands for it
GAMUT: Mapping[str, str] = MappingProxyType(
    {
        "HawkAndDove": "hawk-dove",
        "MatchingPennies": "matching-pennies",
        "RockPaperScissors": "rock-paper-scissors",
        "ShapleyGame": "shapley",
        **{family.gamut: family.name for family in FAMILIES.values() if family.gamut},
    }
)


def build(name: str, **parameters: Any) -> NormalFormGame:
    """Return the game of the family called ``name`` with these knobs, defaults for the others.

    Parameters
    ----------
    name : a key of `FAMILIES`, such as ``"public-goods"``.
    **parameters : knobs of the family, such as ``players=5``; a random family has a ``seed``.

    Returns
    -------
    NormalFormGame
        with the family's name, tags and citation, and a title that says the knobs.

    Raises
    ------
    TypeError
        for a knob that the family does not have, or of another type.
    ValueError
        for a family that does not exist, a knob out of range, and a game that would be too large (with its size and
        the limit).
    """
    if name not in FAMILIES:
        hint = did_you_mean(str(name).lower(), FAMILIES)
        raise ValueError(f"family={name!r} is not a family of games{hint} There are: {', '.join(sorted(FAMILIES))}")
    family = FAMILIES[name]
    knobs = check_knobs(f"the family {name!r}", family.knobs, parameters)
    said = ", ".join(
        f"{knob} {value:.6g}" if type(value) is float else f"{knob} {value}" for knob, value in knobs.items()
    )
    title = f"{family.title} ({said})"
    return replace(family.build(**knobs), name=name, title=title, tags=family.tags, citation=family.citation)
