"""Every memory task keeps what its certificate promises, at sizes that can be solved exactly."""

import pytest

from regretlab import catalog, certificate
from regretlab.envs.core.registry import build
from regretlab.testing.certified import check_certificate, check_memory_claim

#: Sizes at which the model can be listed; several where a knob changes what has to be remembered.
SMALL = {
    "TMazePassive-v0": [{"length": 2}, {"length": 4}, {"length": 4, "random_length": True}],
    "TMazeActive-v0": [{"length": 3}, {"length": 4}, {"length": 3, "random_length": True}],
    "TMazeActivePaper-v0": [{"length": 3}, {"length": 4}],
    "TMazeContinual-v0": [{"length": 3}, {"length": 3, "active": True}],
    "TMazeNi-v0": [{"length": 2}, {"length": 2, "oracle_length": 1}],
    "TMazeBakker-v0": [{"length": 3, "steps": 8}],
    "TMazeDistract-v0": [{"length": 3}],
    "EndlessTMaze-v0": [{"junctions": 2, "min_length": 1, "max_length": 2}],
    "MultiCueTMaze-v0": [{"cues": 2, "delay": 1}, {"cues": 2, "delay": 1, "order": "reverse"}],
    "XorMaze-v0": [{"limit": 12}],
    "XorMazePaper-v0": [{"limit": 12}],
    "MemoryChain-v0": [{"memory_length": 3}, {"memory_length": 3, "bsuite_compat": True}],
    "UmbrellaChain-v0": [{"length": 4}],
    "RepeatFirst-v0": [{"suits": 2, "ranks": 2}],
    "RepeatPrevious-v0": [{"suits": 2, "ranks": 2, "k": 2}, {"suits": 2, "ranks": 2, "k": 1}],
    "Autoencode-v0": [{"suits": 2, "ranks": 1}],
    "CountRecall-v0": [{"suits": 2, "ranks": 2}],
    "FlaggedRecall-v0": [{"symbols": 2, "items": 1, "steps": 5}],
    "SparseLag-v0": [{"symbols": 2, "lags": (1, 2), "steps": 5}],
    "HiddenGoalReach-v0": [{"lattice": True, "dimensions": 1, "moves": 2, "horizon": 4}],
    "Cube2x2-v0": [{"faces": 1, "scramble": 2, "steps": 8}],
}
#: Continuous, or more states than anyone can list: of these the certificate says why.
TOO_LARGE = {
    "PositionOnlyCartPole-v0",
    "NoisyPositionOnlyCartPole-v0",
    "PositionOnlyPendulum-v0",
    "NoisyPositionOnlyPendulum-v0",
}
ROWS = {row.id.split("/")[1]: row for row in catalog() if row.family == "memory" and row.id.startswith("regretlab/")}
CASES = [(id, knobs) for id, sizes in SMALL.items() for knobs in sizes]


def test_every_memory_task_has_a_size_that_is_solved_or_says_why_not():
    assert set(SMALL) | TOO_LARGE == set(ROWS)


@pytest.mark.parametrize(("id", "knobs"), CASES, ids=[f"{id}-{knobs}" for id, knobs in CASES])
def test_formula_belief_states_search_and_simulation_agree(id, knobs):
    environment = build(id, **knobs)
    check_memory_claim(environment)
    check_certificate(environment)


@pytest.mark.parametrize("id", sorted(ROWS))
def test_every_memory_task_is_registered_with_its_certificate(id):
    known = certificate(id)
    assert known.optimal.value >= known.random.value
    undecided = id in TOO_LARGE or id == "Cube2x2-v0"
    assert known.needs_memory is (False if id == "UmbrellaChain-v0" else None if undecided else True)


@pytest.mark.parametrize("id", sorted(TOO_LARGE))
def test_what_cannot_be_listed_is_a_bound_or_a_reference_and_says_why(id):
    known = certificate(id)
    assert known.optimal.kind in ("bound", "reference")
    assert len(known.optimal.how) > 20
