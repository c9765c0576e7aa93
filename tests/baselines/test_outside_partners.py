"""Bots of OpenSpiel and strategies of Axelrod as partners, learners as partners, and answers to them by simulation."""

import sys

import numpy as np
import pytest

import regretlab
from regretlab.baselines.agent import as_agent
from regretlab.baselines.learner import load
from regretlab.baselines.lockstep import Lockstep
from regretlab.baselines.partners import axelrod_strategy, roshambo
from regretlab.envs.core.registry import build
from regretlab.envs.games.histories import decode
from regretlab.envs.partners import library
from regretlab.evaluation.metrics.population import aggregate_score
from regretlab.evaluation.simulated_response import simulated_best_response

RPS, IPD = library.load("rps").payoffs, library.load("ipd").payoffs
ROCK, PAPER, SCISSORS = range(3)


class Script:
    """Plays 0, 1, 1, 2, 0, 1, 1, 2, ... modulo its actions."""

    def __init__(self, observation_space, action_space, seed):
        self.actions, self.round = action_space.n, 0

    def act(self, obs):
        return (0, 1, 1, 2)[self.round % 4] % self.actions

    def update(self, *told):
        self.round += 1


def match(first, second, payoffs, rounds, seed=0, lanes=1, episode=None):
    """Actions (rounds, lanes, 2) of two classes of agents."""
    game = build("IteratedGame-v0", payoffs=payoffs, horizon=rounds if episode is None else episode)
    play = Lockstep(game, [first, second], lanes=lanes, seed=seed, record=True)
    play.advance(rounds)
    return play.record.actions


def test_bots_do_what_their_names_say():
    pytest.importorskip("pyspiel")
    assert len(roshambo.roshambo_names()) == 43  # as the wheels of OpenSpiel hold
    actions = match(Script, roshambo.roshambo_bot("rockbot"), RPS, 12)[:, 0]
    assert set(actions[:, 1]) == {ROCK}
    actions = match(Script, roshambo.roshambo_bot("copybot"), RPS, 12)[:, 0]
    np.testing.assert_array_equal(actions[1:, 1], (actions[:-1, 0] + 1) % 3)  # it beats the last throw
    turned = match(roshambo.roshambo_bot("copybot"), Script, RPS, 12)[:, 0]
    np.testing.assert_array_equal(turned[1:, 0], actions[1:, 1])  # whichever seat it has
    actions = match(Script, roshambo.roshambo_bot("rotatebot"), RPS, 12, episode=4)[:, 0]
    np.testing.assert_array_equal(actions[:, 1], [0, 1, 2, 0] * 3)  # every episode is a match of its own


def test_bots_draw_from_their_seed_alone():
    pytest.importorskip("pyspiel")
    first, second = roshambo.roshambo_bot("greenberg"), roshambo.roshambo_bot("iocainebot")
    together = match(first, second, RPS, 60, seed=4, lanes=3)
    for lane in range(3):
        np.testing.assert_array_equal(match(first, second, RPS, 60, seed=4 + lane)[:, 0], together[:, lane])
    assert (together[:, 0] != together[:, 1]).any()


def test_the_best_bots_have_their_published_returns():
    """Lanctot et al. 2023, table of 43 bots: greenberg 288.15 - 3.65 = 284.50, iocainebot 255.00 - 5.01 = 250.00.

    One match with each bot, itself included: the mean of 43 sums of 1,000 throws between -1 and 1, each drawn with a
    standard deviation of at most 1; four standard errors are 4 * sqrt(1,000 / 43) = 19.3.
    """
    pytest.importorskip("pyspiel")
    names = roshambo.roshambo_names()
    published = ("greenberg", 288.15, 3.65, 284.5), ("iocainebot", 255.0, 5.01, 250.0)
    for name, population, exploited, aggregate in published:
        assert population - exploited == pytest.approx(aggregate, abs=0.011)  # as printed, to two digits
        returns = []
        for k, other in enumerate(names):
            own, theirs = match(roshambo.roshambo_bot(name), roshambo.roshambo_bot(other), RPS, 1_000, seed=k)[:, 0].T
            returns.append(RPS[0][own, theirs].sum())
        assert np.mean(returns) == pytest.approx(population, abs=19.3)
        assert min(returns) > -exploited - 4 * np.sqrt(1_000)  # no bot beats it by more than chance allows
        assert aggregate_score([returns])[0] == np.mean(returns) + min(returns)


