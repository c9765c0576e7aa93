import numpy as np
import pytest
from grids import dynamics, moves

from regretlab.envs.core import canvas
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Last
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import optimal_gain
from regretlab.testing import check_model

ID = "FourRooms-v0"
# Side 7: walls in the middle, a door in each half of each wall.
HOUSE = ["...#...", ".......", "...#...", "#.###.#", "...#...", ".......", "...#..."]


def test_every_transition_follows_the_map():
    slip = 0.25
    environment = build(ID, side=7, slip=slip)
    open_cells = [(row, column) for row in range(7) for column in range(7) if HOUSE[row][column] == "."]
    model = enumerate_model(environment)
    index = open_cells[:-1]  # at the goal, the last one, the next round begins at once
    assert model.size == len(index) == 39
    transitions, rewards = dynamics(environment, model, index)
    expected, paid = np.zeros_like(transitions), np.zeros_like(rewards)
    for n, cell in enumerate(index):
        for action in range(4):
            for (down, right), weight in moves(action, slip):
                there = cell[0] + down, cell[1] + right
                there = there if there in open_cells else cell
                if there == (6, 6):
                    paid[n, action] += weight
                    there = (0, 0)
                expected[n, action, index.index(there)] += weight
    np.testing.assert_allclose(transitions, expected, atol=1e-14)
    np.testing.assert_allclose(rewards, paid, atol=1e-14)


@pytest.mark.parametrize("side", [5, 7, 11, 21])
def test_without_slips_the_gain_is_one_over_the_shortest_way(side):
    # The doors lie on a way that never turns back: 2 (side - 1) steps.
    model = enumerate_model(build(ID, side=side, slip=0.0))
    assert optimal_gain(model).gain == pytest.approx(1 / (2 * (side - 1)), abs=1e-12)
    rooms, doors = 4 * ((side - 1) // 2) ** 2, 4
    assert model.size == rooms + doors - 1


def test_rooms_are_regions_and_doors_belong_to_none():
    environment = build(ID, side=11)
    model = enumerate_model(environment)
    regions = environment.regions(model.states)
    assert {name: int(region.sum()) for name, region in regions.items()} == {
        "top left": 25,
        "top right": 25,
        "bottom left": 25,
        "bottom right": 24,  # the goal is never seen
    }
    assert (sum(region.astype(int) for region in regions.values()) == 0).sum() == 4
    panel, row, column = environment.places(model.states).T
    assert not panel.any()
    np.testing.assert_array_equal(row * 11 + column, model.observations[:, 0])


def test_a_million_cells_cost_nothing():
    environment = build(ID, side=1_001)
    assert not any(isinstance(each, np.ndarray) for each in environment.params)
    batch = Batch(environment, 4)
    batch.reset(seed=0)
    for _ in range(50):
        batch.step(np.ones((4, 1), np.int64))
    assert batch.observation[0, 0] > 1_001


def test_slips_pass_the_kit():
    check_model(build(ID, side=5, slip=1.0))


def test_the_picture_and_the_text_show_the_house():
    environment = build(ID, side=7)
    state = environment.new_state(1)
    state.row[0], state.column[0] = 4, 5
    last = Last(3, np.array([1]), np.zeros(1), np.zeros(1))
    lines = environment.ansi(environment.params, state, 0, last).splitlines()
    assert lines[4] == "...#.o." and lines[6] == "...#..G"
    assert [line.replace("o", ".").replace("G", ".") for line in lines[:7]] == HOUSE
    frame = environment.paint(environment.params, state, 0, last)
    y, x = np.nonzero(np.all(frame[60:340, 60:340] == canvas.ACCENT, axis=-1))
    assert (y.mean(), x.mean()) == (
        pytest.approx(3.5 + 4.5 * 272 / 7, abs=1),
        pytest.approx(3.5 + 5.5 * 272 / 7, abs=1),
    )


@pytest.mark.parametrize(("side", "message"), [(8, "side=8 .* odd"), (3, "side=3"), (10_003, "side=10003")])
def test_bad_sides_are_refused(side, message):
    with pytest.raises(ValueError, match=message):
        build(ID, side=side)
