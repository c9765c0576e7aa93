import itertools

import numpy as np
import pytest

import regretlab
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers.criteria import evaluate
from regretlab.solvers.model_data import uniform_policy
from regretlab.testing import check_equality, check_model

LEFT, RIGHT = range(2)


def maze(**knobs):
    return build("TMazeDistract-v0", **knobs)


def side(observations):
    """Choose the side of the hint in vectors."""
    return RIGHT if observations[0][0] > 0 else LEFT


@pytest.mark.parametrize("noise", [True, False])
@pytest.mark.parametrize("length", [2, 3, 10])
@pytest.mark.parametrize("hint", [0, 1])
def test_an_episode_is_that_of_the_source(episode, noise, length, hint):
    # rl/envs/memory_len.py of github.com/griver/memup, modes LN and L: (hint, junction, noise), +4 / -3, L steps.
    environment = maze(length=length, noise=noise, observation="vector")
    played = episode(environment, hint, side, seed=length)
    hints, signals, noises = (list(column) for column in zip(*played.observations, strict=True))
    assert hints == [2 * hint - 1, *[0] * length] and signals == [0] * (length - 1) + [1, 0]
    assert set(map(abs, noises[:-1])) == ({1.0} if noise else {0.0}) and noises[-1] == 0
    assert played.rewards == [0.0] * (length - 1) + [4.0] and played.terminated
    wrong = episode(environment, hint, lambda seen: 1 - side(seen))
    assert wrong.rewards == [0.0] * (length - 1) + [-3.0]
    known = regretlab.certificate(environment)
    assert (known.optimal.value, known.random.value, known.memoryless.value) == (4.0, 0.5, 0.5)
    assert known.facts == {"k_star": length, "kappa": 2, "optimal_steps": length}


@pytest.mark.parametrize("noise", [True, False])
def test_integers_number_what_the_vectors_show(episode, noise):
    names = {}
    for seed, hint in itertools.product(range(30), (0, 1)):
        integers, vectors = (
            episode(maze(length=9, distractors=2, noise=noise, observation=view), hint, lambda seen: LEFT, seed)
            for view in ("integer", "vector")
        )
        assert integers.rewards == vectors.rewards and integers.needed == vectors.needed
        for number, view in zip(integers.observations[:-1], vectors.observations[:-1], strict=True):
            assert names.setdefault(number, view) == view
        assert integers.observations[-1] == 0 and vectors.observations[-1] == (0, 0, 0)
        assert integers.needed == [1 << integers.observations[0]] * 9 + [0]
    assert len(set(names.values())) == len(names) == (12 if noise else 6)
    assert environment_names(9, 2, noise)[1 + 2 * 3 if noise else 3].startswith("choice 1")


def environment_names(length, distractors, noise):
    return maze(length=length, distractors=distractors, noise=noise).spec.observation_names


def test_noise_is_a_fair_coin_at_every_step():
    # 20,000 tosses: off by more than sqrt(ln(2 / d) / (2 n)) with probability at most d = 1e-9 (Hoeffding), and so is
    # the share of changes from one step to the next, which are as likely as not.
    batch = Batch(maze(length=50, observation="vector"), 500)
    views = [batch.reset(seed=0)[:, 0, 2].copy()]
    for _ in range(39):
        views.append(batch.step(np.zeros(500, int))[0][:, 0, 2].copy())
    signs = np.array(views)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    bound = np.sqrt(np.log(2 / 1e-9) / (2 * signs.size))
    assert abs(np.mean(signs > 0) - 0.5) <= bound
    assert abs(np.mean(signs[1:] != signs[:-1]) - 0.5) <= np.sqrt(np.log(2 / 1e-9) / (2 * signs[1:].size))


@pytest.mark.parametrize(("length", "distractors"), [(7, 1), (9, 2), (10, 4)])
def test_distractors_lie_on_every_set_of_cells_equally_often(length, distractors):
    # From the sixth cell to the last but one, without repetition. A share of n episodes is off by more than
    # sqrt(ln(2 k / d) / (2 n)) for any of k sets with probability at most d = 1e-9.
    lanes = 20_000
    batch = Batch(maze(length=length, distractors=distractors, noise=False, observation="vector"), lanes)
    batch.reset(seed=3)
    signals, rewards = [], []
    for _ in range(length):
        signals.append(batch.observation[:, 0, 1].copy())
        rewards.append(batch.step(np.zeros(lanes, int))[1][:, 0].copy())
    signals, rewards = np.array(signals), np.array(rewards)
    assert (signals[-1] == 1).all() and not signals[:5].any()
    places = signals[5:-1] > 0
    assert (places.sum(axis=0) == distractors).all()
    expected = np.cumsum(places, axis=0) / (distractors + 1)
    np.testing.assert_allclose(signals[5:-1], np.where(places, expected, 0), rtol=1e-6)
    sets, counts = np.unique(places, axis=1, return_counts=True)
    cells = len(list(itertools.combinations(range(length - 6), distractors)))
    assert sets.shape[1] == cells
    assert np.abs(counts / lanes - 1 / cells).max() <= np.sqrt(np.log(2 * cells / 1e-9) / (2 * lanes))
    paid = rewards[5:-1][places]
    assert set(np.unique(paid)) == {-3.0, 4.0} and not rewards[5:-1][~places].any()
    assert abs(np.mean(paid > 0) - 0.5) <= np.sqrt(np.log(2 / 1e-9) / (2 * len(paid)))


@pytest.mark.parametrize(
    "knobs",
    [{"length": 2}, {"length": 5}, {"length": 4, "noise": False}, {"length": 8, "distractors": 2, "noise": False}],
)
def test_the_values_against_exact_computations(best_of_history, knobs):
    environment = maze(**knobs)
    model, known = enumerate_model(environment), regretlab.certificate(environment)
    assert known.optimal.value == pytest.approx(best_of_history(model, knobs["length"]), abs=1e-12)
    assert known.random.value == pytest.approx(evaluate(model, uniform_policy(model)).value, abs=1e-12)
    seen = model.observations[:, 0]
    generator = np.random.default_rng(5)
    policies = [generator.integers(0, 2, environment.spec.observation.sizes[0]) for _ in range(40)]
    values = [evaluate(model, policy[seen]).value for policy in policies]
    assert max(values) == pytest.approx(known.memoryless.value, abs=1e-12)


def test_the_same_seed_gives_the_same_hint_and_noise():
    one, other = regretlab.make("TMazeDistract-v0"), regretlab.make("TMazeDistract-v0")
    starts = set()
    for seed in range(40):
        views = [each.reset(seed=seed)[0] for each in (one, other)]
        assert views[0] == views[1] and one.step(0)[0] == other.step(0)[0]
        starts.add(int(views[0]))
    assert starts == {3, 4, 5, 6}  # hint left or right, noise - or +


@pytest.mark.parametrize("check", [check_equality, check_model])
@pytest.mark.parametrize("observation", ["integer", "vector"])
def test_distractors_pass_the_kit(check, observation):
    check(maze(length=9, distractors=2, observation=observation))


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"length": 1}, "length=1 is not allowed"),
        ({"length": 6, "distractors": 1}, "distractors=1 is not allowed: with length=6 there may be at most 0"),
        ({"length": 10, "distractors": 5}, "distractors=5 is not allowed: with length=10 there may be at most 4"),
        ({"distractors": -1}, "distractors=-1 is not allowed"),
    ],
)
def test_bad_knobs(knobs, message):
    with pytest.raises(ValueError, match=message):
        maze(**knobs)
