"""Single steps of the learners of continuing tasks, worked out by hand from the rules of their papers."""

import math

import numpy as np
import pytest

import regretlab  # noqa: F401 (registers the environments)
from regretlab.baselines.learner import load

VALUES = np.array([[1.0, 3.0], [2.0, 5.0]])


def stepped(rows, name, action, observations=2, **knobs):
    """A learner whose values are set, after the step (state 0, ``action``, reward 2, state 1)."""
    learner = rows(load(name, **knobs), observations=observations)
    learner.state.values[0] = VALUES
    if "gain" in learner.state._fields:
        learner.state.gain[0] = 0.5
    learner.update(0, action, 2.0, 1)
    return learner.state


@pytest.mark.parametrize("action", [0, 1])
def test_one_step_of_each_rule_by_hand(rows, action):
    """State 0 is worth 1 and 3, state 1 at most 5; the gain is held to be 1/2."""
    value = VALUES[0, action]
    error = 2.0 - 0.5 + 5.0 - value
    state = stepped(rows, "differential_q", action, alpha=0.1, eta=0.2)
    assert state.values[0, 0, action] == pytest.approx(value + 0.1 * error)  # Wan, Naik and Sutton 2021
    assert state.gain[0] == pytest.approx(0.5 + 0.2 * 0.1 * error)
    state = stepped(rows, "r_learning", action, alpha=0.1, beta=0.3)  # Schwartz 1993: the gain from greedy actions only
    assert state.values[0, 0, action] == pytest.approx(value + 0.1 * error)
    assert state.gain[0] == pytest.approx(0.5 + (0.3 * error if action == 1 else 0.0))
    for reference, taken_off in (("pair", value), ("max", 5.0)):
        state = stepped(rows, "rvi_q", action, alpha=0.1, reference=reference)  # Abounadi et al. 2001
        assert state.values[0, 0, action] == pytest.approx(value + 0.1 * (2.0 - taken_off + 5.0 - value))
    assert np.count_nonzero(state.values[0] != VALUES) == 1


def test_one_step_of_optimistic_q_learning_by_hand(rows):
    """Wei et al. 2020, algorithm 1: the first step size is 1; the second, 11 / 12, with the bonus over sqrt(2)."""
    learner = rows(load("optimistic_q", horizon=10.0, span=0.01, steps=100, delta=0.5), observations=2)
    bonus = 4 * 0.01 * math.sqrt(10 * math.log(400))
    learner.update(0, 1, 0.5, 0)
    first = 0.5 + 0.9 * 10 + bonus
    assert learner.state.values[0, 0].tolist() == pytest.approx([10.0, min(10.0, first)])
    learner.update(0, 1, 0.25, 0)
    second = first + 11 / 12 * (0.25 + 0.9 * 10 + bonus / math.sqrt(2) - first)
    assert learner.state.targets[0, 0, 1] == pytest.approx(second)
    assert learner.state.values[0, 0, 1] == pytest.approx(min(first, second))


def test_one_step_of_the_actor_critic_by_hand(rows):
    """Sutton and Barto 13.6 with a fair choice: grad log pi is 1/2 for the action that was taken and -1/2 else."""
    learner = rows(load("actor_critic", alpha=0.1, beta=0.2, eta=0.5), observations=2)
    learner.state.values[0], learner.state.gain[0] = [1.0, 4.0], 0.5
    learner.update(0, 1, 2.0, 1)
    error = 2.0 - 0.5 + 4.0 - 1.0
    assert learner.state.values[0].tolist() == pytest.approx([1.0 + 0.1 * error, 4.0])
    assert learner.state.gain[0] == pytest.approx(0.5 + 0.05 * error)
    assert learner.state.logits[0].tolist() == [pytest.approx([-0.1 * error, 0.1 * error]), [0.0, 0.0]]


def test_returns_of_the_policy_gradient_by_hand(rows):
    """Three steps: 1 + .5 * 2 + .25 * 4 + .125 * max Q, seen from the first; the others wait."""
    knobs = {"steps": 3, "gamma": 0.5, "alpha": 0.1, "beta": 0.2}
    learner = rows(load("n_step_policy_gradient", **knobs), observations=4)
    learner.state.values[0, 3] = [8.0, 16.0]
    for k, reward in enumerate((1.0, 2.0, 4.0)):
        assert not learner.state.logits.any()
        learner.update(k, 0, reward, k + 1)
    assert learner.state.values[0, 0].tolist() == pytest.approx([0.1 * 5.0, 0.0])
    assert learner.state.logits[0, 0].tolist() == pytest.approx([0.2 * 5.0 * 0.5, -0.2 * 5.0 * 0.5])
    assert not learner.state.values[0, 1:3].any() and not learner.state.logits[0, 1:].any()


def test_a_walk_in_the_model_by_hand(rows):
    """Where all that was seen is certain: the rewards on the greedy way, and the value at its end."""
    learner = rows(load("model_td", walk=2, gamma=0.5, alpha=0.25), observations=3)
    learner.state.values[0] = [[0.0, 0.0], [0.0, 1.0], [6.0, 2.0]]
    learner.update(1, 1, 3.0, 2)  # one step that is known, from 2 nothing is: 3 + .5 * 6
    assert learner.state.values[0, 1].tolist() == pytest.approx([0.0, 1.0 + 0.25 * (6.0 - 1.0)])
    learner.update(0, 0, 1.0, 1)  # two steps: 1 + .5 * 3 + .25 * 6
    assert learner.state.values[0, 0].tolist() == pytest.approx([0.25 * 4.0, 0.0])


@pytest.mark.parametrize("name", ["dyna_q", "replay_q"])
def test_remembered_steps_are_learned_again(rows, name):
    """One step that is all there is to remember, learned six times: 1 - (1 - alpha)^6 of the way to its reward."""
    knobs = {"planning": 5} if name == "dyna_q" else {"replays": 5}
    learner = rows(load(name, alpha=0.25, gamma=0.5, **knobs), observations=2)
    learner.update(0, 1, 8.0, 1)
    assert learner.state.values[0, 0].tolist() == pytest.approx([0.0, 8.0 * (1 - 0.75**6)])
