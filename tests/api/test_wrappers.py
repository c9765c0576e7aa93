"""The wrappers for memory: the same in kernels and around an environment of somebody else, and what both refuse."""

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import SyncVectorEnv

import regretlab
from regretlab import wrappers
from regretlab.envs.api.single import RegretLabEnv
from regretlab.envs.api.vector import RegretLabVectorEnv
from regretlab.envs.core.environment import from_module
from regretlab.envs.core.registry import build
from regretlab.envs.core.stacks import decode


class Opaque(gymnasium.Wrapper):
    """Hides that an environment is one of RegretLab."""


class Echo(gymnasium.Env):
    """Somebody's environment of given spaces: it shows random observations and keeps the actions that it is given."""

    def __init__(self, observation_space, action_space):
        self.observation_space, self.action_space = observation_space, action_space
        self.shown, self.given, self.day = [], [], 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        if seed is not None:
            self.observation_space.seed(seed)
        self.day = 0
        return self._look(), {"day": 0}

    def step(self, action):
        assert action in self.action_space
        self.given.append(action)
        self.day += 1
        return self._look(), 0.5, False, False, {"day": self.day}

    def _look(self):
        self.shown.append(self.observation_space.sample())
        return self.shown[-1]


def notes(*, vector=False, masked=False):
    return from_module("toys.notes", "toys/Notes-v0", {"vector": vector, "masked": masked})


MAZE = build("TMazePassive-v0", length=4, random_length=True)
FLOATS = spaces.Box(np.array([-1.0, 0.5], np.float32), np.array([1.0, 2.0], np.float32))


# The same in kernels and around ----------------------------------------------------------------------------------


def _alike(environment, seen, entries):
    """Compare an observation of RegretLab's own with one of the foreign wrapper."""
    if environment.spec.observation.kind == "vector":
        np.testing.assert_array_equal(seen.reshape(entries.shape), entries)
    elif entries.ndim:
        np.testing.assert_array_equal(decode(environment, seen) + 1, entries)
    else:
        assert seen == entries


@pytest.mark.parametrize("inner", [MAZE, notes(), notes(vector=True), notes(masked=True)], ids=range(4))
@pytest.mark.parametrize(
    "wrap",
    [
        lambda env: wrappers.frame_stack(env, 3),
        lambda env: wrappers.frame_stack(env, 2, pad="first"),
        lambda env: wrappers.adaptive_stack(env, 3),
        lambda env: wrappers.adaptive_stack(env, 2, heads="split", pad="first"),
        lambda env: wrappers.push_skip(env, 3, heads="split"),
        lambda env: wrappers.push_skip(env, 2),
        wrappers.previous_action,
        wrappers.is_first,
    ],
    ids=["window", "window first", "adaptive", "adaptive split", "push split", "push", "previous", "first"],
)
def test_step_by_step_the_same(inner, wrap):
    environment = wrap(inner)
    own, around = regretlab.make(environment), wrap(Opaque(regretlab.make(inner)))
    assert own.action_space == around.action_space
    for seed in (3, None, None, 4):
        (seen, info), (entries, their_info) = own.reset(seed=seed), around.reset(seed=seed)
        over = False
        own.action_space.seed(seed)
        while not over:
            _alike(environment, seen, entries)
            assert entries in around.observation_space
            np.testing.assert_equal(their_info, info)
            mask = own.action_masks()
            action = own.action_space.sample()
            if "action_mask" in info:  # the memory action stays as it was drawn
                action = np.atleast_1d(action)
                own_action = np.flatnonzero(mask[:3])[0]
                joint = isinstance(own.action_space, spaces.Discrete)
                action = action[0] // 3 * 3 + own_action if joint else np.array([own_action, action[1]])
            (seen, *outcome, info), (entries, *expected, their_info) = own.step(action), around.step(action)
            assert outcome == expected
            over = outcome[1] or outcome[2]
        _alike(environment, seen, entries)


