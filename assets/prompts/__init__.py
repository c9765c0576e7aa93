"""Families of prompts for language models."""
