"""The trace front end: runs a module and records what it computes. Importing this imports no torch."""
