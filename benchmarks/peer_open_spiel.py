"""OpenSpiel: steps of matrix games from Python, regret matching and alpha-rank."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyspiel
from open_spiel.python.algorithms import regret_matching as algorithm
from open_spiel.python.egt import alpharank
from peer import seconds, serve

DILEMMA = [[3, 0], [5, 1]], [[3, 5], [0, 1]]


def steps(rounds: int, episode: int) -> dict[str, float]:
    """Time ``rounds`` joint actions in episodes of some length."""
    game = pyspiel.create_matrix_game(*DILEMMA)
    if episode > 1:
        game = pyspiel.create_repeated_game(game, {"num_repetitions": episode})
    actions = [[random.randrange(2), random.randrange(2)] for _ in range(rounds)]

    def play():
        state, total = game.new_initial_state(), 0.0
        for action in actions:
            if state.is_terminal():
                state = game.new_initial_state()
            state.apply_actions(action)
            total += state.rewards()[0]
        return total

    return {"seconds": seconds(play)[0]}


def regret_matching(payoffs: Any, iterations: int) -> dict[str, Any]:
    """Time regret matching with expected payoffs."""
    tensors = np.array(payoffs, float)
    took, policies = seconds(lambda: algorithm.regret_matching(tensors, iterations=iterations))
    return {"seconds": took, "policies": [np.asarray(each).tolist() for each in policies]}


def alpha_rank(payoffs: Any, m: int, alpha: float) -> dict[str, Any]:
    """Time alpha-rank of two populations."""
    tables = [np.array(each, float) for each in payoffs]
    took, answer = seconds(lambda: alpharank.compute(tables, m=m, alpha=alpha))
    return {"seconds": took, "distribution": answer[2].tolist()}


if __name__ == "__main__":
    serve({"steps": steps, "regret_matching": regret_matching, "alpha_rank": alpha_rank})