@pytest.mark.parametrize("heads", ["joint", "split"])
def test_a_wrapped_vector_environment_is_that_of_wrapped_single_ones(heads):
    makers = [lambda: wrappers.adaptive_stack(regretlab.make(MAZE), 2, heads)] * 4
    theirs, ours = SyncVectorEnv(makers), wrappers.adaptive_stack(regretlab.make_vec(MAZE, 4), 2, heads)
    assert (theirs.action_space, theirs.observation_space) == (ours.action_space, ours.observation_space)
    np.testing.assert_array_equal(theirs.reset(seed=1)[0], ours.reset(seed=1)[0])
    ours.action_space.seed(0)
    for _ in range(30):
        actions = ours.action_space.sample()
        for expected, part in zip(theirs.step(actions)[:4], ours.step(actions)[:4], strict=True):
            np.testing.assert_array_equal(expected, part)


# Environments of RegretLab ----------------------------------------------------------------------------------------


def test_an_environment_of_regretlab_stays_one():
    env = wrappers.adaptive_stack(regretlab.make(MAZE, render_mode="ansi", max_episode_steps=2), 2)
    assert type(env) is RegretLabEnv
    env.reset(seed=0)
    assert "memory: [empty]" in env.render()
    assert [env.step(1)[3] for _ in range(2)] == [False, True]
    endless = wrappers.is_first(regretlab.make(MAZE, max_episode_steps=-1))
    assert endless.batch.max_episode_steps is None
    envs = wrappers.frame_stack(regretlab.make_vec(MAZE, 3, "SameStep", render_mode="ansi"), 2)
    assert type(envs) is RegretLabVectorEnv
    assert (envs.num_envs, envs.autoreset_mode.value, envs.render_mode) == (3, "SameStep", "ansi")


@pytest.mark.parametrize("make", [regretlab.make, lambda environment: regretlab.make_vec(environment, 2)])
def test_an_environment_that_has_begun_is_not_wrapped(make):
    env = make(MAZE)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="TMazePassive-v0 has been reset already: wrap it before"):
        wrappers.frame_stack(env, 2)


def test_actions_of_several_parts():
    joint, split = (
        regretlab.make(wrappers.adaptive_stack(notes(masked=True), 3, heads)) for heads in ("joint", "split")
    )
    assert split.action_space == spaces.MultiDiscrete([3, 3])
    (expected, _), (seen, info) = joint.reset(seed=1), split.reset(seed=1)
    own = int(np.argmax(split.action_masks()[:3]))
    np.testing.assert_array_equal(info["action_mask"], [*joint.action_masks()[:3], 1, 1, 1])  # part by part
    np.testing.assert_array_equal(split.action_masks(), info["action_mask"])
    assert seen == expected
    assert joint.step(own + 3 * 2)[:2] == split.step(np.array([own, 2]))[:2]
    envs = regretlab.make_vec(split.environment, 4)
    envs.reset(seed=1)
    assert envs.action_masks().shape == (4, 6)
    np.testing.assert_array_equal(envs.action_masks()[0], info["action_mask"])


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        ([0, 2], ValueError, r"action=\[0, 2\] is not allowed: part 1 must be from 0 to 1"),
        ([-1, 0], ValueError, r"action=\[-1, 0\] is not allowed: part 0 must be from 0 to 3"),
        ([0, 0, 0], ValueError, r"an action must have the shape \(2,\), not \(3,\)"),
        (3, ValueError, r"an action must have the shape \(2,\), not \(\)"),
        ([0.5, 0.0], TypeError, "must hold integers"),
        (None, TypeError, "must hold integers"),
    ],
)
@pytest.mark.parametrize("around", [False, True])
def test_wrong_actions_of_several_parts_are_refused(action, error, message, around):
    inner = Opaque(regretlab.make(MAZE)) if around else regretlab.make(MAZE)
    env = wrappers.adaptive_stack(inner, 2, heads="split")
    env.reset(seed=0)
    with pytest.raises(error, match=message):
        env.step(action)


def test_wrong_actions_of_several_lanes_are_refused():
    envs = wrappers.adaptive_stack(regretlab.make_vec(MAZE, 2), 2, heads="split")
    envs.reset(seed=0)
    with pytest.raises(ValueError, match=r"action=\[1, 2\] is not allowed: part 1 must be from 0 to 1"):
        envs.step(np.array([[1, 1], [1, 2]]))
    with pytest.raises(ValueError, match=r"an action must have the shape \(2, 2\), not \(2,\)"):
        envs.step(np.array([1, 1]))


# Environments of others -------------------------------------------------------------------------------------------

