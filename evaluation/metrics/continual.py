"""What a learner keeps of earlier tasks: the measures of continual learning, from one matrix of performances.

Row i of ``performance`` (tasks, tasks) holds the performance on every task after the learner has finished task i of a
sequence. A measure that is undefined for a single task refuses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .regret import finite


def average_performance(performance: ArrayLike) -> float:
    """Return ACC, the mean performance on all tasks after the last (Lopez-Paz and Ranzato 2017, GEM)."""
    return float(_matrix(performance, 1)[-1].mean())


def backward_transfer(performance: ArrayLike) -> float:
    """Return BWT, the mean over all tasks but the last of how much later tasks changed the performance on it.

    Negative where the learner forgets (Lopez-Paz and Ranzato 2017). ValueError for a single task.
    """
    matrix = _matrix(performance, 2)
    return float((matrix[-1] - np.diag(matrix))[:-1].mean())


def forgetting(performance: ArrayLike) -> float:
    """Return the mean over all tasks of performance at the end of the task minus that at the very end.

    The last task counts, with 0 (Wolczyk et al. 2021, Continual World). ValueError for a single task.
    """
    matrix = _matrix(performance, 2)
    return float((np.diag(matrix) - matrix[-1]).mean())


def largest_forgetting(performance: ArrayLike) -> float:
    """Return the mean over all tasks but the last of the best earlier performance minus that at the very end.

    Chaudhry et al. 2018, Riemannian Walk. ValueError for a single task.
    """
    matrix = _matrix(performance, 2)
    return float((matrix[:-1, :-1].max(axis=0) - matrix[-1, :-1]).mean())


def forward_transfer(areas: ArrayLike, references: ArrayLike) -> float:
    """Return FWT, the mean over tasks of (area - reference) / (1 - reference).

    Both are areas under the curve of a performance in [0, 1] while a task is learned: in the sequence, and by a learner
    that begins with it (Wolczyk et al. 2021). ValueError where a reference is 1, for nothing is left to gain.
    """
    areas, references = finite(areas, "areas"), finite(references, "references")
    if areas.shape != references.shape or areas.ndim != 1 or len(areas) == 0:
        raise ValueError(f"areas and references must be (tasks,), not {areas.shape} and {references.shape}")
    for name, values in (("areas", areas), ("references", references)):
        if np.any((values < 0) | (values > 1)):
            raise ValueError(f"{name} must lie between 0 and 1, not {values.min()} to {values.max()}")
    if np.any(references == 1):
        raise ValueError(f"the reference of task {int(np.argmax(references == 1))} is 1: it leaves nothing to gain")
    return float(((areas - references) / (1 - references)).mean())


def _matrix(performance: ArrayLike, least: int) -> np.ndarray:
    matrix = finite(performance, "performance")
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) < least:
        raise ValueError(f"performance must be (tasks, tasks) with at least {least} tasks, not {matrix.shape}")
    return matrix
