"""An archive spares requests: details of schema versions are read once, and nothing that does not fit is used."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from archives import Archive
from far_end import Answer, Asked, FarEnd, account, far_end, of_agent
from prefactor_core import PrefactorCoreClient, PrefactorCoreConfig  # type: ignore[import-untyped]
from prefactor_core.schema_registry import SchemaRegistry  # type: ignore[import-untyped]
from prefactor_http.config import HttpClientConfig  # type: ignore[import-untyped]

from reporter.registry.serve import Running, running

RISK: dict[str, Any] = {
    "action_profile": {"read_data": "allowed"},
    "params_data_categories": {"personal_identifiers": "included"},
    "result_data_categories": {"health_and_medical": "excluded"},
}
TOKEN = "pf-secret-token-0123456789"


def of_version(asked: Asked, times: int) -> Answer | None:
    """As ``of_agent``, of a platform that says when it last touched a version, and how many span types it has."""
    found = of_agent(asked, times)
    if found is None or isinstance(found, tuple) is False or "schema_version" not in asked.path:
        return found
    status, headers, body = found  # type: ignore[misc]
    value = json.loads(body)
    for row in value.get("summaries", [value.get("details")]):
        if isinstance(row, dict):
            row |= {"updated_at": "2026-01-01T00:00:00Z", "span_schemas_count": 1}
    return status, headers, json.dumps(value).encode()


class Reports:
    """Reports about a platform of the test's own, day after day."""

    def __init__(self, archive: Archive, place: FarEnd) -> None:
        self.archive, self.place = archive, place

    def report(self, *args: str, day: int = 0, status: int = 0, command: str = "report") -> int:
        """How many requests it took for details of schema versions."""
        self.place.asked.clear()
        more = ["-f", "json"] if command == "report" else ["-o", "snapshot.json"]
        found, self.said = self.archive.call(
            command, *more, *args, day=day, PREFACTOR_API_URL=self.place.url, PREFACTOR_API_TOKEN=TOKEN
        )
        assert found == status, self.said
        return sum(asked.path.startswith("/agent_schema_version/") for asked in self.place.asked)

    def runs(self) -> list[Path]:
        return sorted((self.archive.folder / "reports").glob("*/2*"))


@pytest.fixture
def reports(archive: Archive) -> Iterator[Reports]:
    with far_end(account(3), of_version) as place:
        yield Reports(archive, place)


def test_details_are_asked_for_once_and_the_command_says_what_was_spared(reports: Reports) -> None:
    assert reports.report() == 3
    every = len(reports.place.asked)
    assert reports.report(day=1) == 0
    assert len(reports.place.asked) == every - 3
    assert "3 of 3 schema versions taken from an earlier run; --no-reuse asks anew." in reports.said
    # From a run that took them itself as well.
    assert reports.report(day=2) == 0
    assert reports.report("--no-reuse", day=3) == 3
    assert reports.report(command="collect", day=4) == 0


def test_a_record_of_the_archive_says_when_it_was_read(reports: Reports) -> None:
    reports.report()
    reports.report(day=1)
    reports.report(day=2)
    report = json.loads((reports.runs()[-1] / "report.json").read_bytes())
    then = f"{reports.place.url}/api/v1#read=2026-11-23T18:00:00Z"
    assert {each["location"]: each["collected_at"] for each in report["sources"]} == {
        f"{reports.place.url}/api/v1": "2026-11-25T18:00:00Z",
        then: "2026-11-23T18:00:00Z",
    }
    assert {each["source"] for agent in report["agents"] for each in agent["schema_versions"]} == {then}


def test_the_report_is_the_same_but_for_where_it_was_read(reports: Reports) -> None:
    reports.report()
    reports.report(day=1)
    reports.report("--no-reuse", day=1)
    one, other = (json.loads((run / "report.json").read_bytes()) for run in reports.runs()[1:])
    for key in ("totals", "summary", "overview", "gaps", "complete", "scope"):
        assert one[key] == other[key]
    assert [agent["findings"] for agent in one["agents"]] == [agent["findings"] for agent in other["agents"]]


def changed(name: str, value: Any) -> Callable[[Asked, int], Answer | None]:
    def odd(asked: Asked, times: int) -> Answer | None:
        found = of_version(asked, times)
        if found is None or asked.path != "/agent_schema_version":
            return found
        status, headers, body = found  # type: ignore[misc]
        told = json.loads(body)
        for row in told["summaries"]:
            if row["agent_id"].endswith("1"):
                row[name] = value
        return status, headers, json.dumps(told).encode()

    return odd


