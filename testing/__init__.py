"""The test kit: the checks that RegretLab runs on its own environments, for yours too."""

from .checks import (
    CHECKS,
    check_declaration,
    check_determinism,
    check_environment,
    check_equality,
    check_lanes,
    check_model,
    check_pictures,
)
from .walker import Walker

__all__ = [
    "CHECKS",
    "Walker",
    "check_declaration",
    "check_determinism",
    "check_environment",
    "check_equality",
    "check_lanes",
    "check_model",
    "check_pictures",
]
