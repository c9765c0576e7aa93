"""One player learns to control an integration, then flies from every start of a table: its work and its precision."""

from __future__ import annotations

import copy
import math
from typing import Any, NamedTuple

import numpy as np

from ...baselines.learner import Learner
from ...baselines.lockstep import Lockstep
from ...envs.core.environment import Environment
from ...envs.core.registry import build
from ..metrics.work_precision import error_summary, hypervolume
from . import Meeting, Outcome, certify, online

APART = 2**32  # added to the seeds, so that what a test draws is none of the training's
COSTS, ERRORS = ("evaluations", "sub_steps"), ("energy_error", "error")
TRAINED_ON, TESTED_ON = "train", "test"
FLOOR = 1e-16
ARRIVED = 1  # of what ``info`` calls the reason for the end


class Flights(NamedTuple):
    """What the flights of a test came to, float64 (starts,) each; ``errors`` are at least 1 where one did not arrive,
    and ``more`` holds all of ``info`` by name.
    """

    returns: np.ndarray
    costs: np.ndarray
    errors: np.ndarray
    more: dict[str, np.ndarray]


def unsuited(environment: Environment) -> str | None:
    """Say so where no integration is controlled."""
    spec = environment.spec
    if spec.players == 1 and _known(spec.info, COSTS) and _known(spec.info, ERRORS) and spec.horizon is not None:
        return None
    return f"the protocol flight is for the control of an integration, as in StepSize-v0, not {environment.id}"


def run(meeting: Meeting) -> list[Outcome]:
    """Let the player of ``meeting`` learn for its steps with each of its seeds, then fly from every start once.

    Where the environment has sets of starts, it learns on those of the set ``train`` and is tested on its own. In the
    test a learner plays in its greedy form, an outside agent as it is, and neither is told what comes of it.

    What is achieved is the mean return of a flight over the table, which is what the certificate's comparators are
    means of; the curve is the cumulative regret of the *training*. Metrics:

    ``training_regret``
        the end of that curve.
    ``median_digits``, ``q90_digits``, ``most_digits``
        quantiles over the starts of log10 of the relative energy error at the end (of the error, where there is no
        energy); a flight that does not arrive counts as an error of at least 1. ``survival`` is the share that arrives
        with an error within ``error_limit``, or 0.1.
    ``median_cost``, ``mean_cost``
        evaluations of the forces (or sub-steps) of a flight.
    ``hypervolume``
        of the point of median cost and error, in square decades below a million evaluations and the error 1 (see
        `regretlab.evaluation.metrics.work_precision.hypervolume`).
    ``regret_to_best_fixed``, ``regret_to_best_of_each_start``, ``regret_to_rule``
        what each comparator of the certificate, chosen in hindsight, earned more; left out where it has none.
    ``median_momentum_change``, ``median_position_error``, ``cost_capped``
        where the environment tells them; the position error of flights that arrive where the right place is known.

    Raises ValueError when no episode of some seed ends in the training.
    """
    environment = meeting.environment
    practice = _practice(environment)
    certificate = meeting.certificate if practice is environment else certify("flight", practice)
    training = online.learn(meeting._replace(environment=practice, certificate=certificate))
    limit = float(environment.knobs.get("error_limit", 0.1))
    outcomes = []
    for lane in range(meeting.seeds):
        found = fly(environment, meeting.player, training.play.states, lane, meeting.seed + lane)
        achieved = float(found.returns.mean())
        metrics = {"training_regret": float(training.regret[-1, lane]), **_work_and_precision(found, limit)}
        for name, fact in (
            ("regret_to_best_fixed", "best_fixed_return"),
            ("regret_to_best_of_each_start", "mean_return_of_best_fixed_action_of_each_start"),
            ("regret_to_rule", "best_rule_return"),
        ):
            if fact in meeting.certificate.facts:
                metrics[name] = float(meeting.certificate.facts[fact]) - achieved
        outcomes.append(Outcome(achieved, training.curve(lane), metrics))
    return outcomes


def fly(environment: Environment, player: Any, states: Any, lane: int, seed: int) -> Flights:
    """Fly from every start of ``environment`` with what lane ``lane`` of ``states`` has learned, a lane each."""
    starts = environment.spec.start_outcomes
    greedy = player.greedy() if isinstance(player, Learner) else player
    known = [_repeated(state, lane, starts) for state in states]
    play = Lockstep(environment, greedy, seed=seed + APART, lanes=starts, states=known, learning=False)
    play.batch.reset(seed=seed + APART, outcome=np.arange(starts))
    returns = np.zeros(starts)
    told = {name: np.zeros(starts) for name in environment.spec.info}
    flying = np.ones(starts, bool)
    while flying.any():
        totals = play.advance(1)
        landed = flying & (totals.episodes > 0)
        if landed.any():
            returns[landed] = totals.returns[landed, 0]
            for name, column in play.batch.info(final=True).items():
                told[name][landed] = column[landed]
            flying &= ~landed
    cost, error = _known(environment.spec.info, COSTS), _known(environment.spec.info, ERRORS)
    lost = told["reason"] != ARRIVED if "reason" in told else np.zeros(starts, bool)
    return Flights(returns, told[cost], np.where(lost, np.maximum(told[error], 1.0), told[error]), told)


def _known(names: tuple[str, ...], wanted: tuple[str, ...]) -> str:
    return next((name for name in wanted if name in names), "")


def _practice(environment: Environment) -> Environment:
    """Return ``environment`` with the starts to learn on."""
    if environment.knobs.get("seeds") != TESTED_ON:
        return environment
    return build(environment.id, **{**environment.knobs, "seeds": TRAINED_ON})


def _repeated(state: Any, lane: int, times: int) -> Any:
    """Return ``times`` copies of what one ``lane`` has learned."""
    if isinstance(state, np.ndarray):
        return np.repeat(state[lane : lane + 1], times, axis=0)
    if hasattr(state, "_fields"):
        return type(state)(*(_repeated(part, lane, times) for part in state))
    return [copy.deepcopy(state[lane]) for _ in range(times)]  # outside agents


def _work_and_precision(found: Flights, limit: float) -> dict[str, float]:
    digits = error_summary(found.errors, limit, FLOOR)
    cost = float(np.median(found.costs))
    metrics = {
        "median_digits": digits["median"],
        "q90_digits": digits["q90"],
        "most_digits": digits["most"],
        "survival": digits["survival"],
        "median_cost": cost,
        "mean_cost": float(found.costs.mean()),
        "hypervolume": hypervolume([max(cost, 1.0)], [max(10.0 ** digits["median"], FLOOR)]),
    }
    if "momentum_change" in found.more:
        metrics["median_momentum_change"] = float(np.median(found.more["momentum_change"]))
    if "cost_capped" in found.more:
        metrics["cost_capped"] = float(found.more["cost_capped"].mean())
    places = found.more.get("position_error", np.zeros(0))
    if (places >= 0).any():
        metrics["median_position_error"] = float(np.median(places[places >= 0]))
    return {name: value for name, value in metrics.items() if math.isfinite(value)}