# A wrapped environment is checked as it is, which Gymnasium points out.
check_wrapped = pytest.mark.filterwarnings("ignore:.*is different from the unwrapped version")
THEIRS = [
    spaces.Discrete(5, start=-2),
    spaces.Box(0, 255, (4, 3, 1), np.uint8),
    FLOATS,
]
MOVES = [spaces.Discrete(3, start=1), spaces.MultiDiscrete([[2, 3]]), spaces.Box(-2.0, 4.0, (2,))]


@check_wrapped
@pytest.mark.parametrize("moves", MOVES, ids=["discrete", "several", "box"])
@pytest.mark.parametrize("seen", THEIRS, ids=["discrete", "image", "floats"])
@pytest.mark.parametrize("heads", ["joint", "split"])
def test_gymnasium_has_nothing_to_say(seen, moves, heads):
    levels = 4 if isinstance(moves, spaces.Box) else None
    for k in (1, 3):
        check_env(wrappers.adaptive_stack(Echo(seen, moves), k, heads, quantisation=levels), skip_render_check=True)
    check_env(wrappers.push_skip(Echo(seen, moves), 2, heads, "first", levels), skip_render_check=True)


@check_wrapped
@pytest.mark.parametrize(
    "wrap", [wrappers.previous_action, wrappers.is_first, lambda env: wrappers.frame_stack(env, 2)]
)
@pytest.mark.parametrize(
    ("seen", "moves"),
    [*((seen, moves) for seen in (THEIRS[0], FLOATS) for moves in MOVES[:2]), (FLOATS, spaces.Box(-1.0, 1.0, (2,)))],
)
def test_gymnasium_has_nothing_to_say_of_what_leaves_the_actions_alone(wrap, seen, moves):
    check_env(wrap(Echo(seen, moves)), skip_render_check=True)


def test_the_slots_hold_what_was_shown():
    inner = Echo(spaces.Discrete(5, start=-2), MOVES[0])
    env = wrappers.adaptive_stack(inner, 3)
    assert (env.observation_space, env.action_space) == (spaces.MultiDiscrete([6, 6, 6]), spaces.Discrete(9))
    shown = [env.reset(seed=0)[0], *(env.step(3 * memory)[0] for memory in (0, 0, 1))]
    x = [each + 3 for each in inner.shown]  # 1 + the number of the value, 0 an empty slot
    np.testing.assert_array_equal(shown, [[0, 0, x[0]], [0, x[0], x[1]], x[:3], [x[0], *x[2:]]])
    assert inner.given == [1, 1, 1]


def test_a_box_is_stacked_on_a_new_first_axis_with_zeros():
    inner = Echo(FLOATS, MOVES[0])
    env = wrappers.frame_stack(inner, 3)
    first, second = env.reset(seed=0)[0], env.step(1)[0]
    np.testing.assert_array_equal(first, [[0, 0], [0, 0], inner.shown[0]])
    np.testing.assert_array_equal(second, [[0, 0], *inner.shown])
    np.testing.assert_array_equal(env.observation_space.low, [[-1, 0], [-1, 0], [-1, 0.5]])
    np.testing.assert_array_equal(wrappers.frame_stack(inner, 2, "first").reset(seed=0)[0][0], inner.shown[2])


def test_what_is_shown_later_does_not_change_a_stack():
    class Reused(Echo):
        def _look(self):
            self.buffer = getattr(self, "buffer", np.ones(2, np.float32))
            self.buffer += 0.25
            return self.buffer

    env = wrappers.frame_stack(Reused(FLOATS, MOVES[0]), 2)
    env.reset(seed=0)
    np.testing.assert_array_equal(env.step(1)[0], [[1.25, 1.25], [1.5, 1.5]])


def test_parts_and_levels_of_actions():
    inner = Echo(FLOATS, MOVES[1])
    env = wrappers.adaptive_stack(inner, 4)
    assert env.action_space == spaces.Discrete(2 * 3 * 4)
    env.reset(seed=0)
    env.step(1 + 2 * 2 + 6 * 3)
    np.testing.assert_array_equal(inner.given, [[[1, 2]]])
    inner = Echo(FLOATS, MOVES[2])  # from -2 to 4
    env = wrappers.adaptive_stack(inner, 2, heads="split", quantisation=4)
    assert env.action_space == spaces.MultiDiscrete([4, 4, 2])
    env.reset(seed=0)
    for parts in ([0, 3, 0], [1, 2, 1]):
        env.step(np.array(parts))
    np.testing.assert_allclose(inner.given, [[-2, 4], [0, 2]], atol=1e-6)


