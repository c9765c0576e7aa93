"""Continuing tasks: closed forms against solvers, dynamics against the definitions, and refusals."""

import itertools
import math

import numpy as np
import pytest
from chains import barbell, cycle, lazy_ring, task_ring, two_states

import regretlab
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build, rows
from regretlab.solvers import (
    chain_under,
    conductance,
    diameter,
    mixing_time,
    optimal_gain,
    residence_time,
    second_eigenvalue_modulus,
    spectral_gap,
    stationary_law,
    uniform_policy,
)

IDS = [row.id for row in rows() if row.family == "mdps"]
SMALL = [
    ("TwoState-v0", {}),
    ("TwoState-v0", {"break_probability": 0.9, "repair_probability": 0.4}),
    ("TwoState-v0", {"break_probability": 0.25, "repair_probability": 0.75}),
    ("Cycle-v0", {}),
    ("LazyRing-v0", {"states": 7}),
    ("LazyRing-v0", {"states": 64}),
    ("Barbell-v0", {"clique": 2}),
    ("Barbell-v0", {"clique": 4}),
    ("Barbell-v0", {"clique": 16}),
    ("TaskRing-v0", {}),
    ("TaskRing-v0", {"tasks": 16}),
    ("TaskRing-v0", {"tasks": 5, "mode": "random", "answers": 3}),
    ("TaskRing-v0", {"tasks": 16, "mode": "random"}),
    ("TaskRing-v0", {"tasks": 3, "mode": "random", "duration": 1.0}),
    ("DeepSeaContinuing-v0", {"size": 5}),
    ("DeepSeaContinuing-v0", {"size": 4, "mapped": False}),
    ("ErgodicRiverSwim-v0", {"states": 9, "drift": 0.05}),
    ("RiverSwim-v0", {"states": 25, "variant": "statrl"}),
    ("RiverSwim-v0", {"states": 6, "variant": "statrl-default"}),
]


@pytest.mark.parametrize(("id", "knobs"), SMALL)
def test_what_a_formula_certifies_the_solvers_find(id, knobs):
    environment = build(id, **knobs)
    certificate, model = environment.certify(), enumerate_model(environment)
    optimum = optimal_gain(model)
    assert optimum.gain == pytest.approx(certificate.optimal.value, abs=1e-10)
    uniform, paid = chain_under(model, uniform_policy(model))
    assert stationary_law(uniform).law @ paid == pytest.approx(certificate.random.value, abs=1e-10)
    chain, facts = chain_under(model, optimum.policy)[0], certificate.facts
    if "mixing_time" in facts:
        assert mixing_time(chain).value == facts["mixing_time"]
    if "diameter" in facts:
        assert diameter(model).value == pytest.approx(facts["diameter"], rel=1e-9)
    if "spectral_gap" in facts:
        assert spectral_gap(chain) == pytest.approx(facts["spectral_gap"], abs=1e-12)
    if "second_eigenvalue" in facts:
        assert second_eigenvalue_modulus(chain) == pytest.approx(abs(facts["second_eigenvalue"]), abs=1e-12)
    if "second_eigenvalue_modulus" in facts:
        assert second_eigenvalue_modulus(chain) == pytest.approx(facts["second_eigenvalue_modulus"], abs=1e-12)
    if "conductance" in facts:
        assert conductance(chain).high == pytest.approx(facts["conductance"], rel=1e-9)
    if "half_ring_residence_time" in facts:
        half = environment.regions(model.states)["first half"]
        assert residence_time(chain, half) == pytest.approx(facts["half_ring_residence_time"], rel=1e-9)
    if "residence_time" in facts:
        clique = environment.regions(model.states)["first clique"]
        assert residence_time(chain, clique) == pytest.approx(facts["residence_time"], rel=1e-9)
    if "span" in facts:
        assert optimum.span == pytest.approx(facts["span"], rel=1e-9)


@pytest.mark.parametrize(
    ("id", "knobs", "gain"),
    [
        ("BottleneckRooms-v0", {}, 0.158584),  # certified by two solvers of the reference
        ("RiverSwim-v0", {}, 0.42862243),
        ("RiverSwim-v0", {"states": 25}, 0.42857143),
        ("RiverSwim-v0", {"variant": "statrl"}, 0.87500334),
        ("RiverSwim-v0", {"states": 25, "variant": "statrl"}, 0.875),
        ("RiverSwim-v0", {"variant": "statrl-default"}, 0.90750032),
        ("DeepSeaContinuing-v0", {}, 0.099),
        ("FourRooms-v0", {"slip": 0.0}, 1 / 12),
        ("FourRooms-v0", {"slip": 0.0, "side": 11}, 1 / 20),
        ("Maze-v0", {"slip": 0.0}, 1 / 14),
        ("Maze-v0", {"slip": 0.0, "loops": 0.0, "seed": 3, "side": 9}, 1 / 16),
    ],
)
def test_known_gains(id, knobs, gain):
    assert optimal_gain(enumerate_model(build(id, **knobs))).gain == pytest.approx(gain, abs=1e-6)


