"""How partners play: the rules by which the entries of a pool become automata for one game.

A rule is a function from a `Stage` and its parameters to an `Automaton` that plays player 1. "You" are player 0. The
states are those that the rule distinguishes; `regretlab.envs.core.automaton.minimal` merges what behaves alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ..core.automaton import Automaton, minimal

PARTNER = 1  # the seat that the partners play
TIE = 1e-9  # payoffs that differ by less are equal


class UnsuitedError(ValueError):
    """A rule that makes no sense in a game of this shape."""


class Stage(NamedTuple):
    """A game of two players (2, A_0, A_1), and the distribution of a partner's action that has nothing to go by."""

    payoffs: np.ndarray
    first: np.ndarray

    @property
    def own(self) -> np.ndarray:
        """The partner's payoffs (your action, its action)."""
        return self.payoffs[PARTNER]

    @property
    def shape(self) -> tuple[int, int]:
        """The number of your actions and of its actions."""
        return self.payoffs.shape[1], self.payoffs.shape[2]


def make(name: str, rule: str, stage: Stage, parameters: Mapping[str, Any]) -> Automaton:
    """Return the partner called ``name`` that follows ``rule`` in ``stage``, with as few states as it needs.

    Raises ValueError for a rule that does not exist, `UnsuitedError` for one that does not suit the game, and TypeError
    for wrong parameters.
    """
    if rule not in RULES:
        raise ValueError(f"rule={rule!r} is not allowed: there are {', '.join(RULES)}")
    start, policy, following = RULES[rule](stage, **parameters)
    return minimal(Automaton(name, np.asarray(start, np.float64), np.asarray(policy, np.float64), following))


class Parts(NamedTuple):
    """The arrays of an automaton, see `Automaton`."""

    start: Any
    policy: Any
    next: np.ndarray


def uniform(stage: Stage) -> Parts:
    """Play every action with equal probability."""
    return _still(stage, np.full(stage.shape[1], 1 / stage.shape[1]))


def constant(stage: Stage, action: int) -> Parts:
    """Play one action for ever."""
    return _still(stage, np.eye(stage.shape[1])[action])


def biased(stage: Stage, action: int, weight: float) -> Parts:
    """Play ``action`` with probability ``weight``, and the others with equal probability."""
    count = stage.shape[1]
    policy = np.full(count, (1 - weight) / (count - 1))
    policy[action] = weight
    return _still(stage, policy)


def tit_for_tat(stage: Stage, first: Sequence[Any] | None = None) -> Parts:
    """Copy your last action; in a zero-sum game, play the best response to it (Riemer et al.)."""
    yours, its = stage.shape
    welfare = stage.payoffs.sum(axis=0)
    if np.ptp(welfare) < TIE:
        return best_response_to_last(stage)
    if yours != its:
        raise UnsuitedError(f"tit-for-tat copies your action, so it needs as many of its own, not {its} for {yours}")
    return reactive(stage, np.eye(its), first)


def best_response_to_last(stage: Stage) -> Parts:
    """Play the best response to your last action, of several the first."""
    return reactive(stage, np.eye(stage.shape[1])[stage.own.argmax(axis=1)])


def reactive(stage: Stage, after: Any, first: Sequence[Any] | None = None) -> Parts:
    """Play ``after[a]``, a distribution, when your last action was ``a``."""
    table = numbers(after)
    return _memory_one(stage, np.repeat(table[:, None, :], stage.shape[1], axis=1), first)


def memory_one(stage: Stage, vector: Sequence[Any]) -> Parts:
    """Play the first action with these probabilities: at the start, and after CC, CD, DC, DD, its own action first."""
    _two_actions(stage, "memory-one")
    begin, *after = numbers(vector)
    plays = np.array(after).reshape(2, 2).T  # your action first
    return _memory_one(stage, np.stack([plays, 1 - plays], axis=-1), [begin, 1 - begin])


def win_stay_lose_shift(stage: Stage) -> Parts:
    """Repeat an action that earned at least the mean of its payoffs, else take the next one in turn."""
    its = stage.shape[1]
    stays = stage.own >= stage.own.mean() - TIE
    turn = np.where(stays, np.arange(its), (np.arange(its) + 1) % its)
    return _memory_one(stage, np.eye(its)[turn], None)


def cycle(stage: Stage, step: int = 1) -> Parts:
    """Go through its actions in order, ``step`` at a time, from the first."""
    yours, its = stage.shape
    following = np.tile(((np.arange(its) + step) % its)[:, None, None], (1, yours, its))
    return Parts(np.eye(its)[0], np.eye(its), following)


def grim(stage: Stage) -> Parts:
    """Play the first action until you play another one, then the second for ever."""
    _two_actions(stage, "grim")
    return Parts([1, 0], np.eye(2), np.array([[[0, 0], [1, 1]], [[1, 1], [1, 1]]]))


def tit_for_two_tats(stage: Stage) -> Parts:
    """Play the second action after you have played it twice in a row, else the first."""
    _two_actions(stage, "tit-for-two-tats")
    following = np.zeros((3, 2, 2), np.int64)
    following[:, 1] = np.array([1, 2, 2])[:, None]  # how often in a row, at most two
    return Parts([1, 0, 0], [[1, 0], [1, 0], [0, 1]], following)


def prober(stage: Stage) -> Parts:
    """Begin D, C, C; if you cooperated in rounds two and three, defect for ever, else play tit-for-tat."""
    _two_actions(stage, "prober")
    # D first, C second, C third (after your C, after your D), then exploiting, or tit-for-tat (its C, its D)
    following = np.array([[1, 1], [2, 3], [4, 6], [5, 6], [4, 4], [5, 6], [5, 6]])
    policy = [[0, 1], [1, 0], [1, 0], [1, 0], [0, 1], [1, 0], [0, 1]]
    return Parts(np.eye(7)[0], policy, np.repeat(following[:, :, None], 2, axis=2))


