"""Actions that are numbers: a Box at the surface, equally spaced points inside."""

import numpy as np
import pytest
from gymnasium import spaces

from regretlab import make
from regretlab.envs.api.spaces import nearest
from regretlab.envs.core.registry import build
from regretlab.envs.core.stacks import adaptive_stack
from regretlab.testing import check_surfaces, check_upstream

FLIGHT = build("StepSizeKepler-v0", starts=2, periods=1, action="continuous")


def test_every_surface_is_the_batch():
    check_surfaces(FLIGHT)
    check_upstream(FLIGHT)


def test_a_number_stands_for_the_nearest_step():
    """With 200 steps a decade from 1e-5 to 1, 0.2 stands for 1e-2, the 601st, and 0.2011 is nearer to the 602nd."""
    choices = FLIGHT.params.choices
    for number, action in ((-1.0, 0), (1.0, 1_000), (0.2, 600), (0.2011, 601), (0.2009, 600)):
        assert nearest(1_001, np.array([number])) == action
        assert abs(np.log10(choices[action]) - 2.5 * (number - 1.0)) <= 0.0025 + 1e-6
    np.testing.assert_array_equal(nearest(1_001, np.array([[-0.6], [0.6]], np.float32), (2,)), [200, 800])


@pytest.mark.parametrize(
    ("action", "error", "words"),
    [
        (np.array([1.1]), ValueError, r"action=1.1 is not allowed: it must be from -1 to 1"),
        (np.array([np.nan]), ValueError, r"action=nan is not allowed: it must be from -1 to 1"),
        (np.array([0.0, 0.0]), ValueError, r"must have the shape \(1,\), not \(2,\)"),
        ("short", TypeError, r"action='short' .* hold a number, as Box\(-1.0, 1.0, \(1,\), float64\) has them"),
    ],
)
def test_what_is_no_number_of_the_interval_is_refused(action, error, words):
    env = make(FLIGHT)
    env.reset(seed=0)
    with pytest.raises(error, match=words):
        env.step(action)


def test_a_memory_action_beside_it_makes_it_a_choice_again():
    assert adaptive_stack(build("RiverSwim-v0"), 2).spec.continuous is False
    assert isinstance(make(FLIGHT).action_space, spaces.Box)
