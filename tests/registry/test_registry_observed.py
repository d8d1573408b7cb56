"""What the vendor's own SDK did, read over HTTP from metadata alone: by the fewest requests, and no payload kept."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from builders import NOW
from prefactor_core import PrefactorCoreClient, PrefactorCoreConfig  # type: ignore[import-untyped]
from prefactor_core.schema_registry import SchemaRegistry  # type: ignore[import-untyped]
from prefactor_http.config import HttpClientConfig  # type: ignore[import-untyped]
from pydantic import SecretStr

from reporter.declared.model import Inventory
from reporter.declared.observed import Window
from reporter.declared.scope import Selection
from reporter.prefactor.credentials import Access
from reporter.registry.serve import Running, running
from reporter.sources.platform import Platform

SECRET = "zq-9917-secret-of-a-person"
EARLY = NOW.replace(year=2020)
RISK: dict[str, Any] = {
    "action_profile": {"read_data": "allowed"},
    "params_data_categories": {"contact_information": "excluded", "personal_identifiers": "included"},
    "result_data_categories": {"contact_information": "included"},
}
Runs = Callable[..., list[str]]
Reported = Callable[..., tuple[Any, Path]]


def marked(*labels: str) -> dict[str, Any]:
    return {"$sensitive": "string", "labels": list(labels), "value": SECRET}


@pytest.fixture
def runs(registry: Running) -> Runs:
    """Has the vendor's SDK do runs: ``span types`` of each run, with payloads that hold a secret."""

    def do(
        *spans: list[str], agent: str = "concierge", version: str = "1.0", environment: str = "prod",
        purpose: str = "live", types: tuple[str, ...] = ("tool:lookup", "tool:mail", "tool:flat"), **payload: Any,
    ) -> list[str]:  # fmt: skip
        async def report() -> list[str]:
            schemas = SchemaRegistry()
            for name in types:
                if name == "tool:flat":
                    schemas.register(name, {"type": "object"})
                else:
                    schemas.register_type(name, {"type": "object"}, data_risk=RISK)
            schemas.register_quality_schema("verdict", {"type": "object"}, template="{{words}}")
            config = HttpClientConfig(api_url=registry.url, api_token=registry.token)
            made = []
            async with PrefactorCoreClient(PrefactorCoreConfig(http_config=config, schema_registry=schemas)) as client:
                for names in spans:
                    run = await client.create_agent_instance(
                        agent_id=agent,
                        agent_version={"name": version, "external_identifier": version},
                        environment_id=environment,
                        purpose=purpose,
                        external_schema_version_id=f"schema-{version}",
                    )
                    await run.start()
                    for name in names:
                        async with run.span(name) as span:
                            await span.start({"words": SECRET, SECRET: 1, "deep": [{"who": payload or SECRET}]})
                            await span.complete({"found": SECRET})
                    await run.record_quality("verdict", {"words": SECRET})
                    await run.finish("complete")
                    made.append(str(run.id))
            return made

        return asyncio.run(report())

    return do


def collect(registry: Running, *, labels: bool = False, window: Window | None = None) -> Inventory:
    access = Access(registry.url, SecretStr(registry.token), "test", timeout=30)
    return Platform(access, Selection(), NOW, "far", window=window or Window(EARLY, None, labels)).collect().inventory()


def asked(registry: Running) -> Counter[str]:
    """What the registry was asked, by kind of resource; what was got by its id is ``kind/``."""
    paths = [line.split()[1].partition("?")[0].removeprefix("/api/v1/") for line in registry.log]
    return Counter(path.partition("/")[0] + "/" * ("/" in path) for path in paths)


BASE = Counter(
    {
        "account": 1,
        "environment": 1,
        "agent": 1,
        "agent/": 1,
        "agent_version": 1,
        "agent_schema_version": 1,
        "agent_deployment": 1,
        "agent_schema_version/": 1,
    }
)


def test_a_report_without_it_asks_for_no_run(registry: Running, runs: Runs) -> None:
    runs(["tool:lookup"])
    registry.log.clear()
    access = Access(registry.url, SecretStr(registry.token), "test")
    found = Platform(access, Selection(), NOW, "far").collect()
    assert asked(registry) == BASE
    assert [agent.observed for agent in found.inventory().agents] == [None]
    assert not [line for line in registry.log if "rollup" in line]


