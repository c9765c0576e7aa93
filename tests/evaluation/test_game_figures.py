"""The figures of games: labelled axes, and the numbers that they are drawn from."""

import numpy as np
import pytest

from regretlab.baselines.fused import Fused
from regretlab.baselines.learner import load
from regretlab.envs import games
from regretlab.envs.core.registry import build
from regretlab.envs.games.game import new_game
from regretlab.evaluation import figures, game_figures
from regretlab.solvers.normal_form import cce_gap


def line(axes, label):
    """The points of the line that the legend calls ``label``."""
    (found,) = [each for each in axes.lines if each.get_label() == label]
    return found.get_xydata()


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_checkpoints_begin_at_one_and_end_at_the_last_round():
    steps = game_figures.checkpoints(10_000)
    assert steps[0] == 1 and steps[-1] == 10_000
    assert len(steps) <= 60 and np.all(np.diff(steps) > 0)
    assert game_figures.checkpoints(5).tolist() == [1, 2, 3, 4, 5]


def test_a_label_says_which_knobs_were_changed():
    assert game_figures.label(load("hedge")) == "hedge"
    assert game_figures.label(load("hedge", rate="anytime")) == "hedge, rate anytime"


def test_counts_of_play_add_up_to_the_rounds():
    environment = build("MatrixGame-v0", game="shapley")
    steps = game_figures.checkpoints(50)
    counts = game_figures.counts_of_play(environment, load("hedge"), steps, 3)
    assert counts.shape == (len(steps), 3, 3, 3)
    assert np.array_equal(counts.sum(axis=(2, 3)), np.tile(steps[:, None], 3))
    whole = Fused(environment, load("hedge"), lanes=3).advance(50).joint.reshape(3, 3, 3)
    assert np.array_equal(counts[-1], whole)


def test_the_regret_curve_ends_at_the_regret_of_the_play_and_below_its_bound():
    game = games.load("shapley")
    learners = [load("regret_matching"), load("hedge", rate="anytime"), load("exp3"), load("fictitious_play")]
    figure = game_figures.regret_figure(game, learners, 500, 3)
    (axes,) = figure.axes
    assert axes.get_xlabel() == "rounds" and axes.get_ylabel() == "external regret of player 0 (payoff)"
    names = ["regret matching", "hedge, rate anytime", "exp3", "fictitious play"]
    assert legend(axes) == [*names, "its bound", "95 % interval, 3 seeds"]
    joint = Fused(build("MatrixGame-v0", game="shapley"), load("regret_matching"), lanes=3).advance(500).joint
    row = game.payoffs[0]
    gains = [(row @ counts.sum(axis=0)).max() - (counts * row).sum() for counts in joint.reshape(3, 3, 3)]
    assert line(axes, "regret matching")[-1] == pytest.approx([500, np.mean(gains)])
    # The bound of regret matching is sqrt((K - 1) T) in ranges of the payoffs, here 0 to 1.
    bounds = [each for each in axes.lines if each.get_linestyle() == ":" and len(each.get_xdata())]
    assert bounds[0].get_ydata()[-1] == pytest.approx(np.sqrt(2 * 500))
    assert len(bounds) == 3  # nothing is known of fictitious play


def test_a_bound_is_in_payoffs():
    """Biased rock paper scissors pays from -50 to 50: a bound in ranges counts a hundred times."""
    figure = game_figures.regret_figure(games.load("biased-rock-paper-scissors"), [load("regret_matching")], 100, 1)
    (bound,) = [each for each in figure.axes[0].lines if each.get_linestyle() == ":" and len(each.get_xdata())]
    assert bound.get_ydata()[-1] == pytest.approx(100 * np.sqrt(2 * 100))


