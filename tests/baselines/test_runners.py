import copy
import dataclasses
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import regretlab  # noqa: F401 (registers the environments)
from regretlab.baselines import load, names
from regretlab.baselines.fused import Fused
from regretlab.baselines.lockstep import Lockstep
from regretlab.envs.core.registry import build
from regretlab.envs.core.spec import Criterion
from regretlab.envs.core.stacks import adaptive_stack, frame_stack

ENVIRONMENTS = {
    "maze": lambda: build("TMazePassive-v0", length=3),
    "stacked maze": lambda: frame_stack(build("TMazePassive-v0", length=5, random_length=True), 5),
    "adaptive maze": lambda: adaptive_stack(build("TMazePassive-v0", length=4), 2, heads="split"),
    "river": lambda: build("RiverSwim-v0"),
    "game": lambda: build("IteratedGame-v0", game="shapley", horizon=7, discount=0.9, continuation=0.8),
    "three players": lambda: build("MatrixGame-v0", game="jordan-pennies"),
    "unequal players": lambda: build("MatrixGame-v0", payoffs=np.random.default_rng(3).normal(size=(3, 2, 3, 4))),
    "bandit": lambda: build(
        "IteratedGame-v0", game="shapley", feedback="bandit", noise="bernoulli", horizon=7, continuation=0.8
    ),
    "partner": lambda: build("PartnerGame-v0", game="rps", partner="uniform"),
    "systems": lambda: build("SorContextual-v0", grid=3, actions=4, tolerance=1e-2, steps=7),
    "sweeps": lambda: build("SorSweep-v0", grid=3, actions=10, tolerance=1e-2),
    "flight": lambda: build("StepSizeKepler-v0", starts=3, periods=1, action="factor"),
    "dilemma": lambda: build("IteratedGame-v0", game="prisoners-dilemma", horizon=7),
}
TOLD_ALL = (
    *("optimistic_hedge", "regret_matching_plus", "predictive_regret_matching", "conditional_regret_matching"),
    *("swap_regret", "stochastic_fictitious_play", "softmax_policy_gradient", "neurd", "replicator_mutator"),
)
TOLD_ONE = (
    *("exp3", "exp3_ix", "tsallis_inf", "sampled_policy_gradient", "neurd_cix", "explore_then_commit"),
    *("boltzmann_q", "wolf_phc", "ucb1", "thompson", "decaying_greedy"),
)
AVERAGE_REWARD = (
    *("differential_q", "r_learning", "rvi_q", "actor_critic", "dyna_q", "replay_q", "model_td", "optimistic_q"),
    *("n_step_policy_gradient", "certainty_equivalence", "ucrl2", "ucrl2b", "kl_ucrl", "psrl", "rmax"),
    *("on_policy_rho", "off_policy_rho", "rho_gradient"),
)
PAIRS = [
    *(("maze", name) for name in ("uniform", "epsilon_greedy", "q_learning", "optimal")),
    *(("stacked maze", name) for name in ("fixed", "q_lambda", "sarsa")),
    *(("adaptive maze", name) for name in ("monte_carlo", "reinforce")),
    *(("river", name) for name in AVERAGE_REWARD),
    *(("game", name) for name in ("q_learning", "hedge", "rmax")),
    *(("three players", name) for name in ("regret_matching", "fictitious_play", "sarsa")),
    *(("unequal players", name) for name in TOLD_ALL),
    *(("bandit", name) for name in TOLD_ONE),
    *(("systems", name) for name in ("tsallis_inf_cb", "cheb_cb", "omega_star")),
    ("sweeps", "chebyshev"),
    ("systems", "binned_q"),
    ("flight", "eta_tau"),
    ("dilemma", "strategy"),
    ("partner", "frequency_predictor"),
    ("partner", "type_posterior"),
]


def outcome(run, blocks=(40, 23)):
    totals = [run.advance(steps) for steps in blocks]
    return (
        totals,
        tuple(run.states),
        run.batch.get_state().state,
        run.batch.streams.copy(),
        run.batch.observation.copy(),
    )


def test_every_learner_is_compared():
    assert {name for _, name in PAIRS} == set(names())


@pytest.mark.parametrize(("task", "name"), PAIRS)
def test_lockstep_equals_fused_to_the_last_bit(identical, task, name):
    environment, learner = ENVIRONMENTS[task](), load(name)
    one = outcome(Lockstep(environment, learner, lanes=3, seed=11))
    other = outcome(Fused(environment, learner, lanes=3, seed=11))
    assert identical(one, other)
    assert not identical(one, outcome(Fused(environment, learner, lanes=3, seed=12)))


SCRIPT = """
import hashlib, sys
import numpy as np
sys.path.insert(0, {folder!r})
import test_runners
print(test_runners.digest_of_all_pairs())
"""


