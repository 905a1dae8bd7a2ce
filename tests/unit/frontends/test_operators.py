"""Imports that fail at a compiled operator which does not fit the installed torch."""

from __future__ import annotations

import pytest

from archcheck.frontends.trace.operators import tolerant


def test_an_operator_is_declared_though_lazy_packages_wrap_the_complaint():
    import torch

    def load():
        try:
            try:
                return torch.ops.archcheck_test_operators.first
            except AttributeError:
                raise RuntimeError("operator archcheck_test_operators::first does not exist") from None
        except RuntimeError as error:
            raise ModuleNotFoundError("Could not import module 'Model'. Are the requirements met?") from error

    assert tolerant(load) is not None


def test_other_errors_pass_through():
    def load():
        raise ModuleNotFoundError("no module named 'x'") from ValueError("no")

    with pytest.raises(ModuleNotFoundError):
        tolerant(load)
