"""Which inputs of code and figure belong together where their names do not agree."""

from archcheck.diff import align
from archcheck.rules.examples import read

SPEC = """
inputs: [frames, words]
graph:
  memory: frames -> conv -> layer_norm
  out: words -> embedding -> cross_attention(memory) -> linear
outputs: [out]
"""


def test_the_stream_of_a_decoder_may_be_the_second_input() -> None:
    spec = read(SPEC)
    for names in (("mel", "tokens"), ("words", "frames"), ("frames", "words")):
        code = SPEC.replace("frames", "first_").replace("words", "second_")
        code = code.replace("first_", names[0]).replace("second_", names[1])
        assert align(spec, read(code)).distance == (2 if names == ("words", "frames") else 0)
    other = (
        SPEC.replace("[frames, words]", "[tokens, mel]").replace("frames", "mel").replace("words", "tokens")
    )
    assert align(spec, read(other)).distance == 0
