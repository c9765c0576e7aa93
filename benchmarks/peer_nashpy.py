"""Nashpy: support enumeration."""

from __future__ import annotations

import warnings
from typing import Any

import nashpy
import numpy as np
from peer import seconds, serve


def support_enumeration(games: Any) -> dict[str, Any]:
    """Time the enumeration of the equilibria of every game, one after another."""
    ready = [nashpy.Game(*np.array(each, float)) for each in games]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an even number of equilibria is reported as a warning
        took, found = seconds(lambda: [list(each.support_enumeration()) for each in ready])
    return {"seconds": took, "equilibria": [len(each) for each in found]}


if __name__ == "__main__":
    serve({"support_enumeration": support_enumeration})
