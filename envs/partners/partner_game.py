"""A repeated game against a scripted partner (``PartnerGame-v0``): find out how it plays, and answer it.

Description
-----------
You are player 0 of an ``IteratedGame-v0``; player 1 is a partner with a fixed policy, a small automaton, or one that
learns. The games are those in which functional theory of mind was measured (Riemer et al.):

* ``ipd``, the iterated prisoner's dilemma: both cooperate 8 and 8, both defect 5 and 5, else 10 for the defector and 0
  for the other;
* ``battle``, the iterated battle of the sexes: 10 for you and 7 for the partner where both play J, 7 and 10 where both
  play F, else nothing;
* ``rps``, rock paper scissors: 1 for a win, -1 for a loss, 0 for a draw.

The payoffs of the first two are those of Akata et al. Every other game of two players that ``MatrixGame-v0`` knows can
be played too, and every tensor of payoffs.

Partners come in two pools: ``train``, to learn and to tune with, and ``held-out``, in which none behaves like one of
the first. Some of them:

* ``always-`` or ``mostly-`` and the name of an action; ``uniform``;
* ``tit-for-tat``: your last action; in a zero-sum game the best response to it;
* ``best-response-to-last``: the best response to your last action;
* ``win-stay-lose-shift``: its own last action again, if that earned it at least the mean of all its payoffs, and else
  the next one in turn;
* ``frequency-best-responder``: the best response to how often you have played each action;
* ``memory-one-`` and five digits: one of the 32 deterministic strategies of memory one of a game of 2 x 2 actions;
* ``change-at-50``, ``decoy``, ``noisy-tit-for-tat``, ``zd-extort-2`` and others; a name that does not exist lists them.

A partner that has nothing to go by begins with cooperation in ``ipd`` and at random in the other games.

Partners that learn are a pool of their own, ``learners``: ``q-learner``, ``regret-matcher``, ``fictitious-player``;
any other learner of integer observations can be one by its name (such as ``hedge``) or as a `Learner` with knobs of
your choice. They know nothing at the start of every episode and see as many of the last joint actions as you do.

Action Space
------------
``Discrete(2)``, in ``rps`` ``Discrete(3)``: cooperate, defect; J, F; rock, paper, scissors. With ``predict=True`` a
pair, ``MultiDiscrete``: your action, and which action of the partner you expect in the same round. The partner is never
shown what you expect, and it earns nothing; whether it was right stands in the info ``predicted``.

Observation Space
-----------------
That of ``IteratedGame-v0``: the last ``memory`` joint actions as one number. With ``memory=1`` it is 0 before the first
round, then 1 + (your action) * (number of the partner's actions) + (the partner's action).

Rewards
-------
Your payoff of the round.

Starting State
--------------
Nothing was played; the partner is in its first state. Of several partners one is drawn, every one with equal
probability, and nobody says which.

Episode End
-----------
Truncated after ``rounds`` rounds. The criterion is the return, without discount.

Arguments
---------
game : ``ipd``, ``battle``, ``rps``, or a game or family of two players of ``MatrixGame-v0``.
partner : the name of a partner; ``train``, ``held-out`` or ``learners`` for a whole pool; an `Automaton` of yours or a
    `Learner`; or a list of these, either of automata or of learners. Of several the lane parameter ``partner`` of a
    batch chooses (-1, the default, draws one).
rounds : length of an episode.
memory : how many of the last joint actions are observed.
predict : whether an action carries a prediction.
parameters : of a family's game, a dict.
payoffs : a tensor (2, your actions, the partner's) to play instead of a named game.

Certificate
-----------
Against automata, solved from the exact model by backward induction: the best response over the whole episode by one
who knows the partner (of several partners, the mean). It counts on what the partner will do (against tit-for-tat in
``ipd``: cooperate, and defect in the last round, 8.02 a round of 100), so it is not the best reply of each single
round. Regrets that are published a round are usually to the best cycle (there 8).

Against learners no exact best response is known. The optimum is then a *reference*: what the best of many ways to play
earns (all automata of the pools, some learners, and the best reply to what the learner is about to draw, known its
state), by simulation, with a 99 % interval; a player that leads the learner on may earn more.

Version History
---------------
v0: first release.

References
----------
M. Riemer et al., "Can large language models adapt to other agents in-context?", 2024, arXiv:2412.19726.
E. Akata et al., "Playing repeated games with large language models", Nature Human Behaviour 9 (2025),
arXiv:2305.16867 (payoffs).
M. Nowak and K. Sigmund, "A strategy of win-stay, lose-shift that outperforms tit-for-tat in the Prisoner's Dilemma
game", Nature 364 (1993) 56-58.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ...baselines.learner import SHIPPED, Learner
from ...baselines.learner import load as load_learner
from ..core.automaton import Automaton
from ..core.environment import Environment
from ..core.registry import build
from ..core.single_agent import as_single_agent
from . import learning, pools
from .learning import against_learners, references
from .library import PartneredGame, load
from .library import names as game_names
from .pictures import Pictures
from .predicting import with_prediction
from .rules import PARTNER
from .several import choose_partner, union


def environment(
    game: str,
    partner: Any,
    rounds: int,
    memory: int,
    predict: bool,
    parameters: Mapping[str, Any] | None,
    payoffs: Any,
) -> Environment:
    """Return the game as player 0 meets it, see the module's page.

    Raises
    ------
    ValueError
        for a game, a partner or a pool that does not exist (with the nearest name), a game that is not of two players,
        or an automaton that does not fit it.
    """
    known = find_game(game, parameters, payoffs)
    learners = find_learners(known, partner)
    feedback = "bandit" if predict and not learners else "full"
    iterated = build(
        "regretlab/IteratedGame-v0", payoffs=known.payoffs, horizon=rounds, memory=memory, feedback=feedback
    )
    if learners:
        names = list(learners)
        played = against_learners(iterated, list(learners.values()), told=not predict)
        played = dataclasses.replace(played, certify=lambda: references(known.payoffs, learners, rounds, memory))
    else:
        machines = find_partners(known, partner)
        names = [each.name for each in machines]
        played = as_single_agent(iterated, {PARTNER: machines[0] if len(machines) == 1 else union(machines)})
        played = choose_partner(played, machines) if len(machines) > 1 else played
    pictures = Pictures(known, title(partner, names), rounds)
    played = dataclasses.replace(
        played,
        spec=dataclasses.replace(played.spec, action_names=known.action_names[:PARTNER]),
        ansi=pictures.ansi,
        paint=pictures.paint,
    )
    return with_prediction(played, known.action_names) if predict else played


def find_game(game: str, parameters: Mapping[str, Any] | None = None, payoffs: Any = None) -> PartneredGame:
    """Return the game that these knobs stand for.

    Raises ValueError for an unknown one, with the nearest name, or one that is not of two players.
    """
    if payoffs is None and parameters is None and game in game_names():
        return load(game)
    if payoffs is not None:
        matrix = build("regretlab/MatrixGame-v0", payoffs=payoffs)
        name, label = "payoffs", "A game of your own"
    else:
        try:
            matrix = build("regretlab/MatrixGame-v0", game=game, parameters=parameters)
        except ValueError as error:
            raise ValueError(f"{error}, and with partners of their own: {', '.join(game_names())}") from None
        name, label = game, game
    spec, p = matrix.spec, matrix.params
    if spec.players != 2:
        raise ValueError(f"game={game!r} is not allowed: a partner makes two players, and it has {spec.players}")
    table = p.table[p.first * p.joints : (p.first + 1) * p.joints]
    return PartneredGame(name, label, table.T.reshape(-1, *spec.actions), spec.action_names)


def find_learners(game: PartneredGame, partner: Any) -> dict[str, Learner]:
    """Return the learners that the knob ``partner`` stands for in ``game`` by name, none where it stands for automata.

    Raises ValueError for a list that mixes learners and automata.
    """
    if isinstance(partner, str):
        known = learning.pool()
        if partner in (pools.LEARNERS, *known):
            return known if partner == pools.LEARNERS else {partner: known[partner]}
        scripted = partner in pools.names() or partner in game.partners
        return {} if scripted or partner not in SHIPPED else {partner: load_learner(partner)}
    if isinstance(partner, Learner):
        return {partner.name: partner}
    if not isinstance(partner, list | tuple):
        return {}
    found = [find_learners(game, each) for each in partner]
    if any(found) and not all(found):
        raise ValueError(f"partner={partner!r} is not allowed: either all partners of a list learn, or none does")
    numbered: dict[str, Learner] = {}
    for name, each in [pair for every in found for pair in every.items()]:
        numbered[name if name not in numbered else f"{name}, no. {len(numbered) + 1}"] = each
    return numbered


def find_partners(game: PartneredGame, partner: Any) -> list[Automaton]:
    """Return the automata that the knob ``partner`` stands for in ``game``.

    Raises ValueError for an unknown name, a partner that learns, an automaton that does not fit, or an empty list;
    TypeError for another kind.
    """
    if find_learners(game, partner):
        raise ValueError(f"partner={partner!r} is not allowed here: a partner that learns is no automaton")
    if isinstance(partner, str) and partner in pools.names():
        return [each.automaton for each in game.pool(partner)]
    if isinstance(partner, str):
        return [game.partner(partner)]
    if isinstance(partner, Automaton):
        partner.check_seat(PARTNER, game.payoffs.shape[1:])
        return [partner]
    if not isinstance(partner, list | tuple):
        raise TypeError(
            f"partner={partner!r} is not allowed: partner must be a name, a pool "
            f"({', '.join(pools.all_names())}), an Automaton, a Learner, or a list of these"
        )
    if not partner:
        raise ValueError("partner=[] is not allowed: a list of partners must have at least one")
    return [machine for each in partner for machine in find_partners(game, each)]


def title(partner: Any, names: list[str]) -> str:
    """Return what pictures call the partner."""
    if isinstance(partner, str):
        return partner if len(names) == 1 else f"one of {partner}"
    return names[0] if len(names) == 1 else f"one of {len(names)} partners"
