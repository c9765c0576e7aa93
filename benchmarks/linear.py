"""The speed of the tasks that tune linear solvers, on one core: steps a second with random actions.

    python benchmarks/linear.py

A step of `SorBandit-v0` is a whole solve, of 280 sweeps on average for its default law and uniform random omega, so
that its speed is told in sweeps, too.
"""

from __future__ import annotations

import platform
import time

import numpy as np

from regretlab.envs.core.batch import Batch
from regretlab.envs.core.registry import build

LANES, CALLS = 8, 1_000
TASKS = (
    ("SorBandit-v0", {"law": "low"}, "sweeps"),
    ("SorBandit-v0", {"law": "high"}, "sweeps"),
    ("SorHeat2D-v0", {}, "iterations"),
    ("SorSweep-v0", {}, None),
)


def measure(id: str, knobs: dict, cost: str | None) -> tuple[float, float]:
    """Return the greatest speed of a call, in sweeps (iterations, steps) a second, and the mean cost of a step."""
    batch = Batch(build(id, **knobs), LANES)
    batch.reset(seed=0)
    actions = np.random.default_rng(0).integers(batch.spec.actions[0], size=(CALLS, LANES, 1))
    batch.step(actions[0])  # compiles
    speed, spent = 0.0, []
    for each in actions:
        began = time.perf_counter()
        batch.step(each)
        elapsed = time.perf_counter() - began
        spent.append(batch.info()[cost].sum() if cost else LANES)
        speed = max(speed, spent[-1] / elapsed)
    return speed, float(np.mean(spent)) / LANES


def main() -> None:
    print(f"{platform.machine()}, Python {platform.python_version()}, one thread")
    print(f"fastest of {CALLS} calls, {LANES} lanes")
    for id, knobs, cost in TASKS:
        speed, mean = measure(id, knobs, cost)
        text = f" ({mean:.1f} {cost} a step, {speed:,.0f} {cost}/s)" if cost else ""
        print(f"{id} {knobs or ''}: {speed / mean:,.0f} steps/s{text}")


if __name__ == "__main__":
    main()
