"""What a gate writes: formats that keep to their published schemas, hold every finding, and disarm what data hold."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
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
from reporter.plain.language import ENGLISH
from reporter.plain.text import shown
from reporter.render.check import codequality, github, junit, markdown, markup, sarif
from reporter.render.check import gate as own
from reporter.render.check.alerts import Alert, alerts
from reporter.render.check.places import NOWHERE, Tree
from reporter.render.check.questions import Question, questions
from reporter.render.check.verdicts import CheckFormat, answered, checker, inferred
from reporter.render.document import Document
from reporter.render.tables.table import provision_words
from reporter.view.issues import ranked
from reporter.view.report import Report

NOTHING = Limits(fail_on="never")

REPORTS = ("several", "hostile", "no agents", "40 gaps", "extensions and odd values", "long names", "120 agents")
FORMATS: tuple[CheckFormat, ...] = ("sarif", "junit", "markdown", "github", "codequality")
SCHEMAS = ROOT / "tests" / "schemas"


@cache
def made(format_: CheckFormat, case: str) -> Document:
    report = reviewed_case(case)
    return checker(format_)(report, verdict(report), NOWHERE)


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


def asked(report: Report) -> list[Question]:
    return questions(report, verdict(report), NOWHERE)


def alerted(report: Report) -> list[Alert]:
    return alerts(report, verdict(report), NOWHERE)


def with_issue(report: Report, **given: Any) -> Report:
    """The report with its most urgent issue told otherwise, and no other agent."""
    agent, issue = ranked(report)[0]
    issues = [replace(issue, **given), *(each for each in agent.issues if each.id != issue.id)]
    summary = replace(report.summary, issues=[each.id for each in issues])
    return replace(report, agents=[replace(agent, issues=issues)], summary=summary)


def results_of(told: Any) -> dict[str, Any]:
    """By the ids of their issues; what keeps the gate shut besides them is left out."""
    return {each["properties"]["issueId"]: each for each in told["results"] if each["ruleId"] != "gate"}


@pytest.mark.parametrize("case", REPORTS)
def test_sarif_holds_every_question_with_its_findings_their_rules_and_its_fingerprint(case: str) -> None:
    report, results, told = reviewed_case(case), results_of(run(case)), run(case)
    rules, [taxonomy] = told["tool"]["driver"]["rules"], told["taxonomies"]
    assert [rule["id"] for rule in taxonomy["taxa"]] == [rule.id for rule in report.catalogue.rules]
    assert results.keys() >= {issue.id for agent in report.agents for issue in agent.issues}
    listed = [item["id"] for each in results.values() for item in each["properties"]["findings"]]
    assert sorted(listed) == sorted(found.id for found in findings(report))
    for each in alerted(report):
        result = results.pop(each.id)
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == each.key
        level = {"high": "error", "medium": "warning", "low": "note", "info": "note"}[each.severity]
        assert result["level"] == ("error" if each.failing else level)
        assert result["partialFingerprints"]["datariskIssue/v1"] == each.id
        assert [taxonomy["taxa"][each_["index"]]["id"] for each_ in result["taxa"]] == [*each.rules]
        assert {item["rule"] for item in result["properties"]["findings"]} == {i.finding.rule for i in each.findings}
    assert not results


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
        "agentsNotAssessed": report.totals.agents_not_assessed,
        "agentsMostlyUnanswered": report.totals.agents_mostly_unanswered,
        "evidenceSha256": report.evidence_sha256,
        "catalogueSha256": report.catalogue.sha256,
    }
    for rule, item in zip(report.catalogue.rules, told["taxonomies"][0]["taxa"], strict=True):
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
    results = results_of(told)
    [waiver] = report.waivers
    about = {
        "waiver": waiver.id, "reason": waiver.reason, "approvedBy": waiver.approved_by,
        "approvedOn": waiver.approved_on, "expires": waiver.expires, "ticket": waiver.ticket,
    }  # fmt: skip
    of_silence = {each.id: each for each in alerted(report)}
    for each in asked(report):
        issue, alert = each.issue, of_silence[each.issue.id]
        assert results[issue.id]["properties"] == {
            "issueId": issue.id,
            "agentId": each.agent.id,
            "agent": each.agent.name,
            "coverage": each.agent.coverage,
            "question": issue.question,
            "severity": alert.severity,
            "certainty": issue.certainty if alert.severity == issue.severity else "possible",
            "status": issue.status,
            "failing": alert.failing,
            "sinceBaseline": None,
            "spanTypes": issue.span_types[: sarif.EVIDENCE],
            "notKnown": issue.not_known,
            "owner": issue.owner,
            "due": issue.due,
            "declaredSha256": issue.declared,
            "pointer": each.places[0].spot.pointer,
            "recordSha256": each.places[0].spot.sha256,
            "findings": [
                {
                    "id": item.finding.id,
                    "rule": item.finding.rule,
                    "severity": item.finding.severity,
                    "certainty": item.finding.certainty,
                    "title": item.finding.title,
                    "why": item.finding.why,
                    "sentence": item.finding.sentence,
                    "valueSha256": item.finding.value_sha256,
                    "status": item.finding.status,
                    "failing": item.blocking,
                    "sinceBaseline": None,
                    "waiver": about if item.finding.waiver else None,
                    "waiverNote": item.finding.note,
                }
                for item in each.findings
            ],
        }
        places = [*results[issue.id]["locations"], *results[issue.id]["relatedLocations"]]
        assert len(places) == min(len(alert.places), sarif.EVIDENCE)
        names = [n["name"] for place in places for n in place.get("logicalLocations", []) if n["kind"] == "span type"]
        assert names == [shown(place.name) for place in alert.places[: sarif.EVIDENCE] if place.name]


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


def test_a_question_in_sarif_says_what_its_rules_ask_and_what_is_missing() -> None:
    report, told = reviewed_case("several"), run("several")
    rules = {rule.id: rule for rule in report.catalogue.rules}
    for each in told["tool"]["driver"]["rules"][:-1]:
        raising = {id_ for one in alerted(report) if one.key == each["id"] for id_ in one.rules}
        assert raising or not [one for one in asked(report) if one.issue.key == each["id"]]
        for rule in (rules[id_] for id_ in raising):
            for text in (rule.question, *rule.missing, *(item.text for item in rule.provisions)):
                assert text in each["help"]["text"]


def accepted_by_waiver() -> tuple[Report, Verdict]:
    """A report with one question, all of whose findings a waiver accepts, and a verdict that tolerates it."""
    report = reviewed_case("several")
    agent, found = next((a, f) for a in report.agents for f in a.findings if f.status == "accepted")
    issue = next(each for each in agent.issues if found.id in each.findings)
    report = replace(
        report,
        complete=True,
        gaps=[],
        agents=[replace(agent, findings=[found], issues=[replace(issue, status="accepted", findings=[found.id])])],
        summary=replace(report.summary, issues=[issue.id]),
    )
    return report, replace(verdict(report), why=())


def test_only_a_settled_question_is_suppressed_and_with_what_settled_it() -> None:
    assert [each["suppressions"] for each in run("several")["results"]] == [[]] * len(run("several")["results"])
    report, judged = accepted_by_waiver()
    [result] = json.loads(sarif.render(report, judged).data)["runs"][0]["results"]
    [suppression] = result["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert suppression["justification"] == REASON
    assert suppression["properties"]["expires"] == "2027-02-01"
    nobody = sarif.render(replace(report, waivers=[]), judged)
    assert json.loads(nobody.data)["runs"][0]["results"][0]["suppressions"] == [
        {"kind": "external", "status": "accepted"}
    ]
    decided = with_issue(
        report, status="answered", decision="A processor, see the contract.", decided_by="dpo@example.test",
        decided_on="2026-11-02", reference="PRIV-1",
    )  # fmt: skip
    [suppression] = json.loads(sarif.render(decided, judged).data)["runs"][0]["results"][0]["suppressions"]
    assert suppression["justification"] == "A processor, see the contract."
    assert suppression["properties"]["decidedBy"] == "dpo@example.test"


def test_what_fails_the_gate_is_never_suppressed_whatever_somebody_has_accepted() -> None:
    """Waivers accept findings; that too little is answered no waiver accepts."""
    report = reviewed_case("everything not assessed")
    accepted = with_issue(report, status="accepted")
    judged = verdict(accepted)
    assert [reason.agents for reason in judged.why if reason.kind == "unanswered"] == [(report.agents[0].id,)]
    [only] = json.loads(sarif.render(accepted, judged).data)["runs"][0]["results"]
    assert (only["level"], only["suppressions"], only["properties"]["failing"]) == ("error", [], True)
    assert "Not assessed" in only["message"]["text"]
    suite = etree.fromstring(junit.render(accepted, judged).data)[1]
    assert [case_[0].tag for case_ in suite] == ["failure", "failure"]
    assert github.render(accepted, judged).data.decode().count("::error ") == 2
    assert json.loads(codequality.render(accepted, judged).data)[0]["severity"] == "blocker"


def read_from(report: Report, location: str) -> Report:
    """The report as if all of it had been read from there."""
    agents = [
        replace(agent, schema_versions=[replace(each, source=location) for each in agent.schema_versions])
        for agent in report.agents
    ]
    sources = [replace(source, location=location) for source in report.sources]
    records = [replace(record, source=location) for record in report.records]
    return replace(report, sources=sources, records=records, agents=agents)


def uris(report: Report, tree: Tree = NOWHERE) -> set[str]:
    [told] = json.loads(sarif.render(report, verdict(report), tree).data)["runs"]
    results = results_of(told).values()
    return {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results}


def test_a_question_stands_in_the_file_that_it_was_read_from_and_else_in_the_evidence() -> None:
    report = reviewed_case("several")
    assert uris(report) == {"test.json"}
    for location in ("/etc/test.json", "../test.json", "C:\\test.json", "https://example.test/x", "\u2026/test.json"):
        assert uris(read_from(report, location)) == {"evidence/snapshot.json"}
    odd = "a folder/ä#1%.json"
    [uri] = uris(read_from(report, odd))
    assert (unquote(uri), uri.isascii(), "#" in uri) == (odd, True, False)


def test_a_path_is_told_from_the_root_of_the_repository_and_never_leads_out_of_it() -> None:
    report, tree = reviewed_case("several"), Tree("services/desk")
    assert uris(read_from(report, "test.json"), tree) == {"services/desk/test.json"}
    assert uris(read_from(report, "../shop/test.json"), tree) == {"services/shop/test.json"}
    assert uris(read_from(report, "../../../test.json"), tree) == {"evidence/snapshot.json"}


def test_the_pointer_of_a_place_leads_to_its_span_type_in_its_record() -> None:
    report, seen = reviewed_case("several"), 0
    for each in asked(report):
        entries = {(e.name, e.record_sha256, e.pointer) for e in each.agent.span_types}
        for place in each.places if len(each.findings) > 1 else ():
            if place.name:
                assert (place.name, place.spot.sha256, place.spot.pointer) in entries
                seen += 1
    assert seen == 3


def test_two_questions_on_one_line_are_told_apart() -> None:
    hashes = [item["partialFingerprints"]["primaryLocationLineHash"] for item in run("several")["results"]]
    assert len(set(hashes)) == len(hashes) > 4


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
    every = len(json.loads(sarif.render(report, verdict(report)).data)["runs"][0]["results"])
    [told] = json.loads(sarif.render(report, verdict(report), results=3).data)["runs"]
    assert [item["properties"]["failing"] for item in told["results"]] == [True] * 3
    note = told["invocations"][0]["toolExecutionNotifications"][-1]
    assert note["message"]["text"].startswith(f"{every - 3} questions more")
    assert note["level"] == "warning"
    assert told["properties"]["findings"] == len(findings(report))


def test_a_file_that_is_too_large_for_github_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    report = reviewed_case("several")
    whole = len(gzip.compress(sarif.render(report, verdict(report)).data, mtime=0))
    limit = whole - 500
    monkeypatch.setattr(sarif, "COMPRESSED_BYTES", limit)
    data = sarif.render(report, verdict(report)).data
    assert len(gzip.compress(data, mtime=0)) <= limit
    [told] = json.loads(data)["runs"]
    assert 0 < len(told["results"]) < len(alerted(report))
    assert told["invocations"][0]["toolExecutionNotifications"][-1]["descriptor"]["id"] == "left-out"


def test_text_in_sarif_makes_no_link_and_takes_no_value() -> None:
    report = reviewed_case("several")
    report = with_issue(report, words="[read me](http://example.test) {0} {x}", consequence="")
    [told] = json.loads(sarif.render(report, verdict(report)).data)["runs"]
    assert "\\[read me\\](http://example.test) {{0}} {x}" in next(iter(results_of(told).values()))["message"]["text"]


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


VALIDATED = (*REPORTS, "everything not assessed", "one agent without span types", "one agent")


@pytest.mark.parametrize("case", VALIDATED)
def test_sarif_keeps_to_what_github_asks_for(case: str) -> None:
    """The rules GH1001 to GH2012 of Microsoft's validator, and those of its own that no schema holds."""
    report = reviewed_case(case)
    [told] = json.loads(sarif.render(report, verdict(report)).data)["runs"]
    driver, taxonomy = told["tool"]["driver"], told["taxonomies"][0]
    assert driver["rules"]
    for each in (*driver["rules"], *driver["notifications"], *taxonomy["taxa"]):
        for name in ("shortDescription", "fullDescription", "help"):
            assert each[name]["text"].strip(), (each["id"], name)
    for each in (*driver["rules"], *driver["notifications"]):
        assert re.fullmatch(r"([A-Z][a-z]+)+", each["name"])
        assert each["name"].casefold() != each["id"].casefold()  # SARIF1001
    ids = [each["id"] for each in driver["rules"]]
    assert len(set(ids)) == len(ids)
    for result in told["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"].strip()
        for place in (*result["locations"], *result.get("relatedLocations", [])):
            physical = place["physicalLocation"]
            uri = physical["artifactLocation"]["uri"]
            assert not re.match(r"[A-Za-z]+:|/", uri)
            assert ".." not in uri.split("/")
            assert uri.isascii()
            assert physical["artifactLocation"]["uriBaseId"] in told["originalUriBaseIds"]
            assert physical["region"]["startLine"] >= 1
        numbers = [each["id"] for each in result.get("relatedLocations", [])]
        assert numbers == [*range(1, len(numbers) + 1)]
        for taxon in result.get("taxa", []):
            assert taxonomy["taxa"][taxon["index"]]["id"] == taxon["id"]
            assert taxon["toolComponent"] == {"name": taxonomy["name"], "index": 0}
    assert all(each.keys() == {"text"} for each in (result["message"] for result in told["results"]))


