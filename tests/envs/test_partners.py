"""The scripted partners against their definitions, the pools, and the payoffs against the published tables."""

import hashlib
import json
from itertools import product

import numpy as np
import pytest

from regretlab.envs.core.automaton import Automaton, minimal
from regretlab.envs.core.registry import build
from regretlab.envs.games.strategies import extortion
from regretlab.envs.partners import PartneredGame, load, names, pools
from regretlab.envs.partners.rules import RULES, Stage, UnsuitedError, make
from regretlab.solvers.memory_one import memory_one_gain

ACTIONS = {"ipd": ("cooperate", "defect"), "battle": ("J", "F"), "rps": ("rock", "paper", "scissors")}
FIRST = {"ipd": [1, 0], "battle": [1 / 2, 1 / 2], "rps": [1 / 3, 1 / 3, 1 / 3]}  # cooperation, or at random

# Your payoff and the partner's; rows your action, columns the partner's (Akata et al. 2025; rock paper scissors).
PAYOFFS = {
    "ipd": ([[8, 0], [10, 5]], [[8, 10], [0, 5]]),
    "battle": ([[10, 0], [0, 7]], [[7, 0], [0, 10]]),
    "rps": ([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], [[0, 1, -1], [-1, 0, 1], [1, -1, 0]]),
}
SIMPLE = ("tit-for-tat", "best-response-to-last", "win-stay-lose-shift", "uniform", "alternator")
TWO_ACTIONS = ("suspicious-tit-for-tat", "grim", "tit-for-two-tats", "joss", "prober")


def defined(game, partner, history):
    """The distribution of the partner's next action after a history of (your action, its action), by definition."""
    count = len(ACTIONS[game])
    own, one = np.array(PAYOFFS[game][1]), np.eye(count)
    kind, _, label = partner.partition("-")
    if kind == "always":
        return one[ACTIONS[game].index(label)]
    if kind == "mostly":
        return np.where(one[ACTIONS[game].index(label)], 0.8, 0.2 / (count - 1))
    if partner == "uniform":
        return np.full(count, 1 / count)
    if partner == "alternator":
        return one[len(history) % count]
    yours = [each for each, _ in history]
    if partner == "grim":
        return one[int(1 in yours)]
    if partner == "tit-for-two-tats":
        return one[int(yours[-2:] == [1, 1])]
    if partner == "prober":
        opening = [1, 0, 0]
        if len(history) < 3:
            return one[opening[len(history)]]
        return one[1] if yours[1:3] == [0, 0] else one[yours[-1]]
    if partner == "joss":
        return np.array([0.9, 0.1]) if history and yours[-1] == 0 else one[1] if history else one[0]
    if partner == "suspicious-tit-for-tat":
        return one[yours[-1]] if history else one[1]
    if not history:
        return np.array(FIRST[game])
    last, its = history[-1]
    if partner == "tit-for-tat":
        return one[(last + 1) % 3 if game == "rps" else last]  # paper beats rock, and so on round
    if partner == "best-response-to-last":
        return one[own[last].argmax()]
    assert partner == "win-stay-lose-shift"
    return one[its if own[last, its] >= own.mean() else (its + 1) % count]


def plays(machine, history):
    """The distribution of the automaton's action after a history."""
    state = machine.start.argmax()
    for joint in history:
        state = machine.next[(state, *joint)]
    return machine.policy[state]


def test_the_games():
    assert names() == ("battle", "ipd", "rps")
    for name in names():
        game = load(name)
        assert game.name == name and game.action_names == (ACTIONS[name],) * 2
        np.testing.assert_array_equal(game.payoffs, PAYOFFS[name])
        assert all(each.summary for each in game.partners.values())


CASES = [
    (game, partner)
    for game, actions in ACTIONS.items()
    for partner in (
        *(f"{kind}-{action}" for kind in ("always", "mostly") for action in actions),
        *SIMPLE,
        *(TWO_ACTIONS if len(actions) == 2 else ()),
    )
]


@pytest.mark.parametrize(("game", "partner"), CASES)
def test_every_partner_does_what_its_name_says(game, partner):
    machine = load(game).partner(partner)
    actions = range(len(ACTIONS[game]))
    assert machine.start.max() == 1.0  # its state is a function of what was played
    for rounds in range(5 if len(actions) == 2 else 4):
        for history in product(product(actions, actions), repeat=rounds):
            np.testing.assert_allclose(plays(machine, history), defined(game, partner, history), atol=1e-15)


@pytest.mark.parametrize("code", ["11010", "00110", "10001"])
def test_the_codes_of_memory_one_put_its_own_action_first(code):
    machine, bits = load("ipd").partner(f"memory-one-{code}"), [int(bit) for bit in code]
    assert plays(machine, [])[0] == bits[0]
    for yours, its in product(range(2), repeat=2):
        assert plays(machine, [(yours, its)])[0] == bits[1 + 2 * its + yours]


