"""Faults that a platform, or what stands before it, can have: each injected into one that is otherwise honest.

The law: a run that claims to be complete lost nothing and took nothing for true that is not; any other says so by its
exit status. ``scripts/faults`` makes ``docs/faults.md`` of these, with the real command; a test holds each to the law.
"""

from __future__ import annotations

import gzip
import json
import ssl
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from far_end import Answer, Asked, Raw, account, far_end, of_agent, said

TOKEN = "pf-faults-token-0123456789abcdef"
AGENTS = 4

Odd = Callable[[Asked, int], Answer | None]
Pair = tuple[str, str]
"""An agent's id and the name of a span type of its."""


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        group: Where it lies.
        injected: What is wrong, in words.
        odd: What the far end does instead of what it should; None where it does nothing wrong.
        agents: How many agents there are.
        gone: Agents that are no more at the end of the run, so that a report may have them or not.
        settings: Settings of the run, smaller than usual so that a bound is reached soon.
        environment: What is set in the environment; ``{port}`` stands for the far end's.
        scheme: How the far end is addressed.
        tls: Whether it speaks TLS, with a certificate that nobody vouches for.
        lists: Whether the reading of lists is what has to withstand it.
        slow: Whether it takes too long for the tests, so that only the table has it.
    """

    group: str
    injected: str
    odd: Odd | None = None
    agents: int = AGENTS
    gone: frozenset[str] = frozenset()
    settings: Mapping[str, float] = field(default_factory=lambda: {"answer_timeout": 1, "timeout": 1})
    environment: Mapping[str, str] = field(default_factory=dict)
    scheme: str = "http"
    tls: bool = False
    lists: bool = False
    slow: bool = False

    def lost(self, found: set[Pair]) -> list[Pair]:
        """What a report that claims to be complete lacks, or has although it is not so."""
        true = {(f"a{number}", f"tool:{number}") for number in range(self.agents)}
        return sorted(pair for pair in true ^ found if pair[0] not in self.gone)

    def world(self) -> dict[str, Any]:
        """What the far end knows: agents with one span type each, of a name that only it has."""
        known = account(self.agents)
        for number in range(self.agents):
            version = known[f"/agent_schema_version/v{number}"]
            [declared] = version["span_type_schemas"].values()
            version["span_type_schemas"] = {f"tool:{number}": declared | {"name": f"tool:{number}"}}
        return known

    def answers(self, known: dict[str, Any]) -> Odd:
        """What the far end does: the fault, and all else honestly."""
        return lambda asked, times: (self.odd and self.odd(asked, times)) or honest(known, asked)


def honest(known: dict[str, Any], asked: Asked, cap: int = 100, **said_of_pages: Any) -> Answer | None:
    """A list with its pages told as they are; None where it is none."""
    rows = rows_of(known, asked)
    return None if rows is None else listed(rows, asked, cap, **said_of_pages)


def rows_of(known: dict[str, Any], asked: Asked) -> list[Any] | None:
    """The rows of the list that is asked for."""
    given = of_agent(asked, 1) if asked.query.get("agent_id") else None
    if given and not isinstance(given, Raw):
        return list(json.loads(given[2])["summaries"])
    rows = known.get(asked.path)
    return rows if isinstance(rows, list) else None


def listed(rows: list[Any], asked: Asked, cap: int = 100, **said_of_pages: Any) -> Answer:
    """A page of at most so many rows; what it says of its pages may be said otherwise."""
    offset = int(asked.query.get("pagination[offset]", 0))
    size = min(cap, int(asked.query.get("pagination[page_size]", 100)))
    after = offset + size if offset + size < len(rows) else None
    pagination = {"item_count": len(rows), "next_page_offset": after} | said_of_pages
    pagination = {name: value for name, value in pagination.items() if value != "left out"}
    return said({"status": "success", "summaries": rows[offset : offset + size], "pagination": pagination})


WORLD = Fault("", "").world()


def at(path: str, answer: Callable[[], Answer], times: int = 10**6) -> Odd:
    """The first so many requests of a path are answered so."""
    return lambda asked, n: answer() if asked.path == path and n <= times else None


def agents(answer: Callable[[list[Any], Asked, int], Answer], number: int = AGENTS) -> Odd:
    """The list of agents is answered so."""
    rows = account(number)["/agent"]
    return lambda asked, n: answer(rows, asked, n) if asked.path == "/agent" else None


def everywhere(answer: Callable[[], Answer]) -> Odd:
    """Whatever is asked for is answered so."""
    return lambda asked, n: answer()


def of_a1(path: str, answer: Callable[[], Answer]) -> Odd:
    """A list of one agent is answered so."""
    return lambda asked, n: answer() if asked.path == path and asked.query.get("agent_id") == "a1" else None


def changed(path: str, **values: Any) -> Odd:
    """Details with other values."""
    return at(path, lambda: said({"status": "success", "details": WORLD[path] | values}))


def row_of_a1(**values: Any) -> Odd:
    """One agent's row with other values."""
    return agents(lambda rows, asked, n: listed([rows[0], rows[1] | values, *rows[2:]], asked))


