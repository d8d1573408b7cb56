"""What a run costs, as ratios measured beside each other and as growth with size; ``scripts/bench`` runs it.

Seconds say something about a machine, ratios something about the program. Every bound stands beside its figure.
"""

from __future__ import annotations

import argparse
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import collector
import corpus
import house as house_of
import keystroke
import memory
import paper
from measure import Cost, apart
from tasks import corpus_file

from reporter.pipeline import renderer

SPAN_TYPES = 20
EMPTY_PROGRAM = """
import click
@click.group()
def cli(): "An empty program."
@cli.command()
def one(): "One."
@cli.command()
def two(): "Two."
cli(["--help"])
"""


def row(name: str, figure: float, bound: float, note: str = "") -> bool:
    """Prints one line of the table; returns whether the figure keeps its bound."""
    kept = figure <= bound
    print(f"| {name:58} | {figure:8.3f} | <= {bound:5.2f} | {'kept' if kept else 'NOT KEPT':8} | {note}")
    return kept


def growth(costs: dict[int, Cost]) -> float:
    """The exponent of the power of size that CPU time grows with, fitted over all sizes."""
    points = [(math.log(size), math.log(cost.cpu)) for size, cost in costs.items()]
    return statistics.linear_regression(*zip(*points, strict=True)).slope


def pdf(sizes: list[int], beside: int) -> list[bool]:
    """The PDF's growth, and its cost beside other ways to set the same facts."""
    ours = {size: apart("pdf", size, SPAN_TYPES) for size in sizes}
    for size, cost in ours.items():
        each = cost.cpu / (size * SPAN_TYPES) * 1000
        print(f"  pdf {size:4} agents: {cost.cpu:7.2f} s CPU, {cost.megabytes:7.1f} MB, {each:5.2f} ms a span type")
    others = {name: apart(name, beside, SPAN_TYPES) for name in ("naive", "reportlab", "reportlab-rows")}
    for name, cost in others.items():
        print(f"  {name} {beside} agents: {cost.cpu:.2f} s CPU, {cost.megabytes:.1f} MB")
    same = ours.get(beside) or apart("pdf", beside, SPAN_TYPES)
    naive, reportlab, limit = others.values()
    print(f"  of ReportLab with a string per row, which is the limit: {same.cpu / limit.cpu:.1f}")
    return [
        row(f"PDF: growth exponent, {sizes[0]} to {sizes[-1]} agents", growth(ours), 1.05),
        row(f"PDF: CPU time, of the naive table's ({beside} agents)", same.cpu / naive.cpu, 0.2),
        row(f"PDF: CPU time, of ReportLab's cell per field ({beside} agents)", same.cpu / reportlab.cpu, 4),
        row(f"PDF: MB a span type ({beside} agents)", same.megabytes / (beside * SPAN_TYPES), 0.2),
    ]


def length() -> list[bool]:
    """How much there is to read on paper: what nobody reads to its end helps nobody decide."""
    one = Path(__file__).resolve().parent.parent / "tests" / "cases" / "one.json"
    wanted: dict[str, tuple[int, list[str]]] = {
        "the demo": (22, ["demo"]),
        "one span type": (5, ["report", str(one)]),
        "40 agents of 12 span types": (75, ["report", str(corpus_file(40, 12))]),
    }
    kept = []
    for name, (bound, command) in wanted.items():
        found = paper.of(*command)
        note = f"{found.words:,} words, {found.median:,.0f} on a page, {found.most:,} on the fullest"
        kept.append(row(f"PDF: pages of {name}", found.pages, bound, note))
    return kept


def page(agents: int) -> list[bool]:
    """The HTML's size, and how soon it answers."""
    one, eleven = (len(renderer("html")(corpus.found(count, SPAN_TYPES).report).data) for count in (1, 11))
    print(f"  html of one agent: {one / 1000:.0f} kB")
    kept = [row("HTML: kB an agent after the first", (eleven - one) / 10 / 1000, 15)]
    answered = keystroke.median_ms(agents)
    if answered is None:
        print("  keystroke: not measured, as there is no Chromium")
        return [*kept, False]
    return [*kept, row(f"HTML: ms to answer a keystroke ({agents} agents)", answered, 50)]


