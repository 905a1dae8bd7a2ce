"""Item 1: the values of the interpreter and Python's own semantics. Each case says what the code computes."""

import pytest
from conftest import HEAD, block

PRE = "layer_norm -> linear -> add"
POST = "linear -> add -> layer_norm"
NO_NORM = "linear -> add"
NO_SKIP = "layer_norm -> linear"

# name: (arguments of `block`, the notation)
VALUES = {
    "symbolic tensors": ({"body": "return x + self.f(self.norm(x))"}, PRE),
    "a tensor under two names": ({"body": "r = x\nx = self.norm(x)\nreturn r + self.f(x)"}, PRE),
    "constants decide": ({"body": "y = self.norm(x) if 3 > 2 else x\nreturn x + self.f(y)"}, PRE),
    "a list": ({"body": "a = [x]\na.append(self.norm(x))\nreturn a[0] + self.f(a[-1])"}, PRE),
    "a tuple": ({"body": "a = (x, self.norm(x))\nreturn a[0] + self.f(a[1])"}, PRE),
    "some of the parts of a tensor": (
        {"body": "a = x.chunk(6, dim=-1)\ny, z = tuple(a[:3]), tuple(a[3:])\ni, j, k = y\nreturn x + self.f(self.norm(x))"},
        PRE,
    ),
    "a dictionary": ({"body": "d = {'n': self.norm}\nd['f'] = self.f\nreturn x + d['f'](d.get('n')(x))"}, PRE),
    "a sum of tuples": ({"body": "a = sum([(self.norm,), (self.f,)], ())\nreturn x + a[1](a[0](x))"}, PRE),
    "a shape is not empty": (
        {"body": "if not all(x.shape):\n    return torch.zeros(x.shape)\nreturn x + self.f(self.norm(x))"},
        PRE,
    ),
    "a shape that is made a list": (
        {"body": "a, b, c = list(x.shape)\nd, e, f, g = tuple(x[None].size())\nreturn x + self.f(self.norm(x.view(a * b, -1)))"},
        PRE,
    ),
    "wraps of a module": (
        {"body": "return x + maybe(self.f)(self.norm(x))",
         "before": "def maybe(f):\n    @functools.wraps(f)\n    def run(x):\n        return f(x)\n    return run\n"},
        PRE,
    ),
    "a set of names": (
        {"body": "if self.kind in {'a', 'b'}:\n    x = self.norm(x)\nreturn self.f(x)", "init": "self.kind = 'b'"}, NO_SKIP,
    ),
    "a function": ({"body": "return apply(self.f, self.norm, x)", "before": "def apply(f, n, x):\n    return x + f(n(x))\n"}, PRE),
    "a closure": (
        {"body": "def run(z):\n    return self.f(norm(z))\nnorm = self.norm\nreturn x + run(x)"}, PRE,
    ),
    "nonlocal": (
        {"body": "h = x\ndef step(g):\n    nonlocal h\n    h = g(h)\nstep(self.norm)\nstep(self.f)\nreturn x + h"}, PRE,
    ),
    "a bound method": ({"body": "run = self.f.forward\nreturn x + run(self.norm(x))"}, PRE),
    "a partial": (
        {"body": "run = functools.partial(go, n=self.norm)\nreturn x + run(self.f, x)", "before": "def go(f, x, n):\n    return f(n(x))\n"},
        PRE,
    ),
    "a partial class": ({"body": "return x + self.f(self.n(x))", "init": "make = functools.partial(nn.LayerNorm, eps=1e-6)\nself.n = make(dim)"}, PRE),
    "a lambda": ({"body": "run = lambda z: self.f(self.norm(z))\nreturn x + run(x)"}, PRE),
    "a lambda in __init__": ({"body": "return x + self.run(x)", "init": "self.run = lambda z: self.f(self.norm(z))"}, PRE),
    "a class as a value": (
        {"body": "return x + self.f(self.n(x))", "init": "self.n = kind(dim)", "args": "kind=nn.RMSNorm"}, "rms_norm -> linear -> add",
    ),
    "an object that is no module": (
        {"body": "return x + self.o.run(x)", "init": "self.o = Ops(self)",
         "before": "class Ops:\n    def __init__(self, m):\n        self.m = m\n    def run(self, x):\n        return self.m.f(self.m.norm(x))\n"},
        PRE,
    ),
    "a generator": ({"body": "for g in self.parts():\n    x = x + g(self.norm(x))\nreturn x", "methods": "def parts(self):\n    yield self.f\n"}, PRE),
    "a generator that does not end": (
        {"body": "return x + next(self.parts())(self.norm(x))", "methods": "def parts(self):\n    while True:\n        yield self.f\n"}, PRE,
    ),
    "yield from": (
        {"body": "for g in self.all():\n    x = g(x)\nreturn x",
         "methods": "def parts(self):\n    yield self.norm\ndef all(self):\n    yield from self.parts()\n    yield self.f\n"},
        NO_SKIP,
    ),
}  # fmt: skip

