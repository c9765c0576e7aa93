"""Whole episodes of a task of one player, played through the Gymnasium environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import regretlab


class Episode(NamedTuple):
    """What was seen before each step and at last, what each step paid, and the set ``needed`` at each observation."""

    seen: list
    rewards: list[float]
    needed: list[float]
    terminated: bool


def play(env: Any, decide: Callable[[list], int], start: Any = None, seed: int | None = None) -> Episode:
    """Play one episode of ``env``, or of a new environment where it is an id or was built: ``decide`` gets all
    observations so far, ``start`` is the number of the start or one for each stage (None: drawn).
    """
    env = env if hasattr(env, "step") else regretlab.make(env)
    seen, info = env.reset(seed=seed, options=None if start is None else {"outcome": start})
    episode = Episode([seen], [], [info.get("needed", 0.0)], False)
    terminated = truncated = False
    while not (terminated or truncated):
        seen, reward, terminated, truncated, info = env.step(decide(episode.seen))
        episode.seen.append(seen)
        episode.rewards.append(float(reward))
        episode.needed.append(info.get("needed", 0.0))
    return episode._replace(terminated=terminated)


def windows_suffice(plays: list[tuple[list, list[int | None]]], k: int) -> bool:
    """Whether an agent that sees its last ``k`` observations can be always right.

    ``plays`` are the observations of all episodes that there may be, each with the right action after each of them
    (None: any). The agent's actions must not change the observations.
    """
    answers: dict[tuple, int] = {}
    for seen, right in plays:
        for time, action in enumerate(right, 1):
            window = tuple(seen[max(0, time - k) : time])
            if action is not None and answers.setdefault(window, action) != action:
                return False
    return True
