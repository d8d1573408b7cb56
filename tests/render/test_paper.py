"""The printed report begins with what to do: a page that stands alone, a sheet to be filled in, one claim followed.

Read from the finished PDF, as whoever gets it does.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jq  # type: ignore[import-not-found]  # compiled, without types
import pypdf
import pytest
from builders import agent, composed, inventory, pinned, risk, schema_version, span_type
from hypothesis import assume, given
from hypothesis import strategies as st
from pages import busy_risk, several, waived
from strategies import decided, risks, silenced

from reporter.plain.canonical import canonical
from reporter.plain.language import of
from reporter.render import html
from reporter.render.document import PLAIN, Theme
from reporter.render.pdf import pdf
from reporter.render.sheets import letters, trace
from reporter.render.sheets.book import book
from reporter.view.report import Report

CASES = Path(__file__).resolve().parent.parent / "cases"


def pages(report: Report, theme: Theme = PLAIN) -> list[str]:
    """The text of each page of its PDF, without the blanks that lines end with."""
    found = pypdf.PdfReader(io.BytesIO(pdf.render(report, theme).data)).pages
    return [re.sub(r"\s+", " ", page.extract_text()) for page in found]


@cache
def of_waived() -> list[str]:
    return pages(waived())


@cache
def of_several() -> list[str]:
    return pages(several())


def agents(*given_: tuple[str, Any], **more: Any) -> Report:
    """A report about agents of these names, each with one span type that declares this."""
    records: list[Any] = []
    for number, (name, declared) in enumerate(given_):
        id_ = f"a{number}"
        records += [agent(id_, name, **more), schema_version(f"v{number}", span_type("work", declared), agent=id_)]
        records += pinned(f"v{number}", "Production", agent_id=id_)
    return composed(inventory(*records))


# --- the summary ------------------------------------------------------------------------------------------------------


def test_the_summary_is_one_page_behind_the_cover_and_names_what_needs_somebody_first_with_its_page() -> None:
    report, [_, summary, *rest] = several(), of_several()
    assert summary.startswith("Summary")
    assert not any(page.startswith("Summary") for page in rest)
    for item in report.summary.attention:
        assert item.agent[:20] in summary
    for heading in ("What needs you first", "Questions to be decided", "To know of all agents", "Contents"):
        assert heading in summary
    named = [agent for agent in report.agents if f"{agent.name} " in summary]
    assert named
    for each in named:
        [number] = {
            n for n, text in enumerate(of_several(), 1) if re.search(rf"{re.escape(each.name)} .*Flag What", text)
        } or {0}
        if number:
            assert re.search(rf"\b{number}\b", summary)


def test_the_summary_counts_questions_by_severity_and_certainty_as_the_report_does() -> None:
    report = waived()
    issues = [issue for each in report.agents for issue in each.issues]
    for row in report.overview.questions:
        of_it = [issue for issue in issues if issue.severity == row.severity]
        still = [issue.weight[-1] for issue in of_it if issue.status == "open"]
        settled = [issue.status for issue in of_it]
        assert (row.declared, row.possible) == (still.count("declared"), len(still) - still.count("declared"))
        assert (row.answered, row.accepted) == (settled.count("answered"), settled.count("accepted"))
        if row.severity != "info":
            told = f"{row.severity.capitalize()} {row.declared} {row.possible} {row.answered} {row.accepted}"
            assert told in of_waived()[0] + of_waived()[1]
    assert [row.severity for row in report.overview.questions] == ["high", "medium", "low", "info"]


HEALTH = risk("health_and_medical", allowed=("external_communication",))
INSIDE = risk("health_and_medical")
OPEN = {**HEALTH, "action_profile": {**HEALTH["action_profile"], "external_communication": "unknown"}}


def test_an_agent_that_may_send_special_data_out_is_named_and_one_of_which_that_is_open_as_possible() -> None:
    report = agents(("Sends", HEALTH), ("Keeps", INSIDE), ("Silent", None), ("Half", OPEN), ("None", risk()))
    names = {each.id: each.name for each in report.agents}
    told = report.overview.sends_special
    assert [names[each] for each in told.declared] == ["Sends"]
    assert {names[each] for each in told.possible} == {"Silent", "Half"}


@given(st.data())
def test_an_answer_or_all_of_them_taken_back_takes_no_agent_from_those_that_are_named(data: st.DataObject) -> None:
    declared = [each for each, _, _ in data.draw(risks(max_size=4, min_size=1))]
    assume(any(decided(each) for each in declared))

    def told(some: list[Any]) -> set[str]:
        entries = [span_type(f"step {number}", each) for number, each in enumerate(some)]
        found = composed(inventory(agent(), schema_version("v1", *entries), *pinned("v1", "Production")))
        lists = found.overview.sends_special, found.overview.to_be_assessed
        return {f"{n} {id_}" for n, each in enumerate(lists) for id_ in (*each.declared, *each.possible)}

    assert told(declared) <= told(silenced(data.draw, declared))
    assert told(declared) <= told([])


def test_an_agent_with_two_criteria_of_an_impact_assessment_is_named_and_one_with_fewer_is_not() -> None:
    report = agents(("Many", busy_risk()), ("None", risk()))
    for each in report.agents:
        indicated = sum(one.answer == "indicated" for one in each.screening)
        assert (each.id in report.overview.to_be_assessed.declared) == (indicated >= 2), each.name
    assert len(report.overview.to_be_assessed.declared) == 1
    silent = agents(("Silent", None), ("None", risk()))
    told = silent.overview.to_be_assessed
    assert (told.declared, told.possible) == ([], [each.id for each in silent.agents if each.name == "Silent"])


def test_what_no_declaration_can_show_has_another_sign_than_a_missing_answer_and_both_stand_in_the_key() -> None:
    report = agents(("Answered", busy_risk()), ("Silent", None))
    signs = {each.agent.name: each.letters for each in book(report)["screened"]}
    # Criteria 2, 5, 8 and 9.
    never = [number for number, sign in enumerate(signs["Answered"], 1) if sign == "0"]
    assert never == [2, 5, 8, 9]
    assert signs["Silent"] == "?0??0??00"
    key = dict(book(report)["screening_key"])
    assert (key["?"], key["0"]) == ("cannot be assessed: answers are missing", "no declaration can show it")
    assert letters.read_out(of("en"))["screening"] == key
    page = html.render(report).data.decode()
    for told in key.values():
        assert f"{told}</span>" in page


@pytest.mark.parametrize("entries", [(), (None,), ({"action_profile": {}},)])
def test_of_a_silent_agent_nothing_is_said_to_be_not_indicated(entries: tuple[Any, ...]) -> None:
    made = [span_type(f"step {number}", each) for number, each in enumerate(entries)]
    report = composed(inventory(agent(), schema_version("v1", *made), *pinned("v1", "Production")))
    [screened] = book(report)["screened"]
    assert screened.words == "nothing is declared that could be assessed"
    assert "X" not in screened.letters
    assert "none indicated by what is declared" not in html.render(report).data.decode()


def test_the_oldest_declaration_is_told_with_its_age_and_with_how_many_have_no_date() -> None:
    first = schema_version("v1", span_type("work", risk()), at="2026-11-13T18:00:00Z")
    undated = schema_version("v2", span_type("work", risk()), agent="a2", at=None)
    report = composed(
        inventory(agent(), first, *pinned("v1", "P"), agent("a2", "B"), undated, *pinned("v2", "P", agent_id="a2"))
    )
    oldest = report.overview.oldest
    assert oldest is not None
    assert (oldest.agent_id, oldest.days, oldest.undated) == ("a1", 10, 1)
    assert agents(("A", risk())).overview.oldest is not None
    none = inventory(agent(), schema_version("v1", span_type("w", risk()), at=None), *pinned("v1", "P"))
    assert composed(none).overview.oldest is None


def test_agents_stand_in_every_table_where_they_first_need_somebody() -> None:
    report = agents(("Calm", risk()), ("Silent", None), ("Sends", HEALTH))
    names = {each.id: each.name for each in report.agents}
    assert [names[each] for each in report.summary.order] == ["Silent", "Sends", "Calm"]


# --- the sheet of questions -------------------------------------------------------------------------------------------


def test_the_sheet_of_questions_lies_across_and_has_a_column_for_each_thing_to_be_filled_in() -> None:
    reader = pypdf.PdfReader(io.BytesIO(pdf.render(several()).data))
    [sheet] = [page for page in reader.pages if page.mediabox.width > page.mediabox.height]
    text = re.sub(r"\s+", " ", sheet.extract_text())
    for column in ("Owner", "Decision", "Measure", "Due", "Residual risk", "Advice of the DPO", "Approved by"):
        assert column in text
    for each in several().agents:
        for issue in each.issues:
            assert issue.question[:20] in text


def test_a_report_about_one_agent_has_the_sheet_too_and_no_page_numbers_that_nobody_reckoned() -> None:
    [sheet] = [page for page in of_waived() if page.startswith("What has to be decided")]
    assert "Approved by" in sheet
    assert "000" not in sheet
    assert of_waived()[-1] == sheet


def test_beyond_what_a_sheet_of_paper_is_good_for_it_says_how_many_questions_there_are_and_where() -> None:
    report = agents(*((f"Agent {number}", HEALTH) for number in range(40)))
    every = sum(len(each.issues) for each in report.agents)
    assert every > 66
    assert f"The first 66 of {every} questions." in " ".join(pages(report)[:6])


# --- an agent's part --------------------------------------------------------------------------------------------------


def test_an_agents_part_has_its_flags_before_its_questions_and_these_before_its_matrix() -> None:
    text = " ".join(of_waived())
    flags, questions = text.index("Flag What declarations say"), text.index("Decision, by whom, on")
    assert flags < questions < text.index("Actions Inputs (params)") < text.index("Rows behind it")


def test_a_question_says_its_span_types_by_name_and_title_its_provisions_and_has_a_line_for_the_decision() -> None:
    entry = span_type("tool:send", HEALTH, title="Send a letter")
    report = composed(inventory(agent(), schema_version("v1", entry), *pinned("v1", "Production")))
    text = " ".join(pages(report))
    assert "tool:send (Send a letter)" in text
    assert "Provisions: GDPR Art. 9(2)" in text
    assert text.count("Decision, by whom, on") == sum(
        issue.status == "open" and issue.key != "unanswered" for issue in report.agents[0].issues
    )


# --- rules, annexes, and what is empty --------------------------------------------------------------------------------


def test_only_rules_that_found_something_of_medium_severity_are_told_and_each_provision_once() -> None:
    report = several()
    told = book(report)["chapters"]
    shown = {entry.rule.id for chapter in told.all for entry in chapter.entries}
    worst: dict[str, set[str]] = {}
    for each in report.agents:
        for finding in each.findings:
            worst.setdefault(finding.rule, set()).add(finding.severity)
    severe = {rule for rule, found in worst.items() if found & {"high", "medium"}}
    assert shown <= severe
    assert severe - shown == {rule.id for rule in book(report)["register"].possible} & severe
    texts = [text for each in told.cited for text in re.sub(r" \[\d+\]", "", each.texts).split(", ")]
    conditions = [
        (each.only_if, text) for each in told.cited for text in re.sub(r" \[\d+\]", "", each.texts).split(", ")
    ]
    assert len(conditions) == len(set(conditions))
    assert texts


def test_the_whole_catalogue_is_an_annex_that_is_asked_for() -> None:
    report = waived()
    without, with_it = " ".join(of_waived()), " ".join(pages(report, Theme(annexes=("catalogue",))))
    assert "the catalogue of rules" not in without
    for rule in report.catalogue.rules:
        assert f"{rule.id} {rule.title[:30]}" in with_it
    assert len(with_it) > len(without) + 10_000


def test_an_annex_that_is_asked_for_on_the_command_line_is_in_the_manifest(datarisk: Any, tmp_path: Path) -> None:
    (tmp_path / "in.json").write_bytes((CASES / "one.json").read_bytes())
    done = datarisk("report", "in.json", "-f", "json", "--annex", "catalogue")
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / done.stdout.strip() / "manifest.json").read_bytes())
    assert manifest["settings"]["theme"]["annexes"] == ["catalogue"]


def test_what_is_empty_is_said_in_a_line_and_has_no_part_of_its_own() -> None:
    text = " ".join(of_several())
    report = several()
    assert ("Everything in scope was read." in text) == (not report.gaps)
    calm = " ".join(pages(agents(("Calm", risk()), ("Calmer", risk()))))
    assert "Everything in scope was read. No waivers were given." in calm
    assert "What could not be read" not in calm
    assert "Accepted findings" not in calm


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_report_of_one_span_type_has_at_most_five_pages(language: str, datarisk: Any, tmp_path: Path) -> None:
    (tmp_path / "in.json").write_bytes((CASES / "one.json").read_bytes())
    done = datarisk("report", "in.json", "-f", "pdf", "--lang", language)
    assert done.returncode == 0, done.stderr
    assert len(pypdf.PdfReader(tmp_path / done.stdout.strip() / "report.pdf").pages) <= 5


# --- one claim --------------------------------------------------------------------------------------------------------


NAMES = ("a/b~'c\"d", "it's $(touch x)  `y` \\ %s", "\u00fc\u200b\u4e2d\u6587 \u202eevil", "x" * 300)


@pytest.mark.parametrize("name", NAMES, ids=["pointer", "shell", "scripts", "long"])
def test_the_claim_that_is_followed_holds_in_the_evidence_by_the_very_commands_that_are_copied_from_the_page(
    name: str, datarisk: Any, tmp_path: Path
) -> None:
    # A name that a shell, a pointer and a program each write in their own way.
    declared = {"name": "Cl'aims", "span_type_schemas": {name: span_type(name, HEALTH)}}
    (tmp_path / "in.json").write_text(json.dumps({"agent_schema_version": declared}))
    done = datarisk("report", "in.json", "-f", "pdf", "-f", "json")
    assert done.returncode == 0, done.stderr
    run = tmp_path / done.stdout.strip()
    evidence = json.loads((run / "evidence/snapshot.json").read_bytes())
    report = json.loads((run / "report.json").read_bytes())
    [digest] = {each["record_sha256"] for each in report["agents"][0]["span_types"]}
    [record] = [each for each in evidence["records"] if each["sha256"] == digest]
    assert hashlib.sha256(canonical(record["value"])).hexdigest() == digest
    assert report["evidence_sha256"] == hashlib.sha256((run / "evidence/snapshot.json").read_bytes()).hexdigest()
    pointer = f"{report['agents'][0]['span_types'][0]['pointer']}/data_risk/params_data_categories/health_and_medical"
    asked, printed = _by_the_shell(_copied(run / "report.pdf"), run)
    assert asked == {"r": digest, "p": pointer}
    assert printed == ["included"]
    assert not (run / "x").exists()


def _copied(path: Path) -> str:
    """The commands of the page that follows a claim, as whoever copies them from it gets them."""
    command = ["pdftotext", "-enc", "UTF-8", str(path), "-"]  # which setting up installs: without it this fails
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"^r=[0-9a-f]{64}$.*?^ *evidence/snapshot\.json$", text, re.MULTILINE | re.DOTALL)
    assert found, text
    return found.group()


def _by_the_shell(commands: str, folder: Path) -> tuple[dict[str, str], list[Any]]:
    """What a shell hands to jq, and what jq prints of it: the one of this machine, and else the one of PyPI."""
    script = f"jq() {{ printf '%s\\0' \"$@\"; }}\n{commands}\n"
    told = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True).stdout.split("\0")
    named, program, path = told[:-3], told[-3], told[-2]
    assert [named[0], named[3]] == ["--arg", "--argjson"]
    given = {named[1]: named[2], named[4]: json.loads(named[5])}
    found = jq.compile(program, args=given).input_value(json.loads((folder / path).read_bytes())).all()
    if shutil.which("jq"):
        shell = subprocess.run(["/bin/sh", "-c", commands], capture_output=True, text=True, check=True, cwd=folder)
        assert json.loads(shell.stdout) == found[0]
    return given, found


def test_where_nothing_is_declared_included_no_claim_is_followed() -> None:
    silent = agents(("Silent", None))
    assert trace.traced(silent, {each.id: each for each in silent.agents}, of("en")) is None
    assert "One claim, followed to its record" not in " ".join(pages(silent))
