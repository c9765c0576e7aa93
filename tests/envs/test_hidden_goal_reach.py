import itertools
from typing import Any

import numpy as np
import pytest

from regretlab import certificate, model
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.memory import hidden_goal_reach as reach
from regretlab.envs.memory import hidden_goal_values as values
from regretlab.solvers import best_of_observation, optimum
from regretlab.solvers.criteria import evaluate
from regretlab.solvers.model_data import uniform_policy

ID = "HiddenGoalReach-v0"
SMALL: list[dict[str, Any]] = [
    {"dimensions": d, "moves": moves, "visible_steps": v, "reward": reward, "horizon": d * moves + later}
    for (d, moves), v, reward, later in itertools.product(
        [(1, 1), (1, 2), (1, 4), (2, 1), (2, 2)], (1, 2), ("distance", "reached"), (0, 3)
    )
]


def greedy(state):
    """Optimal actions, (lanes, 1): the move that brings one closest, where one does."""
    gap = state.goal - state.place - state.rest
    gain = np.abs(gap) - np.abs(np.abs(gap) - 1.0)
    axis = gain.argmax(axis=1)[:, None]
    towards = 1 + 2 * axis + (np.take_along_axis(gap, axis, 1) < 0.0)
    return np.where(np.take_along_axis(gain, axis, 1) > 0.0, towards, 0)


def returns(environment, lanes, act, seed=0):
    batch = Batch(environment, lanes)
    batch.reset(seed=seed)
    total = np.zeros(lanes)
    for _ in range(environment.spec.horizon):
        total += batch.step(act(batch.state))[1][:, 0]
    return total


# Geometry -------------------------------------------------------------------------------------------------------------


def test_moves_observations_and_rewards_in_the_plane():
    batch = Batch(build(ID, visible_steps=2), 1, autoreset="disabled")
    batch.reset(seed=0)
    batch.state.place[:], batch.state.rest[:], batch.state.goal[:] = (3, 9), (0.25, 0.5), (5.0, 1.0)
    shown = [0.325, 0.95, 0.5, 0.1]
    for action, position, goal in (
        (1, (0.425, 0.95), (0.5, 0.1)),  # right; the second observation shows the goal again
        (2, (0.325, 0.95), (0.0, 0.0)),  # left, hidden
        (3, (0.325, 1.05), (0.0, 0.0)),  # up, out of the unit square
        (4, (0.325, 0.95), (0.0, 0.0)),  # down
        (0, (0.325, 0.95), (0.0, 0.0)),  # stay
    ):
        observation, rewards, terminated, _ = batch.step(np.array([[action]]))
        np.testing.assert_allclose(observation[0, 0], [*position, *goal], atol=1e-15)
        assert rewards[0, 0] == pytest.approx(-np.abs(np.subtract(position, shown[2:])).sum(), rel=1e-14)
        assert not terminated[0]


def test_the_space_ends_a_unit_outside_and_steps_that_leave_it_do_nothing():
    batch = Batch(build(ID, dimensions=1, moves=3), 1, autoreset="disabled", max_episode_steps=-1)
    batch.reset(seed=0)
    rest = batch.state.rest[0, 0]
    for action, end in ((1, 5), (2, -3)):
        for _ in range(20):
            batch.step(np.array([[action]]))
        assert batch.state.place[0, 0] == end and batch.state.rest[0, 0] == rest
        assert -1.0 <= batch.observation[0, 0, 0] <= 2.0


def test_starts_and_goals_are_uniform():
    batch = Batch(build(ID), 20_000)
    seen = batch.reset(seed=2)[:, 0]
    assert seen.min() >= 0.0 and seen.max() < 1.0
    # standard errors of mean and mean square of 20,000 uniform numbers: 0.0020 and 0.0021; 5 of them
    assert np.abs(seen.mean(axis=0) - 0.5).max() < 0.0103 and np.abs((seen**2).mean(axis=0) - 1 / 3).max() < 0.0106
    assert np.abs(np.corrcoef(seen.T) - np.eye(4)).max() < 5 / np.sqrt(20_000)


def test_reached_is_half_a_step_along_every_axis():
    batch = Batch(build(ID, reward="reached", moves=4), 4, autoreset="disabled")
    batch.reset(seed=0)
    batch.state.place[:], batch.state.rest[:] = 1, 0.25
    batch.state.goal[:] = [(1.7, 0.8), (1.8, 1.25), (1.25, 1.25), (0.7, 1.25)]
    assert batch.step(np.zeros((4, 1), np.int64))[1][:, 0].tolist() == [1.0, 0.0, 1.0, 0.0]


def test_a_lattice_shows_numbers_of_points():
    environment = build(ID, dimensions=2, moves=2, visible_steps=2, lattice=True, horizon=5)
    assert environment.spec.observation.sizes == (9 * 10,)
    batch = Batch(environment, 1, autoreset="disabled")
    assert batch.reset(seed=0, outcome=np.array([[0, 2, 1, 0]]))[0, 0] == 2 + 9 * (1 + 3)
    assert batch.step(np.array([[2]]))[0][0, 0] == 2 + 9 * (1 + 3)  # a wall on the left
    assert batch.step(np.array([[4]]))[0][0, 0] == 1
    assert batch.step(np.array([[1]]))[0][0, 0] == 4


