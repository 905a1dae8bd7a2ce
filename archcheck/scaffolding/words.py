"""Every word of the vocabulary, written in torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archcheck.scaffolding import arithmetic, channels
from archcheck.scaffolding.errors import refuse
from archcheck.scaffolding.pieces import Piece, Site, number
from archcheck.vocabulary import is_a

Writer = Callable[[Site], Piece]

# A family in place of one of its members: what is built for it.
TYPICAL: dict[str, str] = {
    "attention": "self_attention", "mixer": "fourier", "activation": "gelu", "join": "add",
    "pool": "max_pool",
}  # fmt: skip


def piece(site: Site) -> Piece:
    """How to write one operation.

    Raises:
        ScaffoldError: for a word that says too little.
    """
    word = site.word
    if word == "norm":
        word = "batch_norm" if site.image else "layer_norm"
    word = TYPICAL.get(word, word)
    tables: tuple[Mapping[str, Writer | Piece], ...] = (_SUBLAYERS, channels.TABLE, arithmetic.TABLE)
    for table in tables:
        if word in table:
            entry = table[word]
            return entry if isinstance(entry, Piece) else entry(site)
    if word == "stack":
        raise refuse(site.node, "the spec does not say what it repeats", "write stack[layer]")
    raise refuse(site.node, f"nothing says what a {word!r} computes", "use a word that names one operation")


def _over(site: Site, build: str) -> Piece:
    """A module for sequences, also on an image."""
    return Piece(f"OverPixels({build})" if site.image else build)


def _self_attention(site: Site) -> Piece:
    heads = number(site.node.attr("heads")) if site.node.attr("heads") else "heads"
    kv_heads, head_dim = site.node.attr("kv_heads"), site.node.attr("head_dim")
    causal = ", causal=True" if site.node.attr("causal") else ""
    if is_a(site.box, "attention"):  # in its own box a word means its core
        return _over(site, f"AttentionCore({site.read}, {heads}{causal})")
    if kv_heads or head_dim:
        dim = number(head_dim) if head_dim else f"{site.read} // {heads}"
        groups = number(kv_heads) if kv_heads else heads
        return _over(site, f"GroupedQueryAttention({site.read}, {heads}, {groups}, {dim}{causal})")
    # torch's own module, where it can do it: a reader of the source sees its number of heads.
    name = "MultiHeadAttention" if heads != "heads" and not causal else "SelfAttention"
    return _over(site, f"{name}({site.read}, {heads}{causal})")


def _two_sources(name: str, with_heads: str = "") -> Writer:
    def write(site: Site) -> Piece:
        heads = site.node.attr("heads")
        given = number(heads) if heads else "heads"
        return _over(site, f"{with_heads if heads and with_heads else name}({site.read}, {given})")

    return write


def _feed_forward(name: str) -> Writer:
    def write(site: Site) -> Piece:
        build = f"{name}({site.read}, hidden)"
        return Piece(f"ChannelsLast({build})" if site.image else build)

    return write


def _token_mixing(site: Site) -> Piece:
    if is_a(site.box, "feed_forward"):  # the spatial gating unit's projection (Liu et al. 2021, equation 2)
        return _over(site, "ChannelsFirst(nn.Linear(length, length))")
    return _over(site, "TokenMixing(length, hidden)")


def _moe(site: Site) -> Piece:
    experts, top_k = site.node.attr("experts"), site.node.attr("top_k")
    counts = f"{number(experts) if experts else 'experts'}, {number(top_k) if top_k else 'top_k'}"
    return _over(site, f"MixtureOfExperts({site.read}, hidden, {counts})")


def _dropout(site: Site) -> Piece:
    p = site.node.attr("p")
    return Piece(f"nn.Dropout({'dropout' if p is None else number(p)})")


def _drop_path(site: Site) -> Piece:
    p = site.node.attr("p")
    return Piece(f"DropPath({'drop_path' if p is None else number(p)})")


def _embedding(site: Site) -> Piece:
    return Piece(f"nn.Embedding(vocab_size, {site.made})")


def _conditional(alone: str, conditional: str) -> Writer:
    def write(site: Site) -> Piece:
        name = conditional if len(site.node.args) > 1 or not alone else alone
        return _over(site, f"{name}({site.read})")

    return write


_SUBLAYERS: dict[str, Writer] = {
    "self_attention": _self_attention,
    "cross_attention": _two_sources("CrossAttention", "MultiHeadCrossAttention"),
    "joint_attention": _two_sources("JointAttention"),
    "feed_forward": _feed_forward("FeedForward"),
    "gated_feed_forward": _feed_forward("GatedFeedForward"),
    "moe": _moe,
    "token_mixing": _token_mixing,
    "ssm": lambda site: _over(site, f"StateSpace({site.read})"),
    "recurrent": lambda site: _over(site, f"Recurrent({site.read})"),
    "fourier": lambda site: _over(site, "Fourier()"),
    "convolution": lambda site: _over(site, f"Convolution({site.read}, kernel)"),
    "dropout": _dropout,
    "drop_path": _drop_path,
    "gate": _conditional("Gate", "ConditionalGate"),
    "modulate": _conditional("", "Modulate"),
    "embedding": _embedding,
}