SEMANTICS = {
    "default arguments": ({"body": "return x + go(self, x)", "before": "def go(m, x, first=True):\n    return m.f(m.norm(x)) if first else m.norm(m.f(x))\n"}, PRE),
    "*args and **kwargs": (
        {"body": "return go(x, f=self.f, n=self.norm)", "before": "def go(*args, **kw):\n    return inner(*args, **kw)\ndef inner(x, n, f):\n    return x + f(n(x))\n"},
        PRE,
    ),
    "keyword-only arguments": ({"body": "return go(x, n=self.norm, f=self.f)", "before": "def go(x, *, f, n):\n    return x + f(n(x))\n"}, PRE),
    "tuple unpacking": ({"body": "(a, (b, c)), *rest = (x, (self.norm(x), self.f)), 1, 2\nreturn a + c(b)"}, PRE),
    "swapping": ({"body": "a, b = x, self.norm(x)\na, b = b, a\nreturn b + self.f(a)"}, PRE),
    "several results": ({"body": "a, b = self.two(x)\nreturn a + self.f(b)", "methods": "def two(self, x):\n    return x, self.norm(x)\n"}, PRE),
    "comprehensions": ({"body": "for g in [m for m in (self.norm, None, self.f) if m is not None]:\n    x = g(x)\nreturn x"}, NO_SKIP),
    "a comprehension has its own scope": ({"body": "y = [x for x in (1, 2)]\nreturn x + self.f(self.norm(x))"}, PRE),
    "a dictionary comprehension": ({"body": "d = {k: v for k, v in zip('nf', (self.norm, self.f))}\nreturn x + d['f'](d['n'](x))"}, PRE),
    "f-strings": ({"body": "return x + self.f(getattr(self, f'no{\"rm\"}')(x))"}, PRE),
    "walrus": ({"body": "if (y := self.norm(x)) is not None:\n    return x + self.f(y)\nreturn x"}, PRE),
    "walrus in a comprehension": ({"body": "[last := g for g in (self.f, self.norm)]\nreturn x + self.f(last(x))"}, PRE),
    "a chain of comparisons": ({"body": "return x + self.f(self.norm(x)) if 1 < 2 < 3 else x"}, PRE),
    "and, or": ({"body": "g = None or self.norm\nreturn x + (True and self.f)(g(x))"}, PRE),
    "a decorator": (
        {"body": "return self.f(self.norm(x))", "before": "def residual(f):\n    @functools.wraps(f)\n    def run(self, x):\n        return x + f(self, x)\n    return run\n"},
        PRE,
    ),
    "a property": ({"body": "return x + self.f(self.first(x))", "methods": "@property\ndef first(self):\n    return self.norm\n"}, PRE),
    "a property with a setter": (
        {"body": "return x + self.f(self.first(x))", "init": "self.first = self.norm",
         "methods": "@property\ndef first(self):\n    return self._first\n@first.setter\ndef first(self, value):\n    self._first = value\n"},
        PRE,
    ),
    "a static method": ({"body": "return self.join(x, self.f(self.norm(x)))", "methods": "@staticmethod\ndef join(a, b):\n    return a + b\n"}, PRE),
    "a class method": ({"body": "return self.join(x, self.f(self.norm(x)))", "methods": "@classmethod\ndef join(cls, a, b):\n    return a + b\n"}, PRE),
    "__call__ of an object": (
        {"body": "return x + Run()(self, x)", "before": "class Run:\n    def __call__(self, m, x):\n        return m.f(m.norm(x))\n"}, PRE,
    ),
    "operators of an object": (
        {"body": "return Sum(x) + self.f(self.norm(x))", "before": "class Sum:\n    def __init__(self, x):\n        self.x = x\n    def __add__(self, y):\n        return self.x + y\n"},
        PRE,
    ),
    "getattr and setattr": ({"body": "return x + getattr(self, 'g')(getattr(self, 'none', self.norm)(x))", "init": "setattr(self, 'g', self.f)"}, PRE),
    "__getattr__": (
        {"body": "return x + self.f(self.first(x))", "methods": "def __getattr__(self, name):\n    return self.norm if name == 'first' else super().__getattr__(name)\n"},
        PRE,
    ),
    "add_module": ({"body": "return x + self.f(self.first(x))", "init": "self.add_module('first', nn.RMSNorm(dim))"}, "rms_norm -> linear -> add"),
    "register_module": ({"body": "return x + self.f(self.first(x))", "init": "self.register_module('first', nn.RMSNorm(dim))"}, "rms_norm -> linear -> add"),
    "delattr and hasattr": ({"body": "return x + self.f(x if hasattr(self, 'norm') else x * 1)", "init": "del self.norm"}, NO_NORM),
    "dict dispatch": (
        {"body": "return x + self.f(self.n(x))", "init": "self.n = NORMS[kind](dim)", "args": "kind='rms'",
         "before": "NORMS = {'layer': nn.LayerNorm}\nNORMS['rms'] = nn.RMSNorm\n"},
        "rms_norm -> linear -> add",
    ),
    "a registry that a decorator fills": (
        {"body": "return x + self.f(NORMS['mine'](self, x))", "before": "NORMS = {}\ndef register(name):\n    def add(f):\n        NORMS[name] = f\n        return f\n    return add\n@register('mine')\ndef mine(m, x):\n    return m.norm(x)\n"},
        PRE,
    ),
    "with": (
        {"body": "with Scope(self) as norm:\n    y = self.f(norm(x))\nreturn x + y",
         "before": "class Scope:\n    def __init__(self, m):\n        self.m = m\n    def __enter__(self):\n        return self.m.norm\n    def __exit__(self, *a):\n        pass\n"},
        PRE,
    ),
    "a buffer that the model registers": (
        {"body": "return x + self.f(self.norm(x) * self.factors)",
         "after": "class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.layer = Block()\n        self.layer.register_buffer('factors', torch.ones(8))\n"},
        "layer_norm -> scale -> linear -> add",
    ),
    "the number of graphics cards": ({"body": "if len(torch.cuda.default_generators) > 0:\n    torch.cuda.seed()\nreturn x + self.f(self.norm(x))"}, PRE),
    "with torch.no_grad": ({"body": "with torch.no_grad():\n    y = self.norm(x)\nreturn x + self.f(y)"}, PRE),
    "try and except": ({"body": "try:\n    y = self.first(x)\nexcept (KeyError, AttributeError):\n    y = self.norm(x)\nreturn x + self.f(y)"}, PRE),
    "try and else": ({"body": "try:\n    y = x\nexcept ValueError:\n    y = x * 2\nelse:\n    y = self.norm(x)\nreturn x + self.f(y)"}, PRE),
    "finally runs before return": ({"body": "y = [x]\ntry:\n    return y\nfinally:\n    y[0] = x + self.f(self.norm(x))"}, PRE),
    "an exception of one's own": (
        {"body": "try:\n    raise Miss(self.norm)\nexcept Miss as error:\n    return x + self.f(error.args[0](x))", "before": "class Miss(ValueError):\n    pass\n"}, PRE,
    ),
    "match": ({"body": "match self.kind:\n    case 'post':\n        return self.norm(x + self.f(x))\n    case 'pre' | 'first':\n        return x + self.f(self.norm(x))\n    case _:\n        return x", "init": "self.kind = 'first'"}, PRE),
    "match of a sequence": ({"body": "match [self.norm, self.f]:\n    case [first, *rest]:\n        return x + rest[0](first(x))"}, PRE),
    "match of a class": (
        {"body": "match P(self.norm):\n    case P(n=first):\n        return x + self.f(first(x))", "before": "from dataclasses import dataclass\n@dataclass\nclass P:\n    n: object\n"}, PRE,
    ),
    "an early return": ({"body": "if self.first:\n    return x + self.f(self.norm(x))\nreturn self.norm(x + self.f(x))", "init": "self.first = True"}, PRE),
    "a loop is unrolled": ({"body": "y = x\nfor name in ('norm', 'f'):\n    y = getattr(self, name)(y)\nreturn x + y"}, PRE),
    "break, continue and else": ({"body": "for g in (None, self.norm, self.f):\n    if g is None:\n        continue\n    y = g(x)\n    break\nelse:\n    y = x\nreturn x + self.f(y)"}, PRE),
    "while over known values": ({"body": "left, y = [self.f, self.norm], x\nwhile left:\n    y = left.pop()(y)\nreturn x + y"}, PRE),
    "enumerate and reversed": ({"body": "y = x\nfor i, g in enumerate(reversed([self.f, self.norm])):\n    y = g(y)\nreturn x + y"}, PRE),
    "functools.reduce": ({"body": "return x + functools.reduce(lambda y, g: g(y), (self.norm, self.f), x)"}, PRE),
    "global": ({"body": "return x + go(self, x)", "before": "first = None\ndef choose():\n    global first\n    first = 'norm'\nchoose()\ndef go(m, x):\n    return m.f(getattr(m, 'norm')(x))\n"}, PRE),
    "an unused branch may be wrong": ({"body": "if False:\n    return self.nothing_of_this_name(x)\nreturn x + self.f(self.norm(x))"}, PRE),
    "a method set on an instance": ({"body": "return x", "init": "self.forward = self.other", "methods": "def other(self, x):\n    return x + self.f(self.norm(x))\n"}, PRE),
    "async": ({"body": "return x + self.f(await self.first(x))".replace("await ", ""), "methods": "def first(self, x):\n    return self.norm(x)\n"}, PRE),
    "math on numbers": ({"body": "return x + self.f(self.norm(x)) * math.sqrt(4.0)"}, "layer_norm -> linear -> scale(2.0) -> add"),
}  # fmt: skip


