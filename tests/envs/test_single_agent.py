"""Seating partners: against the game of several players itself, its exact model, and hand-made kernels."""

import dataclasses
import json
import os
import subprocess
import sys
import textwrap
from itertools import product
from typing import NamedTuple

import numpy as np
import pytest

from regretlab.envs.core import Criterion, Observation, Spec, kernel
from regretlab.envs.core.automaton import Automaton
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import assemble, from_module
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.core.single_agent import as_single_agent
from regretlab.envs.core.stacks import frame_stack
from regretlab.envs.core.streams import uniform
from regretlab.testing import (
    check_declaration,
    check_determinism,
    check_environment,
    check_equality,
    check_model,
)

NUMERIC = (check_declaration, check_equality, check_determinism, check_model)  # what needs no pictures


def automaton(actions, seat, states=3, seed=0, mixed=False, hidden=False):
    """A partner with random tables; certain actions and a certain start unless asked for."""
    generator = np.random.default_rng(seed)
    policy = np.eye(actions[seat])[generator.integers(0, actions[seat], states)]
    if mixed:
        policy[::2] = generator.dirichlet(np.ones(actions[seat]), len(policy[::2]))
    start = generator.dirichlet(np.ones(states)) if hidden else np.eye(states)[generator.integers(states)]
    return Automaton("random", start, policy, generator.integers(0, states, (states, *actions)))


def game(*actions, seed=0, **knobs):
    payoffs = np.random.default_rng(seed).normal(size=(len(actions), *actions)).round(2)
    return build("IteratedGame-v0", payoffs=payoffs, **{"horizon": 20, **knobs})


# The same play, with the partners' actions found here ---------------------------------------------------------------


@pytest.mark.parametrize("autoreset", ["next_step", "same_step"])
@pytest.mark.parametrize(
    ("actions", "player", "continuation"), [((2, 2), 0, 0.8), ((3, 2), 1, 1.0), ((2, 2, 3, 2), 2, 0.8)]
)
def test_partners_without_chance_play_as_the_automata_do(actions, player, continuation, autoreset):
    # They draw nothing, so the game's own stream is the same as with all players outside.
    lanes = 8
    inner = game(*actions, continuation=continuation, horizon=7)
    seats = [seat for seat in range(len(actions)) if seat != player]
    partners = {seat: automaton(actions, seat, seed=seat) for seat in seats}
    environment = as_single_agent(inner, partners, player)
    assert (environment.spec.stages, environment.spec.players) == (inner.spec.stages, 1)
    single, whole = Batch(environment, lanes, autoreset=autoreset), Batch(inner, lanes, autoreset=autoreset)
    np.testing.assert_array_equal(single.reset(seed=4)[:, 0], whole.reset(seed=4)[:, player])
    first = {seat: int(partners[seat].start.argmax()) for seat in seats}
    states = [dict(first) for _ in range(lanes)]
    generator = np.random.default_rng(1)
    waiting = np.zeros(lanes, bool)
    for _ in range(30):
        joint = np.zeros((lanes, len(actions)), np.int64)
        joint[:, player] = generator.integers(0, actions[player], lanes)
        for lane, seat in product(range(lanes), seats):
            joint[lane, seat] = partners[seat].policy[states[lane][seat]].argmax()
        observations, rewards, terminated, truncated = single.step(joint[:, [player]])
        expected, everybody, ended, cut = whole.step(joint)
        np.testing.assert_array_equal(observations[:, 0], expected[:, player])
        np.testing.assert_array_equal(rewards[:, 0], everybody[:, player])
        np.testing.assert_array_equal([terminated, truncated], [ended, cut])
        over = ended | cut
        for lane in range(lanes):
            if waiting[lane] or (over[lane] and autoreset == "same_step"):
                states[lane] = dict(first)
            else:
                states[lane] = {seat: int(partners[seat].next[(states[lane][seat], *joint[lane])]) for seat in seats}
        waiting = over & (autoreset == "next_step")


def outer_states(inner_model, partners):
    return list(product(range(inner_model.size), *(range(partners[seat].states) for seat in sorted(partners))))


