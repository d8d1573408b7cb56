"""A platform of a test's own: a server on the loopback that answers as it is told and remembers what it was asked."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Raw:
    """An answer that is no HTTP, or never ends: it is handed the way to send bytes, which fails once nobody listens."""

    send: Callable[[Callable[[bytes], None]], None]


Answer = tuple[int, dict[str, str], bytes] | Raw


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    token: str | None


@dataclass
class FarEnd:
    """What it knows by path, and what it was asked. An ``odd`` answer comes before what it knows."""

    known: dict[str, Any]
    odd: Callable[[Asked, int], Answer | None] = lambda asked, times: None
    url: str = ""
    asked: list[Asked] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        times = sum(one.path == asked.path for one in self.asked)
        given = self.odd(asked, times)
        if given:
            return given
        value = self.known.get(asked.path)
        if value is None:
            return said({"status": "error", "code": "not_found", "message": "Not found"}, 404)
        return said(page(value, asked.query) if isinstance(value, list) else {"status": "success", "details": value})

    def count(self, path: str) -> int:
        return sum(one.path == path for one in self.asked)


def said(value: Any, status: int = 200, **headers: str) -> Answer:
    return status, {"Content-Type": "application/json", **headers}, json.dumps(value).encode()


def page(rows: list[Any], query: dict[str, str], *, count: int | None = None) -> dict[str, Any]:
    offset, size = int(query.get("pagination[offset]", 0)), int(query.get("pagination[page_size]", 100))
    total = len(rows) if count is None else count
    # As in the documented example, the next offset leaves a page out.
    pagination = {"item_count": total, "next_page_offset": offset + 2 * size if offset + size < total else None}
    return {"status": "success", "summaries": rows[offset : offset + size], "pagination": pagination}


@contextmanager
def far_end(
    known: dict[str, Any],
    odd: Callable[[Asked, int], Answer | None] | None = None,
    *,
    tls: ssl.SSLContext | None = None,
) -> Iterator[FarEnd]:
    """Runs for as long as the context lasts."""
    place = FarEnd(known) if odd is None else FarEnd(known, odd)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one piece: in two they would wait for each other

        def _any(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            path = parts.path.removeprefix("/api/v1")
            answer = place.answer(Asked(self.command, path, query, self.headers.get("Authorization")))
            if isinstance(answer, Raw):
                self.close_connection = True
                with suppress(OSError):
                    answer.send(self._now)
                return
            status, headers, body = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = "Content-Length" in headers

        def _now(self, data: bytes) -> None:
            if stopped.is_set():
                raise BrokenPipeError
            self.wfile.write(data)
            self.wfile.flush()

        do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Whoever hangs up in the middle is no fault of the far end's."""

    stopped = threading.Event()
    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    place.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield place
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def account(agents: int = 1, **more: Any) -> dict[str, Any]:
    """An account of so many agents, each with one schema version pinned in production."""
    rows = [
        {"type": "agent", "id": f"a{n}", "name": f"Agent {n:03}", "status": "active", **more} for n in range(agents)
    ]
    risk = {"action_profile": {"read_data": "allowed"}, "params_data_categories": {}, "result_data_categories": {}}
    known: dict[str, Any] = {
        "/account": [{"type": "account", "id": "acc", "name": "Harbour Mutual"}],
        "/environment": [{"type": "environment", "id": "e1", "name": "Production"}],
        "/agent": rows,
        "/agent_version": [{"type": "agent_version", "id": "av", "agent_id": "a0", "agent_schema_version_id": "v0"}],
        "/agent_deployment": [],
    }
    for row in rows:
        number = row["id"][1:]
        known[f"/agent/{row['id']}"] = row
        known[f"/agent_schema_version/v{number}"] = {
            "type": "agent_schema_version", "id": f"v{number}", "agent_id": row["id"],
            "inserted_at": "2026-01-01T00:00:00Z",
            "span_type_schemas": {"tool:a": {"name": "tool:a", "data_risk": risk}},
        }  # fmt: skip
    return known


def of_agent(asked: Asked, _: int) -> Answer | None:
    """The lists of each agent, which the known ones do not tell apart."""
    agent_id = asked.query.get("agent_id", "")
    number = agent_id[1:]
    rows: dict[str, dict[str, Any]] = {
        "/agent_version": {"type": "agent_version", "id": f"av{number}", "agent_schema_version_id": f"v{number}"},
        "/agent_schema_version": {"type": "agent_schema_version", "id": f"v{number}", "span_schemas_count": 1},
        "/agent_deployment": {
            "type": "agent_deployment",
            "id": f"d{number}",
            "environment_id": "e1",
            "current_version_id": f"av{number}",
        },
    }
    if asked.path not in rows:
        return None
    times = {"agent_id": agent_id, "inserted_at": "2026-01-01T00:00:00Z"}
    return said(page([rows[asked.path] | times], asked.query))
