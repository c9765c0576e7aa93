"""Moves on a grid that sometimes slip, as the tasks of rooms and mazes share them."""

from __future__ import annotations

from ..core import kernel

UP, DOWN, LEFT, RIGHT, STAY = range(5)
ACTIONS = ("up", "down", "left", "right")
MOVES = 5  # what a slip draws from, staying included


@kernel
def slips(slip, action, prob):
    """Write the probabilities of the moves: with probability ``slip`` one of all five is drawn."""
    for k in range(MOVES):
        prob[k] = slip / MOVES
    prob[action] += 1.0 - slip
    return MOVES


@kernel
def pick_slip(slip, action, u):
    """Return the move that ``u`` picks from the distribution of `slips`."""
    share = slip / MOVES
    sure = 1.0 - slip
    before = u < action * share
    after = u >= (action + 1) * share + sure
    drawn = min(int((u if before else u - sure) / max(share, 1e-300)), MOVES - 1)
    return drawn if before | after else action


@kernel
def across(move):
    """Return the change of the column."""
    return int(move == RIGHT) - int(move == LEFT)


@kernel
def along(move):
    """Return the change of the row."""
    return int(move == DOWN) - int(move == UP)
