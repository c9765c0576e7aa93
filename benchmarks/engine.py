"""Print every speed that RegretLab promises beside what this machine reaches.

    python benchmarks/engine.py                 # everything, about a minute
    python benchmarks/engine.py --only kernels  # one part: kernels, vector, process, models or learners
    python benchmarks/engine.py --json

Figures that compare two things are ratios of medians of one run, in which the two take turns, so that they hold on a
busy machine too; the absolute ones do not. `README.md` beside this file says what each part measures.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from statistics import median
from typing import Any

import gymnasium
import handwritten
import numpy as np
from figures import ROUNDS, Figure, main, take_turns

from regretlab.envs.core.batch import Batch
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.evaluation import bench

LANES = 65_536


def kernels() -> Iterator[Figure]:
    """Batches of 65,536 lanes against the fastest of the hand-written loops."""
    for id, target in (("TMazePassive-v0", 0.6), ("IteratedGame-v0", 0.6), ("RiverSwim-v0", 0.4)):
        loops, constants_of = handwritten.VARIANTS[id]
        few = Batch(build(id), 1_000)
        for loop in loops:
            handwritten.agree(loop, constants_of(few.environment.params), few, bench.draw(few.spec.actions, 1_000) * 15)
        batch = Batch(build(id), LANES)
        batch.reset(seed=0)
        constants = constants_of(batch.environment.params)
        actions = cycle(bench.draw(batch.spec.actions, LANES))
        steps = {loop.__name__: handwritten.stepper(loop, constants, batch)[0] for loop in loops}
        steps["engine"] = batch.step
        seconds = take_turns({name: acting(step, actions) for name, step in steps.items()}, 44)
        engine = seconds.pop("engine")
        fastest = min(seconds, key=seconds.__getitem__)
        rates = ", ".join(f"{name.split('_')[1]} {LANES / each / 1e6:.0f}" for name, each in seconds.items())
        note = f"engine {LANES / engine / 1e6:.0f} M steps/s; by hand: {rates}"
        yield Figure(f"batch, {id}", "at least", target, seconds[fastest] / engine, "of the loop by hand", note)


def vector() -> Iterator[Figure]:
    """The Gymnasium and PettingZoo surfaces, and Gymnasium's own vector environment."""
    id, lanes = "TMazePassive-v0", 4_096
    whole = bench.time_call(bench.vector_step(id, lanes))
    yield Figure(f"vector, {id}, {lanes:,} lanes", "at least", 80.0, lanes / whole / 1e6, "M steps/s")
    loop = loop_time(id, lanes) - loop_time(id, 1)
    note = f"a call takes {whole * 1e6:.1f} us, of which the loop over lanes {loop * 1e6:.1f} us"
    yield Figure("vector, overhead of a call", "at most", 25.0, (whole - loop) * 1e6, "us", note)
    single = bench.time_call(bench.single_steps(id, bench.DRAWN)) / bench.DRAWN
    yield Figure(f"Env.step, {id}", "at least", 150.0, 1e-3 / single, "k steps/s")
    game = "IteratedGame-v0"
    parallel = bench.time_call(bench.parallel_steps(game, bench.DRAWN)) / bench.DRAWN
    yield Figure(f"ParallelEnv.step, {game}", "at least", 60.0, 1e-3 / parallel, "k steps/s")

    lake = gymnasium.make_vec("FrozenLake-v1", 64, vectorization_mode="sync")
    lake.reset(seed=0)
    drawn = cycle([each[:, 0] for each in bench.draw((4,), 64)])
    few, many = bench.vector_step(id, 64), bench.vector_step(id, lanes)
    seconds = take_turns({"lake": lambda: lake.step(next(drawn)), "few": few, "many": many}, 30)
    rates = {name: (lanes if name == "many" else 64) / each for name, each in seconds.items()}
    note = f"SyncVectorEnv of FrozenLake {rates['lake'] / 1e3:.0f} k steps/s"
    yield Figure("vector at 64 / SyncVectorEnv at 64", "at least", 40.0, rates["few"] / rates["lake"], "times", note)
    yield Figure(
        "vector at 4,096 / SyncVectorEnv at 64", "at least", 500.0, rates["many"] / rates["lake"], "times", note
    )


