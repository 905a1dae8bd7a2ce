"""One abstract run of one class or function: build it, call it, write down what it computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

from archcheck.frontends.static import build
from archcheck.frontends.static.as_made import made_by
from archcheck.frontends.static.calls_recorded import Call, tensors
from archcheck.frontends.static.classes import find_method, module_method
from archcheck.frontends.static.config_classes import CONFIG_NAMES, config_class
from archcheck.frontends.static.configurations import CONVENTIONS, configuration
from archcheck.frontends.static.conventions import PREPARE_MARK, prepare_all
from archcheck.frontends.static.decisions import Choice, Decisions
from archcheck.frontends.static.errors import (
    GaveUpError,
    NeedsChoiceError,
    NeedsInputError,
    Raised,
    raised,
)
from archcheck.frontends.static.facts import class_span, module_facts
from archcheck.frontends.static.function_parts import parameters
from archcheck.frontends.static.lacking import Lacking, signature
from archcheck.frontends.static.left_out import misses_a_member, parted
from archcheck.frontends.static.module_methods import own_parameters, tree
from archcheck.frontends.static.modules import Library, SourceModule
from archcheck.frontends.static.state import left_behind, restore
from archcheck.frontends.static.values import (
    MISSING,
    BoundMethod,
    ClassValue,
    FunctionValue,
    Instance,
    Tensor,
    Unknown,
    Value,
    plain,
)
from archcheck.frontends.static.vm import Interpreter
from archcheck.frontends.targets.convert import convert
from archcheck.graph import Graph, Scope, Unresolved
from archcheck.graph.recording import ModuleInfo

FIRST_CHOICES = frozenset(map(repr, CONVENTIONS.values()))
MOST_OPERATIONS = 8_000  # of a model all of whose layers are looked at because something stands between them
MOST_INPUTS = 8  # optional arguments of forward that are given because it cannot do without them
# The attribute of a model that is made of inputs and what was computed of them (Keras).
FUNCTIONAL = "functional"
MOST_WITHHELD = 2  # required arguments that are not given, one after the other


@dataclass(frozen=True)
class Task:
    """What is run: a class or function of a module, and what the user said about it."""

    module: SourceModule
    value: Value
    name: str
    arguments: str | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    asked: Mapping[str, str | None] = field(default_factory=dict)
    call: str | None = None
    deadline: float = float("inf")
    maker: FunctionValue | None = None  # a function that builds the object in its way


@dataclass(frozen=True)
class Outcome:
    """What a run gave: the raw graph, the modules, the choices it made, and what else is to be said."""

    graph: Graph
    modules: tuple[ModuleInfo, ...]
    choices: dict[str, Choice]
    notes: tuple[str, ...]
    steps: int
    needed: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def run(library: Library, task: Task, fixed: Mapping[str, Value], likely: tuple[str, ...] = ()) -> Outcome:
    """Run a task with these choices made. Raises `Raised` and GaveUpError.

    Where forward computes with an optional argument that was not given, it is given, and the run begins again;
    `likely` names those that an earlier run needed. Where rounds of a loop that were left out may differ from
    those that were run, it begins again with all of them. Where the code raises and has asked whether an argument
    that has no default is None, it is None in another run. Where a name without default picks a member of a
    table, it is supposed to be the first, and the others are choices.
    """
    supposed: dict[str, Choice] = {}
    needed = list(likely)
    withheld: list[str] = []
    first: Raised | None = None
    shorter: Outcome | Raised | None = None
    all_rounds = otherwise = False
    lacking = Lacking()
    while True:
        taken = {key: choice.taken for key, choice in supposed.items()}
        vm = Interpreter(library, Decisions({**fixed, **taken}, task.settings), task.deadline)
        vm.all_rounds, vm.otherwise = all_rounds, otherwise
        vm.decisions.withheld = withheld
        restore(library, vm.recorder)
        library.absent.tell(vm)
        try:
            outcome = _whole(vm, task, needed, shorter)
            outcome = replace(outcome, needed=tuple(needed), choices={**outcome.choices, **supposed})
            if first is not None:
                without = f"{' and '.join(withheld)} taken as None: given, the code would raise {first.name}"
                outcome = replace(outcome, notes=(*outcome.notes, without))
            if all_rounds or not (vm.apart or parted(outcome.graph, outcome.modules)):
                return outcome
            all_rounds = True  # rounds that were left out may differ, or something stands between them
            shorter = None if vm.apart else outcome
        except NeedsChoiceError as error:
            first_of, *others = error.possible
            supposed[error.key] = Choice(error.key, first_of, tuple(others), has_default=False)
        except NeedsInputError as error:
            if error.key in withheld and first is not None:
                raise first from None
            if error.key in needed or len(needed) >= MOST_INPUTS:
                raise raised(TypeError, f"the argument {error.key} of forward is None") from None
            key, needed = lacking.instead(vm, error.key, needed)
            needed.append(key)
        except Raised as error:
            if not otherwise and "KeyError" in error.names and error.message in FIRST_CHOICES:
                otherwise = True
                continue
            if not all_rounds and (vm.apart or (vm.shortened and misses_a_member(error))):
                all_rounds, shorter = True, error
                continue
            error.choices = {**vm.decisions.asked, **supposed}
            missing, needed = lacking.missing(vm, task, error, needed, guess=not fixed)
            if missing and missing not in (*needed, *withheld) and len(needed) < MOST_INPUTS:
                needed.append(missing)
                continue
            first = first or error
            spare = [n for n in vm.decisions.present if n not in (*task.asked, *needed, *withheld)]
            if not spare or len(withheld) >= MOST_WITHHELD:
                raise first from None
            withheld.append(spare[-1])


def _whole(vm: Interpreter, task: Task, needed: list[str], shorter: Outcome | Raised | None) -> Outcome:
    """One run; where all rounds are too many, what a run of few of them gave or raised, if that will do."""
    try:
        outcome = _once(vm, task, needed)
    except GaveUpError:
        if shorter is None:
            raise
        if isinstance(shorter, Raised):
            raise shorter from None
        return shorter
    if isinstance(shorter, Outcome) and len(outcome.graph.nodes) > MOST_OPERATIONS:
        return shorter
    return outcome


def _once(vm: Interpreter, task: Task, needed: list[str]) -> Outcome:
    root = _made(vm, task)
    function, skip = (task.value, 0) if root is None else (_forward(root), 1)
    if not isinstance(function, FunctionValue):
        raise _no_forward(task)
    if root is not None:
        prepare_all(vm, root)
    found = list(tree(root)) if root is not None else []
    for path, module in found:
        if module.path == "?":
            module.path = path
            for name, tensor in own_parameters(module).items():
                tensor.name = tensor.name or (f"{path}.{name}" if path else name)
    if root is None and task.arguments is not None and task.call is None:
        positional, named = build.arguments(vm, task.arguments, task.module)
    else:
        positional, named = _arguments(vm, task, signature(function), needed, skip)
    vm.recorder.recording = True
    vm.loops = [] if root is None or _makes_parts(root, found) else None
    for value in (*positional, *named.values()):
        for tensor in tensors(value):
            if tensor.kind == "input":
                vm.recorder.read(tensor)
    if root is not None:
        if root.hooks:
            positional = _in_place_order(function, positional, named, skip)
        result = vm.call(root, positional, named)
    else:
        vm.recorder.open(Scope("", f"{task.module.name}.{task.name}", 0, 0))
        result = vm.call(function, positional, named)
        if _is_module(result) and result.attributes.get(FUNCTIONAL) is not None:
            result = result.attributes[FUNCTIONAL]
    outputs = [vm.recorder.read(t) for t in tensors(result)]
    _note_state(vm, task)
    modules = module_facts(vm, found)
    if vm.loops:
        name = f"{task.module.name}.{task.name}"
        modules = modules if root is not None else (ModuleInfo("", name, 0, class_span(task.value)),)
        modules = (*modules, *(m for loop in vm.loops for m in loop.facts()))
    return Outcome(
        _graph(vm, task, outputs, result),
        modules,
        vm.decisions.asked,
        tuple(vm.notes),
        vm.steps,
        absent=tuple(vm.decisions.absent),
    )


def _made(vm: Interpreter, task: Task) -> Instance | None:
    """The object of a class, or the module that a function makes (`resnet50()`); None of another function."""
    if isinstance(task.value, ClassValue):
        built = made_by(vm, task.maker, task.value) if task.maker is not None else None
        if built is not None:
            return built
        made = build.construct(vm, task.value, task.module, task.arguments)
        if not isinstance(made, Instance):
            raise raised(TypeError, f"{task.name} does not make an object")
        return made
    if task.arguments is None:
        return None
    made = vm.call(task.value, *build.arguments(vm, task.arguments, task.module))
    return made if _is_module(made) and made.attributes.get(FUNCTIONAL) is None else None


def _makes_parts(root: Instance, found: list[tuple[str, Instance]]) -> bool:
    """Whether a module makes its parts where it uses them (`nn.compact` of Flax): its loops make its stacks."""
    return len(found) == 1 and isinstance(find_method(root.cls, PREPARE_MARK), str)


def _is_module(value: Value) -> TypeGuard[Instance]:
    return isinstance(value, Instance) and bool(module_method(value.cls))


def _in_place_order(
    function: FunctionValue, positional: list[Value], named: dict[str, Value], skip: int
) -> list[Value]:
    """The arguments that stand in their place: hooks see only those."""
    names = [a.arg for a in signature(function).node.args.args[skip + len(positional) :]]
    return [*positional, *(named.pop(name) for name in names if name in named)]


def _no_forward(task: Task) -> Exception:
    base = task.value.unknown_base if isinstance(task.value, ClassValue) else ""
    if base:
        lost = f"the source of its base {base} was not found"
        return GaveUpError(f"{task.name} has no forward of its own, and {lost}")
    return raised(TypeError, f"{task.name} has no forward that can be read")


def _note_state(vm: Interpreter, task: Task) -> None:
    """What forward leaves in a global may be what its next call reads: one call is no proof then."""
    kept = left_behind(vm.library, vm.recorder)
    if kept:
        reason = f"{kept} keeps what {task.name} computes for its next call"
        vm.recorder.unresolved.append((reason, "", span_of_task(task)))


def _forward(root: Instance) -> Value:
    name = module_method(root.cls) or "__call__"
    if name in root.attributes:
        own = root.attributes[name]
        return own.function if isinstance(own, BoundMethod) else own
    found = find_method(root.cls, name)
    return find_method(root.cls, "forward") if found is MISSING else found


def _arguments(
    vm: Interpreter, task: Task, function: FunctionValue, needed: list[str], skip: int
) -> tuple[list[Value], dict[str, Value]]:
    if task.call is None:
        return [], _for_function(vm, task, function, needed, skip)
    given = build.expression(vm, task.call, task.module)
    positional, named = _called_with(given)
    spec = function.node.args
    names = [a.arg for a in (*spec.posonlyargs, *spec.args)][skip:]
    labelled = [*zip(names, positional, strict=False), *named.items()]
    for name, value in labelled:
        for tensor in tensors(value):
            tensor.kind, tensor.name = "input", tensor.name or name
    return positional, named


def _called_with(given: Value) -> tuple[list[Value], dict[str, Value]]:
    """The arguments of a `--call` expression: a tuple, a dictionary, both, or one value."""
    if isinstance(given, dict):
        return [], dict(given)
    if (
        isinstance(given, tuple)
        and len(given) == 2
        and isinstance(given[0], tuple)
        and isinstance(given[1], dict)
    ):
        return list(given[0]), dict(given[1])
    return (list(given) if isinstance(given, (tuple, list)) else [given]), {}


def _for_function(
    vm: Interpreter, task: Task, function: FunctionValue, needed: list[str], skip: int
) -> dict[str, Value]:
    """The arguments of forward; a function that is a target has configuration among its parameters."""
    found = build.inputs(vm, function, dict(task.asked), needed, skip, task.module)
    if skip:  # the forward of a module
        return found
    annotations = parameters(function)
    for name, value in found.items():
        if isinstance(value, Tensor) and value.kind == "input":
            config = config_class(vm, name, annotations.get(name), function.module, None)
            if config is not None:
                found[name] = configuration(vm, config, name, function)
            elif name in CONFIG_NAMES:
                found[name] = Unknown(f"the argument {name} is not given", name)
    return found


def _graph(vm: Interpreter, task: Task, outputs: list[Call], result: Value) -> Graph:
    calls: list[Any] = [*vm.recorder.calls, Call("output", "output", tuple(outputs), {}, {})]
    graph = convert(calls)
    unresolved = [Unresolved(reason, value, span) for reason, value, span in vm.recorder.unresolved]
    if not outputs:
        what = plain(result)
        reason = what.reason if isinstance(what, Unknown) else "its result is no tensor"
        if _is_module(what):
            reason = (
                f"it makes a {what.cls.name}: name the call, as in {task.name}(...), to have that described"
            )
        unresolved.append(
            Unresolved(f"what {task.name} returns was not seen: {reason}", "", span_of_task(task))
        )
    return Graph(graph.nodes, graph.inputs, graph.outputs, (), (*graph.unresolved, *unresolved))


def span_of_task(task: Task) -> Any:
    """Where the class or function of a task is defined."""
    return class_span(task.value)
