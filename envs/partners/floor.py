"""What the grid worlds of this family share: moves, walking distances, and the floor that is left between obstacles.

Cells are numbered row by row from the top left corner: ``cell = row * size + column``.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from ..core.kernel import kernel

MOVES = ("up", "down", "left", "right")
NOWHERE = -1
FAR = 10**6  # of cells that no walk connects


@kernel
def beside(size, cell, move):
    """Return the cell that a move (0 up, 1 down, 2 left, 3 right) from ``cell`` leads to, -1 outside of the grid."""
    row, column = cell // size, cell % size
    if move == 0:
        return cell - size if row > 0 else -1
    if move == 1:
        return cell + size if row < size - 1 else -1
    if move == 2:
        return cell - 1 if column > 0 else -1
    return cell + 1 if column < size - 1 else -1


@kernel
def towards(size, distance, cell):
    """Return the first move from ``cell`` that shortens the way, ``distance`` being that of every cell; -1 for none."""
    for move in range(4):
        then = beside(size, cell, move)
        if then >= 0 and distance[then] < distance[cell]:
            return move
    return -1


def distances(size: int, free: np.ndarray, targets: list[int]) -> np.ndarray:
    """Return how many moves every cell is away from the nearest of ``targets``, int64 (cells,).

    ``free`` is bool (cells,): where one may walk. Targets count 0 whether they are free or not; what cannot be reached,
    and what is not free, counts `FAR`.
    """
    found = np.full(size * size, FAR, np.int64)
    found[targets] = 0
    queue = deque(targets)
    while queue:
        cell = queue.popleft()
        for move in range(4):
            then = beside(size, cell, move)
            if then >= 0 and free[then] and found[then] == FAR:
                found[then] = found[cell] + 1
                queue.append(then)
    return found


def connected(size: int, free: np.ndarray) -> bool:
    """Return whether walks connect all ``free`` cells, of which there is at least one."""
    start = np.flatnonzero(free)[:1].tolist()
    return bool(start) and bool(np.all(distances(size, free, start)[free] < FAR))
