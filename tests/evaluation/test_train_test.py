"""Learning and testing apart: what is achieved is that of the test, and its memory is measured."""

from dataclasses import replace

import numpy as np
import pytest

from regretlab.baselines.fused import Fused
from regretlab.baselines.learner import load
from regretlab.envs.core.registry import build
from regretlab.envs.core.remember import remember, supervised
from regretlab.evaluation.protocols import Meeting, online, run, train_test
from regretlab.solvers.certify import certify_environment


def play(environment, memory, player, steps, seeds=2, seed=0, checkpoints=10, **knobs):
    base = build(environment, **knobs)
    played, managed = remember(base, memory), supervised(base, memory)
    return run(
        "train-test", Meeting(played, certify_environment(base), player, seed, seeds, steps, checkpoints, managed)
    )


def test_exploration_is_paid_for_in_training_alone():
    # Every third step or so is random, also at the junction, where half of the random actions are wrong.
    learner = load("q_learning", alpha=0.5, epsilon=0.3)
    outcomes = play("TMazePassive-v0", "frame-stack 4", learner, 20_000, length=4)
    for outcome in outcomes:
        assert outcome.achieved == 1.0
        metrics = outcome.metrics
        assert metrics["episodes"] == 100 and metrics["success_rate"] == metrics["normalised_score"] == 1.0
        assert metrics["memory_advantage"] == 1.0
        assert metrics["training_regret"] == outcome.curve["values"][-1] > 5_000 * 0.3 / 2
        assert outcome.curve["measure"] == "cumulative regret" and outcome.curve["steps"][-1] == 20_000
        assert (
            metrics["memory_regret"] == metrics["forget"] == metrics["miss"] == metrics["memory_regret_eligible"] == 0
        )


def test_training_is_that_of_the_protocol_online():
    learner = load("sarsa")
    (tested,) = play("TMazePassive-v0", "none", learner, 2_000, seeds=1, length=4)
    base = build("TMazePassive-v0", length=4)
    (trained,) = online.run(Meeting(base, certify_environment(base), learner, 0, 1, 2_000, 10))
    assert tested.curve == trained.curve


@pytest.mark.parametrize(
    ("k", "regret", "forget", "miss", "eligible"), [(1, 5, 0, 1, 1.0), (3, 3, 1, 0, 3 / 5), (6, 0, 0, 0, 0.0)]
)
def test_the_memory_regret_of_a_window_is_known(k, regret, forget, miss, eligible):
    # The colour is needed after each of the first 5 of 6 steps. A window of k >= 2 lets go of it once, and lacks it
    # after L - k steps; a window of 1 never takes it up. (Nangue Tasse et al. 2025, arXiv:2512.19154, count it so.)
    (outcome, _) = play("TMazePassive-v0", f"frame-stack {k}", load("fixed", action=0), 600, length=6)
    expected = {"memory_regret": regret, "forget": forget, "miss": miss}
    assert {name: outcome.metrics[name] for name in expected} == pytest.approx(
        {name: 100 * count / 6 for name, count in expected.items()}
    )
    assert outcome.metrics["memory_regret_eligible"] == pytest.approx(eligible)
    assert outcome.metrics["correlation_horizon"] == 6, "the window that is enough"
    assert "management_regret" not in outcome.metrics


