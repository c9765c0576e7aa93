"""Dynamics against their closed forms, conserved quantities, and basins whose borders are known."""

import numpy as np
import pytest
from scipy.special import softmax

from regretlab.envs.games import load
from regretlab.solvers import action_values, basins, nash_conv, orbit

DYNAMICS = ["replicator", "softmax-policy-gradient", "boltzmann-q", "logit", "best-response", "bnn"]
TIMES = np.linspace(0.0, 5.0, 26)
START, FIXED = np.array([0.5, 0.3, 0.2]), np.array([0.2, 1.0, -0.4])
# Steps are accurate to 1e-9 relative, and no orbit below takes more than 10,000 of them.
STEPS_ERROR = 1e-5


@pytest.mark.parametrize("dynamic", ["replicator", "boltzmann-q", "logit", "best-response"])
def test_one_player_in_closed_form(dynamic):
    """Fixed payoffs u: the logits of the replicator are ln x + u t; those of Boltzmann-Q, and the distribution of the
    logit and best-response dynamics, decay to their rest point as exp(-t).
    """
    left = np.exp(-TIMES)[:, None]
    expected = {
        "replicator": softmax(np.log(START) + TIMES[:, None] * FIXED, axis=1),
        "boltzmann-q": softmax((1 - left) * FIXED / 0.5 + left * np.log(START), axis=1),
        "logit": softmax(FIXED / 0.5) + left * (START - softmax(FIXED / 0.5)),
        "best-response": np.array([0, 1, 0]) + left * (START - np.array([0, 1, 0])),
    }[dynamic]
    found = orbit(FIXED[None], dynamic, [START], TIMES, temperature=0.5)
    assert found.profiles[0] == pytest.approx(expected, abs=1e-7)
    assert found.residual == pytest.approx(1.0 - expected[-1] @ FIXED, abs=1e-6)


def test_bnn_of_two_actions():
    """The worse action's share y falls by gap * y ** 2: y = 1 / (1 / y0 + gap t)."""
    found = orbit(np.array([[0.0, 2.0]]), "bnn", [[0.7, 0.3]], TIMES)
    assert found.profiles[0][:, 0] == pytest.approx(1 / (1 / 0.7 + 2 * TIMES), abs=1e-7)
    assert found.residual == pytest.approx(2 / (1 / 0.7 + 10), abs=1e-6)


def test_bnn_of_two_best_actions():
    """Two actions pay 3 and one 0: both exceed the mean by 3 y, y being the share of the third, which falls by 6 y ** 2
    (of each single excess only 3 y ** 2), and they gain equally.
    """
    found = orbit(np.array([[3.0, 3.0, 0.0]]), "bnn", [[0.3, 0.1, 0.6]], TIMES)
    left = 1 / (1 / 0.6 + 6 * TIMES)
    assert found.profiles[0][:, 2] == pytest.approx(left, abs=1e-7)
    # x' = 3 y - 6 x y for either: x - 1/2 falls by 6 y of itself, as y does
    assert found.profiles[0][:, 0] == pytest.approx(0.5 - 0.2 * left / 0.6, abs=1e-7)


@pytest.mark.parametrize("gap", [0.5, 1.0])
@pytest.mark.parametrize("behind", [2.0, 5.0, 8.0])
def test_time_to_recover_from_a_bad_start(behind, gap):
    """Logits that favour the wrong one of two actions by d are even after d / gap for the replicator (Hedge, NeuRD),
    and (d + sinh d) / gap for softmax policy gradient, whose logit difference y falls by 2 gap x (1 - x) = gap / (1 +
    cosh y).
    """
    start = [1 / (1 + np.exp(-behind)), 1 / (1 + np.exp(behind))]
    for dynamic, time in (("replicator", behind), ("softmax-policy-gradient", behind + np.sinh(behind))):
        found = orbit(np.array([[0.0, gap]]), dynamic, [start], np.array([0.0, time / gap]))
        # At the crossing y moves by gap or gap / 2 a unit of time, x by a quarter of it: 1e-7 of the time is allowed.
        assert found.profiles[0][-1] == pytest.approx([0.5, 0.5], abs=max(1e-7 * time, 1e-7))


