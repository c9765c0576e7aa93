"""Agreement with Axelrod, move by move, and of the probabilities where strategies mix.

It needs torch and fifty other packages, so it runs in an environment of its own (`python benchmarks/peers.py`).
"""

import numpy as np
import pytest
from isolated import ask

from regretlab.envs.partners import library

IPD = library.load("ipd")
LETTERS = "CD"

CERTAIN = {
    "always-cooperate": "Cooperator",
    "always-defect": "Defector",
    "tit-for-tat": "TitForTat",
    "suspicious-tit-for-tat": "SuspiciousTitForTat",
    "tit-for-two-tats": "TitFor2Tats",
    "win-stay-lose-shift": "WinStayLoseShift",
    "grim": "Grudger",
    "alternator": "Alternator",
    "prober": "Prober",
}
# With the phi that gives our vectors in the game 10, 8, 5, 0 (Press and Dyson 2012; Stewart and Plotkin 2013).
MIXED = {
    "joss": ("FirstByJoss", {"p": 0.9}),
    "zd-extort-2": ("LRPlayer", {"phi": 1 / 15, "s": 0.5, "l": 5}),
    "zd-generous-2": ("LRPlayer", {"phi": 1 / 9, "s": 0.5, "l": 8}),
    "generous-tit-for-tat": ("GTFT", {"p": 0.6}),  # min(1 - (T - R) / (R - S), (R - P) / (T - P))
}


def plays(machine, opponent):
    """What an automaton plays against a text of moves, and of which it is certain."""
    state, found = int(machine.start.argmax()), ""
    for move in opponent:
        own = int(machine.policy[state].argmax())
        assert machine.policy[state, own] == 1
        found += LETTERS[own]
        state = machine.next[state, LETTERS.index(move), own]
    return found


@pytest.mark.parametrize("name", CERTAIN)
def test_moves_are_the_same(name):
    rng = np.random.default_rng(0)
    opponents = ["C" * 60, "D" * 60, "CD" * 30, "CCD" * 20, *("".join(rng.choice(list("CD"), 60)) for _ in range(6))]
    theirs = ask("axelrod", "moves", strategy=CERTAIN[name], opponents=opponents)["moves"]
    assert [plays(IPD.partner(name), each) for each in opponents] == theirs


@pytest.mark.parametrize("name", MIXED)
def test_probabilities_are_the_same(name):
    machine = IPD.partner(name)
    strategy, arguments = MIXED[name]
    theirs = ask("axelrod", "vector", strategy=strategy, arguments=arguments)
    first = int(machine.start.argmax())
    assert machine.policy[first, 0] == float(theirs["first"] == "C")
    for (own, other), chance in zip([(0, 0), (0, 1), (1, 0), (1, 1)], theirs["vector"], strict=True):
        start = next(s for s in range(machine.states) if machine.policy[s, own] > 0)
        assert machine.policy[machine.next[start, other, own], 0] == pytest.approx(chance, abs=1e-12)


def test_scores_of_a_long_match_agree():
    from regretlab.evaluation.tournament import round_robin

    theirs = ask("axelrod", "match", first="WinStayLoseShift", second="Alternator", turns=1_000)["scores"]
    entrants = [IPD.partner("win-stay-lose-shift"), IPD.partner("alternator")]
    ours = round_robin(IPD.payoffs, entrants, 1_000, 1)[0]
    assert [ours[0, 1], ours[1, 0]] == pytest.approx(theirs)
