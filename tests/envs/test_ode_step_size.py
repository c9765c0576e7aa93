"""OdeStepSize against conserved energies, fixed points, a known period, an integrator of order 8, and its own page.

Kernels that are called from Python are plain Python, so nearly all tests here compile nothing.
"""

import math
import os

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from regretlab.envs.bodies import ode_step_size, ode_systems, rows
from regretlab.envs.bodies import ode_step_size_reference as reference
from regretlab.envs.bodies.ode_step_size import ARRIVED, OVERFLOW, UNDER_WAY
from regretlab.envs.bodies.ode_systems import SYSTEMS
from regretlab.envs.core import kernel
from regretlab.envs.core.environment import Last
from regretlab.envs.core.fusing import specialise
from regretlab.envs.core.registry import build

compiled_only = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="hundreds of thousands of steps")
ID = "OdeStepSize-v0"


class Flight:
    """One lane of the environment in plain Python."""

    def __init__(self, row=0, **knobs):
        self.p = build(ID, **{"starts": 5, **knobs}).params
        self.s = ode_step_size.allocate(self.p, 1)
        self.kernels = ode_step_size.kernels(self.p)
        self.kernels["begin"](self.p, self.s, 0, np.array([row]))

    def step(self, action):
        reward = np.zeros((1, 1))
        ended = self.kernels["apply"](self.p, self.s, 0, np.array([[action]]), None, reward)
        return reward[0, 0], ended

    def observation(self):
        out = np.zeros((1, 1, 1 + 6 * self.p.dimension))
        ode_step_size.observe(self.p, self.s, 0, out)
        return out[0, 0]

    def advised(self, price=0.0):
        rule = specialise(ode_step_size.advised, {"field": ode_step_size.system_of(self.p).field})
        return rule(self.p, self.s, 0, price)


def exact(name, y, duration):
    """Return the state after ``duration`` by scipy's Runge-Kutta method of order 8."""
    equations = SYSTEMS[name].field
    return solve_ivp(lambda _, z: equations(tuple(z)), (0.0, duration), y, method="DOP853", rtol=1e-12, atol=1e-13).y[
        :, -1
    ]


def typical(name, count=3):
    """Return states that the exact solution reaches from starts, after it has left them behind."""
    return [tuple(exact(name, y, 3.0).tolist()) for y in ode_systems.starts(name, "train", count)]


def step_of(name):
    return specialise(ode_systems.dormand_prince, {"field": SYSTEMS[name].field})


# Equations ------------------------------------------------------------------------------------------------------------


def test_fixed_points_are_stationary():
    # Lorenz 1963: the origin and (+-sqrt(beta (rho - 1)), the same, rho - 1); Henon and Heiles 1964: saddles at 1/6
    root = math.sqrt(8.0 / 3.0 * 27.0)
    for y in ((0.0, 0.0, 0.0, 0.0), (root, root, 27.0, 0.0), (-root, -root, 27.0, 0.0)):
        np.testing.assert_allclose(ode_systems.lorenz(y), 0.0, atol=1e-12)
    for y in ((0.0, 1.0, 0.0, 0.0), (math.sqrt(0.75), -0.5, 0.0, 0.0), (-math.sqrt(0.75), -0.5, 0.0, 0.0)):
        np.testing.assert_allclose(ode_systems.henon_heiles(y), 0.0, atol=1e-15)
        assert energy("henon-heiles", y) == pytest.approx(1.0 / 6.0, abs=1e-15)
    for y in ((0.0, 0.0), (math.pi, 0.0), (0.0, math.pi), (math.pi, math.pi)):
        np.testing.assert_allclose(ode_systems.double_pendulum((*y, 0.0, 0.0)), 0.0, atol=1e-14)
    assert ode_systems.van_der_pol((0.0, 0.0, 0.0, 0.0)) == (0.0, 0.0, 0.0, 0.0)


