"""Prints one of the README's two set-up commands, so that CI runs what the README says.

python tools/readme.py 1 | 2
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"


def commands(text: str) -> list[str]:
    """The shell blocks of the section "Two commands"."""
    section = text.partition("\n## Two commands\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```$", section, flags=re.DOTALL | re.MULTILINE)
    return [block.strip() for block in blocks]


if __name__ == "__main__":
    print(commands(README.read_text(encoding="utf-8"))[int(sys.argv[1]) - 1])
