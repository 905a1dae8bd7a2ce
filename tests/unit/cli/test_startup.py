"""What a check imports: the command starts fast because it leaves the slow packages alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "fixtures" / "post_ln"
SLOW = ("networkx", "libcst", "torch", "rich", "numpy", "importlib.metadata", "tomllib", "json")
PROGRAM = """
import sys
from archcheck.cli import main
status = main(sys.argv[1:])
print("status", status, *(name for name in {slow!r} if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("file", "status", "needed"), [("ok_add_and_norm.py", 0, ()), ("bad_pre_norm.py", 1, ("json",))]
)
def test_a_static_check_imports_nothing_slow(file, status, needed):
    """A mismatch reads the index of the catalogue, which is JSON."""
    command = [sys.executable, "-c", PROGRAM.format(slow=tuple(name for name in SLOW if name not in needed))]
    done = subprocess.run(
        [*command, str(FIXTURES / file), "--spec", "post_ln", "--engine", "static"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == f"status {status}", done.stdout + done.stderr
