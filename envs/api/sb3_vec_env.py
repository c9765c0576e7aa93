"""A vector environment as Stable-Baselines3 sees one. Imports Stable-Baselines3: import it through `sb3.to_sb3`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.vec_env import VecEnv

from .spaces import check_options
from .vector import RegretLabVectorEnv

_BY_LANE = ("action_masks", "render", "state")


class Sb3VecEnv(VecEnv):
    """The lanes of ``vector`` with the conventions of ``DummyVecEnv``: float32 rewards, one flag, one info a lane."""

    def __init__(self, vector: RegretLabVectorEnv) -> None:
        if vector.autoreset_mode is not AutoresetMode.SAME_STEP:
            asked = "make the vector environment with autoreset_mode='SameStep'"
            raise ValueError(f"vector_env has the autoreset mode {vector.autoreset_mode.value!r}: {asked}")
        self.vector = vector
        self._actions = np.zeros(vector.num_envs, np.int64)
        super().__init__(vector.num_envs, vector.single_observation_space, vector.single_action_space)
        self.metadata = vector.metadata

    def reset(self) -> np.ndarray:
        """Begin new episodes with the seeds and options that `seed` and `set_options` have set."""
        options = [check_options(each, "outcome") for each in self._options]
        outcome = np.array([each.get("outcome", -1) for each in options])
        seeds = None if None in self._seeds else self._seeds
        observations, infos = self.vector.reset(seed=seeds, options={"outcome": outcome} if any(options) else None)
        self.reset_infos = _by_lane(infos, self.num_envs)
        self._reset_seeds()
        self._reset_options()
        return observations

    def step_async(self, actions: np.ndarray) -> None:
        """Keep the actions, integers (lanes,) or (lanes, parts), for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Move every lane; a lane that ends is reset, and its info holds ``terminal_observation``."""
        observations, rewards, terminated, truncated, batched = self.vector.step(self._actions)
        final, ended_with = batched.pop("final_obs", None), batched.pop("final_info", {})
        batched.pop("_final_obs", None), batched.pop("_final_info", None)
        infos, last = _by_lane(batched, self.num_envs), _by_lane(ended_with, self.num_envs)
        for info, cut in zip(infos, (truncated & ~terminated).tolist(), strict=True):
            info["TimeLimit.truncated"] = cut
        dones = terminated | truncated
        for lane in np.flatnonzero(dones):
            first = infos[lane]
            infos[lane] = {**last[lane], "TimeLimit.truncated": first.pop("TimeLimit.truncated")}
            infos[lane]["terminal_observation"] = final[lane]
            self.reset_infos[lane] = first
        return observations, rewards.astype(np.float32), dones, infos

    def close(self) -> None:
        """Close the vector environment."""
        self.vector.close()

    def get_images(self) -> Sequence[np.ndarray | None]:
        """Return one frame a lane, uint8 (height, width, 3)."""
        return self.vector.render() or [None] * self.num_envs

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return the attribute of each lane; all lanes share the vector environment's."""
        name = f"single_{attr_name}" if attr_name in ("action_space", "observation_space") else attr_name
        return [getattr(self.vector, name) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute of all lanes at once."""
        if len(list(self._get_indices(indices))) != self.num_envs:
            raise ValueError(f"indices={indices!r} is not allowed: the lanes share {attr_name!r}, it must be None")
        setattr(self.vector, attr_name, value)

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """Call one of `action_masks`, `render` and `state`, and return the result of each lane."""
        if method_name not in _BY_LANE:
            raise AttributeError(f"a lane has no method {method_name!r}; it has {', '.join(_BY_LANE)}")
        result = getattr(self.vector, method_name)(*method_args, **method_kwargs)
        lanes = self._get_indices(indices)
        if isinstance(result, dict):
            return [{name: array[lane] for name, array in result.items()} for lane in lanes]
        return [None if result is None else result[lane] for lane in lanes]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Tell that no lane has a wrapper of its own."""
        return [False for _ in self._get_indices(indices)]


def _by_lane(infos: dict[str, Any], lanes: int) -> list[dict[str, Any]]:
    """Turn arrays by name into one dictionary a lane."""
    columns = {
        name: values.tolist() if values.ndim == 1 else list(values)
        for name, values in infos.items()
        if not name.startswith("_")
    }
    return [{name: column[lane] for name, column in columns.items()} for lane in range(lanes)]
