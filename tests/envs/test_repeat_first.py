import numpy as np
import pytest
from forced import as_set, best_map, orders, play, smallest_stack, smallest_window

from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Last
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import best_memoryless, optimum
from regretlab.testing import check_environment

SMALL = [(2, 1), (2, 2), (3, 1), (2, 3), (3, 2), (4, 1)]


def made(suits=4, ranks=13, decks=1):
    return build("regretlab/RepeatFirst-v0", suits=suits, ranks=ranks, decks=decks)


def told(order):
    """All observations and the right answers of a deck in this order."""
    return order, (order[0],) * (len(order) - 1)


def test_the_first_suit_is_the_answer_for_the_whole_deck():
    order = (2, 0, 1, 2, 0, 1)
    observations, rewards, needed, likelihood = play(made(3, 2), [(card,) for card in order], (2, 2, 0, 2, 1))
    assert observations == list(order)
    assert rewards == [0.2, 0.2, -0.2, 0.2, -0.2]  # 1 / (6 cards - 1)
    assert needed == [as_set(2)] * 5 + [0]
    assert likelihood == pytest.approx(1 / 90)  # 6! / (2! 2! 2!) orders, all equally likely


@pytest.mark.parametrize(("suits", "ranks"), SMALL)
def test_the_certificate_is_what_all_decks_say(suits, ranks):
    environment = made(suits, ranks)
    known = environment.certify()
    decks = list(orders([ranks] * suits))
    episodes, decisions = [told(order) for order in decks], suits * ranks - 1
    for order, (_, answers) in zip(decks, episodes, strict=True):
        _, rewards, _, likelihood = play(environment, [(card,) for card in order], answers)
        assert sum(rewards) == pytest.approx(1.0) and likelihood == pytest.approx(1 / len(decks))
    right = best_map(episodes, [1 / len(decks)] * len(decks))
    assert known.memoryless.value == pytest.approx(2 * right / decisions - 1)
    assert known.facts["k_star"] == smallest_window(episodes)
    assert known.facts["kappa"] == smallest_stack(episodes)
    assert known.needs_memory == (decisions > 1)


@pytest.mark.parametrize(("suits", "ranks"), [(2, 2), (2, 3), (3, 2)])
def test_the_certificate_is_what_the_solvers_say(suits, ranks):
    known, model = made(suits, ranks).certify(), enumerate_model(made(suits, ranks))
    assert optimum(model).value == pytest.approx(known.optimal.value)
    assert best_memoryless(model).value == pytest.approx(known.memoryless.value)


@pytest.mark.parametrize("decks", [1, 8, 16])
def test_the_levels_of_popgym(decks, episode):
    # Lengths of RepeatFirstEasy, Medium and Hard: 51, 415, 831; the optimum is 1.
    environment = made(decks=decks)
    found = episode(environment, 3, lambda seen: seen[0], seed=decks)
    assert len(found.rewards) == 52 * decks - 1 and found.terminated
    assert sum(found.rewards) == pytest.approx(1.0)
    counts = np.bincount(found.observations)
    assert counts.tolist() == [13 * decks] * 4


def test_known_values_of_one_deck():
    # With 52 cards: 51 steps, random play -1/2; naming the suit that is seen is right once and then 12/51 of the time.
    known = made().certify()
    assert known.facts == {"k_star": 51, "kappa": 2, "optimal_steps": 51}
    assert known.random.value == -0.5
    assert known.memoryless.value == pytest.approx(-0.499423, abs=1e-6)
    assert known.memoryless.value == pytest.approx((1 + 50 * (2 * 12 / 51 - 1)) / 51)


@pytest.mark.parametrize("rule", ["random", "echo"])
def test_simulated_play_earns_its_certificate(rule):
    # Means of episodes in [-1, 1] leave their expectation by more than sqrt(2 ln(2/d) / n) with probability d
    # (Hoeffding): 0.033 for d = 1e-9 and n = 40,000.
    environment, lanes = made(), 40_000
    batch = Batch(environment, lanes, autoreset="disabled")
    seen = batch.reset(seed=5)
    generator, total = np.random.default_rng(5), np.zeros(lanes)
    for _ in range(51):
        actions = seen.copy() if rule == "echo" else generator.integers(0, 4, (lanes, 1))
        seen, rewards, terminated, _ = batch.step(actions)
        total += rewards[:, 0]
    assert terminated.all()
    known = environment.certify()
    expected = known.memoryless if rule == "echo" else known.random
    assert abs(total.mean() - expected.value) < np.sqrt(2 * np.log(2e9) / lanes)


@pytest.mark.parametrize("knobs", [{"suits": 2, "ranks": 2}, {"suits": 5, "ranks": 1}])
def test_small_decks_pass_the_kit(knobs):
    check_environment(made(**knobs))


@pytest.mark.parametrize(
    "knobs", [{"decks": 0}, {"decks": 65}, {"suits": 1}, {"suits": 27}, {"ranks": 0}, {"ranks": 14}]
)
def test_decks_that_do_not_exist_are_refused(knobs):
    with pytest.raises(ValueError, match=f"{next(iter(knobs))}=.* is not allowed"):
        build("regretlab/RepeatFirst-v0", **knobs)


def test_the_text_tells_the_first_card():
    environment = made()
    batch = Batch(environment, 1)
    batch.reset(seed=0, outcome=[[1]])
    batch.step(np.array([[2]]))
    text = environment.ansi(environment.params, batch.state, 0, Last(1, [2], batch.reward[0], batch.reward[0]))
    assert text.startswith("first diamonds  present ") and "left 50\n" in text and "action clubs" in text
