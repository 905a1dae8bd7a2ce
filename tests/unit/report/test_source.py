"""Quoted lines of source."""

import pytest

from archcheck.graph import Span
from archcheck.report.source import quoted


def text(lines) -> list[str]:
    return ["".join(piece.text for piece in one) for one in lines]


@pytest.mark.parametrize("before", ["", "é = 'ü'; ", "名 = 1; "])
def test_carets_stand_below_the_place(tmp_path, before):
    file = tmp_path / "model.py"
    file.write_text(f"{before}y = norm(x)\n", encoding="utf-8")
    column = len(f"{before}y = ".encode()) + 1
    code, carets = text(quoted(Span(str(file), 1, column, 1, column + len("norm(x)"))))
    from rich.cells import cell_len

    assert cell_len(carets.rstrip("^")) == cell_len(code.partition("norm(x)")[0])
    assert carets.count("^") == len("norm(x)")
