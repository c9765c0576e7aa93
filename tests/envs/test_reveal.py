"""The environment that shows its hidden state, around one with everything that an environment may have."""

import dataclasses

import numpy as np
import pytest

import regretlab
from regretlab.baselines import load
from regretlab.baselines.fused import Fused
from regretlab.baselines.lockstep import Lockstep
from regretlab.envs.core.automaton import Automaton
from regretlab.envs.core.batch import CHUNK, Batch
from regretlab.envs.core.environment import from_module
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.core.reveal import oracle_observation, reveal
from regretlab.envs.core.single_agent import as_single_agent
from regretlab.envs.core.stacks import frame_stack
from regretlab.evaluation.watch import watch
from regretlab.testing import check_declaration, check_equality
from regretlab.testing.certified import check_certificate


def seller():
    """Player 0 of the market (staged chance, lane parameters, scratch, no picture), who is brought nothing."""
    market = from_module("toys.market", "toys/Market-v0", {"days": 5})
    market = dataclasses.replace(market, defined=market.defined - {"legal"})
    return as_single_agent(market, {1: Automaton("nothing", [1.0], [[1.0, 0.0, 0.0]], np.zeros((1, 2, 3), np.int64))})


@pytest.mark.parametrize(
    "inner",
    [seller(), build("RiverSwim-v0"), frame_stack(build("TMazePassive-v0", length=4), 2)],
    ids=["market", "river", "stacked maze"],
)
def test_the_observation_is_the_state_of_the_model_and_the_clock(inner):
    model = enumerate_model(inner)
    shown, plain = (Batch(each, 40, max_episode_steps=7) for each in (reveal(inner, model, steps=3), inner))
    generator = np.random.default_rng(0)
    seen = shown.reset(seed=2)
    plain.reset(seed=2)
    for _ in range(30):
        np.testing.assert_array_equal(seen[:, 0], model.locate(plain) + model.size * np.minimum(plain.clock, 2))
        actions = generator.integers(inner.spec.actions[0], size=40)
        seen, rewards, *_ = shown.step(actions)
        np.testing.assert_array_equal(rewards, plain.step(actions)[1])
    assert shown.spec.observation.sizes == (3 * model.size,)


@pytest.mark.parametrize("check", [check_declaration, check_equality])
def test_the_kit_holds(check):
    inner = seller()
    check(reveal(inner, enumerate_model(inner)))


def test_the_oracle_earns_the_optimum_where_there_are_lane_parameters():
    check_certificate(seller())


def test_lanes_of_later_chunks_are_found_too():
    river = build("RiverSwim-v0")
    batch = Batch(reveal(river, enumerate_model(river)), CHUNK + 3)
    batch.reset(seed=0)
    observations = batch.step(np.ones(CHUNK + 3, np.int64))[0]
    assert set(observations[CHUNK:, 0]) <= {0, 1} and np.all(observations[:, 0] >= 0)


def test_its_state_is_that_inside_and_it_can_be_watched_without_a_picture():
    inner = seller()
    env = regretlab.make(reveal(inner, enumerate_model(inner)))
    env.reset(seed=0)
    plain = regretlab.make(inner)
    plain.reset(seed=0)
    assert env.unwrapped.state() == {f"inner.{name}": value for name, value in plain.unwrapped.state().items()}
    pictures = list(watch(inner, load("optimal"), 3, "ansi"))
    assert len(pictures) == 4 and all("inner.inner.stock" in picture.content for picture in pictures)


def test_a_state_that_the_model_does_not_have_is_shown_as_none():
    inner = seller()
    revealed = reveal(inner, enumerate_model(inner), steps=2)
    batch = Batch(revealed, 2, lane_parameters={"price": [2.0, 3.0]})
    for observations in (batch.reset(seed=0), batch.step(np.zeros(2, np.int64))[0]):
        assert observations[0, 0] >= 0 and observations[1, 0] == -1


@pytest.mark.parametrize("runner", [Lockstep, Fused])
def test_the_oracle_is_stopped_in_a_state_that_its_model_does_not_have(runner):
    run = runner(seller(), load("optimal"), lanes=2)
    run.batch.state.price[:] = 3.0
    run.batch.observe()
    with pytest.raises(ValueError, match=r"action -1|impossible action"):
        run.advance(1)


def test_several_players_are_refused():
    game = build("IteratedGame-v0", game="shapley")
    with pytest.raises(ValueError, match="2 players"):
        reveal(game, enumerate_model(game))


def test_the_view_of_the_state_has_the_model_inside_with_the_state_as_the_observation():
    inner = build("TMazePassive-v0", length=4)
    shown, model = enumerate_model(oracle_observation(inner)), enumerate_model(inner)
    np.testing.assert_array_equal(shown.observations[:, 0], np.arange(model.size))
    np.testing.assert_array_equal(shown.transitions.toarray(), model.transitions.toarray())
    np.testing.assert_array_equal(shown.terminal, model.terminal)


def test_the_view_of_the_state_needs_no_memory_and_is_certified_by_its_own_model():
    # Who sees the cue at the junction needs to remember nothing: optimum and memoryless value are 1, not 1 and 0.
    environment = oracle_observation(build("TMazePassive-v0", length=4))
    certificate = regretlab.certificate(environment)
    assert not environment.spec.hidden and certificate.optimal.kind == "solved"
    assert certificate.optimal.value == pytest.approx(1) and certificate.memoryless.value == pytest.approx(1)
    check_certificate(environment)


@pytest.mark.parametrize("check", [check_declaration, check_equality])
def test_the_kit_holds_for_the_view_of_the_state(check):
    check(oracle_observation(seller()))


def test_a_state_without_a_model_is_not_shown():
    with pytest.raises(ValueError, match="continuous"):
        oracle_observation(build("HermiteEta-v0"))
