"""Errors, fronts and scalarised regret of integrations, by hand and against counting."""

import numpy as np
import pytest

from regretlab.evaluation.metrics.work_precision import (
    error_summary,
    hypervolume,
    pareto_front,
    regret_to_fixed,
    regret_to_instance_best,
    scalarised,
)


def test_quantiles_stand_side_by_side():
    errors = [1e-12, 0.0, 1e-8, 1e-8, 1e-6, 1e-6, 1e-6, 1e-4, 1e-2, np.inf]
    known = {"median": -6.0, "q90": -2.0, "most": np.inf, "survival": 0.8}
    assert error_summary(errors, 1e-3) == pytest.approx(known)
    assert error_summary([0.0], 1e-3)["most"] == -16


def test_the_front_has_what_nothing_beats():
    costs, errors = [1e3, 1e2, 1e4, 1e3, 1e2], [1e-4, 1e-2, 1e-4, 1e-3, 1e-2]
    assert pareto_front(costs, errors).tolist() == [1, 0]


def test_hypervolumes_by_hand():
    # 4 by 2 decades, then 3 by 4, of which 3 by 2 stood there before
    assert hypervolume([1e2, 1e3], [1e-2, 1e-4]) == pytest.approx(4 * 2 + 3 * 2)
    assert hypervolume([1e2, 1e3, 1e4], [1e-2, 1e-4, 1e-3]) == pytest.approx(14), "a point that is beaten adds nothing"
    assert hypervolume([1.0], [1e-6]) == pytest.approx(36)
    assert hypervolume([0.1], [1e-15]) == pytest.approx(36), "what lies beyond the box counts as its edge"
    assert hypervolume([1e7, 10.0], [1e-9, 3.0]) == 0


def test_the_hypervolume_is_the_share_of_random_corners_that_are_beaten():
    random = np.random.default_rng(5)
    costs, errors = 10 ** random.uniform(-1, 7, 12), 10 ** random.uniform(-8, 1, 12)
    draws = 40_000
    cost, error = random.uniform(0, 6, (draws, 1)), random.uniform(-6, 0, (draws, 1))
    beaten = ((np.log10(costs) <= cost) & (np.log10(errors) <= error)).any(axis=1).mean()
    # a share of 40,000 draws has a standard deviation of at most 1/400; five of them, in a box of 36
    assert abs(hypervolume(costs, errors) - 36 * beaten) < 5 * 36 / 400


def test_scalarised_regret_by_hand():
    table = scalarised([[1e3, 1e4], [1e3, 1e4]], [[1e-6, 1e-9], [1e-2, 1e-5]], tolerance=1e-4)
    np.testing.assert_allclose(table, [[3, 4], [5, 4]])
    np.testing.assert_allclose(scalarised([1e3], [1e-2], 1e-4, weight=0.5), [4])
    played = [3.0, 4.5]
    assert regret_to_fixed(played, table) == pytest.approx(-0.25)
    assert regret_to_instance_best(played, table) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: error_summary([], 1e-3), "errors must be numbers of at least 0"),
        (lambda: error_summary([np.nan], 1e-3), "errors must be numbers of at least 0"),
        (lambda: error_summary([0.1], 0.0), "limit must be positive and finite, not 0.0"),
        (lambda: pareto_front([1.0, 2.0], [1.0]), "costs and errors must be positive and of one shape"),
        (lambda: hypervolume([0.0], [1.0]), "costs and errors must be positive and of one shape"),
        (lambda: hypervolume([1.0], [1.0], decades=-1), "most_cost and decades must be positive and finite"),
        (lambda: scalarised([1.0], [1.0], tolerance=0.0), "tolerance and weight must be positive and finite"),
        (lambda: regret_to_fixed([1.0], [[1.0], [2.0]]), r"played must be \(instances,\)"),
    ],
)
def test_what_has_no_answer_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
