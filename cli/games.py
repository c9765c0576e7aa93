"""The commands ``regretlab games``: solve a game, draw it, and make the figures of the gallery."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    from ..envs.games import NormalFormGame

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
draw = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
app.add_typer(draw, name="draw")

Game = Annotated[
    str, typer.Argument(metavar="FILE_OR_NAME", help="A game, a family of games, or a .nfg or .json file.")
]
Learners = Annotated[
    list[str], typer.Option("--learner", metavar="L", help="Such as hedge, or hedge:rate=anytime; may be repeated.")
]
Rounds = Annotated[int, typer.Option(metavar="N", min=2, help="Rounds of the game.")]


@app.callback(epilog=examples("games solve chicken", "games draw orbit rock-paper-scissors"))
def games() -> None:
    """Solve games, and draw what learners do in them."""


@app.command(epilog=examples("games solve chicken", "games solve cournot --knob players=3", "games solve my_game.nfg"))
def solve(game: Game, as_json: Json = False, knob: Knobs = None) -> None:
    """Tell what the exact solvers know of a game.

    Nash equilibria, ranges of correlated and coarse correlated equilibria, prices of anarchy and stability, alpha-rank;
    each with the largest gain from deviating that is left.
    """
    from ..evaluation import game_solution

    with mistakes():
        data = game_solution.solve(_game(game, knob))
    if as_json:
        return print_json(data)
    console = new_console()
    console.print(data["title"], style="bold", markup=False)
    print_tables(game_solution.tables(data))


@draw.callback(epilog=examples("games draw regret shapley --learner hedge --learner regret_matching"))
def drawing() -> None:
    """Draw a game, or what learners do in it."""


@draw.command(epilog=examples("games draw responses chicken --out chicken.svg"))
def responses(game: Game, out: Out = Path("responses.svg"), knob: Knobs = None) -> None:
    """Draw the best responses of a 2x2 game and where they meet."""
    from ..evaluation import game_figures

    write_figure(out, lambda: game_figures.best_response_figure(_game(game, knob)))


@draw.command(epilog=examples("games draw orbit rock-paper-scissors --dynamic bnn --duration 60"))
def orbit(
    game: Game,
    dynamic: Annotated[str, typer.Option(metavar="D", help="Such as replicator, best-response, logit.")] = "replicator",
    duration: Annotated[float, typer.Option(metavar="T", min=0.01, help="Time to follow it.")] = 30.0,
    starts: Annotated[int, typer.Option(metavar="N", min=1, max=10, help="Random starts.")] = 4,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of the starts.")] = 0,
    out: Out = Path("orbit.svg"),
    knob: Knobs = None,
) -> None:
    """Draw where a dynamic in continuous time moves a player with three actions."""
    from ..evaluation import game_figures

    write_figure(out, lambda: game_figures.orbit_figure(_game(game, knob), dynamic, duration, starts, seed=seed))


@draw.command(epilog=examples("games draw regret shapley --learner hedge --learner regret_matching"))
def regret(
    game: Game, learner: Learners, rounds: Rounds = 10_000, seeds: Seeds = 20, out: Out = Path("regret.svg"),
    knob: Knobs = None,
) -> None:  # fmt: skip
    """Draw the external regret of learners in self-play, with the bound that theory gives."""
    from ..evaluation import game_figures

    write_figure(out, lambda: game_figures.regret_figure(_game(game, knob), learners(learner), rounds, seeds))


@draw.command(
    epilog=examples("games draw gap rock-paper-scissors --learner hedge:eta=0.5 --learner optimistic_hedge:eta=0.5")
)
def gap(
    game: Game,
    learner: Learners,
    rounds: Rounds = 2_000,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of the random start.")] = 0,
    out: Out = Path("gap.svg"),
    knob: Knobs = None,
) -> None:
    """Draw NashConv over time of learners that exchange mixed actions: last iterate and time average."""
    from ..evaluation import game_figures

    write_figure(out, lambda: game_figures.nash_conv_figure(_game(game, knob), learners(learner), rounds, seed))


@draw.command("map", epilog=examples("games draw map --learner regret_matching"))
def draw_map(
    learner: Annotated[str, typer.Option(metavar="L", help="A learner, such as hedge:eta=0.2.")] = "regret_matching",
    rounds: Rounds = 1_000,
    seeds: Seeds = 100,
    out: Out = Path("map.svg"),
) -> None:
    """Draw all 144 strict ordinal 2x2 games, coloured by the regret of a learner that plays itself in them."""
    from ..evaluation import game_figures

    write_figure(out, lambda: game_figures.map_figure(learners([learner])[0], rounds, seeds))


@app.command("gallery", epilog=examples("games gallery two-gaps --out two_gaps.svg", "games gallery rotating-bandit"))
def draw_gallery(
    name: Annotated[str, typer.Argument(metavar="NAME", help="two-gaps, recovery, rotating-bandit or last-iterate.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The figure.  [default: NAME.svg]")] = None,
) -> None:
    """Make a figure of the gallery again."""
    from ..evaluation import gallery

    write_figure(out or Path(f"{name}.svg"), lambda: gallery.draw(name))


def _game(name: str, knobs: list[str] | None) -> NormalFormGame:
    """Return the game of a name, with a family's parameters, or that of a file."""
    from ..envs import games
    from ..evaluation.terminal import parse_knobs

    parameters = parse_knobs(knobs or ())
    if Path(name).suffix in (".nfg", ".json"):
        if not Path(name).is_file():
            raise ValueError(f"there is no file {name!r}")
        if parameters:
            raise TypeError(f"the game of a file has no knobs, such as {', '.join(parameters)}")
        return games.read(name)
    return games.load(name, **parameters)
