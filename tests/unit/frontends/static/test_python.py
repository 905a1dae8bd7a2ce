"""Python's own semantics: what the interpreter computes is what Python computes."""

from pathlib import Path

import pytest
import python_semantics

from archcheck.frontends.static.decisions import Decisions
from archcheck.frontends.static.modules import Library
from archcheck.frontends.static.read import deeply
from archcheck.frontends.static.vm import Interpreter

FOLDER = Path(__file__).parent
CASES = [name for name in vars(python_semantics) if name.startswith("case_")]


@pytest.mark.parametrize("name", CASES)
def test_a_function_gives_what_python_gives(name):
    def read():
        vm = Interpreter(Library([FOLDER]), Decisions())
        module = vm.library.find("python_semantics")
        return vm.call(vm.find_name(module, name), [], {})

    expected = getattr(python_semantics, name)()
    assert repr(deeply(read)) == repr(expected)
