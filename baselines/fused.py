"""Fused: one compiled loop for an environment and one learner that plays all its players.

For few lanes and long runs. A pair takes a second or two to compile, once; the numbers are those of `lockstep` to the
last bit, because the environment and each learner draw from streams of their own, in the same order.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..envs.core.batch import Batch
from ..envs.core.batch_kernels import bindings, move, restart
from ..envs.core.environment import Environment
from ..envs.core.environment import _no_payoffs as payoffs
from ..envs.core.environment import _nothing as act
from ..envs.core.environment import _nothing as observe
from ..envs.core.environment import _nothing as update
from ..envs.core.fusing import fuse, specialise
from ..envs.core.kernel import kernel
from ..envs.core.model_kernels import find
from .learner import Learner
from .lockstep import Lockstep
from .seats import LearnerSeat
from .tally import Totals, count, take

PLAYERS = 1
LOOKS = True
KNOWS_STATE = False
FULL = False
LEARNING = True

BLINK = 0.1  # seconds that one compiled call may take, so that Ctrl-C is heard
FIRST_STEPS = 256


class Index(NamedTuple):
    """What finds the number of a lane's state in the exact model (see `regretlab.envs.core.model_kernels.find`)."""

    known: np.ndarray
    terminal: np.ndarray
    slots: np.ndarray
    row: np.ndarray
    views: tuple[np.ndarray, ...]


@kernel
def locate(index, i):
    """Return the number of the state that lane ``i`` is in, -1 if the model does not have it."""
    k = 0
    for view in index.views:
        for j in range(view.shape[1]):
            index.row[k] = view[i, j]
            k += 1
    return index.slots[find(index.known, index.terminal, index.slots, index.row, False)] - 1


def play(p, s, e, w, lp, ls, seen, following, a, would, tally, index, steps, limit, discount):
    """Play ``steps`` steps in every lane; return the first lane with an impossible action or state, or -1."""
    for i in range(a.shape[0]):
        if LOOKS:
            observe(p, s, i, seen)
        for _ in range(steps):
            if KNOWS_STATE:
                state = locate(index, i)
                if state < 0:
                    return i
                seen[i, 0] = state + index.known.shape[0] * e.clock[i]
            for k in range(PLAYERS):
                action = act(lp, ls, i * PLAYERS + k, seen[i, k])
                if action < 0 or action >= w.actions[k]:
                    return i
                a[i, k] = action
            if FULL:
                payoffs(p, s, i, a, would)
            terminated = move(p, s, i, e, w, a)
            t = e.clock[i] + 1
            e.clock[i] = t
            truncated = (t >= limit) & (not terminated)
            ended = terminated | truncated
            if LOOKS:
                observe(p, s, i, following)
            if LEARNING:
                for k in range(PLAYERS):
                    options = would[i, k] if FULL else would[0, 0]
                    row = i * PLAYERS + k
                    update(
                        lp,
                        ls,
                        row,
                        seen[i, k],
                        a[i, k],
                        e.reward[i, k],
                        following[i, k],
                        terminated,
                        truncated,
                        options,
                    )
            count(tally, i, a, e.reward, ended, discount)
            if ended:
                restart(p, s, i, e, w, e.chance)
                if LOOKS:
                    observe(p, s, i, seen)
            elif LOOKS:
                for k in range(PLAYERS):
                    seen[i, k] = following[i, k]
    return -1


class Fused(Lockstep):
    """The same as `Lockstep` for one `Learner` that controls all players; ``record`` is not offered.

    Between calls of `advance` the batch shows the state of the lanes; its rewards, flags and ``info`` are those of no
    particular step.

    Raises
    ------
    TypeError
        for outside agents or several learners.
    """

    def __init__(
        self,
        environment: Environment,
        player: Learner,
        *,
        lanes: int = 1,
        seed: int = 0,
        max_episode_steps: int | None = None,
        states: Sequence[Any] | None = None,
        learning: bool = True,
    ) -> None:
        if not isinstance(player, Learner):
            raise TypeError(f"player must be one learner (see load), not {player!r}: run others in lockstep")
        super().__init__(
            environment,
            player,
            lanes=lanes,
            seed=seed,
            max_episode_steps=max_episode_steps,
            states=states,
            learning=learning,
        )
        spec, seat = environment.spec, self._seats[0]
        assert isinstance(seat, LearnerSeat)
        self._learner = seat.learner
        self._seen, self._following = (np.zeros((lanes, spec.players), np.int64) for _ in range(2))
        self._would = np.zeros((lanes, spec.players, max(spec.actions))) if seat.full else np.zeros((1, 1, 0))
        self._index = _index(seat, self.batch)
        bound = {
            **bindings(environment),
            "act": seat.learner.kernels["act"],
            "update": seat.learner.kernels["update"],
            "count": specialise(count, {"PLAYERS": spec.players}),
            "LOOKS": seat.looks,
            "KNOWS_STATE": seat.model is not None,
            "FULL": seat.full,
            "LEARNING": learning,
        }
        self._play = fuse(play, bound, f"{environment.slug}__{seat.learner.slug}")
        self._chunk = max(1, FIRST_STEPS // lanes)

    def advance(self, steps: int) -> Totals:
        """Play ``steps`` steps in every lane and return what happened in them."""
        batch, learner = self.batch, self._learner
        left = steps
        with np.errstate(over="ignore"):  # the streams wrap around, of which plain Python would warn
            while left > 0:
                began = time.perf_counter()
                chunk = min(left, self._chunk)
                wrong = self._play(
                    self.environment.params,
                    batch.state,
                    batch._lanes,
                    batch._work,
                    learner.params,
                    self.states[0],
                    self._seen,
                    self._following,
                    self._actions,
                    self._would,
                    self._tally,
                    self._index,
                    chunk,
                    batch._limit,
                    self.discount,
                )
                if wrong >= 0:
                    raise ValueError(
                        f"{learner.name} took an action or met a state that does not exist, in lane {wrong}"
                    )
                left -= chunk
                elapsed = time.perf_counter() - began
                if chunk == self._chunk:
                    self._chunk = max(1, int(chunk * min(4.0, max(0.25, BLINK / max(elapsed, 1e-9)))))
        batch.observe()
        return take(self._tally, steps)


def _index(seat: LearnerSeat, batch: Batch) -> Index:
    """Return what `locate` reads; nothing but its types when the learner does not need the state."""
    if seat.model is None:
        nothing = np.zeros((1, 1), np.uint8)
        return Index(nothing, np.zeros(1, bool), np.zeros(1, np.int64), np.zeros(1, np.uint8), (nothing,))
    from ..envs.core.model import _bytes, _fields

    views = tuple(_bytes(array) for array in _fields(batch.state, batch.spec.scratch))
    row = np.zeros(sum(view.shape[1] for view in views), np.uint8)
    return Index(seat.model._known, seat.model.terminal, seat.model._slots, row, views)
