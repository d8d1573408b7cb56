"""From records to the model: joined, lenient, and nothing dropped."""

from __future__ import annotations

from typing import Any

import pytest
from builders import agent, inventory, pinned, risk, schema_version, span_type, told
from hypothesis import given
from hypothesis import strategies as st
from strategies import data_risks

from reporter.declared.model import Inventory, SpanType
from reporter.declared.vocabulary import PARTS
from reporter.plain.canonical import canonical, digest
from reporter.prefactor import records
from reporter.prefactor.shapes import NotUnderstood, Unit, units


def entries(found: Inventory) -> list[SpanType]:
    return [e for a in found.agents for v in a.schema_versions for e in v.span_types or ()]


def resolve(value: Any, pointer: str) -> Any:
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


REGISTRATION = {
    "agent_id": "a1",
    "agent_version": {"external_identifier": "1.0"},
    "agent_schema_version": {"external_identifier": "s1", "span_type_schemas": [span_type("tool:a", risk())]},
}


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        (REGISTRATION, ["registration"]),
        (REGISTRATION["agent_schema_version"], ["schema_registration"]),
        ([span_type("a", risk()), span_type("b")], ["span_types"]),
        (span_type("a"), ["span_types"]),
        ({"status": "success", "details": schema_version("v1")}, ["agent_schema_version"]),
        ({"status": "success", "summaries": [agent(), agent("a2")]}, ["agent", "agent"]),
        ({"status": "success", "details": [agent()]}, ["agent"]),
        ({"status": "success", "details": {"id": "a", "name": "Harbour Mutual"}}, ["account"]),
        ([REGISTRATION, {"details": agent()}], ["registration", "agent"]),
        ({"status": "success", "outputs": {"k": {"status": "success", "summaries": [agent()]}}}, ["agent"]),
        ({"span_schemas": {"a": {}}}, ["schema_registration"]),
        ({"agent_id": "a1", "id": "v", "span_type_schemas": {}}, ["agent_schema_version"]),
    ],
)
def test_every_known_shape_is_told_apart(value: Any, kinds: list[str]) -> None:
    assert [unit.kind for unit in units(value) if isinstance(unit, Unit)] == kinds


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        3,
        "x",
        None,
        True,
        {"name": "x"},
        {"type": "moon"},
        {"type": ["object", "null"]},
        [1, {}],
        {"details": 3},
    ],
)
def test_what_is_of_no_known_shape_is_named(value: Any) -> None:
    found = list(units(value))
    assert found
    assert all(isinstance(unit, NotUnderstood) for unit in found)


@given(st.lists(data_risks, max_size=5), st.booleans())
def test_every_pointer_leads_to_the_entry_and_every_digest_is_of_its_record(risks: list[Any], as_map: bool) -> None:
    items = [span_type(f"tool/{n}~", value) for n, value in enumerate(risks)]
    value = {"span_type_schemas": {item["name"]: item for item in items} if as_map else items}
    found = inventory(value)
    by_digest = {record.sha256: record for record in found.records}
    assert sorted(entry.name for entry in entries(found)) == sorted(item["name"] for item in items)
    for entry in entries(found):
        record = by_digest[entry.record_sha256]
        assert digest(canonical(record.value)) == entry.record_sha256
        assert resolve(record.value, entry.pointer)["name"] == entry.name


@given(data_risks)
def test_nothing_that_a_declaration_said_is_missing_from_the_model(value: Any) -> None:
    [entry] = entries(inventory({"span_type_schemas": [span_type("a", value)]}))
    said = entry.declaration
    if isinstance(value, dict):
        for part in PARTS:
            if isinstance(value.get(part), dict):
                assert told(said, part) == value[part]
            elif value.get(part) is not None:
                assert value[part] in [odd.value for odd in said.oddities]
        assert said.extra == {key: item for key, item in value.items() if key not in PARTS}
    elif value is not None:
        assert [odd.value for odd in said.oddities] == [value]


