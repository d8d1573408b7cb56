"""Runs the real command against a platform with one fault after the other, and makes ``docs/faults.md`` of it.

``--only WORDS`` tries those faults alone whose description holds the words, and prints them instead.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "platform")]

from faults import FAULTS, Fault, Outcome, command, injected, outcome  # noqa: E402  (they lie beside the tests)

HEAD = """\
# What happens when a platform is at fault

Each row is a fault that was injected into an otherwise honest platform, and what `datarisk report` made of it, run as
users run it. "Silently lost" counts the span types that a report lacks, or has although nobody declared them, while it
claims to be complete; a number other than 0 would be a defect. Waiting times are set to a second for these runs
(`DATARISK_TIMEOUT`, `DATARISK_ANSWER_TIMEOUT`). `scripts/faults` makes this page; `tests/platform/test_faults.py` holds
each row to it. Seconds and megabytes are of one machine, rounded up.

| where | injected | what happened | status | s | peak MB | silently lost |
|---|---|---|---|---|---|---|
"""
LONGEST = 240
MARKS = (
    (re.compile(r"127\.0\.0\.1:\d+|platform\.test:\d+"), "HOST"),
    (re.compile(r"/tmp/\S+"), "FOLDER"),
)


def measured(fault: Fault) -> tuple[Outcome, float, float]:
    """What a run makes of a fault, its seconds, and its peak of memory in megabytes."""
    with tempfile.TemporaryDirectory() as place:
        folder, out = Path(place), Path(place, "out")
        with injected(fault, folder) as environment, (folder / "said").open("wb") as said:
            kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
            began = time.monotonic()
            child = subprocess.Popen(
                [sys.executable, "-m", "reporter.cli", *command(out)],
                cwd=folder, stdout=said, stderr=said, stdin=subprocess.DEVNULL,
                env=kept | {"HOME": place, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1795456800"} | environment,
            )  # fmt: skip
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        told = (folder / "said").read_text(encoding="utf-8", errors="replace")
        return outcome(child.returncode, told, out), time.monotonic() - began, usage.ru_maxrss / 1024


def happened(found: Outcome) -> str:
    """What it said first, in one line; nothing where the run ended well."""
    if found.status == 0:
        return "read in full"
    lines = [line.removeprefix("datarisk: ") for line in found.told.splitlines() if line.startswith("datarisk: ")]
    line = lines[0].removeprefix("not read: ") if lines else found.told[:200]
    for pattern, mark in MARKS:
        line = pattern.sub(mark, line)
    return (line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…").replace("|", r"\|")


def row(fault: Fault) -> str:
    """One line of the table."""
    found, seconds, peak = measured(fault)
    lost = len(found.lost(fault)) + len(found.leaked)
    told = f"{fault.injected} | {happened(found)}"
    return (
        f"| {fault.group} | {told} | {found.status} | {max(1, round(seconds))} | {-(-int(peak) // 25) * 25} | {lost} |"
    )


def main() -> None:
    """The whole table, or the rows that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="")
    only = parser.parse_args().only
    chosen = [each for each in FAULTS if only in each.injected]
    rows = []
    for fault in chosen:
        rows.append(row(fault))
        print(rows[-1], flush=True)
    if not only:
        (ROOT / "docs" / "faults.md").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
