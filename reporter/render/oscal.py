"""``report.oscal.json``: the report as OSCAL assessment results, for programs that track assessments and risks.

An agent is a component, and each of its span types an inventory item that implements it. What triggers a review is an
observation, and the question that it belongs to a risk. A finding of OSCAL says that something is satisfied or is not:
that is said of rules that the organisation wrote itself, and of no law; and never that one is satisfied, as
declarations cannot show it. No assessment plan exists and no control was assessed, which the file says where OSCAL
demands both.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from reporter.declared.vocabulary import CLASSIFICATION
from reporter.render.document import Document, Large
from reporter.render.exported import BASIS, answers, identity, level, seen, states, word
from reporter.render.json import streamed
from reporter.review.catalogue import OURS
from reporter.review.tables import UNANSWERED
from reporter.view.findings import Finding, Issue, Rule, Waiver
from reporter.view.report import Agent, Report, SpanType

VERSION: Final = "1.2.1"
#: Whose our properties, facets and states are; it identifies, and leads nowhere.
NAMESPACE: Final = "urn:datarisk:oscal"
MEDIA_TYPE: Final = "application/oscal+json"
#: Levels of the document whose parts have a line each.
_OPENED: Final = 5
#: ``answered`` is a token of ours: somebody has decided it, which says neither that the risk is closed nor accepted.
_STATUS: Final = {"open": "open", "answered": "answered", "accepted": "deviation-approved"}
_OPERATES: Final = {"active": "operational", "retired": "disposition"}
_MARKUP: Final = re.compile(r'[\\`*\[\]<>&~^"{}]|(?<!\w)_|_(?!\w)|^(?:[-+#]|\d+(?=[.)]))')

_Json = dict[str, Any]


def render(report: Report) -> Document:
    """The report, as JSON of OSCAL."""
    return Document("report.oscal.json", MEDIA_TYPE, Large(streamed({"assessment-results": _results(report)}, _OPENED)))


@dataclass(frozen=True, slots=True)
class _Ids:
    """Version-5 UUIDs, all of the evidence; what has one name twice has two."""

    root: uuid.UUID
    taken: Counter[str] = field(default_factory=Counter)

    def of(self, *names: str) -> str:
        """That of a thing, whoever asks."""
        return str(uuid.uuid5(self.root, "\n".join(names)))

    def new(self, *names: str) -> str:
        """That of a thing that may be there twice."""
        key = "\n".join(names)
        self.taken[key] += 1
        return self.of(key) if self.taken[key] == 1 else self.of(key, str(self.taken[key]))


def _results(report: Report) -> _Json:
    ids = _Ids(uuid.uuid5(identity(report), "oscal"))
    return {
        "uuid": str(ids.root),
        "metadata": _metadata(report, ids),
        "import-ap": {
            "href": f"#{ids.of('plan')}",
            "remarks": "No assessment plan exists: declarations were read, and put up for review by rules.",
        },
        "results": [_result(report, ids)],
        "back-matter": {"resources": [*_resources(report, ids)]},
    }


def _metadata(report: Report, ids: _Ids) -> _Json:
    made: _Json = {
        "title": _line(report.controller.title) or "Report",
        "last-modified": report.generated_at,
        "version": report.evidence_sha256,
        "oscal-version": VERSION,
        "props": [
            *_props("schema", report.schema),
            *_props("language", report.language),
            *_props("account-id", report.account.id),
            *_props("account-name", report.account.name),
        ],
    }
    if _value(report.controller.name):
        contact = _line(report.controller.contact)
        party = {"uuid": ids.of("controller"), "type": "organization", "name": _value(report.controller.name)}
        made["parties"] = [party | ({"remarks": contact} if contact else {})]
    return made


def _result(report: Report, ids: _Ids) -> _Json:
    components, items, observations, risks, findings = _agents(report, ids)
    read = sorted(source.collected_at for source in report.sources) or [report.generated_at]
    for number, gap in enumerate(report.gaps, 1):
        observations.append(_gap(ids.of("gap", str(number)), gap.what, gap.why, gap.location, read[-1]))
    tool = {
        "uuid": ids.of("tool"), "type": "software", "title": report.tool.name,
        "description": "What read the declarations, and holds them against its catalogue.",
        "props": [
            *_props("version", report.tool.version),
            *_props("catalogue-version", report.catalogue.version),
            *_props("catalogue-sha256", report.catalogue.sha256),
        ],
        "status": {"state": "operational"},
    }  # fmt: skip
    platform = {"uuid": ids.of("platform"), "uses-components": [{"component-uuid": ids.of("tool")}]}
    local = {
        "components": components,
        "inventory-items": items,
        "assessment-assets": {"components": [tool], "assessment-platforms": [platform]},
    }
    made = {
        "uuid": ids.of("result"),
        "title": _line(report.scope.words) or "Scope",
        "description": "What is declared of each agent, and what of it triggers a review. Nothing here concludes.",
        "start": read[0],
        "end": read[-1],
        "props": [*_about(report)],
        "local-definitions": _filled(local),
        "reviewed-controls": _reviewed(report, ids),
        "observations": observations,
        "risks": risks,
        "findings": findings,
        "remarks": _remarks(report),
    }
    return _filled(made)


def _about(report: Report) -> Iterator[_Json]:
    totals = report.totals
    yield from _props("complete", "yes" if report.complete else "no")
    yield from _props("basis", BASIS)
    yield from _props("evidence-sha256", report.evidence_sha256)
    for name, number in (
        ("agents", totals.agents),
        ("agents-not-assessed", totals.agents_not_assessed),
        ("span-types", totals.span_types),
        ("span-types-not-assessed", totals.not_assessed),
        ("fields", totals.cells),
        ("fields-known", totals.known_cells),
    ):
        yield from _props(name, str(number))
    for each in report.scope.left_out:
        named = (each.agent_name or each.agent_id, each.schema_version_id, each.why)
        yield from _props("left-out", ": ".join(text for text in named if text))


def _remarks(report: Report) -> str:
    said = ["That something is not among the observations says nothing of it: what nobody declared is unknown."]
    if not report.complete:
        said.insert(0, "This report is incomplete: what could not be read is among the observations.")
    return " ".join(said)


def _agents(report: Report, ids: _Ids) -> tuple[list[_Json], ...]:
    components: list[_Json] = []
    items: list[_Json] = []
    observations: list[_Json] = []
    risks: list[_Json] = []
    findings: list[_Json] = []
    own = {rule.id for rule in report.catalogue.rules if rule.origin != OURS}
    read = max((source.collected_at for source in report.sources), default=report.generated_at)
    for each in report.agents:
        agent = each.again()
        components.append(_component(agent, ids))
        subjects: dict[str, _Json] = {}
        for entry in agent.span_types:
            item = _item(agent, entry, ids)
            items.append(item)
            subjects.setdefault(entry.anchor, {"subject-uuid": item["uuid"], "type": "inventory-item"})
        for found in agent.findings:
            observations.append(_observation(agent, found, subjects, ids, read))
            if found.rule in own:
                findings.append(_finding(agent, found, ids))
        if agent.assessment.not_assessed or not agent.span_types:
            met = {found.rule for found in agent.findings}
            findings += [_unanswered(agent, rule, ids) for rule in report.catalogue.rules if rule.id in own - met]
        risks += [_risk(agent, issue, ids) for issue in agent.issues]
    return components, items, observations, risks, findings


def _component(agent: Agent, ids: _Ids) -> _Json:
    props = [
        *_props("agent-id", agent.id),
        *_props("coverage", agent.coverage),
        *_props("status", agent.status),
        *_props("owner", (agent.facts and agent.facts.owner) or agent.owner),
        *_props("team", agent.team),
        *(prop for name in agent.environments for prop in _props("environment", name)),
        *(prop for version in agent.schema_versions for prop in _props("schema-version", version.id)),
        *(prop for side, state, names in states(agent) for prop in _props(f"{side}-{state}", _names(names))),
        *_props("params-classification", level(agent.classification.params)),
        *_props("result-classification", level(agent.classification.result)),
    ]
    return {
        "uuid": ids.of("agent", agent.id),
        "type": "service",
        "title": _line(agent.name) or "(no name)",
        "description": _line(agent.description) or _line(agent.lead),
        "props": props,
        "status": {"state": _OPERATES.get(agent.status or "", "other")},
    }


def _item(agent: Agent, entry: SpanType, ids: _Ids) -> _Json:
    props = [
        *_props("span-type", entry.name),
        *_props("kind", entry.kind),
        *_props("coverage", entry.coverage),
        *_props("schema-version", entry.schema_version_id),
        *_props("pointer", entry.pointer),
        *_props("record-sha256", entry.record_sha256),
        *_props("anchor", entry.anchor),
        *(prop for side, answer, names in answers(entry) for prop in _props(f"{side}-{answer}", _names(names))),
        *_props("params-classification", word(entry.params_data_categories, CLASSIFICATION)),
        *_props("result-classification", word(entry.result_data_categories, CLASSIFICATION)),
    ]
    return {
        "uuid": ids.new("span type", agent.id, entry.anchor),
        "description": _line(entry.title) or _line(entry.name) or "(no name)",
        "props": props,
        "implemented-components": [{"component-uuid": ids.of("agent", agent.id)}],
        **({"remarks": _line(entry.reason)} if entry.reason else {}),
    }


def _observation(agent: Agent, found: Finding, subjects: dict[str, _Json], ids: _Ids, read: str) -> _Json:
    about = {each.anchor: subjects[each.anchor] for each in found.instances if each.anchor in subjects}
    component = {"subject-uuid": ids.of("agent", agent.id), "type": "component"}
    props = [
        *_props("finding-id", found.id),
        *_props("rule", found.rule),
        *_props("severity", found.severity),
        *_props("certainty", found.certainty),
        *_props("status", found.status),
        *_props("value-sha256", found.value_sha256),
        *(prop for name in found.categories for prop in _props("category", name)),
        *(prop for text in found.provisions for prop in _props("provision", text)),
    ]
    made = {
        "uuid": ids.of("observation", found.id),
        "title": _line(found.title) or found.rule,
        "description": _line(found.sentence) or _line(found.why),
        "props": props,
        "links": [{"href": f"#{ids.of('waiver', found.waiver)}", "rel": "waiver"}] if found.waiver else [],
        "methods": ["EXAMINE"],
        "types": ["discovery"],
        "origins": _origins(ids),
        "subjects": [component, *about.values()],
        "relevant-evidence": [
            {
                "href": f"#{ids.of('evidence')}",
                "description": "The records of its subjects, by the digest and the pointer that stand with them.",
            }
        ],
        "collected": read,
        "remarks": _line(found.why if found.note is None else f"{found.why} {found.note}"),
    }
    return _filled(made)


def _gap(name: str, what: str, why: str, location: str | None, read: str) -> _Json:
    return {
        "uuid": name,
        "title": f"Could not be read: {_line(what) or 'something'}",
        "description": f"{_line(what)}: {_line(why)}",
        "props": [*_props("gap", location or what)],
        "methods": ["EXAMINE"],
        "types": ["discovery"],
        "collected": read,
        "remarks": "Its absence from this report says nothing.",
    }


def _risk(agent: Agent, issue: Issue, ids: _Ids) -> _Json:
    facets = [{"name": "severity", "system": NAMESPACE, "value": issue.severity}]
    facets.append({"name": "certainty", "system": NAMESPACE, "value": issue.certainty})
    key = (agent.id, issue.key)
    missing = [f"Not known from declarations: {'; '.join(issue.not_known)}."] if issue.not_known else []
    made = {
        "uuid": ids.of("risk", *key),
        "title": _line(f"{agent.name}: {issue.question}"),
        "description": _line(issue.words),
        "statement": _line(" ".join(dict.fromkeys([issue.because, issue.consequence, *missing]))),
        "props": [
            *_props("agent-id", agent.id),
            *_props("question", issue.key),
            *_props("declared-sha256", issue.declared),
            *_props("owner", issue.owner),
            *_props("since-last-report", issue.since),
            *_props("note", issue.note),
        ],
        "status": _STATUS[issue.status],
        "origins": _origins(ids),
        "characterizations": [{"origin": _origins(ids)[0], "facets": facets}],
        "deadline": f"{issue.due}T23:59:59Z" if issue.due else None,
        "remediations": [*_measure(issue, key, ids)],
        "risk-log": {"entries": [_decision(issue, key, ids)]} if issue.decision and issue.decided_on else None,
        "related-observations": [{"observation-uuid": ids.of("observation", each)} for each in issue.findings],
    }
    return _filled(made)


def _measure(issue: Issue, key: tuple[str, str], ids: _Ids) -> Iterator[_Json]:
    if issue.measure:
        title, text = "What is done about it, as the organisation states", _line(issue.measure)
        yield {"uuid": ids.of("measure", *key), "lifecycle": "planned", "title": title, "description": text}


def _decision(issue: Issue, key: tuple[str, str], ids: _Ids) -> _Json:
    props = [*_props("decided-by", issue.decided_by), *_props("reference", issue.reference)]
    made = {
        "uuid": ids.of("decision", *key),
        "title": "Decided",
        "description": _line(issue.decision),
        "start": f"{issue.decided_on}T00:00:00Z",
        "props": props,
        "status-change": _STATUS[issue.status],
    }
    return _filled(made)


def _finding(agent: Agent, found: Finding, ids: _Ids) -> _Json:
    declared = found.certainty == "declared"
    return {
        "uuid": ids.of("finding", found.id),
        "title": _line(f"{agent.name}: {found.title}"),
        "description": _line(found.sentence) or _line(found.why),
        "props": [*_props("rule", found.rule), *_props("certainty", found.certainty)],
        "target": _target(found.rule, _MET if declared else _OPEN),
        "related-observations": [{"observation-uuid": ids.of("observation", found.id)}],
        "related-risks": [{"risk-uuid": ids.of("risk", agent.id, found.issue)}],
    }


def _unanswered(agent: Agent, rule: Rule, ids: _Ids) -> _Json:
    """A rule that nothing is said of, as some span type says nothing at all, of which there is one observation."""
    asked = [issue for issue in agent.issues if issue.key == UNANSWERED]
    made = {
        "uuid": ids.of("finding", agent.id, rule.id),
        "title": _line(f"{agent.name}: {rule.title}"),
        "description": _line(f"{rule.because} {rule.question}"),
        "props": [*_props("rule", rule.id), *_props("certainty", "possible")],
        "target": _target(rule.id, _OPEN),
        "related-risks": [{"risk-uuid": ids.of("risk", agent.id, issue.key)} for issue in asked],
    }
    return _filled(made)


_MET: Final = {"state": "not-satisfied", "reason": "fail", "remarks": "What is declared meets the rule."}
_OPEN: Final = {"state": "not-satisfied", "reason": "other", "remarks": "Answers are missing that would rule it out."}


def _target(rule: str, status: dict[str, str]) -> _Json:
    return {"type": "objective-id", "target-id": _token(rule), "status": status}


def _reviewed(report: Report, ids: _Ids) -> _Json:
    own = [rule for rule in report.catalogue.rules if rule.origin != OURS]
    if own:
        told = "The rules that the organisation wrote itself; the law is put up for review by observations and risks."
        selected: _Json = {"include-controls": [{"control-id": _token(rule.id)} for rule in own]}
    else:
        told = "No control was assessed: this names all of a plan that has none, as OSCAL demands that some are named."
        selected = {"include-all": {}}
    return {"control-selections": [{"description": told, **selected}], "links": [{"href": f"#{ids.of('plan')}"}]}


def _resources(report: Report, ids: _Ids) -> Iterator[_Json]:
    yield {
        "uuid": ids.of("plan"),
        "title": "No assessment plan",
        "description": "OSCAL demands a plan; there is none. Declarations were read and put up for review.",
    }
    hashes = [{"algorithm": "SHA-256", "value": report.evidence_sha256}]
    yield {
        "uuid": ids.of("evidence"),
        "title": "Evidence",
        "description": "Every record as it was read, in canonical JSON. The place is from the folder of the run.",
        "rlinks": [{"href": "evidence/snapshot.json", "media-type": "application/json", "hashes": hashes}],
    }
    for rule in report.catalogue.rules:
        if rule.findings:
            props = [prop for each in rule.provisions for prop in _props("provision", each.text)]
            missing = f" Not known: {'; '.join(rule.missing)}." if rule.missing else ""
            props += [*_props("rule", rule.id), *_props("status", rule.status), *_props("as-of", rule.as_of)]
            yield {
                "uuid": ids.of("rule", rule.id),
                "title": _line(f"{rule.id}: {rule.title}"),
                "description": _line(f"{rule.because} {rule.question}{missing}"),
                "props": props,
            }
    yield from (_waived(each, ids) for each in report.waivers)


def _waived(given: Waiver, ids: _Ids) -> _Json:
    told = ("rule", "status", "value_sha256", "approved_by", "approved_on", "expires", "ticket", "evidence")
    return {
        "uuid": ids.of("waiver", given.id),
        "title": _line(f"Waiver {given.id}"),
        "description": _line(f"{given.words} {given.reason}"),
        "props": [prop for name in ("id", *told) for prop in _props(name.replace("_", "-"), getattr(given, name))],
    }


def _origins(ids: _Ids) -> list[_Json]:
    return [{"actors": [{"type": "tool", "actor-uuid": ids.of("tool")}]}]


def _props(name: str, value: str | None) -> Iterator[_Json]:
    """A property of ours; OSCAL knows no empty ones."""
    text = _value(value)
    if text:
        yield {"name": name, "ns": NAMESPACE, "value": text}


def _value(text: str | None) -> str:
    return seen(text).strip()


def _names(names: Iterable[str]) -> str:
    return ", ".join(name.replace(",", "\\,") for name in names)


def _token(name: str) -> str:
    """A rule's id where OSCAL wants a token: a letter first, and then letters, digits and a few signs."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    return plain if re.match("[A-Za-z_]", plain) else f"_{plain}"


def _line(text: str | None) -> str:
    """Text that stays text where OSCAL reads a line of Markdown."""
    return _MARKUP.sub(
        lambda found: f"{found[0][:-1]}\\{found[0][-1]}" if found[0][0].isdigit() else f"\\{found[0]}", _value(text)
    )


def _filled(value: _Json) -> _Json:
    """Without empty lists and objects, which OSCAL does not know, and without what is not provided."""
    return {name: part for name, part in value.items() if part not in ([], {}, None, "")}
