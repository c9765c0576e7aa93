"""What automata earn against each other, exactly, and how much a best response to one of them loses against another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from ..envs.core.automaton import Automaton
from ..envs.core.batch import direct
from ..envs.core.fusing import fuse
from .best_response import best_response_to
from .normal_form import check_payoffs

OWN, OTHER = 0, 1


def expected_returns(payoffs: np.ndarray, first: Automaton, second: Automaton, rounds: int) -> np.ndarray:
    """Return what two automata are expected to earn, float64 (2,), sums over ``rounds`` rounds.

    Parameters
    ----------
    payoffs : the stage game, (2, A_0, A_1).
    first, second : who plays player 0 and player 1.
    rounds : at least 1.

    Raises
    ------
    ValueError
        for a game that is not of two players, automata that do not fit it, or no rounds.
    """
    payoffs = _checked(payoffs, rounds)
    first.check_seat(OWN, payoffs.shape[1:])
    second.check_seat(OTHER, payoffs.shape[1:])
    pairs = (first.states, second.states)
    plays = first.policy[:, None, :, None] * second.policy[None, :, None, :]  # (states, states, actions, actions)
    following = first.next[:, None] * second.states + second.next[None, :]
    here = np.broadcast_to(np.arange(np.prod(pairs)).reshape(*pairs, 1, 1), plays.shape)
    size = int(np.prod(pairs))
    moves = sparse.csr_matrix((plays.ravel(), (following.ravel(), here.ravel())), shape=(size, size))
    rewards = np.einsum("stab,kab->kst", plays, payoffs).reshape(2, -1)
    where, total = np.outer(first.start, second.start).ravel(), np.zeros(2)
    for _ in range(rounds):
        total += rewards @ where
        where = moves @ where
    return total


def cross_regret(payoffs: np.ndarray, partners: Sequence[Automaton], rounds: int) -> np.ndarray:
    """Return how much a round the best response to one partner loses against another.

    Entry (i, j) is the regret of one who takes partner j for partner i: it plays the best response to i, whose state it
    follows through what is played, and keeps to it whatever j does. Exact, by the chain of both partners' states.

    Parameters
    ----------
    payoffs : the stage game, (2, A_0, A_1); the partners play player 1 in it.
    partners : automata that each begin in one state.
    rounds : how many are played, at least 1; the best response is that of the whole game.

    Returns
    -------
    float64 (partners, partners), 0 on the diagonal and at least 0 (up to rounding) elsewhere.

    Raises
    ------
    ValueError
        as `regretlab.solvers.best_response.best_response_to`, or for no rounds.
    """
    payoffs = _checked(payoffs, rounds)
    best = [best_response_to(payoffs, each, horizon=rounds) for each in partners]
    earned, own = direct(fuse(reply_return, {}, "automata")), np.ascontiguousarray(payoffs[OWN])
    regret = np.zeros((len(partners), len(partners)))
    for i, believed in enumerate(partners):
        reply = np.ascontiguousarray(best[i].policy, np.int64)
        for j, actual in enumerate(partners):
            if i != j:
                where = np.outer(believed.start, actual.start)
                value = earned(reply, believed.next, actual.policy, actual.next, own, where, np.empty_like(where))
                regret[i, j] = (best[j].value - value) / rounds
    return regret


def diversity(payoffs: np.ndarray, partners: Sequence[Automaton], rounds: int) -> float:
    """Return how different the answers are that ``partners`` call for, from 0 to 1.

    It is the mean of `cross_regret` over all pairs of two different partners, in units of the range of one's payoffs:
    0 where one way to play is best against all of them. Like BR-Div (Wang et al., ZSC-Eval, NeurIPS 2024,
    arXiv:2310.05208) it compares partners by their best responses, not by what they do.

    Raises ValueError as `cross_regret`, for fewer than two partners, or for a game in which nothing is at stake.
    """
    if len(partners) < 2:
        raise ValueError(f"partners must be at least two, not {len(partners)}")
    spread = float(np.ptp(check_payoffs(payoffs)[OWN]))
    if spread == 0:
        raise ValueError("payoffs must differ: one who always earns the same has no best response")
    return float(cross_regret(payoffs, partners, rounds).sum() / (len(partners) * (len(partners) - 1)) / spread)


def _checked(payoffs: np.ndarray, rounds: int) -> np.ndarray:
    payoffs = check_payoffs(payoffs)
    if len(payoffs) != 2:
        raise ValueError(f"payoffs must be those of two players, not of {len(payoffs)}")
    if rounds < 1:
        raise ValueError(f"rounds={rounds} is not allowed: it must be at least 1")
    return payoffs


def reply_return(reply, believed_next, policy, next, own, where, then):
    """Return what ``reply`` (rounds, believed states) earns while the partner is another one than believed.

    ``where`` (believed states, actual states) is the law of both at the start, and ``then`` of the same shape; both are
    overwritten.
    """
    total = 0.0
    for t in range(reply.shape[0]):
        for x in range(where.shape[0]):
            for y in range(where.shape[1]):
                then[x, y] = 0.0
        for x in range(where.shape[0]):
            for y in range(where.shape[1]):
                if where[x, y] > 0.0:
                    a = reply[t, x]
                    for b in range(policy.shape[1]):
                        chance = where[x, y] * policy[y, b]
                        if chance > 0.0:
                            total += chance * own[a, b]
                            then[believed_next[x, a, b], next[y, a, b]] += chance
        where, then = then, where
    return total
