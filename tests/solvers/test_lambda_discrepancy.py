"""The lambda-discrepancy: 0 where observations are a state, and by hand where they are not."""

import numpy as np
import pytest

from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build as environment
from regretlab.envs.core.stacks import frame_stack
from regretlab.solvers import evaluate, lambda_discrepancy, random_rule
from regretlab.solvers.model_data import under, uniform_policy


def up_with(model, probability):
    """Play up with this probability and else down, whatever is seen."""
    rule = np.zeros((model.size, 4))
    rule[:, 0], rule[:, 2] = probability, 1 - probability
    return rule


@pytest.mark.parametrize("seed", range(3))
def test_a_markov_state_has_none(swim, random_model, seed):
    river, other = swim(6), random_model(7, 3, 3, np.random.default_rng(seed), "return", terminal=2)
    for model in (river, other):
        for policy in (None, random_rule(model, seed)):
            assert lambda_discrepancy(model, 0.9, policy) < 1e-12


@pytest.mark.parametrize(("length", "discount", "up"), [(2, 0.9, 0.8), (4, 0.5, 0.1), (5, 0.99, 1.0)])
def test_t_maze_by_hand(length, discount, up):
    """The junction looks the same after both cues, so TD(0) hands 0 back to them; the return after the red cue is
    discount^(length - 1) (2 up - 1), after the green one its opposite. The cues are seen in one of length steps, and a
    step later counts discount times as much.
    """
    model = enumerate_model(environment("TMazePassive-v0", length=length))
    share = 1 / np.sum(discount ** np.arange(length))
    expected = discount ** (length - 1) * abs(2 * up - 1) * np.sqrt(share)
    assert lambda_discrepancy(model, discount, up_with(model, up)) == pytest.approx(expected, abs=1e-12)


def test_symmetry_hides_it_from_the_uniform_policy_and_a_random_rule_shows_it():
    model = enumerate_model(environment("TMazePassive-v0", length=4))
    assert lambda_discrepancy(model, 0.9) < 1e-15
    assert min(lambda_discrepancy(model, 0.9, random_rule(model, seed)) for seed in range(5)) > 1e-3


def test_a_window_that_suffices_removes_it():
    for k, hidden in [(3, True), (4, False)]:
        model = enumerate_model(frame_stack(environment("TMazePassive-v0", length=4), k))
        assert (lambda_discrepancy(model, 0.9, random_rule(model)) > 1e-3) == hidden


def test_aliased_states_against_dense_algebra(random_model):
    """The same definition in the paper's operator form, with dense matrices: W (I - gamma T M Pi)^-1 R, where M spreads
    every successor over the states of its observation for lambda = 0 and leaves it alone for lambda = 1.
    """
    generator = np.random.default_rng(4)
    model = random_model(6, 2, 3, generator, "discounted", 0.8, terminal=1)
    looks = np.array([0, 1, 0, 2, 1, 0])
    model.observations[:, 0] = looks
    rule = random_rule(model, 2)
    living, gamma = ~model.terminal, 0.8
    chain = under(model, rule).transitions.toarray()
    spent = np.linalg.solve(np.eye(6) - gamma * chain.T, model.initial) * living
    weights = np.array([np.where((looks == x) & living, spent, 0.0) for x in range(3)])
    share = weights.sum(axis=1)
    weights /= share[:, None]
    shows = (looks[:, None] == np.arange(3)) & living[:, None]
    transitions, rewards = model.transitions.toarray().reshape(6, 2, 6), model.rewards[:, :, 0]
    values = []
    for merged in (shows @ weights, np.eye(6)):
        step = np.einsum("sat,tu,ub->saub", transitions, merged, rule).reshape(12, 12)
        values.append(weights @ np.linalg.solve(np.eye(12) - gamma * step, rewards.ravel()).reshape(6, 2))
    rules = np.array([rule[np.argmax(looks == x)] for x in range(3)])
    expected = np.sqrt((share[:, None] / share.sum() * rules * (values[0] - values[1]) ** 2).sum())
    assert lambda_discrepancy(model, gamma, rule) == pytest.approx(expected, rel=1e-10) and expected > 1e-3


def test_random_rules_are_policies_of_the_observation():
    model = enumerate_model(environment("XorMazePaper-v0"))
    rule = random_rule(model, 7)
    assert evaluate(model, rule).value == evaluate(model, random_rule(model, 7)).value
    assert len(np.unique(rule[~model.terminal], axis=0)) == len(np.unique(model.observations[~model.terminal]))


def test_bad_input(swim):
    with pytest.raises(ValueError, match=r"discount must be at least 0 and below 1, not 1\.0"):
        lambda_discrepancy(swim(3), 1.0)
    maze = enumerate_model(environment("TMazePassive-v0", length=4))
    mixed = uniform_policy(maze)
    mixed[np.flatnonzero(maze.observations[:, 0] == 0)[0]] = [1, 0, 0, 0]
    with pytest.raises(ValueError, match="policy must be one of the present observation: the rows"):
        lambda_discrepancy(maze, 0.9, mixed)
