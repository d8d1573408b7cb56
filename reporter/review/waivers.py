"""Waivers: findings that somebody accepts, for a reason, until a day, as long as the same is declared.

A waiver is bound to the digest of what was declared when it was given; whatever else is declared later opens its
finding again. Its days are calendar days in UTC, wherever the machine stands, and the last one counts to its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from typing import Final, Literal

from reporter.plain.language import Message

Status = Literal["in force", "expires soon", "expired", "changed", "refused", "not yet", "matches nothing"]

SOON: Final = 30
"""So many days before its last one, a waiver is said to expire soon."""

# Every other status leaves its findings open: whatever is wrong with a waiver, it accepts nothing.
_ACCEPTS: Final = ("in force", "expires soon")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One table of a waivers file.

    Attributes:
        agent: A pattern of agents' names or ids; likewise ``span_type``, which is None for any.
        category: One that the finding must rest on; None for any.
        value_sha256: The digest of what was declared when it was accepted.
        approved_on: Its first day.
        expires: Its last one.
    """

    id: str
    rule: str
    agent: str
    span_type: str | None
    category: str | None
    value_sha256: str
    reason: str
    approved_by: str
    ticket: str | None
    evidence: str | None
    approved_on: date
    expires: date

    def is_about(self, finding: Waivable) -> bool:
        """Whether it names a finding, whatever is declared there."""
        # Patterns are written by people, who do not tell upper case from lower.
        agent = self.agent.casefold()
        return (
            self.rule == finding.rule
            and any(fnmatchcase(name.casefold(), agent) for name in (finding.agent_name, finding.agent_id))
            and _names(self.span_type, finding.span_type)
            and self.category in (None, *finding.categories)
        )


def _names(pattern: str | None, span_type: str | None) -> bool:
    if pattern is None:
        return True
    return span_type is not None and fnmatchcase(span_type.casefold(), pattern.casefold())


@dataclass(frozen=True, slots=True)
class Waivable:
    """What a waiver has to know of a finding."""

    id: str
    rule: str
    agent_id: str
    agent_name: str
    span_type: str | None
    categories: Sequence[str]
    value_sha256: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What waivers make of one finding.

    Attributes:
        waiver: The waiver that accepts it; None where it is open.
        note: What became of a waiver that is about it and does not accept it.
    """

    waiver: str | None = None
    note: Message | None = None

    @property
    def status(self) -> Literal["open", "accepted"]:
        """The finding's."""
        return "open" if self.waiver is None else "accepted"


OPEN: Final = Decision()
"""That of a finding that no waiver is about."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one waiver.

    Attributes:
        words: The status as a sentence.
        findings: The ids of those that it is about, whether it accepts them or not.
    """

    waiver: Waiver
    status: Status
    words: Message
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """The decisions, in the order of the findings, and each waiver's fate, in the order of their ids."""

    decisions: tuple[Decision, ...]
    fates: tuple[Fate, ...]


def apply(
    findings: Sequence[Waivable], waivers: Sequence[Waiver], at: datetime, *, non_waivable: Sequence[str] = ()
) -> Applied:
    """Holds findings against waivers.

    Args:
        findings: All of a report.
        waivers: In any order, which changes nothing.
        at: The run's clock; what counts is its day in UTC.
        non_waivable: Rules whose findings no waiver accepts.

    Raises:
        ValueError: The time has no time zone, so nobody knows which day it is.
    """
    if at.tzinfo is None:
        raise ValueError("a time without a time zone is on no certain day")
    # The same run must come to the same verdict on every machine, so that no local day counts.
    today = at.astimezone(UTC).date()
    by_rule: dict[str, list[int]] = {}
    for place, finding in enumerate(findings):
        by_rule.setdefault(finding.rule, []).append(place)
    about: list[list[Fate]] = [[] for _ in findings]
    fates: list[Fate] = []
    # By id, as the order of a file is nobody's promise.
    for waiver in sorted(waivers, key=lambda item: item.id):
        places = [place for place in by_rule.get(waiver.rule, ()) if waiver.is_about(findings[place])]
        fate = _fate(waiver, [findings[place] for place in places], today, non_waivable)
        fates.append(fate)
        for place in places:
            about[place].append(fate)
    decisions = (_decision(finding, named) for finding, named in zip(findings, about, strict=True))
    return Applied(tuple(decisions), tuple(fates))


