"""What an environment declares about itself: players, actions, observations, rewards, criterion."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np


@dataclass(frozen=True)
class Observation:
    """The observation of every player.

    ``kind`` is ``"integer"`` (a number from 0 below ``sizes[player]``), ``"vector"`` (floats, the first
    ``sizes[player]`` entries of a row belong to the player) or ``"image"`` (height, width, channels; uint8).
    The engine keeps one buffer of shape (lanes, players) + ``shape`` and this dtype.
    """

    kind: Literal["integer", "vector", "image"]
    sizes: tuple[int, ...]
    shape: tuple[int, ...] = ()
    dtype: Any = np.int64
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    @classmethod
    def integers(cls, *sizes: int) -> Observation:
        """One integer a player; ``sizes`` are the numbers of values, one a player."""
        return cls("integer", tuple(int(size) for size in sizes))

    @classmethod
    def vector(cls, low, high, players: int = 1, dtype: Any = np.float64) -> Observation:
        """The same finite bounds (sequences of equal length) for every player."""
        low, high = tuple(map(float, low)), tuple(map(float, high))
        if len(low) != len(high) or not np.all(np.isfinite(low + high)):
            raise ValueError(f"low and high must be finite and of equal length, not {low} and {high}")
        return cls("vector", (len(low),) * players, (len(low),), dtype, low, high)

    @classmethod
    def image(cls, height: int, width: int, channels: int = 3, players: int = 1) -> Observation:
        """An image of uint8 in the order height, width, channel."""
        shape = (int(height), int(width), int(channels))
        return cls("image", (math.prod(shape),) * players, shape, np.uint8)


@dataclass(frozen=True)
class Criterion:
    """What is optimised: ``"return"`` (of an episode), ``"discounted"`` (return with ``discount``) or ``"gain"``
    (average reward of a continuing task, which never terminates).
    """

    kind: Literal["return", "discounted", "gain"]
    discount: float = 1.0

    @property
    def unit(self) -> str:
        """The unit in which a value and a regret under this criterion are quoted."""
        if self.kind == "gain":
            return "reward per step"
        return "return per episode" if self.kind == "return" else f"discounted return (gamma {self.discount:g})"


@dataclass(frozen=True)
class Spec:
    """The declaration that an environment's ``spec(p)`` returns.

    Parameters
    ----------
    actions : numbers of actions, one a player.
    observation : see `Observation`.
    reward_range : lowest and highest reward that one player can receive in one step, both finite.
    criterion : see `Criterion`.
    horizon : steps after which the engine truncates (as Gymnasium's ``TimeLimit``, also a step that terminates), or
        None. A task whose time limit carries a reward terminates by itself, with the clock in its state.
    stages, outcomes : stages of chance in a step (0: deterministic), and the most outcomes of any stage.
    start_stages, start_outcomes : the same for the initial state (at least one stage).
    sampled : the kernels draw from the reserved state field ``key``; there is no exact model, unless nothing but the
        rewards is drawn (see ``means`` in `regretlab.envs.core.environment.from_module`).
    enumerable : whether the states can be listed in principle; False for a continuous state.
    lane_parameters : names of state fields that are parameters, one value a lane, with their defaults. The exact model
        and the certificate are those of the defaults.
    lane_ranges : the least and the greatest value of lane parameters that may not take every value of their type.
    scratch : names of state fields that are working memory and no part of the state (dotted in a nested state).
    info : names of the numbers that the ``info`` kernel writes. ``needed`` is reserved: the set of observations (bit x
        stands for observation x) that have been seen by now and that an optimal policy still has to remember.
    hidden : the observations leave something out that the past would tell, and the certified optimum is that of the
        best policy of the history; else it is that of the best policy of the states.
    heads : a single player's action as a tuple: numbers of values, the first being the least significant
        digit of the action. Empty where an action is one choice.
    continuous : a single player's action is a number from -1 to 1, of which the actions are equally spaced points.
    observation_names : what the integer observations are called, for pictures; may be empty.
    guarded : never call ``apply`` on a lane that is about to be reset. True when a step is expensive;
        else the engine may apply and discard it, so ``apply`` must be harmless on terminal states.
    """

    actions: tuple[int, ...]
    observation: Observation
    reward_range: tuple[float, float]
    criterion: Criterion
    horizon: int | None = None
    stages: int = 0
    outcomes: int = 1
    start_stages: int = 1
    start_outcomes: int = 1
    sampled: bool = False
    enumerable: bool = True
    lane_parameters: dict[str, float | int] = field(default_factory=dict)
    lane_ranges: dict[str, tuple[float | int, float | int]] = field(default_factory=dict)
    scratch: tuple[str, ...] = ()
    info: tuple[str, ...] = ()
    hidden: bool = False
    guarded: bool = False
    action_names: tuple[tuple[str, ...], ...] = ()
    heads: tuple[int, ...] = ()
    continuous: bool = False
    observation_names: tuple[str, ...] = ()

    @property
    def players(self) -> int:
        """How many players act in every step."""
        return len(self.actions)

    @property
    def joint_actions(self) -> int:
        """How many joint actions there are; the joint index is mixed-radix with player 0 most significant."""
        return math.prod(map(int, self.actions))

    def __post_init__(self) -> None:
        if not self.actions or min(self.actions) < 1:
            raise ValueError(f"actions must hold a positive number for each player, not {self.actions}")
        if len(self.observation.sizes) != self.players:
            raise ValueError(f"observation.sizes must hold one size a player, not {self.observation.sizes}")
        if not np.all(np.isfinite(self.reward_range)) or self.reward_range[0] > self.reward_range[1]:
            raise ValueError(f"reward_range must be finite and ordered, not {self.reward_range}")
