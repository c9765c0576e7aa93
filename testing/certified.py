"""Checks of learners and certificates: both runners agree, and what is certified agrees with simulation and solvers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..baselines.fused import Fused
from ..baselines.learner import accepts, load
from ..baselines.lockstep import Lockstep
from ..baselines.seats import told_model
from ..envs.core.certificate import Certificate, Value
from ..envs.core.environment import Environment
from ..envs.core.model import enumerate_model
from ..solvers.capacity import attains, bracket, capacity
from ..solvers.certify import certify, certify_environment
from ..solvers.linear import TooLargeError
from .checks import MODEL_LIMIT

LANES, STEPS = 200, 4_000
CLAIM_LIMIT, CLAIM_MAPS, CLAIM_WINDOW = 2_000, 2_000, 12


def check_runners(environment: Environment) -> None:
    """A learner in lockstep and in a fused loop gets the same numbers, to the last bit."""
    for name in ("uniform", "q_learning"):
        learner = load(name)
        if accepts(learner, environment) is not None:
            continue
        steps = 10 if environment.spec.guarded else 150
        one = Lockstep(environment, learner, lanes=3, seed=12).advance(steps)
        other = Fused(environment, learner, lanes=3, seed=12).advance(steps)
        for part, part_other in zip(one[1:], other[1:], strict=True):
            np.testing.assert_array_equal(part, part_other)


def check_certificate(environment: Environment) -> None:
    """Simulated play of the oracle and of uniform random actions earns what the certificate says.

    For one player and an exact model that is small enough to be listed with what the history tells (see
    `regretlab.solvers.believe`), which is what the oracle knows where the observations hide the state. Where that is
    too large to be solved, uniform play is all that is checked. The means of
    `LANES` independent lanes must lie within 6 standard errors (a false alarm in 10**8) of the certified values; under
    the criterion gain the start adds at most the span of the relative values, spread over the steps.
    """
    spec = environment.spec
    if not environment.has_model or accepts(load("optimal"), environment) is not None:
        return
    try:
        enumerate_model(environment, limit=MODEL_LIMIT)
        told_model(environment)
    except ValueError:
        return  # too many states for a check
    try:
        certificate = certify_environment(environment)
    except TooLargeError:
        return  # it has none of its own, and is too large to be solved
    gain = spec.criterion.kind == "gain"
    for name, known in (("optimal", certificate.optimal), ("uniform", certificate.random)):
        try:
            play = Fused(environment, load(name), lanes=LANES, seed=17)
        except TooLargeError:
            continue
        totals = play.advance(STEPS)
        if gain:
            earned = totals.rewards[:, 0] / STEPS
            span = certificate.facts.get("bias_span", certificate.facts.get("span", 0.0))
            slack = float(span) / STEPS
        else:
            if np.any(totals.episodes == 0):
                return  # episodes too long for a check
            earned, slack = totals.returns[:, 0] / totals.episodes, 0.0
        _check_mean(f"{environment.id}, {name}", earned, known, slack)


def check_memory_claim(environment: Environment) -> None:
    """What a certificate claims of memory is not refuted by the solvers.

    For tasks of one player that hide something and have their own certificate, small enough to be solved: the optimum
    of the history, the value of uniform play, the best policy of the present observation, whether memory is needed, and
    the facts ``k_star`` and ``kappa`` (also those that end in ``_at_least`` and ``_at_most``), the shortest window and
    the smallest adaptive stack with which the optimum is reached. A search that is stopped early refutes nothing.
    """
    if not environment.spec.hidden or not environment.has_model or environment.certify is None:
        return
    claimed = environment.certify()
    if claimed is None:
        return
    try:
        found = certify(enumerate_model(environment, limit=CLAIM_LIMIT), hidden=True)
    except ValueError:
        return  # too many states for a check
    for name in ("optimal", "random", "memoryless"):
        _check_value(f"{environment.id}, {name}", getattr(claimed, name), getattr(found, name))
    if claimed.needs_memory is not None and found.needs_memory is not None:
        assert claimed.needs_memory == found.needs_memory, (
            f"{environment.id}: certified that memory is {'' if claimed.needs_memory else 'not '}needed, which is wrong"
        )
    for fact, memory in (("k_star", "frame-stack"), ("kappa", "adaptive-stack")):
        _check_smallest(environment, claimed, found.optimal, fact, memory)


def _check_value(name: str, claimed: Value | None, found: Value | None) -> None:
    if claimed is None or found is None or claimed.kind == "reference":
        return
    slack = 1e-6 * max(1.0, abs(found.value))
    low, high = bracket(claimed)
    least, most = bracket(found)
    assert low <= most + slack and high >= least - slack, (
        f"{name}: certified {claimed.value:.9g}, but it is {least:.9g} to {most:.9g} ({found.how})"
    )


def _check_smallest(environment: Environment, claimed: Certificate, optimal: Value, fact: str, memory: str) -> None:
    exact = claimed.facts.get(fact)
    enough = claimed.facts.get(f"{fact}_at_most", exact)
    needed = claimed.facts.get(f"{fact}_at_least", exact)
    for k, expected in ((enough, True), (needed and needed - 1, False)):
        if not k or k > CLAIM_WINDOW:
            continue
        try:
            value = capacity(environment, f"{memory} {k}", CLAIM_LIMIT, CLAIM_MAPS)
        except ValueError:
            continue  # too many states for a check
        assert attains(value, optimal) is not (not expected), (
            f"{environment.id}, {fact}: a policy with {memory} {k} "
            + (f"earns at most {bracket(value)[1]:.9g}" if expected else f"earns {value.value:.9g}")
            + f", the optimum being {optimal.value:.9g}"
        )


def _check_mean(name: str, earned: Any, known: Value, slack: float) -> None:
    error = 6 * earned.std(ddof=1) / np.sqrt(len(earned)) + slack + 1e-9 * max(1.0, abs(known.value))
    low, high = bracket(known)
    mean = earned.mean()
    assert low - error <= mean <= high + error, f"{name} earned {mean:.6g}, certified {known.value:.6g} +- {error:.2g}"
