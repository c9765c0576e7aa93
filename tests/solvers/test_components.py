"""Graph algorithms against exhaustive search on small random graphs."""

import itertools

import numpy as np
import pytest
from scipy import sparse

from regretlab.solvers.components import closed_classes, end_components, reach, route


def brute_force_components(table, allowed):
    """Maximal sets whose internal actions connect them strongly; ``table[s, a]`` is a set of successors."""
    states, actions = allowed.shape
    found = []
    for size in range(states, 0, -1):
        for chosen in itertools.combinations(range(states), size):
            inside = set(chosen)
            steps = {
                s: set().union(*(table[s, a] for a in range(actions) if _stays(table, allowed, s, a, inside)))
                for s in chosen
            }
            connected = all(_closure(steps, s) == inside for s in chosen)
            if connected and not any(inside <= larger for larger in found):
                found.append(inside)
    return found


def _stays(table, allowed, s, a, inside):
    return allowed[s, a] and table[s, a] and table[s, a] <= inside


def _closure(steps, start):
    seen, frontier = set(), {start}
    while frontier:
        following = set().union(*(steps[s] for s in frontier))
        frontier = following - seen
        seen |= following
    return seen


@pytest.mark.parametrize("seed", range(25))
def test_end_components_equal_exhaustive_search(seed):
    rng = np.random.default_rng(seed)
    states, actions = 6, 2
    dense = rng.random((states * actions, states)) < rng.choice([0.15, 0.25, 0.35])
    dense[rng.random(states * actions) < 0.1] = False
    allowed = rng.random((states, actions)) < 0.9
    table = {
        (s, a): set(np.flatnonzero(dense[s * actions + a]).tolist()) for s in range(states) for a in range(actions)
    }
    labels, internal = end_components(sparse.csr_matrix(dense.astype(float)), allowed)
    expected = brute_force_components(table, allowed)
    components = [set(np.flatnonzero(labels == label).tolist()) for label in range(labels.max() + 1)]
    assert sorted(map(sorted, components)) == sorted(map(sorted, expected))
    for s, a in itertools.product(range(states), range(actions)):
        home = next((component for component in components if s in component), set())
        assert internal[s, a] == bool(home and _stays(table, allowed, s, a, home))


def test_a_leaking_corridor_has_no_component():
    """Each state leaks to the end only through its neighbour, so that states fall one after another."""
    states = 300
    here = np.arange(states - 1)
    rows, columns = np.r_[here, here], np.r_[np.maximum(here - 1, 0), here + 1]
    graph = sparse.csr_matrix((np.full(len(rows), 0.5), (rows, columns)), shape=(states, states))
    labels, internal = end_components(graph, np.ones((states, 1), bool))
    assert labels.max() == -1 and not internal.any()


def test_closed_classes_of_a_chain():
    chain = sparse.csr_matrix([[0.5, 0.5, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1.0]])
    assert closed_classes(chain).tolist() in ([-1, 0, 0, 1], [-1, 1, 1, 0])


def test_route_and_reach():
    """Two actions: onward and back to the start; state 3 leads nowhere else."""
    chain = sparse.csr_matrix(
        np.array(
            [
                [0, 1, 0, 0],
                [1, 0, 0, 0],
                [0, 0, 1, 0],
                [1, 0, 0, 0],
                [1, 0, 0, 0],
                [1, 0, 0, 0],
                [0, 0, 0, 1],
                [0, 0, 0, 1],
            ],
            float,
        )
    )
    policy, reached = route(chain, np.ones((4, 2), bool), np.array([False, False, True, False]))
    assert policy.tolist() == [0, 0, 0, 0] and reached.tolist() == [True, True, True, False]
    backwards, _ = route(chain, np.array([[1, 1], [0, 1], [0, 1], [1, 1]], bool), np.array([True, False, False, False]))
    assert backwards.tolist() == [0, 1, 1, 0]
    graph = sparse.csr_matrix(np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]], float))
    assert reach(graph, np.array([0])).tolist() == [False, True, True]
    assert reach(graph, np.array([2])).tolist() == [False, False, False]
