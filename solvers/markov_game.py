"""How far stationary policies are from equilibrium in a Markov game given by its exact model.

What a player gains by deviating is the optimum of the problem of one player that the others' policies leave, minus
what the player's own policy earns there; no policy of any kind does better than a stationary one in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from ..envs.core.distributions import check_distributions
from .criteria import evaluate, optimum
from .model_data import Solution, check_actions

if TYPE_CHECKING:
    from ..envs.core.model import Model


@dataclass(frozen=True, eq=False)
class MarkovGaps:
    """What the players of a Markov game gain by the best deviation from their policies, in returns.

    Attributes
    ----------
    values : float64 (n,), what each player's policy earns from the initial distribution.
    gains : float64 (n,), what each gains from there; all are 0 at a Nash equilibrium.
    state_gains : float64 (n, S), what each gains from every state on, also where play never comes.
    residual : how far off a gain may be, from the brackets of the solvers.
    """

    values: np.ndarray
    gains: np.ndarray
    state_gains: np.ndarray
    residual: float

    @property
    def nash_conv(self) -> float:
        """NashConv, the sum of the players' gains at the start."""
        return float(self.gains.sum())

    @property
    def perfect_gap(self) -> float:
        """The largest NashConv of any state: 0 exactly at Markov perfect equilibria."""
        return float(self.state_gains.sum(axis=0).max())


def markov_gaps(model: Model, policies: Sequence[np.ndarray]) -> MarkovGaps:
    """Return what every player gains by the best deviation from stationary policies.

    Parameters
    ----------
    model : the exact model of any number of players, with a return or a discounted return and without a horizon.
    policies : one a player: integer (S,), the action in every state, or float (S, A_k), probabilities.

    Raises
    ------
    ValueError
        for a model whose criterion is the gain (equilibria of average reward need not exist in stationary policies) or
        that has a horizon (the best deviation then depends on the clock); for policies that do not fit, naming player
        and entry; or as `optimum`.
    """
    if model.criterion.kind == "gain":
        raise ValueError(
            "markov_gaps takes a model with a return or a discounted return; this one's criterion is the gain"
        )
    if model.horizon is not None:
        raise ValueError(f"markov_gaps takes a model without a horizon, not one of {model.horizon} steps")
    tables = _tables(model, policies)
    values, gains, state_gains, residual = [], [], [], 0.0
    for player, own in enumerate(tables):
        left = against(model, tables, player)
        best, played = optimum(left), evaluate(left, own)
        assert isinstance(best, Solution) and isinstance(played, Solution)
        values.append(played.value)
        gains.append(max(0.0, best.value - played.value))
        state_gains.append(np.maximum(best.values - played.values, 0.0))
        residual = max(residual, best.residual + played.residual)
    return MarkovGaps(np.array(values), np.array(gains), np.array(state_gains), residual)


def against(model: Model, policies: Sequence[np.ndarray], player: int) -> Model:
    """Return the model of one player that is left when the others keep to stationary policies.

    Parameters
    ----------
    model : the exact model of any number of players.
    policies : as for `markov_gaps`; that of ``player`` plays no part.
    player : who is left.

    Raises
    ------
    ValueError
        for a player that does not exist, or policies that do not fit.
    """
    if not 0 <= player < model.players:
        raise ValueError(f"player must be from 0 to {model.players - 1}, not {player}")
    tables = _tables(model, policies)
    states, joint, own = model.size, model.joint_actions, model.actions[player]
    digits = np.unravel_index(np.arange(joint), model.actions)
    weights = np.ones((states, joint))  # the probability of the others' part of each joint action
    for seat, table in enumerate(tables):
        if seat != player:
            weights *= table[:, digits[seat]]
    rows = (np.arange(states)[:, None] * own + digits[player]).ravel()
    mixing = sparse.csr_matrix(
        (weights.ravel(), (rows, np.arange(states * joint))), shape=(states * own, states * joint)
    )
    mixing.eliminate_zeros()
    rewards = (mixing @ model.rewards[:, :, player].ravel()).reshape(states, own, 1)
    return replace(model, transitions=(mixing @ model.transitions).tocsr(), rewards=rewards, actions=(own,))


def _tables(model: Model, policies: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the policies as distributions (S, A_k)."""
    if len(policies) != model.players:
        raise ValueError(f"policies must hold one for each of {model.players} players, not {len(policies)}")
    tables = []
    for player, (given, actions) in enumerate(zip(policies, model.actions, strict=True)):
        policy = np.asarray(given)
        if policy.shape == (model.size,) and np.issubdtype(policy.dtype, np.integer):
            check_actions(policy, actions)
            policy = np.eye(actions)[policy]
        if policy.shape != (model.size, actions):
            raise ValueError(
                f"policies[{player}] must be integer ({model.size},) or float {(model.size, actions)}, "
                f"not {policy.dtype} {policy.shape}"
            )
        tables.append(check_distributions(policy, f"policies[{player}]"))
    return tables
