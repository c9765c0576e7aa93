"""Checks of learners on an environment: both runners agree, and the certificate agrees with simulation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..baselines.fused import Fused
from ..baselines.learner import accepts, load
from ..baselines.lockstep import Lockstep
from ..envs.core.certificate import Value
from ..envs.core.environment import Environment
from ..solvers.certify import certify_environment
from .checks import MODEL_LIMIT

LANES, STEPS = 200, 4_000


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

    For one player and an exact model. The means of `LANES` independent lanes must lie within 6 standard errors (a false
    alarm in 10**8) of the certified values; under the criterion gain the start adds at most the span of the relative
    values, spread over the steps.
    """
    spec = environment.spec
    if not environment.has_model or accepts(load("optimal"), environment) is not None:
        return
    certificate = certify_environment(environment)
    if certificate.facts.get("states", 0) > MODEL_LIMIT:
        return
    gain = spec.criterion.kind == "gain"
    for name, known in (("optimal", certificate.optimal), ("uniform", certificate.random)):
        totals = Fused(environment, load(name), lanes=LANES, seed=17).advance(STEPS)
        if gain:
            earned = totals.rewards[:, 0] / STEPS
            span = certificate.facts.get("bias_span", certificate.facts.get("span", 0.0))
            slack = float(span) / STEPS
        else:
            if np.any(totals.episodes == 0):
                return  # episodes too long for a check
            earned, slack = totals.returns[:, 0] / totals.episodes, 0.0
        _check_mean(f"{environment.id}, {name}", earned, known, slack)


def _check_mean(name: str, earned: Any, known: Value, slack: float) -> None:
    error = 6 * earned.std(ddof=1) / np.sqrt(len(earned)) + slack + 1e-9 * max(1.0, abs(known.value))
    low = known.value if known.low is None else known.low
    high = known.value if known.high is None else known.high
    mean = earned.mean()
    assert low - error <= mean <= high + error, f"{name} earned {mean:.6g}, certified {known.value:.6g} +- {error:.2g}"
