"""The strategies of the package Axelrod for the iterated prisoner's dilemma (extra ``axelrod``).

More than 200 strategies: Knight et al., "An open framework for the reproducible study of the iterated prisoner's
dilemma", Journal of Open Research Software 4 (2016). Action 0 is to cooperate, action 1 to defect.

    env = regretlab.as_single_agent("IteratedGame-v0", {1: axelrod_strategy("TitForTat")}, horizon=200)
"""

from __future__ import annotations

from typing import Any

from ...envs.core.hints import did_you_mean
from .rounds import check_actions, other_action

ACTIONS = 2
#: What a strategy believes to be played for: rewards of (CC, CD, DC, DD) as in Akata et al., arXiv:2305.16867.
PAYOFFS = (8.0, 0.0, 10.0, 5.0)


def axelrod_names() -> tuple[str, ...]:
    """Return the names of the strategies' classes, sorted; ImportError without Axelrod."""
    return tuple(sorted(each.__name__ for each in _axelrod().strategies))


def axelrod_strategy(
    name: str, payoffs: tuple[float, float, float, float] = PAYOFFS, rounds: int | None = None, **arguments: Any
) -> type:
    """Return the class of agents that plays as Axelrod's strategy of this class ``name``.

    Parameters
    ----------
    name : a class of ``axelrod.strategies``, such as ``"TitForTat"``.
    payoffs : what a strategy that reckons with the payoffs is told: its own after CC, CD, DC, DD (its action first).
    rounds : what one that reckons with the length of a match is told; None: that it is not known.
    arguments : the strategy's own.

    A match is an episode, and every episode a new one. What a strategy draws depends on its agent's seed alone. There
    is no opponent to be looked into, only its history.

    Raises
    ------
    ValueError
        for a strategy that does not exist, with the nearest name; its agents in games of other than two actions or
        without ``memory``.
    ImportError
        without Axelrod.
    """
    found = {each.__name__: each for each in _axelrod().strategies}
    if name not in found:
        raise ValueError(f"name={name!r} is not a strategy of Axelrod{did_you_mean(str(name), found)}")
    known = {"strategy": found[name], "payoffs": payoffs, "rounds": -1 if rounds is None else rounds}
    return type(f"Axelrod_{name}", (_Strategy,), {**known, "arguments": arguments})


class _Strategy:
    """An agent that plays as ``strategy(**arguments)``."""

    strategy: Any
    payoffs: tuple[float, float, float, float]
    rounds: int
    arguments: dict[str, Any]

    def __init__(self, observation_space: Any, action_space: Any, seed: int) -> None:
        check_actions(self.strategy.__name__, action_space, ACTIONS)
        self._axelrod = _axelrod()
        self._player, self._other = self.strategy(**self.arguments), self._axelrod.MockPlayer()
        self._player.set_seed(seed % 2**32)
        r, s, t, p = self.payoffs
        game = self._axelrod.Game(r=r, s=s, t=t, p=p)
        for each in (self._player, self._other):
            each.set_match_attributes(length=self.rounds, game=game, noise=0)

    def act(self, obs: Any) -> int:
        """Return the next move."""
        return int(self._player.strategy(self._other) == self._axelrod.Action.D)

    def update(self, obs: Any, action: int, reward: float, next_obs: Any, terminated: bool, truncated: bool) -> None:
        """Add what both did to their histories; after the end of an episode begin a new match."""
        moves = (self._axelrod.Action.C, self._axelrod.Action.D)
        own, other = moves[action], moves[other_action(self.strategy.__name__, next_obs, action, ACTIONS)]
        self._player.update_history(own, other)
        self._other.update_history(other, own)
        if terminated or truncated:
            attributes = self._player.match_attributes
            for each in (self._player, self._other):
                each.reset()
                each.match_attributes = attributes


def _axelrod() -> Any:
    try:
        import axelrod
    except ImportError:
        raise ImportError("strategies of Axelrod need the package: pip install 'regretlab[axelrod]'") from None
    return axelrod
