"""Names that other files define: found by reading, never by importing."""

import sys

import pytest
from conftest import HEAD

PRE = "layer_norm -> linear -> add"
NORM = "from torch import nn\nclass Norm(nn.LayerNorm):\n    pass\n"
MODEL = """
class Block(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.norm = {norm}(dim)
        self.f = nn.Linear(dim, dim)
    def forward(self, x):
        return x + self.f(self.norm(x))
"""


def described(reader, files: dict[str, str], imported: str, norm: str = "Norm", **options) -> str:
    """The block of `pkg/model.py`, which gets its norm in this way."""
    model = HEAD + imported + "\n" + MODEL.format(norm=norm)
    reader.write({"pkg/__init__.py": "", **files, "pkg/model.py": model})
    return reader.notation(model, name="Block", **options)


@pytest.fixture
def reader(reader, monkeypatch):
    """As the other one, but its model stands in a package."""

    def describe(source, name="Block", **options):
        from archcheck import describe

        return describe(f"{reader.folder / 'pkg' / 'model.py'}::{name}", engine="static", **options)

    monkeypatch.setattr(reader, "describe", describe)
    return reader


WAYS = {
    "of a sibling": ({"pkg/norms.py": NORM}, "from .norms import Norm", "Norm"),
    "of the parent": (
        {"pkg/__init__.py": "from .norms import Norm", "pkg/norms.py": NORM},
        "from . import Norm",
        "Norm",
    ),
    "under another name": ({"pkg/norms.py": NORM}, "from .norms import Norm as N", "N"),
    "a module": ({"pkg/norms.py": NORM}, "from . import norms", "norms.Norm"),
    "by its whole name": ({"pkg/norms.py": NORM}, "import pkg.norms", "pkg.norms.Norm"),
    "a star": ({"pkg/norms.py": NORM}, "from .norms import *", "Norm"),
    "a star that names what it gives": (
        {"pkg/norms.py": "from torch import nn\n__all__ = ['_Norm']\nclass _Norm(nn.LayerNorm):\n    pass\n"},
        "from .norms import *",
        "_Norm",
    ),
    "where the package and its module import each other": (
        {
            "pkg/__init__.py": "if True:\n    KIND = 'layer'\n    from .norms import Old, Norm",
            "pkg/norms.py": "from . import KIND\nfrom torch import nn\nif KIND == 'layer':\n"
            "    class Norm(nn.LayerNorm):\n        pass\nOld = Norm",
        },
        "try:\n    from .norms import Norm as First\nexcept ImportError:\n    First = None\n"
        "from . import Norm as Second\nNorm = Second if First is not None else nn.Identity",
        "Norm",
    ),
    "two levels up": (
        {"pkg/sub/__init__.py": "", "pkg/sub/deep.py": "from ..norms import Norm", "pkg/norms.py": NORM},
        "from .sub.deep import Norm",
        "Norm",
    ),
    "two files that import each other": (
        {"pkg/norms.py": NORM + "from . import model\n"},
        "from . import norms",
        "norms.Norm",
    ),
    "one of two, as one is missing": (
        {"pkg/norms.py": NORM},
        "try:\n    from no_such_package import Norm\nexcept ImportError:\n    from .norms import Norm",
        "Norm",
    ),
    "while types are checked": (
        {"pkg/norms.py": NORM},
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from nowhere import Norm\nelse:\n    from .norms import Norm",
        "Norm",
    ),
    "in the function that needs it": (
        {"pkg/norms.py": NORM},
        "def make(dim):\n    from .norms import Norm\n    return Norm(dim)",
        "make",
    ),
    "by importlib": (
        {"pkg/norms.py": NORM},
        "import importlib\nNorm = importlib.import_module('.norms', __package__).Norm",
        "Norm",
    ),
    "by the package's __getattr__": (
        {
            "pkg/lazy/__init__.py": "def __getattr__(name):\n    from . import norms\n    return getattr(norms, name)\n",
            "pkg/lazy/norms.py": NORM,
        },
        "from . import lazy",
        "lazy.Norm",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_norm_of_another_file(reader, way):
    files, imported, norm = WAYS[way]
    assert described(reader, files, imported, norm) == PRE


def test_nothing_of_what_is_read_runs(reader):
    ran = NORM + "import sys\nsys.archcheck_ran_it = True\n"
    assert described(reader, {"pkg/norms.py": ran}, "from .norms import Norm") == PRE
    assert not hasattr(sys, "archcheck_ran_it")
    assert not any(name == "pkg" or name.startswith("pkg.") for name in sys.modules)


STARS = {
    "the last star wins": ("from .norms import *\nfrom .others import *", "batch_norm -> linear -> add"),
    "what `__all__` leaves out is not taken": ("from .norms import *\nfrom .closed import *", PRE),
}


@pytest.mark.parametrize("way", STARS)
def test_two_stars(reader, way):
    imported, expected = STARS[way]
    other = "from torch import nn\nclass Norm(nn.BatchNorm1d):\n    pass\n"
    files = {"pkg/norms.py": NORM, "pkg/others.py": other, "pkg/closed.py": other + "__all__ = ['Other']\n"}
    assert described(reader, files, imported) == expected


def test_a_package_elsewhere_is_found_where_path_says(reader, tmp_path):
    reader.write({"elsewhere/other/__init__.py": "", "elsewhere/other/norms.py": NORM})
    where = str(tmp_path / "elsewhere")
    assert described(reader, {}, "from other.norms import Norm", path=[where]) == PRE


def test_what_is_not_found_is_named_and_kept_in_its_place(reader):
    model = HEAD + "from nowhere.norms import Norm\n" + MODEL.format(norm="Norm")
    reader.write({"pkg/__init__.py": "", "pkg/model.py": model})
    (view,) = reader.describe(model).blocks
    assert view.notation.strip() == "opaque -> linear -> add"
    (one,) = view.unresolved
    assert "nowhere.norms" in one.reason
    assert "self.norm" in one.reason


def test_a_name_that_is_bound_twice_is_the_last_one(reader):
    files = {"pkg/norms.py": NORM + "Norm = nn.BatchNorm1d\n"}
    assert described(reader, files, "from .norms import Norm") == "batch_norm -> linear -> add"
