"""What optimistic and posterior-sampling learners share: they plan once an episode, and episodes double.

An episode of planning (it has nothing to do with resets) ends as soon as some action was taken in some state as often
as in all episodes before, or once where it never was (Jaksch, Ortner and Auer, JMLR 11, 2010, figure 1).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...envs.core.environment import Environment
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from .empirical_model import SUCCESSORS, Counts, new_counts, record

ACCEPTS = Accepts(players="one", criteria=("gain",))
#: The knobs of a learner with confidence sets.
OPTIMISM = {
    "delta": Knob(0.05, "chance that the confidence sets may fail", low=1e-12, high=1.0),
    "scale": Knob(1.0, "factor of the confidence radii; below 1 the guarantee is lost", low=0.0),
    "truncated": Knob(True, "whether states that were never seen are imagined only behind what was seldom tried"),
    "successors": SUCCESSORS,
}
MOST_SWEEPS = 100_000
MOST_NUMBERS = 50_000_000  # of a row's tables


class State(NamedTuple):
    """First axis: row. ``begun`` (rows, S, A): tries before the episode; ``policy`` (rows, S): the episode's;
    ``values`` and ``following`` (rows, S) are those of planning, for which ``work`` (rows, 3, S) is; ``episodes``
    are counted. ``seen`` (rows, S) marks the states that were visited.
    """

    key: np.ndarray
    actions: np.ndarray
    counts: Counts
    begun: np.ndarray
    policy: np.ndarray
    values: np.ndarray
    following: np.ndarray
    work: np.ndarray
    steps: np.ndarray
    episodes: np.ndarray
    seen: np.ndarray


class Params(NamedTuple):
    """The knobs, and ``low`` and ``high``, the range of the rewards."""

    delta: float
    scale: float
    truncated: bool
    successors: int
    low: float = 0.0
    high: float = 1.0


def params(**knobs: Any) -> Params:
    """Build the parameters from checked knobs."""
    return Params(**knobs)


def prepare(lp: Any, environment: Environment) -> Any:
    """Learn the range of the rewards; where there is only one reward, any range will do."""
    low, high = map(float, environment.spec.reward_range)
    return lp._replace(low=low, high=high if high > low else low + 1.0)


def unsuited(lp: Any, environment: Environment, players: Any) -> str | None:
    """Say so where there are too many observations to count."""
    numbers = environment.spec.observation.sizes[0] * environment.spec.actions[0] * lp.successors
    if numbers <= MOST_NUMBERS:
        return None
    return (
        f"the learner counts successors of every state and action; {environment.id} has "
        f"{environment.spec.observation.sizes[0]:,} observations, for which there is no room"
    )


def allocate(lp: Any, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners."""
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        counts=new_counts(observations, actions, rows, lp.successors),
        begun=np.zeros((rows, observations, actions), np.int64),
        policy=np.zeros((rows, observations), np.int64),
        values=np.zeros((rows, observations)),
        following=np.zeros((rows, observations)),
        work=np.zeros((rows, 3, observations)),
        steps=np.zeros(rows, np.int64),
        episodes=np.zeros(rows, np.int64),
        seen=np.zeros((rows, observations), np.bool_),
    )


@kernel
def act(lp, ls, row, observation):
    """Play the episode's policy."""
    return ls.policy[row, observation]


@kernel
def plan(lp, ls, row):
    """Stand for the planning of a learner, which writes ``ls.policy``."""


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Count the step; when an action was taken twice as often as before the episode, plan again."""
    ls.steps[row] += 1
    ls.seen[row, observation] = True
    ls.seen[row, next_observation] = True
    scaled = (reward - lp.low) / (lp.high - lp.low)
    if record(ls.counts, row, observation, action, scaled, next_observation) < 0:
        return
    begun = ls.begun[row, observation, action]
    if ls.counts.tries[row, observation, action] - begun >= max(begun, 1):
        for s in range(ls.begun.shape[1]):
            for a in range(ls.begun.shape[2]):
                ls.begun[row, s, a] = ls.counts.tries[row, s, a]
        ls.episodes[row] += 1
        plan(lp, ls, row)


@kernel
def imagines(lp, ls, row, state, action):
    """Return whether states that were never seen may follow: without truncation always, else what was seldom tried.

    Seldom is at most sqrt(steps / (S A)) times (Fruit, Pirotta and Lazaric, NeurIPS 2018, arXiv:1807.02373, who show
    that otherwise an observation that cannot occur is hoped for for ever, and the regret is linear).
    """
    tries, pairs = ls.counts.tries[row, state, action], ls.seen.shape[1] * ls.actions[row]
    return not lp.truncated or tries * tries * pairs <= ls.steps[row]


@kernel
def optimistic(lp, ls, row, state, action, sure):
    """Stand for the largest expected value of the next state within a confidence set, plus the largest reward.

    ``sure`` is the state of the largest value among those that may follow, see `imagines`.
    """
    return 0.0


@kernel
def prepare_sweep(ls, row):
    """Stand for what a learner does before each sweep."""


@kernel
def extended_value_iteration(lp, ls, row):
    """Plan in the most favourable model of the confidence sets, until the change of the values has a span below
    1 / sqrt(steps) (Jaksch, Ortner and Auer, figure 2).

    It goes on from the values of the last episode, and moves by half of each change, so that it also settles where the
    favourable model is periodic. States that were never seen take part if some state that was seen may lead there.
    """
    states, count = ls.policy.shape[1], ls.actions[row]
    enough = 1.0 / np.sqrt(ls.steps[row])
    beyond = False
    for s in range(states):
        for a in range(count):
            beyond = beyond or (ls.seen[row, s] and imagines(lp, ls, row, s, a))
    for _ in range(MOST_SWEEPS):
        prepare_sweep(ls, row)
        sure = largest(ls, row, False)
        sure_beyond = largest(ls, row, True) if beyond else sure
        least, most = np.inf, -np.inf
        for s in range(states):
            if not (beyond or ls.seen[row, s]):
                continue
            best = -np.inf
            for a in range(count):
                value = optimistic(lp, ls, row, s, a, sure_beyond if imagines(lp, ls, row, s, a) else sure)
                if value > best:
                    best = value
                    ls.policy[row, s] = a
            ls.following[row, s] = best
            change = best - ls.values[row, s]
            least, most = min(least, change), max(most, change)
        base = 0.5 * (ls.values[row, sure] + ls.following[row, sure])
        for s in range(states):
            # What takes no part is kept level, so that it can be hoped for again without being better than anything.
            moved = 0.5 * (ls.values[row, s] + ls.following[row, s]) - base
            ls.values[row, s] = moved if beyond or ls.seen[row, s] else 0.0
        if most - least < enough:
            return


@kernel
def largest(ls, row, beyond):
    """Return the state of the largest value, the first of several; only ``beyond`` also if it was never seen."""
    found = -1
    for s in range(ls.values.shape[1]):
        if (beyond or ls.seen[row, s]) and (found < 0 or ls.values[row, s] > ls.values[row, found]):
            found = s
    return found
