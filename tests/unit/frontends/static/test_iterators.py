"""Generators and context managers in the code of models, and what is not known of classes."""

from __future__ import annotations

from conftest import HEAD, block

MANAGER = """
from contextlib import contextmanager

@contextmanager
def normed(module):
    before = module.on
    module.on = True
    try:
        yield module.norm
    finally:
        module.on = before
"""
METHOD = """
def g(self, x):
    return self.norm(x) if self.on else x
"""


def test_a_context_manager_holds_for_its_block(reader):
    body = "y = self.g(x)\nwith normed(self):\n    y = self.g(self.f(y))\nreturn x + self.g(y)"
    source = block(body, init="self.on = False", methods=METHOD, before=MANAGER)
    assert reader.notation(source) == "linear -> layer_norm -> add"


def test_a_return_in_its_block_ends_the_function(reader):
    body = "with normed(self) as norm:\n    return x + self.f(norm(x))\nreturn x"
    source = block(body, init="self.on = False", methods=METHOD, before=MANAGER)
    assert reader.notation(source) == "layer_norm -> linear -> add"


def test_a_loop_over_a_generator_runs_where_it_yields(reader):
    methods = """
    def parts(self):
        self.on = True
        yield self.f
        self.on = False
        yield self.f

    def g(self, x):
        return self.norm(x) if self.on else x
    """
    body = "y = x\nfor part in self.parts():\n    y = part(self.g(y))\nreturn x + self.g(y)"
    source = block(body, init="self.on = False", methods=methods)
    (view,) = reader.describe(source).blocks
    assert view.notation.strip() == "layer_norm -> linear(shared=f) -> linear(shared=f) -> add"


def test_a_generator_reads_what_stands_there_when_it_is_asked(reader):
    body = "parts = (self.g(x) for _ in range(1))\nself.on = True\nreturn x + self.f(next(parts))"
    source = block(body, init="self.on = False", methods=METHOD)
    (view,) = reader.describe(source).blocks
    assert view.notation.strip() == "layer_norm -> linear -> add"


def test_what_may_be_of_a_class_that_is_not_known_is_not_refused(reader):
    source = (
        HEAD
        + """
from nowhere import Kind, make

class Block(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        part = make(dim)
        if not isinstance(part, Kind):
            raise ValueError("no such part")
        self.norm, self.f = nn.LayerNorm(dim), nn.Linear(dim, dim)

    def forward(self, x):
        return x + self.f(self.norm(x))
"""
    )
    assert reader.notation(source) == "layer_norm -> linear -> add"


def test_a_function_that_is_picked_by_a_class_is_not_guessed(reader):
    before = """
    @functools.singledispatch
    def picked(x):
        return x

    @picked.register
    def _(x: torch.Tensor):
        return F.relu(x)
    """
    assert reader.reasons(block("return x + self.f(picked(x))", before=before))
