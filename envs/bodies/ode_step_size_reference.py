"""The certificate of `ode_step_size`: fixed steps in hindsight, two rules that try every step, and random play."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Value
from ..core.fusing import fuse, specialise
from ..core.streams import EVALUATION, below, seed_streams
from . import ode_step_size
from .ode_step_size import advised, apply, begin, system_of
from .step_size_reference import means, over_starts, random_play, stored

RANDOM_EPISODES = 10
FILE = "ode_step_size.json"
COMMAND = "python benchmarks/reference_ode_step_size.py"
#: What `play` takes for an action: the rule that `advised` is, and one that is drawn every time.
RULE, RANDOM = -1, -2


class Summary(NamedTuple):
    """Means over the starts.

    Return, evaluations of the equations and the mean error of one step: of fixed actions, one number an action; of the
    rules "greedy" and "priced", the latter with ``price``. ``random_deviation`` is a standard error.
    """

    fixed_returns: tuple[float, ...]
    fixed_evaluations: tuple[float, ...]
    fixed_errors: tuple[float, ...]
    best_action_of_each_start: tuple[int, ...]
    instance_return: float
    price: float
    rule_returns: tuple[float, ...]
    rule_evaluations: tuple[float, ...]
    rule_errors: tuple[float, ...]
    random_return: float
    random_deviation: float


def certify(p: ode_step_size.Params) -> Certificate:
    """Return the reference values of these parameters, stored or computed now."""
    known = recall(p)
    found = measure(p) if known is None else known
    command = "computed now" if known is None else COMMAND
    fixed = int(np.argmax(found.fixed_returns))
    greedy, priced = found.rule_returns
    value, name = max(
        (found.fixed_returns[fixed], f"action {fixed}, the best fixed one in hindsight of {len(p.choices)}"),
        (greedy, "the action with the greatest reward, found by trying all"),
        (priced, f"the action with the greatest reward - {found.price:.4g} * h, found by trying all"),
    )
    return Certificate(
        unit=Criterion("return").unit,
        optimal=Value(value, "reference", f"{name}, {over_starts(len(p.starts), command)}"),
        random=random_play(found, RANDOM_EPISODES, command),
        facts={
            "best_fixed_action": fixed,
            "best_fixed_return": found.fixed_returns[fixed],
            "mean_return_of_best_fixed_action_of_each_start": found.instance_return,
            "best_fixed_action_of_each_start": found.best_action_of_each_start,
            "fixed_returns": found.fixed_returns,
            "fixed_evaluations": found.fixed_evaluations,
            "fixed_mean_errors": found.fixed_errors,
            "greedy_return": greedy,
            "priced_return": priced,
            "price": found.price,
            "greedy_evaluations": found.rule_evaluations[0],
            "priced_evaluations": found.rule_evaluations[1],
            "greedy_mean_error": found.rule_errors[0],
            "priced_mean_error": found.rule_errors[1],
        },
    )


def recall(p: ode_step_size.Params) -> Summary | None:
    """Return the stored numbers of these parameters, or None where there are none."""
    return stored(FILE, p, Summary)


def measure(p: ode_step_size.Params) -> Summary:
    """Play every fixed action, both rules, and `RANDOM_EPISODES` episodes of random play from every start.

    A start has a random stream of its own, so that its numbers do not depend on the length of the table.
    """
    bound = {**ode_step_size.kernels(p), "advised": specialise(advised, {"field": system_of(p).field})}
    run: Any = fuse(play, bound, "OdeStepSize_reference")
    starts, actions, s = len(p.starts), len(p.choices), ode_step_size.allocate(p, 1)
    streams = seed_streams(np.arange(starts), EVALUATION)
    work = np.zeros((1, 1), np.int64), np.zeros(1, np.int64), np.zeros((1, 1))

    def played(row: int, action: int, price: float) -> tuple[float, float, float]:
        total, error = run(p, s, row, action, price, streams, *work)
        return total, s.evaluations[0], error

    fixed = np.array([[played(row, action, 0.0) for action in range(actions)] for row in range(starts)])
    greedy = np.array([played(row, RULE, 0.0) for row in range(starts)])
    price = max(*means(fixed[:, :, 0]), float(greedy[:, 0].mean())) / p.duration
    rules = np.stack([greedy, [played(row, RULE, price) for row in range(starts)]], axis=1)
    random = np.array([[played(row, RANDOM, 0.0)[0] for _ in range(RANDOM_EPISODES)] for row in range(starts)])
    returns = fixed[:, :, 0]
    return Summary(
        fixed_returns=means(returns),
        fixed_evaluations=means(fixed[:, :, 1]),
        fixed_errors=means(fixed[:, :, 2]),
        best_action_of_each_start=tuple(returns.argmax(axis=1).tolist()),
        instance_return=float(returns.max(axis=1).mean()),
        price=price,
        rule_returns=means(rules[:, :, 0]),
        rule_evaluations=means(rules[:, :, 1]),
        rule_errors=means(rules[:, :, 2]),
        random_return=float(random.mean()),
        random_deviation=math.sqrt(random.var(axis=1, ddof=1).sum() / RANDOM_EPISODES) / starts,
    )


def play(p, s, row, action, price, streams, a, c, r):
    """Play an episode from start ``row`` in lane 0 and return its return and the mean error of a step."""
    total, errors, steps = 0.0, 0.0, 0
    c[0] = row
    begin(p, s, 0, c)
    terminated = False
    while not terminated:
        if action >= 0:
            a[0, 0] = action
        elif action == RULE:
            a[0, 0] = advised(p, s, 0, price)
        else:
            a[0, 0] = below(streams, row, p.choices.shape[0])
        terminated = apply(p, s, 0, a, c, r)
        total += r[0, 0]
        errors += s.error[0]
        steps += 1
    return total, errors / steps
