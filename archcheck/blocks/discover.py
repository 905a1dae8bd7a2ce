"""Which of the recorded classes are blocks, which are models, and which are parts of others.

What is checked never depends on how near it is to a spec: a block is the outermost body below a stack,
or a class with a residual join or a sublayer that is not one sublayer itself.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from archcheck.blocks.block import Block, Tree, is_body, make_block
from archcheck.blocks.carried import with_carried
from archcheck.blocks.collapse import stack_of
from archcheck.blocks.layers import Layers
from archcheck.blocks.loops import LOOP, with_rounds
from archcheck.blocks.periods import with_periods
from archcheck.blocks.residuals import with_residuals
from archcheck.blocks.signature import signature
from archcheck.blocks.variants import merged
from archcheck.graph import Graph
from archcheck.graph.recording import Recording
from archcheck.syntax import parsed_file, statements, walk
from archcheck.vocabulary import is_a

SHOWN_OWNERS = 4


@dataclass(frozen=True)
class Discovery:
    """The blocks and models of a target, and the classes that are neither, with the reason."""

    blocks: tuple[Block, ...]
    models: tuple[Block, ...]
    left_out: tuple[tuple[str, str], ...]


def discover(recordings: Sequence[Recording], named: bool, every: bool = False) -> Discovery:
    """The blocks of some recordings; with `every` also the members of stacks that equal a class recorded alone.

    `named` says that the user named the target: what it is then is described, whatever it is. Without
    it, the recordings are all classes of a file or a folder.
    """
    trees = [layered(r) for r in recordings]
    stacks = [_model_stacks(tree) for tree in trees]
    around = _around(trees, stacks)
    parts = around | _parts(trees, stacks)
    blocks: list[Block] = []
    models: list[Block] = []
    left_out: list[tuple[str, str]] = []
    for tree, found in zip(trees, stacks, strict=False):
        recording = tree.recording
        own = recording.modules[0].cls if recording.modules else recording.name
        if found and not named and own in around:
            left_out.append((recording.name, f"a part of {around[own]}, which is checked"))
            continue
        if found:
            members = tuple(path for stack in found for path in stack)
            models.append(make_block(recording, tree.opened, "", members))
            continue
        if not named and own in parts:
            left_out.append((recording.name, f"a part of {parts[own]}, which is checked"))
        elif not named and not is_body(tree.lifted("")):
            left_out.append((recording.name, "no block: it has no residual join and no sublayer in it"))
        else:
            graph, gaps = tree.lifted(""), tuple(tree.gaps)
            whole = replace(graph, unresolved=(*graph.unresolved, *gaps)) if gaps else graph
            blocks.append(make_block(recording, whole, ""))
    open_ = set() if named else _undecided(blocks)
    alone = () if every else [block for block in blocks if block.cls not in open_]
    for tree, found in zip(trees, stacks, strict=False):
        for stack in found:
            blocks.extend(_members(tree, stack, alone))
    if not named:
        seen = _seen_in_place(blocks, models, open_)
        left_out.extend((name, f"checked where {owner} builds it") for name, owner in seen.values())
        blocks, models = ([b for b in some if b.path or b.cls not in seen] for some in (blocks, models))
    return Discovery(tuple(_grouped(merged(blocks))), tuple(merged(models)), tuple(dict.fromkeys(left_out)))


def _undecided(blocks: Sequence[Block]) -> set[str]:
    """The classes between whose variants no default chooses: what builds them does."""
    kinds: dict[str, set[tuple[object, ...]]] = {}
    for block in blocks:
        if block.default:
            kinds.setdefault(block.cls, set()).add(signature(block.graph))
    return {cls for cls, found in kinds.items() if len(found) > 1}


def _seen_in_place(
    blocks: Sequence[Block], models: Sequence[Block], open_: set[str]
) -> dict[str, tuple[str, str]]:
    """The classes that cannot be seen alone, but as members of a stack: names, its owner."""
    members = {b.cls: b.owner for b in blocks if b.path and not b.graph.unresolved}
    alone = [b for b in (*blocks, *models) if not b.path and b.default]
    return {
        b.cls: (b.name, members[b.cls])
        for b in alone
        if b.cls in members and (b.graph.unresolved or b.cls in open_)
    }


def layered(recording: Recording) -> Tree:
    """The module tree of a recording.

    Where no list of modules is a stack, loops whose rounds are layers are; where the model puts a residual around the
    members of a list, it is the layers'; where a list holds parts of layers, each layer's are put together.
    """
    tree = Tree(recording)
    carried = with_carried(tree)
    if carried is not None:
        recording, tree = carried, Tree(carried)
    again = any(len(stack) == 1 and tree.modules[stack[0]].calls > 1 for stack in tree.stacks)
    rounds = None if tree.stacks and not again else with_rounds(recording)
    if rounds is not None:
        looped = Tree(rounds)
        layers = [path for stack in looped.stacks for path in stack]
        if layers and all(_is_layer(looped.lifted(path)) for path in layers):
            return looped
    residuals = with_residuals(tree)
    tree = tree if residuals is None else Tree(residuals)
    periods = with_periods(tree) if tree.stacks else None
    return tree if periods is None else Tree(periods)


def _is_layer(graph: Graph) -> bool:
    return sum(is_a(node.words[0], "sublayer") for node in graph.operations()) > 1


def _model_stacks(tree: Tree) -> list[list[str]]:
    """The stacks of a model; none for a block that repeats a part of itself beside its attention."""
    if not tree.stacks or any(is_a(n.words[0], "attention") for n in tree.model.operations()):
        return []
    return tree.stacks


def _parts(trees: Sequence[Tree], stacks: Sequence[list[list[str]]]) -> dict[str, str]:
    """The classes that a body of the same target runs as a part: class -> the body's class."""
    found: dict[str, str] = {}
    for tree, stack in zip(trees, stacks, strict=False):
        bodies = [path for one in stack for path in one] or ([""] if is_body(tree.lifted("")) else [])
        if any(module.cls == LOOP for module in tree.recording.modules):  # its parts stand beside it
            bodies = [""]
        for path in bodies:
            prefix = path + "." if path else ""
            for module in tree.recording.modules:
                if (
                    module.path.startswith(prefix)
                    and module.path not in ("", path)
                    and module.path in tree.first
                ):
                    owner = tree.modules[path].cls if path in tree.modules else tree.recording.name
                    found.setdefault(module.cls, owner.rsplit(".", 1)[-1])
    named = {tree.recording.name for tree in trees}
    for tree, stack in zip(trees, stacks, strict=False):  # parts that this variant of the body does not build
        if not stack and is_body(tree.lifted("")):
            for name in sorted(_mentioned(tree.recording) & named - {tree.recording.name}):
                for other in trees:
                    same_file = other.recording.file == tree.recording.file
                    if other.recording.name == name and same_file and other.recording.modules:
                        found.setdefault(other.recording.modules[0].cls, tree.recording.name)
    return found


