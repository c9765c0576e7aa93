"""Running a suite: groups of seeds in parallel processes, one result file a run, resumable at any time."""

from __future__ import annotations

import hashlib
import json
import time
import traceback
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..envs.core.certificate import Certificate
from ..envs.core.environment import Environment
from . import leaderboard, store
from .suites import Entry, Suite, Task

if TYPE_CHECKING:
    from ..baselines.llm.client import Settings

MODEL = "llm"  # the id of language models in results


class Group(NamedTuple):
    """Runs of one learner on one task that are played together: a seed is a lane."""

    suite: str
    task: Task
    entry: Entry
    seeds: tuple[int, ...]
    agent: str | None  # path/to/file.py:Class of an outside agent, which replaces the entry's learner
    model: Settings | None = None  # a language model, which replaces it too

    @property
    def learner(self) -> store.Learner:
        """The learner as results name it."""
        if self.agent:
            file, _, name = self.agent.rpartition(":")
            source = hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16]  # an edited agent is another learner
            return store.Learner(name=name, id=f"{Path(file).as_posix()}:{name}", params={"source": source})
        if self.model:
            return _model_learner(self.model)
        from ..baselines.learner import load

        knobs = load(self.entry.id, **self.entry.params).knobs
        return store.Learner(name=self.entry.title, id=self.entry.id, params={**knobs, "memory": self.entry.memory})

    def job(self, seed: int) -> store.Job:
        """Return what identifies the run of ``seed``."""
        environment = _environment(*_configuration(self.task))
        return store.Job(
            suite=self.suite,
            task=self.task.name,
            family=family(self.task.environment),
            environment=environment.id,
            knobs=dict(environment.knobs),
            learner=self.learner,
            seed=seed,
            protocol=store.Protocol(name=self.task.protocol, budget=self.task.steps, checkpoints=self.task.checkpoints),
        )


def family(environment: str) -> str:
    """Return the family of an id."""
    from ..envs.core.registry import find

    return find(environment).family


def groups(
    suite: Suite, seeds: int | None = None, agent: str | None = None, model: Settings | None = None
) -> list[Group]:
    """Return the groups of a suite; ``agent`` adds an outside agent to every task (see `regretlab.baselines.agent`),
    ``model`` a language model (see `regretlab.baselines.llm`). ValueError for a task that a model cannot be told of.
    """
    numbers = tuple(range(suite.seeds if seeds is None else seeds))
    if not numbers:
        raise ValueError(f"seeds={seeds} is not allowed: seeds must be an integer of at least 1")
    every = [Group(suite.name, task, entry, numbers, None) for task in suite.task for entry in task.learner]
    if agent is not None:
        every += [Group(suite.name, task, Entry(id="agent"), numbers, agent) for task in suite.task]
    if model is not None:
        for task in suite.task:
            reason = _untold(task)
            if reason is not None:
                raise ValueError(f"task {task.name!r}: {reason}")
        every += [Group(suite.name, task, Entry(id=MODEL), numbers, None, model) for task in suite.task]
    return every


def calls(all_groups: Sequence[Group]) -> tuple[int, int]:
    """Return how many calls the language model of ``all_groups`` needs if every answer is valid and none is in its
    cache, and roughly how many tokens their questions have, at four characters a token.
    """
    from ..baselines.llm import prompts
    from ..baselines.llm.agent import calls_a_round, prompt_characters

    needed, tokens = 0.0, 0.0
    for group in all_groups:
        if group.model is not None:
            environment, prompt = _environment(*_configuration(group.task)), prompts.load(group.model.prompt)
            ranges = environment.spec.lane_ranges
            partners = int(ranges["partner"][1]) + 1 if "partner" in ranges else 1
            of_group = len(group.seeds) * partners * group.task.steps * calls_a_round(prompt)
            needed += of_group
            tokens += of_group * prompt_characters(environment, prompt) / 4
    return round(needed), round(tokens)


