import itertools

import numpy as np
import pytest
from grids import bounce, dynamics, leg, moves

from regretlab.envs.core import canvas
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.chance import categorical
from regretlab.envs.core.environment import Last
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.mdps.grid import pick_slip, slips
from regretlab.envs.mdps.rooms import goal_cell
from regretlab.solvers import chain_under, mixing_time, optimal_gain
from regretlab.testing import check_equality, check_model, check_pictures

ID = "BottleneckRooms-v0"
CORNERS = [(0, 0), (4, 4), (4, 0), (0, 4)]  # row, column; in the source's x, y: (0, 0), (4, 4), (0, 4), (4, 0)


def goals(rooms, side, seed=None):
    """The goals of the rooms: in the corners, or drawn by a seed."""
    with np.errstate(over="ignore"):  # the hash wraps around
        cells = [goal_cell(room, side, seed is not None, np.uint64(seed or 0)) for room in range(rooms)]
    return [divmod(int(cell), side) for cell in cells]


@pytest.mark.parametrize("evolution", ["cycles", "random"])
def test_every_transition_follows_the_rule(evolution):
    # Riemer et al. 2022 and their repository: slips to one of five moves, walls that bounce, the door keeps the cell.
    rooms, side, slip = 3, 3, 0.2
    environment = build(ID, rooms=rooms, side=side, slip=slip, evolution=evolution)
    model = enumerate_model(environment)
    doors = [(0, 0), (2, 2), (2, 0)]
    index = sorted((room, 2, row, column) for room, _, row, column in zip(*model.states[:4], strict=True))
    transitions, rewards = dynamics(environment, model, index)
    expected, paid = np.zeros_like(transitions), np.zeros_like(rewards)
    for n, (room, _, *cell) in enumerate(index):
        for action in range(4):
            for change, weight in moves(action, slip):
                there = bounce(cell, change, side)
                following = [room]
                if there == doors[room]:
                    paid[n, action] += weight
                    following = range(rooms) if evolution == "random" else [(room + 1) % rooms]
                for each in following:
                    expected[n, action, index.index((each, 2, *there))] += weight / len(following)
    np.testing.assert_allclose(transitions, expected, atol=1e-14)
    np.testing.assert_allclose(rewards, paid, atol=1e-14)
    seen = sorted((room * side + row) * side + column for room, _, row, column in index)
    assert sorted(model.observations.ravel().tolist()) == seen  # one number a state


@pytest.mark.parametrize(
    ("knobs", "gain"),
    [
        ({}, 0.158584),  # doors in the corners, 4 rooms of side 5 in a cycle, slip .05: the published setting
        ({"slip": 0.0}, 1 / 6),  # distances 8, 4, 8, 4
        ({"slip": 0.0, "side": 3}, 1 / 3),
        ({"slip": 0.0, "evolution": "curricular"}, 10 / 58),  # ten legs: 2 on the spot, 5 of 8, 4 of 4
    ],
)
def test_known_gains(knobs, gain):
    assert optimal_gain(enumerate_model(build(ID, **knobs))).gain == pytest.approx(gain, abs=1e-6)


@pytest.mark.parametrize("evolution", ["cycles", "random", "curricular"])
@pytest.mark.parametrize("seeded", [False, True])
def test_the_gain_is_that_of_the_legs(evolution, seeded):
    # Nothing that is done changes the order of the rooms, so the gain is one over the mean of the shortest legs.
    rooms, side, slip = 3, 4, 0.1
    doors = goals(rooms, side, 7 if seeded else None)
    order = {
        "cycles": itertools.pairwise([0, 1, 2, 0]),
        "random": itertools.product(range(rooms), repeat=2),
        "curricular": itertools.pairwise([0, 0, 1, 0, 1, 2, 0]),
    }[evolution]
    ways = {
        (one, other): leg(side, slip, doors[one], doors[other])
        for one, other in itertools.product(range(rooms), repeat=2)
    }
    knobs = {"rooms": rooms, "side": side, "slip": slip, "evolution": evolution}
    model = enumerate_model(build(ID, **knobs, goals="seeded" if seeded else "corners", seed=7))
    expected = 1 / np.mean([ways[pair] for pair in order])
    assert optimal_gain(model).gain == pytest.approx(expected, abs=1e-9)


