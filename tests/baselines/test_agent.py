import numpy as np
import pytest

import regretlab  # noqa: F401 (registers the environments)
from regretlab.baselines import load
from regretlab.baselines.agent import as_agent, check_agent, load_agent
from regretlab.baselines.lockstep import Lockstep
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.registry import build

SOURCE = '''
class Repeat:
    """Repeats its first random action, and expects the observation to stay as it is."""

    made = []

    def __init__(self, observation_space, action_space, seed):
        self.action, self.seed, self.log = action_space.sample(), seed, []
        self.spaces = observation_space, action_space
        self.made.append(self)

    def act(self, obs):
        return self.action

    def update(self, obs, action, reward, next_obs, terminated, truncated):
        self.log.append((obs, action, reward, next_obs, terminated, truncated))

    def predict(self, obs):
        return obs


class Silent:
    def act(self, obs):
        return 0

class Odd(Repeat):
    def act(self, obs):
        return 0.5

class Far(Repeat):
    def act(self, obs):
        return 99

number = 7
'''


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    return path


def test_an_agent_is_loaded_from_a_file_and_told_everything(source):
    agent = load_agent(f"{source}:Repeat")
    maze = build("TMazePassive-v0", length=3)
    run = Lockstep(maze, agent, lanes=3, seed=5, record=True)
    totals = run.advance(7)
    record = run.record
    assert run.predicts == (True,)
    for lane, (one,) in enumerate(run.states[0]):
        assert [space.n for space in one.spaces] == [4, 4]
        expected = [
            (int(o), one.action, float(r), int(n), t == 2, False)
            for o, r, n, t in zip(
                record.observations[:, lane, 0],
                record.rewards[:, lane, 0],
                record.following[:, lane, 0],
                [0, 1, 2, 0, 1, 2, 0],
                strict=True,
            )
        ]
        assert one.log == expected
        assert all(type(flag) is bool for step in one.log for flag in step[4:])
    np.testing.assert_array_equal(totals.episodes, 2)
    np.testing.assert_array_equal(record.predictions, record.observations)
    again = Lockstep(maze, agent, lanes=1, seed=6)
    assert again.states[0][0][0].action == run.states[0][1][0].action
    assert again.states[0][0][0].seed == run.states[0][1][0].seed
    assert len({one.seed for (one,) in run.states[0]}) == 3


def test_agents_meet_learners(source):
    game = build("IteratedGame-v0", game="prisoners-dilemma", horizon=0)
    run = Lockstep(game, [load("q_learning"), load_agent(f"{source}:Repeat")], lanes=2)
    joint = run.advance(50).joint.reshape(2, 2, 2)
    for lane, (agent,) in enumerate(run.states[1]):
        assert joint[lane, :, agent.action].sum() == 50


def test_agents_see_vectors(source):
    agent = load_agent(f"{source}:Repeat")
    bodies = build("HermiteEta-v0")
    run = Lockstep(bodies, agent)
    run.advance(2)
    before, *_, after, _, _ = run.states[0][0][0].log[0]
    assert before.shape == after.shape == (13,)
    assert not np.array_equal(before, after)
    np.testing.assert_array_equal(run.states[0][0][0].log[1][0], after)


@pytest.mark.parametrize("name", ["q_learning", "sarsa", "rmax", "epsilon_greedy"])
def test_a_learner_as_an_agent_gives_its_own_numbers(name):
    maze = build("TMazePassive-v0", length=3)
    learner = load(name)
    run = Lockstep(maze, learner, seed=8, record=True)
    run.advance(50)
    agent = as_agent(learner, maze)(None, None, 8)
    batch = Batch(maze, 1, autoreset="same_step")
    obs = batch.reset(seed=8)[0, 0]
    for t in range(50):
        if name == "rmax":
            expected = run.record.predictions[t, 0, 0]
            assert agent.predict(obs) == (None if expected < 0 else expected)
        action = agent.act(obs)
        assert action == run.record.actions[t, 0, 0]
        following, rewards, terminated, truncated = batch.step(np.array([[action]]))
        ended = bool(terminated[0]), bool(truncated[0])
        then = batch.final_observation[0, 0] if any(ended) else following[0, 0]
        agent.update(obs, action, rewards[0, 0], then, *ended)
        obs = following[0, 0]
    assert hasattr(agent, "predict") == (name == "rmax")
    assert agent.__class__.__name__ == name


def test_an_agent_cannot_stand_in_for_a_learner_that_is_told_more():
    with pytest.raises(ValueError, match="optimal needs the state"):
        as_agent(load("optimal"), build("RiverSwim-v0"))
    with pytest.raises(ValueError, match="hedge needs the rewards of all its actions"):
        as_agent(load("hedge"), build("MatrixGame-v0"))
    with pytest.raises(ValueError, match="criterion"):
        as_agent(load("epsilon_greedy"), build("RiverSwim-v0"))


@pytest.mark.parametrize(
    ("suffix", "error", "words"),
    [
        ("", ValueError, "must have the form path/to/file.py:ClassName"),
        (":", ValueError, "must have the form"),
        (":Missing", ValueError, "has no class Missing; it has: Repeat, Silent, Odd, Far"),
        (":number", ValueError, "has no class number"),
        (":Silent", TypeError, "Silent is no agent: it lacks update"),
    ],
)
def test_bad_agents_are_refused(source, suffix, error, words):
    with pytest.raises(error, match=words):
        load_agent(f"{source}{suffix}")


def test_a_missing_file_and_bad_actions_are_named(source):
    with pytest.raises(ValueError, match="there is no file nowhere"):
        load_agent("nowhere.py:Repeat")
    with pytest.raises(TypeError, match="int is no agent: it lacks act and update"):
        check_agent(int)
    maze = build("TMazePassive-v0")
    with pytest.raises(TypeError, match=r"Odd.act returned 0.5"):
        Lockstep(maze, load_agent(f"{source}:Odd")).advance(1)
    with pytest.raises(ValueError, match="action 99 of player 0"):
        Lockstep(maze, load_agent(f"{source}:Far")).advance(1)
