"""Count recall: say how many cards of the queried kind have been dealt.

Description
-----------
At every step a card is dealt from one shuffled deck and a query from another one, both without replacement. The agent
has to say how many cards of the queried kind (colour, suit or rank) have been dealt so far, the present one included.
The order in which the cards came does not matter, nor do the queries of the past: a memory of counters is enough.

Action Space
------------
``Discrete(n + 1)``: the count, n being the number of cards of a kind.

Observation Space
-----------------
``Discrete(m * m)``: dealt kind * m + queried kind, m being the number of kinds. Colours are 0 black, 1 red; suits 0
spades, 1 diamonds, 2 clubs, 3 hearts; ranks 0 ace to 12 king.

Rewards
-------
With N = ``decks * suits * ranks`` cards: +1 / (N - 1) for the right count, else -1 / (N - 1).

Starting State
--------------
The first card and the first query have been dealt, independently, each kind with the same probability.

Episode End
-----------
Terminated with the N-th card, at which nothing is asked: after N - 1 steps.

Arguments
---------
decks : int, default 1, from 1 to 64. Decks shuffled together.
suits : int, default 4, from 2 to 26.
ranks : int, default 13, from 1 to 13. Cards of each suit in a deck.
kind : "colors" (default), "suits" or "ranks". What is counted. Every other suit is red, so that "colors" takes an even
number of suits; "ranks" takes at least two ranks. (POPGym's levels are 1, 2 and 4 decks, in this order of kinds.)

``info["needed"]`` is the set of all observations so far, and 0 at the end. With more than 7 kinds there are too many
observations for a set of bits; then it is 1.0 until the end, which says no more than that there is something to
remember.

Certificate
-----------
All values are exact; N = m n. Who counts is always right: return 1. Uniform play is right with probability 1 / (n + 1).
Without memory: the cards do not depend on the actions, so that the expected return is linear in the probabilities of a
policy without memory, and the best one answers each observation with the count that is right most often. Let the
present card be given, and n' of the other N - 1 cards be of the queried kind: n' = n - 1 if that is the present card's
kind, else n. How many of them lie before the present card runs, as this one's place runs from the first to the last,
through 0 .. n', and by symmetry each number is met at N / (n' + 1) of the N places on average. The last place is no
decision, and there the number is n'. Hence numbers below n' are best, right N / (n' + 1) times out of N - 1; if n' = 0,
the only number is right every time. The two kinds are equal with probability 1 / m, so that the best policy without
memory is right e / m + (1 - 1 / m) N / (n + 1) times, e being N / n, or N - 1 if n = 1.

Facts: ``k_star`` = N - 1, since a shorter window does not know, at the last decision, which of two cards was the first
and which is the last of the deck. The smallest number of kept observations is only bounded. N - 1 suffice
(``kappa_at_most``), but what is left out may be inferred from the rest. n are necessary (``kappa_at_least``, at least
2), since the first n cards and queries may all be of one kind: then all observations are equal, a stack tells nothing
but how many of its k slots are filled, and n different counts are asked for. ``kappa`` where the bounds agree.
``optimal_steps`` = N - 1.

Version History
---------------
v0: first version.

References
----------
Morad, Kortvelesy, Bettini, Liwicki and Prorok, "POPGym: Benchmarking partially observable reinforcement learning", ICLR
2023, https://github.com/proroklab/popgym (CountRecall: the same cards, rewards and ends; its pair of card and query is
the observation's quotient and remainder).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel
from ..core.pictures import board, name_of, panels
from .card_pictures import face, pile, suit_colour
from .deck import COLOURS, RANKS, deal, draw, first_deal, refill, slots, suit_names, suit_signs

KINDS = ("colors", "suits", "ranks")
MOST_AS_SET = 7  # kinds whose pairs fit into the 52 bits of a float64


class Params(NamedTuple):
    """Numbers of kinds, of cards of a kind and of all cards; ``scale`` is the size of a reward; ``kind`` indexes
    `KINDS`.
    """

    kinds: int
    copies: int
    cards: int
    scale: float
    kind: int


class State(NamedTuple):
    """``left`` and ``unasked`` int16 (lanes, kinds), cards left by kind in the two decks; ``rest`` int16, the sum of
    each; kinds of the present ``card`` and ``query``, int8; ``seen`` int64, the set of observations so far (0 where
    there are too many of them).
    """

    left: np.ndarray
    unasked: np.ndarray
    rest: np.ndarray
    card: np.ndarray
    query: np.ndarray
    seen: np.ndarray


def params(decks, suits, ranks, kind):
    """Build the parameters from checked knobs.

    Raises ValueError for "colors" of an odd number of suits and for "ranks" of a single rank.
    """
    if kind == "colors" and suits % 2:
        raise ValueError(f"suits={suits} is not allowed: to count colors, suits must be even")
    kinds = {"colors": 2, "suits": suits, "ranks": ranks}[kind]
    if kinds < 2:
        raise ValueError(f"ranks={ranks} is not allowed: to count ranks, ranks must be at least 2")
    cards = decks * suits * ranks
    return Params(kinds, cards // kinds, cards, 1 / (cards - 1), KINDS.index(kind))


def spec(p):
    """Declare the task: one player, who sees two kinds and names a count."""
    names = _names(p)
    return Spec(
        actions=(p.copies + 1,),
        action_names=(tuple(map(str, range(p.copies + 1))),),
        observation=Observation.integers(p.kinds * p.kinds),
        observation_names=tuple(f"{card}, {query}?" for card in names for query in names),
        reward_range=(-p.scale, p.scale),
        criterion=Criterion("return"),
        start_stages=2,
        start_outcomes=p.kinds,
        stages=2,
        outcomes=p.kinds,
        info=("needed",),
        hidden=True,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(
        np.zeros((lanes, p.kinds), np.int16),
        np.zeros((lanes, p.kinds), np.int16),
        np.zeros(lanes, np.int16),
        np.zeros(lanes, np.int8),
        np.zeros(lanes, np.int8),
        np.zeros(lanes, np.int64),
    )


@kernel
def start(p, c, stage, prob):
    """Draw the first card (stage 0) and the first query (stage 1)."""
    return first_deal(p.kinds, prob)


@kernel
def begin(p, s, i, c):
    """Deal the first card and the first query."""
    refill(s.left, i, p.kinds, p.copies)
    refill(s.unasked, i, p.kinds, p.copies)
    s.rest[i] = p.cards
    s.seen[i] = 0
    _turn(p, s, i, c)


@kernel
def _turn(p, s, i, c):
    """Deal a card and a query."""
    s.left[i, c[0]] -= 1
    s.unasked[i, c[1]] -= 1
    s.rest[i] -= 1
    s.card[i] = c[0]
    s.query[i] = c[1]
    if p.kinds <= MOST_AS_SET:
        s.seen[i] |= np.int64(1) << np.int64(c[0] * p.kinds + c[1])


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Draw the next card (stage 0) and the next query (stage 1)."""
    return deal(s.left if stage == 0 else s.unasked, i, p.kinds, s.rest[i], prob)


