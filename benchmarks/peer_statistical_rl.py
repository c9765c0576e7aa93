"""StatisticalRL: its average-reward learners on its own RiverSwim."""

from __future__ import annotations

import numpy as np
from peer import seconds, serve
from statisticalrl_environments.MDPs_discrete.envs.RiverSwim import RiverSwim
from statisticalrl_learners.MDPs_discrete.PSRL import PSRL
from statisticalrl_learners.MDPs_discrete.UCRL2 import UCRL2

LEARNERS = {"ucrl2": UCRL2, "psrl": PSRL}


def learn(learner: str, states: int, steps: int) -> dict[str, float]:
    """Time ``steps`` steps of a learner that begins with nothing; return steps a second and the mean reward."""
    np.random.seed(0)  # noqa: NPY002 (the package draws from the global generator)
    env = RiverSwim(states, rightProbaright=0.4, rightProbaLeft=0.05, rewardL=0.005, rewardR=1.0)
    player = LEARNERS[learner](env.nS, env.nA, delta=0.05)

    def play() -> float:
        total = 0.0
        found = env.reset()
        state = found[0] if isinstance(found, tuple) else found
        player.reset(state)
        for _ in range(steps):
            action = player.play(state)
            following, reward, *_ = env.step(action)
            player.update(state, action, reward, following)
            state = following
            total += reward
        return total / steps

    took, mean = seconds(play)
    return {"rate": steps / took, "mean": float(mean)}


if __name__ == "__main__":
    serve({"learn": learn})
