"""Level-based foraging against its rules, played by a second implementation, and known optima."""

from collections import deque

import numpy as np
import pytest

import regretlab
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.registry import build
from regretlab.envs.partners import level_foraging as module
from regretlab.testing import check_model

WAYS = [(-1, 0), (1, 0), (0, -1), (0, 1)]
DEFAULTS = {"size": 5, "players": 2, "foods": 2, "partner": "nearest", "layout": 8, "continuation": 0.96}


def world(**knobs):
    """Parameters, and a state of one lane."""
    p = module.params(**{**DEFAULTS, **knobs})
    return p, module.allocate(p, 1)


def step(p, s, doing, over=0):
    """Apply the actions of everybody, and return your reward and whether it is over."""
    reward = np.zeros((1, 1))
    ended = module.apply(p, s, 0, np.array([doing[:1]]), np.array([*doing[1:], over]), reward)
    return reward[0, 0], bool(ended)


def by_the_rules(size, levels, foods, places, doing):
    """Foods (cell: level) and places (row, column) after a round, and what everybody earns."""
    inside = {(r, c) for r in range(size) for c in range(size)} - set(foods)
    wants = list(places)
    for k, action in enumerate(doing):
        if 1 <= action <= 4:
            there = (places[k][0] + WAYS[action - 1][0], places[k][1] + WAYS[action - 1][1])
            wants[k] = there if there in inside else places[k]
    while len(set(wants)) < len(wants):  # who wants a cell that another one wants or keeps goes nowhere
        wants = [places[k] if wants.count(each) > 1 else each for k, each in enumerate(wants)]
    loaders = {}
    for k, action in enumerate(doing):
        near = [(wants[k][0] + r, wants[k][1] + c) for r, c in WAYS]
        if action == 5 and any(each in foods for each in near):
            loaders.setdefault(next(each for each in near if each in foods), []).append(k)
    earned, total = [0.0] * len(doing), sum(foods.values())
    left = dict(foods)
    for food, group in loaders.items():
        together = sum(levels[k] for k in group)
        if together >= foods[food]:
            del left[food]
            for k in group:
                earned[k] += foods[food] * levels[k] / together
    return left, wants, earned, total


@pytest.mark.parametrize("players", [2, 3, 4])
def test_every_round_goes_by_the_rules(players):
    rng = np.random.default_rng(players)
    collected = 0
    for layout in range(60):
        p, s = world(size=3 if layout % 2 else 4, players=players, layout=layout)
        everything = {divmod(int(cell), p.size): int(level) for cell, level in zip(p.cells, p.worth, strict=True)}
        free = [cell for cell in range(p.size**2) if cell not in p.cells]
        s.place[0] = rng.choice(free, players, replace=False)
        s.left[0] = 3
        foods = dict(everything)
        for _ in range(40):
            places = [divmod(int(cell), p.size) for cell in s.place[0]]
            doing = rng.choice(6, players, p=[0.1, 0.1, 0.1, 0.1, 0.1, 0.5]).tolist()
            foods, places, earned, _ = by_the_rules(p.size, p.levels, foods, places, doing)
            reward, over = step(p, s, doing)
            assert reward == pytest.approx(earned[0] / sum(everything.values()))
            collected += reward > 0
            assert over == (not foods)
            if over:
                break
            assert [divmod(int(cell), p.size) for cell in s.place[0]] == places
            assert {divmod(int(p.cells[k]), p.size) for k in range(2) if s.left[0] >> k & 1} == set(foods)
    assert collected > 10


