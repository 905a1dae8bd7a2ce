"""Parts that code finds by a name: in a registry that calls fill, in `globals()`, in what a metaclass leaves in a class."""

import pytest

from archcheck import describe

REGISTRY = """
class Kept(type):
    def __init__(cls, *args):
        cls.instances = {}
        super().__init__(*args)

class Scope(metaclass=Kept):
    @classmethod
    def current(cls):
        return next(reversed(cls.instances.values())) if cls.instances else None

class Inner(Scope):
    pass

class Registry:
    def __init__(self):
        self.known = {}

    def register(self, name=None, module=None):
        self.known[name or module.__name__] = module

    def get(self, name):
        if Inner.current() is not None:
            return None
        return self.known[name] if name in self.known else None

MODELS = Registry()
"""
NORMS = """
from torch import nn
from .registry import MODELS

MODELS.register("LN", module=nn.LayerNorm)
for module in [nn.RMSNorm, nn.GELU]:
    MODELS.register(module=module)

def build(name, size):
    return MODELS.get(name)(size)

def named(name):
    found = globals().get(name)
    if found is None:
        raise ValueError(name)
    return found if name in globals() else globals()[name]

class Plain(nn.LayerNorm):
    pass

short = Plain
"""
ELSEWHERE = """
from .registry import MODELS

def build(name, size):
    return MODELS.get(name)(size)
"""
FAR = """
from torch import nn
from parts.registry import MODELS

MODELS.register("Far", module=nn.RMSNorm)
"""
MODEL = """
import beside
from torch import nn
from . import elsewhere, norms
from .registry import Inner

class Block(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.norm = {norm}
        self.f = nn.Linear(dim, dim)

    def forward(self, x):
        return x + self.f(self.norm(x))
"""


def described(tmp_path, norm):
    folder = tmp_path / "parts"
    folder.mkdir()
    for name, text in (("registry", REGISTRY), ("norms", NORMS), ("elsewhere", ELSEWHERE)):
        (folder / f"{name}.py").write_text(text)
    (folder / "__init__.py").write_text("")
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "__init__.py").write_text("from . import far")
    (tmp_path / "beside" / "far.py").write_text(FAR)
    (folder / "model.py").write_text(MODEL.format(norm=norm))
    return describe("parts.model:Block", engine="static", path=[str(tmp_path)])


@pytest.mark.parametrize(
    ("norm", "word"),
    [
        ("norms.build('LN', dim)", "layer_norm"),  # the call stands in the module that asks
        ("norms.build('RMSNorm', dim)", "rms_norm"),  # in a loop
        ("elsewhere.build('LN', dim)", "layer_norm"),  # in a module that nobody read
        ("elsewhere.build('Far', dim)", "rms_norm"),  # in a package that is imported and not read
        ("norms.named('Plain')(dim)", "layer_norm"),
        ("norms.named('short')(dim)", "layer_norm"),
        ("Inner.instances.get('x', nn.RMSNorm(dim))", "rms_norm"),
    ],
)
def test_a_part_that_is_found_by_its_name(tmp_path, norm, word):
    (view,) = described(tmp_path, norm).blocks
    assert view.notation == f"{word} -> linear -> add"
    assert not view.unresolved


@pytest.mark.parametrize("norm", ["norms.build('none', dim)", "norms.named('none')(dim)"])
def test_a_name_that_nothing_has_is_an_error(tmp_path, norm):
    assert not described(tmp_path, norm).blocks


METACLASS = """
import inspect
from torch import nn

class Signed(type):
    def __new__(cls, name, bases, dict):
        made = super().__new__(cls, name, bases, dict)
        if made.__init__ is not object.__init__:
            made.signature = inspect.signature(made.__init__)
        return made

class Around(Signed):
    def __call__(cls, *args, **kwargs):
        made = cls.__new__(cls)
        if type(made) == cls:
            if hasattr(made, "__pre_init__"):
                made.__pre_init__(*args, **kwargs)
            made.__init__(*args, **kwargs)
        return made

class Module(nn.Module, metaclass=Around):
    "A module whose classes need not call super().__init__()."
    def __pre_init__(self, *args, **kwargs):
        super().__init__()

class Block(Module):
    def __init__(self, dim=8):
        self.norm = nn.LayerNorm(dim)
        self.f = nn.Linear(dim, dim)

    def forward(self, x):
        return x + self.f(self.norm(x))
"""
TWINS = {
    "as it is": ("", "", "layer_norm -> linear -> add"),
    "another call": (
        "            made.__init__(*args, **kwargs)\n",
        "            made.__init__(*args, **kwargs)\n            made.norm = nn.Identity()\n",
        "linear -> add",
    ),
    "another class": (
        "        made = super().__new__(cls, name, bases, dict)\n",
        "        if name == 'Block':\n            dict['forward'] = lambda self, x: self.norm(x + self.f(x))\n"
        "        made = super().__new__(cls, name, bases, dict)\n",
        "linear -> add -> layer_norm",
    ),
    "another dictionary": (
        "        made = super().__new__(cls, name, bases, dict)\n",
        "        other = {**dict}\n        if name == 'Block':\n            other['forward'] = lambda self, x: x + self.f(x)\n"
        "        made = super().__new__(cls, name, bases, other)\n",
        "linear -> add",
    ),
}


@pytest.mark.parametrize("twin", TWINS)
def test_what_a_metaclass_does_is_read(tmp_path, twin):
    old, new, notation = TWINS[twin]
    file = tmp_path / "model.py"
    file.write_text(METACLASS.replace(old, new) if old else METACLASS)
    (view,) = describe(f"{file}::Block", engine="static").blocks
    assert view.notation == notation
    assert not view.unresolved


def test_a_class_that_is_another_one_after_its_metaclass_is_unresolved(tmp_path):
    file = tmp_path / "model.py"
    file.write_text(
        METACLASS.replace(
            "        return made\n\nclass Around", "        return no_such_thing(made)\n\nclass Around"
        )
    )
    views = describe(f"{file}::Block", engine="static").blocks
    assert all(view.unresolved for view in views)
