"""Base classes of the standard library that models derive from."""


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
