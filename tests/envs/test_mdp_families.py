import math

import numpy as np
import pytest

from regretlab.envs.core.model import enumerate_model
from regretlab.envs.mdps.families import FAMILIES, family
from regretlab.solvers import diameter, mixing_time, optimal_gain, residence_time, stationary_law
from regretlab.solvers.chain import chain_under

# Two scales of each family, far enough from 1 that an exponent is seen, near enough that the diameter is soon solved.
SCALES = {
    "task-ring": (16, 32),
    "task-ring-random": (16, 32),
    "task-ring-tau": (100, 200),
    "lazy-ring": (32, 64),
    "barbell": (16, 32),
    "river-swim": (50, 100),
    "bottleneck-rooms": (8, 16),
    "bottleneck-rooms-random": (4, 8),
    "residence-rooms": (4, 8),
}


def solved(environment):
    """States, diameter, longest visit to a named region of at most half the mass, and mixing time."""
    model = enumerate_model(environment)
    chain = chain_under(model, optimal_gain(model).policy)[0]
    law = stationary_law(chain).law
    regions = [r for r in environment.regions(model.states).values() if 0 < law[r].sum() <= 0.5 + 1e-9]
    mixing = mixing_time(chain)
    assert mixing.kind == "exact"
    return np.array(
        [model.size, diameter(model).value, max(residence_time(chain, region) for region in regions), mixing.value]
    )


@pytest.mark.parametrize("name", SCALES)
def test_the_declared_exponents_are_those_of_the_solved_quantities(name):
    # The slope between two scales on log axes; what is left of lower orders at these scales keeps it within .25
    # (diameters of rooms have the largest), which tells the declared whole numbers apart.
    each = family(name)
    small, large = SCALES[name]
    slopes = np.log(solved(each.scale(large)) / solved(each.scale(small))) / math.log(large / small)
    declared = each.states, each.diameter, each.residence_time, each.mixing_time
    np.testing.assert_allclose(slopes, declared, atol=0.25)


def test_a_ring_of_tasks_mixes_in_the_square_of_their_number_and_in_proportion_to_their_duration():
    # Known: t_mix 102 and 1237 for 4 and 16 tasks of duration 100 in a ring, 110 and 132 where they are drawn; the
    # exponents are 2 within .05 in the number and 1 in the duration.
    assert [solved(family("task-ring").scale(tasks))[3] for tasks in (4, 16)] == [102, 1237]
    assert [solved(family("task-ring-random").scale(tasks))[3] for tasks in (4, 16)] == [110, 132]
    for name, scales, exponent in (("task-ring", (16, 32, 64), 2.0), ("task-ring-tau", (100, 200, 400), 1.0)):
        times = [solved(family(name).scale(nu))[3] for nu in scales]
        assert np.polyfit(np.log(scales), np.log(times), 1)[0] == pytest.approx(exponent, abs=0.05)


def test_rooms_in_a_cycle_mix_more_slowly_and_drawn_rooms_do_not():
    # Known for drawn goals: 35 steps for 2, 4 and 8 rooms that are drawn, but 44, 312 and 767 in a cycle.
    assert [solved(family("bottleneck-rooms-random").scale(rooms))[3] for rooms in (4, 8)] == [35, 35]
    cyclic = [solved(family("bottleneck-rooms").scale(rooms))[3] for rooms in (4, 8)]
    assert cyclic[0] > 4 * 35 and cyclic[1] > 3 * cyclic[0]


def test_every_family_is_listed_under_its_name():
    assert set(SCALES) == set(FAMILIES)
    assert all(each.name == name for name, each in FAMILIES.items())


def test_an_unknown_family_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"unknown family 'task-rings'; did you mean 'task-ring"):
        family("task-rings")


def test_a_scale_that_the_knob_does_not_allow_is_refused():
    with pytest.raises(ValueError, match="tasks=0"):
        family("task-ring").scale(0)
    with pytest.raises(TypeError, match=r"rooms=2\.5"):
        family("bottleneck-rooms").scale(2.5)
