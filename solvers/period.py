"""The period of a Markov chain."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse.csgraph import dijkstra

from .chain import checked_chain, recurrent_states


def period(chain: Any) -> int:
    """Return the period of the one closed class of a chain (S, S): 1 where it is aperiodic.

    It is the greatest common divisor of level(x) + 1 - level(y) over all steps x to y of the class, the level being
    the fewest steps from one of its states (Denardo 1977, Mathematics of Operations Research 2).

    Raises
    ------
    ValueError
        for a matrix that is no chain; `MultichainError` for several closed classes.
    """
    chain = checked_chain(chain)
    recurrent = recurrent_states(chain)
    chain = chain[recurrent][:, recurrent]
    levels = dijkstra(chain, unweighted=True, indices=0).astype(np.int64)
    steps = chain.tocoo()
    return int(np.gcd.reduce(levels[steps.row] + 1 - levels[steps.col]))
