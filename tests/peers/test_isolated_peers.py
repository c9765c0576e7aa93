"""Agreement with pymdptoolbox and PyDTMC, and what these get wrong.

They exclude what RegretLab needs, so they run in environments of their own, which `python benchmarks/peers.py` makes.
"""

from __future__ import annotations

import numpy as np
import pytest
from chains import barbell, lazy_ring, random_chain, two_states
from isolated import ask

from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import mixing_time, optimal_gain, stationary_law


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
