"""Reference results."""
