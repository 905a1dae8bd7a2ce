"""A configuration that is the command line: without arguments an option has its default, which the user may set."""

import pytest
from conftest import HEAD, block

SOURCE = (
    HEAD
    + """
import argparse
import sys


def options(argv=None):
    parser = argparse.ArgumentParser(description="x", formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    group = parser.add_argument_group("model")
    group.add_argument("-d", "--dim", type=int, default="8", help="width")
    group.add_argument("--norm-first", {action})
    parser.add_argument("--log", required=True)
    parser.set_defaults(depth=2)
    return parser.parse_args({argv})


class Block(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.first, self.norm, self.f = args.norm_first, nn.LayerNorm(args.dim), nn.Linear(args.dim, args.dim * args.depth)

    def forward(self, x):
        return self.f(self.norm(x)) if self.first else self.norm(self.f(x))


def build():
    return Block(options())
"""
)
FIRST, LAST = "layer_norm -> linear", "linear -> layer_norm"
ACTIONS = {
    'action="store_true"': LAST,
    'action="store_false"': FIRST,
    "type=int, default=0": LAST,
    "default=True, action=argparse.BooleanOptionalAction": FIRST,
}


@pytest.mark.parametrize("argv", ["", "[]", "sys.argv[1:]"])
@pytest.mark.parametrize("action", ACTIONS)
def test_options_have_their_defaults(reader, action, argv):
    source = SOURCE.format(action=action, argv=argv)
    views = reader.describe(source, "build()", set={"log": "x"}).blocks
    assert [view.notation.strip() for view in views if view.default] == [ACTIONS[action]]
    assert {view.notation.strip() for view in views} == {FIRST, LAST}
    assert reader.notation(source, "build()", set={"norm_first": "true"}) == FIRST


def test_a_command_line_that_is_given_is_not_read(reader):
    source = SOURCE.format(action='action="store_true"', argv='["--norm-first", "--log", "x"]')
    assert reader.check(source, FIRST, "build()").verdict == "unresolved"


def test_a_number_in_a_text_may_be_unknown(reader):
    init = 'print("%.2fM of %s" % (sum(p.numel() for p in self.parameters()) / 1e6, dim))'
    assert reader.notation(block("return self.f(self.norm(x))", init)) == FIRST
