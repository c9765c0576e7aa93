"""Pools of partners: who plays, by which rule, and the hash by which a pool is recognised.

A file of ``assets/partners/pools`` holds a pool. Its entries are rules with their parameters, of which each game makes
the partners that suit it, or learners with their knobs; a pool is *content-hashed*, so that scores say exactly against
whom they were made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from importlib import resources
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ...assets.partners import pools as folder
from ..core.automaton import Automaton, minimal
from ..core.hints import did_you_mean
from .rules import PARTNER, Stage, UnsuitedError, make

FIELDS = {"name", "rule", "learner", "parameters", "summary", "source", "games"}
LEARNERS = "learners"  # the pool whose partners are no automata


class Pool(NamedTuple):
    """A file of partners: its name, what it is for, its entries, and the hash of the entries."""

    name: str
    summary: str
    entries: tuple[Mapping[str, Any], ...]
    sha256: str


class Partner(NamedTuple):
    """One partner of a game: how it is called, what it does, where it comes from, and the automaton that plays it."""

    name: str
    summary: str
    source: str
    automaton: Automaton


def names() -> tuple[str, ...]:
    """Return the names of the pools of automata: ``train`` and ``held-out``."""
    return tuple(sorted(_files().keys() - {LEARNERS}, reverse=True))


def all_names() -> tuple[str, ...]:
    """Return the names of all pools: those of automata, then that of learners."""
    return *names(), LEARNERS


@lru_cache(maxsize=8)
def load(name: str) -> Pool:
    """Return the pool called ``name``.

    Raises ValueError for a pool that does not exist (with the nearest name), or one whose entries are not those that
    its hash was made of.
    """
    if name not in _files():
        raise ValueError(
            f"pool={name!r} is not a pool{did_you_mean(str(name), all_names())} There are: {', '.join(all_names())}"
        )
    return parse(json.loads(_files()[name].read_text(encoding="utf-8")))


def parse(data: Mapping[str, Any]) -> Pool:
    """Return the pool that ``data`` holds, as read from a file.

    Raises ValueError for entries with unknown fields, and where the hash in the file is not that of the entries.
    """
    pool = data["name"]
    for entry in data["partners"]:
        unknown = set(entry) - FIELDS
        if unknown or not {"name", "summary"} <= set(entry) or ("rule" in entry) == ("learner" in entry):
            raise ValueError(
                f"pool {pool!r}: {entry} must have a name, a summary, a rule or a learner, and no other fields than "
                f"{sorted(FIELDS)}"
            )
    sha256 = content_hash(data["partners"])
    if data["sha256"] != sha256:
        raise ValueError(
            f"pool {pool!r} has changed: its entries have the hash {sha256[:16]}, and its file says "
            f"{str(data['sha256'])[:16]}. Scores against another pool are not comparable: give it another name"
        )
    return Pool(pool, data["summary"], tuple(data["partners"]), sha256)


def content_hash(entries: Any) -> str:
    """Return the SHA-256 of the entries of a pool, whatever the layout of their file."""
    return hashlib.sha256(json.dumps(entries, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def partners(pool: Pool, game: str, stage: Stage, action_names: tuple[str, ...]) -> list[Partner]:
    """Return the partners that ``pool``, one of automata, has in a game, in order.

    Entries for other games are left out, and those whose rule does not suit this one's numbers of actions. An entry
    stands for several partners where its name has a field: ``{action}`` makes one for each action, ``{code}`` one for
    each deterministic strategy of memory one (five digits, 1 for the first action: at the start and after CC, CD, DC,
    DD, its own action first).
    """
    found = []
    for entry in pool.entries:
        if game in entry.get("games", [game]):
            with suppress(UnsuitedError):
                found += list(_expand(entry, stage, action_names))
    return found


def apart(candidates: list[Partner], known: list[Partner]) -> list[Partner]:
    """Return the ``candidates`` that behave like none before them and like none of the ``known`` ones."""
    seen = {_behaviour(each.automaton) for each in known}
    kept = []
    for each in candidates:
        key = _behaviour(each.automaton)
        if key not in seen:
            seen.add(key)
            kept.append(each)
    return kept


def _expand(entry: Mapping[str, Any], stage: Stage, action_names: tuple[str, ...]) -> Iterator[Partner]:
    name, parameters = entry["name"], entry.get("parameters", {})
    variants: list[tuple[dict[str, str], dict[str, Any]]] = [({}, {})]
    if "{action}" in name:
        variants = [({"action": label}, {"action": a}) for a, label in enumerate(action_names)]
    elif "{code}" in name:
        variants = [({"code": "".join(map(str, code))}, {"vector": list(code)}) for code in product((1, 0), repeat=5)]
    for labels, more in variants:
        own = name.format(**labels)
        machine = make(own, entry["rule"], stage, {**parameters, **more})
        yield Partner(own, entry["summary"].format(**labels), entry.get("source", ""), machine)


def _behaviour(machine: Automaton) -> tuple[bytes, ...]:
    """Return what tells apart machines that begin in one state: what they do after all that can be played."""
    possible = np.expand_dims(machine.policy > 0, [axis for axis in range(1, machine.next.ndim) if axis != PARTNER + 1])
    itself = np.arange(machine.states).reshape(-1, *[1] * (machine.next.ndim - 1))
    only = np.where(possible, machine.next, itself)
    same = minimal(Automaton(machine.name, machine.start, machine.policy, only))
    return tuple(np.round(part, 12).tobytes() for part in (same.start, same.policy, same.next))


@lru_cache(maxsize=1)
def _files() -> dict[str, Any]:
    entries = resources.files(folder).iterdir()
    return {entry.name.removesuffix(".json"): entry for entry in entries if entry.name.endswith(".json")}
