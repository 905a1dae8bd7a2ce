"""Configurations: which the code asks about, what each one computes, and what is said where the default cannot be read."""

import pytest
from conftest import block

PRE, POST = "layer_norm -> linear -> add", "linear -> add -> layer_norm"
ORDER = "return x + self.f(self.norm(x)) if self.first else self.norm(x + self.f(x))"


def ordered(default: str = "", init: str = "self.first = first", body: str = ORDER, **more) -> str:
    return block(body, args=f"first{default}" if default else "*, first", init=init, **more)


@pytest.mark.parametrize(("default", "first"), [("=True", PRE), ("=False", POST)])
def test_both_ways_are_read_and_the_default_is_the_first(reader, default, first):
    found = reader.variants(ordered(default))
    assert found == {(("first", True),): PRE, (("first", False),): POST}
    assert next(iter(found.values())) == first


def test_what_the_user_fixes_is_no_condition_any_more(reader):
    assert reader.variants(ordered("=True"), set={"first": False}) == {(): POST}


def test_ways_that_compute_the_same_are_one(reader):
    body = "y = self.norm(x) if self.first else self.norm.forward(x)\nreturn x + self.f(y)"
    assert reader.variants(ordered("=True", body=body)) == {(): PRE}


CANNOT_MATTER = ["self.training", "self.use_cache", "torch.jit.is_tracing()", "self.gradient_checkpointing"]


@pytest.mark.parametrize("condition", CANNOT_MATTER)
def test_a_condition_that_cannot_matter_does_not_fork(reader, condition):
    init = "self.use_cache = use_cache\nself.gradient_checkpointing = gradient_checkpointing"
    args = "use_cache=False, gradient_checkpointing=False"
    body = f"if {condition}:\n    print('slow')\nreturn x + self.f(self.norm(x))"
    assert reader.variants(block(body, args=args, init=init)) == {(): PRE}


@pytest.mark.parametrize("asked", ["use_cache is True", "use_cache == True", "use_cache"])
def test_a_cache_that_a_configuration_asks_for_is_none_at_the_first_call(reader, asked):
    refused = f"if {asked}:\n    raise ValueError('no decoder')\n"
    body = f"use_cache = self.config.use_cache\n{refused}return x + self.f(self.norm(x))"
    before = "class Config:\n    def __init__(self, use_cache=True):\n        self.use_cache = use_cache\n"
    source = block(body, args="*, config: Config", init="self.config = config", before=before)
    assert reader.variants(source) == {(): PRE}


NORMS = "NORMS = {'layer': nn.LayerNorm, 'batch': nn.BatchNorm1d}\n"


@pytest.mark.parametrize("picked", ["NORMS[kind]", "NORMS.get(kind)", "dict(NORMS, none=nn.Identity)[kind]"])
def test_a_name_without_default_picks_each_member_of_a_table(reader, picked):
    source = block(
        "return x + self.f(self.n(x))", args="*, kind", init=f"self.n = {picked}(dim)", before=NORMS
    )
    found = reader.variants(source)
    assert found[("kind", "layer"),] == PRE
    assert found[("kind", "batch"),] == "batch_norm -> linear -> add"
    assert len(found) == (3 if "none" in picked else 2)


def test_the_member_that_is_picked_holds_for_every_question(reader):
    body = "return x + self.f(self.n(x)) if self.kind == 'layer' else self.n(x + self.f(x))"
    init = "self.n, self.kind = NORMS[kind](dim), kind"
    assert set(reader.variants(block(body, args="*, kind", init=init, before=NORMS)).values()) == {
        PRE,
        "linear -> add -> batch_norm",
    }


def test_a_name_with_a_default_picks_its_member(reader):
    source = block(
        "return x + self.f(self.n(x))", args="kind='batch'", init="self.n = NORMS[kind](dim)", before=NORMS
    )
    assert reader.variants(source) == {(): "batch_norm -> linear -> add"}


def test_two_conditions_give_each_combination_that_differs(reader):
    body = "y = self.f(self.norm(x) if self.first else x)\nreturn self.norm(x + y) if self.last else x + y"
    source = block(body, args="first=True, last=False", init="self.first, self.last = first, last")
    assert set(reader.variants(source).values()) == {
        PRE,
        "layer_norm(shared=norm) -> linear -> add -> layer_norm(shared=norm)",
        "linear -> add",
        POST,
    }


RAISES = "if self.first:\n    return x + self.f(self.norm(x), x)\nreturn self.norm(x + self.f(x))"


def test_a_default_that_raises_is_not_taken_for_the_other_way(reader):
    source = ordered("=True", body=RAISES)
    (reason,) = reader.reasons(source)
    assert reason.startswith("with its defaults Block would raise TypeError")
    line = 1 + source.splitlines().index("            return x + self.f(self.norm(x), x)")
    assert reason.endswith(f"at line {line}; it was read with first=False")
    assert reader.check(source, "linear -> add -> layer_norm").verdict == "unresolved"


