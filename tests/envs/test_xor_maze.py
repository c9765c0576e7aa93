import itertools

import numpy as np
import pytest

import regretlab
from episodes import play
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.core.stacks import adaptive_stack, frame_stack
from regretlab.envs.memory.xor_maze import CORRIDOR, DOWN, GREEN, JUNCTION, LEFT, RED, RIGHT, UP
from regretlab.solvers import evaluate
from regretlab.solvers.memory_search import best_of_observation
from regretlab.solvers.model_data import uniform_policy

ID, PAPER = "XorMaze-v0", "XorMazePaper-v0"
COLOURS = (RED, GREEN)
PAIRS = list(itertools.product((0, 1), repeat=2))


def number(left, right):
    return left + 2 * right


def exit_of(left, right):
    return UP if left == right else DOWN


def best(seen):
    """The shortest way, from all observations: left colour, right colour, junction, exit."""
    met = [(time, x) for time, x in enumerate(seen) if x in COLOURS]
    if len(met) < 2:
        return RIGHT if met else LEFT
    at_junction = JUNCTION in seen[met[1][0] :]
    return exit_of(met[0][1], met[1][1]) if at_junction else LEFT


@pytest.mark.parametrize(("arm", "steps"), [(0, 5), (1, 9), (2, 13)])
@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_the_shortest_way_takes_4_d_plus_5_steps(arm, steps, left, right):
    # MAP5 5 steps, MAP10 9 steps (https://github.com/geraudnt/adaptive-stacking, xormaze-v0).
    episode = play(regretlab.make(ID, arm_length=arm), best, start=number(left, right))
    gap = [CORRIDOR] * arm
    out = RED if exit_of(left, right) == UP else GREEN
    way = [RED + left, *gap, JUNCTION, *gap, RED + right, *gap, JUNCTION, *gap, out]
    assert episode.seen == [CORRIDOR if arm else JUNCTION, *way]
    assert episode.rewards == [*[0.0] * (steps - 1), 1.0] and episode.terminated
    assert regretlab.certificate(ID, arm_length=arm).facts["optimal_steps"] == steps


@pytest.mark.parametrize(("left", "right"), PAIRS)
@pytest.mark.parametrize("action", [UP, DOWN])
def test_the_upper_exit_pays_when_the_colours_agree(left, right, action):
    episode = play(ID, lambda seen: action, start=number(left, right))
    assert episode.rewards == [1.0 if (left == right) == (action == UP) else -1.0]
    assert episode.seen == [JUNCTION, RED if action == UP else GREEN]


def test_walls():
    # Beside a wall nothing happens; in the left arm only left and right lead anywhere.
    env = regretlab.make(ID, arm_length=1)
    moves = [UP, DOWN, LEFT, LEFT, UP, DOWN, RIGHT, RIGHT, UP, LEFT, RIGHT, DOWN, UP]
    seen = [int(env.reset(options={"outcome": 1})[0]), *(int(env.step(move)[0]) for move in moves)]
    corridor, cue = CORRIDOR, GREEN
    assert seen == [corridor] * 3 + [cue] * 4 + [corridor, JUNCTION] + [corridor] * 3 + [JUNCTION, corridor]


def test_uniform_play_is_right_half_of_the_time_and_ends():
    # 1 - P(no exit in 100 steps) = .999994: each visit to the junction ends with probability 1/2.
    alive, waiting = 1.0, 0.0  # at the junction, at a colour
    for _ in range(100):
        alive, waiting = waiting / 4, waiting * 3 / 4 + alive / 2
    assert 1 - (alive + waiting) == pytest.approx(0.999994, abs=1e-6)
    assert regretlab.certificate(ID).random.value == pytest.approx(-(alive + waiting), rel=1e-12)
    assert regretlab.certificate(PAPER).random.value == 0.0


@pytest.mark.parametrize("arm", [0, 1, 2])
@pytest.mark.parametrize(("timeout", "penalty"), [(-1.0, 0.0), (0.0, 0.0), (0.0, 0.02), (-0.5, 0.1)])
def test_uniform_play_is_that_of_the_exact_model(arm, timeout, penalty):
    environment = build(ID, arm_length=arm, timeout_reward=timeout, step_penalty=penalty, limit=4 * arm + 9)
    model = enumerate_model(environment)
    exact = evaluate(model, uniform_policy(model)).value
    assert environment.certify().random.value == pytest.approx(exact, rel=1e-12, abs=1e-15)


def test_running_out_of_time():
    for id, paid, ends in ((ID, -1.0, True), (PAPER, 0.0, False)):
        episode = play(regretlab.make(id, limit=7), lambda seen: LEFT, start=0)
        assert episode.rewards == [*[0.0] * 6, paid] and episode.terminated is ends
    # The exit in the very last step counts as the exit.
    assert play(regretlab.make(ID, limit=5), best, start=0).rewards[-1] == 1.0
    episode = play(regretlab.make(ID, limit=5, step_penalty=0.25, timeout_reward=-0.5), lambda seen: LEFT, start=0)
    assert episode.rewards == [*[-0.25] * 4, -0.75]


