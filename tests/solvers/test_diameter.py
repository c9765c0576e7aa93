"""Diameters: published and closed-form values, brute force over all policies, and what cannot be reached."""

import itertools
import math
from importlib import import_module

import numpy as np
import pytest
from chains import cycle, lazy_ring
from scipy import sparse

from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers.diameter import diameter, policy_diameter
from regretlab.solvers.model_data import continuing_model


def garnet(states, actions, branches, seed):
    random = np.random.default_rng(seed)
    rows = states * actions
    successors = random.integers(states, size=(rows, branches))
    successors[:, 0] = (np.arange(rows) // actions + 1) % states  # a ring, so that all states are connected
    weights = random.dirichlet(np.ones(branches), rows)
    table = sparse.csr_matrix((weights.ravel(), successors.ravel(), np.arange(rows + 1) * branches), (rows, states))
    return continuing_model(table, random.random((states, actions)), np.eye(1, states)[0])


def chain_model(chain):
    return continuing_model(sparse.csr_matrix(chain), np.zeros((len(chain), 1)), np.eye(1, len(chain))[0])


@pytest.mark.parametrize(
    ("states", "variant", "expected"),
    [
        (6, "classic", 14.7223379),
        (25, "classic", 78.0556),
        (100, "classic", 328.0556),
        (6, "statrl", 13.8776),
        (25, "statrl", 68.1633),
    ],
)
def test_river_swim(states, variant, expected):
    """Closed form of the certificate, published digits, and the solver."""
    environment = build("RiverSwim-v0", states=states, variant=variant)
    found = diameter(enumerate_model(environment))
    assert found.kind == "exact"
    assert found.value == pytest.approx(expected, abs=5e-5)
    assert found.value == pytest.approx(environment.certify().facts["diameter"], rel=1e-10)


@pytest.mark.parametrize("seed", range(10))
def test_small_models_agree_with_all_policies(seed):
    states, actions = 5, 2
    model = garnet(states, actions, 2, seed)
    table = model.transitions.toarray()
    least = np.full((states, states), np.inf)
    for policy in itertools.product(range(actions), repeat=states):
        chain = table[np.arange(states) * actions + np.array(policy)]
        for target in range(states):
            others = np.arange(states) != target
            inner = chain[np.ix_(others, others)]
            if np.abs(np.linalg.eigvals(inner)).max() < 1 - 1e-9:  # it arrives from everywhere
                times = np.linalg.solve(np.identity(states - 1) - inner, np.ones(states - 1))
                least[others, target] = np.minimum(least[others, target], times)
    np.fill_diagonal(least, 0.0)
    assert diameter(model).value == pytest.approx(least.max(), rel=1e-9)
    lower = diameter(model, targets=[1])
    assert lower.value == pytest.approx(least[:, 1].max(), rel=1e-9) and lower.kind == "lower"


@pytest.mark.parametrize("states", [2, 7, 300])
def test_shortest_paths_of_a_cycle(states):
    assert diameter(chain_model(cycle(states))).value == states - 1


def test_only_policy():
    """A lazy walk on a ring of n takes 2 k (n - k) steps to a state k away (gambler's ruin)."""
    assert diameter(chain_model(lazy_ring(10))).value == pytest.approx(50.0, rel=1e-9)
    assert policy_diameter(lazy_ring(10)) == pytest.approx(50.0, rel=1e-9)


def test_what_cannot_be_reached_is_infinitely_far():
    found = diameter(chain_model(np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.0, 0.5, 0.5]])))
    assert found.value == math.inf
    assert "state 0 cannot be reached from state 1" in found.how


def test_large_models_are_bounded_from_below_by_sampled_targets(monkeypatch):
    model = garnet(40, 3, 3, 0)
    exact = diameter(model)
    monkeypatch.setattr(import_module("regretlab.solvers.diameter"), "MOST_STATES", 10)
    found = diameter(model)
    assert found.kind == "lower" and found.value == pytest.approx(exact.value, rel=1e-9)  # 40 of 40 were drawn
    monkeypatch.setattr(import_module("regretlab.solvers.diameter"), "MOST_SOLVED", 10)
    monkeypatch.setattr(import_module("regretlab.solvers.diameter"), "bandwidth", lambda matrix: 40)
    assert diameter(model).value <= exact.value


@pytest.mark.parametrize("targets", [[], [40], [-1]])
def test_targets_that_do_not_exist_are_refused(targets):
    with pytest.raises(ValueError, match="targets="):
        diameter(garnet(5, 2, 2, 0), targets=targets)


def test_a_model_that_ends_is_refused():
    with pytest.raises(ValueError, match="terminal"):
        diameter(enumerate_model(build("TMazePassive-v0", length=3)))


def test_policies_that_never_arrive_are_led_to_the_target():
    """0 stays under action 0 and goes on to 1 under action 1; 1 goes to 2; 2 goes back to 0 or stays."""
    successor = [0, 1, 2, 1, 0, 2]
    incoming = sparse.csc_matrix((np.ones(6), (np.arange(6), successor)), (6, 3))
    kernel, policy = import_module("regretlab.solvers.diameter")._proper(), np.array([0, 1, 1])
    kernel(incoming.indptr, incoming.indices, 2, 2, policy, np.zeros(3, bool), np.empty(3, np.int64))
    assert policy.tolist() == [1, 0, 1]
    kernel(incoming.indptr, incoming.indices, 0, 2, policy, np.zeros(3, bool), np.empty(3, np.int64))
    assert policy.tolist() == [1, 0, 0]