def test_undeclared_is_not_the_same_as_declared_unknown() -> None:
    found = inventory({"span_type_schemas": [span_type("none"), span_type("empty", dict.fromkeys(PARTS, {}))]})
    empty, none = entries(found)
    assert (none.declared_cells, none.known_cells) == (0, 0)
    assert (empty.declared_cells, empty.known_cells) == (42, 0)


def test_the_flat_maps_name_span_types_that_nobody_declared() -> None:
    value: dict[str, Any] = {"span_schemas": {"a": {}, "b": {}}, "span_result_schemas": {"b": {}, "c": {}}}
    assert [(e.name, e.declared_cells) for e in entries(inventory(value))] == [("a", 0), ("b", 0), ("c", 0)]


def test_a_span_type_in_several_maps_is_one_joined_by_name() -> None:
    value: dict[str, Any] = {"span_schemas": {"a": {}}, "span_type_schemas": [span_type("a", risk())]}
    assert [(e.name, e.declared_cells) for e in entries(inventory(value))] == [("a", 42)]


def test_a_span_type_twice_in_one_list_is_kept_twice_and_named() -> None:
    found = inventory({"span_type_schemas": [span_type("a", risk()), span_type("a")]})
    assert len(entries(found)) == 2
    assert [odd.rule for odd in found.agents[0].schema_versions[0].oddities] == ["R04"]


def test_quality_and_alert_schemas_are_declarations_of_their_own_kind() -> None:
    value = {
        "span_type_schemas": [span_type("a")],
        "quality_schemas": {"q": {"name": "q", "data_risk": risk()}},
        "alert_schemas": [{"name": "x", "data_risk": risk()}],
        "quality_schema": {"name": "old"},
    }
    assert [(e.kind, e.name) for e in entries(inventory(value))] == [
        ("alert", "x"),
        ("quality", "old"),
        ("quality", "q"),
        ("span", "a"),
    ]


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"span_type_schemas": "x"}, "/span_type_schemas"),
        ({"span_type_schemas": [3]}, "/span_type_schemas/0"),
        ({"span_type_schemas": {"a": None}}, "/span_type_schemas/a"),
        ({"span_schemas": [1]}, "/span_schemas"),
    ],
)
def test_an_entry_that_is_none_is_a_gap_with_its_place(value: Any, pointer: str) -> None:
    [gap] = inventory(value).gaps
    assert (gap.location or "").endswith(f"#{pointer}")


def test_one_schema_version_seen_twice_with_the_same_content_counts_once() -> None:
    one = schema_version("v1", span_type("a", risk()), current_agent_deployment_refs=[])
    same = one | {"current_agent_deployment_refs": ["d"], "updated_at": "2026-05-05T00:00:00Z"}
    found = inventory(one, same)
    assert len(found.agents[0].schema_versions) == 1
    assert len(found.records) == 2


def test_one_schema_version_seen_twice_with_different_content_counts_twice_and_is_a_finding() -> None:
    found = inventory(schema_version("v1", span_type("a", risk())), schema_version("v1", span_type("a")))
    versions = found.agents[0].schema_versions
    assert [odd.rule for version in versions for odd in version.oddities] == ["R06", "R06"]


@pytest.mark.parametrize(("held", "gaps"), [(0, 1), (1, 1), (2, 0), (3, 0)])
def test_details_that_hold_fewer_span_types_than_their_list_says_are_a_gap(held: int, gaps: int) -> None:
    summary = {"type": "agent_schema_version", "id": "v1", "agent_id": "a1", "span_schemas_count": 2}
    details = schema_version("v1", *(span_type(f"t{number}") for number in range(held)))
    found = inventory(agent(), summary, details)
    assert [gap.what for gap in found.gaps] == ["some span types of schema version v1"] * gaps


def test_a_summary_gives_way_to_the_whole_record() -> None:
    summary = {"type": "agent_schema_version", "id": "v1", "agent_id": "a1", "span_schemas_count": 1}
    [version] = inventory(summary, schema_version("v1", span_type("a"))).agents[0].schema_versions
    assert version.span_types is not None


def test_two_registrations_of_one_schema_by_one_agent_are_one_version() -> None:
    again = REGISTRATION | {"idempotency_key": "another"}
    assert len(inventory(REGISTRATION, again).agents[0].schema_versions) == 1


