"""Certificates of environments whose optimum no formula gives: solved from the exact model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..envs.core.certificate import Certificate, Value
from .criteria import evaluate, optimum
from .gain import Gain
from .memoryless import TooManyMapsError, memoryless_below
from .model_data import Solution, uniform_policy

if TYPE_CHECKING:
    from ..envs.core.environment import Environment
    from ..envs.core.model import Model

MOST_MAPS, MOST_WORK, TYPICAL_STEPS = 1024, 2e8, 50


def certify(model: Model, unit: str | None = None) -> Certificate:
    """Solve an exact model of one player for its certificate.

    Parameters
    ----------
    model : a model of one player.
    unit : the unit of the values; default that of the model's criterion.

    Returns
    -------
    Certificate
        optimal value (see `optimum`), value of the uniform policy, both bracketed, and the memoryless value (see
        `best_memoryless`; of kind ``bound`` where drawing actions might be better, None where there are too many maps).
        Facts: ``states``, ``actions``, and for a gain with one bias its ``bias_span``.

    Raises
    ------
    ValueError, ArithmeticError
        as `optimum`.
    """
    best = optimum(model)
    facts: dict[str, Any] = {"states": model.size, "actions": model.actions[0]}
    if isinstance(best, Gain):
        facts["bias_span"] = best.span
    return Certificate(
        unit=model.criterion.unit if unit is None else unit,
        optimal=_solved(best),
        random=_solved(evaluate(model, uniform_policy(model))),
        memoryless=_memoryless(model, best),
        facts=facts,
    )


def certify_environment(environment: Environment) -> Certificate:
    """Return the environment's own certificate, or one solved from its exact model.

    Raises ValueError for an environment with neither.
    """
    known = None if environment.certify is None else environment.certify()
    if known is not None:
        return known
    from ..envs.core.model import enumerate_model

    return certify(enumerate_model(environment))


def _solved(found: Solution | Gain) -> Value:
    return Value(found.value, "solved", found.how, found.low, found.high)


def _memoryless(model: Model, best: Solution | Gain) -> Value | None:
    work = (model.horizon or TYPICAL_STEPS) * max(1, model.transitions.nnz)
    try:
        found = memoryless_below(model, best, limit=int(min(MOST_MAPS, MOST_WORK / work)))
    except TooManyMapsError:
        return None
    proved = found.high - found.low <= 1e-6 * max(1.0, abs(found.value))
    return Value(found.value, "solved" if proved else "bound", found.how, found.low, found.high)
