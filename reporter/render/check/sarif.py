"""``check.sarif``: the questions as SARIF 2.1.0, for code scanning and every other reader of that format.

A result is a question about an agent, as whoever sees an alert has to decide that, and a dozen findings are one
decision; what nobody has answered is a result of each question that it may be as well (``alerts``). It stands on the
line of the first span type that it is about, with the others beside it; the rules that raise it are a taxonomy. Where
the line is not known it is the first one of the file, or of the evidence that a run keeps. Settled questions stay in
it, suppressed, and what keeps the gate shut besides questions is a result as well. What could not be read makes the
invocation unsuccessful, with a notification for each.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import quote

from reporter.declared.aggregate import LOUD
from reporter.gate.direction import fields_of
from reporter.gate.policy import Verdict
from reporter.gate.reason import Counted
from reporter.plain.language import Language, of
from reporter.plain.memory import Lazily
from reporter.plain.text import shown
from reporter.render.check.alerts import Alert, alerts
from reporter.render.check.places import NOWHERE, Place, Tree
from reporter.render.check.questions import Beyond, beyond
from reporter.render.check.verdicts import EVIDENCE_FILE, answered, asked, heading
from reporter.render.document import Document, Large
from reporter.render.json import streamed
from reporter.render.tables.table import provision_words, unread
from reporter.review.changes import Change
from reporter.review.finding import fingerprint
from reporter.view.findings import Rule, Severity, Waiver
from reporter.view.report import Report

MEDIA_TYPE: Final = "application/sarif+json"
SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Final[dict[Severity, str]] = {"high": "error", "medium": "warning", "low": "note", "info": "note"}
#: What GitHub takes of one run; it rejects files with more.
RESULTS: Final = 25_000
#: What GitHub takes of one file, compressed.
COMPRESSED_BYTES: Final = 10_000_000
#: Span types that are told with one question; report.json has all.
EVIDENCE: Final = 10

#: The log, its runs, the one that there is, and its results.
_OPENED: Final = 4
_LONG: Final = 2_000
_NOT_READ: Final = "not-read"
_LEFT_OUT: Final = "left-out"
_BEYOND: Final = "gate"
_TAXONOMY: Final = "datarisk-rules"


def render(report: Report, verdict: Verdict, tree: Tree = NOWHERE, *, results: int = RESULTS) -> Document:
    """All questions, what fails the gate first, as far as there is room for them and at most ``results``."""
    found: list[Beyond | Alert] = [*beyond(report, verdict, tree), *alerts(report, verdict, tree)]
    kept = min(len(found), results)
    while True:
        log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report, verdict, found, kept)]}
        made = Large(streamed(log, _OPENED))
        if not kept or _compressed(made) <= COMPRESSED_BYTES:
            return Document("check.sarif", MEDIA_TYPE, made)
        kept //= 2  # a few tries instead of one for each result that is too many


def _compressed(pieces: Iterable[bytes]) -> int:
    """How many bytes they are as GitHub counts them."""
    by_gzip = zlib.compressobj(wbits=31)
    return sum(len(by_gzip.compress(piece)) for piece in pieces) + len(by_gzip.flush())


def _run(report: Report, verdict: Verdict, found: Sequence[Beyond | Alert], kept: int) -> dict[str, Any]:
    language = of(report.language)
    waivers = {waiver.id: waiver for waiver in report.waivers}
    rules = _asked_rules(report, found, language)
    places = {rule["id"]: place for place, rule in enumerate(rules)}
    known = {rule.id: place for place, rule in enumerate(report.catalogue.rules)}
    driver = {
        "name": report.tool.name,
        "semanticVersion": report.tool.version,
        "rules": rules,
        "notifications": _notifications(language),
        "supportedTaxonomies": [{"name": _TAXONOMY, "index": 0}],
    }
    # What code scanning tells runs apart by: those of other accounts and environments do not replace this one's.
    category = "".join(
        f"{quote(shown(part), safe='')}/" for part in ("datarisk", report.account.id, *report.scope.environments)
    )
    return {
        "tool": {"driver": driver},
        "taxonomies": [_taxonomy(report, language)],
        "language": report.language,
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": category, "description": {"text": _plain(report.scope.words)}},
        "originalUriBaseIds": {
            "%SRCROOT%": {
                "description": {
                    "text": language.gettext("The root of the repository, or else the folder of the check.")
                }
            },
            "BUNDLE": {"description": {"text": language.gettext("The folder of a run, with its evidence.")}},
        },
        "artifacts": [
            {"location": _artifact(None), "hashes": {"sha-256": report.evidence_sha256}, "mimeType": "application/json"}
        ],
        "invocations": [_invocation(report, language, len(found) - kept)],
        "results": Lazily(kept, lambda: (_result(each, places, known, waivers, language) for each in found[:kept])),
        "properties": {
            "verdict": heading(verdict, language),
            "complete": verdict.complete,
            "threshold": verdict.threshold,
            "reasons": [shown(reason, _LONG) for reason in verdict.reasons],
            "changes": [_changed(change) for reason in verdict.why for change in reason.changes],
            "openIssues": report.totals.open_issues,
            "findings": len(verdict.findings),
            "accepted": sum(item.finding.status == "accepted" for item in verdict.findings),
            "spanTypes": report.totals.span_types,
            "spanTypesNotAssessed": report.totals.not_assessed,
            "agentsNotAssessed": report.totals.agents_not_assessed,
            "agentsMostlyUnanswered": report.totals.agents_mostly_unanswered,
            "evidenceSha256": report.evidence_sha256,
            "catalogueSha256": report.catalogue.sha256,
        },
    }


def _taxonomy(report: Report, language: Language) -> dict[str, Any]:
    """The catalogue: what a question is raised by."""
    return {
        "name": _TAXONOMY,
        "version": report.catalogue.version,
        "shortDescription": {"text": language.gettext("The rules that raise questions.")},
        "isComprehensive": True,
        "taxa": [_rule(rule, language) for rule in report.catalogue.rules],
        "properties": {"sha256": report.catalogue.sha256, "preconditions": report.catalogue.preconditions},
    }


def _notifications(language: Language) -> list[dict[str, Any]]:
    told = {
        _NOT_READ: language.gettext("Something could not be read, so its absence says nothing."),
        _LEFT_OUT: language.gettext("There was no room for all questions."),
    }
    return [
        {
            "id": id_,
            "name": _pascal(id_),
            "shortDescription": {"text": text},
            "fullDescription": {"text": text},
            "help": {"text": text},
        }
        for id_, text in told.items()
    ]


def _asked_rules(report: Report, found: Sequence[Beyond | Alert], language: Language) -> list[dict[str, Any]]:
    """The questions that there are, each with what the rules that raise it ask, and what else keeps the gate shut."""
    made = []
    by_key: dict[str, list[Alert]] = {}
    for each in found:
        if isinstance(each, Alert):
            by_key.setdefault(each.key, []).append(each)
    rules = {rule.id: rule for rule in report.catalogue.rules}
    for key, some in sorted(by_key.items()):
        raised = dict.fromkeys(id_ for each in some for id_ in each.rules)
        raising = [rules[id_] for id_ in raised if id_ in rules]
        lines = [line for rule in raising for line in (rule.question, *asked(rule, language)) if line]
        title = some[0].title
        text = "\n\n".join(_plain(line) for line in dict.fromkeys(lines))
        told = {"text": text or _plain(title)}
        made.append(_descriptor(key, title, dict.fromkeys(rule.because for rule in raising), told))
    title = language.gettext("What keeps the gate shut")
    why = language.gettext("This is worse than in the baseline, or beyond the organisation's own limits.")
    return [*made, _descriptor(_BEYOND, title, [why], {"text": _plain(why)})]


def _descriptor(id_: str, title: str, because: Iterable[str], help_: dict[str, str]) -> dict[str, Any]:
    return {
        "id": id_,
        "name": _pascal(id_),
        "shortDescription": {"text": _plain(title)},
        "fullDescription": {"text": _plain(" ".join(each for each in because if each) or title)},
        "help": help_,
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["data-risk"]},
    }


def _pascal(id_: str) -> str:
    # One that differs from the id in its letters' case alone is refused as the same.
    return f"DataRisk{id_.title().replace('-', '')}"


def _changed(change: Change) -> dict[str, Any]:
    """What is worse than in the baseline; names are others' texts."""
    return {name: shown(given, _LONG) if isinstance(given, str) else given for name, given in fields_of(change).items()}


