"""Whether a value is a sequence, an image or token ids.

A block has one layout. A sequence is (batch, length, channels), an image (batch, channels, height, width). A
model starts with what its first step reads, and its images become sequences where a step needs sequences.
"""

from __future__ import annotations

from archcheck.graph import Graph
from archcheck.vocabulary import is_a

SEQUENCE, IMAGE, IDS = "sequence", "image", "ids"

OF_IMAGES = (
    "conv", "conv_transpose", "batch_norm", "group_norm", "instance_norm", "squeeze_excite", "pool", "resize",
    "shuffle",
)  # fmt: skip
OF_SEQUENCES = (
    "attention", "token_mixing", "ssm", "recurrent", "fourier", "mixer", "convolution", "embedding", "gate",
    "modulate",
)  # fmt: skip


def words_below(graph: Graph) -> set[str]:
    """The first words of all operations, insides included."""
    found: set[str] = set()
    todo = [graph]
    while todo:
        for node in todo.pop().operations():
            found.add(node.words[0])
            if node.inner is not None:
                todo.append(node.inner)
    return found


def block_layout(graph: Graph) -> str:
    """The layout of a block: images where an operation of images stands in it and none of sequences."""
    words = words_below(graph)
    if any(is_a(word, family) for word in words for family in OF_SEQUENCES):
        return SEQUENCE
    return IMAGE if any(is_a(word, family) for word in words for family in OF_IMAGES) else SEQUENCE


def first_layout(graph: Graph, key: str) -> str:
    """What an input of a model is: token ids for an embedding, an image for what reads images."""
    while True:
        users = graph.users[key]
        for user in users:
            word = graph[user].words[0]
            if word == "embedding":
                return IDS
            if any(is_a(word, family) for family in OF_IMAGES):
                return IMAGE
            inner = graph[user].inner
            if inner is not None:
                return block_layout(inner)
            if any(is_a(word, family) for family in (*OF_SEQUENCES, "linear", "join", "sublayer")):
                return SEQUENCE
        if not users:
            return SEQUENCE
        key = users[0]
