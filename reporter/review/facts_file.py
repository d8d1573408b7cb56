"""The file of facts: read strictly, as a fact that is not understood may be the one that somebody relies on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, cast

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from reporter.declared.model import FactsFile
from reporter.declared.vocabulary import (
    ACTION_NAMES,
    CATEGORY_GROUPS,
    CATEGORY_NAMES,
    LEVELS,
    Level,
    in_groups,
)
from reporter.errors import UsageError
from reporter.plain.canonical import digest
from reporter.plain.disk import named
from reporter.plain.toml_lines import Place, Strict, TomlFile, tables
from reporter.plain.toml_values import WRITE_A_DAY, Day, Digest, Text
from reporter.review.facts import (
    AgentFacts,
    Agreement,
    AiAct,
    AiRole,
    Answer,
    Document,
    DocumentKind,
    Entry,
    Facts,
    Recipient,
    Risk,
    Role,
    Stated,
    answered_twice,
    contradictions,
    disagreements,
)
from reporter.review.tables import ASKED, UNANSWERED, Asked

FACTS_FILE: Final = "datarisk-facts.toml"
"""Read where no other is named: the nearest one, from the working directory up to the root of its repository."""

# The European Economic Area: to a recipient there, no rule of GDPR Chapter V is put.
_EEA: Final = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905
)
_OFTEN: Final = {"uk": "GB", "usa": "US", "united states of america": "US", "great britain": "GB", "el": "GR"}
_STATE_IT: Final = 'Say who states it and when, such as stated_by = "Ada Lovelace" and stated_on = 2026-11-20'
_DECIDE_IT: Final = "Write decision, decided_by, decided_on, reference and declared; or owner and due, for work to do"


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a facts file is held against: the day of the run, in UTC."""

    today: date


def _past(day: date, info: ValidationInfo) -> date:
    if day > cast("_Terms", info.context).today:
        raise ValueError(f"{day} is in the future")
    return day


def _known_country(text: str) -> str:
    if _code(text) is None:
        raise ValueError(f"there is no country {text}")
    return text


_About = TypeVar("_About", bound=Entry | Answer | Agreement)

_A_PAST_DAY: Final = f"{WRITE_A_DAY}, and none that is still to come"
_PastDay = Annotated[Day, AfterValidator(_past)]
_Country = Annotated[Text, AfterValidator(_known_country)]
#: As others wrote it, letter by letter.
_Name = Annotated[str, Field(min_length=1)]
_Texts = Annotated[list[Text], Field(min_length=1)]


class AiActTable(Strict):
    """What the organisation is under the AI Act; what is said of a key is what to do where it is wrong."""

    role: AiRole | None = Field(default=None, description='Write one of provider, deployer and so on, or "none"')
    annex_iii: Annotated[str, Field(pattern=r"^(none|point [1-8](\([a-e]\))?)$")] | None = Field(
        default=None, description='Write the point, such as annex_iii = "point 5(b)", or "none"'
    )


class RecipientTable(Strict):
    """Somebody who receives data."""

    name: Text = Field(description='Name them, such as name = "Example Mail Ltd"')
    role: Text | None = Field(default=None, description='Say what they are, such as role = "processor"')
    country: _Country | None = Field(default=None, description='Write its ISO 3166 code, such as country = "IE"')
    contract: Text | None = Field(default=None, description="Write the contract's title or reference, or leave it out")
    transfer_tool: Text | None = Field(
        default=None, description='Write what a transfer rests on, such as "standard contractual clauses", or leave it'
    )


class DocumentTable(Strict):
    """A document that the organisation keeps."""

    kind: DocumentKind = Field(description='Write "dpia", "contract", "policy", "notice" or "other"')
    title: Text = Field(description="Write its title")
    reference: Text = Field(description='Say where it is found, such as reference = "DPIA-7"')
    date: _PastDay | None = Field(default=None, description=_A_PAST_DAY)
    sha256: Digest | None = Field(default=None, description="Write the 64 digits of the SHA-256 of its file")
    expires: Day | None = Field(default=None, description=WRITE_A_DAY)


