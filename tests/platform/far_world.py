"""The far end of a fault, for as long as it is needed."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from far_end import FarEnd, far_end
from faults import Fault

_CERTIFICATE = (
    "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost "
    "-addext subjectAltName=IP:127.0.0.1"
)


def tls(folder: Path) -> ssl.SSLContext:
    """A server's TLS with a certificate of its own, which is left in the folder as ``cert.pem``."""
    subprocess.run(_CERTIFICATE.split(), cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@contextmanager
def opened(fault: Fault, folder: Path) -> Iterator[tuple[FarEnd, dict[str, str]]]:
    """The far end, and what has to stand in the environment."""
    known = fault.world()
    with far_end(known, fault.answers(known), tls=tls(folder) if fault.tls else None) as place:
        port = place.url.rpartition(":")[2]
        place.url = f"{fault.scheme}://127.0.0.1:{port}"
        yield place, {name: value.replace("{port}", port) for name, value in fault.environment.items()}
