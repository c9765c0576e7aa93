"""What the protocols measure, against answers known from elsewhere."""

import numpy as np
import pytest

from regretlab.baselines.learner import load as load_learner
from regretlab.envs.core.registry import build
from regretlab.evaluation.protocols import Meeting, run, unsuited
from regretlab.solvers.certify import certify_environment


def play(protocol, learner, environment, seeds=20, steps=1000, checkpoints=10, **knobs):
    built = build(environment, **knobs.pop("knobs", {}))
    player = load_learner(learner, **knobs)
    return run(protocol, Meeting(built, certify_environment(built), player, 0, seeds, steps, checkpoints))


def mean(outcomes, metric):
    return np.mean([outcome.metrics[metric] for outcome in outcomes])


def test_blocks_are_equal_up_to_one():
    def blocks(steps, checkpoints):
        return Meeting(None, None, None, 0, 1, steps, checkpoints).blocks

    assert blocks(10, 3) == [3, 3, 4]
    assert blocks(2, 5) == [1, 1]


PARTNERS = 600


@pytest.mark.parametrize(
    ("game", "partners", "best_cycle", "functional", "tolerance", "predicted", "bridge"),
    [
        ("rps", ["always-rock", "always-paper", "always-scissors"], [1, 1, 1], 0.083, 0.02, 97.4, 0.039),
        ("ipd", ["always-cooperate", "always-defect"], [10, 5], 0.086, 0.02, 98.5, 0.0),
        ("battle", ["tit-for-tat"], [10], 0.468, 0.05, 97.6, 0.207),
    ],
)
def test_rmax_has_the_published_regret(game, partners, best_cycle, functional, tolerance, predicted, bridge):
    """Riemer et al. 2024 (arXiv:2412.19726), the rows Tabular: 0.083 +- 0.004, 0.086 and 0.468 +- 0.031.

    The tolerance is 0.02, and 0.05 in the battle of the sexes: at most five published standard errors. Delta_ToM with
    the myopic answer to the prediction is 0.039 (published), 0 (defection is dominant) and, recomputed, 0.207.
    Regret a round, T = 100, to the best cycle against the partner (1 in rock-paper-scissors, 10 or 5 in the dilemma, 10
    in the battle of the sexes), gamma = 0.95, m = 1, 600 seeds a partner. Predicted are 97.4 %, 98.5 % and 97.6 %.
    """
    regrets, hits, bridges = [], [], []
    for partner, best in zip(partners, best_cycle, strict=True):
        knobs = {"game": game, "partner": partner}
        outcomes = play("partner", "rmax", "PartnerGame-v0", PARTNERS, 100, 10, knobs=knobs, gamma=0.95, m=1)
        regrets.append(best - np.mean([outcome.achieved for outcome in outcomes]) / 100)
        hits.append(mean(outcomes, "tom_percent"))
        bridges.append(mean(outcomes, "delta_tom_regret"))
    assert np.mean(regrets) == pytest.approx(functional, abs=tolerance)
    assert np.mean(hits) == pytest.approx(predicted, abs=0.4)  # the published standard error of 97.4
    assert np.mean(bridges) == pytest.approx(bridge, abs=0.02)


def test_rmax_predicts_as_published():
    """The same table: in single-action rock-paper-scissors Delta_ToM is 0.039 a round and 97.4 % are predicted."""
    knobs = {"game": "rps", "partner": "always-rock"}
    outcomes = play("partner", "rmax", "PartnerGame-v0", PARTNERS, 100, 10, knobs=knobs)
    assert mean(outcomes, "tom_percent") == pytest.approx(97.4, abs=0.4)
    assert mean(outcomes, "delta_tom_regret") == pytest.approx(0.039, abs=0.006)


def test_in_the_dilemma_predictions_do_not_matter_for_the_best_reply():
    """Defection is dominant, so Delta_ToM is 0; what the agent expects to earn may still be wrong."""
    outcomes = play("partner", "rmax", "PartnerGame-v0", 50, 100, 10, knobs={"partner": "always-cooperate"})
    assert mean(outcomes, "delta_tom_regret") == 0
    assert mean(outcomes, "delta_tom_value_error") > 0


@pytest.mark.parametrize(
    ("game", "partner", "regret"),
    [("rps", "always-rock", 1), ("ipd", "always-cooperate", 1), ("ipd", "always-defect", 2.5)],
)
def test_uniform_play_has_the_known_regret(game, partner, regret):
    """Exact expectations (payoffs 8, 0, 10, 5); a round's payoff has a standard deviation of at most 5.

    The mean of 200 x 100 independent rounds then lies within 5 standard errors, 5 * 5 / sqrt(20000) = 0.18.
    """
    knobs = {"game": game, "partner": partner}
    outcomes = play("partner", "uniform", "PartnerGame-v0", 200, 100, 10, knobs=knobs)
    assert mean(outcomes, "functional_regret") == pytest.approx(regret, abs=0.18 + 0.01)
    assert "tom_percent" not in outcomes[0].metrics


