"""Best responses against partners whose policies are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from ..envs.core.automaton import Automaton
from ..envs.core.distributions import check_distributions
from ..envs.games.histories import memory_of, successors
from .criteria import optimum
from .dynamic_programming import discounted, finite_horizon
from .gain import Gain
from .model_data import Solution, continuing_model
from .multichain import multichain_gain
from .normal_form import check_payoffs

if TYPE_CHECKING:
    from ..envs.core.model import Model


def best_response(model: Model) -> Solution | Gain:
    """Solve for the best response to the partners that ``model`` already contains, under its criterion.

    A partner that is a finite automaton turns the game into a problem of one player, whose state holds the partner's:
    the best response is that problem's optimum, over all ways to play and not only stationary ones. With a horizon it
    is exact to the last step (it may, for instance, defect at the end), see `finite_horizon`.

    Parameters
    ----------
    model : the exact model of an environment in which ``as_single_agent`` gave every other seat to an automaton.

    Raises
    ------
    ValueError
        when several players are left, or as `optimum`.
    """
    return optimum(model)


def best_response_gain(model: Model) -> Solution:
    """Solve for the best response in average reward per step, whatever the model's criterion and horizon.

    Partners that never forgive make the gain depend on the past, hence `multichain_gain`.

    Parameters
    ----------
    model : as for `best_response`.

    Raises
    ------
    ValueError
        when several players are left, when the game may end by itself, or as `multichain_gain`.
    """
    return multichain_gain(model)


def best_response_to(
    payoffs: np.ndarray,
    opponent: Automaton | ArrayLike,
    player: int = 0,
    *,
    discount: float | None = None,
    horizon: int | None = None,
) -> Solution:
    """Solve for the best response to a known opponent in the repeated game of a payoff tensor.

    The opponent's state is a function of what was played, so that the optimum over all ways to play is that of a
    problem of one player in this state. Against memory one a reply of memory one is enough (Press and Dyson, PNAS 109,
    2012). `best_response` does the same for any number of opponents, from the exact model of an environment.

    Parameters
    ----------
    payoffs : the stage game of two players, (2, A_0, A_1).
    opponent : who plays the other seat: an `Automaton` that begins in one state, or a policy of memory m, float (J**0 +
        ... + J**m, its actions), a row for each history of at most m joint actions (see
        `regretlab.envs.games.histories`; for memory one `regretlab.envs.games.strategies.as_policy` makes the table).
    player : the seat that responds, 0 or 1.
    discount : weight of a round relative to the one before, at least 0 and below 1; None for none.
    horizon : the number of rounds; None goes on for ever.

    Returns
    -------
    Solution
        ``value`` is the discounted sum of rewards (times 1 - discount for a payoff per round), the sum over the
        ``horizon``, or with neither the average reward per round. ``policy`` is integer (states of the opponent,), a
        row of a table being a state; with a horizon (horizon, states). ``residual`` bounds what any other policy gains.

    Raises
    ------
    ValueError
        for a game that is not of two players, an opponent that does not fit or whose first state is drawn (which the
        responder would not know), or a discount outside its range; `TooLargeError` as the solvers.
    """
    from ..envs.core.spec import Criterion

    payoffs = check_payoffs(payoffs)
    if len(payoffs) != 2:
        raise ValueError(f"payoffs must be those of two players, not of {len(payoffs)}; see best_response for more")
    if player not in (0, 1):
        raise ValueError(f"player must be 0 or 1, not {player!r}")
    if discount is not None and not 0 <= discount < 1:
        raise ValueError(f"discount must be at least 0 and below 1, not {discount}; leave it out for none")
    machine = _as_automaton(opponent, payoffs.shape[1:], 1 - player)
    own, following = payoffs[player], machine.next
    if player == 1:
        own, following = own.T, following.transpose(0, 2, 1)
    states, actions, moves = following.shape
    entries = np.repeat(machine.policy[:, None, :], actions, axis=1)
    pairs = np.repeat(np.arange(states * actions), moves)
    shape = (states * actions, states)
    transitions = sparse.csr_matrix((entries.ravel(), (pairs, following.ravel())), shape=shape)
    transitions.eliminate_zeros()
    rewards = machine.policy @ own.T
    if horizon is not None:
        criterion = Criterion("return") if discount is None else Criterion("discounted", discount)
        return finite_horizon(continuing_model(transitions, rewards, machine.start, criterion, horizon))
    if discount is None:
        return multichain_gain(continuing_model(transitions, rewards, machine.start))
    return discounted(continuing_model(transitions, rewards, machine.start), discount)


def _as_automaton(opponent: Automaton | ArrayLike, actions: tuple[int, ...], seat: int) -> Automaton:
    if not isinstance(opponent, Automaton):
        table = check_distributions(opponent, "opponent")
        if table.ndim != 2:
            raise ValueError(f"opponent must be an Automaton or a table (histories, actions), not {table.shape}")
        following = successors(actions, memory_of(len(table), actions))
        start = (np.arange(len(table)) == 0).astype(np.float64)
        opponent = Automaton(f"opponent of memory {memory_of(len(table), actions)}", start, table, following)
    opponent.check_seat(seat, actions)
    if opponent.start.max() < 1:
        raise ValueError(
            f"{opponent} draws its first state, which whoever responds does not know; give it one to begin"
        )
    return opponent
