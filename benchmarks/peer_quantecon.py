"""QuantEcon: fictitious play, support enumeration, and Markov chains."""

from __future__ import annotations

from typing import Any

import numpy as np
import quantecon
import quantecon.game_theory as theory
from peer import seconds, serve
from quantecon.markov import gth_solve
from scipy.sparse import csr_matrix


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


def simulate_indices(chain: Any, steps: int) -> dict[str, float]:
    """Time the simulation of one path of a chain; return steps a second."""
    made = quantecon.MarkovChain(np.array(chain))
    made.simulate_indices(10, init=0, random_state=0)
    took, _ = seconds(lambda: made.simulate_indices(steps, init=0, random_state=0))
    return {"rate": steps / took}


def simulate_sparse(states: int, successors: int, steps: int) -> dict[str, float]:
    """Time the same for a random sparse chain of ``successors`` successors a state."""
    random = np.random.default_rng(0)
    columns = np.array([random.choice(states, successors, replace=False) for _ in range(states)])
    weights = random.dirichlet(np.ones(successors), states)
    first = np.arange(states + 1) * successors
    made = quantecon.MarkovChain(csr_matrix((weights.ravel(), columns.ravel(), first), shape=(states, states)))
    made.simulate_indices(10, init=0, random_state=0)
    took, _ = seconds(lambda: made.simulate_indices(steps, init=0, random_state=0))
    return {"rate": steps / took}


def stationary(states: int) -> dict[str, Any]:
    """Time the stationary law of a random dense chain, seed 0, by its GTH; return also the law."""
    chain = np.random.default_rng(0).random((states, states))
    chain /= chain.sum(axis=1, keepdims=True)
    gth_solve(chain)
    took, law = seconds(lambda: gth_solve(chain))
    return {"seconds": took, "law": law.tolist()}


def _game(payoffs: Any) -> theory.NormalFormGame:
    row, column = np.array(payoffs, float)
    return theory.NormalFormGame((theory.Player(row), theory.Player(column.T.copy())))


if __name__ == "__main__":
    serve(
        {
            "fictitious_play": fictitious_play,
            "support_enumeration": support_enumeration,
            "simulate_indices": simulate_indices,
            "simulate_sparse": simulate_sparse,
            "stationary": stationary,
        }
    )