@pytest.mark.parametrize("case", VALUES)
def test_a_value_is_what_python_makes_of_it(reader, case):
    arguments, notation = VALUES[case]
    assert reader.notation(block(**arguments)) == notation


@pytest.mark.parametrize("case", SEMANTICS)
def test_the_semantics_are_pythons(reader, case):
    arguments, notation = SEMANTICS[case]
    source = block(**arguments)
    if case == "a decorator":
        source = source.replace("    def forward", "    @residual\n    def forward")
    assert reader.notation(source) == notation


DIAMOND = """
class Base(nn.Module):
    def step(self, x):
        return x

class Left(Base):
    def step(self, x):
        return self.f(super().step(x))

class Right(Base):
    def step(self, x):
        return self.norm(super().step(x))
"""


@pytest.mark.parametrize(
    ("bases", "notation"),
    [("Left, Right", PRE), ("Right, Left", "linear -> layer_norm -> add"), ("Left", NO_NORM)],
)
def test_super_follows_the_real_resolution_order(reader, bases, notation):
    source = block("return x + self.step(x)", before=DIAMOND).replace("Block(nn.Module)", f"Block({bases})")
    assert reader.notation(source) == notation


def test_a_subclass_changes_a_part_of_its_base(reader):
    child = "class Child(Block):\n    def __init__(self):\n        super().__init__(4)\n        self.norm = nn.RMSNorm(4)\n"
    source = block("return x + self.f(self.norm(x))", after=child)
    assert reader.notation(source, "Child") == "rms_norm -> linear -> add"
    assert reader.notation(source) == PRE


