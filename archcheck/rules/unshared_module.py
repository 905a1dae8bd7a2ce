"""AC211."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Related, Rule
from archcheck.rules.context import Context, name_of, word_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.diff import Edit


class UnsharedModule(Rule):
    """One box of the figure is several modules in the code.

    The figure draws one norm before two parallel branches, or says `shared` on two boxes; the code has a
    module, with parameters of its own, for each.
    """

    code = "AC211"
    name = "unshared-module"
    VALID = (
        Example(
            "norm -> (attention + feed_forward) -> add",
            "layer_norm -> (self_attention + feed_forward) -> add",
        ),
    )
    INVALID = (
        Example(
            "norm -> (attention + feed_forward) -> add",
            "(layer_norm -> self_attention + layer_norm -> feed_forward) -> add",
        ),
        Example(
            "attention -> add -> layer_norm(shared=n); feed_forward -> add -> layer_norm(shared=n)",
            "self_attention -> add -> layer_norm; feed_forward -> add -> layer_norm",
        ),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Pairs of nodes of the code that stand for one box of the spec."""
        for edit in context.of_kind("split"):
            want, nodes = context.spec_nodes(edit)[0], context.code_nodes(edit)
            if edit.detail == "layers":
                yield self._layers(context, edit)
                continue
            names = " and ".join(name_of(node) for node in nodes)
            yield Finding(
                self.code,
                self.name,
                self.severity,
                f"{names} are separate modules{context.inside(edit)}; the figure has one "
                f"{word_of(want)} for both",
                expected=f"one {want.op} module",
                found=f"{len(nodes)} {nodes[0].op} modules",
                related=(Related(f"the first: {name_of(nodes[0])}", nodes[0].span),),
                at=nodes[-1].span,
                spec_at=context.spec_span(edit),
                advice=f"Use one {word_of(want)} in both places.",
                otherwise="If the code is right, draw a box for each, without `shared`.",
                label="a second module",
                spec_nodes=edit.expected,
                code_nodes=edit.found,
                edits=(edit,),
            )

    def _layers(self, context: Context, edit: Edit) -> Finding:
        """The layers of a stack have parameters of their own, where the figure repeats one layer."""
        node = context.code_nodes(edit)[0]
        return Finding(
            self.code,
            self.name,
            self.severity,
            "the layers of the stack are separate modules; the figure has one layer that is called again",
            expected="one layer that is called again and again",
            found="layers with parameters of their own",
            at=node.span,
            spec_at=context.spec_span(edit),
            advice="Make one layer, and call it in each round.",
            otherwise="If the code is right, write the stack without `shared`.",
            label="another module in each round",
            spec_nodes=edit.expected,
            code_nodes=edit.found,
            edits=(edit,),
        )
