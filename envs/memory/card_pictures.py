"""Cards, piles of cards and tiles with symbols, for the pictures of the memory tasks.

Coordinates are the middle of what is painted, in pixels.
"""

from __future__ import annotations

import numpy as np

from ..core import canvas

RED: canvas.Colour = (196, 48, 43)
WIDTH, HEIGHT = 84, 116


def suit_colour(suit: int, suits: int) -> canvas.Colour:
    """Return a suit's colour: black or red, and one of a palette where there are more than four suits."""
    if suits <= 4:
        return RED if suit % 2 else canvas.INK
    return canvas.PLAYERS[suit % len(canvas.PLAYERS)]


def pip(frame: np.ndarray, x: float, y: float, size: float, suit: int, suits: int) -> None:
    """Paint the sign of a suit, about ``size`` pixels wide: its number where there are more than four suits."""
    colour = suit_colour(suit, suits)
    half = size / 2
    if suits > 4:
        canvas.text(frame, x, y - 7 * size / 20, f"{suit + 1}", colour, scale=max(2, round(size / 10)), align="center")
        return
    if suit == 1:
        canvas.polygon(frame, ((x, y - half), (x + 0.8 * half, y), (x, y + half), (x - 0.8 * half, y)), colour)
        return
    lobes: tuple[tuple[float, float], ...]
    if suit == 3:
        lobes, top = ((-0.45, -0.3), (0.45, -0.3)), ((-0.93, -0.1), (0.0, 1.0), (0.93, -0.1))
    elif suit == 0:
        lobes, top = ((-0.45, 0.25), (0.45, 0.25)), ((-0.93, 0.05), (0.0, -1.0), (0.93, 0.05))
    else:
        lobes, top = ((-0.5, 0.25), (0.5, 0.25), (0.0, -0.5)), ((-0.3, 0.3), (0.0, -0.3), (0.3, 0.3))
    for across, down in lobes:
        canvas.circle(frame, x + across * half, y + down * half, 0.52 * half, colour)
    canvas.polygon(frame, [(x + across * half, y + down * half) for across, down in top], colour)
    if suit != 3:
        stem = ((0.0, 0.2), (0.35, 1.0), (-0.35, 1.0))
        canvas.polygon(frame, [(x + across * half, y + down * half) for across, down in stem], colour)


def card(frame: np.ndarray, x: float, y: float, suit: int, suits: int, label: str, faded: bool = False) -> None:
    """Paint a card of a suit with a ``label`` above it; ``faded`` where the agent does not see it now."""
    _blank(frame, x, y, label, faded)
    pip(frame, x, y, 44, suit, suits)


def face(frame: np.ndarray, x: float, y: float, kind: int, counted: str, kinds: int, name: str, label: str) -> None:
    """Paint a card of which only its colour, suit or rank is known (``counted``), with a ``label`` above it."""
    if counted == "suits":
        card(frame, x, y, kind, kinds, label)
        return
    _blank(frame, x, y, label, False)
    if counted == "colors":
        canvas.rectangle(frame, x - 26, y - 40, 52, 80, RED if kind else canvas.INK, radius=6)
    else:
        sign = name if name.isdigit() else name[0].upper()
        canvas.text(frame, x, y - 17, sign, scale=5, align="center")


def _blank(frame: np.ndarray, x: float, y: float, label: str, faded: bool) -> None:
    left, top = x - WIDTH / 2, y - HEIGHT / 2
    canvas.rectangle(frame, left, top, WIDTH, HEIGHT, canvas.FAINT if faded else canvas.PANEL, radius=8)
    edge = canvas.MUTED if faded else canvas.ACCENT
    canvas.rectangle(frame, left, top, WIDTH, HEIGHT, edge, radius=8, border=2 if faded else 4)
    canvas.text(frame, x, top - 22, label, canvas.MUTED, align="center")


def pile(frame: np.ndarray, x: float, y: float, count: int, label: str) -> None:
    """Paint a pile of ``count`` cards that lie face down."""
    for layer in range(min(count, 4)):
        left, top = x - WIDTH / 2 + 3 * layer, y - HEIGHT / 2 - 3 * layer
        canvas.rectangle(frame, left, top, WIDTH, HEIGHT, canvas.ACCENT, radius=8)
        canvas.rectangle(frame, left, top, WIDTH, HEIGHT, canvas.PANEL, radius=8, border=3)
    colour = canvas.PANEL if count else canvas.MUTED
    shift = 3 * max(min(count, 4) - 1, 0)
    canvas.text(frame, x + shift, y - 10 - shift, f"{count}", colour, scale=3, align="center")
    canvas.text(frame, x, y - HEIGHT / 2 - 31, label, canvas.MUTED, align="center")


def hand(frame: np.ndarray, x: float, y: float, width: float, cards: list[int], suits: int, marked: int | None) -> None:
    """Paint cards by their suits in a row at most ``width`` pixels wide, with a frame around number ``marked``.

    Of more than 12 cards, three dots stand for those in the middle.
    """
    shown = list(range(len(cards)))
    if len(cards) > 12:
        shown[6:-5] = [-1]
    pitch = min(62.0, width / max(len(shown), 1))
    for place, number in enumerate(shown):
        left, middle = x + pitch * (place - len(shown) / 2), x + pitch * (place + 0.5 - len(shown) / 2)
        if number < 0:
            canvas.text(frame, middle, y - 7, "...", canvas.MUTED, align="center")
            continue
        size = pitch - 6, 1.4 * (pitch - 6)
        canvas.rectangle(frame, left + 3, y - size[1] / 2, *size, canvas.PANEL, radius=6)
        edge, thick = (canvas.ACCENT, 4) if number == marked else (canvas.FAINT, 2)
        canvas.rectangle(frame, left + 3, y - size[1] / 2, *size, edge, radius=6, border=thick)
        pip(frame, middle, y, 0.55 * size[0], cards[number], suits)


def tile(frame: np.ndarray, x: float, y: float, size: float, symbol: int, marked: bool = False) -> None:
    """Paint a symbol: a tile with its number, and a frame around it where it is ``marked``."""
    left, top = x - size / 2, y - size / 2
    if marked:
        canvas.rectangle(frame, left - 5, top - 5, size + 10, size + 10, canvas.INK, radius=10, border=3)
    canvas.rectangle(frame, left, top, size, size, symbol_colour(symbol), radius=6)
    scale = 3 if size > 34 else 2 if size > 22 else 1
    canvas.text(frame, x, y - 3.5 * scale, f"{symbol}", canvas.PANEL, scale=scale, align="center")


def symbol_colour(symbol: int) -> canvas.Colour:
    """Return a symbol's colour, dark enough for white letters."""
    return canvas.mix(canvas.PLAYERS[symbol % len(canvas.PLAYERS)], canvas.INK, 0.25)
