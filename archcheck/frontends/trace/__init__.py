"""The trace front end: runs a module and records what it computes. Importing this imports no torch."""

from archcheck.frontends.trace.isolate import trace_target

__all__ = ["trace_target"]
