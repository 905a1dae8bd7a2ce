"""`json` and `yaml`: a text that stands in the source is what it says, the content of a file is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcheck.frontends.static.containers import table
from archcheck.frontends.static.errors import raised
from archcheck.frontends.static.limits import spend
from archcheck.frontends.static.values import Unknown, Value, plain

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def _loads(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    import json

    text = plain(args[0]) if args else None
    if not isinstance(text, (str, bytes)):
        return Unknown("what a text that is not known holds")
    spend(vm, len(text))
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise raised(ValueError, str(error)) from None


JSON: dict[str, Any] = table(loads=_loads)
YAML: dict[str, Any] = {}  # its own source would parse what is not known
