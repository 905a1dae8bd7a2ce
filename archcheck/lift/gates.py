"""Products and sums with conditions: gates and modulations (adaLN; Peebles and Xie 2023)."""

from __future__ import annotations

from archcheck.graph import upstream
from archcheck.graph.extract import is_mask
from archcheck.lift.prepare import SELECTING
from archcheck.lift.streams import streams
from archcheck.lift.work import Work
from archcheck.vocabulary import is_a


def glu(work: Work) -> None:
    """Fuse a * sigmoid(b), where a and b are halves of one value, to a `glu` (Dauphin et al. 2017)."""
    for key in list(work.nodes):
        if key not in work.nodes or work.word(key) != "mul" or len(work.data(key)) != 2:
            continue
        for value, gate in (work.data(key), work.data(key)[::-1]):
            if work.word(gate) != "sigmoid" or work.word(value) not in SELECTING:
                continue
            half = work.data(gate)[0]
            whole, other = _whole(work, value), _whole(work, half)
            if whole == other and half != value and whole is not None:
                work.fuse(work.between(whole, key), key, "glu", [whole])
                break


def _whole(work: Work, key: str) -> str | None:
    while work.word(key) in SELECTING:
        key = work.data(key)[0]
    return key


def modulation(work: Work) -> None:
    """Turn x * (1 + s(c)) + t(c), with or without t, into `modulate(c)`, and x * g(c) into `gate(c)`."""
    carried = streams(work)
    work.inputs = (*carried, *(key for key in work.inputs if key not in carried))
    for key in list(work.nodes):
        if key not in work.nodes or key in work.fixed:
            continue
        word = work.word(key)
        if word == "add" and len(work.data(key)) == 2:
            _modulate(work, key, carried)
        elif word == "mul" and len(work.data(key)) == 2:
            _gate(work, key, carried)


def _condition(work: Work, key: str, carried: tuple[str, ...]) -> str | None:
    """The other input from which alone this value is computed, None if it reads a stream."""
    if any(work.derives(stream, key) for stream in carried):
        return None
    roots = [r for r in work.inputs if r not in carried and work.derives(r, key)]
    return roots[0] if roots else None


def _modulate(work: Work, key: str, carried: tuple[str, ...]) -> None:
    for product, shift in (work.data(key), work.data(key)[::-1]):
        condition = _condition(work, shift, carried)
        if condition is None:
            continue
        if (
            work.word(product) in ("gate", "modulate")
            and condition in work[product].args
            and work.only_user(product) == key
        ):
            value = work[product].args[0]
            region = {product, key} | work.sides({product, key}, value, condition)
            work.fuse(region, key, "modulate", [value, condition])
        return


def _gate(work: Work, key: str, carried: tuple[str, ...]) -> None:
    data = work.data(key)
    for value, gate in (data, data[::-1]):
        condition = _condition(work, gate, carried)
        if condition is not None and _condition(work, value, carried) is None:
            if is_mask(work.nodes, gate):  # tokens that are padding are set to 0
                work.bypass(key, value)
                return
            word = "modulate" if _around_one(work, gate) else "gate"
            region = {key} | work.sides({key} | {gate}, value, condition)
            work.fuse(region, key, word, [value, condition])
            return
    for value, gate in (data, data[::-1]):
        if (
            value != gate
            and value in upstream(work.nodes, [gate])
            and _passes_nonlinearity(work, value, gate)
        ):
            region = work.between(value, key)
            if work.closed(region, key):
                work.fuse(region | work.sides(region, value), key, "gate", [value], inner=True)
            return


def _around_one(work: Work, gate: str) -> bool:
    """Whether a factor is 1 + s(c): it scales a value, and lets it pass where s is zero."""
    while work.word(gate) in SELECTING:
        gate = work.data(gate)[0]
    return work.word(gate) == "add" and any(work[a].attr("value") in (1, 1.0) for a in work[gate].args)


def _passes_nonlinearity(work: Work, value: str, gate: str) -> bool:
    region = work.between(value, gate)
    return any(is_a(work.word(k), "activation") or work.word(k) == "softmax" for k in region)