@pytest.mark.parametrize(("continuation", "hidden"), [(1.0, False), (0.75, True)])
def test_the_model_is_the_games_with_the_partners_averaged_out(continuation, hidden):
    # Three players, two partners who draw: the value of uniform play over ten rounds, from the game's model of several
    # players and the automata alone, without the wrapper.
    actions, player, rounds = (2, 3, 2), 1, 10
    inner = game(*actions, continuation=continuation)
    partners = {seat: automaton(actions, seat, seed=seat, mixed=True, hidden=hidden) for seat in (0, 2)}
    model = enumerate_model(inner)
    transitions = model.transitions.toarray().reshape(model.size, -1, model.size)
    states = outer_states(model, partners)
    number = {state: k for k, state in enumerate(states)}
    chain, pay = np.zeros((len(states), len(states))), np.zeros(len(states))
    for state in states:
        here, first, third = state
        for joint in product(*map(range, actions)):
            index = int(np.ravel_multi_index(joint, actions))
            weight = partners[0].policy[first, joint[0]] * partners[2].policy[third, joint[2]] / actions[player]
            pay[number[state]] += weight * model.rewards[here, index, player]
            for there in np.flatnonzero(transitions[here, index]):
                after = (int(there), int(partners[0].next[(first, *joint)]), int(partners[2].next[(third, *joint)]))
                chain[number[state], number[after]] += weight * transitions[here, index, there]
    values = np.zeros(len(states))
    for _ in range(rounds):
        values = pay + chain @ values
    start = sum(
        model.initial[here] * partners[0].start[first] * partners[2].start[third] * values[number[here, first, third]]
        for here, first, third in states
    )

    single = enumerate_model(as_single_agent(inner, partners, player))
    mean = single.transitions.toarray().reshape(single.size, -1, single.size).mean(axis=1)
    own = np.zeros(single.size)
    for _ in range(rounds):
        own = single.rewards[:, :, 0].mean(axis=1) + mean @ own
    assert single.initial @ own == pytest.approx(start, abs=1e-12)
    assert single.size <= len(states)


@pytest.mark.parametrize(
    ("partners", "stages", "starts"),
    [
        ({"mixed": False}, 1, 1),
        ({"mixed": True}, 2, 1),
        ({"mixed": False, "hidden": True}, 1, 2),
        ({"mixed": True, "hidden": True}, 2, 2),
    ],
)
def test_one_stage_for_each_partner_that_draws(partners, stages, starts):
    inner = game(3, 2, continuation=0.9)
    environment = as_single_agent(inner, {1: automaton((3, 2), 1, **partners)})
    assert (environment.spec.stages, environment.spec.start_stages) == (stages, starts)


def test_the_seats_that_draw_do_so_in_their_order():
    # Outcomes of the first stage are player 0's, whose policy has three actions; of the second, player 3's two.
    actions = (3, 2, 2, 2)
    partners = {seat: automaton(actions, seat, seed=seat, mixed=seat in (0, 3)) for seat in (0, 1, 3)}
    environment = as_single_agent(game(*actions), partners, player=2)
    assert environment.params.seats.tolist() == [0, 3, 1]
    assert (environment.spec.stages, environment.spec.outcomes) == (2, 3)


def test_drawn_starts_drawn_actions_and_a_drawn_end_pass_the_kit():
    partner = automaton((3, 2), 1, mixed=True, hidden=True)
    check_environment(as_single_agent(game(3, 2, continuation=0.9), {1: partner}))


# Partners that read ---------------------------------------------------------------------------------------------------


def test_a_policy_is_the_automaton_whose_state_is_the_observation():
    # The observation of an iterated game with memory 1 is 1 + the last joint index, so there is such an automaton.
    actions = (2, 3)
    inner = game(*actions)
    policy = np.random.default_rng(2).dirichlet(np.ones(3), 7)
    reader = Automaton("reader", np.eye(7)[0], policy, np.tile(1 + np.arange(6).reshape(actions), (7, 1, 1)))
    models = [enumerate_model(as_single_agent(inner, {1: partner})) for partner in (policy, reader)]
    np.testing.assert_array_equal(models[0].transitions.toarray(), models[1].transitions.toarray())
    np.testing.assert_array_equal(models[0].rewards, models[1].rewards)


