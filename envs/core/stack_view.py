"""How people see a stack: its slots as text, and as a strip below the picture of the environment inside."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from . import canvas
from .environment import Environment, Last
from .stack_kernels import Params

MOST_SLOTS = 12  # that a picture shows, the newest ones
MOST_NUMBERS = 3  # of a vector
STRIP, MARGIN, GAP = 88, 24, 6  # pixels


def slots(p: Params, stacks: Any) -> np.ndarray:
    """Return stacks of integers, of any shape, as observations, int64 (..., k), oldest first, -1 where empty."""
    return np.asarray(stacks, np.int64)[..., None] // p.powers[p.size - 1 :: -1] % p.base - 1


def show_memory(environment: Environment, stacked: Environment) -> Environment:
    """Return ``stacked`` with the stack in the pictures that the ``environment`` inside has."""
    ansi, paint = environment.ansi, environment.paint

    def ansi_with_memory(p: Params, s: Any, i: int, last: Last) -> str:
        assert ansi is not None
        *older, newest = (f"[{label}]" for label in _labels(environment, p, s, i))
        cut = ["..."] if p.size > MOST_SLOTS else []
        return f"{ansi(p.inner, s.inner, i, _own(p, last))}\nmemory: {' '.join([*cut, *older, '>', newest])}"

    def paint_with_memory(p: Params, s: Any, i: int, last: Last) -> np.ndarray:
        assert paint is not None
        frame = paint(p.inner, s.inner, i, _own(p, last))
        return np.concatenate([frame, _strip(_labels(environment, p, s, i), p.size, frame.shape[1])])

    return dataclasses.replace(
        stacked,
        ansi=None if ansi is None else ansi_with_memory,
        paint=None if paint is None else paint_with_memory,
    )


def _own(p: Params, last: Last) -> Last:
    """Return ``last`` with the action that the environment inside was given."""
    return last if last.actions is None else last._replace(actions=np.asarray(last.actions) % p.actions)


def _labels(environment: Environment, p: Params, s: Any, i: int) -> list[str]:
    """Name what the newest slots hold, oldest first."""
    if environment.spec.observation.kind == "integer":
        names = environment.spec.observation_names
        seen = slots(p, s.stack[i, 0]).tolist()[-MOST_SLOTS:]
        return ["empty" if x < 0 else names[x] if names else str(x) for x in seen]
    vectors = s.stack[i, 0].reshape(p.size, p.width)[-MOST_SLOTS:]
    more = " .." if p.width > MOST_NUMBERS else ""
    return [" ".join(f"{number:.2g}" for number in vector[:MOST_NUMBERS]) + more for vector in vectors]


def _strip(labels: list[str], size: int, width: int) -> np.ndarray:
    """Paint one box a slot, the newest with a border."""
    strip = canvas.blank(width, STRIP)
    title = "memory" if size == len(labels) else f"memory: the newest {len(labels)} of {size}"
    canvas.text(strip, MARGIN, 2, title, canvas.MUTED)
    pitch = min(200.0, (width - 2 * MARGIN + GAP) / len(labels))
    room = pitch - GAP - 4
    scale = next((each for each in (3, 2) if max(canvas.text_width(label, each) for label in labels) <= room), 1)
    for k, label in enumerate(labels):
        left, newest = MARGIN + k * pitch, k == len(labels) - 1
        empty = label == "empty"
        canvas.rectangle(strip, left, 26, pitch - GAP, 46, canvas.FAINT if empty else canvas.PANEL, radius=8)
        if newest:
            canvas.rectangle(strip, left, 26, pitch - GAP, 46, canvas.ACCENT, radius=8, border=3)
        while canvas.text_width(label, scale) > room and label:
            label = label[:-1]
        colour = canvas.MUTED if empty else canvas.INK
        canvas.text(strip, left + (pitch - GAP) / 2, 49 - 3.5 * scale, label, colour, scale=scale, align="center")
    return strip
