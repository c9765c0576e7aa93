"""The graph of a model: which states can be visited for ever, and how to reach others."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components


def end_components(transitions: sparse.csr_matrix, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the maximal end components: sets of states in which a policy can stay for ever, coming to each of them.

    Parameters
    ----------
    transitions : (S * A, S); terminal states have empty rows.
    allowed : bool (S, A), the actions that may be used.

    Returns
    -------
    labels : integer (S,), the component of every state from 0, or -1 where a run cannot stay.
    internal : bool (S, A), the actions that keep a run in its component.

    Source: de Alfaro, Formal Verification of Probabilistic Systems, 1997, algorithm 3.1.
    """
    states, actions = allowed.shape
    incoming = transitions.tocsc()
    entries = transitions.tocoo()
    alive = allowed.ravel() & (np.diff(transitions.indptr) > 0)
    count = alive.reshape(states, actions).sum(axis=1)
    _remove(incoming, actions, alive, count, np.flatnonzero(count == 0))
    while True:
        kept = alive[entries.row]
        pairs, ends = entries.row[kept], entries.col[kept]
        starts = pairs // actions
        graph = sparse.csr_matrix((np.ones(len(ends)), (starts, ends)), shape=(states, states))
        labels = connected_components(graph, directed=True, connection="strong")[1]
        crossing = np.unique(pairs[labels[starts] != labels[ends]])
        if crossing.size == 0:
            break
        alive[crossing] = False
        np.subtract.at(count, crossing // actions, 1)
        owners = np.unique(crossing // actions)
        _remove(incoming, actions, alive, count, owners[count[owners] == 0])
    labels = np.where(count > 0, labels, -1)
    labels[count > 0] = np.unique(labels[count > 0], return_inverse=True)[1]
    return labels, alive.reshape(states, actions)


def closed_classes(chain: sparse.csr_matrix) -> np.ndarray:
    """Return the closed class (S,) of every state of a chain without terminal states, or -1 where it is transient."""
    labels = connected_components(chain, directed=True, connection="strong")[1]
    entries = chain.tocoo()
    leaving = labels[entries.row] != labels[entries.col]
    closed = np.ones(labels.max() + 1, bool)
    closed[labels[entries.row[leaving]]] = False
    return np.where(closed, np.cumsum(closed) - 1, -1)[labels]


def route(transitions: sparse.csr_matrix, allowed: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find a policy under which every step may lead closer to a set of states, which it reaches with probability 1
    if every state can.

    Parameters
    ----------
    transitions : (S * A, S).
    allowed : bool (S, A), the actions that may be used.
    targets : bool (S,).

    Returns
    -------
    policy : integer (S,), 0 in the targets and where they are out of reach.
    reached : bool (S,), the states that can reach the targets, and they themselves.
    """
    actions = allowed.shape[1]
    usable = allowed.ravel()
    incoming = transitions.tocsc()
    policy = np.zeros(len(targets), np.int64)
    reached = targets.copy()
    frontier = np.flatnonzero(targets)
    while frontier.size:
        pairs = _entries(incoming, frontier)
        pairs = pairs[usable[pairs] & ~reached[pairs // actions]]
        frontier, first = np.unique(pairs // actions, return_index=True)
        policy[frontier] = pairs[first] % actions
        reached[frontier] = True
    return policy, reached


def reach(graph: sparse.csr_matrix, start: np.ndarray) -> np.ndarray:
    """Return which states (S,) can follow the states ``start`` (integers) in one step or more."""
    reached = np.zeros(graph.shape[1], bool)
    frontier = start
    while frontier.size:
        following = np.unique(_entries(graph, frontier))
        frontier = following[~reached[following]]
        reached[frontier] = True
    return reached


def union_graph(transitions: sparse.csr_matrix, actions: int) -> sparse.csr_matrix:
    """Return the graph (S, S) of all steps that some action makes possible."""
    entries = transitions.tocoo()
    states = transitions.shape[1]
    return sparse.csr_matrix((np.ones(entries.nnz), (entries.row // actions, entries.col)), shape=(states, states))


def _entries(matrix: sparse.csr_matrix, lines: np.ndarray) -> np.ndarray:
    """Return the stored minor indices of some rows of a CSR (columns of a CSC) matrix, one after another."""
    begins = matrix.indptr[lines]
    lengths = matrix.indptr[lines + 1] - begins
    shift = np.repeat(begins - np.cumsum(lengths) + lengths, lengths)
    return matrix.indices[shift + np.arange(lengths.sum())]


def _remove(incoming, actions: int, alive: np.ndarray, count: np.ndarray, frontier: np.ndarray) -> None:
    """Kill all pairs that may lead to a state without living pairs, in place, until none is left."""
    while frontier.size:
        pairs = np.unique(_entries(incoming, frontier))
        pairs = pairs[alive[pairs]]
        alive[pairs] = False
        np.subtract.at(count, pairs // actions, 1)
        owners = np.unique(pairs // actions)
        frontier = owners[count[owners] == 0]
