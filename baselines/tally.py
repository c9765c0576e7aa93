"""What a run adds up: rewards, finished episodes and their returns, and how often each joint action was played."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..envs.core.kernel import kernel
from ..envs.core.spec import Spec

MOST_JOINT_ACTIONS = 1_024  # beyond that, joint actions are not counted
PLAYERS = 0  # bound when a loop is fused for one environment; 0 reads the number from the arrays


class Totals(NamedTuple):
    """What happened in the steps of one call (first axis: lane).

    Attributes
    ----------
    steps : steps that every lane took. A reset takes none.
    rewards : float64 (lanes, players), sum of the rewards.
    episodes : int64 (lanes,), episodes that ended.
    returns : float64 (lanes, players), sum of the returns of the episodes that ended, each counted whole where it
        ends; discounted where the environment's criterion is.
    joint : int64 (lanes, joint actions), how often each joint action was played, player 0 most significant;
        (lanes, 0) with one player or more than a thousand joint actions.
    """

    steps: int
    rewards: np.ndarray
    episodes: np.ndarray
    returns: np.ndarray
    joint: np.ndarray


class Tally(NamedTuple):
    """The sums while they grow: those of `Totals`, and of the episode that is under way its return and discount."""

    rewards: np.ndarray
    episodes: np.ndarray
    returns: np.ndarray
    joint: np.ndarray
    running: np.ndarray
    weight: np.ndarray
    actions: np.ndarray


def new_tally(spec: Spec, lanes: int) -> Tally:
    """Allocate the sums of ``lanes`` lanes, all zero."""
    counted = spec.players > 1 and spec.joint_actions <= MOST_JOINT_ACTIONS
    return Tally(
        rewards=np.zeros((lanes, spec.players)),
        episodes=np.zeros(lanes, np.int64),
        returns=np.zeros((lanes, spec.players)),
        joint=np.zeros((lanes, spec.joint_actions if counted else 0), np.int64),
        running=np.zeros((lanes, spec.players)),
        weight=np.ones(lanes),
        actions=np.array(spec.actions, np.int64),
    )


def take(tally: Tally, steps: int) -> Totals:
    """Return copies of the sums as the totals of ``steps`` steps, and begin new ones (the running episodes go on)."""
    sums = (tally.rewards, tally.episodes, tally.returns, tally.joint)
    totals = Totals(steps, *(part.copy() for part in sums))
    for part in sums:
        part[...] = 0
    return totals


@kernel
def count(tally, i, a, r, ended, discount):
    """Add one step of lane ``i``: joint action ``a[i, :]``, rewards ``r[i, :]``."""
    players = PLAYERS if PLAYERS > 0 else r.shape[1]
    weight = tally.weight[i]
    for k in range(players):
        tally.rewards[i, k] += r[i, k]
        tally.running[i, k] += weight * r[i, k]
    tally.weight[i] = weight * discount
    if tally.joint.shape[1] > 0:
        index = 0
        for k in range(players):
            index = index * tally.actions[k] + a[i, k]
        tally.joint[i, index] += 1
    if ended:
        tally.episodes[i] += 1
        tally.weight[i] = 1.0
        for k in range(players):
            tally.returns[i, k] += tally.running[i, k]
            tally.running[i, k] = 0.0
