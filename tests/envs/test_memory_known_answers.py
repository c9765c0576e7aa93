"""What is known of the memory tasks from their sources and by derivation, in one table; and false claims are caught."""

import dataclasses

import pytest

from regretlab import certificate
from regretlab.envs.core.certificate import Value
from regretlab.envs.core.registry import build
from regretlab.solvers import capacity, certify_memory
from regretlab.testing import check_certificate
from regretlab.testing.certified import check_memory_claim

#: Task, knobs, optimum, best memoryless value (in the card tasks about), shortest window, smallest stack; None where
#: there is no such number. Mazes of no other source: Nangue Tasse et al. 2025 (arXiv:2512.19154), where the window
#: reaches from the cue to the junction; cards: Morad et al. 2023 (arXiv:2303.01859); chains: bsuite.
TABLE = [
    *(("TMazePassive-v0", {"length": n}, 1, 0, n, 2) for n in (2, 10, 1000)),
    *((f"TMazeActive{name}-v0", {"length": n}, 1, 0, n, 2) for n in (3, 10) for name in ("", "Paper")),
    *(("TMazeContinual-v0", {"length": n}, 1 / n, 0, n, 2) for n in (2, 10)),
    *(("TMazeContinual-v0", {"length": n, "active": True}, 1 / (n + 1), 0, n, 2) for n in (2, 10)),
    # The window must hold the first observation when the arm is chosen, o + L steps after it (arXiv:2307.03864).
    *(("TMazeNi-v0", {"length": n}, 1, 0.5, n + 1, 2) for n in (1, 10, 1500)),
    *(("TMazeNi-v0", {"length": n, "oracle_length": 1}, 1, 0.5, n + 2, 2) for n in (2, 10)),
    *(("TMazeBakker-v0", {"length": n}, 4, 1.95, n + 1, 2) for n in (5, 70)),  # Bakker 2001
    *(("TMazeDistract-v0", {"length": n}, 4, 0.5, n, 2) for n in (2, 10)),  # AMRL, MemUP: +4 / -3
    *(("EndlessTMaze-v0", {"junctions": n, "max_length": m}, n, 0, m + 1, 2) for n, m in ((5, 8), (2, 3))),
    ("MultiCueTMaze-v0", {"cues": 3, "delay": 4}, 3, 0, 3 + 4 + 1, 4),  # junction i asks for cue i, n + D steps later
    ("XorMaze-v0", {}, 1, 0, 4, 3),
    ("XorMazePaper-v0", {}, 1, 0, 4, 3),
    *(("MemoryChain-v0", {"memory_length": m, "bsuite_compat": True}, 1, 0, m, 2) for m in (2, 100)),
    ("MemoryChain-v0", {"memory_length": 1, "bsuite_compat": True}, 1, 1, 1, 1),
    *(("MemoryChain-v0", {"memory_length": m}, 1, 0, m + 1, 2) for m in (1, 100)),  # the context is shown once
    ("RepeatFirst-v0", {}, 1, -0.499423, 51, 2),
    *(("RepeatFirst-v0", {"decks": d}, 1, -0.5, 52 * d - 1, 2) for d in (8, 16)),
    *(("RepeatPrevious-v0", {"decks": d, "k": k}, 1, -0.5, k, k) for d, k in ((1, 4), (2, 32), (3, 64))),
    # The last card asked for is what the others leave over: one observation less than 2 N - 1.
    *(("Autoencode-v0", {"decks": d}, 1, -0.5, 104 * d - 2, None) for d in (1, 2, 3)),
    ("CountRecall-v0", {}, 1, None, 51, None),
    *(("FlaggedRecall-v0", {"items": j, "p_query": 0.0}, 0, 0, 1, 1) for j in (1, 2)),  # nothing is ever asked
    *(("FlaggedRecall-v0", {"items": j}, None, None, 100, j + 1) for j in (1, 2, 3)),
    *(("SparseLag-v0", {"lags": lags}, 100 - max(lags), (100 - max(lags)) * -0.5, 1 + max(lags), 1 + max(lags))
      for lags in ((1, 4), (2,), (0, 7))),
    ("UmbrellaChain-v0", {"length": 20}, 1, 1, 1, 1),  # the control: need and umbrella are always in view
]  # fmt: skip


@pytest.mark.parametrize(("id", "knobs", "optimal", "memoryless", "k_star", "kappa"), TABLE)
def test_the_table_of_the_memory_tasks(id, knobs, optimal, memoryless, k_star, kappa):
    known = certificate(id, **knobs)
    assert optimal is None or known.optimal.value == pytest.approx(optimal, rel=1e-12)
    assert memoryless is None or known.memoryless.value == pytest.approx(memoryless, abs=0.03)
    assert known.facts["k_star"] == k_star
    assert kappa is None or known.facts["kappa"] == kappa
    assert known.needs_memory is (k_star > 1)


