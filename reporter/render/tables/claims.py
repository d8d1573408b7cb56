"""The tables of what was declared: agents and their answers, span types, claims, flows, and where all of it came from.

A claim is one field of one part of one span type's declaration. Each of the 42 fields of the vocabulary is one,
declared or not, and so is whatever else a declaration holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from reporter.declared.answer import UNDECLARED, Answers
from reporter.declared.vocabulary import FIELDS, FLAGS, GROUPS, PARTS, SIDE_PARTS, TERMS, Part
from reporter.plain.canonical import step
from reporter.plain.language import Language, Message, of
from reporter.render.tables.table import Column, Table, kind_of, spoken, whole
from reporter.view.findings import Flow, FlowEntry
from reporter.view.report import Action, Agent, Category, Record, Report, SchemaVersion, SpanType

NOT_COUNTED: Final = "not counted"
#: The part of a claim that is none of the three.
OTHER: Final = "data_risk"
#: Where something is no claim at all, but a hint of whoever runs a tool.
HINT: Final = "hint"

_SIDES: Final[Mapping[str, str]] = {part: side for side, part in SIDE_PARTS.items()}
_Item = TypeVar("_Item")
_About = TypeVar("_About")


class Of(NamedTuple, Generic[_Item, _About]):
    """Something of an agent, such as one of its findings, with what else has to be known to tell of it."""

    agent: Agent
    item: _Item
    about: _About


class _OfAgent(Protocol):
    @property
    def agent(self) -> Agent: ...


#: What tells agents apart, in every table about them.
AGENT: Final[tuple[Column[_OfAgent], ...]] = (
    Column("agent_id", "Agent id", 20, lambda row: row.agent.id),
    Column("agent_name", "Agent", 28, lambda row: row.agent.name),
)


def not_counted(row: Of[Any, Language]) -> tuple[str, ...]:
    """What may be personal data and enters no flag, each with its state."""
    beside = row.agent.flags[FLAGS[0].name].not_counted
    return tuple(f"{item.label}: {spoken(row.about)[item.state]}" for item in beside)


def _flag(name: str, label: str) -> Column[_OfAgent]:
    return Column(name, label, 16, lambda row: row.agent.flags[name].state, worded=True)


AGENTS: Final[Table[Of[Agent, Language]]] = Table(
    "agents",
    Message("Agents"),
    Message("One row for each agent in scope; a flag is the worst case over all of its span types."),
    lambda report: (Of(agent, agent, of(report.language)) for agent in report.agents),
    *AGENT,
    Column("status", "Status", 12, lambda row: row.item.status),
    Column("external_identifier", "External identifier", 24, lambda row: row.item.external_identifier),
    Column("description", "Description", 40, lambda row: row.item.description, wraps=True),
    Column("owner", "Owner", 24, lambda row: row.item.owner),
    Column("team", "Team", 20, lambda row: row.item.team),
    Column("environments", "Environments", 20, lambda row: tuple(row.item.environments)),
    Column("schema_versions", "Schema versions", 24, lambda row: tuple(v.id for v in row.item.schema_versions)),
    Column("version_note", "How its versions were chosen", 40, lambda row: row.item.note, wraps=True),
    Column("lead", "In a sentence or two", 60, lambda row: row.item.lead, wraps=True),
    Column("assessed", "Assessed", 10, lambda row: row.item.assessed, worded=True),
    Column("span_types", "Span types", 10, lambda row: row.item.assessment.span_types),
    Column("span_types_not_assessed", "Span types not assessed", 12, lambda row: row.item.assessment.not_assessed),
    Column("fields", "Fields", 10, lambda row: row.item.assessment.cells),
    Column("fields_declared", "Fields declared", 10, lambda row: row.item.assessment.declared_cells),
    Column("fields_known", "Fields known", 10, lambda row: row.item.assessment.known_cells),
    *(_flag(flag.name, flag.label) for flag in FLAGS),
    Column("may_be_personal", "May be personal data all the same", 40, not_counted, wraps=True),
    Column("classification_params", "Classification of inputs", 18, lambda row: row.item.classification.params.words),
    Column("classification_result", "Classification of outputs", 18, lambda row: row.item.classification.result.words),
    Column("classification", "Highest classification", 18, lambda row: row.item.classification.overall.words),
    Column("reach", "Reach", 14, lambda row: row.item.reach.state, worded=True),
    Column("reach_words", "What may reach the outside world", 60, lambda row: row.item.reach.words, wraps=True),
    Column("findings", "Findings", 10, lambda row: len(row.item.findings)),
    Column("coverage", "Coverage", 20, lambda row: row.item.coverage, worded=True),
)


class _Answered(NamedTuple):
    agent: Agent
    type: str
    field: str
    item: Action | Category
    yes: int
    no: int
    sides: tuple[str | None, str | None] = (None, None)


def _answered(report: Report) -> Iterator[_Answered]:
    for agent in report.agents:
        for name, action in agent.actions.items():
            # What an agent may do has no sides: it is of a step as a whole.
            yield _Answered(agent, "action", name, action, action.allowed, action.disallowed)
        for name, item in agent.categories.items():
            sides = (item.params.state, item.result.state)
            yield _Answered(agent, "category", name, item, item.included, item.excluded, sides)


ANSWERS: Final[Table[_Answered]] = Table(
    "answers",
    Message("Answers by agent"),
    Message("The worst case of each action and category over an agent's span types, and its counts."),
    _answered,
    *AGENT,
    Column("type", "Type", 10, lambda row: row.type, worded=True),
    Column("field", "Field", 32, lambda row: row.field),
    Column("label", "Label", 32, lambda row: row.item.label),
    Column("outside_vocabulary", "Outside the vocabulary", 12, lambda row: row.item.extension, worded=True),
    Column("state", "State", 16, lambda row: row.item.state, worded=True),
    Column("yes", "Included or allowed", 10, lambda row: row.yes),
    Column("unknown", "Unknown", 10, lambda row: row.item.unknown),
    Column("undeclared", "Undeclared", 10, lambda row: row.item.undeclared),
    Column("no", "Excluded or disallowed", 10, lambda row: row.no),
    Column("state_params", "State of inputs", 16, lambda row: row.sides[0], worded=True),
    Column("state_result", "State of outputs", 16, lambda row: row.sides[1], worded=True),
)

SCHEMA_VERSIONS: Final[Table[Of[SchemaVersion, None]]] = Table(
    "schema_versions",
    Message("Schema versions"),
    Message("Which registered schema versions count, and the record that each was read from."),
    lambda report: (Of(agent, version, None) for agent in report.agents for version in agent.schema_versions),
    *AGENT,
    Column("schema_version_id", "Schema version", 24, lambda row: row.item.id),
    Column("schema_version_external_identifier", "External identifier", 24, lambda row: row.item.external_identifier),
    Column("registered_at", "Registered", 22, lambda row: row.item.inserted_at),
    Column("environments", "Environments", 20, lambda row: tuple(row.item.environments)),
    Column("record_sha256", "SHA-256 of the record", 66, lambda row: row.item.record_sha256),
    Column("source", "Source", 30, lambda row: row.item.source),
    Column("location", "Location", 40, lambda row: row.item.location),
)


_Entry = Of[SpanType, SchemaVersion | None]


class _Claim(NamedTuple):
    """One claim; ``declared`` and its type are None where nobody declared the part."""

    agent: Agent
    item: SpanType
    about: SchemaVersion | None
    part: str
    field: str
    declared: str | None
    type: str | None
    answer: str
    named: tuple[str | None, str] | None
    pointer: str
    record_sha256: str


_ENTRY: Final[tuple[Column[_Entry | _Claim], ...]] = (
    *AGENT,
    Column("environments", "Environments", 20, lambda row: tuple(row.about.environments) if row.about else ()),
    Column("schema_version_id", "Schema version", 24, lambda row: row.item.schema_version_id),
    Column(
        "schema_version_external_identifier",
        "External identifier",
        24,
        lambda row: row.about.external_identifier if row.about else None,
    ),
    Column("kind", "Kind", 10, lambda row: row.item.kind),
    Column("span_type", "Span type", 32, lambda row: row.item.name),
)


def _entries(report: Report) -> Iterator[_Entry]:
    for agent in report.agents:
        # By digest too: two sources may hold a version of one id and tell different things of it.
        found = {(version.id, version.record_sha256): version for version in agent.schema_versions}
        for entry in agent.span_types:
            yield Of(agent, entry, found.get((entry.schema_version_id, entry.record_sha256)))


SPAN_TYPES: Final[Table[_Entry]] = Table(
    "span_types",
    Message("Span types"),
    Message("One row for each type of work that an agent declares, whatever its kind."),
    _entries,
    *_ENTRY,
    Column("title", "Title", 28, lambda row: row.item.title),
    Column("description", "Description", 40, lambda row: row.item.description, wraps=True),
    Column("assessed", "Assessed", 10, lambda row: row.item.assessed, worded=True),
    Column("reason", "Why it is not assessed", 36, lambda row: row.item.reason, wraps=True),
    Column("fields_known", "Fields known", 10, lambda row: row.item.known_cells),
    Column("fields_declared", "Fields declared", 10, lambda row: row.item.declared_cells),
    Column("anchor", "Anchor in report.html", 18, lambda row: row.item.anchor),
    Column("pointer", "Pointer (RFC 6901)", 40, lambda row: row.item.pointer),
    Column("record_sha256", "SHA-256 of the record", 66, lambda row: row.item.record_sha256),
    Column("coverage", "Coverage", 20, lambda row: row.item.coverage, worded=True),
)


def _claims(report: Report) -> Iterator[_Claim]:
    labels = _labels(of(report.language))
    for agent, entry, version in _entries(report):
        root, record = f"{entry.pointer}/data_risk", entry.record_sha256
        parts: dict[Part, Answers | None] = {
            "action_profile": entry.action_profile,
            "params_data_categories": entry.params_data_categories,
            "result_data_categories": entry.result_data_categories,
        }
        # A part that nobody declared has a row for each of its fields all the same: what is not there cannot be
        # filtered for, and an auditor looks for exactly that.
        for part, values in parts.items():
            for name in FIELDS[part] if values is None else values:
                answer = UNDECLARED if values is None else values[name]
                text, type_ = (None, None) if values is None else (whole(answer.value), kind_of(answer.value))
                named, pointer = labels.get((part, name)), step(f"{root}/{part}", name)
                told = text, type_, answer.word, named
                yield _Claim(agent, entry, version, part, name, *told, pointer, record)
        others = [(OTHER, name, given, step(root, name), record) for name, given in entry.extra.items()]
        others += [(HINT, each.name, each.value, each.pointer, each.record_sha256) for each in entry.hints]
        for part_, name, given, pointer, sha256 in others:
            yield _Claim(
                agent, entry, version, part_, name, whole(given), kind_of(given), NOT_COUNTED, None, pointer, sha256
            )


def _labels(language: Language) -> dict[tuple[str, str], tuple[str | None, str]]:
    """The group and the label of each field of each part; what is not among them is outside the vocabulary."""
    say = language.gettext
    groups = {each.id: say(each.label) + (f" ({say(each.law)})" if each.law else "") for each in GROUPS}
    terms = {name: (groups[term.group], say(term.label)) for name, term in TERMS.items()}
    level = (None, language.gettext("Classification"))
    return {(part, name): terms.get(name, level) for part in PARTS for name in FIELDS[part]}


CLAIMS: Final[Table[_Claim]] = Table(
    "claims",
    Message("Claims"),
    Message(
        "One row for each field of each span type, declared or not: the value as it was declared, and how it was "
        "counted."
    ),
    _claims,
    *_ENTRY,
    Column("part", "Part", 24, lambda row: row.part),
    Column("side", "Side", 10, lambda row: _SIDES.get(row.part), worded=True),
    Column("group", "Group", 28, lambda row: row.named and row.named[0]),
    Column("field", "Field", 32, lambda row: row.field),
    Column("label", "Label", 32, lambda row: row.named[1] if row.named else row.field),
    Column("outside_vocabulary", "Outside the vocabulary", 12, lambda row: row.named is None, worded=True),
    Column("declared", "Declared value", 20, lambda row: row.declared),
    Column("declared_type", "JSON type of the value", 12, lambda row: row.type),
    Column("answer", "Answer as counted", 16, lambda row: row.answer, worded=True),
    Column("pointer", "Pointer (RFC 6901)", 60, lambda row: row.pointer),
    Column("record_sha256", "SHA-256 of the record", 66, lambda row: row.record_sha256),
)

FLOWS: Final[Table[Of[FlowEntry, Flow]]] = Table(
    "flows",
    Message("Flows"),
    Message("Declared ways that data take, from declarations alone: nothing of it was observed."),
    lambda report: (
        Of(agent, entry, flow) for agent in report.agents for flow in agent.flows for entry in flow.entries
    ),
    *AGENT,
    Column("flow", "Flow", 18, lambda row: row.about.name),
    Column("label", "Label", 28, lambda row: row.about.label),
    Column("reading", "What it means for a reviewer", 60, lambda row: row.about.reading, wraps=True),
    Column("span_type", "Span type", 32, lambda row: row.item.span_type),
    Column("categories", "Categories", 40, lambda row: tuple(row.item.categories), wraps=True),
    Column("anchor", "Anchor in report.html", 18, lambda row: row.item.anchor),
)


def _reached(report: Report) -> Iterator[Of[FlowEntry, str]]:
    for agent in report.agents:
        reach = agent.reach
        roles = {"source": reach.sources, "exit": reach.exits, "undecided exit": reach.undecided_exits}
        yield from (Of(agent, entry, role) for role, entries in roles.items() for entry in entries)


REACH: Final[Table[Of[FlowEntry, str]]] = Table(
    "reach",
    Message("Reach"),
    Message("What may reach the outside world in the worst case, an upper bound from declarations."),
    _reached,
    *AGENT,
    Column("role", "Role", 16, lambda row: row.about, worded=True),
    Column("span_type", "Span type", 32, lambda row: row.item.span_type),
    Column("categories", "Categories", 40, lambda row: tuple(row.item.categories), wraps=True),
    Column("anchor", "Anchor in report.html", 18, lambda row: row.item.anchor),
)


class _Absent(NamedTuple):
    sort: str
    what: str | None
    why: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    schema_version_id: str | None = None
    location: str | None = None


def _absent(report: Report) -> Iterator[_Absent]:
    for gap in report.gaps:
        yield _Absent("gap", gap.what, gap.why, gap.agent_id, gap.agent_name, None, gap.location)
    for item in report.scope.left_out:
        yield _Absent("left out", None, item.why, item.agent_id, item.agent_name, item.schema_version_id)
    yield from (_Absent("note", note) for note in report.scope.notes)


LEFT_OUT: Final[Table[_Absent]] = Table(
    "left_out",
    Message("Left out and gaps"),
    Message("What could not be read, so that its absence says nothing, and what does not count and why."),
    _absent,
    Column("sort", "Sort", 12, lambda row: row.sort, worded=True),
    Column("what", "What", 50, lambda row: row.what, wraps=True),
    Column("why", "Why", 60, lambda row: row.why, wraps=True),
    Column("agent_id", "Agent id", 20, lambda row: row.agent_id),
    Column("agent_name", "Agent", 28, lambda row: row.agent_name),
    Column("schema_version_id", "Schema version", 24, lambda row: row.schema_version_id),
    Column("location", "Location", 50, lambda row: row.location),
)

RECORDS: Final[Table[Record]] = Table(
    "records",
    Message("Records"),
    Message("The records that declarations were read from; each stands whole in evidence/snapshot.json."),
    lambda report: report.records,
    Column("record_sha256", "SHA-256 of the record", 66, lambda record: record.sha256),
    Column("kind", "Kind", 24, lambda record: record.kind),
    Column("source", "Source", 40, lambda record: record.source),
    Column("location", "Location", 60, lambda record: record.location),
)
