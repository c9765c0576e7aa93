"""QuantEcon: fictitious play and support enumeration."""

from __future__ import annotations

from typing import Any

import numpy as np
import quantecon.game_theory as theory
from peer import seconds, serve


def fictitious_play(payoffs: Any, rounds: int) -> dict[str, Any]:
    """Time fictitious play from a random start."""
    play = theory.FictitiousPlay(_game(payoffs))
    play.play(num_reps=2)
    took, beliefs = seconds(lambda: play.play(num_reps=rounds))
    return {"seconds": took, "policies": [each.tolist() for each in beliefs]}


def support_enumeration(games: Any) -> dict[str, Any]:
    """Time the enumeration of the equilibria of every game, one after another."""
    ready = [_game(each) for each in games]
    theory.support_enumeration(ready[0])
    took, found = seconds(lambda: [theory.support_enumeration(each) for each in ready])
    return {"seconds": took, "equilibria": [len(each) for each in found]}


def _game(payoffs: Any) -> theory.NormalFormGame:
    row, column = np.array(payoffs, float)
    return theory.NormalFormGame((theory.Player(row), theory.Player(column.T.copy())))


if __name__ == "__main__":
    serve({"fictitious_play": fictitious_play, "support_enumeration": support_enumeration})
