"""Returns and exploitability within a population, by hand."""

import numpy as np
import pytest

from regretlab.evaluation.metrics.population import (
    aggregate_score,
    population_return,
    within_population_exploitability,
)

# Rock, paper and a player of two rocks to one paper, a match of three throws.
TABLE = [[0, -3, -1], [3, 0, 2], [1, -2, 0]]


def test_three_players_of_rock_paper_scissors():
    np.testing.assert_allclose(population_return(TABLE), [-4 / 3, 5 / 3, -1 / 3])
    np.testing.assert_array_equal(within_population_exploitability(TABLE), [3, 0, 2])
    np.testing.assert_allclose(aggregate_score(TABLE), [-13 / 3, 5 / 3, -7 / 3])


@pytest.mark.parametrize("returns", [[1, 2], [[np.nan]], [[]]])
def test_what_is_no_table_is_refused(returns):
    with pytest.raises(ValueError, match="returns must be finite numbers"):
        aggregate_score(returns)
