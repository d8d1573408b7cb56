"""The registry on a socket: beside the caller's own work, or as all that the process does, empty or filled.

It is filled with the made-up account over HTTP, as agents' SDKs and an administrator would have done it.

Raises ``MissingPart`` on import, where the extra ``registry`` is not installed.
"""

from __future__ import annotations

import ipaddress
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx

from reporter.errors import FaultError, UsageError
from reporter.registry import made_up
from reporter.registry.access import new_secret
from reporter.registry.app import create_app
from reporter.registry.door import Impatient, fastapi, uvicorn
from reporter.registry.store import Store

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK: Final = "127.0.0.1"
_LAST_PORT: Final = 65535
_START_SECONDS: Final = 15.0
_STOP_SECONDS: Final = 5
_LOGGED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Running:
    """A registry that listens: its address without ``/api/v1``, the account's token, what it knows, what it was asked.

    ``log`` holds the last requests, each its method, path and query.
    """

    url: str
    token: str
    store: Store
    log: deque[str]


def serve(
    *,
    host: str = LOOPBACK,
    port: int = 0,
    db: Path | None = None,
    token: str | None = None,
    fill_unknown: bool = True,
    announce: Callable[[Running], None],
) -> None:
    """Runs a registry until the process is interrupted or asked to end; call it from the main thread.

    Args:
        host: Where it listens.
        port: On which port; 0 picks a free one.
        db: The database's file, made where it is not there; in memory without it.
        token: The account's token; without one a new one is made, which only the loopback may.
        fill_unknown: See ``create_app``.
        announce: Told once that it listens, and where.

    Raises:
        UsageError: It would listen beyond the loopback without a token, cannot listen there, or the file is no
            registry's.
        FaultError: It did not come up.
    """
    refuse_strangers(host, token)  # before the database's file is made
    # The server runs in a thread of its own, where uvicorn takes no signals.
    ended = threading.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    with Store(db) as store:
        before = [signal.signal(each, lambda *_: ended.set()) for each in signals]
        try:
            with running(store, host=host, port=port, token=token, fill_unknown=fill_unknown) as registry:
                announce(registry)
                ended.wait()
        finally:
            for each, handler in zip(signals, before, strict=True):
                signal.signal(each, handler)


@contextmanager
def running(
    store: Store | None = None,
    *,
    host: str = LOOPBACK,
    port: int = 0,
    token: str | None = None,
    fill_unknown: bool = True,
) -> Iterator[Running]:
    """A registry in a thread of its own, for as long as the context lasts; see ``serve``.

    The store is by default a new one in memory, gone afterwards; a given one stays open.
    """
    with ExitStack() as stack:
        if not 0 <= port <= _LAST_PORT:  # looking the host up would take it modulo 65536
            raise UsageError("there is no such port", where=f"{host}:{port}", remedy="Port 0 picks a free one")
        family, address = refuse_strangers(host, token, port)
        # With its protocol named asyncio sends at once; else each small answer would wait some 40 ms for company.
        listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP))
        try:
            # Else a port that a registry has just left would be refused for a minute.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen()
        except OSError as error:
            what = f"the registry cannot listen there ({error})"
            remedy = "Name another host or port; port 0 picks a free one"
            raise UsageError(what, where=f"{host}:{port}", remedy=remedy) from error
        known = store if store is not None else stack.enter_context(Store())
        secret = token or new_secret()
        log: deque[str] = deque(maxlen=_LOGGED)
        app = create_app(known, token=secret, fill_unknown=fill_unknown, log=log)
        stack.enter_context(_thread(app, listener))
        bound, number = listener.getsockname()[:2]
        shown = f"[{bound}]" if ":" in bound else bound
        yield Running(f"http://{shown}:{number}", secret, known, log)


def refuse_strangers(host: str, token: str | None, port: int = 0) -> tuple[socket.AddressFamily, Any]:
    """What to listen on, family and address; UsageError beyond the loopback without a token, or for no host."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError) as error:
        raise UsageError(f"the host cannot be found ({error})", where=host, remedy=f"Listen on {LOOPBACK}") from error
    family, _, _, _, address = found[0]
    if not token and not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
        what = "without a token of its own the registry listens on the loopback only"
        raise UsageError(what, where=host, remedy=f"Set PREFACTOR_API_TOKEN, or listen on {LOOPBACK}")
    return family, address


@contextmanager
def _thread(app: fastapi.FastAPI, listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=Impatient,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="registry", daemon=True)
    thread.start()
    try:
        end = time.monotonic() + _START_SECONDS
        while not server.started and thread.is_alive() and time.monotonic() < end:
            time.sleep(0.005)
        if not server.started:
            raise FaultError("the registry did not come up")
        yield
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)


@contextmanager
def filled() -> Iterator[Running]:
    """A registry that holds the made-up account, for as long as the context lasts.

    Raises:
        MissingPart: The extra ``registry`` is not installed (raised on import of this module).
        FaultError: It did not come up, or refused what it was sent.
    """
    clock = made_up.Clock()
    # What nobody declared stays undeclared, so that a reader can see that nobody did.
    with made_up.store(clock) as store, running(store, fill_unknown=False) as registry:
        headers = {"Authorization": f"Bearer {registry.token}"}
        with httpx.Client(base_url=f"{registry.url}/api/v1", headers=headers, trust_env=False) as http:

            def send(path: str, body: dict[str, Any], **steps: str) -> None:
                answer = http.post(path.format(**steps), json=body)
                if not answer.is_success:
                    what = f"the local registry refused the made-up account: HTTP {answer.status_code}"
                    raise FaultError(what, where=path)

            made_up.fill(send, store, clock)
        yield registry
