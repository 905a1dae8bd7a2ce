"""What functions, tensors, generic types and mappings consist of, as libraries look at it."""

import pytest
from conftest import block

PRE = "layer_norm -> linear -> add"

COPY = """\
import types
def copied(f):
    g = types.FunctionType(f.__code__, f.__globals__, name=f.__name__, argdefs=f.__defaults__, closure=f.__closure__)
    g = functools.update_wrapper(g, f)
    g.__kwdefaults__ = f.__kwdefaults__
    return g
class Maker:
    @classmethod
    def make(cls, dim, *, wide=False, norm=nn.LayerNorm):
        return cls.kind(dim)
class Norms(Maker):
    kind = nn.LayerNorm
Norms.make = classmethod(copied(Maker.make))
"""


def test_a_copied_function_computes_what_the_first_one_does(reader):
    source = block("return x + self.f(self.n(x))", init="self.n = Norms.make(dim)", before=COPY)
    assert reader.notation(source) == PRE


OTHER = {
    "other code": "types.FunctionType(two.__code__, one.__globals__, closure=one.__closure__)",
    "no known code": "types.FunctionType(compile('x', '', 'eval'), one.__globals__)",
    "a closure of another": "types.FunctionType(one.__code__, one.__globals__, closure=two.__closure__)",
}


@pytest.mark.parametrize("made", OTHER)
def test_a_function_of_foreign_parts_is_not_the_first_one(reader, made):
    before = f"import types\ndef one(x):\n    return x\ndef two(x):\n    return torch.tanh(x)\nact = {OTHER[made]}\n"
    source = block("return x + act(self.f(self.norm(x)))", before=before)
    assert reader.check(source, "norm -> linear -> add").verdict != "match"


def test_defaults_that_are_replaced_are_the_new_ones(reader):
    before = (
        "def go(x, act=None, *, last=None):\n    x = act(x) if act else x\n    return last(x) if last else x\n"
        "go.__defaults__ = (torch.tanh,)\ngo.__kwdefaults__ = {'last': F.relu}\n"
    )
    source = block("return x + go(self.f(self.norm(x)))", before=before)
    assert reader.notation(source) == "layer_norm -> linear -> tanh -> relu -> add"


def test_a_tensor_has_the_attributes_that_tensors_have(reader):
    before = "def traced(x):\n    return x.jax() if hasattr(x, 'jax') else x\n"
    source = block("return x + traced(self.f(self.norm(x)))", before=before)
    assert reader.notation(source) == PRE
    default = block("return x + getattr(self.f(self.norm(x)), 'jax', F.relu)(x)")
    assert reader.notation(default) == "relu -> add"
    real = block("y = self.f(self.norm(x))\nreturn x + (y.tanh() if hasattr(y, 'tanh') else y)")
    assert reader.notation(real) == "layer_norm -> linear -> tanh -> add"


@pytest.mark.parametrize("mark", ["y.hot = True", "setattr(y, 'hot', True)"])
def test_a_tensor_that_was_given_an_attribute_has_it(reader, mark):
    source = block(
        f"y = self.f(self.norm(x))\n{mark}\nreturn x + (torch.tanh(y) if hasattr(y, 'hot') else y)"
    )
    assert reader.check(source, "norm -> linear -> add").verdict != "match"


def test_a_part_of_what_something_unseen_gave_is_no_method_of_a_tensor(reader):
    source = block(
        "y = foreign.encode(self.norm(x)).last.transpose(1, 2)\nreturn x + self.f(y)",
        before="import foreign\n",
    )
    assert any("foreign.encode" in reason for reason in reader.reasons(source))


def test_abstract_types_of_the_library_take_parameters(reader):
    before = "from collections.abc import Sequence\nclass Layers(Sequence['nn.Module']):\n    rate = 0.5\n"
    source = block("return x + self.f(self.norm(x)) * Layers.rate", before=before)
    assert reader.notation(source) == "layer_norm -> linear -> scale(0.5) -> add"


def test_a_mapping_of_users_begins_empty_with_none(reader):
    before = "from collections import UserDict\nclass Shared(UserDict[str, int]):\n    pass\n"
    body = "kept = Shared(None)\nkept['y'] = self.f(self.norm(x))\nreturn x + kept['y']"
    assert reader.notation(block(body, before=before)) == PRE
    assert (
        reader.notation(block(body.replace("kept = Shared(None)", "kept = Shared({'a': 1})"), before=before))
        == PRE
    )


def test_numbers_of_a_table_that_the_constructor_made_hide_nothing(reader):
    before = (
        "def drop(x, p):\n    keep = 1 - p\n"
        "    mask = torch.floor(torch.rand((x.shape[0], 1, 1)) + keep)\n    return x.div(keep) * mask\n"
    )
    init = "self.p = [r.item() for r in torch.linspace(0, 0.1, 4)][1]"
    source = block("return x + drop(self.f(self.norm(x)), self.p)", init=init, before=before)
    assert reader.notation(source) == "layer_norm -> linear -> drop_path -> add"


@pytest.mark.parametrize("read", ["x.sum().item()", "x.sum().tolist()"])
def test_numbers_of_the_stream_hide_what_is_made_of_them(reader, read):
    source = block(f"r = {read}\nreturn x + self.f(self.norm(x)) * torch.full((1,), r)")
    assert reader.reasons(source)


@pytest.mark.parametrize("read", ["x.sum().item()", "int(x.sum().item())", "x.sum(-1).tolist()[0]"])
def test_a_number_of_the_stream_is_a_part_of_it(reader, read):
    source = block(f"r = {read}\nreturn x + self.f(self.norm(x)) * r")
    assert not reader.reasons(source)
    assert reader.check(source, PRE).verdict == "mismatch"