def test_readers_and_automata_sit_together():
    actions = (2, 2, 3)
    inner = game(*actions, continuation=0.9)
    policy = np.random.default_rng(0).dirichlet(np.ones(2), inner.spec.observation.sizes[0])
    environment = as_single_agent(inner, {0: policy, 1: automaton(actions, 1, mixed=True, hidden=True)}, player=2)
    check_equality(environment)
    check_model(environment)


# Everything else an environment may have ------------------------------------------------------------------------------


# The market has two players with masks, counterfactual rewards, info, staged chance and lane parameters.
MARKET = from_module("toys.market", "toys/Market-v0", {"days": 6})


def opener():
    """Player 0 of the market: opens with probability 0.7, after a day on which it was shut always."""
    following = np.zeros((2, 2, 3), np.int64)
    following[:, 0] = 1
    return Automaton("opener", [1.0, 0.0], [[0.3, 0.7], [0.0, 1.0]], following)


@pytest.mark.parametrize("check", NUMERIC)
def test_the_market_passes_the_kit(check):
    environment = as_single_agent(MARKET, {0: opener()}, player=1)
    assert environment.defined >= {"legal", "info", "payoffs"} and environment.spec.info == MARKET.spec.info
    assert (environment.spec.stages, environment.spec.start_stages) == (3, 2)
    check(environment)


def test_the_model_of_the_market_without_masks():
    free = dataclasses.replace(MARKET, defined=MARKET.defined - {"legal"})
    check_model(as_single_agent(free, {0: opener()}, player=1))


def test_masks_are_the_players_own():
    batch = Batch(as_single_agent(MARKET, {0: opener()}, player=1), 6)
    batch.reset(seed=0, outcome=2)  # a stock of 2: nothing may be brought
    np.testing.assert_array_equal(batch.legal(), [[[True, False, False]]] * 6)
    with pytest.raises(ValueError, match=r"action 1 of player 0 in lane 0 is not allowed: it must be one of \[0\]"):
        batch.step(np.ones(6, np.int64))


def test_lane_parameters_reach_the_game():
    environment = as_single_agent(MARKET, {1: np.eye(3)[[0, 0]]})  # nothing is ever brought
    batch = Batch(environment, 300, lane_parameters={"price": np.arange(300.0)})
    batch.reset(seed=1, outcome=2)
    _, rewards, *_ = batch.step(np.ones(300, np.int64))
    sold = rewards[:, 0] > 0
    assert 0 < sold.sum() < 300
    np.testing.assert_array_equal(rewards[sold, 0], np.arange(300.0)[sold])


def test_counterfactual_rewards_are_expected_over_the_partners_draws():
    actions, player = (2, 3, 2), 1
    payoffs = np.random.default_rng(3).normal(size=(3, *actions))
    inner = build("IteratedGame-v0", payoffs=payoffs)
    partners = {0: automaton(actions, 0, 1, seed=1, mixed=True), 2: automaton(actions, 2, 1, seed=2, mixed=True)}
    batch = Batch(as_single_agent(inner, partners, player), 2)
    batch.reset(seed=0)
    expected = np.einsum("abc,a,c->b", payoffs[player], partners[0].policy[0], partners[2].policy[0])
    np.testing.assert_allclose(batch.payoffs(np.array([0, 2])), [[expected]] * 2, atol=1e-15)


def test_a_partner_that_is_certain_has_certain_counterfactuals():
    payoffs = np.arange(8.0).reshape(2, 2, 2)
    copycat = Automaton("copycat", [1, 0], np.eye(2), np.tile([[0, 0], [1, 1]], (2, 1, 1)))
    batch = Batch(as_single_agent(build("IteratedGame-v0", payoffs=payoffs), {1: copycat}), 1)
    batch.reset(seed=0)
    np.testing.assert_array_equal(batch.payoffs(np.array([0]))[0, 0], payoffs[0, :, 0])
    batch.step(np.array([1]))
    np.testing.assert_array_equal(batch.payoffs(np.array([0]))[0, 0], payoffs[0, :, 1])


