"""Markov decision processes that are hard to explore, with their gain, diameter and bias span in closed form or solved."""
