"""Folded functions: what is dropped comes back as it was."""

from __future__ import annotations

import ast
import gc
import textwrap
import threading
from pathlib import Path

import pytest

from archcheck.frontends.static.decisions import Decisions
from archcheck.frontends.static.folding import FOLDED, fold
from archcheck.frontends.static.modules import Library, parse_file
from archcheck.frontends.static.read import deeply
from archcheck.frontends.static.vm import Interpreter

SOURCE = '''\
# ünïcode before the first function
@property
def long(a, b=1, *,
         c: int = 2):
    """A text
of two lines, at column 0: é."""
    x = [a,
b]
    return x

class Outer:
    @staticmethod
    async def method(self):
        if True:
            é = 1; é2 = é
\t\t# a comment with another indent
        for i in (1, 2):
            yield i
    def short(self): return 1
    class Inner:
        def deep(self):
            """One."""
            a = 1
            b = 2
            return a + b

if 1: pass
def one_line(): a = 1; b = 2; return a
'''


@pytest.mark.parametrize(
    ("encoding", "newline"),
    [("utf-8", "\n"), ("utf-8", "\r\n"), ("utf-8", "\r"), ("utf-8-sig", "\n"), ("latin-1", "\n")],
)
def test_a_folded_tree_is_the_same_tree(encoding: str, newline: str, tmp_path: Path) -> None:
    file = tmp_path / "m.py"
    cookie = "# -*- coding: latin-1 -*-\n" if encoding == "latin-1" else ""
    file.write_bytes((cookie + SOURCE).replace("\n", newline).encode(encoding))
    tree, text = parse_file(file)
    before = ast.dump(tree, include_attributes=True)
    fold(tree, text)
    folded = [n for n in ast.walk(tree) if isinstance(n, FOLDED)]
    assert [f.name for f in folded] == ["long", "method", "deep"]
    assert ast.dump(tree, include_attributes=True) == before
    fold(tree, text)  # again: what was brought back is dropped
    assert not any("unfolded" in vars(f) for f in folded)
    assert ast.dump(tree, include_attributes=True) == before
    assert ast.unparse(tree) == ast.unparse(ast.parse(file.read_bytes()))


def test_code_of_a_folded_module_runs(tmp_path: Path) -> None:
    tmp_path.joinpath("m.py").write_text(
        textwrap.dedent(
            """\
            def longer(x):
                y = x + 1
                z = y * 2
                # a comment
                return z
            """
        )
    )
    library = Library([tmp_path])
    vm = Interpreter(library, Decisions())
    module = library.find("m")
    assert module is not None
    assert module.tree is not None
    assert isinstance(module.tree.body[0], FOLDED)
    assert "unfolded" not in vars(module.tree.body[0])
    function = vm.find_name(module, "longer")
    assert vm.call(function, [2]) == 6
    library.fold()
    assert "unfolded" not in vars(module.tree.body[0])
    assert vm.call(function, [3]) == 8


def test_the_collector_is_as_it_was_after_a_reading() -> None:
    before = gc.get_threshold()
    gc.set_threshold(700, *before[1:])
    try:
        assert deeply(gc.get_threshold)[0] > 700
        assert deeply(lambda: deeply(gc.get_threshold))[0] > 700
        assert gc.get_threshold()[0] == 700
        gc.set_threshold(0)
        assert deeply(gc.get_threshold)[0] == 0
    finally:
        gc.set_threshold(*before)


def test_readings_side_by_side_leave_the_collector_as_it_was() -> None:
    before = gc.get_threshold()
    gc.set_threshold(700, *before[1:])
    first, second = threading.Event(), threading.Event()
    try:
        one = threading.Thread(target=lambda: deeply(lambda: second.set() or first.wait(30)))
        one.start()
        second.wait(30)
        other = threading.Thread(target=lambda: deeply(first.set))
        other.start()
        one.join()
        other.join()
        assert gc.get_threshold()[0] == 700
    finally:
        gc.set_threshold(*before)
