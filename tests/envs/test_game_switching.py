"""Several games in one environment, a lane each, and games that change from round to round."""

import dataclasses

import numpy as np
import pytest
from numba import config

import regretlab
from regretlab.baselines import load as learner
from regretlab.baselines.fused import Fused
from regretlab.baselines.lockstep import Lockstep
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Last
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.games import all_2x2, load
from regretlab.envs.games.stages import tensor
from regretlab.evaluation.protocols import unsuited
from regretlab.solvers.certify import certify
from regretlab.testing import check_certificate, check_equality, check_model

TWO = np.random.default_rng(0).normal(size=(2, 2, 2, 3)).round(2)
ARMS = np.array([[[0.9, 0.2, 0.4]], [[0.1, 0.7, 0.6]], [[0.3, 0.4, 1.0]]])  # three bandits of three arms
CERTIFICATE = pytest.param(
    check_certificate, marks=pytest.mark.skipif(config.DISABLE_JIT, reason="a long run is for compiled code")
)


def matrix_game(**knobs):
    return build("regretlab/MatrixGame-v0", **knobs)


def iterated(**knobs):
    return build("regretlab/IteratedGame-v0", **knobs)


def begun(environment, lanes=1, **options):
    batch = Batch(environment, lanes, **options)
    batch.reset(seed=0)
    return batch


# Several games --------------------------------------------------------------------------------------------------------


def test_all_144_games_in_one_batch_are_144_single_ones():
    games = np.arange(144)
    batch = begun(iterated(games="144", memory=2, horizon=4), 144, lane_parameters={"game": games})
    singles = [Batch(iterated(games="144", index=k, memory=2, horizon=4), 1) for k in games]
    for k, single in enumerate(singles):
        single.reset(seed=k)
    generator = np.random.default_rng(1)
    for _ in range(7):
        actions = generator.integers(2, size=(144, 2))
        told = batch.payoffs(actions).copy()
        step = batch.step(actions)
        for k, single in enumerate(singles):
            np.testing.assert_array_equal(told[k], single.payoffs(actions[k : k + 1])[0])
            for part, own in zip(step, single.step(actions[k : k + 1]), strict=True):
                np.testing.assert_array_equal(part[k], own[0])


@pytest.mark.parametrize(("games", "count"), [("144", 144), (144, 144), ("78", 78), ("sym12", 12)])
def test_every_lane_of_a_taxonomy_pays_what_its_game_says(games, count):
    known = all_2x2(str(games))
    environment = matrix_game(games=games)
    assert len(known) == count == environment.params.games
    assert environment.spec.reward_range == (1.0, 4.0)
    assert environment.spec.action_names == known[0].action_names
    batch = begun(environment, count, lane_parameters={"game": np.arange(count)})
    for joint in np.ndindex(2, 2):
        rewards = batch.step(np.tile(joint, (count, 1)))[1]
        assert rewards.tolist() == [each.payoffs[(slice(None), *joint)].tolist() for each in known]
        batch.reset()


def test_games_by_name_and_by_array():
    names = ["chicken", "stag-hunt", "prisoners-dilemma"]
    stack = np.array([load(name).payoffs for name in names])
    for games in (names, tuple(names), stack, stack.tolist()):
        environment = matrix_game(games=games, index=2)
        assert np.array_equal([tensor(environment.params, k) for k in range(3)], stack)
        assert begun(environment).step(np.array([[1, 0]]))[1].tolist() == [[5.0, 0.0]]
    assert matrix_game(games=["chicken"]).spec.action_names == load("chicken").action_names
    assert matrix_game(games=names).spec.action_names == (("0", "1"),) * 2, "they have no names in common"


def test_the_certificate_is_that_of_the_default_index():
    games = ["chicken", "stag-hunt"]
    for index, name in enumerate(games):
        found, alone = iterated(games=games, index=index).certify(), iterated(game=name).certify()
        assert found == alone
    assert iterated(games=ARMS, index=2, horizon=10).certify().optimal.value == pytest.approx(10.0)
    assert iterated(games=ARMS, index=2, horizon=10).certify().random.value == pytest.approx(17 / 3)


def test_a_familys_game_with_parameters():
    environment = matrix_game(game="public-goods", parameters={"players": 4})
    known = load("public-goods", players=4)
    assert np.array_equal(tensor(environment.params), known.payoffs)
    assert environment.spec.action_names == known.action_names
    assert known.title in environment.ansi(environment.params, environment.new_state(1), 0, nothing(environment))


