"""A number with what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Quantity:
    """A computed number.

    ``kind`` says how it relates to the true one: ``exact`` (equal but for rounding), ``lower`` (the true one is at
    least as large) or ``upper`` (at most as large). ``how`` names the method, and why an infinite value is infinite.
    """

    value: float
    kind: Literal["exact", "lower", "upper"]
    how: str