def test_a_previous_action_around_other_environments():
    env = wrappers.previous_action(Echo(spaces.Discrete(5, start=-2), MOVES[1]))
    assert env.observation_space == spaces.Discrete(5 * 7)
    digits = [env.reset(seed=0)[0] // 5, env.step(np.array([[1, 2]]))[0] // 5]
    assert digits == [0, 1 + 1 + 2 * 2]
    env = wrappers.previous_action(Echo(FLOATS, MOVES[2]))
    assert env.reset(seed=0)[0][2:].tolist() == [1, 0, 0]
    assert env.step(np.array([4.0, -0.5], np.float32))[0][2:].tolist() == [0, 4, -0.5]


def test_the_true_state_of_other_environments():
    space = spaces.Discrete(100)
    for state in ("day", lambda env: env.unwrapped.day):
        env = wrappers.oracle_observation(Echo(FLOATS, MOVES[0]), state=state, space=space)
        assert [env.reset(seed=0)[0], env.step(1)[0], env.step(1)[0]] == [0, 1, 2]
        assert env.observation_space is space
    env = wrappers.oracle_observation(regretlab.make(build("TMazePassive-v0", length=4)))
    assert (type(env), env.observation_space) == (RegretLabEnv, spaces.Discrete(12))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda env: wrappers.push_skip(env, 2, "split"),
        lambda env: wrappers.is_first(wrappers.previous_action(env)),
        lambda env: wrappers.oracle_observation(env, "prob", spaces.Box(0.0, 1.0, ())),
    ],
)
def test_a_wrapped_environment_can_be_made_from_its_spec(wrap):
    env = wrap(gymnasium.make("FrozenLake-v1"))
    again = gymnasium.make(env.spec)
    assert (again.observation_space, again.action_space) == (env.observation_space, env.action_space)
    assert again.reset(seed=1)[0] in again.observation_space


# What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "space",
    [spaces.Dict({"a": FLOATS}), spaces.Tuple([FLOATS]), spaces.Text(3), spaces.MultiBinary(2)],
    ids=["dict", "tuple", "text", "binary"],
)
def test_other_observation_spaces_are_refused_by_their_name(space):
    name = type(space).__name__
    for wrap in (lambda env: wrappers.adaptive_stack(env, 2), wrappers.previous_action, wrappers.is_first):
        with pytest.raises(ValueError, match=f"the observation space {name}.* is not supported: it must be"):
            wrap(Echo(space, MOVES[0]))


def test_the_past_goes_to_vectors_and_numbers_only():
    for env in (Echo(THEIRS[1], MOVES[0]), Echo(THEIRS[0], MOVES[2]), Echo(spaces.Discrete(2**61), MOVES[0])):
        with pytest.raises(ValueError, match="is not supported: it must be a Box of one axis, or Discrete"):
            wrappers.previous_action(env)


def test_a_box_action_needs_levels():
    with pytest.raises(ValueError, match=r"quantisation must say how many levels each dimension .*Box\(-2.0, 4.0"):
        wrappers.adaptive_stack(Echo(FLOATS, MOVES[2]), 2)
    for levels in (1, 2.5, True, 10**30):
        with pytest.raises(
            ValueError, match=f"quantisation={levels} is not allowed: it must be an integer from 2 to 1,048,576"
        ):
            wrappers.push_skip(Echo(FLOATS, MOVES[2]), 2, quantisation=levels)
    unbounded = spaces.Box(-np.inf, np.inf, (2,))
    with pytest.raises(ValueError, match=r"quantisation is not possible in the action space Box\(-inf"):
        wrappers.adaptive_stack(Echo(FLOATS, unbounded), 2, quantisation=3)
    with pytest.raises(ValueError, match=r"heads='joint' is not allowed: there would be 2000000000000.* actions"):
        wrappers.adaptive_stack(Echo(FLOATS, spaces.Box(0.0, 1.0, (20,))), 2, quantisation=10)