def walk(environment, steps, seed=0):
    """Play the shortest way with slips; yield room, cell, arrived and the ratio after each step."""
    batch = Batch(environment, 1)
    batch.reset(seed=seed)
    p, s = environment.params, batch.state
    doors = goals(p.rooms, p.side, int(p.key) if p.seeded else None)
    for _ in range(steps):
        row, column = doors[s.room[0]]
        vertical = int(s.row[0]) != row or int(s.column[0]) == column
        action = (0 if s.row[0] > row else 1) if vertical else (2 if s.column[0] > column else 3)
        before = int(s.room[0]), (int(s.row[0]), int(s.column[0]))
        reward = float(batch.step(np.array([[action]]))[1][0, 0])
        yield before, reward, float(batch.info()["leg_ratio"][0])


def test_a_curriculum_grows_by_one_room_a_round_and_begins_again():
    # The source's 1, 1 2, 1 2 3, ...; after the round of all rooms the first round follows.
    environment = build(ID, rooms=3, side=2, evolution="curricular", slip=0.0)
    left = [room for (room, _), reward, _ in walk(environment, 200) if reward == 1.0]
    assert left[:14] == [0, 0, 1, 0, 1, 2, 0, 0, 1, 0, 1, 2, 0, 0]


@pytest.mark.parametrize("evolution", ["cycles", "random"])
def test_the_leg_ratio_holds_each_leg_against_its_own_distance(evolution):
    # The source compares a leg with the distance of the one after it.
    environment = build(ID, rooms=5, evolution=evolution, slip=0.3, goals="seeded", seed=2)
    doors = goals(5, 5, 2)
    total, taken, began = 0.0, 0, None
    finished = 0
    for (room, cell), reward, shown in walk(environment, 600, seed=4):
        if taken == 0:
            began = sum(abs(a - b) for a, b in zip(cell, doors[room], strict=True)) or 1
        taken += 1
        if reward == 1.0:
            total, taken, finished = total + taken / began - 1, 0, finished + 1
        assert shown == pytest.approx(total, abs=1e-9)
    assert finished > 50 and total > 0


def test_a_million_states_cost_nothing():
    environment = build(ID, rooms=40_000, goals="seeded")
    assert environment.spec.observation.sizes == (1_000_000,)
    assert not any(isinstance(each, np.ndarray) for each in environment.params)
    batch = Batch(environment, 4)
    assert sum(field.nbytes for field in batch.state) < 1_000
    batch.reset(seed=0)
    for _ in range(50):
        batch.step(np.zeros((4, 1), np.int64))


def test_drawn_doors_are_uniform_and_differ_by_seed():
    # Pearson's statistic with 24 degrees of freedom exceeds 72 with probability 1e-6.
    doors = goals(5_000, 5, 3)
    counts = np.bincount([row * 5 + column for row, column in doors], minlength=25)
    assert ((counts - 200) ** 2 / 200).sum() < 72
    assert doors != goals(5_000, 5, 4) and doors == goals(5_000, 5, 3)


def test_the_doors_in_the_corners_are_the_published_ones():
    assert goals(6, 5) == CORNERS + CORNERS[:2]


@pytest.mark.parametrize("slip", [0.0, 1e-12, 0.05, 0.7, 1.0])
def test_a_move_is_picked_as_its_distribution_says(slip):
    prob = np.zeros(5)
    for action in range(4):
        assert slips(slip, action, prob) == 5
        assert prob.sum() == pytest.approx(1.0, abs=1e-15)
        for u in np.random.default_rng(action).random(500):
            assert pick_slip(slip, action, u) == categorical(prob, 5, u)


@pytest.mark.parametrize(
    "knobs",
    [{"evolution": "random", "goals": "seeded"}, {"evolution": "curricular", "rooms": 3}, {"side": 2, "rooms": 1}],
)
def test_other_knobs_pass_the_kit(knobs):
    environment = build(ID, **knobs)
    for check in (check_equality, check_model, check_pictures):
        check(environment)


