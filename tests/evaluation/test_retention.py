"""What stood in memory: known answers of T-mazes and hand-made traces, and refusals of what is no trace."""

import numpy as np
import pytest

from regretlab.envs.core import history, stacks
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.registry import build
from regretlab.envs.core.remember import remember
from regretlab.evaluation import traces
from regretlab.evaluation.metrics import retention

CORRIDOR, JUNCTION, CUE = 0, 1, 2
PAD = -1


def passive(length):
    """The observations of a passage, and what is needed after each: the cue until the arm (T-maze of 4 ids)."""
    seen = [CUE, *[CORRIDOR] * (length - 2), JUNCTION, CUE]
    return seen, [{CUE}] * length + [set()]


def active(length):
    """The same for the optimal path that first steps back onto the cue."""
    seen, needed = passive(length)
    return [CORRIDOR if length > 2 else JUNCTION, *seen], [set(), *needed]


def oracle(stack, needed):
    """Drop the oldest slot that is not needed or that a later one repeats, else the oldest."""
    for slot, item in enumerate(stack):
        if item not in needed or item in stack[slot + 1 :]:
            return slot
    return 0


def trace(seen, needed, k, drop):
    """One lane and one episode; the entry after the end is that of the next episode, which begins alike."""
    stack = [PAD] * (k - 1) + [seen[0]]
    rows = [stack]
    for item, wanted in zip(seen[1:], needed, strict=False):
        slot = drop(stack, wanted)
        stack = [*stack[:slot], *stack[slot + 1 :], item]
        rows.append(stack)
    rows[-1] = rows[0]
    masks = [sum(1 << item for item in items) for items in needed[:-1]] + [sum(1 << item for item in needed[0])]
    ended = np.zeros((len(seen) - 1, 1), bool)
    ended[-1] = True
    return np.array(rows)[:, None], np.array(masks)[:, None], ended


def oldest(stack, needed):
    return 0


def counts(*parts):
    found = retention.memory_regret(*parts)
    return found.regret, found.forget, found.miss


# Memory regret, per episode of the optimal path: the definitions of Nangue Tasse et al. 2025 worked out by hand.


@pytest.mark.parametrize("length", [2, 4, 6, 10])
@pytest.mark.parametrize("k", [1, 2, 3, 6, 12])
def test_a_window_in_the_passive_t_maze(length, k):
    """(max(0, L - k), [k < L], 0) for k >= 2: the cue leaves the window after k steps. k = 1 never takes it up."""
    expected = (length - 1, 0, 1) if k == 1 else (max(0, length - k), int(k < length), 0)
    assert counts(*trace(*passive(length), k, oldest)) == expected


@pytest.mark.parametrize("length", [2, 4, 6, 10])
def test_the_oracle_in_the_passive_t_maze(length):
    parts = trace(*passive(length), 2, oracle)
    assert counts(*parts) == (0, 0, 0)
    assert retention.memory_regret(*parts).per_eligible_step == 0


@pytest.mark.parametrize("length", [3, 4, 6, 10])
def test_the_active_t_maze(length):
    """The step onto the cue counts, as the newest slot does not: (L - 1, 1, 0) for FS(2) and (1, 0, 0) for the oracle.

    The normalised form leaves that step out: of the L - 1 eligible steps FS(2) loses the cue after all but the first.
    """
    parts = trace(*active(length), 2, oldest)
    found = retention.memory_regret(*parts)
    assert counts(*parts) == (length - 1, 1, 0)
    assert (found.steps, found.eligible, found.lost) == (length + 1, length - 1, length - 2)
    assert found.per_100_steps == pytest.approx(100 * (length - 1) / (length + 1))
    parts = trace(*active(length), 2, oracle)
    assert counts(*parts) == (1, 0, 0)
    assert retention.memory_regret(*parts).per_eligible_step == 0


LANES = 8


def walk(environment, actions):
    """The trace of one episode in each lane, all taking the same actions."""
    batch = Batch(environment, LANES, autoreset="same_step")
    batch.reset(seed=0)
    plan = iter(actions)
    return traces.record(batch, lambda: batch.step(np.full(LANES, next(plan))), len(actions))


@pytest.mark.parametrize("length", [2, 4, 6])
def test_the_environments_give_the_same_counts(length):
    """The known counts again, from played episodes: the stacks and what is needed come from the engine."""
    right, left, up = 1, 3, 0
    maze = build("TMazePassive-v0", length=length)
    there = [right] * (length - 1) + [up]
    for stacked, expected in (
        (stacks.frame_stack(maze, 1), (length - 1, 0, 1)),
        (maze, (length - 1, 0, 1)),
        (stacks.frame_stack(maze, 2), (max(0, length - 2), int(length > 2), 0)),
        (stacks.frame_stack(maze, 5), (max(0, length - 5), int(length > 5), 0)),
        (stacks.oracle_stack(maze, 2), (0, 0, 0)),
    ):
        found = walk(stacked, there)
        assert counts(*found) == tuple(LANES * each for each in expected)
        assert found.ended[-1].all() and not found.ended[:-1].any()
    maze = build("TMazeActive-v0", length=length)
    back = [left, *there]
    for stacked, expected in (
        (stacks.frame_stack(maze, 2), (length - 1, int(length > 2), 0)),
        (stacks.oracle_stack(maze, 2), (1, 0, 0)),
    ):
        assert counts(*walk(stacked, back)) == tuple(LANES * each for each in expected)


