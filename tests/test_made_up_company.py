"""The made-up company: what its short forms stand for, and that every kind of declaration is really in it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from builders import told
from prefactor_http.models import agent_instance as vendor  # type: ignore[import-untyped]
from pydantic import ValidationError

from reporter.declared.aggregate import Profile, aggregate
from reporter.declared.model import Inventory, Source, SpanType
from reporter.declared.scope import Scope, ScopedAgent, Selection, scope
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORY_NAMES, CLASSIFICATION, FIELDS, FLAGS, PARTS
from reporter.prefactor import records, registration
from reporter.prefactor.shapes import Unit, units
from reporter.registry import made_up as account

COLLECTED_AT = datetime(2026, 11, 23, 18, tzinfo=UTC)
SIDES = ("params_data_categories", "result_data_categories")
RAW = {"Motor pricing", "Fraud screening"}


def inventory_of(*named: tuple[str, Any]) -> Inventory:
    """What these answers or requests mean together; each of them has to be understood whole."""
    found = []
    for name, value in named:
        for unit in units(value):
            assert isinstance(unit, Unit), (name, unit)
            found.append(records.record(unit.kind, unit.value, source="made up", location=f"{name}#{unit.pointer}"))
    return records.Collected((Source("file", "made up", COLLECTED_AT),), tuple(found)).inventory()


@cache
def inventory() -> Inventory:
    return inventory_of(*account.answers())


@cache
def current(*, include_retired: bool = False) -> Scope:
    return scope(inventory(), Selection(include_retired=include_retired))


def scoped(name: str) -> ScopedAgent:
    return next(item for item in current(include_retired=True).agents if item.agent.name == name)


def entries(name: str) -> list[SpanType]:
    """The entries of an agent's current versions."""
    return [entry for item in scoped(name).versions for entry in item.version.span_types or ()]


def entry(agent: str, name: str) -> SpanType:
    return next(item for item in entries(agent) if item.name == name)


@cache
def profile(name: str) -> Profile:
    return aggregate(entries(name))


def flags(name: str) -> dict[str, str]:
    return {flag.name: profile(name).flag(flag).state for flag in FLAGS}


def declared(item: SpanType, part: str) -> dict[str, Any]:
    """A part of a declaration, which has to be there."""
    values = told(item.declaration, part)
    assert values is not None
    return values


def schema_of(item: SpanType, field: str) -> dict[str, Any]:
    """A JSON schema of an entry, by way of the record that the entry points into."""
    value = next(record.value for record in inventory().records if record.sha256 == item.record_sha256)
    for key in item.pointer.split("/")[1:]:
        value = value[key.replace("~1", "/").replace("~0", "~")]
    found: dict[str, Any] = value[field]
    return found


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys too."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def everything() -> list[Any]:
    return [value for _, value in account.answers()] + [item.request for item in account.registrations()]


# The short forms.


def test_what_no_key_names_is_excluded_or_disallowed() -> None:
    risk = account.data_risk(
        {"actions": {"allowed": ["read_data"]}, "params": {"level": "internal", "included": ["minors_data"]}}, {}
    )
    assert risk is not None
    assert risk["action_profile"] == dict.fromkeys(ACTION_NAMES, "disallowed") | {"read_data": "allowed"}
    expected = dict.fromkeys(CATEGORY_NAMES, "excluded") | {"minors_data": "included", CLASSIFICATION: "internal"}
    assert risk["params_data_categories"] == expected


def test_others_answers_for_what_no_key_names_and_a_missing_level_is_unknown() -> None:
    risk = account.data_risk({"result": {"others": "unknown", "included": ["minors_data"]}}, {})
    expected = dict.fromkeys(FIELDS["result_data_categories"], "unknown") | {"minors_data": "included"}
    assert risk == {"result_data_categories": expected}
    risk = account.data_risk({"result": {}}, {})
    assert risk is not None
    assert risk["result_data_categories"][CLASSIFICATION] == "unknown"