def test_replicator_conserves_the_product_in_rock_paper_scissors():
    """The sum of the logarithms stays, with one population and with two (Hofbauer and Sigmund 1998, 7.7 and 11.2)."""
    payoffs = load("rock-paper-scissors").payoffs
    times = np.linspace(0, 50, 101)
    alone = orbit(payoffs, "replicator", [START], times, single_population=True)
    assert np.ptp(np.log(alone.profiles[0]).sum(axis=1)) < STEPS_ERROR
    both = orbit(payoffs, "replicator", [START, START[::-1]], times)
    assert np.ptp(sum(np.log(x).sum(axis=1) for x in both.profiles)) < STEPS_ERROR
    # The orbit is no rest: it comes near the start again and again and never near the middle.
    assert np.abs(alone.profiles[0] - 1 / 3).max(axis=1).min() > 0.1
    for found in (alone, both):
        last = [x[-1] for x in found.profiles] * (2 if found is alone else 1)
        assert found.residual <= nash_conv(payoffs, last) <= 2 * found.residual + 1e-9


@pytest.mark.parametrize("sizes", [(2, 3), (2, 3, 2), (3, 2, 2, 2)])
def test_logits_move_by_payoffs(sizes):
    """In any game of any number of players, d/dt log(x_a / x_b) = u_a - u_b under the replicator."""
    rng = np.random.default_rng(len(sizes))
    payoffs = rng.normal(size=(len(sizes), *sizes))
    start = [rng.dirichlet(np.full(size, 5.0)) for size in sizes]
    step = 1e-3
    found = orbit(payoffs, "replicator", start, np.array([0.0, step, 2 * step]))
    values = action_values(payoffs, [x[1] for x in found.profiles])
    for x, own in zip(found.profiles, values, strict=True):
        slope = (np.log(x[2]) - np.log(x[0])) / (2 * step)
        # A central difference is wrong by step ** 2 / 6 times a third derivative, of the order of payoffs cubed.
        assert slope - slope[0] == pytest.approx(own - own[0], abs=1e-4)


@pytest.mark.parametrize("dynamic", DYNAMICS)
def test_orbits_stay_on_the_simplices(dynamic):
    """With negative payoffs, where errors of the sum would grow, and near the border."""
    payoffs = load("prisoners-dilemma-lola").payoffs
    found = orbit(payoffs, dynamic, [[1 - 1e-9, 1e-9], [0.5, 0.5]], np.linspace(0, 40, 41))
    for x in found.profiles:
        assert np.all(x >= 0)
        assert x.sum(axis=1) == pytest.approx(np.ones(41), abs=1e-14)
    last = [x[-1] for x in found.profiles]
    gains = [own.max() - own @ x for x, own in zip(last, action_values(payoffs, last), strict=True)]
    assert found.residual == pytest.approx(max(gains), abs=1e-12)
    if dynamic != "softmax-policy-gradient":  # which takes 1e9 units of time to leave the start
        # BNN: the last shares fall like 1 / t; Boltzmann-Q and logit keep exp(-1 / 0.1) of the other action.
        assert all(x[-1, 1] > 0.96 for x in found.profiles)
        assert found.residual < 0.05


def test_the_border_is_invariant():
    """Replicator, policy gradient and Boltzmann-Q never play what is extinct."""
    payoffs = load("rock-paper-scissors").payoffs
    for dynamic in DYNAMICS[:3]:
        found = orbit(payoffs, dynamic, [[0.5, 0.5, 0.0]], TIMES, single_population=True)
        assert np.all(found.profiles[0][:, 2] == 0)
        assert found.profiles[0][-1, 1] > 0.8  # paper beats rock
        assert found.residual > 0.7  # scissors would win


def test_best_responses_circle_in_shapley_s_game():
    """Gilboa and Matsui 1991: best replies do not come to rest in Shapley's game, but in matching pennies they do."""
    times = np.linspace(0, 6, 31)
    found = orbit(load("shapley").payoffs, "best-response", [START, START[::-1]], times)
    assert found.residual > 0.1
    assert np.ptp(found.profiles[0][15:], axis=0).min() > 0.3
    found = orbit(load("matching-pennies").payoffs, "best-response", [[0.9, 0.1], [0.7, 0.3]], times)
    assert found.residual < 0.1