def pending(all_groups: Sequence[Group], folder: Path) -> tuple[list[Group], int]:
    """Return the groups with the seeds that ``folder`` has no finished run of, and how many runs it has.

    Raises ResultsError where the folder holds runs of another experiment, with which these could not be compared.
    """
    present = {store.file_name(record): record for record in (store.load(folder)[0] if folder.is_dir() else ())}
    jobs = [{store.file_name(job): job for job in map(group.job, group.seeds)} for group in all_groups]
    planned = {name: job for each in jobs for name, job in each.items() if name not in present}
    try:
        leaderboard.check([*present.values(), *planned.values()])
    except store.ResultsError as error:
        raise store.ResultsError(f"{folder} cannot take these runs, choose another folder: {error}") from None
    left, done = [], 0
    for group, names in zip(all_groups, jobs, strict=True):
        source = _source(group.task)  # a run of another version of the environment is made again
        finished = [
            name in present and present[name].status == "finished" and present[name].source_hash == source
            for name in names
        ]
        seeds = tuple(seed for seed, over in zip(group.seeds, finished, strict=True) if not over)
        done += sum(finished)
        if seeds:
            left.append(group._replace(seeds=seeds))
    return left, done


def execute(all_groups: Sequence[Group], folder: Path, jobs: int) -> Iterator[tuple[Group, list[store.Record]]]:
    """Run groups in ``jobs`` processes, write a file a run, and yield each group with its records as it finishes.

    Certificates are made first, in this process, so that the workers find the compiled models in the cache. Whatever
    has been yielded is on the disk; an interrupt loses at most the groups under way.
    """
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    certificates = {each: _certificate(*each) for each in dict.fromkeys(_measured(group.task) for group in all_groups)}
    asked = [group for group in all_groups if group.model is not None]  # in this process, whose client counts the calls
    all_groups = [group for group in all_groups if group.model is None]
    parallel = Parallel(n_jobs=jobs, backend="loky", return_as="generator_unordered", batch_size=1)
    tasks = [(group, certificates[_measured(group.task)], str(folder)) for group in all_groups]
    finished = []
    try:
        for group, records in parallel(delayed(run_group)(*task) for task in tasks):
            finished.append(group)
            yield group, records
    except TerminatedWorkerError:  # whose fault it was shows when each that is left has a process of its own
        for task in tasks:
            if task[0] not in finished:
                yield _run_apart(*task)
    for group in asked:
        yield run_group(group, certificates[_measured(group.task)], str(folder))


def run_group(group: Group, certificate: Any, folder: str) -> tuple[Group, list[store.Record]]:
    """Play a group and write its results into ``folder``; a crash is recorded for each of its seeds.

    Raises HaltError, and records nothing, where the group cannot go on for now.
    """
    from ..baselines.agent import HaltError

    began = time.perf_counter()
    try:
        if isinstance(certificate, str):
            raise RuntimeError(f"the task has no certificate:\n{certificate}")
        outcomes = play(group, certificate)
        share = (time.perf_counter() - began) / len(group.seeds)
        records = [
            _record(group, seed, certificate, share, status="finished", **outcome._asdict())
            for seed, outcome in zip(group.seeds, outcomes, strict=True)
        ]
    except HaltError:
        raise
    except (Exception, SystemExit):
        return group, _crash(group, certificate, folder, traceback.format_exc(), time.perf_counter() - began)
    for record in records:
        store.write(folder, record)
    return group, records


def _run_apart(group: Group, certificate: Any, folder: str) -> tuple[Group, list[store.Record]]:
    """Run a group in a process of its own, and record it as crashed when that process dies."""
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    began = time.perf_counter()
    try:
        return Parallel(n_jobs=2, backend="loky")([delayed(run_group)(group, certificate, folder)])[0]
    except TerminatedWorkerError as error:
        return group, _crash(group, certificate, folder, f"the process died: {error}", time.perf_counter() - began)


def _crash(group: Group, certificate: Any, folder: str, text: str, seconds: float) -> list[store.Record]:
    share = seconds / len(group.seeds)
    crash = {"status": "crashed", "traceback": text}
    records = [_record(group, seed, certificate, share, **crash) for seed in group.seeds]
    for record in records:
        store.write(folder, record)
    return records


