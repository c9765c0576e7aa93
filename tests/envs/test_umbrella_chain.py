import itertools

import numpy as np
import pytest

import regretlab
from episodes import play
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.memory.umbrella_chain import TAKE
from regretlab.solvers import best_memoryless, evaluate, optimum
from regretlab.solvers.model_data import uniform_policy

ID = "UmbrellaChain-v0"


@pytest.mark.parametrize("length", [1, 2, 7])
@pytest.mark.parametrize(("need", "has", "first"), list(itertools.product((0, 1), repeat=3)))
def test_the_first_action_alone_decides_the_last_reward(length, need, has, first):
    # bsuite 0.3.6: the umbrella is taken or left in the first step, whatever the agent began with.
    env = regretlab.make(ID, length=length)
    episode = play(env, lambda seen: first if len(seen) == 1 else 1 - first, start=(need, has), seed=3)
    assert len(episode.rewards) == length and episode.terminated
    assert episode.rewards[-1] == (1.0 if first == need else -1.0)
    assert episode.seen == [2 * need + has, *(4 * time + 2 * need + first for time in range(1, length + 1))]
    assert set(episode.rewards[:-1]) <= {-1.0, 1.0}


@pytest.mark.parametrize("distractors", [0, 1, 5])
def test_both_views_show_the_same(distractors):
    knobs = {"length": 4, "distractors": distractors}
    numbers = play(regretlab.make(ID, **knobs), lambda seen: TAKE, seed=8)
    vectors = play(regretlab.make(ID, **knobs, observation="vector"), lambda seen: TAKE, seed=8)
    assert numbers.rewards == vectors.rewards
    for time, (number, vector) in enumerate(zip(numbers.seen, vectors.seen, strict=True)):
        assert vector.dtype == np.float32 and vector.shape == (3 + distractors,)
        assert vector[2] == np.float32(1 - time / 4)
        digits = [*vector[:2], *vector[3:]]
        assert int("".join(str(int(digit)) for digit in digits), 2) + time * 2 ** (2 + distractors) == number


def test_the_noise_is_fair_and_new_in_every_step():
    # 4,000 tosses each: the mean of +-1 has standard deviation .0158, six times .095; so has that of products.
    episode = play(regretlab.make(ID, length=4001, distractors=2, observation="vector"), lambda seen: TAKE, seed=0)
    coins = 2 * np.array(episode.seen)[1:-1, 3:] - 1
    tosses = np.column_stack([coins, episode.rewards[:-1]])
    assert np.abs(tosses.mean(axis=0)).max() < 0.095
    for one, other in itertools.combinations(range(3), 2):
        assert abs(np.mean(tosses[:, one] * tosses[:, other])) < 0.095
    assert np.abs((tosses[1:] * tosses[:-1]).mean(axis=0)).max() < 0.095


@pytest.mark.parametrize(("length", "distractors"), [(1, 0), (3, 0), (3, 2)])
def test_the_certificate_is_that_of_the_exact_model(length, distractors):
    environment = build(ID, length=length, distractors=distractors)
    known, model = environment.certify(), enumerate_model(environment)
    assert known.optimal.value == known.memoryless.value == 1.0 and known.random.value == 0.0
    assert optimum(model).value == pytest.approx(1.0)
    assert evaluate(model, uniform_policy(model)).value == pytest.approx(0.0, abs=1e-12)
    assert best_memoryless(model).value == pytest.approx(1.0)
    assert known.needs_memory is False and (known.facts["k_star"], known.facts["kappa"]) == (1, 1)


def test_it_is_the_control():
    # Nothing is hidden: taking what the present observation asks for is optimal.
    assert not build(ID).spec.hidden
    env = regretlab.make(ID, length=1)
    assert all(sum(play(env, lambda seen: int(seen[-1]) >> 1 & 1, seed=seed).rewards) == 1.0 for seed in range(20))


@pytest.mark.parametrize(
    ("knobs", "match"),
    [
        ({"length": 0}, "length=0"),
        ({"distractors": -1}, "distractors=-1"),
        ({"distractors": 101}, "distractors=101"),
        ({"distractors": 60}, "distractors=60 is not allowed with length=10"),
        ({"observation": "image"}, "observation='image'"),
    ],
)
def test_bad_knobs_are_refused(knobs, match):
    with pytest.raises(ValueError, match=match):
        build(ID, **knobs)


def test_as_many_coins_as_bsuite_has():
    env = regretlab.make(ID, distractors=100, observation="vector")
    assert env.observation_space.shape == (103,)
    assert len(play(env, lambda seen: 0, seed=0).rewards) == 10


def test_text():
    env = regretlab.make(ID, render_mode="ansi", length=3, distractors=2)
    env.reset(options={"outcome": (1, 0, 1, 0)})
    assert env.render().splitlines()[:2] == ["rain, has none", "t = 0 of 3  coins 10"]
    env.step(TAKE)
    assert env.render().splitlines()[0] == "rain, has one" and "action take" in env.render()
