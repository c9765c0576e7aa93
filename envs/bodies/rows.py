"""The rows of the environments of bodies."""

from __future__ import annotations

from ..core.knobs import Knob
from ..core.registry import Row

# They stand here as names, because what they name would load the compiler; tests compare them.
SCHEMES = (
    "kdk",
    "dkd",
    "yoshida4",
    "yoshida6",
    "blanes6",
    "hermite",
    "hermite2",
    "hermite3",
    "rk4",
    "rkf4",
    "rkf45",
    "logh",
)
ORBITS = (
    "figure-eight",
    "butterfly-1",
    "butterfly-2",
    "yin-yang-1b",
    "goggles",
    "butterfly-3",
    "moth-1",
    "yin-yang-1a",
    "broucke-a1",
    "broucke-a2",
    "broucke-a3",
    "lagrange",
    "euler",
)
ODE_SYSTEMS = ("lorenz", "double-pendulum", "henon-heiles", "van-der-pol")
TAGS = ("bodies", "reference optimum", "vector", "step size")
_STARTS = {
    "seeds": Knob("train", "set of starts; they have none in common", choices=("train", "validation", "test")),
    "starts": Knob(100, "how many starts of the set", low=1, high=10_000),
}


def _step_size(
    id: str,
    system: str,
    summary: str,
    citation: str,
    flight: dict[str, Knob],
    scheme: str = "kdk",
    softening: float = 0.0,
) -> Row:
    """Return the row of one environment of `step_size`; ``flight`` are the knobs of its own."""
    return Row(
        id=f"regretlab/{id}",
        module="regretlab.envs.bodies.step_size",
        family="bodies",
        summary=summary,
        knobs={
            **flight,
            "scheme": Knob(scheme, "the integrator", choices=SCHEMES),
            "action": Knob(
                "grid",
                "choose a step of a grid, any step, or the factor to the last one",
                choices=("grid", "factor", "continuous"),
            ),
            "steps": Knob(1, "steps of one decision", low=1, high=16),
            "tolerance": Knob(1e-3, "energy error allowed per unit of time", low=1e-15, high=1.0),
            "force_weight": Knob(0.001, "price of an evaluation of all forces", low=0.0, high=1e6),
            "error_weight": Knob(0.01, "price of a decade of error above what is allowed", low=0.0, high=1e6),
            "error_limit": Knob(0.1, "energy error that ends the episode", low=1e-12, high=1e9),
            "decisions": Knob(20_000, "most decisions of an episode", low=1, high=10**9),
            "step_cap": Knob(100, "most steps of one decision, rejected ones included", low=1, high=10**6),
            "softening": Knob(softening, "length that softens the forces", low=0.0, high=100.0),
        },
        tags=TAGS,
        citation=citation,
        fixed={"system": system},
    )


ROWS = (
    Row(
        id="regretlab/HermiteEta-v0",
        module="regretlab.envs.bodies.hermite_eta",
        family="bodies",
        summary="Choose the accuracy parameter of a Hermite integrator for a chaotic three-body problem.",
        knobs={
            "decisions": Knob(100, "length of an episode in decisions of 0.1 years", low=1, high=10**6),
            "starts": Knob(100, "number of rows of the table of starts", low=1, high=10**5),
            "sub_step_cap": Knob(1_000_000, "most sub-steps of one decision", low=1, high=10**9),
        },
        tags=("bodies", "reference optimum", "vector", "expensive steps"),
        citation="Saz Ulibarrena and Portegies Zwart 2025, arXiv:2502.12809",
    ),
    _step_size(
        "StepSize-v0",
        "three-stars",
        "Choose every time step of a leapfrog, or another scheme, through three chaotic stars.",
        "Saz Ulibarrena and Portegies Zwart 2025, arXiv:2502.12809",
        {**_STARTS, "years": Knob(10.0, "length of the flight", low=0.01, high=1e4)},
    ),
    _step_size(
        "StepSizeKepler-v0",
        "kepler",
        "Choose every time step around a Kepler ellipse, of which every place is known.",
        "Kepler 1609, Astronomia nova",
        {
            **_STARTS,
            "eccentricity": Knob(0.9, "of the ellipse", choices=(0.0, 0.5, 0.9, 0.99)),
            "periods": Knob(10, "length of the flight in revolutions", low=1, high=10**6),
        },
    ),
    _step_size(
        "Pythagorean-v0",
        "pythagorean",
        "Choose every time step of the masses 3, 4 and 5 that fall from the corners of a triangle.",
        "Szebehely and Peters 1967, Astronomical Journal 72:876",
        {"until": Knob(15, "length of the flight", choices=(1, 5, 10, 15, 20, 30))},
        scheme="hermite",
    ),
    _step_size(
        "PeriodicOrbit-v0",
        "periodic",
        "Choose every time step on a periodic orbit of three bodies, and come back to the start.",
        "Suvakov and Dmitrasinovic 2013, PRL 110:114301",
        {
            "orbit": Knob("figure-eight", "the orbit", choices=ORBITS),
            "periods": Knob(1, "length of the flight in periods", low=1, high=10**4),
        },
    ),
    _step_size(
        "FreeFall-v0",
        "free-fall",
        "Choose every time step of three bodies that fall from rest, close to collisions.",
        "Agekyan and Anosova 1967, Astronomicheskii Zhurnal 44:1261",
        {**_STARTS, "until": Knob(10.0, "length of the flight", low=0.01, high=1e4)},
        scheme="hermite",
        softening=0.01,
    ),
    Row(
        id="regretlab/OdeStepSize-v0",
        module="regretlab.envs.bodies.ode_step_size",
        family="bodies",
        summary="Choose every step of a Runge-Kutta method on a differential equation, seeing its stages alone.",
        knobs={
            "system": Knob("lorenz", "the equations", choices=ODE_SYSTEMS),
            "tolerance": Knob(1e-4, "error of one step from which on it is not paid", low=1e-10, high=1.0),
            "until": Knob(100.0, "time at which the episode ends", low=1.0, high=1e5),
            **_STARTS,
        },
        tags=TAGS,
        citation="Dellnitz et al. 2023, arXiv:2104.03562",
    ),
)
