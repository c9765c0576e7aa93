"""Scores of memory, its costs and the linear probe: known answers, and refusals where a metric is undefined."""

import math
from dataclasses import replace

import numpy as np
import pytest

from regretlab.envs.core import Certificate, Value
from regretlab.evaluation.metrics import cost, memory
from regretlab.evaluation.metrics.probe import probe_memory_regret
from regretlab.evaluation.metrics.regret import cumulative_regret, normalised_score

TMAZE = Certificate(
    "return per episode",
    optimal=Value(1.0, "closed-form", "follow the cue"),
    random=Value(-0.5, "closed-form", "made up"),
    memoryless=Value(0.0, "closed-form", "a guess"),
    facts={"k_star": 10, "kappa": 2},
)
CONTROL = Certificate(
    "return per episode",
    optimal=Value(1.0, "closed-form", "everything is seen"),
    random=Value(1.0, "closed-form", "everything is right"),
    memoryless=Value(1.0, "closed-form", "everything is seen"),
)


def test_memory_advantage_and_normalised_score():
    """MA = (J - J_ML) / (J* - J_ML), NS = (J - J_rand) / (J* - J_rand)."""
    assert memory.memory_advantage(TMAZE, [0.0, 0.5, 1.0, -0.5]).tolist() == [0.0, 0.5, 1.0, -0.5]
    assert normalised_score(TMAZE, [-0.5, 0.25, 1.0]) == pytest.approx([0.0, 0.5, 1.0])


def test_scores_are_refused_where_they_are_undefined():
    with pytest.raises(ValueError, match="needs no memory"):
        memory.memory_advantage(CONTROL, 1.0)
    level = replace(TMAZE, memoryless=Value(1.0, "bound", "a search that was stopped", high=1.5), facts={})
    assert level.needs_memory is None
    with pytest.raises(ValueError, match="the memoryless value is as good"):
        memory.memory_advantage(level, 0.5)
    with pytest.raises(ValueError, match="no memoryless value"):
        memory.memory_advantage(Certificate("r", TMAZE.optimal, TMAZE.random), 1.0)
    with pytest.raises(ValueError, match="achieved must hold finite"):
        memory.memory_advantage(TMAZE, math.nan)
    with pytest.raises(ValueError, match="no normalised score"):
        normalised_score(CONTROL, 1.0)


def test_success_rate_counts_the_episodes_that_reach_the_return():
    assert memory.success_rate([1.0, -1.0, 1.0, 0.0], 1.0) == 0.5
    with pytest.raises(ValueError, match="returns must hold"):
        memory.success_rate([], 1.0)
    with pytest.raises(ValueError, match="at_least must hold"):
        memory.success_rate([1.0], math.nan)


def test_training_regret_sums_what_episodes_or_steps_fall_short():
    assert cumulative_regret(TMAZE, [1.0, -1.0, 1.0]).tolist() == [0.0, 2.0, 2.0]
    rate = Certificate("reward per step", Value(0.25, "closed-form", "1/L"), Value(0.0, "closed-form", "a guess"))
    assert cumulative_regret(rate, [0, 0, 0, 1.0, 0, 0, 0, -1.0])[[3, 7]].tolist() == [0.0, 2.0]


def test_capacity_regret_keeps_the_kind_and_turns_the_bracket():
    exact, searched = Value(0.5, "solved", "search", 0.5, 0.5), Value(0.25, "bound", "tried in vain", 0.25, None)
    found = memory.capacity_regret(TMAZE, {1: searched, 2: exact})
    assert found[2] == Value(0.5, "solved", "search", 0.5, 0.5)
    assert found[1] == Value(0.75, "bound", "tried in vain", None, 0.75)


def test_the_parts_of_regret_add_up():
    parts = memory.decompose(optimal=1.0, capacity=0.5, with_oracle=0.25, achieved=-0.5)
    assert parts == (0.5, 0.25, 0.75)
    assert parts.total == 1.5
    with pytest.raises(ValueError, match="four values"):
        memory.decompose(1.0, 0.5, math.inf, 0.0)


def test_the_smallest_sufficient_memory_and_its_efficiency():
    scores = {4: 1.0, 1: 0.5, 3: 0.96, 2: 0.75}
    assert memory.smallest_sufficient(scores) == 4
    assert memory.smallest_sufficient(scores, slack=0.05) == 3
    assert memory.smallest_sufficient({1: 0.5}) is None
    assert memory.smallest_sufficient({1: 0.5, 2: normalised_score(TMAZE, 0.1 * 3 / 0.3 - 1e-15)}) == 2, "rounding"
    assert memory.memory_efficiency(2, 4) == 0.5
    with pytest.raises(ValueError, match="no size of memory was sufficient"):
        memory.memory_efficiency(2, None)
    with pytest.raises(ValueError, match="scores must hold"):
        memory.smallest_sufficient({})


def test_horizon_generalisation():
    """Train on 10, test on 10, 20, 40 and 80: the greatest with success of at least .9."""
    rates = {10: 1.0, 20: 0.9, 40: 0.89, 80: 0.5, 160: 1.0}
    assert memory.horizon_generalisation(10, rates) == 20
    assert memory.horizon_generalisation(20, rates) == 160
    assert memory.horizon_generalisation(10, dict.fromkeys(rates, 0.5)) is None
    with pytest.raises(ValueError, match=r"lacks \[320\]"):
        memory.horizon_generalisation(40, rates)
    with pytest.raises(ValueError, match="success must hold finite"):
        memory.horizon_generalisation(10, rates | {40: math.nan})


def test_bsuite_passes_settings_above_five_eighths():
    """bsuite memory_len: (mistakes / 0.5) < 0.75 passes, so exactly 62.5 % does not."""
    assert memory.bsuite_score([1.0, 0.63, 0.625, 0.5]) == 0.5
    with pytest.raises(ValueError, match="shares from 0 to 1"):
        memory.bsuite_score([1.5])


