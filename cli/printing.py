"""What all commands share: how they print, and how they tell a mistake of the user."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..envs.core.registry import UnknownEnvironment

if TYPE_CHECKING:
    from rich.console import Console

MISTAKES = (UnknownEnvironment, TypeError, ValueError, OSError, ModuleNotFoundError)

Knobs = Annotated[list[str] | None, typer.Option("--knob", metavar="NAME=VALUE", help="Set a knob; may be repeated.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


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
