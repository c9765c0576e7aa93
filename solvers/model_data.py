"""What every solver reads of an exact model: checks, policies turned into chains, and honest rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from ..envs.core.model import Model
    from ..envs.core.spec import Criterion


@dataclass(frozen=True)
class Solution:
    """An optimum, or the value of a given policy.

    ``value`` is the expected value of the first state and lies in the bracket ``low`` .. ``high``, which holds for the
    model's numbers as they stand, rounding of the solver included. ``policy`` is integer (S,), integer (horizon, S), or
    float (S, A) where a stochastic policy was evaluated; ``values`` is float (S,), the value of every state.
    ``how`` names the method.
    """

    value: float
    low: float
    high: float
    policy: np.ndarray
    values: np.ndarray
    how: str

    @property
    def residual(self) -> float:
        """How far off ``value`` may be: for an optimum, the most that another policy could gain."""
        return max(self.high - self.value, self.value - self.low)


def continuing_model(
    transitions: sparse.csr_matrix,
    rewards: np.ndarray,
    initial: np.ndarray,
    criterion: Criterion | None = None,
    horizon: int | None = None,
) -> Model:
    """Return a model of one player that never ends, made of arrays.

    Parameters
    ----------
    transitions : (S * A, S), row ``state * A + action``.
    rewards : float64 (S, A).
    initial : float64 (S,), distribution of the first state.
    criterion : default the gain.
    horizon : steps after which an episode is truncated.
    """
    from ..envs.core.model import Model
    from ..envs.core.spec import Criterion

    states, actions = rewards.shape
    return Model(
        transitions=transitions,
        rewards=rewards[:, :, None],
        terminal=np.zeros(states, bool),
        initial=initial,
        observations=np.arange(states)[:, None],
        actions=(actions,),
        horizon=horizon,
        criterion=Criterion("gain") if criterion is None else criterion,
        states=None,
    )


def one_player(model: Model, solver: str) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Return the transitions (S * A, S) and the rewards (S, A) of a one-player model.

    Raises
    ------
    ValueError
        for more than one player, rewards that are not finite, a row of a living state that does not sum to 1,
        or a terminal state with transitions or rewards.
    """
    if model.players != 1:
        raise ValueError(
            f"{solver} takes a model of one player, not of {model.players}; "
            "give the other players a policy with as_single_agent first"
        )
    transitions, rewards, terminal = model.transitions, model.rewards[:, :, 0], model.terminal
    if not np.all(np.isfinite(rewards)):
        raise ValueError("model.rewards must be finite")
    totals = np.asarray(transitions.sum(axis=1)).reshape(rewards.shape)
    if transitions.nnz and transitions.data.min() < 0:
        raise ValueError(f"model.transitions must not be negative, and holds {transitions.data.min()}")
    wrong = np.abs(totals - ~terminal[:, None]) > 1e-9
    if wrong.any():
        state, action = np.argwhere(wrong)[0]
        allowed = "0, as the state is terminal" if terminal[state] else "1"
        raise ValueError(
            f"model.transitions of state {state}, action {action} sum to {totals[state, action]}, not to {allowed}"
        )
    if np.any(rewards[terminal] != 0):
        raise ValueError("model.rewards of a terminal state must be 0")
    if transitions.nnz and transitions.data.min() == 0:
        transitions = transitions.copy()
        transitions.eliminate_zeros()
    return transitions, rewards


def uniform_policy(model: Model) -> np.ndarray:
    """Return the policy (S, A) that plays every action with equal probability."""
    actions = model.rewards.shape[1]
    return np.full((model.size, actions), 1.0 / actions)


def under(model: Model, policy: np.ndarray) -> Model:
    """Return the model with one action that a stationary policy leaves of a one-player model.

    Parameters
    ----------
    model : a model of one player.
    policy : integer (S,), the action of every state, or float (S, A), the probability of every action.

    Raises
    ------
    ValueError
        when the policy has another shape, an action that does not exist, or rows that are no distributions.
    """
    transitions, rewards = one_player(model, "under")
    states, actions = rewards.shape
    policy = np.asarray(policy)
    if policy.shape == (states,) and np.issubdtype(policy.dtype, np.integer):
        check_actions(policy, actions)
        chain, reward = chain_of(transitions, rewards, policy)
    elif policy.shape == (states, actions) and np.issubdtype(policy.dtype, np.floating):
        sums = policy.sum(axis=1)
        if not (np.all(policy >= 0) and np.all(np.abs(sums - 1) <= 1e-9)):
            raise ValueError(f"policy must hold a distribution over {actions} actions in every row")
        columns = np.arange(states * actions)
        weights = sparse.csr_matrix((policy.ravel(), (columns // actions, columns)), shape=(states, states * actions))
        chain, reward = (weights @ transitions).tocsr(), (policy * rewards).sum(axis=1)
    else:
        raise ValueError(
            f"policy must be integer ({states},) or float ({states}, {actions}), not {policy.dtype} {policy.shape}"
        )
    return replace(model, transitions=chain, rewards=reward[:, None, None], actions=(1,))


def check_actions(policy: np.ndarray, actions: int) -> None:
    """Raise a ValueError when an integer policy holds an action that does not exist."""
    if policy.size and (policy.min() < 0 or policy.max() >= actions):
        raise ValueError(f"policy must hold actions from 0 to {actions - 1}, not {policy.min()} to {policy.max()}")


def check_states(given: Sequence[int], states: int, name: str) -> None:
    """Raise a ValueError unless ``given``, the argument ``name``, holds states, one at least."""
    numbers = np.asarray(given)
    integers = numbers.ndim == 1 and numbers.size > 0 and np.issubdtype(numbers.dtype, np.integer)
    if not integers or numbers.min() < 0 or numbers.max() >= states:
        raise ValueError(f"{name}={list(given)} is not allowed: {name} must be states from 0 to {states - 1}")


def chain_of(transitions: sparse.csr_matrix, rewards: np.ndarray, policy: np.ndarray):
    """Return the transitions (S, S) and rewards (S,) of an integer policy (S,)."""
    states, actions = rewards.shape
    rows = np.arange(states) * actions + policy
    return transitions[rows], rewards.ravel()[rows]


def backup(transitions: sparse.csr_matrix, rewards: np.ndarray, values: np.ndarray, discount: float = 1.0):
    """Return the value (S, A) of every action now, when ``values`` (S,) follow."""
    return rewards + discount * (transitions @ values).reshape(rewards.shape)


def scale(*arrays: np.ndarray) -> float:
    """Return the sum of the largest finite magnitudes of the arrays."""
    return float(sum(np.abs(array[np.isfinite(array)]).max(initial=0.0) for array in arrays))


def rounding(transitions: sparse.csr_matrix, *arrays: np.ndarray) -> float:
    """Return a bound on the rounding error of one `backup` of these rewards and values."""
    return rounding_unit(transitions) * scale(*arrays)


def rounding_unit(transitions: sparse.csr_matrix) -> float:
    """Return the bound of `rounding` for rewards and values of `scale` 1."""
    longest = int(np.diff(transitions.indptr).max(initial=0))
    return (longest + 4) * float(np.finfo(float).eps)
