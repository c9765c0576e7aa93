import itertools
import math

import numpy as np
import pytest

import regretlab
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.memory.tmaze import CORRIDOR, DOWN, GREEN, JUNCTION, LEFT, RED, RIGHT, UP
from regretlab.solvers.criteria import evaluate
from regretlab.solvers.model_data import uniform_policy
from regretlab.testing import check_equality, check_model

COLOURS = (RED, GREEN)
RANDOM_PLAY = {2: 47 / 128, 3: 177 / 1024}  # probability of success


def strict(length, **knobs):
    return build("TMazeActive-v0", length=length, **knobs)


def paper(length, **knobs):
    return build("TMazeActivePaper-v0", length=length, **knobs)


def look_first(observations):
    cues = [seen for seen in observations if seen in COLOURS]
    if not cues:
        return LEFT
    return (UP if cues[-1] == RED else DOWN) if observations[-1] == JUNCTION else RIGHT


@pytest.mark.parametrize("make", [strict, paper])
@pytest.mark.parametrize("length", [2, 3, 4, 10])
@pytest.mark.parametrize("cue", [0, 1])
def test_looking_first_takes_length_plus_one_steps(episode, make, length, cue):
    # The active T-maze of github.com/geraudnt/adaptive-stacking, run: for L = 4 one sees [0, cue, 0, 0, 1, arm].
    played = episode(make(length), cue, look_first)
    colour = COLOURS[cue]
    first = JUNCTION if length == 2 else CORRIDOR
    assert played.observations == [first, colour, *[CORRIDOR] * (length - 2), JUNCTION, colour]
    assert played.rewards == [0.0] * length + [1.0] and played.terminated
    assert len(played.rewards) == regretlab.certificate(make(length)).facts["optimal_steps"]
    assert played.needed == [0, *[1 << colour] * length, 0]


@pytest.mark.parametrize("length", [2, 3, 7])
@pytest.mark.parametrize("slack", [0, 1, 5])
def test_time_ends_after_the_slack(episode, length, slack):
    # Truncated when steps > L + 1 in the same code: at step L + 2, which is a slack of 1.
    def wait(observations):
        return UP if observations[-1] == CORRIDOR else RIGHT

    lost, cut = (episode(make(length, slack=slack), 0, wait) for make in (strict, paper))
    limit = length + 1 + slack
    assert lost.rewards == [0.0] * (limit - 1) + [-1.0] and lost.terminated
    assert cut.rewards == [0.0] * limit and not cut.terminated
    exact = episode(strict(length, slack=0), 1, look_first)
    assert exact.rewards == [0.0] * length + [1.0]  # an arm that is entered at the last step counts


def test_a_wrong_arm_costs_and_walls_are_bumped_into(episode):
    script = [UP, DOWN, LEFT, LEFT, RIGHT, RIGHT, RIGHT, UP]
    played = episode(strict(3, slack=10, step_penalty=0.125), 1, lambda seen: script[len(seen) - 1])
    assert played.observations == [CORRIDOR] * 3 + [GREEN] * 2 + [CORRIDOR] + [JUNCTION] * 2 + [RED]
    assert played.rewards == [-0.125] * 7 + [-1.125]
    assert played.needed == [0, 0, 0, 8, 8, 8, 8, 8, 0]


@pytest.mark.parametrize("length", [2, 3])
def test_uniform_play_has_the_known_chances(length):
    # P(success), exact dynamic programming and simulation of the published code: 47/128 for L = 2, 177/1024 for L = 3.
    # An arm is right half of the time, so a timeout of -1 makes it twice that, less 1.
    environment = strict(length)
    known, model = regretlab.certificate(environment), enumerate_model(environment)
    assert known.random.value == 2 * RANDOM_PLAY[length] - 1
    assert evaluate(model, uniform_policy(model)).value == pytest.approx(known.random.value, abs=1e-14)
    assert regretlab.certificate(paper(length)).random.value == 0.0


