"""A game of several players as one of them sees it, the others being agents that may learn while they play."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np

from ..core.environment import Environment
from ..core.single_agent import check_seats
from ..core.streams import LEARNER, lane_seeds, seed_streams
from .parallel import RegretLabParallelEnv
from .spaces import action_space, observation_space


class PartneredEnv(gymnasium.Env):
    """What ``player`` of ``environment`` meets when agents in plain Python play the other seats.

    Where all partners have fixed policies, `regretlab.as_single_agent` is some thousand times faster and can be listed
    exactly. The numbers are those of a lockstep run of one lane with the same agents and seed.

    Parameters
    ----------
    environment : a game of at least two players.
    partners : for every other seat a class of agents: ``__init__(observation_space, action_space, seed)``,
        ``act(obs)`` and ``update(obs, action, reward, next_obs, terminated, truncated)``; a learner of RegretLab
        becomes one by `regretlab.baselines.agent.as_agent`. ``reset`` with a seed (and the first one) makes new agents;
        without a seed they go on with what they have learned.
    player : the seat that is left.
    render_mode, max_episode_steps : as for `regretlab.make_parallel`.

    Raises
    ------
    TypeError, ValueError
        for a partner that is no class of agents, seats without a partner, or an argument that is not allowed.
    """

    metadata = RegretLabParallelEnv.metadata

    def __init__(
        self,
        environment: Environment,
        partners: Mapping[int, type],
        player: int = 0,
        *,
        render_mode: str | None = None,
        max_episode_steps: int | None = None,
    ) -> None:
        seats = check_seats(environment, partners, player)
        for seat in seats:
            if not all(callable(getattr(partners[seat], method, None)) for method in ("act", "update")):
                raise TypeError(
                    f"partners[{seat}]={partners[seat]!r} is not allowed: "
                    "a partner must be a class of agents, with act and update"
                )
        self.environment = environment
        self.render_mode = render_mode
        self.action_space = action_space(environment.spec, player)
        self.observation_space = observation_space(environment.spec, player)
        self._game = RegretLabParallelEnv(environment, render_mode=render_mode, max_episode_steps=max_episode_steps)
        self._names = self._game.possible_agents
        self._own = self._names[player]
        self._classes = {seat: partners[seat] for seat in seats}
        self._agents: dict[int, Any] = {}
        self._seen: dict[str, Any] = {}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode and return its first observation and info; ``seed`` also makes new partners.

        The options are those of the parallel environment.
        """
        super().reset(seed=seed)
        if seed is None and not self._agents:
            seed = self.np_random_seed
        self._seen, infos = self._game.reset(seed, options)
        if seed is not None:
            self._agents = {seat: self._new(seat, seed) for seat in self._classes}
        return self._seen[self._own], infos[self._own]

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take ``action`` while the partners take theirs, and let them learn from what came of it.

        Returns observation, reward, terminated, truncated and info of the player. Raises what the parallel environment
        raises.
        """
        actions = {self._own: action}
        if self._game.agents:  # else the parallel environment says that the episode is over
            actions |= {
                self._names[seat]: agent.act(self._seen[self._names[seat]]) for seat, agent in self._agents.items()
            }
        following, rewards, terminated, truncated, infos = self._game.step(actions)
        for seat, agent in self._agents.items():
            name = self._names[seat]
            before, after = self._seen[name], following[name]
            agent.update(before, int(actions[name]), rewards[name], after, terminated[name], truncated[name])
        self._seen = following
        own = self._own
        return following[own], rewards[own], terminated[own], truncated[own], infos[own]

    def render(self) -> Any:
        """Return a picture of the game, as the parallel environment does."""
        return self._game.render()

    def close(self) -> None:
        """Close the window, if there is one."""
        self._game.close()

    def _new(self, seat: int, seed: int) -> Any:
        """Make the agent of ``seat`` with the seed that a lockstep run gives it."""
        own = int(seed_streams(seed_streams(lane_seeds(seed, 1), LEARNER), seat)[0] >> np.uint64(33))
        spaces = [make(self.environment.spec, seat) for make in (observation_space, action_space)]
        for space in spaces:
            space.seed(own)
        return self._classes[seat](*spaces, own)
