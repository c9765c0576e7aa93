"""SorSweep: half-sweeps and Chebyshev acceleration against dense matrices (Golub and Varga 1961)."""

import math

import numpy as np
import pytest

from regretlab import certificate
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.registry import build
from regretlab.envs.linear import sor, sor_sweep

ID = "SorSweep-v0"


def chessboard(grid):
    rows, columns = np.indices((grid, grid)) + 1
    return ((rows + columns) % 2).ravel()


def matrix(grid, shift):
    line = 2 * np.eye(grid) - np.eye(grid, k=1) - np.eye(grid, k=-1)
    return np.kron(line, np.eye(grid)) + np.kron(np.eye(grid), line) + shift * np.eye(grid * grid)


def test_a_half_sweep_relaxes_the_points_of_one_colour():
    batch = Batch(build(ID), 1, autoreset="disabled")
    batch.reset(seed=4)
    b = batch.state.b[0, 1:-1, 1:-1].ravel().copy()
    a, colours, x = matrix(10, batch.state.shift[0]), chessboard(10), np.zeros(100)
    first = np.linalg.norm(b)
    for step in range(12):
        action = (7 * step) % 100
        omega = 1.0 + 0.01 * action
        turn = colours == step % 2
        x = np.where(turn, x + omega * (b - a @ x) / np.diag(a), x)
        seen, rewards, _, _ = batch.step(np.array([[action]]))
        np.testing.assert_allclose(batch.state.x[0, 1:-1, 1:-1].ravel(), x, atol=1e-13)
        ratio = np.linalg.norm(b - a @ x) / first
        np.testing.assert_allclose(seen[0, 0], [batch.state.shift[0], math.log10(ratio), step + 1], rtol=1e-12)
        assert rewards[0, 0] == -0.5 and batch.info()["sweeps"][0] == (step + 1) / 2


@pytest.mark.parametrize("shift", [-0.1, 0.4])
def test_chebyshev_acceleration_has_its_exact_factor(shift):
    # After m half-sweeps the error of the colour relaxed last is T_m(B / beta) / T_m(1 / beta) of the first one's,
    # whose norm over all right-hand sides is the closed form.
    grid = 7
    a, colours = matrix(grid, shift), chessboard(grid)
    beta = sor.jacobi_radius(shift, sor.neighbour_bound(grid))
    error, omega = np.eye(grid * grid), 1.0
    # Relaxing colour 0 first from a zero start makes its error that of Jacobi, whatever omega: x_0 and x_1 of the
    # theory.
    for m in range(1, 13):
        omega = sor.next_chebyshev(omega, beta, m - 1)
        turn = colours == (m - 1) % 2
        error = np.where(turn[:, None], error - omega * (a @ error) / (4 + shift), error)
        # the theory's x_0 has both colours, of which the half-sweeps use the one not relaxed first
        part = error[turn][:, colours == 1]
        norm = np.linalg.norm(part, 2)
        assert norm <= sor.chebyshev_factor(m, beta) * (1 + 1e-12), m
        polynomial = np.polynomial.chebyshev.Chebyshev.basis(m)
        values, vectors = np.linalg.eigh(np.eye(grid * grid) - a / (4 + shift))
        exact = (vectors * polynomial(values / beta)) @ vectors.T / polynomial(1 / beta)
        np.testing.assert_allclose(part, exact[turn][:, colours == 1], atol=1e-12)


def test_omegas_of_chebyshev_fall_to_the_best_fixed_one():
    beta, omega, found = 0.99688, 1.0, []
    for m in range(200):
        omega = sor.next_chebyshev(omega, beta, m)
        found.append(omega)
    assert found[0] == 1.0 and found[1] == 1 / (1 - beta**2 / 2)
    assert np.all(np.diff(found[1:]) <= 0) and found[-1] == pytest.approx(sor.best_omega(beta), abs=1e-12)


def test_an_episode_ends_when_the_system_is_solved():
    environment = build(ID, law="low")
    batch = Batch(environment, 1, autoreset="disabled")
    batch.reset(seed=2)
    total = 0.0
    while not batch.done[0]:
        nearest = int(np.abs(environment.params.omegas - batch.info()["omega_chebyshev"][0]).argmin())
        _, rewards, terminated, truncated = batch.step(np.array([[nearest]]))
        total += rewards[0, 0]
    assert terminated[0] and not truncated[0]
    assert batch.info()["residual"][0] < 1e-8 and total == -batch.info()["sweeps"][0] > -100
    b, x = (field[0, 1:-1, 1:-1].ravel() for field in (batch.state.b, batch.state.x))
    assert np.linalg.norm(b - matrix(10, batch.state.shift[0]) @ x) < 1.01e-8 * np.linalg.norm(b)


def test_an_episode_is_cut_after_the_most_sweeps():
    batch = Batch(build(ID, cap=3), 1, autoreset="disabled")
    batch.reset(seed=2)
    for step in range(6):
        _, _, terminated, truncated = batch.step(np.array([[0]]))
        assert truncated[0] == (step == 5) and not terminated[0]
    assert batch.info()["sweeps"][0] == 3.0


def test_the_certificate_is_chebyshevs():
    known = certificate(ID)
    # An independent run over 3,000 systems found 54.0 +- 0.6 sweeps, and 58.2 +- 0.7 with the best fixed omega.
    assert known.optimal.kind == "reference" and known.unit == "return per episode"
    assert known.optimal.value == pytest.approx(-54.0, abs=5 * 0.6 * math.sqrt(2.5))
    assert known.random.value < -known.facts["mean_sweeps_of_omega_star"] < known.optimal.value
    # With cosh: the least m with 1 / cosh(m acosh(1 / beta)) <= 1e-8.
    for count, shift in zip(known.facts["guaranteed_half_sweeps_at_ends"], (-0.15, 0.45), strict=True):
        beta = sor.jacobi_radius(shift, sor.neighbour_bound(10))
        assert sor.chebyshev_factor(count, beta) <= 1e-8 < sor.chebyshev_factor(count - 1, beta)
    assert sor_sweep.guaranteed_half_sweeps(1e-8, 0.0) == 1


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"law": "drift"}, "law='drift' is not allowed"),
        ({"grid": 20}, "least_shift=-0.15 is not allowed"),
        ({"cap": 0}, "cap=0 is not allowed"),
    ],
)
def test_bad_knobs_are_refused(knobs, message):
    with pytest.raises(ValueError, match=message):
        build(ID, **knobs)
