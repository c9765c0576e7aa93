"""The leaderboard: rows by task, by family and over all tasks, as data, as tables for a terminal, and as JSON.

Three measures exist, and are never averaged with each other:

- ``score``: the normalised score, 0 uniform random play and 1 the certified optimum (a reference may be exceeded);
- ``gap``: for self-play, NashConv over the largest NashConv of a pure profile (the certificate's fact
  ``largest_pure_nash_conv``), best at 0;
- ``regret``: for a task that has neither (random play is optimal, or that fact is missing), optimum minus achieved in
  the task's own unit; it is not averaged over tasks.

A number is the interquartile mean over all runs, with a stratified bootstrap interval over seeds. In a table of several
tasks, a task that a learner has not played counts as a score of 0, what uniform random play earns; so nobody gains by
leaving a task out. A gap has no such value: there a learner that lacks tasks has no rank.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ..envs.core.certificate import Certificate
from .metrics.statistics import interquartile_mean, stratified_interval
from .store import Job, Problem, Record, ResultsError, file_name

if TYPE_CHECKING:
    from rich.table import Table

Measure = Literal["score", "gap", "regret"]
Run = TypeVar("Run", bound=Job)
ROUNDING = 1e-10  # of the task's values
EXPLAIN: dict[Measure, str] = {
    "score": "normalised score: 0 is uniform random play, 1 the certified optimum",
    "gap": "self-play gap: NashConv over the largest of a pure profile, best 0",
    "regret": "regret: optimum minus achieved, best 0",
}


@dataclass(frozen=True)
class Task:
    """One task of a folder and its runs; ``certificate`` is None where no run got as far as having one."""

    name: str
    family: str
    certificate: Certificate | None
    finished: list[Record]
    crashed: list[Record]

    @property
    def first(self) -> Record:
        """Any of the runs: they share environment, knobs and protocol."""
        return (self.finished or self.crashed)[0]

    @property
    def measure(self) -> Measure:
        """How runs of this task are compared."""
        return "regret" if self.certificate is None else measure(self.certificate)

    def runs_of(self, learner: str, crashed: bool = False) -> list[Record]:
        """The finished (or the crashed) runs of a learner, by seed."""
        chosen = self.crashed if crashed else self.finished
        return sorted((run for run in chosen if run.learner.name == learner), key=lambda run: run.seed)


@dataclass(frozen=True)
class Row:
    """One learner in one table.

    ``tasks`` counts the tasks with finished runs, of the table's ``of_tasks``. ``rank`` is None where no score can be
    compared: without finished runs, and for a gap without those of all tasks. ``score`` is in the row's measure, with
    its interval ``low`` to ``high`` (None where a task has a single seed). ``regret`` in ``unit`` is given for a table
    of one task.
    """

    scope: Literal["overall", "family", "task"]
    group: str
    measure: Measure
    rank: int | None
    learner: str
    score: float | None
    low: float | None
    high: float | None
    regret: float | None
    unit: str | None
    tasks: int
    of_tasks: int
    runs: int
    crashed: int


def measure(certificate: Certificate) -> Measure:
    """Return how results under ``certificate`` are compared: see the module's page."""
    if certificate.measure == "gap":
        return "gap" if certificate.facts.get("largest_pure_nash_conv") else "regret"
    return "score" if certificate.apart else "regret"


def score(record: Record) -> float:
    """Return the number by which the finished run ``record`` is compared: see `measure`."""
    certificate, achieved = _finished(record)
    kind = measure(certificate)
    if kind == "score":
        return certificate.normalised(achieved)
    return regret(record) / (certificate.facts["largest_pure_nash_conv"] if kind == "gap" else 1.0)


def regret(record: Record) -> float:
    """Return optimum minus achieved of the finished run ``record``: 0 where they differ by no more than rounding."""
    certificate, achieved = _finished(record)
    lost = certificate.regret(achieved)
    sizes = (certificate.optimal.value, certificate.random.value, certificate.facts.get("largest_pure_nash_conv") or 0)
    return 0.0 if abs(lost) <= ROUNDING * max(map(abs, sizes)) else lost


def tasks(records: Iterable[Record]) -> list[Task]:
    """Return the tasks of ``records``, in the order of family and name.

    Raises ResultsError where there are no runs, where two runs of one task differ in what makes them comparable
    (environment, knobs, protocol, certificate), or where a learner has the same seed twice.
    """
    by_name = _by_task(records)
    if not by_name:
        raise ResultsError("there are no results here; `regretlab run` makes some")
    return sorted((_task(runs) for runs in by_name.values()), key=lambda task: (task.family, task.name))


def check(jobs: Iterable[Job]) -> None:
    """Raise ResultsError where `tasks` would refuse the runs ``jobs``, be they planned or recorded."""
    for of_task in _by_task(jobs).values():
        _check(of_task[0], of_task)


