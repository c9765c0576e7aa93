"""Environments that show the previous action or the first step, against what plain Python remembers."""

import numpy as np
import pytest

import regretlab
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import from_module
from regretlab.envs.core.history import is_first, previous_action
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.core.stacks import adaptive_stack
from regretlab.solvers.criteria import evaluate
from regretlab.testing import check_declaration, check_environment, check_equality


def notes(*, vector=False):
    """A toy of 5 numbers and 3 actions, or of vectors of length 2."""
    return from_module("toys.notes", "toys/Notes-v0", {"vector": vector, "masked": False})


def shown(wrapper, seen, action):
    """What is seen after ``action`` (None at the start of an episode), by the definitions."""
    if wrapper is is_first:
        return [*seen, float(action is None)] if np.ndim(seen) else seen + 5 * (action is None)
    digit = 0 if action is None else 1 + action
    return [*seen, *np.eye(4)[digit]] if np.ndim(seen) else seen + 5 * digit


@pytest.mark.parametrize("vector", [False, True], ids=["integer", "vector"])
@pytest.mark.parametrize("wrapper", [previous_action, is_first])
def test_it_is_that_of_plain_python(wrapper, vector):
    inner = notes(vector=vector)
    marked, plain = (Batch(each, 6, max_episode_steps=5) for each in (wrapper(inner), inner))
    generator = np.random.default_rng(0)
    seen, raw = marked.reset(seed=3), plain.reset(seed=3)
    last, done = [None] * 6, np.zeros(6, bool)
    for _ in range(20):
        expected = [shown(wrapper, raw[lane, 0], last[lane]) for lane in range(6)]
        np.testing.assert_array_equal(seen[:, 0], expected)
        actions = generator.integers(0, 3, 6)
        last = [None if new else action for new, action in zip(done, actions.tolist(), strict=True)]
        (seen, rewards, *ended), (raw, *expected) = marked.step(actions), plain.step(actions)
        for part, other in zip((rewards, *ended), expected, strict=True):
            np.testing.assert_array_equal(part, other)
        done = (ended[0] | ended[1]).copy()


@pytest.mark.parametrize("wrapper", [previous_action, is_first])
def test_it_passes_the_kit(wrapper):
    check_environment(wrapper(build("TMazePassive-v0", length=3)))


@pytest.mark.parametrize("check", [check_declaration, check_equality])
@pytest.mark.parametrize("wrapper", [previous_action, is_first])
def test_vectors_pass_the_kit(check, wrapper):
    check(wrapper(notes(vector=True)))


def test_what_is_declared():
    assert previous_action(notes()).spec.observation.sizes == (5 * 4,)
    assert is_first(notes()).spec.observation.sizes == (5 * 2,)
    seen = previous_action(notes(vector=True)).spec.observation
    assert (seen.sizes, seen.low[2:], seen.high[2:]) == ((6,), (0, 0, 0, 0), (1, 1, 1, 1))
    assert is_first(notes(vector=True)).spec.observation.sizes == (3,)


def test_a_previous_action_can_carry_the_cue():
    # In the passive T-maze nothing that one does in the corridor matters, so an agent that sees its previous action can
    # repeat it as a note: go up at a red cue, else down, repeat, and at the junction do so once more. That is optimal,
    # although without the previous action no policy of the present observation earns more than 0.
    environment = previous_action(build("TMazePassive-v0", length=6))
    model = enumerate_model(environment)
    policy = np.zeros((model.size, 4))
    for state, observation in enumerate(model.observations[:, 0]):
        seen, digit = observation % 4, observation // 4
        policy[state, {2: 0, 3: 2}.get(seen, max(0, digit - 1))] = 1.0
    assert evaluate(model, policy).value == pytest.approx(1, abs=1e-12)


def test_the_certificate_stands_but_for_the_memoryless_value():
    inner = build("TMazePassive-v0", length=6)
    for wrapper in (previous_action, is_first):
        known, own = inner.certify(), regretlab.certificate(wrapper(inner))
        assert (own.optimal, own.random, own.memoryless) == (known.optimal, known.random, None)
        assert own.facts == {"optimal_steps": 6.0}  # k_star and kappa count observations of the environment inside


def test_inside_a_stack_and_around_it():
    inner = build("TMazePassive-v0", length=4)
    batch = Batch(previous_action(adaptive_stack(inner, 2)), 1)
    batch.reset(seed=0, outcome=1)
    assert batch.step(np.array([1]))[0][0, 0] == (4 * 5 + 1) + 25 * 2  # the stack [green, corridor], and 1
    batch = Batch(adaptive_stack(previous_action(inner), 2), 1)
    batch.reset(seed=0, outcome=1)
    assert batch.step(np.array([1]))[0][0, 0] == 21 * (1 + 3) + (
        1 + 0 + 4 * 2
    )  # 20 observations; the action inside is 1


def test_what_is_not_possible_is_refused():
    with pytest.raises(ValueError, match=r"2 players.*takes one player and integer or vector observations"):
        previous_action(build("IteratedGame-v0"))
    with pytest.raises(ValueError, match=r"image observations"):
        is_first(from_module("toys.lamp", "toys/Lamp-v0", {"side": 2}))
    with pytest.raises(ValueError, match=r"more than 2\*\*62"):
        previous_action(adaptive_stack(build("TMazePassive-v0", length=4), 26))