def frequency_best_responder(stage: Stage, lead: float) -> Parts:
    """Play the best response to how often you have played each action.

    It sums what each of its actions would have earned; one that lies more than ``lead`` times the range of its payoffs
    behind the best is held to be that far behind, so that it needs finitely many states. Ties go to the first action.
    """
    own, most = stage.own, lead * float(np.ptp(stage.own))
    sums: list[np.ndarray] = [np.zeros(stage.shape[1])]
    number = {sums[0].tobytes(): 0}
    rows: list[list[int]] = []
    while len(rows) < len(sums):
        here = sums[len(rows)]
        rows.append([])
        for gained in own:
            then = np.round(here + gained, 9)
            then = np.maximum(then - then.max(), -most) + 0.0  # no negative zero
            if then.tobytes() not in number:
                number[then.tobytes()] = len(sums)
                sums.append(then)
            rows[-1].append(number[then.tobytes()])
    policy = np.eye(stage.shape[1])[[int(each.argmax()) for each in sums]]
    following = np.repeat(np.array(rows)[:, :, None], stage.shape[1], axis=2)
    # nothing to go by at the start: one more state, which nothing leads back to
    return Parts(
        np.eye(len(sums) + 1)[0],
        np.vstack([stage.first, policy]),
        np.concatenate([following[:1], following]) + 1,
    )


def noisy(stage: Stage, of: Mapping[str, Any], rate: float) -> Parts:
    """Play as another rule does, but with probability ``rate`` another one of its actions; it knows what it played."""
    base = _part(stage, of)
    count = stage.shape[1]
    others = (1 - base.policy) / (count - 1)
    return Parts(base.start, (1 - rate) * base.policy + rate * others, base.next)


def change_point(stage: Stage, before: Mapping[str, Any], after: Mapping[str, Any], rounds: int) -> Parts:
    """Play by the rule ``before`` for ``rounds`` rounds, then by ``after``, which begins anew."""
    first, second = _part(stage, before), _part(stage, after)
    size, begin = first.states, int(second.start.argmax())
    following = np.concatenate([*(first.next + size * (round + 1) for round in range(rounds)), second.next])
    following[size * (rounds - 1) : size * rounds] = size * rounds + begin
    following[size * rounds :] += size * rounds
    start = np.concatenate([first.start, np.zeros(len(following) - size)])
    return Parts(start, np.concatenate([*[first.policy] * rounds, second.policy]), following)


def random_automaton(stage: Stage, states: int, seed: int, mixing: float = 0.0) -> Parts:
    """Draw an automaton: a certain action in every state, or with probability ``mixing`` a uniform distribution of
    distributions, and a state that follows on each of your actions.
    """
    yours, its = stage.shape
    rng = np.random.default_rng(seed)
    policy = np.eye(its)[rng.integers(its, size=states)]
    drawn = rng.dirichlet(np.ones(its), size=states)
    policy = np.where(rng.random((states, 1)) < mixing, drawn, policy)
    following = np.repeat(rng.integers(states, size=(states, yours, 1)), its, axis=2)
    return Parts(np.eye(states)[0], policy, following)


def numbers(table: Any) -> np.ndarray:
    """Return ``table``, nested lists of numbers or fractions such as "1/3", as float64."""
    if isinstance(table, str):
        return np.float64(Fraction(table))  # type: ignore[return-value]
    if isinstance(table, list | tuple):
        return np.array([numbers(each) for each in table])
    return np.asarray(table, np.float64)


def _still(stage: Stage, policy: np.ndarray) -> Parts:
    return Parts([1], policy[None], np.zeros((1, *stage.shape), np.int64))


def _memory_one(stage: Stage, after: np.ndarray, first: Sequence[Any] | None) -> Parts:
    """Return the automaton that plays ``after[your action, its action]``, (A_0, A_1, A_1), after each round."""
    joint = int(np.prod(stage.shape))
    begin = stage.first if first is None else numbers(first)
    following = np.tile(1 + np.arange(joint).reshape(stage.shape), (1 + joint, 1, 1))
    return Parts(np.eye(1 + joint)[0], np.vstack([begin, after.reshape(joint, -1)]), following)


def _part(stage: Stage, of: Mapping[str, Any]) -> Automaton:
    rest = {name: value for name, value in of.items() if name != "rule"}
    machine = make(of["rule"], of["rule"], stage, rest)
    if machine.start.max() < 1:
        raise ValueError(f"{machine} draws its first state, so nothing can be made of it")
    return machine


def _two_actions(stage: Stage, rule: str) -> None:
    if stage.shape != (2, 2):
        raise UnsuitedError(f"{rule} is a rule for games of 2 x 2 actions, not {stage.shape[0]} x {stage.shape[1]}")


#: The rules by name.
RULES: Mapping[str, Callable[..., Parts]] = {
    "uniform": uniform,
    "constant": constant,
    "biased": biased,
    "tit-for-tat": tit_for_tat,
    "best-response-to-last": best_response_to_last,
    "reactive": reactive,
    "memory-one": memory_one,
    "win-stay-lose-shift": win_stay_lose_shift,
    "cycle": cycle,
    "grim": grim,
    "tit-for-two-tats": tit_for_two_tats,
    "prober": prober,
    "frequency-best-responder": frequency_best_responder,
    "noisy": noisy,
    "change-point": change_point,
    "random": random_automaton,
}
