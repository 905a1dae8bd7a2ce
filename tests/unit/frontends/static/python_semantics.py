"""What Python code computes that a constructor may ask: run by Python and read by the static front end."""


def case_000():
    return sorted([3, 1, 2], key=lambda v: -v)


def case_001():
    return [a * b for a, b in zip(range(3), range(3, 6))]


def case_002():
    a, *b, c = range(6)
    return (a, b, c)


def case_003():
    d = dict(a=1)
    d |= {"b": 2}
    return list(d.items())


def case_004():
    return {**{"a": 1}, "b": 2, **{"a": 3}}


def case_005():
    def g(*args, k=3, **kw):
        return (args, k, sorted(kw))

    return g(1, *[2, 3], z=1, **{"y": 2})


def case_006():
    return f"{3.14159:.2f}-{'x':>4}-{10:04d}-{'a'!r}"


def case_007():
    return "%s-%d-%5.1f" % ("a", 3, 2.25)


def case_008():
    return "{0}-{b}-{0!r}".format("q", b=4)


def case_009():
    x = 5

    def g():
        nonlocal x
        x += 1
        return x

    g()
    g()
    return x


def case_010():
    fs = [lambda i=i: i * 2 for i in range(4)]
    return [f() for f in fs]


def case_011():
    fs = [lambda: i for i in range(4)]
    return [f() for f in fs]


def case_012():
    class A:
        v = 1

        def m(self):
            return "A" + str(self.v)

    class B(A):
        v = 2

        def m(self):
            return "B" + super().m()

    class C(A):
        def m(self):
            return "C" + super().m()

    class D(B, C):
        pass

    return D().m(), [k.__name__ for k in D.__mro__[:4]]


def case_013():
    class P:
        def __init__(self):
            self._v = 1

        @property
        def v(self):
            return self._v * 10

        @v.setter
        def v(self, n):
            self._v = n + 1

    p = P()
    p.v = 4
    return p.v


def case_014():
    import dataclasses

    @dataclasses.dataclass
    class C:
        a: int
        b: list = dataclasses.field(default_factory=list)
        c: str = "x"

        def __post_init__(self):
            self.d = self.a * 2

    c = C(3, c="y")
    c2 = dataclasses.replace(c, a=5)
    return (c.a, c.b, c.c, c.d, c2.a, c2.d, c == C(3, [], "y"), [f.name for f in dataclasses.fields(C)])


def case_015():
    import enum

    class E(enum.Enum):
        A = "a"
        B = "b"

    return (E("a").name, E.B.value, E["B"] is E.B, [e.name for e in E], E.A == "a")


def case_016():
    import enum

    class E(str, enum.Enum):
        A = "a"
        B = "b"

    return (E.A == "a", E("b") == "b", E.A in ("a", "c"), {"a": 1}[E.A])


def case_017():
    import enum

    class E(enum.IntEnum):
        A = enum.auto()
        B = enum.auto()

    return (int(E.B), E.A < E.B, list(E) == [1, 2])


def case_018():
    match {"kind": "ln", "eps": 3}:
        case {"kind": "bn"}:
            return 1
        case {"kind": str(k), **rest} if rest:
            return (k, rest)
        case _:
            return 0


def case_019():
    match (1, [2, 3]):
        case (0, _):
            return "zero"
        case (1, [a, b]) | (1, [a, b, _]):
            return a + b


def case_020():
    try:
        return "try"
    finally:
        x = 3


def case_021():
    def gen():
        for i in range(10):
            if i % 2:
                continue
            if i > 6:
                return
            yield i

    return list(gen())


def case_022():
    def gen():
        r = yield from [1, 2]
        yield 3

    return tuple(gen())


def case_023():
    from functools import reduce, partial

    return reduce(lambda a, b: a * b, [1, 2, 3, 4]), partial(max, 3)(2, 7)


def case_024():
    from itertools import chain, product, islice, accumulate, repeat

    return (
        list(chain([1], [2])),
        list(product("ab", [1, 2]))[:3],
        list(islice(repeat(4), 2)),
        list(accumulate([1, 2, 3])),
    )


def case_025():
    out = []
    for i, c in enumerate("abc", start=1):
        if c == "b":
            break
        out.append((i, c))
    else:
        out.append("else")
    return out


def case_026():
    n = 0
    while n < 10:
        n += 3
    else:
        n = -n
    return n


def case_027():
    return (
        any(v > 2 for v in [1, 2, 3]),
        all([]),
        sum(range(5)),
        min([3, 1], default=0),
        max("a", "bb", key=len),
    )


def case_028():
    return [i for r in [[1, 2], [3]] for i in r if i != 2], {k: v for k, v in [("a", 1)]}, {c for c in "aa"}


def case_029():
    if (n := len("abcd")) > 3:
        return n


