"""The gallery: four figures about learning in games, each of which shows something that a single number hides."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ..baselines.fused import Fused
from ..baselines.learner import load
from ..baselines.mixed_play import MixedPlay
from ..envs import games
from ..envs.core.hints import did_you_mean
from ..envs.core.registry import build
from ..solvers.normal_form import cce_gap, ce_gap, nash_conv
from .figures import MUTED, PAPER, SERIES, new_figure
from .game_figures import (
    CORNERS,
    checkpoints,
    counts_of_play,
    draw_equilibria,
    draw_mean,
    draw_path,
    draw_simplex,
    on_log_scales,
)
from .metrics.statistics import mean_band

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ARMS, PERIOD, GOOD, BAD = 5, 1_000, 0.8, 0.2  # of the rotating bandit
RATES = (0.01, 0.03, 0.1, 0.3, 1.0)


def two_gaps(seeds: int = 100, rounds: int = 100_000) -> Figure:
    """Shapley's game: without external regret one reaches the coarse correlated equilibria, not the correlated ones.

    Regret matching ends its external regret, and with it the CCE gap of its empirical play, while the CE gap stays at
    1/4. Conditional regret matching ends its internal regret, and with it both gaps (Hart and Mas-Colell 2000). Means
    over ``seeds`` with 95 % bootstrap intervals; what lies below 0.0001 is not shown.
    """
    figure = new_figure(760, 360)
    payoffs = games.load("shapley").payoffs
    environment = build("MatrixGame-v0", game="shapley")
    steps = checkpoints(rounds)
    for axes, name in zip(
        figure.subplots(1, 2, sharey=True), ("regret_matching", "conditional_regret_matching"), strict=True
    ):
        counts = counts_of_play(environment, load(name), steps, seeds)
        for gap, title, colour in ((cce_gap, "CCE gap", SERIES[0]), (ce_gap, "CE gap", SERIES[1])):
            values = [
                [gap(payoffs, each / step) for each in at_step] for step, at_step in zip(steps, counts, strict=True)
            ]
            draw_mean(axes, steps, np.array(values).T, title, colour)
        on_log_scales(axes)
        axes.set_ylim(bottom=1e-4)
        axes.set(xlabel="rounds", title=f"{name.replace('_', ' ').capitalize()} in Shapley's game")
        axes.legend(loc="lower left")
    figure.axes[0].set_ylabel("gap of the empirical play (payoff)")
    return figure


def recovery(rounds: int = 12_000) -> Figure:
    """A bad start: softmax policy gradient needs exponentially longer than NeuRD to leave it.

    Two actions, of which the second pays 1 more; the first begins with a logit that is d larger. At the learning rate
    eta = 0.1 NeuRD comes to even odds after d / eta rounds, the policy gradient after (d + sinh d) / eta: the circles.
    All actions' payoffs are told, so nothing is random.
    """
    figure = new_figure(560, 380)
    axes = figure.add_subplot()
    eta = 0.1
    steps = np.arange(1, rounds + 1)
    axes.axhline(0.5, color=MUTED, linewidth=0.8)
    for lead, colour in zip((2, 4, 6), SERIES, strict=False):
        first = 1.0 / (1.0 + np.exp(-lead))
        for learner, name, dash, closed_form in (
            (load("neurd", eta=eta, beta=0.0), "NeuRD", "-", lead / eta),
            (load("softmax_policy_gradient", eta=eta), "policy gradient", "--", (lead + np.sinh(lead)) / eta),
        ):
            play = MixedPlay(np.array([[0.0, 1.0]]), learner, start=np.array([[first, 1.0 - first]]), record=True)
            play.advance(rounds)
            better = play.record.policies[:, 0, 0, 1]
            axes.plot(steps, better, color=colour, linestyle=dash, label=f"{name}, d = {lead}")
            axes.plot(closed_form + 1, 0.5, "o", color=colour, markerfacecolor=PAPER, zorder=3)
    axes.plot([], [], "o", color=MUTED, markerfacecolor=PAPER, label="even odds, closed form")
    on_log_scales(axes)
    axes.set_yscale("linear")
    axes.set(xlabel="rounds", ylabel="probability of the better action", title="Recovery from a bad start")
    axes.legend(loc="upper left", fontsize=9)
    return figure


def rotating_bandit(seeds: int = 60, rounds: int = 4_000) -> Figure:
    """A bandit of five arms, the good one of which (mean 0.8, else 0.2) moves every 1,000 rounds.

    NeuRD divides a payoff by the probability of the arm and pays for the variance; the policy gradient does not, and is
    slow to leave an arm that was good. NeuRD-CIX divides by the probability + gamma, at most by 1, and the best gamma
    lies in between. Dynamic regret (against the best arm of every round), means over ``seeds`` with 95 % bootstrap
    intervals, each at the best of five learning rates.
    """
    figure = new_figure(560, 380)
    axes = figure.add_subplot()
    gammas = (0.0, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0)
    at = np.arange(len(gammas))
    found = np.array([_best_rate("neurd_cix", rounds, seeds, gamma=gamma) for gamma in gammas])
    gradient = _best_rate("sampled_policy_gradient", rounds, seeds)
    axes.axhline((GOOD - BAD) * (1 - 1 / ARMS) * rounds, color=MUTED, linestyle=":", label="uniform play")
    axes.axhline(gradient.mean(), color=SERIES[1], linestyle="--", label="policy gradient (samples)")
    means = found.mean(axis=1)
    if seeds > 1:
        axes.axhspan(*np.ravel(mean_band(gradient[:, None])), color=SERIES[1], alpha=0.15, linewidth=0)
        low, high = mean_band(found.T)
        axes.errorbar(at, means, (means - low, high - means), color=SERIES[0], linestyle="none", capsize=3)
    axes.plot(at, means, color=SERIES[0], marker="o", label="NeuRD-CIX")
    axes.set_xticks(at, ["0\n(NeuRD)", *map("{:g}".format, gammas[1:])])
    axes.set_ylim(bottom=0.0)
    axes.set(xlabel="gamma", ylabel=f"dynamic regret after {rounds:,} rounds (payoff)", title="Rotating bandit")
    axes.legend(loc="center left")
    return figure


def last_iterate(rounds: int = 2_000) -> Figure:
    """Rock paper scissors: the average of Hedge converges while Hedge itself runs away; optimistic Hedge comes home.

    Both players exchange mixed actions, from (.5, .3, .2) and (.2, .5, .3), at the learning rate 0.1 for payoffs
    between -1 and 1. Nothing is random.
    """
    figure = new_figure(760, 380)
    game = games.load("rock-paper-scissors")
    triangle, gaps = figure.subplots(1, 2, width_ratios=(1, 1.15))
    draw_simplex(triangle, game.action_names[0])
    start = np.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3]])
    steps = np.arange(1, rounds + 1)
    for name, colour in (("hedge", SERIES[1]), ("optimistic_hedge", SERIES[0])):
        play = MixedPlay(game.payoffs, load(name, eta=0.2), start=start, record=True)  # eta counts in reward ranges
        play.advance(rounds)
        policies = play.record.policies[:, 0]
        draw_path(triangle, policies[:, 0], colour)
        average = np.cumsum(policies, axis=0) / steps[:, None, None]
        for each, width, dash, what in ((policies, 1.8, "-", "last iterate"), (average, 1.2, "--", "time average")):
            values = [nash_conv(game.payoffs, list(profile)) for profile in each]
            title = f"{name.replace('_', ' ').capitalize()}, {what}"
            gaps.plot(steps, values, color=colour, linestyle=dash, linewidth=width, label=title)
    draw_equilibria(triangle, [CORNERS.mean(axis=0)])
    triangle.legend(loc="upper right", bbox_to_anchor=(1.05, 1.0), fontsize=9)
    triangle.set_title("Mixed actions of player 0")
    on_log_scales(gaps)
    gaps.set(xlabel="rounds", ylabel="NashConv (payoff)", title="Rock paper scissors: distance from equilibrium")
    gaps.legend(loc="lower left", fontsize=9)
    return figure


def _best_rate(name: str, rounds: int, seeds: int, **knobs: float) -> np.ndarray:
    """Return the dynamic regret of each seed at the learning rate whose mean is the least."""
    bandits = np.where(np.eye(ARMS), GOOD, BAD)[:, None, :]
    environment = build(
        "IteratedGame-v0",
        games=bandits,
        switching="schedule",
        period=PERIOD,
        noise="bernoulli",
        feedback="bandit",
        horizon=rounds,
        memory=0,
    )
    found = []
    for eta in RATES:
        play = Fused(environment, load(name, eta=eta, **knobs), lanes=seeds)
        found.append(GOOD * rounds - play.advance(rounds).rewards[:, 0])
    return min(found, key=np.mean)


def draw(name: str) -> Figure:
    """Return the figure of the gallery called ``name``; ValueError for a name that is none, with the nearest."""
    if name not in GALLERY:
        raise ValueError(f"the gallery has no {name!r}{did_you_mean(name, GALLERY)} It has: {', '.join(GALLERY)}")
    return GALLERY[name]()


#: The figures by name: each is drawn by a function of the number of rounds and, where chance plays, of seeds.
GALLERY: dict[str, Callable[..., Figure]] = {
    "two-gaps": two_gaps,
    "recovery": recovery,
    "rotating-bandit": rotating_bandit,
    "last-iterate": last_iterate,
}