class AgentTable(Strict):
    """What is stated of one agent, or of all that a pattern matches."""

    agent: Text = Field(description='Name the agent, or a pattern, such as agent = "claims-*"')
    stated_by: Text | None = Field(default=None, description="Say who states it, in quotation marks")
    stated_on: _PastDay | None = Field(default=None, description=_A_PAST_DAY)
    owner: Text | None = Field(default=None, description="Say who answers for the agent, in quotation marks")
    purpose: Text | None = Field(default=None, description="Say what it is for, in quotation marks")
    role: Role | None = Field(default=None, description='Write "controller", "joint controller" or "processor"')
    controllers: _Texts | None = Field(default=None, description='Write a list, such as controllers = ["Example AG"]')
    legal_basis: _Texts | None = Field(default=None, description='Write a list, such as legal_basis = ["6(1)(b)"]')
    special_condition: _Texts | None = Field(
        default=None, description='Write a list, such as special_condition = ["9(2)(h)"]'
    )
    people: _Texts | None = Field(default=None, description='Write a list, such as people = ["customers"]')
    retention: Text | None = Field(default=None, description="Say when data are erased, in quotation marks")
    measures: _Texts | None = Field(default=None, description='Write a list, such as measures = ["encryption at rest"]')
    ai_act: AiActTable | None = Field(
        default=None, description='Write a table, such as ai_act = { role = "deployer", annex_iii = "none" }'
    )
    recipient: list[RecipientTable] = Field(default=[], description="Write [[agent.recipient]] above each")
    document: list[DocumentTable] = Field(default=[], description="Write [[agent.document]] above each")


class AnswerTable(Strict):
    """An answer to one issue of one agent, or who is at work on it."""

    agent: Text = Field(description='Name the agent, such as agent = "claims-assessor"')
    issue: Asked = Field(description=f"Name one of {', '.join(ASKED)}")
    declared: Digest | None = Field(default=None, description="Take the 64 digits that `datarisk issues` prints for it")
    decision: Text | None = Field(default=None, description="Say what was decided, in quotation marks")
    decided_by: Text | None = Field(default=None, description="Say who decided it, in quotation marks")
    decided_on: _PastDay | None = Field(default=None, description=_A_PAST_DAY)
    reference: Text | None = Field(default=None, description='Say where it is kept, such as reference = "DPIA-7"')
    owner: Text | None = Field(default=None, description="Say who is at work on it, in quotation marks")
    due: Day | None = Field(default=None, description=WRITE_A_DAY)
    measure: Text | None = Field(default=None, description="Say what is done about it, in quotation marks")
    residual_risk: Risk | None = Field(default=None, description='Write "low", "medium" or "high"')
    dpo_advice: Text | None = Field(default=None, description="Say what the DPO advised, in quotation marks")
    # Read strictly: of a text or a number nobody may guess whether advice was followed.
    advice_followed: bool | None = Field(
        default=None, strict=True, description="Write true or false, without quotation marks"
    )
    advice_reason: Text | None = Field(default=None, description="Say why it is not followed, in quotation marks")
    approved_by: Text | None = Field(default=None, description="Say who approved it, in quotation marks")

    @field_validator("issue", mode="before")
    @classmethod
    def _is_there(cls, name: Any) -> Any:
        if name not in ASKED:
            raise ValueError(f"there is no issue {name}")
        return name


def _known(*names: str) -> Callable[[list[str]], list[str]]:
    def check(given: list[str]) -> list[str]:
        for name in given:
            if name not in names:
                near = get_close_matches(name, names, n=1)
                raise ValueError(f"there is no {name}{f', perhaps {near[0]} is meant' if near else ''}")
        return given

    return check


