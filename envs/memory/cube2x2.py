"""Solve a 2x2x2 cube of which a camera shows one face, three faces or all.

Description
-----------
A scrambled pocket cube has to be brought back to six faces of one colour. The camera shows the stickers of one face at
a time, of three, or of all six, and can be moved. Turns are those of the cube's own faces, wherever the camera is;
which face it shows is not told. With the camera ``full`` nothing is hidden; else what is out of view has to be
remembered, and carried along with every turn. This is the cube of Nangue Tasse et al., with the same stickers, turns
and cameras.

Their scramble draws from all actions but the last, so that with a moving camera some of its draws are camera moves,
which change nothing, and one action is never drawn. Here every move of the scramble is a turn, and all turns are
equally likely.

Action Space
------------
``Discrete(16)`` with the camera ``face``, ``Discrete(13)`` with ``orthographic``, ``Discrete(12)`` with ``full``. 0 to
11 are the quarter turns U, U', R, R', F, F', D, D', L, L', B, B'; the letter is the face (up, right, front, down, left,
back), turned clockwise as seen from outside, with ' the other way. Then come the moves of the camera. ``face``: look
up, right, down, left, to the next face (see `cube_geometry.looks`). ``orthographic``: look from the other side. With
fewer ``faces`` there are only the turns of the first so many of them.

Observation Space
-----------------
``Box`` of uint8 from 0 to 5, the colours of 4, 12 or 24 stickers (the number of the face where they belong) in the
order of `cube_geometry`. ``face``: one face, at first U. ``orthographic``: the faces U, R, F, or from the other side D,
L, B.

Rewards
-------
1 for the action after which every face has one colour, the cube being held in whatever way; else 0.

Starting State
--------------
A solved cube after ``scramble`` turns, drawn independently and uniformly. They may cancel: the cube is then solved at
the start, and any move of the camera ends the episode.

Episode End
-----------
Terminated when solved. Truncated after ``steps`` steps.

``info["needed"]`` is 1.0 while something is out of view and the cube not solved: the other faces have to be remembered.
(A vector has no number that could be a bit of a set.)

Arguments
---------
camera : str, default "face". ``face``, ``orthographic`` or ``full``.
scramble : int, default 5, from 0 to 1,000. Turns of the scramble.
steps : int, default 100, from 1 to 10,000. Length of an episode.
faces : int, default 6, from 1 to 6. How many faces can be turned, in the order U, R, F, D, L, B. With 3 or more every
    arrangement can be reached: 3,674,160, times the 24 ways to hold the cube, which are too many to list. With 2 there
    are 29,160, and with 1 there are 4, which take no memory; they are listed, as a check of what follows, for at most
    2**20 scrambles (20 turns of one face, or 10 of two).

Certificate
-----------
No return exceeds 1. Whoever has looked at all sides (5 camera moves with ``face``: right, right, right and right again
up to the front, then down; 1 with ``orthographic``; none with ``full``) knows the cube, and can undo the scramble turn
by turn; 14 quarter turns are enough for every arrangement where three faces or more can be turned. A cube that is
solved at the start ends with the first look, or after a turn and its inverse. So the optimum is exactly 1 if ``steps``
is at least the looks plus the undoing (at least 2 with ``full``); for fewer steps 1 is a *bound*.

With ``full`` the observation is the state, and the memoryless value that of the optimum. So it is with a single face
that can be turned: the same turn again and again solves the cube within four steps (three after an odd scramble), if
there are so many. Else it is left out, like ``k_star`` and ``kappa``, which nobody knows: no solver lists the
arrangements that these observations leave open.

The random value is a *reference*: the mean of simulated episodes with fixed seeds, whose ``low`` and ``high`` are five
standard errors away.

Version History
---------------
v0: first version.

References
----------
Nangue Tasse, Riemer, Rosman and Klinger, "Beyond sliding windows: learning to manage memory in non-Markovian
environments", arXiv:2512.19154, 2025 (https://github.com/geraudnt/adaptive-stacking, cube-v0).
Scherphuis, "Mini cube, the 2x2x2 Rubik's cube", https://www.jaapsch.net/puzzles/cube2.htm (14 quarter turns).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel, pictures
from ..core.environment import Last
from . import cube_geometry
from .cube_geometry import FACES, NET, STICKERS
from .random_play import random_play

#: Stickers in view, moves of the camera, and how many of them show the whole cube.
CAMERAS = {"face": (4, 4, 5), "orthographic": (12, 1, 1), "full": (24, 0, 0)}
LOOKS = {"face": ("look up", "look right", "look down", "look left"), "orthographic": ("other side",), "full": ()}
#: Quarter turns that solve every arrangement.
MOST_TURNS = 14
MOST_SCRAMBLES = 2**20
COLOURS = (
    canvas.PLAYERS[6],
    canvas.PLAYERS[5],
    canvas.PLAYERS[2],
    canvas.PANEL,
    canvas.PLAYERS[3],
    canvas.PLAYERS[0],
)


class Params(NamedTuple):
    """``width`` stickers are in view. ``cycles`` (turns, 3, 4) are the places through which a turn moves stickers, and
    ``next_view`` (camera moves, views) is where the camera goes.
    """

    width: int
    scramble: int
    steps: int
    cycles: np.ndarray
    next_view: np.ndarray


class State(NamedTuple):
    """The colours of the ``stickers`` (lanes, 24), and the number of the camera's ``side`` (lanes,), both int8."""

    stickers: np.ndarray
    side: np.ndarray


