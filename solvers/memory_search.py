"""The best deterministic map from observations to actions, by branch and bound on belief states."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from scipy import sparse

from . import memory_kernels
from .belief import TooManyBeliefsError, believe, observation_groups
from .components import reach, union_graph
from .criteria import evaluate, optimum
from .gain import Gain, MultichainError, howard
from .linear import TooLargeError
from .model_data import Solution, one_player, scale
from .total_return import NeverEndsError

if TYPE_CHECKING:
    from ..envs.core.model import Model

MOST_WORK, MOST_BELIEFS, MOST_CELLS = 4e9, 20_000, 2e7
TIE = 1e-10


def best_of_observation(model: Model, limit: int | None = None) -> Solution:
    """Find the best policy that maps the present observation to one action, under the model's criterion.

    The map is deterministic and does not see the clock. Branch and bound over partial maps: the bound of a partial map
    is the optimum of the policies of the history that keep to it (on belief states, or on the states themselves where
    there are more than 20,000 beliefs, or too many to be solved); the next observation to decide is the one that the
    partial map most probably comes to first, and actions that always lead to the same states are decided together, as
    they differ in reward only. The first maps come from following the best bounds down and from changing one
    observation at a time.

    Parameters
    ----------
    model : a model of one player.
    limit : the most partial maps that are bounded; by default as many as some seconds allow.

    Returns
    -------
    Solution
        ``value`` is the best map's that was found and ``high`` what no map exceeds. The two agree to 1e-10 of the
        values' scale unless ``how`` says that the search was stopped at the limit. A policy that draws its actions may
        be better (see `best_memoryless`). ``policy`` is integer (S,); ``values`` (S,) is nan for states that it never
        comes to.

    Raises
    ------
    ValueError
        as `optimum`; `NeverEndsError` when every map runs on at a cost; `TooLargeError` when the states of all steps
        would take too much memory, a single partial map too long without a ``limit``, or when no map that ends is found
        within the limit.
    """
    try:
        beliefs = believe(model, MOST_BELIEFS)
        return _best_below(model, beliefs.model, beliefs.table.group, "policies of the history", limit)
    except (TooManyBeliefsError, TooLargeError):
        return _best_below(model, model, observation_groups(model)[0], "policies of the state", limit)


def _best_below(model: Model, relaxed: Model, shown: np.ndarray, wider: str, limit: int | None) -> Solution:
    """Search with bounds from the ``relaxed`` model, whose states show the observations ``shown``."""
    _, rewards = one_player(model, "best_of_observation")
    groups, count = observation_groups(model)
    bounds = _bounds(relaxed)
    if limit is None:
        limit = int(MOST_WORK / bounds.work)
        if limit < 1:
            raise TooLargeError(f"{relaxed.size} states are too many to search in seconds; give the search a limit")
    search = _Search(bounds, limit)
    search.run()
    if search.best is None:
        if search.stopped:
            raise TooLargeError(f"none of the policies that were searched within limit={limit} ends; give a higher one")
        raise NeverEndsError("no policy of the present observation ends")
    chosen = np.zeros(count + 1, np.int64)  # the beliefs may lack observations that only truncated episodes would show
    chosen[shown[~relaxed.terminal]] = search.best[observation_groups(relaxed)[0][~relaxed.terminal]]
    policy = chosen[groups]
    found = _evaluate(model, policy)
    slack = TIE * max(1.0, scale(rewards, np.array([found.value])))
    high = max(found.high, search.value + slack, search.high)
    how = f"branch and bound over the deterministic maps of {count} observations below {wider}, {search.nodes} bounds"
    if search.stopped:
        how += f", stopped at limit={limit}"
    return replace(found, high=high, how=how)


@dataclass
class _Search:
    """Branch and bound: the ``best`` map (G,), its ``value``, and ``high``, what no open partial map exceeds."""

    bounds: _Bounds
    limit: int
    best: np.ndarray | None = None
    value: float = -np.inf
    high: float = -np.inf
    nodes: int = 0
    stopped: bool = False

    def run(self) -> None:
        """Search until no partial map is bounded above the best map by more than a tie, or until the limit."""
        moves = self.bounds.moves
        root = np.where(moves == 1, 0, -1)
        bound, group = self._bound(root, np.inf)
        if group < 0:
            return
        first = self._dive(root, bound, group)
        if not self._closed(bound):
            self._climb(first)
        heap: list[tuple[float, int, int, np.ndarray, int]] = [(-bound, 0, 0, root, group)]
        count = 0
        while heap and not self._closed(-heap[0][0]):
            if self.nodes >= self.limit:
                self.stopped, self.high = True, -heap[0][0]
                return
            bound, depth, _, decided, group = heapq.heappop(heap)
            for child, below, following in self._children(decided, -bound, group):
                if following >= 0 and not self._closed(below):
                    count += 1
                    heapq.heappush(heap, (-below, depth - 1, count, child, following))

    def _children(self, decided: np.ndarray, bound: float, group: int) -> Iterator[tuple[np.ndarray, float, int]]:
        for move in range(self.bounds.moves[group]):
            child = decided.copy()
            child[group] = move
            yield child, *self._bound(child, bound)

    def _bound(self, decided: np.ndarray, above: float) -> tuple[float, int]:
        """Bound a partial map, and keep it if it is a map and the best."""
        bound, group = self.bounds.relax(decided)
        self.nodes += 1
        if group < 0 and bound > self.value:
            self.best, self.value = self.bounds.actions(decided), bound
        return min(bound, above), group

    def _closed(self, bound: float) -> bool:
        return bound <= self.value + TIE * max(1.0, abs(self.value))

    def _dive(self, decided: np.ndarray, bound: float, group: int) -> np.ndarray:
        """Follow the best bounds down to a map; at the limit, take the first moves that are left."""
        while group >= 0 and self.nodes < self.limit:
            decided, bound, group = max(self._children(decided, bound, group), key=lambda child: child[1])
        if group >= 0:
            self._bound(np.maximum(decided, 0), bound)
        return decided

    def _climb(self, decided: np.ndarray) -> None:
        """Change one observation's move at a time for as long as that pays, on at most half of the limit."""
        decided, value, paid = np.maximum(decided, 0), self.value, True
        while paid:
            paid = False
            for group in np.flatnonzero(self.bounds.moves > 1):
                if self.nodes > self.limit // 2:
                    return
                child, reached, _ = max(self._children(decided, np.inf, int(group)), key=lambda child: child[1])
                if reached > value + TIE * max(1.0, abs(value)):
                    decided, value, paid = child, reached, True