def case_030():
    return 1 < 2 < 3, 1 < 3 < 2, not [], [] or "x", 0 and 1, "a" in "cat", 3 not in [3]


def case_031():
    return (
        7 // 2,
        -7 // 2,
        7 % -3,
        2**-1,
        7 / 2,
        divmod(-7, 2),
        round(2.5),
        round(3.14159, 2),
        abs(-3),
        int("12"),
        int(3.9),
        float("1e3"),
    )


def case_032():
    return (
        "a_b_c".split("_", 1),
        "AbC".lower(),
        " x ".strip(),
        "a.b".rpartition("."),
        "abc"[::-1],
        "abc".startswith(("x", "a")),
        "x".join(["a", "b"]),
        "abc".replace("b", ""),
        "a1".isdigit(),
        "Hello".swapcase(),
    )


def case_033():
    l = [1, 2, 3, 4]
    l[1:3] = [9]
    del l[0]
    l.insert(0, 7)
    l += [5]
    l.extend((6,))
    x = l.pop()
    l.reverse()
    return l, x, l.index(9)


def case_034():
    a = [1]
    b = a
    b.append(2)
    c = a[:]
    c.append(3)
    return a, c


def case_035():
    d = {"a": 1, "b": 2}
    d.pop("a")
    d.setdefault("c", 3)
    d.update(d=4)
    return list(d), d.get("z", 0), "a" in d


def case_036():
    s = {1, 2} | {3}
    return s & {2, 3}, s - {1}, s >= {1}, sorted(s ^ {3, 4})


def case_037():
    class A:
        def __init__(self):
            self.x = 1

        def __getattr__(self, n):
            return n + "!"

        def __len__(self):
            return 3

        def __getitem__(self, i):
            return i * 2

        def __contains__(self, i):
            return i == 4

        def __iter__(self):
            return iter([1, 2])

        def __eq__(self, o):
            return True

        def __call__(self, y):
            return y + self.x

        def __bool__(self):
            return False

    a = A()
    return a.x, a.foo, len(a), a[4], 4 in a, list(a), a == 3, a(5), bool(a), "y" if a else "n"


def case_038():
    class A:
        n = 0

        def __new__(cls, *a):
            self = super().__new__(cls)
            self.t = "new"
            return self

        def __init__(self, v):
            self.v = v
            A.n += 1

        @classmethod
        def make(cls, v):
            return cls(v + 1)

        @staticmethod
        def st(v):
            return v * 2

    a = A.make(1)
    A(3)
    return a.v, a.t, A.n, A.st(4), a.st(2)


def case_039():
    R = []

    class Base:
        def __init_subclass__(cls, key=None, **kw):
            super().__init_subclass__(**kw)
            R.append((cls.__name__, key))

    class X(Base, key="k"):
        pass

    return R


def case_040():
    reg = {}

    def register(name):
        def deco(f):
            reg[name] = f
            return f

        return deco

    @register("a")
    def fa():
        return 1

    @register("b")
    def fb():
        return 2

    return reg["b"](), sorted(reg)


def case_041():
    import functools

    def deco(f):
        @functools.wraps(f)
        def inner(*a, **k):
            return ("in", f(*a, **k))

        return inner

    @deco
    @deco
    def g(x):
        return x

    return g(3), g.__name__


def case_042():
    class C:
        def __enter__(self):
            return 5

        def __exit__(self, t, v, tb):
            return True

    with C() as v:
        raise ValueError("x")
    return v


def case_043():
    from contextlib import ExitStack, suppress, nullcontext

    with suppress(ValueError):
        raise ValueError
    with nullcontext(4) as q:
        pass
    return q


def case_044():
    def f(a, /, b, *, c=4):
        return a, b, c

    import inspect

    return list(inspect.signature(f).parameters), f(1, b=2)


def case_045():
    x = 3

    def f():
        return x

    x = 4
    return f()


def case_046():
    def f(a, b=[]):
        b.append(a)
        return b

    f(1)
    return f(2)


def case_047():
    import math

    return (
        math.ceil(2.1),
        math.sqrt(16),
        math.log2(8),
        math.prod([2, 3]),
        math.floor(-1.5),
        math.gcd(12, 18),
        math.isclose(0.1 + 0.2, 0.3),
    )


def case_048():
    import copy

    a = {"l": [1]}
    b = copy.deepcopy(a)
    c = copy.copy(a)
    b["l"].append(2)
    c["l"].append(3)
    return a, b


def case_049():
    from types import SimpleNamespace

    n = SimpleNamespace(a=1, b="x")
    n.c = 3
    return n.a, vars(n), getattr(n, "zz", "d"), hasattr(n, "b")


def case_050():
    import argparse

    n = argparse.Namespace(a=1)
    n.b = 2
    return sorted(vars(n).items())


