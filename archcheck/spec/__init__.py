"""The spec language: notation, YAML documents, validation, expansion to graphs, and the catalogue."""

from archcheck.spec.body import Body
from archcheck.spec.document import Deviation, Figure, Spec
from archcheck.spec.errors import Problem, SpecError
from archcheck.spec.expand import expand_block
from archcheck.spec.loader import load_spec
from archcheck.spec.notation import parse_block, parse_chain
from archcheck.spec.printer import print_block, print_chain
from archcheck.spec.reader import read_text
from archcheck.spec.syntax import Chain, GroupStep, Step, WordStep

__all__ = [
    "Body",
    "Chain",
    "Deviation",
    "Figure",
    "GroupStep",
    "Problem",
    "Spec",
    "SpecError",
    "Step",
    "WordStep",
    "expand_block",
    "load_spec",
    "parse_block",
    "parse_chain",
    "print_block",
    "print_chain",
    "read_text",
]
