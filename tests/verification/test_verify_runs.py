"""``datarisk verify``: a run as it was made holds, however it was asked for, and one that was touched does not."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import Called
from gate_calls import OPEN, OWN, SILENT, WAIVER, put

from reporter.bundle import manifest_bytes
from reporter.plain.canonical import digest

Layers = dict[str, dict[str, Any]]

CHEAP = ("html", "json", "csv", "xlsx", "issues.csv", "findings.csv", "ropa.csv", "dpia.csv", "cyclonedx")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


def formats(*names: str) -> list[str]:
    return [word for name in names for word in ("-f", name)]


def verified(called: Called, target: str, *args: str) -> tuple[int, Layers]:
    """The exit status, and each layer by its name."""
    status, said = called("verify", target, "--json", *args)
    told = json.loads(said)
    assert told["schema"] == "datarisk/verification/1"
    assert told["holds"] is (status == 0)
    return status, {each["name"]: each for each in told["layers"]}


def made(called: Called, folder: Path, *args: str, status: int = 0) -> Path:
    """The folder of a run of this command."""
    found, said = called("report", *args)
    assert found == status, said
    return next(folder.glob("reports/*/2*"))


SETTINGS = """\
versions = ["all"]
include_retired = true
as_of = "2026-11-23"
annexes = ["catalogue", "rows"]
unseen_days = 30
[controller]
name = "Harbour Mutual"
title = "Ours ☂"
notice = "For the auditor"
logo = "logo.png"
[theme]
accent = "#7A1F4E"
page_size = "Letter"
[policy]
rules = ["rules/own.toml"]
jurisdictions = ["UK", "EU"]
non_waivable = ["ORG-1"]
[policy.severities]
X01 = "low"
C04 = "off"
"""
FACTS = """\
[[agent]]
agent = "a"
stated_by = "Ada Lovelace"
stated_on = 2026-11-20
purpose = "Settling claims"
"""


@pytest.mark.parametrize(
    ("files", "args", "status"),
    [
        ({}, formats(*CHEAP), 0),
        ({}, ["-f", "pdf"], 0),
        ({}, ["--lang", "de", *formats("html", "json", "xlsx")], 0),
        ({}, ["--split", "agent", *formats("html", "json")], 0),
        ({}, ["--agent", "nobody", "--allow-empty", "-f", "json"], 0),
        ({}, ["--agent", "nobody", "-f", "json"], 3),
        ({"in/torn.json": b"{"}, formats("html", "json"), 3),
        ({"datarisk.toml": SETTINGS.encode(), "rules/own.toml": OWN.encode(), "logo.png": PNG}, formats(*CHEAP), 0),
        ({"datarisk-facts.toml": FACTS.encode()}, formats("html", "json", "ropa.csv"), 0),
    ],
    ids=["formats", "pdf", "german", "split", "empty allowed", "empty", "torn", "settings", "facts"],
)
def test_a_run_as_it_was_made_holds_however_it_was_asked_for(
    called: Called, tmp_path: Path, files: dict[str, bytes], args: list[str], status: int
) -> None:
    for name, data in files.items():
        put(tmp_path, name, data)
    put(tmp_path, "in/a.json", OPEN)
    put(tmp_path, "in/b.json", SILENT)
    run = made(called, tmp_path, "in", *args, status=status)
    found, layers = verified(called, str(run))
    # That a run is true to its evidence does not make what could not be read there.
    assert found == status, layers
    assert ("complete" in layers) == (status == 3)
    assert {name for name, each in layers.items() if each["status"] == "holds"} >= {"files", "documents"}


def test_a_run_holds_with_waivers_a_run_before_it_and_a_history(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "a.json", OPEN)
    put(tmp_path, "datarisk-waivers.toml", WAIVER.encode())
    made(called, tmp_path, "a.json", "-f", "json")
    put(tmp_path, "a.json", SILENT)
    status, said = called("report", "a.json", *formats("html", "json"), SOURCE_DATE_EPOCH="1795543200")
    assert status == 0, said
    run = max(tmp_path.glob("reports/local/2*"))
    evidence = json.loads((run / "evidence/snapshot.json").read_bytes())
    assert {"baseline", "history"} <= evidence.keys()
    assert json.loads((run / "evidence/settings.json").read_bytes())["waivers"]
    assert verified(called, str(run))[0] == 0


def test_a_report_of_a_kept_run_holds_as_the_run_does(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "a.json", OPEN)
    run = made(called, tmp_path, "a.json", "-f", "json")
    status, said = called("report", str(run), "-o", "again", *formats("html", "json"), "--no-history")
    assert status == 0, said
    assert verified(called, str(next(tmp_path.glob("again/local/2*"))))[0] == 0


def test_the_newest_run_is_found_by_its_link_and_by_its_manifest(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "a.json", OPEN)
    made(called, tmp_path, "a.json", "-f", "json")
    assert verified(called, "reports/local/latest")[0] == 0
    assert verified(called, "reports/local/latest/manifest.json")[0] == 0


def test_templates_of_the_user_s_own_are_wanted_to_make_a_run_again(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "a.json", OPEN)
    put(tmp_path, "mine/screen/report.html", b"<!doctype html><title>Mine</title><p>{{ report.account.name }}")
    run = made(called, tmp_path, "a.json", "--template-dir", "mine", *formats("html", "json"))
    status, layers = verified(called, str(run))
    assert (status, layers["documents"]["status"]) == (3, "unknown")
    assert "--template-dir" in layers["documents"]["words"]
    assert verified(called, str(run), "--template-dir", "mine")[0] == 0
    put(tmp_path, "mine/screen/report.html", b"<!doctype html><title>Mine</title><p>{{ report.account.id }}")
    status, layers = verified(called, str(run), "--template-dir", "mine")
    assert (status, layers["documents"]["status"]) == (3, "unknown")


def test_an_incomplete_run_ends_no_greener_verified_than_it_did_when_it_was_made(
    called: Called, tmp_path: Path
) -> None:
    put(tmp_path, "in/a.json", OPEN)
    put(tmp_path, "in/torn.json", b"{")
    run = made(called, tmp_path, "in", "-f", "pdf", "-f", "json", status=3)
    for target in (run, run / "report.pdf"):
        status, said = called("verify", str(target))
        assert status == 3
        assert "the run could not read everything (1 gap): nothing may be concluded from what is absent" in said
        assert said.endswith("Result: nothing may be concluded. What could not be found out: complete.\n")


@pytest.fixture
def run(called: Called, tmp_path: Path) -> Path:
    put(tmp_path, "a.json", OPEN)
    put(tmp_path, "b.json", SILENT)
    return made(called, tmp_path, "a.json", "b.json", *formats("html", "json", "csv"))


def failing(layers: Layers) -> str:
    """What is said of all that does not hold."""
    return "\n".join(
        "\n".join([each["words"], *each["details"]])
        for each in layers.values()
        if each["status"] in ("fails", "unknown")
    )


NAMES = (
    "report.html",
    "report.json",
    "report.csv",
    "history.json",
    "manifest.json",
    "evidence/snapshot.json",
    "evidence/settings.json",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("how", ["flipped", "cut", "gone", "longer", "a link", "a folder", "a pipe"])
def test_a_file_that_was_touched_is_named(called: Called, run: Path, name: str, how: str) -> None:
    file = run / name
    data = file.read_bytes()
    file.unlink()
    if how == "flipped":
        file.write_bytes(data[:200] + bytes([data[200] ^ 1]) + data[201:])
    elif how == "cut":
        file.write_bytes(data[:-1])
    elif how == "longer":
        file.write_bytes(data + b"\n")
    elif how == "a link":
        file.with_name("other").write_bytes(data)
        file.symlink_to("other")
    elif how == "a folder":
        file.mkdir()
    elif how == "a pipe":
        os.mkfifo(file)
    status, layers = verified(called, str(run))
    assert status == 3
    assert name in failing(layers)


def test_a_file_that_somebody_put_there_is_named(called: Called, run: Path) -> None:
    (run / "evidence" / "note.txt").write_text("x")
    status, layers = verified(called, str(run))
    assert (status, layers["files"]["status"]) == (3, "fails")
    assert "evidence/note.txt" in failing(layers)


def rewritten(run: Path, name: str, data: bytes) -> None:
    """Changes a file and all that the manifest says of it, as whoever has no key can do."""
    (run / name).write_bytes(data)
    manifest = json.loads((run / "manifest.json").read_bytes())
    [entry] = [each for each in manifest["files"] if each["name"] == name]
    entry.update(bytes=len(data), sha256=digest(data))
    (run / "manifest.json").write_bytes(manifest_bytes(manifest))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "manifest.json"])
def test_a_file_that_was_changed_together_with_the_manifest_is_not_what_the_evidence_gives(
    called: Called, run: Path, name: str
) -> None:
    data = (run / name).read_bytes()
    rewritten(run, name, data.replace(b"health_and_medical", b"contact_information").replace(b"W-1", b"W-2") + b" ")
    status, layers = verified(called, str(run))
    assert status == 3
    assert layers["files"]["status"] == "holds"
    assert name.rpartition("/")[2] in failing(layers)


@pytest.mark.parametrize("key", ["complete", "evidence_sha256", "generated_at", "settings", "tool", "account"])
def test_what_only_the_manifest_says_is_held_against_the_evidence(called: Called, run: Path, key: str) -> None:
    manifest = json.loads((run / "manifest.json").read_bytes())
    manifest[key] = not manifest[key] if key == "complete" else "other"
    (run / "manifest.json").write_bytes(manifest_bytes(manifest))
    status, layers = verified(called, str(run))
    assert status == 3
    assert f"'{key}'" in failing(layers)


def test_a_document_that_was_taken_away_with_its_entry_is_missed(called: Called, run: Path) -> None:
    manifest = json.loads((run / "manifest.json").read_bytes())
    manifest["files"] = [each for each in manifest["files"] if each["name"] != "report.html"]
    (run / "manifest.json").write_bytes(manifest_bytes(manifest))
    (run / "report.html").unlink()
    status, layers = verified(called, str(run))
    assert (status, layers["files"]["status"]) == (3, "holds")
    assert "report.html: asked for, and not there" in failing(layers)


@pytest.mark.parametrize(
    "name", ["../../secret", "/etc/passwd", "evidence/../../x", "a\\b", "manifest.json", ".hidden"]
)
def test_a_manifest_that_leads_out_of_the_run_is_refused(called: Called, run: Path, name: str) -> None:
    manifest = json.loads((run / "manifest.json").read_bytes())
    manifest["files"][0]["name"] = name
    (run / "manifest.json").write_bytes(manifest_bytes(manifest))
    status, layers = verified(called, str(run))
    assert (status, [*layers]) == (3, ["files"])
    assert "as no file of a run is called" in layers["files"]["words"]


def test_a_file_that_is_larger_than_it_says_is_not_read(called: Called, run: Path) -> None:
    with (run / "report.html").open("r+b") as file:
        file.truncate(1 << 40)  # it takes no room on the disk
    status, layers = verified(called, str(run))
    assert status == 3
    assert "report.html: changed: 1,099,511,627,776 bytes" in failing(layers)


def test_evidence_larger_than_the_limit_is_not_read(called: Called, run: Path) -> None:
    with (run / "evidence/snapshot.json").open("r+b") as file:
        file.truncate(1 << 40)
    manifest = json.loads((run / "manifest.json").read_bytes())
    [entry] = [each for each in manifest["files"] if each["name"] == "evidence/snapshot.json"]
    entry["bytes"] = 1
    (run / "manifest.json").write_bytes(manifest_bytes(manifest))
    status, layers = verified(called, str(run))
    assert status == 3
    assert "larger than 100 MB" in failing(layers)


@pytest.mark.parametrize("target", ["nothing", "a.json"])
def test_what_is_no_run_is_a_mistake_of_the_call(called: Called, run: Path, target: str) -> None:
    assert called("verify", target)[0] == 2


def test_the_lines_for_people_say_what_does_not_hold_and_what_cannot_be_shown(called: Called, run: Path) -> None:
    status, said = called("verify", str(run))
    assert status == 0
    assert "whoever can run datarisk can make such a run" in said
    shutil.copy(run / "report.json", run / "report.html")
    status, said = called("verify", str(run))
    assert status == 3
    assert "report.html" in said
