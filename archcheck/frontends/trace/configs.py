"""Configuration objects: which class an argument wants, and an instance of it with its defaults.

A configuration is recognised by what it is (its annotation, the `config_class` of the model, the name of the
parameter), never by a list of model names.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import importlib
import inspect
import re
import typing
from typing import Any

from archcheck.frontends.guesses import guess_number

if typing.TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

PLAIN_TYPES: tuple[type, ...] = (dict, list, tuple, set, str, int, float, bool)

_NAMES = ("config", "cfg", "conf", "configuration", "args", "opt", "hparams", "params", "model_args")

# What `small` makes of a large configuration, most drastic first; fields it does not have are left out.
_SHRINK: tuple[tuple[str, int], ...] = (
    ("num_experts", 4), ("num_local_experts", 4), ("n_routed_experts", 4), ("moe_num_experts", 4),
    ("num_experts_per_tok", 2), ("moe_topk", 2), ("moe_k", 2), ("n_group", 1), ("topk_group", 1),
    ("vocab_size", 128), ("intermediate_size", 64), ("moe_intermediate_size", 64), ("ffn_dim", 64),
    ("shared_expert_intermediate_size", 64),
)  # fmt: skip
_SMALLER: tuple[tuple[str, int], ...] = (
    ("hidden_size", 32), ("num_attention_heads", 4), ("num_key_value_heads", 2), ("head_dim", 8),
    ("d_model", 32),
)  # fmt: skip

_GENERAL = ("PretrainedConfig", "PreTrainedConfig")  # the common base, which says nothing of a model
_LAYERS = re.compile(r"(num_|n_)?(\w+_)?layers?")
_SHALLOW = 2


def config_class(
    cls: Callable[..., Any], name: str, hint: Any, module: ModuleType | None, choice: int = 0
) -> type | None:
    """The configuration class that this argument wants, None if it is no configuration.

    `choice` asks for the next best one: of the names nearby, also where an annotation names one, for it may name
    the configuration of the whole model, of which the class takes a part.
    """
    kinds = [k for k in (hint, *typing.get_args(hint)) if isinstance(k, type) and _is_config(k)]
    if kinds:
        first = _most_specific(kinds[0], cls, module)
        if not choice:
            return first
        near = [k for k in (*kinds[1:], *_nearby(cls, module)) if k is not first]
        others = [*(k for k in _parts(first) if k not in near and k is not first), *near]
        return [first, *others][min(choice, len(others))]
    if name not in _NAMES:
        return None
    declared = getattr(cls, "config_class", None)
    if isinstance(declared, type) and not choice:
        return declared
    ranked = _nearby(cls, module)
    return ranked[min(choice, len(ranked) - 1)] if ranked else None


def _parts(kind: type) -> list[type]:
    """The classes of the configurations that one of this class holds: of a model around another library's model."""
    try:
        held = vars(kind()).values()
    except Exception:  # noqa: BLE001 - it may want arguments, or have no attributes of its own
        return []
    return list(
        dict.fromkeys(type(v) for v in held if _is_config(type(v)) and type(v).__name__ not in _GENERAL)
    )


def _is_config(kind: type) -> bool:
    named = any("Config" in base.__name__ or "Args" in base.__name__ for base in kind.__mro__[:-1])
    return named or dataclasses.is_dataclass(kind)


def _most_specific(kind: type, cls: Callable[..., Any], module: ModuleType | None) -> type:
    """An annotation may name only the common base of all configurations."""
    if inspect.isabstract(kind) or kind.__name__ in _GENERAL:
        return next(iter(_nearby(cls, module)), kind)
    return kind


def _nearby(cls: Callable[..., Any], module: ModuleType | None) -> list[type]:
    """The configuration classes of the module, and of its sibling; first those whose name begins most like the
    class.
    """
    own = inspect.getmodule(cls)
    found: dict[str, type] = {}
    for place in [m for m in (own, module, *_siblings(own)) if m is not None]:
        for key, value in vars(place).items():
            if isinstance(value, type) and key.lower().endswith(("config", "args", "configuration")):
                found.setdefault(key, value)
    title = getattr(cls, "__name__", "")
    ranked = sorted(found, key=lambda key: (-_common(key, title), len(key), key))
    return [found[key] for key in ranked if key not in _GENERAL]


def _common(one: str, two: str) -> int:
    """The length of the common beginning."""
    return next(
        (i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two))
    )


def _siblings(module: ModuleType | None) -> list[ModuleType]:
    """`configuration_x` beside `modeling_x`."""
    package = getattr(module, "__package__", None)
    name = getattr(module, "__name__", "").rpartition(".")[2]
    if not package or not name.startswith("modeling_"):
        return []
    try:
        return [importlib.import_module(f"{package}.configuration_{name.removeprefix('modeling_')}")]
    except ImportError:
        return []


