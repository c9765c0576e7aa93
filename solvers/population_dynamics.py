"""Learning and evolution in continuous time: orbits of games on simplices, and where random starts end.

Every dynamic moves a player's distribution x (or that of a population) by the payoffs u(a) of its actions against the
others' present play; m is the mean x @ u.

===========================  ==========================================================================================
``replicator``               x' = x (u - m), the limit of Hedge and NeuRD (Taylor and Jonker 1978)
``softmax-policy-gradient``  x' = x (x (u - m) - sum_b x_b^2 (u_b - m)), gradient ascent on logits
``boltzmann-q``              x' = x (u - m) / t - x (ln x - sum_b x_b ln x_b), Q-learning with temperature t (Tuyls,
                             Verbeeck and Lenaerts, AAMAS 2003)
``logit``                    x' = softmax(u / t) - x, perturbed best replies (Fudenberg and Levine 1998)
``best-response``            x' = best reply - x (Gilboa and Matsui 1991), which jumps where best replies tie: here the
                             logit dynamic whose temperature is 1/1000 of the largest difference of payoffs, so that
                             actions share ties evenly, and an orbit may slide along a tie
``bnn``                      x' = [u - m]_+ - x sum_b [u_b - m]_+ (Brown and von Neumann 1950)
===========================  ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from .normal_form import check_payoffs, check_profile, deviation_gains
from .quantal_response import logit_choice

Flow = Callable[[np.ndarray, np.ndarray], np.ndarray]  # of distributions and the payoffs of their actions

SHARPNESS = 1e-3  # the temperature of best replies, of the largest difference of payoffs
ORBIT_ACCURACY, BASIN_ACCURACY = 1e-9, 1e-6  # of a step, relative, so that actions near extinction may come back
EXTINCT = 1e-100  # probabilities below it need not be accurate
SLOW, STEADY, SAME_POINT = 1e-6, 1e-4, 1e-2


@dataclass(frozen=True, eq=False)
class Orbit:
    """The play of every player, or of the one population, over time.

    Attributes
    ----------
    times : (T,).
    profiles : one array (T, A_i) a player or population, distributions along the last axis.
    residual : the largest gain of one player from deviating at the last time.
    """

    times: np.ndarray
    profiles: tuple[np.ndarray, ...]
    residual: float


@dataclass(frozen=True, eq=False)
class Basins:
    """How many random starts end at each rest point.

    Attributes
    ----------
    rest_points : profiles, one array (K, A_i) a player or population; the most visited point first.
    counts : integer (K,).
    unsettled : how many starts had not come to rest at the last time: cycles, or slow ends.
    residuals : (K,), the largest gain of one player from deviating at each rest point; a rest point that is no
        equilibrium has a large one.
    """

    rest_points: tuple[np.ndarray, ...]
    counts: np.ndarray
    unsettled: int
    residuals: np.ndarray

    @property
    def frequencies(self) -> np.ndarray:
        """The share (K,) of all starts that ended at each rest point, an estimate of the size of its basin."""
        return self.counts / (self.counts.sum() + self.unsettled)


def orbit(
    payoffs: np.ndarray,
    dynamic: str,
    start: Sequence[np.ndarray],
    times: np.ndarray,
    *,
    temperature: float = 0.1,
    single_population: bool = False,
) -> Orbit:
    """Integrate a dynamic of the table above from a start.

    Rounding that leads out of the simplices is cut off: negative entries become 0, and sums are restored.

    Parameters
    ----------
    payoffs : (n, A_1, ..., A_n); for one player, (1, A), each action has a fixed payoff.
    dynamic : a name of the table above.
    start : one distribution a player, or a list of one for a single population.
    times : (T,), increasing; the first is the time of the start.
    temperature : of ``logit`` and ``boltzmann-q``, in units of payoff.
    single_population : play a symmetric game of two players within one population.

    Raises
    ------
    ValueError
        for malformed payoffs, an unknown dynamic, a start that is no profile, times that do not increase, a temperature
        that is not positive, or a single population in a game that is not symmetric.
    ArithmeticError
        when the integration fails.
    """
    field = _field(payoffs, dynamic, temperature, single_population)
    start = [np.asarray(x, np.float64)[None] for x in field.check(start)]
    times = np.asarray(times, np.float64)
    if times.ndim != 1 or len(times) < 2 or not np.all(np.diff(times) > 0):
        raise ValueError("times must hold at least two numbers, each larger than the one before")
    found = _integrate(field, np.concatenate(start, axis=1), times, "LSODA", ORBIT_ACCURACY)[:, 0]
    profiles = field.split(found)
    return Orbit(times, tuple(profiles), field.residual([x[-1] for x in profiles]))


def basins(
    payoffs: np.ndarray,
    dynamic: str,
    starts: int,
    seed: int,
    *,
    longest: float = 1000.0,
    temperature: float = 0.1,
    single_population: bool = False,
) -> Basins:
    """Send random starts to where a dynamic leads them.

    Starts are uniform on the simplices. One is at rest when no probability changes faster than 1e-6 a unit of time, and
    none grows by more than 1e-4 of itself (as it does on the way past a saddle). Two are at the same rest point when no
    probability differs by more than 0.01, so that a continuum of rest points is cut into pieces of that size.

    Parameters
    ----------
    payoffs, dynamic, temperature, single_population : as in `orbit`.
    starts : how many, positive.
    seed : of the generator that draws them.
    longest : the time at which a start that is not at rest is counted as unsettled.

    Raises
    ------
    ValueError
        as `orbit`, for no starts, or a time that is not positive.
    ArithmeticError
        when the integration fails.
    """
    field = _field(payoffs, dynamic, temperature, single_population)
    if starts < 1:
        raise ValueError(f"starts must be at least 1, not {starts}")
    if not (np.isfinite(longest) and longest > 0):
        raise ValueError(f"longest must be positive and finite, not {longest}")
    rng = np.random.default_rng(seed)
    points = np.concatenate([rng.dirichlet(np.ones(size), starts) for size in field.sizes], axis=1)
    moving, now = np.arange(starts), 0.0
    while len(moving) and now < longest:
        until = min(longest, max(1.0, 2.0 * now))
        points[moving] = _integrate(field, points[moving], np.array([now, until]), "DOP853", BASIN_ACCURACY)[-1]
        now = until
        speed = field.speed(points[moving])
        growth = speed / np.maximum(points[moving], EXTINCT)
        moving = moving[(np.abs(speed).max(axis=1) > SLOW) | (growth.max(axis=1) > STEADY)]
    return _counted(field, np.delete(points, moving, axis=0), len(moving))


def symmetric_matrix(payoffs: np.ndarray) -> np.ndarray:
    """Return the payoffs (A, A) of the own action (row) against the other's in a symmetric game of two players.

    Raises
    ------
    ValueError
        when ``payoffs`` is malformed, or not of a symmetric game of two players.
    """
    payoffs = check_payoffs(payoffs)
    if len(payoffs) != 2 or payoffs.shape[1] != payoffs.shape[2] or not np.array_equal(payoffs[0], payoffs[1].T):
        raise ValueError(
            "payoffs must be of a symmetric game of two players (payoffs[1] the transpose of payoffs[0]) for a single "
            f"population, and are of the shape {payoffs.shape}"
        )
    return payoffs[0]


@dataclass(frozen=True, eq=False)
class _Field:
    """A game with the dynamic that its players, or its one population, follow. Lanes stand along the first axis."""

    payoffs: np.ndarray
    sizes: tuple[int, ...]
    flow: Flow

    def split(self, points: np.ndarray) -> list[np.ndarray]:
        return np.split(points, np.cumsum(self.sizes)[:-1], axis=-1)

    def everyone(self, profile: list[np.ndarray]) -> list[np.ndarray]:
        """Return the profile of all players, for a population that plays itself too."""
        return profile * (len(self.payoffs) // len(self.sizes))

    def check(self, profile: Sequence[np.ndarray]) -> list[np.ndarray]:
        if len(profile) != len(self.sizes):
            raise ValueError(f"start must hold {len(self.sizes)} distributions, not {len(profile)}")
        return check_profile(self.payoffs, self.everyone(list(profile)))[: len(self.sizes)]

    def residual(self, profile: list[np.ndarray]) -> float:
        return float(deviation_gains(self.payoffs, self.everyone(profile)).max())

    def speed(self, points: np.ndarray) -> np.ndarray:
        # Restored at every call: where payoffs are negative, the replicator would let errors of the sum grow.
        profile = [_restored(x) for x in self.split(points)]
        everyone = self.everyone(profile)
        moves = [self.flow(x, _values(self.payoffs[i], everyone, i)) for i, x in enumerate(profile)]
        return np.concatenate(moves, axis=1)


def _field(payoffs: np.ndarray, dynamic: str, temperature: float, single_population: bool) -> _Field:
    payoffs = check_payoffs(payoffs)
    if not (np.isfinite(temperature) and temperature > 0):
        raise ValueError(f"temperature must be positive and finite, not {temperature}")
    sharp = SHARPNESS * max(float(np.ptp(own)) for own in payoffs) or 1.0
    flows: dict[str, Flow] = {
        "replicator": _replicator,
        "softmax-policy-gradient": _softmax_policy_gradient,
        "boltzmann-q": partial(_boltzmann_q, temperature=temperature),
        "logit": partial(_logit, temperature=temperature),
        "best-response": partial(_logit, temperature=sharp),
        "bnn": _bnn,
    }
    if dynamic not in flows:
        raise ValueError(f"dynamic must be one of {', '.join(flows)}, not {dynamic!r}")
    sizes = symmetric_matrix(payoffs).shape[:1] if single_population else payoffs.shape[1:]
    return _Field(payoffs, sizes, flows[dynamic])


def _advantage(x: np.ndarray, u: np.ndarray) -> np.ndarray:
    return u - (x * u).sum(axis=-1, keepdims=True)


def _replicator(x: np.ndarray, u: np.ndarray) -> np.ndarray:
    return x * _advantage(x, u)


def _softmax_policy_gradient(x: np.ndarray, u: np.ndarray) -> np.ndarray:
    return _replicator(x, _replicator(x, u))


def _boltzmann_q(x: np.ndarray, u: np.ndarray, temperature: float) -> np.ndarray:
    return _replicator(x, u / temperature - np.log(np.maximum(x, np.finfo(float).tiny)))


def _logit(x: np.ndarray, u: np.ndarray, temperature: float) -> np.ndarray:
    return logit_choice(u, 1.0 / temperature) - x


def _bnn(x: np.ndarray, u: np.ndarray) -> np.ndarray:
    excess = np.maximum(_advantage(x, u), 0.0)
    return excess - x * excess.sum(axis=-1, keepdims=True)


def _values(own: np.ndarray, profile: list[np.ndarray], player: int) -> np.ndarray:
    """Return the payoffs (lanes, A_i) of a player's actions when each lane's others play its profile."""
    others = [x for k, x in enumerate(profile) if k != player]
    values = np.moveaxis(own, player, 0)[None]
    for x in reversed(others):
        values = np.einsum("l...a,la->l...", values, x) if len(values) > 1 else np.tensordot(x, values[0], (1, -1))
    return np.broadcast_to(values, (len(profile[player]), own.shape[player]))


def _restored(x: np.ndarray) -> np.ndarray:
    """Return the distributions that rounding has made of ``x``: nothing is negative, and sums are 1."""
    x = np.maximum(x, 0.0)
    return x / x.sum(axis=-1, keepdims=True)


def _integrate(field: _Field, points: np.ndarray, times: np.ndarray, method: str, accuracy: float) -> np.ndarray:
    """Return the points (T, lanes, sum of A_i) of all lanes at the given times."""
    from scipy.integrate import solve_ivp

    found = solve_ivp(
        lambda _, y: field.speed(y.reshape(points.shape)).ravel(),
        (times[0], times[-1]),
        points.ravel(),
        method=method,
        t_eval=times,
        rtol=accuracy,
        atol=EXTINCT,
    )
    if not found.success:
        raise ArithmeticError(f"the orbit could not be followed: {found.message}")
    path = found.y.T.reshape(len(times), *points.shape)
    return np.concatenate([_restored(x) for x in field.split(path)], axis=-1)


def _counted(field: _Field, points: np.ndarray, unsettled: int) -> Basins:
    """Gather the points at rest: each joins the first centre within reach, or becomes one."""
    centres: list[np.ndarray] = []
    members: list[list[np.ndarray]] = []
    for point in points:
        near = [k for k, centre in enumerate(centres) if np.abs(point - centre).max() <= SAME_POINT]
        if near:
            members[near[0]].append(point)
        else:
            centres.append(point)
            members.append([point])
    members.sort(key=len, reverse=True)
    means = np.array([np.mean(group, axis=0) for group in members]).reshape(-1, sum(field.sizes))
    rest_points = tuple(field.split(means))
    residuals = np.array([field.residual(list(profile)) for profile in zip(*rest_points, strict=True)])
    return Basins(rest_points, np.array([len(group) for group in members], np.int64), unsettled, residuals)
