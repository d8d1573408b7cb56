"""Facts over the command: drafted, checked, kept with the evidence, and read in every annex."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pikepdf
import pytest
from builders import risk, span_type
from conftest import Called, Datarisk
from gate_calls import OPEN, QUIET, put

FACTS = """\
[[agent]]
agent = "claims"
stated_by = "Ada Lovelace"
stated_on = 2026-11-20
purpose = "Settling claims"
role = "processor"
controllers = ["Example AG"]
special_condition = ["9(2)(h)"]
measures = ["=cmd|' /C calc'!A1"]
ai_act = { role = "deployer", annex_iii = "point 5(b)" }

[[agent.recipient]]
name = "Far Inc"
country = "US"

[[agent.document]]
kind = "dpia"
title = "Claims"
reference = "DPIA-7"
date = 2026-10-30
"""
NAME = "datarisk-facts.toml"
SHA256 = hashlib.sha256(FACTS.encode()).hexdigest()
ABSENT = "not provided"


@pytest.fixture
def stated(tmp_path: Path) -> Path:
    """A folder with one agent and what is stated of it."""
    put(tmp_path, "claims.json", OPEN)
    put(tmp_path, NAME, FACTS.encode())
    return tmp_path


def reported(called: Called, *args: str) -> None:
    status, said = called("report", *args)
    assert status == 0, said


def sheet(folder: Path, name: str) -> list[dict[str, str]]:
    text = next((folder / "reports/local").glob(f"2*/{name}.csv")).read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def loaded(folder: Path, name: str) -> Any:
    [path] = folder.glob(f"reports/local/2*/{name}")
    return json.loads(path.read_bytes())


# Where they go -----------------------------------------------------------------------------------------------------


def test_facts_fill_the_record_and_the_screening_and_what_is_absent_says_so(called: Called, stated: Path) -> None:
    reported(called, "claims.json", "-f", "ropa.csv", "-f", "dpia.csv", "-f", "json")
    [row] = [each for each in sheet(stated, "ropa") if each["row"] == "agent"]
    assert row["b_purposes"] == "Settling claims"
    assert row["a_controller"] == (
        "not provided | processor on behalf of: Example AG | representative and data protection officer: not provided"
    )
    assert row["d_recipients"].startswith("Far Inc, US | external communication allowed in 1")
    assert row["e_third_countries"] == "Far Inc, US: what the transfer rests on: not provided"
    assert (row["role"], row["special_condition"]) == ("processor", "9(2)(h)")
    assert row["ai_act"] == "deployer; Annex III: point 5(b)"
    assert row["documents"] == "impact assessment: Claims (DPIA-7, 30 October 2026)"
    assert row["stated"] == "Ada Lovelace, 20 November 2026"
    assert {row[key] for key in ("owner", "f_erasure", "legal_basis")} == {ABSENT}
    assert row["g_security"] == "'=cmd|' /C calc'!A1"
    nothing = {key for key, text in row.items() if not text} - {"gap", "environments"}
    assert not nothing
    screened = [each for each in sheet(stated, "dpia") if each["row"] == "criterion"]
    assert {each["assessments"] for each in screened} == {"Claims (DPIA-7, 30 October 2026)"}
    assert {each["data_subjects"] for each in screened} == {ABSENT}
    [agent] = loaded(stated, "report.json")["agents"]
    assert agent["facts"]["stated"] == [{"by": "Ada Lovelace", "on": "2026-11-20"}]
    assert agent["facts"]["legal_basis"] == []


def test_the_record_of_a_processor_says_on_whose_behalf_it_is_and_what_art_30_2_asks_for(
    called: Called, stated: Path
) -> None:
    put(stated, "other.json", QUIET)
    reported(called, "claims.json", "other.json", "-f", "xlsx")
    [path] = stated.glob("reports/local/2*/report.xlsx")
    head, *rows = openpyxl.load_workbook(path)["RoPA"].iter_rows(values_only=True)
    every = [dict(zip(head, row, strict=True)) for row in rows]
    [row] = [row for row in every if row["Role (GDPR Art. 4(7) and (8), 26)"] == "processor"]
    assert row["Agent"] == "claims"
    assert "\nprocessor on behalf of: Example AG\n" in row["(a) Controller and contacts"]
    assert row["(b) Purposes"] == "Settling claims"
    assert row["(g) Security measures"].startswith("=cmd")


def test_an_agent_of_which_nothing_is_stated_is_named_with_it(called: Called, stated: Path) -> None:
    put(stated, "other.json", QUIET)
    reported(called, "claims.json", "other.json", "-f", "html", "-f", "ropa.csv")
    [page] = stated.glob("reports/local/2*/report.html")
    text = re.sub(r"<[^>]*>|\s+", " ", page.read_text())
    assert re.search(r"Nothing is provided of these agents: +other *\.", text)
    assert "provided for 1 of 2 agents" in text
    row = next(each for each in sheet(stated, "ropa") if each["agent_name"] == "other")
    assert {row[key] for key in ("b_purposes", "role", "documents", "stated", "ai_act")} == {ABSENT}


HOSTILE = "</td><script>alert(1)</script>{{ 7*7 }}\u202egnp.exe"


def test_a_page_and_a_pdf_show_what_is_stated_and_run_none_of_it(called: Called, stated: Path) -> None:
    text = FACTS.replace("Settling claims", HOSTILE).replace('title = "Claims"', f'title = "{HOSTILE}"')
    put(stated, NAME, text.replace("Far Inc", HOSTILE).replace("Ada Lovelace", HOSTILE).encode())
    reported(called, "claims.json", "-f", "html", "-f", "pdf")
    [page] = stated.glob("reports/local/2*/report.html")
    source = page.read_text()
    assert "<script>alert" not in source
    assert source.count("&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}\\u202egnp.exe") >= 4
    assert "\u202e" not in source
    [paper] = stated.glob("reports/local/2*/report.pdf")
    with pikepdf.open(paper) as found:
        assert found.trailer.Root.Names.get("/JavaScript") is None


def test_a_german_report_says_what_is_stated_in_german(called: Called, stated: Path) -> None:
    reported(called, "claims.json", "-f", "html", "-f", "ropa.csv", "--lang", "de")
    [row] = [each for each in sheet(stated, "ropa") if each["row"] == "agent"]
    assert (row["role"], row["legal_basis"]) == ("Auftragsverarbeiter", "nicht angegeben")
    assert row["ai_act"] == "Betreiber; Anhang III: Nummer 5(b)"
    assert row["stated"] == "Ada Lovelace, 20. November 2026"
    [page] = stated.glob("reports/local/2*/report.html")
    assert "Was die Organisation angibt, Agent für Agent" in page.read_text()


# Evidence ----------------------------------------------------------------------------------------------------------


def test_the_snapshot_the_manifest_and_the_verdict_hold_their_digest(called: Called, stated: Path) -> None:
    reported(called, "claims.json", "-f", "json")
    told = {"kind": "facts", "path": NAME, "sha256": SHA256}
    assert loaded(stated, "manifest.json")["configuration"] == [told]
    assert loaded(stated, "evidence/snapshot.json")["facts"] == {"path": NAME, "sha256": SHA256, "text": FACTS}
    called("check", "claims.json", "-o", "check.json")
    assert json.loads((stated / "check.json").read_bytes())["configuration"] == [told]


def test_a_snapshot_gives_its_facts_back_and_the_same_bytes(called: Called, stated: Path) -> None:
    status, said = called("collect", "claims.json", "-o", "s.json")
    assert status == 0, said
    (stated / NAME).unlink()
    reported(called, "s.json", "-f", "json")
    [kept] = stated.glob("reports/local/2*/evidence/snapshot.json")
    assert kept.read_bytes() == (stated / "s.json").read_bytes()
    assert loaded(stated, "report.json")["agents"][0]["facts"]["purpose"] == "Settling claims"
    assert loaded(stated, "manifest.json")["configuration"] == [{"kind": "facts", "path": NAME, "sha256": SHA256}]


def test_a_file_counts_before_the_facts_of_a_snapshot(called: Called, stated: Path) -> None:
    called("collect", "claims.json", "-o", "s.json")
    put(stated, NAME, FACTS.replace("Settling", "Paying").encode())
    status, said = called("report", "s.json", "-f", "json")
    assert status == 0, said
    assert "The evidence brings facts of its own, which do not count beside those of the file." in said
    assert loaded(stated, "report.json")["agents"][0]["facts"]["purpose"] == "Paying claims"


def test_without_facts_a_snapshot_holds_none(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    called("collect", "claims.json", "-o", "s.json")
    assert "facts" not in json.loads((tmp_path / "s.json").read_bytes())


CHANGES: dict[str, Any] = {
    "text": {"path": NAME, "sha256": SHA256, "text": FACTS.replace("Settling", "Stealing")},
    "digest": {"path": NAME, "sha256": "0" * 64, "text": FACTS},
    "shape": ["facts"],
    "surrogate": {"path": NAME, "sha256": SHA256, "text": "\ud800"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_facts_of_a_snapshot_that_were_changed_are_a_gap(called: Called, stated: Path, change: Any) -> None:
    called("collect", "claims.json", "-o", "s.json")
    (stated / NAME).unlink()
    value = json.loads((stated / "s.json").read_bytes())
    put(stated, "s.json", value | {"facts": change})
    status, said = called("report", "s.json", "-f", "json")
    assert status == 3
    assert "a part of the snapshot" in said
    assert "facts that were changed after they were collected, or never were any" in said
    assert loaded(stated, "report.json")["agents"][0]["facts"] is None


def test_snapshots_with_different_facts_need_to_be_told_which(called: Called, stated: Path) -> None:
    called("collect", "claims.json", "-o", "s1.json")
    put(stated, NAME, FACTS.replace("Settling", "Paying").encode())
    called("collect", "claims.json", "-o", "s2.json")
    (stated / NAME).rename(stated / "other.toml")
    status, said = called("report", "s1.json", "s2.json", "-f", "json")
    assert status == 2
    assert "snapshots that hold different facts. Say which file of facts counts, with --facts." in said
    assert not (stated / "reports").exists()
    reported(called, "s1.json", "s2.json", "-f", "json", "--facts", "other.toml")


def test_the_file_is_found_or_named_in_settings_or_in_the_call(called: Called, stated: Path) -> None:
    (stated / NAME).rename(stated / "own.toml")
    put(stated, "datarisk.toml", b"[policy]\nfacts = 'own.toml'\n")
    reported(called, "claims.json", "-f", "json")
    assert loaded(stated, "report.json")["agents"][0]["facts"]["purpose"] == "Settling claims"


def test_the_demo_is_about_another_company(called: Called, stated: Path) -> None:
    assert "[[agent]]" in (stated / NAME).read_text()
    status, said = called("demo", "-f", "json", "-o", "demo")
    assert status == 0, said
    [manifest] = stated.glob("demo/*/2*/manifest.json")
    told = json.loads(manifest.read_bytes())["configuration"]
    assert {each["kind"]: each["path"] for each in told} == {
        "waivers": "company/waivers.toml", "facts": "company/facts.toml", "baseline": "Larkmoor Mutual's last report",
    }  # fmt: skip


# Refused -----------------------------------------------------------------------------------------------------------

REFUSED = {
    "an unknown key": ("purpose", "porpoise", rf"{NAME}:5: no such key: porpoise. Did you mean purpose\?"),
    "an agent that is not there": (
        'agent = "claims"',
        'agent = "claim"',
        rf"{NAME}:2: no agent that was read is called claim. Write its name, its id or a pattern",
    ),
    "a day in the future": ("2026-11-20", "2027-01-01", rf"{NAME}:4: stated_on: 2027-01-01 is in the future. Write"),
    "a document without a reference": ('reference = "DPIA-7"\n', "", rf"{NAME}:16: it lacks its document.0.reference"),
    "entries that contradict": (
        "[[agent.document]]",
        '[[agent]]\nagent = "cl*"\nstated_by = "G"\nstated_on = 2026-11-20\npurpose = "x"\n[[agent.document]]',
        rf"{NAME}:20: purpose: it contradicts what stands at {NAME}:5. One agent has one of it",
    ),
}


@pytest.mark.parametrize("command", ["report", "check", "collect", "facts check"])
@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_a_mistake_ends_every_command_with_2_and_nothing_is_half_applied(
    called: Called, stated: Path, command: str, change: tuple[str, str, str]
) -> None:
    old, new, message = change
    put(stated, NAME, FACTS.replace(old, new, 1).encode())
    more = {"collect": ("-o", "s.json"), "check": ("-o", "check.json")}.get(command, ())
    before = sorted(stated.iterdir())
    status, said = called(*command.split(), "claims.json", *more)
    assert status == 2
    assert re.search(message, said)
    assert sorted(path for path in stated.iterdir() if path.name != "reports") == before
    assert not list(stated.glob("reports/*/*"))


def test_an_agent_that_is_named_and_could_not_be_read_is_no_mistake(called: Called, stated: Path) -> None:
    put(stated, "other.json", QUIET)
    (stated / "claims.json").write_text("{")
    status, said = called("report", "claims.json", "other.json", "-f", "json")
    assert status == 3
    assert "no agent that was read" not in said


def test_a_selection_makes_no_fact_a_mistake(called: Called, stated: Path) -> None:
    put(stated, "other.json", QUIET)
    reported(called, "claims.json", "other.json", "--agent", "other", "-f", "json")


# Drafts ------------------------------------------------------------------------------------------------------------


def drafted(called: Called, folder: Path, *entries: dict[str, Any], name: str = "agent.json") -> str:
    put(folder, name, {"span_type_schemas": list(entries)})
    status, said = called("init", "facts", name, "--force")
    assert status == 0, said
    return (folder / NAME).read_text()


def test_a_draft_states_nothing_and_is_accepted_as_it_is(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    done = datarisk("init", "facts", "claims.json")
    assert (done.returncode, done.stdout) == (0, f"{NAME}\n")
    assert datarisk("facts", "check").returncode == 0
    assert datarisk("report", "claims.json", "-f", "json").returncode == 0
    again = datarisk("init", "facts", "claims.json")
    assert again.returncode == 2
    assert "is there already. Use --force to replace it." in again.stderr


def test_a_draft_asks_only_what_declarations_make_relevant(called: Called, tmp_path: Path) -> None:
    special = drafted(called, tmp_path, span_type("a", risk("health_and_medical")))
    assert '# special_condition = [""]' in special
    assert "recipient" not in special
    assert "# Declared, data included: Health and medical." in special
    sent = drafted(called, tmp_path, span_type("a", risk("contact_information", allowed=("external_communication",))))
    assert "special_condition" not in sent
    assert "# [[agent.recipient]]" in sent
    assert '# legal_basis = [""]' in sent
    nothing = drafted(called, tmp_path, span_type("a", risk()))
    for key in ("special_condition", "recipient", "legal_basis", "people", "retention", "controllers"):
        assert key not in nothing
    assert '# purpose = ""' in nothing
    silent = drafted(called, tmp_path, span_type("a"))
    for key in ("special_condition", "recipient", "legal_basis"):
        assert key in silent


def test_a_draft_that_is_filled_in_is_read(called: Called, tmp_path: Path) -> None:
    text = drafted(called, tmp_path, span_type("a", risk("health_and_medical", allowed=("external_communication",))))
    status, said = called("facts", "check", "agent.json")
    assert status == 0
    assert "agent                        not provided: owner, purpose, role, legal_basis, special_condition" in said
    filled = re.sub(r"^# (?=\[\[|[a-z_]+ = )", "", text, flags=re.MULTILINE)
    for key, value in {
        "role": '"controller"', "ai_act": '{ role = "none" }', "country": '"IE"', "kind": '"dpia"',
        "date": "2026-01-01",
    }.items():  # fmt: skip
        filled = re.sub(rf"^{key} = \S.*$", f"{key} = {value}", filled, count=1, flags=re.MULTILINE)
    for key, value in {"residual_risk": '"low"', "advice_followed": "false"}.items():
        assert f'\n{key} = ""' in filled
        filled = re.sub(rf"^{key} = \S.*$", f"{key} = {value}", filled, flags=re.MULTILINE)
    filled = re.sub(r'= (\[?)""', r'= \1"x"', filled).replace('role = "x"  # such', 'role = "y"  # such')
    put(tmp_path, NAME, filled.encode())
    status, said = called("facts", "check", "agent.json")
    assert status == 0, said
    assert "agent                        provided: all that its declarations make relevant" in said


def test_a_draft_is_written_with_any_name_and_leads_back_to_it(called: Called, tmp_path: Path) -> None:
    name = 'we[i]rd "*\u202e'
    put(tmp_path, "a.json", {"span_type_schemas": [span_type("a", risk())]})
    status, said = called("init", "facts", "a.json", "--agent-name", name)
    assert status == 0, said
    text = (tmp_path / NAME).read_text()
    assert "\u202e" not in text
    assert called("facts", "check", "a.json", "--agent-name", name)[0] == 0


def test_without_a_file_there_is_nothing_to_check(datarisk: Datarisk) -> None:
    done = datarisk("facts", "check")
    assert done.returncode == 2
    assert "there is no file of facts. Name one, or draft one with `datarisk init facts`." in done.stderr


def test_checking_facts_tells_all_mistakes(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "f.toml", FACTS.replace("purpose", "porpoise").encode() + b"[[answer]]\nissue = 'x'\n[x]\n")
    done = datarisk("facts", "check", "f.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 3


def test_doctor_looks_at_facts(datarisk: Datarisk, tmp_path: Path) -> None:
    assert re.search(r"^ok +facts: none$", datarisk("doctor").stdout, re.MULTILINE)
    put(tmp_path, NAME, FACTS.encode())
    assert re.search(r"^ok +facts: 1 entry, 0 answers$", datarisk("doctor").stdout, re.MULTILINE)
    put(tmp_path, NAME, FACTS.replace("purpose", "porpoise").encode())
    done = datarisk("doctor")
    assert done.returncode == 2
    assert f"missing  {NAME}:5: no such key: porpoise" in done.stdout
