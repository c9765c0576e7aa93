"""Learners, each defined once as kernels over rows, and the two ways to run them: lockstep and fused."""

from .learner import Accepts, Learner, accepts, load, names

__all__ = ["Accepts", "Learner", "accepts", "load", "names"]
