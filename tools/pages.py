"""Generates docs/rules/*.md from the rules, docs/specs/*.md and specs/index.json from the catalogue.

python tools/pages.py            write the pages
python tools/pages.py --check    exit with 1 if a page is stale, missing or left over
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from archcheck import likely
from archcheck.report.specs import spec_lines
from archcheck.report.terminal import plain
from archcheck.rules import codes, explain
from archcheck.spec import Spec, catalogue

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
FOLDERS = ("rules", "specs")
MADE = "<!-- made by tools/pages.py; change the rule or the spec, not this page -->\n\n"


def pages() -> dict[Path, str]:
    """Every generated page by its file."""
    found = {DOCS / "rules" / f"{code}.md": text for code, text in _rules()}
    found[DOCS / "rules" / "index.md"] = _index("Findings", [(code, name) for code, name in codes()])
    specs = [catalogue.load(name) for name in catalogue.names()]
    for spec in specs:
        found[DOCS / "specs" / f"{spec.name}.md"] = _spec_page(spec)
    found[DOCS / "specs" / "index.md"] = _index("The catalogue", [(spec.name, spec.title) for spec in specs])
    made = {file: MADE + text for file, text in found.items()}
    return {**made, catalogue.directory() / likely.INDEX: likely.index()}


def _rules() -> Iterator[tuple[str, str]]:
    for code, _ in codes():
        title, _, body = explain(code).partition("\n")
        yield code, f"# {title}\n\n{_blocks(body).strip()}\n"


def _blocks(text: str) -> str:
    """Put a blank line before each indented example, as Markdown wants it."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("    ") and lines and lines[-1] and not lines[-1].startswith("    "):
            lines.append("")
        lines.append(line)
    return "\n".join(lines)


def _spec_page(spec: Spec) -> str:
    figure = ", ".join(part for part in (spec.figure.label, spec.figure.paper) if part)
    if spec.figure.url:
        figure = f"[{figure or spec.figure.url}]({spec.figure.url})"
    drawing = plain(spec_lines(spec, heading=False)).strip("\n")
    parts = [f"# {spec.name}: {spec.title}" if spec.title else f"# {spec.name}"]
    parts += [part for part in (figure, spec.description.strip()) if part]
    parts += [f"```text\n{drawing}\n```", f"```yaml\n{spec.text.strip()}\n```"]
    return "\n\n".join(parts) + "\n"


def _index(title: str, rows: list[tuple[str, str]]) -> str:
    listed = "\n".join(f"- [{name}]({name}.md) {text}" for name, text in rows)
    return f"# {title}\n\n{listed}\n"


def stale(wanted: dict[Path, str]) -> list[str]:
    """What is wrong with the pages on disk, one sentence each."""
    present = {file for folder in FOLDERS for file in (DOCS / folder).glob("*.md")}
    wrong = [f"{file.relative_to(ROOT)} belongs to no rule or spec" for file in sorted(present - set(wanted))]
    for file, text in wanted.items():
        base = ROOT if file.is_relative_to(ROOT) else catalogue.directory().parent
        name = file.relative_to(base)
        if not file.exists():
            wrong.append(f"{name} is missing")
        elif file.read_text(encoding="utf-8") != text:
            wrong.append(f"{name} is stale")
    return wrong


def main(argv: list[str]) -> int:
    """Write the pages, or with --check say what is wrong with them."""
    wanted = pages()
    if "--check" in argv:
        wrong = stale(wanted)
        print(
            "\n".join([*wrong, "run: python tools/pages.py"]) if wrong else f"{len(wanted)} pages are current"
        )
        return 1 if wrong else 0
    for folder in FOLDERS:
        (DOCS / folder).mkdir(parents=True, exist_ok=True)
        for file in (DOCS / folder).glob("*.md"):
            if file not in wanted:
                file.unlink()
    for file, text in wanted.items():
        file.write_text(text, encoding="utf-8")
    print(f"{len(wanted)} pages written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
