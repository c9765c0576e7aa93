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
    with pytest.raises(ValueError, match="size=1 is not allowed"):
        family("task-ring").scale(1)
    with pytest.raises(TypeError, match=r"size=2\.5"):
        family("task-ring").scale(2.5)
