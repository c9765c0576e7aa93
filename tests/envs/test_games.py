"""Kernels, chance, observation, declaration and certificate of one-shot and iterated normal-form games."""

from itertools import product

import numpy as np
import pytest

from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Last
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.games import load, names
from regretlab.envs.games.histories import decode, encode
from regretlab.solvers.normal_form import largest_pure_nash_conv, nash_conv, uniform_profile


def matrix_game(**knobs):
    return build("regretlab/MatrixGame-v0", **knobs)


def iterated(**knobs):
    return build("regretlab/IteratedGame-v0", **knobs)


def random_game(*actions, seed=0):
    return np.random.default_rng(seed).normal(size=(len(actions), *actions)).round(3)


def play(environment, joint):
    """Drive the kernels themselves: one lane, begun and moved once; return rewards, termination and observation."""
    players = environment.spec.players
    state, outcome = environment.new_state(1), np.zeros(1, np.int64)
    rewards, seen = np.full((1, players), np.nan), np.full((1, players), -1)
    environment.kernels["begin"](environment.params, state, 0, outcome)
    actions = np.array([joint])
    ended = environment.kernels["apply"](environment.params, state, 0, actions, outcome, rewards)
    environment.kernels["observe"](environment.params, state, 0, seen)
    return rewards[0], bool(ended), seen[0]


@pytest.mark.parametrize(
    ("actions", "memory"),
    [((2, 2), 1), ((2, 2), 2), ((2, 3), 1), ((3, 2), 2), ((3, 2), 0), ((4,), 1), ((2, 3, 2), 1), ((2, 2, 2, 2), 1)],
)
def test_every_joint_action_pays_what_the_tensor_says(actions, memory):
    payoffs = random_game(*actions)
    environment = iterated(payoffs=payoffs, memory=memory)
    for index, joint in enumerate(product(*map(range, actions))):
        rewards, ended, seen = play(environment, joint)
        assert rewards.tolist() == payoffs[(slice(None), *joint)].tolist()
        assert not ended
        assert seen.tolist() == [0 if memory == 0 else 1 + index] * len(actions)


@pytest.mark.parametrize("name", names())
def test_a_matrix_game_is_over_after_one_round(name):
    game = load(name)
    environment = matrix_game(game=name)
    assert environment.spec.observation.sizes == (1,) * game.players
    assert environment.spec.action_names == game.action_names
    joints = np.array(list(product(*map(range, game.actions))))
    batch = Batch(environment, len(joints))
    batch.reset(seed=0)
    seen, rewards, terminated, _ = batch.step(joints)
    np.testing.assert_array_equal(rewards, game.payoffs.reshape(game.players, -1).T)
    assert terminated.all()
    assert not seen.any()


@pytest.mark.parametrize("actions", [(2, 2), (2, 3), (3, 3), (1, 1), (1,), (2, 2, 2), (3, 2, 2)])
@pytest.mark.parametrize("memory", [0, 1, 2, 3])
def test_the_observation_is_the_last_joint_actions(actions, memory):
    environment = iterated(payoffs=random_game(*actions), memory=memory, horizon=0)
    batch = Batch(environment, 3)
    generator = np.random.default_rng(1)
    assert not batch.reset(seed=0).any()
    histories = [[], [], []]
    for _ in range(12):
        joint = np.stack([generator.integers(0, count, 3) for count in actions], axis=1)
        seen, *_ = batch.step(joint)
        for lane, history in enumerate(histories):
            history.append(tuple(joint[lane]))
            assert (seen[lane] == encode(history, actions, memory)).all()
            assert decode(seen[lane, 0], actions) == history[len(history) - min(memory, len(history)) :]


@pytest.mark.parametrize(("actions", "memory"), [((2, 2), 3), ((2, 3), 2), ((3,), 4), ((1, 1), 5), ((2, 1, 2), 0)])
def test_encoding_numbers_every_history_once(actions, memory):
    joints = list(product(*map(range, actions)))
    histories = [list(h) for length in range(memory + 1) for h in product(joints, repeat=length)]
    numbers = [encode(history, actions, memory) for history in histories]
    size = iterated(payoffs=random_game(*actions), memory=memory).spec.observation.sizes[0]
    assert sorted(numbers) == list(range(size))
    assert [decode(number, actions) for number in numbers] == histories


def test_encoding_refuses_what_is_no_action():
    for history in ([(0, 2)], [(0,)], [(-1, 0)], [(0, 0), (0, 0, 0)]):
        with pytest.raises(ValueError, match="history holds"):
            encode(history, (2, 2), 5)


def test_eight_rounds_of_memory_have_87381_states():
    model = enumerate_model(iterated(memory=8))
    assert model.size == sum(4**k for k in range(9)) == 87_381
    assert not model.terminal.any()
    assert sorted(model.observations[:, 0]) == list(range(87_381))


