"""Where the registry listens, when it refuses to, what outlives it, and that it ends cleanly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from reporter.errors import UsageError
from reporter.registry.serve import Running, refuse_strangers, running
from reporter.registry.store import Store

ROOT = Path(__file__).resolve().parents[2]

AS_A_PROCESS = """
import sys
from pathlib import Path
from reporter.registry.serve import serve

serve(db=Path(sys.argv[1]), announce=lambda r: print(r.url, r.token, flush=True))
print("ended", flush=True)
"""

WITHOUT_THE_EXTRA = """
import sys
sys.modules[sys.argv[1]] = None
from reporter.errors import MissingPart
try:
    __import__("reporter.registry." + sys.argv[2])
except MissingPart as error:
    print(error.remedy)
"""


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_as_a_process_it_keeps_its_file_and_ends_cleanly_when_asked(tmp_path: Path, asked: signal.Signals) -> None:
    process = python(AS_A_PROCESS, str(tmp_path / "registry.db"))
    assert process.stdout
    url, token = process.stdout.readline().split()
    headers = {"Authorization": f"Bearer {token}"}
    made = httpx.post(f"{url}/api/v1/agent", json={"details": {"name": "Kept agent"}}, headers=headers)
    assert made.status_code == 200
    process.send_signal(asked)
    out, errors = process.communicate(timeout=20)
    assert (process.returncode, out, errors) == (0, "ended\n", "")
    with Store(tmp_path / "registry.db", account_name="Ignored") as store:
        assert [row["name"] for row in store.select("agent")] == ["Kept agent"]
        assert [row["name"] for row in store.select("account")] == ["Local account"]


def test_it_listens_on_the_loopback_and_a_free_port_unless_told_otherwise(registry: Running) -> None:
    host, _, port = registry.url.removeprefix("http://").partition(":")
    assert host == "127.0.0.1"
    assert int(port) > 0


def test_it_is_gone_when_its_context_is_left() -> None:
    with running() as registry:
        assert httpx.get(f"{registry.url}/api/v1/ping").status_code == 401
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{registry.url}/api/v1/ping")
    assert "registry" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::"])
def test_beyond_the_loopback_it_needs_a_token_of_its_own(host: str) -> None:
    with pytest.raises(UsageError, match="loopback only") as refused, running(host=host):
        pytest.fail("it listens")
    assert refused.value.remedy == "Set PREFACTOR_API_TOKEN, or listen on 127.0.0.1"


@pytest.mark.parametrize(("host", "token"), [("127.0.0.1", None), ("localhost", None), ("0.0.0.0", "mine")])
def test_on_the_loopback_or_with_a_token_it_may_listen(host: str, token: str | None) -> None:
    refuse_strangers(host, token)


def test_a_port_that_is_taken_is_a_usage_error(registry: Running) -> None:
    taken = int(registry.url.rpartition(":")[2])
    with pytest.raises(UsageError, match="cannot listen there") as refused, running(port=taken):
        pytest.fail("it listens")
    assert refused.value.where == f"127.0.0.1:{taken}"


@pytest.mark.parametrize(("host", "port"), [("no such host", 0), ("127.0.0.1", 70000), ("127.0.0.1", -1)])
def test_an_address_that_is_none_is_a_usage_error(host: str, port: int) -> None:
    with pytest.raises(UsageError), running(host=host, port=port):
        pytest.fail("it listens")


def test_it_answers_at_once() -> None:
    listener_delay = 0.04  # what the kernel holds back small answers for, unless it is told not to
    with running() as registry, httpx.Client(base_url=registry.url) as client:
        headers = {"Authorization": f"Bearer {registry.token}"}
        took = []
        for number in range(20):
            body = {"details": {"name": f"Team {number}"}}
            took.append(client.post("/api/v1/team", json=body, headers=headers).elapsed.total_seconds())
    assert sorted(took)[len(took) // 2] < listener_delay


def test_the_callers_store_stays_open(connect: Callable[..., httpx.Client]) -> None:
    with Store(account_name="Mine") as store:
        with running(store) as registry:
            assert connect(registry).get("/account").json()["summaries"][0]["name"] == "Mine"
        assert store.count("account") == 1


def test_a_socket_that_was_refused_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(UsageError), running(port=taken):
            pytest.fail("it listens")


@pytest.mark.parametrize("missing", ["fastapi", "uvicorn"])
@pytest.mark.parametrize("module", ["app", "serve"])
def test_without_the_extra_it_says_how_to_install_it(missing: str, module: str) -> None:
    out, errors = python(WITHOUT_THE_EXTRA, missing, module).communicate(timeout=20)
    assert (out, errors) == ("Install them: pip install fastapi uvicorn\n", "")
