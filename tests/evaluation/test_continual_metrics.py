"""Measures of continual learning on matrices worked out by hand."""

import pytest

from regretlab.evaluation.metrics import continual

# Rows: after task 0, 1, 2. Task 0 is learned to .9 and falls to .3; task 1 is learned to .8 and improves to .85.
MATRIX = [[0.9, 0.1, 0.2], [0.5, 0.8, 0.2], [0.3, 0.85, 1.0]]


def test_known_matrix():
    assert continual.average_performance(MATRIX) == pytest.approx((0.3 + 0.85 + 1.0) / 3)
    assert continual.backward_transfer(MATRIX) == pytest.approx((-0.6 + 0.05) / 2)
    assert continual.forgetting(MATRIX) == pytest.approx((0.6 - 0.05 + 0.0) / 3)
    assert continual.largest_forgetting(MATRIX) == pytest.approx((0.6 + (0.8 - 0.85)) / 2)


def test_forward_transfer_is_the_gain_in_units_of_what_was_left():
    assert continual.forward_transfer([0.75, 0.2], [0.5, 0.2]) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: continual.backward_transfer([[1.0]]), "at least 2 tasks"),
        (lambda: continual.forgetting([[1.0, 2.0]]), "performance must be"),
        (lambda: continual.average_performance([[float("nan")]]), "finite"),
        (lambda: continual.forward_transfer([0.5], [1.0]), "nothing to gain"),
        (lambda: continual.forward_transfer([1.5], [0.5]), "areas must lie between 0 and 1"),
        (lambda: continual.forward_transfer([0.5], [0.5, 0.5]), "must be \\(tasks,\\)"),
    ],
)
def test_undefined_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
