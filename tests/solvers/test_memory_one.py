"""Payoffs of strategies of memory one: the tables of the literature, simulation, and the other solvers."""

import itertools

import numpy as np
import pytest

from regretlab.baselines.lockstep import Lockstep
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.games.strategies import MEMORY_ONE, as_policy, extortion
from regretlab.solvers import best_response_to, evaluate
from regretlab.solvers.markov_game import against
from regretlab.solvers.memory_one import memory_one_chain, memory_one_gain, memory_one_value


def symmetric(reward, sucker, temptation, punishment):
    own = np.array([[reward, sucker], [temptation, punishment]], float)
    return np.array([own, own.T])


LOLA = symmetric(-1, -3, 0, -2)  # the payoffs of Foerster et al. 2018
AXELROD = symmetric(3, 0, 5, 1)
COLUMNS = ("ALLC", "ALLD", "TFT", "STFT", "GRIM", "WSLS", "random")
# Payoff per round of the row at gamma = 0.96 with R, S, T, P = -1, -3, 0, -2, computed apart from this package.
TABLE = {
    "ALLC": (-1, -3, -1, -1.08, -1, -1, -2),
    "ALLD": (0, -2, -1.92, -2, -1.92, -0.9796, -1),
    "TFT": (-1, -2.04, -1, -1.5306, -1, -1, -1.52),
    "STFT": (-0.96, -2, -1.4694, -2, -1.9584, -1.6391, -1.48),
    "random": (-0.5, -2.5, -1.46, -1.54, -2.3462, -1.46, -1.5),
}


def pair(payoffs, row, column, discount=0.96):
    return memory_one_value(payoffs, [MEMORY_ONE[row], MEMORY_ONE[column]], discount)


@pytest.mark.parametrize("row", TABLE)
def test_the_table_of_the_iterated_dilemma(row):
    for column, expected in zip(COLUMNS, TABLE[row], strict=True):
        found = pair(LOLA, row, column)
        assert found.value[0] == pytest.approx(expected, abs=5e-5), column
        assert found.residual < 1e-12
        np.testing.assert_allclose(found.total, found.value / 0.04, rtol=1e-12)
        # the game is symmetric: from the other seat the same
        np.testing.assert_allclose(pair(LOLA, column, row).value, found.value[::-1], atol=1e-12)


def test_values_by_hand():
    """TFT and STFT alternate CD, DC: (S + gamma T) / (1 + gamma); ALLD earns T once from TFT and then P."""
    discount = 0.96
    np.testing.assert_allclose(pair(AXELROD, "ALLD", "TFT").value, (1.16, 0.96), atol=1e-12)
    assert pair(AXELROD, "TFT", "STFT").value[0] == pytest.approx(5 * discount / (1 + discount), abs=1e-12)  # 2.4490
    assert pair(AXELROD, "STFT", "TFT").value[0] == pytest.approx(5 / (1 + discount), abs=1e-12)  # 2.5510
    assert pair(AXELROD, "ALLD", "WSLS").value[0] == pytest.approx(3.0408, abs=5e-5)
    # pax's own test: 2, 0, 3, 1 and gamma 0.99
    np.testing.assert_allclose(pair(symmetric(2, 0, 3, 1), "ALLD", "TFT", 0.99).value, (1.02, 0.99), atol=1e-12)


def test_the_chain_is_that_of_press_and_dyson():
    """Rows (p q, p (1 - q), (1 - p) q, (1 - p)(1 - q)) after CC, CD, DC, DD, with q of CD and DC exchanged."""
    p, q = np.array([0.1, 0.2, 0.3, 0.4, 0.5]), np.array([0.95, 0.85, 0.75, 0.65, 0.55])
    start, transitions = memory_one_chain([p, q], (2, 2))
    turned = q[[0, 1, 3, 2, 4]]
    expected = np.stack([p * turned, p * (1 - turned), (1 - p) * turned, (1 - p) * (1 - turned)], axis=1)
    np.testing.assert_allclose(start, expected[0], atol=1e-15)
    np.testing.assert_allclose(transitions, expected[1:], atol=1e-15)


def test_the_order_with_the_first_round_last_is_another_strategy():
    """LOLA and pax write TFT as (1, 0, 1, 0, 1): taken as it stands it begins with C, and returns the opposite."""
    elsewhere = (1, 0, 1, 0, 1)
    wrong = memory_one_value(LOLA, [elsewhere, MEMORY_ONE["ALLD"]], 0.96).value[0]
    right = memory_one_value(LOLA, [np.roll(elsewhere, 1), MEMORY_ONE["ALLD"]], 0.96).value[0]
    assert right == pytest.approx(TABLE["TFT"][1]) and wrong == pytest.approx(-3)


def test_tit_for_tat_answers_itself_from_one_half_on():
    """Axelrod 1984: gamma >= max((T - R) / (T - P), (T - R) / (R - S)), 1/2 here, where three replies are as good."""
    ties = [pair(LOLA, row, "TFT", 0.5).value[0] for row in ("ALLC", "ALLD", "STFT")]
    np.testing.assert_allclose(ties, -1, atol=1e-12)
    for discount, stable in ((0.49, False), (0.5, True), (0.51, True)):
        best = (1 - discount) * best_response_to(LOLA, as_policy(MEMORY_ONE["TFT"], (2, 2), 1), discount=discount).value
        assert (best <= pair(LOLA, "TFT", "TFT", discount).value[0] + 1e-12) == stable