def test_an_account_without_runs_costs_one_list_an_agent(registry: Running, api: httpx.Client) -> None:
    for name in ("a", "b"):
        version = {"agent_id": name, "span_type_schemas": [{"name": "tool:x", "params_schema": {}}]}
        api.post("/agent", json={"details": {"id": name, "name": name}})
        api.post("/agent_schema_version", json={"details": version})
    registry.log.clear()
    found = collect(registry, labels=True)
    assert asked(registry) == Counter(
        {**BASE, **dict.fromkeys(("agent/", "agent_version", "agent_schema_version", "agent_deployment"), 2)}
    ) + Counter({"agent_instance": 2, "agent_schema_version/": 1})
    assert [agent.observed.runs for agent in found.agents if agent.observed] == [(), ()]
    assert not found.gaps


def test_many_runs_of_one_version_cost_a_page_for_a_hundred_and_one_request_for_each_without_counts(
    registry: Running, api: httpx.Client, runs: Runs
) -> None:
    runs(*[["tool:lookup", "tool:lookup"]] * 3)
    [version] = api.get("/agent_version", params={"agent_id": "concierge"}).json()["summaries"]
    registry.log.clear()
    found = collect(registry)
    assert asked(registry) == BASE + Counter({"agent_instance": 1, "agent_instance/": 3})
    [observed] = [agent.observed for agent in found.agents if agent.observed]
    assert [(run.schema_version_id, [(seen.name, seen.count) for seen in run.seen]) for run in observed.runs] == [
        (version["agent_schema_version_id"], [("tool:lookup", 2)])
    ] * 3
    assert "agent_spans" not in asked(registry)


def test_where_rows_tell_counts_no_details_are_asked_for(registry: Running, api: httpx.Client, runs: Runs) -> None:
    runs(["tool:lookup"], ["tool:lookup", "tool:mail"])
    ruleset = {
        "category_weights": {"personal_identifiers": 8},
        "action_multipliers": {"read_data": 1},
        "thresholds": {"medium": 20, "high": 50, "critical": 80},
    }
    profile = api.post("/risk_profile", json={"details": {"name": "P", "ruleset": ruleset}}).json()["details"]["id"]
    api.put("/agent/concierge", json={"details": {"risk_profile_id": profile}})
    registry.log.clear()
    found = collect(registry)
    assert asked(registry) == BASE + Counter({"agent_instance": 1, "risk_profile/": 1})
    [observed] = [agent.observed for agent in found.agents if agent.observed]
    assert sorted(len(list(run.seen)) for run in observed.runs) == [1, 2]
    assert all(run.scored for run in observed.runs)


def test_several_versions_and_environments_cost_the_details_of_a_version_only_where_a_run_needs_them(
    registry: Running, runs: Runs
) -> None:
    runs(["tool:old"], version="0.9", environment="staging", types=("tool:old",))
    runs(["tool:lookup"], version="1.0", environment="staging")
    runs(["tool:lookup"], version="1.0", environment="prod", purpose="smoke_test")
    registry.log.clear()
    found = collect(registry)
    # The old version declares what nothing current does, so it is read; the others are in scope anyway.
    assert asked(registry) == BASE + Counter({"agent_instance": 1, "agent_instance/": 3, "agent_schema_version/": 1})
    [observed] = [agent.observed for agent in found.agents if agent.observed]
    assert sorted((run.environment, run.purpose) for run in observed.runs) == [
        ("prod", "smoke_test"), ("staging", "live"), ("staging", "live"),
    ]  # fmt: skip
    assert not found.gaps


def test_labels_cost_pages_of_spans_and_nothing_else_does(registry: Running, runs: Runs) -> None:
    runs(["tool:lookup"], ["tool:mail"], **marked("email", "pii"))
    registry.log.clear()
    found = collect(registry, labels=True)
    assert asked(registry) == BASE + Counter({"agent_instance": 1, "agent_instance/": 2, "agent_spans": 1})
    [observed] = [agent.observed for agent in found.agents if agent.observed]
    told = [
        (seen.name, label.name, label.side, label.count)
        for run in observed.runs
        for seen in run.seen
        for label in seen.labels
    ]
    assert sorted(told) == [
        (name, label, "params", 1) for name in ("tool:lookup", "tool:mail") for label in ("email", "pii")
    ]
    assert not any("include_summaries" in line for line in registry.log)


def test_runs_before_the_window_cost_no_details(registry: Running, runs: Runs) -> None:
    runs(["tool:lookup"], ["tool:lookup"])
    registry.log.clear()
    later = NOW.replace(year=2090)
    found = collect(registry, labels=True, window=Window(later, None, labels=True))
    assert asked(registry) == BASE + Counter({"agent_instance": 1})
    [observed] = [agent.observed for agent in found.agents if agent.observed]
    assert (observed.runs, observed.outside) == ((), 2)