def reading(agents: int) -> list[bool]:
    """Reading and aggregating beside typed validation, and rendering beside reading."""
    half = agents // 2
    read, typed = apart("read", agents, SPAN_TYPES), apart("typed", agents, SPAN_TYPES)
    count = f"{agents * SPAN_TYPES:,} span types"
    print(f"  read {read.cpu:.2f} s, typed validation {typed.cpu:.2f} s ({count})")
    kept = [row(f"Read and aggregate {count}, of typed validation", read.cpu / typed.cpu, 4)]
    for name in ("html", "json"):
        small, large = apart(name, half, SPAN_TYPES), apart(name, agents, SPAN_TYPES)
        print(f"  {name} {large.cpu:.2f} s, {large.megabytes:.0f} MB")
        kept += [
            row(f"{name.upper()}: CPU time, of reading the input", large.cpu / read.cpu, 3),
            row(f"{name.upper()}: growth exponent", growth({half: small, agents: large}), 1.15),
        ]
    return kept


def reviewing(agents: int) -> list[bool]:
    """The catalogue beside the aggregation, and its growth."""
    half, count = agents // 2, f"{agents * SPAN_TYPES:,} span types"
    aggregation = apart("aggregate", agents, SPAN_TYPES)
    small, large = apart("rules", half, SPAN_TYPES), apart("rules", agents, SPAN_TYPES)
    print(f"  aggregate {aggregation.cpu:.2f} s, rules {large.cpu:.2f} s ({count})")
    return [
        row(f"Rules over {count}, of the aggregation", large.cpu / aggregation.cpu, 2),
        row("Rules: growth exponent", growth({half: small, agents: large}), 1.15),
    ]