def play(group: Group, certificate: Certificate) -> list[Any]:
    """Play the seeds of a group and return an `Outcome` for each; consecutive seeds are lanes of one batch."""
    from ..baselines.agent import load_agent
    from ..baselines.learner import load
    from ..envs.core.remember import remember, supervised
    from . import protocols

    environment, entry = _environment(*_configuration(group.task)), group.entry
    player: Any = None
    if group.agent:
        player = load_agent(group.agent)
    elif group.model is None:
        player = load(entry.id, **entry.params)
    played, managed = remember(environment, entry.memory), supervised(environment, entry.memory)
    if group.model is not None:
        from ..baselines.llm.agent import agent_class

        player = agent_class(played, group.model)
    outcomes = []
    for first, count in _spans(group.seeds):
        length = group.task.steps, group.task.checkpoints
        meeting = protocols.Meeting(played, certificate, player, first, count, *length, managed)
        outcomes += protocols.run(group.task.protocol, meeting)
    return outcomes


def group_of(record: store.Record, agent: str | None = None) -> Group:
    """Return the group of one seed that makes ``record`` again, with the shipped learner or the outside ``agent``.

    The file of an outside agent is the caller's to name: that in the record is not looked at.
    """
    learner = record.learner
    params = {key: value for key, value in learner.params.items() if key != "memory"}
    entry = Entry(
        id="agent" if agent else learner.id,
        name="" if agent else learner.name,
        params={} if agent else params,
        memory=learner.params.get("memory", "none"),
    )
    task = Task.model_validate(
        {
            "name": record.task,
            "environment": record.environment,
            "knobs": record.knobs,
            "protocol": record.protocol.name,
            "steps": record.protocol.budget,
            "checkpoints": record.protocol.checkpoints,
            "learner": [entry],
        }
    )
    return Group(record.suite, task, entry, (record.seed,), agent)


def _model_learner(model: Settings) -> store.Learner:
    """Return a language model as results name it: everything that its answers depend on, and no address."""
    from ..baselines.llm import prompts

    prompt = prompts.load(model.prompt)
    params: dict[str, Any] = {"model": model.model, "prompt": prompt.name, "prompt_sha256": prompt.sha256[:16]}
    params |= {"temperature": model.temperature, "max_tokens": model.max_tokens, "invalid": "uniform"}
    return store.Learner(name=f"{model.model}, {prompt.name}", id=MODEL, params=params)


def _untold(task: Task) -> str | None:
    from ..baselines.llm.agent import unsuited

    return unsuited(_environment(*_configuration(task)))


def _record(group: Group, seed: int, certificate: Any, seconds: float, **result: Any) -> store.Record:
    return store.Record(
        **dict(group.job(seed)),
        **result,
        certificate=None if isinstance(certificate, str) else certificate,
        source_hash=_source(group.task),
        versions=store.versions(),
        wall_time_seconds=seconds,
    )


def _source(task: Task) -> str:
    from ..envs.core.fusing import source_hash

    return source_hash(_environment(*_configuration(task)).kernels)


def _configuration(task: Task) -> tuple[str, str]:
    return task.environment, json.dumps(task.knobs, sort_keys=True)


@lru_cache(maxsize=32)
def _environment(id: str, knobs: str) -> Environment:
    from ..envs.core.registry import build

    return build(id, **json.loads(knobs))


def _measured(task: Task) -> tuple[str, str, str]:
    return task.protocol, *_configuration(task)


def _certificate(protocol: str, id: str, knobs: str) -> Certificate | str:
    """Return the certificate of a configuration, or the traceback of the attempt."""
    from . import protocols

    try:
        return protocols.certify(protocol, _environment(id, knobs))
    except Exception:
        return traceback.format_exc()


def _spans(seeds: Sequence[int]) -> list[tuple[int, int]]:
    """Split increasing seeds into runs of consecutive ones, as (first, how many)."""
    spans: list[tuple[int, int]] = []
    for seed in seeds:
        if spans and seed == sum(spans[-1]):
            spans[-1] = (spans[-1][0], spans[-1][1] + 1)
        else:
            spans.append((seed, 1))
    return spans
