import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import regretlab  # noqa: F401 (registers the environments)
from regretlab.baselines import load, mixed_play
from regretlab.baselines.mixed_play import MixedPlay
from regretlab.solvers.normal_form import action_values, expected_payoffs, product_joint

#: Three players with 2, 3 and 4 actions.
GAME = np.random.default_rng(5).uniform(-3.0, 5.0, (3, 2, 3, 4))
SIZES = GAME.shape[1:]
PENNIES = np.array([[[1.0, -1.0], [-1.0, 1.0]], [[-1.0, 1.0], [1.0, -1.0]]])


def own(padded):
    return [row[:size] for row, size in zip(padded, SIZES, strict=True)]


def test_hedge_among_three_players_is_that_of_numpy():
    # Multiplicative weights, written with the solver's action values (solvers/normal_form.py).
    rounds, eta = 40, 0.3
    play = MixedPlay(GAME, load("hedge", eta=eta), record=True)
    totals = play.advance(rounds)
    low, width = GAME.min(), np.ptp(GAME)
    weights = [np.ones(size) for size in SIZES]
    joint, rewards = np.zeros(SIZES), np.zeros(3)
    gains = [np.zeros((size, size)) for size in SIZES]
    for t in range(rounds):
        profile = [each / each.sum() for each in weights]
        values = action_values(GAME, profile)
        for k in range(3):
            np.testing.assert_allclose(own(play.record.policies[t, 0])[k], profile[k], rtol=1e-12)
            np.testing.assert_allclose(own(play.record.values[t, 0])[k], values[k], rtol=1e-12)
            gains[k] += np.outer(profile[k], values[k])
            weights[k] *= np.exp(eta * (values[k] - low) / width)
        joint += product_joint(profile)
        rewards += expected_payoffs(GAME, profile)
    np.testing.assert_allclose(totals.joint[0].reshape(SIZES), joint, rtol=1e-12)
    np.testing.assert_allclose(totals.rewards[0], rewards, rtol=1e-12)
    for k, size in enumerate(SIZES):
        np.testing.assert_allclose(totals.gains[0, k, :size, :size], gains[k], rtol=1e-11)
        np.testing.assert_allclose(totals.policies[0, k, :size], play.record.policies[:, 0, k, :size].sum(axis=0))
        np.testing.assert_allclose(own(play.policies[0])[k], weights[k] / weights[k].sum(), rtol=1e-12)
    assert not totals.policies[0, 0, 2:].any() and not totals.gains[0, 1, 3:].any()


def test_the_totals_agree_with_each_other():
    totals = MixedPlay(GAME, load("regret_matching"), lanes=2).advance(50)
    assert totals.rounds == 50
    np.testing.assert_allclose(totals.joint.sum(axis=1), 50)
    np.testing.assert_allclose(totals.joint @ GAME.reshape(3, -1).T, totals.rewards)
    np.testing.assert_allclose(np.trace(totals.gains, axis1=2, axis2=3), totals.rewards)


def test_lanes_differ_by_their_start_only():
    starts = np.random.default_rng(1).dirichlet([1.0, 1.0], (3, 2))
    many = MixedPlay(PENNIES, load("optimistic_hedge"), lanes=3, start=starts)
    np.testing.assert_allclose(many.policies, starts, rtol=1e-12)
    totals = many.advance(30)
    for lane in range(3):
        alone = MixedPlay(PENNIES, load("optimistic_hedge"), start=starts[lane]).advance(30)
        for part, whole in zip(alone[1:], totals[1:], strict=True):
            np.testing.assert_array_equal(part[0], whole[lane])
    same = MixedPlay(PENNIES, load("optimistic_hedge"), lanes=3, start=starts[0])
    assert len(np.unique(same.policies, axis=0)) == 1


