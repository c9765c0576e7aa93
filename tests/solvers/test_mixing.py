"""Mixing times: known answers, invariants that link them to bottlenecks, and refusals."""

import math
from importlib import import_module

import numpy as np
import pytest
from chains import barbell, cycle, lazy_ring, random_chain, random_reversible, task_ring, two_states
from scipy import sparse
from scipy.sparse.csgraph import shortest_path

from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import MultichainError, chain_under, optimal_gain
from regretlab.solvers.conductance import conductance, cut_conductance, residence_time
from regretlab.solvers.mixing import mixing_time, second_eigenvalue_modulus, spectral_gap
from regretlab.solvers.period import period
from regretlab.solvers.return_mixing import cesaro_mixing_time, return_mixing_time
from regretlab.solvers.stationary import stationary_law


def distance(chain, steps):
    """Worst-case total variation after ``steps``, by plain matrix powers."""
    law = stationary_law(chain).law
    return 0.5 * np.abs(np.linalg.matrix_power(chain, steps) - law).sum(axis=1).max()


@pytest.mark.parametrize(("p", "q"), [(0.002, 0.004), (0.3, 0.1), (0.9, 0.95), (0.5, 0.25)])
@pytest.mark.parametrize("epsilon", [0.25, 0.01])
def test_two_states_mix_as_the_formula_says(p, q, epsilon):
    """d(t) = max(p, q) / (p + q) * abs(1 - p - q)**t."""
    first = max(p, q) / (p + q)
    expected = max(0, math.ceil(math.log(epsilon / first) / math.log(abs(1 - p - q))))
    assert mixing_time(two_states(p, q), epsilon).value == expected
    assert stationary_law(two_states(p, q)).law == pytest.approx(np.array([q, p]) / (p + q), abs=1e-15)
    for steps in (0, 1, 7, 50):
        assert distance(two_states(p, q), steps) == pytest.approx(first * abs(1 - p - q) ** steps, abs=1e-13)
    if (p, q, epsilon) == (0.002, 0.004, 0.25):
        assert expected == 163  # PyDTMC 8.7 answers 99 or None


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (lazy_ring(8), 6),
        (lazy_ring(16), 25),
        (lazy_ring(64), 389),
        (barbell(4), 14),
        (barbell(16), 189),
        (task_ring(4, 100, cyclic=True), 102),
        (task_ring(16, 100, cyclic=True), 1237),
        (task_ring(4, 100, cyclic=False), 110),
        (task_ring(16, 100, cyclic=False), 132),
    ],
)
def test_known_mixing_times_by_powers_of_the_matrix(chain, expected):
    found = mixing_time(chain)
    assert (found.value, found.kind) == (expected, "exact")
    assert distance(chain, expected) <= 0.25 < distance(chain, expected - 1)


@pytest.mark.parametrize(("states", "expected"), [(6, 13), (25, 83), (100, 343)])
def test_optimal_policy_of_river_swim(states, expected):
    model = enumerate_model(build("RiverSwim-v0", states=states))
    chain, _ = chain_under(model, optimal_gain(model).policy)
    assert mixing_time(chain).value == expected


def test_three_hundred_states_mix_as_they_must():
    """Two ways agree; the asymptotic law of the lazy ring is about .095 n**2."""
    chain = lazy_ring(300)
    by_powers, by_steps = mixing_time(chain), mixing_time(chain, starts=[7])
    assert by_powers.value == by_steps.value == pytest.approx(0.095 * 300**2, rel=0.01)  # all starts are alike
    assert by_steps.kind == "lower"


def test_blocks_of_starts_agree_with_powers(monkeypatch):
    chain = barbell(8)
    expected = mixing_time(chain).value
    monkeypatch.setattr(import_module("regretlab.solvers.mixing"), "DENSE", 3)
    monkeypatch.setattr(import_module("regretlab.solvers.mixing"), "BLOCK", 5)
    assert mixing_time(chain).value == expected
    short = mixing_time(chain, most_steps=10)
    assert (short.value, short.kind) == (10, "lower")


def test_norms_differ_by_a_factor_of_two():
    chain = barbell(6)
    assert mixing_time(chain, 0.25, norm="l1").value == mixing_time(chain, 0.125, norm="tv").value


