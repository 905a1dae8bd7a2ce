"""Plumbing goes first, and weights stop being operands, so that the later passes see dataflow only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from archcheck.graph import Literal, Node
from archcheck.lift.work import Work
from archcheck.vocabulary import PLUMBING, attributes, is_a

# Plumbing that tells one part of a value from another; needed until gates and heads are recognised.
SELECTING = frozenset({"slice", "getitem", "split", "chunk", "unbind"})

# An index that only adds axes: x[..., None].
ALL = re.compile(r"(\.\.\.|:|None)(, (\.\.\.|:|None))*")

MASKED = 1e3  # what is written into scores where nothing may be attended to is larger
FAR = 1e4  # beyond any activation; the largest number of half precision is 65504

WEIGHTED = frozenset(
    {"linear", "conv", "depthwise_conv", "conv_transpose", "embedding", "embedding_bag", "prelu"}
)


def chunks(work: Work) -> None:
    """One operation where the same one runs on the pieces of a value and the results are put together."""
    for key in list(work.nodes):
        if key not in work.nodes or key in work.fixed or work.word(key) != "concat":
            continue
        operands = work.data(key)
        ways = [_way(work, operand) for operand in operands]
        alike = len(operands) > 1 and len({(way[0], way[1]) for way in ways}) == 1 and ways[0][1]
        if alike and not _shuffled(work, operands):
            way = ways[0][2]
            first = work[way[-1]]
            work.put(first.changed(args=(ways[0][0], *first.args[1:])))
            work.bypass(key, way[0])
            work.prune()


def put_back(work: Work) -> None:
    """A value that is cut into parts and put together again is that value."""
    alias: dict[str, str] = {}
    for key, node in work.nodes.items():
        if node.words[0] != "concat" or key in work.fixed or len(node.args) < 2:
            continue
        wholes = {_whole(work, alias, arg) for arg in node.args}
        whole = len(wholes) == 1 and None not in wholes and len(set(node.args)) == len(node.args)
        if whole and not _shuffled(work, node.args):
            alias[key] = next(whole for whole in wholes if whole is not None)
        elif (rest := _beside_one(work, node) or _averaged(work, node)) is not None:
            alias[key] = rest
    work.bypass_all(alias)
    if alias:
        work.prune()


def _whole(work: Work, alias: dict[str, str], key: str) -> str | None:
    """The value of which this is a part, None if it is none."""
    if key in work.fixed or work.word(key) not in SELECTING:
        return None
    while work.word(key) in SELECTING:
        key = work[key].args[0]
    return alias.get(key, key)


def _beside_one(work: Work, node: Node) -> str | None:
    """What a concatenation puts back beside one position (a class token) of the value that it adds to, else None.

    `cat(x[:, :1], x[:, 1:] + f(x))` is `x + f(x)` for the tokens that `f` is for: parts of the tokens are plumbing.
    """
    if len(node.args) != 2:
        return None
    for part, rest in (node.args, node.args[::-1]):
        if work.word(part) != "slice" or rest in work.fixed:
            continue
        whole, todo = work[part].args[0], [rest]
        while todo:
            key = todo.pop()
            if work.word(key) == "add":
                todo.extend(work.data(key))
            elif (
                key != rest
                and work.word(key) == "slice"
                and work[key].args[0] == whole
                and _single_cut(work[part], work[key], node.attr("dim"))
            ):
                return rest
    return None


def _averaged(work: Work, node: Node) -> str | None:
    """The mean of one position (a class token of each frame) that is put back beside the others, else None.

    It becomes a mean that the value itself passes (TimeSformer, Bertasius et al. 2021).
    """
    for part, rest in (node.args, node.args[::-1]) if len(node.args) == 2 else ():
        if work.word(part) != "mean" or work.only_user(part) != node.id:
            continue
        token = work[part].args[0]
        both = {work.word(token), work.word(rest)} == {"slice"} and work[token].args == work[rest].args
        if both and _single_cut(work[token], work[rest], node.attr("dim")):
            work.put(work[part].changed(args=work[rest].args))
            return part
    return None


def _single_cut(one: Node, two: Node, dim: object) -> bool:
    """Whether two slices are the first or last position along this dimension and all others."""
    first, second = (str(n.attr("index")).replace(" ", "").split(",") for n in (one, two))
    width = max(len(first), len(second))
    pairs = zip(*(i + [":"] * (width - len(i)) for i in (first, second)), strict=True)
    different = [(i, {a, b}) for i, (a, b) in enumerate(pairs) if a != b]
    cuts = ({":1", "1:"}, {":-1", "-1:"}, {"0", "1:"}, {"-1", ":-1"})
    return any(different == [(dim, cut)] for cut in cuts)


def _way(work: Work, key: str) -> tuple[str, tuple[object, ...], list[str]]:
    """The value whose piece this operand is made from, what is done to it, by which nodes (last first)."""
    done: list[object] = []
    nodes: list[str] = []
    while work.word(key) not in SELECTING and len(work.data(key)) == 1 and len(work.users(key)) == 1:
        weights = frozenset(a for o in work[key].origin for a in work.raw[o].args if work.raw[a].is_source)
        done.append((work[key].words, work[key].attrs, weights))
        nodes.append(key)
        key = work.data(key)[0]
    if work.word(key) not in SELECTING:
        return key, (), nodes
    while work.word(key) in SELECTING:
        key = work.data(key)[0]
    return key, tuple(done), nodes


def _shuffled(work: Work, operands: Sequence[str]) -> bool:
    """Whether these are made of the parts of one split, and not in their order."""
    places: list[tuple[str, int]] = []
    for operand in operands:
        key = operand
        while work.word(key) not in SELECTING and len(work.data(key)) == 1:
            key = work.data(key)[0]
        cut, number = work[key].args[0] if work[key].args else key, work[key].attr("index")
        if work.word(cut) not in ("split", "chunk", "unbind") or not isinstance(number, int) or number < 0:
            return False
        places.append((cut, number))
    return len({cut for cut, _ in places}) == 1 and places != sorted(places)


# Raw words that say the same as a canonical one.
SYNONYMS = {
    "index_add": "scatter",
    "one_hot": "compare",
    "log_softmax": "softmax",
    "embedding_bag": "embedding",
    "chunk": "split",
    "unbind": "split",
    "scan": "cumsum",
    "stack_tensors": "concat",
}


def synonyms(work: Work) -> None:
    """Give raw words that say the same as a canonical word that word."""
    for key, node in work.nodes.items():
        if node.words[0] in SYNONYMS:
            work.nodes[key] = node.changed(words=(SYNONYMS[node.words[0]],))


def moments(work: Work) -> None:
    """Write `var_mean`, `std_mean` and Keras' `moments`, calls with two results, as two nodes."""
    for key, both in list(work.nodes.items()):
        if both.words[0] != "moments":
            continue
        first = both.attr("first")
        attrs = tuple((name, value) for name, value in both.attrs if name != "first")
        for user in list(work.users(key)):
            node = work[user]
            if node.words[0] != "getitem":
                continue
            if (node.attr("index") in (1, -1)) != (first == "mean"):
                work.put(node.changed(words=("mean",), args=both.args, attrs=attrs))
            elif first == "std":
                work.put(node.changed(words=("sqrt",), attrs=()))
                work.put(both.changed(words=("var",), attrs=attrs))
            else:
                work.put(node.changed(words=("var",), args=both.args, attrs=attrs))
    work.prune()


