"""A learner as the runners see it: kernels over rows, checked knobs, and what it accepts."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ..envs.core.environment import Environment, freeze
from ..envs.core.hints import did_you_mean
from ..envs.core.knobs import Knob, check_knobs
from ..envs.core.streams import LEARNER, seed_streams

#: The shipped learners and the modules of this package that define them.
SHIPPED = {
    "uniform": ".simple.uniform",
    "fixed": ".simple.fixed",
    "epsilon_greedy": ".simple.epsilon_greedy",
    "frequency_predictor": ".simple.frequency_predictor",
    "q_learning": ".tabular.q_learning",
    "q_lambda": ".tabular.q_lambda",
    "sarsa": ".tabular.sarsa",
    "monte_carlo": ".tabular.monte_carlo",
    "reinforce": ".tabular.reinforce",
    "differential_q": ".tabular.differential_q",
    "rmax": ".tabular.rmax",
    "ucrl2": ".tabular.ucrl2",
    "ucrl2b": ".tabular.ucrl2b",
    "kl_ucrl": ".tabular.kl_ucrl",
    "psrl": ".tabular.psrl",
    "certainty_equivalence": ".tabular.certainty_equivalence",
    "optimistic_q": ".tabular.optimistic_q",
    "on_policy_rho": ".tabular.on_policy_rho",
    "off_policy_rho": ".tabular.off_policy_rho",
    "rho_gradient": ".tabular.rho_gradient",
    "r_learning": ".tabular.r_learning",
    "rvi_q": ".tabular.rvi_q",
    "actor_critic": ".tabular.actor_critic",
    "dyna_q": ".tabular.dyna_q",
    "replay_q": ".tabular.replay_q",
    "model_td": ".tabular.model_td",
    "n_step_policy_gradient": ".tabular.n_step_policy_gradient",
    "binned_q": ".tabular.binned_q",
    "hedge": ".noregret.hedge",
    "optimistic_hedge": ".noregret.optimistic_hedge",
    "regret_matching": ".noregret.regret_matching",
    "regret_matching_plus": ".noregret.regret_matching_plus",
    "predictive_regret_matching": ".noregret.predictive_regret_matching",
    "conditional_regret_matching": ".noregret.conditional_regret_matching",
    "swap_regret": ".noregret.swap_regret",
    "fictitious_play": ".noregret.fictitious_play",
    "stochastic_fictitious_play": ".noregret.stochastic_fictitious_play",
    "softmax_policy_gradient": ".noregret.softmax_policy_gradient",
    "sampled_policy_gradient": ".noregret.sampled_policy_gradient",
    "neurd": ".noregret.neurd",
    "neurd_cix": ".noregret.neurd_cix",
    "replicator_mutator": ".noregret.replicator_mutator",
    "exp3": ".noregret.exp3",
    "exp3_ix": ".noregret.exp3_ix",
    "tsallis_inf": ".noregret.tsallis_inf",
    "boltzmann_q": ".noregret.boltzmann_q",
    "wolf_phc": ".noregret.wolf_phc",
    "explore_then_commit": ".noregret.explore_then_commit",
    "ucb1": ".noregret.ucb1",
    "thompson": ".noregret.thompson",
    "decaying_greedy": ".noregret.decaying_greedy",
    "tsallis_inf_cb": ".noregret.tsallis_inf_cb",
    "cheb_cb": ".noregret.cheb_cb",
    "type_posterior": ".planning.type_posterior",
    "omega_star": ".planning.omega_star",
    "chebyshev": ".planning.chebyshev",
    "eta_tau": ".planning.eta_tau",
    "strategy": ".simple.strategy",
    "optimal": ".planning.optimal",
}
REQUIRED = ("KNOBS", "ACCEPTS", "params", "allocate", "act", "update")
KERNELS = ("act", "update", "predict", "interrupt", "strategy")
CRITERIA = ("return", "discounted", "gain")


@dataclass(frozen=True)
class Accepts:
    """What a learner can work with.

    Parameters
    ----------
    observation : ``"integer"`` (it keeps a table), ``"vector"`` (its kernels are given the player's row of floats),
        ``"none"`` (it ignores what it observes, so any kind will do) or ``"state"`` (it is shown the state of the
        exact model and the clock, see `regretlab.envs.core.reveal`, or where the observations hide the state the
        belief state, see `regretlab.envs.core.believe`).
    feedback : ``"any"`` (it uses its own reward alone, whatever else it might be told), ``"bandit"`` (the same, and it
        is made for environments that tell no more) or ``"full"`` (the reward each of its actions would have had).
    players : ``"one"`` or ``"any"`` (in self-play every player is a learner of its own).
    criteria : the kinds of `Criterion` that it makes sense for.
    """

    observation: Literal["integer", "vector", "none", "state"] = "integer"
    feedback: Literal["any", "bandit", "full"] = "any"
    players: Literal["one", "any"] = "any"
    criteria: tuple[str, ...] = CRITERIA


@dataclass(frozen=True, eq=False)
class Learner:
    """One configured learner.

    ``params`` and ``kernels`` are what the loops run: ``act``, ``update``; if it predicts, ``predict``; and if it keeps
    something for the episode under way, ``interrupt(lp, ls, row)``, which forgets that where an episode ends without an
    update; if it plays mixed actions, ``strategy(lp, ls, row)``, which writes one into ``ls.policy[row]``. ``knobs``
    are complete and checked. Name and knobs are enough to load it again in another process.
    """

    name: str
    module: str
    knobs: Mapping[str, Any]
    params: Any
    accepts: Accepts
    kernels: Mapping[str, Any]
    summary: str

    @property
    def slug(self) -> str:
        """The name of its compiled code."""
        return self.name.replace(".", "_")

    def prepared(self, environment: Environment, players: Sequence[int] | None = None) -> Learner:
        """Return the learner that knows in advance what it may know of ``environment``: the range of the rewards,
        or for the oracle the exact model. It controls ``players``, or all of them.

        Raises
        ------
        ValueError
            where the pair makes no sense (see `accepts`).
        """
        reason = accepts(self, environment, players)
        if reason is not None:
            raise ValueError(reason)
        prepare: Callable[[Any, Environment], Any] | None = getattr(_module(self), "prepare", None)
        known = self.params if prepare is None else freeze(prepare(self.params, environment))
        return replace(self, params=known)

    def rows(self, environment: Environment, players: Sequence[int], seeds: np.ndarray) -> Any:
        """Allocate and seed the learner's state: one row for each lane and each of ``players`` that it controls.

        Row ``lane * len(players) + k`` is player ``players[k]`` of ``lane``. Its random stream depends on the lane's
        seed and the player's number only, so lane ``i`` of a run seeded ``s`` is the single-lane run seeded ``s + i``.

        Parameters
        ----------
        environment : what the learner plays.
        players : the players' numbers.
        seeds : uint64 (lanes,), the lanes' seeds.
        """
        spec = environment.spec
        sized = self.accepts.observation in ("integer", "vector")
        observations = max(spec.observation.sizes[k] for k in players) if sized else 1
        actions = max(spec.actions[k] for k in players)
        state = _module(self).allocate(self.params, observations, actions, len(seeds) * len(players))
        lane_keys = seed_streams(seeds, LEARNER)
        for k, player in enumerate(players):
            state.key[k :: len(players)] = seed_streams(lane_keys, player)
            state.actions[k :: len(players)] = spec.actions[player]
            if "player" in state._fields:
                state.player[k :: len(players)] = player
        return state

    def greedy(self) -> Learner:
        """Return the same learner without exploration: its knobs ``epsilon`` and ``final_epsilon`` are 0.

        It plays what another one has learned, given its states and ``learning=False``. A learner without these knobs is
        returned as it is: what a policy that is mixed by itself draws is its play, not exploration.
        """
        still = {name: 0.0 for name in ("epsilon", "final_epsilon") if name in self.knobs}
        return load(self.name, **{**self.knobs, **still}) if still else self

    def start_from(self, state: Any, policies: np.ndarray) -> None:
        """Set ``state``, which has learned nothing, so that the rows begin at the mixed actions ``policies``.

        Parameters
        ----------
        state : what `rows` returned.
        policies : (rows, most actions), a distribution each, positive for learners that keep logits.

        Raises ValueError for a learner that cannot begin anywhere.
        """
        begin: Callable[..., None] | None = getattr(_module(self), "start_from", None)
        if begin is None:
            raise ValueError(f"{self.name} cannot begin at a given mixed action")
        begin(self.params, state, np.asarray(policies, np.float64))

    def regret_bound(self, actions: int, rounds: ArrayLike) -> np.ndarray | None:
        """Return what theory allows the regret to be after each number of ``rounds``, or None where nothing is known.

        In units of the reward range. The learner's module says which regret it is (external where it says nothing),
        expected or with which probability, and the theorem.
        """
        bound: Callable[..., np.ndarray] | None = getattr(_module(self), "regret_bound", None)
        rounds = np.asarray(rounds, np.float64)
        if bound is None:
            return None
        return np.zeros_like(rounds) if actions == 1 else bound(self.params, actions, rounds)


def names() -> list[str]:
    """Return the names of the shipped learners."""
    return list(SHIPPED)


def load(name: str, /, **knobs: Any) -> Learner:
    """Return a configured learner.

    Parameters
    ----------
    name : one of `names`, or the dotted path of a module that defines a learner (``my_package.my_learner``).
    knobs : overrides of the learner's defaults.

    Raises
    ------
    ValueError
        for an unknown name (with the nearest one), or a knob out of its range.
    TypeError
        for an unknown knob or a knob of the wrong type, or a module that defines no learner.
    """
    module = _import(name)
    missing = [part for part in REQUIRED if not hasattr(module, part)]
    if missing:
        raise TypeError(f"{module.__name__} does not define {', '.join(missing)}, which a learner must")
    checked = check_knobs(name, module.KNOBS, knobs)
    return Learner(
        name=name,
        module=module.__name__,
        knobs=checked,
        params=freeze(module.params(**checked)),
        accepts=module.ACCEPTS,
        kernels={part: getattr(module, part) for part in KERNELS if hasattr(module, part)},
        summary=(module.__doc__ or "").strip().split("\n")[0],
    )


def knobs_of(name: str) -> Mapping[str, Knob]:
    """Return the knobs of the learner ``name``; raises ValueError for an unknown name."""
    return _import(name).KNOBS


def accepts(learner: Learner, environment: Environment, players: Sequence[int] | None = None) -> str | None:
    """Return why ``learner`` cannot play ``players`` (None: all) of ``environment``, or None when it can."""
    spec, wants = environment.spec, learner.accepts
    kind = spec.observation.kind
    if wants.observation == "integer" and kind != "integer":
        return f"{learner.name} keeps a table over integer observations; those of {environment.id} are of kind {kind!r}"
    if wants.observation == "vector" and kind != "vector":
        return f"{learner.name} needs observations that are vectors; those of {environment.id} are of kind {kind!r}"
    if wants.observation == "state" and not environment.has_model and "legal" not in environment.defined:
        return f"{learner.name} needs the exact model, which {environment.id} does not offer"
    told, choice = "payoffs" in environment.defined, "feedback" in environment.knobs
    if wants.feedback == "full" and not told:
        hint = ": make it with feedback='full', or choose a bandit learner" if choice else ""
        taken = "that of the action taken"
        return f"{learner.name} needs the rewards of all its actions; {environment.id} gives {taken}{hint}"
    if wants.feedback == "bandit" and told:
        hint = "make it with feedback='bandit', or choose" if choice else "choose"
        return (
            f"{learner.name} learns from its own reward alone; {environment.id} tells the rewards of all actions: "
            f"{hint} a full-information learner"
        )
    if wants.players == "one" and spec.players > 1:
        return f"{learner.name} plays alone; {environment.id} has {spec.players} players (see as_single_agent)"
    if spec.criterion.kind not in wants.criteria:
        return (
            f"{learner.name} is made for the criterion {' or '.join(wants.criteria)}; "
            f"that of {environment.id} is {spec.criterion.kind}"
        )
    if "legal" in environment.defined:
        return f"{learner.name} takes any action at any time; some of {environment.id} are not always legal"
    unsuited: Callable[..., str | None] | None = getattr(_module(learner), "unsuited", None)
    return None if unsuited is None else unsuited(learner.params, environment, players or range(spec.players))


def _module(learner: Learner) -> ModuleType:
    return importlib.import_module(learner.module)


def _import(name: str) -> ModuleType:
    if name in SHIPPED:
        return importlib.import_module(SHIPPED[name], __package__)
    if "." in name:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            raise ValueError(f"learner {name!r} is not a module that Python finds: {error}") from None
    raise ValueError(f"there is no learner {name!r}{did_you_mean(name, SHIPPED)} There are: {', '.join(SHIPPED)}")
