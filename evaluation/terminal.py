"""What the command line reads and shows in a line: knobs, finished runs, verdicts, and the bar below them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from . import leaderboard
from .store import Record, file_name
from .verify import Verdict

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

COLUMNS = 80
PYTHON_NAMES = {"True": True, "False": False, "None": None}


def parse_knobs(given: Iterable[str]) -> dict[str, Any]:
    """Return the knobs in texts such as ``length=20``.

    A value is read as JSON (a number, true, false, null, a list), also True, False and None; anything else is a string.
    Raises ValueError for a text without a name or an equals sign.
    """
    knobs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ValueError(f"--knob {text!r} is not allowed: it must have the form name=value")
        try:
            knobs[name] = PYTHON_NAMES[value] if value in PYTHON_NAMES else json.loads(value)
        except ValueError:
            knobs[name] = value
    return knobs


def run_line(done: int, total: int, record: Record) -> str:
    """Return the line that tells of a finished group of runs (one learner, one task), in 80 columns."""
    result = "crashed"
    if record.status == "finished" and record.certificate is not None:
        kind = leaderboard.measure(record.certificate)
        result = f"{kind} {leaderboard.display(leaderboard.score(record), kind)}"
    end = f" {result} {record.wall_time_seconds:6.1f} s"
    count, name, room = f"{done}/{total}", f"{record.learner.name}, seed {record.seed}", COLUMNS - len(end)
    line = f"{count:>7} {record.task:<27} {name}"
    if len(line) > room:
        line = f"{count:>7} {record.task} {name}"
    return f"{line:<{room}.{room}}{end}"


def verdict_line(verdict: Verdict) -> str:
    """Return the line that tells what became of running a record again."""
    record = verdict.record
    by = f" by at most {verdict.difference:.3g}" if verdict.verdict == "different" and verdict.difference else ""
    reason = "" if verdict.verdict == "equal" else f": {verdict.reason}"
    return f"{verdict.verdict}{by}: {record.task}, {record.learner.name}, seed {record.seed}{reason}"


def crash_line(record: Record) -> str:
    """Return the line that tells of a crashed run, the end of its traceback, and the file that has all of it."""
    reason = (record.traceback or "").strip().splitlines()[-1]
    name = f"{record.task}, {record.learner.name}, seed {record.seed}"
    return f"crashed: {name}: {reason} (traceback in {file_name(record)})"


def bar(console: Console, note: Callable[[], str] | None = None) -> Progress:
    """Return a bar with elapsed and remaining time, shown where ``console`` is a terminal and left out elsewhere.

    What ``note`` returns at the moment stands behind it.
    """
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Note(ProgressColumn):
        def render(self, task: Any) -> Text:
            return Text("" if note is None else note())

    columns = (
        BarColumn(30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("elapsed,"),
        TimeRemainingColumn(),
        TextColumn("remaining"),
        Note(),
    )
    return Progress(*columns, console=console, disable=not console.is_terminal)


def bench_table(rows: Sequence[Any]) -> Table:
    """Return the measured speeds (see `regretlab.evaluation.bench.measure`) as a table of 80 columns."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from .bench import REPEATS, describe_machine

    caption = Text(f"{describe_machine()}\nmedians of {REPEATS} repeats after a warm-up", "dim")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption=caption, caption_justify="left")
    for name in ("surface", "environment", "lanes", "steps/s", "note"):
        table.add_column(name, justify="right" if name in ("lanes", "steps/s") else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, (row.surface, row.environment, f"{row.lanes:,}", f"{row.rate:,.0f}", row.note)))
    return table
