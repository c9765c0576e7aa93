"""Non-Markovian tasks: what must be remembered, and for how long, is stated in numbers."""
