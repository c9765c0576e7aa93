"""Certificates of environments whose optimum no formula gives: solved from the exact model."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ..envs.core.certificate import Certificate, Value
from .belief import TooManyBeliefsError, history_optimum
from .criteria import evaluate, optimum
from .gain import Gain
from .linear import TooLargeError
from .memoryless import memoryless_below
from .model_data import Solution, uniform_policy
from .total_return import NeverEndsError

if TYPE_CHECKING:
    from ..envs.core.environment import Environment
    from ..envs.core.model import Model

MOST_STATES, MOST_WINDOW = 500, 6


def certify(model: Model, unit: str | None = None, hidden: bool = False, memoryless: bool = True) -> Certificate:
    """Solve an exact model of one player for its certificate.

    Parameters
    ----------
    model : a model of one player.
    unit : the unit of the values; default that of the model's criterion.
    hidden : the observations hide the state and the optimum is that of the best policy of the history (see
        `history_optimum`), else that of the best policy of the states.
    memoryless : whether to look for the best policy of the present observation, which may take some seconds.

    Returns
    -------
    Certificate
        optimal value, value of the uniform policy, both bracketed, and the memoryless value (see `best_memoryless`; of
        kind ``bound`` where drawing actions might be better or the search was cut short, None where it is not looked
        for, where even to begin the search would take too long, or where every map that draws none runs on at a cost).
        Facts: ``states``, ``actions``, and for a gain with one bias its ``bias_span``. Where too many belief states are
        ``hidden`` to be listed or solved, the optimal value is a ``bound``, the optimum of the states.

    Raises
    ------
    ValueError, ArithmeticError
        as `optimum`.
    """
    random = _solved(evaluate(model, uniform_policy(model)))
    try:
        best = history_optimum(model) if hidden else optimum(model)
        optimal = _solved(best)
    except (TooManyBeliefsError, TooLargeError) as error:
        if not hidden:
            raise
        best = optimum(model)
        how = f"what an agent that sees the state could earn ({best.how}): {error}"
        optimal = Value(best.value, "bound", how, random.low, best.high)
    facts: dict[str, Any] = {"states": model.size, "actions": model.actions[0]}
    if isinstance(best, Gain):
        facts["bias_span"] = best.span
    return Certificate(
        unit=model.criterion.unit if unit is None else unit,
        optimal=optimal,
        random=random,
        memoryless=_memoryless(model, best, hidden) if memoryless else None,
        facts=facts,
    )


def certify_environment(environment: Environment, memoryless: bool = True) -> Certificate:
    """Return the environment's own certificate, or one solved from its exact model (see `certify`).

    Where the observations hide the state of a small task, it also says how much memory the task needs (see
    `certify_memory`). Raises ValueError for an environment with neither.
    """
    known = None if environment.certify is None else environment.certify()
    if known is not None:
        return known
    from ..envs.core.model import enumerate_model
    from .capacity import memory_needed

    model, hidden = enumerate_model(environment), environment.spec.hidden
    found = certify(model, hidden=hidden, memoryless=memoryless)
    if not hidden or model.size > MOST_STATES:
        return found
    needed = memory_needed(environment, found.optimal, MOST_WINDOW, MOST_STATES)
    return dataclasses.replace(found, facts={**found.facts, **needed})


def _solved(found: Solution | Gain) -> Value:
    return Value(found.value, "solved", found.how, found.low, found.high)


def searched(found: Solution) -> Value:
    """Return the value of a search as certified: ``solved`` where its bracket closes, else a lower ``bound``."""
    proved = found.high - found.low <= 1e-6 * max(1.0, abs(found.value))
    return Value(found.value, "solved" if proved else "bound", found.how, found.low, found.high)


def _memoryless(model: Model, best: Solution | Gain, hidden: bool) -> Value | None:
    try:
        return searched(memoryless_below(model, best, hidden=hidden))
    except (NeverEndsError, TooLargeError):
        return None
