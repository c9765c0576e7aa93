"""What holds for every learner that is told what each of its actions would have paid."""

import math
from typing import Any

import numpy as np
import pytest

import regretlab  # noqa: F401 (registers the environments)
from regretlab.baselines import load, names
from regretlab.baselines.fused import Fused
from regretlab.baselines.mixed_play import MixedPlay
from regretlab.envs.core.registry import build
from regretlab.solvers.normal_form import product_joint

TOLD_ALL = [name for name in names() if load(name).accepts.feedback == "full"]
MIXED = [name for name in TOLD_ALL if "strategy" in load(name).kernels]
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in MIXED),
    ("hedge", {"rate": "anytime"}),
    ("hedge", {"rate": "self-confident"}),
    ("hedge", {"eta": 3.0}),
    ("optimistic_hedge", {"eta": 3.0}),
    ("swap_regret", {"eta": 3.0}),
    ("neurd", {"beta": 0.0}),
    ("stochastic_fictitious_play", {"temperature": 0.01}),
]
BOUNDED = [(name, knobs) for name, knobs in VARIANTS if load(name, **knobs).regret_bound(2, 1) is not None]

#: Six games of three players with 2, 3 and 4 actions.
SIZES = (2, 3, 4)
GAMES = np.random.default_rng(12).uniform(-3.0, 5.0, (6, 3, *SIZES))


def external(gains):
    """Return the external regret from the sums (A, A) of probability of a row times value of a column."""
    return gains.sum(axis=0).max() - np.trace(gains)


def swap(gains):
    """Return the swap regret from the same sums."""
    return (gains.max(axis=1) - np.diag(gains)).sum()


def test_the_learners_that_are_told_all():
    assert set(TOLD_ALL) == {
        *("hedge", "optimistic_hedge", "regret_matching", "regret_matching_plus", "predictive_regret_matching"),
        *("conditional_regret_matching", "swap_regret", "fictitious_play", "stochastic_fictitious_play"),
        *("softmax_policy_gradient", "neurd", "replicator_mutator"),
    }
    assert set(TOLD_ALL) - set(MIXED) == {"conditional_regret_matching"}, "it needs the action that was drawn"
    unbounded = {"conditional_regret_matching", "fictitious_play", "softmax_policy_gradient"}
    assert {name for name, _ in BOUNDED} == set(TOLD_ALL) - unbounded
    assert load("neurd").regret_bound(2, 10) is None, "with a threshold nothing is known"


@pytest.mark.parametrize(("name", "knobs"), VARIANTS)
def test_policies_are_distributions_over_the_players_own_actions(name, knobs):
    play = MixedPlay(GAMES[0], load(name, **knobs), record=True)
    play.advance(300)
    for k, size in enumerate(SIZES):
        policies = play.record.policies[:, 0, k]
        assert np.all(policies >= 0) and not policies[:, size:].any()
        np.testing.assert_allclose(policies.sum(axis=1), 1.0, rtol=1e-12)
        assert np.ptp(policies, axis=0).max() > 0.01, "it learns"
    np.testing.assert_allclose(play.record.policies[0, 0, 2], 1 / 4)


@pytest.mark.parametrize("name", TOLD_ALL)
def test_three_players_with_unequal_numbers_of_actions_draw_from_their_policies(name):
    # In each of many lanes the first action is uniform; how often a joint action is drawn first is binomial.
    lanes = 4_800
    play = Fused(build("IteratedGame-v0", payoffs=GAMES[0], horizon=0), load(name), lanes=lanes)
    first = play.advance(1).joint.sum(axis=0)
    assert np.all(np.abs(first - lanes / 24) < 5 * math.sqrt(lanes / 24))
    if name == "fictitious_play":  # draws without writing its policy
        return
    # What is drawn later has the odds of the policies, which differ from lane to lane.
    play.advance(30)
    drawn = play.advance(1).joint
    policies = play.states[0].policy.reshape(lanes, 3, 4)
    joints = [product_joint([row[:size] for row, size in zip(lane, SIZES, strict=True)]) for lane in policies]
    odds = np.array(joints).reshape(lanes, -1)
    spread = np.sqrt((odds * (1 - odds)).sum(axis=0))
    assert np.all(np.abs(drawn.sum(axis=0) - odds.sum(axis=0)) <= 5 * spread + 1e-6)


