"""Certificates of normal-form games in closed form: a gap for several players, a value for one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core import Certificate, Criterion, Value
from .library import identify
from .stages import HAZARD, NEVER, SCHEDULE, SINUSOIDAL, Params, tensor


def certify_gap(p: Params) -> Certificate:
    """Certify a gap of 0 for several players, with what is known of the game that is played first."""
    game = tensor(p)
    known = identify(game)
    facts: dict[str, Any] = {
        "largest_pure_nash_conv": _largest_pure_nash_conv(game),
        "max_welfare": known.max_welfare,
    }
    if known.name:
        facts["game"] = known.name
        facts["equilibria"] = known.equilibria
        facts["equilibrium_payoffs"] = known.equilibrium_payoffs
    which, first = ("stage", "stage") if p.switching == NEVER else ("present", "first")
    return Certificate(
        unit=f"NashConv of the {which} game, reward per round",
        optimal=Value(0.0, "closed-form", "every finite game has a Nash equilibrium (Nash 1950), whose NashConv is 0"),
        random=Value(_uniform_nash_conv(game), "closed-form", f"NashConv of uniform play of the {first} game"),
        facts=facts,
        measure="gap",
    )


def certify_value(p: Params, criterion: Criterion) -> Certificate:
    """Certify the value for one player of always playing the best action, and of playing all equally often."""
    payoffs, weights = _blocks(p), _weights(p, criterion)
    best, fixed = float(weights @ payoffs.max(axis=1)), weights @ payoffs
    weight = f"times {weights.sum():g}, the expected {'discounted ' if p.discount < 1.0 else ''}number of rounds"
    whose = "the best action's payoff" if len(payoffs) == 1 else "the average payoff of the present game's best action"
    optimal = Value(best, "closed-form", f"{whose} {weight}")
    random = Value(float(weights @ payoffs.mean(axis=1)), "closed-form", f"the mean payoff {weight}")
    facts: dict[str, Any] = {"best_action": int(payoffs[0].argmax())}
    if len(payoffs) == 1:
        return Certificate(criterion.unit, optimal, random, optimal, facts=facts)
    facts |= {"best_fixed_action": int(fixed.argmax()), "best_fixed_value": float(fixed.max())}
    if criterion.kind == "gain":
        facts["bias_span"] = _bias_span(p, payoffs.max(axis=1))
    # Own actions in the observation are a clock, and a better policy than any fixed action may count by them.
    alone = Value(float(fixed.max()), "closed-form", f"the best fixed action's mean payoff {weight}")
    return Certificate(criterion.unit, optimal, random, None if p.memory else alone, facts=facts)


def _blocks(p: Params) -> np.ndarray:
    """Return the mean payoffs of one player's actions in each block of rounds in which they stay the same (blocks, A).

    A block is a game, the first one first, and of a sinusoidal change a round.
    """
    if p.switching == SINUSOIDAL:
        one, other, weights = tensor(p)[0], tensor(p, 1 - p.first)[0], p.weights[:, None]
        return weights * one + (1.0 - weights) * other
    if p.switching == NEVER:
        return tensor(p)
    return np.roll(p.table.reshape(p.games, -1), -p.first, axis=0)


def _weights(p: Params, criterion: Criterion) -> np.ndarray:
    """Return what each block of `_blocks` counts: its expected (discounted) number of rounds, and for a gain its share.

    Under a hazard the chain of games forgets the first one by a factor 1 - hazard * G / (G - 1) a round, and is
    otherwise in every game equally often.
    """
    blocks = p.period if p.switching == SINUSOIDAL else 1 if p.switching == NEVER else p.games
    stay, rounds = p.discount * p.continuation, p.horizon or None
    gain = criterion.kind == "gain"
    if p.switching == HAZARD:
        kept = 1.0 - p.hazard * p.games / (p.games - 1)
        if gain:
            total, first = 1.0, float(kept == 1.0)
        else:
            total, first = _geometric(stay, rounds), _geometric(stay * kept, rounds)
        return (total - first) / blocks + first * (np.arange(blocks) == 0)
    if gain:
        return np.full(blocks, 1.0 / blocks)
    length = p.period if p.switching == SCHEDULE else 1
    began = stay ** (length * np.arange(blocks))  # the weight of a block's first round in the first cycle
    cycle = blocks * length
    whole = began * _geometric(stay, length)
    if rounds is None:
        return whole * _geometric(stay**cycle, None)
    cycles, rest = divmod(rounds, cycle)
    left = np.clip(rest - length * np.arange(blocks), 0, length)
    part = began * np.array([_geometric(stay, int(each)) for each in left])
    return whole * _geometric(stay**cycle, cycles) + stay ** (cycles * cycle) * part


def _geometric(ratio: float, terms: int | None) -> float:
    """Return 1 + ratio + ratio**2 + ..., ``terms`` of them (None: all)."""
    if terms is None:
        return 1.0 / (1.0 - ratio)
    if ratio == 1.0:
        return float(terms)
    gone = -math.expm1(terms * math.log(ratio)) if ratio > 0.0 else 1.0 - ratio**terms
    return gone / (1.0 - ratio)


def _bias_span(p: Params, best: np.ndarray) -> float:
    """Return how much a start can matter in the long run, if the rounds of each block pay ``best`` (blocks,)."""
    if p.switching == HAZARD:
        return float(np.ptp(best)) * (p.games - 1) / (p.games * p.hazard) if p.hazard else 0.0
    length = p.period if p.switching == SCHEDULE else 1
    return float(np.ptp(np.cumsum(length * (best - best.mean()))))


def _uniform_nash_conv(payoffs: np.ndarray) -> float:
    """Return the sum over players of what each could gain by deviating when all play uniformly.

    ``payoffs`` is a tensor (n, A_0, ..., A_{n-1}).
    """
    players = range(payoffs.shape[0])
    own = [payoffs[k].mean(axis=tuple(j for j in players if j != k)) for k in players]
    return float(sum(values.max() - values.mean() for values in own))


def _largest_pure_nash_conv(payoffs: np.ndarray) -> float:
    """Return the largest NashConv of any joint action of the tensor ``payoffs`` (n, A_0, ..., A_{n-1})."""
    gains = (payoffs[k].max(axis=k, keepdims=True) - payoffs[k] for k in range(payoffs.shape[0]))
    return float(sum(gains).max())
