"""Repeat first: name the suit of the first card for as long as the deck lasts.

Description
-----------
Cards are dealt one after the other from a shuffled deck, without replacement. At every card the agent has to name the
suit of the first one, which was shown once. One item has to be kept over the entire episode, past as many distractors
as there are cards.

Action Space
------------
``Discrete(suits)``: the suit that is named.

Observation Space
-----------------
``Discrete(suits)``: the suit of the card just dealt (0 spades, 1 diamonds, 2 clubs, 3 hearts).

Rewards
-------
With N = ``decks * suits * ranks`` cards: +1 / (N - 1) for the first card's suit, else -1 / (N - 1).

Starting State
--------------
The first card has been dealt: each suit with the same probability.

Episode End
-----------
Terminated with the N-th card, which is no longer asked for: after N - 1 steps.

Arguments
---------
decks : int, default 1, from 1 to 64. Decks shuffled together (POPGym's levels have 1, 8 and 16).
suits : int, default 4, from 2 to 26.
ranks : int, default 13, from 1 to 13. Cards of each suit in a deck.

``info["needed"]`` is the first card's suit, as a set of observations, and 0 at the end.

Certificate
-----------
All values are exact. Let n = ``decks * ranks`` be the cards of a suit. Who remembers the first card is right N - 1
times: return 1. Nothing the agent does changes the cards, so that the expected return is linear in the probabilities of
a policy without memory, and the best one names, after each suit o, the suit a that was the first most often over the N
- 1 decisions. With a = o this happens at the first card surely, and at each of the N - 2 later ones with probability (n
- 1) / (N - 1), given o; with another a only at those, with probability n / (N - 1). The former is larger by 1 / (N -
1): the best policy without memory names the suit that it sees, and is right 1 + (N - 2)(n - 1) / (N - 1) times. Uniform
play is right with probability 1 / ``suits``. Facts: ``k_star`` = N - 1: a shorter window has lost the first card at the
last decision, where two cards are unknown to it, the first and the last of the deck, which may differ in suit.
``kappa`` = 2, the first card and the present one (1 where there is but one decision). ``optimal_steps`` = N - 1.

Version History
---------------
v0: first version.

References
----------
Morad, Kortvelesy, Bettini, Liwicki and Prorok, "POPGym: Benchmarking partially observable reinforcement learning", ICLR
2023, https://github.com/proroklab/popgym (RepeatFirst: the same cards, rewards and ends).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, kernel
from ..core.pictures import board, name_of, panels
from .card_pictures import card, pile, suit_colour
from .deck import deal, draw, first_deal, refill, suit_names


class Params(NamedTuple):
    """Numbers of suits, of cards of a suit and of all cards; ``scale`` is the size of a reward."""

    suits: int
    copies: int
    cards: int
    scale: float


class State(NamedTuple):
    """``left`` int16 (lanes, suits), cards left by suit; ``rest`` int16, their sum; suits of the ``first`` and the
    present card, int8.
    """

    left: np.ndarray
    rest: np.ndarray
    first: np.ndarray
    present: np.ndarray


def params(decks, suits, ranks):
    """Build the parameters from checked knobs."""
    cards = decks * suits * ranks
    return Params(suits, decks * ranks, cards, 1 / (cards - 1))


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
        np.zeros(lanes, np.int8),
        np.zeros(lanes, np.int8),
    )


@kernel
def start(p, c, stage, prob):
    """Draw the first card."""
    return first_deal(p.suits, prob)


@kernel
def begin(p, s, i, c):
    """Deal the first card."""
    refill(s.left, i, p.suits, p.copies)
    s.left[i, c[0]] -= 1
    s.rest[i] = p.cards - 1
    s.first[i] = c[0]
    s.present[i] = c[0]


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
    """Judge the named suit and deal the next card."""
    r[i, 0] = p.scale if a[i, 0] == s.first[i] else -p.scale
    s.left[i, c[0]] -= 1
    s.rest[i] -= 1
    s.present[i] = c[0]
    return s.rest[i] == 0


@kernel
def observe(p, s, i, o):
    """Show the present card's suit."""
    o[i, 0] = s.present[i]


@kernel
def info(p, s, i, v):
    """Tell that the first card's suit is needed while there are decisions."""
    v[i, 0] = np.int64(s.rest[i] > 0) << np.int64(s.first[i])


def certificate(p: Params) -> Certificate:
    """Return the exact values that the module's page derives."""
    decisions = p.cards - 1
    echo = 1 + (p.cards - 2) * (p.copies - 1) / decisions
    return Certificate(
        unit=Criterion("return").unit,
        optimal=Value(1.0, "closed-form", "the first card's suit, remembered, is right every time"),
        random=Value(2 / p.suits - 1, "closed-form", "right with probability 1 / suits"),
        memoryless=Value(2 * echo / decisions - 1, "closed-form", "name the suit that is seen: expectation over decks"),
        facts={"k_star": decisions, "kappa": min(2, decisions), "optimal_steps": decisions},
    )


def ansi(p, s, i, last) -> str:
    """Write the first card, the present one, and how many are left."""
    names = suit_names(p.suits)
    return (
        f"first {names[s.first[i]]}  present {names[s.present[i]]}  left {s.rest[i]}\n"
        f"step {last.clock}  action {name_of(names, last)}  reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(p, s, i, last) -> np.ndarray:
    """Paint the deck, the first card (which lies face down as soon as the second one is dealt) and the present one."""
    names = suit_names(p.suits)
    frame = board("Repeat first", last)
    first, present = int(s.first[i]), int(s.present[i])
    card(frame, 150, 146, first, p.suits, "asked: the first", faded=s.rest[i] < p.cards - 1)
    card(frame, 320, 146, present, p.suits, "present")
    pile(frame, 490, 146, int(s.rest[i]), "left in the deck")
    panels(frame, names[present], suit_colour(present, p.suits), name_of(names, last), last)
    return frame
