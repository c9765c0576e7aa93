"""Hand-written struct-of-arrays loops that do what `Batch.step` does for three environments, as a yardstick.

Each does the same work on arrays of the same types as the engine, in autoreset mode NEXT_STEP: refuse an action that
is out of range before anything moves, move every lane, count the clock, set the flags, reset the lanes that ended with
a start drawn from the lane's own SplitMix64 stream, write observations and rewards. `agree` checks that the numbers are
those of the engine. Several ways to write each loop stand here, because which is the fastest depends on the machine.

- ``selects``: one pass without branches; a random number is computed for every lane and dropped where none is due.
- ``branches``: one pass with an ``if`` for the lanes that reset.
- ``passes``: move all, reset all (without branches), observe all.
- ``bilinear``: one pass in which the payoffs are a bilinear form of the two actions (iterated game).
- ``lean``: one pass without the arrays that this configuration does not need (T-maze).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from regretlab.envs.api.spaces import state_fields
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.kernel import OPTIONS
from regretlab.envs.games.stages import tensor

loop = njit(**OPTIONS)

INCREMENT = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
S30, S27, S31, S11, S63 = (np.uint64(bits) for bits in (30, 27, 31, 11, 63))
UNIT = 1.0 / 9007199254740992.0


@loop
def mix(word):
    word = (word ^ (word >> S30)) * FIRST
    word = (word ^ (word >> S27)) * SECOND
    return word ^ (word >> S31)


@loop
def refused(a, actions):
    """Tell whether any action is out of range; a negative one is large as an unsigned number."""
    wrong = False
    bound = np.uint64(actions)
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            wrong |= np.uint64(a[i, k]) >= bound
    return wrong


@loop
def misshapen(r, o, a):
    """Tell whether there are not two players; with the answer the compiler knows the strides and vectorises."""
    return (r.shape[1] != 2) | (o.shape[1] != 2) | (a.shape[1] != 2)


# T-maze: state column, junction, arm, cue; four actions ------------------------------------------------------------


@loop
def tmaze_selects(column, junction, arm, cue, stream, clock, done, terminated, truncated, r, o, a, length, limit):
    if refused(a, 4):
        return 1
    for i in range(a.shape[0]):
        again = done[i]
        at_junction = column[i] == junction[i]
        lower = a[i, 0] >= 2
        advanced = stream[i] + INCREMENT
        drawn = np.int64(mix(advanced) >> S63)
        paid = (1.0 if lower == (cue[i] == 1) else -1.0) if at_junction else 0.0
        r[i, 0] = 0.0 if again else paid
        stream[i] = advanced if again else stream[i]
        time = 0 if again else clock[i] + 1
        clock[i] = time
        stop = at_junction & (not again)
        late = (time >= limit) & (not at_junction) & (not again)
        terminated[i] = stop
        truncated[i] = late
        done[i] = stop | late
        colour = drawn if again else cue[i]
        cue[i] = colour
        entered = (2 if lower else 1) if stop else 0
        arm[i] = entered
        junction[i] = length if again else junction[i]
        place = 1 if again else column[i] + (0 if at_junction else 1)
        column[i] = place
        here = 1 if place == junction[i] else 0
        o[i, 0] = 2 + colour if place == 1 else (here if entered == 0 else 1 + entered)
    return 0


@loop
def tmaze_branches(column, junction, arm, cue, stream, clock, done, terminated, truncated, r, o, a, length, limit):
    if refused(a, 4):
        return 1
    for i in range(a.shape[0]):
        if done[i]:
            word = stream[i] + INCREMENT
            stream[i] = word
            cue[i] = np.int64(mix(word) >> S63)
            column[i] = 1
            arm[i] = 0
            junction[i] = length
            clock[i] = 0
            done[i] = False
            terminated[i] = False
            truncated[i] = False
            r[i, 0] = 0.0
            o[i, 0] = 2 + cue[i]
        else:
            at_junction = column[i] == junction[i]
            lower = a[i, 0] >= 2
            r[i, 0] = (1.0 if lower == (cue[i] == 1) else -1.0) if at_junction else 0.0
            time = clock[i] + 1
            clock[i] = time
            late = (time >= limit) & (not at_junction)
            terminated[i] = at_junction
            truncated[i] = late
            done[i] = at_junction | late
            entered = (2 if lower else 1) if at_junction else 0
            arm[i] = entered
            place = column[i] + (0 if at_junction else 1)
            column[i] = place
            here = 1 if place == junction[i] else 0
            o[i, 0] = 2 + cue[i] if place == 1 else (here if entered == 0 else 1 + entered)
    return 0


@loop
def tmaze_passes(column, junction, arm, cue, stream, clock, done, terminated, truncated, r, o, a, length, limit):
    if refused(a, 4):
        return 1
    lanes = a.shape[0]
    for i in range(lanes):
        at_junction = column[i] == junction[i]
        lower = a[i, 0] >= 2
        r[i, 0] = (1.0 if lower == (cue[i] == 1) else -1.0) if at_junction else 0.0
        time = clock[i] + 1
        clock[i] = time
        terminated[i] = at_junction
        truncated[i] = (time >= limit) & (not at_junction)
        arm[i] = (2 if lower else 1) if at_junction else 0
        column[i] += 0 if at_junction else 1
    for i in range(lanes):
        again = done[i]
        advanced = stream[i] + INCREMENT
        drawn = np.int64(mix(advanced) >> S63)
        stream[i] = advanced if again else stream[i]
        cue[i] = drawn if again else cue[i]
        column[i] = 1 if again else column[i]
        junction[i] = length if again else junction[i]
        clock[i] = 0 if again else clock[i]
        arm[i] = 0 if again else arm[i]
        r[i, 0] = 0.0 if again else r[i, 0]
        stop = terminated[i] & (not again)
        late = truncated[i] & (not again)
        terminated[i] = stop
        truncated[i] = late
        done[i] = stop | late
    for i in range(lanes):
        here = 1 if column[i] == junction[i] else 0
        o[i, 0] = 2 + cue[i] if column[i] == 1 else (here if arm[i] == 0 else 1 + arm[i])
    return 0


@loop
def tmaze_lean(column, junction, arm, cue, stream, clock, done, terminated, truncated, r, o, a, length, limit):
    if refused(a, 4):
        return 1
    for i in range(a.shape[0]):
        again = done[i]
        at_junction = column[i] == length
        lower = a[i, 0] >= 2
        advanced = stream[i] + INCREMENT
        drawn = np.int64(mix(advanced) >> S63)
        paid = (1.0 if lower == (cue[i] == 1) else -1.0) if at_junction else 0.0
        r[i, 0] = 0.0 if again else paid
        stream[i] = advanced if again else stream[i]
        time = 0 if again else clock[i] + 1
        clock[i] = time
        stop = at_junction & (not again)
        late = (time >= limit) & (not at_junction) & (not again)
        terminated[i] = stop
        truncated[i] = late
        done[i] = stop | late
        colour = drawn if again else cue[i]
        cue[i] = colour
        place = 1 if again else column[i] + (0 if at_junction else 1)
        column[i] = place
        seen = (3 if lower else 2) if stop else (1 if place == length else 0)
        o[i, 0] = 2 + colour if place == 1 else seen
    return 0


# Iterated 2x2 game, memory 1: state history ------------------------------------------------------------------------


@loop
def game_selects(history, stream, clock, done, terminated, truncated, r, o, a, payoffs, limit):
    if misshapen(r, o, a) or refused(a, 2):
        return 1
    row00, row01, row10, row11 = payoffs[0, 0, 0], payoffs[0, 0, 1], payoffs[0, 1, 0], payoffs[0, 1, 1]
    column00, column01, column10, column11 = payoffs[1, 0, 0], payoffs[1, 0, 1], payoffs[1, 1, 0], payoffs[1, 1, 1]
    for i in range(a.shape[0]):
        again = done[i]
        first, second = a[i, 0], a[i, 1]
        row = (row11 if second else row10) if first else (row01 if second else row00)
        column = (column11 if second else column10) if first else (column01 if second else column00)
        r[i, 0] = 0.0 if again else row
        r[i, 1] = 0.0 if again else column
        stream[i] += INCREMENT if again else np.uint64(0)
        time = 0 if again else clock[i] + 1
        clock[i] = time
        late = (time >= limit) & (not again)
        terminated[i] = False
        truncated[i] = late
        done[i] = late
        seen = 0 if again else 1 + 2 * first + second
        history[i] = seen
        o[i, 0] = seen
        o[i, 1] = seen
    return 0


@loop
def game_bilinear(history, stream, clock, done, terminated, truncated, r, o, a, payoffs, limit):
    if misshapen(r, o, a) or refused(a, 2):
        return 1
    u, v = payoffs[0], payoffs[1]
    u0, u1, u2, u3 = u[0, 0], u[1, 0] - u[0, 0], u[0, 1] - u[0, 0], u[1, 1] - u[1, 0] - u[0, 1] + u[0, 0]
    v0, v1, v2, v3 = v[0, 0], v[1, 0] - v[0, 0], v[0, 1] - v[0, 0], v[1, 1] - v[1, 0] - v[0, 1] + v[0, 0]
    for i in range(a.shape[0]):
        again = done[i]
        first, second = a[i, 0], a[i, 1]
        x, y = float(first), float(second)
        r[i, 0] = 0.0 if again else u0 + u1 * x + u2 * y + u3 * (x * y)
        r[i, 1] = 0.0 if again else v0 + v1 * x + v2 * y + v3 * (x * y)
        stream[i] += INCREMENT if again else np.uint64(0)
        time = 0 if again else clock[i] + 1
        clock[i] = time
        late = (time >= limit) & (not again)
        terminated[i] = False
        truncated[i] = late
        done[i] = late
        seen = 0 if again else 1 + 2 * first + second
        history[i] = seen
        o[i, 0] = seen
        o[i, 1] = seen
    return 0


@loop
def game_passes(history, stream, clock, done, terminated, truncated, r, o, a, payoffs, limit):
    if misshapen(r, o, a) or refused(a, 2):
        return 1
    lanes = a.shape[0]
    row00, row01, row10, row11 = payoffs[0, 0, 0], payoffs[0, 0, 1], payoffs[0, 1, 0], payoffs[0, 1, 1]
    column00, column01, column10, column11 = payoffs[1, 0, 0], payoffs[1, 0, 1], payoffs[1, 1, 0], payoffs[1, 1, 1]
    for i in range(lanes):
        first, second = a[i, 0], a[i, 1]
        again = done[i]
        row = (row11 if second else row10) if first else (row01 if second else row00)
        column = (column11 if second else column10) if first else (column01 if second else column00)
        r[i, 0] = 0.0 if again else row
        r[i, 1] = 0.0 if again else column
        history[i] = 0 if again else 1 + 2 * first + second
    for i in range(lanes):
        again = done[i]
        time = 0 if again else clock[i] + 1
        clock[i] = time
        late = (time >= limit) & (not again)
        stream[i] += INCREMENT if again else np.uint64(0)
        terminated[i] = False
        truncated[i] = late
        done[i] = late
    for i in range(lanes):
        o[i, 0] = history[i]
        o[i, 1] = history[i]
    return 0


# RiverSwim, classic: state place -----------------------------------------------------------------------------------


@loop
def river_selects(place, stream, clock, done, terminated, truncated, r, o, a, states, limit):
    if refused(a, 2):
        return 1
    for i in range(a.shape[0]):
        again = done[i]
        word = stream[i] + INCREMENT
        stream[i] = word
        u = np.float64(mix(word) >> S11) * UNIT
        here = place[i]
        right = a[i, 0] == 1
        first = here == 0
        last = here == states - 1
        left_below = (0.0 if first else (0.4 if last else 0.05)) if right else 1.0
        stay_below = (0.4 if first else (1.0 if last else 0.65)) if right else 1.0
        paid = (1.0 if last else 0.0) if right else (0.005 if first else 0.0)
        r[i, 0] = 0.0 if again else paid
        there = here + (0 if u < stay_below else 1) - (1 if u < left_below else 0)
        there = 0 if there < 0 else there
        there = 0 if again else there
        place[i] = there
        time = 0 if again else clock[i] + 1
        clock[i] = time
        late = (time >= limit) & (not again)
        terminated[i] = False
        truncated[i] = late
        done[i] = late
        o[i, 0] = there
    return 0


@loop
def river_passes(place, stream, clock, done, terminated, truncated, r, o, a, states, limit):
    if refused(a, 2):
        return 1
    lanes = a.shape[0]
    for i in range(lanes):
        word = stream[i] + INCREMENT
        stream[i] = word
        u = np.float64(mix(word) >> S11) * UNIT
        here = place[i]
        right = a[i, 0] == 1
        first = here == 0
        last = here == states - 1
        left_below = (0.0 if first else (0.4 if last else 0.05)) if right else 1.0
        stay_below = (0.4 if first else (1.0 if last else 0.65)) if right else 1.0
        r[i, 0] = (1.0 if last else 0.0) if right else (0.005 if first else 0.0)
        there = here + (0 if u < stay_below else 1) - (1 if u < left_below else 0)
        place[i] = 0 if there < 0 else there
    for i in range(lanes):
        again = done[i]
        r[i, 0] = 0.0 if again else r[i, 0]
        place[i] = 0 if again else place[i]
        time = 0 if again else clock[i] + 1
        clock[i] = time
        late = (time >= limit) & (not again)
        terminated[i] = False
        truncated[i] = late
        done[i] = late
    for i in range(lanes):
        o[i, 0] = place[i]
    return 0


# What the benchmark uses -------------------------------------------------------------------------------------------

#: By environment: the loops, and the constants that they take after the actions.
VARIANTS: dict[str, tuple[tuple[Callable[..., int], ...], Callable[[Any], tuple[Any, ...]]]] = {
    "TMazePassive-v0": (
        (tmaze_selects, tmaze_branches, tmaze_passes, tmaze_lean),
        lambda p: (p.length,),
    ),
    "IteratedGame-v0": (
        (game_selects, game_bilinear, game_passes),
        lambda p: (np.ascontiguousarray(tensor(p)),),
    ),
    "RiverSwim-v0": ((river_selects, river_passes), lambda p: (p.states,)),
}


def stepper(loop: Callable[..., int], constants: tuple[Any, ...], batch: Batch) -> tuple[Any, list[np.ndarray]]:
    """Return a function of the actions that steps copies of the arrays of ``batch`` with ``loop``, and these arrays."""
    own = batch.streams, batch.clock, batch.done, batch.terminated, batch.truncated, batch.reward, batch.observation
    arrays = [*state_fields(batch).values(), *(array.copy() for array in own)]
    limit = batch.max_episode_steps or 2**62
    return (lambda actions: loop(*arrays, actions, *constants, limit)), arrays[-len(own) :]


def agree(loop: Callable[..., int], constants: tuple[Any, ...], batch: Batch, drawn: list[np.ndarray]) -> None:
    """Step ``batch`` and ``loop`` side by side under the actions ``drawn``; RuntimeError where they differ."""
    batch.reset(seed=0)
    step, (stream, clock, done, terminated, truncated, reward, observation) = stepper(loop, constants, batch)
    for actions in drawn:
        expected = (*batch.step(actions), batch.streams, batch.clock, batch.done)
        step(actions)
        got = observation, reward, terminated, truncated, stream, clock, done
        if not all(np.array_equal(one, other) for one, other in zip(expected, got, strict=True)):
            raise RuntimeError(f"{loop.__name__} does not play {batch.environment.id}")