def test_other_actions_have_no_levels():
    with pytest.raises(ValueError, match=r"quantisation=3 is not allowed: the action space Discrete\(3, start=1\)"):
        wrappers.adaptive_stack(Echo(FLOATS, MOVES[0]), 2, quantisation=3)
    with pytest.raises(ValueError, match=r"quantisation=3 is not allowed: the actions of regretlab/TMazePassive-v0"):
        wrappers.push_skip(MAZE, 2, quantisation=3)
    with pytest.raises(ValueError, match=r"the action space MultiBinary\(2\) is not supported"):
        wrappers.push_skip(Echo(FLOATS, spaces.MultiBinary(2)), 2)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0,), ValueError, "k=0 is not allowed"),
        ((1.5,), TypeError, "k=1.5 is not allowed"),
        ((2, "both"), ValueError, "heads='both' is not allowed"),
        ((2, "joint", "last"), ValueError, "pad='last' is not allowed"),
    ],
)
@pytest.mark.parametrize("env", [MAZE, Echo(FLOATS, MOVES[0])], ids=["own", "other"])
def test_wrong_arguments_are_refused_by_both(env, arguments, error, message):
    with pytest.raises(error, match=message):
        wrappers.adaptive_stack(env, *arguments)


@pytest.mark.parametrize(("seen", "most"), [(spaces.Discrete(3), 2**24), (FLOATS, 2**23), (THEIRS[1], 2**24 // 12)])
def test_a_stack_that_no_memory_holds_is_refused(seen, most):
    for k in (most + 1, 10**9, 2**70):
        with pytest.raises(ValueError, match=f"k={k} is not allowed: there may be at most 16,777,216 .* {most}$"):
            wrappers.adaptive_stack(Echo(seen, MOVES[0]), k)


def test_a_previous_action_that_cannot_be_shown_is_refused():
    many, pixels = spaces.MultiDiscrete([1000] * 5), spaces.Box(0, 255, (4,), np.uint8)
    with pytest.raises(ValueError, match="beside a Box there may be at most 16,777,215 actions"):
        wrappers.previous_action(Echo(FLOATS, many))
    assert wrappers.previous_action(Echo(spaces.Discrete(3), many)).observation_space.n == 3 * (10**15 + 1)
    with pytest.raises(ValueError, match="numbers of float32 cannot be shown in observations of uint8"):
        wrappers.previous_action(Echo(pixels, MOVES[2]))
    assert wrappers.previous_action(Echo(pixels, MOVES[0])).observation_space.shape == (8,)


def test_observations_of_more_values_than_are_counted_are_refused():
    with pytest.raises(ValueError, match=r"Discrete\(9223372036854775807\) is not supported: it may have"):
        wrappers.frame_stack(Echo(spaces.Discrete(2**63 - 1), MOVES[0]), 2)


@pytest.mark.parametrize(("action", "error"), [(6, ValueError), (-1, ValueError), (1.0, TypeError), (None, TypeError)])
def test_wrong_joint_actions_are_refused(action, error):
    env = wrappers.adaptive_stack(Echo(FLOATS, MOVES[0]), 2)
    env.reset(seed=0)
    with pytest.raises(error, match=f"action={action} is not allowed: it must be an integer from 0 to 5"):
        env.step(action)
    env.step(np.int64(5))


def test_a_state_must_be_known():
    with pytest.raises(TypeError, match="state and space must say what the state of"):
        wrappers.oracle_observation(Echo(FLOATS, MOVES[0]), state="day")
    with pytest.raises(TypeError, match="RegretLab knows the state of regretlab/TMaze"):
        wrappers.oracle_observation(MAZE, state="column", space=spaces.Discrete(3))
    with pytest.raises(TypeError, match="space=3 is not allowed: it must be a gymnasium Space"):
        wrappers.oracle_observation(Echo(FLOATS, MOVES[0]), state="day", space=3)
    env = wrappers.oracle_observation(Echo(FLOATS, MOVES[0]), state="week", space=spaces.Discrete(3))
    with pytest.raises(ValueError, match="state='week' is not allowed: info has 'day'"):
        env.reset(seed=0)


@pytest.mark.parametrize("env", ["TMazePassive-v0", SyncVectorEnv([lambda: Echo(FLOATS, MOVES[0])])])
def test_only_environments_are_wrapped(env):
    for wrap in (wrappers.is_first, lambda env: wrappers.frame_stack(env, 2)):
        with pytest.raises(
            TypeError, match="is not allowed: it must be an Environment, an environment of RegretLab or"
        ):
            wrap(env)
