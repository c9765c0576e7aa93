"""The lines that tell of runs."""

import pytest

from regretlab.evaluation.store import Learner
from regretlab.evaluation.terminal import run_line


@pytest.mark.parametrize(
    ("task", "learner"),
    [
        ("river-swim", "Q-learning, memoryless"),
        ("rock-paper-scissors-partner", "Q-learning, memoryless"),
        ("a-task-with-quite-a-long-name-of-its-own", "and a learner whose name is no shorter"),
    ],
)
def test_the_line_of_a_run_has_eighty_columns_and_room_for_the_names(make_record, task, learner):
    record = make_record().model_copy(update={"task": task, "learner": Learner(name=learner, id="q_learning")})
    line = run_line(230, 230, record)
    assert len(line) == 80 and line.endswith("score 0.500    0.5 s")
    assert task in line
    assert len(task) > 30 or learner in line