def energy(name, y):
    """Return the energy: of Henon and Heiles' star, and of two weights whose places and speeds are written out."""
    a, b, u, v = y
    if name == "henon-heiles":
        return 0.5 * (u * u + v * v + a * a + b * b) + a * a * b - b**3 / 3.0
    first = np.array([math.sin(a), -math.cos(a)]), u * np.array([math.cos(a), math.sin(a)])
    second = first[0] + [math.sin(b), -math.cos(b)], first[1] + v * np.array([math.cos(b), math.sin(b)])
    return sum(9.81 * place[1] + 0.5 * velocity @ velocity for place, velocity in (first, second))


@pytest.mark.parametrize("name", ["henon-heiles", "double-pendulum"])
def test_energy_is_conserved(name):
    for y in ode_systems.starts(name, "test", 4):
        assert energy(name, exact(name, y, 5.0)) == pytest.approx(energy(name, y), abs=1e-8)


def test_small_swings_have_the_known_frequencies():
    # of equal weights and rods: squares (2 -+ sqrt(2)) g, where the second angle is +-sqrt(2) times the first
    for sign in (1.0, -1.0):
        _, _, first, second = ode_systems.double_pendulum((1e-5, sign * math.sqrt(2.0) * 1e-5, 0.0, 0.0))
        square = (2.0 - sign * math.sqrt(2.0)) * 9.81
        np.testing.assert_allclose([first, second], [-square * 1e-5, -square * sign * math.sqrt(2.0) * 1e-5], rtol=1e-8)


def test_lorenz_volumes_shrink_at_the_known_rate():
    # the divergence is -(sigma + 1 + beta) = -41/3 everywhere (Lorenz 1963)
    y, h = np.array([3.0, -4.0, 20.0, 0.0]), 1e-5
    sides = [(np.subtract(*map(ode_systems.lorenz, (tuple(y + h * e), tuple(y - h * e))))) @ e for e in np.eye(4)[:3]]
    assert sum(sides) / (2.0 * h) == pytest.approx(-41.0 / 3.0, abs=1e-8)


def test_van_der_pol_period():
    # mu = 5; an upward crossing of x = 0 comes once a period
    def rising(t, y):
        return y[0]

    rising.direction = 1.0
    exact = solve_ivp(
        lambda t, y: (y[1], 5 * (1 - y[0] ** 2) * y[1] - y[0]),
        (0, 40),
        (2, 0),
        "LSODA",
        events=rising,
        rtol=1e-10,
        atol=1e-10,
    )
    (period,) = np.diff(exact.t_events[0])[-1:]
    assert period == pytest.approx(11.612, abs=1e-3)
    step, y, times, h = step_of("van-der-pol"), (2.0, 0.0, 0.0, 0.0), [], 0.01
    for k in range(4_000):
        after, _ = step(y, h)
        if y[0] < 0.0 <= after[0]:
            times.append(h * (k + y[0] / (y[0] - after[0])))  # the crossing is straight to 1e-4
        y = after
    np.testing.assert_allclose(np.diff(times)[1:], period, atol=1e-3)


# Steps ----------------------------------------------------------------------------------------------------------------


@kernel
def growth(y):
    """Equations with the solution exp(t) in the first place."""
    return y


def test_a_step_of_a_linear_equation():
    # the series of exp(h) up to h^5, then h^6 / 600 (Dormand and Prince 1980)
    after, stages = specialise(ode_systems.dormand_prince, {"field": growth})((1.0, 0.0, 0.0, 0.0), 0.4)
    series = sum(0.4**k / math.factorial(k) for k in range(6)) + 0.4**6 / 600.0
    assert after == (pytest.approx(series, rel=1e-15), 0.0, 0.0, 0.0)
    np.testing.assert_allclose(ode_systems.carried(after, -0.4, stages), (1.0, 0.0, 0.0, 0.0), atol=1e-15)