class Forgetful:
    """Takes the arm of the colour in its stack of two, the upper one without; always drops the oldest observation."""

    def __init__(self, observation_space, action_space, seed):
        pass

    def act(self, obs):
        colours = {2: 0, 3: 2}  # red: up, green: down
        held = [colours[slot - 1] for slot in (obs // 5, obs % 5) if slot - 1 in colours]
        return held[0] if held else 0

    def update(self, obs, action, reward, next_obs, terminated, truncated):
        pass


def test_management_regret_is_what_the_oracle_would_have_earned_more():
    # Memory action 0 drops the oldest, so the colour is gone in a maze of length 4; managed by the oracle it stays. All
    # that is lost is due to the memory: 1 minus the mean of +-1 with equal chances.
    outcomes = play("TMazePassive-v0", "adaptive-stack 2", Forgetful, 800, seeds=3, length=4)
    for outcome in outcomes:
        metrics = outcome.metrics
        assert metrics["management_regret"] == pytest.approx(1 - outcome.achieved)
        assert metrics["success_rate"] == pytest.approx((1 + outcome.achieved) / 2)
        assert metrics["memory_regret_eligible"] == pytest.approx(2 / 3)
    # 300 fair coins: within 5 standard errors
    assert np.mean([outcome.achieved for outcome in outcomes]) == pytest.approx(0, abs=5 / np.sqrt(300))


def test_the_oracle_changes_nothing_of_the_test():
    # A policy that draws its actions is tested with the same random numbers, managed or not.
    base, learner = build("TMazePassive-v0", length=4), load("reinforce")
    meeting = Meeting(remember(base, "adaptive-stack 2"), certify_environment(base), learner, 0, 2, 500, 10)
    managed = run("train-test", meeting._replace(managed=supervised(base, "adaptive-stack 2")))
    for one, other in zip(managed, run("train-test", meeting), strict=True):
        assert one.metrics.pop("management_regret") is not None
        assert one == other


def test_the_episodes_of_the_test_are_none_of_the_trainings():
    # Always up: the return tells the colour. In the same episodes all three means would be the same.
    learner = load("fixed", action=0)
    tested = [outcome.achieved for outcome in play("TMazePassive-v0", "none", learner, 400, seeds=3, length=4)]
    trained = Fused(build("TMazePassive-v0", length=4), learner, lanes=3).advance(400)
    assert trained.episodes.tolist() == [100] * 3
    assert tested != (trained.returns[:, 0] / 100).tolist()


def test_scores_that_are_not_defined_are_left_out():
    # What a search that was stopped found without memory is as good as the optimum: an advantage would divide by 0.
    base = build("TMazePassive-v0", length=3)
    known = certify_environment(base)
    level = replace(known, memoryless=replace(known.optimal, kind="bound", high=2.0), facts={})
    (outcome,) = run("train-test", Meeting(base, level, load("uniform"), 0, 1, 300, 10))
    assert "memory_advantage" not in outcome.metrics and "normalised_score" in outcome.metrics
    # Nothing is needed in a control task: no horizon, and no share of steps.
    (outcome, _) = play("UmbrellaChain-v0", "frame-stack 2", load("uniform"), 600)
    assert not {"memory_advantage", "memory_regret_eligible", "correlation_horizon"} & outcome.metrics.keys()


def test_what_is_tested_is_told_nothing():
    class Mute(Forgetful):
        told = 0

        def update(self, *step):
            Mute.told += 1

    play("TMazePassive-v0", "frame-stack 2", Mute, 60, seeds=1, length=3)
    assert Mute.told == 60


@pytest.mark.parametrize("memory", ["adaptive-stack 2", "push-skip 2"])
def test_a_seed_alone_gives_the_same_numbers(memory):
    # The mazes have random lengths and policies that were hardly trained, so that tests differ in length.
    knobs = {"length": 6, "random_length": True}
    both = play("TMazePassive-v0", memory, load("reinforce"), 500, seeds=3, seed=4, **knobs)
    for k, outcome in enumerate(both):
        assert [outcome] == play("TMazePassive-v0", memory, load("reinforce"), 500, seeds=1, seed=4 + k, **knobs)
    assert both[0] != both[1]


def test_the_gain_of_a_task_without_end_is_that_of_the_tests_steps():
    # 1 / 4 a step for remembering; the last passage of the 2,000 steps is a whole one.
    learner = load("q_learning", alpha=0.5, gamma=0.9)
    outcomes = play("TMazeContinual-v0", "frame-stack 4", learner, 20_000, length=4)
    for outcome in outcomes:
        assert outcome.achieved == 0.25 and outcome.metrics["normalised_score"] == 1.0
        assert outcome.metrics["memory_regret_eligible"] == 0.0
        assert not {"success_rate", "episodes"} & outcome.metrics.keys()


def test_a_task_that_ends_rarely_is_tested_within_a_limit(monkeypatch):
    # Uniform play of 600 steps in a maze of length 6 ends 100 episodes.
    monkeypatch.setattr(train_test, "MOST_STEPS", 600 - 6)
    (outcome,) = play("TMazePassive-v0", "none", load("uniform"), 600, seeds=1, length=6)
    assert outcome.metrics["episodes"] == 99
    monkeypatch.setattr(train_test, "MOST_STEPS", 5)
    with pytest.raises(
        ValueError, match="no episode of regretlab/TMazePassive-v0 ended within the 5 steps of the test"
    ):
        play("TMazePassive-v0", "none", load("uniform"), 600, seeds=1, length=6)


def test_refusals():
    with pytest.raises(ValueError, match="the protocol train-test is for one player; regretlab/IteratedGame-v0 has 2"):
        play("IteratedGame-v0", "none", load("uniform"), 100)
    with pytest.raises(ValueError, match="no episode of regretlab/TMazePassive-v0 ended within 5 steps"):
        play("TMazePassive-v0", "none", load("uniform"), 5)
