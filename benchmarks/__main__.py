"""`python -m benchmarks [NAME …] [--quick] [--json]`: measure, and print a table or one JSON object a figure."""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import formats, history, outbox, packets, store
from benchmarks.conversation import Conversation, conversation
from benchmarks.measure import Bench, Conditions, Figure
from benchmarks.viewers import bench as viewers

BENCHES: dict[str, Bench] = {
    "packets": packets.bench,
    "outbox": outbox.bench,
    "store": store.bench,
    "history": history.bench,
    "formats": formats.bench,
    "viewers": viewers.bench,
}
BUILD = Path(__file__).resolve().parents[1] / "build"
"""Where databases are made: on the checkout's own disk, because a folder in memory has no fsync to wait for."""


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; 0 when all of it was measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Callscribe on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of: {', '.join(BENCHES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="little data: see that everything works, not how fast")
    parser.add_argument("--json", action="store_true", help="one JSON object a figure")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in BENCHES]
    if unknown:
        parser.error(f"there is no benchmark '{unknown[0]}': choose from {', '.join(BENCHES)}")
    talk = conversation(quick=asked.quick)
    figures = [figure for name in asked.names or BENCHES for figure in _run(name, talk, quick=asked.quick)]
    if asked.json:
        sys.stdout.writelines(json.dumps(asdict(figure), ensure_ascii=False) + "\n" for figure in figures)
    else:
        Console().print(_table(figures))
    return 0


def _run(name: str, talk: Conversation, *, quick: bool) -> list[Figure]:
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="bench-") as folder:
        sys.stderr.write(f"{name} …\n")
        began = time.perf_counter()
        figures = asyncio.run(_measured(BENCHES[name], Conditions(conversation=talk, folder=Path(folder), quick=quick)))
        sys.stderr.write(f"{name}: {time.perf_counter() - began:.1f} s\n")
    return figures


async def _measured(bench: Bench, conditions: Conditions) -> list[Figure]:
    return await bench(conditions)


def _table(figures: list[Figure]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("benchmark")
    table.add_column("what")
    table.add_column("figure", justify="right", no_wrap=True)
    table.add_column("of", style="dim")
    shown = ""
    for figure in figures:
        table.add_row(figure.bench if figure.bench != shown else "", figure.what, _written(figure), figure.basis)
        shown = figure.bench
    return table


def _written(figure: Figure) -> str:
    if figure.unit == "count":
        return f"{figure.value:,.0f}" if figure.value == int(figure.value) else f"{figure.value:,.1f}"
    if figure.unit == "milliseconds":
        return f"{figure.value:,.0f} ms" if figure.value >= 10 else f"{figure.value:,.1f} ms"
    return f"{figure.value:,.0f} /s" if figure.unit == "per second" else f"{figure.value:,.1f} x"


if __name__ == "__main__":
    sys.exit(main())
