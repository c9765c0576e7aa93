"""Policy regret: what reacting opponents would have done, and how external regret misses it."""

import numpy as np
import pytest

from regretlab.baselines.learner import load
from regretlab.baselines.lockstep import Lockstep
from regretlab.envs.core.registry import build
from regretlab.envs.games import load as load_game
from regretlab.envs.games.strategies import MEMORY_ONE, as_policy
from regretlab.evaluation.metrics.policy_regret import policy_regret
from regretlab.evaluation.metrics.regret import deviation_gains, external_regret, utilities_of_play

OWN = np.array([[-1.0, -3.0], [0.0, -2.0]])
DILEMMA = np.array([OWN, OWN.T])


class TitForTat:
    """In the second seat: the first player's last action."""

    policy = as_policy(MEMORY_ONE["TFT"], (2, 2), 1)

    def __init__(self, observation_space, action_space, seed):
        pass

    def act(self, obs):
        return int(self.policy[obs].argmax())

    def update(self, obs, action, reward, next_obs, terminated, truncated):
        pass


def dilemma():
    return build("regretlab/IteratedGame-v0", payoffs=DILEMMA, horizon=0, memory=1)


def test_hedge_has_no_external_but_great_policy_regret_against_tit_for_tat():
    """Arora, Dekel and Tewari 2012; Hedge with the rate 0.05, T = 5000: -1.998, 0.0016 and 0.998 a round.

    Those are one run's. Defecting always pays 1 more in hindsight, so that the external regret is the number N of
    rounds with C; TFT begins with C and returns each C a round later, so that the rewards sum to -2 T + N + 2 if the
    last round is no C, and always C would have earned -T. Hedge plays C in round t with probability 1 / (1 +
    exp(0.05 t)): N has the mean 14.1 and a variance below 10.2, so 5 standard deviations are 16. The rate is 0.15 for
    payoffs in [0, 1], as they span 3.
    """
    rounds, lanes = 5_000, 4
    game, players = dilemma(), [load("hedge", eta=0.15), TitForTat]
    found = policy_regret(game, players, rounds=rounds, lanes=lanes, seed=3)
    run = Lockstep(game, players, lanes=lanes, seed=3, record=True)
    run.advance(rounds)
    for lane in range(lanes):
        actions = run.record.actions[:, lane]
        count = int((actions[:, 0] == 0).sum())
        assert 1 <= count <= 14.1 + 16 and actions[-1, 0] == 1
        gains = deviation_gains(utilities_of_play(OWN, actions, 0), np.eye(2)[actions[:, 0]])
        assert external_regret(gains) == count
        assert found.realised[lane] == -2 * rounds + count + 2
        assert found.regret[lane] == rounds - count - 2
        # always D earns 2 more than it would for ever, always C -1 a round, which is as good after two rounds
        best = np.maximum(-2 * np.arange(1, rounds + 1) + 2, -np.arange(1, rounds + 1))
        np.testing.assert_array_equal(found.curve[:, lane], best - run.record.rewards[:, lane, 0].cumsum())
    np.testing.assert_array_equal(found.fixed, np.repeat([[-rounds], [-2.0 * rounds + 2]], lanes, axis=1))
    # within 5 standard deviations of the mean the published figures hold to 30 rounds in 5,000
    np.testing.assert_allclose(found.realised / rounds, -1.998, atol=30 / rounds)
    np.testing.assert_allclose(found.regret / rounds, 0.998, atol=30 / rounds)


def test_against_an_opponent_that_does_not_react_it_is_the_external_regret():
    """The fresh opponents have the same seeds, so a player that draws plays the same again, in either seat."""
    payoffs = load_game("rock-paper-scissors").payoffs
    game = build("regretlab/MatrixGame-v0", payoffs=payoffs)
    for player in (0, 1):
        players = [load("uniform"), load("uniform")]
        players[player] = load("hedge")
        found = policy_regret(game, players, rounds=60, player=player, lanes=3, seed=1)
        run = Lockstep(game, players, lanes=3, seed=1, record=True)
        run.advance(60)
        assert found.fixed.shape == (3, 3)
        for lane in range(3):
            actions = run.record.actions[:, lane]
            utilities = utilities_of_play(payoffs[player], actions, player)
            gains = deviation_gains(utilities, np.eye(3)[actions[:, player]])
            assert found.regret[lane] == pytest.approx(external_regret(gains), abs=1e-12)
            np.testing.assert_allclose(found.fixed[:, lane], utilities.sum(axis=0), atol=1e-12)


def test_bad_input():
    game, players = dilemma(), [load("hedge"), TitForTat]
    with pytest.raises(ValueError, match="one for each of 2 seats, not 1"):
        policy_regret(game, players[:1], rounds=10)
    with pytest.raises(ValueError, match="player must be from 0 to 1, not 2"):
        policy_regret(game, players, rounds=10, player=2)
    with pytest.raises(ValueError, match="rounds must be at least 1, not 0"):
        policy_regret(game, players, rounds=0)