class _Bounds(Protocol):
    """What bounds partial maps.

    ``moves`` (G,) holds how many moves there are after each observation, ``work`` what a bound takes, about in ns.
    """

    moves: np.ndarray
    work: float

    def relax(self, decided: np.ndarray) -> tuple[float, int]:
        """Return a bound of the partial map ``decided`` (-1 where open), and the observation to decide next, or -1."""

    def actions(self, decided: np.ndarray) -> np.ndarray:
        """Return the actions (G,) of the best map with these moves, directly after `relax` left nothing to decide."""


def _bounds(model: Model) -> _Bounds:
    horizon = model.horizon
    if model.criterion.kind != "gain":
        levels = _levels(model)
        if levels is not None and (horizon is None or levels[~model.terminal].max(initial=-1) < horizon):
            return _Steps(model, np.argsort(levels, kind="stable"), np.array([model.size]), 0)
        if horizon is not None:
            depth = _depth(model)
            return _Steps(
                model, np.argsort(depth, kind="stable"), (depth <= np.arange(horizon)[:, None]).sum(axis=1), 1
            )
    return _Endless(model)


class _Steps:
    """Bounds where every episode has a last step, by the compiled `memory_kernels.relax`."""

    def __init__(self, model: Model, order: np.ndarray, width: np.ndarray, later: int) -> None:
        transitions, rewards = one_player(model, "best_of_observation")
        if (len(width) + later) * model.size > MOST_CELLS:
            raise TooLargeError(
                f"{model.size} states in each of {len(width)} steps are too many to search: at most {MOST_CELLS:g}"
            )
        group, move = _moves(model, apart=False)
        self.moves = move.max(axis=1, initial=-1) + 1
        self.work = 2e4 + 2.0 * len(width) * transitions.nnz
        discount = model.criterion.discount if model.criterion.kind == "discounted" else 1.0
        self._rows = memory_kernels.Rows(
            transitions.indptr.astype(np.int64),
            transitions.indices.astype(np.int64),
            transitions.data.astype(np.float64),
            np.ascontiguousarray(rewards),
            group,
            move,
            order,
            width,
            model.initial.astype(np.float64),
            float(discount),
        )
        self._work = memory_kernels.Work(
            np.zeros((len(width) + later, model.size)),
            np.zeros((1 + later, model.size)),
            np.zeros(move.shape),
            np.zeros(len(move)),
            np.zeros(len(move), np.int64),
        )

    def relax(self, decided: np.ndarray) -> tuple[float, int]:
        bound = float(_relax()(self._rows, self._work, decided))
        waiting = self._work.waiting
        likely = np.flatnonzero(waiting > waiting.max(initial=0.0) * (1 - 1e-9))
        return bound, int(likely[self._work.since[likely].argmin()]) if len(likely) else -1

    def actions(self, decided: np.ndarray) -> np.ndarray:
        kept = self._rows.move == np.maximum(decided, 0)[:, None]
        return np.where(kept, self._work.earned, -np.inf).argmax(axis=1)