@pytest.mark.parametrize("runner", [Lockstep, Fused])
def test_one_run_of_a_learner_plays_all_games(runner):
    environment = iterated(games="144", horizon=0, memory=0)
    hedge = learner("hedge")
    whole = runner(environment, hedge, lanes=144, seed=5, lane_parameters={"game": np.arange(144)})
    joint = whole.advance(30).joint
    for k in (0, 77, 143):
        alone = runner(iterated(games="144", index=k, horizon=0, memory=0), hedge, seed=5 + k)
        np.testing.assert_array_equal(joint[k], alone.advance(30).joint[0])


# Games that change ----------------------------------------------------------------------------------------------------


def played(environment, actions, **options):
    """Rewards (rounds, lanes, players) of ``actions`` (rounds, lanes, players)."""
    batch = begun(environment, actions.shape[1], autoreset="same_step", **options)
    return np.array([batch.step(each)[1].copy() for each in actions])


def drawn_actions(rounds, lanes, counts=(2, 3)):
    generator = np.random.default_rng(2)
    return np.stack([generator.integers(count, size=(rounds, lanes)) for count in counts], axis=2)


def test_a_schedule_goes_through_the_games_and_starts_anew_with_the_episode():
    games = np.random.default_rng(3).normal(size=(3, 2, 2, 3))
    actions, firsts = drawn_actions(40, 3), np.array([2, 0, 1])
    environment = iterated(games=games, switching="schedule", period=4, horizon=17)
    rewards = played(environment, actions, lane_parameters={"game": firsts})
    for t, lane in np.ndindex(40, 3):
        game = (firsts[lane] + t % 17 // 4) % 3
        assert rewards[t, lane].tolist() == games[game][:, actions[t, lane, 0], actions[t, lane, 1]].tolist()


@pytest.mark.parametrize("first", [0, 1])
def test_a_sinusoidal_change_mixes_two_games(first):
    actions = drawn_actions(30, 2)
    environment = iterated(games=TWO, index=first, switching="sinusoidal", period=8, horizon=21)
    rewards = played(environment, actions)
    for t, lane in np.ndindex(30, 2):
        weight = (1 + np.cos(2 * np.pi * (t % 21) / 8)) / 2
        joint = slice(None), *actions[t, lane]
        expected = weight * TWO[first][joint] + (1 - weight) * TWO[1 - first][joint]
        np.testing.assert_allclose(rewards[t, lane], expected, atol=1e-14)
    assert rewards[0, 0].tolist() == TWO[first][:, actions[0, 0, 0], actions[0, 0, 1]].tolist()
    assert rewards[4, 0].tolist() == TWO[1 - first][:, actions[4, 0, 0], actions[4, 0, 1]].tolist()


def test_equal_payoffs_stay_within_the_range_under_a_sinusoidal_change():
    environment = iterated(games=np.full((2, 1, 2), 0.1), switching="sinusoidal", period=997, horizon=0)
    assert set(played(environment, np.zeros((997, 1, 1), int)).ravel()) == {0.1}


def test_a_hazard_draws_another_game_as_often_as_it_says():
    # The chance of being in the first game after t rounds is 1/G + (1 - 1/G) (1 - h G / (G - 1))**t (two eigenvalues).
    lanes, hazard = 20_000, 0.3
    environment = iterated(games=ARMS, index=1, switching="hazard", hazard=hazard, horizon=5)
    batch = begun(environment, lanes, autoreset="same_step")
    slack = np.sqrt(np.log(2 * 15 / 1e-9) / (2 * lanes))  # Hoeffding, for 15 frequencies at once
    for t in range(5):
        rewards = batch.step(np.zeros((lanes, 1), int))[1][:, 0]
        own = 1 / 3 + 2 / 3 * (1 - 1.5 * hazard) ** t
        for game, probability in enumerate(((1 - own) / 2, own, (1 - own) / 2)):
            assert abs(np.mean(rewards == ARMS[game, 0, 0]) - probability) <= slack
    assert (batch.state.phase == 1).all(), "a new episode begins with the lane's own game"


def test_what_follows_does_not_depend_on_the_lane_beside():
    environment = iterated(games=ARMS, switching="hazard", hazard=1.0, horizon=0)
    batch = begun(environment, 64)
    before = batch.state.phase.copy()
    for _ in range(20):
        batch.step(np.zeros((64, 1), int))
        assert (batch.state.phase != before).all()
        before = batch.state.phase.copy()
    assert len(set(before.tolist())) == 3


def test_the_model_of_a_hazard_by_hand():
    model = enumerate_model(iterated(games=ARMS, switching="hazard", hazard=0.3, horizon=0, memory=0))
    order = np.argsort(model.states.phase)
    assert model.states.phase[order].tolist() == [0, 1, 2]
    moves = model.transitions.toarray().reshape(3, 3, 3)[order][:, :, order]
    chain = [[0.7, 0.15, 0.15], [0.15, 0.7, 0.15], [0.15, 0.15, 0.7]]
    np.testing.assert_allclose(moves, np.stack([chain] * 3, axis=1), atol=1e-15)
    np.testing.assert_allclose(model.rewards[order, :, 0], ARMS[:, 0], atol=1e-15)


def test_after_the_end_of_an_episode_a_hazard_changes_nothing():
    model = enumerate_model(iterated(games=ARMS, switching="hazard", continuation=0.5, horizon=0, memory=0))
    assert model.size == 6 and model.terminal.sum() == 3
    leads = model.transitions.tocoo()
    ends = model.terminal[leads.col]
    assert np.array_equal(model.states.phase[leads.row[ends] // 3], model.states.phase[leads.col[ends]])


CHANGES = [
    {"games": TWO, "switching": "sinusoidal", "period": 7, "horizon": 20},
    {"games": ARMS, "switching": "schedule", "period": 3, "index": 1, "horizon": 20, "continuation": 0.9},
    {"games": ARMS, "switching": "hazard", "hazard": 0.2, "horizon": 20},
]


@pytest.mark.parametrize("check", [check_equality, check_model, CERTIFICATE])
@pytest.mark.parametrize("knobs", CHANGES)
def test_the_kit_holds(check, knobs):
    check(iterated(**knobs))


# Certificates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"switching": "schedule", "period": 1},
        {"switching": "schedule", "period": 4},
        {"switching": "hazard", "hazard": 0.05},
        {"switching": "hazard", "hazard": 1.0},
        {"switching": "hazard", "hazard": 0.0},
        {"switching": "sinusoidal", "period": 5, "games": ARMS[:2]},
    ],
)
@pytest.mark.parametrize(
    "length",
    [
        {"horizon": 17},
        {"horizon": 6, "discount": 0.8},
        {"horizon": 0, "discount": 0.9},
        {"horizon": 0, "continuation": 0.75},
        {"horizon": 40, "continuation": 0.9, "discount": 0.95},
        {"horizon": 0},
        {"horizon": 10, "continuation": 0.0},
    ],
)
def test_a_changing_bandit_is_certified_as_the_solver_finds(change, length):
    environment = iterated(**{"games": ARMS, "index": 1, "memory": 0, **change, **length})
    found, solved = environment.certify(), certify(enumerate_model(environment))
    assert found.optimal.kind == "closed-form" and found.unit == solved.unit
    for name in ("optimal", "random", "memoryless"):
        value, reference = getattr(found, name).value, getattr(solved, name)
        assert reference.low - 1e-8 <= value <= reference.high + 1e-8
        if reference.kind == "solved":
            assert value == pytest.approx(reference.value, abs=1e-8)
    assert found.facts["best_fixed_value"] == found.memoryless.value
    if "bias_span" in solved.facts:
        assert found.facts["bias_span"] == pytest.approx(solved.facts["bias_span"], abs=1e-8)


def test_a_certificate_of_a_long_run_is_no_less_exact():
    # 10**9 rounds of two arms that take turns every 10**6 rounds: 500 whole cycles, so every arm's mean is 1/2.
    games = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    found = iterated(games=games, switching="schedule", period=10**6, horizon=10**9).certify()
    assert found.optimal.value == 10**9
    assert found.random.value == found.facts["best_fixed_value"] == 5 * 10**8


def test_own_actions_are_a_clock_so_nothing_memoryless_is_certified_with_a_memory():
    # Two arms that take turns: who sees the own last action takes the other one next, and always the best.
    games = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    environment = iterated(games=games, switching="schedule", period=1, horizon=10, memory=1)
    found = environment.certify()
    assert found.memoryless is None and found.optimal.value == 10.0 and found.facts["best_fixed_value"] == 5.0
    assert certify(enumerate_model(environment)).memoryless.value == 10.0


def test_several_players_have_a_gap_that_joint_counts_do_not_tell():
    environment = iterated(games=TWO, switching="hazard", index=1)
    found, alone = environment.certify(), iterated(payoffs=TWO[1]).certify()
    assert found.measure == "gap" and found.optimal.value == 0.0 and "present game" in found.unit
    assert found.random.value == alone.random.value and found.facts == alone.facts
    assert "switching='hazard'" in unsuited("self-play", environment)
    assert unsuited("self-play", iterated(games=TWO)) is None
    always = {1: np.eye(3)[[0] * 7]}
    assert "do not change" in unsuited("partner", regretlab.as_single_agent(environment, always))
    assert unsuited("partner", regretlab.as_single_agent(iterated(games=TWO), always)) is None


# Pictures and bad input -----------------------------------------------------------------------------------------------


def nothing(environment):
    zero = np.zeros(environment.spec.players)
    return Last(0, None, zero, zero)


def test_pictures_show_the_present_game():
    named = iterated(games=["chicken", "stag-hunt"], switching="schedule", period=1)
    mixed = iterated(games=["chicken", "stag-hunt"], switching="sinusoidal", period=3)
    for environment, second in ((named, "1: Stag hunt"), (mixed, "25% of Chicken")):
        batch = begun(environment)
        lane = environment.params, batch.state, 0, nothing(environment)
        before, frame = environment.ansi(*lane), environment.paint(*lane)
        batch.step(np.zeros((1, 2), int))
        after, frame_after = environment.ansi(*lane), environment.paint(*lane)
        assert "Chicken" in before and second in after
        assert frame.shape == frame_after.shape and (frame != frame_after).any()


@pytest.mark.parametrize(
    ("knobs", "error", "words"),
    [
        ({"games": "145"}, ValueError, "145"),
        ({"games": []}, ValueError, r"games=\[\] is not allowed"),
        ({"games": 1.5}, TypeError, r"games=1.5 is not allowed"),
        (
            {"games": ["chicken", "shapley"]},
            ValueError,
            r"one shape: games\[1\] has \(2, 3, 3\), games\[0\] has \(2, 2",
        ),
        ({"games": ["chicken", "chickens"]}, ValueError, r"games\[1\]: .*did you mean 'chicken'"),
        ({"games": [[[1, 2]], [[3, np.nan]]]}, ValueError, r"games\[1\]: payoffs\[0, 1\]=nan"),
        ({"games": [[1, 2], [3, 4]]}, ValueError, r"games\[0\]: payoffs of shape \(2,\)"),
        ({"games": "144", "payoffs": TWO[0]}, ValueError, "payoffs and games exclude each other"),
        ({"games": "144", "parameters": {}}, ValueError, "games and parameters exclude each other"),
        ({"payoffs": TWO[0], "parameters": {"players": 3}}, ValueError, "payoffs and parameters exclude each other"),
        ({"parameters": [("players", 3)]}, TypeError, "parameters=.* must be a dict"),
        ({"game": "public-goods", "parameters": {"player": 3}}, TypeError, "did you mean 'players'"),
        ({"parameters": {"players": 3}}, TypeError, "'prisoners-dilemma' has no knobs"),
        ({"index": 1}, ValueError, "index=1 is not allowed: index must be below 1"),
        ({"games": "78", "index": 78}, ValueError, "index=78 is not allowed: index must be below 78"),
        ({"index": -1}, ValueError, "index=-1"),
        ({"switching": "sometimes"}, ValueError, "switching='sometimes'"),
        ({"switching": "schedule"}, ValueError, "switching='schedule' needs at least two games, not 1"),
        ({"games": ARMS, "switching": "sinusoidal"}, ValueError, "needs exactly two games, not 3"),
        ({"games": ARMS, "switching": "schedule", "period": 0}, ValueError, "period=0"),
        ({"games": ARMS, "switching": "hazard", "hazard": 1.5}, ValueError, "hazard=1.5"),
    ],
)
def test_bad_knobs_are_refused(knobs, error, words):
    with pytest.raises(error, match=words):
        iterated(**knobs)


def test_a_matrix_game_does_not_change():
    with pytest.raises(TypeError, match="no knob 'switching'"):
        matrix_game(games=TWO, switching="schedule")


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ([0, 3], ValueError, "'game'.* must be from 0 to 2, which 3 is not"),
        (-1, ValueError, "which -1 is not"),
        ([0.0, 1.0], TypeError, "of kind int64, not float64"),
        ([0, 1, 2], ValueError, r"have the shape \(2,\)"),
    ],
)
def test_a_lane_plays_a_game_that_exists(values, error, words):
    with pytest.raises(error, match=words):
        Batch(iterated(games=ARMS), 2, lane_parameters={"game": values})
    with pytest.raises(error, match=words):
        Lockstep(iterated(games=ARMS), learner("uniform"), lanes=2, lane_parameters={"game": values})


def test_without_games_a_lane_has_none_of_its_own():
    with pytest.raises(ValueError, match="lane_parameters has no 'game'"):
        Batch(iterated(), 1, lane_parameters={"game": 0})
    env = regretlab.make("IteratedGame-v0", payoffs=ARMS[0])
    env.reset(seed=0)
    assert list(env.unwrapped.state()) == ["history"]
    env = regretlab.make("IteratedGame-v0", games=ARMS, switching="hazard")
    env.reset(seed=0)
    assert list(env.unwrapped.state()) == ["history", "game", "phase"]


def test_the_model_keeps_a_shorter_horizon():
    environment = iterated(games=ARMS, switching="schedule", feedback="bandit", noise="gaussian")
    short = dataclasses.replace(environment, spec=dataclasses.replace(environment.spec, horizon=5))
    assert enumerate_model(short).horizon == 5
