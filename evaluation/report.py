"""The leaderboard as one self-contained HTML page: no network, no script, figures inlined as SVG."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import leaderboard
from .figures import INK, MUTED, PAPER, Look, best, draw_curves, inline_svg, looks, mean_curve, new_figure, style
from .leaderboard import EXPLAIN, Row, Task
from .pages import write
from .store import ResultsError, file_name, load

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEFT, RIGHT = -0.5, 1.25


def write_page(folder: Path | str, path: Path | str) -> Path:
    """Write the page of the results in ``folder`` to ``path`` (an .html file) and return the path.

    The same results give the same page. Raises ResultsError where there are no results, or some that cannot be
    compared (see `leaderboard.tasks`).
    """
    records, problems = load(folder)
    tasks = leaderboard.tasks(records)
    groups = leaderboard.grouped(leaderboard.rows(records))
    look = looks(leaderboard.learners(tasks))
    overall = next((group for group in groups if group[0].scope == "overall"), None)
    return write(
        path,
        "leaderboard.html",
        suites=sorted({record.suite for record in records}),
        tasks=[_task_context(number, task, groups, look) for number, task in enumerate(tasks)],
        overall=overall,
        ranking=inline_svg(ranking(overall, look), "ranking") if overall else None,
        partial=any(row.tasks < row.of_tasks for row in overall or ()),
        families=[group for group in groups if group[0].scope == "family"],
        learners=list(look),
        finished=sum(len(task.finished) for task in tasks),
        scores=sum(len(task.finished) for task in tasks if task.measure == "score"),
        crashed=[(file_name(run), run) for task in tasks for run in task.crashed],
        problems=problems,
        notes=leaderboard.notes(records),
        versions={
            package: ", ".join(sorted({record.versions.get(package, "unknown") for record in records}))
            for package in sorted({name for record in records for name in record.versions})
        },
        look=look,
        EXPLAIN=EXPLAIN,
        display=leaderboard.display,
        interval=leaderboard.interval,
    )


def ranking(rows: Sequence[Row], look: dict[str, Look]) -> Figure:
    """Return the figure of a table of scores: a dot and an interval a learner, between random play and the optimum.

    A learner that has not played all tasks (those count as 0) has a hollow dot, one beyond the ends of the axis (-0.5
    and 1.25) an arrow.
    """
    with style():
        figure = new_figure(760, 70 + 26 * len(rows))
        axes = figure.add_subplot()
        for place, row in enumerate(rows):
            if row.score is None:
                continue
            colour = look[row.learner].line["color"]
            if row.low is not None and row.high is not None:
                axes.hlines(place, max(row.low, LEFT), min(row.high, RIGHT), color=colour, linewidth=3, alpha=0.5)
            inside = LEFT <= row.score <= RIGHT
            marker = "o" if inside else "<" if row.score < LEFT else ">"
            (dot,) = axes.plot(min(max(row.score, LEFT), RIGHT), place, marker, color=colour, markersize=8)
            dot.set(markeredgewidth=2, markerfacecolor=colour if row.tasks == row.of_tasks else PAPER)
        for at, name in ((0, "random"), (1, "optimum")):
            axes.axvline(at, color=MUTED, linewidth=1.2, zorder=0.9)
            axes.text(at, -1, name, ha="center", va="bottom", color=MUTED)
        axes.set_yticks(range(len(rows)), [shortened(row.learner) for row in rows])
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.grid(visible=False, axis="y")
        axes.set_ylim(len(rows) - 0.4, -1)
        scores = [entry for row in rows for entry in (row.score, row.low, row.high) if entry is not None]
        axes.set_xlim(max(LEFT, min([0.0, *scores])) - 0.06, min(RIGHT, max([1.0, *scores])) + 0.06)
        axes.set_xlabel("normalised score (interquartile mean, 95 % interval)")
    return figure


def curves(task: Task, look: dict[str, Look]) -> Figure:
    """Return the figure of the mean curves of a task."""
    with style():
        figure = new_figure(760, 300)
        by_learner = {name: task.runs_of(name) for name in look}
        draw_curves(figure.add_subplot(), {name: runs for name, runs in by_learner.items() if runs}, look)
    return figure


def shortened(name: str, limit: int = 26) -> str:
    """Return ``name``, or its end where it is longer than ``limit`` (of a path the end is what matters)."""
    return name if len(name) <= limit else "…" + name[-limit + 1 :]


def _task_context(number: int, task: Task, groups: list[list[Row]], look: dict[str, Look]) -> dict[str, Any]:
    certificate = task.certificate
    names = () if certificate is None else ("optimal", "random", "memoryless")
    values = [(name, getattr(certificate, name)) for name in names]
    try:
        figure = inline_svg(curves(task, look), f"task{number}") if task.finished else None
        last = {name: mean_curve(task.runs_of(name)).mean[-1] for name in look if task.runs_of(name)}
        trouble = None
    except ResultsError as error:
        figure, last, trouble = None, {}, str(error)
    return {
        "task": task,
        "anchor": f"task-{number}",
        "knobs": {name: _short_json(value) for name, value in task.first.knobs.items()},
        "values": [(name, value) for name, value in values if value is not None],
        "facts": {} if certificate is None else {name: _short_json(fact) for name, fact in certificate.facts.items()},
        "rows": next(group for group in groups if (group[0].scope, group[0].group) == ("task", task.name)),
        "figure": figure,
        "trouble": trouble,
        "legend": sorted(last, key=lambda name: abs(last[name] - best(task.first))),
    }


def _short_json(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 300 else text[:300] + " …"
