"""What only the organisation knows of its agents: purposes, bases, recipients; and its answers to open questions.

A fact is stated by somebody on a day. Every one is stated once for an agent, however many entries are about it, so that
no reader has to guess which of two counts. Nothing here was checked against the world, and a report says who states it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import translate
from functools import cached_property
from typing import Any, Final, Generic, Literal, TypeVar

from reporter.declared.model import Agent
from reporter.declared.vocabulary import Level
from reporter.errors import UsageError
from reporter.review.tables import Asked

_Day = date
Role = Literal["controller", "joint controller", "processor"]
AiRole = Literal[
    "provider", "deployer", "importer", "distributor", "product manufacturer", "authorised representative", "none"
]
DocumentKind = Literal["dpia", "contract", "policy", "notice", "other"]
Risk = Literal["low", "medium", "high"]
"""What is left of a risk, in the words that findings have for severity, so that both can be held together."""


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
    """A document that the organisation keeps; ``sha256`` is the digest of its file, ``expires`` its last day."""

    kind: DocumentKind
    title: str
    reference: str
    date: _Day | None = None
    sha256: str | None = None
    expires: _Day | None = None


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
        measure: What is done about it.
        residual_risk: What is left once it is done; of a decision alone, like the next four but for the advice itself.
        dpo_advice: What the data protection officer advised.
        advice_followed: Whether the decision does; ``advice_reason`` says why it does not.
        approved_by: Who answers for the decision.
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
    measure: str | None = None
    residual_risk: Risk | None = None
    dpo_advice: str | None = None
    advice_followed: bool | None = None
    advice_reason: str | None = None
    approved_by: str | None = None
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``[[agent]]`` of the file.

    Attributes:
        agent: A pattern of names or ids.
        facts: What it states.
        places: ``file:line`` of itself and of each of its keys; of ``recipient.0`` and so on, and likewise documents.
    """

    agent: str
    facts: AgentFacts
    places: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def place(self) -> str:
        """Where it stands."""
        return self.places.get("agent", "")


@dataclass(frozen=True, slots=True)
class Agreement:
    """One ``[[agreed]]``: what a document permits agents to handle and to do, and nothing beside it.

    Attributes:
        agent: A pattern of names or ids.
        categories: By their names on the platform, groups resolved; those outside the vocabulary among them.
        actions: Likewise.
        highest: The highest level; None where it says nothing of levels.
        environments: Where; None where it says nothing of that.
        document: Which one agrees it, if that is said.
        number: Its place among those of the file, from 0.
        written: What it says, key by key, as JSON has it.
        places: As of an entry.
    """

    agent: str
    categories: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    highest: Level | None = None
    environments: frozenset[str] | None = None
    document: Document | None = None
    number: int = 0
    written: Mapping[str, Any] = field(default_factory=dict, compare=False)
    places: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def place(self) -> str:
        """Where it stands."""
        return self.places.get("agent", "")


_About = TypeVar("_About", bound=Entry | Answer | Agreement)


@dataclass(frozen=True)
class Facts:
    """A facts file: ``path`` from the root of its tree, and the digest of its bytes."""

    entries: tuple[Entry, ...] = ()
    answers: tuple[Answer, ...] = ()
    path: str = ""
    sha256: str = ""
    agreed: tuple[Agreement, ...] = ()

    @cached_property
    def _agreed(self) -> _Index[Agreement]:
        return _Index(self.agreed)

    @cached_property
    def _entries(self) -> _Index[Entry]:
        return _Index(self.entries)

    @cached_property
    def _answers(self) -> _Index[Answer]:
        return _Index(self.answers)

    def of(self, agent: Agent) -> AgentFacts | None:
        """What is stated of an agent, from all entries that are about it; None where none states anything."""
        found = [entry.facts for entry in self._entries.about(agent) if entry.facts.stated]
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
        return {each.issue: each for each in self._answers.about(agent)}

    def agreed_for(self, agent: Agent) -> list[Agreement]:
        """What is agreed for an agent, in the order of the file; several add up."""
        return self._agreed.about(agent)

    def mistakes(self, agents: Sequence[Agent], *, whole: bool = True) -> tuple[UsageError, ...]:
        """What is wrong with it once the agents are known; each mistake once, whatever number of agents it concerns.

        Args:
            agents: All that were read, whether they are in scope or not.
            whole: Whether these are all agents that there are; else one that is named may be among those not read.
        """
        found: list[UsageError] = []
        used: set[str] = set()
        for agent in agents:
            entries, answers, agreed = self._entries.about(agent), self._answers.about(agent), self.agreed_for(agent)
            used |= {*(each.agent for each in entries), *(each.agent for each in answers), *(e.agent for e in agreed)}
            found += (*contradictions(entries), *answered_twice(answers), *disagreements(agreed))
        if whole:
            named = [(each.agent, each.place) for each in self.entries]
            named += [(each.agent, each.place) for each in self.answers]
            named += [(each.agent, each.place) for each in self.agreed]
            found[:0] = [_about_nobody(*each) for each in named if each[0] not in used]
        return tuple({str(each): each for each in found}.values())


