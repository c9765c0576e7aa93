"""Playing: keys, score and regret without a window; and the window under SDL's dummy driver."""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from typer.testing import CliRunner

from regretlab.cli import app
from regretlab.evaluation.play import Game, key_name, keys, table


def game(id, opponent=None, seed=3, **knobs):
    return Game(*table(id, knobs, opponent), seed=seed)


def press(each, *pressed):
    for key in pressed:
        each.press(key)
    return each


def test_keys_are_digits_letters_and_arrows():
    assert keys(("up", "right")) == {"1": 0, "2": 1, "up": 0, "right": 1}
    assert keys(("rock", "paper", "scissors")) == {"1": 0, "2": 1, "3": 2, "r": 0, "p": 1, "s": 2}
    assert keys(("stag", "stay")) == {"1": 0, "2": 1}  # one letter for two actions would be none
    many = keys(tuple(map(str, range(12))))
    assert (many["9"], many["0"], many["a"], many["b"]) == (8, 9, 10, 11) and len(many) == 12


def test_key_names_follow_the_keyboard():
    assert key_name("R", "r") == "r"
    assert key_name("", "up") == "up"
    assert key_name("\r", "return") == "return"
    assert key_name("", "[1]") == "1"  # the keypad


def test_regret_counts_finished_episodes_of_a_return():
    maze = game("TMazePassive-v0", length=3)
    cue = int(maze._scene.batch.state.cue[0])
    press(maze, "1", "1")
    assert maze.regret() is None and not maze.over
    press(maze, "up" if cue == 1 else "down")  # the wrong arm: -1 instead of the certified 1
    assert maze.over and maze.regret() == 2.0 and maze.score == -1.0
    press(maze, "1")
    assert maze.over and maze.steps == 3  # an action does nothing before the next episode
    press(maze, "return")
    assert not maze.over
    cue = int(maze._scene.batch.state.cue[0])
    press(maze, "right", "right", "down" if cue == 1 else "up")
    assert maze.regret() == 2.0 and maze.score == 0.0 and maze.episodes == 2


def test_regret_counts_steps_of_a_gain():
    river = press(game("RiverSwim-v0"), *("left",) * 10)
    # Swimming left at the left bank pays 0.005; the gain of the classic river with six places is 0.42862.
    assert river.regret() == pytest.approx(10 * (0.4286224 - 0.005), abs=1e-5)


def test_regret_of_a_game_is_to_the_best_action_in_hindsight():
    dilemma = press(game("IteratedGame-v0", opponent="uniform"), "c", "c", "d", "c")
    others = dilemma._scene.batch  # every round of cooperating costs: 5 - 3 against c, 1 - 0 against d
    assert others.clock[0] == 4
    assert 3.0 <= dilemma.regret() <= 6.0
    assert press(game("IteratedGame-v0", opponent="uniform"), "d", "d", "d").regret() == 0.0


def test_returns_are_discounted_where_the_criterion_is():
    # One player, two actions: the optimum is 1 + 0.5 = 1.5, the best action twice.
    alone = game("IteratedGame-v0", payoffs=[[1.0, 0.0]], horizon=2, discount=0.5)
    press(alone, "2", "1")
    assert alone.over and alone.score == 1.0
    assert alone.regret() == pytest.approx(1.5 - 0.5)


def test_the_opponent_learns_and_a_partner_is_a_knob():
    against = press(game("IteratedGame-v0", opponent="fictitious_play", game="matching-pennies"), *"1" * 20)
    assert against.score <= -15  # the second player wins by differing, and soon knows what is played
    partner = game("PartnerGame-v0", opponent="tit-for-tat", game="ipd", rounds=3)
    assert partner.environment.knobs["partner"] == "tit-for-tat"
    press(partner, "c", "d", "d")
    # Best against tit-for-tat is to cooperate until the last round: 8 + 8 + 10.
    assert partner.score == 8 + 10 + 5 and partner.regret() == 3.0


@pytest.mark.parametrize("id", ["TMazePassive-v0", "RiverSwim-v0", "HermiteEta-v0", "MatrixGame-v0", "PartnerGame-v0"])
def test_frames_have_one_size_and_tell_what_happened(id):
    each = game(id)
    before = each.frame()
    press(each, "1")
    after = each.frame()
    assert before.shape == after.shape and before.dtype == np.uint8
    assert (before != after).any()


def test_no_action_is_without_a_key():
    # Ten, and then more actions than there are keys.
    assert len(game("HermiteEta-v0").keys) == 10
    with pytest.raises(ValueError, match="has 40 actions; there are keys for 36"):
        game("MatrixGame-v0", payoffs=np.zeros((2, 40, 2)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "TMazePassive-v0 --opponent uniform",
            "opponent='uniform' is not allowed: regretlab/TMazePassive-v0 is played",
        ),
        ("PartnerGame-v0 --partner tit-for-tad", "did you mean 'tit-for-tat'?"),
        ("IteratedGame-v0 --opponent optimal", "plays alone"),
        ("IteratedGame-v0 --opponent hegde", "did you mean 'hedge'?"),
        ("IteratedGam-v0", "did you mean 'regretlab/IteratedGame-v0'?"),
    ],
)
def test_mistakes_are_told_in_a_line(arguments, message):
    result = CliRunner().invoke(app, ["play", *arguments.split()])
    assert result.exit_code == 2 and message in result.output
    assert len(result.output.splitlines()) == 1


def test_a_missing_pygame_is_told_with_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygame", None)
    result = CliRunner().invoke(app, ["play", "TMazePassive-v0"])
    assert result.exit_code == 2
    assert result.output == 'error: a window needs pygame: python -m pip install "regretlab[play]"\n'


WINDOW = """
import pygame
from regretlab.evaluation.play import Game, play, table

def press(key, text):
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, unicode=text))

pygame.display.init()
game = Game(*table("IteratedGame-v0", {"game": "stag-hunt", "horizon": 2}, "hedge"), seed=1)
keys = [(pygame.K_1, "1"), (pygame.K_s, "x"), (pygame.K_2, "2"), (pygame.K_RETURN, chr(13)), (pygame.K_h, "H")]
for key, text in keys:
    press(key, text)
if CLOSE == "quit":
    pygame.event.post(pygame.event.Event(pygame.QUIT))
else:
    press(pygame.K_ESCAPE, chr(27))
play(game)
print(game.steps, game.episodes, pygame.display.get_init())
"""


needs_pygame = pytest.mark.skipif(find_spec("pygame") is None, reason="needs the extra play (pygame)")


@needs_pygame
@pytest.mark.parametrize("close", ["quit", "escape"])
def test_the_window_hears_the_keys_and_closes(close):
    code = f"CLOSE = {close!r}\n" + WINDOW
    environment = {"SDL_VIDEODRIVER": "dummy", "PYGAME_HIDE_SUPPORT_PROMPT": "1"}
    result = run(code, environment)
    assert (result.returncode, result.stdout, result.stderr) == (0, "3 1 False\n", "")


@needs_pygame
def test_a_window_without_a_display_is_a_mistake():
    result = run("from regretlab.cli import app; app(['play', 'MatrixGame-v0'])", {"SDL_VIDEODRIVER": "none-such"})
    assert result.returncode == 2 and result.stderr.startswith("error: no window can be opened")


def run(code, environment):
    """Run ``code`` in a process of its own: importing pygame may warn, and a window is the process's only one."""
    return subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )
