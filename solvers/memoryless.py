"""The best policy that sees only the present observation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .belief import observation_groups
from .components import reach, union_graph
from .criteria import evaluate, optimum
from .gain import Gain
from .memory_search import TIE, best_of_observation
from .model_data import Solution, one_player

if TYPE_CHECKING:
    from ..envs.core.model import Model


def best_memoryless(model: Model, limit: int | None = None) -> Solution:
    """Find the best stationary policy that maps the present observation to an action, under the model's criterion.

    ``value`` and ``low`` are those of the best deterministic map (see `best_of_observation`). A map that draws its
    actions may be better (Singh, Jaakkola and Jordan, Learning without state-estimation in POMDPs, 1994), so ``high``
    is in general the optimum of the model itself. The two coincide, and the value is proved, in three cases: the best
    map is optimal in the model; whenever the action matters the observation tells the state; or no run meets an
    observation twice where the action matters (the value is then linear in the probabilities after each observation, so
    that a deterministic map is among the best).

    Parameters
    ----------
    model : a model of one player.
    limit : the most partial maps that the search bounds, by default what some seconds allow; ``high`` holds even when
        that is reached.

    Returns
    -------
    Solution, with the policy as integer (S,).

    Raises
    ------
    ValueError
        as `optimum` and `best_of_observation`.
    """
    return memoryless_below(model, optimum(model), limit)


def memoryless_below(model: Model, best: Solution | Gain, limit: int | None = None, hidden: bool = False) -> Solution:
    """Do what `best_memoryless` does, when ``best`` is known: the optimum of the model, or if ``hidden`` that of the
    history in it, whose policy is none of the model's states.
    """
    transitions, rewards = one_player(model, "best_memoryless")
    groups = _deciding_groups(transitions, rewards, model)
    sizes = np.bincount(groups[groups >= 0])
    if np.all(sizes[sizes > 0] == 1):
        told = optimum(model) if hidden else best
        if told.policy.shape == (model.size,):
            how = f"{told.how}; the observation tells the state"
            return replace(evaluate(model, told.policy), value=told.value, low=told.low, high=told.high, how=how)
    found = best_of_observation(model, limit)
    graph = union_graph(transitions, rewards.shape[1])
    if all(not reach(graph, np.flatnonzero(groups == group))[groups == group].any() for group in np.flatnonzero(sizes)):
        return replace(found, how=f"{found.how}; no deciding observation comes twice")
    if found.value >= best.low - TIE * max(1.0, abs(best.low)):
        return replace(found, high=best.high, how=f"{found.how}; optimal in the model")
    return replace(found, high=best.high, how=f"{found.how}; drawn actions may be better")


def _deciding_groups(transitions, rewards: np.ndarray, model: Model) -> np.ndarray:
    """Return the number (S,) of every living state's observation, or -1 where no action matters after it."""
    states, actions = rewards.shape
    first = np.repeat(np.arange(states) * actions, actions)
    changed = np.asarray(abs(transitions - transitions[first]).sum(axis=1)).reshape(rewards.shape) > 0
    matters = changed.any(axis=1) | (rewards != rewards[:, :1]).any(axis=1)
    groups, _ = observation_groups(model)
    return np.where(np.isin(groups, groups[matters]), groups, -1)