def case_051():
    class A:
        __slots__ = ("x",)

    a = A()
    setattr(a, "x", 4)
    return (
        getattr(a, "x"),
        isinstance(a, A),
        issubclass(bool, int),
        type(3) is int,
        isinstance(True, int),
        callable(len),
    )


def case_052():
    from abc import ABC, abstractmethod

    class A(ABC):
        @abstractmethod
        def f(self): ...

    class B(A):
        def f(self):
            return 3

    return B().f()


def case_053():
    return (
        list(map(lambda a, b: a + b, [1, 2], [3, 4])),
        list(filter(None, [0, 1, 2])),
        list(reversed([1, 2])),
        next(iter([7])),
        next(iter([]), "none"),
        list(zip("ab", [1, 2, 3])),
    )


def case_054():
    import operator

    return (
        operator.itemgetter(1)([4, 5]),
        operator.attrgetter("real")(3),
        operator.mul(3, 4),
        operator.add([1], [2]),
    )


def case_055():
    import re

    return (
        re.sub(r"(\d+)", r"<\1>", "a12b"),
        re.match(r"(\w)(\d)", "a1").groups(),
        bool(re.search("z", "abc")),
        re.findall("[ab]", "cab"),
        re.split(",", "a,b"),
    )


def case_056():
    import os

    return (
        os.path.join("a", "b"),
        os.path.basename("/x/y.py"),
        os.environ.get("NOT_SET_XYZ", "dflt"),
        os.path.splitext("a.txt"),
    )


def case_057():
    def rec(n):
        return 1 if n < 2 else n * rec(n - 1)

    return rec(6)


def case_058():
    from functools import lru_cache, cached_property

    class A:
        calls = 0

        @cached_property
        def v(self):
            A.calls += 1
            return 4

    a = A()
    a.v
    a.v
    return a.v, A.calls


def case_059():
    global G1
    G1 = 5
    return G1


def case_060():
    def f(**kw):
        kw.setdefault("a", 1)
        b = kw.pop("b", 2)
        return kw, b

    return f(b=3, c=4)


def case_061():
    a = b = [1]
    a.append(2)
    return b


def case_062():
    x, (y, z), *w = 1, (2, 3), 4, 5
    return x, y, z, w


def case_063():
    m = [[0] * 2 for _ in range(2)]
    m[0][1] = 5
    n = [[0] * 2] * 2
    n[0][1] = 5
    return m, n


def case_064():
    return [*range(3), *"ab"], (*[1], 2), {*[1, 1]}


def case_065():
    v = 10
    v -= 3
    v *= 2
    v //= 4
    v **= 2
    v %= 5
    v <<= 2
    v |= 1
    v ^= 3
    return v


def case_066():
    return bytes("ab", "utf8"), b"ab".decode(), ord("a"), chr(98), hex(255), bin(5), "0x%x" % 255


def case_067():
    def f():
        try:
            raise KeyError("a")
        except ValueError:
            return 1
        except Exception as e:
            return type(e).__name__
        else:
            return 2

    return f()


def case_068():
    def f():
        for i in range(3):
            try:
                if i == 1:
                    continue
                if i == 2:
                    break
            finally:
                out.append(i)

    out = []
    f()
    return out


def case_069():
    class D:
        def __get__(self, obj, owner):
            return "got" if obj else "cls"

        def __set_name__(self, owner, name):
            self.n = name

    class A:
        d = D()

    return A().d, A.d, A.__dict__["d"].n


def case_070():
    def outer():
        def inner():
            return v

        v = 3
        return inner

    return outer()()


def case_071():
    return (lambda *a, **k: (a, k))(1, x=2)


def case_072():
    x = [1, 2, 3]
    return x[-1], x[::2], x[5:], x[slice(0, 2)], len(x), x * 2, x == [1, 2, 3], [1, 2] < [1, 3]


def case_073():
    return str(None), str(True), str(1.0), str([1, "a"]), repr("a"), bool("False"), int(True), float(2)


def case_074():
    for k, v in {"a": 1, "b": 2}.items():
        pass
    return k, v


def case_075():
    return (
        sum([[1], [2]], []),
        sum(x * x for x in range(4)),
        sorted("bca", reverse=True),
        "".join(sorted("ba")),
    )


def case_076():
    d = {}
    for k, v in [("a", 1), ("b", 2), ("a", 3)]:
        d.setdefault(k, []).append(v)
    return d


def case_077():
    assert True, "no"
    return "ok"


def case_078():
    import random

    random.seed(0)
    return 3


def case_079():
    a = iter([1, 2, 3])
    next(a)
    return list(a)


def case_080():
    return list(range(5, 0, -2)), range(3) == range(0, 3), len(range(0, 10, 3)), 2 in range(3), range(5)[-1]


def case_081():
    from typing import Optional, List, get_type_hints

    def f(x: Optional[int] = None):
        return x or "none"

    return f(), List[int] is not None


