"""What a scaffold looks like, what it refuses, and the arithmetic behind it. No torch."""

from __future__ import annotations

import ast
from fractions import Fraction

import pytest

import archcheck
from archcheck.frontends.static import read_target
from archcheck.graph.recording import Recording
from archcheck.scaffolding import ScaffoldError, scaffold
from archcheck.scaffolding.library import parts
from archcheck.scaffolding.naming import class_name, identifier
from archcheck.scaffolding.widths import WIDTH, Size, divisor
from archcheck.spec import SpecError, catalogue, read_text

POST_LN_FORWARD = """\
    def forward(self, x: Tensor) -> Tensor:
        x = self.layer_norm1(x + self.dropout1(self.self_attention(x)))
        return self.layer_norm2(x + self.dropout2(self.feed_forward(x)))
"""


def forward(text: str, name: str) -> str:
    """The body of the forward of a class."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            method = next(n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "forward")
            return "\n".join(map(ast.unparse, method.body))
    raise AssertionError(f"no class {name}")


def of(*lines: str) -> str:
    """The scaffold of a spec file with these lines."""
    return scaffold(read_text("archcheck: 1\nname: made\n" + "\n".join(lines) + "\n", "made.yaml"))


def test_post_ln_is_written_as_one_would_write_it():
    text = scaffold("post_ln")
    assert POST_LN_FORWARD in text
    assert "class PostLn(nn.Module):" in text
    assert "Post-LN Transformer encoder layer" in text
    assert "Figure: Figure 1, left, arXiv:1706.03762" in text


def test_the_public_function_is_the_package_s():
    assert archcheck.scaffold("post_ln") == scaffold("post_ln")


@pytest.mark.parametrize("name", catalogue.names())
@pytest.mark.parametrize("optional", [True, False])
def test_every_spec_of_the_catalogue_is_scaffolded(name, optional):
    text = scaffold(name, optional=optional)
    assert all(
        isinstance(node, (ast.ClassDef, ast.ImportFrom, ast.Import, ast.Expr))
        for node in ast.parse(text).body
    )
    assert max(map(len, text.splitlines())) <= 110


def test_optional_parts_can_be_left_out():
    assert "dropout" not in scaffold("post_ln", optional=False).lower()
    assert "nn.Dropout(dropout)" in scaffold("post_ln")


def test_values_have_the_names_that_the_spec_gives_them():
    text = scaffold("residual_dual")
    assert "post_middle = self.layer_norm1(post + attended)" in text
    assert "return post_out, dual_out" in text


def test_a_value_that_is_read_again_is_a_variable():
    text = scaffold("layer_norm -> (self_attention + feed_forward) -> add")
    assert forward(text, "Block").splitlines() == [
        "normed = self.layer_norm(x)",
        "return self.self_attention(normed) + self.feed_forward(normed) + x",
    ]


def test_the_stream_s_name_is_free_again_when_nobody_reads_it():
    text = scaffold("rms_norm -> conv -> add; layer_norm -> feed_forward -> add")
    assert forward(text, "Block").splitlines() == [
        "x = x + self.conv(self.rms_norm(x))",
        "return x + self.feed_forward(self.layer_norm(x))",
    ]


def test_products_and_differences_keep_their_grouping():
    text = scaffold("linear -> layer_scale -> scale(0.5) -> add")
    assert forward(text, "Block") == "return x + self.linear(x) * self.layer_scale * 0.5"
    text = scaffold("linear as l -> relu -> subtract(l) -> add(input)")
    assert forward(text, "Block").splitlines()[-1] == "return x + (F.relu(l) - l)"


def test_one_module_in_two_places_is_one_attribute():
    text = of(
        "block:",
        "  - rms_norm(shared=n) -> attention -> add",
        "  - rms_norm(shared=n) -> feed_forward -> add",
    )
    assert text.count("nn.RMSNorm(width)") == 1
    assert text.count("self.n(") == 2


def test_a_block_that_another_names_is_a_class():
    text = of("blocks:", "  stem: {block: 'conv -> batch_norm -> relu'}", "  layer: {block: 'conv -> add'}",
              "model: stem -> stack(n=3)[layer] -> avg_pool(global=true) -> linear")  # fmt: skip
    assert [n.name for n in ast.parse(text).body if isinstance(n, ast.ClassDef)][-3:] == [
        "Stem",
        "Layer",
        "Made",
    ]
    assert "depth: int = 3" in text


def test_a_step_that_needs_a_memory_makes_forward_take_one():
    assert "def forward(self, x: Tensor, memory: Tensor) -> Tensor:" in scaffold(
        "norm -> cross_attention -> add"
    )
    assert "x = layer(x, memory)" in scaffold("t5")


def test_equal_boxes_are_one_class_and_others_are_numbered():
    text = scaffold("feed_forward[linear -> relu -> linear] -> add; feed_forward[linear -> relu -> linear] -> add;"
                    "feed_forward[linear -> gelu -> linear] -> add")  # fmt: skip
    names = [n.name for n in ast.parse(text).body if isinstance(n, ast.ClassDef)]
    assert names == ["FeedForward2", "FeedForward3", "Block"]


def test_class_names_follow_applies_to():
    assert "class EncoderLayer(" in of("applies_to: ['*EncoderLayer']", "block: norm -> attention -> add")


@pytest.mark.parametrize(
    ("chain", "says"),
    [
        ("norm -> opaque -> add", "cannot scaffold 'opaque': nothing says what"),
        ("norm -> glu -> add", "put a linear or a conv in front of it"),
        ("(norm , norm) -> add", "put a linear or a conv behind it"),
        ("norm -> matmul -> add", "name the other one: matmul(y)"),
        ("linear(out_features=32) -> linear(in_features=16) -> add", "32 channels and 16 at once"),
    ],
)
def test_errors_teach(chain, says):
    with pytest.raises(ScaffoldError) as caught:
        scaffold(chain)
    assert says in str(caught.value)
    assert str(caught.value).startswith("<chain>:1:")


def test_a_wrong_spec_is_a_spec_error():
    with pytest.raises(SpecError):
        scaffold("nrm -> attention -> add")


def test_widths_are_sums_of_arguments():
    assert WIDTH.text() == "width"
    assert WIDTH.times(Fraction(2)).text() == "2 * width"
    assert WIDTH.times(Fraction(1, 3)).text() == "width // 3"
    assert WIDTH.plus(Size.of("hidden")).text() == "width + hidden"
    assert Size.of("", 64).text() == "64"
    assert divisor([WIDTH.times(Fraction(1, 3)), WIDTH.times(Fraction(1, 2))]) == 6


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ("(conv , conv) -> add", "nn.Conv2d(width, width // 2, 3, padding=1)"),
        ("(conv , conv , conv) -> conv -> add", "nn.Conv2d(3 * width, width, 3, padding=1)"),
        ("linear -> glu -> add", "nn.Linear(width, 2 * width)"),
        ("self_attention(heads=12) -> add", "width: int = 72"),
        ("linear(in_features=48) -> add", "width: int = 48"),
    ],
)
def test_widths_fit_together(chain, expected):
    assert expected in scaffold(chain)


def test_names_are_python_s():
    assert class_name("pre_ln") == "PreLn"
    assert class_name("3d") == class_name("a -> b") == class_name("true") == "Block"
    assert identifier("in") == "in_"
    assert "lambda_ = " in of(
        "graph:", "  lambda: input -> linear", "  y: lambda -> add(input) -> mul(lambda)"
    )


def test_text_of_the_spec_cannot_end_a_docstring():
    text = of('title: \'says """ and \\\'', "block: norm -> attention -> add")
    assert ast.get_docstring(ast.parse(text)) is not None


def test_the_library_s_classes_come_behind_those_that_they_use():
    known = list(parts())
    assert all(known.index(need) < known.index(part.name) for part in parts().values() for need in part.needs)
    assert "MixtureOfExperts" in known
    assert parts()["MixtureOfExperts"].needs == ("FeedForward",)


def test_every_line_of_a_finding_leads_into_the_scaffold(tmp_path):
    path = tmp_path / "made.py"
    path.write_text(scaffold("pre_ln"))
    recordings = [a for a in read_target(f"{path}::Layer") if isinstance(a, Recording)]
    assert recordings
    assert all(node.span is not None for r in recordings for node in r.graph.operations())
