"""Copies libraries with every class, attribute and variable of their own renamed at random, and the labels with them.

    python tools/renamed.py unpacked/timm unpacked/transformers --out renamed --labels ../shared/zoo/transformers.yaml
    python ../shared/zoo/score.py renamed/labels/transformers.yaml --engine static --path renamed/lib --json after.json
    python ../shared/zoo/score.py ../shared/zoo/transformers.yaml --engine static --path unpacked --json before.json
    python tools/renamed.py --compare before.json after.json

If names decided anything, the second score would differ from the first. What is renamed and what not:
tools/renaming.py and tools/renamer.py. Labels of packages that are not given are left out. Read the copies where the
libraries themselves are not installed, or their own files would be found first.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import libcst as cst
import yaml
from renamer import renamed
from renaming import Names, analyse

_shared: Names | None = None


def copy(packages: Sequence[Path], out: Path, jobs: int) -> Names:
    """Write the renamed copy of packages that import each other.

    What libcst cannot parse is copied as it is, and said.
    """
    global _shared
    files = sorted((path, package) for package in packages for path in package.rglob("*.py"))
    _shared = analyse([package.name for package in packages], [path for path, _ in files])
    for word in sorted(_shared.attributes | _shared.parameters | _shared.top | _shared.variables):
        _shared.word(word)  # before the workers part: all use the same new names
    for package in packages:
        shutil.rmtree(out / package.name, ignore_errors=True)
    with ProcessPoolExecutor(jobs) as pool:
        for (path, package), text in zip(
            files, pool.map(_one, [p for p, _ in files], chunksize=20), strict=True
        ):
            to = out / package.name / path.relative_to(package)
            to.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                print(f"not renamed: {path}")
                shutil.copyfile(path, to)
            else:
                to.write_text(text, encoding="utf-8")
    print(f"{', '.join(p.name for p in packages)}: {len(files)} files, {len(_shared.new)} names")
    return _shared


def _one(path: Path) -> str | None:
    assert _shared is not None
    try:
        return renamed(_shared, path)
    except (cst.ParserSyntaxError, KeyError, UnicodeDecodeError):
        return None


class _Target(cst.CSTTransformer):
    """A label's constructor call: keywords and the names of the library."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        root: cst.BaseExpression = original_node.func
        while isinstance(root, cst.Attribute):
            root = root.value
        if isinstance(root, cst.Name) and root.value == "torch":
            return updated_node
        named = isinstance(
            root, cst.Call
        )  # `__import__("argparse").Namespace(…)`: what it is given are attributes
        args = [
            a
            if a.keyword is None
            else a.with_changes(keyword=cst.Name(self._keyword(a.keyword.value, named=named)))
            for a in updated_node.args
        ]
        return updated_node.with_changes(args=args)

    def _keyword(self, name: str, *, named: bool) -> str:
        own = self.names.has_attribute(name) if named else self.names.has_parameter(name)
        return self.names.word(name) if own else name

    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        text = original_node.evaluated_value
        return (
            cst.SimpleString(repr(self.names.word(str(text)))) if self.names.has_text(text) else updated_node
        )

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        root: cst.BaseExpression = original_node
        while isinstance(root, cst.Attribute):
            root = root.value
        name = original_node.attr.value
        own = isinstance(root, cst.Call) or (isinstance(root, cst.Name) and root.value in self.names.packages)
        if own and self.names.has_top(name):
            return updated_node.with_changes(attr=cst.Name(self.names.word(name)))
        return updated_node


def relabel(label: dict[str, object], names: Names) -> dict[str, object]:
    """A label that asks for the same block of the renamed copy."""

    def attribute(name: str) -> str:
        return ".".join(names.word(n) if names.has_attribute(n) else n for n in name.split("."))

    def text(value: object) -> object:
        if isinstance(value, list):
            return [text(one) for one in value]
        return names.word(str(value)) if names.has_text(value) else value

    new = dict(label)
    new["class"] = names.word(str(label["class"])) if names.has_top(str(label["class"])) else label["class"]
    if label.get("target"):
        module, _, call = str(label["target"]).partition(":")
        tree = cst.parse_expression(call)
        head, rest = (tree.func, tree) if isinstance(tree, cst.Call) else (tree, None)
        assert isinstance(head, cst.Name)
        own = cst.Name(names.word(head.value) if names.has_top(head.value) else head.value)
        code = rest.visit(_Target(names)) if rest is not None else own
        assert isinstance(code, cst.Call | cst.Name)
        code = code.with_changes(func=own) if isinstance(code, cst.Call) else code
        new["target"] = f"{module}:{cst.Module([]).code_for_node(code)}"
    config = label.get("config")
    if isinstance(config, dict) and config.get("set"):
        new["config"] = {**config, "set": {attribute(k): text(v) for k, v in config["set"].items()}}
    if isinstance(label.get("give"), list):
        give = [str(g) for g in label["give"]]  # type: ignore[attr-defined]
        new["give"] = [names.word(g) if names.has_parameter(g) else g for g in give]
    return new


def compare(before: Path, after: Path) -> int:
    """Print the labels whose placement is right on one side only; the exit status says whether there are any."""
    sides = [json.loads(path.read_text()) for path in (before, after)]
    wrong = [{w["id"]: w for w in side["wrong"] if not w["placement"]} for side in sides]
    changed = sorted(set(wrong[0]) ^ set(wrong[1]))
    for label in sorted(set(wrong[0]) & set(wrong[1])):
        if wrong[0][label]["got"] != wrong[1][label]["got"] and wrong[0][label]["status"] == "ok":
            changed.append(label)
    for label in changed:
        print(f"{label}:\n  before {wrong[0].get(label, {}).get('got', 'right')}")
        print(f"  after  {wrong[1].get(label, {}).get('got', 'right')}")
    counts = [side["count"] for side in sides]
    print(
        f"{counts[0]['asked']} labels before, {counts[1]['asked']} after; {len(changed)} differ in placement"
    )
    return 1 if changed else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "packages", nargs="*", help="folders of unpacked packages; with commas: those that import each other"
    )
    parser.add_argument("--out", type=Path, default=Path("renamed"))
    parser.add_argument("--labels", action="append", type=Path, default=[])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("BEFORE", "AFTER"))
    options = parser.parse_args(arguments)
    if options.compare:
        return compare(*options.compare)
    known: dict[str, Names] = {}
    for text in options.packages:
        folders = [Path(part) for part in text.split(",")]
        known |= dict.fromkeys((p.name for p in folders), copy(folders, options.out / "lib", options.jobs))
    (options.out / "labels").mkdir(parents=True, exist_ok=True)
    for path in options.labels:
        labels = yaml.safe_load(path.read_text())
        packages = [str(label["module"]).split(".")[0] for label in labels]
        new = [relabel(label, known[p]) for label, p in zip(labels, packages, strict=True) if p in known]
        (options.out / "labels" / path.name).write_text(yaml.safe_dump(new, sort_keys=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
