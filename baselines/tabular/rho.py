"""What the learners of Riemer et al. share: the gain of every change of a policy, in the model that was learned.

Riemer et al., "Continual learning in environments with polynomial mixing times", arXiv:2112.07066. The learned model
has a prior count for every successor, so that what was never tried leads anywhere, and all chains have one stationary
law. A policy is improved in a state by the gain rho(a) of the policy that takes a there.

With Z = (I - P + 1 w')^-1, w uniform, and x = Z r, the gain is w' x and x is a bias; from Z follow the expected steps
m(y) and rewards R(y) from y until the state s comes, and by renewal rho(a) = (r(s, a) + sum P(y | s, a) R(y)) / (1 +
sum P(y | s, a) m(y)), which does not depend on what is done in s now. A changed row of P is a change of rank one of Z
(Sherman and Morrison 1950), so that a step costs S^2 and not A S^3. The ``plain`` form solves for the stationary law
for every action, as the source does; both give the same numbers.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...envs.core.environment import Environment
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import scaled, uniform
from ...solvers.stationary import take_out_states
from ..learner import Accepts
from .empirical_model import SUCCESSORS, Counts, new_counts, record

ACCEPTS = Accepts(players="one", criteria=("gain",))
KNOBS = {
    "form": Knob("fast", "how gains are computed: by rank-one updates, or plainly", choices=("fast", "plain")),
    "prior": Knob(1e-4, "count of every successor, and of the least and the largest reward, beforehand", low=1e-9),
    "refresh": Knob(1_000, "changes after which the inverse is computed anew", low=1),
    "successors": SUCCESSORS,
}
MOST_STATES = 2_000
TIE = 1e-9  # gains that differ by less are equal; in units of the range of the rewards

stationary = kernel(take_out_states)


class State(NamedTuple):
    """First axis: row.

    Attributes
    ----------
    counts : what was seen; rewards are scaled to [0, 1].
    policy : float64 (rows, S, A), probabilities of the actions.
    logits : float64 (rows, S, A), of learners that keep them.
    chain, inverse : float64 (rows, S, S), P of the policy in the learned model, and Z.
    reward, bias, total : float64 (rows, S), r of the policy, x = Z r, and the sums of the columns of Z.
    changes : int64 (rows,), since the inverse was computed anew; it is not before the first step.
    plain : float64 (rows, S, S), work space of the plain form.
    work : float64 (rows, 3, S), work space.
    gains : float64 (rows, A), what the last improvement compared.
    steps : int64 (rows,).
    """

    key: np.ndarray
    actions: np.ndarray
    counts: Counts
    policy: np.ndarray
    logits: np.ndarray
    chain: np.ndarray
    inverse: np.ndarray
    reward: np.ndarray
    bias: np.ndarray
    total: np.ndarray
    changes: np.ndarray
    plain: np.ndarray
    work: np.ndarray
    gains: np.ndarray
    steps: np.ndarray


def prepare(lp: Any, environment: Environment) -> Any:
    """Learn the range of the rewards; where there is only one reward, any range will do."""
    low, high = map(float, environment.spec.reward_range)
    return lp._replace(low=low, high=high if high > low else low + 1.0)


def unsuited(lp: Any, environment: Environment, players: Any) -> str | None:
    """Say so where the matrices of the learner would be too large."""
    states = environment.spec.observation.sizes[0]
    if states <= MOST_STATES:
        return None
    return (
        f"rho-learning keeps a matrix of {states:,} x {states:,} numbers for {environment.id}: at most {MOST_STATES:,}"
    )


def allocate(lp: Any, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners that play the first action everywhere."""
    square = rows, observations, observations
    policy = np.zeros((rows, observations, actions))
    policy[:, :, 0] = 1.0
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        counts=new_counts(observations, actions, rows, lp.successors),
        policy=policy,
        logits=np.zeros((rows, observations, actions)),
        chain=np.zeros(square),
        inverse=np.zeros(square),
        reward=np.zeros((rows, observations)),
        bias=np.zeros((rows, observations)),
        total=np.zeros((rows, observations)),
        changes=np.zeros(rows, np.int64),
        plain=np.zeros(square if lp.plain else (rows, 0, 0)),
        work=np.zeros((rows, 3, observations)),
        gains=np.zeros((rows, actions)),
        steps=np.zeros(rows, np.int64),
    )


