import copy
import dataclasses

import numpy as np
import pytest

from regretlab.envs.core.batch import CHUNK, Batch
from regretlab.envs.core.environment import from_module
from regretlab.envs.core.model import enumerate_model
from regretlab.testing import check_declaration, check_determinism, check_equality, check_model


def toy(name, **knobs):
    return from_module(f"toys.{name}", f"toys/{name.title()}-v0", knobs)


MARKET, DRIFT, LAMP = toy("market", days=7), toy("drift", noise=0.3), toy("lamp", side=4)
TOYS = [MARKET, DRIFT, LAMP]


def without_masks(environment):
    """Any number of crates may be brought; those that do not fit are lost."""
    return dataclasses.replace(environment, defined=environment.defined - {"legal"})


@pytest.mark.parametrize("environment", TOYS, ids=lambda e: e.id)
@pytest.mark.parametrize("check", [check_declaration, check_equality, check_determinism, check_model])
def test_the_kit_holds_for_every_part_of_the_contract(environment, check):
    check(environment)


def test_the_kit_holds_for_the_model_of_the_market_without_masks():
    check_model(without_masks(MARKET))


def test_a_batch_of_several_chunks_equals_its_lanes():
    batch = Batch(MARKET, CHUNK + 3)
    batch.reset(seed=5)
    last = Batch(MARKET, 3)
    last.reset(seed=5 + CHUNK)
    actions = np.zeros((CHUNK + 3, 2), np.int64)
    for _ in range(10):
        observations = batch.step(actions)[0]
        np.testing.assert_array_equal(observations[CHUNK:], last.step(actions[CHUNK:])[0])


def test_a_wrong_action_in_a_late_chunk_moves_no_lane():
    batch = Batch(LAMP, CHUNK + 3)
    batch.reset(seed=5)
    before = batch.get_state()
    actions = np.zeros(CHUNK + 3, np.int64)
    actions[-1] = 4
    with pytest.raises(ValueError, match=f"action 4 of player 0 in lane {CHUNK + 2}"):
        batch.step(actions)
    np.testing.assert_array_equal(batch.state.lit, before.state.lit)
    np.testing.assert_array_equal(batch.clock, 0)


def test_lane_parameters_are_read_lane_by_lane():
    batch = Batch(MARKET, 4, lane_parameters={"price": [1.0, 2.0, 3.0, 4.0]})
    batch.reset(seed=0, outcome=2)
    actions = np.tile([1, 0], (4, 1))
    total = np.zeros(4)
    for _ in range(20):
        total += batch.step(actions)[1][:, 0]
    assert np.all(total > 0)
    np.testing.assert_array_equal(total % [1.0, 2.0, 3.0, 4.0], 0.0)
    alone = Batch(MARKET, 1, lane_parameters={"price": 3.0})
    alone.reset(seed=2, outcome=2)
    assert sum(alone.step(actions[:1])[1][0, 0] for _ in range(20)) == total[2]


def test_chosen_starts_do_not_move_the_stream():
    chosen, free = Batch(MARKET, 6), Batch(MARKET, 6)
    chosen.reset(seed=1, outcome=np.array([[2, 1]] * 6))
    free.reset(seed=1)
    assert np.all(chosen.state.stock == 2) and np.all(chosen.state.rain == 1)
    np.testing.assert_array_equal(chosen.streams, free.streams)


@pytest.mark.parametrize("outcome", [3, -2, 1, [[0, 0]] * 4])
def test_an_impossible_start_is_refused(outcome):
    """Stock 1 has probability zero, and so has sunshine (0) after a stock of 0."""
    with pytest.raises(ValueError, match="not a possible start"):
        Batch(MARKET, 4).reset(seed=0, outcome=np.array(outcome))


def test_resets_of_some_lanes_leave_the_others_alone():
    batch = Batch(DRIFT, 4, autoreset="disabled")
    batch.reset(seed=3)
    for _ in range(5):
        batch.step(np.ones(4, np.int64))
    before = batch.get_state()
    mask = np.array([True, False, False, True])
    batch.reset(mask=mask)
    np.testing.assert_array_equal(batch.clock, [0, 5, 5, 0])
    np.testing.assert_array_equal(batch.state.place[~mask], before.state.place[~mask])
    assert not np.any(batch.state.place[mask] == before.state.place[mask])


