"""What a memory is worth, the least that suffices, and claims that the solvers refute."""

import dataclasses

import pytest

from regretlab.envs.core import kernel
from regretlab.envs.core.certificate import Value
from regretlab.envs.core.registry import build
from regretlab.solvers import capacity, certify_memory
from regretlab.solvers.capacity import attains
from regretlab.solvers.certify import certify_environment
from regretlab.testing import check_certificate, check_memory_claim

MAZE = build("TMazePassive-v0", length=4)


@kernel
def leaky_observe(p, s, i, o):
    """Show the cue at the junction too."""
    shown = s.column[i] == 1 or s.column[i] == s.junction[i]
    o[i, 0] = 2 + s.cue[i] if shown else 0


LEAKY = dataclasses.replace(MAZE, slug="LeakyMaze", kernels={**MAZE.kernels, "observe": leaky_observe})


@kernel
def door_apply(p, s, i, a, c, r):
    """Action 0 opens one of the doors, all others the other; the wrong one costs 1."""
    opened = (a[i, 0] == 0) == (s.cue[i] == 0)
    r[i, 0] = 0.0 if opened else -1.0
    return opened


@kernel
def blind_observe(p, s, i, o):
    """Show nothing."""
    o[i, 0] = 0


DOORS = dataclasses.replace(
    MAZE,
    slug="Doors",
    spec=dataclasses.replace(MAZE.spec, reward_range=(-1.0, 0.0), horizon=None),
    kernels={**MAZE.kernels, "apply": door_apply, "observe": blind_observe},
    certify=None,
)


def claiming(environment, optimal=None, random=None, memoryless=None, **facts):
    known = environment.certify()
    values = {"optimal": optimal, "random": random, "memoryless": memoryless}
    changed = {name: Value(value, "closed-form", "a claim") for name, value in values.items() if value is not None}
    kept = {name: fact for name, fact in {**known.facts, **facts}.items() if fact is not None}
    return dataclasses.replace(environment, certify=lambda: dataclasses.replace(known, **changed, facts=kept))


def test_values_of_memories():
    """Length 4: the window must span the corridor, or the agent choose what it keeps (arXiv:2512.19154)."""
    known = {"none": 0, "frame-stack 3": 0, "frame-stack 4": 1, "adaptive-stack 2": 1}
    for memory, value in known.items():
        found = capacity(MAZE, memory)
        assert found.value == pytest.approx(value, abs=1e-9) and found.kind == "solved", memory
    assert capacity(MAZE).value == capacity(MAZE, "none").value


def test_the_memory_that_the_xor_maze_needs():
    """Window 4, and three observations of one's own choice; shorter windows 0, 1/4 and 1/2, a stack of two 1/2."""
    found = certify_memory(build("XorMazePaper-v0"))
    assert found.facts["k_star"] == 4 and found.facts["kappa"] == 3
    assert found.facts["window"] == pytest.approx({1: 0.0, 2: 0.25, 3: 0.5, 4: 1.0}, abs=1e-9)
    assert found.facts["stack"] == pytest.approx({1: 0.0, 2: 0.5, 3: 1.0}, abs=1e-9)
    assert found.optimal.value == pytest.approx(1.0, abs=1e-12) and found.optimal.kind == "solved"
    assert found.needs_memory is True


@pytest.mark.parametrize("id", ["TMazePassive-v0", "TMazeActive-v0", "TMazeContinual-v0"])
def test_solved_certificates_agree_with_the_derived_ones(id):
    maze = build(id, length=3)
    found, derived = certify_memory(maze), maze.certify()
    for name in ("optimal", "random"):
        assert getattr(found, name).value == pytest.approx(getattr(derived, name).value, abs=1e-9)
    assert found.memoryless.low - 1e-9 <= derived.memoryless.value <= found.memoryless.high + 1e-9
    assert (found.facts["k_star"], found.facts["kappa"]) == (derived.facts["k_star"], derived.facts["kappa"]) == (3, 2)
    assert found.needs_memory is True


def test_what_is_not_reached_or_not_proved_has_another_name():
    """A most of 2 ends before the window that suffices; searches of 10 maps prove little."""
    short = certify_memory(MAZE, most=2).facts
    assert short["k_star_at_least"] == 3 and "k_star" not in short and short["kappa"] == 2
    maze = build("XorMazePaper-v0", limit=20)
    stopped = certify_memory(maze, most=4, limit=1_000, maps=40).facts
    assert "kappa" not in stopped and stopped.get("k_star_at_least", 1) <= 4
    assert any(name.endswith("_at_least") and isinstance(part, dict) for name, part in stopped.items())
    for name, value in stopped.get("window_at_least", {}).items():
        assert value <= {1: 0.0, 2: 0.25, 3: 0.5}.get(name, 1.0) + 1e-9


