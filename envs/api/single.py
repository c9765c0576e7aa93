"""An environment for one player as a Gymnasium environment."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from functools import partial
from operator import index
from typing import Any

import gymnasium
import numpy as np
from gymnasium.wrappers import HumanRendering, RenderCollection

from ..core.batch import NEVER, Batch
from ..core.environment import Environment
from ..core.registry import build
from .rendering import FRAMES_PER_SECOND, MODES, draw
from .spaces import (
    Saved,
    check_options,
    check_render_mode,
    is_discrete,
    observation_space,
    observed,
    own_actions,
    own_space,
    split_mask,
    state_fields,
)


class RegretLabEnv(gymnasium.Env):
    """One copy of an environment for one player.

    Equal, number for number, to a lane of `regretlab.make_vec` seeded alike. The time limit is built in: there is no
    ``TimeLimit`` wrapper, and `get_state` saves the clock too.

    Parameters
    ----------
    environment : what `regretlab.envs.core.registry.build` returns.
    render_mode : ``"ansi"``, ``"rgb_array"`` or None.
    max_episode_steps : steps after which an episode is truncated; None takes the environment's own horizon, -1 none.

    Raises
    ------
    ValueError
        for an environment of several players, or an argument that is not allowed.
    """

    metadata = {"render_modes": list(MODES), "render_fps": FRAMES_PER_SECOND}  # noqa: RUF012 (Gymnasium's convention)

    def __init__(
        self, environment: Environment, *, render_mode: str | None = None, max_episode_steps: int | None = None
    ) -> None:
        refuse_several(environment)
        self.render_mode = check_render_mode(render_mode, *MODES)
        self.environment = environment
        self.batch = Batch(environment, 1, autoreset="disabled", max_episode_steps=max_episode_steps)
        self.action_space = own_space(environment.spec)
        self.observation_space = observation_space(environment.spec)
        self._action = np.zeros((1, 1), np.int64)
        self._total = 0.0
        self._ready = False
        self._begun = False
        self._masked = "legal" in environment.defined
        self._discrete = is_discrete(environment.spec)
        self._integer = environment.spec.observation.kind == "integer"
        self._loop = self._bind_loop()

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the loop, which is bound to the arrays of this batch."""
        return {name: value for name, value in vars(self).items() if name != "_loop"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Bind the loop to the arrays of the copied batch."""
        vars(self).update(state)
        self._loop = self._bind_loop()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode and return its first observation and info.

        Parameters
        ----------
        seed : seeds the environment's random stream; None goes on with it (it starts from ``np_random_seed``).
        options : ``{"outcome": k}`` takes the start number ``k`` instead of a random one (a sequence has one number for
            each stage of the start). The dictionary is not changed.

        Raises ValueError for another key, or a start that cannot happen.
        """
        options = check_options(options, "outcome")
        super().reset(seed=seed)
        if seed is None and not self._begun:
            seed = self.np_random_seed
        outcome = options.get("outcome")
        self.batch.reset(seed, outcome=None if outcome is None else np.reshape(outcome, (1, -1)))
        self._total = 0.0
        self._ready = self._begun = True
        return self._observation(), self._info()

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take ``action``: an integer below ``action_space.n``, or an array of them where actions have several parts.

        Returns
        -------
        observation (int64, or an array of its own), reward, terminated, truncated, info: the numbers that the
        environment reports by name, and ``action_mask`` (int8) where some actions are not always legal.

        Raises
        ------
        TypeError, ValueError
            for an action that is not an integer (or not as many as it has parts), or is out of range or illegal.
        RuntimeError
            before the first reset, and after the end of an episode.
        """
        if not self._ready:
            raise RuntimeError("call reset before step" if not self._begun else "the episode is over: call reset")
        try:
            if action.__class__ is bool:
                raise TypeError
            self._action[0, 0] = index(action) if self._discrete else own_actions(self.environment.spec, action)
        except (TypeError, OverflowError):
            spec = self.environment.spec
            wanted = f"be an integer from 0 to {spec.actions[0] - 1}"
            if not self._discrete:
                wanted = f"hold {'a number' if spec.continuous else 'integers'}, as {self.action_space} has them"
            allowed = f"it must {wanted}"
            raise TypeError(f"action={action!r} ({type(action).__name__}) is not allowed: {allowed}") from None
        status = self._loop()
        batch = self.batch
        batch._painted = False
        if status:
            batch._accept(status, self._action)
        reward = batch.reward.item()
        terminated, truncated = batch.terminated.item(), batch.truncated.item()
        self._total += reward
        self._ready = not (terminated or truncated)
        return self._observation(), reward, terminated, truncated, self._info()

    def render(self) -> Any:
        """Return a picture of the state: a string (``"ansi"``) or uint8 (height, width, 3) (``"rgb_array"``)."""
        if self.render_mode is None:
            gymnasium.logger.warn("render was called without a render_mode: pass one to make, such as 'rgb_array'")
            return None
        return draw(self.batch, 0, self.render_mode, self._action, np.array([[self._total]]))

    def state(self) -> dict[str, Any]:
        """Return the Markov state by field name: copies, without the lane axis."""
        return {name: array[0] for name, array in state_fields(self.batch).items()}

    def action_masks(self) -> np.ndarray:
        """Return the legal actions, bool (actions,), or part by part (see `split_mask`)."""
        return split_mask(self.environment.spec.heads, self.batch.legal()[0, 0]).copy()

    def get_state(self) -> Saved:
        """Return a copy of everything that decides how the environment goes on."""
        return Saved(self.batch.get_state(), self._action.copy(), np.array([[self._total]]))

    def set_state(self, saved: Saved) -> None:
        """Go back to what `get_state` returned, in this environment or another of the same id and knobs."""
        self.batch.set_state(saved.snapshot)
        self._action[...] = saved.actions
        self._total = saved.totals.item()
        self._begun = True
        self._ready = not self.batch.done.item()

    def _bind_loop(self) -> Callable[[], int]:
        """Return the compiled loop itself: the checks of Batch.step, written for many lanes, would cost a third."""
        batch = self.batch
        return partial(
            batch._step_loop, batch._p, batch.state, batch._lanes, batch._work, self._action, batch._mode, batch._limit
        )

    def _observation(self) -> Any:
        batch = self.batch
        return batch.observation[0, 0] if self._integer else observed(batch.spec, batch.observation[0])

    def _info(self) -> dict[str, Any]:
        batch = self.batch
        info: dict[str, Any] = {name: values.item() for name, values in batch.info().items()} if batch.spec.info else {}
        if self._masked:
            info["action_mask"] = split_mask(self.environment.spec.heads, batch.legal()[0, 0]).astype(np.int8)
        return info


def refuse_several(environment: Environment) -> None:
    """Raise ValueError for an environment of several players."""
    if environment.spec.players > 1:
        advice = "use make_parallel, or as_single_agent with partners"
        raise ValueError(f"{environment.id} has {environment.spec.players} players: {advice}")


def make_single(
    environment: Environment, render_mode: str | None, max_episode_steps: int | None, *, listed: bool
) -> gymnasium.Env:
    """Return a `RegretLabEnv`; for ``"human"`` and the ``"..._list"`` modes in the wrapper that Gymnasium has for them.

    ``listed`` says that id and knobs alone make the environment: then it carries the ``spec`` that makes it again.
    """
    check_render_mode(render_mode, *MODES, *(f"{mode}_list" for mode in MODES), "human")
    base = "rgb_array" if render_mode == "human" else (render_mode or "").removesuffix("_list") or None
    env = RegretLabEnv(environment, render_mode=base, max_episode_steps=max_episode_steps)
    if listed:
        known = gymnasium.registry.get(environment.id)
    if listed and known is not None:  # a game of one player is one of PettingZoo's rows
        limit = NEVER if max_episode_steps == -1 else max_episode_steps  # gymnasium.make fails on a spec with -1
        arguments = {"environment": environment.id, **environment.knobs, "render_mode": base}
        env.spec = dataclasses.replace(known, kwargs=arguments, max_episode_steps=limit)
    if render_mode == "human":
        return HumanRendering(env)
    return env if base == render_mode else RenderCollection(env)


def entry_point(environment: str, render_mode: str | None = None, **knobs: Any) -> RegretLabEnv:
    """Build ``environment`` (an id) for ``gymnasium.make``."""
    limit = -1 if _has_time_limit(sys._getframe(1)) else None
    return RegretLabEnv(build(environment, **knobs), render_mode=render_mode, max_episode_steps=limit)


entry_point.metadata = RegretLabEnv.metadata  # where gymnasium.make looks for the render modes


def _has_time_limit(caller: Any) -> bool:
    """Tell whether ``gymnasium.make``, if it is the calling frame, was asked for a time limit of its own.

    It keeps ``max_episode_steps`` to itself and adds a ``TimeLimit`` wrapper, which can shorten an episode but not
    prolong it beyond the horizon that an environment has by its knobs. So that horizon has to stand back, and the frame
    is the only place where the environment can learn of it in time.
    """
    if caller.f_code is not gymnasium.make.__code__:
        return False
    asked, spec = caller.f_locals["max_episode_steps"], caller.f_locals["env_spec"]
    return asked is not None or spec.max_episode_steps is not None