def test_rooms_are_regions_and_panels():
    environment = build(ID, rooms=3)
    model = enumerate_model(environment)
    regions, places = environment.regions(model.states), environment.places(model.states)
    assert list(regions) == ["room 0", "room 1", "room 2"]
    room, cell = np.divmod(model.observations[:, 0], 25)
    np.testing.assert_array_equal(places, np.stack([room, cell // 5, cell % 5], axis=1))
    for number, region in enumerate(regions.values()):
        np.testing.assert_array_equal(region, room == number)


def shown(side, row, column, room=0, rooms=4):
    environment = build(ID, side=side, rooms=rooms)
    state = environment.new_state(1)
    state.room[0], state.row[0], state.column[0] = room, row, column
    last = Last(3, np.array([1]), np.zeros(1), np.array([2.0]))
    return environment.ansi(environment.params, state, 0, last), environment.paint(environment.params, state, 0, last)


def test_the_picture_shows_the_walker_and_the_door():
    text, frame = shown(5, 1, 3, room=2)
    assert text.splitlines()[:5] == [".....", "...o.", ".....", ".....", "D...."]
    assert "room 2 of 0..3" in text
    assert frame.shape == (360, 640, 3)
    cell = 272 / 5
    for colour, row, column in ((canvas.ACCENT, 1, 3), (canvas.GOOD, 4, 0)):
        y, x = np.nonzero(np.all(frame[60:340, 60:340] == colour, axis=-1))
        assert y.mean() == pytest.approx(3.5 + (row + 0.5) * cell, abs=1)
        assert x.mean() == pytest.approx(3.5 + (column + 0.5) * cell, abs=1)


def test_a_large_room_is_written_around_the_walker():
    lines = shown(1_000, 700, 999)[0].splitlines()
    assert len(lines) == 22 and all(len(line) == 21 for line in lines[:21]) and lines[10] == "." * 20 + "o"


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"evolution": "cyclic"}, r"evolution='cyclic' .*'cycles', 'random', 'curricular'"),
        ({"rooms": 0}, "rooms=0"),
        ({"side": 1}, "side=1"),
        ({"slip": 1.5}, "slip=1.5"),
        ({"goals": "corner"}, "goals='corner'"),
        ({"seed": -1}, "seed=-1"),
    ],
)
def test_bad_knobs_are_refused(knobs, message):
    with pytest.raises(ValueError, match=message):
        build(ID, **knobs)


def rooms_with_doors(doors, evolution, side=5, slip=0.05):
    """The rooms with doors anywhere, as a TabularMDP; states and actions are numbered as in the environment."""
    rooms = len(doors)
    transitions, rewards = np.zeros((rooms * side**2, 4, rooms * side**2)), np.zeros((rooms * side**2, 4))
    for room, row, column, action in itertools.product(range(rooms), range(side), range(side), range(4)):
        state = (room * side + row) * side + column
        for change, weight in moves(action, slip):
            there = bounce((row, column), change, side)
            arrived = there == doors[room]
            following = range(rooms) if evolution == "random" else [(room + 1) % rooms]
            for each in following if arrived else [room]:
                place = (each * side + there[0]) * side + there[1]
                transitions[state, action, place] += weight / (len(following) if arrived else 1)
            rewards[state, action] += weight * arrived
    return build("TabularMDP-v0", transitions=transitions, rewards=rewards, first=(side**2) // 2)


@pytest.mark.parametrize(
    ("evolution", "rooms", "steps"),
    [
        ("cycles", 2, 44),
        ("cycles", 4, 312),
        ("cycles", 8, 767),
        ("random", 2, 35),
        ("random", 4, 35),
        ("random", 8, 35),
    ],
)
def test_mixing_times_of_an_optimal_policy_are_the_known_ones(evolution, rooms, steps):
    # Known for doors in cells that numpy.random.default_rng(1).integers(0, 5, (rooms, 2)) drew (rows and columns).
    doors = [(2, 2), (3, 4), (0, 0), (4, 4), (1, 1), (4, 2), (1, 4), (1, 2)][:rooms]
    model = enumerate_model(rooms_with_doors(doors, evolution))
    chain, _ = chain_under(model, optimal_gain(model).policy)
    assert mixing_time(chain).value == steps


@pytest.mark.parametrize("evolution", ["cycles", "random"])
def test_rooms_from_the_rules_are_those_of_the_environment(evolution):
    found = []
    for environment in (rooms_with_doors(CORNERS, evolution), build(ID, evolution=evolution)):
        model = enumerate_model(environment)
        optimum = optimal_gain(model)
        found.append((optimum.gain, mixing_time(chain_under(model, optimum.policy)[0]).value))
    assert found[0][0] == pytest.approx(found[1][0], abs=1e-10)
    assert found[0][1] == found[1][1]
