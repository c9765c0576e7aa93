"""AccessControl: whom to let in when servers are few, the queue of Sutton and Barto.

Description
-----------
Customers of four priorities wait at the head of a queue for ``servers`` servers. The one at the head is accepted, if a
server is free, and pays the priority, or is turned away. Then every busy server becomes free with probability
``free_probability``, the one just taken included, and the next customer comes, of any priority with equal probability.

Action Space
------------
``Discrete(2)``: 0 reject, 1 accept (without a free server this rejects).

Observation Space
-----------------
``Discrete(4 * (servers + 1))``: 4 * (free servers) + (number of the priority). Nothing is hidden.

Rewards
-------
The priority of an accepted customer: 1, 2, 4 or 8; else 0.

Starting State
--------------
All servers are free; the first customer is drawn.

Episode End
-----------
Never: there is neither termination nor a time limit.

Arguments
---------
servers : int, default 10, at least 1. How many servers.
free_probability : float, default 0.06, above 0 and below 1. Chance of a busy server to become free, in a step.

Certificate
-----------
Solved from the exact model. With the defaults the optimal policy accepts 8 and 4 wherever a server is free, 2 with at
least four free servers, and never 1.

Version History
---------------
v0: first version.

References
----------
Sutton and Barto, Reinforcement Learning: An Introduction, 2nd edition 2018, example 10.2. (The book does not say
whether a server that was just taken may become free in the same step; here it may.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Criterion, Observation, Spec, canvas, kernel
from ..core.pictures import board
from .pictures import panel

REJECT, ACCEPT = range(2)
ACTIONS = ("reject", "accept")
PRIORITIES = (1.0, 2.0, 4.0, 8.0)


class Params(NamedTuple):
    """``freed[busy, k]``: the probability that k of that many busy servers become free."""

    servers: int
    freed: np.ndarray


class State(NamedTuple):
    """``free`` servers and the number of the ``priority`` at the head, int64, one a lane."""

    free: np.ndarray
    priority: np.ndarray


def params(servers, free_probability):
    """Build the table of binomial probabilities from checked knobs; ValueError for a probability of 0."""
    if free_probability == 0:
        raise ValueError("free_probability=0.0 is not allowed: free_probability must be above 0, or nobody ever leaves")
    freed = np.zeros((servers + 1, servers + 1))
    freed[0, 0] = 1.0
    for busy in range(1, servers + 1):
        freed[busy] = (1.0 - free_probability) * freed[busy - 1]
        freed[busy, 1:] += free_probability * freed[busy - 1, :-1]
    return Params(servers, freed)


def spec(p):
    """Declare the task: one player, an observation a state, two actions; continuing, judged by its gain."""
    return Spec(
        actions=(2,),
        action_names=(ACTIONS,),
        observation=Observation.integers(4 * (p.servers + 1)),
        reward_range=(0.0, PRIORITIES[-1]),
        criterion=Criterion("gain"),
        stages=2,
        outcomes=max(p.servers + 1, len(PRIORITIES)),
        start_outcomes=len(PRIORITIES),
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(np.zeros(lanes, np.int64), np.zeros(lanes, np.int64))


@kernel
def start(p, c, stage, prob):
    """The first customer is of any priority."""
    for k in range(4):
        prob[k] = 0.25
    return 4


@kernel
def begin(p, s, i, c):
    """All servers are free."""
    s.free[i] = p.servers
    s.priority[i] = c[0]


@kernel
def busy_after(p, s, i, a):
    """Return how many servers are busy once the head of the queue is dealt with."""
    return p.servers - s.free[i] + int((a[i, 0] == ACCEPT) & (s.free[i] > 0))


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Write the probabilities of 0, 1, ... servers becoming free; then those of the next customer's priorities."""
    if stage == 1:
        for k in range(4):
            prob[k] = 0.25
        return 4
    busy = busy_after(p, s, i, a)
    for k in range(busy + 1):
        prob[k] = p.freed[busy, k]
    return busy + 1


@kernel
def apply(p, s, i, a, c, r):
    """Accept or reject, then free servers, then the next customer."""
    accepted = (a[i, 0] == ACCEPT) & (s.free[i] > 0)
    r[i, 0] = np.float64(1 << s.priority[i]) if accepted else 0.0
    s.free[i] += c[0] - int(accepted)
    s.priority[i] = c[1]
    return False


@kernel
def observe(p, s, i, o):
    """Show free servers and priority."""
    o[i, 0] = 4 * s.free[i] + s.priority[i]


def regions(p, s):
    """Return the states without a free server by name."""
    return {"full": s.free == 0}


def places(p, s):
    """Put free servers in columns and priorities in rows."""
    return np.stack([np.zeros_like(s.free), s.priority, s.free], axis=1)


def ansi(p, s, i, last) -> str:
    """Say who is waiting and how many servers are free."""
    return (
        f"priority {PRIORITIES[int(s.priority[i])]:g} at the head, {int(s.free[i])} of {p.servers} servers free\n"
        f"step {last.clock}  reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(p, s, i, last) -> np.ndarray:
    """Paint the servers, the busy ones filled, and the customer at the head."""
    free, priority = int(s.free[i]), int(s.priority[i])
    frame = board("Access control", last)
    shown = min(p.servers, 40)
    across = min(shown, 8)
    for k in range(shown):
        y, x = divmod(k, across)
        taken = k >= round(free * shown / p.servers)
        colour = canvas.BAD if taken else canvas.mix(canvas.BACKGROUND, canvas.GOOD, 0.4)
        canvas.rectangle(frame, 40 + 38 * x, 76 + 38 * y, 30, 30, colour, radius=6)
    canvas.text(frame, 40, 290, "at the head", canvas.MUTED)
    for k in range(4):
        here = canvas.ACCENT if k == priority else canvas.FAINT
        canvas.circle(frame, 200 + 40 * k, 298, 16, here)
        ink = canvas.PANEL if k == priority else canvas.MUTED
        canvas.text(frame, 200 + 40 * k, 291, f"{PRIORITIES[k]:g}", ink, align="center")
    taken = "-" if last.actions is None else ACTIONS[int(last.actions[0])]
    panel(frame, last, [("free servers", f"{free} of {p.servers}"), ("last action", taken)])
    return frame
