"""StepSize and its kin against known errors of leapfrogs, Kepler's equation, and their own page.

The errors and costs of fixed steps and of ``eta * tau`` are those of an independent leapfrog in Numba on the same 100
starts over ten years. Kernels that are called from Python are plain Python, so most tests here compile nothing.
"""

import math
import os

import numpy as np
import pytest

from regretlab.envs.bodies import rows, step_size, systems
from regretlab.envs.bodies import step_size_reference as reference
from regretlab.envs.bodies.orbits import orbit
from regretlab.envs.bodies.schemes import SCHEMES
from regretlab.envs.bodies.step_size import ARRIVED, COLLISION, ENERGY_LOST, UNDER_WAY, USED_UP
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Last
from regretlab.envs.core.fusing import fuse
from regretlab.envs.core.registry import build

compiled_only = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="millions of steps")
IDS = ("StepSize-v0", "StepSizeKepler-v0", "Pythagorean-v0", "PeriodicOrbit-v0", "FreeFall-v0")


class Flight:
    """One lane of an environment in plain Python."""

    def __init__(self, id, row=0, **knobs):
        self.p = build(id, **knobs).params
        self.s = step_size.allocate(self.p, 1)
        self.kernels = step_size.kernels(self.p)
        self.kernels["begin"](self.p, self.s, 0, np.array([row]))

    def step(self, action):
        reward = np.zeros((1, 1))
        ended = self.kernels["apply"](self.p, self.s, 0, np.array([[action]]), None, reward)
        return reward[0, 0], ended

    def observation(self):
        out = np.zeros((1, 1, 10))
        step_size.observe(self.p, self.s, 0, out)
        return out[0, 0]

    def energy(self):
        x, v = self.s.positions[0].reshape(3, 2), self.s.velocities[0].reshape(3, 2)
        m, e = self.p.masses, self.p.softening
        pairs = [(0, 1), (0, 2), (1, 2)]
        potential = sum(m[i] * m[k] / math.sqrt(((x[i] - x[k]) ** 2).sum() + e * e) for i, k in pairs)
        return 0.5 * (m * (v**2).sum(axis=1)).sum() - potential


def played(p, row, action=-1, eta=0.0):
    """Play an episode, compiled, and return its final state."""
    bound = {name: step_size.kernels(p)[name] for name in ("begin", "apply")}
    s = step_size.allocate(p, 1)
    work = np.zeros((1, 1), np.int64), np.zeros(1, np.int64), np.zeros((1, 1))
    fuse(reference.play, bound, "StepSize_reference")(p, s, row, action, eta, np.zeros(1, np.uint64), *work)
    return s


# Starts ---------------------------------------------------------------------------------------------------------------


def test_sets_of_starts_have_none_in_common():
    for id in ("StepSize-v0", "StepSizeKepler-v0", "FreeFall-v0"):
        tables = [build(id, seeds=seeds, starts=50).params.positions for seeds in ("train", "validation", "test")]
        assert len(np.unique(np.concatenate(tables), axis=0)) == 150
    lasts = [first + systems.MOST_STARTS for first in systems.FIRST_SEEDS.values()]
    firsts = systems.FIRST_SEEDS.values()
    assert not any(a < b < last for a, last in zip(firsts, lasts, strict=True) for b in firsts)


def test_kepler_states():
    # the eccentric anomaly pi / 2 belongs to the mean anomaly pi / 2 - e, where x = -e and y = sqrt(1 - e^2)
    for e in (0.0, 0.5, 0.9, 0.99):
        x, _ = systems.kepler_state(e, math.pi / 2.0 - e)
        np.testing.assert_allclose((x[2:4] - x[:2]), [-e, math.sqrt(1.0 - e * e)], atol=1e-14)
        for phase in np.linspace(-7.0, 7.0, 29):
            x, v = systems.kepler_state(e, phase)
            (dx, dy), (du, dw) = x[2:4] - x[:2], v[2:4] - v[:2]
            distance = math.hypot(dx, dy)
            assert 0.5 * (du * du + dw * dw) - 1.0 / distance == pytest.approx(-0.5, abs=1e-10)
            assert dx * dw - dy * du == pytest.approx(math.sqrt(1.0 - e * e), abs=1e-13)
            momentum = dx * dw - dy * du  # Laplace, Runge and Lenz's vector points at the least distance
            np.testing.assert_allclose(
                [dw * momentum - dx / distance, -du * momentum - dy / distance], [e, 0], atol=1e-12
            )
    x, v = systems.kepler_state(0.5, 0.0)
    known = orbit("kepler", 0.5)
    np.testing.assert_allclose([x[:4], v[:4]], [known.positions.ravel(), known.velocities.ravel()], atol=1e-14)


