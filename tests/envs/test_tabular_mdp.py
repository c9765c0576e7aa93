import itertools

import gymnasium
import numpy as np
import pytest
from scipy import sparse

import regretlab
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.chance import categorical
from regretlab.envs.core.environment import freeze
from regretlab.envs.core.registry import build
from regretlab.envs.mdps import stored, tabular_mdp
from regretlab.solvers import optimal_gain
from regretlab.testing import check_equality, check_model, check_pictures, check_upstream

ID = "TabularMDP-v0"
# Howard, Dynamic Programming and Markov Processes, 1960: the toymaker.
TOYS = np.array([[[0.5, 0.5], [0.8, 0.2]], [[0.4, 0.6], [0.7, 0.3]]])
TOY_REWARDS = np.array([[6.0, 4.0], [-3.0, -5.0]])
FLAT = TOYS.reshape(4, 2)
SHAPES = {
    "(S, A, S)": TOYS,
    "(S * A, S)": FLAT,
    "lists": TOYS.tolist(),
    "csr": sparse.csr_matrix(FLAT),
    "coo array": sparse.coo_array(FLAT),
}


def random_rows(seed, states, actions):
    """Rows of many lengths, from one successor to all of them."""
    generator = np.random.default_rng(seed)
    rows = np.zeros((states * actions, states))
    for row in rows:
        count = generator.integers(1, states + 1)
        row[generator.choice(states, count, replace=False)] = generator.dirichlet(np.full(count, 0.3))
    rows[:, 0] += 1e-3  # every state leads back to the first
    return rows / rows.sum(axis=1, keepdims=True), generator.normal(size=(states, actions))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_toymaker_has_its_published_gains(shape):
    # Howard 1960: gain 1 without advertising and research, 2 with both; each is solved from its own two equations.
    transitions = SHAPES[shape]
    model = regretlab.model(ID, transitions=transitions, rewards=TOY_REWARDS)
    best = optimal_gain(model)
    assert best.gain == pytest.approx(2.0, abs=1e-12) and best.policy.tolist() == [1, 1]
    idle = regretlab.model(ID, transitions=np.asarray(FLAT)[::2], rewards=TOY_REWARDS[:, :1])
    assert optimal_gain(idle).gain == pytest.approx(1.0, abs=1e-12)


def test_the_default_is_the_machine():
    # All eight deterministic policies, each with the stationary law of its chain.
    table, rewards = np.array(tabular_mdp.MACHINE), np.array(tabular_mdp.MACHINE_REWARDS)
    gains = {}
    for policy in itertools.product(range(2), repeat=3):
        chain, paid = table[range(3), policy], rewards[range(3), policy]
        system = np.vstack([chain.T - np.identity(3), np.ones(3)])
        gains[policy] = np.linalg.lstsq(system, np.array([0, 0, 0, 1.0]), rcond=None)[0] @ paid
    best = optimal_gain(regretlab.model(ID))
    assert best.gain == pytest.approx(max(gains.values()), abs=1e-12)
    assert tuple(best.policy) == max(gains, key=gains.get)


@pytest.mark.parametrize("seed", range(5))
def test_the_alias_tables_hold_what_was_given(seed):
    # Vose 1991: the halves of the cells add up to the rows.
    states, actions = 12, 3
    transitions, rewards = random_rows(seed, states, actions)
    p = freeze(stored.tabulate(sparse.csr_matrix(transitions), rewards, 0))
    found = np.zeros_like(transitions)
    for row in range(states * actions):
        cells = slice(p.begins[row], p.begins[row + 1])
        keep, width = p.keep[cells], p.begins[row + 1] - p.begins[row]
        assert keep.min() >= 0 and keep.max() <= 1
        np.add.at(found[row], p.target[2 * cells.start : 2 * cells.stop : 2], keep / width)
        np.add.at(found[row], p.target[2 * cells.start + 1 : 2 * cells.stop : 2], (1 - keep) / width)
    np.testing.assert_allclose(found, transitions, atol=1e-14)
    model = regretlab.model(ID, transitions=transitions, rewards=rewards)
    order = np.argsort(model.observations[:, 0])
    listed = model.transitions.toarray().reshape(states, actions, states)[np.ix_(order, range(actions), order)]
    np.testing.assert_allclose(listed.reshape(-1, states), transitions, atol=1e-14)
    np.testing.assert_allclose(model.rewards[order, :, 0], rewards, atol=1e-14)


def test_pick_is_categorical_over_the_written_distribution():
    transitions, rewards = random_rows(3, 9, 2)
    environment = build(ID, transitions=transitions, rewards=rewards)
    p, state, prob = environment.params, environment.new_state(1), np.zeros(environment.spec.outcomes)
    numbers = np.append(np.random.default_rng(0).random(300), [0.0, 1.0 - 2.0**-53])
    for here, action in itertools.product(range(9), range(2)):
        state.state[0], a, c = here, np.array([[action]]), np.zeros(1, np.int64)
        count = stored.chance(p, state, 0, a, c, 0, prob)
        for u in numbers:
            picked = stored.pick(p, state, 0, a, c, 0, u)
            assert picked == categorical(prob, count, u) and prob[picked] > 0


