"""Predictive regret matching plus: plays as if the last round's regrets came once more.

Farina, Kroer and Sandholm, "Faster game solving via predictive Blackwell approachability: connecting regret matching
and mirror descent", AAAI 2021, with the last payoffs as the prediction. The expected external regret is at most the
square root of twice the sum of the squared errors, the changes of the vector of regrets from round to round. Each such
vector is at most sqrt(K - 1) reward ranges long (see `regret_matching`) and a change twice that, which makes
2 sqrt(2 (K - 1) T) ranges after T rounds; where the others settle it stays far below.

Accepts environments that tell what each action would have paid; it ignores observations.

    regretlab watch regretlab/MatrixGame-v0 --learner predictive_regret_matching
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...envs.core.kernel import kernel
from .mixing import allocate_totals, with_fields
from .regret_matching import ACCEPTS, KNOBS, Params, act, params, start_from, strategy  # noqa: F401 (part of a learner)

# ``regret`` (rows, actions) counts no predicted regrets, which ``total`` does.
State = with_fields(__name__, "regret")


def allocate(lp: Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners that have seen nothing."""
    return State(*allocate_totals(lp, observations, actions, rows), regret=np.zeros((rows, actions)))


def regret_bound(lp: Params, actions: int, rounds: np.ndarray) -> np.ndarray:
    """Return what the expected external regret is at most after each number of ``rounds``, in reward ranges."""
    return 2 * np.sqrt(2 * (actions - 1) * rounds)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add what every action would have paid more, keep no debt, and expect the same again."""
    ls.rounds[row] += 1
    for a in range(ls.actions[row]):
        more = payoffs[a] - reward
        ls.regret[row, a] = max(0.0, ls.regret[row, a] + more)
        ls.total[row, a] = ls.regret[row, a] + more