@pytest.mark.skipif(not os.environ.get("SARIF_MULTITOOL"), reason="SARIF_MULTITOOL names no validator")
def test_microsoft_s_validator_finds_no_error_in_sarif_with_github_s_rules(tmp_path: Path) -> None:
    """docs/formats.md says where it comes from, and which of its warnings remain."""
    for case in VALIDATED:
        report = reviewed_case(case)
        (tmp_path / f"{case}.sarif").write_bytes(sarif.render(report, verdict(report)).data)
    told = tmp_path / "told.json"
    command = [os.environ["SARIF_MULTITOOL"], "validate", str(tmp_path / "*.sarif"), "--rule-kind", "Sarif;Ghas"]
    env = os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    done = subprocess.run(
        [*command, "-o", str(told)], env=env, check=False, capture_output=True, text=True, timeout=300
    )
    # One that looked at nothing would find nothing.
    assert f"{len(VALIDATED)} files scanned" in done.stdout
    [run_] = json.loads(told.read_bytes().decode("utf-8-sig"))["runs"]
    assert {each["ruleId"] for each in run_.get("results", [])} == {"SARIF2005"}


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
def test_junit_has_a_suite_for_each_agent_and_a_case_for_each_question_with_its_findings(case: str) -> None:
    report = reviewed_case(case)
    told = suites(case)
    assert [suite.get("name") for suite in told] == ["datarisk", *(shown(agent.name) for agent in report.agents)]
    known = {each.issue.id: each for each in asked(report)}
    for agent, suite in zip(report.agents, told[1:], strict=True):
        looked, *cases = suite
        assert looked.get("name").startswith("Looked at: ")
        ids = [case_.get("name").rpartition("[")[2].rstrip("]") for case_ in cases]
        assert Counter(ids) == Counter(issue.id for issue in agent.issues)
        for id_, case_ in zip(ids, cases, strict=True):
            assert case_[0].tag == ("failure" if known[id_].failing else "system-out")
            assert all(f"[{item.finding.id}]" in case_[0].text for item in known[id_].findings)
    names = [(case_.get("classname"), case_.get("name")) for case_ in told.iter("testcase")]
    assert len(set(names)) == len(names) or case == "120 agents"


