"""Ways of writing a block that are rare, and what is read of them."""

from conftest import block

PRE = "layer_norm -> linear -> add"
REGISTRY = """
    class Part(nn.Module{keyword}):
        known = {{}}
        def __init__(self, dim):
            super().__init__()
            self.norm, self.f = nn.LayerNorm(dim), nn.Linear(dim, dim)
        {hook}

    class First(Part):
        def forward(self, x):
            return x + self.f(self.norm(x))
"""
HOOK = "def __init_subclass__(cls): Part.known[cls.__name__.lower()] = cls"
META = """
    class Meta(type(nn.Module)):
        def __init__(cls, name, bases, namespace):
            super().__init__(name, bases, namespace)
            cls.known[name.lower()] = cls
"""


def test_a_registry_that_a_base_fills_when_a_class_is_made(reader):
    init = "self.part = Part.known['first'](dim)"
    before = REGISTRY.format(keyword="", hook=HOOK)
    assert reader.notation(block("return self.part(x)", init, before=before)) == PRE


def test_a_registry_that_a_metaclass_fills(reader):
    init = "self.part = Part.known['first'](dim)"
    before = META + REGISTRY.format(keyword=", metaclass=Meta", hook="")
    assert reader.notation(block("return self.part(x)", init, before=before)) == PRE


def test_both_ways_of_a_conditional_call_are_looked_at(reader):
    body = "return x + torch.cond(x.sum() > 0, self.f, lambda z: torch.relu(self.f(z)), (self.norm(x),))"
    assert reader.variants(block(body)) == {
        (("x.sum() > 0", False),): "layer_norm -> linear -> relu -> add",
        (("x.sum() > 0", True),): PRE,
    }
    assert reader.check(block(body), PRE).verdict == "unresolved"


def test_a_conditional_call_with_a_constant_has_one_way(reader):
    body = "return x + torch.cond(2 > 1, self.f, torch.relu, (self.norm(x),))"
    assert reader.notation(block(body)) == PRE


def test_apply_runs_what_changes_items_or_calls_what_changes_them(reader):
    init = "self.s = nn.Sequential(self.norm, self.f)\n"
    swap = "def swap(m):\n    if isinstance(m, nn.Sequential):\n        m[0] = nn.RMSNorm(8)\n"
    assert reader.notation(block("return x + self.s(x)", init + swap + "self.apply(swap)")) == (
        "rms_norm -> linear -> add"
    )
    method = (
        "def change(self, m):\n    self.swap(m)\n\n"
        "def swap(self, m):\n    if isinstance(m, nn.Sequential):\n        m[0] = nn.RMSNorm(8)\n"
    )
    source = block("return x + self.s(x)", init + "self.apply(self.change)", method)
    assert reader.notation(source) == "rms_norm -> linear -> add"


def test_what_two_stars_of_an_unknown_mapping_pass_on_is_not_known(reader):
    before = """
        def project(x, w, b):
            return x @ w + b
    """
    body = "return x + project(self.norm(x), **weights)"
    source = block(body, before=before).replace("forward(self, x)", "forward(self, x, weights)")
    reasons = reader.reasons(source)
    assert reasons == [f"what ** passes on for {name} is not known" for name in "wb"]


def test_a_functional_call_is_a_call(reader):
    before = "from torch.func import functional_call\n"
    body = "return x + functional_call(self.f, dict(self.f.named_parameters()), self.norm(x))"
    assert reader.notation(block(body, before=before)) == PRE


def test_numpy_says_into_how_many_parts_it_splits(reader):
    source = """
        import jax.numpy as jnp

        def block(x):
            a, b, c = map(jnp.tanh, jnp.split(x, 3, axis=-1))
            d, e, f = list(jnp.split(x, [2, 4], axis=-1))
            return a + b + c + d + e + f
    """
    assert reader.one(source, "block").notation


