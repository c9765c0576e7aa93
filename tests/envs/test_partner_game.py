"""Known answers of the games against partners, and their exact models against simulation."""

from dataclasses import replace

import numpy as np
import pytest

import regretlab
from regretlab.envs.api.rendering import draw
from regretlab.envs.core.automaton import Automaton
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Last
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.core.spec import Criterion
from regretlab.envs.partners import load, names
from regretlab.solvers.best_response import best_response, best_response_gain, best_response_to
from regretlab.solvers.criteria import evaluate
from regretlab.solvers.model_data import uniform_policy
from regretlab.testing import check_environment, check_model

FEW = ("always-{}", "mostly-{}", "tit-for-tat", "best-response-to-last", "win-stay-lose-shift", "uniform")
PAIRS = [
    (game, partner.format(load(game).action_names[1][0])) for game in names() for partner in FEW
]  # whose state is told by the last round


def partner_game(game, partner, **knobs):
    return build("PartnerGame-v0", game=game, partner=partner, **knobs)


def model_of(game, partner, **knobs):
    return enumerate_model(partner_game(game, partner, **knobs))


def optimum_per_step(model):
    """Backward induction on the model's own arrays, without the solvers."""
    transitions = model.transitions.toarray().reshape(model.size, -1, model.size)
    values = np.zeros(model.size)
    for _ in range(model.horizon):
        values = (model.rewards[:, :, 0] + transitions @ values).max(axis=1)
    return model.initial @ values / model.horizon


@pytest.mark.parametrize(
    ("game", "partner", "optimum"),
    [
        ("ipd", "tit-for-tat", 8.02),  # cooperate, and defect in the last round
        ("battle", "tit-for-tat", 9.95),  # its first move is random: 5 instead of 10
        ("rps", "tit-for-tat", 0.99),  # the first round is a guess, then the cycle
        ("ipd", "always-cooperate", 10),
        ("ipd", "always-defect", 5),
        ("ipd", "best-response-to-last", (10 + 99 * 5) / 100),  # it cooperates once
        ("battle", "always-J", 10),
        ("battle", "always-F", 7),
        ("rps", "always-rock", 1),
        ("rps", "uniform", 0),
    ],
)
def test_the_optimum_per_step_over_a_hundred_rounds(game, partner, optimum):
    model = model_of(game, partner)
    assert model.horizon == 100
    assert optimum_per_step(model) == pytest.approx(optimum, abs=1e-12)
    assert best_response(model).value / 100 == pytest.approx(optimum, abs=1e-12)


@pytest.mark.parametrize(
    ("game", "partner", "best", "regret"),
    [
        *(("rps", f"always-{action}", 1, 1) for action in ("rock", "paper", "scissors")),
        ("rps", "tit-for-tat", 1, 1),
        ("ipd", "always-cooperate", 10, 1),
        ("ipd", "always-defect", 5, 2.5),
        ("ipd", "tit-for-tat", 8, 2.25),
    ],
)
def test_the_regret_of_uniform_play_to_the_best_cycle(game, partner, best, regret):
    # Riemer et al. 2024 take the reward a step of the best cycle, so both sides are long-run averages.
    model = model_of(game, partner)
    gain = best_response_gain(model).value
    uniform = evaluate(replace(model, horizon=None, criterion=Criterion("gain")), uniform_policy(model)).value
    assert gain == pytest.approx(best, abs=1e-9)
    assert gain - uniform == pytest.approx(regret, abs=1e-9)


def test_always_cooperating_with_tit_for_tat_earns_eight_a_round():
    batch = Batch(partner_game("ipd", "tit-for-tat"), 3)
    batch.reset(seed=0)
    for _ in range(100):
        _, rewards, terminated, truncated = batch.step(np.zeros(3, np.int64))
        np.testing.assert_array_equal(rewards, 8.0)
    assert truncated.all() and not terminated.any()


