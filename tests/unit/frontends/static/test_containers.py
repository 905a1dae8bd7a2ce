"""Containers of modules that are changed after they were built."""

import pytest
from conftest import block

CHANGED = {
    "a member of a list is deleted": "self.l = nn.ModuleList([nn.Tanh(), nn.LayerNorm(dim), nn.ReLU()])\ndel self.l[0]\ndel self.l[-1]",
    "members are deleted together": "self.l = nn.ModuleList([nn.LayerNorm(dim), nn.Tanh(), nn.ReLU()])\ndel self.l[1:]",
    "members are popped": "self.l = nn.ModuleList([nn.Tanh(), nn.LayerNorm(dim), nn.ReLU()])\nself.l.pop(0)\nself.l.pop()",
    "the last one is replaced": "self.l = nn.ModuleList([nn.Tanh()])\nself.l[-1] = nn.LayerNorm(dim)",
    "a sequence": "self.l = nn.Sequential(nn.Tanh(), nn.LayerNorm(dim), nn.ReLU())\ndel self.l[0]\ndel self.l[1]",
    "a dictionary": "d = nn.ModuleDict({'a': nn.Tanh(), 'n': nn.LayerNorm(dim)})\ndel d['a']\nself.l = d.values()",
    "one is inserted": "self.l = nn.ModuleList()\nself.l.insert(0, nn.LayerNorm(dim))",
}


@pytest.mark.parametrize("how", CHANGED)
def test_what_a_container_holds_in_the_end(reader, how):
    body = "y = x\nfor m in self.l:\n    y = m(y)\nreturn x + self.f(y)"
    assert reader.notation(block(body, init=CHANGED[how])) == "layer_norm -> linear -> add"


def test_what_was_deleted_is_no_child_any_more(reader):
    init = "self.l = nn.ModuleList([nn.Tanh(), nn.LayerNorm(dim), nn.ReLU()])\ndel self.l[0]\nself.l.pop()"
    body = "y = x\nfor _, m in self.l.named_children():\n    y = m(y)\nreturn x + self.f(y)"
    assert reader.notation(block(body, init=init)) == "layer_norm -> linear -> add"
