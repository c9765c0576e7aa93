"""Mixed play: learners that are told everything exchange mixed actions, so that nothing is left to chance.

In each round every player's learner gives its mixed action and is told what each of its actions is worth against those
of the others, in expectation. This is how no-regret dynamics are analysed: regrets are the expected ones of theory, and
the last policies are those of the iteration itself. All rounds are played in one compiled loop.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..envs.core.distributions import check_distributions
from ..envs.core.environment import _nothing as strategy
from ..envs.core.environment import _nothing as update
from ..envs.core.fusing import fuse
from ..envs.core.kernel import kernel
from ..envs.core.registry import build
from ..envs.core.streams import lane_seeds
from ..solvers.normal_form import check_payoffs
from .learner import Learner

PLAYERS, RECORD = 1, False
CHUNK = 5_000_000  # payoffs read in one compiled call, about a tenth of a second, so that Ctrl-C is heard
NO_ACTION = -1


class MixedTotals(NamedTuple):
    """What happened in the rounds of one call (first axis: lane); A is the most actions that a player has.

    Entries for actions that a player has not are 0.

    Attributes
    ----------
    rounds : how many rounds were played.
    policies : float64 (lanes, players, A), sum of the mixed actions.
    joint : float64 (lanes, joint actions), sum of the probabilities of each joint action, player 0 most significant.
    gains : float64 (lanes, players, A, A), sum of the probability of each action (third axis) times what each action
        (fourth axis) was worth. Expected regrets follow: the swap regret of a player is the sum over rows of the
        largest entry less the one on the diagonal; for the external regret, take the sum of the rows first.
    rewards : float64 (lanes, players), sum of the expected rewards.
    """

    rounds: int
    policies: np.ndarray
    joint: np.ndarray
    gains: np.ndarray
    rewards: np.ndarray


class Trajectory(NamedTuple):
    """Every round: the mixed actions, and what each action was worth, float64 (rounds, lanes, players, A)."""

    policies: np.ndarray
    values: np.ndarray


class Table(NamedTuple):
    """A game as the loop reads it: payoffs (joint actions, players), numbers of actions, digits of joint actions."""

    payoffs: np.ndarray
    actions: np.ndarray
    digits: np.ndarray


class MixedPlay:
    """Lanes of one repeated game, each player of which is a learner of its own that exchanges mixed actions.

    Parameters
    ----------
    payoffs : the game, a tensor (n, A_0, ..., A_{n-1}); one player meets fixed payoffs.
    learner : a learner that plays mixed actions and is told what each of its actions is worth.
    lanes : independent copies, which differ by their start.
    start : the mixed actions to begin with, (n, A) or (lanes, n, A) with A the most actions that a player has and 0 for
        the actions that one has not; None lets the learners begin as they do.
    record : keep all rounds (see `record`).

    Attributes
    ----------
    learner : the learner that knows the range of the payoffs.
    state : the learners' state, row ``lane * n + player``.

    Raises
    ------
    ValueError
        for payoffs or a start that are none, for a learner that plays no mixed actions or wants its own reward only,
        or one that cannot begin anywhere when ``start`` is given.
    """

    def __init__(
        self,
        payoffs: np.ndarray,
        learner: Learner,
        *,
        lanes: int = 1,
        start: np.ndarray | None = None,
        record: bool = False,
    ) -> None:
        payoffs = check_payoffs(payoffs)
        if not isinstance(lanes, (int, np.integer)) or lanes < 1:
            raise ValueError(f"lanes={lanes!r} is not allowed: lanes must be an integer of at least 1")
        if "strategy" not in learner.kernels or learner.accepts.feedback != "full":
            raise ValueError(f"{learner.name} exchanges no mixed actions: it learns from actions that were drawn")
        environment = build("IteratedGame-v0", payoffs=payoffs, memory=0)
        players, sizes = len(payoffs), payoffs.shape[1:]
        self.lanes, self.payoffs = lanes, payoffs
        self.learner = learner.prepared(environment)
        self.state = self.learner.rows(environment, range(players), lane_seeds(0, lanes))
        if start is not None:
            policies = _checked_start(start, lanes, sizes)
            self.learner.start_from(self.state, policies.reshape(lanes * players, -1))
        joint = payoffs[0].size
        self._table = Table(
            payoffs=np.ascontiguousarray(payoffs.reshape(players, joint).T),
            actions=np.array(sizes, np.int64),
            digits=np.stack(np.unravel_index(np.arange(joint), sizes), axis=1),
        )
        self._chunk = max(1, CHUNK // (lanes * joint * players))
        self._values = np.zeros((players, max(sizes)))
        self._trajectory = [self._kept(0)] if record else None
        kernels = {name: self.learner.kernels[name] for name in ("strategy", "update")}
        bound = {**kernels, "PLAYERS": players, "RECORD": record}
        self._exchange = fuse(exchange, bound, self.learner.slug)
        self._show = fuse(show, kernels, self.learner.slug)

    @property
    def policies(self) -> np.ndarray:
        """The present mixed actions, those of the next round, float64 (lanes, players, A)."""
        self._show(self.learner.params, self.state)
        return self.state.policy.reshape(self.lanes, len(self.payoffs), -1).copy()

    @property
    def record(self) -> Trajectory:
        """All rounds so far; RuntimeError unless made with ``record=True``."""
        if self._trajectory is None:
            raise RuntimeError("this play keeps no record: make it with record=True")
        self._trajectory = [Trajectory(*(np.concatenate(part) for part in zip(*self._trajectory, strict=True)))]
        return self._trajectory[0]

    def advance(self, rounds: int) -> MixedTotals:
        """Play ``rounds`` rounds in every lane and return what happened in them; ValueError for a negative number."""
        if rounds < 0:
            raise ValueError(f"rounds={rounds!r} is not allowed: rounds must not be negative")
        players, most = self._values.shape
        totals = MixedTotals(
            rounds=rounds,
            policies=np.zeros((self.lanes, players, most)),
            joint=np.zeros((self.lanes, len(self._table.payoffs))),
            gains=np.zeros((self.lanes, players, most, most)),
            rewards=np.zeros((self.lanes, players)),
        )
        for done in range(0, rounds, self._chunk):
            now = min(self._chunk, rounds - done)
            kept = self._kept(now if self._trajectory is not None else 0)
            self._exchange(self._table, self.learner.params, self.state, self._values, totals, kept, now)
            if self._trajectory is not None:
                self._trajectory.append(kept)
        return totals

    def _kept(self, rounds: int) -> Trajectory:
        shape = (rounds, self.lanes, *self._values.shape)
        return Trajectory(np.zeros(shape), np.zeros(shape))


def exchange(table, lp, ls, values, totals, kept, rounds):
    """Play ``rounds`` rounds in every lane, in ``values`` (players, A) what each action is worth."""
    for i in range(totals.rewards.shape[0]):
        for t in range(rounds):
            for k in range(PLAYERS):
                strategy(lp, ls, i * PLAYERS + k)
            weigh(table, ls.policy[i * PLAYERS : (i + 1) * PLAYERS], values, totals.joint[i])
            for k in range(PLAYERS):
                row = i * PLAYERS + k
                reward = 0.0
                for a in range(table.actions[k]):
                    weight = ls.policy[row, a]
                    reward += weight * values[k, a]
                    totals.policies[i, k, a] += weight
                    for b in range(table.actions[k]):
                        totals.gains[i, k, a, b] += weight * values[k, b]
                    if RECORD:
                        kept.policies[t, i, k, a] = weight
                        kept.values[t, i, k, a] = values[k, a]
                totals.rewards[i, k] += reward
                update(lp, ls, row, 0, NO_ACTION, reward, 0, False, False, values[k])


@kernel
def weigh(table, policy, values, joint):
    """Write what each action is worth against ``policy`` into ``values``; add the joint actions' odds to ``joint``."""
    for k in range(PLAYERS):
        for a in range(table.actions[k]):
            values[k, a] = 0.0
    for index in range(table.payoffs.shape[0]):
        everybody = 1.0
        for k in range(PLAYERS):
            others = 1.0
            for j in range(PLAYERS):
                if j != k:
                    others *= policy[j, table.digits[index, j]]
            own = table.digits[index, k]
            values[k, own] += others * table.payoffs[index, k]
            everybody = others * policy[k, own]
        joint[index] += everybody


def show(lp, ls):
    """Write the present mixed action of every row."""
    for row in range(ls.policy.shape[0]):
        strategy(lp, ls, row)


def _checked_start(start: np.ndarray, lanes: int, sizes: tuple[int, ...]) -> np.ndarray:
    given = check_distributions(start, "start")
    shape = (len(sizes), max(sizes))
    if given.shape not in (shape, (lanes, *shape)):
        raise ValueError(f"start must have the shape {shape} or {(lanes, *shape)}, not {given.shape}")
    missing = np.arange(max(sizes)) >= np.array(sizes)[:, None]
    if np.any(given[..., missing] != 0.0):
        raise ValueError(f"start must be 0 beyond the {sizes} actions that the players have")
    return np.broadcast_to(given, (lanes, *shape))
