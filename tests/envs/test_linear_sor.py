"""SOR: published counts, Young's theory against dense matrices, the laws of the systems, and the two bandit tasks.

Sources: Young 1971 (omega_star, spectral radius), Golub and Varga 1961 (Chebyshev), Khodak et al. 2024,
arXiv:2310.02246 (the systems; counts for b = 1 and tolerance 1e-8 were found with dense NumPy, too).
"""

import math

import numpy as np
import pytest

from regretlab import certificate
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Last
from regretlab.envs.core.fusing import fuse
from regretlab.envs.core.registry import build
from regretlab.envs.core.streams import SAMPLED, seed_streams
from regretlab.envs.linear import sor, sor_bandit, systems

BANDIT, CONTEXTUAL = "SorBandit-v0", "SorContextual-v0"
NEIGHBOURS = 4 * math.cos(math.pi / 11)


def laplacian(grid, shift):
    """The dense matrix, points row by row."""
    line = 2 * np.eye(grid) - np.eye(grid, k=1) - np.eye(grid, k=-1)
    return np.kron(line, np.eye(grid)) + np.kron(np.eye(grid), line) + shift * np.eye(grid * grid)


def dense_sor(matrix, right, omega, tolerance):
    """Count sweeps by x += M^-1 r with M = D / omega + L, the definition."""
    split = np.diag(np.diag(matrix)) / omega + np.tril(matrix, -1)
    x, count = np.zeros(len(right)), 0
    first = np.linalg.norm(right)
    while True:
        x = x + np.linalg.solve(split, right - matrix @ x)
        count += 1
        if np.linalg.norm(right - matrix @ x) < tolerance * first:
            return count, x


# Counts and theory ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shift", "counts", "best"),
    [
        (-0.15, (2927, 1950, 1252, 971, 503, 293), 147),
        (0.0, (223, 145, 88, 62, 58, 89), 41),
        (0.45, (64, 39, 25, 30, 55, 89), 23),
    ],
)
def test_sweeps_of_the_published_system(shift, counts, best):
    ones = np.ones((10, 10))
    found = tuple(sor.solve_sor(ones, shift, omega).iterations for omega in (1.0, 1.2, 1.4, 1.5, 1.7, 1.8))
    assert found == counts
    star = sor.best_omega(sor.jacobi_radius(shift, NEIGHBOURS))
    solved = sor.solve_sor(ones, shift, star)
    assert solved.iterations == best and solved.converged
    x = solved.solution.ravel()
    assert np.linalg.norm(laplacian(10, shift) @ x - 1) < 1e-8 * 10


@pytest.mark.parametrize(("grid", "shift", "omega"), [(10, -0.15, 1.85), (10, 0.3, 1.1), (7, 0.0, 1.5), (1, 0.2, 1.3)])
def test_sweeps_are_those_of_the_definition(grid, shift, omega):
    right = np.random.default_rng(grid).normal(size=(grid, grid))
    count, x = dense_sor(laplacian(grid, shift), right.ravel(), omega, 1e-8)
    solved = sor.solve_sor(right, shift, omega)
    assert solved.iterations == count
    np.testing.assert_allclose(solved.solution.ravel(), x, atol=1e-12)


def test_theory_of_the_published_system():
    # beta and omega_star to the digits that are published; rho is omega - 1 from omega_star on.
    for shift, beta, star in ((-0.15, 0.99688, 1.853594), (0.0, 0.95949, 1.560388), (0.45, 0.86247, 1.327919)):
        found = sor.jacobi_radius(shift, NEIGHBOURS)
        assert found == pytest.approx(beta, abs=5e-6)
        assert sor.best_omega(found) == pytest.approx(star, abs=5e-7)
        other_form = 1 + (found / (1 + math.sqrt(1 - found * found))) ** 2
        assert abs(sor.best_omega(found) - other_form) < 1e-12
        assert sor.spectral_radius(sor.best_omega(found), found) == pytest.approx(star - 1, abs=5e-7)


@pytest.mark.parametrize("shift", [-0.15, 0.0, 0.45])
def test_spectral_radii_are_those_of_the_matrices(shift):
    matrix = laplacian(10, shift)
    diagonal, beta = np.diag(np.diag(matrix)), sor.jacobi_radius(shift, NEIGHBOURS)
    jacobi = np.eye(100) - matrix / (4 + shift)
    assert abs(np.abs(np.linalg.eigvalsh(jacobi)).max() - beta) < 1e-12
    for omega in (1.0, 1.2, 1.3, 1.7, 1.9):
        iteration = np.eye(100) - np.linalg.solve(diagonal / omega + np.tril(matrix, -1), matrix)
        # a defective eigenvalue, as at omega_star, would be found to the square root of the precision only
        assert abs(np.abs(np.linalg.eigvals(iteration)).max() - sor.spectral_radius(omega, beta)) < 1e-10
    fine = np.linspace(0.05, 1.95, 381)
    best = fine[np.argmin([sor.spectral_radius(omega, beta) for omega in fine])]
    assert abs(best - sor.best_omega(beta)) <= 0.005


