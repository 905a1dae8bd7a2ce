"""The last passes: n-ary joins, places in the source, and the inside of boxes."""

from __future__ import annotations

from archcheck.graph import Graph, Node, Unresolved, upstream
from archcheck.lift.prepare import selections, unfuse
from archcheck.lift.work import Work
from archcheck.vocabulary import CANONICAL, CREATION, attributes, is_a

FLAT = frozenset({"add", "mul"})

PRODUCTS = frozenset({"linear", "conv", "depthwise_conv", "conv_transpose"})

STREAM_ENDS = frozenset({"add", "subtract", "interpolate", "stack"})


def outputs(work: Work) -> None:
    """Keep the first result, and further ones of its shape: streams, not weights, caches or states.

    Where no shapes are known, a further stream is one that ends in a join or a norm. What reads layers that the first
    result does not read is kept, too: an output of an early layer is not all that is computed. So is a head of its
    own, a projection that the first result does not read (weights and caches come from projections that it reads).
    """
    if not work.outputs:
        return
    main = work.outputs[0]
    shape = work[main].shape
    seen = upstream(work.nodes, [main]) if len(work.outputs) > 1 else set()
    kept = [
        o
        for o in dict.fromkeys(work.outputs)
        if o == main
        or (
            o not in work.inputs
            and (_is_stream(work, o, shape) or _goes_on(work, o, seen) or _is_head(work, o, seen))
        )
    ]
    work.outputs = kept
    work.touch()
    work.prune()


def _is_stream(work: Work, key: str, shape: tuple[int, ...] | None) -> bool:
    other = work[key].shape
    word = work.word(key)
    ends = key not in work.fixed and (word in STREAM_ENDS or is_a(word, "norm"))
    if shape is None or other is None:
        return ends
    if other == shape:
        return True
    longer = len(other) == len(shape) > 2 and (other[0], other[-1]) == (shape[0], shape[-1])
    # A second stream may have another number of tokens, or sizes of its own, those of the input that it carries on.
    return ends and (longer or any(work[i].shape == other and work.derives(i, key) for i in work.inputs))


def _goes_on(work: Work, key: str, seen: set[str]) -> bool:
    """Whether a result depends on a sublayer, or on a residual around a norm or a product, that is not among `seen`."""
    beyond = upstream(work.nodes, [key]) - seen
    made = {n for n in beyond if work.word(n) in PRODUCTS or is_a(work.word(n), "norm")}
    return any(
        is_a(work.word(n), "sublayer") or (_is_residual(work, n) and made & upstream(work.nodes, [n]))
        for n in beyond
    )


def _is_head(work: Work, key: str, seen: set[str]) -> bool:
    """Whether a result is a projection that is not among `seen`, or an activation of one, beside the first result.

    What is projected of the first result itself (a pooled token) is none.
    """
    if work.outputs[0] in upstream(work.nodes, [key]):
        return False
    while is_a(work.word(key), "activation") and key not in work.fixed:
        key = work.data(key)[0]
    return work.word(key) in PRODUCTS and key not in seen and key not in work.fixed


def _is_residual(work: Work, key: str) -> bool:
    args = [a for a in work[key].args if work[a].args or a in work.inputs] if work.word(key) == "add" else []
    return any(one != other and work.derives(one, other) for one in args for other in args)


def joins(work: Work) -> None:
    """Merge sums of sums and products of products, where only the next one reads the inner result."""
    for key in list(work.nodes):
        if key not in work.nodes:
            continue
        node = work[key]
        if node.words[0] not in FLAT:
            continue
        changed = True
        while changed:
            changed = False
            for position, arg in enumerate(work[key].args):
                inner = work[arg]
                if (
                    inner.words == node.words
                    and work.only_user(arg) == key
                    and work[key].args.count(arg) == 1
                    and arg not in work.fixed
                ):
                    args = (*work[key].args[:position], *inner.args, *work[key].args[position + 1 :])
                    work.put(
                        work[key].changed(
                            args=args,
                            operands=(),
                            attrs=(),
                            origin=(*inner.origin, *work[key].origin),
                        )
                    )
                    work.drop(arg)
                    changed = True
                    break


