"""AC005."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from archcheck.diff.words import accepts
from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.context import Context, name_of, word_of
from archcheck.rules.norms import moved
from archcheck.vocabulary import is_a

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.diff import Edit


class SwappedOrder(Rule):
    """Two neighbours stand in the other order.

    `norm -> relu` and `relu -> norm` have the same operations on the same values, and differ: a norm
    behind the relu gives back the negative half that the relu took away. The same holds for two
    sublayers whose order is exchanged.
    """

    code = "AC005"
    name = "swapped-order"
    VALID = (
        Example("conv -> batch_norm -> relu", "conv -> batch_norm -> relu"),
        Example(
            "norm -> attention -> layer_scale -> drop_path -> add",
            "layer_norm -> self_attention -> drop_path -> layer_scale -> add",
        ),
    )
    INVALID = (
        Example("conv -> batch_norm -> relu", "conv -> relu -> batch_norm"),
        Example(
            "norm -> attention -> add; norm -> feed_forward -> add",
            "layer_norm -> feed_forward -> add; layer_norm -> self_attention -> add",
        ),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Moves within one place, and two substitutions that exchange their words."""
        for edit in context.of_kind("move"):
            if self._stays(context, edit):
                yield self._neighbours(context, edit)
        left = context.of_kind("substitute")
        used: set[int] = set()
        for one, two in combinations(left, 2):
            if id(one) in used or id(two) in used or one.within != two.within:
                continue
            if self._exchanged(context, one, two):
                used |= {id(one), id(two)}
                yield self._exchange(context, one, two)

    def _stays(self, context: Context, edit: Edit) -> bool:
        want, got = edit.expected_place, edit.found_place
        if want is None or got is None or want.position != got.position:
            return False
        is_norm = is_a(context.code_nodes(edit)[0].words[0], "norm")
        if is_norm and want.side != got.side:
            return False
        return (
            context.same_join(edit, want.join, got.join)
            and (want.position != "stream" or context.same_join(edit, want.previous, got.previous))
            and (want.position != "stream" or context.same_join(edit, want.next, got.next))
        )

    def _neighbours(self, context: Context, edit: Edit) -> Finding:
        spec, code = context.graphs(edit.within)
        want, node = context.spec_nodes(edit)[0], context.code_nodes(edit)[0]
        expected = f"after {word_of(spec[want.args[0]])}" if want.args else "first"
        found = f"after {word_of(code[node.args[0]])}" if node.args else "first"
        finding = moved(self, context, edit, f"Call {word_of(want)} {expected}, as in the figure.")
        return Finding(
            self.code,
            self.name,
            self.severity,
            f"{name_of(node)} comes {found}{context.inside(edit)}; the figure has it {expected}",
            expected=f"{want.op} {expected}",
            found=f"{node.op} {found}",
            at=finding.at,
            spec_at=finding.spec_at,
            advice=finding.advice,
            label=found,
            spec_nodes=edit.expected,
            code_nodes=edit.found,
            edits=(edit,),
        )

    def _exchanged(self, context: Context, one: Edit, two: Edit) -> bool:
        (first,), (second,) = context.spec_nodes(one), context.spec_nodes(two)
        (other,), (last,) = context.code_nodes(one), context.code_nodes(two)
        return accepts(first, last) and accepts(second, other)

    def _exchange(self, context: Context, one: Edit, two: Edit) -> Finding:
        (first,), (second,) = context.spec_nodes(one), context.spec_nodes(two)
        (other,), (last,) = context.code_nodes(one), context.code_nodes(two)
        return Finding(
            self.code,
            self.name,
            self.severity,
            f"{name_of(other)} comes before {name_of(last)}{context.inside(one)}; the figure has "
            "them the other way round",
            expected=f"{first.op}, then {second.op}",
            found=f"{other.op}, then {last.op}",
            at=context.code_span(one),
            spec_at=context.spec_span(one),
            advice=f"Exchange them: {word_of(first)} first.",
            label="exchanged",
            spec_nodes=(*one.expected, *two.expected),
            code_nodes=(*one.found, *two.found),
            edits=(one, two),
        )
