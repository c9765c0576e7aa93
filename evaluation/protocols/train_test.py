"""One player learns, then plays without learning and exploring: what counts is what it has learned."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from ...baselines.learner import Learner
from ...baselines.lockstep import Lockstep
from ...envs.core.certificate import Certificate
from ...envs.core.environment import Environment
from ...envs.core.stacks import stack_size
from .. import traces
from ..metrics.memory import memory_advantage, rewards_memory, success_rate
from ..metrics.retention import MOST_OBSERVATIONS, correlation_horizon, memory_regret, retention
from ..traces import Trace
from . import Meeting, Outcome, online

EPISODES = 100
MOST_STEPS = 200_000  # of a test
BLOCK = 1_000  # steps between two looks at how many episodes have ended
APART = 2**32  # added to the seeds, so that the test's episodes are none of the training's


class Trial(NamedTuple):
    """The test of one seed: the return of each episode (or the reward of each step), and a trace of what stood in its
    memory, with one lane (None where that is not measured).
    """

    earned: np.ndarray
    trace: Trace | None


def unsuited(environment: Environment) -> str | None:
    """Say so where several players play."""
    reason = online.unsuited(environment)
    return None if reason is None else reason.replace("protocol online", "protocol train-test")


def run(meeting: Meeting) -> list[Outcome]:
    """Let the player of ``meeting`` learn for its steps with each of its seeds, then test it.

    In the test a learner plays in its greedy form (`regretlab.baselines.learner.Learner.greedy`), an outside agent as
    it is, and neither is told what comes of it. The test is the first 100 episodes, drawn apart from those of the
    training, that end within 200,000 steps; under the criterion gain it has a tenth of the training's steps, at most
    200,000.

    What is achieved is the mean return of the test's episodes, or the mean reward of its steps. The curve is the
    cumulative regret of the *training*. Metrics:

    ``training_regret``
        the end of that curve.
    ``normalised_score``, ``memory_advantage``
        of what was achieved: 0 is uniform random play, or the best policy without memory, and 1 the optimum. Left out
        where the certificate has no such value, or it is the optimum.
    ``success_rate``, ``episodes``
        the share of the test's episodes whose return is at least halfway from what uniform random play expects to the
        optimum, and how many there were.
    ``memory_regret``, ``forget``, ``miss``, ``memory_regret_eligible``
        where the environment shows a stack and tells what is needed: per 100 steps of the test, and the share of those
        steps with something to keep after which it was lacking (see `regretlab.evaluation.metrics.retention`; left out
        where no step had).
    ``correlation_horizon``
        xi of that play: the most observations from the one to be remembered to the last that needed it, so that with a
        window of fewer long-term memory is tested; left out where nothing had to be remembered.
    ``management_regret``
        of an adaptive stack: what the same play achieves with the oracle's memory actions, minus what was achieved.

    Raises ValueError when no episode of some seed ends in the training or in the test.
    """
    training = online.learn(meeting)
    states = training.play.states
    managed = None if meeting.managed is None else _test(meeting, meeting.managed, copy.deepcopy(states))
    outcomes = []
    for lane, trial in enumerate(_test(meeting, meeting.environment, states)):
        achieved = float(trial.earned.mean())
        metrics = {"training_regret": float(training.regret[-1, lane])}
        metrics |= _scores(meeting.certificate, trial.earned, online.continuing(meeting.environment))
        metrics |= {} if trial.trace is None else _memory(trial.trace)
        if managed is not None:
            metrics["management_regret"] = float(managed[lane].earned.mean()) - achieved
        outcomes.append(Outcome(achieved, training.curve(lane), metrics))
    return outcomes


def _test(meeting: Meeting, environment: Environment, states: Any) -> list[Trial]:
    """Play the test of every seed in ``environment``, with what the ``states`` have learned."""
    player = meeting.player.greedy() if isinstance(meeting.player, Learner) else meeting.player
    seed, lanes = meeting.seed + APART, meeting.seeds
    play = Lockstep(environment, player, seed=seed, lanes=lanes, states=states, learning=False)
    continuing, traced = online.continuing(environment), _shows_memory(environment)
    most = min(MOST_STEPS, max(1, meeting.steps // 10)) if continuing else MOST_STEPS
    earned: list[np.ndarray] = []
    ended: list[np.ndarray] = []
    recorded: list[Trace] = []
    episodes = np.zeros(lanes, np.int64)

    def step() -> None:
        totals = play.advance(1)
        earned.append((totals.rewards if continuing else totals.returns)[:, 0])
        ended.append(totals.episodes > 0)
        episodes[:] += totals.episodes

    while len(earned) < most and (continuing or episodes.min() < EPISODES):
        block = min(BLOCK, most - len(earned))
        if traced:
            recorded.append(traces.record(play.batch, step, block))
        else:
            for _ in range(block):
                step()
    if not continuing and episodes.min() == 0:
        raise ValueError(f"no episode of {environment.id} ended within the {MOST_STEPS:,} steps of the test")
    amounts, ends = np.array(earned), np.array(ended)
    trials = []
    for lane in range(lanes):  # over with the last episode that counts, or the last step
        counted = np.arange(len(amounts)) if continuing else np.flatnonzero(ends[:, lane])[:EPISODES]
        trace = _cut(recorded, ends, lane, counted[-1] + 1) if traced else None
        trials.append(Trial(amounts[counted, lane], trace))
    return trials


def _cut(recorded: list[Trace], ended: np.ndarray, lane: int, steps: int) -> Trace:
    """Return the first ``steps`` of one lane, of traces of consecutive blocks that share an entry each."""
    own = slice(lane, lane + 1)
    stacks, needed = (
        np.concatenate([*(part[:-1, own] for part in parts[:-1]), parts[-1][:, own]])[: steps + 1]
        for parts in ([each.stacks for each in recorded], [each.needed for each in recorded])
    )
    return Trace(stacks, needed, ended[:steps, own])


def _shows_memory(environment: Environment) -> bool:
    """Return whether the environment shows a stack, and tells which of the observations in it are needed."""
    stacked = stack_size(environment) is not None
    return stacked and traces.unsuited(environment) is None and environment.params.base - 1 <= MOST_OBSERVATIONS


def _scores(certificate: Certificate, earned: np.ndarray, continuing: bool) -> dict[str, float]:
    """Return what the returns (or rewards) of the test amount to."""
    achieved = float(earned.mean())
    scores = {} if continuing else {"episodes": float(len(earned))}
    optimal, random = certificate.optimal.value, certificate.random.value
    if certificate.apart:
        scores["normalised_score"] = certificate.normalised(achieved)
    if optimal != random and not continuing:
        scores["success_rate"] = success_rate(earned, (optimal + random) / 2)
    if rewards_memory(certificate):
        scores["memory_advantage"] = float(memory_advantage(certificate, achieved))
    return scores


def _memory(trace: Trace) -> dict[str, float]:
    """Return how much was lost of what had to be remembered."""
    found = memory_regret(*trace)
    share = 100 / found.steps
    counts = {"memory_regret": found.per_100_steps, "forget": share * found.forget, "miss": share * found.miss}
    counts |= {"memory_regret_eligible": found.per_eligible_step} if found.eligible else {}
    with suppress(ValueError):  # nothing had to be remembered
        counts["correlation_horizon"] = float(correlation_horizon(retention(*trace)))
    return counts
