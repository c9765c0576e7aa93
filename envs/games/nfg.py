r"""Gambit's text format for strategic games, ``.nfg``, in both of its forms, for any number of players.

After ``NFG 1 R "title" { "player" ... }`` come the numbers of actions ``{ 2 3 }`` or the actions' names
``{ { "a" "b" } { "x" "y" "z" } }``, an optional comment in quotes, and either the payoffs or outcomes. The payoff form
lists the payoffs to all players at every joint action, the action of player 1 changing fastest; the outcome form lists
outcomes ``{ { "name" 1, 1 } ... }`` and then, in the same order, the number of the outcome at every joint action, 0
being a payoff of 0 to everybody. Numbers are integers, decimals or fractions; ``\"`` is a quotation mark within quotes.

Source: The Gambit Project, "Game representation formats", https://gambitproject.readthedocs.io/en/stable/formats.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from .game import NormalFormGame, new_game

TOKENS = re.compile(r'\s+|"(?P<text>(?:\\"|[^"\\]|\\(?!"))*)"|(?P<mark>[{},])|(?P<word>[^\s{},"]+)|(?P<open>")')
COUNT = re.compile(r"[0-9]{1,18}")
DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
FRACTION = re.compile(r"[+-]?[0-9]+/[0-9]+")


class Token(NamedTuple):
    """A piece of the file: its kind (``text`` in quotes, ``mark``, ``word`` or ``end``), value and place."""

    kind: str
    value: str
    offset: int


def parse_nfg(text: str) -> NormalFormGame:
    """Build a game from the content of an ``.nfg`` file.

    The comment becomes the citation. Players have no names in a `NormalFormGame`: theirs are read and left out. Actions
    are numbered from 1, as the format does, where the file has no names or the same name twice.

    Raises
    ------
    ValueError
        for malformed or truncated text: the message starts with line and column, from 1, and says what was expected.
    """
    return _Reader(text).game()


def format_nfg(game: NormalFormGame) -> str:
    """Return the game as the text of an ``.nfg`` file: payoff form, decimals that give back the same float64.

    Raises
    ------
    ValueError
        for a text that ends in a backslash, which the format cannot express.
    """
    texts = [game.title, game.citation, *(name for own in game.action_names for name in own)]
    for text in texts:
        if text.endswith("\\"):
            raise ValueError(f"{text!r} is not allowed: an .nfg file cannot hold a text that ends in a backslash")
    actions = "\n".join(_braced(own) for own in game.action_names)
    players = _braced([f"Player {player + 1}" for player in range(game.players)])
    # order="F" makes the first action change fastest
    table = game.payoffs.reshape(game.players, -1, order="F").T
    rows = (" ".join(np.format_float_positional(payoff, trim="-") for payoff in row) for row in table)
    return f"NFG 1 R {_quoted(game.title)} {players}\n\n{{ {actions}\n}}\n{_quoted(game.citation)}\n\n" + (
        "\n".join(rows) + "\n"
    )


class _Reader:
    """Walks over the tokens; every complaint says where."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.tokens = [
            Token(match.lastgroup, match[match.lastgroup], match.start())
            for match in TOKENS.finditer(text)
            if match.lastgroup is not None
        ]
        self.tokens.append(Token("end", "the end of the file", len(text.rstrip())))
        self.at = 0

    def game(self) -> NormalFormGame:
        self.word("NFG")
        self.word("1")
        self.word("R", "D")
        title = self.text("the title in quotes")
        players = self.players()
        actions, names = self.actions(players)
        comment = self.text("the comment") if self.ahead.kind == "text" else ""
        outcomes = self.outcomes(players) if self.at_mark("{") else None
        joint = math.prod(actions)
        if outcomes is None:
            entries = [self.number() for _ in self.counted(joint * players, "payoffs")]
        else:
            entries = [value for _ in self.counted(joint, "outcome numbers") for value in self.outcome(outcomes)]
        self.take("the end of the file after all payoffs", lambda token: token.kind == "end")
        payoffs = np.reshape(np.array(entries, np.float64).reshape(joint, players).T, (players, *actions), order="F")
        return new_game(payoffs, title=title, action_names=names, citation=comment)

    @property
    def ahead(self) -> Token:
        return self.tokens[self.at]

    def at_mark(self, mark: str) -> bool:
        return self.ahead.kind == "mark" and self.ahead.value == mark

    def complain(self, expected: str, token: Token) -> ValueError:
        before = self.source[: token.offset]
        column = token.offset - (before.rfind("\n") + 1) + 1
        if token.kind == "open":
            found = "a quotation mark that is never closed"
        else:
            found = token.value if token.kind == "end" else repr(token.value[:40])
        return ValueError(f"line {before.count(chr(10)) + 1}, column {column}: expected {expected}, found {found}")

    def take(self, expected: str, fits: Callable[[Token], Any]) -> Token:
        token = self.ahead
        if token.kind == "open" or not fits(token):
            raise self.complain(expected, token)
        self.at += 1
        return token

    def mark(self, mark: str, expected: str) -> None:
        self.take(expected, lambda token: self.at_mark(mark))

    def word(self, *allowed: str) -> None:
        self.take(" or ".join(map(repr, allowed)), lambda token: token.kind == "word" and token.value in allowed)

    def text(self, expected: str) -> str:
        return self.take(expected, lambda token: token.kind == "text").value.replace('\\"', '"')

    def texts(self, of: str) -> list[str]:
        self.mark("{", f"'{{' before {of}")
        values = []
        while not self.at_mark("}"):
            values.append(self.text(f"{of} in quotes, or '}}' after the last"))
        self.at += 1
        return values

    def players(self) -> int:
        opening = self.ahead
        count = len(self.texts("the players' names"))
        if count == 0:
            raise self.complain("the name of at least one player", opening)
        return count

    def actions(self, players: int) -> tuple[list[int], list[list[str]]]:
        self.mark("{", "'{' before the actions of the players")
        names, rule = [], f"names or a number of actions for each of {players} players"
        for player in range(players):
            token = self.ahead
            if self.at_mark("{"):
                own = self.texts(f"the actions of player {player + 1}")
                if not own:
                    raise self.complain(f"at least one action of player {player + 1}", token)
            else:
                word = self.take(rule, lambda token: token.kind == "word" and COUNT.fullmatch(token.value))
                # so many payoffs at least must follow; a larger count would only fill the memory
                if not 1 <= int(word.value) <= len(self.tokens):
                    raise self.complain(
                        f"a number of actions from 1 to {len(self.tokens)}, as many as may follow", word
                    )
                own = [""] * int(word.value)
            distinct = len(set(own)) == len(own)
            names.append(own if distinct and all(own) else [str(action + 1) for action in range(len(own))])
        self.mark("}", f"'}}' after {rule}")
        return [len(own) for own in names], names

    def outcomes(self, players: int) -> list[list[float]]:
        self.mark("{", "'{' before the outcomes")
        outcomes = [[0.0] * players]
        while not self.at_mark("}"):
            self.mark("{", "'{' before an outcome, or '}' after the last")
            self.text("the outcome's name in quotes")
            payoffs = []
            for _ in range(players):
                payoffs.append(self.number())
                if self.at_mark(","):
                    self.at += 1
            self.mark("}", f"'}}' after the payoffs to {players} players")
            outcomes.append(payoffs)
        self.at += 1
        return outcomes

    def counted(self, count: int, what: str) -> range:
        """Return ``range(count)`` if as many tokens follow, else complain at the end."""
        left = len(self.tokens) - 1 - self.at
        if left < count:
            raise self.complain(f"{count} {what}, of which the file has {left}", self.tokens[-1])
        return range(count)

    def outcome(self, outcomes: list[list[float]]) -> list[float]:
        rule = f"the number of an outcome, from 0 to {len(outcomes) - 1}"
        token = self.take(rule, lambda token: token.kind == "word" and COUNT.fullmatch(token.value))
        if int(token.value) >= len(outcomes):
            raise self.complain(rule, token)
        return outcomes[int(token.value)]

    def number(self) -> float:
        rule = "a payoff: an integer, a decimal or a fraction"
        token = self.take(rule, lambda token: token.kind == "word")
        try:
            if FRACTION.fullmatch(token.value):
                return float(Fraction(token.value))
            if DECIMAL.fullmatch(token.value):
                return float(token.value)
        except (ValueError, ArithmeticError):  # too many digits, a denominator of 0
            pass
        raise self.complain(rule, token)


def _quoted(text: str) -> str:
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'


def _braced(texts: Any) -> str:
    return "{ " + " ".join(map(_quoted, texts)) + " }"
