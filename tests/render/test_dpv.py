"""What is declared, in DPV: read by rdflib without a network, the same bytes, and no silence read as an answer."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from builders import agent, composed, inventory, risk, schema_version, span_type
from conftest import Datarisk
from judged import reviewed_case
from rdflib import DCTERMS, RDF, SKOS, Graph, Namespace, URIRef
from rdflib.term import Node

from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES
from reporter.render import dpv
from reporter.view.facts import AgentFacts, Recipient
from reporter.view.report import Controller, Report

# What rdflib's own reader of JSON-LD uses.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

CASES = ("one agent", "hostile", "extensions and odd values", "40 gaps", "several", "60 span types")
DPV = Namespace("https://w3id.org/dpv#")
PD = Namespace("https://w3id.org/dpv/pd#")
OURS = Namespace("urn:datarisk:dpv:")
CATEGORY = Namespace("urn:datarisk:category:")
ACTION = Namespace("urn:datarisk:action:")
FACTS = AgentFacts(
    owner="M. Aldous", purpose="Pays claims", role="controller", controllers=[], legal_basis=["GDPR Art. 6(1)(b)"],
    special_condition=[], people=["claimants"], retention=None, measures=[], ai_act=None, recipients=[], documents=[],
    stated=[],
)  # fmt: skip


@cache
def graph(case: str) -> Graph:
    return graph_of(reviewed_case(case))


def graph_of(report: Report) -> Graph:
    return Graph().parse(data=dpv.render(report).data.decode(), format="json-ld")


def declared(*span_types: dict[str, Any], facts: AgentFacts | None = None) -> Graph:
    report = composed(inventory(agent(), schema_version("v1", *span_types)))
    return graph_of(replace(report, agents=[replace(each, facts=facts) for each in report.agents]))


def top(found: Graph) -> Node:
    [process] = [each for each in found.subjects(RDF.type, DPV.Process) if (each, DPV.hasProcess, None) in found]
    return process


def said(found: Graph, subject: Node, name: URIRef) -> set[str]:
    return {str(each) for each in found.objects(subject, name)}


@pytest.mark.parametrize("case", CASES)
def test_rdflib_reads_it_and_finds_a_process_for_each_agent_and_span_type(case: str) -> None:
    report, found = reviewed_case(case), graph(case)
    inner = set(found.objects(None, DPV.hasProcess))
    assert len(inner) == report.totals.span_types
    assert len(set(found.subjects(RDF.type, DPV.Process))) == report.totals.span_types + len(report.agents)
    assert len(set(found.objects(None, OURS.reports))) == len(report.agents)


@pytest.mark.parametrize("case", CASES)
def test_it_loads_nothing_and_no_data_become_terms(case: str) -> None:
    document = json.loads(dpv.render(reviewed_case(case)).data)
    assert all(not isinstance(each, str) or each.endswith(("#", "/", ":")) for each in document["@context"].values())
    known = ("https://w3id.org/dpv", "http://purl.org/dc/terms/", "http://www.w3.org/", "urn:datarisk:", "urn:uuid:")
    terms = {each for triple in graph(case) for each in triple if isinstance(each, URIRef)}
    assert all(str(term).startswith(known) for term in terms)


def test_every_category_and_action_is_close_to_a_term_and_the_same_as_none() -> None:
    found = graph("several")
    close = {each: said(found, each, SKOS.closeMatch) for each in found.subjects(RDF.type, SKOS.Concept)}
    assert set(close) >= {CATEGORY[name] for name in CATEGORY_NAMES} | {ACTION[name] for name in ACTION_NAMES}
    assert all(close[CATEGORY[name]] for name in CATEGORY_NAMES)
    assert all(close[ACTION[name]] for name in ACTION_NAMES)
    assert close[CATEGORY.health_and_medical] == {str(PD.Health), str(PD.MedicalHealth)}
    assert not [*found.triples((None, SKOS.exactMatch, None))]


def test_children_are_data_subjects_there_and_no_category_of_data() -> None:
    found = declared(span_type("a", risk("minors_data", "contact_information", "organisational_confidential")))
    for process in found.subjects(RDF.type, DPV.Process):
        assert said(found, process, DPV.hasDataSubject) == {str(CATEGORY.minors_data)}
        assert said(found, process, DPV.hasPersonalData) == {str(CATEGORY.contact_information)}
        assert said(found, process, DPV.hasData) == {str(CATEGORY.organisational_confidential)}
    assert said(found, CATEGORY.minors_data, SKOS.closeMatch) == {str(DPV.Child)}


def test_what_nobody_answered_is_there_by_name_and_dpv_s_own_properties_say_nothing_of_it() -> None:
    found = declared(span_type("a"))
    process = top(found)
    [entry] = found.objects(process, DPV.hasProcess)
    everything = {str(CATEGORY[name]) for name in CATEGORY_NAMES}
    assert said(found, process, OURS.paramsUndetermined) == said(found, entry, OURS.resultUndeclared) == everything
    assert said(found, process, OURS.actionUndetermined) == {str(ACTION[name]) for name in ACTION_NAMES}
    assert said(found, process, OURS.coverage) == {"not assessed"}
    silent = (DPV.hasPersonalData, DPV.hasData, DPV.hasDataSubject, DPV.hasPermission, DPV.hasProhibition)
    assert not [each for name in silent for each in found.objects(None, name)]


def test_what_is_allowed_is_a_permission_and_paying_a_purpose_and_neither_is_said_to_happen() -> None:
    found = declared(span_type("a", risk(allowed=("read_data", "financial_transactions"))))
    process = top(found)
    [permission] = found.objects(process, DPV.hasPermission)
    assert said(found, permission, DPV.hasProcessing) == {str(ACTION.read_data)}
    assert said(found, permission, DPV.hasPurpose) == {str(ACTION.financial_transactions)}
    assert not [*found.objects(process, DPV.hasProcessing)]


@pytest.mark.parametrize(("abroad", "said_so"), [(None, False), (False, False), (True, True)])
def test_a_transfer_is_said_only_where_a_third_country_is_known(*, abroad: bool | None, said_so: bool) -> None:
    recipient = Recipient("Cloud", None, "US" if abroad else None, abroad, None, None)
    entry = span_type("a", risk("contact_information", allowed=("external_communication",)))
    found = declared(entry, facts=replace(FACTS, recipients=[recipient]))
    assert bool(said(found, top(found), DPV.hasProcessing)) is said_so
    assert ((None, SKOS.closeMatch, DPV.Transfer) in found) is said_so


@pytest.mark.parametrize("case", CASES)
def test_it_never_says_whether_an_impact_assessment_is_required(case: str) -> None:
    text = dpv.render(reviewed_case(case)).data.decode()
    assert "DPIANotRequired" not in text
    assert "DPIARequired" not in text


def test_a_processor_s_report_names_those_that_decide_and_never_itself() -> None:
    for controllers in ([], ["Larkmoor"]):
        report = composed(
            inventory(agent(), schema_version("v1", span_type("a"))), controller=Controller("Us", "t", None, None)
        )
        stated = replace(FACTS, role="processor", controllers=controllers)
        found = graph_of(replace(report, agents=[replace(each, facts=stated) for each in report.agents]))
        named = {str(name) for each in found.objects(None, DPV.hasDataController) for name in
                 found.objects(each, DPV.hasName)}  # fmt: skip
        assert named == set(controllers)


def test_an_incomplete_report_says_so_with_each_gap() -> None:
    found = graph("40 gaps")
    [report] = found.subjects(RDF.type, OURS.Report)
    assert said(found, report, OURS.complete) == {"false"}
    assert len([*found.objects(report, OURS.gap)]) == 40


def test_its_uris_are_those_of_the_evidence() -> None:
    report = reviewed_case("several")
    again = set(graph_of(replace(report, generated_at="2030-01-01T00:00:00Z")).subjects(DCTERMS.identifier))
    other = set(graph_of(replace(report, evidence_sha256="0" * 64)).subjects(DCTERMS.identifier))
    first = set(graph("several").subjects(DCTERMS.identifier))
    named = {each for each in first if isinstance(each, URIRef)}
    assert named
    assert named <= again
    assert not named & other


def test_the_command_writes_the_same_bytes_each_time_and_one_file_an_agent(tmp_path: Path, datarisk: Datarisk) -> None:
    (tmp_path / "claims.json").write_text(json.dumps({"span_type_schemas": [span_type("a", risk("minors_data"))]}))
    files = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        given = ("report", "claims.json", "-f", "dpv", "--split", "agent", "-o", seed)
        done = datarisk(*given, PYTHONHASHSEED=seed, TZ=zone)
        assert done.returncode == 0, done.stderr
        files.append({path.name: path.read_bytes() for path in (tmp_path / seed / "local").rglob("*.dpv.jsonld")})
    assert files[0] == files[1]
    assert len(files[0]) == 2
