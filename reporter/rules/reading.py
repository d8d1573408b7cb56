"""Findings about declarations as they were written: what the vocabulary has no place for.

They say that something needs a second look, never that a provision applies or that anything is wrong in law.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from reporter.language import Message
from reporter.model import Json, Oddity, SchemaVersion, SpanType
from reporter.scope import ScopedAgent

Severity = Literal["info", "low", "medium", "high"]
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id is stable, its title is what a report prints, ``why`` what it means for the reader."""

    id: str
    title: Message
    severity: Severity
    why: Message


RULES: Final[dict[str, Rule]] = {
    rule.id: rule
    for rule in (
        Rule(
            "R01",
            Message("Value outside the vocabulary"),
            "medium",
            Message("It is kept as it was declared, and counts as unknown, because no reader can know what was meant."),
        ),
        Rule(
            "R02",
            Message("Field that holds no answer"),
            "medium",
            Message("An answer is a word of the vocabulary; what stands there instead is kept, and counts as unknown."),
        ),
        Rule(
            "R03",
            Message("Part of a declaration that is no object"),
            "medium",
            Message("It cannot be read field by field, so all its fields count as undeclared."),
        ),
        Rule(
            "R04",
            Message("Span type twice in one list"),
            "medium",
            Message("Both entries are kept and count, because nobody can tell which of them is meant."),
        ),
        Rule(
            "R05",
            Message("Entry without a name"),
            "medium",
            Message("It counts like the others, but nobody can tell what it is about."),
        ),
        Rule(
            "R06",
            Message("One schema version, different contents"),
            "high",
            Message("The sources hold the same schema version with declarations that differ; all of them count."),
        ),
        Rule(
            "R07",
            Message("Text that is not Unicode"),
            "low",
            Message("It holds a lone surrogate, which is shown and digested as the six characters of its JSON escape."),
        ),
        Rule(
            "R08",
            Message("Time that cannot be understood"),
            "low",
            Message("The version cannot be put in order with the others, so it counts beside the newest of them."),
        ),
        Rule(
            "R10",
            Message("Name that is not its key"),
            "low",
            Message("In a map the key is the name; the entry itself gives another, which stands in the evidence."),
        ),
        Rule(
            "R09",
            Message("Two agents of one name"),
            "info",
            Message("They are told apart by their ids, which stand beside their names."),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class FindingEvidence:
    """Where a finding comes from; ``span_type`` and ``kind`` are None where it is about a whole schema version."""

    schema_version_id: str
    kind: str | None
    span_type: str | None
    pointer: str
    value: Json
    record_sha256: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that triggers a review.

    Attributes:
        id: A fingerprint that is the same across runs, order and machines.
    """

    id: str
    rule: str
    severity: Severity
    title: Message
    why: Message
    evidence: tuple[FindingEvidence, ...]


def fingerprint(*parts: object) -> str:
    """Sixteen hexadecimal digits that stand for these parts."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def findings(scoped: ScopedAgent, *, shared_name: bool = False) -> tuple[Finding, ...]:
    """What is odd about the declarations of one agent in scope; ``shared_name``: another is called like it."""
    found = [finding for item in scoped.versions for finding in _of_version(scoped.agent.id, item.version)]
    if shared_name:
        found.append(_finding("R09", scoped.agent.id, scoped.agent.name, ()))
    rank = SEVERITIES.index
    return tuple(sorted(found, key=lambda f: (-rank(f.severity), f.rule, [e.pointer for e in f.evidence], f.id)))


def _of_version(agent_id: str, version: SchemaVersion) -> Iterator[Finding]:
    for odd in version.oddities:
        evidence = FindingEvidence(version.id, None, None, odd.pointer, odd.value, version.record.sha256)
        yield _finding(odd.rule, agent_id, f"{version.id}{odd.pointer}{odd.value}", (evidence,))
    for entry in version.span_types or ():
        for odd in entry.declaration.oddities:
            yield _of_entry(agent_id, entry, odd)


def _of_entry(agent_id: str, entry: SpanType, odd: Oddity) -> Finding:
    """The place of an entry in its list is no part of the fingerprint: it moves when others are added."""
    pointer = f"{entry.pointer}{odd.pointer}"
    evidence = FindingEvidence(entry.schema_version_id, entry.kind, entry.name, pointer, odd.value, entry.record_sha256)
    key = fingerprint(entry.kind, entry.name, odd.pointer, repr(odd.value))
    return _finding(odd.rule, agent_id, key, (evidence,))


def _finding(rule_id: str, agent_id: str, key: str, evidence: tuple[FindingEvidence, ...]) -> Finding:
    rule = RULES[rule_id]
    return Finding(fingerprint(rule_id, agent_id, key), rule_id, rule.severity, rule.title, rule.why, evidence)
