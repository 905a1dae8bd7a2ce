"""The diff against two peers, side by side in one run: time by size, and spellings of one block by kind of graph.

    python benchmarks/diff.py [--sizes 10 30 100 1000 10000] [--limit 60] [--table times]

The peers are `networkx.optimize_graph_edit_distance` (it yields better and better distances: `ended` means that
it proved its last one) and `torch.fx.passes.utils.matcher_utils.SubgraphMatcher` (it says whether a pattern occurs
in a graph, and nothing about what differs). All get the same graphs: Pre-LN sublayers, and for `differs` the same
with one sublayer in ten without its norm. Every measurement runs in a process of its own and is stopped after
`--limit` seconds (archcheck's own after twenty times that); graphs are built before the clock starts. Ratios are to
archcheck's time for the same pair. `build` records a module of as many operations and lifts it: its ratio must
stay above 1. networkx counts nodes and edges, so its distances are not archcheck's; it needs scipy
(`pip install scipy`).

The second table counts the files `fixtures/spellings/ok_*.py`, one block in many spellings, that each side takes
for `ok_plain.py`: archcheck from source, the peers from graphs that torch made, once of modules and functions
(`symbolic_trace`), once of ATen operations (`make_fx`).
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SPELLINGS = ROOT / "fixtures" / "spellings"
LIMIT = 60.0
BUILDING = 20  # so many times the limit for archcheck's own diff and for building a graph: they are no peers
SUBLAYERS = ("self_attention", "feed_forward")
FLAW = 10  # one sublayer in so many lacks its norm
Operation = tuple[str, tuple[int, ...]]


def operations(size: int, *, flawed: bool) -> list[Operation]:
    """So many operations, (word, operands); operand 0 is the input, operation n is operand n + 1.

    With flaws some norms are left out, so that the graphs differ in as many operations.
    """
    found: list[Operation] = []

    def step(word: str, *args: int) -> int:
        found.append((word, args))
        return len(found)

    value = 0
    units = max(1, size // 4)
    for unit in range(units):
        here = value
        if not (flawed and unit % FLAW == min(units, FLAW) // 2):
            here = step("layer_norm", here)
        here = step("dropout", step(SUBLAYERS[unit % 2], here))
        value = step("add", value, here)
    for _ in range(size - 4 * units):
        value = step("layer_norm", value)
    return found


# -- one measurement, in a process of its own ---------------------------------------------------------------


def measure(side: str, size: int, flawed: bool) -> dict[str, Any]:
    """Seconds, and what the side says."""
    sys.setrecursionlimit(100_000)
    left, right = operations(size, flawed=False), operations(size, flawed=flawed)
    return {"align": _align, "build": _build, "networkx": _networkx, "fx": _fx}[side](left, right)


def _align(left: list[Operation], right: list[Operation]) -> dict[str, Any]:
    from archcheck.diff import align
    from archcheck.graph import Graph, Node

    graphs = []
    for steps in (left, right):
        nodes = [Node("v0", ("input",), name="x")]
        nodes += [Node(f"v{n}", (w,), tuple(f"v{a}" for a in args)) for n, (w, args) in enumerate(steps, 1)]
        graphs.append(Graph(tuple(nodes), ("v0",), (nodes[-1].id,)))
    start = time.perf_counter()
    found = align(*graphs)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "says": f"{found.distance}{'' if found.optimal else ' at most'}"}


def _build(_: list[Operation], right: list[Operation]) -> dict[str, Any]:
    import torch
    from torch import nn

    from archcheck.blocks.block import Tree
    from archcheck.frontends.trace.record import record_module

    kinds = {"layer_norm": lambda: nn.LayerNorm(8), "dropout": lambda: nn.Dropout(0.1)}

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            steps = [kinds[w]() if w in kinds else nn.Linear(8, 8) for w, _ in right if w != "add"]
            self.steps = nn.ModuleList(steps)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            values, modules = [x], iter(self.steps)
            for word, args in right:
                read = [values[a] for a in args]
                values.append(read[0] + read[1] if word == "add" else next(modules)(read[0]))
            return values[-1]

    block = Block()
    start = time.perf_counter()
    _, recording = record_module(block, (torch.zeros(2, 8),))
    graph = Tree(recording).lifted("")
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "says": f"{sum(1 for _ in graph.operations())} operations"}


def _networkx(left: list[Operation], right: list[Operation]) -> dict[str, Any]:
    import networkx as nx

    graphs = []
    for steps in (left, right):
        graph: Any = nx.DiGraph()
        graph.add_node(0, word="input")
        for n, (word, args) in enumerate(steps, 1):
            graph.add_node(n, word=word)
            graph.add_edges_from((a, n) for a in args)
        graphs.append(graph)
    start = time.perf_counter()
    peer: Any = nx.optimize_graph_edit_distance
    for distance in peer(*graphs, node_match=lambda a, b: a["word"] == b["word"]):
        said = {"seconds": time.perf_counter() - start, "says": f"{distance:g} at most"}
        print(json.dumps(said), flush=True)  # what it has so far, should it be stopped
    return {"seconds": time.perf_counter() - start, "says": f"{distance:g} ended"}


def _fx(left: list[Operation], right: list[Operation]) -> dict[str, Any]:
    import torch
    from torch.fx.passes.utils.matcher_utils import SubgraphMatcher

    words = {w: (lambda *x: x[0]) for w, _ in left + right}
    for word, function in words.items():
        function.__name__ = word
    graphs = []
    for steps in (left, right):
        graph = torch.fx.Graph()
        values = [graph.placeholder("x")]
        values += [graph.call_function(words[w], ()) for w, _ in steps]
        for node, (_, args) in zip(values[1:], steps, strict=True):
            node.args = tuple(values[a] for a in args)
        graph.output(values[-1])
        graphs.append(graph)
    start = time.perf_counter()
    matches = SubgraphMatcher(graphs[0], match_output=True, match_placeholder=True).match(graphs[1])
    return {"seconds": time.perf_counter() - start, "says": "match" if matches else "no match"}


# -- spellings ----------------------------------------------------------------------------------------------


def spellings(side: str, path: str) -> dict[str, Any]:
    """Whether a side takes this file's block for that of ok_plain.py."""
    sys.setrecursionlimit(100_000)
    if side == "align":
        import archcheck

        spec = "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add"
        [result] = archcheck.check(f"{path}::{_block_of(path)}", spec=spec, engine="static").results
        return {"accepts": result.verdict == "match"}
    kind, peer = side.split("/")
    plain, other = (_graph(str(file), kind) for file in (SPELLINGS / "ok_plain.py", path))
    if peer == "fx":
        from torch.fx.passes.utils.matcher_utils import SubgraphMatcher

        matcher = SubgraphMatcher(plain, match_output=True, match_placeholder=True, ignore_literals=True)
        return {"accepts": bool(matcher.match(other)) and len(plain.nodes) == len(other.nodes)}
    import networkx as nx

    graphs = [_words(graph) for graph in (plain, other)]
    same = len(graphs[0]) == len(graphs[1])
    distance: Any = nx.graph_edit_distance
    apart = (
        distance(*graphs, upper_bound=0.5, node_match=lambda a, b: a["word"] == b["word"]) if same else None
    )
    return {"accepts": apart == 0}


