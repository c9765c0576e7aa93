"""The engine: what an environment is made of, and everything that is derived from it."""

from .certificate import Certificate, Value
from .kernel import kernel
from .spec import Criterion, Observation, Spec

__all__ = ["Certificate", "Criterion", "Observation", "Spec", "Value", "kernel"]