@pytest.mark.parametrize(
    "knobs",
    [
        {"length": 6, "slack": 4, "step_penalty": 0.03},
        {"length": 4, "random_length": True, "timeout_reward": -0.5, "step_penalty": 0.1},
    ],
)
def test_uniform_play_against_the_exact_model(knobs):
    environment = build("TMazeActive-v0", **knobs)
    model = enumerate_model(environment)
    found = evaluate(model, uniform_policy(model)).value
    assert regretlab.certificate(environment).random.value == pytest.approx(found, abs=1e-13)


def test_uniform_play_in_the_longest_mazes():
    # Where the distribution of the walk is still followed it is already that of a timeout; beyond, the certificate says
    # so without following it. The probability of a reward is at most C(n - 1, L - 2) / 4**(L - 2).
    followed = regretlab.certificate(strict(600, slack=20, step_penalty=0.001)).random
    assert followed.kind == "solved" and followed.value == pytest.approx(-1 - 0.001 * 621, abs=1e-12)
    length, slack = 4097, 1000
    n = length + 1 + slack
    choices = math.lgamma(n) - math.lgamma(length - 1) - math.lgamma(n - length + 2)
    assert (choices / math.log(4) - (length - 2)) * math.log10(4) < -300
    far = regretlab.certificate(strict(10**9, slack=1000, step_penalty=0.001))
    assert far.random.value == -1 - 0.001 * (10**9 + 1001) and far.facts["k_star"] == 10**9
    bounded = regretlab.certificate(strict(1000, random_length=True, step_penalty=0.01)).random
    assert (bounded.kind, bounded.low, bounded.high) == ("bound", -1 - 0.01 * 1002, -0.01 * 500)


@pytest.mark.parametrize(
    "knobs",
    [
        {"length": 2},
        {"length": 3, "slack": 0},
        {"length": 4, "slack": 3, "step_penalty": 0.25},
        {"length": 4, "timeout_reward": 0.0},
        {"length": 4, "random_length": True, "step_penalty": 0.02},
    ],
)
def test_the_optimum_is_that_of_the_best_policy_of_the_history(best_of_history, knobs):
    environment = build("TMazeActive-v0", **knobs)
    limit = knobs["length"] + 1 + knobs.get("slack", 1)
    found = best_of_history(enumerate_model(environment), limit)
    assert regretlab.certificate(environment).optimal.value == pytest.approx(found, abs=1e-12)


@pytest.mark.parametrize(
    ("make", "knobs"),
    [
        (strict, {"length": 2}),
        (strict, {"length": 3, "slack": 4, "step_penalty": 0.1}),
        (strict, {"length": 4, "random_length": True}),
        (paper, {"length": 3}),
        (paper, {"length": 2, "slack": 5}),
    ],
)
def test_without_memory(make, knobs):
    # The best of the policies that do not draw their actions has the value given; none that draws has more than the
    # bound. Of those, some that time out on one colour earn more than 0 where a timeout costs nothing.
    environment = make(**knobs)
    model, known = enumerate_model(environment), regretlab.certificate(environment).memoryless
    seen = model.observations[:, 0]
    sure = [np.eye(4)[list(actions)] for actions in itertools.product(range(4), repeat=4)]
    best = max(evaluate(model, policy[seen]).value for policy in sure)
    assert best == pytest.approx(known.value, abs=1e-12)
    generator = np.random.default_rng(1)
    drawn = [generator.dirichlet(np.full(4, 0.3), size=4) for _ in range(60)]
    values = [evaluate(model, policy[seen]).value for policy in drawn]
    assert max(values) <= (known.value if known.high is None else known.high) + 1e-12
    assert (known.kind == "closed-form") == (make is strict)
    if make is paper:
        waits = np.zeros((4, 4))
        waits[CORRIDOR, [LEFT, RIGHT]] = waits[JUNCTION, [LEFT, UP]] = 0.5
        waits[RED, RIGHT] = waits[GREEN, LEFT] = 1.0
        assert known.value < evaluate(model, waits[seen]).value < known.high
        assert regretlab.certificate(environment).needs_memory