def test_the_rock_paper_scissors_cycle_beats_tit_for_tat():
    # R -> S -> P -> R: tit-for-tat answers rock with paper, which scissors beat.
    batch = Batch(partner_game("rps", "tit-for-tat"), 50)
    batch.reset(seed=1)
    rewards = np.array([batch.step(np.full(50, -t % 3))[1][:, 0].copy() for t in range(100)])
    assert set(rewards[0]) == {-1.0, 0.0, 1.0}
    np.testing.assert_array_equal(rewards[1:], 1.0)


@pytest.mark.parametrize(("game", "partner"), PAIRS)
def test_simulation_agrees_with_the_exact_model(game, partner):
    check_model(partner_game(game, partner))


@pytest.mark.parametrize(("game", "partner"), PAIRS)
def test_the_last_joint_action_tells_the_state(game, partner):
    # So no memory beyond one round helps, and the optimum is one that a player can reach.
    model = model_of(game, partner)
    assert len(np.unique(model.observations)) == model.size


def test_without_memory_nothing_is_seen():
    model = model_of("ipd", "tit-for-tat", memory=0)
    assert model.size == 2 and not model.observations.any()


@pytest.mark.parametrize(("game", "partner"), [("ipd", "tit-for-tat"), ("rps", "win-stay-lose-shift")])
def test_the_whole_kit(game, partner):
    check_environment(partner_game(game, partner))


def test_the_declaration():
    spec = partner_game("rps", "always-paper", rounds=7).spec
    assert (spec.actions, spec.horizon, spec.stages, spec.observation.sizes) == ((3,), 7, 0, (10,))
    assert spec.action_names == (("rock", "paper", "scissors"),)
    assert partner_game("rps", "tit-for-tat").spec.stages == 1  # its first move is drawn
    assert spec.criterion.unit == "return per episode"


def test_the_certificate_is_solved():
    certificate = regretlab.certificate("PartnerGame-v0", game="ipd", partner="tit-for-tat")
    assert (certificate.optimal.kind, certificate.optimal.value) == ("solved", pytest.approx(802))
    assert certificate.random.value == pytest.approx(9 + 99 * 5.75)
    assert certificate.unit == "return per episode"


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"game": "ipdd"}, "game='ipdd' is not in the library"),
        ({"game": "public-goods"}, "a partner makes two players, and it has"),
        ({"partner": []}, "must have at least one"),
        ({"partner": ["tit-for-tat", "grum"]}, "did you mean 'grim'"),
        ({"game": "rps", "partner": "always-cooperate"}, "partner='always-cooperate' is not a partner in 'rps'"),
        ({"partner": "tit-for-tut"}, "did you mean 'tit-for-tat'"),
        ({"rounds": 0}, "rounds=0 is not allowed"),
    ],
)
def test_bad_knobs(knobs, message):
    with pytest.raises(ValueError, match=message):
        build("PartnerGame-v0", **knobs)


def test_the_text_shows_both_players():
    batch = Batch(partner_game("ipd", "tit-for-tat"), 1)
    batch.reset(seed=0)
    totals = np.zeros((1, 1))
    before = draw(batch, 0, "ansi", np.zeros((1, 1), int), totals)
    assert before.splitlines()[-2:] == ["you: -, reward 0, total 0", "tit-for-tat: -, reward 0, total 0"]
    for action in (0, 1, 0):
        actions = np.array([[action]])
        totals += batch.step(actions)[1]
    assert draw(batch, 0, "ansi", actions, totals).splitlines() == [
        "Prisoner's dilemma against tit-for-tat, round 3 of 100",
        "           cooperate    defect",
        "cooperate     8, 8     [0, 10]",
        "   defect    10, 0       5, 5",
        "you: cooperate, reward 0, total 18",
        "tit-for-tat: defect, reward 10, total 18",
    ]