def test_asymptotic_counts_of_the_published_system():
    expected = {-0.15: 116, 0.0: 32, 0.45: 17}
    for shift, count in expected.items():
        beta = sor.jacobi_radius(shift, NEIGHBOURS)
        radius = sor.spectral_radius(sor.best_omega(beta), beta)
        assert int(math.log(1e-8) / math.log(radius)) in (count, count - 1)


# Laws -----------------------------------------------------------------------------------------------------------------


def shares(law, stream, out):
    for k in range(out.shape[0]):
        out[k] = systems.draw_share(law, stream, 0, k)


@pytest.mark.parametrize(("law", "a", "b"), [(systems.HIGH, 0.5, 1.5), (systems.LOW, 2.0, 6.0)])
def test_shares_have_their_beta_law(law, a, b):
    from scipy.special import betainc

    drawn = np.zeros(20_000)
    fuse(shares, {}, "test_linear")(law, seed_streams(np.array([3], np.uint64), SAMPLED), drawn)
    places = betainc(a, b, np.sort(drawn))
    ranks = np.arange(20_001) / 20_000
    distance = max(np.abs(places - ranks[1:]).max(), np.abs(places - ranks[:-1]).max())
    assert distance < 3 / math.sqrt(20_000)  # Kolmogorov: exceeded with probability 2 exp(-18)
    assert abs(drawn.mean() - 0.25) < 6 * math.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)) / 20_000)


def test_right_hand_sides_are_truncated_normal():
    from scipy.stats import chi2

    batch = Batch(build(BANDIT, cap=1), 400)
    batch.reset(seed=8)
    drawn = []
    for _ in range(5):
        batch.step(np.zeros((400, 1), np.int64))
        drawn.append(batch.state.b[:, 1:-1, 1:-1].reshape(400, 100).copy())
    entries = np.concatenate(drawn)
    squares = (entries**2).sum(axis=1)
    assert squares.max() <= 100.0
    # The squared norm is chi-squared with 100 degrees of freedom, cut at 100: it has this law function.
    places = np.sort(chi2.cdf(squares, 100) / chi2.cdf(100, 100))
    assert np.abs(places - (np.arange(2_000) + 0.5) / 2_000).max() < 3 / math.sqrt(2_000)
    assert np.abs(entries.mean(axis=0)).max() < 6 / math.sqrt(2_000)


def test_the_drift_is_a_wave():
    drawn = np.zeros(1_001)
    fuse(shares, {}, "test_linear")(systems.DRIFT, np.zeros(1, np.uint64), drawn)
    np.testing.assert_allclose(drawn[[0, 250, 500, 1_000]], [0.0, 0.5, 1.0, 0.0], atol=1e-12)


def test_named_seeds_are_disjoint():
    sets = [set(seeds) for seeds in systems.SEEDS.values()]
    assert list(systems.SEEDS) == ["train", "validation", "test"]
    assert sum(map(len, sets)) == len(set.union(*sets))


# The tasks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", [BANDIT, CONTEXTUAL])
def test_a_replay_solves_the_very_systems_that_were_played(id):
    environment = build(id, steps=7)
    batch = Batch(environment, 2, autoreset="same_step")
    shown = [batch.reset(seed=[5, 90]).copy()]
    generator = np.random.default_rng(1)
    played, paid, infos = [], [], []
    for _ in range(15):
        actions = generator.integers(20, size=(2, 1))
        seen, rewards, terminated, truncated = batch.step(actions)
        shown.append(seen.copy())
        played.append(actions[:, 0])
        paid.append(rewards[:, 0].copy())
        ended = truncated
        last = batch.info(final=bool(ended.all()))
        infos.append({name: column.copy() for name, column in last.items()})
        assert not terminated.any() and ended.all() == (len(paid) % 7 == 0)
    for lane, seed in enumerate((5, 90)):
        again = sor_bandit.replay(environment.params, seed, 15)
        for t in range(15):
            sweeps = again.sweeps[t, played[t][lane]]
            assert paid[t][lane] == -(sweeps - 1) / 100
            assert infos[t]["sweeps"][lane] == sweeps and infos[t]["shift"][lane] == again.shifts[t]
            star = sor.best_omega(NEIGHBOURS / (4 + again.shifts[t]))
            assert infos[t]["omega_star"][lane] == star and infos[t]["capped"][lane] == 0
            assert shown[t][lane, 0] == (again.shifts[t] if id == CONTEXTUAL else 0)


def test_a_cap_ends_a_solve_and_says_so():
    batch = Batch(build(CONTEXTUAL, cap=20), 3)
    batch.reset(seed=0)
    _, rewards, _, _ = batch.step(np.zeros((3, 1), np.int64))  # omega = 1 takes 60 sweeps at least
    assert np.all(rewards == -0.19) and np.all(batch.info()["capped"] == 1)


