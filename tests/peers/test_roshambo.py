"""The 43 bots of repeated rock-paper-scissors in OpenSpiel: their scores within the population.

Source of the expected numbers: Lanctot et al., Population-based Evaluation in Repeated Rock-Paper-Scissors, TMLR 2023,
and the table of payoffs that OpenSpiel's repository ships with it. A match is 1,000 throws.
"""

import numpy as np
import pytest

from regretlab.evaluation.metrics.partners import population_scores

#: Name: population return, exploitability within the population, aggregate, all from the shipped table.
TABLE = {"greenberg": (288.15, 3.65, 284.50), "iocainebot": (255.00, 5.01, 250.00)}
AVERAGE_EXPLOITABILITY = 316.10
REPETITIONS = 3


@pytest.fixture(scope="module")
def matches():
    """Float (repetitions, bots, bots): what the row's bot wins of the column's in a match, and the bots' names."""
    pyspiel = pytest.importorskip("pyspiel", reason="pip install '.[peers]'")
    names = pyspiel.roshambo_bot_names()
    game = pyspiel.load_game("repeated_game(stage_game=matrix_rps(),num_repetitions=1000)")
    found = np.zeros((REPETITIONS, len(names), len(names)))
    for table in found:
        for i, first in enumerate(names):
            for j, second in enumerate(names[: i + 1]):
                bots = [pyspiel.make_roshambo_bot(seat, name) for seat, name in enumerate((first, second))]
                table[i, j], table[j, i] = pyspiel.evaluate_bots(game.new_initial_state(), bots, 0)
    return found, names


def test_the_bots_score_as_in_the_table(matches):
    """Within 4 standard errors; the largest of 43 noisy losses is too large, by sqrt(2 ln 43) errors at most."""
    found, names = matches
    scores = population_scores(found.mean(axis=0))
    error = found.std(axis=0, ddof=1) / np.sqrt(REPETITIONS)
    of_mean = np.sqrt((error**2).sum(axis=1)) / len(names)
    typical = np.sqrt((error**2).mean(axis=1))  # of an entry of a row: three matches tell little of a single one
    excess = np.sqrt(2 * np.log(len(names))) * typical
    for name, (returns, exploitability, aggregate) in TABLE.items():
        k = names.index(name)
        assert aggregate == pytest.approx(returns - exploitability, abs=0.02)  # the table agrees with itself
        assert abs(scores.population_return[k] - returns) < 4 * of_mean[k]
        assert -4 * typical[k] < scores.exploitability[k] - exploitability < excess[k] + 4 * typical[k]
    of_average = np.sqrt((typical**2).sum()) / len(names)
    assert -4 * of_average < scores.exploitability.mean() - AVERAGE_EXPLOITABILITY < excess.mean() + 4 * of_average
    best = [names[k] for k in np.argsort(-scores.population_return)[:2]]
    assert best == ["greenberg", "iocainebot"]
