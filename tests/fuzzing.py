"""Malformed input for a stated time, outside CI: ``scripts/fuzz SECONDS``. What it finds becomes a test.

Valid files (the cases, snapshots, bundles, settings with a policy, waivers, baselines) are changed in their bytes or in
one of their values, and read. What must hold: no error but ours, no exit status but 0 to 3, and no run that calls
itself complete although a span type that stands in the file is in no report of it.
"""

from __future__ import annotations

import contextlib
import copy
import gzip
import io
import json
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from builders import NOW, agent, pinned, risk, schema_version, span_type
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from reporter import pipeline
from reporter.cli.process import run
from reporter.declared.scope import Selection
from reporter.errors import DatariskError
from reporter.order import Order
from reporter.sources import snapshot
from reporter.sources.files import Files
from reporter.view.report import Controller, Report

CASES = Path(__file__).resolve().parent / "cases"
DEEP: Any = []
for _ in range(200):
    DEEP = [DEEP]
ODD: Final[tuple[Any, ...]] = (
    None, 0, -1, 2**70, 1e308, True, "", "\ud800", "\x00\n", "a" * 300, "2026-13-45", "unknown", "sha256:0",
    [], {}, [None], [[]], {"": None}, {"id": []}, {"name": {}}, DEEP, {"type": "agent_schema_version"},
    {"schema": "datarisk/snapshot/1"}, {"details": {"details": []}}, {"outputs": {"a": {"summaries": [1]}}},
)  # fmt: skip
BYTES = (b"", b"\x00", b"\xff", b"\xef\xbb\xbf", b"{", b"}", b"[", b'"', b",", b"\n", b"NaN", b"9" * 5000, b"\\ud800",
         b"\x1f\x8b", b"=", b"]]", b"'''", b"#")  # fmt: skip
ENTRIES = ("span_type_schemas",)

TOML = b"""
exclude = ["x*"]
allow_empty = false
[policy]
fail_on = "medium"
max_unknown_share = 50.0
jurisdictions = ["EU"]
[policy.severities]
X01 = "low"
"""
WAIVERS = b"""
[[waiver]]
id = "W-1"
rule = "X01"
agent = "*"
span_type = "*"
value_hash = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
reason = "It is reviewed by the board every quarter."
approved_by = "dpo@example.test"
approved_on = 2026-11-02
expires = 2027-02-01
ticket = "P-1"
"""

positions = st.floats(0, 1, exclude_max=True)
value_changes = st.tuples(st.sampled_from(["set", "delete", "wrap", "double"]), positions, st.sampled_from(ODD))
byte_changes = st.tuples(st.sampled_from(["insert", "cut", "end"]), positions, st.sampled_from(BYTES))


def sources() -> dict[str, bytes]:
    """Files that can be read whole."""
    found = {path.stem: path.read_bytes() for path in sorted(CASES.glob("*.json")) if path.stat().st_size < 4000}
    rows = [agent(), *pinned("v1", "Production"), schema_version("v1", span_type("tool:a", risk("minors_data")))]
    found["answers"] = json.dumps({"outputs": {"a": {"summaries": rows}}}).encode()
    found["registration"] = json.dumps(
        {"agent_id": "a", "agent_version": {}, "agent_schema_version": {"span_type_schemas": [span_type("tool:b")]}}
    ).encode()
    both = Files(["-"], NOW, stdin=io.BytesIO(found["answers"] + b"\n" + found["registration"])).collect()
    found["snapshot"] = snapshot.to_bytes(both.inventory())
    return found


def changed(value: Any, change: tuple[str, float, Any]) -> Any:
    """The value with one of its places changed."""
    how, where, odd = change
    places = list(walked(value))
    if not places:
        return odd
    container, key = places[int(where * len(places))]
    if how == "set":
        container[key] = odd
    elif how == "wrap":
        container[key] = [container[key]]
    elif how == "delete":
        del container[key]
    elif isinstance(container, list):
        container.append(container[key])
    else:
        container[f"{key}2"] = container[key]
    return value


