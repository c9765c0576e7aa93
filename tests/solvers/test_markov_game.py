"""Gaps of stationary policies in Markov games, against the folk theorem's thresholds and a solver of one player."""

import numpy as np
import pytest
from scipy import sparse

from regretlab.envs.core.model import Model, enumerate_model
from regretlab.envs.core.registry import build as build_environment
from regretlab.envs.core.spec import Criterion
from regretlab.envs.games.strategies import MEMORY_ONE, as_policy
from regretlab.solvers import discounted, evaluate, nash_conv, total_return
from regretlab.solvers.markov_game import against, markov_gaps
from regretlab.solvers.memory_one import memory_one_value

OWN = np.array([[-1.0, -3.0], [0.0, -2.0]])
DILEMMA = np.array([OWN, OWN.T])


def iterated(payoffs, **knobs):
    knobs = {"horizon": 0, "memory": 1, **knobs}
    return enumerate_model(build_environment("regretlab/IteratedGame-v0", payoffs=payoffs, **knobs))


def seats(model, *names):
    """The strategies of these names as policies over the model's states."""
    return [as_policy(MEMORY_ONE[name], (2, 2), k)[model.observations[:, k]] for k, name in enumerate(names)]


@pytest.mark.parametrize("discount", [0.3, 0.45, 0.5, 0.7, 0.96])
def test_tit_for_tat_and_grim_trigger_hold_from_one_half_on(discount):
    """Axelrod 1984; below, always defecting gains (1 - 2 gamma) / (1 - gamma) over -1 a round.

    Grim trigger is a perfect equilibrium too: after a defection both defect for ever, as in the stage game. Tit-for-tat
    is not for gamma above 1/2 (at 1/2 all replies tie): after CD it would echo (Osborne and Rubinstein 1994, 8.10).
    """
    model = iterated(DILEMMA, discount=discount)
    gain = max(0.0, (1 - 2 * discount) / (1 - discount))
    for name in ("TFT", "GRIM"):
        found = markov_gaps(model, seats(model, name, name))
        np.testing.assert_allclose(found.gains, gain, atol=1e-10)
        assert found.nash_conv == pytest.approx(2 * gain, abs=1e-10) and found.residual < 1e-10
        np.testing.assert_allclose(found.values, -1 / (1 - discount), atol=1e-10)
        assert found.perfect_gap >= found.nash_conv
        if name == "GRIM":
            assert found.perfect_gap == pytest.approx(2 * gain, abs=1e-10)
    echo = markov_gaps(model, seats(model, "TFT", "TFT")).perfect_gap
    assert (echo > 1e-6) == (discount != 0.5)


def test_an_equilibrium_of_the_stage_game_in_every_state_has_no_gap():
    rng = np.random.default_rng(2)
    model = iterated(DILEMMA, discount=0.9, memory=2)
    found = markov_gaps(model, [np.ones(model.size, int)] * 2)
    assert found.nash_conv == pytest.approx(0, abs=1e-10) and found.perfect_gap == pytest.approx(0, abs=1e-10)
    pennies = np.array([[1.0, -1.0], [-1.0, 1.0]])
    model = iterated(np.array([pennies, -pennies]), discount=0.9)
    uniform = np.full((model.size, 2), 0.5)
    assert markov_gaps(model, [uniform, uniform]).perfect_gap == pytest.approx(0, abs=1e-10)
    # any other policy is exploited somewhere
    assert markov_gaps(model, [rng.dirichlet((1, 1), model.size), uniform]).perfect_gap > 0.1


def test_one_round_is_the_stage_game():
    """A matrix game of three players: NashConv of the payoff tensor is that of `normal_form`."""
    rng = np.random.default_rng(4)
    payoffs = rng.normal(size=(3, 2, 3, 2))
    profile = [rng.dirichlet(np.ones(count)) for count in (2, 3, 2)]
    model = enumerate_model(build_environment("regretlab/MatrixGame-v0", payoffs=payoffs))
    found = markov_gaps(model, [np.tile(x, (model.size, 1)) for x in profile])
    assert found.nash_conv == pytest.approx(nash_conv(payoffs, profile), abs=1e-10)


def test_values_are_those_of_memory_one():
    rng = np.random.default_rng(6)
    model = iterated(DILEMMA, discount=0.9)
    strategies = rng.random((2, 5))
    policies = [as_policy(each, (2, 2), k)[model.observations[:, k]] for k, each in enumerate(strategies)]
    expected = memory_one_value(DILEMMA, strategies, 0.9).total
    np.testing.assert_allclose(markov_gaps(model, policies).values, expected, atol=1e-9)


