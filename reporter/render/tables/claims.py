"""The tables of what was declared: agents and their answers, schema versions, span types, and claims.

A claim is one field of one part of one span type's declaration. Each of the 42 fields of the vocabulary is one,
declared or not, and so is whatever else a declaration holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from reporter.declared.answer import UNDECLARED, Answer, Answers
from reporter.declared.vocabulary import FIELDS, FLAGS, GROUPS, PARTS, SIDE_PARTS, TERMS, Part
from reporter.plain.canonical import step
from reporter.plain.language import Language
from reporter.render.tables.table import Column, Row, Table, kind_of, spoken, whole
from reporter.view.report import Action, Agent, Category, Report, SchemaVersion, SpanType

NOT_COUNTED: Final = "not counted"
#: The part of a claim that is none of the three.
OTHER: Final = "data_risk"

_SIDES: Final = {part: side for side, part in SIDE_PARTS.items()}


def agents(report: Report, language: Language) -> Table:
    """One row an agent."""
    columns = (
        *agent_columns(language),
        Column("status", language.gettext("Status"), 12),
        Column("external_identifier", language.gettext("External identifier"), 24),
        Column("description", language.gettext("Description"), 40, wraps=True),
        Column("owner", language.gettext("Owner"), 24),
        Column("team", language.gettext("Team"), 20),
        Column("environments", language.gettext("Environments"), 20),
        Column("schema_versions", language.gettext("Schema versions"), 24),
        Column("version_note", language.gettext("How its versions were chosen"), 40, wraps=True),
        Column("lead", language.gettext("In a sentence or two"), 60, wraps=True),
        Column("assessed", language.gettext("Assessed"), 10, worded=True),
        Column("span_types", language.gettext("Span types"), 10),
        Column("span_types_not_assessed", language.gettext("Span types not assessed"), 12),
        Column("fields", language.gettext("Fields"), 10),
        Column("fields_declared", language.gettext("Fields declared"), 10),
        Column("fields_known", language.gettext("Fields known"), 10),
        *(Column(flag.name, language.gettext(flag.label), 16, worded=True) for flag in FLAGS),
        Column("may_be_personal", language.gettext("May be personal data all the same"), 40, wraps=True),
        Column("classification_params", language.gettext("Classification of inputs"), 18),
        Column("classification_result", language.gettext("Classification of outputs"), 18),
        Column("classification", language.gettext("Highest classification"), 18),
        Column("reach", language.gettext("Reach"), 14, worded=True),
        Column("reach_words", language.gettext("What may reach the outside world"), 60, wraps=True),
        Column("findings", language.gettext("Findings"), 10),
    )
    note = language.gettext("One row for each agent in scope; a flag is the worst case over all of its span types.")
    words = spoken(language)

    def rows() -> Iterator[Row]:
        return (_agent(item, words) for item in report.agents)

    return Table("agents", language.gettext("Agents"), note, columns, "agent", rows)


def agent_columns(language: Language) -> tuple[Column, Column]:
    """What tells agents apart, in every table about them."""
    return (
        Column("agent_id", language.gettext("Agent id"), 20),
        Column("agent_name", language.gettext("Agent"), 28),
    )


def not_counted(agent: Agent, words: Mapping[str, str]) -> tuple[str, ...]:
    """What may be personal data and enters no flag, each with its state."""
    return tuple(f"{item.label}: {words[item.state]}" for item in agent.flags[FLAGS[0].name].not_counted)


def _agent(agent: Agent, words: Mapping[str, str]) -> Row:
    levels = agent.classification
    return (
        agent.id,
        agent.name,
        agent.status,
        agent.external_identifier,
        agent.description,
        agent.owner,
        agent.team,
        tuple(agent.environments),
        tuple(version.id for version in agent.schema_versions),
        agent.note,
        agent.lead,
        agent.assessed,
        agent.assessment.span_types,
        agent.assessment.not_assessed,
        agent.assessment.cells,
        agent.assessment.declared_cells,
        agent.assessment.known_cells,
        *(agent.flags[flag.name].state for flag in FLAGS),
        not_counted(agent, words),
        *(level.words for level in (levels.params, levels.result, levels.overall)),
        agent.reach.state,
        agent.reach.words,
        len(agent.findings),
    )


def answers(report: Report, language: Language) -> Table:
    """One row for each action and category of an agent: its worst case and what that was counted from."""
    counts = (
        Column("yes", language.gettext("Included or allowed"), 10),
        Column("unknown", language.gettext("Unknown"), 10),
        Column("undeclared", language.gettext("Undeclared"), 10),
        Column("no", language.gettext("Excluded or disallowed"), 10),
    )
    columns = (
        *agent_columns(language),
        Column("type", language.gettext("Type"), 10, worded=True),
        Column("field", language.gettext("Field"), 32),
        Column("label", language.gettext("Label"), 32),
        Column("outside_vocabulary", language.gettext("Outside the vocabulary"), 12, worded=True),
        Column("state", language.gettext("State"), 16, worded=True),
        *counts,
        Column("state_params", language.gettext("State of inputs"), 16, worded=True),
        Column("state_result", language.gettext("State of outputs"), 16, worded=True),
    )
    note = language.gettext("The worst case of each action and category over an agent's span types, and its counts.")
    return Table(
        "answers", language.gettext("Answers by agent"), note, columns, "answer", lambda: _answer_rows(report.agents)
    )


def _answer_rows(found: list[Agent]) -> Iterator[Row]:
    for agent in found:
        for name, action in agent.actions.items():
            yield agent.id, agent.name, "action", name, *_of_action(action)
        for name, category in agent.categories.items():
            yield agent.id, agent.name, "category", name, *_of_category(category)


def _of_action(item: Action) -> Row:
    counts = (item.allowed, item.unknown, item.undeclared, item.disallowed)
    return item.label, item.extension, item.state, *counts, None, None


def _of_category(item: Category) -> Row:
    counts = (item.included, item.unknown, item.undeclared, item.excluded)
    return item.label, item.extension, item.state, *counts, item.params.state, item.result.state


def versions(report: Report, language: Language) -> Table:
    """One row a schema version that counts."""
    columns = (
        *agent_columns(language),
        Column("schema_version_id", language.gettext("Schema version"), 24),
        Column("schema_version_external_identifier", language.gettext("External identifier"), 24),
        Column("registered_at", language.gettext("Registered"), 22),
        Column("environments", language.gettext("Environments"), 20),
        Column("record_sha256", language.gettext("SHA-256 of the record"), 66),
        Column("source", language.gettext("Source"), 30),
        Column("location", language.gettext("Location"), 40),
    )

    def rows() -> Iterator[Row]:
        for agent in report.agents:
            for item in agent.schema_versions:
                places = (item.record_sha256, item.source, item.location)
                named = (item.id, item.external_identifier, item.inserted_at, tuple(item.environments))
                yield agent.id, agent.name, *named, *places

    note = language.gettext("Which registered schema versions count, and the record that each was read from.")
    return Table("schema_versions", language.gettext("Schema versions"), note, columns, "schema version", rows)


def _entry_columns(language: Language) -> tuple[Column, ...]:
    return (
        *agent_columns(language),
        Column("environments", language.gettext("Environments"), 20),
        Column("schema_version_id", language.gettext("Schema version"), 24),
        Column("schema_version_external_identifier", language.gettext("External identifier"), 24),
        Column("kind", language.gettext("Kind"), 10),
        Column("span_type", language.gettext("Span type"), 32),
    )


def _entry(agent: Agent, entry: SpanType, found: Mapping[tuple[str, str], SchemaVersion]) -> Row:
    version = found.get((entry.schema_version_id, entry.record_sha256))
    environments = tuple(version.environments) if version else ()
    external = version.external_identifier if version else None
    return agent.id, agent.name, environments, entry.schema_version_id, external, entry.kind, entry.name


def _entries(report: Report) -> Iterator[tuple[Row, SpanType]]:
    for agent in report.agents:
        found = {(version.id, version.record_sha256): version for version in agent.schema_versions}
        for entry in agent.span_types:
            yield _entry(agent, entry, found), entry


def span_types(report: Report, language: Language) -> Table:
    """One row a span type."""
    columns = (
        *_entry_columns(language),
        Column("title", language.gettext("Title"), 28),
        Column("description", language.gettext("Description"), 40, wraps=True),
        Column("assessed", language.gettext("Assessed"), 10, worded=True),
        Column("reason", language.gettext("Why it is not assessed"), 36, wraps=True),
        Column("fields_known", language.gettext("Fields known"), 10),
        Column("fields_declared", language.gettext("Fields declared"), 10),
        Column("anchor", language.gettext("Anchor in report.html"), 18),
        Column("pointer", language.gettext("Pointer (RFC 6901)"), 40),
        Column("record_sha256", language.gettext("SHA-256 of the record"), 66),
    )

    def rows() -> Iterator[Row]:
        for where, entry in _entries(report):
            known = (entry.assessed, entry.reason, entry.known_cells, entry.declared_cells)
            yield *where, entry.title, entry.description, *known, entry.anchor, entry.pointer, entry.record_sha256

    note = language.gettext("One row for each type of work that an agent declares, whatever its kind.")
    return Table("span_types", language.gettext("Span types"), note, columns, "span type", rows)


def claims(report: Report, language: Language) -> Table:
    """One row a claim."""
    columns = (
        *_entry_columns(language),
        Column("part", language.gettext("Part"), 24),
        Column("side", language.gettext("Side"), 10, worded=True),
        Column("group", language.gettext("Group"), 28),
        Column("field", language.gettext("Field"), 32),
        Column("label", language.gettext("Label"), 32),
        Column("outside_vocabulary", language.gettext("Outside the vocabulary"), 12, worded=True),
        Column("declared", language.gettext("Declared value"), 20),
        Column("declared_type", language.gettext("JSON type of the value"), 12),
        Column("answer", language.gettext("Answer as counted"), 16, worded=True),
        Column("pointer", language.gettext("Pointer (RFC 6901)"), 60),
        Column("record_sha256", language.gettext("SHA-256 of the record"), 66),
    )

    def rows() -> Iterator[Row]:
        labels = _Labels(language)
        for where, entry in _entries(report):
            for claim in _claims(entry, labels):
                yield *where, *claim, entry.record_sha256

    note = language.gettext(
        "One row for each field of each span type, declared or not: the value as it was declared, and how it was "
        "counted."
    )
    return Table("claims", language.gettext("Claims"), note, columns, "claim", rows)


class _Labels:
    """What a report calls fields, looked up once."""

    def __init__(self, language: Language) -> None:
        groups = {group.id: _group(group.label, group.law, language) for group in GROUPS}
        self._known = {name: (groups[term.group], language.gettext(term.label)) for name, term in TERMS.items()}
        self._level = (None, language.gettext("Classification"))

    def __call__(self, part: Part, name: str) -> tuple[str | None, str]:
        if name not in FIELDS[part]:
            return None, name
        return self._known.get(name, self._level)


def _group(label: str, law: str, language: Language) -> str:
    said = language.gettext(label)
    return f"{said} ({language.gettext(law)})" if law else said


def _claims(entry: SpanType, labels: _Labels) -> Iterator[Row]:
    root = f"{entry.pointer}/data_risk"
    parts: dict[Part, Answers | None] = {
        "action_profile": entry.action_profile,
        "params_data_categories": entry.params_data_categories,
        "result_data_categories": entry.result_data_categories,
    }
    for part in PARTS:
        values = parts[part]
        side = _SIDES.get(part)
        for name in FIELDS[part] if values is None else values:
            group, label = labels(part, name)
            told = (None, None, UNDECLARED.word) if values is None else _told(values[name])
            yield part, side, group, name, label, name not in FIELDS[part], *told, step(f"{root}/{part}", name)
    for name, given in entry.extra.items():
        yield OTHER, None, None, name, name, True, whole(given), kind_of(given), NOT_COUNTED, step(root, name)


def _told(answer: Answer) -> tuple[str, str, str]:
    return whole(answer.value), kind_of(answer.value), answer.word
