"""AC402."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.context import Context, name_of
from archcheck.rules.final_norm import is_final_norm

if TYPE_CHECKING:
    from collections.abc import Iterator


class ExtraFinalNorm(Rule):
    """The code has a norm behind the stack that the figure does not have.

    A Post-LN stack ends with the norm of its last layer; one more behind it normalises twice. PyTorch's
    nn.Transformer does so, for compatibility.
    """

    code = "AC402"
    name = "extra-final-norm"
    VALID = (Example("stack[linear -> add -> norm]", "stack[linear -> add -> layer_norm]"),)
    INVALID = (Example("stack[linear -> add -> norm]", "stack[linear -> add -> layer_norm] -> layer_norm"),)

    def claim(self, context: Context) -> Iterator[Finding]:
        """Inserted norms that read a stack."""
        for edit in context.of_kind("insert"):
            _, code = context.graphs(edit.within)
            node = context.code_nodes(edit)[0]
            if is_final_norm(code, node):
                yield Finding(
                    self.code,
                    self.name,
                    self.severity,
                    f"{name_of(node)} stands behind the stack; the figure has no norm there",
                    expected="",
                    found=f"{node.op} behind the stack",
                    at=context.code_span(edit),
                    spec_at=context.spec_span(edit),
                    advice=f"Remove {name_of(node)}: the last layer ends with a norm of its own.",
                    otherwise=f"If the code is right, write `-> {node.op}` behind `stack` in the spec's "
                    "`model`.",
                    label="not in the figure",
                    code_nodes=edit.found,
                    edits=(edit,),
                )
