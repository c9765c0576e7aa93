"""Best responses to automata of the iterated prisoner's dilemma 8, 0, 10, 5 (Akata et al. 2023)."""

import pytest

from regretlab.solvers.best_response import best_response, best_response_gain
from regretlab.solvers.gain import MultichainError, optimal_gain

COOPERATE, DEFECT = {"C": 8.0, "D": 0.0}, {"C": 10.0, "D": 5.0}


def against(build, automaton, horizon):
    """``automaton[state] = (its move, state after C, state after D)``."""
    steps = {
        state: [(COOPERATE[move], {after_c: 1.0}), (DEFECT[move], {after_d: 1.0})]
        for state, (move, after_c, after_d) in automaton.items()
    }
    return build(steps, "return", horizon=horizon)


@pytest.mark.parametrize(
    ("automaton", "rounds", "gain"),
    [
        ({0: ("C", 0, 1), 1: ("D", 0, 1)}, 802, 8),  # tit-for-tat: cooperate, defect in the last round
        ({0: ("C", 0, 1), 1: ("D", 1, 1)}, 802, 8),  # grim trigger: the same, but defection is for ever
        ({0: ("C", 0, 0)}, 1000, 10),  # always cooperates: defect
        ({0: ("D", 0, 0)}, 500, 5),  # always defects: defect
    ],
)
def test_exact_over_a_hundred_rounds_and_in_the_long_run(build, automaton, rounds, gain):
    model = against(build, automaton, 100)
    assert best_response(model).value == pytest.approx(rounds, abs=1e-10)
    assert best_response_gain(model).value == pytest.approx(gain, abs=1e-12)


def test_grim_trigger_is_multichain(build):
    with pytest.raises(MultichainError):
        optimal_gain(against(build, {0: ("C", 0, 1), 1: ("D", 1, 1)}, None))
