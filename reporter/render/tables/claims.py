"""The tables of what was declared: agents and their answers, span types, claims, flows, and where all of it came from.

A claim is one field of one part of one span type's declaration. Each of the 42 fields of the vocabulary is one,
declared or not, and so is whatever else a declaration holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from reporter.declared.answer import UNDECLARED, Answers
from reporter.declared.vocabulary import FIELDS, FLAGS, GROUPS, PARTS, SIDE_PARTS, TERMS, Part
from reporter.plain.canonical import step
from reporter.plain.language import Language, Message, of
from reporter.render.tables.table import Column, Table, kind_of, spoken, whole
from reporter.view.claims import claim
from reporter.view.findings import FlowEntry
from reporter.view.report import Action, Agent, Category, Record, Report, SchemaVersion, SpanType

NOT_COUNTED: Final = "not counted"
#: The part of a claim that is none of the three.
OTHER: Final = "data_risk"
#: Where something is no claim at all, but a hint of whoever runs a tool.
HINT: Final = "hint"

#: What ``report.json`` calls the parts that are none.
_MEMBERS: Final = {OTHER: "extra", HINT: "hints"}
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


def _actions(state: str) -> Callable[[Of[Agent, Language]], tuple[str, ...]]:
    """The actions of a state, each with how many span types make it so, and how many there are."""

    def found(row: Of[Agent, Language]) -> tuple[str, ...]:
        every = (each for each in row.item.actions.values() if each.state == state)
        return tuple(_counted(row, each, each.allowed, each.disallowed) for each in every)

    return found


def _categories(state: str) -> Callable[[Of[Agent, Language]], tuple[str, ...]]:
    """The categories of a state, each with how many inputs and outputs make it so, and how many there are."""

    def found(row: Of[Agent, Language]) -> tuple[str, ...]:
        every = (each for each in row.item.categories.values() if each.state == state)
        return tuple(_counted(row, each, each.included, each.excluded) for each in every)

    return found


def _counted(row: Of[Agent, Language], item: Action | Category, yes: int, no: int) -> str:
    missing = item.unknown + item.undeclared
    made = missing if item.state == "undetermined" else yes or no
    return f"{item.label} ({row.about.gettext('%(known)s of %(all)s', known=made, all=yes + no + missing)})"


AGENTS: Final[Table[Of[Agent, Language]]] = Table(
    "agents",
    Message("Agents"),
    Message("One row for each agent in scope; a flag is the worst case over all of its span types."),
    lambda report: (Of(agent, agent, of(report.language)) for agent in report.agents),
    *AGENT,
    Column("status", "Status", 12, lambda row: row.item.status, worded=True),
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
    Column("included", "Data included", 36, _categories("included"), wraps=True),
    Column("not_ruled_out", "Data not ruled out", 36, _categories("undetermined"), wraps=True),
    Column("excluded", "Data excluded", 36, _categories("excluded"), wraps=True),
    Column("allowed", "Actions allowed", 30, _actions("allowed"), wraps=True),
    Column("actions_not_ruled_out", "Actions not ruled out", 30, _actions("undetermined"), wraps=True),
    Column("disallowed", "Actions disallowed", 30, _actions("disallowed"), wraps=True),
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

    @property
    def claim(self) -> str:
        """Its id."""
        return f"{self.item.claim}/{claim(_MEMBERS.get(self.part, self.part), self.field)}"


class _Way(NamedTuple):
    """A span type with what becomes of data there, each in words."""

    agent: Agent
    item: SpanType
    about: SchemaVersion | None
    flows: tuple[str, ...]
    reach: tuple[str, ...]


_ENTRY: Final[tuple[Column[_Way | _Claim], ...]] = (
    *AGENT,
    Column("environments", "Environments", 20, lambda row: tuple(row.about.environments) if row.about else ()),
    Column("schema_version_id", "Schema version", 24, lambda row: row.item.schema_version_id),
    Column(
        "schema_version_external_identifier",
        "External identifier",
        24,
        lambda row: row.about.external_identifier if row.about else None,
    ),
    Column("kind", "Kind", 10, lambda row: row.item.kind, worded=True),
    Column("span_type", "Span type", 32, lambda row: row.item.name),
)


def _entries(report: Report) -> Iterator[_Entry]:
    for agent in report.agents:
        # By digest too: two sources may hold a version of one id and tell different things of it.
        found = {(version.id, version.record_sha256): version for version in agent.schema_versions}
        for entry in agent.span_types:
            yield Of(agent, entry, found.get((entry.schema_version_id, entry.record_sha256)))


def _ways(report: Report) -> Iterator[_Way]:
    words, last = spoken(of(report.language)), None
    for agent, entry, version in _entries(report):
        if agent is not last:
            flows, reach, last = _flows(agent), _reach(agent, words), agent
        yield _Way(agent, entry, version, tuple(flows[entry.anchor]), tuple(reach[entry.anchor]))


def _flows(agent: Agent) -> dict[str, list[str]]:
    """By the anchor of a span type, the ways that its data take, with what they are."""
    found: dict[str, list[str]] = defaultdict(list)
    for flow in agent.flows:
        for entry in flow.entries:
            found[entry.anchor].append(_carried(flow.label, entry))
    return found


def _reach(agent: Agent, words: Mapping[str, str]) -> dict[str, list[str]]:
    """By the anchor of a span type, what it is where data may reach the outside world in the worst case."""
    found: dict[str, list[str]] = defaultdict(list)
    reach = agent.reach
    roles = {"source": reach.sources, "exit": reach.exits, "undecided exit": reach.undecided_exits}
    for role, entries in roles.items():
        for entry in entries:
            found[entry.anchor].append(_carried(words[role], entry))
    return found


def _carried(what: str, entry: FlowEntry) -> str:
    return f"{what}: {', '.join(entry.categories)}" if entry.categories else what


SPAN_TYPES: Final[Table[_Way]] = Table(
    "span_types",
    Message("Span types"),
    Message("One row for each type of work that an agent declares, whatever its kind."),
    _ways,
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
    Column("flows", "Declared ways of data", 40, lambda row: row.flows, wraps=True),
    Column("reach", "On the way outside, at worst", 40, lambda row: row.reach, wraps=True),
    Column("registered_at", "Registered", 22, lambda row: row.about.inserted_at if row.about else None),
    Column("source", "Source", 30, lambda row: row.about.source if row.about else None),
    Column("location", "Location", 40, lambda row: row.about.location if row.about else None),
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
    Column("claim", "Claim", 60, lambda row: row.claim),
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
