import numpy as np
import pytest

from regretlab.envs.core import canvas

WHITE, BLACK, RED = (255, 255, 255), (0, 0, 0), (200, 100, 0)


def painted(frame, colour):
    return np.all(frame == colour, axis=-1)


def ink(frame):
    """How many pixels' worth of black lie on a white frame."""
    return float((255.0 - frame[:, :, 0]).sum() / 255.0)


def test_blank_is_a_filled_frame():
    frame = canvas.blank(7, 5, RED)
    assert frame.shape == (5, 7, 3) and frame.dtype == np.uint8 and painted(frame, RED).all()


def test_mix_goes_from_one_colour_to_the_other():
    assert canvas.mix((0, 100, 200), (100, 0, 200), 0.25) == (25, 75, 200)
    assert canvas.mix(WHITE, BLACK, 1.0) == BLACK


def test_a_rectangle_on_whole_pixels_covers_exactly_them():
    frame = canvas.blank(10, 8, WHITE)
    canvas.rectangle(frame, 2, 3, 5, 4, RED)
    expected = np.zeros((8, 10), bool)
    expected[3:7, 2:7] = True
    assert np.array_equal(painted(frame, RED), expected)
    assert painted(frame, WHITE).sum() == 80 - 20


def test_an_edge_through_the_middle_of_a_pixel_paints_it_half():
    frame = canvas.blank(6, 6, WHITE)
    canvas.rectangle(frame, 1.5, 1, 3, 4, BLACK)
    assert np.array_equal(frame[2, :, 0], [255, 128, 0, 0, 128, 255])


def test_a_border_leaves_the_inside_alone():
    frame = canvas.blank(10, 10, WHITE)
    canvas.rectangle(frame, 1, 1, 8, 8, BLACK, border=2)
    expected = np.zeros((10, 10), bool)
    expected[1:9, 1:9] = True
    expected[3:7, 3:7] = False
    assert np.array_equal(painted(frame, BLACK), expected)


def test_rounded_corners_take_their_area():
    frame = canvas.blank(60, 60, WHITE)
    canvas.rectangle(frame, 5, 5, 50, 40, BLACK, radius=12)
    area = 50 * 40 - (4 - np.pi) * 12**2
    assert ink(frame) == pytest.approx(area, rel=2e-3)
    assert painted(frame, WHITE)[5, 5] and painted(frame, BLACK)[5, 30]


def test_a_disc_and_a_ring_have_their_areas_and_symmetries():
    frame = canvas.blank(50, 50, WHITE)
    canvas.circle(frame, 25, 25, 20, BLACK)
    assert ink(frame) == pytest.approx(np.pi * 400, rel=2e-3)
    assert np.array_equal(frame, frame[::-1]) and np.array_equal(frame, frame.transpose(1, 0, 2))
    ring = canvas.blank(50, 50, WHITE)
    canvas.circle(ring, 25, 25, 20, BLACK, border=5)
    assert ink(ring) == pytest.approx(np.pi * (400 - 225), rel=2e-3)
    assert painted(ring, WHITE)[25, 25]


def test_lines_are_as_thick_as_asked_and_end_round():
    frame = canvas.blank(60, 30, WHITE)
    canvas.line(frame, 10, 15, 50, 15, BLACK, width=6)
    assert np.array_equal(np.flatnonzero(painted(frame, BLACK)[:, 30]), np.arange(12, 18))
    assert ink(frame) == pytest.approx(40 * 6 + np.pi * 9, rel=5e-3)
    slanted = canvas.blank(60, 60, WHITE)
    canvas.line(slanted, 10, 10, 50, 40, BLACK, width=6)
    assert ink(slanted) == pytest.approx(50 * 6 + np.pi * 9, rel=5e-3)


def test_a_polyline_has_no_seam_where_it_is_cut():
    whole, cut = canvas.blank(60, 60, WHITE), canvas.blank(60, 60, WHITE)
    canvas.line(whole, 8.3, 9.1, 50.7, 41.9, BLACK, width=5)
    middle = (8.3 + 0.5 * 42.4, 9.1 + 0.5 * 32.8)
    canvas.polyline(cut, [(8.3, 9.1), middle, middle, (50.7, 41.9)], BLACK, width=5)
    assert np.abs(whole.astype(int) - cut).max() <= 1


def test_a_closed_polyline_joins_last_and_first():
    frame = canvas.blank(30, 30, WHITE)
    corners = [(5, 5), (25, 5), (25, 25), (5, 25)]
    canvas.polyline(frame, corners, BLACK, width=2)
    assert painted(frame, WHITE)[15, 5]
    canvas.polyline(frame, corners, BLACK, width=2, closed=True)
    assert painted(frame, BLACK)[15, 4:6].all() and painted(frame, WHITE)[15, 15]


@pytest.mark.parametrize("order", [1, -1])
def test_a_polygon_has_its_area_whichever_way_it_runs(order):
    frame = canvas.blank(80, 60, WHITE)
    canvas.polygon(frame, [(10, 10), (70, 20), (30, 50)][::order], BLACK)
    assert ink(frame) == pytest.approx(0.5 * abs(60 * 40 - 20 * 10), rel=5e-3)


