"""Many lanes of an environment for one player as a Gymnasium vector environment."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from ..core.batch import Autoreset, Batch
from ..core.environment import Environment
from ..core.registry import build
from .rendering import FRAMES_PER_SECOND, MODES, draw
from .single import refuse_several
from .spaces import (
    Saved,
    check_options,
    check_render_mode,
    is_discrete,
    observation_space,
    own_actions,
    own_space,
    split_mask,
    state_fields,
)

_MODES: dict[AutoresetMode, Autoreset] = {
    AutoresetMode.NEXT_STEP: "next_step",
    AutoresetMode.SAME_STEP: "same_step",
    AutoresetMode.DISABLED: "disabled",
}


class RegretLabVectorEnv(VectorEnv):
    """``num_envs`` lanes of one environment, stepped by one compiled loop.

    Does what ``SyncVectorEnv`` does with as many single environments, in all three autoreset modes, with one
    difference: ``info["final_obs"]`` is one stacked array (rows of lanes that did not end are zero; see
    ``info["_final_obs"]``). All arrays that are returned are copies.

    Parameters
    ----------
    environment : what `regretlab.envs.core.registry.build` returns.
    num_envs : how many lanes, at least 1.
    autoreset_mode : a ``gymnasium.vector.AutoresetMode`` or its value ``"NextStep"``, ``"SameStep"`` or ``"Disabled"``.
    max_episode_steps : steps after which an episode is truncated; None takes the environment's own horizon, -1 none.
    render_mode : ``"ansi"``, ``"rgb_array"`` or None.

    Raises
    ------
    ValueError
        for an environment of several players, or an argument that is not allowed.
    """

    def __init__(
        self,
        environment: Environment,
        num_envs: int,
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        refuse_several(environment)
        if autoreset_mode not in [*AutoresetMode, *(mode.value for mode in AutoresetMode)]:
            allowed = ", ".join(repr(mode.value) for mode in AutoresetMode)
            raise ValueError(f"autoreset_mode={autoreset_mode!r} is not allowed: it must be one of {allowed}")
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.render_mode = check_render_mode(render_mode, *MODES)
        self.metadata = {
            "render_modes": list(MODES),
            "render_fps": FRAMES_PER_SECOND,
            "autoreset_mode": self.autoreset_mode,
        }
        self.environment = environment
        self.batch = Batch(
            environment,
            num_envs,
            autoreset=_MODES[self.autoreset_mode],
            max_episode_steps=max_episode_steps,
        )
        self.num_envs = self.batch.lanes
        self.single_action_space = own_space(environment.spec)
        self.single_observation_space = observation_space(environment.spec)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self._discrete = is_discrete(environment.spec)
        self._masked = "legal" in environment.defined
        self._actions = np.zeros((self.num_envs, 1), np.int64)
        self._totals = np.zeros((self.num_envs, 1))

    def reset(
        self, *, seed: int | list[int] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin episodes and return the observations of all lanes, and infos.

        Parameters
        ----------
        seed : lane ``i`` is seeded ``seed + i``, or by the ``i``-th of a list of integers; None goes on with the random
            streams.
        options : ``"reset_mask"``, bool (num_envs,), resets only these lanes (the infos hold only theirs, as their
            masks say); ``"outcome"``, an integer or integers (num_envs,) or (num_envs, stages), takes these starts.
            The dictionary is not changed.

        Raises ValueError or TypeError for another key, or a value of another shape or type.
        """
        options = check_options(options, "outcome", "reset_mask")
        mask = self._reset_mask(options)
        if seed is None or isinstance(seed, (int, np.integer)):
            super().reset(seed=None if seed is None else int(seed))
        self.batch.reset(seed, mask, options.get("outcome"))
        self._totals[mask] = 0.0
        return self._observations(), self._infos(mask)

    def step(self, actions: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Move every lane.

        Parameters
        ----------
        actions : integers (num_envs,), or (num_envs, parts) where actions have several parts, in range also where a
            lane is only reset by this step and the action ignored.

        Returns
        -------
        observations (num_envs, ...), rewards float64, terminated and truncated bool (num_envs,), infos: arrays by
        name, each with a mask ``_name`` of the lanes that it holds for.

        Raises
        ------
        TypeError, ValueError
            for actions of another dtype or shape, out of range or illegal.
        RuntimeError
            before the first reset, and with autoreset disabled while a lane waits for its reset.
        """
        batch = self.batch
        if not self._discrete:
            actions = own_actions(batch.spec, actions, (self.num_envs,))
        _, rewards, terminated, truncated = batch.step(actions)
        terminated, truncated = terminated.copy(), truncated.copy()
        if self.render_mode is not None:
            self._actions[...] = batch.joint(actions)
            self._totals = np.where(batch.clock[:, None] == 0, 0.0, self._totals + batch.reward)
        infos = self._infos()
        if self.autoreset_mode is AutoresetMode.SAME_STEP:
            ended = terminated | truncated
            if ended.any():
                self._add_final(infos, ended)
        return self._observations(), rewards[:, 0].copy(), terminated, truncated, infos

    def render(self) -> tuple[Any, ...] | None:
        """Return one picture a lane: strings (``"ansi"``) or uint8 (height, width, 3) (``"rgb_array"``)."""
        if self.render_mode is None:
            gymnasium.logger.warn("render was called without a render_mode: pass one to make_vec, such as 'rgb_array'")
            return None
        return tuple(
            draw(self.batch, lane, self.render_mode, self._actions, self._totals) for lane in range(self.num_envs)
        )

    def state(self) -> dict[str, np.ndarray]:
        """Return the Markov state by field name: copies, first axis the lane."""
        return state_fields(self.batch)

    def action_masks(self) -> np.ndarray:
        """Return the legal actions, bool (num_envs, actions), or part by part (see `split_mask`)."""
        return split_mask(self.batch.spec.heads, self.batch.legal()[:, 0]).copy()

    def get_state(self) -> Saved:
        """Return a copy of everything that decides how the lanes go on."""
        return Saved(self.batch.get_state(), self._actions.copy(), self._totals.copy())

    def set_state(self, saved: Saved) -> None:
        """Go back to what `get_state` returned, in this or another vector environment of the same lanes and knobs."""
        self.batch.set_state(saved.snapshot)
        self._actions[...], self._totals[...] = saved.actions, saved.totals

    def _observations(self) -> np.ndarray:
        return self.batch.observation[:, 0].copy()

    def _infos(self, mask: np.ndarray | None = None, *, final: bool = False) -> dict[str, Any]:
        """Return arrays and masks; rows outside ``mask`` are zero."""
        infos: dict[str, Any] = {name: array.copy() for name, array in self.batch.info(final=final).items()}
        if self._masked and not final:
            infos["action_mask"] = split_mask(self.batch.spec.heads, self.batch.legal()[:, 0]).astype(np.int8)
        if not infos:
            return infos
        every = np.ones(self.num_envs, bool) if mask is None else mask
        for name in list(infos):
            if mask is not None:
                infos[name][~mask] = 0
            infos[f"_{name}"] = every.copy()
        return infos

    def _add_final(self, infos: dict[str, Any], ended: np.ndarray) -> None:
        final = self.batch.final_observation[:, 0].copy()
        final[~ended] = 0
        infos["final_obs"], infos["_final_obs"] = final, ended
        infos["final_info"], infos["_final_info"] = self._infos(ended, final=True), ended.copy()

    def _reset_mask(self, options: dict[str, Any]) -> np.ndarray:
        mask = options.get("reset_mask")
        if mask is None:
            return np.ones(self.num_envs, bool)
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
            given = mask.dtype if isinstance(mask, np.ndarray) else type(mask).__name__
            raise TypeError(f"options['reset_mask'] must be an array of bool, not {given}")
        if mask.shape != (self.num_envs,) or not mask.any():
            what = "no lane" if mask.shape == (self.num_envs,) else f"the shape {mask.shape}"
            raise ValueError(
                f"options['reset_mask'] must have the shape ({self.num_envs},) and choose a lane, not {what}"
            )
        return mask


def entry_point(environment: str, num_envs: int = 1, **arguments: Any) -> RegretLabVectorEnv:
    """Build ``environment`` (an id) for ``gymnasium.make_vec``; what `RegretLabVectorEnv` does not take are knobs."""
    own = {name: arguments.pop(name) for name in _ARGUMENTS if name in arguments}
    return RegretLabVectorEnv(build(environment, **arguments), num_envs, **own)


_ARGUMENTS = ("autoreset_mode", "max_episode_steps", "render_mode")
