"""Suites are checked, run in parallel, resumed, recorded when they crash, and verified to the last digit."""

import pytest

from regretlab.baselines.learner import SHIPPED
from regretlab.evaluation import runs, store, suites, verify

SUITE = """
name = "tiny"
title = "A tiny suite"
seeds = 3

[[task]]
name = "maze"
environment = "regretlab/TMazePassive-v0"
knobs = { length = 3 }
protocol = "online"
steps = 300
checkpoints = 5
learner = [{ id = "uniform" }, { id = "q_learning", memory = "frame-stack 3" }]

[[task]]
name = "pennies"
environment = "regretlab/MatrixGame-v0"
knobs = { game = "matching-pennies" }
protocol = "self-play"
steps = 200
checkpoints = 4
learner = [{ id = "hedge" }]
"""

AGENT = """
class Up:
    def __init__(self, observation_space, action_space, seed):
        pass

    def act(self, obs):
        return 0

    def update(self, obs, action, reward, next_obs, terminated, truncated):
        {body}
"""


@pytest.fixture
def suite(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(SUITE)
    return suites.load(str(path))


def execute(groups, folder, jobs=1):
    return [record for _, records in runs.execute(groups, folder, jobs) for record in records]


def comparable(record):
    return record.model_copy(update={"wall_time_seconds": 0.0})


def test_one_and_four_workers_give_the_same_files(suite, tmp_path):
    for jobs in (1, 4):
        execute(runs.groups(suite), tmp_path / str(jobs), jobs)
    one, problems = store.load(tmp_path / "1")
    assert len(one) == 9 and not problems
    assert all(record.status == "finished" for record in one)
    assert list(map(comparable, one)) == list(map(comparable, store.load(tmp_path / "4")[0]))


def test_finished_runs_are_skipped_and_lost_ones_made_again(suite, tmp_path):
    execute(runs.groups(suite), tmp_path)
    before, _ = store.load(tmp_path)
    assert runs.pending(runs.groups(suite), tmp_path) == ([], 9)
    path = tmp_path / store.file_name(before[4])
    path.write_text(path.read_text()[:100])
    assert len(store.load(tmp_path)[1]) == 1
    left, done = runs.pending(runs.groups(suite), tmp_path)
    assert (len(left), done) == (1, 8) and left[0].seeds == (before[4].seed,)
    execute(left, tmp_path)
    assert list(map(comparable, store.load(tmp_path)[0])) == list(map(comparable, before))


def test_more_seeds_add_to_what_is_there(suite, tmp_path):
    execute(runs.groups(suite, seeds=1), tmp_path)
    left, done = runs.pending(runs.groups(suite, seeds=3), tmp_path)
    assert done == 3 and [group.seeds for group in left] == [(1, 2)] * 3


def test_a_crash_is_recorded_and_the_others_go_on(suite, tmp_path):
    path = tmp_path / "agent.py"
    path.write_text(AGENT.format(body="raise RuntimeError('a mistake of mine')"))
    records = execute(runs.groups(suite, seeds=1, agent=f"{path}:Up"), tmp_path / "out")
    crashed = [record for record in records if record.status == "crashed"]
    assert len(records) == 5 and {record.learner.name for record in crashed} == {"Up"}
    assert all("a mistake of mine" in record.traceback for record in crashed)
    left, done = runs.pending(runs.groups(suite, seeds=1, agent=f"{path}:Up"), tmp_path / "out")
    assert done == 3 and {group.agent for group in left} == {f"{path}:Up"}


def test_an_outside_agent_is_scored_like_any_learner(suite, tmp_path):
    path = tmp_path / "agent.py"
    path.write_text(AGENT.format(body="pass"))
    maze, pennies = runs.groups(suite, seeds=2, agent=f"{path}:Up")[-2:]
    records = execute([maze, pennies], tmp_path / "out")
    assert [record.learner.name for record in records] == ["Up"] * 4
    # Always heads against always heads: the second player would gain 2 by deviating (payoffs 1 and -1).
    assert [record.achieved for record in records if record.task == "pennies"] == [2.0, 2.0]


def test_runs_of_another_source_are_made_again(suite, tmp_path):
    (group, *_) = runs.groups(suite, seeds=2)
    records = execute([group], tmp_path)
    store.write(tmp_path, records[1].model_copy(update={"source_hash": "0"}))
    left, done = runs.pending([group], tmp_path)
    assert (done, [each.seeds for each in left]) == (1, [(1,)])


def test_an_edited_agent_is_another_learner(suite, tmp_path):
    path = tmp_path / "agent.py"
    path.write_text(AGENT.format(body="pass"))
    (group,) = runs.groups(suite, seeds=1, agent=f"{path}:Up")[-1:]
    records = execute([group], tmp_path / "out")
    path.write_text(AGENT.format(body="self.edited = True"))
    assert [each.verdict for each in verify.verify(records, f"{path}:Up")] == ["other version"]
    with pytest.raises(store.ResultsError, match="choose another folder"):
        runs.pending([group], tmp_path / "out")


@pytest.mark.parametrize("body", ["import os; os._exit(9)", "raise SystemExit(3)"])
def test_a_worker_that_dies_is_a_crash_and_the_others_go_on(suite, tmp_path, body):
    path = tmp_path / "agent.py"
    path.write_text(AGENT.format(body=body))
    records = execute(runs.groups(suite, seeds=1, agent=f"{path}:Up"), tmp_path / "out", jobs=2)
    status = {(record.task, record.learner.name): record.status for record in records}
    assert len(records) == 5 and sorted(status.values()) == ["crashed"] * 2 + ["finished"] * 3
    assert store.load(tmp_path / "out")[1] == []


def test_verify_tells_equal_from_changed_from_another_version(suite, tmp_path):
    execute(runs.groups(suite, seeds=2), tmp_path)
    records, _ = store.load(tmp_path)
    assert {verdict.verdict for verdict in verify.verify(records)} == {"equal"}
    wrong = records[0].model_copy(update={"achieved": records[0].achieved + 0.25})
    old = records[1].model_copy(update={"versions": {**records[1].versions, "numpy": "1.0"}})
    moved = records[2].model_copy(update={"source_hash": "0"})
    verdicts = list(verify.verify([wrong, old, moved]))
    assert [verdict.verdict for verdict in verdicts] == ["different", "other version", "other version"]
    assert verdicts[0].difference == pytest.approx(0.25)
    assert "numpy 1.0" in verdicts[1].reason and "source" in verdicts[2].reason


OPENED = "open(r'{marker}', 'w').close()\n"


def test_verify_executes_no_code_that_a_result_names(suite, tmp_path, monkeypatch):
    """A result is data that anybody may have written: neither a file in it nor a module is loaded."""
    (record, *_) = execute(runs.groups(suite, seeds=1)[:1], tmp_path / "out")
    marker, path = tmp_path / "marker", tmp_path / "crafted.py"
    path.write_text(OPENED.format(marker=marker) + AGENT.format(body="pass"))
    monkeypatch.syspath_prepend(tmp_path)
    for id in (f"{path}:Up", "crafted", "crafted.Up", "tests.crafted"):
        crafted = record.model_copy(update={"learner": store.Learner(name="Up", id=id)})
        for agent in (None, f"{path}:Down"):
            (verdict,) = verify.verify([crafted], agent)
            assert verdict.verdict == "cannot run"
            expected = (
                "an outside agent: name it with --agent path/to/file.py:Up" if ":" in id else "does not come with"
            )
            assert expected in verdict.reason
    assert not marker.exists()


def test_verify_runs_the_agent_in_the_file_that_the_caller_names(suite, tmp_path):
    mine, theirs, marker = tmp_path / "mine.py", tmp_path / "theirs.py", tmp_path / "marker"
    mine.write_text(AGENT.format(body="pass"))
    records = execute(runs.groups(suite, seeds=1, agent=f"{mine}:Up")[-2:], tmp_path / "out")
    theirs.write_text(OPENED.format(marker=marker) + AGENT.format(body="pass"))
    known = records[0].learner
    crafted = [
        record.model_copy(update={"learner": store.Learner(name="Up", id=f"{theirs}:Up", params=known.params)})
        for record in records
    ]
    assert [each.verdict for each in verify.verify(crafted, f"{mine}:Up")] == ["equal", "equal"]
    assert not marker.exists()


def test_a_sample_is_drawn_without_repetition(suite, tmp_path):
    execute(runs.groups(suite, seeds=2), tmp_path)
    records, _ = store.load(tmp_path)
    assert len({store.file_name(record) for record in verify.sample(records, 4)}) == 4
    assert verify.sample(records, None) == records


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seeds = 3", "seeds = 3\nsedes = 4", "sedes: Extra inputs are not permitted"),
        ("seeds = 3", "seeds = 0", "seeds: Input should be greater than or equal to 1"),
        ('"regretlab/TMazePassive-v0"', '"regretlab/TMazePasive-v0"', "task 'maze'.*did you mean"),
        ("length = 3", "length = 1", "task 'maze'.*length=1"),
        ('id = "hedge"', 'id = "hegde"', "did you mean 'hedge'"),
        ('id = "hedge"', 'id = "hedge", params = { speed = 1 }', "has no knob 'speed'"),
        ('{ id = "uniform" }', '{ id = "uniform" }, { id = "uniform" }', "two learners"),
        ("seeds = 3", "seeds = ", "not TOML"),
        ('"frame-stack 3"', '"frame-stak 3"', "task 'maze', learner .*memory='frame-stak 3'.*did you mean"),
        ('"frame-stack 3"', '"oracle-stack 0"', "task 'maze', learner .*k=0"),
        ('"online"', '"self-play"', "task 'maze'.* self-play is for games"),
        ('"self-play"', '"online"', "task 'pennies'.* online is for one player"),
        ('"online"', '"partner"', "task 'maze'.* partner is for one player against a partner"),
        ('game = "matching-pennies"', f"payoffs = {[[[0] * 40] * 40] * 2}", "task 'pennies'.*at most 1,024"),
        ('{ id = "uniform" }', '{ id = "hedge" }', "task 'maze', learner 'hedge': hedge needs the rewards of all"),
        ('id = "hedge"', 'id = "hedge", memory = "frame-stack 2"', "task 'pennies', learner .*takes one player"),
        ('id = "uniform"', 'id = "differential_q"', "task 'maze', learner 'differential q': .*the criterion gain"),
    ],
)
def test_a_bad_suite_file_is_refused_and_the_place_named(tmp_path, old, new, message):
    path = tmp_path / "bad.toml"
    path.write_text(SUITE.replace(old, new, 1))
    with pytest.raises(ValueError, match=message):
        suites.load(str(path))


