"""The commands ``regretlab partners``: who there is to play with, and the scorecard of theory of mind."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .printing import Folder, Json, examples, load_results, mistakes, new_console, print_json, print_tables

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")


@app.callback(epilog=examples("partners list ipd", "partners scorecard results/partners"))
def partners() -> None:
    """Tell who there is to play with, and how well agents predict them and act on it."""


@app.command("list", epilog=examples("partners list ipd", "partners list rps --simulate --json"))
def list_partners(
    game: Annotated[str, typer.Argument(metavar="GAME", help="ipd, battle, rps, or a game of two players.")],
    rounds: Annotated[int, typer.Option(metavar="N", min=1, help="Length of a game.")] = 100,
    simulate: Annotated[bool, typer.Option("--simulate", help="Look for best responses to learners too.")] = False,
    as_json: Json = False,
) -> None:
    """List the partners of a game: what each does, its states, and what the best response earns a round.

    Below each pool stand its content hash and its diversity: how much, in units of the range of the payoffs, the best
    response to one partner loses a round against another one. To partners that learn no exact best response is known;
    by --simulate many ways to play them are tried, which takes up to a minute.
    """
    from ..evaluation import partner_list

    with mistakes(), new_console().status("solving"):
        data = partner_list.partners(game, rounds, simulate)
    if as_json:
        return print_json(data)
    print_tables(partner_list.tables(data))


@app.command(epilog=examples("partners scorecard results/partners", "partners scorecard results/partners --json"))
def scorecard(
    folder: Folder,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="The page.  [default: DIR/scorecard.html]")] = None,
    as_json: Json = False,
) -> None:
    """Show the scorecard of theory of mind of a results folder, and write its page.

    Literal: how often an agent predicts its partner. Functional: its regret to the best response, 0 for the best
    response and 1 for uniform play. The runs are those of `regretlab run partners`.
    """
    from ..evaluation import scorecard as cards
    from ..evaluation import scorecard_page

    with mistakes():
        records, problems = load_results(folder)
        card = cards.scorecard(records)
        page = scorecard_page.write_page(records, html or folder / "scorecard.html", problems, card)
    if as_json:
        print_json(card)
    else:
        print_tables(cards.tables(card))
    typer.echo(f"the page: {page}", err=as_json)
