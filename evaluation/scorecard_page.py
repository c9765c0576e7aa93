"""The scorecard of theory of mind as a page: predicting against acting, regret by partner, and cross-play."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import INK, MUTED, PAPER, Look, inline_svg, looks, new_figure, short, style
from .pages import write
from .scorecard import MEANINGS, interval, quoted, scorecard, shown
from .store import Problem, Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = {"train": "o", "held-out": "s", "learners": "^", "other": "D"}
SHAPES = {"train": "circle", "held-out": "square", "learners": "triangle", "other": "diamond"}
NAMED = 3  # partners that are named in a panel of curves
MOST_PANELS = 12


def write_page(
    records: Sequence[Record],
    path: Path | str,
    problems: Sequence[Problem] = (),
    card: Mapping[str, Any] | None = None,
) -> Path:
    """Write the page of the runs in ``records`` to ``path`` (an .html file) and return the path.

    ``card`` is their scorecard where it has been made already. The same results give the same page. Raises
    ResultsError where no run was played against partners.
    """
    card = scorecard(records) if card is None else card
    look = looks(list(card["agents"]))
    pools = list(dict.fromkeys(pool for agent in card["agents"].values() for pool in agent["pools"]))
    predicting = [
        name for name, each in card["agents"].items() if any("tom_percent" in p for p in each["pools"].values())
    ]
    with style():
        figures = {
            "shift": inline_svg(win_shift(card, look), "shift") if predicting else None,
            "heat": {
                task: inline_svg(heat_map(card, task), f"heat{number}") for number, task in enumerate(card["tasks"])
            },
            "curves": {
                task: inline_svg(curves(card, task, look), f"curves{number}")
                for number, task in enumerate(card["tasks"])
            },
        }
    return write(
        path,
        "scorecard.html",
        card=card,
        pools=[(pool, _rows(card, pool), card["pools"].get(pool)) for pool in pools],
        marks=", ".join(f"{SHAPES[pool]} {pool}" for pool in pools),
        simulated=any(each.certificate.optimal.kind == "reference" for each in records if each.certificate),
        look=look,
        figures=figures,
        meanings=MEANINGS,
        silent=[name for name in card["agents"] if name not in predicting],
        quoted=quoted(),
        interval=interval,
        shown=shown,
        problems=problems,
        crashed=[each for each in records if each.status == "crashed"],
    )


def win_shift(card: Mapping[str, Any], look: Mapping[str, Look]) -> Figure:
    """Draw every agent that predicts: how often it is right (across) against its normalised regret (up).

    Below and to the right is good at both; above and to the right knows what the partner does and does not act on it. A
    circle is the pool train, a square held-out, a diamond other partners; an agent's pools are joined by a line.
    """
    figure = new_figure(760, 400)
    axes = figure.add_subplot()
    marks: list[tuple[str, float, float]] = []
    for name, each in card["agents"].items():
        colour = look[name].line["color"]
        points = [
            (pool, p["tom_percent"], p["normalised_regret"]) for pool, p in each["pools"].items() if "tom_percent" in p
        ]
        axes.plot([x["value"] for _, x, _ in points], [y["value"] for _, _, y in points], color=colour, linewidth=1)
        for pool, x, y in points:
            for estimate, draw, at in ((x, axes.hlines, y["value"]), (y, axes.vlines, x["value"])):
                if estimate["low"] is not None:
                    draw(at, estimate["low"], estimate["high"], color=colour, linewidth=3, alpha=0.4)
            axes.plot(x["value"], y["value"], MARKERS[pool], color=colour, markersize=8, markeredgecolor=PAPER)
        marks += [(name, x["value"], y["value"]) for _, x, y in points]
    axes.axhline(0, color=INK, linewidth=1.2)
    axes.axhline(1, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.annotate(
        "uniform play",
        (0, 1),
        xycoords=("axes fraction", "data"),
        xytext=(4, 4),
        textcoords="offset points",
        color=MUTED,
    )
    axes.set(xlabel="literal: rounds in which the partner was predicted (%)", ylabel="functional: normalised regret")
    low, high = axes.get_xlim()
    axes.set_xlim(low, high + 0.18 * (high - low))  # room for the names
    axes.set_ylim(min(-0.05, axes.get_ylim()[0]), max(1.1, axes.get_ylim()[1]))
    _name_marks(figure, axes, marks)
    return figure


def _name_marks(figure: Figure, axes: Axes, marks: Sequence[tuple[str, float, float]]) -> None:
    """Write every name beside its last mark, where it covers no mark and no other name if there is such a place."""
    figure.draw_without_rendering()  # else nothing has a place yet
    points = axes.transData.transform([(x, y) for _, x, y in marks]) * 72 / figure.dpi
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in points.tolist()]
    for name, (x, y) in {name: point for (name, _, _), point in zip(marks, points.tolist(), strict=True)}.items():
        wide = 5.7 * len(name)
        offsets = [(dx, dy) for dy in (6, -15, 18, -27, 30, -39) for dx in (8, -8 - wide)]
        boxes = [(x + dx, y + dy, x + dx + wide, y + dy + 10) for dx, dy in offsets]
        free = [all(b[2] < t[0] or t[2] < b[0] or b[3] < t[1] or t[3] < b[1] for t in taken) for b in boxes]
        chosen = free.index(True) if any(free) else 0
        taken.append(boxes[chosen])
        across, up = axes.transData.inverted().transform(np.array([x, y]) * figure.dpi / 72)
        axes.annotate(name, (across, up), xytext=offsets[chosen], textcoords="offset points", color=INK, fontsize=10)


def curves(card: Mapping[str, Any], task: str, look: Mapping[str, Look]) -> Figure:
    """Draw the cumulative regret of the best agents against each partner of a task: a panel an agent, a line a partner.

    The partners with the most regret at the end are named.
    """
    agents = _ranked(card, task)[:MOST_PANELS]
    columns = min(3, len(agents))
    lines = -(-len(agents) // columns)
    figure = new_figure(760, 40 + 170 * lines)
    panels = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(agents) :]:
        axes.set_visible(False)
    for axes, name in zip(panels.flat, agents, strict=False):
        found = card["agents"][name]["partners"][task]
        worst = sorted(found, key=lambda each: -found[each]["regret"][-1])[:NAMED]
        for partner, each in found.items():
            bold = {"alpha": 0.9, "linewidth": 1.5} if partner in worst else {"alpha": 0.3, "linewidth": 0.9}
            axes.plot(each["steps"], each["regret"], color=look[name].line["color"], **bold)
        axes.axhline(0, color=INK, linewidth=1)
        axes.set_title(name, fontsize=10)
        for place, partner in enumerate(worst):
            axes.text(0.03, 0.95 - 0.11 * place, partner, transform=axes.transAxes, color=MUTED, fontsize=8, va="top")
        axes.yaxis.set_major_formatter(short)
        axes.margins(x=0)
    figure.supxlabel("round", color=MUTED, fontsize=10)
    figure.supylabel("cumulative regret", color=MUTED, fontsize=10)
    return figure


def heat_map(card: Mapping[str, Any], task: str) -> Figure:
    """Draw the cross-play of agents (rows, the best first) and the partners of a task (columns): normalised regret, 0
    to 1 and above.

    A partner against whom nothing is at stake is hatched.
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    agents = _ranked(card, task)
    partners = list(dict.fromkeys(name for agent in agents for name in card["agents"][agent]["partners"][task]))
    values = np.full((len(agents), len(partners)), np.nan)
    for i, agent in enumerate(agents):
        found = card["agents"][agent]["partners"][task]
        values[i] = [found.get(name, {}).get("normalised_regret", np.nan) for name in partners]
    figure = new_figure(760, 130 + 22 * len(agents))
    axes = figure.add_subplot()
    colours = LinearSegmentedColormap.from_list("regret", ["#1d4f91", "#f2ead3", "#c8430b"])  # told apart by all eyes
    mesh = axes.pcolormesh(values, cmap=colours, vmin=0, vmax=1, edgecolors="none", rasterized=False)
    for column in np.flatnonzero(np.isnan(values).all(axis=0)).tolist():
        axes.add_patch(Rectangle((column, 0), 1, len(agents), fill=False, edgecolor=MUTED, hatch="//", linewidth=0))
    axes.set_yticks(np.arange(len(agents)) + 0.5, agents)
    turn = {"rotation": 90} if len(partners) > 20 else {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(np.arange(len(partners)) + 0.5, partners, fontsize=8, **turn)
    axes.set_xlim(0, len(partners))
    axes.tick_params(length=0, labelcolor=INK)
    axes.invert_yaxis()
    axes.grid(visible=False)
    bar = figure.colorbar(mesh, ax=axes, extend="max", fraction=0.03, pad=0.01)
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.set_label("normalised regret", color=MUTED)
    return figure


def _rows(card: Mapping[str, Any], pool: str) -> list[tuple[str, Mapping[str, Any]]]:
    rows = [(name, each["pools"][pool]) for name, each in card["agents"].items() if pool in each["pools"]]
    return sorted(rows, key=lambda row: row[1]["normalised_regret"]["value"])


def _ranked(card: Mapping[str, Any], task: str) -> list[str]:
    """Return the agents that played ``task``, the best on its pool first."""
    ranked = [name for name, _ in _rows(card, card["tasks"][task]["pool"])]
    return [name for name in ranked if task in card["agents"][name]["partners"]]
