"""Best responses to automata and to policies of memory m, in iterated prisoner's dilemmas and random games."""

import itertools

import numpy as np
import pytest

from regretlab.envs.core.automaton import Automaton
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build as build_environment
from regretlab.envs.core.single_agent import as_single_agent
from regretlab.envs.games.strategies import MEMORY_ONE, as_policy
from regretlab.solvers.best_response import best_response, best_response_gain, best_response_to
from regretlab.solvers.gain import MultichainError, optimal_gain
from regretlab.solvers.memory_one import memory_one_value

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


def dilemma(reward, sucker, temptation, punishment):
    own = np.array([[reward, sucker], [temptation, punishment]], float)
    return np.array([own, own.T])


LOLA = dilemma(-1, -3, 0, -2)
TFT = Automaton("tit-for-tat", np.array([1.0, 0.0]), np.eye(2), np.array([[[0, 0], [1, 1]]] * 2))


@pytest.mark.parametrize(
    ("name", "value"),  # per round at gamma = 0.96, R, S, T, P = -1, -3, 0, -2, computed apart from this package
    [("TFT", -1), ("STFT", -1.08), ("GRIM", -1), ("WSLS", -0.9796), ("random", -1), ("ALLC", 0), ("ALLD", -2)],
)
def test_best_responses_in_the_discounted_dilemma(name, value):
    for player in (0, 1):  # the game is symmetric
        found = best_response_to(LOLA, as_policy(MEMORY_ONE[name], (2, 2), 1 - player), player, discount=0.96)
        assert 0.04 * found.value == pytest.approx(value, abs=5e-5)
        assert found.residual < 1e-10


def test_a_deterministic_reply_of_memory_one_is_enough_against_memory_one():
    """Press and Dyson 2012, appendix A; the 32 are a start and an answer to each of CC, CD, DC, DD."""
    rng = np.random.default_rng(5)
    for case in range(8):
        payoffs, opponent, discount = rng.normal(size=(2, 2, 2)), rng.random(5), rng.uniform(0.1, 0.98)
        player = case % 2
        best = best_response_to(payoffs, as_policy(opponent, (2, 2), 1 - player), player, discount=discount)
        tried = []
        for own in itertools.product((0.0, 1.0), repeat=5):
            pair = [own, opponent] if player == 0 else [opponent, own]
            tried.append(memory_one_value(payoffs, pair, discount).total[player])
        assert len(tried) == 32
        assert best.value == pytest.approx(max(tried), abs=1e-9)
        # and the policy that is returned earns it
        own = np.eye(2)[best.policy]
        rows = as_policy(opponent, (2, 2), 1 - player)
        start, chain = rows_to_chain([own, rows] if player == 0 else [rows, own])
        earned = start @ np.linalg.solve(np.eye(4) - discount * chain, payoffs[player].ravel())
        assert earned == pytest.approx(best.value, abs=1e-9)


def rows_to_chain(policies):
    joint = (policies[0][:, :, None] * policies[1][:, None, :]).reshape(5, 4)
    return joint[0], joint[1:]


@pytest.mark.parametrize(("actions", "memory", "player"), [((2, 2), 2, 0), ((3, 2), 1, 1)])
def test_the_model_of_the_environment_has_the_same_optimum(actions, memory, player):
    """The compiled environment, listed with the opponent as a partner, against the arrays of this solver."""
    rng = np.random.default_rng(7)
    payoffs = rng.normal(size=(2, *actions))
    joint = int(np.prod(actions))
    table = rng.dirichlet(np.ones(actions[1 - player]), sum(joint**k for k in range(memory + 1)))
    for options in ({"discount": 0.9}, {"discount": 0.9, "horizon": 7}, {"horizon": 9}, {}):
        knobs = {"horizon": 0, **options}
        game = build_environment("regretlab/IteratedGame-v0", payoffs=payoffs, memory=memory, **knobs)
        exact = best_response(enumerate_model(as_single_agent(game, {1 - player: table}, player)))
        found = best_response_to(payoffs, table, player, **options)
        assert found.value == pytest.approx(exact.value, abs=1e-9)
        assert found.residual < 1e-9


def test_automata_over_a_hundred_rounds_and_in_the_long_run():
    """Akata et al.: 8, 0, 10, 5 against tit-for-tat, 802 with a defection in the last round."""
    payoffs = dilemma(8, 0, 10, 5)
    plan = best_response_to(payoffs, TFT, horizon=100)
    assert plan.value == pytest.approx(802, abs=1e-10) and plan.policy.shape == (100, 2)
    assert plan.policy[:, 0].tolist() == [0] * 99 + [1]
    assert best_response_to(payoffs, TFT).value == pytest.approx(8, abs=1e-12)
    # grim trigger never forgives: the average depends on the past, and staying with it pays 8
    grim = as_policy(MEMORY_ONE["GRIM"], (2, 2), 1)
    assert best_response_to(payoffs, grim).value == pytest.approx(8, abs=1e-12)
    # and as an automaton it is the same strategy as its table
    for options in ({"discount": 0.3}, {"discount": 0.9}, {"horizon": 5}):
        table = best_response_to(payoffs, as_policy(MEMORY_ONE["TFT"], (2, 2), 1), **options)
        assert best_response_to(payoffs, TFT, **options).value == pytest.approx(table.value, abs=1e-9)


def test_opponents_that_do_not_fit_are_refused():
    tft = as_policy(MEMORY_ONE["TFT"], (2, 2), 1)
    with pytest.raises(ValueError, match="payoffs must be those of two players, not of 3"):
        best_response_to(np.zeros((3, 2, 2, 2)), tft)
    with pytest.raises(ValueError, match="player must be 0 or 1, not 2"):
        best_response_to(LOLA, tft, 2)
    with pytest.raises(ValueError, match="discount must be at least 0 and below 1, not 1"):
        best_response_to(LOLA, tft, discount=1.0)
    with pytest.raises(ValueError, match="4 rows are no table over histories"):
        best_response_to(LOLA, tft[:4])
    with pytest.raises(ValueError, match="has 2 actions, but player 1 has 3"):
        best_response_to(np.zeros((2, 2, 3)), np.full((7, 2), 0.5))
    with pytest.raises(ValueError, match=r"opponent must hold probabilities .* row 2 sums to 1\.5"):
        best_response_to(LOLA, tft + 0.5 * (np.arange(5) == 2)[:, None] * [[1, 0]])
    with pytest.raises(ValueError, match="draws its first state"):
        best_response_to(LOLA, Automaton("mixture", np.array([0.5, 0.5]), TFT.policy, TFT.next))
    with pytest.raises(ValueError, match="horizon must be at least 1, not 0"):
        best_response_to(LOLA, tft, horizon=0)
