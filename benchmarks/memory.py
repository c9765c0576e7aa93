"""Print the speeds of the memory tasks beside those of the packages that people use today.

    python benchmarks/peers.py                 # once: a virtual environment for each peer
    python benchmarks/memory.py                # everything, about two minutes
    python benchmarks/memory.py --only cards   # one part: cards, chain, mazes or learners
    python benchmarks/memory.py --json

A ratio is that of the medians of seven rounds of one run, in which RegretLab and the peer take turns on the same core.
`README.md` beside this file says what each part measures.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from itertools import cycle
from statistics import median
from typing import Any

import numpy as np
from figures import Figure, main, rate, turns, versions
from peers import Peer

import regretlab
from regretlab.baselines.fused import Fused
from regretlab.baselines.learner import load
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.registry import build
from regretlab.envs.core.stacks import adaptive_stack
from regretlab.evaluation import bench

CARDS = ("RepeatFirst", "RepeatPrevious", "Autoencode", "CountRecall")
CHAIN = 10  # observations from the context to the query


def cards() -> Iterator[Figure]:
    """The Gymnasium vector environment with 4,096 lanes against a loop over POPGym's easy tasks."""
    with Peer("popgym") as popgym:
        for task in CARDS:
            answers = turns(
                _vector(f"{task}-v0", 4_096, 50),
                lambda task=task: popgym.ask("steps", task=task, rounds=10_000),
            )
            yield _times(f"{task} against POPGym", 100.0, answers, popgym)


def chain() -> Iterator[Figure]:
    """The memory chain: the vector environment against bsuite, the batch against gymnax under jax.jit."""
    knobs = {"memory_length": CHAIN, "bsuite_compat": True, "observation": "vector"}
    with Peer("bsuite") as bsuite:
        answers = turns(
            _vector("MemoryChain-v0", 4_096, 50, **knobs), lambda: bsuite.ask("steps", length=CHAIN, rounds=50_000)
        )
        yield _times("MemoryChain, 4,096 lanes, against bsuite", 200.0, answers, bsuite)
    with Peer("gymnax") as gymnax:
        answers = turns(
            _batch("MemoryChain-v0", 16_384, 200, **knobs),
            lambda: gymnax.ask("steps", length=CHAIN, lanes=16_384, rounds=200),
        )
        ours = answers[0]
        loop = median(each["loop"] for each in answers[1])
        figure = _times(
            "MemoryChain, 16,384 lanes, against gymnax", 5.0, [ours, [each["calls"] for each in answers[1]]], gymnax
        )
        note = f"{figure.note}; its lax.scan over all steps, which stores no step, {rate(loop)}"
        yield figure._replace(note=note)


def mazes() -> Iterator[Figure]:
    """T-mazes of any length: the speed of a step, and the memory of a long one."""
    for id in ("TMazePassive-v0", "TMazeActive-v0"):
        short, long = [
            median(each) for each in turns(_batch(id, 4_096, 200, length=10), _batch(id, 4_096, 200, length=1_000))
        ]
        note = f"length 10 {rate(short)}, length 1,000 {rate(long)}"
        yield Figure(f"{id}, length 1,000 against length 10", "at least", 1.0, long / short, "times", note)
    peaks = []
    for length in (1_000, 1_000_000):
        env = regretlab.make("TMazePassive-v0", length=length)
        env.reset(seed=0)
        for _ in range(length):
            _, reward, terminated, _, _ = env.step(0)
        assert terminated and reward != 0
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    note = f"the process at most: {peaks[0]:.1f} MiB after an episode of 1,000 steps, then {peaks[1]:.1f} MiB"
    growth = peaks[1] / peaks[0]
    yield Figure("memory of 1,000,000 steps against 1,000", "at most", 1.01, growth, "times", note)


def learners() -> Iterator[Figure]:
    """Tabular Q-learning with an adaptive stack of 2 that learns in one lane, compiled with its environment."""
    for id in ("TMazePassive-v0", "TMazeActive-v0"):
        play = Fused(adaptive_stack(build(id), 2), load("q_learning"))
        play.advance(1_000)
        speed = median(5_000_000 / bench.time_calls(lambda play=play: play.advance(5_000_000), 1) for _ in range(5))
        yield Figure(f"Q-learning with an adaptive stack of 2 on {id}", "at least", 5.0, speed / 1e6, "M steps/s")


PARTS: dict[str, Callable[[], Iterator[Figure]]] = {part.__name__: part for part in (cards, chain, mazes, learners)}


def _vector(id: str, lanes: int, rounds: int, **knobs: Any) -> Callable[[], float]:
    """Return what measures the steps a second of the Gymnasium vector environment, resets included."""
    env = regretlab.make_vec(id, lanes, autoreset_mode="SameStep", **knobs)
    env.reset(seed=0)
    drawn = cycle(np.random.default_rng(0).integers(env.single_action_space.n, size=(64, lanes)))
    return lambda: lanes / bench.time_calls(lambda: env.step(next(drawn)), rounds)


def _batch(id: str, lanes: int, rounds: int, **knobs: Any) -> Callable[[], float]:
    """Return what measures the steps a second of the native batch, resets included."""
    batch = Batch(build(id, **knobs), lanes, autoreset="same_step")
    batch.reset(seed=0)
    drawn = cycle(bench.draw(batch.spec.actions, lanes))
    return lambda: lanes / bench.time_calls(lambda: batch.step(next(drawn)), rounds)


def _times(name: str, target: float, answers: list[list[float]], peer: Peer) -> Figure:
    ours, theirs = (median(each) for each in answers)
    note = f"ours {rate(ours)}, theirs {rate(theirs)} ({versions(peer)})"
    return Figure(name, "at least", target, ours / theirs, "times", note)


if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core for us and for the peers, which take turns
    main(__doc__, PARTS)