def test_a_frame_stack_goes_around_it():
    environment = frame_stack(as_single_agent(game(2, 2), {1: automaton((2, 2), 1, mixed=True)}), 3)
    assert environment.spec.observation.sizes == (6**3,)
    check_equality(environment)


# A sampled game of two players with observations of unequal length ---------------------------------------------------


class Params(NamedTuple):
    noise: float


class State(NamedTuple):
    place: np.ndarray
    key: np.ndarray


@kernel
def start(p, c, stage, prob):
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    s.place[i] = 0.2 * uniform(s.key, i) - 0.1


@kernel
def apply(p, s, i, a, c, r):
    s.place[i] += 0.1 * (a[i, 0] - a[i, 1]) + p.noise * (uniform(s.key, i) - 0.5)
    r[i, 0], r[i, 1] = s.place[i], -s.place[i]
    return abs(s.place[i]) >= 1.0


@kernel
def observe_vector(p, s, i, o):
    o[i, 0, 0], o[i, 1, 0], o[i, 1, 1] = s.place[i], s.place[i], abs(s.place[i])


@kernel
def observe_image(p, s, i, o):
    for player, row, column in ((0, 0, 1), (1, 1, 0)):
        o[i, player, row, column, 0] = 255 if s.place[i] > 0 else 0


def tug(observation, observe):
    """Two players pull a point; player 0 sees where it is, player 1 also how far out."""
    spec = Spec(
        actions=(2, 2),
        observation=observation,
        reward_range=(-2.0, 2.0),
        criterion=Criterion("return"),
        horizon=20,
        sampled=True,
    )
    return assemble(
        id="toys/Tug-v0",
        knobs={},
        spec=spec,
        params=Params(0.05),
        allocate=lambda lanes: State(np.zeros(lanes), np.zeros(lanes, np.uint64)),
        kernels={"start": start, "begin": begin, "apply": apply, "observe": observe},
    )


IMAGE = Observation.image(2, 2, 1, players=2)
VECTOR = Observation("vector", (1, 2), (2,), np.float64, (-2.0, 0.0), (2.0, 2.0))


@pytest.mark.parametrize(
    ("observation", "observe", "player"),
    [
        (VECTOR, observe_vector, 0),
        (VECTOR, observe_vector, 1),
        (Observation.image(2, 2, 1, players=2), observe_image, 1),
    ],
    ids=["vector-0", "vector-1", "image"],
)
def test_other_observations_and_sampled_games(observation, observe, player):
    inner = tug(observation, observe)
    partner = Automaton("puller", [1.0], [[0.5, 0.5]], np.zeros((1, 2, 2), np.int64))
    environment = as_single_agent(inner, {1 - player: partner}, player)
    if observation.kind == "vector":
        assert environment.spec.observation.shape == (1 + player,)
    assert environment.spec.sampled
    for check in NUMERIC:
        check(environment)


def test_a_policy_needs_integer_observations():
    with pytest.raises(ValueError, match=r"partners\[1\] is a policy, but toys/Tug-v0 has no integer observations"):
        as_single_agent(tug(VECTOR, observe_vector), {1: np.eye(2)})


# Automata, and what is refused ---------------------------------------------------------------------------------------


def test_an_automaton_is_read_only_and_normalised():
    policy = np.array([[0.3, 0.7]], np.float32)
    partner = Automaton("p", [1], policy, np.zeros((1, 2, 2), np.int32))
    policy[:] = 0
    assert partner.policy.sum() == 1.0 and partner.policy.dtype == np.float64 and partner.next.dtype == np.int64
    for array in (partner.start, partner.policy, partner.next):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


GOOD = {"start": [1, 0], "policy": [[1, 0], [0, 1]], "next": np.zeros((2, 2, 2), int)}


