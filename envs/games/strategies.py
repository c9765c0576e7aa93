"""Named strategies of memory one for a repeated game of two players with two actions each, as data.

A strategy is five probabilities of playing the *first* action: in the first round, and after a round that ended CC, CD,
DC or DD, the player's own action first. C is the first action, D the second; in a prisoner's dilemma they cooperate
and defect. So the round of the start stands first, as in M-FOS (Lu et al., ICML 2022); LOLA's and pax's vectors end
with it, [CC, CD, DC, DD, start], and have to be turned by ``numpy.roll(vector, 1)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from ..core.distributions import check_distributions

PLACES = ("start", "CC", "CD", "DC", "DD")

#: Sources: Nowak and Sigmund, Nature 355 (1992) and 364 (1993), for GTFT and WSLS; Press and Dyson, PNAS 109 (2012),
#: for ZD-extort; Axelrod, The Evolution of Cooperation, 1984, for the others. GTFT forgives a defection with
#: probability 1/3 and ZD-extort takes three times the other's surplus, both made for the payoffs R, S, T, P =
#: 3, 0, 5, 1; for others see `extortion`.
MEMORY_ONE: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "ALLC": (1, 1, 1, 1, 1),
        "ALLD": (0, 0, 0, 0, 0),
        "TFT": (1, 1, 0, 1, 0),
        "STFT": (0, 1, 0, 1, 0),  # suspicious: tit-for-tat that begins with D
        "GTFT": (1, 1, 1 / 3, 1, 1 / 3),
        "GRIM": (1, 1, 0, 0, 0),  # C after CC only: one D by either player, and it plays D for ever
        "WSLS": (1, 1, 0, 0, 1),  # win-stay, lose-shift (Pavlov)
        "ZD-extort": (1, 11 / 13, 1 / 2, 7 / 26, 0),
        "alternator": (1, 0, 0, 1, 1),  # the opposite of its own last action
        "random": (0.5, 0.5, 0.5, 0.5, 0.5),
    }
)


def extortion(payoffs: Sequence[float], chi: float, phi: float) -> tuple[float, ...]:
    """Return the zero-determinant strategy that makes the own surplus ``chi`` times the other's.

    In the limit of means it enforces s_own - P = chi (s_other - P) against any opponent; under discounting it does not.
    It begins with C.

    Parameters
    ----------
    payoffs : R, S, T, P, what a player gets for CC, CD, DC, DD; the game is symmetric.
    chi : factor of extortion, at least 1 (1 gives both the same).
    phi : positive scale; too large a one leaves no probabilities.

    Returns
    -------
    the five probabilities (see the module).

    Raises
    ------
    ValueError
        where some number that results is no probability.

    References
    ----------
    Press and Dyson, "Iterated Prisoner's Dilemma contains strategies that dominate any evolutionary opponent", PNAS 109
    (2012), equation 8 and the text after it.
    """
    reward, sucker, temptation, punishment = payoffs
    own = np.array([reward, sucker, temptation, punishment]) - punishment
    other = np.array([reward, temptation, sucker, punishment]) - punishment
    probabilities = phi * (own - chi * other) + np.array([1.0, 1.0, 0.0, 0.0])
    if not (chi >= 1 and phi > 0 and np.all(probabilities >= 0) and np.all(probabilities <= 1)):
        raise ValueError(
            f"chi={chi} and phi={phi} are not allowed with the payoffs {tuple(payoffs)}: chi must be at least 1 and "
            f"phi positive, and they give {probabilities.tolist()}, which must be probabilities"
        )
    return (1.0, *map(float, probabilities))


def as_policy(strategy: ArrayLike, actions: Sequence[int], player: int) -> np.ndarray:
    """Return a strategy of memory one as a policy over the observations of an iterated game with ``memory=1``.

    Parameters
    ----------
    strategy : five probabilities (see the module) in a game of two players with two actions each; in any game a table
        (1 + J, A_player) of distributions: the first row for the first round, then one for each joint action of the
        round before, the own action first and most significant, then the others' in order of their seats.
    actions : the number of actions of each player; J is their product.
    player : whose strategy it is, which says what "own" is.

    Returns
    -------
    float64 (1 + J, A_player), a row an observation, as in `histories`: there player 0's action comes first for
    everybody. `as_single_agent` takes it as the policy of a partner.

    Raises
    ------
    ValueError
        for another shape, or an entry that is no probability, which it names.
    """
    name, counts = f"strategy of player {player}", tuple(map(int, actions))
    table = np.asarray(strategy, np.float64)
    if table.shape == (5,) and counts == (2, 2):
        for place, probability in zip(PLACES, table, strict=True):
            if not 0 <= probability <= 1:
                when = "in the first round" if place == "start" else f"after {place}"
                raise ValueError(f"{name} must hold probabilities, but {when} it has {probability:g}")
        table = np.column_stack([table, 1 - table])
    joint = int(np.prod(counts))
    if table.shape != (1 + joint, counts[player]):
        raise ValueError(f"{name} must have the shape {(1 + joint, counts[player])}, not {table.shape}")
    table = check_distributions(table, name)
    others = counts[:player] + counts[player + 1 :]
    after = table[1:].reshape(counts[player], *others, counts[player])
    return np.vstack([table[:1], np.moveaxis(after, 0, player).reshape(joint, -1)])
