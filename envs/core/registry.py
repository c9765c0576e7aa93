"""The registry: one row an environment, from which every entry point, the docs and the command line are filled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .hints import did_you_mean
from .knobs import Knob, check_knobs

if TYPE_CHECKING:
    from .environment import Environment

FAMILIES = ("memory", "games", "mdps", "bodies", "linear", "partners")
_ID = re.compile(r"[A-Za-z0-9_-]+/[A-Za-z0-9_]+-v[0-9]+")


@dataclass(frozen=True)
class Row:
    """One environment.

    Parameters
    ----------
    id : ``namespace/Name-vN``.
    module : the module that defines it (see `regretlab.envs.core.environment.from_module`); imported on first use.
    family : one of memory, games, mdps, bodies, linear, partners, or a name of your own.
    summary : one sentence.
    knobs : its arguments by name.
    players : ``"one"`` (Gymnasium) or ``"several"`` (PettingZoo).
    tags, citation : for the catalogue.
    fixed : further arguments of the module, with the values that make this environment of several that it defines.
    """

    id: str
    module: str
    family: str
    summary: str
    knobs: Mapping[str, Knob] = field(default_factory=dict)
    players: Literal["one", "several"] = "one"
    tags: tuple[str, ...] = ()
    citation: str = ""
    fixed: Mapping[str, Any] = field(default_factory=dict)


class UnknownEnvironment(KeyError):
    """An id that is not in the registry."""

    def __str__(self) -> str:
        return str(self.args[0])


_rows: dict[str, Row] = {}


def register(row: Row) -> None:
    """Add a row. A second row of the same id replaces the first, as when its module is imported again.

    Raises ValueError for an id that is not ``namespace/Name-vN``.
    """
    if not _ID.fullmatch(row.id):
        raise ValueError(f"id={row.id!r} is not allowed: an id has the form namespace/Name-v0")
    _rows[row.id] = row


def find(id: str) -> Row:
    """Return the row of ``id``, whose namespace ``regretlab/`` may be left out; an error names the nearest."""
    known = id if "/" in id else f"regretlab/{id}"
    if known in _rows:
        return _rows[known]
    hint = did_you_mean(known, _rows)
    raise UnknownEnvironment(f"unknown environment {id!r}{hint} `regretlab list` shows all {len(_rows)}")


def rows() -> list[Row]:
    """Return all rows, by family in the order of `FAMILIES` (others last), then by id."""
    order = {family: place for place, family in enumerate(FAMILIES)}
    return sorted(_rows.values(), key=lambda row: (order.get(row.family, len(order)), row.family, row.id))


def build(id: str, **knobs: Any) -> Environment:
    """Build the environment of ``id`` with ``knobs``; the others take their defaults.

    Raises
    ------
    UnknownEnvironment
        for an id that is not registered.
    TypeError, ValueError
        for an unknown knob, or a value that is not allowed; the message names all three.
    """
    from .environment import from_module

    row = find(id)
    return from_module(row.module, row.id, check_knobs(row.id, row.knobs, knobs), row.fixed)
