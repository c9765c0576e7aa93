"""Games in files: what was written is read, Gambit's examples are read, and what is wrong is said with its place."""

import json
from importlib import resources

import numpy as np
import pytest

from regretlab.assets import games as folder
from regretlab.envs.games import load, names, read, write
from regretlab.envs.games.game import new_game
from regretlab.envs.games.nfg import format_nfg, parse_nfg

# The example of Gambit's documentation of the two forms (Selten, Int. J. of Game Theory 4, 1975, figure 2)
PAYOFFS = """NFG 1 R "Selten (IJGT, 75), Figure 2, normal form"
{ "Player 1" "Player 2" } { 3 2 }

1 1 0 2 0 2 1 1 0 3 2 0
"""
OUTCOMES = """NFG 1 R "Selten (IJGT, 75), Figure 2, normal form" { "Player 1" "Player 2" }

{
{ "1" "2" "3" }
{ "1" "2" }
}

{
{ "" 1, 1 }
{ "" 0, 2 }
{ "" 0, 2 }
{ "" 1, 1 }
{ "" 0, 3 }
{ "" 2, 0 }
}
1 2 3 4 5 6
"""


@pytest.mark.parametrize("text", [PAYOFFS, OUTCOMES], ids=["payoffs", "outcomes"])
def test_the_example_of_the_documentation(text):
    # "the payoffs are 0 2" when player 1 plays the second and player 2 the first action; both first: 1 1
    game = parse_nfg(text)
    np.testing.assert_array_equal(game.payoffs, [[[1, 1], [0, 0], [0, 2]], [[1, 1], [2, 3], [2, 0]]])
    assert game.title == "Selten (IJGT, 75), Figure 2, normal form"
    assert game.action_names == (("1", "2", "3"), ("1", "2"))
    assert (game.citation, game.equilibria, game.completeness) == ("", (), "none")


def test_whitespace_numbers_comments_and_quotation_marks():
    text = 'NFG 1 D "A \\"game\\" \\ of {chance}"{"a"\t"b"}\r\n{{"x" "y"}2}"two\nlines"-1/3 .5 1.25e-1 +2 3. -0 1e2 7/8'
    game = parse_nfg(text)
    assert game.title == 'A "game" \\ of {chance}'
    assert game.citation == "two\nlines"
    assert game.action_names == (("x", "y"), ("1", "2"))
    np.testing.assert_array_equal(game.payoffs, [[[-1 / 3, 3], [0.125, 100]], [[0.5, 0], [2, 0.875]]])


def test_outcomes_may_repeat_and_0_is_nothing():
    text = 'NFG 1 R "" { "a" "b" "c" } { 2 1 2 } "note" { { "win" 1 2 3 } { "} lose" -1, -2, -3 } } 1 0 2 1'
    game = parse_nfg(text)
    assert game.payoffs.shape == (3, 2, 1, 2)
    np.testing.assert_array_equal(game.payoffs[:, :, 0, :].reshape(3, 4), np.outer([1, 2, 3], [1, -1, 0, 1]))
    assert game.citation == "note"


def test_names_that_are_not_different_become_numbers():
    game = parse_nfg('NFG 1 R "" { "a" "b" } { { "" "" } { "x" "x" "y" } } ' + "0 " * 12)
    assert game.action_names == (("1", "2"), ("1", "2", "3"))


@pytest.mark.parametrize("sizes", [(3,), (2, 3), (3, 1, 2), (2, 3, 1, 4), (1, 1)])
@pytest.mark.parametrize("suffix", [".nfg", ".json"])
def test_round_trip(sizes, suffix, tmp_path):
    rng = np.random.default_rng(5)
    payoffs = rng.normal(size=(len(sizes), *sizes)) * 10.0 ** rng.integers(-20, 20, (len(sizes), *sizes))
    payoffs.flat[0] = -1 / 3
    action_names = [[f'{"abcd"[player]} "{action}" {{' for action in range(size)] for player, size in enumerate(sizes)]
    game = new_game(payoffs, title='A "title" of\ntwo lines', action_names=action_names, citation="Jürgen \\ 1999")
    path = tmp_path / f"game{suffix}"
    write(game, path)
    found = read(path)
    np.testing.assert_array_equal(found.payoffs, game.payoffs)  # to the last bit
    assert (found.title, found.action_names, found.citation) == (game.title, game.action_names, game.citation)
    write(found, path)  # an existing file is replaced
    np.testing.assert_array_equal(read(str(path)).payoffs, game.payoffs)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", names())
