"""The optimal gain by other means, and what it does not depend on."""

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import diameter, howard, mixing_time, optimal_gain, relative_value_iteration
from regretlab.solvers.chain import chain_under
from regretlab.solvers.model_data import continuing_model


def garnet(seed, states=12, actions=3, branches=4):
    return enumerate_model(build("Garnet-v0", states=states, actions=actions, branches=branches, seed=seed))


def changed(model, transitions=None, rewards=None):
    transitions = model.transitions if transitions is None else sparse.csr_matrix(transitions)
    rewards = model.rewards[:, :, 0] if rewards is None else rewards
    return continuing_model(transitions, rewards, np.eye(1, len(rewards))[0])


@pytest.mark.parametrize("seed", range(100))
def test_the_linear_programme_has_the_same_optimum(seed):
    """Minimise g subject to g + h(s) >= r(s, a) + sum P h (Puterman 1994, 8.8.1); weakly communicating models."""
    model = garnet(seed)
    states, actions, _ = model.rewards.shape
    bias = np.kron(np.identity(states), np.ones((actions, 1))) - model.transitions.toarray()
    found = linprog(
        np.eye(1, states + 1)[0],
        A_ub=-np.hstack([np.ones((states * actions, 1)), bias]),
        b_ub=-model.rewards[:, :, 0].ravel(),
        bounds=(None, None),
    )
    assert found.success
    assert optimal_gain(model).gain == pytest.approx(found.fun, abs=1e-7)


@pytest.mark.parametrize("seed", range(10))
def test_the_bracket_of_value_iteration_holds_howards_gain(seed):
    model = garnet(seed)
    exact = howard(model)
    for sweeps in (1, 3, 10, 1_000):
        bracket = relative_value_iteration(model, sweeps=sweeps)
        assert bracket.low <= exact.gain <= bracket.high


@pytest.mark.parametrize("seed", range(10))
def test_shaping_by_a_potential_leaves_the_gain_and_affine_maps_map_it(seed):
    model, random = garnet(seed), np.random.default_rng(seed)
    plain, rewards = optimal_gain(model), model.rewards[:, :, 0]
    potential = random.normal(size=model.size) * 5
    shaped = rewards + (model.transitions @ potential).reshape(rewards.shape) - potential[:, None]
    assert optimal_gain(changed(model, rewards=shaped)).gain == pytest.approx(plain.gain, abs=1e-12)
    mapped = optimal_gain(changed(model, rewards=2.5 * rewards - 7))
    assert mapped.gain == pytest.approx(2.5 * plain.gain - 7, abs=1e-12)
    assert np.array_equal(mapped.policy, plain.policy)


@pytest.mark.parametrize("seed", range(5))
def test_exact_copies_of_states_change_nothing(seed):
    """Each state twice, each successor reached as either copy with 1/2: the quotient's gain and mixing time."""
    model = garnet(seed, states=8)
    states, actions, _ = model.rewards.shape
    table = model.transitions.toarray().reshape(states, actions, states)
    doubled = np.repeat(np.repeat(table, 2, axis=0), 2, axis=2) / 2
    rewards = np.repeat(model.rewards[:, :, 0], 2, axis=0)
    twice = changed(model, doubled.reshape(2 * states * actions, 2 * states), rewards)
    plain, copied = optimal_gain(model), optimal_gain(twice)
    assert copied.gain == pytest.approx(plain.gain, abs=1e-12)
    chains = chain_under(model, plain.policy)[0], chain_under(twice, np.repeat(plain.policy, 2))[0]
    times = [mixing_time(chain).value for chain in chains]
    assert times[0] == times[1]
    assert diameter(twice).value >= diameter(model).value  # a given copy takes longer to hit


@pytest.mark.parametrize("target", range(4))
def test_copies_of_the_other_states_leave_the_way_to_one(target):
    """The quotient's diameter: from the states and from their copies it takes as long to the state without one."""
    model = garnet(target, states=8)
    states, actions, _ = model.rewards.shape
    copies = np.where(np.arange(states) == target, 1, 2)
    rows = np.repeat(model.transitions.toarray().reshape(states, actions, states), copies, axis=0)
    table = np.repeat(rows / copies, copies, axis=2).reshape(-1, copies.sum())
    more = changed(model, table, np.repeat(model.rewards[:, :, 0], copies, axis=0))
    alone = int(copies[:target].sum())
    plain = diameter(model, targets=[target])
    assert diameter(more, targets=[alone]).value == pytest.approx(plain.value, rel=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_the_bias_spans_no_more_than_the_diameter(seed):
    """sp(h) <= D for rewards in [0, 1] (Jaksch, Ortner and Auer 2010, remark 8)."""
    model = garnet(seed)
    assert 0 < optimal_gain(model).span <= diameter(model).value * np.ptp(model.rewards)


def test_a_large_garnet_is_certified_to_1e_8_without_factors():
    model = enumerate_model(build("Garnet-v0", states=20_000, actions=4, branches=5))
    found = optimal_gain(model)
    assert found.high - found.low < 1e-8
    assert "value iteration" in found.how