def test_tasks_share_a_named_list_of_learners(tmp_path):
    shared = '[learners]\nboth = [{ id = "uniform" }, { id = "fixed" }]\n\n[[task]]'
    own = 'learner = [{ id = "uniform" }, { id = "q_learning", memory = "frame-stack 3" }]'
    assert own in SUITE
    path = tmp_path / "shared.toml"
    text = SUITE.replace("[[task]]", shared, 1).replace(own, 'learner = "both"', 1)
    path.write_text(text)
    assert [entry.id for entry in suites.load(str(path)).task[0].learner] == ["uniform", "fixed"]
    path.write_text(text.replace('learner = "both"', 'learner = "bth"'))
    with pytest.raises(
        ValueError, match=r"task 'maze' has unknown learners 'bth'; did you mean 'both'\? There are: both"
    ):
        suites.load(str(path))
    path.write_text(text.replace('learner = "both"', 'learner = ["both", { id = "q_learning" }]'))
    assert [entry.id for entry in suites.load(str(path)).task[0].learner] == ["uniform", "fixed", "q_learning"]
    for broken, message in (("learners = 3", "learners: Input should be"), ("task = 3", "task: Input should be")):
        path.write_text(f'name = "x"\ntitle = "x"\nseeds = 1\n{broken}\n')
        with pytest.raises(ValueError, match=message):
            suites.load(str(path))