def test_left_out_sends_only_what_is_named() -> None:
    short = {"others": "left out", "included": ["minors_data"]}
    assert account.data_risk({"params": short}, {}) == {"params_data_categories": {"minors_data": "included"}}
    assert account.data_risk({"params": short | {"level": "public"}}, {}) == {
        "params_data_categories": {"minors_data": "included", "classification": "public"}
    }


def test_answers_and_fields_are_sent_as_they_stand() -> None:
    short = {"others": "left out", "maybe": ["criminal_justice"], "included": ["shoe_size"]}
    assert account.data_risk({"result": short}, {}) == {
        "result_data_categories": {"criminal_justice": "maybe", "shoe_size": "included"}
    }


def test_a_part_without_a_table_is_missing_and_without_any_there_is_no_declaration() -> None:
    assert set(account.data_risk({"params": {}}, {}) or ()) == {"params_data_categories"}
    assert account.data_risk({"name": "x"}, {}) is None


def test_an_agents_defaults_stand_in_for_what_an_entry_does_not_say() -> None:
    defaults = {"actions": {"others": "unknown"}, "params": {"others": "unknown", "level": "public"}}
    risk = account.data_risk({"params": {"level": "secret"}}, defaults)
    assert risk == {
        "action_profile": dict.fromkeys(ACTION_NAMES, "unknown"),
        "params_data_categories": dict.fromkeys(CATEGORY_NAMES, "unknown") | {CLASSIFICATION: "secret"},
    }


def test_properties_become_a_json_schema() -> None:
    short = {"a": "string", "b": "integer?", "c": "date", "d": "object[]", "e": "yes|no?", "f": "email[]?"}
    assert account.json_schema(short) == {
        "type": "object",
        "properties": {
            "a": {"type": "string"},
            "b": {"type": "integer"},
            "c": {"type": "string", "format": "date"},
            "d": {"type": "array", "items": {"type": "object"}},
            "e": {"type": "string", "enum": ["yes", "no"]},
            "f": {"type": "array", "items": {"type": "string", "format": "email"}},
        },
        "required": ["a", "c", "d"],
    }


def test_a_version_like_another_has_its_entries_and_its_own_instead() -> None:
    first = {"name": "1", "span": [{"name": "a", "title": "old"}, {"name": "b"}]}
    second = {"name": "2", "like": "1", "span": [{"name": "c"}, {"name": "a", "title": "new"}]}
    found = account.entries({"version": [first, second]}, second, "span")
    assert [(item["name"], item.get("title")) for item in found] == [("a", "new"), ("b", None), ("c", None)]


def test_a_flat_entry_goes_through_the_older_maps() -> None:
    flat = {"name": "a", "flat": True, "params_schema": {}, "result_schema": {}}
    version = {"name": "1", "span": [flat]}
    bare = {"type": "object", "properties": {}, "required": []}
    assert account.schema_version({"external_identifier": "x", "version": [version]}, version) == {
        "external_identifier": "x-schema-1",
        "span_schemas": {"a": bare},
        "span_result_schemas": {"a": bare},
        "span_type_schemas": [],
    }


@pytest.mark.parametrize("agent", account.short_agents(), ids=lambda agent: str(agent["external_identifier"]))
def test_an_agents_file_holds_no_key_that_nobody_reads(agent: dict[str, Any]) -> None:
    part = {"level", "others", "allowed", "disallowed", "included", "excluded", "unknown", "maybe"}
    known = {"name", "title", "description", "params_schema", "result_schema", "schema", "flat", "actions"}
    for version in agent["version"]:
        assert set(version) <= {"name", "like", "deployed", "span", "quality", "alert"}
        assert version.get("like") in {None, *(other["name"] for other in agent["version"])} - {version["name"]}
        for item in (item for kind in ("span", "quality", "alert") for item in version.get(kind, ())):
            assert set(item) <= known | {"params", "result"}, item["name"]
            for key in ("actions", "params", "result"):
                assert set(item.get(key, {})) <= part, item["name"]


# The account as a whole.