def test_a_memory_that_never_ends_is_not_enough():
    """Who always tries the same door never comes through the other. The first step has an empty slot, the others not:
    try one door and then the other, which costs 1/2 on average.
    """
    found = certify_memory(DOORS)
    assert found.optimal.value == pytest.approx(-0.5, abs=1e-12) and found.memoryless is None
    assert found.facts["k_star"] == found.facts["kappa"] == 2
    assert found.facts["window"] == pytest.approx({2: -0.5}, abs=1e-9)


def test_too_many_states_are_refused_with_the_limit():
    with pytest.raises(ValueError, match="more than 20 states: raise `limit`"):
        capacity(MAZE, "adaptive-stack 3", limit=20)
    with pytest.raises(ValueError, match="more than 5 states: raise `limit`"):
        certify_memory(MAZE, limit=5)
    with pytest.raises(ValueError, match="memory='frame-stak 2' is not allowed"):
        capacity(MAZE, "frame-stak 2")


def test_environments_without_a_formula_get_their_memory_solved():
    found = certify_environment(dataclasses.replace(MAZE, certify=None))
    assert found.facts["k_star"] == 4 and found.facts["kappa"] == 2 and found.needs_memory is True
    assert found.optimal.kind == "solved" and found.optimal.value == pytest.approx(1.0)
    visible = certify_environment(build("RiverSwim-v0"))
    assert "k_star" not in visible.facts


def test_attaining():
    best = Value(1.0, "solved", "", 1.0 - 1e-12, 1.0 + 1e-12)
    assert attains(Value(1.0, "solved", "", 1.0, 1.0 + 1e-9), best) is True
    assert attains(Value(0.5, "solved", "", 0.5, 0.5), best) is False
    assert attains(Value(0.5, "bound", "", 0.5, 1.0), best) is None
    assert attains(Value(0.5, "bound", "", 0.5), best) is None
    assert attains(Value(0.5, "bound", "", high=0.5), best) is False


def test_the_claims_of_the_maze_hold():
    check_memory_claim(MAZE)


def test_a_task_that_gives_its_secret_away_is_caught():
    """It claims that nothing is earned without memory, but the cue is shown where it is needed."""
    with pytest.raises(AssertionError, match=r"memoryless: certified 0, but it is 1 to 1"):
        check_memory_claim(LEAKY)
    with pytest.raises(AssertionError, match="k_star: a policy with frame-stack 3 earns 1, the optimum being 1"):
        check_memory_claim(claiming(LEAKY, memoryless=1.0))


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"optimal": 1.5}, "optimal: certified 1.5, but it is 1 to 1"),
        ({"random": 0.25}, r"random: certified 0.25, but it is -?0"),
        ({"memoryless": 0.5}, r"memoryless: certified 0.5, but it is \S+ to 1e-10"),
        ({"k_star": 3}, "k_star: a policy with frame-stack 3 earns at most"),
        ({"k_star": 5}, "k_star: a policy with frame-stack 4 earns 1"),
        ({"kappa": 1}, "kappa: a policy with adaptive-stack 1 earns at most"),
        ({"kappa": 3}, "kappa: a policy with adaptive-stack 2 earns 1"),
        ({"k_star": None, "k_star_at_most": 3}, "k_star: a policy with frame-stack 3 earns at most"),
        ({"kappa": None, "kappa_at_least": 3}, "kappa: a policy with adaptive-stack 2 earns 1"),
    ],
)
def test_false_claims_are_caught(claims, message):
    with pytest.raises(AssertionError, match=message):
        check_memory_claim(claiming(MAZE, **claims))


def test_true_bounds_are_not():
    check_memory_claim(claiming(MAZE, k_star=None, k_star_at_most=6, k_star_at_least=2, kappa=None, kappa_at_most=3))
    # the optimum is 1: no more than 2, no less than 0
    for bound in (Value(2.0, "bound", "no reward is larger", high=2.0), Value(0.0, "bound", "a guess", low=0.0)):
        known = dataclasses.replace(MAZE.certify(), optimal=bound)
        task = dataclasses.replace(MAZE, certify=lambda known=known: known)
        check_memory_claim(task)
        check_certificate(task)
    wrong = dataclasses.replace(MAZE.certify(), optimal=Value(0.5, "bound", "too low", high=0.5))
    with pytest.raises(AssertionError, match=r"optimal: certified 0\.5, but it is 1 to 1"):
        check_memory_claim(dataclasses.replace(MAZE, certify=lambda: wrong))


def test_tasks_that_hide_nothing_or_are_too_large_are_left_alone():
    river = build("RiverSwim-v0")
    check_memory_claim(dataclasses.replace(river, certify=lambda: 1 / 0))
    check_memory_claim(claiming(build("Autoencode-v0"), memoryless=1.0))
