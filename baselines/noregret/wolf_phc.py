"""WoLF-PHC: hill climbing in the space of policies, in small steps while winning and in larger ones while losing.

Bowling and Veloso, "Multiagent learning using a variable learning rate", Artificial Intelligence 136, 2002, table 5.
Beside its values, learned as by `q_learning`, each observation has a policy, which moves by a step towards the action
of the largest value, and the average of its past policies; it is winning when the policy's mean value exceeds the
average policy's. In matching pennies two such learners approach the mixed equilibrium, where hill climbing at one rate
circles it.

Accepts integer observations, any number of players (each learns alone) and every criterion.

    regretlab watch regretlab/IteratedGame-v0 --learner wolf_phc
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import scaled, uniform
from ..learner import Accepts
from ..table import STORAGE, find
from ..tabular import values
from ..tabular.q_learning import update as learn_values
from .mixing import pick

ACCEPTS = Accepts()
KNOBS = {
    **values.BOOTSTRAPPING,
    "epsilon": Knob(0.05, "probability of a uniformly random action", low=0.0, high=1.0),
    "win": Knob(0.001, "probability moved in a step while winning", low=0.0, high=1.0),
    "lose": Knob(0.004, "probability moved in a step while losing", low=0.0, high=1.0),
    **STORAGE,
}


class Params(NamedTuple):
    """The knobs that the kernels read; ``terminal`` as in `values.Params`."""

    alpha: float
    gamma: float
    terminal: bool
    epsilon: float
    win: float
    lose: float
    initial: float
    capacity: int


# ``policies`` and ``averages`` (rows, slots, actions) count as uniform where ``visits`` (rows, slots), how often a slot
# was updated, is 0.
State = values.with_fields(__name__, "policies", "averages", "visits")

params = partial(values.build, Params)


def allocate(lp: Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners."""
    base = values.allocate(lp, observations, actions, rows)
    policies, averages = np.zeros_like(base.values), np.zeros_like(base.values)
    return State(*base, policies=policies, averages=averages, visits=np.zeros(base.values.shape[:2], np.int64))


@kernel
def act(lp, ls, row, observation):
    """Draw an action from the policy, or with probability epsilon any."""
    count = ls.actions[row]
    slot = find(ls.table, row, observation)
    u = uniform(ls.key, row)
    if slot < 0 or ls.visits[row, slot] == 0:
        return scaled(u, count)
    if u < lp.epsilon:
        return scaled(u / lp.epsilon, count)
    return pick(ls.policies[row, slot], count, (u - lp.epsilon) / (1.0 - lp.epsilon))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Learn the value of the action, then move the policy towards the best one."""
    learn_values(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs)
    slot = find(ls.table, row, observation)
    if slot >= 0:
        climb(lp, ls, row, slot)


@kernel
def climb(lp, ls, row, slot):
    """Update the average policy of ``slot`` and take one step from the policy towards the best action."""
    values, policy, average = ls.values[row, slot], ls.policies[row, slot], ls.averages[row, slot]
    count = ls.actions[row]
    if ls.visits[row, slot] == 0:
        for a in range(count):
            policy[a] = 1.0 / count
    ls.visits[row, slot] += 1
    best = 0
    lead = 0.0
    for a in range(count):
        average[a] += (policy[a] - average[a]) / ls.visits[row, slot]
        lead += (policy[a] - average[a]) * values[a]
        if values[a] > values[best]:
            best = a
    step = (lp.win if lead > 0.0 else lp.lose) / max(count - 1, 1)
    rest = 0.0
    for a in range(count):
        if a != best:
            policy[a] = max(policy[a] - step, 0.0)
            rest += policy[a]
    policy[best] = 1.0 - rest