@pytest.fixture
def reported(registry: Running, datarisk: Any, tmp_path: Path) -> Reported:
    """Makes a report in all formats, of what ran as well; what was said, and the folder that everything lies in."""

    def report(*more: str) -> tuple[Any, Path]:
        formats = [arg for name in ("html", "pdf", "json", "csv", "xlsx", "cyclonedx") for arg in ("-f", name)]
        args = ("--observed", "--labels", "--since", "2020-01-01", *formats, *more)
        return datarisk("report", registry.url, *args, PREFACTOR_API_TOKEN=registry.token), tmp_path

    return report


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes()


def text_of_pdf(data: bytes) -> str:
    pymupdf = pytest.importorskip("pymupdf")
    with pymupdf.open(stream=data) as document:
        return "".join(page.get_text() for page in document)


@pytest.mark.parametrize("more", [[], ["-v", "-v", "--debug"]], ids=["plain", "debug"])
def test_a_secret_in_a_payload_is_in_nothing_that_is_written(
    api: httpx.Client, runs: Runs, reported: Reported, more: list[str]
) -> None:
    made = runs(["tool:lookup", "tool:mail", "tool:flat"], ["tool:mail"], **marked("email", f"{SECRET}"))
    api.post(f"/agent_instance/{made[0]}/terminate", json={"reason": SECRET})
    assert SECRET in api.get("/agent_spans", params={"agent_id": "concierge"}).text
    assert SECRET in api.get(f"/agent_instance/{made[0]}").text
    done, folder = reported(*more)
    assert done.returncode == 0, done.stderr
    assert SECRET not in done.stdout + done.stderr
    files = dict(everything(folder))
    assert len(files) >= 8
    for path, data in files.items():
        assert SECRET.encode() not in data, path
        if path.endswith(".pdf"):
            assert SECRET not in text_of_pdf(data)
        if path.endswith(".xlsx"):
            import io  # noqa: PLC0415
            import zipfile  # noqa: PLC0415

            with zipfile.ZipFile(io.BytesIO(data)) as book:
                assert not [name for name in book.namelist() if SECRET.encode() in book.read(name)]
    snapshot = json.loads(next(data for path, data in files.items() if path.endswith("snapshot.json")))
    [record] = [each for each in snapshot["records"] if each["kind"] == "observed"]
    assert {label["label"] for run in record["value"]["runs"] for span in run["spans"] for label in span["labels"]} == {
        "email"
    }


def test_what_the_evidence_says_again_is_the_same_report(
    registry: Running, runs: Runs, datarisk: Any, tmp_path: Path
) -> None:
    runs(["tool:lookup"], **marked("email"))
    args = ("--observed", "--labels", "--since", "2020-01-01", "-f", "json")
    first = datarisk("report", registry.url, "-o", "one", *args, PREFACTOR_API_TOKEN=registry.token)
    assert first.returncode == 0, first.stderr
    folder = tmp_path / first.stdout.strip()
    again = datarisk("report", str(folder / "evidence" / "snapshot.json"), "-o", "two", "-f", "json")
    assert again.returncode == 0, again.stderr
    other = tmp_path / again.stdout.strip()
    one, two = ((each / "report.json").read_text() for each in (folder, other))
    digests = [json.loads(each)["evidence_sha256"] for each in (one, two)]
    assert one.replace(digests[0], "") == two.replace(digests[1], "")
    told = json.loads((folder / "report.json").read_bytes())["agents"][0]["observed"]
    assert [each["labels"] for each in told["span_types"]] == [["email"]]


def test_the_made_up_company_shows_each(datarisk: Any, tmp_path: Path) -> None:
    done = datarisk("demo", "-f", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / done.stdout.strip() / "report.json").read_bytes())
    found = {
        (agent["name"], each["rule"])
        for agent in report["agents"]
        for each in agent["findings"]
        if re.match("O0|X21|X22", each["rule"])
    }
    assert found == {
        ("Claims assessor", "O03"), ("Claims payments", "O01"), ("Claims payments", "X22"), ("Post room", "X21"),
    }  # fmt: skip
    [tests] = [
        each for agent in report["agents"] for each in agent["observed"]["runs"] if each["purpose"] == "smoke_test"
    ]
    assert (tests["environment"], tests["live"]) == ("Staging", False)
    assert not {rule["id"] for rule in report["catalogue"]["rules"] if rule["not_evaluated"]} & {"X21", "X22", "O01"}


def test_a_registry_that_is_asked_remembers_what_it_was_asked() -> None:
    with running() as registry, httpx.Client(base_url=registry.url) as client:
        client.get("/api/v1/account?x=1")
        assert list(registry.log) == ["GET /api/v1/account?x=1"]
