import itertools

import numpy as np
import pytest

from regretlab.envs.core import canvas
from regretlab.envs.core.environment import Last
from regretlab.envs.core.registry import build
from regretlab.envs.memory import tmaze
from regretlab.envs.memory.tmaze import CORRIDOR, DOWN, GREEN, JUNCTION, LEFT, RED, RIGHT, UP

CUES = (0, 1)


def begun(p, cue, drawn=0):
    state = tmaze.allocate(p, 1)
    tmaze.begin(p, state, 0, np.array([cue, drawn]))
    return state


def observation(p, state):
    seen = np.full((1, 1), -1)
    tmaze.observe(p, state, 0, seen)
    return int(seen[0, 0])


def step(p, state, action, outcomes=(0, 0)):
    reward = np.full((1, 1), np.nan)
    stop = tmaze.apply(p, state, 0, np.array([[action]]), np.array(outcomes), reward)
    return float(reward[0, 0]), bool(stop)


def episode(p, cue, decide, drawn=0):
    """Observations and rewards of an episode whose action is ``decide(observations so far)``."""
    state = begun(p, cue, drawn)
    observations, rewards, stop = [observation(p, state)], [], False
    while not stop:
        reward, stop = step(p, state, decide(observations))
        observations.append(observation(p, state))
        rewards.append(reward)
    return observations, rewards


def remember(observations):
    return UP if observations[0] == RED else DOWN


@pytest.mark.parametrize("length", [2, 3, 4, 10, 33])
@pytest.mark.parametrize("cue", CUES)
def test_optimal_play_takes_length_steps_and_earns_one(length, cue):
    # The T-maze of Nangue Tasse et al. 2025 (arXiv 2512.19154): the return discounted by g is g**(length - 1).
    observations, rewards = episode(tmaze.params(length, False, False), cue, remember)
    colour = (RED, GREEN)[cue]
    assert observations == [colour, *[CORRIDOR] * (length - 2), JUNCTION, colour]
    assert len(rewards) == length and sum(rewards) == 1.0
    discount = 0.9
    assert sum(reward * discount**t for t, reward in enumerate(rewards)) == pytest.approx(discount ** (length - 1))


def test_the_wrong_arm_costs_one_and_shows_its_own_colour():
    observations, rewards = episode(tmaze.params(4, False, False), 0, lambda seen: LEFT)
    assert observations == [RED, CORRIDOR, CORRIDOR, JUNCTION, GREEN]
    assert rewards == [0.0, 0.0, 0.0, -1.0]


@pytest.mark.parametrize("action", [UP, RIGHT, DOWN, LEFT])
def test_without_the_cue_every_action_is_right_half_of_the_time(action):
    p = tmaze.params(5, False, False)
    returns = [sum(episode(p, cue, lambda seen: action)[1]) for cue in CUES]
    assert sorted(returns) == [-1.0, 1.0]
    assert returns[0] == (1.0 if action in (UP, RIGHT) else -1.0)


@pytest.mark.parametrize("length", [2, 4, 9])
def test_a_window_of_k_star_observations_is_needed_and_enough(length):
    # What a window of k holds at the junction differs with the cue if k is k*, and not if it is less.
    p = tmaze.params(length, False, False)
    k_star = tmaze.certificate(p).facts["k_star"]
    at_junction = [episode(p, cue, remember)[0][:-1] for cue in CUES]
    assert at_junction[0][-k_star:] != at_junction[1][-k_star:]
    assert at_junction[0][1 - k_star :] == at_junction[1][1 - k_star :]


def test_two_kept_observations_are_enough():
    def two(observations):
        return UP if {observations[0], observations[-1]} == {RED, JUNCTION} else DOWN

    p = tmaze.params(7, False, False)
    assert tmaze.certificate(p).facts["kappa"] == 2
    assert [sum(episode(p, cue, two)[1]) for cue in CUES] == [1.0, 1.0]


@pytest.mark.parametrize("random_length", [False, True])
@pytest.mark.parametrize("length", [2, 4, 7])
def test_starts_are_uniform(length, random_length):
    p = tmaze.params(length, random_length, False)
    declared = tmaze.spec(p)
    prob = np.zeros(declared.start_outcomes)
    counts = [tmaze.start(p, np.zeros(2, np.int64), stage, prob) for stage in range(declared.start_stages)]
    assert counts == [2, length - 1][: 1 + random_length]
    assert np.allclose(prob[: counts[-1]], 1.0 / counts[-1])
    junctions = [begun(p, 0, drawn).junction[0] for drawn in range(counts[-1])]
    assert junctions == (list(range(2, length + 1)) if random_length else [length, length])


@pytest.mark.parametrize("length", [2, 4, 10])
def test_a_random_corridor_takes_its_own_length(length):
    p = tmaze.params(length, True, False)
    steps = []
    for cue, drawn in itertools.product(CUES, range(length - 1)):
        _, rewards = episode(p, cue, remember, drawn)
        assert sum(rewards) == 1.0 and len(rewards) == 2 + drawn
        steps.append(len(rewards))
    certificate = tmaze.certificate(p)
    assert certificate.optimal.value == 1.0
    assert certificate.facts["optimal_steps"] == np.mean(steps)
    assert certificate.facts["k_star"] == length


def continual_rate(p, passages):
    """Rewards a step of an agent that remembers the last cue, over the given passages (cue, drawn length)."""
    (cue, drawn), *later = [*passages, (0, 0)]
    state, total, clock, latest = begun(p, cue, drawn), 0.0, 0, None
    for outcomes in later:
        while True:
            seen = observation(p, state)
            latest = seen if seen in (RED, GREEN) else latest
            at_junction = seen == JUNCTION
            reward, stop = step(p, state, UP if latest == RED else DOWN, outcomes)
            assert not stop
            total, clock = total + reward, clock + 1
            if at_junction:
                break
        assert observation(p, state) == RED + outcomes[0]
    return total / clock


