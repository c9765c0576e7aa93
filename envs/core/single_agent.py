"""A game of several players as one of them sees it, the other seats being played by given partners."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from . import single_agent_kernels as templates
from .automaton import Automaton
from .environment import Environment, Last, assemble, freeze
from .fusing import specialise
from .single_agent_kernels import Params, State
from .spec import Spec

SCRATCH = ("joint", "rewards", "totals", "seen", "masks", "would")


def as_single_agent(
    environment: Environment, partners: Mapping[int, Automaton | np.ndarray], player: int = 0
) -> Environment:
    """Return the environment of one player that ``player`` of ``environment`` meets when ``partners`` play the others.

    It is an environment like any other: compiled, batched, and listed exactly, the partners' states being a part of its
    state. The player sees its own observation and gets its own reward; the criterion and the horizon stay. There is no
    certificate: the optimum against these partners is solved from the exact model, whose states hold the partners' too.
    Counterfactual rewards are expectations over the partners' draws.

    Chance comes in this order: one stage for each partner that ever draws its action, by seat, then the stages of the
    game. A partner that never draws needs none, so that a deterministic game against it stays deterministic. In the
    same way first states that are drawn follow the game's own start stages.

    Parameters
    ----------
    environment : a game of at least two players.
    partners : who plays each of the other seats: an `Automaton`, or a policy, an array of float (observations, actions)
        with the distribution of the action after each integer observation of that seat. Partners are not shown action
        masks: where the game has some, they must keep to legal actions by themselves.
    player : the seat that is left.

    Raises
    ------
    TypeError
        for a partner of another kind.
    ValueError
        for a seat that does not exist, is given twice or left without a partner, or a partner that does not fit it.
    """
    spec = environment.spec
    seats = check_seats(environment, partners, player)
    machines = {seat: _machine(environment, seat, partners[seat]) for seat in seats}
    order = sorted(seats, key=lambda seat: (_certain(machines[seat]), seat))
    params = _params(environment, [machines[seat] for seat in order], order, player)
    mixed = sum(not _certain(machine) for machine in machines.values())
    constants = {
        "OTHERS": len(order),
        "MIXED": mixed,
        "SPLIT": mixed > 0 and spec.stages > 0,
        "INNER_STARTS": spec.start_stages,
        "READERS": bool(params.reads.any()),
    }
    bindings = {f"inner_{name}": each for name, each in environment.kernels.items()} | constants
    names = ["start", "begin", "apply", *sorted({"legal", "info", "payoffs"} & environment.defined)]
    if mixed + spec.stages:
        names.append("chance")
        if not spec.stages or "pick" in environment.defined:
            names.append("pick")
    kernels = {name: getattr(templates, name) for name in names}
    kernels["observe"] = getattr(templates, f"observe_{spec.observation.kind}")
    ansi, paint, means = environment.ansi, environment.paint, environment.expected
    return assemble(
        id=environment.id,
        knobs=environment.knobs,
        slug=f"SingleAgent_{environment.slug}",
        spec=_spec(spec, params, player, mixed),
        params=params,
        allocate=lambda lanes: _allocate(environment, len(order), lanes),
        kernels={name: specialise(template, bindings) for name, template in kernels.items()},
        ansi=None if ansi is None else lambda p, s, i, last: ansi(p.inner, s.inner, i, everybody(s, i, last)),
        paint=None if paint is None else lambda p, s, i, last: paint(p.inner, s.inner, i, everybody(s, i, last)),
        expected=None if means is None else lambda: as_single_agent(means(), partners, player),
    )


def everybody(s: State, i: int, last: Last) -> Last:
    """Return ``last`` of lane ``i`` with the actions and rewards of all players instead of one."""
    if last.actions is None:
        return last._replace(rewards=np.zeros_like(s.rewards[i]), total=np.zeros_like(s.totals[i]))
    return last._replace(actions=s.joint[i], rewards=s.rewards[i], total=s.totals[i])


class _Machine(NamedTuple):
    """A partner as rows of tables; ``next`` (states, joint actions) is empty for one whose state is its observation."""

    start: np.ndarray
    policy: np.ndarray
    next: np.ndarray
    reads: bool


def _machine(environment: Environment, seat: int, partner: Automaton | np.ndarray) -> _Machine:
    spec = environment.spec
    joint = spec.joint_actions
    if isinstance(partner, Automaton):
        partner.check_seat(seat, spec.actions)
        return _Machine(partner.start, partner.policy, partner.next.reshape(partner.states, joint), False)
    if not isinstance(partner, np.ndarray):
        raise TypeError(
            f"partners[{seat}]={partner!r} is not allowed: a partner must be an Automaton or an array "
            "(observations, actions); for agents that learn see regretlab.envs.api.partnered"
        )
    if spec.observation.kind != "integer":
        raise ValueError(f"partners[{seat}] is a policy, but {environment.id} has no integer observations")
    size = spec.observation.sizes[seat]
    if partner.shape != (size, spec.actions[seat]):
        raise ValueError(f"partners[{seat}] must have the shape {(size, spec.actions[seat])}, not {partner.shape}")
    # An automaton checks the distributions; its state is overwritten by the observation.
    still = np.arange(size)
    table = Automaton(f"policy of player {seat}", 1 * (still == 0), partner, still[:, None])
    return _Machine(table.start, table.policy, np.zeros((0, joint), np.int64), True)


def _certain(machine: _Machine) -> bool:
    return bool(np.all(machine.policy.max(axis=1) == 1.0))


def check_seats(environment: Environment, partners: Mapping[int, Any], player: int) -> list[int]:
    """Return the seats that partners play; ValueError unless ``partners`` are given for exactly these."""
    players = environment.spec.players
    if not isinstance(player, (int, np.integer)) or not 0 <= player < players:
        raise ValueError(f"player={player!r} is not allowed: {environment.id} has the players 0 to {players - 1}")
    seats = [seat for seat in range(players) if seat != player]
    if not seats:
        raise ValueError(f"{environment.id} has one player already")
    if sorted(partners) != seats:
        raise ValueError(f"partners must be given for the players {seats}, not for {list(partners)}")
    return seats


def _params(environment: Environment, machines: list[_Machine], order: list[int], player: int) -> Params:
    spec = environment.spec
    # The automata's rows come first, so that the table of following rows holds no others.
    base = np.zeros(len(machines), np.int64)
    rows = 0
    for m in sorted(range(len(machines)), key=lambda m: machines[m].reads):
        base[m] = rows
        rows += len(machines[m].policy)
    policy, starts = np.zeros((rows, max(spec.actions))), np.zeros(rows)
    following = np.zeros((sum(len(machine.next) for machine in machines), spec.joint_actions), np.int64)
    first, first_stage = np.full((2, len(machines)), -1, np.int64)
    drawn: list[int] = []
    outcomes = 1
    for m, (seat, machine) in enumerate(zip(order, machines, strict=True)):
        here = slice(base[m], base[m] + len(machine.policy))
        policy[here, : machine.policy.shape[1]] = machine.policy
        starts[here] = machine.start
        following[base[m] : base[m] + len(machine.next)] = base[m] + machine.next
        if machine.start.max() == 1.0:
            first[m] = base[m] + machine.start.argmax()
        else:
            first_stage[m] = spec.start_stages + len(drawn)
            drawn.append(m)
        outcomes *= 1 if _certain(machine) else spec.actions[seat]
    return freeze(
        Params(
            inner=environment.params,
            player=int(player),
            seats=np.array(order, np.int64),
            actions=np.array(spec.actions, np.int64),
            base=base,
            policy=policy,
            choice=policy.argmax(axis=1),
            following=following,
            first=first,
            first_stage=first_stage,
            drawn=np.array(drawn, np.int64),
            lengths=np.array([len(machine.policy) for machine in machines], np.int64),
            starts=starts,
            reads=np.array([machine.reads for machine in machines], np.bool_),
            outcomes=outcomes,
        )
    )


def _spec(spec: Spec, p: Params, player: int, mixed: int) -> Spec:
    seen = spec.observation
    if seen.kind == "vector":
        size = seen.sizes[player]
        own = dataclasses.replace(seen, sizes=(size,), shape=(size,), low=seen.low[:size], high=seen.high[:size])
    else:
        own = dataclasses.replace(seen, sizes=(seen.sizes[player],))
    return dataclasses.replace(
        spec,
        actions=(spec.actions[player],),
        action_names=spec.action_names[player : player + 1],
        observation=own,
        stages=mixed + spec.stages,
        outcomes=max([spec.outcomes, *p.actions[p.seats[:mixed]].tolist()]),
        start_stages=spec.start_stages + len(p.drawn),
        start_outcomes=max([spec.start_outcomes, *p.lengths[p.drawn].tolist()]),
        scratch=(*SCRATCH, *(f"inner.{name}" for name in spec.scratch)),
    )


def _allocate(environment: Environment, others: int, lanes: int) -> State:
    spec, most = environment.spec, max(environment.spec.actions)
    masks = np.zeros((lanes, 0, 0), np.bool_)
    if "legal" in environment.defined:
        masks = np.tile(np.arange(most) < np.array(spec.actions)[:, None], (lanes, 1, 1))
    return State(
        inner=environment.allocate(lanes),
        partners=np.zeros((lanes, others), np.int64),
        joint=np.zeros((lanes, spec.players), np.int64),
        rewards=np.zeros((lanes, spec.players)),
        totals=np.zeros((lanes, spec.players)),
        seen=np.zeros((lanes, spec.players, *spec.observation.shape), spec.observation.dtype),
        masks=masks,
        would=np.zeros((lanes, spec.players, most) if "payoffs" in environment.defined else (lanes, 0, 0)),
    )
