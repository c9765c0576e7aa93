"""Families of prompts, read from ``assets/prompts``: what a model is asked, and in which order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

from ...assets import prompts as folder
from ...envs.core.hints import did_you_mean

#: What a template may have in braces, beside the fields that calls before it fill.
FIELDS = ("rules", "setting", "history", "moves", "options", "round", "rounds", "prediction", "partner_action")
ENDPOINTS = ("chat", "completions")
TYPES: dict[str, type] = {
    "name": str, "summary": str, "source": str, "endpoint": str, "max_tokens": int, "before": list, "act": str,
    "predict": str, "social": bool,
}  # fmt: skip
KEYS = set(TYPES)
STEP_TYPES: dict[str, type] = {"field": str, "every": int, "max_tokens": int, "text": str}


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


def load(name: str) -> Prompt:
    """Return the family called ``name``, or that of a file when ``name`` ends in ``.json``.

    Raises ValueError with the nearest name where there is none, for a file that is not there or is no JSON, and as
    `parse`.
    """
    if name.endswith(".json"):
        path = Path(name)
        if not path.is_file():
            raise ValueError(f"prompt={name!r}: there is no such file")
        try:
            return parse(json.loads(path.read_text(encoding="utf-8")))
        except ValueError as error:
            raise ValueError(f"prompt={name!r}: {error}") from None
    if name not in _files():
        raise ValueError(
            f"prompt={name!r} is not a family of prompts{did_you_mean(name, names())} There are: {', '.join(names())}"
        )
    return parse(json.loads(_files()[name].read_text(encoding="utf-8")))


def parse(data: Mapping[str, Any]) -> Prompt:
    """Return the family that ``data`` holds.

    Raises ValueError for missing or unknown keys, values of another type than those of the shipped families, an
    endpoint that does not exist, or a template with an unknown field.
    """
    if not isinstance(data, Mapping):
        raise ValueError(f"a family of prompts is an object with the keys {', '.join(sorted(KEYS))}, not {data!r:.80}")
    name = data.get("name", "?")
    missing = KEYS - {"social"} - set(data)
    if missing or set(data) - KEYS:
        wrong = f"lacks {sorted(missing)}" if missing else f"has unknown keys {sorted(set(data) - KEYS)}"
        raise ValueError(f"prompt {name!r} {wrong}")
    _check_types(f"prompt {name!r}", data, TYPES)
    if data["endpoint"] not in ENDPOINTS:
        raise ValueError(f"prompt {name!r}: endpoint={data['endpoint']!r} must be one of {', '.join(ENDPOINTS)}")
    for step in data["before"]:
        if not isinstance(step, Mapping) or set(step) != set(STEP_TYPES):
            raise ValueError(f"prompt {name!r}: a call before the choice has {sorted(STEP_TYPES)}, not {step!r:.80}")
        _check_types(f"prompt {name!r}: a call before the choice", step, STEP_TYPES)
    known = (*FIELDS, *(step["field"] for step in data["before"]))
    templates = {
        "act": data["act"],
        "predict": data["predict"],
        **{each["field"]: each["text"] for each in data["before"]},
    }
    for key, template in templates.items():
        try:
            unknown = [field for field in fields(template) if field not in known]
        except ValueError as error:
            raise ValueError(f"prompt {name!r}: {key} is no template: {error}") from None
        if unknown:
            raise ValueError(f"prompt {name!r}: unknown field {{{unknown[0]}}}; there are: {', '.join(known)}")
    sha256 = hashlib.sha256(json.dumps(dict(data), sort_keys=True).encode()).hexdigest()
    steps = tuple(Step(**step) for step in data["before"])
    return Prompt(**{"social": False, **data, "before": steps}, sha256=sha256)


def fields(template: str) -> list[str]:
    """Return the names in braces of ``template``, a name with a format or a conversion in full."""
    return [
        field + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
        for _, field, form, conversion in Formatter().parse(template)
        if field is not None
    ]


def _check_types(what: str, data: Mapping[str, Any], types: Mapping[str, type]) -> None:
    for key, value in data.items():
        if type(value) is not types[key] or (isinstance(value, int) and types[key] is int and value < 1):
            wanted = "an integer of at least 1" if types[key] is int else f"a {types[key].__name__}"
            raise ValueError(f"{what}: {key}={value!r:.80} is not allowed: it must be {wanted}")


@lru_cache(maxsize=1)
def _files() -> dict[str, Any]:
    entries = resources.files(folder).iterdir()
    return {entry.name.removesuffix(".json"): entry for entry in entries if entry.name.endswith(".json")}