def test_two_calls_give_the_same_and_share_nothing() -> None:
    once, twice = account.answers(), account.answers()
    assert once == twice
    sent, sent_again = account.registrations(), account.registrations()
    assert sent == sent_again
    for value in [value for _, value in once] + [item.request for item in sent] + [item.agent for item in sent]:
        empty(value)
    assert account.answers() == twice
    assert account.registrations() == sent_again


def empty(value: Any) -> None:
    for item in list(value.values()) if isinstance(value, dict) else list(value):
        if isinstance(item, dict | list):
            empty(item)
    value.clear()


def test_everything_joins_and_nothing_is_missing() -> None:
    assert inventory().gaps == ()
    assert current().gaps == ()
    assert current(include_retired=True).gaps == ()
    assert scope(inventory(), Selection(versions=("all",))).gaps == ()
    assert current().notes == ()
    assert inventory().not_used == ()


def test_the_company_has_three_environments_four_teams_five_people_and_ten_agents() -> None:
    assert {row["name"]: row["purpose"] for row in account.environments()} == {
        "Production": "production",
        "Staging": "staging",
        "Development": "development",
    }
    assert len(account.teams()) == 4
    assert len(account.people()) == 5
    assert len(account.agents()) == 10
    assert sum(row["agent_count"] for row in dict(account.answers())["teams.json"]["summaries"]) == 10
    assert inventory().account.name == account.name() == "Larkmoor Mutual"


def test_each_agent_has_four_to_fourteen_span_types() -> None:
    for row in account.agents():
        for item in scoped(row["name"]).versions:
            assert 4 <= sum(found.kind == "span" for found in item.version.span_types or ()) <= 14


def test_owners_and_teams_are_joined_and_one_agent_has_no_owner() -> None:
    owners = {item.agent.name: item.agent.owner for item in current(include_retired=True).agents}
    assert [name for name, owner in owners.items() if owner is None] == ["Post room"]
    assert owners["Claims assessor"] == "Ilsa Marrowby, Head of claims automation"
    names = {row["name"] for row in account.teams()}
    assert {item.agent.team for item in current(include_retired=True).agents} == names


def test_ids_have_the_platforms_form_and_are_unique_and_sort_by_time() -> None:
    rows = [record.value for record in inventory().records]
    ids = [row["id"] for row in rows]
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{32}", each) for each in ids)
    assert len(set(ids)) == len(ids)
    timed = sorted((row["id"], row["inserted_at"]) for row in rows if "inserted_at" in row)
    assert all(one[1] <= other[1] for one, other in pairwise(timed))


def test_times_lie_in_2026_before_the_report() -> None:
    times = [text for value in everything() for text in texts(value) if re.match(r"\d{4}-\d\d-\d\dT", text)]
    assert times
    assert all(datetime(2026, 1, 1, tzinfo=UTC) <= datetime.fromisoformat(time) < COLLECTED_AT for time in times)


def test_the_names_of_the_files_are_unique_and_safe() -> None:
    names = [name for name, _ in account.answers()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9.-]+\.json", name) for name in names)
    assert all(json.loads(json.dumps(value)) == value for _, value in account.answers())


def test_nobody_in_it_can_be_reached_and_no_address_resolves() -> None:
    everyone = " ".join(text for value in everything() for text in texts(value))
    assert set(re.findall(r"[\w.+-]+@([\w-]+\.[\w.-]+)", everyone)) - versions_of_packages() == {"example.test"}
    assert not re.search(r"https?://|www\.", everyone)
    files = Path(account.__file__).parent.rglob("*.toml")
    written = " ".join(path.read_text("utf-8") for path in files)
    assert set(re.findall(r"\b[\w-]+\.(?:com|org|net|io|eu|de|co|uk)\b", written)) == set()
    assert all("email" not in record.value for record in inventory().records if record.kind == "person")


def versions_of_packages() -> set[str]:
    """``name@version`` looks like an address."""
    runtimes = [item.request["agent_version"]["runtime_environment"] for item in account.registrations()]
    return {text.split("@")[1] for runtime in runtimes for text in texts(runtime) if "@" in text}


