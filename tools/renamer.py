"""The libcst transform that gives a library's own names (tools/renaming.py) others, in one file.

An attribute whose name a tensor has as well (`norm`) is renamed in the files that use it on `self` alone; elsewhere no
reader of the text could tell the two apart. What becomes of texts is said in tools/renaming_texts.py.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from pathlib import Path

import libcst as cst
from renaming import Names, special


class Renamer(cst.CSTTransformer):
    """Gives the library's own names their new ones, in one file."""

    def __init__(self, names: Names, path: Path) -> None:
        self.names = names
        self.file = names.files[path]
        self.scopes: list[tuple[str, set[str], set[str]]] = []  # what it is, its variables, its parameters
        self.attribute_names: set[int] = set()  # Name nodes that another visit decides
        self.sentences: set[int] = set()

    # --- scopes

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        """The function's own name is no variable of its own."""
        self.attribute_names.add(id(node.name))

    def visit_FunctionDef_body(self, node: cst.FunctionDef) -> None:
        """A function: its parameters and variables are known in its body alone, not in decorators and defaults."""
        bound = _Bound()
        node.body.visit(bound)
        parameters = {p.name.value for p in _parameters(node.params)}
        self.scopes.append(("function", bound.names - parameters - bound.outer - bound.imported, parameters))

    def leave_FunctionDef_body(self, node: cst.FunctionDef) -> None:
        """Out of it."""
        self.scopes.pop()

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        """The function's own name belongs to the scope around it."""
        return updated_node.with_changes(name=cst.Name(self._defined(original_node.name.value)))

    def visit_Lambda_body(self, node: cst.Lambda) -> None:
        """A lambda: its parameters."""
        self.scopes.append(("function", set(), {p.name.value for p in _parameters(node.params)}))

    def leave_Lambda_body(self, node: cst.Lambda) -> None:
        """Out of it."""
        self.scopes.pop()

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        """The class's own name is no variable of its own."""
        self.attribute_names.add(id(node.name))

    def visit_ClassDef_body(self, node: cst.ClassDef) -> None:
        """A class: what its body binds are attributes."""
        bound = _Bound()
        node.body.visit(bound)
        self.scopes.append(("class", bound.names, set()))

    def leave_ClassDef_body(self, node: cst.ClassDef) -> None:
        """Out of it."""
        self.scopes.pop()

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        """The class's own name belongs to the scope around it."""
        return updated_node.with_changes(name=cst.Name(self._defined(original_node.name.value)))

    def _defined(self, name: str) -> str:
        kind = self.scopes[-1][0] if self.scopes else "module"
        if kind == "function":
            return self._variable(name)
        return self._attribute(name, on_self=True) if kind == "class" else self._top(name)

    def _top(self, name: str) -> str:
        bound = name in self.file.defined or name in self.file.library
        free = self.file.stars and name not in vars(builtins)
        own = (bound or free) and name not in self.file.foreign
        return self.names.word(name) if own and self.names.has_top(name) else name

    def _attribute(self, name: str, *, on_self: bool) -> str:
        if self.names.has_attribute(name):
            return self.names.word(name)
        own = name in self.names.attributes and not special(name) and name not in self.names.texts.loose
        if own and name in self.names.kept.tensor and on_self and self.file.used.get(name) == {True}:
            return self.names.word(name)
        return name

    def _parameter(self, name: str) -> str:
        return self.names.word(name) if self.names.has_parameter(name) else name

    def _variable(self, name: str) -> str:
        for depth, (kind, variables, parameters) in enumerate(reversed(self.scopes)):
            if kind == "class":
                if depth == 0 and name in variables:
                    return self._attribute(name, on_self=True)
                continue
            if name in parameters:
                return self._parameter(name)
            if name in variables:
                return name if special(name) else self.names.word(name)
        return self._top(name)

    # --- names

    def visit_Attribute(self, node: cst.Attribute) -> None:
        """The attribute's name is no variable."""
        self.attribute_names.add(id(node.attr))

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        """`base.name`: of another package, of a module of the library, or of an object."""
        root = original_node.value
        while isinstance(root, cst.Attribute | cst.Call | cst.Subscript):
            root = root.func if isinstance(root, cst.Call) else root.value
        name = original_node.attr.value
        if isinstance(root, cst.Name) and self._is_foreign(root.value):
            return updated_node
        on_self = isinstance(original_node.value, cst.Name) and original_node.value.value == "self"
        if isinstance(root, cst.Name) and self._is_module(root.value) and _is_path(original_node.value):
            new = self.names.word(name) if self.names.has_top(name) else name
        else:
            new = self._attribute(name, on_self=on_self)
        return updated_node.with_changes(attr=cst.Name(new))

    def _is_foreign(self, name: str) -> bool:
        return name in self.file.foreign and not self._is_local(name)

    def _is_module(self, name: str) -> bool:
        return name in self.file.modules and not self._is_local(name)

    def _is_local(self, name: str) -> bool:
        return any(name in v or name in p for kind, v, p in self.scopes if kind == "function")

    def visit_Arg(self, node: cst.Arg) -> None:
        """A keyword is no variable."""
        if node.keyword is not None:
            self.attribute_names.add(id(node.keyword))

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        """Keywords of the library's own functions, and strings that name attributes."""
        root: cst.BaseExpression = original_node.func
        while isinstance(root, cst.Attribute):
            root = root.value
        builtin = isinstance(root, cst.Name) and root.value in vars(builtins) and root is original_node.func
        args = list(updated_node.args)
        if not builtin and not (isinstance(root, cst.Name) and self._is_foreign(root.value)):
            args = [
                a if a.keyword is None else a.with_changes(keyword=cst.Name(self._parameter(a.keyword.value)))
                for a in args
            ]
        return updated_node.with_changes(args=args)

    def visit_Param(self, node: cst.Param) -> None:
        """A parameter's name."""
        self.attribute_names.add(id(node.name))

    def leave_Param(self, original_node: cst.Param, updated_node: cst.Param) -> cst.Param:
        """The name that calls give as a keyword."""
        return updated_node.with_changes(name=cst.Name(self._parameter(original_node.name.value)))

    def visit_Import(self, node: cst.Import) -> bool:
        """Modules keep their names."""
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        """Decided as a whole."""
        return False

    def leave_ImportFrom(self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom) -> cst.ImportFrom:
        """What is imported from the library has its new name."""
        root: cst.BaseExpression | None = original_node.module
        while isinstance(root, cst.Attribute):
            root = root.value
        own = bool(original_node.relative) or (
            isinstance(root, cst.Name) and root.value in self.names.packages
        )
        if not own or isinstance(original_node.names, cst.ImportStar):
            return updated_node
        return updated_node.with_changes(names=[self._alias(alias) for alias in original_node.names])

    def _alias(self, alias: cst.ImportAlias) -> cst.ImportAlias:
        name = alias.name.value
        changes: dict[str, cst.CSTNode] = {}
        if isinstance(name, str) and self.names.has_top(name):
            changes["name"] = cst.Name(self.names.word(name))
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            new = self._variable(alias.asname.name.value)
            changes["asname"] = alias.asname.with_changes(name=cst.Name(new))
        return alias.with_changes(**changes)

    def visit_ConcatenatedString(self, node: cst.ConcatenatedString) -> None:
        """A sentence: its parts are no names, but the values in it are."""
        self.sentences |= {id(node.left), id(node.right)}

    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        """A text that is one of the library's names."""
        text = original_node.evaluated_value
        own = id(original_node) not in self.sentences and self.names.has_text(text)
        return cst.SimpleString(repr(self.names.word(str(text)))) if own else updated_node

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        """A variable."""
        if id(original_node) in self.attribute_names:
            return updated_node
        return updated_node.with_changes(value=self._variable(original_node.value))


