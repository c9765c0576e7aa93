"""Belief states: against a recursion over all histories, and against published optima."""

import importlib

import numpy as np
import pytest

from regretlab.solvers import TooManyBeliefsError, believe, certify, finite_horizon, history_optimum, optimum

LEFT, RIGHT, NOTHING = range(3)


def best_of_all_histories(model, weights, steps):
    """The optimum by recursion over the histories, without belief states.

    ``weights`` (S,) sum to the probability of the history before the present observation, which is shown next.
    """
    total = 0.0
    for seen in np.unique(model.observations[~model.terminal, 0]):
        kept = np.where((model.observations[:, 0] == seen) & ~model.terminal, weights, 0.0)
        if steps and kept.any():
            total += max(
                kept @ model.rewards[:, action, 0]
                + best_of_all_histories(model, kept @ model.transitions[action :: model.joint_actions], steps - 1)
                for action in range(model.joint_actions)
            )
    return total


def tiger(build, horizon=None, discount=0.95):
    """The tiger problem (Kaelbling, Littman and Cassandra, Artificial Intelligence 101, 1998, section 5.1).

    A state is the tiger's side and what was heard last. Listening costs 1 and is right with probability 0.85; a door
    pays 10 or, with the tiger behind it, costs 100, and the tiger is put behind a new one.
    """
    steps, observations = {}, []
    for side in (LEFT, RIGHT):
        for _ in (LEFT, RIGHT, NOTHING):
            other = 1 - side
            listen = (-1.0, {3 * side + side: 0.85, 3 * side + other: 0.15})
            anew = {NOTHING: 0.5, 3 + NOTHING: 0.5}
            doors = [(-100.0 if door == side else 10.0, anew) for door in (LEFT, RIGHT)]
            steps[len(observations)] = [listen, *doors]
            observations.append(len(observations) % 3)
    initial = np.zeros(6)
    initial[[NOTHING, 3 + NOTHING]] = 0.5
    kind = "discounted" if discount < 1 else "return"
    return build(steps, kind, discount, horizon, initial=initial, observations=observations)


def aliased(build, random_model, seed, horizon):
    generator = np.random.default_rng(seed)
    model = random_model(7, 2, 2, generator, "return", terminal=2, horizon=horizon)
    model.observations[:, 0] = generator.integers(2, size=7)
    model.initial[:] = generator.dirichlet(np.ones(7))
    model.initial[model.terminal] = 0
    model.initial[:] /= model.initial.sum()
    return model


@pytest.mark.parametrize("seed", range(8))
def test_the_optimum_is_that_of_a_recursion_over_all_histories(build, random_model, seed):
    model = aliased(build, random_model, seed, horizon=5)
    found = history_optimum(model)
    assert found.value == pytest.approx(best_of_all_histories(model, model.initial, 5), abs=1e-12)
    assert found.low <= found.value <= found.high <= optimum(model).high


def test_tiger_of_three_steps(build):
    """Listen twice; open if both agree (0.85^2 + 0.15^2 of the time, right with 0.85^2 of that), else listen again."""
    agree = 0.85**2 + 0.15**2
    expected = -2 + 10 * 0.85**2 - 100 * 0.15**2 - (1 - agree)
    assert history_optimum(tiger(build, 3, 1.0)).value == pytest.approx(expected, abs=1e-12)


def test_tiger_for_ever(build):
    """The optimum from even odds is 19.3714, with discount 0.95 (Ross, Pineau, Paquet and Chaib-draa, Online planning
    algorithms for POMDPs, JAIR 32, 2008, quote 19.37). Beliefs differ by how often each side was heard; they merge.
    """
    beliefs = believe(tiger(build))
    assert beliefs.model.size < 100
    assert history_optimum(tiger(build)).value == pytest.approx(19.37, abs=0.005)
    # 17 times more on one side leaves 0.15^17 / 0.85^17 < 1e-12 for the other: that is the most a merge may lose.
    assert 0 < beliefs.shift < 4e-12


def test_beliefs_are_distributions_over_states_that_look_alike(build, random_model):
    model = aliased(build, random_model, 3, horizon=5)
    beliefs = believe(model)
    living = np.diff(beliefs.weights.indptr) > 0
    assert living.sum() == beliefs.model.size - 1  # one belief for all that has ended
    np.testing.assert_allclose(np.asarray(beliefs.weights.sum(axis=1)).ravel(), living, atol=1e-12)
    for belief, row in enumerate(beliefs.weights):
        assert np.all(model.observations[row.indices, 0] == beliefs.model.observations[belief, 0]) or not living[belief]
        assert not np.any(model.terminal[row.indices])
    assert (beliefs.model.horizon, beliefs.model.actions) == (model.horizon, model.actions)


def test_a_visible_state_is_its_own_belief(swim):
    river = swim(6)
    beliefs = believe(river)
    assert beliefs.model.size == 6 and beliefs.shift == 0
    assert history_optimum(river).value == pytest.approx(optimum(river).value, abs=1e-12)


def test_a_horizon_ends_the_listing(build):
    """The tiger for one step: what was heard then is of no use any more."""
    short = believe(tiger(build, horizon=1, discount=1.0)).model
    assert short.size == 3  # even odds, and one for each side heard, which ends the episode
    assert short.terminal.tolist() == [False, True, True]
    assert finite_horizon(short).value == -1.0


def test_too_many_are_refused_with_the_limit(build):
    with pytest.raises(TooManyBeliefsError, match="more than limit=5 belief states"):
        believe(tiger(build), limit=5)


def test_several_players_are_refused(build):
    model = build({0: [(0.0, {0: 1.0})] * 2}, players=2)
    with pytest.raises(ValueError, match="believe takes a model of one player"):
        believe(model)


def test_certificates_of_hidden_states(build, monkeypatch):
    """The history earns less than the state; where beliefs are too many the state's optimum is an upper bound."""
    model = tiger(build)
    seen, hidden = certify(model), certify(model, hidden=True)
    assert seen.optimal.value == pytest.approx(200, abs=1e-9)  # 10 a step, over 1 - 0.95
    assert hidden.optimal.value == pytest.approx(19.37, abs=0.005)
    assert hidden.random == seen.random and hidden.memoryless.value <= hidden.memoryless.high <= hidden.optimal.high
    module = importlib.import_module("regretlab.solvers.certify")
    monkeypatch.setattr(module, "history_optimum", lambda model: history_optimum(model, 5))
    bound = certify(model, hidden=True).optimal
    assert bound.kind == "bound" and "limit=5" in bound.how
    assert bound.low <= hidden.optimal.value <= bound.high
