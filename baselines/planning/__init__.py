"""Policies that are computed from the exact model."""