@pytest.mark.parametrize("case", ["several", "everything not assessed", "120 agents", "one agent"])
def test_how_far_an_agent_is_answered_is_told_and_fails_where_the_gate_says_so(case: str) -> None:
    report = reviewed_case(case)
    silent = {id_ for reason in verdict(report).why for id_ in reason.agents}
    for agent, suite in zip(report.agents, suites(case)[1:], strict=True):
        [mark] = suite[0]
        assert (mark.tag, mark.text) == ("failure" if agent.id in silent else "system-out", answered(agent, ENGLISH))
    loud = {agent.id for agent in report.agents if agent.coverage in ("not assessed", "mostly unanswered")}
    # Of what could not be read, that is what is told.
    assert silent <= loud
    assert silent == loud or case == "several"
    for each in (each for each in asked(report) if each.agent.id in loud):
        result = results_of(run(case))[each.issue.id]
        assert answered(each.agent, ENGLISH) in result["message"]["text"]


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


def test_a_case_of_junit_says_what_it_means_what_was_found_what_is_asked_and_where_it_stands() -> None:
    report = reviewed_case("several")
    rules = {rule.id: rule for rule in report.catalogue.rules}
    by_id = {each.issue.id: each for each in asked(report)}
    seen = 0
    for case_ in suites("several").iter("testcase"):
        each = by_id.get(case_.get("name").rpartition("[")[2].rstrip("]"))
        if each is None:
            continue
        seen += 1
        [mark] = case_
        lines = mark.text.split("\n")
        assert lines[:2] == [shown(each.issue.consequence, 4_000), ", ".join(each.issue.weight)]
        assert answered(each.agent, ENGLISH) in lines
        for item in each.findings:
            assert any(line.startswith(f"{item.finding.rule} [{item.finding.id}]") for line in lines)
            rule = rules[item.finding.rule]
            if rule.provisions:
                told = f"Provisions: {'; '.join(provision_words(item) for item in rule.provisions)}"
                assert shown(told, 4_000) in lines
        first = each.places[0]
        assert any(line.startswith(first.path or first.spot.sha256) and first.spot.pointer in line for line in lines)
        if mark.tag == "failure":
            assert (mark.get("message"), mark.get("type")) == (shown(each.issue.words, 4_000), each.issue.key)
    assert seen == len(by_id) > 4