def _rule(rule: Rule, language: Language) -> dict[str, Any]:
    lines = [rule.question, *asked(rule, language), rule.not_evaluated or ""]
    told = {
        "id": rule.id,
        "shortDescription": {"text": _plain(rule.title)},
        "fullDescription": {"text": _plain(rule.because or rule.title)},
        "help": {"text": "\n\n".join(_plain(line) for line in lines if line) or _plain(rule.title)},
        "defaultConfiguration": {"level": LEVELS[rule.severity] if rule.severity else "none"},
        "properties": {
            "tags": ["data-risk", *([rule.severity] if rule.severity else [])],
            "severity": rule.severity,
            "question": rule.question,
            "missing": rule.missing,
            "provisions": [provision_words(item) for item in rule.provisions],
            "lawStatus": rule.status,
            "asOf": rule.as_of,
            "origin": rule.origin,
            "findings": rule.findings,
            "notEvaluated": rule.not_evaluated,
        },
    }
    # A reader shows it as a link, and a rule of the user's own may name any address.
    if rule.source_url and rule.source_url.startswith("https://"):
        told["helpUri"] = quote(rule.source_url, safe="%:/?#[]@!$&'()*+,;=~")
    return told


def _result(
    each: Beyond | Alert,
    places: dict[str, int],
    known: dict[str, int],
    waivers: dict[str, Waiver],
    language: Language,
) -> dict[str, Any]:
    if isinstance(each, Beyond):
        return {
            "ruleId": _BEYOND,
            "ruleIndex": places[_BEYOND],
            "level": "error",
            "message": {"text": _plain(each.words)},
            "locations": [_location(each.place, [])],
            "partialFingerprints": _fingerprints(fingerprint(*each.key)),
            "suppressions": [],
            "properties": {"reason": each.kind, "failing": True},
        }
    agent = each.question.agent
    first, *others = each.places[:EVIDENCE]
    logical = [{"name": shown(agent.name), "fullyQualifiedName": shown(agent.id), "kind": "agent"}]
    return {
        "ruleId": each.key,
        "ruleIndex": places[each.key],
        "level": "error" if each.failing else LEVELS[each.severity],
        "message": {"text": _plain(_message(each, language))},
        "locations": [_location(first, logical)],
        "relatedLocations": [_location(place, []) | {"id": number} for number, place in enumerate(others, 1)],
        "partialFingerprints": _fingerprints(each.id),
        "taxa": [
            {"id": rule, "index": known[rule], "toolComponent": {"name": _TAXONOMY, "index": 0}}
            for rule in each.rules
            if rule in known
        ],
        "suppressions": _suppressions(each, waivers),
        "properties": _told(each, waivers),
    }


