import itertools

import numpy as np
import pytest

import regretlab
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.memory.tmaze_bakker import CORRIDOR, EAST, JUNCTION, NORTH, SIGN, SIGN_SOUTH, SOUTH, WEST
from regretlab.solvers.criteria import evaluate
from regretlab.solvers.model_data import uniform_policy
from regretlab.testing import CHECKS, check_equality

BITS = {CORRIDOR: (1.0, 0.0, 1.0), JUNCTION: (0.0, 1.0, 0.0), SIGN: (0.0, 1.0, 1.0), SIGN_SOUTH: (1.0, 1.0, 0.0)}


def maze(**knobs):
    return build("TMazeBakker-v0", **knobs)


def remember(observations):
    return EAST if observations[-1] != JUNCTION else (NORTH if observations[0] == SIGN else SOUTH)


@pytest.mark.parametrize("length", [1, 2, 10, 70])
@pytest.mark.parametrize("goal", [0, 1])
def test_the_best_policy_earns_four(episode, length, goal):
    # Bakker 2001, section 4.1: 4 for the right arm, N moves away. Discounted from the first move: 4 * 0.98**N.
    played = episode(maze(length=length), goal, remember)
    assert played.observations == [SIGN + goal, *[CORRIDOR] * (length - 1), JUNCTION, JUNCTION]
    assert played.rewards == [0.0] * length + [4.0] and played.terminated
    assert played.needed == [1 << (SIGN + goal)] * (length + 1) + [0]
    known, discounted = (regretlab.certificate(maze(length=length, discount=g)) for g in (1.0, 0.98))
    assert (known.optimal.value, known.memoryless.value) == (4.0, 1.95)
    assert discounted.optimal.value == 4 * 0.98**length and discounted.memoryless.value == 1.95 * 0.98**length
    assert known.facts == {"k_star": length + 1, "kappa": 2, "optimal_steps": length + 1}


def test_standing_still_and_the_wrong_arm_cost_a_tenth(episode):
    script = [NORTH, SOUTH, WEST, EAST, NORTH, WEST, EAST, EAST, EAST, WEST, EAST, SOUTH]
    played = episode(maze(length=2), 0, lambda seen: script[len(seen) - 1])
    assert played.rewards == [-0.1, -0.1, -0.1, 0.0, -0.1, 0.0, 0.0, 0.0, -0.1, 0.0, 0.0, -0.1] and played.terminated
    sign = [SIGN] * 4
    assert played.observations == [*sign, 0, 0, SIGN, 0, JUNCTION, JUNCTION, CORRIDOR, JUNCTION, JUNCTION]
    cut = episode(maze(length=2, steps=3), 0, lambda seen: NORTH)
    assert len(cut.rewards) == 3 and not cut.terminated


def test_vectors_are_the_bits_of_the_source(episode):
    script = [EAST, EAST, EAST, WEST, EAST, SOUTH]
    for goal in (0, 1):
        integers, vectors = (
            episode(maze(length=3, observation=view), goal, lambda seen: script[min(len(seen), 6) - 1])
            for view in ("integer", "vector")
        )
        assert vectors.observations == [BITS[seen] for seen in integers.observations]
        assert (vectors.rewards, vectors.needed) == (integers.rewards, integers.needed)


def test_noise_is_uniform_and_changes_nothing_else(episode):
    # The corridor shows (a, 0, b), a and b uniform on [0, 1]. Of n numbers the empirical distribution is off by more
    # than sqrt(ln(2 / d) / (2 n)) with probability at most d (Dvoretzky, Kiefer, Wolfowitz; Massart 1990); d = 1e-9.
    environment = maze(length=3, observation="vector", noise=True)
    played = episode(environment, 1, lambda seen: EAST if seen[-1] != BITS[JUNCTION] else SOUTH)
    assert played.rewards == [0.0] * 3 + [4.0]
    assert played.observations[0] == BITS[SIGN_SOUTH] and played.observations[3] == BITS[JUNCTION]
    assert len({bit for view in played.observations[1:3] for bit in (view[0], view[2])}) == 4
    batch = Batch(environment, 1000)
    batch.reset(seed=1)
    batch.step(np.full(1000, EAST))
    drawn = []
    for _ in range(10):
        view = batch.step(np.full(1000, NORTH))[0][:, 0]
        assert not view[:, 1].any()
        drawn += [view[:, 0].copy(), view[:, 2].copy()]
    numbers = np.sort(np.concatenate(drawn))
    gap = np.abs(numbers - np.arange(1, len(numbers) + 1) / len(numbers)).max()
    assert gap <= np.sqrt(np.log(2 / 1e-9) / (2 * len(numbers))) + 1 / len(numbers)
    known = regretlab.certificate(environment)
    assert (known.optimal.value, known.memoryless.value) == (4.0, 1.95)
    with pytest.raises(ValueError, match="draws continuous random numbers"):
        enumerate_model(environment)


@pytest.mark.parametrize(
    "knobs", [{"length": 1, "steps": 4}, {"length": 3, "steps": 25}, {"length": 2, "steps": 12, "discount": 0.9}]
)
def test_the_values_against_exact_computations(best_of_history, knobs):
    environment = maze(**knobs)
    model, known = enumerate_model(environment), regretlab.certificate(environment)
    assert known.optimal.value == pytest.approx(best_of_history(model, knobs["steps"]), abs=1e-12)
    assert known.random.value == pytest.approx(evaluate(model, uniform_policy(model)).value, abs=1e-13)
    seen = model.observations[:, 0]
    sure = [np.eye(4)[list(actions)] for actions in itertools.product(range(4), repeat=4)]
    generator = np.random.default_rng(4)
    drawn = [generator.dirichlet(np.full(4, 0.3), size=4) for _ in range(60)]
    values = [evaluate(model, policy[seen]).value for policy in [*sure, *drawn]]
    assert max(values) == pytest.approx(known.memoryless.value, abs=1e-12)


def test_uniform_play_beyond_what_is_followed():
    long = regretlab.certificate(maze(length=70, steps=20_000)).random
    assert long.kind == "bound" and long.low == long.value < long.high < 1.95
    # With a discount what is left after 10,000 steps is nothing.
    assert regretlab.certificate(maze(length=70, steps=20_000, discount=0.98)).random.kind == "solved"
    assert regretlab.certificate(maze(length=10**9, steps=10**9 + 1)).random.kind == "bound"


def test_the_same_seed_gives_the_same_sign_and_noise():
    one, other = (regretlab.make("TMazeBakker-v0", observation="vector", noise=True) for _ in range(2))
    signs = set()
    for seed in range(20):
        for action in (None, EAST, EAST):
            views = [each.reset(seed=seed)[0] if action is None else each.step(action)[0] for each in (one, other)]
            assert np.array_equal(*views)
            signs |= {tuple(views[0].tolist())} if action is None else set()
    assert signs == {BITS[SIGN], BITS[SIGN_SOUTH]}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_noise_passes_the_kit(check):
    check(maze(length=3, observation="vector", noise=True))


def test_vectors_pass_the_kit():
    check_equality(maze(length=3, observation="vector"))


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"length": 0}, "length=0 is not allowed"),
        ({"length": 10, "steps": 10}, "steps=10 is not allowed: no arm can be reached, steps must be at least 11"),
        ({"discount": 1.5}, "discount=1.5 is not allowed: discount must be a number from 0 to 1"),
        ({"noise": True}, "noise=True is not allowed with observation='integer': it must be 'vector'"),
    ],
)
def test_bad_knobs(knobs, message):
    with pytest.raises(ValueError, match=message):
        maze(**knobs)
