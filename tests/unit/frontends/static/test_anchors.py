"""Where an operation stands: the file, line and column of the expression that a reader would look at."""

from pathlib import Path

from conftest import block


def covered(span) -> str:
    """The text that a place covers; columns count bytes."""
    lines = Path(span.file).read_bytes().splitlines()[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return " ".join(b" ".join(lines).decode().split())


def anchors(view) -> dict[str, str]:
    """What the place of each operation covers."""
    return {node.words[0]: covered(node.span) for node in view.graph.nodes if node.args and node.span}


def test_each_operation_stands_at_its_own_expression(reader):
    view = reader.one(block("return x + torch.tanh(\n    self.f(self.norm(x))\n)"))
    assert anchors(view) == {
        "layer_norm": "self.norm(x)",
        "linear": "self.f(self.norm(x))",
        "tanh": "torch.tanh( self.f(self.norm(x)) )",
        "add": "x + torch.tanh( self.f(self.norm(x)) )",
    }


def test_an_operation_of_a_helper_stands_in_the_helper(reader):
    helper = "def go(f, x):\n    y = f(x)\n    return F.relu(y)\n"
    view = reader.one(block("return x + go(self.f, self.norm(x))", before=helper))
    found = anchors(view)
    assert (found["linear"], found["relu"]) == ("f(x)", "F.relu(y)")
    assert found["add"] == "x + go(self.f, self.norm(x))"


def test_an_operation_of_another_file_stands_there(reader):
    reader.write({"parts.py": "import torch.nn.functional as F\ndef act(x):\n    return F.gelu(x)\n"})
    view = reader.one(block("return x + act(self.f(self.norm(x)))", before="from parts import act\n"))
    (gelu,) = (node for node in view.graph.nodes if node.words[0] == "gelu")
    assert (Path(gelu.span.file).name, gelu.span.line) == ("parts.py", 3)


def test_an_augmented_assignment_is_the_whole_statement(reader):
    view = reader.one(block("y = self.f(self.norm(x))\ny += x\nreturn y"))
    assert anchors(view)["add"] == "y += x"


def test_letters_of_several_bytes_do_not_move_a_place(reader):
    view = reader.one(block("é = 'ü'; y = self.f(self.norm(x))\nreturn x + y"))
    assert anchors(view)["linear"] == "self.f(self.norm(x))"


def test_a_skip_behind_the_norm_is_shown_at_both_ends(reader):
    result = reader.check(block("x = self.norm(x)\nreturn x + self.f(x)"), "norm -> linear -> add")
    (finding,) = result.findings
    assert finding.code == "AC203"
    assert covered(finding.at) == "x + self.f(x)"
    assert [covered(one.at) for one in finding.related if one.at] == ["self.norm(x)"]
