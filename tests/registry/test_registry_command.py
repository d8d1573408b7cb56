"""``datarisk registry`` and ``datarisk demo``: a platform on this machine, and a report that went all the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from builders import NOW, told
from pydantic import SecretStr

from reporter.declared.model import Declaration
from reporter.declared.scope import Selection, scope
from reporter.prefactor.credentials import Access
from reporter.registry import made_up
from reporter.registry.serve import filled
from reporter.sources import snapshot
from reporter.sources.platform import Platform

ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def registry(*args: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command as a process of its own, and the first line that it prints."""
    command = [sys.executable, "-m", "reporter.cli", "registry", *args]
    env = {k: v for k, v in os.environ.items() if not k.startswith("PREFACTOR")} | {
        "PYTHONPATH": str(ROOT),
        **environment,
    }
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(timeout=20)


def test_the_first_line_is_its_address_and_the_second_a_token_that_opens_it() -> None:
    with registry() as (process, url):
        assert process.stdout is not None
        token = process.stdout.readline().strip()
        answer = httpx.get(f"{url}/api/v1/account", headers={"Authorization": f"Bearer {token}"})
        assert answer.json()["status"] == "success"
        assert httpx.get(f"{url}/api/v1/account").status_code == 401


def test_a_token_that_is_set_is_its_token_and_is_not_printed(tmp_path: Path) -> None:
    with registry("--db", str(tmp_path / "kept.sqlite"), PREFACTOR_API_TOKEN="chosen-by-me") as (process, url):
        answer = httpx.get(f"{url}/api/v1/account", headers={"Authorization": "Bearer chosen-by-me"})
        assert answer.status_code == 200
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=20)
        assert process.returncode == 0
        assert "chosen-by-me" not in out + errors
    assert (tmp_path / "kept.sqlite").is_file()


def test_it_refuses_to_listen_beyond_the_loopback_without_a_token() -> None:
    with registry("--host", "0.0.0.0") as (process, line):
        assert line == ""
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 2
        assert "listens on the loopback only. Set PREFACTOR_API_TOKEN" in errors


def test_the_made_up_account_is_registered_and_collected_over_http_whole_and_always_the_same() -> None:
    taken = []
    for _ in range(2):
        with filled() as running:
            access = Access(running.url, SecretStr(running.token), "test")
            found = Platform(access, Selection(), NOW, "demo").collect().inventory()
        taken.append(snapshot.to_bytes(found))
    assert taken[0] == taken[1]
    assert not found.gaps
    assert not scope(found, Selection()).gaps
    by_name = {agent.name: agent for agent in found.agents}
    assert set(by_name) == {row["name"] for row in made_up.agents()}
    values = b"".join(record.data for record in found.records)
    assert b'"vehicle_telematics":"included"' in values
    assert b'"maybe"' in values
    assert by_name["Travel quotes"].status == "retired"


def test_what_was_collected_over_http_declares_what_the_sdks_sent() -> None:
    with filled() as running:
        access = Access(running.url, SecretStr(running.token), "test")
        found = Platform(access, Selection(versions=("all",)), NOW).collect().inventory()
    declared: dict[tuple[Any, ...], Declaration] = {
        (agent.id, version.external_identifier, entry.kind, entry.name): entry.declaration
        for agent in found.agents
        for version in agent.schema_versions
        for entry in version.span_types or ()
    }
    retired = {agent.id for agent in found.agents if agent.status == "retired"}
    sent = 0
    for registration in made_up.registrations():
        schema = registration.request["agent_schema_version"]
        for field, kind in (("span_type_schemas", "span"), ("quality_schemas", "quality"), ("alert_schemas", "alert")):
            for entry in schema.get(field) or ():
                key = (registration.agent["id"], schema["external_identifier"], kind, entry["name"])
                if registration.agent["id"] in retired:
                    continue
                sent += 1
                for part in declared[key].parts:
                    assert (entry.get("data_risk") or {}).get(part) == told(declared[key], part), key
    assert sent > 80


def test_the_answers_that_the_demo_reads_without_the_extra_are_those_of_the_registry() -> None:
    answers = dict(made_up.answers())
    with filled() as running:
        headers = {"Authorization": f"Bearer {running.token}"}
        with httpx.Client(base_url=f"{running.url}/api/v1", headers=headers) as api:
            for agent in api.get("/agent").json()["summaries"]:
                name, query = agent["external_identifier"], {"agent_id": agent["id"]}
                assert answers[f"agent-{name}.json"] == api.get(f"/agent/{agent['id']}").json()
                for kind in ("deployment", "version"):
                    assert answers[f"agent-{kind}s-{name}.json"] == api.get(f"/agent_{kind}", params=query).json()
                for row in api.get("/agent_schema_version", params=query).json()["summaries"]:
                    version = api.get(f"/agent_schema_version/{row['id']}").json()
                    assert answers[f"agent-schema-version-{row['external_identifier']}.json"] == version


@pytest.mark.parametrize("extra", [True, False])
def test_the_demo_reports_with_and_without_the_extra_and_names_what_installs_it(tmp_path: Path, extra: bool) -> None:
    (tmp_path / "sitecustomize.py").write_text("" if extra else "import sys; sys.modules['fastapi'] = None\n")
    env = os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT))), "SOURCE_DATE_EPOCH": "1795456800"}
    command = [sys.executable, "-m", "reporter.cli", "demo", "-f", "json", "-o", str(tmp_path / "out")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=60)
    assert ("pip install fastapi uvicorn" in done.stderr) != extra
    [path] = tmp_path.glob("out/*/latest/report.json")
    report = json.loads(path.read_bytes())
    assert report["complete"]
    assert report["sources"][0]["kind"] == ("platform" if extra else "files")
    assert report["totals"]["agents"] == 9
