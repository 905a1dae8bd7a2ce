"""Scaffolded modules read back in this process: by the static front end, and by a trace without a child."""

from __future__ import annotations

import gc
import itertools
import logging
import os
import sys
import tempfile
import warnings
from pathlib import Path

from archcheck.blocks.block import Block
from archcheck.blocks.discover import discover
from archcheck.frontends.static.read import Reader, deeply
from archcheck.frontends.target_text import parse_target
from archcheck.graph.recording import Failure, Recording
from archcheck.scaffolding import scaffold
from archcheck.spec import Spec

FOLDER = Path(tempfile.mkdtemp(prefix="scaffolded"))
_READER = Reader({}, (), (), None, 120.0, variants=False)
_numbers = itertools.count()
_traces = itertools.count()


def written(spec: Spec | str, *, optional: bool = True) -> Path:
    """A file with the module that was made of a spec."""
    path = FOLDER / f"made_{os.getpid()}_{next(_numbers)}.py"  # processes of one run share the folder
    path.write_text(scaffold(spec, optional=optional), encoding="utf-8")
    return path


def read(path: Path, name: str = "Block") -> Block:
    """The block of that name as the static front end sees it; what it knows of torch is read once."""
    return _only(deeply(lambda: _READER.answers(parse_target(f"{path}::{name}"))))


def traced(path: Path, name: str = "Block") -> Block:
    """The block of that name as a trace in this process sees it."""
    import torch

    from archcheck.frontends.trace.run import trace
    from archcheck.frontends.trace.target import find_name, import_target

    if next(_traces) % 50 == 1:  # a trace looks at all objects for tensors: those of before need no look
        gc.collect()
        gc.freeze()
    logging.getLogger("torch").setLevel(logging.CRITICAL)
    target = parse_target(f"{path}::{name}")
    request = {"target": target.text, "settings": {}, "inputs": [], "path": [], "call": None, "skip": []}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.set_num_threads(1)
        module = import_target(target)
        try:
            return _only([trace(target, find_name(module, name), module, request)])
        finally:
            sys.modules.pop(module.__name__, None)


def _only(answers: list[object]) -> Block:
    failures = [a for a in answers if isinstance(a, Failure)]
    assert not failures, failures[0].message
    found = discover([a for a in answers if isinstance(a, Recording)], named=True)
    blocks = (*found.models, *found.blocks)
    return next(block for block in blocks if not block.path)
