"""How published libraries write what blocks need: each case is a small module in the style of one that was misread."""

import pytest
from conftest import block

PRE = "layer_norm -> linear -> add"
DROP = "layer_norm -> linear -> drop_path -> add"

MASKS = {
    "new_empty": "shape = (x.shape[0],) + (1,) * (x.ndim - 1)\nmask = x.new_empty(shape).bernoulli_(keep)",
    "a list of sizes": (
        "size = [x.shape[0]] + [1] * (x.ndim - 1)\nmask = torch.empty(size, dtype=x.dtype).bernoulli_(keep)"
    ),
    "rand and floor": "mask = (keep + torch.rand((x.shape[0], 1, 1))).floor_()",
}


@pytest.mark.parametrize("mask", MASKS)
def test_one_random_number_a_sample_is_a_drop_path(reader, mask):
    lines = "\n".join(f"    {line}" for line in MASKS[mask].splitlines())
    before = f"def drop(x, keep=0.9):\n{lines}\n    mask.div_(keep)\n    return x * mask\n"
    assert reader.notation(block("return x + drop(self.f(self.norm(x)))", before=before)) == DROP


def test_a_random_number_for_each_element_is_a_dropout(reader):
    before = "def drop(x, keep=0.9):\n    return x * torch.empty(x.shape).bernoulli_(keep) / keep\n"
    notation = "layer_norm -> linear -> dropout -> add"
    assert reader.notation(block("return x + drop(self.f(self.norm(x)))", before=before)) == notation


