"""Checks of an environment's kernels: declaration, equality, determinism, exact model, pictures."""

from __future__ import annotations

import numpy as np

from ..envs.core.batch import MODES, Batch, _arrays
from ..envs.core.environment import Environment
from ..envs.core.model import enumerate_model
from .walker import Walker

STEPS, COSTLY_STEPS = 60, 12
LANES = 5
MODEL_LIMIT = 20_000


def check_declaration(environment: Environment) -> None:
    """Observations lie in their space, rewards in the declared range, and distributions sum to 1."""
    spec = environment.spec
    walker = Walker(environment, seed=11)
    generator = np.random.default_rng(11)
    _check_observation(environment, walker.reset())
    for _ in range(few_steps(environment)):
        observation, rewards, terminated, truncated = walker.step(_legal_actions(walker, generator))
        _check_observation(environment, observation)
        low, high = spec.reward_range
        assert np.all(np.isfinite(rewards)), f"reward {rewards} is not finite"
        assert np.all((rewards >= low) & (rewards <= high)), f"reward {rewards} lies outside {spec.reward_range}"
        assert set(walker.info()) == set(spec.info)
        assert not (terminated and spec.criterion.kind == "gain"), "a task judged by its gain terminated"
        if terminated or truncated:
            _check_observation(environment, walker.reset())


def check_equality(environment: Environment) -> None:
    """Every lane of a batch equals plain Python to the last bit, in all three autoreset modes."""
    for mode in MODES:
        batch = Batch(environment, LANES, autoreset=mode)
        walkers = [Walker(environment, seed=70 + lane) for lane in range(LANES)]
        generator = np.random.default_rng(5)
        np.testing.assert_array_equal(batch.reset(seed=70), np.stack([walker.reset() for walker in walkers]))
        waiting = np.zeros(LANES, bool)
        for _ in range(few_steps(environment)):
            actions = np.stack([_legal_actions(walker, generator) for walker in walkers])
            observations, rewards, terminated, truncated = batch.step(actions)
            for lane, walker in enumerate(walkers):
                if waiting[lane]:  # next_step: this step was the reset
                    expected = (walker.reset(), np.zeros(environment.spec.players), False, False)
                else:
                    expected = walker.step(actions[lane])
                shown = observations[lane]
                if mode == "same_step" and (expected[2] or expected[3]):
                    np.testing.assert_array_equal(batch.final_observation[lane], expected[0])
                    expected = (walker.reset(), *expected[1:])
                np.testing.assert_array_equal(shown, expected[0])
                np.testing.assert_array_equal(rewards[lane], expected[1])
                assert (bool(terminated[lane]), bool(truncated[lane])) == expected[2:]
                assert {name: column[lane] for name, column in batch.info().items()} == walker.info()
            waiting = (terminated | truncated) & (mode == "next_step")
            if mode == "disabled" and batch.done.any():
                ended = batch.done.copy()
                observations = batch.reset(mask=ended)
                for place in np.flatnonzero(ended):
                    np.testing.assert_array_equal(observations[place], walkers[place].reset())


def check_determinism(environment: Environment) -> None:
    """Equal seeds give equal runs for 500 steps, a different seed another one unless all chance is certain; snapshots
    go back exactly.
    """

    def run(batch: Batch, steps: int) -> list[np.ndarray]:
        generator = np.random.default_rng(3)
        trace = []
        for _ in range(steps):
            observations, rewards, terminated, truncated = batch.step(legal_batch(batch, generator))
            trace += [observations.copy(), rewards.copy(), terminated.copy(), truncated.copy()]
        return trace

    def fresh(seed: int) -> Batch:
        batch = Batch(environment, LANES)
        batch.reset(seed=seed)
        return batch

    steps = 50 if environment.spec.guarded else 500
    first, second, other = run(fresh(1), steps), run(fresh(1), steps), run(fresh(1_000), steps)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True)), "equal seeds gave different runs"
    random = environment.spec.sampled or _is_uncertain(environment)
    same = all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))
    assert not (random and same), "different seeds gave the same run"
    batch = fresh(2)
    run(batch, 20)
    snapshot = batch.get_state()
    once = run(batch, 20)
    batch.set_state(snapshot)
    assert all(np.array_equal(a, b) for a, b in zip(once, run(batch, 20), strict=True)), "a snapshot did not go back"


