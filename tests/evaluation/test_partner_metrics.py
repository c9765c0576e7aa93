"""Expected values: the payoff tables and known answers of arXiv 2412.19726 (definitions 2.1 and 2.2, Table 1)."""

import numpy as np
import pytest

from regretlab.evaluation.metrics.partners import (
    adaptation_time,
    best_response_proximity,
    brier_score,
    coupling_gap,
    delta_tom_regret,
    delta_tom_value_error,
    functional_regret,
    late_regret,
    literal_error,
    log_loss,
    normalised_functional_regret,
    population_scores,
    tom_percent,
    worst_decile,
)

RPS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
BOS = np.array([[10, 0], [0, 7]])
IPD = np.array([[8, 0], [10, 5]])


def test_literal_counts_wrong_predictions():
    assert literal_error([0, 1, 2, 1], [0, 1, 1, 1]) == 1
    assert tom_percent([0, 1, 2, 1], [0, 1, 1, 1]) == 75.0
    assert tom_percent([-1, 1, 1, 1], [0, 1, 1, 1]) == 75.0


@pytest.mark.parametrize("predicted", [None, [-1, -1], [0], [], [0.0, 1.0]])
def test_literal_is_undefined_without_predictions(predicted):
    with pytest.raises(ValueError, match="predict"):
        literal_error(predicted, [0, 1])
    with pytest.raises(ValueError, match="predict"):
        tom_percent(predicted, [0, 1])


def test_functional_regret_of_uniform_play():
    # against a partner of one action: 1 in rock-paper-scissors; 1 (C) and 2.5 (D) in the prisoner's dilemma
    assert functional_regret(1.0, RPS[:, 0]) == 1
    assert functional_regret(10.0, IPD[:, 0]) == 1
    assert functional_regret(5.0, IPD[:, 1]) == 2.5
    assert functional_regret([10.0, 5.0], [10.0, 5.0]) == 0
    assert functional_regret(8.0, [8.0, 10.0]) == -1


def test_functional_regret_refuses_other_shapes():
    for optimum, rewards in ((1.0, []), ([1.0, 2.0], [1.0]), (np.inf, [1.0]), (1.0, [np.nan])):
        with pytest.raises(ValueError, match="finite"):
            functional_regret(optimum, rewards)


def test_delta_tom_regret_of_wrong_predictions():
    # rock-paper-scissors: the two wrong predictions cost 1 and 2, on average 1.5; battle of the sexes: 10 and 7, 8.5
    assert delta_tom_regret(RPS, [1, 2], [0, 0], 1.0) == 1.5
    assert delta_tom_regret(BOS, [1, 0], [0, 1], [10, 7]) == 8.5
    assert delta_tom_regret(RPS, [0, 1, 2], [0, 1, 2], 1.0) == 0


def test_in_the_prisoners_dilemma_only_the_value_error_sees_wrong_predictions():
    predicted, actual = [0, 1, 0, 1], [1, 0, 0, 1]
    assert delta_tom_regret(IPD, predicted, actual, IPD.max(axis=0)[actual]) == 0
    # two wrong predictions in four rounds, each off by |10 - 5| = 5
    assert delta_tom_value_error(IPD, predicted, actual) == 2.5


def test_the_bridge_needs_a_prediction_in_every_round():
    for predicted in (None, [-1, 0], [2, 0]):
        with pytest.raises(ValueError, match="predict"):
            delta_tom_regret(IPD, predicted, [0, 0], 10.0)
        with pytest.raises(ValueError, match="predict"):
            delta_tom_value_error(IPD, predicted, [0, 0])
    with pytest.raises(ValueError, match="actual must hold actions from 0 to 1"):
        delta_tom_value_error(IPD, [0, 0], [0, 2])
    with pytest.raises(ValueError, match="payoffs must be a finite matrix"):
        delta_tom_value_error([1, 2], [0, 0], [0, 1])