@pytest.mark.parametrize("environment", TOYS, ids=lambda e: e.id)
@pytest.mark.parametrize("autoreset", ["next_step", "same_step", "disabled"])
def test_a_deep_copy_goes_on_by_itself(environment, autoreset):
    """Also through resets, whose list of lanes shares memory with flags, and with lanes in several chunks."""
    lanes = 5 if environment is not DRIFT else CHUNK + 5
    batch = Batch(environment, lanes, autoreset=autoreset, max_episode_steps=4)
    actions = np.zeros((lanes, environment.spec.players), np.int64)

    def go_on(batch):
        heard = []
        for _ in range(12):
            if batch.done.any() and autoreset == "disabled":
                batch.reset(mask=batch.done.copy())
            heard.append(copy.deepcopy((*batch.step(actions), batch.clock, batch.final_observation)))
        return heard

    batch.reset(seed=3)
    batch.step(actions)
    twin = copy.deepcopy(batch)
    kept = batch.get_state()
    first = go_on(twin)
    np.testing.assert_array_equal(batch.clock, kept.lanes.clock)
    for one, other in zip(first, go_on(batch), strict=True):
        for mine, yours in zip(one, other, strict=True):
            np.testing.assert_array_equal(mine, yours)
    assert any(step[4].min() == 0 for step in first) or autoreset == "disabled"


def test_a_deep_copy_of_a_batch_that_was_not_reset_has_no_episode_either():
    twin = copy.deepcopy(Batch(MARKET, 2, lane_parameters={"price": [1.0, 2.0]}, max_episode_steps=-1))
    np.testing.assert_array_equal(twin.state.price, [1.0, 2.0])
    assert twin.environment is MARKET and twin.max_episode_steps is None
    with pytest.raises(RuntimeError, match="reset before step"):
        twin.step(np.zeros((2, 2), int))


def test_a_snapshot_of_another_environment_is_refused():
    """Markets of any number of days have arrays of the same shapes."""
    batch = Batch(MARKET, 2)
    batch.reset(seed=0)
    batch.set_state(Batch(toy("market", days=7), 2).get_state())
    for other, message in (
        (Batch(toy("market", days=8), 2), "of .*Market.*'days': 8.*, not of .*'days': 7"),
        (Batch(LAMP, 2), "of .*Lamp"),
    ):
        other.reset(seed=0)
        with pytest.raises(ValueError, match=f"the snapshot is {message}"):
            batch.set_state(other.get_state())
    with pytest.raises(ValueError, match=r"the snapshot's array \(3"):
        batch.set_state(Batch(MARKET, 3).get_state())


def test_an_image_is_painted_once_after_each_move():
    batch, painted = Batch(LAMP, 2), []
    batch.reset(seed=0)
    paint = batch._observe_loop
    batch._observe_loop = lambda *arguments: (painted.append(1), paint(*arguments))
    saved = batch.get_state()
    for move in (
        lambda: batch.step(np.ones(2, np.int64)),
        lambda: batch.reset(seed=1),
        lambda: batch.set_state(saved),
    ):
        painted.clear()
        move()
        shown = batch.observation.copy()
        np.testing.assert_array_equal(batch.observation, shown)
        assert len(painted) == 1
        np.testing.assert_array_equal(batch.observe(), shown)


def test_truncation_and_its_override():
    """The lamp has a horizon of 5; -1 lifts it."""
    for limit, steps in ((None, 5), (7, 7)):
        batch = Batch(LAMP, 1, max_episode_steps=limit)
        batch.reset(seed=0)
        flags = [np.copy(batch.step(np.ones(1, np.int64))[2:]) for _ in range(steps - 1)]
        assert not np.any(flags)
        _, _, terminated, truncated = batch.step(np.ones(1, np.int64))
        assert truncated[0] and not terminated[0]
    endless = Batch(LAMP, 1, max_episode_steps=-1)
    endless.reset(seed=0)
    assert endless.max_episode_steps is None
    assert not any(endless.step(np.ones(1, np.int64))[3][0] for _ in range(20))


@pytest.mark.parametrize(
    ("actions", "error", "message"),
    [
        (np.zeros((2, 2)), TypeError, "integers"),
        (np.zeros((2, 3), int), ValueError, r"\(2, 2\)"),
        ([[0, 0], [2, 0]], ValueError, "action 2 of player 0 in lane 1"),
        ([[0, 0], [-1, 0]], ValueError, "action -1 of player 0 in lane 1"),
        ([[0, 2], [0, 2]], ValueError, "action 2 of player 1 in lane 0 is not allowed: it must be one of"),
    ],
)
def test_bad_actions_are_refused_and_named(actions, error, message):
    batch = Batch(MARKET, 2)
    batch.reset(seed=0, outcome=2)
    with pytest.raises(error, match=message):
        batch.step(np.array(actions))