def comparing(agents: int) -> list[bool]:
    """The diff of two snapshots beside reading them, where every span type changed, and its growth."""
    read, small, large = (
        apart(*each, SPAN_TYPES) for each in (("read-both", agents), ("diff", agents // 2), ("diff", agents))
    )
    print(f"  read two snapshots {read.cpu:.2f} s, diff {large.cpu:.2f} s ({agents * SPAN_TYPES:,} span types each)")
    return [
        row(f"Diff of two snapshots of {agents} agents, of reading them", large.cpu / read.cpu, 3),
        row("Diff: growth exponent", growth({agents // 2: small, agents: large}), 1.15),
    ]


def workbook(agents: int) -> list[bool]:
    """The workbook beside all tables of the register as CSV, which hold the same rows."""
    as_xlsx, as_csv = apart("xlsx", agents, SPAN_TYPES), apart("csv", agents, SPAN_TYPES)
    print(f"  xlsx {as_xlsx.cpu:.2f} s, csv {as_csv.cpu:.2f} s ({agents} agents)")
    return [row("XLSX: CPU time, of the CSV of the same rows", as_xlsx.cpu / as_csv.cpu, 3)]


def runs(number: int, agents: int) -> list[bool]:
    """A year of runs beside parsing their ledgers, and its growth."""
    quarter = number // 4
    small, large = apart("trend", quarter, agents), apart("trend", number, agents)
    parsed = apart("ledgers", number, agents)
    print(f"  trend over {number} runs {large.cpu:.2f} s, {large.megabytes:.0f} MB; json.loads {parsed.cpu:.2f} s")
    return [
        row(f"Trend over {number} runs of {agents} agents, of json.loads", large.cpu / parsed.cpu, 8),
        row("The same: growth exponent", growth({quarter: small, number: large}), 1.15),
    ]


def collecting(agents: int) -> list[bool]:
    """The collector beside the bound that the far end's delay sets."""
    return [row(f"Collect {agents} schema versions, of the latency bound", collector.measured(agents), 1.3)]


def house() -> list[bool]:
    """What there is to hold in the head."""
    found = house_of.size()
    return [
        row("Package: lines, of 15,000", found.lines / 15_000, 1, f"{found.lines:,}"),
        row("Package: modules, of 110", found.modules / 110, 1, f"{found.modules}"),
        row("Package: 4, of its comments a hundred lines of code", 4 / found.comments, 1, f"{found.comments:.1f}"),
    ]


def commands(agents: int) -> list[bool]:
    """Whole commands beside the same file through ``json.loads`` and the vendor's models."""
    typed, path = apart("typed", agents, SPAN_TYPES), corpus_file(agents, SPAN_TYPES)
    count = f"{agents * SPAN_TYPES:,} span types"
    with tempfile.TemporaryDirectory(prefix="datarisk-") as folder:
        _, judged = memory.whole("check", str(path))
        peaks, costs = {}, {}
        for name in ("json", "html"):
            peaks[name], costs[name] = memory.whole("report", str(path), "-f", name, "-o", folder)
        [document] = Path(folder).glob("*/2*/report.json")
        size_ = document.stat().st_size / path.stat().st_size
    print(f"  typed {typed.cpu:.2f} s, check {judged:.2f} s, json {costs['json']:.2f} s, html {costs['html']:.2f} s")
    return [
        row(f"check of {count}, of json.loads and typed models", judged / typed.cpu, 8),
        row(f"report -f json of {count}: size, of the input", size_, 9),
        row("The same: peak memory, of 500 MB", peaks["json"] / 500, 1),
        row(f"report -f html of {count}, of json.loads and typed models", costs["html"] / typed.cpu, 12),
        row("The same: peak memory, of 600 MB", peaks["html"] / 600, 1),
    ]


def checking(agents: int) -> list[bool]:
    """Verifying a run beside making it, and what sealing it adds; whole processes, in turn."""
    source = str(corpus_file(agents, SPAN_TYPES))
    command = [sys.executable, "-m", "reporter.cli"]
    with tempfile.TemporaryDirectory() as folder:
        key = str(Path(folder, "seal.key"))
        subprocess.run([*command, "keys", "new", "-q", key], check=True, stdout=subprocess.DEVNULL)
        sealing = ["--seal-key", key, "--seal-certificate", f"{key}.cert.pem"]
        plain, sealed, verified = [], [], []
        for number in range(3):
            place, other = (str(Path(folder, f"{name}{number}")) for name in ("plain", "sealed"))
            report = [*command, "report", source, "-q", "--no-history", "-o"]
            plain.append(processor([*report, place]))
            sealed.append(processor([*report, other, *sealing]))
            there = str(Path(other, "local", "latest"))
            verified.append(processor([*command, "verify", there, "--trust", f"{key}.cert.pem"]))
    bare, whole, check = (statistics.median(each) for each in (plain, sealed, verified))
    print(f"  a run of {agents} agents: {bare:.1f} s CPU, sealed {whole:.1f} s, verified {check:.1f} s")
    return [
        row(f"verify, of making the run ({agents} agents)", check / whole, 1.5),
        row(f"Sealing and signing, on top of the run ({agents} agents)", whole / bare - 1, 0.05),
    ]


def processor(command: list[str]) -> float:
    """The processor time of a whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    timed(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def memory_of_many(span_types: int) -> list[bool]:
    """Every machine format of an agent of so many bare span types, beside a gigabyte."""
    return [row(f"Peak memory of {what}, of 1,000 MB", peak / 1000, 1) for what, peak in memory.peaks(span_types)]


def start_up(runs: int) -> list[bool]:
    """``--help`` beside an empty program of the same library."""
    ours = [sys.executable, "-m", "reporter.cli", "--help"]
    empty = [sys.executable, "-c", EMPTY_PROGRAM]
    pairs = [(timed(ours), timed(empty)) for _ in range(runs)]
    ratio = statistics.median(a / b for a, b in pairs)
    return [row("datarisk --help, of an empty program of two commands", ratio, 1.3)]


def timed(command: list[str]) -> float:
    """The wall-clock seconds of a whole process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=Path(__file__).resolve().parent.parent)
    return time.perf_counter() - start


def main() -> int:
    """Prints the table; 1 if a bound is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes: minutes become seconds")
    quick = parser.parse_args().quick
    parts: list[Callable[[], list[bool]]] = [
        house,
        lambda: start_up(9 if quick else 31),
        lambda: collecting(100 if quick else 1000),
        lambda: reading(100 if quick else 1000),
        lambda: reviewing(100 if quick else 1000),
        lambda: commands(100 if quick else 1000),
        lambda: comparing(100 if quick else 1000),
        lambda: runs(60 if quick else 365, 10 if quick else 50),
        lambda: checking(20 if quick else 100),
        lambda: workbook(20 if quick else 100),
        lambda: memory_of_many(2_000 if quick else 50_000),
        length,
        lambda: page(100 if quick else 300),
        lambda: pdf([10, 20, 40] if quick else [10, 30, 100, 300], 10 if quick else 100),
    ]
    kept = [result for part in parts for result in part()]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
