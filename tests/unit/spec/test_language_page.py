"""The user's page of the language says what is so: every spec and every chain on it loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archcheck.spec import SpecError, load_spec, read_text
from archcheck.spec.reader import SPEC_KEYS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "language.md").read_text("utf-8")
SPECS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
ROWS = [
    row
    for row in re.findall(r"^\| [^|]+ \| (.*) \|$", PAGE.split("The grammar:")[0], re.MULTILINE)
    if "`" in row
]
CHAINS = [chain.replace("\\|", "|") for row in ROWS for chain in re.findall(r"`([^`]+)`", row)]


@pytest.mark.parametrize("text", SPECS)
def test_every_spec_on_the_page_loads(text):
    spec = read_text(text)
    assert spec.block_names or spec.order


@pytest.mark.parametrize("chain", CHAINS)
def test_every_chain_on_the_page_is_valid(chain):
    before = "norm as n; " if chain.startswith("n ->") else ""
    assert (
        load_spec(f"{before}{chain}").graph().outputs if "sublayer" not in chain else load_spec(chain).order
    )


def test_the_page_lists_every_key():
    listed = set(
        re.findall(
            r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]+) \|", PAGE.split("## All keys")[1], re.MULTILINE))
        )
    )
    assert listed == SPEC_KEYS


def test_the_errors_on_the_page_are_real():
    text = (
        "archcheck: 1\nname: post_ln\ntitle: a\n\nblock:\n"
        "  - self_atention -> dropout? -> add -> layer_norm\n"
        "  - feed_forward -> drpout? -> add -> layer_norm\n"
    )
    with pytest.raises(SpecError) as caught:
        read_text(text, "post_ln.yaml")
    shown = re.findall(r"^    (post_ln\.yaml:.*)$", PAGE, re.MULTILINE)
    for line, problem in zip(shown, caught.value.problems, strict=True):
        start, _, end = line.partition("…")
        assert str(problem).startswith(start)
        assert str(problem).endswith(end)