@pytest.mark.parametrize(("name", "duration"), [("lorenz", 1.0), ("henon-heiles", 8.0)])
def test_the_method_is_of_order_5(name, duration):
    step = step_of(name)
    for start in ode_systems.starts(name, "train", 3):
        errors = []
        for count in (200, 400):
            y = tuple(start.tolist())
            for _ in range(count):
                y, _ = step(y, duration / count)
            errors.append(np.linalg.norm(np.subtract(y, exact(name, start, duration))))
        assert math.log2(errors[0] / errors[1]) == pytest.approx(5.0, abs=0.1)


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_error_of_a_step_is_right(name):
    attempt = specialise(ode_step_size.attempt, {"field": SYSTEMS[name].field})
    for y in typical(name):
        for h in SYSTEMS[name].grid[::3]:
            after, stages, error = attempt(y, h)
            truth = np.linalg.norm(np.subtract(after, exact(name, y, h)))
            # the reference has an error of the same order: 16 parts of 1/16**6 each, amplified by at most 30 here
            assert error == pytest.approx(truth, rel=30.0 / 16.0**5, abs=1e-11 * max(1.0, np.abs(y).max()))
            np.testing.assert_allclose(stages[0], SYSTEMS[name].field(y), rtol=1e-14)


def test_scales_are_those_of_solutions():
    for name, system in SYSTEMS.items():
        step, h, squares = step_of(name), system.grid[0], []
        for y in ode_systems.starts(name, "train", 5):
            y = tuple(y.tolist())
            for _ in range(int(10.0 / h)):
                y, stages = step(y, h)
                squares.append(np.square(stages[0]))
        found = np.sqrt(np.mean(squares, axis=0))[: len(system.names)]
        np.testing.assert_array_less(np.abs(np.log(found / system.scales)), math.log(2.0), err_msg=name)


def test_rows_name_all_systems():
    assert tuple(SYSTEMS) == rows.ODE_SYSTEMS
    assert [len(system.grid) for system in SYSTEMS.values()] == [10, 20, 10, 10]
    assert all(list(system.grid) == sorted(system.grid) for system in SYSTEMS.values())


def test_sets_of_starts_have_none_in_common():
    for name, system in SYSTEMS.items():
        tables = [build(ID, system=name, seeds=seeds, starts=50).params.starts for seeds in ode_systems.SEEDS]
        every = np.concatenate(tables)
        assert len(np.unique(every, axis=0)) == 150
        size = len(system.names)
        assert ((every[:, :size] >= system.low) & (every[:, :size] <= system.high)).all()
        assert not every[:, size:].any()
        np.testing.assert_array_equal(ode_systems.starts(name, "test", 7), tables[2][:7])
    high = [energy("henon-heiles", y) for y in np.array(np.meshgrid(*[[-0.25, 0.0, 0.25]] * 4)).reshape(4, -1).T]
    assert max(high) < 0.14


# Rewards --------------------------------------------------------------------------------------------------------------


def test_reward_map():
    p = build(ID).params
    assert ode_step_size.worth(p, 0.02, 9.9e-5) == 0.1
    assert ode_step_size.worth(p, 0.07, 0.0) == 2.0
    assert ode_step_size.worth(p, 0.001, 0.0) == 0.1  # cut
    middle = math.sqrt(0.02 * 0.07)
    assert ode_step_size.worth(p, middle, 0.0) == pytest.approx(1.05, rel=1e-14)
    assert ode_step_size.worth(p, 0.07, 1e-4) == 0.0
    assert ode_step_size.worth(p, 0.02, 1e-2) == pytest.approx(-2.0, rel=1e-14)
    assert ode_step_size.worth(p, 0.02, 1e10) == ode_step_size.spec(p).reward_range[0] == pytest.approx(-14.0)


