"""The kit finds what is wrong: each check fails on an environment that breaks its rule."""

import dataclasses

import numpy as np
import pytest

from regretlab.envs.core import Observation, kernel
from regretlab.envs.core.environment import from_module
from regretlab.envs.core.registry import build
from regretlab.solvers import TooLargeError
from regretlab.testing import (
    check_certificate,
    check_declaration,
    check_determinism,
    check_lanes,
    check_model,
    check_pictures,
)

MAZE = build("regretlab/TMazePassive-v0", length=4)
RIVER = build("regretlab/RiverSwim-v0")


def broken(environment, slug, spec=None, defined=(), **kernels):
    return dataclasses.replace(
        environment,
        slug=slug,
        spec=dataclasses.replace(environment.spec, **(spec or {})),
        kernels={**environment.kernels, **kernels},
        defined=environment.defined | set(defined),
    )


@kernel
def lopsided_start(p, c, stage, prob):
    prob[0], prob[1] = 0.5, 0.4
    return 2


@kernel
def always_stays(p, s, i, a, c, stage, u):
    return 1


@kernel
def even_chance(p, s, i, a, c, stage, prob):
    prob[0], prob[1], prob[2] = 0.0, 0.5, 0.5
    return 3


@kernel
def certain_chance(p, s, i, a, c, stage, prob):
    prob[0], prob[1], prob[2] = 0.0, 0.0, 1.0
    return 3


@kernel
def always_right(p, s, i, a, c, stage, u):
    return 2


def test_a_reward_outside_the_declared_range():
    with pytest.raises(AssertionError, match="outside"):
        check_declaration(broken(MAZE, "Small", {"reward_range": (0.0, 0.5)}))


def test_an_observation_outside_its_space():
    with pytest.raises(AssertionError, match="observation"):
        check_declaration(broken(MAZE, "Few", {"observation": Observation.integers(2)}))


def test_a_distribution_that_does_not_sum_to_one():
    with pytest.raises(AssertionError, match="not a distribution"):
        check_declaration(broken(MAZE, "Lopsided", start=lopsided_start))


def test_a_pick_that_does_not_follow_the_distribution():
    with pytest.raises(AssertionError, match="pick gives"):
        check_declaration(broken(RIVER, "Stays", pick=always_stays))


def test_a_model_that_is_not_what_is_simulated():
    """The simulation picks by the river's own odds, the model is listed from even ones."""
    assert "pick" in RIVER.defined
    with pytest.raises(AssertionError, match=r"excludes|total variation"):
        check_model(broken(RIVER, "Even", chance=even_chance))


def test_a_certificate_that_is_too_high():
    def certify():
        known = MAZE.certify()
        return dataclasses.replace(known, optimal=dataclasses.replace(known.optimal, value=1.1))

    with pytest.raises(AssertionError, match=r"optimal earned 1, certified 1\.1"):
        check_certificate(dataclasses.replace(MAZE, certify=certify))


def test_lanes_that_share_their_randomness(monkeypatch):
    monkeypatch.setattr(
        "regretlab.envs.core.batch.seed_streams", lambda seeds, domain: np.full(len(seeds), 3, np.uint64)
    )
    with pytest.raises(AssertionError, match="are the same"):
        check_lanes(MAZE)


def test_lanes_that_are_shifted_copies(monkeypatch):
    """Keys that are plain multiples of the generator's increment."""
    increment = np.uint64(0x9E3779B97F4A7C15)

    def shifted(seeds, domain):
        with np.errstate(over="ignore"):
            return seeds * increment

    monkeypatch.setattr("regretlab.envs.core.batch.seed_streams", shifted)
    with pytest.raises(AssertionError, match="shifted by one draw"):
        check_lanes(MAZE)


def test_a_seed_that_is_not_heard(monkeypatch):
    monkeypatch.setattr("regretlab.envs.core.batch.lane_seeds", lambda seed, lanes: np.arange(lanes, dtype=np.uint64))
    with pytest.raises(AssertionError, match="different seeds gave the same run"):
        check_determinism(MAZE)


def test_an_environment_whose_chance_is_certain_may_ignore_its_seed():
    """The river when every draw carries the same way: no seed can make a difference."""
    check_determinism(broken(RIVER, "Certain", chance=certain_chance, pick=always_right))


def test_a_certificate_with_a_bound_of_zero():
    """The oracle earns 1, which lies above the interval from 0 to 0."""

    def certify():
        known = MAZE.certify()
        return dataclasses.replace(known, optimal=dataclasses.replace(known.optimal, low=0.0, high=0.0))

    with pytest.raises(AssertionError, match="optimal earned 1"):
        check_certificate(dataclasses.replace(MAZE, certify=certify))


def test_where_the_oracle_is_too_large_to_be_solved_uniform_play_is_checked(monkeypatch):
    def too_large(model):
        raise TooLargeError("a system of 5402 states with a bandwidth of 1731 is too large to factorise")

    def certify():
        known = MAZE.certify()
        return dataclasses.replace(known, random=dataclasses.replace(known.random, value=0.5))

    monkeypatch.setattr("regretlab.solvers.optimum", too_large)
    check_certificate(MAZE)
    with pytest.raises(AssertionError, match="uniform earned"):
        check_certificate(dataclasses.replace(MAZE, certify=certify))
    monkeypatch.setattr("regretlab.testing.certified.certify_environment", too_large)
    check_certificate(dataclasses.replace(MAZE, certify=None))


def test_an_environment_without_a_picture_or_with_a_still_one():
    with pytest.raises(AssertionError, match="no picture"):
        check_pictures(dataclasses.replace(MAZE, paint=None))
    still = np.arange(64 * 64 * 3, dtype=np.uint8).reshape(64, 64, 3)
    with pytest.raises(AssertionError, match="does not show the step"):
        check_pictures(dataclasses.replace(MAZE, paint=lambda p, s, i, last: still))


def test_a_module_that_is_not_an_environment():
    with pytest.raises(TypeError, match="does not define params"):
        from_module("toys", "toys/None-v0", {})
