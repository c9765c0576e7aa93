"""Two or more learners side by side: the figure for a paper, paired differences with intervals, and the raw rows.

Every difference is an *advantage* in the task's own unit: the regret of the second learner minus the regret of the
first, positive where the first is better, for values and for gaps alike.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..envs.core.hints import did_you_mean
from . import leaderboard
from .figures import draw_curves, looks, new_figure, style
from .metrics.statistics import paired_difference, probability_of_improvement
from .store import Record, ResultsError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.table import Table


@dataclass(frozen=True)
class Difference:
    """``first`` against ``second`` on one task.

    ``advantage`` is the mean over the ``pairs`` of runs with equal seeds, with its 95 % interval (None for fewer than
    two pairs). ``probability`` is P(A > B), the probability that a run of the first is better than one of the second,
    over all finished runs (``runs_first`` and ``runs_second`` of them), ties counted half.
    """

    task: str
    unit: str
    first: str
    second: str
    advantage: float | None
    low: float | None
    high: float | None
    pairs: int
    probability: float
    runs_first: int
    runs_second: int


@dataclass(frozen=True)
class Comparison:
    """What is compared: finished runs by task and learner, the differences, and why other tasks are left out."""

    learners: tuple[str, ...]
    runs: dict[str, dict[str, list[Record]]]
    differences: list[Difference]
    left_out: dict[str, str]


def compare(records: Iterable[Record], learners: Sequence[str], task: str | None = None) -> Comparison:
    """Return the comparison of ``learners`` on all tasks that all of them finished runs of, or on ``task`` alone.

    Every pair of them is compared, in the order given. Raises ResultsError for fewer than two learners, for an unknown
    one or an unknown task (with what there is), where no task is left, and what `leaderboard.tasks` raises.
    """
    tasks = {each.name: each for each in leaderboard.tasks(records)}
    if len(learners) < 2 or len(set(learners)) < len(learners):
        raise ResultsError(f"learners={list(learners)} is not allowed: name at least two different ones")
    for name in learners:
        _check_known("learner", name, leaderboard.learners(tasks.values()))
    if task is not None:
        _check_known("task", task, list(tasks))
    runs, left_out = {}, {}
    for each in tasks.values() if task is None else [tasks[task]]:
        by_learner = {name: each.runs_of(name) for name in learners}
        missing = [name for name, of_learner in by_learner.items() if not of_learner]
        if missing:
            left_out[each.name] = f"no finished run of {', '.join(missing)}"
        else:
            runs[each.name] = by_learner
    if not runs:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise ResultsError(f"there is no task that all of {', '.join(learners)} finished: {reasons}")
    differences = [
        _difference(name, by_learner, first, second)
        for first, second in itertools.combinations(learners, 2)
        for name, by_learner in runs.items()
    ]
    return Comparison(tuple(learners), runs, differences, left_out)


def figure(comparison: Comparison) -> Figure:
    """Return the figure: a panel a task, mean curves with their 95 % interval over seeds, the optimum as a line.

    `figures.save` writes it as SVG, PDF or PNG.
    """
    count = len(comparison.runs)
    columns = min(count, 2)
    lines = -(-count // columns)
    with style():
        result = new_figure(400 * columns, 40 + 260 * lines)
        for place, (task, runs) in enumerate(comparison.runs.items(), start=1):
            axes = result.add_subplot(lines, columns, place)
            draw_curves(axes, runs, looks(comparison.learners))
            axes.set_title(task)
        handles, labels = result.axes[0].get_legend_handles_labels()
        result.legend(handles, labels, loc="outside upper left", ncols=2 * columns)
    return result


def tables(comparison: Comparison) -> list[Table]:
    """Return one rich table a pair of learners, fit for a terminal of 80 columns."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    result = []
    for (first, second), group in itertools.groupby(comparison.differences, key=lambda each: (each.first, each.second)):
        caption = "advantage: regret of B minus regret of A over paired seeds; positive, A is better"
        table = Table(title=Text(f"A: {first}\nB: {second}", "bold"), caption=Text(caption, "dim"), box=box.SIMPLE_HEAD)
        table.title_justify = table.caption_justify = "left"
        table.pad_edge = False
        table.add_column("task", overflow="fold", max_width=28)
        for name in ("advantage", "95 % interval", "P(A > B)", "pairs"):
            table.add_column(name, justify="right", no_wrap=True)
        for each in group:
            known = each.low is not None and each.high is not None
            numbers = (
                "-" if each.advantage is None else f"{each.advantage:.4g}",
                f"{each.low:.4g} to {each.high:.4g}" if known else "-",
                f"{each.probability:.2f}",
                str(each.pairs),
            )
            table.add_row(Text.assemble(each.task, "\n", (each.unit, "dim")), *map(Text, numbers))
        result.append(table)
    return result


def to_csv(comparison: Comparison) -> str:
    """Return the differences as CSV, one line a task and a pair; what is not known is empty."""
    return _csv([dataclasses.asdict(each) for each in comparison.differences])


def to_json(comparison: Comparison) -> str:
    """Return the differences, and the tasks that are left out, as strict JSON."""
    data = {
        "learners": comparison.learners,
        "differences": [dataclasses.asdict(each) for each in comparison.differences],
        "left_out": comparison.left_out,
    }
    return json.dumps(data, indent=2, allow_nan=False)


def raw_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Return one row a finished run: what it is, achieved value, regret, unit, and all metrics (``metric.NAME``)."""
    return [
        {
            "task": run.task,
            "environment": run.environment,
            "learner": run.learner.name,
            "seed": run.seed,
            "achieved": run.achieved,
            "regret": leaderboard.regret(run),
            "unit": "" if run.certificate is None else run.certificate.unit,
            **{f"metric.{name}": value for name, value in sorted(run.metrics.items())},
        }
        for by_learner in comparison.runs.values()
        for runs in by_learner.values()
        for run in runs
    ]


def raw_csv(comparison: Comparison) -> str:
    """Return `raw_rows` as CSV; a metric that a run does not have is empty."""
    return _csv(raw_rows(comparison))


def _difference(task: str, runs: Mapping[str, list[Record]], first: str, second: str) -> Difference:
    of_first = {run.seed: leaderboard.regret(run) for run in runs[first]}
    of_second = {run.seed: leaderboard.regret(run) for run in runs[second]}
    seeds = sorted(of_first.keys() & of_second.keys())
    advantage = low = high = None
    if len(seeds) > 1:
        pairs = [of_second[seed] for seed in seeds], [of_first[seed] for seed in seeds]
        advantage, low, high = paired_difference(*pairs)
    elif seeds:
        advantage = of_second[seeds[0]] - of_first[seeds[0]]
    certificate = runs[first][0].certificate
    return Difference(
        task,
        "" if certificate is None else certificate.unit,
        first,
        second,
        advantage,
        low,
        high,
        pairs=len(seeds),
        probability=probability_of_improvement(list(of_second.values()), list(of_first.values())),
        runs_first=len(of_first),
        runs_second=len(of_second),
    )


def _check_known(kind: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise ResultsError(f"there is no {kind} {name!r} here{did_you_mean(name, known)} There are: {', '.join(known)}")


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()
