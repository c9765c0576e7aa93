"""All equilibria of games of two players, against exact arithmetic and known answers."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from regretlab.envs.games import load, names
from regretlab.solvers import TooLargeError, nash_conv, pure_nash, support_enumeration, vertex_enumeration

ENUMERATIONS = [support_enumeration, vertex_enumeration]
WATER = np.zeros((4, 4))
WATER[:3, :3] = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]


def solved(rows):
    """The only solution of a square system, each row with its right side last, in exact arithmetic; None if not one."""
    rows = [[Fraction(entry) for entry in row] for row in rows]
    size = len(rows)
    for column in range(size):
        pivot = next((r for r in range(column, size) if rows[r][column]), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [entry / rows[column][column] for entry in rows[column]]
        for r in range(size):
            if r != column:
                rows[r] = [a - rows[r][column] * b for a, b in zip(rows[r], rows[column], strict=True)]
    return [row[-1] for row in rows]


def exact_vertices(values):
    """The extreme strategies y of integer payoffs (replies, actions): by definition, from every system of equations.

    Unknown are y and the other's payoff v; as many of y_j >= 0 and v >= values[i] @ y as there are actions are tight.
    """
    height, width = values.shape
    limits = [[int(j == k) for k in range(width)] + [0, 0] for j in range(width)]
    limits += [[-int(entry) for entry in row] + [1, 0] for row in values]
    found = {}
    for tight in itertools.combinations(limits, width):
        point = solved([*tight, [1] * width + [0, 1]])
        if point is not None:
            slacks = [sum(a * b for a, b in zip(row, point, strict=False)) for row in limits]
            if min(slacks) >= 0:
                unplayed = frozenset(j for j in range(width) if slacks[j] == 0)
                best = frozenset(i for i in range(height) if slacks[width + i] == 0)
                found[tuple(point[:-1])] = unplayed, best
    return found


def exact(payoffs):
    """Extreme equilibria, whether the game is degenerate, maximal subsets and components, by definition."""
    m, n = payoffs.shape[1:]
    first, second = exact_vertices(payoffs[1].T), exact_vertices(payoffs[0])
    degenerate = any(len(a) + len(b) > m for a, b in first.values()) or any(
        len(a) + len(b) > n for a, b in second.values()
    )
    pairs = [
        (x, y)
        for x, (idle_x, best_y) in first.items()
        for y, (idle_y, best_x) in second.items()
        if idle_x | best_x == set(range(m)) and idle_y | best_y == set(range(n))
    ]
    subsets = set()
    rows = {x for x, _ in pairs}
    for count in range(1, len(rows) + 1):
        for some in itertools.combinations(rows, count):
            common = {y for y in second if all((x, y) in pairs for x in some)}
            if common and {x for x in rows if all((x, y) in pairs for y in common)} == set(some):
                subsets.add(frozenset(itertools.product(some, common)))
    components = [set(each) for each in subsets]
    for pair in itertools.product(rows, second):  # subsets that share a vertex share an equilibrium
        for side in range(2):
            touching = [each for each in components if any(other[side] == pair[side] for other in each)]
            if len(touching) > 1:
                components = [each for each in components if each not in touching] + [set.union(*touching)]
    return set(pairs), degenerate, subsets, {frozenset(each) for each in components}


def flat(profiles):
    """Profiles as sorted rows, to compare sets of them: rounded for the order alone."""
    rows = [np.concatenate([np.asarray(x, float) for x in each]) for each in profiles]
    return np.array(sorted(rows, key=lambda row: tuple(np.round(row, 6) + 0.0)))


def profiles(answer):
    return [each.profile for each in answer.equilibria]


def check(payoffs, answer):
    """Residuals, against the definition too: rounding in sums of at most ten products, relative to the range."""
    scale = np.ptp(payoffs)
    for each in answer.equilibria:
        assert each.residual <= 1e-13 * scale
        assert nash_conv(payoffs, each.profile) <= 2e-13 * scale


def integer_games():
    """Games with ties and games without, of all small shapes."""
    random = np.random.default_rng(1)
    for values in (2, 3, 20):
        for _ in range(25):
            yield random.integers(0, values, (2, *random.integers(1, 4, 2)))
    for shape in ((2, 5), (4, 2), (3, 4), (4, 4)):
        yield random.integers(0, 3, (2, *shape))


@pytest.mark.parametrize("payoffs", list(integer_games()), ids=lambda payoffs: "x".join(map(str, payoffs.shape[1:])))
def test_integer_games_agree_with_exact_arithmetic(payoffs):
    pairs, degenerate, subsets, components = exact(payoffs)
    answer = vertex_enumeration(payoffs)
    check(payoffs, answer)
    assert answer.degenerate == degenerate
    assert len(answer.equilibria) == len(pairs)
    np.testing.assert_allclose(flat(profiles(answer)), flat(pairs), atol=1e-13)
    key = {tuple(np.round(flat([pair])[0], 9)): pair for pair in pairs}
    named = [key[tuple(np.round(np.concatenate(each.profile), 9))] for each in answer.equilibria]
    assert {frozenset(named[at] for at in each) for each in answer.maximal_subsets} == subsets
    assert {frozenset(named[at] for at in each) for each in answer.components} == components
    assert set(pure_nash(payoffs)) <= {tuple(int(x.argmax()) for x in each) for each in profiles(answer)}

    other = support_enumeration(payoffs)
    check(payoffs, other)
    assert other.degenerate == degenerate
    if degenerate:  # then some of the equilibria, each once
        keys = [tuple(np.round(np.concatenate(each), 9)) for each in profiles(other)]
        assert set(keys) <= set(key) and len(set(keys)) == len(keys)
    else:
        np.testing.assert_allclose(flat(profiles(other)), flat(pairs), atol=1e-13)


def test_the_integer_games_are_of_both_kinds():
    kinds = [exact(payoffs)[1] for payoffs in integer_games()]
    assert 20 < sum(kinds) < len(kinds) - 20


@pytest.mark.parametrize("seed", range(60))
def test_random_games(seed):
    """Generic games have an odd number of equilibria (Wilson, SIAM J. Applied Mathematics 21, 1971)."""
    random = np.random.default_rng(seed)
    payoffs = random.normal(size=(2, *random.integers(2, 7, 2)))
    answers = [enumeration(payoffs) for enumeration in ENUMERATIONS]
    for answer in answers:
        assert not answer.degenerate
        assert len(answer.equilibria) % 2 == 1
        check(payoffs, answer)
    np.testing.assert_allclose(*(flat(profiles(answer)) for answer in answers), atol=1e-11)
    assert answers[1].components == answers[1].maximal_subsets == tuple((k,) for k in range(len(answers[0].equilibria)))


@pytest.mark.parametrize("enumeration", ENUMERATIONS)
def test_neither_units_nor_what_a_player_cannot_change_matter(enumeration):
    payoffs = np.random.default_rng(4).normal(size=(2, 4, 5))
    other = payoffs * [[[1e6]], [[1e-6]]]
    other[0] += 1e6 * np.arange(5)  # the first player gets this whatever it does
    other[1] += 1e-6 * np.arange(4)[:, None]
    np.testing.assert_allclose(flat(profiles(enumeration(other))), flat(profiles(enumeration(payoffs))), atol=1e-10)


@pytest.mark.parametrize("enumeration", ENUMERATIONS)
@pytest.mark.parametrize("size", range(1, 9))
def test_coordination_has_one_equilibrium_for_every_set_of_actions(enumeration, size):
    """Identity payoffs: both mix uniformly over the same set, 2^n - 1 in all (Quint and Shubik, Int. J. Game Theory 26,
    1997)."""
    answer = enumeration(np.array([np.eye(size)] * 2))
    sets = [each for count in range(1, size + 1) for each in itertools.combinations(range(size), count)]
    uniform = [np.isin(np.arange(size), each) / len(each) for each in sets]
    np.testing.assert_allclose(flat(profiles(answer)), flat([(x, x) for x in uniform]), atol=1e-14)
    assert not answer.degenerate


@pytest.mark.parametrize("enumeration", ENUMERATIONS)
def test_a_6x6_game_with_more_than_coordination(enumeration):
    """75 equilibria, not 2^6 - 1 (von Stengel, Discrete and Computational Geometry 21, 1999)."""
    payoffs = load("von-stengel-6x6").payoffs
    answer = enumeration(payoffs)
    assert len(answer.equilibria) == 75 and not answer.degenerate
    check(payoffs, answer)


LISTED = [name for name in names() if load(name).players == 2 and load(name).completeness in ("all", "extreme")]


@pytest.mark.parametrize("name", LISTED)
def test_the_library_lists_what_is_found(name):
    game = load(name)
    answer = vertex_enumeration(game.payoffs)
    check(game.payoffs, answer)
    np.testing.assert_allclose(flat(profiles(answer)), flat(game.equilibria), atol=1e-12)
    single = all(len(each) == 1 for each in answer.components)
    assert single == (game.completeness == "all")
    other = support_enumeration(game.payoffs)
    assert other.degenerate == answer.degenerate
    if not other.degenerate:
        np.testing.assert_allclose(flat(profiles(other)), flat(game.equilibria), atol=1e-12)


def test_a_segment_of_equilibria():
    """Rock, paper, scissors and water, which ties with all: either may mix uniform play and water."""
    answer = vertex_enumeration(np.array([WATER, -WATER]))
    third = [1 / 3, 1 / 3, 1 / 3, 0]
    ends = itertools.product((third, [0, 0, 0, 1]), repeat=2)
    np.testing.assert_allclose(flat(profiles(answer)), flat(list(ends)), atol=1e-15)
    assert answer.degenerate
    assert answer.components == answer.maximal_subsets == ((0, 1, 2, 3),)


def test_every_mixture_inside_a_maximal_subset_is_an_equilibrium():
    random = np.random.default_rng(2)
    for _ in range(20):
        payoffs = random.integers(0, 2, (2, 4, 4))
        answer = vertex_enumeration(payoffs)
        for subset in answer.maximal_subsets:
            members = [answer.equilibria[at].profile for at in subset]
            profile = [np.mean([each[k] for each in random.permuted(members, axis=0)], axis=0) for k in range(2)]
            assert nash_conv(payoffs, profile) <= 1e-13


def test_two_subsets_in_one_component():
    """The first player's payoffs are all 0; the second's best reply changes at even odds: a path with two corners."""
    answer = vertex_enumeration(np.array([np.zeros((2, 2)), np.eye(2)]))
    corners = [([1, 0], [1, 0]), ([0.5, 0.5], [1, 0]), ([0.5, 0.5], [0, 1]), ([0, 1], [0, 1])]
    np.testing.assert_allclose(flat(profiles(answer)), flat(corners), atol=1e-15)
    assert sorted(map(len, answer.maximal_subsets)) == [2, 2, 2]
    assert answer.components == ((0, 1, 2, 3),)


@pytest.mark.parametrize("enumeration", ENUMERATIONS)
def test_a_tie_but_for_rounding_is_a_tie(enumeration):
    payoffs = np.array([WATER, -WATER])
    payoffs[0] *= 1 + 1e-15
    payoffs[1] += 1e-14 * np.random.default_rng(0).normal(size=(4, 4))
    assert enumeration(payoffs).degenerate
    assert not enumeration(payoffs + 1e-6 * np.random.default_rng(0).normal(size=(2, 4, 4))).degenerate


def test_more_strategies_than_fit_at_the_first_try():
    payoffs = np.random.default_rng(0).normal(size=(2, 10, 10))
    answers = [enumeration(payoffs) for enumeration in ENUMERATIONS]
    np.testing.assert_allclose(*(flat(profiles(answer)) for answer in answers), atol=1e-10)
    assert len(vertex_enumeration(np.zeros((2, 62, 62))).equilibria) == 62 * 62


@pytest.mark.parametrize("enumeration", ENUMERATIONS)
def test_bad_input(enumeration):
    with pytest.raises(ValueError, match="of 2 players, and this game has 3"):
        enumeration(np.zeros((3, 2, 2, 2)))
    with pytest.raises(ValueError, match=r"not \(2, 2\)"):
        enumeration(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="inhomogeneous"):
        enumeration([[[1, 2], [3]], [[1, 2], [3, 4]]])
    for player, value in itertools.product(range(2), (np.nan, np.inf)):
        payoffs = np.zeros((2, 2, 3))
        payoffs[player, 1, 1] = value
        with pytest.raises(ValueError, match="must be finite, and hold 1 entries that are not"):
            enumeration(payoffs)
    with pytest.raises(ValueError, match="finite range"):
        enumeration([[[-1e308, 1e308]], [[0, 1]]])


def test_sizes_beyond_the_limits():
    with pytest.raises(
        TooLargeError, match=r"15 x 15 actions has 155,117,519 pairs of supports; the limit is 50,000,000"
    ):
        support_enumeration(np.zeros((2, 15, 15)))
    for enumeration in (support_enumeration, vertex_enumeration):  # bits of an integer
        with pytest.raises(TooLargeError, match="2 x 63 actions; the limit is 62 a player"):
            enumeration(np.zeros((2, 2, 63)))
    payoffs = np.random.default_rng(1).random((2, 1, 62))
    found = support_enumeration(payoffs).equilibria
    assert [each.profile[1].argmax() for each in found] == [payoffs[1].argmax()]
    with pytest.raises(TooLargeError, match="62 x 62 actions has more bases than the limit of 131,072"):
        vertex_enumeration(np.random.default_rng(0).normal(size=(2, 62, 62)))
