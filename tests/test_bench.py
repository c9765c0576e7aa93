"""The benchmark runs and its numbers fit together; how fast a machine is, is no test."""

import math

import pytest

from regretlab.evaluation import bench


@pytest.fixture(scope="module")
def rows():
    return bench.measure(quick=True)


def test_every_surface_is_measured_apart(rows):
    measured = {(row.surface, row.environment, row.lanes) for row in rows}
    batches = {("batch", id, lanes) for id in (*bench.ALONE, *bench.TOGETHER) for lanes in (65_536, 4_096)}
    assert batches | {("vector", id, 4_096) for id in bench.ALONE} <= measured
    assert {row.surface for row in rows} == {"batch", "fused", "vector", "single", "parallel"}
    assert [(row.note, row.environment) for row in rows if row.surface == "fused"] == list(bench.PAIRS)


def test_rate_and_time_of_a_call_belong_together(rows):
    for row in rows:
        assert 0.0 < row.rate < math.inf
        assert row.rate * row.per_call == pytest.approx(row.lanes)


def test_the_median_ignores_a_slow_repeat(monkeypatch):
    measured = iter([2.0, 9.0, 1.0, 3.0, 2.5])
    monkeypatch.setattr(bench, "time_calls", lambda call, count: next(measured))
    assert bench.time_call(lambda: None) == 2.5


def test_lanes_that_end_are_reset_within_what_is_timed(monkeypatch):
    def count_resets(environments):
        resets, reset = [], environments.reset

        def counted(self, *args, **kwargs):
            resets.append(self)
            return reset(self, *args, **kwargs)

        monkeypatch.setattr(environments, "reset", counted)
        return resets

    # The maze ends after 10 steps and the game after 100 rounds; one reset comes before the clock starts.
    resets = count_resets(bench.RegretLabEnv)
    play = bench.single_steps("TMazePassive-v0", 25)
    play()
    play()
    assert len(resets) == 1 + 50 // 10
    resets = count_resets(bench.RegretLabParallelEnv)
    play = bench.parallel_steps("IteratedGame-v0", 16)
    for _ in range(8):
        play()
    assert len(resets) == 1 + 128 // 100
    step = bench.batch_step("TMazePassive-v0", 3)  # a lane that ended takes one call to begin again
    assert [call for call in range(30) if step()[2].any()] == [9, 20]


def test_the_page_shows_every_row_and_the_machine():
    rows = [
        bench.Row("batch", "RiverSwim-v0", 65_536, 7.0e8, 65_536 / 7.0e8),
        bench.Row("fused", "RiverSwim-v0", 1, 2.5e5, 4e-6, "q_learning"),
    ]
    page = bench.markdown(rows).splitlines()
    assert page[2] == "| batch | RiverSwim-v0 | 65,536 | 700 M | 93.6 us |"
    assert page[3] == "| fused | RiverSwim-v0, q_learning | 1 | 250 k | 4 us |"
    machine = bench.machine()
    assert all(machine.values())
    assert all(machine[part] in bench.markdown(rows) for part in ("processor", "cores", "numba", "target"))


def test_the_target_is_the_one_that_numba_was_told(monkeypatch):
    monkeypatch.setenv("NUMBA_CPU_NAME", "haswell")
    assert bench.machine()["target"] == "haswell"
