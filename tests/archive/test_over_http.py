"""An archive that a web server hands out: read by its address, as any other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from archives import Archive, declared, unsure
from builders import span_type

OPEN = declared(span_type("tool:lookup", unsure("health_and_medical")))


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (its name there)
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def test_the_history_of_an_archive_behind_a_web_server_is_that_of_its_folder(archive: Archive, tmp_path: Path) -> None:
    for day in range(2):
        archive.report(day=day, claims=OPEN)
    with served(tmp_path) as url:
        assert archive.history(f"{url}/reports") == archive.history()
        # It takes no runs, which costs none and is told.
        archive.report("--archive", f"{url}/reports", day=2, status=2)
        assert "cannot be written" in archive.said
        (archive.runs()[0] / "history.json").write_text("{")
        assert len(archive.history(f"{url}/reports", status=3)["runs"]) == 2


def test_an_archive_that_nobody_answers_for_is_no_empty_one(archive: Archive) -> None:
    with served(archive.folder) as url:
        pass
    status, said = archive.call("history", url)
    assert status == 3
    assert "cannot be read" in said
    archive.report("--archive", url, status=2, claims=OPEN)
