"""Registries that decorators in other files of a package fill."""

import pytest

from archcheck import describe

REGISTRY = """
from collections import defaultdict

class Registrable:
    _known = defaultdict(dict)

    @classmethod
    def register(cls, name):
        known = Registrable._known[cls]

        def keep(made):
            known[name] = made
            return made
        return keep

    @classmethod
    def by_name(cls, name):
        if name in Registrable._known[cls]:
            return Registrable._known[cls][name]
        raise KeyError(name)

class Norm(Registrable):
    pass

class Activation(Registrable):
    pass

class Table:
    def __init__(self):
        self.known = {}

    def register_module(self):
        def keep(made):
            self.known[made.__name__] = made
            return made
        return keep

    def build(self, kind, *args):
        made = self.known.get(kind)
        if made is None:
            raise KeyError(kind)
        return made(*args)

MODELS = Table()
MAKERS = {}

def maker(function):
    MAKERS[function.__name__] = function
    return function
"""
NORMS = """
from torch import nn
from .registry import MODELS, Activation, Norm, maker

@Norm.register("plain")
class Plain(nn.LayerNorm):
    pass

@Activation.register("other")
class Other(nn.ReLU):
    pass

@MODELS.register_module()
class Late(nn.LayerNorm):
    pass

@maker
def small_norm(dim):
    return nn.LayerNorm(dim)
"""
MODEL = """
from torch import nn
from .registry import MAKERS, MODELS, Norm

class Block(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.norm = {}

    def forward(self, x):
        return x + self.norm(x)
"""


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "lib"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "registry.py").write_text(REGISTRY)
    (folder / "norms.py").write_text(NORMS)

    def described(norm):
        (folder / "model.py").write_text(MODEL.replace("{}", norm))
        return describe("lib.model:Block", engine="static", path=[str(tmp_path)])

    return described


@pytest.mark.parametrize(
    "norm", ["Norm.by_name('plain')(dim)", "MODELS.build('Late', dim)", "MAKERS['small_norm'](dim)"]
)
def test_what_another_file_enters_into_a_registry_is_found(package, norm):
    (block,) = package(norm).blocks
    assert block.notation == "layer_norm -> add"
    assert any("taken to be imported" in note for note in package(norm).to_dict()["notes"])


@pytest.mark.parametrize("norm", ["Norm.by_name('other')()", "{}['plain'](dim)"])
def test_a_name_of_another_registry_is_not(package, norm):
    document = package(norm).to_dict()
    assert not document["blocks"]
    assert "KeyError" in document["errors"][0]["message"]


def test_what_other_files_missed_is_no_matter(tmp_path, package):
    package("MODELS.build('Late', dim)")
    many = MODEL.replace(
        "{}", "nn.LayerNorm(dim, *[one for one in ({}.get(str(n)) for n in range(600)) if one])"
    )
    (tmp_path / "lib" / "a_many.py").write_text(many.replace("Block", "Many"))
    report = describe(str(tmp_path / "lib"), engine="static", path=[str(tmp_path)])
    found = {block.name: block.notation for block in report.blocks}
    assert found == {"Many": "layer_norm -> add", "Block": "layer_norm -> add"}
