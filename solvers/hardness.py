"""How hard a continuing task is: every certified number on one card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from .chain import chain_under
from .conductance import conductance, cut_conductance, residence_time
from .deviation import kemeny_constant
from .diameter import diameter
from .gain import Gain, optimal_gain, refuse_terminal
from .linear import TooLargeError
from .mixing import DENSE, EIGENVALUES, mixing_time, spectral_gap
from .model_data import backup, one_player
from .myopia import least_that_suffices, lost_gains
from .period import period
from .quantity import Quantity
from .return_mixing import cesaro_mixing_time, return_mixing_time
from .stationary import stationary_law

if TYPE_CHECKING:
    from scipy import sparse

    from ..envs.core.model import Model

DISCOUNTS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9999)
TOLERANCE = 0.05  # of the mean reward in `return_mixing_time`, in units of the range of the rewards
WORK = 3e9  # multiplications, after which a scan is given up
LOST = 1e-9  # relative: an action that loses no more is optimal
COLOSSEUM_DISCOUNT, COLOSSEUM_STOP, COLOSSEUM_REGULARIZATION = 0.99, 1e-3, 0.1


@dataclass(frozen=True)
class Hardness:
    """What makes a continuing task hard.

    Attributes
    ----------
    states, actions : numbers of them.
    gain : the optimal gain with its bracket and policy.
    quantities : certified numbers by name; those of a chain are of the optimal policy's.
    regions : by name of a set of states, the share of the time in it, its conductance and residence time under the
        optimal policy.
    myopia : by discount, how much gain the policy gives away that is optimal for it.
    missing : by name, why a number is left out.
    """

    states: int
    actions: int
    gain: Gain
    quantities: dict[str, Quantity]
    regions: dict[str, dict[str, float]]
    myopia: dict[float, float]
    missing: dict[str, str] = field(default_factory=dict)


def hardness(
    model: Model, regions: Mapping[str, np.ndarray] | None = None, discounts: Sequence[float] = DISCOUNTS
) -> Hardness:
    """Return the hardness card of a weakly communicating model.

    Parameters
    ----------
    model : a continuing model of one player.
    regions : bool (S,) by name, such as ``environment.regions(model.states)``.
    discounts : for the price of discounting.

    Raises
    ------
    ValueError
        for several players, a malformed or terminating model; `MultichainError` where the gain depends on where a run
        ends.
    ArithmeticError
        when the solvers of the gain disagree.
    """
    rewards = one_player(model, "hardness")[1]
    refuse_terminal(model, "hardness")
    states, actions = rewards.shape
    gain = optimal_gain(model)
    chain, paid = chain_under(model, gain.policy)
    spread = float(np.ptp(rewards))
    missing: dict[str, str] = {}
    quantities: dict[str, Quantity] = {}

    def add(name: str, find: Callable[[], Quantity | float], how: str = "") -> None:
        try:
            found = find()
        except (TooLargeError, ValueError) as error:
            missing[name] = str(error)
        else:
            quantities[name] = found if isinstance(found, Quantity) else Quantity(found, "exact", how)

    def add_of_bias(name: str, find: Callable[[], float], how: str) -> None:
        if gain.solved:
            quantities[name] = Quantity(find(), "exact", how)
        else:
            missing[name] = f"value iteration only comes near the bias of {states:,} states"

    add_of_bias("bias_span", lambda: gain.span, gain.how)
    add("diameter", lambda: diameter(model))
    add("period", lambda: float(period(chain)), "greatest common divisor of the cycles")
    if states <= DENSE:
        add("mixing_time", lambda: mixing_time(chain))
    else:
        missing["mixing_time"] = f"all {states:,} starts would have to be propagated (see mixing_time)"
    add("cesaro_mixing_time", lambda: cesaro_mixing_time(chain, most_steps=_steps(states * chain.nnz)))
    if spread > 0:
        bound = TOLERANCE * spread
        add("return_mixing_time", lambda: return_mixing_time(chain, paid, bound, _steps(chain.nnz + states)))
    if states <= EIGENVALUES:
        add("spectral_gap", lambda: spectral_gap(chain), "eigenvalues")
    else:
        add("spectral_gap", lambda: Quantity(spectral_gap(chain), "upper", "the largest eigenvalues that were found"))
    add("kemeny_constant", lambda: kemeny_constant(chain), "trace of the deviation matrix")
    try:
        cut = conductance(chain)
        exact = cut.low == cut.high
        quantities["conductance"] = Quantity(cut.high, "exact" if exact else "upper", cut.how)
        if not exact:
            quantities["conductance_at_least"] = Quantity(cut.low, "lower", cut.how)
    except ValueError as error:
        missing["conductance"] = str(error)
    add_of_bias("value_norm", lambda: value_norm(model, gain.bias), "optimal bias")
    add_of_bias(
        "sum_of_reciprocal_gaps",
        lambda: sum_of_reciprocal_gaps(model, gain.gain, gain.bias),
        "actions that are not optimal",
    )
    colosseum_norm, colosseum_gaps = colosseum_hardness(model)
    how = "as Colosseum computes it: discount .99, stopped at 1e-3, .1 added to every gap"
    quantities["colosseum_value_norm"] = Quantity(colosseum_norm, "exact", how)
    quantities["colosseum_sum_of_reciprocal_gaps"] = Quantity(colosseum_gaps, "exact", how)
    lost = lost_gains(model, gain.gain, discounts)
    quantities["blackwell_threshold"] = Quantity(
        least_that_suffices(discounts, lost, gain.gain), "upper", "least of a grid"
    )
    law = stationary_law(chain).law
    visited = {
        name: {
            "share": float(law[inside].sum()),
            "conductance": cut_conductance(chain, inside),
            "residence_time": residence_time(chain, inside),
        }
        for name, inside in (regions or {}).items()
        if law[inside].sum() > 0 and not inside.all()
    }
    myopia = dict(zip(discounts, lost.tolist(), strict=True))
    return Hardness(states, actions, gain, quantities, visited, myopia, missing)


def value_norm(model: Model, bias: np.ndarray) -> float:
    """Return the largest standard deviation of ``bias`` (S,) after a step, over states and actions.

    Raises ValueError for several players or a malformed model. Source: Maillard, Mann and Mannor, NeurIPS 2014.
    """
    transitions, _ = one_player(model, "value_norm")
    return _norm(transitions, bias)


def sum_of_reciprocal_gaps(model: Model, gain: float, bias: np.ndarray, regularization: float = 0.0) -> float:
    """Return the sum of 1 / gap over the actions that are not optimal.

    The gap is what an action loses in the long run, gain + h(s) - r(s, a) - sum over s' of P(s' | s, a) h(s').

    Parameters
    ----------
    model : a continuing model of one player.
    gain, bias : of an optimal policy, as `optimal_gain` returns them.
    regularization : added to every gap; where it is positive, optimal actions count too, as in Colosseum.

    Raises ValueError for several players or a malformed model.
    """
    transitions, rewards = one_player(model, "sum_of_reciprocal_gaps")
    gaps = np.maximum(gain + bias[:, None] - backup(transitions, rewards, bias), 0.0)
    counted = gaps > LOST * max(1.0, float(np.ptp(bias))) if regularization == 0 else np.ones(gaps.shape, bool)
    return float((1.0 / (gaps[counted] + regularization)).sum())


def colosseum_hardness(model: Model) -> tuple[float, float]:
    """Return value norm and sum of reciprocal gaps as Colosseum 1.2 defines them for continuing tasks, for comparison.

    It takes the values for a discount of .99, from value iteration that stops at changes below 1e-3, in place of the
    bias, and adds .1 to every gap, those of optimal actions included. Raises ValueError for several players or a
    malformed model.
    """
    transitions, rewards = one_player(model, "colosseum_hardness")
    values = np.zeros(len(rewards))
    while True:
        now = backup(transitions, rewards, values, COLOSSEUM_DISCOUNT)
        change = np.abs(now.max(axis=1) - values).max()
        values = now.max(axis=1)
        if change < COLOSSEUM_STOP:
            break
    gaps = values[:, None] - backup(transitions, rewards, values, COLOSSEUM_DISCOUNT)
    return _norm(transitions, values), float((1.0 / (np.maximum(gaps, 0.0) + COLOSSEUM_REGULARIZATION)).sum())


def _norm(transitions: sparse.csr_matrix, values: np.ndarray) -> float:
    centred = values - values.mean()
    variance = transitions @ centred**2 - (transitions @ centred) ** 2
    return float(np.sqrt(np.maximum(variance, 0.0).max()))


def _steps(work: float) -> int:
    return int(max(WORK / max(work, 1.0), 100))
