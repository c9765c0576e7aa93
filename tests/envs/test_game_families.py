"""The registry of families: every row builds, its tags are true, and bad knobs are refused."""

import subprocess
import sys

import numpy as np
import pytest

from regretlab.envs.games import load, names
from regretlab.envs.games.families import FAMILIES, GAMUT, build
from regretlab.envs.games.family import LARGEST

# Nudelman, Wortman, Shoham and Leyton-Brown 2004: the 35 classes
GAMUT_CLASSES = tuple(
    """
ArmsRace BattleOfTheSexes BertrandOligopoly BidirectionalLEG Chicken CollaborationGame CongestionGame CoordinationGame
CournotDuopoly CovariantGame DispersionGame GrabTheDollar GreedyGame GuessThirdsAve HawkAndDove LocationGame
MajorityVoting MatchingPennies MinimumEffortGame NPlayerChicken NPlayerPrisonersDilemma PolymatrixGame PrisonersDilemma
RandomCompoundGame RandomGame RandomGraphicalGame RandomLEG RandomZeroSum RockPaperScissors ShapleyGame
SimpleInspectionGame TravelersDilemma TwoByTwoGame UniformLEG WarOfAttrition
""".split()  # noqa: SIM905
)


def games(name):
    """The default game of a family, and one of three players where it takes them."""
    yield build(name)
    if "players" in FAMILIES[name].knobs and name != "el-farol":
        yield build(name, players=3)


def tagged(tag):
    return [name for name, family in FAMILIES.items() if tag in family.tags]


def test_all_classes_of_gamut_are_covered():
    assert len(GAMUT_CLASSES) == len(set(GAMUT_CLASSES)) == 35
    assert sorted(GAMUT) == sorted(GAMUT_CLASSES)
    for name in GAMUT.values():
        assert load(name).name == name


def test_names_are_unique():
    assert set(FAMILIES).isdisjoint(names())
    assert all(name == family.name for name, family in FAMILIES.items())
    assert len({family.title for family in FAMILIES.values()}) == len(FAMILIES)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_row_builds_and_says_what_it_is(name):
    family = FAMILIES[name]
    game = load(name)
    assert game.name == name
    assert game.title.startswith(family.title)
    assert all(knob in game.title for knob in family.knobs)
    assert game.tags == family.tags
    assert game.citation
    assert family.summary.endswith(".")
    assert np.all(np.isfinite(game.payoffs))
    assert family.kind in ("parametric", "random")
    assert all(knob.doc for knob in family.knobs.values())


@pytest.mark.parametrize("name", tagged("symmetric"))
def test_symmetric_games_do_not_change_when_neighbouring_players_swap(name):
    # swaps of neighbours generate all permutations
    for game in games(name):
        for player in range(game.players - 1):
            order = list(range(game.players))
            order[player], order[player + 1] = player + 1, player
            swapped = np.swapaxes(game.payoffs, player + 1, player + 2)[order]
            np.testing.assert_allclose(swapped, game.payoffs, rtol=0, atol=1e-12 * (1 + np.abs(game.payoffs).max()))


@pytest.mark.parametrize("name", tagged("potential"))
def test_potential_games_have_an_exact_potential(name):
    # Monderer and Shapley 1996, Theorem 2.8: round every four-cycle of two players the gains of the movers sum to 0,
    # which says that u_i - u_j has no mixed difference in the actions of i and j
    for game in games(name):
        scale = 1 + np.abs(game.payoffs).max()
        for i in range(game.players):
            for j in range(i):
                mixed = np.diff(np.diff(game.payoffs[i] - game.payoffs[j], axis=i), axis=j)
                np.testing.assert_allclose(mixed, 0, rtol=0, atol=1e-12 * scale)


@pytest.mark.parametrize("name", [name for name in FAMILIES if name not in tagged("potential")])
def test_the_other_games_have_none(name):
    # the tag is not left out where it is due
    game = build(name, **({"graph": "path"} if "graph" in FAMILIES[name].knobs else {}))
    mixed = np.diff(np.diff(game.payoffs[0] - game.payoffs[1], axis=0), axis=1)
    assert np.abs(mixed).max() > 1e-3


@pytest.mark.parametrize("name", [*tagged("zero-sum"), *tagged("constant-sum")])
def test_sums_are_constant(name):
    for game in games(name):
        total = game.payoffs.sum(axis=0)
        wanted = 0.0 if "zero-sum" in game.tags else total.flat[0]
        np.testing.assert_allclose(total, wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", tagged("common-interest"))
def test_interests_are_common(name):
    for game in games(name):
        np.testing.assert_array_equal(game.payoffs, np.broadcast_to(game.payoffs[0], game.payoffs.shape))


@pytest.mark.parametrize(
    ("name", "knobs", "error", "message"),
    [
        ("uniform", {"players": 0}, ValueError, "players=0 .* from 1 to 20"),
        ("uniform", {"players": 2.5}, TypeError, "players=2.5 .* integer"),
        ("uniform", {"seed": -1}, ValueError, "seed=-1 .* at least 0"),
        ("uniform", {"action": 3}, TypeError, "no knob 'action'; did you mean 'actions'"),
        ("polymatrix", {"graph": "ring"}, ValueError, "graph='ring' .* one of 'complete', 'cycle'"),
        ("public-good", {}, ValueError, "did you mean 'public-goods'"),
        ("public-goods", {"factor": float("nan")}, ValueError, "factor=nan"),
    ],
)
def test_bad_knobs_are_refused(name, knobs, error, message):
    with pytest.raises(error, match=message):
        build(name, **knobs)


@pytest.mark.parametrize(
    ("name", "knobs", "size"),
    [
        ("uniform", {"players": 20, "actions": 2}, "20,971,520"),
        ("uniform", {"players": 8, "actions": 10}, "800,000,000"),
        ("public-goods", {"players": 20}, "20,971,520"),
        ("cournot", {"players": 6, "fineness": 3}, "680,279,424"),
        ("blotto", {"soldiers": 1000, "fields": 20}, "payoffs"),
        ("random-congestion", {"players": 3, "resources": 12}, "206,007,472,125"),
        ("graphical", {"players": 10, "actions": 5}, "97,656,250"),
    ],
)
def test_games_that_are_too_large_are_refused_with_size_and_limit(name, knobs, size):
    with pytest.raises(ValueError, match=rf"{size}.* at most {LARGEST:,}"):
        build(name, **knobs)


def test_the_registry_is_light():
    script = (
        "import sys, regretlab.envs.games.families; "
        "print([m for m in ('scipy', 'numba', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
