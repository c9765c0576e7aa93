"""Partners that learn while they are played against, anew in every episode.

A learner's kernels play the other seat of a repeated game. What it draws comes from a stream of its own in the state,
so that the environment is stepped like any other but cannot be listed: how well one can play against it is found by
simulation, and labelled as a reference.

Several learners are a chain, ``Pair(first, Pair(second, third))``, of parameters and of states alike, through which a
kernel goes to the one whose turn it is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cache, reduce
from typing import Any, NamedTuple

import numpy as np

from ...baselines.learner import Learner, load
from ..core.certificate import Certificate, Value
from ..core.environment import Environment, assemble, freeze
from ..core.environment import _no_payoffs as inner_payoffs
from ..core.environment import _nothing as inner_apply
from ..core.environment import _nothing as inner_begin
from ..core.environment import _nothing as inner_observe
from ..core.fusing import specialise
from ..core.kernel import kernel
from ..core.registry import build
from ..core.streams import mix64, skip
from ..core.wrapping import look_inside
from . import pools
from .rules import PARTNER
from .several import DRAWN

SELF = 0
LEARNERS, WANTED, FIELD = 1, False, 0
SEEDS = 200  # games against each automaton, of which half tell what the best of them earns


class Pair(NamedTuple):
    """A learner's parameters or state, and the ``rest`` of the chain, which ends with those of the last learner."""

    first: Any
    rest: Any


class Params(NamedTuple):
    """The game's parameters, the learners' parameters, and a row of each learner's state that has learned nothing."""

    inner: Any
    learners: Any
    fresh: Any


class State(NamedTuple):
    """The game's state, and first axis lane: the learners' states, a row a lane each.

    ``partner`` is the number of the lane's own learner (`DRAWN`: drawn at every start), ``playing`` that of the present
    episode, and ``chosen`` its action in the coming round; ``key`` is the stream from which its own is seeded.
    ``joint`` (lanes, 2), ``rewards``, ``totals``, ``seen`` and ``would`` (lanes, 2, actions) are working memory.
    """

    inner: Any
    learners: Any
    partner: np.ndarray
    playing: np.ndarray
    chosen: np.ndarray
    key: np.ndarray
    joint: np.ndarray
    rewards: np.ndarray
    totals: np.ndarray
    seen: np.ndarray
    would: np.ndarray

    def __getattr__(self, name: str) -> Any:
        return look_inside(self, name)


@cache
def pool() -> dict[str, Learner]:
    """Return the learners of the pool `pools.LEARNERS` by name."""
    entries = pools.load(pools.LEARNERS).entries
    return {each["name"]: load(each["learner"], **each.get("parameters", {})) for each in entries}


def against_learners(game: Environment, learners: Sequence[Learner], told: bool) -> Environment:
    """Return what player 0 of ``game`` meets when one of ``learners`` is player 1.

    Which one is drawn at every start, with equal probability; of several a lane can have its own (the lane parameter
    ``partner``). A learner begins every episode without having learned anything.

    Parameters
    ----------
    game : a repeated game of two players with full feedback.
    learners : at least one.
    told : whether player 0 is told what each of its actions would have paid.

    Raises ValueError for a learner that cannot play the game.
    """
    known = [_prepared(game, each) for each in learners]
    states = [each.rows(game, [PARTNER], np.zeros(1, np.uint64)) for each in known]
    chain = reduce(_before, list(zip(known, states, strict=True))[-2::-1], _last(known[-1], states[-1]))
    spec = game.spec
    bindings = {f"inner_{name}": each for name, each in game.kernels.items()} | chain.kernels
    bindings |= {"LEARNERS": len(known), "WANTED": any(each.accepts.feedback == "full" for each in known)}
    kernels = {"start": start, "begin": begin, "apply": apply, "observe": observe}
    kernels |= {"payoffs": payoffs} if told else {}
    choice: dict[str, Any] = {}
    if len(known) > 1:
        choice["lane_parameters"] = {**spec.lane_parameters, "partner": DRAWN}
        choice["lane_ranges"] = {**spec.lane_ranges, "partner": (DRAWN, len(known) - 1)}
    return assemble(
        id=game.id,
        knobs=game.knobs,
        slug=f"Against_{'_'.join(each.slug for each in known)}_{game.slug}",
        spec=dataclasses.replace(
            spec,
            actions=spec.actions[:PARTNER],
            action_names=spec.action_names[:PARTNER],
            observation=dataclasses.replace(spec.observation, sizes=spec.observation.sizes[:PARTNER]),
            start_stages=1,
            start_outcomes=len(known),
            sampled=True,
            scratch=("joint", "rewards", "totals", "seen", "would", *(f"inner.{name}" for name in spec.scratch)),
            **choice,
        ),
        params=freeze(Params(game.params, chain.params, chain.fresh)),
        allocate=lambda lanes: _allocate(game, known, lanes),
        kernels={name: specialise(template, bindings) for name, template in kernels.items()},
    )