@kernel
def act(lp, ls, row, observation):
    """Play the policy's largest action, or with probability epsilon any."""
    count = ls.actions[row]
    u = uniform(ls.key, row)
    if u < lp.epsilon:
        return scaled(u / lp.epsilon, count)
    best = 0
    for a in range(1, count):
        if ls.policy[row, observation, a] > ls.policy[row, observation, best]:
            best = a
    return best


@kernel
def believed_reward(lp, ls, row, state, action):
    """Return the mean reward of a pair, the prior included."""
    tries = ls.counts.tries[row, state, action]
    return (ls.counts.rewards[row, state, action] + lp.prior) / (tries + 2.0 * lp.prior)


@kernel
def add_row(lp, ls, row, state, action, weight, out):
    """Add to ``out`` (S,) ``weight`` times the believed distribution of the successors of a pair."""
    counts, states = ls.counts, out.shape[0]
    share = weight / (counts.tries[row, state, action] + lp.prior * states)
    for x in range(states):
        out[x] += share * lp.prior
    for k in range(counts.known[row, state, action]):
        out[counts.successor[row, state, action, k]] += share * counts.followed[row, state, action, k]


@kernel
def write_row(lp, ls, row, state, out):
    """Write into ``out`` (S,) the policy's distribution of successors; return its mean reward."""
    reward = 0.0
    for x in range(out.shape[0]):
        out[x] = 0.0
    for a in range(ls.actions[row]):
        weight = ls.policy[row, state, a]
        if weight > 0.0:
            add_row(lp, ls, row, state, a, weight, out)
            reward += weight * believed_reward(lp, ls, row, state, a)
    return reward


@kernel
def invert(matrix):
    """Invert ``matrix`` (S, S) in place by Gauss and Jordan's elimination; no pivot can be small.

    I - P + 1 w' has, after any steps of elimination, positive pivots, as I - P is a singular M-matrix whose leading
    blocks have inverses without negative entries, and 1 w' adds no more than a positive factor to their determinants.
    """
    size = matrix.shape[0]
    for k in range(size):
        pivot = 1.0 / matrix[k, k]
        matrix[k, k] = 1.0
        for j in range(size):
            matrix[k, j] *= pivot
        for i in range(size):
            if i != k:
                factor = matrix[i, k]
                matrix[i, k] = 0.0
                for j in range(size):
                    matrix[i, j] -= factor * matrix[k, j]


@kernel
def refresh(lp, ls, row):
    """Compute chain, inverse, bias and sums anew."""
    states = ls.chain.shape[1]
    z = ls.inverse[row]
    for s in range(states):
        ls.reward[row, s] = write_row(lp, ls, row, s, ls.chain[row, s])
        for x in range(states):
            z[s, x] = 1.0 / states - ls.chain[row, s, x]
        z[s, s] += 1.0
    invert(z)
    for x in range(states):
        ls.total[row, x] = 0.0
    for s in range(states):
        value = 0.0
        for x in range(states):
            value += z[s, x] * ls.reward[row, x]
            ls.total[row, x] += z[s, x]
        ls.bias[row, s] = value
    ls.changes[row] = 0


@kernel
def change_row(lp, ls, row, state):
    """Take over a changed policy or model in ``state``."""
    states = ls.chain.shape[1]
    new, row_of_change = ls.work[row, 0], ls.work[row, 1]
    reward = write_row(lp, ls, row, state, new)
    if lp.plain:
        ls.reward[row, state] = reward
        for x in range(states):
            ls.chain[row, state, x] = new[x]
        return
    if ls.changes[row] >= lp.refresh:
        refresh(lp, ls, row)
        return
    ls.changes[row] += 1
    z, column = ls.inverse[row], ls.work[row, 2]
    more = reward - ls.reward[row, state]
    ls.reward[row, state] = reward
    for x in range(states):
        row_of_change[x] = 0.0
        column[x] = z[x, state]
        ls.bias[row, x] += more * column[x]
    pivot, shift = 1.0, 0.0
    for x in range(states):
        change = new[x] - ls.chain[row, state, x]
        ls.chain[row, state, x] = new[x]
        if change != 0.0:
            pivot -= change * column[x]
            shift += change * ls.bias[row, x]
            for y in range(states):
                row_of_change[y] += change * z[x, y]
    whole = 0.0
    for x in range(states):
        factor = column[x] / pivot
        whole += factor
        ls.bias[row, x] += factor * shift
        for y in range(states):
            z[x, y] += factor * row_of_change[y]
    for y in range(states):
        ls.total[row, y] += whole * row_of_change[y]


