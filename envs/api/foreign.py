"""The wrappers of `wrappers` around a Gymnasium environment of somebody else, in plain Python, step by step the same.

What is supported: Discrete and Box observations; Discrete, MultiDiscrete and Box actions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import index
from typing import Any, Literal

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.utils import RecordConstructorArgs

from ..core.stacks import Heads, Pad, check_arguments
from .spaces import join_heads

Kind = Literal["frame", "adaptive", "push-skip"]
MOST_VALUES = 2**62
MOST_NUMBERS = 2**24  # in an observation
MOST_LEVELS = 2**20


class Stack(gymnasium.Wrapper, RecordConstructorArgs):
    """The last, the chosen or the pushed ``k`` observations of ``env``.

    Discrete observations of n values become ``MultiDiscrete([n + 1] * k)``, oldest first, 0 for an empty slot and 1 + x
    for the x-th value. A Box gets a new first axis of length k, empty slots being zeros.

    Parameters
    ----------
    env : Discrete or Box observations.
    kind : which slot is dropped, see `regretlab.envs.core.stacks`; but for ``"frame"`` there are memory actions.
    k, heads, pad : as there. The parts of a MultiDiscrete or quantised Box action come before the memory action; in a
        joint action the first part is the least significant digit.
    quantisation : levels of every dimension of a Box action, from its lower to its upper bound.

    Raises
    ------
    TypeError, ValueError
        naming the argument or space that is not allowed.
    """

    def __init__(
        self,
        env: gymnasium.Env,
        kind: Kind,
        k: int,
        heads: Heads = "joint",
        pad: Pad = "zero",
        quantisation: int | None = None,
    ) -> None:
        check_arguments(k, pad, heads)
        RecordConstructorArgs.__init__(self, kind=kind, k=k, heads=heads, pad=pad, quantisation=quantisation)
        gymnasium.Wrapper.__init__(self, env)
        self._kind, self._k, self._heads, self._pad = kind, int(k), heads, pad
        self._levels = quantisation
        self.observation_space, self._empty = _stacked(env.observation_space, self._k)
        self._slots: list[Any] = []
        self._parts: tuple[int, ...] = ()
        if kind != "frame":
            self._parts = (*_parts(env.action_space, quantisation), 2 if kind == "push-skip" else self._k)
            self.action_space = _space_of(self._parts, heads)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode with k - 1 empty slots, or the first observation in all of them."""
        observation, info = self.env.reset(seed=seed, options=options)
        seen = self._entry(observation)
        self._slots = [self._empty if self._pad == "zero" else seen] * (self._k - 1) + [seen]
        return self._shown(), self._masked(info)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Drop a slot, step, and append what is seen then."""
        slot = 0
        if self._kind != "frame":
            *own, memory = _split(action, self._parts, self._heads)
            action = _assemble(self.env.action_space, own, self._levels)
            slot = memory if self._kind == "adaptive" else memory * (self._k - 1)
        observation, reward, terminated, truncated, info = self.env.step(action)
        del self._slots[slot]
        self._slots.append(self._entry(observation))
        return self._shown(), reward, terminated, truncated, self._masked(info)

    def _entry(self, observation: Any) -> Any:
        """Return what stands for an observation in a slot (a copy)."""
        space = self.env.observation_space
        if isinstance(space, spaces.Discrete):
            return 1 + int(observation) - int(space.start)
        return np.array(observation, space.dtype)

    def _shown(self) -> np.ndarray:
        return np.array(self._slots, self.observation_space.dtype)

    def _masked(self, info: dict[str, Any]) -> dict[str, Any]:
        """Return ``info`` with the mask of a Discrete action extended by the memory actions, all of them legal."""
        if not self._parts or "action_mask" not in info or not isinstance(self.env.action_space, spaces.Discrete):
            return info
        mask, memory = np.asarray(info["action_mask"]), self._parts[-1]
        wider = np.tile(mask, memory) if self._heads == "joint" else np.append(mask, np.ones(memory, mask.dtype))
        return {**info, "action_mask": wider}


class Past(gymnasium.Wrapper):
    """An environment that shows something of the past beside the observation, as `regretlab.envs.core.history` has it.

    The observation of ``env`` must be Discrete, to which a digit of ``digits`` values is added, or a Box of one axis,
    to which entries from ``low`` to ``high`` are appended. ``digits`` is 0 where there is no digit for what is shown.

    Raises ValueError naming the space that is not allowed.
    """

    def __init__(self, env: gymnasium.Env, digits: int, low: np.ndarray, high: np.ndarray) -> None:
        super().__init__(env)
        space = env.observation_space
        if isinstance(space, spaces.Discrete) and 0 < int(space.n) * digits <= MOST_VALUES:
            self.observation_space = spaces.Discrete(int(space.n) * digits)
        elif isinstance(space, spaces.Box) and len(space.shape) == 1:
            least, most = (np.append(*each).astype(space.dtype) for each in ((space.low, low), (space.high, high)))
            self.observation_space = spaces.Box(least, most, dtype=space.dtype)
        else:
            allowed = "a Box of one axis, or Discrete with at most 2**62 values in all and actions that are no Box"
            raise ValueError(f"the observation space {space} is not supported: it must be {allowed}")

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode."""
        observation, info = self.env.reset(seed=seed, options=options)
        return self._shown(observation, None), info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step, and show what is then the past."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return self._shown(observation, action), reward, terminated, truncated, info

    def digit(self, action: Any) -> int:
        """Return the digit after ``action``, or after a reset (None)."""
        raise NotImplementedError

    def entries(self, action: Any) -> np.ndarray:
        """Return what is appended to a Box after ``action``, or after a reset (None)."""
        raise NotImplementedError

    def _shown(self, observation: Any, action: Any) -> Any:
        space = self.env.observation_space
        if isinstance(space, spaces.Discrete):
            return np.int64(int(observation) - int(space.start) + int(space.n) * self.digit(action))
        return np.append(observation, self.entries(action)).astype(space.dtype)


