"""RegretLab: games and benchmark environments whose optimum is known, so that every score is a regret."""

from __future__ import annotations

from typing import Any

from .envs.catalog import ROWS as _ROWS
from .envs.core.registry import register, rows

for _row in _ROWS:
    register(_row)
