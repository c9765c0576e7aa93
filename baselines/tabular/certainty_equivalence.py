"""Certainty equivalence: believe the frequencies, play the policy that is best in them, and explore now and then.

The model is planned in by relative value iteration whenever some action was taken in some state twice as often as at
the last planning (Jaksch, Ortner and Auer's episodes). An action that was never taken is worth the largest reward and
the best state (``optimistic``), or nothing and no change of state. It is the baseline that shows what confidence sets
are for.

Accepts integer observations (which it takes for states), one player and the criterion gain.

    regretlab watch regretlab/RiverSwim-v0 --learner certainty_equivalence --train 100000
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ...envs.core.fusing import specialise
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import scaled, uniform
from ..choose import EXPLORATION, annealed
from . import episodes
from .empirical_model import SUCCESSORS
from .episodes import ACCEPTS, allocate, prepare, unsuited  # noqa: F401 (part of a learner)

KNOBS = {
    "optimistic": Knob(False, "an action that was never taken is worth the most there can be"),
    **EXPLORATION,
    "successors": SUCCESSORS,
}


class Params(NamedTuple):
    """The knobs, and ``low`` and ``high``, the range of the rewards."""

    optimistic: bool
    epsilon: float
    final_epsilon: float
    decay_steps: int
    successors: int
    low: float = 0.0
    high: float = 1.0


def params(**knobs: Any) -> Params:
    """Build the parameters from checked knobs."""
    return Params(**knobs)


@kernel
def act(lp, ls, row, observation):
    """Play the planned policy, or any action."""
    epsilon = annealed(lp.epsilon, lp.final_epsilon, lp.decay_steps, ls.steps[row])
    u = uniform(ls.key, row)
    return scaled(u / epsilon, ls.actions[row]) if u < epsilon else ls.policy[row, observation]


@kernel
def believed(lp, ls, row, state, action, sure):
    """Return the mean reward plus the expected value by the frequencies."""
    counts, values = ls.counts, ls.values
    tries = counts.tries[row, state, action]
    if tries == 0:
        return 1.0 + values[row, sure] if lp.optimistic else values[row, state]
    total = counts.rewards[row, state, action]
    for k in range(counts.known[row, state, action]):
        total += counts.followed[row, state, action, k] * values[row, counts.successor[row, state, action, k]]
    return total / tries


@kernel
def imagines(lp, ls, row, state, action):
    """Believe in no state that was never seen."""
    return False


plan = specialise(episodes.extended_value_iteration, {"optimistic": believed, "imagines": imagines})
update = specialise(episodes.update, {"plan": plan})
