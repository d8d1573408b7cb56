"""``reports/sample/`` is one run of the demo, as this version makes it; ``scripts/sample`` makes it anew."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pypdf
from conftest import ROOT, Datarisk

SAMPLE = ROOT / "reports" / "sample"


def words(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def test_the_sample_is_what_the_demo_makes(datarisk: Datarisk, tmp_path: Path) -> None:
    done = datarisk("demo", "-o", "out")
    assert done.returncode == 0, done.stderr
    [made] = tmp_path.glob("out/*/20261123T180000Z")
    for name in ("evidence/snapshot.json", "report.json", "report.html"):
        assert (made / name).read_bytes() == (SAMPLE / name).read_bytes(), f"{name}: run scripts/sample"
    # Its bytes also depend on the versions of Pango and of the libraries that write it; what it says does not.
    assert words((made / "report.pdf").read_bytes()) == words((SAMPLE / "report.pdf").read_bytes()), (
        "run scripts/sample"
    )


def test_every_file_of_the_sample_has_the_digest_that_its_manifest_gives() -> None:
    manifest = json.loads((SAMPLE / "manifest.json").read_bytes())
    listed = {item["name"]: item["sha256"] for item in manifest["files"]}
    there = {path.relative_to(SAMPLE).as_posix(): path for path in SAMPLE.rglob("*") if path.is_file()}
    assert set(there) == {*listed, "manifest.json"}
    for name, digest in listed.items():
        assert hashlib.sha256(there[name].read_bytes()).hexdigest() == digest
