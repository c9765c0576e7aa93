"""What a normal-form game is: a payoff tensor, the names of its actions, and what is known of it.

One convention holds everywhere: a game of n players is one tensor of shape (n, A_0, ..., A_{n-1}), and axis k + 1, the
k-th axis of every player's own tensor, is the action of player k. ``payoffs[i, a_0, ..., a_{n-1}]`` is what player i
gets when player k plays a_k. (Some libraries put the own action first for every player instead.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.distributions import in_short

Profile = tuple[tuple[float, ...], ...]
SHAPE = "a tensor of shape (players, actions of player 0, actions of player 1, ...) of finite numbers"
LARGEST = 1e150  # so that no sum or product of payoffs overflows


@dataclass(frozen=True, eq=False)
class NormalFormGame:
    """A finite game in normal form.

    Parameters
    ----------
    name, title : the id under which `load` finds it (empty for a tensor without a name), and what people call it.
    payoffs : float64 (n, A_0, ..., A_{n-1}), read-only; axis k + 1 is player k's action.
    action_names : for each player, the name of each action.
    citation : where the payoffs come from.
    tags : properties such as ``zero-sum``, ``symmetric``, ``coordination``.
    max_welfare : the largest sum of the players' payoffs over all joint actions.
    equilibria : the known Nash equilibria; a profile holds one probability vector a player.
    equilibrium_payoffs : what each player gets in each of them.
    completeness : what ``equilibria`` lists: ``all`` of them; the ``extreme`` ones of a game that has infinitely many
        (the corners of the convex sets that make up all); ``some``; or ``none``, when nothing is known.
    known : other published numbers, see `game_data`: ``ce_welfare`` and ``cce_welfare`` are the least and the greatest
        welfare of a correlated and of a coarse correlated equilibrium, for instance.
    """

    name: str
    title: str
    payoffs: np.ndarray
    action_names: tuple[tuple[str, ...], ...]
    citation: str
    tags: tuple[str, ...]
    max_welfare: float
    equilibria: tuple[Profile, ...] = ()
    equilibrium_payoffs: tuple[tuple[float, ...], ...] = ()
    completeness: str = "none"
    known: Mapping[str, Any] = field(default_factory=dict)

    @property
    def players(self) -> int:
        """The number of players."""
        return self.payoffs.shape[0]

    @property
    def actions(self) -> tuple[int, ...]:
        """The number of actions of each player."""
        return self.payoffs.shape[1:]


def new_game(
    payoffs: Any,
    *,
    name: str = "",
    title: str = "",
    action_names: Sequence[Sequence[str]] | None = None,
    tags: Sequence[str] = (),
    citation: str = "",
) -> NormalFormGame:
    """Return a game of which no equilibrium is known.

    Parameters
    ----------
    payoffs : numbers of shape (n, A_0, ..., A_{n-1}); they are copied.
    name, title, tags, citation : see `NormalFormGame`; the title says the size if there is none.
    action_names : for each player, different names for all actions; numbers from 0 if there are none.

    Raises
    ------
    TypeError, ValueError
        for payoffs that are no finite tensor of the right shape, or names that do not fit it.
    """
    tensor = check_payoffs(payoffs)
    actions = tensor.shape[1:]
    if action_names is None:
        action_names = [[str(action) for action in range(count)] for count in actions]
    return NormalFormGame(
        name=name,
        title=title or f"A game of {' x '.join(map(str, actions))} actions",
        payoffs=tensor,
        action_names=_check_names(action_names, actions),
        citation=citation,
        tags=tuple(tags),
        max_welfare=float(tensor.sum(axis=0).max()),
    )


def check_payoffs(payoffs: Any) -> np.ndarray:
    """Return ``payoffs`` as a read-only float64 tensor (n, A_0, ..., A_{n-1}).

    Raises
    ------
    TypeError
        when it holds anything but real numbers.
    ValueError
        when its shape is that of no game, or an entry is not finite; the message names the shape or the entry.
    """
    try:
        tensor = np.asarray(payoffs)
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"payoffs={in_short(payoffs)} is not allowed: payoffs must be {SHAPE}") from error
    if tensor.dtype.kind not in "iuf":
        raise TypeError(f"payoffs={in_short(payoffs)} is not allowed: payoffs must be {SHAPE}")
    if tensor.ndim < 2 or tensor.shape[0] != tensor.ndim - 1 or min(tensor.shape) < 1:
        raise ValueError(
            f"payoffs of shape {tensor.shape} is not allowed: payoffs must be {SHAPE}, "
            "so that one of n players has n + 1 axes, the first of length n"
        )
    if not np.all(np.isfinite(tensor)):
        entry = tuple(int(k) for k in np.argwhere(~np.isfinite(tensor))[0])
        raise ValueError(f"payoffs{list(entry)}={tensor[entry]} is not allowed: payoffs must be {SHAPE}")
    if np.abs(tensor).max() > LARGEST:
        raise ValueError(
            f"payoffs={in_short(payoffs)} is not allowed: no payoff may be larger than {LARGEST:g} in size"
        )
    tensor = tensor.astype(np.float64, order="C")
    tensor.setflags(write=False)
    return tensor


def _check_names(action_names: Any, actions: tuple[int, ...]) -> tuple[tuple[str, ...], ...]:
    rule = f"action_names must hold {', '.join(map(str, actions))} different names for the players in order"
    if not isinstance(action_names, list | tuple) or len(action_names) != len(actions):
        raise ValueError(f"action_names={in_short(action_names)} is not allowed: {rule}")
    for player, (own, count) in enumerate(zip(action_names, actions, strict=True)):
        if not isinstance(own, list | tuple) or not all(isinstance(each, str) for each in own):
            raise TypeError(f"action_names[{player}]={in_short(own)} is not allowed: {rule}")
        if len(own) != count or len(set(own)) != count:
            raise ValueError(f"action_names[{player}]={in_short(own)} is not allowed: {rule}")
    return tuple(tuple(own) for own in action_names)
