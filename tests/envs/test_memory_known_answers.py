"""What is known of the memory tasks from their sources and by derivation, in one table; and false claims are caught."""

import dataclasses

import pytest

from regretlab import certificate
from regretlab.envs.core.certificate import Value
from regretlab.envs.core.registry import build
from regretlab.solvers import best_of_observation, capacity, certify_memory
from regretlab.envs.core.model import enumerate_model
from regretlab.testing.certified import check_memory_claim

AS = "Nangue Tasse et al. 2025, arXiv:2512.19154"
POPGYM = "Morad et al. 2023, arXiv:2303.01859"

#: Task, knobs, optimum, best memoryless value (to 0.03 where a source says "about"), shortest window, smallest stack.
#: A window of MemoryChain and of the mazes reaches from the cue to the decision; the popgym tasks pay 1 in all.
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
    *(("CountRecall-v0", {"decks": d}, 1, None, 52 * d - 1, None) for d in (1,)),
    *(("FlaggedRecall-v0", {"items": j, "p_query": 0.0}, 0, 0, 1, 1) for j in (1, 2)),  # nothing is ever asked
    *(("FlaggedRecall-v0", {"items": j}, None, None, 100, j + 1) for j in (1, 2, 3)),
    *(("SparseLag-v0", {"lags": lags}, 100 - max(lags), (100 - max(lags)) * -0.5, 1 + max(lags), 1 + max(lags))
      for lags in ((1, 4), (2,), (0, 7))),
    ("UmbrellaChain-v0", {"length": 20}, 1, 1, 1, 1),  # the control: need and umbrella are always in view
]  # fmt: skip


@pytest.mark.parametrize(("id", "knobs", "optimal", "memoryless", "k_star", "kappa"), TABLE, ids=str)
def test_the_table_of_the_memory_tasks(id, knobs, optimal, memoryless, k_star, kappa):
    known = certificate(id, **knobs)
    assert optimal is None or known.optimal.value == pytest.approx(optimal, rel=1e-12)
    assert memoryless is None or known.memoryless.value == pytest.approx(memoryless, abs=0.03)
    assert known.facts["k_star"] == k_star
    assert kappa is None or known.facts["kappa"] == kappa
    assert known.needs_memory is (k_star > 1)
