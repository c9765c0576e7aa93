"""Learners that look at nothing: uniform, a fixed action, and a bandit over fixed actions."""