@pytest.mark.parametrize("length", [2, 4, 10])
def test_the_continual_rate_is_exactly_one_over_the_length(length):
    # One success in L steps, over whole cycles (the mode --no_reset of the same code).
    p = tmaze.params(length, False, True)
    rate = continual_rate(p, [(cue, 0) for cue in (0, 1, 1, 0, 1)])
    assert rate == tmaze.certificate(p).optimal.value == 1.0 / length


@pytest.mark.parametrize("length", [2, 5, 10])
def test_the_continual_rate_of_random_lengths_is_one_over_their_mean(length):
    p = tmaze.params(length, True, True)
    rate = continual_rate(p, itertools.product(CUES, range(length - 1)))
    assert rate == pytest.approx(tmaze.certificate(p).optimal.value, rel=1e-15)
    assert tmaze.certificate(p).optimal.value == 2.0 / (length + 2)


def test_a_new_cue_is_drawn_only_when_an_arm_is_entered():
    p = tmaze.params(3, True, True)
    state, a, c, prob = begun(p, 1, 1), np.array([[UP]]), np.zeros(2, np.int64), np.zeros(2)
    assert tmaze.chance(p, state, 0, a, c, 0, prob) == 1 and prob[0] == 1.0
    step(p, state, UP)
    step(p, state, UP)
    assert observation(p, state) == JUNCTION
    assert [tmaze.chance(p, state, 0, a, c, stage, prob) for stage in (0, 1)] == [2, 2]
    assert np.array_equal(prob, [0.5, 0.5])


@pytest.mark.parametrize(("random_length", "continual"), list(itertools.product([False, True], repeat=2)))
def test_certificates(random_length, continual):
    p = tmaze.params(10, random_length, continual)
    certificate, declared = tmaze.certificate(p), tmaze.spec(p)
    assert certificate.unit == declared.criterion.unit
    assert certificate.random.value == certificate.memoryless.value == 0.0
    assert certificate.optimal.value == (1.0 if not continual else (1 / 6 if random_length else 1 / 10))
    assert {certificate.optimal.kind, certificate.random.kind} == {"closed-form"}
    steps = 6.0 if random_length else 10.0
    assert certificate.facts.pop("bias_span", None) == (1 - 1 / steps if continual else None)
    assert certificate.facts == {"k_star": 10, "kappa": 2, "optimal_steps": steps}
    assert declared.horizon == (None if continual else 11)


@pytest.mark.parametrize("cue", CUES)
def test_the_cue_is_needed_until_an_arm_is_entered(cue):
    p = tmaze.params(3, False, False)
    state, needed = begun(p, cue), []
    for _ in range(4):
        bits = np.full((1, 1), np.nan)
        tmaze.info(p, state, 0, bits)
        needed.append(bits[0, 0])
        step(p, state, UP)
    assert needed == [2.0 ** (RED + cue)] * 3 + [0.0]


@pytest.mark.parametrize("length", [1, 0, -3])
@pytest.mark.parametrize("id", ["TMazePassive-v0", "TMazeContinual-v0"])
def test_a_maze_without_a_corridor_is_refused(id, length):
    with pytest.raises(ValueError, match=f"length={length} is not allowed: length must be an integer from 2 to"):
        build(id, length=length)


def last(action=None, reward=0.0):
    return Last(3, None if action is None else np.array([action]), np.array([reward]), np.array([reward]))


def test_the_text_shows_the_maze_and_what_is_seen():
    p = tmaze.params(5, False, False)
    state = begun(p, 1)
    assert tmaze.ansi(p, state, 0, last()).splitlines()[:4] == [
        "    R -1",
        "o---+",
        "    G +1",
        "agent sees: green",
    ]
    step(p, state, UP)
    assert tmaze.ansi(p, state, 0, last(UP)).splitlines()[1:4:2] == ["Go--+", "agent sees: corridor"]
    for _ in range(3):
        step(p, state, UP)
    assert tmaze.ansi(p, state, 0, last(UP)).splitlines()[3] == "agent sees: junction"
    step(p, state, DOWN)
    text = tmaze.ansi(p, state, 0, last(DOWN, 1.0))
    assert text.splitlines()[1:3] == ["G---+", "    o +1"]
    assert "cue green  column 5 of 5  step 3  action down  reward 1  total 1" in text
    assert len(tmaze.ansi(tmaze.params(900, False, False), begun(tmaze.params(900, False, False), 0), 0, last())) < 300


def test_the_picture_tells_the_truth_about_the_maze_and_the_observation():
    p = tmaze.params(6, False, False)
    state = begun(p, 0)
    panel, maze = np.s_[290:320, 44:76], np.s_[60:230, :]
    agents = []
    for _ in range(7):
        frame = tmaze.paint(p, state, 0, last())
        assert frame.shape == (360, 640, 3) and frame.dtype == np.uint8
        assert np.all(frame[panel] == tmaze.COLOURS[observation(p, state)])
        rows, columns = np.nonzero(np.all(frame[maze] == canvas.ACCENT, axis=-1))
        agents.append((round(columns.mean()), round(rows.mean())))
        step(p, state, UP)
    corridor, arm = agents[:6], agents[6]
    assert np.all(np.diff([x for x, _ in corridor]) == 50) and len({y for _, y in corridor}) == 1
    assert arm[0] == corridor[-1][0] and arm[1] == corridor[-1][1] - 54


def test_the_picture_of_a_cue_differs_from_that_of_the_other():
    p = tmaze.params(6, False, False)
    assert not np.array_equal(*(tmaze.paint(p, begun(p, cue), 0, last()) for cue in CUES))