@pytest.mark.parametrize("arm", [0, 1, 3])
@pytest.mark.parametrize("penalty", [0.0, 0.02, 0.1, 0.2, 0.3, 1.0])
def test_a_penalty_is_subtracted_until_looking_no_longer_pays(arm, penalty):
    known, guess = regretlab.certificate(ID, arm_length=arm, step_penalty=penalty), -(2 * arm + 1) * penalty
    look = np.mean(
        [
            sum(play(regretlab.make(ID, arm_length=arm, step_penalty=penalty), best, start=number(*pair)).rewards)
            for pair in PAIRS
        ]
    )
    assert known.optimal.value == pytest.approx(max(look, guess))
    assert ("k_star" in known.facts or "k_star_at_most" in known.facts) == (look > guess + 1e-12)
    assert known.needs_memory == (True if look > guess + 1e-12 else False if arm == 0 else None)


def test_the_best_policy_of_stacks():
    # Values of an exact search; .25 and 1 for two and four frames agree with a local search of the same maze with a
    # free timeout, where an agent that sees too little waits after unfavourable colours.
    expected = {
        (PAPER, frame_stack): [0.0, 0.25, 0.5, 1.0],
        (ID, frame_stack): [0.0, 0.0, 0.5, 1.0],
        (PAPER, adaptive_stack): [0.0, 0.5, 1.0],
        (ID, adaptive_stack): [0.0, 0.5, 1.0],
    }
    for (id, wrapper), values in expected.items():
        environment = build(id, limit=9) if id == ID else build(id)
        for k, value in enumerate(values, 1):
            found = best_of_observation(enumerate_model(wrapper(environment, k)))
            assert [found.value, found.high] == pytest.approx([value, value], abs=1e-9)
        known = environment.certify()
        assert known.facts["k_star" if wrapper is frame_stack else "kappa"] == len(values)
        assert known.needs_memory


@pytest.mark.parametrize("arm", [1, 2, 4])
def test_the_window_and_the_places_that_are_said_to_be_enough(arm):
    facts = regretlab.certificate(ID, arm_length=arm).facts
    window, places = facts["k_star_at_most"], facts["kappa_at_most"]
    assert (window, places) == (4 * arm + 4, 4)
    for pair in PAIRS:
        env = regretlab.make(ID, arm_length=arm)
        assert sum(play(env, lambda seen: best(seen[-window:]), start=number(*pair)).rewards) == 1.0
        kept = []  # the colours and the junction after them: three places besides the present observation

        def decide(seen, kept=kept):
            action = best([*kept, seen[-1]])
            if seen[-1] in (COLOURS if len(kept) < 2 else [JUNCTION] if len(kept) == 2 else []):
                kept.append(seen[-1])
            return action

        assert sum(play(env, decide, start=number(*pair)).rewards) == 1.0 and len(kept) == 3 == places - 1


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_needed_is_what_has_been_seen(left, right):
    first, both = 4 << left, 4 << left | 4 << right
    expected = [0, first, first, both, both, 0]
    assert play(ID, best, start=number(left, right)).needed == expected
    assert play(regretlab.make(ID, limit=5), lambda seen: LEFT, start=number(left, right)).needed[-1] == 0


@pytest.mark.parametrize(
    ("knobs", "match"),
    [
        ({"limit": 8, "arm_length": 1}, "limit=8 is not allowed: with arm_length=1 it must be at least 9"),
        ({"arm_length": -1}, "arm_length=-1"),
        ({"step_penalty": -0.1}, r"step_penalty=-0\.1"),
        ({"timeout_reward": 0.5}, r"timeout_reward=0\.5"),
        ({"timeout_reward": -2.0}, r"timeout_reward=-2\.0"),
    ],
)
def test_bad_knobs_are_refused(knobs, match):
    with pytest.raises(ValueError, match=match):
        build(ID, **knobs)


def test_text_and_picture_show_the_maze():
    env = regretlab.make(ID, render_mode="ansi", arm_length=1)
    env.reset(options={"outcome": 2})
    assert env.render().splitlines()[:6] == ["  R", "  |", "Ro+-G", "  |", "  G", "agent sees: corridor"]
    env.step(LEFT)
    assert env.render().splitlines()[2] == "o-+-G" and "the lower exit pays" in env.render()
    for arm in (0, 9, 1000):
        env = regretlab.make(ID, render_mode="ansi", arm_length=arm, limit=5000)
        env.reset(seed=0)
        assert max(map(len, env.render().splitlines())) < 100 and len(env.render().splitlines()) < 30