#: Windows of 1, 2, ... observations; adaptive stacks of 1 and 2 earn 0 and 1 everywhere. A local search over policies
#: (mazes of Nangue Tasse et al. 2025) found .5 where waiting is free, also within 30 steps; passive mazes are analytic.
CAPACITIES = [
    ("TMazePassive-v0", {"length": 3}, [0, 0, 1]),
    ("TMazePassive-v0", {"length": 5}, [0, 0, 0, 0, 1]),
    ("TMazeActivePaper-v0", {"length": 3}, [0, 0.5, 1]),
    ("TMazeActivePaper-v0", {"length": 5}, [0, 0.5, 0.5, 0.5, 1]),
    ("TMazeActivePaper-v0", {"length": 3, "slack": 26}, [0, 0.5, 1]),  # 30 steps
    # Who may not wait for nothing gains nothing by deciding on one colour only.
    ("TMazeActive-v0", {"length": 3}, [0, 0, 1]),
    ("TMazeActive-v0", {"length": 5}, [0, 0, 0, 0, 1]),
]


@pytest.mark.parametrize(("id", "knobs", "windows"), CAPACITIES)
def test_what_can_be_earned_with_each_memory(id, knobs, windows):
    environment = build(id, **knobs)
    for kind, values in (("frame-stack", windows), ("adaptive-stack", [0, 1])):
        found = [capacity(environment, f"{kind} {k}") for k in range(1, len(values) + 1)]
        assert {value.kind for value in found} == {"solved"}
        assert [value.value for value in found] == pytest.approx(values, abs=1e-9)
        assert [value.high for value in found] == pytest.approx(values, abs=1e-9)
    facts = certify_memory(environment).facts
    assert (facts["k_star"], facts["kappa"]) == (len(windows), 2)
    assert [facts["window"][k] for k in range(1, len(windows) + 1)] == pytest.approx(windows, abs=1e-9)


def claiming(environment, memoryless=None, **facts):
    """The environment with another certificate."""
    known = environment.certify()
    known = dataclasses.replace(known, memoryless=memoryless or known.memoryless, facts={**known.facts, **facts})
    return dataclasses.replace(environment, certify=lambda: known)


NO_MEMORY = Value(0.0, "closed-form", "made up")
#: bsuite's chain of length 1 shows context and query at once (so does the present card of RepeatPrevious with k = 1).
NEEDLESS = build("MemoryChain-v0", memory_length=1, bsuite_compat=True)
MAZE = build("TMazePassive-v0", length=4)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (claiming(NEEDLESS, NO_MEMORY, k_star=2, kappa=2), "memoryless: certified 0, but it is 1"),
        (claiming(NEEDLESS, k_star=2), "k_star: a policy with frame-stack 1 earns 1"),
        (claiming(NEEDLESS, kappa=2), "kappa: a policy with adaptive-stack 1 earns 1"),
        (claiming(build("RepeatPrevious-v0", suits=2, ranks=2, k=1), NO_MEMORY), "memoryless: certified 0"),
        (claiming(MAZE, k_star=5), "k_star: a policy with frame-stack 4 earns 1"),
        (claiming(MAZE, k_star=3), "k_star: a policy with frame-stack 3 earns at most"),
        (claiming(MAZE, kappa=1), "kappa: a policy with adaptive-stack 1 earns at most"),
        (claiming(MAZE, Value(1.0, "closed-form", "made up")), "memoryless: certified 1, but it is"),
    ],
)
def test_a_task_that_claims_more_or_less_memory_than_it_needs_is_caught(environment, message):
    with pytest.raises(AssertionError, match=message):
        check_memory_claim(environment)


def test_true_claims_pass():
    for environment in (NEEDLESS, MAZE, claiming(MAZE)):
        check_memory_claim(environment)
        check_certificate(environment)


def test_a_search_beyond_its_limit_is_refused_with_the_limit():
    with pytest.raises(ValueError, match=r"TMazePassive-v0 has more than 20 states: raise `limit`"):
        capacity(build("TMazePassive-v0", length=50), "frame-stack 3", limit=20)
    with pytest.raises(ValueError, match=r"more than 20 states"):
        certify_memory(build("TMazePassive-v0", length=50), limit=20)
    with pytest.raises(ValueError, match="draws continuous random numbers: it has no exact model"):
        capacity(build("HiddenGoalReach-v0"))
    # Stopped after too few maps it says what it has: a bracket, and not a value.
    found = capacity(build("XorMaze-v0", limit=12), "frame-stack 3", maps=3)
    assert found.kind == "bound" and found.value < found.high
