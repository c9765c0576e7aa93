"""PyDTMC: stationary laws and mixing times of Markov chains."""

from __future__ import annotations

from typing import Any

import numpy as np
from peer import seconds, serve
from pydtmc import MarkovChain


def stationary(chain: Any) -> dict[str, Any]:
    """Time the stationary law of an irreducible chain."""
    made = MarkovChain(np.array(chain))
    took, laws = seconds(lambda: made.pi)
    return {"seconds": took, "law": np.asarray(laws[0]).tolist()}


def mixing_time(chain: Any) -> dict[str, Any]:
    """Return what it gives as the mixing time, with everything at its defaults."""
    return {"mixing_time": MarkovChain(np.array(chain)).mixing_time()}


if __name__ == "__main__":
    serve({"stationary": stationary, "mixing_time": mixing_time})
