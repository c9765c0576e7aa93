"""The parametric families against their closed-form answers, and against definitions written out player by player."""

from itertools import product
from math import comb, factorial

import numpy as np
import pytest
from scipy.optimize import brentq, linprog

from regretlab.envs.games import load
from regretlab.solvers.normal_form import expected_payoffs, nash_conv, pure_nash, uniform_profile
from regretlab.solvers.support_enumeration import support_enumeration


def symmetric(game, *own):
    return [np.array(own)] * game.players


def pure(game, *actions):
    return [np.eye(count)[action] for count, action in zip(game.actions, actions, strict=True)]


def value(matrix):
    """The value of a zero-sum game to the row player, by linear programming."""
    rows, columns = matrix.shape
    answer = linprog(
        [*np.zeros(rows), -1],
        A_ub=np.column_stack([-matrix.T, np.ones(columns)]),
        b_ub=np.zeros(columns),
        A_eq=[[*np.ones(rows), 0]],
        b_eq=[1],
        bounds=[(0, None)] * rows + [(None, None)],
    )
    return -answer.fun


def by_definition(game, payoff):
    """The tensor of the game in which player i gets payoff(i, joint action)."""
    tensor = np.empty(game.payoffs.shape)
    for joint in product(*map(range, game.actions)):
        for player in range(game.players):
            tensor[(player, *joint)] = payoff(player, joint)
    return tensor


@pytest.mark.parametrize(("players", "factor"), [(2, 1.5), (3, 2.0), (5, 4.0)])
def test_public_goods(players, factor):
    # Ledyard 1995: with 1 < r < n keeping is dominant and pays 1, all giving pays r
    game = load("public-goods", players=players, factor=factor)
    assert pure_nash(game.payoffs) == [(0,) * players]
    np.testing.assert_array_equal(game.payoffs[(slice(None), *[0] * players)], 1)
    np.testing.assert_allclose(game.payoffs[(slice(None), *[1] * players)], factor)
    assert game.max_welfare == pytest.approx(players * factor)
    # the prisoner's dilemma of n players: k others give, C(k) = X k + Y, D(k) = X k + Z, 0 < Z - Y < X
    x = factor / players
    for others in range(players):
        joint = [1] * others + [0] * (players - 1 - others)
        np.testing.assert_allclose(game.payoffs[(0, 1, *joint)], x * others + x)
        np.testing.assert_allclose(game.payoffs[(0, 0, *joint)], x * others + 1)
    assert 0 < 1 - x < x


@pytest.mark.parametrize(("players", "capacity"), [(4, 2), (5, 3), (7, 4)])
def test_el_farol(players, capacity):
    # Indifference: P[Bin(n - 1, p) <= c - 1] = (S - B) / (G - B)
    good, stay, bad = 3.0, 1.0, 0.5

    def room(p):
        return sum(comb(players - 1, k) * p**k * (1 - p) ** (players - 1 - k) for k in range(capacity))

    p = brentq(lambda p: room(p) - (stay - bad) / (good - bad), 0, 1, xtol=1e-15)
    game = load("el-farol", players=players, capacity=capacity, good=good, stay=stay, bad=bad)
    assert nash_conv(game.payoffs, symmetric(game, 1 - p, p)) < 1e-12
    assert nash_conv(game.payoffs, symmetric(game, 0.9 - p, 0.1 + p)) > 1e-3
    # pure: exactly capacity players go
    assert {sum(profile) for profile in pure_nash(game.payoffs)} == {capacity}
    assert len(pure_nash(game.payoffs)) == comb(players, capacity)


