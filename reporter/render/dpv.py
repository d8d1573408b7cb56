"""``report.dpv.jsonld``: what is declared, in the W3C community's Data Privacy Vocabulary (DPV 2.3), as JSON-LD.

An agent is a process, and each of its span types a process within it. The platform's categories and actions are
concepts of their own, close to terms of DPV (``skos:closeMatch``) and the same as none. DPV has no word for what
nobody answered: states and answers stand in properties of ours, and DPV's own say only what is declared included or
allowed. The context is in the file, so that nothing is loaded. Whether an impact assessment is required, or is not, is
for people to say, and never said here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any, Final

from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, CLASSIFICATION, NOT_NECESSARILY_PERSONAL
from reporter.render.document import Document, Large
from reporter.render.exported import BASIS, answers, identity, level, seen, states, word
from reporter.render.json import streamed
from reporter.view.facts import AgentFacts, Recipient
from reporter.view.report import Agent, Report, SpanType

MEDIA_TYPE: Final = "application/ld+json"
VOCABULARY: Final = "https://w3id.org/dpv/2.3"
#: What of ours names concepts: every side with every state and answer.
_STATED: Final = (
    *(f"datarisk:action{each}" for each in ("Allowed", "Disallowed", "Undetermined", "Unknown", "Undeclared", "None")),
    *(
        f"datarisk:{side}{each}"
        for side in ("params", "result")
        for each in ("Included", "Excluded", "Undetermined", "Unknown", "Undeclared", "None")
    ),
)
_NAMING: Final = ("dpv:hasPersonalData", "dpv:hasData", "dpv:hasDataSubject", "dpv:hasProcessing", "dpv:hasProcess")
_CONTEXT: Final = {
    "dct": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "datarisk": "urn:datarisk:dpv:",
    "category": "urn:datarisk:category:",
    "action": "urn:datarisk:action:",
    **{name: {"@type": "@id"} for name in (*_NAMING, *_STATED, "skos:closeMatch", "datarisk:reports")},
}
#: Close matches, none of them exact; children are data subjects there, and no category of data.
CLOSE: Final[dict[str, tuple[str, ...]]] = {
    "personal_identifiers": ("pd:Identifying",),
    "contact_information": ("pd:Contact",),
    "location_and_tracking": ("pd:Location", "pd:Tracking"),
    "behavioural_and_inferred": ("pd:Behavioural", "dpv:InferredPersonalData"),
    "financial_information": ("pd:Financial",),
    "health_and_medical": ("pd:Health", "pd:MedicalHealth"),
    # Convictions are a part of it.
    "criminal_justice": ("pd:Criminal", "pd:CriminalConviction"),
    "authentication_and_secrets": ("pd:Authenticating", "pd:SecretText", "pd:Password"),
    "organisational_confidential": ("dpv:ConfidentialData", "dpv:CommerciallyConfidentialData"),
    "minors_data": ("dpv:Child",),
    "gdpr_racial_or_ethnic_origin": ("pd:Race", "pd:EthnicOrigin"),
    "gdpr_political_opinions": ("pd:PoliticalOpinion",),
    "gdpr_religious_or_philosophical_beliefs": ("pd:ReligiousBelief", "pd:PhilosophicalBelief"),
    "gdpr_trade_union_membership": ("pd:TradeUnionMembership",),
    "gdpr_genetic_data": ("pd:Genetic",),
    "gdpr_biometric_for_identification": ("pd:Biometric",),
    "gdpr_sex_life_or_sexual_orientation": ("pd:Sexual", "pd:SexualPreference"),
    "create_data": ("dpv:Generate", "dpv:Collect"),
    "read_data": ("dpv:Access", "dpv:Consult", "dpv:Retrieve"),
    "update_data": ("dpv:Modify", "dpv:Alter"),
    "destroy_data": ("dpv:Erase", "dpv:Destruct"),
    "financial_transactions": ("dpv:PaymentManagement",),
    "external_communication": ("dpv:Disclose", "dpv:Transmit"),
}
_CHILDREN: Final = "minors_data"
_PURPOSES: Final = frozenset({"financial_transactions"})
_OPENED: Final = 3

_Json = dict[str, Any]


def render(report: Report) -> Document:
    """The report in DPV."""
    graph = [_about(report), *_concepts(report), *_nodes(report)]
    return Document("report.dpv.jsonld", MEDIA_TYPE, Large(streamed({"@context": _CONTEXT, "@graph": graph}, _OPENED)))


def _about(report: Report) -> _Json:
    left_out = [": ".join(filter(None, (each.agent_name or each.agent_id, each.why))) for each in report.scope.left_out]
    return _filled(
        {
            "@id": identity(report).urn,
            "@type": "datarisk:Report",
            "dct:title": _said(report.controller.title, report),
            "dct:created": _time(report.generated_at),
            "dct:conformsTo": {"@id": VOCABULARY},
            "datarisk:basis": BASIS,
            "datarisk:tool": f"{report.tool.name} {report.tool.version}",
            "datarisk:catalogueSha256": report.catalogue.sha256,
            "datarisk:evidenceSha256": report.evidence_sha256,
            "datarisk:complete": report.complete,
            "datarisk:gap": [_said(_gap(each.what, each.why, each.location), report) for each in report.gaps],
            "datarisk:scope": _said(report.scope.words, report),
            "datarisk:leftOut": [_said(each, report) for each in left_out],
            "datarisk:account": _text(report.account.name),
            "datarisk:reports": [_urn(report, "agent", agent.id) for agent in report.agents],
        }
    )


def _gap(what: str, why: str, location: str | None) -> str:
    return f"{what}: {why}{f' ({location})' if location else ''}"


def _concepts(report: Report) -> Iterator[_Json]:
    """The vocabulary of the platform, and what agents say outside it."""
    labels: dict[str, str] = {}
    for agent in report.agents:
        labels |= {f"action {name}": each.label for name, each in agent.actions.items()}
        labels |= {f"category {name}": each.label for name, each in agent.categories.items()}
    known = [*(f"action {name}" for name in ACTION_NAMES), *(f"category {name}" for name in CATEGORY_NAMES)]
    for each in dict.fromkeys([*known, *sorted(labels)]):
        kind, name = each.split(" ", 1)
        yield _filled(
            {
                "@id": _concept(kind, name, report),
                "@type": "skos:Concept",
                "skos:notation": _text(name),
                "skos:prefLabel": _said(labels.get(each), report),
                "skos:closeMatch": list(CLOSE.get(name, ())),
            }
        )
    if any(_abroad(agent.facts) for agent in report.agents):
        yield {"@id": "action:transfer", "@type": "skos:Concept", "skos:closeMatch": ["dpv:Transfer"]}


def _nodes(report: Report) -> Iterator[_Json]:
    for each in report.agents:
        agent = each.again()
        inner: list[str] = []
        for number, entry in enumerate(agent.span_types):
            name = _urn(report, "span type", agent.id, entry.anchor, str(number))
            inner.append(name)
            yield _span_type(name, entry, report)
        yield _agent(agent, inner, report)


def _agent(agent: Agent, inner: list[str], report: Report) -> _Json:
    sides = [*states(agent)]
    numbers = agent.assessment
    return _filled(
        {
            "@id": _urn(report, "agent", agent.id),
            "@type": "dpv:Process",
            "dct:identifier": _text(agent.id),
            "dct:title": _text(agent.name),
            "dct:description": _text(agent.description),
            "datarisk:coverage": agent.coverage,
            "datarisk:spanTypes": numbers.span_types,
            "datarisk:spanTypesNotAssessed": numbers.not_assessed,
            "datarisk:fields": numbers.cells,
            "datarisk:fieldsKnown": numbers.known_cells,
            **_stated(sides, report),
            "datarisk:paramsClassification": level(agent.classification.params),
            "datarisk:resultClassification": level(agent.classification.result),
            "datarisk:recordSha256": [version.record_sha256 for version in agent.schema_versions],
            "datarisk:screening": [
                {
                    "datarisk:criterion": each.number,
                    "datarisk:answer": each.answer,
                    "dct:title": _said(each.title, report),
                }
                for each in agent.screening
            ],
            "datarisk:issue": [
                {
                    "dct:identifier": each.key,
                    "dct:title": _said(each.question, report),
                    "datarisk:severity": each.severity,
                    "datarisk:certainty": each.certainty,
                    "datarisk:status": each.status,
                }
                for each in agent.issues
            ],
            **_of_the_organisation(agent, report),
            "dpv:hasProcess": inner,
        }
    )


def _span_type(name: str, entry: SpanType, report: Report) -> _Json:
    return _filled(
        {
            "@id": name,
            "@type": "dpv:Process",
            "dct:identifier": _text(entry.name),
            "dct:title": _text(entry.title),
            "dct:description": _text(entry.description),
            "datarisk:kind": entry.kind,
            "datarisk:coverage": entry.coverage,
            "datarisk:schemaVersion": _text(entry.schema_version_id),
            "datarisk:pointer": _text(entry.pointer),
            "datarisk:recordSha256": entry.record_sha256,
            **_stated([*answers(entry)], report),
            "datarisk:paramsClassification": word(entry.params_data_categories, CLASSIFICATION),
            "datarisk:resultClassification": word(entry.result_data_categories, CLASSIFICATION),
        }
    )


def _stated(sides: list[tuple[str, str, list[str]]], report: Report) -> _Json:
    """Every name by its side and state or answer, and what of that DPV has words for."""
    found: _Json = {}
    for side, value, names in sides:
        kind = "action" if side == "action" else "category"
        found[f"datarisk:{side}{value.capitalize()}"] = [_concept(kind, name, report) for name in names]
    included = dict.fromkeys(
        name for side, value, names in sides if side != "action" and value == "included" for name in names
    )
    subjects = [name for name in included if name == _CHILDREN]
    personal = [name for name in included if name in CATEGORY_NAMES and name not in NOT_NECESSARILY_PERSONAL]
    data = [name for name in included if name not in personal]
    found["dpv:hasPersonalData"] = [_concept("category", name, report) for name in personal if name != _CHILDREN]
    found["dpv:hasData"] = [_concept("category", name, report) for name in data]
    found["dpv:hasDataSubject"] = [_concept("category", name, report) for name in subjects]
    for side, value, names in sides:
        if side == "action" and value == "allowed":
            found["dpv:hasPermission"] = _rule("dpv:Permission", names, report)
        elif side == "action" and value == "disallowed":
            found["dpv:hasProhibition"] = _rule("dpv:Prohibition", names, report)
    return found


def _rule(kind: str, names: list[str], report: Report) -> _Json:
    """That it may, or may not: nothing says that it ever does."""
    return _filled(
        {
            "@type": kind,
            "dpv:hasProcessing": [_concept("action", name, report) for name in names if name not in _PURPOSES],
            "dpv:hasPurpose": [{"@id": _concept("action", name, report)} for name in names if name in _PURPOSES],
        }
    )


def _of_the_organisation(agent: Agent, report: Report) -> _Json:
    """What the organisation states of an agent; who answers for it, as far as somebody says so."""
    facts = agent.facts
    others = facts is not None and facts.role == "processor"
    names = facts.controllers if facts and facts.controllers else [] if others else [report.controller.name]
    found: _Json = {
        "dpv:hasDataController": [
            {"@type": "dpv:DataController", "dpv:hasName": _text(name)} for name in names if _text(name)
        ],
        "datarisk:owner": _text((facts and facts.owner) or agent.owner),
    }
    if facts is None:
        return found
    found["dpv:hasPurpose"] = _described("dpv:Purpose", [facts.purpose])
    found["dpv:hasLegalBasis"] = _described("dpv:LegalBasis", facts.legal_basis)
    found["dpv:hasRecipient"] = [_recipient(each) for each in facts.recipients]
    found["datarisk:people"] = [_text(each) for each in facts.people]
    found["datarisk:retention"] = _text(facts.retention)
    found["datarisk:measure"] = [_text(each) for each in facts.measures]
    if _abroad(facts):
        found["dpv:hasProcessing"] = "action:transfer"
    return found


def _described(kind: str, texts: Iterable[str | None]) -> list[_Json]:
    return [{"@type": kind, "dct:description": _text(text)} for text in texts if _text(text)]


def _recipient(given: Recipient) -> _Json:
    return _filled(
        {
            "@type": "dpv:Recipient",
            "dpv:hasName": _text(given.name),
            "datarisk:role": _text(given.role),
            "datarisk:country": _text(given.country),
            "datarisk:thirdCountry": given.third_country,
        }
    )


def _abroad(facts: AgentFacts | None) -> bool:
    """Only a country that is known makes a transfer of what goes out."""
    return facts is not None and any(each.third_country for each in facts.recipients)


def _concept(kind: str, name: str, report: Report) -> str:
    """One of the vocabulary by its name; of another, whose name may be anything, a UUID."""
    known = name in ACTION_NAMES or name in CATEGORY_NAMES
    return f"{kind}:{name}" if known else _urn(report, kind, name)


def _urn(report: Report, *names: str) -> str:
    return uuid.uuid5(identity(report), "\n".join(["dpv", *names])).urn


def _said(text: str | None, report: Report) -> _Json | None:
    """A sentence of the report, in its language."""
    return {"@value": seen(text), "@language": report.language} if text else None


def _text(text: str | None) -> str | None:
    return seen(text) or None


def _time(moment: str) -> _Json:
    return {"@value": moment, "@type": "xsd:dateTime"}


def _filled(value: _Json) -> _Json:
    return {name: part for name, part in value.items() if part is not None and part != []}
