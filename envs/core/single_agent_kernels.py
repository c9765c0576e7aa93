"""The kernels that seat partners in a game, templates around the game's own; see `single_agent`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .chance import categorical
from .environment import _no_chance as inner_chance
from .environment import _no_payoffs as inner_payoffs
from .environment import _no_pick as inner_pick
from .environment import _nothing as inner_apply
from .environment import _nothing as inner_begin
from .environment import _nothing as inner_info
from .environment import _nothing as inner_legal
from .environment import _nothing as inner_observe
from .environment import _nothing as inner_start
from .kernel import kernel
from .wrapping import look_inside

OTHERS = 1  # partners
MIXED = 0  # the first of them draw their actions, each in a stage of its own
SPLIT = False  # both partners and the game draw in a step
INNER_STARTS = 1
READERS = False  # some partner plays by what it observes


class Params(NamedTuple):
    """What the kernels read. Partners are numbered 0 .. OTHERS-1, those that draw their actions first.

    ``seats`` (OTHERS,) is the player each plays and ``actions`` (players,) the number of actions of each player. All
    partners' states are rows of common tables, from row ``base`` (OTHERS,) on: ``policy`` (rows, most actions),
    ``choice`` (rows,) the action where it is certain, ``following`` (rows of automata, joint actions) the row that
    follows. ``first`` (OTHERS,) is the row of a certain first state; where it is drawn, it is -1, ``first_stage`` the
    start stage that draws it, ``drawn`` the partner of each such stage; ``lengths`` (OTHERS,) and ``starts`` (rows,)
    hold the distribution. ``reads`` (OTHERS,) marks policies, whose state is their observation. ``outcomes`` counts the
    joint actions of the partners that draw.
    """

    inner: Any
    player: int
    seats: np.ndarray
    actions: np.ndarray
    base: np.ndarray
    policy: np.ndarray
    choice: np.ndarray
    following: np.ndarray
    first: np.ndarray
    first_stage: np.ndarray
    drawn: np.ndarray
    lengths: np.ndarray
    starts: np.ndarray
    reads: np.ndarray
    outcomes: int


class State(NamedTuple):
    """The state of the game, and the row of every partner's state, int64 (lanes, OTHERS).

    The rest is working memory with all players' entries: the joint action, rewards of the step and of the episode,
    observations, and where the game has them masks and counterfactual rewards.
    """

    inner: Any
    partners: np.ndarray
    joint: np.ndarray
    rewards: np.ndarray
    totals: np.ndarray
    seen: np.ndarray
    masks: np.ndarray
    would: np.ndarray

    def __getattr__(self, name: str) -> Any:
        return look_inside(self, name)


@kernel
def join(p, s, i, a, c):
    """Write the joint action; the partners that draw have theirs in ``c``."""
    s.joint[i, p.player] = a[i, 0]
    for m in range(OTHERS):
        s.joint[i, p.seats[m]] = c[m] if m < MIXED else p.choice[s.partners[i, m]]


@kernel
def read(p, s, i):
    """Set the state of the partners that play by what they observe."""
    inner_observe(p.inner, s.inner, i, s.seen)
    for m in range(OTHERS):
        if p.reads[m]:
            s.partners[i, m] = p.base[m] + s.seen[i, p.seats[m]]


@kernel
def start(p, c, stage, prob):
    """The game's own start stages, then one for each partner whose first state is drawn."""
    if stage < INNER_STARTS:
        return inner_start(p.inner, c, stage, prob)
    m = p.drawn[stage - INNER_STARTS]
    for k in range(p.lengths[m]):
        prob[k] = p.starts[p.base[m] + k]
    return p.lengths[m]


@kernel
def begin(p, s, i, c):
    """Begin the game, put every partner into its first state."""
    inner_begin(p.inner, s.inner, i, c)
    for m in range(OTHERS):
        s.partners[i, m] = p.first[m] if p.first[m] >= 0 else p.base[m] + c[p.first_stage[m]]
    for k in range(OTHERS + 1):
        s.totals[i, k] = 0.0
    if READERS:
        read(p, s, i)


@kernel
def chance(p, s, i, a, c, stage, prob):
    """One stage for each partner that draws, then those of the game under the joint action."""
    if stage < MIXED:
        count = p.actions[p.seats[stage]]
        for k in range(count):
            prob[k] = p.policy[s.partners[i, stage], k]
        return count
    join(p, s, i, a, c)
    return inner_chance(p.inner, s.inner, i, s.joint, c[MIXED:], stage - MIXED, prob)


@kernel
def pick(p, s, i, a, c, stage, u):
    """Sample what `chance` writes."""
    if stage < MIXED:
        return categorical(p.policy[s.partners[i, stage]], p.actions[p.seats[stage]], u)
    join(p, s, i, a, c)
    return inner_pick(p.inner, s.inner, i, s.joint, c[MIXED:], stage - MIXED, u)


@kernel
def apply(p, s, i, a, c, r):
    """Move the game under the joint action, then the partners; pay the player."""
    join(p, s, i, a, c)
    stop = inner_apply(p.inner, s.inner, i, s.joint, c[MIXED:] if SPLIT else c, s.rewards)
    joint = 0
    for k in range(OTHERS + 1):
        joint = joint * p.actions[k] + s.joint[i, k]
        s.totals[i, k] += s.rewards[i, k]
    for m in range(OTHERS):
        if not (READERS and p.reads[m]):
            s.partners[i, m] = p.following[s.partners[i, m], joint]
    if READERS:
        read(p, s, i)
    r[i, 0] = s.rewards[i, p.player]
    return stop


@kernel
def observe_integer(p, s, i, o):
    """Show the player its own observation."""
    inner_observe(p.inner, s.inner, i, s.seen)
    o[i, 0] = s.seen[i, p.player]


@kernel
def observe_vector(p, s, i, o):
    """Show the player its own observation."""
    inner_observe(p.inner, s.inner, i, s.seen)
    for k in range(o.shape[2]):
        o[i, 0, k] = s.seen[i, p.player, k]


@kernel
def observe_image(p, s, i, o):
    """Show the player its own observation."""
    inner_observe(p.inner, s.inner, i, s.seen)
    for y in range(o.shape[2]):
        for x in range(o.shape[3]):
            for k in range(o.shape[4]):
                o[i, 0, y, x, k] = s.seen[i, p.player, y, x, k]


@kernel
def legal(p, s, i, m):
    """Show the player its own mask."""
    inner_legal(p.inner, s.inner, i, s.masks)
    for k in range(p.actions[p.player]):
        m[i, 0, k] = s.masks[i, p.player, k]


@kernel
def info(p, s, i, v):
    """The game's numbers."""
    inner_info(p.inner, s.inner, i, v)


@kernel
def payoffs(p, s, i, a, u):
    """Write the reward that each own action would have, expected over the partners' draws."""
    own_actions = p.actions[p.player]
    for own in range(own_actions):
        u[i, 0, own] = 0.0
    s.joint[i, p.player] = a[i, 0]
    for m in range(MIXED, OTHERS):
        s.joint[i, p.seats[m]] = p.choice[s.partners[i, m]]
    for outcome in range(p.outcomes):
        weight = 1.0
        rest = outcome
        for m in range(MIXED):
            count = p.actions[p.seats[m]]
            s.joint[i, p.seats[m]] = rest % count
            weight *= p.policy[s.partners[i, m], rest % count]
            rest //= count
        inner_payoffs(p.inner, s.inner, i, s.joint, s.would)
        for own in range(own_actions):
            u[i, 0, own] += weight * s.would[i, p.player, own]