def test_the_oracle_loses_nothing_to_tit_for_tat():
    """8 a round, and 10 for the defection in the last: 802 (partners are certain, so every seed)."""
    outcomes = play("partner", "optimal", "PartnerGame-v0", 3, 100, 4)
    assert [outcome.achieved for outcome in outcomes] == [802.0] * 3
    assert outcomes[0].curve["steps"] == [25, 50, 75, 100]
    assert outcomes[0].curve["values"][-1] == pytest.approx(0, abs=1e-9)


def test_partner_games_are_played_in_whole_episodes():
    with pytest.raises(ValueError, match="multiple of the episode's 100 rounds"):
        play("partner", "uniform", "PartnerGame-v0", steps=150)


@pytest.mark.parametrize(
    ("protocol", "environment", "knobs", "reason"),
    [
        ("online", "IteratedGame-v0", {}, "online is for one player; regretlab/IteratedGame-v0 has 2"),
        ("self-play", "RiverSwim-v0", {}, "games of several players .* not regretlab/RiverSwim-v0"),
        ("self-play", "IteratedGame-v0", {"payoffs": np.zeros((1, 40))}, "games of several players"),
        ("self-play", "IteratedGame-v0", {"payoffs": np.zeros((2, 40, 40))}, "at most 1,024; .* has 1,600"),
        ("partner", "RiverSwim-v0", {}, "against a partner in a repeated game .* not regretlab/RiverSwim-v0"),
        ("partner", "IteratedGame-v0", {"horizon": 10}, "against a partner .* not regretlab/IteratedGame-v0"),
    ],
)
def test_an_environment_that_does_not_suit_the_protocol_is_refused(protocol, environment, knobs, reason):
    with pytest.raises(ValueError, match=reason):
        play(protocol, "uniform", environment, 1, 100, knobs=knobs)


def test_a_game_of_as_many_joint_actions_as_are_counted_is_played():
    knobs = {"payoffs": np.zeros((2, 32, 32))}
    assert unsuited("self-play", build("IteratedGame-v0", **knobs)) is None
    assert [outcome.achieved for outcome in play("self-play", "uniform", "IteratedGame-v0", 2, 10, 1, knobs=knobs)] == [
        0,
        0,
    ]


def test_regret_on_the_t_maze_is_the_optimum_minus_what_was_earned():
    """The oracle earns 1 an episode; always up earns 1 or -1, so that its regret is twice its number of errors."""
    oracle = play("online", "optimal", "TMazePassive-v0", 2, 1000, 10, knobs={"length": 4})
    assert [outcome.achieved for outcome in oracle] == [1.0, 1.0]
    assert oracle[0].curve["values"] == [0.0] * 10
    fixed = play("online", "fixed", "TMazePassive-v0", 20, 1000, 10, knobs={"length": 4}, action=0)
    for outcome in fixed:
        episodes = outcome.metrics["episodes"]
        assert episodes == 250
        assert outcome.metrics["cumulative_regret"] == pytest.approx(episodes * (1 - outcome.achieved))
        assert outcome.metrics["cumulative_regret"] % 2 == 0
    # 20 x 250 fair coins: the mean of +-1 lies within 5 / sqrt(5000) of 0.
    assert np.mean([outcome.achieved for outcome in fixed]) == pytest.approx(0, abs=5 / np.sqrt(5000))


def test_regret_on_the_river_is_the_gain_minus_what_was_earned():
    """Always left earns exactly 0.005 a step, 0.4236... less than the gain 3601.5 / 8402.5."""
    (outcome,) = play("online", "fixed", "RiverSwim-v0", 1, 1000, 10, action=0)
    assert outcome.achieved == pytest.approx(0.005)
    assert outcome.metrics["cumulative_regret"] == pytest.approx(1000 * (3601.5 / 8402.5 - 0.005))


def test_a_task_without_a_finished_episode_is_refused():
    with pytest.raises(ValueError, match="no episode"):
        play("online", "uniform", "TMazePassive-v0", steps=5, knobs={"length": 10})


