"""A block as its own model builds and calls it.

Where a block cannot be built or called by guesses, a model that contains it often can: it needs a configuration and
token ids or pixels only. It is run until it calls the block; that gives the block and its true arguments.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import re
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import torch

from archcheck.frontends.trace import configs
from archcheck.frontends.trace.build import EMPTY, Builder, constructor_signature, type_hints
from archcheck.frontends.trace.makers import PIXELS, TOKENS
from archcheck.frontends.trace.search import is_fake_problem, search
from archcheck.syntax import parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

    from archcheck.frontends.trace.inputs import Arguments

MOST_HOSTS = 8
MOST_MAKERS = 2
LONGEST_RUN = 10.0  # seconds for finding the arguments of one host


Found = TypeVar("Found")


class _ReachedError(BaseException):
    """The host called the block. No `except Exception` of the host holds it up."""

    def __init__(self, block: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        super().__init__()
        self.block, self.args_given, self.kwargs_given = block, args, kwargs


def called_by_a_host(
    cls: type[torch.nn.Module],
    own: Builder,
    inputs: Sequence[str],
    make: Callable[[Builder, type], torch.nn.Module],
    record: Callable[[torch.nn.Module, Arguments], Found],
    ends: float,
) -> tuple[Found, Builder] | None:
    """What `record(block, arguments)` gives for the first host with whose block and arguments it does not raise.

    `make` builds a module, `ends` is when to give up; with the answer comes the builder of the host. None where no
    host gets there; raises what a host said if that was about fake tensors, for the same may work with real ones.
    """
    valueless: Exception | None = None
    wanted = [part.partition("=")[0] for part in inputs]
    hosts: Sequence[Callable[..., torch.nn.Module]] = host_classes(cls, own.module)[:MOST_HOSTS]
    for host in (*hosts, *makers(cls, own.module)[:MOST_MAKERS]):
        for shallow in (True, False):
            seconds = min(LONGEST_RUN, ends - time.monotonic())
            if seconds < 0:
                break
            builder = Builder(own.module, own.names, own.settings, small=own.small, shallow=shallow)
            blocks: list[torch.nn.Module] = []
            try:
                with _arguments_of(cls) as built:
                    made = (make(builder, host) if isinstance(host, type) else host()).eval()
                blocks = [child for child in made.modules() if type(child) is cls]
                if not blocks or set(builder.settings) - builder.taken:
                    continue
                usual = _most_usual(blocks, built)

                def run(
                    args: tuple[Any, ...],
                    kwargs: dict[str, Any],
                    made: torch.nn.Module = made,
                    usual: list[torch.nn.Module] = usual,
                ) -> tuple[torch.nn.Module, Found | None]:
                    block, call = _until_called(made, usual, args, kwargs)
                    given = all(_is_given(block, name, call) for name in wanted)
                    return block, record(block, call) if given else None

                block, found = search(made, _taken(made, inputs), own.names, run, seconds)
                if found is not None:
                    builder.used.update({k: repr(v) for k, v in built.get(id(block), {}).items()})
                    return found, builder
            except Exception as error:  # noqa: BLE001 - the next host may do
                valueless = valueless or (error if is_fake_problem(error) else None)
            if blocks:  # more layers of the same are no better
                break
    if valueless is not None:
        raise valueless
    return None


def _taken(host: torch.nn.Module, inputs: Sequence[str]) -> list[str]:
    """What is asked for that the host takes by the same name: it may hand it on."""
    parameters = inspect.signature(host.forward).parameters
    return [part for part in inputs if part.partition("=")[0] in parameters]


@contextlib.contextmanager
def _arguments_of(cls: type) -> Iterator[dict[int, dict[str, Any]]]:
    """The plain constructor arguments of every instance (by identity) that is built meanwhile and that its defaults
    would not give.
    """
    built: dict[int, dict[str, Any]] = {}
    own, original = "__init__" in vars(cls), cls.__init__  # type: ignore[misc]

    @functools.wraps(original)
    def noted(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if type(self) is cls:
            with contextlib.suppress(TypeError, ValueError):  # it has no signature
                built[id(self)] = _departures(inspect.signature(original), (self, *args), kwargs)

    cls.__init__ = noted  # type: ignore[misc]
    try:
        yield built
    finally:
        if own:
            cls.__init__ = original  # type: ignore[misc]
        else:
            del cls.__init__  # type: ignore[misc]


def _departures(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """The arguments with a plain value that is not the default."""
    given = signature.bind(*args, **kwargs).arguments
    return {
        name: value
        for name, value in given.items()
        if isinstance(value, (bool, int, float, str))
        and (default := signature.parameters[name].default) is not EMPTY
        and (type(value), value) != (type(default), default)
    }


def _most_usual(blocks: list[torch.nn.Module], built: dict[int, dict[str, Any]]) -> list[torch.nn.Module]:
    """The blocks that depart from the constructor's defaults least: a model may build its first one otherwise."""
    departing = [len(built.get(id(block), {})) for block in blocks]
    return [block for block, count in zip(blocks, departing, strict=True) if count == min(departing)]


