"""Autoencode: watch a deck being dealt, then recite it backwards.

Description
-----------
All cards of a shuffled deck are shown one after the other. Then the agent recites their suits in reverse order, from
the last card to the first. Everything that is shown has to be kept, and in order: the task measures how much a memory
holds.

Action Space
------------
``Discrete(suits)``: the suit that is recited; without effect while the cards are dealt.

Observation Space
-----------------
``Discrete(2 * suits)``: mode * ``suits`` + suit. The mode is 1 (watch) while more cards follow and 0 (play) from the
last card on, at which the reciting begins. The suit is that of the card just dealt (0 spades, 1 diamonds, 2 clubs, 3
hearts); after the last card it is 0 all the time.

Rewards
-------
With N = ``decks * suits * ranks`` cards: +1 / N for a right suit and -1 / N for a wrong one while reciting; before that
0.

Starting State
--------------
The first card has been dealt: each suit with the same probability.

Episode End
-----------
Terminated when the first card has been recited: after N - 1 steps of watching and N of reciting.

Arguments
---------
decks : int, default 1, from 1 to 64. Decks shuffled together (POPGym's levels have 1, 2 and 3).
suits : int, default 4, from 2 to 26.
ranks : int, default 13, from 1 to 13. Cards of each suit in a deck.

``info["needed"]`` is the set of observations that showed the cards not yet recited.

Certificate
-----------
All values are exact. Let m = ``suits``. Who keeps all cards recites them without an error: return 1. Uniform play is
right with probability 1 / m each time: 2 / m - 1. Without memory: the last card is seen while it is recited. Its suit,
unless it is suit 0, tells that it is the last card, so that reciting it is right: (m - 1) / m times on average. Suit 0
in mode 0 is seen at all other N - 1 cards, each of which has every suit with probability 1 / m, and at a last card of
suit 0; so reciting suit 0 after it is best, right N / m times. (The cards do not depend on the actions, hence the
return is linear in the probabilities of a policy without memory.) Together 2 / m - 1 + 2 (m - 1) / (m N).

Facts: ``k_star`` = 2 N - 2. At the last decision a window of that length has lost the first card alone, whose suit is
what the other cards of the deck leave over; without the second one it is not known which of the two is which.
``kappa``: N slots suffice, the cards not yet recited being kept. When the last card is seen, all different orders of
the N - 1 cards before it must have led to different stacks, and the last observation is one of m; so at least the
smallest k for which m (m**k - 1) / (m - 1) is not less than the number N! / (N/m)!**m of orders. Where the two differ:
``kappa_at_least`` and ``kappa_at_most``. ``optimal_steps`` = 2 N - 1.

Version History
---------------
v0: first version.

References
----------
Morad, Kortvelesy, Bettini, Liwicki and Prorok, "POPGym: Benchmarking partially observable reinforcement learning", ICLR
2023, https://github.com/proroklab/popgym (Autoencode: the same cards, rewards and ends; its pair of mode and suit is
the observation's quotient and remainder).
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
    scale: float


class State(NamedTuple):
    """``left`` int16 (lanes, suits), cards by suit in the deck, where the recited ones are put back and the last one
    stays; ``step`` int32, from 0; ``dealt`` int8 (lanes, cards), the suits in the order in which they were dealt, 0
    where none is yet.
    """

    left: np.ndarray
    step: np.ndarray
    dealt: np.ndarray


def params(decks, suits, ranks):
    """Build the parameters from checked knobs."""
    cards = decks * suits * ranks
    return Params(suits, decks * ranks, cards, 1 / cards)


def spec(p):
    """Declare the task: one player, who sees modes and suits, and names suits."""
    names = suit_names(p.suits)
    return Spec(
        actions=(p.suits,),
        action_names=(names,),
        observation=Observation.integers(2 * p.suits),
        observation_names=(*(f"play {name}" for name in names), *(f"watch {name}" for name in names)),
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
    return State(np.zeros((lanes, p.suits), np.int16), np.zeros(lanes, np.int32), np.zeros((lanes, p.cards), np.int8))


@kernel
def start(p, c, stage, prob):
    """Draw the first card."""
    return first_deal(p.suits, prob)


@kernel
def begin(p, s, i, c):
    """Deal the first card."""
    refill(s.left, i, p.suits, p.copies)
    refill(s.dealt, i, p.cards, 0)
    s.left[i, c[0]] -= 1
    s.dealt[i, 0] = c[0]
    s.step[i] = 0


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Draw the next card while there is one."""
    rest = p.cards - 1 - s.step[i]
    if rest > 0:
        return deal(s.left, i, p.suits, rest, prob)
    prob[0] = 1.0
    return 1