def test_a_settled_question_is_skipped_in_junit_with_who_settled_it() -> None:
    report, judged = accepted_by_waiver()
    told = etree.fromstring(junit.render(report, judged).data)
    assert told.find(".//skipped").get("message") == shown(f"accepted by waiver W-1 until 2027-02-01: {REASON}", 4_000)


def test_the_first_cases_of_junit_are_the_verdict_what_could_not_be_read_and_how_much_was_assessed() -> None:
    report, told = reviewed_case("40 gaps"), suites("40 gaps")
    first, *gaps = told[0]
    assert first[0].text.split("\n") == list(verdict(report).reasons)
    assert [case_.get("name") for case_ in gaps[:2]] == [
        "Not read: the deployments of an agent [1]", "Not read: the deployments of an agent [2]",
    ]  # fmt: skip
    assert gaps[0][0].text == "the deployments of an agent: HTTP 403\nGET /agent_deployment?agent_id=g00"
    counts = reviewed_case("several").agents[0].assessment
    verb = "is" if counts.span_types - counts.not_assessed == 1 else "are"
    assert suites("several")[1][0].get("name") == (
        f"Looked at: {counts.span_types - counts.not_assessed} of {counts.span_types} span types {verb} assessed"
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
    made_ = markup.escaped(text)
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
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(f"| h |\n| --- |\n| {markup.code(name)} |")
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


def test_markdown_tells_what_people_have_to_decide_before_the_findings_and_in_its_order() -> None:
    report = reviewed_case("several")
    page = made("markdown", "several").data.decode()
    begin, end = page.index("| At worst | Question |"), page.index("| Severity | Rule |")
    told = [line for line in page[begin:end].splitlines() if line.startswith("| ")][2:]
    open_ = [each for each in asked(report) if not each.settled]
    assert len(told) == len(open_) > 4
    for line, each in zip(told, open_, strict=True):
        assert markup.escaped(each.issue.question) in line
        assert each.agent.name in line


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


ANNOTATION = re.compile(r"::(error|warning|notice) (file=[^:,]+,(line=\d+,col=\d+,)?)?title=[^:,]*::[^\r\n]*")


@pytest.mark.parametrize("case", REPORTS)
def test_an_annotation_is_one_command_a_line_and_no_more_than_ten_of_a_kind(case: str) -> None:
    lines = made("github", case).data.decode().split("\n")
    assert lines.pop() == ""
    for line in lines:
        assert re.fullmatch(
            r"::(error|warning|notice) (file=[^:,]+,(line=\d+,col=\d+,)?)?title=[^:,]*::[^\r\n]*", line
        ), line
    assert max(Counter(line.split(" ")[0] for line in lines).values(), default=0) <= github.PER_KIND


def test_what_annotations_leave_out_is_counted() -> None:
    report = reviewed_case("120 agents")
    failing = sum(each.failing for each in asked(report))
    assert failing > github.PER_KIND
    errors = [line for line in made("github", "120 agents").data.decode().splitlines() if line.startswith("::error")]
    assert errors[-1].startswith(f"::error title=datarisk::{failing + 1 - (github.PER_KIND - 1)} more of this kind")
    assert errors[0].startswith("::error title=Review needed::")


@given(st.text())
def test_nothing_in_an_annotation_begins_a_command_of_its_own(text: str) -> None:
    report = reviewed_case("several")
    told = with_issue(report, question=text, consequence=text, span_types=[text], findings=[])
    told = replace(told, agents=[replace(told.agents[0], name=text)], gaps=[], complete=True)
    told = replace(told, summary=replace(told.summary, issues=told.summary.issues[:1]))
    data = github.render(told, replace(gate(told, NOTHING), why=(), outcome="passed"))
    [line] = data.data.decode().splitlines()
    assert line.startswith(("::warning ", "::notice "))
    assert len(re.findall("::", line.partition("title=")[0])) == 1


# All of them


@pytest.mark.parametrize("format_", FORMATS)
def test_two_renderings_of_a_check_are_the_same_bytes(format_: CheckFormat) -> None:
    report = reviewed_case("several")
    assert checker(format_)(report, verdict(report), NOWHERE).data == made(format_, "several").data


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("out/check.sarif", "sarif"), ("x.sarif.json", "sarif"), ("junit.XML", "junit"), ("a.md", "markdown"),
        ("check.github.txt", "github"), ("x/gl-code-quality-report.json", "codequality"),
        ("a.codequality.json", "codequality"), ("check.txt", None), ("report.json", None), ("sarif", None),
        ("a.md/x", None),
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
        assert not BANNED.search(checker(format_)(report, judged, NOWHERE).data.decode())


def test_every_format_tells_questions_in_one_order_what_fails_the_gate_first() -> None:
    report = replace(reviewed_case("several"), complete=True, gaps=[])
    judged = gate(report, Limits("medium"))
    every = questions(report, judged, NOWHERE)
    order = [each.issue.id for each in every]
    assert [each.failing for each in every] == sorted((each.failing for each in every), reverse=True)
    assert order[0] == report.summary.issues[0]
    [told] = json.loads(sarif.render(report, judged).data)["runs"]
    alerted_ = alerts(report, judged, NOWHERE)
    assert list(results_of(told)) == [each.id for each in alerted_]
    assert [each.failing for each in alerted_] == sorted((each.failing for each in alerted_), reverse=True)
    for failing in (True, False):  # what is raised by what is declared stands in the same order
        by_itself = [each.question.issue.id for each in alerted_ if each.failing is each.question.failing is failing]
        assert list(dict.fromkeys(by_itself)) == [each for each in order if each in by_itself]
    assert [each["id"] for each in json.loads(own.to_json(report, judged).data)["issues"]] == report.summary.issues


# Code Quality


@pytest.mark.parametrize("case", REPORTS)
def test_code_quality_has_an_entry_for_each_place_of_each_open_question(case: str) -> None:
    """What GitLab asks of each: https://docs.gitlab.com/ci/testing/code_quality/ (implement a custom tool)."""
    report, entries = reviewed_case(case), json.loads(made("codequality", case).data)
    wanted: Counter[str] = Counter()
    for each in alerted(report):
        if not each.settled:
            wanted[f"datarisk/{each.key}"] += len(each.places)
    told = Counter(each["check_name"] for each in entries)
    assert {name: told[name] for name in wanted} == wanted
    assert told["datarisk/not-read"] == len(report.gaps)
    assert len({each["fingerprint"] for each in entries}) == len(entries)
    for each in entries:
        assert each.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert each["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert each["description"].isprintable()
        assert not each["location"]["path"].startswith(("/", "./"))
        assert each["location"]["lines"]["begin"] >= 1


def test_code_quality_calls_what_keeps_the_gate_shut_a_blocker_and_nothing_else() -> None:
    report = reviewed_case("one agent")
    for limits in (Limits("medium"), NOTHING):
        judged = gate(report, limits)
        entries = json.loads(codequality.render(report, judged).data)
        failing = {each.key for each in alerts(report, judged, NOWHERE) if each.failing}
        blockers = {each["check_name"] for each in entries if each["severity"] == "blocker"}
        assert blockers == {f"datarisk/{key}" for key in failing}
        assert bool(blockers) == (not judged.passed)
        for each, alert in ((each, q) for q in alerts(report, judged, NOWHERE) for each in entries):
            if each["check_name"] == f"datarisk/{alert.key}" and not alert.failing:
                assert each["severity"] == codequality.SEVERITIES[alert.severity]


def test_a_fingerprint_of_code_quality_stays_when_the_file_grows_before_it() -> None:
    report = reviewed_case("several")
    moved = [
        replace(agent, span_types=[replace(e, pointer=f"/elsewhere{e.pointer}") for e in agent.span_types])
        for agent in report.agents
    ]
    prints = [
        {e["fingerprint"] for e in json.loads(codequality.render(r, verdict(report)).data)}
        for r in (report, replace(report, agents=moved))
    ]
    assert prints[0] == prints[1]


@pytest.mark.parametrize("limits", [NOTHING, Limits("info"), Limits("high", max_not_assessed=0, max_unknown_share=0)])
@pytest.mark.parametrize(
    "case", [*REPORTS, "everything known", "everything not assessed", "one agent without span types"]
)
def test_no_format_is_ever_greener_than_the_gate(case: str, limits: Limits) -> None:
    report = reviewed_case(case)
    judged = gate(report, limits)
    results = json.loads(sarif.render(report, judged).data)["runs"][0]["results"]
    worst = [each for each in results if each["level"] == "error" and not each["suppressions"]]
    junit_ = etree.fromstring(junit.render(report, judged).data)
    bad = int(junit_.get("failures")) + int(junit_.get("errors"))
    errors = github.render(report, judged).data.decode().count("::error ")
    blockers = [e for e in json.loads(codequality.render(report, judged).data) if e["severity"] == "blocker"]
    if not judged.passed:
        assert worst
        assert bad
        assert errors
        assert blockers
    for agent in (agent for agent in report.agents if agent.coverage in ("not assessed", "mostly unanswered")):
        words = answered(agent, ENGLISH)
        assert words in junit.render(report, judged).data.decode()
