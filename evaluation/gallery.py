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
from .figures import INK, MUTED, SERIES, new_figure
from .game_figures import CORNERS, checkpoints, counts_of_play, draw_mean, draw_path, draw_simplex, on_log_scales
from .metrics.statistics import mean_band

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ARMS, PERIOD, GOOD, BAD = 5, 1_000, 0.8, 0.2  # of the rotating bandit
RATES = (0.01, 0.03, 0.1, 0.3, 1.0)


def two_gaps(seeds: int = 10, rounds: int = 100_000) -> Figure:
    """Shapley's game: a learner without external regret reaches the coarse correlated equilibria, not the others.

    Regret matching ends its external regret, so that its play comes as close as one likes to a coarse correlated
    equilibrium; it is no correlated equilibrium, and never will be. Conditional regret matching ends its internal
    regret, and with it the CE gap (Hart and Mas-Colell 2000).
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
        axes.set_ylim(bottom=1e-4)  # a CCE gap may be exactly 0
        axes.set(xlabel="rounds", title=name.replace("_", " ").capitalize())
        axes.legend()
    figure.axes[0].set_ylabel("gap of the empirical play (payoff)")
    return figure


def recovery(seeds: int = 1, rounds: int = 12_000) -> Figure:
    """A bad start: softmax policy gradient needs exponentially longer than NeuRD to leave it.

    Two actions, of which the second pays 1 more; the first begins with a logit that is d larger. NeuRD has unlearned
    it after d / eta rounds, the policy gradient after (d + sinh d) / eta (dotted).
    """
    figure = new_figure(560, 380)
    axes = figure.add_subplot()
    eta = 0.1
    for advantage, colour in zip((2, 4, 6), SERIES, strict=False):
        first = 1.0 / (1.0 + np.exp(-advantage))
        learners = load("neurd", eta=eta, beta=0.0), load("softmax_policy_gradient", eta=eta)
        for learner, dash in zip(learners, ("-", "--"), strict=True):
            play = MixedPlay(np.array([[0.0, 1.0]]), learner, start=[[first, 1.0 - first]], record=True)
            play.advance(rounds)
            better = play.record.policies[:, 0, 0, 1]
            label = f"{learner.name.replace('_', ' ')}, d = {advantage}"
            axes.plot(np.arange(1, rounds + 1), better, color=colour, linestyle=dash, label=label)
        axes.axvline((advantage + np.sinh(advantage)) / eta, color=colour, linestyle=":", linewidth=1)
        axes.axvline(advantage / eta, color=colour, linestyle=":", linewidth=1)
    axes.axhline(0.5, color=MUTED, linewidth=0.8)
    on_log_scales(axes)
    axes.set(xlabel="rounds", ylabel="probability of the better action", title="Recovery from a bad start")
    axes.set_yscale("linear")
    axes.legend(loc="upper left", fontsize=9)
    return figure


def rotating_bandit(seeds: int = 60, rounds: int = 4_000) -> Figure:
    """A bandit whose best arm moves every 1,000 rounds: implicit exploration is best in between.

    NeuRD weighs a reward with 1 / probability and pays for the variance; the policy gradient does not and cannot leave
    an arm that was good. NeuRD-CIX caps the weight at 1 / (probability + gamma), and the best gamma lies inside. The
    learning rate is the best of five for each point.
    """
    figure = new_figure(560, 380)
    axes = figure.add_subplot()
    gammas = (0.0, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0)
    found = np.array([_best_rate("neurd_cix", rounds, seeds, gamma=gamma) for gamma in gammas])
    at = np.arange(len(gammas))
    low, high = mean_band(found.T)
    mean = found.mean(axis=1)
    axes.errorbar(at, mean, (mean - low, high - mean), color=SERIES[0], marker="o", capsize=3, label="NeuRD-CIX")
    gradient = _best_rate("sampled_policy_gradient", rounds, seeds)
    axes.axhline(gradient.mean(), color=SERIES[1], linestyle="--", label="softmax policy gradient")
    axes.axhline((GOOD - BAD) * (1 - 1 / ARMS) * rounds, color=MUTED, linestyle=":", label="uniform play")
    axes.axhline(0.0, color=INK, linewidth=1.2)
    axes.set_xticks(at, ["0\n(NeuRD)", *map("{:g}".format, gammas[1:])])
    axes.set(xlabel="gamma", ylabel=f"dynamic regret after {rounds:,} rounds (reward)", title="Rotating bandit")
    axes.legend()
    return figure


def last_iterate(seeds: int = 1, rounds: int = 2_000) -> Figure:
    """Rock paper scissors: the average of Hedge converges while Hedge itself runs away; optimistic Hedge comes home.

    Both players exchange mixed actions, from (.5, .3, .2) and (.2, .5, .3), eta 0.1 in units of payoff.
    """
    figure = new_figure(760, 360)
    game = games.load("rock-paper-scissors")
    triangle, gaps = figure.subplots(1, 2, width_ratios=(1, 1.15))
    draw_simplex(triangle, game.action_names[0])
    start = np.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3]])
    steps = np.arange(1, rounds + 1)
    for name, colour in (("hedge", SERIES[1]), ("optimistic_hedge", SERIES[0])):
        play = MixedPlay(game.payoffs, load(name, eta=0.2), start=start, record=True)
        play.advance(rounds)
        policies = play.record.policies[:, 0]
        label = name.replace("_", " ")
        draw_path(triangle, policies[:, 0], colour)
        average = np.cumsum(policies, axis=0) / steps[:, None, None]
        gaps.plot(steps, [nash_conv(game.payoffs, list(each)) for each in policies], color=colour, label=label)
        mean = [nash_conv(game.payoffs, list(each)) for each in average]
        gaps.plot(steps, mean, color=colour, linestyle="--", linewidth=1.2, label=f"{label}, time average")
    triangle.plot(*CORNERS.mean(axis=0), marker="*", markersize=11, color=INK)
    on_log_scales(gaps)
    gaps.set(xlabel="rounds", ylabel="NashConv (payoff)", title="distance from equilibrium")
    gaps.legend(fontsize=9)
    triangle.set_title("mixed actions of player 0")
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


#: The figures by name: each is drawn by a function of a number of seeds and of rounds, with defaults.
GALLERY: dict[str, Callable[..., Figure]] = {
    "two-gaps": two_gaps,
    "recovery": recovery,
    "rotating-bandit": rotating_bandit,
    "last-iterate": last_iterate,
}
