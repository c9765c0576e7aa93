"""The words that say what an agent remembers."""

import pytest

from regretlab.envs.core.registry import build
from regretlab.envs.core.remember import KINDS, remember
from regretlab.envs.core.stacks import base_actions, stack_size

MAZE = build("TMazePassive-v0", length=4)


@pytest.mark.parametrize(
    ("memory", "size", "actions", "slug"),
    [
        ("frame-stack 3", 3, 4, "FrameStack"),
        ("adaptive-stack 2", 2, 8, "AdaptiveStack"),
        ("push-skip 4", 4, 8, "PushSkip"),
        (" oracle-stack   2 ", 2, 4, "OracleStack"),
    ],
)
def test_a_stack_of_the_size_that_is_asked_for(memory, size, actions, slug):
    environment = remember(MAZE, memory)
    assert (stack_size(environment), environment.spec.actions[0], base_actions(environment)) == (size, actions, 4)
    assert environment.slug.startswith(slug)


def test_nothing_and_everything():
    assert remember(MAZE, "none") is MAZE
    assert remember(MAZE, "state").spec.observation.sizes == (12,)  # 2 cues, 4 columns and 2 arms each


def test_every_kind_is_understood():
    for kind in KINDS:
        remember(MAZE, kind.replace("K", "2"))


@pytest.mark.parametrize(
    "memory", ["", "none 2", "frame-stack", "frame-stack two", "frame-stack -1", "frame-stack 2 3"]
)
def test_other_words_are_refused(memory):
    allowed = "'none', 'frame-stack K', 'adaptive-stack K', 'push-skip K', 'oracle-stack K', 'state', K being a number"
    with pytest.raises(ValueError, match=f"memory='{memory}' is not allowed: it must be one of {allowed}"):
        remember(MAZE, memory)


def test_a_slip_is_mended_and_a_number_no_string():
    for slip, meant in (("adaptiv-stack 2", "adaptive-stack 2"), ("frame-stack", "frame-stack 2"), ("none 2", "none")):
        with pytest.raises(ValueError, match=rf"did you mean '{meant}'\?"):
            remember(MAZE, slip)
    with pytest.raises(TypeError, match="memory=2 is not allowed: it must be a string"):
        remember(MAZE, 2)
    with pytest.raises(ValueError, match="k=0 is not allowed"):
        remember(MAZE, "frame-stack 0")
