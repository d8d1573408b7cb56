"""What was agreed beside what is declared, and the platform's score, as lines of a table for page and paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from reporter.plain.language import Language
from reporter.view.agreed_types import (
    Agreed,
    AgreedDocument,
    AgreedPoint,
    AgreedSource,
    PlatformNumber,
    PointState,
    Score,
)
from reporter.view.report import Agent
from reporter.view.words import label

Line = tuple[str, list[str]]
"""The head of a line, and what stands in it."""

_TYPES: Final = 20  # span types whose scores are told one by one; all of them stand in report.json and in the workbook
_NAMED: Final = 3
_TO: Final = "\u2013"


def lines(agent: Agent, language: Language) -> list[Line]:
    """Those of an agent; none where nothing says for any agent what was agreed."""
    found = []
    if agent.agreed:
        found += [*_agreed(agent.agreed, language)]
    if agent.score:
        found += [*_score(agent.score, language)]
    return found


def _agreed(given: Agreed, language: Language) -> Iterator[Line]:
    for each in given.sources:
        yield source(each, language), [*_source(each, language)]
    for state, head in _heads(language).items():
        points = [each for each in given.points if each.state == state]
        if points:
            yield head, [_point(each, language) for each in points]


def source(given: AgreedSource, language: Language) -> str:
    """Who says what was agreed."""
    if given.kind == "platform":
        return language.gettext("Agreed by risk profile %(name)s", name=given.name)
    return language.gettext("Agreed by %(file)s", file=given.name)


def _source(given: AgreedSource, language: Language) -> Iterator[str]:
    names = [label(each, language) for each in (*given.categories, *given.actions)]
    yield ", ".join(names) or language.gettext("nothing")
    if given.highest:
        yield language.gettext("up to level %(level)s", level=language.gettext(given.highest))
    if given.environments is not None:
        yield language.gettext("in %(environments)s", environments=", ".join(given.environments))
    for each in given.documents:
        yield _document(each, language)
    if given.undocumented:
        yield language.gettext("no document named")
    yield from given.odd


def _document(given: AgreedDocument, language: Language) -> str:
    dated = _day(given.date, language) if given.date else language.gettext("without a date")
    told = f"{given.title} ({given.reference}, {dated})"
    if given.expires is None:
        return told
    last = _day(given.expires, language)
    until = (
        language.gettext("EXPIRED on %(day)s", day=last)
        if given.expired
        else language.gettext("until %(day)s", day=last)
    )
    return f"{told}, {until}"


def _day(text: str, language: Language) -> str:
    return language.day(datetime.fromisoformat(f"{text}T00:00:00+00:00"))


def _heads(language: Language) -> dict[PointState, str]:
    return {
        "exceeds": language.gettext("Declared, and not agreed"),
        "undecided": language.gettext("Undecided, and not agreed"),
        "unused": language.gettext("Agreed, and ruled out by all declarations"),
        "differs": language.gettext("Agreed by one of the two alone"),
    }


def _point(given: AgreedPoint, language: Language) -> str:
    if not given.span_types:
        return given.label
    names, more = given.span_types[:_NAMED], len(given.span_types) - _NAMED
    told = ", ".join(names)
    if more > 0:
        told += " " + language.gettext("and %(number)s more", number=more)
    return f"{given.label} ({told})"


def _score(given: Score, language: Language) -> Iterator[Line]:
    bands = {
        "low": language.pgettext("band", "low"),
        "medium": language.pgettext("band", "medium"),
        "high": language.pgettext("band", "high"),
        "critical": language.pgettext("band", "critical"),
    }
    told = [bounds(given.at_least, given.at_most, language)]
    if given.bands and given.thresholds:
        names = [bands[each] for each in dict.fromkeys(given.bands)]
        begins = (language.fraction(each) for each in given.thresholds)
        told.append(f"{_TO.join(names)} ({' / '.join(begins)})")
    else:
        told.append(language.gettext("no band, as the thresholds do not ascend"))
    yield language.gettext("Platform's score, one span of each type"), [*told, given.note]
    types = [each for each in given.types if each.at_most]
    if types:
        more = [language.gettext("and %(number)s more", number=len(types) - _TYPES)] * (len(types) > _TYPES)
        names = [f"{each.span_type}: {_range(each.at_least, each.at_most, language)}" for each in types[:_TYPES]]
        yield language.gettext("Score of one span, by type"), [*names, *more]
    if given.platform:
        # A difference is never among those that are only counted.
        numbers = sorted(given.platform, key=lambda each: not each.differs)
        shown = max(_TYPES, sum(each.differs for each in numbers))
        more = [language.gettext("and %(number)s more", number=len(numbers) - shown)] * (len(numbers) > shown)
        yield (
            language.gettext("The platform's own numbers"),
            [*(_number(each, language) for each in numbers[:shown]), *more],
        )


def _range(at_least: float, at_most: float, language: Language) -> str:
    return _TO.join(dict.fromkeys(language.fraction(each) for each in (at_least, at_most)))


def bounds(at_least: float, at_most: float, language: Language) -> str:
    """A score: what it is, or what it is at least and would be at most."""
    least, most = language.fraction(at_least), language.fraction(at_most)
    if at_least == at_most:
        return least
    return language.gettext("at least %(least)s; with the missing answers at most %(most)s", least=least, most=most)


def _number(given: PlatformNumber, language: Language) -> str:
    number, name = language.fraction(given.number), _counted(given.subject, language)
    if given.at_least is None:
        return language.gettext("%(name)s: %(number)s, in no version in scope", name=name, number=number)
    ours = language.fraction(given.at_least)
    if given.differs:
        return language.gettext("%(name)s: %(number)s, NOT %(ours)s", name=name, number=number, ours=ours)
    return language.gettext("%(name)s: %(number)s, as here", name=name, number=number)


def _counted(name: str, language: Language) -> str:
    """What a count of the platform is about; a span type has its own name."""
    match name:
        case "total_span_types":
            return language.gettext("Span types, without judgements and alerts")
        case "external_communication_count":
            return language.gettext("Span types that allow external communication")
        case _:
            return name