@pytest.mark.parametrize(
    ("name", "value"),
    [("updated_at", "2026-02-01T00:00:00Z"), ("updated_at", None), ("span_schemas_count", 2),
     ("span_schemas_count", None), ("external_identifier", "other"), ("inserted_at", "2025-01-01T00:00:00Z")],
)  # fmt: skip
def test_a_version_of_which_the_list_says_something_else_is_asked_for(reports: Reports, name: str, value: Any) -> None:
    reports.report()
    reports.place.odd = changed(name, value)
    # That it announces more than it holds is a gap, as it always is.
    assert reports.report(day=1, status=3 if value == 2 else 0) == 1


def tampered(run: Path) -> None:
    file = run / "evidence" / "snapshot.json"
    file.write_bytes(file.read_bytes().replace(b'"included"', b'"excluded"').replace(b'"allowed"', b'"disallowed"'))
    assert b'"agent_schema_version"' in file.read_bytes()
    file.write_bytes(file.read_bytes() + b" ")


def cut(run: Path) -> None:
    file = run / "evidence" / "snapshot.json"
    file.write_bytes(file.read_bytes()[:-50])


def taken_away(run: Path) -> None:
    (run / "evidence" / "snapshot.json").unlink()


@pytest.mark.parametrize("spoil", [tampered, cut, taken_away])
def test_what_was_changed_in_the_archive_is_not_used_but_asked_for(reports: Reports, spoil: Any) -> None:
    reports.report()
    spoil(reports.runs()[0])
    assert reports.report(day=1) == 3
    assert "not read: its evidence/snapshot.json" in reports.said


def test_a_record_that_does_not_have_its_digest_is_asked_for_although_the_manifest_was_forged(
    reports: Reports,
) -> None:
    import hashlib  # noqa: PLC0415

    reports.report()
    run = reports.runs()[0]
    file = run / "evidence" / "snapshot.json"
    value = json.loads(file.read_bytes())
    [first, *_] = [each for each in value["records"] if each["location"].startswith("GET /agent_schema_version/")]
    first["value"]["external_identifier"] = "forged"
    file.write_text(json.dumps(value))
    manifest = json.loads((run / "manifest.json").read_bytes())
    for item in manifest["files"]:
        if item["name"] == "evidence/snapshot.json":
            item["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    (run / "manifest.json").write_text(json.dumps(manifest))
    assert reports.report(day=1) == 1
    assert b"forged" not in (reports.runs()[-1] / "evidence" / "snapshot.json").read_bytes()


def test_another_accounts_records_are_never_used_nor_those_of_another_address(
    reports: Reports, archive: Archive
) -> None:
    reports.report()
    with far_end(account(3), of_version) as elsewhere:
        assert Reports(archive, elsewhere).report(day=1) == 3
    known = account(3)
    known["/account"] = [{"type": "account", "id": "acc-other", "name": "Harbour Mutual"}]
    reports.place.known = known
    assert reports.report(day=2) == 3


def test_an_incomplete_run_spares_nothing(reports: Reports) -> None:
    def broken(asked: Asked, times: int) -> Answer | None:
        if asked.path.startswith("/agent_schema_version/") and "1" in asked.path:
            return 404, {"Content-Type": "application/json"}, b"{}"
        return of_version(asked, times)

    reports.place.odd = broken
    reports.report(status=3)
    reports.place.odd = of_version
    assert reports.report(day=1) == 3


@contextmanager
def counted(registry: Running) -> Iterator[FarEnd]:
    """Stands between the command and a registry, and counts."""
    with httpx.Client(base_url=registry.url, headers={"Authorization": f"Bearer {registry.token}"}) as http:

        def odd(asked: Asked, times: int) -> Answer | None:
            found = http.get(f"/api/v1{asked.path}", params=asked.query)
            return found.status_code, {"Content-Type": "application/json"}, found.content

        with far_end({}, odd) as place:
            yield place


async def declare(registry: Running, agent: str, *names: str) -> None:
    schemas = SchemaRegistry()
    for name in names:
        schemas.register_type(name, {"type": "object"}, data_risk=RISK)
    http = HttpClientConfig(api_url=registry.url, api_token=registry.token)
    async with PrefactorCoreClient(PrefactorCoreConfig(http_config=http, schema_registry=schemas)) as client:
        run = await client.create_agent_instance(agent_id=agent, agent_version={"name": names[-1]})
        await run.start()
        await run.finish("complete")


def test_against_the_registry_only_what_was_registered_since_is_asked_for(archive: Archive) -> None:
    with running() as registry, counted(registry) as place:
        reports = Reports(archive, place)
        for agent in ("one", "two", "three"):
            asyncio.run(declare(registry, agent, "tool:a"))
        assert reports.report() == 3
        assert reports.report(day=1) == 0
        asyncio.run(declare(registry, "two", "tool:a", "tool:b"))
        assert reports.report(day=2) == 1
        assert "2 of 3 schema versions taken from an earlier run" in reports.said
        names = {
            entry["name"]
            for agent in json.loads((reports.runs()[-1] / "report.json").read_bytes())["agents"]
            for entry in agent["span_types"]
        }
        assert {"tool:a", "tool:b"} <= names
