"""Which global names a statement of a module may change although it does not bind them.

A name is evaluated when it is first asked for, by the statements that bind it. A statement that calls something, or
assigns to an attribute or an item, may change more: what it mentions, what the functions of the module that it calls
mention, and every name that may stand for the same object. It runs before all of those are read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from archcheck.syntax import children, walk

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
CHANGING = frozenset(
    {"update", "setdefault", "pop", "clear", "setattr", "delattr", "__setitem__", "__delitem__"}
)
SETTERS = frozenset({"setattr", "delattr", "__setattr__"})


class Effects:
    """The statements of a module body that change names, beside those that bind them."""

    def __init__(self, body: Iterable[ast.stmt], bound: dict[str, list[ast.stmt]]) -> None:
        self._bound = bound
        self._imported = {
            name
            for name, statements in bound.items()
            if all(isinstance(s, (ast.Import, ast.ImportFrom)) for s in statements)
        }
        self._from = {
            name for name in self._imported if all(isinstance(s, ast.ImportFrom) for s in bound[name])
        }
        self._alike: dict[str, set[str]] = {}
        self._mentions: dict[
            str, tuple[set[str], set[str]]
        ] = {}  # of functions and classes: see `_mentioned`
        self.hidden: ast.stmt | None = None  # the first statement whose effects cannot be told
        found: list[tuple[ast.stmt, set[str]]] = []
        for statement in body:
            names = self._of(statement)
            if names:
                found.append((statement, names))
        for statement, names in found:
            for name in self._closed(names):
                held = bound.get(name)
                if held is not None and all(s is not statement for s in held):
                    held.append(statement)
        for held in bound.values():
            if len(held) > 1:
                held.sort(key=place)

    def _of(self, statement: ast.stmt) -> set[str]:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            return set()
        found: set[str] = set()
        for node in at_import(statement):
            if self.hidden is None and _unseen(node):
                self.hidden = statement
            if isinstance(node, ast.Call):
                found |= self._of_call(node)
            elif isinstance(node, ast.Expr):
                found |= self._told(node.value)
            elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
                found |= _roots(node)
            elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.For, ast.comprehension)):
                self._note_alike(node)
            elif isinstance(node, ast.ClassDef):
                found |= self._of_class(node)
                for base in node.bases:  # what changes a base changes the class
                    for part in walk(base):
                        if isinstance(part, ast.Name) and part.id in self._bound:
                            self._alike.setdefault(part.id, set()).add(node.name)
        for decorator in getattr(statement, "decorator_list", ()):
            if isinstance(decorator, ast.Name):
                found |= self._of_function(decorator.id)
        return found

    def _note_alike(
        self, node: ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.For | ast.comprehension
    ) -> None:
        """Names on the two sides of an assignment may stand for the same object."""
        source = node.iter if isinstance(node, (ast.For, ast.comprehension)) else node.value
        if source is None or isinstance(source, ast.Constant):
            return
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = {n.id for t in targets for n in walk(t) if isinstance(n, ast.Name)}
        names |= {n.id for n in walk(source) if isinstance(n, ast.Name) and n.id in self._bound}
        names -= self._imported
        for name in names:
            self._alike.setdefault(name, set()).update(names)

    def _of_call(self, node: ast.Call) -> set[str]:
        function = node.func
        given = [*node.args, *(k.value for k in node.keywords)]
        found = {n.id for arg in given for n in walk(arg) if isinstance(n, ast.Name)} - self._imported
        if isinstance(function, ast.Name):
            found |= self._of_function(function.id)
            if function.id in SETTERS and given:
                found |= _roots(given[0])
        else:
            found |= _roots(function) - self._imported
        return found

    def _of_class(self, node: ast.ClassDef) -> set[str]:
        """What making a class may change where a base has `__init_subclass__`, or a metaclass makes it: registries."""
        found: set[str] = set()
        seen: set[ast.ClassDef] = set()
        todo = [(node, node.name)]
        while todo:
            one, name = todo.pop()
            if one in seen:
                continue
            seen.add(one)
            for keyword in one.keywords:
                if keyword.arg == "metaclass" and isinstance(keyword.value, ast.Name):
                    found |= {name, keyword.value.id, *self._of_function(keyword.value.id)}
            for part in one.body if one is not node else ():
                if isinstance(part, FUNCTIONS) and part.name == "__init_subclass__":
                    names = {n.id for n in walk(part) if isinstance(n, ast.Name) and n.id in self._bound}
                    found |= {name, *names}.union(*(self._of_function(n) for n in names))
            bases = [b.id for b in one.bases if isinstance(b, ast.Name)]
            todo += [(s, b) for b in bases for s in self._bound.get(b, ()) if isinstance(s, ast.ClassDef)]
        return found - self._imported

    def _told(self, node: ast.expr) -> set[str]:
        """The imported object that a call for its effect alone is made on: `MODELS.register("LN", nn.LayerNorm)`."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            return _roots(node.func) & self._from
        return set()

    def _of_function(self, name: str) -> set[str]:
        """What calling a name of the module may change: what it mentions, and what those functions mention."""
        found: set[str] = set()
        seen: set[str] = set()
        todo = [name]
        while todo:
            one = todo.pop()
            if one not in seen and one not in self._imported and one in self._bound:
                seen.add(one)
                changed, called = self._mentioned(one)
                found |= changed
                todo += called
        return found

    def _mentioned(self, name: str) -> tuple[set[str], set[str]]:
        """The names that the definitions of a name mention or change, and those that they may call."""
        known = self._mentions.get(name)
        if known is not None:
            return known
        changed: set[str] = set()
        called: set[str] = set()
        for statement in self._bound[name]:
            if not isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
                changed.add(name)
                continue
            for node in walk(statement):
                if isinstance(node, ast.Name):
                    if node.id in self._bound and node.id != name and node.id not in self._imported:
                        called.add(node.id)
                elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
                    changed |= _roots(node)
        self._mentions[name] = changed | called, called
        return self._mentions[name]

    def _closed(self, names: set[str]) -> set[str]:
        """With all names that may stand for the same objects."""
        found: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo.extend(self._alike.get(name, ()))
        return found


