"""The memory chain: some bits are shown at the start, and one of them is asked for at the end.

Description
-----------
The first observation shows the context, ``bits`` signs of which each is + or -. Then nothing happens for a while. In
the end an observation asks for one of the bits (a query that nobody could foresee), and the agent answers with a sign.
All actions before that have no effect. The task turns the time over which to remember and how much is to be remembered.

With ``bsuite_compat=False`` the context is shown once, at t = 0, and the query comes ``memory_length`` steps later, at
t = ``memory_length``. With ``bsuite_compat=True`` everything is as in bsuite's memory_len and memory_size experiments,
whose first step shows the first observation again: the context stands at t = 0 and t = 1, and still the query at t =
``memory_length``, so that the context has to be remembered for one step less than the name says. For ``memory_length``
1 the context and the query are then shown together, and no memory is needed.

Action Space
------------
``Discrete(2)``: 0 minus, 1 plus.

Observation Space
-----------------
With b = ``bits``. ``observation="integer"``: ``Discrete(1 + b + 2**b)``: 0 nothing, 1 + k the query for bit k, 1 + b +
context the context, bit k of the number being 1 for a plus. Where context and query are shown together:
``Discrete(1 + b + b * 2**b)``, 1 + b + context + 2**b k. The time is not shown.

``observation="vector"``: ``Box`` of b + 2 float32, exactly bsuite's: 1 - t / ``memory_length`` (with ``bsuite_compat``
of the step before), the number of the bit asked for (0 before), and the context as -1 or +1 (0 later). bsuite's shape
is (1, b + 2).

The last observation of an episode is 0, or a vector of zeros.

Rewards
-------
+1 for the sign of the bit asked for, -1 for the other one; 0 in all steps before.

Starting State
--------------
Each bit of the context is + or - with probability 1/2 and the query one of the bits with equal probability, all
independent.

Episode End
-----------
Terminated by the answer, after ``memory_length`` + 1 steps. There is no time limit.

Arguments
---------
memory_length : int, default 10, at least 1. The step at which the query is shown.
bits : int, default 1, from 1 to 40. How many bits the context has.
bsuite_compat : bool, default False. Show the context twice, as bsuite does.
observation : "integer" or "vector", default "integer".

``info["needed"]``, from the last time the context is shown to the query, is the context as a set of observations,
2**(1 + b + context); with vectors, or with more than 5 bits, 1. It is 0 before and after, and always where no memory is
needed.

Certificate
-----------
All values are exact. The steps do not depend on the actions. An agent that remembers the context answers right: return
1. The query is independent of the context, so that uniform play and every policy without memory are right with
probability 1/2: return 0. Facts: ``k_star``, the observations from the query back to the (last) one that shows the
context, is ``memory_length`` + 1, in compat mode ``memory_length``; ``kappa`` = 2, the context and the query;
``optimal_steps``. In compat mode with ``memory_length`` 1 the optimum needs no memory: then the memoryless return is 1
and k_star = kappa = 1.

Version History
---------------
v0: first version.

References
----------
Osband et al., "Behaviour suite for reinforcement learning", ICLR 2020, arXiv:1908.03568
(https://github.com/google-deepmind/bsuite, memory_chain, release 0.3.6; gymnax has the same as MemoryChain-bsuite).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel
from ..core.fusing import specialise
from ..core.pictures import board, name_of, number_seen, panels, track

MINUS, PLUS = range(2)
ACTIONS = ("minus", "plus")
BITS = 1  # stands for the number of bits in `observe_vector`
#: Contexts of at most so many bits have names, and bits in the set of what is needed.
MOST_NAMED = 5
NOTHING, QUERY = canvas.FAINT, canvas.mix(canvas.MUTED, canvas.FAINT, 0.4)
SIGNS = (canvas.BAD, canvas.GOOD)


class Params(NamedTuple):
    """What the kernels read. ``late`` is the last time at which the context is shown: 0, or 1 in compat mode. With
    ``together`` the context and the query are shown at once.
    """

    memory_length: int
    bits: int
    late: int
    together: bool
    vector: bool


class State(NamedTuple):
    """One entry a lane: the ``clock`` (int32), the number of the bit asked for (``query``, int8) and the bits of the
    ``context`` (int64).
    """

    clock: np.ndarray
    query: np.ndarray
    context: np.ndarray


def params(memory_length, bits, bsuite_compat, observation):
    """Build the parameters from checked knobs."""
    return Params(
        memory_length, bits, int(bsuite_compat), bsuite_compat and memory_length == 1, observation == "vector"
    )


def spec(p):
    """Declare the task: one player, an integer or bsuite's vector, two actions; reward +1, -1 or 0."""
    if p.vector:
        signs = [1.0] * p.bits
        observation = Observation.vector(
            [0.0, 0.0, *(-1.0 for _ in signs)], [1.0, max(1.0, p.bits - 1.0), *signs], dtype=np.float32
        )
    else:
        observation = Observation.integers(1 + p.bits + 2**p.bits * (p.bits if p.together else 1))
    return Spec(
        actions=(2,),
        action_names=(ACTIONS,),
        observation=observation,
        observation_names=_names(p),
        reward_range=(-1.0, 1.0),
        criterion=Criterion("return"),
        start_stages=p.bits + (p.bits > 1),
        start_outcomes=max(2, p.bits),
        info=("needed",),
        hidden=True,
    )


def kernels(p):
    """Choose the view, with the number of bits as a constant: a loop of unknown length would stay scalar."""
    return {"observe": specialise(observe_vector, {"BITS": p.bits})} if p.vector else {}


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(np.zeros(lanes, np.int32), np.zeros(lanes, np.int8), np.zeros(lanes, np.int64))


