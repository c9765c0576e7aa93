"""What `regretlab mdp report` says of a continuing task: plain data, tables, and the price of discounting drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..envs.core.environment import Environment
from ..envs.core.model import LIMIT, enumerate_model
from ..solvers.hardness import Hardness, hardness
from .figures import INK, MUTED, SERIES, new_figure
from .mdp_figures import plain_powers

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType

WORDS = {
    "bias_span": "bias span, sp(h*)",
    "diameter": "diameter (steps)",
    "period": "period",
    "mixing_time": "mixing time, total variation 1/4 (steps)",
    "cesaro_mixing_time": "mixing time of the mean law (steps)",
    "return_mixing_time": "mixing time of the mean reward, to 5 % of its range (steps)",
    "spectral_gap": "absolute spectral gap",
    "kemeny_constant": "Kemeny constant (steps)",
    "conductance": "conductance",
    "conductance_at_least": "conductance, lower bound",
    "value_norm": "value norm",
    "sum_of_reciprocal_gaps": "sum of reciprocal gaps",
    "colosseum_value_norm": "value norm, as Colosseum",
    "colosseum_sum_of_reciprocal_gaps": "sum of reciprocal gaps, as Colosseum",
    "blackwell_threshold": "discount that suffices, of the grid",
}
INFINITE = "inf"  # JSON has no such number; `float` reads it
KINDS = {"exact": "", "lower": "at least ", "upper": "at most "}


def report(environment: Environment, limit: int = LIMIT) -> dict[str, Any]:
    """Return the hardness card of ``environment`` as plain data; infinite numbers are the string "inf".

    Raises ValueError for an environment without an exact model of at most ``limit`` states, that ends, or whose gain
    depends on where a run ends.
    """
    model = enumerate_model(environment, limit)
    regions = {} if environment.regions is None else environment.regions(model.states)
    return {"id": environment.id, "knobs": dict(environment.knobs), **plain(hardness(model, regions))}


def plain(found: Hardness) -> dict[str, Any]:
    """Return a hardness card as data for JSON."""
    return {
        "states": found.states,
        "actions": found.actions,
        "gain": {"value": found.gain.gain, "low": found.gain.low, "high": found.gain.high, "how": found.gain.how},
        "quantities": {
            name: {"value": _told(each.value), "kind": each.kind, "how": each.how}
            for name, each in found.quantities.items()
        },
        "regions": {
            name: {key: _told(value) for key, value in values.items()} for name, values in found.regions.items()
        },
        "myopia": [{"discount": discount, "lost": lost} for discount, lost in found.myopia.items()],
        "missing": found.missing,
    }


def tables(data: Mapping[str, Any]) -> list[RenderableType]:
    """Return the tables of a card, as `report` returns it."""
    from rich.table import Table

    card = Table("", "value", "how", box=None, pad_edge=False)
    gain = data["gain"]
    card.add_row(
        "optimal gain (reward per step)", f"{gain['value']:.10g}", f"{gain['low']:.10g} to {gain['high']:.10g}"
    )
    for name, each in data["quantities"].items():
        value = "infinite" if each["value"] == INFINITE else f"{each['value']:.8g}"
        card.add_row(WORDS[name], KINDS[each["kind"]] + value, each["how"])
    for name, reason in data["missing"].items():
        card.add_row(WORDS[name], "-", reason)
    found: list[RenderableType] = [card]
    if data["regions"]:
        regions = Table("region", "share of time", "conductance", "residence time", box=None, pad_edge=False)
        for name, each in data["regions"].items():
            stay = "infinite" if each["residence_time"] == INFINITE else f"{each['residence_time']:.6g}"
            regions.add_row(name, f"{each['share']:.4g}", f"{each['conductance']:.6g}", stay)
        found.append(regions)
    myopia = Table("discount", "gain lost by its optimal policy", box=None, pad_edge=False)
    for each in data["myopia"]:
        myopia.add_row(f"{each['discount']:g}", f"{each['lost']:.6g}")
    return [*found, myopia]


def figure(data: Mapping[str, Any]) -> Figure:
    """Draw how much gain a discount gives away, by its horizon 1 / (1 - gamma), with the mixing time beside it."""
    drawn = new_figure(560, 360)
    axes = drawn.add_subplot()
    horizons = [1 / (1 - each["discount"]) for each in data["myopia"]]
    lost = [each["lost"] for each in data["myopia"]]
    axes.plot(horizons, lost, marker="o", color=SERIES[0])
    axes.axhline(0.0, color=INK, linewidth=1.2)
    axes.set(xscale="log", xlabel="horizon of the discount, 1 / (1 - gamma), in steps", ylabel="gain lost")
    plain_powers(axes.xaxis)
    axes.set_title(f"{data['id'].removeprefix('regretlab/')}: the price of discounting")
    axes.set_ylim(min(-0.02 * data["gain"]["value"], 0.0), 1.08 * max([*lost, 1e-12]) if any(lost) else 1.0)
    mixing = data["quantities"].get("mixing_time", {}).get("value")
    if mixing and mixing != INFINITE:
        axes.axvline(mixing, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        axes.annotate("mixing time", (mixing, 1.0), xycoords=("data", "axes fraction"), color=MUTED, fontsize=9)
    return drawn


def _told(value: float) -> float | str:
    return value if math.isfinite(value) else INFINITE
