"""The certificate of `step_size`: fixed actions and the rule ``eta * tau`` in hindsight, and uniform random play."""

from __future__ import annotations

import hashlib
import json
import math
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

from ...assets import reference as folder
from ..core import Certificate, Criterion, Value
from ..core.fusing import fuse
from ..core.streams import EVALUATION, below, seed_streams
from . import step_size
from .step_size import advised, apply, begin

ETAS = (0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
RANDOM_EPISODES = 20
MOST_FIXED = 21
COMMAND = "python benchmarks/reference_step_size.py"


class Measured(NamedTuple):
    """Episodes from every start of a table.

    Return, force evaluations and last energy error of fixed actions, (starts, actions), and of the rule, (starts,
    etas); ``random_returns`` and ``random_variances`` (starts,): mean and variance of the return of random play.
    """

    returns: np.ndarray
    evaluations: np.ndarray
    errors: np.ndarray
    rule_returns: np.ndarray
    rule_evaluations: np.ndarray
    rule_errors: np.ndarray
    random_returns: np.ndarray
    random_variances: np.ndarray


class Summary(NamedTuple):
    """What is kept of `Measured`: means over the starts, and medians of the errors."""

    fixed_returns: tuple[float, ...]
    fixed_evaluations: tuple[float, ...]
    fixed_errors: tuple[float, ...]
    best_action_of_each_start: tuple[int, ...]
    instance_return: float
    rule_returns: tuple[float, ...]
    rule_evaluations: tuple[float, ...]
    rule_errors: tuple[float, ...]
    random_return: float
    random_deviation: float


def certify(p: step_size.Params) -> Certificate:
    """Return the reference values of these parameters, stored or computed now."""
    known = recall(p)
    found = summary(measure(p)) if known is None else known
    command = "computed now" if known is None else COMMAND
    tried = fixed_actions(p)
    fixed, rule = int(np.argmax(found.fixed_returns)), int(np.argmax(found.rule_returns))
    over = over_starts(len(p.positions), command)
    if found.rule_returns[rule] >= found.fixed_returns[fixed]:
        value = found.rule_returns[rule]
        how = f"the rule of steps up to {ETAS[rule]:g} * tau, the best in hindsight of {len(ETAS)} eta, {over}"
    else:
        value = found.fixed_returns[fixed]
        how = f"action {tried[fixed]}, the best fixed one in hindsight of {len(tried)}, {over}"
    return Certificate(
        unit=Criterion("return").unit,
        optimal=Value(value, "reference", how),
        random=random_play(found, RANDOM_EPISODES, command),
        facts={
            "best_fixed_action": tried[fixed],
            "best_fixed_return": found.fixed_returns[fixed],
            "mean_return_of_best_fixed_action_of_each_start": found.instance_return,
            "best_fixed_action_of_each_start": tuple(tried[k] for k in found.best_action_of_each_start),
            "fixed_returns": found.fixed_returns,
            "fixed_evaluations": found.fixed_evaluations,
            "fixed_median_energy_errors": found.fixed_errors,
            "best_eta": ETAS[rule],
            "best_rule_return": found.rule_returns[rule],
            "etas": ETAS,
            "rule_returns": found.rule_returns,
            "rule_evaluations": found.rule_evaluations,
            "rule_median_energy_errors": found.rule_errors,
        },
    )


def over_starts(starts: int, command: str) -> str:
    """Return the words that end the explanation of a reference."""
    return f"over {starts} start{'s' if starts > 1 else ''}; an agent may exceed it ({command})"


def random_play(found: Any, episodes: int, command: str) -> Value:
    """Return the value of uniform play from a summary's ``random_return`` and ``random_deviation``."""
    how = f"mean of {episodes} episodes from each start, standard error {found.random_deviation:.2g} ({command})"
    return Value(found.random_return, "reference", how)


def fixed_actions(p: step_size.Params) -> tuple[int, ...]:
    """Return the fixed actions that are tried: all, or if there are very many 21 of them, as far apart."""
    count = len(p.choices)
    return tuple(range(0, count, max(1, count // (MOST_FIXED - 1))))


def identity(p: Any) -> str:
    """Return a hash of all parameters, to nine digits, under which their numbers are stored."""
    content = [(name, _digits(value)) for name, value in p._asdict().items()]
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


def recall(p: step_size.Params) -> Summary | None:
    """Return the stored numbers of these parameters, or None where there are none."""
    return stored("step_size.json", p, Summary)


def stored(file: str, p: Any, kind: Any) -> Any:
    """Return the numbers that a file of ``assets/reference`` has for parameters, as a tuple of this kind, or None."""
    run = json.loads((resources.files(folder) / file).read_text(encoding="utf-8"))["runs"].get(identity(p))
    if run is None:
        return None
    return kind(**{name: tuple(run[name]) if isinstance(run[name], list) else run[name] for name in kind._fields})


def summary(measured: Measured) -> Summary:
    """Return the means over the starts, and the medians of the errors."""
    starts = len(measured.returns)
    return Summary(
        fixed_returns=means(measured.returns),
        fixed_evaluations=means(measured.evaluations),
        fixed_errors=tuple(np.median(measured.errors, axis=0).tolist()),
        best_action_of_each_start=tuple(measured.returns.argmax(axis=1).tolist()),
        instance_return=float(measured.returns.max(axis=1).mean()),
        rule_returns=means(measured.rule_returns),
        rule_evaluations=means(measured.rule_evaluations),
        rule_errors=tuple(np.median(measured.rule_errors, axis=0).tolist()),
        random_return=float(measured.random_returns.mean()),
        random_deviation=math.sqrt(measured.random_variances.sum() / RANDOM_EPISODES) / starts,
    )


def measure(p: step_size.Params) -> Measured:
    """Play every fixed action, the rule with every eta, and `RANDOM_EPISODES` episodes of random play from every start.

    A start has a random stream of its own, so that its numbers do not depend on the length of the table.
    """
    bound = {name: step_size.kernels(p)[name] for name in ("begin", "apply")}
    run: Any = fuse(play, bound, "StepSize_reference")
    starts, actions, s = len(p.positions), fixed_actions(p), step_size.allocate(p, 1)
    streams = seed_streams(np.arange(starts), EVALUATION)
    work = np.zeros((1, 1), np.int64), np.zeros(1, np.int64), np.zeros((1, 1))
    fixed, rule = np.zeros((3, starts, len(actions))), np.zeros((3, starts, len(ETAS)))
    random_returns = np.zeros((starts, RANDOM_EPISODES))
    for row in range(starts):
        for k, action in enumerate(actions):
            fixed[0, row, k] = run(p, s, row, action, 0.0, streams, *work)
            fixed[1:, row, k] = s.evaluations[0], s.error[0]
        for k, eta in enumerate(ETAS):
            rule[0, row, k] = run(p, s, row, -1, eta, streams, *work)
            rule[1:, row, k] = s.evaluations[0], s.error[0]
        for episode in range(RANDOM_EPISODES):
            random_returns[row, episode] = run(p, s, row, -1, 0.0, streams, *work)
    random = random_returns.mean(axis=1), random_returns.var(axis=1, ddof=1)
    return Measured._make((*fixed, *rule, *random))


def play(p, s, row, action, eta, streams, a, c, r):
    """Play an episode from start ``row`` in lane 0 and return its return.

    An ``action`` of -1 stands for the advised one if ``eta`` is positive, else for one that is drawn every time.
    """
    total = 0.0
    c[0] = row
    begin(p, s, 0, c)
    for _ in range(p.decisions):
        if action >= 0:
            a[0, 0] = action
        elif eta > 0.0:
            a[0, 0] = advised(p, s, 0, eta)
        else:
            a[0, 0] = below(streams, row, p.choices.shape[0])
        terminated = apply(p, s, 0, a, c, r)
        total += r[0, 0]
        if terminated:
            break
    return total


def means(values: np.ndarray) -> tuple[float, ...]:
    """Return the means over the first axis."""
    return tuple(values.mean(axis=0).tolist())


def _digits(value: Any) -> list[str]:
    return [f"{each:.9g}" for each in np.ravel(value).astype(float) + 0.0]
