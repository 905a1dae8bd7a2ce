"""The published JSON Schemas of the documents `archcheck.check/1`, `archcheck.describe/1` and `archcheck.identify/1`.

Additions are free, so further keys are allowed everywhere; a key that is named here stays.
"""

from __future__ import annotations

from typing import Any

from archcheck.identity import IDENTIFY_SCHEMA
from archcheck.results import CHECK_SCHEMA, DESCRIBE_SCHEMA, VERDICTS

Schema = dict[str, Any]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_IDS: Schema = {"type": "array", "items": _TEXT}
_AT: Schema = {"anyOf": [{"$ref": "#/$defs/at"}, {"type": "null"}]}
_CONDITIONS: Schema = {
    "type": "object",
    "description": "configuration name or condition: value; empty where there is one variant",
    "additionalProperties": {"type": ["string", "number", "boolean", "null", "array"]},
}
SEVERITIES: tuple[str, ...] = ("error", "warning", "note")


def check_schema() -> Schema:
    """The schema of the document that `check --format json` prints."""
    summary = _object(dict.fromkeys(VERDICTS, _COUNT))
    body = {
        "schema": {"const": CHECK_SCHEMA},
        "results": _list("result"),
        "summary": summary,
        "blocks": _list("block"),
        "not_checked": _list("not_checked"),
        "notes": _IDS,
    }
    return _document("archcheck check", body, ("schema", "results", "summary"), _definitions())


def describe_schema() -> Schema:
    """The schema of the document that `describe --format json` prints."""
    body = {
        "schema": {"const": DESCRIBE_SCHEMA},
        "target": _TEXT,
        "engine": _TEXT,
        "blocks": _list("block"),
        "not_checked": _list("not_checked"),
        "errors": _list("finding"),
        "notes": _IDS,
    }
    definitions = {key: value for key, value in _definitions().items() if key != "result"}
    return _document("archcheck describe", body, ("schema", "target", "engine", "blocks"), definitions)


def identify_schema() -> Schema:
    """The schema of the document that `identify --format json` prints."""
    unresolved = _object({"reason": _TEXT, "at": _AT})
    block = _object(
        {
            "name": _TEXT,
            "engine": _TEXT,
            "at": _AT,
            "when": _CONDITIONS,
            "default": _FLAG,
            "matches": _IDS,
            "nearest": {"type": "array", "items": _nearest()},
            "unresolved": {"type": "array", "items": unresolved},
            "notes": _IDS,
        }
    )
    body = {
        "schema": {"const": IDENTIFY_SCHEMA},
        "target": _TEXT,
        "engine": _TEXT,
        "blocks": {"type": "array", "items": block},
        "not_checked": _list("not_checked"),
        "errors": _list("finding"),
        "notes": _IDS,
    }
    definitions = {key: _definitions()[key] for key in ("at", "not_checked", "finding")}
    return _document("archcheck identify", body, ("schema", "target", "engine", "blocks"), definitions)


def _document(title: str, body: Schema, required: tuple[str, ...], definitions: Schema) -> Schema:
    return {"$schema": _DRAFT, "title": title, **_object(body, required), "$defs": definitions}


def _definitions() -> Schema:
    return {
        "at": _object(
            {"file": _TEXT, "line": _COUNT, "column": _COUNT, "end_line": _COUNT, "end_column": _COUNT}
        ),
        "not_checked": _object({"name": _TEXT, "reason": _TEXT}),
        "result": _result(),
        "finding": _finding(),
        "block": _block(),
        "graph": _graph(),
        "node": _node(),
        **_steps(),
    }


