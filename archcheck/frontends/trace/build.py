"""Builds the module of a target: arguments from the target, from settings, from defaults, and sensible
guesses.
"""

from __future__ import annotations

import ast
import enum
import inspect
import re
import types
import typing
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from archcheck.frontends.guesses import ROLES, WIDTH, guess_number
from archcheck.frontends.target_text import TargetError
from archcheck.frontends.trace import configs
from archcheck.frontends.trace.target import Names
from archcheck.vocabulary import COUNTS, WIDTHS

if typing.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EMPTY = inspect.Parameter.empty

# Arguments that say how many of something there are.
_COUNTED = re.compile(r"n?_?h|.*(head|expert|top_?k|kv|group).*")


@dataclass
class Builder:
    """Builds one target. `used` collects the settings that were needed, `taken` those the user gave that
    were used.
    """

    module: ModuleType | None
    names: Names
    settings: Mapping[str, Any]
    small: int = 0  # which way to make a configuration smaller, 0 for none
    complete: bool = False  # whether sizes that a configuration leaves open are worked out
    shallow: bool = False  # whether a configuration is asked for few layers
    used: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    depth: int = 0
    choice: int = 0  # which of the fitting configuration classes
    scale: int = 1  # what guessed sizes are multiplied by
    indexed: bool = False  # whether an index with the default None is given
    guessed: dict[str, object] = field(default_factory=dict)  # the numbers that nobody gave

    def build(self, cls: Callable[..., Any], arguments: str | None = None) -> Any:
        """An instance of the class. Raises TargetError naming the argument that cannot be guessed."""
        args, kwargs = self.names.arguments(arguments) if arguments is not None else ((), {})
        return cls(*args, **self.fill(cls, args, kwargs, given=arguments is not None))

    def fill(
        self, cls: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], given: bool = False
    ) -> dict[str, Any]:
        """The keyword arguments of the constructor call: what was given, and the rest by settings and
        guesses.
        """
        signature = constructor_signature(cls)
        filled = dict(kwargs)
        for key in [key for key in self.settings if "." not in key]:
            parameter = signature.parameters.get(key)
            takes_any = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
            if self.depth == 0 and (
                takes_any or (parameter is not None and parameter.kind is not parameter.VAR_POSITIONAL)
            ):
                filled[key] = self.setting(key, parameter)
        hints = type_hints(cls)
        for position, (name, parameter) in enumerate(signature.parameters.items()):
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            if position < len(args) or name in filled:
                continue
            nested = any(key.startswith(f"{name}.") for key in self.settings)
            wanted = nested or (self.indexed and guess_number(name) == 0)
            if self.depth == 0 and configs.is_one(parameter.default):
                fields = self.fields(name, signature, parameter.default)
                if fields:
                    filled[name] = configs.changed(parameter.default, fields)
                continue
            if parameter.default is not EMPTY and not (wanted and parameter.default is None):
                continue
            filled[name] = self.guess(cls, name, hints.get(name, parameter.annotation))
            if self.depth == 0:
                self.used[name] = _short(filled[name])
        return filled

    def setting(self, key: str, parameter: inspect.Parameter | None = None) -> Any:
        """The value of a setting: Python or YAML literal, an expression, or plain text."""
        self.taken.add(key)
        wants_text = parameter is not None and isinstance(parameter.default, str)
        value = setting_value(self.settings[key], self.names, wants_text)
        self.used[key] = _short(value)
        return value

    def guess(self, cls: Callable[..., Any], name: str, hint: Any) -> Any:
        """A value for one required argument. Raises TargetError where nothing fits."""
        config = configs.config_class(cls, name, hint, self.module, self.choice)
        if config is not None:
            return self.config(config, name, constructor_signature(cls))
        hint = _plain(hint)
        if name in ("bias", "device", "dtype"):
            return None if name != "bias" else True
        if hint is bool:
            return False
        if isinstance(hint, type) and issubclass(hint, enum.Enum):
            return next(iter(hint))
        module = self._module_argument(cls, name, hint)
        if module is not None:
            return module
        number = self.guessed[name] = self._number(name)
        if number is not None and hint in (int, float, EMPTY, Any):
            return int(number) if hint is int and isinstance(number, (int, float)) and number >= 1 else number
        if number is not None and _accepts_number(hint):
            return number
        if hint is str or name in ("activation", "act", "hidden_act"):
            return "relu" if "act" in name else self._cannot(cls, name)
        if (
            isinstance(hint, type)
            and hint.__module__ not in ("builtins", "typing", "inspect")
            and self.depth < 4
        ):
            return self._nested(hint, name)
        return self._cannot(cls, name)

    @property
    def untold(self) -> frozenset[str]:
        """The attributes that guesses decide, or a configuration that was made smaller."""
        numbers = {name: value for name, value in self.guessed.items() if isinstance(value, int)}
        counts = self.small > 0 or any(_COUNTED.fullmatch(name.lower()) for name in numbers)
        widths = counts or any(value >= WIDTH for value in numbers.values())
        return (COUNTS if counts else frozenset()) | (WIDTHS if widths else frozenset())

    def _number(self, name: str) -> object | None:
        number = guess_number(name)
        return number * self.scale if isinstance(number, int) and number >= WIDTH else number

    def config(self, cls: type, name: str, owner: inspect.Signature) -> Any:
        """A configuration object with its defaults and what the user set."""
        plain = any("." not in key and key not in owner.parameters for key in self.settings)
        fields = self.fields(name, owner, configs.make(cls, {}, self._nested) if plain else None)
        made = configs.make(cls, fields, self._nested, small=self.small, shallow=self.shallow)
        if self.complete:
            self.guessed.update(configs.complete(made))
        return made

    def fields(self, name: str, owner: inspect.Signature, example: Any) -> dict[str, Any]:
        """The settings `NAME.FIELD`, and those `FIELD` that `owner` does not take and `example` has."""
        plain = [key for key in self.settings if "." not in key and key not in owner.parameters]
        found = {key: self.setting(key) for key in plain if hasattr(example, key)}
        for key in self.settings:
            head, _, rest = key.partition(".")
            if rest and head in (name, "config"):
                found[rest] = self.setting(key)
        return found

    def _module_argument(self, cls: Callable[..., Any], name: str, hint: Any) -> Any:
        import torch

        norms = {
            "norm_layer": torch.nn.LayerNorm,
            "norm_class": torch.nn.LayerNorm,
            "act_layer": torch.nn.GELU,
        }
        if name in norms and hint is not str:
            return norms[name]
        is_activation = "act" in name.split("_") or name in ("activation", "act_fn", "nonlinearity")
        if is_activation and (hint is EMPTY or _is_callable_hint(hint) or _is_module_class(hint)):
            return torch.nn.GELU()
        if _is_module_class(hint) and hint is not torch.nn.Module:
            return self._nested(hint, name)
        if hint not in (EMPTY, torch.nn.Module, Any) and not _is_callable_hint(hint):
            return None
        found = self._by_role(cls, name)
        return None if found is None else self._nested(found, name)

    def _by_role(self, cls: Callable[..., Any], name: str) -> type | None:
        """A module class of the same file whose name has the words of the parameter's role."""
        if self.module is None or guess_number(name) is not None:
            return None
        lowered = name.lower()
        own = [
            c
            for c in vars(self.module).values()
            if _is_module_class(c) and c.__module__ == self.module.__name__ and c is not cls
        ]
        for words, wanted in ROLES:
            if any(word in lowered for word in words):
                for candidate in own:
                    if any(word in candidate.__name__.lower() for word in wanted):
                        chosen: type = candidate
                        return chosen
        return None

    def _nested(self, cls: Callable[..., Any], name: str) -> Any:
        self.depth += 1
        try:
            if self.depth > 4:
                raise TargetError(f"the argument {name} needs objects inside objects inside objects")
            if cls in configs.PLAIN_TYPES:
                return cls()
            return cls(**self.fill(cls, (), {}))
        finally:
            self.depth -= 1

    def _cannot(self, cls: Callable[..., Any], name: str) -> Any:
        title = getattr(cls, "__name__", str(cls))
        raise TargetError(
            f"cannot guess the argument {name!r} of {title}",
            f"give it with --set {name}=VALUE, or call the constructor: '…{title}(…, {name}=VALUE)'",
        )