@pytest.mark.parametrize("states", [2, 3, 10])
def test_a_periodic_chain_never_mixes_and_says_why(states):
    found = mixing_time(cycle(states))
    assert found.value == math.inf
    assert f"period {states}" in found.how
    assert period(cycle(states)) == states
    assert second_eigenvalue_modulus(cycle(states)) == 1.0
    assert cesaro_mixing_time(cycle(states)).kind == "exact"


def test_the_period_is_that_of_the_closed_class():
    chain = np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])  # a transient loop before a cycle of two
    assert period(chain) == 2
    assert mixing_time(chain).value == math.inf


@pytest.mark.parametrize("seed", range(20))
def test_inequalities_of_levin_peres_and_wilmer(seed):
    """Theorems 7.4, 12.4, 12.5 and 13.10, and t_mix >= diameter / 2, on lazy reversible chains."""
    chain = random_reversible(seed)
    law, gap, mixed = stationary_law(chain).law, spectral_gap(chain), mixing_time(chain).value
    phi = conductance(chain)
    assert phi.low == phi.high  # few states: all sets were tried
    assert mixed >= 1 / (4 * phi.high) - 1e-9
    assert phi.high**2 / 2 <= gap + 1e-12 and gap <= 2 * phi.high + 1e-12
    assert (1 / gap - 1) * math.log(2) <= mixed + 1e-9
    assert mixed <= math.ceil(math.log(4 / law.min()) / gap)
    for region in (law < np.median(law), np.arange(len(law)) == 0):  # a bottleneck is left slowly
        assert law[region].sum() > 0.5 or mixed >= residence_time(chain, region) / 4 - 1e-9


def length_of_visits(chain, region):
    """Mean length of the visits of a chain to a region, from where they begin: not by the flow out of it (Kac)."""
    law = stationary_law(chain).law
    entries = (law[~region] @ chain[np.ix_(~region, region)]) / (law[~region] @ chain[np.ix_(~region, region)]).sum()
    within = np.identity(region.sum()) - chain[np.ix_(region, region)]
    return entries @ np.linalg.solve(within, np.ones(region.sum()))


@pytest.mark.parametrize("seed", range(10))
def test_a_visit_lasts_as_long_as_the_conductance_says(seed):
    random = np.random.default_rng(seed)
    for chain in (random_reversible(seed), random_chain(seed, 12)):
        region = random.permutation(len(chain)) < random.integers(1, len(chain))
        assert residence_time(chain, region) == pytest.approx(length_of_visits(chain, region), rel=1e-10)
        assert residence_time(chain, region) * cut_conductance(chain, region) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("chain", [lazy_ring(9), lazy_ring(30), barbell(5), task_ring(12, 3, cyclic=True)])
def test_mixing_takes_at_least_half_of_the_way(chain):
    """t_mix >= L / 2, L being the longest shortest way along steps in either direction (Levin et al., 7.1.2)."""
    ways = shortest_path((chain + chain.T > 0).astype(float), unweighted=True)
    for epsilon in (0.25, 0.49):
        assert mixing_time(chain, epsilon).value >= ways.max() / 2


@pytest.mark.parametrize("seed", range(10))
def test_the_sweep_brackets_what_all_sets_give(seed, monkeypatch):
    chain = random_reversible(seed)
    exact = conductance(chain)
    monkeypatch.setattr(import_module("regretlab.solvers.conductance"), "ENUMERATED", 1)
    found = conductance(chain)
    assert found.low <= exact.high + 1e-12 and exact.high <= found.high + 1e-12
    law = stationary_law(chain).law
    assert law[found.cut].sum() <= 0.5 + 1e-12
    assert cut_conductance(chain, found.cut) == pytest.approx(found.high, rel=1e-9)


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (lazy_ring(8), 1 / 8),
        (lazy_ring(16), 1 / 16),
        (barbell(4), 1 / 26),
        (barbell(10), 1 / 182),
        (lazy_ring(64), 1 / 64),
    ],
)
def test_known_bottlenecks(chain, expected):
    assert conductance(chain).high == pytest.approx(expected, rel=1e-9)


def test_spectral_gap_of_the_lazy_ring():
    assert spectral_gap(lazy_ring(16)) == pytest.approx((1 - math.cos(2 * math.pi / 16)) / 2, abs=1e-12)
    assert spectral_gap(lazy_ring(2_001)) == pytest.approx((1 - math.cos(2 * math.pi / 2_001)) / 2, rel=1e-3)