def differences(work: Work) -> None:
    """A difference from what is negative is a sum; what is added and taken away again was never there."""
    for key in list(work.nodes):
        node = work.nodes.get(key)
        if node is None or node.words[0] != "subtract" or len(node.args) != 2:
            continue
        left, right = node.args
        if work.word(right) == "scale" and work[right].attr("value") == -1:
            work.rename(key, "add", (left, *work.data(right)))
        elif work.word(left) == "add" and len(work[left].args) > 1 and work[left].args.count(right) == 1:
            rest = [arg for arg in work[left].args if arg != right]
            if len(rest) == 1:
                work.bypass(key, rest[0])
            else:
                work.rename(key, "add", rest)
    work.prune()


def fixed(work: Work) -> None:
    """Drop what is computed from weights alone; such an operand of a join becomes a source."""
    keep = {key: node for key, node in work.nodes.items() if key not in work.fixed}
    for key, node in list(keep.items()):
        args = []
        for arg in node.args:
            if arg in keep:
                args.append(arg)
            elif node.words[0] in ("add", "concat", "subtract", "matmul") or not work.data(key):
                source = work[arg]
                if source.words[0] not in ("parameter", "positional", "constant", "buffer"):
                    source = source.changed(words=("constant",), args=(), operands=(), attrs=())
                keep[arg] = source
                args.append(arg)
        if tuple(args) != node.args:
            keep[key] = node.changed(args=tuple(args), operands=())
    for out in work.outputs:
        if out not in keep:
            keep[out] = work[out].changed(words=("constant",), args=(), operands=(), attrs=())
    work.nodes = {k: keep[k] for k in work.nodes if k in keep}
    work.touch()
    work.prune()


def places(work: Work) -> None:
    """Give every node its module path, its span and its scopes."""
    for key, node in work.nodes.items():
        work.nodes[key] = placed(work, node)
    said = {one.value for one in work.unresolved}  # the front end has a reason of its own
    for key, node in work.nodes.items():
        if not said.isdisjoint((key, *node.origin)):
            continue
        if node.words[0] == "opaque" or (
            node.words[0] not in CANONICAL and not node.is_source and node.words[0] not in CREATION
        ):
            name = node.attr("name") or node.words[0]
            work.unresolved.append(Unresolved(f"{name} is not known to archcheck", key, node.span))


def placed(work: Work, node: Node) -> Node:
    """The node with its place, and its inside lifted and placed, too."""
    if node.is_source:
        return node
    stack = node.words[0] == "stack"  # its inside is in canonical form already
    # A sum of several is complete at its last operand: there it stands.
    name, span, scopes = work.places.of(node.origin[-1:] if node.words[0] in FLAT else node.origin)
    inner = finished(work, node.inner) if node.inner and not stack else node.inner
    allowed = attributes(node.words[0])
    attrs = tuple((k, v) for k, v in node.attrs if k in allowed and v is not None)
    return node.changed(
        name=name,
        span=span,
        scopes=scopes,
        inner=inner,
        operands=(),
        attrs=attrs,
        weights=node.weights if stack else work.places.weights(node.origin),
    )


def finished(work: Work, graph: Graph) -> Graph:
    """The inside of a box in canonical form; boxes inside of several boxes are the same in each."""
    known = work.finished.get(id(graph))
    if known is not None:
        return known[1]
    inside = Work(graph, work)
    unfuse(inside)
    selections(inside)
    joins(inside)
    fixed(inside)
    made = Graph(
        nodes=tuple(placed(work, n) for n in inside.nodes.values()),
        inputs=inside.inputs,
        outputs=tuple(inside.outputs),
    )
    work.finished[id(graph)] = graph, made
    return made