def test_the_longest_accurate_step_is_not_worth_the_most_per_unit_of_time():
    for name, system in SYSTEMS.items():
        p = build(ID, system=name).params
        wanted = 1.0 - 0.1 / 1.9 * p.ratio  # see "Certificate"
        fine = np.geomspace(system.grid[0], system.grid[-1], 2001)
        best = fine[np.argmax([ode_step_size.worth(p, h, 0.0) / h for h in fine])]
        if name == "henon-heiles":
            assert wanted > p.ratio
            assert best == fine[-1]
        else:
            assert math.log(best / system.grid[0]) == pytest.approx(wanted, abs=p.ratio / 2000)


def test_a_decision_by_hand():
    flight = Flight(row=2, system="henon-heiles")
    begun = exact("henon-heiles", flight.p.starts[2], 0.56)
    np.testing.assert_allclose(flight.s.y[0], begun, atol=1e-4)  # the first step was taken
    assert (flight.s.time[0], flight.s.evaluations[0], flight.s.reason[0]) == (0.56, 6, UNDER_WAY)
    before = flight.s.y[0].copy()
    reward, ended = flight.step(9)
    error = np.linalg.norm(flight.s.y[0] - exact("henon-heiles", before, 0.8))
    assert flight.s.error[0] == pytest.approx(error, rel=1e-4)
    assert reward == pytest.approx(2.0 if error < 1e-4 else math.log10(1e-4 / error), rel=1e-4)
    assert (ended, flight.s.evaluations[0]) == (False, 12)
    seen = flight.observation()
    assert seen[0] == pytest.approx(math.log10(0.8))
    np.testing.assert_allclose(seen[1:5] * 0.15, SYSTEMS["henon-heiles"].field(tuple(before)), rtol=1e-14)


def test_the_greedy_action_is_the_longest_accurate_step():
    for name in ("lorenz", "van-der-pol"):
        flight = Flight(system=name)
        attempt = specialise(ode_step_size.attempt, {"field": SYSTEMS[name].field})
        for _ in range(4):
            errors = [attempt(tuple(flight.s.y[0].tolist()), h)[2] for h in flight.p.choices]
            accurate = np.flatnonzero(np.array(errors) < 1e-4)
            assert flight.advised() == (accurate.max() if len(accurate) else int(np.argmin(errors)))
            assert flight.advised(price=1e9) == 0
            flight.step(flight.advised())


# Ends -----------------------------------------------------------------------------------------------------------------


def test_the_last_step_is_cut():
    flight = Flight(system="van-der-pol", until=1.04)
    for _ in range(15):
        assert not flight.step(3)[1]  # of 0.0646330
    assert flight.s.time[0] == pytest.approx(0.999495)
    reward, ended = flight.step(3)
    assert (ended, flight.s.time[0], flight.s.reason[0], flight.s.evaluations[0]) == (True, 1.04, ARRIVED, 102)
    assert reward == pytest.approx(0.1 + 1.9 * math.log(0.040505 / 0.03) / math.log(10.0), rel=1e-9)


def test_rounding_leaves_no_tiny_last_step():
    flight = Flight(system="lorenz", until=2.0)
    steps = 1
    while not flight.step(0)[1]:
        steps += 1
    assert steps == 99  # and the one before the first decision
    assert flight.s.time[0] == 2.0


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("broken", [1e200, 1e308, math.inf, math.nan])
def test_numbers_that_overflow_end_the_episode_within_all_bounds(name, broken):
    flight = Flight(system=name)
    flight.s.y[0, : flight.p.dimension] = broken
    before = flight.s.y[0].copy()
    reward, ended = flight.step(5)
    assert (ended, flight.s.reason[0], flight.s.error[0]) == (True, OVERFLOW, 1e10)
    assert reward == ode_step_size.spec(flight.p).reward_range[0]
    np.testing.assert_array_equal(flight.s.y[0], before)
    seen, spec = flight.observation(), ode_step_size.spec(flight.p)
    assert ((seen >= spec.observation.low) & (seen <= spec.observation.high)).all()