@pytest.mark.parametrize("name", TOLD_ALL)
def test_the_dominant_action_is_learned(name):
    # Defection pays more whatever the other does, by a third of the range.
    play = Fused(build("IteratedGame-v0", game="prisoners-dilemma", horizon=0), load(name), lanes=16)
    play.advance(2_000)
    both = play.advance(500).joint[:, 3] / 500
    assert np.all(both > 0.6), "at random they both defect in a quarter of the rounds"


@pytest.mark.parametrize(("name", "knobs"), BOUNDED)
def test_the_regret_of_mixed_play_keeps_to_its_bound(name, knobs):
    learner = load(name, **knobs)
    regret = swap if name == "swap_regret" else external
    for game in GAMES:
        play = MixedPlay(game, learner)
        gains, rounds = 0.0, 0
        for block in (1, 2, 7, 90, 900):
            gains, rounds = gains + play.advance(block).gains[0], rounds + block
            for k, size in enumerate(SIZES):
                bound = float(learner.regret_bound(size, rounds)) * np.ptp(game)
                assert regret(gains[k, :size, :size]) <= bound * (1 + 1e-12)


@pytest.mark.parametrize(("name", "knobs"), BOUNDED)
@pytest.mark.parametrize("actions", [2, 5])
def test_the_regret_against_adversaries_keeps_to_its_bound(rows, name, knobs, actions):
    # Adversaries: only the action that is the least likely pays, or only the likeliest does not; payoffs at random; a
    # best action that changes; payoffs that swing as fast as they can.
    draws = np.random.default_rng(2)
    coins = draws.integers(0, 2, (400, actions))
    adversaries = {
        "least likely": lambda t, policy: np.eye(actions)[policy.argmin()],
        "likeliest": lambda t, policy: 1 - np.eye(actions)[policy.argmax()],
        "coins": lambda t, policy: coins[t],
        "changing": lambda t, policy: np.eye(actions)[t // 80 % actions],
        "swinging": lambda t, policy: np.eye(actions)[t % actions],
    }
    learner = load(name, **knobs)
    regret = swap if name == "swap_regret" else external
    for label, adversary in adversaries.items():
        policies, payoffs = rows(learner, actions=actions).exchange(400, adversary)
        gains = np.cumsum(policies[:, :, None] * payoffs[:, None, :], axis=0)
        bounds = learner.regret_bound(actions, np.arange(1, 401))
        regrets = np.array([regret(each) for each in gains])
        assert np.all(regrets <= bounds * (1 + 1e-12)), label
        if label == "likeliest":
            assert regrets[-1] > 0.5, "this adversary makes everybody regret something"


@pytest.mark.parametrize(("name", "knobs"), BOUNDED)
def test_the_mean_regret_of_sampled_self_play_keeps_to_its_bound(name, knobs):
    # The bounds hold for the expected regret against others who react; the mean over lanes is that up to chance.
    lanes, rounds, learner = 256, 400, load(name, **knobs)
    payoffs = GAMES[0]
    joint = Fused(build("IteratedGame-v0", payoffs=payoffs, horizon=0), learner, lanes=lanes).advance(rounds).joint
    joint = joint.reshape(lanes, *SIZES)
    regret = swap if name == "swap_regret" else external
    for k, size in enumerate(SIZES):
        weight = np.moveaxis(joint, 1 + k, 1).reshape(lanes, size, -1)
        gains = weight @ np.moveaxis(payoffs[k], k, 0).reshape(size, -1).T
        regrets = np.array([regret(each) for each in gains])
        bound = float(learner.regret_bound(size, rounds)) * np.ptp(payoffs)
        assert regrets.mean() < bound + 5 * regrets.std() / math.sqrt(lanes)


CAN_START = sorted(set(MIXED) - {"stochastic_fictitious_play"})


@pytest.mark.parametrize("name", CAN_START)
def test_play_begins_where_it_is_told(name):
    draws = np.random.default_rng(7)
    start = np.zeros((3, 4))
    for k, size in enumerate(SIZES):
        start[k, :size] = draws.dirichlet(np.ones(size))
    policies = MixedPlay(GAMES[1], load(name), start=start).policies[0]
    if name == "fictitious_play":
        np.testing.assert_array_equal(policies, start == start.max(axis=1, keepdims=True))
    else:
        np.testing.assert_allclose(policies, start, rtol=1e-12)


def test_who_cannot_begin_anywhere():
    with pytest.raises(ValueError, match="rate='fixed' only, not 'anytime'"):
        MixedPlay(GAMES[0], load("hedge", rate="anytime"), start=np.eye(3, 4))
