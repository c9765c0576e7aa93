import numpy as np
import pytest
from forced import as_set, best_map, orders, play, smallest_stack, smallest_window

from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Last
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import best_memoryless, optimum
from regretlab.testing import check_environment

SMALL = [("colors", 2, 1), ("colors", 2, 2), ("suits", 3, 1), ("ranks", 2, 2), ("colors", 2, 3), ("suits", 4, 1)]


def made(kind="colors", suits=4, ranks=13, decks=1):
    return build("regretlab/CountRecall-v0", suits=suits, ranks=ranks, kind=kind, decks=decks)


def told(values, queries, kinds):
    """All observations and the right answers, by counting."""
    observations = [value * kinds + query for value, query in zip(values, queries, strict=True)]
    return observations, [values[: t + 1].count(queries[t]) for t in range(len(values) - 1)]


def test_the_queried_kind_is_counted_with_the_present_card():
    values, queries = (2, 0, 2, 1, 0, 1), (2, 1, 2, 0, 0, 1)
    deals = list(zip(values, queries, strict=True))
    observations, rewards, needed, likelihood = play(made("suits", 3, 2), deals, (1, 0, 2, 0, 2))
    assert observations == [8, 1, 8, 3, 0, 4]
    assert rewards == [0.2, 0.2, 0.2, -0.2, 0.2]  # 1 / (6 cards - 1)
    assert needed == [as_set(8), as_set(8, 1), as_set(8, 1), as_set(8, 1, 3), as_set(8, 1, 3, 0), 0]
    assert likelihood == pytest.approx(1 / 90**2)


@pytest.mark.parametrize(("kind", "suits", "ranks"), SMALL)
def test_the_certificate_is_what_all_decks_say(kind, suits, ranks):
    environment = made(kind, suits, ranks)
    known, cards = environment.certify(), suits * ranks
    kinds = {"colors": 2, "suits": suits, "ranks": ranks}[kind]
    decks = list(orders([cards // kinds] * kinds))
    episodes = [told(values, queries, kinds) for values in decks for queries in decks]
    for number, values in enumerate(decks):
        queries = decks[(7 * number) % len(decks)]
        _, answers = told(values, queries, kinds)
        _, rewards, _, likelihood = play(environment, list(zip(values, queries, strict=True)), answers)
        assert sum(rewards) == pytest.approx(1.0) and likelihood == pytest.approx(1 / len(decks) ** 2)
    right = best_map(episodes, [1 / len(episodes)] * len(episodes))
    assert known.memoryless.value == pytest.approx(2 * right / (cards - 1) - 1)
    assert known.facts["k_star"] == smallest_window(episodes)
    if (suits, ranks) in ((2, 1), (2, 2), (3, 1)) and kind != "ranks":  # else there are too many rules to try
        low, high = (known.facts.get(name, known.facts.get("kappa")) for name in ("kappa_at_least", "kappa_at_most"))
        assert low <= smallest_stack(episodes) <= high


@pytest.mark.parametrize(("kind", "suits", "ranks"), [("colors", 2, 2), ("suits", 3, 1), ("ranks", 2, 2)])
def test_the_certificate_is_what_the_solvers_say(kind, suits, ranks):
    environment = made(kind, suits, ranks)
    known, model = environment.certify(), enumerate_model(environment)
    assert optimum(model).value == pytest.approx(known.optimal.value)
    assert best_memoryless(model).value == pytest.approx(known.memoryless.value)


@pytest.mark.parametrize(("decks", "kind", "kinds"), [(1, "colors", 2), (2, "suits", 4), (4, "ranks", 13)])
def test_the_levels_of_popgym(decks, kind, kinds, episode):
    # CountRecallEasy, Medium, Hard: 51, 103, 207 steps; 27, 27 and 17 counts; the optimum is 1.
    environment = made(kind, decks=decks)
    assert environment.spec.actions == ({2: 27, 4: 27, 13: 17}[kinds],)
    found = episode(environment, [1, 0], lambda seen: [card // kinds for card in seen].count(seen[-1] % kinds))
    assert len(found.rewards) == 52 * decks - 1 and found.terminated
    assert sum(found.rewards) == pytest.approx(1.0)
    if kinds == 13:  # 169 observations do not fit into a set of bits
        assert found.needed == [1] * 207 + [0]
    else:
        assert found.needed == [as_set(*found.observations[: t + 1]) for t in range(len(found.rewards))] + [0]


def test_known_values_of_two_colours():
    # Random play of CountRecallEasy earns 2/27 - 1; a policy without memory is right 1 + 26/27 times out of 51.
    known = made().certify()
    assert known.random.value == pytest.approx(2 / 27 - 1)
    assert known.memoryless.value == pytest.approx(2 * (1 + 26 / 27) / 51 - 1)
    assert known.facts == {"k_star": 51, "kappa_at_least": 26, "kappa_at_most": 51, "optimal_steps": 51}


@pytest.mark.parametrize("rule", ["random", "likely"])
def test_simulated_play_earns_its_certificate(rule):
    # Hoeffding for means of episodes in [-1, 1]: beyond sqrt(2 ln(2/d) / n) with probability d = 1e-9.
    environment, lanes = made(), 30_000
    batch = Batch(environment, lanes, autoreset="disabled")
    batch.reset(seed=8)
    generator, total = np.random.default_rng(8), np.zeros(lanes)
    for _ in range(51):
        likely = np.full((lanes, 1), 9)  # as good as any count from 1 to 25
        _, rewards, terminated, _ = batch.step(likely if rule == "likely" else generator.integers(0, 27, (lanes, 1)))
        total += rewards[:, 0]
    assert terminated.all()
    known = environment.certify()
    expected = known.memoryless if rule == "likely" else known.random
    assert abs(total.mean() - expected.value) < np.sqrt(2 * np.log(2e9) / lanes)


@pytest.mark.parametrize(("kind", "suits", "ranks"), [("colors", 2, 2), ("ranks", 2, 8)])
def test_small_decks_pass_the_kit(kind, suits, ranks):
    check_environment(made(kind, suits, ranks))


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"kind": "shapes"}, "kind='shapes' is not allowed: kind must be one of 'colors', 'suits', 'ranks'"),
        ({"suits": 3}, "suits=3 is not allowed: to count colors, suits must be even"),
        ({"kind": "ranks", "ranks": 1}, "ranks=1 is not allowed: to count ranks, ranks must be at least 2"),
        ({"decks": 0}, "decks=0 is not allowed"),
    ],
)
def test_what_cannot_be_counted_is_refused(knobs, message):
    with pytest.raises(ValueError, match=message):
        made(**knobs)


def test_few_states_with_many_actions_are_not_listed(monkeypatch):
    # 64 decks: counts from 0 to 64 * 26, so that a table of states and actions has a thousand columns. The limit of
    # the states alone would let it grow beyond every memory.
    monkeypatch.setattr("regretlab.envs.core.model.MOST_BYTES", 10**8)
    with pytest.raises(ValueError, match=r"too many states, actions and transitions .* 1,665 actions each"):
        enumerate_model(made(decks=64), limit=50_000)
    assert enumerate_model(made("suits", 2, 1), limit=50_000).size < 100


def test_the_text_counts():
    environment = made()
    batch = Batch(environment, 1)
    batch.reset(seed=0, outcome=[[1, 0]])
    zero = np.zeros(1)
    text = environment.ansi(environment.params, batch.state, 0, Last(0, None, zero, zero))
    assert text.splitlines()[:2] == ["card red  query black  left 51", "dealt: 0 black, 1 red"]