@pytest.mark.parametrize("chunk", [1, mixed_play.CHUNK])
def test_the_length_of_the_blocks_does_not_matter(identical, monkeypatch, chunk):
    whole = MixedPlay(GAME, load("predictive_regret_matching"), record=True)
    totals = whole.advance(25)
    monkeypatch.setattr(mixed_play, "CHUNK", chunk)
    parts = MixedPlay(GAME, load("predictive_regret_matching"), record=True)
    blocks = [parts.advance(rounds) for rounds in (1, 20, 0, 4)]
    assert identical(whole.state, parts.state) and identical(whole.record, parts.record)
    np.testing.assert_allclose(totals.gains, sum(block.gains for block in blocks), rtol=1e-13)


def test_showing_the_policies_changes_nothing(identical):
    one, other = (MixedPlay(GAME, load("hedge", rate="self-confident")) for _ in range(2))
    for _ in range(5):
        one.advance(3), other.advance(3)
        np.testing.assert_array_equal(one.policies, one.policies)
    assert identical(one.advance(3), other.advance(3))


def test_one_player_meets_fixed_payoffs():
    totals = MixedPlay(np.array([[1.0, 5.0, 2.0]]), load("fictitious_play")).advance(10)
    np.testing.assert_allclose(totals.policies[0, 0], [1 / 3, 9 + 1 / 3, 1 / 3])
    assert totals.rewards[0, 0] == pytest.approx(9 * 5 + 8 / 3)


def digest():
    total = hashlib.sha256()
    for name in ("hedge", "swap_regret", "fictitious_play", "replicator_mutator"):
        play = MixedPlay(GAME, load(name), record=True)
        for part in (*play.advance(30)[1:], *play.record):
            total.update(part.tobytes())
    return total.hexdigest()


def test_compiled_code_equals_plain_python_to_the_last_bit():
    script = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_mixed_play as test\n"
    plain = subprocess.run(
        [sys.executable, "-c", script + "print(test.digest())"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert plain.stdout.strip() == digest()


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("conditional_regret_matching", {}, "conditional_regret_matching exchanges no mixed actions"),
        ("q_learning", {}, "q_learning exchanges no mixed actions"),
        ("exp3", {}, "exp3 exchanges no mixed actions"),
        ("hedge", {"lanes": 0}, "lanes=0"),
        ("hedge", {"lanes": 1.5}, "lanes=1.5"),
        ("hedge", {"start": np.full((2, 3), 1 / 3)}, r"start must have the shape \(2, 2\)"),
        ("hedge", {"start": np.full((2, 2), 0.4)}, "start must hold.*row 0 sums to 0.8"),
        ("hedge", {"start": np.array([[1.5, -0.5], [0.5, 0.5]])}, r"start must hold.*entry \(0, 1\) is -0.5"),
        ("hedge", {"start": np.array([[np.nan, 1.0], [0.5, 0.5]])}, "start must hold"),
        ("hedge", {"start": np.array([[1.0, 0.0], [0.5, 0.5]])}, "policies must be positive.*least is 0.0"),
        ("stochastic_fictitious_play", {"start": np.full((2, 2), 0.5)}, "cannot begin at a given mixed action"),
    ],
)
def test_refusals(name, arguments, words):
    with pytest.raises(ValueError, match=words):
        MixedPlay(PENNIES, load(name), **arguments)


def test_refusals_of_other_things():
    with pytest.raises(ValueError, match="payoffs must have the shape"):
        MixedPlay(np.zeros((3, 2, 2)), load("hedge"))
    with pytest.raises(ValueError, match=r"start must be 0 beyond the \(2, 3, 4\) actions"):
        MixedPlay(GAME, load("hedge"), start=np.full((3, 4), 0.25))
    with pytest.raises(RuntimeError, match="record=True"):
        _ = MixedPlay(PENNIES, load("hedge")).record


def test_a_negative_number_of_rounds_is_refused():
    with pytest.raises(ValueError, match="rounds=-5 is not allowed"):
        MixedPlay(PENNIES, load("hedge")).advance(-5)
