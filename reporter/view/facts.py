"""What the organisation states of an agent, as the view holds it; None and empty lists are what is not provided."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from reporter.review import facts
from reporter.review.facts import AiRole, DocumentKind, Role


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who receives data.

    Attributes:
        third_country: Whether it lies beyond the European Economic Area; None where no country is stated.
    """

    name: str
    role: str | None
    country: str | None
    third_country: bool | None
    contract: str | None
    transfer_tool: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """A document that the organisation keeps; its date is a calendar day."""

    kind: DocumentKind
    title: str
    reference: str
    date: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class AiAct:
    """What the organisation is under the AI Act, and the point of Annex III of the use, or none."""

    role: AiRole | None
    annex_iii: str | None


@dataclass(frozen=True, slots=True)
class Stated:
    """Who stated something, and on which calendar day."""

    by: str
    on: str


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """What is stated of one agent; none of it was checked against anything."""

    owner: str | None
    purpose: str | None
    role: Role | None
    controllers: list[str]
    legal_basis: list[str]
    special_condition: list[str]
    people: list[str]
    retention: str | None
    measures: list[str]
    ai_act: AiAct | None
    recipients: list[Recipient]
    documents: list[Document]
    stated: list[Stated]


def of_agent(given: facts.AgentFacts | None) -> AgentFacts | None:
    """The facts of an agent for the view."""
    if given is None:
        return None
    return AgentFacts(
        owner=given.owner,
        purpose=given.purpose,
        role=given.role,
        controllers=list(given.controllers),
        legal_basis=list(given.legal_basis),
        special_condition=list(given.special_condition),
        people=list(given.people),
        retention=given.retention,
        measures=list(given.measures),
        ai_act=AiAct(given.ai_act.role, given.ai_act.annex_iii) if given.ai_act else None,
        recipients=[Recipient(**asdict(each)) for each in given.recipients],
        documents=[_document(each) for each in given.documents],
        stated=[Stated(each.by, each.on.isoformat()) for each in given.stated],
    )


def _document(given: facts.Document) -> Document:
    day = given.date.isoformat() if given.date else None
    return Document(given.kind, given.title, given.reference, day, given.sha256)
