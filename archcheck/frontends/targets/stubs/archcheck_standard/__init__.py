"""What of the standard library is written in Python: it is read, as the code that uses it is."""


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
