"""From Python frames to the spans of an operation, framework machinery left out."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from archcheck.graph import Frame, Span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, FrameType

_HERE = Path(__file__).resolve().parent.as_posix() + "/"

# Files of torch whose frames are model code: the bodies of its layers.
_TORCH_LAYERS = "torch/nn/modules/"
_TORCH_MACHINERY = ("module.py", "container.py", "_functions.py", "utils.py", "lazy.py")

# Folders of libraries that wrap a forward without computing anything themselves.
_WRAPPERS = (
    "transformers/utils/",
    "transformers/modeling_layers.py",
    "transformers/integrations/hub_kernels.py",
    "accelerate/hooks.py",
    "diffusers/utils/",
    "einops/einops.py",
    "einops/_backends.py",
    "einops/packing.py",
    "einops/_torch_specific.py",
    "einops/layers/",
)
_STANDARD = Path(os.__file__).resolve().parent.as_posix() + "/"


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
    file = file.replace(os.sep, "/")
    if file.startswith(("<", _HERE)):
        return True
    if _TORCH_LAYERS in file:
        return file.rpartition(_TORCH_LAYERS)[2] in _TORCH_MACHINERY
    if "/site-packages/" not in file and file.startswith(_STANDARD):
        return True
    return "site-packages/torch/" in file or any(part in file for part in _WRAPPERS)
