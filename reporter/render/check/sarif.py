"""``check.sarif``: the findings as SARIF 2.1.0, for code scanning and every other reader of that format.

A finding has no line, so each stands on the first line of the file that its record was read from, or of the evidence
that a run keeps; the properties hold the JSON pointer and the digest of the record. Accepted findings stay in it, with
their waiver as a suppression. What could not be read makes the invocation unsuccessful, with a notification for each.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import quote

from reporter.gate.direction import Change
from reporter.gate.policy import Verdict
from reporter.plain.language import Language, of
from reporter.plain.memory import Lazily
from reporter.plain.text import shown
from reporter.render.check.verdicts import Placed, asked, heading, placed
from reporter.render.document import Document, Large
from reporter.render.json import streamed
from reporter.render.tables.table import provision_words, unread, whole
from reporter.view.findings import Rule, Severity, Waiver
from reporter.view.report import Report

MEDIA_TYPE: Final = "application/sarif+json"
SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Final[dict[Severity, str]] = {"high": "error", "medium": "warning", "low": "note", "info": "note"}
#: What GitHub takes of one run; it rejects files with more.
RESULTS: Final = 25_000
#: What GitHub takes of one file, compressed.
COMPRESSED_BYTES: Final = 10_000_000
#: Declared fields that are told with one finding; report.json has all.
EVIDENCE: Final = 10
EVIDENCE_FILE: Final = "evidence/snapshot.json"

#: The log, its runs, the one that there is, and its results.
_OPENED: Final = 4
_LONG: Final = 2_000
_NOT_READ: Final = "not-read"
_LEFT_OUT: Final = "left-out"


def render(report: Report, verdict: Verdict, *, results: int = RESULTS) -> Document:
    """All findings, worst first, as far as there is room for them and at most ``results``."""
    found = placed(report, verdict)
    kept = min(len(found), results)
    while True:
        log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report, verdict, found, kept)]}
        made = Large(streamed(log, _OPENED))
        if not kept or _compressed(made) <= COMPRESSED_BYTES:
            return Document("check.sarif", MEDIA_TYPE, made)
        kept //= 2  # a few tries instead of one for each finding that is too many


def _compressed(pieces: Iterable[bytes]) -> int:
    """How many bytes they are as GitHub counts them."""
    by_gzip = zlib.compressobj(wbits=31)
    return sum(len(by_gzip.compress(piece)) for piece in pieces) + len(by_gzip.flush())


def _run(report: Report, verdict: Verdict, found: Sequence[Placed], kept: int) -> dict[str, Any]:
    language = of(report.language)
    places = {rule.id: place for place, rule in enumerate(report.catalogue.rules)}
    waivers = {waiver.id: waiver for waiver in report.waivers}
    notifications = {
        _NOT_READ: language.gettext("Something could not be read, so its absence says nothing."),
        _LEFT_OUT: language.gettext("There was no room for all findings."),
    }
    driver = {
        "name": report.tool.name,
        "semanticVersion": report.tool.version,
        "rules": [_rule(rule, language) for rule in report.catalogue.rules],
        "notifications": [{"id": id_, "shortDescription": {"text": text}} for id_, text in notifications.items()],
        "properties": {"catalogueVersion": report.catalogue.version, "preconditions": report.catalogue.preconditions},
    }
    # What code scanning tells runs apart by: those of other accounts and environments do not replace this one's.
    category = "".join(
        f"{quote(shown(part), safe='')}/" for part in ("datarisk", report.account.id, *report.scope.environments)
    )
    return {
        "tool": {"driver": driver},
        "language": report.language,
        "automationDetails": {"id": category, "description": {"text": _plain(report.scope.words)}},
        "originalUriBaseIds": {
            "%SRCROOT%": {"description": {"text": language.gettext("The folder that the check was run in.")}},
            "BUNDLE": {"description": {"text": language.gettext("The folder of a run, with its evidence.")}},
        },
        "artifacts": [
            {"location": _artifact(None), "hashes": {"sha-256": report.evidence_sha256}, "mimeType": "application/json"}
        ],
        "invocations": [_invocation(report, language, len(found) - kept)],
        "results": Lazily(kept, lambda: (_result(item, places, waivers) for item in found[:kept])),
        "properties": {
            "verdict": heading(verdict, language),
            "complete": verdict.complete,
            "threshold": verdict.threshold,
            "reasons": [shown(reason, _LONG) for reason in verdict.reasons],
            "changes": [_changed(change) for reason in verdict.why for change in reason.changes],
            "openIssues": report.totals.open_issues,
            "findings": len(found),
            "accepted": sum(item.finding.status == "accepted" for item in found),
            "spanTypes": report.totals.span_types,
            "spanTypesNotAssessed": report.totals.not_assessed,
            "evidenceSha256": report.evidence_sha256,
            "catalogueSha256": report.catalogue.sha256,
        },
    }


def _changed(change: Change) -> dict[str, Any]:
    """What is worse than in the baseline; names are others' texts."""
    return {name: shown(given, _LONG) if isinstance(given, str) else given for name, given in asdict(change).items()}


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


