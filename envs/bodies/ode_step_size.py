"""OdeStepSize: choose every step of a Runge-Kutta method along the solution of an ordinary differential equation.

Description
-----------
A solution of one of four systems is followed to the time ``until`` with the method of order 5 of Dormand and Prince's
pair. The agent chooses every step and sees no estimate of the error: only the six evaluations that the last step was
made of. Long steps are paid for as long as their error stays below a tolerance, as in Dellnitz et al. 2023, whose
method, steps, tolerance and reward these are. The steps of the van der Pol oscillator are RegretLab's, and so are the
starts of all systems but Lorenz'.

=================== ========== ====================== ==================================================
``system``          dimension  steps                  equations
=================== ========== ====================== ==================================================
``lorenz``          3          10, 0.02 to 0.07       sigma = 10, rho = 28, beta = 8/3
``double-pendulum`` 4          20, 0.014 to 0.1       unit masses and lengths, g = 9.81; angles from below
``henon-heiles``    4          10, 0.56 to 0.8        potential (x^2 + y^2) / 2 + x^2 y - y^3 / 3
``van-der-pol``     2          10, 0.03 to 0.3        x'' = 5 (1 - x^2) x' - x
=================== ========== ====================== ==================================================

Action Space
------------
``Discrete(10)`` or ``Discrete(20)``: the step, in ascending order. Those of ``double-pendulum`` and ``van-der-pol``
have equal ratios and six digits. The step that would pass the end is cut to end on time.

Observation Space
-----------------
``Box`` of 1 + 6 * dimension float64. 0: logarithm to base 10 of the last step. Then the stages k1 to k6 of the last
step, the derivatives of all coordinates that it evaluated, one stage after the other, each coordinate divided by a
fixed scale of the system (`regretlab.envs.bodies.ode_systems`) and kept within -20 and 20. k1 belongs to the state
before the step; the state after it was not evaluated yet. The time, which matters for the last step alone, is not seen.

Rewards
-------
The error of a step h is the Euclidean distance between where it leads and where 16 steps of h/16 lead from the same
state (see "Certificate" for how accurate that is). The reward is ::

    0.1 + 1.9 * log(h / shortest) / log(longest / shortest)     if error < tolerance
    log10(tolerance / error)                                    else

So an accurate step is worth 0.1 (the shortest) to 2 (the longest). A step that was cut counts with the length it had,
or as the shortest if it is below. Errors count as at most 1e10.

Starting State
--------------
``seeds`` names the set of starts, ``train``, ``validation`` or ``test``: numbers that
``numpy.random.default_rng(seed).uniform`` draws from a box of the system with the seeds 1, 2 and 3. Chance picks one of
the first ``starts`` rows uniformly, or ``options={"outcome": row}`` does. From there one step of the shortest length is
taken, so that there are stages to see; it has no reward. The boxes: of ``lorenz``, x and y from -10 to 10 and z from 15
to 35; of ``double-pendulum``, angles from -3 to 3 and their velocities from -1 to 1; of ``henon-heiles``, all from
-0.25 to 0.25, where energies are below 0.14 and nothing escapes; of ``van-der-pol``, x and x' from -2 to 2.

Episode End
-----------
Terminated, ``info["reason"]`` telling why: 1 arrived at the time ``until``, 2 a number overflowed, in the step or in
the reference of it (the state then stays as it was before). 0: under way.

``info`` holds further the ``evaluations`` of the equations since the start, six a step (those that measure the error
are not counted), the ``error`` of the last step, and the ``time``.

Arguments
---------
system : the equations, one of the table.
tolerance : error of one step from which on it is not paid.
until : time at which the episode ends; longer than the longest step of each system.
seeds : set of starts, ``train``, ``validation`` or ``test``.
starts : how many starts of the set.

Certificate
-----------
The article learns with a discount of 0: a decision is worth its own reward, and its best action, the longest accurate
step, is known at once. A return over a fixed time is another matter. Later states depend on earlier steps, and since an
episode of shorter steps has more of them, *the longest accurate step is not the best one*: among accurate fixed steps
the reward per unit of time is the greatest where log(h / shortest) + 0.1 / 1.9 * log(longest / shortest) = 1, which is
inside the grid of every system but ``henon-heiles``.

Nobody knows the optimum, and this is a *reference*, which an agent may exceed: the best of three comparators, each of
which ``facts`` has by itself.

* The best fixed step over the table of starts, in hindsight.
* ``greedy``: at every decision the action with the greatest reward, the longest accurate step where there is one.
* ``priced``: the action with the greatest ``reward - price * h``, where the price of time is what the better of the
  two others earned per unit of time.

The last two try every step before they take one, which an agent cannot; their evaluations count one step a decision
all the same. ``facts`` also has the mean over the starts of the best fixed step of each, and evaluations and errors of
all. Uniform random play is the mean of simulated episodes. For the default knobs, all systems and all sets of starts
the numbers are stored (``assets/reference/ode_step_size.json``, written by
``python benchmarks/reference_ode_step_size.py``); others are computed, which takes some seconds, for the double
pendulum two minutes.

The 16 steps are of the same order and have about 1/16**5 of the error of the one, so that errors near the tolerance are
right to at least four digits: tests compare them with an integrator of order 8.

Version History
---------------
v0: first release.

References
----------
M. Dellnitz, E. Huellermeier, M. Luecke, S. Ober-Bloebaum, C. Offen, S. Peitz and K. Pfannschmidt, "Efficient time
stepping for numerical integration using reinforcement learning", SIAM J. Sci. Comput. 45, 2023, A579-A595
(arXiv:2104.03562).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, kernel
from ..core.environment import Last
from ..core.fusing import specialise
from .measures import BOUND, MOST_ERROR, bounded_error, excess, logarithm
from .ode_systems import EVALUATIONS, SYSTEMS, System, accurate, distance, dormand_prince, finite
from .ode_systems import starts as table_of_starts

LEAST_REWARD, MOST_REWARD = 0.1, 2.0
#: How far, in steps, the end may be behind a step that still reaches it: else rounding would leave a tiny last step.
SLACK = 1.0 + 1e-9
UNDER_WAY, ARRIVED, OVERFLOW = range(3)
REASONS = ("under way", "arrived", "overflow")


class Params(NamedTuple):
    """The system by its place in `SYSTEMS`, its dimension, steps and scales (4,), the table of starts, and the knobs.

    ``ratio``: logarithm of the longest step by the shortest.
    """

    system: int
    dimension: int
    choices: np.ndarray
    scales: np.ndarray
    starts: np.ndarray
    ratio: float
    tolerance: float
    duration: float


class State(NamedTuple):
    """The state of the system (lanes, 4), the stages of the last step (lanes, 24), and one entry a lane.

    ``h``, length and ``error`` of the last step, and ``time``; since the start, ``evaluations``; and why it ended.
    """

    y: np.ndarray
    stages: np.ndarray
    time: np.ndarray
    h: np.ndarray
    error: np.ndarray
    evaluations: np.ndarray
    reason: np.ndarray


def params(system: str, tolerance: float, until: float, seeds: str, starts: int) -> Params:
    """Build the parameters from checked knobs."""
    of = SYSTEMS[system]
    scales = np.ones(4)
    scales[: len(of.names)] = of.scales
    return Params(
        system=list(SYSTEMS).index(system),
        dimension=len(of.names),
        choices=np.array(of.grid),
        scales=scales,
        starts=table_of_starts(system, seeds, starts),
        ratio=math.log(of.grid[-1] / of.grid[0]),
        tolerance=tolerance,
        duration=until,
    )


def system_of(p: Params) -> System:
    """Return the system of these parameters."""
    return list(SYSTEMS.values())[p.system]


def spec(p: Params) -> Spec:
    """Declare the task: one player, the steps of the system, its last step and stages."""
    stages = 6 * p.dimension
    return Spec(
        actions=(len(p.choices),),
        action_names=(tuple(f"h = {each:.3g}" for each in p.choices),),
        observation=Observation.vector(
            [logarithm(p.choices[0]), *[-BOUND] * stages], [logarithm(p.choices[-1]), *[BOUND] * stages]
        ),
        reward_range=(-excess(MOST_ERROR, p.tolerance), MOST_REWARD),
        criterion=Criterion("return"),
        start_outcomes=len(p.starts),
        enumerable=False,
        info=("evaluations", "error", "time", "reason"),
        guarded=True,
    )


def kernels(p: Params) -> dict[str, Any]:
    """Bind the equations."""
    equations = {"field": system_of(p).field}
    return {"begin": specialise(begin, equations), "apply": specialise(apply, equations)}


def allocate(p: Params, lanes: int) -> State:
    """Allocate the state of ``lanes`` lanes."""
    numbers = (np.zeros(lanes) for _ in range(3))
    return State(np.zeros((lanes, 4)), np.zeros((lanes, 24)), *numbers, *(np.zeros(lanes, np.int64) for _ in range(2)))


@kernel
def start(p, c, stage, prob):
    """Draw a row of the table of starts, uniformly."""
    count = p.starts.shape[0]
    for k in range(count):
        prob[k] = 1.0 / count
    return count


@kernel
def begin(p, s, i, c):
    """Place the system as in row ``c[0]`` of the table, and take a step of the shortest length."""
    h = float(p.choices[0])
    y, stages, error = attempt(place(p.starts, c[0]), h)
    keep(s, i, y, stages)
    s.time[i] = h
    s.h[i] = h
    s.error[i] = error
    s.evaluations[i] = EVALUATIONS
    s.reason[i] = UNDER_WAY


@kernel
def apply(p, s, i, a, c, r):
    """Take a step, weigh its length and error, and see whether the episode ends."""
    h, time = float(p.choices[a[i, 0]]), float(s.time[i])
    used = cut(p, time, h)
    y, stages, error = attempt(place(s.y, i), used)
    s.h[i] = h
    s.error[i] = error
    s.evaluations[i] += EVALUATIONS
    if not finite(y):
        s.reason[i] = OVERFLOW
    else:
        keep(s, i, y, stages)
        s.time[i] = time + used
        if used == p.duration - time:
            s.time[i] = p.duration
            s.reason[i] = ARRIVED
    r[i, 0] = worth(p, used, error)
    return s.reason[i] != UNDER_WAY


@kernel
def observe(p, s, i, o):
    """Show the last step and its stages."""
    o[i, 0, 0] = logarithm(s.h[i])
    for stage in range(6):
        for k in range(p.dimension):
            value = s.stages[i, 4 * stage + k] / p.scales[k]
            value = value if value < BOUND else BOUND  # also where it is not a number
            o[i, 0, 1 + stage * p.dimension + k] = max(value, -BOUND)


@kernel
def info(p, s, i, out):
    """Write cost, error, time and the reason for the end."""
    out[i, 0] = s.evaluations[i]
    out[i, 1] = s.error[i]
    out[i, 2] = s.time[i]
    out[i, 3] = s.reason[i]


# Steps ----------------------------------------------------------------------------------------------------------------


@kernel
def attempt(y, h):
    """Return the state after one step, its stages, and its error: `MOST_ERROR` and no finite state if it overflows."""
    y_new, stages = dormand_prince(y, h)
    truth = accurate(y, h)
    if not finite(y_new) or not finite(truth):
        return (math.inf, math.inf, math.inf, math.inf), stages, MOST_ERROR
    return y_new, stages, bounded_error(distance(y_new, truth))


@kernel
def cut(p, time, h):
    """Return the step that is taken when ``h`` is chosen: ``h``, or what is left until the end."""
    left = p.duration - time
    return left if left <= h * SLACK else h


@kernel
def worth(p, h, error):
    """Return the reward of a step that was taken."""
    if not error < p.tolerance:
        return -excess(error, p.tolerance)
    shortest, longest = float(p.choices[0]), float(p.choices[p.choices.shape[0] - 1])
    share = math.log(min(max(h, shortest), longest) / shortest) / p.ratio
    return LEAST_REWARD + (MOST_REWARD - LEAST_REWARD) * share


@kernel
def advised(p, s, i, price):
    """Return the action with the greatest ``reward - price * h``, the longer one of equals."""
    best, action = -math.inf, 0
    for k in range(p.choices.shape[0]):
        used = cut(p, float(s.time[i]), float(p.choices[k]))
        value = worth(p, used, attempt(place(s.y, i), used)[2]) - price * used
        if value >= best:
            best, action = value, k
    return action


@kernel
def place(values, i):
    """Return row ``i`` of an array (lanes, 4) as a tuple of numbers."""
    return float(values[i, 0]), float(values[i, 1]), float(values[i, 2]), float(values[i, 3])


@kernel
def keep(s, i, y, stages):
    """Write the state of the system and the stages into lane ``i``."""
    for k in range(4):
        s.y[i, k] = y[k]
        for stage in range(6):
            s.stages[i, 4 * stage + k] = stages[stage][k]


def certificate(p: Params) -> Certificate:
    """Return the reference values (see "Certificate")."""
    from .ode_step_size_reference import certify

    return certify(p)


def ansi(p: Params, s: State, i: int, last: Last) -> str:
    """Draw the solution ahead, and the numbers of lane ``i``."""
    from .ode_step_size_picture import describe

    return describe(p, s, i, last)


def paint(p: Params, s: State, i: int, last: Last) -> np.ndarray:
    """Paint lane ``i``, uint8 (440, 660, 3): the last step, the solution ahead, the step size and the error."""
    from .ode_step_size_picture import picture

    return picture(p, s, i, last)
