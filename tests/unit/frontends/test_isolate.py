"""The child process: whatever user code does costs its own answer only."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from archcheck.frontends.trace import trace_target
from archcheck.graph.recording import Failure, Recording

HEAD = "import os, sys, time\nimport torch\nfrom torch import nn\n"

GOOD = """
class {name}(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.lin = nn.Linear(dim, dim)
    def forward(self, x):
        return x + self.lin(x)
"""

BAD = """
class {name}(nn.Module):
    def __init__(self):
        super().__init__()
        {constructor}
        self.lin = nn.Linear(8, 8)
    def forward(self, x):
        {forward}
        return x + self.lin(x)
"""

CASES = {
    "Raises": ("raise ValueError('bad luck')", "pass", "its constructor raised ValueError: bad luck"),
    "Exits": ("sys.exit(3)", "pass", "sys.exit"),
    "Leaves": ("os._exit(0)", "pass", "exit status 0"),
    "Crashes": ("__import__('ctypes').string_at(0)", "pass", "SIGSEGV"),
    "Eats": ("self.x = bytearray(1 << 40)", "pass", "memory"),
    "ForwardRaises": ("pass", "raise KeyError('lost')", "raised KeyError: 'lost'"),
    "ForwardExits": ("pass", "sys.exit()", "sys.exit"),
    "Recurses": ("(lambda f: f(f))(lambda f: f(f))", "pass", "recursion"),
}


ENDLESS = {
    "Hangs": ("time.sleep(3600)", "pass", "did not finish"),
    "Spins": ("pass", "\n        while True: pass", "did not finish"),
}


def traced(folder, cases, timeout):
    """The answers for a file with every bad class between two good ones."""
    file = folder / "model.py"
    bad = [BAD.format(name=name, constructor=c, forward=f) for name, (c, f, _) in cases.items()]
    file.write_text(HEAD + GOOD.format(name="First") + "".join(bad) + GOOD.format(name="Last"))
    found = trace_target(str(file), timeout=timeout, memory=1 << 30)
    return {a.target.rpartition("::")[2]: a for a in found}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What ends by itself has time enough, also on a busy machine."""
    return traced(tmp_path_factory.mktemp("bad"), CASES, timeout=300)


def test_every_class_has_its_answer_in_order(answers):
    assert list(answers) == ["First", *CASES, "Last"]
    assert isinstance(answers["First"], Recording)
    assert isinstance(answers["Last"], Recording)


def failed_as_named(answer, words):
    assert isinstance(answer, Failure)
    assert answer.code == "AC903"
    assert words in answer.message
    assert answer.advice


@pytest.mark.parametrize("name", CASES)
def test_bad_code_gets_a_named_failure(answers, name):
    failed_as_named(answers[name], CASES[name][2])


def test_code_that_never_ends_is_stopped(tmp_path):
    found = traced(tmp_path, ENDLESS, timeout=5)
    assert list(found) == ["First", *ENDLESS, "Last"]
    for name, (_, _, words) in ENDLESS.items():
        failed_as_named(found[name], words)


def write(tmp_path, constructor):
    file = tmp_path / "model.py"
    file.write_text(HEAD + BAD.format(name="Bad", constructor=constructor, forward="pass"))
    return file


def test_printing_does_not_disturb_the_answers(tmp_path, capfd):
    file = write(tmp_path, "print('hello', flush=True); os.write(1, b'raw'); sys.stderr.write('err')")
    assert all(isinstance(answer, Recording) for answer in trace_target(str(file)))
    assert capfd.readouterr() == ("", "")


def test_much_output_does_not_block(tmp_path):
    file = write(tmp_path, "[print('x' * 1000) for _ in range(3000)]")
    assert len(trace_target(str(file))) == 1


def test_threads_that_never_end_do_not_keep_the_child(tmp_path):
    file = write(tmp_path, "import threading; threading.Thread(target=time.sleep, args=(3600,)).start()")
    assert all(isinstance(answer, Recording) for answer in trace_target(str(file), timeout=120))


FILES = {
    "a_syntax": ("def (", "AC902", "not valid Python"),
    "b_missing": ("import no_such_module_anywhere", "AC903", "no_such_module_anywhere"),
    "c_leaves": ("import os; os._exit(7)", "AC903", "exit status 7"),
    "d_exits": ("raise SystemExit", "AC903", "sys.exit"),
}


def test_files_that_cannot_be_imported(tmp_path):
    for name, (source, _, _) in FILES.items():
        (tmp_path / f"{name}.py").write_text(source)
    (tmp_path / "z.py").write_text(HEAD + GOOD.format(name="Fine"))
    *bad, good = trace_target(str(tmp_path), timeout=300)
    assert len(bad) == len(FILES)
    for failure, (_, code, expected) in zip(bad, FILES.values(), strict=True):
        assert isinstance(failure, Failure)
        assert (failure.code, expected in failure.message) == (code, True), failure
    assert isinstance(good, Recording)
    assert good.name == "Fine"


def test_a_module_that_hides_a_standard_one(tmp_path, monkeypatch):
    (tmp_path / "types.py").write_text("raise RuntimeError('not me')")
    (tmp_path / "model.py").write_text(HEAD + GOOD.format(name="Fine"))
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join(str(Path(entry).absolute()) for entry in entries if entry)
    )
    monkeypatch.chdir(tmp_path)
    (good,) = trace_target("model.py")
    assert isinstance(good, Recording), good