@kernel
def pick(p, s, i, a, c, stage, u):
    """Draw the next card or query at once."""
    return draw(s.left if stage == 0 else s.unasked, i, p.kinds, s.rest[i], u)


@kernel
def apply(p, s, i, a, c, r):
    """Judge the count, then deal."""
    count = p.copies - s.left[i, s.query[i]]
    r[i, 0] = p.scale if a[i, 0] == count else -p.scale
    _turn(p, s, i, c)
    return s.rest[i] == 0


@kernel
def observe(p, s, i, o):
    """Show the present card's kind and the queried one."""
    o[i, 0] = np.int64(s.card[i]) * p.kinds + s.query[i]


@kernel
def info(p, s, i, v):
    """Tell which observations have been made, while there are decisions."""
    goes_on = s.rest[i] > 0
    v[i, 0] = (s.seen[i] if p.kinds <= MOST_AS_SET else 1) if goes_on else 0


def certificate(p: Params) -> Certificate:
    """Return the exact values that the module's page derives."""
    decisions = p.cards - 1
    equal = p.cards / p.copies if p.copies > 1 else decisions
    right = equal / p.kinds + (1 - 1 / p.kinds) * p.cards / (p.copies + 1)
    return Certificate(
        unit=Criterion("return").unit,
        optimal=Value(1.0, "closed-form", "who counts is right every time"),
        random=Value(2 / (p.copies + 1) - 1, "closed-form", "right with probability 1 / (n + 1)"),
        memoryless=Value(2 * right / decisions - 1, "closed-form", "the likeliest count: expectation over decks"),
        facts={
            "k_star": decisions,
            **slots(min(max(2, p.copies), decisions), decisions),
            "optimal_steps": decisions,
        },
    )


def ansi(p, s, i, last) -> str:
    """Write the present card and query, and all counts."""
    names, count = _names(p), p.copies - s.left[i]
    action = "-" if last.actions is None else int(last.actions[0])
    return (
        f"card {names[s.card[i]]}  query {names[s.query[i]]}  left {s.rest[i]}\n"
        f"dealt: {', '.join(f'{count[k]} {name}' for k, name in enumerate(names))}\n"
        f"step {last.clock}  action {action}  reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(p, s, i, last) -> np.ndarray:
    """Paint the present card and the query, and beside them what has been dealt of every kind."""
    names, card, query = _names(p), int(s.card[i]), int(s.query[i])
    frame = board("Count recall", last)
    for x, kind, label in ((86, card, "card"), (196, query, "how many?")):
        face(frame, x, 160, kind, KINDS[p.kind], p.kinds, names[kind], label)
    pile(frame, 306, 160, int(s.rest[i]), "deck")
    pitch = min(28.0, 160.0 / p.kinds)
    scale = 2 if pitch > 15 else 1
    for kind, name in enumerate(names):
        y, dealt = 150 + pitch * (kind + 0.5 - p.kinds / 2), p.copies - int(s.left[i, kind])
        colour = canvas.ACCENT if kind == query else canvas.MUTED
        canvas.text(frame, 466, y - 3.5 * scale, name, colour, scale=scale, align="right")
        canvas.bar(frame, 476, y - 5, 104, min(10, pitch - 2), dealt / p.copies, colour)
        canvas.text(frame, 616, y - 3.5 * scale, f"{dealt}", colour, scale=scale, align="right")
    colour = suit_colour(card, p.kinds) if p.kind < 2 else canvas.INK
    signs = suit_signs(p.kinds) if p.kind == 1 else names
    seen = f"{signs[card]}, {signs[query]}?"
    panels(frame, seen, colour, name_of(tuple(map(str, range(p.copies + 1))), last), last)
    return frame


def _names(p: Params) -> tuple[str, ...]:
    """Return what the kinds are called."""
    return (COLOURS, suit_names(p.kinds), RANKS[: p.kinds])[p.kind]
