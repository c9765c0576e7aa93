"""Players of other packages as classes of agents, for a seat of a repeated game."""
