"""A repeated game against one scripted partner (``PartnerGame-v0``): find out how it plays, and answer it.

Description
-----------
You are player 0 of an ``IteratedGame-v0``; player 1 is a partner with a fixed policy, a small automaton. The games are
those in which functional theory of mind was measured (Riemer et al.):

* ``ipd``, the iterated prisoner's dilemma: both cooperate 8 and 8, both defect 5 and 5, else 10 for the defector and 0
  for the other;
* ``battle``, the iterated battle of the sexes: 10 for you and 7 for the partner where both play J, 7 and 10 where both
  play F, else nothing;
* ``rps``, rock paper scissors: 1 for a win, -1 for a loss, 0 for a draw.

The payoffs of the first two are those of Akata et al. Partners, the same in each game:

* ``always-`` and the name of an action: that action in every round;
* ``tit-for-tat``: your last action; in ``rps`` the action that beats it;
* ``best-response-to-last``: the best response to your last action;
* ``win-stay-lose-shift``: its own last action again, if that earned it at least the mean of all payoffs, and else
  another one (in ``rps`` either of the two with probability 1/2; a draw is no loss);
* ``uniform``: every action with equal probability, in every round.

A partner that has no last action begins with cooperation in ``ipd`` and at random in the other games.

Action Space
------------
``Discrete(2)``, in ``rps`` ``Discrete(3)``: cooperate, defect; J, F; rock, paper, scissors.

Observation Space
-----------------
That of ``IteratedGame-v0``: the last ``memory`` joint actions as one number. With ``memory=1`` it is 0 before the first
round, then 1 + (your action) * (number of actions) + (the partner's action), which tells the state of every partner.

Rewards
-------
Your payoff of the round.

Starting State
--------------
Nothing was played; the partner is in its first state.

Episode End
-----------
Truncated after ``rounds`` rounds. The criterion is the return, without discount.

Arguments
---------
game : ``ipd``, ``battle`` or ``rps``.
partner : one of the names above.
rounds : length of an episode.
memory : how many of the last joint actions are observed.

Certificate
-----------
Solved from the exact model by backward induction: the best response over the whole episode. It counts on what the
partner will do (against tit-for-tat in ``ipd``: cooperate, and defect in the last round, 8.02 a round of 100), so it is
not the best reply of each single round. Regrets that are published a round are usually to the best cycle (there 8).

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

from ..core.environment import Environment
from ..core.registry import build
from ..core.single_agent import as_single_agent
from .library import PARTNER, load
from .pictures import Pictures


def environment(game: str, partner: str, rounds: int, memory: int) -> Environment:
    """Return the game as player 0 meets it, see the module's page.

    Raises
    ------
    ValueError
        for a game or a partner that does not exist; the message has the nearest name.
    """
    known = load(game)
    iterated = build("regretlab/IteratedGame-v0", payoffs=known.payoffs, horizon=rounds, memory=memory)
    played = as_single_agent(iterated, {PARTNER: known.partner(partner)})
    pictures = Pictures(known, partner, rounds)
    return dataclasses.replace(
        played,
        spec=dataclasses.replace(played.spec, action_names=known.action_names[:PARTNER]),
        ansi=pictures.ansi,
        paint=pictures.paint,
    )
