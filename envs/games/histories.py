"""Histories of joint actions as numbers: what players of an iterated game observe.

A history of joint actions is the bijective base-J numeral (J joint actions) whose digits are 1 + the joint indices,
oldest first: 0 is the empty history, 1 .. J are those of one round, J + 1 .. J + J**2 those of two, and so on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def encode(history: Sequence[Sequence[int]], actions: Sequence[int], memory: int) -> int:
    """Return the observation of a player who saw ``history``.

    Parameters
    ----------
    history : joint actions, oldest first, each with one action a player; only the last ``memory`` count.
    actions : the number of actions of each player.
    memory : the knob of that name.

    Raises
    ------
    ValueError
        for an action that a player does not have.
    """
    number = 0
    for joint in history[max(len(history) - memory, 0) :]:
        if len(joint) != len(actions) or not all(0 <= a < count for a, count in zip(joint, actions, strict=True)):
            raise ValueError(f"history holds {tuple(joint)}, but its joint actions must be below {tuple(actions)}")
        number = number * math.prod(map(int, actions)) + 1 + int(np.ravel_multi_index(tuple(joint), tuple(actions)))
    return number


def decode(observation: int, actions: Sequence[int]) -> list[tuple[int, ...]]:
    """Return the joint actions, oldest first, that ``observation`` stands for (the inverse of `encode`)."""
    history = []
    number = int(observation)
    while number > 0:
        number, joint = divmod(number - 1, math.prod(map(int, actions)))
        history.append(tuple(int(a) for a in np.unravel_index(joint, tuple(actions))))
    return history[::-1]


def successors(actions: Sequence[int], memory: int) -> np.ndarray:
    """Return the observation that follows each one when a joint action is played.

    Parameters
    ----------
    actions : the number of actions of each player.
    memory : the knob of that name.

    Returns
    -------
    int64 (J**0 + ... + J**memory, A_0, ..., A_{n-1}), the ``next`` of an automaton whose state is the observation.
    """
    joint = math.prod(map(int, actions))
    full, window = sum(joint**k for k in range(memory)), joint**memory
    grown = np.arange(full + window)[:, None] * joint + 1 + np.arange(joint)
    beyond = grown - full - window
    return np.where(beyond < 0, grown, full + beyond % window).reshape(-1, *map(int, actions))


def memory_of(observations: int, actions: Sequence[int]) -> int:
    """Return the memory with which there are so many ``observations``; ValueError where there is none."""
    joint = math.prod(map(int, actions))
    memory, count = 0, 1
    while count < observations:
        memory += 1
        count += joint**memory
    if count != observations:
        allowed = ", ".join(str(sum(joint**k for k in range(m + 1))) for m in range(4))
        raise ValueError(
            f"{observations} rows are no table over histories: with {joint} joint actions the last m of them have "
            f"{allowed}, ... values for m = 0, 1, 2, 3, ..."
        )
    return memory