def test_self_play_publishes_every_gap():
    """Regret matching's average play in rock-paper-scissors is an equilibrium in the limit (Hart and Mas-Colell 2000).

    For two players of a zero-sum game NashConv of the average play is at most the sum of the external regrets.
    """
    knobs = {"game": "rock-paper-scissors"}
    outcomes = play("self-play", "regret_matching", "MatrixGame-v0", 3, 20_000, 5, knobs=knobs)
    for outcome in outcomes:
        metrics = outcome.metrics
        assert outcome.achieved <= 2 * metrics["external_regret"] + 1e-12
        assert outcome.achieved < 0.1
        assert metrics["cce_gap"] <= metrics["ce_gap"] + 1e-12
        assert metrics["external_regret"] <= metrics["swap_regret"] + 1e-12
        assert outcome.curve["values"][-1] == outcome.achieved


def test_self_play_says_who_gets_what():
    """Always cooperate in the prisoner's dilemma 3, 0, 5, 1: 3 each, and 2 to gain by defecting."""
    (outcome,) = play("self-play", "fixed", "MatrixGame-v0", 1, 10, 1, knobs={"game": "prisoners-dilemma"}, action=0)
    expected = {"nash_conv_of_marginals": 4, "largest_gain": 2, "ce_gap": 4, "cce_gap": 4}
    expected |= {"welfare": 6, "egalitarian_welfare": 3, "equality": 1, "cooperation_rate": 1}
    expected |= {"external_regret": 2, "internal_regret": 2, "swap_regret": 2}
    assert outcome.metrics == expected and outcome.achieved == 4
    # a game in which nobody gets anything has nothing to share, and no action called cooperate
    knobs = {"payoffs": np.zeros((2, 2, 2))}
    (outcome,) = play("self-play", "fixed", "MatrixGame-v0", 1, 10, 1, knobs=knobs, action=0)
    assert "equality" not in outcome.metrics and "cooperation_rate" not in outcome.metrics


def test_correlated_and_coarse_gaps_differ_on_shapleys_game():
    """External regret vanishes and with it the CCE gap; the play cycles (Shapley 1964), so CE gap and NashConv do not.

    By Hart and Mas-Colell 2000 a player's expected regret a round is at most sqrt(A / T) for A actions with payoffs
    from 0 to 1: for two players 2 sqrt(3 / 100,000) = 0.011.
    """
    (outcome,) = play("self-play", "regret_matching", "MatrixGame-v0", 1, 100_000, 5, knobs={"game": "shapley"})
    assert outcome.metrics["cce_gap"] < 0.011
    assert outcome.metrics["ce_gap"] > 0.1
    assert outcome.achieved > 0.2


@pytest.mark.parametrize("pool", ["train", "held-out"])
def test_the_oracle_has_no_regret_against_a_pool(pool):
    # It sees which partner it meets. The sum of 100 rewards from 0 to 10 has a standard deviation of at most 50, and
    # only what partners draw varies: the mean over at least 11 partners and 30 seeds is within 4 * 50 / sqrt(330).
    outcomes = play("partner", "optimal", "PartnerGame-v0", 30, 100, 10, knobs={"partner": pool})
    assert abs(np.mean([outcome.metrics["cumulative_regret"] for outcome in outcomes])) < 4 * 50 / np.sqrt(330)
    assert all(outcome.metrics["worst_regret"] >= outcome.metrics["functional_regret"] for outcome in outcomes)


def test_regret_against_several_partners_is_the_mean_over_them():
    # Uniform play in the dilemma: 1 against a cooperator, 2.5 against a defector (Riemer et al. 2024), 1.75 on average.
    knobs = {"partner": ["always-cooperate", "always-defect"]}
    outcomes = play("partner", "uniform", "PartnerGame-v0", 200, 100, 10, knobs=knobs)
    # A reward's standard deviation is 1 and 2.5, so that of the mean of 200 * 100 rounds of each is 0.0095.
    assert mean(outcomes, "functional_regret") == pytest.approx(1.75, abs=4 * 0.0095)
    assert mean(outcomes, "worst_regret") == pytest.approx(2.5, abs=0.05)
    for outcome in outcomes:
        assert outcome.metrics["functional_regret"] == pytest.approx(7.5 - outcome.achieved / 100)
        assert outcome.curve["values"][-1] == pytest.approx(outcome.metrics["cumulative_regret"])


def test_a_seed_gives_the_same_against_a_pool_whatever_it_is_run_with():
    knobs = {"partner": "train", "game": "battle"}
    environment = build("PartnerGame-v0", **knobs)
    certificate, learner = certify_environment(environment), load_learner("rmax")
    three = run("partner", Meeting(environment, certificate, learner, 4, 3, 100, 5))
    one = run("partner", Meeting(environment, certificate, learner, 5, 1, 100, 5))
    assert three[1] == one[0] and three[0] != three[1]


def test_actions_with_predictions_are_not_played_by_the_protocol():
    assert "is for one player against a partner" in unsuited("partner", build("PartnerGame-v0", predict=True))