def _unseen(node: ast.AST) -> bool:
    """Whether a part of a statement may change names that it does not mention."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in ("exec", "eval") and isinstance(node.func, ast.Name):
            return True
        if name.startswith("register_module_") and name.endswith("_hook"):
            return True
        whole = (
            node.func.value if isinstance(node.func, ast.Attribute) else node.args[0] if node.args else None
        )
        return name in CHANGING and _namespace(whole)
    if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
        return _namespace(node.value)
    return isinstance(node, (ast.For, ast.comprehension)) and any(_namespace(n) for n in walk(node.iter))


def _namespace(node: ast.AST | None) -> bool:
    """Whether an expression is the dictionary of names, or the module itself: `globals()`, `sys.modules[…]`."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ("globals", "locals", "vars")
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "modules"
    )


def place(statement: ast.stmt) -> tuple[int, int]:
    """Where a statement stands."""
    return statement.lineno, statement.col_offset


def at_import(statement: ast.AST) -> Iterator[ast.AST]:
    """The parts of a statement that run when its module is imported: not the bodies of functions."""
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, FUNCTIONS):
            todo.extend(node.decorator_list)
            todo.extend(node.args.defaults)
            todo.extend(d for d in node.args.kw_defaults if d is not None)
        elif not isinstance(node, (ast.Constant, ast.Name, ast.Lambda)):
            todo.extend(children(node))


def writes_outside(function: ast.AST) -> bool:
    """Whether a function assigns to more than its own variables."""
    return any(
        isinstance(node, (ast.Global, ast.Nonlocal))
        or (isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SETTERS)
        for node in walk(function)
    )


def _roots(node: ast.expr) -> set[str]:
    """The names at the root of an attribute or item: `a` of `a.b[0].c`, and of `f(a).b`."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.value
    return {n.id for n in walk(node) if isinstance(n, ast.Name)}
