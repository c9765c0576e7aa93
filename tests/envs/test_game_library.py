"""The named games: payoffs, equilibria, ranges of correlated equilibria, each computed here from its definition."""

import json
from fractions import Fraction
from importlib import resources
from itertools import combinations, permutations, product

import numpy as np
import pytest
from scipy.optimize import linprog

from regretlab.assets import games as folder
from regretlab.envs.games import family_names, load, names
from regretlab.envs.games.game import check_payoffs, new_game
from regretlab.envs.games.game_data import parse
from regretlab.envs.games.library import identify

# Row player's matrix and column player's (None: the transpose, the game is the same for both); what the equilibria pay;
# the greatest welfare, the least and greatest welfare of correlated and of coarse correlated equilibria (None: as the
# correlated ones); NashConv of uniform play. The values are those of the papers that the games cite, where these have
# them (Aumann 1974: a correlated equilibrium of chicken with welfare 10.5; O'Neill 1987: value -0.2), and of vertex
# enumeration and linear programming otherwise.
F = Fraction
PENNIES, RPS = [[1, -1], [-1, 1]], [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]
BIASED, WATER = [[0, -25, 50], [25, 0, -5], [-50, 5, 0]], [[0, -1, 1, 0], [1, 0, -1, 0], [-1, 1, 0, 0], [0, 0, 0, 0]]
CLIMBING = [[11, -30, 0], [-30, 7, 6], [0, 0, 5]]
JOKERS = [[1, -1, -1, -1], [-1, -1, 1, 1], [-1, 1, -1, 1], [-1, 1, 1, -1]]  # a joker each: 0 wins; one joker: 1 wins;
# no joker: 1 wins with the same card
PURE3 = [(1, 1)] * 3 + [(F(1, 2),) * 2] * 3 + [(F(1, 3),) * 2]
RATIONAL3 = [(a, a) for a in (1, 2, 3, F(2, 3), F(3, 4), F(6, 5), F(6, 11))]
CLAIMS = [[min(a, b) + 2 * np.sign(b - a) for b in range(2, 7)] for a in range(2, 7)]
EFFORT = [[2 * min(a, b) - a for b in range(1, 5)] for a in range(1, 5)]
EFFORTS = [(e, e) for e in (1, 2, 3, 4, 1, 1, 1, 2, 2, 3)]
PENALTY = {k: [[10, 0, -k], [0, 2, 0], [-k, 0, 10]] for k in (10, 100)}
PENALTIES = [(e, e) for e in (10, 2, 10, F(5, 3), F(5, 3))]
SHAPLEY = [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
BETA = [[1, 0, 0.5], [0.5, 1, 0], [0, 0.5, 1]], [[-0.5, 1, 0], [0, -0.5, 1], [1, 0, -0.5]]
TABLE = {
    "prisoners-dilemma": ([[3, 0], [5, 1]], None, [(1, 1)], 6, (2, 2), None, 1.5),
    "prisoners-dilemma-lola": ([[-1, -3], [0, -2]], None, [(-2, -2)], -2, (-4, -4), None, 1),
    "prisoners-dilemma-openspiel": ([[5, 0], [10, 1]], None, [(1, 1)], 10, (2, 2), None, 3),
    "chicken": ([[6, 2], [7, 0]], None, [(2, 7), (7, 2), (14 / 3, 14 / 3)], 12, (7.2, 10.5), None, 0.5),
    "chicken-dare": ([[0, 4], [1, 3]], None, [(4, 1), (1, 4), (2, 2)], 6, (10 / 3, 16 / 3), None, 0),
    "chicken-mfos": ([[0, -1], [1, -100]], None, [(-1, 1), (1, -1), (-0.01, -0.01)], 0, (-200 / 199, 0), None, 49),
    "hawk-dove": ([[-1, 2], [0, 1]], None, [(2, 0), (0, 2), (0.5, 0.5)], 2, (2 / 3, 2), None, 0),
    "stag-hunt": ([[4, 0], [2, 2]], None, [(4, 4), (2, 2), (2, 2)], 8, (4, 8), None, 0),
    "stag-hunt-openspiel": ([[2, 0], [1, 1]], None, [(2, 2), (1, 1), (1, 1)], 4, (2, 4), None, 0),
    "bach-or-stravinsky": (
        [[2, 0], [0, 1]],
        [[1, 0], [0, 2]],
        [(2, 1), (1, 2), (2 / 3, 2 / 3)],
        3,
        (4 / 3, 3),
        None,
        0.5,
    ),
    "bach-or-stravinsky-3-2": (
        [[3, 0], [0, 2]],
        [[2, 0], [0, 3]],
        [(3, 2), (2, 3), (1.2, 1.2)],
        5,
        (2.4, 5),
        None,
        0.5,
    ),
    "coordination-4-8": (np.diag([4, 8]), None, [(4, 4), (8, 8), (8 / 3, 8 / 3)], 16, (16 / 3, 16), None, 2),
    "pure-coordination-3": (np.eye(3), None, PURE3, 2, (2 / 3, 2), None, 0),
    "rationalizable-coordination": (np.diag([1, 2, 3]), None, RATIONAL3, 6, (12 / 11, 6), None, 2 / 3),
    "matching-pennies": (PENNIES, np.negative(PENNIES), [(0, 0)], 0, (0, 0), None, 0),
    "rock-paper-scissors": (RPS, None, [(0, 0)], 0, (0, 0), None, 0),
    "biased-rock-paper-scissors": (BIASED, None, [(0, 0)], 0, (0, 0), None, 50 / 3),
    "rock-paper-scissors-water": (WATER, None, [(0, 0)] * 4, 0, (0, 0), None, 0),
    "shapley": (SHAPLEY, None, [(1 / 3, 1 / 3)], 1, (2 / 3, 1), None, 0),
    "shapley-beta-half": (*BETA, [(1 / 2, 1 / 6)], 1, (2 / 3, 2 / 3), (2 / 3, 3 / 4), 0),
    "oneill": (JOKERS, np.negative(JOKERS), [(-0.2, 0.2)], 0, (0, 0), None, 0.5),
    "climbing": (
        CLIMBING,
        CLIMBING,
        [(11, 11), (7, 7), (55 / 16, 55 / 16)],
        22,
        (5738700 / 1151779, 22),
        (132 / 47, 22),
        110 / 9,
    ),
    "penalty-10": (PENALTY[10], None, [*PENALTIES, (0, 0)], 20, (0, 20), None, 8 / 9),
    "penalty-100": (PENALTY[100], None, PENALTIES, 20, (0, 20), None, 368 / 9),
    "travellers-dilemma-2-6": (CLAIMS, None, [(2, 2)], 12, (4, 4), (4, 32 / 3), 0.8),
    "minimum-effort-4": (EFFORT, None, EFFORTS, 8, (2, 8), None, 0.5),
    "inspection-2x2": ([[0, -1], [-2, 0]], [[0, 1], [1, -1]], [(-2 / 3, 1 / 3)], 0, (-1 / 3, -1 / 3), None, 0.5),
    "deadlock": ([[1, 0], [3, 2]], None, [(2, 2)], 4, (4, 4), None, 2),
    "shapley-1974": (
        [[0, 3, 0], [2, 2, 0], [3, 0, 1]],
        None,
        [(1, 1), (2, 2), (1, 1)],
        5,
        (24 / 13, 24 / 5),
        (1.5, 5),
        2 / 9,
    ),
}
# Nau, Gomez Canovas and Hansen 2004, sections 4 to 6: the outcomes with the action of player 0 changing fastest
NAU = {
    "nau-irrational": [(3, 0, 2), (0, 1, 0), (0, 2, 0), (1, 0, 0), (1, 0, 0), (0, 3, 0), (0, 1, 0), (2, 0, 3)],
    "nau-continuum": [(0, 0, 2), (3, 0, 0), (0, 3, 0), (0, 0, 0), (1, 1, 0), (0, 0, 0), (0, 0, 0), (0, 0, 3)],
    "nau-interior": [
        *((2, 0, 0), (0, 2, 1), (0, 1, 1), (1, 0, 2), (1, 0, 2), (0, 1, 1), (0, 2, 1), (2, 0, 0)),
        *((1, 0, 1), (0, 2, 0), (0, 1, 2), (2, 0, 1), (2, 0, 1), (0, 1, 2), (0, 2, 0), (1, 0, 1)),
    ],
}
BY_RULE = ("jordan-pennies", "minority-3", "blotto-3-3", "blotto-5-3", "von-stengel-6x6", *NAU)
TWO_PLAYERS = [name for name in names() if load(name).players == 2 and max(load(name).actions) <= 6]


def raw(name):
    return json.loads(resources.files(folder).joinpath(f"{name}.json").read_text(encoding="utf-8"))


def reply_payoffs(payoffs, profile, player):
    """What each action pays against the others' part of the profile, straight from the definition."""
    values = [0] * payoffs.shape[player + 1]
    for joint in product(*map(range, payoffs.shape[1:])):
        weight = 1
        for other, action in enumerate(joint):
            weight = weight * profile[other][action] if other != player else weight
        values[joint[player]] += weight * Fraction(float(payoffs[(player, *joint)]))
    return values


def test_every_game_is_tested_here_and_no_family_has_its_name():
    assert set(names()) == {*TABLE, *BY_RULE}
    assert not set(names()) & set(family_names())


@pytest.mark.parametrize("name", TABLE)
def test_payoffs_and_known_values(name):
    row, column, equilibrium_payoffs, welfare, correlated, coarse, nash_conv = TABLE[name]
    game = load(name)
    np.testing.assert_array_equal(game.payoffs, [row, np.transpose(row) if column is None else column])
    np.testing.assert_allclose(
        sorted(game.equilibrium_payoffs), sorted(tuple(map(float, paid)) for paid in equilibrium_payoffs), atol=1e-15
    )
    assert game.max_welfare == welfare
    assert game.known["ce_welfare"] == pytest.approx(correlated, abs=1e-15)
    assert game.known["cce_welfare"] == pytest.approx(coarse or correlated, abs=1e-15)
    assert game.known["uniform_nash_conv"] == pytest.approx(nash_conv, abs=1e-15)


def test_jordan_pennies():
    # u1 = 1 if a = b, u2 = 1 if b = c, u3 = 1 if c differs from a, else -1 (Jordan 1993)
    game = load("jordan-pennies")
    for a, b, c in product(range(2), repeat=3):
        assert list(game.payoffs[:, a, b, c]) == [1 if won else -1 for won in (a == b, b == c, c != a)]
    assert game.max_welfare == 1
    assert game.equilibria == (((0.5, 0.5),) * 3,)
    assert game.equilibrium_payoffs == ((0, 0, 0),)


def test_minority_game():
    # 1 for whoever is alone (Challet and Zhang 1997); equilibria: one left, one right, the third anything; or all mix
    game = load("minority-3")
    for joint in product(range(2), repeat=3):
        assert list(game.payoffs[(slice(None), *joint)]) == [joint.count(own) == 1 for own in joint]
    pure = {joint for joint in product(range(2), repeat=3) if len(set(joint)) == 2}
    assert {tuple(own.index(1) for own in profile) for profile in game.equilibria[:6]} == pure
    assert game.equilibria[6:] == (((0.5, 0.5),) * 3,)
    for one, other in permutations(range(3), 2):
        (third,) = {0, 1, 2} - {one, other}
        profile = [(F(1, 3), F(2, 3))] * 3
        profile[one], profile[other] = (1, 0), (0, 1)
        for player in range(3):
            values = reply_payoffs(game.payoffs, profile, player)
            assert max(values) == sum(p * v for p, v in zip(profile[player], values, strict=True))
        assert profile[third] == (F(1, 3), F(2, 3))


@pytest.mark.parametrize(("soldiers", "actions", "nash_conv"), [(3, 10, 3 / 5), (5, 21, 4 / 7)])
def test_blotto(soldiers, actions, nash_conv):
    # the sign of the number of fields won minus the number lost (Borel 1921; Hart 2008)
    game = load(f"blotto-{soldiers}-3")
    armies = [tuple(map(int, name.split("-"))) for name in game.action_names[0]]
    assert armies == sorted(army for army in product(range(soldiers + 1), repeat=3) if sum(army) == soldiers)
    assert len(armies) == actions
    for (r, own), (c, other) in product(enumerate(armies), repeat=2):
        assert game.payoffs[0, r, c] == np.sign(sum(np.sign(x - y) for x, y in zip(own, other, strict=True)))
    assert game.known["uniform_nash_conv"] == nash_conv
    assert game.known["value"] == 0


@pytest.mark.parametrize("name", NAU)
def test_games_of_nau(name):
    game = load(name)
    joints = [joint[::-1] for joint in product(*map(range, game.actions[::-1]))]
    assert [tuple(game.payoffs[(slice(None), *joint)]) for joint in joints] == NAU[name]


def test_the_irrational_equilibrium():
    # Nobody gains if player 2 plays its first action with the root r of 2 r^2 + 23 r - 9 (from the three indifferences)
    r = ((23**2 + 4 * 2 * 9) ** 0.5 - 23) / 4
    (((p, _), (q, _), (third, _)),) = load("nau-irrational").equilibria
    assert third == pytest.approx(r, abs=1e-15)
    assert (p, q) == pytest.approx(((3 - 2 * r) / (4 - r), (2 - r) / (3 + r)), abs=1e-15)


def test_the_continuum_of_equilibria():
    # 2 p q = 3 (1 - p) (1 - q) and a third player who plays its first action with 1/4 (Nau et al. 2004, section 5)
    game = load("nau-continuum")
    for p in (F(0), F(1, 7), F(1, 2), F(1)):
        q = 3 * (1 - p) / (3 - p)
        profile = [(p, 1 - p), (q, 1 - q), (F(1, 4), F(3, 4))]
        for player in range(3):
            values = reply_payoffs(game.payoffs, profile, player)
            assert max(values) == sum(x * v for x, v in zip(profile[player], values, strict=True))


@pytest.mark.parametrize(("name", "radius"), [("jordan-pennies", 0.1), ("nau-irrational", 0.2)])
def test_there_is_no_equilibrium_elsewhere(name, radius):
    """Wherever the gains on a grid are too large for an equilibrium within half a step, there is none.

    Player i's gain is multilinear in the others and in the own mixture; with payoffs that span d it changes by at most
    2 d for a change of 1 in a probability, so by at most 3 d h within half a step h / 2 in each of three probabilities.
    """
    payoffs, (listed,) = load(name).payoffs, load(name).equilibria
    step = 1 / 150
    grid = np.linspace(0, 1, 151)
    x = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"))
    mixed = np.stack([x, 1 - x], axis=1)  # (player, action, ...)
    possible = np.ones(x.shape[1:], bool)
    for player in range(3):
        one, two = (other for other in range(3) if other != player)
        own = np.moveaxis(payoffs[player], player, 0)
        values = np.einsum("abc,bxyz,cxyz->axyz", own, mixed[one], mixed[two])
        gain = values.max(axis=0) - (values * mixed[player]).sum(axis=0)
        possible &= gain <= 3 * np.ptp(payoffs[player]) * step
    points = x[:, possible]
    assert points.size
    assert np.abs(points - np.array(listed)[:, :1]).max() < radius


@pytest.mark.parametrize("name", names())
def test_equilibria_leave_nothing_to_gain(name):
    # exactly, for the fractions that the files hold; the only decimals are those of the irrational equilibrium
    game, data = load(name), raw(name)
    assert game.equilibria
    for entry in data["equilibria"]:
        profile = [[Fraction(p) for p in own] for own in entry["profile"]]
        assert all(sum(own) == 1 for own in profile)
        for player, own in enumerate(profile):
            values = reply_payoffs(game.payoffs, profile, player)
            value = sum(p * v for p, v in zip(own, values, strict=True))
            slack = 1e-18 if name == "nau-irrational" else 0
            assert max(values) - value <= slack
            assert abs(value - Fraction(entry["payoffs"][player])) <= slack


def solve(rows):
    """The solution of a square system, given as rows that end in the right-hand side; None if there is not just one."""
    rows, size = [list(row) for row in rows], len(rows)
    for k in range(size):
        pivot = next((row for row in rows[k:] if row[k]), None)
        if pivot is None:
            return None
        rows.remove(pivot)
        pivot = [value / pivot[k] for value in pivot]
        rows = [[a - row[k] * b for a, b in zip(row, pivot, strict=True)] if row[k] else row for row in rows]
        rows.insert(k, pivot)
    return [row[size] for row in rows]


def vertices(table):
    """All vertices but 0 of x >= 0, table x <= 1, with their support and the rows that hold with equality."""
    found = {}
    count, size = len(table), len(table[0])
    for k in range(1, min(count, size) + 1):
        for support, tight in product(combinations(range(size), k), combinations(range(count), k)):
            x = solve([[table[j][i] for i in support] + [Fraction(1)] for j in tight])
            if x is None or min(x) < 0:
                continue
            point = [Fraction(0)] * size
            for i, value in zip(support, x, strict=True):
                point[i] = value
            values = [sum(row[i] * point[i] for i in support) for row in table]
            if max(values) <= 1:
                best = frozenset(j for j, value in enumerate(values) if value == 1)
                found[tuple(p / sum(point) for p in point)] = frozenset(i for i in support if point[i]), best
    return found


def polytopes(game):
    """Vertices of both best-response polytopes (von Stengel 2002), of payoffs shifted to be positive."""
    row, column = ([[Fraction(float(v)) for v in own] for own in table - table.min() + 1] for table in game.payoffs)
    return vertices(list(zip(*column, strict=True))), vertices(row)


@pytest.mark.parametrize("name", TWO_PLAYERS)
def test_the_list_is_what_it_is_said_to_be(name):
    game, data = load(name), raw(name)
    first, second = polytopes(game)
    extreme = {
        (x, y)
        for (x, (own, best)), (y, (other, replies)) in product(first.items(), second.items())
        if own <= replies and other <= best
    }
    listed = [tuple(tuple(map(Fraction, own)) for own in entry["profile"]) for entry in data["equilibria"]]
    assert set(listed) == extreme and len(listed) == len(extreme)
    # a convex set of more than one equilibrium has two extreme ones in which a player plays the same
    isolated = len({x for x, _ in extreme}) == len({y for _, y in extreme}) == len(extreme)
    assert game.completeness == ("all" if isolated else "extreme")
    degenerate = any(len(best) > len(own) for own, best in [*first.values(), *second.values()])
    assert ("degenerate" in game.tags) == degenerate


def test_the_6x6_game_has_75_equilibria():
    # more than 2^6 - 1 = 63, which had been conjectured to be the most (von Stengel 1999)
    game = load("von-stengel-6x6")
    assert game.payoffs[:, 0, 0].tolist() == [-81, 72] and game.payoffs[:, 4, 0].tolist() == [270, 270]
    assert (len(game.equilibria), game.completeness) == (75, "all")


@pytest.mark.parametrize("name", names())
def test_no_pure_equilibrium_is_missing(name):
    game = load(name)
    best = [own == own.max(axis=player, keepdims=True) for player, own in enumerate(game.payoffs)]
    pure = {tuple(joint) for joint in np.argwhere(np.logical_and.reduce(best)).tolist()}
    listed = {tuple(int(np.argmax(own)) for own in p) for p in game.equilibria if all(max(own) == 1 for own in p)}
    assert listed == pure


def deviations(payoffs, coarse):
    """One row a deviation: its gain at every joint action, which must not be positive on average."""
    rows = []
    for player, own in enumerate(payoffs):
        own = np.moveaxis(own, player, 0)
        for told, played in product([None] if coarse else range(len(own)), range(len(own))):
            gain = own[played] - own
            if told is not None:
                gain = np.where(np.reshape(np.arange(len(own)) == told, (-1, *[1] * (own.ndim - 1))), gain, 0)
            rows.append(np.moveaxis(gain, 0, player).ravel())
    return np.array(rows)


def best_joint(payoffs, coarse, sign):
    rows, welfare = deviations(payoffs, coarse), payoffs.sum(axis=0).ravel()
    return linprog(-sign * welfare, rows, np.zeros(len(rows)), np.ones((1, welfare.size)), [1])


@pytest.mark.parametrize("name", names())
def test_welfare_of_correlated_equilibria(name):
    game = load(name)
    size = 1 + np.abs(game.payoffs).max()  # the solver's tolerances, 1e-7, are relative to it
    for key, coarse in (("ce_welfare", False), ("cce_welfare", True)):
        found = [sign * -best_joint(game.payoffs, coarse, sign).fun for sign in (-1, 1)]
        assert game.known[key] == pytest.approx(found, abs=1e-7 * size)


def test_the_best_correlated_equilibrium_of_chicken():
    # Aumann 1974: peace with probability 1/2, either one gives way with 1/4
    assert best_joint(load("chicken").payoffs, False, 1).x == pytest.approx([0.5, 0.25, 0.25, 0], abs=1e-9)


@pytest.mark.parametrize("name", names())
def test_nash_conv_of_uniform_play(name):
    payoffs = load(name).payoffs
    own = [np.moveaxis(table, player, 0).reshape(table.shape[player], -1) for player, table in enumerate(payoffs)]
    gains = [table.mean(axis=1).max() - table.mean() for table in own]
    assert load(name).known["uniform_nash_conv"] == pytest.approx(sum(gains), abs=1e-13)


@pytest.mark.parametrize("name", [name for name in names() if "ce_vertices" in load(name).known])
def test_polytope_of_correlated_equilibria(name):
    # Nau et al. 2004 give 5 vertices for section 3, 33 in 7 dimensions, 8 in 7 and 6 in 4 for sections 4, 5 and 6
    game = load(name)
    size = game.payoffs[0].size
    rows = np.vstack([deviations(game.payoffs, False), -np.eye(size)])
    rows = np.unique(rows[np.abs(rows).max(axis=1) > 0], axis=0)
    total, one = np.ones((1, size)), [1]
    slack = [-linprog(row, rows, np.zeros(len(rows)), total, one, bounds=(None, None)).fun for row in rows]
    always = np.array(slack) < 1e-9  # inequalities that are equalities on all of the polytope
    equalities = np.vstack([total, rows[always]])
    inside = np.linalg.lstsq(equalities, np.eye(len(equalities))[0], rcond=None)[0]
    _, lengths, axes = np.linalg.svd(equalities)
    axes = axes[(lengths > 1e-9).sum() :].T
    left, limit = rows[~always] @ axes, -rows[~always] @ inside
    chosen = np.array(list(combinations(range(len(left)), axes.shape[1])))
    chosen = chosen[np.abs(np.linalg.det(left[chosen])) > 1e-9]
    corners = np.linalg.solve(left[chosen], limit[chosen][..., None])[..., 0]
    corners = corners[(corners @ left.T <= limit + 1e-9).all(axis=1)]
    assert axes.shape[1] == game.known["ce_dimension"]
    assert (
        len({tuple(row) for row in (np.round(corners @ axes.T + inside, 6) + 0.0).tolist()})
        == game.known["ce_vertices"]
    )


@pytest.mark.parametrize("name", names())
def test_tags_are_true(name):
    game = load(name)
    same = [
        all(
            np.array_equal(game.payoffs[order[player]], np.transpose(game.payoffs[player], np.argsort(order)))
            for player in range(game.players)
        )
        for order in permutations(range(game.players))
        if len(set(game.actions)) == 1
    ]
    assert ("symmetric" in game.tags) == (all(same) and bool(same))
    assert ("zero-sum" in game.tags) == ("value" in game.known) == (not game.payoffs.sum(axis=0).any())
    assert ("common-payoff" in game.tags) == (not np.ptp(game.payoffs, axis=0).any())
    assert "x".join(map(str, game.actions)) in game.tags
    single = game.completeness == "all" and len(game.equilibria) == 1
    assert ("unique-equilibrium" in game.tags or "dominance-solvable" in game.tags) == single
    if "value" in game.known:
        assert {paid[0] for paid in game.equilibrium_payoffs} == {game.known["value"]}


def test_the_axes_are_players():
    # Bach or Stravinsky: at Bach, the row player gets 2 and the column player 1; in the prisoner's dilemma player 0
    # gets 5 by defecting (its action is the first axis of both tensors) while player 1 gets 0.
    assert load("bach-or-stravinsky").payoffs[:, 0, 0].tolist() == [2, 1]
    assert load("prisoners-dilemma").payoffs[:, 1, 0].tolist() == [5, 0]
    assert load("shapley").payoffs[:, 0, 2].tolist() == [1, 0]


def test_a_tensor_is_recognised_and_another_is_not():
    for name in names():
        assert identify(load(name).payoffs.copy()) is load(name)
    other = identify(2.0 * load("chicken").payoffs)
    assert (other.name, other.equilibria, other.max_welfare) == ("", (), 24)
    assert other.action_names == (("0", "1"), ("0", "1"))


def test_payoffs_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        load("chicken").payoffs[0, 0, 0] = 9


def test_families_are_built_from_parameters():
    assert "public-goods" in family_names()
    assert load("public-goods", players=4).payoffs.shape == (4, 2, 2, 2, 2)
    with pytest.raises(TypeError, match="has no knob 'playrs'; did you mean 'players'"):
        load("public-goods", playrs=4)
    with pytest.raises(TypeError, match="the game 'chicken' has no knobs, such as players"):
        load("chicken", players=3)


def test_unknown_game():
    with pytest.raises(ValueError, match="game='chiken' is not in the library; did you mean 'chicken'\\? It has: bach"):
        load("chiken")
    with pytest.raises(ValueError, match="did you mean 'stag-hunt'"):
        load("Stag-Hunt")
    with pytest.raises(ValueError, match="did you mean 'public-goods'"):
        load("public-good")
    for wrong in (3, None, ["chicken"]):
        with pytest.raises(TypeError, match=r"game=.* must be the name of a game"):
            load(wrong)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"players": 3}, "players is 3"),
        (
            {"action_names": [["a", "b"], ["a"]]},
            r"action_names\[1\]=\['a'\] is not allowed: .* must hold 2, 2 different",
        ),
        ({"action_names": [["a", "b"], ["a", "a"]]}, r"action_names\[1\].*different names"),
        ({"action_names": [["a", "b"]]}, "different names for the players"),
        ({"action_names": ["ab", "cd"]}, "different names"),
        ({"action_names": [[1, 2], [3, 4]]}, "different names"),
        ({"title": 3}, "title=3 must be text"),
        ({"tags": "2x2"}, "tags='2x2' must be a list"),
        (
            {"equilibria": [{"profile": [["1/2", "1/3"], ["1", "0"]], "payoffs": [0, 0]}]},
            r"profile\[0\] must hold probabilities",
        ),
        (
            {"equilibria": [{"profile": [["3/2", "-1/2"], ["1", "0"]], "payoffs": [0, 0]}]},
            r"profile\[0\] must.* is -0.5",
        ),
        ({"equilibria": [{"profile": [["1"], ["1", "0"]], "payoffs": [0, 0]}]}, r"must hold \(2, 2\) probabilities"),
        ({"equilibria": [{"profile": [["1/0", "1"], ["1", "0"]], "payoffs": [0, 0]}]}, "'1/0' in profile"),
        ({"equilibria": [{"profile": [["1", "0"], ["0", "1"]], "payoffs": [2, 6]}]}, "does not pay player 1 6"),
        ({"equilibria": [{"profile": [["1", "0"], ["0", "1"]], "payoffs": [2]}]}, "must be those of 2 players"),
        (
            {"equilibria": [{"profile": [["1", "0"], ["1", "0"]], "payoffs": [6, 6]}]},
            "no equilibrium: player 0 gains 1 ",
        ),
        ({"equilibria": [{"profile": [["1", "0"], ["1", "0"]]}]}, "must have the keys"),
        ({"completeness": "none"}, "completeness='none' with 3 equilibria"),
        ({"completeness": "most"}, "completeness='most'"),
        ({"equilibria": []}, "completeness='all' with 0"),
        ({"known": {"ce_welfare": [3, 2]}}, r"ce_welfare=\[3, 2\] must be the least and the greatest"),
        ({"known": {"ce_welfare": [1, 2, 3]}}, "ce_welfare"),
        ({"known": {"value": "much"}}, "'much' in value"),
        ({"known": {"value": True}}, "True in value"),
        ({"known": {"ce_vertices": 2.5}}, "must be a count"),
        ({"known": {"colour": 1}}, "may have only ce_welfare"),
        ({"max_welfare": 13}, "max_welfare is 13"),
        ({"payoffs": [[[6, 2], [7, None]], [[6, 7], [2, 0]]]}, "payoffs=.* must be a tensor"),
        ({"payoffs": [[[6, 2], [7]], [[6, 7], [2, 0]]]}, "payoffs=.* must be a tensor"),
        ({"payoffs": [[[6, 2], [7, float("nan")]], [[6, 7], [2, 0]]]}, r"payoffs\[0, 1, 1\]=nan"),
        ({"citations": "me"}, "unknown key 'citations'; did you mean 'citation'"),
    ],
)
def test_malformed_data_is_refused(change, message):
    data = raw("chicken")
    parse(data)
    with pytest.raises((ValueError, TypeError), match=message):
        parse({**data, **change})


