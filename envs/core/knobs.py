"""Knobs: the arguments of an environment, each with its default and what is allowed."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np

from .hints import did_you_mean

_INTEGERS = -(2**63), 2**63 - 1
_FLOATS = -sys.float_info.max, sys.float_info.max


@dataclass(frozen=True)
class Knob:
    """One argument: its default, what it means, and its range or choices.

    The default's type is the type that is accepted (an int knob takes 64-bit integers, a float knob any finite number);
    a knob whose default is None, a string without ``choices`` or an array is left to the environment to check.
    """

    default: Any
    doc: str
    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] = ()

    @property
    def allowed(self) -> str:
        """What is allowed, in words."""
        if self.choices:
            return "one of " + ", ".join(map(repr, self.choices))
        if isinstance(self.default, bool):
            return "True or False"
        if not isinstance(self.default, (int, float)):
            return "see the environment's page"
        if self.low is not None and self.high is not None:
            return f"{'an integer' if isinstance(self.default, int) else 'a number'} from {self.low:g} to {self.high:g}"
        kind = "an integer" if isinstance(self.default, int) else "a finite number"
        if self.low is not None:
            return f"{kind} of at least {self.low:g}"
        if self.high is not None:
            return f"{kind} of at most {self.high:g}"
        return "a 64-bit integer" if isinstance(self.default, int) else kind

    def check(self, name: str, value: Any) -> Any:
        """Return ``value`` in the default's type; an error names the knob, the value and what is allowed."""
        if self.choices:
            if not any(type(value) is type(choice) and value == choice for choice in self.choices):
                raise ValueError(f"{name}={value!r} is not allowed: {name} must be {self.allowed}")
            return value
        if isinstance(self.default, bool):
            if not isinstance(value, (int, np.integer, np.bool_)) or value not in (True, False):
                raise TypeError(f"{name}={value!r} is not allowed: {name} must be {self.allowed}")
            return bool(value)
        if not isinstance(self.default, (int, float)):
            return value
        wanted = Integral if isinstance(self.default, int) else Real
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise TypeError(f"{name}={value!r} is not allowed: {name} must be {self.allowed}")
        try:
            held = type(self.default)(value)  # type: ignore[call-overload]
        except OverflowError:  # an integer beyond every float
            held = math.inf
        least, most = _INTEGERS if isinstance(self.default, int) else _FLOATS
        low, high = least if self.low is None else self.low, most if self.high is None else self.high
        if not low <= held <= high:
            raise ValueError(f"{name}={value!r} is not allowed: {name} must be {self.allowed}")
        return held


def check_knobs(owner: str, table: Mapping[str, Knob], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the full set of knobs: defaults overridden by ``given``, each checked.

    Raises TypeError for a name that ``owner`` does not have (with the nearest one), and what `Knob.check` raises.
    """
    for name in given:
        if name not in table:
            hint = did_you_mean(name, table)
            raise TypeError(f"{owner} has no knob {name!r}{hint} It has: {', '.join(table) or 'none'}")
    return {name: knob.check(name, given[name]) if name in given else knob.default for name, knob in table.items()}
