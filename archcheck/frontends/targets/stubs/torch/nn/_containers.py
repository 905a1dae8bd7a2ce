from torch.nn._module import Module


class Sequential(Module):
    def __init__(self, *args):
        self._items = {}
        if len(args) == 1 and isinstance(args[0], dict):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            for index, module in enumerate(args):
                self.add_module(str(index), module)

    def add_module(self, name, module):
        self._items[name] = module
        setattr(self, name, module)

    register_module = add_module

    def append(self, module):
        self.add_module(str(len(self._modules)), module)
        return self

    def extend(self, sequential):
        for module in sequential:
            self.append(module)
        return self

    def insert(self, index, module):
        modules = list(self._modules.values())
        modules.insert(index, module)
        for position, one in enumerate(modules):
            self.add_module(str(position), one)
        return self

    def pop(self, key):
        module = self[key]
        del self._modules[list(self._modules.keys())[key]]
        return module

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return list(self._modules.values())

    def __getitem__(self, index):
        if isinstance(index, str):
            return self._modules[index]
        modules = list(self._modules.values())
        if isinstance(index, slice):
            return Sequential(*modules[index])
        return modules[index]

    def __setitem__(self, index, module):
        names = list(self._modules.keys())
        self.add_module(names[index], module)

    def __delitem__(self, index):
        modules = list(self._modules.values())
        del modules[index]
        for name in list(self._modules.keys()):
            delattr(self, name)
        for position, one in enumerate(modules):
            self.add_module(str(position), one)

    def __add__(self, other):
        return Sequential(*self, *other)

    def forward(self, input):
        for module in self._modules.values():
            input = module(input)
        return input


class ModuleList(Module):
    # Of a long list of a configured length only a few members are there (`samples.py`); `_length` is the real one.
    _length = None

    def __init__(self, modules=None):
        self._items = []
        if modules is not None:
            self.extend(modules)

    def append(self, module):
        __archcheck_changes__(self._items, self._length)
        setattr(self, str(len(self._items)), module)
        self._items.append(module)
        return self

    def extend(self, modules):
        few = None if self._items else __archcheck_numbered__(modules)
        length = __archcheck_length__(modules)
        if few is None:
            for module in modules:
                self.append(module)
        else:
            for number, module in few:
                setattr(self, str(number), module)
                self._items.append(module)
        self._length = length
        return self

    def insert(self, index, module):
        __archcheck_changes__(self._items, self._length)
        self._items.insert(index, module)
        for position, one in enumerate(self._items):
            setattr(self, str(position), one)

    def pop(self, key=-1):
        module = self[key]
        del self[key]
        return module

    def __delitem__(self, index):
        __archcheck_changes__(self._items, self._length)
        before = len(self._items)
        del self._items[index]
        for position in range(len(self._items), before):
            delattr(self, str(position))
        for position, one in enumerate(self._items):
            setattr(self, str(position), one)

    def __len__(self):
        return len(__archcheck_members__(self._items, self._length))

    def __iter__(self):
        return __archcheck_members__(self._items, self._length)

    def __getitem__(self, index):
        found = __archcheck_members__(self._items, self._length)[index]
        return ModuleList(found) if isinstance(index, slice) else found

    def __setitem__(self, index, module):
        members = __archcheck_members__(self._items, self._length)
        setattr(self, str(range(self._length or len(self._items))[index]), module)
        members[index] = module

    def __iadd__(self, modules):
        return self.extend(modules)

    def __add__(self, other):
        return ModuleList([*self, *other])


class ParameterList(ModuleList):
    pass


class ModuleDict(Module):
    def __init__(self, modules=None):
        self._items = {}
        if modules is not None:
            self.update(modules)

    def add_module(self, name, module):
        self[name] = module

    def update(self, modules):
        pairs = modules.items() if hasattr(modules, "items") else modules
        for name, module in pairs:
            self[name] = module

    def __setitem__(self, name, module):
        self._items[name] = module
        setattr(self, name, module)

    def __getitem__(self, name):
        return self._items[name]

    def __contains__(self, name):
        return name in self._items

    def __len__(self):
        return len(self._items)

    def __iter__(self):
        return list(self._items.keys())

    def keys(self):
        return self._items.keys()

    def values(self):
        return self._items.values()

    def items(self):
        return self._items.items()

    def get(self, name, default=None):
        return self._items.get(name, default)

    def pop(self, name):
        module = self[name]
        del self[name]
        return module

    def __delitem__(self, name):
        del self._items[name]
        delattr(self, name)


class ParameterDict(ModuleDict):
    pass
