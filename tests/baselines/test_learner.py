import numpy as np
import pytest

import regretlab  # noqa: F401 (registers the environments)
from regretlab.baselines import accepts, load, names
from regretlab.baselines.lockstep import Lockstep
from regretlab.envs.core.registry import build
from regretlab.envs.core.streams import lane_seeds

GAME = build("IteratedGame-v0", game="rock-paper-scissors", horizon=0)


def test_the_shipped_learners():
    assert names() == [
        *("uniform", "fixed", "epsilon_greedy", "frequency_predictor", "q_learning"),
        *("q_lambda", "sarsa", "monte_carlo", "reinforce"),
        *("differential_q", "rmax", "ucrl2", "ucrl2b", "kl_ucrl", "psrl", "certainty_equivalence", "optimistic_q"),
        *("on_policy_rho", "off_policy_rho", "rho_gradient", "r_learning", "rvi_q", "actor_critic"),
        *("dyna_q", "replay_q", "model_td", "n_step_policy_gradient", "binned_q", "hedge"),
        *("optimistic_hedge", "regret_matching", "regret_matching_plus", "predictive_regret_matching"),
        *("conditional_regret_matching", "swap_regret", "fictitious_play", "stochastic_fictitious_play"),
        *("softmax_policy_gradient", "sampled_policy_gradient", "neurd", "neurd_cix", "replicator_mutator"),
        *("exp3", "exp3_ix", "tsallis_inf", "boltzmann_q", "wolf_phc", "explore_then_commit"),
        *("ucb1", "thompson", "decaying_greedy", "tsallis_inf_cb", "cheb_cb"),
        *("type_posterior", "omega_star", "chebyshev", "eta_tau", "strategy", "optimal"),
    ]
    for name in names():
        learner = load(name)
        assert learner.name == name and learner.summary
        assert dict(load(name, **learner.knobs).knobs) == dict(learner.knobs)


@pytest.mark.parametrize(
    ("name", "knobs", "error", "words"),
    [
        ("q_lerning", {}, ValueError, "q_lerning.*did you mean 'q_learning'"),
        ("no.such.module", {}, ValueError, "no.such.module"),
        ("math.x", {}, ValueError, "math.x"),
        ("email.mime", {}, TypeError, "email.mime does not define KNOBS"),
        ("q_learning", {"alhpa": 0.5}, TypeError, "alhpa.*did you mean 'alpha'"),
        ("q_learning", {"alpha": 2.0}, ValueError, "alpha=2.0.*from 0 to 1"),
        ("sarsa", {"truncation": "stop"}, ValueError, "truncation='stop'.*'bootstrap', 'terminal'"),
        ("reinforce", {"heads": 2}, ValueError, "heads=2.*'joint', 'split'"),
        ("monte_carlo", {"episode": 0}, ValueError, "episode=0.*at least 1"),
        ("rmax", {"m": 0}, ValueError, "m=0.*at least 1"),
        ("hedge", {"eta": "large"}, TypeError, "eta='large'"),
    ],
)
def test_bad_names_and_knobs_are_refused(name, knobs, error, words):
    with pytest.raises(error, match=words):
        load(name, **knobs)


@pytest.mark.parametrize(
    ("name", "id", "knobs", "words"),
    [
        ("q_learning", "HermiteEta-v0", {}, "integer observations"),
        ("optimal", "HermiteEta-v0", {}, "needs the exact model"),
        ("optimal", "IteratedGame-v0", {}, "plays alone"),
        ("hedge", "RiverSwim-v0", {}, "rewards of all its actions"),
        ("epsilon_greedy", "RiverSwim-v0", {}, "criterion return"),
        ("differential_q", "TMazePassive-v0", {}, "criterion gain"),
        ("monte_carlo", "RiverSwim-v0", {}, "criterion return or discounted"),
    ],
)
def test_senseless_pairs_are_refused_with_the_reason(name, id, knobs, words):
    environment = build(id, **knobs)
    assert words in accepts(load(name), environment)
    with pytest.raises(ValueError, match=words):
        Lockstep(environment, load(name))


