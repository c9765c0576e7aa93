"""What `regretlab list` and `regretlab info` say: plain data, and the tables that show it in a terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..envs.core.knobs import Knob, check_knobs
from ..envs.core.registry import Row, UnknownEnvironment, build, find, rows
from .store import plain

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..envs.core.certificate import Certificate
    from ..envs.core.environment import Environment

CHEAP_STATES = 20_000  # up to this size the exact model is listed for a description
UNCHECKED = Knob(None, "").allowed  # of a knob that the environment checks
VALUES = ("optimal", "random", "memoryless")
WIDTH, MOST_LISTED, MOST_EQUILIBRIA = 80, 64, 12  # of a game: characters a line, joint actions and equilibria shown
LISTED = {
    "all": "all equilibria: each player's probabilities, and payoffs",
    "extreme": "extreme equilibria, of infinitely many: each player's probabilities, and payoffs",
    "some": "some of the equilibria: each player's probabilities, and payoffs",
}
KNOWN = {
    "value": "value to player 0",
    "ce_welfare": "welfare, correlated equilibria",
    "cce_welfare": "welfare, coarse correlated",
    "uniform_nash_conv": "NashConv of uniform play",
    "ce_dimension": "dimension, correlated equilibria",
    "ce_vertices": "vertices, correlated equilibria",
}


def catalogue(family: str | None = None) -> dict[str, Any]:
    """Return all environments, learners, suites, games and families of games as plain data.

    ``family`` selects its environments alone.

    Raises ValueError for a family that no environment has.
    """
    families = list(dict.fromkeys(row.family for row in rows()))
    if family is not None and family not in families:
        raise ValueError(f"family={family!r} is not allowed: family must be one of {', '.join(families)}")
    environments = [_entry(row) for row in rows() if family in (None, row.family)]
    if family is not None:
        return {"environments": environments}
    from ..baselines import learner as learners
    from ..envs.games import library
    from . import suites

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
            for suite in map(suites.read, suites.names())
        ],
        "games": library.names(),
        "game_families": library.family_names(),
    }


def describe(id: str, knobs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of an environment, a learner or a game as plain data; ``kind`` says which it is.

    An environment has its declaration, its ``knobs`` with their present values, its certificate, the number of
    ``states`` of its exact model (None: none, or more than 20,000) and its first state as text (``frame``). A game is
    one of the library, a 2x2 game or the one that a family builds from its ``knobs``; it has all fields of a
    `NormalFormGame`.

    Raises
    ------
    KeyError
        for an id that is none of them; the message names the nearest environment.
    TypeError, ValueError
        for an unknown knob, or a value that is not allowed.
    """
    from ..baselines import learner as learners
    from ..envs.games import library

    try:
        row = find(id)
    except UnknownEnvironment:
        if id in learners.names():
            return _learner(id, knobs)
        if id in library.names() or id in library.family_names() or id.startswith("2x2-"):
            return _game(id, knobs)
        raise
    return _environment(row, build(row.id, **knobs))


def catalogue_tables(data: Mapping[str, Any]) -> list[RenderableType]:
    """Return the tables of a `catalogue`: the environments by family, then learners, suites and games."""
    families = dict.fromkeys(entry["family"] for entry in data["environments"])
    sections = {
        f"environments: {family}": [
            (entry["id"], entry["summary"]) for entry in data["environments"] if entry["family"] == family
        ]
        for family in families
    }
    sections["learners"] = [(each["id"], each["summary"]) for each in data.get("learners", ())]
    sections["suites"] = [
        (each["id"], f"{each['title']} ({each['tasks']} tasks, {each['runs']} runs)") for each in data.get("suites", ())
    ]
    if "games" in data:
        sections["games"] = [
            ("by name", ", ".join(data["games"])),
            ("families", ", ".join(data["game_families"])),
            ("ranks", "2x2-3142-3412 and so on: a strict 2x2 game by player 0's ranks, row after row, and player 1's"),
        ]
    return [pairs(title, entries) for title, entries in sections.items() if entries]


def tables(data: Mapping[str, Any]) -> list[RenderableType]:
    """Return the tables of what `describe` returned."""
    of_kind = {"environment": _environment_pairs, "learner": _learner_pairs, "game": _game_pairs}
    result = []
    for title, entries in of_kind[data["kind"]](data).items():
        result.append(_knob_table(data["knobs"]) if title == "knobs" else pairs(title, entries))
    return result


def certified(environment: Environment, certificate: Certificate) -> dict[str, Any]:
    """Return a certificate of ``environment`` as plain data: id, knobs, ``certificate`` and ``needs_memory``."""
    return plain(
        {
            "id": environment.id,
            "knobs": environment.knobs,
            "certificate": certificate,
            "needs_memory": certificate.needs_memory,
        }
    )