def constructor_signature(cls: Callable[..., Any]) -> inspect.Signature:
    """The parameters of a constructor, without `self`; of a function its own."""
    try:
        return inspect.signature(cls)
    except (TypeError, ValueError):
        return inspect.Signature()


def type_hints(cls: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of a constructor or function, resolved as far as they can be."""
    function = cls.__init__ if inspect.isclass(cls) else cls
    try:
        return typing.get_type_hints(function)
    except Exception:  # noqa: BLE001 - annotations are arbitrary expressions of the user
        found = {}
        space = getattr(inspect.unwrap(function), "__globals__", {})
        for name, hint in getattr(function, "__annotations__", {}).items():
            if isinstance(hint, str):
                try:
                    hint = eval(hint, dict(space))  # noqa: PLW2901, S307 - the child process runs user code
                except Exception:  # noqa: BLE001, S112 - the others may be readable
                    continue
            found[name] = hint
        return found


def setting_value(value: Any, names: Names, wants_text: bool = False) -> Any:
    """`true`, `null` and other literals, else a Python expression, else the text itself."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    plain = {"true": True, "false": False, "null": None, "none": None, "~": None}
    if text.lower() in plain:
        return plain[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        pass
    if text.isidentifier() and (wants_text or text not in names):
        return text
    try:
        return names.evaluate(text)
    except (SyntaxError, NameError, AttributeError):
        return text


def _plain(hint: Any) -> Any:
    """`Optional[int]` -> int; of a union the first plain type."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        for kind in (int, float, bool, str):
            if kind in kinds:
                return kind
        return kinds[0] if kinds else hint
    return hint


def _accepts_number(hint: Any) -> bool:
    return (
        hint in (int, float)
        or typing.get_origin(hint) in (tuple, list)
        or isinstance(hint, (str, typing.TypeVar))
    )


def _is_callable_hint(hint: Any) -> bool:
    return hint is typing.Callable or "Callable" in str(hint)


def _is_module_class(thing: Any) -> bool:
    import torch

    return isinstance(thing, type) and issubclass(thing, torch.nn.Module)


def _short(value: Any) -> str:
    text = (
        repr(value)
        if isinstance(value, (bool, int, float, str, type(None), tuple, list))
        else type(value).__name__
    )
    return text if len(text) <= 80 else text[:77] + "…"