@pytest.mark.parametrize("players", [3, 5])
def test_minority(players):
    # whoever leaves a majority of (n + 1) / 2 makes the other side one: all 2 C(n, (n - 1) / 2) such splits are stable
    game = load("minority", players=players)
    assert len(pure_nash(game.payoffs)) == 2 * comb(players, (players - 1) // 2)
    assert nash_conv(game.payoffs, uniform_profile(game.payoffs)) < 1e-15
    assert game.max_welfare == (players - 1) // 2
    assert load("minority", players=4).payoffs[:, 0, 0, 1, 1].max() == 0  # an even split has no minority


@pytest.mark.parametrize("players", [2, 3])
def test_travellers_dilemma(players):
    game = load("travellers-dilemma", players=players)
    assert pure_nash(game.payoffs) == [(0,) * players]
    np.testing.assert_array_equal(game.payoffs[(slice(None), *[0] * players)], 2)
    if players == 2:
        # Basu 1994; NashConv of uniform play .8 from the payoffs
        assert game.payoffs[:, 1, 4].tolist() == [5, 1]  # claims 3 and 6
        assert nash_conv(game.payoffs, uniform_profile(game.payoffs)) == pytest.approx(0.8)
        assert game.max_welfare == 12
    else:
        assert game.payoffs[:, 1, 1, 4].tolist() == [5, 5, 1]  # two claim least


def test_eleven_twenty():
    # Arad and Rubinstein 2012: 15, ..., 20 with .25, .25, .2, .15, .1, .05
    game = load("eleven-twenty")
    mix = symmetric(game, 0, 0, 0, 0, 0.25, 0.25, 0.20, 0.15, 0.10, 0.05)
    assert nash_conv(game.payoffs, mix) < 1e-13
    np.testing.assert_allclose(expected_payoffs(game.payoffs, mix), 20)
    assert game.payoffs[:, 8, 9].tolist() == [39, 20]
    assert pure_nash(game.payoffs) == []
    found = [equilibrium.profile for equilibrium in support_enumeration(game.payoffs).equilibria]
    own = [first for first, second in found if np.allclose(first, second)]
    np.testing.assert_allclose(own, [mix[0]], atol=1e-12)  # the only symmetric one


@pytest.mark.parametrize("players", [2, 3])
def test_minimum_effort(players):
    # Van Huyck, Battalio and Beil 1990: every common effort, and no other pure profile
    game = load("minimum-effort", players=players, efforts=4)
    assert pure_nash(game.payoffs) == [(effort,) * players for effort in range(4)]
    np.testing.assert_array_equal(game.payoffs[(slice(None), *[3] * players)], 4)
    assert load("minimum-effort", base=1.0, benefit=3.0, cost=2.0).payoffs[:, 0, 2].tolist() == [1 + 3 - 2, 1 + 3 - 6]


def test_p_beauty():
    # Nagel 1995: all 0; with integer guesses all 1 is stable from four players on (2/3 of 3/4 is as near to 1 as to 0)
    assert pure_nash(load("p-beauty", players=3).payoffs) == [(0, 0, 0)]
    assert set(pure_nash(load("p-beauty", players=4, highest=5).payoffs)) >= {(0, 0, 0, 0), (1, 1, 1, 1)}
    two = load("p-beauty", players=2, highest=20)
    low = two.payoffs[0][np.tril_indices(21, -1)[::-1]]
    assert low.min() == 1  # of two, the lower guess always wins
    game = load("p-beauty", players=3, highest=6, prize=3.0)

    def payoff(player, joint):
        distances = [abs(9 * guess - 2 * sum(joint)) for guess in joint]  # times nine: integers
        return 3 / distances.count(min(distances)) if distances[player] == min(distances) else 0

    np.testing.assert_allclose(game.payoffs, by_definition(game, payoff))


@pytest.mark.parametrize(("players", "actions"), [(2, 2), (3, 3), (3, 2), (4, 2)])
def test_dispersion(players, actions):
    # Grenager, Powers and Shoham 2002: the even spreads are stable
    game = load("dispersion", players=players, actions=actions)
    low = players // actions
    more = players - low * actions
    spreads = (
        comb(actions, more) * factorial(players) // (factorial(low + 1) ** more * factorial(low) ** (actions - more))
    )
    found = pure_nash(game.payoffs, tolerance=1e-12)
    assert len(found) == spreads
    assert all(
        max(np.bincount(profile, minlength=actions)) - min(np.bincount(profile, minlength=actions)) <= 1
        for profile in found
    )
    assert nash_conv(game.payoffs, uniform_profile(game.payoffs)) < 1e-12


@pytest.mark.parametrize("players", [2, 3, 6])
def test_volunteers_dilemma(players):
    # Diekmann 1985: p = 1 - (c / b)^(1 / (n - 1)); and exactly one volunteer in pure play
    game = load("volunteers-dilemma", players=players, benefit=5.0, cost=2.0)
    p = 1 - (2 / 5) ** (1 / (players - 1))
    assert nash_conv(game.payoffs, symmetric(game, 1 - p, p)) < 1e-12
    assert {sum(profile) for profile in pure_nash(game.payoffs)} == {1}


def test_volunteers_with_a_threshold():
    # a player is pivotal when needed - 1 of the others volunteer: b C(3, 1) p (1 - p)^2 = c
    game = load("volunteers-dilemma", players=4, needed=2, benefit=4.0, cost=1.0)
    p = brentq(lambda p: 4 * 3 * p * (1 - p) ** 2 - 1, 1 / 3, 1, xtol=1e-15)
    assert nash_conv(game.payoffs, symmetric(game, 1 - p, p)) < 1e-12
    assert {sum(profile) for profile in pure_nash(game.payoffs)} == {0, 2}


@pytest.mark.parametrize(("players", "fineness"), [(1, 3), (2, 1), (2, 4), (3, 2), (4, 1)])
def test_cournot(players, fineness):
    # q* = (a - c) / (b (n + 1)), price - cost = (a - c) / (n + 1), profit their product
    game = load("cournot", players=players, intercept=12.0, slope=0.5, cost=2.0, fineness=fineness)
    assert (fineness,) * players in pure_nash(game.payoffs, tolerance=1e-12)
    q = 10 / (0.5 * (players + 1))
    assert float(game.action_names[0][fineness]) == pytest.approx(q, rel=1e-5)
    np.testing.assert_allclose(game.payoffs[(slice(None), *[fineness] * players)], q * 10 / (players + 1))


def test_bertrand():
    # two firms: both at cost, or both one above it, by undercutting
    game = load("bertrand", demand=10, cost=2)
    assert pure_nash(game.payoffs) == [(2, 2), (3, 3)]
    assert game.payoffs[:, 3, 3].tolist() == [3.5, 3.5]
    assert game.payoffs[:, 4, 6].tolist() == [12, 0]
    three = load("bertrand", players=3, demand=6, cost=1)
    assert (1, 1, 1) in pure_nash(three.payoffs)
    assert three.payoffs[:, 3, 3, 5].tolist() == [3, 3, 0]


def test_hotelling():
    # Hotelling 1929, his example: l = 35, a = 4, b = 1, c = 1: prices 36 and 34, sales 18 and 17, profits 648 and 578
    game = load("hotelling")
    assert (36, 34) in pure_nash(game.payoffs)
    assert game.payoffs[:, 36, 34].tolist() == [648, 578]
    assert game.payoffs[:, 0, 31].tolist() == [0, 0]  # too far apart: shop 0 sells to all, for nothing
    assert game.payoffs[:, 31, 0].tolist() == [0, 0]
    assert game.payoffs[:, 10, 41].tolist() == [350, 0]


def test_congestion_against_the_definition():
    paths, slopes, constants = ((0, 1), (2,), (1, 2)), (1.0, 2.0, 0.5), (0.0, 1.0, 3.0)
    game = load("congestion", players=3, paths=paths, slopes=slopes, constants=constants)

    def payoff(player, joint):
        users = [sum(resource in paths[action] for action in joint) for resource in range(3)]
        return -sum(slopes[r] * users[r] + constants[r] for r in paths[joint[player]])

    np.testing.assert_allclose(game.payoffs, by_definition(game, payoff))
    assert game.action_names[0] == ("0+1", "2", "1+2")


@pytest.mark.parametrize("name", ["pigou", "braess"])
@pytest.mark.parametrize("players", [2, 3, 4, 5, 6, 7])
def test_price_of_anarchy_of_roads(name, players):
    # 4/3 for even n and 4 n^2 / (3 n^2 + 1) for odd n; Roughgarden and Tardos 2002 in the limit
    game = load(name, players=players)
    cost = -game.payoffs.sum(axis=0)
    worst = max(cost[profile] for profile in pure_nash(game.payoffs, tolerance=1e-12))
    wanted = 4 / 3 if players % 2 == 0 else 4 * players**2 / (3 * players**2 + 1)
    assert worst / cost.min() == pytest.approx(wanted)
    assert worst == pytest.approx(players if name == "pigou" else 2 * players)


def test_braess_without_the_shortcut():
    game = load("braess", players=4, shortcut=False)
    cost = -game.payoffs.sum(axis=0)
    assert {float(cost[profile]) for profile in pure_nash(game.payoffs, tolerance=1e-12)} == {6.0}
    assert cost.min() == 6  # the best with the shortcut, too
    assert -load("braess", players=4).max_welfare == pytest.approx(6)


def test_arms_race():
    # first order: benefit = cost x at x = y; both would gain by disarming
    game = load("arms-race", benefit=2.0, rivalry=0.3, cost=0.5, fineness=3)
    assert (3, 3) in pure_nash(game.payoffs)
    assert float(game.action_names[0][3]) == 4
    assert game.payoffs[:, 3, 3].tolist() == [-4, -4]
    assert game.payoffs[:, 0, 0].tolist() == [0, 0]


def test_war_of_attrition():
    # one leaves at once, the other would stay for value / cost = 4 rounds or more
    game = load("war-of-attrition", value=4.0, cost=1.0, rounds=6)
    expected = {(0, stay) for stay in (4, 5, 6)} | {(stay, 0) for stay in (4, 5, 6)}
    assert set(pure_nash(game.payoffs)) == expected
    assert game.payoffs[:, 2, 5].tolist() == [-2, 2]
    assert game.payoffs[:, 3, 3].tolist() == [-1, -1]


def test_grab_the_dollar():
    game = load("grab-the-dollar", times=4)
    assert set(pure_nash(game.payoffs)) == {(0, later) for later in (1, 2, 3)} | {(later, 0) for later in (1, 2, 3)}
    assert game.payoffs[:, 1, 2].tolist() == [1, 0]
    assert game.payoffs[:, 1, 1].tolist() == [-1, -1]


@pytest.mark.parametrize(("soldiers", "divisions", "gap"), [(3, 10, 0.6), (5, 21, 0.5714), (10, 66, 0.6364)])
def test_blotto(soldiers, divisions, gap):
    # numbers of divisions C(S + 2, 2); NashConv of uniform play .600, .571, .636 by enumeration; value 0 by symmetry
    game = load("blotto", soldiers=soldiers, fields=3)
    assert game.actions == (divisions, divisions)
    assert nash_conv(game.payoffs, uniform_profile(game.payoffs)) == pytest.approx(gap, abs=5e-4)
    assert value(game.payoffs[0]) == pytest.approx(0, abs=1e-9)
    armies = [[int(part) for part in name.split("-")] for name in game.action_names[0]]
    assert all(sum(army) == soldiers for army in armies)
    won = by_definition(game, lambda i, joint: sum(np.sign(np.subtract(armies[joint[i]], armies[joint[1 - i]]))))
    np.testing.assert_array_equal(game.payoffs, np.sign(won))


def test_inspection():
    # Avenhaus, von Stengel and Zamir 2002: 1 / (1 + b + d) inspect and e / (1 + e - a) violate, by indifference
    game = load("inspection")
    np.testing.assert_array_equal(game.payoffs, [[[0, -1], [-2, 0]], [[0, 1], [1, -1]]])
    other = load("inspection", cost=0.2, compensation=0.0, penalty=3.0, damage=0.5)
    for each, inspect, violate in [(game, 1 / 3, 2 / 3), (other, 1 / 4, 0.2 / 0.7)]:
        found = support_enumeration(each.payoffs)
        assert len(found.equilibria) == 1
        np.testing.assert_allclose(found.equilibria[0].profile, [[1 - inspect, inspect], [1 - violate, violate]])


@pytest.mark.parametrize(("cells", "inspected", "used"), [(4, 2, 2), (5, 1, 3), (5, 3, 2)])
def test_simple_inspection(cells, inspected, used):
    # Ruckle 1983; value r / n by the two strategies of the docstring
    game = load("simple-inspection", cells=cells, inspected=inspected, used=used)
    assert game.actions == tuple(sum(comb(cells, k) for k in range(1, most + 1)) for most in (inspected, used))
    assert value(game.payoffs[0]) == pytest.approx(inspected / cells)


@pytest.mark.parametrize(("taken", "guarded", "fine"), [(3, 1, 0.0), (4, 2, 0.0), (3, 1, 0.5), (5, 1, 2.0)])
def test_greedy(taken, guarded, fine):
    # Ruckle 1983, Baston 2013; value by the two strategies of the docstring
    cells = 5
    game = load("greedy", cells=cells, taken=taken, guarded=guarded, fine=fine)
    escape = [comb(cells - k, guarded) / comb(cells, guarded) for k in range(taken + 1)]
    wanted = max(k * ((1 + fine) * escape[k] - fine) for k in range(1, taken + 1))
    assert value(game.payoffs[0]) == pytest.approx(wanted)


@pytest.mark.parametrize("beta", [-0.5, 0.0, 0.618, 0.9])
def test_shapley_beta(beta):
    # arXiv:1308.4049: the only equilibrium is uniform, payoffs (1 + beta) / 3 and (1 - beta) / 3
    game = load("shapley-beta", beta=beta)
    np.testing.assert_array_equal(game.payoffs[0], [[1, 0, beta], [beta, 1, 0], [0, beta, 1]])
    np.testing.assert_array_equal(game.payoffs[1], [[-beta, 1, 0], [0, -beta, 1], [1, 0, -beta]])
    found = support_enumeration(game.payoffs).equilibria
    assert len(found) == 1
    np.testing.assert_allclose(found[0].profile, np.full((2, 3), 1 / 3))
    np.testing.assert_allclose(found[0].payoffs, [(1 + beta) / 3, (1 - beta) / 3])


@pytest.mark.parametrize("size", [1, 2, 3])
def test_sgc(size):
    # Sandholm, Gilpin and Conitzer 2005: one equilibrium, on 2 k - 1 of 4 k - 1 actions
    game = load("sgc", size=size)
    support = 2 * size - 1
    wanted = np.concatenate([np.full(support, 1 / support), np.zeros(2 * size)])
    assert nash_conv(game.payoffs, [wanted, wanted]) < 1e-15
    found = support_enumeration(game.payoffs).equilibria
    assert len(found) == 1
    np.testing.assert_allclose(found[0].profile, [wanted, wanted], atol=1e-12)
    np.testing.assert_allclose(found[0].payoffs, 0.75)
    assert (game.payoffs.min(), game.payoffs.max()) == (0, 1 if size > 1 else 0.75)


@pytest.mark.parametrize(
    ("name", "knobs", "message"),
    [
        ("el-farol", {"players": 3, "capacity": 3}, "capacity=3 .* less than players=3"),
        ("volunteers-dilemma", {"players": 3, "needed": 4}, "needed=4 .* at most players=3"),
        ("travellers-dilemma", {"lowest": 6}, "highest=6 .* larger than lowest=6"),
        ("eleven-twenty", {"highest": 5}, "highest=5 .* larger than lowest=11"),
        ("cournot", {"cost": 10.0}, "intercept=10.0 .* larger than cost=10.0"),
        ("bertrand", {"cost": 10}, "cost=10 .* less than demand=10"),
        ("hotelling", {"left": 35.0}, "left=35.0.* less than length=35.0"),
        ("grab-the-dollar", {"tie": 0.5}, "tie=0.5 .* less than lose"),
        ("greedy", {"taken": 5}, "taken=5 .* at most cells=4"),
        ("congestion", {"paths": ((0,), (3,))}, "paths=.*resources 0, ..., 2"),
        ("congestion", {"paths": ((0,), ())}, "paths=.*resources 0, ..., 2"),
        ("congestion", {"paths": ((0, 1), (1, 0))}, "paths=.*all different"),
        ("congestion", {"constants": (1.0,)}, "constants=.* must hold 3 numbers"),
        ("congestion", {"slopes": (1.0, float("nan"), 1.0)}, "slopes=.*finite number"),
    ],
)
def test_knobs_that_contradict_each_other(name, knobs, message):
    with pytest.raises(ValueError, match=message):
        load(name, **knobs)


@pytest.mark.parametrize("knobs", [{"paths": 3}, {"paths": ((0.5,),)}, {"slopes": "abc"}])
def test_knobs_of_the_wrong_type(knobs):
    with pytest.raises(TypeError, match=f"{next(iter(knobs))}=.* is not allowed"):
        load("congestion", **knobs)