def test_owners_and_teams_are_joined_and_no_e_mail_address_is_kept() -> None:
    person = {"type": "person", "id": "p", "name": "R. Okafor", "title": "Product owner", "email": "r@example.test"}
    found = inventory(agent(owner_person_id="p", team_id="t"), person, {"type": "team", "id": "t", "name": "Members"})
    assert (found.agents[0].owner, found.agents[0].team) == ("R. Okafor, Product owner", "Members")
    assert b"example.test" not in b"".join(record.data for record in found.records)


def test_a_deployment_of_an_agent_that_was_not_read_is_a_gap() -> None:
    [gap] = inventory(pinned("v1", "Production")[2]).gaps
    assert (gap.what, gap.agent_id) == ("the agent of deployment dep-a1-Production", "a1")


def test_a_later_reading_clears_what_an_earlier_one_said() -> None:
    deployment = pinned("v1", "Production")
    unpinned = deployment[2] | {"current_version_id": None, "updated_at": "2026-02-01T00:00:00Z"}
    deployment[2]["updated_at"] = "2026-01-01T00:00:00Z"
    [found] = inventory(agent(), *deployment, unpinned).agents[0].deployments
    assert found.agent_version_id is None


@pytest.mark.parametrize("later", ["2026-01-01T00:00:00.500Z", "2026-01-01T01:00:00-01:00"])
def test_which_reading_is_later_is_told_by_time_and_not_by_spelling(later: str) -> None:
    old, new = agent(updated_at="2026-01-01T00:00:00Z"), agent(status="retired", updated_at=later)
    [found] = inventory(new, old).agents
    assert found.status == "retired"
    assert found.record_sha256 == digest(canonical(new))


def test_a_time_that_only_one_reading_of_a_version_has_is_not_lost() -> None:
    one, other = schema_version("v1", span_type("a"), at=None), schema_version("v1", span_type("a"))
    [version] = inventory(one, other).agents[0].schema_versions
    assert version.inserted_at is not None


def test_evidence_of_several_accounts_is_named_after_all_of_them() -> None:
    found = inventory(*({"type": "account", "id": key, "name": key.upper()} for key in ("b", "a")))
    assert (found.account.id, found.account.name) == ("a + b", "A + B")


def test_a_name_that_is_not_its_key_and_an_empty_key_are_kept() -> None:
    found = inventory({"span_type_schemas": {"key": {"name": "other"}, "": {}}})
    assert [(entry.name, entry.pointer) for entry in entries(found)] == [
        ("(no name)", "/span_type_schemas/"),
        ("key", "/span_type_schemas/key"),
    ]
    assert sorted(odd.rule for odd in found.agents[0].schema_versions[0].oddities) == ["R05", "R10"]


@pytest.mark.parametrize("bad", ["yesterday", 5, "2026-13-01"])
def test_a_time_that_cannot_be_understood_is_kept_as_odd(bad: Any) -> None:
    version = inventory(schema_version("v1", span_type("a"), at=bad)).agents[0].schema_versions[0]
    assert version.inserted_at is None
    assert [(odd.rule, odd.value) for odd in version.oddities] == [("R08", bad)]


def test_text_that_is_not_unicode_is_spelled_out_and_named() -> None:
    found = inventory({"span_type_schemas": [span_type("bad \ud800")]})
    assert [entry.name for entry in entries(found)] == ["bad \\ud800"]
    assert [odd.rule for odd in found.agents[0].schema_versions[0].oddities] == ["R07"]


@given(
    st.permutations([agent(), schema_version("v1", span_type("a", risk())), *pinned("v1", "Production"), REGISTRATION])
)
def test_the_order_of_records_does_not_matter(values: list[Any]) -> None:
    kept = [records.record(u.kind, u.value, source="s", location="s") for u in units(values) if isinstance(u, Unit)]
    forwards, backwards = (records.Collected(records=tuple(order)) for order in (kept, reversed(kept)))
    assert forwards.inventory() == backwards.inventory()
