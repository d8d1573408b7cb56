"""What collecting costs beside its bound: requests / requests in flight x the time that the far end takes.

The far end is a process of its own that waits 20 ms before each answer; ``python collector.py far-end`` is it.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]

DELAY = 0.02
IN_FLIGHT = 6


def measured(agents: int) -> float:
    """Wall-clock time of collecting so many agents with a schema version each, as a ratio to the bound."""
    from pydantic import SecretStr  # noqa: PLC0415

    from reporter.declared.scope import Selection  # noqa: PLC0415
    from reporter.prefactor.credentials import Access  # noqa: PLC0415
    from reporter.sources.platform import Platform  # noqa: PLC0415

    command = [sys.executable, __file__, "far-end", str(agents)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        access = Access(url, SecretStr("x"), "benchmark", in_flight=IN_FLIGHT)
        start = time.perf_counter()
        found = Platform(access, Selection(), datetime.now(UTC)).collect()
        took = time.perf_counter() - start
        process.terminate()
    assert not found.gaps
    requests = 3 + (agents - 2) // 99 + 5 * agents
    bound = requests / IN_FLIGHT * DELAY
    print(f"  collect {agents} agents, {requests} requests: {took:.2f} s, bound {bound:.2f} s")
    return took / bound


def _body(path: str, agent: str, offset: int, agents: int) -> dict[str, object]:
    if path.startswith("/api/v1/agent_schema_version/"):
        key = path.rpartition("/")[2]
        answers = {f"field_{n}": "excluded" for n in range(17)}
        risk = {"action_profile": {}, "params_data_categories": answers, "result_data_categories": answers}
        types = {f"tool:{n}": {"name": f"tool:{n}", "data_risk": risk} for n in range(20)}
        row = {"type": "agent_schema_version", "id": key, "agent_id": f"a{key[1:]}", "span_type_schemas": types}
        return {"status": "success", "details": row}
    if path.startswith("/api/v1/agent/"):
        return {"status": "success", "details": {"type": "agent", "id": path.rpartition("/")[2], "name": path}}
    number = agent[1:]
    rows: dict[str, list[dict[str, object]]] = {
        "/api/v1/account": [{"id": "acc", "name": "Benchmark"}],
        "/api/v1/environment": [{"id": "e", "name": "Production"}],
        "/api/v1/agent": [{"id": f"a{n}", "name": f"a{n}"} for n in range(agents)],
        "/api/v1/agent_version": [{"id": f"w{number}", "agent_id": agent, "agent_schema_version_id": f"v{number}"}],
        "/api/v1/agent_schema_version": [{"id": f"v{number}", "agent_id": agent}],
        "/api/v1/agent_deployment": [
            {"id": f"d{number}", "agent_id": agent, "environment_id": "e", "current_version_id": f"w{number}"}
        ],
    }
    found = rows[path]
    after = offset + 100 if offset + 100 < len(found) else None
    pagination = {"item_count": len(found), "next_page_offset": after}
    return {"status": "success", "summaries": found[offset : offset + 100], "pagination": pagination}


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, agents: int) -> None:
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        parts = urlsplit(head.split(b" ", 2)[1].decode())
        query = parse_qs(parts.query)
        offset = int(query.get("pagination[offset]", ["0"])[0])
        body = json.dumps(_body(parts.path, query.get("agent_id", ["a0"])[0], offset, agents)).encode()
        await asyncio.sleep(DELAY)
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        await writer.drain()


async def far_end(agents: int) -> None:
    """Listens on the loopback until it is ended."""
    server = await asyncio.start_server(lambda r, w: _answer(r, w, agents), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__" and sys.argv[1:2] == ["far-end"]:
    asyncio.run(far_end(int(sys.argv[2])))
