"""The best policy that sees only the present observation."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .components import reach, union_graph
from .criteria import evaluate, optimum
from .gain import Gain
from .model_data import Solution, one_player
from .total_return import NeverEndsError

if TYPE_CHECKING:
    from ..envs.core.model import Model


class TooManyMapsError(ValueError):
    """There are more deterministic maps from observations to actions than may be tried."""


def best_memoryless(model: Model, limit: int = 4096) -> Solution:
    """Find the best stationary policy that maps the present observation to an action, under the model's criterion.

    All deterministic maps are tried; observations after which every action has the same effect are left out. ``value``
    and ``low`` are the best map's. A map that draws its actions may be better (Singh, Jaakkola and Jordan, Learning
    without state-estimation in POMDPs, 1994), so ``high`` is in general the optimum of the model itself. The two
    coincide, and the value is proved, in three cases: the best map is optimal in the model; whenever the action matters
    the observation tells the state; or no run meets an observation twice where the action matters (the value is then
    linear in the probabilities after each observation, so that a deterministic map is among the best).

    Parameters
    ----------
    model : a model of one player.
    limit : the most maps that are tried.

    Returns
    -------
    Solution, with the policy as integer (S,).

    Raises
    ------
    ValueError
        as `optimum`; `TooManyMapsError` when there are more maps than ``limit``.
    """
    return memoryless_below(model, optimum(model), limit)


def memoryless_below(model: Model, best: Solution | Gain, limit: int) -> Solution:
    """Do what `best_memoryless` does, when the model's optimum ``best`` is known."""
    transitions, rewards = one_player(model, "best_memoryless")
    actions = rewards.shape[1]
    groups = _deciding_groups(transitions, rewards, model)
    sizes = np.bincount(groups[groups >= 0])
    if np.all(sizes == 1) and best.policy.ndim == 1:
        how = f"{best.how}; the observation tells the state"
        return replace(evaluate(model, best.policy), value=best.value, low=best.low, high=best.high, how=how)
    maps = actions ** len(sizes)
    if maps > limit:
        raise TooManyMapsError(
            f"{actions} actions after {len(sizes)} observations make {maps} maps, more than limit={limit}"
        )
    found = None
    for choice in itertools.product(range(actions), repeat=len(sizes)):
        policy = np.where(groups >= 0, np.array((*choice, 0))[groups], 0)
        try:
            tried = evaluate(model, policy)
        except NeverEndsError:  # it loses without limit
            continue
        if found is None or tried.value > found.value:
            found = tried
    if found is None:
        raise NeverEndsError("no memoryless policy ends")
    how = f"the best of {maps} deterministic maps"
    graph = union_graph(transitions, actions)
    if all(not reach(graph, np.flatnonzero(groups == group))[groups == group].any() for group in range(len(sizes))):
        return replace(found, how=f"{how}; no deciding observation comes twice")
    if found.value >= best.low:
        return replace(found, high=best.high, how=f"{how}; optimal in the model")
    return replace(found, high=best.high, how=f"{how}; drawn actions may be better")


def _deciding_groups(transitions, rewards: np.ndarray, model: Model) -> np.ndarray:
    """Return the number (S,) of every living state's observation, or -1 where no action matters after it."""
    states, actions = rewards.shape
    first = np.repeat(np.arange(states) * actions, actions)
    changed = np.asarray(abs(transitions - transitions[first]).sum(axis=1)).reshape(rewards.shape) > 0
    matters = changed.any(axis=1) | (rewards != rewards[:, :1]).any(axis=1)
    living = ~model.terminal
    seen = model.observations.reshape(states, -1)[living]
    number = np.full(states, -1)
    number[living] = np.unique(seen, axis=0, return_inverse=True)[1].ravel()
    deciding = np.unique(number[matters])
    return np.where(np.isin(number, deciding), np.searchsorted(deciding, number), -1)
