"""Which way a condition goes: constants decide; what a configuration may change is decided once a run and noted."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from archcheck.frontends.static.chance import likelier_data
from archcheck.frontends.static.errors import NeedsChoiceError
from archcheck.frontends.static.selections import any_chosen, any_counted
from archcheck.frontends.static.values import (
    MISSING,
    Condition,
    Instance,
    Repeated,
    Setting,
    Tensor,
    Unknown,
    Value,
    is_size,
    number,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

# Conditions that cannot matter to what a block computes: they choose how it runs, what else it returns, or what is
# only done while debugging. Words of the condition, not of classes.
IRRELEVANT = re.compile(
    r"\b(training|use_cache|output_\w+|return_\w+|need_weights|need_attn|gradient_checkpointing\w*|is_tracing|is_scripting|"
    r"is_compiling|is_exporting|torchscript|verbose|debug|profile|deterministic|use_checkpoint\w*|checkpoint_\w+|\w*grad_ckpt\w*|"
    r"use_reentrant|incremental_state|is_causal|is_cuda|device|dtype|autocast\w*|fp16|bf16|fp32|use_flash\w*|flash_\w+|fused_attn|"
    r"\w*implementation\w*|use_sdpa|use_mem_efficient\w*|xformers|onnx_\w+|export\w*|init_\w*|initializer\w*|"
    r"pruned_heads|past_key_values?|past_kv|layer_past|cache_\w+|head_mask|attention_mask|\w*_mask|mask|print_\w+|log_\w+|"
    r"save_\w+|load_\w+|pretrained|problem_type|num_labels|chunk_size_feed_forward|quantiz\w+|tensor_parallel\w*|pretraining_tp|\w+_plan|"
    r"is_available|world_size|rank|use_tpu|xla\w*|compile\w*|shape_invariants|mlperf\w*|get_name_scope|name_scope)\b"
)

# The frameworks that the tables describe are there, whatever is installed.
AVAILABLE = re.compile(r"\b_?is_(torch|tf|flax|jax|tensorflow)_available\b")

# What a model keeps for the next call, and what no call of its own needs.
CACHES = re.compile(r"(^|\.)use_cache$")

# What forward is handed from its last call: at its first call there is none, also where it must be named.
STATES = re.compile(r"incremental_state|past_key_values?|past_kv|layer_past|kv_cache")

# Parameters that count the layers of a stack: the first one stands for all.
INDEX = re.compile(
    r"layer_(idx|id|index|number|num|i)|(block|layer)_?(i|idx|index|id)|idx|index", re.IGNORECASE
)

# Names of rates: the noise is there in training, so a rate without a default is not zero.
RATES = re.compile(r"(drop|rate|prob|\bp\b)")

MOST_KINDS = 12  # members of a table that are looked at one by one


@dataclass(slots=True)
class Choice:
    """One condition of a run: what its key was, what other values it may have, whether a default chose."""

    key: str
    taken: Value
    others: tuple[Value, ...]
    has_default: bool


class Told(dict[str, Value]):
    """What the user sets, and which names the code was asked for: a name that nothing asks for is a slip."""

    def __init__(self, settings: Mapping[str, Value]) -> None:
        super().__init__(settings)
        self.asked: set[str] = set(settings.asked) if isinstance(settings, Told) else set()

    def __contains__(self, name: object) -> bool:
        if isinstance(name, str):
            self.asked.add(name)
        return super().__contains__(name)

    def get(self, name: str, default: Value = None) -> Value:
        """As that of a dictionary."""
        return super().get(name, default) if name in self else default

    def slips(self) -> list[str]:
        """A sentence for each name that nothing has asked for."""
        found = []
        for name in self.keys() - self.asked:
            near = get_close_matches(name, self.asked, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            found.append(f"nothing that was read asks for the setting {name}{hint}")
        return sorted(found)


class Decisions:
    """The answers of one run: what is fixed beforehand, and what was asked."""

    def __init__(self, fixed: Mapping[str, Value] | None = None, settings: Mapping[str, Value] | None = None):
        self.fixed = dict(fixed or {})
        self.settings = settings if isinstance(settings, Told) else Told(settings or {})
        self.asked: dict[str, Choice] = {}
        self.absent: dict[str, None] = {}  # optional arguments of forward that the code asked for, in order
        self.present: dict[str, None] = {}  # required arguments of forward that the code compared with None
        self.withheld: Sequence[str] = ()  # of these, the ones that this run does not give
        self.frozen = 0
        self.blind = 0  # how often something that is not known decided
        self.quiet = False  # the code that asks is a framework's: it does not change the architecture

    def value(self, key: str) -> Value:
        """What this run or the user says of a configuration name, MISSING if nothing."""
        if key in self.settings:
            return self.settings[key]
        return self.fixed.get(key, MISSING)

    def suppose(self, table: Value, wanted: Unknown) -> None:
        """Raises NeedsChoiceError where a name without a default picks one of the few members of a table."""
        if (
            isinstance(table, dict)
            and 0 < len(table) <= MOST_KINDS
            and all(isinstance(key, (str, int)) for key in table)
            and wanted.key
            and not self.frozen
            and self.value(wanted.key) is MISSING
            and not IRRELEVANT.search(wanted.key)
        ):
            raise NeedsChoiceError(wanted.key, tuple(table))

    def truth(
        self, vm: Interpreter, value: Value, node: ast.AST | None = None, *, aloud: bool = False
    ) -> bool:
        """Whether a condition holds in this run; `aloud`: the code's own, although a framework asks."""
        quiet = bool(vm.stack) and vm.stack[-1].hidden and not vm.stack[-1].file.endswith("_fallback.py")
        self.quiet = quiet and not aloud
        if value is None or isinstance(
            value, (bool, int, float, str, list, tuple, dict, set, frozenset, range)
        ):
            return bool(value)
        if isinstance(value, Setting):
            return self._setting(vm, value, node)
        if isinstance(value, Condition):
            return self._condition(value)
        if isinstance(value, Unknown):
            return self._unknown(value, node)
        if isinstance(value, Tensor):
            return self._data(value, node)
        if isinstance(value, Instance):
            return _object(vm, value)
        if isinstance(value, Repeated):
            return bool(value.members)
        return True

    def _setting(self, vm: Interpreter, setting: Setting, node: ast.AST | None) -> bool:
        if CACHES.search(setting.key) and setting.key not in self.settings:
            return False
        truth = self.truth(vm, setting.value, node)
        if setting.kind == "input" and setting.value is None:
            self.absent[setting.key] = None
        if setting.kind != "config" or not _plain_setting(setting.value):
            return truth
        other: Value = not truth
        if not isinstance(setting.value, bool):
            other = MISSING if truth is False else (None if setting.value is not None else MISSING)
            if isinstance(setting.value, (int, float)) and truth:
                other = 0
        if other is MISSING:
            other = GIVEN
        self._ask(setting.key, truth if isinstance(setting.value, bool) else setting.value, (other,), True)
        return truth

    def _condition(self, condition: Condition) -> bool:
        self.blind += not condition.known
        fixed = self.fixed.get(condition.text, MISSING)
        truth = condition.truth if fixed is MISSING else bool(fixed)
        if condition.key and condition.turned is not MISSING and fixed is MISSING:
            taken = truth if condition.stands is MISSING else condition.stands
            self._ask(condition.text, taken, (), condition.known, condition.key, condition.turned)
        else:
            self._ask(condition.text, truth, (not truth,), condition.known)
        return truth

    def _unknown(self, value: Unknown, node: ast.AST | None) -> bool:
        self.blind += 1
        text = value.key or (text_of(node) if node is not None else "")
        # An empty tensor is no architecture.
        if AVAILABLE.search(text) or is_size(value) or any_counted(value):
            return True
        fixed = self.fixed.get(text, MISSING)
        if fixed is not MISSING:
            truth = fixed is GIVEN or bool(fixed)
        else:
            truth = bool(RATES.search(text)) if value.key else False
        if text:
            self._ask(text, truth, (not truth,), False)
        return truth

    def _data(self, value: Tensor, node: ast.AST | None) -> bool:
        """The truth of a tensor depends on the data: both ways are looked at."""
        self.blind += 1
        for told in (any_chosen(value), likelier_data(value)):
            if told is not None:
                return told
        text = text_of(node) if node is not None else ""
        truth = bool(self.fixed.get(text, False))
        if text and value.kind == "value":
            self._ask(text, truth, (not truth,), False)
        return truth

    def _ask(
        self,
        text: str,
        taken: Value,
        others: tuple[Value, ...],
        has_default: bool,
        key: str = "",
        turned: Value = None,
    ) -> None:
        if (
            self.frozen
            or self.quiet
            or text in self.asked
            or text in self.settings
            or IRRELEVANT.search(text)
        ):
            return
        if key and key not in self.settings:
            if key in self.fixed:
                return
            self.asked[text] = Choice(key, taken, (turned,), has_default)
        elif not key:
            self.asked[text] = Choice(text, taken, others, has_default)


def computed_with(value: Value) -> Value:
    """The plain value of an operand; a number that is None by default is one that the configuration must give."""
    if isinstance(value, Setting) and value.value is None and value.kind == "config":
        return 0 if INDEX.fullmatch(value.key) else number(f"{value.key} is None by default", value.key)
    return plain(value)


class Given:
    """Stands for "some value" where a default is None or zero."""

    def __repr__(self) -> str:
        return "given"


GIVEN = Given()


def _plain_setting(value: Value) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


def _object(vm: Interpreter, value: Instance) -> bool:
    from archcheck.frontends.static.classes import find_method

    if value.payload is not None:
        return bool(value.payload)
    for name in ("__bool__", "__len__"):
        method = find_method(value.cls, name)
        if method is not MISSING:
            return vm.truth(vm.call(vm.get(value, name)))
    return True


def text_of(node: ast.AST) -> str:
    """An expression as the name of a condition, "" where it is nested too deeply."""
    try:
        return " ".join(ast.unparse(node).split())[:120]
    except (RecursionError, ValueError):
        return ""
