"""The 2x2x2 cube as 24 stickers: where they are, and what turns and looks do to them.

Faces are numbered 0 to 5 in the order U, R, F, D, L, B. Sticker 4 f + 2 r + c stands in row r and column c of face f as
the net shows it, and a solved cube has sticker number // 4 as its colours::

          0  1
          2  3
    16 17 8  9  4  5  20 21
    18 19 10 11 6  7  22 23
          12 13
          14 15
"""

from __future__ import annotations

import numpy as np

FACES = "URFDLB"
STICKERS = 24

#: Outward normal of each face, and where its columns and rows run in the net (x to the right, y up, z to the viewer).
FRAMES = {
    "U": ((0, 1, 0), (1, 0, 0), (0, 0, 1)),
    "R": ((1, 0, 0), (0, 0, -1), (0, -1, 0)),
    "F": ((0, 0, 1), (1, 0, 0), (0, -1, 0)),
    "D": ((0, -1, 0), (1, 0, 0), (0, 0, -1)),
    "L": ((-1, 0, 0), (0, 0, 1), (0, -1, 0)),
    "B": ((0, 0, -1), (-1, 0, 0), (0, -1, 0)),
}
#: Column and row in the net, in faces.
NET = {"U": (1, 0), "R": (2, 1), "F": (1, 1), "D": (1, 2), "L": (0, 1), "B": (3, 1)}


def places() -> np.ndarray:
    """Return where the stickers are, int64 (24, 2, 3): the corner (three times +-1) and the outward normal of each."""
    found = []
    for normal, across, down in (np.array(FRAMES[face]) for face in FACES):
        for row in (-1, 1):
            for column in (-1, 1):
                found.append((normal + column * across + row * down, normal))
    return np.array(found)


def quarter_turn(face: int, whole: bool = False) -> np.ndarray:
    """Return what a clockwise turn of ``face`` (as seen from outside), or of the whole cube, does: sticker k comes to
    place ``turned[k]``, int64 (24,).
    """
    axis = np.array(FRAMES[FACES[face]][0])
    before = places()
    along = (before @ axis)[..., None] * axis
    moves = whole | (before[:, 0] @ axis == 1)
    after = np.where(moves[:, None, None], along - np.cross(axis, before), before)
    place_of = {place.tobytes(): k for k, place in enumerate(before)}
    return np.array([place_of[place.tobytes()] for place in after])


def cycles(turned: np.ndarray) -> np.ndarray:
    """Return the three cycles of four places, int64 (3, 4), through which a turn of a face moves the stickers."""
    left = set(np.flatnonzero(turned != np.arange(STICKERS)).tolist())
    found = []
    while left:
        path = [min(left)]
        while turned[path[-1]] != path[0]:
            path.append(int(turned[path[-1]]))
        found.append(path)
        left -= set(path)
    return np.array(found)


def turns(faces: int) -> np.ndarray:
    """Return the cycles of the turns of the first ``faces`` faces, int64 (2 * faces, 3, 4): clockwise, then back."""
    clockwise = [cycles(quarter_turn(face)) for face in range(faces)]
    return np.array([each for forth in clockwise for each in (forth, forth[:, ::-1])])


def looks() -> np.ndarray:
    """Return which face one sees after looking up, right, down and left from each face, int64 (4, 6).

    One goes round the cube in the rings F, U, B, D (up) and F, R, B, L (right). From a face outside the ring one comes
    to its second face, or against the ring's direction to its fourth.
    """
    seen = np.zeros((4, len(FACES)), np.int64)
    for look, (ring, way) in enumerate((("FUBD", 1), ("FRBL", 1), ("FUBD", -1), ("FRBL", -1))):
        for face, name in enumerate(FACES):
            place = ring.index(name) if name in ring else 0
            seen[look, face] = FACES.index(ring[(place + way) % 4])
    return seen