def test_bad_arguments_are_refused_and_named():
    for keywords, message in (
        ({"lanes": 0}, "lanes=0"),
        ({"lanes": 2, "autoreset": "never"}, "autoreset='never'"),
        ({"lanes": 2, "max_episode_steps": 0}, "max_episode_steps=0"),
        ({"lanes": 2, "max_episode_steps": -2}, "max_episode_steps=-2"),
        ({"lanes": 2, "lane_parameters": {"cost": 1}}, "'cost'"),
        ({"lanes": 2, "lane_parameters": {"price": [1, 2, 3]}}, "price"),
    ):
        with pytest.raises(ValueError, match=message):
            Batch(MARKET, **keywords)
    batch = Batch(MARKET, 2)
    with pytest.raises(RuntimeError, match="reset before step"):
        batch.step(np.zeros((2, 2), int))
    with pytest.raises(ValueError, match="first reset"):
        batch.reset(mask=np.array([True, False]))
    with pytest.raises(ValueError, match="mask"):
        batch.reset(mask=np.ones(3, bool))
    with pytest.raises(ValueError, match="seed must be an integer or hold 2 integers, not 3"):
        batch.reset(seed=[1, 2, 3])
    for seed in (1.5, [1, 2.7], [1, None], "ab", {1, 2}, np.array([0.0, 1.0])):
        with pytest.raises(TypeError, match=r"seed=.* is not allowed: it must be an integer or hold 2 integers"):
            batch.reset(seed=seed)
    with pytest.raises(ValueError, match="images"):
        Batch(toy("lamp", side=512), 20_000)


def test_a_disabled_batch_refuses_to_step_an_ended_lane():
    batch = Batch(MARKET, 2, autoreset="disabled", max_episode_steps=1)
    batch.reset(seed=0)
    batch.step(np.zeros((2, 2), int))
    with pytest.raises(RuntimeError, match="autoreset is disabled"):
        batch.step(np.zeros((2, 2), int))


def test_counterfactual_rewards():
    batch = Batch(MARKET, 3, lane_parameters={"price": [1.0, 2.0, 5.0]})
    batch.reset(seed=0)
    table = batch.payoffs(np.zeros((3, 2), int))
    np.testing.assert_array_equal(table[:, 0], [[0, 1, 0], [0, 2, 0], [0, 5, 0]])
    np.testing.assert_array_equal(table[:, 1], [[0, -1, -2]] * 3)
    for wrong in (2, -1, 10**12):
        actions = np.zeros((3, 2), int)
        actions[1, 0] = wrong
        with pytest.raises(ValueError, match=f"action {wrong} of player 0 in lane 1 is not allowed: it must be 0 to 1"):
            batch.payoffs(actions)
    with pytest.raises(ValueError, match="bandit feedback only"):
        Batch(DRIFT, 1).payoffs(np.zeros(1, int))


def test_a_model_is_refused_where_there_is_none():
    with pytest.raises(ValueError, match="continuous random numbers"):
        enumerate_model(DRIFT)
    with pytest.raises(ValueError, match="more than 30 states"):
        enumerate_model(without_masks(toy("market", days=40)), limit=30)
    with pytest.raises(ValueError, match="Market-v0 has action masks"):
        enumerate_model(MARKET)


def test_the_model_of_a_staged_two_player_environment():
    """By hand: from stock 2 in the sun, open with no crate: rain 1/4; a sale 3/4 in the sun of stage 0, 1/4 in rain."""
    model = enumerate_model(without_masks(MARKET))
    states = model.states
    here = np.flatnonzero((states.day == 0) & (states.stock == 2) & (states.rain == 0))[0]
    np.testing.assert_allclose(model.initial[here], 0.25)
    joint = np.ravel_multi_index((1, 0), model.actions)
    row = model.transitions[here * model.joint_actions + joint].toarray()[0]
    outcomes = {(int(states.stock[j]), int(states.rain[j])): row[j] for j in np.flatnonzero(row)}
    np.testing.assert_allclose(
        [outcomes[key] for key in ((1, 0), (2, 0), (1, 1), (2, 1))],
        [0.75 * 0.75, 0.75 * 0.25, 0.25 * 0.25, 0.25 * 0.75],
    )
    np.testing.assert_allclose(model.rewards[here, joint], [2 * (0.75 * 0.75 + 0.25 * 0.25)] * 2)
