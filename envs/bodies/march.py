"""The loops that take a scheme step by step to the times that are asked for."""

from __future__ import annotations

import math

from ..core import kernel
from .planar import finite, keep, least_scale, load, load_masses, pair_rate, store
from .schemes import begin_with_nothing as begin
from .schemes import drift_kick_drift as step
from .step_rules import AARSETH, AVERAGE, CONSTANT, GROWTH, PAIRS, PI, PRS, controlled, reduced

#: Why a run ended: all times were reached, a coordinate was no longer finite, the step no longer moved the clock, or it
#: had taken as many steps as were allowed.
FINISHED, NOT_FINITE, STALLED, LIMIT = range(4)
#: A step that comes this near to the time that is asked for ends there, so that none is left over by rounding.
NEARLY = 1.0 - 1e-10
#: So many constant steps are taken at once: a look at each whether its numbers are finite would take a third longer.
BLOCK = 64


@kernel
def first_step(rule, size, m, x, v, softening):
    """Return the first step that ``rule`` tries."""
    tau = 1.0 / math.sqrt(pair_rate(m, x, v, softening))
    if rule == AARSETH:
        return 0.1 * math.sqrt(size) * tau
    if rule == PRS:
        return 0.1 * size * tau
    return 0.01 * tau if rule == PI else size


def march(m, x, v, memory, scratch, kept, times, rule, size, softening, limit, positions, velocities, counts):
    """Write the states at ``times``, not decreasing, into the rows of ``positions`` and ``velocities``.

    ``rule`` and its number ``size`` are those of `step_rules`. ``kept``: four vectors, for the state before the step.
    ``counts`` takes the steps, the rejected ones, the evaluations of all forces and the rows that were finished. The
    row after those, if any is left, holds the last state. Returns the reason for the end and the time reached.
    """
    m, x, v = load_masses(m), load(x), load(v)
    memory, counts[2] = begin(m, x, v, memory, softening, scratch)
    h = first_step(rule, size, m, x, v, softening)
    time, previous, after_rejection = 0.0, 1.0, False
    steps, rejected, forces = 0, 0, counts[2]
    at_once = BLOCK if rule == CONSTANT else 1
    reason = FINISHED
    for row in range(times.shape[0]):
        while time < times[row] and reason == FINISHED:
            if rule in (PAIRS, AVERAGE):
                h = size / math.sqrt(pair_rate(m, x, v, softening))
            remaining = times[row] - time
            clipped = h >= remaining * NEARLY
            used = remaining if clipped else h
            if steps + rejected >= limit:
                reason = LIMIT
                break
            if not time + used > time:
                reason = STALLED
                break
            x0, v0 = keep(kept[0], x), keep(kept[1], v)
            a0, j0 = keep(kept[2], memory[0]), keep(kept[3], memory[1])
            near_end = steps + at_once > limit or not time + (at_once + 1) * used < times[row]
            many = 1 if near_end else at_once
            now = time
            for _ in range(many):
                x, v, memory, _, evaluations = step(m, x, v, memory, used, softening, scratch)
                now += used
            forces += many * evaluations
            if rule == AVERAGE and not clipped:
                for _ in range(2):
                    used = 0.5 * (h + size / math.sqrt(pair_rate(m, x, v, softening)))
                    if not used < remaining:
                        used, clipped = remaining, True
                    x, v = keep(x, x0), keep(v, v0)
                    memory = keep(memory[0], a0), keep(memory[1], j0), memory[2]
                    x, v, memory, _, evaluations = step(m, x, v, memory, used, softening, scratch)
                    forces += evaluations
                now = time + used
            error = memory[2] / size if rule == PI else 0.0
            accepted = error <= 1.0
            if not accepted or not finite(x, v):
                x, v = keep(x, x0), keep(v, v0)
                memory = keep(memory[0], a0), keep(memory[1], j0), memory[2]
                if many > 1:  # take them one by one
                    at_once = 1
                    forces -= many * evaluations
                    continue
                if accepted:
                    reason = NOT_FINITE
                    break
                rejected += 1
                h = used * reduced(error)
                after_rejection = True
                continue
            steps += many
            time = times[row] if clipped else now
            if rule == PI:
                if not clipped:
                    h = used * controlled(error, previous, after_rejection)
                previous, after_rejection = error, False
            elif rule in (AARSETH, PRS) and not clipped:
                scale2 = least_scale(rule, scratch[0], scratch[1], a0, j0, memory[0], memory[1], used)
                wanted = math.sqrt(size * scale2) if rule == AARSETH else size * math.sqrt(scale2)
                h = min(wanted, GROWTH * used)
        counts[0], counts[1], counts[2] = steps, rejected, forces
        store(positions[row], x)
        store(velocities[row], v)
        if reason != FINISHED:
            return reason, time
        counts[3] += 1
    return reason, time


def march_transformed(m, x, v, memory, scratch, kept, times, size, softening, limit, positions, velocities, counts):
    """Do what `march` does by a scheme whose ``size`` is a step of a transformed time.

    A step that passes a time that is asked for is taken again, by the secant method, until it ends there.
    """
    m, x, v = load_masses(m), load(x), load(v)
    memory, counts[2] = begin(m, x, v, memory, softening, scratch)
    time = 0.0
    reason = FINISHED
    for row in range(times.shape[0]):
        while time < times[row] and reason == FINISHED:
            if counts[0] >= limit:
                reason = LIMIT
                break
            x0, v0 = keep(kept[0], x), keep(kept[1], v)
            x, v, memory, elapsed, evaluations = step(m, x, v, memory, size, softening, scratch)
            counts[2] += evaluations
            remaining = times[row] - time
            clipped = elapsed >= remaining * NEARLY
            if clipped:
                # elapsed(0) = 0 is the first of the two points of the secant
                before, before_elapsed, h = 0.0, 0.0, size
                for _ in range(30):
                    if abs(elapsed - remaining) <= 1e-15 * remaining or elapsed == before_elapsed:
                        break
                    slope = (h - before) / (elapsed - before_elapsed)
                    before, before_elapsed = h, elapsed
                    h += slope * (remaining - elapsed)
                    x, v = keep(x, x0), keep(v, v0)
                    x, v, memory, elapsed, evaluations = step(m, x, v, memory, h, softening, scratch)
                    counts[2] += evaluations
            if not finite(x, v) or not time + elapsed > time:
                reason = NOT_FINITE if not finite(x, v) else STALLED
                x, v = keep(x, x0), keep(v, v0)
                break
            counts[0] += 1
            time = times[row] if clipped else time + elapsed
        store(positions[row], x)
        store(velocities[row], v)
        if reason != FINISHED:
            return reason, time
        counts[3] += 1
    return reason, time
