"""Many lanes of one environment, stepped together: the native interface for any number of players."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from operator import index
from typing import Any, Literal, NamedTuple

import numpy as np

from . import batch_kernels as loops
from .environment import Environment
from .fusing import fuse
from .streams import ENVIRONMENT, SAMPLED, lane_seeds, seed_streams

Autoreset = Literal["next_step", "same_step", "disabled"]
MODES: dict[Autoreset, int] = {"next_step": loops.NEXT_STEP, "same_step": loops.SAME_STEP, "disabled": loops.DISABLED}
NEVER = 2**62
CHUNK = 65_536  # lanes a compiled call handles, so that Ctrl-C is heard between calls
IMAGE_BYTES = 2**31


class Snapshot(NamedTuple):
    """A copy of everything that decides how a batch goes on, and the environment (slug and knobs) that it is of."""

    state: Any
    lanes: loops.Lanes
    slug: str
    knobs: Mapping[str, Any]


class Batch:
    """``lanes`` independent copies of ``environment``.

    Lane ``i`` of a batch seeded ``s`` is the single environment seeded ``s + i``. Arrays that are returned are the
    batch's own and are overwritten by the next call: copy what you keep. `copy.deepcopy` of a batch goes on by itself.

    Parameters
    ----------
    environment : what `regretlab.envs.core.registry.build` returns.
    lanes : how many copies, at least 1.
    autoreset : ``"next_step"`` (the step after the end resets, whatever the action, which need not be legal but must
        be in range), ``"same_step"`` (the end resets at once; see `final_observation`) or ``"disabled"`` (call `reset`
        with a mask).
    max_episode_steps : steps after which a lane is truncated; None takes the environment's own horizon, -1 none.
    lane_parameters : values by name for the environment's per-lane parameters, one number or one a lane.

    Raises
    ------
    ValueError, TypeError
        naming the argument, its value and what is allowed.
    """

    def __init__(
        self,
        environment: Environment,
        lanes: int,
        *,
        autoreset: Autoreset = "next_step",
        max_episode_steps: int | None = None,
        lane_parameters: dict[str, Any] | None = None,
    ) -> None:
        spec = environment.spec
        if not isinstance(lanes, (int, np.integer)) or lanes < 1:
            raise ValueError(f"lanes={lanes!r} is not allowed: lanes must be an integer of at least 1")
        if autoreset not in MODES:
            raise ValueError(f"autoreset={autoreset!r} is not allowed: autoreset must be one of {', '.join(MODES)}")
        limit = spec.horizon if max_episode_steps is None else None if max_episode_steps == -1 else max_episode_steps
        if limit is not None and (not isinstance(limit, (int, np.integer)) or limit < 1):
            allowed = "it must be an integer of at least 1, -1 (no limit) or None (the environment's own)"
            raise ValueError(f"max_episode_steps={limit!r} is not allowed: {allowed}")
        self.environment, self.spec, self.lanes = environment, spec, int(lanes)
        self.autoreset, self.max_episode_steps = autoreset, limit
        self._mode, self._limit = MODES[autoreset], NEVER if limit is None else int(limit)
        self._p = environment.params
        self.state = environment.new_state(self.lanes)
        self._set_lane_parameters(lane_parameters or {})
        self._lanes = self._allocate()
        chunk = min(self.lanes, CHUNK)
        words = np.zeros(-(-chunk // 8), np.uint64)
        self._work = loops.Work(
            np.zeros(max(spec.stages, spec.start_stages, 1), np.int64),
            np.zeros(max(spec.outcomes, spec.start_outcomes, 1)),
            np.array(spec.actions, np.int64),
            words.view(np.bool_),
            words,
            np.zeros(chunk, np.uint32),
        )
        self._payoffs: np.ndarray | None = None
        self._observe_loop: Any = None
        self._seeded = False
        self._begun = False
        self._painted = False
        self._reset_loop = direct(self._fuse(loops.reset))
        self._step_loop = direct(self._fuse(loops.step))
        self._chunks = [
            (slice(low, low + CHUNK), *(_slice(part, low) for part in (self.state, self._lanes)))
            for low in range(0, self.lanes, CHUNK)
        ]
        self._judge_loop: Any = direct(self._fuse(loops.judge_all)) if len(self._chunks) > 1 else None

    def __deepcopy__(self, memo: dict[int, Any]) -> Batch:
        """Return a batch that goes on by itself (arrays copied one by one would lose the memory that they share)."""
        limit = -1 if self.max_episode_steps is None else self.max_episode_steps
        twin = memo[id(self)] = Batch(self.environment, self.lanes, autoreset=self.autoreset, max_episode_steps=limit)
        twin.set_state(self.get_state())
        twin._seeded, twin._begun = self._seeded, self._begun
        return twin

    # What a batch shows -----------------------------------------------------------------------------------------

    @property
    def clock(self) -> np.ndarray:
        """Steps taken in the present episode, int64 (lanes,)."""
        return self._lanes.clock

    @property
    def streams(self) -> np.ndarray:
        """The random streams of the environment domain, uint64 (lanes,)."""
        return self._lanes.stream

    @property
    def done(self) -> np.ndarray:
        """Lanes that have ended and wait for a reset, bool (lanes,)."""
        return self._lanes.done

    @property
    def reward(self) -> np.ndarray:
        """Rewards of the last step, float64 (lanes, players)."""
        return self._lanes.reward

    @property
    def terminated(self) -> np.ndarray:
        """Lanes whose last step ended the episode, bool (lanes,)."""
        return self._lanes.terminated

    @property
    def truncated(self) -> np.ndarray:
        """Lanes whose last step reached the time limit, bool (lanes,)."""
        return self._lanes.truncated

    @property
    def observation(self) -> np.ndarray:
        """The present observation, shape (lanes, players) + spec.observation.shape.

        Images are painted once after each call that moves lanes; who writes into `state` calls `observe`.
        """
        if self.spec.observation.kind == "image" and not self._painted:
            self.observe()
        return self._lanes.observation

    @property
    def final_observation(self) -> np.ndarray:
        """After a ``same_step`` reset: the last observation of the episode, in the lanes that ended."""
        return self._lanes.final_observation

    def info(self, *, final: bool = False) -> dict[str, np.ndarray]:
        """Return the numbers of the ``info`` kernel by name, float64 (lanes,); ``final`` those of ended episodes."""
        table = self._lanes.final_info if final else self._lanes.info
        return {name: table[:, column] for column, name in enumerate(self.spec.info)}

    def legal(self) -> np.ndarray:
        """Return the mask of legal actions, bool (lanes, players, most actions); padding is False."""
        return self._lanes.legal

    # What a batch does ------------------------------------------------------------------------------------------

    def reset(
        self,
        seed: int | Sequence[int] | None = None,
        mask: np.ndarray | None = None,
        outcome: int | np.ndarray | None = None,
    ) -> np.ndarray:
        """Begin new episodes and return the observations.

        Parameters
        ----------
        seed : lane ``i`` is seeded ``seed + i``, or with the ``i``-th of a sequence of integers; None goes on with the
            streams as they stand (and draws them from the operating system at the first reset).
        mask : bool (lanes,), the lanes to reset; None for all.
        outcome : the start to take instead of a random one, an integer, or integers of shape (lanes,) or
            (lanes, start stages); -1 leaves a stage to chance. Stages beyond the given ones are left to chance.

        Raises TypeError or ValueError naming the argument, its value and what is allowed.
        """
        chosen = self._chosen(outcome)
        mask = np.ones(self.lanes, bool) if mask is None else self._checked_mask(mask)
        if not self._begun and not mask.all():
            raise ValueError("mask must select every lane at the first reset: no lane has begun an episode yet")
        if seed is not None or not self._seeded:
            self._seed(seed, mask)
        for part, state, lanes in self._chunks:
            self._reset_loop(self._p, state, lanes, self._work, mask[part], chosen[part])
        self._begun, self._painted = True, False
        return self.observation

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Move every lane and return observations, rewards, terminated and truncated.

        Parameters
        ----------
        actions : integers (lanes, players), or (lanes,) with one player.

        Returns
        -------
        observations (lanes, players) + shape, rewards float64 (lanes, players), terminated and truncated bool (lanes,).
        """
        a = self.joint(actions)
        e = self._lanes
        if not self._begun:
            raise RuntimeError("call reset before step")
        if self._mode == loops.DISABLED and e.done.any():
            raise RuntimeError(
                "autoreset is disabled and some lanes have ended: reset them with a mask first (see done)"
            )
        if len(self._chunks) > 1:
            self._accept(self._judge_loop(e, self._work, a), a)
        for part, state, lanes in self._chunks:
            self._accept(self._step_loop(self._p, state, lanes, self._work, a[part], self._mode, self._limit), a)
        self._painted = False
        return self.observation, e.reward, e.terminated, e.truncated

    def observe(self) -> np.ndarray:
        """Write and return the observations (images are painted on demand, everything else by each step)."""
        if self._observe_loop is None:
            self._observe_loop = direct(self._fuse(loops.observe_lanes))
        self._observe_loop(self._p, self.state, self._lanes.observation)
        self._painted = True
        return self._lanes.observation

    def payoffs(self, actions: np.ndarray) -> np.ndarray:
        """Return the reward of each own action if the others play as in ``actions``, (lanes, players, most actions).

        Entries beyond a player's own number of actions are 0.

        Raises ValueError for an environment without counterfactual rewards, else for actions what `step` raises.
        """
        if "payoffs" not in self.environment.defined:
            raise ValueError(f"{self.environment.id} has no counterfactual rewards: it offers bandit feedback only")
        if self._payoffs is None:
            self._payoffs = np.zeros((self.lanes, self.spec.players, max(self.spec.actions)))
            self._payoffs_loop = direct(self._fuse(loops.counterfactual))
        a = self.joint(actions)
        self._accept(self._payoffs_loop(self._p, self.state, self._lanes, self._work, a, self._payoffs), a)
        return self._payoffs

    def get_state(self) -> Snapshot:
        """Return a copy of the state of all lanes, their streams, clocks and flags."""
        state, lanes = copy.deepcopy((self.state, self._lanes))
        return Snapshot(state, lanes, self.environment.slug, self.environment.knobs)

    def set_state(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot of a batch of the same environment, knobs and number of lanes; else ValueError."""
        slug, knobs = self.environment.slug, self.environment.knobs
        if snapshot.slug != slug or not _alike(snapshot.knobs, knobs):
            raise ValueError(f"the snapshot is of {snapshot.slug} {snapshot.knobs}, not of {slug} {knobs}")
        pairs = list(zip(_arrays((self.state, self._lanes)), _arrays(snapshot[:2]), strict=True))
        for target, source in pairs:
            if target.shape != source.shape or target.dtype != source.dtype:
                raise ValueError(
                    f"the snapshot's array {source.shape} {source.dtype} does not fit {target.shape} {target.dtype}"
                )
        for target, source in pairs:
            target[...] = source
        self._seeded = self._begun = True
        self._painted = False

    def joint(self, actions: Any) -> np.ndarray:
        """Return ``actions`` as int64 (lanes, players); TypeError for another dtype, ValueError for another shape."""
        a = np.asarray(actions)
        if a.dtype.kind not in "iu":
            raise TypeError(f"actions must be integers, not an array of {a.dtype}")
        if a.shape == (self.lanes,) and self.spec.players == 1:
            a = a[:, None]
        if a.shape != (self.lanes, self.spec.players):
            raise ValueError(f"actions must have the shape ({self.lanes}, {self.spec.players}), not {a.shape}")
        return np.ascontiguousarray(a, np.int64)

    # Private ----------------------------------------------------------------------------------------------------

    def _fuse(self, template: Any) -> Any:
        return fuse(template, loops.bindings(self.environment), self.environment.slug)

    def _allocate(self) -> loops.Lanes:
        spec, n = self.spec, self.lanes
        shape = (n, spec.players, *spec.observation.shape)
        size = math.prod(shape) * np.dtype(spec.observation.dtype).itemsize
        if spec.observation.kind == "image" and size > IMAGE_BYTES:
            raise ValueError(f"lanes={n} would need {size:,} bytes of images; the limit is {IMAGE_BYTES:,}")
        most = max(spec.actions)
        return loops.Lanes(
            stream=np.zeros(n, np.uint64),
            clock=np.zeros(n, np.int64),
            done=np.zeros(n, bool),
            terminated=np.zeros(n, bool),
            truncated=np.zeros(n, bool),
            reward=np.zeros((n, spec.players)),
            observation=np.zeros(shape, spec.observation.dtype),
            final_observation=np.zeros(shape, spec.observation.dtype),
            info=np.zeros((n, len(spec.info))),
            final_info=np.zeros((n, len(spec.info))),
            legal=np.tile(np.arange(most) < np.array(spec.actions)[:, None], (n, 1, 1)),
            chance=np.full((n, spec.start_stages), loops.CHOSEN_BY_CHANCE, np.int64),
        )

    def _set_lane_parameters(self, given: dict[str, Any]) -> None:
        for name, values in given.items():
            if name not in self.spec.lane_parameters:
                known = ", ".join(self.spec.lane_parameters) or "none"
                raise ValueError(f"lane_parameters has no {name!r}; {self.environment.id} has: {known}")
            column = getattr(self.state, name)
            values = np.asarray(values)
            if values.shape not in ((), (self.lanes,)):
                raise ValueError(f"lane_parameters[{name!r}] must be a number or have the shape ({self.lanes},)")
            if not np.can_cast(values.dtype, column.dtype, "same_kind"):
                raise TypeError(f"lane_parameters[{name!r}] must be of kind {column.dtype}, not {values.dtype}")
            low, high = self.spec.lane_ranges.get(name, (-np.inf, np.inf))
            outside = ~((values >= low) & (values <= high))
            if outside.any():
                raise ValueError(
                    f"lane_parameters[{name!r}] must be from {low} to {high}, which {values[outside].flat[0]} is not"
                )
            column[:] = values

    def _seed(self, seed: int | Sequence[int] | None, mask: np.ndarray) -> None:
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
        try:
            if isinstance(seed, (Sequence, np.ndarray)):
                seeds = np.array([index(each) % 2**64 for each in seed], np.uint64)
            else:
                seeds = lane_seeds(index(seed), self.lanes)
        except TypeError:
            allowed = f"it must be an integer or hold {self.lanes} integers"
            raise TypeError(f"seed={seed!r} is not allowed: {allowed}") from None
        if len(seeds) != self.lanes:
            raise ValueError(f"seed must be an integer or hold {self.lanes} integers, not {len(seeds)}")
        self._lanes.stream[mask] = seed_streams(seeds, ENVIRONMENT)[mask]
        if self.spec.sampled:
            self.state.key[mask] = seed_streams(seeds, SAMPLED)[mask]
        self._seeded = True

    def _chosen(self, outcome: int | np.ndarray | None) -> np.ndarray:
        if outcome is None:
            return self._lanes.chance
        given = np.asarray(outcome)
        if given.dtype.kind not in "iu":
            raise TypeError(f"outcome must be integers, not {given.dtype}")
        stages = self.spec.start_stages
        if given.ndim < 2:
            given = np.broadcast_to(given, (self.lanes,))[:, None] if given.shape in ((), (self.lanes,)) else given
        if given.ndim != 2 or given.shape[0] != self.lanes or given.shape[1] > stages:
            raise ValueError(
                f"outcome must be an integer or have the shape ({self.lanes},) or ({self.lanes}, {stages})"
            )
        chosen = self._lanes.chance.copy()
        chosen[:, : given.shape[1]] = given
        self._check_starts(chosen)
        return chosen

    def _check_starts(self, chosen: np.ndarray) -> None:
        prob = np.zeros_like(self._work.prob)
        start = getattr(self.environment.kernels["start"], "py_func", self.environment.kernels["start"])
        for row in np.unique(chosen, axis=0):
            for stage, pick in enumerate(row):
                if pick == loops.CHOSEN_BY_CHANCE:
                    break  # what follows may depend on a draw
                count = start(self._p, row, stage, prob)
                if not 0 <= pick < count or prob[pick] == 0.0:
                    raise ValueError(
                        f"outcome={pick} is not a possible start of {self.environment.id}: "
                        f"in stage {stage} it must be one of {np.flatnonzero(prob[:count]).tolist()}"
                    )

    def _checked_mask(self, mask: np.ndarray) -> np.ndarray:
        mask = np.asarray(mask)
        if mask.dtype != np.bool_ or mask.shape != (self.lanes,):
            raise ValueError(f"mask must be bool with the shape ({self.lanes},), not {mask.dtype} {mask.shape}")
        return np.ascontiguousarray(mask)

    def _accept(self, status: int, a: np.ndarray) -> None:
        if status == loops.ACCEPTED:
            return
        counts, lanes = np.array(self.spec.actions), self._lanes
        wrong = (a < 0) | (a >= counts)
        if status == loops.ILLEGAL:
            wrong = ~np.take_along_axis(lanes.legal, a[:, :, None], 2)[:, :, 0] & ~lanes.done[:, None]
        lane, player = np.argwhere(wrong)[0]
        allowed = f"0 to {counts[player] - 1}"
        if status == loops.ILLEGAL:
            allowed = f"one of {np.flatnonzero(lanes.legal[lane, player]).tolist()}"
        raise ValueError(
            f"action {a[lane, player]} of player {player} in lane {lane} is not allowed: it must be {allowed}"
        )


def direct(compiled: Any) -> Any:
    """Return ``compiled`` as a function that looks the types of its arguments up at its first call only.

    Numba looks them up at every call, which takes 3 us for the named tuples of a batch, longer than a step of 1,000
    lanes. Every later call must have arguments of the same types.
    """
    if not hasattr(compiled, "compile"):  # plain Python
        return compiled
    from numba import typeof

    entry = None

    def call(*arguments: Any) -> Any:
        nonlocal entry
        if entry is None:
            entry = compiled.compile(tuple(map(typeof, arguments)))
        return entry(*arguments)

    return call


def _alike(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    return first.keys() == second.keys() and all(_equal(first[name], second[name]) for name in first)


def _equal(first: Any, second: Any) -> bool:
    if hasattr(first, "nnz") and hasattr(second, "nnz"):  # sparse matrices
        return first.shape == second.shape and (first != second).nnz == 0
    return np.array_equal(first, second)


def _slice(part: Any, low: int) -> Any:
    if isinstance(part, np.ndarray):
        return part[low : low + CHUNK]
    parts = [_slice(each, low) for each in part]
    return type(part)(*parts) if hasattr(part, "_fields") else tuple(parts)


def _arrays(part: Any) -> list[np.ndarray]:
    if isinstance(part, np.ndarray):
        return [part]
    return [array for each in part for array in _arrays(each)]
