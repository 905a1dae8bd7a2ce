"""What a file's own time pays for, and what not."""

import time

from archcheck.frontends.static import modules
from archcheck.frontends.static.limits import Clock
from archcheck.frontends.static.modules import Library, parse_file


def burn(seconds):
    start = time.thread_time()
    while time.thread_time() - start < seconds:
        sum(range(100))


def test_what_is_taken_out_does_not_count():
    clock = Clock()
    start = clock()
    burn(0.1)
    assert clock.without(start, 10) >= 0.1
    assert clock() - start < 0.05


def test_no_more_is_taken_out_than_may_be():
    clock = Clock()
    start = clock()
    burn(0.1)
    assert clock.without(start, 0.02) == 0.02
    assert clock() - start >= 0.08


def test_a_library_pays_for_its_sources_until_there_are_too_many(tmp_path, monkeypatch):
    def slow(path):
        burn(0.1)
        return parse_file(path)

    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text("x = 1\n")
    monkeypatch.setattr(modules, "parse_file", slow)
    monkeypatch.setattr(modules, "MOST_OPENING", 0.15)
    library = Library([tmp_path])
    start = modules.clock()
    assert library.find("one") is not None
    assert modules.clock() - start < 0.05
    assert library.find("two") is not None
    assert 0.04 < modules.clock() - start < 0.1
