"""The hardness card, the price of discounting, and Colosseum's numbers beside the exact ones."""

import math
from importlib import import_module

import numpy as np
import pytest
from chains import cycle
from scipy import sparse

from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import MultichainError, linear, optimal_gain
from regretlab.solvers.hardness import colosseum_hardness, hardness, sum_of_reciprocal_gaps, value_norm
from regretlab.solvers.model_data import continuing_model
from regretlab.solvers.myopia import blackwell_threshold, gains_of_discounting, myopia_gaps


def river(states):
    return enumerate_model(build("RiverSwim-v0", states=states))


def test_a_discount_of_99_is_myopic_on_a_long_river():
    """As Colosseum's regret is defined by it: right at 100 places, .005 in place of .42857 at 150."""
    assert gains_of_discounting(river(100), [0.99])[0] == pytest.approx(0.42857143, abs=1e-8)
    assert gains_of_discounting(river(150), [0.99])[0] == pytest.approx(0.005, abs=1e-12)
    assert myopia_gaps(river(150), [0.99])[0] == pytest.approx(0.42857143 - 0.005, abs=1e-8)
    assert blackwell_threshold(river(150), [0.9, 0.99, 0.999]) == 0.999
    assert blackwell_threshold(river(150), [0.9, 0.99]) == math.inf


@pytest.mark.parametrize("gamma", [1.0, -0.1, 1.5])
def test_a_discount_out_of_range_is_refused(gamma):
    with pytest.raises(ValueError, match="discount"):
        gains_of_discounting(river(6), [gamma])


def test_gaps_and_norm_of_two_states_by_hand():
    """State 0 pays 1 for staying and 0 for leaving, state 1 pays 0 and returns for certain or with 1/2: h = (1, 0)."""
    table = sparse.csr_matrix([[1, 0], [0, 1], [1, 0], [0.5, 0.5]], dtype=float)
    model = continuing_model(table, np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([1.0, 0.0]))
    optimum = optimal_gain(model)
    assert (optimum.gain, optimum.span) == (pytest.approx(1.0), pytest.approx(1.0))
    # Gaps: leaving loses 1 + 1 - 0 - 0 = 2, returning with 1/2 loses 1 + 0 - 0 - 1/2 = 1/2.
    assert sum_of_reciprocal_gaps(model, optimum.gain, optimum.bias) == pytest.approx(1 / 2 + 2)
    regularized = sum_of_reciprocal_gaps(model, optimum.gain, optimum.bias, 0.1)
    assert regularized == pytest.approx(1 / 2.1 + 1 / 0.6 + 2 / 0.1)
    assert value_norm(model, optimum.bias) == pytest.approx(0.5)
    # Colosseum: V = (100, 99), so that leaving loses 100 - 98.01 and returning with 1/2 loses .495.
    norm, gaps = colosseum_hardness(model)
    assert norm == pytest.approx(0.5, abs=1e-3)
    assert gaps == pytest.approx(2 / 0.1 + 1 / (1.99 + 0.1) + 1 / (0.495 + 0.1), rel=1e-3)


def test_the_card_of_river_swim_holds_the_known_numbers():
    card = hardness(river(6), {"left bank": np.arange(6) == 0})
    values = {name: each.value for name, each in card.quantities.items()}
    assert card.gain.gain == pytest.approx(0.42862243, abs=1e-8)
    assert values["bias_span"] == pytest.approx(6.3103, abs=5e-5)
    assert values["diameter"] == pytest.approx(14.7223379, abs=1e-7)
    assert (values["mixing_time"], values["period"]) == (13, 1)
    assert not card.missing
    bank = card.regions["left bank"]
    assert bank["residence_time"] * bank["conductance"] == pytest.approx(1.0)
    assert bank["residence_time"] == pytest.approx(1 / 0.6)


@pytest.mark.parametrize(("states", "span"), [(25, 33.452), (100, 140.595)])
def test_spans_of_longer_rivers(states, span):
    assert optimal_gain(river(states)).span == pytest.approx(span, abs=5e-4)


def test_a_cycle_has_the_gain_of_its_reward_and_never_mixes():
    """pymdptoolbox gives the gain 0 for two states."""
    model = continuing_model(sparse.csr_matrix(cycle(2)), np.array([[1.0], [0.0]]), np.array([1.0, 0.0]))
    card = hardness(model)
    assert card.gain.gain == pytest.approx(0.5, abs=1e-12)
    assert card.quantities["mixing_time"].value == math.inf
    assert card.quantities["cesaro_mixing_time"].value < math.inf


def test_the_card_says_what_is_a_bound_and_what_is_not_known(monkeypatch):
    """Value iteration alone, where factors are too large, has no certain bias; ARPACK may miss eigenvalues."""
    exact = hardness(river(6)).quantities
    monkeypatch.setattr(linear, "MOST_WORK", 0)
    monkeypatch.setattr(import_module("regretlab.solvers.hardness"), "EIGENVALUES", 5)
    card = hardness(river(6))
    assert card.gain.how.startswith("relative value iteration") and not card.gain.solved
    assert {name for name in card.missing if "bias" in card.missing[name]} == {
        "bias_span",
        "value_norm",
        "sum_of_reciprocal_gaps",
    }
    assert card.quantities["spectral_gap"].kind == "upper" and exact["spectral_gap"].kind == "exact"
    assert (exact["diameter"].kind, exact["conductance"].kind) == ("exact", "exact")
    assert (exact["blackwell_threshold"].kind, exact["bias_span"].kind) == ("upper", "exact")
    long = hardness(river(25)).quantities  # more states than all sets are tried of
    assert (long["conductance"].kind, long["conductance_at_least"].kind) == ("upper", "lower")


def test_a_task_that_ends_has_no_card():
    with pytest.raises(ValueError, match="hardness takes a continuing model"):
        hardness(enumerate_model(build("TMazePassive-v0", length=3)))


def test_several_worlds_have_no_card():
    model = continuing_model(sparse.csr_matrix(np.identity(2)), np.array([[1.0], [0.0]]), np.array([1.0, 0.0]))
    with pytest.raises(MultichainError, match="weakly communicating"):
        hardness(model)
