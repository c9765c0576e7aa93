import numpy as np
import pytest
from scipy.stats import binom, mannwhitneyu, trim_mean

from regretlab.evaluation.metrics.statistics import (
    interquartile_mean,
    mean_band,
    paired_difference,
    probability_of_improvement,
    stratified_interval,
)


def test_interquartile_mean_of_known_numbers():
    assert interquartile_mean([1, 2, 3, 4, 5, 6, 7, 8]) == 4.5
    assert interquartile_mean([1000, 2, 3, -1000]) == 2.5
    assert interquartile_mean([1, 2, 6]) == 3
    assert interquartile_mean([[1, 2], [3, 4]], axis=0).tolist() == [2, 3]


def test_interquartile_mean_is_scipys_trimmed_mean():
    rng = np.random.default_rng(1)
    for count in range(1, 14):
        values = rng.normal(size=(3, count))
        np.testing.assert_allclose(interquartile_mean(values, axis=1), trim_mean(values, 0.25, axis=1), rtol=1e-14)


def test_interquartile_mean_refuses_what_has_none():
    for values in ([], [1.0, np.nan]):
        with pytest.raises(ValueError, match="finite numbers"):
            interquartile_mean(values)


def test_stratified_interval_is_reproducible_and_takes_a_generator():
    strata = np.random.default_rng(9).normal(size=(3, 10))
    first = stratified_interval(strata)
    assert first == stratified_interval(strata, rng=0) == stratified_interval(strata, np.random.default_rng(0))
    assert first != stratified_interval(strata, rng=1)
    assert first.low <= first.value <= first.high


def test_strata_keep_their_numbers_of_seeds():
    # Two constant tasks: the mix is fixed, so that nothing varies; resampling the pool would vary it.
    assert stratified_interval([np.zeros(5), np.ones(5)]) == (0.5, 0.5, 0.5)


def test_stratified_interval_covers_as_often_as_it_says():
    # 300 repetitions of 4 tasks x 20 seeds with medians 0, 1, 2, 3 (symmetric, so that the interquartile mean of the
    # mixture is 1.5). The interval is approximate: between 92 % and 97.5 % true coverage is allowed, and the
    # binomial bounds are those that such a coverage breaks with probability 0.001.
    rng = np.random.default_rng(7)
    repetitions = 300
    covered = 0
    for _ in range(repetitions):
        _, low, high = stratified_interval([task + rng.normal(size=20) for task in range(4)], rng)
        covered += low <= 1.5 <= high
    assert binom.ppf(0.001, repetitions, 0.92) <= covered <= binom.ppf(0.999, repetitions, 0.975)


def test_an_interval_needs_two_seeds_in_every_stratum():
    for strata in ([], [[1.0]], [[1.0, 2.0], [3.0]]):
        with pytest.raises(ValueError, match="at least two seeds"):
            stratified_interval(strata)


def test_paired_difference_removes_what_the_seeds_share():
    rng = np.random.default_rng(3)
    shared = 100 * rng.normal(size=20)
    assert paired_difference(shared + 1, shared) == pytest.approx((1, 1, 1))
    noisy = paired_difference(shared + rng.normal(1, 0.1, 20), shared)
    # the mean of 20 differences has a standard error of 0.1 / sqrt(20) = 0.022
    assert noisy.value == pytest.approx(1, abs=4 * 0.0224)
    assert 0.02 < noisy.high - noisy.low < 0.2


def test_paired_difference_needs_pairs():
    for first, second in (([1.0], [2.0]), ([1.0, 2.0], [1.0, 2.0, 3.0]), ([1.0, np.nan], [1.0, 2.0])):
        with pytest.raises(ValueError, match=r"pairs|finite"):
            paired_difference(first, second)


def test_probability_of_improvement_counts_ties_half():
    assert probability_of_improvement([2, 3], [0, 1]) == 1
    assert probability_of_improvement([1], [1]) == 0.5
    assert probability_of_improvement([0, 1, 2], [1, 1]) == 0.5
    # pairs (1,1) tie, (1,2) lost, (3,1) won, (3,2) won
    assert probability_of_improvement([1, 3], [1, 2]) == 2.5 / 4
    rng = np.random.default_rng(5)
    first, second = rng.integers(0, 5, 30), rng.integers(0, 4, 20)
    expected = mannwhitneyu(first, second).statistic / 600
    assert probability_of_improvement(first, second) == pytest.approx(expected, abs=1e-14)
    with pytest.raises(ValueError, match="second must be"):
        probability_of_improvement([1.0], [])


def test_mean_band_has_the_width_of_the_standard_error():
    # 400 standard normal curves: the mean's 95 % interval is 2 * 1.96 / sqrt(400) = 0.196 wide; the sample deviation is
    # within 15 % of 1 and the bootstrap quantiles add less than 10 %
    curves = np.random.default_rng(2).normal(size=(400, 5)) + np.arange(5)
    low, high = mean_band(curves)
    np.testing.assert_allclose(high - low, 0.196, rtol=0.25)
    assert np.all(low < curves.mean(axis=0)) and np.all(curves.mean(axis=0) < high)
    for wrong in (np.zeros((1, 3)), np.zeros(3)):
        with pytest.raises(ValueError, match="at least two seeds"):
            mean_band(wrong)
