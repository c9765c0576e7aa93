"""REINFORCE: a softmax policy of each observation goes up the gradient of the return, estimated from whole episodes.

Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement learning", Machine Learning
8, 1992; Sutton and Barto, 2nd edition, sections 13.3 and 13.4. The logits are linear in the indicator of the
observation, so that each observation o has its own, theta(o). At the end of an episode, for each of its steps t,

    theta(o_t) += alpha gamma^t (G_t - b(o_t)) grad log pi(a_t | o_t),   then   b(o_t) += beta (G_t - b(o_t)),

G_t being the discounted return from t on and b a baseline. All of it is taken at the policy and the baseline that the
episode began with, so that the step is alpha times an unbiased estimate of the gradient of the expected return. A
truncated episode counts as it is, as if nothing followed.

An action of several parts (`Spec.heads`, or an environment's own action and a memory action) is drawn from one softmax
over all combinations (``heads = "joint"``) or from one for each part (``"split"``): |A| + k logits instead of |A| k.

Accepts tasks with episodes, integer observations, any number of players. There is no exploration apart from the policy,
so that it is tested with the policy as it is.

    regretlab watch regretlab/TMazePassive-v0 --learner reinforce
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...envs.core.environment import Environment
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.stacks import base_actions
from ...envs.core.streams import uniform
from ..learner import Accepts
from ..noregret.mixing import pick, softmax_into
from ..table import STORAGE, Table, claim, find, new_table
from . import episode
from .episode import add, credit, forget
from .values import GAMMA

ACCEPTS = Accepts(criteria=("return", "discounted"))
KNOBS = {
    "alpha": Knob(0.1, "step size of the logits", low=0.0),
    "beta": Knob(0.1, "step size of the baseline; 0: none", low=0.0, high=1.0),
    "gamma": GAMMA,
    "heads": Knob("joint", "one softmax over all actions, or one for each of their parts", choices=("joint", "split")),
    "episode": episode.STEPS,
    "capacity": STORAGE["capacity"],
}


class Params(NamedTuple):
    """The knobs that the kernels read, and ``sizes``: the numbers of values of the parts of an action, the first being
    the least significant; 0 stands for all of a row's actions.
    """

    alpha: float
    beta: float
    gamma: float
    split: bool
    episode: int
    capacity: int
    sizes: np.ndarray = np.zeros(1, np.int64)


class State(NamedTuple):
    """First axis: row. The fields of `episode` are as there.

    ``logits`` (rows, slots, width) by observation, the parts of an action side by side, and ``baseline`` (rows, slots).
    ``policy`` (rows, width) is that of the last step and ``policies`` (rows, episode, width) are those of the episode.
    """

    key: np.ndarray
    actions: np.ndarray
    table: Table
    logits: np.ndarray
    baseline: np.ndarray
    policy: np.ndarray
    policies: np.ndarray
    length: np.ndarray
    slot: np.ndarray
    action: np.ndarray
    reward: np.ndarray
    later: np.ndarray
    weight: np.ndarray
    full: np.ndarray


def params(heads: str, **knobs: Any) -> Params:
    """Build the parameters from checked knobs."""
    return Params(split=heads == "split", **knobs)


def prepare(lp: Params, environment: Environment) -> Params:
    """Learn what the parts of an action are."""
    if not lp.split or environment.spec.players > 1:
        return lp
    own, every = base_actions(environment), environment.spec.actions[0]
    parts = environment.spec.heads or ((own, every // own) if own < every else (own,))
    return lp._replace(sizes=np.array(parts, np.int64))


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners whose policies are uniform."""
    table, slots = new_table(observations, lp.capacity, rows)
    width = int(np.where(lp.sizes > 0, lp.sizes, actions).sum())
    return State(
        np.zeros(rows, np.uint64),
        np.zeros(rows, np.int64),
        table,
        np.zeros((rows, slots, width)),
        np.zeros((rows, slots)),
        np.zeros((rows, width)),
        np.zeros((rows, lp.episode, width)),
        *episode.allocate(lp, rows),
    )


@kernel
def act(lp, ls, row, observation):
    """Draw each part of the action from its softmax, which is uniform in an observation without a slot."""
    slot = find(ls.table, row, observation)
    action = 0
    unit = 1
    first = 0
    for head in range(lp.sizes.shape[0]):
        size = _size(lp, ls, row, head)
        policy = ls.policy[row, first:]
        softmax_into(policy, ls.logits[row, max(slot, 0), first:], size, 1.0 if slot >= 0 else 0.0)
        action += unit * pick(policy, size, uniform(ls.key, row))
        unit *= size
        first += size
    return action


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Keep the step and its policy; at the end of the episode, go up the gradient, then move the baseline."""
    n = add(lp, ls, row, claim(ls.table, row, observation), action, reward)
    if n >= 0:
        for j in range(ls.policy.shape[1]):
            ls.policies[row, n, j] = ls.policy[row, j]
    if terminated or truncated:
        credit(lp, ls, row)
        weight = lp.alpha
        for t in range(ls.length[row]):
            if ls.slot[row, t] >= 0:
                _climb(lp, ls, row, t, weight)
            weight *= lp.gamma
        for t in range(ls.length[row]):
            slot = ls.slot[row, t]
            if slot >= 0:
                ls.baseline[row, slot] += lp.beta * (ls.reward[row, t] - ls.baseline[row, slot])
        forget(ls, row)


@kernel
def interrupt(lp, ls, row):
    """Drop the episode under way."""
    forget(ls, row)


@kernel
def _climb(lp, ls, row, t, weight):
    """Move the logits of step ``t`` by ``weight`` times the advantage times the gradient of log pi."""
    slot = ls.slot[row, t]
    step = weight * (ls.reward[row, t] - ls.baseline[row, slot])
    rest = ls.action[row, t]
    first = 0
    for head in range(lp.sizes.shape[0]):
        size = _size(lp, ls, row, head)
        for a in range(size):
            ls.logits[row, slot, first + a] -= step * ls.policies[row, t, first + a]
        ls.logits[row, slot, first + rest % size] += step
        rest //= size
        first += size


@kernel
def _size(lp, ls, row, head):
    """Return the number of values of a part of the action."""
    size = lp.sizes[head]
    return size if size > 0 else ls.actions[row]