def params(camera, scramble, steps, faces):
    """Build the parameters from checked knobs."""
    width = CAMERAS[camera][0]
    next_view = {"face": cube_geometry.looks(), "orthographic": np.array([[1, 0]]), "full": np.zeros((0, 1), np.int64)}
    return Params(width, scramble, steps, cube_geometry.turns(faces).astype(np.int8), next_view[camera].astype(np.int8))


def camera_of(p: Params) -> str:
    """Return the name of the camera."""
    return next(camera for camera, (width, _, _) in CAMERAS.items() if width == p.width)


def action_names(p: Params) -> tuple[str, ...]:
    """Return the names of the turns and of the camera's moves."""
    turned = (face + way for face in FACES[: len(p.cycles) // 2] for way in ("", "'"))
    return (*turned, *LOOKS[camera_of(p)])


def spec(p):
    """Declare the task: one player, turns and camera moves, the stickers in view; reward 0 or 1."""
    return Spec(
        actions=(len(p.cycles) + len(p.next_view),),
        action_names=(action_names(p),),
        observation=Observation.vector([0] * p.width, [len(FACES) - 1] * p.width, dtype=np.uint8),
        reward_range=(0.0, 1.0),
        criterion=Criterion("return"),
        horizon=p.steps,
        start_stages=max(1, p.scramble),
        start_outcomes=len(p.cycles) if p.scramble else 1,
        # two faces: 29,160 arrangements, three: 88,179,840; a listing goes through all scrambles
        enumerable=len(p.cycles) <= 4 and len(p.cycles) ** p.scramble <= MOST_SCRAMBLES,
        info=("needed",),
        hidden=p.width < STICKERS,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes, solved."""
    solved = np.tile(np.arange(STICKERS, dtype=np.int8) // 4, (lanes, 1))
    return State(solved, np.zeros(lanes, np.int8))


@kernel
def start(p, c, stage, prob):
    """Every stage draws a turn of the scramble."""
    count = p.cycles.shape[0] if p.scramble > 0 else 1
    for k in range(count):
        prob[k] = 1.0 / count
    return count


@kernel
def begin(p, s, i, c):
    """Scramble a solved cube."""
    for k in range(STICKERS):
        s.stickers[i, k] = k // 4
    for stage in range(p.scramble):
        turn(p, s, i, c[stage])
    s.side[i] = 0


@kernel
def turn(p, s, i, number):
    """Turn a face: every sticker goes to the next place of its cycle."""
    for cycle in range(3):
        last = s.stickers[i, p.cycles[number, cycle, 3]]
        for k in range(3, 0, -1):
            s.stickers[i, p.cycles[number, cycle, k]] = s.stickers[i, p.cycles[number, cycle, k - 1]]
        s.stickers[i, p.cycles[number, cycle, 0]] = last


@kernel
def is_solved(s, i):
    """Return whether every face has one colour."""
    solved = True
    for face in range(0, STICKERS, 4):
        colour = s.stickers[i, face]
        for k in range(1, 4):
            solved &= s.stickers[i, face + k] == colour
    return solved


@kernel
def apply(p, s, i, a, c, r):
    """Turn a face or move the camera."""
    count = p.cycles.shape[0]
    if a[i, 0] < count:
        turn(p, s, i, a[i, 0])
    else:
        s.side[i] = p.next_view[a[i, 0] - count, s.side[i]]
    solved = is_solved(s, i)
    r[i, 0] = 1.0 if solved else 0.0
    return solved


@kernel
def observe(p, s, i, o):
    """Show the stickers in view."""
    first = p.width * s.side[i]
    for k in range(p.width):
        o[i, 0, k] = s.stickers[i, first + k]


@kernel
def info(p, s, i, v):
    """Write 1.0 while what is out of view is needed."""
    v[i, 0] = 0.0 if p.width == STICKERS or is_solved(s, i) else 1.0


def certificate(p: Params) -> Certificate:
    """Return the values that the module's page derives, and the simulated value of random play."""
    camera = camera_of(p)
    undo = min(p.scramble, MOST_TURNS) if len(p.cycles) >= 6 else p.scramble
    enough = max(CAMERAS[camera][2] + undo, 2 if camera == "full" else 1)
    how = f"look at all sides, then undo the scramble: at most {enough} steps"
    around = 4 - p.scramble % 2
    alone = len(p.cycles) == 2 and p.steps >= around
    if alone:
        enough, how = around, f"turn the one face again and again: at most {around} steps"
    known = Value(1.0, "closed-form", how) if p.steps >= enough else Value(1.0, "bound", "the only reward", high=1.0)
    seen = camera == "full" or alone
    return Certificate(
        unit=Criterion("return").unit,
        optimal=known,
        random=random_play(p, spec(p), allocate(p, 1), {"start": start, "begin": begin, "apply": apply}, "Cube2x2"),
        memoryless=known if seen else None,
        facts={"k_star": 1, "kappa": 1} if seen else {},
    )


# Pictures -------------------------------------------------------------------------------------------------------------


def ansi(p: Params, s: State, i: int, last: Last) -> str:
    """Write the net of the cube, with a dot for what is out of view, and beside it the whole cube."""
    seen, whole = np.full((6, 8), " "), np.full((6, 8), " ")
    for k in range(STICKERS):
        column, row = _place(k)
        whole[row, column] = str(s.stickers[i, k])
        seen[row, column] = whole[row, column] if _in_view(p, s, i, k) else "."
    return "\n".join(
        [
            *(f"{' '.join(a)}    {' '.join(b)}".rstrip() for a, b in zip(seen, whole, strict=True)),
            "agent sees (left): " + " ".join(str(s.stickers[i, k]) for k in range(STICKERS) if _in_view(p, s, i, k)),
            f"step {last.clock}  action {pictures.name_of(action_names(p), last)}  reward {last.rewards[0]:g}  "
            f"total {last.total[0]:g}",
        ]
    )


def paint(p: Params, s: State, i: int, last: Last) -> np.ndarray:
    """Paint the net, with small stickers where the agent does not look, and apart from it what the agent sees."""
    frame = pictures.board("Cube 2x2x2", last)
    for k in range(STICKERS):
        column, row = _place(k)
        x, y = 206 + 28 * column + 6 * (column // 2), 56 + 28 * row + 6 * (row // 2)
        shown = _in_view(p, s, i, k)
        colour, edge = COLOURS[s.stickers[i, k]], 0 if shown else 6
        canvas.rectangle(frame, x, y, 27, 27, canvas.INK if shown else canvas.FAINT, radius=5)
        canvas.rectangle(frame, x + 2 + edge, y + 2 + edge, 23 - 2 * edge, 23 - 2 * edge, colour, radius=4)
    pictures.panels(frame, "", canvas.PANEL, pictures.name_of(action_names(p), last), last)
    for place in range(p.width):
        face, k = divmod(place, 4)
        x, y = 40 + 42 * face + 19 * (k % 2), 284 + 19 * (k // 2)
        colour = COLOURS[s.stickers[i, p.width * int(s.side[i]) + place]]
        canvas.rectangle(frame, x, y, 18, 18, canvas.INK, radius=4)
        canvas.rectangle(frame, x + 1, y + 1, 16, 16, colour, radius=3)
    return frame


def _place(k: int) -> tuple[int, int]:
    """Return column and row of sticker ``k`` in the net."""
    column, row = NET[FACES[k // 4]]
    return 2 * column + k % 2, 2 * row + k % 4 // 2


def _in_view(p: Params, s: State, i: int, k: int) -> bool:
    """Return whether the camera shows sticker ``k``."""
    return k // p.width == int(s.side[i])
