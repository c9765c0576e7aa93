import numpy as np
import pytest
from scipy import sparse

from regretlab.envs.core.model import Model
from regretlab.envs.core.spec import Criterion


def build_model(
    steps, kind="gain", discount=1.0, horizon=None, initial=None, terminal=(), observations=None, players=1
):
    """A model from ``steps[state][action] = (reward, {next state: probability})``; terminal states have no entry."""
    states = 1 + max(
        max(steps), max((s for row in steps.values() for _, law in row for s in law), default=0), *terminal, 0
    )
    actions = max(len(row) for row in steps.values())
    transitions, rewards = sparse.lil_matrix((states * actions, states)), np.zeros((states, actions, players))
    for state, row in steps.items():
        for action, (reward, law) in enumerate(row):
            rewards[state, action] = reward
            for following, probability in law.items():
                transitions[state * actions + action, following] = probability
    return finish_model(transitions.tocsr(), rewards, kind, discount, horizon, initial, terminal, observations)


def finish_model(
    transitions, rewards, kind="gain", discount=1.0, horizon=None, initial=None, terminal=(), observations=None
):
    states, actions, players = rewards.shape
    ended = np.zeros(states, bool)
    ended[list(terminal)] = True
    first = np.zeros(states)
    first[0] = 1.0
    return Model(
        transitions=transitions,
        rewards=rewards,
        terminal=ended,
        initial=first if initial is None else np.asarray(initial, float),
        observations=(np.arange(states) if observations is None else np.asarray(observations)).reshape(states, 1),
        actions=(actions,) if players == 1 else (actions,) + (1,) * (players - 1),
        horizon=horizon,
        criterion=Criterion(kind, discount),
        states=None,
    )


def river_swim(states, kind="gain", discount=1.0, horizon=None):
    """Classic RiverSwim (Strehl and Littman 2008; Osband et al. 2013): action 0 swims left, 1 right."""
    steps = {}
    for s in range(states):
        left = (0.005 if s == 0 else 0.0, {max(s - 1, 0): 1.0})
        if s == 0:
            right = (0.0, {0: 0.4, 1: 0.6})
        elif s == states - 1:
            right = (1.0, {s - 1: 0.4, s: 0.6})
        else:
            right = (0.0, {s - 1: 0.05, s: 0.6, s + 1: 0.35})
        steps[s] = [left, right]
    return build_model(steps, kind, discount, horizon)


def garnet(states, actions, branching, rng, kind="gain", discount=1.0, terminal=0, horizon=None):
    """A random model: ``branching`` random successors with random weights; the last ``terminal`` states end a run."""
    rows, columns, weights = [], [], []
    for row in range((states - terminal) * actions):
        rows += [row] * branching
        columns += list(rng.choice(states, branching, replace=False))
        weights += list(rng.dirichlet(np.ones(branching)))
    transitions = sparse.csr_matrix((weights, (rows, columns)), shape=(states * actions, states))
    rewards = rng.uniform(-1, 1, (states, actions, 1))
    rewards[states - terminal :] = 0
    return finish_model(transitions, rewards, kind, discount, horizon, terminal=range(states - terminal, states))


@pytest.fixture
def build():
    return build_model


@pytest.fixture
def swim():
    return river_swim


@pytest.fixture
def random_model():
    return garnet
