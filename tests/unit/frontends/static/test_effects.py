"""Statements that change names which they do not bind; and the walk over syntax trees that finds them."""

from __future__ import annotations

import ast
from pathlib import Path

import archcheck.syntax
from archcheck.frontends.static.effects import Effects

SOURCE = """\
seen = []
table = {}
other = []
def first():
    second()
def second():
    first()
    seen.append(1)
def third():
    table["x"] = 1
    second()
first()
third()
"""


def bound(source: str) -> dict[str, list[int]]:
    """The lines of the statements that bind or change each name."""
    tree = ast.parse(source)
    names: dict[str, list[ast.stmt]] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            names[ast.unparse(statement.targets[0])] = [statement]
        elif isinstance(statement, ast.FunctionDef):
            names[statement.name] = [statement]
    Effects(tree.body, names)
    return {name: [s.lineno for s in held] for name, held in names.items()}


def test_what_functions_change_that_call_each_other() -> None:
    found = bound(SOURCE)
    assert found["seen"] == [1, 12, 13]
    assert found["table"] == [2, 13]
    assert found["other"] == [3]


def test_a_name_is_changed_by_each_statement_that_calls_the_function() -> None:
    assert bound(SOURCE + "second()\n")["seen"] == [1, 12, 13, 14]


def test_the_walk_gives_what_that_of_ast_gives() -> None:
    tree = ast.parse(Path(archcheck.syntax.__file__).read_text() + SOURCE)
    signs = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
    assert list(archcheck.syntax.walk(tree)) == [n for n in ast.walk(tree) if not isinstance(n, signs)]
