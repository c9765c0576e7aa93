import itertools
from fractions import Fraction

import numpy as np
import pytest

from regretlab.envs.core.chance import categorical
from regretlab.envs.core.environment import Last, freeze
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.mdps import riverswim
from regretlab.envs.mdps.riverswim import LEFT, RIGHT
from regretlab.solvers import diameter, optimal_gain

CONFIGURATIONS = [(name, n) for name in riverswim.VARIANTS for n in (2, 3, 6, 11) if name != "jump" or n == 6]
CHAINS = [(name, n) for name, n in CONFIGURATIONS if name != "jump"]


def distribution(p, place, action):
    """The written distribution over outcomes, float64 (outcomes,)."""
    state = riverswim.allocate(p, 1)
    state.place[0] = place
    prob = np.full(riverswim.spec(p).outcomes, np.nan)
    count = riverswim.chance(p, state, 0, np.array([[action]]), np.zeros(1, np.int64), 0, prob)
    assert count == len(prob)
    return prob


def move(p, place, action, outcome):
    """Where an outcome leads, and the reward."""
    state = riverswim.allocate(p, 1)
    state.place[0] = place
    reward = np.full((1, 1), np.nan)
    stop = riverswim.apply(p, state, 0, np.array([[action]]), np.array([outcome]), reward)
    assert not stop
    return int(state.place[0]), float(reward[0, 0])


def tables(p):
    """Transition probabilities (states, 2, states) and rewards (states, 2), from the kernels."""
    transitions, rewards = np.zeros((p.states, 2, p.states)), np.zeros((p.states, 2))
    for place, action in itertools.product(range(p.states), (LEFT, RIGHT)):
        for outcome, probability in enumerate(distribution(p, place, action)):
            target, rewards[place, action] = move(p, place, action, outcome)
            transitions[place, action, target] += probability
    return transitions, rewards


def gain(transitions, rewards, policy):
    """The gain of a policy, probabilities (states, 2); place 0 is reached under all of them: one recurrent class."""
    chain = np.einsum("sa,sat->st", policy, transitions)
    n = len(chain)
    system = np.vstack([chain.T - np.eye(n), np.ones(n)])
    law = np.linalg.lstsq(system, np.append(np.zeros(n), 1.0), rcond=None)[0]
    return float(law @ (policy * rewards).sum(axis=1))


def best_pure_policy(p):
    transitions, rewards = tables(p)
    policies = itertools.product((LEFT, RIGHT), repeat=p.states)
    return max((gain(transitions, rewards, np.eye(2)[list(policy)]), policy) for policy in policies)


@pytest.mark.parametrize(("variant", "states"), CONFIGURATIONS)
def test_probabilities_sum_to_one_and_stay_in_the_river(variant, states):
    p = riverswim.params(states, variant)
    for place, action in itertools.product(range(states), (LEFT, RIGHT)):
        prob = distribution(p, place, action)
        assert prob.min() >= 0.0 and prob.sum() == pytest.approx(1.0, abs=1e-15)
        assert prob[-3] == 0.0 or place > 0
        assert prob[-1] == 0.0 or place < states - 1
        for outcome in range(len(prob)):
            assert 0 <= move(p, place, action, outcome)[0] < states


def test_the_classic_river_is_the_published_one():
    # Osband, Russo and Van Roy 2013, figure 2.
    transitions, rewards = tables(riverswim.params(6, "classic"))
    left, right = np.zeros((6, 6)), np.zeros((6, 6))
    left[0, 0] = 1
    left[range(1, 6), range(5)] = 1
    right[0, :2] = 0.4, 0.6
    right[5, 4:] = 0.4, 0.6
    for place in range(1, 5):
        right[place, place - 1 : place + 2] = 0.05, 0.6, 0.35
    assert np.allclose(transitions[:, LEFT], left, atol=1e-15, rtol=0)
    assert np.allclose(transitions[:, RIGHT], right, atol=1e-15, rtol=0)
    assert np.array_equal(np.argwhere(rewards), [[0, LEFT], [5, RIGHT]])
    assert rewards[0, LEFT] == 0.005 and rewards[5, RIGHT] == 1.0


def test_the_river_with_jumps_is_the_published_one():
    # Wei et al. 2020, JumpRiverSwim: e = .01/6 everywhere, and .01 off the certain branch or off that of .3.
    e = 0.01 / 6
    transitions, rewards = tables(riverswim.params(6, "jump"))
    left, right = np.full((6, 6), e), np.full((6, 6), e)
    left[[0, 1, 2, 3, 4, 5], [0, 0, 1, 2, 3, 4]] = 1 - 5 * e
    right[0, :2] = 0.7 + e, 0.3 - 5 * e
    right[5, 4:] = 0.7 + e, 0.3 - 5 * e
    for place in range(1, 5):
        right[place, place - 1 : place + 2] = 0.1 + e, 0.6 + e, 0.3 - 5 * e
    assert np.allclose(transitions[:, LEFT], left, atol=1e-15, rtol=0)
    assert np.allclose(transitions[:, RIGHT], right, atol=1e-15, rtol=0)
    assert rewards[0, LEFT] == 0.2 and rewards[5, RIGHT] == 1.0 and np.count_nonzero(rewards) == 2