@kernel
def start(p, c, stage, prob):
    """Each stage draws a bit; the last one, where there are several bits, the query."""
    count = 2 if stage < p.bits else p.bits
    for k in range(count):
        prob[k] = 1.0 / count
    return count


@kernel
def begin(p, s, i, c):
    """Keep the context and the query."""
    s.clock[i] = 0
    s.query[i] = c[p.bits] if p.bits > 1 else 0
    context = 0
    for k in range(p.bits):
        context |= c[k] << k
    s.context[i] = context


@kernel
def apply(p, s, i, a, c, r):
    """Wait; the step after the query pays for the answer."""
    asked = s.clock[i] == p.memory_length
    right = a[i, 0] == s.context[i] >> s.query[i] & 1
    r[i, 0] = (1.0 if right else -1.0) if asked else 0.0
    s.clock[i] += 1
    return s.clock[i] > p.memory_length


@kernel
def observe(p, s, i, o):
    """Show the context at the start, the query at the end, else nothing."""
    clock = s.clock[i]
    shown = 1 + p.bits + s.context[i] + (np.int64(s.query[i]) << p.bits if p.together else 0)
    query = 1 + s.query[i] if clock == p.memory_length else 0
    o[i, 0] = shown if clock <= p.late else query


@kernel
def observe_vector(p, s, i, o):
    """Show the time that remains, the query at its time and the context at the start, as bsuite does."""
    clock = s.clock[i]
    over = clock > p.memory_length
    o[i, 0, 0] = 0.0 if over else 1.0 - max(clock - p.late, 0) / p.memory_length
    o[i, 0, 1] = s.query[i] if clock == p.memory_length or (p.together and not over) else 0
    for k in range(BITS):
        o[i, 0, 2 + k] = 2 * (s.context[i] >> k & 1) - 1 if clock <= p.late else 0


@kernel
def info(p, s, i, v):
    """Write whether the context has to be remembered, as a set of observations where they have numbers."""
    clock = s.clock[i]
    needed = p.late <= clock <= p.memory_length and not p.together
    number = 0 if p.vector or p.bits > MOST_NAMED else 1 + p.bits + s.context[i]
    v[i, 0] = float(np.int64(1) << number) if needed else 0.0


def certificate(p: Params) -> Certificate:
    """Return the exact values that the module's page derives."""
    blind = Value(0.0, "closed-form", "right with probability 1/2: the query tells nothing of the context")
    optimal = Value(1.0, "closed-form", "+1 for the right answer")
    return Certificate(
        unit=Criterion("return").unit,
        optimal=optimal,
        random=blind,
        memoryless=optimal if p.together else blind,
        facts={
            "k_star": p.memory_length + 1 - p.late,
            "kappa": 1 if p.together else 2,
            "optimal_steps": p.memory_length + 1,
        },
    )


def ansi(p, s, i, last) -> str:
    """Write the context, the query and the time."""
    clock, query = int(s.clock[i]), int(s.query[i])
    return (
        f"context {_signs(p, int(s.context[i]))}  the query will be bit {query}\n"
        f"agent sees: {_seen(p, s, i)}\n"
        f"t = {clock}, query at t = {p.memory_length}  action {name_of(ACTIONS, last)}  "
        f"reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(p, s, i, last) -> np.ndarray:
    """Paint the steps in a row, the context's bits above and the one that is asked for marked."""
    clock, query, context = int(s.clock[i]), int(s.query[i]), int(s.context[i])
    frame = board("Memory chain", last)
    pitch = min(40.0, 560.0 / p.bits)
    for k in range(p.bits):
        x, half = 320.0 + pitch * (k - (p.bits - 1) / 2), 0.4 * pitch
        canvas.rectangle(frame, x - half, 88 - half, 2 * half, 2 * half, SIGNS[context >> k & 1], radius=half / 2)
        if half > 8:
            canvas.text(frame, x, 81, "-+"[context >> k & 1], canvas.PANEL, align="center")
        if k == query:
            canvas.polygon(frame, [(x - 7, 120), (x + 7, 120), (x, 110)], canvas.INK)
    painted = {t: SIGNS[1] for t in range(p.late + 1)} if p.bits > 1 else {t: SIGNS[context] for t in range(p.late + 1)}
    if not p.together:
        painted[p.memory_length] = QUERY
    x = track(frame, p.memory_length + 2, painted, clock, 162.0)
    canvas.text(frame, x[0], 196, "context", canvas.MUTED, align="center")
    canvas.text(frame, x[-1], 196, "query" if not p.together else "and query", canvas.MUTED, align="center")
    shown = SIGNS[context & 1] if clock <= p.late else (QUERY if clock == p.memory_length else NOTHING)
    panels(frame, _seen(p, s, i), shown, name_of(ACTIONS, last), last)
    return frame


def _signs(p: Params, context: int) -> str:
    return "".join("-+"[context >> k & 1] for k in range(p.bits))


def _names(p: Params) -> tuple[str, ...]:
    """Return the names of the integer observations, where there are few."""
    if p.vector or p.bits > MOST_NAMED:
        return ()
    contexts = [_signs(p, context) for context in range(2**p.bits)]
    if p.together:
        contexts = [f"{signs}, bit {k}?" for k in range(p.bits) for signs in contexts]
    return ("nothing", *(f"bit {k}?" for k in range(p.bits)), *contexts)


def _seen(p: Params, s: State, i: int) -> str:
    """Return in words what lane ``i`` shows."""
    number = number_seen(observe, p, s, i)
    if number == 0:
        return "nothing"
    if number <= p.bits:
        return f"bit {number - 1}?"
    signs = _signs(p, int(s.context[i])) if p.bits <= MOST_NAMED else "context"
    return f"{signs}, bit {int(s.query[i])}?" if p.together else signs