def test_half_of_a_task_ring_is_left_after_half_a_round():
    chain = task_ring(8, 100, cyclic=True)
    assert residence_time(chain, np.arange(8) < 4) == pytest.approx(400.0, rel=1e-12)


def test_mixing_of_task_rings_scales_as_declared():
    """Exponent 2 in the number of tasks and 1 in their duration where tasks cycle, about 0 where they are drawn."""

    def slope(sizes, chains):
        times = [mixing_time(chain).value for chain in chains]
        return np.polyfit(np.log(sizes), np.log(times), 1)[0]

    tasks, durations = [16, 32, 64, 128], [50, 100, 200, 400]
    assert slope(tasks, [task_ring(k, 100, cyclic=True) for k in tasks]) == pytest.approx(2.0, abs=0.05)
    assert slope(durations, [task_ring(16, t, cyclic=True) for t in durations]) == pytest.approx(1.0, abs=0.05)
    assert slope(tasks, [task_ring(k, 100, cyclic=False) for k in tasks]) == pytest.approx(0.0, abs=0.05)


def test_exact_copies_of_states_leave_the_mixing_time():
    chain = barbell(5)
    copies = np.kron(chain, np.full((2, 2), 0.5))
    assert mixing_time(copies).value == mixing_time(chain).value


def test_mean_reward_of_a_cycle_settles_as_computed_by_hand():
    """One reward in six steps: after h = 6 m + r steps from its state the mean is (m + 1) / h for 0 < r."""
    found = return_mixing_time(cycle(6), [1.0, 0, 0, 0, 0, 0], 0.05)
    off = [h for h in range(1, 200) if max(abs(-(-h // 6) / h - 1 / 6), abs(h // 6 / h - 1 / 6)) > 0.05]
    assert (found.value, found.kind) == (off[-1] + 1, "exact")


def test_mean_law_of_a_cycle():
    """The mean law of t steps of a cycle of n is uniform on t places: off by 1 - t / n."""
    assert cesaro_mixing_time(cycle(12)).value == 9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mixing_time([[0.5, 0.4], [0.5, 0.5]]), "row 0 is off by -0.1"),
        (lambda: mixing_time([[1.5, -0.5], [0.5, 0.5]]), "row 0 holds -0.5"),
        (lambda: mixing_time([[math.nan, 1.0], [0.5, 0.5]]), "row 0 holds nan"),
        (lambda: mixing_time(np.ones((2, 3)) / 3), "square"),
        (lambda: mixing_time(np.identity(2)), "2 closed classes"),
        (lambda: mixing_time(two_states(0.1, 0.1), 1.0), "epsilon=1.0"),
        (lambda: mixing_time(two_states(0.1, 0.1), norm="l2"), "norm='l2'"),
        (lambda: mixing_time(two_states(0.1, 0.1), starts=[2]), "starts="),
        (lambda: mixing_time(two_states(0.1, 0.1), starts=[]), "starts="),
        (lambda: mixing_time(two_states(0.1, 0.1), starts=[0.5]), "starts="),
        (lambda: cesaro_mixing_time(sparse.identity(4_001)), "there may be at most 4,000"),
        (lambda: cesaro_mixing_time(two_states(0.1, 0.1), 0.0), "epsilon=0.0"),
        (lambda: return_mixing_time(two_states(0.1, 0.1), [1.0], 0.1), "rewards must be finite"),
        (lambda: cut_conductance(two_states(0.1, 0.1), [True, True]), "some of the states but not all"),
        (lambda: cut_conductance(two_states(0.1, 0.1), [False, False]), "some of the states but not all"),
        (lambda: cut_conductance([[0.5, 0.5], [0.0, 1.0]], [True, False]), "never visited"),
        (lambda: conductance([[0.5, 0.5], [0.0, 1.0]]), "single state"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    "chain", [np.identity(1) * 1j, sparse.identity(2) * 1j, [["a"]], [[None]], [[1.0], [0.5, 0.5]]]
)
def test_a_chain_holds_real_numbers(chain):
    with pytest.raises(TypeError, match="chain must be"):
        mixing_time(chain)


def test_several_closed_classes_are_an_error_of_their_own():
    with pytest.raises(MultichainError):
        period(np.identity(3))