def _fingerprints(id_: str) -> dict[str, str]:
    # Readers that go by the line's hash would take all that stands on one line for one.
    return {"datariskIssue/v1": id_, "primaryLocationLineHash": f"{id_}:1"}


def _message(each: Alert, language: Language) -> str:
    agent, issue = each.question.agent, each.question.issue
    silent = [answered(agent, language)] if agent.coverage in LOUD else []
    asked = [] if each.title == issue.question else [each.title]
    return " ".join([f"{agent.name}:", *asked, issue.words, *silent, issue.consequence])


def _told(each: Alert, waivers: dict[str, Waiver]) -> dict[str, Any]:
    """What readers of ours find; names are others' texts, and shown as such."""
    agent, issue, spot = each.question.agent, each.question.issue, each.places[0].spot
    return {
        "issueId": each.id,
        "agentId": agent.id,
        "agent": agent.name,
        "coverage": agent.coverage,
        "question": each.title,
        "severity": each.severity,
        "certainty": each.weight[-1] if len(each.weight) > 1 else issue.certainty,
        "status": issue.status,
        "failing": each.failing,
        "sinceBaseline": each.question.since,
        "spanTypes": issue.span_types[:EVIDENCE],
        "notKnown": issue.not_known,
        "owner": issue.owner,
        "due": issue.due,
        "declaredSha256": issue.declared,
        "pointer": spot.pointer,
        "recordSha256": spot.sha256,
        "findings": [_found(item, waivers) for item in each.findings],
    }


