"""Scripted partners."""
