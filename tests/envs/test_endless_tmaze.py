import itertools

import numpy as np
import pytest

import regretlab
from episodes import play, windows_suffice
from regretlab.envs.core.registry import build
from regretlab.envs.memory.endless_tmaze import CORRIDOR, DOWN, FORWARD, GREEN, JUNCTION, RED, UP

ID = "EndlessTMaze-v0"
TURN = {RED: UP, GREEN: DOWN}


def latest_cue(seen):
    return TURN[next(x for x in reversed(seen) if x in TURN)]


def corridors(seen):
    """The (cue, length) of each corridor of an episode, which must be nothing but cue, corridor cells and junction."""
    found, rest = [], seen[:-1]
    assert seen[-1] == CORRIDOR
    while rest:
        length = rest.index(JUNCTION)
        assert rest[0] in TURN and rest[1:length] == [CORRIDOR] * (length - 1)
        found.append((int(rest[0]), length))
        rest = rest[length + 1 :]
    return found


def right_answers(seen):
    return [latest_cue(seen[:time]) if seen[time - 1] == JUNCTION else None for time in range(1, len(seen))]


@pytest.mark.parametrize(("junctions", "least", "most"), [(1, 1, 1), (3, 4, 4), (5, 3, 8)])
def test_the_latest_cue_earns_one_at_every_junction_in_n_times_length_plus_one_steps(junctions, least, most):
    # arXiv:2601.15086: with corridors of one length an episode of n corridors takes n (l + 1) steps.
    env = regretlab.make(ID, junctions=junctions, min_length=least, max_length=most)
    for seed in range(20):
        episode = play(env, latest_cue, seed=seed)
        lengths = [length for _, length in corridors(episode.seen)]
        assert len(lengths) == junctions and all(least <= length <= most for length in lengths)
        assert len(episode.rewards) == sum(lengths) + junctions and episode.terminated
        paid = np.flatnonzero(episode.rewards)
        assert [episode.seen[time] for time in paid] == [JUNCTION] * junctions
        assert sum(episode.rewards) == junctions


@pytest.mark.parametrize("wrong", [-1.0, 0.0, -0.25])
def test_keeping_the_first_cue_is_no_better_than_keeping_none(wrong):
    # Over all cue sequences of n = 3, equally likely: the first junction is right, the others half of the time.
    env = regretlab.make(ID, junctions=3, min_length=1, max_length=1, wrong=wrong)
    returns = {}
    seed = 0
    while len(returns) < 8:
        episode = play(env, lambda seen: TURN[seen[0]], seed=seed)
        returns[tuple(cue for cue, _ in corridors(episode.seen))] = sum(episode.rewards)
        seed += 1
    assert np.mean(list(returns.values())) == pytest.approx(1 + 2 * (1 + wrong) / 2)


@pytest.mark.parametrize("wrong", [-1.0, 0.0])
def test_the_three_actions_at_a_junction(wrong):
    env = regretlab.make(ID, junctions=1, min_length=2, max_length=2, wrong=wrong)
    for cue, action in itertools.product((0, 1), (UP, FORWARD, DOWN)):
        episode = play(env, lambda seen, action=action: action, start=cue)
        assert episode.seen == [RED + cue, CORRIDOR, JUNCTION, CORRIDOR]
        assert episode.rewards == [0.0, 0.0, 1.0 if action == TURN[RED + cue] else wrong]


def test_needed_is_the_present_corridors_cue():
    episode = play(regretlab.make(ID), latest_cue, seed=5)
    expected = [float(1 << cue) for cue, length in corridors(episode.seen) for _ in range(length + 1)]
    assert episode.needed == [*expected, 0.0]
    assert {4.0, 8.0} <= set(episode.needed)


@pytest.mark.parametrize(("junctions", "least", "most"), [(2, 1, 1), (2, 1, 3), (3, 2, 2)])
def test_the_certificate_agrees_with_all_episodes(junctions, least, most):
    environment = build(ID, junctions=junctions, min_length=least, max_length=most)
    certificate = environment.certify()
    plays = []
    for each in itertools.product(itertools.product((RED, GREEN), range(least, most + 1)), repeat=junctions):
        seen = [x for cue, length in each for x in (cue, *[CORRIDOR] * (length - 1), JUNCTION)]
        plays.append((seen, right_answers([*seen, CORRIDOR])))
    k_star = certificate.facts["k_star"]
    assert windows_suffice(plays, k_star) and not windows_suffice(plays, k_star - 1)
    assert np.mean([len(seen) for seen, _ in plays]) == certificate.facts["optimal_steps"]
    assert certificate.optimal.value == junctions
    # Uniform play is right at a junction with probability 1/3, a fixed turn with 1/2.
    assert certificate.random.value == pytest.approx(junctions * (1 / 3 - 2 / 3))
    assert certificate.memoryless.value == 0.0 and certificate.needs_memory
    assert build(ID, junctions=junctions, wrong=0.0).certify().memoryless.value == junctions / 2


def test_two_places_are_enough():
    # kappa = 2: the slot besides the present observation holds the latest cue, and a new cue replaces it.
    kept = [None]

    def decide(seen):
        stack = (kept[0], seen[-1])
        kept[0] = seen[-1] if seen[-1] in TURN else kept[0]
        return TURN[stack[0]] if stack[1] == JUNCTION else FORWARD

    env = regretlab.make(ID, junctions=6)
    for seed in range(10):
        assert sum(play(env, decide, seed=seed).rewards) == 6
    assert build(ID).certify().facts["kappa"] == 2


def test_lengths_and_cues_are_uniform():
    # 600 corridors: each count of 12 equally likely kinds has mean 50 and standard deviation 6.8; 6 of them are 41.
    env = regretlab.make(ID, junctions=600)
    found = corridors(play(env, latest_cue, seed=1).seen)
    counts = [found.count((cue, length)) for cue in (RED, GREEN) for length in range(3, 9)]
    assert sum(counts) == 600 and max(abs(count - 50) for count in counts) < 41


@pytest.mark.parametrize(
    ("knobs", "match"),
    [
        ({"min_length": 9}, "min_length=9 is not allowed: it must be at most max_length=8"),
        ({"min_length": 0}, "min_length=0"),
        ({"junctions": 0}, "junctions=0"),
        ({"wrong": 0.5}, r"wrong=0\.5"),
        ({"wrong": float("nan")}, "wrong=nan"),
    ],
)
def test_bad_knobs_are_refused(knobs, match):
    with pytest.raises(ValueError, match=match):
        build(ID, **knobs)


def test_text_and_picture_show_the_corridor():
    env = regretlab.make(ID, render_mode="ansi", min_length=4, max_length=4, junctions=2)
    env.reset(options={"outcome": 1})
    assert env.render().splitlines()[:4] == ["    R -1", "o---+", "    G +1", "agent sees: green"]
    env.step(UP)
    assert "Go--+" in env.render() and "passed 0 of 2 junctions" in env.render()
    for _ in range(4):
        env.step(DOWN)
    assert "passed 1 of 2 junctions" in env.render() and "reward 1  total 1" in env.render()
