"""One lane of an environment in plain Python: the slow witness that the compiled loops are compared with."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..envs.core.chance import categorical
from ..envs.core.environment import Environment
from ..envs.core.fusing import plain
from ..envs.core.streams import ENVIRONMENT, SAMPLED, lane_seeds, seed_streams, uniform


def _wrapping(kernel: Any) -> Any:
    """Return ``kernel`` as plain Python in which hashes and streams may wrap around at 2**64."""
    return np.errstate(over="ignore")(plain(kernel))


class Walker:
    """Step ``environment`` as its contract says, without the engine's loops.

    Every written distribution is checked on the way: nonnegative, of sum 1, and no longer than declared.

    Parameters
    ----------
    environment : the environment.
    seed : of this lane.
    max_episode_steps : None takes the environment's horizon.

    Attributes
    ----------
    uncertain : whether a distribution met so far had more than one possible outcome.
    """

    def __init__(self, environment: Environment, seed: int, max_episode_steps: int | None = None) -> None:
        spec = environment.spec
        self.environment, self.spec = environment, spec
        self.kernels = {name: _wrapping(kernel) for name, kernel in environment.kernels.items()}
        self.state = environment.new_state(1)
        self.stream = seed_streams(lane_seeds(seed, 1), ENVIRONMENT)
        if spec.sampled:
            self.state.key[:] = seed_streams(lane_seeds(seed, 1), SAMPLED)
        self.limit = spec.horizon if max_episode_steps is None else max_episode_steps
        self.clock = 0
        self.uncertain = False
        self._outcome = np.zeros(max(spec.stages, spec.start_stages, 1), np.int64)
        self._uniform, self._categorical = _wrapping(uniform), plain(categorical)

    def reset(self) -> np.ndarray:
        """Begin an episode and return the observation, shape (players,) + the observation's."""
        for stage in range(self.spec.start_stages):
            prob = np.full(self.spec.start_outcomes, np.nan)
            count = self.kernels["start"](self.environment.params, self._outcome, stage, prob)
            self._outcome[stage] = self._draw(prob, count)
        self.kernels["begin"](self.environment.params, self.state, 0, self._outcome)
        self.clock = 0
        return self.observe()

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool, bool]:
        """Move under ``actions`` (players,) and return observation, rewards (players,), terminated, truncated."""
        p, spec = self.environment.params, self.spec
        a = np.asarray(actions, np.int64)[None]
        for stage in range(spec.stages):
            prob = np.full(spec.outcomes, np.nan)
            count = self.kernels["chance"](p, self.state, 0, a, self._outcome, stage, prob)
            u = self._next()
            self._outcome[stage] = self._categorical(self._checked(prob, count), count, u)
            if "pick" in self.environment.defined:
                picked = self.kernels["pick"](p, self.state, 0, a, self._outcome, stage, u)
                if picked != self._outcome[stage]:
                    raise AssertionError(f"pick gives outcome {picked}, the distribution {self._outcome[stage]}")
        rewards = np.zeros((1, spec.players))
        terminated = bool(self.kernels["apply"](p, self.state, 0, a, self._outcome, rewards))
        self.clock += 1
        truncated = self.limit is not None and self.clock >= self.limit
        return self.observe(), rewards[0], terminated, truncated

    def observe(self) -> np.ndarray:
        """Return the present observation."""
        o = np.zeros((1, self.spec.players, *self.spec.observation.shape), self.spec.observation.dtype)
        self.kernels["observe"](self.environment.params, self.state, 0, o)
        return o[0]

    def legal(self) -> np.ndarray:
        """Return the mask of legal actions, bool (players, most actions)."""
        counts = np.array(self.spec.actions)
        mask = (np.arange(counts.max()) < counts[:, None])[None].copy()
        self.kernels["legal"](self.environment.params, self.state, 0, mask)
        return mask[0]

    def info(self) -> dict[str, float]:
        """Return the numbers of the info kernel by name."""
        values = np.zeros((1, len(self.spec.info)))
        self.kernels["info"](self.environment.params, self.state, 0, values)
        return dict(zip(self.spec.info, values[0].tolist(), strict=True))

    def _next(self) -> float:
        return float(self._uniform(self.stream, 0))

    def _draw(self, prob: np.ndarray, count: int) -> Any:
        return self._categorical(self._checked(prob, count), count, self._next())

    def _checked(self, prob: np.ndarray, count: int) -> np.ndarray:
        if not 1 <= count <= len(prob):
            raise AssertionError(f"a distribution of {count} outcomes does not fit the declared {len(prob)}")
        written = prob[:count]
        if not (np.all(written >= 0) and abs(written.sum() - 1.0) < 1e-12):
            raise AssertionError(f"not a distribution: {written}")
        self.uncertain |= bool(np.count_nonzero(written) > 1)
        return prob
