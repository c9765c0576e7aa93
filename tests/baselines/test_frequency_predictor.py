"""The predictor against the Dirichlet posterior, and what its answers are worth against known partners."""

import numpy as np
import pytest

from regretlab.baselines.learner import accepts, load
from regretlab.baselines.lockstep import Lockstep
from regretlab.envs.core.automaton import Automaton
from regretlab.envs.core.registry import build
from regretlab.envs.games.histories import decode, successors

DIRICHLET = np.array([0.5, 0.3, 0.2])  # a partner of fixed probabilities in rock paper scissors


def random_partner():
    still = np.zeros((1, 3, 3), np.int64)
    return build("PartnerGame-v0", game="rps", partner=Automaton("mixed", np.array([1]), DIRICHLET[None], still))


@pytest.mark.parametrize("alpha", [0.1, 1.0, 3.0])
def test_the_forecast_is_the_posterior_mean(alpha):
    play = Lockstep(random_partner(), load("frequency_predictor", alpha=alpha), lanes=5, seed=2, record=True)
    for rounds in range(1, 40):
        play.advance(1)
        record, forecast = play.record, play.states[0].forecast
        for lane in range(5):
            here = record.observations[-1, lane, 0]
            counts = np.zeros(3)
            for before, after in zip(record.observations[:-1, lane, 0], record.following[:-1, lane, 0], strict=True):
                if before == here:
                    counts[decode(after, (3, 3))[-1][1]] += 1
            expected = (alpha + counts) / (3 * alpha + counts.sum())  # Rabinowitz et al. 2018, section 3.1
            np.testing.assert_allclose(forecast[lane], expected, atol=1e-12)
        assert rounds == len(record.rewards)


def test_the_forecast_converges_to_the_partner():
    """KL(partner, forecast) has the mean (K - 1) / (2 n) after n observations of a situation, here at least 200."""
    environment = random_partner()
    play = Lockstep(environment, load("frequency_predictor"), lanes=50, seed=0)
    play.advance(10_000)
    state = play.states[0]
    counts = state.counts[:, 1:]
    enough = counts.sum(axis=-1) >= 200
    posterior = (1 + counts) / (3 + counts.sum(axis=-1, keepdims=True))
    divergence = (DIRICHLET * np.log(DIRICHLET / posterior)).sum(axis=-1)[enough]
    assert enough.any() and divergence.mean() < 2 * 2 / (2 * 200)


def test_it_beats_constant_play_and_predicts_it():
    environment = build("PartnerGame-v0", game="rps", partner="always-rock")
    play = Lockstep(environment, load("frequency_predictor"), lanes=40, seed=1, record=True)
    play.advance(100)
    record = play.record
    # A situation is seen for the first time at most ten times; in all other rounds paper follows rock.
    assert np.all((record.rewards != 1).sum(axis=0) <= 10)
    known = [decode(o, (3, 3))[-1][1] for o in record.predictions[-1, :, 0]]
    assert set(known) == {0}


def test_it_answers_a_round_and_not_the_partner():
    """In the dilemma defection is the best response to every forecast: 10 once, then 5 against tit-for-tat."""
    play = Lockstep(build("PartnerGame-v0"), load("frequency_predictor"), lanes=3, seed=0, record=True)
    play.advance(100)
    np.testing.assert_array_equal(play.record.rewards[:, :, 0].sum(axis=0), 10 + 99 * 5)


@pytest.mark.parametrize("memory", [1, 2, 3])
def test_what_it_expects_is_an_observation_that_can_follow(memory):
    environment = build("PartnerGame-v0", game="rps", partner="uniform", memory=memory)
    play = Lockstep(environment, load("frequency_predictor", capacity=16), lanes=4, seed=0, record=True)
    play.advance(60)
    following = successors((3, 3), memory)
    record = play.record
    for t in range(60):
        for lane in range(4):
            seen, action = record.observations[t, lane, 0], record.actions[t, lane, 0]
            assert record.predictions[t, lane, 0] in following[seen, action]


@pytest.mark.parametrize(
    ("id", "knobs"),
    [
        ("RiverSwim-v0", {}),
        ("PartnerGame-v0", {"memory": 0}),
        ("PartnerGame-v0", {"predict": True}),
    ],
)
def test_environments_without_an_observed_partner_are_refused(id, knobs):
    assert "needs a repeated game of two players against a partner" in accepts(
        load("frequency_predictor"), build(id, **knobs)
    )


def test_a_whole_pool_can_be_played():
    environment = build("PartnerGame-v0", partner="train")
    assert accepts(load("frequency_predictor"), environment) is None
    Lockstep(environment, load("frequency_predictor"), lanes=3, seed=0).advance(5)
