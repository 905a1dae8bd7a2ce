"""Whether `identify` puts a spec of the right family first, on blocks whose family is known.

    python tools/families.py ../shared/zoo/transformers.yaml ../shared/zoo/libraries.yaml --path unpacked/

A label's `family` is one of the words of FAMILIES (what else it says in words is no family of the catalogue, and not
counted). The first spec is the most telling one that matches, or else the nearest. Labels that the scorer of the zoo
cannot give either (docs/zoo.md) are asked as it asks them.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import yaml

from archcheck import identify

# The specs of the catalogue that draw a block of a family.
FAMILIES = {
    "pre-LN": "pre_ln pre_ln_decoder llama gpt2 opt pegasus mbart vit deit beit swin whisper t5 t5_v1_1 qwen2 qwen3 "
    "mixtral deepseek_moe gpt_oss ernie4_5 jamba mamba mamba2 recurrent_gemma rwkv wav2vec2_stable metaformer "
    "poolformer mlp_mixer resmlp gmlp conformer cait dit sd3 perceiver sub_ln normformer",
    "post-LN": "post_ln post_ln_decoder transformer bert albert bart deberta detr electra ernie xlnet xlnet_two_stream "
    "wav2vec2 fnet transformer_xl gpt deepnorm admin b2t",
    "parallel": "palm gpt_j gpt_neox falcon cohere vit_parallel flux",
    "post-norm-in-branch": "olmo2 swin_v2",
    "sandwich": "sandwich_ln peri_ln gemma2",
    "residual-conv": "resnet_basic resnet_bottleneck resnext wide_resnet se_resnet convnext convnext_v2 mobilenet_v2 "
    "mobilenet_v3 efficientnet_mbconv efficientnet_v2_fused regnet",
    "pre-activation": "resnet_preact unet_resblock ddpm_attention densenet",
}
OF = {spec: family for family, specs in FAMILIES.items() for spec in specs.split()}


def first(label: Mapping[str, Any], engine: str, path: list[str]) -> str:
    """The spec that is put first for a label's block, or why there is none."""
    config = label.get("config")
    values = (config.get("set") if isinstance(config, dict) else None) or {}
    try:
        report = identify(
            label.get("target") or f"{label['module']}:{label['class']}", engine=engine, path=path,
            set={f"config.{key}": value for key, value in values.items()}, inputs=label.get("give") or [],
            call=label.get("call") if engine == "trace" else None,
        )  # fmt: skip
    except Exception as error:  # noqa: BLE001 - a failure of what is measured is a result
        return f"({type(error).__name__}: {error})"
    blocks = sorted(report.blocks, key=lambda block: not block.default)
    if not blocks:
        return f"({report.errors[0].message})" if report.errors else "(no block)"
    named = [*blocks[0].matches, *(near.spec for near in blocks[0].nearest)]
    return named[0] if named else "(no spec)"


def main() -> int:
    """Run what the command line asks for; the exit status says whether a family is not put first."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labels", nargs="+", type=Path)
    parser.add_argument("--engine", default="static", choices=("static", "trace"))
    parser.add_argument("--path", action="append", default=[])
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    labels = [label for file in options.labels for label in yaml.safe_load(file.read_text())]
    asked = [label for label in labels if label.get("family") in FAMILIES and options.only in label["id"]]
    right: Counter[str] = Counter()
    with ProcessPoolExecutor(options.jobs) as pool:
        engines, paths = [options.engine] * len(asked), [options.path] * len(asked)
        for label, spec in zip(asked, pool.map(first, asked, engines, paths), strict=True):
            right[label["family"]] += OF.get(spec) == label["family"]
            if OF.get(spec) != label["family"]:
                print(f"{label['id']}: {label['family']}, put first: {spec}", flush=True)
    for family, count in Counter(label["family"] for label in asked).most_common():
        print(f"{family:20} {right[family]:4} of {count}")
    print(f"{options.engine}: the right family first for {right.total()} of {len(asked)} labels")
    return 0 if right.total() == len(asked) else 1


if __name__ == "__main__":
    raise SystemExit(main())
