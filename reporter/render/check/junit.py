"""``check.xml``: the questions as JUnit XML, for GitLab, Jenkins and whatever else shows test reports.

The first suite is the verdict itself, so that a report without questions is not an empty one, and an incomplete one is
an error. Each agent is a suite, which begins with how far it is answered; each question about it is a case, with the
findings that raise it: a failure where it makes the verdict fail, skipped where it is settled, and otherwise a case
without a mark whose output says what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from xml.etree import ElementTree as ET

from reporter.gate.policy import Verdict
from reporter.gate.reason import Counted
from reporter.plain.language import Language, of
from reporter.plain.text import shown
from reporter.render.check.places import NOWHERE, Tree
from reporter.render.check.questions import Question, questions
from reporter.render.check.verdicts import answered, asked, heading, some
from reporter.render.document import Document
from reporter.render.tables.table import spoken
from reporter.view.findings import Rule, Waiver
from reporter.view.report import Agent, Report

_LONG: Final = 4_000
#: Where a question is declared, as far as a reader looks; report.json has all.
_PLACES: Final = 10
_COUNTS: Final = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error"}


def render(report: Report, verdict: Verdict, tree: Tree = NOWHERE) -> Document:
    """All questions, agent by agent, each agent's behind a case that says how far it is answered."""
    language = of(report.language)
    rules = {rule.id: rule for rule in report.catalogue.rules}
    waivers = {waiver.id: waiver for waiver in report.waivers}
    silent = {agent for reason in verdict.why for agent in reason.agents}
    cases: dict[str, list[ET.Element]] = {agent.id: [] for agent in report.agents}
    for each in questions(report, verdict, tree):
        cases[each.agent.id].append(_question(each, rules, waivers, language))
    suites = [_suite(report, report.tool.name, _verdict(report, verdict, language))]
    for agent in report.agents:
        looked = _looked(agent, language, failing=agent.id in silent)
        suites.append(_suite(report, agent.name, [looked, *cases[agent.id]]))
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


def _looked(agent: Agent, language: Language, *, failing: bool) -> ET.Element:
    """What was looked at, and how much of it was answered."""
    counts, words = agent.assessment, answered(agent, language)
    looked = language.ngettext(
        "Looked at: %(number)s of %(all)s span types is assessed",
        "Looked at: %(number)s of %(all)s span types are assessed",
        counts.span_types - counts.not_assessed,
        all=counts.span_types,
    )
    case = _case(agent.name, looked)
    if failing:
        _mark(case, "failure", words, words)
    else:
        _output(case, words)
    return case


def _question(each: Question, rules: dict[str, Rule], waivers: dict[str, Waiver], language: Language) -> ET.Element:
    issue, agent = each.issue, each.agent
    names = ", ".join(some(issue.span_types, language))
    about = f"{issue.question} ({names})" if names else issue.question
    # With the id: readers follow a case from run to run by its name.
    case = _case(agent.name, f"{shown(about)} [{issue.id}]")
    text = "\n".join(shown(line, _LONG) for line in _lines(each, rules, waivers, language) if line)
    if each.failing:
        _mark(case, "failure", issue.words, text, issue.key)
    elif each.settled:
        _mark(case, "skipped", _settled(each, waivers, language), text)
    else:
        _output(case, text)
    return case


def _lines(each: Question, rules: dict[str, Rule], waivers: dict[str, Waiver], language: Language) -> Iterator[str]:
    issue, agent, said = each.issue, each.agent, spoken(language)
    yield issue.consequence
    yield ", ".join(said[each] for each in issue.weight)
    yield answered(agent, language)
    if each.is_new:
        yield language.gettext("new since the baseline")
    yield agent.id
    for place in each.places[:_PLACES]:
        point = f":{place.point.line}" if place.point else ""
        yield f"{place.path or place.spot.sha256}{point} {place.spot.pointer} {place.name}".strip()
    if each.places[_PLACES:]:
        yield language.gettext("and %(number)s more", number=len(each.places) - _PLACES)
    for found in each.findings:
        yield from _found(found, waivers, language)
    about = (rules[rule] for rule in each.rules if rule in rules)
    yield from dict.fromkeys(line for rule in about for line in (rule.question, *asked(rule, language)))


def _found(item: Counted, waivers: dict[str, Waiver], language: Language) -> Iterator[str]:
    finding, said = item.finding.again(), spoken(language)
    told = [said[finding.severity], said[finding.certainty]]
    told += [_accepted(finding.waiver, waivers, language)] if finding.status == "accepted" else []
    told += [finding.note] if finding.note else []
    yield f"{finding.rule} [{finding.id}] {finding.title} ({'; '.join(told)})"
    yield finding.sentence


def _settled(each: Question, waivers: dict[str, Waiver], language: Language) -> str:
    """Who decided it, and how."""
    used = (item.finding.waiver for item in each.findings if item.finding.waiver)
    return each.issue.decision or _accepted(next(used, None), waivers, language)


def _accepted(id_: str | None, waivers: dict[str, Waiver], language: Language) -> str:
    waiver = waivers.get(id_ or "")
    if waiver is None:
        return language.gettext("accepted by a waiver")
    return language.gettext(
        "accepted by waiver %(waiver)s until %(expires)s: %(reason)s",
        waiver=waiver.id,
        expires=waiver.expires,
        reason=waiver.reason,
    )


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
