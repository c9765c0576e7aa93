"""Monte-Carlo control: the value of an action is the mean return of the episodes in which it was taken.

Sutton and Barto, "Reinforcement Learning", 2nd edition, section 5.4 (on-policy control with an epsilon-greedy policy),
first-visit or every-visit. All values move at the end of an episode. As no value is taken from another one, it makes no
difference whether observations tell everything: there is no next observation that looks better than it is. A truncated
episode counts as it is, as if nothing followed.

Accepts tasks with episodes, integer observations, any number of players. With a stack around the environment (see
`regretlab.envs.core.remember`) it sees what the stack holds as one integer.

    regretlab watch regretlab/TMazePassive-v0 --learner monte_carlo
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..choose import EXPLORATION
from ..learner import Accepts
from ..table import STORAGE, claim
from . import episode, values
from .episode import add, credit, forget
from .values import GAMMA, act, with_fields  # noqa: F401 (part of a learner)

ACCEPTS = Accepts(criteria=("return", "discounted"))
KNOBS = {
    "alpha": Knob(0.1, "step size; 0 takes 1/n, so that a value is the mean of its n returns", low=0.0, high=1.0),
    "gamma": GAMMA,
    "first_visit": Knob(True, "count the first of an episode's visits to a pair alone, else every visit"),
    "episode": episode.STEPS,
    **EXPLORATION,
    **STORAGE,
}


class Params(NamedTuple):
    """The knobs that the kernels read."""

    alpha: float
    gamma: float
    first_visit: bool
    episode: int
    epsilon: float
    final_epsilon: float
    decay_steps: int
    initial: float
    capacity: int


params = Params

# ``counts`` (rows, slots, actions) are the returns that each value has moved towards, ``latest`` (rows, slots, actions)
# the number of the last episode with a visit; ``ended`` (rows,) counts the episodes.
State = with_fields(__name__, *episode.FIELDS, "counts", "latest", "ended")


def allocate(lp: Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners."""
    base = values.allocate(lp, observations, actions, rows)
    counts, latest = (np.zeros(base.values.shape, np.int64) for _ in range(2))
    return State(*base, *episode.allocate(lp, rows), counts=counts, latest=latest, ended=np.zeros(rows, np.int64))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Keep the step; at the end of the episode, move the values towards the returns, the last step first."""
    ls.steps[row] += 1
    slot = claim(ls.table, row, observation)
    number = ls.ended[row] + 1
    if slot >= 0 and lp.first_visit:
        again = ls.latest[row, slot, action] == number
        ls.latest[row, slot, action] = number
        if again:
            slot = -1
    add(lp, ls, row, slot, action, reward)
    if terminated or truncated:
        credit(lp, ls, row)
        for n in range(ls.length[row] - 1, -1, -1):
            if ls.slot[row, n] >= 0:
                _learn(lp, ls, row, ls.slot[row, n], ls.action[row, n], ls.reward[row, n])
        interrupt(lp, ls, row)


@kernel
def interrupt(lp, ls, row):
    """Drop the episode under way."""
    ls.ended[row] += 1
    forget(ls, row)


@kernel
def _learn(lp, ls, row, slot, action, value):
    """Move the value of a pair towards a return."""
    count = ls.counts[row, slot, action] + 1
    ls.counts[row, slot, action] = count
    step = lp.alpha if lp.alpha > 0.0 else 1.0 / count
    ls.values[row, slot, action] += step * (value - ls.values[row, slot, action])