class IsFirst(Past, RecordConstructorArgs):
    """``env`` with a mark on the first observation of an episode: the digit or the entry 1."""

    def __init__(self, env: gymnasium.Env) -> None:
        RecordConstructorArgs.__init__(self)
        Past.__init__(self, env, 2, np.zeros(1), np.ones(1))

    def digit(self, action: Any) -> int:
        """Return 1 after a reset, else 0."""
        return int(action is None)

    def entries(self, action: Any) -> np.ndarray:
        """Return that number."""
        return np.array([self.digit(action)])


class PreviousAction(Past, RecordConstructorArgs):
    """``env`` with the action of the step before: a digit, or a one-hot whose first entry says that there was none.

    A MultiDiscrete action counts as its joint action, the first part being the least significant digit. A Box action is
    appended as it is, after the entry that says that there was none.
    """

    def __init__(self, env: gymnasium.Env) -> None:
        RecordConstructorArgs.__init__(self)
        moves = env.action_space
        self._counts = () if isinstance(moves, spaces.Box) else _parts(moves, None)
        digits = math.prod(self._counts) + 1 if self._counts else 0
        low, high = np.zeros(0), np.ones(0)
        if isinstance(env.observation_space, spaces.Box):
            _check_shown(env.observation_space, moves, digits)
            low, high = np.zeros(digits), np.ones(digits)
            if isinstance(moves, spaces.Box):
                low, high = np.append(0, np.minimum(moves.low, 0)), np.append(1, np.maximum(moves.high, 0))
        Past.__init__(self, env, digits, low, high)

    def digit(self, action: Any) -> int:
        """Return 0 after a reset, else 1 and the number of the action."""
        if action is None:
            return 0
        parts = np.ravel(np.asarray(action) - self.env.action_space.start).astype(np.int64)
        return 1 + int(join_heads(self._counts, parts))

    def entries(self, action: Any) -> np.ndarray:
        """Return the one-hot, or the entry and the action."""
        moves = self.env.action_space
        if isinstance(moves, spaces.Box):
            return np.append(action is None, np.zeros(moves.shape) if action is None else action)
        return np.arange(math.prod(self._counts) + 1) == self.digit(action)


class TrueState(gymnasium.Wrapper, RecordConstructorArgs):
    """The true state of ``env`` as its observation.

    Parameters
    ----------
    env : any environment.
    state : the name of an entry of the info that holds the state, or a function of ``env`` that returns it.
    space : the space that the state lies in.
    """

    def __init__(self, env: gymnasium.Env, state: str | Callable[[gymnasium.Env], Any], space: spaces.Space) -> None:
        if not isinstance(space, spaces.Space):
            raise TypeError(f"space={space!r} is not allowed: it must be a gymnasium Space")
        RecordConstructorArgs.__init__(self, state=state, space=space)
        gymnasium.Wrapper.__init__(self, env)
        self._state, self.observation_space = state, space

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode."""
        _, info = self.env.reset(seed=seed, options=options)
        return self._shown(info), info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step."""
        _, reward, terminated, truncated, info = self.env.step(action)
        return self._shown(info), reward, terminated, truncated, info

    def _shown(self, info: dict[str, Any]) -> Any:
        if callable(self._state):
            state = self._state(self.env)
        elif self._state in info:
            state = info[self._state]
        else:
            known = ", ".join(map(repr, info)) or "nothing"
            raise ValueError(f"state={self._state!r} is not allowed: info has {known}")
        space = self.observation_space
        return np.array(state, space.dtype) if isinstance(space, spaces.Box) else state


