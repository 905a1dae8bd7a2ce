"""A pass is a proof: modules that say one thing to a naive reader and compute another never match.

Each reads like `x + f(norm(x))`. What it changes, it changes behind the reader's back: by name, after the definition,
through a decorator, a hook, a property, a view of the input. The answer may be a mismatch, unresolved or an error.
"""

import textwrap

import pytest

HEAD = """\
import builtins, contextlib, copy, functools, operator, sys, types, weakref
import torch
import torch.nn.functional as F
from torch import nn

"""

BLOCK = """\
class Block({bases}):
{cls}
    def __init__(self, dim=8):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.f = nn.Linear(dim, dim)
        self.extra = nn.Tanh()
{init}

{methods}
    def forward(self, x):
{forward}

"""


def T(
    before="",
    init="",
    methods="",
    forward="return x + self.f(self.norm(x))",
    after="",
    bases="nn.Module",
    deco="",
    cls="",
):
    """The source of one trick."""
    parts = {"init": (init, 8), "methods": (methods, 4), "forward": (forward, 8), "cls": (cls, 4)}
    indented = {name: textwrap.indent(text.strip("\n"), " " * by) for name, (text, by) in parts.items()}
    return HEAD + before + "\n\n" + deco + BLOCK.format(bases=bases, **indented) + after