def process() -> Iterator[Figure]:
    """New Python processes that find everything compiled in the cache."""
    began = "import time\nbegan = time.perf_counter()\n"
    ended = "print(time.perf_counter() - began)"
    ways = {
        "make": "env = regretlab.make('TMazePassive-v0')\nenv.reset(seed=0)\nenv.step(1)\n",
        "make_vec": "env = regretlab.make_vec('RiverSwim-v0', 64)\nenv.reset(seed=0)\nenv.step([1] * 64)\n",
        "make_parallel": "env = regretlab.make_parallel('IteratedGame-v0')\nenv.reset(seed=0)\n"
        "env.step(dict.fromkeys(env.agents, 1))\n",
    }
    for name, way in ways.items():
        seconds = in_new_processes(f"{began}import regretlab\n{way}{ended}")
        yield Figure(f"import to the first step, {name}", "at most", 1.5, seconds, "s")
    added = in_new_processes(f"import gymnasium, pettingzoo\n{began}import regretlab\n{ended}")
    yield Figure("import regretlab after gymnasium and pettingzoo", "at most", 0.1, added, "s")
    script = shutil.which("regretlab", path=sysconfig.get_path("scripts"))
    command = [script] if script else [sys.executable, "-m", "regretlab.cli"]
    help_seconds = take_turns(
        {"help": lambda: subprocess.run([*command, "--help"], check=True, capture_output=True)}, 1
    )
    yield Figure("regretlab --help", "at most", 1.0, help_seconds["help"], "s")


def models() -> Iterator[Figure]:
    """Exact models, listed by breadth-first search; compiled before."""
    for id, knobs, states, target in (
        ("IteratedGame-v0", {"memory": 8}, 87_381, 10.0),
        ("RiverSwim-v0", {"states": 10_000}, 10_000, 5.0),
        ("RiverSwim-v0", {"states": 1_000}, 1_000, 0.2),
    ):
        small = {**knobs, "memory": 2} if "memory" in knobs else {**knobs, "states": 6}
        enumerate_model(build(id, **small))
        seconds = []
        for _ in range(bench.REPEATS):
            began = time.perf_counter()
            size = enumerate_model(build(id, **knobs)).size
            seconds.append(time.perf_counter() - began)
            if size != states:
                raise RuntimeError(f"{id} with {knobs} has {size} states instead of {states}")
        shown = ", ".join(f"{name}={value}" for name, value in knobs.items())
        yield Figure(f"model, {id}, {shown}", "at most", target, median(seconds), "s", f"{states:,} states")


def learners() -> Iterator[Figure]:
    """Learners fused with their environment, one lane, while they learn."""
    steps = 200_000
    for learner, id in (
        ("q_learning", "RiverSwim-v0"),
        ("differential_q", "RiverSwim-v0"),
        ("hedge", "IteratedGame-v0"),
    ):
        rate = steps / bench.time_call(bench.fused_steps(learner, id, steps))
        yield Figure(f"{learner}, {id}", "at least", 10.0, rate / 1e6, "M steps/s")


PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    part.__name__: part for part in (kernels, vector, process, models, learners)
}


def acting(step: Callable[[np.ndarray], Any], actions: Iterator[np.ndarray]) -> Callable[[], Any]:
    """Return a function that takes the next of ``actions``."""
    return lambda: step(next(actions))


def loop_time(id: str, lanes: int) -> float:
    """Return the seconds of one call of the compiled loop that `Batch.step` calls."""
    batch = Batch(build(id), lanes)
    batch.reset(seed=0)
    actions = cycle(bench.draw(batch.spec.actions, lanes))
    kept = batch._p, batch.state, batch._lanes, batch._work
    return bench.time_call(lambda: batch._step_loop(*kept, next(actions), batch._mode, batch._limit))


def in_new_processes(code: str) -> float:
    """Run ``code``, which prints seconds, in eight new Python processes; return the median of all but the first."""
    command = [sys.executable, "-c", code]
    printed = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(1 + ROUNDS)]
    return median(float(each) for each in printed[1:])


if __name__ == "__main__":
    main(__doc__, PARTS)
