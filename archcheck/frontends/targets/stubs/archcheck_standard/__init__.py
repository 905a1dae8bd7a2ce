"""What of the standard library is written in Python: it is read, as the code that uses it is."""

from archcheck_standard._argparse import ArgumentParser


class Mapping:
    def get(self, key, default=None):
        try:
            return self[key]
        except KeyError:
            return default

    def keys(self):
        return list(self)

    def values(self):
        return [self[key] for key in self]

    def items(self):
        return [(key, self[key]) for key in self]

    def __contains__(self, key):
        try:
            self[key]
        except KeyError:
            return False
        return True


class MutableMapping(Mapping):
    def update(self, other=(), **more):
        pairs = other.items() if hasattr(other, "items") else other
        for key, value in pairs:
            self[key] = value
        for key, value in more.items():
            self[key] = value

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key, default=None):
        value = self.get(key, default)
        del self[key]
        return value


class SimpleNamespace:
    def __init__(self, **values):
        for name, value in values.items():
            setattr(self, name, value)


class RemovableHandle:
    def __init__(self, remove):
        self.remove = remove

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.remove()


environ = {}  # no variable of the environment is set


class ContextVar:
    def __init__(self, name, **given):
        self.name = name
        self.given = given
        self.values = []

    def get(self, *default):
        if self.values:
            return self.values[-1]
        if default:
            return default[0]
        if "default" in self.given:
            return self.given["default"]
        raise LookupError(self.name)

    def set(self, value):
        before = self.values
        self.values = [*before, value]
        return before

    def reset(self, token):
        self.values = token


class Lock:
    def __enter__(self):
        return True

    def __exit__(self, *error):
        return None

    def acquire(self, *given, **named):
        return True

    def release(self):
        return None


class suppress:
    def __init__(self, *kinds):
        self.kinds = kinds

    def __enter__(self):
        return None

    def __exit__(self, kind, error, trace):
        return isinstance(error, self.kinds)


def accumulate(values, function=None, *, initial=None):
    found = [] if initial is None else [initial]
    for value in values:
        if not found:
            found.append(value)
        else:
            found.append(found[-1] + value if function is None else function(found[-1], value))
    return found


def groupby(values, key=None):
    found = []
    for value in values:
        kind = value if key is None else key(value)
        if found and found[-1][0] == kind:
            found[-1][1].append(value)
        else:
            found.append((kind, [value]))
    return found


def methodcaller(name, *given, **named):
    return lambda value: getattr(value, name)(*given, **named)


def not_(value):
    return not value


def contains(values, value):
    return value in values


def getitem(values, key):
    return values[key]


def _plain(value, whole):
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, list):
        return [_plain(one, whole) for one in value]
    if isinstance(value, tuple):
        return tuple(_plain(one, whole) for one in value)
    if isinstance(value, dict):
        return {key: _plain(one, whole) for key, one in value.items()}
    return whole(value) if hasattr(type(value), "__dataclass_fields__") else value


def asdict(value):
    return {name: _plain(getattr(value, name), asdict) for name in type(value).__dataclass_fields__}


def astuple(value):
    return tuple(_plain(getattr(value, name), astuple) for name in type(value).__dataclass_fields__)


def starmap(function, rows):
    return (function(*row) for row in rows)


def takewhile(test, values):
    for value in values:
        if not test(value):
            return
        yield value


def dropwhile(test, values):
    begun = False
    for value in values:
        begun = begun or not test(value)
        if begun:
            yield value


def compress(values, chosen):
    return (value for value, one in zip(values, chosen, strict=False) if one)


def filterfalse(test, values):
    return (value for value in values if not (test(value) if test is not None else value))


def tee(values, n=2):
    members = list(values)
    return tuple(iter(members) for _ in range(n))


def count(start=0, step=1):
    value = start
    while True:
        yield value
        value = value + step


class partialmethod:
    def __init__(self, function, *given, **named):
        self.function = function
        self.given = given
        self.named = named

    def __get__(self, holder, owner=None):
        function, given, named = self.function, self.given, self.named
        return lambda *more, **other: function(holder, *given, *more, **{**named, **other})


class cmp_to_key:
    def __init__(self, compare):
        self.compare = compare

    def __call__(self, value):
        return _Compared(self.compare, value)


class _Compared:
    def __init__(self, compare, value):
        self.compare = compare
        self.value = value

    def __lt__(self, other):
        return self.compare(self.value, other.value) < 0


class Counter(dict):
    def __init__(self, values=(), **more):
        super().__init__()
        self.update(values, **more)

    def __missing__(self, key):
        return 0

    def update(self, values=(), **more):
        if isinstance(values, dict):
            for key, number in values.items():
                self[key] = self[key] + number
        else:
            for key in values:
                self[key] = self[key] + 1
        for key, number in more.items():
            self[key] = self[key] + number

    def most_common(self, n=None):
        found = sorted(self.items(), key=lambda pair: -pair[1])
        return found if n is None else found[:n]

    def elements(self):
        return [key for key, number in self.items() for _ in range(number)]

    def total(self):
        return sum(self.values())

    def __add__(self, other):
        found = Counter(self)
        found.update(other)
        return found


class ChainMap(MutableMapping):
    def __init__(self, *maps):
        self.maps = list(maps) or [{}]

    def __getitem__(self, key):
        for one in self.maps:
            if key in one:
                return one[key]
        raise KeyError(key)

    def __setitem__(self, key, value):
        self.maps[0][key] = value

    def __delitem__(self, key):
        del self.maps[0][key]

    def __contains__(self, key):
        return any(key in one for one in self.maps)

    def __iter__(self):
        found = {}
        for one in reversed(self.maps):
            found.update(dict.fromkeys(one))
        return iter(found)

    def __len__(self):
        return len(list(iter(self)))

    def new_child(self, first=None):
        return ChainMap({} if first is None else first, *self.maps)


class deque:
    def __init__(self, values=(), maxlen=None):
        self.held = []
        self.maxlen = maxlen
        self.extend(values)

    def append(self, value):
        self.held.append(value)
        if self.maxlen is not None and len(self.held) > self.maxlen:
            del self.held[0]

    def appendleft(self, value):
        self.held.insert(0, value)
        if self.maxlen is not None and len(self.held) > self.maxlen:
            del self.held[-1]

    def extend(self, values):
        for value in values:
            self.append(value)

    def extendleft(self, values):
        for value in values:
            self.appendleft(value)

    def pop(self):
        return self.held.pop()

    def popleft(self):
        return self.held.pop(0)

    def rotate(self, n=1):
        if self.held:
            n = n % len(self.held)
            self.held = self.held[len(self.held) - n :] + self.held[: len(self.held) - n]

    def clear(self):
        self.held = []

    def copy(self):
        return deque(self.held, self.maxlen)

    def count(self, value):
        return self.held.count(value)

    def index(self, value):
        return self.held.index(value)

    def insert(self, place, value):
        self.held.insert(place, value)

    def remove(self, value):
        self.held.remove(value)

    def reverse(self):
        self.held.reverse()

    def __len__(self):
        return len(self.held)

    def __iter__(self):
        return iter(self.held)

    def __reversed__(self):
        return iter(self.held[::-1])

    def __getitem__(self, place):
        return self.held[place]

    def __setitem__(self, place, value):
        self.held[place] = value

    def __delitem__(self, place):
        del self.held[place]

    def __contains__(self, value):
        return value in self.held

    __hash__ = None

    def __eq__(self, other):
        return isinstance(other, deque) and self.held == other.held

    def __add__(self, other):
        return deque([*self.held, *other], self.maxlen)
