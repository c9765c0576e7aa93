"""Markov decision processes that are hard to explore, and whose gain and diameter are known."""
