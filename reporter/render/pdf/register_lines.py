"""The register of rules on paper, cut into lines here: the engine would take three times as long over each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from reporter.plain.language import Language
from reporter.plain.text import shown
from reporter.render.sheets.fitting import wrapped
from reporter.render.sheets.register import Cited, Entry

_ROOM: Final = 61.5  # ems of the text face
_LONG: Final = 4000


def lines(entry: Entry, language: Language) -> Markup:
    """All that the register says of a rule below its title."""
    return Markup("\n").join(
        line for text in _told(entry, language) for line in wrapped(shown(text, _LONG, language.more), _ROOM)
    )


def _told(entry: Entry, language: Language) -> Iterator[str]:
    rule = entry.rule
    asked = [rule.because]
    if rule.question:
        asked.append(language.gettext("To be asked: %(question)s", question=rule.question))
    if rule.missing:
        asked.append(language.gettext("Not determined here: %(facts)s.", facts="; ".join(rule.missing)))
    yield " ".join(asked)
    if entry.as_they_stand:
        provisions = "; ".join(_cited(each) for each in entry.as_they_stand)
        yield language.gettext("Provisions: %(provisions)s.", provisions=provisions)
    if entry.conditional:
        conditions = "; ".join(f"{each.only_if}: {_cited(each)}" for each in entry.conditional)
        yield language.gettext("Only if %(conditions)s.", conditions=conditions)
    yield _concerned(entry, language)


def _cited(cited: Cited) -> str:
    return f"{cited.texts} ({cited.state})"


def _concerned(entry: Entry, language: Language) -> str:
    names = ", ".join(shown(agent.name) for agent in entry.agents)
    if entry.more:
        names += "; " + language.gettext("and %(more)s more", more=entry.more)
    findings = language.ngettext("%(number)s finding", "%(number)s findings", entry.rule.findings)
    return language.ngettext(
        "%(findings)s, %(number)s agent: %(names)s.",
        "%(findings)s, %(number)s agents: %(names)s.",
        entry.concerned,
        findings=findings,
        names=names,
    )
