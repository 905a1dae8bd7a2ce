"""The child process: reads a request from a file descriptor, runs user code, writes back what was found.

Every message is a length and a pickle: `("ready",)` after torch is imported, `("begin", label, span)` before
each step that can go wrong, `("answer", Recording | Failure)`, and `("done",)`.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import os
import pickle
import signal
import struct
import sys
import warnings
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1  # of prctl(2)


class Pipe:
    """The way back to the parent."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, message: tuple[Any, ...]) -> None:
        """Write one message."""
        data = pickle.dumps(message)
        view = memoryview(struct.pack("<Q", len(data)) + data)
        while view:
            view = view[os.write(self._descriptor, view) :]


def main(arguments: list[str]) -> None:
    """Answer one request and leave at once: threads and exit handlers of user code must not keep us."""
    reading, writing = map(int, arguments)
    with os.fdopen(reading, "rb") as stream:
        request = json.loads(stream.read())
    pipe = Pipe(writing)
    warnings.simplefilter("ignore")
    sys.path[:0] = request["path"]
    sys.path.append(str(Path.cwd()))
    sys.argv = ["archcheck"]
    sys.setrecursionlimit(10_000)
    try:
        import torch
    except ImportError as error:
        pipe.send(("no torch", str(error)))
    else:
        torch.set_num_threads(1)
        logging.getLogger("torch").setLevel(logging.CRITICAL)  # failing tries are expected
        _limit_memory(request["memory"])
        _end_with_parent()
        from archcheck.frontends.trace.run import answer

        pipe.send(("ready",))
        answer(request, pipe)
        pipe.send(("done",))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _limit_memory(extra: int) -> None:
    """Allow so many bytes on top of what the imported torch takes already."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + extra
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):  # not a Unix, or no /proc: the time limit must do
        return


def _end_with_parent() -> None:
    """Let the kernel end this process when its parent dies: what it runs may never end by itself."""
    with contextlib.suppress(OSError, AttributeError):  # not Linux
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
