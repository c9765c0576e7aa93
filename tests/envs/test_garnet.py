import numpy as np
import pytest
from scipy.optimize import linprog

from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.mdps.garnet import distinct
from regretlab.solvers import optimal_gain
from regretlab.testing import check_equality, check_model, check_pictures

ID = "Garnet-v0"


def whole(**knobs):
    """A model whose states are in the order of their numbers, all of them reached."""
    model = enumerate_model(build(ID, **knobs))
    numbers = model.observations[:, 0]
    assert sorted(numbers) == list(range(knobs["states"]))
    order, actions = np.argsort(numbers), model.joint_actions
    table = model.transitions.toarray().reshape(model.size, actions, model.size)
    return model, table[np.ix_(order, range(actions), order)], model.rewards[order, :, 0]


def test_every_row_has_its_branches_and_rewards_in_the_unit_interval():
    # Archibald, McKinnon and Thomas 1995.
    _, transitions, rewards = whole(states=60, actions=3, branches=4, seed=5)
    assert np.all(np.count_nonzero(transitions, axis=2) == 4)
    np.testing.assert_allclose(transitions.sum(axis=2), 1.0, atol=1e-14)
    assert rewards.min() >= 0 and rewards.max() < 1 and len(np.unique(rewards)) == 180


def test_branches_are_uniform_over_the_states():
    # Each of 20 states is one of 5 branches in 5,000 rows: the counts are hypergeometric sums with 1,250 expected and
    # a variance of 937.5; Pearson's statistic, 19 degrees of freedom, exceeds 64 with probability 1e-6.
    drawn = distinct(np.random.default_rng(1), 5_000, 5, 20)
    assert all(len(set(row)) == 5 for row in drawn.tolist())
    counts = np.bincount(drawn.ravel(), minlength=20)
    assert ((counts - 1_250) ** 2 / 1_250).sum() < 64
    every = distinct(np.random.default_rng(1), 100, 7, 7)
    assert np.array_equal(np.sort(every, axis=1), np.tile(np.arange(7), (100, 1)))


def test_probabilities_are_uniform_over_the_simplex():
    # The gaps of b - 1 uniform numbers are exchangeable with E p^2 = 2 / (b (b + 1)) (Dirichlet of ones); over 2,000
    # gaps the mean of p^2 has a standard error below .0044 (p^2 in [0, 1], variance E p^4 - 1/100 = .019).
    _, transitions, _ = whole(states=250, actions=2, branches=4, seed=2)
    weights = transitions[transitions > 0]
    assert len(weights) == 2_000 and (weights**2).mean() == pytest.approx(0.1, abs=6 * 0.0044)


def test_the_seed_makes_the_task():
    one, same, other = (build(ID, seed=seed).params for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one.reward, other.reward)


@pytest.mark.parametrize("seed", range(6))
def test_the_gain_is_the_optimum_of_the_linear_program(seed):
    # Puterman 1994, section 8.8: maximise the reward of a stationary flow over states and actions.
    model, transitions, rewards = whole(states=12, actions=3, branches=3, seed=seed)
    states, actions = rewards.shape
    balance = np.repeat(np.identity(states), actions, axis=0) - transitions.reshape(-1, states)
    constraints = np.vstack([balance.T, np.ones(states * actions)])
    solved = linprog(-rewards.ravel(), A_eq=constraints, b_eq=np.append(np.zeros(states), 1.0))
    assert optimal_gain(model).gain == pytest.approx(-solved.fun, abs=1e-9)


@pytest.mark.parametrize("knobs", [{"states": 30, "branches": 30, "actions": 1}, {"states": 2, "branches": 1}])
def test_other_knobs_pass_the_kit(knobs):
    environment = build(ID, **knobs)
    for check in (check_equality, check_model, check_pictures):
        check(environment)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"states": 5, "branches": 6}, "branches=6 .* states=5"),
        ({"states": 1}, "states=1"),
        ({"actions": 0}, "actions=0"),
        ({"states": 10**7, "actions": 10}, "300,000,000 entries"),
    ],
)
def test_bad_knobs_are_refused(knobs, message):
    with pytest.raises(ValueError, match=message):
        build(ID, **knobs)
