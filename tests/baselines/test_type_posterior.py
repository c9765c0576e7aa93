"""The agent of types against Bayes' rule and the certified best response."""

import re

import numpy as np
import pytest

from regretlab.baselines.learner import accepts, load
from regretlab.baselines.lockstep import Lockstep
from regretlab.envs.core.registry import build
from regretlab.envs.games.histories import decode
from regretlab.envs.partners import library
from regretlab.solvers.best_response import best_response_to

PREDICTING = {"predict": True}


def played(game, partner, seed=0, lanes=8, rounds=100, **knobs):
    environment = build("PartnerGame-v0", game=game, partner=partner, rounds=rounds)
    play = Lockstep(environment, load("type_posterior", **knobs), lanes=lanes, seed=seed, record=True)
    play.advance(rounds)
    return play


def test_the_posterior_is_that_of_bayes():
    mistrust = 0.01
    play = played("ipd", "uniform", rounds=20)
    types = library.load("ipd").pool("train")
    for lane in range(8):
        weights = np.ones(len(types)) / len(types)
        states = [int(each.automaton.start.argmax()) for each in types]
        for t in range(19):  # the last round ends the episode, and with it what is known
            own, other = decode(play.record.following[t, lane, 0], (2, 2))[-1]
            for k, each in enumerate(types):
                weights[k] *= mistrust / 2 + (1 - mistrust) * each.automaton.policy[states[k], other]
                states[k] = int(each.automaton.next[states[k], own, other])
        forecast = sum(w * each.automaton.policy[s] for w, each, s in zip(weights, types, states, strict=True))
        np.testing.assert_allclose(
            play.states[0].forecast[lane], mistrust / 2 + (1 - mistrust) * forecast / weights.sum(), atol=1e-12
        )
    np.testing.assert_allclose(play.states[0].weights, 1 / len(types))  # forgotten


@pytest.mark.parametrize("game", ["ipd", "battle", "rps"])
@pytest.mark.parametrize("choice", ["mean", "sample"])
def test_against_a_known_partner_it_comes_close_to_the_best_response(game, choice):
    """Of deterministic types the true one has at least 1 / types of the weight, and every surprise costs the others a
    factor of mistrust / actions: two mistakes a type at most, each of the range of the payoffs.
    """
    known = library.load(game)
    spread = float(np.ptp(known.payoffs[0]))
    for name in ("always-" + known.action_names[1][0], "tit-for-tat"):
        best = best_response_to(known.payoffs, known.partner(name), horizon=100).value
        earned = played(game, name, choice=choice).record.rewards[:, :, 0].sum(axis=0)
        assert np.all(best - earned <= 2 * spread * len(known.pool("train")))
        assert (best - earned.mean()) / 100 < 0.25 * spread


def test_knowing_who_there_is_beats_not_knowing():
    """The held-out partners of rock paper scissors, of which it knows all or none."""
    environment = build("PartnerGame-v0", game="rps", partner="held-out")
    partners = len(library.load("rps").pool("held-out"))
    returns = {}
    for pool in ("train", "held-out"):
        lanes = np.tile(np.arange(partners), 20)
        play = Lockstep(
            environment,
            load("type_posterior", pool=pool),
            lanes=len(lanes),
            record=True,
            lane_parameters={"partner": lanes},
        )
        play.advance(100)
        returns[pool] = play.record.rewards[:, :, 0].sum(axis=0).mean()
    assert returns["held-out"] > returns["train"] + 10


def test_what_it_expects_can_follow():
    play = played("rps", "mostly-rock")
    expected = [decode(o, (3, 3))[-1] for o in play.record.predictions[50:, :, 0].ravel()]
    assert [own for own, _ in expected] == play.record.actions[50:, :, 0].ravel().tolist()
    right = play.record.predictions[50:, :, 0] == play.record.following[50:, :, 0]
    assert right.mean() > 0.8 - 5 * np.sqrt(0.8 * 0.2 / right.size)  # five standard deviations


@pytest.mark.parametrize(
    ("id", "knobs", "words"),
    [
        ("IteratedGame-v0", {"horizon": 0}, "plays alone|plans to the end"),
        ("PartnerGame-v0", {"memory": 0}, "needs a repeated game of two players against a partner"),
        ("PartnerGame-v0", PREDICTING, "needs a repeated game of two players against a partner"),
    ],
)
def test_where_nothing_can_be_inferred_it_is_refused(id, knobs, words):
    assert re.search(words, accepts(load("type_posterior"), build(id, **knobs)))


def test_an_unknown_pool_is_refused():
    with pytest.raises(ValueError, match=r"pool='trian' is not allowed.*'train', 'held-out'"):
        load("type_posterior", pool="trian")