def make(
    cls: type,
    fields: Mapping[str, Any],
    nested: Callable[[Any, str], Any],
    *,
    small: int = 0,
    shallow: bool = False,
) -> Any:
    """An instance with its defaults and the given fields. Whatever the class raises passes through.

    `small` asks for fewer experts and smaller sizes, 2 for heads of the size they had, `shallow` for few layers.
    """
    if cls is dict:
        return dict(fields)
    deep = {key: value for key, value in fields.items() if "." in key}
    flat = {key: value for key, value in fields.items() if "." not in key}
    config = _instance(cls, flat, nested, small)
    if shallow:
        fields = _few_layers(config)
        with contextlib.suppress(Exception):  # a class may check lengths against each other
            config = _instance(cls, {**fields, **flat}, nested, small)
    for key, value in deep.items():
        _set_deep(config, key, value)
    if hasattr(config, "_attn_implementation"):
        config._attn_implementation = "eager"  # noqa: SLF001 - how transformers is told
    if getattr(config, "use_cache", None) is True and "use_cache" not in flat:
        config.use_cache = False
    return config


def changed(config: Any, fields: Mapping[str, Any]) -> Any:
    """A copy of a configuration with other values of some fields."""
    flat = {key: value for key, value in fields.items() if "." not in key}
    if dataclasses.is_dataclass(config) and not isinstance(config, type):
        made = dataclasses.replace(copy.deepcopy(config), **flat)
    else:
        made = copy.deepcopy(config)
        for key, value in flat.items():
            setattr(made, key, value)
    for key in fields.keys() - flat.keys():
        _set_deep(made, key, fields[key])
    return made


def is_one(value: Any) -> bool:
    """Whether this is an object of a configuration class."""
    return _is_config(type(value)) and not callable(value)


def _instance(cls: type, flat: dict[str, Any], nested: Callable[[Any, str], Any], small: int) -> Any:
    signature = inspect.signature(cls)
    takes_any = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
    known = {k: v for k, v in flat.items() if takes_any or k in signature.parameters}
    if (
        any(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in signature.parameters.values())
        and not flat
    ):
        config = nested(cls, "config")
    else:
        config = cls(**known)
    if small:
        config = _shrunk(cls, config, known, heads=small == 1)
    for key, value in flat.items():
        if key not in known:
            setattr(config, key, value)
    return config


def _shrunk(cls: type, config: Any, known: dict[str, Any], *, heads: bool) -> Any:
    """The same configuration with fewer experts and smaller sizes, as far as its class takes them; the size of heads
    only if `heads`, for other fields may say it, too.
    """
    smaller = tuple(item for item in _SMALLER if heads or item[0] != "head_dim")
    for table in ((*_SHRINK, *smaller), _SHRINK):
        fields = {
            k: min(v, size) for k, v in table for size in [field_of(config, k)] if isinstance(size, int)
        }
        heads_of_keys = field_of(config, "num_key_value_heads")
        if "num_attention_heads" in fields and heads_of_keys == field_of(config, "num_attention_heads"):
            fields["num_key_value_heads"] = fields["num_attention_heads"]  # each head has keys of its own
        try:
            return cls(**{**fields, **known})
        except Exception:  # noqa: BLE001, S112 - a class may check its sizes against each other
            continue
    return config


def _few_layers(config: Any) -> dict[str, int]:
    """The fields that count many layers, with a small number; those of its parts are set in place."""
    for part in vars(config).values():
        if _is_config(type(part)):
            for name in _few_layers(part):
                setattr(part, name, _SHALLOW)
    return {
        name: _SHALLOW
        for name, value in vars(config).items()
        if _LAYERS.fullmatch(name) and type(value) is int and value > _SHALLOW
    }


def complete(config: Any) -> dict[str, int]:
    """Give the sizes that a configuration leaves open: those that others of its fields decide (as many key and value
    heads as heads, heads that share the width), and guesses for what its class calls a number and is None, or -1 until
    a tokenizer is known. Returns the guesses.
    """
    heads, width = field_of(config, "num_attention_heads"), field_of(config, "hidden_size")
    if type(heads) is int and type(width) is int:
        for name, value in (("num_key_value_heads", heads), ("head_dim", width // heads)):
            if field_of(config, name, value) is None:
                setattr(config, name, value)
    hints = {k: h for base in type(config).__mro__ for k, h in vars(base).get("__annotations__", {}).items()}
    numbers = {name: guess_number(name) for name, hint in hints.items() if "int" in str(hint)}
    guesses = {name: n for name, n in numbers.items() if isinstance(n, int) and n > 0}
    open_ones = {name: n for name, n in guesses.items() if field_of(config, name, n) in (None, -1)}
    for name, number in open_ones.items():
        setattr(config, name, number)
    return open_ones


def field_of(config: Any, name: str, default: Any = None) -> Any:
    """A field of a configuration or a module, the default where there is none or asking for it raises.

    A configuration whose layers differ refuses to say one size for all of them.
    """
    try:
        return getattr(config, name, default)
    except Exception:  # noqa: BLE001 - whatever a property of foreign code raises
        return default


def _set_deep(config: Any, key: str, value: Any) -> None:
    *path, last = key.split(".")
    for part in path:
        config = config[part] if isinstance(config, dict) else getattr(config, part)
    if isinstance(config, dict):
        config[last] = value
    else:
        setattr(config, last, value)
