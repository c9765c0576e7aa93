import numpy as np
import pytest

from regretlab.envs.core.knobs import Knob, check_knobs
from regretlab.envs.core.registry import Row, UnknownEnvironment, build, find, register, rows


def test_an_unknown_id_names_the_nearest():
    with pytest.raises(UnknownEnvironment, match=r"did you mean 'regretlab/TMazePassive-v0'"):
        find("regretlab/TMazePasive-v0")
    with pytest.raises(UnknownEnvironment, match="regretlab list"):
        build("Nonsense")


def test_the_namespace_may_be_left_out():
    assert find("RiverSwim-v0").id == "regretlab/RiverSwim-v0"


@pytest.mark.parametrize(
    ("knobs", "error", "message"),
    [
        ({"lenght": 4}, TypeError, "did you mean 'length'"),
        ({"length": 1}, ValueError, "length=1 is not allowed: length must be an integer from 2"),
        ({"length": 4.0}, TypeError, r"length=4\.0 is not allowed"),
        ({"length": True}, TypeError, "length=True is not allowed"),
        ({"random_length": 2}, TypeError, "random_length=2 is not allowed: random_length must be True or False"),
        ({"random_length": np.ones(2, bool)}, TypeError, "random_length=array.* is not allowed: random_length must be"),
    ],
)
def test_bad_knobs_are_refused_and_named(knobs, error, message):
    with pytest.raises(error, match=message):
        build("regretlab/TMazePassive-v0", **knobs)


def test_knobs_take_their_defaults_types():
    table = {"rate": Knob(0.5, "", low=0.0, high=1.0), "name": Knob("a", "", choices=("a", "b"))}
    assert check_knobs("it", table, {"rate": 1}) == {"rate": 1.0, "name": "a"}
    with pytest.raises(ValueError, match="name='c' is not allowed: name must be one of 'a', 'b'"):
        check_knobs("it", table, {"name": "c"})
    with pytest.raises(ValueError, match="rate must be a number from 0 to 1"):
        check_knobs("it", table, {"rate": float("nan")})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 10**400, np.float32("inf")])
def test_a_float_knob_is_finite(value):
    table = {"free": Knob(0.5, ""), "least": Knob(0.5, "", low=0.0)}
    for name, allowed in (("free", "a finite number"), ("least", "a finite number of at least 0")):
        with pytest.raises(ValueError, match=f"{name}=.* is not allowed: {name} must be {allowed}$"):
            check_knobs("it", table, {name: value})
    assert check_knobs("it", table, {"free": np.float32(-0.25)}) == {"free": -0.25, "least": 0.5}


def test_an_integer_knob_has_64_bits():
    table = {"count": Knob(1, "")}
    for value in (-(2**63), 2**63 - 1):
        assert check_knobs("it", table, {"count": value}) == {"count": value}
    for value in (-(2**63) - 1, 2**63):
        with pytest.raises(ValueError, match=f"count={value} is not allowed: count must be a 64-bit integer$"):
            check_knobs("it", table, {"count": value})


def test_a_yes_or_no_knob_takes_every_kind_of_bool():
    table = {"yes": Knob(False, "")}
    for value in (True, np.True_, 1):
        assert check_knobs("it", table, {"yes": value})["yes"] is True
    for value in ("True", None, [True], np.ones(1, bool)):
        with pytest.raises(TypeError, match="is not allowed: yes must be True or False"):
            check_knobs("it", table, {"yes": value})


def test_an_id_has_a_version():
    with pytest.raises(ValueError, match="namespace/Name-v0"):
        register(Row(id="TMaze", module="m", family="memory", summary=""))


def test_the_rows_are_complete():
    for row in rows():
        assert row.summary.endswith(".") and row.citation and row.tags, row.id
        environment = build(row.id)
        assert (environment.spec.players == 1) == (row.players == "one")
        assert set(environment.knobs) == set(row.knobs)
