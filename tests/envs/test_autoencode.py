import numpy as np
import pytest
from forced import as_set, best_map, orders, play, smallest_stack, smallest_window

from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Last
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import best_memoryless, optimum
from regretlab.testing import check_environment

SMALL = [(2, 1), (2, 2), (3, 1), (4, 1), (2, 3)]


def made(suits=4, ranks=13, decks=1):
    return build("regretlab/Autoencode-v0", suits=suits, ranks=ranks, decks=decks)


def told(order, suits):
    """All observations and the right answers (None while the cards are dealt) of a deck in this order."""
    watched = [suits + card for card in order[:-1]]
    return [*watched, order[-1], *[0] * len(order)], [None] * len(watched) + list(order[::-1])


def forced(environment, order, answers):
    deals = [(card,) for card in order] + [(0,)] * len(order)
    return play(environment, deals, [answer or 0 for answer in answers])


def test_the_deck_is_watched_and_recited_backwards():
    order = (2, 0, 1, 2, 0, 1)
    observations, rewards, needed, likelihood = forced(made(3, 2), order, [None] * 5 + [1, 0, 2, 1, 1, 2])
    # Mode 1 (watch) for all cards but the last, which is shown in mode 0 (play); then nothing but suit 0.
    assert observations == [5, 3, 4, 5, 3, 1, 0, 0, 0, 0, 0, 0]
    assert rewards == pytest.approx([0.0] * 5 + [1 / 6, 1 / 6, 1 / 6, 1 / 6, -1 / 6, 1 / 6])
    all_three = as_set(3, 4, 5)
    assert needed[:6] == [as_set(5), as_set(3, 5), all_three, all_three, all_three, all_three | as_set(1)]
    assert needed[6:] == [all_three, all_three, all_three, as_set(3, 5), as_set(5), 0]
    assert likelihood == pytest.approx(1 / 90)


@pytest.mark.parametrize(("suits", "ranks"), SMALL)
def test_the_certificate_is_what_all_decks_say(suits, ranks):
    environment = made(suits, ranks)
    known, cards = environment.certify(), suits * ranks
    decks = list(orders([ranks] * suits))
    episodes = [told(order, suits) for order in decks]
    for order, (observations, answers) in zip(decks, episodes, strict=True):
        seen, rewards, needed, likelihood = forced(environment, order, answers)
        assert seen == observations
        assert sum(rewards) == pytest.approx(1.0) and likelihood == pytest.approx(1 / len(decks))
        for t in range(2 * cards):
            kept = observations[: min(t + 1, 2 * cards - 1 - t)]
            assert needed[t] == as_set(*kept)
    right = best_map(episodes, [1 / len(decks)] * len(decks))
    assert known.memoryless.value == pytest.approx(2 * right / cards - 1)
    assert known.facts["k_star"] == smallest_window(episodes)
    if cards == 2:  # larger decks leave too many rules to try
        assert known.facts["kappa"] == smallest_stack(episodes)


@pytest.mark.parametrize(("suits", "ranks"), [(2, 2), (3, 1), (2, 3)])
def test_the_certificate_is_what_the_solvers_say(suits, ranks):
    known, model = made(suits, ranks).certify(), enumerate_model(made(suits, ranks))
    assert optimum(model).value == pytest.approx(known.optimal.value)
    assert best_memoryless(model).value == pytest.approx(known.memoryless.value)


@pytest.mark.parametrize("decks", [1, 2, 3])
def test_the_levels_of_popgym(decks, episode):
    # AutoencodeEasy, Medium, Hard: 103, 207, 311 steps; the optimum is 1.
    cards = 52 * decks

    def recite(seen):
        return seen[2 * cards - 1 - len(seen)] % 4 if len(seen) >= cards else 3

    found = episode(made(decks=decks), 1, recite, seed=decks)
    assert len(found.rewards) == 2 * cards - 1 and found.terminated
    assert sum(found.rewards) == pytest.approx(1.0)
    assert found.rewards[: cards - 1] == [0.0] * (cards - 1)


def test_known_values_of_one_deck():
    known = made().certify()
    assert known.random.value == -0.5
    # Right at the last card, and at the other 51 with probability 1/4 ... less what suit 0 has in common with them.
    assert known.memoryless.value == pytest.approx(-0.5 + 2 * (3 / 4) / 52)
    # 52! / 13!**4 orders are 5.4e28, and 47 slots make 4/3 (4**47 - 1) = 2.6e28 stacks, 48 make 1.1e29.
    assert known.facts["kappa_at_least"] == 48 and known.facts["kappa_at_most"] == 52
    assert known.facts["k_star"] == 102


@pytest.mark.parametrize("rule", ["random", "echo"])
def test_simulated_play_earns_its_certificate(rule):
    # Hoeffding for means of episodes in [-1, 1]: beyond sqrt(2 ln(2/d) / n) with probability d = 1e-9.
    environment, lanes = made(), 30_000
    batch = Batch(environment, lanes, autoreset="disabled")
    seen = batch.reset(seed=7)
    generator, total = np.random.default_rng(7), np.zeros(lanes)
    for _ in range(103):
        actions = seen % 4 if rule == "echo" else generator.integers(0, 4, (lanes, 1))
        seen, rewards, terminated, _ = batch.step(actions)
        total += rewards[:, 0]
    assert terminated.all()
    known = environment.certify()
    expected = known.memoryless if rule == "echo" else known.random
    assert abs(total.mean() - expected.value) < np.sqrt(2 * np.log(2e9) / lanes)


@pytest.mark.parametrize(("suits", "ranks"), [(2, 2), (3, 1)])
def test_small_decks_pass_the_kit(suits, ranks):
    check_environment(made(suits, ranks))


@pytest.mark.parametrize("knobs", [{"decks": 0}, {"suits": 1}, {"ranks": 0}])
def test_decks_that_do_not_exist_are_refused(knobs):
    with pytest.raises(ValueError, match=f"{next(iter(knobs))}=.* is not allowed"):
        made(**knobs)


def test_the_text_shows_what_is_to_be_recited():
    environment = made(2, 1)
    batch = Batch(environment, 1)
    batch.reset(seed=0, outcome=[[1]])
    zero, texts = np.zeros(1), []
    for _ in range(3):
        texts.append(environment.ansi(environment.params, batch.state, 0, Last(0, None, zero, zero)).splitlines()[:2])
        batch.step(np.array([[0]]))
    assert texts == [["D", "watch, 1 left"], ["D S", "play"], ["D", "play"]]
