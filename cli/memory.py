"""The commands ``regretlab memory``: certify how much memory a task needs, and draw what learners make of it."""

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
    from ..baselines.learner import Learner
    from ..envs.core.environment import Environment

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
draw = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
app.add_typer(draw, name="draw")

Task = Annotated[str, typer.Argument(metavar="ID", help="A memory task, such as TMazePassive-v0.")]
Learners = Annotated[
    list[str],
    typer.Option("--learner", metavar="L", help="Such as q_lambda, or q_lambda:gamma=0.9; may be repeated."),
]
Memories = Annotated[
    list[str],
    typer.Option(
        "--memory", metavar="M", help="Such as 'adaptive-stack 2', 'frame-stack 4', 'push-skip 2'; may be repeated."
    ),
]
Train = Annotated[int, typer.Option(metavar="N", min=1, help="Steps to learn, with each seed.")]
Most = Annotated[int, typer.Option(metavar="K", min=1, help="Observations in the largest memory.")]

FEW_SEEDS, TRAIN, MEMORIES, LEARNERS = 5, 100_000, ("adaptive-stack 2", "frame-stack 4"), ("q_lambda:gamma=0.9",)


@app.callback(epilog=examples("memory certify XorMaze-v0", "memory draw retention TMazePassive-v0"))
def memory() -> None:
    """Tell how much memory a task needs, and draw what learners remember.

    A frame stack of k shows the last k observations; an adaptive stack of k lets the agent choose which k to keep.
    """


@app.command(
    epilog=examples(
        "memory certify XorMaze-v0",
        "memory certify TMazeActivePaper-v0 --knob length=4 --most 5",
        "memory certify TMazePassive-v0 --knob length=5 --json",
    )
)
def certify(
    id: Task,
    as_json: Json = False,
    most: Annotated[int, typer.Option(metavar="K", min=1, help="Observations in the largest memory to try.")] = 8,
    knob: Knobs = None,
) -> None:
    """Certify by search how much memory a task needs.

    Nothing is taken from formulas. The optimum is solved on belief states (what the past tells of the hidden state).
    The best policies with a window of 1, 2, ... observations and with a stack of as many chosen ones are searched by
    branch and bound: k_star and kappa are the least sizes that reach the optimum, "at least" where none up to K does.
    The task must be small enough to be listed; choose small knobs.
    """
    from ..evaluation import describe
    from ..solvers.capacity import certify_memory

    with mistakes():
        environment = _task(id, knob)
        with new_console().status("searching"):
            found = certify_memory(environment, most)
        data = describe.certified(environment, found)
    if as_json:
        return print_json(data)
    new_console().print(data["id"], style="bold")
    print_tables(describe.certificate_tables(data))


@draw.callback(epilog=examples("memory draw ladder results/memory", "memory draw capacity XorMaze-v0"))
def drawing() -> None:
    """Draw how far learners get, what they keep, and how much memory it takes."""


@draw.command(
    epilog=examples(
        "run memory",
        "memory draw ladder results/memory --out ladder.svg",
        "memory draw ladder results/memory --learner 'Q(0), adaptive stack 2' --learner 'Q(0), frame stack 26'",
    )
)
def ladder(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder with results of `regretlab run memory`.")],
    knob: Annotated[str, typer.Option(metavar="NAME", help="The knob along the axis.")] = "length",
    learner: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A learner as the leaderboard names it; may be repeated. Default: all."),
    ] = None,
    out: Out = Path("ladder.svg"),
) -> None:
    """Draw success against length from stored results, a line for each learner with its memory.

    Learners that have played fewer than half of an environment's lengths are left out, and environments with few.
    """
    from ..evaluation import memory_figures, store

    def figure() -> Any:
        data = memory_figures.ladders(store.load(folder)[0], knob, learner or ())
        return memory_figures.ladder_figure(data, knob)

    write_figure(out, figure)


