"""Time-stamp servers (RFC 3161) that run here: a good one, and each kind of bad one."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from asn1crypto import keys, tsp, x509
from certificates import Holder, holder
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

Answer = Callable[[bytes], bytes]


@contextmanager
def serving(answer: Answer, status: int = 200) -> Iterator[str]:
    """The address of a server that gives this answer to each request; it may hold an answer back until the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Type"] != "application/timestamp-query":
                self.send_error(415)
                return
            data = answer(asked)
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def authority(name: str = "Clock & Sons", *, purpose: Any = ExtendedKeyUsageOID.TIME_STAMPING, **rest: Any) -> Holder:
    """Who makes time-stamps, issued by somebody else."""
    span: dict[str, Any] = {"start": datetime(2020, 1, 1, tzinfo=UTC), "end": datetime(2040, 1, 1, tzinfo=UTC)}
    issuer = holder(f"{name} Root", kind="rsa", ca=True, **span)
    extended, span = (purpose,) if purpose else (), {**span, **rest}
    return holder(name, issuer, kind="rsa", extended=extended, usages=("digital_signature",), **span)


class _Fixed(DummyTimeStamper):
    def __init__(self, of: Holder, at: datetime) -> None:
        certificate, issuer = (
            x509.Certificate.load(each.certificate.public_bytes(Encoding.DER)) for each in (of, of.issuer or of)
        )
        key = of.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        super().__init__(certificate, keys.PrivateKeyInfo.load(key), [issuer], fixed_dt=at)  # type: ignore[arg-type]


def at(of: Holder, when: datetime, change: Callable[[tsp.TimeStampResp], bytes] = lambda each: each.dump()) -> Answer:
    """Stamps with a fixed time."""
    stamper = _Fixed(of, when)
    return lambda asked: change(stamper.request_tsa_response(tsp.TimeStampReq.load(asked)))


def openssl(of: Holder, folder: Path) -> Answer:
    """Stamps with OpenSSL, its clock, and serials from 1."""
    assert of.issuer
    (folder / "tsa.key").write_bytes(of.pem)
    (folder / "tsa.pem").write_bytes(of.certificate.public_bytes(Encoding.PEM))
    (folder / "tsa-root.pem").write_bytes(of.issuer.certificate.public_bytes(Encoding.PEM))
    (folder / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_cert = tsa.pem\nsigner_key = tsa.key\n"
        "certs = tsa-root.pem\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256, sha384, sha512\n"
        "accuracy = secs:1\nordering = yes\ntsa_name = yes\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n"
    )
    (folder / "serial").write_text("01\n")

    def answer(asked: bytes) -> bytes:
        (folder / "asked.tsq").write_bytes(asked)
        command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "asked.tsq"]
        return subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout

    return answer
