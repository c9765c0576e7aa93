"""What an agent remembers, in a few words: the grammar of suites, of the command line and of the documentation."""

from __future__ import annotations

from collections.abc import Callable

from .environment import Environment
from .hints import did_you_mean
from .reveal import oracle_observation
from .stacks import adaptive_stack, frame_stack, managed, oracle_stack, push_skip

_STACKS: dict[str, Callable[[Environment, int], Environment]] = {
    "frame-stack": frame_stack,
    "adaptive-stack": adaptive_stack,
    "push-skip": push_skip,
    "oracle-stack": oracle_stack,
}
KINDS = ("none", *(f"{name} K" for name in _STACKS), "state")


def remember(environment: Environment, memory: str) -> Environment:
    """Return ``environment`` as an agent with that memory sees it.

    Parameters
    ----------
    environment : what `regretlab.envs.core.registry.build` returns.
    memory : ``"none"`` (the present observation alone: ``environment`` itself), ``"frame-stack K"``,
        ``"adaptive-stack K"``, ``"push-skip K"``, ``"oracle-stack K"`` (see `regretlab.envs.core.stacks`; K is a number
        such as 2) or ``"state"`` (the true state, see `regretlab.envs.core.reveal.oracle_observation`).

    Raises
    ------
    TypeError
        when ``memory`` is no string.
    ValueError
        for another memory, or one that the environment does not allow.
    """
    if not isinstance(memory, str):
        raise TypeError(f"memory={memory!r} is not allowed: it must be a string, one of {_allowed()}")
    match memory.split():
        case ["none"]:
            return environment
        case ["state"]:
            return oracle_observation(environment)
        case [name, size] if name in _STACKS and size.isascii() and size.isdigit():
            return _STACKS[name](environment, int(size))
    hint = did_you_mean(memory, ("none", *(f"{name} 2" for name in _STACKS), "state"))
    raise ValueError(f"memory={memory!r} is not allowed: it must be one of {_allowed()}, K being a number{hint}")


def supervised(environment: Environment, memory: str) -> Environment | None:
    """Return what `remember` returns, with an oracle in the place of the agent's memory actions.

    None unless ``memory`` is ``"adaptive-stack K"`` and the environment tells the oracle what is needed.
    """
    name, *size = memory.split()
    if name != "adaptive-stack":
        return None
    try:
        return managed(environment, int(size[0]))
    except ValueError:
        return None


def _allowed() -> str:
    return ", ".join(map(repr, KINDS))