def rows(records: Iterable[Record]) -> list[Row]:
    """Return all rows of the leaderboard: over all tasks, then by family, then by task, each table sorted.

    Learners whose displayed numbers are equal share a rank. Raises what `tasks` raises.
    """
    all_tasks = tasks(records)
    tables = _table("overall", "all tasks", [task for task in all_tasks if task.measure == "score"])
    for family, members in itertools.groupby(all_tasks, key=lambda task: task.family):
        of_family = list(members)
        for kind in ("score", "gap"):
            tables += _table("family", family, [task for task in of_family if task.measure == kind])
    for task in all_tasks:
        tables += _table("task", task.name, [task])
    return tables


def grouped(all_rows: Iterable[Row]) -> list[list[Row]]:
    """Return the rows table by table, in their order."""
    return [list(group) for _, group in itertools.groupby(all_rows, key=lambda r: (r.scope, r.group, r.measure))]


def display(value: float | None, kind: Measure = "score") -> str:
    """Return the number as tables show it: three decimals, a regret with four significant digits, a dash for None."""
    if value is None:
        return "-"
    text = f"{value:.4g}" if kind == "regret" else f"{value:.3f}"
    return text.removeprefix("-") if float(text) == 0 else text


def interval(row: Row) -> str:
    """Return the row's interval as tables show it."""
    if row.low is None or row.high is None:
        return "-"
    return f"{display(row.low, row.measure)} to {display(row.high, row.measure)}"