def check_lanes(environment: Environment) -> None:
    """Resets without a seed vary, and no lane is a copy of its neighbour, nor its copy shifted by one draw.

    With a start drawn from at least two equally likely outcomes, 64 draws of two lanes agree with probability 2**-64.
    """
    if not _random_start(environment):
        return
    resets, lanes = 64, 8
    batch = Batch(environment, lanes)
    batch.reset(seed=21)
    starts = []
    for _ in range(resets):
        batch.reset()
        starts.append(np.concatenate([array.reshape(lanes, -1) for array in _arrays(batch.state)], axis=1))
    drawn = np.array(starts)
    assert not np.all(drawn[0] == drawn[1:]), "resets without a seed do not vary"
    for lane in range(lanes - 1):
        one, next_one = drawn[:, lane], drawn[:, lane + 1]
        assert not np.array_equal(one, next_one), f"lanes {lane} and {lane + 1} are the same"
        assert not np.array_equal(one[1:], next_one[:-1]), f"lane {lane + 1} is lane {lane} shifted by one draw"


def check_model(environment: Environment) -> None:
    """The frequencies of simulated transitions and the mean rewards agree with the exact model.

    Each of the most visited rows is compared by its total variation distance. For n draws from k outcomes the mean of
    that distance is at most sqrt(k / n) / 2, and it exceeds its mean by more than sqrt(ln(1 / delta) / (2 n)) with
    probability at most delta (McDiarmid); delta is 1e-9 for all rows together. The mean of n rewards in a range of
    width w exceeds its expectation by more than w * sqrt(ln(1 / delta) / (2 n)) with probability at most delta
    (Hoeffding).
    """
    spec = environment.spec
    if not environment.has_model:
        return
    try:
        model = enumerate_model(environment, limit=MODEL_LIMIT)
    except ValueError:
        return  # too many states for a check; the engine's own tests cover the limit
    sums = np.asarray(model.transitions.sum(axis=1)).reshape(model.size, model.joint_actions)
    np.testing.assert_allclose(sums, np.repeat(~model.terminal[:, None], model.joint_actions, axis=1), atol=1e-12)
    np.testing.assert_allclose(model.initial.sum(), 1.0, atol=1e-12)
    batch = Batch(environment, 500, autoreset="next_step")
    batch.reset(seed=9)
    generator = np.random.default_rng(9)
    counts: dict[int, dict[int, int]] = {}
    earned: dict[int, np.ndarray] = {}
    before = model.locate(batch)
    for _ in range(40):
        waiting = batch.done.copy()
        actions = legal_batch(batch, generator)
        joint = np.ravel_multi_index(tuple(actions.T), spec.actions)
        batch.step(actions)
        after = model.locate(batch)
        rows = before * model.joint_actions + joint
        for row, successor, reward in zip(rows[~waiting], after[~waiting], batch.reward[~waiting], strict=True):
            row_counts = counts.setdefault(int(row), {})
            row_counts[int(successor)] = row_counts.get(int(successor), 0) + 1
            earned[int(row)] = earned.get(int(row), 0.0) + reward
        before = after
    most = sorted(counts, key=lambda row: -sum(counts[row].values()))[:200]
    for row in most:
        exact = model.transitions[row].toarray()[0]
        total = sum(counts[row].values())
        seen = np.zeros(model.size)
        seen[list(counts[row])] = np.array(list(counts[row].values())) / total
        assert not np.any((seen > 0) & (exact == 0)), f"row {row}: a transition that the model excludes"
        outcomes = np.count_nonzero(exact)
        bound = np.sqrt(outcomes / total) / 2 + np.sqrt(np.log(len(most) / 1e-9) / (2 * total))
        distance = np.abs(seen - exact).sum() / 2
        assert distance <= bound, f"row {row}: total variation {distance:.4f} exceeds {bound:.4f} after {total} draws"
        low, high = spec.reward_range
        slack = (high - low) * np.sqrt(np.log(2 * spec.players * len(most) / 1e-9) / (2 * total))
        wrong = np.abs(earned[row] / total - model.rewards.reshape(-1, spec.players)[row])
        assert np.all(wrong <= slack + 1e-9), f"row {row}: the mean reward is {wrong} away from the model's"


