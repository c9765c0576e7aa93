"""The rows of the solver tasks."""

from __future__ import annotations

from ..core.knobs import Knob
from ..core.registry import Row

LAWS = ("high", "low", "drift")

_SOURCE = "Khodak, Chow, Balcan and Talwalkar 2024, ICLR, arXiv:2310.02246"
_SYSTEM = {
    "law": Knob("high", "how the shift is distributed: Beta(1/2, 3/2), Beta(2, 6), or a wave", choices=LAWS),
    "grid": Knob(10, "points in a row and in a column, so that there are grid**2 unknowns", low=1, high=100),
    "least_shift": Knob(-0.15, "the least shift of the diagonal; the greatest is 0.6 more", low=-4.0, high=100.0),
    "actions": Knob(20, "relaxation parameters at equal distances from 1 to 1.95", low=2, high=1_000),
    "tolerance": Knob(1e-8, "residual, relative to that of the start, at which a solve ends", low=1e-13, high=0.5),
}
_SHARED = {name: _SYSTEM[name] for name in ("actions", "tolerance")}
_BANDIT = {
    **_SYSTEM,
    "cap": Knob(10_000, "most sweeps of a solve", low=1, high=10**6),
    "steps": Knob(5_000, "length of an episode in systems", low=1, high=10**6),
}

ROWS = (
    Row(
        id="regretlab/SorBandit-v0",
        module="regretlab.envs.linear.sor_bandit",
        family="linear",
        summary="Choose the relaxation parameter of SOR for one linear system after another, seeing the counts alone.",
        knobs=_BANDIT,
        tags=("solvers", "bandit", "reference optimum", "integer", "expensive steps"),
        citation=_SOURCE,
    ),
    Row(
        id="regretlab/SorContextual-v0",
        module="regretlab.envs.linear.sor_bandit",
        family="linear",
        summary="Choose the relaxation parameter of SOR for one system after another, seeing its shift.",
        knobs=_BANDIT,
        fixed={"contextual": True},
        tags=("solvers", "contextual bandit", "reference optimum", "vector", "expensive steps"),
        citation=_SOURCE,
    ),
    Row(
        id="regretlab/SorHeat2D-v0",
        module="regretlab.envs.linear.sor_heat_2d",
        family="linear",
        summary="Choose omega of the SSOR preconditioner for every implicit step of a heat equation.",
        knobs={
            "nx": Knob(25, "intervals in each direction, for (nx - 1)**2 unknowns", low=2, high=400),
            **_SHARED,
            "cap": Knob(1_000, "most iterations of a solve", low=1, high=10**6),
            "steps": Knob(5_000, "length of an episode in steps of 0.001", low=1, high=10**6),
        },
        tags=("solvers", "reference optimum", "vector", "expensive steps"),
        citation=_SOURCE,
    ),
    Row(
        id="regretlab/SorSweep-v0",
        module="regretlab.envs.linear.sor_sweep",
        family="linear",
        summary="Solve a linear system by over-relaxation, choosing omega anew for every half-sweep.",
        knobs={
            **_SYSTEM,
            "law": Knob("high", "how the shift is distributed: Beta(1/2, 3/2) or Beta(2, 6)", choices=LAWS[:2]),
            "actions": Knob(100, "relaxation parameters at equal distances from 1 to 1.99", low=2, high=1_000),
            "cap": Knob(500, "most sweeps of a solve", low=1, high=10**6),
        },
        tags=("solvers", "reference optimum", "vector"),
        citation="Golub and Varga 1961, Numerische Mathematik 3:147",
    ),
)
