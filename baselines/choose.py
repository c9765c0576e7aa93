"""How learners pick an action from a row of values: ties at random, one uniform number a choice."""

from __future__ import annotations

from ..envs.core.kernel import kernel
from ..envs.core.knobs import Knob
from ..envs.core.streams import scaled

#: The knobs of epsilon-greedy exploration.
EXPLORATION = {
    "epsilon": Knob(0.1, "probability of a uniformly random action", low=0.0, high=1.0),
    "final_epsilon": Knob(0.0, "exploration after decay_steps steps", low=0.0, high=1.0),
    "decay_steps": Knob(0, "steps over which epsilon falls linearly to final_epsilon; 0 keeps it constant", low=0),
}


@kernel
def largest(values, row, slot, count):
    """Return the largest of ``values[row, slot, :count]``."""
    best = values[row, slot, 0]
    for a in range(1, count):
        best = max(best, values[row, slot, a])
    return best


@kernel
def greedy(values, row, slot, count, u):
    """Return the index of the largest of ``values[row, slot, :count]``; ``u`` in [0, 1) picks among equals."""
    return greedy_of(values[row, slot], count, u)


@kernel
def greedy_of(values, count, u):
    """Return the index of the largest of ``values[:count]``; ``u`` in [0, 1) picks among equals."""
    best = values[0]
    chosen = 0
    ties = 1
    for a in range(1, count):
        value = values[a]
        if value > best:
            best = value
            chosen = a
            ties = 1
        elif value == best:
            ties += 1
    if ties > 1:
        skip = scaled(u, ties)
        for a in range(chosen, count):
            if values[a] == best:
                if skip == 0:
                    return a
                skip -= 1
    return chosen


@kernel
def epsilon_greedy(values, row, slot, count, epsilon, u):
    """Return a uniform action with probability ``epsilon``, else a greedy one.

    The one number ``u`` decides both whether to explore and, stretched back to [0, 1), which action is taken.
    A negative ``slot`` stands for an observation of which nothing is known: every action is equally good there.
    """
    if slot < 0:
        return scaled(u, count)
    if u < epsilon:
        return scaled(u / epsilon, count)
    return greedy(values, row, slot, count, (u - epsilon) / (1.0 - epsilon))


@kernel
def annealed(first, final, steps, taken):
    """Return the exploration after ``taken`` steps: linear from ``first`` to ``final`` over ``steps`` (0: constant)."""
    if steps == 0:
        return first
    return first + (final - first) * min(1.0, taken / steps)
