"""From Python frames to the spans of an operation, framework machinery left out."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import CodeType, FrameType

from archcheck.graph import Frame, Span

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep

# Files of torch whose frames are model code: the bodies of its layers.
_TORCH_LAYERS = os.path.join("torch", "nn", "modules") + os.sep
_TORCH_MACHINERY = ("module.py", "container.py", "_functions.py", "utils.py", "lazy.py")

# Folders of libraries that wrap a forward without computing anything themselves.
_WRAPPERS = (
    os.path.join("transformers", "utils") + os.sep,
    os.path.join("transformers", "modeling_layers.py"),
    os.path.join("transformers", "integrations", "hub_kernels.py"),
    os.path.join("accelerate", "hooks.py"),
    os.path.join("diffusers", "utils") + os.sep,
    os.path.join("einops", "einops.py"),
    os.path.join("einops", "_backends.py"),
    os.path.join("einops", "packing.py"),
    os.path.join("einops", "_torch_specific.py"),
    os.path.join("einops", "layers") + os.sep,
)
_STANDARD = os.path.dirname(os.path.abspath(os.__file__)) + os.sep


class FrameReader:
    """Reads the stack at an operation. Keeps the spans of code positions it has seen."""

    def __init__(self) -> None:
        self._machinery: dict[str, bool] = {}
        self._spans: dict[tuple[CodeType, int], Span] = {}

    def read(self, frame: FrameType | None, entered: Sequence[FrameType]) -> tuple[Frame, ...]:
        """The frames from the one in `entered[0]` inwards; `entered` are the frames that opened a scope."""
        found: list[Frame] = []
        depth = len(entered)
        while frame is not None and depth:
            if frame is entered[depth - 1]:
                depth -= 1
            elif not self.is_machinery(frame.f_code.co_filename):
                found.append(Frame(self.span(frame), depth))
            frame = frame.f_back
        found.reverse()
        return tuple(found)

    def span(self, frame: FrameType) -> Span:
        """The place at which a frame stands now; columns from Python 3.11 on."""
        key = (frame.f_code, frame.f_lasti)
        known = self._spans.get(key)
        if known is None:
            known = self._spans[key] = _span(frame)
        return known

    def is_machinery(self, file: str) -> bool:
        """Whether the file belongs to the framework's own plumbing rather than to a model."""
        known = self._machinery.get(file)
        if known is None:
            known = self._machinery[file] = _is_machinery(file)
        return known


def _span(frame: FrameType) -> Span:
    code = frame.f_code
    if sys.version_info >= (3, 11):
        positions = list(code.co_positions())
        index = frame.f_lasti // 2
        if index < len(positions):
            line, end_line, column, end_column = positions[index]
            if line is not None:
                # co_positions counts columns from 0 in UTF-8 bytes; spans count from 1.
                return Span(
                    code.co_filename,
                    line,
                    (column or 0) + 1,
                    end_line or line,
                    (end_column + 1) if end_column is not None else 0,
                )
    return Span(code.co_filename, frame.f_lineno)


def _is_machinery(file: str) -> bool:
    if file.startswith("<") or file.startswith(_HERE):
        return True
    if _TORCH_LAYERS in file:
        return file.rpartition(_TORCH_LAYERS)[2] in _TORCH_MACHINERY
    if f"{os.sep}site-packages{os.sep}" not in file and file.startswith(_STANDARD):
        return True
    if f"{os.sep}torch{os.sep}" in file and f"site-packages{os.sep}torch{os.sep}" in file:
        return True
    return any(part in file for part in _WRAPPERS)
