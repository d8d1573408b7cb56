"""``report.cdx.json``: agents as the services of a CycloneDX inventory, with what flows in and out of them.

An agent is a service, and each of its span types a service within it. ``data`` says what is or may be there, and never
lacks what nobody has ruled out; whatever CycloneDX has no place for stands in properties named ``datarisk:...``, which
say every state, those that are excluded among them. The library makes the file; nothing else imports it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from reporter.declared.vocabulary import CATEGORY_NAMES, CLASSIFICATION
from reporter.errors import MissingPart
from reporter.render.document import Document
from reporter.render.exported import BASIS, answers, identity, level, seen, word
from reporter.view.report import Agent, Report, SpanType

if TYPE_CHECKING:
    from cyclonedx.model import DataClassification, Property
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.contact import OrganizationalEntity
    from cyclonedx.model.service import Service

MEDIA_TYPE: Final = "application/vnd.cyclonedx+json; version=1.6"
#: What nobody has ruled out stands behind the name of a category, so that it is not read as included.
UNDETERMINED: Final = "undetermined"
#: Whether calling a service crosses a trust boundary, as far as it is declared; undecided it says neither.
_CROSSES: Final = {"allowed": True, "disallowed": False}
_FLOWS: Final = {(True, False): "inbound", (False, True): "outbound", (True, True): "bi-directional"}

_Named = tuple[str, str]
"""A property's name, without what stands before all of ours, and its value."""


def render(report: Report) -> Document:
    """The inventory, as JSON of CycloneDX 1.6.

    Raises:
        MissingPart: The extra ``cyclonedx`` is not installed.
    """
    try:
        from cyclonedx.output.json import JsonV1Dot6  # noqa: PLC0415 (an extra)
    except ImportError as error:
        what = "the inventory needs cyclonedx-python-lib, which is not installed"
        raise MissingPart(what, remedy="Install it: pip install cyclonedx-python-lib") from error
    text = JsonV1Dot6(_bom(report)).output_as_string(indent=2)
    return Document("report.cdx.json", MEDIA_TYPE, f"{text}\n".encode())


def _bom(report: Report) -> Bom:
    from cyclonedx.model.bom import Bom, BomMetaData  # noqa: PLC0415 (an extra, here and below)
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415
    from cyclonedx.model.tool import ToolRepository  # noqa: PLC0415

    tool, taken = report.tool, Counter[str]()
    account = Component(name=_text(report.account.name) or "(no name)", type=ComponentType.PLATFORM, bom_ref="account")
    made = Bom(
        serial_number=identity(report),
        metadata=BomMetaData(
            timestamp=datetime.fromisoformat(report.generated_at),
            tools=ToolRepository(
                components=[
                    Component(name=tool.name, version=tool.version, type=ComponentType.APPLICATION, bom_ref="tool")
                ]
            ),
            component=account,
            manufacturer=_organisation(report.controller.name, report.controller.contact),
            properties=_properties(_about(report)),
        ),
        services=[_agent(agent.again(), report, taken) for agent in report.agents],
    )
    made.register_dependency(account, made.services)
    return made


def _about(report: Report) -> Iterator[_Named]:
    """What has to be known to read the inventory."""
    yield "complete", str(report.complete).lower()
    # Properties are a set: what is alike but for its place is told apart by it.
    yield from (("gap", f"{gap.what}: {gap.why}{f' ({gap.location})' if gap.location else ''}") for gap in report.gaps)
    yield "basis", BASIS
    yield "evidence_sha256", report.evidence_sha256
    yield "scope", report.scope.words
    for each in report.scope.left_out:
        named = (each.agent_name or each.agent_id, each.schema_version_id, each.why)
        yield "left_out", ": ".join(text for text in named if text)
    yield "schema", report.schema


def _agent(agent: Agent, report: Report, taken: Counter[str]) -> Service:
    from cyclonedx.model.service import Service  # noqa: PLC0415

    versions = [version.external_identifier or version.id for version in agent.schema_versions]
    owner = (agent.facts and agent.facts.owner) or agent.owner
    return Service(
        name=_text(agent.name) or "(no name)",
        bom_ref=_reference(agent.anchor, taken),
        provider=_organisation(report.controller.name, owner),
        group=_text(report.account.name),
        version=_text(", ".join(dict.fromkeys(versions))),
        description=_text(agent.description),
        x_trust_boundary=_CROSSES.get(agent.actions["external_communication"].state),
        data=[*_of_agent(agent)],
        properties=_properties(_told(agent)),
        services=[_span_type(entry, taken) for entry in agent.span_types],
    )


def _of_agent(agent: Agent) -> Iterator[DataClassification]:
    for name, category in agent.categories.items():
        yield from _data(name, category.params.state, category.result.state)
    yield from _levels(level(agent.classification.params), level(agent.classification.result))


