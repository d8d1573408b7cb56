"""The table of faults: the real command against each, as ``docs/faults.md`` shows it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from far_world import opened
from faults import FAULTS, TOKEN, Fault

ROOT = Path(__file__).resolve().parent.parent.parent
SECRETS = (TOKEN, "pw-of-proxy")
HEAD = """# What happens when a platform misbehaves

`scripts/faults` makes this table: it runs `datarisk report` against a far end on the loopback that is honest but for one
fault, {number} times, with bounds as small as a test wants them. *Silently lost* counts the agents and span types that the
far end has and the report lacks, or the other way round, where the report claims to be complete: {lost} in all. *Told*
counts in how many of stdout, stderr and the files written the token, or a proxy's password, is found: {told} in all.
Seconds are rounded up to two, megabytes to fifty. What happened is the run's first complaint.

| | injected | what happened | status | s | peak MB | silently lost | told |
|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """One run."""

    fault: Fault
    happened: str
    status: int
    seconds: float
    megabytes: float
    lost: int
    told: int

    def line(self) -> str:
        """The row in Markdown."""
        cells = [
            self.fault.group, self.fault.injected, self.happened, self.status,
            f"≤ {_up(self.seconds, 2)}", f"≤ {_up(self.megabytes, 50)}", self.lost, self.told,
        ]  # fmt: skip
        return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _up(value: float, step: int) -> int:
    return -int(-value // step) * step


def run(fault: Fault, folder: Path) -> Row:
    """Runs the command against one fault."""
    with opened(fault, folder) as (place, more):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFACTOR", "DATARISK"))}
        settings = {f"DATARISK_{name.upper()}": f"{value:g}" for name, value in fault.settings.items()}
        own = {"PREFACTOR_API_URL": place.url, "PREFACTOR_API_TOKEN": TOKEN, "HOME": str(folder)}
        command = [sys.executable, "-m", "reporter.cli", "report", "-f", "json", "-o", "out", "--debug"]
        start = time.monotonic()
        with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as errors:
            process = subprocess.Popen(
                command, cwd=folder, stdout=out, stderr=errors,
                env=kept | settings | own | more | {"PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - start
        written = [path for path in folder.rglob("*") if path.is_file()]
        told = sum(any(secret.encode() in path.read_bytes().lower() for secret in SECRETS) for path in written)
        said = (folder / "stderr").read_text(errors="replace").replace(place.url.partition("://")[2], "HOST")
        return Row(
            fault, _first(said), process.returncode, seconds, used.ru_maxrss / 1000, _lost(fault, folder), told
        )  # fmt: skip


def _first(said: str) -> str:
    """The first complaint; a traceback that ``--debug`` shows is none."""
    lines = [line for line in said.splitlines() if line.startswith("datarisk:")]
    if not lines:
        return "a complete report"
    text = lines[0].removeprefix("datarisk: ").replace("`", "'").replace("<", "&lt;").replace("*", "\\*")
    return f"{text[:240]}…" if len(text) > 240 else text


def _lost(fault: Fault, folder: Path) -> int:
    """What a report that claims to be complete says otherwise than it is."""
    lost = 0
    for path in folder.glob("out/*/2*/report.json"):
        report = json.loads(path.read_bytes())
        if report["complete"]:
            pairs = {(agent["id"], entry["name"]) for agent in report["agents"] for entry in agent["span_types"]}
            lost += len(fault.lost(pairs))
    return lost


def main(wanted: list[str]) -> int:
    """Runs all faults, or those whose words hold one of these, and writes the table if it was all."""
    rows = []
    for fault in FAULTS:
        if wanted and not any(word in fault.injected for word in wanted):
            continue
        with tempfile.TemporaryDirectory() as folder:
            row = run(fault, Path(folder))
        rows.append(row)
        print(row.line(), flush=True)
    bad = [row for row in rows if row.lost or row.told or row.status not in (0, 2, 3)]
    if not wanted:
        head = HEAD.format(number=len(rows), lost=sum(row.lost for row in rows), told=sum(row.told for row in rows))
        (ROOT / "docs/faults.md").write_text(head + "\n".join(row.line() for row in rows) + "\n")
    for row in bad:
        print(f"faults: {row.fault.injected}: status {row.status}, lost {row.lost}, told {row.told}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