def case_082():
    class Cfg(dict):
        def __getattr__(self, k):
            try:
                return self[k]
            except KeyError:
                raise AttributeError(k)

        __setattr__ = dict.__setitem__

    c = Cfg(a=1)
    c.b = 2
    return c.a, c["b"], hasattr(c, "z"), sorted(c)


def case_083():
    class Node:
        count = 0

        def __init__(self):
            type(self).count += 1

    class Sub(Node):
        pass

    Node()
    Sub()
    Sub()
    return Node.count, Sub.count


def case_084():
    vals = []

    def cb(v):
        vals.append(v)
        return v

    r = cb(0) or cb(1) and cb(2)
    return r, vals


def case_085():
    return "yes" if None is None else "no", None or 3, (1 if 0 else 2 if 0 else 3)


def case_086():
    a = 1
    b = 2
    a, b = b, a + b
    return a, b


def case_087():
    x = {"k": [1, {"z": 2}]}
    x["k"][1]["z"] += 5
    return x


def case_088():
    def f(n):
        if n:
            yield n
            yield from f(n - 1)

    return list(f(3))


def case_089():
    import weakref, threading, logging, warnings

    lock = threading.Lock()
    with lock:
        v = 1
    warnings.warn("x") if False else None
    logging.getLogger(__name__).info("x")
    return v


def case_090():
    l = []

    def f():
        l.append(1)
        return len(l)

    return [f(), f()], l


def case_091():
    class A:
        x = [1]
        y = [v for v in range(2)]

        def f(self):
            return __class__.__name__

    return A.x + A.y, A().f()


def case_092():
    def dispatch(v):
        return {"a": lambda: 1, "b": lambda: 2}.get(v, lambda: 3)()

    return dispatch("b"), dispatch("z")


def case_093():
    return (
        max([1, 5, 3]),
        min(4, 2),
        max({"a": 3, "b": 1}, key={"a": 3, "b": 1}.get),
        sorted({"b": 1, "a": 2}.items(), key=lambda t: t[1]),
    )


def case_094():
    s = "abc"
    return (
        s[1],
        s[-2:],
        s.find("c"),
        s.count("a"),
        s.title(),
        s.zfill(5),
        s.encode(),
        "a,b".split(","),
        list(s),
        tuple(s),
        "x" * 3,
    )


def case_095():
    class A:
        def __init_subclass__(cls):
            cls.reg = cls.__name__.lower()

    class B(A):
        pass

    return B.reg


def case_096():
    class A:
        @property
        def x(self):
            return self._x if hasattr(self, "_x") else "none"

        @x.setter
        def x(self, v):
            self._x = v

        @x.deleter
        def x(self):
            del self._x

    a = A()
    r = [a.x]
    a.x = 3
    r.append(a.x)
    del a.x
    r.append(a.x)
    return r


def case_097():
    def f(*, a, b=2, **k):
        return a, b, k

    return f(**{"a": 1, "c": 3})


def case_098():
    def f(a, b, /, c=3, *args, d, e=5, **kw):
        return a, b, c, args, d, e, kw

    return f(1, 2, 4, 5, 6, d=7, z=8)


def case_099():
    def make(n):
        def add(x):
            return x + n

        return add

    return [make(i)(10) for i in range(3)]


def case_100():
    out = []
    for i in range(5):
        for j in range(5):
            if j == 2:
                break
            if (i + j) % 2:
                continue
            out.append((i, j))
    return out


def case_101():
    class Stack:
        def __init__(self):
            self.items = []

        def push(self, x):
            self.items.append(x)
            return self

        def __iter__(self):
            for i in self.items:
                yield i

        def __len__(self):
            return len(self.items)

    s = Stack().push(1).push(2)
    return list(s), len(s), bool(s), [x for x in s if x > 1]


def case_102():
    class It:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return self

        def __next__(self):
            if self.n == 0:
                raise StopIteration
            self.n -= 1
            return self.n

    return list(It(3)), sum(It(4))


def case_103():
    d = {}
    d["a"] = d.get("a", 0) + 1
    d["a"] += 1
    del d["a"]
    return d, len(d), not d


def case_104():
    x = [3, 1, 2]
    x.sort(key=lambda v: -v)
    y = sorted(x)
    return x, y, x.count(3), x[::-1], x[-2:]


def case_105():
    def f(x, acc=None):
        acc = acc or []
        acc.append(x)
        return acc

    return f(1), f(2)


def case_106():
    try:
        try:
            1 / 0
        except ZeroDivisionError:
            raise ValueError("b")
    except ValueError as e:
        r = "v"
    else:
        r = "none"
    finally:
        q = "fin"
    return r, q


def case_107():
    def f():
        try:
            return 1
        finally:
            log.append("x")

    log = []
    return f(), log


