"""AC210."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Related, Rule
from archcheck.rules.context import Context, name_of, word_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.diff import Edit


class SharedModule(Rule):
    """Two boxes of the figure are one module with parameters in the code.

    A post-norm decoder layer that calls `ln1` twice and `ln2` never has the operations and edges of its
    figure, and one norm too few to train. Where the figure means it so, the spec says `shared=name` on
    both. Modules without parameters (an activation, a dropout) may be used as often as one likes. In a
    model the layers of a stack have parameters of their own, and so has what stands beside the stack:
    one norm that is handed to all layers, or the last layer's norm as the model's final norm, is this
    finding, too.
    """

    code = "AC210"
    name = "shared-module"
    VALID = (
        Example(
            "attention -> add -> layer_norm(shared=n); feed_forward -> add -> layer_norm(shared=n)",
            "self_attention -> add -> layer_norm(shared=n); feed_forward -> add -> layer_norm(shared=n)",
        ),
    )
    INVALID = (
        Example(
            "attention -> add -> layer_norm; feed_forward -> add -> layer_norm",
            "self_attention -> add -> layer_norm(shared=n); feed_forward -> add -> layer_norm(shared=n)",
        ),
        Example(
            "(norm -> attention + norm -> feed_forward) -> add",
            "layer_norm -> (self_attention + feed_forward) -> add",
        ),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Pairs of nodes of the spec that one module, or one node, of the code stands for."""
        for edit in context.of_kind("merged"):
            wants, nodes = context.spec_nodes(edit), context.code_nodes(edit)
            if edit.detail in ("layers", "layer") or edit.detail.startswith("part "):
                yield self._of_stack(context, edit)
                continue
            last = nodes[-1]
            spec, _ = context.graphs(edit.within)
            tied = edit.detail == "parameters"
            where = f"reads the parameters of {name_of(nodes[0])}" if tied else "stands in two places"
            yield Finding(
                self.code,
                self.name,
                self.severity,
                f"{name_of(last)} {where}{context.inside(edit)}; the figure has two separate "
                f"{word_of(wants[0])} boxes",
                expected=f"two {wants[0].op} modules",
                found=f"two places with the parameters of one {last.op}" if tied else f"one {last.op} module",
                related=(Related(f"the first use of {name_of(nodes[0])}", nodes[0].span),),
                at=last.span,
                spec_at=spec[edit.expected[-1]].span,
                advice=f"Give the second place a {word_of(wants[0])} of its own.",
                otherwise="If the code is right, write `shared=name` on both in the spec.",
                label="used a second time",
                spec_nodes=edit.expected,
                code_nodes=edit.found,
                edits=(edit,),
            )

    def _of_stack(self, context: Context, edit: Edit) -> Finding:
        """All layers of a stack are one module, or run one, or the model runs a part of a layer once more."""
        node, wants = context.code_nodes(edit)[-1], context.spec_nodes(edit)[-1]
        layers = "the figure has a stack of layers"
        if edit.detail == "layers":
            message = f"all layers of the stack are one module ({node.attr('shared')}); {layers}"
            label, found = "the same module in each round", "one layer that is called again and again"
            advice = "Make each layer anew: a list of copies of one layer holds one layer."
            otherwise = "If the code is right, write `stack(shared=name)[…]` in the spec."
        elif edit.detail == "layer":
            message = (
                f"{name_of(node)} is a part of a layer of the stack; the figure has one beside the stack"
            )
            label, found = "a part of a layer is used once more", f"the {node.op} of a layer"
            advice = f"Give the model a {word_of(wants)} of its own."
            otherwise = "If the code is right, write `shared=name` on the box in the spec's layer."
        else:
            part = edit.detail.removeprefix("part ")
            message = f"the layers of the stack run one {part}; {layers}, each with its own"
            label, found = f"one {part} in several layers", f"layers that share {part}"
            advice = f"Make the {part.partition(' ')[0]} of each layer anew."
            otherwise = "If the code is right, write `shared=name` on the box in the spec's layer."
        each = "a stack of layers, each with parameters of its own"
        return Finding(
            self.code,
            self.name,
            self.severity,
            message,
            expected=f"a {word_of(wants)} of its own" if edit.detail == "layer" else each,
            found=found,
            at=node.span,
            spec_at=context.graphs(edit.within)[0][edit.expected[-1]].span,
            advice=advice,
            otherwise=otherwise,
            label=label,
            spec_nodes=edit.expected,
            code_nodes=edit.found,
            edits=(edit,),
        )