TRICKS = {
    "setattr norm": T(init="setattr(self, 'norm', nn.Identity())"),
    "setattr computed": T(init="setattr(self, 'no' + 'rm', nn.Identity())"),
    "dict update": T(init="self.__dict__['_modules']['norm'] = nn.Identity()"),
    "_modules": T(init="self._modules['norm'] = nn.Identity()"),
    "vars": T(init="vars(self)['_modules']['norm'] = nn.Identity()"),
    "__dict__ f": T(init="self.__dict__['scale'] = self.extra", forward="return x + self.scale(self.f(self.norm(x)))"),
    "add_module": T(init="self.add_module('norm', nn.Identity())"),
    "register_module": T(init="self.register_module('norm', nn.Identity())"),
    "object setattr": T(init="object.__setattr__(self, 'go', self.extra)", forward="return x + self.go(self.f(self.norm(x)))"),
    "setattr in forward": T(forward="self.norm = self.extra\nreturn x + self.f(self.norm(x))"),
    "delattr": T(init="self.f.forward = lambda x: torch.tanh(x)"),
    "instance forward": T(init="self.forward = self.other", methods="def other(self, x):\n    return self.norm(x + self.f(x))"),
    "instance forward lambda": T(init="self.forward = lambda x: self.norm(x + self.f(x))"),
    "MethodType": T(init="self.norm.forward = types.MethodType(lambda s, x: torch.tanh(x), self.norm)"),
    "method type on self": T(init="self.forward = types.MethodType(lambda s, x: s.norm(x + s.f(x)), self)"),
    "__getattr__": T(methods="def __getattr__(self, n):\n    return super().__getattr__('extra' if n == 'norm' else n)"),
    "__setattr__": T(methods="def __setattr__(self, n, v):\n    super().__setattr__(n, nn.Identity() if n == 'norm' else v)"),
    "__call__": T(methods="def __call__(self, x):\n    return torch.tanh(super().__call__(x))"),
    "__init_subclass__": T(before="class B(nn.Module):\n    def __init_subclass__(cls, **k):\n        super().__init_subclass__(**k)\n        old = cls.forward\n        cls.forward = lambda self, x: torch.tanh(old(self, x))\n", bases="B"),
    "metaclass": T(before="class M(type):\n    def __new__(m, n, b, d):\n        old = d['forward']\n        d['forward'] = lambda self, x: torch.tanh(old(self, x))\n        return super().__new__(m, n, b, d)\n", bases="nn.Module, metaclass=M"),
    "metaclass call": T(before="class M(type):\n    def __call__(c, *a, **k):\n        o = super().__call__(*a, **k)\n        o.norm = nn.Identity()\n        return o\n", bases="nn.Module, metaclass=M"),
    "metaclass init": T(before="class M(type):\n    def __init__(c, n, b, d):\n        super().__init__(n, b, d)\n        old = c.forward\n        c.forward = lambda self, x: torch.tanh(old(self, x))\n", bases="nn.Module, metaclass=M"),
    "__new__": T(methods="def __new__(cls, *a):\n    o = super().__new__(cls)\n    return o\n@property\ndef norm2(self):\n    return self.extra", forward="return x + self.f(self.norm2(x))"),
    "patched after": T(after="def other(self, x):\n    return self.norm(x + self.f(x))\nBlock.forward = other\n"),
    "patched setattr": T(after="setattr(Block, 'forward', lambda self, x: self.norm(x + self.f(x)))\n"),
    "patched in if": T(after="if True:\n    Block.forward = lambda self, x: self.norm(x + self.f(x))\n"),
    "patched in for": T(after="for c in [Block]:\n    c.forward = lambda self, x: self.norm(x + self.f(x))\n"),
    "patched in for globals": T(after="for n, c in list(globals().items()):\n    if n == 'Block':\n        c.forward = lambda self, x: self.norm(x + self.f(x))\n"),
    "patched in function": T(after="def patch(c):\n    c.forward = lambda self, x: self.norm(x + self.f(x))\npatch(Block)\n"),
    "patched in function global": T(after="def patch():\n    Block.forward = lambda self, x: self.norm(x + self.f(x))\npatch()\n"),
    "patched via alias": T(after="A = Block\nA.forward = lambda self, x: self.norm(x + self.f(x))\n"),
    "patched via list": T(after="L = [Block]\nL[0].forward = lambda self, x: self.norm(x + self.f(x))\n"),
    "patched via dict": T(after="D = {'b': Block}\nD['b'].forward = lambda self, x: self.norm(x + self.f(x))\n"),
    "patched in subclass hook": T(after="class Sub(Block):\n    Block.forward = lambda self, x: self.norm(x + self.f(x))\n"),
    "patched in with": T(after="with contextlib.suppress(Exception):\n    Block.forward = lambda self, x: self.norm(x + self.f(x))\n"),
    "patched in try": T(after="try:\n    Block.forward = lambda self, x: self.norm(x + self.f(x))\nexcept Exception:\n    pass\n"),
    "patched by walrus": T(after="(B := Block)\nB.forward = lambda self, x: self.norm(x + self.f(x))\n"),
    "patched by comprehension": T(after="[setattr(c, 'forward', lambda self, x: self.norm(x + self.f(x))) for c in [Block]]\n"),
    "patched by lambda": T(after="(lambda c: setattr(c, 'forward', lambda self, x: self.norm(x + self.f(x))))(Block)\n"),
    "patched type setattr": T(after="type.__setattr__(Block, 'forward', lambda self, x: self.norm(x + self.f(x)))\n"),
    "patched framework": T(after="nn.LayerNorm.forward = lambda self, x: torch.tanh(x)\n"),
    "patched framework setattr": T(after="setattr(nn.Linear, 'forward', lambda self, x: torch.tanh(x))\n"),
    "patched functional": T(forward="return x + self.f(F.layer_norm(x, x.shape[-1:]))", after="F.layer_norm = lambda x, s: torch.tanh(x)\n"),
    "patched torch": T(forward="return torch.add(x, self.f(self.norm(x)))", after="torch.add = lambda a, b: torch.tanh(a) * b\n"),
    "patched Module call": T(after="_old = nn.Module.__call__\nnn.Module.__call__ = lambda self, *a: torch.tanh(_old(self, *a))\n"),
    "global rebinding": T(before="def act(x):\n    return x\n", forward="return x + act(self.f(self.norm(x)))", after="act = torch.tanh\n"),
    "global rebinding by function": T(before="act = lambda x: x\ndef hack():\n    global act\n    act = torch.tanh\n", forward="return x + act(self.f(self.norm(x)))", after="hack()\n"),
    "globals()": T(before="act = lambda x: x\n", forward="return x + act(self.f(self.norm(x)))", after="globals()['act'] = torch.tanh\n"),
    "globals update": T(before="act = lambda x: x\n", forward="return x + act(self.f(self.norm(x)))", after="globals().update(act=torch.tanh)\n"),
    "sys.modules": T(before="act = lambda x: x\n", forward="return x + act(self.f(self.norm(x)))", after="setattr(sys.modules[__name__], 'act', torch.tanh)\n"),
    "exec": T(before="act = lambda x: x\n", forward="return x + act(self.f(self.norm(x)))", after="exec('act = torch.tanh')\n"),
    "exec class": T(after="exec('Block.forward = lambda self, x: self.norm(x + self.f(x))')\n"),
    "eval in init": T(init="eval('setattr(self, \"norm\", nn.Identity())')"),
    "a hook in a deep copy": T(
        init="self.f.register_forward_hook(lambda m, a, o: torch.tanh(o))\nself.g = copy.deepcopy(self.f)",
        forward="return x + self.g(self.norm(x))",
    ),
    "exec in init": T(init="exec('self.norm = nn.Identity()')"),
    "eval class": T(after="eval('setattr(Block, \"forward\", lambda self, x: self.norm(x + self.f(x)))')\n"),
    "builtin patched": T(forward="return x + self.f(self.norm(sum([x, x * 0])))", after="builtins.sum = lambda l: torch.tanh(l[0])\n"),
    "builtin shadowed": T(before="def len(x):\n    return 0\n", forward="return x + self.f(self.norm(x)) if len([1]) else x + self.f(x)"),
    "rebinding in loop": T(before="fs = []\nfor g in (torch.tanh, torch.relu):\n    fs.append(lambda x: g(x))\n", forward="return x + self.f(fs[0](self.norm(x)))"),
    "late binding": T(init="self.fs = []\nfor m in (nn.Identity(), self.extra):\n    self.fs.append(lambda x: m(x))", forward="return x + self.fs[0](self.f(self.norm(x)))"),
    "decorator": T(before="def deco(f):\n    @functools.wraps(f)\n    def g(self, x):\n        return torch.tanh(f(self, x))\n    return g\n").replace("    def forward", "    @deco\n    def forward"),
    "decorator attribute": T(before="class deco:\n    def __init__(self, f): self.f = f\n    def __get__(self, o, t): return lambda x: torch.tanh(self.f(o, x))\n").replace("    def forward", "    @deco\n    def forward"),
    "decorator args": T(before="def deco(f):\n    @functools.wraps(f)\n    def g(self, x):\n        return f(self, torch.tanh(x))\n    return g\n").replace("    def forward", "    @deco\n    def forward"),
    "class decorator": T(before="def deco(c):\n    old = c.forward\n    c.forward = lambda self, x: torch.tanh(old(self, x))\n    return c\n", deco="@deco\n"),
    "class decorator sub": T(before="def deco(c):\n    class W(c):\n        def forward(self, x): return torch.tanh(super().forward(x))\n    return W\n", deco="@deco\n"),
    "wraps wrapped": T(before="def deco(f):\n    def g(self, x):\n        return torch.tanh(f(self, x))\n    g.__wrapped__ = f\n    g.__name__ = 'forward'\n    return g\n").replace("    def forward", "    @deco\n    def forward"),
    "property side effect": T(cls="@property\ndef f2(self):\n    self.norm = nn.Identity()\n    return self.f", forward="f = self.f2\nreturn x + f(self.norm(x))"),
    "property returns other": T(cls="@property\ndef n(self):\n    return self.extra", forward="return x + self.f(self.n(x))"),
    "cached property": T(cls="@functools.cached_property\ndef n(self):\n    return self.extra", forward="return x + self.f(self.n(x))"),
    "mutable default": T(before="def go(x, fs=[]):\n    fs.append(torch.tanh)\n    if len(fs) > 1:\n        x = fs[0](x)\n    return x\n", init="go(1)", forward="return x + go(self.f(self.norm(x)))"),
    "mutable default twice": T(before="def go(x, fs=[]):\n    fs.append(1)\n    return torch.tanh(x) if len(fs) > 1 else x\n", forward="go(x)\nreturn x + go(self.f(self.norm(x)))"),
    "mutable class attr": T(cls="fs = []", init="self.fs.append(self.extra)", forward="x = x + self.f(self.norm(x))\nfor g in self.fs:\n    x = g(x)\nreturn x"),
    "class attr shared": T(cls="fs = []", forward="x = x + self.f(self.norm(x))\nfor g in self.fs:\n    x = g(x)\nreturn x", after="Block.fs.append(torch.tanh)\n"),
    "global list": T(before="FS = []\n", forward="x = x + self.f(self.norm(x))\nfor g in FS:\n    x = g(x)\nreturn x", after="FS.append(torch.tanh)\n"),
    "global list iadd": T(before="FS = []\n", forward="x = x + self.f(self.norm(x))\nfor g in FS:\n    x = g(x)\nreturn x", after="FS += [torch.tanh]\n"),
    "global list alias": T(before="FS = []\nGS = FS\n", forward="x = x + self.f(self.norm(x))\nfor g in FS:\n    x = g(x)\nreturn x", after="GS.append(torch.tanh)\n"),
    "global list by function": T(before="FS = []\ndef reg(f):\n    FS.append(f)\n    return f\n", forward="x = x + self.f(self.norm(x))\nfor g in FS:\n    x = g(x)\nreturn x", after="@reg\ndef hidden(x):\n    return torch.tanh(x)\n"),
    "global list by call": T(before="FS = []\ndef reg(f):\n    FS.append(f)\n", forward="x = x + self.f(self.norm(x))\nfor g in FS:\n    x = g(x)\nreturn x", after="reg(torch.tanh)\n"),
    "global list by class body": T(before="FS = []\n", forward="x = x + self.f(self.norm(x))\nfor g in FS:\n    x = g(x)\nreturn x", after="class Other:\n    FS.append(torch.tanh)\n"),
    "global list by default": T(before="FS = []\n", forward="x = x + self.f(self.norm(x))\nfor g in FS:\n    x = g(x)\nreturn x", after="def other(a=FS.append(torch.tanh)):\n    pass\n"),
    "global list by comprehension": T(before="FS = []\n", forward="x = x + self.f(self.norm(x))\nfor g in FS:\n    x = g(x)\nreturn x", after="_ = [FS.append(torch.tanh) for _ in range(1)]\n"),
    "global list by instance": T(before="FS = []\nclass Reg:\n    def __init__(self, f): FS.append(f)\n", forward="x = x + self.f(self.norm(x))\nfor g in FS:\n    x = g(x)\nreturn x", after="reg = Reg(torch.tanh)\n"),
    "global dict": T(before="D = {'act': lambda x: x}\n", forward="return x + D['act'](self.f(self.norm(x)))", after="D['act'] = torch.tanh\n"),
    "global dict setdefault": T(before="D = {}\n", forward="return x + D.get('act', lambda x: x)(self.f(self.norm(x)))", after="D.setdefault('act', torch.tanh)\n"),
    "global dict by insert": T(before="D = {}\nE = D\n", forward="return x + D.get('act', lambda x: x)(self.f(self.norm(x)))", after="E['act'] = torch.tanh\n"),
    "global object attr": T(before="class Cfg:\n    act = False\ncfg = Cfg()\n", forward="x = x + self.f(self.norm(x))\nreturn torch.tanh(x) if cfg.act else x", after="cfg.act = True\n"),
    "global class attr": T(before="class Cfg:\n    act = False\ncfg = Cfg()\n", forward="x = x + self.f(self.norm(x))\nreturn torch.tanh(x) if cfg.act else x", after="Cfg.act = True\n"),
    "weakref": T(init="self.r = weakref.ref(self.extra)", forward="return x + self.r()(self.f(self.norm(x)))"),
    "weakref proxy": T(init="self.__dict__['r'] = weakref.proxy(self.extra)", forward="return x + self.r(self.f(self.norm(x)))"),
    "with changes": T(before="class Swap:\n    def __init__(self, m): self.m = m\n    def __enter__(self):\n        self.old = self.m.norm\n        self.m.norm = nn.Identity()\n    def __exit__(self, *a):\n        self.m.norm = self.old\n", forward="with Swap(self):\n    return x + self.f(self.norm(x))"),
    "contextmanager": T(before="@contextlib.contextmanager\ndef swap(m):\n    old = m.norm\n    m.norm = nn.Identity()\n    yield\n    m.norm = old\n", forward="with swap(self):\n    return x + self.f(self.norm(x))"),
    "contextmanager restores": T(before="@contextlib.contextmanager\ndef keep(m):\n    old = m.extra\n    m.extra = nn.Identity()\n    yield\n    m.extra = old\n", forward="with keep(self):\n    x = x + self.f(self.norm(x))\nreturn self.extra(x)"),
    "exit swallows": T(before="class Swallow:\n    def __enter__(self): return self\n    def __exit__(self, *a): return True\n", forward="y = x + self.f(x)\nwith Swallow():\n    raise ValueError\nreturn y"),
    "exit swallows2": T(before="class Swallow:\n    def __enter__(self): return self\n    def __exit__(self, *a): return True\n", forward="y = x\nwith Swallow():\n    y = x + self.f(x)\n    [][0]\n    y = x + self.f(self.norm(x))\nreturn y"),
    "suppress": T(forward="y = x + self.f(x)\nwith contextlib.suppress(IndexError):\n    [][0]\n    y = x + self.f(self.norm(x))\nreturn y"),
    "exception path": T(forward="try:\n    y = self.nothing(x)\nexcept AttributeError:\n    return x + self.f(x)\nreturn x + self.f(self.norm(x))"),
    "assert fails": T(forward="try:\n    assert x is None\n    return x + self.f(self.norm(x))\nexcept AssertionError:\n    return x + self.f(x)"),
    "assert fails len": T(forward="try:\n    assert len([1]) == 2\n    return x + self.f(self.norm(x))\nexcept AssertionError:\n    return x + self.f(x)"),
    "finally": T(forward="try:\n    return x + self.f(self.norm(x))\nfinally:\n    return torch.tanh(x)"),
    "hook": T(init="self.f.register_forward_hook(lambda m, a, o: torch.tanh(o))"),
    "pre hook": T(init="self.f.register_forward_pre_hook(lambda m, a: (torch.tanh(a[0]),))"),
    "own hook": T(init="self.register_forward_hook(lambda m, a, o: torch.tanh(o))"),
    "a hook that is removed": T(init="h = self.f.register_forward_pre_hook(lambda m, a: self.norm(a[0]))\nh.remove()", forward="return x + self.f(x)"),
    "a hook in a with": T(init="with self.f.register_forward_pre_hook(lambda m, a: self.norm(a[0])):\n    pass", forward="return x + self.f(x)"),
    "a hook beside forward": T(init="self.f.register_forward_pre_hook(lambda m, a: self.norm(a[0]))", forward="return x + self.f.forward(x)"),
    "hook by keyword": T(init="self.f.register_forward_hook(hook=lambda m, a, o: torch.tanh(o))"),
    "pre hook kwargs": T(init="self.f.register_forward_pre_hook(lambda m, a, k: ((torch.tanh(a[0]),), k), with_kwargs=True)"),
    "prepended hook": T(init="self.f.register_forward_pre_hook(lambda m, a: self.norm(a[0]))\nself.f.register_forward_pre_hook(lambda m, a: torch.tanh(a[0]), prepend=True)", forward="return x + self.f(x)"),
    "apply setattr": T(init="self.apply(self.change)", methods="def change(self, m):\n    for n, c in list(m.named_children()):\n        if isinstance(c, nn.LayerNorm):\n            setattr(m, n, nn.Identity())"),
    "apply forward": T(init="self.apply(self.change)", methods="def change(self, m):\n    if isinstance(m, nn.LayerNorm):\n        m.forward = lambda x: x"),
    "apply partial": T(before="def change(to, m):\n    if hasattr(m, 'norm'):\n        m.norm = to\n", init="self.apply(functools.partial(change, nn.Identity()))"),
    "hooks dict": T(init="self.f._forward_hooks[0] = lambda m, a, o: torch.tanh(o)"),
    "hook kwargs": T(init="self.f.register_forward_hook(lambda m, a, k, o: torch.tanh(o), with_kwargs=True)"),
    "global hook": T(after="nn.modules.module.register_module_forward_hook(lambda m, a, o: torch.tanh(o))\n"),
    "modules loop": T(init="for m in self.modules():\n    if isinstance(m, nn.LayerNorm):\n        m.forward = lambda x: torch.tanh(x)"),
    "children loop": T(init="for n, m in list(self.named_children()):\n    if n == 'norm':\n        setattr(self, n, nn.Identity())"),
    "inplace": T(forward="y = self.f(self.norm(x))\nx.mul_(2)\nreturn x + y"),
    "inplace out": T(forward="y = self.f(self.norm(x))\ntorch.mul(x, 2, out=x)\nreturn x + y"),
    "inplace F.relu": T(forward="y = self.norm(x)\nF.relu(x, inplace=True)\nreturn x + self.f(y)"),
    "inplace F.relu_": T(forward="y = self.norm(x)\nF.relu_(x)\nreturn x + self.f(y)"),
    "inplace view": T(forward="y = self.norm(x)\nx.view(-1).mul_(2)\nreturn x + self.f(y)"),
    "inplace data": T(forward="y = self.norm(x)\nx.data.mul_(2)\nreturn x + self.f(y)"),
    "inplace detach": T(forward="y = self.norm(x)\nx.detach().mul_(2)\nreturn x + self.f(y)"),
    "inplace data=": T(forward="y = self.norm(x)\nx.data = torch.tanh(x)\nreturn x + self.f(y)"),
    "inplace copy_": T(forward="y = self.norm(x)\nx.copy_(torch.tanh(x))\nreturn x + self.f(y)"),
    "inplace index_add": T(forward="y = self.norm(x)\nx.index_add_(0, torch.tensor([0]), x[:1])\nreturn x + self.f(y)"),
    "inplace transpose": T(forward="y = self.norm(x)\nx.transpose(0, 1).tanh_()\nreturn x + self.f(y)"),
    "inplace chunk": T(forward="y = self.norm(x)\na, b = x.chunk(2, -1)\na.tanh_()\nreturn x + self.f(y)"),
    "inplace unbind": T(forward="y = self.norm(x)\nfor r in x.unbind(0):\n    r.tanh_()\nreturn x + self.f(y)"),
    "inplace iter": T(forward="y = self.norm(x)\nfor r in x:\n    r.tanh_()\nreturn x + self.f(y)"),
    "inplace T": T(forward="y = self.norm(x)\nx.mT.tanh_()\nreturn x + self.f(y)"),
    "inplace helper": T(before="def hack(t):\n    t.tanh_()\n", forward="y = self.norm(x)\nhack(x)\nreturn x + self.f(y)"),
    "inplace getattr": T(forward="y = self.norm(x)\ngetattr(x, 'tan' + 'h_')()\nreturn x + self.f(y)"),
    "inplace torch.fn": T(forward="y = self.norm(x)\ntorch.tanh_(x)\nreturn x + self.f(y)"),
    "inplace iadd alias": T(forward="r = x\nx += self.f(x)\nreturn r + self.f(self.norm(r))"),
    "inplace no_grad": T(forward="y = self.norm(x)\nwith torch.no_grad():\n    x.mul_(2)\nreturn x + self.f(y)"),
    "inplace dict": T(forward="d = {'x': x}\ny = self.norm(x)\nd['x'].tanh_()\nreturn x + self.f(y)"),
    "inplace dict iop": T(forward="d = {'x': x}\ny = self.norm(x)\nd['x'] *= 2\nreturn x + self.f(y)"),
    "operator overload": T(before="class V:\n    def __init__(self, t): self.t = t\n    def __add__(self, o): return torch.tanh(self.t + o)\n", forward="return V(x) + self.f(self.norm(x))"),
    "radd": T(before="class V:\n    def __init__(self, t): self.t = t\n    def __radd__(self, o): return torch.tanh(self.t + o)\n", forward="return x + V(self.f(self.norm(x)))"),
    "tensor subclass": T(before="class TT(torch.Tensor):\n    def __add__(self, o): return torch.tanh(super().__add__(o))\n", forward="return x.as_subclass(TT) + self.f(self.norm(x))"),
    "bool object": T(before="class B:\n    def __bool__(self): return False\n", forward="return x + self.f(self.norm(x)) if B() else x + self.f(x)"),
    "len object": T(before="class B:\n    def __len__(self): return 0\n", forward="return x + self.f(self.norm(x)) if B() else x + self.f(x)"),
    "eq object": T(before="class B:\n    def __eq__(self, o): return False\n", forward="b = B()\nreturn x + self.f(self.norm(x)) if b == b else x + self.f(x)"),
    "contains object": T(before="class B:\n    def __contains__(self, o): return False\n", forward="return x + self.f(self.norm(x)) if 1 in B() else x + self.f(x)"),
    "iter object": T(before="class B:\n    def __init__(self, *a): self.a = a\n    def __iter__(self): return iter(self.a[:1])\n", init="self.b = B(1, 2)", forward="for _ in self.b:\n    x = x\nn = len(list(self.b))\nreturn x + self.f(self.norm(x)) if n == 2 else x + self.f(x)"),
    "getitem object": T(before="class B:\n    def __getitem__(self, i): return torch.tanh\n", init="self.b = B()", forward="return x + self.b['id'](self.f(self.norm(x)))"),
    "is vs eq": T(forward="return x + self.f(self.norm(x)) if 1.0 is 1 else x + self.f(x)"),
    "identity of list": T(init="self.a = [1]", forward="return x + self.f(self.norm(x)) if self.a is [1] else x + self.f(x)"),
    "float noise": T(forward="return x + self.f(self.norm(x)) if 0.1 + 0.2 == 0.3 else x + self.f(x)"),
    "nan": T(forward="n = float('nan')\nreturn x + self.f(self.norm(x)) if n == n else x + self.f(x)"),
    "short circuit": T(init="self.n = 0", methods="def inc(self):\n    self.n += 1\n    return True", forward="(False and self.inc())\nreturn x + self.f(self.norm(x)) if self.n else x + self.f(x)"),
    "default captured": T(before="act = torch.tanh\ndef go(x, a=act):\n    return a(x)\nact = lambda x: x\n", forward="return x + go(self.f(self.norm(x)))"),
    "class attr captured": T(before="act = torch.tanh\nclass H:\n    a = act\nact = lambda x: x\n", forward="return x + H.a(self.f(self.norm(x)))"),
    "value captured": T(before="n = 1\nm = n + 1\nn = 5\n", forward="return x + self.f(self.norm(x)) if m == 6 else x + self.f(x)"),
    "call between": T(before="flag = False\ndef get():\n    return flag\nfirst = get()\nflag = True\n", forward="return x + self.f(self.norm(x)) if first else x + self.f(x)"),
    "dict captured": T(before="act = torch.tanh\nD = {'a': act}\nact = lambda x: x\n", forward="return x + D['a'](self.f(self.norm(x)))"),
    "base captured": T(before="class H(nn.Module):\n    def go(self, x): return torch.tanh(x)\n", cls="", bases="H", forward="return x + self.go(self.f(self.norm(x)))", after="class H(nn.Module):\n    def go(self, x): return x\n"),
    "conditional rebind": T(before="act = lambda x: x\nif not False:\n    act = torch.tanh\n", forward="return x + act(self.f(self.norm(x)))"),
    "for rebinding": T(before="for act in (lambda x: x, torch.tanh):\n    pass\n", forward="return x + act(self.f(self.norm(x)))"),
    "with as": T(before="class G:\n    def __enter__(self): return torch.tanh\n    def __exit__(self, *a): pass\nact = lambda x: x\nwith G() as act:\n    pass\n", forward="return x + act(self.f(self.norm(x)))"),
    "import as": T(before="act = lambda x: x\nfrom torch import tanh as act\n", forward="return x + act(self.f(self.norm(x)))"),
    "except as": T(before="act = torch.tanh\ntry:\n    act = lambda x: x\n    raise ValueError\nexcept ValueError:\n    act = torch.tanh\n", forward="return x + act(self.f(self.norm(x)))"),
    "del": T(before="len = lambda x: 0\ndel len\nl = len([1])\n", forward="return x + self.f(self.norm(x)) if l == 0 else x + self.f(x)"),
    "nonlocal": T(forward="y = x\ndef g():\n    nonlocal y\n    y = torch.tanh(y)\ng()\nreturn y + self.f(self.norm(x))"),
    "deepcopy shares": T(init="self.n2 = copy.copy(self.norm)\nself.n2.forward = lambda x: torch.tanh(x)", forward="return x + self.f(self.n2(x))"),
    "unknown index": T(init="self.ls = nn.ModuleList([self.norm, nn.Identity()])", forward="return x + self.f(self.ls[int(x.sum() > 0)](x))"),
    "unknown index dict": T(init="self.ls = nn.ModuleDict({'a': self.norm, 'b': nn.Identity()})", forward="return x + self.f(self.ls['a' if x.sum() > 0 else 'b'](x))"),
    "data branch": T(forward="if x.sum() > 0:\n    return x + self.f(self.norm(x))\nreturn x + self.f(x)"),
    "data while": T(forward="while x.sum() > 0:\n    x = torch.tanh(x)\nreturn x + self.f(self.norm(x))"),
    "data ifexp": T(forward="return x + self.f(self.norm(x) if x.sum() > 0 else x)"),
    "data and": T(forward="y = x.sum() > 0 and self.norm(x)\nreturn x + self.f(y if torch.is_tensor(y) else x)"),
    "data shape branch": T(forward="return x + self.f(self.norm(x) if x.shape[0] > 3 else x)"),
    "data item": T(forward="return x + self.f(self.norm(x)) * x.sum().item()"),
    "data match": T(forward="match x.ndim:\n    case 3: return x + self.f(self.norm(x))\n    case _: return x + self.f(x)"),
    "random branch": T(before="import random\n", forward="if random.random() > 0.5:\n    return x + self.f(self.norm(x))\nreturn x + self.f(x)"),
    "time branch": T(before="import time\n", forward="if time.time() > 0:\n    return x + self.f(x)\nreturn x + self.f(self.norm(x))"),
    "grad branch": T(forward="if torch.is_grad_enabled():\n    return x + self.f(x)\nreturn x + self.f(self.norm(x))"),
    "isinstance branch": T(forward="if isinstance(x, torch.Tensor):\n    return x + self.f(x)\nreturn x + self.f(self.norm(x))"),
    "hasattr branch": T(forward="if hasattr(x, 'shape'):\n    return x + self.f(x)\nreturn x + self.f(self.norm(x))"),
    "dtype branch": T(forward="if x.dtype == torch.float32:\n    return x + self.f(x)\nreturn x + self.f(self.norm(x))"),
    "none branch": T(forward="if x is not None:\n    return x + self.f(x)\nreturn x + self.f(self.norm(x))"),
    "version branch": T(forward="if torch.__version__ >= '1.0':\n    return x + self.f(x)\nreturn x + self.f(self.norm(x))"),
    "cuda branch": T(forward="if not x.is_cuda:\n    return x + self.f(x)\nreturn x + self.f(self.norm(x))"),
    "scripting branch": T(forward="if not torch.jit.is_scripting():\n    return x + self.f(x)\nreturn x + self.f(self.norm(x))"),
    "jit ignore": T(before="@torch.jit.unused\ndef go(x):\n    return torch.tanh(x)\n", forward="return x + go(self.f(self.norm(x)))"),
    "autograd fn": T(before="class Fn(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x): return torch.tanh(x)\n    @staticmethod\n    def backward(ctx, g): return g\n", forward="return x + Fn.apply(self.f(self.norm(x)))"),
    "checkpoint": T(before="from torch.utils.checkpoint import checkpoint\n", forward="return x + checkpoint(lambda t: torch.tanh(self.f(self.norm(t))), x, use_reentrant=False)"),
    "partialmethod": T(methods="def go(self, g, x):\n    return g(x)\nact = functools.partialmethod(go, torch.tanh)", forward="return x + self.act(self.f(self.norm(x)))"),
    "lru_cache": T(before="@functools.lru_cache\ndef go():\n    return torch.tanh\n", forward="return x + go()(self.f(self.norm(x)))"),
    "reduce": T(forward="return functools.reduce(lambda a, g: g(a), [self.norm, self.f, self.extra], x) + x"),
    "compose": T(init="self.c = nn.Sequential(self.norm, self.f)\nself.c.append(self.extra)", forward="return x + self.c(x)"),
    "seq insert": T(init="self.c = nn.Sequential(self.norm, self.f)\nself.c.insert(1, self.extra)", forward="return x + self.c(x)"),
    "seq setitem": T(init="self.c = nn.Sequential(self.norm, self.f)\nself.c[0] = nn.Identity()", forward="return x + self.c(x)"),
    "seq del": T(init="self.c = nn.Sequential(self.norm, self.f)\ndel self.c[0]", forward="return x + self.c(x)"),
    "seq extend": T(init="self.c = nn.Sequential(self.norm, self.f)\nself.c.extend([self.extra])", forward="return x + self.c(x)"),
    "seq iadd": T(init="self.c = nn.Sequential(self.norm, self.f)\nself.c += nn.Sequential(self.extra)", forward="return x + self.c(x)"),
    "seq pop": T(init="self.c = nn.Sequential(self.norm, self.f)\nself.c.pop(0)", forward="return x + self.c(x)"),
    "modulelist reversed": T(init="self.c = nn.ModuleList([self.f, self.norm])", forward="y = x\nfor m in self.c:\n    y = m(y)\nreturn x + y"),
    "subclass LayerNorm": T(before="class LayerNorm(nn.LayerNorm):\n    def forward(self, x): return torch.tanh(x)\n", init="self.norm = LayerNorm(dim)"),
    "subclass Linear init": T(before="class Linear(nn.Linear):\n    def __init__(self, *a):\n        super().__init__(*a)\n        self.register_forward_hook(lambda m, a, o: torch.tanh(o))\n", init="self.f = Linear(dim, dim)"),
    "fake nn": T(before="class nn2:\n    LayerNorm = nn.Identity\n", init="self.norm = nn2.LayerNorm(dim)"),
    "shadow nn in init": T(init="class LN(nn.Identity): pass\nLN.__name__ = 'LayerNorm'\nself.norm = LN()"),
    "method override": T(init="self.norm.__class__ = nn.Identity"),
    "class swap": T(init="self.__class__ = Other", after="class Other(Block):\n    def forward(self, x): return self.norm(x + self.f(x))\n"),
    "mixin order": T(before="class A:\n    def act(self, x): return torch.tanh(x)\nclass B:\n    def act(self, x): return x\n", bases="A, B, nn.Module", forward="return x + self.act(self.f(self.norm(x)))"),
    "super skip": T(before="class A(nn.Module):\n    def act(self, x): return torch.tanh(x)\nclass B(A):\n    def act(self, x): return x\n", bases="B", forward="return x + super(B, self).act(self.f(self.norm(x)))"),
    "name mangling": T(init="self.__n = self.extra\nself._Block__f = self.extra", forward="return x + self.__f(self.f(self.norm(x)))"),
    "staticmethod": T(cls="@staticmethod\ndef act(x):\n    return torch.tanh(x)", forward="return x + self.act(self.f(self.norm(x)))"),
    "class getattr": T(before="class M(type):\n    def __getattr__(c, n): return torch.tanh\nclass Ops(metaclass=M):\n    pass\n", forward="return x + Ops.identity(self.f(self.norm(x)))"),
    "module getattr": T(before="def __getattr__(n):\n    return torch.tanh\n", forward="return x + sys.modules[__name__].ident(self.f(self.norm(x)))"),
    "star args": T(methods="def go(self, *a, **k):\n    return k.get('act', torch.tanh)(a[-1])", forward="return x + self.go(x, self.f(self.norm(x)))"),
    "kwargs override": T(methods="def go(self, x, norm=True):\n    return self.norm(x) if norm else x", forward="k = {'norm': False}\nreturn x + self.f(self.go(x, **k))"),
    "swap": T(forward="a, b = self.norm, self.extra\na, b = b, a\nreturn x + self.f(a(x))"),
    "chain assign": T(forward="a = b = [x]\nb[0] = torch.tanh(x)\nreturn a[0] + self.f(self.norm(x))"),
    "slots order": T(forward="y = [self.norm(x), x]\ny.reverse()\nreturn x + self.f(y[0])"),
    "sort": T(forward="ns = sorted(['norm', 'extra'])\nreturn x + self.f(getattr(self, ns[0])(x))"),
    "dict order": T(init="self.d = {'norm': 1}\nself.d = {'extra': 1, **self.d}", forward="return x + self.f(getattr(self, next(iter(self.d)))(x))"),
    "string ops": T(forward="return x + self.f(getattr(self, 'artxe'[::-1])(x))"),
    "format name": T(forward="return x + self.f(getattr(self, '%s%s' % ('ext', 'ra'))(x))"),
    "chr": T(forward="return x + self.f(getattr(self, ''.join(map(chr, [101, 120, 116, 114, 97])))(x))"),
    "bytes decode": T(forward="return x + self.f(getattr(self, b'extra'.decode())(x))"),
    "attrgetter": T(forward="return x + self.f(operator.attrgetter('extra')(self)(x))"),
    "methodcaller": T(forward="return x + operator.methodcaller('tanh')(self.f(self.norm(x)))"),
    "getattr default": T(forward="return x + getattr(self, 'nothing', self.extra)(self.f(self.norm(x)))"),
    "hasattr false": T(forward="return x + self.f(self.norm(x)) if hasattr(self, 'nothing') else x + self.f(x)"),
    "locals": T(forward="act = torch.tanh\nreturn x + locals()['act'](self.f(self.norm(x)))"),
    "code": T(after="def o(self, x):\n    return self.norm(x + self.f(x))\nBlock.forward.__code__ = o.__code__\n"),
    "defaults": T(before="def go(x, act=None):\n    return act(x) if act else x\ngo.__defaults__ = (torch.tanh,)\n", forward="return x + go(self.f(self.norm(x)))"),
    "kwdefaults": T(before="def go(x, *, act=None):\n    return act(x) if act else x\ngo.__kwdefaults__ = {'act': torch.tanh}\n", forward="return x + go(self.f(self.norm(x)))"),
    "func attr": T(before="def go(x):\n    return go.act(x)\ngo.act = lambda x: x\n", forward="return x + go(self.f(self.norm(x)))", after="go.act = torch.tanh\n"),
    "closure cell": T(before="def make():\n    act = lambda x: x\n    def go(x): return act(x)\n    def swap():\n        nonlocal act\n        act = torch.tanh\n    return go, swap\ngo, swap = make()\nswap()\n", forward="return x + go(self.f(self.norm(x)))"),
    "closure cell late": T(before="def make():\n    act = lambda x: x\n    def go(x): return act(x)\n    def swap():\n        nonlocal act\n        act = torch.tanh\n    return go, swap\ngo, swap = make()\n", forward="return x + go(self.f(self.norm(x)))", after="swap()\n"),
    "namedtuple": T(before="import collections\nP = collections.namedtuple('P', 'a b')\nclass Q(P):\n    @property\n    def a(self): return torch.tanh\n", forward="return x + Q(lambda t: t, 1).a(self.f(self.norm(x)))"),
    "dataclass post": T(before="import dataclasses\n@dataclasses.dataclass\nclass Cfg:\n    pre: bool = True\n    def __post_init__(self): self.pre = False\n", init="self.c = Cfg()", forward="return x + self.f(self.norm(x)) if self.c.pre else x + self.f(x)"),
    "dataclass field": T(before="import dataclasses\n@dataclasses.dataclass\nclass Cfg:\n    fs: list = dataclasses.field(default_factory=lambda: [torch.tanh])\n", init="self.c = Cfg()", forward="y = self.f(self.norm(x))\nfor g in self.c.fs:\n    y = g(y)\nreturn x + y"),
    "requires_grad_": T(init="self.norm.requires_grad_(False)\nself.norm = nn.Sequential()"),
    "to_empty": T(init="self.norm = self.norm.to('cpu') and nn.Identity()"),
    "len modulelist": T(init="self.l = nn.ModuleList()", forward="return x + self.f(self.norm(x)) if self.l else x + self.f(x)"),
    "loop else": T(forward="for i in range(3):\n    pass\nelse:\n    x = torch.tanh(x)\nreturn x + self.f(self.norm(x))"),
    "while else": T(forward="i = 0\nwhile i < 2:\n    i += 1\nelse:\n    x = torch.tanh(x)\nreturn x + self.f(self.norm(x))"),
    "long loop": T(forward="for i in range(1000):\n    if i == 777:\n        x = torch.tanh(x)\nreturn x + self.f(self.norm(x))"),
    "sorted modules": T(init="self.ls = nn.ModuleDict({'b': self.f, 'a': self.norm})", forward="y = x\nfor k in self.ls:\n    y = self.ls[k](y)\nreturn x + y"),
    "int trick": T(forward="return x + self.f(self.norm(x)) if -7 // 2 == -3 else x + self.f(x)"),
    "bool arithmetic": T(forward="return x + [lambda t: t, torch.tanh][True](self.f(self.norm(x)))"),
    "round half": T(forward="return x + self.f(self.norm(x)) if round(0.5) == 1 else x + self.f(x)"),
    "norm of other": T(forward="return x + self.f(self.norm(x * 1.5))"),
    "func call": T(forward="from torch.func import functional_call\nreturn x + torch.tanh(functional_call(self.f, dict(self.f.named_parameters()), (self.norm(x),)))"),
    "swap modules": T(init="self.f, self.norm = self.norm, self.f"),
    "forward alias": T(cls="", after="Block.__call__ = lambda self, x: self.norm(x + self.f(x))\n"),
    "bound forward": T(init="fwd = self.forward\nself.forward = lambda x: torch.tanh(fwd(x))"),
    "forward partial": T(init="self.forward = functools.partial(self.other, 1)", methods="def other(self, a, x):\n    return self.norm(x + self.f(x))"),
    "delete attr": T(cls="norm2 = staticmethod(torch.tanh)", init="self.norm2 = self.norm\ndel self.norm2", forward="return x + self.f(self.norm2(x))"),
    "in-place module": T(init="self.a = nn.ReLU(inplace=True)", forward="self.a(x)\nreturn x + self.f(self.norm(x))"),
    "in-place module by position": T(init="self.a = nn.Sequential(nn.LeakyReLU(0.1, True))", forward="self.a(x)\nreturn x + self.f(self.norm(x))"),
    "in-place function": T(forward="F.relu(x, inplace=True)\nreturn x + self.f(self.norm(x))"),
    "in-place function by name": T(forward="F.relu_(x)\nreturn x + self.f(self.norm(x))"),
    "item write": T(forward="x[..., 0] = 0\nreturn x + self.f(self.norm(x))"),
    "item write on the result": T(forward="y = x + self.f(self.norm(x))\ny[:, 0] = 0\nreturn y"),
    "operator setitem": T(forward="operator.setitem(x, 0, 0)\nreturn x + self.f(self.norm(x))"),
    "set_": T(forward="x.set_(torch.tanh(x))\nreturn x + self.f(self.norm(x))"),
    "operator imul": T(forward="operator.imul(x, 2)\nreturn x + self.f(self.norm(x))"),
    "operator iadd": T(forward="operator.iadd(x, torch.tanh(x))\nreturn x + self.f(self.norm(x))"),
    "dunder imul": T(forward="x.__imul__(2)\nreturn x + self.f(self.norm(x))"),
    "numpy view": T(forward="x.numpy()[:] = 0\nreturn x + self.f(self.norm(x))"),
    "numpy view of a detached tensor": T(forward="a = x.detach().numpy()\na *= 2\nreturn x + self.f(self.norm(x))"),
    "a call without source in place": T(
        before="import no_kernels", forward="no_kernels.scale_(x, 2.0)\nreturn x + self.f(self.norm(x))"),
    "a call without source on the normed value": T(
        before="import no_kernels",
        forward="y = self.norm(x)\nno_kernels.rotate(y, inplace=True)\nreturn x + self.f(y)"),
    "a kernel that is launched": T(
        before="import no_triton\n@no_triton.jit\ndef kernel(a, b, size):\n    return a",
        forward="y = self.norm(x)\nkernel[(4,)](y, y, size=16)\nreturn x + self.f(y)"),
}  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
def test_what_is_hidden_from_the_reader_is_no_match(reader, trick):
    assert reader.check(TRICKS[trick], "norm -> linear -> add").verdict != "match"


