"""A report for hand-over: about pseudonyms throughout, the same in what it says, and true to its own evidence."""

from __future__ import annotations

import io
import json
import re
import stat
import subprocess
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pypdf
import pytest
from builders import NOW, agent, pinned, risk, schema_version, span_type
from conftest import Datarisk

from reporter import pipeline
from reporter.declared.model import Gap, Inventory, Source
from reporter.declared.scope import Selection
from reporter.order import Order
from reporter.prefactor import records
from reporter.prefactor.records import Collected
from reporter.prefactor.shapes import Unit, units
from reporter.redaction.named import named
from reporter.registry import made_up as account
from reporter.view.report import Controller

EVERYTHING = "agent-names,ids,owners"
FORMATS = ("html", "pdf", "json", "csv", "xlsx", "issues.csv", "findings.csv", "ropa.csv", "dpia.csv", "cyclonedx",
           "oscal", "dpv")  # fmt: skip
WAIVERS = """
[[waiver]]
id = "W-1"
rule = "{rule}"
agent = "{agent}"
value_sha256 = "{sha256}"
reason = "Ilsa Marrowby agreed to it for claims-bot"
approved_by = "ilsa.marrowby@example.test"
approved_on = 2026-11-02
expires = 2027-02-01
"""
FACTS = """# Ilsa Marrowby wrote this
[[agent]]
agent = "claims-*"
stated_by = "Ilsa Marrowby"
stated_on = 2026-11-20
owner = "Ilsa Marrowby"
purpose = "claims-bot pays claims; ask Marrowby"
role = "controller"

[[agent.recipient]]
name = "Example Mail"
country = "US"

[[answer]]
agent = "claims-*"
issue = "{issue}"
declared = "{declared}"
decision = "Agreed by Ilsa Marrowby"
decided_by = "Ilsa Marrowby"
decided_on = 2026-11-20
reference = "DPIA-7"
"""


@cache
def company() -> pipeline.Run:
    """The made-up company, with something that could not be read of one of its agents."""
    kept = [
        records.record(unit.kind, unit.value, source="made up", location=f"{name}#{unit.pointer}")
        for name, answer in account.answers()
        for unit in units(answer)
        if isinstance(unit, Unit)
    ]
    collected = Collected((Source("file", "made up", NOW),), tuple(kept))
    name = collected.inventory().agents[0].name
    gap = Gap(f"a version of {name}", f"{name} answered with an error", location=f"/agents/{name}/versions")
    order = Order(Selection(), Controller("Harbour Mutual", "Title", None, None), NOW)
    return pipeline.run(Collected(collected.sources, collected.records, (gap,)), order)


def hidden(inventory: Inventory) -> list[str]:
    """What may stand nowhere; what is too short to be told from other text is left to people."""
    found = {name for _, name in named(("agent-names", "ids", "owners"), inventory, None, ())}
    return sorted(name for name in found if len(name) > 2)


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """All that a run says, file by file, with the names of files."""
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        data = path.read_bytes()
        text = data.decode(errors="replace")
        if path.suffix == ".pdf":
            pdf = pypdf.PdfReader(io.BytesIO(data))
            attached = b"".join(each for one in pdf.attachments.values() for each in one).decode(errors="replace")
            text = " ".join([*(page.extract_text() for page in pdf.pages), str(pdf.metadata), attached])
        elif path.suffix == ".xlsx":
            with zipfile.ZipFile(io.BytesIO(data)) as book:
                text = " ".join(book.read(name).decode(errors="replace") for name in book.namelist())
        yield path.relative_to(folder).as_posix(), f"{path.name} {text}"


def holds(text: str, name: str) -> bool:
    return bool(re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", text, re.IGNORECASE))


def report(datarisk: Datarisk, *args: str, status: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
    done = datarisk("report", *args, "--redact-key", "keys/redact", **env)
    assert done.returncode == status, done.stderr
    return done


def latest(tmp_path: Path, out: str = "out") -> Path:
    [home] = (tmp_path / out).iterdir()
    return next(each for each in home.iterdir() if each.name != "latest")


def test_no_name_no_id_and_no_owner_stands_anywhere_in_any_format_and_it_verifies(
    tmp_path: Path, datarisk: Datarisk
) -> None:
    (tmp_path / "all.json").write_bytes(company().snapshot)
    asked = [word for name in FORMATS for word in ("-f", name)]
    pattern = ("--agent", f"{company().report.agents[0].name[:-1]}?")
    report(datarisk, "all.json", *asked, *pattern, "--split", "agent", "-o", "out", "--redact", EVERYTHING, status=3)
    run = latest(tmp_path)
    assert run.parent.name.endswith("-redacted")
    names = hidden(company().inventory)
    assert len(names) > 20
    # Some teams have names that the catalogue, or the format, has as words of its own.
    (tmp_path / "other.json").write_text(json.dumps({"span_type_schemas": [span_type("a", risk())]}))
    control = datarisk("report", "other.json", *asked, "-o", "control")
    assert control.returncode == 0
    ours = [name for name in names for _, text in texts(latest(tmp_path, "control")) if holds(text, name)]
    assert set(ours) < {"1.6", "Claims", "Technology", "Underwriting", "Customer"}
    found = [
        (place, name)
        for place, text in texts(run)
        for name in names
        if holds(f"{run.parent.name} {text}", name) and not (name in ours and "evidence" not in place)
    ]
    assert not found
    done = datarisk("verify", str(run.relative_to(tmp_path)))
    assert done.returncode == 0, done.stdout
    assert "byte for byte" in done.stdout
