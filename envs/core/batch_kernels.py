"""The loops over lanes, templates in which the engine binds the kernels and constants of one environment.

Each step is three loops: apply to all lanes, reset the few that ended, observe all. Kept apart, the first and the last
vectorise. Names in capitals are constants when a loop is compiled.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .chance import categorical
from .environment import Environment
from .environment import _no_chance as chance
from .environment import _no_payoffs as payoffs
from .environment import _no_pick as pick
from .environment import _nothing as apply
from .environment import _nothing as begin
from .environment import _nothing as info
from .environment import _nothing as legal
from .environment import _nothing as observe
from .environment import _nothing as start
from .fusing import specialise
from .kernel import kernel
from .streams import skip, uniform, unwind

NEXT_STEP, SAME_STEP, DISABLED = range(3)
CHOSEN_BY_CHANCE = -1
ACCEPTED, OUT_OF_RANGE, ILLEGAL = range(3)

PLAYERS = 1
STAGES = 0
START_STAGES = 1
GUARDED = False
OBSERVED = True
HAS_PICK = False
HAS_LEGAL = False
HAS_INFO = False


class Lanes(NamedTuple):
    """What the engine keeps for every lane beside the environment's own state (first axis: lane).

    ``chance`` (lanes, start stages) holds -1 everywhere: a start of which nothing is chosen.
    """

    stream: np.ndarray
    clock: np.ndarray
    done: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray
    reward: np.ndarray
    observation: np.ndarray
    final_observation: np.ndarray
    info: np.ndarray
    final_info: np.ndarray
    legal: np.ndarray
    chance: np.ndarray


class Work(NamedTuple):
    """Working memory of one call: outcomes by stage, one distribution, the numbers of actions of the players, and which
    lanes reset: a flag each (in ``words`` the same flags, eight to a uint64), and their numbers.
    """

    outcome: np.ndarray
    prob: np.ndarray
    actions: np.ndarray
    again: np.ndarray
    words: np.ndarray
    resets: np.ndarray


@kernel
def move_surely(p, s, i, e, w, a):
    """Move lane ``i`` of a deterministic environment; return whether it terminated."""
    return apply(p, s, i, a, w.outcome, e.reward)


@kernel
def move_by_chance(p, s, i, e, w, a):
    """The same with one stage of chance. The outcome is handed on in a tuple: a store would keep the loop scalar."""
    u = uniform(e.stream, i)
    if HAS_PICK:
        outcome = pick(p, s, i, a, w.outcome, 0, u)
    else:
        outcome = categorical(w.prob, chance(p, s, i, a, w.outcome, 0, w.prob), u)
    return apply(p, s, i, a, (outcome, 0), e.reward)


@kernel
def move_by_stages(p, s, i, e, w, a):
    """The same with several stages."""
    c = w.outcome
    for stage in range(STAGES):
        u = uniform(e.stream, i)
        if HAS_PICK:
            c[stage] = pick(p, s, i, a, c, stage, u)
        else:
            c[stage] = categorical(w.prob, chance(p, s, i, a, c, stage, w.prob), u)
    return apply(p, s, i, a, c, e.reward)


move = move_surely


@kernel
def restart_surely(p, s, i, e, w, chosen):
    """Begin lane ``i`` where there is one initial state (still one draw, which nothing depends on)."""
    skip(e.stream, i)
    begin(p, s, i, (0, 0))
    e.clock[i] = 0
    e.done[i] = False


@kernel
def restart_by_chance(p, s, i, e, w, chosen):
    """Draw the initial outcomes of lane ``i`` (one draw a stage, kept even where ``chosen`` fixes the outcome)."""
    c = w.outcome
    for stage in range(START_STAGES):
        u = uniform(e.stream, i)
        count = start(p, c, stage, w.prob)
        c[stage] = categorical(w.prob, count, u)
        if chosen[i, stage] != CHOSEN_BY_CHANCE:
            c[stage] = chosen[i, stage]
    begin(p, s, i, c)
    e.clock[i] = 0
    e.done[i] = False


restart = restart_by_chance


@kernel
def list_resets(w, lanes):
    """Write the numbers of the lanes that reset into ``w.resets`` and return how many they are."""
    count = 0
    for word in range((lanes + 7) // 8):
        if w.words[word]:
            for i in range(8 * word, min(8 * word + 8, lanes)):
                w.resets[count] = i  # no branch, which would be mispredicted wherever episodes end at random
                count += w.again[i]
    return count


@kernel
def conclude(p, s, i, e, at_once):
    """Before lane ``i`` resets ``at_once``, keep what it ended with; else blank what a step that only resets shows."""
    if at_once:
        observe(p, s, i, e.final_observation)
        if HAS_INFO:
            info(p, s, i, e.final_info)
    else:
        e.terminated[i] = False
        e.truncated[i] = False
        for k in range(PLAYERS):
            e.reward[i, k] = 0.0


def bindings(environment: Environment) -> dict[str, Any]:
    """Return what a loop over ``environment`` binds: its kernels, the constants above, ``move`` and ``restart``."""
    spec, defined = environment.spec, environment.defined
    continuing = spec.criterion.kind == "gain"  # never terminates, so that every state can be moved from
    constants = {
        "PLAYERS": spec.players,
        "STAGES": spec.stages,
        "START_STAGES": spec.start_stages,
        "GUARDED": spec.guarded or spec.sampled or (spec.stages > 0 and not continuing),
        "OBSERVED": spec.observation.kind != "image",
        "HAS_PICK": "pick" in defined,
        "HAS_LEGAL": "legal" in defined,
        "HAS_INFO": "info" in defined,
    }
    bound = {**environment.kernels, **constants}
    moves = move_surely if spec.stages == 0 else move_by_chance if spec.stages == 1 else move_by_stages
    restarts = restart_surely if spec.start_stages == spec.start_outcomes == 1 else restart_by_chance
    return {**bound, "move": specialise(moves, bound), "restart": specialise(restarts, bound)}


def reset(p, s, e, w, mask, chosen):
    """Begin an episode in the lanes of ``mask``; ``chosen`` (lanes, start stages) fixes outcomes that are not -1."""
    for i in range(e.clock.shape[0]):
        if mask[i]:
            restart(p, s, i, e, w, chosen)
            e.terminated[i] = False
            e.truncated[i] = False
            for k in range(PLAYERS):
                e.reward[i, k] = 0.0
            if OBSERVED:
                observe(p, s, i, e.observation)
            if HAS_INFO:
                info(p, s, i, e.info)
            if HAS_LEGAL:
                legal(p, s, i, e.legal)


@kernel
def judge(e, w, a):
    """Return whether the joint actions ``a`` (lanes, players) are accepted, out of range or illegal."""
    wrong = False
    for i in range(a.shape[0]):
        for k in range(PLAYERS):
            wrong |= np.uint64(a[i, k]) >= np.uint64(w.actions[k])  # a negative number is large without its sign
    if wrong:
        return OUT_OF_RANGE
    if HAS_LEGAL:
        for i in range(a.shape[0]):
            for k in range(PLAYERS):
                wrong |= (not e.legal[i, k, a[i, k]]) & (not e.done[i])
    return ILLEGAL if wrong else ACCEPTED


def judge_all(e, w, a):
    """The same as a loop of its own, for a batch of several chunks, of which none may move before all are accepted."""
    return judge(e, w, a)


def step(p, s, e, w, a, mode, limit):
    """Move every lane under the joint actions ``a`` (lanes, players); lanes truncate when their clock is ``limit``.

    Nothing moves unless all actions are accepted.
    """
    lanes = e.clock.shape[0]
    # Always equal: said here, it tells the compiler the strides, without which loops over several players stay scalar.
    if (a.shape[1] != PLAYERS) | (e.reward.shape[1] != PLAYERS) | (e.observation.shape[1] != PLAYERS):
        return OUT_OF_RANGE
    status = judge(e, w, a)
    if status != ACCEPTED:
        return status

    if GUARDED:
        for i in range(lanes):
            if not (mode == NEXT_STEP and e.done[i]):
                stop = move(p, s, i, e, w, a)
                t = e.clock[i] + 1
                e.clock[i] = t
                e.terminated[i] = stop
                e.truncated[i] = t >= limit
    else:
        if STAGES > 0 and mode == NEXT_STEP:
            for i in range(lanes):
                unwind(e.stream, i, STAGES if e.done[i] else 0)  # what these lanes draw next decides nothing
        for i in range(lanes):
            stop = move(p, s, i, e, w, a)
            t = e.clock[i] + 1
            e.clock[i] = t
            e.terminated[i] = stop
            e.truncated[i] = t >= limit

    at_next, at_once = mode == NEXT_STEP, mode == SAME_STEP
    every = True
    for i in range(lanes):
        ended = e.terminated[i] | e.truncated[i]
        again = (e.done[i] & at_next) | (ended & at_once)
        w.again[i] = again
        e.done[i] = ended
        every &= again
    if every:  # no list: this loop vectorises
        for i in range(lanes):
            conclude(p, s, i, e, at_once)
        for i in range(lanes):
            restart(p, s, i, e, w, e.chance)
    else:
        for j in range(list_resets(w, lanes)):
            i = np.int64(w.resets[j])
            conclude(p, s, i, e, at_once)
            restart(p, s, i, e, w, e.chance)

    if OBSERVED:
        for i in range(lanes):
            observe(p, s, i, e.observation)
    if HAS_INFO:
        for i in range(lanes):
            info(p, s, i, e.info)
    if HAS_LEGAL:
        for i in range(lanes):
            legal(p, s, i, e.legal)
    return ACCEPTED


def observe_lanes(p, s, o):
    """Write the observation of every lane into ``o``."""
    for i in range(o.shape[0]):
        observe(p, s, i, o)


def counterfactual(p, s, e, w, a, u):
    """Write into ``u`` (lanes, players, actions) the reward of each own action, the others' as in ``a``.

    Writes nothing unless all actions are accepted.
    """
    status = judge(e, w, a)
    if status == ACCEPTED:
        for i in range(a.shape[0]):
            payoffs(p, s, i, a, u)
    return status
