import numpy as np
import pytest
from forced import as_set, best_map, orders, play, smallest_stack, smallest_window

from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Last
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import best_memoryless, optimum
from regretlab.testing import check_environment

SMALL = [(2, 1, 1), (2, 2, 1), (2, 2, 2), (2, 2, 3), (3, 1, 2), (2, 3, 2), (2, 3, 3), (2, 3, 5), (3, 2, 2), (3, 2, 4)]


def made(suits=4, ranks=13, k=4, decks=1):
    return build("regretlab/RepeatPrevious-v0", suits=suits, ranks=ranks, k=k, decks=decks)


def told(order, k):
    """All observations and the right answers (None before the k-th card) of a deck in this order."""
    return order, [order[t - k + 1] if t >= k - 1 else None for t in range(len(order) - 1)]


def test_the_kth_last_card_is_asked_for_and_1_is_the_present_one():
    order = (2, 0, 1, 2, 0, 1)
    deals = [(card,) for card in order]
    observations, rewards, needed, likelihood = play(made(3, 2, 3), deals, (2, 0, 2, 0, 0))
    assert observations == list(order)
    assert rewards == pytest.approx([0, 0, 1 / 3, 1 / 3, -1 / 3])  # 1 / (6 cards - k)
    # What will still be asked for are the first 6 - 3 cards, each until it has been the third last one.
    assert needed == [as_set(2), as_set(2, 0), as_set(2, 0, 1), as_set(0, 1), as_set(1), 0]
    assert likelihood == pytest.approx(1 / 90)
    assert play(made(3, 2, 1), deals, order[:-1])[1] == [0.2] * 5


@pytest.mark.parametrize(("suits", "ranks", "k"), SMALL)
def test_the_certificate_is_what_all_decks_say(suits, ranks, k):
    environment = made(suits, ranks, k)
    known = environment.certify()
    decks = list(orders([ranks] * suits))
    episodes = [told(order, k) for order in decks]
    for order, (_, answers) in zip(decks, episodes, strict=True):
        _, rewards, needed, likelihood = play(
            environment, [(card,) for card in order], [answer or 0 for answer in answers]
        )
        assert sum(rewards) == pytest.approx(1.0) and likelihood == pytest.approx(1 / len(decks))
        last = len(order) - k  # cards that are asked for
        assert needed == [as_set(*order[max(0, t - k + 1) : min(t + 1, last)]) for t in range(len(order))]
    right = best_map(episodes, [1 / len(decks)] * len(decks))
    assert known.memoryless.value == pytest.approx(2 * right / (suits * ranks - k) - 1)
    assert known.facts["k_star"] == smallest_window(episodes)
    if (suits, ranks, k) != (3, 2, 4):  # too many rules to try
        low, high = (known.facts.get(name, known.facts.get("kappa")) for name in ("kappa_at_least", "kappa_at_most"))
        assert low <= smallest_stack(episodes) <= high


@pytest.mark.parametrize(("suits", "ranks", "k"), [(2, 2, 2), (2, 3, 3), (3, 2, 2), (3, 2, 4)])
def test_the_certificate_is_what_the_solvers_say(suits, ranks, k):
    environment = made(suits, ranks, k)
    known, model = environment.certify(), enumerate_model(environment)
    assert optimum(model).value == pytest.approx(known.optimal.value)
    assert best_memoryless(model).value == pytest.approx(known.memoryless.value)


def test_a_deck_that_is_large_enough_needs_all_k():
    # 12 cards, k = 3, two suits: 4 cards of each suit may come before the end, more than k, so all eight orders of the
    # last three cards have to be told apart; stacks of two slots are at most six.
    assert made(2, 6, 3).certify().facts["kappa"] == 3
    # All of POPGym's levels do: N = 52, 104, 156 and k = 4, 32, 64.
    for decks, k in ((1, 4), (2, 32), (3, 64)):
        assert made(decks=decks, k=k).certify().facts["kappa"] == k
    # Where little is asked for, little has to be kept: two slots for the first card and the present one.
    assert made(k=51).certify().facts["kappa"] == 2
    assert made(k=40).certify().facts["kappa_at_most"] == 13


@pytest.mark.parametrize(("decks", "k"), [(1, 4), (2, 32), (3, 64)])
def test_the_levels_of_popgym(decks, k, episode):
    # RepeatPreviousEasy, Medium, Hard: 51, 103, 155 steps; the optimum is 1.
    found = episode(made(decks=decks, k=k), 2, lambda seen: seen[-k] if len(seen) >= k else 0, seed=k)
    assert len(found.rewards) == 52 * decks - 1 and found.terminated
    assert sum(found.rewards) == pytest.approx(1.0)
    assert found.rewards[: k - 1] == [0.0] * (k - 1)


@pytest.mark.parametrize("rule", ["random", "another"])
def test_simulated_play_earns_its_certificate(rule):
    # Hoeffding for means of episodes in [-1, 1]: beyond sqrt(2 ln(2/d) / n) with probability d = 1e-9.
    environment, lanes = made(), 40_000
    batch = Batch(environment, lanes, autoreset="disabled")
    seen = batch.reset(seed=6)
    generator, total = np.random.default_rng(6), np.zeros(lanes)
    for _ in range(51):
        actions = (seen + 1) % 4 if rule == "another" else generator.integers(0, 4, (lanes, 1))
        seen, rewards, terminated, _ = batch.step(actions)
        total += rewards[:, 0]
    assert terminated.all()
    known = environment.certify()
    expected = known.memoryless if rule == "another" else known.random
    assert abs(total.mean() - expected.value) < np.sqrt(2 * np.log(2e9) / lanes)


@pytest.mark.parametrize(("suits", "ranks", "k"), [(2, 2, 2), (3, 2, 3)])
def test_small_decks_pass_the_kit(suits, ranks, k):
    check_environment(made(suits, ranks, k))


@pytest.mark.parametrize("k", [0, -1, 52, 1000])
def test_a_card_that_the_deck_does_not_have_is_refused(k):
    with pytest.raises(ValueError, match=f"k={k} is not allowed: k must be"):
        made(k=k)


def test_the_text_shows_the_last_cards():
    environment = made(k=2)
    batch = Batch(environment, 1)
    batch.reset(seed=0, outcome=[[3]])
    zero, write = np.zeros(1), environment.ansi
    assert write(environment.params, batch.state, 0, Last(0, None, zero, zero)).startswith(
        "cards H  left 51\nasked for: n"
    )
    seen = batch.step(np.array([[2]]))[0]
    text = write(environment.params, batch.state, 0, Last(1, [2], zero, zero))
    assert text.startswith(f"cards H {'SDCH'[seen[0, 0]]}  left 50\nasked for: hearts\n")