def test_steps_beyond_stability_overflow():
    # near x = 2 the oscillator decays like exp(-15 t), for which steps beyond 3.3 / 15 = 0.22 are unstable
    flight = Flight(system="van-der-pol")
    rewards = []
    while flight.s.reason[0] == UNDER_WAY:
        rewards.append(flight.step(9)[0])
    assert flight.s.reason[0] == OVERFLOW
    assert np.isfinite(rewards).all()


@pytest.mark.parametrize(
    ("knobs", "error", "message"),
    [
        ({"system": "rossler"}, ValueError, "system='rossler' is not allowed"),
        ({"tolerance": 0.0}, ValueError, "tolerance=0.0 is not allowed"),
        ({"until": 0.5}, ValueError, "until=0.5 is not allowed"),
        ({"seeds": 3}, ValueError, "seeds=3 is not allowed"),
        ({"starts": 0}, ValueError, "starts=0 is not allowed"),
        ({"step": 0.1}, TypeError, "no knob 'step'"),
    ],
)
def test_bad_knobs(knobs, error, message):
    with pytest.raises(error, match=message):
        build(ID, **knobs)


# Certificate ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SYSTEMS)
def test_references_are_stored_and_labelled(name):
    for seeds in ode_systems.SEEDS:
        environment = build(ID, system=name, seeds=seeds)
        assert reference.recall(environment.params) is not None
        known = environment.certify()
        facts = known.facts
        best = [facts[each] for each in ("best_fixed_return", "greedy_return", "priced_return")]
        assert known.optimal.kind == known.random.kind == "reference"
        assert known.optimal.value == max(best) > known.random.value
        assert facts["best_fixed_return"] == max(facts["fixed_returns"])
        assert facts["mean_return_of_best_fixed_action_of_each_start"] >= facts["best_fixed_return"] - 1e-9
        assert facts["price"] == pytest.approx(max(best[:2]) / 100.0, rel=1e-9)
        assert "may exceed" in known.optimal.how
        # where the shortest step is accurate all along it is worth 0.1 a step
        assert facts["fixed_returns"][0] <= 0.1 * facts["fixed_evaluations"][0] / 6.0


@compiled_only
def test_stored_values_are_what_is_computed():
    p = build(ID, system="henon-heiles").params
    known, computed = reference.recall(p), reference.measure(p)
    for name in reference.Summary._fields:
        np.testing.assert_allclose(getattr(known, name), getattr(computed, name), rtol=1e-6, err_msg=name)
    # others are computed; the rule of one decision in plain Python
    other = build(ID, system="henon-heiles", until=8.0, starts=1)
    assert "computed now" in other.certify().optimal.how
    flight, total = Flight(system="henon-heiles", until=8.0, starts=1), 0.0
    while flight.s.reason[0] == UNDER_WAY:
        total += flight.step(flight.advised())[0]
    assert other.certify().facts["greedy_return"] == pytest.approx(total, rel=1e-12)
    assert other.certify().facts["greedy_evaluations"] == flight.s.evaluations[0]


# Pictures -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SYSTEMS)
def test_pictures_show_step_and_error(name):
    flight = Flight(system=name)
    reward, _ = flight.step(3)
    last = Last(1, np.array([3]), np.array([reward]), np.array([reward]))
    text = ode_step_size.ansi(flight.p, flight.s, 0, last)
    assert [text.split("\n")[k].count("o") for k in range(1, 22)].count(1) == 1
    assert f"step {flight.p.choices[3]:.3g} " in text
    assert f"next: up to {flight.p.choices[flight.advised()]:.3g}" in text
    assert max(map(len, text.splitlines())) <= 80
    frame = ode_step_size.paint(flight.p, flight.s, 0, last)
    assert (frame.shape, frame.dtype) == ((440, 660, 3), np.uint8)
    flight.s.y[0] = 1e300  # what cannot be drawn does no harm
    assert ode_step_size.paint(flight.p, flight.s, 0, last).shape == frame.shape
