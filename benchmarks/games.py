"""Print the speeds of games, learners and solvers beside those of the packages that people use today.

    python benchmarks/peers.py                  # once: a virtual environment for each peer
    python benchmarks/games.py                  # everything, a few minutes
    python benchmarks/games.py --only solvers   # one part: steps, learners, solvers or sweep
    python benchmarks/games.py --json

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
from figures import ROUNDS, Figure, main, rate, ratio, turns, versions
from peers import Peer

from regretlab.baselines.fused import Fused
from regretlab.baselines.learner import load
from regretlab.baselines.mixed_play import MixedPlay
from regretlab.envs import games
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.registry import build
from regretlab.evaluation import bench
from regretlab.solvers import alpha_rank, correlated_equilibrium, support_enumeration

LANES = 16_384
CALLS = 200
DILEMMA = [[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]]


def steps() -> Iterator[Figure]:
    """Steps of 16,384 lanes, one call each, against Matrax under jax.jit and a loop over OpenSpiel."""
    with Peer("matrax") as matrax, Peer("open_spiel") as open_spiel:
        for id, episode in (("MatrixGame-v0", 1), ("IteratedGame-v0", 100)):
            batch = Batch(build(id), LANES, autoreset="same_step")
            batch.reset(seed=0)
            actions = cycle(bench.draw(batch.spec.actions, LANES))
            answers = turns(
                lambda batch=batch, actions=actions: bench.time_calls(lambda: batch.step(next(actions)), CALLS),
                lambda episode=episode: matrax.ask("steps", lanes=LANES, rounds=CALLS, episode=episode),
                lambda episode=episode: open_spiel.ask("steps", rounds=20_000, episode=episode),
            )
            ours = LANES / median(answers[0])
            jitted, scanned = (LANES * CALLS / median(each[way] for each in answers[1]) for way in ("calls", "loop"))
            loop = 20_000 / median(each["seconds"] for each in answers[2])
            note = f"ours {rate(ours)}, Matrax {rate(jitted)} ({versions(matrax)}); "
            note += f"its lax.scan over all steps, which stores no step, {rate(scanned)}"
            yield Figure(f"{id} against Matrax", "at least", 5.0, ours / jitted, "times", note)
            note = f"OpenSpiel {rate(loop)} ({open_spiel.versions['open-spiel']})"
            yield Figure(f"{id} against OpenSpiel", "at least", 200.0, ours / loop, "times", note)


def learners() -> Iterator[Figure]:
    """Learners against themselves on one 2x2 game: seconds a round."""
    with Peer("open_spiel") as open_spiel:
        play = MixedPlay(np.array(DILEMMA), load("regret_matching"))
        play.advance(1_000)
        rounds = 1_000_000
        answers = turns(
            lambda: bench.time_calls(lambda: play.advance(rounds), 1) / rounds,
            lambda: open_spiel.ask("regret_matching", payoffs=DILEMMA, iterations=1_000)["seconds"] / 1_000,
        )
        yield ratio("regret matching, expected payoffs, against OpenSpiel", 100.0, answers, "a round", open_spiel)
    with Peer("quantecon") as quantecon:
        sampled = Fused(build("MatrixGame-v0", game="matching-pennies"), load("fictitious_play"))
        sampled.advance(1_000)
        rounds = 10_000
        pennies = games.load("matching-pennies").payoffs.tolist()
        answers = turns(
            lambda: bench.time_calls(lambda: sampled.advance(rounds), 1),
            lambda: quantecon.ask("fictitious_play", payoffs=pennies, rounds=rounds)["seconds"],
        )
        yield ratio("fictitious play, 10,000 rounds, against QuantEcon", 10.0, answers, "a run", quantecon)


def solvers() -> Iterator[Figure]:
    """Equilibria of random games, correlated equilibria, alpha-rank: seconds an answer."""
    random = np.random.default_rng(0)
    with Peer("quantecon") as quantecon, Peer("nashpy") as nashpy:
        for size in range(3, 10):
            many = 5 if size > 6 else 40
            drawn = random.random((many, 2, size, size))
            asked: dict[str, Any] = {"games": drawn.tolist()}
            ways = [
                lambda drawn=drawn: bench.time_calls(lambda: [support_enumeration(each) for each in drawn], 1),
                lambda asked=asked: quantecon.ask("support_enumeration", **asked)["seconds"],
            ]
            count = sum(quantecon.ask("support_enumeration", **asked)["equilibria"])
            if sum(len(support_enumeration(each).equilibria) for each in drawn) != count:
                raise RuntimeError(f"QuantEcon finds {count} equilibria in the {size}x{size} games, not as many as we")
            answers = [[each / many for each in way] for way in turns(*ways)]
            yield ratio(f"support enumeration {size}x{size} against QuantEcon", 1.0, answers, "a game", quantecon)
            few = drawn if size <= 4 else drawn[:3] if size <= 6 else drawn[:1]
            ways = [
                lambda few=few: bench.time_calls(lambda: [support_enumeration(each) for each in few], 20),
                lambda few=few: nashpy.ask("support_enumeration", games=few.tolist())["seconds"],
            ]
            rounds = ROUNDS if size <= 6 else 1  # Nashpy takes seconds to minutes for one larger game
            answers = [[each / len(few) for each in way] for way in turns(*ways, rounds=rounds)]
            yield ratio(f"support enumeration {size}x{size} against Nashpy", 100.0, answers, "a game", nashpy)
    tensor = random.random((10, *(2,) * 10))
    for coarse in (False, True):
        seconds = median(
            bench.time_calls(lambda c=coarse: correlated_equilibrium(tensor, coarse=c), 1) for _ in range(5)
        )
        name = "coarse correlated" if coarse else "correlated"
        yield Figure(f"{name} equilibrium of greatest welfare, 10 players", "at most", 2.0, seconds, "s")
    with Peer("open_spiel") as open_spiel:
        payoffs = random.random((2, 10, 10))
        asked = {"payoffs": payoffs.tolist(), "m": 50, "alpha": 1.0}
        ours, theirs = alpha_rank(payoffs, 1.0, population=50), open_spiel.ask("alpha_rank", **asked)
        if not np.allclose(ours.distribution.ravel(), theirs["distribution"], rtol=0, atol=1e-8):
            raise RuntimeError("OpenSpiel's alpha-rank gives another distribution")
        answers = turns(
            lambda: bench.time_calls(lambda: alpha_rank(payoffs, 1.0, population=50), 5),
            lambda: open_spiel.ask("alpha_rank", **asked)["seconds"],
        )
        yield ratio("alpha-rank 10x10 against OpenSpiel", 20.0, answers, "an answer", open_spiel)


def sweep() -> Iterator[Figure]:
    """All 144 games x 1,000 seeds x 1,000 rounds of regret matching, in one run on one core."""
    seeds, rounds = 1_000, 1_000
    environment = build("MatrixGame-v0", games="144")
    lanes = 144 * seeds
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    column = np.repeat(np.arange(144), seeds)
    play = Fused(environment, load("regret_matching"), lanes=lanes, lane_parameters={"game": column})
    play.advance(1)
    began = time.perf_counter()
    play.advance(rounds)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    note = f"{lanes * rounds / seconds / 1e6:.1f} M rounds/s"
    yield Figure("144 games x 1,000 seeds x 1,000 rounds", "at most", 20.0, seconds, "s", note)
    note = f"of which {before / 2**20:.2f} GiB before the run"
    yield Figure("its memory, the process at its largest", "at most", 1.0, peak, "GiB", note)


PARTS: dict[str, Callable[[], Iterator[Figure]]] = {part.__name__: part for part in (sweep, steps, learners, solvers)}


if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core for us and for the peers, which take turns
    main(__doc__, PARTS)
