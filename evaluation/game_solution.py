"""What `regretlab games solve` says: everything that the exact solvers know of one game, as data and as a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from ..envs.games import NormalFormGame
from ..solvers import (
    alpha_rank,
    correlated_equilibrium,
    nash_efficiency,
    payoff_ranges,
    pure_nash,
    quantal_response_path,
    vertex_enumeration,
    welfare_range,
    zero_sum,
)
from ..solvers.correlated import Range
from ..solvers.efficiency import efficiency_of_range
from ..solvers.equilibrium import Equilibrium, equilibrium
from .describe import commas, pairs, payoff_pairs, short
from .store import plain

if TYPE_CHECKING:
    from rich.console import RenderableType

PRECISION = 100.0  # to which the logit path is followed, in units of the largest difference of payoffs
MOST_SHOWN = 12  # equilibria and profiles of a page
RARE = 5e-4  # probabilities below it are not shown


def solve(game: NormalFormGame) -> dict[str, Any]:
    """Return what the exact solvers say of ``game`` as plain data.

    Keys: the game (``name``, ``title``, ``action_names``, ``payoffs``); ``nash`` (two players: all extreme equilibria
    with ``components`` and whether the game is ``degenerate``; of more players and of large games the pure ones, or one
    of a large constant-sum game, and why others are ``left_out``); the one that the ``logit`` path leads to;
    ``correlated`` and ``coarse`` with the range of welfare and of every player's payoff, and the equilibrium of
    greatest welfare; ``efficiency`` over each of the three sets; ``alpha_rank`` in the limit of strong selection.
    Every equilibrium has its residual. What a solver refuses, for the size of the game or because it is undefined,
    holds ``{"refused": reason}``.
    """
    payoffs = game.payoffs
    found: list[Equilibrium] = []
    welfare: dict[bool, Range] = {}

    def nash() -> dict[str, Any]:
        extra: dict[str, Any] = {"complete": False}
        try:
            answer = vertex_enumeration(payoffs)
            found.extend(answer.equilibria)
            extra = {"complete": True, "degenerate": answer.degenerate, "components": answer.components}
        except ValueError as error:  # of another number of players, or too large
            extra["left_out"] = str(error) if game.players == 2 else "mixed equilibria, enumerated for two players only"
            for pure in pure_nash(payoffs):
                profile = [np.eye(size)[a] for size, a in zip(game.actions, pure, strict=True)]
                found.append(equilibrium(payoffs, profile))
            if game.players == 2 and not found:
                with suppress(ValueError):  # not of constant sum
                    found.append(zero_sum(payoffs))
        return {**extra, "equilibria": [_equilibrium(each) for each in found]}

    def logit() -> dict[str, Any]:
        scale = float(max(np.ptp(own) for own in payoffs)) or 1.0
        path = quantal_response_path(payoffs, PRECISION / scale)
        last = equilibrium(payoffs, [own[-1] for own in path.profiles])
        return {"precision": path.precision[-1], **_equilibrium(last)}

    def correlated(coarse: bool) -> dict[str, Any]:
        best = correlated_equilibrium(payoffs, coarse=coarse)
        welfare[coarse] = welfare_range(payoffs, coarse=coarse)
        return {
            "welfare": asdict(welfare[coarse]),
            "payoffs": [asdict(each) for each in payoff_ranges(payoffs, coarse=coarse)],
            "best": {"joint": best.joint, "payoffs": best.payoffs, "welfare": best.value, "residual": best.residual},
        }

    def prices(coarse: bool) -> dict[str, Any]:
        if coarse not in welfare:
            raise ValueError("the range of welfare was not solved")
        return asdict(efficiency_of_range(payoffs, welfare[coarse]))

    answer = {
        "name": game.name,
        "title": game.title,
        "action_names": game.action_names,
        "payoffs": payoffs,
        "max_welfare": game.max_welfare,
        "nash": nash(),
        "logit": _unless_refused(logit),
        "correlated": _unless_refused(lambda: correlated(False)),
        "coarse": _unless_refused(lambda: correlated(True)),
        "efficiency": {
            "nash": _unless_refused(lambda: asdict(nash_efficiency(payoffs, found))),
            "correlated": _unless_refused(lambda: prices(False)),
            "coarse": _unless_refused(lambda: prices(True)),
        },
        "alpha_rank": _unless_refused(lambda: asdict(alpha_rank(payoffs, np.inf))),
    }
    return plain(answer)


def tables(data: Mapping[str, Any]) -> list[RenderableType]:
    """Return the page of what `solve` returned, as tables for a terminal."""
    sections = {
        **payoff_pairs(np.array(data["payoffs"]), data["action_names"]),
        **_nash_section(data),
        **_welfare_section(data),
        **_correlated_section(data),
        **_rank_section(data),
    }
    return [pairs(title, entries) for title, entries in sections.items()]


def _nash_section(data: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    nash, names = data["nash"], data["action_names"]
    listed = nash["equilibria"]
    entries = [(str(number), _line(each, names)) for number, each in enumerate(listed[:MOST_SHOWN], start=1)]
    if len(listed) > MOST_SHOWN:
        entries.append(("...", f"and {len(listed) - MOST_SHOWN} more (--json lists them)"))
    if not nash["complete"]:
        pure = all(max(own) == 1.0 for each in listed for own in each["profile"])
        title = f"{'pure ' if pure else ''}Nash equilibria: {len(listed)}{'' if pure else ' of them'}"
        entries.append(("left out", nash["left_out"]))
        if "refused" not in data["logit"]:
            left = f"where the quantal response path leads; nobody gains more than {data['logit']['residual']:.1g}"
            entries.append(("logit", f"{_line(data['logit'], names)} ({left})"))
    elif nash["degenerate"]:
        title = f"Nash equilibria: a degenerate game, {len(listed)} extreme ones"
        entries += [
            ("component", f"the equilibria between {', '.join(str(k + 1) for k in component)}")
            for component in nash["components"]
            if len(component) > 1
        ]
    else:
        title = f"Nash equilibria: all {len(listed)}"
    if listed:
        worst = max(each["residual"] for each in listed)
        entries.append(("residual", f"nobody gains more than {worst:.1g} by deviating"))
    return {title: entries}


def _welfare_section(data: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    entries = [("best", f"{short(data['max_welfare'])} of all joint actions")]
    nash = "Nash" if data["nash"]["complete"] else "these Nash"  # of which the prices are bounds
    names = {"nash": nash, "correlated": "CE", "coarse": "CCE"}
    for key, name in names.items():
        prices: Mapping[str, Any] = data["efficiency"][key]
        if "refused" not in prices:
            worst, best = prices["worst"], prices["best"]
            cost = f"price of anarchy {prices['price_of_anarchy']:.6g}, of stability {prices['price_of_stability']:.6g}"
            entries.append((name, f"{worst:.6g} to {best:.6g}; {cost}"))
        elif key == "nash":
            sums = [sum(each["payoffs"]) for each in data["nash"]["equilibria"]]
            entries += [(name, f"{min(sums):.6g} to {max(sums):.6g}")] if sums else []
        elif "refused" not in data[key]:
            welfare = data[key]["welfare"]
            entries.append((name, f"{welfare['low']:.6g} to {welfare['high']:.6g}"))
    return {"welfare, the sum of the payoffs": entries}


def _correlated_section(data: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    sections = {}
    for key, name in (("correlated", "correlated equilibria"), ("coarse", "coarse correlated equilibria")):
        answer = data[key]
        if "refused" in answer:
            sections[name] = [("not solved", answer["refused"])]
            continue
        ranges = [
            (f"player {k}", f"{each['low']:.6g} to {each['high']:.6g}") for k, each in enumerate(answer["payoffs"])
        ]
        best = "; ".join(_profiles(np.array(answer["best"]["joint"]), data["action_names"]))
        sections[name] = [*ranges, ("best", best), ("residual", f"{answer['best']['residual']:.1g}")]
    return sections


def _rank_section(data: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    title, answer = "alpha-rank, strong selection", data["alpha_rank"]
    if "refused" in answer:
        return {title: [("not solved", answer["refused"])]}
    return {title: [("share", "; ".join(_profiles(np.array(answer["distribution"]), data["action_names"])))]}


def _profiles(joint: np.ndarray, names: list[list[str]]) -> list[str]:
    """Return the joint actions with the largest probabilities, in words."""
    order = [cell for cell in np.argsort(-joint, axis=None, kind="stable") if joint.flat[cell] > RARE]
    cells = [np.unravel_index(cell, joint.shape) for cell in order[:MOST_SHOWN]]
    shown = [f"{', '.join(own[a] for own, a in zip(names, cell, strict=True))} {joint[cell]:.4g}" for cell in cells]
    return [*shown, f"and {len(order) - MOST_SHOWN} more"] if len(order) > MOST_SHOWN else shown


def _line(each: Mapping[str, Any], names: list[list[str]]) -> str:
    """Return an equilibrium in words: what every player plays, and what it is paid."""
    players = []
    for own, profile in zip(names, each["profile"], strict=True):
        played = [(name, p) for name, p in zip(own, profile, strict=True) if p > RARE]
        players.append(" + ".join(name if p > 1 - RARE else f"{p:.4g} {name}" for name, p in played))
    return f"{'; '.join(players)}  pays {commas(each['payoffs'])}"


def _equilibrium(each: Equilibrium) -> dict[str, Any]:
    return {"profile": list(each.profile), "payoffs": each.payoffs, "residual": each.residual}


def _unless_refused(compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return compute()
    except (ValueError, ArithmeticError) as error:
        return {"refused": str(error)}