def test_free_fall_starts_lie_in_the_region():
    p = build("FreeFall-v0", starts=200).params
    assert not p.velocities.any()
    x = p.positions.reshape(-1, 3, 2)
    side = x[:, 1] - x[:, 0]
    np.testing.assert_allclose(side, np.tile([1.0, 0.0], (200, 1)), atol=1e-15)
    third = x[:, 2] - x[:, 0]  # from the body at (-0.5, 0)
    assert (np.linalg.norm(third, axis=1) <= 1.0).all()
    assert ((third >= [0.5, 0.0]) & (third[:, :1] <= 1.0)).all()


def test_rows_name_all_schemes_and_orbits():
    assert tuple(SCHEMES) == rows.SCHEMES
    assert systems.PERIODIC == rows.ORBITS


# Steps ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCHEMES)
def test_a_decision_costs_the_evaluations_of_its_steps(name):
    flight = Flight("PeriodicOrbit-v0", scheme=name, steps=4, tolerance=1.0)
    before = flight.s.evaluations[0]
    assert before == (SCHEMES[name].keeps in ("accelerations", "jerks"))
    reward, ended = flight.step(11)
    assert flight.s.evaluations[0] - before == 4 * SCHEMES[name].evaluations
    assert not ended
    # 4 steps of 0.00785; those of the logarithmic leapfrog only nearly
    assert flight.s.time[0] == pytest.approx(4 * step_size.GRID[11], rel=1e-2 if name == "logh" else 1e-14)
    assert reward == pytest.approx(-0.001 * 4 * SCHEMES[name].evaluations, rel=1e-12)
    assert flight.s.error[0] < 1e-4


def test_reward_by_hand():
    flight = Flight("StepSize-v0", row=3, tolerance=1e-6, force_weight=0.5, error_weight=2.0)
    energies = [flight.energy()]
    for action in (19, 12):
        reward, _ = flight.step(action)
        energies.append(flight.energy())
        error = abs(energies[-1] - energies[-2]) / abs(energies[0])
        decades = math.log10(error / (1e-6 * step_size.GRID[action]))
        assert reward == pytest.approx(-0.5 - 2.0 * max(decades, 0.0), rel=1e-6)
        assert flight.s.error[0] == pytest.approx(abs(energies[-1] - energies[0]) / abs(energies[0]), rel=1e-6)


def test_factors_multiply_the_last_step():
    flight = Flight("StepSize-v0", action="factor")
    h = flight.s.dt[0]
    assert math.log10(h) == pytest.approx(flight.observation()[0] - 2.0)  # a hundredth of tau
    for action, factor in ((0, 0.125), (3, 1.0), (5, 4.0)):
        flight.step(action)
        h *= factor
        assert flight.s.dt[0] == h
    for _ in range(12):
        flight.step(0)
    assert flight.s.dt[0] == 1e-9
    for _ in range(12):
        flight.step(6)
    assert flight.s.dt[0] == 1.0


def test_an_embedded_pair_rejects_steps_and_pays_for_them():
    flight = Flight("StepSizeKepler-v0", scheme="rkf45", tolerance=1e-9)
    flight.step(19)
    assert flight.s.evaluations[0] > 6
    assert 0.0 < flight.s.time[0] < 0.9
    capped = Flight("StepSizeKepler-v0", scheme="rkf45", tolerance=1e-9, step_cap=1)
    _, ended = capped.step(19)
    assert (capped.s.capped[0], capped.s.time[0], capped.s.evaluations[0], ended) == (1, 0.0, 6, False)


# Ends -----------------------------------------------------------------------------------------------------------------