def _block_of(path: str) -> str:
    """The class of a file: its last one."""
    classes = [n.name for n in ast.parse(Path(path).read_text()).body if isinstance(n, ast.ClassDef)]
    return classes[-1]


def _graph(path: str, kind: str) -> Any:
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    spec = importlib.util.spec_from_file_location("spelling", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.manual_seed(0)
    block = getattr(module, _block_of(path))()
    graph = (
        torch.fx.symbolic_trace(block) if kind == "modules" else make_fx(block)(torch.zeros(2, 5, 32))
    ).graph
    graph.eliminate_dead_code()  # SubgraphMatcher takes no pattern with dead code
    return graph


def _words(graph: Any) -> Any:
    import networkx as nx

    found: Any = nx.DiGraph()
    for node in graph.nodes:
        module = graph.owning_module
        word = str(node.target) if node.op.startswith("call_") else node.op
        if node.op == "call_module" and module is not None:
            word = type(module.get_submodule(node.target)).__name__
        found.add_node(node.name, word=word)
        found.add_edges_from((source.name, node.name) for source in node.all_input_nodes)
    return found


# -- the tables ---------------------------------------------------------------------------------------------


def run(limit: float, *arguments: str) -> dict[str, Any]:
    """One measurement in a process of its own; what it had said when it was stopped, or why it failed."""
    command = [sys.executable, __file__, "--one", *arguments]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=limit, cwd=ROOT)
        out, failed = done.stdout, done.returncode != 0
        error = done.stderr.strip().rsplit("\n", 1)[-1] or f"exit status {done.returncode}"
    except subprocess.TimeoutExpired as stopped:
        text = stopped.stdout or b""
        out, failed, error = text.decode() if isinstance(text, bytes) else text, True, "stopped"
    said: dict[str, Any] = json.loads(out.strip().rsplit("\n", 1)[-1]) if out.strip() else {}
    return {**said, "stopped": error} if failed else said