TYPES = {"array", "boolean", "integer", "number", "object", "string"}


def test_every_json_schema_has_properties_of_types_that_there_are() -> None:
    for item in (item for found in current(include_retired=True).agents for item in entries(found.agent.name)):
        for field in ("params_schema", "result_schema") if item.kind == "span" else ("schema",):
            schema = schema_of(item, field)
            properties = schema["properties"].values()
            assert properties, (item.name, field)
            assert {each.get("items", each)["type"] for each in properties} <= TYPES, (item.name, field)
            assert set(schema["required"]) <= set(schema["properties"])


# What each agent shows.


def test_the_claims_assessor_holds_health_data_and_nearly_everything_is_decided() -> None:
    assert flags("Claims assessor") == {
        "personal_data": "included",
        "special_category_data": "included",
        "criminal_offence_data": "undetermined",
        "childrens_data": "undetermined",
    }
    found = profile("Claims assessor")
    assert found.category("health_and_medical").state == "included"
    assert (found.not_assessed, found.span_types) == (0, 14)
    assert 0.95 < found.known_cells / found.cells < 1
    assert found.actions["destroy_data"].state == "included"


@pytest.mark.parametrize(
    ("agent", "name"),
    [("Claims assessor", "llm:infer_earlier_condition"), ("Member concierge", "llm:detect_vulnerability")],
)
def test_a_special_category_is_inferred(agent: str, name: str) -> None:
    item = entry(agent, name)
    assert declared(item, "params_data_categories")["health_and_medical"] == "excluded"
    assert declared(item, "result_data_categories")["health_and_medical"] == "included"
    actions = declared(item, "action_profile")
    assert (actions["read_data"], actions["create_data"]) == ("disallowed", "allowed")


@pytest.mark.parametrize(
    ("agent", "name", "category"),
    [
        ("Claims assessor", "tool:hospital.request_records", "health_and_medical"),
        ("Claims payments", "tool:bank.create_payment", "authentication_and_secrets"),
        ("Family cover enrolment", "tool:school.verify_enrolment", "minors_data"),
        ("Motor pricing", "tool:geocode.reverse", "location_and_tracking"),
        ("Member concierge", "tool:email.send", "contact_information"),
        ("Reinsurance desk", "tool:placing_paper.send", "organisational_confidential"),
    ],
)
def test_data_is_declared_to_be_sent_outside(agent: str, name: str, category: str) -> None:
    item = entry(agent, name)
    assert declared(item, "action_profile")["external_communication"] == "allowed"
    assert declared(item, "params_data_categories")[category] == "included"


def test_a_level_drops_with_and_without_what_made_it_high() -> None:
    redacted = entry("Claims assessor", "tool:redact_claim_file")
    stored = entry("Claims assessor", "tool:claims.write_assessment")
    for item in (redacted, stored):
        assert declared(item, "params_data_categories")["classification"] == "restricted"
        assert declared(item, "params_data_categories")["health_and_medical"] == "included"
    assert declared(redacted, "result_data_categories")["classification"] == "internal"
    assert "included" not in declared(redacted, "result_data_categories").values()
    assert declared(stored, "result_data_categories")["classification"] == "confidential"
    assert declared(stored, "result_data_categories")["health_and_medical"] == "included"


def test_payments_moves_money_and_holds_secrets() -> None:
    found = profile("Claims payments")
    assert found.actions["financial_transactions"].state == "included"
    assert found.category("financial_information").state == "included"
    assert found.sides["params"]["authentication_and_secrets"].state == "included"
    assert found.sides["result"]["authentication_and_secrets"].state == "included"
    assert (found.level.highest, found.level.at_least) == ("secret", False)


def test_family_enrolment_holds_childrens_data_and_their_health() -> None:
    assert flags("Family cover enrolment")["childrens_data"] == "included"
    params = declared(entry("Family cover enrolment", "llm:summarise_child_health"), "params_data_categories")
    assert (params["minors_data"], params["health_and_medical"]) == ("included", "included")


