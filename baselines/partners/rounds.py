"""What the adapters share: what the other player did in a round, as an observation of a repeated game tells it."""

from __future__ import annotations

from typing import Any

from ...envs.games.histories import decode


def check_actions(name: str, action_space: Any, actions: int) -> None:
    """Raise a ValueError unless there are as many ``actions`` as the player called ``name`` can play."""
    if int(action_space.n) != actions:
        raise ValueError(f"{name} plays games of {actions} actions, not of {int(action_space.n)}")


def other_action(name: str, next_obs: Any, own: int, actions: int) -> int:
    """Return what the other one of two players did in the round that ``next_obs`` ends with.

    Raises ValueError for an observation that tells nothing, as in a game with ``memory=0``.
    """
    if next_obs == 0:
        raise ValueError(f"{name} has to see the last joint action: give the game memory=1 or more")
    return sum(decode(int(next_obs), (actions, actions))[-1]) - own
