"""The certified values that turn a score into a regret."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["closed-form", "solved", "bound", "reference"]


@dataclass(frozen=True)
class Value:
    """A certified number.

    ``kind`` says how far it can be trusted: ``closed-form`` (derived), ``solved`` (by an exact solver; ``low`` and
    ``high`` bracket it), ``bound`` (one-sided) or ``reference`` (the best known, which a better agent may exceed).
    ``how`` names the derivation, the solver or the command.
    """

    value: float
    kind: Kind
    how: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Certificate:
    """What is known of a task.

    Parameters
    ----------
    unit : the unit of the three values, such as ``return per episode`` or ``reward per step``.
    optimal, random : values of an optimal and of the uniformly random policy.
    memoryless : value of the best policy that sees only the present observation (None where it is not certified).
    facts : further known numbers by name (k_star, kappa, span, equilibria ...).
    measure : ``"value"`` when more is better and regret is optimal minus achieved; ``"gap"`` for games in self-play,
        where optimal is 0 and the achieved gap (NashConv) is itself the regret.
    """

    unit: str
    optimal: Value
    random: Value
    memoryless: Value | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    measure: Literal["value", "gap"] = "value"

    @property
    def needs_memory(self) -> bool | None:
        """Whether no policy of the present observation alone is optimal; None where neither the values nor the smallest
        sufficient memories (facts ``k_star`` and ``kappa``, or those that end in ``_at_least``) decide it.
        """
        if self.memoryless is None:
            return None
        slack = 1e-9 * max(1.0, abs(self.optimal.value))
        attained = _least(self.memoryless)
        best = self.optimal.high if self.optimal.kind == "bound" else self.optimal.value
        if attained is not None and best is not None and attained >= best - slack:
            return False
        most, least = _most(self.memoryless), _least(self.optimal)
        apart = most is not None and least is not None and most < least - slack
        sizes = (self.facts.get(fact, self.facts.get(f"{fact}_at_least", 1)) for fact in ("k_star", "kappa"))
        return True if apart or max(sizes) > 1 else None

    @property
    def apart(self) -> bool:
        """Whether optimal and random play differ; a reference has to be above what random play may be worth."""
        random = self.random.high if self.optimal.kind == "reference" else None
        return self.optimal.value != self.random.value if random is None else self.optimal.value > random

    def regret(self, achieved: float) -> float:
        """Return optimum minus achieved (for a gap: the gap itself), in ``unit``."""
        return achieved if self.measure == "gap" else self.optimal.value - achieved

    def normalised(self, achieved: float) -> float:
        """Return 0 for uniform random play, 1 for the certified optimum.

        Raises
        ------
        ValueError
            where the two are not `apart`, or for a gap, which has no such score.
        """
        width = self.optimal.value - self.random.value
        if self.measure == "gap":
            raise ValueError("a game in self-play has a gap, not a normalised score")
        if not self.apart:
            raise ValueError("optimal and random play are not known to differ here; there is no normalised score")
        return (achieved - self.random.value) / width


def _most(value: Value) -> float | None:
    """Return what the true value cannot exceed, where that is known."""
    return value.value if value.high is None and value.kind == "closed-form" else value.high


def _least(value: Value) -> float | None:
    """Return what the true value cannot fall below: one of any kind but an upper bound has been attained."""
    return value.value if value.low is None and value.kind != "bound" else value.low
