"""Best responses against partners whose policies are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .criteria import optimum
from .gain import Gain
from .model_data import Solution
from .multichain import multichain_gain

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
