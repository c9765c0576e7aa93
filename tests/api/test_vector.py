"""The Gymnasium vector environment, against ``SyncVectorEnv`` of the single one."""

from __future__ import annotations

import copy

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers.vector import RecordEpisodeStatistics

import regretlab

LANES = 6
TASKS = [
    ("toys/Signal-v0", {}),
    ("toys/Signal-v0", {"seen": "vector", "masked": True}),
    ("toys/Signal-v0", {"seen": "image", "horizon": 3}),
    ("TMazePassive-v0", {"random_length": True, "length": 4}),
    ("RiverSwim-v0", {}),
    ("HermiteEta-v0", {"decisions": 3, "starts": 2}),
    ("PartnerGame-v0", {}),
]


def _pair(id, knobs, mode, **arguments):
    """Return Gymnasium's vector environment of single environments, and ours."""
    makers = [lambda: regretlab.make(id, **arguments, **knobs)] * LANES
    return SyncVectorEnv(makers, autoreset_mode=mode), regretlab.make_vec(id, LANES, mode, **arguments, **knobs)


def _check_infos(theirs, ours):
    """Compare infos: ``final_obs`` is stacked in ours, and the mask of a final state's actions is left out."""
    theirs = dict(theirs)
    ours = dict(ours)
    if "final_obs" in theirs:
        rows, mask = theirs.pop("final_obs"), ours["_final_obs"]
        stacked = ours.pop("final_obs")
        assert np.array_equal(np.stack(list(rows[mask])), stacked[mask])
        assert not stacked[~mask].any()
        final = {name: each for name, each in theirs.pop("final_info").items() if "action_mask" not in name}
        _check_infos(final, ours.pop("final_info"))
    assert theirs.keys() == ours.keys()
    for name, expected in theirs.items():
        assert ours[name].dtype == expected.dtype
        assert np.array_equal(ours[name], expected), name


def _check(theirs, ours):
    assert [part.dtype for part in theirs[:-1]] == [part.dtype for part in ours[:-1]]
    assert all(np.array_equal(a, b) for a, b in zip(theirs[:-1], ours[:-1], strict=True))
    _check_infos(theirs[-1], ours[-1])


def _legal(vector, generator):
    return np.array([generator.choice(np.flatnonzero(mask)) for mask in vector.action_masks()])


@pytest.mark.parametrize("mode", AutoresetMode)
@pytest.mark.parametrize(("id", "knobs"), TASKS)
def test_equals_gymnasiums_vector_of_single_environments(id, knobs, mode):
    theirs, ours = _pair(id, knobs, mode)
    assert theirs.observation_space == ours.observation_space
    assert theirs.action_space == ours.action_space
    generator = np.random.default_rng(0)
    _check(theirs.reset(seed=17), ours.reset(seed=17))
    for _ in range(40):
        actions = _legal(ours, generator)
        returned = theirs.step(actions), ours.step(actions)
        _check(*returned)
        ended = returned[1][2] | returned[1][3]
        if mode is AutoresetMode.DISABLED and ended.any():
            _check(theirs.reset(options={"reset_mask": ended}), ours.reset(options={"reset_mask": ended}))
    _check(theirs.reset(seed=[3, 1, 4, 1, 5, 9]), ours.reset(seed=[3, 1, 4, 1, 5, 9]))


@pytest.mark.parametrize("mode", AutoresetMode)
def test_partial_resets_equal_gymnasiums_in_every_mode(mode):
    theirs, ours = _pair("toys/Signal-v0", {"seen": "vector"}, mode)
    generator = np.random.default_rng(1)
    _check(theirs.reset(seed=1), ours.reset(seed=1))
    for round in range(30):
        ended = ours.step(zeros := np.zeros(LANES, np.int64))
        _check(theirs.step(zeros), ended)
        mask = (generator.random(LANES) < 0.3) | ended[2] | ended[3]
        if mask.any():
            seed = None if round % 2 else round
            options = {"reset_mask": mask, "outcome": round % 4}
            _check(theirs.reset(seed=seed, options=dict(options)), ours.reset(seed=seed, options=options))
            assert list(options) == ["reset_mask", "outcome"]


@pytest.mark.parametrize("mode", AutoresetMode)
def test_a_time_limit_equals_that_of_the_single_environments(mode):
    theirs, ours = _pair("toys/Signal-v0", {"horizon": 9}, mode, max_episode_steps=3)
    _check(theirs.reset(seed=2), ours.reset(seed=2))
    for _ in range(30):
        returned = [env.step(np.ones(LANES, np.int64)) for env in (theirs, ours)]
        _check(*returned)
        ended = returned[1][2] | returned[1][3]
        if mode is AutoresetMode.DISABLED and ended.any():
            _check(*(env.reset(options={"reset_mask": ended.copy()}) for env in (theirs, ours)))


