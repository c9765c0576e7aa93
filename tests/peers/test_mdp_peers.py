"""Agreement with QuantEcon on chains and decision processes: the extra ``peers`` installs it."""

from __future__ import annotations

import pytest
from chains import random_chain

from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import discounted, stationary_law

MISSING = "AGREEMENT WITH QUANTECON IS NOT TESTED: pip install '.[peers]'"


@pytest.fixture(scope="module")
def markov():
    return pytest.importorskip("quantecon.markov", reason=MISSING)


@pytest.mark.parametrize("seed", range(10))
def test_stationary_laws_are_those_of_quantecon(markov, seed):
    chain = random_chain(seed)
    theirs = markov.MarkovChain(chain).stationary_distributions
    assert len(theirs) == 1
    assert stationary_law(chain).law == pytest.approx(theirs[0], rel=1e-10)


@pytest.mark.parametrize("seed", range(10))
def test_discounted_values_are_those_of_quantecon(markov, seed):
    model = enumerate_model(build("Garnet-v0", states=15, actions=3, seed=seed))
    table = model.transitions.toarray().reshape(model.size, 3, model.size)
    theirs = markov.DiscreteDP(model.rewards[:, :, 0], table, 0.95).solve(method="policy_iteration")
    ours = discounted(model, 0.95)
    assert ours.values == pytest.approx(theirs.v, rel=1e-10)


def test_quantecon_has_no_average_reward(markov):
    model = enumerate_model(build("Garnet-v0", states=5))
    table = model.transitions.toarray().reshape(model.size, 2, model.size)
    with pytest.warns(UserWarning), pytest.raises((NotImplementedError, ValueError)):
        markov.DiscreteDP(model.rewards[:, :, 0], table, 1.0).solve(method="policy_iteration")
