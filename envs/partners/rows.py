"""The rows of the games and tasks with partners."""

from __future__ import annotations

from ..core.knobs import Knob
from ..core.registry import Row

ROWS = (
    Row(
        id="regretlab/PartnerGame-v0",
        module="regretlab.envs.partners.partner_game",
        family="partners",
        summary="Find out how a scripted partner plays a repeated game, and answer it.",
        knobs={
            "game": Knob(
                "ipd", "the repeated game: 'ipd', 'battle', 'rps', or a game of MatrixGame-v0 for two players"
            ),
            "partner": Knob(
                "tit-for-tat", "a partner, a pool ('train', 'held-out', 'learners'), an Automaton or Learner, or a list"
            ),
            "rounds": Knob(100, "length of an episode", low=1, high=10**6),
            "memory": Knob(1, "how many of the last joint actions are observed", low=0, high=20),
            "predict": Knob(False, "whether an action carries a prediction of the partner's"),
            "parameters": Knob(None, "parameters of a family's game, a dict"),
            "payoffs": Knob(None, "a tensor (2, your actions, the partner's) to play instead of a named game"),
        },
        tags=("partners", "theory of mind", "exact", "integer"),
        citation="Riemer et al. 2024, arXiv:2412.19726",
    ),
    Row(
        id="regretlab/LevelForaging-v0",
        module="regretlab.envs.partners.level_foraging",
        family="partners",
        summary="Collect food with partners whose ways have to be found out, some of it only together.",
        knobs={
            "size": Knob(5, "rows and columns of the grid", low=2, high=8),
            "players": Knob(2, "how many collect, you included", low=2, high=4),
            "foods": Knob(2, "how many foods there are", low=1, high=4),
            "partner": Knob("nearest", "the rule of the partners, a pool ('train', 'held-out'), or a list of rules"),
            "layout": Knob(8, "number of the map: places, levels", low=0),
            "continuation": Knob(0.96, "probability that the episode goes on after a step", low=0.0, high=0.999),
        },
        tags=("partners", "theory of mind", "exact", "integer"),
        citation="Albrecht and Ramamoorthy 2013, arXiv:1506.01170",
    ),
    Row(
        id="regretlab/GridObserver-v0",
        module="regretlab.envs.partners.grid_observer",
        family="partners",
        summary="Watch somebody in a grid world, and tell what they do next, want, or believe.",
        knobs={
            "agent": Knob(
                "goal-seeking", "whom you watch", choices=("goal-seeking", "shallow-sighted", "false-belief")
            ),
            "question": Knob("action", "what you predict", choices=("action", "goal", "belief")),
            "size": Knob(11, "rows and columns of the grid", low=5, high=21),
            "sight": Knob(3, "how many moves away the agent sees an object", low=1, high=400),
            "swap": Knob(0.5, "probability that the objects change places behind a false believer", low=0.0, high=1.0),
            "layout": Knob(0, "number of the map: walls, objects", low=0),
            "steps": Knob(100, "length of an episode", low=1, high=10_000),
        },
        tags=("partners", "theory of mind", "exact", "integer", "hidden state"),
        citation="Rabinowitz et al. 2018, ICML, arXiv:1802.07740",
    ),
)
