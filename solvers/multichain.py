"""The largest average reward of models in which some steps can never be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .components import end_components
from .gain import refuse_terminal
from .model_data import Solution, one_player
from .total_return import component_gain, stopping

if TYPE_CHECKING:
    from ..envs.core.model import Model


def multichain_gain(model: Model) -> Solution:
    """Solve for the largest average reward from the initial distribution, whatever the structure of the model.

    Each set of states in which a run can stay for ever has one optimal gain (Howard's policy iteration); where to go
    is then a problem of stopping at the best set (Kallenberg, Markov Decision Processes, 2002, section 4.5).
    ``values`` holds the optimal gain of every state.

    Raises
    ------
    ValueError
        for several players, a malformed or terminating model; `TooLargeError` when a linear system is too large.
    ArithmeticError
        when policy iteration does not settle.
    """
    refuse_terminal(model, "multichain_gain")
    transitions, rewards = one_player(model, "multichain_gain")
    labels, internal = end_components(transitions, np.ones(rewards.shape, bool))
    stop, staying, error = np.full(len(labels), -np.inf), np.zeros(len(labels), np.int64), 0.0
    for label in range(labels.max() + 1):
        states = labels == label
        found = component_gain(transitions, rewards, internal, states)
        stop[states], staying[states] = found.gain, found.policy
        error = max(error, found.high - found.gain, found.gain - found.low)
    values, policy, low, high = stopping(transitions, np.zeros_like(rewards), stop, internal, labels)
    return Solution(
        value=float(model.initial @ values),
        low=float(model.initial @ low) - error,
        high=float(model.initial @ high) + error,
        policy=np.where(policy == rewards.shape[1], staying, policy),
        values=values,
        how=f"Howard's policy iteration in each of {labels.max() + 1} components, then optimal stopping",
    )
