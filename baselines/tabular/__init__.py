"""Learners that keep a table over observations."""
