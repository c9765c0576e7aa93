"""The scripted partners, against their definitions, and the payoffs against the published tables."""

from itertools import product

import numpy as np
import pytest

from regretlab.envs.partners import load, names

ACTIONS = {"ipd": ("cooperate", "defect"), "battle": ("J", "F"), "rps": ("rock", "paper", "scissors")}
FIRST = {"ipd": [1, 0], "battle": [1 / 2, 1 / 2], "rps": [1 / 3, 1 / 3, 1 / 3]}  # cooperation, or at random

# Your payoff and the partner's; rows your action, columns the partner's (Akata et al. 2025; rock paper scissors).
PAYOFFS = {
    "ipd": ([[8, 0], [10, 5]], [[8, 10], [0, 5]]),
    "battle": ([[10, 0], [0, 7]], [[7, 0], [0, 10]]),
    "rps": ([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], [[0, 1, -1], [-1, 0, 1], [1, -1, 0]]),
}
RULES = ("tit-for-tat", "best-response-to-last", "win-stay-lose-shift", "uniform")


def defined(game, partner, history):
    """The distribution of the partner's next action after a history of (your action, its action), by definition."""
    count = len(ACTIONS[game])
    own = np.array(PAYOFFS[game][1])
    if partner.startswith("always-"):
        return np.eye(count)[ACTIONS[game].index(partner.removeprefix("always-"))]
    if partner == "uniform":
        return np.full(count, 1 / count)
    if not history:
        return np.array(FIRST[game])
    yours, its = history[-1]
    if partner == "tit-for-tat":
        return np.eye(count)[(yours + 1) % 3 if game == "rps" else yours]  # paper beats rock, and so on round
    if partner == "best-response-to-last":
        return np.eye(count)[own[yours].argmax()]
    won = own[yours, its] >= own.mean()
    return np.eye(count)[its] if won else (1 - np.eye(count)[its]) / (count - 1)


def test_the_games_and_their_partners():
    assert names() == ("battle", "ipd", "rps")
    for name in names():
        game = load(name)
        assert game.name == name and game.action_names == (ACTIONS[name],) * 2
        np.testing.assert_array_equal(game.payoffs, PAYOFFS[name])
        assert list(game.partners) == [*(f"always-{action}" for action in ACTIONS[name]), *RULES]
        assert all(game.summaries[partner] for partner in game.partners) and "arXiv:2412.19726" in game.citation


@pytest.mark.parametrize(("game", "partner"), [(game, partner) for game in names() for partner in load(game).partners])
def test_every_partner_does_what_its_name_says(game, partner):
    machine = load(game).partner(partner)
    actions = range(len(ACTIONS[game]))
    assert machine.start.max() == 1.0  # its state is a function of what was played
    for rounds in range(4):
        for history in product(product(actions, actions), repeat=rounds):
            state = machine.start.argmax()
            for joint in history:
                state = machine.next[(state, *joint)]
            np.testing.assert_allclose(machine.policy[state], defined(game, partner, history), atol=1e-15)


def test_win_stay_lose_shift_is_pavlov_in_the_prisoners_dilemma():
    # Nowak and Sigmund 1993: cooperate after CC and DD, defect after CD and DC.
    pavlov = load("ipd").partner("win-stay-lose-shift")
    after = {joint: pavlov.policy[pavlov.next[(0, *joint)], 0] for joint in product(range(2), repeat=2)}
    assert after == {(0, 0): 1, (1, 1): 1, (0, 1): 0, (1, 0): 0}


def test_the_mixed_equilibrium_of_the_battle():
    # You play J with 10/17, the partner with 7/17, and both earn 70/17.
    you, partner = np.array([10, 7]) / 17, np.array([7, 10]) / 17
    payoffs = load("battle").payoffs
    np.testing.assert_allclose(payoffs[0] @ partner, 70 / 17)
    np.testing.assert_allclose(you @ payoffs[1], 70 / 17)


def test_unknown_names():
    with pytest.raises(ValueError, match=r"game='rsp' is not a game with partners; did you mean 'rps'\?"):
        load("rsp")
    with pytest.raises(ValueError, match=r"partner='tit for tat' is not .* did you mean 'tit-for-tat'\?"):
        load("ipd").partner("tit for tat")
    with pytest.raises(ValueError, match="partner=3 is not a partner in 'rps'"):
        load("rps").partner(3)