def times(sizes: list[int], limit: float) -> None:
    """The table of times; ratios are to the diff of the same pair of graphs."""
    print(f"{'operations':>10}  {'graphs':8}{'side':10}{'seconds':>9}{'ratio':>9}  says")
    for size in sizes:
        build = run(BUILDING * limit, "build", str(size), "same")
        for pair in ("same", "differs"):
            own = run(BUILDING * limit, "align", str(size), pair)
            rows = [("archcheck", own)]
            rows += [(name, run(limit, side, str(size), pair)) for name, side in PEERS]
            rows += [("build", build)] if pair == "differs" else []
            for name, said in rows:
                print(f"{size:>10}  {pair:8}{name:10}{_row(said, own, limit)}", flush=True)


PEERS = (("networkx", "networkx"), ("fx", "fx"))


def _row(said: dict[str, Any], own: dict[str, Any], limit: float) -> str:
    stopped = said.get("stopped", "")
    if "seconds" not in said:
        reason = f"nothing in {limit:g} s" if stopped == "stopped" else stopped[:60]
        return f"{'-':>9}{'-':>9}  {reason}"
    ratio = f"{said['seconds'] / own['seconds']:.2f}" if "seconds" in own else "-"
    note = f", not ended in {limit:g} s" if stopped == "stopped" else ""
    return f"{said['seconds']:>9.3f}{ratio:>9}  {said['says']}{note}"


def count_spellings(limit: float) -> None:
    """The table of spellings."""
    files = sorted(SPELLINGS.glob("ok_*.py"))
    print(f"\n{'side':34}spellings accepted, of {len(files)}")
    for name, side in (
        ("archcheck", "align"),
        ("SubgraphMatcher, symbolic_trace", "modules/fx"),
        ("SubgraphMatcher, make_fx", "aten/fx"),
        ("networkx distance 0, symbolic_trace", "modules/nx"),
        ("networkx distance 0, make_fx", "aten/nx"),
    ):
        accepted = sum(bool(run(limit, side, str(file)).get("accepts")) for file in files)
        print(f"{name:36}{accepted}", flush=True)


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        side, what, *pair = sys.argv[2:]
        said = measure(side, int(what), pair[0] == "differs") if pair else spellings(side, what)
        print(json.dumps(said))
        return
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 30, 100, 1000, 10000])
    parser.add_argument("--limit", type=float, default=LIMIT)
    parser.add_argument("--table", choices=("times", "spellings", "both"), default="both")
    options = parser.parse_args()
    if options.table != "spellings":
        times(options.sizes, options.limit)
    if options.table != "times":
        count_spellings(options.limit)


if __name__ == "__main__":
    main()
