"""Every registered environment passes the kit, and plays as it was written down."""

from pathlib import Path

import pytest

from regretlab.envs.core.registry import build, rows
from regretlab.testing import CHECKS
from regretlab.testing.playthrough import CHAOTIC_TOLERANCE, TOLERANCE, difference, file_name, playthrough

IDS = [row.id for row in rows() if row.id.startswith("regretlab/")]
GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("id", IDS)
def test_every_environment_passes_every_check(id, check):
    check(build(id))


@pytest.mark.parametrize("id", IDS)
def test_golden_playthrough(id):
    """A difference means that the environment changed: it needs a new version, and that a new file."""
    expected = (GOLDEN / file_name(id)).read_text(encoding="utf-8")
    environment = build(id)
    tolerance = TOLERANCE if environment.spec.enumerable else CHAOTIC_TOLERANCE
    assert difference(expected, playthrough(environment), tolerance) is None


def test_every_golden_file_has_its_environment():
    assert sorted(path.name for path in GOLDEN.iterdir()) == sorted(map(file_name, IDS))


@pytest.mark.parametrize(
    ("old", "new", "differ"),
    [
        ("a [1 2]", "a [1 2]", False),
        ("a [1 2]", "a [1 3]", True),
        ("a [1.5]", "a [1.5000000001]", False),
        ("a [1.5]", "a [1.5001]", True),
        ("a [1000000000000]", "a [1000000000001]", True),
        ("a", "a\nb", True),
    ],
)
def test_what_counts_as_a_difference(old, new, differ):
    assert (difference(old, new) is not None) == differ
