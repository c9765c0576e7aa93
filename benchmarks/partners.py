"""Print the speeds of games with partners, their solvers and their scorecard beside Axelrod's.

    python benchmarks/peers.py                   # once: a virtual environment for each peer
    python benchmarks/partners.py                # everything, about a minute
    python benchmarks/partners.py --only solvers # one part: rounds, tournament, solvers or scorecard
    python benchmarks/partners.py --json

A ratio is that of medians of one run, in which RegretLab and the peer take turns on the same core. `README.md` beside
this file says what each part measures.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from figures import Figure, main, rate, turns, versions
from peers import Peer

from regretlab.baselines.fused import Fused
from regretlab.baselines.learner import load
from regretlab.envs.core.registry import build
from regretlab.envs.partners import library
from regretlab.envs.partners.rules import Stage, make
from regretlab.evaluation import bench, runs, scorecard, store, suites
from regretlab.evaluation.tournament import round_robin
from regretlab.solvers.best_response import best_response_to

REPEATS, ROUNDS = 5, 20_000_000
#: Strategies that both have, and as many again of ours that play alike (a tournament's cost does not depend on which).
STRATEGIES = {
    "always-cooperate": "Cooperator",
    "always-defect": "Defector",
    "uniform": "Random",
    "tit-for-tat": "TitForTat",
    "suspicious-tit-for-tat": "SuspiciousTitForTat",
    "tit-for-two-tats": "TitFor2Tats",
    "generous-tit-for-tat": "GTFT",
    "win-stay-lose-shift": "WinStayLoseShift",
    "grim": "Grudger",
    "alternator": "Alternator",
    "joss": "FirstByJoss",
    "prober": "Prober",
    "zd-extort-2": "ZDExtort2",
    "memory-one-11000": "TitForTat",
    "memory-one-10001": "WinStayLoseShift",
    "memory-one-01010": "SuspiciousTitForTat",
    "memory-one-00000": "Defector",
    "memory-one-11111": "Cooperator",
    "countdown": "Alternator",
    "noisy-tit-for-tat": "TitForTat",
}


def rounds() -> Iterator[Figure]:
    """Rounds of a game against an automaton, with a fixed action, in one compiled loop and one lane."""
    for game, partner in (("ipd", "tit-for-tat"), ("battle", "win-stay-lose-shift"), ("rps", "mostly-rock")):
        play = Fused(build("PartnerGame-v0", game=game, partner=partner), load("fixed"))
        play.advance(ROUNDS)
        speed = median(ROUNDS / bench.time_calls(lambda play=play: play.advance(ROUNDS), 1) for _ in range(REPEATS))
        yield Figure(f"{game} against {partner}", "at least", 50.0, speed / 1e6, "M rounds/s")


def tournament() -> Iterator[Figure]:
    """A round robin of 20 strategies, 200 turns, and a match, against Axelrod's."""
    game = library.load("ipd")
    entrants = [game.partner(name) for name in STRATEGIES]
    pairs = len(entrants) * (len(entrants) + 1) // 2
    repetitions, theirs = 10, 2  # Axelrod takes as long for each repetition
    round_robin(game.payoffs, entrants, 200, 1)
    with Peer("axelrod") as axelrod:
        names = list(STRATEGIES.values())
        ours, other = turns(
            lambda: bench.time_calls(lambda: round_robin(game.payoffs, entrants, 200, repetitions), 1),
            lambda: axelrod.ask("round_robin", strategies=names, turns=200, repetitions=theirs)["seconds"],
            rounds=REPEATS,
        )
        speeds = pairs * 200 * repetitions / median(ours), pairs * 200 * theirs / median(other)
        note = f"ours {rate(speeds[0])}, theirs {rate(speeds[1])} without results ({versions(axelrod)})"
        yield Figure("round robin of 20 strategies", "at least", 500.0, speeds[0] / speeds[1], "times", note)
        alone = median(
            100_000 / axelrod.ask("match", first="TitForTat", second="Alternator", turns=100_000)["seconds"]
            for _ in range(REPEATS)
        )
        note = f"its single match {rate(alone)}"
        yield Figure("round robin against its single match", "at least", 50.0, speeds[0] / alone, "times", note)


def solvers() -> Iterator[Figure]:
    """Best responses to 1,000 random automata of 8 states, over 100 rounds."""
    game = library.load("rps")
    stage = Stage(game.payoffs, game.first)
    machines = [make(str(seed), "random", stage, {"states": 8, "seed": seed, "mixing": 0.5}) for seed in range(1_000)]
    best_response_to(game.payoffs, machines[0], horizon=100)
    took = median(
        bench.time_calls(lambda: [best_response_to(game.payoffs, each, horizon=100) for each in machines], 1)
        for _ in range(REPEATS)
    )
    yield Figure("best responses to 1,000 automata", "at most", 5.0, took, "s")


def card() -> Iterator[Figure]:
    """The whole scorecard of R-MAX: three games, both pools, 20 seeds, in one process, compiled before."""
    whole = suites.load("partners")
    tasks = [
        task.model_copy(update={"learner": [each for each in task.learner if each.title == "R-MAX"]})
        for task in whole.task
    ]
    suite = whole.model_copy(update={"task": tasks})
    seconds = []
    for _ in range(REPEATS + 1):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            for group in runs.groups(suite):
                runs.run_group(group, runs._certificate(*runs._measured(group.task)), folder)
            scorecard.scorecard(store.load(Path(folder))[0])
            seconds.append(time.perf_counter() - began)
    yield Figure(
        "scorecard of a tabular learner", "at most", 10.0, median(seconds[1:]), "s", f"first {seconds[0]:.1f} s"
    )


PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "rounds": rounds,
    "tournament": tournament,
    "solvers": solvers,
    "scorecard": card,
}

if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core for us and for the peer, which take turns
    main(__doc__, PARTS)
