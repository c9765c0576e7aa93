"""Print the speeds of continuing tasks, their learners and solvers beside those of the packages that people use today.

    python benchmarks/peers.py                # once: a virtual environment for each peer
    python benchmarks/mdps.py                 # everything, a few minutes
    python benchmarks/mdps.py --only solvers  # one part: steps, learners or solvers
    python benchmarks/mdps.py --json

A ratio is that of the medians of seven rounds of one run, in which RegretLab and the peer take turns on the same core.
`README.md` beside this file says what each part measures.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from statistics import median
from typing import Any

import numpy as np
from figures import Figure, main, rate, turns, versions
from peers import Peer

from regretlab.baselines.fused import Fused
from regretlab.baselines.learner import load
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.evaluation import bench
from regretlab.solvers import diameter, mixing_time, optimal_gain, stationary_law

LANES, CALLS, REPEATS = 4_096, 200, 5


def steps() -> Iterator[Figure]:
    """Steps of 4,096 lanes, one call each, against gymnax's DeepSea under jax.jit and QuantEcon's simulated paths."""
    river = _batch("RiverSwim-v0", states=25)
    stored = _batch("Garnet-v0", states=1_000, actions=1, branches=16)
    with Peer("gymnax") as gymnax, Peer("quantecon") as quantecon:
        model = enumerate_model(build("RiverSwim-v0", states=25))
        chain = model.transitions[1::2].toarray().tolist()  # always to the right
        ours, dense = turns(river, lambda: quantecon.ask("simulate_indices", chain=chain, steps=2_000_000)["rate"])
        yield Figure("RiverSwim-v0, 25 places", "at least", 40.0, median(ours) / 1e6, "M steps/s")
        yield _times("RiverSwim against QuantEcon's simulate_indices of one policy", [ours, dense], quantecon)
        ours, sparse = turns(
            stored, lambda: quantecon.ask("simulate_sparse", states=1_000, successors=16, steps=2_000_000)["rate"]
        )
        yield Figure("stored, 1,000 states, 16 successors", "at least", 40.0, median(ours) / 1e6, "M steps/s")
        yield _times("stored against QuantEcon's sparse simulate_indices", [ours, sparse], quantecon)
        (ours,) = turns(_batch("Garnet-v0", states=1_000, actions=4, branches=16))
        yield Figure("the same with 4 actions", "at least", 40.0, median(ours) / 1e6, "M steps/s")
        ours, sea = turns(
            _batch("DeepSeaContinuing-v0", size=8), lambda: gymnax.ask("deep_sea", size=8, lanes=LANES, rounds=CALLS)
        )
        figure = _times("DeepSea against gymnax", [ours, [each["calls"] for each in sea]], gymnax)
        loop = median(each["loop"] for each in sea)
        yield figure._replace(note=f"{figure.note}; its lax.scan over all steps, which stores no step, {rate(loop)}")


def learners() -> Iterator[Figure]:
    """Learners that learn in one lane, compiled with their environment, against StatisticalRL's."""
    speed = median(_learn("differential_q", 5_000_000, states=25) for _ in range(REPEATS))
    yield Figure("differential Q on RiverSwim-25", "at least", 8.0, speed / 1e6, "M steps/s")
    with Peer("statistical_rl") as statistical_rl:
        for name, length in (("ucrl2", 20_000), ("psrl", 20_000)):
            answers = turns(
                lambda name=name, length=length: _learn(name, length, states=25, variant="statrl"),
                lambda name=name, length=length: statistical_rl.ask("learn", learner=name, states=25, steps=length),
                rounds=3,
            )
            answers[1] = [each["rate"] for each in answers[1]]
            figure = _times(f"{name} on RiverSwim-25, the first {length:,} steps", answers, statistical_rl)
            yield figure._replace(target=50.0)
    rooms = build("BottleneckRooms-v0", rooms=16)
    play = Fused(rooms, load("off_policy_rho"))
    play.advance(1_000)
    speed = median(1_000 / bench.time_calls(lambda: play.advance(1_000), 1) for _ in range(REPEATS))
    note = "the source reached 7 steps/s on a machine of two cores"
    yield Figure("off-policy rho-learning, 400 states, against 7 steps/s", "at least", 100.0, speed / 7, "times", note)


