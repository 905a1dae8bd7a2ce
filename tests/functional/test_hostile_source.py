"""Source that is written to exhaust or to confuse whoever reads it: a named finding, in bounded time and memory."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from command import ROOT

SECONDS = 10  # of the processor, for a whole command
MEMORY = 500  # MB that are used
STACK = 512  # MB of address space for the reader's stack, which is not used

MODULE = """\
import copy, functools, itertools, math, re
import torch
from torch import nn
{before}

class Block(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.f = nn.Linear(dim, dim)
        {init}

    def forward(self, x):
        {forward}
        return x + self.f(self.norm(x))
"""


def module(init: str = "pass", forward: str = "pass", before: str = "") -> str:
    return MODULE.format(init=init, forward=forward, before=before)


def doubling(start: str, step: str) -> str:
    return module(init=f"s = {start}\n        for i in range(1000): s = {step}\n        self.s = s")


# name: (the source, what is said of it). "match": it is bounded, and does not matter to the block.
CASES: dict[str, tuple[str | bytes, str]] = {
    "ten thousand nested parentheses": ("x = " + "(" * 10_000 + ")" * 10_000 + "\n", "AC902"),
    "ten thousand nested lists": (module(before="X = " + "[" * 10_000 + "]" * 10_000), "AC902"),
    "a hundred thousand signs before a number": (module(before="X = " + "-" * 100_000 + "1"), "AC902"),
    "a sum of fifty thousand names": (module(forward="y = " + "+".join(["x"] * 50_000)), "AC903"),
    "null bytes": (b"import torch\n\0\n", "AC902"),
    "UTF-16": (module().encode("utf-16"), "AC902"),
    "Latin-1 that does not say so": ("# é\n".encode("latin-1") + module().encode(), "AC902"),
    "an encoding that does not exist": (b"# -*- coding: nonsense -*-\n" + module().encode(), "AC902"),
    "an encoding that is none of texts": (b"# coding: rot13\n" + module().encode(), "AC902"),
    "a list of a million numbers": (module(before="X = [" + "1," * 900_000 + "]"), "AC902"),
    "a line of ten megabytes": (module(before="X = '" + "a" * 10_000_000 + "'"), "AC902"),
    "forward that calls itself": (module(forward="x = self(x)"), "AC903"),
    "a constructor that builds itself": (module(init="self.inner = Block(dim)"), "AC903"),
    "a property that reads itself": (
        module(forward="x = self.p", before="").replace(
            "    def forward", "    @property\n    def p(self):\n        return self.p\n\n    def forward"
        ),
        "AC903",
    ),
    "an attribute that is looked up in itself": (
        module(forward="x = self.z").replace(
            "    def forward", "    def __getattr__(self, n):\n        return getattr(self, n)\n\n    def forward"
        ),
        "AC903",
    ),
    "while True": (module(forward="while True: x = x + 1"), "AC903"),
    "while True at import": (module(forward="x = x + Q", before="while True: Q = 1"), "AC904"),
    "a finally that goes on": (module(forward="while True:\n            try: return x\n            finally: continue"), "AC903"),
    "recursion that doubles": (
        module(init="self.q = fib(40)", before="def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)"), "AC903",
    ),
    "four loops inside each other": (
        module(forward="for a in range(99):\n            for b in range(99):\n                for c in range(99):\n                    x = x + 1"),
        "AC903",
    ),
    "a class that inherits from itself": ("from torch import nn\nclass Block(Block):\n    def forward(self, x): return x\n", "AC902"),
    "classes that inherit from each other": (
        "from torch import nn\nclass A(Block): pass\nclass Block(A):\n    def forward(self, x): return x\n", "AC902",
    ),
    "a chain of three thousand bases": (
        "from torch import nn\nclass C0(nn.Module):\n    def forward(self, x): return x\n"
        + "".join(f"class C{i}(C{i - 1}): pass\n" for i in range(1, 3000)), "AC90",
    ),
    "a hundred thousand classes": (
        "from torch import nn\n" + "".join(f"class C{i}: pass\n" for i in range(100_000)), "AC90",
    ),
    "two thousand modules": (
        "from torch import nn\n" + "".join(f"class C{i}(nn.Module):\n    def forward(self, x): return x\n" for i in range(2000)), "AC90",
    ),
    "a decorator that replaces the class": (
        module().replace("class Block", "def swap(c): return 3\n\n\n@swap\nclass Block"), "AC90",
    ),
    "a comprehension of a million": (module(init="self.x = [i for i in range(1_000_000)]"), "AC903"),
    "a million modules": (module(init="self.l = nn.ModuleList([nn.Linear(8, 8) for _ in range(1_000_000)])"), "AC903"),
    "modules that hold each other twice": (doubling("nn.Linear(8, 8)", "nn.Sequential(s, s)"), "AC903"),
    "a text that doubles": (doubling("'a'", "s + s"), "AC903"),
    "a formatted text that doubles": (doubling("'a'", "f'{s}{s}'"), "AC903"),
    "a joined text that doubles": (doubling("'a'", "s.join([s, s, s])"), "AC903"),
    "a replaced text that doubles": (doubling("'a'", "s.replace('a', 'aa')"), "AC903"),
    "a list that doubles": (doubling("[1]", "s + s"), "AC903"),
    "a list that doubles by a star": (doubling("[1]", "[*s, *s]"), "AC903"),
    "a list that doubles by sum": (doubling("[1]", "sum([s, s], [])"), "AC903"),
    "a list that doubles by chain": (doubling("[1]", "list(itertools.chain(s, s))"), "AC903"),
    "many copies of a list": (module(init="s = [0] * 100_000\n        self.s = [s[:] for i in range(9_999)]"), "AC903"),
    "many displays of one statement": (
        module(init="self.s = []\n        for i in range(9_999): self.s.append([" + "[1]," * 60_000 + "])"), "AC903",
    ),
    "many dictionaries": (
        module(init="d = {i: i for i in range(200)}\n        self.s = [{**d} for i in range(99_999)]"), "AC903",
    ),
    "a tuple that holds itself twice, as a key": (doubling("1", "(s, s)").replace("self.s = s", "self.s = {s: 1}"), "AC903"),
    "a tuple that holds itself twice, compared": (doubling("1", "(s, s)").replace("self.s = s", "self.s = s == (s, s)"), "AC903"),
    "a list that holds itself": (module(init="l = []\n        l.append(l)\n        self.s = str(l)"), "match"),
    "an integer that grows": (module(init="s = 7\n        for i in range(9_999): s = s * s"), "match"),
    "powers of powers": (module(init="self.s = 10 ** 10 ** 10, 1 << 10**12, pow(10, 900) ** 900"), "match"),
    "a text of a terabyte": (module(init="self.s = 'x' * 10**12, b'x' * 10**12, [0] * 10**12"), "match"),
    "a width of a gigabyte": (module(init="self.s = f'{1:{10**9}}', '%1000000000d' % 1, '{:1000000000}'.format(1)"), "match"),
    "a range of ten to the fifteen": (module(forward="for i in range(10**15): x = x + 1"), "AC903"),
    "a number in a range of ten to the fifteen": (module(init="self.s = 1.5 in range(10**15)"), "match"),
    "a pattern that backtracks": (module(init="self.s = re.match(r'(a|aa)+$', 'a' * 50 + 'b')"), "match"),
    "a pattern that repeats a repeat": (module(init="self.s = re.match(r'((a{0,30}){0,30}){0,30}b', 'a' * 40)"), "match"),
}  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """What a command said, and what it took."""

    status: int
    out: str
    seconds: float
    memory: float  # MB


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, ((STACK + 2 * MEMORY) * 1024**2,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (3 * SECONDS, 3 * SECONDS))


def command(*args: str, cwd: Path) -> Cost:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    with (cwd / "out").open("w+") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "archcheck", *args],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": path},
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=limited,  # the tests start no threads
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read()
    kilobytes = used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Cost(process.returncode, said, used.ru_utime + used.ru_stime, kilobytes / 1024)


@pytest.mark.parametrize("case", CASES)
def test_hostile_source_gets_a_finding_in_bounded_time_and_memory(case: str, tmp_path: Path) -> None:
    source, expected = CASES[case]
    (tmp_path / "bad.py").write_bytes(source if isinstance(source, bytes) else source.encode())
    (tmp_path / "good.py").write_text(module())
    cost = command("check", "bad.py", "good.py", "--spec", "norm -> linear -> add", "--engine", "static", "--format", "json", cwd=tmp_path)  # fmt: skip
    assert "Traceback" not in cost.out
    assert cost.seconds < SECONDS
    assert cost.memory < MEMORY
    answer = json.loads(cost.out)
    verdicts = {one["target"]: one["verdict"] for one in answer["results"]}
    assert [v for t, v in verdicts.items() if t.startswith("good.py")] == ["match"]
    codes = {
        f["code"] for one in answer["results"] if one["target"].startswith("bad.py") for f in one["findings"]
    }
    if expected == "match":
        assert (cost.status, codes) == (0, set())
    else:
        assert cost.status == (3 if expected == "AC904" else 2)
        assert any(code.startswith(expected) for code in codes)
