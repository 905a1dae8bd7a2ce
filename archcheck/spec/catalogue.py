"""The specs that come with archcheck: package data in a wheel, `specs/` beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from archcheck.spec.reader import read_file

if TYPE_CHECKING:
    from archcheck.spec.document import Spec

_PACKAGE = Path(__file__).resolve().parent.parent
# An editable install does not see what the wheel's force-include adds, hence the second place.
_PLACES = (_PACKAGE / "_specs", _PACKAGE.parent / "specs")


def directory() -> Path:
    """The folder of the catalogue.

    Raises:
        FileNotFoundError: when the installation has lost it.
    """
    for place in _PLACES:
        if place.is_dir():
            return place
    raise FileNotFoundError("the catalogue of specs is missing: reinstall archcheck")


def names() -> tuple[str, ...]:
    """The names of all specs of the catalogue, sorted."""
    return tuple(sorted(file.stem for file in directory().glob("*.yaml")))


def path(name: str) -> Path:
    """The file of a spec.

    Raises:
        LookupError: when the catalogue has no such spec.
    """
    if name not in names():
        raise LookupError(f"the catalogue has no spec {name!r}; it has {', '.join(names())}")
    return directory() / f"{name}.yaml"


def load(name: str) -> Spec:
    """A spec of the catalogue.

    Raises:
        LookupError: when the catalogue has no such spec.
        SpecError: when its file is wrong.
    """
    return read_file(path(name))