# What has to be remembered --------------------------------------------------------------------------------------------


def test_needed_is_the_last_observation_that_shows_the_goal():
    environment = build(ID, dimensions=1, moves=3, visible_steps=2, lattice=True, horizon=6)
    assert environment.spec.observation_names[:5] == ("at 0", "at 1", "at 2", "at 3", "at 0, goal 0")
    batch = Batch(environment, 1, autoreset="disabled")
    batch.reset(seed=0, outcome=np.array([[0, 3]]))
    assert batch.info()["needed"][0] == 0.0  # it is shown again
    shown = int(batch.step(np.array([[1]]))[0][0, 0])
    assert environment.spec.observation_names[shown] == "at 1, goal 3"
    for _ in range(3):
        assert batch.info()["needed"][0] == float(1 << shown)
        batch.step(np.array([[1]]))


@pytest.mark.parametrize("knobs", [{}, {"lattice": True, "dimensions": 2, "moves": 3}])
def test_needed_is_1_where_observations_are_too_many_for_a_set(knobs):
    batch = Batch(build(ID, visible_steps=3, **knobs), 2, autoreset="disabled")
    batch.reset(seed=0)
    needed = []
    for _ in range(5):
        needed.append(batch.info()["needed"].tolist())
        batch.step(np.zeros((2, 1), np.int64))
    assert needed == [[0.0] * 2, [0.0] * 2, [1.0] * 2, [1.0] * 2, [1.0] * 2]


@pytest.mark.parametrize(("moves", "visible"), [(2, 1), (3, 1), (4, 2), (5, 5), (3, 4)])
def test_a_window_of_k_star_observations_is_needed_and_enough(moves, visible):
    # Along a line the optimal action is unique, so that a window is enough if and only if it decides the action.
    environment = build(ID, dimensions=1, moves=moves, visible_steps=visible, lattice=True, horizon=moves + 2)
    known = environment.certify()
    k_star = known.facts["k_star"]
    assert k_star == max(1, moves - visible + 1) and known.facts["kappa"] == min(2, k_star)

    def decided_by(window):
        actions = {}
        for outcome in itertools.product(range(moves + 1), repeat=2):
            batch = Batch(environment, 1, autoreset="disabled")
            seen = [int(batch.reset(seed=0, outcome=np.array([outcome]))[0, 0])]
            for _ in range(moves + 2):
                action = greedy(batch.state)
                actions.setdefault(tuple(seen[-window:]), set()).add(int(action[0, 0]))
                seen.append(int(batch.step(action)[0][0, 0]))
        return all(len(each) == 1 for each in actions.values())

    assert decided_by(k_star)
    assert k_star == 1 or not decided_by(k_star - 1)


# The certificate ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("knobs", SMALL, ids=str)
def test_on_a_lattice_closed_form_and_solver_agree(knobs):
    listed, known = model(ID, lattice=True, **knobs), certificate(ID, lattice=True, **knobs)
    assert known.optimal.kind == known.random.kind == "closed-form"
    assert optimum(listed).value == pytest.approx(known.optimal.value, abs=1e-12)
    assert evaluate(listed, uniform_policy(listed)).value == pytest.approx(known.random.value, abs=1e-12)


@pytest.mark.parametrize("knobs", [each for each in SMALL if each["moves"] <= 2], ids=str)
def test_on_a_lattice_the_best_policy_of_the_history_is_as_good(knobs):
    from regretlab.solvers.belief import history_optimum

    found = history_optimum(model(ID, lattice=True, **knobs)).value
    assert found == pytest.approx(certificate(ID, lattice=True, **knobs).optimal.value, abs=1e-9)


@pytest.mark.parametrize(
    "knobs",
    [
        {},
        {"dimensions": 1, "moves": 1, "horizon": 4},
        {"dimensions": 2, "moves": 3, "horizon": 9, "reward": "reached"},
        {"dimensions": 3, "moves": 4, "horizon": 14},
        {"dimensions": 3, "moves": 2, "horizon": 8, "reward": "reached"},
    ],
    ids=str,
)
def test_in_continuous_space_simulated_play_earns_the_closed_form(knobs):
    environment = build(ID, **knobs)
    known, lanes = environment.certify(), 20_000
    generator = np.random.default_rng(3)
    actions = environment.spec.actions[0]
    for value, act in (
        (known.optimal.value, greedy),
        (known.random.value, lambda state: generator.integers(actions, size=(lanes, 1))),
    ):
        total = returns(environment, lanes, act)
        assert abs(total.mean() - value) < 5 * total.std() / np.sqrt(lanes)  # a false alarm in 10**6


