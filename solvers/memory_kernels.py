"""The loops of the search for the best map from observations to actions, to be fused (see `memory_search`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Rows(NamedTuple):
    """A model of B states, A actions and G observations, in L layers: one layer a step, or one for all steps where no
    state comes twice.

    Attributes
    ----------
    first, successor, probability : the transitions in CSR form, row ``state * A + action``.
    reward : float64 (B, A).
    group : int64 (B,), the number of every state's observation, or -1 after the end.
    move : int64 (G, A), the number of what an action does after an observation: actions of one number lead to the same
        states, whatever the state. -1 leaves out an action that another one equals in all respects.
    order : int64 (B,), the states in an order in which they can follow each other.
    width : int64 (L,), how many states of that order can be met in a layer.
    start : float64 (B,), distribution of the first state.
    discount : factor of what comes a step later.
    """

    first: np.ndarray
    successor: np.ndarray
    probability: np.ndarray
    reward: np.ndarray
    group: np.ndarray
    move: np.ndarray
    order: np.ndarray
    width: np.ndarray
    start: np.ndarray
    discount: float


class Work(NamedTuple):
    """What `relax` writes.

    Attributes
    ----------
    values : float64 (L + later, B), the optimum from each state on, ``later`` being 1 with one layer a step and else 0.
    weight : float64 (1 + later, B), zero before and after.
    earned : float64 (G, A), what each action pays after a decided observation, over all runs that come there decided.
    waiting : float64 (G,), the probability of coming to an undecided observation before any other.
    since : int64 (G,), when that can happen first.
    """

    values: np.ndarray
    weight: np.ndarray
    earned: np.ndarray
    waiting: np.ndarray
    since: np.ndarray


def relax(m, w, decided):
    """Bound what the maps can earn that make the ``decided`` moves (int64 (G,), -1 where open).

    Before the first open observation a run is known, and the map's action after each observation is the one that pays
    most over all of it; from there on the optimum counts in which the actions may depend on the state, open moves too.
    With no open observation left on any run this is the value of the best such map.
    """
    actions = m.reward.shape[1]
    later = w.weight.shape[0] - 1
    layers = m.width.shape[0]
    for layer in range(layers - 1, -1, -1):
        for place in range(m.width[layer] - 1, -1, -1):
            state = m.order[place]
            group = m.group[state]
            if group < 0:
                continue
            best = -np.inf
            for action in range(actions):
                move = m.move[group, action]
                if move < 0 or (decided[group] >= 0 and move != decided[group]):
                    continue
                value = 0.0
                row = state * actions + action
                for entry in range(m.first[row], m.first[row + 1]):
                    value += m.probability[entry] * w.values[layer + later, m.successor[entry]]
                value = m.reward[state, action] + m.discount * value
                if value > best:
                    best = value
            w.values[layer, state] = best
    w.earned[:] = 0.0
    w.waiting[:] = 0.0
    for state in range(m.start.shape[0]):
        w.weight[0, state] = m.start[state]
    bound = 0.0
    for layer in range(layers):
        here = layer % 2 * later
        after = (layer + 1) % 2 * later
        for place in range(m.width[layer]):
            state = m.order[place]
            weight = w.weight[here, state]
            if weight == 0.0:
                continue
            w.weight[here, state] = 0.0
            group = m.group[state]
            if group < 0:
                continue
            if decided[group] < 0:
                bound += weight * w.values[layer, state]
                if w.waiting[group] == 0.0:
                    w.since[group] = layer * m.start.shape[0] + place
                w.waiting[group] += weight
                continue
            gone = False
            for action in range(actions):
                if m.move[group, action] != decided[group]:
                    continue
                w.earned[group, action] += weight * m.reward[state, action]
                if not gone:
                    gone = True
                    row = state * actions + action
                    for entry in range(m.first[row], m.first[row + 1]):
                        w.weight[after, m.successor[entry]] += weight * m.discount * m.probability[entry]
    w.weight[:] = 0.0
    for group in range(decided.shape[0]):
        if decided[group] >= 0:
            best = -np.inf
            for action in range(actions):
                if m.move[group, action] == decided[group] and w.earned[group, action] > best:
                    best = w.earned[group, action]
            bound += best
    return bound
