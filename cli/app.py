"""The commands of `regretlab` about suites, results and single environments. Those about games stand in `games`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import bodies, games, mdp, memory, partners, solvers
from .printing import (
    Folder,
    Json,
    Knobs,
    examples,
    load_results,
    mistakes,
    new_console,
    print_json,
    print_tables,
)

if TYPE_CHECKING:
    from rich.console import Console

    from ..baselines.llm.client import Settings
    from ..evaluation.store import Record

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown"
)
app.add_typer(games.app, name="games")
app.add_typer(memory.app, name="memory")
app.add_typer(mdp.app, name="mdp")
app.add_typer(partners.app, name="partners")
app.add_typer(solvers.app, name="solvers")
app.add_typer(bodies.app, name="bodies")

Id = Annotated[str, typer.Argument(metavar="ID", help="An environment, such as TMazePassive-v0.")]


def _of_models(metavar: str, text: str, **more: Any) -> Any:
    """Return an option about language models."""
    return typer.Option(metavar=metavar, help=text, rich_help_panel="Language models", **more)


@app.callback(epilog=examples("run quick", "list"))
def regretlab() -> None:
    """Games and environments whose optimum is known, so that every score is a regret."""


@app.command("list", epilog=examples("list --family memory"))
def list_all(
    as_json: Json = False,
    family: Annotated[str | None, typer.Option(metavar="F", help="Show the environments of one family.")] = None,
) -> None:
    """List the environments, learners, suites and games."""
    from ..evaluation import describe

    with mistakes():
        data = describe.catalogue(family)
    if as_json:
        return print_json(data)
    print_tables(describe.catalogue_tables(data))


@app.command(
    epilog=examples(
        "info TMazePassive-v0 --knob length=20", "info q_learning", "info stag-hunt",
        "info public-goods --knob players=5", "info 2x2-3142-3412",
    )
)  # fmt: skip
def info(
    id: Annotated[str, typer.Argument(metavar="ID", help="One of `regretlab list`, such as TMazePassive-v0.")],
    as_json: Json = False,
    knob: Knobs = None,
) -> None:
    """Tell what is known of an environment, a learner, or a game.

    A game is a named one, one of a family with its knobs, or a strict 2x2 game by its ranks.
    """
    from ..evaluation import describe
    from ..evaluation.terminal import parse_knobs

    with mistakes():
        data = describe.describe(id, parse_knobs(knob or ()))
    if as_json:
        return print_json(data)
    console = new_console()
    console.print(data["id"], style="bold")
    console.print(data["summary"], markup=False)
    print_tables(describe.tables(data))
    if "frame" in data:
        console.print("\nat the start", style="bold")
        console.print(data["frame"], markup=False)


@app.command(
    epilog=examples(
        "run quick", "run quick --jobs 2 --agent my_agent.py:MyAgent",
        "run memory --task published-active-4 --task published-xor",
        "run partners --seeds 1 --llm http://localhost:8000/v1 --model NAME --dry-run",
    )
)  # fmt: skip
def run(
    suite: Annotated[str, typer.Argument(metavar="SUITE", help="A suite such as quick, or a .toml file.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Results.  [default: results/SUITE]")] = None,
    jobs: Annotated[int | None, typer.Option(metavar="N", min=1, help="Processes.  [default: all cores]")] = None,
    seeds: Annotated[int | None, typer.Option(metavar="N", min=1, help="Seeds.  [default: the suite's]")] = None,
    agent: Annotated[str | None, typer.Option(metavar="FILE:CLASS", help="Add an agent of your own.")] = None,
    tasks: Annotated[
        list[str] | None, typer.Option("--task", metavar="T", help="A task; repeatable.  [default: all]")
    ] = None,
    llm: Annotated[str | None, _of_models("URL", "Add a language model, of this OpenAI-compatible server.")] = None,
    model: Annotated[str | None, _of_models("NAME", "The model's name on the server.")] = None,
    api_key_env: Annotated[str, _of_models("NAME", "Environment variable with the key.")] = "",
    prompt: Annotated[str, _of_models("P", "Family of prompts, such as qa, cot, social_qa, or a .json file.")] = "qa",
    max_tokens: Annotated[int, _of_models("N", "Length of an answer; 0: as the family says.", min=0)] = 0,
    temperature: Annotated[float, _of_models("X", "Of sampling.", min=0.0)] = 0.0,
    concurrency: Annotated[int, _of_models("N", "Calls at a time.", min=1)] = 8,
    timeout: Annotated[float, _of_models("S", "Seconds that an answer may take.", min=0.001)] = 60.0,
    retries: Annotated[int, _of_models("N", "How often a call that failed is tried again.", min=0)] = 4,
    max_calls: Annotated[int, _of_models("N", "Stop after so many calls; 0: no limit.", min=0)] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would run and the calls it takes.")] = False,
) -> None:
    """Run a suite and show its leaderboard.

    Every run is a file in the results folder. Finished ones are skipped, so that an interrupted suite (Ctrl-C, exit
    code 130) goes on when the same command is given again. Exit code 1: some runs crashed, or a server does not answer.
    The answers of a language model are kept in the folder's `llm-cache`, so that none is asked for twice.
    """
    from joblib import cpu_count

    from ..baselines.agent import HaltError
    from ..evaluation import runs, scene, suites
    from ..evaluation.terminal import bar, run_line

    with mistakes():
        chosen = suites.only(suites.load(suite), tasks or ())
        if agent is not None:
            scene.agent(agent)
        folder = out or Path("results") / chosen.name
        asked = None
        if llm is not None or model is not None:
            asked = _language_model(
                not dry_run,
                url=llm or "",
                model=model or "",
                cache=str(folder / "llm-cache"),
                api_key_env=api_key_env,
                prompt=prompt,
                temperature=temperature,
                max_tokens=max_tokens,
                timeout=timeout,
                retries=retries,
                concurrency=concurrency,
                max_calls=max_calls,
            )
        groups = runs.groups(chosen, seeds, agent, asked)
        left, done = runs.pending(groups, folder)
    console = new_console()
    total = sum(len(group.seeds) for group in groups)
    jobs = min(jobs or cpu_count(), max(len(left), 1))
    console.print(chosen.title, style="bold", markup=False)
    console.print(f"{len(chosen.task)} tasks, {len(groups)} pairs of task and learner, {len(groups[0].seeds)} seeds")
    console.print(
        f"{total} runs, {done} of them finished already; {jobs} at a time; results in {folder}/", markup=False
    )
    if dry_run:
        if asked is not None:
            needed, tokens = runs.calls(left)
            console.print(f"{needed:,} calls, about {tokens:,} tokens of questions; nothing was asked", markup=False)
        return
    folder.mkdir(parents=True, exist_ok=True)
    crashed: list[Record] = []
    try:
        with bar(console, _calls_of(asked)) as progress:
            task = progress.add_task("", total=total, completed=done)
            for _, records in runs.execute(left, folder, jobs) if left else ():
                crashed += [record for record in records if record.status == "crashed"]
                for record in records:
                    done += 1
                    progress.update(task, completed=done)
                    console.print(run_line(done, total, record), markup=False)
    except KeyboardInterrupt:
        console.print(f"interrupted: {folder}/ has {done} of {total} runs; the same command goes on", markup=False)
        raise typer.Exit(130) from None
    except HaltError as error:
        typer.echo(f"stopped: {error}", err=True)
        typer.echo(f"{folder}/ has {done} of {total} runs; the same command goes on", err=True)
        raise typer.Exit(1) from None
    _finish(console, folder, crashed)


@app.command(epilog=examples("leaderboard results/quick --html page.html"))
def leaderboard(
    folder: Folder,
    as_json: Json = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the page to this file.")] = None,
) -> None:
    """Show the leaderboard of a results folder: over all tasks, by family and by task."""
    from ..evaluation import leaderboard as board
    from ..evaluation import report

    with mistakes():
        records, problems = load_results(folder)
        all_rows = board.rows(records)
        if html is not None:
            report.write_page(folder, html)
    if as_json:
        typer.echo(board.to_json(records, problems))
    else:
        print_tables(board.tables(all_rows))
        for note in board.notes(records):
            typer.echo(f"note: {note}")
    if html is not None:
        typer.echo(f"wrote {html}", err=as_json)


@app.command(
    epilog=examples(
        "compare results/quick --learners Q-learning SARSA",
        "compare results/quick --learners Q-learning SARSA --task river-swim --out figure.pdf",
    )
)
def compare(
    folder: Folder,
    learners: Annotated[tuple[str, str], typer.Option(metavar="A B", help="Names as on the leaderboard.")],
    more: Annotated[list[str] | None, typer.Argument(metavar="[C ...]", help="Further learners.")] = None,
    task: Annotated[str | None, typer.Option(metavar="T", help="One task.  [default: all they have in common]")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Figure.  [default: DIR/comparison.svg]")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the differences as CSV.")] = None,
    raw: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a row for every run as CSV.")] = None,
    as_json: Json = False,
) -> None:
    """Compare learners: paired differences with intervals, P(A > B), and a figure (svg, pdf or png) for a paper."""
    from ..evaluation import compare as comparing
    from ..evaluation import figures

    figure = out or folder / "comparison.svg"
    with mistakes():
        comparison = comparing.compare(load_results(folder)[0], [*learners, *(more or ())], task)
        figures.save(comparing.figure(comparison), figure)
        if csv is not None:
            csv.write_text(comparing.to_csv(comparison), encoding="utf-8")
        if raw is not None:
            raw.write_text(comparing.raw_csv(comparison), encoding="utf-8")
    if as_json:
        typer.echo(comparing.to_json(comparison))
    else:
        print_tables(comparing.tables(comparison))
        for name, reason in comparison.left_out.items():
            typer.echo(f"left out: {name}: {reason}")
    for path in (figure, csv, raw):
        if path is not None:
            typer.echo(f"wrote {path}", err=as_json)


@app.command(epilog=examples("verify results/quick --sample 20", "verify results/quick --agent my_agent.py:MyAgent"))
def verify(
    folder: Folder,
    sample: Annotated[int, typer.Option(metavar="N", min=0, help="How many runs, at random; 0 takes all.")] = 10,
    agent: Annotated[
        str | None, typer.Option(metavar="FILE:CLASS", help="Your agent, to run its results again too.")
    ] = None,
) -> None:
    """Run some of the finished runs again and tell whether every number is the same.

    A run that was made by another version is named and not run. Nor is any code that a result names: an outside agent
    is run only if you name its file. Exit code 1: a run differs or cannot be run again.
    """
    from ..evaluation import leaderboard as board
    from ..evaluation import scene
    from ..evaluation import verify as verifying
    from ..evaluation.terminal import bar, verdict_line

    with mistakes():
        if agent is not None:
            scene.agent(agent)
        records = load_results(folder)[0]
        board.tasks(records)
        chosen = verifying.sample(records, sample or None)
    counts: dict[str, int] = {}
    console = new_console()
    with bar(console) as progress:
        for verdict in progress.track(verifying.verify(chosen, agent), total=len(chosen)):
            counts[verdict.verdict] = counts.get(verdict.verdict, 0) + 1
            console.print(verdict_line(verdict), markup=False)
    typer.echo(", ".join(f"{count} {name}" for name, count in counts.items()) or "no finished run to verify")
    if counts.keys() & {"different", "cannot run"}:
        raise typer.Exit(1)


@app.command(epilog=examples("bench --quick"))
def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Shorter and less precise.")] = False, as_json: Json = False
) -> None:
    """Measure the speed of this machine, one number for each way of stepping."""
    from ..evaluation import bench as benchmark
    from ..evaluation.terminal import bench_table

    rows = benchmark.measure(quick)
    if as_json:
        fields = ("surface", "environment", "lanes", "rate", "note")
        return print_json([{name: getattr(row, name) for name in fields} for row in rows])
    print_tables([bench_table(rows)])


@app.command(epilog=examples("warmup", "warmup RiverSwim-v0"))
def warmup(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID ...]", help="Environments.  [default: all]")] = None,
) -> None:
    """Compile ahead, so that nothing has to be compiled in the first run.

    Without an ID: all environments and every pair of the suite quick.
    """
    from ..evaluation import warmup as warming
    from ..evaluation.terminal import bar

    with mistakes():
        items = warming.items(ids or ())
    console = new_console()
    with bar(console) as progress:
        for item in progress.track(items):
            began = time.perf_counter()
            item.run()
            console.print(f"{item.name:<66.66}  {time.perf_counter() - began:6.1f} s", markup=False)


@app.command(
    epilog=examples(
        "watch TMazePassive-v0 --learner optimal",
        "watch RiverSwim-v0 --learner q_learning --train 100000 --out swim.gif",
    )
)
def watch(
    id: Id,
    learner: Annotated[str, typer.Option(metavar="L", help="A learner, or file.py:Class.")],
    steps: Annotated[int, typer.Option(metavar="N", min=1, help="Steps to show.")] = 40,
    train: Annotated[int, typer.Option(metavar="N", min=0, help="Steps to learn before.")] = 0,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a .gif, or a .png with some frames.")] = None,
    knob: Knobs = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0)] = 0,
) -> None:
    """Watch a learner play, in the terminal or as a picture."""
    from ..envs.core.registry import build
    from ..evaluation import scene
    from ..evaluation import watch as watching
    from ..evaluation.terminal import parse_knobs

    with mistakes():
        environment = build(id, **parse_knobs(knob or ()))
        path = None if out is None else watching.check_path(out)
        player = scene.player(learner)
        mode = "ansi" if path is None else "rgb_array"
        pictures = watching.watch(environment, player, steps, mode, train=train, seed=seed)
        if path is None:
            return _show(picture.content for picture in pictures)
        frames = list(pictures)
    watching.save(frames, path)
    typer.echo(f"wrote {path}: {steps} steps, {sum(frame.last for frame in frames)} ends of episodes")


@app.command(
    epilog=examples(
        "play IteratedGame-v0 --knob game=stag-hunt --opponent q_learning",
        "play PartnerGame-v0 --knob game=rps --partner win-stay-lose-shift",
    )
)
def play(
    id: Id,
    opponent: Annotated[
        str | None,
        typer.Option("--opponent", "--partner", metavar="L", help="A learner, file.py:Class or a scripted partner."),
    ] = None,
    knob: Knobs = None,
) -> None:
    """Play yourself, in a window that shows your regret.

    Needs pygame (`python -m pip install "regretlab[play]"`).
    """
    from ..evaluation import play as playing
    from ..evaluation.terminal import parse_knobs

    with mistakes():
        playing.play(playing.Game(*playing.table(id, parse_knobs(knob or ()), opponent)))


def main() -> None:
    """Run the command line."""
    app()


def _language_model(call: bool, **settings: Any) -> Settings:
    """Return the settings of a language model; ValueError for what cannot work, before anything is run.

    Unless it is to be ``call``-ed, no key is needed.
    """
    from ..baselines.llm import prompts
    from ..baselines.llm.agent import client_of
    from ..baselines.llm.client import Settings

    for option, name in (("--llm", "url"), ("--model", "model")):
        if not settings[name]:
            raise ValueError(f"{option} is missing: a language model needs --llm URL and --model NAME")
    prompts.load(settings["prompt"])
    chosen = Settings(**settings)
    if call:
        client_of(chosen)
    return chosen


def _calls_of(settings: Settings | None) -> Callable[[], str] | None:
    """Return what tells how many calls the language model of ``settings`` has taken so far."""
    if settings is None:
        return None
    from ..baselines.llm.agent import client_of

    client = client_of(settings)
    return lambda: f"{client.calls:,} calls"


def _finish(console: Console, folder: Path, crashed: list[Record]) -> None:
    """Show what a suite has come to, write its page, and leave with 1 if runs crashed."""
    from ..evaluation import leaderboard as board
    from ..evaluation import report, scorecard_page
    from ..evaluation.terminal import crash_line

    with mistakes():
        records, problems = load_results(folder)
        all_rows = board.rows(records)
        pages = [report.write_page(folder, folder / "leaderboard.html")]
        if any(each.parts for each in records):
            pages.append(scorecard_page.write_page(records, folder / "scorecard.html", problems))
    console.print()
    print_tables(board.tables([row for row in all_rows if row.scope != "task"]))
    console.print(f"\nby task: regretlab leaderboard {folder}", soft_wrap=True, markup=False)
    for page in pages:
        console.print(f"the page: {page}", soft_wrap=True, markup=False)
    for record in crashed:
        console.print(crash_line(record), soft_wrap=True, markup=False)
    if crashed:
        raise typer.Exit(1)


def _show(pictures: Iterator[str]) -> None:
    """Show texts one after the other, in place where the output is a terminal."""
    from rich.live import Live
    from rich.text import Text

    from ..envs.api.rendering import FRAMES_PER_SECOND

    console = new_console()
    if not console.is_terminal:
        for picture in pictures:
            typer.echo(f"{picture}\n")
        return
    try:
        with Live(console=console, auto_refresh=False) as live:
            for picture in pictures:
                live.update(Text(picture), refresh=True)
                time.sleep(1 / FRAMES_PER_SECOND)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
