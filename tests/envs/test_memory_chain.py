import itertools

import numpy as np
import pytest

import regretlab
from episodes import play, windows_suffice
from regretlab.envs.core.registry import build

ID = "MemoryChain-v0"
SIZES = [(1, 1), (2, 1), (5, 1), (1, 3), (3, 2), (2, 4)]


def starts(bits):
    """All starts: the bits, and where there are several the number of the one asked for."""
    for context in itertools.product((0, 1), repeat=bits):
        for query in range(bits):
            yield context, query, (*context, query) if bits > 1 else context


def answer(bits, compat):
    """The policy that remembers the context, for integers."""

    def decide(seen):
        context = int(seen[0]) - 1 - bits
        query = int(seen[-1]) - 1
        if query >= bits:  # context and query at once
            query, context = context >> bits, context & 2**bits - 1
        return context >> max(query, 0) & 1

    return decide


@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize(("length", "bits"), SIZES)
def test_an_episode(length, bits, compat):
    env = regretlab.make(ID, memory_length=length, bits=bits, bsuite_compat=compat)
    together = compat and length == 1
    for context, query, start in starts(bits):
        episode = play(env, answer(bits, compat), start=start)
        number = 1 + bits + sum(bit << k for k, bit in enumerate(context))
        if together:
            expected = [number + 2**bits * query] * 2 + [0]
        else:
            shown = [number] * (1 + compat)
            expected = [*shown, *[0] * (length - len(shown)), 1 + query, 0]
        assert episode.seen == expected
        assert episode.rewards == [*[0.0] * length, 1.0] and episode.terminated
        assert len(episode.rewards) == regretlab.certificate(ID, memory_length=length).facts["optimal_steps"]


@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize(("length", "bits"), SIZES)
def test_the_vector(length, bits, compat):
    # bsuite 0.3.6: time that remains, query, context; the same chain as the integers.
    knobs = {"memory_length": length, "bits": bits, "bsuite_compat": compat}
    env, numbers = regretlab.make(ID, **knobs, observation="vector"), regretlab.make(ID, **knobs)
    for context, query, start in starts(bits):
        episode = play(env, lambda seen: 1, start=start)
        plain = play(numbers, lambda seen: 1, start=start)
        assert episode.rewards == plain.rewards
        for time, seen in enumerate(episode.seen[:-1]):
            shown = max(time - compat, 0)
            assert seen.dtype == np.float32 and seen.shape == (bits + 2,)
            assert seen[0] == np.float32(1 - shown / length)
            asked = time == length or (compat and length == 1)
            assert seen[1] == (query if asked else 0)
            signs = 2 * np.array(context) - 1 if shown == 0 and time <= compat else np.zeros(bits)
            assert np.array_equal(seen[2:], signs)
        assert not episode.seen[-1].any()


def test_known_answers_of_the_compatible_chain():
    # T-maze-like facts of bsuite's chain: with m = 1 the answer is seen when it is given; with m = 2 the context stands
    # in the observations 0 and 1 and not in the one that is answered; an episode has m + 1 steps; random play earns 0.
    one = regretlab.make(ID, memory_length=1, bsuite_compat=True)
    for start in (0, 1):
        present = play(one, lambda seen: (int(seen[-1]) - 2) & 1, start=start)
        assert sum(present.rewards) == 1.0 and len(present.rewards) == 2
        two = play(regretlab.make(ID, memory_length=2, bsuite_compat=True), lambda seen: 0, start=start)
        assert two.seen[:3] == [2 + start, 2 + start, 1] and len(two.rewards) == 3
    for length in (1, 2):
        known = regretlab.certificate(ID, memory_length=length, bsuite_compat=True)
        assert known.random.value == 0.0 and known.memoryless.value == (1.0 if length == 1 else 0.0)
        assert known.needs_memory == (length > 1)
        returns = [sum(play(regretlab.make(ID, memory_length=length, bsuite_compat=True), lambda seen, a=a: a,
                            start=start).rewards) for a in (0, 1) for start in (0, 1)]  # fmt: skip
        assert np.mean(returns) == 0.0


