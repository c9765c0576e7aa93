"""What `regretlab list` and `regretlab info` say: plain data, and the tables that show it in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..envs.core.knobs import Knob
from ..envs.core.registry import Row, rows
from .store import plain

if TYPE_CHECKING:
    from rich.table import Table

    from ..envs.core.environment import Environment

CHEAP_STATES = 20_000  # the exact model of an environment is listed for its description up to this size


def catalogue(family: str | None = None) -> dict[str, Any]:
    """Return all environments, learners and suites as plain data; ``family`` leaves that family's environments only.

    Raises ValueError for a family that no environment has.
    """
    families = list(dict.fromkeys(row.family for row in rows()))
    if family is not None and family not in families:
        raise ValueError(f"family={family!r} is not allowed: family must be one of {', '.join(families)}")
    environments = [_entry(row) for row in rows() if family in (None, row.family)]
    if family is not None:
        return {"environments": environments}
    from ..baselines import learner as learners
    from . import suites

    loaded = [suites.load(name) for name in suites.names()]
    return {
        "environments": environments,
        "learners": [{"id": name, "summary": learners.load(name).summary} for name in learners.names()],
        "suites": [
            {
                "id": suite.name,
                "title": suite.title,
                "tasks": len(suite.task),
                "runs": suite.seeds * sum(len(task.learner) for task in suite.task),
            }
            for suite in loaded
        ],
    }


def environment(row: Row, built: Environment) -> dict[str, Any]:
    """Return what is known of an environment as plain data: declaration, knobs, certificate, size and a first picture.

    ``certificate`` and ``states`` are None where there is none (``states`` also beyond 20,000).
    """
    spec = built.spec
    return plain(
        {
            **_entry(row),
            "tags": row.tags,
            "citation": row.citation,
            "actions": spec.actions,
            "action_names": spec.action_names,
            "observation": {
                "kind": spec.observation.kind,
                "sizes": spec.observation.sizes,
                "shape": spec.observation.shape,
                "low": spec.observation.low,
                "high": spec.observation.high,
            },
            "reward_range": spec.reward_range,
            "criterion": {"kind": spec.criterion.kind, "discount": spec.criterion.discount, "unit": spec.criterion.unit},
            "horizon": spec.horizon,
            "knobs": _knobs(row.knobs, built.knobs),
            "certificate": _certificate(built),
            "states": _states(built),
            "frame": _frame(built),
        }
    )


def learner(name: str) -> dict[str, Any]:
    """Return what is known of the learner ``name`` as plain data. Raises what `regretlab.baselines.load` raises."""
    from ..baselines import learner as learners

    loaded = learners.load(name)
    accepts = loaded.accepts
    return plain(
        {
            "id": name,
            "summary": loaded.summary,
            "accepts": {
                "observation": accepts.observation,
                "feedback": accepts.feedback,
                "players": accepts.players,
                "criteria": accepts.criteria,
            },
            "knobs": _knobs(learners.knobs_of(name), loaded.knobs),
        }
    )


def game(name: str) -> dict[str, Any]:
    """Return what is known of the game ``name`` of the library as plain data; ValueError for an unknown one."""
    from ..envs.games import library

    known = library.load(name)
    return plain(
        {
            "id": known.name,
            "title": known.title,
            "players": known.players,
            "action_names": known.action_names,
            "payoffs": known.payoffs,
            "tags": known.tags,
            "equilibria": known.equilibria,
            "equilibrium_payoffs": known.equilibrium_payoffs,
            "max_welfare": known.max_welfare,
            "citation": known.citation,
        }
    )


def two_columns(title: str, entries: Iterable[tuple[str, str]]) -> Table:
    """Return labels and values as a table, fit for a terminal of 80 columns."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title, "bold"), box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.title_justify = "left"
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in entries:
        table.add_row(Text(label), Text(value))
    return table


def catalogue_tables(data: Mapping[str, Any]) -> list[Table]:
    """Return the tables of a `catalogue`: the environments by family, then learners and suites."""
    families = dict.fromkeys(entry["family"] for entry in data["environments"])
    result = [
        two_columns(
            f"environments: {family}",
            [(entry["id"], entry["summary"]) for entry in data["environments"] if entry["family"] == family],
        )
        for family in families
    ]
    if "learners" in data:
        result.append(two_columns("learners", [(each["id"], each["summary"]) for each in data["learners"]]))
        result.append(
            two_columns(
                "suites",
                [(each["id"], f"{each['title']} ({each['tasks']} tasks, {each['runs']} runs)") for each in data["suites"]],
            )
        )
    return result


