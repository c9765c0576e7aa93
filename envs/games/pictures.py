"""Pictures of a normal-form game: the payoff table with the cell last played, actions, rewards, totals and memory."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np

from ..core import canvas
from ..core.environment import Last
from .game import NormalFormGame, new_game
from .histories import decode
from .stages import SINUSOIDAL, Params, State, action_names, present, present_game, titles

Joint = tuple[int, ...]

MOST_ACTIONS, MOST_PANELS, MOST_CHIPS = 8, 8, 8
MARGIN, GAP, APART, HEAD, LINE, CHIP = 24, 6, 32, 26, 34, 30  # pixels
WIDEST = -1.234e-100  # as many characters as a payoff can take, where it changes from round to round


class View(NamedTuple):
    """What is shown of a table: a panel for each choice of players 2, 3 ..., a row for each action of player 0.

    A column is an action of player 1 (a single one without a name where there is no such player); ``played`` is the
    last joint action (None before the first round).
    """

    game: NormalFormGame
    panels: tuple[Joint, ...]
    rows: range
    columns: range
    column_names: tuple[str, ...]
    played: Joint | None

    def joint(self, row: int, column: int, panel: Joint) -> Joint:
        """Return the joint action of a cell."""
        return (row, column, *panel)[: self.game.players]

    def pays(self, joint: Joint) -> list[float]:
        """Return what each player gets in a cell."""
        return [float(own[joint]) for own in self.game.payoffs]


class Layout(NamedTuple):
    """Sizes in pixels: of the numbers in a cell (one width a player), a cell, the labels, a panel and the table."""

    scale: int
    numbers: tuple[int, ...]
    space: int
    cell_width: int
    cell_height: int
    label: int
    head: int
    panel_width: int
    panel_height: int
    across: int
    width: int
    height: int


def ansi(p: Params, s: State, i: int, last: Last) -> str:
    """Return the payoff table as text, the cell last played in brackets."""
    view = _view(p, s, i, last)
    game, names = view.game, view.game.action_names

    def text(joint: Joint) -> str:
        pays = ", ".join(map(_number, view.pays(joint)))
        return f"[{pays}]" if joint == view.played else f" {pays} "

    joints = [view.joint(*key) for key in product(view.rows, view.columns, view.panels)]
    width = max(map(len, [*map(text, joints), *(view.column_names[c] for c in view.columns)]))
    label = max(len(names[0][r]) for r in view.rows)
    lines = [f"{game.title}, {_round(p, last)}"]
    for panel in view.panels:
        if panel:
            lines.append("  ".join(f"player {k + 2}: {names[k + 2][a]}" for k, a in enumerate(panel)))
        if game.players > 1:
            lines.append(" " * (label + 2) + "  ".join(view.column_names[c].center(width) for c in view.columns))
        for r in view.rows:
            cells = [text(view.joint(r, c, panel)).center(width) for c in view.columns]
            lines.append(f"{names[0][r].rjust(label)}  " + "  ".join(cells))
    for k in range(game.players):
        action = "-" if view.played is None else names[k][view.played[k]]
        lines.append(f"player {k}: {action}, reward {_number(last.rewards[k])}, total {_number(last.total[k])}")
    if p.memory:
        history = decode(s.history[i], game.actions)
        shown = ["(" + ", ".join(names[k][a] for k, a in enumerate(joint)) + ")" for joint in history]
        lines.append("observed: " + ("  ".join(shown) or "nothing yet"))
    return "\n".join(line.rstrip() for line in lines)


def paint(p: Params, s: State, i: int, last: Last) -> np.ndarray:
    """Paint the payoff table, the last cell framed, and a line a player: uint8 (height, width, 3).

    The size of the frame depends on the parameters alone.
    """
    view = _view(p, s, i, last)
    game, layout = view.game, _layout(p, view)
    chips = min(p.memory, MOST_CHIPS)
    action = max(canvas.text_width(name) for own in game.action_names for name in own)
    stops = np.cumsum([MARGIN, 126, max(action, 70) + 84, 96])  # left of player and action, right of reward and total
    observed = max(chips * CHIP, canvas.text_width("observed")) + 36 if chips else 0
    heading = max(canvas.text_width(title, 3) for title in _headings(p)) + 40 + canvas.text_width("round 0000 of 0000")
    width = 2 * MARGIN + max(layout.width, int(stops[-1]) - MARGIN + observed, heading)
    top = MARGIN + 48
    scores = top + layout.height + 28
    frame = canvas.blank(width, scores + (game.players + 1) * LINE + 6)

    canvas.text(frame, MARGIN, MARGIN, game.title, scale=3)
    canvas.text(frame, width - MARGIN, MARGIN + 6, _round(p, last), canvas.MUTED, align="right")
    for place, panel in enumerate(view.panels):
        row, column = divmod(place, layout.across)
        left = (width - layout.width) / 2 + column * (layout.panel_width + APART)
        _paint_panel(frame, left, top + row * (layout.panel_height + APART), view, layout, panel)
    canvas.text(frame, stops[1], scores, "action", canvas.MUTED)
    canvas.text(frame, stops[2], scores, "reward", canvas.MUTED, align="right")
    canvas.text(frame, stops[3], scores, "total", canvas.MUTED, align="right")
    if chips:
        canvas.text(frame, width - MARGIN, scores, "observed", canvas.MUTED, align="right")
    history = decode(s.history[i], game.actions)[-MOST_CHIPS:]
    for k, names in enumerate(game.action_names):
        y = scores + (k + 1) * LINE
        canvas.circle(frame, MARGIN + 9, y + 7, 9, _colour(k))
        canvas.text(frame, MARGIN + 28, y, f"player {k}")
        if view.played is not None:
            canvas.text(frame, stops[1], y, names[view.played[k]], _colour(k))
            canvas.text(frame, stops[2], y, f"{last.rewards[k]:+.4g}", align="right")
        canvas.text(frame, stops[3], y, _number(last.total[k]), align="right")
        _paint_chips(frame, width - MARGIN, y, [names[joint[k]] for joint in history], _colour(k))
    return frame


def _paint_panel(frame: np.ndarray, left: float, top: float, view: View, layout: Layout, panel: Joint) -> None:
    """Paint the cells of one choice of players 2, 3 ..., under that choice and the names of the actions."""
    names = view.game.action_names
    corner = left + layout.label
    words = [names[k + 2][a] for k, a in enumerate(panel)]
    x = (corner + left + layout.panel_width - sum(canvas.text_width(word) + 12 for word in words) + 12) / 2
    for k, word in enumerate(words):
        canvas.text(frame, x, top, word, _colour(k + 2))
        x += canvas.text_width(word) + 12
    top += layout.head
    for column, c in enumerate(view.columns):
        middle = corner + column * (layout.cell_width + GAP) + layout.cell_width / 2
        canvas.text(frame, middle, top - 22, view.column_names[c], _colour(1), align="center")
    for row, r in enumerate(view.rows):
        y = top + row * (layout.cell_height + GAP)
        canvas.text(frame, corner - 14, y + layout.cell_height / 2 - 7, names[0][r], _colour(0), align="right")
        for column, c in enumerate(view.columns):
            x = corner + column * (layout.cell_width + GAP)
            _paint_cell(frame, x, y, view, layout, view.joint(r, c, panel))


def _paint_cell(frame: np.ndarray, x: float, y: float, view: View, layout: Layout, joint: Joint) -> None:
    """Paint one box with what each player gets, in the players' colours; the box last played has a frame."""
    width, height = layout.cell_width, layout.cell_height
    if joint == view.played:
        canvas.rectangle(frame, x - 4, y - 4, width + 8, height + 8, canvas.INK, radius=10)
    canvas.rectangle(frame, x, y, width, height, canvas.PANEL, radius=6)
    x += (width - sum(layout.numbers) - layout.space * (len(layout.numbers) - 1)) / 2
    for k, value in enumerate(view.pays(joint)):
        x += layout.numbers[k]
        canvas.text(frame, x, y + (height - 7 * layout.scale) / 2, _number(value), _colour(k), layout.scale, "right")
        x += layout.space