@pytest.mark.parametrize("mode", AutoresetMode)
def test_the_mode_is_told_as_gymnasium_wants_it(mode):
    for given in (mode, mode.value):
        env = gymnasium.make_vec("toys/Signal-v0", 2, autoreset_mode=given)
        assert env.metadata["autoreset_mode"] is mode
        assert env.autoreset_mode is mode


@pytest.mark.parametrize("mode", AutoresetMode)
def test_gymnasiums_episode_statistics_equal_a_count_by_hand(mode):
    env = RecordEpisodeStatistics(regretlab.make_vec("toys/Signal-v0", LANES, mode, horizon=7), buffer_length=1000)
    env.reset(seed=3)
    generator = np.random.default_rng(3)
    returns, lengths = np.zeros(LANES), np.zeros(LANES, int)
    waiting = np.zeros(LANES, bool)
    expected = []
    for _ in range(120):
        _, rewards, terminated, truncated, infos = env.step(generator.integers(0, 3, LANES))
        counted = ~waiting
        returns[counted] += rewards[counted]
        lengths[counted] += 1
        ended = terminated | truncated
        for lane in np.flatnonzero(ended):
            assert (infos["episode"]["r"][lane], infos["episode"]["l"][lane]) == (returns[lane], lengths[lane])
            expected.append((returns[lane], lengths[lane]))
        returns[ended], lengths[ended] = 0.0, 0
        if mode is AutoresetMode.NEXT_STEP:
            waiting = ended
        elif mode is AutoresetMode.DISABLED and ended.any():
            env.reset(options={"reset_mask": ended})
    assert list(zip(env.return_queue, env.length_queue, strict=True)) == expected
    assert len(expected) > 60


def test_a_masked_reset_leaves_the_statistics_of_other_lanes():
    """`RecordEpisodeStatistics` forgets all lanes when the environment takes ``reset_mask`` out of the options."""
    env = RecordEpisodeStatistics(regretlab.make_vec("RiverSwim-v0", 2, AutoresetMode.DISABLED))
    env.reset(seed=0)
    for _ in range(5):
        env.step(np.zeros(2, np.int64))
    env.reset(options={"reset_mask": np.array([True, False])})
    assert env.episode_lengths.tolist() == [0, 5]


def test_what_is_returned_is_a_copy():
    env = regretlab.make_vec("toys/Signal-v0", LANES, "SameStep", horizon=2)
    kept = [env.reset(seed=0)[0]]
    copies = [kept[0].copy()]
    for _ in range(4):
        observations, *flags, infos = env.step(np.zeros(LANES, np.int64))
        parts = [observations, *flags, infos["light"], *([infos["final_obs"]] if "final_obs" in infos else [])]
        kept += parts
        copies += [part.copy() for part in parts]
    assert all(np.array_equal(a, b) for a, b in zip(kept, copies, strict=True))
    assert not any(np.shares_memory(a, b) for k, a in enumerate(kept) for b in kept[:k])


def test_starts_can_be_chosen_by_lane():
    env = regretlab.make_vec("toys/Signal-v0", 4)
    assert env.reset(options={"outcome": np.array([3, 2, 1, 0])})[0].tolist() == [4, 3, 2, 1]


def test_a_saved_state_goes_on_the_same_way():
    env = regretlab.make_vec("toys/Signal-v0", LANES, render_mode="ansi")
    env.reset(seed=0)
    for _ in range(3):
        env.step(np.zeros(LANES, np.int64))
    saved, pictures = env.get_state(), env.render()
    ahead = [env.step(np.ones(LANES, np.int64))[0] for _ in range(20)]
    env.set_state(saved)
    assert env.render() == pictures
    assert np.array_equal([env.step(np.ones(LANES, np.int64))[0] for _ in range(20)], ahead)


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_pictures_are_those_of_the_single_environments(mode):
    theirs, ours = _pair("toys/Signal-v0", {"horizon": 4}, mode, render_mode="ansi")
    assert ours.reset(seed=5)[0].shape == theirs.reset(seed=5)[0].shape
    for _ in range(12):
        assert ours.render() == theirs.render()
        for env in (theirs, ours):
            env.step(np.full(LANES, 2))
    frames = regretlab.make_vec("TMazePassive-v0", 2, render_mode="rgb_array")
    frames.reset(seed=0)
    assert [frame.dtype for frame in frames.render()] == [np.uint8] * 2