def environment_tables(data: Mapping[str, Any]) -> list[Table]:
    """Return the tables of an `environment`'s description."""
    observation, (low, high) = data["observation"], data["reward_range"]
    if observation["kind"] == "integer":
        seen = "an integer below " + ", ".join(map(str, dict.fromkeys(observation["sizes"])))
    else:
        shape = observation["shape"] or observation["sizes"][:1]
        seen = f"{'an image' if observation['kind'] == 'image' else 'a vector'} of shape {tuple(shape)}"
    names = data["action_names"] or [[]] * len(data["actions"])
    own = [f"{count}: {', '.join(of)}" if of else str(count) for count, of in zip(data["actions"], names, strict=True)]
    same = len(set(own)) == 1
    states = data["states"]
    facts = [
        ("family", f"{data['family']} ({', '.join(data['tags'])})"),
        ("players", str(len(own))),
        *([("actions", own[0])] if same else [(f"actions of player {k}", each) for k, each in enumerate(own)]),
        ("observation", seen),
        ("reward", f"{low:g} to {high:g}"),
        ("criterion", data["criterion"]["unit"]),
        ("horizon", f"{data['horizon']:,} steps" if data["horizon"] else "none"),
        ("exact model", f"{states:,} states" if states else f"none, or more than {CHEAP_STATES:,} states"),
        ("citation", data["citation"] or "none"),
    ]
    tables = [two_columns("", facts), *knob_tables(data["knobs"])]
    known = data["certificate"]
    if known is None:
        return [*tables, two_columns("certificate", [("none", "this environment has no certificate")])]
    values = [(name, known[name]) for name in ("optimal", "random", "memoryless") if known[name]]
    tables.append(two_columns(f"certificate, {known['unit']}", [(name, _value(value)) for name, value in values]))
    if known["facts"]:
        tables.append(two_columns("known facts", [(name, short(fact)) for name, fact in known["facts"].items()]))
    return tables


def learner_tables(data: Mapping[str, Any]) -> list[Table]:
    """Return the tables of a `learner`'s description."""
    accepts = data["accepts"]
    entries = [
        ("observation", accepts["observation"]),
        ("feedback", accepts["feedback"]),
        ("players", accepts["players"]),
        ("criteria", ", ".join(accepts["criteria"])),
    ]
    return [two_columns("accepts", entries), *knob_tables(data["knobs"])]


def game_tables(data: Mapping[str, Any]) -> list[Table]:
    """Return the tables of a `game`'s description: its payoffs, cell by cell, and what is known of it."""
    names = data["action_names"]
    payoffs = np.array(data["payoffs"])
    cells = [
        (", ".join(own[a] for own, a in zip(names, cell, strict=True)), ", ".join(f"{pay:g}" for pay in payoffs[:, *cell]))
        for cell in np.ndindex(payoffs.shape[1:])
    ]
    known = [
        (f"equilibrium {number}", "; ".join(" ".join(f"{p:.4g}" for p in own) for own in profile))
        for number, profile in enumerate(data["equilibria"], start=1)
    ]
    facts = [("tags", ", ".join(data["tags"])), ("max welfare", f"{data['max_welfare']:g}"), ("citation", data["citation"])]
    return [two_columns("payoffs of the players by joint action", cells), two_columns("", [*known, *facts])]


def knob_tables(knobs: Mapping[str, Any]) -> list[Table]:
    """Return the table of some knobs, none where there are none."""
    from rich.table import Table
    from rich.text import Text

    if not knobs:
        return []
    table = Table(title=Text("knobs", "bold"), box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.title_justify = "left"
    table.add_column("name", style="cyan", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("allowed", overflow="fold", max_width=26)
    table.add_column("meaning")
    for name, knob in knobs.items():
        table.add_row(*map(Text, (name, short(knob["value"], 24), knob["allowed"], knob["doc"])))
    return [table]


def short(value: Any, limit: int = 160) -> str:
    """Return a value in a few characters; numbers with up to ten significant digits."""
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list):
        text = f"[{', '.join(short(each) for each in value)}]"
    elif isinstance(value, dict):
        text = ", ".join(f"{key}: {short(each)}" for key, each in value.items())
    else:
        text = str(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _entry(row: Row) -> dict[str, Any]:
    return {"id": row.id, "family": row.family, "players": row.players, "summary": row.summary}


def _knobs(table: Mapping[str, Knob], values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {"value": values[name], "default": knob.default, "allowed": knob.allowed, "doc": knob.doc}
        for name, knob in table.items()
    }


def _certificate(built: Environment) -> Any:
    from .runs import certify

    try:
        return certify(built)
    except ValueError:
        return None


def _states(built: Environment) -> int | None:
    from ..envs.core.model import enumerate_model

    try:
        return enumerate_model(built, CHEAP_STATES).size
    except ValueError:
        return None


def _frame(built: Environment) -> str:
    from .scene import Scene

    return Scene(built, ()).picture("ansi")


def _value(value: Mapping[str, Any]) -> str:
    bracket = ""
    if value["low"] is not None and value["high"] is not None:
        bracket = f" [{value['low']:.10g}, {value['high']:.10g}]"
    return f"{value['value']:.10g}{bracket}  {value['kind']}: {value['how']}"
