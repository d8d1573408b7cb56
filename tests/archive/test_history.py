"""From run to run: what was decided, what vanished, how old it is, and what cannot be told."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from archives import HOME, Archive, declared, unsure
from builders import risk, span_type

ART9 = "health_and_medical"
OPEN = declared(span_type("tool:lookup", unsure(ART9, "contact_information")), span_type("tool:silent"))


def rewritten(run: Path, name: str, change: Any) -> None:
    """Changes a file of a run, and its digest in the manifest with it, as a forger would."""
    value = json.loads((run / name).read_bytes())
    change(value)
    data = json.dumps(value).encode()
    (run / name).write_bytes(data)
    manifest = json.loads((run / "manifest.json").read_bytes())
    for item in manifest["files"]:
        if item["name"] == name:
            item["sha256"] = hashlib.sha256(data).hexdigest()
    (run / "manifest.json").write_text(json.dumps(manifest))


def test_a_run_keeps_a_ledger_of_its_evidence_and_settings_alone(archive: Archive, tmp_path: Path) -> None:
    archive.report("-o", "one", claims=OPEN)
    archive.report("-o", "two")
    [one], [two] = (sorted((tmp_path / name / HOME).glob("2*")) for name in ("one", "two"))
    data = (one / "history.json").read_bytes()
    assert data == (two / "history.json").read_bytes()
    manifest = json.loads((one / "manifest.json").read_bytes())
    assert {"history.json", "evidence/snapshot.json"} <= {item["name"] for item in manifest["files"]}
    ledger = json.loads(data)
    assert ledger["schema"] == "datarisk/history/1"
    assert ledger["evidence_sha256"] == manifest["evidence_sha256"]
    [agent] = ledger["agents"]
    lookup, silent = agent["span_types"]
    assert (lookup[1], int(lookup[4], 16).bit_count(), lookup[5], lookup[6]) == ("tool:lookup", 4, "0", "disallowed")
    assert (silent[1], int(silent[4], 16).bit_count(), silent[5], silent[6]) == (
        "tool:silent",
        42,
        silent[4],
        "unknown",
    )
    assert {found[1] for found in agent["findings"]} == {
        finding["rule"] for finding in json.loads((one / "report.json").read_bytes())["agents"][0]["findings"]
    }


def test_what_is_decided_is_told_apart_from_what_vanished_with_its_span_type(archive: Archive) -> None:
    archive.report(claims=OPEN)
    report = archive.report(day=1, claims=declared(span_type("tool:lookup", unsure(ART9))))
    now = report["trend"]["runs"][-1]
    assert (now["decided"], now["vanished"], now["regressed"], now["appeared"]) == (2, 42, 0, 0)
    assert report["trend"]["vanished"] == ["claims: tool:silent"]
    assert "2 decided by review; 42 vanished with their span types" in " ".join(report["trend"]["words"])
    # The same the other way round: it is asked for anew, and what was decided is open again.
    now = archive.report(day=2, claims=OPEN)["trend"]["runs"][-1]
    assert (now["decided"], now["vanished"], now["regressed"], now["appeared"]) == (0, 0, 2, 42)


def test_a_span_type_under_another_name_neither_vanished_nor_came_anew(archive: Archive) -> None:
    schema = {"type": "object", "properties": {"member": {"type": "string"}}}
    archive.report(claims=declared(span_type("tool:old", unsure(ART9), params_schema=schema)))
    now = archive.report(day=1, claims=declared(span_type("tool:new", unsure(ART9), params_schema=schema)))["trend"]
    assert (now["runs"][-1]["vanished"], now["runs"][-1]["appeared"]) == (0, 0)
    assert now["oldest"][0]["since"] == now["runs"][0]["at"]


def test_deciding_for_a_while_makes_nothing_younger(archive: Archive) -> None:
    archive.report(claims=declared(span_type("tool:lookup", unsure(ART9))))
    archive.report(day=1, claims=declared(span_type("tool:lookup", risk())))
    old = archive.report(day=40, claims=declared(span_type("tool:lookup", unsure(ART9))))["trend"]["oldest"]
    assert [(each["days"], each["fields"]) for each in old] == [(40, 2)]


def test_an_age_counts_from_the_registration_of_the_first_version_that_left_it_open(archive: Archive) -> None:
    def version(key: str, at: str, *types: Any) -> dict[str, Any]:
        named = {"type": "agent_schema_version", "id": key, "agent_id": "a1", "inserted_at": at}
        return named | {"span_type_schemas": list(types)}

    archive.report(a=version("v1", "2026-11-01T00:00:00Z", span_type("tool:lookup", unsure(ART9))))
    again = version("v2", "2026-11-24T00:00:00Z", span_type("tool:lookup", unsure(ART9, "minors_data")))
    old = archive.report(day=1, a=again)["trend"]["oldest"]
    # Registering again makes no field younger; one that comes to be open with it is as old as that.
    assert [(each["since"][:10], each["fields"]) for each in old] == [("2026-11-01", 2), ("2026-11-24", 2)]


def test_findings_are_opened_and_closed_with_the_reason(archive: Archive) -> None:
    way_out = ("external_communication",)
    send = declared(span_type("tool:send", risk(ART9, allowed=way_out)), span_type("tool:lookup", unsure(ART9)))
    archive.report(claims=declared(span_type("tool:lookup", unsure(ART9))))
    archive.report(day=1, claims=send)
    archive.report(day=2, claims=declared(span_type("tool:lookup", unsure(ART9))))
    archive.report(day=3, claims=declared(span_type("tool:lookup", risk())))
    runs = archive.history()["runs"]
    assert "X01" in {each["rule"] for each in runs[1]["opened_findings"]}
    assert {each["rule"]: each["why"] for each in runs[2]["closed_findings"]}["X01"] == "gone"
    assert runs[3]["closed_findings"]
    assert {each["why"] for each in runs[3]["closed_findings"]} == {"declared"}


def test_a_finding_that_silence_takes_away_is_not_settled(archive: Archive) -> None:
    archive.report(claims=declared(span_type("tool:lookup", risk(ART9, level="public"))))
    archive.report(day=1, claims=declared(span_type("tool:lookup")))
    closed = archive.history()["runs"][1]["closed_findings"]
    assert {each["why"] for each in closed} == {"silenced"}


def test_without_an_earlier_run_no_document_has_a_byte_more(archive: Archive, tmp_path: Path) -> None:
    archive.report("-f", "html", claims=OPEN)
    archive.report("-f", "html", "--no-history", "-o", "other")
    [one], [two] = archive.runs(), sorted((tmp_path / "other" / HOME).glob("2*"))
    for name in ("report.json", "report.html", "evidence/snapshot.json"):
        assert (one / name).read_bytes() == (two / name).read_bytes()
    assert b'"trend"' not in (one / "report.json").read_bytes()
    assert b"trend" not in (one / "report.html").read_bytes()
    # And with one, leaving it out leaves everything out.
    archive.report("-f", "html", "--no-history", day=1)
    assert b"trend" not in (archive.runs()[-1] / "report.html").read_bytes()


def test_a_snapshot_alone_gives_the_same_report_again(archive: Archive, tmp_path: Path) -> None:
    archive.report(claims=OPEN)
    archive.report("-f", "html", day=1, claims=declared(span_type("tool:lookup", unsure(ART9))))
    last = archive.runs()[-1]
    shutil.copy(last / "evidence" / "snapshot.json", tmp_path / "alone.json")
    status, said = archive.call("report", "alone.json", "-f", "html", "-f", "json", "-o", "again", day=1)
    assert status == 0, said
    [again] = sorted((tmp_path / "again" / HOME).glob("2*"))
    for name in ("report.json", "report.html", "evidence/snapshot.json", "history.json"):
        assert (again / name).read_bytes() == (last / name).read_bytes()


def test_the_first_runs_snapshot_has_no_past_however_late_it_is_reported(archive: Archive, tmp_path: Path) -> None:
    archive.report(claims=OPEN)
    shutil.copy(archive.runs()[0] / "evidence" / "snapshot.json", tmp_path / "first.json")
    archive.report(day=1)
    status, said = archive.call("report", "first.json", "-f", "json", day=2)
    assert status == 0, said
    assert "trend" not in json.loads((archive.runs()[-1] / "report.json").read_bytes())


def test_incomplete_runs_and_other_scopes_are_counted_and_compared_with_none(archive: Archive, tmp_path: Path) -> None:
    archive.report(claims=OPEN, billing=OPEN)
    archive.report("--agent", "claims", day=1)
    (tmp_path / "in" / "broken.json").write_text("{")
    archive.report(day=2, status=3)
    assert archive.call("report", "in", "-f", "json", day=2.5)[0] == 3
    incomplete = json.loads((archive.runs()[-1] / "report.json").read_bytes())["trend"]
    assert (incomplete["compared"], len(incomplete["runs"])) == (False, 1)
    assert "compared with none" in incomplete["not_told"][0]
    (tmp_path / "in" / "broken.json").unlink()
    told = archive.report(day=3)["trend"]
    assert len(told["runs"]) == 2
    assert "not counted: 2." in told["not_told"][0]
    assert "another scope, not counted: 1." in told["not_told"][1]


def torn(run: Path) -> None:
    (run / "history.json").write_bytes((run / "history.json").read_bytes()[:-40])


def without_manifest(run: Path) -> None:
    (run / "manifest.json").unlink()


def foreign(run: Path) -> None:
    (run / "manifest.json").write_text('{"schema": "cargo/manifest/7"}')


def no_json(run: Path) -> None:
    (run / "manifest.json").write_text("\x00\x01")


def of_the_future(run: Path) -> None:
    rewritten(run, "history.json", lambda value: value.update(schema="datarisk/history/2"))


def of_another_run(run: Path) -> None:
    rewritten(run, "history.json", lambda value: value.update(generated_at="2026-01-01T00:00:00Z"))


def other_decisions(run: Path) -> None:
    rewritten(run, "history.json", lambda value: value.update(fields=["a/b"]))


def a_row_too_far(run: Path) -> None:
    def change(value: Any) -> None:
        value["agents"][0]["span_types"][0][2] = 7

    rewritten(run, "history.json", change)


def made_greener(run: Path) -> None:
    value = json.loads((run / "history.json").read_bytes())
    for row in value["agents"][0]["span_types"]:
        row[4:6] = "0", "0"
    (run / "history.json").write_text(json.dumps(value))


def gone(run: Path) -> None:
    (run / "history.json").unlink()


@pytest.mark.parametrize(
    "spoil",
    [
        torn,
        without_manifest,
        foreign,
        no_json,
        of_the_future,
        of_another_run,
        other_decisions,
        a_row_too_far,
        made_greener,
        gone,
    ],
)
def test_what_cannot_be_read_is_named_skipped_and_never_ends_greener(archive: Archive, spoil: Any) -> None:
    for day in range(3):
        archive.report(day=day, claims=OPEN)
    spoil(archive.runs()[1])
    told = archive.history(status=3)
    assert len(told["runs"]) == 2
    assert f"{archive.runs()[1].name}: not read: " in archive.said
    # Outside of the range that is asked for it is nobody's concern.
    assert len(archive.history("--since", "2026-11-25")["runs"]) == 1
    # A report is made all the same, and says that a run is missing.
    trend = archive.report(day=3)["trend"]
    assert len(trend["runs"]) == 3
    assert "Earlier runs that cannot be read, not counted: 1." in trend["not_told"]
    assert "not read: " in archive.said


def test_other_things_in_an_archive_are_no_runs(archive: Archive, tmp_path: Path) -> None:
    archive.report(claims=OPEN)
    (tmp_path / "reports" / "README.md").write_text("x")
    (tmp_path / "reports" / HOME / "notes").mkdir()
    assert len(archive.history()["runs"]) == 1


def test_a_clock_that_went_back_is_told(archive: Archive) -> None:
    archive.report(day=5, claims=OPEN)
    assert archive.call("report", "in", "-f", "json", day=1)[0] == 0
    status, said = archive.call("report", "in", "-f", "json", day=2)
    assert status == 0
    assert "1 of the runs in the archive are dated later than this one: a clock went back" in said
    trend = json.loads((archive.runs()[1] / "report.json").read_bytes())["trend"]
    assert "as when a clock went back, not counted: 1." in trend["not_told"][0]
    archive.history(day=3)
    assert "it is dated later than this machine's clock" in archive.said


def test_a_run_that_is_dated_before_what_it_holds_is_told(archive: Archive) -> None:
    version = {"type": "agent_schema_version", "id": "v", "agent_id": "a", "inserted_at": "2026-12-01T00:00:00Z"}
    archive.report(a=version | {"span_type_schemas": [span_type("t", unsure(ART9))]})
    archive.history()
    assert "dated before what it holds was registered (2026-12-01T00:00:00Z)" in archive.said


def test_runs_without_a_ledger_are_read_from_their_reports_and_that_is_said(archive: Archive) -> None:
    archive.report(claims=OPEN)
    archive.report(day=1, claims=declared(span_type("tool:lookup", unsure(ART9))))
    before = archive.history()
    for run in archive.runs():
        (run / "history.json").unlink()
        manifest = json.loads((run / "manifest.json").read_bytes())
        manifest["files"] = [item for item in manifest["files"] if item["name"] != "history.json"]
        (run / "manifest.json").write_text(json.dumps(manifest))
    told = archive.history()
    assert told["not_told"] == ["Earlier runs without a ledger, read from their reports: 2."]
    for one, other in zip(before["runs"], told["runs"], strict=True):
        assert {**one, "by": 0} == {**other, "by": 0}
    assert [(each["span_type"], each["fields"]) for each in told["undecided"]] == [("tool:lookup", 2)]


def test_the_history_is_told_by_agent_owner_and_environment_and_of_some_agents_alone(archive: Archive) -> None:
    archive.report(claims=OPEN, billing=declared(span_type("tool:pay", unsure("financial_information"))))
    told = archive.history()["runs"][0]["by"]
    assert {name: each["undecided"] for name, each in told["agent"].items()} == {"billing": 2, "claims": 46}
    assert told["agent"]["claims"]["undeclared"] == 42
    assert list(archive.history("--agent", "bill*")["runs"][0]["by"]["agent"]) == ["billing"]
    status, said = archive.call("history", "-f", "csv", day=9)
    assert status == 0
    rows = said.splitlines()
    assert rows[0].startswith("run,at,account,by,name,decisions,unknown,undeclared,weighed")
    assert {row.split(",")[3] for row in rows[1:]} == {"all", "agent", "owner", "environment"}
    status, said = archive.call("history", day=9)
    assert (status, "Undecided by agent, what weighs most first" in said) == (0, True)


def test_no_run_in_the_range_is_no_history(archive: Archive) -> None:
    status, said = archive.call("history")
    assert (status, "no complete run in this range" in said) == (3, True)
    archive.report(claims=OPEN)
    assert archive.call("history", "--until", "2026-01-01")[0] == 3
    assert archive.call("history", "--since", "yesterday")[0] == 2


@pytest.mark.parametrize("name", ["=1+1", "<script>alert(1)</script>", "a\u202eb\x1b[31m", "x" * 5000])
def test_names_of_others_are_harmless_wherever_they_are_told(archive: Archive, name: str) -> None:
    value = {"type": "agent_schema_version", "id": "v", "agent_id": name}
    for day in range(2):
        archive.report("-f", "html", day=day, a=value | {"span_type_schemas": [span_type(name, unsure(ART9))]})
    page = (archive.runs()[-1] / "report.html").read_text()
    assert "<script>alert" not in page
    for form in ("text", "csv"):
        status, said = archive.call("history", "-f", form, day=9)
        assert status == 0
        assert "\x1b" not in said
        assert "\u202e" not in said
        assert ",=1+1" not in said