def _until_called(
    host: torch.nn.Module, blocks: list[torch.nn.Module], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[torch.nn.Module, Arguments]:
    """Run the host until it calls one of the blocks."""

    def catcher(block: torch.nn.Module) -> Callable[..., NoReturn]:
        def forward(*given: Any, **named: Any) -> NoReturn:
            raise _ReachedError(block, given, named)

        return forward

    for block in blocks:
        block.forward = catcher(block)
    try:
        with torch.no_grad():
            host(*args, **kwargs)
    except _ReachedError as reached:
        known: dict[int, Any] = {}
        call = _copied(reached.args_given, known), _copied(reached.kwargs_given, known)
        return reached.block, call
    finally:
        for block in blocks:
            del block.forward
    raise RuntimeError(f"{type(host).__name__} did not call {type(blocks[0]).__name__}")


def _copied(value: Any, known: dict[int, Any]) -> Any:
    """The same value with tensors of its own: views of one memory would tie the arguments together."""
    if isinstance(value, torch.nn.Parameter):
        return value
    if isinstance(value, torch.Tensor):
        if id(value) not in known:
            known[id(value)] = value.detach().clone()
        return known[id(value)]
    if type(value) in (list, tuple):
        return type(value)(_copied(item, known) for item in value)
    if type(value) is dict:
        return {key: _copied(item, known) for key, item in value.items()}
    return value


def _is_given(block: torch.nn.Module, name: str, call: Arguments) -> bool:
    bound = inspect.signature(block.forward).bind_partial(*call[0], **call[1])
    return bound.arguments.get(name, call[1].get(name)) is not None


def host_classes(cls: type, module: ModuleType | None) -> list[type[torch.nn.Module]]:
    """The module classes that build this one, themselves or by others; first those that are near and need few guesses.

    They are looked for where the class is defined and in the loaded modules that name it.
    """
    own = inspect.getmodule(cls)
    users = [m for m in list(sys.modules.values()) if getattr(m, "__dict__", {}).get(cls.__name__) is cls]
    places = list({id(m): m for m in (own, module, *users) if m is not None}.values())
    ranked: list[tuple[tuple[int, ...], type[torch.nn.Module]]] = []
    for place in places:
        for name, distance in _users(place, cls.__name__).items():
            host = vars(place).get(name)
            if not isinstance(host, type) or not issubclass(host, torch.nn.Module) or host is cls:
                continue
            if host.__module__ == place.__name__ and "forward" in _methods(host):
                others, guessed = _guesses(host, place)
                ranked.append(((others, distance + guessed, guessed, len(ranked)), host))
    return [host for _, host in sorted(ranked, key=lambda item: item[0])]


def makers(cls: type, module: ModuleType | None) -> list[Callable[[], torch.nn.Module]]:
    """The functions beside a class that build it, give something and need no arguments: `make_model(d_model=512)`."""
    own = inspect.getmodule(cls)
    return [
        host
        for place in dict.fromkeys(m for m in (own, module) if m is not None)
        for name, used in _uses(place).items()
        if cls.__name__ in used and inspect.isfunction(host := vars(place).get(name)) and _only_makes(host)
        if all(p.default is not EMPTY or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
               for p in inspect.signature(host).parameters.values())
    ]  # fmt: skip


# What a function calls that trains, or reads and writes files: it is not run for the model that it builds.
_ACTS = re.compile(
    r"main|backward|step|zero_grad|fit|train\w*|save\w*|load\w*|open|read\w*|write\w*|download\w*|system|run"
)


def _only_makes(function: Callable[..., Any]) -> bool:
    """Whether a function gives a value and does nothing, by the names of what it calls, but make it."""
    try:
        tree = parsed(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return False
    nodes = list(ast.walk(tree))
    called = [n.func for n in nodes if isinstance(n, ast.Call)]
    names = {f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "") for f in called} | {
        function.__name__
    }
    gives = any(isinstance(n, ast.Return) and n.value is not None for n in nodes)
    return gives and not any(map(_ACTS.fullmatch, names))


def _methods(host: type) -> set[str]:
    """The names that a module class or its bases define, torch's own apart."""
    return {name for base in host.__mro__ if base is not torch.nn.Module for name in vars(base)}


def _guesses(host: type, place: ModuleType) -> tuple[int, int]:
    """How many constructor arguments are no configuration, and whether the stream is more than ids or pixels."""
    hints = type_hints(host)
    required = [
        name
        for name, p in constructor_signature(host).parameters.items()
        if p.default is EMPTY and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    others = [n for n in required if configs.config_class(host, n, hints.get(n, EMPTY), place) is None]
    try:
        first = list(inspect.signature(host.forward).parameters)[1]  # type: ignore[attr-defined]
    except (IndexError, TypeError, ValueError):
        return len(others), 1
    return len(others), 0 if TOKENS.fullmatch(first) or PIXELS.fullmatch(first) else 1


def _users(place: ModuleType, name: str) -> dict[str, int]:
    """The definitions of a module that use a name, also by others, with how many steps away they are."""
    uses = _uses(place)
    found: dict[str, int] = {name: 0}
    edge = [name]
    while edge:
        edge = [user for user, used in uses.items() if user not in found and any(one in used for one in edge)]
        distance = max(found.values()) + 1
        found.update(dict.fromkeys(edge, distance))
    del found[name]
    return found


@functools.cache
def _uses(place: ModuleType) -> dict[str, frozenset[str]]:
    """Top-level definition -> the names that it uses."""
    try:
        tree = parsed(inspect.getsource(place))
    except (OSError, TypeError, SyntaxError, ValueError):
        return {}
    found: dict[str, frozenset[str]] = {}
    for part in tree.body:
        if isinstance(part, (ast.ClassDef, ast.FunctionDef)):
            found[part.name] = frozenset(_names(part))
        elif isinstance(part, ast.Assign):
            used = frozenset(_names(part.value))
            found.update((t.id, used) for t in part.targets if isinstance(t, ast.Name))
    return found


def _names(node: ast.AST) -> Iterator[str]:
    """The names that a definition uses to compute; a check of a class, a decorator or an annotation builds nothing."""
    if isinstance(node, ast.Name):
        yield node.id
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
        return
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _names(child)