def _stacked(space: spaces.Space, k: int) -> tuple[spaces.Space, Any]:
    """Return the space of stacks, and what an empty slot holds."""
    if not isinstance(space, (spaces.Discrete, spaces.Box)):
        raise ValueError(f"the observation space {space} is not supported: it must be Discrete or Box")
    size = max(1, math.prod(space.shape or ()))
    if k > MOST_NUMBERS // size:
        why = f"there may be at most {MOST_NUMBERS:,} numbers in a stack, so that with {size:,} in an observation"
        raise ValueError(f"k={k} is not allowed: {why} k is at most {MOST_NUMBERS // size}")
    if isinstance(space, spaces.Discrete):
        if space.n > MOST_VALUES:
            raise ValueError(f"the observation space {space} is not supported: it may have at most 2**62 values")
        return spaces.MultiDiscrete([int(space.n) + 1] * k), 0
    empty = np.zeros(space.shape, space.dtype)
    low = np.stack([np.minimum(space.low, empty)] * (k - 1) + [space.low])
    high = np.stack([np.maximum(space.high, empty)] * (k - 1) + [space.high])
    return spaces.Box(low, high, dtype=space.dtype), empty


def _check_shown(space: spaces.Box, moves: spaces.Space, digits: int) -> None:
    """Raise ValueError unless actions, as a one-hot of ``digits`` or as they are, can be shown in ``space``."""
    if digits > MOST_NUMBERS:
        why = f"beside a Box there may be at most {MOST_NUMBERS - 1:,} actions, which are shown one-hot"
        raise ValueError(f"the action space {moves} is not supported: {why}")
    if isinstance(moves, spaces.Box) and not np.can_cast(moves.dtype, space.dtype, "same_kind"):
        why = f"numbers of {moves.dtype} cannot be shown in observations of {space.dtype}"
        raise ValueError(f"the action space {moves} is not supported: {why}")


def _parts(space: spaces.Space, quantisation: int | None) -> tuple[int, ...]:
    """Return the numbers of values of the parts of an action."""
    if isinstance(space, spaces.Box):
        if quantisation is None:
            raise ValueError(f"quantisation must say how many levels each dimension of the action space {space} has")
        whole = isinstance(quantisation, (int, np.integer)) and not isinstance(quantisation, bool)
        if not whole or not 2 <= quantisation <= MOST_LEVELS:
            allowed = f"it must be an integer from 2 to {MOST_LEVELS:,}"
            raise ValueError(f"quantisation={quantisation!r} is not allowed: {allowed}")
        if not space.is_bounded():
            raise ValueError(f"quantisation is not possible in the action space {space}, which has no bounds")
        return (int(quantisation),) * math.prod(space.shape)
    if quantisation is not None:
        raise ValueError(f"quantisation={quantisation!r} is not allowed: the action space {space} is no Box")
    if isinstance(space, spaces.Discrete):
        return (int(space.n),)
    if isinstance(space, spaces.MultiDiscrete):
        return tuple(map(int, space.nvec.ravel()))
    raise ValueError(f"the action space {space} is not supported: it must be Discrete, MultiDiscrete or Box")


def _space_of(parts: tuple[int, ...], heads: Heads) -> spaces.Discrete | spaces.MultiDiscrete:
    if heads == "split":
        return spaces.MultiDiscrete(list(parts))
    if math.prod(parts) > MOST_VALUES:
        raise ValueError(f"heads='joint' is not allowed: there would be {math.prod(parts)} actions; take 'split'")
    return spaces.Discrete(math.prod(parts))


def _split(action: Any, parts: tuple[int, ...], heads: Heads) -> list[int]:
    """Return the parts of an action that the agent takes."""
    if heads == "split":
        join_heads(parts, action)  # refuses what is not allowed
        return np.asarray(action).tolist()
    allowed = f"it must be an integer from 0 to {math.prod(parts) - 1}"
    try:
        rest = index(action)
    except TypeError:
        raise TypeError(f"action={action!r} is not allowed: {allowed}") from None
    if not 0 <= rest < math.prod(parts):
        raise ValueError(f"action={action!r} is not allowed: {allowed}")
    digits = []
    for count in parts:
        rest, digit = divmod(rest, count)
        digits.append(digit)
    return digits


def _assemble(space: spaces.Space, parts: list[int], levels: int | None) -> Any:
    """Return the action of the environment inside that the ``parts`` stand for."""
    if isinstance(space, spaces.Discrete):
        return int(space.start) + parts[0]
    assert isinstance(space, (spaces.MultiDiscrete, spaces.Box))
    shaped = np.array(parts).reshape(space.shape)
    if isinstance(space, spaces.MultiDiscrete):
        return (space.start + shaped).astype(space.dtype)
    assert levels is not None
    share = shaped / (levels - 1)
    return (space.low * (1 - share) + space.high * share).astype(space.dtype)
