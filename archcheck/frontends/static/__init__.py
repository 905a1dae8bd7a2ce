"""Reads source without importing or running it, and gives the same recordings as the trace."""

from archcheck.frontends.static.read import read_target

__all__ = ["read_target"]
