"""Fused: one compiled loop for an environment and one learner that plays all its players.

For few lanes and long runs. A pair takes a second or two to compile, once; the numbers are those of `lockstep` to the
last bit, because the environment and each learner draw from streams of their own, in the same order.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..envs.core.batch_kernels import bindings, move, restart
from ..envs.core.environment import Environment
from ..envs.core.environment import _no_payoffs as payoffs
from ..envs.core.environment import _nothing as act
from ..envs.core.environment import _nothing as observe
from ..envs.core.environment import _nothing as update
from ..envs.core.fusing import fuse, specialise
from ..envs.core.kernel import kernel
from .learner import Learner
from .lockstep import Lockstep
from .seats import LearnerSeat, interrupt
from .tally import Totals, count, take

PLAYERS = 1
LOOKS = True
FULL = False
LEARNING = True

BLINK = 0.1  # seconds that one compiled call may take, so that Ctrl-C is heard
FIRST_STEPS = 256


@kernel
def copy(target, source, i, k):
    """Copy the integer that player ``k`` of lane ``i`` sees."""
    target[i, k] = source[i, k]


@kernel
def copy_vector(target, source, i, k):
    """Copy the vector that player ``k`` of lane ``i`` sees."""
    for entry in range(source.shape[2]):
        target[i, k, entry] = source[i, k, entry]


def play(p, s, e, w, lp, ls, seen, following, a, would, tally, steps, limit, discount):
    """Play ``steps`` steps in every lane; return the first lane with an impossible action, or -1."""
    for i in range(a.shape[0]):
        if LOOKS:
            observe(p, s, i, seen)
        for _ in range(steps):
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
            truncated = t >= limit
            ended = terminated | truncated
            if LOOKS:
                observe(p, s, i, following)
            if LEARNING:
                for k in range(PLAYERS):
                    row = i * PLAYERS + k
                    then, reward = following[i, k], e.reward[i, k]
                    options = would[i, k] if FULL else would[0, 0]
                    update(lp, ls, row, seen[i, k], a[i, k], reward, then, terminated, truncated, options)
            elif ended:
                for k in range(PLAYERS):
                    interrupt(lp, ls, i * PLAYERS + k)
            count(tally, i, a, e.reward, ended, discount)
            if ended:
                restart(p, s, i, e, w, e.chance)
                if LOOKS:
                    observe(p, s, i, seen)
            elif LOOKS:
                for k in range(PLAYERS):
                    copy(seen, following, i, k)
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
        lane_parameters: dict[str, Any] | None = None,
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
            lane_parameters=lane_parameters,
        )
        spec, seat = environment.spec, self._seats[0]
        assert isinstance(seat, LearnerSeat)
        self._learner = seat.learner
        self._seen, self._following = (seat.nothing_seen(lanes) for _ in range(2))
        self._would = np.zeros((lanes, spec.players, max(spec.actions))) if seat.full else np.zeros((1, 1, 0))
        bound = {
            **bindings(self.environment),
            "act": seat.learner.kernels["act"],
            "update": seat.learner.kernels["update"],
            "copy": copy_vector if self._seen.ndim == 3 else copy,
            "count": specialise(count, {"PLAYERS": spec.players}),
            "interrupt": seat.learner.kernels.get("interrupt", interrupt),
            "LOOKS": seat.looks,
            "FULL": seat.full,
            "LEARNING": learning,
        }
        self._play = fuse(play, bound, f"{self.environment.slug}__{seat.learner.slug}")
        self._chunk = max(1, FIRST_STEPS // lanes)

    def advance(self, steps: int) -> Totals:
        """Play ``steps`` steps in every lane and return what happened in them."""
        batch, learner = self.batch, self._learner
        engine = self.environment.params, batch.state, batch._lanes, batch._work
        buffers = self._seen, self._following, self._actions, self._would, self._tally
        left = steps
        with np.errstate(over="ignore"):  # the streams wrap around, of which plain Python would warn
            while left > 0:
                began = time.perf_counter()
                chunk = min(left, self._chunk)
                rest = chunk, batch._limit, self.discount
                wrong = self._play(*engine, learner.params, self.states[0], *buffers, *rest)
                if wrong >= 0:
                    raise ValueError(f"{learner.name}: impossible action in lane {wrong}")
                left -= chunk
                elapsed = time.perf_counter() - began
                if chunk == self._chunk:
                    self._chunk = max(1, int(chunk * min(4.0, max(0.25, BLINK / max(elapsed, 1e-9)))))
        batch.observe()
        return take(self._tally, steps)
