"""Belief states: what the past tells of a hidden state, and with them the best policy of the history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from .criteria import optimum
from .gain import Gain
from .model_data import Solution, one_player

if TYPE_CHECKING:
    from ..envs.core.believe import Table
    from ..envs.core.model import Model

MOST_BELIEFS, GRID = 100_000, 1e-12


class TooManyBeliefsError(ValueError):
    """There are more belief states than may be listed."""


@dataclass(frozen=True, eq=False)
class Beliefs:
    """The B belief states of a model of S states.

    Attributes
    ----------
    model : the model whose states are the beliefs: one player, the same actions, horizon and criterion, and as
        observation the one that all states of a belief share. Its optimum is that of the best policy of the history.
    weights : csr_matrix (B, S), the distribution that each belief is. All episodes that have ended share one belief,
        whose row is empty.
    table : what keeps track of the belief while the model's environment is played (see
        `regretlab.envs.core.believe.show_belief`).
    shift : the largest distance, a sum of absolute differences, between a distribution and the one listed for it. What
        a policy earns in T steps changes by at most shift * T / 2 times the range of what can be earned.
    """

    model: Model
    weights: sparse.csr_matrix
    table: Table
    shift: float


def believe(model: Model, limit: int = MOST_BELIEFS) -> Beliefs:
    """List the belief states that can be reached in a model whose observations hide the state.

    A belief is the distribution over the model's states given the history: the observations and actions so far, and
    that the episode has not ended. Rewards are no part of the history, nor is the clock part of a belief (solvers of a
    finite horizon count the steps themselves). Since a belief decides how the history goes on, the model of beliefs has
    the Markov property, and its optimum is that of the best policy of the history (Astrom, Optimal control of Markov
    processes with incomplete state information, Journal of Mathematical Analysis and Applications 10, 1965).

    In a model with a horizon (and another criterion than gain) a belief that no history comes to before the last step
    ends the episode in the model of beliefs: what would follow it is truncated.

    Two beliefs are taken for one when their probabilities round to the same multiples of 1e-12, and what rounds to 0 is
    left out; `Beliefs.shift` is the farthest that this moved any belief. Equal beliefs that rounding errors push to
    different multiples are listed twice, which costs time and nothing else.

    Parameters
    ----------
    model : a model of one player.
    limit : the most beliefs to list.

    Raises
    ------
    ValueError
        for several players or a malformed model; `TooManyBeliefsError` for more than ``limit`` beliefs.
    """
    from ..envs.core.believe import Table

    transitions, rewards = one_player(model, "believe")
    actions = rewards.shape[1]
    known = _Known(model, limit)
    _, starts, chances = known.split(sparse.csr_matrix(model.initial[None]))
    by_action = [transitions[action::actions] for action in range(actions)]
    pairs, successors, laws = [], [], []
    expanded, step = 0, 0
    last = None if model.criterion.kind == "gain" else model.horizon
    while expanded < len(known.groups) and step != last:
        step += 1
        weights = known.weights(expanded)
        for action, matrix in enumerate(by_action):
            rows, numbers, probabilities = known.split(weights @ matrix)
            pairs.append((expanded + rows) * actions + action)
            successors.append(numbers)
            laws.append(probabilities)
        expanded += weights.shape[0]
    size = len(known.groups)
    where = np.concatenate(pairs), np.concatenate(successors)
    matrix = sparse.csr_matrix((np.concatenate(laws), where), shape=(size * actions, size))
    matrix.sort_indices()
    weights, groups = known.weights(0), np.array(known.groups)
    example = np.full(size, model.terminal.argmax())  # a state of each belief
    example[np.diff(weights.indptr) > 0] = weights.indices[weights.indptr[:-1][np.diff(weights.indptr) > 0]]
    over = (groups == known.ended) | (np.arange(size) >= expanded)
    beliefs = replace(
        model,
        transitions=matrix,
        rewards=np.where(over[:, None], 0.0, weights @ rewards)[:, :, None],
        terminal=over,
        initial=np.bincount(starts, chances, minlength=size),
        observations=model.observations[example],
        states=None,
    )
    table = Table(known.group_of, groups, matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), starts)
    return Beliefs(beliefs, weights, table, known.shift)


def history_optimum(model: Model, limit: int = MOST_BELIEFS) -> Solution | Gain:
    """Solve for the best policy of the history in a model whose observations hide the state.

    Parameters
    ----------
    model, limit : as for `believe`.

    Returns
    -------
    the optimum of the model of beliefs, with the policy and the values of beliefs.

    Raises
    ------
    ValueError, ArithmeticError
        as `believe` and `optimum`.
    """
    beliefs = believe(model, limit).model
    best = optimum(beliefs)
    return replace(best, how=f"{best.how}, on {beliefs.size} belief states")


def observation_groups(model: Model) -> tuple[np.ndarray, int]:
    """Number the observations of living states from 0.

    Returns
    -------
    groups : integer (S,), the number of every state's observation; states that end an episode have the number G.
    count : G, how many observations there are.
    """
    living = ~model.terminal
    seen = model.observations.reshape(model.size, -1)[living]
    distinct, numbers = np.unique(seen, axis=0, return_inverse=True)
    groups = np.full(model.size, len(distinct))
    groups[living] = numbers.ravel()
    return groups, len(distinct)


class _Known:
    """The beliefs listed so far, each a distribution over the states of one observation."""

    def __init__(self, model: Model, limit: int) -> None:
        self.group_of, self.ended = observation_groups(model)
        self.limit, self.shift = limit, 0.0
        self.groups: list[int] = []
        self._states: list[np.ndarray] = []
        self._chances: list[np.ndarray] = []
        self._exact: dict[bytes, int] = {}
        self._rounded: dict[bytes, int] = {}

    def weights(self, first: int) -> sparse.csr_matrix:
        """Return the distributions of the beliefs from number ``first`` on."""
        states, chances = self._states[first:], self._chances[first:]
        ends = np.cumsum([0, *map(len, states)])
        return sparse.csr_matrix(
            (np.concatenate(chances), np.concatenate(states), ends), shape=(len(states), len(self.group_of))
        )

    def split(self, matrix: sparse.csr_matrix) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Part each row, a distribution over states, by the observations; list the beliefs that are new.

        Returns the row, the number and the probability of every belief that follows.
        """
        entries = matrix.tocoo()
        groups = self.group_of[entries.col]
        order = np.lexsort((entries.col, groups, entries.row))
        rows, states, chances, groups = entries.row[order], entries.col[order], entries.data[order], groups[order]
        borders = np.flatnonzero((rows[1:] != rows[:-1]) | (groups[1:] != groups[:-1])) + 1
        starts, ends = np.r_[0, borders][: len(rows)], np.r_[borders, len(rows)][: len(rows)]
        if not len(rows):
            return rows, rows, chances
        masses = np.add.reduceat(chances, starts)
        chances = chances / np.repeat(masses, ends - starts)
        numbers = np.empty(len(starts), np.int64)
        for part, (group, start, end) in enumerate(
            zip(groups[starts].tolist(), starts.tolist(), ends.tolist(), strict=True)
        ):
            if group == self.ended:
                end = start
            exact = states[start:end].tobytes() + chances[start:end].tobytes()
            number = self._exact.get(exact)
            if number is None:
                number = self._exact[exact] = self._number(group, states[start:end], chances[start:end])
            numbers[part] = number
        return rows[starts], numbers, masses

    def _number(self, group: int, states: np.ndarray, chances: np.ndarray) -> int:
        """Return the number of the belief that rounds to the same as this one, listing it if it is new."""
        rounded = np.rint(chances / GRID).astype(np.int64)
        kept = rounded > 0
        key = states[kept].tobytes() + rounded[kept].tobytes()
        number = self._rounded.setdefault(key, len(self.groups))
        if number == len(self.groups):
            if number == self.limit:
                raise TooManyBeliefsError(
                    f"there are more than limit={self.limit:,} belief states: raise `limit`, or choose a smaller task"
                )
            self.groups.append(group)
            self._states.append(states[kept].astype(np.int64))
            self._chances.append(chances[kept] / chances[kept].sum())
        moved = np.abs(chances[kept] - self._chances[number]).sum() + chances[~kept].sum()
        self.shift = max(self.shift, float(moved))
        return number
