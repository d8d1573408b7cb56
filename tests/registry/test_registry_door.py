"""Nobody without a token is listened to, nobody takes the registry up for ever, and nothing is dropped unsaid."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from reporter.registry import door
from reporter.registry.serve import Running

JSON = {"Content-Type": "application/json"}


def connection(registry: Running) -> socket.socket:
    host, port = registry.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def first_line(sock: socket.socket) -> bytes:
    return sock.recv(65536).partition(b"\r\n")[0]


def test_a_body_is_not_read_before_the_token_was_looked_at(registry: Running) -> None:
    with connection(registry) as sock:
        sock.sendall(b"POST /api/v1/agent HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{")
        assert first_line(sock) == b"HTTP/1.1 401 Unauthorized"


def test_a_body_that_says_that_it_is_too_long_is_refused_unread(registry: Running) -> None:
    head = f"Authorization: Bearer {registry.token}\r\nContent-Length: {door.MAX_BODY + 1}"
    with connection(registry) as sock:
        sock.sendall(f"POST /api/v1/agent HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
        assert b" 413 " in first_line(sock)


def test_a_body_in_pieces_is_refused_where_it_gets_too_long(api: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "MAX_BODY", 1000)

    def pieces() -> Iterator[bytes]:
        for _ in range(5):
            yield b" " * 300

    answer = api.post("/agent", content=pieces(), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "bad_request")
    assert api.get("/ping").status_code == 200


def test_a_compressed_body_is_refused_as_it_is(api: httpx.Client) -> None:
    answer = api.post("/agent", content=b"\x1f\x8b", headers=JSON | {"Content-Encoding": "gzip"})
    assert (answer.status_code, "gzip" in answer.json()["message"]) == (415, True)


@pytest.mark.parametrize("sent", [b"", b"GET /api/v1/ping HTTP/1.1\r\nHost: x\r\n"])
def test_a_request_that_is_never_finished_is_hung_up_on(
    registry: Running, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.2)
    with connection(registry) as sock:
        sock.sendall(sent)
        assert gone(sock)


def test_a_body_that_never_comes_is_hung_up_on(registry: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(door, "REST_SECONDS", 0.2)
    with connection(registry) as sock:
        head = f"Authorization: Bearer {registry.token}\r\nContent-Length: 10"
        sock.sendall(f"POST /api/v1/agent HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n{{".encode())
        assert gone(sock)


def gone(sock: socket.socket) -> bool:
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


def test_half_open_connections_make_room_for_whoever_asks(
    registry: Running, api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MAX_CONNECTIONS", 5)
    half_open = [connection(registry) for _ in range(12)]
    try:
        assert api.get("/account").status_code == 200
        assert gone(half_open[0])
    finally:
        for each in half_open:
            each.close()


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/agent", {"details": {"name": "x", "colour": "red"}}, "details.colour"),
        ("/agent", {"details": {"name": "x"}, "note": 1}, "note"),
        (
            "/agent_instance/register",
            {
                "agent_id": "a",
                "agent_version": {},
                "agent_schema_version": {
                    "span_type_schemas": [
                        {
                            "name": "s",
                            "params_schema": {},
                            "data_risk": {
                                "action_profile": {"fly": "allowed"},
                                "params_data_categories": {},
                                "result_data_categories": {},
                            },
                        }
                    ]
                },
            },
            "agent_schema_version.span_type_schemas.0.data_risk.action_profile.fly",
        ),
    ],
)
def test_a_field_that_nobody_declared_is_refused_by_name(
    shared: httpx.Client, path: str, body: Any, field: str
) -> None:
    answer = shared.post(path, json=body)
    assert (answer.status_code, answer.json()["errors"]) == (422, {field: ["is not known here"]})


def test_a_body_where_none_is_taken_is_refused_and_an_empty_one_passed_over(shared: httpx.Client) -> None:
    assert shared.request("GET", "/agent", json={"name": "x"}).json()["errors"] == {
        "body": ["this operation takes none"]
    }
    assert shared.request("GET", "/agent", json={}).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_is_not_said_to_be_json_is_refused(shared: httpx.Client, kind: str) -> None:
    answer = shared.post("/agent", content=b'{"details": {"name": "x"}}', headers={"Content-Type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize("content", ['{"details": {"name": "a", "name": "b"}}', '{"details": {"name": 1e999}}'])
def test_a_name_given_twice_and_a_number_beyond_all_are_no_json(shared: httpx.Client, content: str) -> None:
    answer = shared.post("/agent", content=content, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_a_bulk_item_with_a_field_that_nobody_declared_is_refused(shared: httpx.Client) -> None:
    item = {"_type": "agents/create", "idempotency_key": "eight-or-more", "details": {"name": "x", "colour": 1}}
    outputs = shared.post("/bulk", json={"items": [item]}).json()["outputs"]
    assert outputs["eight-or-more"]["errors"] == {"colour": ["is not known here"]}


def test_templates_that_name_each_other_do_not_multiply(api: httpx.Client) -> None:
    payload = {f"p{n}": f"{{{{p{n + 1}}}}}" * 50 for n in range(10)}
    version = {"span_type_schemas": [{"name": "s", "params_schema": {}, "template": "{{p0}}"}]}
    request = {"agent_id": "a", "agent_version": {}, "agent_schema_version": version}
    run = api.post("/agent_instance/register", json=request).json()["details"]["id"]
    span = {"agent_instance_id": run, "schema_name": "s", "payload": payload}
    began = time.monotonic()
    answer = api.post("/agent_spans", json={"details": span})
    assert answer.json()["details"]["summary"] == payload["p0"]
    assert time.monotonic() - began < 30  # a safety net: filled in again and again it would never end