def test_a_context_manager_that_changes_nothing_in_this_run_hides_nothing(reader):
    before = (
        "import contextlib\nPATCHES = {}\n@contextlib.contextmanager\ndef patched(m):\n    if not PATCHES:\n        yield\n"
        "        return\n    m.norm = nn.Identity()\n    yield\n"
    )
    source = T(before=before, forward="with patched(self):\n    return x + self.f(self.norm(x))")
    assert reader.check(source, "norm -> linear -> add").verdict == "match"


def test_how_a_weight_is_computed_is_no_step_of_the_stream(reader):
    """As with weight norm: the linear is a linear, whatever its weight is made of."""
    init = "import torch.nn.utils.parametrize as P\nP.register_parametrization(self.f, 'weight', self.extra)"
    assert reader.check(T(init=init), "norm -> linear -> add").verdict == "match"


def test_a_call_that_only_writes_down_changes_nothing(reader):
    forward = "no_tool.add_histogram('x', x)\nreturn x + self.f(self.norm(x))"
    assert (
        reader.check(T(before="import no_tool", forward=forward), "norm -> linear -> add").verdict == "match"
    )


def test_new_memory_holds_what_a_call_without_source_writes_into_it(reader):
    forward = "y = torch.empty_like(x)\nno_kernels.norm(y, self.norm(x))\nreturn x + self.f(y)"
    source = T(before="import no_kernels", forward=forward)
    assert reader.check(source, "norm -> norm -> linear -> add").verdict == "unresolved"


