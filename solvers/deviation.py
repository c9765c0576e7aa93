"""What the deviation matrix of a chain tells: bias, hitting times, and the Kemeny constant."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from .chain import checked_chain, recurrent_states
from .gain import relative_values
from .linear import TooLargeError
from .stationary import stationary_law

MOST_STATES = 4_000


def deviation_matrix(chain: Any) -> np.ndarray:
    """Return H = (I - P + 1 mu)^-1 - 1 mu of a chain (S, S) with one closed class: H(x, y) is how many visits to y more
    than in the long run (in the mean of Cesaro) a start in x brings.

    Raises
    ------
    ValueError
        for a matrix that is no chain; `MultichainError` for several closed classes; `TooLargeError` beyond 4,000
        states.

    Source: Puterman, Markov Decision Processes, appendix A.5.
    """
    chain = checked_chain(chain)
    states = chain.shape[0]
    if states > MOST_STATES:
        raise TooLargeError(f"the deviation matrix of {states:,} states is too large: at most {MOST_STATES:,}")
    law = stationary_law(chain).law
    return np.linalg.inv(np.identity(states) - chain.toarray() + law) - law


def kemeny_constant(chain: Any) -> float:
    """Return the trace of the deviation matrix: the expected steps from any state to a state drawn from the stationary
    law, where being there takes none.

    (With the convention that it takes a first return, as in Kemeny and Snell's mean first passage times, the number is
    larger by 1.) Raises what `deviation_matrix` raises.
    """
    return float(np.trace(deviation_matrix(chain)))


def hitting_times(chain: Any) -> np.ndarray:
    """Return the expected steps (S, S) from each state (row) to each state (column), 0 on the diagonal.

    Infinite to transient states that may be missed. They are (H(y, y) - H(x, y)) / mu(y) for recurrent y. Raises what
    `deviation_matrix` raises.
    """
    chain = checked_chain(chain)
    deviation, law = deviation_matrix(chain), stationary_law(chain).law
    recurrent = recurrent_states(chain)
    times = np.full(chain.shape, np.inf)
    times[:, recurrent] = (np.diag(deviation) - deviation)[:, recurrent] / law[recurrent]
    np.fill_diagonal(times, 0.0)
    return np.maximum(times, 0.0)


def bias_of(chain: Any, rewards: ArrayLike) -> np.ndarray:
    """Return the bias (S,) of a chain with rewards (S,): h = r - g + P h, with mean 0 under the stationary law.

    Raises
    ------
    ValueError
        for a matrix that is no chain, or rewards that are not finite, one a state; `MultichainError` for several closed
        classes; `TooLargeError` where the linear system is too large to factorise.
    """
    chain = checked_chain(chain)
    rewards = np.asarray(rewards, np.float64)
    if rewards.shape != chain.shape[:1] or not np.all(np.isfinite(rewards)):
        raise ValueError(f"rewards must be finite, a number for each of {chain.shape[0]} states")
    law = stationary_law(chain)
    values = relative_values(sparse.csr_matrix(chain), rewards, int(np.argmax(law.law)))
    return values - law.law @ values
