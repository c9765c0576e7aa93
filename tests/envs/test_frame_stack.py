"""Frame stacks against stacks kept in plain Python, their exact models, and their cache."""

import json
import os
import subprocess
import sys
import textwrap
from itertools import pairwise

import numpy as np
import pytest

from regretlab.envs.api.rendering import draw
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.frame_stack import frame_stack
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers.criteria import evaluate, optimum
from regretlab.solvers.memoryless import best_memoryless
from regretlab.solvers.model_data import uniform_policy
from regretlab.testing import check_environment

PAD = 0


def digits(observation, base, k):
    """The stack as a list, oldest first, whose entries are 1 + the observation, or `PAD`."""
    return [int(observation) // base**place % base for place in range(k - 1, -1, -1)]


def tmaze(length=4, **knobs):
    return build("TMazePassive-v0", length=length, **knobs)


@pytest.mark.parametrize("k", [2, 3, 7])
@pytest.mark.parametrize("autoreset", ["next_step", "same_step"])
@pytest.mark.parametrize("inner", [tmaze(random_length=True), build("RiverSwim-v0", states=5)], ids=["tmaze", "river"])
def test_the_stack_is_that_of_plain_python(inner, k, autoreset):
    base = inner.spec.observation.sizes[0] + 1
    stacked, plain = (
        Batch(each, 20, autoreset=autoreset, max_episode_steps=9) for each in (frame_stack(inner, k), inner)
    )
    generator = np.random.default_rng(0)
    seen, raw = stacked.reset(seed=3).copy(), plain.reset(seed=3).copy()
    stacks = [[PAD] * (k - 1) + [1 + raw[lane, 0]] for lane in range(20)]
    done = np.zeros(20, bool)
    for _ in range(40):
        assert [digits(seen[lane, 0], base, k) for lane in range(20)] == stacks
        actions = generator.integers(0, inner.spec.actions[0], (20, 1))
        seen, *outcome = (part.copy() for part in stacked.step(actions))
        raw, *expected = (part.copy() for part in plain.step(actions))
        for part, other in zip(outcome, expected, strict=True):
            np.testing.assert_array_equal(part, other)
        ended = outcome[1] | outcome[2]
        for lane in range(20):
            new = ended[lane] if autoreset == "same_step" else done[lane]
            if new and autoreset == "same_step":
                final = [*stacks[lane][1:], 1 + plain.final_observation[lane, 0]]
                assert digits(stacked.final_observation[lane, 0], base, k) == final
            stacks[lane] = [PAD] * (k - 1) + [1 + raw[lane, 0]] if new else [*stacks[lane][1:], 1 + raw[lane, 0]]
        done = ended


def test_the_first_stacks_of_a_run():
    # Adaptive Stacking with the first slot always dropped: [P, P, x0] -> [P, x0, x1] -> [x0, x1, x2] -> [x1, x2, x3].
    # The T-maze of length 4 shows its cue (3, green), the corridor twice (0), the junction (1).
    batch = Batch(frame_stack(tmaze(4), 3), 1)
    shown = [digits(batch.reset(seed=0, outcome=1)[0, 0], 5, 3)]
    for _ in range(3):
        shown.append(digits(batch.step(np.array([1]))[0][0, 0], 5, 3))
    assert shown == [[0, 0, 4], [0, 4, 1], [4, 1, 1], [1, 1, 2]]


@pytest.mark.parametrize(("length", "stacks"), [(6, 12), (16, 32)])
def test_the_number_of_stacks_of_the_passive_t_maze(length, stacks):
    # A table of FS(L) on TMazePassive(L) has 2 L entries where an action is taken: one for each cue and step.
    model = enumerate_model(frame_stack(tmaze(length), length))
    assert len(np.unique(model.observations[~model.terminal])) == stacks


@pytest.mark.parametrize("length", [3, 5, 6])
def test_a_window_as_long_as_the_corridor_suffices_and_a_shorter_one_is_worth_nothing(length):
    # Capacity of frame stacking on TMazePassive(L): FS(L - 1) 0, FS(L) 1, whatever the pads tell of the time.
    short, long = (enumerate_model(frame_stack(tmaze(length), k)) for k in (length - 1, length))
    assert best_memoryless(short, limit=10**6).value == pytest.approx(0, abs=1e-12)
    assert best_memoryless(long, limit=10**6).value == pytest.approx(1, abs=1e-12)


def test_stacking_changes_neither_the_optimum_nor_uniform_play():
    inner = tmaze(5, random_length=True)
    model, stacked = enumerate_model(inner), enumerate_model(frame_stack(inner, 3))
    assert optimum(stacked).value == pytest.approx(optimum(model).value, abs=1e-12)
    assert evaluate(stacked, uniform_policy(stacked)).value == pytest.approx(
        evaluate(model, uniform_policy(model)).value, abs=1e-12
    )
    certificate = frame_stack(inner, 3).certify()
    assert (certificate.optimal, certificate.random) == (inner.certify().optimal, inner.certify().random)
    assert certificate.memoryless is None


@pytest.mark.parametrize("inner", [tmaze(4, continual=True), build("RiverSwim-v0")], ids=["tmaze", "river"])
def test_a_stack_passes_the_kit(inner):
    check_environment(frame_stack(inner, 3))


def test_stacks_of_stacks():
    # Two stacks of 2 make the window of 3: the upper stack holds the last two lower ones, which overlap in one entry.
    inner = tmaze(6)
    twice, once = Batch(frame_stack(frame_stack(inner, 2), 2), 1), Batch(frame_stack(inner, 3), 1)
    seen, expected = twice.reset(seed=5)[0, 0], once.reset(seed=5)[0, 0]
    for _ in range(5):
        older, newer = (digits(entry - 1, 5, 2) if entry else [0, 0] for entry in digits(seen, 26, 2))
        assert older[1] == newer[0]
        assert [*older, newer[1]] == digits(expected, 5, 3)
        seen, expected = twice.step(np.array([1]))[0][0, 0], once.step(np.array([1]))[0][0, 0]


def test_pictures_are_those_of_the_environment_inside():
    inner = tmaze(5)
    stacked = frame_stack(inner, 2)
    pictures = []
    for environment in (inner, stacked):
        batch = Batch(environment, 1)
        batch.reset(seed=0)
        _, rewards, *_ = batch.step(np.array([1]))
        pictures.append(
            (
                draw(batch, 0, "ansi", np.array([[1]]), rewards),
                draw(batch, 0, "rgb_array", np.array([[1]]), rewards),
            )
        )
    assert pictures[0][0] == pictures[1][0]
    np.testing.assert_array_equal(pictures[0][1], pictures[1][1])


def test_one_observation_is_no_stack():
    inner = tmaze()
    assert frame_stack(inner, 1) is inner


@pytest.mark.parametrize(
    ("k", "error", "message"),
    [
        (0, ValueError, "k=0 is not allowed"),
        (2.0, TypeError, r"k=2\.0 is not allowed"),
        (True, TypeError, "k=True"),
        (27, ValueError, r"k=27 is not allowed.*with 4 observations k is at most 26"),
    ],
)
def test_a_wrong_k_is_refused(k, error, message):
    with pytest.raises(error, match=message):
        frame_stack(tmaze(), k)


def test_the_largest_stack_does_not_overflow():
    environment = frame_stack(tmaze(40), 26)  # 5**26 < 2**62 < 5**27
    assert environment.spec.observation.sizes == (5**26,)
    batch = Batch(environment, 1)
    batch.reset(seed=0, outcome=1)
    shown = [int(batch.step(np.array([1]))[0][0, 0]) for _ in range(25)]
    assert all(before < after for before, after in pairwise(shown))
    assert digits(shown[-1], 5, 26) == [4, *[1] * 25]


@pytest.mark.parametrize("id", ["IteratedGame-v0", "HermiteEta-v0"])
def test_only_one_player_with_integer_observations(id):
    with pytest.raises(ValueError, match="a frame stack takes one player and integer observations"):
        frame_stack(build(id), 2)


def test_a_second_process_compiles_nothing_for_any_k(tmp_path):
    code = """
        import json
        import numpy as np
        import regretlab
        from regretlab.envs.core.batch import Batch
        from regretlab.envs.core.frame_stack import frame_stack
        from regretlab.envs.core.fusing import cache_statistics
        from regretlab.envs.core.registry import build
        for length, k in ((4, 2), (6, 3), (6, 9)):
            batch = Batch(frame_stack(build("TMazePassive-v0", length=length), k), 2)
            batch.reset(seed=0)
            batch.step(np.zeros(2, np.int64))
        print(json.dumps(cache_statistics()))
    """
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_DISABLE_JIT": "0"}
    environment.pop("REGRETLAB_NO_CACHE", None)
    counts, files = [], []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, env=environment
        )
        counts.append(json.loads(done.stdout))
        files.append(sorted(path.name for path in tmp_path.rglob("*.nb*")))
    assert counts == [{"hits": 0, "misses": 2}, {"hits": 2, "misses": 0}]  # the reset and the step
    assert files[0] == files[1]
