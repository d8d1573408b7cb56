"""What a gate writes: formats that keep to their published schemas, hold every finding, and disarm what data hold."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from judged import REASON, findings, reviewed_case, verdict
from lxml import etree
from markdown_it import MarkdownIt

from reporter.gate.policy import Limits, Outcome, Verdict
from reporter.gate.policy import verdict as gate
from reporter.gate.reason import Reason
from reporter.plain.text import shown
from reporter.render.check import gate as own
from reporter.render.check import github, junit, markdown, sarif
from reporter.render.check.verdicts import CheckFormat, checker, inferred, placed
from reporter.render.document import Document
from reporter.render.tables.table import provision_words
from reporter.view.issues import ranked
from reporter.view.report import Report

NOTHING = Limits(fail_on="never")

REPORTS = ("several", "hostile", "no agents", "40 gaps", "extensions and odd values", "long names", "120 agents")
FORMATS: tuple[CheckFormat, ...] = ("sarif", "junit", "markdown", "github")
SCHEMAS = ROOT / "tests" / "schemas"


@cache
def made(format_: CheckFormat, case: str) -> Document:
    report = reviewed_case(case)
    return checker(format_)(report, verdict(report))


# SARIF


@cache
def sarif_schema() -> jsonschema.Draft4Validator:
    return jsonschema.Draft4Validator(json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_bytes()))


def run(case: str) -> Any:
    [found] = json.loads(made("sarif", case).data)["runs"]
    return found


@pytest.mark.parametrize("case", REPORTS)
def test_sarif_keeps_to_its_published_schema(case: str) -> None:
    assert not [error.message for error in sarif_schema().iter_errors(json.loads(made("sarif", case).data))]


@pytest.mark.parametrize("case", REPORTS)
def test_sarif_holds_every_finding_with_its_rule_its_level_and_its_fingerprint(case: str) -> None:
    report = reviewed_case(case)
    results = {item["partialFingerprints"]["datariskFinding/v1"]: item for item in run(case)["results"]}
    rules = run(case)["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in report.catalogue.rules]
    assert results.keys() == {found.id for found in findings(report)}
    for found in findings(report):
        result = results[found.id]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == found.rule
        assert result["level"] == {"high": "error", "medium": "warning", "low": "note", "info": "note"}[found.severity]
        assert result["properties"]["valueSha256"] == found.value_sha256
        assert result["properties"]["certainty"] == found.certainty


def test_what_readers_of_sarif_find_is_called_by_these_names() -> None:
    told, report = run("several"), reviewed_case("several")
    assert told["properties"] == {
        "verdict": told["properties"]["verdict"],
        "complete": False,
        "threshold": "high",
        "reasons": list(verdict(report).reasons),
        "changes": [],
        "openIssues": report.totals.open_issues,
        "findings": len(findings(report)),
        "accepted": 1,
        "spanTypes": report.totals.span_types,
        "spanTypesNotAssessed": report.totals.not_assessed,
        "evidenceSha256": report.evidence_sha256,
        "catalogueSha256": report.catalogue.sha256,
    }
    for rule, item in zip(report.catalogue.rules, told["tool"]["driver"]["rules"], strict=True):
        assert item["properties"] == {
            "tags": ["data-risk", *([rule.severity] if rule.severity else [])],
            "severity": rule.severity,
            "question": rule.question,
            "missing": rule.missing,
            "provisions": item["properties"]["provisions"],
            "lawStatus": rule.status,
            "asOf": rule.as_of,
            "origin": rule.origin,
            "findings": rule.findings,
            "notEvaluated": rule.not_evaluated,
        }
    by_id = {found.id: (agent, found) for agent in report.agents for found in agent.findings}
    for item in told["results"]:
        agent, found = by_id[item["properties"]["findingId"]]
        assert item["properties"] == {
            "findingId": found.id,
            "agentId": agent.id,
            "agent": agent.name,
            "title": found.title,
            "why": found.why,
            "severity": found.severity,
            "certainty": found.certainty,
            "status": found.status,
            "failing": found.id in verdict(report).failing,
            "new": False,
            "issue": found.issue,
            "spanTypes": found.span_types[: sarif.EVIDENCE],
            "categories": found.categories,
            "waiver": found.waiver,
            "waiverNote": found.note,
            "valueSha256": found.value_sha256,
        } | {key: item["properties"][key] for key in ("pointer", "recordSha256", "evidenceFields", "evidence")}
        kinds = [place["kind"] for place in item["locations"][0]["logicalLocations"]]
        assert kinds == ["agent", *["span type"] * min(len(found.instances), sarif.EVIDENCE)]


def test_what_could_not_be_read_is_told_in_sarif_with_its_place_where_it_has_one() -> None:
    gaps = [*reviewed_case("40 gaps").gaps[:1], replace(reviewed_case("40 gaps").gaps[1], location=None)]
    report = replace(reviewed_case("40 gaps"), gaps=gaps)
    [told] = json.loads(sarif.render(report, verdict(report)).data)["runs"]
    assert [note["message"]["text"] for note in told["invocations"][0]["toolExecutionNotifications"]] == [
        "the deployments of an agent: HTTP 403 (GET /agent_deployment?agent_id=g00)",
        "the deployments of an agent: HTTP 403",
    ]


def test_every_folder_that_a_place_in_sarif_is_told_from_is_one_that_the_run_names() -> None:
    told = run("several")
    away = replace(
        reviewed_case("several"), records=[replace(r, source="/x") for r in reviewed_case("several").records]
    )
    [elsewhere] = json.loads(sarif.render(away, verdict(away)).data)["runs"]
    for each in (told, elsewhere):
        places = [*(item["locations"][0]["physicalLocation"]["artifactLocation"] for item in each["results"])]
        places += [item["location"] for item in each["artifacts"]]
        assert {place["uriBaseId"] for place in places} <= set(each["originalUriBaseIds"])
        assert each["artifacts"][0]["location"] == {"uri": "evidence/snapshot.json", "uriBaseId": "BUNDLE"}


def test_a_finding_accepted_by_a_waiver_that_nobody_tells_of_is_suppressed_in_sarif_all_the_same() -> None:
    report = replace(reviewed_case("several"), waivers=[])
    log = json.loads(sarif.render(report, verdict(report)).data)
    suppressed = [item["suppressions"] for item in log["runs"][0]["results"] if item["suppressions"]]
    assert suppressed == [[{"kind": "external", "status": "accepted"}]]


def test_a_rule_in_sarif_says_what_it_asks_and_what_is_missing() -> None:
    report = reviewed_case("several")
    for rule, told in zip(report.catalogue.rules, run("several")["tool"]["driver"]["rules"], strict=True):
        assert told["fullDescription"]["text"] == rule.because
        for text in (rule.question, *rule.missing, *(item.text for item in rule.provisions)):
            assert text in told["help"]["text"]


def test_only_an_accepted_finding_is_suppressed_and_with_its_waiver_s_reason() -> None:
    report = reviewed_case("several")
    accepted = {found.id for found in findings(report) if found.status == "accepted"}
    assert len(accepted) == 1
    for result in run("several")["results"]:
        if result["properties"]["findingId"] in accepted:
            [suppression] = result["suppressions"]
            assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
            assert suppression["justification"] == REASON
            assert suppression["properties"]["expires"] == "2027-02-01"
        else:
            assert result["suppressions"] == []


def test_a_finding_stands_in_the_file_that_it_was_read_from_and_else_in_the_evidence() -> None:
    report = reviewed_case("several")
    places = {item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for item in run("several")["results"]}
    assert places == {"test.json"}
    for location in ("/etc/test.json", "../test.json", "C:\\test.json", "https://example.test/x"):
        sources = [replace(source, location=location) for source in report.sources]
        records = [replace(record, source=location) for record in report.records]
        moved = sarif.render(replace(report, sources=sources, records=records), verdict(report))
        [told] = json.loads(moved.data)["runs"]
        assert {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in told["results"]} == {
            "evidence/snapshot.json"
        }
    odd = "a folder/ä#1%.json"
    sources = [replace(source, location=odd) for source in report.sources]
    records = [replace(record, source=odd) for record in report.records]
    [told] = json.loads(sarif.render(replace(report, sources=sources, records=records), verdict(report)).data)["runs"]
    uri = told["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert (unquote(uri), uri.isascii(), "#" in uri) == (odd, True, False)


def test_the_pointer_of_a_finding_leads_into_its_record() -> None:
    for agent in reviewed_case("several").agents:
        for item in (item for item in placed(reviewed_case("several"), verdict(reviewed_case("several")))):
            if item.agent.id == agent.id and len(item.finding.instances) == 1 and not item.finding.places:
                assert item.pointer is not None
                assert item.pointer.startswith("/span_type_schemas/")
                assert item.record_sha256 in {version.record_sha256 for version in agent.schema_versions}


def test_two_findings_of_one_rule_on_one_line_are_told_apart() -> None:
    hashes = [item["partialFingerprints"]["primaryLocationLineHash"] for item in run("several")["results"]]
    assert len(set(hashes)) == len(hashes) > 8


@pytest.mark.parametrize("case", ["40 gaps", "several"])
def test_an_incomplete_run_is_unsuccessful_in_sarif_and_names_each_gap(case: str) -> None:
    report = reviewed_case(case)
    [invocation] = run(case)["invocations"]
    assert invocation["executionSuccessful"] is False
    told = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert len(told) == len(report.gaps)
    for gap, text in zip(report.gaps, told, strict=True):
        assert gap.what in text
        assert gap.why in text
    assert run("120 agents")["invocations"][0]["executionSuccessful"] is True


def test_what_github_would_not_take_is_left_out_from_the_end_and_counted() -> None:
    report = reviewed_case("several")
    [told] = json.loads(sarif.render(report, verdict(report), results=3).data)["runs"]
    assert [item["properties"]["failing"] for item in told["results"]] == [True] * 3
    note = told["invocations"][0]["toolExecutionNotifications"][-1]
    assert note["message"]["text"].startswith(f"{len(findings(report)) - 3} findings more")
    assert note["level"] == "warning"
    assert told["properties"]["findings"] == len(findings(report))


def test_a_file_that_is_too_large_for_github_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    report = reviewed_case("several")
    monkeypatch.setattr(sarif, "COMPRESSED_BYTES", 20_000)
    data = sarif.render(report, verdict(report)).data
    assert len(gzip.compress(data, mtime=0)) <= 20_000
    [told] = json.loads(data)["runs"]
    assert 0 < len(told["results"]) < len(findings(report))
    assert told["invocations"][0]["toolExecutionNotifications"][-1]["descriptor"]["id"] == "left-out"


def test_text_in_sarif_makes_no_link_and_takes_no_value() -> None:
    report = reviewed_case("several")
    evil = [replace(report.agents[0].findings[0], sentence="[read me](http://example.test) {0} {x}")]
    report = replace(report, agents=[replace(report.agents[0], findings=evil)])
    [told] = json.loads(sarif.render(report, verdict(report)).data)["runs"]
    assert told["results"][0]["message"]["text"] == "\\[read me\\](http://example.test) {{0}} {x}"


def test_runs_of_other_accounts_and_environments_do_not_replace_each_other() -> None:
    report = reviewed_case("several")
    others = (
        report,
        replace(report, account=replace(report.account, id="other")),
        replace(report, scope=replace(report.scope, environments=["Production"])),
    )
    told = [json.loads(sarif.render(each, verdict(each)).data)["runs"][0]["automationDetails"]["id"] for each in others]
    assert len(set(told)) == 3
    assert all(id_.startswith("datarisk/") and id_.endswith("/") for id_ in told)


# JUnit


@cache
def junit_schema() -> Any:
    return etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))


def suites(case: str) -> Any:
    return etree.fromstring(made("junit", case).data)


@pytest.mark.parametrize("case", REPORTS)
def test_junit_keeps_to_its_published_schema(case: str) -> None:
    assert junit_schema().validate(suites(case)), junit_schema().error_log


@pytest.mark.parametrize("case", REPORTS)
def test_junit_has_a_suite_for_each_agent_and_a_case_for_each_finding(case: str) -> None:
    report, judged = reviewed_case(case), verdict(reviewed_case(case))
    told = suites(case)
    assert [suite.get("name") for suite in told] == ["datarisk", *(shown(agent.name) for agent in report.agents)]
    for agent, suite in zip(report.agents, told[1:], strict=True):
        looked, *cases = suite
        assert looked.get("name").startswith("Looked at: ")
        assert Counter(case_.get("name").rpartition("[")[2].rstrip("]") for case_ in cases) == Counter(
            found.id for found in agent.findings
        )
        marks = {case_.get("name").rpartition("[")[2].rstrip("]"): case_[0].tag for case_ in cases}
        for found in agent.findings:
            expected = "failure" if found.id in judged.failing else "skipped" if found.status == "accepted" else ""
            assert marks[found.id] == (expected or "system-out")
    names = [(case_.get("classname"), case_.get("name")) for case_ in told.iter("testcase")]
    assert len(set(names)) == len(names) or case == "120 agents"


@pytest.mark.parametrize("case", REPORTS)
def test_the_counts_of_junit_are_those_of_its_cases(case: str) -> None:
    for suite in suites(case):
        assert int(suite.get("tests")) == len(suite)
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(count)) == len(suite.findall(f"testcase/{tag}"))


def test_an_incomplete_run_is_an_error_in_junit_and_so_is_each_gap() -> None:
    suite = suites("40 gaps")[0]
    assert len(suite.findall("testcase/error")) == 1 + len(reviewed_case("40 gaps").gaps)
    assert "nothing may be concluded" in suite.find("testcase").get("name")


def test_a_verdict_that_fails_without_a_finding_is_a_failure_all_the_same() -> None:
    judged = Verdict("failed", (Reason("unknown", "the unknown count rose"),), (), NOTHING)
    told = etree.fromstring(junit.render(reviewed_case("one agent"), judged).data)
    assert (told.get("failures"), told.find("testsuite/testcase/failure").text) == ("1", "the unknown count rose")


def test_a_case_of_junit_says_what_was_found_what_is_asked_and_where_it_stands() -> None:
    report = reviewed_case("several")
    by_id = {found.id: (agent, found) for agent in report.agents for found in agent.findings}
    rules = {rule.id: rule for rule in report.catalogue.rules}
    placed_ = {item.finding.id: item for item in placed(report, verdict(report))}
    seen = 0
    for case_ in suites("several").iter("testcase"):
        agent, found = by_id.get(case_.get("name").rpartition("[")[2].rstrip("]"), (None, None))
        if agent is None or found is None:
            continue
        seen += 1
        [mark], rule, place = case_, rules[found.rule], placed_[found.id]
        provisions = "; ".join(provision_words(item) for item in rule.provisions)
        lines = [
            found.sentence,
            rule.question,
            f"Not determined here: {'; '.join(rule.missing)}" if rule.missing else "",
            f"Provisions: {provisions}" if provisions else "",
            f"{found.severity}, {found.certainty}",
            agent.id,
            f"{place.path or place.record_sha256 or ''} {place.pointer or ''}".strip(),
            found.note or "",
        ]
        assert mark.text.split("\n") == [shown(line, 4_000) for line in lines if line]
        if mark.tag == "skipped":
            assert mark.get("message") == shown(f"accepted by waiver W-1 until 2027-02-01: {REASON}", 4_000)
        if mark.tag == "failure":
            assert (mark.get("message"), mark.get("type")) == (shown(found.title), found.rule)
    assert seen == len(by_id) > 8


def test_the_first_cases_of_junit_are_the_verdict_what_could_not_be_read_and_how_much_was_assessed() -> None:
    report, told = reviewed_case("40 gaps"), suites("40 gaps")
    first, *gaps = told[0]
    assert first[0].text.split("\n") == list(verdict(report).reasons)
    assert [case_.get("name") for case_ in gaps[:2]] == [
        "Not read: the deployments of an agent [1]", "Not read: the deployments of an agent [2]",
    ]  # fmt: skip
    assert gaps[0][0].text == "the deployments of an agent: HTTP 403\nGET /agent_deployment?agent_id=g00"
    counts = reviewed_case("several").agents[0].assessment
    assert suites("several")[1][0].get("name") == (
        f"Looked at: {counts.span_types - counts.not_assessed} of {counts.span_types} span types are assessed"
    )
    assert {suite.get("timestamp") for suite in told} == {report.generated_at.removesuffix("Z")}


def test_a_verdict_that_passes_is_no_failure_in_junit() -> None:
    report = reviewed_case("everything known")
    told = etree.fromstring(junit.render(report, verdict(report)).data)
    assert (told.get("failures"), told.get("errors"), list(told[0][0])) == ("0", "0", [])


# Markdown


def parsed(document: Document) -> list[Any]:
    return MarkdownIt("commonmark", {"html": True}).enable("table").parse(document.data.decode())


def inline(tokens: list[Any]) -> list[Any]:
    return [child for token in tokens for child in token.children or []]


@pytest.mark.parametrize("case", REPORTS)
def test_markdown_from_data_makes_no_markup(case: str) -> None:
    tokens = parsed(made("markdown", case))
    html = {token.content.strip() for token in [*tokens, *inline(tokens)] if token.type.startswith("html")}
    ours = re.compile(r"<!-- datarisk:check:[0-9a-f]{12} -->|</?sub>|<details><summary>[^<]*</summary>|</details>")
    assert all(ours.fullmatch(piece) for piece in html), html
    kinds = {token.type for token in inline(tokens)}
    assert not kinds & {"link_open", "image"}
    headings = [token for token in tokens if token.type == "heading_open"]
    assert len(headings) == 1


@pytest.mark.parametrize("case", REPORTS)
def test_every_row_of_the_table_has_as_many_cells_as_its_head(case: str) -> None:
    rows = [line for line in made("markdown", case).data.decode().splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} <= {7}
    cells = Counter(token.type for token in parsed(made("markdown", case)))
    tables = sum(row.startswith("| ---") for row in (row.replace("|---", "| ---") for row in rows))
    assert cells["table_open"] == tables
    assert cells["td_open"] == 6 * (cells["tr_open"] - tables)
    assert len(rows) == cells["tr_open"] + tables


SIGNALS = re.compile(r"@\w|(?<![&\w])#\w|://|\bwww\.|\bGH-\d|:[a-z_]+:")


@given(
    st.lists(
        st.sampled_from(
            [
                "@a",
                "#1",
                "http://x.y",
                "www.x.y",
                "GH-1",
                ":tick:",
                "|",
                "`",
                "<b>",
                "[a](b)",
                "\\",
                "&amp;",
                " ",
                "a",
                "1.",
                "- ",
                "# ",
            ]
        ),
        min_size=1,
    ).map("".join)
)
def test_text_stays_the_text_that_it_was_and_signals_nothing(text: str) -> None:
    """Read as a whole line, as an item of a list, and as a cell of a table."""
    made_ = markdown.escaped(text)
    for page, wanted in (
        (made_, "paragraph_open"),
        (f"- {made_}", "list_item_open"),
        (f"| a |\n| --- |\n| {made_} |", "td_open"),
    ):
        tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(page)
        read = "".join(child.content for child in inline(tokens)).removeprefix("a" if wanted == "td_open" else "")
        assert read.replace("\u200b", "") == shown(text, 600).strip()
        assert {child.type for child in inline(tokens)} <= {"text", "text_special"}
        if text.strip():
            assert [token.type for token in tokens].count(wanted) == 1
        assert not SIGNALS.search(read)


@given(st.text(alphabet=st.sampled_from("a`|\\@#<>* _[]()"), min_size=1))
def test_a_name_in_a_cell_stays_the_name_that_it_was(name: str) -> None:
    tokens = (
        MarkdownIt("commonmark", {"html": True}).enable("table").parse(f"| h |\n| --- |\n| {markdown.code(name)} |")
    )
    [_, cell] = [token for token in tokens if token.type == "inline"]
    read = "".join(child.content for child in cell.children or []).replace("\u200b", "")
    assert read.strip() == shown(name).strip()
    assert not {child.type for child in cell.children or []} & {"link_open", "html_inline", "em_open", "strong_open"}


@pytest.mark.parametrize("limit", [20_000, markdown.COMMENT, markdown.SUMMARY])
@pytest.mark.parametrize("case", REPORTS)
def test_markdown_keeps_within_its_limit_and_counts_what_it_leaves_out(case: str, limit: int) -> None:
    report = reviewed_case(case)
    page = markdown.render(report, verdict(report), limit=limit).data
    assert len(page) <= limit
    left = len(findings(report)) - len(rows_of(page))
    assert (f"and {left:,} more finding" in page.decode()) == (left > 0)


def test_markdown_of_endless_reasons_and_gaps_keeps_within_its_limit() -> None:
    report = reviewed_case("several")
    gaps = [replace(report.gaps[0], what="|<@" * 300, why="`" * (600 + number)) for number in range(500)]
    judged = replace(verdict(report), why=(Reason("unknown", "|" * 600),) * 500)
    page = markdown.render(replace(report, gaps=gaps), judged).data
    assert len(page) <= markdown.COMMENT
    assert page.decode().count("\n- and ") == 2


def test_markdown_begins_with_a_mark_that_is_the_same_for_an_account() -> None:
    one, other = reviewed_case("several"), reviewed_case("hostile")
    marks = {made("markdown", case).data.decode().splitlines()[0] for case in ("several", "hostile")}
    assert marks == {markdown.mark(one)} == {markdown.mark(other)}
    assert markdown.mark(replace(one, account=replace(one.account, id="other"))) not in marks


def test_markdown_begins_with_what_people_have_to_decide_in_its_order() -> None:
    report = reviewed_case("several")
    page = made("markdown", "several").data.decode()
    asked = page[: page.index("| Severity | Rule |")]
    told = [line for line in asked.splitlines() if line.startswith("| ") and "Question" not in line]
    questions = [(agent, issue) for agent, issue in ranked(report) if issue.status == "open"]
    assert len(told) > 3
    for line, (agent, issue) in zip([each for each in told if "---" not in each], questions, strict=False):
        assert markdown.escaped(issue.question) in line
        assert agent.name in line


def rows_of(page: bytes) -> list[str]:
    """Those of the table of findings."""
    _, head, behind = page.decode().partition("| Severity | Rule |")
    return (
        [line for line in behind.splitlines() if line.startswith("| ") and not line.startswith("| ---")] if head else []
    )


def test_markdown_says_first_that_it_is_incomplete_and_tells_the_worst_first() -> None:
    page = made("markdown", "several").data
    assert page.decode().splitlines()[1] == "## datarisk: Incomplete evidence: nothing may be concluded"
    rows = rows_of(page)
    assert rows[0].startswith("| **high** |")
    assert "accepted by waiver `W-1`" in rows[-1]


# GitHub


@pytest.mark.parametrize("case", REPORTS)
def test_an_annotation_is_one_command_a_line_and_no_more_than_ten_of_a_kind(case: str) -> None:
    lines = made("github", case).data.decode().split("\n")
    assert lines.pop() == ""
    for line in lines:
        assert re.fullmatch(r"::(error|warning|notice) (file=[^:,]+,line=1,)?title=[^:,]*::[^\r\n]*", line), line
    assert max(Counter(line.split(" ")[0] for line in lines).values(), default=0) <= github.PER_KIND


def test_what_annotations_leave_out_is_counted() -> None:
    [agent, *_] = reviewed_case("several").agents
    many = [replace(found, id=f"f{n}", severity="high") for n in range(12) for found in agent.findings[:1]]
    report = replace(reviewed_case("several"), agents=[replace(agent, findings=many)])
    failing = len(verdict(report).failing)
    assert failing > github.PER_KIND
    errors = [
        line for line in github.render(report, verdict(report)).data.decode().splitlines() if line.startswith("::error")
    ]
    assert errors[-1].startswith(f"::error title=datarisk::{failing + 1 - (github.PER_KIND - 1)} more of this kind")
    assert errors[0].startswith("::error title=Incomplete evidence%3A nothing may be concluded::")


@given(st.text())
def test_nothing_in_an_annotation_begins_a_command_of_its_own(text: str) -> None:
    report = reviewed_case("several")
    evil = [replace(report.agents[0].findings[0], title=text, why=text)]
    agents = [replace(report.agents[0], name=text, findings=evil)]
    told = replace(report, agents=agents, gaps=[], complete=True)
    data = github.render(told, gate(told, NOTHING))
    [line] = data.data.decode().splitlines()
    assert line.startswith(("::warning ", "::notice "))
    assert len(re.findall("::", line.partition("title=")[0])) == 1


# All of them


@pytest.mark.parametrize("format_", FORMATS)
def test_two_renderings_of_a_check_are_the_same_bytes(format_: CheckFormat) -> None:
    report = reviewed_case("several")
    assert checker(format_)(report, verdict(report)).data == made(format_, "several").data


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("out/check.sarif", "sarif"), ("x.sarif.json", "sarif"), ("junit.XML", "junit"), ("a.md", "markdown"),
        ("check.github.txt", "github"), ("check.txt", None), ("report.json", None), ("sarif", None), ("a.md/x", None),
    ],
)  # fmt: skip
def test_a_file_s_name_says_which_format_it_is_to_have(name: str, format_: str | None) -> None:
    assert inferred(name) == format_


@pytest.mark.parametrize("format_", FORMATS)
def test_the_names_of_their_files_ask_for_the_same_format_again(format_: CheckFormat) -> None:
    assert inferred(made(format_, "several").name) == format_


BANNED = re.compile(
    r"\b(non-?)?complian|\bcertified\b|\bpass(ed|es)?\b|\bsafe\b|\bleak|\bviolat|no personal data", re.IGNORECASE
)


@pytest.mark.parametrize("format_", FORMATS)
def test_no_check_concludes_anything(format_: CheckFormat) -> None:
    report: Report = reviewed_case("one agent")
    outcomes: tuple[Outcome, ...] = ("passed", "failed", "incomplete")
    for judged in (replace(verdict(report), outcome=outcome) for outcome in outcomes):
        assert not BANNED.search(checker(format_)(report, judged).data.decode())


def test_every_format_tells_findings_in_the_order_of_the_verdict() -> None:
    report = replace(reviewed_case("several"), complete=True, gaps=[])
    judged = gate(report, Limits("medium"))
    order = [item.finding.id for item in judged.findings]
    assert len(order) > 8
    told = json.loads(sarif.render(report, judged).data)["runs"][0]["results"]
    assert [result["partialFingerprints"]["datariskFinding/v1"] for result in told] == order
    assert [item["id"] for item in json.loads(own.to_json(report, judged).data)["findings"]] == order
    assert [each.finding.id for each in placed(report, judged)] == order
