from itertools import product
from math import comb

import numpy as np
import pytest
from forced import as_set, play, smallest_stack, smallest_window

from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Last
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import best_memoryless, optimum
from regretlab.testing import check_environment

SMALL = [
    {"symbols": 2, "items": 1, "steps": 3},
    {"symbols": 2, "items": 1, "steps": 3, "p_query": 1.0},
    {"symbols": 2, "items": 2, "steps": 4, "p_flag": 1.0, "p_query": 1.0},
    {"symbols": 2, "items": 2, "steps": 3, "p_flag": 0.5, "p_query": 1.0},
    {"symbols": 3, "items": 1, "steps": 2},
    {"symbols": 2, "items": 1, "steps": 3, "p_query": 0.0},
    {"symbols": 2, "items": 1, "steps": 3, "p_flag": 0.0},
]


def made(symbols=4, items=2, p_flag=0.2, p_query=0.2, steps=100):
    knobs = {"symbols": symbols, "items": items, "p_flag": p_flag, "p_query": p_query, "steps": steps}
    return build("regretlab/FlaggedRecall-v0", **knobs)


def sign(symbol, flag=0, query=0):
    return 4 * symbol + 2 * flag + query


def asked_for(shown, t, items):
    """When the symbol was stored that step t asks for, None where nothing is asked."""
    stored = [earlier for earlier in range(t) if shown[earlier] & 2]
    return stored[-items] if shown[t] & 1 else None


def has_stored(shown, items):
    return sum(each & 2 > 0 for each in shown) >= items


def all_episodes(symbols, items, p_flag, p_query, steps):
    """Return all sequences of observations that may happen, with their probabilities."""

    def chance(shown, t):
        query = p_query if has_stored(shown[:t], items) else 0.0
        marks = (query if shown[t] & 1 else 1 - query) * (p_flag if shown[t] & 2 else 1 - p_flag)
        return marks / symbols

    sequences = product(range(4 * symbols), repeat=steps)
    found = {shown: np.prod([chance(shown, t) for t in range(steps)]) for shown in sequences}
    return {shown: probability for shown, probability in found.items() if probability > 0}


def test_a_query_asks_for_the_flag_before_the_last_one():
    shown = [sign(1, 1), sign(0), sign(2, 1), sign(0, 0, 1), sign(3, 1, 1), sign(0, 0, 1), sign(1)]
    answers = [0, 0, 0, 1, 1, 2]
    observations, rewards, needed, likelihood = play(made(steps=6), [(each,) for each in shown], answers)
    assert observations == shown
    assert rewards == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]
    # Seven symbols of 1/4, a flag or none at each of them, a query or none from the fourth on.
    flags, queries = 0.2**3 * 0.8**3, 0.2**3
    assert likelihood == pytest.approx(0.25**7 * flags * queries * 0.8 * 0.8)
    # The third symbol is never asked for: that would take another flag and a query, and one step is left.
    first, second = sign(1, 1), sign(2, 1)
    assert needed == [*[as_set(first)] * 2, *[as_set(first, second)] * 3, as_set(second), 0]


