"""An environment for any number of players as a PettingZoo parallel environment, and turn by turn."""

from __future__ import annotations

from operator import index
from typing import Any

import gymnasium
import numpy as np
from pettingzoo import AECEnv, ParallelEnv
from pettingzoo.utils import parallel_to_aec

from ..core.batch import Batch
from ..core.environment import Environment
from ..core.registry import build
from .rendering import FRAMES_PER_SECOND, MODES, Window, draw
from .spaces import Saved, action_space, check_render_mode, observation_space, observed, state_fields


class RegretLabParallelEnv(ParallelEnv):
    """One copy of an environment for any number of players, who act at the same time and end together.

    Parameters
    ----------
    environment : what `regretlab.envs.core.registry.build` returns.
    render_mode : ``"ansi"``, ``"rgb_array"``, ``"human"`` (a window; needs pygame) or None.
    max_episode_steps : steps after which an episode is truncated; None takes the environment's own horizon, -1 none.

    Raises ValueError for an argument that is not allowed.
    """

    metadata = {  # noqa: RUF012 (PettingZoo's convention)
        "name": "regretlab",
        "render_modes": list(MODES),
        "render_fps": FRAMES_PER_SECOND,
        "is_parallelizable": True,
    }

    def __init__(
        self, environment: Environment, *, render_mode: str | None = None, max_episode_steps: int | None = None
    ) -> None:
        spec = environment.spec
        self.render_mode = check_render_mode(render_mode, *MODES, "human")
        self.metadata = {**self.metadata, "name": environment.id}
        self.environment = environment
        self.batch = Batch(environment, 1, autoreset="disabled", max_episode_steps=max_episode_steps)
        self.possible_agents = [f"player_{k}" for k in range(spec.players)]
        self.agents: list[str] = []
        self.action_spaces = {agent: action_space(spec, k) for k, agent in enumerate(self.possible_agents)}
        self.observation_spaces = {agent: observation_space(spec, k) for k, agent in enumerate(self.possible_agents)}
        self._masked = "legal" in environment.defined
        self._actions = np.zeros((1, spec.players), np.int64)
        self._totals = np.zeros((1, spec.players))
        self._window: Window | None = None

    def observation_space(self, agent: str) -> gymnasium.Space:
        """Return what ``agent`` observes, always the same object."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> gymnasium.spaces.Discrete:
        """Return the actions of ``agent``, always the same object."""
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Begin an episode and return observations and infos by agent.

        Parameters
        ----------
        seed : seeds the environment's random stream; None goes on with it.
        options : ``{"outcome": k}`` takes the start number ``k`` instead of a random one (a sequence has one number for
            each stage of the start). Other keys are ignored, because PettingZoo's own test passes one.

        Raises ValueError for a start that cannot happen.
        """
        outcome = (options or {}).get("outcome")
        self.batch.reset(seed, outcome=None if outcome is None else np.reshape(outcome, (1, -1)))
        self.agents = self.possible_agents[:]
        self._totals[...] = 0.0
        self._show()
        return self._observations(), self._infos()

    def step(
        self, actions: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """Let every agent take its action (an integer below ``action_space(agent).n``).

        Returns
        -------
        observations, rewards, terminations, truncations and infos by agent. After the end ``agents`` is empty.

        Raises
        ------
        TypeError, ValueError
            for an action that is missing, of an unknown agent, not an integer, out of range or illegal.
        RuntimeError
            before the first reset, and after the end of an episode.
        """
        agents = self.agents
        if not agents:
            raise RuntimeError("no agent is live: call reset")
        if len(actions) != len(agents) or not all(agent in actions for agent in agents):
            raise ValueError(f"actions must hold one action for each of {', '.join(agents)}, not for {list(actions)}")
        joint = self._actions
        for player, agent in enumerate(agents):
            try:
                if actions[agent].__class__ is bool:
                    raise TypeError
                joint[0, player] = index(actions[agent])
            except (TypeError, OverflowError):
                action, allowed = actions[agent], f"an integer from 0 to {self.action_spaces[agent].n - 1}"
                raise TypeError(
                    f"the action {action!r} ({type(action).__name__}) of {agent} is not allowed: it must be {allowed}"
                ) from None
        _, rewards, terminated, truncated = self.batch.step(joint)
        self._totals += rewards
        terminations = dict.fromkeys(agents, terminated.item())
        truncations = dict.fromkeys(agents, truncated.item())
        if self.batch.done.item():
            self.agents = []
        self._show()
        rewarded = dict(zip(agents, rewards[0].tolist(), strict=True))
        return self._observations(), rewarded, terminations, truncations, self._infos()

    def render(self) -> Any:
        """Return a picture of the state: a string (``"ansi"``) or uint8 (height, width, 3); ``"human"`` shows it."""
        if self.render_mode is None:
            gymnasium.logger.warn("render was called without a render_mode: pass one to make_parallel")
            return None
        if self.render_mode != "human":
            return draw(self.batch, 0, self.render_mode, self._actions, self._totals)
        self._window = self._window or Window(self.environment.id)
        self._window.show(draw(self.batch, 0, "rgb_array", self._actions, self._totals))
        return None

    def close(self) -> None:
        """Close the window, if there is one."""
        if self._window is not None:
            self._window.close()
            self._window = None

    def state(self) -> np.ndarray:
        """Return the Markov state as one row of float64: all fields, in the order of the environment's ``State``."""
        return np.concatenate([array[0].ravel().astype(np.float64) for array in state_fields(self.batch).values()])

    def get_state(self) -> Saved:
        """Return a copy of everything that decides how the environment goes on."""
        return Saved(self.batch.get_state(), self._actions.copy(), self._totals.copy())

    def set_state(self, saved: Saved) -> None:
        """Go back to what `get_state` returned, in this environment or another of the same id and knobs."""
        self.batch.set_state(saved.snapshot)
        self._actions[...], self._totals[...] = saved.actions, saved.totals
        self.agents = [] if self.batch.done.item() else self.possible_agents[:]

    def _observations(self) -> dict[str, Any]:
        row, spec = self.batch.observation[0], self.batch.spec
        return {agent: observed(spec, row, player) for player, agent in enumerate(self.possible_agents)}

    def _infos(self) -> dict[str, dict[str, Any]]:
        batch = self.batch
        common = {name: values.item() for name, values in batch.info().items()} if batch.spec.info else {}
        infos = {agent: dict(common) for agent in self.possible_agents}
        if self._masked:
            for player, (info, count) in enumerate(zip(infos.values(), batch.spec.actions, strict=True)):
                info["action_mask"] = batch.legal()[0, player, :count].astype(np.int8)
        return infos

    def _show(self) -> None:
        if self.render_mode == "human":
            self.render()


def parallel_entry_point(
    environment: str, render_mode: str | None = None, max_cycles: int | None = None, **knobs: Any
) -> RegretLabParallelEnv:
    """Build ``environment`` (an id) for ``pettingzoo.make("parallel", ...)``; ``max_cycles`` truncates episodes."""
    return RegretLabParallelEnv(build(environment, **knobs), render_mode=render_mode, max_episode_steps=max_cycles)


def aec_entry_point(environment: str, **arguments: Any) -> AECEnv:
    """Build ``environment`` (an id) for ``pettingzoo.make("aec", ...)``: one agent acts after the other."""
    return parallel_to_aec(parallel_entry_point(environment, **arguments))
