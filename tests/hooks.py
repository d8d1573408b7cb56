"""A webhook of a test's own, on the loopback: it answers as it is told and remembers what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "T0-not-a-real-secret"


@dataclass
class Hook:
    """What was sent, in order, and what is answered."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    raw: Callable[[Callable[[bytes], None], threading.Event], None] | None = None
    url: str = ""
    sent: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [each["text"] for each in self.sent]


@contextmanager
def hook() -> Iterator[Hook]:
    """Runs for as long as the context lasts."""
    told, over = Hook(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.sent.append(json.loads(body))
            if told.raw:
                with suppress(OSError):
                    told.raw(self._now, over)
                return
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.body)

        def do_GET(self) -> None:
            told.asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def _now(self, data: bytes) -> None:
            self.wfile.write(data)
            self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Whoever hangs up in the middle is no fault of the hook's."""

    server = Server(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}/services/{SECRET}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield told
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
