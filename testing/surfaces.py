"""Checks of what clients see: every interface equals the batch, and the clients' own tests pass."""

from __future__ import annotations

import contextlib
import io
import warnings

import numpy as np

from .. import make, make_parallel, make_vec
from ..envs.api.conformance import GYMNASIUM_IGNORED, PETTINGZOO_IGNORED
from ..envs.core.batch import MODES, Batch
from ..envs.core.environment import Environment
from .checks import few_steps, legal_batch

LANES = 3


def check_surfaces(environment: Environment) -> None:
    """The Gymnasium or PettingZoo environment is lane 0 of the batch, and the vector environment is the batch."""
    if environment.spec.players > 1:
        _check_parallel(environment)
        return
    _check_single(environment)
    for mode in MODES:
        _check_vector(environment, mode)


def check_upstream(environment: Environment) -> None:
    """Gymnasium's ``check_env``, or PettingZoo's ``parallel_api_test`` and ``api_test``, pass without a warning.

    Except for those that `regretlab.envs.api.conformance` names with a reason. PettingZoo's parallel test plays actions
    that a mask forbids, so an environment with masks takes the turn-based test only.
    """
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        if environment.spec.players == 1:
            from gymnasium.utils.env_checker import check_env

            ignored = GYMNASIUM_IGNORED
            check_env(make(environment), skip_render_check=True)  # pictures have a check of their own
        else:
            from pettingzoo.test import api_test, parallel_api_test
            from pettingzoo.utils import parallel_to_aec

            ignored = PETTINGZOO_IGNORED
            if "legal" not in environment.defined:
                parallel_api_test(make_parallel(environment), num_cycles=50)
            api_test(parallel_to_aec(make_parallel(environment)), num_cycles=50)
    unexpected = [str(each.message) for each in caught if not any(text in str(each.message) for text in ignored)]
    assert not unexpected, f"unexpected warnings: {unexpected}"


def _check_single(environment: Environment) -> None:
    batch = Batch(environment, 1, autoreset="disabled")
    env = make(environment)
    generator = np.random.default_rng(6)
    observation = batch.reset(seed=31)
    np.testing.assert_array_equal(env.reset(seed=31)[0], observation[0, 0])
    for _ in range(few_steps(environment)):
        action = legal_batch(batch, generator)
        expected = batch.step(action)
        seen, reward, terminated, truncated, info = env.step(_as_given(environment, action)[0])
        assert env.observation_space.contains(seen), f"{seen!r} is not in {env.observation_space}"
        np.testing.assert_array_equal(seen, expected[0][0, 0])
        assert (reward, terminated, truncated) == (expected[1][0, 0], expected[2][0], expected[3][0])
        assert {name: info[name] for name in environment.spec.info} == {k: v[0] for k, v in batch.info().items()}
        if terminated or truncated:
            observation = batch.reset()
            np.testing.assert_array_equal(env.reset()[0], observation[0, 0])
    env.close()


def _check_vector(environment: Environment, mode: str) -> None:
    batch = Batch(environment, LANES, autoreset=mode)  # type: ignore[arg-type]
    names = {"next_step": "NextStep", "same_step": "SameStep", "disabled": "Disabled"}
    envs = make_vec(environment, LANES, autoreset_mode=names[mode])
    generator = np.random.default_rng(7)
    np.testing.assert_array_equal(envs.reset(seed=32)[0], batch.reset(seed=32)[:, 0])
    for _ in range(few_steps(environment)):
        actions = legal_batch(batch, generator)
        expected = batch.step(actions)
        seen, rewards, terminated, truncated, info = envs.step(_as_given(environment, actions))
        np.testing.assert_array_equal(seen, expected[0][:, 0])
        np.testing.assert_array_equal(rewards, expected[1][:, 0])
        np.testing.assert_array_equal(terminated, expected[2])
        np.testing.assert_array_equal(truncated, expected[3])
        ended = terminated | truncated
        if mode == "same_step" and ended.any():
            np.testing.assert_array_equal(info["_final_obs"], ended)
            np.testing.assert_array_equal(info["final_obs"][ended], batch.final_observation[ended, 0])
        if mode == "disabled" and ended.any():
            fresh = envs.reset(options={"reset_mask": ended})[0]
            np.testing.assert_array_equal(fresh, batch.reset(mask=ended)[:, 0])
    envs.close()


def _as_given(environment: Environment, actions: np.ndarray) -> np.ndarray:
    """Return actions (lanes, 1) as a client gives them: (lanes,), (lanes, parts) where an action has several parts, or
    numbers (lanes, 1).
    """
    heads = environment.spec.heads
    if environment.spec.continuous:
        return np.linspace(-1.0, 1.0, environment.spec.actions[0])[actions]
    return np.stack(np.unravel_index(actions[:, 0], heads, order="F"), axis=1) if heads else actions[:, 0]


def _check_parallel(environment: Environment) -> None:
    spec = environment.spec
    batch = Batch(environment, 1, autoreset="disabled")
    env = make_parallel(environment)
    generator = np.random.default_rng(8)
    names = env.possible_agents

    def check(seen: dict, observation: np.ndarray) -> None:
        for player, name in enumerate(names):
            assert env.observation_space(name).contains(seen[name])
            size = spec.observation.sizes[player]
            part = observation[0, player]
            np.testing.assert_array_equal(seen[name], part[:size] if spec.observation.kind == "vector" else part)

    check(env.reset(seed=33)[0], batch.reset(seed=33))
    for _ in range(few_steps(environment)):
        actions = legal_batch(batch, generator)
        observation, rewards, terminated, truncated = batch.step(actions)
        seen, earned, terminations, truncations, _ = env.step(dict(zip(names, actions[0].tolist(), strict=True)))
        check(seen, observation)
        assert list(earned.values()) == rewards[0].tolist()
        assert set(terminations.values()) == {bool(terminated[0])} and set(truncations.values()) == {bool(truncated[0])}
        if not env.agents:
            check(env.reset()[0], batch.reset())
    env.close()
