"""Which schema versions count, and what is left out and said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from builders import NOW, agent, inventory, pinned, risk, schema_version, span_type

from reporter.declared.scope import Scope, Selection, scope

OLD = schema_version("v1", span_type("tool:a", risk()), at="2026-01-01T00:00:00Z")
NEW = schema_version("v2", span_type("tool:a", risk()), at="2026-02-01T00:00:00Z", external_identifier="2026.02")


def chosen(scoped: Scope) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    return {s.agent.name: [(item.version.id, item.environments) for item in s.versions] for s in scoped.agents}


def test_current_is_what_deployments_point_to_with_its_environments() -> None:
    found = inventory(agent(), OLD, NEW, *pinned("v1", "Production"), *pinned("v2", "Staging"))
    assert chosen(scope(found, Selection())) == {"Claims": [("v1", ("Production",)), ("v2", ("Staging",))]}


def test_one_version_in_two_environments_counts_once_with_both_labels() -> None:
    found = inventory(agent(), OLD, NEW, *pinned("v1", "Production"), *pinned("v1", "Staging"))
    scoped = scope(found, Selection())
    assert chosen(scoped) == {"Claims": [("v1", ("Production", "Staging"))]}
    assert [(item.schema_version_id, item.agent_id) for item in scoped.left_out] == [("v2", "a1")]


@pytest.mark.parametrize(
    "extra", [[], [{"type": "agent_deployment", "id": "d", "agent_id": "a1", "environment_id": "e"}]]
)
def test_without_a_pinned_version_the_newest_stands_in_and_the_report_says_so(extra: list[Any]) -> None:
    scoped = scope(inventory(agent(), OLD, NEW, *extra), Selection())
    assert chosen(scoped) == {"Claims": [("v2", ())]}
    assert "newest one registered stands in" in str(scoped.agents[0].note)


def test_newest_is_by_time_and_then_by_id() -> None:
    same_time = schema_version("v0", span_type("tool:a", risk()), at="2026-02-01T00:00:00Z")
    assert chosen(scope(inventory(agent(), NEW, same_time), Selection())) == {"Claims": [("v2", ())]}


def test_from_files_without_deployments_and_times_all_versions_count() -> None:
    undated = [schema_version(f"v{n}", span_type("tool:a", risk()), at=None) for n in (1, 2)]
    scoped = scope(inventory(*undated), Selection())
    assert chosen(scoped) == {"a1": [("v1", ()), ("v2", ())]}
    assert scoped.agents[0].note is None


def test_a_version_without_a_time_cannot_be_shown_to_be_older_and_counts_beside_the_newest() -> None:
    undated = schema_version("v0", span_type("tool:a", risk()), at=None)
    scoped = scope(inventory(agent(), OLD, NEW, undated), Selection())
    assert chosen(scoped) == {"Claims": [("v0", ()), ("v2", ())]}
    assert "newest one registered stands in" in str(scoped.agents[0].note)


def test_an_environment_keeps_its_deployments_and_falls_back_to_nothing() -> None:
    found = inventory(agent(), OLD, NEW, *pinned("v1", "Production"), agent("a2", "Idle"), *pinned("v2", "Staging"))
    scoped = scope(found, Selection(environments=("production",)))
    assert chosen(scoped) == {"Claims": [("v1", ("Production",))]}
    assert [str(str(item.why)) for item in scoped.left_out if item.agent_id == "a2"] == [
        "no version of it is known to be pinned in production"
    ]
    assert not scoped.gaps


def test_an_environment_that_nobody_knows_is_a_gap() -> None:
    scoped = scope(inventory(agent(), OLD), Selection(environments=("moon",)))
    assert [str(gap.what) for gap in scoped.gaps] == ["environment moon"]


@pytest.mark.parametrize("name", ["v2", "2026.02"])
def test_named_versions_are_found_by_id_and_by_external_identifier(name: str) -> None:
    assert chosen(scope(inventory(agent(), OLD, NEW), Selection(versions=(name,)))) == {"Claims": [("v2", ())]}


def test_a_named_version_that_no_source_holds_is_a_gap() -> None:
    scoped = scope(inventory(agent(), OLD), Selection(versions=("v9",)))
    assert [str(gap.what) for gap in scoped.gaps] == ["schema version v9"]


def test_all_and_latest_do_what_they_say() -> None:
    found = inventory(agent(), OLD, NEW, *pinned("v1", "Production"))
    assert chosen(scope(found, Selection(versions=("all",)))) == {"Claims": [("v1", ("Production",)), ("v2", ())]}
    assert chosen(scope(found, Selection(versions=("latest",)))) == {"Claims": [("v2", ())]}


def test_retired_agents_are_left_out_and_listed_unless_asked_for() -> None:
    found = inventory(agent(status="retired"), OLD)
    scoped = scope(found, Selection())
    assert not scoped.agents
    assert [(item.agent_id, str(item.why)) for item in scoped.left_out] == [("a1", "retired")]
    assert chosen(scope(found, Selection(include_retired=True))) == {"Claims": [("v1", ())]}


def test_a_time_keeps_what_was_registered_by_then_and_says_that_pins_have_no_history() -> None:
    found = inventory(agent(), OLD, NEW, *pinned("v2", "Production"))
    scoped = scope(found, Selection(as_of=datetime(2026, 1, 15, tzinfo=UTC)))
    assert chosen(scoped) == {"Claims": [("v1", ())]}
    assert "no history of deployments" in str(scoped.notes[0])
    assert [str(str(item.why)) for item in scoped.left_out] == ["registered later than the time asked for"]
    assert not scoped.gaps


def test_evidence_that_was_read_by_then_still_knows_its_pins() -> None:
    found = inventory(agent(), OLD, NEW, *pinned("v1", "Production"), collected_at=datetime(2026, 2, 2, tzinfo=UTC))
    scoped = scope(found, Selection(as_of=NOW))
    assert chosen(scoped) == {"Claims": [("v1", ("Production",))]}
    assert not scoped.notes


def test_an_agent_registered_later_than_the_time_is_left_out() -> None:
    found = inventory(agent(inserted_at="2026-06-01T00:00:00Z"), NEW)
    scoped = scope(found, Selection(as_of=datetime(2026, 3, 1, tzinfo=UTC)))
    assert not scoped.agents


@pytest.mark.parametrize("pattern", ["cla*", "CLAIMS", "a1", "cl?ims"])
def test_agents_are_chosen_by_patterns_of_name_or_id(pattern: str) -> None:
    found = inventory(agent(), OLD, agent("a2", "Billing"))
    scoped = scope(found, Selection(agents=(pattern,)))
    assert list(chosen(scoped)) == ["Claims"]
    assert [item.agent_id for item in scoped.left_out] == ["a2"]


def test_a_pinned_version_that_was_not_read_is_a_gap_and_not_an_absence() -> None:
    scoped = scope(inventory(agent(), OLD, *pinned("v7", "Production")), Selection())
    assert [(str(gap.what), gap.agent_id) for gap in scoped.gaps] == [("schema version v7, pinned in Production", "a1")]


def test_a_pinned_version_that_was_not_read_is_not_replaced_by_another() -> None:
    scoped = scope(inventory(agent(), OLD, *pinned("v7", "Production")), Selection())
    assert chosen(scoped) == {"Claims": []}


def test_an_agent_version_that_was_not_read_matters_only_where_it_is_in_scope() -> None:
    found = inventory(agent(), OLD, pinned("v1", "Production")[2], *pinned("v1", "Staging"))
    assert [str(gap.what) for gap in scope(found, Selection()).gaps] == [
        "agent version av-a1-Production, pinned in env-Production"
    ]
    assert not scope(found, Selection(environments=("Staging",))).gaps
    assert not scope(inventory(agent(status="retired"), pinned("v1", "Production")[2]), Selection()).gaps


def test_environments_of_a_past_time_are_a_gap_unless_the_evidence_is_from_then() -> None:
    found = inventory(agent(), OLD, *pinned("v1", "Production"))
    scoped = scope(found, Selection(environments=("Production",), as_of=datetime(2026, 3, 1, tzinfo=UTC)))
    assert not scoped.agents
    assert [str(gap.what) for gap in scoped.gaps] == ["the deployments of that time"]


def test_an_agent_of_which_nothing_was_registered_by_then_is_left_out() -> None:
    scoped = scope(inventory(agent(), NEW), Selection(as_of=datetime(2026, 1, 1, tzinfo=UTC)))
    assert not scoped.agents
    assert [str(str(item.why)) for item in scoped.left_out] == ["no version of it was registered by then"]


def test_named_versions_leave_out_the_agents_that_have_none_of_them_and_keep_to_the_environment() -> None:
    other = schema_version("w1", span_type("tool:a", risk()), agent="a2")
    found = inventory(agent(), OLD, NEW, *pinned("v1", "Production"), agent("a2", "Other"), other)
    scoped = scope(found, Selection(versions=("v2",)))
    assert chosen(scoped) == {"Claims": [("v2", ())]}
    assert ("a2", "none of its versions is among those asked for") in [
        (i.agent_id, str(i.why)) for i in scoped.left_out
    ]
    assert not scope(found, Selection(versions=("v2",), environments=("Production",))).agents


def test_a_version_of_which_only_the_summary_was_read_is_a_gap() -> None:
    summary = {"type": "agent_schema_version", "id": "v1", "agent_id": "a1", "span_schemas_count": 3}
    scoped = scope(inventory(agent(), summary), Selection())
    assert [(str(gap.what), str(gap.why)) for gap in scoped.gaps] == [
        ("the declarations of schema version v1", "only its summary was read")
    ]


def test_current_is_what_is_chosen_where_nothing_is_asked_for() -> None:
    found = inventory(agent(), OLD, NEW, *pinned("v1", "Production"))
    asked, not_asked = scope(found, Selection(versions=("current",))), scope(found, Selection())
    assert asked == not_asked
    assert chosen(asked) == {"Claims": [("v1", ("Production",))]}


@pytest.mark.parametrize(("versions", "missing"), [("current", True), ("all", True), ("latest", False), ("v1", False)])
def test_a_pinned_version_that_was_not_read_is_missed_by_whoever_asks_for_it(versions: str, missing: bool) -> None:
    scoped = scope(inventory(agent(), OLD, *pinned("v7", "Production")), Selection(versions=(versions,)))
    assert [str(gap.what) for gap in scoped.gaps] == ["schema version v7, pinned in Production"] * missing


def test_pins_that_are_later_than_the_time_asked_for_are_missed_by_nobody() -> None:
    found = inventory(agent(), OLD, *pinned("v7", "Production"))
    scoped = scope(found, Selection(as_of=datetime(2026, 1, 15, tzinfo=UTC)))
    assert not scoped.gaps
    assert scoped.notes