TWICE = "layer_norm(shared=norm) -> linear(shared=f) -> add"


def test_super_with_arguments_and_the_call_of_a_base_by_name(reader):
    child = "class Child(Block):\n    def forward(self, x):\n        return Block.forward(self, super(Child, self).forward(x))\n"
    source = block("return x + self.f(self.norm(x))", after=child)
    assert reader.notation(source, "Child") == f"{TWICE}; {TWICE}"


CONFIGS = {
    "dataclass": "from dataclasses import dataclass, field\n@dataclass\nclass C:\n    first: bool = True\n    sizes: list = field(default_factory=lambda: [8])\n",
    "class": "class C:\n    def __init__(self, first=True, **kw):\n        self.first = first\n        self.sizes = kw.get('sizes', [8])\n",
    "named tuple": "from typing import NamedTuple\nclass C(NamedTuple):\n    first: bool = True\n    sizes: tuple = (8,)\n",
    "inherited dataclass": "from dataclasses import dataclass\n@dataclass\nclass P:\n    first: bool = False\n@dataclass\nclass C(P):\n    first: bool = True\n    sizes: tuple = (8,)\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_configuration_object_with_known_fields(reader, kind):
    body = "if self.c.first:\n    return x + self.f(self.norm(x))\nreturn self.norm(x + self.f(x))"
    source = block(body, init="self.c = C()\nself.f = nn.Linear(self.c.sizes[0], dim)", before=CONFIGS[kind])
    assert reader.notation(source) == PRE
    assert reader.notation(source.replace("C()", "C(first=False)")) == POST


def test_a_configuration_with_an_unknown_field_forks(reader):
    body = "if self.c.first:\n    return x + self.f(self.norm(x))\nreturn self.norm(x + self.f(x))"
    source = block(body, init="self.c = config", args="config=None").replace(
        "dim=8, config=None", "config, dim=8"
    )
    assert reader.variants(source) == {(("config.first", False),): POST, (("config.first", True),): PRE}


def test_enums(reader):
    before = "from enum import Enum, auto\nclass Order(Enum):\n    PRE = auto()\n    POST = auto()\n"
    body = "if self.order is Order.PRE and Order['POST'] != Order.PRE and Order(1).name == 'PRE':\n    return x + self.f(self.norm(x))\nreturn x"
    assert reader.notation(block(body, init="self.order = Order.PRE", before=before)) == PRE


def test_string_enums_compare_with_texts(reader):
    before = "from enum import Enum\nclass Order(str, Enum):\n    PRE = 'pre'\n"
    body = "return x + self.f(self.norm(x)) if Order.PRE == 'pre' and Order('pre').value == 'pre' else x"
    assert reader.notation(block(body, before=before)) == PRE


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        ("nn.ModuleList([nn.Linear(dim, dim) for _ in range(2)])", "linear -> linear"),
        ("nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, dim))", "layer_norm -> linear"),
        (
            "nn.ModuleDict({'a': nn.LayerNorm(dim), 'b': nn.Linear(dim, dim)}).values()",
            "layer_norm -> linear",
        ),
        ("[nn.LayerNorm(dim)] + [nn.Linear(dim, dim)] * 1", "layer_norm -> linear"),
    ],
)
def test_loops_over_known_modules_are_unrolled(reader, made, shown):
    assert (
        reader.notation(block("for g in self.gs:\n    x = g(x)\nreturn x", init=f"self.gs = {made}")) == shown
    )


