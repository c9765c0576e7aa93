"""Stacks: environments that show k of their past observations, and let the agent choose which.

The stack is [x_1, ..., x_k], oldest first, and its last slot always holds the present observation. With each action one
slot is dropped, before the next observation is appended: the oldest (`frame_stack`), the one that the agent chooses
with a part of its action (`adaptive_stack`; `push_skip` with a smaller choice), or the one that an oracle finds least
needed (`oracle_stack`, `managed`). What comes out is an environment like any other: fused, batched, listed exactly.

**Integer observations** 0 .. n-1 give one integer in base n + 1, the newest slot being the least significant digit:
digit 0 is an empty slot and 1 + x the observation x; `decode` reads it. **Vectors** of length d give a vector of length
k * d. An episode begins with k - 1 empty slots (digit 0, or vectors of zeros), which also tell the first k - 1 steps
apart, or, with ``pad="first"``, with the first observation in all slots.

**Joint actions**: where memory is acted upon, an action is ``action + A * memory_action``, A being the number of the
environment's own actions (`base_actions`). With ``heads="split"`` `Spec.heads` lists both, so that the Gymnasium spaces
are ``MultiDiscrete``; kernels and learners see the joint action.

The certificate is the one inside, as a policy of stacks is a policy of the history, but for the memoryless value and
the facts of how many observations suffice, which are those of other observations.

Sources: Nangue Tasse, Riemer, Rosman and Klinger, "Beyond sliding windows: learning to manage memory in non-Markovian
environments", arXiv:2512.19154, 2025 (adaptive stacks); Demir, "Learning what to memorize: using intrinsic motivation
to form useful memory in partially observable reinforcement learning", Applied Intelligence 53, 2023, arXiv:2110.12810,
and Toro Icarte et al., "The act of remembering", arXiv:2010.01753, 2020 (push or skip).
"""

from __future__ import annotations

from itertools import count
from typing import Any, Literal

import numpy as np

from . import stack_kernels as templates
from .environment import Environment
from .fusing import specialise
from .spec import Observation, Spec
from .stack_kernels import Params, State
from .stack_view import show_memory, slots
from .wrapping import of_the_history, wrap

MOST_STACKS = 2**62
MOST_NUMBERS = 2**20
MOST_NEEDED = 52  # bits of a set that is told as a float64

Heads = Literal["joint", "split"]
Pad = Literal["zero", "first"]


def frame_stack(environment: Environment, k: int, pad: Pad = "zero") -> Environment:
    """Return ``environment`` with its last ``k`` observations as its observation: a fixed window of memory.

    Parameters
    ----------
    environment : one player, integer or vector observations.
    k : how many observations are shown, at least 1.
    pad : what the slots hold at first: ``"zero"`` nothing, ``"first"`` the first observation.

    Raises
    ------
    TypeError
        when ``k`` is no integer.
    ValueError
        for ``k`` below 1, more than 2**62 stacks of integers, another ``pad``, several players or images.
    """
    return _stacked(environment, "FrameStack", k, pad, templates.oldest)


def adaptive_stack(environment: Environment, k: int, heads: Heads = "joint", pad: Pad = "zero") -> Environment:
    """Return ``environment`` with a stack of ``k`` observations, of which the agent drops one with every action.

    Memory action i, 0 .. k-1, drops slot i before the next observation is appended: 0 the oldest (always 0 is
    `frame_stack`), k-1 the present observation. The next observation can thus never be dropped when it arrives.

    Parameters
    ----------
    environment, k, pad : as for `frame_stack`.
    heads : ``"joint"`` or ``"split"`` (see the module's page).

    Raises what `frame_stack` raises, and ValueError for other ``heads``.
    """
    return _stacked(environment, "AdaptiveStack", k, pad, templates.chosen, heads, _drops)


def push_skip(environment: Environment, k: int, heads: Heads = "joint", pad: Pad = "zero") -> Environment:
    """Return ``environment`` with a stack of ``k`` observations that the agent lets the present one into or not.

    Memory action 0 (push) drops the oldest slot, 1 (skip) the present observation, before the next one is appended.

    Parameters and errors are those of `adaptive_stack`.
    """
    return _stacked(environment, "PushSkip", k, pad, templates.push_or_skip, heads, lambda k: ("push", "skip"))


