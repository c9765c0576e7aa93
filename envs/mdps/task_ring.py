"""TaskRing: tasks that come one after another or at random, so that mixing time can be chosen and nothing else is hard.

Description
-----------
At any time one of ``tasks`` tasks is on. Each has one right answer, the same all along, and tells which task it is; the
answers do not change what comes. A task lasts ``duration`` steps on average. Then, by ``mode``, the next task of a ring
begins (``cycle``), or one that is drawn uniformly from all of them, the old one included (``random``). So the mixing
time grows with the square of the number of tasks in a ring, and hardly at all where tasks are drawn, though each is as
easy.

Action Space
------------
``Discrete(answers)``.

Observation Space
-----------------
``Discrete(tasks)``: the task that is on. Nothing is hidden.

Rewards
-------
1 for the right answer, which for task k is k modulo ``answers``, else 0.

Starting State
--------------
Always task 0.

Episode End
-----------
Never: there is neither termination nor a time limit.

Arguments
---------
tasks : int, default 4, at least 2. How many tasks.
duration : float, default 100, at least 1. Expected steps until a task is over.
mode : str, default "cycle". What comes next: "cycle" or "random".
answers : int, default 2, at least 1. How many answers there are.

Certificate
-----------
The right answer is known from the task, so the optimum is 1 and random play earns 1 / answers. With K tasks and
duration tau: where tasks are drawn, after t steps the law is the uniform one but for (1 - 1/tau)**t of the start, so
that the distance is (1 - 1/K) (1 - 1/tau)**t, the mixing time is the least t at which that is at most 1/4, and a given
task takes tau K steps to come (the diameter). In a ring, with c = 1/tau, the second largest modulus of an eigenvalue is
sqrt(1 - 2 c (1 - c) (1 - cos(2 pi / K))), half of the ring (K even) is left after tau K / 2 steps, and the diameter is
(K - 1) tau. Facts: ``diameter``; where tasks are drawn ``mixing_time``; in a ring ``second_eigenvalue_modulus`` and
``half_ring_residence_time``.

Version History
---------------
v0: first version.

References
----------
Riemer, Raparthy, Cases, Subbaraj, Puelma Touzel and Rish, "Continual learning in environments with polynomial mixing
times", NeurIPS 2022, arXiv:2112.07066 (what the number of tasks and their duration do to mixing).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel
from ..core.pictures import board
from .pictures import panel, ring

CYCLE, RANDOM = MODES = ("cycle", "random")


class Params(NamedTuple):
    """``over``: the probability that the task is over after a step; ``drawn``: whether the next one is drawn."""

    tasks: int
    over: float
    drawn: bool
    answers: int


class State(NamedTuple):
    """``task`` int64, one a lane."""

    task: np.ndarray


def params(tasks, duration, mode, answers):
    """Build the parameters from checked knobs."""
    return Params(tasks, 1.0 / duration, mode == RANDOM, answers)


def spec(p):
    """Declare the task: one player, an observation a task, an action an answer; continuing, judged by its gain."""
    return Spec(
        actions=(p.answers,),
        observation=Observation.integers(p.tasks),
        reward_range=(0.0, 1.0),
        criterion=Criterion("gain"),
        stages=1,
        outcomes=1 + p.tasks if p.drawn else 2,
    )


def kernels(p):
    """Choose how the next task comes."""
    return {"chance": chance_drawn, "pick": pick_drawn} if p.drawn else {}


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(np.zeros(lanes, np.int64))


@kernel
def start(p, c, stage, prob):
    """There is one start."""
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    """Begin with task 0."""
    s.task[i] = 0


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Write the probabilities that the task goes on, and that the next one of the ring begins."""
    prob[0] = 1.0 - p.over
    prob[1] = p.over
    return 2


@kernel
def pick(p, s, i, a, c, stage, u):
    """Return what ``u`` picks from the distribution of `chance`."""
    return int(u >= 1.0 - p.over)


@kernel
def chance_drawn(p, s, i, a, c, stage, prob):
    """Write the probabilities that the task goes on, and of each task that may be drawn."""
    prob[0] = 1.0 - p.over
    for k in range(p.tasks):
        prob[1 + k] = p.over / p.tasks
    return 1 + p.tasks


@kernel
def pick_drawn(p, s, i, a, c, stage, u):
    """Return what ``u`` picks from the distribution of `chance_drawn`."""
    beyond = u - (1.0 - p.over)
    return 0 if beyond < 0.0 else min(1 + int(beyond / p.over * p.tasks), p.tasks)


@kernel
def apply(p, s, i, a, c, r):
    """Pay for the right answer, then change the task."""
    task = s.task[i]
    r[i, 0] = 1.0 if a[i, 0] == task % p.answers else 0.0
    following = 0 if task == p.tasks - 1 else task + 1
    began = c[0] - 1 if p.drawn else following
    s.task[i] = task if c[0] == 0 else began
    return False


@kernel
def observe(p, s, i, o):
    """Show the task."""
    o[i, 0] = s.task[i]


def certificate(p: Params) -> Certificate:
    """Return what the module's page derives."""
    duration = 1.0 / p.over
    if p.drawn:
        mixing = 1.0
        if p.over < 1:
            needed = math.log(0.25 / (1.0 - 1.0 / p.tasks)) / math.log(1.0 - p.over)
            mixing = float(math.ceil(needed - 1e-9))
        facts = {"diameter": duration * p.tasks, "mixing_time": mixing}
    else:
        squared = 1.0 - 2.0 * p.over * (1.0 - p.over) * (1.0 - math.cos(2.0 * math.pi / p.tasks))
        facts = {"diameter": duration * (p.tasks - 1), "second_eigenvalue_modulus": math.sqrt(squared)}
        if p.tasks % 2 == 0:
            facts["half_ring_residence_time"] = duration * p.tasks / 2
    optimal = Value(1.0, "closed-form", "the task tells the answer")
    return Certificate(
        unit=Criterion("gain").unit,
        optimal=optimal,
        random=Value(1.0 / p.answers, "closed-form", "one answer of all is right"),
        memoryless=optimal,
        facts=facts,
    )


def regions(p, s):
    """Return the tasks, of at most 16, and the halves of the ring by name."""
    named = {f"task {k}": s.task == k for k in range(p.tasks)} if p.tasks <= 16 else {}
    return {**named, "first half": s.task < p.tasks // 2, "second half": s.task >= p.tasks // 2}


def places(p, s):
    """Put the tasks in a row."""
    return np.stack([np.zeros_like(s.task), np.zeros_like(s.task), s.task], axis=1)


def ansi(p, s, i, last) -> str:
    """Say which task is on, and its answer."""
    task = int(s.task[i])
    answer = "-" if last.actions is None else int(last.actions[0])
    return (
        f"task {task} of 0..{p.tasks - 1}, right answer {task % p.answers}\n"
        f"step {last.clock}  last answer {answer}  reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(p, s, i, last) -> np.ndarray:
    """Paint the tasks on a ring, in the colours of their answers."""
    task = int(s.task[i])
    frame = board("Task ring", last)
    shades = [canvas.mix(canvas.BACKGROUND, colour, 0.5) for colour in canvas.PLAYERS]
    ring(frame, p.tasks, task, lambda k: shades[k % p.answers % len(shades)])
    answer = "-" if last.actions is None else f"{int(last.actions[0])}"
    panel(frame, last, [("task", f"{task}"), ("right answer", f"{task % p.answers}"), ("last answer", answer)])
    return frame
