"""A T-maze as a picture and as text: a corridor from the cue to the junction with its two arms."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import canvas, pictures
from ..core.environment import Last

#: What an agent may see of a maze, and what the pictures paint it in.
CORRIDOR = canvas.FAINT
JUNCTION = canvas.mix(canvas.MUTED, canvas.FAINT, 0.4)
UPPER, LOWER = canvas.BAD, canvas.GOOD
WIDEST = 40


class Arm(NamedTuple):
    """An arm: its letter, its colour and what it pays."""

    letter: str
    colour: canvas.Colour
    pays: str


class Maze(NamedTuple):
    """A maze and where its agent is.

    Columns count from 0, the cell of the cue; ``longest`` is the last column of the longest maze of the task,
    ``junction`` that of this one (at least 1), ``column`` the agent's. ``side`` is -1 in the upper arm, 1 in the lower
    one, else 0. ``cue`` says which of the two ``arms`` (upper, lower) the cue names.
    """

    longest: int
    junction: int
    column: int
    side: int
    cue: int
    arms: tuple[Arm, Arm]


def two_arms(letters: str, cue: int, right: str, wrong: str) -> tuple[Arm, Arm]:
    """Return the two arms, upper and lower, of which the one that ``cue`` names pays what ``right`` says."""
    return (
        Arm(letters[0], UPPER, right if cue == 0 else wrong),
        Arm(letters[1], LOWER, right if cue == 1 else wrong),
    )


def write(maze: Maze, seen: str, status: str, action: str, last: Last) -> str:
    """Draw the maze as it is (a long corridor shortened to `WIDEST` characters), and say what the agent sees."""
    width = min(maze.junction + 1, WIDEST)
    cells = [maze.arms[maze.cue].letter, *"-" * (width - 2), "+"]
    upper, lower = (arm.letter for arm in maze.arms)
    if maze.side == 0:
        cells[round(maze.column * (width - 1) / maze.junction)] = "o"
    margin = " " * (width - 1)
    return (
        f"{margin}{'o' if maze.side < 0 else upper} {maze.arms[0].pays}\n"
        f"{''.join(cells)}\n"
        f"{margin}{'o' if maze.side > 0 else lower} {maze.arms[1].pays}\n"
        f"agent sees: {seen}\n"
        f"{status}  step {last.clock}  action {action}  reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(title: str, maze: Maze, seen: str, colour: canvas.Colour, action: str, last: Last) -> np.ndarray:
    """Paint the maze as it is, with what the arms pay, and apart from it the one observation that the agent gets."""
    frame = pictures.board(title, last)
    pitch = min(50.0, 500.0 / maze.longest)
    first, y = 300.0 - pitch * maze.longest / 2, 148.0
    end = first + pitch * maze.junction
    canvas.rectangle(frame, first - 22, y - 22, end - first + 44, 44, CORRIDOR, radius=12)
    canvas.rectangle(frame, end - 22, y - 76, 44, 152, CORRIDOR, radius=12)
    canvas.rectangle(frame, end - 18, y - 18, 36, 36, JUNCTION, radius=8)
    if pitch > 6.0:
        for k in range(1, maze.junction):
            canvas.circle(frame, first + pitch * k, y, min(0.2 * pitch, 4.0), canvas.BACKGROUND)
    canvas.rectangle(frame, first - 18, y - 18, 36, 36, maze.arms[maze.cue].colour, radius=8)
    canvas.text(frame, first, y + 30, "cue", canvas.MUTED, align="center")
    for way, arm in zip((-1, 1), maze.arms, strict=True):
        canvas.rectangle(frame, end - 18, y + 54 * way - 18, 36, 36, arm.colour, radius=8)
        canvas.text(frame, end + 32, y + 54 * way - 7, arm.pays)
    pictures.agent(frame, first + pitch * maze.column, y + 54.0 * maze.side)
    pictures.panels(frame, seen, colour, action, last)
    return frame