def test_the_ergodic_river_drifts_under_left():
    # StatisticalRL, ErgodicRiverSwim with ergodic = .001.
    transitions, _ = tables(riverswim.params(4, "ergodic"))
    expected = [[0.9995, 0.0005, 0, 0], [0.999, 0.0005, 0.0005, 0], [0, 0.999, 0.0005, 0.0005], [0, 0, 0.999, 0.001]]
    assert np.allclose(transitions[:, LEFT], expected, atol=1e-15, rtol=0)


def right(start, middle, end, reward, states):
    """Gain, span of the bias and time from left to right of swimming right, in fractions.

    ``start`` is the chance to leave the left end, ``middle`` those to move left and right, ``end`` that to be thrown
    back from the right end, which pays ``reward``. Gain: detailed balance. Bias: Poisson's equation summed up to a
    place says law * up * step of the bias = gain * law of all places so far. Times: one place after the other.
    """
    start, down, up, end, reward = (Fraction(number) for number in (start, *middle, end, reward))
    ups, downs = [start] + [up] * (states - 2), [down] * (states - 2) + [end]
    law = [Fraction(1)]
    for rise, fall in zip(ups, downs, strict=True):
        law.append(law[-1] * rise / fall)
    whole, sums = sum(law), list(itertools.accumulate(law))
    best = reward * law[-1] / whole
    span = sum(best * below / (here * rise) for below, here, rise in zip(sums, law, ups, strict=False))
    times = [1 / start]
    for _ in range(states - 2):
        times.append((1 + down * times[-1]) / up)
    return float(best), float(span), float(sum(times))


@pytest.mark.parametrize(
    ("variant", "states", "probabilities", "published"),
    [
        ("classic", 6, ("0.6", ("0.05", "0.35"), "0.4", 1), (0.42862243, 6.3103, 14.7223379)),
        ("classic", 25, ("0.6", ("0.05", "0.35"), "0.4", 1), (0.42857143, 33.452, 78.0556)),
        ("classic", 100, ("0.6", ("0.05", "0.35"), "0.4", 1), (0.42857143, 140.595, 328.0556)),
        ("statrl", 6, ("0.4", ("0.05", "0.4"), "0.05", 1), (0.87500334, None, 13.8776)),
        ("statrl", 25, ("0.4", ("0.05", "0.4"), "0.05", 1), (0.875, None, 68.1633)),
        ("statrl-default", 6, ("0.6", ("0.05", "0.6"), "0.05", "0.99"), (0.90750032, None, None)),
    ],
)
def test_known_answers_to_all_digits(variant, states, probabilities, published):
    """Fractions, certificate and solvers agree, and with the published digits (the sixth of gains from iterations)."""
    gain, span, time = right(*probabilities, states)
    for exact, digits in zip((gain, span, time), published, strict=True):
        if digits is not None:
            last = 10.0 ** -len(str(digits).split(".")[1])
            assert exact == pytest.approx(digits, abs=max(1e-6, 0.5001 * last))
    environment = build("RiverSwim-v0", states=states, variant=variant)
    certificate, model = environment.certify(), enumerate_model(environment)
    assert certificate.unit == "reward per step" and certificate.optimal.kind == "closed-form"
    optimum = optimal_gain(model)
    assert [certificate.optimal.value, optimum.gain] == pytest.approx([gain] * 2, abs=1e-9)
    assert [certificate.facts["span"], optimum.span] == pytest.approx([span] * 2, abs=1e-6)
    assert [certificate.facts["diameter"], diameter(model).value] == pytest.approx([time] * 2, abs=1e-6)


def test_the_classic_gain_is_a_fraction():
    value = riverswim.certificate(riverswim.params(6, "classic")).optimal.value
    assert value == pytest.approx(3601.5 / 8402.5, abs=1e-15)


@pytest.mark.parametrize(("variant", "states"), CHAINS)
def test_closed_forms_equal_the_stationary_laws(variant, states):
    p = riverswim.params(states, variant)
    certificate = riverswim.certificate(p)
    transitions, rewards = tables(p)
    for share, value in ((1.0, certificate.optimal.value), (0.5, certificate.random.value)):
        policy = np.tile([1.0 - share, share], (states, 1))
        assert value == pytest.approx(gain(transitions, rewards, policy), abs=1e-12)
    always_left = gain(transitions, rewards, np.tile([1.0, 0.0], (states, 1)))
    assert certificate.facts["always_left"] == pytest.approx(always_left, abs=1e-12)
    assert certificate.memoryless == certificate.optimal


@pytest.mark.parametrize("variant", [name for name in riverswim.VARIANTS if name != "jump"])
def test_always_right_is_optimal(variant):
    p = riverswim.params(6, variant)
    best, policy = best_pure_policy(p)
    assert policy == (RIGHT,) * 6
    assert riverswim.certificate(p).optimal.value == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize(("variant", "states"), CHAINS)