def test_what_a_framework_has_no_source_for_may_be_what_the_figure_asks_for(reader):
    """A sublayer that was not seen is no other sublayer than that of the figure."""
    source = """
        import jax
        import no_layers as hk

        def block(x):
            y = hk.LayerNorm(-1)(x)
            return x + hk.Linear(8)(jax.nn.gelu(hk.Linear(32)(y)))
    """
    assert reader.check(source, "layer_norm -> feed_forward -> add", "block").verdict == "unresolved"
    further = source.replace("return x + ", "x = jax.nn.tanh(x)\n            return x + ")
    assert reader.check(further, "layer_norm -> feed_forward -> add", "block").verdict == "mismatch"


FLAGS = """
class Base:
    where = "pre"


class Config(Base):
    pass


{after}


"""


def flagged(after):
    body = "return x + self.f(self.norm(x)) if self.where == 'pre' else self.norm(x + self.f(x))"
    return block(body, "self.where = getattr(Config, 'where', 'post')", before=FLAGS.format(after=after))


def test_what_changes_a_base_changes_the_class_that_was_made_of_it_before(reader):
    assert reader.notation(flagged("")) == PRE
    for after in ("Base.where = 'post'", "setattr(Base, 'where', 'post')", "del Base.where"):
        assert reader.notation(flagged(after)) == "linear -> add -> layer_norm"


PYDANTIC = """
class BaseModel:
    def __init__(self, **data):
        raise AttributeError("no source")


class Config(BaseModel):
    pre: bool = True
{checks}

"""


def test_a_configuration_that_completes_itself_unseen_is_not_known(reader):
    body = "return x + self.f(self.norm(x)) if self.pre else self.norm(x + self.f(x))"
    checks = (
        "    def model_post_init(self, context):\n        self.pre = False\n",
        "    @model_validator(mode='after')\n    def check(self):\n        self.pre = False\n        return self\n",
    )
    for text, verdict in (("", "match"), *((check, "unresolved") for check in checks)):
        source = block(body, "self.pre = config.pre", args="config: Config = None").replace(
            "class Block", PYDANTIC.format(checks=text) + "class Block"
        )
        assert reader.check(source, PRE).verdict == verdict


TAGS = """
    def tag(part):
        for p in part.parameters():
            if not hasattr(p, "_tags"):
                p._tags = {"decay"}
            else:
                p._tags.add("decay")
        return part
"""


def test_what_code_writes_on_a_parameter_is_read_from_that_one_alone(reader):
    init = "self.g = tag(tag(nn.Linear(dim, dim))); self.pre = self.g.weight._tags == {'decay'}"
    body = "return x + self.g(self.norm(x)) if self.pre else self.norm(x + self.g(x))"
    assert reader.notation(block(body, init, before=TAGS)) == PRE


MOVED = """
    def moved(x, source, place):
        source = len(x.shape) + source
        dims = [i for i in range(len(x.shape)) if i != source]
        order, at = [], 0
        for i in range(len(x.shape)):
            if i == place:
                order.append(source)
            else:
                order.append(dims[at])
                at += 1
        return x.permute(order)
"""


def test_a_list_of_unknown_length_may_have_any_member(reader):
    body = """
        y = self.f(self.norm(x))
        for place in range(1, 11):
            y = moved(y, -2, place)
        return x + y"""
    assert reader.notation(block(body, before=MOVED)) == PRE


LOOKS_UP = """
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self, dim=16):
            super().__init__()
            self.norm, self.f = nn.LayerNorm(dim), nn.Linear(dim, dim)

        def forward(self, hidden_states, **kwargs):
            places = (kwargs["position_ids"] + 1).float()[..., None]
            return hidden_states + self.f(self.norm(hidden_states)) * places.log()
"""


def test_an_argument_without_a_name_that_is_looked_up_is_given(reader):
    assert reader.notation(LOOKS_UP).startswith("layer_norm -> linear -> ")
