"""Validation of fields computes nothing."""

from dataclasses import field


def strict(cls=None, *, accept_kwargs=False):
    if cls is None or isinstance(cls, bool):
        return lambda inner: inner
    return cls


def validate_typed_dict(schema, data):
    return None


def validated_field(validator, default=None, default_factory=None, **kwargs):
    if default_factory is not None:
        return field(default_factory=default_factory)
    return default


def as_validated_field(validator):
    return lambda default=None, default_factory=None, **rest: validated_field(
        validator, default, default_factory
    )