@pytest.mark.parametrize(("length", "random_length"), [(2, False), (4, False), (4, True)])
def test_the_continual_gain_is_one_reward_a_passage(best_of_history, length, random_length):
    # 1 / (L + 1), exactly, over whole cycles of the published code. What the best policy of the history earns in T
    # steps differs from T times the gain by at most the span of the relative values, which is below 2.
    environment = build("TMazeContinual-v0", length=length, random_length=random_length, active=True)
    known, model = regretlab.certificate(environment), enumerate_model(environment)
    assert known.optimal.value == (2 / (length + 4) if random_length else 1 / (length + 1))
    one, other = (best_of_history(model, steps) for steps in (30, 60))
    assert abs(other - one - 30 * known.optimal.value) <= (1e-12 if not random_length and 30 % (length + 1) == 0 else 1)
    assert abs(other - 60 * known.optimal.value) <= 2


@pytest.mark.parametrize("length", [2, 4])
def test_an_agent_that_looks_earns_the_continual_gain_exactly(length):
    batch = Batch(build("TMazeContinual-v0", length=length, active=True), 1)
    seen, total, passages = [int(batch.reset(seed=3)[0, 0])], 0.0, 20
    for _ in range(passages * (length + 1)):
        observation, reward, _, _ = batch.step(np.array([look_first(seen)]))
        seen = [] if reward[0, 0] else seen
        seen.append(int(observation[0, 0]))
        total += reward[0, 0]
        assert batch.info()["needed"][0] == sum(1 << colour for colour in COLOURS if colour in seen)
    assert total == passages


def test_the_same_seed_gives_the_same_cue():
    # The published code draws cues from numpy's global stream: its reset(seed) does not repeat itself.
    for id in ("TMazePassive-v0", "TMazeActive-v0", "TMazeActivePaper-v0", "TMazeContinual-v0"):
        one, other = regretlab.make(id), regretlab.make(id)
        cues = []
        for seed in range(20):
            one.reset(seed=seed)
            other.reset(seed=seed)
            cues.append([int(each.unwrapped.batch.state.cue[0]) for each in (one, other)])
        assert all(first == second for first, second in cues)
        assert len({first for first, _ in cues}) == 2


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"length": 1}, "length=1 is not allowed: length must be an integer from 2 to"),
        ({"slack": -1}, "slack=-1 is not allowed"),
        ({"timeout_reward": 0.5}, "timeout_reward=0.5 is not allowed: timeout_reward must be a number from -1 to 0"),
        ({"step_penalty": 0.5}, "step_penalty=0.5 is not allowed: step_penalty must be a number from 0 to 0.25"),
    ],
)
def test_bad_knobs(knobs, message):
    with pytest.raises(ValueError, match=message):
        build("TMazeActive-v0", **knobs)


def test_what_a_row_fixes_cannot_be_turned():
    for id, knob in (("TMazeActive-v0", "active"), ("TMazePassive-v0", "continual"), ("TMazePassive-v0", "slack")):
        with pytest.raises(TypeError, match=f"has no knob '{knob}'"):
            build(id, **{knob: 1})


def test_a_corridor_of_a_thousand_million_cells_is_stepped():
    batch = Batch(strict(10**9), 4)
    batch.reset(seed=0)
    assert sum(array.nbytes for array in batch.state) < 100
    for action in (LEFT, RIGHT, RIGHT):
        observation = batch.step(np.full(4, action))[0]
    assert not observation.any() and (batch.info()["needed"] > 0).all()


@pytest.mark.parametrize("check", [check_equality, check_model])
def test_the_active_maze_without_end_passes_the_kit(check):
    check(build("TMazeContinual-v0", length=3, random_length=True, active=True))
