"""What wrappers share: kernels that pass on to those of the environment inside.

A wrapper's parameters and state are NamedTuples with a field ``inner``; its kernels are templates in which the names
``inner_start``, ``inner_apply`` and so on are bound to those inside. The state's ``__getattr__`` is `look_inside`,
as the engine finds lane parameters and the key of a sampled environment by name. The result is an environment like any
other: fused, cached and, unless the wrapper says otherwise, listed exactly.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from .certificate import Certificate
from .environment import Environment, assemble, freeze
from .environment import _no_chance as inner_chance
from .environment import _no_payoffs as inner_payoffs
from .environment import _no_pick as inner_pick
from .environment import _nothing as inner_apply
from .environment import _nothing as inner_begin
from .environment import _nothing as inner_info
from .environment import _nothing as inner_legal
from .environment import _nothing as inner_observe
from .environment import _nothing as inner_start
from .fusing import specialise
from .kernel import kernel


def look_inside(state: Any, name: str) -> Any:
    """Return the field ``name`` of the state inside, for a wrapper's state that has none of that name."""
    if name.startswith("_"):
        raise AttributeError(name)
    return getattr(state.inner, name)


def wrap(
    environment: Environment,
    name: str,
    kernels: Mapping[str, Any],
    params: Any,
    allocate: Callable[[int], Any],
    **declared: Any,
) -> Environment:
    """Return ``environment`` with some of its kernels replaced.

    Parameters
    ----------
    environment : the environment inside.
    name : of the wrapper, for the cache.
    kernels : templates by name; the kernels that are not given pass on to those inside.
    params, allocate : NamedTuples whose field ``inner`` holds what belongs to the environment inside.
    declared : fields of its `Spec` that change.
    """
    inner = {f"inner_{each}": bound for each, bound in environment.kernels.items()}
    ansi, paint, means = environment.ansi, environment.paint, environment.expected
    scratch = (*declared.get("scratch", ()), *(f"inner.{field}" for field in environment.spec.scratch))
    templates = {each: _PASSED_ON[each] for each in environment.defined} | dict(kernels)
    return assemble(
        id=environment.id,
        knobs=environment.knobs,
        slug=f"{name}_{environment.slug}",
        spec=dataclasses.replace(environment.spec, **{**declared, "scratch": scratch}),
        params=freeze(params),
        allocate=allocate,
        kernels={each: specialise(template, inner) for each, template in templates.items()},
        ansi=None if ansi is None else lambda p, s, i, last: ansi(p.inner, s.inner, i, last),
        paint=None if paint is None else lambda p, s, i, last: paint(p.inner, s.inner, i, last),
        certify=environment.certify,
        expected=None
        if means is None
        else lambda: wrap(means(), name, kernels, params._replace(inner=means().params), allocate, **declared),
    )


def of_the_history(wrapped: Environment) -> Environment:
    """Return ``wrapped``, which shows more of the past than the environment inside, with the certificate that is left.

    Its policies are policies of the history, so the optimum stands. What is said of the observations inside does not:
    the memoryless value, and the facts of how many of them suffice.
    """
    certify = wrapped.certify
    return wrapped if certify is None else dataclasses.replace(wrapped, certify=lambda: _of_the_history(certify()))


def _of_the_history(certificate: Certificate | None) -> Certificate | None:
    if certificate is None:
        return None
    facts = {name: fact for name, fact in certificate.facts.items() if not name.startswith(("k_star", "kappa"))}
    return dataclasses.replace(certificate, memoryless=None, facts=facts)


@kernel
def _start(p, c, stage, prob):
    return inner_start(p.inner, c, stage, prob)


@kernel
def _begin(p, s, i, c):
    inner_begin(p.inner, s.inner, i, c)


@kernel
def _chance(p, s, i, a, c, stage, prob):
    return inner_chance(p.inner, s.inner, i, a, c, stage, prob)


@kernel
def _pick(p, s, i, a, c, stage, u):
    return inner_pick(p.inner, s.inner, i, a, c, stage, u)


@kernel
def _apply(p, s, i, a, c, r):
    return inner_apply(p.inner, s.inner, i, a, c, r)


@kernel
def _observe(p, s, i, o):
    inner_observe(p.inner, s.inner, i, o)


@kernel
def _legal(p, s, i, m):
    inner_legal(p.inner, s.inner, i, m)


@kernel
def _info(p, s, i, v):
    inner_info(p.inner, s.inner, i, v)


@kernel
def _payoffs(p, s, i, a, u):
    inner_payoffs(p.inner, s.inner, i, a, u)


_PASSED_ON = {
    "start": _start,
    "begin": _begin,
    "chance": _chance,
    "pick": _pick,
    "apply": _apply,
    "observe": _observe,
    "legal": _legal,
    "info": _info,
    "payoffs": _payoffs,
}
