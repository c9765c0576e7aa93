"""One way in for every criterion: the optimum of a model, and the value of a policy in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .dynamic_programming import discounted, evaluate_plan, finite_horizon
from .gain import Gain, MultichainError, optimal_gain, policy_gain
from .model_data import Solution, under
from .multichain import multichain_gain
from .total_return import total_return

if TYPE_CHECKING:
    from ..envs.core.model import Model


def optimum(model: Model) -> Solution | Gain:
    """Solve a one-player model under its own criterion.

    Gain: `optimal_gain`, or `multichain_gain` where the gain depends on where a run ends; the horizon plays no part.
    Return and discounted return: `finite_horizon` if the model has a horizon, since what an episode earns stops there;
    else `total_return` and `discounted`.

    Raises
    ------
    ValueError, ArithmeticError
        as the solver named.
    """
    if model.criterion.kind == "gain":
        try:
            return optimal_gain(model)
        except MultichainError:
            return multichain_gain(model)
    if model.horizon is not None:
        return finite_horizon(model)
    return discounted(model) if model.criterion.kind == "discounted" else total_return(model)


def evaluate(model: Model, policy: np.ndarray) -> Solution:
    """Evaluate a policy in a one-player model under the model's criterion.

    Parameters
    ----------
    model : a model of one player.
    policy : integer (S,), the action of every state; float (S, A), probabilities; or, for a model with a horizon and
        another criterion than gain, integer (horizon, S), the action of every state at every step.

    Raises
    ------
    ValueError
        for several players, a malformed model or policy, or a return that diverges.
    """
    policy = np.asarray(policy)
    planned = policy.ndim == 2 and np.issubdtype(policy.dtype, np.integer)
    if planned:
        if model.criterion.kind == "gain" or model.horizon != len(policy):
            raise ValueError(
                f"policy has one row for each of {len(policy)} steps, but the model's criterion is "
                f"{model.criterion.kind} with horizon {model.horizon}"
            )
        return evaluate_plan(model, policy)
    if model.criterion.kind == "gain":
        return policy_gain(model, policy)
    found = optimum(under(model, policy))  # with one action left, the optimum is the policy's value
    assert isinstance(found, Solution)
    return replace(found, policy=policy)
