"""``check.codequality.json``: open questions as a Code Quality report, which GitLab shows in a merge request.

An entry for each place of an open question and of what silence may be (``alerts``), so that each span type that it is
about has one on its own line, and for what keeps the gate shut besides. ``blocker`` is what does so, whatever its
severity is. The format has no place for evidence that came from no file; that stands in the file that a run keeps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from reporter.declared.aggregate import LOUD
from reporter.gate.policy import Verdict
from reporter.plain.language import Language, of
from reporter.plain.text import shown
from reporter.render.check.alerts import Alert, alerts
from reporter.render.check.places import NOWHERE, Place, Tree
from reporter.render.check.questions import beyond
from reporter.render.check.verdicts import EVIDENCE_FILE, answered, heading
from reporter.render.document import Document, Large
from reporter.render.json import streamed
from reporter.render.tables.table import spoken, unread
from reporter.review.finding import fingerprint
from reporter.view.findings import Severity
from reporter.view.report import Report

SEVERITIES: Final[dict[Severity, str]] = {"high": "critical", "medium": "major", "low": "minor", "info": "info"}
_BLOCKER: Final = "blocker"
_LONG: Final = 1_000


def render(report: Report, verdict: Verdict, tree: Tree = NOWHERE) -> Document:
    """One list; empty only where nothing is open and nothing keeps the gate shut."""
    entries = list(_entries(report, verdict, tree))
    return Document("check.codequality.json", "application/json", Large(streamed(entries, 1)))


def _entries(report: Report, verdict: Verdict, tree: Tree) -> Iterator[dict[str, Any]]:
    language = of(report.language)
    said = heading(verdict, language)
    times: Counter[tuple[str, ...]] = Counter()

    def entry(name: str, words: str, severity: str, place: Place | None, key: tuple[str, ...]) -> dict[str, Any]:
        times[key] += 1
        return {
            "description": shown(words, _LONG),
            "check_name": f"datarisk/{name}",
            # By what it is about and not by where it stands, which moves: the next run has to find it again.
            "fingerprint": fingerprint(*key, times[key]),
            "severity": severity,
            "location": {
                "path": place.path if place and place.path else EVIDENCE_FILE,
                "lines": {"begin": place.point.line if place and place.point else 1},
            },
        }

    for gap in report.gaps:
        yield entry("not-read", f"{said}. {unread(gap)}", _BLOCKER, None, ("not-read", gap.what, gap.location or ""))
    for each in beyond(report, verdict, tree):
        yield entry("gate", each.words, _BLOCKER, each.place, each.key)
    for alert in alerts(report, verdict, tree):
        if not alert.settled:
            severity = _BLOCKER if alert.failing else SEVERITIES[alert.severity]
            for place in alert.places:
                words = _words(alert, place, language)
                yield entry(alert.key, words, severity, place, (alert.id, place.name))


def _words(alert: Alert, place: Place, language: Language) -> str:
    agent, issue = alert.question.agent, alert.question.issue
    about = ", ".join(each for each in (agent.name, place.name) if each)
    severity = ", ".join(spoken(language)[each] for each in alert.weight)
    silent = [answered(agent, language)] if agent.coverage in LOUD else []
    asked = dict.fromkeys([alert.title, issue.question])
    return " ".join([f"{about}: {' '.join(asked)} ({severity})", *silent, issue.consequence])