def test_reasons_for_the_end():
    arrives = Flight("PeriodicOrbit-v0", scheme="blanes6", orbit="lagrange")
    while not arrives.step(14)[1]:
        assert arrives.s.reason[0] == UNDER_WAY
    assert arrives.s.reason[0] == ARRIVED
    assert arrives.s.time[0] == arrives.p.duration
    assert 0.0 < arrives.s.gap[0] < 1e-6
    used_up = Flight("PeriodicOrbit-v0", decisions=2)
    assert used_up.step(3)[1] is False
    reward, ended = used_up.step(3)
    assert (ended, used_up.s.reason[0], reward) == (True, USED_UP, pytest.approx(-100.001))
    lost = Flight("StepSizeKepler-v0", eccentricity=0.99)
    while not lost.step(19)[1]:
        pass
    assert lost.s.reason[0] == ENERGY_LOST
    meets = Flight("PeriodicOrbit-v0", error_limit=1e9)
    meets.s.positions[0, :4] = [0.3, 0.0, 0.3, 5e-7]
    meets.s.velocities[0] = meets.s.accelerations[0] = 0.0
    meets.s.energy[0] = meets.s.first_energy[0] = meets.energy()
    _, ended = meets.step(0)
    assert (ended, meets.s.reason[0]) == (True, COLLISION)


@pytest.mark.parametrize("broken", [[1e200, 0.0, -1e200, 0.0, 0.0, 0.0], [math.nan] * 6])
def test_numbers_that_overflow_end_the_episode_within_all_bounds(broken):
    flight = Flight("StepSize-v0")
    flight.s.velocities[0] = broken
    with np.errstate(all="ignore"):
        reward, ended = flight.step(19)
        seen = flight.observation()
    spec = step_size.spec(flight.p)
    assert (ended, flight.s.reason[0], flight.s.error[0]) == (True, ENERGY_LOST, 1e10)
    assert spec.reward_range[0] <= reward < -100.0
    assert ((seen >= spec.observation.low) & (seen <= spec.observation.high)).all()


def test_a_cap_below_the_steps_is_refused():
    with pytest.raises(ValueError, match="step_cap=3 is not allowed: one decision takes steps=4"):
        build("StepSize-v0", steps=4, step_cap=3)


# Observation ----------------------------------------------------------------------------------------------------------


def test_observation_does_not_change_with_the_frame():
    flight = Flight("PeriodicOrbit-v0", orbit="moth-1")
    for _ in range(5):
        flight.step(13)
    seen = flight.observation()
    x, v = (values[0].reshape(3, 2).copy() for values in (flight.s.positions, flight.s.velocities))
    turn = np.array([[0.6, 0.8], [0.8, -0.6]])  # a rotation and a reflection
    flight.s.positions[0] = (x[[2, 0, 1]] @ turn + [0.5, -0.25]).ravel()
    flight.s.velocities[0] = (v[[2, 0, 1]] @ turn).ravel()
    np.testing.assert_allclose(flight.observation(), seen, rtol=1e-12)


def test_observation_of_a_circular_orbit():
    # radius and angular velocity 1: tau, distance, speed and the lengths of a and j (of the lighter: 0.75) are known
    flight = Flight("StepSizeKepler-v0", eccentricity=0.0)
    log = math.log10(0.75)
    np.testing.assert_allclose(flight.observation(), [0, 0, 0, log, log, -2, -15, -15, 0, 0], atol=1e-9)


# Known errors ---------------------------------------------------------------------------------------------------------


def errors(p, **play):
    """Return mean and 90 % quantile of the logarithms of the errors, and the mean cost, of 100 starts."""
    ends = [played(p, row, **play) for row in range(100)]
    logs = np.log10([s.error[0] for s in ends])
    return logs.mean(), np.quantile(logs, 0.9), np.mean([s.evaluations[0] for s in ends])


@compiled_only
def test_fixed_steps_lose_the_orbit_at_encounters_and_steps_by_the_time_scale_do_not():
    p = build("StepSize-v0", seeds="test", error_limit=1e9, decisions=10**6).params
    fixed = p._replace(choices=np.array([0.03, 0.01]))
    # chaos: the mean of logarithms, whose deviation is about 2.5, has a standard error of 0.25 between two codes
    for action, (mean, worst, cost) in enumerate([(-2.26, 2.8, 3_600), (-3.76, 2.6, 10_900)]):
        found = errors(fixed, action=action)
        assert found[0] == pytest.approx(mean, abs=0.3)
        assert found[1] == pytest.approx(worst, abs=0.5)
        assert found[2] == pytest.approx(cost, rel=0.01)
    fine = p._replace(choices=np.logspace(-6, 2, 800))  # steps 2 % apart stand for any step
    for eta, mean, worst, cost in ((0.03, -2.78, -1.6, 1_000), (0.01, -4.00, -2.9, 3_100)):
        found = errors(fine, eta=eta)
        assert found[0] == pytest.approx(mean, abs=0.15)
        assert found[1] == pytest.approx(worst, abs=0.3)
        assert found[2] == pytest.approx(cost, rel=0.05)
    coarse = p._replace(choices=np.logspace(-4, 0, 10))
    found = errors(coarse, eta=0.01)
    assert found == (pytest.approx(-3.97, abs=0.15), pytest.approx(-3.0, abs=0.3), pytest.approx(4_700, rel=0.05))