@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize(("length", "bits"), SIZES)
def test_k_star_is_the_smallest_window_that_tells_the_answer(length, bits, compat):
    knobs = {"memory_length": length, "bits": bits, "bsuite_compat": compat}
    facts = regretlab.certificate(ID, **knobs).facts
    env, plays = regretlab.make(ID, **knobs), []
    for context, query, start in starts(bits):
        seen = play(env, lambda seen: 0, start=start).seen[:-1]
        plays.append(([int(x) for x in seen], [*[None] * length, context[query]]))
    assert windows_suffice(plays, facts["k_star"])
    assert facts["k_star"] == 1 or not windows_suffice(plays, facts["k_star"] - 1)
    # Two chosen observations suffice: the first one and the present one.
    assert windows_suffice([([seen[0], seen[-1]], [None, right[-1]]) for seen, right in plays], 2)
    assert facts["kappa"] == (1 if windows_suffice(plays, 1) else 2)


def test_needed_is_the_context_from_its_last_showing_to_the_query():
    for bits, start, number in ((1, (1,), 3), (3, (1, 0, 1, 2), 4 + 5)):
        for compat in (False, True):
            env = regretlab.make(ID, memory_length=3, bits=bits, bsuite_compat=compat)
            expected = [0.0 if compat else 2.0**number, *[2.0**number] * 3, 0.0]
            assert play(env, lambda seen: 0, start=start).needed == expected
    for knobs in ({"bits": 6}, {"observation": "vector"}):
        assert play(regretlab.make(ID, memory_length=2, **knobs), lambda seen: 0, seed=0).needed == [1, 1, 1, 0]
    env = regretlab.make(ID, memory_length=1, bits=2, bsuite_compat=True)
    assert play(env, lambda seen: 0, seed=0).needed == [0, 0, 0]


def test_forty_bits():
    # The greatest context of bsuite's sweep.
    env = regretlab.make(ID, memory_length=2, bits=40)
    assert env.observation_space.n == 1 + 40 + 2**40
    for seed in range(20):
        assert sum(play(env, answer(40, False), seed=seed).rewards) == 1.0


def test_starts_are_uniform():
    # 400 episodes with 2 bits: each of 8 equally likely starts has mean 50 and standard deviation 6.6, six times 40.
    env = regretlab.make(ID, memory_length=1, bits=2, bsuite_compat=True)
    env.reset(seed=0)
    drawn = [int(env.reset()[0]) for _ in range(400)]
    counts = np.bincount(drawn, minlength=11)[3:]
    assert counts.sum() == 400 and np.abs(counts - 50).max() < 40


@pytest.mark.parametrize(
    ("knobs", "error", "match"),
    [
        ({"memory_length": 0}, ValueError, "memory_length=0"),
        ({"bits": 0}, ValueError, "bits=0"),
        ({"bits": 41}, ValueError, "bits=41"),
        ({"bits": 2.5}, TypeError, r"bits=2\.5"),
        ({"bsuite_compat": "yes"}, TypeError, "bsuite_compat='yes'"),
        ({"observation": "pixels"}, ValueError, "observation='pixels'"),
    ],
)
def test_bad_knobs_are_refused(knobs, error, match):
    with pytest.raises(error, match=match):
        build(ID, **knobs)


def test_names_and_text():
    assert build(ID, bits=2).spec.observation_names == ("nothing", "bit 0?", "bit 1?", "--", "+-", "-+", "++")
    for knobs in ({"bits": 5}, {"bits": 3, "memory_length": 1, "bsuite_compat": True}):
        declared = build(ID, **knobs).spec
        assert len(declared.observation_names) == declared.observation.sizes[0]
    assert build(ID, bits=6).spec.observation_names == build(ID, observation="vector").spec.observation_names == ()
    env = regretlab.make(ID, render_mode="ansi", bits=2, memory_length=2)
    env.reset(options={"outcome": (1, 0, 1)})
    assert env.render().splitlines()[:2] == ["context +-  the query will be bit 1", "agent sees: +-"]
    env.step(0)
    assert "agent sees: nothing" in env.render()
    env.step(0)
    assert "agent sees: bit 1?" in env.render()
    env.step(0)
    assert "action minus  reward 1  total 1" in env.render()
