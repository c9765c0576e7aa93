import csv
import io
import json

import numpy as np
import pytest
from rich.console import Console

from regretlab.evaluation import compare as comparing
from regretlab.evaluation import figures
from regretlab.evaluation.compare import compare
from regretlab.evaluation.store import Curve, ResultsError


@pytest.fixture
def records(make_record):
    # q_learning is better than sarsa by 0.1 a step on every seed of riverswim, though seeds differ by more
    runs = [make_record("riverswim", "q_learning", seed, achieved=0.2 + 0.05 * seed) for seed in range(4)]
    runs += [make_record("riverswim", "sarsa", seed, achieved=0.1 + 0.05 * seed) for seed in range(4)]
    runs += [make_record("shapley", "q_learning", seed, achieved=0.25) for seed in range(2)]
    runs += [make_record("shapley", "sarsa", seed, achieved=1.0) for seed in range(1, 3)]
    runs += [make_record("tmaze", "sarsa", 0), make_record("tmaze", "q_learning", 0, status="crashed")]
    return runs


def test_paired_differences_and_probability(records):
    found = compare(records, ["q_learning", "sarsa"])
    of_task = {each.task: each for each in found.differences}
    river = of_task["riverswim"]
    assert (river.advantage, river.low, river.high) == pytest.approx((0.1, 0.1, 0.1))
    assert (river.pairs, river.runs_first, river.runs_second, river.unit) == (4, 4, 4, "reward per step")
    # 0.2 .25 .3 .35 against .1 .15 .2 .25: of 16 pairs 13 are won, 2 tie, 1 is lost
    assert river.probability == pytest.approx(14 / 16)
    gap = of_task["shapley"]
    assert (gap.advantage, gap.low, gap.pairs, gap.probability) == (0.75, None, 1, 1.0)
    assert found.left_out == {"tmaze": "no finished run of q_learning"}


def test_the_sign_turns_with_the_order(records):
    (forth,) = compare(records, ["q_learning", "sarsa"], "riverswim").differences
    (back,) = compare(records, ["sarsa", "q_learning"], "riverswim").differences
    assert back.advantage == pytest.approx(-forth.advantage)
    assert back.probability == pytest.approx(1 - forth.probability)


def test_learners_without_a_common_seed_have_no_paired_difference(make_record):
    runs = [make_record("riverswim", "a", 0, achieved=0.2), make_record("riverswim", "b", 1, achieved=0.1)]
    (difference,) = compare(runs, ["a", "b"]).differences
    assert (difference.advantage, difference.pairs, difference.probability) == (None, 0, 1.0)


def test_names_that_do_not_exist_are_told_with_those_that_do(records):
    with pytest.raises(ResultsError, match=r"no learner 'q_lerning' here; did you mean 'q_learning'\? There are: "):
        compare(records, ["q_lerning", "sarsa"])
    with pytest.raises(ResultsError, match=r"no task 'chess' here. There are: shapley, riverswim, tmaze$"):
        compare(records, ["q_learning", "sarsa"], "chess")
    for learners in (["sarsa"], ["sarsa", "sarsa"]):
        with pytest.raises(ResultsError, match="at least two different ones"):
            compare(records, learners)
    with pytest.raises(ResultsError, match=r"no task that all .* tmaze: no finished run of q_learning"):
        compare(records, ["q_learning", "sarsa"], "tmaze")


def test_exports_hold_the_same_numbers(records, make_record):
    records.append(make_record("riverswim", "sarsa", 9, metrics={"swap_regret": 0.25}))
    found = compare(records, ["q_learning", "sarsa"])
    table = list(csv.DictReader(io.StringIO(comparing.to_csv(found))))
    data = json.loads(comparing.to_json(found))
    assert len(table) == len(data["differences"]) == 2
    for line, entry in zip(table, data["differences"], strict=True):
        assert {name: "" if value is None else str(value) for name, value in entry.items()} == line
    raw = comparing.raw_rows(found)
    assert len(raw) == 13 and {row["task"] for row in raw} == {"riverswim", "shapley"}
    assert (raw[0]["task"], raw[0]["regret"], raw[0]["unit"]) == ("shapley", 0.25, "NashConv")
    assert raw[4]["task"] == "riverswim" and raw[4]["regret"] == pytest.approx(0.4286 - 0.2)
    lines = list(csv.DictReader(io.StringIO(comparing.raw_csv(found))))
    assert [line["metric.swap_regret"] for line in lines if line["metric.swap_regret"]] == ["0.25"]
    assert float(lines[0]["achieved"]) == raw[0]["achieved"]