def test_forecasts_by_hand():
    # certain and right 0, certain and wrong 2, even odds of two (1/2)^2 + (1/2)^2 = 1/2
    assert brier_score([[1, 0], [1, 0], [0.5, 0.5]], [0, 1, 1]) == pytest.approx((0 + 2 + 0.5) / 3)
    assert log_loss([[0.5, 0.5], [0.25, 0.75]], [0, 0]) == pytest.approx((np.log(2) + np.log(4)) / 2)
    assert log_loss([[1, 0]], [1]) == np.inf


def test_both_scores_are_proper():
    # Against a partner that plays 0 with probability 0.7, no forecast beats 0.7 in expectation.
    actual = np.array([0] * 7 + [1] * 3)
    for score in (brier_score, log_loss):
        found = [score(np.tile([q, 1 - q], (10, 1)), actual) for q in np.linspace(0.05, 0.95, 19)]
        assert np.argmin(found) == 13  # q = 0.7


@pytest.mark.parametrize(
    ("forecasts", "actual", "message"),
    [
        ([[0.5, 0.6]], [0], "a distribution in every round"),
        ([[1.5, -0.5]], [0], "a distribution in every round"),
        ([[1, 0]], [2], "actions from 0 to 1"),
        ([[1, 0]], [0.5], "actions from 0 to 1"),
        ([[1, 0]], [0, 1], "a row for each"),
        ([], [], "a row for each"),
    ],
)
def test_forecasts_that_are_none(forecasts, actual, message):
    for score in (brier_score, log_loss):
        with pytest.raises(ValueError, match=message):
            score(forecasts, actual)


def test_regret_in_units_of_what_is_at_stake():
    # the prisoner's dilemma against tit-for-tat (8 to 5.75): uniform play has regret 2.25
    assert normalised_functional_regret(2.25, 8.0, 5.75) == 1
    assert normalised_functional_regret(0.0, 8.0, 5.75) == 0
    assert coupling_gap(0.5, 0.2) == pytest.approx(0.3)
    with pytest.raises(ValueError, match="nothing to normalise by"):
        normalised_functional_regret(0.0, 0.0, 0.0)


def test_the_time_until_an_agent_has_adapted():
    rewards = np.array([0.0] * 30 + [1.0] * 70)
    # nine right answers and one wrong one are a regret of 1/10, a tenth of what is at stake
    assert adaptation_time(1.0, rewards, 0.0) == 29
    assert adaptation_time(1.0, rewards, 0.0, window=1) == 30
    assert adaptation_time(1.0, np.zeros(20), 0.0) is None
    assert adaptation_time(np.ones(100), rewards, 0.0) == 29
    assert late_regret(1.0, rewards) == 0 and late_regret(1.0, rewards, 100) == pytest.approx(0.3)
    for bad in ({"random": 1.0}, {"random": 0.0, "window": 0}, {"random": 0.0, "window": 101}):
        with pytest.raises(ValueError, match=r"uniform play|window must be"):
            adaptation_time(1.0, rewards, **bad)
    with pytest.raises(ValueError, match="rounds must be from 1 to 100"):
        late_regret(1.0, rewards, 101)


def test_proximity_to_the_best_response_and_the_worst_partners():
    np.testing.assert_array_equal(best_response_proximity([4, 12, -1, 3], [8, 10, 5, 0]), [0.5, 1, -0.2, 1])
    assert worst_decile(np.arange(20)) == 0.5
    assert worst_decile([3.0, 1.0]) == 1
    with pytest.raises(ValueError, match="one shape"):
        best_response_proximity([1, 2], [1])
    with pytest.raises(ValueError, match="at least one"):
        worst_decile([])


def test_scores_within_a_population():
    # rows by hand: means 1, 0, -1; largest losses 0 (nobody beats it), 3, 3
    found = population_scores([[0, 3, 0], [-3, 0, 3], [0, -3, 0]])
    np.testing.assert_array_equal(found.population_return, [1, 0, -1])
    np.testing.assert_array_equal(found.exploitability, [0, 3, 3])
    np.testing.assert_array_equal(found.aggregate, [1, -3, -4])
    for bad in ([[1, 2]], [], [[np.nan]]):
        with pytest.raises(ValueError, match="finite square table"):
            population_scores(bad)
