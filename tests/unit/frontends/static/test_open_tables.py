"""Configurations that a file holds: a name that was not seen there is not known, and neither lacking nor a default."""

from __future__ import annotations

import pytest
from conftest import HEAD

CLASSES = """
import json
from argparse import Namespace
from types import SimpleNamespace

class Updated:
    def __init__(self, **kwargs):
        self.__dict__.update(kwargs)

class Set:
    def __init__(self, table):
        for name, value in table.items():
            setattr(self, name, value)

class Members(dict):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.__dict__ = self

class Looked(dict):
    __getattr__ = dict.__getitem__
"""

BLOCK = """
class Block(nn.Module):
    def __init__(self, path="model.json"):
        super().__init__()
        config = {config}
        self.norm = nn.LayerNorm(config.width) if {asked} else nn.Identity()
        self.f = nn.Linear(config.width, config.width)

    def forward(self, x):
        return x + self.f(self.norm(x))
"""

OF_A_FILE = [
    "Updated(**json.load(open(path)))", "Set(json.load(open(path)))", "Looked(json.load(open(path)))",
    "Members({key: value for key, value in json.load(open(path)).items()})", "Namespace(**json.load(open(path)))",
    "SimpleNamespace(**{**json.load(open(path)), 'depth': 2})",
]  # fmt: skip


@pytest.mark.parametrize("config", OF_A_FILE)
def test_a_field_of_a_file_is_not_known(config, reader):
    views = reader.describe(HEAD + CLASSES + BLOCK.format(config=config, asked="config.normed")).blocks
    assert [view.unresolved for view in views] == [(), ()]


@pytest.mark.parametrize("asked", ['hasattr(config, "normed")', 'getattr(config, "normed", True)'])
def test_whether_it_is_there_is_not_known_either(asked, reader):
    source = HEAD + CLASSES + BLOCK.format(config=OF_A_FILE[0], asked=asked)
    assert len(reader.describe(source).blocks) == 2


@pytest.mark.parametrize("asked", ['"normed" in table', 'table.get("normed", True)', 'table["normed"]'])
def test_a_dictionary_that_took_up_a_file_may_hold_more(asked, reader):
    source = BLOCK.format(config='SimpleNamespace(width=8); table = {"depth": 1}', asked=asked)
    source = source.replace(
        "        self.norm =", "        table.update(json.load(open(path)))\n        self.norm ="
    )
    assert len(reader.describe(HEAD + CLASSES + source).blocks) == 2


KNOWN = [
    "Updated(**json.loads('{\"width\": 8, \"normed\": true}'))", "Members(width=8, normed=True)",
]  # fmt: skip


@pytest.mark.parametrize("config", KNOWN)
def test_what_stands_in_the_source_is_known(config, reader):
    (view,) = reader.describe(HEAD + CLASSES + BLOCK.format(config=config, asked="config.normed")).blocks
    assert view.notation.strip() == "layer_norm -> linear -> add"