def _result() -> Schema:
    coverage = _object(dict.fromkeys(("operations", "compared", "unresolved", "variants"), _COUNT))
    required = {
        "target": _TEXT,
        "spec": {
            "type": ["string", "null"],
            "description": "null: the target failed before a spec was chosen",
        },
        "engine": _TEXT,
        "when": _CONDITIONS,
        "default": _FLAG,
        "verdict": {"enum": list(VERDICTS)},
        "distance": _COUNT,
        "optimal": _FLAG,
        "coverage": coverage,
        "suppressed": _COUNT,
        "nearest": {"type": "array", "items": _nearest()},
        "findings": _list("finding"),
    }
    variant = _object(
        {
            "when": _CONDITIONS,
            "default": _FLAG,
            "verdict": {"enum": list(VERDICTS)},
            "family": {"type": ["string", "null"]},
        }
    )
    more = {"name": _TEXT, "at": _AT, "notes": _IDS, "variants": {"type": "array", "items": variant}}
    layers = _object({"owner": _TEXT, "paths": _IDS, "read": _COUNT, "length": {"type": ["integer", "null"]}})
    more["layers"] = {"anyOf": [layers, {"type": "null"}]}
    return _object({**required, **more, "why": _why()}, tuple(required))


def _nearest() -> Schema:
    return _object(
        {"spec": _TEXT, "distance": _COUNT, "difference": _TEXT, "optimal": _FLAG}, ("spec", "distance")
    )


def _why() -> Schema:
    """What does correspond in a mismatch, and the other readings that were tried."""
    pair = _object({"expected": _TEXT, "spec_at": _AT, "found": _TEXT, "at": _AT})
    tried = _object(
        {"reading": _TEXT, "distance": {"type": ["integer", "null"]}, "difference": _TEXT, "at": _AT}
    )
    why = _object({"pairs": {"type": "array", "items": pair}, "tried": {"type": "array", "items": tried}})
    return {"anyOf": [why, {"type": "null"}]}


def _finding() -> Schema:
    return _object(
        {
            "code": {"type": "string", "pattern": "^AC[0-9]{3}$"},
            "rule": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
            "severity": {"enum": list(SEVERITIES)},
            "message": {"type": "string", "minLength": 1},
            "expected": {"type": ["string", "null"]},
            "found": {"type": ["string", "null"]},
            "related": {"type": "array", "items": _object({"message": _TEXT, "at": _AT})},
            "at": _AT,
            "spec_at": _AT,
            "fixable": _FLAG,
        }
    )


def _block() -> Schema:
    required = {
        "name": _TEXT,
        "when": _CONDITIONS,
        "default": _FLAG,
        "flow": {"anyOf": [_list("step"), {"type": "null"}]},
        "graph": {"$ref": "#/$defs/graph"},
        "notation": _TEXT,
        "family": {"type": ["string", "null"]},
        "unresolved": {"type": "array", "items": _object({"reason": _TEXT, "at": _AT})},
    }
    return _object({**required, "at": _AT, "findings": _list("finding"), "notes": _IDS}, tuple(required))


def _graph() -> Schema:
    return _object(
        {
            "inputs": _IDS,
            "nodes": _list("node"),
            "outputs": _IDS,
            "names": {"type": "object", "additionalProperties": _TEXT},
        }
    )


def _node() -> Schema:
    inner = {"anyOf": [{"$ref": "#/$defs/graph"}, {"type": "null"}]}
    more = {"operands": _IDS, "attrs": {"type": "object"}, "name": _TEXT, "noop": _FLAG, "at": _AT}
    return _object({"id": _TEXT, "op": _TEXT, "args": _IDS, **more, "inner": inner}, ("id", "op", "args"))


def _steps() -> Schema:
    steps = _list("step")
    operation = _object(
        {
            "op": _TEXT,
            "id": _TEXT,
            "args": _IDS,
            "attrs": {"type": "object"},
            "name": _TEXT,
            "at": _AT,
            "inner": steps,
        }
    )
    residual = _object(
        {
            "join": _TEXT,
            "branch": {**steps, "description": "of convolutions: with what their boxes hold in their place"},
            "skip": steps,
            "from": {"type": ["string", "null"], "description": "null: the value at the step's own start"},
            "at": _AT,
        }
    )
    parallel = _object({"parallel": {"type": "array", "items": steps}, "join": _TEXT})
    return {
        "step": {"oneOf": [operation, _object({"residual": residual}), parallel]},
    }


def _list(name: str) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}}


def _object(properties: Schema, required: tuple[str, ...] | None = None) -> Schema:
    keys = list(properties if required is None else required)
    return {"type": "object", "properties": properties, "required": keys}
