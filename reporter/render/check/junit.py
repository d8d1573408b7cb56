"""``check.xml``: the findings as JUnit XML, for GitLab, Jenkins and whatever else shows test reports.

The first suite is the verdict itself, so that a report without findings is not an empty one, and an incomplete one is
an error. Each agent is a suite, each finding a case: a failure where it makes the verdict fail, skipped where a waiver
accepts it, and otherwise a case without a mark whose output says what it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree as ET

from reporter.gate.policy import Verdict
from reporter.plain.language import Language, of
from reporter.plain.text import shown
from reporter.render.check.verdicts import Placed, asked, heading, placed, some
from reporter.render.document import Document
from reporter.view.findings import Rule, Waiver
from reporter.view.report import Report

_LONG: Final = 4_000
_COUNTS: Final = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error"}


def render(report: Report, verdict: Verdict) -> Document:
    """All findings, agent by agent, each agent's behind a case that says what was looked at."""
    language = of(report.language)
    rules = {rule.id: rule for rule in report.catalogue.rules}
    waivers = {waiver.id: waiver for waiver in report.waivers}
    cases: dict[str, list[ET.Element]] = {agent.id: [] for agent in report.agents}
    for item in placed(report, verdict):
        rule, waiver = rules.get(item.finding.rule), waivers.get(item.finding.waiver or "")
        cases[item.agent.id].append(_finding(item, rule, waiver, language))
    suites = [_suite(report, report.tool.name, _verdict(report, verdict, language))]
    for agent in report.agents:
        counts = agent.assessment
        looked = language.gettext(
            "Looked at: %(assessed)s of %(all)s span types are assessed",
            assessed=counts.span_types - counts.not_assessed,
            all=counts.span_types,
        )
        suites.append(_suite(report, agent.name, [_case(agent.name, looked), *cases[agent.id]]))
    sums = {name: str(sum(int(suite.get(name, "0")) for suite in suites)) for name in _COUNTS}
    root = ET.Element("testsuites", {"name": report.tool.name, **sums})
    root.extend(suites)
    ET.indent(root)
    return Document("check.xml", "application/xml", ET.tostring(root, "utf-8", xml_declaration=True) + b"\n")


def _verdict(report: Report, verdict: Verdict, language: Language) -> list[ET.Element]:
    """The verdict, and everything that could not be read."""
    words = heading(verdict, language)
    said = "\n".join(shown(reason, _LONG) for reason in verdict.reasons)
    cases = [_case(report.tool.name, words)]
    if not verdict.passed:
        _mark(cases[0], "failure" if verdict.complete else "error", words, said)
    elif said:
        _output(cases[0], said)
    for number, gap in enumerate(report.gaps, start=1):
        name = language.gettext("Not read: %(what)s", what=gap.what)
        # Readers take cases of one name for one case, and things of one name may be unreadable.
        cases.append(_case(report.tool.name, f"{shown(name)} [{number}]"))
        _mark(cases[-1], "error", gap.why, f"{gap.what}: {gap.why}\n{gap.location or ''}")
    return cases


def _finding(item: Placed, rule: Rule | None, waiver: Waiver | None, language: Language) -> ET.Element:
    finding = item.finding
    lines = [
        finding.sentence,
        *([rule.question, *asked(rule, language)] if rule else []),
        f"{finding.severity}, {finding.certainty}",
        item.agent.id,
        f"{item.path or item.record_sha256 or ''} {item.pointer or ''}".strip(),
        finding.note or "",
        language.gettext("new since the baseline") if item.new else "",
    ]
    text = "\n".join(shown(line, _LONG) for line in lines if line)
    names = ", ".join(some(finding.span_types, language))
    about = f"{finding.title} ({names})" if names else finding.title
    # With the id: readers follow a case from run to run by its name.
    case = _case(item.agent.name, f"{finding.rule} {shown(about)} [{finding.id}]")
    if item.failing:
        _mark(case, "failure", finding.title, text, finding.rule)
    elif finding.status == "accepted":
        accepted = language.gettext("accepted by a waiver")
        if waiver is not None:
            accepted = language.gettext(
                "accepted by waiver %(waiver)s until %(expires)s: %(reason)s",
                waiver=waiver.id,
                expires=waiver.expires,
                reason=waiver.reason,
            )
        _mark(case, "skipped", accepted, text)
    else:
        _output(case, text)
    return case


def _suite(report: Report, name: str, cases: Iterable[ET.Element]) -> ET.Element:
    # The schema that readers check against has times without a zone.
    suite = ET.Element("testsuite", {"name": shown(name), "timestamp": report.generated_at.rstrip("Z")})
    suite.extend(cases)
    suite.attrib |= {key: str(len(suite.findall(path))) for key, path in _COUNTS.items()}
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    return suite


def _case(of_class: str, name: str) -> ET.Element:
    return ET.Element("testcase", {"classname": shown(of_class), "name": shown(name, _LONG), "time": "0"})


def _mark(case: ET.Element, kind: str, message: str, text: str, type_: str = "datarisk") -> None:
    mark = ET.SubElement(case, kind, {"message": shown(message, _LONG), "type": type_})
    mark.text = _lines_of(text)


def _output(case: ET.Element, text: str) -> None:
    ET.SubElement(case, "system-out").text = _lines_of(text)


def _lines_of(text: str) -> str:
    """Line by line, so that nothing in it is hidden and no character is one that XML forbids."""
    return "\n".join(shown(line, _LONG) for line in text.split("\n"))
