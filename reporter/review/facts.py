"""What only the organisation knows of its agents: purposes, bases, recipients; and its answers to open questions.

A fact is stated by somebody on a day. Every one is stated once for an agent, however many entries are about it, so that
no reader has to guess which of two counts. Nothing here was checked against the world, and a report says who states it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from itertools import combinations
from typing import Any, Final, Literal

from reporter.declared.model import Agent
from reporter.errors import UsageError
from reporter.review.catalogue import Asked

Role = Literal["controller", "joint controller", "processor"]
AiRole = Literal[
    "provider", "deployer", "importer", "distributor", "product manufacturer", "authorised representative", "none"
]
DocumentKind = Literal["dpia", "contract", "policy", "notice", "other"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who receives data.

    Attributes:
        role: What they are to the organisation, such as a processor.
        country: As it was stated.
        third_country: Whether it lies beyond the European Economic Area; None where no country is stated.
        contract: The contract with them, such as one of GDPR Art. 28.
        transfer_tool: What a transfer to a third country rests on, GDPR Chapter V.
    """

    name: str
    role: str | None = None
    country: str | None = None
    third_country: bool | None = None
    contract: str | None = None
    transfer_tool: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document that the organisation keeps; ``sha256`` is the digest of its file."""

    kind: DocumentKind
    title: str
    reference: str
    date: date | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class AiAct:
    """What the organisation is under the AI Act, and the point of Annex III that the use falls under, or none."""

    role: AiRole | None = None
    annex_iii: str | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """Who stated something, and on which day."""

    by: str
    on: date


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """All that is stated of one agent; what is None or empty is not provided.

    Attributes:
        controllers: The joint controllers, or those on whose behalf a processor acts.
        special_condition: Of GDPR Art. 9(2).
        people: Categories of data subjects.
        retention: Time limits for erasure.
        stated: By whom and when, each once, in the order of the file.
    """

    owner: str | None = None
    purpose: str | None = None
    role: Role | None = None
    controllers: tuple[str, ...] = ()
    legal_basis: tuple[str, ...] = ()
    special_condition: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    retention: str | None = None
    measures: tuple[str, ...] = ()
    ai_act: AiAct | None = None
    recipients: tuple[Recipient, ...] = ()
    documents: tuple[Document, ...] = ()
    stated: tuple[Stated, ...] = ()


SINGLE: Final = (
    "owner", "purpose", "role", "controllers", "legal_basis", "special_condition", "people", "retention", "measures",
    "ai_act",
)  # fmt: skip
"""What is said once of an agent; recipients and documents of several entries add up."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody decided about one question of one agent, or has taken on to decide until a day.

    Attributes:
        agent: A pattern of names or ids.
        issue: The question's key.
        declared: The digest of what was declared when it was decided; whatever else is declared opens it again.
        decision: None as long as it is work.
        place: Where it stands, for messages.
    """

    agent: str
    issue: Asked
    declared: str | None = None
    decision: str | None = None
    decided_by: str | None = None
    decided_on: date | None = None
    reference: str | None = None
    owner: str | None = None
    due: date | None = None
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``[[agent]]`` of the file.

    Attributes:
        agent: A pattern of names or ids.
        facts: What it states.
        places: ``file:line`` of each of its keys, of recipients by name, of documents by reference, and of itself.
    """

    agent: str
    facts: AgentFacts
    places: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def place(self) -> str:
        """Where it stands."""
        return self.places.get("agent", "")


@dataclass(frozen=True, slots=True)
class Facts:
    """A facts file: ``path`` from the root of its tree, and the digest of its bytes."""

    entries: tuple[Entry, ...] = ()
    answers: tuple[Answer, ...] = ()
    path: str = ""
    sha256: str = ""

    def of(self, agent: Agent) -> AgentFacts | None:
        """What is stated of an agent, from all entries that are about it; None where none states anything."""
        found = [entry.facts for entry in self.entries if _is_about(entry.agent, agent) and entry.facts.stated]
        if not found:
            return None
        single: dict[str, Any] = {
            key: next((value for each in found if (value := getattr(each, key))), None) for key in SINGLE
        }
        return AgentFacts(
            **{key: value for key, value in single.items() if value},
            recipients=tuple(dict.fromkeys(item for each in found for item in each.recipients)),
            documents=tuple(dict.fromkeys(item for each in found for item in each.documents)),
            stated=tuple(dict.fromkeys(item for each in found for item in each.stated)),
        )

    def answers_for(self, agent: Agent) -> dict[Asked, Answer]:
        """The answers about an agent, by the key of their issue."""
        # Of two for one issue none would count, so that they are a mistake, and told before anything is made of them.
        return {each.issue: each for each in self.answers if _is_about(each.agent, agent)}

    def mistakes(self, agents: Sequence[Agent], *, whole: bool = True) -> tuple[UsageError, ...]:
        """What is wrong with it once the agents are known; each mistake once, whatever number of agents it concerns.

        Args:
            agents: All that were read, whether they are in scope or not.
            whole: Whether these are all agents that there are; else one that is named may be among those not read.
        """
        found = [*_about_nobody((*self.entries, *self.answers), agents)] if whole else []
        for agent in agents:
            found += contradictions([entry for entry in self.entries if _is_about(entry.agent, agent)])
            found += answered_twice([each for each in self.answers if _is_about(each.agent, agent)])
        return tuple({str(each): each for each in found}.values())


NO_FACTS: Final = Facts()
"""Those of an organisation that states nothing."""


def _is_about(pattern: str, agent: Agent) -> bool:
    # Patterns are written by people, who do not tell upper case from lower.
    return any(fnmatchcase(name.casefold(), pattern.casefold()) for name in (agent.name, agent.id))


def _about_nobody(items: Sequence[Entry | Answer], agents: Sequence[Agent]) -> Iterator[UsageError]:
    for each in items:
        if not any(_is_about(each.agent, agent) for agent in agents):
            what = f"no agent that was read is called {each.agent}"
            remedy = "Write its name, its id or a pattern of them, take this out, or name its declarations as well"
            yield UsageError(what, where=each.place, remedy=remedy)


def contradictions(entries: Sequence[Entry]) -> Iterator[UsageError]:
    """Of entries about one agent those that say different things of it."""
    for first, second in combinations(entries, 2):
        for key, one, other in _said_by_both(first.facts, second.facts):
            if one != other:
                what = f"{key}: it contradicts what stands at {first.places.get(key, first.place)}"
                where = second.places.get(key, second.place)
                yield UsageError(what, where=where, remedy="One agent has one of it: take one of them out")


def _said_by_both(first: AgentFacts, second: AgentFacts) -> Iterator[tuple[str, Any, Any]]:
    """What both say something of, under the keys of ``Entry.places``."""
    for key in SINGLE:
        one, other = getattr(first, key), getattr(second, key)
        if one and other:
            yield key, one, other
    names = {recipient.name: recipient for recipient in first.recipients}
    yield from ((f"recipient {r.name}", names[r.name], r) for r in second.recipients if r.name in names)
    references = {document.reference: document for document in first.documents}
    yield from (
        (f"document {d.reference}", references[d.reference], d) for d in second.documents if d.reference in references
    )


def answered_twice(answers: Sequence[Answer]) -> Iterator[UsageError]:
    """Of answers about one agent those whose issue has one already."""
    first: dict[Asked, Answer] = {}
    for each in answers:
        before = first.setdefault(each.issue, each)
        if before is not each:
            what = f"a second answer to {each.issue} of one agent; the first is at {before.place}"
            yield UsageError(what, where=each.place, remedy="Take one of them out")
