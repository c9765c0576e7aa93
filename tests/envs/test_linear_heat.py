"""SorHeat2D against SciPy's sparse matrices and conjugate gradients, and against totals found by an independent
port."""

import math

import numpy as np
import pytest

from regretlab import certificate
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.registry import build
from regretlab.envs.linear import sor_heat_2d as heat
from regretlab.envs.linear.ssor_pcg import solve_ssor_pcg

ID = "SorHeat2D-v0"


def witness(b, x, a, omega):
    """Solve with SciPy's cg, SSOR being a LinearOperator of two triangular solves; return solution and iterations."""
    from scipy.sparse import diags_array, eye_array, kron, tril
    from scipy.sparse.linalg import LinearOperator, cg, spsolve_triangular

    grid = math.isqrt(len(b))
    line = diags_array([-np.ones(grid - 1), 2 * np.ones(grid), -np.ones(grid - 1)], offsets=[-1, 0, 1])
    matrix = (eye_array(grid * grid) + a * (kron(line, eye_array(grid)) + kron(eye_array(grid), line))).tocsr()
    factor = ((1 + 4 * a) * eye_array(grid * grid) + omega * tril(matrix, -1)).tocsr()

    def precondition(r):
        y = (1 + 4 * a) * spsolve_triangular(factor, r, lower=True)
        return omega * (2 - omega) * spsolve_triangular(factor.T.tocsr(), y, lower=False)

    count = []
    operator = LinearOperator(matrix.shape, matvec=precondition)
    solution, failed = cg(matrix, b, x0=x, rtol=1e-8, atol=0, M=operator, callback=lambda _: count.append(1))
    assert failed == 0
    return solution, len(count), matrix


def test_steps_are_those_of_scipy():
    environment = build(ID, nx=12)
    batch = Batch(environment, 1, autoreset="disabled")
    batch.reset(seed=0)
    points = np.arange(1, 12) / 12
    x, y = (each.ravel() for each in np.meshgrid(points, points, indexing="ij"))

    def bump(x0, y0, radius):
        share = np.minimum(((x - x0) ** 2 + (y - y0) ** 2) / radius**2, 1 - 1e-16)
        return np.exp(1 - 1 / (1 - share))

    u = bump(0.5, 0.5, 0.25)
    np.testing.assert_allclose(batch.state.u[0, 1:-1, 1:-1].ravel(), u, atol=1e-15)
    generator = np.random.default_rng(0)
    batch.state.step[0] = 480  # so that the steps go from slow to fast diffusion
    for t in range(480, 520):
        middle = 1e-3 * (t + 0.5)
        kappa = max(0.1 * math.sin(2 * math.pi * middle), -10 * math.sin(2 * math.pi * middle))
        a = 0.5e-3 * kappa * 144
        angle = 16 * math.pi * middle
        source = 32 * bump(0.5 + math.cos(angle) / 4, 0.5 + math.sin(angle) / 4, 0.125)
        action = int(generator.integers(20))
        explicit = witness(np.ones(121), np.zeros(121), a, 1.0)[2]
        b = 2 * u - explicit @ u + 1e-3 * source
        u, count, _ = witness(b, u, a, environment.params.omegas[action])
        seen, rewards, _, _ = batch.step(np.array([[action]]))
        assert batch.info()["iterations"][0] == count == round(-10 * rewards[0, 0])
        assert batch.info()["kappa"][0] == pytest.approx(kappa, rel=1e-12)
        np.testing.assert_allclose(batch.state.u[0, 1:-1, 1:-1].ravel(), u, atol=1e-9)
        now = 1e-3 * (t + 1)
        expected = max(0.1 * math.sin(2 * math.pi * now), -10 * math.sin(2 * math.pi * now)), count
        np.testing.assert_allclose(seen[0, 0], expected, rtol=1e-9, atol=1e-15)


def test_totals_of_the_published_experiment():
    # 5,000 steps with nx = 25, found by an independent port of the equations.
    p = build(ID).params
    assert heat.fixed_iterations(p, 5_000, 1.0).sum() == 32_793
    assert heat.fixed_iterations(p, 5_000, 1.4).sum() == 29_413
    known = certificate(ID)
    assert known.facts["iterations_of_best_of_each_step"] == 24_181
    assert known.facts["iterations_of_best_fixed"] == 29_413 and known.facts["best_fixed_omega"] == pytest.approx(1.4)
    assert known.optimal.value == pytest.approx(-2418.1 / 5_000, rel=1e-12) and known.optimal.kind == "reference"
    assert known.facts["iterations_of_each_action"][0] == 32_793


