"""The pocket cube against what is known of its group (Scherphuis, https://www.jaapsch.net/puzzles/cube2.htm)."""

import itertools

import numpy as np
import pytest

from regretlab import certificate, model
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.registry import build
from regretlab.envs.memory import cube2x2, cube_geometry
from regretlab.envs.memory.cube_geometry import FACES, STICKERS
from regretlab.solvers import best_memoryless, optimum
from regretlab.testing import check_memory_claim

ID = "Cube2x2-v0"
SOLVED = np.arange(STICKERS) // 4
TURNED = {FACES[k]: cube_geometry.quarter_turn(k) for k in range(6)}
TURNED |= {face + "'": np.argsort(turned) for face, turned in TURNED.items()}


def after(sequence, stickers=SOLVED):
    """The stickers after a sequence such as "R U R' U'"."""
    for name in sequence.split():
        moved = np.empty_like(stickers)
        moved[TURNED[name]] = stickers
        stickers = moved
    return stickers


def order(sequence):
    """How often a sequence has to be repeated until every sticker is back."""
    places = np.arange(STICKERS)
    for count in itertools.count(1):
        places = after(sequence, places)
        if np.array_equal(places, np.arange(STICKERS)):
            return count


def holdings():
    """The 24 ways to hold a cube, as permutations of places."""
    found = {np.arange(STICKERS).tobytes(): np.arange(STICKERS)}
    for _ in range(6):
        for held, face in itertools.product(list(found.values()), (0, 1)):
            turned = cube_geometry.quarter_turn(face, whole=True)[held]
            found[turned.tobytes()] = turned
    return list(found.values())


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [
        *((name, 4) for name in TURNED),
        ("R U R' U'", 6),
        ("R U", 15),  # of 105 on the larger cube, where the edges need 7
        ("R U'", 9),  # of 63
        ("U D'", 4),
        ("R L'", 4),
    ],
)
def test_orders_of_sequences(sequence, expected):
    assert order(sequence) == expected


def test_a_turn_moves_the_right_stickers():
    # U clockwise: the upper row of F goes to L, that of R to F, as on any cube.
    state = after("U")
    assert state[16:18].tolist() == [2, 2] and state[8:10].tolist() == [1, 1] and state[4:6].tolist() == [5, 5]
    assert state[:4].tolist() == [0] * 4 and state[18:20].tolist() == [4, 4]
    # R clockwise: the right column of F goes up, that of U to the back, turned around.
    state = after("R")
    assert state[[1, 3]].tolist() == [2, 2] and state[[20, 22]].tolist() == [0, 0] and state[[9, 11]].tolist() == [3, 3]


def explored(names, depth, canonical=lambda state: state.tobytes()):
    """How many arrangements need 0, 1, ... turns."""
    seen, frontier, counts = {canonical(SOLVED)}, [SOLVED], [1]
    while frontier and len(counts) <= depth:
        reached = []
        for state, name in itertools.product(frontier, names):
            found = after(name, state)
            key = canonical(found)
            if key not in seen:
                seen.add(key)
                reached.append(found)
        frontier = reached
        counts += [len(frontier)] if frontier else []
    return counts


#: Arrangements of the 2x2x2 by their quarter turns; the sum is 7! 3**6 = 3,674,160, and the last needs 14.
QUARTER_TURNS = [1, 6, 27, 120, 534, 2256, 8969, 33058, 114149, 360508, 930588, 1350852, 782536, 90280, 276]


def test_numbers_of_arrangements():
    assert sum(QUARTER_TURNS) == 3_674_160 and len(QUARTER_TURNS) - 1 == cube2x2.MOST_TURNS
    three = ["U", "U'", "R", "R'", "F", "F'"]  # one corner stays, so that these are arrangements up to rotation
    assert explored(three, 5) == QUARTER_TURNS[:6]
    held = holdings()
    assert len(held) == 24
    assert explored(list(TURNED), 3, lambda state: min(state[way].tobytes() for way in held)) == QUARTER_TURNS[:4]
    assert explored(["U", "U'"], 9) == [1, 2, 1]


def played(camera="face", scramble=(), actions=(), **knobs):
    """A batch of one lane after a chosen scramble and actions, with rewards and terminations."""
    environment = build(ID, camera=camera, **knobs)
    batch = Batch(environment, 1, autoreset="disabled")
    names = cube2x2.action_names(environment.params)
    batch.reset(seed=0)
    batch.state.stickers[:] = after(" ".join(scramble))
    ends = []
    for name in actions:
        _, rewards, terminated, _ = batch.step(np.array([[names.index(name)]]))
        ends.append((float(rewards[0, 0]), bool(terminated[0])))
    return batch, ends


