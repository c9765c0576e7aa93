"""Pictures: the environment's own ``ansi`` and ``paint``, or plain ones of the state's fields; and a window."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import canvas
from ..core.batch import Batch
from ..core.environment import Last
from .spaces import state_fields

MODES = ("ansi", "rgb_array")
FRAMES_PER_SECOND = 4


def draw(batch: Batch, lane: int, mode: str, actions: np.ndarray, totals: np.ndarray) -> Any:
    """Return a picture of ``lane``: a string (``"ansi"``) or a frame, uint8 (height, width, 3) (``"rgb_array"``).

    Parameters
    ----------
    actions : the last joint actions, (lanes, players); not shown at the start of an episode.
    totals : the rewards of the episode so far, (lanes, players).
    """
    clock = int(batch.clock[lane])
    taken = actions[lane].copy() if clock else None
    rewards = batch.reward[lane].copy() if clock else np.zeros(batch.spec.players)
    last = Last(clock, taken, rewards, totals[lane].copy())
    environment = batch.environment
    draw_own = environment.ansi if mode == "ansi" else environment.paint
    if draw_own is not None:
        return draw_own(environment.params, batch.state, lane, last)
    rows = _rows(batch, lane, last)
    return "\n".join(f"{label}: {value}" for label, value in rows) if mode == "ansi" else _table(environment.id, rows)


class Window:
    """A window that shows frames one after the other.

    Raises ModuleNotFoundError when pygame is missing; the message names the extra.
    """

    def __init__(self, title: str) -> None:
        try:
            import pygame
        except ModuleNotFoundError:
            raise ModuleNotFoundError('a window needs pygame: python -m pip install "regretlab[play]"') from None
        self._pygame, self._title = pygame, title
        self._surface: Any = None

    def show(self, frame: np.ndarray) -> None:
        """Show ``frame``, uint8 (height, width, 3)."""
        pygame = self._pygame
        if self._surface is None:
            pygame.display.init()
            pygame.display.set_caption(self._title)
            self._surface = pygame.display.set_mode(frame.shape[1::-1])
        self._surface.blit(pygame.surfarray.make_surface(frame.swapaxes(0, 1)), (0, 0))
        pygame.event.pump()
        pygame.display.flip()

    def close(self) -> None:
        """Close the window."""
        self._pygame.display.quit()


def _rows(batch: Batch, lane: int, last: Last) -> list[tuple[str, str]]:
    """Return labels and values of the plain pictures."""
    names = batch.spec.action_names
    taken = "none yet"
    if last.actions is not None:
        taken = ", ".join(names[k][a] if names else str(a) for k, a in enumerate(last.actions))
    fields = [(name, np.array2string(array[lane], precision=4)) for name, array in state_fields(batch).items()]
    return [
        ("step", str(last.clock)),
        ("action", taken),
        ("reward", ", ".join(f"{reward:g}" for reward in last.rewards)),
        ("total", ", ".join(f"{total:g}" for total in last.total)),
        *((name, " ".join(value.split())) for name, value in fields),
    ]


def _table(title: str, rows: list[tuple[str, str]]) -> np.ndarray:
    """Paint labels and values in two columns."""
    frame = canvas.blank(640, 80 + 26 * len(rows))
    canvas.text(frame, 24, 22, title, scale=3)
    canvas.rectangle(frame, 24, 56, 592, 26 * len(rows) + 10, canvas.PANEL, radius=10)
    for row, (label, value) in enumerate(rows):
        canvas.text(frame, 40, 66 + 26 * row, label, canvas.MUTED)
        canvas.text(frame, 240, 66 + 26 * row, value if len(value) <= 34 else value[:31] + "...")
    return frame
