"""The commands ``regretlab solvers``: learners that tune a linear solver, against comparators on the same systems."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .printing import (
    Json,
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
    from ..evaluation.linear_runs import Tuning

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
draw = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
app.add_typer(draw, name="draw")

COMPARED = (
    "uniform",
    "tsallis_inf:scale=mean",
    "decaying_greedy",
    "tsallis_inf_cb:scale=mean",
    "cheb_cb",
)
Learners = Annotated[
    list[str],
    typer.Option("--learner", metavar="L", help="Such as cheb_cb, or fixed:action=16; may be repeated."),
]
Law = Annotated[str, typer.Option(metavar="LAW", help="How shifts are drawn: high, low or drift.")]
Steps = Annotated[int, typer.Option(metavar="N", min=1, help="Systems to solve, with each seed.")]


@app.callback(epilog=examples("solvers score", "solvers draw regret --out regret.svg"))
def solvers() -> None:
    """Tell what tuning the relaxation parameter of SOR costs, against comparators that solve the same systems."""


@app.command(epilog=examples("solvers score", "solvers score --law low --learner cheb_cb --learner fixed:action=13"))
def score(
    learner: Learners = list(COMPARED),  # noqa: B006 (Typer's way to a default list)
    law: Law = "high",
    steps: Steps = 5_000,
    seeds: Seeds = 3,
    as_json: Json = False,
) -> None:
    """Print the sweeps of each learner, its regret against three comparators, and the ratio to the best of each system.

    The systems are those of the named test seeds. Comparators: the best fixed omega in hindsight; theory's omega*(c),
    which sees the shift; and the best action of each single system, which nobody knows beforehand.
    """
    with mistakes(), new_console().status("solving"):
        found = _tune(learner, law, steps, seeds)
        rows, comparators = found.scores(), found.comparators()
    if as_json:
        return print_json({"law": law, "steps": steps, "seeds": seeds, "comparators": comparators, "learners": rows})
    from rich.table import Table

    means = Table("", "sweeps of a system", box=None, pad_edge=False)
    for name, mean in comparators.items():
        means.add_row(name, f"{mean:.1f}")
    heads = "learner", "sweeps", "to best fixed", "to omega*(c)", "to best action", "ratio"
    table = Table(*heads, box=None, pad_edge=False)
    for row in rows:
        regrets = (f"{value:,.0f}" for value in row["regret"].values())
        table.add_row(row["learner"], f"{row['sweeps']:.1f}", *regrets, f"{row['ratio']:.2f}")
    print_tables([means, table])


@draw.callback(epilog=examples("solvers draw regret"))
def drawing() -> None:
    """Draw how learners that tune a solver come near the comparators."""


@draw.command(epilog=examples("solvers draw regret --out regret.svg", "solvers draw regret --law low --seeds 10"))
def regret(
    learner: Learners = list(COMPARED),  # noqa: B006
    law: Law = "high",
    steps: Steps = 5_000,
    seeds: Seeds = 3,
    out: Out = Path("regret.svg"),
) -> None:
    """Draw the sweeps of a system over time, and the regret to the best fixed omega and to theory's omega*(c)."""
    from ..evaluation import linear_figures

    def figure() -> Any:
        return linear_figures.regret_figure(_tune(learner, law, steps, seeds), "Sweeps of a system")

    write_figure(out, figure)


def _tune(given: list[str], law: str, steps: int, seeds: int) -> Tuning:
    from ..evaluation import linear_runs

    titles = [text.replace("_", " ").replace(":", ", ").replace("=", " ") for text in given]
    return linear_runs.tune(dict(zip(titles, learners(given), strict=True)), steps, seeds, law=law)