def _paint_chips(frame: np.ndarray, right: float, y: float, names: list[str], colour: canvas.Colour) -> None:
    """Paint a row of boxes with the initials of actions (numbers in full), oldest first."""
    for place, name in enumerate(reversed(names)):
        left = right - (place + 1) * CHIP + 4
        canvas.rectangle(frame, left, y - 6, CHIP - 4, 26, canvas.mix(colour, canvas.PANEL, 0.75), radius=5)
        initial = name[:2] if name.isdigit() else name[:1].upper()
        canvas.text(frame, left + (CHIP - 4) / 2, y, initial, align="center")


def _view(p: Params, s: State, i: int, last: Last) -> View:
    """Choose what is shown of the present table: all of it, or what lies around the joint action last played."""
    game = new_game(present(p, s, i), title=_heading(p, s, i), action_names=action_names(p))
    played = None if last.actions is None else tuple(int(a) for a in last.actions)
    centre = played or (0,) * game.players

    def window(k: int) -> range:
        shown = min(game.actions[k], MOST_ACTIONS)
        first = min(max(centre[k] - shown // 2, 0), game.actions[k] - shown)
        return range(first, first + shown)

    panels = tuple(product(*map(range, game.actions[2:])))
    if len(panels) > MOST_PANELS:
        panels = (centre[2:],)
    if game.players == 1:
        return View(game, panels, window(0), range(1), ("",), played)
    return View(game, panels, window(0), window(1), game.action_names[1], played)


def _layout(p: Params, view: View) -> Layout:
    """Measure a table. Names and numbers outside the view count too, so that a frame's size never changes."""
    game, rows, columns = view.game, len(view.rows), len(view.columns)
    scale = 3 if rows * columns <= 9 and game.players <= 3 else 2
    shown = [WIDEST] if p.switching == SINUSOIDAL else None
    numbers = tuple(max(canvas.text_width(_number(v), scale) for v in shown or np.unique(own)) for own in p.table.T)
    space = 7 * scale
    inside = sum(numbers) + space * (game.players - 1) + 12 * scale
    cell_width = max(inside, 72, *(canvas.text_width(name) + 16 for name in view.column_names))
    cell_height = 18 * scale + 8
    label = max(map(canvas.text_width, game.action_names[0])) + 14
    head = HEAD * min(game.players - 1, 2)
    panel_width = label + columns * (cell_width + GAP) - GAP
    panel_height = head + rows * (cell_height + GAP) - GAP
    across = min(len(view.panels), 4 if panel_width < 260 else 2)
    width = across * (panel_width + APART) - APART
    height = -(-len(view.panels) // across) * (panel_height + APART) - APART
    return Layout(
        scale, numbers, space, cell_width, cell_height, label, head, panel_width, panel_height, across, width, height
    )


def _heading(p: Params, s: State, i: int) -> str:
    """Return the title of the present game."""
    number = present_game(p, s, i)
    heading = _headings(p)[number]
    if p.switching == SINUSOIDAL:
        return heading.replace("100%", f"{p.weights[s.phase[i]]:.0%}", 1)
    return heading


def _headings(p: Params) -> list[str]:
    """Return the titles of all games as they are shown, each as wide as it may become."""
    known = titles(p)
    if p.switching == SINUSOIDAL:
        return [f"100% of {title}" for title in known]
    return [f"{number}: {title}" for number, title in enumerate(known)] if p.several else known


def _round(p: Params, last: Last) -> str:
    return f"round {last.clock}" + (f" of {p.horizon}" if p.horizon else "")


def _number(value: float) -> str:
    return f"{value:.4g}"


def _colour(k: int) -> canvas.Colour:
    return canvas.PLAYERS[k % len(canvas.PLAYERS)]