def test_values_by_hand():
    # One move across, along a line: move if the goal is farther than 1/2. The distance that is left is min(D, 1 - D),
    # on average 1/4 under the density 2 (1 - D).
    assert certificate(ID, dimensions=1, moves=1, horizon=4).optimal.value == pytest.approx(-1.0, rel=1e-14)
    # Two points: the goal is elsewhere with probability 1/2 and then one move away.
    known = certificate(ID, dimensions=1, moves=1, horizon=4, lattice=True)
    assert known.optimal.value == 0.0 and known.facts["optimal_steps"] == 0.5
    # In the plane two moves are needed with probability 1/4, and cost one step at distance 1.
    assert certificate(ID, dimensions=2, moves=1, horizon=4, lattice=True).optimal.value == pytest.approx(-0.25)
    # FetchReach's length: 50 steps, 20 moves at most
    assert certificate(ID).optimal.value == pytest.approx(-4.660075, rel=1e-12)


@pytest.mark.parametrize("reward", ["distance", "reached"])
def test_no_memoryless_policy_beats_the_bound(reward):
    # Two policies that see no more than the position once the goal has gone: stay, or go to the middle. Both take the
    # best first step (one observation shows the goal).
    environment = build(ID, dimensions=1, moves=6, horizon=30, reward=reward)
    known = environment.certify()
    assert known.memoryless.kind == "bound" and known.memoryless.value < known.optimal.value
    assert known.needs_memory is True

    def then(rule):
        return lambda state: np.where((state.clock == 0)[:, None], greedy(state), rule(state))

    def middle(state):
        away = 3.0 - state.place - state.rest
        return np.where(np.abs(away) <= 0.5, 0, np.where(away > 0.0, 1, 2))

    for rule in (lambda state: np.zeros((len(state.clock), 1), np.int64), middle):
        total = returns(environment, 20_000, then(rule))
        assert total.mean() < known.memoryless.value + 5 * total.std() / np.sqrt(20_000)


def test_the_bound_holds_for_the_best_memoryless_policy_of_a_small_lattice():
    # Exhaustive: what to do at each of three points once the goal has gone, and the first move for each start and goal.
    environment = build(ID, dimensions=1, moves=2, horizon=6, lattice=True)
    known = environment.certify()
    best = -np.inf
    for hidden in itertools.product(range(3), repeat=3):
        total = 0.0
        for start, goal in itertools.product(range(3), repeat=2):
            tries = []
            for first in range(3):
                place, earned = start, 0.0
                for step in range(6):
                    action = first if step == 0 else hidden[place]
                    place = min(max(place + (0, 1, -1)[action], 0), 2)
                    earned -= abs(place - goal) / 2
                tries.append(earned)
            total += max(tries) / 9
        best = max(best, total)
    assert best < known.optimal.value and best <= known.memoryless.value + 1e-12


@pytest.mark.parametrize("knobs", [{"dimensions": 1, "moves": 2, "lattice": True}, {"dimensions": 2, "moves": 10}])
def test_a_bound_that_is_no_lower_than_the_optimum_does_not_say_that_memory_is_needless(knobs):
    # With no steps to spare the memoryless bound is the optimum itself, which nobody without memory reaches: on the
    # lattice an exhaustive search over all maps of the present observation finds less.
    known = certificate(ID, horizon=knobs["dimensions"] * knobs["moves"], **knobs)
    assert known.memoryless.high == pytest.approx(known.optimal.value) and known.facts["kappa"] == 2
    assert known.needs_memory is True
    if "lattice" in knobs:
        assert best_of_observation(enumerate_model(build(ID, horizon=2, **knobs))).high < known.optimal.value - 0.1


def test_enough_visible_steps_make_memory_needless():
    known = certificate(ID, visible_steps=20)
    assert known.memoryless == known.optimal and known.needs_memory is False
    assert known.facts == {"optimal_steps": pytest.approx(6.65), "k_star": 1, "kappa": 1}
    assert certificate(ID, visible_steps=19).facts["k_star_at_most"] == 2
    assert certificate(ID).facts == {"optimal_steps": pytest.approx(6.65), "kappa": 2, "k_star_at_most": 20}
    assert certificate(ID, dimensions=1).facts["k_star"] == 10


def test_points_in_a_ball():
    # octahedral numbers, and the centred squares
    assert [values._ball(3, radius) for radius in range(4)] == [1, 7, 25, 63]
    assert [values._ball(2, radius) for radius in range(4)] == [1, 5, 13, 25]


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"dimensions": 4}, "dimensions=4 is not allowed"),
        ({"visible_steps": 0}, "visible_steps=0 is not allowed"),
        ({"horizon": 19}, "horizon=19 is not allowed: it must be at least dimensions \\* moves = 20"),
        ({"reward": "sparse"}, "reward='sparse' is not allowed"),
        ({"moves": 0}, "moves=0 is not allowed"),
    ],
)
def test_bad_knobs_are_refused(knobs, message):
    with pytest.raises(ValueError, match=message):
        build(ID, **knobs)


def test_the_text_tells_whether_the_goal_is_seen():
    from regretlab.envs.core.environment import Last

    environment = build(ID, dimensions=1)
    batch = Batch(environment, 1)
    batch.reset(seed=0)
    last = Last(0, None, np.zeros(1), np.zeros(1))
    assert "no goal" not in reach.ansi(environment.params, batch.state, 0, last)
    batch.step(np.array([[0]]))
    assert "no goal" in reach.ansi(environment.params, batch.state, 0, last)
