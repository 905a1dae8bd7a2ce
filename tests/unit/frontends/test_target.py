"""What the text of a target means."""

from pathlib import Path

import pytest

from archcheck.frontends.target_text import TargetError, files_of, parse_target


def test_the_forms(tmp_path):
    file = tmp_path / "model.py"
    file.write_text("")
    assert parse_target(str(file)).file == file
    assert parse_target(str(tmp_path)).file == tmp_path
    named = parse_target(f"{file}::Outer.Inner")
    assert (named.file, named.name, named.arguments) == (file, "Outer.Inner", None)
    called = parse_target(f"{file}::Block(32, heads=(4, 2))")
    assert (called.name, called.arguments) == ("Block", "32, heads=(4, 2)")
    module = parse_target("timm.models.vision_transformer:Block(32, 4, init_values=1e-5)")
    assert (module.module, module.name, module.arguments) == (
        "timm.models.vision_transformer",
        "Block",
        "32, 4, init_values=1e-5",
    )
    assert parse_target("torch.nn").module == "torch.nn"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no_such_file.py", "no such file"),
        ("no_such_file.py::Block", "no such file"),
        ("a b c", "no such file"),
        ("m:Block(3", "does not end"),
        ("m:Block(3 +)", "not valid Python"),
        ("m:9lives", "no name of a class"),
        ("m(3)", "names no class"),
        ("", "no such file"),
    ],
)
def test_what_is_no_target(text, message):
    with pytest.raises(TargetError) as raised:
        parse_target(text)
    assert message in raised.value.message


def test_a_folder_is_its_python_files_in_order(tmp_path):
    for name in ("b.py", "a.py", ".hidden/x.py", "sub/c.py", "__pycache__/d.py", "note.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert [str(file.relative_to(tmp_path)) for file in files_of(tmp_path)] == [
        "a.py",
        "b.py",
        str(Path("sub/c.py")),
    ]
