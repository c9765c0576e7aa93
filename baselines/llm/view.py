"""A repeated game in words, with neutral names for the actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

LETTERS = "BCDFGHJKLMNPQRTVWXZ"  # no vowels and no S: nothing that reads as a word or a plural


class View(NamedTuple):
    """A game of two players as an agent is told of it.

    ``payoffs`` is (2, own actions, partner's actions); ``own`` and ``other`` are the letters of the actions, and
    ``order`` is that in which they are listed. A joint action of the history is (own, partner's).
    """

    payoffs: np.ndarray
    rounds: int
    own: tuple[str, ...]
    other: tuple[str, ...]
    order: tuple[int, ...]

    def options_of(self, partner: bool) -> str:
        """The partner's options or yours, in the order of this view."""
        names = self.other if partner else self.own
        return either([f"Option {names[a]}" for a in self._listed(len(names))])

    @property
    def setting(self) -> str:
        """Who plays, and for how long."""
        same = " You both have the same options." if self.own == self.other else ""
        return (
            f"You play a game of {self.rounds} rounds with another player. In every round you both choose at the same "
            f"time: you {self.options_of(False)}, the other player {self.options_of(True)}.{same} "
            "You want to win as many points as you can over all rounds."
        )

    @property
    def rules(self) -> str:
        """The setting and every cell of the payoffs."""
        cells = [
            f"If you choose Option {self.own[a]} and the other player chooses Option {self.other[b]}, then "
            f"{self._points(a, b, 'win', 'wins')}."
            for a in self._listed(len(self.own))
            for b in self._listed(len(self.other))
        ]
        return "\n".join([self.setting, *cells])

    def history(self, played: Sequence[tuple[int, int]]) -> str:
        """The rounds played so far, a line each, with what they paid."""
        lines = [
            f"In round {t}, you chose Option {self.own[a]} and the other player chose Option {self.other[b]}. Thus "
            f"{self._points(a, b, 'won', 'won')}."
            for t, (a, b) in enumerate(played, 1)
        ]
        return "\n".join(lines) or "No round has been played yet."

    def moves(self, played: Sequence[tuple[int, int]]) -> str:
        """The rounds played so far, a line each, without payoffs."""
        lines = [
            f"In round {t}, you chose Option {self.own[a]} and the other player chose Option {self.other[b]}."
            for t, (a, b) in enumerate(played, 1)
        ]
        return "\n".join(lines) or "No round has been played yet."

    def _points(self, a: int, b: int, yours: str, its: str) -> str:
        own, other = (f"{value:g} point{'' if value == 1 else 's'}" for value in self.payoffs[:, a, b])
        return f"you {yours} {own} and the other player {its} {other}"

    def _listed(self, count: int) -> list[int]:
        return [a for a in self.order if a < count]


def view(payoffs: np.ndarray, rounds: int, seed: int) -> View:
    """Return the view of a game whose letters and order are drawn by ``seed``.

    Actions of the same number have the same letter for both players. So over seeds no letter and no place in the list
    goes with an action. Raises ValueError for more actions than there are letters.
    """
    yours, its = payoffs.shape[1:]
    most = max(yours, its)
    if most > len(LETTERS):
        raise ValueError(f"a game of {most} actions is not allowed: there are {len(LETTERS)} letters for them")
    rng = np.random.default_rng(seed)
    letters = [LETTERS[k] for k in rng.permutation(len(LETTERS))[:most]]
    order = tuple(int(k) for k in rng.permutation(most))
    return View(np.asarray(payoffs, np.float64), rounds, tuple(letters[:yours]), tuple(letters[:its]), order)


def either(names: Sequence[str]) -> str:
    """Return the names as a choice in words: A, B or C."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