def test_a_json_schema_contradicts_what_is_declared_excluded() -> None:
    item = entry("Family cover enrolment", "tool:school.verify_enrolment")
    assert "date_of_birth" in schema_of(item, "params_schema")["required"]
    assert declared(item, "params_data_categories")["personal_identifiers"] == "excluded"


def test_nobody_declared_anything_of_the_post_room() -> None:
    found = profile("Post room")
    assert (found.declared_cells, found.known_cells, found.cells) == (0, 0, 7 * 42)
    assert found.not_assessed == found.span_types
    assert set(flags("Post room").values()) == {"undetermined"}
    assert (found.level.highest, found.level.at_least) == ("unknown", True)
    sent = next(item.request for item in account.registrations() if item.agent["name"] == "Post room")
    version = sent["agent_schema_version"]
    assert len(version["span_schemas"]) == len(version["span_result_schemas"]) == 4
    assert [item["data_risk"] for item in version["span_type_schemas"]] == [None] * 3


def test_the_broker_assistant_declares_everything_unknown_and_is_pinned_nowhere() -> None:
    found = profile("Broker assistant")
    assert (found.declared_cells, found.known_cells) == (found.cells, 0)
    assert found.not_assessed == found.span_types == 5
    assert (
        str(scoped("Broker assistant").note)
        == "No version of it is known to be deployed, so the newest one registered stands in."
    )
    assert [item.schema_version_id for item in scoped("Broker assistant").agent.deployments] == [None]


def test_the_concierge_differs_between_staging_and_production() -> None:
    versions = {item.version.external_identifier: item for item in scoped("Member concierge").versions}
    assert {name: item.environments for name, item in versions.items()} == {
        "member-concierge-schema-2026.09": ("Production",),
        "member-concierge-schema-2026.11": ("Staging",),
    }
    production, staging = (aggregate(item.version.span_types or ()) for item in versions.values())
    assert production.category("health_and_medical").state == "undetermined"
    assert staging.category("health_and_medical").state == "included"
    assert (production.not_assessed, staging.not_assessed) == (0, 1)
    assert staging.category("gdpr_trade_union_membership").state == "included"


def test_a_version_that_no_deployment_points_to_is_left_out_and_listed() -> None:
    left_out = [item for item in current().left_out if item.schema_version_id]
    versions = {version.id: version for agent in inventory().agents for version in agent.schema_versions}
    assert [versions[str(item.schema_version_id)].external_identifier for item in left_out] == [
        "claims-assessor-schema-2026.08",
        "reinsurance-desk-schema-2026-Q3",
    ]


def test_pins_are_the_last_registrations_that_asked_for_it() -> None:
    pins = {
        (agent.name, deployment.environment): deployment.schema_version_id
        for agent in inventory().agents
        for deployment in agent.deployments
    }
    names = {
        version.id: version.external_identifier for agent in inventory().agents for version in agent.schema_versions
    }
    expected: dict[tuple[str, str], str | None] = {}
    for item in account.registrations():
        key = item.agent["name"], item.environment["name"]
        pinned = item.request["agent_schema_version"]["external_identifier"]
        expected[key] = pinned if item.request["update_current_version"] else expected.get(key)
    assert {key: names.get(str(pin)) for key, pin in pins.items()} == expected


def test_the_retired_agent_is_left_out_and_listed() -> None:
    retired = [item.agent_id for item in current().left_out if str(item.why) == "retired"]
    assert retired == [row["id"] for row in account.agents() if row["name"] == "Travel quotes"]
    assert "Travel quotes" not in {item.agent.name for item in current().agents}
    assert "Travel quotes" in {item.agent.name for item in current(include_retired=True).agents}