def test_compiled_and_scripted_code_is_seen_through(tmp_path):
    (tmp_path / "model.py").write_text(
        HEAD
        + textwrap.dedent("""
        @torch.jit.script
        def fused(x, y):
            return x + torch.relu(y)
        class Block(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.lin = nn.Linear(dim, dim)
            @torch.compile
            def forward(self, x):
                return fused(x, self.lin(x))
        """)
    )
    (good,) = trace_target(str(tmp_path / "model.py"))
    assert isinstance(good, Recording), good
    assert [node.op for node in good.graph.nodes if not node.is_source] == ["linear", "relu", "add"]
    assert not good.graph.unresolved


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_the_child_ends_with_its_parent(tmp_path):
    """A killed archcheck leaves no process behind that runs the user's endless loop."""
    mark = tmp_path / "child"
    (tmp_path / "model.py").write_text(
        "import os, pathlib\nfrom torch import nn\n"
        "class Endless(nn.Module):\n    def forward(self, x):\n"
        f"        pathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\n        while True:\n            pass\n"
    )
    command = [
        sys.executable,
        "-m",
        "archcheck",
        "describe",
        f"{tmp_path}/model.py::Endless",
        "--engine",
        "trace",
    ]
    parent = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    waited = time.monotonic() + 120
    while not (mark.exists() and mark.read_text()) and time.monotonic() < waited:
        time.sleep(0.1)
    child = int(mark.read_text())
    parent.kill()
    parent.wait()
    while Path(f"/proc/{child}").exists() and time.monotonic() < waited:
        time.sleep(0.1)
    assert not Path(f"/proc/{child}").exists()


def test_an_import_that_never_ends_is_stopped(tmp_path):
    file = tmp_path / "hangs.py"
    file.write_text("while True: pass")
    (answer,) = trace_target(str(file), timeout=3)
    failed_as_named(answer, "did not finish")


def test_only_the_named_classes_of_a_file_are_run(tmp_path):
    file = tmp_path / "two.py"
    layer = "class {}(torch.nn.Linear):\n    def __init__(self):\n        super().__init__(8, 8)\n\n\n"
    file.write_text("import torch\n\n\n" + layer.format("One") + layer.format("Two"))
    assert [answer.name for answer in trace_target(str(file), only=["Two"])] == ["Two"]
