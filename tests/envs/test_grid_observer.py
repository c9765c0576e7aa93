"""The watched grid world against a second implementation of its agents, and the certificate against Bayes' rule."""

from collections import defaultdict, deque

import numpy as np
import pytest

import regretlab
from regretlab.envs.core.registry import build
from regretlab.envs.partners import grid_observer as module
from regretlab.testing import check_model

WAYS = [(-1, 0), (1, 0), (0, -1), (0, 1)]
KINDS = [("goal-seeking", "action"), ("goal-seeking", "goal"), ("shallow-sighted", "goal"), ("false-belief", "belief")]
KNOBS = {"size": 6, "sight": 1, "swap": 0.6, "layout": 3, "steps": 6}


class Watched:
    """An agent of a kind with a favourite, on the map of the parameters ``p``; it tells what it does."""

    def __init__(self, p, kind, goal):
        self.p, self.kind, self.goal = p, kind, goal
        self.places = [divmod(int(cell), p.size) for cell in p.spots]
        walls = {divmod(k, p.size) for k in np.flatnonzero(p.walls).tolist()}
        self.floor = {(r, c) for r in range(p.size) for c in range(p.size)} - walls - set(self.places[:4])
        self.far = [self.ways(spot) for spot in self.places]

    def ways(self, target):
        queue, found = deque([target]), {target: 0}
        while queue:
            here = queue.popleft()
            for r, c in WAYS:
                there = (here[0] + r, here[1] + c)
                if there in self.floor and there not in found:
                    found[there] = found[here] + 1
                    queue.append(there)
        return found

    def sees(self, mind, place):
        return self.far[place].get(mind["at"], 999) <= self.p.sight

    def begin(self, cell, way):
        at = divmod(cell, self.p.size)
        mind = {"at": at, "belief": self.goal, "shift": 0, "star": 0, "way": way}
        self.turn(mind)
        return mind

    def turn(self, mind):
        if self.kind == "shallow-sighted" and mind["at"] == self.places[5 + mind["way"]]:
            mind["way"] = (mind["way"] + 1) % 4

    def does(self, mind):
        spot = self.goal
        if self.kind == "shallow-sighted" and not self.sees(mind, self.goal):
            spot = 5 + mind["way"]
        if self.kind == "false-belief":
            spot = mind["belief"] if mind["star"] else 4
        here = self.far[spot].get(mind["at"], 999)
        if here == 0:
            return 4
        at = mind["at"]
        return next(k for k, (r, c) in enumerate(WAYS) if self.far[spot].get((at[0] + r, at[1] + c), 999) < here)

    def after(self, mind):
        """All (probability, mind) that may follow."""
        does = self.does(mind)
        if does == 4:
            ways = range(4) if self.kind == "shallow-sighted" else [0]
            every = [self.begin(int(cell), way) for cell in self.p.free for way in ways]
            return [(1 / len(every), each) for each in every]
        at = (mind["at"][0] + WAYS[does][0], mind["at"][1] + WAYS[does][1])
        moved = {**mind, "at": at}
        self.turn(moved)
        if self.kind != "false-belief":
            return [(1.0, moved)]
        chances = [(1.0, moved["shift"])]
        if not mind["star"] and at == self.places[4]:
            moved["star"], swap = 1, self.p.swap
            chances = [(1 - swap, 0), *((swap / 3, k) for k in (1, 2, 3))]
        return [(chance, self.look({**moved, "shift": shift})) for chance, shift in chances]

    def look(self, mind):
        true = (self.goal + mind["shift"]) % 4
        if mind["star"] and self.sees(mind, true):
            mind["belief"] = true
        elif mind["star"] and self.sees(mind, mind["belief"]):
            mind["belief"] = (mind["belief"] + 1) % 4
        return mind

    def shown(self, mind):
        return (mind["at"], mind["shift"], mind["star"])


def bayes(p, kind, question):
    """The mean number of right answers of one who sums over everything that is consistent with what was seen."""
    agents = [Watched(p, kind, goal) for goal in range(4)]
    ways = range(4) if kind == "shallow-sighted" else [0]
    runs = [
        (1 / (4 * len(p.free) * len(ways)), agent, mind := agent.begin(int(cell), way), (agent.shown(mind),))
        for agent in agents
        for cell in p.free
        for way in ways
    ]
    value = 0.0
    for _ in range(p.steps):
        weights, following = defaultdict(lambda: defaultdict(float)), []
        for weight, agent, mind, seen in runs:
            truth = {"action": agent.does(mind), "goal": agent.goal, "belief": mind["belief"]}[question]
            weights[seen][truth] += weight
            following += [
                (weight * chance, agent, then, (*seen, agent.shown(then))) for chance, then in agent.after(mind)
            ]
        value += sum(max(each.values()) for each in weights.values())
        runs = following
    return value


@pytest.mark.parametrize(("kind", "question"), KINDS)
def test_the_certified_optimum_is_that_of_bayes(kind, question):
    knobs = {**KNOBS, "steps": 4 if kind == "shallow-sighted" else 6}
    p = module.params(kind, question, **knobs)
    certificate = regretlab.certificate("GridObserver-v0", agent=kind, question=question, **knobs)
    assert certificate.optimal.kind == "solved"
    assert certificate.optimal.value == pytest.approx(bayes(p, kind, question), rel=1e-9)
    assert certificate.random.value == pytest.approx(p.steps / (5 if question == "action" else 4))
    assert certificate.memoryless.value <= certificate.optimal.value + 1e-9


@pytest.mark.parametrize("kind", module.AGENTS)
def test_simulation_agrees_with_the_exact_model(kind):
    check_model(build("GridObserver-v0", agent=kind, **{**KNOBS, "steps": 20}))


def test_sally_looks_where_she_left_it():
    """The favourite is moved on the star; she goes on to its old place, and finds out only when she is close."""
    p = module.params("false-belief", "belief", 11, 1, 1.0, 0, 100)
    s = module.allocate(p, 1)
    nothing = np.zeros((1, 1), np.int64)
    fooled = 0
    for goal in range(4):
        module.begin(p, s, 0, np.array([0, 0, goal]))
        for _ in range(60):
            module.apply(p, s, 0, nothing, np.array([1, 0]), np.zeros((1, 1)))  # moves the objects on by one
            if s.star[0]:
                break
        assert s.shift[0] == 1
        true = (goal + 1) % 4
        while s.belief[0] != true:
            assert p.away[true, s.cell[0]] > 1  # she does not see it
            assert s.belief[0] == goal
            before = p.away[goal, s.cell[0]]
            module.apply(p, s, 0, nothing, np.zeros(2, np.int64), np.zeros((1, 1)))
            assert p.away[goal, s.cell[0]] == before - 1
            fooled += 1
    assert fooled > 8


def test_the_map():
    for layout in range(30):
        p = module.params("goal-seeking", "action", 11, 3, 0.5, layout, 100)
        assert p.walls.sum() == 12 and len(p.free) == 121 - 12 - 5
        assert np.all(p.away[:, p.free] < 10**6) and len(set(p.spots[:5])) == 5
        assert not p.walls[p.spots].any()


def test_the_belief_of_others_is_not_asked_for():
    with pytest.raises(ValueError, match="question='belief' is not allowed for agent='goal-seeking'"):
        build("GridObserver-v0", question="belief")
    with pytest.raises(ValueError, match="agent='blind' is not allowed"):
        build("GridObserver-v0", agent="blind")
