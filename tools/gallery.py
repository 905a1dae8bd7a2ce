"""Generates docs/gallery/*.md: public cases in which code parts from its figure, with what archcheck says of them.

python tools/gallery.py                 download the packages, read them, write the pages
python tools/gallery.py --packages DIR  look for unpacked packages in DIR first (DIR/transformers-5.23.0/transformers)
python tools/gallery.py --check         exit with 1 if a case is not what cases.yaml says, or a page is stale

Nothing of the packages is imported or run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from archcheck import check
from archcheck.report.terminal import plain
from archcheck.report.text import check_lines
from archcheck.results import CheckReport

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "gallery"
MADE = "<!-- made by tools/gallery.py from cases.yaml; change that, not this page -->\n\n"
INSTALLED = "torch"  # a package that is not unpacked: archcheck reads the installed one, or its own copy of its layers


@dataclass(frozen=True)
class Case:
    """One entry of cases.yaml."""

    id: str
    title: str
    package: str
    target: str
    finds: tuple[str, ...]
    text: str
    sources: tuple[str, ...]
    spec: str | None = None
    set: dict[str, object] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """The command that shows the case, in the folder of the unpacked package."""
        spec = f" --spec '{self.spec}'" if self.spec and " " in self.spec else f" --spec {self.spec}"
        settings = "".join(f" --set '{name}={_text(value)}'" for name, value in self.set.items())
        return f"archcheck {self.target}{spec if self.spec else ''}{settings}"

    def report(self, folder: Path | None) -> CheckReport:
        """What archcheck says; `folder` holds the package."""
        target = self.target if folder is None else str(folder / self.target)
        spec = str(FOLDER / self.spec) if self.spec and self.spec.endswith(".yaml") else self.spec
        return check(target, spec, engine="static", set=self.set)


def cases() -> list[Case]:
    """All cases, in the order of the file."""
    rows = yaml.safe_load((FOLDER / "cases.yaml").read_text(encoding="utf-8"))
    return [Case(**{**row, "finds": tuple(row["finds"]), "sources": tuple(row["sources"])}) for row in rows]


def found(report: CheckReport) -> tuple[str, ...]:
    """The codes of all findings, each once, in order."""
    return tuple(dict.fromkeys(finding.code for finding in report.findings))


class Packages:
    """Unpacked packages: those of a folder, else downloaded from the index."""

    def __init__(self, given: Path | None, store: Path) -> None:
        self.given, self.store = given, store

    def folder(self, package: str) -> Path | None:
        """Where the package lies; None for one that is read as installed."""
        if package == INSTALLED:
            return None
        name = package.replace("==", "-")
        for place in (self.given, self.store):
            for spelled in (name, name.replace("-", "_", name.count("-") - 1)):
                if place is not None and (place / spelled).is_dir():
                    return place / spelled
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(self.store)]
        subprocess.run([*command, package], check=True)
        stem = name.rpartition("-")[0].replace("-", "_").lower()
        [wheel] = [file for file in self.store.glob("*.whl") if file.name.lower().startswith(f"{stem}-")]
        zipfile.ZipFile(wheel).extractall(self.store / name)
        wheel.unlink()
        return self.store / name


def page(case: Case, report: CheckReport) -> str:
    """The page of a case."""
    said = plain(check_lines(report)).strip("\n")
    sources = "\n".join(f"- <{link}>" for link in case.sources)
    get = "" if case.package == INSTALLED else f"pip download --no-deps {case.package}   # and unzip it\n"
    return (
        f"# {case.title}\n\n{case.text}\n\n```sh\n{get}{case.command}\n```\n\n```text\n{said}\n```\n\n"
        f"Sources:\n\n{sources}\n"
    )


def main() -> int:
    """Write the pages, or with --check say what is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packages", type=Path, help="a folder of unpacked packages")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    wrong: list[str] = []
    pages: dict[Path, str] = {}
    with tempfile.TemporaryDirectory() as store:
        packages = Packages(asked.packages, Path(store))
        for case in cases():
            report = case.report(packages.folder(case.package))
            if found(report) != case.finds:
                wrong.append(
                    f"{case.id}: found {', '.join(found(report)) or 'nothing'}, not {', '.join(case.finds)}"
                )
            pages[FOLDER / f"{case.id}.md"] = MADE + page(case, report)
    listed = "\n".join(f"- [{case.title}]({case.id}.md)" for case in cases())
    pages[FOLDER / "index.md"] = (
        f"{MADE}# The gallery\n\nWhere figure and code part, in public.\n\n{listed}\n"
    )
    for file, text in pages.items():
        if asked.check and (not file.exists() or file.read_text(encoding="utf-8") != text):
            wrong.append(f"{file.relative_to(ROOT)} is stale")
        elif not asked.check:
            file.write_text(text, encoding="utf-8")
    print("\n".join(wrong) or f"{len(pages)} pages {'are current' if asked.check else 'written'}")
    return int(bool(wrong))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    sys.exit(main())