def case_108():
    def f():
        for i in range(3):
            try:
                return i
            finally:
                if i == 0:
                    continue

    return f()


def case_109():
    a = [1, 2, 3]
    a[1:2] = ["x", "y"]
    b = a * 2
    c = [*a, *b]
    return a, len(c), c.index("y")


def case_110():
    class A:
        def __setitem__(self, k, v):
            self.__dict__[k] = v

        def __getitem__(self, k):
            return self.__dict__[k]

    a = A()
    a["q"] = 3
    return a.q, a["q"], vars(a), a.__dict__


def case_111():
    class A:
        x = 1

    class B(A):
        pass

    B.x = 2
    A.x = 5
    b = B()
    b.x = 7
    return A.x, B.x, b.x, getattr(B(), "x"), B.__dict__["x"]


def case_112():
    class Mixin:
        def go(self):
            return ["mixin"] + super().go()

    class Base:
        def go(self):
            return ["base"]

    class C(Mixin, Base):
        def go(self):
            return ["c"] + super().go()

    return C().go(), C.__bases__ == (Mixin, Base), isinstance(C(), Base)


def case_113():
    class A:
        def __init__(self, *a, **k):
            self.a, self.k = a, k

    class B(A):
        def __init__(self, x, *a, **k):
            super().__init__(*a, **k)
            self.x = x

    b = B(1, 2, y=3)
    return b.x, b.a, b.k


def case_114():
    class A:
        def f(self):
            return "A"

    class B(A):
        def f(self):
            return "B" + A.f(self) + super(B, self).f()

    return B().f()


def case_115():
    import types

    class A:
        def f(self):
            return 1

    a = A()
    a.f = types.MethodType(lambda self: 2, a)
    return a.f(), A().f()


def case_116():
    class A:
        def f(self):
            return 1

    def g(self):
        return 3

    A.f = g
    return A().f()


def case_117():
    class A:
        pass

    a = A()
    for n in ("p", "q"):
        setattr(a, n, n * 2)
    return a.p, a.q, sorted(a.__dict__)


def case_118():
    name = "layer"
    ns = {f"{name}_{i}": i for i in range(3)}
    return ns, ns[f"{name}_{1}"], list(ns.values())


def case_119():
    import itertools

    return (
        list(itertools.chain.from_iterable([[1], [2, 3]])),
        list(itertools.zip_longest([1], [2, 3], fillvalue=0)),
        [list(g) for k, g in itertools.groupby("aab")],
    )


def case_120():
    from collections import defaultdict

    d = defaultdict(int)
    for c in "abca":
        d[c] += 1
    e = defaultdict(lambda: "dflt", x=1)
    return dict(d), e["zz"], e["x"], len(e)


def case_121():
    from collections import namedtuple

    P = namedtuple("P", ["x", "y"], defaults=[5])
    p = P(1)
    x, y = p
    return x, y, p.x, p._fields, p == (1, 5), p[1]


def case_122():
    from collections import ChainMap, OrderedDict

    o = OrderedDict(a=1, b=2)
    o.move_to_end("a")
    return list(o), o.popitem(last=False)


def case_123():
    from functools import partial

    f = partial(dict, a=1)
    return f(b=2), f.keywords, partial(f, c=3)()


def case_124():
    import functools

    def deco(n):
        def wrap(f):
            @functools.wraps(f)
            def inner(*a):
                return f(*a) * n

            return inner

        return wrap

    @deco(2)
    @deco(3)
    def f(x):
        return x

    return f(1), f.__name__


def case_125():
    class Deco:
        def __init__(self, f):
            self.f = f
            self.n = 0

        def __call__(self, *a):
            self.n += 1
            return self.f(*a) + self.n

    @Deco
    def f(x):
        return x

    return f(10), f(10)


def case_126():
    def f():
        pass

    f.tag = "x"
    return f.tag, f(), hasattr(f, "zz")


def case_127():
    return (
        [x if x % 2 else -x for x in range(4)],
        [(a, b) for a in "xy" for b in range(2)],
        {i: [j for j in range(i)] for i in range(3)},
    )


def case_128():
    x = 10

    def f():
        global _zz
        _zz = 4
        return x

    x = 20
    return f()


def case_129():
    lst = [lambda x, k=k: x**k for k in (1, 2, 3)]
    return [g(2) for g in lst]


def case_130():
    s = "transformer.h.0.attn"
    return s.split(".")[-1], s.rsplit(".", 1), "h.0" in s, s.replace(".", "_").upper(), s[:3] + "…"


def case_131():
    return "{:>8.3f}|{:<5}|{:^7}|{:+d}|{:,}|{:%}".format(3.14159, "ab", "mid", 5, 1234567, 0.25)


def case_132():
    n = 1234.5678
    return f"{n:.1f} {n:10.2f} {n!r} {n:e} {'a' + 'b'} {[1, 2]!s:>10} {{x}}"