@pytest.mark.parametrize("dynamic", DYNAMICS)
@pytest.mark.parametrize(("name", "border"), [("stag-hunt", 1 / 2), ("coordination-4-8", 2 / 3)])
def test_basins_of_one_population(dynamic, name, border):
    """Whoever starts above the mixed equilibrium ends at the first action, whatever the dynamic; starts are uniform.
    The perturbed ones have the border there only for border 1/2, and near it else.
    """
    payoffs = load(name).payoffs
    starts = 500
    found = basins(payoffs, dynamic, starts, 7, single_population=True)
    share = np.array([1 - border, border])[found.rest_points[0].argmax(axis=1)]
    # Hoeffding: a share of 500 starts is off by 0.12 with probability 2 exp(-2 * 500 * 0.12 ** 2) = 1.1e-6.
    assert found.frequencies == pytest.approx(share, abs=0.12)
    assert found.counts.sum() + found.unsettled == starts
    assert found.unsettled <= 2  # starts on the border itself
    assert found.rest_points[0].shape == (2, 2)
    assert found.residuals.max() < 0.02  # BNN and policy gradient approach their ends like 1 / t


def test_basins_of_two_populations():
    """Stag hunt: exchanging the actions maps one basin to the other, so that each is half of the square."""
    found = basins(load("stag-hunt").payoffs, "replicator", 500, 3)
    assert sorted(x.argmax() for x in found.rest_points[0]) == [0, 1]
    assert found.rest_points[0] == pytest.approx(found.rest_points[1], abs=1e-5)
    assert found.frequencies == pytest.approx([0.5, 0.5], abs=0.12)
    assert found.residuals.max() < 1e-5
    again = basins(load("stag-hunt").payoffs, "replicator", 500, 3)
    assert again.counts.tolist() == found.counts.tolist()


def test_rest_points_within():
    """Hawk-dove: one population rests at 1/2 from everywhere; two split into the pure equilibria."""
    payoffs = load("hawk-dove").payoffs
    alone = basins(payoffs, "replicator", 200, 0, single_population=True)
    assert alone.counts.tolist() == [200]
    assert alone.rest_points[0] == pytest.approx(np.array([[0.5, 0.5]]), abs=1e-5)
    assert alone.residuals[0] < 1e-5
    both = basins(payoffs, "replicator", 200, 0)
    assert len(both.counts) == 2
    assert both.residuals.max() < 1e-5


@pytest.mark.parametrize("name", ["rock-paper-scissors", "jordan-pennies"])
def test_cycles_are_unsettled(name):
    """Closed orbits, and orbits that rest ever longer at one pure profile after another."""
    found = basins(load(name).payoffs, "replicator", 50, 0, longest=100.0)
    assert found.unsettled == 50
    assert found.counts.tolist() == found.residuals.tolist() == found.frequencies.tolist() == []


GAME = load("stag-hunt").payoffs


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("reinforcement", [START[:2]] * 2, TIMES), "dynamic must be one of replicator, .*, not 'reinforcement'"),
        (("replicator", [[0.5, 0.5]], TIMES), "start must hold 2 distributions, not 1"),
        (("replicator", [[0.5, 0.5], [0.5, 0.6]], TIMES), r"\[1\]"),
        (("replicator", [[0.5, 0.5]] * 2, [0.0]), "times must hold at least two numbers"),
        (("replicator", [[0.5, 0.5]] * 2, [0.0, 1.0, 1.0]), "each larger than the one before"),
    ],
)
def test_bad_orbits(arguments, message):
    with pytest.raises(ValueError, match=message):
        orbit(GAME, *arguments)


def test_bad_settings():
    for temperature in (0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match="temperature must be positive and finite"):
            orbit(GAME, "logit", [[0.5, 0.5]] * 2, TIMES, temperature=temperature)
    with pytest.raises(ValueError, match="starts must be at least 1, not 0"):
        basins(GAME, "replicator", 0, 0)
    with pytest.raises(ValueError, match="longest must be positive and finite"):
        basins(GAME, "replicator", 1, 0, longest=0.0)
    for payoffs in (load("bach-or-stravinsky").payoffs, load("jordan-pennies").payoffs):
        with pytest.raises(ValueError, match="symmetric game of two players"):
            basins(payoffs, "replicator", 1, 0, single_population=True)