@pytest.mark.parametrize("other", ["ALLC", "ALLD", "TFT", "WSLS", "GTFT", "random", "alternator"])
def test_extortion_takes_three_times_the_surplus_in_the_limit_of_means(other):
    """Press and Dyson 2012: (s_X - P) = chi (s_Y - P) against anybody; under discounting it need not hold."""
    strategy = extortion((-1, -3, 0, -2), 3, 1 / 14)
    own, opponent = memory_one_gain(LOLA, [strategy, MEMORY_ONE[other]]).value
    assert own + 2 == pytest.approx(3 * (opponent + 2), abs=1e-10)
    own, opponent = memory_one_gain(AXELROD, [MEMORY_ONE["ZD-extort"], MEMORY_ONE[other]]).value
    assert own - 1 == pytest.approx(3 * (opponent - 1), abs=1e-10)
    own, opponent = memory_one_value(LOLA, [strategy, MEMORY_ONE[other]], 0.9).value
    assert abs(own + 2 - 3 * (opponent + 2)) > 1e-3


def test_the_limit_of_means_of_cycles_and_of_several_classes():
    # TFT and STFT alternate (S + T) / 2, a periodic chain
    np.testing.assert_allclose(memory_one_gain(AXELROD, [MEMORY_ONE["TFT"], MEMORY_ONE["STFT"]]).value, 2.5, atol=1e-12)
    # GRIM that begins with C half of the time stays in CC or ends in DD: against ALLC-like GRIM (R + P) / 2
    hesitant = (0.5, 1, 0, 0, 0)
    found = memory_one_gain(AXELROD, [hesitant, MEMORY_ONE["GRIM"]])
    np.testing.assert_allclose(found.value, (3 + 1) / 2, atol=1e-12)
    assert found.total is None and found.residual < 1e-10
    # it is the limit of the discounted values
    for row, column in itertools.product(MEMORY_ONE, repeat=2):
        limit = memory_one_gain(AXELROD, [MEMORY_ONE[row], MEMORY_ONE[column]])
        assert limit.residual < 1e-10
        np.testing.assert_allclose(pair(AXELROD, row, column, 1 - 1e-7).value, limit.value, atol=1e-4)


@pytest.mark.parametrize("actions", [(2, 3), (2, 2, 3)])
def test_larger_games_agree_with_the_exact_model(actions):
    """The exact model of the compiled environment, the others keeping to their policies, by the general solver."""
    rng = np.random.default_rng(3)
    joint = int(np.prod(actions))
    payoffs = rng.normal(size=(len(actions), *actions))
    strategies = [rng.dirichlet(np.ones(count), 1 + joint) for count in actions]
    found = memory_one_value(payoffs, strategies, 0.9)
    model = enumerate_model(build("regretlab/IteratedGame-v0", payoffs=payoffs, discount=0.9, horizon=0, memory=1))
    policies = [as_policy(each, actions, k)[model.observations[:, k]] for k, each in enumerate(strategies)]
    for player, own in enumerate(policies):
        assert found.total[player] == pytest.approx(evaluate(against(model, policies, player), own).value, abs=1e-9)


class Memory:
    """An outside agent that plays a policy over observations."""

    policy: np.ndarray

    def __init__(self, observation_space, action_space, seed):
        self.rng = np.random.default_rng(seed)

    def act(self, obs):
        return int(self.rng.random() >= self.policy[obs, 0])

    def update(self, obs, action, reward, next_obs, terminated, truncated):
        pass


def test_simulated_play_earns_the_closed_form():
    """Returns of 60 rounds at gamma 0.8, five standard errors of 100 lanes with 10 episodes each.

    What follows the 60th round weighs at most 0.8**60 * 5 / 0.2 = 4e-5.
    """
    rows = (0.9, 0.7, 0.2, 0.6, 0.4), (0.3, 0.8, 0.5, 0.1, 0.35)
    players = [
        type(f"Player{k}", (Memory,), {"policy": as_policy(strategy, (2, 2), k)}) for k, strategy in enumerate(rows)
    ]
    game = build("regretlab/IteratedGame-v0", payoffs=AXELROD, discount=0.8, horizon=60, memory=1)
    totals = Lockstep(game, players, lanes=100, seed=1).advance(60 * 10)
    means = totals.returns / totals.episodes[:, None]
    assert totals.episodes.tolist() == [10] * 100
    error = means.std(axis=0, ddof=1) / 10
    assert error.max() < 0.3  # so that the comparison says something: the values are 8.8 and 12.6
    expected = memory_one_value(AXELROD, rows, 0.8).total
    assert np.all(np.abs(means.mean(axis=0) - expected) < 5 * error + 4e-5)


def test_bad_input():
    tft = MEMORY_ONE["TFT"]
    with pytest.raises(ValueError, match=r"strategy of player 1 .* after DD it has -0\.1"):
        memory_one_value(LOLA, [tft, (1, 1, 0, 1, -0.1)], 0.9)
    with pytest.raises(ValueError, match="one for each of 2 players, not 1"):
        memory_one_value(LOLA, [tft], 0.9)
    for discount in (1.0, -0.1, np.nan):
        with pytest.raises(ValueError, match="discount must be at least 0 and below 1"):
            memory_one_value(LOLA, [tft, tft], discount)
    with pytest.raises(ValueError, match="payoffs must be finite"):
        memory_one_gain(np.full((2, 2, 2), np.inf), [tft, tft])
    with pytest.raises(ValueError, match=r"2,500 joint actions; the chain is solved for at most 2,048"):
        memory_one_value(np.zeros((2, 50, 50)), [tft, tft], 0.9)
