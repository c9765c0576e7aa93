"""The diameter of a model: the expected steps between the two states that are the farthest apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components, dijkstra

from ..envs.core.fusing import fuse
from . import travel_kernels
from .chain import checked_chain
from .components import reach, union_graph
from .deviation import hitting_times
from .gain import refuse_terminal
from .linear import bandwidth, solve
from .model_data import backup, chain_of, check_states, one_player
from .quantity import Quantity

if TYPE_CHECKING:
    from ..envs.core.model import Model

MOST_STATES = 2_000  # of which all targets are tried
SAMPLED = 64  # targets of a larger model
MOST_SOLVED = 4_000  # states, beyond which only a narrow band of transitions is factorised
TOGETHER, SWEEPS = 64, 100  # targets that are bounded together, and the sweeps for that
TIE = 1e-12  # relative: travel times that differ by less are equal


def diameter(model: Model, targets: Sequence[int] | None = None, seed: int = 0) -> Quantity:
    """Return the largest over pairs of states of the least expected number of steps from one to the other.

    Deterministic models are solved by shortest paths. Else the times to one target after the other are found by policy
    iteration, which ends with a policy that no action improves; sweeps from below bracket all of them first, so that
    targets which cannot be the farthest are passed over.

    Parameters
    ----------
    model : a continuing model of one player.
    targets : states whose times are found, for a lower bound; None takes all up to 2,000 states, beyond which 64 are
        drawn with ``seed``.

    Returns
    -------
    Quantity, infinite where some state cannot be reached from another (``how`` names them).

    Raises
    ------
    ValueError
        for several players, a malformed or terminating model, or a target that does not exist.

    Source: Jaksch, Ortner and Auer, JMLR 11, 2010, definition 1.
    """
    refuse_terminal(model, "diameter")
    transitions, rewards = one_player(model, "diameter")
    states, actions = rewards.shape
    if targets is not None:
        check_states(targets, states, "targets")
    graph = union_graph(transitions, actions)
    apart = connected_components(graph, directed=True, connection="strong")[1]
    if apart.max() > 0:
        start, end = _out_of_reach(graph)
        return Quantity(math.inf, "exact", f"state {end} cannot be reached from state {start}")
    every = targets is None and states <= MOST_STATES
    if targets is None:
        count = states if every else min(SAMPLED, states)
        targets = range(states) if every else np.random.default_rng(seed).choice(states, count, replace=False).tolist()
    if transitions.nnz == len(rewards.ravel()):  # one successor each
        distances = dijkstra(graph.T.tocsr(), unweighted=True, indices=list(targets))
        return Quantity(float(distances.max()), "exact" if every else "lower", "shortest paths")
    if actions == 1 and every:
        return Quantity(float(hitting_times(transitions).max()), "exact", "hitting times of the only policy")
    value, solved = _farthest(transitions, rewards, np.asarray(targets))
    if every:
        return Quantity(value, "exact", f"policy iteration for {solved} of {states} targets, the others by bounds")
    return Quantity(value, "lower", f"policy iteration and bounds for {len(targets)} of {states:,} targets")


def policy_diameter(chain: Any) -> float:
    """Return the largest expected hitting time between two states of a chain (S, S), infinite where one is transient.

    Raises
    ------
    ValueError
        for a matrix that is no chain; `MultichainError` for several closed classes; `TooLargeError` beyond 4,000
        states.
    """
    return float(hitting_times(checked_chain(chain)).max())


def _out_of_reach(graph: sparse.csr_matrix) -> tuple[int, int]:
    """Return a state and another one that it cannot reach."""
    for start in (0, *range(1, graph.shape[0])):
        reached = reach(graph, np.array([start]))
        reached[start] = True
        if not reached.all():
            return start, int(np.argmin(reached))
    raise AssertionError("all states are connected")


def _farthest(transitions: sparse.csr_matrix, rewards: np.ndarray, targets: np.ndarray) -> tuple[float, int]:
    """Return the largest least travel time to any of ``targets``, and for how many of them it was solved."""
    low, high = np.empty(len(targets)), np.empty(len(targets))
    policies = np.empty((len(targets), len(rewards)), np.int64)
    for first in range(0, len(targets), TOGETHER):
        part = slice(first, first + TOGETHER)
        low[part], high[part], policies[part] = _bounds(transitions, rewards, targets[part])
    narrow = bandwidth(transitions[:: rewards.shape[1]].tocsc()) < len(rewards) // 8
    if len(rewards) > MOST_SOLVED and not narrow:
        return float(low.max()), 0
    costs = np.ones(rewards.shape)
    incoming = transitions.tocsc()
    best, solved = 0.0, 0
    for k in np.argsort(-low, kind="stable"):
        if high[k] > best * (1.0 + TIE):
            target, policy = int(targets[k]), policies[k].copy()
            work = np.zeros(len(costs), bool), np.empty(len(costs), np.int64)
            _proper()(incoming.indptr, incoming.indices, target, rewards.shape[1], policy, *work)
            best = max(best, _longest_way(transitions, costs, target, policy, best, narrow))
            solved += 1
    return best, solved


def _bounds(
    transitions: sparse.csr_matrix, rewards: np.ndarray, targets: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return brackets of the largest travel time to each target, and the policies (targets, S) of the sweeps.

    Where a sweep would add at most g < 1 to times V from below, V / (1 - g) suffices for one step more from everywhere,
    and so lies above the optimum.
    """
    states, actions = rewards.shape
    data = transitions.indptr, transitions.indices, transitions.data
    times, least = np.zeros((states, len(targets))), np.zeros((2, len(targets)))
    for count in range(SWEEPS):
        _sweep()(*data, targets, actions, times, least, count % 2 == 0)
    growth, policy = np.zeros(len(targets)), np.zeros((states, len(targets)), np.int64)
    _residuals()(*data, targets, actions, times, growth, policy)
    low = times.max(axis=0)
    with np.errstate(divide="ignore"):
        high = np.where(growth < 1, low / np.maximum(1 - growth, 0), np.inf)
    return low, high, policy.T


def _longest_way(
    transitions: sparse.csr_matrix, costs: np.ndarray, target: int, policy: np.ndarray, enough: float, narrow: bool
) -> float:
    """Return the largest least expected time to ``target``, or a number up to ``enough`` where it is no larger.

    Under ``policy`` (S,) every state leads to the target.
    """
    states = len(costs)
    others = np.arange(states) != target
    while True:
        chain = chain_of(transitions, costs, policy)[0][others][:, others]
        times = np.zeros(states)
        if narrow:
            times[others] = solve(sparse.identity(states - 1) - chain, np.ones(states - 1))
        else:
            times[others] = np.linalg.solve(np.identity(states - 1) - chain.toarray(), np.ones(states - 1))
        longest = float(times.max())
        if longest <= enough:  # of this policy, so the least is no larger
            return longest
        now = backup(transitions, costs, times)
        better = others & (now.min(axis=1) < times - TIE * longest)
        if not better.any():
            return longest
        policy = np.where(better, now.argmin(axis=1), policy)


@lru_cache(maxsize=1)
def _sweep() -> Any:
    return fuse(travel_kernels.sweep, {}, "travel_sweep")


@lru_cache(maxsize=1)
def _residuals() -> Any:
    return fuse(travel_kernels.residuals, {}, "travel_residuals")


@lru_cache(maxsize=1)
def _proper() -> Any:
    return fuse(travel_kernels.make_proper, {}, "travel_proper")