def oracle_stack(environment: Environment, k: int, pad: Pad = "zero") -> Environment:
    """Return ``environment`` with a stack of ``k`` observations, managed by an oracle that knows what is needed.

    With each action it drops the oldest slot that is empty, whose observation is not needed (see `Spec.info`) or that
    a later slot repeats; if there is none, the oldest.

    Parameters
    ----------
    environment : one player, at most 52 integer observations, its info has ``needed``; not itself a wrapper's.
    k, pad : as for `frame_stack`.

    Raises what `frame_stack` raises, and ValueError for an environment that does not tell what is needed.
    """
    _check_needed(environment)
    return _stacked(environment, "OracleStack", k, pad, templates.not_needed)


def managed(environment: Environment, k: int, heads: Heads = "joint", pad: Pad = "zero") -> Environment:
    """Return `adaptive_stack` with the memory action ignored: the slot is dropped that `oracle_stack` drops.

    A policy of adaptive stacks played here differs from itself by nothing but the management of its memory.

    Parameters and errors are those of `adaptive_stack` and `oracle_stack`.
    """
    _check_needed(environment)
    return _stacked(environment, "ManagedStack", k, pad, templates.not_needed, heads, _drops)


def decode(environment: Environment, observations: Any) -> np.ndarray:
    """Return stacks of integers as their slots, int64 (..., k), oldest first, -1 where a slot is empty.

    Parameters
    ----------
    environment : what a function of this module has returned for an environment of integer observations.
    observations : integers of any shape.

    Raises ValueError for another environment.
    """
    if stack_size(environment) is None or environment.spec.observation.kind != "integer":
        raise ValueError(f"{environment.id} shows no stack of integers: there is nothing to decode")
    return slots(environment.params, observations)


def stack_size(environment: Environment) -> int | None:
    """Return k of an environment that shows a stack, else None."""
    return environment.params.size if isinstance(environment.params, Params) else None


def base_actions(environment: Environment) -> int:
    """Return the number of actions but for memory actions: action ``a`` stands for ``a % base_actions``."""
    return environment.params.actions if isinstance(environment.params, Params) else environment.spec.actions[0]


def _stacked(
    environment: Environment,
    name: str,
    k: int,
    pad: Pad,
    slot: Any,
    heads: Heads | None = None,
    name_memory: Any = None,
) -> Environment:
    """Return the stack that drops ``slot``; with ``heads`` the agent has memory actions, named by ``name_memory``."""
    check_arguments(k, pad, heads)
    _check_size(environment, k)
    spec, k = environment.spec, int(k)
    integer = spec.observation.kind == "integer"
    memory = () if heads is None else name_memory(k)
    bound = {"slot": slot, "own": templates.as_given if heads is None else templates.without_memory}
    # What is bound is not looked into again, so the kernel that calls `slot` gets it first.
    bound["keep"] = templates.keep_window if slot is templates.oldest else specialise(templates.keep_others, bound)
    suffix = "" if integer else "_vectors"
    kernels = {each: getattr(templates, each + suffix) for each in ("begin", "apply", "observe")}
    if heads is not None:
        kernels |= {
            each: getattr(templates, each)
            for each in ("chance", "pick", "legal", "payoffs")
            if each in environment.defined
        }
    stacked = wrap(
        environment,
        name if integer else f"{name}Vectors",
        {each: specialise(template, bound) for each, template in kernels.items()},
        _params(environment, k, pad),
        lambda lanes: _allocate(environment, k, lanes),
        observation=_observation(spec.observation, k),
        observation_names=(),
        scratch=("action", "told", "seen"),
        **({} if heads is None else _actions(spec, heads, memory)),
    )
    return show_memory(environment, of_the_history(stacked))


def _params(environment: Environment, k: int, pad: Pad) -> Params:
    seen = environment.spec.observation
    integer = seen.kind == "integer"
    base = seen.sizes[0] + 1 if integer else 0
    powers = [base**place for place in range(k + 1)] if integer else [0]
    told = environment.spec.info
    return Params(
        inner=environment.params,
        size=k,
        actions=environment.spec.actions[0],
        width=1 if integer else seen.sizes[0],
        base=base,
        window=powers[-2] if integer else 0,
        powers=np.array(powers, np.int64),
        padding=_padding(powers, pad),
        needed=told.index("needed") if "needed" in told else -1,
    )


