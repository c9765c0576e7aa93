import numpy as np
import pytest

from regretlab.baselines import load
from regretlab.baselines.table import claim, find, new_table

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered")  # the hash wraps around in plain Python


def test_a_dense_table_gives_every_observation_its_own_slot():
    table, slots = new_table(5, 5, rows=2)
    assert slots == 5
    assert [claim(table, 1, x) for x in range(5)] == list(range(5)) == [find(table, 1, x) for x in range(5)]
    assert not table.full.any()


def test_a_hash_table_hands_out_slots_in_the_order_of_first_sight():
    table, slots = new_table(2**62, 100, rows=2)
    seen = np.random.default_rng(0).integers(2**62, size=100)
    assert slots == 100
    assert [claim(table, 0, x) for x in seen] == list(range(100))
    assert [claim(table, 0, x) for x in seen] == list(range(100)) == [find(table, 0, x) for x in seen]
    assert table.used.tolist() == [100, 0]
    assert find(table, 1, seen[0]) == -1, "rows do not share slots"


def test_a_hash_table_says_when_it_is_full_and_keeps_what_it_has():
    table, _ = new_table(1_000, 3, rows=2)
    assert [claim(table, 0, x) for x in (700, 0, 999)] == [0, 1, 2]
    assert not table.full[0], "full to the brim is not yet full"
    assert claim(table, 0, 5) == -1
    assert table.full.tolist() == [True, False]
    assert [find(table, 0, x) for x in (700, 0, 999, 5)] == [0, 1, 2, -1]


@pytest.mark.parametrize("name", ["q_learning", "q_lambda", "sarsa", "rmax"])
def test_a_learner_with_a_full_table_acts_uniformly_where_it_has_no_slot(rows, name):
    knobs = {"capacity": 2} if name == "rmax" else {"capacity": 2, "epsilon": 0.0}
    learner = rows(load(name, **knobs), observations=100, actions=4)
    learner.update(10, 3, 1.0, 20)
    learner.update(20, 3, 1.0, 10)
    before = learner.state.values.copy()
    learner.update(30, 0, 9.0, 40, terminated=True)
    assert learner.state.table.full[0]
    np.testing.assert_array_equal(learner.state.values, before)
    picks = np.bincount([learner.act(30) for _ in range(2000)], minlength=4)
    # a count of a uniform pick has standard deviation sqrt(2000 * 3 / 16) = 19.4
    assert np.all(np.abs(picks - 500) < 5 * 19.4)
