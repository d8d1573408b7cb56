"""From a comparison with what was agreed, and a score, to their part of the view; wording is decided here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from reporter.declared.platform_risk import ReportedScore
from reporter.plain.language import Language
from reporter.review import agreed as comparing
from reporter.review import facts, score
from reporter.review.agreed import Subject
from reporter.review.assessment import Assessed
from reporter.view import words
from reporter.view.agreed_types import (
    Agreed,
    AgreedDocument,
    AgreedPoint,
    AgreedSource,
    PlatformNumber,
    PointState,
    Score,
    TypeScore,
)


def summary(agents: Sequence[Assessed], language: Language) -> str:
    """All agents in a line."""
    found = [each.agreed for each in agents if each.agreed]
    if not found:
        return language.gettext("nobody has told this report what was agreed")
    beyond = [bool(each.exceeds) for each in found if each.sources]
    undecided = [bool(each.undecided) for each in found if each.sources]
    return language.ngettext(
        "said for %(known)s of %(number)s agent; %(beyond)s with more than that, %(undecided)s with undecided answers",
        "said for %(known)s of %(number)s agents; %(beyond)s with more than that, %(undecided)s with undecided answers",
        len(found),
        known=len(beyond),
        beyond=sum(beyond),
        undecided=sum(undecided),
    )


def of_agent(given: Assessed, language: Language) -> Agreed | None:
    """What was agreed for an agent; None where nothing says for any agent what was."""
    found = given.agreed
    if found is None:
        return None
    return Agreed(_words(found, language), [*_sources(found)], [*_points(found, language)])


def _words(found: comparing.Compared, language: Language) -> str:
    if found.neither:
        return language.gettext("Nothing says what was agreed for this agent.")
    if not found.sources:
        return language.gettext("Its risk profile could not be read, so that nobody knows what was agreed.")
    # Levels and environments were agreed as well, and count like everything else.
    exceeds, undecided = len(found.exceeds), len(found.undecided)
    if exceeds:
        return language.gettext(
            "Beyond what was agreed: %(number)s; undecided and not agreed: %(undecided)s.",
            number=exceeds,
            undecided=undecided,
        )
    if undecided:
        return language.gettext(
            "Nothing is declared beyond what was agreed; undecided and not agreed: %(undecided)s.", undecided=undecided
        )
    return language.gettext("By what is declared, nothing is beyond what was agreed.")


def _sources(found: comparing.Compared) -> Iterator[AgreedSource]:
    profile = found.profile
    if profile and not profile.readable:
        odd = [f"{each.pointer}: {each.why}" for each in profile.odd]
        yield AgreedSource("platform", profile.name, profile.id, [], [], None, None, [], undocumented=False, odd=odd)
    for each in found.sources:
        of_platform = profile.odd if profile and each.kind == "platform" else ()
        yield AgreedSource(
            kind=each.kind,
            name=each.name,
            reference=each.reference,
            categories=comparing.in_reading_order("category", each.categories),
            actions=comparing.in_reading_order("action", each.actions),
            highest=each.highest,
            environments=None if each.environments is None else sorted(each.environments),
            documents=[_document(document, found) for document in each.documents if document],
            undocumented=None in each.documents,
            odd=[f"{part.pointer}: {part.why}" for part in of_platform],
        )


def _document(given: facts.Document, found: comparing.Compared) -> AgreedDocument:
    day, last = (each.isoformat() if each else None for each in (given.date, given.expires))
    expired = given in found.expired
    return AgreedDocument(given.kind, given.title, given.reference, day, last, given.sha256, expired)


def _points(found: comparing.Compared, language: Language) -> Iterator[AgreedPoint]:
    told: tuple[tuple[PointState, tuple[comparing.Point, ...]], ...] = (
        ("exceeds", found.exceeds),
        ("undecided", found.undecided),
    )
    for state, points in told:
        for each in points:
            names = list(dict.fromkeys(entry.name for entry in each.entries))
            label = _label(each.subject, each.name, language)
            yield AgreedPoint(state, each.subject, each.name, label, list(each.by), names)
    for kind, subject, name in found.unused:
        yield AgreedPoint("unused", subject, name, _label(subject, name, language), [kind], [])
    for subject, name in found.differs:
        by = [source.kind for source in found.sources if not source.permits(subject, name)]
        yield AgreedPoint("differs", subject, name, _label(subject, name, language), by, [])


def _label(subject: Subject, name: str, language: Language) -> str:
    if subject == "level":
        return language.gettext("Classification: %(level)s", level=language.gettext(name))
    return name if subject == "environment" else words.label(name, language)


def of_score(given: Assessed, language: Language) -> Score | None:
    """The platform's score of an agent; None without a profile that it can be counted with."""
    found, risk = given.score, given.agent.risk
    if found is None or risk is None or risk.profile is None:
        return None
    return Score(
        profile=risk.profile.name,
        at_least=found.once.at_least,
        at_most=found.once.at_most,
        bands=found.band,
        thresholds=risk.profile.thresholds,
        types=[
            TypeScore(entry.name, entry.schema_version_id, bounds.at_least, bounds.at_most)
            for entry, bounds in found.types
        ],
        platform=[*_numbers(found)],
        note=language.gettext(
            "What was not agreed has no weight, and counts nothing. A category among inputs and outputs counts once "
            "here; the platform's documents do not say whether it does."
        ),
    )


def _numbers(found: score.Score) -> Iterator[PlatformNumber]:
    for each in found.beside:
        reported = each.reported
        ours = each.ours
        kind: Literal["score", "count"] = "score" if isinstance(reported, ReportedScore) else "count"
        subject = reported.span_type if isinstance(reported, ReportedScore) else reported.name
        yield PlatformNumber(
            kind=kind,
            subject=subject,
            number=reported.score if isinstance(reported, ReportedScore) else reported.number,
            runs=reported.runs if isinstance(reported, ReportedScore) else 1,
            at_least=ours.at_least if ours else None,
            at_most=ours.at_most if ours else None,
            differs=each.differs,
            pointer=reported.pointer,
            record_sha256=reported.record_sha256,
        )
