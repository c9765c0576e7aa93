import itertools

import numpy as np
import pytest

import regretlab
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Last
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.memory import tmaze_ni
from regretlab.envs.memory.tmaze_ni import CORRIDOR, CUE, CUE_DOWN, DOWN, JUNCTION, LEFT, LOWER, RIGHT, UP, UPPER
from regretlab.solvers.criteria import evaluate
from regretlab.solvers.model_data import uniform_policy
from regretlab.testing import check_equality, check_model

#: Uniform random play by exact dynamic programming, by oracle length and length (source: the published environment).
RANDOM_PLAY = {(0, 1): -11 / 16, (0, 2): -53 / 64, (1, 1): -215 / 256, (1, 2): -443 / 512}
CODES = {(0, 0): 0, (0, 1): 1, (0, -1): 2, (1, 0): 3, (1, 1): 4, (1, -1): 5}


def maze(**knobs):
    return build("TMazeNi-v0", **knobs)


def look_first(observations):
    cues = [seen for seen in observations if seen in (CUE, CUE_DOWN)]
    if not cues:
        return LEFT
    return RIGHT if observations[-1] != JUNCTION else (UP if cues[0] == CUE else DOWN)


def published(length, oracle, penalty, distract, goal_y, actions):
    """The task as its source words it, written anew: vectors and rewards of a sequence of actions."""
    x, y, seen, steps = oracle, 0, False, length + 1 + 2 * oracle
    open_cells = {(k, 0) for k in range(oracle + length + 1)} | {(oracle + length, -1), (oracle + length, 1)}
    views, rewards = [], []
    for time in range(steps + 1):
        if time:
            dx, dy = [(1, 0), (0, 1), (-1, 0), (0, -1)][actions[time - 1]]
            if (x + dx, y + dy) in open_cells:
                x, y = x + dx, y + dy
            dense = (penalty if x < time - oracle else 0.0) + (distract if x == 0 else 0.0)
            rewards.append(float(y == goal_y) if time == steps else dense)
        views.append((1, y) if x == oracle + length else (0, goal_y if x == 0 and not seen else 0))
        seen = seen or x == 0
    return views, rewards


@pytest.mark.parametrize("oracle", [0, 1])
@pytest.mark.parametrize("length", [1, 2, 10])
@pytest.mark.parametrize("goal", [0, 1])
def test_the_best_policy_has_no_step_to_spare(episode, oracle, length, goal):
    played = episode(maze(length=length, oracle_length=oracle), goal, look_first)
    cue, arm = CUE + goal, UPPER + goal
    start = [CORRIDOR] * oracle
    assert played.observations == [*start, cue, *[CORRIDOR] * (length + oracle - 1), JUNCTION, arm]
    assert played.rewards == [0.0] * (length + 2 * oracle) + [1.0] and played.terminated
    assert played.needed == [0] * oracle + [1 << cue] * (length + oracle + 1) + [0]
    known = regretlab.certificate(maze(length=length, oracle_length=oracle))
    assert known.optimal.value == 1.0 and known.facts["optimal_steps"] == len(played.rewards)


@pytest.mark.parametrize("oracle", [0, 1])
@pytest.mark.parametrize("length", [1, 2, 4])
def test_every_step_is_that_of_the_source(episode, oracle, length):
    # envs/tmaze.py of github.com/twni2016/Memory-RL, as its rules are written down above.
    generator = np.random.default_rng(length + 10 * oracle)
    integers, vectors = (
        maze(length=length, oracle_length=oracle, penalty=-0.25, distract_reward=0.125, observation=view)
        for view in ("integer", "vector")
    )
    for goal, drawn in itertools.product((0, 1), range(20)):
        actions = generator.choice(4, p=[0.4, 0.2, 0.2, 0.2], size=20) if drawn else np.full(20, LEFT)
        views, rewards = published(length, oracle, -0.25, 0.125, 1 - 2 * goal, actions)
        played = [episode(each, goal, lambda seen, a=actions: a[len(seen) - 1]) for each in (integers, vectors)]
        assert played[0].rewards == played[1].rewards == rewards
        assert played[1].observations == views and played[0].needed == played[1].needed
        assert played[0].observations == [CODES[view] for view in views]


@pytest.mark.parametrize(("oracle", "length"), RANDOM_PLAY)
def test_uniform_play_has_the_known_values(oracle, length):
    environment = maze(oracle_length=oracle, length=length)
    model = enumerate_model(environment)
    assert regretlab.certificate(environment).random.value == RANDOM_PLAY[oracle, length]
    assert evaluate(model, uniform_policy(model)).value == pytest.approx(RANDOM_PLAY[oracle, length], abs=1e-14)


@pytest.mark.parametrize("oracle", [0, 1])
@pytest.mark.parametrize("distract", [-0.7, 0.0, 0.3])
def test_uniform_play_against_the_exact_model(oracle, distract):
    environment = maze(length=5, oracle_length=oracle, penalty=-0.3, distract_reward=distract)
    model = enumerate_model(environment)
    found = evaluate(model, uniform_policy(model)).value
    assert regretlab.certificate(environment).random.value == pytest.approx(found, abs=1e-13)


def test_uniform_play_in_long_mazes():
    # With oracle length 0 who has ever lost a step is late: sum over t of 1 - 4**-t penalties, and 4**-T of success.
    for length in (3, 700, 10**9):
        late = length - (1 - 4.0**-length) / 3
        expected = -late / length + 4.0 ** -(length + 1)
        assert regretlab.certificate(maze(length=length)).random.value == pytest.approx(expected, rel=1e-13)
    far = regretlab.certificate(maze(length=10**6, distract_reward=0.5)).random
    assert far.kind == "bound" and far.low < far.high