def test_without_a_trick_it_matches(reader):
    assert reader.check(T(), "norm -> linear -> add").verdict == "match"


ORDER = {
    "a default keeps the first value": ("act = torch.relu\ndef go(x, a=act):\n    return a(x)\nact = torch.tanh\n", "go", "relu"),
    "a function reads the last value": ("act = torch.relu\ndef go(x):\n    return act(x)\nact = torch.tanh\n", "go", "tanh"),
    "a call between two bindings reads the first": (
        "act = torch.relu\ndef get():\n    return act\ngo = get()\nact = torch.tanh\n", "go", "relu",
    ),
    "a class keeps the base of its time": (
        "class H:\n    go = staticmethod(torch.relu)\nclass K(H):\n    pass\nclass H:\n    go = staticmethod(torch.tanh)\n", "K.go", "relu",
    ),
    "a list under two names": ("fs = []\ngs = fs\ngs.append(torch.relu)\n", "fs[0]", "relu"),
    "a registry that a class body fills": ("fs = []\nclass K:\n    fs.append(torch.relu)\n", "fs[0]", "relu"),
}  # fmt: skip


@pytest.mark.parametrize("case", ORDER)
def test_statements_of_a_module_see_what_stands_above_them(reader, case):
    before, called, word = ORDER[case]
    source = T(before=before, forward=f"return x + {called}(self.f(self.norm(x)))")
    assert reader.notation(source) == f"layer_norm -> linear -> {word} -> add"