@pytest.mark.parametrize(
    ("field", "value", "error", "message"),
    [
        ("start", [0.5, 0.4], ValueError, "'p': start must hold distributions"),
        ("start", ["a", "b"], TypeError, "start must hold probabilities"),
        ("start", [[1, 0]], ValueError, r"start must have 1 axes and not be empty, not the shape \(1, 2\)"),
        ("policy", [[1, 0]], ValueError, "1 rows in policy; it must have one for each of 2 states"),
        ("policy", [[1, 0], [2, -1]], ValueError, "policy must hold distributions"),
        ("policy", [[1, 0], [np.nan, 1]], ValueError, "policy must hold distributions"),
        ("next", np.zeros((2, 2, 2)), TypeError, "next must hold integers, not float64"),
        ("next", np.zeros((3, 2, 2), int), ValueError, r"next must have the shape \(2, A_0, .*not \(3, 2, 2\)"),
        ("next", np.full((2, 2, 2), 2), ValueError, "next must hold states from 0 to 1, not 2"),
        ("next", np.full((2, 2, 2), -1), ValueError, "next must hold states from 0 to 1, not -1"),
    ],
)
def test_a_malformed_automaton_is_refused(field, value, error, message):
    with pytest.raises(error, match=message):
        Automaton("p", **{**GOOD, field: value})


@pytest.mark.parametrize(
    ("partners", "player", "error", "message"),
    [
        ({}, 0, ValueError, r"partners must be given for the players \[1\], not for \[\]"),
        ({0: Automaton("p", **GOOD)}, 0, ValueError, r"for the players \[1\], not for \[0\]"),
        ({1: Automaton("p", **GOOD)}, 2, ValueError, "player=2 is not allowed: .* has the players 0 to 1"),
        (
            {1: "tit-for-tat"},
            0,
            TypeError,
            r"partners\[1\]='tit-for-tat' is not allowed: a partner must be an Automaton",
        ),
        ({1: np.eye(2)}, 0, ValueError, r"partners\[1\] must have the shape \(7, 3\), not \(2, 2\)"),
        ({1: np.full((7, 3), 0.5)}, 0, ValueError, "policy of player 1.* must hold distributions"),
        ({1: Automaton("p", **GOOD)}, 0, ValueError, "automaton 'p' has 2 actions, but player 1 has 3"),
        ({0: Automaton("p", **GOOD)}, 1, ValueError, r"next must have the shape \(2, 2, 3\), not \(2, 2, 2\)"),
    ],
)
def test_partners_that_do_not_fit_are_refused(partners, player, error, message):
    with pytest.raises(error, match=message):
        as_single_agent(game(2, 3), partners, player)


def test_one_player_has_no_partners():
    with pytest.raises(ValueError, match="has one player already"):
        as_single_agent(build("RiverSwim-v0"), {})


def test_a_second_process_compiles_nothing(tmp_path):
    code = """
        import json
        import numpy as np
        import regretlab
        from regretlab.envs.core.automaton import Automaton
        from regretlab.envs.core.batch import Batch
        from regretlab.envs.core.fusing import cache_statistics
        from regretlab.envs.core.model import enumerate_model
        from regretlab.envs.core.registry import build
        from regretlab.envs.core.single_agent import as_single_agent
        game = build("IteratedGame-v0")
        still = np.zeros((1, 2, 2), int)
        for policy in ([[1, 0]], [[0, 1]], [[0.5, 0.5]]):  # one code for every certain partner, one for those that draw
            environment = as_single_agent(game, {1: Automaton("p", [1], policy, still)})
            batch = Batch(environment, 2)
            batch.reset(seed=0)
            batch.step(np.zeros(2, np.int64))
        print(json.dumps(cache_statistics()))
    """
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_DISABLE_JIT": "0"}
    environment.pop("REGRETLAB_NO_CACHE", None)
    counts, files = [], []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, env=environment
        )
        counts.append(json.loads(done.stdout))
        files.append(sorted(path.name for path in tmp_path.rglob("*.nb*")))
    assert counts == [{"hits": 0, "misses": 4}, {"hits": 4, "misses": 0}]
    assert files[0] == files[1]