def test_relative_values_certify_the_optimum(variant, states):
    # The average-reward optimality equation with the closed-form gain, and the span of its solution.
    p = riverswim.params(states, variant)
    certificate = riverswim.certificate(p)
    transitions, rewards = tables(p)
    system = np.eye(states) - transitions[:, RIGHT]
    h = np.append(0.0, np.linalg.lstsq(system[:, 1:], rewards[:, RIGHT] - certificate.optimal.value, rcond=None)[0])
    advantage = rewards + transitions @ h - certificate.optimal.value - h[:, None]
    assert np.abs(advantage[:, RIGHT]).max() < 1e-10
    assert advantage[:, LEFT].max() < 0.0
    assert np.ptp(h) == pytest.approx(certificate.facts["span"], abs=1e-9)


def test_jumps_make_swimming_left_optimal_near_the_left_bank():
    # The best of all 2**6 deterministic policies, among which there is an optimal one (Puterman 1994, theorem 9.1.8).
    p = riverswim.params(6, "jump")
    assert best_pure_policy(p)[1] == (LEFT, LEFT, RIGHT, RIGHT, RIGHT, RIGHT)
    assert riverswim.certificate(p) is None


def test_long_rivers_neither_overflow_nor_lose_the_gain():
    certificate = riverswim.certificate(riverswim.params(10_000, "classic"))
    assert certificate.optimal.value == pytest.approx(3 / 7, abs=1e-9)
    assert certificate.facts["always_left"] == 0.005


@pytest.mark.parametrize(("variant", "states"), CONFIGURATIONS)
def test_pick_is_categorical_over_the_written_distribution(variant, states):
    p = freeze(riverswim.params(states, variant))
    state = riverswim.allocate(p, 1)
    scattered = np.random.default_rng(5).random(50)
    for place, action in itertools.product(range(states), (LEFT, RIGHT)):
        prob = distribution(p, place, action)
        state.place[0] = place
        sums = np.cumsum(prob)
        edges = np.concatenate([sums, np.nextafter(sums, 0.0), np.nextafter(sums, 1.0), [0.0, 1.0 - 2.0**-53]])
        for u in np.concatenate([edges[(edges >= 0.0) & (edges < 1.0)], scattered]):
            picked = riverswim.pick(p, state, 0, np.array([[action]]), np.zeros(1, np.int64), 0, u)
            assert picked == categorical(prob, len(prob), u)
            assert prob[picked] > 0.0


def test_jumps_exist_for_six_places_only():
    with pytest.raises(ValueError, match=r"states=7 .*'jump' must have states=6"):
        riverswim.params(7, "jump")


def test_the_start_is_the_left_end():
    p = riverswim.params(6, "classic")
    state, observation, prob = riverswim.allocate(p, 2), np.full((2, 1), -1), np.zeros(1)
    state.place[:] = 4
    assert riverswim.start(p, np.zeros(1, np.int64), 0, prob) == 1 and prob[0] == 1.0
    riverswim.begin(p, state, 1, np.zeros(1, np.int64))
    for lane in range(2):
        riverswim.observe(p, state, lane, observation)
    assert np.array_equal(observation, [[4], [0]])


def seen(states, variant, place, action=None, reward=0.0):
    p = riverswim.params(states, variant)
    state = riverswim.allocate(p, 1)
    state.place[0] = place
    actions = None if action is None else np.array([action])
    last = Last(8, actions, np.array([reward]), np.array([2.0]))
    return riverswim.ansi(p, state, 0, last), riverswim.paint(p, state, 0, last)


def test_the_picture_shows_where_the_swimmer_is():
    frames = [seen(6, "classic", place)[1] for place in range(6)]
    assert all(frame.shape == (360, 640, 3) and frame.dtype == np.uint8 for frame in frames)
    centres = []
    for frame in frames:
        rows, columns = np.nonzero(np.all(frame[70:190] == riverswim.canvas.ACCENT, axis=-1))
        assert rows.min() > 30
        centres.append(columns.mean())
    assert np.all(np.diff(centres) > 60)


def test_the_picture_marks_the_reward_that_was_earned():
    def earned(*arguments):
        columns = np.nonzero(np.all(seen(*arguments)[1][70:190] == riverswim.canvas.GOOD, axis=-1))[1]
        return "none" if len(columns) == 0 else ("left" if columns.max() < 320 else "right")

    assert earned(6, "classic", 0, LEFT, 0.005) == "left"
    assert earned(6, "classic", 4, RIGHT, 1.0) == "right"
    assert earned(6, "classic", 5, RIGHT, 0.0) == earned(6, "classic", 0) == "none"


def test_the_text_shows_the_river():
    text, _ = seen(6, "classic", 2, RIGHT)
    assert text.splitlines()[0] == "[0.005]~~o~~~[1]"
    assert "place 2 of 0..5  step 8  action right  reward 0  total 2" in text
    assert seen(1000, "statrl", 999)[0].splitlines()[0] == "..." + "~" * 39 + "o[1]"
    assert seen(1000, "statrl", 500)[0].splitlines()[0].count("~") == 39
