"""Round robins of automata: everybody meets everybody, and themselves, in a repeated symmetric game."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..envs.core.automaton import Automaton
from ..envs.core.batch import direct
from ..envs.core.fusing import fuse
from ..envs.core.kernel import kernel
from ..envs.core.streams import EVALUATION, lane_seeds, seed_streams, uniform
from ..solvers.normal_form import check_payoffs


def round_robin(
    payoffs: np.ndarray, entrants: Sequence[Automaton], rounds: int, repetitions: int, seed: int = 0
) -> np.ndarray:
    """Play every pair of ``entrants`` and return what each earned.

    Parameters
    ----------
    payoffs : a symmetric game of two players, (2, A, A).
    entrants : automata for player 1, such as the partners of a pool; each also plays the other seat, mirrored.
    rounds, repetitions : of every match, at least 1.
    seed : what the automata draw depends on it, the match and nothing else.

    Returns
    -------
    float64 (repetitions, entrants, entrants): entry (r, i, j) is the mean payoff a round of i in a match with j. In
    matches with oneself both seats are the same strategy, and the payoff is that of player 0.

    Raises
    ------
    ValueError
        for a game that is not symmetric, automata that do not fit it, or numbers below 1.
    """
    payoffs = check_payoffs(payoffs)
    if len(payoffs) != 2 or payoffs.shape[1] != payoffs.shape[2] or not np.allclose(payoffs[0], payoffs[1].T):
        raise ValueError("payoffs must be those of a symmetric game of two players, in which seats do not matter")
    for name, value in (("rounds", rounds), ("repetitions", repetitions), ("entrants", len(entrants))):
        if value < 1:
            raise ValueError(f"{name}={value} is not allowed: it must be at least 1")
    for each in entrants:
        each.check_seat(1, payoffs.shape[1:])
    bases = np.cumsum([0, *(each.states for each in entrants[:-1])])
    starts = np.zeros((len(entrants), max(each.states for each in entrants)))
    for k, each in enumerate(entrants):
        starts[k, : each.states] = np.cumsum(each.start)
    thresholds = np.cumsum(np.concatenate([each.policy for each in entrants]), axis=1)
    following = np.concatenate([each.next + base for each, base in zip(entrants, bases, strict=True)])
    matches = np.array([(i, j) for i in range(len(entrants)) for j in range(i, len(entrants))])
    keys = seed_streams(lane_seeds(seed, repetitions * len(matches)), EVALUATION)
    earned = np.zeros((repetitions, len(entrants), len(entrants)))
    with np.errstate(over="ignore"):  # the streams wrap around, of which plain Python would warn
        direct(fuse(play_matches, {}, "automata"))(
            np.ascontiguousarray(payoffs[0]), bases, starts, thresholds, following, matches, keys, rounds, earned
        )
    return earned / rounds


def play_matches(own, bases, starts, thresholds, following, matches, keys, rounds, earned):
    """Play every match, a stream of its own for each, and write what both earn."""
    for lane in range(keys.shape[0]):
        repetition, match = lane // matches.shape[0], lane % matches.shape[0]
        i, j = matches[match, 0], matches[match, 1]
        s = bases[i] + _drawn(starts[i], uniform(keys, lane))
        t = bases[j] + _drawn(starts[j], uniform(keys, lane))
        first, second = 0.0, 0.0
        for _ in range(rounds):
            a = _action(thresholds, s, keys, lane)
            b = _action(thresholds, t, keys, lane)
            first += own[a, b]
            second += own[b, a]
            s, t = following[s, b, a], following[t, a, b]
        earned[repetition, i, j] = first
        if i != j:
            earned[repetition, j, i] = second


@kernel
def _action(thresholds, state, keys, lane):
    """Return an action of the automaton, with a draw only where it is not certain."""
    if thresholds[state, 0] >= 1.0:
        return 0
    last = thresholds.shape[1] - 1
    if thresholds[state, last - 1] <= 0.0:
        return last
    return _drawn(thresholds[state], uniform(keys, lane))


@kernel
def _drawn(thresholds, u):
    for k in range(thresholds.shape[0] - 1):
        if u < thresholds[k]:
            return k
    return thresholds.shape[0] - 1