NO_FACTS: Final = Facts()
"""Those of an organisation that states nothing."""


class _Index(Generic[_About]):
    """Finds what is about an agent, by its name or id, though there may be thousands of both."""

    def __init__(self, items: Sequence[_About]) -> None:
        self._items = items
        self._named: dict[str, list[int]] = {}
        for place, item in enumerate(items):
            # Patterns are written by people, who do not tell upper case from lower.
            self._named.setdefault(item.agent.casefold(), []).append(place)
        # The standard library remembers a few hundred patterns, and makes each further one anew for every name.
        self._patterns = [
            (re.compile(translate(pattern)), places)
            for pattern, places in self._named.items()
            if set(pattern) & set("*?[")
        ]

    def about(self, agent: Agent) -> list[_About]:
        """In the order of the file."""
        names = {agent.name.casefold(), agent.id.casefold()}
        found = {place for regex, places in self._patterns if any(map(regex.match, names)) for place in places}
        return [self._items[place] for place in sorted(found.union(*(self._named.get(name, ()) for name in names)))]


def _about_nobody(pattern: str, place: str) -> UsageError:
    what = f"no agent that was read is called {pattern}"
    remedy = "Write its name, its id or a pattern of them, take this out, or name its declarations as well"
    return UsageError(what, where=place, remedy=remedy)


def contradictions(entries: Sequence[Entry]) -> Iterator[UsageError]:
    """Of what entries about one agent say, whatever is another thing than what was said before."""
    first: dict[str, tuple[Any, str]] = {}
    for entry in entries:
        for key, value, place in _said(entry):
            before, where = first.setdefault(key, (value, place))
            if before != value:
                what = f"{key}: it contradicts what stands at {where}"
                yield UsageError(what, where=place, remedy="One agent has one of it: take one of them out")


def _said(entry: Entry) -> Iterator[tuple[str, Any, str]]:
    """Each thing that an entry says: what it is called, what it is, and where it stands."""
    facts, places = entry.facts, entry.places
    for key in SINGLE:
        if value := getattr(facts, key):
            yield key, value, places.get(key, entry.place)
    for number, recipient in enumerate(facts.recipients):
        yield f"recipient {recipient.name}", recipient, places.get(f"recipient.{number}", entry.place)
    for number, document in enumerate(facts.documents):
        yield f"document {document.reference}", document, places.get(f"document.{number}", entry.place)


def disagreements(agreed: Sequence[Agreement]) -> Iterator[UsageError]:
    """Of what is agreed for one agent, whatever cannot add up: a highest level and environments are said once."""
    first: dict[str, tuple[Any, str]] = {}
    for each in agreed:
        said = [(key, getattr(each, key), key) for key in ("highest", "environments")]
        if each.document:
            said.append((f"document {each.document.reference}", each.document, "document"))
        for key, value, at in said:
            place = each.places.get(at, each.place)
            if value is not None and first.setdefault(key, (value, place))[0] != value:
                what = f"{key}: it contradicts what is agreed at {first[key][1]}"
                yield UsageError(what, where=place, remedy="One agent has one of it: take one of them out")


def answered_twice(answers: Sequence[Answer]) -> Iterator[UsageError]:
    """Of answers about one agent those whose issue has one already."""
    first: dict[Asked, Answer] = {}
    for each in answers:
        before = first.setdefault(each.issue, each)
        if before is not each:
            what = f"a second answer to {each.issue} of one agent; the first is at {before.place}"
            yield UsageError(what, where=each.place, remedy="Take one of them out")