def test_the_state_is_by_lane():
    env = regretlab.make_vec("toys/Signal-v0", 3)
    observations, _ = env.reset(seed=0)
    assert {name: array.tolist() for name, array in env.state().items()} == {
        "light": observations.tolist(),
        "steps": [0, 0, 0],
    }


@pytest.mark.parametrize("mode", AutoresetMode)
@pytest.mark.parametrize(("id", "knobs"), TASKS)
def test_a_deep_copy_goes_on_by_itself(id, knobs, mode):
    vector = regretlab.make_vec(id, LANES, mode, max_episode_steps=3, **knobs)
    vector.reset(seed=4)
    twin = copy.deepcopy(vector)
    for _ in range(8):
        actions = np.argmax(vector.action_masks(), axis=1)
        heard = [each.step(actions) for each in (vector, twin)]
        assert gymnasium.utils.env_checker.data_equivalence(*heard)
        if mode is AutoresetMode.DISABLED and vector.batch.done.any():
            mask = vector.batch.done.copy()
            again = [each.reset(options={"reset_mask": mask}) for each in (vector, twin)]
            assert gymnasium.utils.env_checker.data_equivalence(*again)


def test_without_info_and_mask_there_are_no_infos():
    vector = regretlab.make_vec("RiverSwim-v0", 3)
    assert vector.reset(seed=0)[1] == {}
    assert vector.step(np.zeros(3, np.int64))[4] == {}


# Bad input ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def vector():
    env = regretlab.make_vec("toys/Signal-v0", 3, AutoresetMode.DISABLED)
    env.reset(seed=0)
    return env


@pytest.mark.parametrize(
    ("mask", "error"),
    [
        (np.ones(2, bool), ValueError),
        (np.ones((3, 1), bool), ValueError),
        (np.zeros(3, bool), ValueError),
        (np.ones(3, np.int8), TypeError),
        ([True, True, True], TypeError),
    ],
)
def test_a_reset_mask_of_another_shape_or_type(vector, mask, error):
    with pytest.raises(error, match="reset_mask"):
        vector.reset(options={"reset_mask": mask})


def test_an_unknown_option(vector):
    with pytest.raises(ValueError, match="options has no 'mask': the keys of a reset are 'outcome', 'reset_mask'"):
        vector.reset(options={"mask": np.ones(3, bool)})


@pytest.mark.parametrize(
    ("actions", "error", "message"),
    [
        ([0, 1, 3], ValueError, "action 3 of player 0 in lane 2 is not allowed: it must be 0 to 2"),
        ([0, -1, 0], ValueError, "action -1 of player 0 in lane 1"),
        ([0.0, 1.0, 0.0], TypeError, "actions must be integers, not an array of float64"),
        ([0, 1], ValueError, "actions must have the shape"),
    ],
)
def test_wrong_actions(vector, actions, error, message):
    with pytest.raises(error, match=message):
        vector.step(np.array(actions))


def test_a_lane_that_ended_waits_for_its_reset():
    vector = regretlab.make_vec("toys/Signal-v0", 3, AutoresetMode.DISABLED, horizon=1)
    vector.reset()
    vector.step(np.zeros(3, np.int64))
    with pytest.raises(RuntimeError, match="reset them"):
        vector.step(np.zeros(3, np.int64))


def test_step_needs_a_reset():
    with pytest.raises(RuntimeError, match="call reset before step"):
        regretlab.make_vec("toys/Signal-v0", 2).step(np.zeros(2, np.int64))


@pytest.mark.parametrize("seed", [[1, 2], [1, 2, 3, 4]])
def test_a_list_of_seeds_has_one_a_lane(vector, seed):
    with pytest.raises(ValueError, match="seed must be"):
        vector.reset(seed=seed)


@pytest.mark.parametrize("seed", [1.5, [1, 2.7, 3], [1, None, 3]])
def test_seeds_are_integers(vector, seed):
    with pytest.raises(TypeError, match=r"seed=.* is not allowed: it must be an integer or hold 3 integers"):
        vector.reset(seed=seed)


@pytest.mark.parametrize("mode", ["next_step", "Never", None])
def test_an_unknown_autoreset_mode(mode):
    with pytest.raises(ValueError, match=r"autoreset_mode=.* is not allowed: it must be one of 'NextStep'"):
        regretlab.make_vec("toys/Signal-v0", 2, mode)


@pytest.mark.parametrize("lanes", [0, -1, 2.0, "4"])
def test_the_number_of_lanes_is_a_positive_integer(lanes):
    with pytest.raises(ValueError, match="lanes="):
        regretlab.make_vec("toys/Signal-v0", lanes)
