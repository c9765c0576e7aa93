"""What all commands share: options, how they print and draw, and how they tell a mistake of the user."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..envs.core.registry import UnknownEnvironment

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

    from ..baselines.learner import Learner
    from ..evaluation.store import Problem, Record

MISTAKES = (UnknownEnvironment, TypeError, ValueError, OSError, ModuleNotFoundError)

Knobs = Annotated[list[str] | None, typer.Option("--knob", metavar="NAME=VALUE", help="Set a knob; may be repeated.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder with results.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Out = Annotated[Path, typer.Option(metavar="FILE", help="The figure: .svg, .pdf or .png.")]
Seeds = Annotated[int, typer.Option(metavar="N", min=1, help="Seeds.")]


def examples(*commands: str) -> str:
    """Return the examples that end a command's help."""
    return "\n".join(["```", *(f"regretlab {command}" for command in commands), "```"])


@contextmanager
def mistakes() -> Iterator[None]:
    """Tell a mistake of the user in one line, without a traceback."""
    try:
        yield
    except MISTAKES as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None


def new_console() -> Console:
    """Return a console that does not colour numbers."""
    from rich.console import Console

    return Console(highlight=False)


def print_tables(tables: list[Any]) -> None:
    """Print tables with an empty line between them."""
    console = new_console()
    for number, table in enumerate(tables):
        if number:
            console.print()
        console.print(table)


def print_json(data: Any) -> None:
    """Print ``data`` as JSON."""
    typer.echo(json.dumps(data, indent=2))


def load_results(folder: Path) -> tuple[list[Record], list[Problem]]:
    """Read a results folder and warn of the files that are no results."""
    from ..evaluation import store

    records, problems = store.load(folder)
    for problem in problems:
        typer.echo(f"skipped {problem.path.name}: {problem.reason}", err=True)
    return records, problems


def learners(given: list[str]) -> list[Learner]:
    """Return the learners of texts such as ``hedge`` or ``hedge:rate=anytime,eta=0.2``."""
    from ..baselines.learner import load
    from ..evaluation.terminal import parse_knobs

    parts = [text.partition(":") for text in given]
    return [load(name, **parse_knobs(knobs.split(",") if knobs else ())) for name, _, knobs in parts]


def write_figure(out: Path, make: Callable[[], Figure], *, quiet: bool = False) -> None:
    """Draw a figure in the house style, write it and say so, unless ``quiet``."""
    from ..evaluation import figures

    with mistakes():
        figures.check_path(out)
        with figures.style(), new_console().status("drawing"):
            figures.save(make(), out)
    if not quiet:
        typer.echo(f"wrote {out}")