def certificate_tables(data: Mapping[str, Any]) -> list[RenderableType]:
    """Return the tables of what `certified` returned."""
    sections = _certificate_pairs(data["certificate"], data["needs_memory"])
    return [pairs(title, entries) for title, entries in sections.items()]


def short(value: Any, limit: int = 160) -> str:
    """Return a value in a few characters, numbers with up to ten significant digits."""
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list):
        text = f"[{', '.join(map(short, value))}]"
    elif isinstance(value, dict):
        text = ", ".join(f"{key}: {short(each)}" for key, each in value.items())
    else:
        text = str(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _entry(row: Row) -> dict[str, Any]:
    return {"id": row.id, "family": row.family, "players": row.players, "summary": row.summary}


def _environment(row: Row, built: Environment) -> dict[str, Any]:
    from ..envs.core.model import enumerate_model
    from ..solvers.certify import certify_environment
    from .scene import Scene

    spec = built.spec
    known = _unless_undefined(lambda: certify_environment(built))
    return plain(
        {
            "kind": "environment",
            **_entry(row),
            "tags": row.tags,
            "citation": row.citation,
            "actions": spec.actions,
            "action_names": spec.action_names,
            "observation": {**dataclasses.asdict(spec.observation), "dtype": np.dtype(spec.observation.dtype).name},
            "reward_range": spec.reward_range,
            "criterion": {**dataclasses.asdict(spec.criterion), "unit": spec.criterion.unit},
            "horizon": spec.horizon,
            "knobs": _knobs(row.knobs, built.knobs),
            "certificate": known,
            "needs_memory": None if known is None else known.needs_memory,
            "exact_model": built.has_model,
            "states": _unless_undefined(lambda: enumerate_model(built, CHEAP_STATES).size),
            "frame": Scene(built, ()).picture("ansi"),
        }
    )


def _learner(name: str, knobs: Mapping[str, Any]) -> dict[str, Any]:
    from ..baselines import learner as learners

    loaded = learners.load(name, **knobs)
    return plain(
        {
            "kind": "learner",
            "id": name,
            "summary": loaded.summary,
            "accepts": dataclasses.asdict(loaded.accepts),
            "knobs": _knobs(learners.knobs_of(name), loaded.knobs),
        }
    )


def _game(name: str, knobs: Mapping[str, Any]) -> dict[str, Any]:
    from ..envs.games import families, library

    game = library.load(name, **knobs)
    fields = {field.name: getattr(game, field.name) for field in dataclasses.fields(game) if field.name != "name"}
    data = {"kind": "game", "id": name, "summary": game.title, "players": game.players, **fields}
    if name in families.FAMILIES:
        family = families.FAMILIES[name]
        data["summary"] = family.summary
        data["knobs"] = _knobs(family.knobs, check_knobs(name, family.knobs, knobs))
    return plain(data)


def _knobs(table: Mapping[str, Knob], values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {"value": values[name], "default": knob.default, "allowed": knob.allowed, "doc": knob.doc}
        for name, knob in table.items()
    }


def _unless_undefined(compute: Any) -> Any:
    try:
        return compute()
    except ValueError:
        return None


def _environment_pairs(data: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    (low, high), certificate = data["reward_range"], data["certificate"]
    size = f"more than {CHEAP_STATES:,} states" if data["states"] is None else f"{data['states']:,} states"
    names = data["action_names"] or [[]] * len(data["actions"])
    own = [f"{count}: {', '.join(of)}" if of else str(count) for count, of in zip(data["actions"], names, strict=True)]
    sections = {
        "": [
            ("family", f"{data['family']} ({', '.join(data['tags'])})"),
            ("players", str(len(own))),
            *([("actions", own[0])] if len(set(own)) == 1 else [(f"player {k}", each) for k, each in enumerate(own)]),
            ("observation", _seen(data["observation"])),
            ("reward", f"{low:g} to {high:g}"),
            ("criterion", data["criterion"]["unit"]),
            ("horizon", f"{data['horizon']:,} steps" if data["horizon"] else "none"),
            ("exact model", size if data["exact_model"] else "none"),
            ("citation", data["citation"] or "none"),
        ],
        **({"knobs": []} if data["knobs"] else {}),
    }
    if certificate is None:
        return {**sections, "certificate": [("none", "it is unknown what the best agent could reach")]}
    return {**sections, **_certificate_pairs(certificate, data["needs_memory"])}


def _certificate_pairs(certificate: Mapping[str, Any], needs_memory: bool | None) -> dict[str, list[tuple[str, str]]]:
    values = [(name, _value(certificate[name])) for name in VALUES if certificate[name]]
    if certificate["memoryless"]:
        values.append(("needs memory", _need(needs_memory, certificate["facts"])))
    facts = [(name, short(fact, 100)) for name, fact in certificate["facts"].items()]
    return {f"certificate, in {certificate['unit']}": values, **({"known facts": facts} if facts else {})}


def _need(needs_memory: bool | None, facts: Mapping[str, Any]) -> str:
    """Return whether memory is needed and how much of it is enough, as far as that is known."""
    if not needs_memory:
        return "not known" if needs_memory is None else "no"
    sizes = (("k_star", "a window of {} observations"), ("kappa", "{} chosen ones"))
    enough = [
        f"{text.format(f'{few}{facts[name + suffix]}')} ({name})"
        for name, text in sizes
        for suffix, few in (("", ""), ("_at_most", "at most "))
        if name + suffix in facts
    ]
    return f"yes; enough: {' or '.join(enough)}" if enough else "yes"


def _learner_pairs(data: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    accepts = [(name, value if isinstance(value, str) else ", ".join(value)) for name, value in data["accepts"].items()]
    return {"accepts": accepts, **({"knobs": []} if data["knobs"] else {})}


def _game_pairs(data: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    equilibria = [
        (f"{number}", f"{'; '.join(' '.join(f'{p:.4g}' for p in own) for own in profile)}  pays {commas(paid)}")
        for number, (profile, paid) in enumerate(
            zip(data["equilibria"], data["equilibrium_payoffs"], strict=True), start=1
        )
    ]
    if len(equilibria) > MOST_EQUILIBRIA:
        more = len(equilibria) - MOST_EQUILIBRIA
        equilibria = [*equilibria[:MOST_EQUILIBRIA], ("...", f"and {more} more (--json lists them)")]
    facts = [
        ("tags", ", ".join(data["tags"]) or "none"),
        ("max welfare", short(data["max_welfare"])),
        *((KNOWN[key], _range(value)) for key, value in data["known"].items()),
        ("citation", data["citation"] or "none"),
    ]
    return {
        **({"knobs": []} if "knobs" in data else {}),
        **payoff_pairs(np.array(data["payoffs"]), data["action_names"]),
        **({LISTED[data["completeness"]]: equilibria} if equilibria else {}),
        "": facts,
    }


def payoff_pairs(payoffs: np.ndarray, names: list[list[str]]) -> dict[str, list[tuple[str, str]]]:
    """Return a table for two players if its lines are short enough, else a line a joint action if they are few."""
    if len(payoffs) == 2:
        rows = [[commas(payoffs[:, r, c]) for c in range(len(names[1]))] for r in range(len(names[0]))]
        widths = [max(map(len, column)) for column in zip(names[1], *rows, strict=True)]
        lines = ["  ".join(map(str.center, row, widths)).rstrip() for row in [names[1], *rows]]
        if max(map(len, names[0])) + 2 + max(map(len, lines)) <= WIDTH:
            title = "payoffs, player 0 in the rows and player 1 in the columns"
            return {title: list(zip(["", *names[0]], lines, strict=True))}
    if payoffs[0].size > MOST_LISTED:
        return {"payoffs": [(f"{payoffs[0].size:,} joint actions", "(--json lists them)")]}
    cells = [
        (", ".join(own[a] for own, a in zip(names, cell, strict=True)), commas(payoffs[:, *cell]))
        for cell in np.ndindex(payoffs.shape[1:])
    ]
    return {"payoffs of the players by joint action": cells}


def commas(values: Iterable[Any]) -> str:
    """Return numbers with commas between them."""
    return ", ".join(f"{value:.6g}" for value in values)


def _range(value: Any) -> str:
    return " to ".join(map(short, value)) if isinstance(value, list) else short(value)


def _seen(observation: Mapping[str, Any]) -> str:
    if observation["kind"] == "integer":
        return "an integer below " + ", ".join(map(str, dict.fromkeys(observation["sizes"])))
    return f"{observation['kind']} of shape {tuple(observation['shape'])}, {observation['dtype']}"


def _value(value: Mapping[str, Any]) -> str:
    bracket = ""
    if value["low"] is not None and value["high"] is not None:
        bracket = f" [{value['low']:.10g}, {value['high']:.10g}]"
    return f"{value['value']:.10g}{bracket}  {value['kind']}: {value['how']}"


def pairs(title: str, entries: Iterable[tuple[str, str]]) -> RenderableType:
    """Return labels and their texts as a table under a title."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in entries:
        table.add_row(Text(label), Text(value))
    return Group(Text(title, "bold"), table) if title else table


def _knob_table(knobs: Mapping[str, Any]) -> RenderableType:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold", max_width=24)
    table.add_column()
    for name, knob in knobs.items():
        meaning = knob["doc"] + ("" if knob["allowed"] == UNCHECKED else f" ({knob['allowed']})")
        table.add_row(Text(name), Text(short(knob["value"], 48)), Text(meaning))
    return Group(Text("knobs", "bold"), table)
