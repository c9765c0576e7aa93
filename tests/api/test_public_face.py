"""The functions of the package's root, the registries of Gymnasium and PettingZoo, and what an import costs."""

from __future__ import annotations

import subprocess
import sys

import gymnasium
import numpy as np
import pettingzoo
import pytest

import regretlab

IMPORT = """
import sys
import gymnasium, pettingzoo
import regretlab
print(sorted({"numba", "llvmlite", "torch", "matplotlib", "scipy", "pygame"} & set(sys.modules)))
"""


def _run(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_an_import_is_light():
    """How long it takes is measured in ``benchmarks/engine.py --only process``."""
    assert _run(IMPORT) == ["[]"]


def test_all_is_sorted_and_exists():
    assert regretlab.__all__ == sorted(regretlab.__all__)
    exported = {name: getattr(regretlab, name) for name in regretlab.__all__}
    assert [name for name, each in exported.items() if not callable(each)] == ["wrappers"]  # a module
    assert not [name for name in vars(regretlab) if name.islower() and name[0] != "_" and name not in _PUBLIC]


_PUBLIC = {*regretlab.__all__, "annotations", "envs", "solvers", "baselines", "evaluation", "testing", "assets", "cli"}


def test_the_module_prefix_imports_the_package():
    code = 'import gymnasium; print(gymnasium.make("regretlab:regretlab/TMazePassive-v0", length=3).unwrapped.spec.id)'
    assert _run(code) == ["regretlab/TMazePassive-v0"]


def test_every_row_is_registered():
    for row in regretlab.catalog():
        if row.players == "one":
            assert isinstance(gymnasium.spec(row.id).entry_point, str)
            assert isinstance(gymnasium.spec(row.id).vector_entry_point, str)
        else:
            assert row.id in pettingzoo.parallel_registry
            assert row.id in pettingzoo.aec_registry


def test_gymnasium_makes_all_three_kinds():
    knobs = {"length": 4}
    single = gymnasium.make("regretlab/TMazePassive-v0", **knobs)
    assert single.unwrapped.environment.knobs["length"] == 4
    vector = gymnasium.make_vec("regretlab/TMazePassive-v0", 3, vectorization_mode="vector_entry_point", **knobs)
    assert (vector.num_envs, vector.environment.knobs["length"]) == (3, 4)
    synchronous = gymnasium.make_vec("regretlab/TMazePassive-v0", 3, vectorization_mode="sync", **knobs)
    assert np.array_equal(synchronous.reset(seed=5)[0], vector.reset(seed=5)[0])


def test_the_spec_of_make_makes_the_same_environment():
    made = regretlab.make("toys/Signal-v0", seen="vector", horizon=7)
    again = gymnasium.make(made.spec)
    assert again.unwrapped.environment.knobs == made.environment.knobs
    assert gymnasium.make(gymnasium.envs.registration.EnvSpec.from_json(made.spec.to_json())).spec == again.spec


def test_pettingzoo_makes_both_kinds():
    parallel = pettingzoo.make("parallel", "toys/Signals-v0", seen="vector")
    turns = pettingzoo.make("aec", "toys/Signals-v0", seen="vector")
    seen, _ = parallel.reset(seed=3)
    turns.reset(seed=3)
    assert np.array_equal(turns.observe("player_1"), seen["player_1"])
    limited = pettingzoo.make("parallel", "toys/Signals-v0", max_cycles=1)
    limited.reset(seed=0)
    *_, truncations, _ = limited.step({"player_0": 0, "player_1": 0})
    assert all(truncations.values())


def test_a_row_can_be_registered_again():
    row = next(row for row in regretlab.catalog() if row.id == "toys/Signal-v0")
    regretlab.register(row)
    assert [other.id for other in regretlab.catalog()].count(row.id) == 1


def test_the_namespace_may_be_left_out():
    assert regretlab.make("TMazePassive-v0").spec.id == "regretlab/TMazePassive-v0"


def test_a_built_environment_is_taken_as_it_is():
    built = regretlab.make("toys/Signal-v0", horizon=5).environment
    assert regretlab.make(built).environment is built
    assert regretlab.make(built).spec is None
    with pytest.raises(TypeError, match="horizon cannot be changed"):
        regretlab.make_batch(built, 2, horizon=3)


def test_a_game_against_partners_is_an_environment_like_any_other():
    """Whoever always cooperates is best defected from: 5 a round instead of 3 (the library's prisoner's dilemma)."""
    game = regretlab.make_parallel("IteratedGame-v0", horizon=7).environment
    against = regretlab.as_single_agent(game, {1: np.tile([1.0, 0.0], (5, 1))})
    env = regretlab.make(against)
    env.reset(seed=0)
    assert [env.step(action)[1] for action in (0, 1)] == [3.0, 5.0]
    assert regretlab.certificate(against).optimal.value == pytest.approx(35.0, abs=1e-9)


def test_the_certificate_is_the_environments_own():
    known = regretlab.certificate("TMazePassive-v0", length=7)
    assert (known.optimal.value, known.memoryless.value, known.facts["k_star"]) == (1.0, 0.0, 7)


def test_the_model_is_listed():
    listed = regretlab.model("TMazePassive-v0", length=3)
    assert listed.initial.sum() == 1.0
    assert listed.transitions.shape == (listed.size * 4, listed.size)


# Bad input ------------------------------------------------------------------------------------------------------------

FUNCTIONS = (
    regretlab.make,
    lambda id, **knobs: regretlab.make_vec(id, 2, **knobs),
    regretlab.make_parallel,
    lambda id, **knobs: regretlab.make_batch(id, 2, **knobs),
    regretlab.model,
    regretlab.certificate,
)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_unknown_id_names_the_nearest(function):
    with pytest.raises(KeyError, match="did you mean 'regretlab/TMazePassive-v0'"):
        function("regretlab/TMazPassive-v0")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_unknown_knob_names_the_nearest(function):
    with pytest.raises(TypeError, match="no knob 'lenght'; did you mean 'length'"):
        function("TMazePassive-v0", lenght=4)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_knob_out_of_range_names_the_range(function):
    with pytest.raises(ValueError, match="length=1 is not allowed: length must be an integer from 2"):
        function("TMazePassive-v0", length=1)


def test_gymnasium_passes_our_errors_on():
    with pytest.raises(ValueError, match="length=1 is not allowed"):
        gymnasium.make("regretlab/TMazePassive-v0", length=1)
    with pytest.raises(TypeError, match="no knob 'lenght'"):
        gymnasium.make("regretlab/TMazePassive-v0", lenght=3)


def test_no_exact_model_of_a_continuous_environment():
    with pytest.raises(ValueError, match="it has no exact model"):
        regretlab.model("toys/Signal-v0")


def test_no_exact_model_beyond_the_limit():
    with pytest.raises(ValueError, match="more than 1,500 states"):
        regretlab.model("TMazePassive-v0", limit=1500, length=1000)


def test_several_players_need_another_function():
    for function in (regretlab.make, lambda id: regretlab.make_vec(id, 2)):
        with pytest.raises(ValueError, match="has 2 players: use make_parallel, or as_single_agent"):
            function("toys/Signals-v0")


def test_an_id_has_a_namespace_and_a_version():
    with pytest.raises(ValueError, match="namespace/Name-v0"):
        regretlab.register(regretlab.Row("Signal", "signals", "toys", "No version."))


@pytest.mark.parametrize("steps", [0, -3, 2.5])
def test_a_time_limit_is_a_positive_integer(steps):
    with pytest.raises(ValueError, match="max_episode_steps"):
        regretlab.make("TMazePassive-v0", max_episode_steps=steps)