def test_sensible_pairs_are_accepted():
    pairs = [("q_learning", "RiverSwim-v0"), ("epsilon_greedy", "HermiteEta-v0"), ("hedge", "MatrixGame-v0")]
    pairs += [("optimal", "TMazePassive-v0"), ("differential_q", "RiverSwim-v0"), ("uniform", "HermiteEta-v0")]
    assert [accepts(load(name), build(id)) for name, id in pairs] == [None] * len(pairs)


def test_a_fixed_action_must_exist():
    assert accepts(load("fixed", action=2), GAME) is None
    assert "action=3 is not allowed" in accepts(load("fixed", action=3), GAME)
    uneven = build("IteratedGame-v0", payoffs=np.zeros((2, 2, 3)), horizon=0)
    assert "the actions 0 to 1" in accepts(load("fixed", action=2), uneven)
    assert accepts(load("fixed", action=2), uneven, (1,)) is None
    run = Lockstep(uneven, [load("uniform"), load("fixed", action=2)])
    assert run.advance(20).joint.reshape(2, 3)[:, 2].sum() == 20


def test_the_rows_of_a_lane_depend_on_its_seed_and_the_player_alone():
    learner = load("q_learning")
    both = learner.rows(GAME, (0, 1), lane_seeds(7, 3))
    assert len(set(both.key.tolist())) == 6
    assert both.actions.tolist() == [3] * 6
    np.testing.assert_array_equal(both.key[2:4], learner.rows(GAME, (0, 1), lane_seeds(8, 1)).key)
    np.testing.assert_array_equal(both.key[1::2], learner.rows(GAME, (1,), lane_seeds(7, 3)).key)
    assert both.values.shape == (6, 10, 3), "9 joint actions, or none yet"


@pytest.mark.parametrize("name", names())
def test_one_action_leaves_nothing_to_regret(name):
    bound = load(name).regret_bound(1, [1, 10])
    assert bound is None or bound.tolist() == [0, 0]


def test_unequal_numbers_of_actions():
    payoffs = np.zeros((2, 2, 3))
    payoffs[1, :, 2] = 1.0
    game = build("IteratedGame-v0", payoffs=payoffs, horizon=0)
    assert load("q_learning").rows(game, (0, 1), lane_seeds(0, 2)).actions.tolist() == [2, 3, 2, 3]
    for name in ("uniform", "q_learning", "hedge", "regret_matching", "fictitious_play", "rmax"):
        joint = Lockstep(game, load(name), lanes=2).advance(200).joint
        assert joint.shape == (2, 6) and np.all(joint.sum(axis=1) == 200)
        if name in ("hedge", "regret_matching", "fictitious_play"):
            assert np.all(joint[:, [2, 5]].sum(axis=1) > 100), "the third action is the best"


def test_a_greedy_learner_is_the_same_without_exploration():
    learner = load("q_learning", alpha=0.3, epsilon=0.5, final_epsilon=0.2, decay_steps=10)
    still = learner.greedy()
    assert dict(still.knobs) == {**learner.knobs, "epsilon": 0.0, "final_epsilon": 0.0}
    assert (still.params.epsilon, still.params.final_epsilon, still.params.alpha) == (0.0, 0.0, 0.3)
    for name in ("uniform", "reinforce", "optimal"):
        learner = load(name)
        assert learner.greedy() is learner, "its draws are its play"


def test_a_greedy_learner_takes_the_best_action_it_has_learned():
    river = build("RiverSwim-v0")
    training = Lockstep(river, load("sarsa", epsilon=1.0), lanes=2)
    training.advance(30)
    values = training.states[0].values
    values[...] = [0.0, 1.0]
    play = Lockstep(river, load("sarsa", epsilon=1.0).greedy(), lanes=2, states=training.states, learning=False)
    for _ in range(50):
        play.advance(1)
        assert play._actions.tolist() == [[1], [1]]
