"""Plumbing goes first, and weights stop being operands, so that the later passes see dataflow only."""

from __future__ import annotations

from archcheck.lift.work import Work
from archcheck.vocabulary import PLUMBING, is_a

# Plumbing that tells one part of a value from another; needed until gates and heads are recognised.
SELECTING = frozenset({"slice", "getitem", "split", "chunk", "unbind"})

WEIGHTED = frozenset({"linear", "conv", "depthwise_conv", "conv_transpose", "embedding", "embedding_bag", "prelu"})


def plumbing(work: Work) -> None:
    """Bypass everything that only moves, copies or casts one value."""
    alias: dict[str, str] = {}
    for key, node in work.nodes.items():
        word = node.words[0]
        if key in work.fixed or node.is_source:
            continue
        data = work.data(key)
        if word in PLUMBING and word not in SELECTING and data:
            alias[key] = data[0]
        elif word == "getitem" and work.word(node.args[0]) in ("multi_head_attention", "identity", "tuple"):
            alias[key] = node.args[0]
        elif word == "where" and len(data) > 1 and work.word(data[0]) == "compare":
            alias[key] = data[1]
        elif word in ("concat", "stack_tensors", "scatter", "where") and len(data) == 1 and work.word(data[0]) != "compare":
            alias[key] = data[0]
    work.bypass_all(alias)


def weights(work: Work) -> None:
    """Give products with weights their words, and drop the weights from the operands."""
    for key in list(work.nodes):
        node = work[key]
        word = node.words[0]
        if key in work.fixed or node.is_source:
            continue
        data = work.data(key)
        if word in ("matmul", "einsum"):
            if len(data) == 1 and len(node.args) > 1:
                work.rename(key, "linear", data)
            elif word == "einsum":
                work.rename(key, "matmul")
        elif word == "stack_tensors":
            work.rename(key, "concat", data)
        elif word == "conv":
            kind = "depthwise_conv" if _depthwise(work, key) else "conv"
            work.rename(key, kind, data[:1])
        elif (word in WEIGHTED or is_a(word, "norm") or word == "recurrent") and data:
            work.rename(key, word, data[:1])


def _depthwise(work: Work, key: str) -> bool:
    node = work[key]
    shape = next((work[a].shape for a in node.args if a in work.fixed and work[a].shape and len(work[a].shape or ()) > 2), None)
    groups = node.attr("groups", 1)
    return bool(shape) and isinstance(groups, int) and groups > 1 and shape is not None and shape[1] == 1


def selections(work: Work) -> None:
    """Bypass what is left of slices and splits, when nothing needs them any more."""
    alias = {
        key: work.data(key)[0]
        for key, node in work.nodes.items()
        if node.words[0] in SELECTING and not node.is_source and work.data(key)
    }
    work.bypass_all(alias)
