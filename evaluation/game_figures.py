"""Figures of games: regret and its bound, orbits, best responses, NashConv over time, the map of all 2x2 games.

Each function computes what it shows and returns a figure, which `regretlab.evaluation.figures.save` writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..baselines.fused import Fused
from ..baselines.learner import Learner, knobs_of
from ..baselines.mixed_play import MixedPlay
from ..envs.core.environment import Environment
from ..envs.core.registry import build
from ..envs.games import NormalFormGame, all_2x2
from ..solvers.normal_form import action_values, nash_conv, pure_nash
from ..solvers.population_dynamics import orbit
from ..solvers.vertex_enumeration import vertex_enumeration
from .figures import GRID, INK, MUTED, SERIES, new_figure, short
from .metrics.regret import deviation_gains_of_play, external_regret
from .metrics.statistics import mean_band
from .suites import Entry

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(0.75)]])  # of the simplex of three actions
FEW, MANY = 60, 1_000  # points of a curve that runs smoothly, and of one that swings


def checkpoints(rounds: int, count: int = FEW) -> np.ndarray:
    """Return up to ``count`` numbers of rounds from 1 to ``rounds``, evenly spread on a logarithmic scale."""
    return np.unique(np.geomspace(1, rounds, count).round().astype(np.int64))


def label(learner: Learner) -> str:
    """Return what a legend calls ``learner``: its name, and the knobs that are not at their defaults."""
    table = knobs_of(learner.name)
    return Entry(id=learner.name, params={k: v for k, v in learner.knobs.items() if v != table[k].default}).title


def counts_of_play(environment: Environment, learner: Learner, steps: np.ndarray, seeds: int) -> np.ndarray:
    """Return how often each joint action was played in self-play, (checkpoints, seeds, A_0, ..., A_{n-1})."""
    play = Fused(environment, learner, lanes=seeds)
    joint = np.cumsum([play.advance(int(length)).joint for length in np.diff(steps, prepend=0)], axis=0)
    return joint.reshape(len(steps), seeds, *environment.spec.actions)


def regret_figure(game: NormalFormGame, learners: Sequence[Learner], rounds: int, seeds: int) -> Figure:
    """Draw the external regret of player 0 in self-play (mean over seeds with its interval), and each one's bound.

    It is the regret of realised play. Learners that want bandit feedback get it, the others are told the payoffs of all
    their actions. Raises ValueError for more than ten learners, or one that cannot play the game.
    """
    figure, axes = _time_axes(f"{game.title}: external regret in self-play", "external regret of player 0 (payoff)")
    width = float(np.ptp(game.payoffs))
    steps = checkpoints(rounds)
    for colour, learner in _in_colour(learners):
        environment = build("MatrixGame-v0", payoffs=game.payoffs, feedback=_feedback(learner))
        counts = counts_of_play(environment, learner.prepared(environment), steps, seeds)
        regrets = external_regret(np.array([_gains(game.payoffs[0], each) for each in counts]))
        draw_mean(axes, steps, regrets.T, label(learner), colour)
        bound = learner.regret_bound(game.actions[0], steps)
        if bound is not None:
            axes.plot(steps, bound * width, color=colour, linestyle=":", linewidth=1.2)
    axes.plot([], [], color=MUTED, linestyle=":", linewidth=1.2, label="its bound")
    if seeds > 1:
        axes.fill_between([], [], color=MUTED, alpha=0.15, linewidth=0, label=f"95 % interval, {seeds} seeds")
    axes.legend()
    return figure


def nash_conv_figure(game: NormalFormGame, learners: Sequence[Learner], rounds: int, seed: int = 0) -> Figure:
    """Draw NashConv of the time average and of the last iterate of learners that exchange mixed actions.

    All learners begin at the same mixed actions, which ``seed`` draws uniformly from the simplices. Raises ValueError
    for more than ten learners, or one that exchanges no mixed actions or cannot begin anywhere.
    """
    random = np.random.default_rng(seed)
    start = np.zeros((game.players, max(game.actions)))
    for own, size in zip(start, game.actions, strict=True):
        own[:size] = random.dirichlet(np.ones(size))
    figure, axes = _time_axes(f"{game.title}: exchange of mixed actions", "NashConv (payoff)")
    steps = checkpoints(rounds, MANY)
    for colour, learner in _in_colour(learners):
        play = MixedPlay(game.payoffs, learner, start=start, record=True)
        play.advance(rounds)
        policies = play.record.policies[:, 0]
        averages = np.cumsum(policies, axis=0) / np.arange(1, rounds + 1)[:, None, None]
        for each, dash, name in ((policies, "-", "last iterate"), (averages, "--", "time average")):
            gaps = [nash_conv(game.payoffs, _profile(each[step - 1], game.actions)) for step in steps]
            axes.plot(steps, gaps, color=colour, linestyle=dash, label=f"{label(learner)}, {name}")
    on_log_scales(axes)
    axes.legend()
    return figure


def orbit_figure(
    game: NormalFormGame, dynamic: str, duration: float, starts: int, temperature: float = 0.1, seed: int = 0
) -> Figure:
    """Draw how player 0's mixed action moves in the simplex of its three actions, from random starts of all players.

    ``dynamic`` and ``temperature`` as in `regretlab.solvers.orbit`; ``duration`` in its units of time.

    Raises ValueError where player 0 has another number of actions.
    """
    if game.actions[0] != 3:
        raise ValueError(f"an orbit is drawn for 3 actions of player 0, who has {game.actions[0]} in {game.title!r}")
    figure = new_figure(430, 420)
    axes = figure.add_subplot()
    draw_simplex(axes, game.action_names[0])
    random = np.random.default_rng(seed)
    for colour, _ in zip(SERIES, range(starts), strict=False):
        start = [random.dirichlet(np.ones(size)) for size in game.actions]
        times = np.linspace(0.0, duration, 3_000)
        draw_path(axes, orbit(game.payoffs, dynamic, start, times, temperature=temperature).profiles[0], colour)
    draw_equilibria(axes, [profile[0] @ CORNERS for profile in _equilibria(game)])
    axes.legend(loc="upper right")
    axes.set_title(f"{game.title}: {dynamic.replace('-', ' ')} dynamics of player 0")
    return figure


def best_response_figure(game: NormalFormGame) -> Figure:
    """Draw the best responses of a 2x2 game, where they meet, and who would move which way in the regions between.

    Raises ValueError for a game of another size.
    """
    if game.actions != (2, 2):
        raise ValueError(f"best responses are drawn for 2x2 actions, and {game.title!r} has {game.actions}")
    figure = new_figure(430, 490)
    axes = figure.add_subplot()
    advantage = [_advantage(game.payoffs, player) for player in (0, 1)]
    grid = np.linspace(0.05, 0.95, 13)
    x, y = np.meshgrid(grid, grid)
    moves = [np.sign(np.interp(other, (0, 1), ends)) for other, ends in zip((y, x), advantage, strict=True)]
    axes.quiver(x, y, *moves, color=MUTED, alpha=0.45, pivot="mid", scale=34, width=0.0035)
    for player, (ends, colour) in enumerate(zip(advantage, SERIES, strict=False)):
        reply, other = _reply_curve(ends)
        line = (reply, other) if player == 0 else (other, reply)
        axes.plot(*line, color=colour, linewidth=4 - 2 * player, label=f"best response of player {player}")
    for profile in _equilibria(game):
        axes.plot(profile[0][0], profile[1][0], marker="o", color=INK, markersize=8, linestyle="none", zorder=5)
    axes.plot([], [], marker="o", color=INK, linestyle="none", label="Nash equilibrium")
    axes.set(
        xlabel=f"probability that player 0 plays {game.action_names[0][0]}",
        ylabel=f"probability that player 1 plays {game.action_names[1][0]}",
        title=game.title,
        xlim=(-0.03, 1.03),
        ylim=(-0.03, 1.03),
        aspect="equal",
    )
    figure.legend(loc="outside lower center", fontsize=9, ncols=2)
    return figure


def map_figure(learner: Learner, rounds: int, seeds: int) -> Figure:
    """Draw all 144 strict ordinal 2x2 games, coloured by the external regret of a learner that plays itself in them.

    All games and seeds are lanes of one run. The number in a cell is that of the game's pure equilibria. A column is an
    order of player 1's ranks, a row one of player 0's: those of the joint actions (0, 0), (0, 1), (1, 0) and (1, 1).
    """
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import FuncFormatter, LogLocator

    games = all_2x2("144")
    regrets = map_regrets(learner, rounds, seeds)
    rows, columns = (list(dict.fromkeys(game.name.split("-")[k] for game in games)) for k in (1, 2))
    table = np.full((len(rows), len(columns)), np.nan)
    for game, regret in zip(games, regrets, strict=True):
        _, row, column = game.name.split("-")
        table[rows.index(row), columns.index(column)] = regret
    figure = new_figure(560, 525)
    axes = figure.add_subplot()
    floor = max(table.min(), 0.5 / (rounds * seeds))  # below it, no regret can be told from none
    top = max(table.max(), 10 * floor)
    bright = floor * (top / floor) ** 0.6  # from here on dark figures are easier to read
    shown = axes.imshow(np.maximum(table, floor), cmap="viridis", norm=LogNorm(floor, top))
    for game in games:
        _, row, column = game.name.split("-")
        at = columns.index(column), rows.index(row)
        ink = INK if table[at[::-1]] > bright else "white"
        axes.annotate(f"{len(pure_nash(game.payoffs))}", at, ha="center", va="center", color=ink)
    axes.set_xticks(range(len(columns)), columns, rotation=90)
    axes.set_yticks(range(len(rows)), rows)
    axes.grid(visible=False)
    axes.tick_params(length=0, labelsize=9)
    axes.set(xlabel="ranks of player 1, row after row", ylabel="ranks of player 0, row after row")
    axes.set_title(
        f"All 144 strict 2x2 games, {label(learner)} against itself\n"
        f"{rounds:,} rounds, {seeds} seeds; in the cells: pure equilibria"
    )
    bar = figure.colorbar(shown, shrink=0.8, ticks=LogLocator(subs=(1.0, 2.0, 5.0)), format=FuncFormatter(short))
    bar.minorticks_off()
    bar.set_label("external regret a round, mean of both players (ranks)")
    return figure


def map_regrets(learner: Learner, rounds: int, seeds: int) -> np.ndarray:
    """Return the external regret a round in each of the 144 games, mean over players and seeds (at least 0 each)."""
    games = all_2x2("144")
    environment = build("MatrixGame-v0", games="144", feedback=_feedback(learner))
    which = np.repeat(np.arange(len(games)), seeds)
    play = Fused(environment, learner, lanes=len(which), lane_parameters={"game": which})
    joint = play.advance(rounds).joint.reshape(len(games), seeds, 2, 2) / rounds
    gains = np.array(
        [
            [[deviation_gains_of_play(game.payoffs[k], each, k) for k in (0, 1)] for each in counts]
            for game, counts in zip(games, joint, strict=True)
        ]
    )
    return np.maximum(external_regret(gains), 0.0).mean(axis=(1, 2))


def draw_simplex(axes: Axes, names: Sequence[str]) -> None:
    """Draw the triangle of the mixed actions over three actions, a corner for each."""
    axes.fill(*CORNERS.T, facecolor="none", edgecolor=GRID, linewidth=1.5)
    for corner, name, (dx, dy) in zip(CORNERS, names, ((0, -15), (0, -15), (0, 7)), strict=True):
        axes.annotate(name, corner, (dx, dy), textcoords="offset points", ha="center", color=INK)
    axes.set(aspect="equal", xlim=(-0.1, 1.1), ylim=(-0.1, 0.98))
    axes.set_axis_off()


def draw_path(axes: Axes, policies: np.ndarray, colour: str, label: str | None = None) -> None:
    """Draw mixed actions (T, 3) as a line in the triangle, a dot at the first."""
    path = policies @ CORNERS
    axes.plot(*path.T, color=colour, linewidth=1.1, label=label)
    axes.plot(*path[0], marker="o", color=colour, markersize=5)


def draw_equilibria(axes: Axes, points: Sequence[np.ndarray]) -> None:
    """Mark equilibria in the triangle, and say in the legend what the marks of it and of `draw_path` are."""
    axes.plot([], [], marker="o", markersize=5, color=MUTED, linestyle="none", label="start")
    axes.plot(*np.reshape(points, (-1, 2)).T, "*", markersize=11, color=INK, label="Nash equilibrium")


def draw_mean(axes: Axes, steps: np.ndarray, values: np.ndarray, label: str, colour: str) -> None:
    """Draw the mean over seeds of ``values`` (seeds, steps), with its 95 % interval where there are several."""
    if len(values) > 1:
        axes.fill_between(steps, *mean_band(values), color=colour, alpha=0.15, linewidth=0)
    axes.plot(steps, values.mean(axis=0), color=colour, label=label)


def on_log_scales(axes: Axes) -> None:
    """Give both axes a logarithmic scale with plain numbers at the powers of ten."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(short))
        axis.set_minor_formatter(NullFormatter())


