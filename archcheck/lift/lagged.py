"""Attention by correlation (Auto-Correlation, Wu et al. 2021, section 3.2).

Values, moved by the delays at which queries and keys agree, in a sum that a softmax of that agreement weighs.

The agreement at all delays is a product of two spectra, back from the frequencies. How many delays there are depends
on the length of the sequence.
"""

from __future__ import annotations

from archcheck.lift.prepare import SELECTING
from archcheck.lift.work import Work

LONGEST = 64  # terms of a sum, and steps to its softmax
MOVED = SELECTING | {"gather", "dropout"}


def correlations(work: Work) -> None:
    """Write what comes back from the product of two computed spectra as a product of the two values."""
    for key in list(work.nodes):
        if key not in work.nodes or key in work.fixed or work.word(key) != "fft":
            continue
        product = work[key].args[0]
        spectra = work.data(product)
        if (
            work.word(product) == "mul"
            and len(spectra) == 2
            and all(work.word(s) == "fft" and work.only_user(s) == product for s in spectra)
            and work.only_user(product) == key
        ):
            args = [work[s].args[0] for s in spectra]
            work.fuse({key, product, *spectra}, key, "matmul", args)


def lagged_sum(work: Work, key: str) -> tuple[list[str], str] | None:
    """The values, and their softmax, of a whole sum over delays; None where this is none, or only a part of one."""
    terms = _terms(work, key)
    user = work.only_user(key)
    if not terms or (user is not None and work.word(user) == "add" and _terms(work, user)):
        return None
    (values, soft), *others = terms
    return ([values], soft) if all(other == (values, soft) for other in others) else None


def _terms(work: Work, key: str) -> list[tuple[str, str]]:
    """Values and softmax of all terms of a sum, [] if one of them is no value with such a weight."""
    if work.word(key) != "add":
        return []
    found: list[tuple[str, str]] = []
    todo = list(work.data(key))
    while todo:
        term = todo.pop()
        if work.word(term) == "add" and work.only_user(term) is not None:
            todo.extend(work.data(term))
        elif (weighed := _weighed(work, term)) is not None and len(found) < LONGEST:
            found.append(weighed)
        else:
            return []
    return found


def _weighed(work: Work, key: str) -> tuple[str, str] | None:
    data = work.data(key)
    if work.word(key) != "mul" or len(data) != 2:
        return None
    for weights, values in (data, data[::-1]):
        soft = _through(work, weights)
        if work.word(soft) == "softmax" and soft != weights:
            return _through(work, values), soft
    return None


def _through(work: Work, key: str) -> str:
    for _ in range(LONGEST):
        if key in work.fixed or work.word(key) not in MOVED or not work.data(key):
            break
        key = work.data(key)[0]
    return key