def test_round_trip_of_the_library(name, tmp_path):
    game = load(name)
    write(game, tmp_path / "game.nfg")
    np.testing.assert_array_equal(read(tmp_path / "game.nfg").payoffs, game.payoffs)
    write(game, tmp_path / "game.json")
    found = read(tmp_path / "game.json")
    for field in ("equilibria", "equilibrium_payoffs", "completeness", "known", "tags", "name", "title", "max_welfare"):
        assert getattr(found, field) == getattr(game, field)


def test_a_file_of_the_library_is_read(tmp_path):
    path = tmp_path / "mine.JSON"
    path.write_bytes(resources.files(folder).joinpath("chicken.json").read_bytes())
    assert read(path).equilibria == load("chicken").equilibria
    path.write_text('{"payoffs": [[1, 2.5]]}')
    assert read(path).payoffs.tolist() == [[1, 2.5]]


def test_a_file_that_begins_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "game.nfg"
    path.write_text(PAYOFFS, encoding="utf-8-sig")
    assert read(path).actions == (3, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: expected 'NFG', found the end of the file"),
        ("EFG 2 R", "line 1, column 1: expected 'NFG', found 'EFG'"),
        ('"NFG" 1 R', "line 1, column 1: expected 'NFG', found 'NFG'"),
        ("NFG 2 R", "line 1, column 5: expected '1', found '2'"),
        ("NFG 1 X", "line 1, column 7: expected 'R' or 'D', found 'X'"),
        ("NFG 1 R title", "line 1, column 9: expected the title in quotes, found 'title'"),
        ('NFG 1 R\n  "title', "line 2, column 3: expected the title in quotes, found a quotation mark that is never"),
        (
            'NFG 1 R "t" { "a"',
            "line 1, column 18: expected the players' names in quotes, or '}' after the last, found the",
        ),
        ('NFG 1 R "t" { }', "line 1, column 13: expected the name of at least one player"),
        ('NFG 1 R "t" { "a" "b" } { 2 }', "line 1, column 29: expected names or a number of actions for each of 2"),
        ('NFG 1 R "t" { "a" } { 0 }', "line 1, column 23: expected a number of actions from 1 to"),
        ('NFG 1 R "t" { "a" } { 2.5 }', "line 1, column 23: expected names or a number of actions"),
        ('NFG 1 R "t" { "a" } { 99999999999999999 } 1', "line 1, column 23: expected a number of actions from 1 to"),
        ('NFG 1 R "t" { "a" } { { } } 1', "line 1, column 23: expected at least one action of player 1, found '{'"),
        (
            'NFG 1 R "t" { "a" } { 2 3 } 1',
            "line 1, column 25: expected '}' after names or a number of actions for each",
        ),
        (
            'NFG 1 R "t" { "a" } { 2 }\n1\n',
            "line 2, column 2: expected 2 payoffs, of which the file has 1, found the end",
        ),
        ('NFG 1 R "t" { "a" } { 2 }\n1 2 3', "line 2, column 5: expected the end of the file after all payoffs, found"),
        (
            'NFG 1 R "t" { "a" } { 2 }\n1 two',
            "line 2, column 3: expected a payoff: an integer, a decimal or a fraction",
        ),
        ('NFG 1 R "t" { "a" } { 2 }\n1 1/0', "line 2, column 3: expected a payoff"),
        ('NFG 1 R "t" { "a" } { 2 }\n1 nan', "line 2, column 3: expected a payoff"),
        ('NFG 1 R "t" { "a" } { 2 }\n1 "2"', "line 2, column 3: expected a payoff"),
        ('NFG 1 R "t" { "a" } { 2 }\n1 ' + "9" * 5000 + "/7", "line 2, column 3: expected a payoff"),
        (
            'NFG 1 R "t" { "a" } { 2 } { { 1 } } 1 1',
            "line 1, column 31: expected the outcome's name in quotes, found '1'",
        ),
        (
            'NFG 1 R "t" { "a" } { 2 } { { "" 1 2 } } 1 1',
            "line 1, column 36: expected '}' after the payoffs to 1 players",
        ),
        (
            'NFG 1 R "t" { "a" } { 2 } { { "" 1 } } 1 2',
            "line 1, column 42: expected the number of an outcome, from 0 to 1",
        ),
        ('NFG 1 R "t" { "a" } { 2 } { { "" 1 } } 1 -1', "line 1, column 42: expected the number of an outcome"),
        (
            'NFG 1 R "t" { "a" } { 2 } { { "" 1 } } 1',
            "line 1, column 41: expected 2 outcome numbers, of which the file has 1",
        ),
        ('NFG 1 R "t" { "a" } { 2 } "a" "b" 1 2', "line 1, column 31: expected a payoff"),
        ('NFG 1 R "t" { "a" } { 2 }\n1 1e999', "payoffs[0, 1]=inf is not allowed"),
    ],
)
def test_malformed_nfg(text, message, tmp_path):
    path = tmp_path / "game.nfg"
    path.write_text(text)
    with pytest.raises(ValueError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: {message[:5]}") and message in str(caught.value)


@pytest.mark.parametrize("text", [PAYOFFS, OUTCOMES, format_nfg(load("von-stengel-6x6"))])
def test_every_truncation_is_noticed(text):
    """Cut anywhere but within or after the last number, of which the rest may be a number too, a file is refused."""
    whole = len(text.rstrip()) - 1
    for end in range(whole):
        if end < 400 or end > whole - 200 or end % 7 == 0:
            with pytest.raises(ValueError, match=r"^line \d+, column \d+: expected"):
                parse_nfg(text[:end])
    parse_nfg(text[: whole + 1])


def test_a_text_that_the_format_cannot_hold(tmp_path):
    path = tmp_path / "game.nfg"
    with pytest.raises(ValueError, match="cannot hold a text that ends in a backslash"):
        write(new_game([[1, 2]], title="mine\\"), path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ('{"payoffs": [[1, 2]', ValueError, "game.json: line 1, column 20: Expecting ',' delimiter"),
        ('{"title": "x",\n "payoffs": [[1, 2}]}', ValueError, "game.json: line 2, column 19: Expecting ',' delimiter"),
        ("", ValueError, "game.json: line 1, column 1: Expecting value"),
        ("[1, 2]", ValueError, "game.json: a game must be an object"),
        ("{}", ValueError, "game.json: game has no key 'payoffs'"),
        ('{"payoffs": [[[1, 2], [3]], [[1, 2], [3, 4]]]}', ValueError, "game.json: payoffs="),
        ('{"payoffs": [[1, NaN]]}', ValueError, "game.json: payoffs[0, 1]=nan is not allowed"),
        ('{"payoffs": [[1, "a"]]}', TypeError, "game.json: payoffs="),
        (
            '{"payoffs": [[1, 2]], "action_names": [["a"]]}',
            ValueError,
            "game.json: action_names[0]=['a'] is not allowed",
        ),
        (
            '{"name": "mine", "payoffs": [[1, 2]], "tag": []}',
            ValueError,
            "game 'mine' has the unknown key 'tag'; did you",
        ),
    ],
)
def test_malformed_json(text, error, message, tmp_path):
    path = tmp_path / "game.json"
    path.write_text(text)
    with pytest.raises(error) as caught:
        read(path)
    assert message in str(caught.value)


def test_other_files(tmp_path):
    for action in (read, lambda path: write(load("chicken"), path)):
        with pytest.raises(ValueError, match=r"chicken\.efg' is not allowed: .* must end in \.nfg or \.json"):
            action(tmp_path / "chicken.efg")
        with pytest.raises(FileNotFoundError):
            action(tmp_path / "nowhere" / "chicken.json")
    (tmp_path / "latin.nfg").write_bytes('NFG 1 R "é"'.encode("latin-1"))
    with pytest.raises(ValueError, match=r"latin\.nfg: .*utf-8"):
        read(tmp_path / "latin.nfg")


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "game.json"
    write(load("chicken"), path)
    before = path.read_text()
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write(load("stag-hunt"), path)
    assert path.read_text() == before and json.loads(before)["name"] == "chicken"
    assert [each.name for each in tmp_path.iterdir()] == ["game.json"]