def references(payoffs: np.ndarray, learners: Mapping[str, Learner], rounds: int, memory: int) -> Certificate:
    """Return what the best of many ways to play earns against the learners, and uniform play, by simulation.

    Facts: ``best_responses`` and ``random_responses``, the values by the learner's name.
    """
    from ...evaluation.simulated_response import simulated_best_response

    found = {
        name: simulated_best_response(payoffs, each, rounds, SEEDS, memory=memory) for name, each in learners.items()
    }
    return Certificate(
        "return per episode",
        _mean([each.value for each in found.values()]),
        _mean([each.random for each in found.values()]),
        facts={
            "best_responses": {name: each.value.value for name, each in found.items()},
            "random_responses": {name: each.random.value for name, each in found.items()},
        },
    )


def _mean(values: Sequence[Value]) -> Value:
    """Return the mean of references; its interval, the mean of theirs, is wider than it need be."""
    if len(values) == 1:
        return values[0]
    how = "; ".join(each.how for each in values)
    mean, low, high = (sum(getattr(each, end) for each in values) / len(values) for end in ("value", "low", "high"))
    return Value(mean, "reference", f"mean over the partners: {how}", low, high)


class _Chain(NamedTuple):
    """A chain of learners: parameters, fresh states of one row, and the kernels ``choose``, ``learn``, ``forget``."""

    params: Any
    fresh: Any
    kernels: dict[str, Any]


def _last(learner: Learner, fresh: Any) -> _Chain:
    """Return the chain of one learner."""
    bound = {"act": learner.kernels["act"], "update": learner.kernels["update"], "restore": _restoring(fresh)}
    templates = {"choose": choose_alone, "learn": learn_alone, "forget": forget_alone}
    kernels = {name: specialise(each, bound) for name, each in templates.items()}
    return _Chain(learner.params, fresh, kernels)


def _before(rest: _Chain, player: tuple[Learner, Any]) -> _Chain:
    """Return the chain ``rest`` with another learner and its fresh state before it."""
    first = _last(*player)
    bound = {f"{name}_alone": each for name, each in first.kernels.items()}
    bound |= {f"{name}_rest": each for name, each in rest.kernels.items()}
    templates = {"choose": choose_first, "learn": learn_first, "forget": forget_first}
    kernels = {name: specialise(each, bound) for name, each in templates.items()}
    return _Chain(Pair(first.params, rest.params), Pair(first.fresh, rest.fresh), kernels)


def _restoring(state: Any) -> Any:
    """Return the kernel that copies the only row of a state like ``state`` into row ``i`` of another one."""
    restoring: Any = restore
    for number, value in enumerate(state):
        copy = RESTORE[value.ndim] if isinstance(value, np.ndarray) else _restoring(value)
        restoring = specialise(restore_field, {"FIELD": number, "copy": copy, "restore": restoring})
    return restoring


def _prepared(game: Environment, learner: Learner) -> Learner:
    if learner.accepts.observation not in ("integer", "none"):
        raise ValueError(
            f"{learner.name} is not allowed as a partner: it plays by {learner.accepts.observation!r}, and a partner "
            "sees what was played"
        )
    # A learner from its own reward alone refuses games that tell it more, which it is not told here.
    bandit = learner.accepts.feedback == "bandit"
    return learner.prepared(build(game.id, **{**game.knobs, "feedback": "bandit"}) if bandit else game, [PARTNER])


def _allocate(game: Environment, learners: Sequence[Learner], lanes: int) -> State:
    states = [each.rows(game, [PARTNER], np.zeros(lanes, np.uint64)) for each in learners]
    return State(
        inner=game.allocate(lanes),
        learners=reduce(lambda rest, each: Pair(each, rest), states[-2::-1], states[-1]),
        partner=np.full(lanes, DRAWN, np.int64),
        playing=np.zeros(lanes, np.int64),
        chosen=np.zeros(lanes, np.int64),
        key=np.zeros(lanes, np.uint64),
        joint=np.zeros((lanes, 2), np.int64),
        rewards=np.zeros((lanes, 2)),
        totals=np.zeros((lanes, 2)),
        seen=np.zeros((lanes, 2), np.int64),
        would=np.zeros((lanes, 2, max(game.spec.actions))),
    )


@kernel
def act(lp, ls, row, observation):
    """Stand for a learner's choice."""
    return 0


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Stand for a learner's update."""


@kernel
def choose_alone(lp, ls, which, i, observation):
    """Return the action of a learner."""
    return np.int64(act(lp, ls, i, observation))


choose = choose_rest = choose_alone


@kernel
def choose_first(lp, ls, which, i, observation):
    """Return the action of learner ``which`` of a chain."""
    if which == 0:
        return choose_alone(lp.first, ls.first, which, i, observation)
    return choose_rest(lp.rest, ls.rest, which - 1, i, observation)


