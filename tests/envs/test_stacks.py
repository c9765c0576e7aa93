"""Stacks against stacks kept in plain Python, their exact models, and their cache."""

import dataclasses
import json
import os
import subprocess
import sys
import textwrap
from itertools import pairwise

import numpy as np
import pytest

import regretlab
from regretlab.envs.api.rendering import draw
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import from_module
from regretlab.envs.core.history import previous_action
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.core.spec import Observation
from regretlab.envs.core.stacks import (
    adaptive_stack,
    base_actions,
    decode,
    frame_stack,
    managed,
    oracle_stack,
    push_skip,
    stack_size,
)
from regretlab.solvers.criteria import evaluate, optimum
from regretlab.solvers.memoryless import best_memoryless
from regretlab.solvers.model_data import uniform_policy
from regretlab.testing import check_declaration, check_determinism, check_environment, check_equality

EMPTY = -1
KINDS = [frame_stack, adaptive_stack, push_skip, oracle_stack, managed]


def tmaze(length=4, **knobs):
    return build("TMazePassive-v0", length=length, **knobs)


def notes(*, vector=False, masked=False):
    """A toy with staged chance that depends on the action, payoffs, info, and masks if asked for."""
    return from_module("toys.notes", "toys/Notes-v0", {"vector": vector, "masked": masked})


def dropped(kind, stack, memory, needed):
    """The slot that is dropped, by the definitions: 0 the oldest."""
    if kind in (oracle_stack, managed):
        for slot, x in enumerate(stack):
            if x == EMPTY or not needed >> x & 1 or x in stack[slot + 1 :]:
                return slot
        return 0
    return {frame_stack: 0, adaptive_stack: memory, push_skip: (0, len(stack) - 1)[memory % 2]}[kind]


