"""Watching a learner play: pictures of every step, shown in a terminal or written as a GIF or a PNG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..baselines.fused import Fused
from ..baselines.learner import Learner
from ..baselines.lockstep import Lockstep
from ..envs.api.rendering import FRAMES_PER_SECOND
from ..envs.core.environment import Environment
from .scene import Scene, seat

FORMATS = (".gif", ".png")
SHEET = 12  # most pictures on a contact sheet
COLUMNS = 3
GAP = 12  # pixels between them
PAUSE = 3.0  # how much longer the last picture of an episode stands


class Picture(NamedTuple):
    """One picture, a string or uint8 (height, width, 3), and whether it shows the end of an episode."""

    content: Any
    last: bool


def watch(
    environment: Environment, player: Learner | type, steps: int, mode: str, *, train: int = 0, seed: int = 0
) -> Iterator[Picture]:
    """Return the pictures of ``steps`` steps: one of every first state and one after every step.

    Parameters
    ----------
    environment : what is played; ``player`` plays all seats.
    player : a learner or a class of outside agents; it goes on learning while it is watched.
    steps : how many steps are shown.
    mode : ``"ansi"`` or ``"rgb_array"``.
    train : steps that the player takes before, unseen.
    seed : seeds the environment and the player.

    Raises ValueError for a player that cannot play ``environment``, before anything is drawn.
    """
    states = None
    everybody = seat(environment, player, tuple(range(environment.spec.players)))
    if train:
        training = (
            Fused(environment, player, seed=seed)
            if isinstance(player, Learner)
            else Lockstep(environment, player, seed=seed)
        )
        training.advance(train)
        states = training.states
    return _pictures(Scene(environment, [everybody], seed, states), steps, mode)


def _pictures(scene: Scene, steps: int, mode: str) -> Iterator[Picture]:
    yield Picture(scene.picture(mode), False)
    for _ in range(steps):
        if scene.over:
            scene.begin()
            yield Picture(scene.picture(mode), False)
        scene.step()
        yield Picture(scene.picture(mode), scene.over)


def check_path(path: Path | str) -> Path:
    """Return ``path``; ValueError unless its name ends with ``.gif`` or ``.png`` and its folder exists."""
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"out={str(path)!r} is not allowed: the name of a picture ends with {' or '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise ValueError(f"out={str(path)!r} is not allowed: there is no folder {str(path.parent)!r}")
    return path


def save(pictures: Sequence[Picture], path: Path | str) -> None:
    """Write frames (mode ``"rgb_array"``) as an endless GIF, or as a PNG with up to twelve of them, evenly chosen.

    Raises ValueError for a path that `check_path` refuses.
    """
    from PIL import Image

    path = check_path(path)
    if path.suffix.lower() == ".png":
        Image.fromarray(contact_sheet([picture.content for picture in pictures])).save(path)
        return
    frames = [Image.fromarray(picture.content) for picture in pictures]
    pause = 1000 // FRAMES_PER_SECOND
    times = [int(pause * PAUSE) if picture.last else pause for picture in pictures]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=times, loop=0)


def contact_sheet(frames: Sequence[np.ndarray]) -> np.ndarray:
    """Return one frame with up to twelve of ``frames`` (equally large), evenly chosen, in rows of three."""
    from ..envs.core.canvas import PANEL, blank

    chosen = np.unique(np.linspace(0, len(frames) - 1, SHEET).round().astype(int))
    height, width = frames[0].shape[:2]
    columns = min(COLUMNS, len(chosen))
    rows = -(-len(chosen) // columns)
    sheet = blank(columns * (width + GAP) + GAP, rows * (height + GAP) + GAP, PANEL)
    for place, number in enumerate(chosen):
        row, column = divmod(place, columns)
        y, x = GAP + row * (height + GAP), GAP + column * (width + GAP)
        sheet[y : y + height, x : x + width] = frames[number]
    return sheet