def raw(*pieces: bytes, pause: float = 0, for_ever: bool = False) -> Callable[[], Answer]:
    """Bytes as they are, the last of them again and again where it is for ever."""

    def send(write: Callable[[bytes], None]) -> None:
        for piece in pieces:
            write(piece)
            time.sleep(pause)
        while for_ever:
            write(pieces[-1])
            time.sleep(pause)

    return lambda: Raw(send)


def text(body: bytes, status: int = 200, **headers: str) -> Callable[[], Answer]:
    """A body as it is."""
    return lambda: (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ACCOUNT = json.dumps({"status": "success", "summaries": WORLD["/account"]}).encode()
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BOMB_MEGABYTES = 500


def bomb(write: Callable[[bytes], None]) -> None:
    """500 MB of blanks in half a megabyte."""
    packing = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    write(HEAD + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n")
    blanks = b" " * 1_000_000
    # At once, so that a piece as it is received holds as much as can be packed into one.
    write(b"".join(packing.compress(blanks) for _ in range(BOMB_MEGABYTES)) + packing.flush())


def silence(write: Callable[[bytes], None]) -> None:
    """Nothing, for longer than anybody waits."""
    for _ in range(100):
        time.sleep(0.1)
        write(b"")


def nothing_at_all(write: Callable[[bytes], None]) -> None:
    """The connection is closed."""


def wire() -> Iterator[Fault]:
    """What is wrong with the connection and with HTTP."""

    def fault(injected: str, answer: Callable[[], Answer], times: int = 10**6, **more: Any) -> Fault:
        return Fault("wire", injected, at("/account", answer, times), **more)

    def closed() -> Answer:
        return Raw(nothing_at_all)

    half = raw(HEAD + b"Content-Length: 1000\r\n\r\n", ACCOUNT[:20])
    yield fault("the connection is closed before an answer, each time", closed)
    yield fault("the connection is closed before an answer, once", closed, 1)
    yield fault("half a body, each time", half)
    yield fault("half a body, once", half, 1)
    yield fault("a Content-Length that is too small", raw(HEAD + b"Content-Length: 20\r\n\r\n", ACCOUNT))
    yield fault("a Content-Length that is no number", raw(HEAD + b"Content-Length: many\r\n\r\n", ACCOUNT))
    yield fault("two different Content-Lengths", raw(HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", ACCOUNT))
    yield fault("a chunked body that is cut off", raw(CHUNKED + b"ff\r\n" + ACCOUNT[:20]))
    yield fault("a chunk whose size is no number", raw(CHUNKED + b"xyz\r\n" + ACCOUNT))
    yield fault("500 MB, packed into half a megabyte with gzip", lambda: Raw(bomb), settings={"answer_timeout": 20})
    yield fault("a body that never ends", raw(HEAD + b"\r\n", b" " * 65_536, for_ever=True), settings={})
    yield fault("a packed body that is cut off", text(gzip.compress(ACCOUNT)[:-9], Content_Encoding="gzip"))
    yield fault("a body that is not packed although it says so", text(ACCOUNT, Content_Encoding="gzip"))
    yield fault("something behind a packed body", text(gzip.compress(ACCOUNT) + b"more", Content_Encoding="gzip"))
    yield fault("a body packed in a way that was not asked for", text(ACCOUNT, Content_Encoding="br"))
    yield fault("a byte every tenth of a second", raw(HEAD + b"\r\n", b" ", pause=0.1, for_ever=True))
    yield fault("a byte of a header every tenth of a second", raw(HEAD + b"X: ", b"x", pause=0.1, for_ever=True))
    yield fault("103 Early Hints without end", raw(b"HTTP/1.1 103 Early Hints\r\n\r\n", for_ever=True, pause=0.001))
    yield fault("headers without end", raw(HEAD, b"X-More: and more\r\n", for_ever=True))
    yield fault("1,000 headers", raw(HEAD + b"X-More: 1\r\n" * 1000 + b"\r\n", ACCOUNT))
    yield fault("a header of 90 kB", raw(HEAD + b"X-More: " + b"x" * 90_000 + b"\r\n\r\n", ACCOUNT))
    yield fault("silence", lambda: Raw(silence))
    yield fault("another protocol", raw(b"SSH-2.0-OpenSSH_9.6\r\n"))
    yield fault("HTTP 204 and no body", text(b"", 204))
    yield fault("a redirect to another host", text(b"", 302, Location="http://elsewhere.test/"))
    yield fault("a redirect to http://[bad", text(b"", 302, Location="http://[bad"))
    yield fault("a redirect to itself", text(b"", 307, Location="/api/v1/account"))
    yield Fault("wire", "https to a port of plain http", scheme="https")
    yield Fault("wire", "plain http to a port of https", scheme="http", tls=True)
    yield Fault("wire", "a certificate that nobody vouches for", scheme="https", tls=True)


def body() -> Iterator[Fault]:
    """What is wrong with the JSON."""

    def fault(injected: str, content: bytes, status: int = 200, **headers: str) -> Fault:
        return Fault("JSON", injected, at("/account", text(content, status, **headers)))

    def value(injected: str, **values: Any) -> Fault:
        return Fault("JSON", injected, changed("/agent_schema_version/v1", **values))

    yield fault("a web page instead of JSON", b"<html>log in", Content_Type="text/html")
    yield fault("a web page with HTTP 502, each time", b"<html>Bad gateway", 502, Content_Type="text/html")
    yield fault("an empty body", b"")
    yield fault("JSON in UTF-16", ACCOUNT.decode().encode("utf-16"))
    yield fault("JSON behind a byte-order mark", b"\xef\xbb\xbf" + ACCOUNT)
    yield fault("JSON in Latin-1", '{"status": "success", "summaries": [{"id": "é"}]}'.encode("latin-1"))
    yield fault("a name twice in one object", ACCOUNT.replace(b'"id"', b'"id": "other", "id"'))
    yield fault("5,000 levels of nesting", b"[" * 5_000 + b"]" * 5_000)
    yield fault("a million levels of nesting, never closed", b'{"a":' * 1_000_000)
    yield fault("a number of 5,000 digits", ACCOUNT.replace(b'"id"', b'"n": ' + b"9" * 5_000 + b', "id"'))
    yield fault("NaN", ACCOUNT.replace(b'"id"', b'"n": NaN, "id"'))
    yield fault("a list instead of an object", b"[]")
    yield fault("JSON that is cut off", ACCOUNT[:-2])
    yield fault("something behind the JSON", ACCOUNT + b"{}")
    yield fault("summaries that are null", b'{"status": "success", "summaries": null}')
    yield fault("rows that are texts", b'{"status": "success", "summaries": ["acc"]}')
    yield Fault(
        "JSON", "details that are null", at("/agent_schema_version/v1", text(b'{"status": "success", "details": null}'))
    )
    yield value("half a surrogate in a text", description="\ud800")
    yield value("a null character in a text", description="a\0b")
    yield value("a number that no double holds", number=10**400)
    twice = json.dumps({"status": "success", "details": WORLD["/agent_schema_version/v1"]})
    twice = twice.replace('"span_type_schemas"', '"span_type_schemas": {}, "span_type_schemas"')
    yield Fault("JSON", "declarations given twice", at("/agent_schema_version/v1", text(twice.encode())))


def permission() -> Iterator[Fault]:
    """What the platform refuses, and what it repeats of the token."""
    refused = said({"status": "error", "code": "bad_authtoken"}, 401)
    echo = f"Bearer {TOKEN}"
    told = {"status": "error", "code": TOKEN, "message": echo}
    yield Fault("refusals", "HTTP 401", everywhere(lambda: refused))
    yield Fault(
        "refusals", "HTTP 401 from the middle of a run on", lambda asked, n: refused if "/v" in asked.path else None
    )
    yield Fault("refusals", "HTTP 403 for one agent", of_a1("/agent_schema_version", lambda: said({}, 403)))
    yield Fault("refusals", "HTTP 429, each time", everywhere(lambda: said({}, 429)))
    yield Fault("refusals", "HTTP 429, once", at("/agent", lambda: said({}, 429, **{"Retry-After": "1"}), 1))
    long = said({}, 429, **{"Retry-After": "999999"})
    yield Fault("refusals", "HTTP 429 and to wait for eleven days", everywhere(lambda: long))
    yield Fault("refusals", "HTTP 500 for one agent", at("/agent_schema_version/v1", lambda: said({}, 500)))
    yield Fault("refusals", "HTTP 503, each time", everywhere(lambda: said({}, 503)))
    yield Fault("refusals", "HTTP 400", everywhere(lambda: said({}, 400)))
    yield Fault("refusals", "HTTP 200 that says it is an error", at("/agent", lambda: said({"status": "error"})))
    yield Fault("refusals", "an error code that is the token", everywhere(lambda: said(told, 400)))
    yield Fault("refusals", "the token in a declaration", changed("/agent_schema_version/v1", description=echo))
    yield Fault(
        "refusals",
        "the token in the status line and in headers",
        at("/account", raw(b"HTTP/1.1 500 %b\r\nX: %b\r\nContent-Length: 0\r\n\r\n" % (echo.encode(), echo.encode()))),
    )
    yield Fault(
        "refusals", "a redirect to a host named like the token", at("/account", text(b"", 302, Location=f"//{TOKEN}/"))
    )


def pages() -> Iterator[Fault]:
    """What is wrong with the pages of a list."""
    seven = account(7)["/agent"]

    def fault(injected: str, answer: Callable[[list[Any], Asked, int], Answer], **more: Any) -> Fault:
        return Fault("pages", injected, agents(answer, 7), 7, lists=True, **more)

    def deleted(rows: list[Any], asked: Asked, n: int) -> Answer:
        return listed(rows if n == 1 else rows[1:], asked, 3)

    def added(rows: list[Any], asked: Asked, n: int) -> Answer:
        return listed(rows[1:] if n == 1 else rows, asked, 3)

    def restless(rows: list[Any], asked: Asked, n: int) -> Answer:
        return listed(rows, asked, 3, item_count=7 + n % 2)

    def same(rows: list[Any], asked: Asked, n: int) -> Answer:
        return said({"status": "success", "summaries": rows[:3], "pagination": {"next_page_offset": n * 3}})

    def endless(rows: list[Any], asked: Asked, n: int) -> Answer:
        offset = int(asked.query["pagination[offset]"])
        row = rows[0] | {"id": f"a{offset}", "status": "active" if offset < len(rows) else "retired"}
        return said({"status": "success", "summaries": [row], "pagination": {"next_page_offset": offset + 1}})

    yield fault("a row is deleted between two pages", deleted, gone=frozenset({"a0"}))
    yield fault("a row is added between two pages", added)
    yield fault(
        "pages are capped, the next offset is told, a count is not", lambda r, a, n: listed(r, a, 3, item_count=None)
    )
    yield fault(
        "pages are capped, the next offset is told, the count is left out",
        lambda r, a, n: listed(r, a, 3, item_count="left out"),
    )
    yield fault("the count is that of the page", lambda r, a, n: listed(r, a, 3, item_count=3))
    yield fault("pages are capped and pagination is null", lambda r, a, n: _without_pagination(listed(r, a, 3)))
    yield fault("the next offset skips rows", lambda r, a, n: listed(r, a, 3, next_page_offset=6))
    yield fault(
        "the next offset is null although there is more", lambda r, a, n: listed(r, a, 3, next_page_offset=None)
    )
    yield fault("every page is the first one", same)
    yield fault("pages with new rows that never end", endless, slow=True)
    yield fault("every row twice", lambda r, a, n: listed([row for row in r for _ in range(2)], a, 3))
    yield fault("more is counted than there is", lambda r, a, n: listed(r, a, 3, item_count=9))
    yield fault("the count changes with each page", restless)
    yield fault("a count that is negative", lambda r, a, n: listed(r, a, 3, item_count=-1))
    yield fault("a count that is a text", lambda r, a, n: listed(r, a, 3, item_count="7"))
    yield fault("an empty page that says there are seven", lambda r, a, n: listed([], a, 3, item_count=7))
    yield fault("rows in another order each time", lambda r, a, n: listed(r[n % 7 :] + r[: n % 7], a, 3))
    yield fault("the second page is lost", lambda r, a, n: said({}, 404) if n == 2 else listed(seven, a, 3))


def _without_pagination(answer: Answer) -> Answer:
    assert not isinstance(answer, Raw)
    return said(json.loads(answer[2]) | {"pagination": None})


def identity() -> Iterator[Fault]:
    """What answers another question than was asked."""

    def fault(injected: str, odd: Odd) -> Fault:
        return Fault("identity", injected, odd, lists=True)

    other = WORLD["/agent_schema_version/v2"]
    foreign = {"type": "agent", "id": "x9", "name": "Foreign", "status": "active", "account_id": "another"}
    version = {"type": "agent_version", "id": "av1", "agent_id": "a1", "agent_schema_version_id": "v1"}
    all_versions = [
        {**version, "id": f"av{n}", "agent_id": f"a{n}", "agent_schema_version_id": f"v{n}"} for n in range(4)
    ]
    yield fault("details of another agent", changed("/agent/a1", id="a2"))
    yield fault(
        "details of another schema version",
        at("/agent_schema_version/v1", lambda: said({"status": "success", "details": other})),
    )
    yield fault(
        "details of another type", changed("/agent_schema_version/v1", type="risk_profile", span_type_schemas={})
    )
    yield fault("a schema version that names another agent", changed("/agent_schema_version/v1", agent_id="a2"))
    yield fault("a row of another type among the agents", row_of_a1(type="team"))
    yield fault("a row of another account", agents(lambda r, a, n: listed([*r, foreign], a)))
    yield fault(
        "versions of every agent where one's are asked for",
        lambda asked, n: listed(all_versions, asked) if asked.path == "/agent_version" else None,
    )
    yield fault("versions of another agent", of_a1("/agent_version", lambda: said({"summaries": all_versions[2:3]})))


def values() -> Iterator[Fault]:
    """Values of other kinds than anybody expects."""
    for what, key in {
        "a list": ["a1"], "an object": {"a": 1}, "a number": 1, "null": None, "empty": "", "true": True,
    }.items():  # fmt: skip
        yield Fault("values", f"an agent's id is {what}", row_of_a1(id=key), lists=True)
    yield Fault("values", "an agent's id is a path", row_of_a1(id="../../account?x=1#y"), lists=True)
    yield Fault("values", "an agent's id has 100,000 letters", row_of_a1(id="a" * 100_000), lists=True)
    for name, value in {"name": ["Agent"], "status": 7, "type": 0, "description": {"a": 1}}.items():
        yield Fault("values", f"an agent's {name} is {json.dumps(value)}", row_of_a1(**{name: value}), lists=True)
    for name, value in {
        "inserted_at": "yesterday", "agent_id": 1, "id": ["v1"], "span_type_schemas": "tool:1", "type": 0,
    }.items():  # fmt: skip
        yield Fault(
            "values",
            f"a schema version's {name} is {json.dumps(value)}",
            changed("/agent_schema_version/v1", **{name: value}),
            lists=True,
        )
    yield Fault(
        "values", "a schema version's span_type_schemas is null",
        changed("/agent_schema_version/v1", span_type_schemas=None), lists=True,
    )  # fmt: skip
    pinned = {"type": "agent_version", "id": "av1", "agent_id": "a1", "agent_schema_version_id": ["v1"]}
    yield Fault(
        "values", "a version's agent_schema_version_id is a list",
        of_a1("/agent_version", lambda: said({"status": "success", "summaries": [pinned]})), lists=True,
    )  # fmt: skip


def resources() -> Iterator[Fault]:
    """What the platform lacks."""
    not_found = said({"status": "error", "code": "not_found"}, 404)
    for path in ("/account", "/environment", "/agent", "/agent_version", "/agent_schema_version", "/agent_deployment"):
        yield Fault("resources", f"no {path[1:]} at all", at(path, lambda: not_found), lists=True)
    yield Fault(
        "resources", "no details of any schema version", lambda a, n: not_found if "/v" in a.path else None, lists=True
    )
    yield Fault("resources", "one schema version is not there", at("/agent_schema_version/v1", lambda: not_found))
    yield Fault("resources", "every page is a web page with HTTP 404", everywhere(text(b"<html>Not found", 404)))


def surroundings() -> Iterator[Fault]:
    """What is wrong with the environment; the far end is honest."""
    for variables in (
        {"HTTP_PROXY": "user:pw-of-proxy@127.0.0.1:{port}"},
        {"HTTP_PROXY": "http://[bad"},
        {"HTTP_PROXY": "http://127.0.0.1:99999"},
        {"ALL_PROXY": "socks5://127.0.0.1:{port}"},
        {"SSL_CERT_FILE": "/nope"},
        {"SSL_CERT_FILE": "/dev/zero"},
        {"SSL_CERT_DIR": "/nope"},
    ):
        [(name, value)] = variables.items()
        shown = value.replace(":{port}", "").replace("pw-of-proxy", "pw")
        yield Fault("surroundings", f"{name}={shown}", environment=variables)
    yield Fault("surroundings", "nothing: all is as it should be")


FAULTS = [
    *wire(), *body(), *permission(), *pages(), *identity(), *values(), *resources(), *surroundings(),
]  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What became of a run.

    Attributes:
        status: Its exit status.
        told: What it said on stderr, first line first.
        complete: Whether its report claims to be complete; None where there is none.
        found: The span types in the report.
        leaked: Where the token stands that should stand nowhere.
    """

    status: int
    told: str
    complete: bool | None
    found: set[Pair]
    leaked: list[str]

    def lost(self, fault: Fault) -> list[Pair]:
        """What is lost without a word: the run ended well, and claims to be complete."""
        return fault.lost(self.found) if self.status == 0 or self.complete else []


def command(out: Path) -> list[str]:
    """The run that faults are tried on."""
    return ["report", "-f", "json", "-o", str(out)]


@contextmanager
def injected(fault: Fault, folder: Path) -> Iterator[dict[str, str]]:
    """The far end with the fault in it, and the environment in which a run meets it."""
    known = fault.world()
    tls = self_signed(folder) if fault.tls else None
    with far_end(known, fault.answers(known), tls=tls) as place:
        port = place.url.rpartition(":")[2]
        settings = {f"DATARISK_{name.upper()}": f"{value:g}" for name, value in fault.settings.items()}
        around = {name: value.replace("{port}", port) for name, value in fault.environment.items()}
        # Whatever stands in for the internet is on the loopback, where no proxy would be asked.
        host = "platform.test" if any(name.endswith("_PROXY") for name in around) else "127.0.0.1"
        address = f"{fault.scheme}://{host}:{port}"
        yield {
            "PREFACTOR_API_URL": address,
            "PREFACTOR_API_TOKEN": TOKEN,
            "DATARISK_INSECURE_HTTP": "1",
            **settings,
            **around,
        }


def self_signed(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody vouches for."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def outcome(status: int, said_: str, out: Path) -> Outcome:
    """What a run left behind."""
    files = sorted(path for path in out.rglob("*") if path.is_file() and not path.is_symlink())
    leaked = [str(path.relative_to(out)) for path in files if TOKEN.encode() in path.read_bytes()]
    leaked += ["what it said"] if TOKEN in said_ or "pw-of-proxy" in said_ else []
    reports = [json.loads(path.read_bytes()) for path in files if path.name == "report.json"]
    report = reports[0] if reports else None
    found = {
        (agent["id"], entry["name"]) for agent in (report["agents"] if report else ()) for entry in agent["span_types"]
    }
    return Outcome(status, said_, report["complete"] if report else None, found, leaked)