@pytest.mark.parametrize("pad", ["zero", "first"])
@pytest.mark.parametrize("k", [1, 2, 3, 7])
@pytest.mark.parametrize("autoreset", ["next_step", "same_step"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_stack_is_that_of_plain_python(kind, autoreset, k, pad):
    inner, lanes = notes(), 12
    environment = kind(inner, k, pad=pad)
    stacked, plain = (Batch(each, lanes, autoreset=autoreset, max_episode_steps=5) for each in (environment, inner))
    generator = np.random.default_rng(0)
    seen, raw = stacked.reset(seed=3).copy(), plain.reset(seed=3).copy()

    def fresh(lane):
        return [raw[lane, 0] if pad == "first" else EMPTY] * (k - 1) + [raw[lane, 0]]

    stacks = [fresh(lane) for lane in range(lanes)]
    done = np.zeros(lanes, bool)
    for _ in range(25):
        assert decode(environment, seen[:, 0]).tolist() == stacks
        actions = generator.integers(0, environment.spec.actions[0], (lanes, 1))
        needed = plain.info()["needed"].astype(int)
        slots = [dropped(kind, stacks[lane], actions[lane, 0] // 3, needed[lane]) for lane in range(lanes)]
        seen, *outcome = (part.copy() for part in stacked.step(actions))
        raw, *expected = (part.copy() for part in plain.step(actions % 3))
        for part, other in zip(outcome, expected, strict=True):
            np.testing.assert_array_equal(part, other)
        assert {name: each.tolist() for name, each in stacked.info().items()} == {
            name: each.tolist() for name, each in plain.info().items()
        }
        ended = outcome[1] | outcome[2]
        for lane in range(lanes):
            kept = stacks[lane][: slots[lane]] + stacks[lane][slots[lane] + 1 :]
            new = ended[lane] if autoreset == "same_step" else done[lane]
            if new and autoreset == "same_step":
                final = [*kept, plain.final_observation[lane, 0]]
                assert decode(environment, stacked.final_observation[lane, 0]).tolist() == final
            stacks[lane] = fresh(lane) if new else [*kept, raw[lane, 0]]
        done = ended


@pytest.mark.parametrize("pad", ["zero", "first"])
@pytest.mark.parametrize("kind", [frame_stack, adaptive_stack, push_skip])
def test_stacks_of_vectors_are_those_of_plain_python(kind, pad):
    inner, lanes, k = notes(vector=True), 6, 3
    environment = kind(inner, k, pad=pad)
    low, high = environment.spec.observation.low, environment.spec.observation.high
    assert (low[:2], low[-2:], high[:2], high[-2:]) == ((0, -7), (1, -7), (5, 0), (5, 0))  # zeros in empty slots only
    stacked, plain = (Batch(each, lanes, autoreset="disabled") for each in (environment, inner))
    generator = np.random.default_rng(0)
    seen, raw = stacked.reset(seed=3), plain.reset(seed=3)
    stacks = [[row if pad == "first" else 0 * row] * (k - 1) + [row] for row in raw[:, 0].copy()]
    for _ in range(7):
        np.testing.assert_array_equal(seen[:, 0], np.reshape(stacks, (lanes, k * 2)))
        actions = generator.integers(0, environment.spec.actions[0], (lanes, 1))
        seen, raw = stacked.step(actions)[0], plain.step(actions % 3)[0]
        for lane in range(lanes):
            del stacks[lane][dropped(kind, stacks[lane], actions[lane, 0] // 3, 0)]
            stacks[lane].append(raw[lane, 0].copy())


def run(environment, actions, outcome=1):
    """The stacks of an episode that starts with the ``outcome``."""
    batch = Batch(environment, 1)
    shown = [batch.reset(seed=0, outcome=outcome)[0, 0], *(batch.step(np.array([a]))[0][0, 0] for a in actions)]
    return decode(environment, shown).tolist()


def test_a_run_of_adaptive_stacks():
    # Nangue Tasse et al. 2025, the code's semantics: k = 3, memory actions (0, 0, 1) make of x0, x1, ... the stacks
    # [P, P, x0], [P, x0, x1], [x0, x1, x2], [x0, x2, x3]. The T-maze of length 4 shows its cue (3, green), the corridor
    # twice (0), the junction (1). Action 1 moves on; a joint action is 1 + 4 * memory action.
    expected = [[-1, -1, 3], [-1, 3, 0], [3, 0, 0], [3, 0, 1]]
    assert run(adaptive_stack(tmaze(4), 3), [1, 1, 1 + 4 * 1]) == expected
    assert run(frame_stack(tmaze(4), 3), [1, 1, 1]) == [*expected[:3], [0, 0, 1]]


def test_dropping_the_oldest_is_a_window_and_dropping_the_newest_keeps_the_empty_slots():
    generator = np.random.default_rng(1)
    inner = notes()
    for k in (2, 5):
        adaptive, window = adaptive_stack(inner, k), frame_stack(inner, k)
        batches = [Batch(each, 8) for each in (adaptive, window, adaptive)]
        for batch in batches:
            batch.reset(seed=2)
        for _ in range(40):
            actions = generator.integers(0, 3, 8)
            oldest, expected = batches[0].step(actions)[0], batches[1].step(actions)[0]
            newest = batches[2].step(actions + 3 * (k - 1))[0]
            np.testing.assert_array_equal(decode(adaptive, oldest), decode(window, expected))
            assert np.all(decode(adaptive, newest)[..., :-1] == EMPTY)


def test_push_is_the_oldest_and_skip_the_newest_slot():
    inner, k = notes(), 4
    batches = [Batch(each, 8) for each in (push_skip(inner, k), adaptive_stack(inner, k))]
    for batch in batches:
        batch.reset(seed=2)
    generator = np.random.default_rng(1)
    for _ in range(40):
        own, skip = generator.integers(0, 3, 8), generator.integers(0, 2, 8)
        np.testing.assert_array_equal(batches[0].step(own + 3 * skip)[0], batches[1].step(own + 3 * (k - 1) * skip)[0])


def test_an_oracle_holds_the_cue():
    assert run(oracle_stack(tmaze(5), 2), [1] * 4) == [[-1, 3], [3, 0], [3, 0], [3, 0], [3, 1]]


def test_a_managed_stack_differs_from_an_adaptive_one_by_its_management_alone():
    inner = notes()
    own, oracle, adaptive = managed(inner, 3), oracle_stack(inner, 3), adaptive_stack(inner, 3)
    assert (own.spec.actions, own.spec.observation) == (adaptive.spec.actions, adaptive.spec.observation)
    batches = [Batch(each, 8) for each in (own, oracle)]
    for batch in batches:
        batch.reset(seed=2)
    for actions in np.random.default_rng(0).integers(0, 9, (40, 8)):
        np.testing.assert_array_equal(batches[0].step(actions)[0], batches[1].step(actions % 3)[0])


def test_what_a_stack_declares():
    inner = notes()
    joint, split = adaptive_stack(inner, 3), adaptive_stack(inner, 3, heads="split")
    assert joint.spec.actions == split.spec.actions == (9,)  # a = action + A * memory action
    assert (joint.spec.heads, split.spec.heads) == ((), (3, 3))
    assert joint.spec.action_names[0][:4] == ("stay, drop 0", "walk, drop 0", "run, drop 0", "stay, drop 1")
    assert push_skip(inner, 3, heads="split").spec.heads == (3, 2)
    assert push_skip(inner, 3).spec.action_names[0][-1] == "run, skip"
    assert adaptive_stack(push_skip(inner, 2, heads="split"), 2, heads="split").spec.heads == (3, 2, 2)
    assert joint.spec.observation.sizes == (6**3,)
    assert [stack_size(each) for each in (joint, frame_stack(inner, 1), inner)] == [3, 1, None]
    assert [base_actions(each) for each in (joint, frame_stack(inner, 2), inner)] == [3, 3, 3]
    assert frame_stack(inner, 2).spec.action_names == inner.spec.action_names


def test_masks_and_counterfactual_rewards_are_those_of_the_action_inside():
    inner, k = notes(masked=True), 3
    stacked, plain = Batch(adaptive_stack(inner, k), 5), Batch(inner, 5)
    for batch in (stacked, plain):
        batch.reset(seed=4)
    np.testing.assert_array_equal(stacked.legal(), np.tile(plain.legal(), k))
    legal = np.argmax(plain.legal()[:, 0], axis=1)
    np.testing.assert_array_equal(stacked.payoffs(legal + 3), np.tile(plain.payoffs(legal), k))
    stacked.step(legal + 6)
    plain.step(legal)
    np.testing.assert_array_equal(stacked.legal(), np.tile(plain.legal(), k))


@pytest.mark.parametrize(("length", "stacks"), [(6, 12), (16, 32)])
def test_the_number_of_stacks_of_the_passive_t_maze(length, stacks):
    # A table of FS(L) on TMazePassive(L) has 2 L entries where an action is taken: one for each cue and step.
    model = enumerate_model(frame_stack(tmaze(length), length))
    assert len(np.unique(model.observations[~model.terminal])) == stacks


@pytest.mark.parametrize("length", [6, 16])
def test_the_number_of_adaptive_stacks_of_the_passive_t_maze(length):
    # [P, cue], [P | cue, corridor] and, at the end, [P | cue | corridor, junction]: 2 + 3 + 4 and, where the corridor
    # is at least 2 cells long, [corridor, corridor], for any length.
    model = enumerate_model(adaptive_stack(tmaze(length), 2))
    assert len(np.unique(model.observations[~model.terminal])) == 10


@pytest.mark.parametrize("length", [3, 5, 6])
def test_a_window_as_long_as_the_corridor_suffices_and_a_shorter_one_is_worth_nothing(length):
    # Capacity of frame stacking on TMazePassive(L): FS(L - 1) 0, FS(L) 1, whatever the pads tell of the time.
    short, long = (enumerate_model(frame_stack(tmaze(length), k)) for k in (length - 1, length))
    assert best_memoryless(short, limit=10**6).value == pytest.approx(0, abs=1e-12)
    assert best_memoryless(long, limit=10**6).value == pytest.approx(1, abs=1e-12)


def test_an_adaptive_stack_of_two_suffices_and_one_of_one_is_worth_nothing():
    # Capacity of adaptive stacking on TMazePassive(L): AS(1) 0, AS(2) 1. The policy: drop what is older, but never a
    # colour; at the junction go up if the stack says red.
    environment = adaptive_stack(tmaze(7), 2)
    model = enumerate_model(environment)
    policy = np.zeros((model.size, 8))
    for state, (old, new) in enumerate(decode(environment, model.observations[:, 0])):
        policy[state, (0 if old in (-1, 2) else 2) + 4 * (old in (2, 3) and new not in (2, 3))] = 1.0
    assert evaluate(model, policy).value == pytest.approx(1, abs=1e-12)
    assert best_memoryless(enumerate_model(adaptive_stack(tmaze(7), 1)), limit=10**6).value == pytest.approx(
        0, abs=1e-12
    )


@pytest.mark.parametrize("kind", [frame_stack, adaptive_stack])
def test_a_stack_changes_neither_the_optimum_nor_uniform_play(kind):
    inner = tmaze(5, random_length=True)
    model, stacked = enumerate_model(inner), enumerate_model(kind(inner, 3))
    assert optimum(stacked).value == pytest.approx(optimum(model).value, abs=1e-12)
    assert evaluate(stacked, uniform_policy(stacked)).value == pytest.approx(
        evaluate(model, uniform_policy(model)).value, abs=1e-12
    )
    certificate = kind(inner, 3).certify()
    assert (certificate.optimal, certificate.random) == (inner.certify().optimal, inner.certify().random)
    assert certificate.memoryless is None


@pytest.mark.parametrize(
    "environment",
    [
        frame_stack(build("TMazeContinual-v0", length=4), 3),
        adaptive_stack(build("RiverSwim-v0", states=3), 2),
        adaptive_stack(tmaze(3), 2, heads="split"),
        managed(tmaze(3), 2, pad="first"),
    ],
    ids=["window", "adaptive", "split", "managed"],
)
def test_a_stack_passes_the_kit(environment):
    check_environment(environment)


@pytest.mark.parametrize("check", [check_declaration, check_equality, check_determinism])
@pytest.mark.parametrize("knobs", [{"masked": True}, {"vector": True}], ids=str)
def test_stacks_of_what_has_no_model_pass_the_kit(check, knobs):
    check(adaptive_stack(notes(**knobs), 3))


def test_stacks_of_stacks():
    # Two stacks of 2 make the window of 3: the upper stack holds the last two lower ones, which overlap in one entry.
    inner = tmaze(6)
    lower = frame_stack(inner, 2)
    upper, window = frame_stack(lower, 2), frame_stack(inner, 3)
    for pair, expected in zip(run(upper, [1] * 5), run(window, [1] * 5), strict=True):
        older, newer = (decode(lower, each).tolist() if each >= 0 else [EMPTY, EMPTY] for each in pair)
        assert older[1] == newer[0]
        assert [*older, newer[1]] == expected


def pictures(environment, actions):
    batch = Batch(environment, 1)
    rewards = np.zeros((1, 1))
    batch.reset(seed=0, outcome=0)
    for action in actions:
        _, rewards, *_ = batch.step(np.array([action]))
    last = np.array([[actions[-1] if actions else 0]])
    return tuple(draw(batch, 0, mode, last, rewards) for mode in ("ansi", "rgb_array"))


def test_pictures_show_the_environment_inside_and_the_memory_below():
    inner = tmaze(5)
    text, frame = pictures(inner, [1, 1])
    shown, strip = pictures(adaptive_stack(inner, 3), [1, 1 + 4 * 2])
    assert shown == f"{text}\nmemory: [empty] [red] > [corridor]"  # the first corridor was dropped
    np.testing.assert_array_equal(strip[: len(frame)], frame)
    others = [pictures(adaptive_stack(inner, 3), actions)[1] for actions in ([], [1], [1, 1])]
    assert {each.shape for each in others} == {strip.shape}
    assert not np.array_equal(others[2][len(frame) :], strip[len(frame) :])


def test_pictures_of_long_stacks_show_the_newest_twelve():
    text, frame = pictures(frame_stack(tmaze(20), 15), [1] * 16)
    assert text.splitlines()[-1] == f"memory: ...{' [corridor]' * 11} > [corridor]"
    assert frame.shape[1] == 640


def test_pictures_of_vectors_show_numbers():
    text = pictures(frame_stack(notes(vector=True), 2), [2])[0]
    assert text.splitlines()[-1].startswith("memory: [1 0] > [")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("k", "error", "message"),
    [
        (0, ValueError, "k=0 is not allowed"),
        (2.0, TypeError, r"k=2\.0 is not allowed"),
        (True, TypeError, "k=True"),
        (27, ValueError, r"k=27 is not allowed.*with 4 observations k is at most 26"),
        (10**9, ValueError, "k is at most 26"),
    ],
)
def test_a_wrong_k_is_refused(kind, k, error, message):
    with pytest.raises(error, match=message):
        kind(tmaze(), k)


def test_other_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="pad='one' is not allowed: pad must be 'zero' or 'first'"):
        frame_stack(tmaze(), 2, pad="one")
    with pytest.raises(ValueError, match="heads='two' is not allowed: heads must be 'joint' or 'split'"):
        adaptive_stack(tmaze(), 2, heads="two")
    with pytest.raises(ValueError, match=r"at most 1,048,576 numbers in a stack.* k is at most 524288"):
        frame_stack(notes(vector=True), 2**20)


@pytest.mark.parametrize("joint", [8, -1])
def test_a_memory_action_out_of_range_is_refused(joint):
    batch = Batch(adaptive_stack(tmaze(), 2), 1)
    batch.reset(seed=0)
    with pytest.raises(ValueError, match=f"action {joint} of player 0 in lane 0 is not allowed: it must be 0 to 7"):
        batch.step(np.array([joint]))


def test_the_largest_stack_does_not_overflow():
    environment = adaptive_stack(tmaze(40), 26)  # 5**26 < 2**62 < 5**27
    assert environment.spec.observation.sizes == (5**26,)
    batch = Batch(environment, 1)
    batch.reset(seed=0, outcome=1)
    shown = [int(batch.step(np.array([1]))[0][0, 0]) for _ in range(25)]
    assert all(before < after for before, after in pairwise(shown))
    assert decode(environment, shown[-1]).tolist() == [3, *[0] * 25]


def test_only_one_player_with_integers_or_vectors():
    with pytest.raises(ValueError, match=r"2 players.*a stack takes one player and integer or vector observations"):
        frame_stack(build("IteratedGame-v0"), 2)
    with pytest.raises(ValueError, match="image observations: a stack takes"):
        frame_stack(from_module("toys.lamp", "toys/Lamp-v0", {"side": 2}), 2)


@pytest.mark.parametrize("kind", [oracle_stack, managed])
@pytest.mark.parametrize("inner", [build("RiverSwim-v0"), notes(vector=True), previous_action(tmaze())])
def test_an_oracle_must_be_told_what_is_needed(kind, inner):
    with pytest.raises(ValueError, match="does not tell which of its observations are needed"):
        kind(inner, 2)


def test_an_oracle_is_told_a_set_of_at_most_52():
    many = dataclasses.replace(notes(), spec=dataclasses.replace(notes().spec, observation=Observation.integers(53)))
    with pytest.raises(ValueError, match="at most 52 integer observations"):
        oracle_stack(many, 2)


@pytest.mark.parametrize("environment", [notes(), frame_stack(notes(vector=True), 2)], ids=["no stack", "vectors"])
def test_only_stacks_of_integers_are_decoded(environment):
    with pytest.raises(ValueError, match="there is nothing to decode"):
        decode(environment, 0)


def test_a_certificate_that_is_solved_stays_to_be_solved():
    assert frame_stack(notes(), 2).certify is None
    assert regretlab.certificate(frame_stack(notes(), 2)).optimal.value == pytest.approx(
        regretlab.certificate(notes()).optimal.value, abs=1e-9
    )


def test_a_second_process_compiles_nothing_for_any_k(tmp_path):
    code = """
        import json
        import numpy as np
        import regretlab
        from regretlab.envs.core.batch import Batch
        from regretlab.envs.core.stacks import adaptive_stack
        from regretlab.envs.core.fusing import cache_statistics
        from regretlab.envs.core.registry import build
        for length, k in ((4, 2), (6, 3), (6, 9)):
            batch = Batch(adaptive_stack(build("TMazePassive-v0", length=length), k), 2)
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