def _document(given: Any) -> Any:
    if not isinstance(given, str | dict) or not given:
        raise ValueError("neither a reference nor a table")
    return given


class AgreedTable(Strict):
    """What was agreed for one agent, or for all that a pattern matches; whatever it does not name is not agreed."""

    agent: Text = Field(description='Name the agent, or a pattern, such as agent = "claims-*"')
    categories: Annotated[list[Text], AfterValidator(_known(*CATEGORY_NAMES, *CATEGORY_GROUPS))] = Field(
        default=[], description=f"Name categories, or groups of them: {', '.join((*CATEGORY_GROUPS, *CATEGORY_NAMES))}"
    )
    actions: Annotated[list[Text], AfterValidator(_known(*ACTION_NAMES))] = Field(
        default=[], description=f"Name actions: {', '.join(ACTION_NAMES)}"
    )
    others: list[_Name] = Field(
        default=[], description="List names of categories and actions that the vocabulary does not hold"
    )
    highest: Level | None = Field(default=None, description=f"Write one of {', '.join(LEVELS)}")
    environments: Annotated[list[_Name], Field(min_length=1)] | None = Field(
        default=None, description='Write a list, such as environments = ["Production"]'
    )
    document: Annotated[DocumentTable | Text | None, BeforeValidator(_document)] = Field(
        default=None,
        union_mode="left_to_right",
        description='Write the reference of an [[agent.document]], or a table: { kind = "dpia", title = "Claims", '
        'reference = "DPIA-7", date = 2026-10-30, expires = 2027-10-30 }',
    )


class _File(Strict):
    agent: list[AgentTable] = Field(default=[])
    answer: list[AnswerTable] = Field(default=[])
    agreed: list[AgreedTable] = Field(default=[])


def facts_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return dialect | _File.model_json_schema() | {"title": "datarisk facts"}


def kept(file: TomlFile) -> FactsFile:
    """A file as it is kept with the evidence."""
    return FactsFile(named(file.path, Path()), digest(file.data), file.data.decode())


def read(given: FactsFile, today: date, *, where: str = "facts of the snapshot") -> Facts:
    """The facts of a file that was kept with the evidence; errors as of ``load``."""
    facts = load(TomlFile(Path(where), data=given.text.encode()), today)
    return replace(facts, path=given.path)


def load(file: TomlFile, today: date) -> Facts:
    """The facts of a file.

    Args:
        file: What was read.
        today: The run's day in UTC.

    Raises:
        UsageError: It holds a mistake, the first of which this is; then nothing of it may be used.
    """
    facts, mistakes = examine(file, today)
    refuse(mistakes)
    return facts


def refuse(mistakes: Sequence[UsageError]) -> None:
    """Raises the first of these mistakes, if there is any, and says how many more there are."""
    if len(mistakes) > 1:
        remedy = f"{mistakes[0].remedy}. `datarisk facts check` lists {len(mistakes) - 1} more"
        raise UsageError(mistakes[0].what, where=mistakes[0].where, remedy=remedy)
    if mistakes:
        raise mistakes[0]


def examine(file: TomlFile, today: date) -> tuple[Facts, tuple[UsageError, ...]]:
    """What a file holds, with every mistake in it that can be told before its agents are known."""
    terms, mistakes = _Terms(today), list(_around(file))
    agents = list(tables(file, "agent", AgentTable, context=terms, mistakes=mistakes))
    given = list(tables(file, "answer", AnswerTable, context=terms, mistakes=mistakes))
    entries = tuple(_entry(place, table) for place, table in agents)
    answers = tuple(Answer(**table.model_dump(), place=place()) for place, table in given)
    permitted = list(tables(file, "agreed", AgreedTable, context=terms, mistakes=mistakes))
    documents = _documents(entries)
    agreed = tuple(
        _agreement(number, place, table, documents, mistakes) for number, (place, table) in enumerate(permitted)
    )
    mistakes += (found for place, table in agents for found in _unstated(place, table))
    mistakes += (found for place, table in given for found in (*_undecided(place, table), *_advised(place, table)))
    # Those that are written for one pattern are about the same agents, whichever these are.
    for same in _alike(entries):
        mistakes += contradictions(same)
    for alike in _alike(answers):
        mistakes += answered_twice(alike)
    for each in _alike(agreed):
        mistakes += disagreements(each)
    return Facts(entries, answers, named(file.path, Path()), digest(file.data), agreed), tuple(mistakes)