def digest_of_all_pairs():
    digest = hashlib.sha256()

    def add(part):
        if isinstance(part, np.ndarray):
            digest.update(part.tobytes())
        elif isinstance(part, tuple | list):
            for each in part:
                add(each)

    for task, name in PAIRS:
        for runner in (Lockstep, Fused):
            add(outcome(runner(ENVIRONMENTS[task](), load(name), lanes=2, seed=4), blocks=(60,)))
    return digest.hexdigest()


def test_compiled_code_equals_plain_python_to_the_last_bit():
    script = SCRIPT.format(folder=str(Path(__file__).parent))
    plain = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert plain.stdout.strip() == digest_of_all_pairs()


@pytest.mark.parametrize("runner", [Lockstep, Fused])
@pytest.mark.parametrize("task", ["maze", "game"])
def test_a_lane_is_the_single_run_of_its_seed(identical, runner, task):
    environment, learner = ENVIRONMENTS[task](), load("q_learning")
    many = runner(environment, learner, lanes=4, seed=20)
    totals = many.advance(100)
    for lane in range(4):
        single = runner(environment, learner, seed=20 + lane)
        alone = single.advance(100)
        assert identical(tuple(part[lane : lane + 1] for part in totals[1:]), alone[1:])
        rows = slice(lane * environment.spec.players, (lane + 1) * environment.spec.players)
        np.testing.assert_array_equal(many.states[0].values[rows], single.states[0].values)


def test_the_length_of_the_blocks_does_not_matter(identical):
    environment, learner = ENVIRONMENTS["game"](), load("q_learning")
    one, other = Fused(environment, learner, lanes=2), Fused(environment, learner, lanes=2)
    whole = one.advance(1_000)
    parts = [other.advance(steps) for steps in (1, 400, 599)]
    assert identical(tuple(one.states), tuple(other.states))
    np.testing.assert_array_equal(whole.joint, sum(part.joint for part in parts))
    np.testing.assert_array_equal(whole.episodes, sum(part.episodes for part in parts))
    np.testing.assert_allclose(whole.returns, sum(part.returns for part in parts), rtol=1e-12)


@pytest.mark.parametrize("runner", [Lockstep, Fused])
def test_totals_of_episodes(runner):
    # Always down in a maze of length 3: an episode takes 3 steps and pays -1 or +1 in the last.
    run = runner(ENVIRONMENTS["maze"](), load("fixed", action=2), lanes=50)
    totals = run.advance(10)
    assert totals.steps == 10
    np.testing.assert_array_equal(totals.episodes, 3)
    np.testing.assert_array_equal(totals.rewards, totals.returns)
    assert set(np.abs(totals.returns).ravel()) == {1.0, 3.0}
    assert totals.joint.shape == (50, 0)
    later = run.advance(2)
    np.testing.assert_array_equal(later.episodes, 1)
    assert set(np.abs(later.returns).ravel()) == {1.0}, "the sums begin anew, the running episode does not"


@pytest.mark.parametrize("runner", [Lockstep, Fused])
def test_returns_are_discounted_as_the_criterion_is(runner):
    environment = build("IteratedGame-v0", payoffs=np.array([[[3.0]], [[1.0]]]), horizon=4, discount=0.5)
    totals = runner(environment, load("uniform")).advance(9)
    np.testing.assert_array_equal(totals.episodes, [2])
    np.testing.assert_array_equal(totals.rewards, [[27.0, 9.0]])
    np.testing.assert_array_equal(totals.returns, [[2 * 3 * 1.875, 2 * 1.875]])
    np.testing.assert_array_equal(totals.joint, [[9]])


@pytest.mark.parametrize("runner", [Lockstep, Fused])
def test_what_was_learned_can_be_played_without_learning(runner):
    maze = frame_stack(ENVIRONMENTS["maze"](), 3)
    trained = Fused(maze, load("q_learning", alpha=0.5), lanes=2)
    trained.advance(20_000)
    before = trained.states[0].values.copy()
    greedy = runner(maze, load("q_learning", epsilon=0.0), lanes=2, seed=5, states=trained.states, learning=False)
    np.testing.assert_array_equal(greedy.advance(300).returns[:, 0], 100.0)
    np.testing.assert_array_equal(trained.states[0].values, before)


HELD = {
    "sarsa": ("upcoming", -1),
    "epsilon_greedy": ("held", -1),
    "q_lambda": ("traced", 0),
    "monte_carlo": ("length", 0),
}


@pytest.mark.parametrize("runner", [Lockstep, Fused])
@pytest.mark.parametrize("name", HELD)
def test_nothing_of_an_interrupted_episode_is_carried_into_another_run(identical, runner, name):
    # The same values, once with an episode under way and once with it forgotten by hand: all that follows is equal.
    maze, learner = ENVIRONMENTS["maze"](), load(name, epsilon=0.2)
    interrupted, cleared = (Fused(maze, learner, lanes=5, seed=2) for _ in range(2))
    for run in (interrupted, cleared):
        run.advance(3 * 7 + 1)  # every episode takes at least 3 steps, so some are under way
    state = cleared.states[0]
    held, nothing = HELD[name]
    assert np.any(getattr(state, held) != nothing)
    getattr(state, held)[:] = nothing
    totals = [runner(maze, learner, lanes=5, seed=9, states=run.states).advance(50) for run in (interrupted, cleared)]
    assert identical(*totals) and identical(interrupted.states[0], state)