@pytest.mark.parametrize("knobs", SMALL)
def test_the_certificate_is_what_all_episodes_say(knobs):
    environment = made(**knobs)
    known, size, items = environment.certify(), environment.knobs["steps"], environment.knobs["items"]
    found = all_episodes(**environment.knobs)
    times = {shown: [asked_for(shown, t, items) for t in range(size)] for shown in found}
    episodes = [(shown, [None if i is None else shown[i] // 4 for i in asked]) for shown, asked in times.items()]
    queries = [size - answers.count(None) for _, answers in episodes]

    may_be_asked = {}  # by the observations so far: what some episode that begins like that asks for, now or later
    for shown, asked in times.items():
        for t in range(size):
            later = {shown[i] for i in asked[t:] if i is not None and i <= t}
            may_be_asked.setdefault(shown[: t + 1], set()).update(later)
    for place in range(0, len(episodes), 1 + len(episodes) // 200):
        shown, answers = episodes[place]
        deals = [(each,) for each in (*shown, 2 * (environment.knobs["p_flag"] == 1.0))]
        deals[-1] = (deals[-1][0] + (environment.knobs["p_query"] == 1.0 and has_stored(shown, items)),)
        _, rewards, needed, _ = play(environment, deals, [each or 0 for each in answers])
        assert sum(rewards) == queries[place]
        assert needed == [*(as_set(*may_be_asked[shown[: t + 1]]) for t in range(size)), 0]

    low, high = (known.facts.get(name, known.facts.get("kappa")) for name in ("kappa_at_least", "kappa_at_most"))
    assert low <= smallest_stack(episodes) <= high
    assert known.facts["k_star"] == smallest_window(episodes)


@pytest.mark.parametrize("knobs", SMALL)
def test_the_values_are_expectations_over_all_episodes(knobs):
    environment = made(**knobs)
    known, size, items = environment.certify(), environment.knobs["steps"], environment.knobs["items"]
    right, queries, total = {}, 0.0, 0.0
    for shown, probability in all_episodes(**environment.knobs).items():
        total += probability
        for t in range(size):
            stored = asked_for(shown, t, items)
            if stored is not None:
                queries += probability
                table = right.setdefault(shown[t], {})
                table[shown[stored] // 4] = table.get(shown[stored] // 4, 0.0) + probability
    assert total == pytest.approx(1.0)
    assert known.optimal.value == known.facts["queries"] == pytest.approx(queries)
    best = sum(max(table.values()) for table in right.values())
    assert known.memoryless.value == pytest.approx(2 * best - queries, abs=1e-12)


@pytest.mark.parametrize("knobs", [{"symbols": 2, "items": 1, "steps": 4}, {"symbols": 2, "items": 2, "steps": 4}])
def test_the_certificate_is_what_the_solvers_say(knobs):
    environment = made(**knobs)
    known, model = environment.certify(), enumerate_model(environment)
    assert optimum(model).value == pytest.approx(known.optimal.value)
    assert best_memoryless(model).value == pytest.approx(known.memoryless.value, abs=1e-12)


def test_known_values():
    # At least two flags in t steps have the probability 1 - 0.8**t - 0.2 t 0.8**(t - 1).
    known, steps = made().certify(), np.arange(100)
    full = np.array([sum(comb(int(t), n) * 0.2**n * 0.8 ** (t - n) for n in range(2, t + 1)) for t in steps])
    assert np.allclose(full[1:], 1 - 0.8 ** steps[1:] - 0.2 * steps[1:] * 0.8 ** (steps[1:] - 1))
    assert known.optimal.value == pytest.approx(0.2 * full.sum())
    assert known.random.value == known.memoryless.value == pytest.approx(-0.5 * known.optimal.value)
    assert (known.facts["k_star"], known.facts["kappa"]) == (100, 3)
    # Share of the queries whose answer lies in a window: two flags among the window's earlier steps.
    share = [full[np.minimum(steps, window - 1)].sum() / full.sum() for window in range(1, 101)]
    assert known.facts["k_star_quantile_99"] == 1 + int(np.argmax(np.array(share) >= 0.99))
    every = made(p_flag=1.0, p_query=1.0, items=3).certify()  # the symbol of three steps ago, from the fourth step on
    assert every.optimal.value == 97.0
    assert (every.facts["k_star"], every.facts["kappa"], every.facts["k_star_quantile_99"]) == (4, 4, 4)


@pytest.mark.parametrize("rule", ["store", "random"])
def test_simulated_play_earns_its_certificate(rule):
    # Hoeffding for means of episodes in [-98, 98]: beyond 98 sqrt(2 ln(2/d) / n) with probability d = 1e-9.
    environment, lanes = made(), 20_000
    batch = Batch(environment, lanes, autoreset="disabled")
    seen = batch.reset(seed=10)[:, 0]
    generator, total = np.random.default_rng(10), np.zeros(lanes)
    store = np.zeros((lanes, 2), np.int64)
    for _ in range(100):
        asked, actions = seen & 1 > 0, store[:, 0] if rule == "store" else generator.integers(0, 4, lanes)
        flag = seen & 2 > 0
        store = np.where(flag[:, None], np.stack([store[:, 1], seen // 4], axis=1), store)
        seen, rewards, terminated, _ = batch.step(actions[:, None])
        seen = seen[:, 0].copy()
        total += rewards[:, 0]
        if rule == "store":
            assert np.array_equal(rewards[:, 0], asked)
    assert terminated.all()
    known = environment.certify()
    expected = known.optimal if rule == "store" else known.random
    assert abs(total.mean() - expected.value) < 98 * np.sqrt(2 * np.log(2e9) / lanes)


@pytest.mark.parametrize("knobs", [{"symbols": 2, "items": 2, "steps": 5}, {"symbols": 2, "items": 1, "steps": 4}])
def test_small_sizes_pass_the_kit(knobs):
    check_environment(made(**knobs))


@pytest.mark.parametrize(("p_flag", "p_query"), [(0.0, 0.5), (1.0, 1.0), (1.0, 0.0), (0.3, 1.0)])
def test_certain_marks_are_certain(p_flag, p_query):
    environment = made(p_flag=p_flag, p_query=p_query, items=1)
    batch = Batch(environment, 500)
    seen = batch.reset(seed=3)[:, 0]
    flags, queries = [seen & 2 > 0], [seen & 1 > 0]
    for _ in range(99):
        seen = batch.step(np.zeros((500, 1), np.int64))[0][:, 0]
        flags.append(seen & 2 > 0)
        queries.append(seen & 1 > 0)
    if p_flag in (0.0, 1.0):
        assert np.all(np.array(flags) == bool(p_flag))
    before = np.cumsum(flags, axis=0)[:-1] > 0
    if p_query in (0.0, 1.0):
        assert np.all(np.array(queries)[1:][before] == bool(p_query))
    assert not np.array(queries)[1:][~before].any() and not queries[0].any()


@pytest.mark.parametrize("knobs", [{"p_flag": -0.1}, {"p_flag": 1.1}, {"p_query": -1.0}, {"p_query": 2.0}])
def test_probabilities_outside_0_to_1_are_refused(knobs):
    with pytest.raises(ValueError, match=f"{next(iter(knobs))}=.* is not allowed: .* must be a number from 0 to 1"):
        made(**knobs)


@pytest.mark.parametrize("knobs", [{"items": 0}, {"items": 51}, {"symbols": 1}, {"symbols": 14}, {"steps": 1}])
def test_sizes_out_of_range_are_refused(knobs):
    with pytest.raises(ValueError, match=f"{next(iter(knobs))}=.* is not allowed"):
        made(**knobs)


def test_more_items_than_an_episode_stores_are_refused():
    with pytest.raises(ValueError, match="items=10 is not allowed: items must be below steps=10"):
        made(items=10, steps=10)


def test_the_text_shows_the_store():
    environment = made(p_flag=1.0)
    batch = Batch(environment, 1)
    batch.reset(seed=0, outcome=[[sign(3, 1)]])
    seen = batch.step(np.array([[0]]))[0][0, 0]
    zero = np.zeros(1)
    text = environment.ansi(environment.params, batch.state, 0, Last(1, [0], zero, zero))
    assert text.startswith(f"store - 3  agent sees: {seen // 4} flag\n")
