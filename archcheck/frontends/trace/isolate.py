"""The parent's side: runs the worker with a time and a memory limit, and turns its death into a Failure.

The parent imports no torch and reads nothing from the child but plain values of `archcheck.graph`.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archcheck.frontends.target_text import TargetError, parse_target
from archcheck.graph.recording import Failure, Recording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcheck.graph import Span

TARGET_ERROR, TRACE_FAILURE = "AC902", "AC903"
DEFAULT_TIMEOUT, DEFAULT_MEMORY = 120.0, 4 << 30
_MOST_RESTARTS = 50
_STARTUP = 120.0
_KEPT_OUTPUT = 4000

# Not `-m`, which puts the current folder first, where a user's `types.py` would hide the library's module.
_START = (
    "import sys; sys.path[:] = [entry for entry in sys.path if entry]; "
    "from archcheck.frontends.trace.worker import main; main(sys.argv[1:])"
)

INSTALL = "pip install 'archcheck[torch]'"

# Seen by the child only. Compiled and scripted functions run as the Python they were made from.
_ENVIRONMENT = {
    "TORCHDYNAMO_DISABLE": "1",
    "TORCH_COMPILE_DISABLE": "1",
    "PYTORCH_JIT": "0",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONWARNINGS": "ignore",
    "NO_COLOR": "1",
}


@dataclass
class _Run:
    """What one child said before it ended."""

    answers: list[Recording | Failure] = field(default_factory=list)
    begun: list[tuple[str, Span | None]] = field(default_factory=list)
    done: bool = False
    no_torch: str = ""
    timed_out: bool = False
    status: int = 0
    output: str = ""


def trace_target(
    target: str,
    *,
    settings: Mapping[str, Any] | None = None,
    inputs: Sequence[str] = (),
    path: Sequence[str] = (),
    call: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    memory: int = DEFAULT_MEMORY,
    only: Sequence[str] = (),
) -> list[Recording | Failure]:
    """Run everything that `target` names in a child process: a Recording or a named Failure for each class.

    Of a file or a module, these are the classes that `only` names, all if it is empty. `timeout` is in seconds for
    each class, `memory` in bytes on top of what torch itself takes. A class whose constructor or forward raises,
    hangs, exits, crashes or eats memory costs its own answer only. Never raises.
    """
    try:
        parse_target(target)
    except TargetError as error:
        return [Failure(target, TARGET_ERROR, error.message, error.advice)]
    request: dict[str, Any] = {
        "target": target,
        "settings": _plain(settings or {}),
        "inputs": list(inputs),
        "path": [str(Path(entry).absolute()) for entry in path],
        "call": call,
        "memory": memory,
        "skip": [],
        "only": list(only),
    }
    answers: list[Recording | Failure] = []
    for _ in range(_MOST_RESTARTS):
        run = _run(request, timeout)
        answers += run.answers
        if run.no_torch:
            return [_no_torch(target, run.no_torch)]
        if run.done:
            break
        label, span = run.begun[-1] if run.begun else (target, None)
        answers.append(_death(label or target, run, span, timeout, memory))
        if not run.begun:
            break
        request["skip"] += [begun for begun, _ in run.begun]
    return answers


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, (bool, int, float, str, type(None))) else str(value)
            for key, value in settings.items()}  # fmt: skip


def _no_torch(target: str, error: str) -> Failure:
    return Failure(
        target, TRACE_FAILURE, "tracing needs torch, which cannot be imported", INSTALL, detail=error
    )


def _run(request: dict[str, Any], timeout: float) -> _Run:
    """One child from start to end."""
    to_child, write_request = os.pipe()
    read_answers, from_child = os.pipe()
    here = str(Path(__file__).resolve().parents[3])
    environment = {**os.environ, **_ENVIRONMENT}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), here]))
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own worker
        [sys.executable, "-c", _START, str(to_child), str(from_child)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(to_child, from_child),
        env=environment,
        start_new_session=True,
    )
    os.close(to_child)
    os.close(from_child)
    run = _Run()
    kept: list[bytes] = []
    drain = threading.Thread(target=_drain, args=(child, kept), daemon=True)
    drain.start()
    try:
        with os.fdopen(write_request, "wb") as stream:
            stream.write(json.dumps(request).encode())
        _listen(read_answers, run, timeout)
    except (BrokenPipeError, EOFError, pickle.UnpicklingError, struct.error):
        pass
    finally:
        os.close(read_answers)
        run.status = _end(child, run)
        drain.join(timeout=2)
        if child.stdout is not None and not drain.is_alive():
            child.stdout.close()
        run.output = b"".join(kept)[-_KEPT_OUTPUT:].decode(errors="replace")
    return run


def _drain(child: subprocess.Popen[bytes], kept: list[bytes]) -> None:
    """Read what user code prints, and keep the end of it."""
    stream = child.stdout
    while stream is not None and (part := os.read(stream.fileno(), 1 << 16)):
        kept.append(part)
        if len(kept) > 8:
            kept[:] = [b"".join(kept)[-_KEPT_OUTPUT:]]


def _listen(descriptor: int, run: _Run, timeout: float) -> None:
    """Take messages until the child is done, dead or late; every message starts the clock anew."""
    buffer = b""
    last = time.monotonic()
    limit = max(timeout, _STARTUP)  # the import of torch is not the target's fault
    while not run.done and not run.no_torch:
        left = limit - (time.monotonic() - last)
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            run.timed_out = True
            return
        part = os.read(descriptor, 1 << 20)
        if not part:
            return
        buffer += part
        while len(buffer) >= 8 and len(buffer) >= 8 + (size := struct.unpack("<Q", buffer[:8])[0]):
            _take(run, _Unpickler(io.BytesIO(buffer[8 : 8 + size])).load())
            buffer = buffer[8 + size :]
            last, limit = time.monotonic(), timeout


def _take(run: _Run, message: tuple[Any, ...]) -> None:
    kind = message[0]
    if kind == "begin":
        run.begun.append((message[1], message[2]))
    elif kind == "answer":
        run.answers.append(message[1])
    elif kind == "no torch":
        run.no_torch = message[1] or "ImportError"
    elif kind == "done":
        run.done = True


class _Unpickler(pickle.Unpickler):
    """The child ran foreign code: accept nothing from it but our own frozen values."""

    def find_class(self, module: str, name: str) -> Any:
        if module in ("archcheck.graph.types", "archcheck.graph.recording"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed here")


def _end(child: subprocess.Popen[bytes], run: _Run) -> int:
    """Wait for the child, or end it and whatever it started."""
    try:
        if not run.timed_out:
            return child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        child.kill()
    return child.wait()


def _death(label: str, run: _Run, span: Span | None, timeout: float, memory: int) -> Failure:
    """What ended the child, in words."""
    advice = "run it by itself to see why"
    if run.timed_out:
        message = f"it did not finish within {timeout:g} seconds"
        advice = "a loop that never ends, or a download? give smaller sizes with --set, or more --timeout"
    elif run.status < 0 and -run.status in (signal.SIGKILL, signal.SIGABRT) and "bad_alloc" in run.output:
        message = f"it needed more than {memory >> 20} MB of memory"
        advice = "give smaller sizes with --set"
    elif run.status < 0:
        message = f"the process crashed ({_signal_name(-run.status)})"
    else:
        message = f"the process ended itself with exit status {run.status}"
        advice = "code that runs on import or in the constructor calls os._exit; " + advice
    return Failure(label, TRACE_FAILURE, message, advice, span, run.output.strip())


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