@kernel
def compare(lp, ls, row, state):
    """Write into ``ls.gains[row]`` the gain of the policy that takes each action in ``state``."""
    states, count = ls.chain.shape[1], ls.actions[row]
    if lp.plain:
        for a in range(count):
            matrix, law = ls.plain[row], ls.work[row, 0]
            for x in range(states):
                for y in range(states):
                    matrix[x, y] = 0.0 if x == state else ls.chain[row, x, y]
            add_row(lp, ls, row, state, a, 1.0, matrix[state])
            stationary(matrix, law)
            gain = 0.0
            for x in range(states):
                reward = believed_reward(lp, ls, row, state, a) if x == state else ls.reward[row, x]
                gain += law[x] * reward
            ls.gains[row, a] = gain
        return
    z, counts = ls.inverse[row], ls.counts
    mass = ls.total[row, state] / states
    gain = 0.0
    for x in range(states):
        gain += ls.bias[row, x]
    gain /= states
    steps_to, earned_to = ls.work[row, 0], ls.work[row, 1]
    every_step, everything = 0.0, 0.0
    for x in range(states):
        steps = (z[state, state] - z[x, state]) / mass
        earned = ls.bias[row, x] - ls.bias[row, state] + gain * steps
        steps_to[x] = steps
        earned_to[x] = earned
        every_step += steps
        everything += earned
    for a in range(count):
        tries = counts.tries[row, state, a] + lp.prior * states
        steps, earned = lp.prior * every_step, lp.prior * everything
        for k in range(counts.known[row, state, a]):
            successor = counts.successor[row, state, a, k]
            steps += counts.followed[row, state, a, k] * steps_to[successor]
            earned += counts.followed[row, state, a, k] * earned_to[successor]
        ls.gains[row, a] = (believed_reward(lp, ls, row, state, a) + earned / tries) / (1.0 + steps / tries)


@kernel
def improve(lp, ls, row, state):
    """Take the action of the largest gain in ``state``; ties at random."""
    compare(lp, ls, row, state)
    count = ls.actions[row]
    most = -math.inf
    for a in range(count):
        most = max(most, ls.gains[row, a])
    ties = 0
    for a in range(count):
        ties += int(ls.gains[row, a] >= most - TIE)
    skip = scaled(uniform(ls.key, row), ties)
    for a in range(count):
        if ls.gains[row, a] >= most - TIE:
            if skip == 0:
                take(lp, ls, row, state, a)
            skip -= 1


@kernel
def take(lp, ls, row, state, action):
    """Take ``action`` in ``state`` for certain."""
    if ls.policy[row, state, action] == 1.0:
        return
    for a in range(ls.actions[row]):
        ls.policy[row, state, a] = 1.0 if a == action else 0.0
    change_row(lp, ls, row, state)


@kernel
def learn(lp, ls, row, observation, action, reward, next_observation):
    """Record the step and take the changed model over."""
    if ls.steps[row] == 0:
        refresh(lp, ls, row)
    ls.steps[row] += 1
    recorded = record(ls.counts, row, observation, action, (reward - lp.low) / (lp.high - lp.low), next_observation)
    if recorded >= 0 and ls.policy[row, observation, action] > 0.0:
        change_row(lp, ls, row, observation)


@kernel
def draw_visited(lp, ls, row):
    """Draw a state from the stationary law of the policy in the learned model."""
    states = ls.chain.shape[1]
    left = uniform(ls.key, row)
    if lp.plain:
        matrix, law = ls.plain[row], ls.work[row, 0]
        for x in range(states):
            for y in range(states):
                matrix[x, y] = ls.chain[row, x, y]
        stationary(matrix, law)
    else:
        law = ls.work[row, 0]
        for x in range(states):
            law[x] = ls.total[row, x] / states
    state = 0
    while state < states - 1 and left >= law[state]:
        left -= law[state]
        state += 1
    return state