def test_the_environment_turns_as_the_geometry_does():
    generator = np.random.default_rng(0)
    environment = build(ID)
    names = cube2x2.action_names(environment.params)
    batch = Batch(environment, 1, autoreset="disabled")
    for _ in range(30):
        numbers = generator.integers(12, size=6)
        observation = batch.reset(seed=0, outcome=numbers[None, :5])
        sequence = [names[number] for number in numbers]
        np.testing.assert_array_equal(observation[0, 0], after(" ".join(sequence[:5]))[:4])
        batch.step(numbers[None, 5:])
        np.testing.assert_array_equal(batch.state.stickers[0], after(" ".join(sequence)))


def test_solved_in_each_of_the_24_holdings_and_in_no_other_case():
    batch = Batch(build(ID, camera="orthographic"), 24, autoreset="disabled")
    look = np.full((24, 1), 12)
    for way in holdings():
        batch.reset(seed=0)
        batch.state.stickers[:] = SOLVED[way]
        _, rewards, terminated, _ = batch.step(look)
        assert np.all(rewards == 1.0) and terminated.all() and np.all(batch.info()["needed"] == 0.0)
    for pair in ((0, 4), (3, 23), (10, 13)):
        batch.reset(seed=0)
        batch.state.stickers[:] = SOLVED
        batch.state.stickers[:, pair] = batch.state.stickers[:, pair[::-1]]
        _, rewards, terminated, _ = batch.step(look)
        assert np.all(rewards == 0.0) and not terminated.any() and np.all(batch.info()["needed"] == 1.0)


def test_undoing_a_scramble_solves_it_also_up_to_rotation():
    assert played(scramble=["U", "R", "F'"], actions=["F", "R'", "U'"])[1] == [(0.0, False), (0.0, False), (1.0, True)]
    assert played(scramble=["U"], actions=["D'"])[1] == [(1.0, True)]  # the whole cube has been turned
    assert played(scramble=["U"], actions=["D"])[1] == [(0.0, False)]
    assert played(actions=["look up"])[1] == [(1.0, True)]
    assert played(camera="full", actions=["U", "U'"])[1] == [(0.0, False), (1.0, True)]


@pytest.mark.parametrize(
    ("camera", "stickers", "actions"), [("face", 4, 16), ("orthographic", 12, 13), ("full", 24, 12)]
)
def test_spaces(camera, stickers, actions):
    spec = build(ID, camera=camera).spec
    assert (spec.observation.shape, spec.actions) == ((stickers,), (actions,))
    assert spec.observation.dtype == np.uint8 and set(spec.observation.high) == {5.0}
    assert spec.hidden == (camera != "full") and spec.horizon == 100


def test_the_camera_goes_round_the_cube():
    def faces(looks):
        batch, _ = played(scramble=["U"])  # not solved, so that looking does not end the episode
        seen = [int(batch.state.side[0])]
        for look in looks:
            batch.step(np.array([[12 + ("up", "right", "down", "left").index(look)]]))
            seen.append(int(batch.state.side[0]))
            np.testing.assert_array_equal(batch.observation[0, 0], after("U")[4 * seen[-1] : 4 * seen[-1] + 4])
        return "".join(FACES[face] for face in seen)

    assert faces(["up"] * 4) == "UBDFU" and faces(["down"] * 4) == "UFDBU"
    assert faces(["right"] * 5) == "URBLFR" and faces(["left"] * 5) == "ULBRFL"
    assert faces(["right", "up"]) == "URU" and faces(["left", "down"]) == "ULD"
    # the five looks of the certificate show all faces
    assert sorted(faces(["right"] * 4 + ["down"])) == sorted(FACES)
    # up and down, right and left undo each other along a ring
    looks = cube_geometry.looks()
    for ring, way in (("FUBD", 0), ("FRBL", 1)):
        numbers = [FACES.index(face) for face in ring]
        assert looks[way + 2][looks[way][numbers]].tolist() == numbers


def test_the_other_side_of_the_orthographic_camera():
    batch, _ = played(camera="orthographic", scramble=["R", "U"])
    for sight in (np.s_[12:], np.s_[:12]):
        np.testing.assert_array_equal(batch.step(np.array([[12]]))[0][0, 0], after("R U")[sight])


def test_a_scramble_has_its_full_length_and_uniform_turns():
    # A published scramble draws from all actions but the last, camera moves included, so that it is shorter on average.
    environment = build(ID, scramble=1)
    batch = Batch(environment, 12_000)
    batch.reset(seed=1)
    arrangements, counts = np.unique(batch.state.stickers, axis=0, return_counts=True)
    assert len(arrangements) == 12 and not any(np.array_equal(each, SOLVED) for each in arrangements)
    # binomial counts of mean 1,000 and standard deviation 30.3; 5 of them
    assert np.abs(counts - 1_000).max() < 152
    # every turn is an odd permutation of the corners: an odd scramble never leaves the cube solved
    batch = Batch(build(ID, scramble=5), 5_000)
    batch.reset(seed=1)
    assert not np.any(np.all(batch.state.stickers == SOLVED, axis=1))


