"""A run whose PDF is signed, by the command: made, verified, and what a time-stamp server that fails costs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stamping
from certificates import Holder, holder
from conftest import Called
from cryptography.hazmat.primitives.serialization import Encoding
from gate_calls import OPEN, put

SPAN: dict[str, Any] = {"start": datetime(2026, 1, 1, tzinfo=UTC), "end": datetime(2028, 1, 1, tzinfo=UTC)}
Layers = list[dict[str, Any]]


@pytest.fixture
def who(tmp_path: Path) -> Holder:
    root = holder("Root", kind="p256", ca=True, **SPAN)
    found = holder("Harbour Mutual", root, kind="rsa", **SPAN)
    found.put(tmp_path, "seal")
    (tmp_path / "root.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    put(tmp_path, "a.json", OPEN)
    return found


KEYS = ("--seal-key", "seal.key", "--seal-certificate", "seal.pem")


def made(called: Called, folder: Path, *args: str, status: int = 0) -> tuple[Path, str]:
    found, said = called("report", "a.json", *KEYS, *args)
    assert found == status, said
    return next(folder.glob("reports/local/2*")), said


def verified(called: Called, target: Path, *trust: str) -> tuple[int, Layers]:
    options = [word for each in trust for word in ("--trust", each)]
    status, said = called("verify", str(target), "--json", *options)
    return status, json.loads(said)["layers"]


def of(layers: Layers, name: str) -> list[dict[str, Any]]:
    return [each for each in layers if each["name"] == name]


def test_a_signed_report_is_verified_alone_and_with_its_run(called: Called, tmp_path: Path, who: Holder) -> None:
    clock = stamping.authority()
    assert clock.issuer
    (tmp_path / "clock.pem").write_bytes(clock.issuer.certificate.public_bytes(Encoding.PEM))
    with stamping.serving(stamping.openssl(clock, tmp_path)) as url:
        run, _ = made(called, tmp_path, "-f", "pdf", "-f", "json", "--timestamp-url", url)
    for target in (run / "report.pdf", run):
        status, layers = verified(called, target, "root.pem", "clock.pem")
        assert status == 0, layers
        [signature], [by] = of(layers, "signature"), of(layers, "signed by")
        assert "as the time-stamp of Clock & Sons, whom --trust names, says" in signature["words"]
        assert "Harbour Mutual, certificate " in by["words"]
    (tmp_path / "other.pub").write_bytes(holder("Other").public)
    status, layers = verified(called, run / "report.pdf", "other.pub")
    assert (status, of(layers, "signed by")[0]["status"]) == (3, "fails")
    data = bytearray((run / "report.pdf").read_bytes())
    data[len(data) // 2] ^= 1
    (run / "report.pdf").write_bytes(data)
    assert verified(called, run / "report.pdf", "root.pem")[0] == 3


def test_a_time_stamp_server_that_fails_costs_the_signed_pdf_alone(called: Called, tmp_path: Path, who: Holder) -> None:
    with stamping.serving(lambda _: b"rubbish") as url:
        run, said = made(called, tmp_path, "-f", "pdf", "-f", "json", "--timestamp-url", url, status=4)
    assert "cannot be signed with a time-stamp: its answer is no time-stamp" in said
    assert "Run again later" in said
    assert (run / "report.json").is_file()
    assert not (run / "report.pdf").exists(), "one that is not signed would pass for what was asked for"


def test_a_certificate_that_does_not_hold_costs_the_signed_pdf_alone(
    called: Called, tmp_path: Path, who: Holder
) -> None:
    old = holder("Harbour Mutual", start=SPAN["start"], end=SPAN["start"] + timedelta(days=9))
    old.put(tmp_path, "seal")
    run, said = made(called, tmp_path, "-f", "pdf", "-f", "json", status=2)
    assert "the certificate holds from 2026-01-01 to 2026-01-10" in said
    assert (run / "report.json").is_file()
    assert not (run / "report.pdf").exists()


def test_the_same_run_signed_again_with_the_same_key_is_the_same_bytes(
    called: Called, tmp_path: Path, who: Holder
) -> None:
    run, _ = made(called, tmp_path, "-f", "pdf")
    called("report", "a.json", *KEYS, "-f", "pdf", "-o", "again")
    other = next(tmp_path.glob("again/local/2*"))
    assert (run / "report.pdf").read_bytes() == (other / "report.pdf").read_bytes()
