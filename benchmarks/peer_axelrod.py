"""Axelrod: strategies of the iterated prisoner's dilemma, and round robins of them."""

from __future__ import annotations

from typing import Any

import axelrod as axl
from axelrod.strategies import zero_determinant
from peer import seconds, serve

GAME = {"r": 8, "s": 0, "t": 10, "p": 5}  # the dilemma of RegretLab's partners


def moves(strategy: str, opponents: list[str]) -> dict[str, Any]:
    """Return what a strategy plays against each opponent, both as texts such as CDDC."""
    found = []
    for opponent in opponents:
        other = axl.MockPlayer([axl.Action.from_char(each) for each in opponent])
        match = axl.Match((getattr(axl, strategy)(), other), turns=len(opponent), game=axl.Game(**GAME))
        found.append("".join(str(own) for own, _ in match.play()))
    return {"moves": found}


def vector(strategy: str, arguments: dict[str, float]) -> dict[str, Any]:
    """Return the probabilities of cooperation after CC, CD, DC, DD of a strategy of memory one, and the first move."""
    if strategy == "LRPlayer":  # takes only what suits the game 5, 3, 1, 0 when it is made, but follows another later
        player = zero_determinant.LRPlayer()
        for name, value in arguments.items():
            setattr(player, name, value)
    else:
        player = getattr(axl, strategy)(**arguments)
    player.set_match_attributes(game=axl.Game(**GAME))
    rows = [(axl.Action.from_char(own), axl.Action.from_char(other)) for own in "CD" for other in "CD"]
    return {"first": str(player._initial), "vector": [float(player._four_vector[row]) for row in rows]}


def round_robin(strategies: list[str], turns: int, repetitions: int) -> dict[str, Any]:
    """Time a round robin without its results, and return the mean score a turn of every strategy over all matches."""
    players = [getattr(axl, name)() for name in strategies]
    tournament = axl.Tournament(players, game=axl.Game(**GAME), turns=turns, repetitions=repetitions, seed=1)
    took, _ = seconds(lambda: tournament.play(progress_bar=False, build_results=False))
    return {"seconds": took}


def match(first: str, second: str, turns: int) -> dict[str, Any]:
    """Time one match."""
    played = axl.Match((getattr(axl, first)(), getattr(axl, second)()), turns=turns, game=axl.Game(**GAME))
    took, _ = seconds(played.play)
    return {"seconds": took, "scores": [float(each) for each in played.final_score_per_turn()]}


if __name__ == "__main__":
    serve({"moves": moves, "vector": vector, "round_robin": round_robin, "match": match})
