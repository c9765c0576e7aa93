"""The figures of the gallery show what their paragraphs say; fewer seeds and rounds than the published ones."""

import numpy as np
import pytest

from regretlab.evaluation import gallery


def lines(axes):
    """The points of the lines that the legend names."""
    return {each.get_label(): each.get_xydata() for each in axes.lines if not each.get_label().startswith("_")}


def check_labels(figure):
    for axes in figure.axes:
        if axes.axison:
            assert axes.get_xlabel() and axes.get_title()
            assert axes.get_ylabel() or axes.get_subplotspec().colspan.start > 0
        assert axes.get_legend() is not None


def test_two_gaps():
    """Regret matching: CCE gap about 1e-4 and CE gap 0.248 after 1e5 rounds; conditional: CE gap .043 and falling."""
    figure = gallery.two_gaps(seeds=5, rounds=20_000)
    check_labels(figure)
    external, internal = map(lines, figure.axes)
    assert external["CE gap"][-1, 0] == 20_000
    assert 0.2 < external["CE gap"][-1, 1] < 0.3
    assert external["CCE gap"][-1, 1] < 0.002
    assert internal["CE gap"][-1, 1] < 0.15 < internal["CE gap"][len(internal["CE gap"]) // 2, 1]
    assert internal["CCE gap"][-1, 1] < internal["CE gap"][-1, 1]


def test_recovery_takes_what_the_closed_form_says():
    """From the logit difference -d to even odds: d / eta rounds (NeuRD), (d + sinh d) / eta (policy gradient)."""
    figure = gallery.recovery(rounds=2_500)
    check_labels(figure)
    (axes,) = figure.axes
    curves = lines(axes)
    marked = sorted(each.get_xdata()[0] - 1 for each in axes.lines if len(each.get_xdata()) == 1)
    expected = [d / 0.1 for d in (2, 4, 6)] + [(d + np.sinh(d)) / 0.1 for d in (2, 4, 6)]
    assert marked == pytest.approx(sorted(expected))
    for d in (2, 4, 6):
        for name, rounds in (("NeuRD", d / 0.1), ("policy gradient", (d + np.sinh(d)) / 0.1)):
            curve = curves[f"{name}, d = {d}"]
            first = curve[np.argmax(curve[:, 1] >= 0.5), 0] - 1  # rounds played before it
            assert first == pytest.approx(rounds, abs=1.0, rel=0.02)  # a step of eta is a tenth of a logit


def test_rotating_bandit_is_best_in_between():
    """Ordering gamma .01 < 0 < 1 < policy gradient, at about 246, 492, 1211 and 1733 of 1920 for uniform play."""
    figure = gallery.rotating_bandit(seeds=20)
    check_labels(figure)
    curves = lines(figure.axes[0])
    assert curves["uniform play"][:, 1] == pytest.approx([1920, 1920])
    means = curves["NeuRD-CIX"][:, 1]
    gradient = curves["policy gradient (samples)"][0, 1]
    assert means[1] == means.min()
    assert means[1] < means[0] < means[-1] < gradient < 1920
    assert means[1] == pytest.approx(246, abs=40) and means[-1] == pytest.approx(1211, abs=60)


def test_rotating_bandit_of_one_seed_has_no_interval():
    (axes,) = gallery.rotating_bandit(seeds=1, rounds=100).axes
    assert not axes.patches and not axes.containers


def test_last_iterate():
    """From these starts, eta 0.1, after 2,000 rounds: Hedge 1.86 and on average .032, optimistic Hedge .013."""
    figure = gallery.last_iterate()
    check_labels(figure)
    curves = lines(figure.axes[1])
    assert curves["Hedge, last iterate"][-1, 1] == pytest.approx(1.86, abs=0.005)
    assert curves["Hedge, time average"][-1, 1] == pytest.approx(0.032, abs=0.0005)
    assert curves["Optimistic hedge, last iterate"][-1, 1] == pytest.approx(0.013, abs=0.0015)


def test_the_names_of_the_gallery():
    assert list(gallery.GALLERY) == ["two-gaps", "recovery", "rotating-bandit", "last-iterate"]
    with pytest.raises(ValueError, match="no 'recovry'; did you mean 'recovery'"):
        gallery.draw("recovry")
