"""Python's own semantics: what the interpreter computes is what Python computes."""

from pathlib import Path

import pytest
import python_semantics
import python_semantics_more

from archcheck.frontends.static.decisions import Decisions
from archcheck.frontends.static.modules import Library
from archcheck.frontends.static.read import deeply
from archcheck.frontends.static.vm import Interpreter

FOLDER = Path(__file__).parent
CASES = [
    (module, name)
    for module in (python_semantics, python_semantics_more)
    for name in vars(module)
    if name.startswith("case_")
]


@pytest.mark.parametrize(("module", "name"), CASES, ids=[name for _, name in CASES])
def test_a_function_gives_what_python_gives(module, name):
    def read():
        vm = Interpreter(Library([FOLDER]), Decisions())
        found = vm.library.find(module.__name__)
        return vm.call(vm.find_name(found, name), [], {})

    expected = getattr(module, name)()
    assert repr(deeply(read)) == repr(expected)