@draw.command(
    epilog=examples(
        "memory draw retention TMazePassive-v0",
        "memory draw retention TMazeActive-v0 --memory 'push-skip 2' --memory 'oracle-stack 2' --learner monte_carlo",
    )
)
def retention(
    id: Task,
    memory: Memories = list(MEMORIES),  # noqa: B006 (typer reads the default and gives a list of its own)
    learner: Learners = list(LEARNERS),  # noqa: B006
    train: Train = TRAIN,
    seeds: Seeds = FEW_SEEDS,
    out: Out = Path("retention.svg"),
    knob: Knobs = None,
) -> None:
    """Draw how long learners keep what is still needed: the retention curve and its half-life.

    Each learner learns with each memory, and is then watched without exploring.
    """
    from ..evaluation import memory_figures, memory_runs

    def make():
        environment = _task(id, knob)
        curves = {
            name: memory_runs.learned_retention(environment, kind, player, train, seeds)
            for name, kind, player in _pairs(memory, learner)
        }
        return memory_figures.retention_figure(curves, f"{memory_figures.title_of(environment)}: what stays in memory")

    write_figure(out, make)


@draw.command(epilog=examples("memory draw regret TMazePassive-v0 --train 200000"))
def regret(
    id: Task,
    memory: Memories = list(MEMORIES),  # noqa: B006
    learner: Learners = list(LEARNERS),  # noqa: B006
    train: Train = TRAIN,
    points: Annotated[int, typer.Option(metavar="N", min=1, help="Times to look during the training.")] = 25,
    seeds: Seeds = FEW_SEEDS,
    out: Out = Path("regret.svg"),
    knob: Knobs = None,
) -> None:
    """Draw memory regret over training: how often something that is needed is not in memory."""
    from ..evaluation import memory_figures, memory_runs

    def make():
        environment = _task(id, knob)
        curves = {
            name: memory_runs.memory_regret_of_training(environment, kind, player, train, points, seeds)
            for name, kind, player in _pairs(memory, learner)
        }
        return memory_figures.memory_regret_figure(curves, f"{memory_figures.title_of(environment)}: memory regret")

    write_figure(out, make)


@draw.command(
    epilog=examples(
        "memory draw capacity XorMaze-v0",
        "memory draw capacity TMazeActivePaper-v0 --knob length=4 --most 5 --learner q_lambda:gamma=0.9 --train 300000",
    )
)
def capacity(
    id: Task,
    most: Most = 4,
    learner: Annotated[
        list[str] | None,
        typer.Option("--learner", metavar="L", help="Draw what it learns, as points; may be repeated."),
    ] = None,
    train: Train = TRAIN,
    seeds: Seeds = FEW_SEEDS,
    out: Out = Path("capacity.svg"),
    knob: Knobs = None,
) -> None:
    """Draw the value of the best policy against the size of its memory: frame stacks and adaptive stacks.

    The values are searched exactly, so the task must be small enough to be listed.
    """
    from ..evaluation import memory_figures, memory_runs
    from ..evaluation.game_figures import label
    from ..solvers.certify import certify_environment

    def make():
        environment = _task(id, knob)
        exact = {f"{kind}, best possible": of for kind, of in memory_runs.capacities(environment, most).items()}
        learned = {
            f"{kind}, {label(player)}": of
            for player in learners(learner or [])
            for kind, of in memory_runs.learned_values(environment, player, most, train, seeds).items()
        }
        title = f"{memory_figures.title_of(environment)}: what a memory of k can reach"
        return memory_figures.capacity_figure(certify_environment(environment), exact, learned, title)

    write_figure(out, make)


def _task(id: str, knobs: list[str] | None) -> Environment:
    from ..envs.core.registry import build
    from ..evaluation.terminal import parse_knobs

    environment = build(id, **parse_knobs(knobs or ()))
    if environment.spec.players != 1:
        raise ValueError(
            f"{environment.id} has {environment.spec.players} players: memory is measured in tasks of one player, such "
            "as those of `regretlab list --family memory`"
        )
    return environment


def _pairs(memories: list[str], given: list[str]) -> list[tuple[str, str, Learner]]:
    """Return a legend for each memory with each learner, and both."""
    from ..evaluation.game_figures import label

    return [(f"{label(player)}, {kind}", kind, player) for player in learners(given) for kind in memories]
