"""What a family of games is: a definition, the knobs it takes, and how large its games may become."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from ..core.knobs import Knob
from .game import NormalFormGame

LARGEST = 20_000_000  # numbers in a tensor: 160 MB, and a few times that while it is built


@dataclass(frozen=True)
class Family:
    """A game for every choice of its knobs.

    Parameters
    ----------
    name : the id under which `regretlab.envs.games.load` finds it.
    title : what people call it.
    build : the definition; it takes all knobs as keywords and returns the game (without name, title, tags, citation).
    knobs : its arguments.
    tags : properties that all of its games have.
    citation : where the definition comes from.
    kind : ``parametric`` (the knobs say everything) or ``random`` (drawn, with a knob ``seed``).
    gamut : the class of GAMUT (Nudelman et al. 2004) that it stands for, or empty.
    """

    name: str
    title: str
    build: Callable[..., NormalFormGame]
    knobs: Mapping[str, Knob]
    tags: tuple[str, ...]
    citation: str
    kind: str = "parametric"
    gamut: str = ""

    @property
    def summary(self) -> str:
        """The first sentence of the definition."""
        return (self.build.__doc__ or "").partition("\n\n")[0].replace("\n    ", " ")


def players_knob(default: int, low: int = 2, high: int = 20) -> Knob:
    """Return the knob of the number of players."""
    return Knob(default, "number of players", low=low, high=high)


def check_size(sizes: Sequence[int]) -> None:
    """Refuse a game whose tensor would hold more than `LARGEST` numbers.

    Parameters
    ----------
    sizes : the numbers of actions (A_0, ..., A_{n-1}).

    Raises
    ------
    ValueError
        that names the size and the limit.
    """
    size = len(sizes) * prod(sizes)
    if size > LARGEST:
        raise ValueError(
            f"a game of {len(sizes)} players with {max(sizes)} actions has {size:,} payoffs; "
            f"a family builds games of at most {LARGEST:,}: take fewer players or actions"
        )


def joint_actions(sizes: Sequence[int]) -> np.ndarray:
    """Return every player's action in every joint action: int64 (n, A_0, ..., A_{n-1}), the shape of the payoffs.

    Raises
    ------
    ValueError
        as `check_size`.
    """
    check_size(sizes)
    return np.indices(tuple(sizes))


def company(actions: np.ndarray) -> np.ndarray:
    """Return for each player how many, oneself included, take the same action: int64 of the shape of ``actions``.

    Parameters
    ----------
    actions : what `joint_actions` returns, (n, A_0, ..., A_{n-1}).
    """
    return np.stack([(actions == mine).sum(axis=0) for mine in actions])


def set_names(sets: Sequence[Sequence[int]]) -> tuple[str, ...]:
    """Return the names of actions that are sets of numbers, such as ``0+2``."""
    return tuple("+".join(map(str, members)) for members in sets)