def test_motor_pricing_declares_a_category_outside_the_vocabulary() -> None:
    found = profile("Motor pricing")
    assert found.categories == (*CATEGORY_NAMES, "vehicle_telematics")
    telematics = found.category("vehicle_telematics")
    assert (telematics.state, telematics.yes, telematics.no, telematics.unknown) == ("included", 2, 1, 1)
    assert telematics.cells == 2 * found.span_types
    assert ("vehicle_telematics", "included") in found.flag(FLAGS[0]).not_counted
    assert found.category("location_and_tracking").state == "included"
    assert flags("Motor pricing")["criminal_offence_data"] == "included"


def test_motor_pricing_has_entries_that_nobody_assessed_in_either_way() -> None:
    not_assessed = {item.name: item.declared_cells for item in entries("Motor pricing") if not item.assessed}
    assert not_assessed == {"model:predict_claims_cost": 0, "pricing_fairness": 42}


def test_fraud_screening_has_a_value_outside_the_vocabulary() -> None:
    odd = [(item.name, oddity) for item in entries("Fraud screening") for oddity in item.declaration.oddities]
    assert [(name, oddity.rule, oddity.pointer, oddity.value) for name, oddity in odd] == [
        ("tool:watchlist.screen", "R01", "/data_risk/result_data_categories/criminal_justice", "maybe")
    ]


def test_fraud_screening_lacks_parts_and_fields() -> None:
    missing = {
        item.name: [part for part in PARTS if item.declaration.parts[part] is None]
        for item in entries("Fraud screening")
        if None in item.declaration.parts.values()
    }
    assert missing == {"llm:link_parties": ["result_data_categories"], "tool:case.open": ["action_profile"]}
    left_out = declared(entry("Fraud screening", "tool:device.fingerprint"), "result_data_categories")
    assert left_out == {"location_and_tracking": "included"}
    assert profile("Fraud screening").category("gdpr_biometric_for_identification").state == "included"


def test_the_reinsurance_desk_has_decided_everything_and_excluded_all_personal_data() -> None:
    found = profile("Reinsurance desk")
    assert found.known_cells == found.cells
    assert set(flags("Reinsurance desk").values()) == {"excluded"}
    assert found.flag(FLAGS[0]).not_counted == (("organisational_confidential", "included"),)


def test_quality_and_alert_schemas_have_declarations_of_their_own() -> None:
    kinds = Counter(
        item.kind
        for agent in current().agents
        for item in entries(agent.agent.name)
        if item.known_cells and item.kind != "span"
    )
    assert kinds["quality"] >= 3
    assert kinds["alert"] >= 3
    assert {item.kind for item in entries("Claims assessor")} == {"span", "quality", "alert"}


def test_every_category_but_four_special_ones_is_included_somewhere() -> None:
    included = {
        name
        for agent in current().agents
        for name in CATEGORY_NAMES
        if profile(agent.agent.name).category(name).state == "included"
    }
    assert set(CATEGORY_NAMES) - included == {
        "gdpr_genetic_data",
        "gdpr_political_opinions",
        "gdpr_racial_or_ethnic_origin",
        "gdpr_religious_or_philosophical_beliefs",
    }


def test_apart_from_what_is_meant_to_be_odd_the_vocabulary_is_kept() -> None:
    for agent in inventory().agents:
        everything_declared = [item for version in agent.schema_versions for item in version.span_types or ()]
        found = aggregate(everything_declared)
        odd = {str(oddity.value) for item in everything_declared for oddity in item.declaration.oddities}
        extensions = set(found.categories) - set(CATEGORY_NAMES)
        assert set(found.actions) == set(ACTION_NAMES)
        assert extensions == ({"vehicle_telematics"} if agent.name == "Motor pricing" else set())
        assert odd == ({"maybe"} if agent.name == "Fraud screening" else set())
        assert all(not version.oddities for version in agent.schema_versions)


# What the SDKs send.


def test_registrations_come_in_order_of_time_and_are_told_apart() -> None:
    sent = account.registrations()
    assert [item.at for item in sent] == sorted(item.at for item in sent)
    for key in ("idempotency_key", "external_identifier"):
        assert len({item.request[key] for item in sent}) == len(sent)
    assert all(8 <= len(item.request["idempotency_key"]) <= 64 for item in sent)
    created = {
        record.value["id"]: record.value["inserted_at"] for record in inventory().records if record.kind == "agent"
    }
    assert all(item.at >= created[item.agent["id"]] for item in sent)


