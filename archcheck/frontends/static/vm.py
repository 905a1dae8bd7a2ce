"""The interpreter: its state, its limits, and the doors through which its parts call each other."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from archcheck.frontends.static import (
    attribute_writes,
    attributes,
    calling,
    expressions,
    imports,
    iteration,
    statements,
)
from archcheck.frontends.static.calls_recorded import Recorder
from archcheck.frontends.static.decisions import Decisions
from archcheck.frontends.static.errors import GaveUpError
from archcheck.frontends.static.limits import Budget
from archcheck.frontends.static.modules import Library, SourceModule
from archcheck.frontends.static.places import span_of
from archcheck.frontends.static.rounds import Rounds
from archcheck.frontends.static.samples import Growth
from archcheck.frontends.static.values import (
    Activation,
    Environment,
    Instance,
    Repeated,
    Tensor,
    Value,
    plain,
)
from archcheck.graph import Frame, Span

DEEPEST = 120  # calls inside calls
MOST_STEPS = 500_000  # statements and calls of one run


class Interpreter:
    """One abstract run over a library of sources."""

    def __init__(self, library: Library, decisions: Decisions, deadline: float = float("inf")) -> None:
        self.library, self.decisions = library, decisions
        self.budget = Budget(deadline, library.ceiling)
        self.recorder = Recorder()
        self.stack: list[Activation] = []
        self.steps = 0
        self.built = 0  # members and signs that operators have made (see `limits`)
        self.serial = 0
        self.notes: dict[str, None] = {}
        self.instances: list[Instance] = []
        self.lengths: dict[int, int] = {}  # serial of a container -> its real length
        self.in_progress: set[tuple[int, str]] = set()
        self.guarded = 0  # how many `try` wait for an ImportError
        self.handling: list[Any] = []
        self.known_loop = False  # whether a loop over numbers runs, of which the whole is remembered
        self.loops: list[Rounds] | None = None  # of a function that is a target
        self.otherwise = (
            False  # whether configurations say what libraries set where the first choice is in no table
        )
        # What the code gives to tensors: name of an attribute -> identity of a tensor -> it and the value.
        self.marked: dict[str, dict[int, tuple[Tensor, Value]]] = {}
        self.looks: dict[tuple[int, str], int] = {}  # how often forward read an attribute that it found there
        self.writes = 0  # to attributes and items
        self.all_rounds = False  # whether loops of a configured length run through all rounds
        self.shortened = False  # whether rounds were left out
        self.apart = False  # whether a round that was left out may differ from all that were run
        self.growing: list[Growth] = []  # the loops over a few of many members that run
        self.wanted = 0  # how many values the assignment that runs asks for
        self.parts_within = 0  # how many parts that nobody gave are being made, one for the other

    # -- limits ----------------------------------------------------------------------------------

    def step(self) -> None:
        """Count a step.

        Raises:
            GaveUpError: there were too many, or the time or the memory is used up.
        """
        self.steps += 1
        if not self.steps & 15:
            if self.steps > MOST_STEPS:
                raise GaveUpError(f"it did not end after {MOST_STEPS:,} steps")
            self.budget.check()

    def enter(self, activation: Activation) -> None:
        """Begin a function.

        Raises:
            GaveUpError: the recursion is too deep.
        """
        if len(self.stack) >= DEEPEST:
            names = f"{activation.file}"
            raise GaveUpError(
                f"calls are nested more than {DEEPEST} deep: endless recursion, it seems, in {names}"
            )
        self.stack.append(activation)

    # -- places ----------------------------------------------------------------------------------

    def frames(self) -> tuple[Frame, ...]:
        """The frames from forward inwards, stubs and machinery left out."""
        found: list[Frame] = []
        for activation in self.stack:
            node = activation.node
            if activation.depth and not activation.hidden and node is not None:
                frame = activation.frame
                if activation.framed is not node or frame is None:  # else it stands where it stood
                    frame = activation.frame = Frame(span_of(activation.file, node), activation.depth)
                    activation.framed = node
                found.append(frame)
        return tuple(found)

    def here(self) -> Span | None:
        """Where the code that is read stands now."""
        for activation in reversed(self.stack):
            if not activation.hidden and activation.node is not None:
                return span_of(activation.file, activation.node)
        return None

    def at(self, node: ast.AST) -> None:
        """Note that the running function stands at this node."""
        if self.stack:
            self.stack[-1].node = node

    def note(self, text: str) -> None:
        """Say something about the run, once."""
        self.notes.setdefault(text)

    def look(self, module: Instance, name: str) -> None:
        """Count that forward reads an attribute of a module."""
        if self.recorder.recording and module.serial:
            place = module.serial, name
            self.looks[place] = self.looks.get(place, 0) + 1

    def called_name(self) -> str:
        """The text of what is called now."""
        node = self.stack[-1].node if self.stack else None
        return ast.unparse(node.func)[:80] if isinstance(node, ast.Call) else "a value that is not known"

    def loop(self, node: Any, source: Value, rounds: int) -> Rounds | None:
        """The scopes of a loop's rounds, where the target is a function and the loop may be its stack."""
        if self.loops is None or not self.recorder.recording or len(self.recorder.scopes) != 1 or rounds < 2:
            return None
        held = plain(source)
        name = node.target.id if isinstance(node.target, ast.Name) else f"loop_{node.lineno}"
        while name in (known.name for known in self.loops):
            name += "_"
        made = Rounds(name, self.stack[-1].file, node, held.length if isinstance(held, Repeated) else rounds)
        self.loops.append(made)
        return made

    # -- doors -----------------------------------------------------------------------------------

    def evaluate(self, node: ast.expr, env: Environment) -> Value:
        """The value of an expression."""
        return expressions.evaluate(self, node, env)

    def execute(self, body: Sequence[ast.stmt], env: Environment) -> Any:
        """Run statements; the signal with which they ended (see `signals`)."""
        return statements.execute(self, body, env)

    def call(
        self, function: Value, args: Sequence[Value] = (), kwargs: dict[str, Value] | None = None
    ) -> Value:
        """Call a value."""
        return calling.call(self, function, list(args), kwargs or {})

    def get(self, value: Value, name: str) -> Value:
        """An attribute of a value."""
        return attributes.get(self, value, name)

    def set(self, value: Value, name: str, new: Value) -> None:
        """Set an attribute."""
        attribute_writes.assign(self, value, name, new)

    def iterate(self, value: Value) -> Sequence[Value]:
        """The members of an iterable, a few for one of unknown length."""
        return iteration.members(self, value)

    def run_over(self, value: Value) -> Sequence[Value] | Repeated:
        """The members of an iterable, with the note that they stand for more where they do."""
        return iteration.run_over(self, value)

    def truth(self, value: Value, node: ast.AST | None = None) -> bool:
        """Which way a condition goes in this run."""
        return self.decisions.truth(self, value, node)

    def find_name(self, module: SourceModule, name: str) -> Value:
        """What a global name of a module is worth, MISSING if it has none of that name."""
        return imports.lookup(self, module, name)

    def read_global(self, module: SourceModule, name: str) -> Value:
        """A global name as the module's own code sees it."""
        return imports.seen_inside(self, module, name)
