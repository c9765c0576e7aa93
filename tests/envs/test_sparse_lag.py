from itertools import product

import numpy as np
import pytest
from forced import as_set, best_map, play, smallest_stack, smallest_window

from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Last
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import best_memoryless, optimum
from regretlab.testing import check_environment

SMALL = [
    (2, (0,), 3),
    (2, (1,), 3),
    (2, (0, 1), 4),
    (2, (0, 2), 5),
    (2, (2,), 5),
    (3, (1,), 4),
    (2, (1, 2), 6),
    (2, (2,), 4),
]


def made(symbols=4, lags=(1, 4), steps=100):
    return build("regretlab/SparseLag-v0", symbols=symbols, lags=lags, steps=steps)


def told(symbols, shown, lags):
    """All observations and the right answers (None before the greatest lag)."""
    steps = range(len(shown) - 1)
    return shown, [sum(shown[t - lag] for lag in lags) % symbols if t >= max(lags) else None for t in steps]


def forced(environment, shown, answers):
    return play(environment, [(symbol,) for symbol in shown], [answer or 0 for answer in answers])


def test_symbols_of_the_given_ages_are_added():
    shown = (2, 1, 0, 2, 2, 1, 0)
    environment = made(3, (0, 3), 6)
    observations, rewards, needed, likelihood = forced(environment, shown, [None, None, None, 1, 0, 0])
    assert observations == list(shown)
    assert rewards == [0.0, 0.0, 0.0, 1.0, 1.0, -1.0]  # 2 + 2, 2 + 1, 1 + 0 modulo 3
    assert likelihood == pytest.approx(3.0**-7)
    # The first three symbols wait for their third successor; the later ones are added at once and not needed again.
    assert needed == [as_set(2), as_set(2, 1), as_set(2, 1, 0), as_set(2, 1, 0), as_set(1, 0, 2), as_set(0, 1), 0]


@pytest.mark.parametrize(("symbols", "lags", "steps"), SMALL)
def test_the_certificate_is_what_all_sequences_say(symbols, lags, steps):
    environment = made(symbols, lags, steps)
    known, greatest = environment.certify(), max(lags)
    episodes = [told(symbols, shown, lags) for shown in product(range(symbols), repeat=steps + 1)]
    for shown, answers in episodes[::5]:
        _, rewards, needed, _ = forced(environment, shown, answers)
        assert sum(rewards) == known.optimal.value == steps - greatest
        for t in range(steps + 1):
            times = [age for age in range(t + 1) for lag in lags if lag >= age and greatest <= t - age + lag < steps]
            assert needed[t] == as_set(*(shown[t - age] for age in times))
    right = best_map(episodes, [1 / len(episodes)] * len(episodes))
    assert known.memoryless.value == pytest.approx(2 * right - (steps - greatest))
    assert known.random.value == pytest.approx((steps - greatest) * (2 / symbols - 1))
    assert known.facts["k_star"] == smallest_window(episodes)
    low, high = (known.facts.get(name, known.facts.get("kappa")) for name in ("kappa_at_least", "kappa_at_most"))
    assert low <= smallest_stack(episodes) <= high
    assert known.needs_memory == (greatest > 0)


@pytest.mark.parametrize(("symbols", "lags", "steps"), [(2, (0,), 3), (2, (1, 2), 5), (3, (0, 1), 4)])
def test_the_certificate_is_what_the_solvers_say(symbols, lags, steps):
    environment = made(symbols, lags, steps)
    known, model = environment.certify(), enumerate_model(environment)
    assert optimum(model).value == pytest.approx(known.optimal.value)
    assert best_memoryless(model).value == pytest.approx(known.memoryless.value)


def test_the_order_of_the_lags_does_not_matter_and_a_list_will_do(episode):
    def rule(seen):
        return (seen[-4] + seen[-1]) % 4 if len(seen) > 3 else 0

    one, other = (episode(made(lags=lags), 2, rule, seed=1) for lags in ([3, 0], (0, 3)))
    assert one == other and sum(one.rewards) == 97.0 and len(one.rewards) == 100 and one.terminated


def test_uniform_play_is_right_with_probability_one_quarter():
    # Hoeffding for means of episodes in [-96, 96]: beyond 96 sqrt(2 ln(2/d) / n) with probability d = 1e-9.
    environment, lanes = made(), 10_000
    batch = Batch(environment, lanes, autoreset="disabled")
    batch.reset(seed=9)
    generator, total = np.random.default_rng(9), np.zeros(lanes)
    for _ in range(100):
        _, rewards, terminated, _ = batch.step(generator.integers(0, 4, (lanes, 1)))
        total += rewards[:, 0]
    assert terminated.all()
    assert environment.certify().random.value == -48.0
    assert abs(total.mean() + 48.0) < 96 * np.sqrt(2 * np.log(2e9) / lanes)


@pytest.mark.parametrize(("symbols", "lags", "steps"), [(2, (1,), 4), (3, (0, 2), 5)])
def test_small_sizes_pass_the_kit(symbols, lags, steps):
    check_environment(made(symbols, lags, steps))


@pytest.mark.parametrize("lags", [(), (-1,), (1, 1), (100,), (0, 20_000)])
def test_lags_that_cannot_be_added_are_refused(lags):
    with pytest.raises(ValueError, match=r"lags=.* is not allowed: lags must be distinct integers from 0 to 99"):
        made(lags=lags)


@pytest.mark.parametrize("lags", ["1,4", 3, (1.5,), None])
def test_lags_of_another_type_are_refused(lags):
    with pytest.raises(TypeError, match=r"lags=.* is not allowed"):
        made(lags=lags)


@pytest.mark.parametrize("symbols", [1, 27])
def test_too_few_or_too_many_symbols_are_refused(symbols):
    with pytest.raises(ValueError, match=f"symbols={symbols} is not allowed"):
        made(symbols)


def test_the_text_marks_what_is_added():
    environment = made()
    batch = Batch(environment, 1)
    seen = [batch.reset(seed=0, outcome=[[3]])[0, 0]]
    seen += [batch.step(np.array([[0]]))[0][0, 0] for _ in range(6)]
    zero = np.zeros(1)
    lines = environment.ansi(environment.params, batch.state, 0, Last(6, [0], zero, zero)).splitlines()
    assert lines[:2] == [" ".join(map(str, seen[-5:])), "^     ^  "]