def _alike(items: Sequence[_About]) -> Iterable[list[_About]]:
    found: dict[str, list[_About]] = {}
    for each in items:
        found.setdefault(each.agent.casefold(), []).append(each)
    return found.values()


def _around(file: TomlFile) -> Iterator[UsageError]:
    for name, value in file.value.items():
        if name not in _File.model_fields:
            remedy = "Facts stand in [[agent]], answers in [[answer]], what was agreed in [[agreed]]"
            yield UsageError(f"no such table: {name}", where=file.at(name, 0), remedy=remedy)
        elif not isinstance(value, list):
            remedy = f"Write [[{name}]] above each, in double brackets"
            yield UsageError(f"not a list: {name}", where=file.at(name, 0), remedy=remedy)


def _entry(place: Place, table: AgentTable) -> Entry:
    given = table.model_dump(exclude={"agent", "stated_by", "stated_on", "ai_act", "recipient", "document"})
    recipients = tuple(
        Recipient(**each.model_dump(), third_country=_is_third(each.country)) for each in table.recipient
    )
    documents = tuple(Document(**each.model_dump()) for each in table.document)
    stated = (Stated(table.stated_by, table.stated_on),) if table.stated_by and table.stated_on else ()
    single: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in given.items() if value
    }
    facts = AgentFacts(
        **single,
        ai_act=AiAct(**table.ai_act.model_dump()) if table.ai_act else None,
        recipients=recipients,
        documents=documents,
        stated=stated,
    )
    places = {"agent": place()} | {key: place(key) for key in table.model_fields_set}
    for kind, items in (("recipient", recipients), ("document", documents)):
        places |= {f"{kind}.{number}": place(kind, number) for number in range(len(items))}
    return Entry(table.agent, facts, places)


def _documents(entries: Iterable[Entry]) -> dict[str, tuple[Document, str]]:
    """The documents that the organisation names, by their references, each with where it stands."""
    found: dict[str, tuple[Document, str]] = {}
    for entry in entries:
        for number, each in enumerate(entry.facts.documents):
            found.setdefault(each.reference, (each, entry.places.get(f"document.{number}", entry.place)))
    return found


def _agreement(
    number: int,
    place: Place,
    table: AgreedTable,
    documents: Mapping[str, tuple[Document, str]],
    mistakes: list[UsageError],
) -> Agreement:
    document, given = None, table.document
    if isinstance(given, DocumentTable):
        document = Document(**given.model_dump())
        if (known := documents.get(document.reference)) and known[0] != document:
            what = f"document {document.reference}: it contradicts what stands at {known[1]}"
            remedy = f'Say it once: document = "{document.reference}" is enough here'
            mistakes.append(UsageError(what, where=place("document"), remedy=remedy))
    elif given and given in documents:
        document = documents[given][0]
    elif given:
        remedy = "Write the reference of one, or the document itself, as a table"
        what = f"no [[agent.document]] has the reference {given}"
        mistakes.append(UsageError(what, where=place("document"), remedy=remedy))
    named_ = {each for name in table.categories for each in in_groups(name) or (name,)}
    return Agreement(
        agent=table.agent,
        categories=frozenset({*named_, *table.others}),
        actions=frozenset({*table.actions, *table.others}),
        highest=table.highest,
        environments=frozenset(table.environments) if table.environments else None,
        document=document,
        number=number,
        written=table.model_dump(mode="json", exclude={"agent"}, exclude_unset=True, exclude_none=True),
        places={"agent": place()} | {key: place(key) for key in table.model_fields_set},
    )


