"""Payoff tables of named games."""
