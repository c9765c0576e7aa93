"""The test kit: the checks that RegretLab runs on its own environments, for yours too.

import pytest
from regretlab.testing import CHECKS

@pytest.mark.parametrize("check", CHECKS)
def test_my_environment(check):
check(build("mine/MyEnvironment-v0"))
"""

from collections.abc import Callable

from ..envs.core.environment import Environment
from .certified import check_certificate, check_memory_claim, check_runners
from .checks import (
    check_declaration,
    check_determinism,
    check_equality,
    check_lanes,
    check_model,
    check_pictures,
)
from .surfaces import check_surfaces, check_upstream
from .walker import Walker

__all__ = [
    "CHECKS",
    "Walker",
    "check_certificate",
    "check_declaration",
    "check_determinism",
    "check_environment",
    "check_equality",
    "check_lanes",
    "check_memory_claim",
    "check_model",
    "check_pictures",
    "check_runners",
    "check_surfaces",
    "check_upstream",
]

CHECKS: tuple[Callable[[Environment], None], ...] = (
    check_declaration,
    check_equality,
    check_determinism,
    check_lanes,
    check_model,
    check_pictures,
    check_surfaces,
    check_upstream,
    check_runners,
    check_certificate,
    check_memory_claim,
)


def check_environment(environment: Environment) -> None:
    """Run every check; an AssertionError (or the environment's own error) says what is wrong."""
    for check in CHECKS:
        check(environment)
