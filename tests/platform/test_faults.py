"""No fault of a platform, or of what stands before it, is lost in silence, takes the token, or is called ours."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from conftest import Called
from faults import FAULTS, Fault, Outcome, command, injected, outcome

ROOT = Path(__file__).resolve().parents[2]


def tried(fault: Fault, called: Called, folder: Path) -> Outcome:
    out = folder / "out"
    with injected(fault, folder) as environment:
        return outcome(*called(*command(out), **environment), out)


@pytest.mark.parametrize("fault", [each for each in FAULTS if not each.slow], ids=lambda each: each.injected)
def test_a_run_that_meets_a_fault_loses_nothing_in_silence(fault: Fault, called: Called, tmp_path: Path) -> None:
    found = tried(fault, called, tmp_path)
    assert found.status in (0, 2, 3), found.told
    assert "a fault of datarisk" not in found.told
    assert found.lost(fault) == []
    assert found.leaked == []
    if found.status:
        assert found.complete is not True
        assert "datarisk: " in found.told
    else:
        assert found.complete


def test_without_a_fault_all_is_read(called: Called, tmp_path: Path) -> None:
    [nothing] = [each for each in FAULTS if each.injected.startswith("nothing")]
    found = tried(nothing, called, tmp_path)
    assert (found.status, found.complete, len(found.found)) == (0, True, nothing.agents)


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_a_certificate_of_the_organisation_s_own_is_trusted_once_it_is_named(
    name: str, called: Called, tmp_path: Path
) -> None:
    [fault] = [each for each in FAULTS if each.injected == "a certificate that nobody vouches for"]
    with injected(fault, tmp_path) as environment:
        assert called("report", "-f", "json", **environment)[0] == 3
        certificate = tmp_path / "certificate.pem"
        folder = tmp_path / "trusted"
        folder.mkdir()
        # OpenSSL finds a certificate in a folder by the digest of its subject.
        digest = subprocess.run(
            ["openssl", "x509", "-hash", "-noout", "-in", certificate], capture_output=True, text=True, check=True
        ).stdout.strip()
        (folder / f"{digest}.0").write_bytes(certificate.read_bytes())
        named = {name: str(certificate if name == "SSL_CERT_FILE" else folder)}
        found = outcome(*called(*command(tmp_path / "out"), **environment, **named), tmp_path / "out")
    assert (found.status, found.complete, found.lost(fault)) == (0, True, []), found.told


def test_the_table_in_the_documents_has_every_fault_and_no_silent_loss() -> None:
    rows = [
        re.split(r"(?<!\\) \| ", line.strip("| \n"))
        for line in (ROOT / "docs" / "faults.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ][1:]
    assert len(FAULTS) >= 40
    assert [(row[0], row[1]) for row in rows] == [(each.group, shown(each.injected)) for each in FAULTS]
    assert {row[-1] for row in rows} == {"0"}


def shown(text: str) -> str:
    return text.replace("|", r"\|")
