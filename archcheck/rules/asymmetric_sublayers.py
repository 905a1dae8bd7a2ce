"""AC230."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import WARNING, Example, Finding, Related
from archcheck.rules.context import name_of
from archcheck.rules.free import FreeRule
from archcheck.rules.siblings import Sublayer, sublayers
from archcheck.vocabulary import is_a

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from archcheck.graph import Graph
    from archcheck.graph.recording import ModuleInfo

SHOWN = 3  # siblings that the sentence names


class AsymmetricSublayers(FreeRule):
    """One sublayer of the block lacks what its siblings have, or takes its skip elsewhere.

    No figure is needed to see that the attention branch has a drop_path and the feed-forward branch has
    none, or that one skip starts behind a norm and the other before it. Of 91 public cases in which code
    and paper part, twelve are of this kind. It is a warning: some papers mean it so.

    Only residual sublayers are compared, one in each residual. With two of them a dropout, a drop_path or
    the start of the skip counts; a norm or a residual that one lacks counts only against two that have
    it. A cross-attention without a norm is a common choice and is not reported.
    """

    code = "AC230"
    name = "asymmetric-sublayers"
    severity = WARNING
    VALID = (
        Example(
            "", "layer_norm -> self_attention -> dropout -> add; layer_norm -> feed_forward -> dropout -> add"
        ),
        Example("", "self_attention -> add -> layer_norm; feed_forward -> add -> layer_norm"),
        Example("", "layer_norm as n -> self_attention -> add(n); layer_norm as m -> feed_forward -> add(m)"),
        Example(
            "",
            "layer_norm -> self_attention -> add; cross_attention -> add; layer_norm -> feed_forward -> add",
        ),
        Example("", "layer_norm -> (self_attention + feed_forward -> dropout) -> add"),
    )
    INVALID = (
        Example("", "layer_norm -> self_attention -> drop_path -> add; layer_norm -> feed_forward -> add"),
        Example("", "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> dropout -> add"),
        Example("", "layer_norm -> self_attention -> add; layer_norm as n -> feed_forward -> add(n)"),
        Example("", "self_attention -> add -> layer_norm; feed_forward -> add(input) -> layer_norm"),
        Example(
            "",
            "layer_norm -> feed_forward -> add; self_attention -> add; layer_norm -> convolution -> add; "
            "layer_norm -> feed_forward -> add",
        ),
    )

    def look(self, graph: Graph, modules: Sequence[ModuleInfo]) -> Iterator[Finding]:
        """Compare the sublayers of one block."""
        del modules
        found = sublayers(graph)
        residual = [one for one in found if one.join is not None]
        for what, has in _PARTS:
            for odd in _lacking(residual, has, fewest=1):
                yield self._finding(
                    odd, f"has no {what} in its branch", f"a {what}", _others(residual, odd, has), what
                )
        yield from self._skips(residual)
        for odd in _lacking(residual, lambda one: one.any_norm, fewest=2):
            if not is_a(odd.core.words[0], "cross_attention"):
                with_norm = _others(residual, odd, lambda one: one.any_norm)
                yield self._finding(odd, "has no norm", "a norm", with_norm, "norm")
        for odd in _lacking(found, lambda one: one.join is not None, fewest=2):
            if is_a(odd.core.words[0], "self_attention") or is_a(odd.core.words[0], "feed_forward"):
                yield self._finding(odd, "has no residual", "a residual", residual, "residual")

    def _skips(self, residual: list[Sublayer]) -> Iterator[Finding]:
        """Skips that start elsewhere than those of the siblings."""
        stale = [one for one in residual if one.stale]
        if len(stale) == 1 and len(residual) >= 2:
            others = [one for one in residual if one is not stale[0]]
            text = "takes its skip from before another sublayer"
            yield self._finding(stale[0], text, "its skip from the sublayer's own input", others, "skip")
        late = [one for one in residual if one.after_norm and not one.norm_inside and not one.norm_behind]
        early = [one for one in residual if one.norm_inside and not one.after_norm]
        if len(late) == 1 and len(early) == len(residual) - 1 and early:
            text = "takes its skip behind the norm"
            yield self._finding(late[0], text, "its skip from before the norm", early, "skip")

    def _finding(
        self, odd: Sublayer, text: str, other: str, others: Sequence[Sublayer], what: str
    ) -> Finding:
        names = _listed(list(dict.fromkeys(name_of(one.core) for one in others)))
        node = odd.join if odd.join is not None else odd.core
        verb = "has" if len(others) == 1 else "each have"
        return Finding(
            self.code,
            self.name,
            self.severity,
            f"{name_of(odd.core)} {text}; {names} {verb} {other}",
            expected=other,
            found=text,
            related=tuple(
                Related(f"{name_of(one.core)} has {other}", (one.join or one.core).span) for one in others
            ),
            at=node.span or odd.core.span,
            label=text,
            advice="Make the sublayers alike, or silence this with a comment that says why they differ.",
            code_nodes=(odd.core.id, node.id),
            topic=what,
        )


def _listed(names: Sequence[str]) -> str:
    """The first names in words, and how many more there are."""
    more = len(names) - SHOWN
    return " and ".join((*names[:SHOWN], f"{more} more") if more > 1 else names)


def _has_dropout(one: Sublayer) -> bool:
    return one.dropout


def _has_drop_path(one: Sublayer) -> bool:
    return one.drop_path


_PARTS: tuple[tuple[str, Callable[[Sublayer], bool]], ...] = (
    ("dropout", _has_dropout),
    ("drop_path", _has_drop_path),
)


def _lacking(among: list[Sublayer], has: Callable[[Sublayer], bool], *, fewest: int) -> list[Sublayer]:
    """The one sublayer without it, where at least `fewest` others have it."""
    without = [one for one in among if not has(one)]
    return without if len(without) == 1 and len(among) - 1 >= fewest else []


def _others(among: list[Sublayer], odd: Sublayer, has: Callable[[Sublayer], bool]) -> list[Sublayer]:
    return [one for one in among if one is not odd and has(one)]
