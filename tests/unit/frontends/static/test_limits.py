"""What a file's own time pays for, and what not."""

import time
import weakref

from archcheck.frontends.static import modules, read
from archcheck.frontends.static.decisions import Told
from archcheck.frontends.static.limits import Clock
from archcheck.frontends.static.modules import Library, parse_file
from archcheck.frontends.static.read import LIBRARIES, Reader, deeply
from archcheck.frontends.target_text import parse_target


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


def test_only_the_sources_of_the_last_folders_are_kept(tmp_path):
    reader = Reader(Told({}), (), (), None, 10.0, False)
    for number in range(LIBRARIES + 3):
        folder = tmp_path / f"folder{number}"
        folder.mkdir()
        (folder / "model.py").write_text("x = 1\n")
    deeply(lambda: reader.answers(parse_target(str(tmp_path))))
    kept = [folder.name for folder in reader._libraries]
    assert kept == [f"folder{number}" for number in range(3, LIBRARIES + 3)]


def test_a_full_library_is_gone_before_the_next_one_counts_what_there_is(tmp_path, monkeypatch):
    (tmp_path / "parts.py").write_text("from torch import nn\n\n\nclass Part(nn.Linear):\n    pass\n")
    model = "from parts import Part\n\n\nclass Model(Part):\n    pass\n"
    (tmp_path / "first.py").write_text(model)
    (tmp_path / "second.py").write_text(model)
    reader = Reader(Told({}), (), (), None, 10.0, False)
    deeply(lambda: reader.answers(parse_target(str(tmp_path / "first.py"))))
    (library,) = reader._libraries.values()
    parts = weakref.ref(library.find("parts"))
    del library
    seen = []
    monkeypatch.setattr(read, "nearly_full", lambda _: True)
    monkeypatch.setattr(read, "Library", lambda folders: seen.append(parts()) or Library(folders))
    deeply(lambda: reader.answers(parse_target(str(tmp_path / "second.py"))))
    assert seen == [None]
