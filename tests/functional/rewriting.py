"""What the transforms of source ask of a file: its classes, their modules, names and expressions."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import libcst as cst
import libcst.matchers as m

# Attributes of torch.nn.Module itself.
MODULE_ATTRIBUTES = (
    "training",
    "weight",
    "bias",
    "forward",
    "register_buffer",
    "register_parameter",
    "apply",
)

# Classes of torch.nn whose forward takes one tensor and returns one.
SINGLE = frozenset(
    {
        "LayerNorm", "RMSNorm", "BatchNorm1d", "BatchNorm2d", "GroupNorm", "Linear", "Conv1d", "Conv2d", "Dropout",
        "GELU", "ReLU", "SiLU", "Tanh", "Sigmoid", "Identity",
    }
)  # fmt: skip


def code(node: cst.CSTNode) -> str:
    """The source of a node."""
    return cst.Module([]).code_for_node(node)


def own_attribute(node: cst.CSTNode) -> bool:
    """Whether this is `self.NAME`."""
    return isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == "self"


def methods(cls: cst.ClassDef) -> list[cst.FunctionDef]:
    return [item for item in cls.body.body if isinstance(item, cst.FunctionDef)]


def method_of(cls: cst.ClassDef, name: str) -> cst.FunctionDef | None:
    return next((item for item in methods(cls) if item.name.value == name), None)


def returned(method: cst.FunctionDef) -> cst.BaseExpression | None:
    """The expression of a method that is one return statement (besides its docstring)."""
    if not isinstance(method.body, cst.IndentedBlock):
        return None
    statements = list(method.body.body)
    if statements and m.matches(statements[0], m.SimpleStatementLine(body=[m.Expr(m.SimpleString())])):
        statements = statements[1:]
    if len(statements) != 1 or not m.matches(statements[0], m.SimpleStatementLine(body=[m.Return()])):
        return None
    value = statements[0].body[0].value
    return None if value is None or m.findall(value, m.Lambda() | m.ListComp() | m.GeneratorExp()) else value


def parameters(method: cst.FunctionDef) -> list[str] | None:
    """The names of the parameters behind self, None where they are not plain."""
    spec = method.params
    if spec.kwonly_params or spec.star_kwarg or isinstance(spec.star_arg, cst.Param) or spec.posonly_params:
        return None
    names = [param.name.value for param in spec.params]
    return names[1:] if names[:1] == ["self"] else None


class _Substitute(cst.CSTTransformer):
    def __init__(self, given: dict[str, cst.BaseExpression]) -> None:
        super().__init__()
        self.given = given

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        new = self.given.get(original_node.value)
        if new is None:
            return updated_node
        return (
            new
            if isinstance(new, cst.Name)
            else new.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        )

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        return updated_node.with_changes(keyword=original_node.keyword)


def substituted(expression: cst.BaseExpression, given: dict[str, cst.BaseExpression]) -> cst.BaseExpression:
    """The expression with other expressions for some of its names."""
    return cst.ensure_type(expression.visit(_Substitute(given)), cst.BaseExpression)


def free_names(expression: cst.BaseExpression, function: cst.FunctionDef) -> list[str]:
    """The parameters and local names of a function that an expression reads, self apart."""
    local = {
        param.name.value for param in m.findall(function.params, m.Param()) if param.name.value != "self"
    }
    for target in m.findall(
        function.body, m.AssignTarget() | m.AugAssign() | m.AnnAssign() | m.For() | m.NamedExpr()
    ):
        local |= {name.value for name in m.findall(target.target, m.Name())}
    inside = {id(name) for a in m.findall(expression, m.Attribute()) for name in [a.attr]}
    inside |= {id(a.keyword) for a in m.findall(expression, m.Arg()) if a.keyword is not None}
    names = [n.value for n in m.findall(expression, m.Name()) if id(n) not in inside]
    return [name for name in dict.fromkeys(names) if name in local]


def _built(cls: cst.ClassDef) -> dict[str, tuple[str, cst.BaseExpression]]:
    found: dict[str, tuple[str, cst.BaseExpression]] = {}
    init = method_of(cls, "__init__")
    if init is None or not isinstance(init.body, cst.IndentedBlock):
        return found
    lines = (line for line in init.body.body if isinstance(line, cst.SimpleStatementLine))
    for assign in (small for line in lines for small in line.body if isinstance(small, cst.Assign)):
        for target, value in _pairs(assign):
            if own_attribute(target) and m.matches(value, m.Call(func=m.Attribute(value=m.Name("nn")))):
                name = target.attr.value
                found[name] = ("" if name in found else value.func.attr.value, value)
    return found


def _pairs(assign: cst.Assign) -> list[tuple[cst.BaseExpression, cst.BaseExpression]]:
    target, value = assign.targets[0].target, assign.value
    if (
        isinstance(target, cst.Tuple)
        and isinstance(value, cst.Tuple)
        and len(target.elements) == len(value.elements)
    ):
        return [(t.value, v.value) for t, v in zip(target.elements, value.elements, strict=True)]
    return [(target, value)] if len(assign.targets) == 1 else []


class Classes(cst.CSTVisitor):
    """The classes of a file: which modules they build, and how often `self.NAME` is read and called."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tree = cst.parse_module(source)
        self.found = {c.name.value: c for c in self.tree.body if isinstance(c, cst.ClassDef)}
        self.builds = {name: _built(cls) for name, cls in self.found.items()}
        self.read: Counter[str] = Counter()  # outside of constructors
        self.called: Counter[tuple[str, str]] = Counter()
        self.names: Counter[str] = Counter()
        self.strings: set[str] = set()
        self._inside: list[str] = []
        self.tree.visit(self)

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self._inside.append(node.name.value)

    def leave_ClassDef(self, original_node: cst.ClassDef) -> None:
        self._inside.pop()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._inside.append(node.name.value)

    def leave_FunctionDef(self, original_node: cst.FunctionDef) -> None:
        self._inside.pop()

    def visit_Attribute(self, node: cst.Attribute) -> None:
        if own_attribute(node):
            self.names[node.attr.value] -= 1  # not a name on its own
            self.read[node.attr.value] += "__init__" not in self._inside

    def visit_Call(self, node: cst.Call) -> None:
        if own_attribute(node.func) and self._inside:
            self.called[self._inside[0], node.func.attr.value] += 1

    def visit_Name(self, node: cst.Name) -> None:
        self.names[node.value] += 1

    def visit_SimpleString(self, node: cst.SimpleString) -> None:
        value = node.evaluated_value
        if isinstance(value, str):
            self.strings.add(value)

    def visit_FormattedString(self, node: cst.FormattedString) -> None:
        self.strings.update(name for found in self.builds.values() for name in found)

    @property
    def all_names(self) -> set[str]:
        """Names and strings of the file that are no attributes of self: an attribute of such a name stays."""
        return {name for name, count in self.names.items() if count > 0} | self.strings

    def modules(self, cls: str) -> dict[str, str]:
        """The attributes that the constructor sets to `nn.X(…)`, with X."""
        return {name: kind for name, (kind, _) in self.builds.get(cls, {}).items()}

    def built(self, cls: str, name: str) -> cst.BaseExpression:
        """What the constructor sets the attribute to."""
        return self.builds[cls][name][1]