def test_only_the_payoffs_are_required():
    game = parse({"payoffs": raw("chicken")["payoffs"]})
    assert (game.name, game.title, game.completeness) == ("", "A game of 2 x 2 actions", "none")
    with pytest.raises(ValueError, match="no key 'payoffs'"):
        parse({"name": "chicken"})
    with pytest.raises(ValueError, match="must be an object"):
        parse([1, 2])


@pytest.mark.parametrize(
    ("payoffs", "error", "message"),
    [
        ([["a", "b"]], TypeError, r"payoffs=\[\['a', 'b'\]\] is not allowed"),
        ([[True, False]], TypeError, "finite numbers"),
        ([[1j, 0]], TypeError, "finite numbers"),
        (None, TypeError, "payoffs=None is not allowed"),
        ([[[1, 2], [3]], [[1, 2], [3, 4]]], ValueError, "payoffs=.* must be a tensor"),
        ([[1, 2], [3, 4]], ValueError, r"shape \(2, 2\).*first of length n"),
        (np.zeros((3, 2, 2)), ValueError, r"shape \(3, 2, 2\)"),
        (np.zeros((2, 2, 0)), ValueError, r"shape \(2, 2, 0\)"),
        (5.0, ValueError, r"shape \(\)"),
        ([[[1, 2], [np.nan, 4]], [[1, 2], [3, 4]]], ValueError, r"payoffs\[0, 1, 0\]=nan is not allowed"),
        ([[1, np.inf]], ValueError, r"payoffs\[0, 1\]=inf"),
    ],
)
def test_bad_payoffs(payoffs, error, message):
    with pytest.raises(error, match=message):
        check_payoffs(payoffs)


def test_good_payoffs_are_copied():
    mine = np.arange(4.0).reshape(1, 4)
    checked = new_game(mine).payoffs
    mine[0, 0] = 9
    assert checked.tolist() == [[0, 1, 2, 3]]
    assert not checked.flags.writeable
    assert check_payoffs([[[1, 2]], [[3, 4]]]).dtype == np.float64
