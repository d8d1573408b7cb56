"""``check.xml``: the findings as JUnit XML, for GitLab, Jenkins and whatever else shows test reports.

The first suite is the verdict itself, so that a report without findings is not an empty one, and an incomplete one is
an error. Each agent is a suite, each finding a case: a failure where it makes the verdict fail, skipped where a waiver
accepts it, and otherwise a case without a mark whose output says what it is.
"""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

from reporter.gate.policy import Verdict
from reporter.plain.language import Language, of
from reporter.plain.text import shown
from reporter.render.check.verdicts import Placed, heading, placed
from reporter.render.document import Document
from reporter.render.tables.table import provision_words
from reporter.view.findings import Rule, Waiver
from reporter.view.report import Agent, Report

_LONG: Final = 4_000


def render(report: Report, verdict: Verdict) -> Document:
    """All findings, agent by agent."""
    language = of(report.language)
    by_agent: dict[str, list[Placed]] = {}
    for item in placed(report, verdict):
        by_agent.setdefault(item.agent.id, []).append(item)
    writer = _Writer(report, verdict, language)
    suites = [writer.verdict(), *(writer.agent(agent, by_agent.get(agent.id, [])) for agent in report.agents)]
    root = ET.Element("testsuites", {"name": report.tool.name, **_sums(suites)})
    root.extend(suites)
    ET.indent(root)
    return Document("check.xml", "application/xml", ET.tostring(root, "utf-8", xml_declaration=True) + b"\n")


_COUNTS: Final = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error"}


def _sums(suites: list[ET.Element]) -> dict[str, str]:
    return {name: str(sum(int(suite.get(name, "0")) for suite in suites)) for name in _COUNTS}


class _Writer:
    """Makes suites and cases."""

    def __init__(self, report: Report, verdict: Verdict, language: Language) -> None:
        self._report = report
        self._verdict = verdict
        self._language = language
        self._rules = {rule.id: rule for rule in report.catalogue.rules}
        self._waivers = {waiver.id: waiver for waiver in report.waivers}

    def verdict(self) -> ET.Element:
        """The verdict, and everything that could not be read."""
        report, judged = self._report, self._verdict
        words = heading(judged, self._language)
        said = "\n".join(shown(reason, _LONG) for reason in judged.reasons)
        case = _case(report.tool.name, words)
        if not judged.complete:
            _mark(case, "error", words, said)
        elif not judged.passed:
            _mark(case, "failure", words, said)
        elif said:
            _output(case, said)
        cases = [case]
        for number, gap in enumerate(report.gaps, start=1):
            name = self._language.gettext("Not read: %(what)s", what=gap.what)
            unread = _case(report.tool.name, f"{shown(name)} [{number}]")
            _mark(unread, "error", gap.why, f"{gap.what}: {gap.why}\n{gap.location or ''}")
            cases.append(unread)
        return self._suite(report.tool.name, cases)

    def agent(self, agent: Agent, found: list[Placed]) -> ET.Element:
        """An agent's findings, behind a case that says what was looked at."""
        counts = agent.assessment
        looked = self._language.gettext(
            "Looked at: %(assessed)s of %(all)s span types are assessed",
            assessed=counts.span_types - counts.not_assessed,
            all=counts.span_types,
        )
        return self._suite(agent.name, [_case(agent.name, looked), *map(self._finding, found)])

    def _finding(self, item: Placed) -> ET.Element:
        finding = item.finding
        about = f"{finding.span_type}: {finding.title}" if finding.span_type is not None else finding.title
        case = _case(item.agent.name, f"{finding.rule} {shown(about)} [{finding.id}]")
        text = "\n".join(shown(line, _LONG) for line in self._lines(item) if line)
        if item.failing:
            _mark(case, "failure", finding.title, text, finding.rule)
        elif finding.status == "accepted":
            _mark(case, "skipped", self._accepted(self._waivers.get(finding.waiver or "")), text)
        else:
            _output(case, text)
        return case

    def _lines(self, item: Placed) -> list[str]:
        finding, language = item.finding, self._language
        rule = self._rules.get(finding.rule)
        place = f"{item.path or item.record_sha256 or ''} {item.pointer or ''}".strip()
        facts = (
            f"{finding.severity}, {finding.certainty}",
            f"{item.agent.id} {finding.schema_version_id or ''}".strip(),
        )
        return [finding.sentence, *self._asked(rule), *facts, place, finding.note or ""] + (
            [language.gettext("new since the baseline")] if item.new else []
        )

    def _asked(self, rule: Rule | None) -> list[str]:
        if rule is None:
            return []
        language = self._language
        provisions = "; ".join(provision_words(item) for item in rule.provisions)
        return [
            rule.question,
            language.gettext("Not determined here: %(facts)s", facts="; ".join(rule.missing)) if rule.missing else "",
            language.gettext("Provisions: %(provisions)s", provisions=provisions) if provisions else "",
        ]

    def _accepted(self, waiver: Waiver | None) -> str:
        if waiver is None:
            return self._language.gettext("accepted by a waiver")
        return self._language.gettext(
            "accepted by waiver %(waiver)s until %(expires)s: %(reason)s",
            waiver=waiver.id,
            expires=waiver.expires,
            reason=waiver.reason,
        )

    def _suite(self, name: str, cases: list[ET.Element]) -> ET.Element:
        suite = ET.Element("testsuite", {"name": shown(name), "timestamp": self._report.generated_at.rstrip("Z")})
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