def _chooses_by_itself(work: Work, node: Node, alias: Mapping[str, str]) -> bool:
    """Whether a value is replaced by a number where it is itself small or large: a function of it, and no mask."""
    number = node.attr("value")
    data = [alias.get(key, key) for key in work.data(node.id)]
    masks = [key for key in data if work.word(key) == "compare"]
    if len(data) != 2 or len(masks) != 1 or (isinstance(number, (int, float)) and abs(number) > MASKED):
        return False
    (value,) = (key for key in data if key not in masks)
    compared = [alias.get(key, key) for key in work.data(masks[0])]
    behind = [alias.get(k, k) for key in compared if work.word(key) == "abs" for k in work.data(key)]
    return value in (*compared, *behind)


def _selects_nothing(node: Node) -> bool:
    index = node.attr("index")
    return node.words[0] == "slice" and isinstance(index, str) and ALL.fullmatch(index) is not None


def plumbing(work: Work) -> None:
    """Bypass everything that only moves, copies or casts one value."""
    alias: dict[str, str] = {}
    for key, node in work.nodes.items():
        word = node.words[0]
        if key in work.fixed or node.is_source:
            continue
        data = work.data(key)
        if word in ("masked_fill", "where") and _chooses_by_itself(work, node, alias):
            work.put(node.changed(words=("where",), operands=()))
            continue
        moved = word in PLUMBING and (word not in SELECTING or _selects_nothing(node))
        if data and (moved or (word == "clamp" and len(node.args) == 1 and _guard(node))):
            alias[key] = data[0]
        elif word == "getitem" and work.word(node.args[0]) in ("multi_head_attention", "identity", "tuple"):
            alias[key] = node.args[0]
        elif word in ("gather", "scatter") and len(data) == 2 and work.stream is not None:
            # tokens that another input chooses, such as those that are no padding
            inside = [a for a in data if work.derives(work.stream, a)]
            if len(inside) == 1 and (word == "scatter" or inside[0] == node.args[0]):
                alias[key] = inside[0]
        elif word == "where" and len(data) == 2 and work.word(data[0]) == "compare":
            alias[key] = data[1]
        elif (
            word in ("concat", "stack_tensors", "scatter", "where")
            and len(data) == 1
            and work.word(data[0]) != "compare"
            and node.attr("value") is None  # a number that is written into named places of the stream
        ):
            alias[key] = data[0]
    work.bypass_all(alias)


