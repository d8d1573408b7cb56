"""What a platform holds no more in its current versions, and what it costs to know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import NOW, risk, schema_version, span_type
from conftest import Datarisk
from far_end import Answer, Asked, FarEnd, far_end, said
from pydantic import SecretStr

from reporter.declared.scope import Selection, scope
from reporter.prefactor.credentials import Access
from reporter.sources.platform import Platform

SILENT = [span_type(f"tool:{number}") for number in range(7)]
QUALITY = {"tone": {"name": "tone", "schema": {}, "data_risk": risk()}}


def registered(*versions: dict[str, Any], pin: int | None = -1) -> tuple[dict[str, Any], Any]:
    """An account with one agent whose versions were registered one month after the other."""
    known: dict[str, Any] = {
        "/account": [{"type": "account", "id": "acc", "name": "Harbour Mutual"}],
        "/environment": [{"type": "environment", "id": "e1", "name": "Production"}],
        "/agent": [{"type": "agent", "id": "a1", "name": "Claims", "status": "active"}],
        "/agent/a1": {"type": "agent", "id": "a1", "name": "Claims", "status": "active"},
        "/agent_version": [],
        "/agent_schema_version": [],
        "/agent_deployment": [],
    }
    for item in versions:
        known[f"/agent_schema_version/{item['id']}"] = item
        row = {key: item[key] for key in ("type", "id", "agent_id", "inserted_at")}
        known["/agent_schema_version"].append(row | {"span_schemas_count": len(item["span_type_schemas"])})
        version = {"type": "agent_version", "id": f"a-{item['id']}", "agent_id": "a1"}
        known["/agent_version"].append(version | {"agent_schema_version_id": item["id"]})
    if versions and pin is not None:
        pinned = {"type": "agent_deployment", "id": "d", "agent_id": "a1", "environment_id": "e1"}
        known["/agent_deployment"].append(pinned | {"current_version_id": known["/agent_version"][pin]["id"]})
    return known, versions


def version(number: int, *entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return schema_version(f"v{number}", *entries, at=f"2026-0{number}-01T00:00:00Z", **more)


def collect(place: FarEnd) -> Any:
    access = Access(place.url, SecretStr("pf-secret-token-0123456789"), "the test", timeout=5)
    return Platform(access, Selection(), NOW, "far end").collect().inventory()


@pytest.mark.parametrize(
    ("after", "asked"),
    [([], 1), ([span_type("tool:0", risk())], 1), ([span_type(f"tool:{n}", risk()) for n in range(7)], 0)],
    ids=["none is left", "fewer are left", "as many are left"],
)
def test_the_version_before_is_read_only_where_it_had_more_span_types(after: list[Any], asked: int) -> None:
    with far_end(registered(version(1, *SILENT), version(2, *SILENT), version(3, *after))[0]) as place:
        [scoped] = scope(collect(place), Selection()).agents
    assert [place.count(f"/agent_schema_version/v{number}") for number in (1, 2, 3)] == [0, asked, 1]
    assert len(scoped.lost) == (7 - len(after) if asked else 0)


def test_a_platform_that_does_not_count_span_types_is_asked_for_the_version_before() -> None:
    known, _ = registered(version(1, *SILENT), version(2, span_type("tool:0", risk())))
    for row in known["/agent_schema_version"]:
        del row["span_schemas_count"]
    with far_end(known) as place:
        [scoped] = scope(collect(place), Selection()).agents
    assert {entry.name for entry in scoped.lost} == {f"tool:{number}" for number in range(1, 7)}


def test_a_version_before_that_cannot_be_read_is_a_gap() -> None:
    known, _ = registered(version(1, *SILENT), version(2))
    del known["/agent_schema_version/v1"]
    with far_end(known) as place:
        found = collect(place)
    assert [(gap.what, gap.agent_id) for gap in found.gaps] == [("schema version v1", "a1")]


def check(datarisk: Datarisk, place: FarEnd, *args: str) -> Any:
    env = {"PREFACTOR_API_URL": place.url, "PREFACTOR_API_TOKEN": "pf-secret-token-0123456789"}
    return datarisk("check", "--fail-on", "high", *args, **env)


def test_a_registration_of_judgements_alone_does_not_turn_the_gate_from_red_to_green(datarisk: Datarisk) -> None:
    with far_end(registered(version(1, *SILENT))[0]) as place:
        assert check(datarisk, place).returncode == 1
    with far_end(registered(version(1, *SILENT), version(2, quality_schemas=QUALITY))[0]) as place:
        done = check(datarisk, place)
    assert done.returncode == 1
    assert "Q10  No span types" in done.stdout
    assert "R11  Span types gone since the version before" in done.stdout


def test_an_agent_without_a_registered_version_is_not_assessed_and_red(datarisk: Datarisk) -> None:
    with far_end(registered()[0]) as place:
        done = check(datarisk, place)
    assert done.returncode == 1
    assert "Q10  No span types" in done.stdout


def test_an_agent_whose_versions_could_not_be_read_is_a_gap_and_not_called_one_without_any(datarisk: Datarisk) -> None:
    def odd(asked: Asked, _: int) -> Answer | None:
        refused = {"status": "error", "code": "not_permitted", "message": "no"}
        return said(refused, 403) if asked.path == "/agent_schema_version" else None

    with far_end(registered()[0], odd) as place:
        done = check(datarisk, place)
    assert done.returncode == 3
    assert "Q10" not in done.stdout


def test_an_account_without_agents_is_no_pass_unless_that_is_wanted(datarisk: Datarisk) -> None:
    known, _ = registered()
    known["/agent"] = []
    with far_end(known) as place:
        assert check(datarisk, place).returncode == 3
        assert check(datarisk, place, "--allow-empty").returncode == 0


def test_what_is_gone_is_known_from_the_evidence_alone(datarisk: Datarisk, tmp_path: Path) -> None:
    known, _ = registered(version(1, *SILENT), version(2, span_type("tool:0", risk())))
    with far_end(known) as place:
        env = {"PREFACTOR_API_URL": place.url, "PREFACTOR_API_TOKEN": "pf-secret-token-0123456789"}
        assert datarisk("collect", "-o", "snapshot.json", **env).returncode == 0
    done = datarisk("check", "snapshot.json", "-v")
    assert done.returncode == 1
    assert "gone since the version before" in done.stdout
    assert "R11" in done.stdout
    assert (tmp_path / "snapshot.json").is_file()