@pytest.mark.parametrize("oracle", [0, 1])
def test_simple_policies_have_the_known_values(episode, oracle):
    # Never moving: -1 (passive, penalty -1 / L). Right, then a random arm: 1/2.
    environment = maze(length=4, oracle_length=oracle)
    if oracle == 0:
        assert sum(episode(environment, 0, lambda seen: LEFT).rewards) == -1.0

    def skip(observations):
        return UP if observations[-1] >= JUNCTION else RIGHT

    returns = [sum(episode(environment, goal, skip).rewards) for goal in (0, 1)]
    assert returns == [1.0, 0.0] and regretlab.certificate(environment).memoryless.value == np.mean(returns)


KNOBS = [
    {"length": 1},
    {"length": 3},
    {"length": 2, "oracle_length": 1},
    {"length": 2, "oracle_length": 1, "distract_reward": -0.25},
    {"length": 2, "oracle_length": 1, "distract_reward": -0.75},
    {"length": 3, "distract_reward": 0.9},
    {"length": 2, "oracle_length": 1, "distract_reward": 0.6},
    {"length": 2, "penalty": 0.0},
]


@pytest.mark.parametrize("knobs", KNOBS)
def test_the_optimum_is_that_of_the_best_policy_of_the_history(best_of_history, knobs):
    # Among them a distracting reward that pays more than the goal, and one so bad that the cue is not worth its price.
    environment = maze(**knobs)
    known = regretlab.certificate(environment)
    found = best_of_history(enumerate_model(environment), environment.params.steps)
    assert known.optimal.value == pytest.approx(found, abs=1e-12)
    assert (known.facts["kappa"] == 1) == (known.memoryless.value == known.optimal.value)


@pytest.mark.parametrize("knobs", KNOBS[1:])
def test_without_memory(knobs):
    environment = maze(**knobs)
    model, known = enumerate_model(environment), regretlab.certificate(environment).memoryless
    seen = model.observations[:, 0]
    sure = [np.eye(4)[[*actions, LEFT, LEFT]] for actions in itertools.product(range(4), repeat=4)]
    generator = np.random.default_rng(2)
    drawn = [generator.dirichlet(np.full(4, 0.3), size=6) for _ in range(40)]
    values = [evaluate(model, policy[seen]).value for policy in [*sure, *drawn]]
    if known.kind == "closed-form":
        assert max(values) == pytest.approx(known.value, abs=1e-12)
    else:
        assert known.low == known.value <= max(values) + 1e-12 and max(values) <= known.high + 1e-12


@pytest.mark.parametrize("oracle", [0, 1])
def test_a_window_of_k_star_observations_is_needed_and_enough(episode, oracle):
    environment = maze(length=4, oracle_length=oracle)
    facts = regretlab.certificate(environment).facts
    assert facts["k_star"] == 5 + oracle and facts["kappa"] == 2
    at_junction = [episode(environment, goal, look_first).observations[:-1] for goal in (0, 1)]
    assert at_junction[0][-facts["k_star"] :] != at_junction[1][-facts["k_star"] :]
    assert at_junction[0][1 - facts["k_star"] :] == at_junction[1][1 - facts["k_star"] :]


@pytest.mark.parametrize("check", [check_equality, check_model])
def test_vectors_pass_the_kit(check):
    check(maze(length=2, oracle_length=1, observation="vector"))


@pytest.mark.parametrize(
    ("knobs", "error", "message"),
    [
        ({"length": 0}, ValueError, "length=0 is not allowed"),
        (
            {"oracle_length": 2},
            ValueError,
            "oracle_length=2 is not allowed: .* an integer from 0 to 1",
        ),
        (
            {"penalty": 0.1},
            ValueError,
            "penalty=0.1 is not allowed: .* None .* or a number from -1000 to 0",
        ),
        ({"penalty": -1e308}, ValueError, "penalty=-1e.308 is not allowed"),
        ({"penalty": -(10**400)}, ValueError, "penalty=-10.* is not allowed"),
        ({"distract_reward": 1e308}, ValueError, "distract_reward=1e.308 is not allowed: .* from -1000 to 1000"),
        ({"penalty": float("nan")}, ValueError, "penalty=nan is not allowed"),
        ({"penalty": "-1"}, TypeError, "penalty='-1' is not allowed"),
        ({"observation": "image"}, ValueError, "observation='image' is not allowed: .* 'integer', 'vector'"),
    ],
)
def test_bad_knobs(knobs, error, message):
    with pytest.raises(error, match=message):
        maze(**knobs)


def test_the_text_and_the_picture_follow_the_agent():
    environment = maze(length=4, oracle_length=1)
    batch = Batch(environment, 1, autoreset="disabled")
    batch.reset(seed=0, outcome=1)
    zero = np.zeros(1)
    frames, texts = [], []
    for action in (None, LEFT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, DOWN):
        if action is not None:
            batch.step(np.array([action]))
        last = Last(0, None, zero, zero)
        frames.append(environment.paint(environment.params, batch.state, 0, last))
        texts.append(environment.ansi(environment.params, batch.state, 0, last).splitlines())
    assert [text[1].find("o") for text in texts] == [1, 0, 1, 2, 3, 4, 5, -1] and texts[-1][2].endswith("o 1")
    assert [text[3] for text in texts[:3]] == ["agent sees: corridor", "agent sees: cue down", "agent sees: corridor"]
    assert texts[-1][3] == f"agent sees: {tmaze_ni.SEEN[LOWER]}"
    assert all(not np.array_equal(one, other) for one, other in itertools.pairwise(frames))