def _is_path(node: cst.BaseExpression) -> bool:
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name)


class _Bound(cst.CSTVisitor):
    """The variables that a function's or a class's own body binds."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.outer: set[str] = set()
        self.imported: set[str] = set()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self.names.add(node.name.value)
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        self.names.add(node.name.value)
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        return False

    def visit_Global(self, node: cst.Global) -> None:
        self.outer |= {n.name.value for n in node.names}

    def visit_Nonlocal(self, node: cst.Nonlocal) -> None:
        self.outer |= {n.name.value for n in node.names}

    def _targets(self, target: cst.CSTNode) -> None:
        if isinstance(target, cst.Name):
            self.names.add(target.value)
        elif isinstance(target, cst.Tuple | cst.List):
            for element in target.elements:
                self._targets(element.value)
        elif isinstance(target, cst.StarredElement):
            self._targets(target.value)

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self._targets(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self._targets(node.target)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self._targets(node.target)

    def visit_For(self, node: cst.For) -> None:
        self._targets(node.target)

    def visit_CompFor(self, node: cst.CompFor) -> None:
        self._targets(node.target)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self._targets(node.target)

    def visit_AsName(self, node: cst.AsName) -> None:
        self._targets(node.name)

    def visit_Import(self, node: cst.Import) -> bool:
        self._imported(node.names)
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        self._imported(() if isinstance(node.names, cst.ImportStar) else node.names)
        return False

    def _imported(self, aliases: Sequence[cst.ImportAlias]) -> None:
        for alias in aliases:
            self.imported.add(alias.evaluated_alias or alias.evaluated_name.split(".")[0])


def _parameters(params: cst.Parameters) -> list[cst.Param]:
    found = [*params.params, *params.kwonly_params, *params.posonly_params]
    found += [p for p in (params.star_arg, params.star_kwarg) if isinstance(p, cst.Param)]
    return found


def renamed(names: Names, path: Path) -> str:
    """The file's text with the library's own names replaced."""
    return cst.parse_module(path.read_bytes()).visit(Renamer(names, path)).code