def test_random_rows_pass_the_kit():
    transitions, rewards = random_rows(8, 7, 3)
    environment = build(ID, transitions=sparse.csr_matrix(transitions), rewards=rewards, first=4)
    for check in (check_equality, check_model, check_pictures, check_upstream):
        check(environment)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_works_at_every_entry_point(shape):
    knobs = {"transitions": SHAPES[shape], "rewards": TOY_REWARDS, "first": 1}
    env = gymnasium.make("regretlab/TabularMDP-v0", **knobs)
    assert env.reset(seed=0)[0] == 1 and env.step(0)[1] == -3.0
    assert gymnasium.make_vec("regretlab/TabularMDP-v0", num_envs=2, **knobs).reset(seed=0)[0].tolist() == [1, 1]
    batch = regretlab.make_batch(ID, lanes=3, **knobs)
    batch.reset(seed=0)
    saved = batch.get_state()
    once = [batch.step(np.zeros((3, 1), np.int64))[0].tolist() for _ in range(20)]
    again = regretlab.make_batch(ID, lanes=3, **knobs)
    again.set_state(saved)
    assert once == [again.step(np.zeros((3, 1), np.int64))[0].tolist() for _ in range(20)]


def test_a_snapshot_of_another_task_is_refused():
    one = regretlab.make_batch(ID, lanes=1, transitions=SHAPES["csr"], rewards=TOY_REWARDS)
    one.reset(seed=0)
    changed = sparse.csr_matrix(FLAT[::-1])
    other = regretlab.make_batch(ID, lanes=1, transitions=changed, rewards=TOY_REWARDS)
    with pytest.raises(ValueError, match="snapshot"):
        other.set_state(one.get_state())


def test_what_is_given_is_left_alone():
    # Entries that are given twice add up; the given matrix keeps them, and its zeros.
    doubled = sparse.csr_matrix((np.array([0.5, 0.3, 0.2, 0.0, 1.0]), np.array([0, 1, 1, 0, 1]), np.array([0, 3, 5])))
    rewards = np.array([[1.0], [0.0]])
    model = regretlab.model(ID, transitions=doubled, rewards=rewards)
    assert doubled.nnz == 5 and doubled.data.tolist() == [0.5, 0.3, 0.2, 0.0, 1.0]
    np.testing.assert_allclose(model.transitions.toarray(), [[0.5, 0.5], [0.0, 1.0]], atol=1e-15)
    assert not build(ID, transitions=doubled, rewards=rewards).params.keep.flags.writeable


def test_one_long_row_costs_no_memory_in_the_others():
    states = 20_000
    ring = sparse.eye_array(states, k=1, format="lil")
    ring[states - 1] = np.full(states, 1 / states)
    environment = build(ID, transitions=ring.tocsr(), rewards=np.zeros((states, 1)))
    assert len(environment.params.keep) == 2 * states - 1
    batch = Batch(environment, 2)
    batch.reset(seed=0)
    batch.step(np.zeros((2, 1), np.int64))
    assert batch.observation.ravel().tolist() == [1, 1]


def changed(row, *values):
    copy = FLAT.copy()
    copy[row] = values
    return copy


@pytest.mark.parametrize(
    ("knobs", "error", "message"),
    [
        ({"transitions": changed(2, 0.4, 0.5)}, ValueError, r"sum to 1; state 1, action 0 is off by -0\.1"),
        ({"transitions": changed(1, 0.5, 0.500001)}, ValueError, "state 0, action 1 is off by 1e-06"),
        ({"transitions": changed(1, 1.2, -0.2)}, ValueError, r"state 0, action 1 holds -0\.2"),
        ({"transitions": sparse.csr_matrix(changed(1, 1.2, -0.2))}, ValueError, r"state 0, action 1 holds -0\.2"),
        ({"transitions": changed(3, np.nan, 1.0)}, ValueError, "state 1, action 1 holds nan"),
        ({"transitions": changed(0, np.inf, 0.0)}, ValueError, "state 0, action 0 holds inf"),
        ({"transitions": FLAT[:3]}, ValueError, r"not of shape \(3, 2\)"),
        ({"transitions": FLAT.T}, ValueError, r"not of shape \(2, 4\)"),
        ({"transitions": sparse.csr_matrix(FLAT.T)}, ValueError, r"not of shape \(2, 4\)"),
        ({"transitions": 1.0}, ValueError, r"not of shape \(\)"),
        ({"transitions": "uniform"}, TypeError, "transitions must be an array of real numbers"),
        ({"transitions": FLAT * 1j}, TypeError, "transitions must be an array of real numbers"),
        ({"transitions": [[1.0], [0.5, 0.5]]}, TypeError, "transitions must be an array of real numbers"),
        ({"rewards": [[1.0, np.nan], [0.0, 0.0]]}, ValueError, "rewards must be finite; state 0, action 1 has nan"),
        ({"rewards": [[1.0, 0.0], [-np.inf, 0.0]]}, ValueError, "state 1, action 0 has -inf"),
        ({"rewards": [1.0, 2.0]}, ValueError, r"rewards .* \(2,\)"),
        ({"rewards": np.zeros((0, 2))}, ValueError, r"rewards .* \(0, 2\)"),
        ({"rewards": "all"}, TypeError, "rewards must be an array of real numbers"),
        ({"rewards": None}, TypeError, "given together"),
        ({"transitions": None}, TypeError, "given together"),
        ({"first": 2}, ValueError, "first=2 .* from 0 to 1"),
        ({"first": -1}, ValueError, "first=-1"),
        ({"first": 0.5}, TypeError, "first=0.5"),
    ],
)
def test_bad_input_is_refused(knobs, error, message):
    with pytest.raises(error, match=message):
        build(ID, **{"transitions": TOYS, "rewards": TOY_REWARDS, **knobs})
