"""Markov chains of the literature as plain matrices, written down without the environments of the same names."""

import numpy as np


def two_states(p, q):
    return np.array([[1 - p, p], [q, 1 - q]])


def cycle(n):
    return np.roll(np.identity(n), 1, axis=1)


def lazy_ring(n):
    return 0.5 * np.identity(n) + 0.25 * (cycle(n) + cycle(n).T)


def barbell(m):
    """Two complete graphs of m states joined by an edge, with a lazy walk."""
    edges = np.kron(np.identity(2), np.ones((m, m)))
    edges[m - 1, m] = edges[m, m - 1] = 1
    np.fill_diagonal(edges, 0)
    return 0.5 * np.identity(2 * m) + 0.5 * edges / edges.sum(axis=1, keepdims=True)


def task_ring(tasks, duration, *, cyclic):
    moved = cycle(tasks) if cyclic else np.full((tasks, tasks), 1 / tasks)
    return (1 - 1 / duration) * np.identity(tasks) + moved / duration


def random_reversible(seed, states=8):
    """A lazy walk on a random weighted graph."""
    weights = np.random.default_rng(seed).random((states, states)) ** 4
    weights += weights.T
    return 0.5 * np.identity(states) + 0.5 * weights / weights.sum(axis=1, keepdims=True)


def random_chain(seed, states=40):
    chain = np.random.default_rng(seed).random((states, states)) ** 6
    return chain / chain.sum(axis=1, keepdims=True)
