"""The commands ``regretlab bodies``: figures of what time steps cost, and what they are worth."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .printing import Folder, Knobs, Out, examples, learners, load_results, mistakes, write_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
draw = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
app.add_typer(draw, name="draw")

COMPARED = ("fixed:action=11", "eta_tau:eta=0.02")


@app.callback(epilog=examples("bodies draw work results/bodies --task step-size", "bodies draw flight StepSize-v0"))
def bodies() -> None:
    """Draw how much work a controlled integration takes, and how precise it is."""


@draw.callback(epilog=examples("bodies draw work results/bodies", "bodies draw flight StepSize-v0"))
def drawing() -> None:
    """Draw work against precision, or a single flight."""


@draw.command(
    epilog=examples("run bodies --task step-size", "bodies draw work results/bodies --task step-size --out work.svg")
)
def work(
    folder: Folder,
    task: Annotated[str, typer.Option(metavar="TASK", help="A task of the suite.")] = "step-size",
    out: Out = Path("work.svg"),
) -> None:
    """Draw a point a learner, from the results of `regretlab run bodies`: cost, median error and worst tenth.

    With the Pareto front of the learners, the comparators of the certificate, and for hermite-eta the published
    networks, which are quoted and were not measured here.
    """
    from ..assets import reference
    from ..evaluation import body_figures

    with mistakes():
        records, _ = load_results(folder)
    published = json.loads((resources.files(reference) / "saz_ulibarrena_2025.json").read_text(encoding="utf-8"))
    quoted = {
        row["policy"]: (row["mean_sub_steps"], row["median_energy_error"], row["q90_energy_error"])
        for row in published["rows"]
        if task == published["task"]
    }
    write_figure(out, lambda: body_figures.work_figure(records, task, quoted))


@draw.command(
    epilog=examples(
        "bodies draw flight StepSize-v0 --knob seeds=test --start 3 --out flight.svg",
        "bodies draw flight Pythagorean-v0 --learner eta_tau:eta=0.01 --learner eta_tau:eta=0.1",
    )
)
def flight(
    id: Annotated[str, typer.Argument(metavar="ID", help="StepSize-v0 or one of its kin.")],
    learner: Annotated[
        list[str],
        typer.Option("--learner", metavar="L", help="Such as eta_tau:eta=0.02, or fixed:action=11; may be repeated."),
    ] = list(COMPARED),  # noqa: B006 (Typer's way to a default list)
    start: Annotated[int, typer.Option(metavar="ROW", min=0, help="The row of the table of starts.")] = 0,
    knob: Knobs = None,
    out: Out = Path("flight.svg"),
) -> None:
    """Draw one flight: how near bodies come, the steps that each learner takes, and the energy error they leave.

    A fixed step is ruined by a close encounter; steps in proportion to the shortest time scale pass through it.
    """
    from ..envs.core.registry import build
    from ..evaluation import body_figures
    from ..evaluation.terminal import parse_knobs

    def figure() -> Figure:
        titles = [text.replace("_", " ").replace(":", ", ").replace("=", " ") for text in learner]
        chosen: Any = dict(zip(titles, learners(learner), strict=True))
        return body_figures.flight_figure(build(id, **parse_knobs(knob or ())), chosen, start)

    write_figure(out, figure)