def test_a_policy_that_skips_the_cue_misses_it():
    """Adaptive stack of 2, memory action 1 at every step: the present observation is never kept."""
    maze = build("TMazePassive-v0", length=4)
    found = walk(stacks.adaptive_stack(maze, 2), [1 + 4 * 1] * 4)
    assert counts(*found) == (3 * LANES, 0, LANES)


def test_what_cannot_be_recorded_is_refused():
    swim, maze = build("RiverSwim-v0"), build("TMazePassive-v0")
    for environment, mode, message in (
        (swim, "same_step", "'needed' in its info"),
        (maze, "disabled", "'same_step'"),
        (remember(maze, "state"), "same_step", "something else than the observations"),
        (stacks.frame_stack(history.previous_action(maze), 2), "same_step", "something else than the observations"),
    ):
        with pytest.raises(ValueError, match=message):
            traces.record(Batch(environment, 1, autoreset=mode), lambda: None, 1)


def test_lanes_add_up_and_episodes_do_not_mix():
    one = trace(*passive(4), 2, oldest)
    two = tuple(np.concatenate((part, part), axis=1) for part in one)
    assert counts(*two) == (4, 2, 0)
    # Two episodes in a row, the first with the cue of the second still needed across the end: it must not be missed.
    slots = np.array([[[PAD, 2]], [[PAD, 3]], [[3, 0]]])
    assert counts(slots, np.array([[4], [8], [8]]), np.array([[True], [False]])) == (0, 0, 0)


def test_an_item_that_is_shown_again_is_not_eligible():
    """Standing on the cue's cell: the raw form counts, the normalised form does not."""
    slots = np.array([[[0, 2]], [[0, 2]], [[2, 0]]])
    found = retention.memory_regret(slots, np.full((3, 1), 4), np.zeros((2, 1), bool))
    assert (found.regret, found.miss, found.eligible, found.lost) == (1, 1, 1, 0)


def test_an_item_that_was_not_needed_before_is_not_eligible():
    """It was let go of when nobody needed it: the raw form counts, the normalised form does not."""
    slots = np.array([[[2, 0]], [[0, 0]], [[0, 0]]])
    found = retention.memory_regret(slots, np.array([[0], [4], [4]]), np.zeros((2, 1), bool))
    assert (found.regret, found.forget, found.eligible, found.lost) == (2, 1, 1, 1)


def test_two_items_count_once_as_a_step_and_each_as_forgotten():
    """D = {2, 3}; both leave at once: one step with regret, two forgotten."""
    slots = np.array([[[2, 3, 0]], [[0, 0, 1]]])
    found = retention.memory_regret(slots, np.full((2, 1), 12), np.zeros((1, 1), bool))
    assert (found.regret, found.forget, found.miss) == (1, 2, 0)


def test_no_eligible_step_has_no_normalised_regret():
    found = retention.memory_regret(np.zeros((3, 1, 2), int), np.zeros((3, 1)), np.zeros((2, 1), bool))
    assert found.regret == 0
    with pytest.raises(ValueError, match="no step of the trace is eligible"):
        _ = found.per_eligible_step


@pytest.mark.parametrize(
    ("slots", "needed", "ended", "message"),
    [
        (np.zeros((3, 1), int), np.zeros((3, 1)), np.zeros((2, 1)), "stacks must be"),
        (np.zeros((3, 1, 2), int), np.zeros((2, 1)), np.zeros((2, 1)), r"not \(3, 1, 2\), \(2, 1\)"),
        (np.zeros((2, 1, 2), int), np.zeros((2, 1)), np.zeros((2, 1)), "stacks must be"),
        (np.zeros((3, 1, 0), int), np.zeros((3, 1)), np.zeros((2, 1)), "one slot"),
        (np.zeros((1, 1, 2), int), np.zeros((1, 1)), np.zeros((0, 1)), "at least one step"),
        (np.full((3, 1, 2), 52), np.zeros((3, 1)), np.zeros((2, 1)), "from -1 to 51"),
        (np.zeros((3, 1, 2)), np.zeros((3, 1)), np.zeros((2, 1)), "must hold integers"),
        (np.zeros((3, 1, 2), int), np.full((3, 1), 0.5), np.zeros((2, 1)), "needed must hold sets"),
        (np.zeros((3, 1, 2), int), np.full((3, 1), np.nan), np.zeros((2, 1)), "needed must hold sets"),
        (np.zeros((3, 1, 2), int), np.full((3, 1), 1e30), np.zeros((2, 1)), "needed must hold sets"),
        (np.zeros((3, 1, 2), int), np.full((3, 1), -1), np.zeros((2, 1)), "needed must hold sets"),
        (np.zeros((3, 1, 2), int), np.full((3, 1), 2.0**52), np.zeros((2, 1)), "needed must hold sets"),
    ],
)
def test_traces_that_are_none_are_refused(slots, needed, ended, message):
    with pytest.raises(ValueError, match=message):
        retention.memory_regret(slots, needed, ended)


