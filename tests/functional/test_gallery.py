"""The gallery: public cases in which code parts from its figure, read from the packages that hold them."""

from __future__ import annotations

import importlib.util
import sys

import pytest
from command import ROOT

_spec = importlib.util.spec_from_file_location("gallery", ROOT / "tools" / "gallery.py")
assert _spec is not None
assert _spec.loader is not None
gallery = importlib.util.module_from_spec(_spec)
sys.modules["gallery"] = gallery
_spec.loader.exec_module(gallery)

CASES = gallery.cases()


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory):
    """Downloads each package once and unpacks it; nothing is imported."""
    return gallery.Packages(None, tmp_path_factory.mktemp("packages"))


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_a_case_is_found_as_the_gallery_says(packages, case):
    before = set(sys.modules)
    report = case.report(packages.folder(case.package))
    assert gallery.found(report) == case.finds, [f.message for f in report.findings]
    assert report.results or report.blocks
    imported = {name.partition(".")[0] for name in set(sys.modules) - before}
    assert not imported & {"transformers", "tensor2tensor", "labml_nn", "speechbrain", "onmt"}


def test_every_case_has_its_page_and_no_page_is_left_over():
    wanted = {f"{case.id}.md" for case in CASES} | {"index.md"}
    assert {file.name for file in gallery.FOLDER.glob("*.md")} == wanted
    for case in CASES:
        page = (gallery.FOLDER / f"{case.id}.md").read_text(encoding="utf-8")
        assert case.command in page
        assert all(link in page for link in case.sources)
