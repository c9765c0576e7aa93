"""What an agent can earn with a given memory, and the least memory with which a task is solved."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from ..envs.core.certificate import Certificate, Value
from .certify import certify, searched
from .memory_search import best_of_observation
from .total_return import NeverEndsError

if TYPE_CHECKING:
    from ..envs.core.environment import Environment

MOST_STATES = 50_000
MEMORIES = {"k_star": ("window", "frame-stack"), "kappa": ("stack", "adaptive-stack")}


def capacity(
    environment: Environment, memory: str = "none", limit: int = MOST_STATES, maps: int | None = None
) -> Value:
    """Return the best value of a deterministic policy that sees what a memory holds, and nothing else.

    The policy maps the memory's content to an action, the action on the memory included, and does not see the clock.

    Parameters
    ----------
    environment : one player, with an exact model.
    memory : see `regretlab.envs.core.remember.remember`, such as ``"frame-stack 3"`` or ``"adaptive-stack 2"``.
    limit : the most states of the environment with that memory.
    maps : the most partial maps that the search bounds (see `best_of_observation`).

    Returns
    -------
    Value
        of kind ``solved``: exact among deterministic policies; or of kind ``bound``: at least ``value`` and at most
        ``high``, where the search was stopped.

    Raises
    ------
    ValueError
        for a memory that the environment does not allow, more than ``limit`` states, or as `best_of_observation`.
    """
    from ..envs.core.model import enumerate_model
    from ..envs.core.remember import remember

    return searched(best_of_observation(enumerate_model(remember(environment, memory), limit), maps))


def certify_memory(
    environment: Environment, most: int = 8, limit: int = MOST_STATES, maps: int | None = None
) -> Certificate:
    """Solve a task that hides its state: what can be earned, and with how much memory.

    Parameters
    ----------
    environment : one player, with an exact model.
    most : the longest window and the largest stack that are tried.
    limit : the most states, of the environment by itself and with each memory.
    maps : the most partial maps that each search bounds (see `best_of_observation`).

    Returns
    -------
    Certificate
        of `certify` on belief states, with further facts. ``window``: the value of the best deterministic policy (see
        `capacity`) for each length of a window of the last observations, up to the shortest with which the optimum is
        reached, ``k_star``; ``stack`` and ``kappa``: the same for the number of observations in an adaptive stack,
        which the agent chooses itself. What is only bounded has a name that says so: ``k_star_at_least``,
        ``k_star_at_most``, ``window_at_least`` and so on.

    Raises
    ------
    ValueError
        for more than ``limit`` states, or as `certify`.
    """
    from ..envs.core.model import enumerate_model

    found = certify(enumerate_model(environment, limit), hidden=True)
    needed = memory_needed(environment, found.optimal, most, limit, maps)
    return dataclasses.replace(found, facts={**found.facts, **needed})


def memory_needed(
    environment: Environment, optimal: Value, most: int, limit: int, maps: int | None = None
) -> dict[str, Any]:
    """Return the facts that `certify_memory` adds, when the optimum is known."""
    facts: dict[str, Any] = {}
    if optimal.kind == "bound":
        return facts
    for fact, (table, memory) in MEMORIES.items():
        exact: dict[int, float] = {}
        lower: dict[int, float] = {}
        least = 1
        for k in range(1, most + 1):
            try:
                value = capacity(environment, f"{memory} {k}", limit, maps)
            except NeverEndsError:  # it loses without limit
                least = k + 1
                continue
            except ValueError:  # too large, or no stack of such observations
                break
            (exact if value.kind == "solved" else lower)[k] = value.value
            if attains(value, optimal) is False:
                least = k + 1
            if attains(value, optimal):
                facts |= {fact: k} if least == k else {f"{fact}_at_most": k}
                break
        if fact not in facts and least > 1:
            facts[f"{fact}_at_least"] = least
        facts |= {name: part for name, part in ((table, exact), (f"{table}_at_least", lower)) if part}
    return facts


def attains(value: Value, optimal: Value) -> bool | None:
    """Return whether ``value`` is the optimum; None where their brackets leave it open."""
    slack = 1e-9 * max(1.0, abs(optimal.value))
    least = bracket(optimal)[0] - slack
    low, high = bracket(value)
    return True if low >= least else False if high < least else None


def bracket(value: Value) -> tuple[float, float]:
    """Return the least and the most that a value may be. One without brackets is taken for exact, but a bound with one
    of them leaves the other side open.
    """
    low, high = (-math.inf, math.inf) if value.kind == "bound" else (value.value, value.value)
    return low if value.low is None else value.low, high if value.high is None else value.high
