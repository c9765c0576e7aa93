"""Families of prompts, read from ``assets/prompts``: what a model is asked, and in which order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from string import Formatter
from typing import Any, NamedTuple

from ...assets import prompts as folder
from ...envs.core.hints import did_you_mean

#: What a template may have in braces, beside the fields that calls before it fill.
FIELDS = ("rules", "setting", "history", "moves", "options", "round", "rounds", "prediction", "partner_action")
ENDPOINTS = ("chat", "completions")
KEYS = {"name", "summary", "source", "endpoint", "max_tokens", "before", "act", "predict", "social"}
STEP_KEYS = {"field", "every", "max_tokens", "text"}


class Step(NamedTuple):
    """A call before the choice whose answer fills ``field``: in the first round and then ``every`` so many."""

    field: str
    every: int
    max_tokens: int
    text: str


class Prompt(NamedTuple):
    """A family: templates of the choice and of the prediction, and the calls before; ``social`` makes the prediction
    first and shows it to the choice. ``sha256`` tells wordings apart.
    """

    name: str
    summary: str
    source: str
    endpoint: str
    max_tokens: int
    before: tuple[Step, ...]
    act: str
    predict: str
    social: bool
    sha256: str

    @property
    def told(self) -> bool:
        """Whether it says what the partner is about to do."""
        return "partner_action" in fields(self.act)


def names() -> tuple[str, ...]:
    """Return the names of the families, sorted."""
    return tuple(sorted(_files()))


@lru_cache(maxsize=32)
def load(name: str) -> Prompt:
    """Return the family called ``name``; ValueError with the nearest name where there is none."""
    if name not in _files():
        raise ValueError(
            f"prompt={name!r} is not a family of prompts{did_you_mean(name, names())} There are: {', '.join(names())}"
        )
    return parse(json.loads(_files()[name].read_text(encoding="utf-8")))


def parse(data: Mapping[str, Any]) -> Prompt:
    """Return the family that ``data`` holds.

    Raises ValueError for missing or unknown keys, an endpoint that does not exist, or a template with an unknown field.
    """
    name = data.get("name", "?")
    missing = KEYS - {"social"} - set(data)
    if missing or set(data) - KEYS:
        wrong = f"lacks {sorted(missing)}" if missing else f"has unknown keys {sorted(set(data) - KEYS)}"
        raise ValueError(f"prompt {name!r} {wrong}")
    if data["endpoint"] not in ENDPOINTS:
        raise ValueError(f"prompt {name!r}: endpoint={data['endpoint']!r} must be one of {', '.join(ENDPOINTS)}")
    for step in data["before"]:
        if set(step) != STEP_KEYS:
            raise ValueError(f"prompt {name!r}: a call before the choice has {sorted(STEP_KEYS)}, not {sorted(step)}")
    known = (*FIELDS, *(step["field"] for step in data["before"]))
    for template in (data["act"], data["predict"], *(step["text"] for step in data["before"])):
        unknown = [field for field in fields(template) if field not in known]
        if unknown:
            raise ValueError(f"prompt {name!r}: unknown field {{{unknown[0]}}}; there are: {', '.join(known)}")
    sha256 = hashlib.sha256(json.dumps(dict(data), sort_keys=True).encode()).hexdigest()
    steps = tuple(Step(**step) for step in data["before"])
    return Prompt(**{"social": False, **data, "before": steps}, sha256=sha256)


def fields(template: str) -> list[str]:
    """Return the names in braces of ``template``."""
    return [field for _, field, _, _ in Formatter().parse(template) if field is not None]


@lru_cache(maxsize=1)
def _files() -> dict[str, Any]:
    entries = resources.files(folder).iterdir()
    return {entry.name.removesuffix(".json"): entry for entry in entries if entry.name.endswith(".json")}
