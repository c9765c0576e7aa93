import re
from html.parser import HTMLParser

import pytest

from regretlab.evaluation import store
from regretlab.evaluation.report import ranking, shortened, write_page
from regretlab.evaluation.store import ResultsError

VOID = {"meta", "br", "link", "img", "input", "hr"}
HOSTILE = "<script>alert(1)</script> $x_1$ & co"


class Checker(HTMLParser):
    """Collects ids and links, and notes tags that are not closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.targets, self.tags, self.outside = [], [], [], set(), []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name in ("href", "xlink:href", "src"):
                (self.targets if value.startswith("#") else self.outside).append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes nothing at {self.getpos()}"


@pytest.fixture
def folder(tmp_path, make_record):
    for learner, shift in (("q_learning", 0.0), (HOSTILE, 0.1), ("uniform", -0.2)):
        for seed in range(3):
            store.write(tmp_path, make_record("riverswim", learner, seed, achieved=0.2286 + shift + 0.01 * seed))
            if learner != "uniform":
                store.write(tmp_path, make_record("tmaze", learner, seed, achieved=0.5 * seed))
    store.write(tmp_path, make_record("shapley", "hedge", 0, achieved=0.5))
    store.write(tmp_path, make_record("shapley", "hedge", 1, status="crashed", traceback="<b>ZeroDivisionError</b>"))
    (tmp_path / "half.json").write_text('{"schema_version": 1,')
    return tmp_path


def test_the_page_is_whole_and_needs_no_network(folder):
    path = write_page(folder, folder / "pages" / "index.html")
    text = path.read_text(encoding="utf-8")
    page = Checker()
    page.feed(text)
    page.close()
    assert page.open == [] and page.outside == []
    assert not page.tags & {"script", "link", "img", "iframe", "object"}
    assert not re.search(r"@import|url\((?!#)|@font-face", text)
    assert len(page.ids) == len(set(page.ids))
    assert {target[1:] for target in page.targets} <= set(page.ids)
    used, defined = set(re.findall(r"var\((--[\w-]+)\)", text)), set(re.findall(r"(--[\w-]+):", text))
    assert used <= defined


def test_the_page_says_what_it_should(folder):
    text = write_page(folder, folder / "index.html").read_text(encoding="utf-8")
    assert text.count("<svg") == 4  # the ranking and three tasks
    for expected in (
        "regretlab/RiverSwim-v0",
        "policy iteration",
        "0.42855 to 0.42865",
        "Regret in reward per step.",
        "Regret in NashConv.",
        "closed-form",
        "half.json",
        "&lt;b&gt;ZeroDivisionError&lt;/b&gt;",
        "+ 1 crashed",
        "1 of 2",
        "A hollow dot",
        "0.61.0",
        "shapley: a single seed, hence no interval, of hedge",
        "&lt;script&gt;alert(1)&lt;/script&gt; $x_1$ &amp; co",
    ):
        assert expected in text, expected


def test_the_same_results_give_the_same_page(folder):
    first = write_page(folder, folder / "a.html").read_bytes()
    assert write_page(folder, folder / "b.html").read_bytes() == first


def test_a_page_without_normalised_scores(tmp_path, make_record):
    store.write(tmp_path, make_record("shapley", "hedge", 0, status="crashed"))
    text = write_page(tmp_path, tmp_path / "index.html").read_text(encoding="utf-8")
    assert "No task here has a normalised score" in text and "No run got as far as its certificate" in text


def test_curves_that_cannot_be_drawn_leave_the_rest(tmp_path, make_record):
    store.write(tmp_path, make_record(seed=0))
    curve = {"measure": "value", "unit": "reward per step", "steps": [1], "values": [0.1]}
    store.write(tmp_path, make_record(seed=1, curve=store.Curve(**curve)))
    text = write_page(tmp_path, tmp_path / "index.html").read_text(encoding="utf-8")
    assert "No learning curves: task &#39;riverswim&#39; has curves of different measures or units" in text


def test_a_folder_without_results_has_no_page(tmp_path):
    with pytest.raises(ResultsError, match="no results here"):
        write_page(tmp_path, tmp_path / "index.html")
    assert list(tmp_path.iterdir()) == []


def test_scores_beyond_the_axis_stay_in_the_picture(make_record):
    from regretlab.evaluation import figures, leaderboard

    records = [make_record("riverswim", "lost", seed, achieved=-50.0 + seed) for seed in range(2)]
    figure = ranking(leaderboard.rows(records)[:1], figures.looks(["lost"]))
    (axes,) = figure.axes
    assert axes.get_xlim()[0] > -1
    assert [line.get_marker() for line in axes.lines if line.get_marker() != "None"] == ["<"]


def test_shortened_keeps_the_end():
    assert shortened("short") == "short"
    assert shortened("/a/very/long/path/to/an/agent.py:Agent") == "…path/to/an/agent.py:Agent"