@kernel
def pick(p, s, i, a, c, stage, u):
    """Draw the next card at once."""
    rest = p.cards - 1 - s.step[i]
    return draw(s.left, i, p.suits, rest, u) if rest > 0 else 0


@kernel
def apply(p, s, i, a, c, r):
    """Deal the next card; when all are dealt, judge the recited suit and put the card back."""
    step, last = s.step[i], p.cards - 1
    s.step[i] = step + 1
    if step < last:
        s.dealt[i, step + 1] = c[0]
        s.left[i, c[0]] -= step + 1 < last
        r[i, 0] = 0.0
        return False
    suit = s.dealt[i, max(0, 2 * last - step)]
    s.left[i, suit] += step > last
    r[i, 0] = p.scale if a[i, 0] == suit else -p.scale
    return step == 2 * last


@kernel
def observe(p, s, i, o):
    """Show the mode and the card just dealt."""
    step, last = s.step[i], p.cards - 1
    suit = np.int64(s.dealt[i, min(step, last)])
    o[i, 0] = p.suits + suit if step < last else (suit if step == last else 0)


@kernel
def info(p, s, i, v):
    """Tell which observations showed the cards that are to be recited; the last card was seen in mode 0."""
    needed = np.int64(0)
    for suit in range(p.suits):
        needed += np.int64(s.left[i, suit] < p.copies) << (p.suits + suit)
    if s.step[i] == p.cards - 1:
        needed += np.int64(1) << np.int64(s.dealt[i, p.cards - 1])
    v[i, 0] = needed


def certificate(p: Params) -> Certificate:
    """Return the exact values that the module's page derives."""
    random = 2 / p.suits - 1
    without = random + 2 * (p.suits - 1) / (p.suits * p.cards)
    return Certificate(
        unit=Criterion("return").unit,
        optimal=Value(1.0, "closed-form", "all cards, remembered, are recited without an error"),
        random=Value(random, "closed-form", "right with probability 1 / suits"),
        memoryless=Value(without, "closed-form", "recite the suit that is seen: expectation over decks"),
        facts={"k_star": 2 * p.cards - 2, **slots(_least(p), p.cards), "optimal_steps": 2 * p.cards - 1},
    )


def _least(p: Params) -> int:
    """Return how many slots the memory needs at least, as the module's page derives."""
    orders = math.factorial(p.cards) // math.factorial(p.copies) ** p.suits
    k, stacks = 1, p.suits
    while stacks < orders:
        k, stacks = k + 1, p.suits * (stacks + 1)
    return max(2, k)


def ansi(p, s, i, last) -> str:
    """Write the cards that are to be recited, the next one last, and the mode."""
    names, signs = suit_names(p.suits), suit_signs(p.suits)
    step = int(s.step[i])
    mode = f"watch, {p.cards - 1 - step} left" if step < p.cards - 1 else "play"
    return (
        f"{' '.join(signs[suit] for suit in _kept(p, s, i))}\n{mode}\n"
        f"step {last.clock}  action {name_of(names, last)}  reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(p, s, i, last) -> np.ndarray:
    """Paint the cards that are to be recited, the next one with a frame, and the deck."""
    names, cards, step = suit_names(p.suits), _kept(p, s, i), int(s.step[i])
    frame = board("Autoencode", last)
    rest = max(0, p.cards - 1 - step)
    mode = "play" if rest == 0 else "watch"
    label = "watch: the cards are dealt" if rest else f"play backwards: {len(cards)} to recite"
    hand(frame, 260, 150, 440, cards, p.suits, None if rest else len(cards) - 1)
    canvas.text(frame, 260, 72, label, canvas.MUTED, align="center")
    pile(frame, 550, 150, rest, "deck")
    shown = int(s.dealt[i, step]) if step < p.cards else 0
    panels(frame, f"{mode} {names[shown]}", suit_colour(shown, p.suits), name_of(names, last), last)
    return frame


def _kept(p: Params, s: State, i: int) -> list[int]:
    """Return the suits of the cards that have been dealt and not yet recited."""
    step = int(s.step[i])
    return s.dealt[i, : min(step + 1, 2 * p.cards - 1 - step)].tolist()