@lru_cache(maxsize=1024)
def classes_of(source: str) -> Classes:
    """The classes of a file, looked at once."""
    return Classes(source)


def replaced(cls: cst.ClassDef, names: list[str], statement: str) -> cst.ClassDef:
    """The class with one statement of its constructor in the place of some assignments (that of the last)."""
    init = method_of(cls, "__init__")
    assert init is not None
    body: list[cst.BaseStatement] = []
    last = -1
    for line in init.body.body:
        kept = line
        for assign in m.findall(line, m.Assign()):
            pairs = [(t, v) for t, v in _pairs(assign) if not (own_attribute(t) and t.attr.value in names)]
            if len(pairs) == len(_pairs(assign)):
                continue
            last = len(body)
            text = f"{', '.join(code(t) for t, _ in pairs)} = {', '.join(code(v) for _, v in pairs)}"
            kept = cst.parse_statement(text) if pairs else cst.parse_statement("pass")
        body.append(kept)
    if statement:
        body.insert(last + 1, cst.parse_statement(statement))
    new = init.with_changes(body=init.body.with_changes(body=body))
    return cst.ensure_type(cls.deep_replace(init, new), cst.ClassDef)


def with_import(tree: cst.Module, text: str) -> cst.Module:
    """The file with one more import, behind its docstring and its imports from the future."""
    body = list(tree.body)
    place = 0
    future = m.SimpleStatementLine(body=[m.ImportFrom(module=m.Name("__future__"))])
    docstring = m.SimpleStatementLine(body=[m.Expr(m.SimpleString() | m.ConcatenatedString())])
    while place < len(body) and (m.matches(body[place], future) or m.matches(body[place], docstring)):
        place += 1
    return tree.with_changes(body=[*body[:place], cst.parse_statement(text), *body[place:]])