def test_means_of_the_high_variance_law():
    # Measured independently over 40,000 systems: 56.4 +- 0.2 by the formula, 103.2 +- 0.3 with the best fixed omega of
    # a grid of 0.01, which is near 1.78. The bounds are five standard errors of 5,000 systems, and a little for the
    # grid.
    p = build(BANDIT).params
    found = sor_bandit.replay(p, systems.SEEDS["test"][0], 5_000, np.array([1.76, 1.78, 1.80]))
    assert found.formula.mean() == pytest.approx(56.4, abs=1.4)
    assert found.sweeps.mean(axis=0).min() == pytest.approx(103.2, abs=2.5)


def test_certificates_are_references_in_their_order():
    blind, seeing = certificate(BANDIT), certificate(CONTEXTUAL)
    assert blind.unit == seeing.unit == "reward per step"
    assert blind.optimal.kind == seeing.optimal.kind == blind.random.kind == "reference"
    assert blind.random.value == seeing.random.value < blind.optimal.value < seeing.optimal.value < 0
    # 20 omegas: the best fixed one is 1.8 with 102 sweeps, and 1.0 takes 598 (measured independently, T = 5000).
    assert blind.facts["best_fixed_omega"] == pytest.approx(1.8)
    means = blind.facts["mean_sweeps_of_each_action"]
    assert means[0] == pytest.approx(598, abs=30) and means[16] == pytest.approx(102, abs=3)
    assert blind.optimal.value == pytest.approx(-(means[16] - 1) / 100, abs=1e-12)
    assert blind.facts["mean_sweeps_of_omega_star_formula"] == pytest.approx(56.4, abs=0.9)
    assert blind.facts["omega_star_at_ends"] == pytest.approx((1.853594, 1.327919), abs=5e-7)
    assert blind.facts["spectral_radius_at_ends"] == pytest.approx((0.853594, 0.327919), abs=5e-7)


def test_settings_that_are_not_stored_are_computed():
    known = certificate(CONTEXTUAL, grid=4, least_shift=0.0, actions=4, tolerance=1e-4)
    assert "computed now" in known.optimal.how and known.optimal.low < known.optimal.value < known.optimal.high < 0


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"grid": 20}, "least_shift=-0.15 is not allowed: on a grid of 20 by 20 the matrix is not positive definite"),
        ({"least_shift": 4 * math.cos(math.pi / 11) - 4}, "the matrix is singular"),
        ({"least_shift": -1.0}, "least_shift=-1.0 is not allowed"),
        ({"law": "medium"}, "law='medium' is not allowed"),
        ({"actions": 1}, "actions=1 is not allowed"),
        ({"tolerance": 0.0}, "tolerance=0.0 is not allowed"),
        ({"cap": 0}, "cap=0 is not allowed"),
        ({"steps": 0}, "steps=0 is not allowed"),
    ],
)
def test_bad_knobs_are_refused(knobs, message):
    with pytest.raises(ValueError, match=message):
        build(CONTEXTUAL, **knobs)


@pytest.mark.parametrize("omega", [0.0, 2.0, -0.5, math.nan])
def test_an_omega_that_diverges_is_refused(omega):
    with pytest.raises(ValueError, match="omega must lie strictly between 0 and 2"):
        sor.solve_sor(np.ones((3, 3)), 0.0, omega)


@pytest.mark.parametrize(
    ("right", "more", "message"),
    [
        (np.ones((2, 3)), {}, r"right must have the shape \(grid, grid\), not \(2, 3\)"),
        (np.zeros((3, 3)), {}, "right must hold finite numbers that are not all zero"),
        (np.full((3, 3), math.nan), {}, "right must hold finite numbers"),
        (
            np.ones((3, 3)),
            {"shift": -2.0},
            r"shift=-2.0 is not allowed.*not positive definite.*above 4 cos\(pi / 4\) - 4",
        ),
        (np.ones((3, 3)), {"shift": math.nan}, "shift=nan is not allowed"),
        (np.ones((3, 3)), {"tolerance": 1.0}, "tolerance=1.0 is not allowed"),
        (np.ones((3, 3)), {"cap": 0}, "cap=0 is not allowed"),
    ],
)
def test_systems_that_cannot_be_solved_are_refused(right, more, message):
    with pytest.raises(ValueError, match=message):
        sor.solve_sor(right, **{"shift": 0.0, "omega": 1.0, **more})


def test_the_text_hides_what_the_agent_does_not_see():
    for id, hidden in ((BANDIT, True), (CONTEXTUAL, False)):
        environment = build(id)
        batch = Batch(environment, 1)
        batch.reset(seed=1)
        batch.step(np.array([[4]]))
        last = Last(1, np.array([4]), batch.reward[0], batch.reward[0])
        text = environment.ansi(environment.params, batch.state, 0, last)
        assert ("system 2 of 5000: hidden" in text) == hidden
        assert "omega 1.2 (best in theory" in text and "omega 1 [....#..............." in text
