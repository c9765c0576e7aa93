"""Pictures of a game against a partner: the payoff table with the cell last played, actions, rewards, totals."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..core import canvas
from ..core.environment import Last
from ..core.single_agent import everybody
from .library import PartneredGame

WIDTH, MARGIN, CELL_WIDTH, CELL_HEIGHT, GAP, TABLE = 640, 24, 112, 46, 6, 136  # pixels
YOU, PARTNER = canvas.PLAYERS[:2]


class Pictures(NamedTuple):
    """The ``ansi`` and ``paint`` of one game, one partner (its name) and a number of rounds."""

    game: PartneredGame
    partner: str
    rounds: int

    def ansi(self, p: Any, s: Any, i: int, last: Last) -> str:
        """Return the payoff table as text, the cell last played in brackets, and a line for each player."""
        game, last = self.game, everybody(s, i, last)
        rows, columns = game.action_names
        cells = [[self._cell(last, a, b) for b in range(len(columns))] for a in range(len(rows))]
        width = max(map(len, [*columns, *(cell for row in cells for cell in row)]))
        label = max(map(len, rows))
        lines = [
            f"{game.title} against {self.partner}, round {last.clock} of {self.rounds}",
            " " * (label + 2) + "  ".join(name.center(width) for name in columns),
        ]
        for name, row in zip(rows, cells, strict=True):
            lines.append(f"{name.rjust(label)}  " + "  ".join(cell.center(width) for cell in row))
        for who, action, reward, total in self._scores(last):
            lines.append(f"{who}: {action}, reward {reward}, total {total}")
        return "\n".join(line.rstrip() for line in lines)

    def paint(self, p: Any, s: Any, i: int, last: Last) -> np.ndarray:
        """Paint the payoff table, the cell last played framed, and a line for each player: uint8 (height, 640, 3)."""
        game, last = self.game, everybody(s, i, last)
        rows, columns = game.action_names
        scores = TABLE + len(rows) * (CELL_HEIGHT + GAP) + 26
        frame = canvas.blank(WIDTH, scores + 118)
        canvas.text(frame, MARGIN, 22, game.title, scale=3)
        canvas.text(frame, WIDTH - MARGIN, 28, f"round {last.clock} of {self.rounds}", canvas.MUTED, align="right")
        canvas.text(frame, MARGIN, 54, f"against {self.partner}", PARTNER)

        label = 16 + max(map(canvas.text_width, rows))
        left = (WIDTH - label - len(columns) * (CELL_WIDTH + GAP) + GAP) / 2 + label
        middle = left + (len(columns) * (CELL_WIDTH + GAP) - GAP) / 2
        canvas.text(frame, middle, TABLE - 46, "partner", canvas.MUTED, align="center")
        for b, name in enumerate(columns):
            canvas.text(
                frame, left + b * (CELL_WIDTH + GAP) + CELL_WIDTH / 2, TABLE - 22, name, PARTNER, align="center"
            )
        canvas.text(frame, left - 16, TABLE - 22, "you", canvas.MUTED, align="right")
        for a, name in enumerate(rows):
            y = TABLE + a * (CELL_HEIGHT + GAP)
            canvas.text(frame, left - 16, y + 16, name, YOU, align="right")
            for b in range(len(columns)):
                x = left + b * (CELL_WIDTH + GAP)
                if self._played(last, a, b):
                    canvas.rectangle(frame, x - 4, y - 4, CELL_WIDTH + 8, CELL_HEIGHT + 8, canvas.INK, radius=9)
                canvas.rectangle(frame, x, y, CELL_WIDTH, CELL_HEIGHT, canvas.PANEL, radius=6)
                for pays, colour, place in zip(game.payoffs[:, a, b], (YOU, PARTNER), (0.3, 0.7), strict=True):
                    canvas.text(frame, x + place * CELL_WIDTH, y + 13, f"{pays:g}", colour, 3, "center")

        for text, x in (("last action", 446), ("reward", 545), ("total", WIDTH - MARGIN)):
            canvas.text(frame, x, scores, text, canvas.MUTED, align="right")
        for k, (who, action, reward, total) in enumerate(self._scores(last)):
            y = scores + 28 + 28 * k
            canvas.circle(frame, MARGIN + 9, y + 7, 9, (YOU, PARTNER)[k])
            canvas.text(frame, MARGIN + 28, y, who)
            canvas.text(frame, 446, y, action, (YOU, PARTNER)[k], align="right")
            canvas.text(frame, 545, y, reward, align="right")
            canvas.text(frame, WIDTH - MARGIN, y, total, align="right")
        canvas.bar(frame, MARGIN, scores + 94, WIDTH - 2 * MARGIN, 8, last.clock / self.rounds, canvas.MUTED)
        return frame

    def _scores(self, last: Last) -> list[tuple[str, str, str, str]]:
        """Return the name of each player, its last action, reward and total."""
        lines = []
        for k, who in enumerate(("you", self.partner)):
            action = "-" if last.actions is None else self.game.action_names[k][last.actions[k]]
            lines.append((who, action, f"{last.rewards[k]:g}", f"{last.total[k]:g}"))
        return lines

    def _cell(self, last: Last, a: int, b: int) -> str:
        pays = ", ".join(f"{each:g}" for each in self.game.payoffs[:, a, b])
        return f"[{pays}]" if self._played(last, a, b) else f" {pays} "

    def _played(self, last: Last, a: int, b: int) -> bool:
        return last.actions is not None and tuple(last.actions) == (a, b)