def _guard(node: Node) -> bool:
    """Whether a clamp has bounds only where numbers of 16 bits end: it keeps a value finite, and is no activation."""
    bounds = [(sign, node.attr(name)) for name, sign in (("min", -1), ("max", 1))]
    given = [(sign, bound) for sign, bound in bounds if bound is not None]
    return bool(given) and all(
        isinstance(bound, (int, float)) and sign * bound >= FAR for sign, bound in given
    )


def weights(work: Work) -> None:
    """Give products with weights their words, and drop the weights from the operands."""
    for key in list(work.nodes):
        if key not in work.nodes:
            continue
        node = work[key]
        word = node.words[0]
        if key in work.fixed or node.is_source:
            continue
        data = work.data(key)
        computed = [a for a in data if not _chosen(work, a)]
        if word == "linear" and len(node.args) > 1 and node.args[0] in computed and node.args[1] in computed:
            work.rename(key, "matmul", node.args[:2])
        elif word == "matmul" and node.args[0] in work.fixed and _band(work, node.args[0]):
            work.rename(key, "depthwise_conv", data, dims=1)
        elif word in ("matmul", "einsum"):
            if len(computed) == 1 and len(node.args) > 1:
                if _contracts(node):  # the weights of an expert depend on the routes, too
                    work.rename(key, "linear", [*computed, *(a for a in data if a not in computed)])
                else:  # like "bhnd,h->bhnd": every index stays
                    work.rename(key, "mul")
            elif word == "einsum":
                work.rename(key, "matmul" if _contracts(node) else "mul")
        elif word == "stack_tensors":
            user = work.only_user(key)
            if (
                user
                and work.word(user) == "sum"
                and work[user].attr("dim") in (0, (0,), node.attr("dim"), (node.attr("dim"),))
            ):
                work.fuse({key, user}, user, "add", data)
            else:
                work.rename(key, "concat", data)
        elif word == "conv":
            shape = _filter(work, key)
            deep = shape is not None and shape[1] == 1 and node.attr("groups", 1) != 1
            more = {} if shape is None or node.attr("dims") is not None else {"dims": len(shape) - 2}
            work.rename(key, "depthwise_conv" if deep else "conv", data[:1], **more, **_bias(node))
        elif (word in WEIGHTED or is_a(word, "norm") or word == "recurrent") and data:
            work.rename(key, word, data[:1], **_bias(node))