def _in_colour(learners: Sequence[Learner]) -> Iterator[tuple[str, Learner]]:
    """Yield each learner after its colour."""
    if len(learners) > len(SERIES):
        raise ValueError(f"a figure shows at most {len(SERIES)} learners, not {len(learners)}")
    yield from zip(SERIES, learners, strict=False)


def _feedback(learner: Learner) -> str:
    return "bandit" if learner.accepts.feedback == "bandit" else "full"


def _time_axes(title: str, measure: str) -> tuple[Figure, Axes]:
    from matplotlib.ticker import FuncFormatter

    figure = new_figure(560, 380)
    axes = figure.add_subplot()
    axes.set(xlabel="rounds", ylabel=measure, title=title)
    axes.margins(x=0)
    axes.xaxis.set_major_formatter(FuncFormatter(short))
    return figure, axes


def _equilibria(game: NormalFormGame) -> list[Sequence[np.ndarray]]:
    """Return the equilibria to mark: those of two players are solved for, of others what is known is taken."""
    if game.players == 2:
        return [each.profile for each in vertex_enumeration(game.payoffs).equilibria]
    return [[np.array(own) for own in profile] for profile in game.equilibria]


def _gains(payoffs: np.ndarray, counts: np.ndarray) -> list[np.ndarray]:
    return [deviation_gains_of_play(payoffs, each, 0) for each in counts]


