"""Repeat previous: name the suit of the card that was dealt k - 1 cards ago.

Description
-----------
Cards are dealt one after the other from a shuffled deck, without replacement. As soon as k of them lie on the table,
the agent has to name, at every card, the suit of the k-th last one, the present card included. Every card has to be
kept for k - 1 steps, so that choosing what to keep saves nothing: a control for methods that select.

Action Space
------------
``Discrete(suits)``: the suit that is named.

Observation Space
-----------------
``Discrete(suits)``: the suit of the card just dealt (0 spades, 1 diamonds, 2 clubs, 3 hearts).

Rewards
-------
With N = ``decks * suits * ranks`` cards: +1 / (N - k) for the suit of the k-th last card, else -1 / (N - k); 0 before
the k-th card.

Starting State
--------------
The first card has been dealt: each suit with the same probability.

Episode End
-----------
Terminated with the N-th card, at which nothing is asked: after N - 1 steps.

Arguments
---------
decks : int, default 1, from 1 to 64. Decks shuffled together.
suits : int, default 4, from 2 to 26.
ranks : int, default 13, from 1 to 13. Cards of each suit in a deck.
k : int, default 4, from 1 to N - 1. Which card is asked for; 1 is the present one. (POPGym's levels are 1, 2 and 3
decks with k = 4, 32 and 64.)

``info["needed"]`` is the set of the suits, as observations, of the cards that will still be asked for: the last k cards
without those so near to the deck's end that they never are.

Certificate
-----------
All values are exact. Let n = ``decks * ranks`` be the cards of a suit and m = ``suits``. There are N - k decisions that
count, all of them right for who remembers the last k cards: return 1. Uniform play is right with probability 1 / m.
Without memory and k = 1 the present card is named, return 1. With k > 1 the card that is asked for is another one than
that which is seen: it has any other given suit with probability n / (N - 1), and the same suit with (n - 1) / (N - 1).
Since the cards do not depend on the actions, the return is linear in the probabilities of a policy without memory, and
naming a suit that is not seen is best: 2 n / (N - 1) - 1.

Facts: ``k_star`` = k, because the suit of a card outside the window may be exchanged with that of one in the rest of
the deck. ``kappa``: keeping the cards that will be asked for, and the present one, takes min(k, N - k + 1) slots. That
fewer than k do not suffice follows where the deck is large enough. Consider M = (N - k) div m cards of each suit, dealt
first; of any k cards dealt last among them all are asked for later. Two orders of the same M m cards that end in
different k suits must not lead to the same stack, for the same cards may follow. There are fewer than m**k / (m - 1)
stacks of k - 1 observations and empty slots, and of all m**k sequences of k suits a share of at least 1 - m exp(-2 (M +
1 - k/m)**2 / k) holds no suit more than M times (Hoeffding), all of them if M >= k. So ``kappa`` = k if that share is
larger than 1 / (m - 1), or all; it is 2 where k or N - k + 1 is, since one observation does not suffice. Else
``kappa_at_least`` = 2 and ``kappa_at_most`` = min(k, N - k + 1). ``optimal_steps`` = N - 1.

Version History
---------------
v0: first version.

References
----------
Morad, Kortvelesy, Bettini, Liwicki and Prorok, "POPGym: Benchmarking partially observable reinforcement learning", ICLR
2023, https://github.com/proroklab/popgym (RepeatPrevious: the same cards, rewards, ends and count of k).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel
from ..core.pictures import board, name_of, panels
from .card_pictures import hand, pile, suit_colour
from .deck import deal, draw, first_deal, refill, slots, suit_names, suit_signs


class Params(NamedTuple):
    """Numbers of suits, of cards of a suit and of all cards; ``scale`` is the size of a reward."""

    suits: int
    copies: int
    cards: int
    k: int
    scale: float


class State(NamedTuple):
    """``left`` int16 (lanes, suits), cards left by suit, and ``rest`` int16, their sum; ``table`` int8 (lanes, k), the
    last k suits, the present one at ``place`` (int16) and the others before it, in a circle; ``held`` int16
    (lanes, suits), how many cards of each suit will still be asked for.
    """

    left: np.ndarray
    rest: np.ndarray
    table: np.ndarray
    place: np.ndarray
    held: np.ndarray


def params(decks, suits, ranks, k):
    """Build the parameters from checked knobs.

    Raises ValueError where the deck has no more than ``k`` cards.
    """
    cards = decks * suits * ranks
    if not 1 <= k < cards:
        raise ValueError(f"k={k} is not allowed: k must be from 1 to {cards - 1}, one less than there are cards")
    return Params(suits, decks * ranks, cards, k, 1 / (cards - k))


def spec(p):
    """Declare the task: one player, who sees and names suits."""
    names = suit_names(p.suits)
    return Spec(
        actions=(p.suits,),
        action_names=(names,),
        observation=Observation.integers(p.suits),
        observation_names=names,
        reward_range=(-p.scale, p.scale),
        criterion=Criterion("return"),
        start_outcomes=p.suits,
        stages=1,
        outcomes=p.suits,
        info=("needed",),
        hidden=True,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(
        np.zeros((lanes, p.suits), np.int16),
        np.zeros(lanes, np.int16),
        np.zeros((lanes, p.k), np.int8),
        np.zeros(lanes, np.int16),
        np.zeros((lanes, p.suits), np.int16),
    )


@kernel
def start(p, c, stage, prob):
    """Draw the first card."""
    return first_deal(p.suits, prob)


@kernel
def begin(p, s, i, c):
    """Clear the table and deal the first card."""
    refill(s.left, i, p.suits, p.copies)
    refill(s.held, i, p.suits, 0)
    refill(s.table, i, p.k, 0)
    s.left[i, c[0]] -= 1
    s.held[i, c[0]] = 1
    s.table[i, 0] = c[0]
    s.place[i] = 0
    s.rest[i] = p.cards - 1


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Draw the next card."""
    return deal(s.left, i, p.suits, s.rest[i], prob)


