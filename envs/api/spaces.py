"""Gymnasium spaces, and what a client is given of the engine's arrays."""

from __future__ import annotations

from typing import Any, NamedTuple

import gymnasium
import numpy as np
from gymnasium import spaces

from ..core.batch import Batch, Snapshot
from ..core.spec import Spec


class Saved(NamedTuple):
    """What ``get_state`` returns: the batch's snapshot, and the last actions and the rewards of the present episodes,
    (lanes, players).
    """

    snapshot: Snapshot
    actions: np.ndarray
    totals: np.ndarray


def action_space(spec: Spec, player: int = 0) -> spaces.Discrete:
    """Return the actions of ``player``, numbered from 0."""
    return spaces.Discrete(spec.actions[player])


def own_space(spec: Spec) -> spaces.Discrete | spaces.MultiDiscrete | spaces.Box:
    """Return the actions of the one player: those of `action_space`, a MultiDiscrete where ``spec.heads`` has parts, or
    a Box of one number from -1 to 1 where they are ``continuous``.

    The first part is the least significant digit of the environment's own action.
    """
    if spec.continuous:
        return spaces.Box(-1.0, 1.0, (1,), np.float64)
    return spaces.MultiDiscrete(list(spec.heads)) if spec.heads else action_space(spec)


def is_discrete(spec: Spec) -> bool:
    """Return whether the actions that a client gives are those of the environment."""
    return not spec.heads and not spec.continuous


def own_actions(spec: Spec, actions: Any, lanes: tuple[int, ...] = ()) -> np.ndarray:
    """Return actions of a MultiDiscrete or of a Box, ``lanes`` + (parts,), as the environment's own, int64 ``lanes``.

    Raises as `join_heads` and `nearest`.
    """
    return nearest(spec.actions[0], actions, lanes) if spec.continuous else join_heads(spec.heads, actions, lanes)


def nearest(count: int, actions: Any, lanes: tuple[int, ...] = ()) -> np.ndarray:
    """Return numbers ``lanes`` + (1,) from -1 to 1 as the nearest of ``count`` equally spaced points, int64 ``lanes``.

    Raises TypeError for another dtype, ValueError for another shape or a number that is outside.
    """
    given = np.asarray(actions)
    if given.dtype.kind not in "iuf":
        raise TypeError(f"action={actions!r} is not allowed: it must hold one number")
    if given.shape != (*lanes, 1):
        raise ValueError(f"an action must have the shape {(*lanes, 1)}, not {given.shape}")
    outside = ~((given >= -1.0) & (given <= 1.0))
    if outside.any():
        raise ValueError(f"action={given[outside][0]} is not allowed: it must be from -1 to 1")
    return np.rint((given[..., 0] + 1.0) / 2.0 * (count - 1)).astype(np.int64)


def join_heads(heads: tuple[int, ...], actions: Any, lanes: tuple[int, ...] = ()) -> np.ndarray:
    """Return actions of a ``MultiDiscrete``, integers ``lanes`` + (parts,), as the environment's own, int64 ``lanes``.

    Raises TypeError for another dtype, ValueError for another shape or a part that is out of range.
    """
    parts = np.asarray(actions)
    if parts.dtype.kind not in "iu":
        raise TypeError(f"action={actions!r} is not allowed: it must hold integers, one for each of {len(heads)} parts")
    if parts.shape != (*lanes, len(heads)):
        raise ValueError(f"an action must have the shape {(*lanes, len(heads))}, not {parts.shape}")
    wrong = (parts < 0) | (parts >= np.array(heads))
    if wrong.any():
        *lane, part = np.argwhere(wrong)[0]
        allowed = f"part {part} must be from 0 to {heads[part] - 1}"
        raise ValueError(f"action={parts[tuple(lane)].tolist()} is not allowed: {allowed}")
    return parts.astype(np.int64) @ np.cumprod((1, *heads[:-1]))


def split_mask(heads: tuple[int, ...], legal: np.ndarray) -> np.ndarray:
    """Return the mask (..., actions) of legal actions part by part, (..., sum of heads), one part after the other.

    A choice in one part is legal if it is with some choice in the others, which is exact where the parts are free of
    each other, as memory actions are.
    """
    if not heads:
        return legal
    first = legal.ndim - 1
    table = legal.reshape(*legal.shape[:-1], *heads[::-1])
    axes = tuple(range(first, table.ndim))
    return np.concatenate(
        [table.any(axis=tuple(axis for axis in axes if axis != kept)) for kept in reversed(axes)], axis=-1
    )


def observation_space(spec: Spec, player: int = 0) -> gymnasium.Space:
    """Return what ``player`` observes: Discrete, or a Box with finite bounds (an image: height, width, channel)."""
    seen, size = spec.observation, spec.observation.sizes[player]
    if seen.kind == "integer":
        return spaces.Discrete(size)
    if seen.kind == "image":
        return spaces.Box(0, 255, seen.shape, np.uint8)
    return spaces.Box(np.array(seen.low[:size], seen.dtype), np.array(seen.high[:size], seen.dtype), dtype=seen.dtype)


def observed(spec: Spec, row: np.ndarray, player: int = 0) -> Any:
    """Return a copy of what ``player`` sees in one lane's row (players,) + shape: an int64, or an array."""
    if spec.observation.kind == "vector":
        return row[player, : spec.observation.sizes[player]].copy()
    return row[player] if spec.observation.kind == "integer" else row[player].copy()


def state_fields(batch: Batch) -> dict[str, np.ndarray]:
    """Return the Markov state of all lanes: field name (dotted in a nested state) to a copy, first axis the lane.

    Working memory and, in a sampled environment, the stream of random numbers are left out.
    """
    hidden = {*batch.spec.scratch, *(("key",) if batch.spec.sampled else ())}
    return {name: array.copy() for name, array in _leaves(batch.state) if name not in hidden}


def check_options(options: dict[str, Any] | None, *known: str) -> dict[str, Any]:
    """Return the options of a reset; ValueError for a key that is not in ``known``."""
    for key in options or {}:
        if key not in known:
            raise ValueError(f"options has no {key!r}: the keys of a reset are {', '.join(map(repr, known))}")
    return options or {}


def check_render_mode(render_mode: str | None, *known: str) -> str | None:
    """Return ``render_mode``; ValueError unless it is None or in ``known``."""
    if render_mode is not None and render_mode not in known:
        allowed = ", ".join(map(repr, known))
        raise ValueError(f"render_mode={render_mode!r} is not allowed: it must be None or one of {allowed}")
    return render_mode


def _leaves(state: Any, prefix: str = "") -> list[tuple[str, np.ndarray]]:
    leaves: list[tuple[str, np.ndarray]] = []
    for name, value in zip(state._fields, state, strict=True):
        leaves += [(prefix + name, value)] if isinstance(value, np.ndarray) else _leaves(value, f"{prefix}{name}.")
    return leaves