def test_conjugate_gradients_without_a_preconditioner_need_the_known_total():
    """85,422 iterations in the same 5,000 steps, as by the independent port, 2.9 times those of the best omega."""
    n, dt, total = 25, 1e-3, 0
    points = np.arange(1, n) / n
    x, y = np.meshgrid(points, points, indexing="ij")

    def bump(x0, y0, radius):
        share = np.minimum(((x - x0) ** 2 + (y - y0) ** 2) / radius**2, 1 - 1e-16)
        return np.exp(1 - 1 / (1 - share))

    def delsq(v):
        padded = np.pad(v, 1)
        return 4 * v - padded[2:, 1:-1] - padded[:-2, 1:-1] - padded[1:-1, 2:] - padded[1:-1, :-2]

    u = bump(0.5, 0.5, 0.25)
    for t in range(5_000):
        middle = dt * (t + 0.5)
        kappa = max(0.1 * math.sin(2 * math.pi * middle), -10 * math.sin(2 * math.pi * middle))
        a, angle = 0.5 * dt * kappa * n * n, 16 * math.pi * middle
        b = u - a * delsq(u) + dt * 32 * bump(0.5 + math.cos(angle) / 4, 0.5 + math.sin(angle) / 4, 0.125)
        residual = b - u - a * delsq(u)
        direction, square, enough = residual, np.vdot(residual, residual), 1e-16 * np.vdot(b, b)
        while square > enough:
            image = direction + a * delsq(direction)
            step = square / np.vdot(direction, image)
            u, residual, before = u + step * direction, residual - step * image, square
            square = np.vdot(residual, residual)
            direction = residual + square / before * direction
            total += 1
    assert total == 85_422


def test_the_best_of_each_step_is_what_the_steps_alone_would_take():
    p = build(ID, nx=8, steps=30).params
    every = heat.all_iterations(p, 30)
    batch = Batch(build(ID, nx=8, steps=30), 1, autoreset="disabled")
    batch.reset(seed=0)
    for t in range(30):
        batch.step(np.array([[int(every[t].argmin())]]))
        assert batch.info()["iterations"][0] == every[t].min()
    known = certificate(ID, nx=8, steps=30)
    assert "computed now" in known.optimal.how
    assert known.optimal.value == pytest.approx(-every.min(axis=1).sum() / 300, rel=1e-12)
    fixed = [heat.fixed_iterations(p, 30, omega).sum() for omega in p.omegas]
    assert known.random.value == pytest.approx(-np.mean(fixed) / 300, rel=1e-12)


def test_a_solution_of_ones_own():
    generator = np.random.default_rng(2)
    right, guess = generator.normal(size=(2, 9, 9))
    solved = solve_ssor_pcg(right, 3.0, 1.3, guess)
    expected, count, _ = witness(right.ravel(), guess.ravel(), 3.0, 1.3)
    assert solved.iterations == count and solved.converged
    np.testing.assert_allclose(solved.solution.ravel(), expected, atol=1e-9)
    assert solve_ssor_pcg(right, 3.0, 1.3, solved.solution).iterations == 0
    assert not solve_ssor_pcg(right, 3.0, 1.3, cap=2).converged


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"omega": 2.0}, "omega=2.0 is not allowed: omega must lie strictly between 0 and 2"),
        ({"omega": 0.0}, "omega=0.0 is not allowed"),
        ({"diffusion": -0.2}, "diffusion=-0.2 is not allowed.*positive definite"),
        ({"diffusion": math.inf}, "diffusion=inf is not allowed"),
        ({"right": np.zeros((3, 3))}, "right must hold finite numbers that are not all zero"),
        ({"right": np.ones(3)}, "right must have the shape"),
        ({"guess": np.ones((2, 2))}, "guess must hold finite numbers in the shape of right"),
        ({"tolerance": 0.0}, "tolerance=0.0 is not allowed"),
    ],
)
def test_systems_that_cannot_be_solved_are_refused(more, message):
    with pytest.raises(ValueError, match=message):
        solve_ssor_pcg(**{"right": np.ones((3, 3)), "diffusion": 1.0, "omega": 1.0, **more})


@pytest.mark.parametrize(("knobs", "message"), [({"nx": 1}, "nx=1 is not"), ({"steps": 0}, "steps=0 is not")])
def test_bad_knobs_are_refused(knobs, message):
    with pytest.raises(ValueError, match=message):
        build(ID, **knobs)
