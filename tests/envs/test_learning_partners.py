"""Partners that learn: against the learners' own kernels driven by hand, and what is known of playing against them."""

import numpy as np
import pytest

from regretlab.baselines.learner import load
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.registry import build
from regretlab.envs.core.streams import mix64
from regretlab.envs.partners import learning, pools
from regretlab.envs.partners import load as load_game
from regretlab.envs.partners.partner_game import find_partners
from regretlab.evaluation.protocols import Meeting, certify, run
from regretlab.testing import check_environment

ID, SELF, PARTNER = "PartnerGame-v0", 0, 1


def by_hand(game, learner, key, actions):
    """What ``learner`` plays against ``actions``: its kernels, in turn with a game of two players, for one episode."""
    iterated = build("IteratedGame-v0", payoffs=game.payoffs, horizon=len(actions), feedback="full")
    told = iterated
    if learner.accepts.feedback == "bandit":
        told = build("IteratedGame-v0", payoffs=game.payoffs, horizon=len(actions), feedback="bandit")
    known = learner.prepared(told, [PARTNER])
    state = known.rows(iterated, [PARTNER], np.zeros(1, np.uint64))
    state.key[:] = key
    batch = Batch(iterated, 1, autoreset="disabled")
    shown, played = batch.reset(seed=0)[0, PARTNER], []
    with np.errstate(over="ignore"):  # the streams wrap around
        for own in actions:
            before = shown
            action = int(known.kernels["act"](known.params, state, 0, before))
            following, rewards, *_ = batch.step(np.array([[own, action]]))
            shown, earned = following[0, PARTNER], rewards[0, PARTNER]
            would = game.payoffs[PARTNER, own].astype(float)
            known.kernels["update"](known.params, state, 0, before, action, earned, shown, False, False, would)
            played.append(action)
    return played


@pytest.mark.parametrize(
    ("partner", "game"),
    [("q-learner", "ipd"), ("regret-matcher", "rps"), ("fictitious-player", "rps"), ("exp3", "battle")],
)
def test_it_plays_as_the_learner_does_and_anew_in_every_episode(partner, game):
    known, rounds = load_game(game), 40
    learner = learning.pool().get(partner) or load(partner)
    batch = Batch(build(ID, game=game, partner=partner, rounds=rounds), 1, autoreset="disabled")
    random = np.random.default_rng(5)
    for seed in (3, None):  # the second episode goes on with the stream of the first
        batch.reset(seed)
        with np.errstate(over="ignore"):
            key = mix64(batch.state.key[0])
        actions, chosen = random.integers(known.payoffs.shape[1], size=rounds).tolist(), []
        for own in actions:
            chosen.append(int(batch.state.chosen[0]))
            shown, rewards, *_ = batch.step(np.array([[own]]))
            assert rewards[0, 0] == known.payoffs[SELF, own, chosen[-1]]
            assert (shown[0, 0] - 1) % known.payoffs.shape[2] == chosen[-1]
        assert chosen == by_hand(known, learner, key, actions)


def test_it_is_an_environment_like_any_other():
    check_environment(build(ID, partner="learners", rounds=20, predict=True))


def test_one_of_several_is_drawn_and_a_lane_may_have_its_own():
    environment = build(ID, partner="learners")
    batch = Batch(environment, 3_000)
    batch.reset(seed=0)
    drawn = np.bincount(batch.state.playing, minlength=3)
    assert np.all(np.abs(drawn - 1_000) < 5 * np.sqrt(3_000 * 2 / 9))  # five standard deviations
    batch = Batch(environment, 6, lane_parameters={"partner": [0, 1, 2, -1, 2, 0]})
    batch.reset(seed=0)
    assert batch.state.playing[[0, 1, 2, 4, 5]].tolist() == [0, 1, 2, 2, 0]


def test_best_response_to_fictitious_play_in_the_dilemma():
    """It draws its first action and defects ever after, as whatever was played defection would have paid more.

    So to cooperate gains nothing: the best is to defect, for 10 or 5 in the first round and 5 in the 99 after it.
    """
    certificate = build(ID, game="ipd", partner="fictitious-player").certify()
    optimal = certificate.optimal
    assert optimal.kind == "reference" and optimal.how.startswith("simulated: ")
    assert optimal.low <= 502.5 <= optimal.high
    # Uniform play earns 8, 0, 10 or 5 in the first round, and 0 or 5 in each of the others.
    assert certificate.random.low <= 23 / 4 + 99 * 2.5 <= certificate.random.high
    assert certificate.random.kind == "reference"


def test_what_is_known_of_the_learner_is_used_against_it():
    """The values of a Q-learner follow from what was played, so that its greedy actions are known.

    It takes the greedy one 14 times in 15, so that the best reply earns at most 14/15 - 1/30 = .9 a round. In each of
    10 places (1 without a memory) nothing is known the first time. After that the action that was beaten is worse than
    the others, of which a reply beats one and ties with the other: half of .9.
    """
    for memory, places in ((1, 10), (0, 1)):
        found = build(ID, game="rps", partner="q-learner", memory=memory).certify().optimal
        assert "best replies to its next mixed action" in found.how
        assert 0.45 * (100 - places) < found.low < found.high < 90


def test_the_protocol_scores_each_learner_of_the_pool():
    environment = build(ID, game="ipd", partner="learners", rounds=50)
    certificate = certify("partner", environment)
    best = certificate.facts["best_responses"]
    assert set(best) == {"q-learner", "regret-matcher", "fictitious-player"}
    assert certificate.optimal.value == pytest.approx(np.mean(list(best.values())))
    (outcome,) = run("partner", Meeting(environment, certificate, load("fixed", action=1), 0, 1, 50, 10))
    assert set(outcome.parts) == set(best)
    part = outcome.parts["fictitious-player"]
    assert part["achieved"] in (250, 255)  # always defect, which the reference is too
    assert part["metrics"]["functional_regret"] == pytest.approx((best["fictitious-player"] - part["achieved"]) / 50)
    single = build(ID, game="ipd", partner="fictitious-player", rounds=50)
    (alone,) = run("partner", Meeting(single, certify("partner", single), load("fixed", action=1), 0, 1, 50, 10))
    assert list(alone.parts) == ["fictitious-player"]


def test_mistakes_are_refused():
    with pytest.raises(ValueError, match="either all partners of a list learn, or none does"):
        build(ID, partner=["q-learner", "tit-for-tat"])
    for name, reason in (
        ("optimal", "plays by 'state'"),
        ("cheb_cb", "plays by 'vector'"),
        ("ucrl2", "ucrl2 plays alone"),
    ):
        with pytest.raises(ValueError, match=reason):
            build(ID, partner=name)
    with pytest.raises(ValueError, match=r"partner='q-lerner' is not .* did you mean 'q-learner'"):
        build(ID, partner="q-lerner")
    with pytest.raises(ValueError, match="a partner that learns is no automaton"):
        find_partners(load_game("ipd"), "q-learner")
    with pytest.raises(ValueError, match="its partners learn, and are no automata"):
        load_game("ipd").pool("learners")
    entry = {"name": "x", "summary": "", "rule": "uniform", "learner": "hedge"}
    with pytest.raises(ValueError, match="a rule or a learner"):
        pools.parse({"name": "p", "summary": "", "sha256": pools.content_hash([entry]), "partners": [entry]})