def _around(trees: Sequence[Tree], stacks: Sequence[list[list[str]]]) -> dict[str, str]:
    """The classes that a model runs outside of its stacks' members, and the model.

    None of which a list has members: they may be blocks.
    """
    found: dict[str, str] = {}
    for tree, stack in zip(trees, stacks, strict=False):
        inside = tuple(f"{path}." for one in stack for path in one)
        modules = [m for m in tree.recording.modules if m.path in tree.first and m.path] if stack else []
        listed = {m.cls for m in modules if tree.listed(m.path)}
        beside = (m.cls for m in modules if not m.path.startswith(inside) and m.cls not in listed)
        found.update((cls, tree.recording.name) for cls in beside if cls not in found)
    return found


def bases(recording: Recording) -> set[str]:
    """The names of the classes that the recorded class inherits from, as far as its own file has them."""
    classes = _classes(recording)
    found: set[str] = set()
    todo = [recording.name]
    while todo:
        own = classes.get(todo.pop())
        names = {b.id for b in own.bases if isinstance(b, ast.Name)} - found if own is not None else set()
        found |= names
        todo.extend(names)
    return found


def _mentioned(recording: Recording) -> set[str]:
    """The names that the source of the recorded class calls."""
    own = _classes(recording).get(recording.name)
    calls = (n.func for n in walk(own) if isinstance(n, ast.Call)) if own is not None else ()
    return {func.id for func in calls if isinstance(func, ast.Name)}


def _classes(recording: Recording) -> dict[str, ast.ClassDef]:
    """The classes of the file in which the recorded class stands."""
    span = recording.span
    if span is None:
        return {}
    try:
        return _classes_of(parsed_file(span.file))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return {}


@lru_cache(maxsize=4)
def _classes_of(tree: ast.Module) -> dict[str, ast.ClassDef]:
    return {n.name: n for n in statements(tree.body) if isinstance(n, ast.ClassDef)}


def _members(tree: Tree, stack: list[str], standalone: Sequence[Block]) -> list[Block]:
    """The members of a stack in their places; those that equal a class recorded alone add nothing.

    A member that equals a variant that no default chooses does: the class alone is not checked as this one.
    """
    whole, recording = stack_of(tree, stack), tree.recording
    found = []
    first: dict[str, Block | None] = {}  # of members that were recorded alike: None where it adds nothing
    for path in stack:
        twin = tree.twin(path)
        if twin not in first:
            block = make_block(recording, tree.lifted(path), path)
            graph = signature(block.graph)
            same = [b for b in standalone if b.cls == block.cls and signature(b.graph) == graph]
            first[twin] = None if any(b.default or not block.default for b in same) else block
        known = first[twin]
        if known is not None:
            layers = Layers(recording.file, recording.name, (path,), (whole,))
            name = f"{recording.name}.{path}"
            found.append(replace(known, name=name, path=path, layers=layers))
    return found


def _grouped(blocks: Sequence[Block]) -> list[Block]:
    """Equal members of stacks as one block, with their places in its notes."""
    groups: dict[tuple[object, ...], list[Block]] = {}
    for block in blocks:
        key = (
            (block.file, block.cls, signature(block.graph), block.when)
            if block.path
            else (block.name, id(block))
        )
        groups.setdefault(key, []).append(block)
    return [_as_one(members) for members in groups.values()]


def _as_one(members: Sequence[Block]) -> Block:
    first = members[0]
    if first.layers is None:
        return first
    every = [one.layers for one in members if one.layers is not None]
    layers = first.layers.with_equal(one for one in every if one.owner == first.layers.owner)
    others = list(dict.fromkeys(one.owner for one in every if one.owner != first.layers.owner))
    notes = [layers.text()] if layers.text() else []
    if others:
        more = f" and {len(others) - SHOWN_OWNERS} more" if len(others) > SHOWN_OWNERS else ""
        notes.append(f"the same in layers of {', '.join(others[:SHOWN_OWNERS])}{more}")
    return replace(first, notes=(*first.notes, *notes), count=len(members), layers=layers)
