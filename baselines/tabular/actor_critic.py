"""Average-reward actor-critic: differential TD values a softmax policy, which follows their errors uphill.

Sutton and Barto, Reinforcement Learning: An Introduction, 2nd edition, section 13.6, without traces. With delta = R -
rho + V(S') - V(S), the estimate rho of the gain moves by eta alpha delta and the value of S by alpha delta (which is
differential TD(0)), the logits of S by beta delta grad log pi(A | S). With beta = 0 it evaluates uniform play.

Accepts integer observations, any number of players and the criterion gain.

    regretlab watch regretlab/RiverSwim-v0 --learner actor_critic --train 100000
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import scaled, uniform
from ..learner import Accepts
from ..noregret.mixing import pick, softmax_into
from ..table import STORAGE, Table, claim, find, new_table

ACCEPTS = Accepts(criteria=("gain",))
KNOBS = {
    "alpha": Knob(0.1, "step size of the values", low=0.0, high=1.0),
    "beta": Knob(0.05, "step size of the logits", low=0.0),
    "eta": Knob(0.1, "step size of the gain, in units of alpha", low=0.0),
    "capacity": STORAGE["capacity"],
}


class Params(NamedTuple):
    """The knobs that the kernels read."""

    alpha: float
    beta: float
    eta: float
    capacity: int


class State(NamedTuple):
    """First axis: row. ``values`` (rows, slots), ``logits`` (rows, slots, actions), ``gain`` (rows,); ``policy``
    (rows, actions) is worked on.
    """

    key: np.ndarray
    actions: np.ndarray
    table: Table
    values: np.ndarray
    logits: np.ndarray
    gain: np.ndarray
    policy: np.ndarray


params = Params


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners."""
    table, slots = new_table(observations, lp.capacity, rows)
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        table=table,
        values=np.zeros((rows, slots)),
        logits=np.zeros((rows, slots, actions)),
        gain=np.zeros(rows),
        policy=np.zeros((rows, actions)),
    )


@kernel
def act(lp, ls, row, observation):
    """Draw from the softmax of the logits."""
    count, slot = ls.actions[row], find(ls.table, row, observation)
    u = uniform(ls.key, row)
    if slot < 0:
        return scaled(u, count)
    softmax_into(ls.policy[row], ls.logits[row, slot], count, 1.0)
    return pick(ls.policy[row], count, u)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Move gain, value and logits by the differential error."""
    slot = claim(ls.table, row, observation)
    if slot < 0:
        return
    after = find(ls.table, row, next_observation)
    following = 0.0 if terminated or after < 0 else ls.values[row, after]
    error = reward - ls.gain[row] + following - ls.values[row, slot]
    ls.gain[row] += lp.eta * lp.alpha * error
    ls.values[row, slot] += lp.alpha * error
    count = ls.actions[row]
    softmax_into(ls.policy[row], ls.logits[row, slot], count, 1.0)
    for a in range(count):
        slope = (1.0 if a == action else 0.0) - ls.policy[row, a]
        ls.logits[row, slot, a] += lp.beta * error * slope
