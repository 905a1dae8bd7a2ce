"""A machine without torch gets an answer that says what to install."""

import os

from archcheck.frontends.trace import trace_target


def test_missing_torch(tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("raise ImportError('no torch here')\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    (failure,) = trace_target("anything.at.all:Block")
    assert failure.code == "AC903"
    assert "pip install 'archcheck[torch]'" in failure.advice


def test_a_bad_target_needs_no_child():
    (failure,) = trace_target("nowhere.py")
    assert failure.code == "AC902"
    assert "no such file" in failure.message