def case_133():
    return "a" * 3 + "b", "abc" < "abd", "ab", "it's", "%s %s" % ("x", 1), "%(k)s" % {"k": 2}, r"\n"


def case_134():
    return (
        int("0x1f", 16),
        int("101", 2),
        float("inf") > 1e300,
        round(-2.567, 1),
        10**3,
        7 & 3,
        5 | 8,
        6 ^ 3,
        ~5,
        1 << 4,
        100 >> 2,
    )


def case_135():
    return bool(""), bool("0"), bool([]), bool([0]), bool(0.0), bool(None), bool({}), bool(()), bool({1})


def case_136():
    a = [1, 2]
    b = a
    b += [3]
    c = a + [4]
    return a, b, c, a is b


def case_137():
    t = (1, 2)
    u = t
    u += (3,)
    return t, u


def case_138():
    def f(d):
        d["x"] = 1

    q = {}
    f(q)
    return q


def case_139():
    class C:
        total = 0

        def add(self):
            C.total += 1
            return self

    C().add().add()
    return C.total


def case_140():
    from dataclasses import dataclass, field, asdict, astuple

    @dataclass
    class A:
        x: int = 1
        y: list = field(default_factory=lambda: [1, 2])

    @dataclass
    class B(A):
        z: str = "z"
        w: int = field(init=False, default=9)

    b = B(5)
    return asdict(b), astuple(b), b.w


def case_141():
    class Ctx:
        depth = 0

        def __enter__(self):
            Ctx.depth += 1
            return self

        def __exit__(self, *a):
            Ctx.depth -= 1

    with Ctx() as c, Ctx() as d:
        inside = Ctx.depth
    return inside, Ctx.depth


def case_142():
    match [1, 2, 3]:
        case []:
            r = "empty"
        case [x]:
            r = x
        case [x, *rest]:
            r = (x, rest)
    return r


def case_143():
    def kind(v):
        match v:
            case int() | float():
                return "num"
            case str() as s if s.startswith("a"):
                return "a-str"
            case str():
                return "str"
            case None:
                return "none"
            case (a, b):
                return "pair"
            case {"t": t}:
                return t
            case _:
                return "?"

    return [kind(v) for v in (1, "ab", "b", None, (1, 2), {"t": 5}, [1])]


def case_144():
    class P:
        __match_args__ = ("x", "y")

        def __init__(self, x, y):
            self.x, self.y = x, y

    match P(1, 2):
        case P(0, y):
            return "zero"
        case P(x=1, y=v):
            return v


def case_145():
    if (m := [1, 2, 3]) and (n := len(m)) > 2:
        return n, m


def case_146():
    i = 0
    while True:
        i += 1
        if i == 3:
            continue
        if i > 5:
            break
    return i


def case_147():
    w = [(n := n2) for n2 in range(3)]
    return w, n


def case_148():
    a, b = 1, 2
    a, b = b, a
    (c, d), e = (3, 4), 5
    [f, *_] = "xyz"
    return a, b, c, d, e, f


def case_149():
    assert isinstance(3, (int, str)) and not isinstance("a", (int, float))
    return (
        isinstance(True, int),
        isinstance([], list),
        isinstance({}, dict),
        issubclass(list, object),
        isinstance(len, type),
    )


def case_150():
    import copy

    class A:
        def __init__(self):
            self.l = [1]

    a = A()
    b = copy.deepcopy(a)
    b.l.append(2)
    c = copy.copy(a)
    c.l.append(9)
    return a.l, b.l, c.l


def case_151():
    class Reg:
        items = {}

        @classmethod
        def register(cls, name=None):
            def deco(k):
                cls.items[name or k.__name__] = k
                return k

            return deco

        @classmethod
        def build(cls, cfg):
            cfg = dict(cfg)
            kind = cfg.pop("type")
            return cls.items[kind](**cfg)

    @Reg.register()
    class X:
        def __init__(self, v=1):
            self.v = v

    @Reg.register("why")
    class Y(X):
        pass

    return Reg.build({"type": "X", "v": 4}).v, type(Reg.build(dict(type="why"))).__name__, sorted(Reg.items)


def case_152():
    class Lazy:
        def __init__(self, f):
            self.f, self.name = f, f.__name__

        def __get__(self, o, t=None):
            if o is None:
                return self
            v = o.__dict__[self.name] = self.f(o)
            return v

    class A:
        n = 0

        @Lazy
        def v(self):
            A.n += 1
            return 5

    a = A()
    a.v
    a.v
    return a.v, A.n


def case_153():
    def tree(d):
        return sum(tree(v) if isinstance(v, dict) else v for v in d.values())

    return tree({"a": 1, "b": {"c": 2, "d": {"e": 3}}})