def tables(all_rows: Iterable[Row]) -> list[Table]:
    """Return one rich table for each table of the leaderboard, fit for a terminal of 80 columns."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    result = []
    for group in grouped(all_rows):
        first = group[0]
        title = f"{first.scope}: {first.group}" if first.scope != "overall" else first.group
        caption = EXPLAIN[first.measure] + (f"\nregret in {first.unit}" if first.unit else "")
        if not all(row.rank for row in group):
            caption += "\n- no rank: not run on all tasks of this table"
        elif any(row.tasks < row.of_tasks for row in group):
            caption += "\na task that was not played counts as 0"
        table = Table(title=Text(title, "bold"), caption=Text(caption, "dim"), box=box.SIMPLE_HEAD, pad_edge=False)
        table.title_justify = table.caption_justify = "left"
        single, crashed = first.scope == "task", any(row.crashed for row in group)
        table.add_column("#", justify="right")
        table.add_column("learner", overflow="fold", max_width=28)
        for name in (first.measure, "95 % interval", *(("regret",) if single else ("tasks",)), "runs"):
            table.add_column(name, justify="right", no_wrap=True)
        if crashed:
            table.add_column("crashed", justify="right", no_wrap=True)
        for row in group:
            own = display(row.regret, "regret") if single else f"{row.tasks}/{row.of_tasks}"
            cells = [str(row.rank or "-"), row.learner, display(row.score, row.measure), interval(row), own]
            cells += [str(row.runs), *([str(row.crashed)] if crashed else [])]
            table.add_row(*map(Text, cells), style=None if row.rank else "dim")
        result.append(table)
    return result


def notes(records: Sequence[Record]) -> list[str]:
    """Return what a reader should know of the results: several versions, tasks outside the ranking, single seeds."""
    found = []
    for task in tasks(records):
        if len({run.source_hash for run in task.finished}) > 1:
            found.append(f"{task.name}: runs of several versions of the environment's source are compared")
        if task.finished and task.measure != "score":
            found.append(f"{task.name}: no part of the overall ranking, compared by {EXPLAIN[task.measure]}")
        if not task.finished:
            found.append(f"{task.name}: all {len(task.crashed)} runs crashed")
        alone = [name for name in learners([task]) if len(task.runs_of(name)) == 1]
        if alone:
            found.append(f"{task.name}: a single seed, hence no interval, of {', '.join(alone)}")
    for package in sorted({name for record in records for name in record.versions}):
        several = sorted({record.versions.get(package, "unknown") for record in records})
        if len(several) > 1:
            found.append(f"runs were made with several versions of {package}: {', '.join(several)}")
    return found


def learners(all_tasks: Iterable[Task]) -> list[str]:
    """Return the names of all learners, sorted."""
    return sorted({run.learner.name for task in all_tasks for run in (*task.finished, *task.crashed)})


def to_json(records: Sequence[Record], problems: Sequence[Problem] = ()) -> str:
    """Return the leaderboard as strict JSON: rows, tasks with their certificates, crashed and skipped files, notes."""
    all_tasks = tasks(records)
    data: dict[str, Any] = {
        "rows": [dataclasses.asdict(row) for row in rows(records)],
        "tasks": [
            {
                "name": task.name,
                "family": task.family,
                "environment": task.first.environment,
                "knobs": task.first.knobs,
                "protocol": task.first.protocol.model_dump(),
                "certificate": None if task.certificate is None else dataclasses.asdict(task.certificate),
                "measure": task.measure,
            }
            for task in all_tasks
        ],
        "crashed": [
            {"file": file_name(run), "task": run.task, "learner": run.learner.name, "seed": run.seed}
            for task in all_tasks
            for run in task.crashed
        ],
        "skipped": [{"file": problem.path.name, "reason": problem.reason} for problem in problems],
        "notes": notes(records),
    }
    return json.dumps(data, indent=2, allow_nan=False)


def _finished(record: Record) -> tuple[Certificate, float]:
    if record.certificate is None or record.achieved is None:
        raise ValueError(f"{file_name(record)} crashed; it has no score and no regret")
    return record.certificate, record.achieved


def _by_task(runs: Iterable[Run]) -> dict[str, list[Run]]:
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.task, []).append(run)
    return groups


def _task(runs: list[Record]) -> Task:
    finished = [run for run in runs if run.status == "finished"]
    crashed = [run for run in runs if run.status == "crashed"]
    first = (finished or crashed)[0]
    _check(first, runs)
    return Task(first.task, first.family, first.certificate, finished, crashed)


def _check(first: Job, runs: Iterable[Job]) -> None:
    seen: dict[tuple[str, int], Job] = {}
    for run in runs:
        twin = seen.setdefault((run.learner.name, run.seed), run)
        if different := _difference(first, run):
            clash, pair = f"has runs that cannot be compared, with different {different}", (first, run)
        elif twin is not run:
            clash, pair = f"has two runs of {run.learner.name!r} with seed {run.seed}", (twin, run)
        else:
            continue
        files = " and ".join(map(file_name, pair))
        raise ResultsError(f"task {run.task!r} {clash}: {files}; keep one experiment in a folder")


def _difference(one: Job, other: Job) -> str | None:
    for field in ("family", "environment", "knobs", "protocol"):
        if getattr(one, field) != getattr(other, field):
            return field
    here, there = (each.certificate if isinstance(each, Record) else None for each in (one, other))
    return None if here is None or there is None or _agree(here, there) else "certificate"


def _agree(one: Certificate, other: Certificate) -> bool:
    """Solvers on two machines may differ in the last digits; a score may not."""
    pairs = ((one.optimal, other.optimal), (one.random, other.random))
    same_kind = (one.unit, one.measure) == (other.unit, other.measure)
    return same_kind and all(math.isclose(a.value, b.value, rel_tol=1e-6, abs_tol=1e-9) for a, b in pairs)


def _table(scope: Any, group: str, members: Sequence[Task]) -> list[Row]:
    if not members:
        return []
    unranked = [_row(scope, group, members, learner) for learner in learners(members)]
    kind = members[0].measure

    def order(row: Row) -> tuple[Any, ...]:
        shown = 0.0 if row.score is None else float(display(row.score, kind))
        return not _comparable(row), -row.tasks * (kind == "gap"), -shown if kind == "score" else shown, row.learner

    ranked: list[Row] = []
    for place, row in enumerate(sorted(unranked, key=order), start=1):
        if not _comparable(row):
            ranked.append(row)
            continue
        tied = bool(ranked) and display(ranked[-1].score, kind) == display(row.score, kind)
        ranked.append(dataclasses.replace(row, rank=ranked[-1].rank if tied else place))
    return ranked


def _comparable(row: Row) -> bool:
    return row.tasks == row.of_tasks or (row.measure == "score" and row.tasks > 0)


def _row(scope: Any, group: str, members: Sequence[Task], learner: str) -> Row:
    runs = [task.runs_of(learner) for task in members]
    played = [[score(run) for run in of_task] for of_task in runs if of_task]
    strata = list(played)
    if members[0].measure == "score" and played:
        strata += [[0.0] * len(played[0])] * (len(members) - len(played))
    value = low = high = lost = None
    if strata and min(map(len, strata)) > 1:
        value, low, high = stratified_interval(strata)
    elif strata:
        value = float(interquartile_mean([entry for stratum in strata for entry in stratum]))
    certificate = members[0].certificate
    if scope == "task" and certificate is not None and strata:
        lost = float(interquartile_mean(list(map(regret, runs[0]))))
    return Row(
        scope,
        group,
        members[0].measure,
        rank=None,
        learner=learner,
        score=value,
        low=low,
        high=high,
        regret=lost,
        unit=certificate.unit if scope == "task" and certificate is not None else None,
        tasks=len(played),
        of_tasks=len(members),
        runs=sum(map(len, played)),
        crashed=sum(len(task.runs_of(learner, crashed=True)) for task in members),
    )