@kernel
def learn_alone(lp, ls, which, i, observation, action, reward, following, payoffs):
    """Let a learner learn from a round."""
    update(lp, ls, i, observation, action, reward, following, False, False, payoffs)


learn = learn_rest = learn_alone


@kernel
def learn_first(lp, ls, which, i, observation, action, reward, following, payoffs):
    """Let learner ``which`` of a chain learn from a round."""
    if which == 0:
        learn_alone(lp.first, ls.first, which, i, observation, action, reward, following, payoffs)
    else:
        learn_rest(lp.rest, ls.rest, which - 1, i, observation, action, reward, following, payoffs)


@kernel
def restore(ls, fresh, i):
    """Do nothing: the end of the fields."""


@kernel
def restore_numbers(target, fresh, i):
    """Copy the only entry of an array (rows,)."""
    target[i] = fresh[0]


@kernel
def restore_vectors(target, fresh, i):
    """Copy the only row of an array (rows, n)."""
    for j in range(fresh.shape[1]):
        target[i, j] = fresh[0, j]


@kernel
def restore_matrices(target, fresh, i):
    """Copy the only row of an array (rows, m, n)."""
    for j in range(fresh.shape[1]):
        for k in range(fresh.shape[2]):
            target[i, j, k] = fresh[0, j, k]


@kernel
def restore_blocks(target, fresh, i):
    """Copy the only row of an array (rows, l, m, n)."""
    for j in range(fresh.shape[1]):
        for k in range(fresh.shape[2]):
            for m in range(fresh.shape[3]):
                target[i, j, k, m] = fresh[0, j, k, m]


RESTORE = {1: restore_numbers, 2: restore_vectors, 3: restore_matrices, 4: restore_blocks}
copy = restore_numbers


@kernel
def restore_field(ls, fresh, i):
    """Copy the only row of field `FIELD`, and then the fields before it."""
    copy(ls[FIELD], fresh[FIELD], i)
    restore(ls, fresh, i)


@kernel
def forget_alone(ls, fresh, which, i, key):
    """Let a learner begin anew, with the stream ``key``."""
    restore(ls, fresh, i)
    ls.key[i] = key


forget = forget_rest = forget_alone


@kernel
def forget_first(ls, fresh, which, i, key):
    """Let learner ``which`` of a chain begin anew."""
    if which == 0:
        forget_alone(ls.first, fresh.first, which, i, key)
    else:
        forget_rest(ls.rest, fresh.rest, which - 1, i, key)


@kernel
def start(p, c, stage, prob):
    """Any of the learners."""
    for k in range(LEARNERS):
        prob[k] = 1.0 / LEARNERS
    return LEARNERS


@kernel
def begin(p, s, i, c):
    """Begin the game with a learner that knows nothing, and let it choose."""
    inner_begin(p.inner, s.inner, i, c)
    s.playing[i] = s.partner[i] if s.partner[i] >= 0 else c[0]
    skip(s.key, i)
    forget(s.learners, p.fresh, s.playing[i], i, mix64(s.key[i]))
    for k in range(2):
        s.totals[i, k] = 0.0
    inner_observe(p.inner, s.inner, i, s.seen)
    s.chosen[i] = choose(p.learners, s.learners, s.playing[i], i, s.seen[i, PARTNER])


@kernel
def apply(p, s, i, a, c, r):
    """Play the round, let the partner learn from it and choose for the next one; pay the player."""
    s.joint[i, SELF] = a[i, 0]
    s.joint[i, PARTNER] = s.chosen[i]
    inner_observe(p.inner, s.inner, i, s.seen)
    before = s.seen[i, PARTNER]
    if WANTED:
        inner_payoffs(p.inner, s.inner, i, s.joint, s.would)
    stop = inner_apply(p.inner, s.inner, i, s.joint, c, s.rewards)
    inner_observe(p.inner, s.inner, i, s.seen)
    for k in range(2):
        s.totals[i, k] += s.rewards[i, k]
    which, earned, seen = s.playing[i], s.rewards[i, PARTNER], s.seen[i, PARTNER]
    learn(p.learners, s.learners, which, i, before, s.chosen[i], earned, seen, s.would[i, PARTNER])
    s.chosen[i] = choose(p.learners, s.learners, which, i, seen)
    r[i, 0] = s.rewards[i, SELF]
    return stop


@kernel
def observe(p, s, i, o):
    """Show the player its own observation."""
    inner_observe(p.inner, s.inner, i, s.seen)
    o[i, 0] = s.seen[i, SELF]


@kernel
def payoffs(p, s, i, a, u):
    """Write the reward that each own action would have in this round, in which the partner has chosen already."""
    s.joint[i, SELF] = a[i, 0]
    s.joint[i, PARTNER] = s.chosen[i]
    inner_payoffs(p.inner, s.inner, i, s.joint, s.would)
    for own in range(u.shape[2]):
        u[i, 0, own] = s.would[i, SELF, own]