def case_154():
    import math

    cfg = {"dim": 64, "mult": 4}
    hidden = int(2 * cfg["dim"] * cfg["mult"] / 3)
    hidden = 32 * ((hidden + 32 - 1) // 32)
    return hidden, math.ceil(10 / 3), 64 // 8, 2 ** math.floor(math.log2(100))


def case_155():
    depths = [2, 2, 6, 2]
    rate = 0.1
    dpr = [rate * i / (sum(depths) - 1) for i in range(sum(depths))]
    cur, parts = 0, []
    for d in depths:
        parts.append(len(dpr[cur : cur + d]))
        cur += d
    return parts, round(dpr[-1], 3), dpr[0]


def case_156():
    layers = []
    for i in range(6):
        kind = "global" if (i + 1) % 3 == 0 else "local"
        layers.append(kind)
    return layers, layers.count("global"), [i for i, k in enumerate(layers) if k == "global"]


def case_157():
    pattern = "LLG"
    return [pattern[i % len(pattern)] for i in range(5)], list(pattern) * 2, "".join(reversed(pattern))


def case_158():
    def to2(x):
        return x if isinstance(x, (tuple, list)) else (x, x)

    return to2(3), to2((1, 2)), tuple(to2([5, 6]))


def case_159():
    def default(v, d):
        return d() if v is None and callable(d) else d if v is None else v

    return default(None, lambda: 3), default(2, 4), default(None, 5)


def case_160():
    cfg = dict(a=1, b=dict(c=2))

    class Dot:
        def __init__(self, d):
            for k, v in d.items():
                setattr(self, k, Dot(v) if isinstance(v, dict) else v)

        def get(self, k, d=None):
            return getattr(self, k, d)

    c = Dot(cfg)
    return c.b.c, c.get("zz", 7), c.a


def case_161():
    class Cfg:
        a = 1

        def __init__(self, **kw):
            self.__dict__.update(kw)

        def __repr__(self):
            return "Cfg"

        def __contains__(self, k):
            return hasattr(self, k)

    c = Cfg(b=2)
    return c.a, c.b, "b" in c, "z" in c


def case_162():
    import operator as op

    return (
        op.itemgetter("a")({"a": 1}),
        op.methodcaller("upper")("x"),
        op.floordiv(7, 2),
        op.not_(1),
        op.contains([1], 1),
        op.getitem([4], 0),
    )


def case_163():
    from typing import Callable, Union

    def f(x: Union[int, str] = 3, g: Callable = len):
        return g([x])

    return f()


def case_164():
    a = {1: "a", "b": 2, (1, 2): 3, None: 4, True: "one"}
    return a[1], a[(1, 2)], a[None], len(a)


def case_165():
    l = list(range(10))
    return l[2:8:3], l[-3:], l[:-7], l[::-3], l[20:], sum(l[::2])


def case_166():
    z = list(zip(*[(1, "a"), (2, "b")]))
    return z, dict(zip("ab", range(2)))


def case_167():
    x = None
    y = x and x.foo
    z = x if x is not None else {}
    return y, z, (x or 5), x == None


def case_168():
    def outer(flag):
        if flag:

            def g():
                return "a"
        else:

            def g():
                return "b"

        return g

    return outer(True)(), outer(False)()


def case_169():
    def f(n):
        return {"relu": lambda v: max(v, 0), "sq": lambda v: v * v}[n]

    return f("relu")(-3), f("sq")(4)


def case_170():
    class V(int):
        def double(self):
            return self * 2

    class S(str):
        pass

    return V(4).double(), V(3) + 1, S("ab").upper(), S("x") == "x", {"x": 1}[S("x")], isinstance(V(1), int)


def case_171():
    class L(list):
        def first(self):
            return self[0]

    l = L([3, 4])
    l.append(5)
    return l.first(), len(l), l[1:], l + [6], [x for x in l], 4 in l


def case_172():
    class D(dict):
        def __missing__(self, k):
            return k * 2

    d = D(a=1)
    return d["a"], d["q"], d.get("q"), "q" in d


def case_173():
    class A:
        pass

    class B(A):
        pass

    return [
        isinstance(A, type),
        isinstance(int, type),
        isinstance(3, type),
        isinstance(A(), type),
        type(A) is type,
        type(B()) is B,
    ]


def case_174():
    import types

    def f():
        pass

    class A:
        def m(self):
            pass

    return [
        isinstance(f, types.FunctionType),
        isinstance(lambda: 1, types.LambdaType),
        isinstance(A().m, types.MethodType),
        isinstance(len, types.BuiltinFunctionType),
        isinstance(A, types.FunctionType),
    ]


def case_175():
    import inspect

    def f():
        pass

    class A:
        def m(self):
            pass

    return [
        inspect.isclass(A),
        inspect.isclass(f),
        inspect.isfunction(f),
        inspect.ismethod(A().m),
        inspect.isfunction(A.m),
    ]


def case_176():
    from dataclasses import dataclass, field, asdict, replace, is_dataclass, fields

    @dataclass
    class A:
        x: int = 1
        y: list = field(default_factory=list)

    a = A(2)
    b = replace(a, x=5)
    return [asdict(a), b.x, is_dataclass(A), is_dataclass(a), [f.name for f in fields(a)], a == A(2), a != b]


def case_177():
    def deco(backends=()):
        def inner(fun):
            if isinstance(fun, type):
                fun.marks = backends
                return fun

            def wrapper(*a, **k):
                return ("wrapped", fun(*a, **k))

            return wrapper

        return inner

    @deco(backends=("a",))
    class A:
        def __init__(self, x):
            self.x = x

    @deco()
    def g(x):
        return x + 1

    return [A(3).x, A.marks, g(1)]


def case_178():
    return [
        isinstance(1, object),
        isinstance("a", (int, str)),
        isinstance(None, type(None)),
        isinstance(True, int),
        isinstance([], list | tuple),
        isinstance(1.0, int | None),
    ]


def case_179():
    class A:
        x = 1

        def __init_subclass__(cls, tag=None, **kw):
            super().__init_subclass__(**kw)
            cls.tag = tag

    class B(A, tag="b"):
        pass

    class C(A):
        pass

    return [B.tag, C.tag]


def case_180():
    class A:
        def __class_getitem__(cls, item):
            return (cls.__name__, item)

    return A[3]


def case_181():
    return [
        int(x="3") if False else int("7"),
        max([1, 5], default=0),
        max([], default=9),
        min(3, 1, key=lambda v: -v),
        sum([1, 2], start=10),
        dict(zip("ab", (1, 2))),
        list(enumerate("ab", start=1)),
        round(2.567, ndigits=1),
        sorted([2, 1], reverse=True),
        pow(2, 3, mod=5),
    ]


def case_182():
    d = {"a": 1}
    return [
        "a,b".split(sep=","),
        "a b".split(maxsplit=1),
        d.setdefault("b", []),
        d.pop("zz", None),
        "x".join(str(i) for i in range(3)),
        "abc".replace("a", "z", 1),
        "{a}-{b}".format(a=1, b=2),
        "a-b".partition("-"),
    ]


def case_183():
    class A:
        count = 0

        @classmethod
        def make(cls, n):
            cls.count += n
            return cls()

        @staticmethod
        def twice(n):
            return 2 * n

        @property
        def name(self):
            return type(self).__name__

        def __repr__(self):
            return "A()"

    A.make(2)
    A.make(3)
    return [A.count, A.twice(4), A().name, A.__name__, A.make.__name__, A().twice(1)]


def case_184():
    import functools, operator

    f = functools.partial(int, base=2)

    @functools.wraps(f)
    def g(x):
        return x

    return [
        f("101"),
        functools.reduce(operator.mul, [1, 2, 3, 4]),
        operator.itemgetter(1)([3, 4]),
        operator.attrgetter("real")(3),
        f.keywords,
        f.func is int,
    ]


def case_185():
    try:
        isinstance()
    except TypeError:
        return "TypeError"


def case_186():
    class A:
        def __getitem__(self, i):
            if i > 2:
                raise IndexError
            return i * 10

        def __len__(self):
            return 3

    return [list(A()), [v for v in A()], 20 in A(), len(A())]


def case_187():
    x = 5

    def f():
        nonlocal x
        x += 1
        return x

    return [f(), f(), x]


def case_188():
    class A:
        def __init__(self):
            self.d = {}

        def __getattr__(self, n):
            if n.startswith("get_"):
                return n[4:]
            raise AttributeError(n)

        def __setattr__(self, n, v):
            object.__setattr__(self, n, v)

        def __contains__(self, k):
            return k == 1

        def __call__(self, v):
            return v + 1

        def __bool__(self):
            return False

        def __iter__(self):
            return iter([1, 2])

        def __eq__(self, o):
            return True

        def __hash__(self):
            return 3

    a = A()
    return [a.get_x, hasattr(a, "zz"), 1 in a, 2 in a, a(1), bool(a), list(a), a == 5, a != 5, not a]


def case_189():
    match {"kind": "ln", "dim": 8}:
        case {"kind": "ln", "dim": d} if d > 4:
            r = ("big", d)
        case _:
            r = None
    match (1, [2, 3]):
        case (a, [b, *rest]):
            s = (a, b, rest)
    match "x":
        case "a" | "x" as t:
            u = t
    return [r, s, u]


def case_190():
    class A:
        pass

    class B:
        pass

    return [
        isinstance(A(), A | B),
        isinstance(B(), A | int),
        isinstance(None, A | None),
        isinstance(3, A | None),
        isinstance(3, A | B | int),
    ]
