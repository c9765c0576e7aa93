"""What strategies of memory one earn in a repeated game, in closed form: their play is a Markov chain.

The states of the chain are the joint actions of a round in mixed radix, player 0 most significant: in a 2x2 game CC,
CD, DC, DD as player 0 sees them. How a strategy is written stands in `regretlab.envs.games.strategies`: for a 2x2 game
the probabilities of the first action in the first round and after CC, CD, DC, DD, the *own* action first, so that
player 1's CD is the state DC. LOLA and pax write the first round last, [CC, CD, DC, DD, start].

Source: Press and Dyson, PNAS 109 (2012); in the discounted form Foerster et al., Learning with opponent-learning
awareness, AAMAS 2018, equation 4.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from ..envs.games.strategies import as_policy
from .gain import policy_gain
from .model_data import continuing_model
from .normal_form import check_payoffs

MOST_JOINT_ACTIONS = 2_048  # the chain is a dense matrix


@dataclass(frozen=True, eq=False)
class RepeatedValue:
    """What each player earns.

    Attributes
    ----------
    value : float64 (n,), payoff per round: (1 - discount) times the discounted sum, or the limit of means.
    total : float64 (n,), the discounted sum itself (LOLA's value), value / (1 - discount); None for a limit of means.
    residual : the largest error of Bellman's equation in payoff per round; ``value`` is at most so far off.
    """

    value: np.ndarray
    total: np.ndarray | None
    residual: float


def memory_one_chain(strategies: Sequence[ArrayLike], actions: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the Markov chain of joint actions that strategies of memory one play.

    Parameters
    ----------
    strategies : one a player, see `regretlab.envs.games.strategies.as_policy`.
    actions : the number of actions of each player; J is their product.

    Returns
    -------
    start, transitions : float64 (J,) and (J, J), the distribution of the first joint action and of the one after each.

    Raises
    ------
    ValueError
        for strategies that are none of this game (naming the player and the entry), or too many joint actions.
    """
    counts = tuple(map(int, actions))
    joint = int(np.prod(counts))
    if joint > MOST_JOINT_ACTIONS:
        raise ValueError(
            f"the game has {joint:,} joint actions; the chain is solved for at most {MOST_JOINT_ACTIONS:,}"
        )
    if len(strategies) != len(counts):
        raise ValueError(f"strategies must hold one for each of {len(counts)} players, not {len(strategies)}")
    rows = np.ones((1 + joint, 1))
    for player, strategy in enumerate(strategies):
        own = as_policy(strategy, counts, player)
        rows = (rows[:, :, None] * own[:, None, :]).reshape(1 + joint, -1)
    return rows[0], rows[1:]


def memory_one_value(payoffs: np.ndarray, strategies: Sequence[ArrayLike], discount: float) -> RepeatedValue:
    """Return the discounted payoffs of strategies of memory one, (1 - discount) s0' (I - discount P)^-1 r.

    Parameters
    ----------
    payoffs : the stage game, (n, A_0, ..., A_{n-1}).
    strategies : one a player, see `memory_one_chain`.
    discount : weight of a round relative to the one before, at least 0 and below 1.

    Raises
    ------
    ValueError
        as `memory_one_chain`, for a malformed tensor, or a discount outside its range.
    """
    payoffs = check_payoffs(payoffs)
    if not 0 <= discount < 1:
        raise ValueError(f"discount must be at least 0 and below 1, not {discount}; see memory_one_gain for 1")
    start, transitions = memory_one_chain(strategies, payoffs.shape[1:])
    rewards = payoffs.reshape(len(payoffs), -1).T
    values = np.linalg.solve(np.eye(len(start)) - discount * transitions, rewards)
    residual = np.abs(rewards + discount * transitions @ values - values).max()
    total = start @ values
    return RepeatedValue((1 - discount) * total, total, float(residual))


def memory_one_gain(payoffs: np.ndarray, strategies: Sequence[ArrayLike]) -> RepeatedValue:
    """Return the limit of means of strategies of memory one: the payoff per round in the long run.

    A chain with cycles has its average over time (the Cesaro limit), one that may end up in several closed classes the
    average over where it ends from the first round on, see `policy_gain`.

    Parameters
    ----------
    payoffs : the stage game, (n, A_0, ..., A_{n-1}).
    strategies : one a player, see `memory_one_chain`.

    Raises
    ------
    ValueError
        as `memory_one_chain`, or for a malformed tensor.
    """
    payoffs = check_payoffs(payoffs)
    start, transitions = memory_one_chain(strategies, payoffs.shape[1:])
    forced = np.zeros(len(start), np.int64)
    found = [
        policy_gain(continuing_model(sparse.csr_matrix(transitions), own.reshape(-1, 1), start), forced)
        for own in payoffs
    ]
    return RepeatedValue(np.array([each.value for each in found]), None, max(each.residual for each in found))