def check_pictures(environment: Environment) -> None:
    """The text and the frame of a state exist, are not empty, and change when the state does."""
    from ..envs.core.environment import Last

    batch = Batch(environment, 1)
    batch.reset(seed=4)
    zero = np.zeros(environment.spec.players)
    last = Last(0, None, zero, zero)
    assert environment.ansi is not None and environment.paint is not None, f"{environment.id} has no picture"
    arguments = (environment.params, batch.state, 0)
    text, frame = environment.ansi(*arguments, last), environment.paint(*arguments, last)
    assert isinstance(text, str) and text.strip()
    assert frame.dtype == np.uint8 and frame.ndim == 3 and frame.shape[2] == 3
    assert min(frame.shape[:2]) >= 64 and len(np.unique(frame.reshape(-1, 3), axis=0)) > 2
    actions = np.zeros((1, environment.spec.players), np.int64)
    _, rewards, _, _ = batch.step(actions)
    after = environment.paint(*arguments, Last(1, actions[0], rewards[0].copy(), rewards[0].copy()))
    assert after.shape == frame.shape and not np.array_equal(after, frame), "the frame does not show the step"


def few_steps(environment: Environment) -> int:
    """Return how many steps a check takes where a step may be costly."""
    return COSTLY_STEPS if environment.spec.guarded else STEPS


def _legal_actions(walker: Walker, generator: np.random.Generator) -> np.ndarray:
    return np.array([generator.choice(np.flatnonzero(row)) for row in walker.legal()])


def legal_batch(batch: Batch, generator: np.random.Generator) -> np.ndarray:
    """Draw uniformly among the legal actions: the k-th legal one where k is uniform below their number."""
    mask = batch.legal()
    rank = (generator.random(mask.shape[:2]) * mask.sum(axis=2)).astype(np.int64)
    return np.argmax(np.cumsum(mask, axis=2) > rank[:, :, None], axis=2)


def _check_observation(environment: Environment, observation: np.ndarray) -> None:
    declared = environment.spec.observation
    assert observation.dtype == declared.dtype
    if declared.kind == "integer":
        assert np.all((observation >= 0) & (observation < np.array(declared.sizes))), f"observation {observation}"
    elif declared.kind == "vector":
        low, high = np.array(declared.low, declared.dtype), np.array(declared.high, declared.dtype)
        for player, size in enumerate(declared.sizes):
            row = observation[player, :size]
            assert np.all((row >= low[:size]) & (row <= high[:size])), f"observation {row} of player {player}"


def _is_uncertain(environment: Environment) -> bool:
    """Whether a few steps meet a distribution that is not certain."""
    walker = Walker(environment, seed=15)
    generator = np.random.default_rng(15)
    ended = True
    for _ in range(few_steps(environment)):
        if ended:
            walker.reset()
        ended = any(walker.step(_legal_actions(walker, generator))[2:])
    return walker.uncertain


def _random_start(environment: Environment) -> bool:
    """Whether one lane begins in several states (one lane: it has to work when lanes are not independent)."""
    batch = Batch(environment, 1)
    batch.reset(seed=0)
    first = [array.copy() for array in _arrays(batch.state)]
    for _ in range(100):
        batch.reset()
        if not all(map(np.array_equal, first, _arrays(batch.state))):
            return True
    return False