def test_learners_share_named_settings(tmp_path):
    settings = (
        "[settings]\nslow = { alpha = 0.01 }\n\n[learners]\nall = [{ id = 'sarsa', params = 'slow' }]\n\n[[task]]"
    )
    text = SUITE.replace("[[task]]", settings, 1).replace('learner = [{ id = "uniform" }, ', 'learner = ["all", ', 1)
    text = text.replace('id = "q_learning"', 'id = "q_learning", params = "slow"')
    path = tmp_path / "shared.toml"
    path.write_text(text)
    entries = suites.load(str(path)).task[0].learner
    assert [(entry.id, entry.params) for entry in entries] == [
        ("sarsa", {"alpha": 0.01}),
        ("q_learning", {"alpha": 0.01}),
    ]
    path.write_text(text.replace("'slow'", "'slwo'"))
    with pytest.raises(ValueError, match=r"learner 'sarsa' has unknown params 'slwo'; did you mean 'slow'\?"):
        suites.load(str(path))


def test_a_suite_can_be_cut_down_to_some_of_its_tasks(suite):
    assert suites.only(suite, []) == suite
    assert [task.name for task in suites.only(suite, ["pennies"]).task] == ["pennies"]
    with pytest.raises(
        ValueError, match=r"suite 'tiny' has no task 'penies'; did you mean 'pennies'\? There are: maze"
    ):
        suites.only(suite, ["maze", "penies"])


def test_unknown_suites_are_refused():
    with pytest.raises(ValueError, match="did you mean 'quick'"):
        suites.load("quik")
    with pytest.raises(ValueError, match="no suite file"):
        suites.load("nowhere.toml")


def test_the_shipped_suites_are_valid_and_quick_covers_every_family():
    loaded = {name: suites.load(name) for name in suites.names()}
    quick = loaded["quick"]
    assert {runs.family(task.environment) for task in quick.task} == {
        *("memory", "games", "mdps", "bodies", "linear", "partners")
    }
    assert len({entry.id for task in quick.task for entry in task.learner}) >= 10
    played = {entry.id for name in ("games", "solvers") for task in loaded[name].task for entry in task.learner}
    assert {name for name, module in SHIPPED.items() if module.startswith(".noregret.")} <= played
