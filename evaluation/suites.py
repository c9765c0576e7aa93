"""Suites: what is run against what, read from a TOML file and checked before anything starts."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..envs.core.hints import did_you_mean
from ..envs.core.registry import build, find

PROTOCOLS = ("online", "train-test", "self-play", "partner", "flight")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(_Table):
    """A learner of a task: its ``id`` (a shipped learner), parameters, the name that tables show, and the ``memory``
    through which it sees the task (see `regretlab.envs.core.remember.remember`).
    """

    id: str
    name: str = ""
    params: dict[str, Any] = {}
    memory: str = "none"

    @property
    def title(self) -> str:
        """The name in tables, made from id and parameters where none is given."""
        given = [f"{key} {value}" for key, value in self.params.items()]
        memory = [self.memory] if self.memory != "none" else []
        return self.name or ", ".join([self.id.replace("_", " "), *memory, *given])


class Task(_Table):
    """One environment with its knobs, the protocol and budget in steps, and the learners that play it."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    environment: str
    knobs: dict[str, Any] = {}
    protocol: Literal["online", "train-test", "self-play", "partner", "flight"]
    steps: int = Field(ge=1)
    checkpoints: int = Field(default=50, ge=1)
    learner: list[Entry] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> Task:
        names = [entry.title for entry in self.learner]
        repeated = {name for name in names if names.count(name) > 1}
        if repeated:
            raise ValueError(f"two learners of task {self.name!r} are called {', '.join(sorted(repeated))}: give names")
        return self


class Suite(_Table):
    """A named list of tasks, each run with ``seeds`` seeds (0, 1, ...).

    A task may name lists of ``learners`` beside those that it lists itself, and a learner may name one of the
    ``settings`` as its ``params``.
    """

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    seeds: int = Field(ge=1)
    settings: dict[str, dict[str, Any]] = {}
    learners: dict[str, list[Entry]] = {}
    task: list[Task] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _look_up(cls, data: dict[str, Any]) -> dict[str, Any]:
        settings, lists, tasks = data.get("settings", {}), data.get("learners", {}), data.get("task")
        if not (isinstance(settings, dict) and isinstance(lists, dict) and isinstance(tasks, list)):
            return data
        lists = {name: _with_settings(entries, settings) for name, entries in lists.items()}
        return {**data, "learners": lists, "task": [_with_learners(task, lists, settings) for task in tasks]}


def names() -> list[str]:
    """Return the names of the suites that come with RegretLab."""
    return sorted(path.name[:-5] for path in files("regretlab.assets.suites").iterdir() if path.name.endswith(".toml"))


def load(name: str) -> Suite:
    """Return the suite called ``name``, or the one in the file of that path (which ends in ``.toml``).

    Raises
    ------
    ValueError
        as `read`, or for a task or learner that could not run: an unknown environment, knob or learner.
    """
    suite = read(name)
    check(suite)
    return suite


def read(name: str) -> Suite:
    """Return the suite of ``name`` as `load` does, but without building its environments to see whether it could run.

    Raises
    ------
    ValueError
        for an unknown suite (with the nearest one), or a file that is no suite (naming the key).
    """
    if name.endswith(".toml"):
        path: Any = Path(name)
        if not path.is_file():
            raise ValueError(f"there is no suite file {name!r}")
    elif name in names():
        path = files("regretlab.assets.suites") / f"{name}.toml"
    else:
        known = names()
        hint = did_you_mean(name, known)
        raise ValueError(f"unknown suite {name!r}{hint} There are: {', '.join(known)}, or the path of a .toml file")
    try:
        return Suite.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"suite {name!r} is not TOML: {error}") from None
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'suite'}: {each['msg']}" for each in error.errors()[:5]
        )
        raise ValueError(f"suite {name!r}: {problems}") from None


def only(suite: Suite, tasks: Sequence[str]) -> Suite:
    """Return ``suite`` with the named ``tasks`` alone, all of them where none is named.

    Raises ValueError for a task that it does not have, with the nearest one.
    """
    known = [task.name for task in suite.task]
    for name in tasks:
        if name not in known:
            hint = did_you_mean(name, known)
            raise ValueError(f"suite {suite.name!r} has no task {name!r}{hint} There are: {', '.join(known)}")
    return suite.model_copy(update={"task": [task for task in suite.task if not tasks or task.name in tasks]})


def check(suite: Suite) -> None:
    """Raise ValueError, naming task and argument (for a senseless pair also the learner), for what could not run."""
    from ..baselines import learner as learners
    from ..envs.core.remember import remember
    from . import protocols

    for task in suite.task:
        place = f"suite {suite.name!r}, task {task.name!r}"
        try:
            environment = build(find(task.environment).id, **task.knobs)
            _refuse(protocols.unsuited(task.protocol, environment))
            for entry in task.learner:
                place = f"suite {suite.name!r}, task {task.name!r}, learner {entry.title!r}"
                learner = learners.load(entry.id, **entry.params)
                played = remember(environment, entry.memory)
                _refuse(protocols.unsuited(task.protocol, played) or learners.accepts(learner, played))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{place}: {error}") from None


def _with_learners(task: Any, lists: dict[str, Any], settings: dict[str, Any]) -> Any:
    """Return the ``task`` of a file with the lists of learners that it names, or as it is."""
    chosen = task.get("learner") if isinstance(task, dict) else None
    if not isinstance(chosen, str | list):
        return task
    entries: list[Any] = []
    for each in [chosen] if isinstance(chosen, str) else chosen:
        named = isinstance(each, str)
        entries += _named(f"task {task.get('name')!r} has unknown learners", each, lists) if named else [each]
    return {**task, "learner": _with_settings(entries, settings)}


def _with_settings(entries: Any, settings: dict[str, Any]) -> Any:
    """Return the ``entries`` of a file with the settings that they name, or as they are."""
    if not isinstance(entries, list):
        return entries
    return [
        {**entry, "params": _named(f"learner {entry.get('id')!r} has unknown params", entry["params"], settings)}
        if isinstance(entry, dict) and isinstance(entry.get("params"), str)
        else entry
        for entry in entries
    ]


def _named(problem: str, name: str, table: dict[str, Any]) -> Any:
    """Return the entry ``name`` of ``table``; ValueError, telling the ``problem``, where there is none."""
    if name not in table:
        raise ValueError(f"{problem} {name!r}{did_you_mean(name, table)} There are: {', '.join(table) or 'none'}")
    return table[name]


def _refuse(reason: str | None) -> None:
    if reason is not None:
        raise ValueError(reason)
