import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from regretlab.envs.core import canvas
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Last
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import optimal_gain
from regretlab.testing import check_equality, check_model

ID = "Maze-v0"


def openings(side, loops, seed):
    """The pairs of neighbouring cells between which one can pass, from the model without slips."""
    model = enumerate_model(build(ID, side=side, loops=loops, seed=seed, slip=0.0))
    cells = model.observations[:, 0]
    follow = np.asarray(model.transitions.argmax(axis=1)).ravel().reshape(model.size, 4)
    goal = side * side - 1
    pairs = set()
    for state, cell in enumerate(cells):
        for action, step in enumerate((-side, side, -1, 1)):
            there = goal if model.rewards[state, action, 0] else int(cells[follow[state, action]])
            if there != cell:
                assert there == cell + step and (action < 2 or there // side == cell // side)
                pairs.add((min(int(cell), there), max(int(cell), there)))
    return pairs


@pytest.mark.parametrize(("side", "seed"), [(2, 0), (6, 1), (9, 2), (9, 3)])
def test_without_loops_the_maze_is_perfect(side, seed):
    # A perfect maze is a spanning tree: connected, with one opening fewer than cells (Buck 2015).
    pairs = openings(side, 0.0, seed)
    one, other = np.array(sorted(pairs)).T
    graph = sparse.coo_array((np.ones(len(pairs)), (one, other)), shape=(side**2, side**2))
    assert len(pairs) == side**2 - 1 and connected_components(graph, directed=False)[0] == 1


def test_loops_are_further_openings():
    tree, some, all_of_them = (openings(9, loops, 4) for loops in (0.0, 0.3, 1.0))
    assert tree < some < all_of_them and len(all_of_them) == 2 * 9 * 8
    # Each of the 64 further walls is opened with probability .3: 6 standard deviations are 22.
    assert abs(len(some) - len(tree) - 0.3 * 64) < 22


def test_the_seed_makes_the_maze():
    assert openings(9, 0.0, 4) == openings(9, 0.0, 4) != openings(9, 0.0, 5)


@pytest.mark.parametrize("seed", range(4))
def test_without_slips_the_gain_is_one_over_the_shortest_way(seed):
    model = enumerate_model(build(ID, side=7, slip=0.0, seed=seed))
    assert model.size == 48 and optimal_gain(model).gain == pytest.approx(1 / 12, abs=1e-12)


def test_slips_are_those_of_the_rooms():
    # A slip draws one of five moves, none included; it stays where there is a wall.
    environment = build(ID, side=5, slip=0.5, seed=1)
    sure, model = enumerate_model(build(ID, side=5, slip=0.0, seed=1)), enumerate_model(environment)
    number = {cell: state for state, cell in enumerate(sure.observations[:, 0].tolist())}
    order = [number[cell] for cell in model.observations[:, 0].tolist()]
    certain = sure.transitions.toarray().reshape(24, 4, 24)[np.ix_(order, range(4), order)]
    slipped = (certain.sum(axis=1) + np.identity(24)) / 5
    expected = 0.5 * certain + 0.5 * slipped[:, None]
    np.testing.assert_allclose(model.transitions.toarray().reshape(24, 4, 24), expected, atol=1e-14)


def test_a_million_cells_cost_nothing():
    environment = build(ID, side=1_000)
    assert not any(isinstance(each, np.ndarray) for each in environment.params)
    batch = Batch(environment, 4)
    batch.reset(seed=0)
    for k in range(60):
        batch.step(np.full((4, 1), 1 + 2 * (k % 2)))  # down and right by turns
    assert (batch.observation > 0).all()


@pytest.mark.parametrize("knobs", [{"side": 3, "slip": 1.0}, {"side": 4, "loops": 1.0, "seed": 9}])
def test_other_knobs_pass_the_kit(knobs):
    environment = build(ID, **knobs)
    for check in (check_equality, check_model):
        check(environment)


def test_regions_and_places():
    environment = build(ID, side=6)
    model = enumerate_model(environment)
    upper, lower = environment.regions(model.states).values()
    assert upper.sum() == 15 and np.array_equal(upper, ~lower)
    panel, row, column = environment.places(model.states).T
    assert not panel.any()
    np.testing.assert_array_equal(row * 6 + column, model.observations[:, 0])


def test_picture_and_text_show_the_walls():
    environment = build(ID, side=4, loops=0.0, seed=2)
    state = environment.new_state(1)
    state.row[0], state.column[0] = 2, 1
    last = Last(3, np.array([1]), np.zeros(1), np.zeros(1))
    lines = environment.ansi(environment.params, state, 0, last).splitlines()
    assert lines[4][2] == "o" and lines[6][6] == "G" and "row 2, column 1" in lines[8]
    inner = sum(line[1:7:2].count("|") for line in lines[0:8:2]) + sum(line.count("-") for line in lines[1:7:2])
    assert inner == 2 * 4 * 3 - 15  # a tree of 16 cells has 15 openings
    frame = environment.paint(environment.params, state, 0, last)
    y, x = np.nonzero(np.all(frame[60:340, 60:340] == canvas.ACCENT, axis=-1))
    assert (y.mean(), x.mean()) == (pytest.approx(3.5 + 2.5 * 68, abs=1), pytest.approx(3.5 + 1.5 * 68, abs=1))


@pytest.mark.parametrize("knobs", [{"side": 1}, {"loops": -0.1}, {"slip": 2.0}, {"seed": -1}])
def test_bad_knobs_are_refused(knobs):
    name, value = next(iter(knobs.items()))
    with pytest.raises(ValueError, match=f"{name}={value!r} is not allowed"):
        build(ID, **knobs)