def _padding(powers: list[int], pad: Pad) -> int:
    """Return the factor of the first digit, once or in every slot; for vectors whether they are repeated."""
    *places, _ = powers
    return (sum(places) if places else 1) if pad == "first" else min(1, len(places))


def _allocate(environment: Environment, k: int, lanes: int) -> State:
    seen = environment.spec.observation
    shape = (1,) if seen.kind == "integer" else (1, k * seen.sizes[0])
    return State(
        inner=environment.allocate(lanes),
        stack=np.zeros((lanes, *shape), seen.dtype),
        action=np.zeros((lanes, 1), np.int64),
        told=np.zeros((lanes, len(environment.spec.info))),
        seen=np.zeros((lanes, 1, *seen.shape), seen.dtype),
    )


def _observation(seen: Observation, k: int) -> Observation:
    if seen.kind == "integer":
        return Observation.integers((seen.sizes[0] + 1) ** k)
    older = k - 1  # slots that may be empty: zeros
    low = tuple(min(0.0, bound) for bound in seen.low) * older + seen.low
    high = tuple(max(0.0, bound) for bound in seen.high) * older + seen.high
    return Observation.vector(low, high, dtype=seen.dtype)


def _actions(spec: Spec, heads: Heads, memory: tuple[str, ...]) -> dict[str, Any]:
    declared: dict[str, Any] = {
        "actions": (spec.actions[0] * len(memory),),
        "continuous": False,
        "heads": (*(spec.heads or spec.actions), len(memory)) if heads == "split" else (),
    }
    if spec.action_names:
        declared["action_names"] = (tuple(f"{name}, {drop}" for drop in memory for name in spec.action_names[0]),)
    return declared


def _drops(k: int) -> tuple[str, ...]:
    return tuple(f"drop {slot}" for slot in range(k))


def check_arguments(k: Any, pad: Any, heads: Any = None) -> None:
    """Raise TypeError or ValueError unless ``k`` is a positive integer and ``pad`` and ``heads`` are known words."""
    if not isinstance(k, (int, np.integer)) or isinstance(k, bool):
        raise TypeError(f"k={k!r} is not allowed: k must be an integer of at least 1")
    if k < 1:
        raise ValueError(f"k={k} is not allowed: k must be an integer of at least 1")
    if pad not in ("zero", "first"):
        raise ValueError(f"pad={pad!r} is not allowed: pad must be 'zero' or 'first'")
    if heads not in (None, "joint", "split"):
        raise ValueError(f"heads={heads!r} is not allowed: heads must be 'joint' or 'split'")


def _check_size(environment: Environment, k: int) -> None:
    spec = environment.spec
    if spec.players != 1 or spec.observation.kind == "image":
        raise ValueError(
            f"{environment.id} has {spec.players} players and {spec.observation.kind} observations: "
            "a stack takes one player and integer or vector observations"
        )
    size = spec.observation.sizes[0]
    if spec.observation.kind == "integer":
        most = next(length for length in count() if (size + 1) ** (length + 1) > MOST_STACKS)
        why = f"there may be at most 2**62 stacks, so that with {size} observations"
    else:
        most = MOST_NUMBERS // size
        why = f"there may be at most {MOST_NUMBERS:,} numbers in a stack, so that with {size} in an observation"
    if k > most:
        raise ValueError(f"k={k} is not allowed: {why} k is at most {most}")


def _check_needed(environment: Environment) -> None:
    spec = environment.spec
    told = "needed" in spec.info and not hasattr(environment.params, "inner")
    if not told or spec.observation.kind != "integer" or spec.observation.sizes[0] > MOST_NEEDED:
        raise ValueError(
            f"{environment.id} does not tell which of its observations are needed: an oracle's stack takes an "
            f"environment that is not wrapped, with 'needed' in its info and at most {MOST_NEEDED} integer observations"
        )
