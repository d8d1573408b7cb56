"""What the largest agent that anybody may hand in costs in memory: so many span types of which nothing is said.

Each of them is a finding with 42 fields as its evidence, so a small file makes much. Every machine format is made by a
command of its own, and its peak is what the system says of it (``ru_maxrss``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

REPORTS: Final = ("json", "csv", "findings.csv", "ropa.csv", "dpia.csv", "xlsx")
CHECKS: Final = ("text", "json", "sarif", "junit", "markdown", "github")


def peaks(span_types: int) -> Iterator[tuple[str, float]]:
    """Each command that makes a machine format, and the megabytes that it took at most."""
    with tempfile.TemporaryDirectory(prefix="datarisk-") as folder:
        path = Path(folder, "bare.json")
        bare = [{"name": str(number)} for number in range(span_types)]
        path.write_text(json.dumps({"span_type_schemas": bare}, separators=(",", ":")))
        print(f"  {span_types:,} bare span types, {path.stat().st_size / 1000:.0f} kB of input")
        for name in REPORTS:
            yield f"report -f {name}", _peak("report", str(path), "-f", name, "-o", str(Path(folder, name)))
        for name in CHECKS:
            yield f"check -f {name}", _peak("check", str(path), "-f", name)
        yield "collect", _peak("collect", str(path), "-o", str(Path(folder, "snapshot.json")))


def _peak(*arguments: str) -> float:
    return whole(*arguments)[0]


def whole(*arguments: str) -> tuple[float, float]:
    """The megabytes that a whole command took at most, and its seconds of processor time."""
    command = [sys.executable, "-m", "reporter.cli", *arguments]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}")
    return used.ru_maxrss / 1024, used.ru_utime + used.ru_stime


if __name__ == "__main__":
    for what, megabytes in peaks(int(sys.argv[1])):
        print(f"  {what}: {megabytes:.0f} MB", flush=True)