@pytest.mark.parametrize("game", names())
def test_the_frequency_best_responder_answers_the_counts(game):
    machine, own = load(game).partner("frequency-best-responder"), np.array(PAYOFFS[game][1])
    rng = np.random.default_rng(3)
    for _ in range(20):
        counts, history = np.zeros(len(own)), []
        for _ in range(15):  # no action falls 20 payoff ranges behind so early
            history.append((int(rng.integers(len(own))), 0))
            counts[history[-1][0]] += 1
            assert plays(machine, history).argmax() == (counts @ own).argmax()


def test_a_lead_of_the_frequency_best_responder_is_bounded():
    machine = load("rps").partner("frequency-best-responder")
    history = [(0, 0)] * 500 + [(1, 0)] * 41  # paper leads by 20 ranges of 2, which 41 papers undo; 500 would not
    assert plays(machine, history).argmax() == 2


def test_noise_and_changes_of_mind():
    game = load("ipd")
    np.testing.assert_allclose(plays(game.partner("noisy-tit-for-tat"), [(1, 0)]), [0.05, 0.95])
    np.testing.assert_allclose(plays(game.partner("noisy-win-stay-lose-shift"), [(0, 1)]), [0.05, 0.95])
    cooperation = [(0, 0)] * 60
    change, reformed, decoy = map(game.partner, ("change-at-50", "reformed-at-50", "decoy"))
    assert [plays(change, cooperation[:k])[0] for k in (0, 49, 50, 60)] == [1, 1, 0, 0]
    assert [plays(reformed, cooperation[:k])[0] for k in (0, 49, 50, 60)] == [0, 0, 1, 1]
    assert plays(reformed, [*cooperation[:55], (1, 0)])[1] == 1
    assert [plays(decoy, cooperation[:k])[0] for k in (29, 31)] == [1, 0]  # defection is the best response


def test_win_stay_lose_shift_is_pavlov_in_the_prisoners_dilemma():
    # Nowak and Sigmund 1993: cooperate after CC and DD, defect after CD and DC.
    pavlov = load("ipd").partner("win-stay-lose-shift")
    after = {joint: plays(pavlov, [joint])[0] for joint in product(range(2), repeat=2)}
    assert after == {(0, 0): 1, (1, 1): 1, (0, 1): 0, (1, 0): 0}


def test_zero_determinant_partners_enforce_their_lines():
    # Press and Dyson 2012 with chi = 2, phi (P - S) = 1/6: s - 5 = 2 (yours - 5); generous: s - 8 = 2 (yours - 8).
    game = load("ipd")
    by_name = {entry["name"]: entry for entry in pools.load("held-out").entries}
    assert by_name["zd-extort-2"]["parameters"]["vector"] == pytest.approx(extortion((8, 0, 10, 5), 2, 1 / 30))
    rng = np.random.default_rng(0)
    for name, point in (("zd-extort-2", 5), ("zd-generous-2", 8)):
        machine = game.partner(name)
        vector = [plays(machine, [])[0], *(plays(machine, [(yours, its)])[0] for its, yours in product((0, 1), (0, 1)))]
        for other in (np.ones(5), rng.random(5), rng.random(5)):
            yours, its = memory_one_gain(game.payoffs, [other, vector]).value
            assert its - point == pytest.approx(2 * (yours - point), abs=1e-9)
            if name == "zd-extort-2" and other.min() == 1:
                assert (its, yours) == (pytest.approx(25 / 3), pytest.approx(20 / 3))


def test_the_generosity_of_generous_tit_for_tat():
    # Nowak and Sigmund 1992: min(1 - (T - R) / (R - S), (R - P) / (T - P)).
    reward, sucker, temptation, punishment = 8, 0, 10, 5
    generosity = min(1 - (temptation - reward) / (reward - sucker), (reward - punishment) / (temptation - punishment))
    assert plays(load("ipd").partner("generous-tit-for-tat"), [(1, 0)])[0] == pytest.approx(generosity)


def test_the_mixed_equilibrium_of_the_battle():
    # You play J with 10/17, the partner with 7/17, and both earn 70/17.
    you, partner = np.array([10, 7]) / 17, np.array([7, 10]) / 17
    payoffs = load("battle").payoffs
    np.testing.assert_allclose(payoffs[0] @ partner, 70 / 17)
    np.testing.assert_allclose(you @ payoffs[1], 70 / 17)


