"""All tables of framework functions behind one door."""

from __future__ import annotations

from functools import lru_cache

from archcheck.frontends.targets import jax_table, tensorflow_table, torch_table
from archcheck.frontends.targets.torch_table import Entry

_BY_PACKAGE = {
    "tensorflow": tensorflow_table.lookup,
    "keras": tensorflow_table.lookup,
    "jax": jax_table.lookup,
    "flax": jax_table.lookup,
    "numpy": jax_table.lookup,
}


@lru_cache(maxsize=16_384)
def lookup(name: str) -> Entry | None:
    """The entry for a qualified name of any framework, None where no table knows it."""
    table = _BY_PACKAGE.get(name.partition(".")[0], torch_table.lookup)
    return table(name)