class _Endless:
    """Bounds by the solvers of `optimum`, for episodes without a last step."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._group, self._move = _moves(model, apart=True)
        self.moves = self._move.max(axis=1, initial=-1) + 1
        self.work = 5e6 + 1e3 * model.transitions.nnz

    def relax(self, decided: np.ndarray) -> tuple[float, int]:
        numbers = np.arange(self._move.shape[1])
        kept = np.where(decided[:, None] < 0, self._move >= 0, self._move == decided[:, None])
        choice = np.where(kept, numbers, kept.argmax(axis=1)[:, None])  # what is played when an action is named
        choice = np.concatenate([choice, [numbers]])[self._group]
        open_ = np.r_[decided < 0, False][self._group]
        begins = self.model.initial > 0
        graph = sparse.diags((~open_).astype(float)) @ _played(self.model, choice[:, :1])
        met = begins | reach(graph, np.flatnonzero(begins))
        waiting = np.flatnonzero(met & open_)
        try:
            best = _optimum(_restricted(self.model, choice if len(waiting) else choice[:, :1])[0])
        except NeverEndsError:  # a map that never ends loses without limit; one that is not whole yet may end
            return (np.inf, int(self._group[waiting[0]])) if len(waiting) else (-np.inf, -1)
        return (best.high, int(self._group[waiting[0]])) if len(waiting) else (best.value, -1)

    def actions(self, decided: np.ndarray) -> np.ndarray:
        return (self._move == np.maximum(decided, 0)[:, None]).argmax(axis=1)


def _moves(model: Model, apart: bool) -> tuple[np.ndarray, np.ndarray]:
    """Number what the actions do after each observation.

    Returns
    -------
    group : int64 (S,), the number of every state's observation, -1 after the end.
    move : int64 (G, A), the same number for actions that lead to the same states from all states of the observation
        (``apart``: and pay the same), -1 for an action that another one equals in both.
    """
    transitions, rewards = one_player(model, "best_of_observation")
    states, actions = rewards.shape
    groups, count = observation_groups(model)
    laws: dict[Any, int] = {}
    law = np.empty((states, actions), np.int64)
    for row in range(states * actions):
        part = slice(transitions.indptr[row], transitions.indptr[row + 1])
        chances = np.rint(transitions.data[part] / 1e-12).astype(np.int64)
        law.flat[row] = laws.setdefault((transitions.indices[part].tobytes(), chances.tobytes()), len(laws))
    pay = np.unique(np.round(rewards, 12), return_inverse=True)[1].reshape(rewards.shape)
    effect = law * (pay.max(initial=0) + 1) + pay
    move = np.zeros((count, actions), np.int64)
    by_group = np.argsort(groups, kind="stable")
    borders = np.searchsorted(groups[by_group], np.arange(count + 1))
    for group in range(count):
        members = by_group[borders[group] : borders[group + 1]]
        _, first, same = np.unique(effect[members].T, axis=0, return_index=True, return_inverse=True)
        kind = same.ravel() if apart else np.unique(law[members].T, axis=0, return_inverse=True)[1].ravel()
        move[group] = np.where(np.isin(np.arange(actions), first), kind, -1)
    return np.where(model.terminal, -1, groups), move


def _levels(model: Model) -> np.ndarray | None:
    """Return the most steps (S,) after which a run can come to each state, or None where there is no such number."""
    graph = union_graph(model.transitions, model.joint_actions)
    graph.data[:] = 1
    before = np.asarray(graph.sum(axis=0)).ravel()
    levels = np.full(model.size, -1)
    frontier, level = np.flatnonzero(before == 0), 0
    while frontier.size:
        levels[frontier] = level
        passed = np.asarray(graph[frontier].sum(axis=0)).ravel()
        before = before - passed
        frontier, level = np.flatnonzero((before == 0) & (passed > 0)), level + 1
    return None if np.any(levels < 0) else levels


def _depth(model: Model) -> np.ndarray:
    """Return the fewest steps (S,) after which a run can come to each state (S where none does)."""
    graph = union_graph(model.transitions, model.joint_actions)
    depth = np.full(model.size, model.size)
    frontier, step = np.flatnonzero(model.initial > 0), 0
    while frontier.size:
        depth[frontier] = step
        following = np.unique(graph[frontier].indices)
        frontier, step = following[depth[following] == model.size], step + 1
    return depth


def _played(model: Model, choice: np.ndarray) -> sparse.csr_matrix:
    """Return the transitions (S * K, S) of the actions ``choice`` (S, K)."""
    return model.transitions[(np.arange(model.size)[:, None] * model.joint_actions + choice).ravel()]


def _restricted(model: Model, choice: np.ndarray) -> tuple[Model, np.ndarray]:
    """Return the model in which action k of a state is ``choice`` (S, K), and its states: those that a run can meet."""
    transitions = _played(model, choice)
    begins = model.initial > 0
    met = np.flatnonzero(begins | reach(union_graph(transitions, choice.shape[1]), np.flatnonzero(begins)))
    rows = (met[:, None] * choice.shape[1] + np.arange(choice.shape[1])).ravel()
    rewards = np.take_along_axis(model.rewards, choice[:, :, None], axis=1)
    restricted = replace(
        model,
        transitions=transitions[rows][:, met],
        rewards=rewards[met],
        terminal=model.terminal[met],
        initial=model.initial[met],
        observations=model.observations[met],
        actions=(choice.shape[1],),
        states=None,
    )
    return restricted, met


def _optimum(model: Model) -> Solution | Gain:
    """Do what `optimum` does, without the second method that confirms a gain."""
    if model.criterion.kind == "gain":
        with contextlib.suppress(MultichainError, TooLargeError):
            return howard(model)
    return optimum(model)


def _evaluate(model: Model, policy: np.ndarray) -> Solution:
    """Evaluate a policy (S,) whatever it would do in states that it never comes to."""
    followed, met = _restricted(model, policy[:, None])
    found = evaluate(followed, np.zeros(len(met), np.int64))
    values = np.full(model.size, np.nan)
    values[met] = found.values
    return replace(found, policy=policy, values=values)


@lru_cache(maxsize=1)
def _relax() -> Any:
    from ..envs.core.batch import direct
    from ..envs.core.fusing import fuse

    return direct(fuse(memory_kernels.relax, {}, "memory_search"))
