"""The speed of this machine: one number for each way of stepping, because one for all of them would mean nothing.

Each number is the median of five repeats. Compilation and a first call come before the clock starts, random actions are
drawn beforehand, and lanes that end are reset within what is timed. All of it runs on one thread.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from ..baselines.fused import Fused
from ..baselines.learner import load
from ..envs.api.parallel import RegretLabParallelEnv
from ..envs.api.single import RegretLabEnv
from ..envs.api.vector import RegretLabVectorEnv
from ..envs.core.batch import Batch
from ..envs.core.registry import build

REPEATS = 5
DRAWN = 16  # arrays of random actions, taken in turn
ALONE = ("TMazePassive-v0", "RiverSwim-v0")
TOGETHER = ("IteratedGame-v0",)
PAIRS = (
    ("q_learning", "TMazePassive-v0"),
    ("q_learning", "RiverSwim-v0"),
    ("differential_q", "RiverSwim-v0"),
    ("hedge", "IteratedGame-v0"),
)


class Row(NamedTuple):
    """One number.

    Parameters
    ----------
    surface : ``"batch"``, ``"fused"``, ``"vector"``, ``"single"`` or ``"parallel"``.
    environment : the id without its namespace, with default knobs.
    lanes : how many copies are stepped together.
    rate : steps a second, all lanes counted; a step of a game is a round, whatever the number of players.
    per_call : seconds that stepping all lanes once takes.
    note : what else was running, such as the learner.
    """

    surface: str
    environment: str
    lanes: int
    rate: float
    per_call: float
    note: str = ""


def measure(quick: bool = False) -> list[Row]:
    """Measure every surface; about half a minute and the compilation, ``quick`` (less precise) a few seconds."""
    seconds = 0.02 if quick else 0.2  # of one repeat
    rows = [
        _row("batch", id, lanes, time_call(batch_step(id, lanes), seconds))
        for lanes in (65_536, 4_096)
        for id in (*ALONE, *TOGETHER)
    ]
    for learner, id in PAIRS:
        steps = 200_000
        rows.append(_row("fused", id, 1, time_call(fused_steps(learner, id, steps), seconds) / steps, learner))
    rows += [_row("vector", id, 4_096, time_call(vector_step(id, 4_096), seconds)) for id in ALONE]
    rows += [_row("single", id, 1, time_call(single_steps(id, DRAWN), seconds) / DRAWN) for id in ALONE]
    rows += [_row("parallel", id, 1, time_call(parallel_steps(id, DRAWN), seconds) / DRAWN) for id in TOGETHER]
    return rows


def time_call(call: Callable[[], Any], seconds: float = 0.2) -> float:
    """Return the seconds that ``call`` takes: the median of five repeats of about ``seconds`` each."""
    call()
    began = time.perf_counter()
    call()
    count = max(1, round(seconds / (time.perf_counter() - began)))
    return median(time_calls(call, count) for _ in range(REPEATS))


def time_calls(call: Callable[[], Any], count: int) -> float:
    """Return the seconds that one of ``count`` calls of ``call`` takes."""
    began = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - began) / count


def batch_step(id: str, lanes: int) -> Callable[[], Any]:
    """Return a function that moves all lanes of a batch once."""
    batch = Batch(build(id), lanes)
    batch.reset(seed=0)
    actions = cycle(draw(batch.spec.actions, lanes))
    return lambda: batch.step(next(actions))


def vector_step(id: str, lanes: int) -> Callable[[], Any]:
    """Return a function that moves all lanes of a Gymnasium vector environment once."""
    envs = RegretLabVectorEnv(build(id), lanes)
    envs.reset(seed=0)
    actions = cycle([each[:, 0].copy() for each in draw(envs.batch.spec.actions, lanes)])
    return lambda: envs.step(next(actions))


def single_steps(id: str, steps: int) -> Callable[[], None]:
    """Return a function that takes ``steps`` steps in a Gymnasium environment, and resets it where it ends."""
    env = RegretLabEnv(build(id))
    env.reset(seed=0)
    actions = np.concatenate(draw(env.batch.spec.actions, steps))[:steps, 0].tolist()

    def play() -> None:
        for action in actions:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()

    return play


def parallel_steps(id: str, steps: int) -> Callable[[], None]:
    """Return a function that takes ``steps`` steps in a PettingZoo parallel environment, and resets it at the end."""
    env = RegretLabParallelEnv(build(id))
    env.reset(seed=0)
    joint = np.concatenate(draw(env.batch.spec.actions, steps))[:steps].tolist()
    actions = [dict(zip(env.possible_agents, each, strict=True)) for each in joint]

    def play() -> None:
        for each in actions:
            env.step(each)
            if not env.agents:
                env.reset()

    return play


def fused_steps(learner: str, id: str, steps: int) -> Callable[[], Any]:
    """Return a function that lets ``learner`` take ``steps`` steps, learning, in one lane of a compiled loop."""
    run = Fused(build(id), load(learner))
    run.advance(5 * steps)  # until the number of steps between two looks at Ctrl-C has settled
    return lambda: run.advance(steps)


def draw(counts: tuple[int, ...], lanes: int) -> list[np.ndarray]:
    """Return random joint actions, int64 (lanes, players), for numbers of actions ``counts``."""
    generator = np.random.default_rng(0)
    return [generator.integers(0, counts, (lanes, len(counts))) for _ in range(DRAWN)]


def machine() -> dict[str, str]:
    """Return what a speed depends on besides the code: processor, cores, versions, and what Numba compiled for."""
    from llvmlite.binding import get_host_cpu_name

    host = get_host_cpu_name()
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "threads": "1",
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "numba": version("numba"),
        "target": os.environ.get("NUMBA_CPU_NAME", host),
    }


def describe_machine() -> str:
    """Return `machine` as one line."""
    known = machine()
    versions = ", ".join(f"{name} {known[name.lower()]}" for name in ("Python", "NumPy", "Numba"))
    return f"One thread of {known['processor']} ({known['cores']} cores), {versions}, compiled for {known['target']}."


def markdown(rows: list[Row]) -> str:
    """Return the README's table of ``rows``, with the machine below it."""
    lines = ["| surface | environment | lanes | steps/s | all lanes once |", "|---|---|---:|---:|---:|"]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    how = f"Medians of {REPEATS} repeats after a warm-up, random actions drawn beforehand, resets included."
    return "\n".join([*lines, "", describe_machine(), how])


def _row(surface: str, id: str, lanes: int, seconds: float, note: str = "") -> Row:
    return Row(surface, id, lanes, lanes / seconds, seconds, note)


def _cells(row: Row) -> tuple[str, ...]:
    environment = f"{row.environment}, {row.note}" if row.note else row.environment
    rate = f"{row.rate / 1e6:.3g} M" if row.rate >= 1e6 else f"{row.rate / 1e3:.0f} k"
    return row.surface, environment, f"{row.lanes:,}", rate, f"{row.per_call * 1e6:.3g} us"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()