def solvers() -> Iterator[Figure]:
    """Seconds of exact answers; the stationary law against QuantEcon's."""
    model = enumerate_model(build("Garnet-v0", states=100_000, actions=4, branches=5))
    optimal_gain(enumerate_model(build("Garnet-v0")))
    began = time.perf_counter()
    gain = optimal_gain(model)
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    note = f"certified to {gain.high - gain.low:.1e}, {model.size:,} states can be reached"
    yield Figure("gain of a Garnet of 100,000 states and 4 actions", "at most", 10.0, took, "s", note)
    yield Figure("width of its bracket", "at most", 1e-8, gain.high - gain.low, "reward per step")
    yield Figure("memory of the process so far", "at most", 4.0, peak, "GiB")
    ring = enumerate_model(build("LazyRing-v0", states=2_000)).transitions
    began = time.perf_counter()
    mixed = mixing_time(ring)
    took = time.perf_counter() - began
    yield Figure("mixing time of 2,000 states", "at most", 30.0, took, "s", f"{mixed.value:,} steps, {mixed.kind}")
    for name, knobs in (("RiverSwim-v0", {"states": 1_000}), ("Garnet-v0", {"states": 1_000, "actions": 2})):
        model = enumerate_model(build(name, **knobs))
        diameter(enumerate_model(build(name)))
        began = time.perf_counter()
        found = diameter(model)
        took = time.perf_counter() - began
        note = f"{found.value:.6f} steps, {found.kind}"
        yield Figure(f"diameter of {name} with {model.size:,} states", "at most", 30.0, took, "s", note)
    chain = np.random.default_rng(0).random((1_000, 1_000))
    chain /= chain.sum(axis=1, keepdims=True)
    stationary_law(chain)
    with Peer("quantecon") as quantecon:
        ours, theirs = turns(
            lambda: bench.time_calls(lambda: stationary_law(chain), 1),
            lambda: quantecon.ask("stationary", states=1_000),
        )
        off = float(np.abs(stationary_law(chain).law - theirs[0]["law"]).max())
        seconds = median(ours), median(each["seconds"] for each in theirs)
        note = f"ours {seconds[0]:.3f} s, theirs {seconds[1]:.3f} s ({versions(quantecon)}), apart by {off:.0e}"
        yield Figure("stationary law of 1,000 states", "at least", 1.0, seconds[1] / seconds[0], "times", note)


PARTS: dict[str, Callable[[], Iterator[Figure]]] = {part.__name__: part for part in (steps, learners, solvers)}


def _batch(id: str, **knobs: Any) -> Callable[[], float]:
    """Return what measures the steps a second of the native batch."""
    batch = Batch(build(id, **knobs), LANES, autoreset="same_step")
    batch.reset(seed=0)
    drawn = cycle(bench.draw(batch.spec.actions, LANES))
    return lambda: LANES / bench.time_calls(lambda: batch.step(next(drawn)), CALLS)


def _learn(name: str, length: int, **knobs: Any) -> float:
    """Return the steps a second of a learner that begins with nothing, once it is compiled."""
    environment, learner = build("RiverSwim-v0", **knobs), load(name)
    Fused(environment, learner).advance(1_000)
    play = Fused(environment, learner)
    return length / bench.time_calls(lambda: play.advance(length), 1)


def _times(name: str, answers: list[list[float]], peer: Peer) -> Figure:
    ours, theirs = (median(each) for each in answers)
    note = f"ours {rate(ours)}, theirs {rate(theirs)} ({versions(peer)})"
    return Figure(name, "at least", 2.0, ours / theirs, "times", note)


if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core for us and for the peers, which take turns
    main(__doc__, PARTS)