def test_the_curve_of_nash_conv_starts_at_the_gap_of_the_start_and_the_average_converges():
    game = games.load("rock-paper-scissors")
    figure = game_figures.nash_conv_figure(game, [load("hedge"), load("optimistic_hedge", eta=0.5)], 1_000)
    (axes,) = figure.axes
    assert axes.get_xlabel() == "rounds" and axes.get_ylabel() == "NashConv (payoff)"
    assert axes.get_xscale() == axes.get_yscale() == "log"
    last, average = (line(axes, f"hedge, {which}") for which in ("last iterate", "time average"))
    assert np.array_equal(last[0], average[0])
    assert np.array_equal(line(axes, "optimistic hedge, eta 0.5, last iterate")[0], last[0])  # the same start
    # The NashConv of the average is at most the sum of the players' average regrets: ln K / (eta T) + eta / 8 of the
    # range 2 for each (Hedge), from a start that makes at most ln(1 / p) of the ln K.
    random = np.random.default_rng(0)
    start = [random.dirichlet(np.ones(3)) for _ in range(2)]
    bound = sum(2 * (-np.log(own.min()) / (0.1 * 1_000) + 0.1 / 8) for own in start)
    assert average[-1, 1] <= bound < last[-1, 1]


def test_players_may_have_different_numbers_of_actions():
    game = new_game([[[1, 0, 0], [0, 1, 0]], [[0, 1, 0], [1, 0, 0]]])
    (axes,) = game_figures.nash_conv_figure(game, [load("hedge")], 50).axes
    assert line(axes, "hedge, last iterate").shape == (50, 2)


@pytest.mark.parametrize(
    ("learners", "message"),
    [
        ([load("hedge")] * 11, "at most 10 learners, not 11"),
        ([load("exp3")], "exchanges no mixed actions"),
        ([load("hedge", rate="anytime")], "rate='fixed' only"),
    ],
)
def test_learners_that_cannot_be_drawn_are_refused(learners, message):
    with pytest.raises(ValueError, match=message):
        game_figures.nash_conv_figure(games.load("chicken"), learners, 10)


def test_an_orbit_starts_where_the_seed_says_and_marks_the_equilibrium():
    game = games.load("rock-paper-scissors")
    figure = game_figures.orbit_figure(game, "replicator", 5.0, 2)
    (axes,) = figure.axes
    assert "replicator dynamics of player 0" in axes.get_title()
    start = np.random.default_rng(0).dirichlet(np.ones(3)) @ game_figures.CORNERS
    paths = [each.get_xydata() for each in axes.lines if len(each.get_xdata()) == 3_000]
    assert len(paths) == 2 and paths[0][0] == pytest.approx(start)
    assert line(axes, "Nash equilibrium") == pytest.approx(game_figures.CORNERS.mean(axis=0)[None])
    assert {text.get_text() for text in axes.texts} == {"rock", "paper", "scissors"}


def test_orbits_and_best_responses_of_other_sizes_are_refused():
    with pytest.raises(ValueError, match="3 actions of player 0, who has 2 in 'Chicken'"):
        game_figures.orbit_figure(games.load("chicken"), "replicator", 1.0, 1)
    with pytest.raises(ValueError, match=r"2x2 actions, and .* has \(3, 3\)"):
        game_figures.best_response_figure(games.load("shapley"))


def test_best_responses_of_chicken_cross_at_two_thirds():
    """Swerve pays 6 q + 2 (1 - q) and straight 7 q against swerve with q: equal at q = 2/3 (Aumann 1974)."""
    figure = game_figures.best_response_figure(games.load("chicken"))
    (axes,) = figure.axes
    assert "player 0 plays swerve" in axes.get_xlabel() and "player 1 plays swerve" in axes.get_ylabel()
    assert line(axes, "best response of player 0") == pytest.approx(np.array([[1, 0], [1, 2 / 3], [0, 2 / 3], [0, 1]]))
    assert line(axes, "best response of player 1") == pytest.approx(np.array([[0, 1], [2 / 3, 1], [2 / 3, 0], [1, 0]]))
    points = [each.get_xydata()[0] for each in axes.lines if each.get_marker() == "o" and len(each.get_xdata())]
    assert np.array(sorted(map(tuple, points))) == pytest.approx(np.array([[0, 1], [2 / 3, 2 / 3], [1, 0]]))