@pytest.mark.parametrize("camera", ["face", "orthographic", "full"])
def test_a_cube_that_can_be_listed_has_the_optimum_of_the_certificate(camera):
    from regretlab.solvers.belief import history_optimum

    looks = {"face": 5, "orthographic": 1, "full": 0}[camera]
    for scramble in (0, 1, 5):
        steps = max(looks + scramble, 2)
        listed = model(ID, camera=camera, faces=1, scramble=scramble, steps=steps)
        assert listed.size <= 2 * 4 * {"face": 6, "orthographic": 2, "full": 1}[camera]
        known = certificate(ID, camera=camera, faces=1, scramble=scramble, steps=steps)
        assert known.optimal.kind == "closed-form" and known.optimal.value == 1.0
        assert optimum(listed).value == pytest.approx(1.0, abs=1e-12)
        assert history_optimum(listed).value == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("camera", ["face", "orthographic"])
def test_a_single_face_takes_no_memory(camera):
    # Turning it again and again comes to the solved cube after at most 4 turns, or after 1 or 3 if the scramble is odd.
    for scramble, steps, enough in ((0, 4, True), (3, 3, True), (4, 4, True), (4, 3, False), (5, 2, False)):
        knobs = {"camera": camera, "faces": 1, "scramble": scramble, "steps": steps}
        known = certificate(ID, **knobs)
        assert known.needs_memory is (False if enough else None), knobs
        assert known.facts == ({"k_star": 1, "kappa": 1} if enough else {})
        if enough:
            assert known.optimal.kind == "closed-form"
            assert best_memoryless(model(ID, **knobs)).value == pytest.approx(1.0, abs=1e-12)
        check_memory_claim(build(ID, **knobs))


def test_two_faces_reach_29160_arrangements():
    # 120 permutations of the six corners that move (not 720: the group is PGL(2, 5)) times 3**5 ways to twist them
    assert model(ID, camera="full", faces=2, scramble=1).size == pytest.approx(29_160, abs=1)


@pytest.mark.parametrize(("faces", "most"), [(1, 20), (2, 10)])
def test_what_has_too_many_scrambles_to_list_is_refused(faces, most):
    # A model's start is listed scramble by scramble: 2**40 would take days.
    assert build(ID, faces=faces, scramble=most).has_model
    for scramble in (most + 1, 40, 1000):
        with pytest.raises(ValueError, match="far too many states: it has no exact model"):
            model(ID, faces=faces, scramble=scramble)


def test_certificates():
    known = certificate(ID)
    assert (known.optimal.value, known.optimal.kind) == (1.0, "closed-form")
    assert known.memoryless is None and known.facts == {} and known.needs_memory is None
    assert 0.0 < known.random.low < known.random.value < known.random.high < 0.1
    assert certificate(ID, steps=9).optimal.kind == "bound"  # five looks and five turns take ten
    assert certificate(ID, scramble=1000, steps=19).optimal.kind == "closed-form"
    assert certificate(ID, scramble=1000, steps=19, faces=2).optimal.kind == "bound"
    full = certificate(ID, camera="full")
    assert full.needs_memory is False and full.facts == {"k_star": 1, "kappa": 1}


@pytest.mark.parametrize(
    ("knobs", "error", "message"),
    [
        ({"camera": "drone"}, ValueError, "camera='drone' is not allowed: camera must be one of 'face'"),
        ({"scramble": -1}, ValueError, "scramble=-1 is not allowed"),
        ({"faces": 7}, ValueError, "faces=7 is not allowed"),
        ({"steps": 2.5}, TypeError, "steps=2.5 is not allowed"),
    ],
)
def test_bad_knobs_are_refused(knobs, error, message):
    with pytest.raises(error, match=message):
        build(ID, **knobs)


def test_the_whole_cube_has_no_exact_model():
    with pytest.raises(ValueError, match="far too many states: it has no exact model"):
        model(ID)


def test_the_text_shows_what_is_in_view():
    from regretlab.envs.core.environment import Last

    batch, _ = played(scramble=["R"])
    last = Last(0, None, np.zeros(1), np.zeros(1))
    lines = cube2x2.ansi(build(ID, scramble=1).params, batch.state, 0, last).splitlines()
    assert lines[0].split() == ["0", "2", "0", "2"] and lines[2].split()[:8] == ["."] * 8
    assert lines[6] == "agent sees (left): 0 2 0 2"
