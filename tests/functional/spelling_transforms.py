"""Rewritings of source that do not change what a model computes, each a function from source to source.

Each takes care to apply only where it is surely neutral (an in-place sum only on a value that nobody else
holds), and returns the number of places that it changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import libcst as cst
import libcst.matchers as m
from rewriting import (
    MODULE_ATTRIBUTES,
    SINGLE,
    Classes,
    classes_of,
    code,
    free_names,
    method_of,
    own_attribute,
    parameters,
    replaced,
    returned,
    substituted,
    with_import,
)

Transform = Callable[[str], tuple[str, int]]


class Rewriter(cst.CSTTransformer):
    """Visits a file and counts its changes; knows the class and the method that it is in."""

    imports: tuple[str, ...] = ()
    needs = re.compile("")  # a file without it has no place for the transform

    def __init__(self, classes: Classes) -> None:
        super().__init__()
        self.count = 0
        self.classes = classes
        self.cls: list[cst.ClassDef] = []
        self.function: list[cst.FunctionDef] = []

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        self.cls.append(node)
        return True

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        self.cls.pop()
        return self.end_of_class(original_node, updated_node)

    def end_of_class(self, original: cst.ClassDef, updated: cst.ClassDef) -> cst.ClassDef:
        return updated

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self.function.append(node)
        return True

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        self.function.pop()
        return self.end_of_function(original_node, updated_node)

    def end_of_function(self, original: cst.FunctionDef, updated: cst.FunctionDef) -> cst.FunctionDef:
        return updated

    @property
    def computing(self) -> bool:
        """Whether this is the body of a method that computes, not that of a constructor or a helper."""
        return (
            len(self.cls) == 1
            and len(self.function) == 1
            and self.function[0].name.value not in ("__init__", "__new__", "extra_repr", "__setstate__")
            and not self.function[0].decorators
        )


def transform(rewriter: type[Rewriter]) -> Transform:
    """The function that a rewriter is."""

    def run(source: str) -> tuple[str, int]:
        if not rewriter.needs.search(source):
            return source, 0
        classes = classes_of(source)
        visitor = rewriter(classes)
        changed = classes.tree.visit(visitor)
        if visitor.count:
            for name in visitor.imports:
                changed = with_import(changed, name)
        return changed.code, visitor.count

    run.__name__ = rewriter.__name__
    return run


class Rename(Rewriter):
    """Other names for the modules of a class: `self.norm1` becomes `self.renamed_a`."""

    def __init__(self, classes: Classes) -> None:
        super().__init__(classes)
        plain = set(MODULE_ATTRIBUTES) | self.classes.all_names
        attributes = [name for found in self.classes.builds.values() for name in found if name not in plain]
        self.new = {
            name: f"renamed_{chr(97 + i % 26)}{i // 26 or ''}"
            for i, name in enumerate(dict.fromkeys(attributes))
        }

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        name = original_node.attr.value
        if name in self.new and self.cls and own_attribute(original_node):
            self.count += 1
            return updated_node.with_changes(attr=cst.Name(self.new[name]))
        return updated_node


class InlineMethod(Rewriter):
    """The one expression that a method returns, in the place of its call."""

    needs = re.compile(r"\n    def (?!forward\b|__)")

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        if not self.cls or not own_attribute(original_node.func):
            return updated_node
        name = original_node.func.attr.value
        method = method_of(self.cls[-1], name)
        if method is None or name in ("forward", "__init__") or method.decorators or method.asynchronous:
            return updated_node
        if any(own.name.value == name for own in self.function):
            return updated_node
        expression, names = returned(method), parameters(method)
        plain = [a.value for a in updated_node.args if a.keyword is None and not a.star]
        if (
            expression is None
            or names is None
            or len(plain) != len(updated_node.args)
            or len(plain) != len(names)
        ):
            return updated_node
        uses = Counter(name.value for name in m.findall(expression, m.Name()))
        if any(uses[n] > 1 and not isinstance(a, cst.Name) for n, a in zip(names, plain, strict=True)):
            return updated_node
        self.count += 1
        given = dict(zip(names, plain, strict=True))
        return substituted(expression, given).with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


class ExtractMethod(Rewriter):
    """The right side of an assignment as a method of its own."""

    def __init__(self, classes: Classes) -> None:
        super().__init__(classes)
        self.new: list[cst.FunctionDef] = []

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign:
        if not self.computing or not isinstance(original_node.value, (cst.Call, cst.BinaryOperation)):
            return updated_node
        if not m.findall(original_node.value, m.Attribute(value=m.Name("self"))):
            return updated_node
        if m.findall(
            original_node.value, m.Lambda() | m.GeneratorExp() | m.ListComp() | m.NamedExpr() | m.Await()
        ):
            return updated_node
        names = free_names(original_node.value, self.function[0])
        name = f"extracted_{self.count}"
        self.count += 1
        text = (
            f"def {name}(self{''.join(', ' + n for n in names)}):\n    return ({code(updated_node.value)})\n"
        )
        self.new.append(cst.ensure_type(cst.parse_statement(text), cst.FunctionDef))
        return updated_node.with_changes(value=cst.parse_expression(f"self.{name}({', '.join(names)})"))

    def end_of_class(self, original: cst.ClassDef, updated: cst.ClassDef) -> cst.ClassDef:
        new, self.new = self.new, []
        body = updated.body.with_changes(body=[*updated.body.body, *new])
        return updated.with_changes(body=body) if new else updated


class SwapOperands(Rewriter):
    """`b + a` for `a + b`, and likewise for products."""

    def leave_BinaryOperation(
        self, original_node: cst.BinaryOperation, updated_node: cst.BinaryOperation
    ) -> cst.BaseExpression:
        sequence = m.Tuple() | m.List() | m.SimpleString() | m.FormattedString()
        shapes = m.Attribute(attr=m.Name("shape")) | m.Call(func=m.Attribute(attr=m.Name("size")))
        held = m.findall(original_node, sequence | shapes | m.NamedExpr())
        if not self.computing or not isinstance(original_node.operator, (cst.Add, cst.Multiply)) or held:
            return updated_node
        self.count += 1
        left, right = (
            one.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
            if isinstance(one, (cst.BinaryOperation, cst.IfExp, cst.UnaryOperation)) and not one.lpar
            else one
            for one in (updated_node.left, updated_node.right)
        )
        return updated_node.with_changes(left=right, right=left)


class InPlaceAdd(Rewriter):
    """`x += f(x)` for `x = x + f(x)`, where x is a fresh sum that nothing else holds."""

    needs = re.compile(r"\b(\w+) = \1 \+ ")

    def end_of_function(self, original: cst.FunctionDef, updated: cst.FunctionDef) -> cst.FunctionDef:
        if not self.cls or self.function or not isinstance(updated.body, cst.IndentedBlock):
            return updated
        held = {n.value.value for n in m.findall(original, m.Assign(value=m.Name()))}
        held |= {
            e.value.value
            for e in m.findall(original, m.Return(value=m.Tuple()))
            for e in e.value.elements
            if m.matches(e.value, m.Name())
        }
        fresh: set[str] = set()
        body = []
        for statement in updated.body.body:
            pattern = m.SimpleStatementLine(body=[m.Assign(targets=[m.AssignTarget(m.Name())])])
            if not m.matches(statement, pattern):
                body.append(statement)
                continue
            assign = statement.body[0]
            name, value = assign.targets[0].target.value, assign.value
            is_sum = m.matches(value, m.BinaryOperation(operator=m.Add()))
            if is_sum and m.matches(value.left, m.Name(name)) and name in fresh - held:
                self.count += 1
                augmented = cst.AugAssign(cst.Name(name), cst.AddAssign(), value.right)
                statement = statement.with_changes(body=[augmented])
            fresh.discard(name)
            if is_sum:
                fresh.add(name)
            body.append(statement)
        return updated.with_changes(body=updated.body.with_changes(body=body))


FUNCTIONAL = {
    "GELU": "F.gelu({x})", "ReLU": "F.relu({x})", "SiLU": "F.silu({x})", "Tanh": "torch.tanh({x})",
    "Dropout": "F.dropout({x}, {self}.p, self.training)",
    "Linear": "F.linear({x}, {self}.weight, {self}.bias)",
    "LayerNorm": "F.layer_norm({x}, {self}.normalized_shape, {self}.weight, {self}.bias, {self}.eps)",
}  # fmt: skip


class FunctionalForModule(Rewriter):
    """`F.gelu(x)` for `self.act(x)`; a module that is called in several places stays."""

    imports = ("import torch", "import torch.nn.functional as F")

    def __init__(self, classes: Classes) -> None:
        super().__init__(classes)
        self.unused: list[str] = []

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        if not self.computing or not own_attribute(original_node.func) or len(original_node.args) != 1:
            return updated_node
        (argument,) = updated_node.args
        name = original_node.func.attr.value
        kind = self.classes.modules(self.cls[0].name.value).get(name, "")
        if (
            argument.keyword
            or argument.star
            or kind not in FUNCTIONAL
            or self.classes.called[self.cls[0].name.value, name] != 1
        ):
            return updated_node
        if "approximate" in code(self.classes.built(self.cls[0].name.value, name)):
            return updated_node
        self.count += 1
        if "{self}" not in FUNCTIONAL[kind]:
            self.unused.append(name)
        return cst.parse_expression(FUNCTIONAL[kind].format(x=code(argument.value), self=f"self.{name}"))

    def end_of_class(self, original: cst.ClassDef, updated: cst.ClassDef) -> cst.ClassDef:
        unused, self.unused = self.unused, []
        return replaced(updated, unused, "") if unused else updated


class SequentialForAttributes(Rewriter):
    """`self.both(x)` for `self.b(self.a(x))`, where the two are called nowhere else."""

    imports = ("from torch import nn",)

    def __init__(self, classes: Classes) -> None:
        super().__init__(classes)
        self.joined: list[tuple[str, str, str]] = []

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        inner = original_node.args[0].value if len(original_node.args) == 1 else None
        nested = isinstance(inner, cst.Call) and len(inner.args) == 1 and own_attribute(inner.func)
        if not self.computing or not own_attribute(original_node.func) or not nested:
            return updated_node
        names = inner.func.attr.value, original_node.func.attr.value
        known = self.classes.modules(self.cls[0].name.value)
        once = all(self.classes.read[name] == 1 and known.get(name) in SINGLE for name in names)
        if not once or any(name in taken for taken in self.joined for name in names):
            return updated_node
        self.count += 1
        self.joined.append((*names, f"joined_{self.count}"))
        argument = updated_node.args[0].value.args[0]
        return cst.Call(
            cst.parse_expression(f"self.joined_{self.count}"),
            [argument.with_changes(comma=cst.MaybeSentinel.DEFAULT)],
        )

    def end_of_class(self, original: cst.ClassDef, updated: cst.ClassDef) -> cst.ClassDef:
        joined, self.joined = self.joined, []
        for first, second, name in joined:
            parts = ", ".join(code(self.classes.built(original.name.value, part)) for part in (first, second))
            updated = replaced(updated, [first, second], f"self.{name} = nn.Sequential({parts})")
        return updated


class LoopForRepetition(Rewriter):
    """Two statements that differ only in which modules they name, as the body of a loop over these."""

    def end_of_function(self, original: cst.FunctionDef, updated: cst.FunctionDef) -> cst.FunctionDef:
        plain = isinstance(updated.body, cst.IndentedBlock) and updated.name.value != "__init__"
        if not self.cls or self.function or not plain:
            return updated
        body: list[cst.BaseStatement] = []
        for statement in updated.body.body:
            loop = self._loop(body[-1], statement) if body else None
            body = [*body[:-1], loop] if loop is not None else [*body, statement]
        return updated.with_changes(body=updated.body.with_changes(body=body))

    def _loop(self, one: cst.BaseStatement, other: cst.BaseStatement) -> cst.For | None:
        assign = m.SimpleStatementLine(
            body=[m.Assign(targets=[m.AssignTarget(m.Name())]) | m.AugAssign(target=m.Name())]
        )
        own = m.Attribute(value=m.Name("self"))
        if not m.matches(one, assign) or not m.matches(other, assign):
            return None
        left, right = ([code(a) for a in m.findall(s, own)] for s in (one.body[0], other.body[0]))
        texts = code(one.body[0]), code(other.body[0])
        if (
            len(left) != len(right)
            or not left
            or len(set(left)) != len(left)
            or len(set(right)) != len(right)
        ):
            return None
        names = [f"part_{i}" for i in range(len(left))]
        shapes = []
        for text, attributes in zip(texts, (left, right), strict=True):
            for name, attribute in sorted(zip(names, attributes, strict=True), key=lambda p: -len(p[1])):
                text = text.replace(attribute, name)
            shapes.append(text)
        if shapes[0] != shapes[1] or "self" in shapes[0] or left == right:
            return None
        self.count += 1
        rows = ", ".join(f"({', '.join(row)},)" for row in (left, right))
        return cst.ensure_type(
            cst.parse_statement(f"for {', '.join(names)}, in ({rows}):\n    {shapes[0]}\n"), cst.For
        )


class Checkpoint(Rewriter):
    """`checkpoint(self.f, x)` for `self.f(x)` in an assignment of forward."""

    imports = ("import torch.utils.checkpoint",)

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign:
        if not self.computing or self.function[0].name.value != "forward":
            return updated_node
        call = next(
            (c for c in m.findall(updated_node.value, m.Call(func=m.Attribute(value=m.Name("self"))))
             if c.args and all(not a.keyword and not a.star for a in c.args)),
            None,
        )  # fmt: skip
        if call is None:
            return updated_node
        self.count += 1
        arguments = "".join(f", {code(a.value)}" for a in call.args)
        new = f"torch.utils.checkpoint.checkpoint({code(call.func)}{arguments}, use_reentrant=False)"
        return updated_node.with_changes(
            value=updated_node.value.deep_replace(call, cst.parse_expression(new))
            if updated_node.value is not call
            else cst.parse_expression(new)
        )


class CastAndBack(Rewriter):
    """`self.norm(x.float()).to(x.dtype)` for `self.norm(x)`."""

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        if not self.computing or not own_attribute(original_node.func) or len(original_node.args) != 1:
            return updated_node
        (argument,) = updated_node.args
        known = self.classes.modules(self.cls[0].name.value).get(original_node.func.attr.value, "")
        if argument.keyword or not isinstance(argument.value, cst.Name) or known not in SINGLE:
            return updated_node
        self.count += 1
        name = argument.value.value
        return cst.parse_expression(f"{code(updated_node.func)}({name}.float()).to({name}.dtype)")


SINGLE_TRANSFORMS: tuple[Transform, ...] = tuple(
    transform(one)
    for one in (
        Rename, InlineMethod, ExtractMethod, SwapOperands, InPlaceAdd, FunctionalForModule,
        SequentialForAttributes, LoopForRepetition, Checkpoint, CastAndBack,
    )
)  # fmt: skip


def AllTogether(source: str) -> tuple[str, int]:
    """All transforms, each on what the one before it wrote."""
    total = 0
    for one in SINGLE_TRANSFORMS:
        source, count = one(source)
        total += count
    return source, total


TRANSFORMS = (*SINGLE_TRANSFORMS, AllTogether)