def _bias(node: Node) -> dict[str, Literal]:
    """Whether a layer has a bias, where the call names its operands."""
    told = "bias" in attributes(node.words[0]) and "weight" in node.operands
    return {"bias": "bias" in node.operands} if told else {}


def _band(work: Work, key: str) -> bool:
    """Whether a matrix holds the same few weights along its diagonal: its product is a convolution of the rows.

    Such a matrix is zeros into which weights are written through a view that steps along the diagonal (lightweight
    convolutions, Wu et al. 2019).
    """
    while work.word(key) in SELECTING or work.word(key) == "dropout":  # of its weights
        key = work[key].args[0]
    if work.word(key) != "scatter" or not work[key].args or work.word(work[key].args[0]) != "zeros":
        return False
    return any(n.words[0] == "unfold" and work[key].args[0] in n.args for n in work.raw.values())


def _contracts(node: Node) -> bool:
    """Whether a product sums over an index: an einsum that keeps all of them is a product of elements."""
    equation = node.attr("equation")
    if node.words[0] != "einsum" or not isinstance(equation, str) or "->" not in equation:
        return True
    read, _, written = equation.replace(" ", "").partition("->")
    return not set(read) - {",", "."} <= set(written)


def _chosen(work: Work, key: str) -> bool:
    """Whether a value is a weight that an index picks (an expert's): computed, and yet a weight."""
    while key not in work.fixed:
        node = work[key]
        if not node.args or node.words[0] not in SELECTING | {"gather"}:
            return False
        key = node.args[0]
    return True


def _filter(work: Work, key: str) -> tuple[int, ...] | None:
    """The shape of a convolution's filter, also where a softmax or a dropout makes it of a parameter."""
    for arg in work[key].args:
        weight = arg
        while work.word(weight) in ("softmax", "dropout", "cast", "copy") and work[weight].shape is None:
            weight = work[weight].args[0]
        shape = work[weight].shape
        if weight in work.fixed and shape and len(shape) > 2:
            return shape
    return None


def unfuse(work: Work) -> None:
    """Write a fused projection that is only read in parts (q, k, v; gate and value) as one linear a part."""
    made: dict[str, Node] = {}
    fused: set[str] = set()
    for key, node in work.nodes.items():
        if node.words[0] != "linear" or key in work.outputs:
            continue
        parts = _parts(work, key)
        if len(parts) < 2:
            continue
        fused.add(key)
        for part in parts:
            other = work[part]
            origin = (*node.origin, *other.origin) if part == parts[0] else other.origin
            made[part] = node.changed(id=part, origin=origin, shape=other.shape)
    if fused:
        work.nodes = {key: made.get(key, node) for key, node in work.nodes.items() if key not in fused}
        work.touch()
        work.prune()


def _parts(work: Work, key: str) -> list[str]:
    """The selections through which alone a value is read, parts of parts among them, [] if it is also read whole."""
    found: list[str] = []
    for user in work.users(key):
        if work.word(user) in ("split", "chunk", "unbind"):
            if any(work.word(u) not in ("getitem", "slice") for u in work.users(user)):
                return []
            found.extend(work.users(user))
        elif work.word(user) in ("slice", "getitem"):
            found.append(user)
        else:
            return []
    if any(found.count(part) != 1 or part in work.outputs for part in found):
        return []
    return [smaller for part in found for smaller in _parts(work, part) or [part]]


def selections(work: Work) -> None:
    """Bypass what is left of slices and splits, when nothing needs them any more."""
    alias = {
        key: work.data(key)[0]
        for key, node in work.nodes.items()
        if node.words[0] in SELECTING and not node.is_source and work.data(key)
    }
    work.bypass_all(alias)