@pytest.mark.parametrize("game", names())
def test_no_two_partners_of_the_pools_behave_alike(game):
    known = [each for pool in pools.names() for each in load(game).pool(pool)]
    assert len({each.name for each in known}) == len(known)
    rng = np.random.default_rng(1)
    actions = len(ACTIONS[game])
    tries = rng.integers(actions, size=(60, 120))
    behaviours = set()
    for each in known:
        machine, seen = each.automaton, []
        for yours in tries:  # on every path that can be played: its likeliest action, and what it does on the way
            state = machine.start.argmax()
            for action in yours:
                its = machine.policy[state].argmax()
                seen.append(tuple(np.round(machine.policy[state], 9)))
                state = machine.next[state, action, its]
        behaviours.add(hashlib.sha256(repr(seen).encode()).hexdigest())
    assert len(behaviours) == len(known)


def test_the_pools_by_size_and_hash():
    sizes = {game: [len(load(game).pool(pool)) for pool in ("train", "held-out")] for game in names()}
    assert sizes == {"battle": [10, 34], "ipd": [11, 35], "rps": [11, 14]}
    assert pools.names() == ("train", "held-out")
    digest = hashlib.sha256()
    for game in names():
        for each in load(game).partners.values():
            machine = each.automaton
            for part in (machine.start, machine.policy, machine.next):
                digest.update(np.round(part, 9).astype(np.float64).tobytes())
    # The automata themselves: when a rule changes what it does, scores against the pools change their meaning.
    assert digest.hexdigest()[:16] == "66e4fd0114f9a40f"


def test_a_pool_that_was_changed_is_refused():
    pool = pools.load("train")
    data = {"name": "train", "summary": "", "sha256": pool.sha256, "partners": json.loads(json.dumps(pool.entries))}
    assert pools.parse(data).sha256 == pool.sha256
    data["partners"][2]["parameters"]["weight"] = 0.9
    with pytest.raises(ValueError, match=r"pool 'train' has changed: its entries have the hash .* another name"):
        pools.parse(data)
    with pytest.raises(ValueError, match="must have a name, a summary, a rule or a learner"):
        pools.parse({**data, "partners": [{"name": "x", "rule": "uniform", "summary": "", "colour": 1}]})


def test_partners_of_any_game():
    stage = PartneredGame("g", "G", np.arange(12).reshape(2, 2, 3), (("a", "b"), ("x", "y", "z")))
    found = [each.name for each in stage.pool("train")]
    assert "always-z" in found and "win-stay-lose-shift" in found
    assert not {"tit-for-tat", "grim", "suspicious-tit-for-tat"} & set(found)  # they need other shapes


def test_random_automata_are_those_of_their_seed():
    stage = Stage(load("rps").payoffs, load("rps").first)
    one, same, other = (make("r", "random", stage, {"states": 8, "seed": seed}) for seed in (1, 1, 2))
    assert one.next.tolist() == same.next.tolist() and one.next.tolist() != other.next.tolist()
    assert one.states <= 8


def test_merging_states_keeps_what_is_played():
    rng = np.random.default_rng(5)
    for _ in range(30):
        policy = np.eye(2)[rng.integers(2, size=6)]
        big = Automaton("big", np.eye(6)[0], policy, rng.integers(6, size=(6, 2, 2)))
        small = minimal(big)
        assert small.states <= 6
        for history in rng.integers(2, size=(20, 8, 2)):
            np.testing.assert_array_equal(plays(big, history), plays(small, history))
        again = minimal(small)
        assert (again.states, again.next.tolist()) == (small.states, small.next.tolist())


def test_a_machine_with_two_copies_of_each_state_is_halved():
    one = load("ipd").partner("tit-for-tat")
    twice = Automaton(
        "twice",
        np.concatenate([one.start, 0 * one.start]),
        np.concatenate([one.policy, one.policy]),
        np.concatenate([one.next + one.states, one.next]),
    )
    assert minimal(twice).states == one.states == 2


def test_unknown_names():
    with pytest.raises(ValueError, match=r"game='rsp' is not a game with partners; did you mean 'rps'\?"):
        load("rsp")
    with pytest.raises(ValueError, match=r"partner='tit for tat' is not .* did you mean 'tit-for-tat'\?"):
        load("ipd").partner("tit for tat")
    with pytest.raises(ValueError, match="partner=3 is not a partner in 'rps'"):
        load("rps").partner(3)
    with pytest.raises(ValueError, match=r"pool='heldout' is not a pool; did you mean 'held-out'\?"):
        load("ipd").pool("heldout")
    stage = Stage(load("rps").payoffs, load("rps").first)
    with pytest.raises(ValueError, match="rule='nice' is not allowed"):
        make("n", "nice", stage, {})
    for rule in ("grim", "prober", "tit-for-two-tats"):
        with pytest.raises(UnsuitedError, match="2 x 2 actions, not 3 x 3"):
            make("n", rule, stage, {})
    assert set(RULES) >= {entry["rule"] for pool in pools.names() for entry in pools.load(pool).entries}


def test_a_whole_pool_is_an_environment():
    environment = build("PartnerGame-v0", partner="held-out")
    assert environment.spec.lane_ranges["partner"] == (-1, 34)