def random_markov_game(states, actions, rng, kind="discounted", discount=0.9, ends=False):
    """Dense transitions; with ``ends`` a run stops with probability 1/4 a step in an extra state."""
    joint = int(np.prod(actions))
    rows = rng.dirichlet(np.ones(states), states * joint)
    rewards = rng.normal(size=(states, joint, len(actions)))
    terminal = np.zeros(states + ends, bool)
    if ends:
        rows = np.vstack([np.column_stack([0.75 * rows, np.full(len(rows), 0.25)]), np.zeros((joint, states + 1))])
        rewards = np.concatenate([rewards, np.zeros((1, joint, len(actions)))])
        terminal[-1] = True
    first = np.zeros(states + ends)
    first[:states] = 1 / states
    return Model(
        transitions=sparse.csr_matrix(rows),
        rewards=rewards,
        terminal=terminal,
        initial=first,
        observations=np.zeros((states + ends, len(actions)), int),
        actions=actions,
        horizon=None,
        criterion=Criterion(kind, discount),
        states=None,
    )


@pytest.mark.parametrize(("kind", "ends"), [("discounted", False), ("return", True)])
def test_the_model_that_the_others_leave(kind, ends):
    """By definition: expected rewards and transitions, summed over the others' actions one by one."""
    rng = np.random.default_rng(8)
    actions = (2, 3, 2)
    model = random_markov_game(4, actions, rng, kind, 0.9 if kind == "discounted" else 1.0, ends)
    policies = [rng.dirichlet(np.ones(count), model.size) for count in actions]
    dense = model.transitions.toarray().reshape(model.size, *actions, model.size)
    rewards = model.rewards.reshape(model.size, *actions, 3)
    for player in range(3):
        left = against(model, policies, player)
        transitions, expected = (
            np.zeros((model.size, actions[player], model.size)),
            np.zeros((model.size, actions[player])),
        )
        for state in range(model.size):
            for joint in np.ndindex(*actions):
                weight = np.prod([policies[k][state, joint[k]] for k in range(3) if k != player])
                transitions[state, joint[player]] += weight * dense[(state, *joint)]
                expected[state, joint[player]] += weight * rewards[(state, *joint, player)]
        np.testing.assert_allclose(left.transitions.toarray(), transitions.reshape(-1, model.size), atol=1e-14)
        np.testing.assert_allclose(left.rewards[:, :, 0], expected, atol=1e-14)
    found = markov_gaps(model, policies)
    best = (discounted if kind == "discounted" else total_return)(left)
    own = evaluate(left, policies[2])
    np.testing.assert_allclose(found.state_gains[2], best.values - own.values, atol=1e-9)
    assert found.gains[2] == pytest.approx(model.initial @ found.state_gains[2], abs=1e-9)


def test_best_replies_to_each_other_have_no_gap():
    """Iterated best replies in a game of common interest end at an equilibrium; on the way somebody gains."""
    rng = np.random.default_rng(9)
    model = random_markov_game(5, (3, 3), rng)
    model.rewards[:, :, 1] = model.rewards[:, :, 0]
    policies = [np.zeros(5, int), np.zeros(5, int)]
    gaps = [markov_gaps(model, policies).perfect_gap]
    for turn in range(20):
        policies[turn % 2] = discounted(against(model, policies, turn % 2)).policy
        gaps.append(markov_gaps(model, policies).perfect_gap)
    assert gaps[0] > 0.1 and gaps[-1] == pytest.approx(0, abs=1e-9)


def test_what_has_no_answer_is_refused():
    model = iterated(DILEMMA, discount=0.9)
    policies = seats(model, "TFT", "TFT")
    with pytest.raises(ValueError, match="criterion is the gain"):
        markov_gaps(iterated(DILEMMA), policies)
    with pytest.raises(ValueError, match="without a horizon, not one of 10 steps"):
        markov_gaps(iterated(DILEMMA, horizon=10), policies)
    with pytest.raises(ValueError, match="one for each of 2 players, not 1"):
        markov_gaps(model, policies[:1])
    with pytest.raises(
        ValueError, match=r"policies\[1\] must be integer \(5,\) or float \(5, 2\), not float64 \(4, 2\)"
    ):
        markov_gaps(model, [policies[0], policies[1][:4]])
    bad = policies[1].copy()
    bad[3] = 0.5, 0.25
    with pytest.raises(ValueError, match=r"policies\[1\] must hold probabilities .* row 3 sums to 0\.75"):
        markov_gaps(model, [policies[0], bad])
    with pytest.raises(ValueError, match="actions from 0 to 1, not 0 to 2"):
        markov_gaps(model, [np.array([0, 1, 2, 0, 0]), policies[1]])
    with pytest.raises(ValueError, match="player must be from 0 to 1, not 2"):
        against(model, policies, 2)