ASKS = "if self.size is None:\n    raise {}\nreturn x + self.f(self.norm(x))"


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        ("ValueError('`size` must be set')", "match"),
        ("ValueError('this is not to be run')", "unresolved"),
        ("TypeError('`size` must be set')", "unresolved"),
    ],
)
def test_a_setting_that_the_code_asks_for_has_no_default(reader, error, verdict):
    source = block(
        ASKS.format(error), args="size=None", init="self.size, self.norm = size, nn.LayerNorm(dim)"
    )
    assert reader.check(source, PRE).verdict == verdict


def test_a_choice_without_default_that_raises_is_no_default(reader):
    assert reader.notation(ordered(body=RAISES)) == POST


def test_the_way_that_raises_is_no_variant_of_a_default_that_does_not(reader):
    assert reader.variants(ordered("=False", body=RAISES)) == {(): POST}


TABLE = """
class Experts(nn.ModuleDict):
    def __init__(self, dim, last):
        super().__init__()
        for i in range(3):
            self[f"expert_{i}"] = nn.Sequential(nn.Linear(dim, dim), nn.ReLU() if i < 2 else last())

    def forward(self, x):
        return self[f"expert_{x.argmax().item()}"](x)
"""


@pytest.mark.parametrize(("last", "known"), [("nn.ReLU", True), ("nn.GELU", False)])
def test_a_module_that_the_data_picks_is_any_of_those_that_are_alike(reader, last, known):
    source = block("return x + self.e(self.norm(x))", init=f"self.e = Experts(dim, {last})", before=TABLE)
    (view,) = [b for b in reader.describe(source).blocks if b.name == "Block"]
    assert bool(view.unresolved) is not known
    assert ("relu" in view.notation) is known


LABELS = """
def forward(self, x, mark=None, label=None, other=None):
    if self.training and (label is None or other is None):
        raise ValueError("all must be provided")
    return x + self.f(self.norm(x))
"""


@pytest.mark.parametrize(("asked", "read"), [("other is None", True), ("self.norm.eps > 0", False)])
def test_an_argument_is_given_where_the_code_raises_as_soon_as_it_lacks_it(reader, asked, read):
    source = block("return x", methods=LABELS.replace("other is None", asked)).replace(
        "    def forward(self, x):\n        return x\n", ""
    )
    found = reader.describe(source)
    assert [b.notation.strip() for b in found.blocks] == ([PRE] if read else [])


STATE = """
def forward(self, x, image=None, past_key_values=None):
    if image is not None and past_key_values is None:
        past_key_values = [self.f(image)]
    return x + self.f(self.norm(x)) * past_key_values[0]
"""


def test_what_makes_a_state_is_given_and_not_the_state(reader):
    source = block("return x", methods=STATE).replace("    def forward(self, x):\n        return x\n", "")
    assert "image" in reader.notation(source)


NEAREST = """
if self.first or self.count > 0:
    return x + self.f(self.norm(x) if self.first else x)
if self.size > 0:
    x = torch.relu(x)
raise ValueError("neither")
"""


def test_of_what_runs_the_nearest_configuration_stands_for_defaults_that_raise(reader):
    init = "self.first, self.count, self.size = first, count, size"
    (reason,) = reader.reasons(block(NEAREST, args="first=False, count=0, size=0", init=init))
    assert reason.endswith("it was read with count > 0=True")


KEYED = """
TABLE = {{"a": nn.RMSNorm, {more}}}

def norm_of(kind):
    try:
        return TABLE[kind]
    except KeyError:
        return nn.LayerNorm
"""


@pytest.mark.parametrize(
    ("more", "found"), [("", PRE), ("None: nn.BatchNorm1d", "batch_norm -> linear -> add")]
)
def test_none_is_a_key_and_may_be_none_of_a_table(reader, more, found):
    source = block(
        "return x + self.f(self.n(x))", args="kind=None", init="self.n = norm_of(kind)(dim)",
        before=KEYED.format(more=more),
    )  # fmt: skip
    assert reader.variants(source) == {(): found}


def test_a_mapping_of_its_own_has_a_default_for_none(reader):
    table = """
    from collections.abc import MutableMapping

    class Kinds(MutableMapping):
        known = {"rms": nn.RMSNorm}

        def __getitem__(self, key):
            return self.known[key]

        def __iter__(self):
            return iter(self.known)

        def __len__(self):
            return len(self.known)
    """
    init = "self.n = Kinds().get(kind, nn.LayerNorm)(dim)"
    source = block("return x + self.f(self.n(x))", args="kind=None", init=init, before=table)
    assert reader.variants(source) == {(): PRE}


def test_a_default_of_which_nothing_is_left_to_put_together_is_no_answer(reader):
    body = "parts = [f(x) for f in (self.a, self.b) if f is not None]\nreturn x + self.f(torch.cat(parts, dim=1))"
    init = "self.a = nn.Linear(dim, dim) if one else None\nself.b = nn.Linear(dim, dim) if other else None"
    found = reader.variants(block(body, args="one=False, other=False", init=init))
    assert (("one", False), ("other", False)) not in found
    assert found
