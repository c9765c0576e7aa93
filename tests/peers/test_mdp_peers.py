"""Agreement with QuantEcon, pymdptoolbox and PyDTMC, and what these get wrong: the extra ``peers`` installs the first.

pymdptoolbox and PyDTMC exclude what RegretLab needs; they run in environments of their own (benchmarks/peers.py).
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from chains import barbell, lazy_ring, two_states

from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import discounted, mixing_time, optimal_gain, stationary_law

MISSING = "AGREEMENT WITH QUANTECON IS NOT TESTED: pip install '.[peers]'"
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def markov():
    return pytest.importorskip("quantecon.markov", reason=MISSING)


def random_chain(seed, states=40):
    chain = np.random.default_rng(seed).random((states, states)) ** 6
    return chain / chain.sum(axis=1, keepdims=True)


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


def ask(peer, job, **arguments):
    """Have a peer of benchmarks/peers.py do a job."""
    spec = importlib.util.spec_from_file_location("peers", BENCHMARKS / "peers.py")
    peers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peers)
    if sys.version_info < (3, 11) or not peers._python(peer).exists():
        pytest.skip(f"there is no environment for {peer}: run `python benchmarks/peers.py`")
    with peers.Peer(peer) as running:
        return running.ask(job, **arguments)


@pytest.mark.parametrize("seed", range(3))
def test_gains_of_aperiodic_models_are_those_of_pymdptoolbox(seed):
    model = enumerate_model(build("Garnet-v0", states=12, actions=2, branches=6, seed=seed))
    table = np.moveaxis(model.transitions.toarray().reshape(model.size, 2, model.size), 1, 0)
    theirs = ask("mdptoolbox", "gain", transitions=table.tolist(), rewards=model.rewards[:, :, 0].tolist())
    assert optimal_gain(model).gain == pytest.approx(theirs["gain"], abs=1e-6)


def test_pymdptoolbox_finds_no_gain_in_a_cycle():
    theirs = ask("mdptoolbox", "gain", transitions=[[[0, 1], [1, 0]]], rewards=[[1], [0]])
    assert theirs["gain"] == 0
    assert optimal_gain(enumerate_model(build("Cycle-v0", states=2))).gain == pytest.approx(0.5)


@pytest.mark.parametrize("chain", [barbell(5), lazy_ring(9), random_chain(1, 12)])
def test_stationary_laws_are_those_of_pydtmc(chain):
    theirs = ask("pydtmc", "stationary", chain=chain.tolist())
    assert stationary_law(chain).law == pytest.approx(np.array(theirs["law"]), abs=1e-9)


def test_pydtmc_does_not_find_the_worst_case_mixing_time():
    chain = two_states(0.002, 0.004)
    assert mixing_time(chain).value == 163
    assert ask("pydtmc", "mixing_time", chain=chain.tolist())["mixing_time"] != 163