def _span_type(entry: SpanType, taken: Counter[str]) -> Service:
    from cyclonedx.model.service import Service  # noqa: PLC0415

    return Service(
        name=_text(entry.name) or "(no name)",
        bom_ref=_reference(entry.anchor, taken),
        description=_text(entry.description),
        x_trust_boundary=_CROSSES.get(word(entry.action_profile, "external_communication")),
        data=[*_of_entry(entry)],
        properties=_properties(_said(entry)),
    )


def _of_entry(entry: SpanType) -> Iterator[DataClassification]:
    params, result = entry.params_data_categories, entry.result_data_categories
    named = [name for values in (params, result) for name in values or ()]
    for name in dict.fromkeys([*CATEGORY_NAMES, *named]):
        if name != CLASSIFICATION:
            yield from _data(name, word(params, name), word(result, name))
    yield from _levels(word(params, CLASSIFICATION), word(result, CLASSIFICATION))


def _data(name: str, params: str, result: str) -> Iterator[DataClassification]:
    """One entry for what is included, with its way; one of no known way where somebody still has to answer."""
    ways = params == "included", result == "included"
    if any(ways):
        yield _classified(_FLOWS[ways], name)
    # "none" is what an agent without span types says, which rules nothing out.
    if not {params, result} <= {"included", "excluded"}:
        yield _classified("unknown", f"{name} ({UNDETERMINED})")


def _levels(params: str, result: str) -> Iterator[DataClassification]:
    """The classification of both sides; that nobody stated it is said as well."""
    if params == result:
        yield _classified("bi-directional", params)
    else:
        yield _classified("inbound", params)
        yield _classified("outbound", result)


def _told(agent: Agent) -> Iterator[_Named]:
    """Of an agent every state, by its platform's name."""
    yield "kind", "agent"
    yield "id", agent.id
    yield "coverage", agent.coverage
    yield from (("environment", name) for name in agent.environments)
    given = {"status": agent.status, "external_identifier": agent.external_identifier, "team": agent.team}
    yield from ((name, value) for name, value in given.items() if value)
    numbers = agent.assessment
    yield "fields", str(numbers.cells)
    yield "fields:known", str(numbers.known_cells)
    yield "span_types", str(numbers.span_types)
    yield "span_types:not_assessed", str(numbers.not_assessed)
    yield from ((f"action:{name}", action.state) for name, action in agent.actions.items())
    for name, category in agent.categories.items():
        yield f"params:{name}", category.params.state
        yield f"result:{name}", category.result.state
    yield f"params:{CLASSIFICATION}", level(agent.classification.params)
    yield f"result:{CLASSIFICATION}", level(agent.classification.result)
    yield from ((f"flag:{name}", flag.state) for name, flag in agent.flags.items())
    states = Counter((issue.status, issue.severity) for issue in agent.issues)
    yield from ((f"issues:{status}:{severity}", str(n)) for (status, severity), n in sorted(states.items()))
    yield from (("record_sha256", version.record_sha256) for version in agent.schema_versions)


def _said(entry: SpanType) -> Iterator[_Named]:
    """Of a span type the fields by their answer as it is counted, and what is said beside it."""
    yield "kind", entry.kind
    yield "coverage", entry.coverage
    yield "schema_version", entry.schema_version_id
    yield "record_sha256", entry.record_sha256
    yield "pointer", entry.pointer
    if entry.title:
        yield "title", entry.title
    # A property for each of 42 fields would be most of a file of many span types.
    for side, answer, names in answers(entry):
        yield f"{side}:{answer}", ", ".join(name.replace(",", "\\,") for name in names)
    yield f"params:{CLASSIFICATION}", word(entry.params_data_categories, CLASSIFICATION)
    yield f"result:{CLASSIFICATION}", word(entry.result_data_categories, CLASSIFICATION)
    yield from ((f"hint:{hint.name}", _json(hint.value)) for hint in entry.hints)


def _json(value: Any) -> str:
    from json import dumps  # noqa: PLC0415 (a module of ours has its name)

    return dumps(value, ensure_ascii=False)


def _classified(flow: str, classification: str) -> DataClassification:
    from cyclonedx.model import DataClassification, DataFlow  # noqa: PLC0415

    return DataClassification(flow=DataFlow(flow), classification=_text(classification) or "(no name)")


def _properties(named: Iterable[_Named]) -> list[Property]:
    from cyclonedx.model import Property  # noqa: PLC0415

    return [Property(name=f"datarisk:{_text(name)}", value=_text(value)) for name, value in named]


def _organisation(name: str | None, person: str | None) -> OrganizationalEntity | None:
    from cyclonedx.model.contact import OrganizationalContact, OrganizationalEntity  # noqa: PLC0415

    if not name and not person:
        return None
    contacts = [OrganizationalContact(name=_text(person))] if person else []
    return OrganizationalEntity(name=_text(name), contacts=contacts)


def _reference(anchor: str, taken: Counter[str]) -> str:
    """The anchor of the report; where two sources hold the same entry, each has a reference of its own."""
    taken[anchor] += 1
    return anchor if taken[anchor] == 1 else f"{anchor}-{taken[anchor]}"


def _text(value: str | None) -> str | None:
    return seen(value) or None