def test_who_meets_and_who_passes():
    p, s = world(size=4, players=3, foods=1, layout=0)
    s.left[0] = 1
    row = next(r for r in range(4) if int(p.cells[0]) // 4 != r)  # without food
    a, b, c = (4 * row + column for column in range(3))
    left, right = 3, 4
    for places, doing, after in (
        ([a, c, b + 4 if row < 3 else b - 4], [right, left, 0], [a, c]),  # both want the middle: nobody comes
        ([a, b, c], [right, left, 0], [b, a]),  # two change places
        ([a, b, c], [right, right, 0], [a, b]),  # the last stands, so the second stays, so the first stays
        ([a, b, c], [right, 0, 0], [a, b]),
    ):
        s.place[0] = places
        step(p, s, doing)
        assert s.place[0, :2].tolist() == after


def distance(size, blocked, start, food):
    """Moves to a cell beside the food."""
    queue, found = deque([start]), {start: 0}
    while queue:
        here = queue.popleft()
        if abs(here[0] - food[0]) + abs(here[1] - food[1]) == 1:
            return found[here]
        for r, c in WAYS:
            there = (here[0] + r, here[1] + c)
            if min(there) >= 0 and max(there) < size and there not in blocked and there not in found:
                found[there] = found[here] + 1
                queue.append(there)
    return None


def test_with_an_idle_partner_the_optimum_is_the_shortest_way():
    """One food that you can load alone: it is collected in step d + 1, which comes with the probability 0.96**d."""
    layout = next(k for k in range(20) if (found := world(size=3, foods=1, layout=k)[0]).worth[0] <= found.levels[0])
    p, _ = world(size=3, foods=1, layout=layout)
    food = divmod(int(p.cells[0]), 3)
    cells = [(r, c) for r in range(3) for c in range(3) if (r, c) != food]
    ways = [distance(3, {food, other}, own, food) for own in cells for other in cells if own != other]
    expected = np.mean([0.0 if way is None else 0.96**way for way in ways])
    certificate = regretlab.certificate("LevelForaging-v0", size=3, foods=1, partner="idle", layout=layout)
    assert certificate.optimal.value == pytest.approx(expected, rel=1e-9)
    assert certificate.memoryless.value == pytest.approx(expected, rel=1e-9)


def test_what_needs_two_is_worth_nothing_beside_an_idle_partner():
    """Of a food of level 4 you, of level 2, get half, with somebody who comes; and nobody does better than that."""
    layout = next(
        k for k in range(50) if (f := world(size=3, foods=1, layout=k)[0]).worth[0] == 4 and max(f.levels) == 2
    )
    knobs = {"size": 3, "foods": 1, "layout": layout}
    assert regretlab.certificate("LevelForaging-v0", partner="idle", **knobs).optimal.value == 0
    helped = regretlab.certificate("LevelForaging-v0", partner="nearest", **knobs).optimal.value
    assert 0.4 < helped < 0.5


def test_simulation_agrees_with_the_exact_model():
    check_model(build("LevelForaging-v0", size=3, foods=1, partner=["careless", "follower"]))


@pytest.mark.parametrize("rule", module.RULES)
def test_what_the_rules_do(rule):
    """Of two foods at opposite corners; you stand by one, the partner by the other, which it can load alone or not."""
    p, s = world(partner=rule)
    p = p._replace(worth=np.array([4, 1]), levels=np.array([2, 1]))
    s.left[0] = 3
    rows, columns = np.divmod(np.arange(25), 5)
    beside = [
        next(
            cell
            for cell in range(25)
            if cell not in p.cells
            and abs(rows[cell] - rows[f]) + abs(columns[cell] - columns[f]) == 1
            and p.near[3, 1 - k, cell] > 0
        )
        for k, f in enumerate(p.cells)
    ]
    s.place[0] = [beside[1], beside[0]]  # the partner stands by food 0, of level 4
    prob = np.zeros(6)
    module.chance(p, s, 0, None, np.zeros(2, int), 0, prob)
    assert prob.sum() == pytest.approx(1)
    if rule in ("nearest", "greatest", "apart"):
        assert prob[5] == 1  # they load food 0
    elif rule in ("able", "follower"):  # they walk to food 1, which a level of 1 can load, or where you are
        move = int(prob.argmax())
        assert prob[move] == 1 and 1 <= move <= 4
        there = int(s.place[0, 1]) + (-5, 5, -1, 1)[move - 1]
        assert p.near[3, 1, there] == p.near[3, 1, beside[0]] - 1
    elif rule == "careless":
        assert prob[5] == pytest.approx(0.8 + 0.2 / 6) and prob[0] == pytest.approx(0.2 / 6)
    elif rule == "uniform":
        np.testing.assert_allclose(prob, 1 / 6)
    elif rule == "idle":
        assert prob[0] == 1


def test_a_lane_can_have_a_partner_of_its_own():
    environment = build("LevelForaging-v0", size=3, foods=1, partner=["careless", "follower"])
    batch = Batch(environment, 3, lane_parameters={"partner": np.array([1, 0, 1])})
    batch.reset(seed=0)
    assert batch.state.kind.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"partner": "nearst"}, "did you mean 'nearest'"),
        ({"partner": ["nearest", "train"]}, "'train' is not a rule"),
        ({"partner": []}, r"partner=\[\] is not allowed"),
        ({"partner": 3}, "partner=3 is not allowed"),
        ({"size": 2, "foods": 2}, "size=2 is not allowed: the grid is too small"),
        ({"size": 2, "players": 4}, "size=2 is not allowed"),
        ({"players": 5}, "players=5 is not allowed"),
    ],
)
def test_bad_knobs(knobs, message):
    with pytest.raises(ValueError, match=message):
        build("LevelForaging-v0", **({"foods": 1} | knobs))


def test_a_grid_that_is_too_large_has_no_certificate():
    with pytest.raises(ValueError, match="more than 200 states"):
        from regretlab.envs.core.model import enumerate_model

        enumerate_model(build("LevelForaging-v0"), limit=200)