def test_positions_of_sizes_that_are_given_are_read_of_these(reader):
    body = """
    places = []
    for height, width in sizes.tolist():
        places.append(torch.arange(int(height)) / int(width))
    return x + self.f(self.norm(x + self.table(torch.cat(places))))
    """
    source = block(body, init="self.table = nn.Embedding(9, dim)").replace("(self, x)", "(self, x, sizes)")
    assert reader.notation(source).startswith(
        "sizes -> scale -> embedding as e1; input -> add(e1) -> layer_norm"
    )


def test_a_parameter_is_of_floating_point(reader):
    methods = (
        "@property\ndef dtype(self):\n"
        "    return next(p.dtype for p in self.parameters() if p.is_floating_point())\n"
    )
    source = block("return x + self.f(self.norm(x.to(self.dtype)))", methods=methods)
    assert reader.notation(source) == PRE


def test_an_error_may_name_an_argument_as_the_caller_calls_it(reader):
    body = (
        "if (ids is None) ^ (embeds is not None):\n    raise ValueError('not both decoder_ids and decoder_embeds')\n"
        "x = embeds if embeds is not None else F.embedding(ids, self.f.weight)\n"
        "return x + self.f(self.norm(x))"
    )
    source = block(body).replace("def forward(self, x)", "def forward(self, ids=None, embeds=None)")
    assert reader.one(source).notation.strip().splitlines()[-1].endswith(PRE)


@pytest.mark.parametrize("constant", ["np.pi", "torch.pi"])
def test_constants_of_a_framework_are_numbers(reader, constant):
    source = block(f"return x + 2 * {constant} * self.f(self.norm(x))", before="import numpy as np\n")
    assert reader.notation(source) == "layer_norm -> linear -> scale(6.283185307179586) -> add"


def test_functions_of_each_element_are_told_apart_by_their_names(reader):
    source = block("return x + torch.atanh(self.f(self.norm(x)))")
    assert reader.notation(source) == "layer_norm -> linear -> math -> add"
    assert reader.check(source, "layer_norm -> linear -> math(name=atanh) -> add").verdict == "match"
    assert reader.check(source, "layer_norm -> linear -> math(name=sinh) -> add").verdict == "mismatch"


PARTS = """
class Text:
    def __init__(self, attn=None, width=8):
        self._attn_implementation_internal, self.width = attn, width

    @property
    def _attn_implementation(self):
        return self._attn_implementation_internal


class BlockConfig(Text):
    def __init__(self):
        super().__init__()
        self.text = Text()


def dot(q, k, v):
    return F.scaled_dot_product_attention(q, k, v)


def eager(q, k, v):
    return torch.softmax(q @ k.transpose(-1, -2), -1) @ v
"""

LOOKED_UP = {
    "a part of the configuration": ("{'eager': eager}", "config.text"),
    "a table without the first choice": ("{'sdpa': dot}", "config"),
}


@pytest.mark.parametrize("case", LOOKED_UP)
def test_attention_is_looked_up_under_what_the_library_sets(reader, case):
    table, held = LOOKED_UP[case]
    source = block(
        "q, k, v = self.qkv(self.norm(x)).chunk(3, -1)\nreturn x + self.f(TABLE[self.how._attn_implementation](q, k, v))",
        init="self.qkv = nn.Linear(dim, 3 * dim)\nself.how = " + held,
        before=f"{PARTS}\nTABLE = {table}\n",
    ).replace("dim=8", "config: BlockConfig, dim=8")
    assert reader.notation(source) == "layer_norm -> self_attention -> add"


def test_an_argument_that_a_part_takes_apart_is_handed_on(reader):
    before = (
        "class Part(nn.Module):\n    def forward(self, x, angles=None):\n"
        "        cos, sin = angles\n        return x * cos + x * sin\n"
    )
    source = block("return x + self.p(self.f(self.norm(x)), **more)", init="self.p = Part()", before=before)
    source = source.replace(
        "def forward(self, x):\n        return x + self",
        "def forward(self, x, **more):\n        return x + self",
    )
    report = reader.describe(source)
    assert not report.errors
    assert all(not view.unresolved for view in report.blocks)
    assert reader.describe(source.replace(", **more", "")).errors  # nothing hands it on


def test_without_variants_a_default_that_raises_is_turned(reader):
    from archcheck.frontends.static.read import Reader, deeply
    from archcheck.frontends.target_text import parse_target

    source = block(
        "return x + self.f(self.n(x))",
        init="if kind == 'norm':\n    self.n = self.norm\nelif kind == 'none':\n    raise ValueError(kind)",
        args="kind='none'",
    )
    reader.write({"model.py": source})
    target = parse_target(f"{reader.folder / 'model.py'}::Block")
    (found,) = deeply(lambda: Reader({}, (), (), None, 60.0, variants=False).answers(target))
    assert hasattr(found, "graph")


@pytest.mark.parametrize(
    ("before", "value", "notation"),
    [
        (
            "import torchaudio",
            "torchaudio.functional.resample(y, 16, 8)",
            "layer_norm -> linear -> resize -> add",
        ),
        (
            "from scipy.optimize import linear_sum_assignment",
            "torch.stack(linear_sum_assignment(y.cpu()))",
            "layer_norm -> linear -> (argmax , argmax) -> add",
        ),
    ],
)
def test_functions_of_other_libraries_that_have_a_stub(reader, before, value, notation):
    source = block(f"y = self.f(self.norm(x))\nreturn x + {value}", before=before)
    assert not reader.reasons(source)
    assert reader.notation(source).startswith(notation)