def test_a_polygon_may_be_concave():
    frame = canvas.blank(40, 40, WHITE)
    canvas.polygon(frame, [(5, 5), (35, 5), (35, 35), (20, 15), (5, 35)], BLACK)
    assert painted(frame, WHITE)[30, 20] and painted(frame, BLACK)[10, 20] and painted(frame, BLACK)[28, 33]


def test_an_arrow_ends_at_its_tip():
    frame = canvas.blank(60, 30, WHITE)
    canvas.arrow(frame, 10, 15, 50, 15, BLACK, width=4, head=10)
    columns = np.flatnonzero((frame[:, :, 0] < 250).any(axis=0))
    assert columns[0] == 8 and columns[-1] == 49
    assert painted(frame, BLACK)[:, 41].sum() > painted(frame, BLACK)[:, 20].sum() == 4
    before = frame.copy()
    canvas.arrow(frame, 5, 5, 5, 5, BLACK)
    assert np.array_equal(frame, before)


def test_text_has_these_pixels():
    frame = canvas.blank(12, 9, WHITE)
    canvas.text(frame, 0, 0, "L1", BLACK, scale=1)
    rows = ["".join("#" if pixel else "." for pixel in row) for row in painted(frame, BLACK)]
    assert rows == [
        "#.......#...",
        "#......##...",
        "#.......#...",
        "#.......#...",
        "#.......#...",
        "#.......#...",
        "#####..###..",
        "............",
        "............",
    ]


def test_scaled_text_is_the_same_in_larger_pixels():
    small, large = canvas.blank(40, 10, WHITE), canvas.blank(120, 30, WHITE)
    canvas.text(small, 2, 0, "Qgy 7", BLACK, scale=1)
    canvas.text(large, 6, 0, "Qgy 7", BLACK, scale=3)
    assert np.array_equal(large, small.repeat(3, axis=0).repeat(3, axis=1))


def test_text_is_aligned():
    width = canvas.text_width("step 3", scale=2)
    columns = {}
    for align in ("left", "center", "right"):
        frame = canvas.blank(200, 20, WHITE)
        canvas.text(frame, 100, 2, "step 3", BLACK, scale=2, align=align)
        columns[align] = np.flatnonzero(painted(frame, BLACK).any(axis=0))[[0, -1]]
    assert np.array_equal(columns["left"], [100, 100 + width - 1])
    assert np.array_equal(columns["right"], [100 - width, 99])
    assert abs(columns["center"].sum() - 199) <= 1
    with pytest.raises(ValueError, match=r"align='middle'.*'left', 'center', 'right'"):
        canvas.text(canvas.blank(9, 9), 0, 0, "a", align="middle")


def test_the_font_tells_all_characters_apart():
    words = set()
    for code in range(33, 127):
        frame = canvas.blank(10, 10, WHITE)
        canvas.text(frame, 1, 0, chr(code), BLACK, scale=1)
        assert painted(frame, BLACK).any()
        words.add(frame.tobytes())
    assert len(words) == 94
    assert len({canvas.text_width(digit) for digit in "0123456789"}) == 1
    assert canvas.text_width("") == 0


def test_an_unknown_character_becomes_a_question_mark():
    frames = [canvas.blank(20, 12, WHITE) for _ in range(2)]
    canvas.text(frames[0], 0, 0, "µ→")
    canvas.text(frames[1], 0, 0, "??")
    assert np.array_equal(*frames)


def test_what_lies_outside_is_clipped():
    frame = canvas.blank(20, 10, WHITE)
    canvas.rectangle(frame, -5, -5, 8, 8, RED)
    assert painted(frame, RED).sum() == 9
    canvas.circle(frame, 1000, -1000, 50, RED)
    canvas.line(frame, -50, 200, -20, 300, RED)
    canvas.polygon(frame, [(100, 100), (120, 100), (110, 130)], RED)
    canvas.text(frame, -200, 5, "away", RED)
    canvas.text(frame, 19, 8, "M", RED, scale=3)
    assert painted(frame, RED).sum() == 9 + 2


def test_a_bar_and_a_gauge_show_a_fraction():
    for fraction, expected in ((0.0, 0), (0.5, 50), (1.0, 100), (7.0, 100), (-1.0, 0)):
        frame = canvas.blank(120, 20, WHITE)
        canvas.bar(frame, 10, 5, 100, 11, fraction, BLACK, RED)
        assert painted(frame, BLACK)[10].sum() == expected
        assert painted(frame, RED)[10].sum() == 100 - expected
    frame = canvas.blank(60, 60, WHITE)
    canvas.gauge(frame, 30, 30, 25, 0.5, BLACK, RED, width=8)
    assert painted(frame, BLACK)[30, 51] and painted(frame, RED)[30, 8] and painted(frame, WHITE)[30, 30]


def test_the_palette_can_be_told_apart():
    assert len(set(canvas.PLAYERS)) == len(canvas.PLAYERS) >= 6
    colours = np.array([canvas.BACKGROUND, canvas.INK, canvas.MUTED, canvas.ACCENT, canvas.GOOD, canvas.BAD], float)
    luminance = colours @ [0.2126, 0.7152, 0.0722]
    assert luminance[0] - luminance[1:].max() > 60