def test_registrations_name_the_agents_and_environments_of_the_account() -> None:
    agents, environments = account.agents(), account.environments()
    for item in account.registrations():
        assert item.agent in agents
        assert item.environment in environments
        assert item.request["agent_id"] == item.agent["id"]
        assert item.request["environment_id"] == item.environment["id"]
    assert {item.agent["name"] for item in account.registrations()} == {row["name"] for row in agents}


@pytest.mark.parametrize(
    "item",
    [item for item in account.registrations() if not item.raw],
    ids=lambda item: str(item.request["idempotency_key"]),
)
def test_the_vendors_models_keep_every_declaration_that_is_not_raw(item: account.Registration) -> None:
    kept = vendor.RegisterAgentInstanceRequest.model_validate(item.request)
    sent = json.loads(json.dumps(item.request))
    sent["agent_schema_version"].pop("alert_schemas", None)  # its package has no place for them yet
    assert kept.model_dump(mode="json", by_alias=True, exclude_unset=True) == sent
    ours = registration.RegisterAgentInstanceRequest.model_validate(item.request)
    assert ours.model_dump(mode="json", by_alias=True, exclude_unset=True) == item.request


def test_raw_is_what_the_vendors_models_drop_or_refuse() -> None:
    raw = {item.agent["name"]: item.request for item in account.registrations() if item.raw}
    assert set(raw) == RAW
    kept = vendor.RegisterAgentInstanceRequest.model_validate(raw["Motor pricing"])
    assert "vehicle_telematics" not in kept.model_dump_json()
    with pytest.raises(ValidationError, match="maybe"):
        vendor.RegisterAgentInstanceRequest.model_validate(raw["Fraud screening"])


def test_what_is_sent_and_what_is_answered_declare_the_same() -> None:
    sent = inventory_of(*((item.request["idempotency_key"], item.request) for item in account.registrations()))
    answered = {agent.id: agent for agent in inventory().agents}
    for agent in sent.agents:
        same = {version.external_identifier: version for version in answered[agent.id].schema_versions}
        assert len(agent.schema_versions) == len(same)
        for version in agent.schema_versions:
            assert declarations(version.span_types) == declarations(same[version.external_identifier].span_types)


def declarations(found: tuple[SpanType, ...] | None) -> list[Any]:
    return [(item.kind, item.name, item.declaration) for item in found or ()]


def test_the_lists_of_schema_versions_beside_their_details_change_nothing() -> None:
    rows = [record.value for record in inventory().records if record.kind == "agent_schema_version"]
    maps = {"span_type_schemas", "quality_schemas", "alert_schemas"}
    summaries = [{key: value for key, value in row.items() if key not in maps} for row in rows]
    listed = {"status": "success", "summaries": [row | {"span_schemas_count": 1} for row in summaries]}
    both = inventory_of(*account.answers(), ("agent-schema-versions.json", listed))
    assert both.agents == inventory().agents
    assert both.gaps == ()


def test_a_report_of_production_lists_who_is_not_there() -> None:
    production = scope(inventory(), Selection(environments=("Production",)))
    names = {item.agent.name for item in production.agents}
    assert names == {row["name"] for row in account.agents()} - {"Broker assistant", "Travel quotes"}
    why = {item.agent_id: str(item.why) for item in production.left_out if not item.schema_version_id}
    brokers = next(row["id"] for row in account.agents() if row["name"] == "Broker assistant")
    assert why[brokers] == "no version of it is known to be pinned in Production"


def test_before_the_first_registration_there_is_nothing_but_the_account() -> None:
    before = datetime.fromisoformat(account.registrations()[0].at) - timedelta(days=60)
    assert scope(inventory(), Selection(as_of=before)).agents == ()
