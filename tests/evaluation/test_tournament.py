"""Round robins against exact expectations."""

import numpy as np
import pytest

from regretlab.envs.core.automaton import Automaton
from regretlab.envs.partners import library
from regretlab.evaluation.tournament import round_robin
from regretlab.solvers.cross_play import expected_returns

IPD, BATTLE, RPS = (library.load(name) for name in ("ipd", "battle", "rps"))


def mirrored(machine):
    return Automaton(machine.name, machine.start, machine.policy, machine.next.transpose(0, 2, 1))


@pytest.mark.parametrize("game", [IPD, RPS])
def test_means_are_the_exact_expectations(game):
    entrants = [each.automaton for each in game.pool("held-out")][-12:]
    repetitions, rounds = 400, 30
    earned = round_robin(game.payoffs, entrants, rounds, repetitions, seed=3)
    error = earned.std(axis=0) / np.sqrt(repetitions)
    for i, first in enumerate(entrants):
        for j, second in enumerate(entrants):
            exact = expected_returns(game.payoffs, mirrored(first), second, rounds)[0] / rounds
            assert abs(earned[:, i, j].mean() - exact) <= 5 * error[i, j] + 1e-9, (first.name, second.name)


def test_certain_matches_by_hand():
    entrants = [IPD.partner(name) for name in ("always-cooperate", "always-defect", "tit-for-tat")]
    earned = round_robin(IPD.payoffs, entrants, 10, 2)
    expected = [[8, 0, 8], [10, 5, 5.5], [8, 4.5, 8]]
    np.testing.assert_allclose(earned, [expected, expected])


def test_a_match_depends_on_its_seed_alone():
    entrants = [IPD.partner("uniform"), IPD.partner("mostly-defect")]
    one, other = (round_robin(IPD.payoffs, entrants, 50, 3, seed=seed) for seed in (0, 1))
    np.testing.assert_array_equal(one, round_robin(IPD.payoffs, entrants, 50, 3, seed=0))
    assert not np.array_equal(one, other) and not np.array_equal(one[0], one[1])


def test_senseless_tournaments_are_refused():
    uniform = IPD.partner("uniform")
    with pytest.raises(ValueError, match="symmetric game"):
        round_robin(BATTLE.payoffs, [uniform], 10, 1)
    with pytest.raises(ValueError, match="rounds=0"):
        round_robin(IPD.payoffs, [uniform], 0, 1)
    with pytest.raises(ValueError, match="2 actions, but player 1 has 3"):
        round_robin(RPS.payoffs, [uniform], 10, 1)