def _unstated(place: Place, table: AgentTable) -> Iterator[UsageError]:
    """A draft states nothing, and nobody needs to answer for it; whatever is stated, somebody states."""
    lacks = [key for key in ("stated_by", "stated_on") if not getattr(table, key)]
    if lacks and table.model_fields_set - {"agent", "stated_by", "stated_on"}:
        yield UsageError(f"agent, it lacks its {', '.join(lacks)}", where=place(), remedy=_STATE_IT)


def _undecided(place: Place, table: AnswerTable) -> Iterator[UsageError]:
    """Of a decision it has to be known by whom, when, where it is kept and about what; of work, who and until when."""
    decided = ("decision", "decided_by", "decided_on", "reference", "declared")
    needed = decided if table.decision or not table.due else ("owner", "due")
    lacks = [key for key in needed if not getattr(table, key)]
    if lacks:
        yield UsageError(f"answer, it lacks its {', '.join(lacks)}", where=place(), remedy=_DECIDE_IT)
    # Silence would be decided away: whoever knows the answers declares them.
    if table.issue == UNANSWERED and table.decision:
        remedy = "Declare the answers; owner and due alone say who sees to it and until when"
        yield UsageError("a decision about what nobody has answered", where=place("decision"), remedy=remedy)
    elif not table.decision:
        # They are about a decision and what was declared then; without one nothing would say when they end.
        for key in ("residual_risk", "advice_followed", "approved_by"):
            if getattr(table, key) is not None:
                remedy = "Say what was decided as well, or take it out"
                yield UsageError(f"{key} without a decision", where=place(key), remedy=remedy)


def _advised(place: Place, table: AnswerTable) -> Iterator[UsageError]:
    """Of the data protection officer's advice it has to be known what came of it, and why where it was not followed."""
    if table.dpo_advice is None and table.advice_followed is not None:
        remedy = "Say in dpo_advice what the DPO advised"
        yield UsageError("answer, it lacks its dpo_advice", where=place("advice_followed"), remedy=remedy)
    if table.dpo_advice and table.decision and table.advice_followed is None:
        remedy = "Write advice_followed = true or advice_followed = false"
        yield UsageError("answer, it lacks its advice_followed", where=place("dpo_advice"), remedy=remedy)
    if table.advice_followed is False and table.advice_reason is None:
        remedy = "Say in advice_reason why the DPO's advice is not followed"
        yield UsageError("answer, it lacks its advice_reason", where=place("advice_followed"), remedy=remedy)
    if table.advice_reason is not None and table.advice_followed is not False:
        remedy = "Write advice_followed = false beside it, or take it out"
        yield UsageError(
            "a reason for not following advice that is followed", where=place("advice_reason"), remedy=remedy
        )


# Countries ---------------------------------------------------------------------------------------------------------


def _is_third(country: str | None) -> bool | None:
    return None if country is None else _code(country) not in _EEA


def _code(country: str) -> str | None:
    """The ISO 3166 code of a country: of its code, or of its name in a language that reports are written in."""
    codes = _codes()
    return codes.get(re.sub(r"\s+", " ", country).casefold())


@cache
def _codes() -> dict[str, str]:
    from babel import Locale  # noqa: PLC0415 (loads what nobody needs who names no recipient)

    found = dict(_OFTEN)
    for language in ("en", "de"):
        territories = Locale(language).territories
        # Others are regions, such as 150 for Europe and EU for its union, in which no one country is named.
        known = {code: name for code, name in territories.items() if re.fullmatch("[A-Z]{2}", code)}
        for code, name in known.items():
            if code not in {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"}:
                found |= {code.casefold(): code, name.casefold(): code}
    return found
