"""bsuite's memory chain, a loop in Python, resets included (it resets by itself at the step after the last)."""

from __future__ import annotations

import numpy as np
from bsuite.environments.memory_chain import MemoryChain
from peer import seconds, serve


def steps(length: int, rounds: int) -> float:
    """Time ``rounds`` steps with one bit and return steps a second."""
    env = MemoryChain(memory_length=length, num_bits=1, seed=0)
    drawn = np.random.default_rng(0).integers(2, size=1_000).tolist()
    env.reset()

    def loop():
        for k in range(rounds):
            env.step(drawn[k % 1_000])

    return rounds / seconds(loop)[0]


if __name__ == "__main__":
    serve({"steps": steps})
