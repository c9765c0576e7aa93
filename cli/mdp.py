"""The commands ``regretlab mdp``: the certified hardness of a continuing task."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .printing import Json, Knobs, examples, mistakes, new_console, print_json, print_tables, write_figure

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")


@app.callback(epilog=examples("mdp report RiverSwim-v0", "mdp report BottleneckRooms-v0 --json"))
def mdp() -> None:
    """Tell how hard a continuing task is: gain, diameter, mixing time, bottlenecks, and the price of discounting."""


@app.command(
    epilog=examples(
        "mdp report RiverSwim-v0",
        "mdp report RiverSwim-v0 --knob states=150 --figure myopia.svg",
        "mdp report TaskRing-v0 --knob tasks=8 --json",
    )
)
def report(
    id: Annotated[str, typer.Argument(metavar="ID", help="A continuing task, such as RiverSwim-v0.")],
    as_json: Json = False,
    figure: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also draw the gain that discounting loses: .svg, .pdf or .png."),
    ] = None,
    knob: Knobs = None,
) -> None:
    """Print everything that is certified about a task whose value is its average reward.

    Each number comes with how it was found; "at least" and "at most" mark bounds, where the task is too large for an
    exact answer. Numbers of a chain (mixing times, conductance, regions) are those of the optimal policy found.
    """
    from ..envs.core.registry import build
    from ..evaluation import mdp_report
    from ..evaluation.terminal import parse_knobs

    with mistakes():
        environment = build(id, **parse_knobs(knob or ()))
        with new_console().status("solving"):
            data = mdp_report.report(environment)
    if figure is not None:
        write_figure(figure, lambda: mdp_report.figure(data), quiet=as_json)
    if as_json:
        return print_json(data)
    new_console().print(f"{data['id']}: {data['states']:,} states, {data['actions']} actions", style="bold")
    print_tables(mdp_report.tables(data))