LAYERS = """
class Layer(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.f = nn.Linear(dim, dim)

    def forward(self, x):
        return x + self.f(self.norm(x))


class Model(nn.Module):
    def __init__(self, depth{default}):
        super().__init__()
        self.layers = nn.ModuleList([Layer() for _ in range(depth)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
"""


@pytest.mark.parametrize(("default", "length"), [("", 0), ("=12", 12)])
def test_a_loop_over_a_list_of_unknown_or_great_length_is_a_stack(reader, default, length):
    report = reader.describe(HEAD + LAYERS.format(default=default), "Model")
    stacks = [n for view in report.blocks for n in view.graph.nodes if n.words == ("stack",)]
    (stack,) = stacks
    assert stack.attr("n", 0) == length
    layers = [view.notation.strip() for view in report.blocks if "layers" in view.name]
    assert layers == [PRE]


def test_a_range_of_unknown_length_repeats_the_block(reader):
    source = block(
        "for _ in range(self.n):\n    x = x + self.f(self.norm(x))\nreturn x",
        init="self.n = n",
        args="n=None",
    )
    source = source.replace("dim=8, n=None", "n, dim=8")
    assert reader.notation(source).split("; ") == [TWICE, TWICE]


def test_hooks_change_arguments_and_results(reader):
    after = block(
        "return self.f(self.norm(x))", init="self.register_forward_hook(lambda m, given, out: given[0] + out)"
    )
    before = block(
        "return x + self.f(x)",
        init="self.f.register_forward_pre_hook(lambda m, given: (self.norm(given[0]),))",
    )
    assert reader.notation(after) == PRE
    assert reader.notation(before) == PRE