@pytest.mark.parametrize(
    ("id", "knobs", "matrix"),
    [
        ("TwoState-v0", {}, two_states(0.002, 0.004)),
        ("Cycle-v0", {"states": 5}, cycle(5)),
        ("LazyRing-v0", {"states": 9}, lazy_ring(9)),
        ("Barbell-v0", {"clique": 5}, barbell(5)),
        ("TaskRing-v0", {"tasks": 4, "answers": 1}, task_ring(4, 100, cyclic=True)),
        ("TaskRing-v0", {"tasks": 4, "answers": 1, "mode": "random"}, task_ring(4, 100, cyclic=False)),
    ],
)
def test_chains_are_the_matrices_of_the_literature(id, knobs, matrix):
    model = enumerate_model(build(id, **knobs))
    order = np.argsort(model.observations[:, 0])
    assert model.transitions.toarray()[order][:, order] == pytest.approx(matrix, abs=1e-15)


def test_optimal_policies_that_are_known():
    jump = enumerate_model(build("JumpRiverSwim-v0"))
    assert optimal_gain(jump).policy[np.argsort(jump.observations[:, 0])].tolist() == [0, 0, 1, 1, 1, 1]
    queue = enumerate_model(build("AccessControl-v0"))
    accepts = dict(zip(queue.observations[:, 0].tolist(), optimal_gain(queue).policy.tolist(), strict=True))
    for free, priority in itertools.product(range(1, 11), range(4)):
        expected = priority >= 2 or (priority == 1 and free >= 4)
        assert accepts[4 * free + priority] == expected, (free, priority)


@pytest.mark.parametrize("evolution", ["cycles", "random", "curricular"])
def test_rooms_follow_their_rule(evolution):
    """A walk with known moves: every arrival at a door changes the room as the evolution says."""
    environment = build("BottleneckRooms-v0", rooms=3, side=4, evolution=evolution, slip=0.0)
    batch = Batch(environment, 1, autoreset="same_step")
    batch.reset(seed=1)
    doors = [(0, 0), (3, 3), (3, 0)]  # top left, bottom right, bottom left
    random, room, visited, ratio, steps, start = np.random.default_rng(0), 0, [0], 0.0, 0, (2, 2)
    row, column = start
    for _ in range(4_000):
        action = int(random.integers(4))
        rewards = batch.step(np.array([[action]]))[1]
        row, column = row + (action == 1) - (action == 0), column + (action == 3) - (action == 2)
        row, column = (1 if row < 0 else 2 if row > 3 else row), (1 if column < 0 else 2 if column > 3 else column)
        steps += 1
        state = batch.state
        assert (state.row[0], state.column[0]) == (row, column)
        if (row, column) == doors[room]:
            assert rewards[0, 0] == 1
            ratio += steps / max(abs(start[0] - row) + abs(start[1] - column), 1) - 1
            steps, start, room = 0, (row, column), int(state.room[0])
            visited.append(room)
        else:
            assert rewards[0, 0] == 0 and state.room[0] == room
    assert batch.info()["leg_ratio"][0] == pytest.approx(ratio, rel=1e-12)
    if evolution == "cycles":
        assert visited[:7] == [0, 1, 2, 0, 1, 2, 0]
    elif evolution == "curricular":
        assert visited[:12] == [0, 0, 1, 0, 1, 2, 0, 0, 1, 0, 1, 2]
    else:
        assert np.bincount(visited, minlength=3).min() > 0 and any(a == b for a, b in itertools.pairwise(visited))


def test_visits_to_rooms_last_as_long_as_declared():
    for exponent in (0, 1, 2):
        environment = build("ResidenceRooms-v0", rooms=3, side=3, exponent=exponent)
        model = enumerate_model(environment)
        chain, _ = chain_under(model, optimal_gain(model).policy)
        for region in environment.regions(model.states).values():
            assert residence_time(chain, region) == pytest.approx(2 * 3**exponent, rel=1e-9)


def test_cycles_of_rooms_slow_mixing_down_and_random_rooms_do_not():
    times = {"cycles": [], "random": []}
    for evolution, rooms_ in itertools.product(times, (2, 4, 8)):
        model = enumerate_model(build("BottleneckRooms-v0", rooms=rooms_, evolution=evolution, goals="seeded", seed=1))
        times[evolution].append(mixing_time(chain_under(model, optimal_gain(model).policy)[0]).value)
    assert times["cycles"][2] > 2 * times["cycles"][1] > 2 * times["cycles"][0]
    assert max(times["random"]) < 1.5 * min(times["random"]) < times["cycles"][1]