# Retention.


@pytest.mark.parametrize(("k", "half"), [(2, 2), (4, 4), (7, 7), (8, None)])
def test_retention_of_a_window_is_a_step(k, half):
    """A window of k keeps the cue of a passage of 8 for k - 1 steps, and is asked for it until the age of 7."""
    curve = retention.retention(*trace(*passive(8), k, oldest))
    assert curve.ages.tolist() == list(range(1, 8))
    assert curve.kept.tolist() == [float(age < k) for age in range(1, 8)]
    assert curve.counts.tolist() == [1] * 7
    assert retention.half_life(curve) == half


def test_retention_counts_lanes_and_starts_again_with_each_episode():
    """Lane 0 keeps the cue of its first step, lane 1 does not; after the end nothing of the past is asked for."""
    slots = np.array([[[PAD, 2], [PAD, 2]], [[2, 0], [PAD, 0]], [[PAD, 0], [PAD, 0]]])
    needed = np.full((3, 2), 4)
    curve = retention.retention(slots, needed, np.array([[False] * 2, [True] * 2]))
    assert [part.tolist() for part in curve] == [[1], [0.5], [2]]
    assert retention.half_life(curve) == 1
    curve = retention.retention(slots, needed, np.zeros((2, 2), bool))
    assert [part.tolist() for part in curve] == [[1, 2], [0.5, 0.0], [2, 2]]


@pytest.mark.parametrize("length", [2, 6])
def test_the_correlation_horizon_of_a_passive_maze(length):
    """arXiv:2412.06531: from the event to its recall; the cue stands in x_0, the junction is x_{L-1}.

    Short-term memory is enough for a context K of at least xi: the windows of k* = L observations and more (above).
    """
    shown = np.array([2, *[0] * (length - 2), 1])
    slots = np.column_stack((np.full(length, PAD), shown))[:, None]
    needed = np.full((length, 1), 4)
    curve = retention.retention(slots, needed, np.zeros((length - 1, 1), bool))
    assert (
        retention.correlation_horizon(curve)
        == length
        == build("TMazePassive-v0", length=length).certify().facts["k_star"]
    )


def test_retention_counts_from_the_last_sight():
    slots = np.array([[[PAD, 2]], [[2, 2]], [[2, 0]]])
    curve = retention.retention(slots, np.full((3, 1), 4), np.zeros((2, 1), bool))
    assert curve.ages.tolist() == [1] and curve.counts.tolist() == [1]


def test_there_is_no_retention_where_nothing_is_needed():
    with pytest.raises(ValueError, match="nothing had to be remembered"):
        retention.retention(np.zeros((3, 1, 2), int), np.zeros((3, 1)), np.zeros((2, 1), bool))


# False memories.


def test_false_memories_of_an_xor_maze():
    """Rooms 2 or 3 to the left and to the right, junction 1; context 0: alike. Honest play stores both rooms.

    An agent that stores the left room twice always reads "alike", which is wrong in half of the four rooms.
    """
    rooms = np.array([(a, b) for a in (2, 3) for b in (2, 3)])
    contexts = (rooms[:, 0] != rooms[:, 1]).astype(int)
    honest = np.column_stack((rooms, np.ones(4, int)))
    fooled = np.column_stack((rooms[:, 0], rooms[:, 0], np.ones(4, int)))
    assert retention.implied_contexts(honest, honest, contexts).tolist() == contexts.tolist()
    implied = retention.implied_contexts(fooled, honest, contexts)
    assert implied.tolist() == [0] * 4
    assert retention.false_memory_rate(implied, contexts) == 0.5
    assert retention.false_memory_rate(contexts, contexts) == 0.0


def test_a_stack_of_two_contexts_or_of_none_implies_nothing():
    honest, contexts = [[2, 1], [2, 1], [3, 1]], [0, 1, 1]
    implied = retention.implied_contexts([[2, 1], [3, 1], [0, 1]], honest, contexts)
    assert implied.tolist() == [-1, 1, -1]
    assert retention.false_memory_rate(implied, [0, 0, 0]) == pytest.approx(1 / 3)


def test_false_memories_of_other_shapes_are_refused():
    with pytest.raises(ValueError, match="honest_contexts"):
        retention.implied_contexts([[2, 1]], [[2, 1]], [0, 1])
    with pytest.raises(ValueError, match="honest_contexts"):
        retention.implied_contexts([[2, 1]], [[2, 1]], [-1])
    with pytest.raises(ValueError, match="as long"):
        retention.false_memory_rate([0], [0, 1])
    with pytest.raises(ValueError, match="as long"):
        retention.false_memory_rate([], [])
