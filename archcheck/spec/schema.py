"""The JSON Schema of a spec file, from which editors complete and check."""

from __future__ import annotations

from typing import Any

from archcheck.vocabulary import CANONICAL

SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"


def spec_schema() -> dict[str, Any]:
    """A JSON Schema (2020-12) of a spec in YAML.

    It knows keys and types. What only the notation and the graph show (unknown words, joins, results
    that nothing reads) is for `load_spec`.
    """
    return {
        "$schema": SCHEMA_ID,
        "$id": "https://archcheck.dev/spec-1.json",
        "title": "archcheck spec, version 1",
        "type": "object",
        "additionalProperties": False,
        "required": ["archcheck"],
        "properties": _properties(),
        "oneOf": [
            {"required": ["block"]},
            {"required": ["graph"]},
            {"required": ["order"]},
            {
                "anyOf": [{"required": ["blocks"]}, {"required": ["model"]}],
                "not": {"anyOf": [{"required": [key]} for key in ("block", "graph", "order")]},
            },
        ],
        "not": {"required": ["order", "blocks"]},
        "$defs": _definitions(),
    }


def _properties() -> dict[str, Any]:
    block = _block_properties()
    return {
        "archcheck": {"const": 1, "description": "The version of the language."},
        "name": {
            "type": "string",
            "pattern": r"^[A-Za-z_][\w.-]*$",
            "description": "The file's name if absent.",
        },
        **block,
        "figure": {
            "type": "object",
            "additionalProperties": False,
            "description": "Where the figure is.",
            "properties": {
                "paper": {"type": "string", "description": "An id such as arXiv:1706.03762, or a citation."},
                "label": {"type": "string", "description": "Figure 1, left"},
                "url": {"type": "string"},
            },
        },
        "blocks": {
            "type": "object",
            "minProperties": 1,
            "description": "Blocks by name; a name is a word in `model` and in other blocks.",
            "propertyNames": {"$ref": "#/$defs/name"},
            "additionalProperties": {"anyOf": [{"$ref": "#/$defs/block"}, {"$ref": "#/$defs/chains"}]},
        },
        "order": {
            "anyOf": [
                {"$ref": "#/$defs/chain"},
                {"type": "array", "items": {"$ref": "#/$defs/chain"}, "minItems": 1, "maxItems": 1},
            ],
            "description": "The chain in which every sublayer stands: sublayer -> dropout -> add -> norm",
        },
        "model": {
            "anyOf": [{"$ref": "#/$defs/chains"}, {"$ref": "#/$defs/block"}, {"$ref": "#/$defs/graph"}],
            "description": "The whole model: embedding -> stack(n=6)[layer] -> layer_norm",
        },
        "ignore": _one_or_more({"enum": sorted(CANONICAL)}, "Words that are not compared."),
        "strict": {"type": "boolean", "description": "Compare what the spec does not name, too."},
        "pattern": {
            "type": "boolean",
            "description": "An architecture that many models share; it names a family.",
        },
        "set": {
            "type": "object",
            "additionalProperties": {"$ref": "#/$defs/setting"},
            "description": "Constructor arguments and config fields that the spec speaks about.",
        },
        "known_deviations": {
            "anyOf": [
                {"$ref": "#/$defs/deviation"},
                {"type": "array", "items": {"$ref": "#/$defs/deviation"}},
            ],
            "description": "Code that is known to differ from the figure.",
        },
    }


def _block_properties() -> dict[str, Any]:
    """The keys of a block, which a spec of one block has at its top level."""
    return {
        "title": {"type": "string"},
        "description": {"type": "string"},
        "block": {"$ref": "#/$defs/chains", "description": "Chains in execution order."},
        "graph": {"$ref": "#/$defs/graph", "description": "Named chains, each from named values."},
        "inputs": {
            "anyOf": [
                _one_or_more({"$ref": "#/$defs/name"}, ""),
                {
                    "type": "object",
                    "propertyNames": {"$ref": "#/$defs/name"},
                    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
                },
            ],
            "description": "Forward's arguments; the first is the stream. As a mapping: what a trace passes.",
        },
        "outputs": _one_or_more(
            {"$ref": "#/$defs/name"}, "Values that the block returns, in the code's order."
        ),
        "applies_to": _one_or_more({"type": "string"}, "Patterns of class names: *EncoderLayer"),
    }


def _definitions() -> dict[str, Any]:
    block = _block_properties()
    return {
        "name": {"type": "string", "pattern": r"^[A-Za-z_]\w*$"},
        "chain": {"type": "string", "minLength": 1, "examples": ["norm -> attention -> add"]},
        "chains": {
            "anyOf": [
                {"$ref": "#/$defs/chain"},
                {"type": "array", "items": {"$ref": "#/$defs/chain"}, "minItems": 1},
            ]
        },
        "graph": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"$ref": "#/$defs/name"},
            "additionalProperties": {"$ref": "#/$defs/chain"},
        },
        "block": {
            "type": "object",
            "additionalProperties": False,
            "properties": block,
            "oneOf": [{"required": ["block"]}, {"required": ["graph"]}],
        },
        "setting": {
            "anyOf": [
                {"type": ["string", "number", "boolean", "null"]},
                {"type": "array", "items": {"$ref": "#/$defs/setting"}},
            ]
        },
        "deviation": {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"who": {"type": "string"}, "how": {"type": "string"}},
                    "required": ["how"],
                },
            ]
        },
    }


def _one_or_more(item: dict[str, Any], description: str) -> dict[str, Any]:
    found: dict[str, Any] = {"anyOf": [item, {"type": "array", "items": item}]}
    return found | ({"description": description} if description else {})