@pytest.mark.parametrize("memory", [0, 2])
def test_the_model_of_a_game_that_chance_stops(memory):
    payoffs = random_game(2, 3)
    model = enumerate_model(iterated(payoffs=payoffs, continuation=0.75, memory=memory, horizon=0))
    live = sum(6**k for k in range(memory + 1))
    assert (~model.terminal).sum() == live
    assert model.terminal.sum() == (live - 1 if memory else 1)  # before the first round the game cannot be over
    np.testing.assert_array_equal(model.rewards[~model.terminal][0], payoffs.reshape(2, 6).T)
    ends = model.transitions @ model.terminal.astype(float)
    assert (ends.reshape(model.size, 6) == np.where(model.terminal, 0.0, 0.25)[:, None]).all()


def test_chance_stops_the_simulated_game_as_often_as_it_says():
    lanes, continuation = 20_000, 0.75
    batch = Batch(iterated(continuation=continuation, horizon=0), lanes, autoreset="disabled")
    batch.reset(seed=3)
    _, _, terminated, truncated = batch.step(np.zeros((lanes, 2), np.int64))
    assert not truncated.any()
    deviation = 5 * np.sqrt(continuation * (1 - continuation) / lanes)
    assert abs(terminated.mean() - (1 - continuation)) < deviation


def test_no_chance_where_nothing_is_left_to_chance():
    assert iterated().spec.stages == 0
    assert iterated(continuation=0.0).spec.stages == 0
    assert matrix_game().spec.stages == 0
    assert iterated(continuation=0.5).spec.stages == 1
    assert play(iterated(continuation=0.0), (0, 1))[1]


def test_the_horizon_truncates():
    batch = Batch(iterated(horizon=3), 2)
    batch.reset(seed=0)
    ends = [batch.step(np.ones((2, 2), np.int64))[2:] for _ in range(2)]
    assert not np.any(ends)
    _, _, terminated, truncated = batch.step(np.ones((2, 2), np.int64))
    assert truncated.all()
    assert not terminated.any()
    assert iterated(horizon=0).spec.horizon is None
    assert matrix_game().spec.horizon is None


def test_the_criterion():
    def criterion(**knobs):
        declared = iterated(**knobs).spec.criterion
        return declared.kind, declared.discount

    assert criterion() == ("return", 1.0)
    assert criterion(continuation=0.9, horizon=0) == ("return", 1.0)
    assert criterion(discount=0.96) == ("discounted", 0.96)
    assert criterion(discount=0.96, horizon=0) == ("discounted", 0.96)
    assert criterion(horizon=0) == ("gain", 1.0)
    assert matrix_game().spec.criterion.kind == "return"


def test_the_reward_range_is_the_tensors():
    assert iterated().spec.reward_range == (0.0, 5.0)
    assert iterated(payoffs=[[[1, -7]], [[2, 4]]]).spec.reward_range == (-7.0, 4.0)


@pytest.mark.parametrize("actions", [(2, 2), (2, 3), (4,), (2, 3, 2)])
def test_counterfactual_rewards(actions):
    payoffs = random_game(*actions)
    batch = Batch(iterated(payoffs=payoffs), len(list(product(*map(range, actions)))))
    batch.reset(seed=0)
    joints = np.array(list(product(*map(range, actions))))
    written = batch.payoffs(joints)
    for joint, table in zip(joints, written, strict=True):
        for player, count in enumerate(actions):
            for own in range(count):
                deviated = [*joint[:player], own, *joint[player + 1 :]]
                assert table[player, own] == payoffs[(player, *deviated)]


# NashConv of uniform play and the largest of any pure profile. The second by hand: both would gain 2 at (cooperate,
# cooperate) in the prisoner's dilemma, at (straight, straight) in chicken, at (stag, hare) in the stag hunt and at
# (stravinsky, bach) in the fourth game; in matching pennies the loser gains 2; in rock paper scissors too, and at a tie
# both gain 1, as on the diagonal of Shapley's game; in Jordan's game all three lose when b differs from a = c, and
# would gain 2 each.
KNOWN = {
    "prisoners-dilemma": (1.5, 4.0),
    "chicken": (0.5, 4.0),
    "stag-hunt": (0.0, 4.0),
    "bach-or-stravinsky": (0.5, 4.0),
    "matching-pennies": (0.0, 2.0),
    "rock-paper-scissors": (0.0, 2.0),
    "shapley": (0.0, 2.0),
    "jordan-pennies": (0.0, 6.0),
}


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("build", [matrix_game, iterated])
def test_certificate_of_a_named_game(name, build):
    certificate = build(game=name).certify()
    random, largest = KNOWN[name]
    assert certificate.measure == "gap"
    assert certificate.optimal.value == 0
    assert certificate.regret(0.25) == 0.25
    assert certificate.random.value == pytest.approx(random, abs=1e-15)
    assert certificate.facts["largest_pure_nash_conv"] == pytest.approx(largest, abs=1e-15)
    assert certificate.facts["game"] == name
    assert certificate.facts["equilibria"] == load(name).equilibria
    assert certificate.facts["max_welfare"] == load(name).max_welfare


