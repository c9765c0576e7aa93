"""Families become harder at the exponents that they declare."""

import numpy as np
import pytest

from regretlab.envs.core.model import enumerate_model
from regretlab.envs.mdps.families import FAMILIES, family
from regretlab.solvers import chain_under, diameter, mixing_time, optimal_gain, residence_time

SCALES = {
    "barbell": (20, 40, 80),
    "rooms": (8, 16, 32),
    "rooms-random": (4, 8, 16),
    "small-rooms": (16, 32, 64),
    "small-rooms-random": (4, 8, 16),
    "residence-rooms": (6, 9, 12),
    "task-ring-duration": (100, 200, 400),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_exponents_are_those_that_are_declared(name):
    """The slope between the two largest scales, where lower orders matter less, to .15."""
    members, scales = family(name), SCALES.get(name, (32, 64, 128))
    found = {"diameter": [], "mixing_time": [], "residence_time": []}
    for size in scales[1:]:
        environment = members.scale(size)
        model = enumerate_model(environment)
        chain, _ = chain_under(model, optimal_gain(model).policy)
        if "diameter" in members.exponents:
            found["diameter"].append(diameter(model).value)
        if "mixing_time" in members.exponents:
            found["mixing_time"].append(mixing_time(chain).value)
        if "residence_time" in members.exponents:
            found["residence_time"].append(residence_time(chain, environment.regions(model.states)[members.region]))
    for quantity, exponent in members.exponents.items():
        low, high = found[quantity]
        slope = np.log(high / low) / np.log(scales[2] / scales[1])
        assert slope == pytest.approx(exponent, abs=0.15), (quantity, found[quantity])


def test_mistakes_are_refused():
    with pytest.raises(ValueError, match="unknown family 'task-rings'; did you mean 'task-ring'"):
        family("task-rings")
    with pytest.raises(TypeError, match="name=3 is not allowed"):
        family(3)
    with pytest.raises(ValueError, match="size=1 is not allowed"):
        family("task-ring").scale(1)
    with pytest.raises(TypeError, match=r"size=2\.5"):
        family("task-ring").scale(2.5)


@pytest.mark.parametrize(
    ("name", "scales", "exponent"),
    [
        ("task-ring", (16, 32, 64), 2.0),
        ("task-ring-duration", (100, 200, 400), 1.0),
        ("task-ring-random", (16, 64), 0.0),
    ],
)
def test_a_ring_of_tasks_mixes_at_its_exponents_to_a_twentieth(name, scales, exponent):
    # Known: 2 within .05 in the number of tasks and 1 in their duration, about 0 where they are drawn.
    times = []
    for size in scales:
        model = enumerate_model(family(name).scale(size))
        times.append(mixing_time(chain_under(model, optimal_gain(model).policy)[0]).value)
    assert np.polyfit(np.log(scales), np.log(times), 1)[0] == pytest.approx(exponent, abs=0.05)
