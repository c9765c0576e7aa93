"""Expected values: the payoff tables and known answers of arXiv 2412.19726 (definitions 2.1 and 2.2, Table 1)."""

import numpy as np
import pytest

from regretlab.evaluation.metrics.partners import (
    delta_tom_regret,
    delta_tom_value_error,
    functional_regret,
    literal_error,
    tom_percent,
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
