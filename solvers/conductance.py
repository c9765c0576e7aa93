"""Bottlenecks of a Markov chain: how seldom a set of states is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.sparse.linalg import eigsh

from .chain import checked_chain
from .stationary import stationary_law

ENUMERATED = 20  # states, of which all sets are tried
DENSE = 2_000


@dataclass(frozen=True)
class Conductance:
    """The least chance, in the long run, to leave a set of at most half the weight: between ``low`` and ``high``.

    ``cut`` bool (S,) is the set that attains ``high``; ``how`` names the method. The bracket is exact up to 20 states.
    """

    low: float
    high: float
    cut: np.ndarray
    how: str


def conductance(chain: Any) -> Conductance:
    """Return the bottleneck ratio of a chain (S, S): the least Q(A, not A) / mu(A) over sets with mu(A) <= 1/2.

    Up to 20 recurrent states all sets are tried. Beyond, the sets along the second eigenvector of the additive
    reversibilisation (P + P*) / 2, which has the same flows across every cut, give the upper bound, and half its
    spectral gap the lower one (Cheeger's inequality; Levin, Peres and Wilmer, theorem 13.10).

    Raises
    ------
    ValueError
        for a matrix that is no chain, several closed classes (`MultichainError`), or a single recurrent state.
    """
    chain = checked_chain(chain)
    law = stationary_law(chain).law
    recurrent = law > 0
    if recurrent.sum() < 2:
        raise ValueError("the chain stays in a single state, which no cut divides")
    flow = sparse.diags(law[recurrent]) @ chain[recurrent][:, recurrent]
    flow = (0.5 * (flow + flow.T)).tocsr()
    if recurrent.sum() <= ENUMERATED:
        inside, value = _least_cut(flow.toarray(), law[recurrent])
        low, how = value, "all sets"
    else:
        inside, value, low = _sweep(flow, law[recurrent])
        how = "sets along the second eigenvector; Cheeger's inequality"
    cut = np.zeros(len(law), bool)
    cut[recurrent] = inside
    return Conductance(low, value, cut, how)


def cut_conductance(chain: Any, region: ArrayLike) -> float:
    """Return Q(A, not A) / mu(A), the chance to leave the region A in a step, in the long run.

    Parameters
    ----------
    chain : (S, S), with one closed class.
    region : bool (S,), some states but not all.

    Raises
    ------
    ValueError
        for a matrix that is no chain, several closed classes (`MultichainError`), or a region that is empty, holds all
        states, or is never visited in the long run.
    """
    chain = checked_chain(chain)
    inside = np.asarray(region)
    if inside.shape != chain.shape[:1] or inside.dtype != bool or inside.all() or not inside.any():
        raise ValueError(f"region must be bool ({chain.shape[0]},) and hold some of the states but not all")
    law = stationary_law(chain).law
    if law[inside].sum() == 0:
        raise ValueError("region is never visited in the long run: how it is left is undefined")
    leaving = np.asarray(chain[:, ~inside].sum(axis=1)).ravel()
    return float(law[inside] @ leaving[inside] / law[inside].sum())


def residence_time(chain: Any, region: ArrayLike) -> float:
    """Return the expected number of steps of a visit to ``region``, in the long run: 1 / `cut_conductance` (Kac).

    Infinite where the region is never left. Raises what `cut_conductance` raises.
    """
    leaving = cut_conductance(chain, region)
    return 1.0 / leaving if leaving > 0 else float("inf")


def _least_cut(flow: np.ndarray, law: np.ndarray) -> tuple[np.ndarray, float]:
    """Try all sets that leave out the last state (a set and its complement have the same flow)."""
    states = len(law)
    weight, within = np.zeros(1), np.zeros(1)  # by set, bit k standing for state k
    for k in range(states - 1):
        to_k = np.zeros(1)
        for j in range(k):
            to_k = np.concatenate([to_k, to_k + 2 * flow[j, k]])
        weight = np.concatenate([weight, weight + law[k]])
        within = np.concatenate([within, within + to_k + flow[k, k]])
    ratio = np.full(len(weight), np.inf)
    ratio[1:] = np.maximum(weight - within, 0.0)[1:] / np.minimum(weight, 1.0 - weight)[1:]
    best = int(np.argmin(ratio))
    inside = np.array([best >> k & 1 for k in range(states)], bool)
    return inside if weight[best] <= 0.5 else ~inside, float(ratio[best])


def _sweep(flow: sparse.csr_matrix, law: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Return the best set along the second eigenvector, its conductance, and Cheeger's lower bound."""
    root = sparse.diags(1.0 / np.sqrt(law))
    symmetric = root @ flow @ root
    if len(law) <= DENSE:
        values, vectors = np.linalg.eigh(symmetric.toarray())
    else:
        values, vectors = eigsh(symmetric, k=2, which="LA", v0=np.sqrt(law) + 1e-3 * np.arange(len(law)) / len(law))
    gap = 1.0 - float(values[-2])
    order = np.argsort(vectors[:, -2] / np.sqrt(law))
    place = np.empty(len(law), np.int64)
    place[order] = np.arange(len(law))
    entries = flow.tocoo()
    first = np.minimum(place[entries.row], place[entries.col])
    last = np.maximum(place[entries.row], place[entries.col])
    change = np.zeros(len(law) + 1)  # a pair of states is cut by the sets that end between them
    np.add.at(change, first, 0.5 * entries.data)
    np.add.at(change, last, -0.5 * entries.data)
    across = np.cumsum(change)[: len(law) - 1]
    weight = np.cumsum(law[order])[:-1]
    ratio = across / np.minimum(weight, 1.0 - weight)
    best = int(np.argmin(ratio))
    inside = place <= best if weight[best] <= 0.5 else place > best
    return inside, float(ratio[best]), max(0.5 * gap, 0.0)