@compiled_only
def test_position_error_on_a_kepler_orbit_is_of_second_order():
    p = build("StepSizeKepler-v0", eccentricity=0.5, starts=1, decisions=10**6).params
    p = p._replace(choices=2.0 * math.pi / np.array([400.0, 800.0, 1600.0]))
    gaps = [played(p, 0, action=action).gap[0] for action in range(3)]
    np.testing.assert_allclose(np.log2(np.divide(gaps[:-1], gaps[1:])), 2.0, atol=0.05)


@compiled_only
def test_pythagorean_flight_arrives_at_the_reference():
    p = build("Pythagorean-v0").params
    s = played(p, 0, eta=0.005)
    assert s.reason[0] == ARRIVED
    assert s.gap[0] < 1e-3


@compiled_only
def test_random_play_stays_within_bounds():
    environment = build("StepSize-v0")
    batch, draws = Batch(environment, 200), np.random.default_rng(0)
    batch.reset(seed=0)
    low, high = environment.spec.observation.low, environment.spec.observation.high
    for _ in range(500):
        observation, reward, _, _ = batch.step(draws.integers(0, 20, 200))
        assert ((observation[:, 0] >= low) & (observation[:, 0] <= high)).all()
        assert ((reward >= environment.spec.reward_range[0]) & (reward <= 0.0)).all()
        assert all(np.isfinite(column).all() for column in batch.info().values())


# Certificate ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", IDS)
def test_references_are_stored_and_labelled(id):
    p = build(id).params
    assert reference.recall(p) is not None
    known = build(id).certify()
    facts = known.facts
    assert known.optimal.kind == known.random.kind == "reference"
    assert known.optimal.value == max(facts["best_fixed_return"], facts["best_rule_return"]) > known.random.value
    assert facts["best_fixed_return"] == max(facts["fixed_returns"])
    assert facts["mean_return_of_best_fixed_action_of_each_start"] >= facts["best_fixed_return"] - 1e-9
    assert "may exceed" in known.optimal.how


def test_the_rule_beats_the_best_fixed_step_of_every_start():
    for seeds in ("train", "validation", "test"):
        facts = build("StepSize-v0", seeds=seeds).certify().facts
        assert facts["best_rule_return"] > facts["mean_return_of_best_fixed_action_of_each_start"] + 20.0


@compiled_only
def test_stored_values_are_what_is_computed():
    p = build("PeriodicOrbit-v0", orbit="butterfly-1").params
    stored, computed = reference.recall(p), reference.summary(reference.measure(p))
    for name in reference.Summary._fields:
        np.testing.assert_allclose(getattr(stored, name), getattr(computed, name), rtol=1e-6, atol=1e-12, err_msg=name)


@compiled_only
def test_other_settings_are_computed():
    p = build("PeriodicOrbit-v0", force_weight=0.002, decisions=3_000).params
    assert reference.recall(p) is None
    known = build("PeriodicOrbit-v0", force_weight=0.002, decisions=3_000).certify()
    assert "computed now" in known.optimal.how


# Pictures -------------------------------------------------------------------------------------------------------------


def test_pictures_show_the_bodies_with_mass():
    flight = Flight("StepSizeKepler-v0")
    for _ in range(3):
        reward, _ = flight.step(10)
    last = Last(3, np.array([10]), np.array([reward]), np.array([-1.0]))
    text = step_size.ansi(flight.p, flight.s, 0, last)
    stars = "\n".join(text.splitlines()[:23])
    assert [stars.count(star) for star in "123"] == [1, 1, 0]
    assert "step 4.3e-03" in text
    assert max(map(len, text.splitlines())) <= 80
    frame = step_size.paint(flight.p, flight.s, 0, last)
    assert (frame.shape, frame.dtype) == ((440, 660, 3), np.uint8)
    discs = [(frame[:, :440] == colour).all(axis=2).sum() for colour in ((0, 114, 178), (230, 159, 0), (0, 158, 115))]
    assert discs[0] > 100
    assert discs[1] > 100
    assert discs[2] == 0
