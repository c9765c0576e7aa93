"""What the card tasks share: dealing from a deck without replacement, and what the cards are called.

A deck holds equally many cards of every kind (suit, colour or rank). Its order is never listed: the state of a lane
holds how many cards of each kind are ``left``, int16 (lanes, kinds), and every deal draws the kind of the next card
with probability proportional to that. All orders of the deck then have the same probability, as after a shuffle.
"""

from __future__ import annotations

from typing import Any

from ..core.kernel import kernel
from ..core.streams import scaled

SUITS = ("spades", "diamonds", "clubs", "hearts")
COLOURS = ("black", "red")
RANKS = ("ace", "2", "3", "4", "5", "6", "7", "8", "9", "10", "jack", "queen", "king")


@kernel
def first_deal(kinds, prob):
    """Write the distribution of the first card's kind, which is uniform."""
    for k in range(kinds):
        prob[k] = 1.0 / kinds
    return kinds


@kernel
def deal(left, i, kinds, rest, prob):
    """Write the distribution of the next card's kind, ``rest`` cards being left in all."""
    for k in range(kinds):
        prob[k] = left[i, k] / rest
    return kinds


@kernel
def draw(left, i, kinds, rest, u):
    """Return the kind that ``u`` in [0, 1) picks from the distribution of `deal`: that of card ``u * rest`` of the
    cards left, sorted by kind.
    """
    card = scaled(u, rest)
    kind, below = 0, 0
    for k in range(kinds - 1):
        below += left[i, k]
        kind += card >= below
    return kind


@kernel
def refill(left, i, kinds, copies):
    """Put all cards, ``copies`` of each kind, back into the deck."""
    for k in range(kinds):
        left[i, k] = copies


def suit_names(suits: int) -> tuple[str, ...]:
    """Return the names of ``suits`` suits: POPGym's where there are at most four."""
    return SUITS[:suits] if suits <= len(SUITS) else tuple(f"suit {k + 1}" for k in range(suits))


def suit_signs(suits: int) -> tuple[str, ...]:
    """Return a short sign for each suit."""
    if suits <= len(SUITS):
        return tuple(name[0].upper() for name in SUITS[:suits])
    return tuple(map(str, range(1, suits + 1)))


def slots(at_least: int, at_most: int) -> dict[str, Any]:
    """Return the fact ``kappa`` of a certificate, or what it is known to lie between."""
    if at_least == at_most:
        return {"kappa": at_least}
    return {"kappa_at_least": at_least, "kappa_at_most": at_most}
