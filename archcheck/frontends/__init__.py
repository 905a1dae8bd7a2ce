"""The front ends: each turns a target into a `Recording` with a raw graph."""