def test_a_module_is_called_through_the_call_of_all_modules(reader):
    body = "return x + nn.Module.__call__(self.f, self.norm.__call__(x))"
    hooked = "self.f.register_forward_pre_hook(lambda m, given: (self.norm(given[0]),))"
    assert reader.notation(block(body)) == PRE
    assert reader.notation(block("return x + nn.Linear.__call__(self.f, x)", init=hooked)) == PRE


def test_what_apply_only_fills_is_not_run(reader):
    method = (
        "def fill(self, m):\n    if isinstance(m, nn.Linear):\n        m.weight.data = unknown(m.weight)\n"
    )
    assert reader.notation(block("return x + self.f(self.norm(x))", "self.apply(self.fill)", method)) == PRE


PATCHES = {
    "assignment": "Block.forward = patched\n",
    "setattr": "setattr(Block, 'forward', patched)\n",
    "in a function": "def patch(cls):\n    cls.forward = patched\npatch(Block)\n",
    "in a loop": "for cls in [Block]:\n    cls.forward = patched\n",
    "a decorator": "def patch(cls):\n    cls.forward = patched\n    return cls\nBlock = patch(Block)\n",
}


@pytest.mark.parametrize("case", PATCHES)
def test_a_patched_method_is_the_one_that_runs(reader, case):
    after = "def patched(self, x):\n    return x + self.f(self.norm(x))\n" + PATCHES[case]
    assert reader.notation(block("return self.f(x)", after=after)) == PRE


def test_a_decorator_that_replaces_the_class(reader):
    before = "class Other(nn.Module):\n    def forward(self, x):\n        return x * 2\ndef replace(cls):\n    return Other\n"
    source = block("return x + self.f(self.norm(x))", before=before).replace(
        "class Block", "@replace\nclass Block"
    )
    assert reader.notation(source) == "scale(2.0)"


def test_a_class_that_type_makes(reader):
    after = "Made = type('Made', (Block,), {'forward': lambda self, x: self.f(self.norm(x))})\n"
    assert reader.notation(block("return x + self.f(self.norm(x))", after=after), "Made") == NO_SKIP


PARTS = """
import dataclasses

def parts(**given):
    fields = {**given, "__annotations__": {name: type(value) for name, value in given.items()}}
    return dataclasses.dataclass(type("Parts", (), fields))

@dataclasses.dataclass
class Named:
    rate: float = 0.5

Chosen = parts(first=nn.LayerNorm, second=nn.Linear)
Derived = type("Derived", (Named,), {"other": 1})
"""


def test_classes_without_bases_and_dataclasses_that_type_makes(reader):
    init = "self.norm, self.f = Chosen().first(dim), Chosen(second=nn.Linear).second(dim, dim)"
    body = "return x + self.f(self.norm(x)) if Derived().rate == 0.5 else x"
    assert reader.notation(block(body, init=init, before=PARTS)) == PRE


def test_a_run_leaves_nothing_behind_for_the_next_one(reader):
    body = "if self.number:\n    return x\nif self.first:\n    return x + self.f(self.norm(x))\nreturn self.norm(x + self.f(x))"
    init = "self.number = Count.made\nCount.made += 1\nself.first = first"
    source = block(
        body, init=init, before="class Count:\n    made = 0\nSCALE = torch.ones(1)\n", args="first=True"
    )
    assert reader.variants(source) == {(("first", True),): PRE, (("first", False),): POST}
    tensor = source.replace("return x + self.f", "return x * SCALE + self.f")
    assert len(reader.variants(tensor)) == 2


def test_a_subclass_of_property_reads_the_class(reader):
    before = (
        "class classproperty(property):\n    def __get__(self, instance, owner):\n        return self.fget(owner)\n"
        "class Config:\n    @classproperty\n    def pre(cls):\n        return [True]\n"
    )
    body = "for pre in Config.pre:\n    return x + self.f(self.norm(x))\nreturn self.norm(x + self.f(x))"
    assert reader.notation(block(body, before=before)) == PRE
