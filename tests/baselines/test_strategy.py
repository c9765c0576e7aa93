import numpy as np
import pytest
from numba import config

import regretlab  # noqa: F401 (registers the environments)
from regretlab.baselines import accepts, load
from regretlab.baselines.fused import Fused
from regretlab.baselines.lockstep import Lockstep
from regretlab.envs.core.registry import build
from regretlab.envs.games.strategies import MEMORY_ONE

long_run = pytest.mark.skipif(config.DISABLE_JIT, reason="a long run is for compiled code")
DISCOUNT, ROUNDS = 0.96, 500
COLUMNS = ("ALLC", "ALLD", "TFT", "STFT", "GRIM", "WSLS", "random")
# The row player's discounted return times 1 - discount, for R, S, T, P = -1, -3, 0, -2: closed forms of the Markov
# chain of the four joint actions, (1 - g) s0 (I - g P)^-1 r, to four decimals.
LOSSES = {
    "ALLC": (-1, -3, -1, -1.08, -1, -1, -2),
    "ALLD": (0, -2, -1.92, -2, -1.92, -0.9796, -1),
    "TFT": (-1, -2.04, -1, -1.5306, -1, -1, -1.52),
    "STFT": (-0.96, -2, -1.4694, -2, -1.9584, -1.6391, -1.48),
    "random": (-0.5, -2.5, -1.46, -1.54, -2.3462, -1.46, -1.5),
}
# The same for R, S, T, P = 3, 0, 5, 1.
GAINS = {("ALLD", "TFT"): 1.16, ("TFT", "ALLD"): 0.96, ("TFT", "STFT"): 2.4490, ("STFT", "TFT"): 2.5510} | {
    ("ALLD", "WSLS"): 3.0408
}


def dilemma(reward, sucker, temptation, punishment, **knobs):
    own = np.array([[reward, sucker], [temptation, punishment]], float)
    settings = {"payoffs": np.array([own, own.T]), "memory": 1, "horizon": ROUNDS, "discount": DISCOUNT}
    return build("IteratedGame-v0", **{**settings, **knobs})


def check(game, row, column, value):
    """Compare the value of ``row`` against ``column`` with simulated play, in both seats.

    What 500 rounds leave out weighs 0.96^500 < 2e-9; the table is rounded to 5e-5; chance, where there is any, is
    allowed 5 standard errors of the mean over the lanes.
    """
    lanes = 2_000 if "random" in (row, column) else 1
    for seat in range(2):
        players = [load("strategy", name=name) for name in ((row, column), (column, row))[seat]]
        returns = (1 - DISCOUNT) * Lockstep(game, players, lanes=lanes).advance(ROUNDS).returns[:, seat]
        error = returns.std() / np.sqrt(lanes)
        assert (error > 0) == (lanes > 1) or "ALL" in row + column
        assert returns.mean() == pytest.approx(value, abs=5 * error + 6e-5), (row, column, seat)


@long_run
@pytest.mark.parametrize("row", LOSSES)
def test_values_of_the_iterated_prisoners_dilemma(row):
    game = dilemma(-1, -3, 0, -2)
    for column, value in zip(COLUMNS, LOSSES[row], strict=True):
        check(game, row, column, value)


def test_values_with_other_payoffs():
    game = dilemma(3, 0, 5, 1)
    for (row, column), value in GAINS.items():
        check(game, row, column, value)


@long_run
@pytest.mark.parametrize("other", ["random", "WSLS", "GTFT", "ALLC"])
def test_extortion_takes_three_times_the_others_surplus(other):
    # Press and Dyson 2012: in the limit of means s_own - P = 3 (s_other - P). What a round leaves over is, in
    # expectation and times phi = 1/26, by how much it changes the probability of C; these changes telescope, so that
    # after n rounds the mean is within 26 / n of 0.
    rounds = 50_000
    game = dilemma(3, 0, 5, 1, discount=1.0, horizon=0)
    for seat in range(2):
        players = [load("strategy", name=name) for name in (("ZD-extort", other), (other, "ZD-extort"))[seat]]
        means = Lockstep(game, players, lanes=20).advance(rounds).rewards / rounds
        left_over = (means[:, seat] - 1) - 3 * (means[:, 1 - seat] - 1)
        assert abs(left_over.mean()) < 26 / rounds + 5 * left_over.std() / np.sqrt(20)
        assert means[:, seat].mean() > means[:, 1 - seat].mean() + 0.1


def play(first, second, steps, **knobs):
    players = [load("strategy", name=name) for name in (first, second)]
    run = Lockstep(dilemma(3, 0, 5, 1, **knobs), players, record=True)
    run.advance(steps)
    return ["".join("CD"[a] for a in joint) for joint in run.record.actions[:, 0]]


def test_the_zoo_round_by_round_and_anew_in_every_episode():
    assert play("TFT", "STFT", 4) == ["CD", "DC", "CD", "DC"]
    assert play("GRIM", "alternator", 5) == ["CC", "CD", "DC", "DD", "DC"]
    assert play("WSLS", "ALLD", 4) == ["CD", "DD", "CD", "DD"]
    assert play("ALLD", "WSLS", 4) == ["DC", "DD", "DC", "DD"]
    assert play("GRIM", "STFT", 6, horizon=3) == ["CD", "DC", "DD"] * 2


def test_any_memory_will_do(identical):
    runs = []
    for memory in (1, 2, 5):
        players = [load("strategy", name=name) for name in ("ZD-extort", "GTFT")]
        runs.append(Lockstep(dilemma(3, 0, 5, 1, memory=memory, horizon=9), players, lanes=20).advance(100))
    assert identical(runs[0], runs[1]) and identical(runs[0], runs[2])


def test_one_strategy_may_play_both_seats(identical):
    game, learner = dilemma(3, 0, 5, 1), load("strategy", name="random")
    assert identical(Fused(game, learner, lanes=5).advance(50), Lockstep(game, [learner] * 2, lanes=5).advance(50))


def test_every_named_strategy_loads():
    for name, probabilities in MEMORY_ONE.items():
        np.testing.assert_array_equal(load("strategy", name=name).params.first, probabilities)
    with pytest.raises(ValueError, match=r"name='tit-for-tat'.*'TFT'"):
        load("strategy", name="tit-for-tat")


@pytest.mark.parametrize(
    ("id", "knobs"),
    [
        ("IteratedGame-v0", {"game": "prisoners-dilemma", "memory": 0}),
        ("IteratedGame-v0", {"game": "rock-paper-scissors", "memory": 1}),
        ("MatrixGame-v0", {"game": "prisoners-dilemma"}),
        ("RiverSwim-v0", {}),
    ],
)
def test_games_without_a_last_round_to_see_are_refused(id, knobs):
    environment = build(id, **knobs)
    assert "memory=1 or more" in accepts(load("strategy"), environment)
    with pytest.raises(ValueError, match="iterated game of 2 players with 2 actions"):
        Lockstep(environment, load("strategy"))
