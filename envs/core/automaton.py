"""Partners as data: finite automata that play one seat of a game."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

TOLERANCE = 1e-6  # that of probabilities in single precision


@dataclass(frozen=True, eq=False)
class Automaton:
    """A player with finitely many states, who in each draws an action and then moves on by what everybody played.

    Parameters
    ----------
    name : what it is called.
    start : float64 (states,), distribution of its first state; drawn at every start of an episode and hidden from the
        other players (so a mixture of automata is one automaton). A partner whose first *action* is random but whose
        state should be known is better given a first state that mixes.
    policy : float64 (states, own actions), distribution of its action in every state.
    next : int64 (states, A_0, ..., A_{n-1}), the state that follows when player k plays a_k: axis k + 1 is player k's
        action, its own included, as in a payoff tensor. So an automaton is made for one seat of one shape of game.

    The arrays are copied and made read-only, the distributions scaled to sum to 1.

    Raises
    ------
    TypeError
        for numbers of another kind.
    ValueError
        for shapes that do not fit each other, rows that are no distribution, or states that do not exist.
    """

    name: str
    start: np.ndarray
    policy: np.ndarray
    next: np.ndarray

    def __post_init__(self) -> None:
        start, policy = self._distributions("start", self.start, 1), self._distributions("policy", self.policy, 2)
        following = np.array(self.next)
        states = len(start)
        if len(policy) != states:
            raise ValueError(f"{self} has {len(policy)} rows in policy; it must have one for each of {states} states")
        if following.dtype.kind not in "iu":
            raise TypeError(f"{self}: next must hold integers, not {following.dtype}")
        if following.ndim < 2 or len(following) != states or min(following.shape) < 1:
            raise ValueError(f"{self}: next must have the shape ({states}, A_0, ..., A_n-1), not {following.shape}")
        if following.min() < 0 or following.max() >= states:
            raise ValueError(f"{self}: next must hold states from 0 to {states - 1}, not {_outside(following, states)}")
        for name, array in (("start", start), ("policy", policy), ("next", following.astype(np.int64))):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __str__(self) -> str:
        return f"automaton {self.name!r}"

    @property
    def states(self) -> int:
        """The number of states."""
        return len(self.start)

    def check_seat(self, seat: int, actions: tuple[int, ...]) -> None:
        """Raise a ValueError unless the automaton can play ``seat`` of a game with these numbers of actions."""
        if self.policy.shape[1] != actions[seat]:
            raise ValueError(f"{self} has {self.policy.shape[1]} actions, but player {seat} has {actions[seat]}")
        if self.next.shape[1:] != actions:
            raise ValueError(f"{self}: next must have the shape {(self.states, *actions)}, not {self.next.shape}")

    def _distributions(self, name: str, given: Any, axes: int) -> np.ndarray:
        table = np.array(given)
        if table.dtype.kind not in "iuf":
            raise TypeError(f"{self}: {name} must hold probabilities, not {table.dtype}")
        if table.ndim != axes or table.size == 0:
            raise ValueError(f"{self}: {name} must have {axes} axes and not be empty, not the shape {table.shape}")
        if not (np.all(table >= 0) and np.all(np.abs(table.sum(axis=-1) - 1) <= TOLERANCE)):
            raise ValueError(f"{self}: {name} must hold distributions (along the last axis), not {table.tolist()}")
        table = table.astype(np.float64)
        return table / table.sum(axis=-1, keepdims=True)


def _outside(following: np.ndarray, states: int) -> int:
    return int(following[(following < 0) | (following >= states)][0])


def minimal(machine: Automaton) -> Automaton:
    """Return ``machine`` without states that cannot be reached, and with those merged that no play tells apart.

    States are numbered in the order of first sight, so that machines which begin in one state and behave alike, after
    whatever is played, have equal arrays (probabilities are compared to 12 digits). Source: Moore,
    "Gedanken-experiments on sequential machines", Automata Studies, 1956.
    """
    moves = machine.next.reshape(machine.states, -1)
    block, count = _numbered(np.round(machine.policy, 12)), 0
    while block.max() + 1 > count:
        count = int(block.max()) + 1
        block = _numbered(np.column_stack([block, block[moves]]))
    found = [int(state) for state in np.flatnonzero(machine.start)]
    number: dict[int, int] = {}
    kept: list[int] = []
    for state in found:  # grows
        if int(block[state]) not in number:
            number[int(block[state])] = len(kept)
            kept.append(state)
            found.extend(moves[state].tolist())
    start = np.zeros(len(kept))
    for state in np.flatnonzero(machine.start).tolist():
        start[number[int(block[state])]] += machine.start[state]
    following = np.array([[number[int(block[then])] for then in moves[state]] for state in kept])
    return Automaton(machine.name, start, machine.policy[kept], following.reshape(len(kept), *machine.next.shape[1:]))


def _numbered(rows: np.ndarray) -> np.ndarray:
    """Return for each of the ``rows`` the number of the distinct row that it is."""
    return np.unique(rows, axis=0, return_inverse=True)[1].ravel()
