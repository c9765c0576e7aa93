"""Exact cross-play against simulation, and against games whose answers are known."""

import numpy as np
import pytest

from regretlab.envs.core.automaton import Automaton
from regretlab.envs.partners import PartneredGame, library
from regretlab.solvers.best_response import best_response_to
from regretlab.solvers.cross_play import cross_regret, diversity, expected_returns

IPD, RPS = library.load("ipd"), library.load("rps")


def as_first(machine):
    """The same automaton in the other seat of a symmetric game."""
    return Automaton(machine.name, machine.start, machine.policy, machine.next.transpose(0, 2, 1))


def test_returns_by_hand():
    tit_for_tat, defector = IPD.partner("tit-for-tat"), IPD.partner("always-defect")
    np.testing.assert_allclose(expected_returns(IPD.payoffs, as_first(defector), tit_for_tat, 10), [55, 45])
    np.testing.assert_allclose(expected_returns(IPD.payoffs, as_first(tit_for_tat), tit_for_tat, 10), [80, 80])
    uniform = IPD.partner("uniform")
    np.testing.assert_allclose(expected_returns(IPD.payoffs, as_first(uniform), uniform, 4), [23, 23])


def test_returns_are_those_of_simulation():
    rng = np.random.default_rng(0)
    first, second = as_first(IPD.partner("random-8-0")), IPD.partner("noisy-tit-for-tat")
    rounds, plays = 20, 4_000
    earned = np.zeros((plays, 2))
    for play in range(plays):
        s, t = int(first.start.argmax()), int(second.start.argmax())
        for _ in range(rounds):
            a, b = (int(rng.random() >= machine.policy[x, 0]) for machine, x in ((first, s), (second, t)))
            earned[play] += IPD.payoffs[:, a, b]
            s, t = first.next[s, a, b], second.next[t, a, b]
    error = earned.std(axis=0) / np.sqrt(plays)
    np.testing.assert_array_less(
        np.abs(expected_returns(IPD.payoffs, first, second, rounds) - earned.mean(axis=0)), 4.5 * error
    )


def test_regret_of_the_wrong_belief():
    """Who takes tit-for-tat for a cooperator defects: 10 + 99 * 5 instead of 99 * 8 + 10."""
    partners = [IPD.partner(name) for name in ("always-cooperate", "tit-for-tat", "always-defect")]
    regret = cross_regret(IPD.payoffs, partners, 100)
    assert regret[0, 1] == pytest.approx(99 * 3 / 100)
    assert regret[1, 0] == pytest.approx(99 * 2 / 100)  # and who takes a cooperator for tit-for-tat cooperates
    assert regret[0, 2] == pytest.approx(0)
    np.testing.assert_array_equal(np.diag(regret), 0)


def test_regret_is_that_of_the_product_of_both():
    """Against the same number from the expected returns of two automata, one of which plays the best reply."""
    believed, actual = RPS.partner("alternator"), RPS.partner("mostly-rock")
    rounds = 12
    reply = best_response_to(RPS.payoffs, believed, horizon=rounds).policy
    states = believed.states
    policy = np.eye(3)[reply.ravel()]
    following = np.minimum(np.arange(rounds) + 1, rounds - 1)[:, None, None, None] * states + believed.next[None]
    start = np.zeros(rounds * states)
    start[believed.start.argmax()] = 1
    player = Automaton("reply", start, policy, following.reshape(-1, 3, 3))
    best = best_response_to(RPS.payoffs, actual, horizon=rounds).value
    expected = (best - expected_returns(RPS.payoffs, player, actual, rounds)[0]) / rounds
    assert cross_regret(RPS.payoffs, [believed, actual], rounds)[0, 1] == pytest.approx(expected)


def test_diversity_is_none_where_one_answer_serves_all():
    """In one round of the dilemma defection is best; over many it takes more. The three constants of rock paper
    scissors: the answer to one draws against the second and loses to the third, 1 + 2 of the range 2, half each.
    """
    everyone = [each.automaton for each in IPD.pool("train")]
    assert diversity(IPD.payoffs, everyone, 1) == 0
    assert diversity(IPD.payoffs, everyone, 100) > 0.05
    constants = [RPS.partner(f"always-{name}") for name in RPS.action_names[1]]
    assert diversity(RPS.payoffs, constants, 7) == pytest.approx((1 + 2) / 2 / 2)


def test_senseless_arguments_are_refused():
    partners = [IPD.partner("always-cooperate"), IPD.partner("always-defect")]
    with pytest.raises(ValueError, match="at least two, not 1"):
        diversity(IPD.payoffs, partners[:1], 3)
    with pytest.raises(ValueError, match="must differ"):
        diversity(np.zeros((2, 2, 2)), partners, 3)
    with pytest.raises(ValueError, match="rounds=0"):
        cross_regret(IPD.payoffs, partners, 0)
    with pytest.raises(ValueError, match="2 actions, but player 1 has 3"):
        cross_regret(RPS.payoffs, partners, 3)
    with pytest.raises(ValueError, match="two players, not of 3"):
        expected_returns(np.zeros((3, 2, 2, 2)), *partners, 3)


def test_the_ranking_of_axelrods_demonstration():
    """Axelrod's README: Tournament(demo_strategies, seed=1) ranks Defector, Grudger, Tit For Tat, Cooperator, Random.

    Expected returns of 200 rounds at 3, 0, 5, 1, without matches against oneself.
    """
    payoffs = np.array([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], float)
    game = PartneredGame("axelrod", "Axelrod", payoffs, [("C", "D")] * 2, first=np.array([1.0, 0.0]))
    names = ("always-D", "grim", "tit-for-tat", "always-C", "uniform")
    means = []
    for own in names:
        first = as_first(game.partner(own))
        others = [game.partner(each) for each in names if each != own]
        means.append(np.mean([expected_returns(payoffs, first, other, 200)[0] / 200 for other in others]))
    assert means == sorted(means, reverse=True)
    assert means[3] == pytest.approx((0 + 3 + 3 + 1.5) / 4)  # the one who always cooperates, by hand