def test_bots_refuse_what_they_cannot_play():
    pytest.importorskip("pyspiel")
    with pytest.raises(ValueError, match=r"name='greenburg' is not a RoShamBo bot; did you mean 'greenberg'\?"):
        roshambo.roshambo_bot("greenburg")
    with pytest.raises(ValueError, match="rockbot plays games of 3 actions, not of 2"):
        match(Script, roshambo.roshambo_bot("rockbot"), IPD, 2)
    with pytest.raises(ValueError, match="rockbot plays at most 1,000 throws"):
        match(Script, roshambo.roshambo_bot("rockbot"), RPS, 1_001)
    game = build("IteratedGame-v0", payoffs=RPS, horizon=9, memory=0)
    with pytest.raises(ValueError, match="give the game memory=1 or more"):
        Lockstep(game, [Script, roshambo.roshambo_bot("rockbot")]).advance(1)


@pytest.mark.parametrize(
    ("package", "make", "extra"),
    [("pyspiel", roshambo.roshambo_bot, "open-spiel"), ("axelrod", axelrod_strategy.axelrod_strategy, "axelrod")],
)
def test_a_missing_package_is_named(monkeypatch, package, make, extra):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf"regretlab\[{extra}\]"):
        make("anybody")


def test_strategies_of_axelrod_play_as_ours():
    pytest.importorskip("axelrod")
    assert len(axelrod_strategy.axelrod_names()) > 200
    for theirs, ours in (("TitForTat", "tit-for-tat"), ("Grudger", "grim"), ("TitFor2Tats", "tit-for-two-tats")):
        actions = match(Script, axelrod_strategy.axelrod_strategy(theirs), IPD, 20, episode=10)[:, 0]
        machine = library.load("ipd").partner(ours)
        state = 0
        for t, (own, other) in enumerate(actions):
            if t % 10 == 0:
                state = int(machine.start.argmax())
            assert machine.policy[state, other] == 1
            state = machine.next[state, own, other]
    random = axelrod_strategy.axelrod_strategy("Random", p=0.3)
    one, same, other = (match(Script, random, IPD, 30, seed=seed)[:, 0, 1] for seed in (1, 1, 2))
    assert one.tolist() == same.tolist() != other.tolist()
    with pytest.raises(ValueError, match="name='TitForTit' is not a strategy of Axelrod; did you mean 'TitForTat'"):
        axelrod_strategy.axelrod_strategy("TitForTit")
    with pytest.raises(ValueError, match="TitForTat plays games of 2 actions, not of 3"):
        match(Script, axelrod_strategy.axelrod_strategy("TitForTat"), RPS, 2)


@pytest.mark.parametrize("learner", ["fictitious_play", "regret_matching"])
def test_a_learner_that_is_told_everything_can_be_a_partner(learner):
    """As an agent it works out what its other actions would have paid: the numbers are those of the learner itself."""
    game = build("IteratedGame-v0", payoffs=RPS, horizon=20)
    play = Lockstep(game, [Script, load(learner)], seed=3, record=True)
    play.advance(40)
    agent = as_agent(load(learner), game, 1)(None, None, 3)
    for t in range(40):
        seen, own = play.record.observations[t, 0, 1], play.record.actions[t, 0, 1]
        assert agent.act(seen) == own
        agent.update(seen, own, play.record.rewards[t, 0, 1], play.record.following[t, 0, 1], False, t % 20 == 19)
    env = regretlab.as_single_agent("IteratedGame-v0", {1: load(learner)}, payoffs=RPS, horizon=50)
    env.reset(seed=0)
    seen = [env.step(ROCK)[0] for _ in range(50)]
    assert [decode(o, (3, 3))[-1][1] for o in seen[5:]] == [PAPER] * 45


def test_the_best_answer_to_a_learner_by_simulation():
    """Fixed play has an exact best response; one who counts is led on by a cycle, as Brown's fictitious play is."""
    found = simulated_best_response(RPS, load("fixed", action=0), 30, 4)
    assert (found.value.low, found.value.value, found.value.high) == (30, 30, 30)  # paper from the first round on
    against = simulated_best_response(RPS, load("fictitious_play"), 30, 20)
    assert against.value.kind == "reference" and against.value.how.startswith("simulated: ")
    assert against.value.low <= against.value.value <= against.value.high
    assert against.value.value > 5  # uniform play has the mean 0 and a standard deviation of sqrt(30 * 2 / 3 / 10)
    for bad in (3, 2, 5):
        with pytest.raises(ValueError, match=f"seeds={bad} is not allowed"):
            simulated_best_response(RPS, load("fixed"), 10, bad)
    with pytest.raises(ValueError, match="two players, not of 3"):
        simulated_best_response(np.zeros((3, 2, 2, 2)), load("fixed"), 10)
