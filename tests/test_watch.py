"""Watching: the pictures are those of a run, the ends of episodes included, and files are what they are called."""

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from regretlab.baselines.learner import load
from regretlab.baselines.lockstep import Lockstep
from regretlab.cli import app
from regretlab.envs.core.registry import build
from regretlab.evaluation.scene import Scene, player, seat
from regretlab.evaluation.watch import GAP, check_path, contact_sheet, save, watch

PAIRS = [
    ("TMazePassive-v0", {"length": 3}, "q_learning"),
    ("TMazePassive-v0", {"length": 3, "random_length": True}, "optimal"),
    ("RiverSwim-v0", {}, "sarsa"),
    ("IteratedGame-v0", {"game": "stag-hunt", "horizon": 7}, "regret_matching"),
    ("PartnerGame-v0", {"game": "rps", "rounds": 9}, "rmax"),
    ("HermiteEta-v0", {"decisions": 3}, "epsilon_greedy"),
]
AGENT = """
class Counting:
    def __init__(self, observation_space, action_space, seed):
        self.actions, self.steps = action_space.n, 0

    def act(self, obs):
        return self.steps % self.actions

    def update(self, obs, action, reward, next_obs, terminated, truncated):
        self.steps += 1
"""


@pytest.mark.parametrize(("id", "knobs", "learner"), PAIRS)
def test_a_scene_is_a_lane_of_a_run(id, knobs, learner):
    environment, who = build(id, **knobs), load(learner)
    run = Lockstep(environment, who, seed=5, record=True)
    run.advance(40)
    scene = Scene(environment, [seat(environment, who, tuple(range(environment.spec.players)))], seed=5)
    for actions, rewards in zip(run.record.actions[:, 0], run.record.rewards[:, 0], strict=True):
        if scene.over:
            scene.begin()
        assert np.array_equal(scene.step(), rewards) and np.array_equal(scene.actions[0], actions)


def test_the_end_of_an_episode_is_shown():
    pictures = list(watch(build("TMazePassive-v0", length=3), load("optimal"), 7, "ansi"))
    # Episodes of 3 steps: the first state and three more, twice, then a first state and the seventh step.
    assert [picture.last for picture in pictures] == [False, False, False, True] * 2 + [False, False]
    assert all("reward 1  total 1" in picture.content for picture in pictures if picture.last)
    assert all("step 0" in pictures[k].content for k in (0, 4, 8))


def test_training_comes_before_watching():
    river = build("RiverSwim-v0")
    untrained, trained = (
        "\n".join(picture.content for picture in watch(river, load("rmax", m=5), 200, "ansi", train=steps))
        for steps in (0, 20_000)
    )
    assert trained.count("reward 1 ") > untrained.count("reward 1 ")  # it knows the way


def test_an_outside_agent_is_watched(tmp_path):
    path = tmp_path / "agent.py"
    path.write_text(AGENT)
    game = build("IteratedGame-v0", game="matching-pennies")
    pictures = list(watch(game, player(f"{path}:Counting"), 3, "ansi", train=4))
    assert len(pictures) == 4 and "heads" in pictures[1].content


def test_a_learner_that_cannot_play_is_refused_before_anything_is_drawn():
    with pytest.raises(ValueError, match="keeps a table over integer observations"):
        watch(build("HermiteEta-v0"), load("q_learning"), 3, "ansi")


def test_a_gif_has_every_picture_and_rests_at_an_end(tmp_path):
    pictures = list(watch(build("TMazePassive-v0", length=3), load("uniform"), 4, "rgb_array"))
    save(pictures, tmp_path / "maze.gif")
    with Image.open(tmp_path / "maze.gif") as gif:
        assert gif.format == "GIF" and gif.n_frames == len(pictures) == 6
        assert gif.size == pictures[0].content.shape[1::-1]
        times = []
        for number in range(gif.n_frames):
            gif.seek(number)
            times.append(gif.info["duration"])
    assert times == [750 if picture.last else 250 for picture in pictures]


def test_a_png_is_a_sheet_of_at_most_twelve(tmp_path):
    frames = [np.full((4, 6, 3), shade, np.uint8) for shade in range(40)]
    sheet = contact_sheet(frames)
    assert sheet.shape == (4 * (4 + GAP) + GAP, 3 * (6 + GAP) + GAP, 3)
    corners = sheet[GAP :: 4 + GAP, GAP :: 6 + GAP, 0].ravel()
    assert corners[0] == 0 and corners[11] == 39 and np.all(np.diff(corners[:12].astype(int)) > 0)
    assert contact_sheet(frames[:1]).shape == (4 + 2 * GAP, 6 + 2 * GAP, 3)
    save(list(watch(build("RiverSwim-v0"), load("uniform"), 2, "rgb_array")), tmp_path / "swim.png")
    with Image.open(tmp_path / "swim.png") as png:
        assert png.format == "PNG"


def test_paths_are_checked(tmp_path):
    with pytest.raises(ValueError, match=r"out='a.jpg' is not allowed: .* \.gif or \.png"):
        check_path("a.jpg")
    with pytest.raises(ValueError, match="there is no folder"):
        check_path(tmp_path / "none" / "a.gif")


def test_the_command_prints_frames_or_writes_a_file(tmp_path):
    call = CliRunner().invoke
    result = call(app, ["watch", "TMazePassive-v0", "--learner", "optimal", "--steps", "3", "--knob", "length=3"])
    assert result.exit_code == 0 and result.output.count("agent sees") == 4
    result = call(
        app, ["watch", "RiverSwim-v0", "--learner", "fixed", "--steps", "2", "--out", str(tmp_path / "a.gif")]
    )
    assert result.exit_code == 0 and "2 steps, 0 ends of episodes" in result.output and (tmp_path / "a.gif").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("TMazePassive --learner uniform", "did you mean 'regretlab/TMazePassive-v0'"),
        ("TMazePassive-v0 --learner uniforn", "did you mean 'uniform'"),
        ("IteratedGame-v0 --learner optimal", "plays alone"),
        ("TMazePassive-v0 --learner uniform --out a.jpg", "ends with .gif or .png"),
        ("TMazePassive-v0 --learner none.py:A", "there is no file none.py"),
    ],
)
def test_mistakes_are_told_in_a_line(arguments, message):
    result = CliRunner().invoke(app, ["watch", *arguments.split()])
    assert result.exit_code == 2 and message in result.output and result.output.startswith("error: ")
    assert len(result.output.splitlines()) == 1