WRITTEN = {
    "attributes of a Sequential": (
        {"body": "return x + self.g(x)", "init": "self.g = Both(dim)",
         "before": "class Both(nn.Sequential):\n    def __init__(self, dim):\n        super().__init__()\n"
                   "        self.n = nn.LayerNorm(dim)\n        self.f = nn.Linear(dim, dim)\n"}, PRE,
    ),
    "an attribute of a Sequential is replaced": (
        {"body": "return x + self.g(x)",
         "init": "self.g = nn.Sequential(nn.LayerNorm(dim), nn.GELU(), nn.Linear(dim, dim))\nself.g[1] = nn.Identity()"}, PRE,
    ),
    "a Sequential loses a module": (
        {"body": "return x + self.g(x)",
         "init": "self.g = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, dim), nn.GELU())\nself.g.pop(2)"}, PRE,
    ),
    "_modules": (
        {"body": "y = x\nfor m in self._modules.values():\n    y = m(y)\nreturn x + y"}, PRE,
    ),
    "written into _modules": (
        {"body": "return x + self.f(self.n(x))", "init": "self._modules['n'] = nn.LayerNorm(dim)"}, PRE,
    ),
    "numbers.Integral": (
        {"body": "return x + self.f(self.n(x))", "init": "self.n = Norm(dim)",
         "before": "import numbers\nclass Norm(nn.Module):\n    def __init__(self, shape):\n        super().__init__()\n"
                   "        shape = (shape,) if isinstance(shape, numbers.Integral) else shape\n"
                   "        self.shape = tuple(shape)\n        self.weight = nn.Parameter(torch.ones(self.shape))\n"
                   "    def forward(self, x):\n        return F.layer_norm(x, self.shape, self.weight)\n"}, PRE,
    ),
    "the counter of a batch norm": (
        {"body": "return x + self.f(self.n(x))", "init": "self.n = Counted(dim)",
         "before": "class Counted(nn.BatchNorm1d):\n    def forward(self, x):\n        if self.track_running_stats:\n"
                   "            self.num_batches_tracked.add_(1)\n        return F.batch_norm(x, self.running_mean,"
                   " self.running_var, self.weight, self.bias, True)\n"}, "batch_norm -> linear -> add",
    ),
    "super() of a dataclass": (
        {"body": "return x + self.f(self.norm(x) if self.c.first else x)", "init": "self.c = Config()",
         "before": "import dataclasses\n@dataclasses.dataclass\nclass Base:\n    first: bool\n    dim: int\n"
                   "class Config(Base):\n    def __init__(self):\n        super().__init__(True, 8)\n"}, PRE,
    ),
    "a registry that a method of a class fills": (
        {"body": "return x + Registry.run(self.f, self.norm(x))",
         "before": "class Registry:\n    known = {}\n    @classmethod\n    def register(cls, name):\n"
                   "        def keep(f):\n            cls.known[name] = f\n            return f\n        return keep\n"
                   "    @classmethod\n    def run(cls, *args):\n        return cls.known['plain'](*args)\n"
                   "@Registry.register('plain')\ndef _plain(f, x):\n    return f(x)\n"}, PRE,
    ),
    "a function imports what is not installed": (
        {"body": "return x + self.f(self.norm(x))", "init": "self.p = rate()",
         "before": "def rate():\n    from no_such_package_anywhere import Config\n    return Config.rate\n"}, PRE,
    ),
    "__import__": (
        {"body": "return x + self.f(self.norm(x) if self.c.first else x)",
         "init": "self.c = __import__('argparse').Namespace(first=True)"}, PRE,
    ),
    "sizes that are not known before others": (
        {"body": "*_, h, w = *x.shape, self.heads, 7\ny = self.norm(x) if h == 4 and w == 7 else x\nreturn x + self.f(y)",
         "init": "self.heads = 4"}, PRE,
    ),
    "a shape of ones between sizes": (
        {"body": "shape = (x.shape[0],) + (1,) * (x.ndim - 2) + (x.shape[-1],)\nreturn x + self.f(self.norm(x).view(shape))"},
        PRE,
    ),
    "a property of a class": (
        {"body": "return x + self.f(self.norm(x) if Block.first else x)",
         "before": "class OfClass(property):\n    def __get__(self, owner, cls):\n        return self.fget(cls)\n",
         "methods": "@OfClass\ndef first(cls):\n    return True\n"}, PRE,
    ),
    "a dictionary whose keys are attributes": (
        {"body": "return x + self.f(self.norm(x) if self.c.first else x)", "init": "self.c = Frozen({'first': True})",
         "before": "from collections import OrderedDict\nclass Frozen(OrderedDict):\n"
                   "    def __init__(self, *args):\n        super().__init__(*args)\n"
                   "        for key, value in self.items():\n            setattr(self, key, value)\n"
                   "    def __setattr__(self, name, value):\n        super().__setattr__(name, value)\n"}, PRE,
    ),
    "the defaults of a signature": (
        {"body": "return x + self.f(self.norm(x) if self.c['first'] else x)",
         "init": "self.c = {n: p.default for n, p in inspect.signature(options).parameters.items()}",
         "before": "import inspect\ndef options(dim, first=True, *, last=False):\n    pass\n"}, PRE,
    ),
    "the signature of a class": (
        {"body": "return x + self.f(self.norm(x) if self.c else x)",
         "init": "names = inspect.signature(nn.InstanceNorm2d).parameters\nself.c = 'num_features' in names and 'self' not in names",
         "before": "import inspect\n"}, PRE,
    ),
    "the arguments that a class, a module and a function have": (
        {"body": "return x + self.f(self.norm(x) if self.c else x)",
         "init": "of_class, of_module, of_function = map(inspect.getfullargspec, (nn.InstanceNorm2d, nn.ReLU(), options))\n"
                 "self.c = 'num_features' in of_class.args + of_class.kwonlyargs and of_class.args[0] == 'self'\n"
                 "self.c = self.c and (of_module.args, of_module.varargs, of_module.varkw) == (['self'], 'args', 'kwargs')\n"
                 "self.c = self.c and of_function.args == ['dim', 'first'] and of_function.defaults == (True,)\n"
                 "self.c = self.c and of_function.kwonlyargs == ['last'] and of_function.kwonlydefaults == {'last': False}",
         "before": "import inspect\ndef options(dim, first=True, *, last=False):\n    pass\n"}, PRE,
    ),
    "a dictionary with a default": (
        {"body": "return x + self.f(self.norm(x) if self.c else x)",
         "init": "found = defaultdict(list, first=[1])\nfound['second'].append(2)\nfound['third'] += [3]\n"
                 "self.c = dict(found) == {'first': [1], 'second': [2], 'third': [3]}",
         "before": "from collections import defaultdict\n"}, PRE,
    ),
    "what a value can do": (
        {"body": "return x + self.f(self.norm(x) if self.c else x)",
         "init": "able = isinstance('a', Hashable) and isinstance({}, Mapping) and isinstance([], Sequence)\n"
                 "able = able and isinstance(self.forward, Callable) and isinstance(Own(), Sized)\n"
                 "wrong = isinstance([], Hashable) or isinstance({}, Sequence) or isinstance(Own(), Mapping)\n"
                 "self.c = able and not wrong and not isinstance(1, Collection)",
         "before": "from collections.abc import Callable, Collection, Hashable, Mapping, Sequence, Sized\n"
                   "class Own:\n    def __len__(self):\n        return 3\n"}, PRE,
    ),
    "an object that looks its names up itself": (
        {"body": "return x + self.f(self.norm(x) if self.c else x)",
         "init": "store = Store()\nself.c = store.__doc__ == 'text (text)' and store.a == 1 and not hasattr(store, 'b')",
         "before": "class Store:\n    'text'\n    def __init__(self):\n        self.known = {'a': 1}\n"
                   "        self.__doc__ = f'text ({self.__doc__})'\n    def __getattr__(self, name):\n"
                   "        return self.known[name] if name in self.known else self.__getattribute__(name)\n"}, PRE,
    ),
    "a wrapper that hands on the names of what it wraps": (
        {"body": "return x + self.wrap.first(self.norm(x))", "init": "self.wrap = Wrap(Inner(self.f))",
         "before": "class Inner(nn.Module):\n    def __init__(self, f):\n        super().__init__()\n        self.first = f\n"
                   "class Wrap(nn.Module):\n    def __init__(self, inner):\n        super().__init__()\n"
                   "        self.inner = inner\n    def __getattr__(self, name):\n"
                   "        try:\n            return super().__getattr__(name)\n        except AttributeError:\n"
                   "            return getattr(super().__getattr__('inner'), name)\n"}, PRE,
    ),
    "no variable of the environment is set": (
        {"body": "return x + self.f(self.norm(x) if MODE.upper() == 'AUTO' else x)",
         "before": "import os\nMODE = os.environ.get('ARCHCHECK_TEST_MODE', 'auto')\n"}, PRE,
    ),
    "a named tuple as a dictionary": (
        {"body": "return x + self.f(self.norm(x) if self.c._asdict()['first'] else x)", "init": "self.c = Pair(True, 2)",
         "before": "from collections import namedtuple\nPair = namedtuple('Pair', ['first', 'second'])\n"}, PRE,
    ),
    "a product of sizes of a configuration": (
        {"body": "return x + self.f(self.norm(x))", "init": "self.n = math.prod((dim, self.k)) * 2",
         "methods": "k = 3\n"}, PRE,
    ),
    "torch.Size": (
        {"body": "d = [-(i + 1) for i in range(len(self.shape))]\ny = x - x.mean(dim=d, keepdim=True)\n"
                 "y = y / torch.sqrt(x.var(dim=d, keepdim=True, unbiased=False) + 1e-5)\nreturn x + self.f(y)",
         "init": "shape = [dim]\nself.shape = torch.Size(shape) if isinstance(shape, list) else shape\n"
                 "assert isinstance(self.shape, torch.Size)"}, PRE,
    ),
    "a star of sizes that are not known": (
        {"body": "b, n, _, h = *x.shape, self.heads\ny = self.norm(x) if h == 4 else x\nreturn x + self.f(y)",
         "init": "self.heads = 4"}, PRE,
    ),
    "the rest of a chunk": (
        {"body": "a, b, *rest = self.norm(x).chunk(4, dim=-1)\nreturn x + self.f(a) if len(rest) == 2 else x"}, PRE,
    ),
    "a decorator that gives a class another base": (
        {"body": "return x + self.f(self.ready(x))",
         "before": "class Ready:\n    def ready(self, x):\n        return self.norm(x)\n"
                   "def with_ready(cls):\n    cls.__bases__ = (Ready,) + tuple(b for b in cls.__bases__ if b != Ready)\n"
                   "    return cls\n"}, PRE,
    ),
    "attributes of an embedding": (
        {"body": "return x + self.f(self.norm(x))", "init": "e = nn.Embedding(4, dim)\nself.n = e.max_norm or e.norm_type"},
        PRE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_as_libraries_write_it(reader, name):
    arguments, notation = WRITTEN[name]
    source = block(**arguments)
    if "with_ready" in source:
        source = source.replace("class Block", "@with_ready\nclass Block")
    assert reader.notation(source) == notation


def test_a_target_names_modules_by_their_dotted_paths(reader, tmp_path, monkeypatch):
    reader.write(
        {
            "pack/__init__.py": "",
            "pack/options.py": "class Options:\n    first = True\n",
            "pack/model.py": block(
                "return x + self.f(self.norm(x) if self.o.first else x)", init="self.o = o", args="o=None"
            ),
        }
    )
    from archcheck import describe

    target = "pack.model:Block(o=pack.options.Options())"
    (view,) = describe(target, engine="static", path=[str(tmp_path)]).blocks
    assert view.notation.strip() == PRE


def test_a_base_may_require_what_a_constructor_hands_on(reader):
    after = (
        "class Wide(Block):\n    def __init__(self, **kwargs):\n        super().__init__(**kwargs)\n"
        "class Base(Block):\n    pass\n"
    )
    source = block("return x + self.f(self.norm(x))", after=after).replace("dim=8", "dim")
    assert reader.notation(source, "Wide") == PRE


def test_a_head_that_a_mixin_builds_gets_the_configuration_its_class_declares(reader):
    """Generic heads take `config` without an annotation; the pretrained class says which it is."""
    source = (
        "import torch.nn as nn\n"
        "class Settings:\n    def __init__(self, width=8, steps=('f', 'norm')):\n"
        "        self.width = width\n        self.steps = steps\n"
        "class Pretrained(nn.Module):\n    config: Settings\n"
        "class Head:\n    def __init__(self, config):\n        super().__init__()\n"
        "        self.norm = nn.LayerNorm(config.width)\n        self.f = nn.Linear(config.width, config.width)\n"
        "        self.steps = config.steps\n"
        "    def forward(self, x):\n        y = x\n        for step in self.steps:\n"
        "            y = getattr(self, step)(y)\n        return x + y\n"
        "class Block(Head, Pretrained):\n    pass\n"
    )
    assert reader.notation(source) == "linear -> layer_norm -> add"
    assert not reader.reasons(source)


CALLS = {
    "(torch.randn(2, 3, 8), torch.randn(2, 3, 8))": "x, y",
    "((torch.randn(2, 3, 8), torch.randn(2, 3, 8)),)": "pair",
    "{'x': torch.randn(2, 3, 8), 'y': torch.randn(2, 3, 8)}": "x, y",
    "((torch.randn(2, 3, 8),), {'y': torch.randn(2, 3, 8)})": "x, y",
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_gives_arguments_as_the_trace_takes_them(reader, call):
    source = block("return x + self.f(self.norm(y))").replace(
        "def forward(self, x)", "def forward(self, x, y)"
    )
    if CALLS[call] == "pair":
        source = block("x, y = pair\nreturn x + self.f(self.norm(y))").replace("(self, x)", "(self, pair)")
    view = reader.one(source, call=call)
    assert [n["op"] for n in view.to_dict()["graph"]["nodes"]] == [
        "input",
        "input",
        "layer_norm",
        "linear",
        "add",
    ]


def test_no_operand_of_a_product_is_none(reader):
    source = block("return x + torch.multiply(self.f(self.norm(x)), weight)")
    source = source.replace("def forward(self, x)", "def forward(self, x, weight=None)")
    assert reader.notation(source) == "layer_norm -> linear -> gate(weight) -> add"


SPARSE = """
import torch
from torch import nn


class Pattern:
    pass


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.f = nn.LayerNorm(8), nn.Linear(8, 8)

    def forward(self, x, pattern):
        if pattern is not None:
            x = x * Pattern().mask
        return x + self.f(self.norm(x))
"""


def test_a_required_argument_may_be_none_where_the_code_would_raise_with_it(reader):
    """The code asks whether it is (Kandinsky 5's sparse attention)."""
    (view,) = reader.describe(SPARSE).blocks
    assert view.notation.strip() == PRE
    assert any("pattern taken as None" in note for note in view.notes)


def test_a_required_argument_is_given_where_that_is_no_remedy(reader):
    """The first error is the one that is told."""
    report = reader.describe(
        SPARSE.replace("        return x", "        x = x * pattern.mask\n        return x")
    )
    assert not report.blocks
    assert "'Pattern' object has no attribute 'mask'" in report.errors[0].message


def test_a_required_argument_that_harms_nothing_is_given(reader):
    (view,) = reader.describe(SPARSE.replace("Pattern().mask", "pattern")).blocks
    assert not view.notes
    assert "pattern" in view.notation


UNREGISTERED = """
from torch import nn

MADE = {nn.Linear: nn.LayerNorm}


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = MADE[nn.Conv2d](8)

    def forward(self, x):
        return x + self.norm(x)
"""


def test_a_class_that_is_a_missing_key_is_told_by_its_name(reader):
    """What the interpreter keeps of a class is pages long (allennlp's registry)."""
    (error,) = reader.describe(UNREGISTERED).errors
    assert error.message == "the code would raise KeyError: Conv2d"


def test_torch_has_a_version(reader):
    """Also where it is not installed (fairseq asks whether it is a build of its own)."""
    asked = UNREGISTERED.replace(
        "MADE = {nn.Linear", 'import torch\n\nMADE = {nn.Linear if "fb" in torch.__version__ else nn.Conv2d'
    )
    (view,) = reader.describe(asked).blocks
    assert view.notation.strip() == "layer_norm -> add"


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("isinstance()", "the code would raise TypeError: isinstance() misses an argument"),
        ("getattr(self, name='norm')", None),  # by name: not known, and no fault of archcheck
    ],
)
def test_a_builtin_without_its_arguments_raises_as_python_does(reader, call, reason):
    source = UNREGISTERED.replace("MADE[nn.Conv2d](8)", f"nn.LayerNorm(8)\n        self.kept = {call}")
    report = reader.describe(source)
    assert [error.message for error in report.errors] == ([reason] if reason else [])
