"""POPGym, a loop in Python: the card tasks, one environment, random actions, resets included."""

from __future__ import annotations

import popgym.envs
from peer import seconds, serve


def steps(task: str, rounds: int) -> float:
    """Time ``rounds`` steps of the easy version of ``task`` and return steps a second."""
    env = getattr(popgym.envs, f"{task}Easy")()
    drawn = [env.action_space.sample() for _ in range(1_000)]
    env.reset(seed=0)

    def loop():
        for k in range(rounds):
            _, _, terminated, truncated, _ = env.step(drawn[k % 1_000])
            if terminated or truncated:
                env.reset()

    return rounds / seconds(loop)[0]


if __name__ == "__main__":
    serve({"steps": steps})
