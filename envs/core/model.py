"""The exact model of an environment, listed by breadth-first search with the kernels that also simulate it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from . import batch_kernels, model_kernels
from .batch import Batch
from .environment import Environment
from .fusing import fuse
from .spec import Criterion

LIMIT = 1_000_000
MOST_BYTES = 2**31  # of the tables of a listing


@dataclass(frozen=True, eq=False)
class Model:
    """S states and J joint actions, numbered in mixed radix with player 0 most significant (as ``ravel_multi_index``).

    Attributes
    ----------
    transitions : csr_matrix (S * J, S), row ``state * J + joint``; rows of terminal states are empty, others sum to 1.
    rewards : float64 (S, J, players), expected reward of each player, also where the environment adds noise to it.
    terminal : bool (S,), states entered by a terminating step (absorbing, of value 0).
    initial : float64 (S,), distribution of the first state.
    observations : (S, players) + the observation's shape.
    actions : numbers of actions, one a player.
    horizon : steps after which an episode is truncated, or None; the clock is not part of a state.
    criterion : what is optimised.
    states : the environment's struct of arrays, lane ``j`` in state ``j`` (scratch fields are meaningless).
    """

    transitions: csr_matrix
    rewards: np.ndarray
    terminal: np.ndarray
    initial: np.ndarray
    observations: np.ndarray
    actions: tuple[int, ...]
    horizon: int | None
    criterion: Criterion
    states: Any = field(repr=False)
    _scratch: tuple[str, ...] = field(repr=False, default=())
    _known: np.ndarray = field(repr=False, default_factory=lambda: np.zeros((0, 0), np.uint8))
    _slots: np.ndarray = field(repr=False, default_factory=lambda: np.zeros(1, np.int64))

    @property
    def size(self) -> int:
        """The number of states."""
        return len(self.terminal)

    @property
    def joint_actions(self) -> int:
        """The number of joint actions."""
        return self.rewards.shape[1]

    @property
    def players(self) -> int:
        """The number of players."""
        return len(self.actions)

    def locate(self, batch: Batch) -> np.ndarray:
        """Return the state of every lane of ``batch``, int64 (lanes,).

        Raises ValueError when a lane is in a state that the model does not have (another configuration).
        """
        rows = np.concatenate([_bytes(array) for array in _fields(batch.state, self._scratch)], axis=1)
        found = np.empty(batch.lanes, np.int64)
        flags = batch._lanes.terminated & batch.done
        _look_up()(self._known, self.terminal, self._slots, np.ascontiguousarray(rows), flags, found)
        if (found < 0).any():
            raise ValueError(f"lane {np.argmin(found)} is in a state that this model does not have")
        return found


def enumerate_model(environment: Environment, limit: int = LIMIT) -> Model:
    """List the states that can be reached from the start, with all transitions.

    Parameters
    ----------
    environment : see `regretlab.envs.core.registry.build`.
    limit : the most states to list.

    Raises
    ------
    ValueError
        for an environment with continuous states or randomness, with action masks (a model would have to tell legal
        actions from others), with more than ``limit`` states, or with states, actions and transitions that take more
        than 2 GiB.
    """
    spec, horizon = environment.spec, environment.spec.horizon
    if "legal" in environment.defined:
        raise ValueError(f"{environment.id} has action masks, which an exact model does not know: it has none")
    if not environment.has_model:
        kind = "draws continuous random numbers" if spec.sampled else "has a continuous state, or far too many states"
        raise ValueError(f"{environment.id} {kind}: it has no exact model")
    if environment.expected is not None:
        environment = environment.expected()
        spec = environment.spec
    scratch_lane = environment.new_state(1)
    views = tuple(_bytes(array)[0] for array in _fields(scratch_lane, spec.scratch))
    width = sum(map(len, views))
    stages = max(spec.stages, spec.start_stages, 1)
    path = model_kernels.Path(
        np.zeros(width, np.uint8),
        np.zeros((1, spec.players), np.int64),
        np.zeros((1, spec.players)),
        np.array(spec.actions, np.int64),
        np.zeros(stages, np.int64),
        np.zeros((stages, max(spec.outcomes, spec.start_outcomes, 1))),
        np.zeros(stages, np.int64),
        np.zeros(stages + 1),
    )
    constants = {"PLAYERS": spec.players, "STAGES": spec.stages, "START_STAGES": spec.start_stages}
    list_states = fuse(model_kernels.list_states, {**environment.kernels, **constants}, environment.slug)
    listing = _grown(environment, None, min(1024, limit), 4096, width)
    while list_states(environment.params, scratch_lane, views, listing, path) == model_kernels.FULL:
        states, room = int(listing.states[0]), len(listing.terminal)
        entries_left = int(listing.entries[0]) < len(listing.successor)
        if states == limit and entries_left:
            raise ValueError(
                f"{environment.id} has more than {limit:,} states: raise `limit`, or choose knobs with fewer states"
            )
        if states == room:
            room = min(2 * room, limit)
        entries = len(listing.successor) if entries_left else 2 * len(listing.successor)
        listing = _grown(environment, listing, room, entries, width)
    return dataclasses.replace(_finished(environment, listing), horizon=horizon)


def _grown(environment: Environment, old: Any, states: int, entries: int, width: int) -> model_kernels.Listing:
    joints, players = environment.spec.joint_actions, environment.spec.players
    if states * (width + 8 * joints * (players + 1)) + 16 * entries > MOST_BYTES:
        raise ValueError(
            f"{environment.id} has too many states, actions and transitions to be listed: {states:,} states with "
            f"{width:,} bytes and {joints:,} actions each, {entries:,} transitions; choose knobs with fewer"
        )
    new = model_kernels.Listing(
        np.zeros((states, width), np.uint8),
        np.zeros(states, bool),
        np.zeros(states),
        np.zeros((states, joints, players)),
        np.zeros(states * joints + 1, np.int64),
        np.zeros(entries, np.int64),
        np.zeros(entries),
        np.zeros(1 << (2 * states).bit_length(), np.int64),
        np.zeros(1, np.int64),
        np.full(1, -1, np.int64),
        np.zeros(1, np.int64),
    )
    if old is None:
        return new
    for target, source in zip(new, old, strict=True):
        if source is not old.slots:
            target[: len(source)] = source
    rehash = fuse(_rehash, {}, "rehash")
    rehash(new.known, new.terminal, new.slots, int(new.states[0]))
    return new


def _rehash(known, terminal, slots, states):
    for state in range(states):
        slots[model_kernels.find(known, terminal, slots, known[state], terminal[state])] = state + 1


@lru_cache(maxsize=1)
def _look_up() -> Any:
    return fuse(model_kernels.look_up, {}, "look_up")


def _finished(environment: Environment, listing: model_kernels.Listing) -> Model:
    spec, n, entries = environment.spec, int(listing.states[0]), int(listing.entries[0])
    rows = n * spec.joint_actions
    matrix = csr_matrix(
        (listing.probability[:entries], listing.successor[:entries], listing.first[: rows + 1]), shape=(rows, n)
    )
    matrix.sum_duplicates()
    known = listing.known[:n].copy()
    states = environment.new_state(n)
    column = 0
    for array in _fields(states, spec.scratch):
        view = _bytes(array)
        view[...] = known[:, column : column + view.shape[1]]
        column += view.shape[1]
    observations = np.zeros((n, spec.players, *spec.observation.shape), spec.observation.dtype)
    observe = fuse(batch_kernels.observe_lanes, environment.kernels, environment.slug)
    observe(environment.params, states, observations)
    return Model(
        transitions=matrix,
        rewards=listing.rewards[:n].copy(),
        terminal=listing.terminal[:n].copy(),
        initial=listing.initial[:n].copy(),
        observations=observations,
        actions=spec.actions,
        horizon=spec.horizon,
        criterion=spec.criterion,
        states=states,
        _scratch=spec.scratch,
        _known=known,
        _slots=listing.slots,
    )


def _fields(state: Any, scratch: tuple[str, ...], prefix: str = "") -> list[np.ndarray]:
    """Return the arrays of a (nested) state but for the scratch fields, named by dotted paths."""
    arrays: list[np.ndarray] = []
    for name, value in zip(state._fields, state, strict=True):
        path = prefix + name
        if path in scratch:
            continue
        arrays += [value] if isinstance(value, np.ndarray) else _fields(value, scratch, path + ".")
    return arrays


def _bytes(array: np.ndarray) -> np.ndarray:
    """Return the bytes of a C-contiguous array as uint8 (lanes, bytes of a lane), without copying."""
    return array.reshape(len(array), -1).view(np.uint8)
