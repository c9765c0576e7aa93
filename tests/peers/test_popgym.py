"""Agreement with POPGym, step for step: the extra ``peers`` installs it."""

import numpy as np
import pytest
from forced import play

from regretlab.envs.core.registry import build

MISSING = "AGREEMENT WITH POPGYM IS NOT TESTED: pip install '.[peers]'"
SEEDS = range(3)
#: Module, class and, of the three levels, our knobs.
TASKS = {
    "repeat_first": ("RepeatFirst", [{"decks": 1}, {"decks": 8}, {"decks": 16}]),
    "repeat_previous": ("RepeatPrevious", [{"k": 4}, {"decks": 2, "k": 32}, {"decks": 3, "k": 64}]),
    "autoencode": ("Autoencode", [{"decks": 1}, {"decks": 2}, {"decks": 3}]),
    "count_recall": ("CountRecall", [{}, {"decks": 2, "kind": "suits"}, {"decks": 4, "kind": "ranks"}]),
}
LEVELS = ("Easy", "Medium", "Hard")


@pytest.fixture(scope="module")
def popgym_envs():
    pytest.importorskip("popgym", reason=MISSING)
    from popgym.envs import autoencode, count_recall, repeat_first, repeat_previous, velocity_only_cartpole

    modules = autoencode, count_recall, repeat_first, repeat_previous, velocity_only_cartpole
    return {module.__name__.split(".")[-1]: module for module in modules}


def dealt(env, task):
    """The order in which the peer will deal (its decks deal from their end), as our kernels' outcomes: an entry a deal,
    of one kind, or of a card's and a query's. A step that deals nothing takes outcome 0.
    """
    if task == "count_recall":
        decks = (env.deck_idx_type[deck.idx[::-1]] for deck in (env.value_deck, env.query_deck))
        return [tuple(map(int, pair)) for pair in zip(*decks, strict=True)]
    order = [(int(suit),) for suit in env.deck.suits_idx[env.deck.idx[::-1]]]
    return order + [(0,)] * len(order) if task == "autoencode" else order


def as_integer(observation, environment):
    """The peer's observation, a pair in two of the tasks, as our integer."""
    if np.ndim(observation) == 0:
        return int(observation)
    first, second = map(int, observation)
    base = environment.params.kinds if hasattr(environment.params, "kinds") else environment.params.suits
    return first * base + second


def remembered(task, knobs, observations):
    """The right answer to the last of these observations (0 where nothing is asked), from the observations alone."""
    now = len(observations) - 1
    if task == "repeat_first":
        return observations[0]
    if task == "repeat_previous":
        return observations[1 - knobs["k"] + now] if now >= knobs["k"] - 1 else 0
    if task == "autoencode":
        last = 52 * knobs["decks"] - 1
        return observations[2 * last - now] % 4 if now >= last else 0
    kinds = {"colors": 2, "suits": 4, "ranks": 13}[knobs.get("kind", "colors")]
    return [each // kinds for each in observations].count(observations[-1] % kinds)


@pytest.mark.parametrize("level", range(3), ids=LEVELS)
@pytest.mark.parametrize("task", TASKS)
def test_the_card_tasks_are_those_of_popgym(popgym_envs, task, level):
    """From the same order of the deck: the same observations, rewards and ends, whether the agent plays at random, or
    remembers and earns 1.
    """
    name, knobs = TASKS[task][0], TASKS[task][1][level]
    environment = build(f"regretlab/{name}-v0", **knobs)
    known = environment.certify()
    theirs = getattr(popgym_envs[task], name + LEVELS[level])()
    assert theirs.action_space.n == environment.spec.actions[0]
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        first, _ = theirs.reset(seed=seed)
        outcomes = dealt(theirs, task)
        seen, actions, rewards, ended = [as_integer(first, environment)], [], [], False
        while not ended:
            at_random = int(random.integers(theirs.action_space.n))
            actions.append(remembered(task, knobs, seen) if seed == 0 else at_random)
            observation, reward, ended, truncated, _ = theirs.step(actions[-1])
            assert not truncated
            seen.append(as_integer(observation, environment))
            rewards.append(reward)
        assert len(outcomes) == len(seen)
        assert play(environment, outcomes, actions)[:2] == (seen, rewards)  # and ends with the last action, not before
        assert len(rewards) == theirs.max_episode_length == known.facts["optimal_steps"]
        if seed == 0:
            assert sum(rewards) == pytest.approx(known.optimal.value)


def test_the_first_observation_of_velocity_only_cart_pole_leaks_the_position(popgym_envs):
    """A defect of release 1.0.7: ``reset`` returns the cart's position and the pole's angle, ``step`` their speeds. (We
    have the task with positions only.)
    """
    env = popgym_envs["velocity_only_cartpole"].VelocityOnlyCartPoleEasy()
    first, _ = env.reset(seed=0)
    position, speed, angle, spin = env.get_state()
    if np.allclose(first, (speed, spin)):
        pytest.skip("POPGym has mended it")
    np.testing.assert_allclose(first, (position, angle))
    second = env.step(0)[0]
    position, speed, angle, spin = env.get_state()
    np.testing.assert_allclose(second, (speed, spin))
    assert not np.allclose(second, (position, angle))
