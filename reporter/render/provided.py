"""What the organisation states of an agent in words, item by item; what it does not state says so, and is never blank.

Tables and annexes tell the same things, so that they are put into words once. Who reads them has to see that they were
stated and not checked, and what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reporter.plain.language import Language
from reporter.view.facts import AgentFacts, Document, Recipient
from reporter.view.report import Agent

Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Provided:
    """The facts of one agent; each item holds at least one text.

    Attributes:
        controllers: The joint controllers, or those on whose behalf a processor acts.
        transfers: Recipients in third countries with what the transfer rests on, or that there are none.
        assessments: The impact assessments among the documents.
        any: Whether anything is stated.
    """

    owner: str
    role: str
    controllers: Texts
    purpose: str
    legal_basis: Texts
    special_condition: Texts
    people: Texts
    recipients: Texts
    transfers: Texts
    retention: str
    measures: Texts
    ai_act: str
    assessments: Texts
    documents: Texts
    stated: Texts
    any: bool

    def lines(self, language: Language) -> list[tuple[str, Texts]]:
        """Each item with its head, as the annex lists them."""
        return [
            (language.gettext("Owner"), (self.owner,)),
            (language.gettext("Role (GDPR Art. 4(7) and (8), 26)"), (self.role,)),
            (language.gettext("Joint controllers, or on whose behalf"), self.controllers),
            (language.gettext("(b) Purposes"), (self.purpose,)),
            (language.gettext("Legal basis (GDPR Art. 6(1))"), self.legal_basis),
            (language.gettext("Condition for special categories (GDPR Art. 9(2))"), self.special_condition),
            (language.gettext("(c) Categories of data subjects"), self.people),
            (language.gettext("(d) Categories of recipients"), self.recipients),
            (language.gettext("(e) Transfers to third countries"), self.transfers),
            (language.gettext("(f) Time limits for erasure"), (self.retention,)),
            (language.gettext("(g) Security measures"), self.measures),
            (language.gettext("AI Act: role, and Annex III"), (self.ai_act,)),
            (language.gettext("Documents"), self.documents),
        ]


def provided(agent: Agent, language: Language) -> Provided:
    """The facts of an agent in words."""
    absent, facts = language.gettext("not provided"), agent.facts
    given = facts or _NOTHING

    def text(found: str | None) -> str:
        return found or absent

    def texts(found: Iterable[str]) -> Texts:
        return tuple(found) or (absent,)

    dpia = [each for each in given.documents if each.kind == "dpia"]
    return Provided(
        owner=text(given.owner or agent.owner),
        role=_role(given.role, language) if given.role else absent,
        controllers=texts(given.controllers),
        purpose=text(given.purpose),
        legal_basis=texts(given.legal_basis),
        special_condition=texts(given.special_condition),
        people=texts(given.people),
        recipients=texts(_recipient(each, absent) for each in given.recipients),
        transfers=texts(_transfers(given.recipients, language, absent)),
        retention=text(given.retention),
        measures=texts(given.measures),
        ai_act=_ai_act(given, language, absent),
        assessments=texts(_document(each, language) for each in dpia),
        documents=texts(f"{_kind(each, language)}: {_document(each, language)}" for each in given.documents),
        stated=texts(
            language.gettext("%(who)s, %(day)s", who=each.by, day=_day(each.on, language)) for each in given.stated
        ),
        any=facts is not None,
    )


_NOTHING = AgentFacts(None, None, None, [], [], [], [], None, [], None, [], [], [])


def _day(text: str, language: Language) -> str:
    return language.day(datetime.fromisoformat(f"{text}T00:00:00+00:00"))


def _role(role: str, language: Language) -> str:
    return {
        "controller": language.gettext("controller"),
        "joint controller": language.gettext("joint controller"),
        "processor": language.gettext("processor"),
    }.get(role, role)


def _recipient(given: Recipient, absent: str) -> str:
    """Whoever it is, with what is known of them; a country that nobody stated is said to be missing."""
    return ", ".join(text for text in (given.name, given.role, given.country or absent, given.contract) if text)


def _transfers(given: Sequence[Recipient], language: Language, absent: str) -> Iterator[str]:
    for each in given:
        if each.third_country or each.transfer_tool:
            tool = each.transfer_tool or language.gettext("what the transfer rests on: not provided")
            yield f"{each.name}, {each.country or absent}: {tool}"
        elif each.third_country is None:
            yield language.gettext("%(name)s: country not provided", name=each.name)
    if given and all(each.third_country is False and not each.transfer_tool for each in given):
        yield language.gettext("none: all recipients that are stated are in the European Economic Area")


def _ai_act(given: AgentFacts, language: Language, absent: str) -> str:
    if given.ai_act is None:
        return absent
    role, point = given.ai_act.role, given.ai_act.annex_iii
    said = _ai_roles(language).get(role, role) if role else absent
    if point == "none":
        return language.gettext("%(role)s; under no point of Annex III", role=said)
    return language.gettext("%(role)s; Annex III: %(point)s", role=said, point=_point(point, language, absent))


def _point(point: str | None, language: Language, absent: str) -> str:
    return absent if point is None else language.gettext("point %(number)s", number=point.removeprefix("point "))


def _ai_roles(language: Language) -> dict[str, str]:
    return {
        "provider": language.pgettext("AI Act", "provider"),
        "deployer": language.pgettext("AI Act", "deployer"),
        "importer": language.pgettext("AI Act", "importer"),
        "distributor": language.pgettext("AI Act", "distributor"),
        "product manufacturer": language.pgettext("AI Act", "product manufacturer"),
        "authorised representative": language.pgettext("AI Act", "authorised representative"),
        "none": language.pgettext("AI Act", "no role"),
    }


def _kind(given: Document, language: Language) -> str:
    return {
        "dpia": language.gettext("impact assessment"),
        "contract": language.gettext("contract"),
        "policy": language.gettext("policy"),
        "notice": language.gettext("notice"),
        "other": language.gettext("document"),
    }.get(given.kind, given.kind)


def _document(given: Document, language: Language) -> str:
    day = f", {_day(given.date, language)}" if given.date else ""
    return f"{given.title} ({given.reference}{day})" + (f", SHA-256 {given.sha256}" if given.sha256 else "")
