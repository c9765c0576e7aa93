"""What stood in a stack of observations while it was needed: memory regret, retention, and false memories.

A trace of play has ``steps + 1`` entries along its first axis and lanes along its second. Entry t is what held *before*
step t, after any reset (the batches' autoreset mode ``same_step``), and the last entry what held at the end:

``stacks``
    integer (steps + 1, lanes, k), the observations in memory, oldest first, the present one last, -1 where empty.
``needed``
    (steps + 1, lanes), bit x set: observation x has been shown by now and an optimal policy has to remember it. This
    is ``info["needed"]``.
``ended``
    bool (steps, lanes): step t ended the episode, so entry t + 1 belongs to the next one.

M_t are the observations of entry t without the present one, x_t, and D_t those needed after step t, ``needed[t + 1]``.
Observations are told apart by their number alone: red that is seen twice is one item.

Source: Nangue Tasse, Riemer, Rosman and Klinger, "Beyond sliding windows: learning to manage memory in non-Markovian
environments", arXiv:2512.19154, 2025.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

MOST_OBSERVATIONS = 52  # that the bits of a float64 can name


class MemoryRegret(NamedTuple):
    """Counts over all lanes and steps of a trace, see `memory_regret`.

    ``regret``, ``forget`` and ``miss`` as there, in ``steps`` steps; ``lost`` of the ``eligible`` steps.
    """

    regret: int
    forget: int
    miss: int
    steps: int
    eligible: int
    lost: int

    @property
    def per_100_steps(self) -> float:
        """The regret of a hundred steps."""
        return 100 * self.regret / self.steps

    @property
    def per_eligible_step(self) -> float:
        """The share of eligible steps after which an eligible item was lacking; ValueError where no step is."""
        if self.eligible == 0:
            raise ValueError("no step of the trace is eligible: nothing had to be kept from one step to the next")
        return self.lost / self.eligible


class Retention(NamedTuple):
    """P(item in M_t | item seen ``ages`` steps ago and still needed), with how often that was the case.

    ``ages`` integer (n,), increasing from 1, those that occur; ``kept`` float64 (n,); ``counts`` integer (n,).
    """

    ages: np.ndarray
    kept: np.ndarray
    counts: np.ndarray


def memory_regret(stacks: ArrayLike, needed: ArrayLike, ended: ArrayLike) -> MemoryRegret:
    """Count how often something needed was not in memory, and why.

    regret = sum_t [not done_{t+1}] [D_t not a subset of M_{t+1}]
    forget = sum_t [not done_{t+1}] sum_{d in D_t} [d in M_t] [d not in M_{t+1}], let go of
    miss   = sum_t [not done_{t+1}] sum_{d in D_t} [x_t = d] [d not in M_t] [d not in M_{t+1}], seen and not taken up

    The present observation is no part of M, so the step that shows an item counts whatever the agent does. The
    normalised form leaves that out: an item is eligible after step t when it was needed before the step, still is, and
    is not x_{t+1}; ``eligible`` counts the steps after which some item is, ``lost`` those of them after which an
    eligible item is not in M_{t+1}.

    A policy can be optimal and yet have regret: an agent that keeps red and drops green may take a stack without red to
    mean green. The count says what was in memory, not what could be inferred from it.

    Parameters are those of the module's page.

    Raises
    ------
    ValueError
        for other shapes, or observations that the bits of ``needed`` cannot name (52 and beyond).
    """
    slots, wanted, over = _trace(stacks, needed, ended)
    held, shown = _masks(slots[..., :-1]), _masks(slots[..., -1:])
    due = np.where(over, 0, wanted[1:])
    lacking = due & ~held[1:]
    eligible = due & wanted[:-1] & ~shown[1:]
    return MemoryRegret(
        regret=int(np.count_nonzero(lacking)),
        forget=_bits(lacking & held[:-1]),
        miss=_bits(lacking & shown[:-1] & ~held[:-1]),
        steps=over.size,
        eligible=int(np.count_nonzero(eligible)),
        lost=int(np.count_nonzero(eligible & lacking)),
    )


def retention(stacks: ArrayLike, needed: ArrayLike, ended: ArrayLike) -> Retention:
    """Return how likely an item is still in memory, by the number of steps since it was last shown.

    Ret(d) = P(item in M_t | item last seen d steps ago in this episode, and needed at t)

    Parameters are those of the module's page.

    Raises
    ------
    ValueError
        as `memory_regret`, and where nothing had to be remembered.
    """
    slots, wanted, over = _trace(stacks, needed, ended)
    held, shown = _masks(slots[..., :-1]), _masks(slots[..., -1:])
    entries = np.arange(len(slots))[:, None]
    begins = np.vstack((np.ones((1, over.shape[1]), bool), over))
    first = np.maximum.accumulate(np.where(begins, entries, 0))
    counts = np.zeros((2, len(slots)), np.int64)
    for item in _set_bits(wanted):
        last = np.maximum.accumulate(np.where(shown & item, entries, -1))
        age = entries - last
        asked = (wanted & item != 0) & (last >= first) & (age > 0)
        for row, chosen in enumerate((asked, asked & (held & item != 0))):
            counts[row] += np.bincount(age[chosen], minlength=len(slots))
    ages = np.flatnonzero(counts[0])
    if len(ages) == 0:
        raise ValueError("nothing had to be remembered in this trace, so there is no retention")
    total, kept = counts[:, ages]
    return Retention(ages, kept / total, total)


def correlation_horizon(curve: Retention) -> int:
    """Return xi, the most observations from the one that was to be remembered to the last one that still needed it.

    Both ends count, so that a task without memory has xi = 1, and for the play of an optimal policy xi is as a rule the
    certificate's ``k_star``. An agent that sees a context of the last K observations, K below xi, can only succeed by
    remembering beyond it (a test of long-term memory); with K at least xi short-term memory is enough. Report both.
    Source: Cherepanov et al., "Unraveling the complexity of memory in RL agents", arXiv:2412.06531, 2024.
    """
    return 1 + int(curve.ages[-1])


def half_life(curve: Retention) -> int | None:
    """Return the least age at which at most half of the items are left, None where more are to the last age."""
    short = np.flatnonzero(curve.kept <= 0.5)
    return int(curve.ages[short[0]]) if len(short) else None


def implied_contexts(stacks: ArrayLike, honest_stacks: ArrayLike, honest_contexts: ArrayLike) -> np.ndarray:
    """Return the context that each stack stands for, -1 where it stands for none.

    A stack stands for a context when honest play (an agent whose memory can be trusted, such as an optimal policy's)
    ends with that stack in this context and in no other.

    Parameters
    ----------
    stacks : integer (decisions, k), what was in memory when the agent decided.
    honest_stacks, honest_contexts : integer (n, k) and (n,), the same for honest play, with the true contexts, from 0.

    Returns
    -------
    integer (decisions,)

    Raises
    ------
    ValueError
        for other shapes or negative contexts.
    """
    asked, honest, truth = np.asarray(stacks), np.asarray(honest_stacks), np.asarray(honest_contexts)
    fits = asked.ndim == honest.ndim == 2 and asked.shape[1] == honest.shape[1]
    if not fits or truth.shape != honest.shape[:1] or np.any(truth < 0):
        raise ValueError(
            f"stacks and honest_stacks must be (decisions, k) and honest_contexts one number from 0 an honest decision,"
            f" not {asked.shape}, {honest.shape} and {truth.shape}"
        )
    meaning: dict[tuple[int, ...], int] = {}
    for stack, context in zip(map(tuple, honest.tolist()), truth.tolist(), strict=True):
        meaning[stack] = context if meaning.get(stack, context) == context else -1
    return np.array([meaning.get(tuple(stack), -1) for stack in asked.tolist()], np.int64)


def false_memory_rate(implied: ArrayLike, contexts: ArrayLike) -> float:
    """Return P(the stack implies a context different from the true one at the decision).

    The agent of an XorMaze who stores the same room twice decides with a stack that means "the rooms are alike", and
    is wrong half of the time. A stack that implies nothing is no false memory, though its decision counts.

    Parameters
    ----------
    implied : integer (decisions,), of `implied_contexts` or of the caller's own reading; -1 implies nothing.
    contexts : integer (decisions,), the true ones.

    Raises
    ------
    ValueError
        for other shapes, or no decision.
    """
    read, truth = np.asarray(implied), np.asarray(contexts)
    if read.ndim != 1 or read.shape != truth.shape or len(read) == 0:
        raise ValueError(f"implied and contexts must be as long, at least 1, not {read.shape} and {truth.shape}")
    return float(np.mean((read >= 0) & (read != truth)))


def _trace(stacks: ArrayLike, needed: ArrayLike, ended: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the parts of a trace as int64 (T + 1, n, k), int64 (T + 1, n) and bool (T, n)."""
    slots, wanted, over = np.asarray(stacks), np.asarray(needed), np.asarray(ended, np.bool_)
    steps = len(over) if over.ndim == 2 else 0
    if slots.ndim != 3 or wanted.shape != slots.shape[:2] or slots.shape[:2] != (steps + 1, *over.shape[1:]):
        raise ValueError(
            "stacks must be (steps + 1, lanes, k), needed (steps + 1, lanes) and ended (steps, lanes), "
            f"not {slots.shape}, {wanted.shape} and {over.shape}"
        )
    if over.size == 0 or slots.shape[2] == 0:
        raise ValueError(f"a trace needs at least one step, one lane and one slot, not stacks of shape {slots.shape}")
    if slots.dtype.kind not in "iu" or slots.min() < -1 or slots.max() >= MOST_OBSERVATIONS:
        raise ValueError(
            f"stacks must hold integers from -1 to {MOST_OBSERVATIONS - 1}, the observations that needed can name"
        )
    if not np.all((wanted >= 0) & (wanted < 2**MOST_OBSERVATIONS)) or np.any(wanted % 1):
        raise ValueError(f"needed must hold sets of observations as integers from 0 to below 2**{MOST_OBSERVATIONS}")
    return slots.astype(np.int64), wanted.astype(np.int64), over


def _masks(slots: np.ndarray) -> np.ndarray:
    """Return the set of observations (T, n) in the slots (T, n, k) as bits."""
    return np.bitwise_or.reduce(np.where(slots >= 0, np.left_shift(1, np.maximum(slots, 0)), 0), axis=-1)


def _set_bits(masks: np.ndarray) -> list[int]:
    """Return the single bits that are set anywhere in ``masks``."""
    union = int(np.bitwise_or.reduce(masks, axis=None))
    return [1 << place for place in range(union.bit_length()) if union >> place & 1]


def _bits(masks: np.ndarray) -> int:
    """Return how many bits are set in all of ``masks``."""
    return sum(int(np.count_nonzero(masks & item)) for item in _set_bits(masks))
