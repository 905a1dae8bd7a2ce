"""Where Python goes by chance, the answer does not: it is the same in every process."""

from __future__ import annotations

import os
import subprocess
import sys

SOURCE = """
from archcheck.frontends.static.decisions import Decisions
from archcheck.frontends.static.modules import Library
from archcheck.frontends.static.read import deeply
from archcheck.frontends.static.vm import Interpreter


def read():
    vm = Interpreter(Library([{folder!r}]), Decisions())
    return vm.call(vm.find_name(vm.library.find("sets"), "order"), [], {{}})


print(deeply(read))
"""
SETS = """
def order():
    kinds = {"sliding", "full", "linear", "chunked", "mamba"}
    return [list(kinds), tuple(kinds), [kind for kind in kinds], list({str(k): k for k in kinds})]
"""


def test_the_members_of_a_set_come_in_one_order(tmp_path):
    (tmp_path / "sets.py").write_text(SETS)
    command = [sys.executable, "-c", SOURCE.format(folder=str(tmp_path))]
    answers = {
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(answers) == 1
    assert "chunked" in answers.pop()
