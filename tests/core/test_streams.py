import numpy as np
import pytest

from regretlab.envs.core.chance import categorical
from regretlab.envs.core.streams import ENVIRONMENT, LEARNER, lane_seeds, mix64, seed_streams, uniform


def draws(stream, count):
    return np.array([[uniform(stream, i) for i in range(len(stream))] for _ in range(count)])


def test_mix64_is_the_published_finaliser():
    """SplitMix64's first output for seed 0 is 0xE220A8397B1DCDAF (reference vector of Vigna's splitmix64.c)."""
    with np.errstate(over="ignore"):
        assert int(mix64(np.uint64(0x9E3779B97F4A7C15))) == 0xE220A8397B1DCDAF


def test_lane_i_of_seed_s_is_lane_0_of_seed_s_plus_i():
    many = seed_streams(lane_seeds(2**64 - 3, 6), ENVIRONMENT)
    assert [int(seed_streams(lane_seeds(2**64 - 3 + i, 1), ENVIRONMENT)[0]) for i in range(6)] == many.tolist()


def test_domains_and_lanes_are_uncorrelated():
    """The sample correlation of n independent pairs has standard deviation 1/sqrt(n): 5 of them bound 63 pairs."""
    count, lanes = 4000, 64
    with np.errstate(over="ignore"):
        streams = seed_streams(lane_seeds(7, lanes), ENVIRONMENT)
        first = draws(streams, count)
        other = draws(seed_streams(lane_seeds(7, lanes), LEARNER), count)
    bound = 5 / np.sqrt(count)
    neighbours = [np.corrcoef(first[:, i], first[:, i + 1])[0, 1] for i in range(lanes - 1)]
    lagged = [np.corrcoef(first[1:, i], first[:-1, i + 1])[0, 1] for i in range(lanes - 1)]
    domains = [np.corrcoef(first[:, i], other[:, i])[0, 1] for i in range(lanes)]
    assert np.max(np.abs(neighbours)) < bound
    assert np.max(np.abs(lagged)) < bound
    assert np.max(np.abs(domains)) < bound
    assert abs(first.mean() - 0.5) < 5 / np.sqrt(12 * first.size)


@pytest.mark.parametrize("u", [0.0, 0.3, 0.999, np.nextafter(1.0, 0.0)])
def test_an_outcome_of_probability_zero_is_never_picked(u):
    assert categorical(np.array([0.0, 0.3, 0.0, 0.7 - 1e-16, 0.0]), 5, u) in (1, 3)


def test_categorical_follows_the_cumulative_sum():
    prob = np.array([0.25, 0.25, 0.5])
    assert [categorical(prob, 3, u) for u in (0.0, 0.2499, 0.25, 0.4999, 0.5, 0.99)] == [0, 0, 1, 1, 2, 2]
