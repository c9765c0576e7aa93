"""Tabular policy gradient with a baseline of action values, a baseline of Riemer et al. 2022 (arXiv:2112.07066).

After n more steps the return G = sum of gamma^k R + gamma^n max Q at its end moves the value of the action that began
it by alpha (G - Q(s, a)), and the logits of its state by beta (G - sum over a of pi(a | s) Q(s, a)) grad log pi(a | s).

Accepts integer observations, one player and tasks that never end.

    regretlab watch regretlab/RiverSwim-v0 --learner n_step_policy_gradient --train 100000
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import scaled, uniform
from ..choose import EXPLORATION, annealed
from ..learner import Accepts
from ..noregret.mixing import pick, softmax_into
from ..table import STORAGE, claim, find
from . import values
from .values import GAMMA, best, with_fields

ACCEPTS = Accepts(players="one", criteria=("gain",))
KNOBS = {
    "alpha": Knob(0.01, "step size of the values", low=0.0, high=1.0),
    "beta": Knob(0.01, "step size of the logits", low=0.0),
    "gamma": GAMMA,
    "steps": Knob(5, "n, the steps of a return", low=1, high=10_000),
    **EXPLORATION,
    **STORAGE,
}


class Params(NamedTuple):
    """The knobs that the kernels read."""

    alpha: float
    beta: float
    gamma: float
    steps: int
    epsilon: float
    final_epsilon: float
    decay_steps: int
    initial: float
    capacity: int


params = Params

# ``logits`` as values; ``policy`` (rows, actions) is worked on; of the last n steps ``taken`` (rows, n, 2) holds slot
# and action and ``rewards`` (rows, n) what they paid.
State = with_fields(__name__, "logits", "policy", "taken", "rewards")


def allocate(lp: Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners."""
    shared = values.allocate(lp, observations, actions, rows)
    return State(
        *shared,
        logits=np.zeros(shared.values.shape),
        policy=np.zeros((rows, actions)),
        taken=np.full((rows, lp.steps, 2), -1, np.int64),
        rewards=np.zeros((rows, lp.steps)),
    )


@kernel
def act(lp, ls, row, observation):
    """Draw from the softmax of the logits, or any action."""
    count, slot = ls.actions[row], find(ls.table, row, observation)
    u = uniform(ls.key, row)
    epsilon = annealed(lp.epsilon, lp.final_epsilon, lp.decay_steps, ls.steps[row])
    if slot < 0 or u < epsilon:
        return scaled(uniform(ls.key, row), count)
    softmax_into(ls.policy[row], ls.logits[row, slot], count, 1.0)
    return pick(ls.policy[row], count, uniform(ls.key, row))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Learn from the return that ends here; the step itself waits for its own."""
    place = ls.steps[row] % lp.steps
    ls.taken[row, place, 0] = claim(ls.table, row, observation)
    ls.taken[row, place, 1] = action
    ls.rewards[row, place] = reward
    ls.steps[row] += 1
    if ls.steps[row] < lp.steps:
        return
    first = ls.steps[row] % lp.steps
    slot, chosen = ls.taken[row, first, 0], ls.taken[row, first, 1]
    if slot < 0:
        return
    total = best(lp, ls, row, next_observation)
    for k in range(lp.steps):
        total = ls.rewards[row, (place - k) % lp.steps] + lp.gamma * total
    count = ls.actions[row]
    softmax_into(ls.policy[row], ls.logits[row, slot], count, 1.0)
    baseline = 0.0
    for a in range(count):
        baseline += ls.policy[row, a] * ls.values[row, slot, a]
    for a in range(count):
        slope = (1.0 if a == chosen else 0.0) - ls.policy[row, a]
        ls.logits[row, slot, a] += lp.beta * (total - baseline) * slope
    ls.values[row, slot, chosen] += lp.alpha * (total - ls.values[row, slot, chosen])