def test_tables_fit_eighty_columns(records):
    console = Console(width=80, record=True, file=io.StringIO())
    for table in comparing.tables(compare(records, ["q_learning", "sarsa"])):
        console.print(table)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 80
    assert "0.1 to 0.1" in text and "reward per step" in text and "0.88" in text


def test_the_figure_has_a_panel_a_task_with_band_and_optimum(records):
    figure = comparing.figure(compare(records, ["q_learning", "sarsa"]))
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["shapley", "riverswim"]  # by family
    river = figure.axes[1]
    lines = {line.get_label(): line for line in river.lines}
    assert set(lines) == {"q_learning", "sarsa", "optimum"}
    assert list(lines["optimum"].get_ydata()) == [0, 0]
    # mean regret of q_learning: 0.4286 - 0.275 a step
    np.testing.assert_allclose(lines["q_learning"].get_ydata(), np.array([1, 10, 50, 100]) * 0.1536)
    assert len(river.collections) == 2
    assert (river.get_xlabel(), river.get_ylabel()) == ("steps", "cumulative regret (reward)")


def test_figures_are_written_by_suffix_and_reproducibly(records, tmp_path):
    figure = comparing.figure(compare(records, ["q_learning", "sarsa"], "riverswim"))
    for suffix, magic in ((".svg", b"<?xml"), (".pdf", b"%PDF"), (".png", b"\x89PNG")):
        path = tmp_path / f"figure{suffix}"
        figures.save(figure, path)
        again = comparing.figure(compare(records, ["q_learning", "sarsa"], "riverswim"))
        figures.save(again, tmp_path / f"again{suffix}")
        assert path.read_bytes().startswith(magic)
        assert path.read_bytes() == (tmp_path / f"again{suffix}").read_bytes()
    with pytest.raises(ValueError, match=r"figure.jpg.*\.svg, \.pdf, \.png"):
        figures.save(figure, tmp_path / "figure.jpg")


def test_curves_are_averaged_where_all_seeds_have_them(make_record):
    def run(seed, steps, values):
        curve = Curve(measure="value", unit="reward per step", steps=steps, values=values)
        return make_record(seed=seed, curve=curve)

    runs = [run(0, [1, 2, 4], [0.0, 1.0, 2.0]), run(1, [2, 3, 4], [3.0, 9.0, 4.0])]
    steps, mean, band, count = figures.mean_curve(runs)
    assert steps.tolist() == [2, 4] and mean.tolist() == [2.0, 3.0] and count == 2 and band is not None
    assert figures.mean_curve(runs[:1]).band is None
    assert figures.best(runs[0]) == 0.4286 and figures.best(make_record()) == 0
    with pytest.raises(ResultsError, match="share no step"):
        figures.mean_curve([runs[0], run(1, [3], [1.0])])


def test_long_curves_are_thinned_with_both_ends(make_record):
    curve = Curve(measure="value", unit="", steps=list(range(1, 10_001)), values=np.arange(10_000.0))
    steps, mean, _, _ = figures.mean_curve([make_record(curve=curve)])
    assert len(steps) == figures.POINTS and (steps[0], steps[-1]) == (1, 10_000)
    np.testing.assert_array_equal(mean, steps - 1)


def test_axis_labels():
    assert [figures.short(value) for value in (0, 0.25, 5000, 20_000, -1.5e6, 2e9)] == [
        "0", "0.25", "5000", "20k", "-1.5M", "2G"
    ]  # fmt: skip