def _profile(policies: np.ndarray, actions: Sequence[int]) -> list[np.ndarray]:
    return [own[:count] for own, count in zip(policies, actions, strict=True)]


def _advantage(payoffs: np.ndarray, player: int) -> tuple[float, float]:
    """Return what the player's first action pays more, when the other's first has probability 0 and 1."""
    ends = []
    for probability in (0.0, 1.0):
        profile = [np.array([probability, 1.0 - probability])] * 2
        first, second = action_values(payoffs, profile)[player]
        ends.append(float(first - second))
    return ends[0], ends[1]


def _reply_curve(advantage: tuple[float, float]) -> tuple[list[float], list[float]]:
    """Return the best probability of the own first action by the other's, as the corners of a line."""
    low, high = advantage
    if low == high == 0.0:
        return [0.0, 1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0, 0.0]
    at = [1.0 if gain > 0 or (gain == 0 and other > 0) else 0.0 for gain, other in ((low, high), (high, low))]
    if at[0] == at[1]:
        tie = [0.0] if low == 0 else [1.0] if high == 0 else []
        if not tie:
            return at, [0.0, 1.0]
        return ([1.0 - at[0], *at], [0.0, 0.0, 1.0]) if tie == [0.0] else ([*at, 1.0 - at[0]], [0.0, 1.0, 1.0])
    crossing = low / (low - high)
    return [at[0], at[0], at[1], at[1]], [0.0, crossing, crossing, 1.0]