@pytest.mark.parametrize("game", names())
def test_every_outcome_has_a_frame_of_its_own(game):
    environment = partner_game(game, "uniform")
    batch = Batch(environment, 400)
    batch.reset(seed=0)
    actions = np.arange(400)[:, None] % environment.spec.actions[0]
    _, rewards, *_ = batch.step(actions)
    frames = {}
    for lane in range(400):
        joint = tuple(batch.state.joint[lane])
        if joint not in frames:
            last = Last(1, actions[lane], rewards[lane], rewards[lane])
            frames[joint] = environment.paint(environment.params, batch.state, lane, last)
    assert len(frames) == environment.spec.actions[0] ** 2
    assert len({frame.tobytes() for frame in frames.values()}) == len(frames)
    assert {frame.shape for frame in frames.values()} == {next(iter(frames.values())).shape}


def test_an_automaton_of_ones_own():
    stubborn = Automaton("stubborn", np.array([1]), np.array([[0, 1]]), np.zeros((1, 2, 2), np.int64))
    assert regretlab.certificate("PartnerGame-v0", partner=stubborn).optimal.value == 500
    with pytest.raises(ValueError, match="'stubborn' has 2 actions, but player 1 has 3"):
        build("PartnerGame-v0", game="rps", partner=stubborn)
    with pytest.raises(TypeError, match="partner=7 is not allowed: partner must be a name, a pool"):
        build("PartnerGame-v0", partner=7)


@pytest.mark.parametrize("knobs", [{"game": "stag-hunt", "partner": "grim"}, {"payoffs": [[[3, 0], [5, 1]]] * 2}])
def test_any_game_of_two_players(knobs):
    check_environment(build("PartnerGame-v0", rounds=5, **knobs))


@pytest.mark.parametrize("game", names())
def test_the_optimum_against_a_pool_is_the_mean_of_the_optima(game):
    known = load(game)
    for pool in ("train", "held-out"):
        members = [each.automaton for each in known.pool(pool)]
        optima = [best_response_to(known.payoffs, each, horizon=100).value for each in members]
        certificate = regretlab.certificate("PartnerGame-v0", game=game, partner=pool)
        assert certificate.optimal.value == pytest.approx(np.mean(optima), rel=1e-12)


def test_a_lane_can_have_a_partner_of_its_own():
    environment = partner_game("ipd", ["always-cooperate", "always-defect", "tit-for-tat"])
    chosen = np.array([1, 0, 2, 1])
    batch = Batch(environment, 4, lane_parameters={"partner": chosen})
    batch.reset(seed=3)
    rewards = np.array([batch.step(np.ones(4, np.int64))[1][:, 0].copy() for _ in range(3)])
    np.testing.assert_array_equal(rewards, [[5, 10, 10, 5], [5, 10, 5, 5], [5, 10, 5, 5]])
    with pytest.raises(ValueError, match="partner"):
        Batch(environment, 4, lane_parameters={"partner": 3})


def test_partners_are_drawn_with_equal_probability():
    # 3,000 lanes, probability 1/2: four standard deviations are 110.
    batch = Batch(partner_game("ipd", ["always-cooperate", "always-defect"]), 3_000)
    batch.reset(seed=0)
    rewards = batch.step(np.ones(3_000, np.int64))[1][:, 0]
    assert set(rewards) == {5.0, 10.0} and abs((rewards == 5).sum() - 1_500) < 110


def test_the_kit_with_a_pool_and_predictions():
    check_environment(partner_game("ipd", ["grim", "uniform", "alternator"], rounds=6, predict=True))
    check_environment(partner_game("rps", "tit-for-tat", rounds=6, predict=True))


def test_predictions_are_scored_and_change_nothing_else():
    plain, asked = partner_game("rps", "alternator"), partner_game("rps", "alternator", predict=True)
    assert asked.spec.heads == (3, 3)
    batches = [Batch(each, 2) for each in (plain, asked)]
    for batch in batches:
        batch.reset(seed=0)
    assert batches[1].info()["predicted"].tolist() == [-1, -1]
    for t in range(7):
        own = np.array([t % 2, t % 3])
        expected = np.array([t % 3, 0])
        one, other = batches[0].step(own), batches[1].step(own + 3 * expected)
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])
        np.testing.assert_array_equal(batches[1].info()["predicted"], [1, t % 3 == 0])
