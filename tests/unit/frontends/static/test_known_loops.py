"""Loops over numbers that are run once for equal numbers: with the same results as when they are run each time."""

from __future__ import annotations

import textwrap

import pytest

from archcheck.frontends.static import known_loops
from archcheck.frontends.static.decisions import Decisions
from archcheck.frontends.static.modules import Library
from archcheck.frontends.static.read import deeply
from archcheck.frontends.static.vm import Interpreter

SOURCE = """
def table(size, kept=None, wide=1):
    points = [(i, j) for i in range(size) for j in range(size)]
    offsets, indices = {}, [] if kept is None else kept
    for p1 in points:
        for p2 in points:
            offset = (abs(p1[0] - p2[0]), abs(p1[1] * wide - p2[1]))
            if offset not in offsets:
                offsets[offset] = len(offsets)
            indices.append(offsets[offset])
    return offsets, indices, p1, offset


def twice():
    return table(5) == table(5), table(5)[1] is not table(5)[1]


def others():
    return [len(table(5)[0]), len(table(6)[0]), len(table(5, wide=2)[0]), len(table(5, [7])[1])]


def changed_where_it_stands():
    kept = []
    table(5)
    _, indices, _, _ = table(5, kept)
    return indices is kept, len(kept)


def changed_afterwards():
    first = table(5)
    first[1].append("x")
    first[0].clear()
    return len(table(5)[0]), len(table(5)[1])


def shadowed():
    abs = lambda x: 0
    found = {}
    for i in range(3000):
        found[abs(i)] = i
    return found


def objects(n=3000):
    made = []
    for i in range(n):
        made.append([i])
    made[0].append(1)
    again = []
    for i in range(n):
        again.append([i])
    return again[0], made[0]
"""


def test_the_results_are_those_of_python(tmp_path):
    (tmp_path / "loops.py").write_text(SOURCE)
    names = ["twice", "others", "changed_where_it_stands", "changed_afterwards", "shadowed", "objects"]
    own: dict[str, object] = {}
    exec(SOURCE, own)

    def read():
        vm = Interpreter(Library([tmp_path]), Decisions())
        module = vm.library.find("loops")
        return [vm.call(vm.find_name(module, name), [], {}) for name in names], len(vm.library.loops)

    found, kept = deeply(read)
    assert found == [own[name]() for name in names]
    assert kept


@pytest.mark.parametrize(("size", "same"), [(12, True), (13, False)])
def test_a_loop_is_run_once_for_the_same_numbers(tmp_path, size, same):
    (tmp_path / "loops.py").write_text(SOURCE)

    def read():
        vm = Interpreter(Library([tmp_path]), Decisions())
        table = vm.find_name(vm.library.find("loops"), "table")
        vm.call(table, [12], {})
        before = vm.steps
        vm.call(table, [size], {})
        return vm.steps - before

    assert (deeply(read) < known_loops.LONG) is same


@pytest.mark.parametrize(
    "line",
    [
        "found.append(self)",
        "found.append(x.y)",
        "found[i].append(1)",
        "found.append(i); break",
        "found.extend(f(i))",
    ],
)
def test_a_loop_that_does_more_is_run_each_time(tmp_path, line):
    source = f"""
    def f(i):
        return [i]

    def run(self, x, found):
        for i in range(10):
            {line}
    """
    (tmp_path / "loops.py").write_text(textwrap.dedent(source))

    def read():
        vm = Interpreter(Library([tmp_path]), Decisions())
        module = vm.library.find("loops")
        return known_loops._names(vm.find_name(module, "run").node.body[0])

    names = deeply(read)
    assert names is None or "self" in names.read