@kernel
def pick(p, s, i, a, c, stage, u):
    """Draw the next card at once."""
    return draw(s.left, i, p.suits, s.rest[i], u)


@kernel
def apply(p, s, i, a, c, r):
    """Judge the named suit; the next card takes the place of the one that was asked for."""
    rest = s.rest[i] - 1
    asked = rest < p.cards - p.k
    oldest = s.place[i] + 1
    oldest = 0 if oldest == p.k else oldest
    suit = s.table[i, oldest]
    r[i, 0] = (p.scale if a[i, 0] == suit else -p.scale) if asked else 0.0
    s.held[i, suit] -= asked
    s.held[i, c[0]] += rest >= p.k
    s.table[i, oldest] = c[0]
    s.place[i] = oldest
    s.left[i, c[0]] -= 1
    s.rest[i] = rest
    return rest == 0


@kernel
def observe(p, s, i, o):
    """Show the present card's suit."""
    o[i, 0] = s.table[i, s.place[i]]


@kernel
def info(p, s, i, v):
    """Tell which suits will be asked for."""
    needed = np.int64(0)
    for suit in range(p.suits):
        needed += np.int64(s.held[i, suit] > 0) << suit
    v[i, 0] = needed


def certificate(p: Params) -> Certificate:
    """Return the exact values that the module's page derives."""
    other = 2 * p.copies / (p.cards - 1) - 1
    how = "name the suit that is seen" if p.k == 1 else "name a suit that is not seen: expectation over decks"
    return Certificate(
        unit=Criterion("return").unit,
        optimal=Value(1.0, "closed-form", "the last k cards, remembered, are right every time"),
        random=Value(2 / p.suits - 1, "closed-form", "right with probability 1 / suits"),
        memoryless=Value(1.0 if p.k == 1 else other, "closed-form", how),
        facts={"k_star": p.k, **slots(_least(p), min(p.k, p.cards - p.k + 1)), "optimal_steps": p.cards - 1},
    )


def _least(p: Params) -> int:
    """Return how many slots the memory needs at least, as the module's page derives."""
    among = (p.cards - p.k) // p.suits
    missing = p.suits * math.exp(-2 * (among + 1 - p.k / p.suits) ** 2 / p.k) if among < p.k else 0.0
    enough = among >= p.k or (among + 1 > p.k / p.suits and 1 - missing > 1 / (p.suits - 1))
    return p.k if enough else min(p.k, 2)


def ansi(p, s, i, last) -> str:
    """Write the last cards, the one that is asked for first, and how many are left."""
    names, signs = suit_names(p.suits), suit_signs(p.suits)
    cards = _on_table(p, s, i)
    asked = names[cards[0]] if len(cards) == p.k else "none yet"
    return (
        f"cards {' '.join(signs[suit] for suit in cards)}  left {s.rest[i]}\nasked for: {asked}\n"
        f"step {last.clock}  action {name_of(names, last)}  reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(p, s, i, last) -> np.ndarray:
    """Paint the last cards from left to right, the one that is asked for with a frame, and the deck."""
    names, cards = suit_names(p.suits), _on_table(p, s, i)
    frame = board("Repeat previous", last)
    hand(frame, 260, 150, 440, cards, p.suits, 0 if len(cards) == p.k else None)
    canvas.text(frame, 260, 72, f"the last {p.k}: the oldest is asked for", canvas.MUTED, align="center")
    pile(frame, 550, 150, int(s.rest[i]), "deck")
    panels(frame, names[cards[-1]], suit_colour(cards[-1], p.suits), name_of(names, last), last)
    return frame


def _on_table(p: Params, s: State, i: int) -> list[int]:
    """Return the last suits, at most k, the present one last."""
    place, count = int(s.place[i]), min(p.k, p.cards - int(s.rest[i]))
    return [int(s.table[i, (place - k) % p.k]) for k in range(count)][::-1]