@pytest.mark.parametrize("name", ["sarsa", "epsilon_greedy"])
def test_a_learner_that_does_not_learn_still_chooses_anew(identical, name):
    # With epsilon 1 every choice is uniform: sarsa chooses at every step, the bandit in every episode (of 5 steps).
    river, learner = _episodic(build("RiverSwim-v0")), load(name, epsilon=1.0)
    trained = Fused(river, learner, lanes=2)
    trained.advance(5 * 40 + 2)  # stops within an episode; every action was tried
    runs = [
        runner(river, learner, lanes=2, seed=3, states=copy.deepcopy(trained.states), learning=False)
        for runner in (Lockstep, Fused)
    ]
    right = []
    for _ in range(60):
        for run in runs:
            run.advance(1)
        assert identical(tuple(runs[0].states), tuple(runs[1].states))
        right.append(runs[0]._actions[0, 0])
    assert np.array_equal(runs[0]._actions, runs[1]._actions)
    assert 0 < sum(right) < 60
    episodes = np.array(right).reshape(12, 5)
    assert np.all(episodes == episodes[:, :1]) == (name == "epsilon_greedy")


def _episodic(river):
    spec = dataclasses.replace(river.spec, horizon=5, criterion=Criterion("return"))
    return dataclasses.replace(river, spec=spec, certify=None)


@pytest.mark.parametrize("runner", [Lockstep, Fused])
def test_the_oracle_plans_for_the_limit_that_is_played(runner):
    # Within 4 steps nobody gets from the left end to the right one, so staying, 4 x 0.005, is optimal; the plan for
    # 100 steps swims to the right at first.
    river = build("RiverSwim-v0")
    river = dataclasses.replace(river, spec=dataclasses.replace(river.spec, criterion=Criterion("return"), horizon=100))
    totals = runner(river, load("optimal"), lanes=3, max_episode_steps=4).advance(40)
    np.testing.assert_array_equal(totals.episodes, 10)
    np.testing.assert_allclose(totals.returns[:, 0], 10 * 4 * 0.005)


def test_max_episode_steps_cuts_episodes():
    for runner in (Lockstep, Fused):
        run = runner(ENVIRONMENTS["river"](), load("uniform"), max_episode_steps=5)
        assert run.advance(23).episodes.tolist() == [4]


def test_every_player_may_be_another_learner(identical):
    game = ENVIRONMENTS["game"]()
    run = Lockstep(game, [load("q_learning"), load("fixed", action=1)], lanes=3)
    assert np.all(run.advance(200).joint.reshape(3, 3, 3)[:, :, [0, 2]] == 0)
    # two learners of one kind are the same as one in self-play
    pair = Lockstep(game, [load("sarsa"), load("sarsa")], lanes=3).advance(100)
    assert identical(pair, Lockstep(game, load("sarsa"), lanes=3).advance(100))


def test_the_record_holds_every_step():
    game = build("IteratedGame-v0", game="prisoners-dilemma", horizon=5, memory=1)
    run = Lockstep(game, [load("rmax"), load("uniform")], lanes=2, record=True)
    run.advance(7)
    totals = run.advance(5)
    record = run.record
    assert [part.shape for part in record] == [(12, 2, 2)] * 5 + [(12, 2, 0)], "neither learner forecasts"
    np.testing.assert_allclose(record.rewards[7:].sum(axis=0), totals.rewards)
    np.testing.assert_array_equal(record.observations[::5], 0)
    np.testing.assert_array_equal(record.following[..., 0], 1 + 2 * record.actions[..., 0] + record.actions[..., 1])
    inner = np.arange(12) % 5 != 4
    np.testing.assert_array_equal(record.following[:-1][inner[:-1]], record.observations[1:][inner[:-1]])
    assert run.predicts == (True, False)
    assert np.all(record.predictions[..., 1] == -1) and record.predictions[0, 0, 0] == -1
    assert record.predictions[5, 0, 0] == record.following[0, 0, 0], "what followed the first time"


def test_refusals():
    game = ENVIRONMENTS["game"]()
    with pytest.raises(ValueError, match=r"one learner or 2.*not 3"):
        Lockstep(game, [load("uniform")] * 3)
    with pytest.raises(TypeError, match="players must be learners"):
        Lockstep(game, "q_learning")
    with pytest.raises(TypeError, match="one learner"):
        Fused(game, [load("uniform")] * 2)
    with pytest.raises(ValueError, match="lanes=0"):
        Fused(game, load("uniform"), lanes=0)
    with pytest.raises(RuntimeError, match="record=True"):
        _ = Lockstep(game, load("uniform")).record
