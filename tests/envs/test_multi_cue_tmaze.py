import itertools

import numpy as np
import pytest

import regretlab
from episodes import play, windows_suffice
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.core.stacks import adaptive_stack
from regretlab.envs.memory.multi_cue_tmaze import CORRIDOR, JUNCTION, RED
from regretlab.solvers.memory_search import best_of_observation

ID = "MultiCueTMaze-v0"
SIZES = [(1, 2, 0), (1, 2, 3), (2, 2, 1), (3, 2, 2), (2, 4, 0), (3, 3, 1)]


def layout(cues, delay):
    return [*(RED + cue for cue in cues), *[CORRIDOR] * delay, *[JUNCTION] * len(cues)]


def recall(cues, delay, order):
    """The policy that remembers everything."""
    return lambda seen: right(seen, cues, delay, order) or 0


def right(seen, cues, delay, order):
    junction = len(seen) - 1 - cues - delay
    return None if junction < 0 else int(seen[junction if order == "same" else cues - 1 - junction]) - RED


@pytest.mark.parametrize("order", ["same", "reverse"])
@pytest.mark.parametrize(("cues", "colours", "delay"), SIZES)
def test_remembering_all_cues_earns_one_at_every_junction(cues, colours, delay, order):
    env = regretlab.make(ID, cues=cues, colours=colours, delay=delay, order=order)
    certificate = regretlab.certificate(ID, cues=cues, colours=colours, delay=delay, order=order)
    for start in itertools.product(range(colours), repeat=cues):
        episode = play(env, recall(cues, delay, order), start=start)
        assert episode.seen == [*layout(start, delay), CORRIDOR]
        assert episode.rewards == [*[0.0] * (cues + delay), *[1.0] * cues] and episode.terminated
        assert sum(episode.rewards) == certificate.optimal.value
        assert len(episode.rewards) == certificate.facts["optimal_steps"] == 2 * cues + delay


@pytest.mark.parametrize(("cues", "colours"), [(2, 2), (2, 3), (3, 2), (2, 4)])
def test_one_arm_at_all_junctions_is_right_once_in_as_many_times_as_there_are_colours(cues, colours):
    # A policy of the present observation takes one arm (or draws it) at all junctions, which look the same.
    env = regretlab.make(ID, cues=cues, colours=colours)
    certificate = regretlab.certificate(ID, cues=cues, colours=colours)
    for arm in range(colours):
        starts = itertools.product(range(colours), repeat=cues)
        mean = np.mean([sum(play(env, lambda seen, arm=arm: arm, start=start).rewards) for start in starts])
        assert mean == pytest.approx(certificate.memoryless.value) == pytest.approx(certificate.random.value)
        assert mean == pytest.approx(cues * (2 / colours - 1))


@pytest.mark.parametrize("order", ["same", "reverse"])
@pytest.mark.parametrize(("cues", "colours", "delay"), SIZES)
def test_k_star_is_the_smallest_window_that_tells_the_answers(cues, colours, delay, order):
    plays = []
    for start in itertools.product(range(colours), repeat=cues):
        seen = layout(start, delay)
        plays.append((seen, [right(seen[: time + 1], cues, delay, order) for time in range(len(seen))]))
    k_star = regretlab.certificate(ID, cues=cues, colours=colours, delay=delay, order=order).facts["k_star"]
    assert windows_suffice(plays, k_star) and not windows_suffice(plays, k_star - 1)


@pytest.mark.parametrize("order", ["same", "reverse"])
@pytest.mark.parametrize(("cues", "colours"), [(1, 2), (2, 2), (2, 3)])
def test_one_place_a_cue_and_one_for_the_present_are_needed(cues, colours, order):
    # The counting argument of the module's page, against an exact search over all policies of the stack.
    environment = build(ID, cues=cues, colours=colours, delay=1, order=order)
    kappa = environment.certify().facts["kappa"]
    best = [best_of_observation(enumerate_model(adaptive_stack(environment, k))) for k in (kappa - 1, kappa)]
    assert kappa == cues + 1
    assert best[0].high < cues - 1e-6 and best[1].value == pytest.approx(cues)


def test_places_that_drop_what_was_asked_for_are_enough():
    # kappa = n + 1: at each junction the oldest place holds the colour, is used and dropped.
    env = regretlab.make(ID, cues=5, colours=4, delay=7)
    for seed in range(10):
        stack = []

        def decide(seen, stack=stack):
            if seen[-1] == JUNCTION:
                return stack.pop(0) - RED
            if seen[-1] != CORRIDOR:
                stack.append(seen[-1])
            return 0

        assert sum(play(env, decide, seed=seed).rewards) == 5 and not stack


@pytest.mark.parametrize("order", ["same", "reverse"])
def test_needed_is_what_was_seen_and_is_still_to_be_asked_for(order):
    # Cues red, green, red: red (4) is needed to the end, in either order.
    env = regretlab.make(ID, delay=2, order=order)
    assert play(env, lambda seen: 0, start=(0, 1, 0)).needed == [4, 12, 12, 12, 12, 12, 12, 4, 0]


def test_needed_forgets_the_colours_in_the_order_of_the_junctions():
    # Cues red, green, blue: bits 4, 8, 16.
    for order, rest in (("same", [28, 24, 16]), ("reverse", [28, 12, 4])):
        env = regretlab.make(ID, colours=3, delay=1, order=order)
        assert play(env, lambda seen: 0, start=(0, 1, 2)).needed == [4, 12, 28, 28, *rest, 0]


def test_one_cue_of_two_colours_is_the_passive_tmaze():
    # With D cells of delay the junction is the observation D + 1 steps after the cue: length D + 2.
    for delay, cue in itertools.product((0, 1, 4), (0, 1)):
        ours = play(regretlab.make(ID, cues=1, delay=delay), lambda seen: 1, start=cue)
        theirs = play(regretlab.make("TMazePassive-v0", length=delay + 2), lambda seen: 2, start=cue)
        assert ours.seen[:-1] == theirs.seen[:-1] and ours.rewards == theirs.rewards


def test_the_greatest_number_of_cues():
    start = np.random.default_rng(0).integers(0, 4, 24)
    env = regretlab.make(ID, cues=24, colours=4, delay=0, order="reverse")
    assert sum(play(env, recall(24, 0, "reverse"), start=start).rewards) == 24


@pytest.mark.parametrize(
    ("knobs", "match"),
    [
        ({"cues": 0}, "cues=0"),
        ({"cues": 25}, "cues=25"),
        ({"colours": 1}, "colours=1"),
        ({"colours": 5}, "colours=5"),
        ({"delay": -1}, "delay=-1"),
        ({"order": "random"}, "order='random' is not allowed: order must be one of 'same', 'reverse'"),
    ],
)
def test_bad_knobs_are_refused(knobs, match):
    with pytest.raises(ValueError, match=match):
        build(ID, **knobs)


def test_text_shows_the_cues_and_the_answers():
    env = regretlab.make(ID, render_mode="ansi", colours=4, order="reverse", delay=1)
    env.reset(options={"outcome": (0, 3, 2)})
    assert env.render().splitlines()[:3] == ["RYB-BYR", "o", "agent sees: red"]
    for _ in range(4):
        env.step(2)
    assert env.render().splitlines()[1:3] == ["    o", "agent sees: junction"]
    env.step(2)
    assert "action right  reward 1  total 1" in env.render()
