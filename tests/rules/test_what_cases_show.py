"""Small declarations as people have them, and what a report may and may not say of each."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from builders import composed, inventory, risk, span_type

from reporter.plain.language import of
from reporter.review.catalogue import Switches
from reporter.view.findings import Finding
from reporter.view.report import Agent, Report

CASES = Path(__file__).resolve().parent.parent / "cases"


def agent(case: str, code: str = "en", *jurisdictions: str) -> Agent:
    entries = inventory(json.loads((CASES / f"{case}.json").read_text()))
    [found] = composed(entries, language=of(code), switches=Switches(jurisdictions=jurisdictions)).agents
    return found


def found(case: str, rule: str) -> list[Finding]:
    return [finding for finding in agent(case).findings if finding.rule == rule]


def criteria(text: str) -> set[int]:
    return {int(number) for number in re.findall(r"WP248 criterion (\d)", text)}


def test_identifiers_and_money_on_their_way_out_raise_the_question_who_receives_them() -> None:
    [recipients] = found("egress", "X23")
    assert (recipients.severity, recipients.certainty) == ("medium", "declared")
    assert "GDPR Art. 13(1)(e)-(f); GDPR Art. 30(1)(d)-(e)" in recipients.sentence
    assert not re.search("GDPR Arts?. (28|44)", recipients.sentence)


@pytest.mark.parametrize("code", ["en", "de"])
def test_where_personal_data_are_excluded_nothing_triggers_review_under_the_gdpr(code: str) -> None:
    told = [finding.sentence for finding in agent("web", code).findings]
    assert told
    assert not [sentence for sentence in told if re.search("GDPR|DSGVO", sentence)]


def test_criminal_justice_is_called_what_was_declared_and_may_fall_under_article_10() -> None:
    flag = agent("civil").flags["criminal_offence_data"]
    assert (flag.label, flag.provision[:26]) == ("Criminal justice", "may fall under GDPR Art. 1")
    [data] = found("civil", "X26")
    head, _, _ = data.sentence.partition(". Data of a special category")
    assert "triggers review under GDPR Art. 6(1)" in head
    assert not re.search(r"GDPR Art\. 10\b", head)


#: Which provision stands beside each question, where its declarations begin to raise it.
BESIDE = {
    "civil": {"condition": "GDPR Art. 6(1)", "keeping": "GDPR Art. 5(1)(e)", "declarations": ""},
    "coding-agent": {
        "secrets": "ISO/IEC 27001:2022 A.5.17, A.8.24",
        "unanswered": "Declare, then run again",
        "confidential": "Directive (EU) 2016/943 Art. 2(1)(c)",
        "declarations": "",
    },
    "egress": {"recipients": "GDPR Art. 13(1)(e)-(f)"},
    "gamed": {"unanswered": "Declare, then run again"},
    "hospital-agent": {
        "recipients": "GDPR Art. 9(2)",
        "condition": "GDPR Art. 9(2)",
        "impact": "GDPR Art. 35(1)",
        "keeping": "GDPR Art. 17",
        "levels": "GDPR Art. 32(2)",
    },
    "hospital-silenced": {
        "unanswered": "Declare, then run again",
        "recipients": "GDPR Art. 13(1)(e)-(f)",
        "declarations": "",
        "keeping": "GDPR Art. 17",
    },
    "lookup": {},
    "one": {"unanswered": "Declare, then run again"},
    "pub": {
        "condition": "GDPR Art. 9(2)",
        "keeping": "GDPR Art. 5(1)(e)",
        "levels": "GDPR Art. 5(1)(f)",
        "declarations": "",
    },
    "support-agent": {
        "recipients": "GDPR Art. 13(1)(e)-(f)",
        "money": "ISO/IEC 27001:2022 A.5.3",
        "levels": "ISO/IEC 27001:2022 A.5.13, A.8.11",
        "declarations": "",
    },
    "web": {"declarations": ""},
    "x05": {"recipients": "GDPR Art. 9(2)", "condition": "GDPR Art. 9(2)"},
    "x12": {"impact": "GDPR Art. 35(1)", "condition": "GDPR Art. 9(2)"},
    "x15": {},
}


def beside(report: Report) -> dict[str, str]:
    keys = {issue.id: issue.key for each in report.agents for issue in each.issues}
    return {keys[line.issue]: line.reference for line in report.summary.attention if line.issue}


@pytest.mark.parametrize("case", [path.stem for path in sorted(CASES.glob("*.json"))])
def test_beside_a_question_stands_the_provision_that_makes_it_one(case: str) -> None:
    assert beside(composed(inventory(json.loads((CASES / f"{case}.json").read_text())))) == BESIDE[case]


@pytest.mark.parametrize(
    ("category", "condition", "recipients"),
    [
        ("health_and_medical", "GDPR Art. 9(2)", "GDPR Art. 9(2)"),
        ("gdpr_genetic_data", "GDPR Art. 9(2)", "GDPR Art. 9(2)"),
        (
            "criminal_justice",
            "GDPR Art. 6(1)",
            "GDPR Art. 10 (if data on convictions, offences or security measures are among them)",
        ),
        ("minors_data", "GDPR Art. 6(1)", "GDPR Recital 38"),
    ],
)
def test_the_provision_beside_a_question_is_that_of_the_data_concerned(
    category: str, condition: str, recipients: str
) -> None:
    sent = span_type("tool:send", risk(category, allowed=("external_communication",)))
    told = beside(composed(inventory({"span_type_schemas": [sent]})))
    assert (told["condition"], told["recipients"]) == (condition, recipients)


@pytest.mark.parametrize("here", [(), ("EU", "UK")])
def test_what_is_declared_to_be_special_needs_no_further_fact_for_article_9(here: tuple[str, ...]) -> None:
    [condition] = [each for each in agent("pub", "en", *here).findings if each.rule == "X26"]
    assert condition.provisions == ["GDPR Art. 9(2)", "GDPR Art. 6(1)"]
    assert "triggers review under GDPR Art. 9(2); GDPR Art. 6(1). " in condition.sentence


def test_in_the_uk_alone_it_is_that_of_its_own_law() -> None:
    [condition] = [each for each in agent("pub", "en", "UK").findings if each.rule == "X26"]
    assert (condition.provisions[0], condition.provisions[-1]) == ("UK GDPR Art. 9(2)", "UK GDPR Art. 6(1)")


def test_a_look_up_that_keeps_nothing_is_no_matching_of_datasets() -> None:
    [matching] = [each for each in agent("lookup").screening if each.number == 6]
    assert matching.answer == "not indicated"


def test_what_may_come_from_outside_is_not_inferred_here() -> None:
    assert not found("x05", "X05")
    assert "ORIGIN-INFERRED" not in {flow.name for flow in agent("x05").flows}
    assert "INGRESS" in {flow.name for flow in agent("x05").flows}


def test_a_finding_and_the_screening_name_the_same_criteria() -> None:
    indicated = {each.number for each in agent("x12").screening if each.answer == "indicated"}
    [together] = [each for each in agent("x12").findings if each.rule in ("X12", "X24", "X25")]
    assert criteria(together.sentence) == indicated == {1, 4}
    for finding in agent("x12").findings:
        assert criteria(finding.sentence) <= indicated, finding.rule


def test_a_category_that_never_went_in_is_not_said_to_be_still_included() -> None:
    assert not found("x15", "X15")


@pytest.mark.parametrize("code", ["en", "de"])
@pytest.mark.parametrize("case", ["hospital-agent", "support-agent", "egress"])
def test_whoever_is_in_the_uk_alone_reads_of_its_own_law(case: str, code: str) -> None:
    told = 0
    for finding in agent(case, code, "UK").findings:
        head, _, _ = finding.sentence.partition(finding.why)
        told += "UK GDPR" in head
        assert not re.search(r"(?<!UK )GDPR|DSGVO|KI-VO|AI Act|WP248|CJEU|EuGH|the UK GDPR applies", head), head
    assert told >= 1


def test_whoever_is_in_the_union_reads_the_same_with_the_uk_beside_it() -> None:
    for here in ((), ("EU",), ("EU", "UK", "US")):
        told = [finding.sentence for finding in agent("hospital-agent", "en", *here).findings]
        assert told == [finding.sentence for finding in agent("hospital-agent").findings]
