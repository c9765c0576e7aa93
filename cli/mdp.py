"""The commands ``regretlab mdp``: the certified hardness of a continuing task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .printing import (
    Json,
    Knobs,
    Out,
    Seeds,
    examples,
    learners,
    mistakes,
    new_console,
    print_json,
    print_tables,
    write_figure,
)

if TYPE_CHECKING:
    from ..envs.core.environment import Environment

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
draw = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
app.add_typer(draw, name="draw")

Task = Annotated[str, typer.Argument(metavar="ID", help="A continuing task, such as RiverSwim-v0.")]
Learners = Annotated[
    list[str],
    typer.Option("--learner", metavar="L", help="Such as psrl, or differential_q:epsilon=0.2; may be repeated."),
]
Steps = Annotated[int, typer.Option(metavar="N", min=1, help="Steps to play, with each seed.")]

FAMILIES, SCALES, COMPARED = ("small-rooms", "small-rooms-random"), (2, 4, 8, 16), ("ucrl2", "kl_ucrl")


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
    id: Task,
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
    from ..evaluation import figures, mdp_report

    with mistakes():
        if figure is not None:
            figures.check_path(figure)
        environment = _task(id, knob)
        with new_console().status("solving"):
            data = mdp_report.report(environment)
    if figure is not None:
        write_figure(figure, lambda: mdp_report.figure(data), quiet=as_json)
    if as_json:
        return print_json(data)
    new_console().print(f"{data['id']}: {data['states']:,} states, {data['actions']} actions", style="bold")
    print_tables(mdp_report.tables(data))


@draw.callback(epilog=examples("mdp draw scaling", "mdp draw map BottleneckRooms-v0"))
def drawing() -> None:
    """Draw how tasks become harder with their size, how regret grows, and where learners go."""


@draw.command(
    epilog=examples(
        "mdp draw scaling --out scaling.svg",
        "mdp draw scaling --family task-ring --family task-ring-random --scale 4 --scale 16 --scale 64",
    )
)
def scaling(
    family: Annotated[
        list[str], typer.Option(metavar="NAME", help="A family of tasks, such as rooms; may be repeated.")
    ] = list(FAMILIES),  # noqa: B006 (Typer's way to a default list)
    scale: Annotated[
        list[int], typer.Option(metavar="K", min=1, help="A size, such as a number of rooms; may be repeated.")
    ] = list(SCALES),  # noqa: B006
    learner: Learners = list(COMPARED),  # noqa: B006
    steps: Steps = 1_000_000,
    seeds: Seeds = 5,
    out: Out = Path("scaling.svg"),
) -> None:
    """Draw the mixing time of the optimal policy and the learners' regret against the number of states."""
    from ..envs.mdps.families import family as find
    from ..evaluation import mdp_figures, mdp_runs

    def figure() -> Any:
        chosen, players = [find(name) for name in family], learners(learner)
        named = {text.replace("_", " "): player for text, player in zip(learner, players, strict=True)}
        sizes = {
            each.name: [mdp_runs.measure(each.scale(size), size, named, steps, seeds) for size in sorted(set(scale))]
            for each in chosen
        }
        return mdp_figures.scaling_figure(sizes, steps)

    write_figure(out, figure)


@draw.command(epilog=examples("run mdps", "mdp draw growth results/mdps --task river-swim-25 --out growth.svg"))
def growth(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder with results, as of `regretlab run mdps`.")],
    task: Annotated[str, typer.Option(metavar="NAME", help="The task whose runs are drawn.")],
    learner: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A learner as the leaderboard names it; may be repeated. Default: all."),
    ] = None,
    out: Out = Path("growth.svg"),
) -> None:
    """Draw cumulative regret on logarithmic axes from stored results, beside the slopes of theory."""
    from ..evaluation import mdp_figures, store

    def figure() -> Any:
        runs = mdp_figures.runs_of(store.load(folder)[0], task, learner or ())
        return mdp_figures.growth_figure(runs, task)

    write_figure(out, figure)


@draw.command(
    name="map",
    epilog=examples(
        "mdp draw map BottleneckRooms-v0 --learner differential_q", "mdp draw map RiverSwim-v0 --knob states=25"
    ),
)
def draw_map(
    id: Task,
    learner: Annotated[str, typer.Option(metavar="L", help="Who plays, such as psrl.")] = "differential_q",
    steps: Steps = 100_000,
    knob: Knobs = None,
    out: Out = Path("map.svg"),
) -> None:
    """Draw a task as a map: the optimal values, and where an optimal policy and a learner are how often."""
    from ..evaluation import mdp_figures, mdp_runs

    def figure() -> Any:
        found = mdp_runs.values_and_visits(_task(id, knob), learners([learner])[0], steps)
        return mdp_figures.map_figure(found.places, found.panels(learner.replace("_", " ")), id)

    write_figure(out, figure)


def _task(id: str, knobs: list[str] | None) -> Environment:
    from ..envs.core.registry import build
    from ..evaluation.terminal import parse_knobs

    return build(id, **parse_knobs(knobs or ()))
