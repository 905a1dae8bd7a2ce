"""Products in another order: a norm whose factor is multiplied with a condition before it meets the stream."""

from __future__ import annotations

from archcheck.lift.evaluate import REDUCTIONS
from archcheck.lift.work import Work


def factors(work: Work) -> None:
    """Make (x * r) * c of x * (r * c), where r is computed from a mean or a sum of x, and c from another value.

    An adaptive norm is often written so: `x * (scale(c) * rsqrt(mean(x**2)))` (k-diffusion's AdaRMSNorm).
    """
    for key in list(work.nodes):
        if key not in work.fixed and _is_product(work, key):
            _reorder(work, key)


def _is_product(work: Work, key: str) -> bool:
    return work.word(key) == "mul" and len(work[key].args) == 2 and len(work.data(key)) == 2


def _reorder(work: Work, key: str) -> None:
    first, second = work[key].args
    for x, product in ((first, second), (second, first)):
        if x == product or not _is_product(work, product) or work.only_user(product) != key:
            continue
        one, other = work[product].args
        for factor, condition in ((one, other), (other, one)):
            reduced = work.derives(x, factor) and any(
                work.word(k) in REDUCTIONS for k in work.between(x, factor)
            )
            if reduced and not work.derives(x, condition):
                work.put(work[product].changed(args=(x, factor), shape=work[x].shape))
                work.put(work[key].changed(args=(product, condition)))
                return