@pytest.mark.parametrize("seed", range(5))
def test_a_garnet_is_a_sparse_random_process(seed):
    model = enumerate_model(build("Garnet-v0", states=30, actions=3, branches=4, seed=seed))
    assert np.all(np.diff(model.transitions.indptr) == 4)
    assert np.abs(model.transitions.sum(axis=1) - 1).max() < 1e-12
    assert model.rewards.min() >= 0 and model.rewards.max() < 1
    other = enumerate_model(build("Garnet-v0", states=30, actions=3, branches=4, seed=seed + 1))
    assert other.size != model.size or not np.array_equal(other.rewards, model.rewards)


def test_a_process_of_ones_own_is_what_it_was():
    random = np.random.default_rng(0)
    table, paid = random.dirichlet(np.ones(6) * 0.3, (6, 3)), random.normal(size=(6, 3))
    table[0, 0] = [0, 1, 0, 0, 0, 0]
    for given in (table, table.reshape(18, 6), table.tolist()):
        model = enumerate_model(build("TabularMDP-v0", transitions=given, rewards=paid, first=2))
        order = np.argsort(model.observations[:, 0])
        found = model.transitions.toarray().reshape(6, 3, 6)[order][:, :, order]
        assert found == pytest.approx(table, abs=1e-15)
        assert model.rewards[order, :, 0] == pytest.approx(paid)
        assert model.observations[np.argmax(model.initial), 0] == 2


NOTHING = {"rewards": [[0.0], [0.0]]}
LARGEST = {
    "LazyRing-v0": {"states": 10**9},
    "Cycle-v0": {"states": 10**9},
    "TaskRing-v0": {"tasks": 10**6},
    "BottleneckRooms-v0": {"rooms": 10**6, "side": 10},
    "ResidenceRooms-v0": {"rooms": 10**6, "side": 10},
    "DeepSeaContinuing-v0": {"size": 10**6},
    "FourRooms-v0": {"side": 10_001},
    "Maze-v0": {"side": 10_000},
    "RiverSwim-v0": {"states": 10**7},
}


@pytest.mark.parametrize("id", LARGEST)
def test_millions_of_states_cost_nothing(id):
    batch = Batch(build(id, **LARGEST[id]), 8, autoreset="same_step")
    batch.reset(seed=0)
    for _ in range(100):
        batch.step(np.zeros((8, 1), np.int64))
    parameters = [each for each in batch.environment.params if isinstance(each, np.ndarray)]
    assert sum(each.nbytes for each in parameters) < 1_000


@pytest.mark.parametrize("id", IDS)
def test_regions_and_places_describe_the_states(id):
    environment = build(id)
    model = enumerate_model(environment)
    if environment.regions is not None:
        for name, inside in environment.regions(model.states).items():
            assert inside.dtype == bool and inside.shape == (model.size,), name
            assert inside.any(), name
    if environment.places is not None:
        places = environment.places(model.states)
        assert places.shape == (model.size, 3) and places.min() >= 0


@pytest.mark.parametrize(
    ("id", "knobs", "error", "message"),
    [
        ("TwoState-v0", {"break_probability": 0.0}, ValueError, "break_probability=0.0"),
        ("TaskRing-v0", {"duration": 0.5}, ValueError, "duration=0.5"),
        ("TaskRing-v0", {"mode": "cycles"}, ValueError, "mode='cycles'"),
        ("FourRooms-v0", {"side": 8}, ValueError, "side=8 is not allowed: side must be odd"),
        ("Garnet-v0", {"states": 3, "branches": 4}, ValueError, "branches=4 is not allowed"),
        ("Garnet-v0", {"states": 10**7, "actions": 10}, ValueError, "at most 50,000,000 are stored"),
        ("AccessControl-v0", {"free_probability": 0.0}, ValueError, "free_probability=0.0"),
        ("JumpRiverSwim-v0", {"states": 6}, TypeError, "states"),
        ("TabularMDP-v0", {"rewards": [[1.0]]}, TypeError, "given together"),
        (
            "TabularMDP-v0",
            {"transitions": [[0.5, 0.4], [0, 1]], "rewards": [[0], [0]]},
            ValueError,
            "action 0 is off by -0.1",
        ),
        (
            "TabularMDP-v0",
            {"transitions": [[1, 0], [-0.5, 1.5]], "rewards": [[0], [0]]},
            ValueError,
            "state 1, action 0 holds -0.5",
        ),
        ("TabularMDP-v0", {"transitions": [[1, 0], [math.nan, 1]], "rewards": [[0], [0]]}, ValueError, "holds nan"),
        ("TabularMDP-v0", {"transitions": [[1.0]], "rewards": [[math.inf]]}, ValueError, "rewards must be finite"),
        (
            "TabularMDP-v0",
            {"transitions": np.ones((2, 3)) / 3, "rewards": [[0], [0]]},
            ValueError,
            "transitions must be",
        ),
        ("TabularMDP-v0", {"first": 3}, ValueError, "first=3 is not allowed"),
    ],
)
def test_bad_knobs_are_refused(id, knobs, error, message):
    with pytest.raises(error, match=message):
        regretlab.make(id, **knobs)
