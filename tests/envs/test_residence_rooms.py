import numpy as np
import pytest
from grids import bounce, dynamics, moves

from regretlab.envs.core import canvas
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Last
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import optimal_gain, policy_gain, residence_time, stationary_law
from regretlab.solvers.chain import chain_under
from regretlab.testing import check_equality, check_model, check_pictures

ID = "ResidenceRooms-v0"


def optimal_chain(environment):
    model = enumerate_model(environment)
    return model, chain_under(model, optimal_gain(model).policy)[0]


def test_every_transition_follows_the_rule():
    # Riemer et al. 2022 and their repository (NCycleClass), with geometric visits of mean 2 side**exponent.
    rooms, side, slip = 3, 3, 0.2
    environment = build(ID, rooms=rooms, side=side, slip=slip, exponent=2)
    goals, change = [(0, 0), (2, 2), (2, 0)], 1 / 18
    index = [(room, row, column) for room in range(rooms) for row in range(side) for column in range(side)]
    transitions, rewards = dynamics(environment, enumerate_model(environment), index)
    expected, paid = np.zeros_like(transitions), np.zeros_like(rewards)
    for n, (room, *cell) in enumerate(index):
        for action in range(4):
            for step, weight in moves(action, slip):
                there = bounce(cell, step, side)
                following = [there]
                if there == goals[room]:
                    paid[n, action] += weight
                    following = [(row, column) for row in range(side) for column in range(side)]
                for each in following:
                    share = weight / len(following)
                    expected[n, action, index.index((room, *each))] += share * (1 - change)
                    expected[n, action, index.index(((room + 1) % rooms, *each))] += share * change
    np.testing.assert_allclose(transitions, expected, atol=1e-14)
    np.testing.assert_allclose(rewards, paid, atol=1e-14)


@pytest.mark.parametrize(("side", "exponent"), [(3, 0), (5, 1), (4, 2)])
def test_the_clock_alone_decides_how_long_a_visit_takes(side, exponent):
    # A visit lasts 2 side**exponent steps on average (reference values), under any policy: mass over flow is exact.
    environment = build(ID, side=side, exponent=exponent)
    model, chain = optimal_chain(environment)
    uniform = chain_under(model, np.full((model.size, 4), 0.25))[0]
    for each in (chain, uniform):
        law = stationary_law(each).law
        for region in environment.regions(model.states).values():
            assert law[region].sum() == pytest.approx(1 / 4, abs=1e-12)
            assert residence_time(each, region) == pytest.approx(2 * side**exponent, rel=1e-9)


def test_one_long_visit_is_worth_what_one_room_is():
    # As visits grow, the gain tends to that of one room with a goal in a corner: the mean way of the renewals.
    gains = [optimal_gain(enumerate_model(build(ID, side=3, exponent=x, slip=0.0))).gain for x in (0, 3, 8)]
    # From a cell at distance d > 0 it takes d steps, from the goal 2; distances 1, 1, 2, 2, 2, 3, 3, 4.
    assert gains[2] == pytest.approx(9 / (2 + 1 + 1 + 2 + 2 + 2 + 3 + 3 + 4), abs=1e-3)
    assert abs(gains[1] - gains[2]) < abs(gains[0] - gains[2])


def test_the_solved_policy_earns_its_gain():
    environment = build(ID, goals="seeded", seed=3)
    model = enumerate_model(environment)
    best = optimal_gain(model)
    assert policy_gain(model, best.policy).value == pytest.approx(best.gain, abs=1e-12)
    lanes, steps = 400, 2_000
    batch = Batch(environment, lanes)
    batch.reset(seed=1)
    earned = np.zeros(lanes)
    for _ in range(steps):
        earned += batch.step(best.policy[model.locate(batch)][:, None])[1][:, 0]
    # Six standard errors, and the span of the bias for the start.
    slack = 6 * (earned / steps).std(ddof=1) / np.sqrt(lanes) + best.span / steps
    assert earned.mean() / steps == pytest.approx(best.gain, abs=slack)


def test_large_rooms_cost_nothing():
    environment = build(ID, side=10_000, goals="seeded")
    assert environment.spec.outcomes == 10_000
    batch = Batch(environment, 4)
    batch.reset(seed=0)
    for _ in range(50):
        batch.step(np.zeros((4, 1), np.int64))


@pytest.mark.parametrize("knobs", [{"goals": "seeded", "exponent": 0}, {"side": 2, "slip": 1.0, "rooms": 2}])
def test_other_knobs_pass_the_kit(knobs):
    environment = build(ID, **knobs)
    for check in (check_equality, check_model, check_pictures):
        check(environment)


def test_places_are_rooms_rows_and_columns():
    environment = build(ID, rooms=2)
    model = enumerate_model(environment)
    room, cell = np.divmod(model.observations[:, 0], 25)
    np.testing.assert_array_equal(environment.places(model.states), np.stack([room, cell // 5, cell % 5], axis=1))


def test_the_picture_shows_which_room_it_is():
    environment = build(ID)
    lefts = []
    for room in range(4):
        state = environment.new_state(1)
        state.room[0] = room
        last = Last(1, np.array([0]), np.zeros(1), np.zeros(1))
        frame = environment.paint(environment.params, state, 0, last)
        assert f"room {room} of 0..3" in environment.ansi(environment.params, state, 0, last)
        lefts.append(np.nonzero(np.all(frame[70:94, 372:616] == canvas.ACCENT, axis=-1))[1].mean())
    assert np.allclose(np.diff(lefts), 20, atol=1)


@pytest.mark.parametrize("knobs", [{"rooms": 1}, {"exponent": -1}, {"exponent": 9}, {"side": 1}, {"goals": "middle"}])
def test_bad_knobs_are_refused(knobs):
    name, value = next(iter(knobs.items()))
    with pytest.raises(ValueError, match=f"{name}={value!r} is not allowed"):
        build(ID, **knobs)
