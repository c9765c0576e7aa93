"""Synthetic runs with known values."""

import pytest

from regretlab.envs.core import Certificate, Value
from regretlab.evaluation.store import Curve, Job, Learner, Protocol, Record

RIVERSWIM = Certificate(
    "reward per step",
    optimal=Value(0.4286, "solved", "policy iteration", 0.42855, 0.42865),
    random=Value(0.0286, "solved", "linear system"),
    facts={"span": 14.5, "diameter": 15.0},
)
TMAZE = Certificate(
    "return per episode",
    optimal=Value(1.0, "closed-form", "follow the cue"),
    random=Value(-0.5, "closed-form", "half of the arms"),
    memoryless=Value(0.0, "closed-form", "a guess"),
    facts={"k_star": 4},
)
SHAPLEY = Certificate(
    "NashConv",
    optimal=Value(0.0, "closed-form", "a Nash equilibrium"),
    random=Value(0.0, "closed-form", "uniform play is the equilibrium"),
    facts={"largest_pure_nash_conv": 2.0},
    measure="gap",
)
TASKS = {
    "riverswim": ("mdps", "regretlab/RiverSwim-v0", {"n": 6}, RIVERSWIM),
    "tmaze": ("memory", "regretlab/TMazePassive-v0", {"length": 4}, TMAZE),
    "shapley": ("games", "regretlab/MatrixGame-v0", {"game": "shapley"}, SHAPLEY),
}
REGRET = {"measure": "cumulative regret", "unit": "reward"}
VERSIONS = {"python": "3.12.1", "numpy": "2.0.0", "numba": "0.61.0", "regretlab": "0.1.0"}


def build(task="riverswim", learner="q_learning", seed=0, achieved=0.2286, curve=None, **fields):
    """A run of ``learner`` on one of `TASKS`; the curve is the cumulative regret of ``achieved`` a step."""
    family, environment, knobs, certificate = TASKS[task]
    regret = certificate.regret(achieved)
    steps = [1, 10, 50, 100]
    values = [regret * step for step in steps] if curve is None else curve
    if fields.get("status") == "crashed":
        fields = {"traceback": "Traceback: ZeroDivisionError", **fields}
    else:
        fields = {
            "certificate": certificate,
            "achieved": achieved,
            "curve": values if isinstance(values, Curve) else Curve(steps=steps, values=values, **REGRET),
            **fields,
        }
    job = {
        "suite": "quick",
        "task": task,
        "family": family,
        "environment": environment,
        "knobs": knobs,
        "learner": Learner(name=learner, id=learner, params={"step_size": 0.1}),
        "seed": seed,
        "protocol": Protocol(name="online", budget=100),
    }
    known = {"status": "finished", "source_hash": "abc", "versions": VERSIONS, "wall_time_seconds": 0.5}
    record = Record(**{**job, **known, **fields})
    assert isinstance(record, Job)
    return record


@pytest.fixture
def make_record():
    return build