def _result(item: Placed, places: dict[str, int], waivers: dict[str, Waiver]) -> dict[str, Any]:
    agent, finding = item.agent, item.finding
    logical = [{"name": shown(agent.name), "fullyQualifiedName": shown(agent.id), "kind": "agent"}]
    for each in finding.instances[:EVIDENCE]:
        whole_name = shown(f"{agent.id}/{each.schema_version_id}/{each.kind}/{each.span_type}", _LONG)
        logical.append({"name": shown(each.span_type), "fullyQualifiedName": whole_name, "kind": "span type"})
    # Code scanning refuses what has no line.
    physical = {"artifactLocation": _artifact(item.path), "region": {"startLine": 1}}
    told: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": LEVELS[finding.severity],
        "message": {"text": _plain(finding.sentence or finding.title)},
        "locations": [{"physicalLocation": physical, "logicalLocations": logical}],
        # Readers that go by the line's hash would take all findings on one line for one.
        "partialFingerprints": {"datariskFinding/v1": finding.id, "primaryLocationLineHash": f"{finding.id}:1"},
        "suppressions": _suppressions(item, waivers),
        "properties": {
            "findingId": finding.id,
            "agentId": agent.id,
            "agent": agent.name,
            "title": finding.title,
            "why": finding.why,
            "severity": finding.severity,
            "certainty": finding.certainty,
            "status": finding.status,
            "failing": item.failing,
            "new": item.new,
            "issue": finding.issue,
            "spanTypes": finding.span_types[:EVIDENCE],
            "categories": finding.categories,
            "waiver": finding.waiver,
            "waiverNote": finding.note,
            "pointer": item.pointer,
            "recordSha256": item.record_sha256,
            "valueSha256": finding.value_sha256,
            "evidenceFields": item.pointers,
            "evidence": [
                {"pointer": cell.pointer, "value": whole(cell.value), "recordSha256": cell.record_sha256}
                for cell in finding.evidence[:EVIDENCE]
            ],
        },
    }
    if finding.rule in places:
        told["ruleIndex"] = places[finding.rule]
    return told


def _artifact(path: str | None) -> dict[str, str]:
    if path is None:
        return {"uri": EVIDENCE_FILE, "uriBaseId": "BUNDLE"}
    return {"uri": quote(path.encode("utf-8", "backslashreplace")), "uriBaseId": "%SRCROOT%"}


def _suppressions(item: Placed, waivers: dict[str, Waiver]) -> list[dict[str, Any]]:
    """Empty where nobody accepted it, as an absent list would say that nobody knows."""
    finding = item.finding
    if finding.status != "accepted":
        return []
    waiver = waivers.get(finding.waiver or "")
    if waiver is None:
        return [{"kind": "external", "status": "accepted"}]
    about = {
        "waiver": waiver.id,
        "approvedBy": waiver.approved_by,
        "approvedOn": waiver.approved_on,
        "expires": waiver.expires,
        "ticket": waiver.ticket,
    }
    return [{"kind": "external", "status": "accepted", "justification": _plain(waiver.reason), "properties": about}]


def _invocation(report: Report, language: Language, left_out: int) -> dict[str, Any]:
    notes: list[dict[str, Any]] = [
        {"level": "error", "message": {"text": _plain(unread(gap))}, "descriptor": {"id": _NOT_READ}}
        for gap in report.gaps
    ]
    if left_out:
        text = language.ngettext(
            "%(number)s finding more is in report.json, the least severe of all; there is no room for it here.",
            "%(number)s findings more are in report.json, the least severe of all; there is no room for them here.",
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
