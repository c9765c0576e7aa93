"""What the figures of the page and of a comparison share: colours, mean curves, and reproducible files.

matplotlib is used through its object interface alone, and the same results give the same bytes of SVG.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .metrics.statistics import mean_band
from .store import Curve, Record, ResultsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, GRID, PAPER = "#1c2128", "#67707c", "#e3e6ea", "#fefefe"
SERIES = ("#2563c9", "#d9480f", "#2b8a3e", "#9333b8", "#c2255c", "#0b7285", "#a16207", "#5b6470", "#5f3dc4", "#5c940d")
THEME = {INK: "--ink", MUTED: "--muted", GRID: "--line", PAPER: "--card"} | {
    colour: f"--series-{number}" for number, colour in enumerate(SERIES)
}
DASHES = ("-", "--", ":")
POINTS = 200
FORMATS = (".svg", ".pdf", ".png")


class Look(NamedTuple):
    """How a learner is drawn everywhere: an index into `SERIES` and one into `DASHES`."""

    colour: int
    dash: int

    @property
    def line(self) -> dict[str, Any]:
        """The arguments of a matplotlib line."""
        return {"color": SERIES[self.colour], "linestyle": DASHES[self.dash]}


class MeanCurve(NamedTuple):
    """The mean over seeds of a learner's curves, with its interval (None for a single seed)."""

    steps: np.ndarray
    mean: np.ndarray
    band: tuple[np.ndarray, np.ndarray] | None
    seeds: int


def looks(names: Sequence[str]) -> dict[str, Look]:
    """Return how each of ``names`` is drawn; colours repeat with another dash after ten."""
    return {name: Look(k % len(SERIES), k // len(SERIES) % len(DASHES)) for k, name in enumerate(names)}


def mean_curve(runs: Sequence[Record]) -> MeanCurve:
    """Return the mean of the curves of ``runs`` (finished runs of one learner on one task), thinned to `POINTS`.

    Curves are compared at the steps that all of them have. Raises ResultsError where there are none, or where the
    curves measure different things.
    """
    curves = [run.curve for run in runs if run.curve is not None]
    if len({(curve.measure, curve.unit) for curve in curves}) != 1:
        raise ResultsError(f"task {runs[0].task!r} has curves of different measures or units")
    steps = np.array(sorted(set.intersection(*(set(curve.steps) for curve in curves))))
    if len(steps) == 0:
        raise ResultsError(f"the curves of {runs[0].learner.name!r} on task {runs[0].task!r} share no step")
    steps = steps[np.unique(np.linspace(0, len(steps) - 1, POINTS).round().astype(int))]
    values = np.array([np.array(curve.values)[np.searchsorted(curve.steps, steps)] for curve in curves])
    return MeanCurve(steps, values.mean(axis=0), mean_band(values) if len(values) > 1 else None, len(values))


def best(run: Record) -> float:
    """Return the height of the optimum's line in a figure of the run's curve: 0 for a regret and for a gap."""
    is_value = run.curve is not None and run.curve.measure == "value"
    return run.certificate.optimal.value if is_value and run.certificate is not None else 0.0


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of ``width`` times ``height`` points (a point is a pixel of the page)."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width / 72, height / 72), layout="constrained")


def style() -> Any:
    """Return the context in which figures are drawn and saved."""
    from matplotlib import rc_context

    return rc_context(
        {
            "text.parse_math": False,  # a learner's name may hold a dollar sign
            "font.size": 11,
            "text.color": INK,
            "axes.labelcolor": MUTED,
            "axes.edgecolor": GRID,
            "axes.titlesize": 12,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": GRID,
            "grid.linewidth": 0.8,
            "xtick.color": GRID,
            "ytick.color": GRID,
            "xtick.labelcolor": MUTED,
            "ytick.labelcolor": MUTED,
            "legend.frameon": False,
            "lines.linewidth": 1.8,
        }
    )


def draw_curves(axes: Axes, runs: dict[str, list[Record]], look: dict[str, Look]) -> None:
    """Draw the mean curve of each learner with its interval, and the optimum as a line."""
    from matplotlib.ticker import FuncFormatter

    first = next(iter(runs.values()))[0]
    curve: Curve | None = first.curve
    for name, of_learner in runs.items():
        steps, mean, band, _ = mean_curve(of_learner)
        if band is not None:
            axes.fill_between(steps, *band, color=look[name].line["color"], alpha=0.15, linewidth=0)
        axes.plot(steps, mean, label=name, **look[name].line)
    axes.axhline(best(first), color=INK, linewidth=1.2, label="optimum", zorder=1.5)
    axes.set_xlabel(first.protocol.unit)
    axes.set_ylabel(f"{curve.measure} ({curve.unit})" if curve is not None else "")
    axes.margins(x=0)
    axes.xaxis.set_major_formatter(FuncFormatter(short))
    axes.yaxis.set_major_formatter(FuncFormatter(short))


def short(value: float, position: int = 0) -> str:
    """Return an axis label such as 20k or 1.5M."""
    for limit, unit, letter in ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if abs(value) >= limit:
            return f"{value / unit:g}{letter}"
    return f"{value:g}"


def check_path(path: Path | str) -> Path:
    """Return ``path``; ValueError unless its name ends with ``.svg``, ``.pdf`` or ``.png`` and its folder exists."""
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"path={str(path)!r} is not allowed: a figure's name ends with one of {', '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise ValueError(f"path={str(path)!r} is not allowed: there is no folder {str(path.parent)!r}")
    return path


def save(figure: Figure, path: Path | str) -> None:
    """Write ``figure`` as SVG, PDF or PNG, by the suffix of ``path``; raises as `check_path`."""
    path = check_path(path)
    undated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {}}[path.suffix.lower()]
    with _reproducible("path"):
        figure.savefig(path, dpi=200, metadata=undated, facecolor="white")


def inline_svg(figure: Figure, name: str) -> str:
    """Return ``figure`` as an SVG element for a page: text as text, the page's colours (light or dark) as variables.

    ``name`` (letters, digits, hyphens) goes before every id in it, so that several figures may stand in one page.
    """
    buffer = io.StringIO()
    with _reproducible("none"):
        figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    text = buffer.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", text)
    for colour, variable in THEME.items():
        text = text.replace(colour, f"var({variable})")
    return text


def _reproducible(font: str) -> Any:
    from matplotlib import rc_context

    return rc_context({"svg.hashsalt": "regretlab", "svg.fonttype": font, "text.parse_math": False})
