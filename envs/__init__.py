"""Environments: the engine (`core`), the surfaces over it (`api`) and one folder a family, one file an environment."""