@pytest.mark.parametrize("actions", [(2, 3), (3, 2, 4), (2, 2, 2, 2)])
def test_certificate_of_any_tensor_agrees_with_the_solver(actions):
    payoffs = random_game(*actions)
    certificate = iterated(payoffs=payoffs).certify()
    assert certificate.random.value == pytest.approx(nash_conv(payoffs, uniform_profile(payoffs)), abs=1e-12)
    assert certificate.facts["largest_pure_nash_conv"] == pytest.approx(largest_pure_nash_conv(payoffs), abs=1e-12)
    assert "equilibria" not in certificate.facts


@pytest.mark.parametrize(
    ("knobs", "rounds"),
    [
        ({}, 100),
        ({"horizon": 3, "discount": 0.5}, 1.75),
        ({"horizon": 0, "discount": 0.9}, 10),
        ({"horizon": 0, "continuation": 0.75}, 4),
        ({"horizon": 2, "continuation": 0.75}, 1.75),
        ({"horizon": 0, "continuation": 0.5, "discount": 0.5}, 4 / 3),
        ({"horizon": 0}, 1),
    ],
)
def test_one_player_is_certified_by_its_best_action(knobs, rounds):
    certificate = iterated(payoffs=[[1.0, 4.0, -2.0]], **knobs).certify()
    assert certificate.measure == "value"
    assert certificate.optimal.value == pytest.approx(4 * rounds)
    assert certificate.memoryless.value == certificate.optimal.value
    assert certificate.random.value == pytest.approx(rounds)
    assert certificate.facts == {"best_action": 1}
    assert matrix_game(payoffs=[[1.0, 4.0, -2.0]]).certify().optimal.value == 4


def test_bad_arguments():
    with pytest.raises(ValueError, match="did you mean 'chicken'"):
        iterated(game="chickens")
    with pytest.raises(ValueError, match=r"payoffs of shape \(2, 2\)"):
        matrix_game(payoffs=[[1, 2], [3, 4]])
    with pytest.raises(ValueError, match=r"payoffs\[0, 0, 0\]=nan"):
        iterated(payoffs=[[[np.nan]], [[0.0]]])
    with pytest.raises(TypeError, match="payoffs='no'"):
        iterated(payoffs="no")
    with pytest.raises(ValueError, match="memory=30 is not allowed: with 4 joint actions memory must be at most 29"):
        iterated(memory=30)
    assert iterated(memory=29).spec.observation.sizes[0] == sum(4**k for k in range(30))


def pictures(environment, joint=None):
    """The text and the frame before the first round, or after one in which ``joint`` was played."""
    batch = Batch(environment, 1)
    batch.reset(seed=0)
    rewards = np.zeros(environment.spec.players)
    last = Last(0, None, rewards, rewards)
    if joint is not None:
        rewards = batch.step(np.array([joint]))[1][0]
        last = Last(1, np.array(joint), rewards, rewards)
    views = environment.ansi, environment.paint
    return [view(environment.params, batch.state, 0, last) for view in views]


@pytest.mark.parametrize(
    "payoffs", [None, random_game(3), random_game(2, 3, 2), random_game(9, 30), random_game(*[2] * 6)]
)
def test_pictures_show_the_cell_last_played(payoffs):
    environment = iterated(payoffs=payoffs, memory=2)
    last = tuple(count - 1 for count in environment.spec.actions)
    text, frame = pictures(environment)
    after, played = pictures(environment, last)
    other = pictures(environment, (0,) * len(last))[1]
    rewards = ", ".join(f"{value:.4g}" for value in play(environment, last)[0])
    assert "[" not in text
    assert "nothing yet" in text
    assert after.count("[") == 1
    assert f"[{rewards}]" in after
    assert frame.dtype == np.uint8
    assert frame.shape == played.shape == other.shape
    assert (played != frame).any()
    assert (played != other).any()


def test_the_text_of_the_prisoners_dilemma():
    assert pictures(iterated(), (1, 0))[0].splitlines() == [
        "Prisoner's dilemma, round 1 of 100",
        "           cooperate    defect",
        "cooperate     3, 3       0, 5",
        "   defect    [5, 0]      1, 1",
        "player 0: defect, reward 5, total 5",
        "player 1: cooperate, reward 0, total 0",
        "observed: (defect, cooperate)",
    ]