def standing(waiver: Waiver, today: date, non_waivable: Sequence[str] = ()) -> Status:
    """A waiver's status as far as it depends on no finding."""
    # Refused first: that the organisation allows no waiver holds whatever day it is.
    if waiver.rule in non_waivable:
        return "refused"
    if today > waiver.expires:
        return "expired"
    if today < waiver.approved_on:
        return "not yet"
    return "expires soon" if (waiver.expires - today).days <= SOON else "in force"


def words(waiver: Waiver, status: Status) -> Message:
    """What a status means, as a sentence; days are in UTC."""
    values = {"day": (waiver.approved_on if status == "not yet" else waiver.expires).isoformat(), "rule": waiver.rule}
    return Message(_WORDS[status].text, values)


_WORDS: Final[dict[Status, Message]] = {
    "in force": Message("In force until the end of %(day)s (UTC)."),
    "expires soon": Message("Expires soon: it is in force until the end of %(day)s (UTC)."),
    "expired": Message("Expired: it was in force until the end of %(day)s (UTC), and accepts nothing any more."),
    "changed": Message("What is declared is not what was accepted, so it accepts nothing any more."),
    "refused": Message("Findings of rule %(rule)s cannot be waived, so it accepts nothing."),
    "not yet": Message("It is in force from %(day)s (UTC) on, and accepts nothing before."),
    "matches nothing": Message("It matches no finding of this report."),
}


def _fate(waiver: Waiver, found: Sequence[Waivable], today: date, non_waivable: Sequence[str]) -> Fate:
    status = standing(waiver, today, non_waivable)
    if status in _ACCEPTS:
        if not found:
            status = "matches nothing"
        # One that still accepts something is in force, though it is also about findings whose values have changed.
        elif not any(finding.value_sha256 == waiver.value_sha256 for finding in found):
            status = "changed"
    return Fate(waiver, status, words(waiver, status), tuple(dict.fromkeys(finding.id for finding in found)))


def _decision(finding: Waivable, named: Sequence[Fate]) -> Decision:
    """Of several waivers that accept a finding the one that lasts longest counts; of others the likeliest cause."""
    # The one that lasts longest decides, so that a report does not say "expires soon" while another holds for a year.
    accepting = [fate.waiver for fate in named if _accepts(fate, finding)]
    if accepting:
        return Decision(waiver=max(accepting, key=_lasting).id)
    if not named:
        return OPEN
    given_for_this = [fate for fate in named if fate.waiver.value_sha256 == finding.value_sha256]
    return Decision(note=_note(max(given_for_this or named, key=lambda fate: _lasting(fate.waiver))))


def _accepts(fate: Fate, finding: Waivable) -> bool:
    return fate.status in _ACCEPTS and fate.waiver.value_sha256 == finding.value_sha256


def _lasting(waiver: Waiver) -> tuple[date, str]:
    return waiver.expires, waiver.id


def _note(fate: Fate) -> Message:
    """Why a waiver that is about a finding does not accept it; where nothing else is wrong, its value is another."""
    waiver = fate.waiver
    text = _NOTES.get(fate.status, _CHANGED).text
    days = {"approved": waiver.approved_on.isoformat(), "expired": waiver.expires.isoformat()}
    return Message(text, {"waiver": waiver.id, "rule": waiver.rule, **days})


_CHANGED: Final = Message("Waiver %(waiver)s does not accept it: what is declared is not what was accepted.")
_NOTES: Final[dict[Status, Message]] = {
    "expired": Message("Waiver %(waiver)s expired on %(expired)s (UTC)."),
    "refused": Message("Waiver %(waiver)s does not accept it: findings of rule %(rule)s cannot be waived."),
    "not yet": Message("Waiver %(waiver)s does not accept it before %(approved)s (UTC)."),
}
