"""Memory regret of agents without a stack: what a linear probe can read from their hidden state."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

RIDGE = 1e-3  # of the squared weights, against a mean loss: it keeps them finite where classes are separable


def probe_memory_regret(hidden: ArrayLike, needed: ArrayLike, test_hidden: ArrayLike, test_needed: ArrayLike) -> float:
    """Return 1 - the balanced accuracy with which a linear probe reads the needed set D_t from the hidden state.

    The probe is a multinomial logistic regression from standardised features to the set as a whole, each set weighing
    the same. It is fitted to the first two arrays and judged on the other two, which should come from other episodes.
    Steps after which nothing is needed are left out on both sides, as they cannot count in the memory regret of a
    stack. 0: all that is needed can be read off; 1 - 1 / (number of sets): nothing can.

    Parameters
    ----------
    hidden, test_hidden : (steps, features), the hidden state after each step.
    needed, test_needed : integers (steps,), what is needed then, as in `retention`.

    Raises
    ------
    ValueError
        for other shapes, states that are not finite, fewer than two different needed sets to tell apart, or a set in
        ``test_needed`` that ``needed`` does not have.
    """
    features, sets = _rows(hidden, needed, "hidden", "needed")
    test_features, test_sets = _rows(test_hidden, test_needed, "test_hidden", "test_needed")
    kinds, labels = np.unique(sets, return_inverse=True)
    if len(kinds) < 2:
        raise ValueError(f"needed has {len(kinds)} different sets (besides the empty one); a probe tells two apart")
    if not np.all(np.isin(test_sets, kinds)) or len(test_sets) == 0:
        raise ValueError("test_needed must hold sets that needed has too, at least one")
    if features.shape[1] != test_features.shape[1]:
        raise ValueError(f"hidden has {features.shape[1]} features and test_hidden {test_features.shape[1]}")
    centre, spread = features.mean(axis=0), features.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    weights = _fit((features - centre) / scale, labels, len(kinds))
    guesses = kinds[(_with_one((test_features - centre) / scale) @ weights).argmax(axis=1)]
    return 1.0 - float(np.mean([np.mean(guesses[test_sets == kind] == kind) for kind in np.unique(test_sets)]))


def _fit(features: np.ndarray, labels: np.ndarray, kinds: int) -> np.ndarray:
    """Return the weights (features + 1, kinds) of the logistic regression; the last row are intercepts."""
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    inputs, targets = _with_one(features), np.eye(kinds)[labels]
    importance = (targets / (kinds * targets.sum(axis=0))).sum(axis=1, keepdims=True)
    shape = inputs.shape[1], kinds
    penalised = np.ones((shape[0], 1))
    penalised[-1] = 0.0

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(shape)
        logits = log_softmax(inputs @ weights, axis=1)
        gradient = inputs.T @ (importance * (np.exp(logits) - targets)) + 2 * RIDGE * penalised * weights
        value = -(importance * targets * logits).sum() + RIDGE * (penalised * weights**2).sum()
        return float(value), gradient.ravel()

    return minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B").x.reshape(shape)


def _with_one(features: np.ndarray) -> np.ndarray:
    return np.column_stack((features, np.ones(len(features))))


def _rows(hidden: ArrayLike, needed: ArrayLike, name: str, name_of_sets: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows at which something is needed."""
    features, sets = np.asarray(hidden, np.float64), np.asarray(needed)
    if features.ndim != 2 or sets.shape != features.shape[:1]:
        raise ValueError(
            f"{name} must be (steps, features) and {name_of_sets} (steps,), not {features.shape} and {sets.shape}"
        )
    if not np.all(np.isfinite(features)):
        raise ValueError(f"{name} must hold finite numbers")
    return features[sets != 0], sets[sets != 0]
