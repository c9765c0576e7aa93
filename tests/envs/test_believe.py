"""The environment that shows what its history tells: against a filter over the states of the model."""

import numpy as np
import pytest

from regretlab.baselines import load
from regretlab.baselines.fused import Fused
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.believe import show_belief
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.core.remember import remember
from regretlab.solvers import believe, history_optimum, optimum
from regretlab.testing import check_declaration, check_equality
from regretlab.testing.certified import check_certificate

FLAGS = {"symbols": 2, "items": 1, "p_flag": 0.3, "p_query": 0.3, "steps": 6}


@pytest.mark.parametrize(
    "environment",
    [build("FlaggedRecall-v0", **FLAGS), build("XorMazePaper-v0", limit=9), build("TMazeContinual-v0", length=3)],
    ids=["random", "maze", "continual"],
)
def test_the_belief_is_what_a_filter_makes_of_the_history(environment):
    model = enumerate_model(environment)
    beliefs = believe(model)
    shown = show_belief(environment, model, beliefs.table, steps=4)
    batch, plain = Batch(shown, 20, max_episode_steps=9), Batch(environment, 20, max_episode_steps=9)
    seen, looks = batch.reset(seed=3), plain.reset(seed=3)
    generator = np.random.default_rng(5)
    weights = np.tile(model.initial, (20, 1)) * (model.observations[:, 0] == looks)
    ended = np.zeros(20, bool)
    for _ in range(40):
        size = beliefs.model.size
        np.testing.assert_array_equal(seen[:, 0] // size, np.minimum(plain.clock, 3))
        truth = model.locate(plain)
        for lane in np.flatnonzero(~ended):
            belief = beliefs.weights[seen[lane, 0] % size].toarray()[0]
            np.testing.assert_allclose(belief, weights[lane] / weights[lane].sum(), atol=1e-12)
            assert belief[truth[lane]] > 0
        assert np.all(beliefs.model.terminal[seen[ended, 0] % size] | (plain.clock[ended] == 9))
        actions = generator.integers(environment.spec.actions[0], size=20)
        fresh = ended
        seen, rewards, terminated, truncated = batch.step(actions)
        looks, same, *_ = plain.step(actions)
        np.testing.assert_array_equal(rewards, same)
        ended = terminated | truncated
        for lane in range(20):
            chain = model.transitions[actions[lane] :: model.joint_actions]
            following = model.initial if fresh[lane] else weights[lane] @ chain
            weights[lane] = following * ((model.observations[:, 0] == looks[lane, 0]) & ~model.terminal)


@pytest.mark.parametrize("check", [check_declaration, check_equality])
def test_the_kit_holds(check):
    environment = build("FlaggedRecall-v0", **FLAGS)
    model = enumerate_model(environment)
    check(show_belief(environment, model, believe(model).table))


def test_the_oracle_plays_the_history_and_not_the_state():
    """Continual T-maze, active, length 3: 1/4 a step with the walk to the cue; who sees the arm goes straight, 1/2."""
    environment = build("TMazeContinual-v0", length=3, active=True)
    model = enumerate_model(environment)
    assert history_optimum(model).value == pytest.approx(1 / 4, abs=1e-12)
    assert optimum(model).value == pytest.approx(1 / 2, abs=1e-12)
    run = Fused(environment, load("optimal"), lanes=50, seed=0)
    assert run.advance(400).rewards[:, 0] == pytest.approx(np.full(50, 100.0), abs=1)


@pytest.mark.parametrize(
    ("id", "knobs", "memory"),
    [("FlaggedRecall-v0", FLAGS, "none"), ("TMazeActive-v0", {"length": 3}, "adaptive-stack 2")],
)
def test_the_certificate_of_hidden_tasks_is_earned(id, knobs, memory):
    check_certificate(remember(build(id, **knobs), memory))


def test_a_state_that_the_model_does_not_have_is_shown_as_none():
    """The model is that of a shorter maze."""
    model = enumerate_model(build("TMazePassive-v0", length=4))
    batch = Batch(show_belief(build("TMazePassive-v0", length=6), model, believe(model).table, steps=3), 2)
    for observations in (batch.reset(seed=0), batch.step(np.zeros(2, np.int64))[0]):
        assert np.all(observations == -1)
