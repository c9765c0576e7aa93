"""Wrappers for memory, around anything: stacks of observations, the previous action, the true state.

Each takes

* an environment that is built (`regretlab.envs.core.registry.build`), and returns another: compiled, batched, listed;
* a Gymnasium or Gymnasium vector environment of RegretLab before its first reset, and returns one around the wrapped
  environment, as fast as the first;
* any other ``gymnasium.Env``, and returns a ``gymnasium.Wrapper`` that does the same, step by step, in Python.

The memory and its rules are described in `regretlab.envs.core.stacks` and `regretlab.envs.core.history`, what is
supported of other environments, and which spaces it leads to, in `regretlab.envs.api.foreign`. Where one of RegretLab
shows a stack of integers as one number, a stack around another environment is a ``MultiDiscrete``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
from gymnasium.vector import VectorEnv

from ..core import history, reveal, stacks
from ..core.environment import Environment
from ..core.stacks import Heads, Pad
from . import foreign
from .single import RegretLabEnv
from .vector import RegretLabVectorEnv

__all__ = ["adaptive_stack", "frame_stack", "is_first", "oracle_observation", "previous_action", "push_skip"]


def frame_stack(env: Any, k: int, pad: Pad = "zero") -> Any:
    """Return ``env`` with its last ``k`` observations: a fixed window of memory.

    Parameters
    ----------
    env : see the module's page.
    k : how many observations are shown, at least 1.
    pad : what the stack holds at first: ``"zero"`` nothing, ``"first"`` the first observation.

    Raises
    ------
    TypeError, ValueError
        naming the argument or space that is not allowed.
    """
    return _wrap(env, lambda inner: stacks.frame_stack(inner, k, pad), lambda: foreign.Stack(env, "frame", k, pad=pad))


def adaptive_stack(env: Any, k: int, heads: Heads = "joint", pad: Pad = "zero", quantisation: int | None = None) -> Any:
    """Return ``env`` with a stack of ``k`` observations, of which the agent drops one with every action.

    Parameters
    ----------
    env, k, pad : as for `frame_stack`.
    heads : ``"joint"``: an action is ``action + A * slot`` in a Discrete space; ``"split"``: the two are the parts of a
        MultiDiscrete action.
    quantisation : levels of every dimension of a Box action, which such an action needs and others may not have.

    Raises what `frame_stack` raises.
    """
    return _with_memory_actions(env, stacks.adaptive_stack, "adaptive", k, heads, pad, quantisation)


def push_skip(env: Any, k: int, heads: Heads = "joint", pad: Pad = "zero", quantisation: int | None = None) -> Any:
    """Return ``env`` with a stack of ``k`` observations that the agent lets the present one into (0) or not (1).

    Parameters and errors are those of `adaptive_stack`, the memory action being 0 or 1 instead of a slot.
    """
    return _with_memory_actions(env, stacks.push_skip, "push-skip", k, heads, pad, quantisation)


def previous_action(env: Any) -> Any:
    """Return ``env`` with the action of the step before shown beside the observation.

    Raises ValueError naming the space that is not allowed.
    """
    return _wrap(env, history.previous_action, lambda: foreign.PreviousAction(env))


def is_first(env: Any) -> Any:
    """Return ``env`` with a mark on the first observation of an episode.

    Raises ValueError naming the space that is not allowed.
    """
    return _wrap(env, history.is_first, lambda: foreign.IsFirst(env))


def oracle_observation(
    env: Any,
    state: str | Callable[[gymnasium.Env], Any] | None = None,
    space: gymnasium.Space | None = None,
) -> Any:
    """Return ``env`` with its true state as the observation.

    Parameters
    ----------
    env : see the module's page. An environment of RegretLab needs an exact model, whose state is shown as its number.
    state, space : for other environments: the name of an entry of the info, or a function of ``env``; and the space
        that the state lies in.

    Raises
    ------
    TypeError
        for ``state`` and ``space`` that are missing or that RegretLab knows by itself.
    ValueError
        where there is no exact model, or no such entry.
    """

    def inside(inner: Environment) -> Environment:
        if state is not None or space is not None:
            raise TypeError(f"state and space are for other environments: RegretLab knows the state of {inner.id}")
        return reveal.oracle_observation(inner)

    def around() -> gymnasium.Env:
        if state is None or space is None:
            raise TypeError(f"state and space must say what the state of {env} is, and the space that it lies in")
        return foreign.TrueState(env, state, space)

    return _wrap(env, inside, around)


def _with_memory_actions(
    env: Any, wrapper: Any, kind: foreign.Kind, k: int, heads: Heads, pad: Pad, quantisation: int | None
) -> Any:
    def inside(inner: Environment) -> Environment:
        if quantisation is not None:
            raise ValueError(f"quantisation={quantisation!r} is not allowed: the actions of {inner.id} are no Box")
        return wrapper(inner, k, heads, pad)

    return _wrap(env, inside, lambda: foreign.Stack(env, kind, k, heads, pad, quantisation))


def _wrap(env: Any, inside: Callable[[Environment], Environment], around: Callable[[], gymnasium.Env]) -> Any:
    """Return ``env`` wrapped ``inside``, in its kernels, or where it has none ``around``."""
    if isinstance(env, Environment):
        return inside(env)
    if isinstance(env, (RegretLabEnv, RegretLabVectorEnv)):
        if env.batch._begun:
            raise ValueError(f"{env.environment.id} has been reset already: wrap it before")
        limit = -1 if env.batch.max_episode_steps is None else env.batch.max_episode_steps
        wrapped = inside(env.environment)
        if isinstance(env, RegretLabEnv):
            return RegretLabEnv(wrapped, render_mode=env.render_mode, max_episode_steps=limit)
        return RegretLabVectorEnv(
            wrapped,
            env.num_envs,
            autoreset_mode=env.autoreset_mode,
            max_episode_steps=limit,
            render_mode=env.render_mode,
        )
    if isinstance(env, gymnasium.Env) and not isinstance(env, VectorEnv):
        return around()
    raise TypeError(
        f"env={env!r} is not allowed: it must be an Environment, an environment of RegretLab or a gymnasium.Env"
    )