def walked(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from walked(value[key])


def bent(data: bytes, change: tuple[str, float, bytes]) -> bytes:
    """The bytes with some put in, taken out, or cut off."""
    how, where, odd = change
    at = int(where * (len(data) + 1))
    return data[:at] + (odd + data[at:] if how == "insert" else data[at + len(odd) + 1 :] if how == "cut" else b"")


def declared(data: bytes) -> set[str]:
    """The span types that anybody who reads the file would say that it declares."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return set()
    found: set[str] = set()
    for container, key in walked({"": value}):
        if key in ENTRIES and isinstance(container, dict) and isinstance(container[key], list):
            found |= {
                each["name"] for each in container[key] if isinstance(each, dict) and isinstance(each.get("name"), str)
            }
    return {name for name in found if name}


def report(folder: Path) -> Report:
    collected = Files([str(folder)], NOW).collect()
    order = Order(Selection(("all",), include_retired=True), Controller(None, "t", None, None), NOW)
    return pipeline.run(collected, order).report


def look(folder: Path, data: bytes) -> None:
    """Holds what is read from a file against the laws."""
    try:
        made = report(folder)
    except DatariskError:
        return
    if made.complete and not made.scope.left_out:
        names = {entry.name for each in made.agents for entry in each.span_types}
        assert declared(data) <= names, f"complete, and lost {declared(data) - names}"
        assert made.agents, "complete, and about nothing"


@contextlib.contextmanager
def quiet() -> Iterator[io.StringIO]:
    """What a command says, kept."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        yield said


@dataclass(frozen=True)
class Bench:
    """Where it happens, and the valid files that are changed."""

    place: Path
    sources: dict[str, bytes]
    files: dict[str, bytes]

    @property
    def bundle(self) -> Path:
        return next((self.place / "runs" / "local").glob("2*"))


def prepared(place: Path) -> Bench:
    found = sources()
    (place / "good.json").write_bytes(found["egress"])
    (place / "in").mkdir()
    with quiet():
        run(["check", str(place / "good.json"), "--write-baseline", str(place / "b.json"), "-o", str(place / "c.json")])
        run(["report", str(place / "good.json"), "-f", "json", "-o", str(place / "runs"), "-q"])
    bench = Bench(place, found, {"--config": TOML, "--waivers": WAIVERS})
    bench.files["--baseline"] = (place / "b.json").read_bytes()
    bench.files["manifest"] = (bench.bundle / "manifest.json").read_bytes()
    return bench


def of_source(bench: Bench, name: str, data: bytes, *, packed: bool = False) -> None:
    counted[f"source {name}"] += 1
    path = bench.place / "in" / "x.json"
    path.write_bytes(gzip.compress(data, 1, mtime=0) if packed else data)
    look(path.parent, data)


def of_command(bench: Bench, name: str, data: bytes) -> None:
    path = bench.bundle / "manifest.json" if name == "manifest" else bench.place / "changed"
    path.write_bytes(data)
    good = str(bench.place / "good.json")
    what = [str(bench.bundle)] if name == "manifest" else [good, name, str(path)]
    with quiet() as said:
        status = run(["check", *what, "-q", "--debug", "-o", str(bench.place / "out.json")])
    counted[f"{name}: status {status}"] += 1
    assert status in {0, 1, 2, 3}, said.getvalue()


def other(data: bytes, changes: list[Any]) -> bytes:
    """JSON with values of it changed."""
    value = json.loads(data)
    for how, where, odd in changes:
        value = changed(value, (how, where, copy.deepcopy(odd)))
    return json.dumps(value).encode()


def broken(data: bytes, changes: list[Any]) -> bytes:
    for change in changes:
        data = bent(data, change)
    return data


def laws(bench: Bench) -> list[Any]:
    """What must hold, as hypothesis tries it, each over its own kind of file."""
    few: Any = {"min_size": 1, "max_size": 3}
    in_json = st.sampled_from(["--baseline", "manifest"])

    @given(st.sampled_from(sorted(bench.sources)), st.lists(value_changes, **few), st.booleans())
    def values(name: str, changes: list[Any], packed: bool) -> None:
        of_source(bench, name, other(bench.sources[name], changes), packed=packed)

    @given(st.sampled_from(sorted(bench.sources)), st.lists(byte_changes, **few))
    def texts(name: str, changes: list[Any]) -> None:
        of_source(bench, name, broken(bench.sources[name], changes))

    @given(st.sampled_from(sorted(bench.files)), st.lists(byte_changes, **few))
    def settings_in_bytes(name: str, changes: list[Any]) -> None:
        of_command(bench, name, broken(bench.files[name], changes))

    @given(in_json, st.lists(value_changes, **few))
    def settings_in_values(name: str, changes: list[Any]) -> None:
        of_command(bench, name, other(bench.files[name], changes))

    return [values, texts, settings_in_bytes, settings_in_values]


counted: Counter[str] = Counter()


def main() -> int:
    """Runs until the time is over or a law is broken; hypothesis prints the smallest input that breaks it."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600
    first = int(os.environ.get("FUZZ_SEED", "1"))
    loud = settings(
        max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    status, start, number = 0, time.monotonic(), first
    with tempfile.TemporaryDirectory() as place:
        bench = prepared(Path(place))
        while time.monotonic() - start < seconds and not status:
            for test in laws(bench):
                try:
                    seed(number)(loud(test))()
                except Exception:  # the law that was broken, with the input
                    traceback.print_exc()
                    print(f"broken by FUZZ_SEED={number}", file=sys.stderr)
                    status = 1
            number += 1
    for what, times in sorted(counted.items()):
        print(f"{times:8} {what}")
    print(f"{sum(counted.values())} inputs, {time.monotonic() - start:.0f} s, seeds {first} to {number - 1}")
    return status


if __name__ == "__main__":
    sys.exit(main())