def test_the_best_response_of_a_dominant_action_is_a_straight_line():
    (axes,) = game_figures.best_response_figure(games.load("prisoners-dilemma")).axes
    assert np.array_equal(line(axes, "best response of player 0"), [[0, 0], [0, 1]])
    assert np.array_equal(line(axes, "best response of player 1"), [[0, 0], [1, 0]])


@pytest.mark.parametrize(
    ("own", "curve"),
    [
        # the reply (probability of the first action) and the other's probability of its first action
        ([[1, 1], [1, 1]], [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]),  # indifferent everywhere: the whole square
        ([[2, 1], [1, 1]], [(0, 0), (1, 0), (1, 1)]),  # the first is as good at 0, and better beyond
        ([[1, 2], [1, 1]], [(1, 0), (1, 1), (0, 1)]),  # as good at 1, and better before
        ([[0, 1], [1, 1]], [(1, 0), (0, 0), (0, 1)]),  # as good at 0, and worse beyond
        ([[1, 0], [1, 1]], [(0, 0), (0, 1), (1, 1)]),  # as good at 1, and worse before
        ([[1, 0], [0, 3]], [(0, 0), (0, 3 / 4), (1, 3 / 4), (1, 1)]),  # coordination: q = 3 (1 - q)
    ],
)
def test_best_responses_where_payoffs_tie(own, curve):
    (axes,) = game_figures.best_response_figure(new_game([own, [[0, 0], [0, 0]]])).axes
    assert line(axes, "best response of player 0") == pytest.approx(np.array(curve))


def test_the_map_has_the_regret_of_every_game_in_its_cell():
    """Against the CCE gap of the same lanes, the sum of both players' regrets a round, each at least 0."""
    learner, rounds, seeds = load("regret_matching"), 60, 2
    regrets = game_figures.map_regrets(learner, rounds, seeds)
    all_games = games.all_2x2("144")
    assert regrets.shape == (144,) and np.all(regrets >= 0.0)
    which = np.repeat(np.arange(144), seeds)
    play = Fused(build("MatrixGame-v0", games="144"), learner, lanes=288, lane_parameters={"game": which})
    joint = play.advance(rounds).joint.reshape(144, seeds, 2, 2) / rounds
    gaps = [np.mean([cce_gap(all_games[k].payoffs, each) for each in joint[k]]) / 2 for k in range(144)]
    assert regrets == pytest.approx(np.array(gaps))

    figure = game_figures.map_figure(learner, rounds, seeds)
    axes, bar = figure.axes
    assert "ranks of player 0" in axes.get_ylabel() and "ranks of player 1" in axes.get_xlabel()
    assert "(ranks)" in bar.get_ylabel()
    rows, columns = (
        [label.get_text() for label in labels] for labels in (axes.get_yticklabels(), axes.get_xticklabels())
    )
    shown = np.asarray(axes.images[0].get_array())
    assert shown.shape == (12, 12)
    for k in (0, 77, 143):
        _, row, column = all_games[k].name.split("-")
        assert shown[rows.index(row), columns.index(column)] == pytest.approx(max(regrets[k], shown.min()))
    # 18 games have no pure equilibrium, 108 one and 18 two (Robinson and Goforth 2005).
    counts = [text.get_text() for text in axes.texts]
    assert {name: counts.count(name) for name in counts} == {"0": 18, "1": 108, "2": 18}


def test_the_same_figure_is_written_twice_to_the_byte(tmp_path):
    for name in ("a.svg", "b.svg"):
        figures.save(game_figures.best_response_figure(games.load("chicken")), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
