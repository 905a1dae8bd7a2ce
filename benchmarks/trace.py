"""Trace time and memory against `torch.export`, side by side in one run.

    python benchmarks/trace.py [--layers 8 32 128] [--repeat 3]

Every measurement runs in a process of its own, so that peak memory is its own, too. The model is
`transformers.LlamaModel` with the shape of Llama 7B (hidden 4096, 32 heads, feed-forward 11008): with fake
tensors it costs no weights. Both sides get the model built and the input made before the clock starts.

Three rows for each depth: `archcheck` records the model (the raw graph, with source lines and module paths),
`archcheck to blocks` also lifts it, finds the stack and describes every layer; `torch.export` is
`torch.export.export(model, args, strict=False)`. Ratios are to torch.export at the same depth.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from typing import Any

SIDES = ("record", "blocks", "export")
NAMES = {"record": "archcheck", "blocks": "archcheck to blocks", "export": "torch.export"}


def build(layers: int) -> tuple[Any, Any]:
    """The model and its input, as fake tensors."""
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode
    from transformers import LlamaConfig, LlamaModel

    config = LlamaConfig(
        num_hidden_layers=layers, vocab_size=32000, use_cache=False, attn_implementation="eager"
    )
    mode = FakeTensorMode(allow_non_fake_inputs=True)
    with mode:
        model = LlamaModel(config).train()
        ids = torch.zeros(1, 16, dtype=torch.long)
    return (mode, model), ids


def measure(side: str, layers: int) -> dict[str, float]:
    """Seconds for one side, and the process's peak memory in MB."""
    import torch

    (mode, model), ids = build(layers)
    before = time.perf_counter()
    if side == "export":
        with mode:
            torch.export.export(model, (ids,), strict=False)
    else:
        from archcheck.blocks.discover import discover
        from archcheck.frontends.trace.record import record_module

        with mode:
            _, recording = record_module(model, (ids,))
        if side == "blocks":
            found = discover([recording], named=True)
            assert sum(block.count for block in found.blocks) == layers
    seconds = time.perf_counter() - before
    return {"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def run(side: str, layers: int, repeat: int) -> dict[str, float]:
    """The median of several processes."""
    rows = []
    for _ in range(repeat):
        command = [sys.executable, __file__, "--one", side, str(layers)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    return {key: statistics.median(row[key] for row in rows) for key in rows[0]}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layers", type=int, nargs="+", default=[8, 32, 128])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("SIDE", "LAYERS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one[0], int(options.one[1]))))
        return
    print(f"{'layers':>6}  {'':20} {'seconds':>8} {'ratio':>6} {'peak MB':>8}")
    for layers in options.layers:
        table = {side: run(side, layers, options.repeat) for side in SIDES}
        for side, row in table.items():
            ratio = row["seconds"] / table["export"]["seconds"]
            numbers = f"{row['seconds']:>8.2f} {ratio:>6.2f} {row['megabytes']:>8.0f}"
            print(f"{layers:>6}  {NAMES[side]:20} {numbers}", flush=True)


if __name__ == "__main__":
    main()