def _found(item: Counted, waivers: dict[str, Waiver]) -> dict[str, Any]:
    finding = item.finding.again()
    return {
        "id": finding.id,
        "rule": finding.rule,
        "severity": finding.severity,
        "certainty": finding.certainty,
        "title": finding.title,
        "why": finding.why,
        "sentence": finding.sentence,
        "valueSha256": finding.value_sha256,
        "status": finding.status,
        "failing": item.blocking,
        "sinceBaseline": item.since,
        "waiver": _about(waivers[finding.waiver]) if finding.waiver in waivers else finding.waiver,
        "waiverNote": finding.note,
    }


def _location(place: Place | None, logical: list[dict[str, str]]) -> dict[str, Any]:
    path, point = (place.path, place.point) if place else (None, None)
    # Code scanning refuses what has no line.
    region = {"startLine": point.line, "startColumn": point.column} if point else {"startLine": 1}
    told: dict[str, Any] = {"physicalLocation": {"artifactLocation": _artifact(path), "region": region}}
    if place and place.name:
        whole_name = shown(f"{place.spot.sha256}#{place.spot.pointer}", _LONG)
        logical = [*logical, {"name": shown(place.name), "fullyQualifiedName": whole_name, "kind": "span type"}]
    if logical:
        told["logicalLocations"] = logical
    if place and place.name:
        told["message"] = {"text": _plain(place.name)}
    return told


def _artifact(path: str | None) -> dict[str, str]:
    if path is None:
        return {"uri": EVIDENCE_FILE, "uriBaseId": "BUNDLE"}
    return {"uri": quote(path.encode("utf-8", "backslashreplace")), "uriBaseId": "%SRCROOT%"}


def _suppressions(each: Alert, waivers: dict[str, Waiver]) -> list[dict[str, Any]]:
    """Empty where somebody still has to decide, as an absent list would say that nobody knows."""
    if not each.settled:
        return []
    issue = each.question.issue
    if issue.decision:
        by = {"decidedBy": issue.decided_by, "decidedOn": issue.decided_on, "reference": issue.reference}
        return [{"kind": "external", "status": "accepted", "justification": _plain(issue.decision), "properties": by}]
    used = dict.fromkeys(item.finding.waiver for item in each.question.findings if item.finding.waiver)
    return [_accepted(waivers[id_]) for id_ in used if id_ in waivers] or [{"kind": "external", "status": "accepted"}]


def _accepted(waiver: Waiver) -> dict[str, Any]:
    justification = _plain(waiver.reason)
    return {"kind": "external", "status": "accepted", "justification": justification, "properties": _about(waiver)}


def _about(waiver: Waiver) -> dict[str, Any]:
    return {
        "waiver": waiver.id,
        "reason": shown(waiver.reason, _LONG),
        "approvedBy": waiver.approved_by,
        "approvedOn": waiver.approved_on,
        "expires": waiver.expires,
        "ticket": waiver.ticket,
    }


def _invocation(report: Report, language: Language, left_out: int) -> dict[str, Any]:
    notes: list[dict[str, Any]] = [
        {"level": "error", "message": {"text": _plain(unread(gap))}, "descriptor": {"id": _NOT_READ}}
        for gap in report.gaps
    ]
    if left_out:
        text = language.ngettext(
            "%(number)s question more is in report.json, the least urgent of all; there is no room for it here.",
            "%(number)s questions more are in report.json, the least urgent of all; there is no room for them here.",
            left_out,
        )
        notes.append({"level": "warning", "message": {"text": text}, "descriptor": {"id": _LEFT_OUT}})
    return {
        "executionSuccessful": report.complete,
        "endTimeUtc": report.generated_at,
        "toolExecutionNotifications": notes,
    }


def _plain(text: str) -> str:
    """Text that a reader of SARIF takes for text: brackets make links in it, and a number in braces is replaced."""
    seen = shown(text, _LONG)
    if "](" in seen:
        seen = seen.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return re.sub(r"\{(\d+)\}", r"{{\1}}", seen)