def test_mmer_is_the_mean_of_the_best():
    assert memory.popgym_mmer([[0.1, 0.9, 0.5], [0.2, 0.3, 0.1]]) == pytest.approx(0.6)
    with pytest.raises(ValueError, match=r"\(trials, evaluations\)"):
        memory.popgym_mmer([0.1])


# Costs: the sizes of Nangue Tasse et al.'s agents (4 numbers an observation, width 128).


@pytest.mark.parametrize(
    ("architecture", "quoted"),
    [("MLP", ("34k", "66k", "545k")), ("LSTM", ("0.43M", "12.7M", "199M")), ("Transformer", ("2.7M", "88M", "2.3G"))],
)
def test_multiply_adds_at_stacks_of_2_64_and_1000(architecture, quoted):
    units = {"k": 1e3, "M": 1e6, "G": 1e9}
    for k, text in zip((2, 64, 1_000), quoted, strict=True):
        number, unit = text[:-1], units[text[-1]]
        decimals = len(number.partition(".")[2])
        assert f"{cost.MACS[architecture](k, 4) / unit:.{decimals}f}" == number


@pytest.mark.parametrize(
    ("architecture", "at_64", "at_1000"), [("MLP", 1.9, 16), ("LSTM", 29.6, 462), ("Transformer", 33, 878)]
)
def test_what_a_stack_of_two_saves(architecture, at_64, at_1000):
    macs = cost.MACS[architecture]
    assert round(macs(64, 4) / macs(2, 4), 1 if at_64 % 1 else None) == at_64
    assert round(macs(1_000, 4) / macs(2, 4)) == at_1000


def test_stored_bytes():
    """A window of 1,000 observations of 4 floats, against 2 chosen ones and the choice as one integer."""
    assert cost.stored_bytes(1_000, 4) == 16_000
    assert cost.stored_bytes(2, 4, memory_action_bytes=4) == 36


def test_sizes_below_one_are_refused():
    with pytest.raises(ValueError, match="k=0 is not allowed"):
        cost.mlp_macs(0, 4)
    with pytest.raises(ValueError, match="features=0 is not allowed"):
        cost.stored_bytes(2, 0)


# Linear probe.


def test_a_probe_reads_what_a_hidden_state_holds():
    """Hidden states that hold the cue (plus noise that is none of it) against states that do not."""
    random = np.random.default_rng(0)
    cues = random.integers(2, 4, 400)
    noise = random.normal(size=(400, 3))
    needed = 1 << cues
    holds = np.column_stack((noise, np.where(cues == 2, 5.0, -5.0) + noise[:, 0]))
    half = slice(None, 200), slice(200, None)
    assert probe_memory_regret(holds[half[0]], needed[half[0]], holds[half[1]], needed[half[1]]) < 0.02
    # Of independent noise 200 guesses are right 1/2 +- 4 standard deviations of 1 / (2 sqrt(200)) each.
    lost = probe_memory_regret(noise[half[0]], needed[half[0]], noise[half[1]], needed[half[1]])
    assert abs(lost - 0.5) < 4 / (2 * math.sqrt(200))


def test_a_constant_hidden_state_reads_one_of_three_sets_whatever_their_shares():
    """Balanced: the accuracy of a constant guess is 1/3, though one set makes up 80 %."""
    needed = np.repeat([1, 2, 4], [80, 10, 10])
    hidden = np.ones((100, 2))
    assert probe_memory_regret(hidden, needed, hidden, needed) == pytest.approx(2 / 3)


def test_a_rare_set_weighs_as_much_as_a_common_one():
    """Normal hidden states around 0 (nine of ten) and 1: with equal weights the border is 1/2 and both are read with
    probability Phi(1/2) = 0.6915; without, nearly all would be taken for the common set, and 1/2 be lost.
    """
    random = np.random.default_rng(0)
    needed = np.where(np.arange(20_000) % 10 == 0, 8, 4)
    hidden = (random.normal(size=20_000) + (needed == 8))[:, None]
    half = slice(None, 10_000), slice(10_000, None)
    lost = probe_memory_regret(hidden[half[0]], needed[half[0]], hidden[half[1]], needed[half[1]])
    # 1,000 rare ones are read in the test: 4 standard errors of their half of the accuracy are 0.03
    assert lost == pytest.approx(1 - 0.6915, abs=0.03)


def test_steps_at_which_nothing_is_needed_are_left_out():
    needed = np.array([0, 0, 4, 8])
    hidden = np.array([[9.0], [-9.0], [1.0], [-1.0]])
    assert probe_memory_regret(hidden, needed, hidden, needed) == 0.0


@pytest.mark.parametrize(
    ("hidden", "needed", "test_hidden", "test_needed", "message"),
    [
        ([[1.0], [2.0]], [4, 4], [[1.0]], [4], "needed has 1 different"),
        ([[1.0], [2.0]], [4, 8], [[1.0]], [16], "sets that needed has too"),
        ([[1.0], [2.0]], [4, 8], [[1.0]], [0], "at least one"),
        ([[1.0], [2.0]], [4, 8], [[1.0, 2.0]], [4], "hidden has 1 features and test_hidden 2"),
        ([1.0, 2.0], [4, 8], [[1.0]], [4], r"hidden must be \(steps, features\)"),
        ([[1.0], [math.nan]], [4, 8], [[1.0]], [4], "hidden must hold finite"),
    ],
)
def test_a_probe_refuses_what_it_cannot_tell(hidden, needed, test_hidden, test_needed, message):
    with pytest.raises(ValueError, match=message):
        probe_memory_regret(hidden, needed, test_hidden, test_needed)
